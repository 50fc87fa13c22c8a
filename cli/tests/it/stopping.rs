//! Being asked to stop.
#![cfg(unix)]

use crate::harness::{BOILER, BOILER_RECORDING, Place};
use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A recording of an hour, replayed so slowly that it does not end by itself.
fn slow_replay(place: &Place) -> Child {
    place.write("main.twin", BOILER);
    let mut lines = String::new();
    for second in 0..3600 {
        writeln!(lines, r#"{{"boiler":"B1","ts":{second},"temp":{}}}"#, 80 + second % 40).expect("a string");
    }
    place.write("a.jsonl", &lines);
    let arguments = [
        "replay",
        ".",
        "--input",
        "samples=a.jsonl",
        "--speed",
        "10x",
        "--checkpoint",
        "state",
        "--output",
        "alerts=alerts.jsonl",
    ];
    let mut command = place.command(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn wait_for(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()));
}

fn stopped_by(signal: &str, code: i32) {
    let place = Place::new();
    let child = slow_replay(&place);
    wait_for(|| place.path("alerts.jsonl").exists());
    send(signal, &child);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains("stopped"), "{said}");
    let checkpoints = std::fs::read_dir(place.path("state")).expect("a checkpoint was written").count();
    assert!(checkpoints > 0);
}

#[test]
fn once_is_a_clean_end() {
    stopped_by("-INT", 130);
    stopped_by("-TERM", 143);
}

#[test]
fn a_stopped_run_goes_on_to_the_same_end() {
    let place = Place::new();
    let child = slow_replay(&place);
    wait_for(|| place.path("alerts.jsonl").exists());
    send("-INT", &child);
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(130));
    let base = ["replay", ".", "--input", "samples=a.jsonl"];
    let rest = ["--checkpoint", "state", "--output", "alerts=alerts.jsonl", "-q"];
    let resumed = place.run(&[&base[..], &rest[..]].concat());
    assert_eq!(resumed.status.code(), Some(0), "{}", String::from_utf8_lossy(&resumed.stderr));
    let whole = place.run(&[&base[..], &["--output", "alerts=whole.jsonl", "-q"]].concat());
    assert_eq!(whole.status.code(), Some(0));
    assert_eq!(place.read("alerts.jsonl"), place.read("whole.jsonl"));
}

/// Whoever goes on from a checkpoint is told so, and told what to do when something of it is gone.
#[test]
fn what_a_run_goes_on_from_is_said() {
    let place = Place::with("main.twin", BOILER);
    place.write("a.jsonl", BOILER_RECORDING);
    let bound = ["replay", ".", "--input", "samples=a.jsonl", "--output", "alerts=alerts.jsonl"];
    let run = || {
        let output = place.run(&[&bound[..], &["--checkpoint", "state"]].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run();
    assert!(code == Some(0) && !said.contains("going on"), "{said}");
    let (code, said) = run();
    assert!(code == Some(0) && said.starts_with("going on from the checkpoint in state\n"), "{said}");
    std::fs::remove_file(place.path("alerts.jsonl")).expect("it was written");
    let (code, said) = run();
    assert!(code == Some(2) && said.contains("help: bind the files that the run began with"), "{said}");
}

/// A pipe that nobody writes to: the run waits for its first record and cannot finish its batch.
#[cfg(target_os = "linux")]
#[test]
fn twice_leaves_at_once() {
    let place = Place::with("main.twin", BOILER);
    let made = Command::new("mkfifo").arg(place.path("a.jsonl")).status();
    assert!(made.is_ok_and(|status| status.success()));
    let mut command = place.command(&["replay", ".", "--input", "samples=a.jsonl"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    wait_for(|| listens_to_interrupts(&child));
    send("-INT", &child);
    std::thread::sleep(Duration::from_millis(200));
    assert!(Path::new(&format!("/proc/{}", child.id())).exists());
    send("-INT", &child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
}

/// Whether the program has taken the signal over; before that it would end it.
#[cfg(target_os = "linux")]
fn listens_to_interrupts(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    // Interrupt is signal 2, terminate 15; the second is listened to last.
    caught
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & (1 << 14) != 0)
}
