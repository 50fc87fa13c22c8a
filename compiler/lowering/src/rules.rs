//! Rules: inactive, pending, raised, cleared.

use crate::{
    exprs::Build,
    holding::Holding,
    machines::union,
    sequences::Sequence,
    twins::{RuleSlots, Twin},
};
use twin_analysis::hir::{self, Condition, MessagePart, RuleId, Until};
use twin_plan::{
    CaptureId, CapturePlan, Compare, MessagePiece, OutputId, OutputKind, Prim, RulePlan, Shown, Slot,
    SlotKind, Stmt, Trigger, ValueId, layout::NEVER,
};
use twin_types::{Scalar, Unit};

/// The slots of a rule, and what else its statements need.
struct Life<'r> {
    id: RuleId,
    rule: &'r hir::Rule,
    slots: RuleSlots,
    /// When it was raised last, and how often at that time.
    raised_at: Slot,
    times: Slot,
    /// When its condition became true.
    since: Slot,
    pending: Option<Holding>,
    clearing: Option<Holding>,
    sequence: Option<Sequence>,
    /// Deadline of the next repeat, and its tick.
    repeat: Option<(Slot, u32)>,
    captures: Vec<CaptureId>,
    /// Whether its life has changed in this step.
    changed: ValueId,
}

impl<'a> Twin<'_, 'a> {
    pub fn rule(&mut self, id: RuleId) {
        let twin = self.hir;
        let rule = &twin.rules[id.index()];
        let outer = std::mem::replace(&mut self.member, rule.name.clone());
        let life = self.life(id, rule);
        self.plan_rule(rule);
        self.feed_captures(&life);
        let (raise, clear, repeat) = self.rule_triggers(&life);
        let all = union(&union(&raise, &clear), &repeat);
        self.op(all, rule.span, |this| {
            let no = this.bool(false);
            let mut stmts = vec![Stmt::Let(life.changed, no)];
            if let Some((due, tick)) = life.repeat {
                let at_tick = Trigger { ticks: vec![tick], ..Trigger::default() };
                stmts.push(this.within(at_tick, |this| this.repeat(&life, due)));
            }
            if let Until::Holds(when, hold_for) = &rule.until {
                stmts.push(this.within(clear, |this| this.clear_when(&life, when, hold_for.as_ref())));
            }
            stmts.push(this.within(raise, |this| this.raise_when(&life)));
            stmts
        });
        self.close_captures(&life);
        self.member = outer;
    }

    fn life(&mut self, id: RuleId, rule: &'a hir::Rule) -> Life<'a> {
        let repeat = rule.repeat.as_ref().map(|_| {
            let due = self.deadline("repeat");
            (due, self.deadline_tick(vec![due]))
        });
        let sequence = match &rule.when {
            Condition::Sequence(steps) => Some(self.sequence(steps)),
            Condition::Expr(_) => None,
        };
        let clears_for = matches!(&rule.until, Until::Holds(_, Some(_)));
        let pending = rule.hold_for.as_ref().map(|_| self.holding(""));
        let raised_at = self.value_slot("raised at", Scalar::Timestamp);
        let times = self.slot("times", SlotKind::Value(Scalar::Int), &[0]);
        let since = match &pending {
            Some(pending) => pending.since,
            None => self.value_slot("since", Scalar::Timestamp),
        };
        let mut life = Life {
            id,
            rule,
            slots: self.rule_slots[id.index()],
            raised_at,
            times,
            since,
            pending,
            clearing: clears_for.then(|| self.holding("until ")),
            sequence,
            repeat,
            captures: Vec::new(),
            changed: self.value("changed", Scalar::Bool, rule.span),
        };
        life.captures = rule.captures.iter().map(|capture| self.capture(&life, capture)).collect();
        life
    }

    /// In which steps the rule may be raised (and, without `until`, cleared), cleared, repeated.
    fn rule_triggers(&mut self, life: &Life<'a>) -> (Trigger, Trigger, Trigger) {
        let mut raise = match (&life.rule.when, &life.sequence) {
            (_, Some(sequence)) => sequence.trigger(),
            (Condition::Expr(when), None) => self.trigger_of(&when.clock),
            (Condition::Sequence(_), None) => Trigger::default(),
        };
        if let Condition::Expr(when) = &life.rule.when {
            crate::resets::visit_expr(when, &mut |expr| {
                if let hir::ExprKind::Silent(input, ..) = expr.kind {
                    let quiet = Trigger { quiet: true, inputs: vec![input.0], ..Trigger::default() };
                    raise = if raise.every_step { quiet } else { union(&raise, &quiet) };
                }
            });
        }
        let clear = match &life.rule.until {
            Until::Holds(when, _) => self.trigger_of(&when.clock),
            Until::Never | Until::ConditionFalse => Trigger::default(),
        };
        let repeat =
            Trigger { ticks: life.repeat.iter().map(|(_, tick)| *tick).collect(), ..Trigger::default() };
        (raise, clear, repeat)
    }

    /// One look at the condition.
    fn raise_when(&mut self, life: &Life<'a>) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        let condition = match &life.rule.when {
            Condition::Expr(when) => {
                let when = self.one(when);
                let value = self.value("condition", Scalar::Bool, life.rule.span);
                stmts.push(Stmt::Let(value, when));
                self.read_value(value)
            }
            Condition::Sequence(steps) => {
                let done = self.value("complete", Scalar::Bool, life.rule.span);
                let sequence = life.sequence.as_ref().expect("a rule over a sequence has one");
                stmts.extend(self.follow(sequence, steps, done, life.rule.span));
                self.read_value(done)
            }
        };
        let raised = self.read_slot(life.slots.raised, Scalar::Bool);
        let while_raised = match &life.rule.until {
            // A sequence's alert has been cleared in the step that raised it.
            Until::ConditionFalse if life.sequence.is_none() => {
                let clear = self.clear(life);
                vec![Stmt::If { when: condition, then: Vec::new(), otherwise: clear }]
            }
            _ => Vec::new(),
        };
        let mut raise = self.raise(life);
        if life.sequence.is_some() && matches!(life.rule.until, Until::ConditionFalse) {
            raise.extend(self.clear(life));
        }
        let (look, ready) = match (life.pending, &life.rule.hold_for) {
            (Some(pending), Some(limit)) => {
                let confirmed = self.value("confirmed", Scalar::Bool, life.rule.span);
                let no = self.bool(false);
                let mut look = vec![Stmt::Let(confirmed, no)];
                look.extend(self.look(pending, condition, limit, confirmed));
                (look, self.read_value(confirmed))
            }
            _ => (Vec::new(), condition),
        };
        let changed = self.read_value(life.changed);
        let unchanged = self.not(changed);
        let mut otherwise = look;
        otherwise.push(Stmt::If { when: ready, then: raise, otherwise: Vec::new() });
        let otherwise = vec![Stmt::If { when: unchanged, then: otherwise, otherwise: Vec::new() }];
        stmts.push(Stmt::If { when: raised, then: while_raised, otherwise });
        stmts
    }

    fn raise(&mut self, life: &Life<'a>) -> Vec<Stmt> {
        let (yes, now, one) = (self.bool(true), self.now(), self.int(1, Scalar::Int));
        let count = self.read_slot(life.slots.count, Scalar::Int);
        let count = self.prim(Prim::AddInt, &[count, one], Scalar::Int, life.rule.span);
        let raised_at = self.read_slot(life.raised_at, Scalar::Timestamp);
        let again = self.compare_int(Compare::Eq, raised_at, now);
        let times = self.read_slot(life.times, Scalar::Int);
        let more = self.prim(Prim::AddInt, &[times, one], Scalar::Int, life.rule.span);
        let more = vec![Stmt::Store(life.times, more)];
        let mut stmts =
            vec![Stmt::If { when: again, then: more, otherwise: vec![Stmt::Store(life.times, one)] }];
        stmts.push(Stmt::Store(life.raised_at, now));
        if life.pending.is_none() {
            stmts.push(Stmt::Store(life.since, now));
        }
        stmts.push(Stmt::Store(life.slots.raised, yes));
        stmts.push(Stmt::Store(life.slots.count, count));
        stmts.push(Stmt::Let(life.changed, yes));
        stmts.push(self.alert(life, true));
        for capture in &life.captures {
            stmts.push(self.open_capture(*capture));
        }
        stmts.extend(self.statements(&life.rule.body));
        if let Some((due, _)) = life.repeat {
            stmts.push(self.next_repeat(life, due));
        }
        if let Some(clearing) = life.clearing {
            stmts.extend(self.forget(clearing));
        }
        stmts
    }

    fn clear(&mut self, life: &Life<'a>) -> Vec<Stmt> {
        let (yes, no) = (self.bool(true), self.bool(false));
        let mut stmts = vec![Stmt::Store(life.slots.raised, no), Stmt::Let(life.changed, yes)];
        stmts.push(self.alert(life, false));
        stmts.extend(self.statements(&life.rule.on_clear));
        if let Some(pending) = life.pending {
            stmts.extend(self.forget(pending));
        }
        if let Some((due, _)) = life.repeat {
            let never = self.int(NEVER, Scalar::Timestamp);
            stmts.push(Stmt::Deadline(due, never));
        }
        stmts
    }

    /// `until` is looked at only while raised.
    fn clear_when(&mut self, life: &Life<'a>, when: &hir::Expr, hold_for: Option<&hir::Expr>) -> Vec<Stmt> {
        let condition = self.one(when);
        let raised = self.read_slot(life.slots.raised, Scalar::Bool);
        let clear = self.clear(life);
        let then = match (hold_for, life.clearing) {
            (Some(limit), Some(clearing)) => {
                let confirmed = self.value("confirmed", Scalar::Bool, life.rule.span);
                let no = self.bool(false);
                let mut look = vec![Stmt::Let(confirmed, no)];
                look.extend(self.look(clearing, condition, limit, confirmed));
                let when = self.read_value(confirmed);
                look.push(Stmt::If { when, then: clear, otherwise: Vec::new() });
                look
            }
            _ => vec![Stmt::If { when: condition, then: clear, otherwise: Vec::new() }],
        };
        vec![Stmt::If { when: raised, then, otherwise: Vec::new() }]
    }

    fn next_repeat(&mut self, life: &Life<'a>, due: Slot) -> Stmt {
        let now = self.now();
        let period = match &life.rule.repeat {
            Some(period) => self.one(period),
            None => self.int(NEVER, Scalar::Duration),
        };
        let next = self.prim(Prim::AddInt, &[now, period], Scalar::Timestamp, life.rule.span);
        // A param may say that there is no time between repeats; there is no end to such, so there are none.
        let (zero, never) = (self.int(0, Scalar::Duration), self.int(NEVER, Scalar::Timestamp));
        let goes_on = self.compare_int(Compare::Gt, period, zero);
        let next = self.select(goes_on, next, never);
        Stmt::Deadline(due, next)
    }

    fn repeat(&mut self, life: &Life<'a>, due: Slot) -> Vec<Stmt> {
        let raised = self.read_slot(life.slots.raised, Scalar::Bool);
        let (now, at) = (self.now(), self.read_slot(due, Scalar::Timestamp));
        let is_due = self.compare_int(Compare::Le, at, now);
        let when = self.and(raised, is_due);
        let mut then = self.statements(&life.rule.body);
        then.push(self.next_repeat(life, due));
        vec![Stmt::If { when, then, otherwise: Vec::new() }]
    }

    /// The alert's record: since, time raised, times, the message's values, the values of the why.
    fn alert(&mut self, life: &Life<'a>, is_raised: bool) -> Stmt {
        let mut args = vec![
            self.read_slot(life.since, Scalar::Timestamp),
            self.read_slot(life.raised_at, Scalar::Timestamp),
            self.read_slot(life.times, Scalar::Int),
        ];
        for part in life.rule.message.iter().flatten() {
            if let MessagePart::Value { value, .. } = part {
                args.push(self.one(value));
            }
        }
        for why in &life.rule.why {
            args.push(self.one(&why.value));
        }
        let kind = OutputKind::Alert { rule: life.id.0, is_raised };
        let output = self.output(kind, &args, life.rule.span);
        Stmt::Output(output, args)
    }

    /// The unit of a time or a duration of a twin whose clock counts something else.
    fn counted(&self, ty: Scalar) -> Option<Unit> {
        self.hir.counts.clone().filter(|_| matches!(ty, Scalar::Timestamp | Scalar::Duration))
    }

    fn plan_rule(&mut self, rule: &hir::Rule) {
        let mut args = 0;
        let message = rule.message.iter().flatten().map(|part| match part {
            MessagePart::Text(text) => MessagePiece::Text(text.clone()),
            MessagePart::Value { value, decimals, unit } => {
                args += 1;
                let ty = value.ty.scalar().unwrap_or(Scalar::Real);
                let unit = unit.clone().or_else(|| self.counted(ty));
                MessagePiece::Value(args - 1, Shown { ty, unit, decimals: *decimals })
            }
        });
        let message = message.collect();
        let why = rule.why.iter().map(|why| {
            let ty = why.value.ty.scalar().unwrap_or(Scalar::Real);
            let unit = why.unit.clone().or_else(|| self.counted(ty));
            (why.name.clone(), Shown { ty, unit, decimals: None })
        });
        let why = why.collect();
        self.plan.rules.push(RulePlan {
            name: rule.name.clone(),
            severity: rule.severity.clone(),
            message,
            message_args: args,
            why,
            span: rule.span,
        });
    }

    fn capture(&mut self, life: &Life<'a>, capture: &hir::Capture) -> CaptureId {
        let heap = self.slot("captured", SlotKind::Heap, &[0]);
        let due = self.deadline("capture until");
        let id = CaptureId(self.plan.captures.len() as u32);
        let source = self.plan.inputs[capture.input.index()].source as usize;
        // The flight recorder keeps whole records, so every word of the schema is decoded.
        let words = self.lowering.source_columns[source].flat.len() as u32;
        for word in 0..words {
            self.lowering.source_column(source, word);
        }
        let output = OutputId(self.plan.outputs.len() as u32);
        let scalars = self.lowering.plan.sources[source].columns.iter().map(|c| c.ty);
        let args = [Scalar::Timestamp, Scalar::Int, Scalar::Bool].into_iter().chain(scalars).collect();
        self.plan.outputs.push(twin_plan::Output {
            kind: OutputKind::Capture(id),
            args,
            span: life.rule.span,
        });
        self.plan.captures.push(CapturePlan {
            rule: life.id.0,
            input: capture.input.0,
            before_ns: capture.before_ns,
            after_ns: capture.after_ns,
            heap,
            due,
            output,
            alert: (life.raised_at, life.times),
        });
        id
    }

    fn feed_captures(&mut self, life: &Life<'a>) {
        for capture in &life.captures {
            let input = self.plan.captures[capture.index()].input;
            let trigger = Trigger { inputs: vec![input], ..Trigger::default() };
            self.op(trigger, life.rule.span, |_| vec![Stmt::CaptureFeed(*capture)]);
        }
    }

    /// The recorder sets its own deadline: the earliest of the spans that are open.
    fn open_capture(&mut self, capture: CaptureId) -> Stmt {
        Stmt::CaptureOpen(capture, self.now())
    }

    fn close_captures(&mut self, life: &Life<'a>) {
        for capture in &life.captures {
            let due = self.plan.captures[capture.index()].due;
            let tick = self.deadline_tick(vec![due]);
            let trigger = Trigger { ticks: vec![tick], ..Trigger::default() };
            self.op(trigger, life.rule.span, |_| vec![Stmt::CaptureClose(*capture)]);
        }
    }
}
