//! Commands: their ids, and what a twin knows of the last one that it sent.
//!
//! A command is pending from its emit until the input that answers names its id, or until the twin's clock passes its
//! expiry; an answer at the very moment of the expiry still counts. A newer command takes the place of the older one.

use crate::{exprs::Build, twins::Twin};
use std::collections::BTreeSet;
use twin_analysis::hir::{self, CommandState, ExprKind, SinkId};
use twin_diagnostics::Span;
use twin_plan::{Compare, ExprId, NodeKind, Prim, Slot, SlotKind, Stmt, Trigger, layout::NEVER};
use twin_types::Scalar;

/// Slots of a command of a twin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    /// When the last one was sent, and how many had been sent at that time with it: what its id is made of.
    sent_at: Slot,
    times: Slot,
    /// Where somebody asks: what has become of it, and when it expires.
    life: Option<(Slot, Slot)>,
}

const PENDING: i64 = 1;
const ACKED: i64 = 2;
const EXPIRED: i64 = 3;

impl Twin<'_, '_> {
    /// Operators that follow the commands which the twin asks about, before all members: what answers is known in the
    /// step of the answer.
    pub fn declare_commands(&mut self) {
        let mut asked = BTreeSet::new();
        let mut look = |expr: &hir::Expr| {
            if let ExprKind::CommandState(sink, _) = expr.kind {
                asked.insert(sink);
            }
        };
        crate::resets::visit_members(&self.hir.members, self.hir, &mut look);
        let program = self.lowering.program;
        for probe in self.lowering.probes.into_iter().flatten() {
            if program.twins[probe.twin.index()].name == self.hir.name {
                probe.values.iter().for_each(|value| crate::resets::visit_expr(value, &mut look));
            }
        }
        for (at, sink) in (0..).map(SinkId).zip(&program.sinks) {
            if let Some(command) = &sink.command
                && asked.contains(&at)
            {
                self.follow_command(at, command, sink.span);
            }
        }
    }

    fn follow_command(&mut self, sink: SinkId, settings: &hir::Command, span: Span) {
        let name = self.lowering.program.sinks[sink.index()].name.clone();
        let outer = std::mem::replace(&mut self.member, name);
        let numbers = self.command(sink);
        let state = self.slot("state", SlotKind::Value(Scalar::Int), &[0]);
        let due = self.deadline("expires");
        self.commands.insert(sink, Command { life: Some((state, due)), ..numbers });
        for (input, of) in (0..).zip(&self.hir.inputs) {
            if let Some((source, field)) = settings.ack
                && of.source == source
            {
                self.take_answer(sink, (input, field), span);
            }
        }
        if settings.expires_ns.is_some() {
            let tick = self.deadline_tick(vec![due]);
            self.op(Trigger { ticks: vec![tick], ..Trigger::default() }, span, |this| {
                let (now, at) = (this.now(), this.read_slot(due, Scalar::Timestamp));
                let is_due = this.compare_int(Compare::Le, at, now);
                let pending = this.command_is(state, PENDING);
                let when = this.and(is_due, pending);
                let expired = this.int(EXPIRED, Scalar::Int);
                vec![Stmt::If { when, then: vec![Stmt::Store(state, expired)], otherwise: Vec::new() }]
            });
        }
        self.member = outer;
    }

    /// An event of the input that answers: it counts where it names the command that is pending.
    fn take_answer(&mut self, sink: SinkId, (input, field): (u32, u32), span: Span) {
        let Some((state, due)) = self.command(sink).life else { return };
        self.op(Trigger { inputs: vec![input], ..Trigger::default() }, span, |this| {
            let named = this.field(hir::InputId(input), field, Scalar::String, span);
            let id = this.sent_id(sink, span);
            let is_it = this.compare(Compare::Eq, named, id, span);
            let pending = this.command_is(state, PENDING);
            let when = this.and(pending, is_it);
            let acked = this.int(ACKED, Scalar::Int);
            let never = this.int(NEVER, Scalar::Timestamp);
            let then = vec![Stmt::Store(state, acked), Stmt::Deadline(due, never)];
            vec![Stmt::If { when, then, otherwise: Vec::new() }]
        });
    }

    /// What a command's id is made of.
    fn command(&mut self, sink: SinkId) -> Command {
        if let Some(known) = self.commands.get(&sink) {
            return *known;
        }
        // It belongs to the twin, not to the member that sends it.
        let owners = std::mem::take(&mut self.owners);
        let name = self.lowering.program.sinks[sink.index()].name.clone();
        let outer = std::mem::replace(&mut self.member, name);
        let sent_at = self.value_slot("sent at", Scalar::Timestamp);
        let times = self.slot("times", SlotKind::Value(Scalar::Int), &[0]);
        self.member = outer;
        self.owners = owners;
        let command = Command { sent_at, times, life: None };
        self.commands.insert(sink, command);
        command
    }

    fn command_id(&mut self, sink: SinkId, time: ExprId, times: ExprId, span: Span) -> ExprId {
        let program = self.lowering.program;
        let name = format!("{}/{}/{}", program.name, self.hir.name, program.sinks[sink.index()].name);
        let name = self.lowering.text(&name);
        self.push(NodeKind::CommandId(name, time, times), Scalar::String, span)
    }

    /// The id of the last one sent; absent before the first.
    fn sent_id(&mut self, sink: SinkId, span: Span) -> ExprId {
        let Command { sent_at, times, .. } = self.command(sink);
        let time = self.read_slot(sent_at, Scalar::Timestamp);
        let times = self.read_slot(times, Scalar::Int);
        self.command_id(sink, time, times, span)
    }

    /// A command is sent now: what comes before its record, its id, and what comes after.
    pub fn send(&mut self, sink: SinkId, span: Span) -> (Stmt, ExprId, Vec<Stmt>) {
        let Command { sent_at, times, life } = self.command(sink);
        let expires_ns =
            self.lowering.program.sinks[sink.index()].command.as_ref().and_then(|c| c.expires_ns);
        let (now, one) = (self.now(), self.int(1, Scalar::Int));
        let before = self.read_slot(sent_at, Scalar::Timestamp);
        let again = self.compare_int(Compare::Eq, before, now);
        let no = self.bool(false);
        let again = self.coalesce(again, no);
        let known = self.read_slot(times, Scalar::Int);
        let more = self.prim(Prim::AddInt, &[known, one], Scalar::Int, span);
        let count = self.select(again, more, one);
        let value = self.value("sent at this time", Scalar::Int, span);
        let count_now = self.read_value(value);
        let id = self.command_id(sink, now, count_now, span);
        let mut after = vec![Stmt::Store(sent_at, now), Stmt::Store(times, count_now)];
        if let Some((state, due)) = life {
            let pending = self.int(PENDING, Scalar::Int);
            after.push(Stmt::Store(state, pending));
            let moment = match expires_ns {
                Some(ns) => {
                    let ns = self.int(ns, Scalar::Duration);
                    self.prim(Prim::AddInt, &[now, ns], Scalar::Timestamp, span)
                }
                None => self.int(NEVER, Scalar::Timestamp),
            };
            after.push(Stmt::Deadline(due, moment));
        }
        (Stmt::Let(value, count), id, after)
    }

    fn command_is(&mut self, state: Slot, wanted: i64) -> ExprId {
        let state = self.read_slot(state, Scalar::Int);
        let wanted = self.int(wanted, Scalar::Int);
        self.compare_int(Compare::Eq, state, wanted)
    }

    /// `limit.pending`, `.acked`, `.expired`: of the last one that this twin has sent, so false before the first.
    pub fn command_state(&mut self, sink: SinkId, state: CommandState) -> ExprId {
        let wanted = match state {
            CommandState::Pending => PENDING,
            CommandState::Acked => ACKED,
            CommandState::Expired => EXPIRED,
        };
        match self.command(sink).life {
            Some((slot, _)) => self.command_is(slot, wanted),
            None => self.bool(false),
        }
    }
}
