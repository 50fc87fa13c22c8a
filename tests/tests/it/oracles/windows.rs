//! Windows against numpy in 80-bit floats and pandas: trailing, the last n, tumbling, hopping, weighted by time.

use super::{KINDS, SOURCE, is_near, outputs, series, table};
use serde_json::Value;
use twin_tests::csv::CsvRow;

/// Columns of the files and the calls that give them; `W` stands for the window.
const STATISTICS: [(&str, &str); 28] = [
    ("count", "count(x) W"),
    ("sum", "sum(x) W"),
    ("mean", "mean(x) W"),
    ("var_pop", "var_pop(x) W"),
    ("var_sample", "var(x) W"),
    ("std_pop", "std_pop(x) W"),
    ("std_sample", "std(x) W"),
    ("min", "min(x) W"),
    ("max", "max(x) W"),
    ("range", "range(x) W"),
    ("first", "first(x) W"),
    ("last", "last(x) W"),
    ("delta", "delta(x) W"),
    ("rms", "rms(x) W"),
    ("mean_abs", "mean(abs(x)) W"),
    ("crest", "crest(x) W"),
    ("skew", "skew(x) W"),
    ("kurt_excess", "kurtosis(x) W"),
    ("median", "median(x) W"),
    ("q05", "quantile(x, 0.05) W"),
    ("q25", "quantile(x, 0.25) W"),
    ("q75", "quantile(x, 0.75) W"),
    ("q95", "quantile(x, 0.95) W"),
    ("iqr", "iqr(x) W"),
    ("mad_median", "mad(x) W"),
    ("slope_per_s", "(slope(x) W) * 1 s"),
    ("intercept_now", "intercept(x) W"),
    ("r2", "r2(x) W"),
];

fn program(window: &str, calls: &[(&str, &str)], rest: &str) -> String {
    let fields: Vec<_> =
        calls.iter().map(|(name, call)| format!("{name}: {}", call.replace('W', window))).collect();
    format!(
        "{SOURCE}twin T {{\n    key one\n    input s\n    emit out {{ at: now, {} }} {rest}\n}}\n",
        fields.join(", ")
    )
}

/// Relative tolerance and the size below which it is absolute, as far as 64-bit moments reach.
fn tolerance(kind: &str, column: &str) -> (f64, f64) {
    let floor = if matches!(column, "skew" | "kurt_excess" | "r2") { 0.01 } else { 1.0 };
    match (kind, column) {
        ("offset", "var_pop" | "var_sample" | "std_pop" | "std_sample") => (1e-6, 1e-3),
        ("offset", "slope_per_s") => (1e-5, 1e-4),
        ("offset", "r2") => (1e-5, 0.01),
        ("offset", "skew" | "kurt_excess") => (1e-4, floor),
        (_, "mean_hold" | "integral_trapezoid_value_s") => (1e-10, 1.0),
        _ => (1e-9, floor),
    }
}

fn compare(kind: &str, record: &Value, row: CsvRow<'_>, calls: &[(&str, &str)]) {
    for (column, _) in calls {
        let (found, mut wanted) = (record[*column].as_f64(), row.number(column));
        if *column == "integral_trapezoid_value_s" && found.is_none() {
            // The file says 0 of a window without events; the language says absent.
            wanted = None;
        }
        let is_near = is_near(found, wanted, tolerance(kind, column));
        assert!(is_near, "{kind} {column}: {found:?} is not {wanted:?} in {record}");
    }
}

fn after_each_event(window: &str, file: &str) {
    for kind in KINDS {
        let records = outputs(&program(window, &STATISTICS, ""), "s", &series(kind, 0), None);
        let expected = table(&format!("win_{kind}_{file}.csv"));
        assert_eq!(records.len(), expected.rows().count());
        records.iter().zip(expected.rows()).for_each(|(record, row)| compare(kind, record, row, &STATISTICS));
    }
}

/// Windows end at ticks, which are multiples of `step_ms`; the file's are so many milliseconds earlier.
fn at_ticks(window: &str, (step_ms, later_ms): (i64, i64), file: &str, calls: &[(&str, &str)]) {
    for kind in KINDS {
        let expected = table(&format!("win_{kind}_{file}.csv"));
        let end = |row: &CsvRow<'_>| row.text("end_ms").parse::<i64>().expect("milliseconds") + later_ms;
        let last = expected.rows().map(|row| end(&row)).max().expect("windows");
        let program = program(window, calls, &format!("every {step_ms} ms always"));
        let records = outputs(&program, "s", &series(kind, later_ms), Some(last * 1_000_000));
        let mut compared = 0;
        for row in expected.rows() {
            let at = jiff::Timestamp::from_millisecond(end(&row)).expect("in range").to_string();
            // Before the first event there is no twin, so windows that are empty at the start of the file are not seen.
            let Some(record) = records.iter().find(|record| record["at"] == at) else {
                assert_eq!(row.number("count").unwrap_or(0.0), 0.0, "{kind}: nothing at {at}");
                continue;
            };
            compare(kind, record, row, calls);
            compared += 1;
        }
        assert_eq!(compared, records.len(), "{kind} {file}");
    }
}

#[test]
fn trailing() {
    after_each_event("over 10 s", "sliding_time");
}

#[test]
fn the_last_twenty() {
    after_each_event("over 20 samples", "sliding_count");
}

#[test]
fn tumbling() {
    at_ticks("each 10 s", (10_000, 0), "tumbling", &STATISTICS);
}

#[test]
fn hopping() {
    // The file's windows begin at multiples of 4 s and end 10 s later; the language's end at multiples.
    at_ticks("over 10 s every 4 s", (4_000, 2_000), "hopping", &STATISTICS);
}

#[test]
fn weighted_by_time() {
    let calls =
        [("mean_hold", "time_weighted_mean(x) W"), ("integral_trapezoid_value_s", "(integral(x) W) / 1 s")];
    at_ticks("each 10 s", (10_000, 0), "timeweighted", &calls);
}
