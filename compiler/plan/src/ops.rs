//! What runs: operators in order, each a short list of statements over slots.
//!
//! `prev`, `for`, machines, rules and sequences are lowered to the same few
//! statements (compute, store, choose, write a record), so a kernel knows none of
//! them by name. What cannot be said that way has a statement of its own and a
//! plan beside it: windows, integration, flight recorders.

use crate::expr::{ExprId, FaultId};
use crate::few::Few;
use crate::layout::{Slot, text_words};
use twin_diagnostics::Span;
use twin_types::{Aggregate, Scalar, Word};

twin_types::ids! {
    /// Into [`crate::TwinPlan::values`].
    ValueId,
    /// Into [`crate::TwinPlan::windows`].
    WindowId,
    /// Into [`crate::TwinPlan::integrations`].
    IntegrationId,
    /// Into [`crate::TwinPlan::captures`].
    CaptureId,
    /// Into [`crate::TwinPlan::outputs`].
    OutputId,
    /// Into [`crate::TwinPlan::resets`].
    ResetId,
    /// Into [`crate::TwinPlan::lags`].
    LagId,
}

/// The steps in which an operator runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// Events of these inputs; sorted.
    pub inputs: Vec<u32>,
    /// Instants at which one of these ticks is due; sorted.
    pub ticks: Vec<u32>,
    /// Every step of whatever kind.
    pub every_step: bool,
    /// Quiet steps.
    pub quiet: bool,
}

/// An operator: a member of the program, or what a member needs before it.
#[derive(Clone, Debug)]
pub struct Op {
    /// The member, for prints.
    pub name: String,
    /// When it runs.
    pub trigger: Trigger,
    /// What it does.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A statement. Each sees what the ones before it have stored.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// Computes a value; kept in its slot where it has one. The same value may be computed again further down, or in
    /// a branch: what is read is what was computed last.
    Let(ValueId, ExprId),
    /// Only in those of the operator's steps that this (narrower) trigger names.
    In(Trigger, Vec<Stmt>),
    /// Stores a word, absent or not.
    Store(Slot, ExprId),
    /// Stores a text; longer than the slot's bytes is absent and a fault.
    StoreText {
        /// The text's slot ([`crate::Layout::add_text`]).
        slot: Slot,
        /// Its bytes.
        bytes: u32,
        /// The text.
        text: ExprId,
        /// Where a longer one is counted.
        fault: FaultId,
    },
    /// Stores into `first[index]` of `count` words; out of range is a fault and stores nothing.
    StoreItem {
        /// The first word.
        first: Slot,
        /// How many there are.
        count: u32,
        /// Which, from 0.
        index: ExprId,
        /// What.
        word: ExprId,
        /// Where an index out of range is counted.
        fault: FaultId,
    },
    /// A choice by a bool; unknown takes neither.
    If {
        /// The condition.
        when: ExprId,
        /// Where true.
        then: Vec<Stmt>,
        /// Where false.
        otherwise: Vec<Stmt>,
    },
    /// Counts a fault.
    Fault(FaultId),
    /// Sets one of [`crate::TwinPlan::deadlines`] (absent or [`crate::layout::NEVER`]: none) and keeps
    /// `NEXT_DEADLINE` at or below it. A deadline that was due and that its instant did not set anew is taken back
    /// by the runtime; one that an instant sets to a moment that is not later is due one nanosecond after it.
    Deadline(Slot, ExprId),
    /// Writes a record: one word per [`Output::args`].
    Output(OutputId, Vec<ExprId>),
    /// Puts things back to how they began, at the end of the step: each reset once, in the order of their numbers.
    Reset(ResetId),
    /// Feeds a window with what its lanes take now, and for trailing and sample windows reads it. The key is
    /// evaluated first (absent or out of range: nothing else is); then lane by lane the filter, and only where it is
    /// true the arguments, all of them.
    WindowFeed(WindowId),
    /// Empties a window.
    WindowClear(WindowId),
    /// Computes a window's values from what it holds. For panes: those of [now − W, now).
    WindowRead(WindowId),
    /// Integrates a block's states from its last time to now.
    Integrate(IntegrationId),
    /// Takes a value for `lag` and computes it.
    Lag(LagId),
    /// Keeps this step's record of the capture's input.
    CaptureFeed(CaptureId),
    /// The rule was raised: what is kept from `before` to `after` around it is the alert's, whose slots have been
    /// stored. Argument: time of the raise. Several spans may be open at a time.
    CaptureOpen(CaptureId, ExprId),
    /// Writes what a capture holds, if its span has passed.
    CaptureClose(CaptureId),
}

/// A named value of a twin.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its path in the program.
    pub name: String,
    /// Its scalar.
    pub ty: Scalar,
    /// Where it is kept; `None`: only in a register of the step that computes it. A text always is a register.
    pub slot: Option<Slot>,
    /// Where it is declared.
    pub span: Span,
}

/// A window: its extent, and lanes that are fed alike.
#[derive(Clone, Debug)]
pub struct WindowPlan {
    /// The member and the text, e.g. `health: mean(vibration) over 5 min every 10 s`.
    pub name: String,
    /// Its extent.
    pub extent: Extent,
    /// What is accumulated.
    pub lanes: Vec<Lane>,
    /// `by K in LO..HI`: the key, its lowest value and how many there are.
    pub by: Option<(ExprId, i64, u32)>,
    /// Panes: where the newest pane begins (ns since the epoch); in a ring also its place, and where the newest of
    /// those before it begins that holds something. See [`Extent::newest_at_first`].
    pub newest: Option<Slot>,
    /// Trailing and sample windows: the handle of their samples.
    pub heap: Option<Slot>,
    /// Trailing windows of few samples: where these are while there is no handle.
    pub few: Option<Few>,
    /// Where it stands.
    pub span: Span,
}

/// How a window keeps what it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Extent {
    /// Samples of (now − W, now] (or [now − W, now]) on the heap, merged oldest to newest by two stacks; [`Few`] are in
    /// the row.
    Trailing {
        /// W.
        span_ns: i64,
        /// Whether now − W is in it.
        closed: bool,
    },
    /// A ring of panes; `count` of them make the window. With `count` 1 it is tumbling.
    Panes {
        /// Length of a pane.
        pane_ns: i64,
        /// Panes in the window.
        count: u32,
    },
    /// The last so many samples on the heap, by two stacks.
    Samples(u32),
    /// One accumulator that statements clear and read (`all`, sessions, `during`, `from … until`, calendar periods).
    /// Aggregates that keep samples keep at most so many on the heap.
    Running {
        /// Most samples; `None` where none are kept.
        max: Option<u32>,
        /// Whether the next one begins where this one ends, so that the value in force goes on being so. Of calendar
        /// periods it does; between sessions, or where `during` does not hold, there is time that belongs to none.
        carries: bool,
    },
}

impl Extent {
    /// How many accumulators a lane has in the row for each key: one, or one a pane; a ring of panes has one more, for
    /// what is merged of its newest panes, except where samples are kept.
    pub fn accumulators(&self, accumulator: Accumulator) -> u32 {
        match (self, accumulator) {
            (Extent::Panes { count, .. }, Accumulator::Kept) => *count,
            (Extent::Panes { count, .. }, _) if *count > 1 => count + 1,
            _ => 1,
        }
    }

    /// What [`WindowPlan::newest`] is at first: an empty pane that begins before all time.
    pub fn newest_at_first(&self) -> Vec<Word> {
        match *self {
            Extent::Panes { pane_ns, count } if count > 1 => {
                let place = i64::MIN.div_euclid(pane_ns).rem_euclid(i64::from(count));
                vec![i64::MIN as Word, place as Word, i64::MIN as Word]
            }
            _ => vec![i64::MIN as Word],
        }
    }
}

/// One accumulator of a window: what it takes, and what is read from it.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Which accumulator.
    pub accumulator: Accumulator,
    /// Its arguments (none for a bare count); a record where one is absent is skipped.
    pub args: Vec<ExprId>,
    /// Only where this is true.
    pub filter: Option<ExprId>,
    /// First word of the accumulators: `keys × Extent::accumulators × Accumulator::words` words, key by key, pane by
    /// pane, behind the panes of a ring what is merged of them. For trailing and sample windows there is none, it is
    /// on the heap.
    pub slot: Option<Slot>,
    /// What is read.
    pub reads: Vec<Read>,
}

/// What is read from a lane.
#[derive(Clone, Debug)]
pub struct Read {
    /// The aggregate.
    pub aggregate: Aggregate,
    /// Its constants.
    pub constants: Vec<f64>,
    /// A value per key (a histogram: per key and bin, key by key); none of a text.
    pub values: Vec<ValueId>,
    /// Of a text: per key the slot in which it is put ([`crate::Layout::add_text`]).
    pub texts: Vec<Slot>,
    /// Where a result that is not finite is counted, each time it is read; `None` of aggregates that have none.
    pub fault: Option<FaultId>,
}

/// Families of accumulators; several aggregates are read from one. Words that are all zero are an empty one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accumulator {
    /// n
    Count,
    /// n, Σx: `count sum mean`
    Sum,
    /// n, smallest, largest: `min max range`
    MinMax,
    /// n, mean, M2 by Welford, merged by Chan: `count mean var std …`
    Moments2,
    /// n, mean, M2, M3, M4: `skew kurtosis`
    Moments4,
    /// n, Σx², largest |x|: `rms crest`
    Squares,
    /// First and last with their times: `first last delta rate`
    Ends,
    /// Least squares against time: `slope intercept r2`
    Regression,
    /// Trapezoid between neighbouring samples: `integral`
    Trapezoid,
    /// Last value held: `integral_hold time_weighted_mean`
    Hold,
    /// Time above a level: `time_above`
    TimeAbove(f64),
    /// n, means, sums of squares and products of two: `corr`
    Pair,
    /// The extreme and what stood beside it: `argmin`
    ArgMin,
    /// `argmax`
    ArgMax,
    /// n, Σsin, Σcos: `circular_mean`
    Circle,
    /// Counts per bin: lower bound, upper bound, bins
    Histogram(f64, f64, u32),
    /// n, a text as in a text slot of at most so many bytes, and for an extreme the y beside it: `first last argmin argmax`
    /// of texts, none of which is longer ([`crate::Prim::TextWithin`])
    Text(Aggregate, u32),
    /// The samples themselves: `median quantile iqr mad distinct`
    Kept,
}

impl Accumulator {
    /// Words of one accumulator, all zero at first. [`Accumulator::Kept`] has one: the handle of its samples.
    pub fn words(self) -> u32 {
        match self {
            Accumulator::Count | Accumulator::Kept => 1,
            Accumulator::Sum => 2,
            Accumulator::MinMax | Accumulator::Moments2 | Accumulator::Squares => 3,
            Accumulator::Circle | Accumulator::ArgMin | Accumulator::ArgMax => 3,
            Accumulator::Ends | Accumulator::Moments4 | Accumulator::TimeAbove(_) => 5,
            Accumulator::Trapezoid | Accumulator::Pair => 6,
            Accumulator::Regression | Accumulator::Hold => 7,
            Accumulator::Histogram(_, _, bins) => bins + 1,
            Accumulator::Text(Aggregate::First | Aggregate::Last, bytes) => 1 + text_words(bytes),
            Accumulator::Text(_, bytes) => 2 + text_words(bytes),
        }
    }
}

/// `lag(x, D)`.
#[derive(Clone, Debug)]
pub struct LagPlan {
    /// What.
    pub x: ExprId,
    /// How long ago.
    pub by_ns: i64,
    /// The handle of its samples.
    pub heap: Slot,
    /// Its value.
    pub value: ValueId,
}

/// Integration of a block's states.
#[derive(Clone, Debug)]
pub struct Integration {
    /// The block's path.
    pub name: String,
    /// The states. Derivatives and conditions read them as slots.
    pub states: Vec<Slot>,
    /// Values that derivatives, conditions and roots read, in order. They are computed anew at every look at those,
    /// which counts as one statement; afterwards they are what the last look left, so an operator that reads them
    /// computes them itself.
    pub rates: Vec<(ValueId, ExprId)>,
    /// dx/dt per state, per second, in stored units.
    pub derivatives: Vec<ExprId>,
    /// How.
    pub solver: Solver,
    /// Time up to which the states are integrated; [`crate::layout::NOT_BEGUN`] before the first.
    pub last: Slot,
    /// Discontinuities.
    pub whens: Vec<When>,
    /// One word per `when`: whether its condition held at the last look.
    pub held: Option<Slot>,
    /// What puts the block back when a gap is too long.
    pub reset: ResetId,
    /// Where such a gap is counted.
    pub fault: FaultId,
    /// Where discontinuities are counted that follow each other without end.
    pub chatter: FaultId,
    /// Where it stands.
    pub span: Span,
}

/// A discontinuity: located where its condition turns true.
#[derive(Clone, Debug)]
pub struct When {
    /// The condition.
    pub when: ExprId,
    /// Functions of the state whose zeros bound it (left − right of its comparisons), to locate it by.
    pub roots: Vec<ExprId>,
    /// What is stored there.
    pub body: Vec<Stmt>,
}

/// A method of integration.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "named as the field names them; steps in ns")]
pub enum Solver {
    Euler { step_ns: i64 },
    Heun { step_ns: i64 },
    Rk4 { step_ns: i64 },
    Dopri5 { rtol: f64, atol: f64 },
}

/// More sub-steps than this in one go are a counted fault and reset the block.
pub const SUB_STEPS_MAX: i64 = 100_000;

/// A flight recorder.
#[derive(Clone, Debug)]
pub struct CapturePlan {
    /// The rule that it belongs to.
    pub rule: u32,
    /// The input whose records it keeps (all its columns).
    pub input: u32,
    /// Before the raise.
    pub before_ns: i64,
    /// After it.
    pub after_ns: i64,
    /// The handle of what it keeps.
    pub heap: Slot,
    /// When the span of the open capture has passed; a deadline.
    pub due: Slot,
    /// What it is written as.
    pub output: OutputId,
    /// Slots that name the alert: time raised, and count at that time.
    pub alert: (Slot, Slot),
}

/// What a record that a twin writes is.
#[derive(Clone, Debug)]
pub struct Output {
    /// For whom.
    pub kind: OutputKind,
    /// Its words.
    pub args: Vec<Scalar>,
    /// Where it stands.
    pub span: Span,
}

/// For whom a record is.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputKind {
    /// A sink: for each of its columns the argument, `None` where absent. A command's id comes behind the columns.
    Record {
        /// Into [`crate::Plan::sinks`].
        sink: u32,
        /// Arguments per column.
        columns: Vec<Option<u32>>,
    },
    /// An alert. Arguments: since (timestamp), time raised, count at that time, then those of the message, then
    /// those of the `why`.
    Alert {
        /// Into [`crate::TwinPlan::rules`].
        rule: u32,
        /// Raised or cleared.
        is_raised: bool,
    },
    /// Records of a capture: written by the runtime as `time raised, count, complete, record's columns …`, all
    /// columns of the source in order, one output per record kept.
    Capture(CaptureId),
}

/// What a reset puts back to its initial content.
#[derive(Clone, Debug, Default)]
pub struct Reset {
    /// Runs of words: first slot, how many.
    pub runs: Vec<(Slot, u32)>,
    /// Handles whose storage is given back (they lie in the runs).
    pub heaps: Vec<Slot>,
}

/// A moment that recurs.
#[derive(Clone, Debug)]
pub struct Tick {
    /// What it is.
    pub kind: TickKind,
    /// When it is due next; [`crate::layout::NEVER`] while it rests or before the twin begins.
    pub due: Slot,
    /// Slots (and their absent words) of the signals that read as absent while it rests.
    pub resting: Vec<(Slot, Word)>,
}

/// How a moment recurs.
#[derive(Clone, Debug, PartialEq)]
pub enum TickKind {
    /// Multiples of a period since the epoch.
    Every {
        /// The period.
        period_ns: i64,
        /// It goes on this long after the last event, then rests.
        rest_after_ns: i64,
    },
    /// Starts of local calendar periods.
    Calendar {
        /// How many of the unit.
        count: u32,
        /// Which unit.
        unit: CalendarUnit,
        /// IANA name of the zone.
        zone: String,
        /// As above.
        rest_after_ns: i64,
    },
    /// Whenever one of these deadlines is due; `due` is not used.
    Deadlines(Vec<Slot>),
}

/// Units of the local calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they say themselves what they are")]
pub enum CalendarUnit {
    Hour,
    Day,
    Week,
    Month,
    Year,
}
