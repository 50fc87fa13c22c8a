//! Rows that lie within bounds.

use twin_plan::kernel::Batch;
use twin_plan::{Bound, Range};
use twin_types::words;

/// Those of some new rows of a batch that lie within bounds, by their places among these.
#[derive(Debug, Default)]
pub(super) struct Selection {
    within: Vec<Bound>,
    rows: Vec<u32>,
}

impl Selection {
    /// Begins anew: all rows, which are so many.
    pub fn begin(&mut self, rows: usize) {
        self.within.clear();
        self.rows.clear();
        self.rows.extend(0..rows as u32);
    }

    /// Selects the rows that lie within bounds. Where they go on from those of before, so does the selection.
    pub fn select(&mut self, within: &[Bound], batch: &Batch, rows: usize) -> &[u32] {
        if !within.starts_with(&self.within) {
            self.begin(rows);
        }
        for bound in &within[self.within.len()..] {
            let words = &batch.columns[bound.column as usize][batch.rows..];
            match bound.range {
                Range::Real(low, high) => self.keep(|row| {
                    let value = words::to_f64(words[row]);
                    (value >= low) & (value <= high)
                }),
                Range::Whole(low, high) => self.keep(|row| {
                    let value = words::to_i64(words[row]);
                    (value >= low) & (value <= high)
                }),
            }
            self.within.push(*bound);
        }
        &self.rows
    }

    /// Keeps some of the rows, without a branch for each.
    fn keep(&mut self, is_kept: impl Fn(usize) -> bool) {
        let mut kept = 0;
        for at in 0..self.rows.len() {
            let row = self.rows[at];
            self.rows[kept] = row;
            kept += usize::from(is_kept(row as usize));
        }
        self.rows.truncate(kept);
    }
}
