//! What is known of every name, for editors.

use crate::checker::Checker;
use crate::exprs::FORMS;
use crate::hir::{self, Expr, Fact, SignalId};
use crate::types::Resolved;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Docs, Ident};

impl Checker<'_> {
    fn insert_fact(&mut self, name: &Ident, fact: Fact) {
        self.facts.facts.entry(name.span).or_insert(fact);
    }

    fn value_words(&self, expr: &Expr) -> String {
        let ty = self.type_text(&expr.ty, expr.unit.as_ref());
        if expr.optional { format!("{ty}, may be absent") } else { ty }
    }

    /// A name that is read.
    pub fn note(&mut self, name: &Ident, expr: &Expr, definition: Option<Span>, doc: &str) {
        let fact = Fact {
            name: name.text.clone(),
            ty: self.value_words(expr),
            changes: self.clock_words(&expr.clock),
            doc: doc.to_string(),
            definition,
            signal: None,
        };
        self.insert_fact(name, fact);
    }

    /// A signal that is read.
    pub fn note_signal(&mut self, name: &Ident, expr: &Expr, definition: Span, doc: &str, id: SignalId) {
        let fact = Fact {
            name: name.text.clone(),
            ty: self.value_words(expr),
            changes: self.clock_words(&expr.clock),
            doc: doc.to_string(),
            definition: Some(definition),
            signal: self.twin.id.map(|twin| (twin, id)),
        };
        self.insert_fact(name, fact);
    }

    /// A signal where it is declared.
    pub fn note_declared(&mut self, name: &Ident, id: SignalId) {
        let Some(signal) = self.signal(id) else { return };
        let ty = self.type_text(&signal.ty, signal.unit.as_ref());
        let fact = Fact {
            name: name.text.clone(),
            ty: if signal.optional { format!("{ty}, may be absent") } else { ty },
            changes: self.clock_words(&signal.clock),
            doc: signal.doc.clone(),
            definition: Some(signal.span),
            signal: self.twin.id.map(|twin| (twin, id)),
        };
        self.insert_fact(name, fact);
    }

    /// A signal that is assigned or reset.
    pub fn note_read(&mut self, name: &Ident, id: SignalId) {
        self.note_declared(name, id);
    }

    pub fn note_field(&mut self, name: &Ident, resolved: &Resolved, docs: Option<&Docs>) {
        let ty = self.type_text(&resolved.ty, resolved.unit.as_ref());
        let fact = Fact {
            name: name.text.clone(),
            ty: if resolved.optional { format!("{ty}, may be absent") } else { ty },
            changes: String::new(),
            doc: docs.map_or(String::new(), |d| d.text.clone()),
            definition: Some(name.span),
            signal: None,
        };
        self.insert_fact(name, fact);
    }

    pub fn note_rule(&mut self, name: &Ident, rule: &hir::Rule) {
        let fact = Fact {
            name: name.text.clone(),
            ty: format!("rule, {}", rule.severity),
            changes: String::new(),
            doc: rule.doc.clone(),
            definition: Some(rule.span),
            signal: None,
        };
        self.insert_fact(name, fact);
    }

    /// A source, table, sink, schema … where it is named.
    pub fn note_stream(&mut self, name: &Ident) {
        let Some(named) = self.named(&name.text) else { return };
        let definition = named.span;
        let (ty, doc) = match named.global {
            crate::modules::Global::Source(id) => {
                let source = self.program.sources.get(id.index());
                let schema = source.and_then(|s| self.program.schemas.get(s.schema.index()));
                (format!("source of {}", schema.map_or("?", |s| &s.name)), source.map(|s| s.doc.clone()))
            }
            crate::modules::Global::Table(id) => {
                let table = self.program.tables.get(id.index());
                let schema = table.and_then(|t| self.program.schemas.get(t.schema.index()));
                (format!("table of {}", schema.map_or("?", |s| &s.name)), table.map(|t| t.doc.clone()))
            }
            crate::modules::Global::Sink(id) => {
                let is_command = self.program.sinks.get(id.index()).is_some_and(|s| s.command.is_some());
                (if is_command { "command" } else { "sink" }.to_string(), None)
            }
            _ => return,
        };
        let fact = Fact {
            name: name.text.clone(),
            ty,
            changes: String::new(),
            doc: doc.unwrap_or_default(),
            definition: Some(definition),
            signal: None,
        };
        self.insert_fact(name, fact);
    }

    /// A builtin or form that is called.
    pub fn note_call(&mut self, name: &Ident) {
        let form =
            FORMS.iter().find(|(form, ..)| *form == name.text).map(|(_, signature, doc)| (*signature, *doc));
        let builtin = self.library.builtin(&name.text).map(|(_, b)| (b.signature, b.doc));
        let Some((signature, doc)) = form.or(builtin) else { return };
        let fact = Fact {
            name: name.text.clone(),
            ty: format!("{}{signature}", name.text),
            changes: String::new(),
            doc: doc.to_string(),
            definition: None,
            signal: None,
        };
        self.insert_fact(name, fact);
    }

    /// A function or block of the program or the library.
    pub fn note_code(&mut self, name: &Ident, item: &ast::Item) {
        let signature = match &item.kind {
            ast::ItemKind::Function(f) => &f.signature,
            ast::ItemKind::Block(b) => &b.signature,
            ast::ItemKind::Model(m) => &m.signature,
            _ => return,
        };
        let text = self.world.text(signature.span);
        let fact = Fact {
            name: name.text.clone(),
            ty: format!("{}{}", name.text, text.split_whitespace().collect::<Vec<_>>().join(" ")),
            changes: String::new(),
            doc: item.docs.as_ref().map_or(String::new(), |d| d.text.clone()),
            definition: item.name().map(|n| n.span),
            signal: None,
        };
        self.insert_fact(name, fact);
    }
}
