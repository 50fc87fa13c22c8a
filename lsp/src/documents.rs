//! The open documents.

use crate::positions::Lines;
use lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An open document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its address, as the editor writes it.
    pub uri: Uri,
    /// Its version, as the editor counts.
    pub version: i32,
    /// Its text.
    pub text: String,
}

impl Document {
    /// Takes changes in their order.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        self.version = version;
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let offsets = Lines::new(&self.text).offsets(range);
                    self.text.replace_range(offsets, &change.text);
                }
            }
        }
    }
}

/// All open documents by path.
#[derive(Debug, Default)]
pub struct Documents(BTreeMap<PathBuf, Document>);

impl Documents {
    /// Opens a document, or opens it again.
    pub fn open(&mut self, path: PathBuf, document: Document) {
        self.0.insert(path, document);
    }

    /// Closes a document.
    pub fn close(&mut self, path: &Path) {
        self.0.remove(path);
    }

    /// An open document.
    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.0.get(path)
    }

    /// An open document, to change it.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.0.get_mut(path)
    }

    /// Paths of all open documents.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.keys()
    }
}
