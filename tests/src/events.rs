//! Random recordings for [`crate::programs`]: disorder, gaps, silence, equal times, missing and absurd values.

use crate::random::Random;
use std::fmt::Write;

/// Texts, one of which is longer than a state keeps.
const LABELS: [&str; 6] = [
    "x",
    "y",
    "é",
    "",
    "a longer text",
    "a text of more than the sixty-four bytes that a state or a window keeps of it",
];

/// Two recordings as JSON Lines: for the source `s` and for `o`.
pub fn recordings(random: &mut Random) -> (String, String) {
    let keys = 1 + random.below(4);
    let (mut samples, mut others) = (Vec::new(), Vec::new());
    for key in 0..keys {
        timeline(random, key, &mut samples, true);
        timeline(random, key, &mut others, false);
    }
    (ordered(random, samples), ordered(random, others))
}

/// Records of one key with the times at which they arrive.
fn timeline(random: &mut Random, key: u64, records: &mut Vec<(i64, String)>, is_sample: bool) {
    let mut time = 1_700_000_000_000 + random.between(0, 3000);
    for _ in 0..random.between(5, 60) {
        time += match random.below(20) {
            0 => 0,
            1 => 60_000,
            2 => 20_000,
            _ => random.between(1, 30) * 100,
        };
        // Most arrive at once, some a little and a few much too late.
        let delay = match random.below(20) {
            0 => random.between(1000, 12_000),
            1..=4 => random.between(0, 1500),
            _ => 0,
        };
        let record = if is_sample { sample(random, key, time) } else { other(random, key, time) };
        records.push((time + delay, record));
    }
}

fn ordered(random: &mut Random, mut records: Vec<(i64, String)>) -> String {
    records.sort_by_key(|(arrival, _)| *arrival);
    let mut text = String::new();
    for (_, record) in records {
        if random.percent(1) {
            text.push_str("{\"id\": \"0\", \"ts\": oops}\n");
        }
        text.push_str(&record);
        text.push('\n');
    }
    text
}

fn number(random: &mut Random) -> String {
    match random.below(40) {
        0 => "null".to_string(),
        1 => "1e308".to_string(),
        2 => "-1e-300".to_string(),
        3 => "0".to_string(),
        4 => "1e999".to_string(),
        _ => format!("{:.2}", random.unit() * 40.0 - 10.0),
    }
}

fn sample(random: &mut Random, key: u64, time: i64) -> String {
    let mut record = format!("{{\"id\":\"k{key}\",\"ts\":{time}");
    for name in ["a", "b", "t", "v"] {
        if !random.percent(4) {
            let _ = write!(record, ",\"{name}\":{}", number(random));
        }
    }
    for name in ["p0", "p1", "p2"] {
        let _ = write!(record, ",\"{name}\":{:.2}", random.unit() * 9.0);
    }
    if !random.percent(5) {
        let _ = write!(record, ",\"n\":{}", random.between(-4, 8));
    }
    if !random.percent(8) {
        let _ = write!(record, ",\"on\":{}", random.percent(50));
    }
    if !random.percent(8) {
        let _ = write!(record, ",\"mode\":\"{}\"", random.pick(&["idle", "RUN", "tripped", "unheard"]));
    }
    if !random.percent(10) {
        let _ = write!(record, ",\"label\":\"{}\"", random.pick(&LABELS));
    }
    record.push('}');
    record
}

fn other(random: &mut Random, key: u64, time: i64) -> String {
    format!("{{\"id\":\"k{key}\",\"ts\":{time},\"z\":{},\"flag\":{}}}", number(random), random.percent(50))
}
