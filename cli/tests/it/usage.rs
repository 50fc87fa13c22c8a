//! What is typed wrongly, and what is asked for.

use crate::assert_run;
use crate::harness::{BOILER, BOILER_RECORDING, Place};

#[test]
fn help_lists_the_commands() {
    assert_run!(Place::new().twin(&["--help"]));
}

#[test]
fn nothing_typed_shows_help_and_is_a_mistake() {
    let output = Place::new().run(&[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn flags_without_a_command() {
    assert_run!(Place::new().twin(&["--quiet"]));
}

#[test]
fn unknown_command() {
    assert_run!(Place::new().twin(&["chekc", "main.twin"]));
}

#[test]
fn what_is_not_built_says_so() {
    let place = Place::new();
    for command in ["run", "graph", "record", "why", "query", "what-if", "deploy", "status", "doc"] {
        let output = place.run(&[command, "plant", "--topic", "T", "-o", "x"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with(&format!("error: `twin {command}` is not built yet; it is to ")), "{said}");
        assert!(said.contains("\nhelp: "), "{said}");
    }
}

#[test]
fn times_that_leave_nothing_between_them() {
    let place = Place::with("main.twin", BOILER);
    place.write("a.jsonl", BOILER_RECORDING);
    let times = ["--from", "2024-06-02T00:00Z", "--to", "2024-06-01T00:00Z"];
    assert_run!(place.twin(&[&["replay", ".", "--input", "samples=a.jsonl"][..], &times].concat()));
    assert_run!(place.twin(&["replay", ".", "--input", "samples=a.jsonl", "--checkpoint-every", "5s"]));
}

#[test]
fn unknown_flag() {
    assert_run!(Place::new().twin(&["replay", ".", "--inputs", "a=b"]));
}

#[test]
fn mistakes_have_colours_when_asked_for() {
    let has_colours = |arguments: &[&str]| Place::new().run(arguments).stderr.contains(&0x1b);
    assert!(has_colours(&["chekc", "--color=always"]));
    assert!(has_colours(&["--color", "always", "replay"]));
    assert!(!has_colours(&["chekc", "--color", "never"]));
    assert!(!has_colours(&["chekc"]));
}

#[test]
fn help_of_replay() {
    assert_run!(Place::new().twin(&["replay", "--help"]));
}

#[test]
fn version() {
    assert_run!(Place::new().twin(&["--version"]));
}

#[test]
fn version_in_detail() {
    let text = Place::new().twin(&["--version", "--verbose"]);
    assert!(
        text.contains("library  ") && text.contains("kernels  ") && text.ends_with("--- exit 0\n"),
        "{text}"
    );
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Place::new().run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("replay"), "{shell}");
    }
}

#[test]
fn flags_of_replay_that_cannot_be_read() {
    let place = Place::with("main.twin", BOILER);
    for flag in ["--input=samples", "--from=yesterday", "--speed=fast", "--threads=0", "--kernels=magic"] {
        assert_run!(place.twin(&["replay", ".", flag]));
    }
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_and_a_full_disk_are_said() {
    use std::process::Stdio;
    let place = Place::with("main.twin", BOILER);
    place.write("a.jsonl", BOILER_RECORDING);
    let full =
        || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it"));
    let runs: [&[&str]; 5] = [
        &["--help"],
        &["completions", "bash"],
        &["explain", "E0303"],
        &["replay", ".", "--input", "samples=a.jsonl", "-q"],
        &["replay", ".", "--input", "samples=a.jsonl", "--json", "-q"],
    ];
    for arguments in runs {
        let output = place.command(arguments).stdout(full()).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("the disk is full"), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");

        let (reader, writer) = std::io::pipe().expect("the system gives a pipe");
        drop(reader);
        let output = place.command(arguments).stdout(writer).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("nobody reads it any more"), "{arguments:?}: {said}");
    }
}
