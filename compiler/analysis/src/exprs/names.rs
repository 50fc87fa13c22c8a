//! Bare names: signals, fields of the inputs, keys, values of enums, `now` and `elapsed`.

use crate::checker::Checker;
use crate::errors::names as errors;
use crate::hir::{self, Clock, Expr, ExprKind, InputId, RuleId, SignalId, SourceId};
use crate::modules::Global;
use crate::scope::{Binding, nearest};
use twin_syntax::ast::Ident;
use twin_types::{EnumId, Type};

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &Ident, expected: Option<&Type>) -> Expr {
        if let Some(Type::Enum(id)) = expected
            && self.has_value(*id, &name.text)
            && !self.reads_as(&name.text, *id)
        {
            return self.enum_value(*id, name);
        }
        if let Some((binding, declared)) = self.lookup(&name.text) {
            return self.bound(name, binding, declared);
        }
        if let Some(expr) = self.record_field(name).or_else(|| self.input_field(name)) {
            return expr;
        }
        match name.text.as_str() {
            "now" => return Expr::new(ExprKind::Now, Type::Timestamp, name.span),
            "elapsed" if self.in_block() => return Expr::new(ExprKind::Elapsed, Type::Duration, name.span),
            _ => {}
        }
        self.no_such_name(name, expected)
    }

    fn bound(&mut self, name: &Ident, binding: Binding, declared: twin_diagnostics::Span) -> Expr {
        match binding {
            Binding::Signal(id) => self.signal_read(id, name),
            Binding::Alias(expr) => {
                let expr = Expr { span: name.span, ..*expr };
                self.note(name, &expr, Some(declared), "");
                expr
            }
            Binding::Later(span) => self
                .fail(errors::read_too_early(name, span, &self.world.line(span, name.span.file)), name.span),
            Binding::Key => {
                let ty = self.key_type();
                let expr = Expr::new(ExprKind::Key, ty, name.span);
                self.note(name, &expr, Some(declared), "The key of the twin.");
                expr
            }
            Binding::Rule(_) => self.fail(errors::rule_as_value(name), name.span),
            Binding::Input(_) => self.fail(errors::input_as_value(name), name.span),
            Binding::Unknown | Binding::Part => Expr::error(name.span),
        }
    }

    pub(crate) fn signal_read(&mut self, id: SignalId, name: &Ident) -> Expr {
        let Some(signal) = self.signal(id) else { return Expr::error(name.span) };
        let clock = match signal.kind {
            hir::SignalKind::Let | hir::SignalKind::Operator => signal.clock.clone(),
            // They give their value and trigger nothing.
            _ => Clock::Held,
        };
        let (ty, optional, unit) = (signal.ty.clone(), signal.optional, signal.unit.clone());
        let (declared, doc) = (signal.span, signal.doc.clone());
        if ty == Type::Error {
            return Expr::error(name.span);
        }
        // A constant argument of a block stays a constant, so that windows may take their length from it.
        let expr = Expr::new(ExprKind::Signal(id), ty, name.span).with(clock, optional).shown_in(unit);
        self.note_signal(name, &expr, declared, &doc, id);
        expr
    }

    /// Whether a bare name can be read here as something other than an enum's value.
    pub(crate) fn is_readable(&self, name: &str) -> bool {
        self.lookup(name).is_some()
            || self.visible().any(|f| f.record.is_some_and(|id| self.schema_has(id, name)))
            || (self.visible().any(|f| f.is_twin) && !self.inputs_with(name).is_empty())
            || matches!(name, "now" | "elapsed")
    }

    /// Whether a bare name is a signal of this very enum.
    fn reads_as(&self, name: &str, id: EnumId) -> bool {
        match self.lookup(name) {
            Some((Binding::Signal(signal), _)) => self.signal(signal).is_some_and(|s| s.ty == Type::Enum(id)),
            Some((Binding::Alias(expr), _)) => expr.ty == Type::Enum(id),
            _ => false,
        }
    }

    fn schema_has(&self, id: hir::SchemaId, name: &str) -> bool {
        self.program.schemas.get(id.index()).is_some_and(|s| s.fields.iter().any(|f| f.name == name))
    }

    fn in_block(&self) -> bool {
        self.visible().any(|frame| frame.is_barrier) && self.twin.block_depth > 0
    }

    /// A field of the record that a source's own expressions are about.
    pub(super) fn record_field(&mut self, name: &Ident) -> Option<Expr> {
        let id = self.visible().find_map(|frame| frame.record)?;
        let (offset, field) = self.schema_field(id, &name.text)?;
        let expr = Expr::new(ExprKind::SourceField(offset), field.ty.clone(), name.span);
        let expr = expr.with(Clock::Held, field.optional).shown_in(field.unit.clone());
        let (span, doc) = (field.span, field.doc.clone());
        self.note(name, &expr, Some(span), &doc);
        Some(expr)
    }

    /// A field that one input of the twin has.
    fn input_field(&mut self, name: &Ident) -> Option<Expr> {
        if !self.visible().any(|frame| frame.is_twin) {
            return None;
        }
        match self.inputs_with(&name.text).as_slice() {
            [] => None,
            [one] => Some(self.field_of_input(*one, name)),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .filter_map(|id| self.twin.inputs.get(id.index()))
                    .map(|input| input.name.clone())
                    .collect();
                Some(self.fail(errors::ambiguous_field(name, &names), name.span))
            }
        }
    }

    fn inputs_with(&self, name: &str) -> Vec<InputId> {
        let has = |source: SourceId| self.source_fields(source).iter().any(|f| f.name == name);
        let inputs = self.twin.inputs.iter().enumerate();
        inputs.filter(|(_, i)| has(i.source)).map(|(at, _)| InputId(at as u32)).collect()
    }

    pub(super) fn field_of_input(&mut self, input: InputId, name: &Ident) -> Expr {
        let Some(source) = self.twin.inputs.get(input.index()).map(|i| i.source) else {
            return Expr::error(name.span);
        };
        let Some(schema) = self.program.sources.get(source.index()).map(|s| s.schema) else {
            return Expr::error(name.span);
        };
        let Some((offset, field)) = self.schema_field(schema, &name.text) else {
            let finding = self.unknown_field_of(schema, name);
            return self.fail(finding, name.span);
        };
        let expr = Expr::new(ExprKind::Field(input, offset), field.ty.clone(), name.span);
        let expr = expr.with(Clock::Events(input), field.optional).shown_in(field.unit.clone());
        let (span, doc) = (field.span, field.doc.clone());
        self.note(name, &expr, Some(span), &doc);
        expr
    }

    pub(super) fn unknown_field_of(
        &self,
        schema: hir::SchemaId,
        name: &Ident,
    ) -> twin_diagnostics::Diagnostic {
        let Some(schema) = self.program.schemas.get(schema.index()) else {
            return errors::unknown_field(name, "record", &[], None);
        };
        let names: Vec<&str> = schema.fields.iter().map(|f| f.name.as_str()).collect();
        let near = nearest(&name.text, names.iter().copied());
        errors::unknown_field(name, &schema.name, &names, near)
            .also(schema.span, "its fields are declared here")
    }

    /// A value of an enum or machine by its bare name.
    pub(super) fn enum_value(&mut self, id: EnumId, name: &Ident) -> Expr {
        let Some(declared) = self.program.enums.get(id.0 as usize) else { return Expr::error(name.span) };
        if let Some(at) = declared.values.iter().position(|value| *value == name.text) {
            let expr = Expr::whole(at as i64, Type::Enum(id), name.span);
            self.note(name, &expr, None, "");
            return expr;
        }
        let near = nearest(&name.text, declared.values.iter().map(String::as_str)).map(str::to_string);
        let finding = errors::unknown_value(name, &declared.name, &declared.values, near.as_deref());
        self.fail(finding, name.span)
    }

    fn has_value(&self, id: EnumId, name: &str) -> bool {
        self.program.enums.get(id.0 as usize).is_some_and(|e| e.values.iter().any(|value| value == name))
    }

    fn no_such_name(&mut self, name: &Ident, expected: Option<&Type>) -> Expr {
        if let Some(Type::Enum(id)) = expected {
            return self.enum_value(*id, name);
        }
        let finding = match self.global(&name.text) {
            Some(Global::Unknown) => return Expr::error(name.span),
            Some(Global::Table(_)) => errors::table_as_value(name),
            Some(Global::Sink(_)) => errors::stream_as_value(name, "sink"),
            Some(Global::Source(_)) => errors::source_not_an_input(name),
            Some(Global::Code(..)) => errors::code_as_value(name),
            Some(_) => errors::stream_as_value(name, "type"),
            None if self.library.builtin(&name.text).is_some() => errors::code_as_value(name),
            None if self.twin.has_unknown_input && self.visible().any(|f| f.is_twin) => {
                return Expr::error(name.span);
            }
            None => {
                let names = self.visible_names();
                let near = nearest(&name.text, names.iter().map(String::as_str));
                let of_schema = self.schema_of_inputs();
                errors::unknown_name(name, near, of_schema)
            }
        };
        self.fail(finding, name.span)
    }

    /// Name and fields of the one schema whose fields are names here.
    fn schema_of_inputs(&self) -> Option<(String, Vec<String>)> {
        let id = match self.visible().find_map(|frame| frame.record) {
            Some(id) => id,
            None if !self.visible().any(|f| f.is_twin) => return None,
            None => match self.twin.inputs.as_slice() {
                [only] => self.program.sources.get(only.source.index())?.schema,
                _ => return None,
            },
        };
        let schema = self.program.schemas.get(id.index())?;
        Some((schema.name.clone(), schema.fields.iter().map(|f| f.name.clone()).collect()))
    }

    pub(super) fn rule_part(&mut self, rule: RuleId, name: &Ident) -> Expr {
        match name.text.as_str() {
            "active" => Expr::new(ExprKind::RuleActive(rule), Type::Bool, name.span),
            "count" => Expr::new(ExprKind::RuleCount(rule), Type::Int, name.span),
            _ => self.fail(errors::rule_part(name), name.span),
        }
    }
}
