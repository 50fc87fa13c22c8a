//! From text to a module, whatever the text is.
//!
//! Items are cut out by their words, and each is read by the grammar in one piece. Where that fails, the same
//! is done with the parts of its body, and with theirs, so that what cannot be read is small, and everything
//! around it is there.

mod items;
mod members;

use std::cell::{Cell, RefCell};
use std::ops::Range;

use twin_diagnostics::{Diagnostic, FileId, Report, Span};

use crate::ast::*;
use crate::brackets::{self, Problem};
use crate::build::Builder;
use crate::errors::{self, explain};
use crate::grammar::{self, Node, Rule, Stop};
use crate::scan::{Token, TokenKind, scan};
use crate::split::{Body, Words};
use crate::{nesting, trivia, walk};

/// A module with what there is to say about its text.
#[derive(Clone, Debug)]
pub struct Parse {
    /// The tree; always there, with [`Broken`] in it where something could not be read.
    pub module: Module,
    /// The findings.
    pub report: Report,
}

/// Reads a file. Any text gives a module.
pub fn parse(file: FileId, text: &str) -> Parse {
    with_stack_for(text, |tokens| Reader::new(file, text, tokens).module())
}

/// Beyond this depth reading is done on a stack of its own, so that the caller's size does not matter.
const DEEP: usize = 16;
const STACK_BYTES: usize = 256 << 20;

/// Runs `work` where the stack is large enough for the nesting of `text`.
pub(crate) fn with_stack_for<T: Send>(text: &str, work: impl FnOnce(&[Token]) -> T + Send) -> T {
    let tokens = scan(text);
    let (too_deep, deepest) = nesting::first_too_deep(text, &tokens);
    if too_deep.is_none() && deepest < DEEP {
        return work(&tokens);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = thread.spawn_scoped(scope, || work(&tokens)).expect("the system gives one more thread");
        running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Reads a signature such as `(x: U, lo: U, hi: U) -> U`.
pub fn parse_signature(text: &str) -> Result<Signature, Report> {
    parse_whole(text, Rule::signature_chunk, |builder, node| builder.signature(node))
}

/// Reads a unit such as `kg*m/s^2`.
pub fn parse_unit(text: &str) -> Result<UnitExpr, Report> {
    parse_whole(text, Rule::unit_chunk, |builder, node| builder.unit_of_plain(node))
}

/// Reads an expression.
pub fn parse_expr(text: &str) -> Result<Expr, Report> {
    parse_whole(text, Rule::expr_chunk, |builder, node| builder.expr(node))
}

/// Reads a type such as `pressure[4]?`.
pub fn parse_type(text: &str) -> Result<TypeExpr, Report> {
    parse_whole(text, Rule::type_chunk, |builder, node| builder.type_expr(node))
}

fn parse_whole<T: Send>(
    text: &str,
    chunk: Rule,
    build: impl FnOnce(&Builder, Node) -> T + Send,
) -> Result<T, Report> {
    with_stack_for(text, |tokens| {
        let reader = Reader::new(FileId::default(), text, tokens);
        let range = 0..reader.words.words.len();
        let read = if range.is_empty() { Err(Stop::empty()) } else { reader.read(chunk, &range, build) };
        match read {
            Ok(built) if reader.report.borrow().is_empty() => Ok(built),
            Ok(_) => Err(reader.report.into_inner()),
            Err(stop) => {
                reader.explain(&range, chunk, &stop);
                Err(reader.report.into_inner())
            }
        }
    })
}

/// Reads the whole text with one rule of the grammar, or not at all. Slower to fail and with one finding only;
/// it is there so that tests can hold the tolerant reading against it.
#[doc(hidden)]
pub fn parse_strictly(file: FileId, text: &str) -> Option<Module> {
    with_stack_for(text, |tokens| {
        let reader = Reader::new(file, text, tokens);
        // The grammar would let a hole go on in the next line.
        reader.report_unclosed_texts();
        let node = grammar::read(Rule::file, text).ok()?;
        let builder = reader.builder(0);
        let items = node.into_inner().filter(|node| node.as_rule() == Rule::item);
        let items = items.map(|item| builder.item(item)).collect();
        reader.report.borrow().is_empty().then(|| reader.finish(items))
    })
}

/// Reads a text as if no item were readable in one piece; for tests.
#[doc(hidden)]
pub fn parse_by_parts(file: FileId, text: &str) -> Parse {
    with_stack_for(text, |tokens| {
        let mut reader = Reader::new(file, text, tokens);
        reader.prefers_parts = true;
        reader.module()
    })
}

/// Everything about one file while it is read.
struct Reader<'a> {
    file: FileId,
    text: &'a str,
    tokens: &'a [Token],
    words: Words<'a>,
    report: RefCell<Report>,
    /// For each bracket problem whether it was reported.
    said: Vec<Cell<bool>>,
    prefers_parts: bool,
}

impl<'a> Reader<'a> {
    fn new(file: FileId, text: &'a str, tokens: &'a [Token]) -> Self {
        let words: Vec<Token> = tokens.iter().filter(|token| token.is_significant()).copied().collect();
        let brackets = brackets::match_brackets(text, &words);
        let said = brackets.problems.iter().map(|_| Cell::new(false)).collect();
        let words = Words { text, words, brackets };
        let report = RefCell::new(Report::default());
        Reader { file, text, tokens, words, report, said, prefers_parts: false }
    }

    fn module(self) -> Parse {
        self.report_unclosed_texts();
        let items = self.words.items().into_iter().filter_map(|range| self.item(range)).collect();
        self.report_problems(&(0..self.words.words.len() + 1), None);
        let report = self.report.take();
        Parse { module: self.finish(items), report }
    }

    fn finish(&self, items: Vec<Item>) -> Module {
        let span = Span::new(self.file, 0, self.text.len());
        let docs = trivia::module_docs(self.file, self.text, self.tokens);
        let mut module = Module { docs, items, allows: Vec::new(), span };
        if self.tokens.iter().any(|token| token.kind == TokenKind::Allow) {
            let nodes = walk::spans(&module);
            module.allows = trivia::allows(self.file, self.text, self.tokens, &nodes);
        }
        module
    }

    fn builder(&self, base: usize) -> Builder<'_> {
        Builder::new(self.file, base, self.text, self.tokens, &self.report)
    }

    fn push(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }

    /// Where the words of a range stand.
    fn span(&self, range: &Range<usize>) -> Span {
        let words = &self.words.words[range.clone()];
        let start = words.first().map_or(self.text.len(), |word| word.start);
        Span::new(self.file, start, words.last().map_or(start, |word| word.end))
    }

    /// Reads the words of a range, which are not none, with a chunk rule.
    fn read<'s, T>(
        &'s self,
        chunk: Rule,
        range: &Range<usize>,
        build: impl FnOnce(&Builder<'s>, Node) -> T,
    ) -> Result<T, Stop> {
        let span = self.span(range);
        let base = span.start as usize;
        if let (Some(at), _) = nesting::first_too_deep(self.text, &self.words.words[range.clone()]) {
            return Err(Stop::too_deep(range.start + at));
        }
        let node = grammar::read(chunk, &self.text[base..span.end as usize])?;
        Ok(build(&self.builder(base), node))
    }

    /// Says why a range could not be read with a chunk rule; nothing where its cause is already told.
    fn explain(&self, range: &Range<usize>, chunk: Rule, stop: &Stop) {
        if let Some(at) = stop.too_deep {
            let word = at..at + 1;
            self.push(errors::nested_too_deep(self.span(&word)));
            return;
        }
        let is_unclosed = |word: &Token| matches!(word.kind, TokenKind::Text { closed: false });
        if self.words.words[range.clone()].iter().any(is_unclosed) {
            return;
        }
        let at = self.span(range).start as usize + stop.at;
        if self.report_problems(range, Some(at)) {
            return;
        }
        let place = explain::Place { file: self.file, words: &self.words, range: range.clone(), at };
        self.push(explain::explain(&place, chunk, &stop.could_be));
    }

    /// The body of a range: the words behind its head's last, its own first, and the brace behind it. One whose opening
    /// brace is missing is reported.
    fn body(&self, range: &Range<usize>) -> Option<(usize, usize, usize)> {
        let Some((first, close)) = self.words.body_without_brace(range) else {
            let (open, close) = self.words.body(range)?;
            return Some((open, open + 1, close.max(open + 1)));
        };
        let is_it = |problem: &Problem| *problem == Problem::Extra { close };
        let said = self.words.brackets.problems.iter().position(is_it).map(|at| &self.said[at]);
        if said.is_some_and(|said| !said.replace(true)) {
            let head = self.span(&(range.start..first));
            let close = self.span(&(close..close + 1));
            self.push(errors::unopened(head, self.words.word(range.start), close));
        }
        Some((first, first, close))
    }

    fn report_unclosed_texts(&self) {
        for word in &self.words.words {
            if let TokenKind::Text { closed: false } = word.kind {
                self.push(errors::text_without_end(Span::new(self.file, word.start, word.end)));
            }
        }
    }

    /// Reports the first bracket problem of a range and takes all others for its consequences. `stop` is where
    /// the grammar got stuck. Whether there is any problem in the range.
    fn report_problems(&self, range: &Range<usize>, stop: Option<usize>) -> bool {
        let mut is_any = false;
        let mut is_said = false;
        for (problem, said) in self.words.brackets.problems.iter().zip(&self.said) {
            let (place, is_here) = match problem {
                Problem::Extra { close } => (*close, range.contains(close)),
                Problem::Unclosed { open, .. } => (*open, range.contains(open)),
            };
            if !is_here {
                continue;
            }
            is_any = true;
            if self.is_swallowed(problem) {
                said.set(true);
                continue;
            }
            let word = self.span(&(place..place + 1));
            let was_said = said.replace(true);
            let is_consequence = is_said && stop.is_some();
            if !was_said && !is_consequence {
                is_said = true;
                self.push(match problem {
                    Problem::Extra { .. } => match self.words.head_without_brace(place) {
                        Some(head) => {
                            let what = self.words.word(head);
                            errors::unopened_on_line(self.span(&(head..head + 1)), what, word)
                        }
                        None => errors::extra_bracket(word, self.words.word(place)),
                    },
                    Problem::Unclosed { open, before } => self.unclosed(*open, *before, stop),
                });
            }
        }
        is_any
    }

    /// Whether a text without its end has swallowed the bracket that seems to be missing.
    fn is_swallowed(&self, problem: &Problem) -> bool {
        let Problem::Unclosed { open, before } = problem else { return false };
        let is_unclosed = |word: &Token| matches!(word.kind, TokenKind::Text { closed: false });
        self.words.words[*open..*before].iter().any(is_unclosed)
    }

    /// A parenthesis should be closed where the grammar got stuck, a brace where the layout says so.
    fn unclosed(&self, open: usize, before: usize, stop: Option<usize>) -> Diagnostic {
        let open_span = self.span(&(open..open + 1));
        let close = brackets::closing(self.words.word(open));
        let mut before = before;
        if let Some(stop) = stop.filter(|_| close != '}') {
            let stuck = self.words.words.partition_point(|word| word.end <= stop);
            before = before.min(stuck.max(open + 1));
        }
        let end = self.words.words[before - 1].end;
        errors::unclosed(Span::new(self.file, end, end), open_span, close)
    }

    /// What stays of a range that could not be read.
    fn broken(&self, range: &Range<usize>, introduces: Option<usize>) -> Broken {
        let introduces = introduces
            .filter(|at| range.contains(at) && self.words.is_word(*at))
            .map(|at| Ident { text: self.words.word(at).to_string(), span: self.span(&(at..at + 1)) });
        Broken { introduces, span: self.span(range) }
    }

    /// The parts of a body, each read with `chunk`; what cannot be read goes to `mend`.
    fn parts<'s, T>(
        &'s self,
        body: Body,
        range: Range<usize>,
        chunk: Rule,
        build: impl Fn(&Builder<'s>, Node) -> T,
        mut mend: impl FnMut(Range<usize>, Stop) -> T,
    ) -> Vec<T> {
        let pieces = self.words.parts(body, range);
        let one = |piece: Range<usize>| match self.read(chunk, &piece, &build) {
            Ok(built) => built,
            Err(stop) => mend(piece, stop),
        };
        pieces.into_iter().map(one).collect()
    }
}
