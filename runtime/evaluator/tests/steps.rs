//! Events, instants, quiet steps: what happens in which order.

mod common;

use common::{Build, FAULT, SECOND, always, on_events, on_tick};
use twin_plan::kernel::{BEFORE_EVENTS, Outputs};
use twin_plan::layout::{NEVER, NOT_BEGUN};
use twin_plan::{NodeKind, Prim, Reset, ResetId, Silence, Slot, SlotKind, Stmt, Trigger};
use twin_types::{ABSENT_REAL, FALSE, Scalar, TRUE, Word, words};

#[test]
fn a_late_event_changes_nothing_and_one_at_the_clock_is_applied() {
    let mut build = Build::new(1);
    let x = build.field(0, Scalar::Real);
    let output = build.output(&[Scalar::Real]);
    build.op(on_events(), vec![Stmt::Output(output, vec![x])]);
    let mut world = build.world();
    world.reals(&[(10, 1.0), (9, 2.0), (10, 3.0)]).run();
    assert_eq!(world.written_reals(), [(10, Some(1.0)), (10, Some(3.0))]);
    assert_eq!(world.late_at(), [1]);
    assert_eq!(world.outputs.heads[1].trigger, 2);
    world.advance(20 * SECOND).reals(&[(19, 4.0)]).run();
    assert_eq!(world.late_at(), [1, 1], "the clock was moved beyond it");
}

#[test]
fn ticks_see_the_columns_that_were_kept() {
    let mut build = Build::new(1);
    let kept = build.slot(Scalar::Real);
    build.plan.inputs[0].kept.push((0, kept));
    let tick = build.tick(10 * SECOND, vec![]);
    let (x, field) = (build.slot_expr(kept, Scalar::Real), build.field(0, Scalar::Real));
    let output = build.output(&[Scalar::Real]);
    build.op(on_tick(tick), vec![Stmt::Output(output, vec![x]), Stmt::Output(output, vec![field])]);
    let run = |at_once: bool| {
        let mut world = build_world(&build);
        world.reals(&[(5, 1.0), (10, 2.0), (31, 3.0)]).run_in(at_once);
        (world.written_reals(), world.outputs.heads.iter().map(|h| (h.position, h.place)).collect::<Vec<_>>())
    };
    let (written, heads) = run(true);
    let expected = [(10, Some(1.0)), (10, None), (20, Some(2.0)), (20, None), (30, Some(2.0)), (30, None)];
    assert_eq!(written, expected);
    assert_eq!(heads[..2], [(BEFORE_EVENTS, 0), (BEFORE_EVENTS, 1)]);
    assert_eq!(run(false).0, written, "the size of batches does not matter");
}

/// A world of a plan that is used more than once.
fn build_world(build: &Build) -> common::World {
    Build { plan: build.plan.clone() }.world()
}

#[test]
fn signals_that_rest_are_absent() {
    let mut build = Build::new(1);
    let slot = build.slot(Scalar::Real);
    let tick = build.tick(SECOND, vec![(slot, ABSENT_REAL)]);
    let (one, read) = (build.real(1.0), build.slot_expr(slot, Scalar::Real));
    let value = build.value(Scalar::Real, Some(slot));
    build.op(on_tick(tick), vec![Stmt::Let(value, one)]);
    let output = build.output(&[Scalar::Real]);
    build.op(on_events(), vec![Stmt::Output(output, vec![read])]);
    let mut world = build.world();
    world.reals(&[(0, 0.0), (1000, 0.0), (2001, 0.0), (2002, 0.0)]).run();
    assert_eq!(world.written_reals(), [(0, None), (1000, Some(1.0)), (2001, None), (2002, Some(1.0))]);
}

#[test]
fn a_deadline_is_set_runs_and_is_taken_back() {
    let mut build = Build::new(1);
    let (due, tick) = build.deadline();
    let (now, five) = (build.now(), build.int(5 * SECOND));
    let moment = build.prim(Prim::AddInt, &[now, five], Scalar::Timestamp);
    let output = build.output(&[Scalar::Timestamp]);
    build.op(on_events(), vec![Stmt::Deadline(due, moment)]);
    build.op(on_tick(tick), vec![Stmt::Output(output, vec![now])]);
    let mut world = build.world();
    world.reals(&[(0, 0.0), (3, 0.0), (8, 0.0)]).advance(13 * SECOND).run();
    // The one at 0 s is replaced by the one at 3 s; that is due at 8 s, after the event there, which replaces it.
    assert_eq!(world.written_ints(), [(13, 13 * SECOND)]);
    assert_eq!(world.rows[due.index()], NEVER as Word);
    world.advance(100 * SECOND).run();
    assert_eq!(world.written().len(), 1);
}

#[test]
fn silence_makes_a_quiet_step_and_a_record_ends_it() {
    let mut build = Build::new(1);
    let (last_read, is_silent) = (build.book(NOT_BEGUN), build.slot(Scalar::Bool));
    build.plan.layout.initial[is_silent.index()] = FALSE;
    let limit = build.int(5 * SECOND);
    build.plan.silences.push(Silence { input: 0, limit, inclusive: false, last_read, is_silent });
    let silent = build.slot_expr(is_silent, Scalar::Bool);
    let output = build.output(&[Scalar::Bool]);
    let trigger = Trigger { inputs: vec![0], quiet: true, ..Trigger::default() };
    build.op(trigger, vec![Stmt::Output(output, vec![silent])]);
    let mut world = build.world();
    world.read(0).reals(&[(0, 0.0)]).quiet(5 * SECOND, 0).read(9 * SECOND).reals(&[(2, 0.0)]).run();
    assert_eq!(world.written_ints(), [(0, FALSE as i64), (5, TRUE as i64), (2, FALSE as i64)]);
    assert!(world.late.is_empty(), "a quiet step leaves the twin's clock alone");
    assert_eq!(world.rows[last_read.index()], 9 * SECOND as Word);
}

#[test]
fn a_narrower_trigger_and_a_choice_by_unknown() {
    let mut build = Build::new(1);
    let tick = build.tick(10 * SECOND, vec![]);
    let (one, x) = (build.real(1.0), build.field(0, Scalar::Real));
    let condition = build.compare(twin_plan::Compare::Gt, x, one);
    let output = build.output(&[Scalar::Real]);
    let emit = |expr| vec![Stmt::Output(output, vec![expr])];
    let choice = Stmt::If { when: condition, then: emit(x), otherwise: emit(one) };
    build.op(always(), vec![Stmt::In(on_events(), vec![choice]), Stmt::In(on_tick(tick), emit(one))]);
    let mut world = build.world();
    world.reals(&[(1, 5.0), (2, f64::NAN), (3, 0.5)]).advance(10 * SECOND).run();
    assert_eq!(world.written_reals(), [(1, Some(5.0)), (3, Some(1.0)), (10, Some(1.0))]);
}

#[test]
fn resets_come_at_the_end_of_the_step() {
    let mut build = Build::new(1);
    let slot = build.plan.layout.add("n", SlotKind::Value(Scalar::Int), &[40]);
    build.plan.resets.push(Reset { runs: vec![(slot, 1)], heaps: vec![] });
    let (n, one) = (build.slot_expr(slot, Scalar::Int), build.int(1));
    let next = build.prim(Prim::AddInt, &[n, one], Scalar::Int);
    let output = build.output(&[Scalar::Int]);
    let body = vec![Stmt::Reset(ResetId(0)), Stmt::Store(slot, next), Stmt::Output(output, vec![n])];
    build.op(on_events(), body);
    let mut world = build.world();
    world.reals(&[(0, 0.0), (1, 0.0)]).run();
    assert_eq!(world.written_ints(), [(0, 41), (1, 41)]);
    assert_eq!(world.rows[slot.index()], 40);
}

#[test]
fn texts_are_kept_copied_and_compared() {
    let mut build = Build::new(1);
    let state = build.plan.layout.add_text("state", 8);
    let kept = build.plan.layout.add_text("kept", 8);
    build.plan.inputs[0].kept.push((0, kept));
    let tick = build.tick(10 * SECOND, vec![]);
    let (field, old) = (build.field(0, Scalar::String), build.slot_expr(state, Scalar::String));
    let literal = build.node(NodeKind::Text(0), Scalar::String);
    let is_equal = build.prim(Prim::CompareText(twin_plan::Compare::Eq), &[field, literal], Scalar::Bool);
    let (before, value) = (build.value(Scalar::String, None), build.value(Scalar::Bool, None));
    let (before_expr, equal_expr) = (build.value_expr(before), build.value_expr(value));
    let output = build.output(&[Scalar::String, Scalar::String, Scalar::Bool]);
    let store = Stmt::StoreText { slot: state, bytes: 8, text: field, fault: FAULT };
    // What was read before the state changed is still what it was then.
    let write = Stmt::Output(output, vec![before_expr, old, equal_expr]);
    build.op(on_events(), vec![Stmt::Let(before, old), store, Stmt::Let(value, is_equal), write]);
    let at_tick = build.slot_expr(kept, Scalar::String);
    let ticked = build.output(&[Scalar::String]);
    build.op(on_tick(tick), vec![Stmt::Output(ticked, vec![at_tick])]);
    let mut world = build.world();
    world.texts = vec!["two".into()];
    for (time, text) in [(1, "one"), (2, "two"), (3, "much too long")] {
        let handle = world.batch.add_text(text.as_bytes());
        world.event(time * SECOND, &[handle]);
    }
    world.advance(10 * SECOND).run();
    let written = world.written();
    let text = |row: usize, column: usize| match written[row].1[column] {
        twin_types::ABSENT_STRING => None,
        handle => Some(world.text(handle)),
    };
    assert_eq!((text(0, 0), text(0, 1), written[0].1[2]), (None, Some("one"), FALSE));
    assert_eq!((text(1, 0), text(1, 1), written[1].1[2]), (Some("one"), Some("two"), TRUE));
    assert_eq!((text(2, 0), text(2, 1), written[2].1[2]), (Some("two"), None, FALSE));
    assert_eq!(text(3, 0), None, "a kept text that is too long is absent");
    assert_eq!(world.faults[0], 1);
}

#[test]
fn the_same_entries_give_the_same_bytes() {
    let plan = || {
        let mut build = Build::new(1);
        let x = build.field(0, Scalar::Real);
        let lag = build.value(Scalar::Real, None);
        let heap = build.plan.layout.add("lag", SlotKind::Heap, &[0]);
        build.plan.lags.push(twin_plan::LagPlan { x, by_ns: 2 * SECOND, heap, value: lag });
        let lagged = build.value_expr(lag);
        let output = build.output(&[Scalar::Real]);
        build.op(on_events(), vec![Stmt::Lag(twin_plan::LagId(0)), Stmt::Output(output, vec![lagged])]);
        build
    };
    let events: Vec<(i64, f64)> = (0..50).map(|n| (n, n as f64)).collect();
    let run = |at_once| {
        let mut world = plan().world();
        world.reals(&events).run_in(at_once);
        (world.rows, world.heap.words, outputs(world.outputs))
    };
    let (rows, heap, written) = run(true);
    assert_eq!(run(false), (rows, heap, written.clone()));
    assert_eq!(written.1[..4].to_vec(), [ABSENT_REAL, ABSENT_REAL, 0f64.to_bits(), 1f64.to_bits()]);
}

fn outputs(outputs: Outputs) -> (Vec<twin_plan::kernel::OutputHead>, Vec<Word>) {
    (outputs.heads, outputs.words)
}

#[test]
fn an_absent_state_is_stored_as_such() {
    let mut build = Build::new(1);
    let slot: Slot = build.slot(Scalar::Real);
    let x = build.field(0, Scalar::Real);
    build.op(on_events(), vec![Stmt::Store(slot, x)]);
    let mut world = build.world();
    world.reals(&[(0, 1.0), (1, f64::NAN)]).run();
    assert_eq!(world.rows[slot.index()], words::from_f64(f64::NAN));
}
