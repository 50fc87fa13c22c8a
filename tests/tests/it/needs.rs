//! What a plan says that is needed of a record is enough: whatever stands in the other columns, all outputs are the same.

use std::fmt::Write;
use std::path::Path;
use twin_plan::{Bound, Plan, Range, needs};
use twin_tests::random::Random;
use twin_tests::run::{self, WAYS};

const HEAD: &str = "
schema S { id: int  ts: timestamp in ms  a: real  b: real  c: real  n: int }
sink out { topic: \"out\" }
sink more { topic: \"more\" }
";
const SOURCE: &str = "source s: S { topic: \"s\"  format: json  key: id  time: ts }\n";

/// The columns behind key and time.
const COLUMNS: [&str; 4] = ["a", "b", "c", "n"];

/// What a twin does, and what is needed for it, as it is shown by [`shown`].
const PROGRAMS: [(&str, &str, &str); 9] = [
    (SOURCE, "emit out { id, at: now, x: b * c } when a > 7", "a; b: a > 7; c: a > 7"),
    (
        SOURCE,
        "emit out { id, at: now, x: c } when 7 < a and b <= 2 and n >= 3",
        "a; b: a > 7; c: a > 7, b <= 2, n >= 3; n: a > 7, b <= 2",
    ),
    (SOURCE, "emit out { id, at: now, x: c } when a > 7 or b > 7", "a; b; c"),
    (
        SOURCE,
        "emit out { id, at: now, x: c } when a > 7 and b > 2\n emit more { id, y: c } when b > 5 and a > 7",
        "a; b; c: a > 7",
    ),
    (
        SOURCE,
        "let x = if n == 4 then b / c else a\n emit out { id, at: now, x } when x > 5",
        "a; b: n == 4; c: n == 4; n",
    ),
    (
        SOURCE,
        "state total: real = 0\n on a > 8 { total = total + b }\n emit out { id, at: now, total, c } when total > 100",
        "a; b: a > 8; c",
    ),
    (SOURCE, "emit out { id, at: now, m: mean(b) over 10 s } when a > 7", "a; b"),
    (SOURCE, "emit out { id, at: now, x: c } when a > 7 and mean(b) over 10 s > 5", "a; b; c"),
    (
        "source s: S { topic: \"s\"  format: json  key: id  time: ts  where: n < 3 and b > 4 }\n",
        "emit out { id, at: now, x: c } when a >= 5",
        "a: n < 3, b > 4; b: n < 3; c: n < 3, b > 4, a >= 5; n",
    ),
];

/// Columns that a program reads, each with its bounds.
fn shown(plan: &Plan) -> String {
    let columns = &plan.sources[0].columns;
    let bound = |bound: &Bound| {
        let name = &columns[bound.column as usize].name;
        match bound.range {
            Range::Real(low, f64::MAX) if low.fract() == 0.0 => format!("{name} >= {low}"),
            Range::Real(low, f64::MAX) => format!("{name} > {}", low.next_down()),
            Range::Real(f64::MIN, high) if high.fract() == 0.0 => format!("{name} <= {high}"),
            Range::Real(f64::MIN, high) => format!("{name} < {}", high.next_up()),
            Range::Whole(low, high) if low == high => format!("{name} == {low}"),
            Range::Whole(low, i64::MAX) => format!("{name} >= {low}"),
            Range::Whole(_, high) => format!("{name} < {}", high + 1),
            range => format!("{name} in {range:?}"),
        }
    };
    let column = |(column, within): (&twin_plan::Column, Vec<Bound>)| {
        let within: Vec<String> = within.iter().map(bound).collect();
        if within.is_empty() {
            column.name.clone()
        } else {
            format!("{}: {}", column.name, within.join(", "))
        }
    };
    let mut all: Vec<String> = columns.iter().zip(needs(plan, 0)).map(column).collect();
    all.retain(|column| column != "id" && column != "ts");
    all.sort();
    all.join("; ")
}

/// A record's numbers: those of [`COLUMNS`].
type Numbers = [f64; 4];

fn is_needed(plan: &Plan, within: &[Bound], numbers: &Numbers) -> bool {
    within.iter().all(|bound| {
        let name = &plan.sources[0].columns[bound.column as usize].name;
        let number = numbers[COLUMNS.iter().position(|column| column == name).expect("a number")];
        match bound.range {
            Range::Real(low, high) => number >= low && number <= high,
            Range::Whole(low, high) => number >= low as f64 && number <= high as f64,
        }
    })
}

/// The same records with other numbers where none is needed, and how many those are.
fn changed(plan: &Plan, records: &[Numbers], random: &mut Random) -> (Vec<Numbers>, usize) {
    let (mut changed, mut count) = (records.to_vec(), 0);
    for (column, within) in plan.sources[0].columns.iter().zip(needs(plan, 0)) {
        let Some(at) = COLUMNS.iter().position(|name| *name == column.name) else { continue };
        for (numbers, changed) in records.iter().zip(&mut changed) {
            if !is_needed(plan, &within, numbers) {
                changed[at] = random.between(-20, 20) as f64;
                count += 1;
            }
        }
    }
    (changed, count)
}

fn write(path: &Path, records: &[Numbers]) {
    let mut text = String::new();
    for (at, [a, b, c, n]) in records.iter().enumerate() {
        let (id, ts) = (at % 3, 1_700_000_000_000_u64 + at as u64 * 500);
        let _ = writeln!(text, r#"{{"id":{id},"ts":{ts},"a":{a},"b":{b},"c":{c},"n":{n}}}"#);
    }
    std::fs::write(path, text).expect("the file can be written");
}

#[test]
fn other_columns_may_hold_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let [path, other] = ["a.jsonl", "b.jsonl"].map(|name| folder.path().join(name));
    let mut random = Random::new(7);
    for (source, twin, expected) in PROGRAMS {
        let text = format!("{HEAD}{source}twin T {{ key id\n input s\n {twin} }}\n");
        let program = run::compile("needs", &text).unwrap_or_else(|findings| panic!("{twin}: {findings}"));
        assert_eq!(shown(&program.plan), expected, "{twin}");
        let mut number = || random.between(0, 100) as f64 / 10.0;
        let records: Vec<Numbers> =
            (0..600).map(|_| [number(), number(), number(), number().trunc()]).collect();
        let (changed, count) = changed(&program.plan, &records, &mut random);
        assert_eq!(count > 300, expected.contains(':'), "{twin}: {count}");
        write(&path, &records);
        write(&other, &changed);
        for way in WAYS {
            let [whole, other] = [&path, &other]
                .map(|path| run::run(&program, &[("s", vec![path.as_path()])], way, None).expect("it runs"));
            assert!(whole.outputs["out"].lines().count() > 5, "{twin}");
            assert!(whole == other, "{twin}, {}", way.name);
        }
    }
}
