//! The modules that are written in the language, as text.

use twin_types::LibraryFile;

/// Sorted by name; a program reads one with `use std.signal.ewma`.
pub const MODULES: &[LibraryFile] = &[
    LibraryFile { module: "std.detect", text: include_str!("../twin/detect.twin") },
    LibraryFile { module: "std.geo", text: include_str!("../twin/geo.twin") },
    LibraryFile { module: "std.life", text: include_str!("../twin/life.twin") },
    LibraryFile { module: "std.physics", text: include_str!("../twin/physics.twin") },
    LibraryFile { module: "std.rul", text: include_str!("../twin/rul.twin") },
    LibraryFile { module: "std.signal", text: include_str!("../twin/signal.twin") },
];
