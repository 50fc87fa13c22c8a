//! Windows, integration and flight recorders in a plan.

mod common;

use common::{Build, FAULT, SECOND, on_events, on_tick};
use twin_diagnostics::Span;
use twin_plan::layout::{NEVER, NOT_BEGUN};
use twin_plan::{
    Accumulator, CaptureId, CapturePlan, Compare, Extent, Integration, IntegrationId, Output, OutputId,
    OutputKind, Prim, Reset, ResetId, SlotKind, Solver, Stmt, When,
};
use twin_types::{Aggregate, FALSE, Scalar, TRUE, Word};

#[test]
fn a_trailing_mean_is_read_where_it_is_fed() {
    let mut build = Build::new(1);
    let x = build.field(0, Scalar::Real);
    let slot = build.slot(Scalar::Real);
    let mean = build.value(Scalar::Real, Some(slot));
    let extent = Extent::Trailing { span_ns: 10 * SECOND, closed: false };
    let window = build.window(extent, Accumulator::Sum, &[x], Aggregate::Mean, mean);
    let read = build.value_expr(mean);
    let output = build.output(&[Scalar::Real]);
    build.op(on_events(), vec![Stmt::WindowFeed(window), Stmt::Output(output, vec![read])]);
    let heap = build.plan.windows[0].heap.unwrap();
    build.plan.resets.push(Reset { runs: vec![(slot, 1), (heap, 1)], heaps: vec![heap] });
    let (hundred, x) = (build.real(100.0), build.field(0, Scalar::Real));
    let is_large = build.compare(Compare::Ge, x, hundred);
    let reset = vec![Stmt::Reset(ResetId(0))];
    build.op(on_events(), vec![Stmt::If { when: is_large, then: reset, otherwise: vec![] }]);
    let mut world = build.world();
    world
        .reals(&[(0, 1.0), (5, 3.0), (10, 5.0), (12, f64::NAN), (40, f64::NAN), (41, 100.0), (42, 8.0)])
        .run();
    let means = [Some(1.0), Some(2.0), Some(4.0), Some(4.0), None, Some(100.0), Some(8.0)];
    assert_eq!(world.written_reals().iter().map(|w| w.1).collect::<Vec<_>>(), means);
}

#[test]
fn panes_are_read_at_ticks() {
    let mut build = Build::new(1);
    let x = build.field(0, Scalar::Real);
    let mean = build.value(Scalar::Real, None);
    let extent = Extent::Panes { pane_ns: 10 * SECOND, count: 2 };
    let window = build.window(extent, Accumulator::Moments2, &[x], Aggregate::Mean, mean);
    let tick = build.tick(10 * SECOND, vec![]);
    let read = build.value_expr(mean);
    let output = build.output(&[Scalar::Real]);
    build.op(on_events(), vec![Stmt::WindowFeed(window)]);
    build.op(on_tick(tick), vec![Stmt::WindowRead(window), Stmt::Output(output, vec![read])]);
    let mut world = build.world();
    world.reals(&[(1, 1.0), (9, 3.0), (10, 8.0)]).advance(40 * SECOND).run();
    assert_eq!(world.written_reals(), [(10, Some(2.0)), (20, Some(4.0)), (30, Some(8.0)), (40, None)]);
}

#[test]
fn one_count_per_key() {
    let mut build = Build::new(2);
    let (key, x) = (build.field(0, Scalar::Int), build.field(1, Scalar::Real));
    let counts = [0, 1].map(|_| build.value(Scalar::Int, None));
    let window = build.window(
        Extent::Running { max: None, carries: false },
        Accumulator::Count,
        &[x],
        Aggregate::Count,
        counts[0],
    );
    let slot = build.plan.layout.add("per key", SlotKind::Bookkeeping, &[0, 0]);
    let plan = &mut build.plan.windows[window.index()];
    plan.by = Some((key, 5, 2));
    plan.lanes[0].slot = Some(slot);
    plan.lanes[0].reads[0].values = counts.to_vec();
    let reads = counts.map(|count| build.value_expr(count)).to_vec();
    let output = build.output(&[Scalar::Int, Scalar::Int]);
    let body = vec![Stmt::WindowFeed(window), Stmt::WindowRead(window), Stmt::Output(output, reads)];
    build.op(on_events(), body);
    let mut world = build.world();
    for (time, key) in [(0, 5), (1, 6), (2, 6), (3, 7), (4, 4), (5, i64::MIN)] {
        world.event(time, &[key as Word, 0]);
    }
    world.run();
    let counts: Vec<Vec<Word>> = world.written().into_iter().map(|w| w.1).collect();
    assert_eq!(counts[..4], [[1, 0], [1, 1], [1, 2], [1, 2]]);
    assert_eq!(counts[5], [1, 2]);
}

/// dx/dt = −x, and a `when` that puts x back to 1 below 0.5.
fn decay(solver: Solver, with_when: bool) -> (Build, twin_plan::Slot) {
    let mut build = Build::new(1);
    let state = build.plan.layout.add("x", SlotKind::Value(Scalar::Real), &[1f64.to_bits()]);
    let last = build.book(NOT_BEGUN);
    let held = build.plan.layout.add("held", SlotKind::Bookkeeping, &[FALSE]);
    build.plan.resets.push(Reset { runs: vec![(state, 1), (last, 1), (held, 1)], heaps: vec![] });
    let x = build.slot_expr(state, Scalar::Real);
    let rate = build.value(Scalar::Real, None);
    let negative = build.prim(Prim::NegReal, &[x], Scalar::Real);
    let derivative = build.value_expr(rate);
    let (half, one) = (build.real(0.5), build.real(1.0));
    let when = build.compare(Compare::Lt, x, half);
    let root = build.prim(Prim::SubReal, &[x, half], Scalar::Real);
    let when = When { when, roots: vec![root], body: vec![Stmt::Store(state, one)] };
    build.plan.integrations.push(Integration {
        name: "decay".into(),
        states: vec![state],
        rates: vec![(rate, negative)],
        derivatives: vec![derivative],
        solver,
        last,
        whens: if with_when { vec![when] } else { vec![] },
        held: with_when.then_some(held),
        reset: ResetId(0),
        fault: FAULT,
        chatter: FAULT,
        span: Span::default(),
    });
    let output = build.output(&[Scalar::Real]);
    build.op(on_events(), vec![Stmt::Integrate(IntegrationId(0)), Stmt::Output(output, vec![x])]);
    (build, state)
}

#[test]
fn states_are_integrated_from_event_to_event() {
    for solver in [Solver::Dopri5 { rtol: 1e-9, atol: 0.0 }, Solver::Rk4 { step_ns: SECOND / 100 }] {
        let mut world = decay(solver, false).0.world();
        world.reals(&[(100, 0.0), (101, 0.0), (101, 0.0), (103, 0.0)]).run();
        for (found, expected) in
            world.written_reals().iter().zip([1.0, libm::exp(-1.0), libm::exp(-1.0), libm::exp(-3.0)])
        {
            assert!((found.1.unwrap() - expected).abs() < 1e-8, "{solver:?} {found:?} {expected}");
        }
    }
}

#[test]
fn a_when_acts_where_its_condition_turns_true() {
    let mut world = decay(Solver::Dopri5 { rtol: 1e-10, atol: 0.0 }, true).0.world();
    world.reals(&[(0, 0.0), (3, 0.0)]).run();
    // Put back to 1 every ln 2 seconds: four times in three seconds.
    let expected = libm::exp(-(3.0 - 4.0 * libm::log(2.0)));
    assert!((world.written_reals()[1].1.unwrap() - expected).abs() < 1e-8);
    assert_eq!(world.faults[0], 0);
}

#[test]
fn a_gap_of_too_many_sub_steps_is_a_fault_and_resets_the_block() {
    let (build, state) = decay(Solver::Euler { step_ns: SECOND / 1000 }, false);
    let mut world = build.world();
    world.reals(&[(0, 0.0), (1, 0.0), (200, 0.0), (201, 0.0)]).run();
    let written = world.written_reals();
    assert_eq!(world.faults[0], 1);
    assert_eq!(written[2].1, written[1].1, "it stands still in the step of the fault");
    assert_eq!(written[3].1, Some(1.0));
    assert_eq!(world.rows[state.index()], 1f64.to_bits());
}

#[test]
fn a_flight_recorder_writes_what_was_around_the_raise() {
    let mut build = Build::new(2);
    let heap = build.plan.layout.add("capture", SlotKind::Heap, &[0]);
    let (due, tick) = build.deadline();
    let alert = (build.book(0), build.book(0));
    let kind = OutputKind::Capture(CaptureId(0));
    let args = vec![Scalar::Timestamp, Scalar::Int, Scalar::Bool, Scalar::Real, Scalar::String];
    build.plan.outputs.push(Output { kind, args, span: Span::default() });
    let (before_ns, after_ns) = (2 * SECOND, 3 * SECOND);
    let output = OutputId(0);
    build.plan.captures.push(CapturePlan {
        rule: 0,
        input: 0,
        before_ns,
        after_ns,
        heap,
        due,
        output,
        alert,
    });
    let (x, now, limit, one) = (build.field(0, Scalar::Real), build.now(), build.real(100.0), build.int(1));
    let is_raised = build.compare(Compare::Ge, x, limit);
    let open =
        vec![Stmt::Store(alert.0, now), Stmt::Store(alert.1, one), Stmt::CaptureOpen(CaptureId(0), now)];
    build.op(
        on_events(),
        vec![Stmt::CaptureFeed(CaptureId(0)), Stmt::If { when: is_raised, then: open, otherwise: vec![] }],
    );
    let mut trigger = on_events();
    trigger.ticks.push(tick);
    build.op(trigger, vec![Stmt::CaptureClose(CaptureId(0))]);
    let mut world = build.world();
    for time in 0..400_i64 {
        let x = if time == 310 || time == 312 { 100.0 } else { time as f64 };
        let text = world.batch.add_text(format!("record {time}").as_bytes());
        world.event(time * SECOND, &[f64::to_bits(x), text]);
    }
    world.run();
    let written = world.written();
    // Every event from 100 s on raises; look at the two around 310 s alone.
    let of = |raised: i64| written.iter().filter(move |w| w.1[0] == (raised * SECOND) as Word);
    let texts = |raised| of(raised).map(|w| world.text(w.1[4]).to_string()).collect::<Vec<_>>();
    assert_eq!(texts(310), (308..=313).map(|n| format!("record {n}")).collect::<Vec<_>>());
    assert_eq!(texts(312), (310..=315).map(|n| format!("record {n}")).collect::<Vec<_>>());
    assert!(of(310).all(|w| w.0 == 313 && w.1[2] == TRUE), "the deadline at 313 s, after the event there");
    assert!(of(399).next().is_none(), "its span has not passed");
    assert!(world.heap.words.len() < 1024, "old records are dropped");
    assert_ne!(world.rows[due.index()], NEVER as Word);
}
