//! Finding a column's values in nested arrays.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use twin_plan::PathStep;

/// Where the values of a column are: an array, and for each row of the batch the place in it.
pub(super) struct Located {
    pub array: ArrayRef,
    pub places: Places,
}

/// Rows of a batch to places in an array.
pub(super) enum Places {
    /// They are the same.
    Same,
    /// By row; `None` where something above the value is null or too short.
    By(Vec<Option<u32>>),
}

impl Places {
    #[inline]
    pub fn of(&self, row: usize) -> Option<usize> {
        match self {
            Places::Same => Some(row),
            Places::By(places) => places[row].map(|place| place as usize),
        }
    }

    /// Goes on from each place; where `next` has nothing, so has the row.
    fn then(&self, rows: usize, next: impl Fn(usize) -> Option<usize>) -> Places {
        Places::By((0..rows).map(|row| Some(next(self.of(row)?)? as u32)).collect())
    }
}

/// Follows a path; `None` where the batch has no such place.
pub(super) fn locate(batch: &RecordBatch, path: &[PathStep]) -> Option<Located> {
    let (first, rest) = path.split_first()?;
    let array = match first {
        PathStep::Name(name) => batch.column_by_name(name)?,
        PathStep::Column(_) | PathStep::Item(_) => return None,
    };
    let start = Located { array: array.clone(), places: Places::Same };
    rest.iter().try_fold(start, |located, step| follow(located, step, batch.num_rows()))
}

fn follow(located: Located, step: &PathStep, rows: usize) -> Option<Located> {
    let Located { array, places } = located;
    match (array.data_type(), step) {
        (DataType::Struct(_), PathStep::Name(name)) => {
            let structs = array.as_struct();
            let places = match structs.nulls() {
                Some(nulls) => places.then(rows, |at| nulls.is_valid(at).then_some(at)),
                None => places,
            };
            Some(Located { array: structs.column_by_name(name)?.clone(), places })
        }
        (DataType::List(_), PathStep::Item(item)) => {
            let lists = array.as_list::<i32>();
            let next = |at| {
                item_of(lists, at, lists.value_offsets()[at] as usize, lists.value_length(at) as usize, *item)
            };
            Some(Located { places: places.then(rows, next), array: lists.values().clone() })
        }
        (DataType::LargeList(_), PathStep::Item(item)) => {
            let lists = array.as_list::<i64>();
            let next = |at| {
                item_of(lists, at, lists.value_offsets()[at] as usize, lists.value_length(at) as usize, *item)
            };
            Some(Located { places: places.then(rows, next), array: lists.values().clone() })
        }
        (DataType::FixedSizeList(..), PathStep::Item(item)) => {
            let lists = array.as_fixed_size_list();
            let length = lists.value_length() as usize;
            let next = |at| item_of(lists, at, lists.value_offset(at) as usize, length, *item);
            Some(Located { places: places.then(rows, next), array: lists.values().clone() })
        }
        _ => None,
    }
}

fn item_of(lists: &dyn Array, at: usize, start: usize, length: usize, item: u32) -> Option<usize> {
    (lists.is_valid(at) && (item as usize) < length).then_some(start + item as usize)
}
