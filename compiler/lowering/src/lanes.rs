//! Lanes of windows: which accumulator each aggregate reads, what it is fed, and where it lives.

use crate::{
    exprs::Build,
    members::text_rooms,
    twins::{LaneHome, Place, Twin},
    windows::window_span,
};
use twin_analysis::hir::{self, SignalId};
use twin_plan::{
    Accumulator, ExprId, Extent, Few, Lane, NodeKind, Prim, Read, Slot, SlotKind, ValueId, WindowId,
    WindowPlan, few,
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
    /// Arguments and filter of each lane: arrays go element by element.
    pub(crate) fn lane_inputs(&mut self, window: &hir::Window) -> Vec<(Vec<ExprId>, Option<ExprId>)> {
        let args: Vec<Vec<ExprId>> = window
            .args
            .iter()
            .enumerate()
            .map(|(at, arg)| {
                let words = self.words(arg).into_iter();
                match argument_form(window.aggregate, at) {
                    ArgumentForm::PassedOn => {
                        let rooms = text_rooms(&arg.ty).into_iter();
                        words.zip(rooms).map(|(x, room)| self.as_passed_on(x, room)).collect()
                    }
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

    /// A text that is passed on has room for so many bytes.
    fn as_passed_on(&mut self, x: ExprId, room: u32) -> ExprId {
        let span = self.plan.exprs.get(x).span;
        match self.plan.exprs.get(x).ty {
            Scalar::String => self.prim(Prim::TextWithin(room), &[x], Scalar::String, span),
            _ => x,
        }
    }

    /// The accumulator of a lane with these arguments, and the scalar of what is read from it.
    fn accumulator_of(&self, window: &hir::Window, args: &[ExprId]) -> (Accumulator, Scalar) {
        let numbers = accumulator(window.aggregate, &window.params);
        match args.first().map(|x| self.plan.exprs.get(*x)) {
            Some(x) if passes_on(window.aggregate) => match x.kind {
                NodeKind::Prim(Prim::TextWithin(room), ..) => {
                    (Accumulator::Text(window.aggregate, room), x.ty)
                }
                _ => (numbers, x.ty),
            },
            _ => (numbers, window_scalar(window.aggregate)),
        }
    }

    /// Accumulators take reals.
    pub(crate) fn as_real(&mut self, x: ExprId) -> ExprId {
        let span = self.plan.exprs.get(x).span;
        match self.plan.exprs.get(x).ty {
            Scalar::Real | Scalar::String => x,
            Scalar::Bool => {
                let int = self.prim(Prim::BoolToInt, &[x], Scalar::Int, span);
                self.prim(Prim::IntToReal, &[int], Scalar::Real, span)
            }
            _ => self.prim(Prim::IntToReal, &[x], Scalar::Real, span),
        }
    }

    /// What is only compared is a real that stands where the whole number does: exact, where a float would round.
    pub(crate) fn as_ordered(&mut self, x: ExprId) -> ExprId {
        let span = self.plan.exprs.get(x).span;
        match self.plan.exprs.get(x).ty {
            Scalar::Int | Scalar::Duration | Scalar::Timestamp => {
                self.prim(Prim::IntToOrdered, &[x], Scalar::Real, span)
            }
            _ => self.as_real(x),
        }
    }

    pub(crate) fn add_lanes(
        &mut self,
        plan: WindowId,
        id: SignalId,
        window: &hir::Window,
        lanes: Vec<(Vec<ExprId>, Option<ExprId>)>,
    ) {
        let keys = self.plan.windows[plan.index()].by.map_or(1, |(_, _, count)| count as usize);
        let mut places = Vec::new();
        for (args, filter) in lanes {
            let (accumulator, scalar) = self.accumulator_of(window, &args);
            let lane = self.lane(plan, accumulator, args, filter);
            let (mut values, mut texts) = (Vec::new(), Vec::new());
            if let Accumulator::Text(_, bytes) = accumulator {
                texts.extend((0..keys).map(|_| self.place_slot("text", scalar, bytes)));
                places.extend(texts.iter().map(|slot| Place::Slot(*slot, scalar)));
            } else {
                values.extend((0..keys * reads_per_key(window)).map(|_| self.window_value(scalar, window)));
                places.extend(values.iter().map(|value| self.window_place(*value, window)));
            }
            let (aggregate, constants) = (window.aggregate, window.params.clone());
            let fault = can_overflow(aggregate)
                .then(|| self.fault(window_span(window), "a window's result is too large for a number"));
            let reads = &mut self.plan.windows[plan.index()].lanes[lane].reads;
            reads.push(Read { aggregate, constants, values, texts, fault });
            let counted = self.count_of(plan, lane, keys);
            self.window_counts.entry(id).or_default().extend(counted);
        }
        self.places[id.index()] = places;
    }

    /// A lane with this accumulator over these arguments: one that is there already, or a new one.
    pub(crate) fn lane(
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

    /// Room for the accumulators of all lanes, now that it is known what they are. Gives whose storage the samples of
    /// windows with rings are.
    pub fn give_lanes(&mut self) -> Vec<(usize, LaneHome)> {
        let mut rings = Vec::new();
        for (window, homes) in std::mem::take(&mut self.lane_homes).into_iter().enumerate() {
            if self.plan.windows[window].heap.is_some() {
                rings.extend(homes.into_iter().next().map(|home| (window, home)));
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
        rings
    }

    /// Room in the row for the samples of windows that have few.
    pub fn give_few(&mut self, rings: Vec<(usize, LaneHome)>) {
        // After a silence that was noticed time goes back.
        if !self.plan.silences.is_empty() {
            return;
        }
        for (window, home) in rings {
            if self.has_few(&self.plan.windows[window]) {
                (self.member, self.owners) = (home.member, home.owners);
                let slot = self.slot("few samples", SlotKind::Bookkeeping, &few::at_first());
                self.plan.windows[window].few = Some(Few(slot));
            }
        }
        self.owners.clear();
    }

    /// Whether a window has few samples: as its sources' rates promise, or with one a second.
    fn has_few(&self, window: &WindowPlan) -> bool {
        let Extent::Trailing { span_ns, .. } = window.extent else { return false };
        let sources =
            self.plan.inputs.iter().map(|input| &self.lowering.program.sources[input.source as usize]);
        let rate_hz: f64 = sources.map(|source| source.rate_hz.unwrap_or(1.0)).sum();
        let samples = rate_hz * twin_types::seconds_from_nanos(span_ns) + 1.0;
        window.by.is_none() && few::suits(&window.lanes) && samples <= f64::from(few::PLACES)
    }

    pub(crate) fn accumulator_slot(&mut self, plan: WindowId, accumulator: Accumulator) -> Slot {
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
    pub(crate) fn count_of(&mut self, plan: WindowId, lane: usize, keys: usize) -> Vec<ValueId> {
        let at = &self.plan.windows[plan.index()].lanes[lane];
        if let Some(read) = at.reads.iter().find(|read| read.aggregate == Aggregate::Count) {
            return read.values.clone();
        }
        if counts(at.accumulator) {
            return Vec::new();
        }
        let (args, filter, span) = (at.args.clone(), at.filter, self.plan.windows[plan.index()].span);
        let lane = match at.accumulator {
            // It counts by itself, so that the texts are kept once.
            Accumulator::Text(..) => lane,
            _ => self.lane(plan, Accumulator::Count, args, filter),
        };
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

    pub(crate) fn window_value(&mut self, scalar: Scalar, window: &hir::Window) -> ValueId {
        let name = self.member.clone();
        self.value(&name, scalar, window_span(window))
    }

    /// The smallest and largest whole number are kept as reals in the same order, and whole again where they are read.
    pub(crate) fn window_place(&mut self, value: ValueId, window: &hir::Window) -> Place {
        let ty = argument_scalar(window);
        let is_ordered = argument_form(window.aggregate, 0) == ArgumentForm::Ordered;
        if !is_ordered || !matches!(ty, Scalar::Int | Scalar::Duration | Scalar::Timestamp) {
            return Place::Value(value);
        }
        let real = self.read_value(value);
        Place::Expr(self.prim(Prim::OrderedToInt, &[real], ty, window_span(window)))
    }

    /// Whether two expressions are the same computation.
    pub(crate) fn same(&self, a: ExprId, b: ExprId) -> bool {
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
}

/// In which form accumulators take an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArgumentForm {
    /// The word as it is.
    AsItIs,
    /// The same, to be kept and passed on.
    PassedOn,
    /// A real, by which whole numbers are compared.
    Ordered,
    /// A real, to reckon with.
    Real,
}

/// Counts look at presence only; the first, the last and what stood beside an extreme are kept as they are; the smallest
/// and the largest are compared; all else reckons with reals.
fn argument_form(aggregate: Aggregate, argument: usize) -> ArgumentForm {
    match aggregate {
        Aggregate::Count => ArgumentForm::AsItIs,
        _ if passes_on(aggregate) && argument == 0 => ArgumentForm::PassedOn,
        Aggregate::Min | Aggregate::Max => ArgumentForm::Ordered,
        _ => ArgumentForm::Real,
    }
}

/// Whether an aggregate gives one of its samples as it is: a word of any scalar, and of each word of a record.
fn passes_on(aggregate: Aggregate) -> bool {
    matches!(aggregate, Aggregate::First | Aggregate::Last | Aggregate::ArgMin | Aggregate::ArgMax)
}

/// Whether a window gives texts.
pub(crate) fn gives_texts(window: &hir::Window) -> bool {
    let holds_texts = |arg: &hir::Expr| arg.ty.flatten().contains(&Scalar::String);
    passes_on(window.aggregate) && window.args.first().is_some_and(holds_texts)
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
pub(crate) fn count_read(values: &[ValueId]) -> Read {
    let (aggregate, values) = (Aggregate::Count, values.to_vec());
    Read { aggregate, constants: Vec::new(), values, texts: Vec::new(), fault: None }
}

/// What an empty accumulator looks like.
fn empty(accumulator: Accumulator) -> Vec<Word> {
    vec![0; accumulator.words() as usize]
}

/// A histogram gives a word per bin.
pub(crate) fn reads_per_key(window: &hir::Window) -> usize {
    match window.aggregate {
        Aggregate::Histogram => window.params.get(2).map_or(1, |bins| *bins as usize),
        _ => 1,
    }
}

/// The scalar of what is read, where it is none of the samples.
fn window_scalar(aggregate: Aggregate) -> Scalar {
    match aggregate {
        Aggregate::Count | Aggregate::Distinct | Aggregate::Histogram => Scalar::Int,
        Aggregate::TimeAbove => Scalar::Duration,
        _ => Scalar::Real,
    }
}

pub(crate) fn argument_scalar(window: &hir::Window) -> Scalar {
    window.args.first().map_or(Scalar::Real, |arg| flat_scalar(&arg.ty))
}

fn flat_scalar(ty: &twin_types::Type) -> Scalar {
    ty.flatten().first().copied().unwrap_or(Scalar::Real)
}
