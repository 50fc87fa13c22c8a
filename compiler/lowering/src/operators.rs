//! Operators with a little state of their own: `prev`, `rate`, `changed`, `held`, `hold` …

use crate::{
    exprs::Build,
    twins::{Place, Twin},
};
use twin_analysis::hir::{self, Operator, SignalId};
use twin_plan::{Compare, ExprId, LagId, LagPlan, NodeKind, Prim, Slot, SlotKind, Stmt};
use twin_types::{STRING_BYTES, Scalar};

impl<'a> Twin<'_, 'a> {
    pub fn operator(&mut self, id: SignalId, operator: &'a Operator) {
        match operator {
            Operator::Prev { x, n } => self.per_word(id, x, |this, word, out| this.prev(word, *n, out)),
            Operator::Lag { x, by_ns } => self.per_word(id, x, |this, word, _| this.lag(word, *by_ns)),
            Operator::Delta(x) => self.per_word(id, x, |this, word, _| this.delta(word)),
            Operator::Rate(x) => self.per_word(id, x, |this, word, _| this.rate(word)),
            Operator::Changed(x) => self.changed(id, x),
            Operator::Rising(x) => self.per_word(id, x, |this, word, _| this.edge(word, true)),
            Operator::Falling(x) => self.per_word(id, x, |this, word, _| this.edge(word, false)),
            Operator::Held(x) => self.held(id, x),
            Operator::Track(x) => self.track(id, x),
            Operator::Window(window) => self.window(id, window),
            Operator::Block(call) => self.block(id, call),
        }
    }

    /// Lowers an operator word by word; `body` gives what is computed and how a word's state moves on.
    fn per_word(
        &mut self,
        id: SignalId,
        x: &hir::Expr,
        mut body: impl FnMut(&mut Self, ExprId, &str) -> (Outcome, Vec<Stmt>),
    ) {
        let trigger = self.trigger_of(&x.clock);
        let name = self.member.clone();
        self.op(trigger, x.span, |this| {
            let mut stmts = Vec::new();
            let mut places = Vec::new();
            let words = this.words(x);
            for (at, word) in words.iter().enumerate() {
                let what = if words.len() == 1 { String::new() } else { at.to_string() };
                let (outcome, after) = body(this, *word, &what);
                match outcome {
                    Outcome::Expr(expr) => {
                        let (place, lets) = this.let_words(&name, &[expr], x.span);
                        places.extend(place);
                        stmts.extend(lets);
                    }
                    Outcome::Place(place) => places.push(place),
                }
                stmts.extend(after);
            }
            this.places[id.index()] = places;
            stmts
        });
    }

    fn ty(&self, expr: ExprId) -> Scalar {
        self.plan.exprs.get(expr).ty
    }

    fn if_present(&mut self, word: ExprId, then: Vec<Stmt>) -> Stmt {
        let when = self.present(word);
        Stmt::If { when, then, otherwise: Vec::new() }
    }

    fn store_word(&mut self, slot: Slot, word: ExprId) -> Stmt {
        let ty = self.ty(word);
        self.store(slot, ty, STRING_BYTES, word, self.op_span)
    }

    /// The nth last present value before this one: a short shift register.
    fn prev(&mut self, word: ExprId, n: u32, what: &str) -> (Outcome, Vec<Stmt>) {
        let ty = self.ty(word);
        let ring: Vec<_> =
            (0..n).map(|at| self.place_slot(&format!("prev{what}{at}"), ty, STRING_BYTES)).collect();
        let oldest = self.read_slot(ring[n as usize - 1], ty);
        let mut before = Vec::new();
        // A text is read from where it lies, so it is copied before the register moves on.
        let outcome = if ty == Scalar::String {
            let out = self.place_slot(&format!("prev{what}"), ty, STRING_BYTES);
            before.push(self.store_word(out, oldest));
            Outcome::Place(Place::Slot(out, ty))
        } else {
            Outcome::Expr(oldest)
        };
        let mut shift = Vec::new();
        for at in (1..ring.len()).rev() {
            let newer = self.read_slot(ring[at - 1], ty);
            shift.push(self.store_word(ring[at], newer));
        }
        shift.push(self.store_word(ring[0], word));
        before.push(self.if_present(word, shift));
        (outcome, before)
    }

    fn lag(&mut self, word: ExprId, by_ns: i64) -> (Outcome, Vec<Stmt>) {
        let ty = self.ty(word);
        let heap = self.slot("lag", SlotKind::Heap, &[0]);
        let name = self.member.clone();
        let value = self.value(&name, ty, self.plan.exprs.get(word).span);
        self.plan.lags.push(LagPlan { x: word, by_ns, heap, value });
        let id = LagId((self.plan.lags.len() - 1) as u32);
        (Outcome::Place(Place::Value(value)), vec![Stmt::Lag(id)])
    }

    fn difference(&mut self, word: ExprId, last: Slot) -> ExprId {
        let ty = self.ty(word);
        let span = self.plan.exprs.get(word).span;
        let last = self.read_slot(last, ty);
        match ty {
            Scalar::Real => self.prim(Prim::SubReal, &[word, last], Scalar::Real, span),
            Scalar::Timestamp => self.prim(Prim::SubInt, &[word, last], Scalar::Duration, span),
            ty => self.prim(Prim::SubInt, &[word, last], ty, span),
        }
    }

    fn delta(&mut self, word: ExprId) -> (Outcome, Vec<Stmt>) {
        let last = self.value_slot("last", self.ty(word));
        let delta = self.difference(word, last);
        let keep = Stmt::Store(last, word);
        (Outcome::Expr(delta), vec![self.if_present(word, vec![keep])])
    }

    /// Difference over time; absent (no fault) where no time has passed.
    fn rate(&mut self, word: ExprId) -> (Outcome, Vec<Stmt>) {
        let span = self.plan.exprs.get(word).span;
        let last = self.value_slot("last", self.ty(word));
        let time = self.value_slot("time", Scalar::Timestamp);
        let mut delta = self.difference(word, last);
        match self.ty(delta) {
            Scalar::Real => {}
            Scalar::Duration => delta = self.prim(Prim::NanosToSeconds, &[delta], Scalar::Real, span),
            _ => delta = self.prim(Prim::IntToReal, &[delta], Scalar::Real, span),
        }
        let (now, then) = (self.now(), self.read_slot(time, Scalar::Timestamp));
        let passed = self.prim(Prim::SubInt, &[now, then], Scalar::Duration, span);
        let zero = self.int(0, Scalar::Duration);
        let some = self.compare_int(Compare::Gt, passed, zero);
        let seconds = self.prim(Prim::NanosToSeconds, &[passed], Scalar::Real, span);
        let rate = self.prim(Prim::DivReal, &[delta, seconds], Scalar::Real, span);
        let absent = self.absent(Scalar::Real);
        let rate = self.select(some, rate, absent);
        let keep = vec![Stmt::Store(last, word), Stmt::Store(time, now)];
        (Outcome::Expr(rate), vec![self.if_present(word, keep)])
    }

    /// False at the first value; absence is no change. Of an array or record: whether any part changed.
    fn changed(&mut self, id: SignalId, x: &hir::Expr) {
        let trigger = self.trigger_of(&x.clock);
        let name = self.member.clone();
        self.op(trigger, x.span, |this| {
            let mut keep = Vec::new();
            let mut any = this.bool(false);
            for (at, word) in this.words(x).into_iter().enumerate() {
                let ty = this.ty(word);
                let last = this.place_slot(&format!("last{at}"), ty, STRING_BYTES);
                let before = this.read_slot(last, ty);
                let differs = this.compare(Compare::Ne, word, before, x.span);
                let no = this.bool(false);
                let differs = this.coalesce(differs, no);
                any = this.or(any, differs);
                let store = this.store_word(last, word);
                keep.push(this.if_present(word, vec![store]));
            }
            let (places, mut stmts) = this.let_words(&name, &[any], x.span);
            this.places[id.index()] = places;
            stmts.extend(keep);
            stmts
        });
    }

    fn edge(&mut self, word: ExprId, rising: bool) -> (Outcome, Vec<Stmt>) {
        let last = self.value_slot("last", Scalar::Bool);
        let before = self.read_slot(last, Scalar::Bool);
        let (on, off) = if rising { (word, before) } else { (before, word) };
        let off = self.not(off);
        let both = self.and(on, off);
        let no = self.bool(false);
        let edge = self.coalesce(both, no);
        let keep = Stmt::Store(last, word);
        (Outcome::Expr(edge), vec![self.if_present(word, vec![keep])])
    }

    /// Whether it is true, and since when it would have been, had it never been unknown: unknown pauses, as in `for`.
    fn held(&mut self, id: SignalId, x: &hir::Expr) {
        let state = self.value_slot("held", Scalar::Bool);
        let since = self.value_slot("since", Scalar::Timestamp);
        let added = self.value_slot("added", Scalar::Duration);
        self.places[id.index()] =
            vec![Place::Slot(state, Scalar::Bool), Place::Slot(since, Scalar::Timestamp)];
        let trigger = self.trigger_of(&x.clock);
        self.op(trigger, x.span, |this| {
            let word = this.one(x);
            let before = this.read_slot(state, Scalar::Bool);
            let no = this.bool(false);
            let was = this.coalesce(before, no);
            let fresh = this.not(was);
            let (zero, none) = (this.int(0, Scalar::Duration), this.absent(Scalar::Duration));
            let (now, start) = (this.now(), this.read_slot(since, Scalar::Timestamp));
            let so_far = this.prim(Prim::SubInt, &[now, start], Scalar::Duration, x.span);
            let paused = this.read_slot(added, Scalar::Duration);
            let earlier = this.coalesce(paused, zero);
            let start = this.prim(Prim::SubInt, &[now, earlier], Scalar::Timestamp, x.span);
            let when = |when, stmt| Stmt::If { when, then: vec![stmt], otherwise: Vec::new() };
            let when_true = when(fresh, Stmt::Store(since, start));
            let when_false = Stmt::Store(added, none);
            let when_unknown = when(was, Stmt::Store(added, so_far));
            let known = Stmt::If { when: word, then: vec![when_true], otherwise: vec![when_false] };
            let is_known = this.present(word);
            vec![
                Stmt::If { when: is_known, then: vec![known], otherwise: vec![when_unknown] },
                Stmt::Store(state, word),
            ]
        });
    }

    /// Last present value and its time.
    fn track(&mut self, id: SignalId, x: &hir::Expr) {
        let trigger = self.trigger_of(&x.clock);
        self.op(trigger, x.span, |this| {
            let words = this.words(x);
            let mut places = Vec::new();
            let mut keep = Vec::new();
            for (at, word) in words.iter().enumerate() {
                let ty = this.ty(*word);
                let slot = this.place_slot(&format!("last{at}"), ty, STRING_BYTES);
                keep.push(this.store_word(slot, *word));
                places.push(Place::Slot(slot, ty));
            }
            let time = this.value_slot("time", Scalar::Timestamp);
            let now = this.now();
            keep.push(Stmt::Store(time, now));
            places.push(Place::Slot(time, Scalar::Timestamp));
            this.places[id.index()] = places;
            let present: Vec<_> = words.iter().map(|word| this.present(*word)).collect();
            let when = present.into_iter().reduce(|a, b| this.or(a, b)).expect("a value has a word at least");
            vec![Stmt::If { when, then: keep, otherwise: Vec::new() }]
        });
    }
}

/// What an operator gives for a word.
enum Outcome {
    /// An expression, to be kept as a value.
    Expr(ExprId),
    /// A place that it has filled itself.
    Place(Place),
}

/// Whether a node only reads columns and constants, so that it may be evaluated earlier in the step.
pub(crate) fn reads_only_record(exprs: &twin_plan::Exprs, id: ExprId) -> bool {
    let mut open = vec![id];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let kind = &exprs.get(id).kind;
        if matches!(
            kind,
            NodeKind::Value(_) | NodeKind::Slot(_) | NodeKind::StreamNow | NodeKind::Table { .. }
        ) {
            return false;
        }
        open.extend(twin_plan::verify::operands(kind));
    }
    true
}
