//! Sequences: `A then B within D then no C within E`, one match in flight.

use crate::{exprs::Build, machines::union, twins::Twin};
use twin_analysis::hir::SequenceStep;
use twin_diagnostics::Span;
use twin_plan::{Compare, Prim, Slot, Stmt, Trigger, ValueId, layout::NEVER};
use twin_types::Scalar;

/// A sequence of a rule: its slots and the steps in which it moves.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// How many steps are matched.
    at: Slot,
    /// When the last of them was.
    matched: Slot,
    /// The end of the absence that is waited for; a deadline.
    due: Slot,
    /// Whether its condition was unknown meanwhile.
    spoiled: Slot,
    /// The tick of `due`.
    tick: u32,
    /// Triggers of the steps.
    triggers: Vec<Trigger>,
}

impl Sequence {
    /// All the steps in which the sequence moves.
    pub fn trigger(&self) -> Trigger {
        let tick = Trigger { ticks: vec![self.tick], ..Trigger::default() };
        self.triggers.iter().fold(tick, |a, b| union(&a, b))
    }
}

impl<'a> Twin<'_, 'a> {
    pub fn sequence(&mut self, steps: &'a [SequenceStep]) -> Sequence {
        let due = self.deadline("absence until");
        let tick = self.deadline_tick(vec![due]);
        Sequence {
            at: self.slot("steps matched", twin_plan::SlotKind::Value(Scalar::Int), &[0]),
            matched: self.value_slot("matched", Scalar::Timestamp),
            due,
            spoiled: self.flag("spoiled"),
            tick,
            triggers: steps.iter().map(|step| self.trigger_of(&step.when.clock)).collect(),
        }
    }

    /// Moves the match on; `done` becomes true in the step that completes it.
    pub fn follow(
        &mut self,
        sequence: &Sequence,
        steps: &'a [SequenceStep],
        done: ValueId,
        span: Span,
    ) -> Vec<Stmt> {
        let moved = self.value("moved", Scalar::Bool, span);
        let no = self.bool(false);
        let mut stmts = vec![Stmt::Let(done, no), Stmt::Let(moved, no)];
        let progress = Progress { sequence, steps, done, moved, span };
        for at in (1..steps.len()).rev() {
            if steps[at].is_absence {
                stmts.extend(self.absence(&progress, at));
            } else {
                stmts.extend(self.next_step(&progress, at));
            }
        }
        stmts.push(self.first_step(&progress));
        stmts
    }

    fn is_at(&mut self, sequence: &Sequence, at: usize) -> twin_plan::ExprId {
        let current = self.read_slot(sequence.at, Scalar::Int);
        let at = self.int(at as i64, Scalar::Int);
        self.compare_int(Compare::Eq, current, at)
    }

    fn is_free(&mut self, moved: ValueId) -> twin_plan::ExprId {
        let moved = self.read_value(moved);
        self.not(moved)
    }

    /// The match has got as far as `to` steps; past the last it is complete and used up.
    fn advance(&mut self, progress: &Progress<'_, 'a>, to: usize) -> Vec<Stmt> {
        let Progress { sequence, steps, done, moved, span } = progress;
        let (yes, now) = (self.bool(true), self.now());
        let complete = to == steps.len();
        let at = self.int(if complete { 0 } else { to as i64 }, Scalar::Int);
        let mut stmts =
            vec![Stmt::Store(sequence.at, at), Stmt::Store(sequence.matched, now), Stmt::Let(*moved, yes)];
        if complete {
            stmts.push(Stmt::Let(*done, yes));
        }
        match steps.get(to) {
            Some(next) if next.is_absence => {
                let bound = self.bound(next);
                let until = self.prim(Prim::AddInt, &[now, bound], Scalar::Timestamp, *span);
                let no = self.bool(false);
                stmts.push(Stmt::Deadline(sequence.due, until));
                stmts.push(Stmt::Store(sequence.spoiled, no));
            }
            _ => stmts.push(self.no_absence(sequence)),
        }
        stmts
    }

    fn bound(&mut self, step: &SequenceStep) -> twin_plan::ExprId {
        match &step.within {
            Some(within) => self.one(within),
            None => self.int(NEVER, Scalar::Duration),
        }
    }

    fn no_absence(&mut self, sequence: &Sequence) -> Stmt {
        let never = self.int(NEVER, Scalar::Timestamp);
        Stmt::Deadline(sequence.due, never)
    }

    fn give_up(&mut self, sequence: &Sequence) -> Vec<Stmt> {
        let zero = self.int(0, Scalar::Int);
        vec![Stmt::Store(sequence.at, zero), self.no_absence(sequence)]
    }

    /// `then B within D`: too late gives the match up, B in time moves it on.
    fn next_step(&mut self, progress: &Progress<'_, 'a>, at: usize) -> Vec<Stmt> {
        let Progress { sequence, steps, moved, span, .. } = progress;
        let here = self.is_at(sequence, at);
        let (now, matched) = (self.now(), self.read_slot(sequence.matched, Scalar::Timestamp));
        let passed = self.prim(Prim::SubInt, &[now, matched], Scalar::Duration, *span);
        let bound = self.bound(&steps[at]);
        let too_late = self.compare_int(Compare::Gt, passed, bound);
        let expired = self.and(here, too_late);
        let give_up = self.give_up(sequence);
        let expire = Stmt::If { when: expired, then: give_up, otherwise: Vec::new() };
        let step = self.within(sequence.triggers[at].clone(), |this| {
            let free = this.is_free(*moved);
            let here = this.is_at(sequence, at);
            let here = this.and(free, here);
            let condition = this.one(&steps[at].when);
            let advance = this.advance(progress, at + 1);
            let take = Stmt::If { when: condition, then: advance, otherwise: Vec::new() };
            vec![Stmt::If { when: here, then: vec![take], otherwise: Vec::new() }]
        });
        vec![expire, step]
    }

    /// `then no C within D`: C gives the match up, an unknown C spoils it, the end of D without either moves it on.
    fn absence(&mut self, progress: &Progress<'_, 'a>, at: usize) -> Vec<Stmt> {
        let Progress { sequence, steps, moved, span, .. } = progress;
        let watch = self.within(sequence.triggers[at].clone(), |this| {
            let free = this.is_free(*moved);
            let here = this.is_at(sequence, at);
            let here = this.and(free, here);
            let condition = this.one(&steps[at].when);
            let known = this.present(condition);
            let yes = this.bool(true);
            let give_up = this.give_up(sequence);
            let seen = Stmt::If { when: condition, then: give_up, otherwise: Vec::new() };
            let look = Stmt::If {
                when: known,
                then: vec![seen],
                otherwise: vec![Stmt::Store(sequence.spoiled, yes)],
            };
            vec![Stmt::If { when: here, then: vec![look], otherwise: Vec::new() }]
        });
        let at_tick = Trigger { ticks: vec![sequence.tick], ..Trigger::default() };
        let end = self.within(at_tick, |this| {
            let free = this.is_free(*moved);
            let here = this.is_at(sequence, at);
            let (now, due) = (this.now(), this.read_slot(sequence.due, Scalar::Timestamp));
            let over = this.compare_int(Compare::Le, due, now);
            let here = this.and(here, over);
            let here = this.and(free, here);
            let spoiled = this.read_slot(sequence.spoiled, Scalar::Bool);
            let fault = this.fault(*span, "condition unknown while its absence was waited for");
            let mut lost = this.give_up(sequence);
            lost.push(Stmt::Fault(fault));
            let advance = this.advance(progress, at + 1);
            let decide = Stmt::If { when: spoiled, then: lost, otherwise: advance };
            vec![Stmt::If { when: here, then: vec![decide], otherwise: Vec::new() }]
        });
        vec![watch, end]
    }

    /// A newer first step restarts the bound while nothing but the first is matched.
    fn first_step(&mut self, progress: &Progress<'_, 'a>) -> Stmt {
        let Progress { sequence, steps, moved, .. } = progress;
        self.within(sequence.triggers[0].clone(), |this| {
            let free = this.is_free(*moved);
            let (none, one) = (this.is_at(sequence, 0), this.is_at(sequence, 1));
            let open = this.or(none, one);
            let open = this.and(free, open);
            let condition = this.one(&steps[0].when);
            let advance = this.advance(progress, 1);
            let take = Stmt::If { when: condition, then: advance, otherwise: Vec::new() };
            vec![Stmt::If { when: open, then: vec![take], otherwise: Vec::new() }]
        })
    }
}

/// What the steps of one sequence share.
struct Progress<'p, 'a> {
    sequence: &'p Sequence,
    steps: &'a [SequenceStep],
    done: ValueId,
    moved: ValueId,
    span: Span,
}
