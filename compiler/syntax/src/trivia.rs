//! What stands between the words: doc comments, `allow`s.

use twin_diagnostics::{FileId, Span};

use crate::ast::{Allow, Docs, Ident};
use crate::scan::{Token, TokenKind};

/// The first token that begins at `offset` or later.
pub(crate) fn token_at(tokens: &[Token], offset: usize) -> usize {
    tokens.partition_point(|token| token.start < offset)
}

/// Where the last word or sign of `start..end` ends; `end` itself inside of strings.
pub(crate) fn last_significant_end(tokens: &[Token], start: usize, end: usize) -> usize {
    let behind = token_at(tokens, end);
    for token in tokens[..behind].iter().rev() {
        if token.end <= start || (token.is_significant() && token.end >= end) {
            return end;
        }
        if token.is_significant() {
            return token.end;
        }
    }
    end
}

/// The `///` lines directly above what begins at `offset`.
pub(crate) fn docs_before(file: FileId, text: &str, tokens: &[Token], offset: usize) -> Option<Docs> {
    let at = token_at(tokens, offset);
    let above = tokens[..at].iter().rev().take_while(|token| !token.is_significant());
    let lines: Vec<&Token> = above.filter(|token| token.kind == TokenKind::Docs).collect();
    docs(file, text, lines.into_iter().rev(), "///")
}

/// The `//!` lines of a file.
pub(crate) fn module_docs(file: FileId, text: &str, tokens: &[Token]) -> Option<Docs> {
    docs(file, text, tokens.iter().filter(|token| token.kind == TokenKind::ModuleDocs), "//!")
}

fn docs<'t>(file: FileId, text: &str, lines: impl Iterator<Item = &'t Token>, slashes: &str) -> Option<Docs> {
    let mut docs: Option<Docs> = None;
    for token in lines {
        let span = Span::new(file, token.start, token.end);
        let line = text[token.start..token.end].trim_start_matches(slashes);
        let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
        match &mut docs {
            None => docs = Some(Docs { text: line.to_string(), span }),
            Some(docs) => {
                docs.text.push('\n');
                docs.text.push_str(line);
                docs.span = docs.span.to(span);
            }
        }
    }
    docs
}

/// Every `allow` of a file. `nodes` are the spans of all items and members, and of all that they hold.
pub(crate) fn allows(file: FileId, text: &str, tokens: &[Token], nodes: &[Span]) -> Vec<Allow> {
    let is_allow = |at: &usize| tokens[*at].kind == TokenKind::Allow;
    (0..tokens.len()).filter(is_allow).map(|at| allow(file, text, tokens, at, nodes)).collect()
}

fn allow(file: FileId, text: &str, tokens: &[Token], at: usize, nodes: &[Span]) -> Allow {
    let token = &tokens[at];
    let span = Span::new(file, token.start, token.end);
    let words = &text[token.start..token.end];
    let code_at = "allow".len() + words["allow".len()..].find(['W', 'H', 'E']).unwrap_or(0);
    let code_start = token.start + code_at;
    let code = Ident {
        text: words[code_at..code_at + 5].to_string(),
        span: Span::new(file, code_start, code_start + 5),
    };
    let reason = words.split('"').nth(1).unwrap_or("").to_string();
    let covers = covered(text, tokens, at, nodes).unwrap_or(span);
    Allow { code, reason, covers, span }
}

fn covered(text: &str, tokens: &[Token], at: usize, nodes: &[Span]) -> Option<Span> {
    let size = |span: &&Span| span.end - span.start;
    let holding = |offset: usize| {
        let holds = move |span: &&Span| span.start as usize <= offset && offset < span.end as usize;
        nodes.iter().filter(holds).min_by_key(size)
    };
    let before = tokens[..at].iter().rev().find(|token| token.is_significant());
    if let Some(before) = before
        && !text[before.end..tokens[at].start].contains('\n')
        && !text[before.start..before.end].starts_with('{')
    {
        return holding(before.start).copied();
    }
    let next = tokens[at..].iter().find(|token| token.is_significant());
    let begins = |span: &&Span| next.is_some_and(|next| span.start as usize == next.start);
    nodes.iter().filter(begins).max_by_key(size).or_else(|| holding(tokens[at].start)).copied()
}
