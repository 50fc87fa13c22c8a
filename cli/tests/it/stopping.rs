//! Being asked to stop.
#![cfg(unix)]

use crate::harness::{BOILER, Place};
use std::fmt::Write;
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
