//! What the examples say is what was worked out without Twin: their `expected/`, file by file.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use twin_tests::csv::Csv;
use twin_tests::run::{self, Outcome, WAYS};

fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example)
}

fn expected(example: &str, file: &str) -> Csv {
    Csv::read(&folder(example).join("expected").join(file))
}

/// Records by sink.
struct Replay {
    outcome: Outcome,
    records: BTreeMap<String, Vec<Value>>,
}

impl Replay {
    fn of(&self, sink: &str) -> &[Value] {
        self.records.get(sink).map_or(&[], Vec::as_slice)
    }

    /// The alerts: fields of each, joined.
    fn alerts(&self, fields: &[&str]) -> Vec<String> {
        let line =
            |alert: &Value| fields.iter().map(|field| text(alert, field)).collect::<Vec<_>>().join(",");
        self.of("alerts").iter().map(line).collect()
    }
}

/// Replays an example by machine code and by the evaluator, which must agree.
fn replay(example: &str, inputs: &[(&str, &str)], to: Option<&str>) -> Replay {
    let program =
        std::fs::read_to_string(folder(example).join("main.twin")).expect("an example has a program");
    let program = run::compile(example, &program).unwrap_or_else(|findings| panic!("{findings}"));
    let files: Vec<_> =
        inputs.iter().map(|(name, file)| (*name, folder(example).join("recording").join(file))).collect();
    let recordings: Vec<(&str, Vec<&Path>)> =
        files.iter().map(|(name, file)| (*name, vec![file.as_path()])).collect();
    let to = to.map(|to| to.parse::<jiff::Timestamp>().expect("a time").as_nanosecond() as i64);
    let [evaluator, native] = [WAYS[0], WAYS[1]].map(|way| {
        run::run(&program, &recordings, way, to).unwrap_or_else(|why| panic!("{}: {why}", way.name))
    });
    if evaluator != native {
        panic!("{example}: {}", twin_tests::differential::difference(&evaluator, &native));
    }
    let parse = |(sink, lines): (&String, &String)| {
        let records = lines.lines().map(|line| serde_json::from_str(line).expect("records are JSON"));
        (sink.clone(), records.collect())
    };
    let records = native.outputs.iter().map(parse).collect();
    Replay { outcome: native, records }
}

fn text(record: &Value, field: &str) -> String {
    match &record[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn number(record: &Value, field: &str) -> Option<f64> {
    record[field].as_f64()
}

/// Whether two numbers agree to so much of their size, or are both missing.
fn near(a: Option<f64>, b: Option<f64>, relative: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= relative * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

fn seconds(time: &str) -> String {
    let time: i64 = time.parse().expect("seconds");
    jiff::Timestamp::from_second(time).expect("in range").to_string()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn every_failure_of_the_cars_is_named_at_its_first_sample() {
    let replay = replay("connected_cars", &[("telemetry", "cars.csv.gz")], None);
    let onsets = expected("connected_cars", "onsets.csv");
    let onset = |row: twin_tests::csv::CsvRow<'_>| {
        format!("{},{},raised,{}", row.text("car"), row.text("rule"), seconds(row.text("time")))
    };
    let onsets = sorted(onsets.rows().map(onset).collect());
    assert_eq!(onsets.len(), 308);
    assert_eq!(sorted(replay.alerts(&["key", "rule", "state", "at"])), onsets);
    let activity = expected("connected_cars", "activity.csv");
    let window = |row: twin_tests::csv::CsvRow<'_>| {
        format!("{},{},{}", row.text("car"), seconds(row.text("from")), row.text("samples"))
    };
    // The last five minutes are open when the recording ends; the clocks do not move.
    let windows: BTreeSet<_> = activity.rows().map(window).collect();
    let given: Vec<_> = replay
        .of("activity")
        .iter()
        .map(|r| ["car", "from", "samples"].map(|f| text(r, f)).join(","))
        .collect();
    assert_eq!(given.len(), 200);
    for line in &given {
        assert!(windows.contains(line), "{line}");
    }
}

#[test]
fn all_windows_of_the_cars_close_by_a_time_behind_the_recording() {
    let replay = replay("connected_cars", &[("telemetry", "cars.csv.gz")], Some("2019-09-04T14:30:00Z"));
    let window = |row: twin_tests::csv::CsvRow<'_>| {
        format!("{},{},{}", row.text("car"), seconds(row.text("from")), row.text("samples"))
    };
    let windows = expected("connected_cars", "activity.csv").rows().map(window).collect();
    let given: Vec<_> = replay
        .of("activity")
        .iter()
        .map(|r| ["car", "from", "samples"].map(|f| text(r, f)).join(","))
        .collect();
    assert_eq!(sorted(given), sorted(windows));
}

#[test]
fn milling_finds_each_failure_and_its_causes() {
    let replay = replay("milling", &[("pieces", "pieces.csv.gz"), ("grades", "grades.csv")], None);
    let fields = ["piece", "heat", "power", "strain"];
    let expected_rows: Vec<_> = expected("milling", "failures.csv")
        .rows()
        .map(|row| fields.map(|f| row.text(f).to_string()))
        .collect();
    let given: Vec<_> = replay.of("failures").iter().map(|record| fields.map(|f| text(record, f))).collect();
    assert_eq!(given, expected_rows);
    let counts =
        std::fs::read_to_string(folder("milling").join("expected/counts.json")).expect("it is there");
    let counts: Value = serde_json::from_str(&counts).expect("JSON");
    assert_eq!(replay.outcome.summary.events, counts["rows"].as_u64().expect("a count"));
    for cause in ["heat", "power", "strain"] {
        let count = replay.of("failures").iter().filter(|record| record[cause] == true).count() as u64;
        assert_eq!(count, counts[cause].as_u64().expect("a count"), "{cause}");
    }
    for (rule, count) in counts["alerts_raised"].as_object().expect("counts by rule") {
        let raised = replay.outcome.summary.alerts[rule].raised;
        assert_eq!(raised, count.as_u64().expect("a count"), "{rule}");
    }
}

#[test]
fn the_battery_has_its_capacities_and_its_band() {
    let replay = replay("battery", &[("samples", "B0005_discharge.csv.gz")], None);
    let given = replay.of("capacities");
    assert_eq!(given.len(), 168);
    let (capacities, remaining) =
        (expected("battery", "capacities.csv"), expected("battery", "remaining.csv"));
    for ((record, capacity), band) in given.iter().zip(capacities.rows()).zip(remaining.rows()) {
        assert_eq!(text(record, "discharge"), capacity.text("discharge"));
        assert!(near(number(record, "capacity_ah"), capacity.number("capacity_ah"), 1e-12), "{record}");
        assert!(near(number(record, "capacity_ah"), capacity.number("published_ah"), 1.25e-5), "{record}");
        // Far from its limit a chance is a difference of two numbers near one.
        let (a, b) = (number(record, "chance_within_20"), band.number("chance_within_20"));
        assert!(near(a.map(|a| a + 1.0), b.map(|b| b + 1.0), 1e-10), "{record} and {b:?}");
        for field in ["p10", "median", "p90", "mean"] {
            let close = near(number(record, field), band.number(field), 1e-9);
            assert!(close, "{field}: {record} and {:?}", band.number(field));
        }
    }
    let alerts = replay.alerts(&["rule", "state", "message"]);
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert!(alerts[0].starts_with("order_cell,raised"), "{alerts:?}");
    assert!(alerts[1].starts_with("end_of_life,raised,discharge 125 gave"), "{alerts:?}");
    let order: jiff::Timestamp = replay.alerts(&["at"])[0].parse().expect("a time");
    let at_94: jiff::Timestamp =
        capacities.rows().nth(93).expect("94 rows").text("time").parse().expect("a time");
    assert_eq!(order, at_94);
}

#[test]
fn rolling_statistics_find_the_labelled_failures() {
    for example in ["machine_temperature", "request_latency", "database_load"] {
        let replay = replay(example, &[("samples", "samples.csv.gz")], None);
        let row = |row: twin_tests::csv::CsvRow<'_>| ["rule", "state", "at"].map(|f| row.text(f)).join(",");
        let alerts: Vec<_> = expected(example, "alerts.csv").rows().map(row).collect();
        assert_eq!(replay.alerts(&["rule", "state", "at"]), alerts, "{example}");
        let windows = expected(example, "windows.csv");
        for window in windows.rows() {
            let inside = |at: &String| (window.text("from")..=window.text("to")).contains(&at.as_str());
            let raised: Vec<_> = replay
                .of("alerts")
                .iter()
                .filter(|a| a["state"] == "raised")
                .map(|a| text(a, "at"))
                .collect();
            assert!(
                raised.iter().any(inside),
                "{example}: nothing between {} and {}",
                window.text("from"),
                window.text("to")
            );
        }
    }
}

const WIND: [(&str, &str); 4] = [
    ("scada", "scada.csv.gz"),
    ("rows", "scada.csv.gz"),
    ("meter", "meter.csv.gz"),
    ("turbines", "turbines.csv"),
];

#[test]
fn the_wind_farm_has_its_days_curves_and_losses() {
    let replay = replay("wind_farm", &WIND, Some("2014-07-01T00:00:00Z"));
    days_of_wind(&replay);
    curves_of_wind(&replay);
    let behind = expected("wind_farm", "falls_behind.csv");
    let behind: Vec<_> =
        behind.rows().map(|row| ["turbine", "state", "at"].map(|f| row.text(f)).join(",")).collect();
    assert_eq!(sorted(replay.alerts(&["key", "state", "at"])), sorted(behind));
    let plant =
        std::fs::read_to_string(folder("wind_farm").join("expected/plant.json")).expect("it is there");
    let plant: Value = serde_json::from_str(&plant).expect("JSON");
    let last = replay.of("plant").last().expect("a record of the last day");
    assert_eq!(last["steps"], plant["steps_with_all_four"]);
    for (field, figure) in [("made_kwh", "made_kwh"), ("sold_kwh", "sold_kwh"), ("sold_share", "ratio")] {
        assert!(near(number(last, field), plant[figure].as_f64(), 1e-11), "{field}: {last}");
    }
    assert!(near(number(last, "sold_share"), Some(0.980053), 1e-6));
}

fn days_of_wind(replay: &Replay) {
    let key = |turbine: &str, since: &str| format!("{turbine},{since}");
    let given: BTreeMap<_, _> =
        replay.of("days").iter().map(|r| (key(&text(r, "turbine"), &text(r, "since")), r)).collect();
    let days = expected("wind_farm", "daily_energy.csv");
    assert_eq!(given.len(), days.rows().count());
    for day in days.rows() {
        let record = given[&key(day.text("turbine"), day.text("since"))];
        assert_eq!(text(record, "samples"), day.text("samples"), "{record}");
        assert!(near(number(record, "kwh"), day.number("kwh"), 1e-11), "{record}");
        let (a, b) = (number(record, "wind_from_deg"), day.number("wind_from_deg"));
        assert!(near(a, b, 1e-9), "{record} and {b:?}");
    }
}

fn curves_of_wind(replay: &Replay) {
    let mut given: BTreeMap<(String, usize), f64> = BTreeMap::new();
    for record in replay.of("curves").iter().filter(|record| record["at"] == "2014-06-30T00:00:00Z") {
        for (bin, mean) in record["mean_kw"].as_array().expect("a mean per bin").iter().enumerate() {
            // Stored and written in watts of the curve's own unit.
            mean.as_f64().map(|mean| given.insert((text(record, "turbine"), bin), mean));
        }
    }
    let curves = expected("wind_farm", "power_curve.csv");
    assert_eq!(given.len(), curves.rows().count());
    for row in curves.rows() {
        let bin = row.text("bin").parse().expect("a bin");
        let mean = given.get(&(row.text("turbine").to_string(), bin)).copied();
        assert!(near(mean, row.number("mean_kw"), 1e-10), "{} {bin}: {mean:?}", row.text("turbine"));
    }
}

#[test]
fn the_ball_is_as_the_table_has_it_and_as_it_falls() {
    let replay = replay("bouncing_ball", &[("reference", "BouncingBall_out.csv")], None);
    let rules: Vec<_> = replay.alerts(&["rule", "state"]);
    assert_eq!(rules, ["at_rest,raised"]);
    assert_eq!(replay.of("comparison").len(), 301);
    for record in replay.of("comparison") {
        assert_eq!(
            (number(record, "off_height"), number(record, "off_speed")),
            (Some(0.0), Some(0.0)),
            "{record}"
        );
    }
    let impacts = |record: &Value, field: &str| number(record, field).expect("a count") as usize;
    let time =
        |record: &Value| text(record, "time").parse::<jiff::Timestamp>().expect("a time").as_millisecond();
    for (file, field) in [("impacts.csv", "impacts"), ("exact_impacts.csv", "exact_impacts")] {
        let table = expected("bouncing_ball", file);
        for record in replay.of("comparison") {
            let passed = |row: &twin_tests::csv::CsvRow<'_>| {
                row.number("time").expect("a time") * 1000.0 <= time(record) as f64
            };
            assert_eq!(impacts(record, field), table.rows().filter(passed).count(), "{field}: {record}");
        }
    }
}

#[test]
fn the_smallest_equation_is_solved_both_ways() {
    let replay = replay("dahlquist", &[("reference", "Dahlquist_out.csv")], None);
    assert_eq!(replay.of("alerts").len(), 0);
    let values = expected("dahlquist", "values.csv");
    assert_eq!(replay.of("comparison").len(), values.rows().count());
    for (record, row) in replay.of("comparison").iter().zip(values.rows()) {
        assert_eq!(number(record, "off"), Some(0.0), "{record}");
        assert!(near(number(record, "value"), row.number("stepwise"), 1e-15), "{record}");
        // Its absolute tolerance is the default, 1e-9 a step.
        let off = number(record, "exact").zip(row.number("exact")).map(|(a, b)| (a - b).abs());
        assert!(off.is_some_and(|off| off < 1e-8), "{record}");
    }
}
