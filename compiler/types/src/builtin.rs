//! What a builtin is: one constant with its signature, documentation and behaviour.

/// Operations that native code inlines, because they round identically everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intrinsic {
    /// |x|
    Abs,
    /// Square root; of a negative number a fault.
    Sqrt,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// Largest whole number not above, as an int.
    Floor,
    /// Smallest whole number not below, as an int.
    Ceil,
    /// Towards zero, as an int.
    Trunc,
    /// Nearest, ties to even, as an int.
    Round,
    /// |n| of an int.
    AbsInt,
    /// The smaller int.
    MinInt,
    /// The larger int.
    MaxInt,
    /// A temperature reading as a plain quantity: the same number, another type.
    Kelvin,
}

/// What a pure builtin's native function takes: that many reals, and gives one.
#[derive(Clone, Copy)]
pub enum PureArgs {
    /// One argument.
    One(extern "C" fn(f64) -> f64),
    /// Two arguments.
    Two(extern "C" fn(f64, f64) -> f64),
    /// Three arguments.
    Three(extern "C" fn(f64, f64, f64) -> f64),
}

/// How a builtin acts.
#[derive(Clone, Copy)]
pub enum Native {
    /// A function of reals. It is called only when every argument is present; a result that is not
    /// finite is a fault.
    Pure(PureArgs),
    /// One of the inlined operations.
    Intrinsic(Intrinsic),
    /// An aggregate of a window.
    Aggregate(Aggregate),
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Native::Pure(_) => f.write_str("Pure"),
            Native::Intrinsic(op) => write!(f, "Intrinsic({op:?})"),
            Native::Aggregate(a) => write!(f, "Aggregate({a:?})"),
        }
    }
}

/// A runnable example: an expression and what it gives, both in the language.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The expression.
    pub expression: &'static str,
    /// What it gives.
    pub result: &'static str,
}

/// One builtin. Name resolution, typing, both kernels, hover, completion and the manual read it.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Parameters and result in the language's own words, e.g. `(x: U, lo: U, hi: U) -> U`.
    pub signature: &'static str,
    /// What it gives, in a sentence or a few.
    pub doc: &'static str,
    /// Runnable examples.
    pub examples: &'static [Example],
    /// How it acts.
    pub native: Native,
}

/// A file of the library that is written in the language itself.
#[derive(Clone, Copy, Debug)]
pub struct LibraryFile {
    /// Its module path, e.g. `std.signal`.
    pub module: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What a compiler is given besides the program: it knows no name of its own.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Builtins, sorted by name.
    pub builtins: &'static [&'static Builtin],
    /// Modules written in the language.
    pub files: &'static [LibraryFile],
}

impl Library {
    /// A builtin and its index, by name.
    pub fn builtin(&self, name: &str) -> Option<(u32, &'static Builtin)> {
        let at = self.builtins.iter().position(|b| b.name == name)?;
        Some((at as u32, self.builtins[at]))
    }
}

/// The aggregates of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is named as the field names it; the builtin's page explains it")]
pub enum Aggregate {
    Count,
    Sum,
    Mean,
    Min,
    Max,
    Range,
    Var,
    VarPop,
    Std,
    StdPop,
    Rms,
    Median,
    Quantile,
    Iqr,
    Mad,
    First,
    Last,
    Delta,
    Rate,
    Slope,
    Intercept,
    R2,
    Integral,
    IntegralHold,
    TimeWeightedMean,
    Kurtosis,
    Skew,
    Crest,
    TimeAbove,
    Corr,
    Distinct,
    ArgMin,
    ArgMax,
    CircularMean,
    Histogram,
}
