//! The only door to the parser library: one rule over one chunk of text.

use pest::Parser;
use pest::iterators::Pair;

/// The parser that pest derives from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../../../grammar/twin.pest"]
pub(crate) struct Grammar;

pub(crate) type Node<'i> = Pair<'i, Rule>;

/// Where and why a chunk could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// The furthest byte of the chunk that was reached.
    pub at: usize,
    /// What could have stood there.
    pub could_be: Vec<Rule>,
    /// The word that is nested too deep, where that is the reason.
    pub too_deep: Option<usize>,
}

impl Stop {
    /// Nothing was read at all.
    pub fn empty() -> Self {
        Stop { at: 0, could_be: Vec::new(), too_deep: None }
    }

    /// The word `at` of the file is nested too deep.
    pub fn too_deep(at: usize) -> Self {
        Stop { too_deep: Some(at), ..Stop::empty() }
    }
}

/// Reads `text` with a chunk rule and gives the node inside it.
pub(crate) fn read(chunk: Rule, text: &str) -> Result<Node<'_>, Stop> {
    match Grammar::parse(chunk, text) {
        Ok(mut nodes) => Ok(nodes.next().expect("a chunk rule holds one node")),
        Err(error) => Err(stop(error)),
    }
}

fn stop(error: pest::error::Error<Rule>) -> Stop {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let could_be = match error.variant {
        pest::error::ErrorVariant::ParsingError { positives, .. } => positives,
        pest::error::ErrorVariant::CustomError { .. } => Vec::new(),
    };
    Stop { at, could_be, too_deep: None }
}
