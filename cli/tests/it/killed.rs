//! `kill -9` at any moment: the next run ends with the same bytes in every output.
#![cfg(unix)]

use crate::harness::Place;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

const PROGRAM: &str = r#"
schema Sample { pump: string  ts: timestamp in ms  flow: real?  temp: temperature in degC }
source samples: Sample { topic: "pump.samples"  format: json  key: pump  time: ts  lateness: 3 s }
sink minutes { topic: "minutes" }
sink jumps { topic: "jumps" }
twin Pump {
    key pump
    input samples
    let level = mean(flow) each 1 min
    emit minutes { pump, at: now, level, n: count(flow) each 1 min }
    emit jumps { pump, at: now, flow } when delta(flow) > 6 or (median(flow) over 20 s) < 1
    rule hot when temp > 60 degC for 5 s { message "{temp:.1 degC}"  capture samples from 5 s before to 5 s after }
    rule silent_again when rising(flow > 8) then no (flow > 4) within 10 s
}
"#;

/// Records of 40 pumps, some late, some broken, from a small generator.
fn recording() -> String {
    let mut state = 7_u64;
    let mut random = move |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let mut lines = String::new();
    for second in 0..1500_u64 {
        for pump in 0..40 {
            let time = 1_700_000_000_000 + second * 1000 + pump * 17
                - if random(50) == 0 { random(9000) } else { 0 };
            if random(400) == 0 {
                lines.push_str("{\"pump\":\n");
            }
            let flow = random(1000) as f64 / 100.0;
            let temp = 30 + random(20) + if (second / 40 + pump) % 9 == 0 { 30 } else { 0 };
            writeln!(lines, r#"{{"pump":"P{pump}","ts":{time},"flow":{flow},"temp":{temp}}}"#)
                .expect("a string");
        }
    }
    lines
}

const OUTPUTS: [(&str, &str); 6] = [
    ("alerts", "alerts.jsonl"),
    ("minutes", "minutes.csv"),
    ("jumps", "jumps.parquet"),
    ("captures", "captures.jsonl.gz"),
    ("late", "late.jsonl.zst"),
    ("rejects", "rejects.jsonl"),
];

fn arguments(folder: &str) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "replay",
        "main.twin",
        "--input",
        "samples=samples.jsonl",
        "--to",
        "2023-11-14T23:00:00Z",
        "--no-progress",
    ]
    .map(String::from)
    .to_vec();
    arguments.extend(["--checkpoint".to_string(), format!("{folder}/state")]);
    arguments.extend(["--checkpoint-every".to_string(), "100 ms".to_string()]);
    for (sink, file) in OUTPUTS {
        arguments.extend(["--output".to_string(), format!("{sink}={folder}/{file}")]);
    }
    arguments
}

fn run(place: &Place, folder: &str, threads: u64, kill_after: Option<Duration>) -> bool {
    let mut arguments = arguments(folder);
    arguments.extend(["--threads".to_string(), threads.to_string()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = place.command(&arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        // It may have come to its end already.
        let _ = child.kill();
    }
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || output.status.code().is_none(), "{said}");
    output.status.success()
}

#[test]
fn the_next_run_ends_with_the_same_bytes() {
    let place = Place::with("main.twin", PROGRAM);
    place.write("samples.jsonl", &recording());
    for folder in ["whole", "killed"] {
        std::fs::create_dir(place.path(folder)).expect("the folder is new");
    }
    assert!(run(&place, "whole", 1, None));
    let mut killed = 0;
    for round in 0..40_u64 {
        let after = Duration::from_millis(120 + round * 23 % 400);
        if run(&place, "killed", 1 + round % 3, Some(after)) {
            break;
        }
        killed += 1;
    }
    while !run(&place, "killed", 3, None) {}
    assert!(killed >= 3, "it was killed only {killed} times");
    for (sink, file) in OUTPUTS {
        let [whole, again] = ["whole", "killed"].map(|folder| {
            std::fs::read(place.path(&format!("{folder}/{file}")))
                .unwrap_or_else(|error| panic!("{file}: {error}"))
        });
        assert!(whole.len() > 100, "{sink} has next to nothing");
        assert!(whole == again, "{sink} differs: {} and {} bytes", whole.len(), again.len());
    }
}
