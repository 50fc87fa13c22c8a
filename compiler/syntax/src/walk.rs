//! The spans of everything that an `allow` can stand beside.

use twin_diagnostics::Span;

use crate::ast::*;

/// Items, members, fields, settings, transitions, statements and test steps.
pub(crate) fn spans(module: &Module) -> Vec<Span> {
    let mut spans = Vec::new();
    for item in &module.items {
        spans.push(item.span);
        match &item.kind {
            ItemKind::Enum(item) => spans.extend(item.values.iter().map(|value| value.span)),
            ItemKind::Schema(item) => spans.extend(item.fields.iter().map(|field| field.span)),
            ItemKind::Stream(item) => spans.extend(item.settings.iter().map(|setting| setting.span)),
            ItemKind::Function(item) => spans.extend(item.lets.iter().map(|line| line.span)),
            ItemKind::Block(item) => members(&item.members, &mut spans),
            ItemKind::Twin(item) => members(&item.members, &mut spans),
            ItemKind::Test(item) => spans.extend(item.steps.iter().map(|step| step.span)),
            ItemKind::Scenario(item) => spans.extend(item.sets.iter().map(|set| set.span)),
            ItemKind::Use(_) | ItemKind::Unit(_) | ItemKind::Model(_) | ItemKind::Broken(_) => {}
        }
    }
    spans
}

fn members(all: &[Member], spans: &mut Vec<Span>) {
    for member in all {
        spans.push(member.span);
        match &member.kind {
            MemberKind::On(member) => statements(&member.body, spans),
            MemberKind::When(member) => statements(&member.body, spans),
            MemberKind::ForEach(member) => members(&member.members, spans),
            MemberKind::Machine(member) => {
                for transition in &member.transitions {
                    spans.push(transition.span);
                    statements(&transition.body, spans);
                }
            }
            MemberKind::Rule(member) => {
                statements(&member.actions, spans);
                statements(&member.on_clear, spans);
            }
            _ => {}
        }
    }
}

fn statements(all: &[Statement], spans: &mut Vec<Span>) {
    for statement in all {
        spans.push(statement.span);
        if let StatementKind::If { then, otherwise, .. } = &statement.kind {
            statements(then, spans);
            statements(otherwise, spans);
        }
    }
}
