//! Windows of every kind: who feeds, reads and clears them.

use crate::{
    exprs::{Build, Scope},
    lanes::gives_texts,
    operators::reads_only_record,
    twins::Twin,
};
use std::collections::BTreeSet;
use twin_analysis::hir::{self, SignalId};
use twin_diagnostics::Span;
use twin_plan::{
    Accumulator, Compare, ExprId, Extent, Lane, SlotKind, Stmt, TickKind, Trigger, WindowId, WindowPlan,
    layout::NEVER,
};
use twin_types::Scalar;

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
        // Numbers keep apart from texts, beside which kernels would not take them in line.
        let has_texts = |lane: &Lane| matches!(lane.accumulator, Accumulator::Text(..));
        let is_it = |this: &Self, op: &twin_plan::Op| match op.body.as_slice() {
            [Stmt::WindowFeed(plan)] if op.trigger == *trigger => {
                let other = &this.plan.windows[plan.index()];
                if other.lanes.iter().any(has_texts) != gives_texts(window) {
                    return None;
                }
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
            let mut stmts = this.compute_lanes(plan, span);
            let feeds = this.feeds(plan);
            let now = this.now();
            let due = this.read_slot(gap_due, Scalar::Timestamp);
            let at_gap = this.compare_int(Compare::Le, due, now);
            let gap = this.int(gap_ns, Scalar::Duration);
            let next = this.prim(twin_plan::Prim::AddInt, &[now, gap], Scalar::Timestamp, span);
            let close = vec![Stmt::WindowRead(plan), Stmt::Deadline(closing, now), Stmt::WindowClear(plan)];
            stmts.push(Stmt::If {
                when: feeds,
                then: vec![
                    Stmt::If { when: at_gap, then: close, otherwise: Vec::new() },
                    Stmt::WindowFeed(plan),
                    Stmt::Deadline(gap_due, next),
                ],
                otherwise: Vec::new(),
            });
            stmts
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

    /// Computes what lanes take ahead, so that who asks whether there is anything and the window itself do not both count
    /// what goes wrong on the way.
    fn compute_lanes(&mut self, plan: WindowId, span: Span) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        let mut computed = |this: &mut Self, exprs: &[ExprId]| -> Vec<ExprId> {
            let (places, computing) = this.let_words("sample", exprs, span);
            stmts.extend(computing);
            places.iter().map(|place| this.read_place(place)).collect()
        };
        for lane in 0..self.plan.windows[plan.index()].lanes.len() {
            let Lane { args, filter, .. } = self.plan.windows[plan.index()].lanes[lane].clone();
            let filter = filter.map(|filter| computed(self, &[filter])[0]);
            let args: Vec<ExprId> = args
                .into_iter()
                .map(|arg| {
                    let Some(filter) = filter else { return arg };
                    let absent = self.absent(self.plan.exprs.get(arg).ty);
                    self.select(filter, arg, absent)
                })
                .collect();
            let args = computed(self, &args);
            let lane = &mut self.plan.windows[plan.index()].lanes[lane];
            (lane.args, lane.filter) = (args, filter);
        }
        stmts
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
        self.plan.windows.push(WindowPlan {
            name,
            extent,
            lanes: Vec::new(),
            by,
            newest,
            heap,
            few: None,
            span,
        });
        let plan = WindowId((self.plan.windows.len() - 1) as u32);
        self.lane_homes.push(Vec::new());
        self.add_lanes(plan, id, window, lanes);
        plan
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

pub(crate) fn window_span(window: &hir::Window) -> twin_diagnostics::Span {
    let first = window.args.first().map(|arg| arg.span);
    first.or(window.filter.as_ref().map(|f| f.span)).unwrap_or_default()
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
