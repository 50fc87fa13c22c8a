//! Functions, blocks and their parameters.

use super::{CompletionKind, List, is_aggregate, kind_of, offers, uses};
use crate::library::signature_text;
use twin_syntax::ast::{ItemKind, Signature};

impl List<'_> {
    /// All that can be called: the language's own forms, builtins, the program's code, the library's modules.
    pub(super) fn functions(&mut self) {
        for (name, signature, doc) in twin_analysis::forms() {
            self.add(name, CompletionKind::Function, &format!("{name}{signature}"), doc, 2);
        }
        for builtin in self.project.library.builtins {
            let detail = format!("{}{}", builtin.name, builtin.signature);
            let rank = if is_aggregate(builtin.native) { 2 } else { 3 };
            self.add(builtin.name, CompletionKind::Function, &detail, builtin.doc, rank);
        }
        for code in self.own_code() {
            let kind = if code.is_block { CompletionKind::Block } else { CompletionKind::Function };
            self.add(&code.name, kind, &format!("{}{}", code.name, code.signature), &code.doc, 2);
            if let (Some(module), Some(added)) = (&code.module, self.items.last_mut()) {
                let text = self.project.text(self.file);
                added.also = uses::line_for(text, &self.scope.tree, module, &code.name).1;
            }
        }
        self.library_code();
    }

    /// What the library has, with the `use` line that it needs where there is none yet.
    fn library_code(&mut self) {
        for offer in offers(self.project) {
            let path = format!("{}.{}", offer.module, offer.name);
            let (alias, also) =
                uses::line_for(self.project.text(self.file), &self.scope.tree, offer.module, &offer.name);
            let label = alias.unwrap_or_else(|| offer.name.clone());
            let detail = format!("{}{}", offer.name, offer.signature);
            let doc = format!("{}\n\n`use {path}`", offer.doc);
            let rank = if also.is_some() { 4 } else { 2 };
            self.add(&label, kind_of(&offer), &detail, &doc, rank);
            if let Some(added) = self.items.last_mut() {
                added.also = also;
            }
        }
    }

    fn own_code(&self) -> Vec<OwnCode> {
        let mut all = Vec::new();
        for (id, file) in self.project.sources.iter() {
            let module = match self.project.origin(id) {
                _ if id == self.file => None,
                // Nothing uses the main file.
                crate::Origin::Project(name) if id.0 > 0 => Some(module_of(name)),
                _ => continue,
            };
            for item in &self.project.tree(id).items {
                let (name, signature, is_block) = match &item.kind {
                    ItemKind::Function(f) => (&f.name, &f.signature, false),
                    ItemKind::Block(b) => (&b.name, &b.signature, true),
                    _ => continue,
                };
                all.push(OwnCode {
                    module: module.clone(),
                    name: name.text.clone(),
                    signature: signature_text(&file.text, signature),
                    params: parameter_names(&file.text, signature),
                    doc: item.docs.as_ref().map_or(String::new(), |d| d.text.clone()),
                    is_block,
                });
            }
        }
        all
    }

    /// The parameters of the call around the cursor.
    pub(super) fn parameters(&mut self, callee: &str) {
        for (name, ty) in self.parameters_of(callee) {
            self.add(&format!("{name}:"), CompletionKind::Parameter, &ty, "", 0);
        }
    }

    /// The type of a parameter of the innermost call around the cursor.
    pub(super) fn parameter_type(&self, parameter: &str) -> Option<String> {
        let callee = self.place.frames.iter().rev().find_map(|frame| match frame {
            crate::place::Frame::Call(callee) => Some(callee),
            _ => None,
        })?;
        self.parameters_of(callee).into_iter().find(|(name, _)| name == parameter).map(|(_, ty)| ty)
    }

    fn parameters_of(&self, callee: &str) -> Vec<(String, String)> {
        if let Some(code) = self.own_code().into_iter().find(|code| code.name == callee) {
            return code.params;
        }
        let name = uses::original(&self.scope.tree, callee).unwrap_or_else(|| callee.to_string());
        let of_library =
            offers(self.project).into_iter().find(|offer| offer.name == name).map(|o| o.signature);
        let builtin = || self.project.library.builtin(callee).map(|(_, b)| b.signature.to_string());
        match of_library.or_else(builtin) {
            Some(signature) => match twin_syntax::parse_signature(&signature) {
                Ok(parsed) => parameter_names(&signature, &parsed),
                Err(_) => Vec::new(),
            },
            None => Vec::new(),
        }
    }
}

/// A function or block of the program.
struct OwnCode {
    /// The module, where it is another file's.
    module: Option<String>,
    name: String,
    signature: String,
    params: Vec<(String, String)>,
    doc: String,
    is_block: bool,
}

/// `fleet/rules.twin` is used as `fleet.rules`.
fn module_of(file: &str) -> String {
    file.trim_end_matches(".twin").replace('/', ".")
}

/// Names and types of a signature's parameters.
fn parameter_names(text: &str, signature: &Signature) -> Vec<(String, String)> {
    let one = |param: &twin_syntax::ast::Parameter| {
        let span = param.ty.as_ref().map(|ty| ty.span);
        let ty = span.and_then(|span| text.get(span.start as usize..span.end as usize)).unwrap_or("");
        (param.name.text.clone(), ty.trim_end_matches('?').to_string())
    };
    signature.params.iter().map(one).collect()
}
