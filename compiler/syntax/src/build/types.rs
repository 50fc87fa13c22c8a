//! Types and signatures.

use twin_diagnostics::Span;

use super::{Builder, Parts};
use crate::ast::*;
use crate::grammar::{Node, Rule};

impl Builder<'_> {
    /// A `type_expr` or `schema_type` node.
    pub(crate) fn type_expr(&self, node: Node) -> TypeExpr {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let base = self.type_base(parts.any());
        let base_start = base.span.start;
        let suffixes = parts.all(Rule::type_suffix);
        let mut ty = self.with_suffixes(base, suffixes);
        if let Some(unit) = parts.take(Rule::plain_unit) {
            self.give_unit(&mut ty, self.unit(unit));
        }
        ty.span = Span { start: base_start, ..span };
        ty
    }

    fn type_base(&self, node: Node) -> TypeExpr {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::type_delta => {
                let name = self.ident(Parts::of(node).need(Rule::name));
                let span = name.span;
                let kind = TypeKind::Named { name, size: None, unit: None };
                TypeKind::Delta(Box::new(TypeExpr { kind, span }))
            }
            Rule::type_formula => TypeKind::Formula(self.unit(node)),
            Rule::type_record => {
                let fields = Parts::of(node).all(Rule::type_field);
                TypeKind::Record(fields.into_iter().map(|field| self.type_field(field)).collect())
            }
            _ => {
                let mut parts = Parts::of(node);
                let name = self.ident(parts.need(Rule::name));
                let size = parts.take(Rule::numeral).map(|size| self.numeral(size));
                TypeKind::Named { name, size, unit: None }
            }
        };
        TypeExpr { kind, span }
    }

    fn type_field(&self, node: Node) -> (Ident, TypeExpr) {
        let mut parts = Parts::of(node);
        let name = self.field_name(parts.need(Rule::field_name));
        (name, self.type_expr(parts.need(Rule::type_expr)))
    }

    /// `T[2][3]?`: runs of brackets are taken right to left, so that the first index picks the outer array.
    fn with_suffixes(&self, base: TypeExpr, suffixes: Vec<Node>) -> TypeExpr {
        let start = base.span;
        let mut ty = base;
        let mut brackets: Vec<(ArrayLength, Span)> = Vec::new();
        let wrap = |ty: TypeExpr, brackets: &mut Vec<(ArrayLength, Span)>| {
            let end = brackets.last().map(|bracket| bracket.1);
            brackets.drain(..).rev().fold(ty, |ty, (length, _)| TypeExpr {
                span: start.to(end.unwrap_or(start)),
                kind: TypeKind::Array(Box::new(ty), length),
            })
        };
        for suffix in suffixes {
            let span = self.span(&suffix);
            let mut parts = Parts::of(suffix);
            if parts.take(Rule::optional_mark).is_some() {
                let inner = wrap(ty, &mut brackets);
                ty = TypeExpr { kind: TypeKind::Optional(Box::new(inner)), span: start.to(span) };
                continue;
            }
            let length = match parts.next() {
                Some(node) if node.as_rule() == Rule::numeral => ArrayLength::Number(self.numeral(node)),
                Some(node) => ArrayLength::Name(self.ident(node)),
                None => ArrayLength::Any,
            };
            brackets.push((length, span));
        }
        wrap(ty, &mut brackets)
    }

    /// `real? in K/W`: the unit belongs to the innermost name.
    fn give_unit(&self, ty: &mut TypeExpr, given: UnitExpr) {
        match &mut ty.kind {
            TypeKind::Named { unit, .. } => *unit = Some(given),
            TypeKind::Optional(inner) | TypeKind::Array(inner, _) | TypeKind::Delta(inner) => {
                self.give_unit(inner, given);
            }
            TypeKind::Formula(_) | TypeKind::Record(_) => {
                self.push(crate::errors::unit_of_no_number(given.span));
            }
        }
    }

    /// A `signature` node.
    pub(crate) fn signature(&self, node: Node) -> Signature {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let params = Parts::of(parts.need(Rule::params)).all(Rule::parameter);
        let params: Vec<Parameter> = params.into_iter().map(|param| self.parameter(param)).collect();
        self.check_twice("parameter", params.iter().map(|param| &param.name));
        let result = parts.take(Rule::type_expr).map(|result| self.type_expr(result));
        Signature { params, result, span }
    }

    fn parameter(&self, node: Node) -> Parameter {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::any_word));
        let ty = parts.take(Rule::type_expr).map(|ty| self.type_expr(ty));
        let default = parts.take(Rule::expr).map(|default| self.expr(default));
        Parameter { name, ty, default, span }
    }
}
