//! The engine as a whole, over logs in memory and the evaluator.

use crate::Options;
use crate::testing::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_plan::Duplicates;

/// `key seconds` of each line of `events`, or whatever two columns stand first.
fn heads(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ").replace('"', "")).collect()
}

fn at(key: &str, seconds: u32) -> String {
    format!("{key} 1970-01-01T00:{:02}:{:02}Z", seconds / 60, seconds % 60)
}

#[test]
fn in_order_everything_is_applied_at_once() {
    let items = vec![event("a", 1.0, 1.0), event("b", 2.0, 2.0), event("a", 3.0, 3.0), event("a", 2.0, 9.0)];
    let (written, summary) = Case::new(&Shape::default(), vec![vec![items]], vec![]).check();
    assert_eq!(heads(&written["events"]), [at("a", 1), at("b", 2), at("a", 3)]);
    assert_eq!(
        written["late"],
        [
            "\"telemetry\" 0 3 \"a\" \"1970-01-01T00:00:02Z\" 1 {\"vin\":\"a\",\"ts\":\"1970-01-01T00:00:02Z\",\"x\":9}"
        ]
    );
    assert_eq!((summary.events, summary.late, summary.twins), (4, 1, 2));
    assert_eq!(summary.outputs["events"], 3);
}

#[test]
fn stragglers_are_waited_for() {
    let shape = Shape { lateness: vec![5 * SECOND], ..Shape::default() };
    let items = vec![
        event("a", 10.0, 0.0),
        event("a", 8.0, 0.0),
        event("b", 14.0, 0.0),
        event("a", 13.0, 0.0),
        event("b", 20.0, 0.0),
        event("a", 9.0, 0.0),
        event("c", 3.0, 0.0),
    ];
    let (written, summary) = Case::new(&shape, vec![vec![items]], vec![]).check();
    // 8 and 10 wait for 15; that is reached by 20, which releases 8, 10, 13 and 14. Then 9 is late for `a`. The
    // log of `c` is its own: 3 is applied at once. The end releases 20.
    let expected = [at("a", 8), at("a", 10), at("a", 13), at("b", 14), at("c", 3), at("b", 20)];
    assert_eq!(heads(&written["events"]), expected);
    assert_eq!(summary.late, 1);
}

#[test]
fn two_inputs_are_merged_by_time_then_in_order() {
    let shape = Shape { lateness: vec![0, 0], ..Shape::default() };
    let telemetry = vec![event("a", 1.0, 1.0), event("a", 2.0, 2.0), event("a", 5.0, 3.0)];
    let service = vec![event("a", 2.0, 20.0), event("a", 4.0, 40.0)];
    let (written, _) = Case::new(&shape, vec![vec![telemetry], vec![service]], vec![]).check();
    let values: Vec<_> = written["events"].iter().map(|l| l.split(' ').nth(2).unwrap().to_string()).collect();
    assert_eq!(values, ["1", "2", "20", "40", "3"]);
}

#[test]
fn what_cannot_be_read_is_set_aside_where_it_stands() {
    let items = vec![
        event("a", 1.0, 1.0),
        Item::Broken("{"),
        Item::Event(None, SECOND, 1.0),
        Item::Event(Some("b".into()), i64::MIN, 1.0),
        event("a", 90_000_000.0, 1.0),
        event("a", 2.0, 1.0),
        Item::Broken("]"),
    ];
    let mut case = Case::new(&Shape::default(), vec![vec![items]], vec![]);
    case.own = Some(SECOND);
    let (written, summary) = case.check();
    assert_eq!(heads(&written["events"]), [at("a", 1), at("a", 2)]);
    let reasons: Vec<_> =
        written["rejects"].iter().map(|l| l.split('"').nth(3).unwrap().to_string()).collect();
    assert_eq!(summary.rejected, 5);
    assert_eq!(reasons, ["undecodable", "missing_key", "b", "a", "undecodable"]);
    assert_eq!(summary.rejects["future"], 1);
    assert_eq!(summary.rejects["missing_time"], 1);
}

#[test]
fn a_filter_drops_the_record_but_not_its_time() {
    let shape = Shape { lateness: vec![SECOND], has_filter: true, ..Shape::default() };
    let items = vec![
        event("a", 1.0, 1.0),
        event("b", 9.0, -1.0),
        event("c", 9.0, f64::NAN),
        event("a", 3.0, 1.0),
        event("a", 2.0, 1.0),
    ];
    let (written, summary) = Case::new(&shape, vec![vec![items]], vec![]).check();
    assert_eq!(heads(&written["events"]), [at("a", 1), at("a", 3)]);
    assert_eq!((summary.events, summary.late, summary.twins), (5, 1, 1));
    assert_eq!(summary.faults_by["telemetry: `where` unknown"], 1);
}

#[test]
fn of_equal_times_one_is_kept() {
    let items = vec![event("a", 1.0, 1.0), event("a", 1.0, 2.0), event("a", 2.0, 3.0), event("a", 2.0, 4.0)];
    let values = |duplicates, lateness| {
        let shape = Shape { lateness: vec![lateness], duplicates, ..Shape::default() };
        let (written, summary) = Case::new(&shape, vec![vec![items.clone()]], vec![]).check();
        let of = |line: &String| line.split(' ').nth(2).unwrap().parse::<u32>().unwrap();
        (written["events"].iter().map(of).collect::<Vec<_>>(), summary.duplicates)
    };
    assert_eq!(values(Duplicates::Keep, SECOND), (vec![1, 2, 3, 4], 0));
    assert_eq!(values(Duplicates::First, 0), (vec![1, 3], 2));
    assert_eq!(values(Duplicates::First, SECOND), (vec![1, 3], 2));
    assert_eq!(values(Duplicates::Last, SECOND), (vec![2, 4], 2));
}

#[test]
fn ticks_run_to_the_end_of_the_run() {
    let shape = Shape { has_ticks: true, ..Shape::default() };
    let items =
        vec![event("a", 3.0, 0.0), event("b", 12.0, 0.0), event("a", 14.0, 0.0), event("a", 60.0, 0.0)];
    let mut case = Case::new(&shape, vec![vec![items]], vec![]);
    case.to = Some(40 * SECOND);
    let (written, summary) = case.check();
    let expected =
        [at("a", 10), at("a", 20), at("b", 20), at("a", 30), at("b", 30), at("a", 40), at("b", 40)];
    assert_eq!(heads(&written["ticks"]), expected);
    assert_eq!(summary.events, 3);
}

#[test]
fn an_end_that_is_broken_off_begins_anew() {
    let shape = Shape { has_ticks: true, ..Shape::default() };
    let items = vec![event("a", 3.0, 0.0), event("b", 12.0, 0.0)];
    let mut case = Case::new(&shape, vec![vec![items]], vec![]);
    case.to = Some(400 * SECOND);
    let folder = tempfile::tempdir().unwrap();
    let lines = case.lines();
    let options = || Options { checkpoint: Some(folder.path().to_path_buf()), ..case.options(1, 1) };
    let mut engine = case.engine(&lines, options()).unwrap();
    while engine.run_round(false).unwrap() {}
    engine.options.stop.store(true, Ordering::Relaxed);
    assert!(engine.finish(false).unwrap(), "it says that it was stopped");
    assert!(heads(&read(&lines)["ticks"]).len() < 4, "clocks did not go on");
    let summary = case.engine(&lines, options()).unwrap().run().unwrap();
    assert!(!summary.is_stopped);
    assert_eq!(read(&lines), case.run(4096, 1).0);
}

#[test]
fn a_paced_run_shows_records_at_their_time() {
    let items = (0u32..100).map(|n| event("a", f64::from(n) / 10.0, 0.0)).collect();
    let case = Case::new(&Shape::default(), vec![vec![items]], vec![]);
    let (lines, factor) = (case.lines(), 40.0);
    let ahead = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&ahead);
    let mut options = Options { speed: Some(factor), ..case.options(4096, 1) };
    options.progress = Some(Box::new(move |progress| {
        let shown = progress.reached.unwrap_or(0) as f64 - progress.seconds * factor * 1e9;
        seen.fetch_max(shown.max(0.0) as u64, Ordering::Relaxed);
    }));
    let summary = case.engine(&lines, options).unwrap().run().unwrap();
    assert_eq!(read(&lines), case.run(4096, 1).0);
    assert!(summary.seconds > 0.2, "9.9 s at 40 times the speed, in {} s", summary.seconds);
    assert!(ahead.load(Ordering::Relaxed) < 2 * SECOND as u64, "no record is shown long before its turn");
}

#[test]
fn the_run_begins_where_it_is_told() {
    let items = vec![event("a", 1.0, 0.0), event("a", 2.0, 0.0), event("a", 3.0, 0.0)];
    let mut case = Case::new(&Shape::default(), vec![vec![items]], vec![]);
    case.from = Some(2 * SECOND);
    assert_eq!(heads(&case.check().0["events"]), [at("a", 2), at("a", 3)]);
}

#[test]
fn a_quiet_twin_is_moved_along() {
    let shape = Shape { has_ticks: true, patience: Some(15 * SECOND), ..Shape::default() };
    let items = vec![
        event("a", 3.0, 0.0),
        event("b", 24.0, 0.0),
        event("b", 26.0, 0.0),
        event("b", 40.0, 0.0),
        event("a", 20.0, 0.0),
        event("a", 26.0, 0.0),
    ];
    let (written, summary) = Case::new(&shape, vec![vec![items]], vec![]).check();
    // `a` ticks at 10 when the stream clock reaches 25, and at 20 when it reaches 35; then 20 is late: 25 is its
    // clock. 26 is not.
    assert_eq!(heads(&written["ticks"]), [at("a", 10), at("a", 20), at("b", 30), at("b", 40)]);
    assert_eq!(heads(&written["events"]), [at("a", 3), at("b", 24), at("b", 26), at("b", 40), at("a", 26)]);
    assert_eq!(summary.late, 1);
    assert!(written["late"][0].contains(" 5 {"), "{:?}", written["late"]);
}

#[test]
fn silence_is_noticed_by_the_stream_clock() {
    let shape = Shape { has_silence: true, ..Shape::default() };
    let items = vec![
        event("a", 1.0, 0.0),
        event("b", 2.0, 0.0),
        event("b", 31.0, 0.0),
        event("b", 31.5, 0.0),
        event("b", 40.0, 0.0),
        event("a", 50.0, 0.0),
        event("b", 100.0, 0.0),
        event("a", 101.0, 0.0),
    ];
    let (written, summary) = Case::new(&shape, vec![vec![items]], vec![]).check();
    let alerts: Vec<_> = written["alerts"]
        .iter()
        .map(|line| {
            let part = |n: usize| line.split('"').nth(n).unwrap().to_string();
            format!("{} {} {}", part(7), part(13), part(15))
        })
        .collect();
    // `a` is silent beyond 31 s, seen at 31.5; it speaks at 50. Then both are beyond their limits at 100, but `b` is
    // the one that speaks.
    assert_eq!(
        alerts,
        [
            "a raised 1970-01-01T00:00:31Z",
            "a cleared 1970-01-01T00:00:50Z",
            "a raised 1970-01-01T00:01:20Z",
            "a cleared 1970-01-01T00:01:41Z",
        ]
    );
    assert_eq!(summary.alerts["offline"].raised, 2);
    assert_eq!(summary.alerts["offline"].cleared, 2);
}

#[test]
fn a_twin_of_every_row_can_be_silent() {
    let shape = Shape { has_silence: true, for_each: true, ..Shape::default() };
    let table = vec![event("a", 0.0, 1.0), event("z", 0.0, 2.0)];
    let items = vec![event("a", 5.0, 0.0), event("a", 20.0, 0.0), event("a", 36.0, 0.0)];
    let (written, summary) = Case::new(&shape, vec![vec![items]], vec![table]).check();
    assert_eq!(summary.twins, 2);
    assert_eq!(written["alerts"].len(), 1);
    assert!(
        written["alerts"][0].contains("\"z\" \"offline\" \"warning\" \"raised\" \"1970-01-01T00:00:35Z\"")
    );
}

#[test]
fn a_table_is_read_as_of_the_events_time() {
    let shape = Shape { lateness: vec![5 * SECOND], ..Shape::default() };
    let table =
        vec![event("a", 100.0, 1.0), event("b", 100.0, 2.0), event("a", 10.0, 3.0), event("a", 12.0, 4.0)];
    let items = vec![
        event("a", 8.0, 0.0),
        event("b", 9.0, 0.0),
        event("a", 11.0, 0.0),
        event("c", 11.0, 0.0),
        event("a", 12.0, 0.0),
        event("a", 200.0, 0.0),
    ];
    let (written, _) = Case::new(&shape, vec![vec![items]], vec![table]).check();
    let limits: Vec<_> = written["events"].iter().map(|l| l.split(' ').nth(3).unwrap().to_string()).collect();
    // The first record of each key counts from the beginning. The later ones wait for their time.
    assert_eq!(limits, ["1", "2", "3", "null", "4", "4"]);
}

/// A stream with jitter, stragglers, equal times and gaps.
fn random_items(seed: u64, count: usize, keys: u64) -> Vec<Item> {
    let mut numbers = Numbers(seed);
    let mut now = 1000.0;
    (0..count)
        .map(|n| {
            now += if numbers.next(40) == 0 { 45.0 } else { numbers.next(3) as f64 };
            let delay = [0.0, 0.0, 1.0, 4.0, 60.0][numbers.next(5) as usize] * numbers.next(2) as f64;
            let key = format!("key{}", numbers.next(keys));
            event(&key, now - delay, n as f64)
        })
        .collect()
}

#[test]
fn any_way_of_running_gives_the_same() {
    for seed in 0..12 {
        let mut numbers = Numbers(seed);
        let shape = Shape {
            lateness: [vec![0], vec![5 * SECOND], vec![0, 3 * SECOND]][numbers.next(3) as usize].clone(),
            patience: [None, Some(20 * SECOND)][numbers.next(2) as usize],
            duplicates: [Duplicates::Keep, Duplicates::First, Duplicates::Last][numbers.next(3) as usize],
            has_silence: numbers.next(2) == 0,
            has_ticks: numbers.next(3) > 0,
            for_each: numbers.next(2) == 0,
            has_filter: false,
        };
        let partitions = 1 + numbers.next(2);
        let sources: Vec<Vec<Vec<Item>>> = (0..shape.lateness.len() as u64)
            .map(|source| {
                (0..partitions).map(|p| random_items(seed * 100 + source * 10 + p, 150, 6)).collect()
            })
            .collect();
        let table = random_items(seed + 77, 30, 8);
        let mut case = Case::new(&shape, sources, vec![table]);
        case.to = Some(1300 * SECOND);
        let (written, _) = case.check();
        assert!(!written["events"].is_empty(), "{shape:?}");
    }
}

/// The rules of time, record by record, in the most obvious way: which events are applied in which order, how
/// many are late, how often a silence raises the alert.
fn naively(shape: &Shape, items: &[Item]) -> (Vec<String>, usize, usize) {
    let (lateness, patience) = (shape.lateness[0], shape.patience);
    let (mut stream, mut applied, mut late, mut alerts) = (i64::MIN, Vec::new(), 0, 0);
    let mut waiting: Vec<(i64, usize, String)> = Vec::new();
    let mut clocks = std::collections::BTreeMap::<String, i64>::new();
    // When each was last read, whether it is silent, whether its alert is raised.
    let mut reads = std::collections::BTreeMap::<String, (i64, bool, bool)>::new();
    let mut release =
        |stream: i64,
         before: i64,
         waiting: &mut Vec<(i64, usize, String)>,
         reads: &mut std::collections::BTreeMap<String, (i64, bool, bool)>| {
            let (mut due, rest): (Vec<_>, Vec<_>) =
                waiting.drain(..).partition(|(time, _, _)| time.saturating_add(lateness) <= stream);
            *waiting = rest;
            due.sort();
            for (time, _, key) in due {
                let floor = patience.map_or(i64::MIN, |p| before.saturating_sub(p));
                match clocks.get(&key) {
                    Some(clock) if time < (*clock).max(floor) => late += 1,
                    _ => {
                        clocks.insert(key.clone(), time);
                        let (_, is_silent, is_raised) = reads.get_mut(&key).unwrap();
                        *is_raised &= *is_silent;
                        applied.push(format!("{key} {time}"));
                    }
                }
            }
        };
    for (position, item) in items.iter().enumerate() {
        let Item::Event(Some(key), time, _) = item else { continue };
        let before = stream;
        stream = stream.max(*time);
        let was_raised = reads.get(key).is_some_and(|(_, _, is_raised)| *is_raised);
        reads.insert(key.clone(), (stream, false, was_raised));
        waiting.push((*time, position, key.clone()));
        release(stream, before, &mut waiting, &mut reads);
        for (read, is_silent, is_raised) in reads.values_mut() {
            if !*is_silent && stream > *read + SILENCE {
                *is_silent = true;
                alerts += usize::from(!*is_raised);
                *is_raised = true;
            }
        }
    }
    release(i64::MAX, stream, &mut waiting, &mut reads);
    (applied, late, alerts)
}

#[test]
fn the_obvious_way_gives_the_same() {
    for seed in 0..48 {
        // A recording of minutes, or the same within a few milliseconds; a few twins or many.
        let quick = [1, 1000, 100_000][seed as usize / 4 % 3];
        let shape = Shape {
            lateness: vec![[0, 2 * SECOND, 5 * SECOND][seed as usize % 3] / quick],
            patience: [None, Some(6 * SECOND / quick)][seed as usize % 2],
            has_silence: seed % 4 < 2,
            has_ticks: seed % 4 == 0,
            ..Shape::default()
        };
        let mut items = random_items(seed, 600, [5, 60][seed as usize % 5 % 2]);
        for item in &mut items {
            if let Item::Event(_, time, _) = item {
                *time = 1000 * SECOND + (*time - 1000 * SECOND) / quick;
            }
        }
        let (applied, late, mut alerts) = naively(&shape, &items);
        if !shape.has_silence {
            alerts = 0;
        }
        let case = Case::new(&shape, vec![vec![items.clone()]], vec![]);
        let (written, summary) = case.run(17, 2);
        let found: Vec<_> =
            written["events"].iter().map(|line| line.split(' ').take(3).collect::<Vec<_>>()).collect();
        let expected: Vec<_> = applied
            .iter()
            .map(|line| {
                let (key, time) = line.split_once(' ').unwrap();
                let mut text = String::new();
                crate::value::push_timestamp(&mut text, time.parse().unwrap());
                (format!("\"{key}\""), format!("\"{text}\""))
            })
            .collect();
        let found: Vec<_> = found.iter().map(|parts| (parts[0].to_string(), parts[1].to_string())).collect();
        assert_eq!(found, expected, "seed {seed}");
        assert_eq!(summary.late as usize, late, "seed {seed}");
        let raised = summary.alerts.values().map(|count| count.raised as usize).sum::<usize>();
        assert_eq!(raised, alerts, "seed {seed}");
    }
}

#[test]
fn killed_at_any_round_it_goes_on_with_the_same_bytes() {
    let shape = Shape {
        lateness: vec![5 * SECOND],
        patience: Some(20 * SECOND),
        has_silence: true,
        has_ticks: true,
        ..Shape::default()
    };
    let mut case = Case::new(&shape, vec![vec![random_items(3, 120, 4)]], vec![random_items(4, 20, 5)]);
    case.to = Some(1200 * SECOND);
    let expected = case.run(4096, 1);
    for killed_after in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let lines = case.lines();
        let options = |case: &Case| {
            let mut options = case.options(11, 2);
            options.checkpoint = Some(folder.path().to_path_buf());
            options
        };
        let mut engine = case.engine(&lines, options(&case)).unwrap();
        for round in 0..killed_after {
            engine.run_round(false).unwrap();
            if round % 3 == 0 {
                engine.write_checkpoint().unwrap();
            }
        }
        drop(engine);
        let mut summary = case.engine(&lines, options(&case)).unwrap().run().unwrap();
        (summary.seconds, summary.events_per_second) = (0.0, 0.0);
        same(&(read(&lines), summary), &expected, &format!("killed after {killed_after} rounds"));
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert!(files <= 2, "{files} files");
    }
}

#[test]
fn a_checkpoint_of_another_program_is_refused() {
    let case = Case::new(&Shape::default(), vec![vec![vec![event("a", 1.0, 1.0)]]], vec![]);
    let folder = tempfile::tempdir().unwrap();
    let options = |case: &Case| {
        let mut options = case.options(4, 1);
        options.checkpoint = Some(folder.path().to_path_buf());
        options
    };
    case.engine(&case.lines(), options(&case)).unwrap().run().unwrap();
    assert!(crate::has_checkpoint(folder.path()));
    let mut other = case.clone();
    let mut plan = (*case.plan).clone();
    plan.version = "2".to_string();
    other.plan = Arc::new(plan);
    let error = other.engine(&other.lines(), options(&other)).err().unwrap().to_string();
    assert!(error.contains("`test` version 1, and this is `test` version 2"), "{error}");
}

#[test]
fn a_damaged_checkpoint_falls_back_to_the_one_before() {
    let items: Vec<_> = (0..40).map(|n| event("a", f64::from(n), 1.0)).collect();
    let mut case = Case::new(&Shape::default(), vec![vec![items]], vec![]);
    case.to = Some(100 * SECOND);
    let expected = case.run(4096, 1).0;
    let folder = tempfile::tempdir().unwrap();
    let lines = case.lines();
    let options = || {
        let mut options = case.options(10, 1);
        options.checkpoint = Some(folder.path().to_path_buf());
        options
    };
    let mut engine = case.engine(&lines, options()).unwrap();
    for _ in 0..2 {
        engine.run_round(false).unwrap();
        engine.write_checkpoint().unwrap();
    }
    drop(engine);
    let newest = folder.path().join("checkpoint-00000002.twinstate");
    let mut bytes = std::fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    case.engine(&lines, options()).unwrap().run().unwrap();
    assert_eq!(read(&lines), expected);
}

#[test]
fn at_a_pause_nothing_is_released() {
    let shape = Shape { lateness: vec![5 * SECOND], ..Shape::default() };
    let case = Case::new(&shape, vec![vec![vec![event("a", 1.0, 1.0)]]], vec![]);
    let folder = tempfile::tempdir().unwrap();
    let lines = case.lines();
    let mut options = case.options(4, 1);
    options.checkpoint = Some(folder.path().to_path_buf());
    case.engine(&lines, options).unwrap().run().unwrap();
    assert!(read(&lines)["events"].is_empty());
    // More of the log has come meanwhile.
    let longer = vec![event("a", 1.0, 1.0), event("a", 7.0, 1.0)];
    let case = Case::new(&shape, vec![vec![longer]], vec![]);
    let mut options = case.options(4, 1);
    options.checkpoint = Some(folder.path().to_path_buf());
    case.engine(&lines, options).unwrap().run().unwrap();
    assert_eq!(heads(&read(&lines)["events"]), [at("a", 1)]);
}
