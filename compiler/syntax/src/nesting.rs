//! How deep a program may nest.

use crate::scan::{Token, TokenKind};

/// The deepest level; more is no program but an accident.
pub(crate) const MAX: usize = 256;

/// The first token that is nested too deep, and how deep the tokens nest before it.
///
/// Counted are brackets and, within one bracket, what leans on something still open: `if`, `not`, a sign, a
/// power. A comma or a word that begins a line of a program starts that count anew.
pub(crate) fn first_too_deep(text: &str, tokens: &[Token]) -> (Option<usize>, usize) {
    let mut leaning = vec![0_usize];
    let mut total = 0;
    let mut deepest = 0;
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_significant()) {
        let word = &text[token.start..token.end];
        match (token.kind, word) {
            (TokenKind::Open, _) => {
                leaning.push(0);
                total += 1;
            }
            (TokenKind::Close, _) if total > 0 => {
                // The outermost level stays, whatever is closed too often.
                let closed = if leaning.len() > 1 { 1 + leaning.pop().unwrap_or(0) } else { 0 };
                total -= closed;
            }
            (TokenKind::Sign, ",")
            | (TokenKind::Word, "let" | "on" | "rule" | "emit" | "state" | "when" | "reset") => {
                total -= std::mem::take(top(&mut leaning));
            }
            (TokenKind::Word, "if" | "not") | (TokenKind::Sign, "^") => {
                *top(&mut leaning) += 1;
                total += 1;
            }
            (TokenKind::Sign, "-") if leans(text, tokens, at) => {
                *top(&mut leaning) += 1;
                total += 1;
            }
            _ => {}
        }
        deepest = deepest.max(total + token.inner_depth);
        if total + token.inner_depth > MAX {
            return (Some(at), deepest);
        }
    }
    (None, deepest)
}

fn top(leaning: &mut [usize]) -> &mut usize {
    leaning.last_mut().expect("the outermost level is never closed")
}

/// Whether a `-` is directly behind another one, so that it waits for its operand inside of that one's.
fn leans(text: &str, tokens: &[Token], at: usize) -> bool {
    at > 0 && matches!(&text[tokens[at - 1].start..tokens[at - 1].end], "-" | "not" | "^")
}
