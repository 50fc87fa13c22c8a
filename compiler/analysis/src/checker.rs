//! The state of one check: what was found so far, and what names mean where we are.

use crate::hir::{self, Clock, Expr, ExprKind, Facts, Program, SignalId};
use crate::modules::LoadedModule;
use crate::scope::Frame;
use crate::twin::TwinBuilder;
use crate::world::World;
use std::collections::BTreeMap;
use std::rc::Rc;
use twin_diagnostics::{Diagnostic, Report, Span};
use twin_syntax::ast;
use twin_types::{Library, Type, Unit, UnitTable};

/// Where an expression stands, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A let, a condition, an emit of a twin or block: everything is allowed.
    Free,
    /// In a `fn`: nothing with state.
    Function,
    /// In the statements of `on`, a rule or a machine: no window, no block.
    Handler,
    /// In a rule's message: likewise.
    Message,
    /// In a source, a param, a state's initial value, a test: nothing with state.
    Plain(&'static str),
}

pub(crate) struct Checker<'a> {
    pub library: &'a Library,
    pub world: &'a dyn World,
    pub report: Report,
    pub facts: Facts,
    pub program: Program,
    pub units: UnitTable,
    pub modules: Vec<LoadedModule>,
    /// Parsed signatures of builtins, by their place in the library.
    pub signatures: BTreeMap<u32, Option<Rc<ast::Signature>>>,
    /// What names mean, innermost last.
    pub frames: Vec<Frame>,
    pub twin: TwinBuilder,
    pub place: Place,
    /// `silent` may stand here: the condition of a rule.
    pub silent_allowed: bool,
    /// Functions and blocks being instantiated, by module and item: a repetition is a recursion.
    pub calls: Vec<(usize, usize)>,
    pub depth: u32,
    /// Divisors known to be different from zero here, by their path.
    pub nonzero: Vec<String>,
    /// Units that are also names, as far as that has been said.
    pub hinted: std::collections::BTreeSet<String>,
    /// The source or table of whose record a setting speaks.
    pub record_of: Option<String>,
    /// Fields whose unit on the wire is written, by their place.
    pub units_said: std::collections::BTreeSet<Span>,
    /// Twins that are checked, with their names, for tests.
    pub finished: BTreeMap<hir::TwinId, (TwinBuilder, Frame)>,
    /// Sinks whose fields are gathered from what is emitted.
    pub gathered_sinks: Vec<hir::SinkId>,
}

/// Formulas nested deeper than this are refused: every pass over them recurses.
pub(crate) const DEPTH_MAX: u32 = 200;

impl Checker<'_> {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// Reports and gives the expression that absorbs what would follow from it.
    pub fn fail(&mut self, diagnostic: Diagnostic, span: Span) -> Expr {
        self.report.push(diagnostic);
        Expr::error(span)
    }

    /// The text of a place on one line, short enough for a sentence.
    pub fn words(&self, span: Span) -> String {
        let text = self.world.text(span);
        let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 48 {
            line = line.chars().take(45).collect::<String>() + "…";
        }
        line
    }

    pub fn in_place<T>(&mut self, place: Place, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.place, place);
        let result = run(self);
        self.place = before;
        result
    }

    pub fn signal(&self, id: SignalId) -> Option<&hir::Signal> {
        self.twin.signals.get(id.index())
    }
}

impl Expr {
    pub(crate) fn new(kind: ExprKind, ty: Type, span: Span) -> Expr {
        Expr { kind, ty, optional: false, clock: Clock::Held, unit: None, span }
    }

    pub(crate) fn error(span: Span) -> Expr {
        Expr::new(ExprKind::Error, Type::Error, span)
    }

    pub(crate) fn is_error(&self) -> bool {
        self.ty == Type::Error
    }

    pub(crate) fn real(value: f64, ty: Type, unit: Option<Unit>, span: Span) -> Expr {
        let word = twin_types::words::from_f64(value);
        Expr { unit, ..Expr::new(ExprKind::Const(hir::Const::Word(word)), ty, span) }
    }

    pub(crate) fn whole(value: i64, ty: Type, span: Span) -> Expr {
        Expr::new(ExprKind::Const(hir::Const::Word(twin_types::words::from_i64(value))), ty, span)
    }

    pub(crate) fn truth(value: bool, span: Span) -> Expr {
        let word = twin_types::words::from_bool(Some(value));
        Expr::new(ExprKind::Const(hir::Const::Word(word)), Type::Bool, span)
    }

    pub(crate) fn text(value: String, span: Span) -> Expr {
        Expr::new(ExprKind::Const(hir::Const::Text(value)), Type::String(twin_types::STRING_BYTES), span)
    }

    pub(crate) fn is_const(&self) -> bool {
        matches!(self.kind, ExprKind::Const(_))
    }

    /// The same with clock and absence of others taken in.
    pub(crate) fn with(mut self, clock: Clock, optional: bool) -> Expr {
        self.clock = clock;
        self.optional = optional;
        self
    }

    pub(crate) fn shown_in(mut self, unit: Option<Unit>) -> Expr {
        self.unit = unit;
        self
    }
}
