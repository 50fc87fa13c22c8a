//! What a file declares, as a tree for an outline.

use crate::project::Project;
use twin_diagnostics::{FileId, Span};
use twin_syntax::ast::{Ident, Item, ItemKind, Member, MemberKind, Text};

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum SymbolKind {
    Unit,
    Enum,
    EnumValue,
    Schema,
    Field,
    Stream,
    Function,
    Block,
    Twin,
    Test,
    Scenario,
    Param,
    Signal,
    State,
    Machine,
    Rule,
    Input,
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its type, or what it is.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// Its name's place.
    pub name_span: Span,
    /// What it holds.
    pub children: Vec<Symbol>,
}

/// Everything that a file declares.
pub fn symbols(project: &Project, file: FileId) -> Vec<Symbol> {
    project.tree(file).items.iter().filter_map(|item| of_item(project, item)).collect()
}

fn of_item(project: &Project, item: &Item) -> Option<Symbol> {
    let (kind, detail, children) = match &item.kind {
        ItemKind::Use(_) | ItemKind::Broken(_) => return None,
        ItemKind::Unit(_) => (SymbolKind::Unit, "unit", Vec::new()),
        ItemKind::Enum(item) => {
            let value =
                |v: &twin_syntax::ast::EnumValue| leaf(project, &v.name, SymbolKind::EnumValue, v.span);
            (SymbolKind::Enum, "enum", item.values.iter().map(value).collect())
        }
        ItemKind::Schema(item) => {
            let field = |f: &twin_syntax::ast::SchemaField| leaf(project, &f.name, SymbolKind::Field, f.span);
            (SymbolKind::Schema, "schema", item.fields.iter().map(field).collect())
        }
        ItemKind::Stream(item) => (SymbolKind::Stream, item.kind.keyword(), Vec::new()),
        ItemKind::Function(_) => (SymbolKind::Function, "fn", Vec::new()),
        ItemKind::Model(_) => (SymbolKind::Function, "model", Vec::new()),
        ItemKind::Block(item) => (SymbolKind::Block, "block", members(project, &item.members)),
        ItemKind::Twin(item) => (SymbolKind::Twin, "twin", members(project, &item.members)),
        ItemKind::Scenario(_) => (SymbolKind::Scenario, "scenario", Vec::new()),
        ItemKind::Test(test) => return Some(of_test(&test.name, item.span)),
    };
    let name = item.name()?;
    Some(Symbol {
        name: name.text.clone(),
        detail: detail.to_string(),
        kind,
        span: item.span,
        name_span: name.span,
        children,
    })
}

fn of_test(name: &Text, span: Span) -> Symbol {
    let shown = name.plain().unwrap_or_default();
    // An outline refuses an empty name.
    let shown = if shown.trim().is_empty() { "test".to_string() } else { shown };
    Symbol {
        name: shown,
        detail: "test".to_string(),
        kind: SymbolKind::Test,
        span,
        name_span: name.span,
        children: Vec::new(),
    }
}

fn members(project: &Project, members: &[Member]) -> Vec<Symbol> {
    let one = |member: &Member| {
        let kind = match &member.kind {
            MemberKind::Param(_) => SymbolKind::Param,
            MemberKind::Let(_) => SymbolKind::Signal,
            MemberKind::State(_) => SymbolKind::State,
            MemberKind::Machine(_) => SymbolKind::Machine,
            MemberKind::Rule(_) => SymbolKind::Rule,
            MemberKind::Input(_) | MemberKind::Part(_) => SymbolKind::Input,
            _ => return None,
        };
        Some(leaf(project, member.name()?, kind, member.span))
    };
    members.iter().filter_map(one).collect()
}

fn leaf(project: &Project, name: &Ident, kind: SymbolKind, span: Span) -> Symbol {
    Symbol {
        name: name.text.clone(),
        detail: project.fact(name.span).map_or(String::new(), |fact| fact.ty.clone()),
        kind,
        span: span.to(name.span),
        name_span: name.span,
        children: Vec::new(),
    }
}
