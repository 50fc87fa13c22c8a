//! Every operation, with every combination of ordinary, extreme and absent operands.

use crate::interpreter::Interpreter;
use crate::plans::{Maker, World, event, native};
use twin_codegen::{Choices, Options};
use twin_plan::expr::PureFn;
use twin_plan::{Compare, ExprId, NodeKind, Prim, Slot, Stmt};
use twin_types::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, PureArgs, Scalar, Word};

const REALS: &[f64] =
    &[0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, 1e300, -1e300, 9.3e18, -9.1e18, 1e-300, f64::MAX, 5e-324];
const INTS: &[i64] = &[0, 1, -1, 2, -3, 7, 1_000_000_007, i64::MAX, i64::MIN + 1, 1 << 62, -(1 << 62)];

/// Words of a scalar to try, absent among them.
pub fn samples(ty: Scalar) -> Vec<Word> {
    match ty {
        Scalar::Real => REALS.iter().map(|x| x.to_bits()).chain([ABSENT_REAL]).collect(),
        Scalar::Bool => vec![0, 1, ABSENT_BOOL],
        _ => INTS.iter().map(|n| *n as Word).chain([ABSENT_INT]).collect(),
    }
}

/// Runs expressions over all records natively and by the interpreter and compares every bit and every fault.
pub fn check(maker: Maker, exprs: &[ExprId], records: &[Vec<Word>], options: Options) {
    let mut maker = maker;
    let mut slots: Vec<Slot> = Vec::new();
    let mut body = Vec::new();
    for (number, expr) in exprs.iter().enumerate() {
        let ty = maker.twin.exprs.get(*expr).ty;
        let (value, slot) = maker.value(&format!("v{number}"), ty);
        slots.push(slot);
        body.push(Stmt::Let(value, *expr));
    }
    maker.on_event(body);
    let plan = maker.finish();
    let kernels = native(&plan, options);
    let mut world = World::new(&plan, 1);
    let mut faults = vec![0; plan.faults.len()];
    for (number, record) in records.iter().enumerate() {
        let row = world.record(0, record);
        world.run(&plan, &kernels.twins[0], &[event(1000 + number as i64, 0, 0, row)]);
        for (expr, slot) in exprs.iter().zip(&slots) {
            let nodes = &plan.twins[0].exprs;
            let expected = Interpreter::new(nodes, record, 1000 + number as i64, &mut faults).word(*expr);
            let found = world.rows[slot.index()];
            assert_eq!(
                found,
                expected,
                "{:?} of {record:x?}: native {found:x}, expected {expected:x}",
                nodes.get(*expr).kind
            );
        }
        assert_eq!(world.faults, faults, "faults of {record:x?} in {:?}", plan.twins[0].exprs.nodes);
    }
}

fn pairs(a: Scalar, b: Scalar) -> Vec<Vec<Word>> {
    samples(a).iter().flat_map(|x| samples(b).into_iter().map(move |y| vec![*x, y])).collect()
}

fn check_prims(prims: &[Prim], operand: Scalar, result: Scalar, arguments: usize) {
    let mut maker = Maker::new(&[operand; 2]);
    let fields = [maker.field(0, operand), maker.field(1, operand)];
    let exprs: Vec<ExprId> =
        prims.iter().map(|prim| maker.prim(*prim, &fields[..arguments], result)).collect();
    check(maker, &exprs, &pairs(operand, operand), Options::default());
}

const COMPARES: [Compare; 6] = [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];

#[test]
fn operations_on_reals() {
    use Prim::*;
    check_prims(&[AddReal, SubReal, MulReal, DivReal, MinReal, MaxReal], Scalar::Real, Scalar::Real, 2);
    check_prims(&[NegReal, AbsReal, SqrtReal], Scalar::Real, Scalar::Real, 1);
    check_prims(&COMPARES.map(CompareReal), Scalar::Real, Scalar::Bool, 2);
    check_prims(&[Floor, Ceil, Trunc, Round, SecondsToNanos], Scalar::Real, Scalar::Int, 1);
}

#[test]
fn operations_on_ints() {
    use Prim::*;
    check_prims(&[AddInt, SubInt, MulInt, DivInt, ModInt, MinInt, MaxInt], Scalar::Int, Scalar::Int, 2);
    check_prims(&[NegInt, AbsInt], Scalar::Int, Scalar::Int, 1);
    check_prims(&COMPARES.map(CompareInt), Scalar::Int, Scalar::Bool, 2);
    check_prims(&[IntToReal, NanosToSeconds, IntToOrdered], Scalar::Int, Scalar::Real, 1);
    check_prims(&[OrderedToInt], Scalar::Real, Scalar::Int, 1);
}

#[test]
fn operations_on_truth_values() {
    check_prims(&COMPARES.map(Prim::CompareBool), Scalar::Bool, Scalar::Bool, 2);
    check_prims(&[Prim::Not], Scalar::Bool, Scalar::Bool, 1);
    check_prims(&[Prim::BoolToInt], Scalar::Bool, Scalar::Int, 1);
}

extern "C" fn log(x: f64) -> f64 {
    libm::log(x)
}

extern "C" fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

extern "C" fn fma_apart(x: f64, y: f64, z: f64) -> f64 {
    x * y + z
}

#[test]
fn pure_builtins() {
    let mut maker = Maker::new(&[Scalar::Real; 2]);
    let (x, y) = (maker.field(0, Scalar::Real), maker.field(1, Scalar::Real));
    let calls = [
        (PureFn { name: "log", call: PureArgs::One(log) }, vec![x]),
        (PureFn { name: "atan2", call: PureArgs::Two(atan2) }, vec![x, y]),
        (PureFn { name: "muladd", call: PureArgs::Three(fma_apart) }, vec![x, y, x]),
    ];
    let exprs: Vec<ExprId> = calls
        .into_iter()
        .map(|(function, arguments)| {
            let fault = maker.fault();
            maker.node(NodeKind::Call(function, arguments, fault), Scalar::Real)
        })
        .collect();
    check(maker, &exprs, &pairs(Scalar::Real, Scalar::Real), Options::default());
}

/// Choices whose sides can fault, for each way of making choices.
#[test]
fn choices_count_no_fault_of_what_is_not_taken() {
    for choices in [Choices::Selects, Choices::Branches] {
        let mut maker = Maker::new(&[Scalar::Real, Scalar::Real, Scalar::Bool, Scalar::Bool]);
        let (x, y) = (maker.field(0, Scalar::Real), maker.field(1, Scalar::Real));
        let (p, q) = (maker.field(2, Scalar::Bool), maker.field(3, Scalar::Bool));
        let quotient = maker.prim(Prim::DivReal, &[x, y], Scalar::Real);
        let product = maker.prim(Prim::MulReal, &[x, y], Scalar::Real);
        let root = maker.prim(Prim::SqrtReal, &[product], Scalar::Real);
        let select = maker.node(NodeKind::Select(p, quotient, root), Scalar::Real);
        let coalesce = maker.node(NodeKind::Coalesce(quotient, root), Scalar::Real);
        let one = maker.real(1.0);
        let small = maker.prim(Prim::CompareReal(Compare::Lt), &[quotient, one], Scalar::Bool);
        let and = maker.node(NodeKind::And(p, small), Scalar::Bool);
        let or = maker.node(NodeKind::Or(p, small), Scalar::Bool);
        let both = maker.node(NodeKind::And(and, or), Scalar::Bool);
        let present = maker.node(NodeKind::Present(quotient), Scalar::Bool);
        let mixed = maker.node(NodeKind::Select(q, small, present), Scalar::Bool);
        let sum = maker.prim(Prim::AddReal, &[select, coalesce], Scalar::Real);
        let log_fault = maker.fault();
        let call = NodeKind::Call(PureFn { name: "log", call: PureArgs::One(log) }, vec![product], log_fault);
        let call = maker.node(call, Scalar::Real);
        let heavy = maker.node(NodeKind::Select(p, call, root), Scalar::Real);
        let heavier = maker.node(NodeKind::Select(q, heavy, call), Scalar::Real);
        let last = maker.node(NodeKind::Coalesce(heavier, sum), Scalar::Real);
        let exprs = [select, coalesce, and, or, both, present, mixed, sum, heavy, heavier, last];
        let mut records = Vec::new();
        for pair in pairs(Scalar::Real, Scalar::Real) {
            for truths in pairs(Scalar::Bool, Scalar::Bool) {
                records.push([pair.clone(), truths].concat());
            }
        }
        check(maker, &exprs, &records, Options { choices, ..Options::default() });
    }
}

#[test]
fn choices_of_ints_and_truth_values() {
    let mut maker = Maker::new(&[Scalar::Int, Scalar::Int, Scalar::Bool, Scalar::Bool]);
    let (m, n) = (maker.field(0, Scalar::Int), maker.field(1, Scalar::Int));
    let (p, q) = (maker.field(2, Scalar::Bool), maker.field(3, Scalar::Bool));
    let sum = maker.prim(Prim::AddInt, &[m, n], Scalar::Int);
    let five = maker.int(5);
    let exprs = [
        maker.node(NodeKind::Select(p, sum, n), Scalar::Int),
        maker.node(NodeKind::Coalesce(sum, n), Scalar::Int),
        maker.node(NodeKind::Coalesce(sum, five), Scalar::Int),
        maker.node(NodeKind::Select(p, q, p), Scalar::Bool),
        maker.node(NodeKind::Coalesce(p, q), Scalar::Bool),
        maker.node(NodeKind::Present(p), Scalar::Bool),
        maker.node(NodeKind::Present(sum), Scalar::Bool),
    ];
    let mut records = Vec::new();
    for pair in pairs(Scalar::Int, Scalar::Int) {
        for truths in pairs(Scalar::Bool, Scalar::Bool) {
            records.push([pair.clone(), truths].concat());
        }
    }
    check(maker, &exprs, &records, Options::default());
}

/// A quotient that is reached first within one branch, then twice within another, through nodes that count faults too.
#[test]
fn a_node_of_two_branches_is_evaluated_once() {
    let mut maker = Maker::new(&[Scalar::Real, Scalar::Real, Scalar::Bool, Scalar::Bool]);
    let (x, y) = (maker.field(0, Scalar::Real), maker.field(1, Scalar::Real));
    let (p, q) = (maker.field(2, Scalar::Bool), maker.field(3, Scalar::Bool));
    let quotient = maker.prim(Prim::DivReal, &[x, y], Scalar::Real);
    let product = maker.prim(Prim::MulReal, &[y, quotient], Scalar::Real);
    let difference = maker.prim(Prim::SubReal, &[x, quotient], Scalar::Real);
    let sum = maker.prim(Prim::AddReal, &[product, difference], Scalar::Real);
    let fault = maker.fault();
    let index = maker.int(1);
    let pick = maker.node(NodeKind::Pick(vec![x, sum, y], index, fault), Scalar::Real);
    let first = maker.node(NodeKind::Coalesce(quotient, pick), Scalar::Real);
    let second = maker.node(NodeKind::Select(q, sum, first), Scalar::Real);
    let both = maker.prim(Prim::AddReal, &[first, second], Scalar::Real);
    let choice = maker.node(NodeKind::Select(p, both, sum), Scalar::Real);
    let mut records = Vec::new();
    for pair in pairs(Scalar::Real, Scalar::Real) {
        for truths in pairs(Scalar::Bool, Scalar::Bool) {
            records.push([pair.clone(), truths].concat());
        }
    }
    check(maker, &[choice], &records, Options::default());
}

#[test]
fn picking_an_item() {
    let mut maker = Maker::new(&[Scalar::Int, Scalar::Real]);
    let (index, x) = (maker.field(0, Scalar::Int), maker.field(1, Scalar::Real));
    let (one, two) = (maker.real(1.0), maker.real(2.0));
    let quotient = maker.prim(Prim::DivReal, &[one, x], Scalar::Real);
    let fault = maker.fault();
    let pick = maker.node(NodeKind::Pick(vec![one, quotient, two], index, fault), Scalar::Real);
    check(maker, &[pick], &pairs(Scalar::Int, Scalar::Real), Options::default());
}
