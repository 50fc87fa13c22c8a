//! Statements of handlers, machines and rules; and records on their way to a sink.

use crate::checker::Checker;
use crate::errors::{names as name_errors, schemas as schema_errors, state as errors};
use crate::hir::{self, Clock, Emit, Expr, ExprKind, Member, SignalId, SignalKind, SinkField, SinkId, Stmt};
use crate::modules::Global;
use crate::scope::{Binding, nearest};
use std::collections::BTreeSet;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, Ident, StatementKind};
use twin_types::Type;

impl Checker<'_> {
    pub fn statements(&mut self, statements: &[ast::Statement]) -> Vec<Stmt> {
        let frame = self.inner_frame();
        self.in_frame(frame, |c| statements.iter().filter_map(|s| c.statement(s)).collect())
    }

    fn statement(&mut self, statement: &ast::Statement) -> Option<Stmt> {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Assign { target, value } => self.assignment(target, value, span),
            StatementKind::Emit(emit) => {
                if self.twin.block_depth > 0 {
                    self.push(errors::emit_in_block(span));
                    return None;
                }
                let (sink, fields) = self.emitted(&emit.sink, &emit.record, emit.span)?;
                Some(Stmt::Emit { sink, fields, span })
            }
            StatementKind::Reset(name) => self.reset(name).map(|signals| Stmt::Reset(signals, span)),
            StatementKind::Let(item) => {
                let value = self.annotated(&item.value, item.ty.as_ref(), &item.name.text);
                self.expect_trigger(&value);
                let id = self.next_local();
                let read = Expr { kind: ExprKind::Local(id), ..value.clone() };
                self.bind(&item.name.text, Binding::Alias(Box::new(read)), item.name.span);
                Some(Stmt::Let(id, value))
            }
            StatementKind::If { condition, then, otherwise } => {
                let when = self.condition(condition, "`if`");
                self.expect_trigger(&when);
                let (then, otherwise) = (self.statements(then), self.statements(otherwise));
                Some(Stmt::If { when, then, otherwise })
            }
            StatementKind::Broken(_) => None,
        }
    }

    /// That a statement reads no other input than the one that triggers it.
    fn expect_trigger(&mut self, expr: &Expr) {
        if let Some((clock, span)) = self.twin.trigger.clone() {
            self.expect_clock(&clock, expr, span);
        }
    }

    fn assignment(&mut self, target: &ast::Expr, value: &ast::Expr, span: Span) -> Option<Stmt> {
        let (name, index, field) = match &target.kind {
            Syntax::Name(name) => (Some(name), None, None),
            Syntax::Index { of, index } => (name_of(of), Some(&**index), None),
            Syntax::Field { of, name } => (name_of(of), None, Some(name)),
            _ => (None, None, None),
        };
        let Some(name) = name else {
            self.push(errors::not_assignable(&self.words(target.span), "a formula", None, target.span));
            self.infer(value, None);
            return None;
        };
        let Some((id, signal)) = self.assigned_state(name) else {
            self.infer(value, None);
            return None;
        };
        let mut ty = signal.ty.clone();
        let mut place = None;
        if let Some(index) = index {
            let at = self.infer(index, Some(&Type::Int));
            let at = self.coerce(at, &Type::Int, "an index");
            let Type::Array(item, _) = ty else {
                let finding = errors::not_indexable(name);
                self.push(finding);
                return None;
            };
            ty = *item;
            place = Some(at);
        }
        let mut part = None;
        if let Some(field) = field {
            let record = Expr::new(ExprKind::Signal(id), ty.clone(), name.span);
            let read = self.part_of(record, field);
            let ExprKind::Part(_, offset) = read.kind else { return None };
            part = Some((offset, read.ty.width() as u32));
            ty = read.ty;
        }
        let value = self.infer(value, Some(&ty));
        let value = self.coerce(value, &ty, &format!("`{}`", name.text));
        self.expect_trigger(&value);
        self.note_read(name, id);
        Some(Stmt::Assign { target: id, index: place, part, value, span })
    }

    fn assigned_state(&mut self, name: &Ident) -> Option<(SignalId, hir::Signal)> {
        let what = match self.lookup(&name.text) {
            Some((Binding::Signal(id), declared)) => {
                let signal = self.signal(id)?.clone();
                let word = match signal.kind {
                    SignalKind::State | SignalKind::Integrated => {
                        return (signal.ty != Type::Error).then_some((id, signal));
                    }
                    SignalKind::Param => "a param",
                    SignalKind::Let => "a let",
                    SignalKind::Machine => "a machine, which only its own lines move",
                    SignalKind::Operator => "an argument",
                };
                (word, Some(declared))
            }
            Some((Binding::Unknown | Binding::Part, _)) => return None,
            Some((Binding::Later(span), _)) => ("a let", Some(span)),
            Some((Binding::Alias(_), declared)) => ("a local name", Some(declared)),
            Some((Binding::Key, _)) => ("the key", None),
            Some((Binding::Rule(_), declared)) => ("a rule", Some(declared)),
            Some((Binding::Input(_), _)) => ("an input", None),
            None => {
                let names = self.visible_names();
                let near = nearest(&name.text, names.iter().map(String::as_str));
                let is_field = names.contains(&name.text);
                let finding = match is_field {
                    true => errors::not_assignable(&name.text, "a field of an input", None, name.span),
                    false => errors::unknown_state(name, near),
                };
                self.push(finding);
                return None;
            }
        };
        self.push(errors::not_assignable(&name.text, what.0, what.1, name.span));
        None
    }

    /// `reset NAME`: a block, a state, a machine, or a let with all that its expression holds.
    fn reset(&mut self, name: &Ident) -> Option<Vec<SignalId>> {
        match self.lookup(&name.text) {
            Some((Binding::Signal(id), declared)) => {
                let kind = self.signal(id)?.kind;
                self.note_read(name, id);
                match kind {
                    SignalKind::State | SignalKind::Machine | SignalKind::Integrated => Some(vec![id]),
                    SignalKind::Let => {
                        let operators = self.twin.operators_of.get(&id).cloned().unwrap_or_default();
                        if operators.is_empty() {
                            self.push(errors::not_resettable(
                                name,
                                "holds no window and no block",
                                Some(declared),
                            ));
                            return None;
                        }
                        Some(std::iter::once(id).chain(operators).collect())
                    }
                    SignalKind::Param | SignalKind::Operator => {
                        self.push(errors::not_resettable(name, "has no state", Some(declared)));
                        None
                    }
                }
            }
            Some((Binding::Unknown | Binding::Part, _)) => None,
            Some((Binding::Later(span), _)) => {
                let line = self.world.line(span, name.span.file);
                self.push(name_errors::read_too_early(name, span, &line));
                None
            }
            Some((_, declared)) => {
                self.push(errors::not_resettable(name, "has no state", Some(declared)));
                None
            }
            None => {
                let names = self.visible_names();
                let near = nearest(&name.text, names.iter().map(String::as_str));
                self.push(name_errors::unknown_name(name, near, None));
                None
            }
        }
    }

    /// `emit SINK { … } [every D [always]] [when C]`
    pub fn member_emit(&mut self, emit: &ast::Emit) {
        self.twin.label = emit.sink.text.clone();
        let emitted = self.emitted(&emit.sink, &emit.record, emit.span);
        let when = emit.when.as_ref().map(|when| self.condition(when, "`when`"));
        let period = emit.every.as_ref().map(|every| self.constant_duration(every, "the period of `every`"));
        let is_periodic = period.is_some();
        let Some((sink, fields)) = emitted else { return };
        if when.as_ref().is_some_and(Expr::is_error) || period == Some(None) {
            return;
        }
        let values: Vec<Expr> = fields.iter().flatten().cloned().collect();
        let own = self.merged_clock(&values);
        let clock = match (period.flatten(), &when) {
            (Some(period_ns), _) => {
                let longest = self.longest_window(&values).max(period_ns);
                Clock::Ticks(vec![self.tick(period_ns, longest)])
            }
            (None, Some(when)) => {
                for value in &values {
                    self.expect_clock(&when.clock, value, when.span);
                }
                when.clock.clone()
            }
            (None, None) => own,
        };
        let windows = match (is_periodic, &when) {
            (true, _) => self.windows_of(&values),
            // Who says when means it: the record stands for the moment, not for a window.
            (false, Some(_)) => Vec::new(),
            (false, None) => self.windows_of_clock(&values, &clock),
        };
        let always = emit.always;
        self.add_member(Member::Emit(Emit { sink, fields, clock, when, windows, always, span: emit.span }));
    }

    /// Window operators that expressions read, also by way of lets.
    fn windows_of(&self, values: &[Expr]) -> Vec<SignalId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Expr> = values.iter().collect();
        while let Some(expr) = open.pop() {
            if let ExprKind::Signal(id) = expr.kind
                && seen.insert(id)
            {
                if self.twin.windows.contains(&id) {
                    found.insert(id);
                }
                open.extend(self.twin.values.get(&id));
            }
            open.extend(crate::clocks::children(expr));
        }
        found.into_iter().collect()
    }

    /// The windows whose emptiness keeps a record on this clock from being written: at an event, those that events feed
    /// and not those that only ticks change. A record that also tells of the event itself is written whatever they hold.
    fn windows_of_clock(&self, values: &[Expr], clock: &Clock) -> Vec<SignalId> {
        let mut windows = self.windows_of(values);
        if let Clock::Events(_) = clock {
            let tells_of_event = |value: &Expr| {
                value.clock == *clock && self.windows_of(std::slice::from_ref(value)).is_empty()
            };
            if values.iter().any(tells_of_event) {
                return Vec::new();
            }
            windows.retain(|id| !self.signal(*id).is_some_and(|s| matches!(s.clock, Clock::Ticks(_))));
        }
        windows
    }

    /// The longest hopping window that values read: so long their ticks go on.
    pub fn longest_window(&self, values: &[Expr]) -> i64 {
        let mut longest = 0;
        for id in self.windows_of(values) {
            let ticks = match self.signal(id).map(|s| &s.clock) {
                Some(Clock::Ticks(ticks)) => ticks.clone(),
                _ => continue,
            };
            for tick in ticks {
                if let Some(hir::Tick::Every { longest_ns, .. }) = self.twin.ticks.get(tick.index()) {
                    longest = longest.max(*longest_ns);
                }
            }
        }
        longest
    }

    /// The sink and one expression per field of it.
    fn emitted(
        &mut self,
        sink: &Ident,
        record: &[ast::RecordField],
        span: Span,
    ) -> Option<(SinkId, Vec<Option<Expr>>)> {
        let id = match self.global(&sink.text) {
            Some(Global::Sink(id)) => id,
            Some(Global::Unknown) => return None,
            other => {
                let names: Vec<String> = self.program.sinks.iter().map(|s| s.name.clone()).collect();
                let near = nearest(&sink.text, names.iter().map(String::as_str));
                let finding = match other {
                    Some(_) => name_errors::not_a_sink(sink),
                    None => name_errors::unknown_sink(sink, near),
                };
                self.push(finding);
                for field in record {
                    self.field_value(field, None);
                }
                return None;
            }
        };
        self.note_stream(sink);
        self.expect_expiry(id, sink);
        let mut fields: Vec<Option<Expr>> = Vec::new();
        for field in record {
            self.emitted_field(id, field, &mut fields);
        }
        let declared = self.program.sinks.get(id.index())?;
        fields.resize(declared.fields.len(), None);
        let missing: Vec<String> = match self.gathered_sinks.contains(&id) {
            true => Vec::new(),
            false => declared
                .fields
                .iter()
                .zip(&fields)
                .filter(|(field, value)| !field.optional && value.is_none())
                .map(|(field, _)| field.name.clone())
                .collect(),
        };
        if !missing.is_empty() {
            let names: Vec<&str> = record.iter().map(|f| f.name.text.as_str()).collect();
            // A misspelt field has been reported; what it stands for is not missing as well.
            if names.iter().all(|name| declared.fields.iter().any(|f| f.name == *name)) {
                let place = declared.span;
                self.push(schema_errors::sink_misses(sink, &missing, place, span));
            }
        }
        Some((id, fields))
    }

    fn emitted_field(&mut self, sink: SinkId, field: &ast::RecordField, fields: &mut Vec<Option<Expr>>) {
        let Some(declared) = self.program.sinks.get(sink.index()) else { return };
        let known = declared.fields.iter().position(|f| f.name == field.name.text);
        let is_gathered = self.gathered_sinks.contains(&sink);
        let at = match known {
            Some(at) => at,
            None if is_gathered => declared.fields.len(),
            None => {
                let names: Vec<&str> = declared.fields.iter().map(|f| f.name.as_str()).collect();
                let near = nearest(&field.name.text, names.iter().copied());
                let finding = name_errors::unknown_field(&field.name, &declared.name, &names, near);
                let finding = finding.also(declared.span, "the sink is declared here");
                self.push(finding);
                self.field_value(field, None);
                return;
            }
        };
        let target = declared.fields.get(at).map(|f| (f.ty.clone(), f.unit.clone()));
        let target = target.filter(|(ty, _)| *ty != Type::Absent);
        let value = self.field_value(field, target.as_ref().map(|(ty, _)| ty));
        self.expect_trigger(&value);
        let value = match &target {
            Some((ty, _)) => {
                let value = self.as_text_where_asked(value, ty);
                self.coerce(value, ty, &format!("`{}`", field.name.text))
            }
            None => value,
        };
        if target.is_none() {
            let gathered = self.gathered_field(field, &value);
            if let Some(declared) = self.program.sinks.get_mut(sink.index()) {
                match declared.fields.get_mut(at) {
                    Some(known) => *known = gathered,
                    None => declared.fields.push(gathered),
                }
            }
        }
        if fields.len() <= at {
            fields.resize(at + 1, None);
        }
        if let Some(slot) = fields.get_mut(at) {
            *slot = Some(value);
        }
    }

    /// The field of a sink without a schema, from the first value that is written to it.
    fn gathered_field(&self, field: &ast::RecordField, value: &Expr) -> SinkField {
        let nested = self.nested_schema(&value.ty);
        let parts = match (&value.ty, nested) {
            (Type::Record(_), None) => {
                (0..value.ty.width() as u32).map(|word| self.unit_of_part(value, word)).collect()
            }
            _ => Vec::new(),
        };
        SinkField {
            name: field.name.text.clone(),
            wire: hir::Wire::Name(field.name.text.clone()),
            ty: value.ty.clone(),
            optional: true,
            unit: value.unit.clone(),
            time: (value.ty == Type::Timestamp).then_some(hir::TimeFormat::Rfc3339),
            nested,
            parts,
        }
    }

    /// A sink's text field takes an enum's value, or a machine's state, as it is written on the wire.
    fn as_text_where_asked(&self, value: Expr, ty: &Type) -> Expr {
        let (Type::Enum(id), Type::String(_)) = (&value.ty, ty) else { return value };
        let Some(declared) = self.program.enums.get(id.0 as usize) else { return value };
        let (span, clock, optional) = (value.span, value.clock.clone(), value.optional);
        let arm = |(at, text): (usize, &String)| {
            let ordinal = hir::Const::Word(twin_types::words::from_i64(at as i64));
            (ordinal, Expr::text(text.clone(), span))
        };
        let arms = declared.wire.iter().enumerate().map(arm).collect();
        let kind = ExprKind::Match(Box::new(value), arms, None);
        Expr::new(kind, ty.clone(), span).with(clock, optional)
    }

    /// Emits that came before a gathered sink knew all its fields get the rest as absent.
    pub fn pad_emits(&mut self) {
        let widths: Vec<usize> = self.program.sinks.iter().map(|s| s.fields.len()).collect();
        let pad = |sink: SinkId, fields: &mut Vec<Option<Expr>>| {
            let width = widths.get(sink.index()).copied().unwrap_or(0);
            fields.resize(width.max(fields.len()), None);
        };
        for twin in &mut self.program.twins {
            for member in &mut twin.members {
                match member {
                    Member::Emit(emit) => pad(emit.sink, &mut emit.fields),
                    Member::On(on) => pad_statements(&mut on.body, &pad),
                    Member::Machine(machine) => {
                        machine.lines.iter_mut().for_each(|line| pad_statements(&mut line.body, &pad));
                    }
                    _ => {}
                }
            }
            for rule in &mut twin.rules {
                pad_statements(&mut rule.body, &pad);
                pad_statements(&mut rule.on_clear, &pad);
            }
        }
    }
}

fn pad_statements(statements: &mut [Stmt], pad: &impl Fn(SinkId, &mut Vec<Option<Expr>>)) {
    for statement in statements {
        match statement {
            Stmt::Emit { sink, fields, .. } => pad(*sink, fields),
            Stmt::If { then, otherwise, .. } => {
                pad_statements(then, pad);
                pad_statements(otherwise, pad);
            }
            Stmt::Assign { .. } | Stmt::Reset(..) | Stmt::Let(..) => {}
        }
    }
}

fn name_of(expr: &ast::Expr) -> Option<&Ident> {
    match &expr.kind {
        Syntax::Name(name) => Some(name),
        _ => None,
    }
}
