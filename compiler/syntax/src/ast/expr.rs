//! Expressions, calls, windows, literals, units and types.

use twin_diagnostics::Span;

use super::Ident;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, its parentheses included.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `absent`
    Absent,
    /// `true`, `false`
    Bool(bool),
    /// `12`, `9.81 m/s^2`, `12.5%`
    Number(Number),
    /// `1h30min`: two or more numbers with units, without a space between.
    Compound(Vec<Number>),
    /// `2024-06-01T00:00Z`
    Timestamp(Timestamp),
    /// `"coolant at {coolant:.1 degC}"`
    Text(Text),
    /// `speed`
    Name(Ident),
    /// `motor.speed`
    Field {
        /// What has the field.
        of: Box<Expr>,
        /// The field; any word, also a reserved one.
        name: Ident,
    },
    /// `pressure[0]`, `limits[grade]`
    Index {
        /// The array or table.
        of: Box<Expr>,
        /// Which of its elements.
        index: Box<Expr>,
    },
    /// `mean(x where ok) by k in 0..9 over 1 h`
    Call(Box<Call>),
    /// `-x`, `not x`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Its left operand.
        left: Box<Expr>,
        /// Its right operand.
        right: Box<Expr>,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        condition: Box<Expr>,
        /// The value where it is true.
        then: Box<Expr>,
        /// The value where it is false.
        otherwise: Box<Expr>,
    },
    /// `match grade { low -> 1, high -> 2, else -> 0 }`
    Match {
        /// What is looked at.
        subject: Box<Expr>,
        /// The lines, in order.
        arms: Vec<MatchArm>,
    },
    /// `{ vin, to: 80 km/h }`
    Record(Vec<RecordField>),
    /// `[a, b]`
    Array(Vec<Expr>),
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `not`
    Not,
}

impl UnaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Negate => "-",
            UnaryOp::Not => "not",
        }
    }
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `??`
    Coalesce,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `div`
    IntDivide,
    /// `mod`
    Modulo,
    /// `^`
    Power,
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Coalesce => "??",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::IntDivide => "div",
            BinaryOp::Modulo => "mod",
            BinaryOp::Power => "^",
        }
    }

    /// Whether it compares two values.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }
}

/// A call with all that may follow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called: a name, or a field as in `bearing.probability(within: 14 d)`; nothing else.
    pub callee: Expr,
    /// The arguments in order.
    pub args: Vec<Arg>,
    /// The filter in `mean(x where speed > 0 km/h)`.
    pub filter: Option<Expr>,
    /// `by K in 0..59`
    pub grouping: Option<Grouping>,
    /// `over 60 s every 10 s`
    pub window: Option<Window>,
    /// `using rk4(step: 100 ms)`
    pub solver: Option<Solver>,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The name in `tau: 10 s`.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
    /// Name and value.
    pub span: Span,
}

/// `by K in LO..HI`: one value of the aggregate per value of K.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// What the samples are sorted by.
    pub key: Expr,
    /// The whole range of an int key; none for an enum.
    pub range: Option<Range>,
    /// From `by` to the end.
    pub span: Span,
}

/// `LO..HI`, both included.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The lower bound.
    pub low: Expr,
    /// The upper bound.
    pub high: Expr,
    /// Both.
    pub span: Span,
}

/// The solver of `der`: `using dopri5(rtol: 1e-9)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Solver {
    /// Its name.
    pub name: Ident,
    /// Its settings.
    pub args: Vec<Arg>,
    /// From the name to the end.
    pub span: Span,
}

/// The window of an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// What it is.
    pub kind: WindowKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The kinds of windows.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowKind {
    /// `over 60 s [closed] [every 10 s]`
    Trailing {
        /// How far back.
        length: Expr,
        /// Whether the oldest moment belongs to it.
        closed: bool,
        /// The period of its ticks.
        every: Option<Expr>,
    },
    /// `each 60 s`, `each 1 d in "Europe/Paris"`
    Tumbling {
        /// Its length, and its period.
        length: Expr,
        /// The zone whose calendar it follows; an ordinary text.
        zone: Option<Expr>,
    },
    /// `over 100 samples`; the count is here without the word.
    Samples {
        /// How many.
        count: Expr,
    },
    /// `over session(gap: 5 min, max: 500 samples) [every D]`
    Session {
        /// `gap`, and `max` where given: names and values as they were written.
        args: Vec<Arg>,
        /// The period of its ticks.
        every: Option<Expr>,
    },
    /// `during charging`
    During {
        /// While this is true.
        condition: Expr,
    },
    /// `from changed(n) until (v <= 2.7 V)`
    Between {
        /// Opens it.
        open: Expr,
        /// Closes it.
        close: Expr,
    },
    /// `over all`
    All,
}

/// One line of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    /// What it accepts.
    pub pattern: Pattern,
    /// The value then.
    pub value: Expr,
    /// The whole line.
    pub span: Span,
}

/// What a line of a `match` accepts.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `else`
    Else,
    /// A bare name, a literal or a negated number; several joined by `or`.
    AnyOf(Vec<Expr>),
}

/// `vin` or `to: 80 km/h` in a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordField {
    /// The field's name.
    pub name: Ident,
    /// Its value; without one, the signal of that name.
    pub value: Option<Expr>,
    /// Name and value.
    pub span: Span,
}

/// A number as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The digits: `12`, `9.81`, `1e-9`; never a sign, underscores are taken out.
    pub raw: String,
    /// Its unit; `%` is the unit `%`.
    pub unit: Option<UnitExpr>,
    /// Number and unit.
    pub span: Span,
}

impl Number {
    /// Whether it is written without a point and without an exponent.
    pub fn is_whole(&self) -> bool {
        self.raw.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Its value as a float, without its unit.
    pub fn value(&self) -> f64 {
        self.raw.parse().unwrap_or(f64::NAN)
    }
}

/// `2024-06-01T00:00Z`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// As it was written.
    pub raw: String,
    /// Nanoseconds since the epoch.
    pub nanos: i64,
}

/// A string with what is to be put into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Its parts in order; an empty string has none.
    pub parts: Vec<TextPart>,
    /// The quotes included.
    pub span: Span,
}

impl Text {
    /// The text, where nothing is to be put into it.
    pub fn plain(&self) -> Option<String> {
        let mut all = String::new();
        for part in &self.parts {
            match part {
                TextPart::Plain(text) => all.push_str(text),
                TextPart::Hole { .. } => return None,
            }
        }
        Some(all)
    }
}

/// A part of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As it is, escapes resolved.
    Plain(String),
    /// `{coolant:.1 degC}`
    Hole {
        /// What is shown.
        value: Expr,
        /// How it is shown.
        format: Option<Format>,
        /// The braces included.
        span: Span,
    },
}

/// `.1 degC`: how many decimals, in which unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// Digits after the point.
    pub decimals: Option<u32>,
    /// The unit to show it in.
    pub unit: Option<UnitExpr>,
    /// Behind the colon.
    pub span: Span,
}

/// `m/s^2`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitExpr {
    /// Its factors; those behind a `/` have negative exponents.
    pub factors: Vec<UnitFactor>,
    /// The whole unit.
    pub span: Span,
}

/// One factor of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFactor {
    /// The unit's name; `%` for percent.
    pub name: Ident,
    /// Its exponent in halves: 2 is `^1`, 1 is `^0.5`, -4 is `^-2`.
    pub halves: i32,
}

/// A type as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `real`, `pressure`, `Mode`, `U`, `string(64)`, `real in K/W`.
    ///
    /// `real? in K/W` is `Optional(Named { real, K/W })`: the unit goes to the innermost name.
    Named {
        /// The name.
        name: Ident,
        /// The bound in `string(64)`.
        size: Option<Number>,
        /// The unit behind `in`; in a schema it is in the field instead, as the unit on the wire.
        unit: Option<UnitExpr>,
    },
    /// `delta U`: the difference of two readings.
    Delta(Box<TypeExpr>),
    /// `U^2`, `U/s`: a formula of units and of the signature's unit names; never a single plain name.
    Formula(UnitExpr),
    /// `T?`
    Optional(Box<TypeExpr>),
    /// `T[4]`; `T[2][3]` is `Array(Array(T, 3), 2)`, so that the first index picks the outer one.
    Array(Box<TypeExpr>, ArrayLength),
    /// `{ median: duration, p10: duration }`
    Record(Vec<(Ident, TypeExpr)>),
}

/// The length of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayLength {
    /// `T[4]`
    Number(Number),
    /// `T[N]`: a name that a signature leaves open.
    Name(Ident),
    /// `T[]`: any length, in signatures.
    Any,
}

/// A signature such as `(x: U, lo: U = 0) -> U`.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The parameters in order.
    pub params: Vec<Parameter>,
    /// What it gives; blocks may leave it out.
    pub result: Option<TypeExpr>,
    /// The whole signature.
    pub span: Span,
}

/// A parameter of a function, block, model or builtin.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// Its type; models may leave it out.
    pub ty: Option<TypeExpr>,
    /// Its value where a call leaves it out.
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}
