//! A row group whose columns are words as they are: single values of the common types, none missing.
//!
//! Nearly all recordings are like that. Then a dictionary is made words once, and pages are words at once, with no arrays
//! in between. Columns that a program needs of some records only are looked up for these alone. Wherever a page or a value
//! is otherwise, nothing is decided here: the rest of the row group is read by way of arrays, which takes everything.

use super::column::{FlatColumn, Form};
use super::selection::Selection;
use crate::decode::columns::BatchDecoder;
use crate::decode::target::Target;
use crate::file::reader::Reading;
use arrow::datatypes::Schema;
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::SchemaDescriptor;
use std::fs::File;
use twin_plan::Bound;
use twin_plan::kernel::Batch;
use twin_types::Word;

/// What is read of every row group, column by column of those that are read.
pub(super) struct Wanted {
    columns: Vec<WantedColumn>,
    /// Those that others' bounds refer to go before them.
    order: Vec<usize>,
}

struct WantedColumn {
    /// Where it stands among those of the file.
    leaf: usize,
    form: Form,
    /// It is needed of the records that lie within these bounds.
    within: Vec<Bound>,
    absent: Word,
}

impl Wanted {
    /// What is read of a file; `None` where not all columns are such as can be read here.
    pub fn new(
        decoder: &BatchDecoder,
        reading: &Reading<'_>,
        arrow: &Schema,
        schema: &SchemaDescriptor,
    ) -> Option<Wanted> {
        let column = |(at, name): (usize, &str)| {
            let is_named = |leaf: &usize| matches!(schema.column(*leaf).path().parts(), [one] if one == name);
            let leaf = (0..schema.num_columns()).find(is_named)?;
            let of_file = schema.column(leaf);
            let is_single = of_file.max_rep_level() == 0 && of_file.max_def_level() <= 1;
            let form = Form::of(of_file.physical_type(), arrow.field_with_name(name).ok()?.data_type())?;
            is_single.then(|| WantedColumn {
                leaf,
                form,
                within: reading.needs.get(at).cloned().unwrap_or_default(),
                absent: reading.columns[at].ty.absent(),
            })
        };
        let columns: Vec<_> = decoder.names()?.into_iter().enumerate().map(column).collect::<Option<_>>()?;
        let mut order: Vec<_> = (0..columns.len()).collect();
        order.sort_by_key(|at| columns[*at].within.len());
        Some(Wanted { columns, order })
    }
}

/// A row group.
pub(super) struct FlatGroup {
    columns: Vec<FlatColumn>,
    selection: Selection,
}

/// Rows skipped at a time.
const SKIPPED_ROWS: usize = 4096;

impl FlatGroup {
    /// Opens a row group; `None` where it is to be read by way of arrays.
    pub fn open(
        file: &File,
        group: &RowGroupMetaData,
        wanted: &Wanted,
        targets: &[Target],
    ) -> Option<FlatGroup> {
        let rows = usize::try_from(group.num_rows()).ok()?;
        let open = |(column, target): (&WantedColumn, &Target)| {
            let chunk = group.columns().get(column.leaf)?;
            FlatColumn::open(file.try_clone().ok()?, chunk, column.form, target, rows)
        };
        // Without columns there is nothing that would be counted.
        let columns: Vec<_> = wanted.columns.iter().zip(targets).map(open).collect::<Option<_>>()?;
        (!columns.is_empty()).then_some(FlatGroup { columns, selection: Selection::default() })
    }

    /// Goes on behind so many rows.
    pub fn skip(&mut self, targets: &[Target], rows: usize) -> Option<()> {
        let (mut skipped, mut texts) = (Vec::new(), Batch::default());
        for (column, target) in self.columns.iter_mut().zip(targets) {
            let mut left = rows;
            while left > 0 {
                let now = column.ready(target)?.min(left).min(SKIPPED_ROWS);
                skipped.clear();
                texts.texts.clear();
                column.take(target, now, &mut skipped, &mut texts)?;
                left -= now;
            }
        }
        Some(())
    }

    /// Adds rows to a batch, at least one and at most so many; how many they were. `None`: nothing was added, and what
    /// comes next is to be read by way of arrays.
    pub fn read(
        &mut self,
        wanted: &Wanted,
        targets: &[Target],
        most: usize,
        batch: &mut Batch,
    ) -> Option<usize> {
        let mut rows = most;
        for (column, target) in self.columns.iter_mut().zip(targets) {
            rows = rows.min(column.ready(target)?);
        }
        self.selection.begin(rows);
        let is_fine = wanted.order.iter().all(|at| {
            let mut words = std::mem::take(&mut batch.columns[*at]);
            let taken = self.take(*at, (&wanted.columns[*at], &targets[*at]), rows, &mut words, batch);
            batch.columns[*at] = words;
            taken.is_some()
        });
        if !is_fine {
            batch.columns.iter_mut().for_each(|column| column.truncate(batch.rows));
            return None;
        }
        batch.rows += rows;
        Some(rows)
    }

    fn take(
        &mut self,
        at: usize,
        (wanted, target): (&WantedColumn, &Target),
        rows: usize,
        words: &mut Vec<Word>,
        batch: &mut Batch,
    ) -> Option<()> {
        let column = &mut self.columns[at];
        if wanted.within.is_empty() {
            return column.take(target, rows, words, batch);
        }
        let some = self.selection.select(&wanted.within, batch, rows);
        column.take_some(target, (rows, some), wanted.absent, words, batch)
    }
}
