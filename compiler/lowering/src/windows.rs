//! Windows: which accumulator each aggregate reads, and who feeds, reads and clears.

use crate::{
    exprs::{Build, Scope},
    operators::reads_only_record,
    twins::{LaneHome, Place, Twin},
};
use std::collections::BTreeSet;
use twin_analysis::hir::{self, SignalId};
use twin_plan::{
    Accumulator, Compare, ExprId, Extent, Lane, Read, Slot, SlotKind, Stmt, TickKind, Trigger, ValueId,
    WindowId, WindowPlan, layout::NEVER,
};
use twin_types::{Aggregate, Scalar, Word};

/// The accumulator from which an aggregate is read.
fn accumulator(aggregate: Aggregate, params: &[f64]) -> Accumulator {
    use Aggregate as A;
    let param = |at: usize| params.get(at).copied().unwrap_or(0.0);
    match aggregate {
        A::Count => Accumulator::Count,
        A::Sum | A::Mean => Accumulator::Sum,
        A::Min | A::Max | A::Range => Accumulator::MinMax,
        A::Var | A::VarPop | A::Std | A::StdPop => Accumulator::Moments2,
        A::Skew | A::Kurtosis => Accumulator::Moments4,
        A::Rms | A::Crest => Accumulator::Squares,
        A::First | A::Last | A::Delta | A::Rate => Accumulator::Ends,
        A::Slope | A::Intercept | A::R2 => Accumulator::Regression,
        A::Integral => Accumulator::Trapezoid,
        A::IntegralHold | A::TimeWeightedMean => Accumulator::Hold,
        A::TimeAbove => Accumulator::TimeAbove(param(0)),
        A::Corr => Accumulator::Pair,
        A::ArgMin => Accumulator::ArgMin,
        A::ArgMax => Accumulator::ArgMax,
        A::CircularMean => Accumulator::Circle,
        A::Histogram => Accumulator::Histogram(param(0), param(1), param(2) as u32),
        A::Median | A::Quantile | A::Iqr | A::Mad | A::Distinct => Accumulator::Kept,
    }
}

/// Whether a count can be read from it.
fn counts(accumulator: Accumulator) -> bool {
    matches!(
        accumulator,
        Accumulator::Count
            | Accumulator::Sum
            | Accumulator::MinMax
            | Accumulator::Moments2
            | Accumulator::Moments4
            | Accumulator::Squares
            | Accumulator::Circle
            | Accumulator::Pair
            | Accumulator::Regression
            | Accumulator::Kept
    )
}

/// Whether the smaller accumulator's aggregates can be read from the larger one as well, bit for bit.
fn covers(larger: Accumulator, smaller: Accumulator) -> bool {
    larger == smaller || smaller == Accumulator::Count && counts(larger)
}

impl<'a> Twin<'_, 'a> {
    pub fn window(&mut self, id: SignalId, window: &'a hir::Window) {
        let trigger = self.trigger_of(&window.clock);
        let name = format!("{}: {:?}", self.member, window.aggregate).to_lowercase();
        match &window.extent {
            hir::Extent::Trailing { span_ns, closed } => {
                let extent = Extent::Trailing { span_ns: *span_ns, closed: *closed };
                self.plain_window(id, window, extent, trigger, name, false);
            }
            hir::Extent::Samples(n) => {
                self.plain_window(id, window, Extent::Samples(*n), trigger, name, false);
            }
            hir::Extent::All => {
                self.plain_window(
                    id,
                    window,
                    Extent::Running { max: None, carries: false },
                    trigger,
                    name,
                    true,
                );
            }
            hir::Extent::Hopping { span_ns, period_ns, tick } => {
                let pane_ns = greatest_common_divisor(*span_ns, *period_ns);
                let count = (span_ns / pane_ns).max(1) as u32;
                self.panes(id, window, Extent::Panes { pane_ns, count }, trigger, tick.0, name);
            }
            hir::Extent::Calendar { tick } => self.calendar(id, window, trigger, tick.0, name),
            hir::Extent::Session { gap_ns, tick, max } => {
                self.session(id, window, trigger, (*gap_ns, tick.0, *max), name);
            }
            hir::Extent::During { when, max } => self.during(id, window, trigger, (when, *max), name),
            hir::Extent::FromUntil { from, until, max } => {
                self.opened_and_closed(id, window, trigger, (from, until, *max), name);
            }
        }
    }

    /// Fed at its events and read there.
    fn plain_window(
        &mut self,
        id: SignalId,
        window: &'a hir::Window,
        extent: Extent,
        trigger: Trigger,
        name: String,
        read: bool,
    ) {
        self.op(trigger, window_span(window), |this| {
            let plan = this.window_plan(id, window, extent, name);
            let mut stmts = vec![Stmt::WindowFeed(plan)];
            if read {
                stmts.push(Stmt::WindowRead(plan));
            }
            stmts
        });
    }

    /// Fed at its events, read at its tick.
    fn panes(
        &mut self,
        id: SignalId,
        window: &'a hir::Window,
        extent: Extent,
        trigger: Trigger,
        tick: u32,
        name: String,
    ) {
        let span = window_span(window);
        if self.joined(id, window, &extent, &trigger, tick) {
            return;
        }
        let mut plan = WindowId(0);
        self.op(trigger, span, |this| {
            plan = this.window_plan(id, window, extent, name);
            vec![Stmt::WindowFeed(plan)]
        });
        let finals = self.final_stmts(id, span);
        let at_tick = Trigger { ticks: vec![tick], ..Trigger::default() };
        self.op(at_tick, span, |_| [vec![Stmt::WindowRead(plan)], finals].concat());
    }

    /// A running accumulator that is read and cleared at the start of the next period.
    fn calendar(&mut self, id: SignalId, window: &'a hir::Window, trigger: Trigger, tick: u32, name: String) {
        let span = window_span(window);
        let mut plan = WindowId(0);
        self.op(trigger, span, |this| {
            plan = this.window_plan(id, window, Extent::Running { max: None, carries: true }, name);
            vec![Stmt::WindowFeed(plan)]
        });
        let finals = self.final_stmts(id, span);
        let at_tick = Trigger { ticks: vec![tick], ..Trigger::default() };
        self.op(at_tick, span, |_| [vec![Stmt::WindowRead(plan), Stmt::WindowClear(plan)], finals].concat());
    }

    /// Another aggregate over the same records, with the same panes and ticks, shares the panes of the first.
    fn joined(
        &mut self,
        id: SignalId,
        window: &hir::Window,
        extent: &Extent,
        trigger: &Trigger,
        tick: u32,
    ) -> bool {
        if window.by.is_some() || self.finals.contains_key(&id) || trigger.inputs.len() != 1 {
            return false;
        }
        let is_it = |this: &Self, op: &twin_plan::Op| match op.body.as_slice() {
            [Stmt::WindowFeed(plan)] if op.trigger == *trigger => {
                let other = &this.plan.windows[plan.index()];
                let reads_tick = this.plan.ops.iter().any(|op| {
                    op.trigger.ticks == [tick] && matches!(&op.body[..], [Stmt::WindowRead(w)] if w == plan)
                });
                (other.extent == *extent && other.by.is_none() && reads_tick).then_some(*plan)
            }
            _ => None,
        };
        let Some(plan) = self.plan.ops.iter().find_map(|op| is_it(self, op)) else { return false };
        if self.is_reset_apart(plan) {
            return false;
        }
        // The first window is fed earlier in the step, so only what the record itself says may be taken there, by both.
        let outer = std::mem::replace(&mut self.trigger, trigger.clone());
        let lanes = self.lane_inputs(window);
        self.trigger = outer;
        let early = lanes.iter().all(|(args, filter)| {
            args.iter().chain(filter).all(|expr| reads_only_record(self.exprs(), *expr))
        });
        if !early {
            return false;
        }
        self.add_lanes(plan, id, window, lanes);
        true
    }

    /// Whether a reset takes along what is being made, or the window `plan`, but not both.
    fn is_reset_apart(&self, plan: WindowId) -> bool {
        let Some(first) = self.lane_homes[plan.index()].first() else { return false };
        let takes =
            |reset: &BTreeSet<SignalId>, owners: &[SignalId]| owners.iter().any(|o| reset.contains(o));
        self.reset_sets.iter().any(|reset| takes(reset, &self.owners) != takes(reset, &first.owners))
    }

    fn session(
        &mut self,
        id: SignalId,
        window: &'a hir::Window,
        trigger: Trigger,
        (gap_ns, tick, max): (i64, u32, Option<u32>),
        name: String,
    ) {
        let span = window_span(window);
        let gap_due = self.deadline("gap");
        // An event exactly at the gap opens a new session while the old one is still to become final at this moment.
        let closing = self.deadline("closing");
        self.plan.ticks[tick as usize].kind = TickKind::Deadlines(vec![gap_due, closing]);
        let mut plan = WindowId(0);
        self.op(trigger, span, |this| {
            plan = this.window_plan(id, window, Extent::Running { max, carries: false }, name);
            this.keep_values(id);
            let feeds = this.feeds(plan);
            let now = this.now();
            let due = this.read_slot(gap_due, Scalar::Timestamp);
            let at_gap = this.compare_int(Compare::Le, due, now);
            let gap = this.int(gap_ns, Scalar::Duration);
            let next = this.prim(twin_plan::Prim::AddInt, &[now, gap], Scalar::Timestamp, span);
            let close = vec![Stmt::WindowRead(plan), Stmt::Deadline(closing, now), Stmt::WindowClear(plan)];
            vec![Stmt::If {
                when: feeds,
                then: vec![
                    Stmt::If { when: at_gap, then: close, otherwise: Vec::new() },
                    Stmt::WindowFeed(plan),
                    Stmt::Deadline(gap_due, next),
                ],
                otherwise: Vec::new(),
            }]
        });
        let finals = self.final_stmts(id, span);
        self.op(Trigger { ticks: vec![tick], ..Trigger::default() }, span, |this| {
            let now = this.now();
            let never = this.int(NEVER, Scalar::Timestamp);
            let due = this.read_slot(gap_due, Scalar::Timestamp);
            let at_gap = this.compare_int(Compare::Le, due, now);
            let shut = this.read_slot(closing, Scalar::Timestamp);
            let at_close = this.compare_int(Compare::Le, shut, now);
            let end = vec![Stmt::WindowRead(plan), Stmt::WindowClear(plan), Stmt::Deadline(gap_due, never)];
            let mut stmts = vec![
                Stmt::If { when: at_gap, then: end, otherwise: Vec::new() },
                Stmt::If {
                    when: at_close,
                    then: vec![Stmt::Deadline(closing, never)],
                    otherwise: Vec::new(),
                },
            ];
            stmts.extend(finals);
            stmts
        });
    }

    fn during(
        &mut self,
        id: SignalId,
        window: &'a hir::Window,
        trigger: Trigger,
        (when, max): (&hir::Expr, Option<u32>),
        name: String,
    ) {
        let span = window_span(window);
        let is_open = self.flag("open");
        self.op(trigger, span, |this| {
            let plan = this.window_plan(id, window, Extent::Running { max, carries: false }, name);
            this.keep_values(id);
            let when = this.one(when);
            let (yes, no) = (this.bool(true), this.bool(false));
            let open = this.read_slot(is_open, Scalar::Bool);
            let begin = vec![Stmt::WindowClear(plan), Stmt::Store(is_open, yes)];
            let mut end = vec![Stmt::WindowRead(plan), Stmt::Store(is_open, no)];
            end.extend(this.final_stmts(id, span));
            vec![Stmt::If {
                when,
                then: vec![
                    Stmt::If { when: open, then: Vec::new(), otherwise: begin },
                    Stmt::WindowFeed(plan),
                ],
                otherwise: vec![Stmt::If { when: open, then: end, otherwise: Vec::new() }],
            }]
        });
    }

    fn opened_and_closed(
        &mut self,
        id: SignalId,
        window: &'a hir::Window,
        trigger: Trigger,
        (from, until, max): (&hir::Expr, &hir::Expr, Option<u32>),
        name: String,
    ) {
        let span = window_span(window);
        let is_open = self.flag("open");
        self.op(trigger, span, |this| {
            let plan = this.window_plan(id, window, Extent::Running { max, carries: false }, name);
            this.keep_values(id);
            let (from, until) = (this.one(from), this.one(until));
            let (yes, no) = (this.bool(true), this.bool(false));
            let open = this.read_slot(is_open, Scalar::Bool);
            let take = vec![Stmt::WindowFeed(plan), Stmt::WindowRead(plan)];
            let begin = [vec![Stmt::WindowClear(plan), Stmt::Store(is_open, yes)], take.clone()].concat();
            let mut end = vec![Stmt::Store(is_open, no)];
            end.extend(this.final_stmts(id, span));
            let go_on = [take, vec![Stmt::If { when: until, then: end, otherwise: Vec::new() }]].concat();
            vec![Stmt::If {
                when: open,
                then: go_on,
                otherwise: vec![Stmt::If { when: from, then: begin, otherwise: Vec::new() }],
            }]
        });
    }

    /// Whether the record at hand feeds any lane.
    fn feeds(&mut self, plan: WindowId) -> ExprId {
        let lanes: Vec<_> =
            self.plan.windows[plan.index()].lanes.iter().map(|l| (l.args.clone(), l.filter)).collect();
        let mut any = self.bool(false);
        for (args, filter) in lanes {
            let mut takes = filter.unwrap_or_else(|| self.bool(true));
            for arg in args {
                let present = self.present(arg);
                takes = self.and(takes, present);
            }
            any = self.or(any, takes);
        }
        any
    }

    /// Values that later steps read without computing them.
    fn keep_values(&mut self, id: SignalId) {
        let values = self.owned_values.get(&id).cloned().unwrap_or_default();
        self.sticky.extend(values);
    }

    /// Arguments and filter of each lane: arrays go element by element.
    fn lane_inputs(&mut self, window: &hir::Window) -> Vec<(Vec<ExprId>, Option<ExprId>)> {
        let args: Vec<Vec<ExprId>> = window
            .args
            .iter()
            .enumerate()
            .map(|(at, arg)| {
                let words = self.words(arg).into_iter();
                match argument_form(window.aggregate, at) {
                    ArgumentForm::AsItIs => words.collect(),
                    ArgumentForm::Ordered => words.map(|x| self.as_ordered(x)).collect(),
                    ArgumentForm::Real => words.map(|x| self.as_real(x)).collect(),
                }
            })
            .collect();
        let filter = window.filter.as_ref().map(|f| self.one(f));
        let width = args.iter().map(Vec::len).max().unwrap_or(1);
        (0..width).map(|at| (args.iter().map(|arg| arg[at.min(arg.len() - 1)]).collect(), filter)).collect()
    }

    /// Accumulators take reals.
    fn as_real(&mut self, x: ExprId) -> ExprId {
        let span = self.plan.exprs.get(x).span;
        match self.plan.exprs.get(x).ty {
            Scalar::Real | Scalar::String => x,
            Scalar::Bool => {
                let int = self.prim(twin_plan::Prim::BoolToInt, &[x], Scalar::Int, span);
                self.prim(twin_plan::Prim::IntToReal, &[int], Scalar::Real, span)
            }
            _ => self.prim(twin_plan::Prim::IntToReal, &[x], Scalar::Real, span),
        }
    }

    /// What is only compared is a real that stands where the whole number does: exact, where a float would round.
    fn as_ordered(&mut self, x: ExprId) -> ExprId {
        let span = self.plan.exprs.get(x).span;
        match self.plan.exprs.get(x).ty {
            Scalar::Int | Scalar::Duration | Scalar::Timestamp => {
                self.prim(twin_plan::Prim::IntToOrdered, &[x], Scalar::Real, span)
            }
            _ => self.as_real(x),
        }
    }

    fn window_plan(&mut self, id: SignalId, window: &hir::Window, extent: Extent, name: String) -> WindowId {
        let lanes = self.lane_inputs(window);
        let by = window.by.as_ref().map(|(key, low, high)| {
            let count = (high - low + 1).max(1) as u32;
            (self.one(key), *low, count)
        });
        let newest = matches!(extent, Extent::Panes { .. }).then(|| {
            // Which pane is the newest is the clock's matter: a reset empties the panes.
            let owners = std::mem::take(&mut self.owners);
            let slot = self.slot("newest pane", SlotKind::Bookkeeping, &extent.newest_at_first());
            self.owners = owners;
            slot
        });
        let on_heap = matches!(extent, Extent::Trailing { .. } | Extent::Samples(_));
        let heap = on_heap.then(|| self.slot("samples", SlotKind::Heap, &[0]));
        let span = window_span(window);
        self.plan.windows.push(WindowPlan { name, extent, lanes: Vec::new(), by, newest, heap, span });
        let plan = WindowId((self.plan.windows.len() - 1) as u32);
        self.lane_homes.push(Vec::new());
        self.add_lanes(plan, id, window, lanes);
        plan
    }

    fn add_lanes(
        &mut self,
        plan: WindowId,
        id: SignalId,
        window: &hir::Window,
        lanes: Vec<(Vec<ExprId>, Option<ExprId>)>,
    ) {
        let accumulator = accumulator(window.aggregate, &window.params);
        let scalar = window_scalar(window);
        let keys = self.plan.windows[plan.index()].by.map_or(1, |(_, _, count)| count as usize);
        let mut places = Vec::new();
        for (args, filter) in lanes {
            let lane = self.lane(plan, accumulator, args, filter);
            let values: Vec<_> =
                (0..keys * reads_per_key(window)).map(|_| self.window_value(scalar, window)).collect();
            places.extend(values.iter().map(|value| self.window_place(*value, window)));
            let (aggregate, constants) = (window.aggregate, window.params.clone());
            let fault = can_overflow(aggregate)
                .then(|| self.fault(window_span(window), "a window's result is too large for a number"));
            let reads = &mut self.plan.windows[plan.index()].lanes[lane].reads;
            reads.push(Read { aggregate, constants, values, fault });
            let counted = self.count_of(plan, lane, keys);
            self.window_counts.entry(id).or_default().extend(counted);
        }
        self.places[id.index()] = places;
    }

    fn window_value(&mut self, scalar: Scalar, window: &hir::Window) -> ValueId {
        let name = self.member.clone();
        self.value(&name, scalar, window_span(window))
    }

    /// The smallest and largest whole number are kept as reals in the same order, and whole again where they are read.
    fn window_place(&mut self, value: ValueId, window: &hir::Window) -> Place {
        let ty = argument_scalar(window);
        let is_ordered = argument_form(window.aggregate, 0) == ArgumentForm::Ordered;
        if !is_ordered || !matches!(ty, Scalar::Int | Scalar::Duration | Scalar::Timestamp) {
            return Place::Value(value);
        }
        let real = self.read_value(value);
        Place::Expr(self.prim(twin_plan::Prim::OrderedToInt, &[real], ty, window_span(window)))
    }

    /// A lane with this accumulator over these arguments: one that is there already, or a new one.
    fn lane(
        &mut self,
        plan: WindowId,
        accumulator: Accumulator,
        args: Vec<ExprId>,
        filter: Option<ExprId>,
    ) -> usize {
        let same = |this: &Self, lane: &Lane| {
            lane.args.len() == args.len()
                && lane.args.iter().zip(&args).all(|(a, b)| this.same(*a, *b))
                && match (lane.filter, filter) {
                    (None, None) => true,
                    (Some(a), Some(b)) => this.same(a, b),
                    _ => false,
                }
        };
        let lanes = &self.plan.windows[plan.index()].lanes;
        let found = lanes.iter().position(|lane| covers(lane.accumulator, accumulator) && same(self, lane));
        if let Some(at) = found {
            return at;
        }
        // One that counts only becomes one that counts as well.
        let smaller = lanes.iter().position(|lane| covers(accumulator, lane.accumulator) && same(self, lane));
        if let Some(at) = smaller {
            self.plan.windows[plan.index()].lanes[at].accumulator = accumulator;
            return at;
        }
        let home = LaneHome { member: self.member.clone(), owners: self.owners.clone() };
        self.lane_homes[plan.index()].push(home);
        let lanes = &mut self.plan.windows[plan.index()].lanes;
        lanes.push(Lane { accumulator, args, filter, slot: None, reads: Vec::new() });
        lanes.len() - 1
    }

    /// Room for the accumulators of all lanes, now that it is known what they are.
    pub fn give_lanes(&mut self) {
        for (window, homes) in std::mem::take(&mut self.lane_homes).into_iter().enumerate() {
            if self.plan.windows[window].heap.is_some() {
                continue;
            }
            for (lane, home) in homes.into_iter().enumerate() {
                (self.member, self.owners) = (home.member, home.owners);
                let accumulator = self.plan.windows[window].lanes[lane].accumulator;
                let slot = self.accumulator_slot(WindowId(window as u32), accumulator);
                self.plan.windows[window].lanes[lane].slot = Some(slot);
            }
        }
        self.owners.clear();
    }

    fn accumulator_slot(&mut self, plan: WindowId, accumulator: Accumulator) -> Slot {
        let window = &self.plan.windows[plan.index()];
        let keys = window.by.map_or(1, |(_, _, count)| count);
        let one = empty(accumulator);
        let many = keys * window.extent.accumulators(accumulator);
        // Handles of kept samples lie one by one, so that resets and checkpoints find each of them.
        if accumulator == Accumulator::Kept {
            return self.slot("samples", SlotKind::Heap, &vec![0; many as usize]);
        }
        let words = one.repeat(many as usize);
        self.slot("window", SlotKind::Bookkeeping, &words)
    }

    /// Values that say how many samples a lane holds, for "empty windows make no record".
    fn count_of(&mut self, plan: WindowId, lane: usize, keys: usize) -> Vec<ValueId> {
        let at = &self.plan.windows[plan.index()].lanes[lane];
        if let Some(read) = at.reads.iter().find(|read| read.aggregate == Aggregate::Count) {
            return read.values.clone();
        }
        if counts(at.accumulator) {
            return Vec::new();
        }
        let (args, filter, span) = (at.args.clone(), at.filter, self.plan.windows[plan.index()].span);
        let lane = self.lane(plan, Accumulator::Count, args, filter);
        let name = format!("{} count", self.member);
        let values: Vec<_> = (0..keys).map(|_| self.value(&name, Scalar::Int, span)).collect();
        self.plan.windows[plan.index()].lanes[lane].reads.push(count_read(&values));
        values
    }

    /// A window's counts as values; made on demand for lanes whose accumulator counts by itself.
    pub fn counts_of_window(&mut self, id: SignalId) -> Vec<ValueId> {
        if let Some(known) = self.window_counts.get(&id)
            && !known.is_empty()
        {
            return known.clone();
        }
        let owned = self.owned_values.get(&id).cloned().unwrap_or_default();
        let mut counts = Vec::new();
        for window in 0..self.plan.windows.len() {
            for lane in 0..self.plan.windows[window].lanes.len() {
                let here = &self.plan.windows[window].lanes[lane];
                if !here.reads.iter().any(|read| read.values.iter().any(|v| owned.contains(v))) {
                    continue;
                }
                let keys = self.plan.windows[window].by.map_or(1, |(_, _, count)| count as usize);
                let span = self.plan.windows[window].span;
                let values: Vec<_> =
                    (0..keys).map(|_| self.value("window count", Scalar::Int, span)).collect();
                if owned.iter().any(|v| self.sticky.contains(v)) {
                    self.sticky.extend(values.iter().copied());
                }
                let reads = &mut self.plan.windows[window].lanes[lane].reads;
                reads.push(count_read(&values));
                counts.extend(values);
            }
        }
        self.window_counts.insert(id, counts.clone());
        counts
    }

    /// Whether two expressions are the same computation.
    fn same(&self, a: ExprId, b: ExprId) -> bool {
        use twin_plan::NodeKind as N;
        let same = |a: &[ExprId], b: &[ExprId]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(*a, *b))
        };
        a == b
            || match (&self.plan.exprs.get(a).kind, &self.plan.exprs.get(b).kind) {
                (N::Const(a), N::Const(b)) => a == b,
                (N::Text(a), N::Text(b)) => a == b,
                (N::Value(a), N::Value(b)) => a == b,
                (N::Slot(a), N::Slot(b)) => a == b,
                (N::Field(i, a), N::Field(j, b)) => (i, a) == (j, b),
                (N::Now, N::Now) | (N::Key, N::Key) => true,
                (N::Prim(p, a, _), N::Prim(q, b, _)) => p == q && same(a, b),
                (N::Call(p, a, _), N::Call(q, b, _)) => p.name == q.name && same(a, b),
                (N::Present(a), N::Present(b)) => self.same(*a, *b),
                (N::And(a, b), N::And(c, d))
                | (N::Or(a, b), N::Or(c, d))
                | (N::Coalesce(a, b), N::Coalesce(c, d)) => self.same(*a, *c) && self.same(*b, *d),
                (N::Select(a, b, c), N::Select(d, e, f)) => same(&[*a, *b, *c], &[*d, *e, *f]),
                _ => false,
            }
    }

    /// Statements that say "this window has just become final", where somebody asks.
    fn final_stmts(&mut self, id: SignalId, _span: twin_diagnostics::Span) -> Vec<Stmt> {
        match self.finals.get(&id).copied() {
            Some(slot) => {
                let yes = self.bool(true);
                vec![Stmt::Store(slot, yes)]
            }
            None => Vec::new(),
        }
    }
}

/// In which form accumulators take an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArgumentForm {
    /// The word as it is.
    AsItIs,
    /// A real, by which whole numbers are compared.
    Ordered,
    /// A real, to reckon with.
    Real,
}

/// Counts look at presence only; the first, the last and what stood beside an extreme are kept as they are; the smallest
/// and the largest are compared; all else reckons with reals.
fn argument_form(aggregate: Aggregate, argument: usize) -> ArgumentForm {
    match aggregate {
        Aggregate::Count | Aggregate::First | Aggregate::Last => ArgumentForm::AsItIs,
        Aggregate::ArgMin | Aggregate::ArgMax if argument == 0 => ArgumentForm::AsItIs,
        Aggregate::Min | Aggregate::Max => ArgumentForm::Ordered,
        _ => ArgumentForm::Real,
    }
}

/// Whether what an aggregate makes of finite numbers may be none.
fn can_overflow(aggregate: Aggregate) -> bool {
    use Aggregate as A;
    match aggregate {
        A::Count | A::Distinct | A::Histogram | A::TimeAbove | A::CircularMean => false,
        // One of the samples.
        A::First | A::Last | A::Min | A::Max | A::ArgMin | A::ArgMax => false,
        _ => true,
    }
}

/// A lane's count, read into these values.
fn count_read(values: &[ValueId]) -> Read {
    Read { aggregate: Aggregate::Count, constants: Vec::new(), values: values.to_vec(), fault: None }
}

/// What an empty accumulator looks like.
fn empty(accumulator: Accumulator) -> Vec<Word> {
    vec![0; accumulator.words() as usize]
}

fn window_span(window: &hir::Window) -> twin_diagnostics::Span {
    let first = window.args.first().map(|arg| arg.span);
    first.or(window.filter.as_ref().map(|f| f.span)).unwrap_or_default()
}

/// The scalar of what is read.
fn window_scalar(window: &hir::Window) -> Scalar {
    match window.aggregate {
        Aggregate::Count | Aggregate::Distinct | Aggregate::Histogram => Scalar::Int,
        Aggregate::TimeAbove => Scalar::Duration,
        Aggregate::ArgMin | Aggregate::ArgMax => argument_scalar(window),
        Aggregate::First | Aggregate::Last => argument_scalar(window),
        _ => Scalar::Real,
    }
}

fn argument_scalar(window: &hir::Window) -> Scalar {
    window.args.first().map_or(Scalar::Real, |arg| flat_scalar(&arg.ty))
}

fn flat_scalar(ty: &twin_types::Type) -> Scalar {
    ty.flatten().first().copied().unwrap_or(Scalar::Real)
}

/// A histogram gives a word per bin.
fn reads_per_key(window: &hir::Window) -> usize {
    match window.aggregate {
        Aggregate::Histogram => window.params.get(2).map_or(1, |bins| *bins as usize),
        _ => 1,
    }
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a.max(1) } else { greatest_common_divisor(b, a % b) }
}

impl Twin<'_, '_> {
    /// Slots for the windows whose `final` somebody reads, cleared at the start of each step.
    pub fn declare_finals(&mut self) {
        let mut wanted = BTreeSet::new();
        crate::resets::visit_members(&self.hir.members, self.hir, &mut |expr| {
            if let hir::ExprKind::Final(id) = expr.kind {
                wanted.insert(id);
            }
        });
        self.member = "final".to_string();
        let slots: Vec<_> = wanted.into_iter().map(|id| (id, self.flag("now"))).collect();
        if slots.is_empty() {
            return;
        }
        let every = Trigger { every_step: true, ..Trigger::default() };
        self.op(every, Default::default(), |this| {
            let no = this.bool(false);
            slots.iter().map(|(_, slot)| Stmt::Store(*slot, no)).collect()
        });
        self.finals = slots.into_iter().collect();
    }
}
