//! Every example as it is shipped: what it gives is what was worked out without Twin.

use crate::harness::Place;
use std::fs;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true if entry.file_name() == "out" => {}
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a file can be copied")),
        }
    }
}

/// A copy of an example, replayed.
fn replayed(name: &str) -> Place {
    let place = Place::new();
    copy(&example(name), &place.path(name));
    for command in ["check", "replay"] {
        let output = place.run(&[command, name, "-q"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command} {name}: {said}");
        assert!(output.stdout.is_empty(), "{command} {name}");
    }
    place
}

/// Fields of a CSV file, row by row, in the order asked for.
fn rows(text: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("there is a head");
    let at =
        |field: &&str| head.iter().position(|name| name == field).unwrap_or_else(|| panic!("no {field}"));
    let places: Vec<usize> = fields.iter().map(at).collect();
    lines.map(|line| places.iter().map(|at| line[*at].to_string()).collect()).collect()
}

/// A text field of an alert, which is a line of JSON.
fn field(line: &str, name: &str) -> String {
    let start = line.find(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {line}"));
    line[start + name.len() + 4..].split('"').next().expect("a text ends").to_string()
}

fn alerts(place: &Place, name: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let text = place.read(&format!("{name}/out/alerts.jsonl"));
    text.lines().map(|line| fields.iter().map(|of| field(line, of)).collect()).collect()
}

#[test]
fn connected_cars_name_every_failure_once() {
    let place = replayed("connected_cars");
    let mut given = alerts(&place, "connected_cars", &["key", "rule", "state"]);
    let mut expected = rows(&place.read("connected_cars/expected/onsets.csv"), &["car", "rule"]);
    expected.iter_mut().for_each(|row| row.push("raised".to_string()));
    given.sort();
    expected.sort();
    assert_eq!(given, expected);
}

#[test]
fn rolling_statistics_find_what_was_found_elsewhere() {
    for name in ["machine_temperature", "request_latency", "database_load"] {
        let place = replayed(name);
        let given = alerts(&place, name, &["rule", "state", "at"]);
        let expected = rows(&place.read(&format!("{name}/expected/alerts.csv")), &["rule", "state", "at"]);
        assert_eq!(given, expected, "{name}");
    }
}

#[test]
fn milling_finds_every_failure() {
    let place = replayed("milling");
    assert_eq!(place.read("milling/out/failures.csv"), place.read("milling/expected/failures.csv"));
}

#[test]
fn the_battery_loses_the_capacity_that_was_measured() {
    let place = replayed("battery");
    let fields = ["discharge", "capacity_ah"];
    let given = rows(&place.read("battery/out/capacities.csv"), &fields);
    assert_eq!(given, rows(&place.read("battery/expected/capacities.csv"), &fields));
}

#[test]
fn what_is_integrated_runs() {
    for name in ["bouncing_ball", "dahlquist"] {
        let place = replayed(name);
        assert!(place.read(&format!("{name}/out/comparison.csv")).lines().count() > 100, "{name}");
    }
}
