//! Items that declare data and code: units, schemas, streams, functions, blocks, models.

use twin_diagnostics::Span;

use super::{
    Arg, Broken, Docs, Expr, Ident, Let, Member, Number, Range, Signature, Solver, Text, TypeExpr, UnitExpr,
};

/// `use std.signal.ewma [as smooth]`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The words between the dots.
    pub path: Vec<Ident>,
    /// The name it goes by here.
    pub alias: Option<Ident>,
}

/// `unit pallet`, `unit furlong = 201.168 m`
#[derive(Clone, Debug, PartialEq)]
pub struct UnitDecl {
    /// The new unit.
    pub name: Ident,
    /// How much it is; a unit without one is a new base.
    pub value: Option<Expr>,
}

/// `enum Mode { idle, running as "RUN", tripped }`
#[derive(Clone, Debug, PartialEq)]
pub struct EnumDecl {
    /// The type.
    pub name: Ident,
    /// Its values in order.
    pub values: Vec<EnumValue>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// One value of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The `///` lines above it.
    pub docs: Option<Docs>,
    /// Its name.
    pub name: Ident,
    /// What stands for it on the wire: a text or a whole number.
    pub wire: Option<Wire>,
    /// All of it.
    pub span: Span,
}

/// `schema Car { … }`, `schema Car from "car.avsc" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaDecl {
    /// The type.
    pub name: Ident,
    /// The file it is taken from.
    pub from: Option<Text>,
    /// The fields written here.
    pub fields: Vec<SchemaField>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// `speed: velocity? in km/h valid 0..400 as "v" = 0 km/h`
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaField {
    /// The `///` lines above it.
    pub docs: Option<Docs>,
    /// Its name in the program.
    pub name: Ident,
    /// Its type; only where the schema is from a file may it be left out (`speed: in km/h`).
    pub ty: Option<TypeExpr>,
    /// The unit or pattern on the wire.
    pub encoding: Option<Encoding>,
    /// The values that are believed, in the unit of the wire.
    pub valid: Option<Range>,
    /// Its name there.
    pub wire: Option<Wire>,
    /// Its value where it is missing.
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// What stands behind `in` of a schema's field.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoding {
    /// `in km/h`, `in ms`
    Unit(UnitExpr),
    /// `in "M/d/yyyy h:mm:ss a" zone "UTC"`
    Pattern {
        /// The pattern.
        pattern: Text,
        /// The zone of a pattern that names none.
        zone: Option<Text>,
    },
}

/// What stands behind `as`.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// `as "wire name"`
    Name(Text),
    /// `as ["p1", "p2"]`: an array gathered from several.
    Names(Vec<Text>),
    /// `as 3`: a column, or an enum's number.
    Number(Number),
}

/// `source telemetry: CarTelemetry { … }` and its kin.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamDecl {
    /// Which of the four.
    pub kind: StreamKind,
    /// Its name.
    pub name: Ident,
    /// The shape of its records; a sink may leave it out.
    pub schema: Option<Ident>,
    /// Its settings in order.
    pub settings: Vec<Setting>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// The four kinds of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// A topic of events.
    Source,
    /// The latest record per key.
    Table,
    /// A topic of outputs.
    Sink,
    /// A sink towards a device.
    Command,
}

impl StreamKind {
    /// Its keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            StreamKind::Source => "source",
            StreamKind::Table => "table",
            StreamKind::Sink => "sink",
            StreamKind::Command => "command",
        }
    }
}

/// `lateness: 5 s`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Which setting; also `where`.
    pub name: Ident,
    /// Its value.
    pub value: SettingValue,
    /// Name and value.
    pub span: Span,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// Any expression; a bare word such as `keep`, `file`, `none` is a name.
    Expr(Expr),
    /// `format: json`, `format: csv { separator: ";" }`; always this for `format`.
    Format {
        /// The format.
        name: Ident,
        /// Its options.
        options: Vec<Setting>,
    },
    /// `time: cycle in cycle`: a clock that counts something else than time.
    Clock {
        /// What is counted.
        value: Expr,
        /// In which unit.
        unit: UnitExpr,
    },
    /// `ack: stop_acks by command_id`
    Ack {
        /// The input that answers.
        input: Ident,
        /// The field that holds the command's id.
        by: Expr,
    },
}

/// `fn clamp(x: U, lo: U, hi: U) -> U { … return … }` or `fn half(x: U) -> U = x / 2`
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDecl {
    /// Its name.
    pub name: Ident,
    /// Its parameters and result.
    pub signature: Signature,
    /// The lets of its body, in order.
    pub lets: Vec<Let>,
    /// What it returns; none only where that could not be read.
    pub result: Option<Expr>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// `block ewma(x: U, tau: duration) -> U using rk4(step: 1 s) { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct BlockDecl {
    /// Its name.
    pub name: Ident,
    /// Its parameters, and its result where it has one.
    pub signature: Signature,
    /// The solver of its `der`.
    pub solver: Option<Solver>,
    /// Its members in order.
    pub members: Vec<Member>,
}

/// `model failure_risk(temp, age) -> real from "failure_risk.lgbm.txt"`
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDecl {
    /// Its name.
    pub name: Ident,
    /// Its parameters, mostly without types, and its result.
    pub signature: Signature,
    /// The file it is in.
    pub file: Text,
    /// What is written in parentheses behind the file, for formats that need to be told more.
    pub options: Vec<Arg>,
}
