//! Absence, laziness and faults.

mod common;

use common::{Build, FAULT, always, on_events};
use twin_plan::expr::PureFn;
use twin_plan::{Compare, ExprId, NodeKind, Prim, Stmt};
use twin_types::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, FALSE, PureArgs, Scalar, TRUE, Word, words};

/// The word an expression over a real column `x` gives, and the faults it counts.
fn check(x: Word, expr: impl FnOnce(&mut Build, ExprId) -> ExprId) -> (Word, u64) {
    let mut build = Build::new(1);
    let field = build.field(0, Scalar::Real);
    let expr = expr(&mut build, field);
    let ty = build.plan.exprs.get(expr).ty;
    let output = build.output(&[ty]);
    build.op(on_events(), vec![Stmt::Output(output, vec![expr])]);
    let mut world = build.world();
    world.event(0, &[x]).run();
    (world.written()[0].1[0], world.faults[FAULT.0 as usize])
}

fn real(x: f64) -> Word {
    x.to_bits()
}

#[test]
fn a_fault_is_absent_and_counted_once_where_it_arises() {
    let twice = |build: &mut Build, x: ExprId| {
        let zero = build.real(0.0);
        let quotient = build.prim(Prim::DivReal, &[x, zero], Scalar::Real);
        let sum = build.prim(Prim::AddReal, &[quotient, quotient], Scalar::Real);
        build.prim(Prim::MulReal, &[sum, quotient], Scalar::Real)
    };
    assert_eq!(check(real(1.0), twice), (ABSENT_REAL, 1));
    assert_eq!(check(ABSENT_REAL, twice), (ABSENT_REAL, 0));
}

#[test]
fn branches_not_taken_count_no_fault() {
    let guarded = |build: &mut Build, x: ExprId| {
        let (zero, one) = (build.real(0.0), build.real(1.0));
        let condition = build.compare(Compare::Gt, x, zero);
        let quotient = build.prim(Prim::DivReal, &[one, x], Scalar::Real);
        build.node(NodeKind::Select(condition, quotient, zero), Scalar::Real)
    };
    assert_eq!(check(real(0.0), guarded), (real(0.0), 0));
    assert_eq!(check(real(4.0), guarded), (real(0.25), 0));
    assert_eq!(check(ABSENT_REAL, guarded), (ABSENT_REAL, 0));

    let coalesced = |build: &mut Build, x: ExprId| {
        let zero = build.real(0.0);
        let quotient = build.prim(Prim::DivReal, &[zero, zero], Scalar::Real);
        build.node(NodeKind::Coalesce(x, quotient), Scalar::Real)
    };
    assert_eq!(check(real(4.0), coalesced), (real(4.0), 0));
    assert_eq!(check(ABSENT_REAL, coalesced), (ABSENT_REAL, 1));
}

#[test]
fn kleene() {
    // The unknown comes from a comparison with an absent value.
    let unknown = |build: &mut Build, x: ExprId| {
        let one = build.real(1.0);
        build.compare(Compare::Gt, x, one)
    };
    for (side, expected) in [(true, ABSENT_BOOL), (false, FALSE)] {
        let and = |build: &mut Build, x| {
            let (left, right) = (unknown(build, x), build.truth(side));
            build.node(NodeKind::And(left, right), Scalar::Bool)
        };
        assert_eq!(check(ABSENT_REAL, and), (expected, 0));
    }
    for (side, expected) in [(false, ABSENT_BOOL), (true, TRUE)] {
        let or = |build: &mut Build, x| {
            let (left, right) = (unknown(build, x), build.truth(side));
            build.node(NodeKind::Or(left, right), Scalar::Bool)
        };
        assert_eq!(check(ABSENT_REAL, or), (expected, 0));
    }
    let not = |build: &mut Build, x| {
        let unknown = unknown(build, x);
        build.prim(Prim::Not, &[unknown], Scalar::Bool)
    };
    assert_eq!(check(ABSENT_REAL, not), (ABSENT_BOOL, 0));
    assert_eq!(check(real(2.0), not), (FALSE, 0));
    let present = |build: &mut Build, x| build.node(NodeKind::Present(x), Scalar::Bool);
    assert_eq!(check(ABSENT_REAL, present), (FALSE, 0));
}

#[test]
fn items_and_calls() {
    let picked = |index: i64| {
        move |build: &mut Build, _| {
            let items = vec![build.real(10.0), build.real(20.0)];
            let index = build.int(index);
            build.node(NodeKind::Pick(items, index, FAULT), Scalar::Real)
        }
    };
    assert_eq!(check(0, picked(1)), (real(20.0), 0));
    assert_eq!(check(0, picked(2)), (ABSENT_REAL, 1));
    assert_eq!(check(0, picked(-1)), (ABSENT_REAL, 1));
    assert_eq!(check(0, picked(i64::MIN)), (ABSENT_REAL, 0));

    extern "C" fn ln(x: f64) -> f64 {
        libm::log(x)
    }
    let called = |build: &mut Build, x| {
        let function = PureFn { name: "ln", call: PureArgs::One(ln) };
        build.node(NodeKind::Call(function, vec![x], FAULT), Scalar::Real)
    };
    assert_eq!(check(real(1.0), called), (real(0.0), 0));
    assert_eq!(check(real(0.0), called), (ABSENT_REAL, 1));
    assert_eq!(check(ABSENT_REAL, called), (ABSENT_REAL, 0));
}

#[test]
fn tables_and_the_key() {
    let table = |key: Option<i64>, column: Option<u32>, ty: Scalar| {
        move |build: &mut Build, _| {
            let key = key.map(|key| build.int(key));
            build.node(NodeKind::Table { table: 0, key, column }, ty)
        }
    };
    assert_eq!(check(0, table(None, Some(0), Scalar::Int)), (7, 0));
    assert_eq!(check(0, table(Some(5), None, Scalar::Bool)), (TRUE, 0));
    assert_eq!(check(0, table(Some(6), None, Scalar::Bool)), (FALSE, 0));
    assert_eq!(check(0, table(Some(6), Some(0), Scalar::Int)), (ABSENT_INT, 0));
    assert_eq!(check(0, table(Some(i64::MIN), Some(0), Scalar::Int)), (ABSENT_INT, 0));
    assert_eq!(check(0, table(Some(i64::MIN), None, Scalar::Bool)), (FALSE, 0));

    let mut build = Build::new(1);
    let text = build.node(NodeKind::Table { table: 0, key: None, column: Some(1) }, Scalar::String);
    let key = build.node(NodeKind::Key, Scalar::String);
    let output = build.output(&[Scalar::String, Scalar::String]);
    build.op(always(), vec![Stmt::Output(output, vec![text, key])]);
    let mut world = build.world();
    world.event(0, &[0]).run();
    let words = world.written()[0].1.clone();
    assert_eq!((world.text(words[0]), world.text(words[1])), ("abc", "A1"));
}

#[test]
fn statements_see_what_the_ones_before_have_stored() {
    let mut build = Build::new(1);
    let slot = build.plan.layout.add("n", twin_plan::SlotKind::Value(Scalar::Int), &[0]);
    let (state, one) = (build.slot_expr(slot, Scalar::Int), build.int(1));
    let next = build.prim(Prim::AddInt, &[state, one], Scalar::Int);
    let output = build.output(&[Scalar::Int]);
    // The same nodes twice: each statement evaluates them anew.
    let body = vec![Stmt::Store(slot, next), Stmt::Store(slot, next), Stmt::Output(output, vec![state])];
    build.op(on_events(), body);
    let mut world = build.world();
    world.event(0, &[0]).run();
    assert_eq!(world.written_ints(), [(0, 2)]);
}

#[test]
fn an_index_out_of_range_stores_nothing() {
    let mut build = Build::new(1);
    let first = build.plan.layout.add("items", twin_plan::SlotKind::Value(Scalar::Int), &[0, 0]);
    let (index, word) = (build.field(0, Scalar::Int), build.int(9));
    build.op(on_events(), vec![Stmt::StoreItem { first, count: 2, index, word, fault: FAULT }]);
    let mut world = build.world();
    world.event(0, &[words::from_i64(1)]).event(1, &[words::from_i64(2)]).event(2, &[ABSENT_INT]).run();
    assert_eq!(world.rows[first.index()..][..2], [0, 9]);
    assert_eq!(world.faults[0], 2);
}
