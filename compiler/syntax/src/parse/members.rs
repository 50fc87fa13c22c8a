//! Members, in one piece or part by part.

use std::ops::Range;

use super::Reader;
use crate::ast::*;
use crate::build::Builder;
use crate::grammar::{Node, Rule as Grammar, Stop};
use crate::split::Body;
use crate::trivia;

impl Reader<'_> {
    /// The members that the words of a body make.
    pub(super) fn members(&self, body: Range<usize>) -> Vec<Member> {
        let pieces = self.words.parts(Body::Members, body);
        pieces.into_iter().map(|piece| self.member(piece)).collect()
    }

    fn member(&self, range: Range<usize>) -> Member {
        let stop = match self.read_member(&range) {
            Ok(member) => return member,
            Err(stop) => stop,
        };
        let before = self.report.borrow().len();
        let kind = self.member_by_parts(&range, &stop);
        if self.report.borrow().len() == before && !self.prefers_parts {
            self.explain(&range, Grammar::member_chunk, &stop);
        }
        let span = self.span(&range);
        let docs = trivia::docs_before(self.file, self.text, self.tokens, span.start as usize);
        Member { docs, kind, span }
    }

    fn read_member(&self, range: &Range<usize>) -> Result<Member, Stop> {
        let is_compound = matches!(self.words.word(range.start), "on" | "when" | "for" | "machine" | "rule");
        if self.prefers_parts && is_compound && self.words.body(range).is_some() {
            return Err(Stop::empty());
        }
        self.read(Grammar::member_chunk, range, Builder::member)
    }

    fn member_by_parts(&self, range: &Range<usize>, stop: &Stop) -> MemberKind {
        let by_parts = self.body(range).and_then(|(end, first, close)| {
            let (head, body) = (range.start..end, first..close);
            let whole = self.member_kind(head, body)?;
            if close + 1 < range.end {
                self.explain(range, Grammar::member_chunk, stop);
            }
            Some(whole)
        });
        by_parts.unwrap_or_else(|| {
            self.explain(range, Grammar::member_chunk, stop);
            MemberKind::Broken(self.broken(range, Some(range.start + 1)))
        })
    }

    /// Head and body, each by itself; none where no such member has a body.
    fn member_kind(&self, head: Range<usize>, body: Range<usize>) -> Option<MemberKind> {
        let whole = head.start..body.end;
        Some(match self.words.word(head.start) {
            "on" => {
                let body = self.statements(body);
                let on = |(trigger, filter)| MemberKind::On(On { trigger, filter, body });
                self.with_member_head(head, whole, Grammar::on_head_chunk, Builder::on_head, on)
            }
            "when" => {
                let body = self.statements(body);
                let when = |condition| MemberKind::When(When { condition, body });
                self.with_member_head(head, whole, Grammar::when_head_chunk, Builder::when_head, when)
            }
            "for" => {
                let members = self.members(body);
                let each = |(variable, part)| MemberKind::ForEach(ForEach { variable, part, members });
                let chunk = Grammar::for_each_head_chunk;
                self.with_member_head(head, whole, chunk, Builder::for_each_head, each)
            }
            "machine" => {
                let (transitions, broken) = self.transitions(body);
                let machine = |name| MemberKind::Machine(Machine { name, transitions, broken });
                let chunk = Grammar::machine_head_chunk;
                self.with_member_head(head, whole, chunk, Builder::machine_head, machine)
            }
            "rule" => {
                let mut items = Rule::unread(self.span(&head));
                self.rule_items(&mut items, body);
                let rule = |head: Rule| {
                    let Rule { name, trigger, hold, until, repeat, .. } = head;
                    MemberKind::Rule(Rule { name, trigger, hold, until, repeat, ..items })
                };
                self.with_member_head(head, whole, Grammar::rule_head_chunk, Builder::rule_head, rule)
            }
            _ => return None,
        })
    }

    fn with_member_head<'s, T>(
        &'s self,
        head: Range<usize>,
        whole: Range<usize>,
        chunk: Grammar,
        read: impl FnOnce(&Builder<'s>, Node) -> T,
        build: impl FnOnce(T) -> MemberKind,
    ) -> MemberKind {
        match self.read(chunk, &head, read) {
            Ok(parts) => build(parts),
            Err(stop) => {
                self.explain(&head, chunk, &stop);
                MemberKind::Broken(self.broken(&whole, Some(head.start + 1)))
            }
        }
    }

    fn statements(&self, body: Range<usize>) -> Vec<Statement> {
        let chunk = Grammar::statement_chunk;
        self.parts(Body::Statements, body, chunk, Builder::statement, |piece, stop| {
            self.explain(&piece, chunk, &stop);
            let span = self.span(&piece);
            Statement { kind: StatementKind::Broken(self.broken(&piece, None)), span }
        })
    }

    fn transitions(&self, body: Range<usize>) -> (Vec<Transition>, Vec<Broken>) {
        let chunk = Grammar::transition_chunk;
        let mut broken = Vec::new();
        let build = |builder: &Builder, node: Node| Some(builder.transition(node));
        let lines = self.parts(Body::Transitions, body, chunk, build, |piece, stop| {
            let line = self.transition_by_parts(&piece);
            if line.is_none() {
                self.explain(&piece, chunk, &stop);
                broken.push(self.broken(&piece, None));
            }
            line
        });
        (lines.into_iter().flatten().collect(), broken)
    }

    /// A line whose head is fine and whose body says what is wrong with it.
    fn transition_by_parts(&self, range: &Range<usize>) -> Option<Transition> {
        let (open, close) = self.words.body(range)?;
        let chunk = Grammar::transition_head_chunk;
        let head = self.read(chunk, &(range.start..open), Builder::transition_head).ok()?;
        let before = self.report.borrow().len();
        let body = self.statements(open + 1..close.max(open + 1));
        let is_explained = self.report.borrow().len() > before;
        is_explained.then(|| Transition { body, span: self.span(range), ..head })
    }

    fn rule_items(&self, rule: &mut Rule, body: Range<usize>) {
        let chunk = Grammar::rule_item_chunk;
        for piece in self.words.parts(Body::RuleItems, body) {
            let read = self.read(chunk, &piece, |builder, node| builder.rule_item(rule, node));
            if let Err(stop) = read {
                self.explain(&piece, chunk, &stop);
                rule.broken.push(self.broken(&piece, None));
            }
        }
    }
}
