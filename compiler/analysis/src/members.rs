//! Lets, states and handlers: what twins and blocks share.

use crate::checker::{Checker, Place};
use crate::errors::state as errors;
use crate::hir::{self, Clock, Expr, Member, On, Signal, SignalId, SignalKind};
use crate::scope::Binding;
use std::collections::BTreeSet;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, Ident, MemberKind};
use twin_types::Type;

impl Checker<'_> {
    /// Enters all names of a twin or block before its members are checked: states, machines and rules may be
    /// read from above, lets only from below.
    pub fn predeclare(&mut self, members: &[ast::Member], integrated: &BTreeSet<&str>) {
        for member in members {
            let doc = member.docs.as_ref().map_or(String::new(), |d| d.text.clone());
            match &member.kind {
                MemberKind::Let(item) => self.bind_new(&item.name, Binding::Later(item.span)),
                MemberKind::State(state) => {
                    let is_integrated = integrated.contains(state.name.text.as_str());
                    self.predeclare_state(state, is_integrated, &doc, member.span);
                }
                MemberKind::Machine(machine) => self.predeclare_machine(machine, &doc),
                MemberKind::Rule(rule) => {
                    let id = self.reserve_rule();
                    self.bind_new(&rule.name, Binding::Rule(id));
                }
                MemberKind::Part(part) => self.bind_new(&part.name, Binding::Part),
                MemberKind::Broken(broken) => {
                    if let Some(name) = &broken.introduces {
                        self.bind(&name.text, Binding::Unknown, name.span);
                    }
                }
                MemberKind::Key(_)
                | MemberKind::Input(_)
                | MemberKind::Param(_)
                | MemberKind::On(_)
                | MemberKind::Emit(_)
                | MemberKind::ForEach(_)
                | MemberKind::Derivative(_)
                | MemberKind::When(_)
                | MemberKind::Return(_) => {}
            }
        }
    }

    /// A state's type must be known before its line: it is written, or the initial value is a literal.
    fn predeclare_state(&mut self, state: &ast::State, is_integrated: bool, doc: &str, span: Span) {
        let resolved = match &state.ty {
            Some(ty) => match self.resolve_type(ty) {
                Some(resolved) => resolved,
                None => return self.bind_new(&state.name, Binding::Unknown),
            },
            None if is_literal(&state.initial) => {
                let value = self.infer(&state.initial, None);
                if value.is_error() {
                    return self.bind_new(&state.name, Binding::Unknown);
                }
                crate::types::Resolved { ty: value.ty, optional: false, unit: value.unit }
            }
            // Its type is found on its line; until then it cannot be read.
            None => return self.bind_new(&state.name, Binding::Later(span)),
        };
        let kind = if is_integrated { SignalKind::Integrated } else { SignalKind::State };
        let id = self.add_signal(Signal {
            name: self.path_of(&state.name.text),
            kind,
            ty: resolved.ty,
            optional: resolved.optional,
            unit: resolved.unit,
            clock: Clock::Held,
            span: state.name.span,
            doc: doc.to_string(),
        });
        self.bind_new(&state.name, Binding::Signal(id));
    }

    pub fn member_let(&mut self, item: &ast::Let, doc: &str) -> Option<SignalId> {
        self.twin.direct_call = matches!(item.value.kind, Syntax::Call(_)).then_some(item.value.span);
        let value = self.annotated(&item.value, item.ty.as_ref(), &item.name.text);
        let period = item.every.as_ref().map(|every| self.constant_duration(every, "the period of `every`"));
        if value.ty == Type::Absent {
            self.push(errors::only_absent(&item.name));
        }
        if value.is_error() || value.ty == Type::Absent || period == Some(None) {
            self.rebind(&item.name, Binding::Unknown);
            return None;
        }
        let clock = match period.flatten() {
            Some(period_ns) => {
                let longest = self.longest_window(std::slice::from_ref(&value)).max(period_ns);
                Clock::Ticks(vec![self.tick(period_ns, longest)])
            }
            None => value.clock.clone(),
        };
        let id = self.add_signal(Signal {
            name: self.path_of(&item.name.text),
            kind: SignalKind::Let,
            ty: value.ty.clone(),
            optional: value.optional,
            unit: value.unit.clone(),
            clock,
            span: item.name.span,
            doc: doc.to_string(),
        });
        self.twin.values.insert(id, value.clone());
        let mut operators = std::mem::take(&mut self.twin.operators);
        operators.retain(|id| self.twin.windows.contains(id) || self.twin.blocks.contains(id));
        self.twin.operators_of.insert(id, operators);
        self.add_member(Member::Let(id, value));
        self.rebind(&item.name, Binding::Signal(id));
        self.note_declared(&item.name, id);
        Some(id)
    }

    /// A let's name means its signal from its line on.
    fn rebind(&mut self, name: &Ident, binding: Binding) {
        let is_first = match self.frames.last().and_then(|f| f.names.get(&name.text)) {
            Some((Binding::Later(_), span)) => *span == name.span,
            Some(_) => false,
            None => true,
        };
        if is_first {
            self.bind(&name.text, binding, name.span);
        }
    }

    pub fn member_state(&mut self, state: &ast::State, is_integrated: bool, doc: &str) -> Option<SignalId> {
        let known = match self.lookup(&state.name.text) {
            Some((Binding::Signal(id), span)) if span == state.name.span => Some(id),
            _ => None,
        };
        let what = format!("the initial value of `{}`", state.name.text);
        let place =
            if self.place == Place::Free { Place::Plain("a state's initial value") } else { self.place };
        let Some(id) = known else { return self.untyped_state(state, is_integrated, doc, place) };
        let ty = self.signal(id)?.ty.clone();
        let value = self.in_place(place, |c| {
            let value = c.infer(&state.initial, Some(&ty));
            c.coerce(value, &ty, &what)
        });
        let unit = value.unit.clone();
        if let Some(signal) = self.twin.signals.get_mut(id.index())
            && signal.unit.is_none()
        {
            signal.unit = unit;
        }
        self.note_declared(&state.name, id);
        self.add_member(Member::State(id, value));
        Some(id)
    }

    fn untyped_state(
        &mut self,
        state: &ast::State,
        is_integrated: bool,
        doc: &str,
        place: Place,
    ) -> Option<SignalId> {
        if !matches!(self.lookup(&state.name.text), Some((Binding::Later(_), span)) if span == state.name.span)
        {
            return None;
        }
        let value = self.in_place(place, |c| c.infer(&state.initial, None));
        if value.ty == Type::Absent {
            self.push(errors::state_type(&state.name));
        }
        if value.is_error() || value.ty == Type::Absent {
            self.rebind(&state.name, Binding::Unknown);
            return None;
        }
        let kind = if is_integrated { SignalKind::Integrated } else { SignalKind::State };
        let id = self.add_signal(Signal {
            name: self.path_of(&state.name.text),
            kind,
            ty: value.ty.clone(),
            optional: false,
            unit: value.unit.clone(),
            clock: Clock::Held,
            span: state.name.span,
            doc: doc.to_string(),
        });
        self.rebind(&state.name, Binding::Signal(id));
        self.note_declared(&state.name, id);
        self.add_member(Member::State(id, value));
        Some(id)
    }

    pub fn member_on(&mut self, on: &ast::On, span: Span) {
        let (mut when, clock) = match self.input_argument(&on.trigger) {
            Some(input) => {
                let always = Expr::truth(true, on.trigger.span);
                (Expr { clock: Clock::Events(input), ..always }, Clock::Events(input))
            }
            None => {
                let when = self.infer(&on.trigger, None);
                let clock = when.clock.clone();
                (when, clock)
            }
        };
        let mut clock = clock;
        if let Some(filter) = &on.filter {
            let filter = self.condition(filter, "`where`");
            clock = self.merged_clock([&when, &filter]);
            when = self.filtered(when, filter);
        }
        let is_broken = when.is_error();
        let outer = self.twin.trigger.replace((clock.clone(), on.trigger.span));
        let frame = self.inner_frame();
        let body = self.in_place(Place::Handler, |c| c.in_frame(frame, |c| c.statements(&on.body)));
        self.twin.trigger = outer;
        if !is_broken {
            self.add_member(Member::On(On { when, clock, body, span }));
        }
    }

    /// `on x where c`: when x has a value (or is true) and c is true.
    fn filtered(&mut self, when: Expr, filter: Expr) -> Expr {
        if when.is_error() || filter.is_error() {
            return Expr::error(when.span);
        }
        let span = when.span;
        let when = if when.ty == Type::Bool {
            when
        } else {
            let clock = when.clock.clone();
            Expr::new(hir::ExprKind::Present(Box::new(when)), Type::Bool, span).with(clock, false)
        };
        if crate::constant::to_const(&crate::constant::Value::Bool(true)) == const_of(&when) {
            return Expr { clock: when.clock, ..filter };
        }
        self.joined_operation(hir::Binary::And, when, filter, Type::Bool, span)
    }
}

fn const_of(expr: &Expr) -> hir::Const {
    match &expr.kind {
        hir::ExprKind::Const(constant) => constant.clone(),
        _ => hir::Const::Absent,
    }
}

fn is_literal(written: &ast::Expr) -> bool {
    match &written.kind {
        Syntax::Bool(_)
        | Syntax::Number(_)
        | Syntax::Compound(_)
        | Syntax::Timestamp(_)
        | Syntax::Text(_) => true,
        Syntax::Unary { op: ast::UnaryOp::Negate, operand } => is_literal(operand),
        Syntax::Array(items) => items.iter().all(is_literal),
        _ => false,
    }
}
