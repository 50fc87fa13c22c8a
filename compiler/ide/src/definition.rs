//! Where the name under a cursor is declared.

use crate::project::Project;
use crate::text::word_at;
use twin_diagnostics::{FileId, Span};
use twin_syntax::ast::{self, Ident, ItemKind};

/// The place where the name at `offset` is declared: a name's own place in its file.
pub fn definition(project: &Project, file: FileId, offset: usize) -> Option<Span> {
    if let Some((_, fact)) = project.fact_at(file, offset)
        && let Some(place) = fact.definition
    {
        return Some(place);
    }
    if let Some(place) = of_use(project, file, offset) {
        return Some(place);
    }
    let text = project.text(file);
    declared(project, file, &text[word_at(text, offset)?]).map(|(file, name)| Span { file, ..name.span })
}

/// What a name at the top of a file stands for: an item of the file, or of one that it uses.
pub(crate) fn declared(project: &Project, file: FileId, name: &str) -> Option<(FileId, Ident)> {
    let tree = project.tree(file);
    for item in &tree.items {
        if let ItemKind::Use(used) = &item.kind {
            if let Some(found) = used_name(project, used, name) {
                return Some(found);
            }
        } else if let Some(own) = item.name().filter(|own| own.text == name) {
            return Some((file, own.clone()));
        }
    }
    None
}

/// The item of a name that is declared in a file.
pub(crate) fn item<'t>(tree: &'t ast::Module, name: &Ident) -> Option<&'t ast::Item> {
    tree.items.iter().find(|item| item.name().is_some_and(|own| own.span == name.span))
}

fn used_name(project: &Project, used: &ast::Use, name: &str) -> Option<(FileId, Ident)> {
    let words: Vec<&str> = used.path.iter().map(|word| word.text.as_str()).collect();
    let (last, parent) = words.split_last()?;
    if let Some(file) = project.module(&words.join(".")) {
        return own(project, file, name);
    }
    let called = used.alias.as_ref().map_or(*last, |alias| alias.text.as_str());
    if called != name {
        return None;
    }
    own(project, project.module(&parent.join("."))?, last)
}

fn own(project: &Project, file: FileId, name: &str) -> Option<(FileId, Ident)> {
    let tree = project.tree(file);
    let items = tree.items.iter().filter(|item| !matches!(item.kind, ItemKind::Use(_)));
    let found = items.filter_map(ast::Item::name).find(|own| own.text == name)?;
    Some((file, found.clone()))
}

/// In a `use` line: the module's file, or what its last word names.
fn of_use(project: &Project, file: FileId, offset: usize) -> Option<Span> {
    let tree = project.tree(file);
    let (used, at) = tree.items.iter().find_map(|item| match &item.kind {
        ItemKind::Use(used) => used.path.iter().position(|w| w.span.touches(offset)).map(|at| (used, at)),
        _ => None,
    })?;
    let words: Vec<&str> = used.path.iter().map(|word| word.text.as_str()).collect();
    if let Some(module) = project.module(&words[..=at].join(".")) {
        return Some(Span::new(module, 0, 0));
    }
    let module = project.module(&words[..at].join("."))?;
    own(project, module, words[at]).map(|(file, name)| Span { file, ..name.span })
}
