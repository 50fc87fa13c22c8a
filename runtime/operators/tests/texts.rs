//! Windows of texts against the same samples looked through by hand.

use twin_diagnostics::Span;
use twin_operators::text::Packed;
use twin_operators::trailing;
use twin_operators::windows::{self, Shape};
use twin_plan::kernel::Heap;
use twin_plan::{
    Accumulator, Exprs, Extent, Lane, Layout, NodeKind, Read, Slot, SlotKind, TwinPlan, WindowId, WindowPlan,
};
use twin_types::{Aggregate, Scalar, Word};

const ROOM: u32 = 20;
const AGGREGATES: [Aggregate; 4] = [Aggregate::First, Aggregate::Last, Aggregate::ArgMin, Aggregate::ArgMax];

/// A sample: time, text, y.
type Event = (i64, String, f64);

/// Texts of 0 to 20 bytes that differ; few different y, so that many are equal. The same every time.
fn events(count: usize) -> Vec<Event> {
    let mut seed = 54321_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    let mut t = 1_700_000_000_000_000_000;
    let mut all = Vec::new();
    for n in 0..count {
        t += next(10) as i64 * if next(40) == 0 { 30 } else { 1 };
        let mut text = format!("{n:06}{n:06}{n:06}{n:02}");
        text.truncate(next(u64::from(ROOM) + 1) as usize);
        all.push((t, text, next(7) as f64));
    }
    all
}

fn by_hand(aggregate: Aggregate, events: &[Event]) -> Option<&str> {
    let better = |is_better: fn(f64, f64) -> bool| {
        events.iter().reduce(move |old, new| if is_better(new.2, old.2) { new } else { old })
    };
    let event = match aggregate {
        Aggregate::First => events.first(),
        Aggregate::Last => events.last(),
        Aggregate::ArgMin => better(|new, old| new < old),
        _ => better(|new, old| new > old),
    };
    event.map(|event| event.1.as_str())
}

/// A window with a lane per aggregate, and the slots of what they give.
fn plan(extent: &Extent) -> (TwinPlan, Shape, Vec<Slot>) {
    let mut exprs = Exprs::default();
    let text = exprs.push(NodeKind::Const(0), Scalar::String, Span::default());
    let y = exprs.push(NodeKind::Const(0), Scalar::Real, Span::default());
    let mut layout = Layout::new();
    let newest = Some(layout.add("newest", SlotKind::Bookkeeping, &extent.newest_at_first()));
    let heap = Some(layout.add("samples", SlotKind::Heap, &[0]));
    let (mut lanes, mut slots) = (Vec::new(), Vec::new());
    for aggregate in AGGREGATES {
        let accumulator = Accumulator::Text(aggregate, ROOM);
        let words = vec![0; (accumulator.words() * extent.accumulators(accumulator)) as usize];
        let slot = Some(layout.add("lane", SlotKind::Bookkeeping, &words));
        slots.push(layout.add_text("text", ROOM));
        let texts = slots[slots.len() - 1..].to_vec();
        let reads = vec![Read { aggregate, constants: vec![], values: vec![], texts, fault: None }];
        lanes.push(Lane { accumulator, args: vec![text, y], filter: None, slot, reads });
    }
    let (name, extent, span) = (String::new(), extent.clone(), Span::default());
    let window = WindowPlan { name, extent, lanes, by: None, newest, heap, few: None, span };
    let plan = TwinPlan { exprs, windows: vec![window], layout, ..TwinPlan::default() };
    let shape = windows::shape(&plan, &plan.windows[0]);
    (plan, shape, slots)
}

/// The text in a slot.
fn text_in(row: &[Word], slot: Slot) -> Option<String> {
    let (length, words) = (row[slot.index()], &row[slot.index() + 1..]);
    let bytes = words.iter().flat_map(|word| word.to_le_bytes()).take(length as usize);
    (length != Word::MAX).then(|| String::from_utf8(bytes.collect()).expect("it is one of the texts"))
}

/// Feeds all events and compares at each, or (panes) at each tick before it.
fn check(extent: Extent, window_of: impl Fn(&[Event], i64) -> (usize, usize)) {
    let (plan, shape, slots) = plan(&extent);
    let (mut row, mut heap) = (plan.layout.initial.clone(), Heap::default());
    let window = &plan.windows[0];
    let all = events(2000);
    let compare = |row: &mut [Word], heap: &mut Heap, seen: &[Event], end: i64| {
        let (from, to) = window_of(seen, end);
        windows::read(row, heap, &plan, WindowId(0), &shape, end, |_, _, _| {
            unreachable!("texts are no words")
        });
        for (slot, aggregate) in slots.iter().zip(AGGREGATES) {
            let (found, wanted) = (text_in(row, *slot), by_hand(aggregate, &seen[from..to]));
            assert_eq!(found.as_deref(), wanted, "{extent:?} {aggregate:?} after {}", seen.len());
        }
    };
    let mut tick = 0;
    for (n, (t_ns, text, y)) in all.iter().enumerate() {
        let mut packed = Packed::new(text.as_bytes(), ROOM);
        if let Extent::Panes { pane_ns, .. } = extent {
            while tick <= *t_ns {
                if n > 0 {
                    compare(&mut row, &mut heap, &all[..n], tick);
                }
                tick = if tick == 0 { t_ns.div_euclid(pane_ns) * pane_ns } else { tick + pane_ns };
            }
            for lane in 0..window.lanes.len() {
                let sample = packed.sample(*t_ns, y.to_bits());
                windows::add(&mut row, &mut heap, (window, &shape), (lane, 0), sample);
            }
        } else {
            trailing::pass(&row, &mut heap, &shape, *t_ns);
            let sample = packed.sample(*t_ns, y.to_bits());
            trailing::feed(&mut row, &mut heap, &shape, (0, 0), sample);
            compare(&mut row, &mut heap, &all[..=n], *t_ns);
        }
    }
}

#[test]
fn trailing_windows_and_last_samples() {
    let from = |seen: &[Event], edge: i64| seen.iter().position(|e| e.0 >= edge).unwrap_or(seen.len());
    for span_ns in [1, 9, 60, 400] {
        check(Extent::Trailing { span_ns, closed: true }, |seen, now| {
            (from(seen, now - span_ns), seen.len())
        });
        check(Extent::Trailing { span_ns, closed: false }, |seen, now| {
            (from(seen, now - span_ns + 1), seen.len())
        });
    }
    for most in [1, 2, 7, 100] {
        check(Extent::Samples(most), |seen, _| (seen.len().saturating_sub(most as usize), seen.len()));
    }
}

#[test]
fn panes() {
    for (pane_ns, count) in [(7, 1), (100, 1), (10, 2), (7, 5), (3, 24)] {
        let span_ns = pane_ns * i64::from(count);
        check(Extent::Panes { pane_ns, count }, |seen, tick| {
            let at = |edge: i64| seen.iter().position(|e| e.0 >= edge).unwrap_or(seen.len());
            (at(tick - span_ns), at(tick))
        });
    }
}
