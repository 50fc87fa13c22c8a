//! Twins, and the members of twins and blocks.

use twin_diagnostics::Span;

use super::{Broken, Docs, Expr, Ident, RecordField, Rule, TypeExpr};

/// `twin Car for each registry { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct TwinDecl {
    /// Its name.
    pub name: Ident,
    /// The table whose rows each make a twin.
    pub for_each: Option<Ident>,
    /// Its members in order.
    pub members: Vec<Member>,
}

/// A member of a twin or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The `///` lines above it.
    pub docs: Option<Docs>,
    /// What it is.
    pub kind: MemberKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The kinds of members. The grammar lets every kind stand in twins and blocks alike; which may stand where
/// is for the checker to say.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberKind {
    /// `key vin`
    Key(Ident),
    /// `input telemetry by vin`
    Input(Input),
    /// `param redline: temperature = 110 degC`
    Param(Param),
    /// `let health = mean(x) over 5 min`
    Let(Let),
    /// `state trips: int = 0`
    State(State),
    /// `on rising(ignition) { … }`
    On(On),
    /// `machine mode { … }`
    Machine(Machine),
    /// `rule overheating when …`
    Rule(Rule),
    /// `emit health { vin } every 1 min`
    Emit(Emit),
    /// `part turbines: Turbine by farm`
    Part(Part),
    /// `for t in turbines { … }`
    ForEach(ForEach),
    /// `der(temp) = …`, in a block
    Derivative(Derivative),
    /// `when h <= 0 m { … }`, in a block
    When(When),
    /// `return y`, in a block
    Return(Expr),
    /// Not readable.
    Broken(Broken),
}

impl Member {
    /// The name that the member introduces.
    pub fn name(&self) -> Option<&Ident> {
        match &self.kind {
            MemberKind::Key(name) => Some(name),
            MemberKind::Input(member) => Some(&member.name),
            MemberKind::Param(member) => Some(&member.name),
            MemberKind::Let(member) => Some(&member.name),
            MemberKind::State(member) => Some(&member.name),
            MemberKind::Machine(member) => Some(&member.name),
            MemberKind::Rule(member) => Some(&member.name),
            MemberKind::Part(member) => Some(&member.name),
            MemberKind::Broken(member) => member.introduces.as_ref(),
            MemberKind::On(_)
            | MemberKind::Emit(_)
            | MemberKind::ForEach(_)
            | MemberKind::Derivative(_)
            | MemberKind::When(_)
            | MemberKind::Return(_) => None,
        }
    }
}

/// `input scada by farm`
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The source, table or command.
    pub name: Ident,
    /// What its records are matched by, instead of the source's key.
    pub by: Option<Expr>,
}

/// `param redline: temperature = registry.redline ?? 110 degC`
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// Its value where a run sets none.
    pub default: Option<Expr>,
}

/// `let x: pressure = mean(p) over 1 min every 10 s`; the last `every` is here only where it does not
/// belong to a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Its name.
    pub name: Ident,
    /// Its type, where it is said.
    pub ty: Option<TypeExpr>,
    /// Its value.
    pub value: Expr,
    /// `every D` behind the whole: the signal changes at its ticks only.
    pub every: Option<Expr>,
    /// From `let` to the end.
    pub span: Span,
}

/// `state opened: timestamp? = absent`
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Ident,
    /// Its type, where it is said.
    pub ty: Option<TypeExpr>,
    /// Its value at the beginning.
    pub initial: Expr,
}

/// `on service where service.kind == "bearing" { reset bearing_life }`
#[derive(Clone, Debug, PartialEq)]
pub struct On {
    /// An input, a value or a condition.
    pub trigger: Expr,
    /// The filter behind `where`.
    pub filter: Option<Expr>,
    /// What is done.
    pub body: Vec<Statement>,
}

/// `machine mode { idle -> running when shaft > 100 rpm for 5 s }`
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Its name, an enum-valued signal.
    pub name: Ident,
    /// Its lines in order.
    pub transitions: Vec<Transition>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// One line of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The state it leaves; none is `any`.
    pub from: Option<Ident>,
    /// The state it enters.
    pub to: Ident,
    /// Its condition.
    pub condition: Expr,
    /// `for 5 s`
    pub hold: Option<Expr>,
    /// What is done on the way.
    pub body: Vec<Statement>,
    /// The whole line.
    pub span: Span,
}

/// `emit moves { vin, mode } every 1 min always when changed(mode)`
#[derive(Clone, Debug, PartialEq)]
pub struct Emit {
    /// The sink or command.
    pub sink: Ident,
    /// The record.
    pub record: Vec<RecordField>,
    /// At which period; members only.
    pub every: Option<Expr>,
    /// Whether empty windows are written too; members only.
    pub always: bool,
    /// Under which condition; members only.
    pub when: Option<Expr>,
    /// From `emit` to the end.
    pub span: Span,
}

/// `part turbines: Turbine by farm lateness 10 s`
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: Ident,
    /// Which twin the parts are.
    pub twin: Ident,
    /// The signal or property of the part that names its parent.
    pub by: Option<Expr>,
    /// How long its stragglers are waited for.
    pub lateness: Option<Expr>,
}

/// `for t in turbines { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The name of one of them.
    pub variable: Ident,
    /// The part.
    pub part: Expr,
    /// What is said of each.
    pub members: Vec<Member>,
}

/// `der(temp) = …`
#[derive(Clone, Debug, PartialEq)]
pub struct Derivative {
    /// The state.
    pub state: Ident,
    /// Its rate.
    pub value: Expr,
}

/// `when h <= 0 m and v < 0 m/s { v = -e * v }`
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// Located in time.
    pub condition: Expr,
    /// What is done there.
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `trips = trips + 1`, `bins[i] = 0`
    Assign {
        /// A name, perhaps indexed.
        target: Expr,
        /// Its new value.
        value: Expr,
    },
    /// `emit stop { pump }`
    Emit(Emit),
    /// `reset bearing_life`
    Reset(Ident),
    /// `let d = x - y`
    Let(Let),
    /// `if c { … } else { … }`; an `else if` is a single statement in `otherwise`.
    If {
        /// The condition.
        condition: Expr,
        /// What is done where it is true.
        then: Vec<Statement>,
        /// What is done where it is false.
        otherwise: Vec<Statement>,
    },
    /// Not readable.
    Broken(Broken),
}
