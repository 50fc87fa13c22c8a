//! Choices and literals of several parts: `if`, `match`, records, arrays.

use crate::checker::Checker;
use crate::constant::to_const;
use crate::errors::types as errors;
use crate::hir::{Const, Expr, ExprKind};
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, BinaryOp, ExprKind as Syntax, Pattern};
use twin_types::{RecordField, RecordType, Type};

impl Checker<'_> {
    pub(super) fn choice(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let when = self.condition(condition, "`if`");
        let known = self.nonzero.len();
        self.learn_nonzero(condition);
        let a = self.infer(then, expected);
        self.nonzero.truncate(known);
        let wanted =
            if matches!(a.ty, Type::Absent | Type::Error) { expected.cloned() } else { Some(a.ty.clone()) };
        self.learn_nonzero_otherwise(condition);
        let b = self.infer(otherwise, wanted.as_ref());
        self.nonzero.truncate(known);
        // Written the other way round, the literal adapts just as well.
        let is_literal =
            !matches!(then.kind, Syntax::If { .. }) && self.adapts(then) && !self.adapts(otherwise);
        let a = if is_literal && a.ty != b.ty && !b.is_error() && !a.is_error() {
            self.infer(then, Some(&b.ty))
        } else {
            a
        };
        let (a, b) = self.unified(a, b, "the branches of `if`");
        if when.is_error() || a.is_error() || b.is_error() {
            return Expr::error(span);
        }
        let clock = self.merged_clock([&when, &a, &b]);
        let optional = when.optional || a.optional || b.optional;
        let (ty, unit) = (a.ty.clone(), a.unit.clone().or_else(|| b.unit.clone()));
        let kind = ExprKind::If(Box::new(when), Box::new(a), Box::new(b));
        Expr::new(kind, ty, span).with(clock, optional).shown_in(unit)
    }

    pub(super) fn matched(
        &mut self,
        subject: &ast::Expr,
        arms: &[ast::MatchArm],
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let of = self.infer(subject, None);
        let mut values: Vec<(Vec<Const>, Expr)> = Vec::new();
        let mut rest: Option<Expr> = None;
        let mut wanted = expected.cloned();
        let mut seen: Vec<Const> = Vec::new();
        for arm in arms {
            let patterns = self.patterns(&arm.pattern, &of, &mut seen);
            let value = self.infer(&arm.value, wanted.as_ref());
            if wanted.is_none() && !matches!(value.ty, Type::Error | Type::Absent) {
                wanted = Some(value.ty.clone());
            }
            match &arm.pattern {
                Pattern::Else => rest = Some(value),
                Pattern::AnyOf(_) => values.push((patterns, value)),
            }
        }
        if of.is_error() {
            return Expr::error(span);
        }
        if rest.is_none() {
            self.check_complete(&of, &seen, span);
        }
        self.assembled_match(of, values, rest, span)
    }

    /// All arms as one type.
    fn assembled_match(
        &mut self,
        of: Expr,
        values: Vec<(Vec<Const>, Expr)>,
        rest: Option<Expr>,
        span: Span,
    ) -> Expr {
        let mut ty = Type::Absent;
        for value in values.iter().map(|(_, v)| v).chain(&rest) {
            match self.joined(&ty, &value.ty) {
                Some(joined) => ty = joined,
                None => {
                    let finding = errors::arms(self, &ty, value);
                    return self.fail(finding, span);
                }
            }
        }
        if ty == Type::Error {
            return Expr::error(span);
        }
        let is_partial = rest.is_none();
        let mut arms = Vec::new();
        for (patterns, value) in values {
            let value = self.fitted(value, &ty).unwrap_or_else(|e| *e);
            arms.extend(patterns.into_iter().map(|pattern| (pattern, value.clone())));
        }
        let rest = rest.map(|value| Box::new(self.fitted(value, &ty).unwrap_or_else(|e| *e)));
        let values = || arms.iter().map(|(_, value)| value).chain(rest.as_deref());
        let clock = self.merged_clock(std::iter::once(&of).chain(values()));
        let optional = is_partial || of.optional || values().any(|value| value.optional);
        let unit = values().find_map(|value| value.unit.clone());
        let kind = ExprKind::Match(Box::new(of), arms, rest);
        Expr::new(kind, ty, span).with(clock, optional).shown_in(unit)
    }

    fn patterns(&mut self, pattern: &Pattern, of: &Expr, seen: &mut Vec<Const>) -> Vec<Const> {
        let Pattern::AnyOf(choices) = pattern else { return Vec::new() };
        let mut constants = Vec::new();
        for choice in choices {
            let value = match (&choice.kind, &of.ty) {
                (Syntax::Name(name), Type::Enum(id)) => self.enum_value(*id, name),
                _ => self.infer(choice, Some(&of.ty)),
            };
            if value.is_error() || of.is_error() {
                continue;
            }
            let compared = self.compared(BinaryOp::Equal, of.clone(), value.clone(), choice.span);
            if compared.is_error() {
                continue;
            }
            let value = self.fitted(value, &of.ty).unwrap_or_else(|e| *e);
            match self.constant(&value) {
                Some(constant) => {
                    let constant = to_const(&constant);
                    if seen.contains(&constant) {
                        self.push(errors::matched_twice(&self.words(choice.span), choice.span));
                    }
                    seen.push(constant.clone());
                    constants.push(constant);
                }
                None => self.not_constant_here("a line of `match`", choice.span),
            }
        }
        constants
    }

    /// Without `else`, every value of an enum has its line.
    fn check_complete(&mut self, of: &Expr, seen: &[Const], span: Span) {
        let Type::Enum(id) = of.ty else { return };
        let Some(declared) = self.program.enums.get(id.0 as usize) else { return };
        let is_seen = |at: usize| seen.contains(&Const::Word(twin_types::words::from_i64(at as i64)));
        let missing: Vec<String> = declared
            .values
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_seen(*at))
            .map(|(_, v)| v.clone())
            .collect();
        if !missing.is_empty() {
            self.push(errors::match_misses(&missing, span));
        }
    }

    pub(super) fn record(
        &mut self,
        fields: &[ast::RecordField],
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        let target = match expected {
            Some(Type::Record(record)) => Some(record.clone()),
            _ => None,
        };
        let mut ty = RecordType::default();
        let mut values = Vec::new();
        for field in fields {
            // The second of one name has been reported where it is read.
            if ty.fields.iter().any(|f| f.name == field.name.text) {
                continue;
            }
            let known = target.as_ref().and_then(|t| t.fields.iter().find(|f| f.name == field.name.text));
            let value = self.field_value(field, known.map(|f| f.ty.clone()).as_ref());
            ty.fields.push(RecordField {
                name: field.name.text.clone(),
                ty: value.ty.clone(),
                optional: value.optional,
            });
            values.push(value);
        }
        if values.iter().any(Expr::is_error) {
            return Expr::error(span);
        }
        let clock = self.merged_clock(&values);
        Expr::new(ExprKind::Record(values), Type::Record(Arc::new(ty)), span).with(clock, false)
    }

    /// The value of a record's field; `vin` alone is the signal of that name.
    pub(crate) fn field_value(&mut self, field: &ast::RecordField, expected: Option<&Type>) -> Expr {
        match &field.value {
            Some(value) => self.infer(value, expected),
            None => {
                let kind = Syntax::Name(field.name.clone());
                self.infer(&ast::Expr { kind, span: field.name.span }, expected)
            }
        }
    }

    pub(super) fn array(&mut self, items: &[ast::Expr], expected: Option<&Type>, span: Span) -> Expr {
        let mut wanted = match expected {
            Some(Type::Array(item, _)) => Some((**item).clone()),
            _ => None,
        };
        let mut values = Vec::new();
        let mut ty = Type::Absent;
        for item in items {
            let value = self.infer(item, wanted.as_ref());
            if wanted.is_none() && !value.is_error() {
                wanted = Some(value.ty.clone());
            }
            match self.joined(&ty, &value.ty) {
                Some(joined) => ty = joined,
                None => {
                    let finding = errors::array_items(self, &ty, &value);
                    return self.fail(finding, span);
                }
            }
            values.push(value);
        }
        if ty == Type::Error {
            return Expr::error(span);
        }
        if items.is_empty() {
            return self.fail(errors::empty_array(span), span);
        }
        let values: Vec<Expr> =
            values.into_iter().map(|v| self.fitted(v, &ty).unwrap_or_else(|e| *e)).collect();
        let clock = self.merged_clock(&values);
        let optional = values.iter().any(|v| v.optional);
        let unit = values.iter().find_map(|v| v.unit.clone());
        let length = values.len() as u32;
        let kind = ExprKind::Array(values);
        Expr::new(kind, Type::Array(Box::new(ty), length), span).with(clock, optional).shown_in(unit)
    }
}
