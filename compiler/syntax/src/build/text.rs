//! Strings: escapes, and holes with what is to be put into them.

use super::{Builder, Parts};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

impl Builder<'_> {
    /// A `text` node.
    pub(super) fn text(&self, node: Node) -> Text {
        let span = self.span(&node);
        let parts = node.into_inner().map(|part| match part.as_rule() {
            Rule::hole => self.hole(part),
            _ => TextPart::Plain(self.unescaped(part)),
        });
        Text { parts: parts.collect(), span }
    }

    /// A string as an expression.
    pub(super) fn text_expr(&self, node: Node) -> Expr {
        let text = self.text(node);
        Expr { span: text.span, kind: ExprKind::Text(text) }
    }

    /// A string that names something, so that nothing can be put into it.
    pub(super) fn plain_text(&self, node: Node) -> Text {
        let text = self.text(node);
        for part in &text.parts {
            if let TextPart::Hole { span, .. } = part {
                self.push(errors::hole_not_here(*span));
            }
        }
        text
    }

    fn hole(&self, node: Node) -> TextPart {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let value = self.expr(parts.need(Rule::expr));
        TextPart::Hole { value, format: parts.take(Rule::format).map(|format| self.format(format)), span }
    }

    fn unescaped(&self, node: Node) -> String {
        let start = self.base + node.as_span().start();
        let text = node.as_str();
        let mut out = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let length = match character {
                '\\' => match escape(rest) {
                    Some((character, length)) => {
                        out.push(character);
                        length
                    }
                    None => {
                        let at = start + (text.len() - rest.len());
                        let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                        let span = twin_diagnostics::Span::new(self.file, at, at + length);
                        self.push(errors::escape(span, &rest[..length]));
                        length
                    }
                },
                '{' | '}' => {
                    out.push(character);
                    2
                }
                _ => {
                    out.push(character);
                    character.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        out
    }
}

/// The character that an escape at the start of `rest` stands for, and its length; as in JSON.
fn escape(rest: &str) -> Option<(char, usize)> {
    let plain = |character| Some((character, 2));
    match rest[1..].chars().next()? {
        character @ ('"' | '\\' | '/' | '{' | '}') => plain(character),
        'n' => plain('\n'),
        't' => plain('\t'),
        'r' => plain('\r'),
        'b' => plain('\u{8}'),
        'f' => plain('\u{c}'),
        'u' => unicode(rest),
        _ => None,
    }
}

/// `\u00e9`, or a pair of surrogates `\ud83d\ude97`.
fn unicode(rest: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        let are_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if are_hex { u16::from_str_radix(digits, 16).ok() } else { None }
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, 6));
    }
    let both = [first, unit(6)?];
    let character = char::decode_utf16(both).next()?.ok()?;
    Some((character, 12))
}
