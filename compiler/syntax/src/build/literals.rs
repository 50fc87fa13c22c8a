//! Numbers, units and times.

use super::{Builder, Parts, times};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

impl Builder<'_> {
    /// Any literal node.
    pub(super) fn literal(&self, node: Node) -> ExprKind {
        match node.as_rule() {
            Rule::number => ExprKind::Number(self.number(node)),
            Rule::compound => self.compound(node),
            Rule::timestamp => self.timestamp(node),
            Rule::text => ExprKind::Text(self.text(node)),
            Rule::literal_word => match node.as_str() {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                _ => ExprKind::Absent,
            },
            other => unreachable!("{other:?} is no literal"),
        }
    }

    fn number(&self, node: Node) -> Number {
        let span = self.span(&node);
        let mut parts = node.into_inner();
        let raw = plain_digits(&parts.next().expect("a number has digits"));
        Number { raw, unit: parts.next().map(|unit| self.unit(unit)), span }
    }

    /// A number without a unit, from its `numeral`.
    pub(super) fn numeral(&self, node: Node) -> Number {
        Number { raw: plain_digits(&node), unit: None, span: self.span(&node) }
    }

    /// The same as an expression.
    pub(super) fn bare_number(&self, node: Node) -> Expr {
        let number = self.numeral(node);
        Expr { span: number.span, kind: ExprKind::Number(number) }
    }

    fn compound(&self, node: Node) -> ExprKind {
        let parts = node.into_inner().map(|part| {
            let span = self.span(&part);
            let mut inner = part.into_inner();
            let raw = plain_digits(&inner.next().expect("a part has digits"));
            let name = self.ident(inner.next().expect("a part has a unit"));
            let unit = UnitExpr { span: name.span, factors: vec![UnitFactor { name, halves: 2 }] };
            Number { raw, unit: Some(unit), span }
        });
        ExprKind::Compound(parts.collect())
    }

    fn timestamp(&self, node: Node) -> ExprKind {
        let raw = node.as_str().to_string();
        let nanos = times::parse(&raw).unwrap_or_else(|problem| {
            self.push(errors::timestamp(self.span(&node), &raw, problem));
            0
        });
        ExprKind::Timestamp(Timestamp { raw, nanos })
    }

    /// A `plain_unit` node that is a chunk of its own.
    pub(crate) fn unit_of_plain(&self, node: Node) -> UnitExpr {
        self.unit(node)
    }

    /// A `unit`, `plain_unit`, `percent` or `type_formula` node.
    pub(super) fn unit(&self, node: Node) -> UnitExpr {
        let span = self.span(&node);
        if node.as_rule() == Rule::percent {
            return UnitExpr { factors: vec![UnitFactor { name: self.ident(node), halves: 2 }], span };
        }
        let mut factors = Vec::new();
        let mut is_divided = false;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::percent => factors.push(UnitFactor { name: self.ident(part), halves: 2 }),
                Rule::unit_one => {}
                Rule::unit_times => is_divided = false,
                Rule::unit_per => is_divided = true,
                _ => factors.push(self.unit_factor(part, is_divided)),
            }
        }
        UnitExpr { factors, span }
    }

    fn unit_factor(&self, node: Node, is_divided: bool) -> UnitFactor {
        let mut parts = node.into_inner();
        let name = self.ident(parts.next().expect("a factor has a name"));
        let halves = parts.next().map_or(2, |power| self.halves(&power));
        UnitFactor { name, halves: if is_divided { -halves } else { halves } }
    }

    fn halves(&self, power: &Node) -> i32 {
        let doubled = power.as_str().parse::<f64>().unwrap_or(f64::NAN) * 2.0;
        if doubled.fract() == 0.0 && doubled.abs() <= 200.0 {
            return doubled as i32;
        }
        self.push(errors::unit_power(self.span(power), power.as_str()));
        2
    }

    /// A format behind the colon of a hole.
    pub(super) fn format(&self, node: Node) -> Format {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let decimals = parts.take(Rule::decimals).map(|decimals| {
            decimals.as_str()[1..].parse().ok().filter(|decimals| *decimals <= 20).unwrap_or_else(|| {
                self.push(errors::too_many_decimals(self.span(&decimals)));
                20
            })
        });
        Format { decimals, unit: parts.take(Rule::plain_unit).map(|unit| self.unit(unit)), span }
    }
}

fn plain_digits(node: &Node) -> String {
    node.as_str().replace('_', "")
}
