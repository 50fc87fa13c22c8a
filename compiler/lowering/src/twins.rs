//! One twin: where its signals live, and the order in which its members are lowered.

use crate::{
    Lowering,
    derivatives::Kept,
    exprs::{Build, Scope, lower_expr},
};
use std::collections::{BTreeMap, BTreeSet};
use twin_analysis::hir::{self, ExprKind, InputId, LocalId, RuleId, SignalId};
use twin_diagnostics::Span;
use twin_plan::{
    CalendarUnit, ExprId, Exprs, FaultId, Input, NodeKind, Op, ResetId, Slot, SlotKind, Stmt, Tick, TickKind,
    Trigger, TwinPlan, TwinTable, Value, ValueId, layout::NEVER,
};
use twin_types::{Scalar, Word};

/// Where one word of a signal is read.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A value that an operator computes.
    Value(ValueId),
    /// A state.
    Slot(Slot, Scalar),
    /// A pure expression that is read anew at every use: a param.
    Expr(ExprId),
}

/// Slots of a rule that others may read before it has been lowered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleSlots {
    pub raised: Slot,
    pub count: Slot,
}

/// A twin while it is lowered.
pub(crate) struct Twin<'l, 'a> {
    pub lowering: &'l mut Lowering<'a>,
    pub hir: &'a hir::Twin,
    pub plan: TwinPlan,
    /// Where each signal lives, once that is known.
    pub places: Vec<Vec<Place>>,
    pub locals: BTreeMap<LocalId, Vec<ExprId>>,
    /// The steps in which the statements at hand run.
    pub trigger: Trigger,
    /// What a member runs in that reads nothing that changes: every step, or in a block the block's own.
    pub held_trigger: Trigger,
    /// The member at hand, for the names of its slots.
    pub member: String,
    /// Columns of inputs that steps of other kinds read.
    pub kept: BTreeMap<(u32, u32), Slot>,
    /// Windows whose `final` somebody reads.
    pub finals: BTreeMap<SignalId, Slot>,
    /// Per rule.
    pub rule_slots: Vec<RuleSlots>,
    /// `elapsed` of the block at hand.
    pub elapsed: Option<ValueId>,
    /// Values that keep what was computed last although later steps do not compute them.
    pub sticky: BTreeSet<ValueId>,
    /// Signals whose storage is being made, outermost first.
    pub owners: Vec<SignalId>,
    /// Runs of words per owner.
    pub owned_slots: BTreeMap<SignalId, Vec<(Slot, u32)>>,
    /// Values per owner.
    pub owned_values: BTreeMap<SignalId, Vec<ValueId>>,
    /// What each reset puts back.
    pub resets: Vec<BTreeSet<SignalId>>,
    /// When the run is watched: the flag that says that a reset is to be done in this step.
    pub reset_marks: BTreeMap<ResetId, Slot>,
    /// Whether what is lowered belongs to a probe.
    pub is_probing: bool,
    /// States that are set when their initial value is first present: the flag that says they are.
    pub begun: BTreeMap<SignalId, Slot>,
    /// Where the operator stands that is being lowered.
    pub op_span: Span,
    /// What the derivatives of a block read, while they are lowered.
    pub held: Kept,
    /// The same of all blocks, once their derivatives have been lowered.
    pub held_later: Kept,
    /// Per window operator: the values of its counts, for "empty windows make no record".
    pub window_counts: BTreeMap<SignalId, Vec<ValueId>>,
    /// By window and lane: whose storage its accumulators are.
    pub lane_homes: Vec<Vec<LaneHome>>,
    /// What each reset of the program takes along, before any of them is made.
    pub reset_sets: Vec<BTreeSet<SignalId>>,
    /// Slots of commands.
    pub commands: BTreeMap<hir::SinkId, crate::commands::Command>,
    /// Blocks with derivatives: operators to run at every step that reads their values.
    pub integrated: Vec<crate::blocks::Integrated>,
}

/// Whose storage the accumulators of a lane are.
pub(crate) struct LaneHome {
    /// The member.
    pub member: String,
    /// As [`Twin::owners`].
    pub owners: Vec<SignalId>,
}

impl<'l, 'a> Twin<'l, 'a> {
    pub fn lower(lowering: &'l mut Lowering<'a>, twin: &'a hir::Twin) -> TwinPlan {
        let mut this = Twin {
            lowering,
            hir: twin,
            plan: TwinPlan {
                name: twin.name.clone(),
                key: twin.key.1.scalar(),
                for_each: twin.for_each.map(|id| id.0),
                layout: twin_plan::Layout::new(),
                span: twin.span,
                ..TwinPlan::default()
            },
            places: vec![Vec::new(); twin.signals.len()],
            locals: BTreeMap::new(),
            trigger: Trigger::default(),
            held_trigger: Trigger { every_step: true, ..Trigger::default() },
            member: String::new(),
            kept: BTreeMap::new(),
            finals: BTreeMap::new(),
            rule_slots: Vec::new(),
            elapsed: None,
            sticky: BTreeSet::new(),
            owners: Vec::new(),
            owned_slots: BTreeMap::new(),
            owned_values: BTreeMap::new(),
            resets: Vec::new(),
            reset_marks: BTreeMap::new(),
            is_probing: false,
            begun: BTreeMap::new(),
            op_span: Span::default(),
            held: Kept::default(),
            held_later: Kept::default(),
            window_counts: BTreeMap::new(),
            lane_homes: Vec::new(),
            reset_sets: Vec::new(),
            commands: BTreeMap::new(),
            integrated: Vec::new(),
        };
        this.reset_sets = this.all_resets();
        this.inputs();
        this.ticks();
        this.declare_finals();
        this.declare_rules();
        this.declare_states(&twin.members);
        this.declare_commands();
        this.members(&twin.members);
        this.finish()
    }

    fn inputs(&mut self) {
        for input in &self.hir.inputs {
            let by = input.by.as_ref().map(|by| self.lowering.source_expr(input.source.index(), by));
            self.plan.inputs.push(Input {
                name: input.name.clone(),
                source: input.source.0,
                by,
                columns: Vec::new(),
                kept: Vec::new(),
            });
        }
        for table in &self.hir.tables {
            self.plan.tables.push(TwinTable { table: table.0, own_key: false });
        }
    }

    /// The plan's ticks have the numbers of the program's; others are added behind.
    fn ticks(&mut self) {
        for (at, tick) in self.hir.ticks.iter().enumerate() {
            let due = self.plan.layout.add(format!("tick {at}"), SlotKind::Bookkeeping, &[NEVER as Word]);
            let kind = match tick {
                hir::Tick::Every { period_ns, longest_ns } => TickKind::Every {
                    period_ns: *period_ns,
                    rest_after_ns: (*longest_ns).max(period_ns.saturating_mul(TICKS_BEFORE_REST)),
                },
                hir::Tick::Calendar { count, unit, zone } => TickKind::Calendar {
                    count: *count,
                    unit: calendar_unit(*unit),
                    zone: zone.clone(),
                    rest_after_ns: about_ns(*unit)
                        .saturating_mul(i64::from(*count))
                        .saturating_mul(TICKS_BEFORE_REST),
                },
                hir::Tick::SessionEnd(_) => TickKind::Deadlines(Vec::new()),
            };
            self.plan.ticks.push(Tick { kind, due, resting: Vec::new() });
        }
    }

    /// A tick that is due whenever one of the deadlines is.
    pub fn deadline_tick(&mut self, deadlines: Vec<Slot>) -> u32 {
        let due = self.slot("due", SlotKind::Bookkeeping, &[NEVER as Word]);
        self.plan.ticks.push(Tick { kind: TickKind::Deadlines(deadlines), due, resting: Vec::new() });
        (self.plan.ticks.len() - 1) as u32
    }

    /// A slot for a deadline.
    pub fn deadline(&mut self, what: &str) -> Slot {
        let slot = self.slot(what, SlotKind::Bookkeeping, &[NEVER as Word]);
        self.plan.deadlines.push(slot);
        slot
    }

    /// Words in the row for the member at hand.
    pub fn slot(&mut self, what: &str, kind: SlotKind, initial: &[Word]) -> Slot {
        let name = if what.is_empty() { self.member.clone() } else { format!("{}.{what}", self.member) };
        let slot = self.plan.layout.add(name, kind, initial);
        self.own(slot, initial.len() as u32);
        slot
    }

    /// One word that starts absent.
    pub fn value_slot(&mut self, what: &str, ty: Scalar) -> Slot {
        self.slot(what, SlotKind::Value(ty), &[ty.absent()])
    }

    /// A bool that starts false.
    pub fn flag(&mut self, what: &str) -> Slot {
        self.slot(what, SlotKind::Bookkeeping, &[twin_types::FALSE])
    }

    /// A slot for one word of a scalar; texts get room for as many bytes.
    pub fn place_slot(&mut self, what: &str, ty: Scalar, bytes: u32) -> Slot {
        if ty != Scalar::String {
            return self.value_slot(what, ty);
        }
        let name = format!("{}.{what}", self.member);
        let slot = self.plan.layout.add_text(name, bytes);
        self.own(slot, self.plan.layout.words - slot.0);
        slot
    }

    fn own(&mut self, slot: Slot, words: u32) {
        for owner in &self.owners {
            self.owned_slots.entry(*owner).or_default().push((slot, words));
        }
    }

    /// A value that an operator computes.
    pub fn value(&mut self, name: &str, ty: Scalar, span: Span) -> ValueId {
        self.plan.values.push(Value { name: name.to_string(), ty, slot: None, span });
        let id = ValueId((self.plan.values.len() - 1) as u32);
        for owner in &self.owners {
            self.owned_values.entry(*owner).or_default().push(id);
        }
        id
    }

    /// Adds an operator; its statements are made while its trigger is in force.
    pub fn op(&mut self, trigger: Trigger, span: Span, body: impl FnOnce(&mut Self) -> Vec<Stmt>) {
        let outer = std::mem::replace(&mut self.trigger, trigger.clone());
        let outer_span = std::mem::replace(&mut self.op_span, span);
        let body = body(self);
        self.trigger = outer;
        self.op_span = outer_span;
        if !body.is_empty() {
            self.plan.ops.push(Op { name: self.member.clone(), trigger, body, span });
        }
    }

    /// Statements for some of the operator's steps only.
    pub fn within(&mut self, trigger: Trigger, body: impl FnOnce(&mut Self) -> Vec<Stmt>) -> Stmt {
        let outer = std::mem::replace(&mut self.trigger, trigger.clone());
        let body = body(self);
        self.trigger = outer;
        Stmt::In(trigger, body)
    }

    /// The steps in which something that changes with this clock runs.
    pub fn trigger_of(&self, clock: &hir::Clock) -> Trigger {
        match clock {
            hir::Clock::Held => self.held_trigger.clone(),
            hir::Clock::Events(input) => Trigger { inputs: vec![input.0], ..Trigger::default() },
            hir::Clock::Ticks(ticks) => {
                Trigger { ticks: ticks.iter().map(|t| t.0).collect(), ..Trigger::default() }
            }
        }
    }

    /// Lowers to words.
    pub fn words(&mut self, expr: &hir::Expr) -> Vec<ExprId> {
        lower_expr(self, expr)
    }

    /// Lowers a scalar.
    pub fn one(&mut self, expr: &hir::Expr) -> ExprId {
        self.words(expr)[0]
    }

    /// Reads a slot.
    pub fn read_slot(&mut self, slot: Slot, ty: Scalar) -> ExprId {
        let read = self.push(NodeKind::Slot(slot), ty, Span::default());
        if self.is_probing { self.slot_after_resets(slot, ty, read) } else { read }
    }

    /// Reads a value.
    pub fn read_value(&mut self, value: ValueId) -> ExprId {
        let ty = self.plan.values[value.index()].ty;
        let read = self.push(NodeKind::Value(value), ty, Span::default());
        if self.is_probing { self.value_after_resets(value, ty, read) } else { read }
    }

    /// Reads one word of a signal.
    pub fn read_place(&mut self, place: &Place) -> ExprId {
        match place {
            Place::Value(value) => self.read_value(*value),
            Place::Slot(slot, ty) => self.read_slot(*slot, *ty),
            Place::Expr(expr) => *expr,
        }
    }

    /// Stores a word or a text into a slot.
    pub fn store(&mut self, slot: Slot, ty: Scalar, bytes: u32, word: ExprId, span: Span) -> Stmt {
        if ty == Scalar::String {
            let fault = self.lowering.fault(span, "text too long for its state");
            Stmt::StoreText { slot, bytes, text: word, fault }
        } else {
            Stmt::Store(slot, word)
        }
    }

    /// Computes values for words and gives where they are read.
    pub fn let_words(&mut self, name: &str, exprs: &[ExprId], span: Span) -> (Vec<Place>, Vec<Stmt>) {
        let mut places = Vec::new();
        let mut stmts = Vec::new();
        for (at, expr) in exprs.iter().enumerate() {
            let ty = self.plan.exprs.get(*expr).ty;
            let name = if exprs.len() == 1 { name.to_string() } else { format!("{name}[{at}]") };
            let value = self.value(&name, ty, span);
            places.push(Place::Value(value));
            stmts.push(Stmt::Let(value, *expr));
        }
        (places, stmts)
    }

    /// A place where faults are counted.
    pub fn fault(&mut self, span: Span, what: &str) -> FaultId {
        self.lowering.fault(span, what)
    }

    fn declare_rules(&mut self) {
        for rule in &self.hir.rules {
            self.member = rule.name.clone();
            let raised = self.flag("raised");
            let count = self.slot("count", SlotKind::Value(Scalar::Int), &[0]);
            self.rule_slots.push(RuleSlots { raised, count });
        }
    }

    /// A column of an input as a word: straight from the record in steps of that input, else what was kept.
    pub fn field(&mut self, input: InputId, word: u32, ty: Scalar, span: Span) -> ExprId {
        let source = self.hir.inputs[input.index()].source.index();
        let column = self.lowering.source_column(source, word);
        let columns = &mut self.plan.inputs[input.index()].columns;
        let at = columns.iter().position(|c| *c == column).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        }) as u32;
        let own = Trigger { inputs: vec![input.0], ..Trigger::default() };
        if self.trigger == own {
            return self.push(NodeKind::Field(input.0, at), ty, span);
        }
        let slot = match self.kept.get(&(input.0, at)) {
            Some(slot) => *slot,
            None => self.keep(input, at, word, ty),
        };
        self.push(NodeKind::Slot(slot), ty, span)
    }

    fn keep(&mut self, input: InputId, at: u32, word: u32, ty: Scalar) -> Slot {
        let source = self.hir.inputs[input.index()].source.index();
        let name = format!(
            "{}.{}",
            self.hir.inputs[input.index()].name,
            self.lowering.source_columns[source].flat[word as usize].name
        );
        // The record belongs to the twin, not to the member that reads it.
        let owners = std::mem::take(&mut self.owners);
        let member = std::mem::replace(&mut self.member, name);
        let slot = self.place_slot("kept", ty, twin_types::STRING_BYTES);
        self.member = member;
        self.owners = owners;
        self.kept.insert((input.0, at), slot);
        slot
    }

    /// The twin's key. An enum's is kept as its text on the wire, so its ordinal is looked up.
    pub fn key(&mut self, span: Span) -> ExprId {
        let ty = self.plan.key.unwrap_or(Scalar::String);
        let Scalar::Enum(id) = ty else { return self.push(NodeKind::Key, ty, span) };
        let key = self.push(NodeKind::Key, Scalar::String, span);
        let program = self.lowering.program;
        let mut ordinal = self.absent(ty);
        for (value, text) in program.enums[id.0 as usize].wire.iter().enumerate() {
            let text = self.lowering.text(text);
            let text = self.push(NodeKind::Text(text), Scalar::String, span);
            let is_it = self.compare(twin_plan::Compare::Eq, key, text, span);
            let value = self.int(value as i64, ty);
            ordinal = self.select(is_it, value, ordinal);
        }
        ordinal
    }

    fn table_field(
        &mut self,
        table: hir::TableId,
        key: Option<&hir::Expr>,
        word: Option<u32>,
        ty: Scalar,
        span: Span,
    ) -> ExprId {
        let key = key.map(|key| self.one(key));
        let known = self.plan.tables.iter().position(|t| t.table == table.0);
        let at = known.unwrap_or_else(|| {
            self.plan.tables.push(TwinTable { table: table.0, own_key: false });
            self.plan.tables.len() - 1
        });
        self.plan.tables[at].own_key |= key.is_none();
        let column = word.map(|word| self.lowering.table_column(table.index(), word));
        self.push(NodeKind::Table { table: table.0, key, column }, ty, span)
    }

    fn silent(&mut self, input: InputId, limit: &hir::Expr, inclusive: bool) -> ExprId {
        let limit = self.one(limit);
        if let Some(known) = self.known_silence(input, limit, inclusive) {
            return self.read_slot(known, Scalar::Bool);
        }
        let last_read = self.slot("last read", SlotKind::Bookkeeping, &[twin_types::ABSENT_INT]);
        let is_silent = self.flag("is silent");
        self.plan.silences.push(twin_plan::Silence {
            input: input.0,
            limit,
            inclusive,
            last_read,
            is_silent,
        });
        self.read_slot(is_silent, Scalar::Bool)
    }

    /// When an input was last read. Every limit of silence of the input knows it.
    fn last_read(&mut self, input: InputId) -> ExprId {
        match self.plan.silences.iter().find(|silence| silence.input == input.0) {
            Some(silence) => self.read_slot(silence.last_read, Scalar::Timestamp),
            None => self.absent(Scalar::Timestamp),
        }
    }

    fn signal(&mut self, id: SignalId, expr: &hir::Expr) -> Vec<ExprId> {
        let places = match self.held.values.get(&id) {
            Some(places) => places.clone(),
            None => self.places[id.index()].clone(),
        };
        if places.is_empty() {
            return expr.ty.flatten().into_iter().map(|ty| self.absent(ty)).collect();
        }
        places.iter().map(|place| self.read_place(place)).collect()
    }

    /// The last value and its time of a `Track` operator: its places are the value's words, then the time.
    fn tracked(&mut self, id: SignalId) -> (Vec<ExprId>, ExprId) {
        let places = self.places[id.index()].clone();
        let mut exprs: Vec<_> = places.iter().map(|place| self.read_place(place)).collect();
        let time = exprs.pop().expect("a track operator has at least its time");
        (exprs, time)
    }

    fn hold(&mut self, id: SignalId, within: &hir::Expr) -> Vec<ExprId> {
        let (values, time) = self.tracked(id);
        let within = self.one(within);
        let now = self.now();
        let age = self.prim(twin_plan::Prim::SubInt, &[now, time], Scalar::Duration, Span::default());
        let fresh = self.compare_int(twin_plan::Compare::Le, age, within);
        values
            .into_iter()
            .map(|value| {
                let ty = self.exprs().get(value).ty;
                let absent = self.absent(ty);
                self.select(fresh, value, absent)
            })
            .collect()
    }

    fn held_for(&mut self, id: SignalId) -> ExprId {
        let places = self.places[id.index()].clone();
        let [state, since] = [0, 1].map(|at| self.read_place(&places[at]));
        let now = self.now();
        let held = self.prim(twin_plan::Prim::SubInt, &[now, since], Scalar::Duration, Span::default());
        let zero = self.int(0, Scalar::Duration);
        self.select(state, held, zero)
    }
}

/// Ticks go on for at least so many periods after the last event, then rest.
const TICKS_BEFORE_REST: i64 = 1000;

fn calendar_unit(unit: hir::CalendarUnit) -> CalendarUnit {
    match unit {
        hir::CalendarUnit::Hour => CalendarUnit::Hour,
        hir::CalendarUnit::Day => CalendarUnit::Day,
        hir::CalendarUnit::Week => CalendarUnit::Week,
        hir::CalendarUnit::Month => CalendarUnit::Month,
        hir::CalendarUnit::Year => CalendarUnit::Year,
    }
}

fn about_ns(unit: hir::CalendarUnit) -> i64 {
    let hours = match unit {
        hir::CalendarUnit::Hour => 1,
        hir::CalendarUnit::Day => 24,
        hir::CalendarUnit::Week => 168,
        hir::CalendarUnit::Month => 744,
        hir::CalendarUnit::Year => 8784,
    };
    hours * 3_600_000_000_000
}

impl<'a> Scope<'a> for Twin<'_, 'a> {
    fn exprs(&mut self) -> &mut Exprs {
        &mut self.plan.exprs
    }

    fn lowering(&mut self) -> &mut Lowering<'a> {
        self.lowering
    }

    fn locals(&mut self) -> &mut BTreeMap<LocalId, Vec<ExprId>> {
        &mut self.locals
    }

    fn read(&mut self, expr: &hir::Expr) -> Vec<ExprId> {
        let span = expr.span;
        if let Some(before) = self.held_view(expr) {
            return before;
        }
        match &expr.kind {
            ExprKind::Key => vec![self.key(span)],
            ExprKind::Elapsed => match self.elapsed {
                Some(value) => vec![self.read_value(value)],
                None => vec![self.absent(Scalar::Duration)],
            },
            ExprKind::Field(input, first) => {
                let scalars = expr.ty.flatten();
                (*first..).zip(scalars).map(|(word, ty)| self.field(*input, word, ty, span)).collect()
            }
            ExprKind::TableField { table, key, field } => {
                let scalars = expr.ty.flatten();
                (*field..)
                    .zip(scalars)
                    .map(|(word, ty)| self.table_field(*table, key.as_deref(), Some(word), ty, span))
                    .collect()
            }
            ExprKind::TableHas { table, key } => {
                vec![self.table_field(*table, key.as_deref(), None, Scalar::Bool, span)]
            }
            ExprKind::Signal(id) => self.signal(*id, expr),
            ExprKind::Hold(id, within) => self.hold(*id, within),
            ExprKind::Latest(id) => self.tracked(*id).0,
            ExprKind::Age(id) => {
                let (_, time) = self.tracked(*id);
                let now = self.now();
                vec![self.prim(twin_plan::Prim::SubInt, &[now, time], Scalar::Duration, span)]
            }
            ExprKind::HeldFor(id) => vec![self.held_for(*id)],
            ExprKind::Final(id) => match self.finals.get(id) {
                Some(slot) => vec![self.read_slot(*slot, Scalar::Bool)],
                None => vec![self.bool(false)],
            },
            ExprKind::Silent(input, limit, inclusive) => vec![self.silent(*input, limit, *inclusive)],
            ExprKind::LastRead(input) => vec![self.last_read(*input)],
            ExprKind::RuleActive(RuleId(rule)) => {
                let slot = self.rule_slots[*rule as usize].raised;
                vec![self.read_slot(slot, Scalar::Bool)]
            }
            ExprKind::RuleCount(RuleId(rule)) => {
                let slot = self.rule_slots[*rule as usize].count;
                vec![self.read_slot(slot, Scalar::Int)]
            }
            ExprKind::CommandState(sink, state) => vec![self.command_state(*sink, *state)],
            other => unreachable!("lower_expr handles {other:?} itself"),
        }
    }
}
