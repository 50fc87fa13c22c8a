//! Every statistic of every kind of window against numbers computed by numpy in 80-bit floats.

use std::collections::BTreeMap;
use twin_diagnostics::Span;
use twin_operators::trailing;
use twin_operators::windows::{self, Sample};
use twin_plan::kernel::Heap;
use twin_plan::{
    Accumulator, Exprs, Extent, Lane, Layout, NodeKind, Read, SlotKind, TwinPlan, Value, ValueId, WindowId,
    WindowPlan,
};
use twin_types::{Aggregate, Scalar, words};

const MILLI: i64 = 1_000_000;

/// Columns of the files, and what reads them.
const COLUMNS: [(&str, Accumulator, Aggregate, Option<f64>); 28] = {
    use Aggregate as A;
    [
        ("count", Accumulator::Count, A::Count, None),
        ("sum", Accumulator::Sum, A::Sum, None),
        ("mean", Accumulator::Sum, A::Mean, None),
        ("mean", Accumulator::Moments2, A::Mean, None),
        ("var_pop", Accumulator::Moments2, A::VarPop, None),
        ("var_sample", Accumulator::Moments2, A::Var, None),
        ("std_pop", Accumulator::Moments2, A::StdPop, None),
        ("std_sample", Accumulator::Moments2, A::Std, None),
        ("min", Accumulator::MinMax, A::Min, None),
        ("max", Accumulator::MinMax, A::Max, None),
        ("range", Accumulator::MinMax, A::Range, None),
        ("first", Accumulator::Ends, A::First, None),
        ("last", Accumulator::Ends, A::Last, None),
        ("delta", Accumulator::Ends, A::Delta, None),
        ("rms", Accumulator::Squares, A::Rms, None),
        ("crest", Accumulator::Squares, A::Crest, None),
        ("skew", Accumulator::Moments4, A::Skew, None),
        ("kurt_excess", Accumulator::Moments4, A::Kurtosis, None),
        ("median", Accumulator::Kept, A::Median, None),
        ("q05", Accumulator::Kept, A::Quantile, Some(0.05)),
        ("q25", Accumulator::Kept, A::Quantile, Some(0.25)),
        ("q75", Accumulator::Kept, A::Quantile, Some(0.75)),
        ("q95", Accumulator::Kept, A::Quantile, Some(0.95)),
        ("iqr", Accumulator::Kept, A::Iqr, None),
        ("mad_median", Accumulator::Kept, A::Mad, None),
        ("slope_per_s", Accumulator::Regression, A::Slope, None),
        ("intercept_now", Accumulator::Regression, A::Intercept, None),
        ("r2", Accumulator::Regression, A::R2, None),
    ]
};

const TIME_WEIGHTED: [(&str, Accumulator, Aggregate, Option<f64>); 2] = [
    ("mean_hold", Accumulator::Hold, Aggregate::TimeWeightedMean, None),
    ("integral_trapezoid_value_s", Accumulator::Trapezoid, Aggregate::Integral, None),
];

/// A twin with one window whose lanes take one value.
struct Bench {
    plan: TwinPlan,
    row: Vec<u64>,
    heap: Heap,
    shape: windows::Shape,
    names: Vec<&'static str>,
}

fn bench(extent: Extent, columns: &[(&'static str, Accumulator, Aggregate, Option<f64>)]) -> Bench {
    let mut exprs = Exprs::default();
    let x = exprs.push(NodeKind::Const(0), Scalar::Real, Span::default());
    let mut layout = Layout::new();
    let newest = layout.add("newest", SlotKind::Bookkeeping, &extent.newest_at_first());
    let heap = layout.add("samples", SlotKind::Heap, &[0]);
    let mut lanes: Vec<Lane> = Vec::new();
    let mut values = Vec::new();
    for &(name, accumulator, aggregate, constant) in columns {
        let ty = if aggregate == Aggregate::Count { Scalar::Int } else { Scalar::Real };
        values.push(Value { name: name.into(), ty, slot: None, span: Span::default() });
        let constants = constant.into_iter().collect();
        let values_read = vec![ValueId(values.len() as u32 - 1)];
        let read = Read { aggregate, constants, values: values_read, texts: vec![], fault: None };
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.accumulator == accumulator) {
            lane.reads.push(read);
            continue;
        }
        let words = vec![0; (accumulator.words() * extent.accumulators(accumulator)) as usize];
        let slot = Some(layout.add(name, SlotKind::Bookkeeping, &words));
        lanes.push(Lane { accumulator, args: vec![x], filter: None, slot, reads: vec![read] });
    }
    let name = "bench".into();
    let window = WindowPlan {
        name,
        extent,
        lanes,
        by: None,
        newest: Some(newest),
        heap: Some(heap),
        few: None,
        span: Span::default(),
    };
    let plan = TwinPlan { exprs, values, windows: vec![window], layout, ..TwinPlan::default() };
    let shape = windows::shape(&plan, &plan.windows[0]);
    let row = plan.layout.initial.clone();
    let names = columns.iter().map(|c| c.0).collect();
    Bench { plan, row, heap: Heap::default(), shape, names }
}

impl Bench {
    fn feed(&mut self, t_ms: i64, x: f64) {
        let sample = Sample { t_ns: t_ms * MILLI, x: x.to_bits(), y: 0, text: &[] };
        let window = &self.plan.windows[0];
        if windows::has_rings(&window.extent) {
            trailing::pass(&self.row, &mut self.heap, &self.shape, sample.t_ns);
            assert_eq!(self.shape.rings.len(), 1, "lanes that take the same share a ring");
            trailing::feed(&mut self.row, &mut self.heap, &self.shape, (0, 0), sample);
        } else {
            for lane in 0..window.lanes.len() {
                windows::add(&mut self.row, &mut self.heap, (window, &self.shape), (lane, 0), sample);
            }
        }
    }

    fn read(&mut self, t_ms: i64) -> Vec<(&'static str, Option<f64>)> {
        let mut found = Vec::new();
        windows::read(
            &mut self.row,
            &mut self.heap,
            &self.plan,
            WindowId(0),
            &self.shape,
            t_ms * MILLI,
            |value, word, _| {
                let ty = self.plan.values[value.index()].ty;
                let number = match ty {
                    Scalar::Int => word as i64 as f64,
                    _ => words::to_f64(word),
                };
                found.push((self.names[value.index()], ty.is_present(word).then_some(number)));
            },
        );
        found
    }
}

type Record = BTreeMap<String, Option<f64>>;

fn records(file: &str) -> Vec<Record> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn events(kind: &str) -> Vec<(i64, f64)> {
    let rows = records(&format!("win_{kind}_events.csv"));
    rows.iter().map(|r| (r["ts_ms"].unwrap() as i64, r["x"].unwrap())).collect()
}

/// Relative tolerance and the magnitude below which it is absolute.
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

/// Compares and keeps the largest difference per column, as a share of the tolerance.
fn compare(
    kind: &str,
    found: &[(&'static str, Option<f64>)],
    expected: &Record,
    worst: &mut BTreeMap<&str, f64>,
) {
    for &(column, found) in found {
        let mut wanted = expected[column];
        if column == "integral_trapezoid_value_s" && found.is_none() {
            // The file says 0 of a window without events; the language says absent.
            wanted = None;
        }
        let Some((found, wanted)) = found.zip(wanted) else {
            assert_eq!(found, wanted, "{kind} {column} {expected:?}");
            continue;
        };
        let (relative, floor) = tolerance(kind, column);
        let share = (found - wanted).abs() / (relative * wanted.abs().max(floor));
        assert!(share <= 1.0, "{kind} {column}: {found} is not {wanted} ({expected:?})");
        let entry = worst.entry(column).or_default();
        *entry = entry.max(share);
    }
}

fn report(what: &str, worst: &BTreeMap<&str, f64>) {
    let (column, share) = worst.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    println!("{what}: worst is {column} at {share:.2e} of its tolerance");
}

fn check_after_each_event(extent: Extent, file: &str) {
    for kind in ["plain", "offset", "bursty"] {
        let mut bench = bench(extent.clone(), &COLUMNS);
        let mut worst = BTreeMap::new();
        let expected = records(&format!("win_{kind}_{file}.csv"));
        let events = events(kind);
        assert_eq!(events.len(), expected.len());
        for ((t_ms, x), expected) in events.into_iter().zip(&expected) {
            bench.feed(t_ms, x);
            compare(kind, &bench.read(t_ms), expected, &mut worst);
        }
        report(&format!("{kind} {file}"), &worst);
    }
}

fn check_at_ticks(
    size_ms: i64,
    step_ms: i64,
    file: &str,
    columns: &[(&'static str, Accumulator, Aggregate, Option<f64>)],
) {
    let pane_ms = gcd(size_ms, step_ms);
    let extent = Extent::Panes { pane_ns: pane_ms * MILLI, count: (size_ms / pane_ms) as u32 };
    for kind in ["plain", "offset", "bursty"] {
        let mut bench = bench(extent.clone(), columns);
        let mut worst = BTreeMap::new();
        let events = events(kind);
        let mut next = 0;
        for expected in records(&format!("win_{kind}_{file}.csv")) {
            let end = expected["end_ms"].unwrap() as i64;
            while next < events.len() && events[next].0 < end {
                bench.feed(events[next].0, events[next].1);
                next += 1;
            }
            compare(kind, &bench.read(end), &expected, &mut worst);
        }
        report(&format!("{kind} {file}"), &worst);
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[test]
fn trailing_windows() {
    check_after_each_event(Extent::Trailing { span_ns: 10_000 * MILLI, closed: false }, "sliding_time");
}

#[test]
fn sample_windows() {
    check_after_each_event(Extent::Samples(20), "sliding_count");
}

#[test]
fn tumbling_windows() {
    check_at_ticks(10_000, 10_000, "tumbling", &COLUMNS);
}

#[test]
fn hopping_windows_merge_panes() {
    check_at_ticks(10_000, 4_000, "hopping", &COLUMNS);
}

#[test]
fn time_weighted_values() {
    check_at_ticks(10_000, 10_000, "timeweighted", &TIME_WEIGHTED);
}

#[test]
fn time_weighted_values_of_panes_agree_with_one_pane() {
    for kind in ["plain", "offset", "bursty"] {
        let events = events(kind);
        let whole = Extent::Panes { pane_ns: 10_000 * MILLI, count: 1 };
        let parts = Extent::Panes { pane_ns: 2_500 * MILLI, count: 4 };
        let trailing = Extent::Trailing { span_ns: 10_000 * MILLI, closed: false };
        let mut benches = [whole, parts, trailing].map(|extent| bench(extent, &TIME_WEIGHTED));
        let mut end = 10_000;
        for (t_ms, x) in events {
            while end <= t_ms {
                let [a, b] = [0, 1].map(|n| benches[n].read(end)[0].1);
                let (Some(a), Some(b)) = (a, b) else {
                    assert_eq!(a, b);
                    end += 10_000;
                    continue;
                };
                assert!((a - b).abs() <= 1e-10 * a.abs().max(1.0), "{kind} {end}: {a} {b}");
                end += 10_000;
            }
            benches.iter_mut().for_each(|bench| bench.feed(t_ms, x));
            // A trailing window that ends with this event: its mean by hand, over what the file holds.
            if t_ms > 30_000 {
                let found = benches[2].read(t_ms)[0].1.unwrap();
                let wanted = held_mean(kind, t_ms);
                assert!(
                    (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                    "{kind} {t_ms}: {found} {wanted}"
                );
            }
        }
    }
}

/// The mean over (t − 10 s, t] of the last value held.
fn held_mean(kind: &str, t_ms: i64) -> f64 {
    let (start, mut area) = (t_ms - 10_000, 0.0);
    let events = events(kind);
    for (n, &(from, x)) in events.iter().enumerate() {
        let until = events.get(n + 1).map_or(t_ms, |e| e.0);
        let (from, until) = (from.max(start), until.min(t_ms));
        if until > from {
            area += x * (until - from) as f64;
        }
    }
    area / 10_000.0
}
