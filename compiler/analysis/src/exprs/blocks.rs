//! Block calls: each has its own signals, typed for this very call.

use crate::checker::{Checker, Place};
use crate::constant::Value;
use crate::errors::{names as errors, state as state_errors, time as time_errors};
use crate::hir::{
    self, BlockCall, BlockWhen, Clock, Expr, ExprKind, Member, Operator, SignalId, SignalKind, Solver,
};
use crate::scope::{Binding, Frame};
use std::collections::BTreeSet;
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Ident, MemberKind};
use twin_types::{RecordField, RecordType, Type};

/// What a block's members come to.
#[derive(Default)]
struct Body {
    derivatives: Vec<(SignalId, Expr)>,
    whens: Vec<BlockWhen>,
    result: Option<Expr>,
    /// States and lets in the order of the text.
    shown: Vec<(String, SignalId)>,
}

/// How far off a step may be, where nothing is said: a part of the state.
const RTOL: f64 = 1e-6;
/// The part of the relative tolerance that is the absolute one, where only the former is said. It goes along with it:
/// one that stays would be all that counts once the relative one is tight.
const ATOL_PART: f64 = 1e-3;

impl Checker<'_> {
    pub(super) fn call_block(
        &mut self,
        name: &Ident,
        place: (usize, usize),
        block: &ast::BlockDecl,
        call: &ast::Call,
        span: Span,
    ) -> Expr {
        let what = format!("the block `{}`", name.text);
        let is_allowed = self.state_is_allowed(&what, true, span);
        let Some((args, frame)) =
            self.bind_arguments(&name.text, &block.signature, Some(place.0), call, span)
        else {
            return Expr::error(span);
        };
        if !is_allowed || args.iter().any(|arg| !self.is_free_of_locals(arg, &what, span)) {
            return Expr::error(span);
        }
        if let Some(finding) = self.enter_call(place, name, span) {
            return self.fail(finding, span);
        }
        let solver = self.solver(call.solver.as_ref().or(block.solver.as_ref()));
        let clock = self.merged_clock(&args);
        // Two inputs have been reported by now; inside, the first of them counts for all.
        let mut args = args;
        for arg in &mut args {
            if matches!(arg.clock, Clock::Events(_)) {
                arg.clock = clock.clone();
            }
        }
        let errors_before = self.report.has_errors();
        let outer = self.enter_block_path(&name.text, span);
        self.twin.block_depth += 1;
        self.twin.member_lists.push(Vec::new());
        let operators = std::mem::take(&mut self.twin.operators);
        let silent = std::mem::replace(&mut self.silent_allowed, false);
        let nonzero = std::mem::take(&mut self.nonzero);
        let trigger = self.twin.trigger.take();
        let (args, body) = self.instantiated(place.0, span, |c| {
            c.in_place(Place::Free, |c| c.in_frame(frame, |c| c.block_body(block, args)))
        });
        self.twin.trigger = trigger;
        self.nonzero = nonzero;
        self.silent_allowed = silent;
        self.twin.operators = operators;
        let members = self.twin.member_lists.pop().unwrap_or_default();
        self.twin.block_depth -= 1;
        self.leave_block_path(outer);
        self.calls.pop();
        let has_failed = !errors_before && self.report.has_errors();
        let Some(result) = body.result.filter(|r| !r.is_error() && !has_failed) else {
            return Expr::error(span);
        };
        let rates = self.rates(&body.derivatives, &members);
        let (ty, optional, unit) = (result.ty.clone(), result.optional, result.unit.clone());
        let built = BlockCall {
            name: name.text.clone(),
            args,
            clock: clock.clone(),
            members,
            derivatives: body.derivatives,
            rates,
            whens: body.whens,
            solver,
            result,
            span,
        };
        let read = self.operator(Operator::Block(Box::new(built)), ty, (optional, clock, unit), span);
        if let ExprKind::Signal(id) = read.kind {
            self.twin.blocks.insert(id);
            if block.signature.result.is_none() {
                self.note_record_units(id, &body.shown);
            }
        }
        read
    }

    fn block_body(&mut self, block: &ast::BlockDecl, args: Vec<Expr>) -> (Vec<(SignalId, Expr)>, Body) {
        let mut passed = Vec::new();
        for (arg, param) in args.into_iter().zip(&block.signature.params) {
            let id = self.add_signal(hir::Signal {
                name: self.path_of(&param.name.text),
                kind: SignalKind::Operator,
                ty: arg.ty.clone(),
                optional: arg.optional,
                unit: arg.unit.clone(),
                clock: arg.clock.clone(),
                span: param.name.span,
                doc: String::new(),
            });
            if self.constant(&arg).is_some() {
                self.twin.constants.insert(id, arg.clone());
            }
            self.bind(&param.name.text, Binding::Signal(id), param.name.span);
            passed.push((id, arg));
        }
        self.twin.values.extend(passed.iter().map(|(id, arg)| (*id, arg.clone())));
        let mut body = Body::default();
        let integrated: BTreeSet<&str> = block
            .members
            .iter()
            .filter_map(|m| match &m.kind {
                MemberKind::Derivative(d) => Some(d.state.text.as_str()),
                _ => None,
            })
            .collect();
        // An inner frame, so that a state may be called as a parameter is not: twice is an error.
        let inner = Frame { module: self.module_here(), ..Frame::default() };
        self.in_frame(inner, |c| {
            c.predeclare(&block.members, &integrated);
            for member in &block.members {
                c.block_member(member, &integrated, &mut body);
            }
            c.block_result(block, &mut body);
        });
        (passed, body)
    }

    fn block_member(&mut self, member: &ast::Member, integrated: &BTreeSet<&str>, body: &mut Body) {
        self.begin_member(member);
        let doc = member.docs.as_ref().map_or(String::new(), |d| d.text.clone());
        match &member.kind {
            MemberKind::Let(item) => {
                if let Some(id) = self.member_let(item, &doc) {
                    body.shown.push((item.name.text.clone(), id));
                }
            }
            MemberKind::State(state) => {
                let is_integrated = integrated.contains(state.name.text.as_str());
                if let Some(id) = self.member_state(state, is_integrated, &doc) {
                    body.shown.push((state.name.text.clone(), id));
                }
            }
            MemberKind::On(on) => self.member_on(on, member.span),
            MemberKind::Machine(machine) => {
                self.member_machine(machine, &doc, member.span);
                if let Some((Binding::Signal(id), _)) = self.lookup(&machine.name.text) {
                    body.shown.push((machine.name.text.clone(), id));
                }
            }
            MemberKind::Derivative(derivative) => {
                if let Some(pair) = self.derivative(derivative) {
                    if body.derivatives.iter().any(|(id, _)| *id == pair.0) {
                        self.push(state_errors::derivative_twice(&derivative.state));
                    } else {
                        body.derivatives.push(pair);
                    }
                }
            }
            MemberKind::When(when) => {
                let place = Place::Plain("a `when`");
                let built = self.in_place(place, |c| {
                    let condition = c.condition(&when.condition, "`when`");
                    let body = c.statements(&when.body);
                    BlockWhen { when: condition, body, span: member.span }
                });
                body.whens.push(built);
            }
            MemberKind::Return(value) => {
                if body.result.is_some() {
                    self.push(state_errors::return_twice(value.span));
                }
                body.result = Some(self.infer(value, None));
            }
            MemberKind::Broken(_) => body.result = body.result.take().or(Some(Expr::error(member.span))),
            _ => self.push(state_errors::misplaced(member, "a block")),
        }
    }

    fn block_result(&mut self, block: &ast::BlockDecl, body: &mut Body) {
        let what = format!("the result of `{}`", block.name.text);
        let written = block.members.iter().find_map(|m| match &m.kind {
            MemberKind::Return(value) => Some(value),
            _ => None,
        });
        match (&block.signature.result, body.result.take()) {
            (Some(ty), Some(result)) => {
                let resolved = self.resolve_type(ty);
                body.result = Some(match (resolved, written) {
                    (Some(resolved), _) if result.ty == resolved.ty => result,
                    (Some(resolved), _) => self.coerce(result, &resolved.ty, &what),
                    (None, _) => Expr::error(block.name.span),
                });
            }
            (None, Some(result)) => body.result = Some(result),
            (Some(_), None) => {
                self.push(state_errors::no_return(&block.name));
                body.result = Some(Expr::error(block.name.span));
            }
            (None, None) => body.result = Some(self.record_of(block, &body.shown)),
        }
    }

    /// A block without `return` is a record of its states and lets.
    fn record_of(&mut self, block: &ast::BlockDecl, shown: &[(String, SignalId)]) -> Expr {
        let mut ty = RecordType { name: block.name.text.clone(), fields: Vec::new() };
        let mut values = Vec::new();
        for (name, id) in shown {
            let Some(signal) = self.signal(*id) else { continue };
            if signal.ty == Type::Error {
                return Expr::error(block.name.span);
            }
            let (field, optional) = (signal.ty.clone(), signal.optional);
            ty.fields.push(RecordField { name: name.clone(), ty: field.clone(), optional });
            let read = Expr::new(ExprKind::Signal(*id), field, block.name.span);
            values.push(read.with(signal.clock.clone(), optional));
        }
        if values.is_empty() {
            self.push(state_errors::no_return(&block.name));
            return Expr::error(block.name.span);
        }
        let clock = self.merged_clock(&values);
        Expr::new(ExprKind::Record(values), Type::Record(Arc::new(ty)), block.name.span).with(clock, false)
    }

    fn note_record_units(&mut self, id: SignalId, shown: &[(String, SignalId)]) {
        let mut offset = 0;
        for (_, part) in shown {
            let Some(signal) = self.signal(*part) else { continue };
            let (width, unit) = (signal.ty.width() as u32, signal.unit.clone());
            if let Some(unit) = unit {
                self.twin.record_units.insert((id, offset), unit);
            }
            offset += width;
        }
    }

    fn derivative(&mut self, derivative: &ast::Derivative) -> Option<(SignalId, Expr)> {
        let state = &derivative.state;
        let found = match self.lookup(&state.text) {
            Some((Binding::Signal(id), _)) => Some(id),
            _ => None,
        };
        let signal = found.and_then(|id| Some((id, self.signal(id)?.clone())));
        let Some((id, signal)) = signal.filter(|(_, s)| s.kind == SignalKind::Integrated) else {
            self.infer(&derivative.value, None);
            self.push(state_errors::derivative_of(state));
            return None;
        };
        let Type::Quantity(q) = signal.ty else {
            self.infer(&derivative.value, None);
            if signal.ty != Type::Error {
                let words = self.a_type(&signal.ty);
                self.push(state_errors::derivative_type(state, &words));
            }
            return None;
        };
        let rate = q.dimension.over(&self.clock_dimension())?;
        let ty = Type::Quantity(twin_types::Quantity::plain(rate));
        let value = self.infer(&derivative.value, Some(&ty));
        let value = self.as_quantity(value);
        let value = self.coerce(value, &ty, &format!("the rate of `{}`", state.text));
        (!value.is_error()).then_some((id, value))
    }

    /// Lets that the derivatives read, so that sub-steps evaluate them along.
    fn rates(&self, derivatives: &[(SignalId, Expr)], members: &[Member]) -> Vec<(SignalId, Expr)> {
        let mut wanted: BTreeSet<SignalId> = BTreeSet::new();
        let mut open: Vec<&Expr> = derivatives.iter().map(|(_, value)| value).collect();
        let lets: Vec<(SignalId, &Expr)> = members
            .iter()
            .filter_map(|m| match m {
                Member::Let(id, value) => Some((*id, value)),
                _ => None,
            })
            .collect();
        while let Some(expr) = open.pop() {
            if let ExprKind::Signal(id) = expr.kind
                && let Some((_, value)) = lets.iter().find(|(known, _)| *known == id)
                && wanted.insert(id)
            {
                open.push(value);
            }
            open.extend(crate::clocks::children(expr));
        }
        lets.into_iter()
            .filter(|(id, _)| wanted.contains(id))
            .map(|(id, value)| (id, value.clone()))
            .collect()
    }

    fn solver(&mut self, written: Option<&ast::Solver>) -> Solver {
        let fallback = Solver::Dopri5 { rtol: RTOL, atol: RTOL * ATOL_PART };
        let Some(written) = written else { return fallback };
        match written.name.text.as_str() {
            "euler" | "heun" | "rk4" => {
                let step = written.args.iter().find(|a| a.name.as_ref().is_none_or(|n| n.text == "step"));
                let Some(step) = step else {
                    self.push(errors::missing_arguments(&written.name.text, &["step"], written.span));
                    return fallback;
                };
                let Some(step_ns) = self.constant_duration(&step.value, "a solver's step") else {
                    return fallback;
                };
                match written.name.text.as_str() {
                    "euler" => Solver::Euler(step_ns),
                    "heun" => Solver::Heun(step_ns),
                    _ => Solver::Rk4(step_ns),
                }
            }
            "dopri5" => {
                let (mut rtol, mut atol) = (RTOL, None);
                for arg in &written.args {
                    let value = self.infer(&arg.value, Some(&Type::REAL));
                    let value = self.coerce(value, &Type::REAL, "a solver's tolerance");
                    match (arg.name.as_ref().map(|n| n.text.as_str()), self.constant(&value)) {
                        (Some("rtol"), Some(Value::Real(x))) if x > 0.0 => rtol = x,
                        (Some("atol"), Some(Value::Real(x))) if x > 0.0 => atol = Some(x),
                        (Some("rtol" | "atol"), Some(_)) => {
                            self.push(time_errors::length_range("a solver's tolerance", arg.span));
                        }
                        (Some("rtol" | "atol"), _) if !value.is_error() => {
                            self.not_constant_here("a solver's tolerance", arg.span)
                        }
                        (Some("rtol" | "atol"), _) => {}
                        _ => self.push(errors::extra_argument("dopri5", arg, &["rtol", "atol"], None)),
                    }
                }
                Solver::Dopri5 { rtol, atol: atol.unwrap_or(rtol * ATOL_PART) }
            }
            "backward_euler" | "rosenbrock" => {
                self.program.not_built.push((format!("the solver `{}`", written.name.text), written.span));
                fallback
            }
            _ => {
                self.push(state_errors::solver(&written.name));
                fallback
            }
        }
    }

    /// Names what a block holds: `motor.temp`, or `member.ewma2.y` for a call in the midst of a formula.
    fn enter_block_path(
        &mut self,
        block: &str,
        span: Span,
    ) -> (usize, String, std::collections::BTreeMap<String, u32>) {
        let outer = (self.twin.path.len(), self.twin.label.clone(), self.twin.block_counts.clone());
        let label = self.twin.label.clone();
        if !label.is_empty() {
            self.twin.path.push(label);
        }
        if self.twin.direct_call != Some(span) {
            let count = self.twin.block_counts.entry(block.to_string()).or_insert(0);
            *count += 1;
            let name = if *count == 1 { block.to_string() } else { format!("{block}{count}") };
            self.twin.path.push(name);
        }
        (outer.0, outer.1, self.twin.block_counts.clone())
    }

    fn leave_block_path(&mut self, outer: (usize, String, std::collections::BTreeMap<String, u32>)) {
        self.twin.path.truncate(outer.0);
        self.twin.label = outer.1;
        self.twin.block_counts = outer.2;
    }
}
