//! `twin replay`

use crate::assert_run;
use crate::harness::{BOILER, BOILER_RECORDING, Place};

fn boiler() -> Place {
    let place = Place::with("main.twin", BOILER);
    place.write("a.jsonl", BOILER_RECORDING);
    place
}

#[test]
fn alerts_are_shown_where_nothing_is_bound() {
    assert_run!(boiler().twin(&["replay", "main.twin", "--input", "samples=a.jsonl"]));
}

#[test]
fn the_summary_as_one_object() {
    let place = boiler();
    assert_run!(place.twin(&["replay", ".", "--input", "samples=a.jsonl", "--json", "-q"]));
}

#[test]
fn outputs_by_their_endings() {
    let place = boiler();
    let arguments = [
        "replay",
        ".",
        "--input",
        "samples=a.jsonl",
        "--output",
        "alerts=out/alerts.jsonl",
        "--output",
        "means=out/means.csv",
        "--output",
        "late=-",
        "--output",
        "rejects=rejects.jsonl",
    ];
    assert_run!(place.twin(&arguments));
    assert_run!(place.read("out/means.csv"));
    assert_run!(place.read("rejects.jsonl"));
}

#[test]
fn both_kernels_say_the_same() {
    let place = boiler();
    for kernel in ["native", "evaluator"] {
        let alerts = format!("alerts={kernel}.jsonl");
        let arguments =
            ["replay", ".", "--input", "samples=a.jsonl", "--output", &alerts, "--kernels", kernel, "-q"];
        let output = place.run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(place.read("native.jsonl"), place.read("evaluator.jsonl"));
}

#[test]
fn a_log_in_two_files_is_the_same_as_in_one() {
    let place = boiler();
    let lines: Vec<&str> = BOILER_RECORDING.split_inclusive('\n').collect();
    place.write("b.jsonl", &lines[..5].concat());
    place.write("c.jsonl", &lines[5..].concat());
    let whole = place.run(&["replay", ".", "--input", "samples=a.jsonl", "-q"]);
    let parts = place.run(&["replay", ".", "--input", "samples=b.jsonl+c.jsonl", "-q"]);
    assert_eq!(String::from_utf8_lossy(&whole.stdout), String::from_utf8_lossy(&parts.stdout));
    assert!(!whole.stdout.is_empty());
}

#[test]
fn params_can_be_set() {
    let place = boiler();
    let set = |value: &str| {
        let set = format!("Boiler.limit={value}");
        place.twin(&["replay", ".", "--input", "samples=a.jsonl", "--set", &set])
    };
    assert_run!(set("100 degC"));
    assert_run!(set("100"));
    assert_run!(set("3 bar"));
    assert_run!(set("warm"));
    let unknown = ["replay", ".", "--input", "samples=a.jsonl", "--set"];
    for given in ["Boiler.limt=3 K", "Boler.limit=3 K", "limit=3 K"] {
        assert_run!(place.twin(&[&unknown[..], &[given]].concat()));
    }
}

#[test]
fn a_stretch_of_the_recording() {
    let place = boiler();
    let arguments = ["replay", ".", "--input", "samples=a.jsonl", "--output", "means=-", "--from"];
    let to = ["1970-01-01T00:16:50Z", "--to", "1970-01-01T00:20:00Z"];
    assert_run!(place.twin(&[&arguments[..], &to[..]].concat()));
}

#[test]
fn what_is_bound_wrongly() {
    let place = boiler();
    std::fs::create_dir(place.path("folder")).expect("it can be made");
    for (flag, value) in [
        ("--input", "samples=missing.jsonl"),
        ("--input", "samples=folder"),
        ("--input", "sample=a.jsonl"),
        ("--input", "samples=a.jsonl --output=alrts=b.jsonl"),
        ("--input", "samples=a.jsonl --output=alerts=a.jsonl"),
        ("--input", "samples=a.jsonl --output=alerts=b.jsonl --output=means=./b.jsonl"),
        ("--input", "samples=a.jsonl --output=alerts=b.txt"),
        ("--input", "samples=a.jsonl --output=alerts=main.twin/b.jsonl"),
        ("--output", "alerts=b.jsonl"),
    ] {
        let more: Vec<&str> = value.split(' ').collect();
        assert_run!(place.twin(&[&["replay", ".", flag], &more[..]].concat()));
    }
}

#[test]
fn a_program_that_is_wrong() {
    let place = Place::with("main.twin", "twin B { }\n");
    assert_run!(place.twin(&["replay", ".", "--format", "short"]));
}

#[test]
fn what_is_not_built_yet_is_said() {
    let place = Place::with(
        "main.twin",
        &format!(
            "{BOILER}\nscenario heat for Boiler {{\n    from 2024-06-01T00:00Z for 7 d\n    set temp = temp + 5 K\n    show hot.count\n}}\n"
        ),
    );
    place.write("a.jsonl", BOILER_RECORDING);
    assert_run!(place.twin(&["check", "."]));
    assert_run!(place.twin(&["replay", ".", "--input", "samples=a.jsonl"]));
}

#[test]
fn a_table_without_a_file_has_no_rows() {
    let text = BOILER.replace(
        "sink means",
        "schema Limit { boiler: string, limit: temperature in degC }\ntable limits: Limit { topic: \"limits\", key: boiler }\n\nsink means",
    );
    let text = text
        .replace("input samples\n", "input samples\n    input limits\n")
        .replace("= 90 degC", "= limits.limit ?? 90 degC");
    let place = Place::with("main.twin", &text);
    place.write("a.jsonl", BOILER_RECORDING);
    assert_run!(place.twin(&["replay", ".", "--input", "samples=a.jsonl", "-q"]));
    place.write("limits.jsonl", "{\"boiler\":\"B1\",\"limit\":99}\n");
    let both = ["replay", ".", "--input", "samples=a.jsonl", "--input", "limits=limits.jsonl"];
    assert_run!(place.twin(&both));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_an_output_is_said() {
    let place = boiler();
    assert_run!(place.twin(&["replay", ".", "--input", "samples=a.jsonl", "--output", "alerts=/dev/full"]));
}
