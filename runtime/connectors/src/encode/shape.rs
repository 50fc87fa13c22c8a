//! The shape of a sink's records: flat columns put together to objects and arrays.

use twin_engine::RowColumn;
use twin_plan::PathStep;

/// A place in a record, in the order in which the columns first name it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// A column.
    Value(usize),
    /// Fields in order.
    Object(Vec<(String, Shape)>),
    /// Items by number; those that no column fills are absent.
    Array(Vec<Option<Shape>>),
}

/// Items of an array that may be written.
const ITEMS_MAX: u32 = 1 << 20;

/// Puts columns together; errors in words where two cannot stand in one record.
pub(crate) fn shape_of(columns: &[RowColumn]) -> Result<Shape, String> {
    let mut root = Shape::Object(Vec::new());
    for (at, column) in columns.iter().enumerate() {
        put(&mut root, &column.path, at)
            .map_err(|what| format!("field `{}`: {what}", crate::decode::csv::flat_name(&column.path)))?;
    }
    Ok(root)
}

fn put(shape: &mut Shape, path: &[PathStep], column: usize) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else { return Err("it has no name".to_string()) };
    let slot = match (step, shape) {
        (PathStep::Name(name), Shape::Object(fields)) => named(fields, name, rest),
        // A column by its number has that number as its name.
        (PathStep::Column(number), Shape::Object(fields)) => named(fields, &number.to_string(), rest),
        (PathStep::Item(item), Shape::Array(_)) if *item >= ITEMS_MAX => {
            return Err(format!("item {item} of an array is too far"));
        }
        (PathStep::Item(item), Shape::Array(items)) => {
            let at = *item as usize;
            if items.len() <= at {
                items.resize(at + 1, None);
            }
            items[at].get_or_insert_with(|| empty(rest))
        }
        _ => return Err("something else stands in its place".to_string()),
    };
    match (rest.is_empty(), slot) {
        (true, Shape::Value(there)) if *there == usize::MAX => *there = column,
        (true, _) => return Err("there are two of it".to_string()),
        (false, slot) => return put(slot, rest, column),
    }
    Ok(())
}

fn named<'a>(fields: &'a mut Vec<(String, Shape)>, name: &str, rest: &[PathStep]) -> &'a mut Shape {
    let at = fields.iter().position(|(there, _)| there == name).unwrap_or_else(|| {
        fields.push((name.to_string(), empty(rest)));
        fields.len() - 1
    });
    &mut fields[at].1
}

/// What the next step of a path needs; a value that waits for its column where there is none.
fn empty(rest: &[PathStep]) -> Shape {
    match rest.first() {
        None => Shape::Value(usize::MAX),
        Some(PathStep::Item(_)) => Shape::Array(Vec::new()),
        Some(PathStep::Name(_) | PathStep::Column(_)) => Shape::Object(Vec::new()),
    }
}
