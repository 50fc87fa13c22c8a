//! Rows gathered to blocks whose size depends on the rows alone.

use twin_engine::{RowSchema, RowType};
use twin_plan::kernel::Batch;
use twin_types::{ABSENT_STRING, Scalar};

/// Rows of a full block.
pub(super) const BLOCK_ROWS: usize = 8192;
/// Texts of a full block.
const BLOCK_BYTES: usize = 32 << 20;

/// Rows with their own texts, up to a block.
#[derive(Debug)]
pub(super) struct Gathered {
    pub rows: Batch,
    is_text: Vec<bool>,
}

impl Gathered {
    pub fn new(schema: &RowSchema) -> Gathered {
        let is_text = |ty| matches!(ty, RowType::Json | RowType::Scalar(Scalar::String));
        let columns = vec![Vec::new(); schema.columns.len()];
        Gathered {
            rows: Batch { rows: 0, columns, texts: Vec::new() },
            is_text: schema.columns.iter().map(|c| is_text(c.ty)).collect(),
        }
    }

    /// Appends rows of a batch from one on, at most until the block is full; how many they were.
    pub fn push_from(&mut self, rows: &Batch, first: usize) -> usize {
        if self.is_text.contains(&true) {
            self.push(rows, first);
            return 1;
        }
        let count = (rows.rows - first).min(BLOCK_ROWS - self.rows.rows);
        self.rows.rows += count;
        for (at, to) in self.rows.columns.iter_mut().enumerate() {
            let from = rows.columns.get(at).and_then(|column| column.get(first..)).unwrap_or_default();
            to.extend_from_slice(&from[..from.len().min(count)]);
            to.resize(self.rows.rows, twin_types::ABSENT_INT);
        }
        count
    }

    /// Appends one row of a batch.
    fn push(&mut self, rows: &Batch, row: usize) {
        for (at, is_text) in self.is_text.iter().enumerate() {
            let word = rows.columns.get(at).and_then(|column| column.get(row)).copied();
            let word = match (is_text, word) {
                (true, Some(word)) if word != ABSENT_STRING => self.rows.add_text(rows.text(word)),
                (true, _) => ABSENT_STRING,
                (false, word) => word.unwrap_or(twin_types::ABSENT_INT),
            };
            self.rows.columns[at].push(word);
        }
        self.rows.rows += 1;
    }

    pub fn is_full(&self) -> bool {
        self.rows.rows >= BLOCK_ROWS || self.rows.texts.len() >= BLOCK_BYTES
    }

    pub fn clear(&mut self) {
        self.rows.rows = 0;
        self.rows.columns.iter_mut().for_each(Vec::clear);
        self.rows.texts.clear();
    }
}
