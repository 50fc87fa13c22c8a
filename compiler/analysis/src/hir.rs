//! The checked program: every name is a typed id, every unit is SI, sugar is gone.
//!
//! Two rules keep it small. **Expressions are pure**: whatever has state (`prev`,
//! `mean(x) over 1 h`, a block call) stands as an operator of its own just before
//! the member that uses it, with a hidden signal that the expression reads. And
//! **calls are instantiated**: a `fn` is `Let`s and its body, a block call is a
//! [`BlockCall`] with its own signals and members, typed for this very call.

mod test_block;

pub use test_block::*;

use std::collections::BTreeMap;
use twin_diagnostics::Span;
use twin_types::{Aggregate, Enum, EnumId, Type, Unit, Word};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// Its place in the list that it indexes.
            pub fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// Into [`Program::schemas`].
    SchemaId,
    /// Into [`Program::sources`].
    SourceId,
    /// Into [`Program::tables`].
    TableId,
    /// Into [`Program::sinks`]; commands are sinks.
    SinkId,
    /// Into [`Program::twins`].
    TwinId,
    /// Into [`Twin::inputs`].
    InputId,
    /// Into [`Twin::signals`].
    SignalId,
    /// Into [`Twin::ticks`].
    TickId,
    /// Into [`Twin::rules`].
    RuleId,
    /// A name bound inside one expression or statement list; unique in a twin.
    LocalId,
}

/// A whole checked program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The project's name (or the file's, without its ending).
    pub name: String,
    /// Enums, and the states of machines.
    pub enums: Vec<Enum>,
    /// Schemas.
    pub schemas: Vec<Schema>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Sinks and commands, without the fixed ones (`alerts`, `late`, …).
    pub sinks: Vec<Sink>,
    /// Twins.
    pub twins: Vec<Twin>,
    /// Names of the base units that the program declares.
    pub user_units: Vec<String>,
    /// Checked tests.
    pub tests: Vec<Test>,
    /// Constructs that parse and are checked and that no run can carry out yet: what, and where.
    pub not_built: Vec<(String, Span)>,
}

/// The shape of a record on the wire.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<SchemaField>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// One field of a schema.
#[derive(Clone, Debug)]
pub struct SchemaField {
    /// Its name in the program.
    pub name: String,
    /// Its type inside the program.
    pub ty: Type,
    /// `T?`.
    pub optional: bool,
    /// How it stands on the wire.
    pub wire: Wire,
    /// The unit there; also the unit in which it is shown.
    pub unit: Option<Unit>,
    /// How a timestamp stands there.
    pub time: Option<TimeFormat>,
    /// `valid LO..HI`, in stored (SI) numbers; outside is absent and counted. Either may be open.
    pub valid: Option<(f64, f64)>,
    /// Stands in for a missing value.
    pub default: Option<Const>,
    /// Schema of a nested record (or of an array's items).
    pub nested: Option<SchemaId>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// Where a field stands in a record of the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// Under a name.
    Name(String),
    /// An array gathered from several names.
    Names(Vec<String>),
    /// In a column, counted from 1.
    Column(u32),
}

/// How a timestamp is written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeFormat {
    /// A number of so many nanoseconds since the epoch.
    Count(i64),
    /// RFC 3339 text (the default), or a number with nothing said: an error in the checker.
    Rfc3339,
    /// A pattern such as `M/d/yyyy h:mm:ss a` and the zone for times without one.
    Pattern {
        /// In the letters of Unicode's CLDR (as in Java's DateTimeFormatter).
        pattern: String,
        /// An IANA name; `UTC` where nothing is said.
        zone: String,
    },
}

/// How records of a topic are encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// JSON objects.
    Json,
    /// Separated values.
    Csv {
        /// `,` where nothing is said.
        separator: u8,
        /// Whether the first line holds names.
        header: bool,
        /// Texts that mean "absent"; the empty one always does.
        absent: Vec<String>,
    },
    /// Avro.
    Avro,
    /// Protocol buffers.
    Protobuf,
}

/// The key of a source's records.
#[derive(Clone, Debug)]
pub enum KeyOf {
    /// An expression over the record's fields.
    Expr(Expr),
    /// The recording's file name without its endings.
    File,
    /// The record's own key on the log, as text.
    Record,
}

/// The event time of a source's records.
#[derive(Clone, Debug)]
pub enum TimeOf {
    /// An expression over the record's fields, of type timestamp.
    Expr(Expr),
    /// A count of something else, e.g. cycles: the expression, and the unit's name. Its clock counts 1e-9 of it.
    Count(Expr, String),
    /// The record's own timestamp on the log.
    Record,
}

/// What to do with events of equal time in one twin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Apply them all.
    #[default]
    Keep,
    /// Only the first that was read.
    First,
    /// Only the last that was read.
    Last,
}

/// A topic of events. Expressions here read [`ExprKind::SourceField`].
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Shape of its records.
    pub schema: SchemaId,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// Key.
    pub key: KeyOf,
    /// Event time.
    pub time: TimeOf,
    /// How long stragglers are waited for.
    pub lateness_ns: i64,
    /// How far behind the stream clock a quiet twin is kept, if at all.
    pub patience_ns: Option<i64>,
    /// How far ahead of its record's timestamp an event may be.
    pub skew_ns: i64,
    /// Equal times.
    pub duplicates: Duplicates,
    /// Upper bound of events per second and twin, for the memory report.
    pub rate_hz: Option<f64>,
    /// Filter over the record's fields.
    pub filter: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A compacted topic: the latest record per key.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Shape of its records.
    pub schema: SchemaId,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// Key.
    pub key: KeyOf,
    /// Event time; `None`: from the beginning of time.
    pub time: Option<TimeOf>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A topic of outputs.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding on Kafka.
    pub format: Format,
    /// Fields in order, as emitted (from the schema, or gathered from the emits).
    pub fields: Vec<SinkField>,
    /// For a command.
    pub command: Option<Command>,
    /// Where it is declared.
    pub span: Span,
}

/// One field of a sink's records.
#[derive(Clone, Debug)]
pub struct SinkField {
    /// Its name in the program.
    pub name: String,
    /// Its name on the wire.
    pub wire: String,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// The unit in which it is written.
    pub unit: Option<Unit>,
    /// How a timestamp is written.
    pub time: Option<TimeFormat>,
}

/// What makes a sink a command towards a device.
#[derive(Clone, Debug)]
pub struct Command {
    /// How long it is worth carrying out.
    pub expires_ns: Option<i64>,
    /// The source whose records answer, and the field there that holds the command's id.
    pub ack: Option<(SourceId, u32)>,
}

/// When a signal changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// It has a value in every step and changes nothing by itself (literals, params, states, `hold` …).
    #[default]
    Held,
    /// With the events of one input.
    Events(InputId),
    /// At ticks; sorted.
    Ticks(Vec<TickId>),
}

/// A twin.
#[derive(Clone, Debug)]
pub struct Twin {
    /// Its name.
    pub name: String,
    /// Name and type of its key.
    pub key: (String, Type),
    /// A twin for every row of this table.
    pub for_each: Option<TableId>,
    /// What it listens to, in order.
    pub inputs: Vec<Input>,
    /// Tables that it reads.
    pub tables: Vec<TableId>,
    /// Every signal: params, lets, states, machines, operators and what blocks hold.
    pub signals: Vec<Signal>,
    /// Its ticks.
    pub ticks: Vec<Tick>,
    /// Its rules, in order; [`Member::Rule`] refers to them.
    pub rules: Vec<Rule>,
    /// What runs, from top to bottom.
    pub members: Vec<Member>,
    /// `None`: time; else the name of the unit that its clock counts.
    pub counts: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// One input of a twin.
#[derive(Clone, Debug)]
pub struct Input {
    /// The source's name, by which it is read.
    pub name: String,
    /// The source.
    pub source: SourceId,
    /// Key by which its records reach this twin (`input scada by farm`), over the record's fields;
    /// `None`: the source's own key.
    pub by: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// What a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// A setting.
    Param,
    /// A name for an expression.
    Let,
    /// Assigned by statements.
    State,
    /// Enum-valued state machine.
    Machine,
    /// Hidden: the value of an operator (see [`Member::Operator`]).
    Operator,
    /// Integrated in a block.
    Integrated,
}

/// One signal of a twin.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its path, e.g. `coolant` or `motor.temp`; of a hidden one the text of its expression.
    pub name: String,
    /// What it is.
    pub kind: SignalKind,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// The unit in which it is shown.
    pub unit: Option<Unit>,
    /// What makes it change.
    pub clock: Clock,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A moment that recurs.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// Multiples of a period since the epoch; `longest_ns` is the longest window that reads it.
    Every {
        /// The period.
        period_ns: i64,
        /// Keeps ticking this long after the last event, at least (see "rest" in the semantics).
        longest_ns: i64,
    },
    /// The starts of local calendar periods.
    Calendar {
        /// How many of `unit`.
        count: u32,
        /// Which unit.
        unit: CalendarUnit,
        /// IANA name of the zone.
        zone: String,
    },
    /// The ends of sessions of one window (its operator's signal).
    SessionEnd(SignalId),
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

/// What runs in a twin or a block, in order.
#[derive(Clone, Debug)]
pub enum Member {
    /// A setting with its default; read at each step.
    Param(SignalId, Expr),
    /// A named expression.
    Let(SignalId, Expr),
    /// A state with its initial value.
    State(SignalId, Expr),
    /// Something with state of its own, whose value is a hidden signal.
    Operator(SignalId, Operator),
    /// Handlers.
    On(On),
    /// A machine.
    Machine(Machine),
    /// A rule, by its place in [`Twin::rules`].
    Rule(RuleId),
    /// Records.
    Emit(Emit),
}

/// `on COND { … }` or `on INPUT where COND { … }`.
#[derive(Clone, Debug)]
pub struct On {
    /// A bool: runs when true. Anything else: runs when it has a present value.
    pub when: Expr,
    /// What triggers it.
    pub clock: Clock,
    /// Its statements.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// `NAME = expr`, `NAME[i] = expr`.
    Assign {
        /// A state (or a part of it).
        target: SignalId,
        /// The element.
        index: Option<Expr>,
        /// The field of a record state, by flat offset and width in words.
        part: Option<(u32, u32)>,
        /// The new value.
        value: Expr,
        /// Where it stands.
        span: Span,
    },
    /// A record on a sink.
    Emit {
        /// The sink.
        sink: SinkId,
        /// One expression per field of the sink, `None` where absent.
        fields: Vec<Option<Expr>>,
        /// Where it stands.
        span: Span,
    },
    /// `reset a, b`: the signals themselves and every operator in their expressions.
    Reset(Vec<SignalId>, Span),
    /// A name for the rest of the list.
    Let(LocalId, Expr),
    /// A choice; unknown takes neither branch.
    If {
        /// The condition.
        when: Expr,
        /// Where true.
        then: Vec<Stmt>,
        /// Where false.
        otherwise: Vec<Stmt>,
    },
}

/// A machine: an enum-valued signal with lines.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its signal.
    pub signal: SignalId,
    /// Its states; ordinal 0 is not always the start.
    pub states: EnumId,
    /// The left state of its first line.
    pub start: u32,
    /// Lines in order.
    pub lines: Vec<MachineLine>,
    /// Where it stands.
    pub span: Span,
}

/// One line of a machine.
#[derive(Clone, Debug)]
pub struct MachineLine {
    /// `None`: any state except the target.
    pub from: Option<u32>,
    /// The target.
    pub to: u32,
    /// Its condition.
    pub when: Expr,
    /// How long it must have held.
    pub hold_for: Option<Expr>,
    /// What is done as it is taken.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub when: Condition,
    /// Duration for which it must have held.
    pub hold_for: Option<Expr>,
    /// When it clears.
    pub until: Until,
    /// Period at which its body acts again while raised.
    pub repeat: Option<Expr>,
    /// `info`, `warning`, `critical` … as written; `warning` where nothing is said.
    pub severity: String,
    /// Its message.
    pub message: Option<Vec<MessagePart>>,
    /// Records of the flight recorder.
    pub captures: Vec<Capture>,
    /// Statements at the raise and at each repeat.
    pub body: Vec<Stmt>,
    /// Statements when it clears.
    pub on_clear: Vec<Stmt>,
    /// Names and values that the condition reads.
    pub why: Vec<Why>,
    /// Where its name stands.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// What a rule waits for.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A bool.
    Expr(Expr),
    /// Steps in time.
    Sequence(Vec<SequenceStep>),
}

/// One step of a sequence.
#[derive(Clone, Debug)]
pub struct SequenceStep {
    /// Its condition.
    pub when: Expr,
    /// `no C within D`.
    pub is_absence: bool,
    /// The bound; the first step has none.
    pub within: Option<Expr>,
}

/// How a rule clears.
#[derive(Clone, Debug)]
pub enum Until {
    /// When the condition is false.
    ConditionFalse,
    /// Never.
    Never,
    /// When this holds, for so long.
    Holds(Expr, Option<Expr>),
}

/// A piece of a message.
#[derive(Clone, Debug)]
pub enum MessagePart {
    /// Text.
    Text(String),
    /// A value: decimals (`:.2`) and unit of its writing.
    Value {
        /// What.
        value: Expr,
        /// Digits behind the point; `None`: shortest.
        decimals: Option<u8>,
        /// The unit; for a plain number none.
        unit: Option<Unit>,
    },
}

/// One name and value of an alert's `why`.
#[derive(Clone, Debug)]
pub struct Why {
    /// As the program calls it.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// The unit in which it is given.
    pub unit: Option<Unit>,
}

/// `capture INPUT from A before to B after`.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The input.
    pub input: InputId,
    /// Before the raise.
    pub before_ns: i64,
    /// After it.
    pub after_ns: i64,
}

/// A member `emit SINK { … } [every D [always]] [when C]`.
#[derive(Clone, Debug)]
pub struct Emit {
    /// The sink.
    pub sink: SinkId,
    /// One expression per field of the sink, `None` where absent.
    pub fields: Vec<Option<Expr>>,
    /// What triggers it.
    pub clock: Clock,
    /// Its condition.
    pub when: Option<Expr>,
    /// Window operators that its fields read: when all of them are empty no record is written …
    pub windows: Vec<SignalId>,
    /// … unless `always`.
    pub always: bool,
    /// Where it stands.
    pub span: Span,
}

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
    /// `held(b)`: read by [`ExprKind::HeldFor`].
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

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// A word of a scalar type other than string.
    Word(Word),
    /// A text.
    Text(String),
    /// `absent`.
    Absent,
}

/// A pure, typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type; scalars, arrays and records.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// When it changes.
    pub clock: Clock,
    /// The unit in which it is best shown.
    pub unit: Option<Unit>,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// The key of the twin.
    Key,
    /// `now`.
    Now,
    /// A block's `elapsed`: since it was last triggered.
    Elapsed,
    /// A field of the event that is applied (or the latest one): flat word offset into the schema, so that arrays
    /// and nested records read as many words as their type is wide.
    Field(InputId, u32),
    /// The same of a source's record, in the source's own expressions.
    SourceField(u32),
    /// A field of a table's row: by the twin's key, or by another.
    TableField {
        /// The table.
        table: TableId,
        /// The key; `None`: the twin's.
        key: Option<Box<Expr>>,
        /// Flat word offset into its schema.
        field: u32,
    },
    /// Whether the table has a row for the key.
    TableHas {
        /// The table.
        table: TableId,
        /// The key; `None`: the twin's.
        key: Option<Box<Expr>>,
    },
    /// The value of a signal (in a block's own expressions also an argument).
    Signal(SignalId),
    /// A name bound by `Let`.
    Local(LocalId),
    /// Binds a name in an expression.
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// One operand.
    Unary(Unary, Box<Expr>),
    /// Two operands, already converted to fitting types.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a ?? b`.
    Coalesce(Box<Expr>, Box<Expr>),
    /// `present(x)`.
    Present(Box<Expr>),
    /// `if`; unknown gives absent.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match`: the value, arms by constants, and the rest (absent where there is no `else`).
    Match(Box<Expr>, Vec<(Const, Expr)>, Option<Box<Expr>>),
    /// A pure builtin, by its place in the library; arrays have been laid out.
    Call(u32, Vec<Expr>),
    /// An aggregate without a window over an array, element by element from the left.
    Fold(Aggregate, Vec<f64>, Box<Expr>),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `a[i]`; out of range is absent and a fault.
    Index(Box<Expr>, Box<Expr>),
    /// A record: its fields in the order of its type.
    Record(Vec<Expr>),
    /// A part of a record: flat word offset.
    Part(Box<Expr>, u32),
    /// `hold(x, D)` of a `Track` operator.
    Hold(SignalId, Box<Expr>),
    /// `latest(x)` of a `Track` operator.
    Latest(SignalId),
    /// `age(x)` of a `Track` operator, a duration.
    Age(SignalId),
    /// `held(b)` of a `Held` operator, a duration.
    HeldFor(SignalId),
    /// `final(w)` of a window operator.
    Final(SignalId),
    /// `silent(input) > D` (true: `>=`).
    Silent(InputId, Box<Expr>, bool),
    /// `RULE.active`.
    RuleActive(RuleId),
    /// `RULE.count`.
    RuleCount(RuleId),
    /// `COMMAND.pending`, `.acked`, `.expired`.
    CommandState(SinkId, CommandState),
    /// Between scalars of different types.
    Convert(Conversion, Box<Expr>),
    /// A finding has been reported.
    Error,
}

/// What is read of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum CommandState {
    Pending,
    Acked,
    Expired,
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-x` of a real, int or duration.
    Neg,
    /// `not b` (Kleene).
    Not,
}

/// Operators of two operands of the same scalar type unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`: reals, ints, durations; timestamp + duration.
    Add,
    /// `-`: the same; timestamp − timestamp is a duration.
    Sub,
    /// `*`: reals, ints; duration * int.
    Mul,
    /// `/`: reals.
    Div,
    /// `^`: reals.
    Pow,
    /// `div`: ints.
    IntDiv,
    /// `mod`: ints.
    Mod,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and` (Kleene).
    And,
    /// `or` (Kleene).
    Or,
}

/// Conversions that the checker writes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// int → real.
    IntToReal,
    /// duration → seconds.
    DurationToSeconds,
    /// seconds → duration, nearest ns, ties to even; out of range is a fault.
    SecondsToDuration,
    /// bool → int (sums of conditions).
    BoolToInt,
}

/// What stands under a place of the text, for editors: filled while checking.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Span → what is known of it, innermost last.
    pub facts: BTreeMap<Span, Fact>,
}

/// What is known of a name or expression.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name, as shown.
    pub name: String,
    /// Its type in words, e.g. `temperature in degC, may be absent`.
    pub ty: String,
    /// What makes it change, in words.
    pub changes: String,
    /// Its documentation.
    pub doc: String,
    /// Where it is declared.
    pub definition: Option<Span>,
    /// The twin and signal, for bytes per twin.
    pub signal: Option<(TwinId, SignalId)>,
}
