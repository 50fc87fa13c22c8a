//! `use` lines: what may be written in one, and the one that a name of the library needs.

use super::{CompletionKind, Edit, List, kind_of, offers};
use crate::scope::NameKind;
use twin_syntax::ast::{self, ItemKind};

impl List<'_> {
    /// Whether the dotted words before the cursor belong to a `use`.
    pub(super) fn uses_path(&self) -> bool {
        let mut at = 0;
        while self.place.back(at) == "." {
            at += 2;
        }
        self.place.back(at) == "use" && self.place.frames.is_empty()
    }

    /// Modules below a path, and what is in the module of that path.
    pub(super) fn modules(&mut self, path: &[String]) {
        let path = path.join(".");
        let below = if path.is_empty() { String::new() } else { format!("{path}.") };
        for file in self.project.library.files {
            if let Some(rest) = file.module.strip_prefix(&below) {
                let next = rest.split('.').next().unwrap_or(rest);
                let doc = if next == rest { first_docs(file.text) } else { String::new() };
                self.add(next, CompletionKind::Module, "library", &doc, 0);
            }
        }
        for offer in offers(self.project).iter().filter(|offer| offer.module == path) {
            let detail = format!("{}{}", offer.name, offer.signature);
            self.add(&offer.name, kind_of(offer), &detail, &offer.doc, 1);
        }
        if let Some(file) = self.project.module(&path).filter(|file| *file != self.file) {
            let tree = self.project.tree(file);
            let names = tree.items.iter().filter(|item| !matches!(item.kind, ItemKind::Use(_)));
            for name in names.filter_map(ast::Item::name) {
                self.add(&name.text, CompletionKind::Name(NameKind::Type), "", "", 2);
            }
        }
    }
}

/// The `//!` lines of a module.
fn first_docs(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The name by which something of the library goes here, where a `use` names it or its module; else the line to add.
pub(super) fn line_for(
    text: &str,
    tree: &ast::Module,
    module: &str,
    name: &str,
) -> (Option<String>, Option<Edit>) {
    let whole = format!("{module}.{name}");
    for item in &tree.items {
        let ItemKind::Use(used) = &item.kind else { continue };
        let path = path_of(used);
        if path == whole {
            return (used.alias.as_ref().map(|alias| alias.text.clone()), None);
        }
        if path == module {
            return (None, None);
        }
    }
    (None, Some(new_line(text, tree, &whole)))
}

/// The library's name of what goes by an alias here.
pub(super) fn original(tree: &ast::Module, alias: &str) -> Option<String> {
    tree.items.iter().find_map(|item| match &item.kind {
        ItemKind::Use(used) if used.alias.as_ref().is_some_and(|name| name.text == alias) => {
            used.path.last().map(|word| word.text.clone())
        }
        _ => None,
    })
}

fn path_of(used: &ast::Use) -> String {
    used.path.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".")
}

/// Behind the last `use`; else before the first item and its documentation.
fn new_line(text: &str, tree: &ast::Module, path: &str) -> Edit {
    let mut uses = tree.items.iter().rev().filter(|item| matches!(item.kind, ItemKind::Use(_)));
    if let Some(last) = uses.next() {
        let end = last.span.end as usize;
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        return Edit { range: line_end..line_end, text: format!("\nuse {path}") };
    }
    if let Some(docs) = &tree.docs {
        let end = docs.span.end as usize;
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        return Edit { range: line_end..line_end, text: format!("\n\nuse {path}") };
    }
    Edit { range: 0..0, text: format!("use {path}\n\n") }
}
