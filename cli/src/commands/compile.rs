//! `twin compile`: a bundle, or a program that carries one.

use crate::args::Compile;
use crate::failure::{Exit, Failure, Outcome};
use crate::project::Found;
use crate::terminal::Terminal;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use twin_driver::memory::bytes_in_words;
use twin_driver::{Bundle, Compiled, in_words, library_version};
use twin_stdlib::LIBRARY;

/// Writes what `replay` takes in place of a source.
pub fn run(args: &Compile, terminal: &Terminal) -> Outcome {
    let found = Found::at(&args.path)?;
    let compiled = match found.compile(&args.set, terminal)? {
        Ok(compiled) => compiled,
        Err(exit) => return Ok(exit),
    };
    let settings = found.settings(&args.set)?;
    let bundle = bundle_of(&found, &compiled, settings);
    let bytes = match args.executable {
        true => executable(&bundle)?,
        false => bundle.encode(),
    };
    write(&args.output, &bytes, args.executable)
        .map_err(|error| Failure::usage(format!("{}: {}", args.output.display(), in_words(&error))))?;
    let size = bytes_in_words(bytes.len() as u64);
    terminal.note(&format!("{}: {} {}, {size}", args.output.display(), bundle.name, compiled.plan.version));
    Ok(Exit::Fine)
}

fn bundle_of(found: &Found, compiled: &Compiled, settings: twin_driver::settings::Given) -> Bundle {
    Bundle {
        name: found.project.name.clone(),
        main: found.project.main.clone(),
        library: library_version(&LIBRARY),
        made_by: env!("CARGO_PKG_VERSION").to_string(),
        settings,
        files: compiled.files.clone(),
    }
}

/// A copy of the program that runs now, with the bundle behind it.
fn executable(bundle: &Bundle) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: io::Error| Failure::usage(format!("this program cannot be copied: {}", in_words(&error)));
    let program = std::env::current_exe().and_then(fs::read).map_err(failed)?;
    let mut bytes = Bundle::without(&program).to_vec();
    bytes.extend_from_slice(&bundle.encode_behind());
    Ok(bytes)
}

/// Written beside and moved into place: a program that runs keeps its file, and nobody sees half of one.
fn write(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        // A device or a pipe is written to; moved into its place, a file would be there instead of it.
        Ok(there) if !there.is_file() => return File::create(path)?.write_all(bytes),
        _ => {}
    }
    // Where a link stands, its end is written.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| if executable { allow_execution(&beside) } else { Ok(()) })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(unix)]
fn allow_execution(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn allow_execution(_path: &Path) -> io::Result<()> {
    Ok(())
}
