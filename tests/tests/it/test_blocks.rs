//! Tests written in the language: those of the examples and of the manual pass, and what fails is said well.

use std::path::{Path, PathBuf};
use twin_testing::TestReport;
use twin_tests::test_blocks::{run_folder, run_text, say};

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

/// Adds what did not pass; gives how many tests there were.
fn note(place: &str, ran: Result<Vec<TestReport>, String>, wrong: &mut Vec<String>) -> usize {
    match ran {
        Err(why) => {
            wrong.push(format!("{place}: {why}"));
            0
        }
        Ok(reports) => {
            let failed = reports.iter().filter(|report| !report.is_passed());
            wrong.extend(failed.map(|report| format!("{place}: {}", say(&Default::default(), report))));
            reports.len()
        }
    }
}

#[test]
fn examples() {
    let mut wrong = Vec::new();
    let mut tests = 0;
    for folder in entries(&root("examples")).iter().filter(|path| path.join("main.twin").is_file()) {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let ran = note(&name, run_folder(folder), &mut wrong);
        assert!(ran > 0 || !wrong.is_empty(), "{name} has no tests");
        tests += ran;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tests >= 12, "only {tests} tests");
}

#[test]
fn manual() {
    let mut wrong = Vec::new();
    let mut tests = 0;
    let pages = entries(&root("docs/reference"));
    for page in pages.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(page).expect("a page can be read");
        let name = page.file_name().expect("a page has a name").to_string_lossy().into_owned();
        for piece in text.split("```twin\n").skip(1) {
            let program = piece.split("```").next().unwrap_or_default();
            if program.lines().any(|line| line.starts_with("test \"")) {
                tests += note(&name, run_text(program), &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tests >= 10, "only {tests} tests");
}

const PROGRAM: &str = r#"
unit lap
schema Sample { vin: string, ts: timestamp in ms, coolant: temperature? in degC valid -60..200, grade: string? }
schema Info { vin: string, redline: temperature in degC }
schema Lap { car: int, lap: int, fuel: real }
source samples: Sample { topic: "car", key: vin, time: ts, lateness: 5 s }
source pings: Sample { topic: "pings", key: vin, time: ts }
source laps: Lap { topic: "laps", key: car, time: lap in lap }
table registry: Info { topic: "info", key: vin }
sink hot { topic: "hot" }
twin Car {
    key vin
    input samples
    input pings
    input registry
    param redline: temperature = registry.redline ?? 110 degC
    let mean1 = mean(samples.coolant) over 3 samples
    state trips: int = 0
    state last: temperature? = absent
    on samples where samples.coolant > 100 degC { trips = trips + 1  last = samples.coolant }
    on samples where samples.grade == "reset" { reset trips  reset mean1 }
    emit hot { vin, at: now } when samples.coolant > 100 degC
    machine mode {
        idle -> running when samples.coolant > 80 degC for 5 s
        running -> idle when samples.coolant < 50 degC
    }
    rule overheating when samples.coolant > redline for 30 s
    rule offline when silent(pings) > 5 min
}
twin Race {
    key car
    input laps
    rule dry when fuel < 1 allow W0401 "a test"
}
"#;

/// What comes of a test of the program above.
fn said(test: &str) -> String {
    twin_tests::test_blocks::say_text(&format!("{PROGRAM}test \"t\" {{{test}}}")).unwrap_or_else(|why| why)
}

#[test]
fn a_signal_is_what_it_was_after_the_last_step() {
    let test = r#"
        with Car "A1"
        at 0 s samples { coolant: 105 degC }
        at 10 s samples { coolant: 120 degC }
        at 20 s samples { coolant: 105 degC, grade: "reset" }
        at 30 s samples { coolant: 90 degC }
        expect trips == 1 at 0 s
        expect trips == 1 at 9 s
        expect trips == 2 at 10 s
        expect trips == 0 at 20 s
        expect trips == 0
        expect mean1 == 112.5 degC at 10 s within 0.001 K
        expect not present(mean1) at 20 s
        expect mean1 == 90 degC within 0.001 K
        expect last == 105 degC at 25 s
        expect mode == running at 10 s
        expect samples.coolant == 90 degC
        expect count(hot) == 2 at 10 s
        expect count(hot) == 3
    "#;
    assert_eq!(said(test), "ok t\n");
}

#[test]
fn silence_moves_the_stream_clock_and_tables_count_from_their_line() {
    let test = r#"
        with Car "A1"
        at 0 s pings { }
        at 0 s samples { coolant: 90 degC }
        at 10 s registry { redline: 95 degC }
        at 60 s registry { redline: 85 degC }
        at 59 s samples { coolant: 90 degC }
        at 60 s samples { coolant: 90 degC }
        expect redline == 95 degC at 0 s
        expect redline == 95 degC at 59 s
        expect redline == 85 degC at 60 s
    "#;
    assert_eq!(said(&format!("{test}\n expect offline never raised")), "ok t\n");
    let until = |time: &str, expect: &str| {
        said(&test.replacen("expect", &format!("until {time}\n expect"), 1).replacen(
            "expect",
            &format!("{expect}\n expect"),
            1,
        ))
    };
    assert_eq!(until("5 min", "expect offline never raised"), "ok t\n");
    assert_eq!(until("301 s", "expect offline raised at 5 min"), "ok t\n");
}

#[test]
fn a_clock_may_count_laps() {
    let test = r#"
        with Race 7
        every 1 lap from 1 lap to 9 lap laps { fuel: 5 }
        at 10 lap laps { fuel: 0.5 }
        expect dry raised at 10 lap
        expect dry never raised before 10 lap
        expect dry.count == 1
    "#;
    assert_eq!(said(test), "ok t\n");
    insta::assert_snapshot!(said(&test.replace("raised at 10 lap", "raised at 9 lap")));
}

#[test]
fn params_of_a_test_are_its_own() {
    let test = r#"
        with Car "A1" { redline: 80 degC }
        every 1 s from 0 s to 40 s samples { coolant: 90 degC }
        expect overheating raised at 30 s
    "#;
    assert_eq!(said(test), "ok t\n");
    insta::assert_snapshot!(said(&test.replace("80 degC", "100 degC")));
}

#[test]
fn what_happened_instead_is_said() {
    insta::assert_snapshot!(said(
        r#"
        with Car "A1" { redline: 100 degC }
        at 0 s pings { }
        every 1 s from 0 s to 20 s samples { coolant: 90 degC, grade: "a" }
        every 1 s from 21 s to 60 s samples { coolant: 105 degC }
        at 61 s samples { coolant: 80 degC }
        at 62 s samples { coolant: 300 degC }
        at 63 s samples { ts: 1970-01-01T00:00:01Z, coolant: 80 degC }
        until 10 min
        expect overheating raised between 55 s and 57 s
        expect overheating never raised after 50 s
        expect overheating cleared before 30 s
        expect mean1 == 91 degC at 20 s within 1%
        expect mean1 == 92 degC at 20 s within 0.5 K
        expect mean1 > redline at 20 s
        expect count(alerts) == 5
        expect count(hot) == 7 at 30 s
        expect samples.grade == "b" at 5 s
        expect mode == idle at 30 s
        expect trips == 38 at 60 s
        expect present(samples.coolant) at 62 s
        expect offline raised at 6 min
        expect not overheating.active at 55 s
        "#
    ));
    insta::assert_snapshot!(said("with Car \"A1\"\n expect overheating raised\n expect mean1 > 3 degC"));
}
