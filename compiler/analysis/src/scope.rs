//! What names mean, place by place.

use crate::checker::Checker;
use crate::hir::{Expr, RuleId, SchemaId, SignalId};
use std::collections::BTreeMap;
use twin_diagnostics::Span;
pub(crate) use twin_diagnostics::nearest;
use twin_types::Type;

/// What a name stands for inside a twin, block, function or record.
#[derive(Clone, Debug)]
pub(crate) enum Binding {
    /// A signal that may be read here.
    Signal(SignalId),
    /// Stands for a simple expression: an argument of a `fn`, a local name.
    Alias(Box<Expr>),
    /// A `let` that is declared further down, at this place.
    Later(Span),
    /// The twin's key.
    Key,
    /// A rule.
    Rule(RuleId),
    /// An input of the twin, by its place.
    Input(crate::hir::InputId),
    /// Twins that this one is made of, or one of them in a `for … in`.
    Part,
    /// Not understood, and reported already (or not built): reading it says nothing more.
    Unknown,
}

/// Names of one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    pub names: BTreeMap<String, (Binding, Span)>,
    /// Names further out are not seen, except those of this module.
    pub module: usize,
    pub is_barrier: bool,
    /// The fields of a source's record are names here.
    pub record: Option<SchemaId>,
    /// The name of that source or table.
    pub record_of: Option<String>,
    /// The fields of the twin's inputs are names here.
    pub is_twin: bool,
    /// What the generic names of a signature stand for in this call.
    pub types: BTreeMap<String, Type>,
    /// What its open array lengths are in this call.
    pub lengths: BTreeMap<String, u32>,
}

impl Checker<'_> {
    /// The module whose items are names here.
    pub fn module_here(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.module)
    }

    /// Frames that are visible from here, innermost first.
    pub fn visible(&self) -> impl Iterator<Item = &Frame> {
        let mut is_over = false;
        self.frames.iter().rev().take_while(move |frame| {
            let take = !is_over;
            is_over |= frame.is_barrier;
            take
        })
    }

    pub fn lookup(&self, name: &str) -> Option<(Binding, Span)> {
        self.visible().find_map(|frame| frame.names.get(name)).cloned()
    }

    pub fn bind(&mut self, name: &str, binding: Binding, span: Span) {
        if let Some(frame) = self.frames.last_mut() {
            frame.names.insert(name.to_string(), (binding, span));
        }
    }

    /// Runs with a frame of its own on top.
    pub fn in_frame<T>(&mut self, frame: Frame, run: impl FnOnce(&mut Self) -> T) -> T {
        self.frames.push(frame);
        let result = run(self);
        self.frames.pop();
        result
    }

    /// A frame that sees everything around it.
    pub fn inner_frame(&self) -> Frame {
        Frame { module: self.module_here(), ..Frame::default() }
    }

    /// All names visible here, for "did you mean".
    pub fn visible_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.visible().flat_map(|f| f.names.keys().cloned()).collect();
        for frame in self.visible() {
            if let Some(schema) = frame.record.and_then(|id| self.program.schemas.get(id.index())) {
                names.extend(schema.fields.iter().map(|f| f.name.clone()));
            }
            if frame.is_twin {
                for input in &self.twin.inputs {
                    names.extend(self.source_fields(input.source).iter().map(|f| f.name.clone()));
                }
            }
        }
        names
    }

    /// The generic type of a signature that is being instantiated.
    pub fn generic(&self, name: &str) -> Option<&Type> {
        self.visible().find_map(|frame| frame.types.get(name))
    }
}
