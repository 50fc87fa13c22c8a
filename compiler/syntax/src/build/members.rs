//! Members of twins and blocks, and statements.

use twin_diagnostics::Span;

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

impl Builder<'_> {
    /// A `member` node.
    pub(crate) fn member(&self, node: Node) -> Member {
        let node = only(node);
        let span = self.span(&node);
        let docs = self.docs(span);
        Member { docs, kind: self.member_kind(node), span }
    }

    fn member_kind(&self, node: Node) -> MemberKind {
        let rule = node.as_rule();
        match rule {
            Rule::let_line => return MemberKind::Let(self.let_line(node)),
            Rule::emit => return MemberKind::Emit(self.emit(node)),
            Rule::rule_line => return MemberKind::Rule(self.rule(node)),
            Rule::machine => return MemberKind::Machine(self.machine(node)),
            _ => {}
        }
        let mut parts = Parts::of(node);
        match rule {
            Rule::key => MemberKind::Key(self.ident(parts.need(Rule::name))),
            Rule::return_line => MemberKind::Return(self.expr(parts.need(Rule::expr))),
            Rule::input => MemberKind::Input(self.input(&mut parts)),
            Rule::param => MemberKind::Param(self.param(&mut parts)),
            Rule::state => MemberKind::State(self.state(&mut parts)),
            Rule::part => MemberKind::Part(self.part(&mut parts)),
            Rule::derivative => {
                let state = self.ident(parts.need(Rule::name));
                let value = self.expr(parts.need(Rule::expr));
                MemberKind::Derivative(Derivative { state, value })
            }
            Rule::on => {
                let (trigger, filter) = self.on_head(parts.need(Rule::on_head));
                let body = self.statements(parts.need(Rule::statements));
                MemberKind::On(On { trigger, filter, body })
            }
            Rule::when_line => {
                let condition = self.when_head(parts.need(Rule::when_head));
                MemberKind::When(When { condition, body: self.statements(parts.need(Rule::statements)) })
            }
            Rule::for_each => {
                let (variable, part) = self.for_each_head(parts.need(Rule::for_each_head));
                let members = parts.all(Rule::member).into_iter().map(|member| self.member(member));
                MemberKind::ForEach(ForEach { variable, part, members: members.collect() })
            }
            other => unreachable!("{other:?} is no member"),
        }
    }

    fn input(&self, parts: &mut Parts) -> Input {
        let name = self.ident(parts.need(Rule::name));
        Input { name, by: parts.take(Rule::call_operand).map(|by| self.operand(by)) }
    }

    fn param(&self, parts: &mut Parts) -> Param {
        let name = self.ident(parts.need(Rule::name));
        let ty = parts.take(Rule::type_expr).map(|ty| self.type_expr(ty));
        Param { name, ty, default: parts.take(Rule::expr).map(|default| self.expr(default)) }
    }

    fn state(&self, parts: &mut Parts) -> State {
        let name = self.ident(parts.need(Rule::name));
        let ty = parts.take(Rule::type_expr).map(|ty| self.type_expr(ty));
        State { name, ty, initial: self.expr(parts.need(Rule::expr)) }
    }

    fn part(&self, parts: &mut Parts) -> Part {
        let name = self.ident(parts.need(Rule::name));
        let twin = self.ident(parts.need(Rule::name));
        let by = parts.take(Rule::call_operand).map(|by| self.operand(by));
        Part { name, twin, by, lateness: parts.take(Rule::operand).map(|lateness| self.operand(lateness)) }
    }

    /// Trigger and filter of an `on`.
    pub(crate) fn on_head(&self, node: Node) -> (Expr, Option<Expr>) {
        let mut parts = Parts::of(node);
        let trigger = self.expr(parts.need(Rule::expr));
        (trigger, parts.take(Rule::filter).map(|filter| self.filter(filter)))
    }

    /// The condition of a `when`.
    pub(crate) fn when_head(&self, node: Node) -> Expr {
        self.expr(Parts::of(node).need(Rule::expr))
    }

    /// Variable and part of a `for`.
    pub(crate) fn for_each_head(&self, node: Node) -> (Ident, Expr) {
        let mut parts = Parts::of(node);
        let variable = self.ident(parts.need(Rule::name));
        (variable, self.operand(parts.need(Rule::operand)))
    }

    /// A `let_line` node.
    pub(crate) fn let_line(&self, node: Node) -> Let {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let ty = parts.take(Rule::type_expr).map(|ty| self.type_expr(ty));
        let value = self.expr(parts.need(Rule::expr));
        Let { name, ty, value, every: parts.take(Rule::every).map(|every| self.every(every)), span }
    }

    fn emit(&self, node: Node) -> Emit {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let sink = self.ident(parts.need(Rule::name));
        let record = self.record(parts.need(Rule::record));
        let every = parts.take(Rule::every).map(|every| self.every(every));
        let always = parts.take(Rule::kw_always).is_some();
        let when = parts.take(Rule::expr).map(|when| self.expr(when));
        Emit { sink, record, every, always, when, span }
    }

    /// `hold`, `within` and their kin: the operand behind the word.
    pub(super) fn operand_of(&self, node: Node) -> Expr {
        self.operand(Parts::of(node).need(Rule::operand))
    }

    fn machine(&self, node: Node) -> Machine {
        let mut parts = Parts::of(node);
        let name = self.machine_head(parts.need(Rule::machine_head));
        let lines = parts.all(Rule::transition);
        let transitions = lines.into_iter().map(|line| self.transition(line)).collect();
        Machine { name, transitions, broken: Vec::new() }
    }

    /// The name of a machine.
    pub(crate) fn machine_head(&self, node: Node) -> Ident {
        self.ident(Parts::of(node).need(Rule::name))
    }

    /// A `transition` node.
    pub(crate) fn transition(&self, node: Node) -> Transition {
        let span = self.span(&node);
        self.check_line_start(span);
        let mut parts = Parts::of(node);
        let head = self.transition_head(parts.need(Rule::transition_head));
        let body = parts.take(Rule::statements).map_or_else(Vec::new, |body| self.statements(body));
        Transition { body, span, ..head }
    }

    /// A transition without its body.
    pub(crate) fn transition_head(&self, node: Node) -> Transition {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let from = self.ident(parts.need(Rule::name));
        let from = if from.text == "any" { None } else { Some(from) };
        let to = self.ident(parts.need(Rule::name));
        let condition = self.expr(parts.need(Rule::expr));
        let hold = parts.take(Rule::hold).map(|hold| self.operand_of(hold));
        Transition { from, to, condition, hold, body: Vec::new(), span }
    }

    /// A machine's lines must not share one: `when x > 5 running -> …` would read `running` as a unit.
    fn check_line_start(&self, span: Span) {
        let before = self.text[..span.start as usize].trim_end_matches([' ', '\t']);
        if !before.is_empty() && !before.ends_with(['\n', '\r', '{']) {
            self.push(errors::transition_needs_its_line(span));
        }
    }

    /// A `statements` node.
    pub(crate) fn statements(&self, node: Node) -> Vec<Statement> {
        let statements = Parts::of(node).all(Rule::statement);
        statements.into_iter().map(|statement| self.statement(statement)).collect()
    }

    /// A `statement` node.
    pub(crate) fn statement(&self, node: Node) -> Statement {
        self.statement_choice(only(node))
    }

    /// What a `statement` or a `rule_item` holds.
    pub(super) fn statement_choice(&self, node: Node) -> Statement {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::if_statement => self.if_statement(node),
            Rule::emit => StatementKind::Emit(self.emit_statement(node)),
            Rule::let_line => StatementKind::Let(self.let_line(node)),
            Rule::reset => StatementKind::Reset(self.ident(Parts::of(node).need(Rule::name))),
            _ => {
                let mut parts = Parts::of(node);
                let target = self.operand(parts.need(Rule::target));
                StatementKind::Assign { target, value: self.expr(parts.need(Rule::expr)) }
            }
        };
        Statement { kind, span }
    }

    fn emit_statement(&self, node: Node) -> Emit {
        let emit = self.emit(node);
        if let Some(clause) = emit.every.as_ref().or(emit.when.as_ref()) {
            self.push(errors::emit_clause_in_body(clause.span));
        }
        emit
    }

    fn if_statement(&self, node: Node) -> StatementKind {
        let mut parts = Parts::of(node);
        let condition = self.expr(parts.need(Rule::expr));
        let then = self.statements(parts.need(Rule::statements));
        let otherwise = match parts.next() {
            None => Vec::new(),
            Some(node) if node.as_rule() == Rule::if_statement => vec![self.statement_choice(node)],
            Some(node) => self.statements(node),
        };
        StatementKind::If { condition, then, otherwise }
    }
}
