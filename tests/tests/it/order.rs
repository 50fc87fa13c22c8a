//! What a twin says depends on its own events: not on their order within `lateness`, on the files that they lie in, or
//! on other twins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use twin_tests::random::Random;
use twin_tests::run::{self, Program, WAYS};

const LATENESS_MS: i64 = 10_000;

const PROGRAM: &str = r#"
use std.signal.ewma

schema S { id: string  ts: timestamp in ms  x: real?  go: bool? }
schema Order { id_of: string  level: real? }
source s: S { topic: "s"  format: json  key: id  time: ts  lateness: 10 s }
sink out { topic: "out" }
command stop: Order { topic: "stop"  key: id_of  expires: 20 s }
twin T {
    key id
    input s
    let smooth = ewma(x, tau: 5 s)
    let middle = median(x) over 30 s
    let total = sum(x) each 10 s
    let trips = sum(x) over session(gap: 8 s)
    let while_going = count(x) during go
    state ups: int = 0
    on rising(x > 5) { ups = ups + 1 }
    machine mode {
        low  -> high when smooth > 4 for 3 s
        high -> low  when smooth < 3
    }
    rule high when middle > 4 for 5 s until middle < 3 { message "{middle:.3}" emit stop { id_of: id, level: x } }
    rule pair when x > 8 then x < 2 within 10 s { capture s from 5 s before to 5 s after }
    rule quiet when x > 9 then no x > 9 within 7 s
    emit out { id, what: "event", at: now, x, smooth, middle, total, ups, mode, lag: lag(x, 5 s), rate: rate(x), pending: stop.pending }
        when present(ts)
    emit out { id, what: "tick", at: now, total, trips } every 10 s always
    emit out { id, what: "trip", at: now, trips } when final(trips)
    emit out { id, what: "going", at: now, while_going } when final(while_going)
}
"#;

const END: i64 = 1_700_001_000_000_000_000;

#[derive(Clone)]
struct Event {
    key: String,
    time_ms: i64,
    line: String,
}

/// Events of some twins in the order of their times, none of a twin at the same time.
fn fleet(random: &mut Random, name: &str, twins: u64) -> Vec<Event> {
    let mut events = Vec::new();
    for twin in 0..twins {
        let key = format!("{name}{twin}");
        let mut time_ms = 1_700_000_000_000 + random.between(0, 3000);
        for _ in 0..200 {
            time_ms += if random.percent(5) { random.between(5000, 20_000) } else { random.between(1, 2500) };
            let x =
                if random.percent(5) { "null".to_string() } else { format!("{:.2}", random.unit() * 10.0) };
            let go = *random.pick(&["true", "true", "false", "null"]);
            let line = format!("{{\"id\":\"{key}\",\"ts\":{time_ms},\"x\":{x},\"go\":{go}}}");
            events.push(Event { key: key.clone(), time_ms, line });
        }
    }
    events.sort_by(|a, b| (a.time_ms, &a.key).cmp(&(b.time_ms, &b.key)));
    events
}

/// The same events as they may arrive: each at most so much later that it is still waited for.
fn shuffled(random: &mut Random, events: &[Event]) -> Vec<Event> {
    let mut arriving: Vec<_> = events
        .iter()
        .map(|event| (event.time_ms + random.between(0, LATENESS_MS - 1), event.clone()))
        .collect();
    arriving.sort_by_key(|(arrival, _)| *arrival);
    arriving.into_iter().map(|(_, event)| event).collect()
}

struct Bench {
    program: Program,
    folder: tempfile::TempDir,
    files: u32,
}

impl Bench {
    fn new() -> Bench {
        let program = run::compile("order", PROGRAM).unwrap_or_else(|findings| panic!("{findings}"));
        Bench { program, folder: tempfile::tempdir().expect("a folder"), files: 0 }
    }

    fn file(&mut self, events: &[Event]) -> PathBuf {
        self.files += 1;
        let path = self.folder.path().join(format!("{}.jsonl", self.files));
        let text: String = events.iter().map(|event| format!("{}\n", event.line)).collect();
        std::fs::write(&path, text).expect("it can be written");
        path
    }

    /// One log in several files.
    fn joined(&mut self, parts: &[&[Event]]) -> PathBuf {
        let files: Vec<_> = parts.iter().map(|part| self.file(part).display().to_string()).collect();
        PathBuf::from(files.join("+"))
    }

    /// What each twin of the first fleet says, sink by sink in order, by any way of running.
    fn said(&self, partitions: &[PathBuf]) -> BTreeMap<String, Vec<String>> {
        let partitions: Vec<&Path> = partitions.iter().map(PathBuf::as_path).collect();
        let mut first = None;
        for way in WAYS {
            let outcome = run::run(&self.program, &[("s", partitions.clone())], way, Some(END));
            let outcome = outcome.unwrap_or_else(|why| panic!("{}: {why}", way.name));
            assert_eq!((outcome.summary.late, outcome.summary.rejected), (0, 0));
            let first = first.get_or_insert_with(|| outcome.clone());
            assert!(
                *first == outcome,
                "{}: {}",
                way.name,
                twin_tests::differential::difference(first, &outcome)
            );
        }
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (sink, lines) in first.expect("a way").outputs {
            for line in lines.lines() {
                let record: serde_json::Value = serde_json::from_str(line).expect("JSON");
                let key =
                    ["key", "id_of", "id"].iter().find_map(|name| record[*name].as_str()).expect("a key");
                if key.starts_with('a') {
                    said.entry(format!("{key} {sink}")).or_default().push(line.to_string());
                }
            }
        }
        said
    }
}

/// The fleet in the order of its times, in one file; and a way to lay it out otherwise.
fn check(seeds: std::ops::Range<u64>, lay_out: impl Fn(&mut Bench, &mut Random, &[Event]) -> Vec<PathBuf>) {
    let mut bench = Bench::new();
    for seed in seeds {
        let mut random = Random::new(seed);
        let events = fleet(&mut random, "a", 4);
        let plain = bench.file(&events);
        let expected = bench.said(&[plain]);
        assert!(expected.len() >= 12, "every sink has records of the twins: {:?}", expected.keys());
        let partitions = lay_out(&mut bench, &mut random, &events);
        let said = bench.said(&partitions);
        for (which, lines) in &expected {
            let other = said.get(which).map_or(&[][..], Vec::as_slice);
            let differing = lines.iter().zip(other).position(|(a, b)| a != b);
            assert_eq!(differing, None, "seed {seed}, {which}");
            assert_eq!(lines.len(), other.len(), "seed {seed}, {which}");
        }
        assert_eq!(said.len(), expected.len());
    }
}

#[test]
fn shuffled_within_lateness() {
    check(0..4, |bench, random, events| {
        let events = shuffled(random, events);
        vec![bench.file(&events)]
    });
}

#[test]
fn split_round_robin() {
    check(10..12, |bench, random, events| {
        let events = shuffled(random, events);
        let nth = |n: usize| events.iter().skip(n).step_by(3).cloned().collect::<Vec<_>>();
        (0..3).map(|n| bench.file(&nth(n))).collect()
    });
}

#[test]
fn split_by_time() {
    check(20..22, |bench, _, events| {
        events.chunks(events.len() / 3 + 1).map(|part| bench.file(part)).collect()
    });
}

#[test]
fn split_by_key() {
    check(30..32, |bench, random, events| {
        let events = shuffled(random, events);
        let of = |key: &str| events.iter().filter(|event| event.key == key).cloned().collect::<Vec<_>>();
        ["a0", "a1", "a2", "a3"].map(|key| bench.file(&of(key))).into()
    });
}

#[test]
fn joined_to_one_log() {
    check(40..42, |bench, random, events| {
        let events = shuffled(random, events);
        let parts: Vec<&[Event]> = events.chunks(events.len() / 4).collect();
        vec![bench.joined(&parts)]
    });
}

#[test]
fn among_another_fleet() {
    check(50..52, |bench, random, events| {
        let others = fleet(random, "b", 7);
        let mut all: Vec<_> = events.iter().cloned().chain(others).collect();
        all.sort_by(|a, b| (a.time_ms, &a.key).cmp(&(b.time_ms, &b.key)));
        let all = shuffled(random, &all);
        let third = fleet(random, "c", 3);
        vec![bench.file(&all), bench.file(&third)]
    });
}
