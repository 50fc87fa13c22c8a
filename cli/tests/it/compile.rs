//! `twin compile`: bundles, and programs that carry one.

use crate::assert_run;
use crate::harness::{BOILER, BOILER_RECORDING, Place, command_of, shown};

fn plant() -> Place {
    let place = Place::with(
        "plant/main.twin",
        &format!("use limits.margin\n\n{BOILER}").replace("- 10 K", "- margin()"),
    );
    place.write("plant/limits.twin", "fn margin() -> temperature_difference { return 10 K }\n");
    place.write("a.jsonl", BOILER_RECORDING);
    place
}

#[test]
fn a_bundle_stands_for_its_source() {
    let place = plant();
    assert_run!(place.twin(&["compile", "plant", "-o", "plant.twinb"]));
    let from_source = place.run(&["replay", "plant", "--input", "samples=a.jsonl", "-q"]);
    std::fs::remove_dir_all(place.path("plant")).expect("it can be removed");
    let from_bundle = place.run(&["replay", "plant.twinb", "--input", "samples=a.jsonl", "-q"]);
    assert_eq!(String::from_utf8_lossy(&from_source.stdout), String::from_utf8_lossy(&from_bundle.stdout));
    assert!(!from_source.stdout.is_empty());
    assert_run!(place.twin(&["check", "plant.twinb"]));
    assert_run!(place.twin(&["explain", "plant.twinb", "--stage", "layout"]));
}

#[test]
fn a_bundle_keeps_what_was_set() {
    let place = plant();
    place.run(&["compile", "plant", "-o", "plant.twinb", "--set", "Boiler.limit=96 degC"]);
    assert_run!(place.twin(&["replay", "plant.twinb", "--input", "samples=a.jsonl"]));
}

#[test]
fn a_damaged_bundle_is_told() {
    let place = plant();
    place.run(&["compile", "plant", "-o", "plant.twinb"]);
    let mut bytes = std::fs::read(place.path("plant.twinb")).expect("it was made");
    bytes.truncate(bytes.len() - 7);
    std::fs::write(place.path("plant.twinb"), bytes).expect("it can be written");
    assert_run!(place.twin(&["replay", "plant.twinb"]));
}

#[test]
fn a_program_of_its_own() {
    let place = plant();
    let made = place.run(&["compile", "plant", "-o", "edge", "--executable"]);
    assert_eq!(made.status.code(), Some(0));
    let edge = |arguments: &[&str]| {
        let output = command_of(&place.path("edge"), &place.path(""), arguments).output().expect("it starts");
        shown("edge", arguments, &output)
    };
    assert_run!(edge(&["--input", "samples=a.jsonl"]));
    assert_run!(edge(&["--input", "sample=a.jsonl"]));
    assert_run!(edge(&["--version"]));
    let help = edge(&["--help"]);
    assert!(help.contains("The digital twins of `plant`"), "{help}");
}

#[test]
fn a_wrong_program_makes_no_bundle() {
    let place = Place::with("main.twin", "twin B { }\n");
    assert_run!(place.twin(&["compile", ".", "-o", "b.twinb", "--format", "short"]));
    assert!(!place.path("b.twinb").exists());
    place.write("main.twin", BOILER);
    assert_run!(place.twin(&["compile", ".", "-o", "no/such/folder.twinb"]));
}

/// A device stays what it is, and what lies behind a link is written.
#[cfg(unix)]
#[test]
fn a_bundle_into_a_pipe_or_through_a_link() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let place = plant();
    place.run(&["compile", "plant", "-o", "plant.twinb"]);
    let whole = std::fs::read(place.path("plant.twinb")).expect("it was made");

    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    let read = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).expect("the pipe can be read")
    });
    let output = place.run(&["compile", "plant", "-o", "pipe"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let kind = std::fs::metadata(&pipe).expect("it is still there").file_type();
    assert!(kind.is_fifo(), "the pipe is one no more");
    assert!(read.join().expect("it reads") == whole);

    std::fs::write(place.path("real.twinb"), "old").expect("it can be written");
    symlink("real.twinb", place.path("link.twinb")).expect("a link can be made");
    place.run(&["compile", "plant", "-o", "link.twinb"]);
    assert!(std::fs::symlink_metadata(place.path("link.twinb")).is_ok_and(|there| there.is_symlink()));
    assert!(std::fs::read(place.path("real.twinb")).expect("it is there") == whole);
}
