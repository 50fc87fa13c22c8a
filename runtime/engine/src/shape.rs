//! The shape of records: flat columns put together to the objects and arrays that they stand for.

use std::fmt::Write as _;
use twin_plan::{Column, PathStep};

/// A place in a record, in the order in which the columns first name it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A column.
    Value(usize),
    /// Fields in order.
    Object(Vec<(String, Shape)>),
    /// Items by number; those that no column fills are absent.
    Array(Vec<Option<Shape>>),
}

/// Items of an array that may be written.
const ITEMS_MAX: u32 = 1 << 20;

impl Shape {
    /// Puts columns together by their paths; errors in words where two cannot stand in one record.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a [PathStep]>) -> Result<Shape, String> {
        let mut root = Shape::Object(Vec::new());
        for (at, path) in paths.into_iter().enumerate() {
            put(&mut root, path, at).map_err(|what| format!("field `{}`: {what}", flat_name(path)))?;
        }
        Ok(root)
    }

    /// Puts columns that were read together. A program may read one place in two ways; what finds its place taken
    /// stands at the end, under the name that the program gives it.
    pub(crate) fn of_columns(columns: &[Column]) -> Shape {
        let mut root = Shape::Object(Vec::new());
        for (at, column) in columns.iter().enumerate() {
            if put(&mut root, &column.path, at).is_err()
                && let Shape::Object(fields) = &mut root
            {
                fields.push((column.name.clone(), Shape::Value(at)));
            }
        }
        root
    }
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

/// How a nested place is called where there are only columns: `motor.temp`, `tire[0]`.
pub fn flat_name(path: &[PathStep]) -> String {
    let mut flat = String::new();
    for step in path {
        match step {
            PathStep::Name(name) if flat.is_empty() => flat.push_str(name),
            PathStep::Name(name) => {
                flat.push('.');
                flat.push_str(name);
            }
            PathStep::Item(item) => write!(flat, "[{item}]").expect("writing to a string does not fail"),
            PathStep::Column(number) => write!(flat, "{number}").expect("as above"),
        }
    }
    flat
}

/// A field's name for people, with the one on the wire where that is another.
pub fn field_name(column: &Column) -> String {
    let wire = flat_name(&column.path);
    match column.path.as_slice() {
        [PathStep::Column(number)] => format!("`{}` (column {number})", column.name),
        _ if wire == column.name => format!("`{wire}`"),
        _ => format!("`{}` (on the wire `{wire}`)", column.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twin_types::Scalar;

    fn column(name: &str, path: &[PathStep]) -> Column {
        Column {
            name: name.to_string(),
            path: path.to_vec(),
            ty: Scalar::Real,
            unit: None,
            texts: Vec::new(),
            time: None,
            is_required: true,
            default: None,
            valid: None,
        }
    }

    fn step(name: &str) -> PathStep {
        PathStep::Name(name.to_string())
    }

    #[test]
    fn what_finds_its_place_taken_keeps_its_own_name() {
        let columns = [
            column("lat", &[step("pos"), step("lat")]),
            column("again", &[step("pos"), step("lat")]),
            column("q[1]", &[step("q"), PathStep::Item(1)]),
            column("whole", &[step("pos")]),
        ];
        let object = |fields: Vec<(&str, Shape)>| {
            Shape::Object(fields.into_iter().map(|(name, shape)| (name.to_string(), shape)).collect())
        };
        let expected = object(vec![
            ("pos", object(vec![("lat", Shape::Value(0))])),
            ("again", Shape::Value(1)),
            ("q", Shape::Array(vec![None, Some(Shape::Value(2))])),
            ("whole", Shape::Value(3)),
        ]);
        assert_eq!(Shape::of_columns(&columns), expected);
        let paths = columns.iter().map(|column| column.path.as_slice());
        assert_eq!(Shape::of(paths), Err("field `pos.lat`: there are two of it".to_string()));
    }

    #[test]
    fn a_field_is_called_as_people_find_it() {
        let called = |name: &str, path: &[PathStep]| field_name(&column(name, path));
        assert_eq!(called("temp", &[step("temp")]), "`temp`");
        assert_eq!(called("pos.lat", &[step("pos"), step("lat")]), "`pos.lat`");
        assert_eq!(called("tyre[0]", &[step("p1")]), "`tyre[0]` (on the wire `p1`)");
        assert_eq!(called("temp", &[PathStep::Column(3)]), "`temp` (column 3)");
    }
}
