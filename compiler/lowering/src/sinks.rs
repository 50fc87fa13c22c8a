//! Sinks: the fields of their records laid out flat, under the names and in the units of the wire.

use crate::Lowering;
use crate::columns::{format, time_text};
use twin_analysis::hir;
use twin_plan::{CommandPlan, PathStep, SinkColumn, SinkPlan};
use twin_types::{Scalar, Type, Unit};

/// How a field is written, whatever its type: what a sink's field and that of a nested schema have in common.
struct Look<'a> {
    wire: &'a hir::Wire,
    /// Its name, for what has a place in a column only.
    name: &'a str,
    unit: Option<&'a Unit>,
    time: Option<&'a hir::TimeFormat>,
    nested: Option<hir::SchemaId>,
    /// Units of a record without a schema, word by word.
    parts: &'a [Option<Unit>],
}

impl Lowering<'_> {
    pub(crate) fn lower_sinks(&mut self) {
        for sink in &self.program.sinks {
            let mut columns = Vec::new();
            for field in &sink.fields {
                let look = Look {
                    wire: &field.wire,
                    name: &field.name,
                    unit: field.unit.as_ref(),
                    time: field.time.as_ref(),
                    nested: field.nested,
                    parts: &field.parts,
                };
                flatten_field(self.program, &look, &[], &field.ty, &mut columns);
            }
            let command = sink.command.as_ref().map(|c| CommandPlan { expires_ns: c.expires_ns });
            self.plan.sinks.push(SinkPlan {
                name: sink.name.clone(),
                topic: sink.topic.clone(),
                format: format(&sink.format),
                columns,
                command,
            });
        }
    }
}

fn flatten_field(
    program: &hir::Program,
    look: &Look<'_>,
    path: &[PathStep],
    ty: &Type,
    columns: &mut Vec<SinkColumn>,
) {
    let below = |name: &str| [path, &[PathStep::Name(name.to_string())]].concat();
    match (look.wire, ty) {
        // An array gathered from several names is written under them again.
        (hir::Wire::Names(names), Type::Array(item, _)) => {
            for name in names {
                flatten_type(program, look, &below(name), item, columns);
            }
        }
        (hir::Wire::Name(name), ty) => flatten_type(program, look, &below(name), ty, columns),
        (_, ty) => flatten_type(program, look, &below(look.name), ty, columns),
    }
}

fn flatten_type(
    program: &hir::Program,
    look: &Look<'_>,
    path: &[PathStep],
    ty: &Type,
    columns: &mut Vec<SinkColumn>,
) {
    match (ty, look.nested) {
        (Type::Array(item, count), _) => {
            for at in 0..*count {
                flatten_type(program, look, &[path, &[PathStep::Item(at)]].concat(), item, columns);
            }
        }
        (Type::Record(_), Some(schema)) => {
            for field in &program.schemas[schema.index()].fields {
                let look = Look {
                    wire: &field.wire,
                    name: &field.name,
                    unit: field.unit.as_ref(),
                    time: field.time.as_ref(),
                    nested: field.nested,
                    parts: &[],
                };
                flatten_field(program, &look, path, &field.ty, columns);
            }
        }
        (Type::Record(record), None) => {
            let mut word = 0;
            for field in &record.fields {
                let parts = look.parts.get(word..).unwrap_or_default();
                let path = [path, &[PathStep::Name(field.name.clone())]].concat();
                let unit = parts.first().and_then(Option::as_ref);
                flatten_type(program, &Look { unit, parts, ..*look }, &path, &field.ty, columns);
                word += field.ty.width();
            }
        }
        (scalar, _) => {
            let ty = scalar.scalar().unwrap_or(Scalar::Real);
            columns.push(SinkColumn {
                path: path.to_vec(),
                ty,
                unit: look.unit.filter(|_| matches!(ty, Scalar::Real | Scalar::Duration)).cloned(),
                time: look.time.map(time_text),
            });
        }
    }
}
