//! The files of a program, and which names each of them sees.

use crate::checker::Checker;
use crate::errors::names as errors;
use crate::hir::{SchemaId, SinkId, SourceId, TableId, TwinId};
use crate::scope::nearest;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Item, ItemKind};
use twin_types::EnumId;

/// One file, read.
pub(crate) struct LoadedModule {
    /// Its module path; empty for the main file.
    pub path: String,
    pub ast: Rc<ast::Module>,
    /// What its names stand for.
    pub names: BTreeMap<String, Named>,
    /// Part of the library, whose findings are not the user's.
    pub is_library: bool,
}

/// A name of a file: what it stands for, and whether anything reads it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub global: Global,
    pub span: Span,
    pub is_used: Cell<bool>,
    /// It came by a `use` of its own.
    pub by_use: bool,
}

/// What a name at the top level of a file stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Global {
    Enum(EnumId),
    Schema(SchemaId),
    Source(SourceId),
    Table(TableId),
    Sink(SinkId),
    Twin(TwinId),
    /// A function, block, model or scenario: module and item.
    Code(usize, usize),
    Unit,
    /// Not readable, or not declared yet.
    Unknown,
}

impl Checker<'_> {
    /// Reads the main file and, in the order in which they are named, all that it uses.
    pub fn load(&mut self, main: &ast::Module) {
        self.add_module(String::new(), Rc::new(main.clone()));
        let mut at = 0;
        while let Some(module) = self.modules.get(at) {
            let ast = module.ast.clone();
            for item in &ast.items {
                if let ItemKind::Use(used) = &item.kind {
                    self.load_used(used);
                }
            }
            at += 1;
        }
    }

    fn add_module(&mut self, path: String, ast: Rc<ast::Module>) {
        let is_library = self.library.files.iter().any(|f| f.module == path);
        self.modules.push(LoadedModule { path, ast, names: BTreeMap::new(), is_library });
    }

    fn load_used(&mut self, used: &ast::Use) {
        let words: Vec<&str> = used.path.iter().map(|word| word.text.as_str()).collect();
        for length in [words.len(), words.len().saturating_sub(1)] {
            let path = words.get(..length).unwrap_or_default().join(".");
            if path.is_empty() || self.modules.iter().any(|m| m.path == path) {
                continue;
            }
            if let Some((file, text)) = self.world.module(&path) {
                let parse = twin_syntax::parse(file, &text);
                self.report.extend(parse.report);
                self.add_module(path, Rc::new(parse.module));
                return;
            }
        }
    }

    /// Enters a name into a file; a second one of the same name is reported.
    pub fn declare(&mut self, module: usize, name: &ast::Ident, global: Global) {
        self.enter(module, name, global, false);
    }

    fn enter(&mut self, module: usize, name: &ast::Ident, global: Global, by_use: bool) {
        let Some(loaded) = self.modules.get_mut(module) else { return };
        if let Some(first) = loaded.names.get(&name.text) {
            if !(by_use && first.global == global) {
                let first = first.span;
                let finding = errors::declared_twice(name, first, self.world);
                self.push(finding);
            }
            return;
        }
        let named = Named { global, span: name.span, is_used: Cell::new(false), by_use };
        loaded.names.insert(name.text.clone(), named);
    }

    /// Enters what `use` names, once every file has declared its own.
    pub fn enter_used(&mut self) {
        for at in 0..self.modules.len() {
            let ast = self.modules[at].ast.clone();
            for item in &ast.items {
                if let ItemKind::Use(used) = &item.kind {
                    self.enter_one_use(at, used);
                }
            }
        }
    }

    fn enter_one_use(&mut self, module: usize, used: &ast::Use) {
        let words: Vec<&str> = used.path.iter().map(|word| word.text.as_str()).collect();
        let Some(last) = used.path.last() else { return };
        if let Some(whole) = self.module_named(&words.join(".")) {
            let names: Vec<(String, Named)> = self.own_names(whole);
            for (text, named) in names {
                let name = ast::Ident { text, span: last.span };
                if !self.modules[module].names.contains_key(&name.text) {
                    self.enter(module, &name, named.global, false);
                }
            }
            return;
        }
        let parent = words.get(..words.len().saturating_sub(1)).unwrap_or_default().join(".");
        let Some(from) = self.module_named(&parent) else {
            let names: Vec<&str> = self.library.files.iter().map(|f| f.module).collect();
            let finding = errors::unknown_module(used, nearest(&parent, names.iter().copied()), &names);
            self.push(finding);
            self.enter(module, used.alias.as_ref().unwrap_or(last), Global::Unknown, false);
            return;
        };
        let global = self.modules[from].names.get(&last.text).map(|named| named.global);
        let name = used.alias.as_ref().unwrap_or(last);
        match global {
            Some(global) => self.enter(module, name, global, true),
            None => {
                let names = self.own_names(from);
                let near = nearest(&last.text, names.iter().map(|(name, _)| name.as_str()));
                let finding = errors::not_in_module(last, &parent, near);
                self.push(finding);
                self.enter(module, name, Global::Unknown, false);
            }
        }
    }

    fn module_named(&self, path: &str) -> Option<usize> {
        self.modules.iter().position(|m| !path.is_empty() && m.path == path)
    }

    fn own_names(&self, module: usize) -> Vec<(String, Named)> {
        let names = self.modules.get(module).map(|m| m.names.iter());
        names.into_iter().flatten().filter(|(_, n)| !n.by_use).map(|(t, n)| (t.clone(), n.clone())).collect()
    }

    /// What a name of the file we are in stands for.
    pub fn global(&self, name: &str) -> Option<Global> {
        self.named(name).map(|named| named.global)
    }

    /// The same with the place where it is declared.
    pub fn named(&self, name: &str) -> Option<&Named> {
        let named = self.modules.get(self.module_here())?.names.get(name)?;
        named.is_used.set(true);
        Some(named)
    }

    pub fn global_names(&self) -> Vec<String> {
        self.modules.get(self.module_here()).map(|m| m.names.keys().cloned().collect()).unwrap_or_default()
    }

    /// An item by module and place.
    pub fn item(&self, module: usize, item: usize) -> Option<(Rc<ast::Module>, &Item)> {
        let loaded = self.modules.get(module)?;
        Some((loaded.ast.clone(), loaded.ast.items.get(item)?))
    }

    /// A `use` that nothing reads.
    pub fn report_unused(&mut self) {
        let mut unused = Vec::new();
        for module in self.modules.iter().filter(|m| !m.is_library) {
            for (name, named) in &module.names {
                if named.by_use && !named.is_used.get() && named.global != Global::Unknown {
                    unused.push((name.clone(), named.span));
                }
            }
        }
        for (name, span) in unused {
            self.push(errors::unused_use(&name, span));
        }
    }
}
