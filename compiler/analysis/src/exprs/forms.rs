//! Forms with a memory of one or a few values: `prev`, `hold`, `changed`, `rising`, `final` and their kin.

use crate::checker::{Checker, Place};
use crate::errors::{time as errors, types as type_errors};
use crate::hir::{self, Clock, Expr, ExprKind, InputId, Member, Operator, SignalId, SignalKind};
use crate::scope::Binding;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, BinaryOp, ExprKind as Syntax, Ident};
use twin_types::{Kind, Quantity, Type, Unit};

impl Checker<'_> {
    pub(super) fn form(&mut self, name: &Ident, call: &ast::Call, span: Span) -> Expr {
        let params: &[(&str, bool)] = match name.text.as_str() {
            "hold" => &[("x", false), ("for", false)],
            "lag" => &[("x", false), ("by", false)],
            "prev" => &[("x", false), ("n", true)],
            _ => &[("x", false)],
        };
        let Some(slots) = self.arguments(&name.text, params, call, span) else { return Expr::error(span) };
        let (Some(Some(x)), second) = (slots.first().copied(), slots.get(1).copied().flatten()) else {
            return Expr::error(span);
        };
        match name.text.as_str() {
            "present" => return self.present(x, span),
            "silent" => return self.fail(errors::silent(span), span),
            "final" => return self.final_of(x, span),
            _ => {}
        }
        if !self.state_is_allowed(&name.text, false, span) {
            self.infer(x, None);
            return Expr::error(span);
        }
        match name.text.as_str() {
            "rising" | "falling" | "held" => {
                let x = self.condition(x, &format!("`{}`", name.text));
                self.edge(&name.text, x, span)
            }
            "prev" | "lag" => self.earlier(&name.text, x, second, span),
            "hold" | "latest" | "age" => self.tracked(&name.text, x, second, span),
            "changed" => {
                let x = self.infer(x, None);
                if x.is_error() || !self.is_free_of_locals(&x, "changed", span) {
                    return Expr::error(span);
                }
                let clock = x.clock.clone();
                self.operator(Operator::Changed(x), Type::Bool, (false, clock, None), span)
            }
            _ => self.difference(&name.text, x, span),
        }
    }

    /// Whether something with state may stand here; else a finding.
    pub(crate) fn state_is_allowed(&mut self, what: &str, is_large: bool, span: Span) -> bool {
        let is_allowed = match self.place {
            Place::Free => true,
            Place::Handler | Place::Message => !is_large,
            Place::Function | Place::Plain(_) => false,
        };
        if !is_allowed {
            self.push(errors::stateful_place(what, self.place, span));
        }
        is_allowed
    }

    /// An operator stands before its member, where no local name of a statement is known yet.
    pub(crate) fn is_free_of_locals(&mut self, expr: &Expr, what: &str, span: Span) -> bool {
        let is_free = !reads_local(expr);
        if !is_free {
            self.push(errors::local_in_operator(what, span));
        }
        is_free
    }

    /// Adds an operator before the member that is being checked, and reads its value.
    pub(crate) fn operator(
        &mut self,
        operator: Operator,
        ty: Type,
        (optional, clock, unit): (bool, Clock, Option<Unit>),
        span: Span,
    ) -> Expr {
        let id = self.add_signal(hir::Signal {
            name: self.words(span),
            kind: SignalKind::Operator,
            ty: ty.clone(),
            optional,
            unit: unit.clone(),
            clock: clock.clone(),
            span,
            doc: String::new(),
        });
        self.add_member(Member::Operator(id, operator));
        self.twin.operators.push(id);
        Expr::new(ExprKind::Signal(id), ty, span).with(clock, optional).shown_in(unit)
    }

    fn present(&mut self, x: &ast::Expr, span: Span) -> Expr {
        if let Syntax::Name(name) = &x.kind
            && let Some(table) = self.table_named(&name.text)
        {
            if !self.check_table_key(table, name.span) {
                return Expr::error(span);
            }
            self.use_table(table);
            return Expr::new(ExprKind::TableHas { table, key: None }, Type::Bool, span);
        }
        if let Syntax::Index { of, index } = &x.kind
            && let Syntax::Name(name) = &of.kind
            && let Some(table) = self.table_named(&name.text)
        {
            let key = self.table_key(table, index);
            self.use_table(table);
            let clock = key.clock.clone();
            let kind = ExprKind::TableHas { table, key: Some(Box::new(key)) };
            return Expr::new(kind, Type::Bool, span).with(clock, false);
        }
        let x = self.infer(x, None);
        if x.is_error() {
            return x;
        }
        let clock = x.clock.clone();
        Expr::new(ExprKind::Present(Box::new(x)), Type::Bool, span).with(clock, false)
    }

    fn edge(&mut self, form: &str, x: Expr, span: Span) -> Expr {
        if x.is_error() || !self.is_free_of_locals(&x, form, span) {
            return Expr::error(span);
        }
        let clock = x.clock.clone();
        match form {
            "rising" => self.operator(Operator::Rising(x), Type::Bool, (false, clock, None), span),
            "falling" => self.operator(Operator::Falling(x), Type::Bool, (false, clock, None), span),
            _ => {
                let optional = x.optional;
                let held = self.operator(Operator::Held(x), Type::Duration, (optional, clock, None), span);
                let ExprKind::Signal(id) = held.kind else { return held };
                Expr::new(ExprKind::HeldFor(id), Type::Duration, span).with(Clock::Held, optional)
            }
        }
    }

    fn earlier(&mut self, form: &str, x: &ast::Expr, second: Option<&ast::Expr>, span: Span) -> Expr {
        let x = self.infer(x, None);
        let (n, by_ns) = match (form, second) {
            ("lag", Some(by)) => (Some(1), self.constant_duration(by, "the time of `lag`")),
            (_, Some(n)) => (self.constant_count(n, "the number of values back"), Some(0)),
            (_, None) => (Some(1), Some(0)),
        };
        let (Some(n), Some(by_ns)) = (n, by_ns) else { return Expr::error(span) };
        if x.is_error() || !self.is_free_of_locals(&x, form, span) {
            return Expr::error(span);
        }
        let (ty, clock, unit) = (x.ty.clone(), x.clock.clone(), x.unit.clone());
        let operator = if form == "lag" { Operator::Lag { x, by_ns } } else { Operator::Prev { x, n } };
        self.operator(operator, ty, (true, clock, unit), span)
    }

    fn tracked(&mut self, form: &str, x: &ast::Expr, second: Option<&ast::Expr>, span: Span) -> Expr {
        // What it holds may be of another input than what it is held for.
        let x = self.infer(x, None);
        let limit = second.map(|limit| self.duration_from(0, limit, "the age of `hold`"));
        if x.is_error()
            || limit.as_ref().is_some_and(Expr::is_error)
            || !self.is_free_of_locals(&x, form, span)
        {
            return Expr::error(span);
        }
        let (ty, unit, clock) = (x.ty.clone(), x.unit.clone(), x.clock.clone());
        let tracked = self.operator(Operator::Track(x), ty.clone(), (true, clock, unit.clone()), span);
        let ExprKind::Signal(id) = tracked.kind else { return tracked };
        match (form, limit) {
            ("age", _) => Expr::new(ExprKind::Age(id), Type::Duration, span).with(Clock::Held, true),
            ("hold", Some(limit)) => {
                let kind = ExprKind::Hold(id, Box::new(limit));
                Expr::new(kind, ty, span).with(Clock::Held, true).shown_in(unit)
            }
            _ => Expr::new(ExprKind::Latest(id), ty, span).with(Clock::Held, true).shown_in(unit),
        }
    }

    /// `delta(x)`, `rate(x)`.
    fn difference(&mut self, form: &str, x: &ast::Expr, span: Span) -> Expr {
        let x = self.infer(x, None);
        let is_rate = form == "rate";
        let x = if is_rate || x.ty == Type::Duration { self.as_quantity(x) } else { x };
        if x.is_error() || !self.is_free_of_locals(&x, form, span) {
            return Expr::error(span);
        }
        let (clock, unit) = (x.clock.clone(), difference_unit(&x));
        let ty = match &x.ty {
            Type::Int => Type::Int,
            Type::Timestamp => Type::Duration,
            Type::Quantity(q) => {
                let plain = difference_of(*q);
                let over = plain.dimension.over(&self.clock_dimension());
                match (is_rate, over) {
                    (false, _) => Type::Quantity(plain),
                    (true, Some(dimension)) => Type::Quantity(Quantity::plain(dimension)),
                    (true, None) => return self.fail(type_errors::dimension_range(span), span),
                }
            }
            _ => {
                let finding = type_errors::not_arithmetic(self, &x, form);
                return self.fail(finding, span);
            }
        };
        if is_rate {
            return self.operator(Operator::Rate(x), ty, (true, clock, None), span);
        }
        self.operator(Operator::Delta(x), ty, (true, clock, unit), span)
    }

    fn final_of(&mut self, x: &ast::Expr, span: Span) -> Expr {
        let x = self.infer(x, None);
        if x.is_error() {
            return x;
        }
        match self.window_behind(&x) {
            Some(id) => {
                // Where `every` stands between, the window still ends at its own moment.
                let clock = self.signal(id).map_or(x.clock, |window| window.clock.clone());
                Expr::new(ExprKind::Final(id), Type::Bool, span).with(clock, false)
            }
            None => self.fail(errors::final_of(&self.words(x.span), x.span), span),
        }
    }

    /// The window operator that an expression, or the let that it names, is.
    fn window_behind(&self, x: &Expr) -> Option<SignalId> {
        let ExprKind::Signal(id) = x.kind else { return None };
        if self.twin.ending_windows.contains(&id) {
            return Some(id);
        }
        self.window_behind(self.twin.values.get(&id)?)
    }

    /// `silent(input) > D`, in the condition of a rule.
    pub(super) fn silent_comparison(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let Syntax::Call(call) = &left.kind else { return None };
        let Syntax::Name(name) = &call.callee.kind else { return None };
        if name.text != "silent" || self.global("silent").is_some() {
            return None;
        }
        self.note_call(name);
        if !self.silent_allowed || !matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual) {
            return Some(self.fail(errors::silent(span), span));
        }
        let Some(input) = call.args.first().and_then(|arg| self.input_argument(&arg.value)) else {
            let place = call.args.first().map_or(span, |arg| arg.span);
            return Some(self.fail(errors::silent_of_what(place), span));
        };
        let limit = self.duration_from(0, right, "the limit of `silent`");
        if limit.is_error() {
            return Some(limit);
        }
        let kind = ExprKind::Silent(input, Box::new(limit), op == BinaryOp::GreaterEqual);
        Some(Expr::new(kind, Type::Bool, span))
    }

    /// The input that an argument names.
    pub(crate) fn input_argument(&self, written: &ast::Expr) -> Option<InputId> {
        let Syntax::Name(name) = &written.kind else { return None };
        match self.lookup(&name.text) {
            Some((Binding::Input(id), _)) => Some(id),
            _ => None,
        }
    }
}

/// The quantity of a difference: of two readings, an amount.
pub(crate) fn difference_of(q: Quantity) -> Quantity {
    if q.kind == Kind::Reading { Quantity::plain(q.dimension) } else { q }
}

/// The unit of a difference: of readings in °C it is shown in K, as °C would look like a reading.
pub(crate) fn difference_unit(x: &Expr) -> Option<Unit> {
    match x.ty.quantity()?.kind {
        Kind::Reading => None,
        _ => x.unit.clone(),
    }
}

fn reads_local(expr: &Expr) -> bool {
    fn free(expr: &Expr, bound: &mut Vec<hir::LocalId>) -> bool {
        match &expr.kind {
            ExprKind::Local(id) => !bound.contains(id),
            ExprKind::Let(id, value, body) => {
                if free(value, bound) {
                    return true;
                }
                bound.push(*id);
                let is_free = free(body, bound);
                bound.pop();
                is_free
            }
            _ => crate::clocks::children(expr).into_iter().any(|child| free(child, bound)),
        }
    }
    free(expr, &mut Vec::new())
}
