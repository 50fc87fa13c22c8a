//! What has state of its own: operators, windows, calls of blocks and their solvers.

use super::{Clock, Expr, Member, SignalId, Stmt, TickId};
use twin_diagnostics::Span;
use twin_types::Aggregate;

/// Something with state. Its value is the signal of its [`Member::Operator`].
#[derive(Clone, Debug)]
pub enum Operator {
    /// `prev(x, n)`: the nth last present value before this one.
    Prev {
        /// What.
        x: Expr,
        /// How many back, 1 or more.
        n: u32,
    },
    /// `lag(x, D)`: the newest value at or before now − D.
    Lag {
        /// What.
        x: Expr,
        /// How long ago.
        by_ns: i64,
    },
    /// `delta(x)`: against the value before.
    Delta(Expr),
    /// `rate(x)`: that over the time between.
    Rate(Expr),
    /// `changed(x)`.
    Changed(Expr),
    /// `rising(b)`.
    Rising(Expr),
    /// `falling(b)`.
    Falling(Expr),
    /// `held(b)`: read by [`ExprKind::HeldFor`](super::ExprKind::HeldFor).
    Held(Expr),
    /// Last present value and its time: read by `Hold`, `Latest`, `Age`.
    Track(Expr),
    /// A window.
    Window(Box<Window>),
    /// A call of a block.
    Block(Box<BlockCall>),
}

/// A window with one aggregate.
#[derive(Clone, Debug)]
pub struct Window {
    /// The aggregate.
    pub aggregate: Aggregate,
    /// What it takes: none for a bare `count()`, two for `corr`, `argmin`, `argmax` (those give the first where the
    /// second is least; the first is `now` where the program names one only). Each may be an array, element by
    /// element. `count`, `distinct`, `first`, `last` and the first of `argmin` take any scalar, `min` and `max` also
    /// ints, durations and timestamps; all others are reals by now.
    pub args: Vec<Expr>,
    /// Constants: the quantile's rank, bounds and number of bins of a histogram, the level of `time_above`. Stored numbers.
    pub params: Vec<f64>,
    /// `where` inside the call.
    pub filter: Option<Expr>,
    /// What feeds it.
    pub clock: Clock,
    /// Its extent.
    pub extent: Extent,
    /// `by K in LO..HI` (or an enum's ordinals): one accumulator per value.
    pub by: Option<(Expr, i64, i64)>,
}

/// From where to where a window reaches.
#[derive(Clone, Debug)]
pub enum Extent {
    /// (t − W, t], at every event; `closed` takes in t − W.
    Trailing {
        /// W.
        span_ns: i64,
        /// Whether t − W is in it.
        closed: bool,
    },
    /// [T − W, T) at each tick.
    Hopping {
        /// W.
        span_ns: i64,
        /// The period.
        period_ns: i64,
        /// Its tick.
        tick: TickId,
    },
    /// From one start of a local calendar period to the next.
    Calendar {
        /// Its tick.
        tick: TickId,
    },
    /// The last n values.
    Samples(u32),
    /// From the first event after a gap.
    Session {
        /// The gap.
        gap_ns: i64,
        /// Its tick.
        tick: TickId,
        /// Most samples kept, for aggregates that keep them.
        max: Option<u32>,
    },
    /// While a condition is true.
    During {
        /// The condition.
        when: Expr,
        /// Most samples kept.
        max: Option<u32>,
    },
    /// From the event where `from` is true to the next where `until` is.
    FromUntil {
        /// Opens it.
        from: Expr,
        /// Closes it.
        until: Expr,
        /// Most samples kept.
        max: Option<u32>,
    },
    /// Since the twin began.
    All,
}

/// One call of a block, typed for this call. Its signals are the twin's.
#[derive(Clone, Debug)]
pub struct BlockCall {
    /// The block's name.
    pub name: String,
    /// Its arguments: a hidden signal each, and what is passed.
    pub args: Vec<(SignalId, Expr)>,
    /// What triggers it.
    pub clock: Clock,
    /// Its members, in order (lets, states, operators, handlers).
    pub members: Vec<Member>,
    /// Integrated states, their initial values being `Member::State`s of kind `Integrated`.
    pub derivatives: Vec<(SignalId, Expr)>,
    /// Lets that the derivatives read and that are therefore evaluated along, in order.
    pub rates: Vec<(SignalId, Expr)>,
    /// Discontinuities, located in time.
    pub whens: Vec<BlockWhen>,
    /// How it is integrated.
    pub solver: Solver,
    /// What the call gives: a record of its states and lets, or the `return`.
    pub result: Expr,
    /// Where it is called.
    pub span: Span,
}

/// `when COND { … }` inside a block.
#[derive(Clone, Debug)]
pub struct BlockWhen {
    /// Its condition.
    pub when: Expr,
    /// What is assigned there.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A method of integration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Solver {
    /// Explicit Euler; sub-steps of at most so many ns.
    Euler(i64),
    /// Heun.
    Heun(i64),
    /// Classical Runge–Kutta.
    Rk4(i64),
    /// Dormand–Prince 5(4) with dense output; relative and absolute tolerance.
    Dopri5 {
        /// Relative tolerance.
        rtol: f64,
        /// Absolute tolerance.
        atol: f64,
    },
}
