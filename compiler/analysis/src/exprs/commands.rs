//! `COMMAND.pending`, `.acked`, `.expired`: what has become of the last command that a twin sent.

use crate::checker::Checker;
use crate::errors::{names as errors, state as state_errors};
use crate::hir::{CommandState, Expr, ExprKind, SinkId};
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::{self, Ident};
use twin_types::Type;

impl Checker<'_> {
    pub(super) fn command_part(&mut self, sink: SinkId, owner: &Ident, name: &Ident) -> Expr {
        let is_command = self.program.sinks.get(sink.index()).is_some_and(|s| s.command.is_some());
        let state = match name.text.as_str() {
            "pending" => CommandState::Pending,
            "acked" => CommandState::Acked,
            "expired" => CommandState::Expired,
            _ => return self.fail(errors::command_part(owner, name, is_command), name.span),
        };
        if !is_command {
            return self.fail(errors::command_part(owner, name, false), name.span);
        }
        if let Some(finding) = self.unheard(sink, owner, name) {
            if self.twin.unheard_commands.insert(sink) {
                self.push(finding);
            }
            return Expr::error(name.span);
        }
        self.warn_unanswerable(sink, owner, name, state);
        Expr::new(ExprKind::CommandState(sink, state), Type::Bool, name.span)
    }

    /// A twin that asks about a command and does not listen to the input that answers.
    fn unheard(&self, sink: SinkId, owner: &Ident, name: &Ident) -> Option<Diagnostic> {
        let declared = self.program.sinks.get(sink.index())?;
        let (source, _) = declared.command.as_ref()?.ack?;
        let twin = &self.twin;
        if twin.has_unknown_input || twin.inputs.iter().any(|input| input.source == source) {
            return None;
        }
        let answers = &self.program.sources.get(source.index())?.name;
        let first = twin.inputs.first().map(|input| input.span);
        Some(state_errors::unheard_answer(owner, name, (answers, &twin.name), declared.span, first))
    }

    /// Without `ack` nothing is ever acked, without `expires` nothing expires.
    fn warn_unanswerable(&mut self, sink: SinkId, owner: &Ident, name: &Ident, state: CommandState) {
        let setting = match state {
            CommandState::Acked => "ack",
            CommandState::Expired => "expires",
            CommandState::Pending => return,
        };
        let Some(declared) = self.program.sinks.get(sink.index()).map(|sink| sink.span) else { return };
        if !self.has_setting(declared, setting) {
            self.push(state_errors::command_without(owner, name, setting, declared));
        }
    }

    /// Whether a setting of a sink is written, be it well or badly: of what is wrong in it one finding is enough.
    fn has_setting(&self, sink: Span, setting: &str) -> bool {
        self.modules.iter().flat_map(|module| &module.ast.items).any(|item| match &item.kind {
            ast::ItemKind::Stream(stream) => {
                stream.name.span == sink && stream.settings.iter().any(|s| s.name.text == setting)
            }
            _ => false,
        })
    }
}
