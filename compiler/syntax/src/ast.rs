//! The syntax tree: what was written, nothing resolved.
//!
//! Every node carries its [`Span`]. Names are [`Ident`]s, in whatever role. Parentheses leave no node: they
//! only widen the span of what they hold. Items and members that could not be read are [`Broken`], and a
//! finding says why; the rest of the file is there all the same.

mod decl;
mod expr;
mod member;
mod rule;
mod test;

pub use decl::*;
pub use expr::*;
pub use member::*;
pub use rule::*;
pub use test::*;

use twin_diagnostics::Span;

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The `//!` lines at its head.
    pub docs: Option<Docs>,
    /// Its items in the order of the text.
    pub items: Vec<Item>,
    /// Every `allow` of the file, wherever it stands.
    pub allows: Vec<Allow>,
    /// The whole file.
    pub span: Span,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Doc comments of one thing, without their slashes, lines joined by `\n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docs {
    /// The text.
    pub text: String,
    /// From the first line to the last.
    pub span: Span,
}

/// `allow W0701 "valve test rig"`: a warning that is silenced, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The warning's code.
    pub code: Ident,
    /// Why it may stay.
    pub reason: String,
    /// What it silences: findings whose main place begins within. It is the item or member that the
    /// `allow` follows on the same line, else the one that comes next; within a body that has neither,
    /// the thing the body belongs to.
    pub covers: Span,
    /// Where it stands.
    pub span: Span,
}

/// Text that could not be read; a finding says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The name it seems to introduce, so that its readers are not reported as well.
    pub introduces: Option<Ident>,
    /// The unread text.
    pub span: Span,
}

/// Something at the top level of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The `///` lines above it.
    pub docs: Option<Docs>,
    /// What it is.
    pub kind: ItemKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// The kinds of items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use std.signal.ewma`
    Use(Use),
    /// `unit furlong = 201.168 m`
    Unit(UnitDecl),
    /// `enum Mode { idle, running as "RUN" }`
    Enum(EnumDecl),
    /// `schema Car { … }`, `schema Car from "car.avsc"`
    Schema(SchemaDecl),
    /// `source`, `table`, `sink` or `command`
    Stream(StreamDecl),
    /// `fn clamp(x: U, lo: U, hi: U) -> U { … }`
    Function(FunctionDecl),
    /// `block ewma(x: U, tau: duration) -> U { … }`
    Block(BlockDecl),
    /// `model risk(temp, age) -> real from "risk.txt"`
    Model(ModelDecl),
    /// `twin Car { … }`
    Twin(TwinDecl),
    /// `test "…" { … }`
    Test(TestDecl),
    /// `scenario heatwave for Pump { … }`
    Scenario(ScenarioDecl),
    /// Not readable.
    Broken(Broken),
}

impl Item {
    /// The name that the item introduces into its file; a `use` gives its last word or its alias.
    pub fn name(&self) -> Option<&Ident> {
        match &self.kind {
            ItemKind::Use(item) => item.alias.as_ref().or(item.path.last()),
            ItemKind::Unit(item) => Some(&item.name),
            ItemKind::Enum(item) => Some(&item.name),
            ItemKind::Schema(item) => Some(&item.name),
            ItemKind::Stream(item) => Some(&item.name),
            ItemKind::Function(item) => Some(&item.name),
            ItemKind::Block(item) => Some(&item.name),
            ItemKind::Model(item) => Some(&item.name),
            ItemKind::Twin(item) => Some(&item.name),
            ItemKind::Scenario(item) => Some(&item.name),
            ItemKind::Test(_) => None,
            ItemKind::Broken(item) => item.introduces.as_ref(),
        }
    }
}
