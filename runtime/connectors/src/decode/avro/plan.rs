//! The columns of a program as a tree over an Avro schema.

use super::quick::{Quick, quick_of};
use super::schema::{AvroSchema, Type, TypeId};
use twin_plan::PathStep;

/// One place in a record that is read, or that something below is read of.
#[derive(Debug)]
pub(super) struct Plan {
    pub ty: TypeId,
    /// Columns that take the value here.
    pub leaves: Vec<u32>,
    /// All columns here and below.
    pub within: Vec<u32>,
    pub below: Below,
}

/// What is done with a field of a record.
#[derive(Debug)]
pub(super) struct FieldPlan {
    pub ty: TypeId,
    /// `None`: it is skipped.
    pub plan: Option<Plan>,
    /// The short way, where there is one.
    pub quick: Option<Quick>,
}

/// What is read below a place.
#[derive(Debug)]
pub(super) enum Below {
    Nothing,
    /// By field.
    Record(Vec<FieldPlan>),
    /// By item; those behind the last are skipped.
    Array(Vec<Option<Plan>>),
    /// By branch.
    Union(Vec<Plan>),
    /// By key.
    Map(Vec<(Box<[u8]>, Plan)>),
}

/// A column with what is left of its path.
pub(super) type Wanted<'a> = (&'a [PathStep], u32);

const ITEMS_MAX: u32 = 1 << 20;

/// Lays columns over a type.
pub(super) fn plan_of(schema: &AvroSchema, ty: TypeId, wanted: &[Wanted<'_>]) -> Plan {
    let ends_here = |(path, _): &&Wanted<'_>| path.is_empty();
    let leaves = wanted.iter().filter(ends_here).map(|(_, column)| *column).collect();
    let below = match &schema.types[ty] {
        Type::Record(fields) => {
            let field = |(name, ty): &(String, TypeId)| {
                let plan = child(schema, *ty, wanted, |step| is_named(step, name));
                FieldPlan { ty: *ty, quick: quick_of(schema, *ty, plan.as_ref()), plan }
            };
            Below::Record(fields.iter().map(field).collect())
        }
        Type::Array(item) => {
            let items = wanted.iter().filter_map(|(path, _)| path.first().and_then(item_of));
            let count = items.max().map_or(0, |last| last + 1);
            let plans = (0..count).map(|at| child(schema, *item, wanted, |step| item_of(step) == Some(at)));
            Below::Array(plans.collect())
        }
        // Branches want the same columns: whichever is there gives them.
        Type::Union(branches) => {
            Below::Union(branches.iter().map(|ty| plan_of(schema, *ty, wanted)).collect())
        }
        Type::Map(value) => {
            let mut keys: Vec<&String> =
                wanted.iter().filter_map(|(path, _)| path.first().and_then(name_of)).collect();
            keys.sort();
            keys.dedup();
            let plan = |key: &String| child(schema, *value, wanted, |step| is_named(step, key));
            Below::Map(keys.into_iter().filter_map(|key| Some((key.as_bytes().into(), plan(key)?))).collect())
        }
        _ => Below::Nothing,
    };
    Plan { ty, leaves, within: wanted.iter().map(|(_, column)| *column).collect(), below }
}

/// The plan of what a step leads to, where any column takes that step. Paths are finite, so is the tree, even where
/// the schema contains itself; but a union is gone through without a step.
fn child(
    schema: &AvroSchema,
    ty: TypeId,
    wanted: &[Wanted<'_>],
    takes: impl Fn(&PathStep) -> bool,
) -> Option<Plan> {
    let further: Vec<Wanted<'_>> = wanted
        .iter()
        .filter_map(|(path, column)| {
            let (first, rest) = path.split_first()?;
            takes(first).then_some((rest, *column))
        })
        .collect();
    (!further.is_empty()).then(|| plan_of(schema, ty, &further))
}

fn is_named(step: &PathStep, name: &str) -> bool {
    name_of(step).is_some_and(|there| there == name)
}

fn name_of(step: &PathStep) -> Option<&String> {
    match step {
        PathStep::Name(name) => Some(name),
        PathStep::Item(_) | PathStep::Column(_) => None,
    }
}

fn item_of(step: &PathStep) -> Option<u32> {
    match step {
        PathStep::Item(item) if *item < ITEMS_MAX => Some(*item),
        _ => None,
    }
}

/// Whether a schema has a place; items of arrays and values of maps are there or not by record.
pub(super) fn has_place(schema: &AvroSchema, ty: TypeId, path: &[PathStep]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match (&schema.types[ty], first) {
        (Type::Record(fields), PathStep::Name(name)) => {
            fields.iter().any(|(there, ty)| there == name && has_place(schema, *ty, rest))
        }
        (Type::Array(item), PathStep::Item(_)) => has_place(schema, *item, rest),
        (Type::Map(value), PathStep::Name(_)) => has_place(schema, *value, rest),
        (Type::Union(branches), _) => branches.iter().any(|ty| has_place(schema, *ty, path)),
        _ => false,
    }
}
