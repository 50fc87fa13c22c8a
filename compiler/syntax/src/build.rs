//! From the parser's nodes to the tree.
//!
//! A [`Builder`] knows where its chunk stands in the file. The grammar says what can stand where, so asking a
//! node for a part that the grammar promises cannot fail; what the grammar leaves open (chains of comparisons,
//! units of texts, things said twice) is checked here and reported, and the node stays.

mod calls;
mod decls;
mod exprs;
mod literals;
mod members;
mod rules;
mod tests;
mod text;
mod times;
mod types;

use std::cell::{Cell, RefCell};

use twin_diagnostics::{Diagnostic, FileId, Report, Span};

use crate::ast::*;
use crate::errors::words;
use crate::grammar::{Node, Rule};
use crate::scan::Token;
use crate::trivia;

pub(crate) use times::Problem as TimeProblem;

/// What builders share while they work on one chunk.
pub(crate) struct Builder<'a> {
    file: FileId,
    /// Where the chunk begins in the file.
    base: usize,
    /// The whole file's text and tokens.
    text: &'a str,
    tokens: &'a [Token],
    report: &'a RefCell<Report>,
    /// The tallest expression built since somebody last looked; see [`exprs`].
    tallest: Cell<usize>,
    /// Whether the chunk was already said to be nested too deep.
    said_too_deep: Cell<bool>,
}

impl<'a> Builder<'a> {
    /// A builder for the chunk that begins at `base`.
    pub fn new(
        file: FileId,
        base: usize,
        text: &'a str,
        tokens: &'a [Token],
        report: &'a RefCell<Report>,
    ) -> Self {
        let (tallest, said_too_deep) = (Cell::new(0), Cell::new(false));
        Builder { file, base, text, tokens, report, tallest, said_too_deep }
    }

    /// Where a node stands. Pest lets a node that may go on end behind the blanks and comments after it.
    fn span(&self, node: &Node) -> Span {
        let start = self.base + node.as_span().start();
        let end = start + node.as_str().trim_end().len();
        Span::new(self.file, start, trivia::last_significant_end(self.tokens, start, end))
    }

    fn text_of(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn ident(&self, node: Node) -> Ident {
        Ident { text: node.as_str().to_string(), span: self.span(&node) }
    }

    fn docs(&self, span: Span) -> Option<Docs> {
        trivia::docs_before(self.file, self.text, self.tokens, span.start as usize)
    }

    fn push(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }
}

/// The parts of a node in order; words and signs are stepped over unless they are asked for.
struct Parts<'i> {
    rest: pest::iterators::Pairs<'i, Rule>,
}

impl<'i> Parts<'i> {
    fn of(node: Node<'i>) -> Self {
        Parts { rest: node.into_inner() }
    }

    /// The next part if it is a `rule`; otherwise nothing is stepped over.
    fn take(&mut self, rule: Rule) -> Option<Node<'i>> {
        let mut ahead = self.rest.clone();
        loop {
            let next = ahead.next()?;
            if next.as_rule() == rule {
                self.rest = ahead;
                return Some(next);
            }
            words::spelling(next.as_rule())?;
        }
    }

    /// The next part, which the grammar promises.
    fn need(&mut self, rule: Rule) -> Node<'i> {
        self.take(rule).unwrap_or_else(|| unreachable!("the grammar promises a {rule:?}"))
    }

    /// The next part, whatever it is.
    fn next(&mut self) -> Option<Node<'i>> {
        self.rest.by_ref().find(|part| words::spelling(part.as_rule()).is_none())
    }

    /// The next part, whatever it is, which the grammar promises.
    fn any(&mut self) -> Node<'i> {
        self.next().expect("the grammar promises one more part")
    }

    /// All further parts that are a `rule`.
    fn all(&mut self, rule: Rule) -> Vec<Node<'i>> {
        std::iter::from_fn(|| self.take(rule)).collect()
    }

    /// What kind of part comes next, words and signs aside.
    fn peek(&self) -> Option<Rule> {
        self.rest.clone().map(|part| part.as_rule()).find(|rule| words::spelling(*rule).is_none())
    }
}

/// The only part of a node whose rule is a choice.
fn only(node: Node) -> Node {
    node.into_inner().next().expect("a choice holds what was chosen")
}
