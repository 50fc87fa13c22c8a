//! What the library offers to a program that has not asked for it yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use twin_diagnostics::FileId;
use twin_syntax::ast::{self, ItemKind};
use twin_types::{Library, LibraryFile};

/// A function or block of a library module.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// The module, e.g. `std.signal`.
    pub module: &'static str,
    /// Its name.
    pub name: String,
    /// Parameters and result, as written.
    pub signature: String,
    /// Names of its parameters, and whether each must be given.
    pub params: Vec<(String, bool)>,
    /// Its documentation.
    pub doc: String,
    /// Whether it has state.
    pub is_block: bool,
}

/// All functions and blocks of the library's modules. Each text is parsed once in a process.
pub(crate) fn offers(library: &Library) -> Vec<Offer> {
    /// By module and length: a test's library may have a module of the same name.
    type Parsed = BTreeMap<(&'static str, usize), Vec<Offer>>;
    static PARSED: OnceLock<Mutex<Parsed>> = OnceLock::new();
    let parsed = PARSED.get_or_init(Mutex::default);
    // What a panic left behind is whole: entries are only ever added.
    let mut parsed = parsed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let of_file = |file: &LibraryFile| {
        let key = (file.module, file.text.len());
        parsed.entry(key).or_insert_with(|| offers_of(file)).clone()
    };
    library.files.iter().flat_map(of_file).collect()
}

fn offers_of(file: &LibraryFile) -> Vec<Offer> {
    let module = twin_syntax::parse(FileId::default(), file.text).module;
    let offer = |item: &ast::Item| {
        let (name, signature, is_block) = match &item.kind {
            ItemKind::Function(f) => (&f.name, &f.signature, false),
            ItemKind::Block(b) => (&b.name, &b.signature, true),
            _ => return None,
        };
        Some(Offer {
            module: file.module,
            name: name.text.clone(),
            signature: signature_text(file.text, signature),
            params: signature.params.iter().map(|p| (p.name.text.clone(), p.default.is_none())).collect(),
            doc: item.docs.as_ref().map_or(String::new(), |d| d.text.clone()),
            is_block,
        })
    };
    module.items.iter().filter_map(offer).collect()
}

/// A signature on one line.
pub(crate) fn signature_text(text: &str, signature: &ast::Signature) -> String {
    let span = signature.span;
    let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Offer {
    /// How it is called: with all that must be given.
    pub fn example(&self) -> String {
        let others = self.params.iter().skip(1).filter(|(_, must)| *must).count();
        // Where all but the first may be left out, mostly one of them is meant.
        let is_given = |at: usize, must: bool| must || others == 0 && at == 1;
        let given = self.params.iter().enumerate().filter(|(at, (_, must))| is_given(*at, *must));
        let given = given.map(|(at, (name, _))| if at == 0 { name.clone() } else { format!("{name}: …") });
        format!("let y = {}({})", self.name, given.collect::<Vec<_>>().join(", "))
    }
}
