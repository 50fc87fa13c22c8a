//! Aggregates over the twins that a twin is made of. What a part has is not looked into yet: what is reckoned from it
//! has no type, and no run can carry it out.

use super::aggregates::parameters;
use crate::checker::Checker;
use crate::errors::names as errors;
use crate::hir::Expr;
use crate::scope::Binding;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax};
use twin_types::Aggregate;

impl Checker<'_> {
    /// Whether a call without a window takes a part: `count(turbines where …)`, `sum(turbines.power)`.
    pub(super) fn is_over_parts(&self, call: &ast::Call) -> bool {
        call.window.is_none() && call.args.first().is_some_and(|arg| self.names_part(&arg.value))
    }

    /// Its arguments are the aggregate's own, and how many parts must have a value at least.
    pub(super) fn over_parts(&mut self, aggregate: Aggregate, call: &ast::Call, span: Span) -> Expr {
        let name = self.words(call.callee.span);
        let mut params = parameters(aggregate).to_vec();
        params.push(("at_least", true));
        let slots = self.arguments(&name, &params, call, span);
        if let Some(Some(least)) = slots.as_ref().and_then(|slots| slots.last()) {
            self.constant_count(least, "`at_least`");
        }
        Expr::error(span)
    }

    /// Reports where `for … in` names something else than a part.
    pub(crate) fn is_a_part(&mut self, written: &ast::Expr) -> bool {
        let is_part = self.names_part(written);
        let is_reported = match &written.kind {
            Syntax::Name(name) => matches!(self.lookup(&name.text), Some((Binding::Unknown, _))),
            _ => false,
        };
        if !is_part && !is_reported {
            let text = self.words(written.span);
            let name = ast::Ident { text, span: written.span };
            self.push(errors::unknown_stream(&name, "part of this twin", None));
        }
        is_part
    }

    /// A part, or a signal of it.
    fn names_part(&self, written: &ast::Expr) -> bool {
        match &written.kind {
            Syntax::Name(name) => matches!(self.lookup(&name.text), Some((Binding::Part, _))),
            Syntax::Field { of, .. } => self.names_part(of),
            _ => false,
        }
    }
}
