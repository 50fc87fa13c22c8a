//! What is known of the names of a text, for editors.

use super::{SignalId, TwinId};
use std::collections::BTreeMap;
use twin_diagnostics::Span;

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
