//! Commands: what answers them, how long they are worth carrying out, and by which clock.

use crate::checker::Checker;
use crate::errors::{names as name_errors, schemas as errors, time as time_errors};
use crate::hir::{Command, ExprKind, SinkId, Source, SourceId, TimeOf};
use crate::modules::Global;
use crate::scope::nearest;
use crate::streams::setting;
use twin_syntax::ast::{self, ExprKind as Syntax, Ident, SettingValue};
use twin_types::{Type, Unit};

impl Checker<'_> {
    /// The settings that make a sink a command.
    pub(crate) fn command(&mut self, stream: &ast::StreamDecl) -> Command {
        let counts = self.unit_of_expiry(stream);
        let dimension = counts.as_ref().map(|unit| unit.quantity.dimension);
        let outer = std::mem::replace(&mut self.twin.clock_dimension, dimension);
        let expires_ns = self.span_setting(stream, "expires").map(|e| e.0);
        self.twin.clock_dimension = outer;
        Command { expires_ns, counts, ack: self.ack(stream) }
    }

    /// A command expires by the clock of the twin that sends it, so both count the same.
    pub(crate) fn expect_expiry(&mut self, sink: SinkId, name: &Ident) {
        let Some(declared) = self.program.sinks.get(sink.index()) else { return };
        let Some(command) = declared.command.as_ref().filter(|c| c.expires_ns.is_some()) else { return };
        let quantity = |unit: &Option<Unit>| unit.as_ref().map(|unit| unit.quantity);
        if self.twin.has_unknown_input || quantity(&command.counts) == quantity(&self.twin.counts) {
            return;
        }
        let word =
            |unit: &Option<Unit>| unit.as_ref().map_or("time".to_string(), |u| format!("`{}`", u.symbol));
        let (expiry, clock) = (word(&command.counts), word(&self.twin.counts));
        let finding =
            time_errors::expiry_clock(name, &expiry, &clock, self.twin.counts.as_ref(), declared.span);
        self.push(finding);
    }

    /// `expires: 50 cycle` is by a clock that counts cycles, if a source has one.
    fn unit_of_expiry(&self, stream: &ast::StreamDecl) -> Option<Unit> {
        let SettingValue::Expr(ast::Expr { kind: Syntax::Number(number), .. }) =
            &setting(stream, "expires")?.value
        else {
            return None;
        };
        let factors = &number.unit.as_ref()?.factors;
        let factors: Vec<(&str, i32)> = factors.iter().map(|f| (f.name.text.as_str(), f.halves)).collect();
        let written = self.units.compound(&factors).ok()?;
        let counted = |source: &Source| match &source.time {
            TimeOf::Count(_, unit) if unit.quantity == written.quantity => Some(unit.clone()),
            _ => None,
        };
        self.program.sources.iter().find_map(counted)
    }

    /// The source whose records answer, and the field there that names the command.
    fn ack(&mut self, stream: &ast::StreamDecl) -> Option<(SourceId, u32)> {
        let found = setting(stream, "ack")?;
        let SettingValue::Ack { input, by } = &found.value else {
            self.push(errors::setting_value(
                "ack",
                "an input and a field: `ack: stop_acks by command_id`",
                found.span,
            ));
            return None;
        };
        let Some(Global::Source(source)) = self.global(&input.text) else {
            let names: Vec<String> = self.program.sources.iter().map(|s| s.name.clone()).collect();
            let near = nearest(&input.text, names.iter().map(String::as_str));
            self.push(name_errors::unknown_stream(input, "source", near));
            return None;
        };
        let schema = self.source_schema_written(source);
        let command = self.record_of.replace(input.text.clone());
        let value = self.record_expr(schema, by, None, "`ack`");
        self.record_of = command;
        match value.kind {
            ExprKind::SourceField(at) if matches!(value.ty, Type::String(_)) => Some((source, at)),
            ExprKind::Error => None,
            _ => {
                self.push(errors::setting_value("ack", "a text field of the input that answers", by.span));
                None
            }
        }
    }
}
