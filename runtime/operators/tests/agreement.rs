//! Windows of every extent against the same samples counted by hand.

use twin_diagnostics::Span;
use twin_operators::trailing;
use twin_operators::windows::{self, Sample, Shape};
use twin_plan::kernel::Heap;
use twin_plan::{
    Accumulator, Exprs, Extent, Few, Lane, Layout, NodeKind, Read, SlotKind, TwinPlan, Value, ValueId,
    WindowId, WindowPlan, few,
};
use twin_types::{Aggregate, Scalar, Word, words};

/// A sample: time, x, y.
type Event = (i64, f64, f64);

/// Events with gaps of 0 to 9 ns and values of two digits, the same every time.
fn events(count: usize) -> Vec<Event> {
    let mut seed = 12345_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    let mut t = 1_700_000_000_000_000_000;
    let mut all = Vec::new();
    for _ in 0..count {
        t += next(10) as i64 * if next(40) == 0 { 30 } else { 1 };
        all.push((t, next(100) as f64 - 30.0, next(100) as f64));
    }
    all
}

type ByHand = fn(&[Event], Option<f64>, Option<i64>, i64) -> Option<f64>;

struct Case {
    accumulator: Accumulator,
    aggregate: Aggregate,
    result: Scalar,
    /// From the samples of the window, with the value in force before it, its start (if it counts) and its end.
    by_hand: ByHand,
}

fn cases() -> Vec<Case> {
    let case = |accumulator, aggregate, result, by_hand| Case { accumulator, aggregate, result, by_hand };
    vec![
        case(
            Accumulator::TimeAbove(10.0),
            Aggregate::TimeAbove,
            Scalar::Duration,
            |events, prior, start, end| {
                hold(events, prior, start, end, |x| if x > 10.0 { 1.0 } else { 0.0 }).map(|(area, _)| area)
            },
        ),
        case(Accumulator::Hold, Aggregate::IntegralHold, Scalar::Real, |events, prior, start, end| {
            hold(events, prior, start, end, |x| x).map(|(area, _)| area / 1e9)
        }),
        case(Accumulator::Hold, Aggregate::TimeWeightedMean, Scalar::Real, |events, prior, start, end| {
            hold(events, prior, start, end, |x| x).filter(|held| held.1 > 0.0).map(|(area, time)| area / time)
        }),
        case(Accumulator::Trapezoid, Aggregate::Integral, Scalar::Real, |events, _, _, _| {
            let pairs = events.windows(2);
            let area: f64 = pairs.map(|p| (p[1].0 - p[0].0) as f64 / 1e9 * (p[0].1 + p[1].1) / 2.0).sum();
            (!events.is_empty()).then_some(area)
        }),
        case(Accumulator::Pair, Aggregate::Corr, Scalar::Real, |events, _, _, _| correlation(events)),
        case(Accumulator::ArgMin, Aggregate::ArgMin, Scalar::Real, |events, _, _, _| {
            events.iter().copied().reduce(|a, b| if b.2 < a.2 { b } else { a }).map(|e| e.1)
        }),
        case(Accumulator::ArgMax, Aggregate::ArgMax, Scalar::Real, |events, _, _, _| {
            events.iter().copied().reduce(|a, b| if b.2 > a.2 { b } else { a }).map(|e| e.1)
        }),
        case(Accumulator::Circle, Aggregate::CircularMean, Scalar::Real, |events, _, _, _| {
            let sum = |f: fn(f64) -> f64| events.iter().map(|e| f(e.1)).sum::<f64>();
            let angle = libm::atan2(sum(libm::sin), sum(libm::cos));
            (!events.is_empty()).then_some(if angle < 0.0 { angle + std::f64::consts::TAU } else { angle })
        }),
        case(Accumulator::Histogram(-20.0, 60.0, 4), Aggregate::Histogram, Scalar::Int, |events, _, _, _| {
            Some(events.iter().filter(|e| e.1 >= 20.0 && e.1 < 40.0).count() as f64)
        }),
        case(Accumulator::Kept, Aggregate::Distinct, Scalar::Int, |events, _, _, _| {
            let mut values: Vec<i64> = events.iter().map(|e| e.1 as i64).collect();
            values.sort_unstable();
            values.dedup();
            Some(values.len() as f64)
        }),
        case(Accumulator::Ends, Aggregate::Rate, Scalar::Real, |events, _, _, _| {
            let (first, last) = (events.first()?, events.last()?);
            (last.0 > first.0).then(|| (last.1 - first.1) / ((last.0 - first.0) as f64 / 1e9))
        }),
    ]
}

/// Area of `f` of the last value held, and the time for which there was one, in ns.
fn hold(
    events: &[Event],
    prior: Option<f64>,
    start: Option<i64>,
    end: i64,
    f: fn(f64) -> f64,
) -> Option<(f64, f64)> {
    let before = prior.zip(start).map(|(x, t)| (t, x, 0.0));
    let all: Vec<Event> = before.into_iter().chain(events.iter().copied()).collect();
    let begin = all.first()?.0;
    let until = |n: usize| all.get(n + 1).map_or(end, |e| e.0);
    let area = all.iter().enumerate().map(|(n, e)| (until(n) - e.0) as f64 * f(e.1)).sum();
    Some((area, (end - begin) as f64))
}

fn correlation(events: &[Event]) -> Option<f64> {
    let n = events.len() as f64;
    let mean = |f: fn(&Event) -> f64| events.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|e| e.1), mean(|e| e.2));
    let sum = |f: &dyn Fn(&Event) -> f64| events.iter().map(f).sum::<f64>();
    let (xx, yy) = (sum(&|e| (e.1 - mx) * (e.1 - mx)), sum(&|e| (e.2 - my) * (e.2 - my)));
    let xy = sum(&|e| (e.1 - mx) * (e.2 - my));
    (events.len() > 1 && xx > 0.0 && yy > 0.0).then(|| xy / (libm::sqrt(xx) * libm::sqrt(yy)))
}

/// A window with one lane per case.
fn plan(extent: &Extent, cases: &[Case]) -> (TwinPlan, Shape) {
    let mut exprs = Exprs::default();
    let args = [0, 1].map(|_| exprs.push(NodeKind::Const(0), Scalar::Real, Span::default())).to_vec();
    let mut layout = Layout::new();
    let newest = layout.add("newest", SlotKind::Bookkeeping, &extent.newest_at_first());
    let heap = layout.add("samples", SlotKind::Heap, &[0]);
    let (mut lanes, mut values) = (Vec::new(), Vec::new());
    for case in cases {
        let bins = windows::bins(case.aggregate, case.accumulator);
        let words = vec![0; (case.accumulator.words() * extent.accumulators(case.accumulator)) as usize];
        let slot = Some(layout.add("lane", SlotKind::Bookkeeping, &words));
        let first = values.len() as u32;
        let value = Value { name: String::new(), ty: case.result, slot: None, span: Span::default() };
        values.extend(std::iter::repeat_n(value, bins));
        let read = (first..first + bins as u32).map(ValueId).collect();
        let aggregate = case.aggregate;
        let reads = vec![Read { aggregate, constants: vec![], values: read, texts: vec![], fault: None }];
        let (accumulator, args) = (case.accumulator, args.clone());
        lanes.push(Lane { accumulator, args, filter: None, slot, reads });
    }
    let (newest, heap) = (Some(newest), Some(heap));
    let (name, extent, span) = (String::new(), extent.clone(), Span::default());
    let window = WindowPlan { name, extent, lanes, by: None, newest, heap, few: None, span };
    let plan = TwinPlan { exprs, values, windows: vec![window], layout, ..TwinPlan::default() };
    let shape = windows::shape(&plan, &plan.windows[0]);
    (plan, shape)
}

/// Feeds all events and compares at each, or (panes) at each tick before it.
fn check(
    extent: Extent,
    window_of: impl Fn(&[Event], i64) -> (usize, usize),
    start_of: impl Fn(i64) -> Option<i64>,
) {
    let cases = cases();
    let (plan, shape) = plan(&extent, &cases);
    let (mut row, mut heap) = (plan.layout.initial.clone(), Heap::default());
    let window = &plan.windows[0];
    let all = events(2000);
    let mut tick = 0;
    for (n, &(t_ns, x, y)) in all.iter().enumerate() {
        let compare = |row: &mut [Word], heap: &mut Heap, seen: &[Event], end: i64| {
            let (from, to) = window_of(seen, end);
            let prior = from.checked_sub(1).map(|before| seen[before].1);
            let mut found = Vec::new();
            windows::read(row, heap, &plan, WindowId(0), &shape, end, |_, word, _| found.push(word));
            let mut found = found.into_iter();
            for case in &cases {
                let words: Vec<Word> =
                    found.by_ref().take(windows::bins(case.aggregate, case.accumulator)).collect();
                let word = words[words.len() / 2];
                let wanted = (case.by_hand)(&seen[from..to], prior, start_of(end), end);
                let number = match case.result {
                    Scalar::Real => words::to_f64(word),
                    _ => word as i64 as f64,
                };
                let number = case.result.is_present(word).then_some(number);
                let agrees = match (number, wanted) {
                    (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                    (a, b) => a == b,
                };
                assert!(agrees, "{extent:?} {:?} after {n}: {number:?} is not {wanted:?}", case.aggregate);
            }
        };
        if let Extent::Panes { pane_ns, .. } = extent {
            while tick <= t_ns {
                if n > 0 {
                    compare(&mut row, &mut heap, &all[..n], tick);
                }
                tick = if tick == 0 { t_ns.div_euclid(pane_ns) * pane_ns } else { tick + pane_ns };
            }
        }
        let sample = Sample { t_ns, x: x.to_bits(), y: y.to_bits(), text: &[] };
        if windows::has_rings(&extent) {
            trailing::pass(&row, &mut heap, &shape, t_ns);
            trailing::feed(&mut row, &mut heap, &shape, (0, 0), sample);
            compare(&mut row, &mut heap, &all[..=n], t_ns);
        } else {
            for lane in 0..cases.len() {
                windows::add(&mut row, &mut heap, (window, &shape), (lane, 0), sample);
            }
            if matches!(extent, Extent::Running { .. }) && n < 300 {
                compare(&mut row, &mut heap, &all[..=n], t_ns);
            }
        }
    }
    windows::clear(&mut row, &mut heap, window, &shape, 0);
    let free: usize = heap.free.iter().enumerate().map(|(log2, blocks)| blocks.len() << log2).sum();
    assert_eq!(free, heap.words.len(), "everything is given back");
}

/// The first event that is in the window.
fn from(seen: &[Event], is_in: impl Fn(i64) -> bool) -> usize {
    seen.iter().position(|e| is_in(e.0)).unwrap_or(seen.len())
}

#[test]
fn trailing() {
    for span_ns in [1, 7, 50, 400] {
        let open = Extent::Trailing { span_ns, closed: false };
        check(open, |seen, end| (from(seen, |t| t > end - span_ns), seen.len()), |end| Some(end - span_ns));
        let closed = Extent::Trailing { span_ns, closed: true };
        check(
            closed,
            |seen, end| (from(seen, |t| t >= end - span_ns), seen.len()),
            |end| Some(end - span_ns),
        );
    }
}

#[test]
fn samples() {
    for most in [1, 2, 3, 37] {
        let of = |seen: &[Event], _| (seen.len().saturating_sub(most), seen.len());
        check(Extent::Samples(most as u32), of, |_| None);
    }
}

#[test]
fn panes() {
    for (pane_ns, count) in [(20, 1), (7, 3), (10, 8)] {
        let span_ns = pane_ns * i64::from(count);
        let of = |seen: &[Event], end| (from(seen, |t| t >= end - span_ns), from(seen, |t| t >= end));
        check(Extent::Panes { pane_ns, count }, of, |end| Some(end - span_ns));
    }
}

#[test]
fn running() {
    check(Extent::Running { max: None, carries: true }, |seen, _| (0, seen.len()), |_| None);
}

#[test]
fn a_running_window_keeps_the_newest_of_too_many() {
    let mut cases = cases();
    cases.retain(|case| case.accumulator == Accumulator::Kept);
    cases[0].aggregate = Aggregate::Median;
    cases[0].result = Scalar::Real;
    let (plan, shape) = plan(&Extent::Running { max: Some(9), carries: false }, &cases);
    let (mut row, mut heap) = (plan.layout.initial.clone(), Heap::default());
    for n in 0..100 {
        let sample = Sample { t_ns: n, x: (n as f64).to_bits(), y: 0, text: &[] };
        windows::add(&mut row, &mut heap, (&plan.windows[0], &shape), (0, 0), sample);
    }
    windows::read(&mut row, &mut heap, &plan, WindowId(0), &shape, 100, |_, word, _| {
        assert_eq!(words::to_f64(word), 95.0);
    });
}

#[test]
fn what_is_in_force_goes_on_where_the_next_window_begins_at_once() {
    let mut cases = cases();
    cases.retain(|case| case.aggregate == Aggregate::IntegralHold);
    let second = 1_000_000_000;
    // A calendar period begins where the one before it ends, a session does not.
    for (carries, area) in [(true, 2.0 * 3.0 + 5.0 * 7.0), (false, 5.0 * 7.0)] {
        let (plan, shape) = plan(&Extent::Running { max: None, carries }, &cases);
        let (mut row, mut heap) = (plan.layout.initial.clone(), Heap::default());
        let window = &plan.windows[0];
        let take = |row: &mut [Word], heap: &mut Heap, seconds: i64, x: f64| {
            let sample = Sample { t_ns: seconds * second, x: x.to_bits(), y: 0, text: &[] };
            windows::add(row, heap, (window, &shape), (0, 0), sample);
        };
        take(&mut row, &mut heap, 1, 2.0);
        windows::clear(&mut row, &mut heap, window, &shape, 10 * second);
        take(&mut row, &mut heap, 13, 5.0);
        let mut read = Vec::new();
        windows::read(&mut row, &mut heap, &plan, WindowId(0), &shape, 20 * second, |_, word, _| {
            read.push(words::to_f64(word))
        });
        assert_eq!(read, [area]);
    }
}

#[test]
fn bits_of_panes_depend_on_what_is_in_the_window_alone() {
    let (pane_ns, count) = (10, 8);
    let cases = cases();
    let (plan, shape) = plan(&Extent::Panes { pane_ns, count }, &cases);
    let window = &plan.windows[0];
    let all = events(1000);
    let begin = all[400].0;
    let (mut rows, mut heaps) =
        ([0, 1].map(|_| plan.layout.initial.clone()), [0, 1].map(|_| Heap::default()));
    let (mut tick, mut compared) = (i64::MAX, 0);
    for &(t_ns, x, y) in &all {
        while tick <= t_ns {
            let mut words: [Vec<Word>; 2] = Default::default();
            for ((row, heap), words) in rows.iter_mut().zip(&mut heaps).zip(&mut words) {
                windows::read(row, heap, &plan, WindowId(0), &shape, tick, |_, word, _| words.push(word));
            }
            // From then on both have seen everything that is in the window, and what was in force before it.
            if tick > begin + pane_ns * (i64::from(count) + 2) {
                assert_eq!(words[0], words[1], "at {tick}");
                compared += 1;
            }
            tick += pane_ns;
        }
        tick = tick.min((t_ns.div_euclid(pane_ns) + 1) * pane_ns);
        let sample = Sample { t_ns, x: x.to_bits(), y: y.to_bits(), text: &[] };
        for (n, (row, heap)) in rows.iter_mut().zip(&mut heaps).enumerate() {
            if n == 0 || t_ns >= begin {
                let add = |lane| windows::add(row, heap, (window, &shape), (lane, 0), sample);
                (0..cases.len()).for_each(add);
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn few_samples_in_the_row_give_what_a_ring_gives() {
    let by_hand: ByHand = |_, _, _, _| None;
    let case = |aggregate, result| Case { accumulator: Accumulator::MinMax, aggregate, result, by_hand };
    let reals =
        [Aggregate::Min, Aggregate::Max, Aggregate::Range].map(|aggregate| case(aggregate, Scalar::Real));
    let cases: Vec<Case> = reals.into_iter().chain([case(Aggregate::Count, Scalar::Int)]).collect();
    for (span_ns, closed) in [(1, true), (9, false), (25, true), (60, false)] {
        let (ring, _) = plan(&Extent::Trailing { span_ns, closed }, &cases);
        let mut places = ring.clone();
        let slot = places.layout.add("few samples", SlotKind::Bookkeeping, &few::at_first());
        places.windows[0].few = Some(Few(slot));
        let plans = [ring, places];
        let shapes = plans.each_ref().map(|plan| windows::shape(plan, &plan.windows[0]));
        let mut rows = plans.each_ref().map(|plan| plan.layout.initial.clone());
        let mut heaps = [0, 1].map(|_| Heap::default());
        let mut on_heap = [false; 2];
        for (n, &(t_ns, x, _)) in events(2000).iter().enumerate() {
            // Zeros of both signs are often the smallest.
            let x = if n % 3 == 0 { -0.0 } else { x.max(0.0) };
            let mut found: [Vec<Word>; 2] = Default::default();
            for at in [0, 1] {
                let (row, heap) = (&mut rows[at], &mut heaps[at]);
                if n % 100 == 99 {
                    windows::clear(row, heap, &plans[at].windows[0], &shapes[at], t_ns);
                }
                if n % 7 != 6 {
                    let sample = Sample { t_ns, x: x.to_bits(), y: 0, text: &[] };
                    trailing::pass(row, heap, &shapes[at], t_ns);
                    trailing::feed(row, heap, &shapes[at], (0, 0), sample);
                } else {
                    trailing::pass(row, heap, &shapes[at], t_ns);
                }
                let put = |_, word, _| found[at].push(word);
                windows::read(row, heap, &plans[at], WindowId(0), &shapes[at], t_ns, put);
            }
            assert_eq!(found[0], found[1], "{span_ns} ns, after {n}");
            on_heap[usize::from(rows[1][plans[1].windows[0].heap.unwrap().index()] != 0)] = true;
        }
        assert!(on_heap[0] && (on_heap[1] || span_ns < 10), "both are seen: {on_heap:?} of {span_ns} ns");
    }
}
