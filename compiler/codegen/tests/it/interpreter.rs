//! Expressions as the plan's page defines them, in the plainest way.

use std::collections::HashMap;
use twin_plan::{Compare, ExprId, Exprs, FaultId, NodeKind, Prim};
use twin_types::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, FALSE, PureArgs, Scalar, TRUE, Word};

/// One statement's evaluation.
pub struct Interpreter<'a> {
    pub exprs: &'a Exprs,
    /// Fields of the record.
    pub fields: &'a [Word],
    pub now: i64,
    pub faults: &'a mut [u64],
    memo: HashMap<ExprId, Word>,
}

impl<'a> Interpreter<'a> {
    pub fn new(exprs: &'a Exprs, fields: &'a [Word], now: i64, faults: &'a mut [u64]) -> Interpreter<'a> {
        Interpreter { exprs, fields, now, faults, memo: HashMap::new() }
    }

    pub fn word(&mut self, id: ExprId) -> Word {
        if let Some(word) = self.memo.get(&id) {
            return *word;
        }
        let word = self.compute(id);
        self.memo.insert(id, word);
        word
    }

    fn ty(&self, id: ExprId) -> Scalar {
        self.exprs.get(id).ty
    }

    fn is_there(&mut self, id: ExprId) -> bool {
        let word = self.word(id);
        self.ty(id).is_present(word)
    }

    fn compute(&mut self, id: ExprId) -> Word {
        let exprs = self.exprs;
        let node = exprs.get(id);
        match &node.kind {
            NodeKind::Const(word) => *word,
            NodeKind::Field(_, column) => self.fields[*column as usize],
            NodeKind::Now => self.now as Word,
            NodeKind::Prim(prim, operands, fault) => self.prim(*prim, operands, *fault, node.ty),
            NodeKind::Call(function, arguments, fault) => {
                let x: Vec<f64> = arguments.iter().map(|id| f64::from_bits(self.word(*id))).collect();
                if x.iter().any(|x| x.is_nan()) {
                    return ABSENT_REAL;
                }
                let result = match function.call {
                    PureArgs::One(call) => call(x[0]),
                    PureArgs::Two(call) => call(x[0], x[1]),
                    PureArgs::Three(call) => call(x[0], x[1], x[2]),
                };
                self.real(result, Some(*fault))
            }
            NodeKind::Select(when, then, otherwise) => match self.word(*when) {
                TRUE => self.word(*then),
                FALSE => self.word(*otherwise),
                _ => node.ty.absent(),
            },
            NodeKind::Coalesce(left, right) => {
                if self.is_there(*left) {
                    self.word(*left)
                } else {
                    self.word(*right)
                }
            }
            NodeKind::And(left, right) => match self.word(*left) {
                FALSE => FALSE,
                left => match (left, self.word(*right)) {
                    (_, FALSE) => FALSE,
                    (TRUE, TRUE) => TRUE,
                    _ => ABSENT_BOOL,
                },
            },
            NodeKind::Or(left, right) => match self.word(*left) {
                TRUE => TRUE,
                left => match (left, self.word(*right)) {
                    (_, TRUE) => TRUE,
                    (FALSE, FALSE) => FALSE,
                    _ => ABSENT_BOOL,
                },
            },
            NodeKind::Present(operand) => Word::from(self.is_there(*operand)),
            NodeKind::Pick(items, index, fault) => {
                let words: Vec<Word> = items.iter().map(|item| self.word(*item)).collect();
                match self.word(*index) {
                    ABSENT_INT => node.ty.absent(),
                    place => match words.get(place as usize) {
                        Some(word) => *word,
                        None => self.fault(Some(*fault), node.ty.absent()),
                    },
                }
            }
            other => unreachable!("{other:?} is tested elsewhere"),
        }
    }

    fn fault(&mut self, fault: Option<FaultId>, absent: Word) -> Word {
        if let Some(fault) = fault {
            self.faults[fault.0 as usize] += 1;
        }
        absent
    }

    fn real(&mut self, value: f64, fault: Option<FaultId>) -> Word {
        if value.is_finite() { value.to_bits() } else { self.fault(fault, ABSENT_REAL) }
    }

    fn int(&mut self, value: Option<i64>, fault: Option<FaultId>) -> Word {
        match value.filter(|value| *value != i64::MIN) {
            Some(value) => value as Word,
            None => self.fault(fault, ABSENT_INT),
        }
    }

    fn rounded(&mut self, value: f64, fault: Option<FaultId>) -> Word {
        self.int((value.abs() < 9.2e18).then_some(value as i64), fault)
    }

    fn prim(&mut self, prim: Prim, operands: &[ExprId], fault: Option<FaultId>, ty: Scalar) -> Word {
        let words: Vec<Word> = operands.iter().map(|id| self.word(*id)).collect();
        if operands.iter().zip(&words).any(|(id, word)| !self.ty(*id).is_present(*word)) {
            return ty.absent();
        }
        let x: Vec<f64> = words.iter().map(|word| f64::from_bits(*word)).collect();
        let n: Vec<i64> = words.iter().map(|word| *word as i64).collect();
        match prim {
            Prim::NegReal => self.real(-x[0], fault),
            Prim::AddReal => self.real(x[0] + x[1], fault),
            Prim::SubReal => self.real(x[0] - x[1], fault),
            Prim::MulReal => self.real(x[0] * x[1], fault),
            Prim::DivReal => self.real(x[0] / x[1], fault),
            Prim::AbsReal => self.real(x[0].abs(), fault),
            Prim::SqrtReal => self.real(libm::sqrt(x[0]), fault),
            Prim::MinReal => {
                if x[1] < x[0] {
                    words[1]
                } else {
                    words[0]
                }
            }
            Prim::MaxReal => {
                if x[1] > x[0] {
                    words[1]
                } else {
                    words[0]
                }
            }
            Prim::Floor => self.rounded(libm::floor(x[0]), fault),
            Prim::Ceil => self.rounded(libm::ceil(x[0]), fault),
            Prim::Trunc => self.rounded(libm::trunc(x[0]), fault),
            Prim::Round => self.rounded(libm::rint(x[0]), fault),
            Prim::NegInt => self.int(n[0].checked_neg(), fault),
            Prim::AddInt => self.int(n[0].checked_add(n[1]), fault),
            Prim::SubInt => self.int(n[0].checked_sub(n[1]), fault),
            Prim::MulInt => self.int(n[0].checked_mul(n[1]), fault),
            Prim::DivInt => {
                let quotient = (n[1] != 0).then(|| (i128::from(n[0])).div_euclid(i128::from(n[1])));
                // Euclid rounds towards the side where the remainder is positive; floor differs for n < 0.
                let floor = quotient.map(|q| {
                    let rest = i128::from(n[0]) - q * i128::from(n[1]);
                    if n[1] < 0 && rest != 0 { q - 1 } else { q }
                });
                self.int(floor.map(|q| q as i64), fault)
            }
            Prim::ModInt => {
                let rest = (n[1] != 0).then(|| n[0].wrapping_rem(n[1]));
                self.int(rest.map(|r| if r != 0 && (r < 0) != (n[1] < 0) { r + n[1] } else { r }), fault)
            }
            Prim::AbsInt => self.int(n[0].checked_abs(), fault),
            Prim::MinInt => n[0].min(n[1]) as Word,
            Prim::MaxInt => n[0].max(n[1]) as Word,
            Prim::CompareReal(how) => compare(how, x[0].partial_cmp(&x[1]).expect("both are present")),
            Prim::CompareInt(how) => compare(how, n[0].cmp(&n[1])),
            Prim::CompareBool(how) => compare(how, words[0].cmp(&words[1])),
            Prim::Not => 1 - words[0],
            Prim::IntToReal => self.real(n[0] as f64, fault),
            Prim::NanosToSeconds => self.real(n[0] as f64 / 1e9, fault),
            Prim::SecondsToNanos => self.rounded(libm::rint(x[0] * 1e9), fault),
            Prim::BoolToInt => words[0],
            Prim::IntToOrdered => {
                let bits = n[0].unsigned_abs();
                self.real(f64::from_bits(bits).copysign(if n[0] < 0 { -1.0 } else { 1.0 }), fault)
            }
            Prim::OrderedToInt => {
                let size = x[0].abs().to_bits() as i64;
                (if x[0].is_sign_negative() { -size } else { size }) as Word
            }
            Prim::CompareText(_) | Prim::TextWithin(_) => unreachable!("texts are tested elsewhere"),
        }
    }
}

fn compare(how: Compare, order: std::cmp::Ordering) -> Word {
    Word::from(match how {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
    })
}
