//! Random expressions.

use crate::expressions::{check, samples};
use crate::plans::Maker;
use proptest::prelude::*;
use twin_codegen::{Choices, Options};
use twin_plan::{Compare, ExprId, NodeKind, Prim};
use twin_types::Scalar;

const TYPES: [Scalar; 3] = [Scalar::Real, Scalar::Int, Scalar::Bool];

/// A node in the making: which kind, and which of the nodes so far are its operands.
type Pick = (u8, usize, usize, usize);

fn add(maker: &mut Maker, pool: &mut [Vec<ExprId>; 3], (kind, a, b, c): Pick) {
    let of = |pool: &[Vec<ExprId>; 3], ty: usize, at: usize| pool[ty][at % pool[ty].len()];
    let (x, y) = (of(pool, 0, a), of(pool, 0, b));
    let (m, n) = (of(pool, 1, a), of(pool, 1, b));
    let (p, q) = (of(pool, 2, a), of(pool, 2, b));
    let (kind, ty) = match kind % 40 {
        0..=2 => (Prim::AddReal.on(maker, &[x, y]), 0),
        3 | 4 => (Prim::SubReal.on(maker, &[x, y]), 0),
        5..=7 => (Prim::MulReal.on(maker, &[x, y]), 0),
        8..=10 => (Prim::DivReal.on(maker, &[x, y]), 0),
        11 => (Prim::SqrtReal.on(maker, &[x]), 0),
        12 => (Prim::NegReal.on(maker, &[x]), 0),
        13 => (Prim::MinReal.on(maker, &[x, y]), 0),
        14 => (Prim::IntToReal.on(maker, &[m]), 0),
        15..=17 => (NodeKind::Select(of(pool, 2, c), x, y), 0),
        18 | 19 => (NodeKind::Coalesce(x, y), 0),
        20 => (Prim::AddInt.on(maker, &[m, n]), 1),
        21 => (Prim::MulInt.on(maker, &[m, n]), 1),
        22 => (Prim::DivInt.on(maker, &[m, n]), 1),
        23 => (Prim::ModInt.on(maker, &[m, n]), 1),
        24 => (Prim::Round.on(maker, &[x]), 1),
        25 => (NodeKind::Select(of(pool, 2, c), m, n), 1),
        26 => (NodeKind::Coalesce(m, n), 1),
        27 => (Prim::BoolToInt.on(maker, &[p]), 1),
        28 => (Prim::SubInt.on(maker, &[m, n]), 1),
        29 => (Prim::CompareReal(Compare::Lt).on(maker, &[x, y]), 2),
        30 => (Prim::CompareReal(Compare::Eq).on(maker, &[x, y]), 2),
        31 => (Prim::CompareInt(Compare::Ge).on(maker, &[m, n]), 2),
        32 => (Prim::Not.on(maker, &[p]), 2),
        33 => (NodeKind::And(p, q), 2),
        34 => (NodeKind::Or(p, q), 2),
        35 => (NodeKind::Select(of(pool, 2, c), p, q), 2),
        36 => (NodeKind::Coalesce(p, q), 2),
        37 => (NodeKind::Present(x), 2),
        38 => (NodeKind::Present(m), 2),
        _ => (Prim::CompareBool(Compare::Eq).on(maker, &[p, q]), 2),
    };
    let id = maker.node(kind, TYPES[ty]);
    pool[ty].push(id);
}

trait On {
    fn on(self, maker: &mut Maker, operands: &[ExprId]) -> NodeKind;
}

impl On for Prim {
    fn on(self, maker: &mut Maker, operands: &[ExprId]) -> NodeKind {
        let fault = self.can_fault().then(|| maker.fault());
        NodeKind::Prim(self, operands.to_vec(), fault)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn expressions_give_the_same_bits_and_faults(
        picks in proptest::collection::vec(any::<(u8, usize, usize, usize)>(), 1..40),
        records in proptest::collection::vec(any::<[usize; 6]>(), 1..12),
        choices in prop_oneof![Just(Choices::Selects), Just(Choices::Branches)],
    ) {
        let columns = [Scalar::Real, Scalar::Real, Scalar::Int, Scalar::Int, Scalar::Bool, Scalar::Bool];
        let mut maker = Maker::new(&columns);
        let mut pool: [Vec<ExprId>; 3] = Default::default();
        for (at, ty) in columns.iter().enumerate() {
            let field = maker.field(at as u32, *ty);
            pool[at / 2].push(field);
        }
        let zero = maker.real(0.0);
        pool[0].push(zero);
        picks.into_iter().for_each(|pick| add(&mut maker, &mut pool, pick));
        let exprs: Vec<ExprId> = pool.iter().filter_map(|ids| ids.last().copied()).collect();
        let records: Vec<Vec<u64>> = records
            .iter()
            .map(|picks| {
                columns.iter().zip(picks).map(|(ty, pick)| {
                    let words = samples(*ty);
                    words[pick % words.len()]
                }).collect()
            })
            .collect();
        check(maker, &exprs, &records, Options { choices, ..Options::default() });
    }
}
