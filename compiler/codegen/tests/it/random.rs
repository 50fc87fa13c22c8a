//! Random expressions.

use crate::expressions::{check, samples};
use crate::plans::Maker;
use proptest::prelude::*;
use twin_codegen::{Choices, Options};
use twin_plan::kernel::Batch;
use twin_plan::{Compare, ExprId, NodeKind, Prim};
use twin_types::{ABSENT_STRING, Scalar, Word};

/// A stream of numbers that never ends.
pub struct Draw {
    numbers: Vec<u32>,
    at: usize,
}

impl Draw {
    pub fn new(numbers: Vec<u32>) -> Draw {
        Draw { numbers, at: 0 }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at % self.numbers.len()).copied().unwrap_or(0);
        // Each time through the list gives other numbers.
        let turned = number.wrapping_add(((self.at / self.numbers.len()) as u32).wrapping_mul(0x9e37_79b9));
        self.at += 1;
        turned as usize % n
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Nodes by scalar, to make others of.
#[derive(Default)]
pub struct Pool {
    nodes: [Vec<ExprId>; 4],
}

impl Pool {
    pub const TYPES: [Scalar; 4] = [Scalar::Real, Scalar::Int, Scalar::Bool, Scalar::String];
    /// Columns of an input.
    pub const COLUMNS: [Scalar; 7] =
        [Scalar::Real, Scalar::Real, Scalar::Int, Scalar::Int, Scalar::Bool, Scalar::Bool, Scalar::String];

    /// With the fields of the first input.
    pub fn with_fields(maker: &mut Maker) -> Pool {
        let mut pool = Pool::default();
        for (at, ty) in Pool::COLUMNS.iter().enumerate().take(6) {
            pool.add(maker, NodeKind::Field(0, at as u32), *ty);
        }
        pool
    }

    fn of(ty: Scalar) -> usize {
        Pool::TYPES.iter().position(|t| *t == ty).expect("one of the four")
    }

    pub fn add(&mut self, maker: &mut Maker, kind: NodeKind, ty: Scalar) -> ExprId {
        let id = maker.node(kind, ty);
        self.nodes[Pool::of(ty)].push(id);
        id
    }

    /// A node of a scalar.
    pub fn pick(&mut self, draw: &mut Draw, ty: Scalar) -> ExprId {
        let nodes = &self.nodes[Pool::of(ty)];
        // Mostly one of the newest, so that expressions grow.
        let back = if draw.chance(60) { draw.below(nodes.len().min(4)) } else { draw.below(nodes.len()) };
        nodes[nodes.len() - 1 - back]
    }

    pub fn newest(&self) -> Vec<ExprId> {
        self.nodes.iter().take(3).filter_map(|ids| ids.last().copied()).collect()
    }

    /// A word per column.
    pub fn record(draw: &mut Draw, batch: &mut Batch) -> Vec<Word> {
        let word = |ty: &Scalar| match ty {
            Scalar::String => match draw.below(4) {
                0 => ABSENT_STRING,
                1 => batch.add_text(b"much too long"),
                _ => batch.add_text(b"drei"),
            },
            ty => {
                let words = samples(*ty);
                words[draw.below(words.len())]
            }
        };
        Pool::COLUMNS.iter().map(word).collect()
    }

    /// One node more, of nodes that are there.
    pub fn grow(&mut self, maker: &mut Maker, draw: &mut Draw) {
        let [x, y] = [(); 2].map(|()| self.pick(draw, Scalar::Real));
        let [m, n] = [(); 2].map(|()| self.pick(draw, Scalar::Int));
        let [p, q, r] = [(); 3].map(|()| self.pick(draw, Scalar::Bool));
        let (kind, ty) = match draw.below(44) {
            0..=2 => (Prim::AddReal.on(maker, &[x, y]), Scalar::Real),
            3 | 4 => (Prim::SubReal.on(maker, &[x, y]), Scalar::Real),
            5..=7 => (Prim::MulReal.on(maker, &[x, y]), Scalar::Real),
            8..=10 => (Prim::DivReal.on(maker, &[x, y]), Scalar::Real),
            11 => (Prim::SqrtReal.on(maker, &[x]), Scalar::Real),
            12 => (Prim::NegReal.on(maker, &[x]), Scalar::Real),
            13 => (Prim::MinReal.on(maker, &[x, y]), Scalar::Real),
            14 => {
                let prim = if draw.chance(50) { Prim::IntToReal } else { Prim::IntToOrdered };
                (prim.on(maker, &[m]), Scalar::Real)
            }
            15..=17 => (NodeKind::Select(r, x, y), Scalar::Real),
            18 | 19 => (NodeKind::Coalesce(x, y), Scalar::Real),
            20 => (Prim::AddInt.on(maker, &[m, n]), Scalar::Int),
            21 => (Prim::MulInt.on(maker, &[m, n]), Scalar::Int),
            22 => (Prim::DivInt.on(maker, &[m, n]), Scalar::Int),
            23 => (Prim::ModInt.on(maker, &[m, n]), Scalar::Int),
            24 => {
                let prim = if draw.chance(50) { Prim::Round } else { Prim::OrderedToInt };
                (prim.on(maker, &[x]), Scalar::Int)
            }
            25 => (NodeKind::Select(r, m, n), Scalar::Int),
            26 => (NodeKind::Coalesce(m, n), Scalar::Int),
            27 => (Prim::BoolToInt.on(maker, &[p]), Scalar::Int),
            28 => (Prim::SubInt.on(maker, &[m, n]), Scalar::Int),
            29 => (Prim::CompareReal(Compare::Lt).on(maker, &[x, y]), Scalar::Bool),
            30 => (Prim::CompareReal(Compare::Eq).on(maker, &[x, y]), Scalar::Bool),
            31 => (Prim::CompareInt(Compare::Ge).on(maker, &[m, n]), Scalar::Bool),
            32 => (Prim::Not.on(maker, &[p]), Scalar::Bool),
            33 => (NodeKind::And(p, q), Scalar::Bool),
            34 => (NodeKind::Or(p, q), Scalar::Bool),
            35 => (NodeKind::Select(r, p, q), Scalar::Bool),
            36 => (NodeKind::Coalesce(p, q), Scalar::Bool),
            37 => (NodeKind::Present(x), Scalar::Bool),
            38 => (NodeKind::Present(m), Scalar::Bool),
            39 => {
                let fault = maker.fault();
                (NodeKind::Pick(vec![x, y, x], m, fault), Scalar::Real)
            }
            40 if !self.nodes[3].is_empty() => {
                let [s, t] = [(); 2].map(|()| self.pick(draw, Scalar::String));
                (NodeKind::Prim(Prim::CompareText(Compare::Le), vec![s, t], None), Scalar::Bool)
            }
            41 if !self.nodes[3].is_empty() => {
                let [s, t] = [(); 2].map(|()| self.pick(draw, Scalar::String));
                (NodeKind::Select(p, s, t), Scalar::String)
            }
            42 if !self.nodes[3].is_empty() => {
                (NodeKind::Table { table: 0, key: None, column: None }, Scalar::Bool)
            }
            _ => (Prim::CompareBool(Compare::Eq).on(maker, &[p, q]), Scalar::Bool),
        };
        self.add(maker, kind, ty);
    }
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
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_give_the_same_bits_and_faults(
        numbers in proptest::collection::vec(any::<u32>(), 10..200),
        choices in prop_oneof![Just(Choices::Auto), Just(Choices::Selects), Just(Choices::Branches)],
    ) {
        let mut draw = Draw::new(numbers);
        let mut maker = Maker::new(&Pool::COLUMNS);
        let mut pool = Pool::with_fields(&mut maker);
        for _ in 0..1 + draw.below(40) {
            pool.grow(&mut maker, &mut draw);
        }
        let mut batch = Batch::default();
        let records: Vec<Vec<Word>> =
            (0..1 + draw.below(12)).map(|_| Pool::record(&mut draw, &mut batch)).collect();
        let exprs = pool.newest();
        check(maker, &exprs, &records, Options { choices, ..Options::default() });
    }
}
