//! Schemas from Avro files: JSON in, fields out.

use crate::checker::Checker;
use crate::errors::schemas as errors;
use crate::hir::{Schema, SchemaField, SchemaId, TimeFormat, Wire};
use serde_json::Value;
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast;
use twin_types::{Enum, EnumId, RecordField, RecordType, STRING_BYTES, Type};

/// What an Avro type comes to.
struct Read {
    ty: Type,
    optional: bool,
    time: Option<TimeFormat>,
    nested: Option<SchemaId>,
}

impl Read {
    fn of(ty: Type) -> Read {
        Read { ty, optional: false, time: None, nested: None }
    }
}

impl Checker<'_> {
    /// Fields of `schema Car from "car.avsc"`.
    pub fn fields_from_file(&mut self, id: SchemaId, file: &ast::Text, name: &str) {
        let path = self.plain_text(file);
        let text = match self.world.schema_file(&path) {
            Ok(text) => text,
            Err(why) => {
                self.push(errors::schema_file(&path, &why, file.span));
                return;
            }
        };
        let json: Value = match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(why) => {
                self.push(errors::schema_file(&path, &format!("it is no JSON: {why}"), file.span));
                return;
            }
        };
        if json.get("type").and_then(Value::as_str) != Some("record") {
            self.push(errors::schema_file(&path, "it is no Avro record", file.span));
            return;
        }
        let fields = self.avro_fields(&json, name, file.span, 0);
        if let Some(schema) = self.program.schemas.get_mut(id.index()) {
            schema.fields = fields;
        }
    }

    fn avro_fields(&mut self, record: &Value, owner: &str, span: Span, depth: u32) -> Vec<SchemaField> {
        let mut all = Vec::new();
        let fields = record.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
        for field in &fields {
            let Some(name) = field.get("name").and_then(Value::as_str) else { continue };
            let Some(ty) = field.get("type") else { continue };
            let Some(read) = self.avro_type(ty, owner, name, span, depth) else {
                self.push(errors::avro_field(name, span));
                continue;
            };
            all.push(SchemaField {
                name: name.to_string(),
                ty: read.ty,
                optional: read.optional,
                wire: Wire::Name(name.to_string()),
                unit: None,
                time: read.time,
                valid: None,
                default: None,
                nested: read.nested,
                span,
                doc: field.get("doc").and_then(Value::as_str).unwrap_or_default().to_string(),
            });
        }
        all
    }

    fn avro_type(&mut self, ty: &Value, owner: &str, name: &str, span: Span, depth: u32) -> Option<Read> {
        if depth > 16 {
            return None;
        }
        match ty {
            Value::String(simple) => avro_simple(simple),
            Value::Array(union) => {
                let others: Vec<&Value> = union.iter().filter(|t| t.as_str() != Some("null")).collect();
                let [only] = others.as_slice() else { return None };
                let read = self.avro_type(only, owner, name, span, depth + 1)?;
                Some(Read { optional: read.optional || others.len() < union.len(), ..read })
            }
            Value::Object(object) => {
                let kind = object.get("type")?;
                match (kind.as_str(), object.get("logicalType").and_then(Value::as_str)) {
                    (Some("long" | "int"), Some(logical)) => Some(avro_logical(logical)),
                    (Some("enum"), _) => {
                        let symbols = object.get("symbols").and_then(Value::as_array)?;
                        let values: Vec<String> =
                            symbols.iter().filter_map(Value::as_str).map(str::to_string).collect();
                        let id = EnumId(self.program.enums.len() as u32);
                        let name = format!("{owner}.{name}");
                        self.program.enums.push(Enum { name, wire: values.clone(), values });
                        Some(Read::of(Type::Enum(id)))
                    }
                    (Some("record"), _) => self.avro_record(ty, owner, name, span, depth),
                    (Some("array" | "map" | "fixed"), _) => None,
                    _ => self.avro_type(kind, owner, name, span, depth + 1),
                }
            }
            _ => None,
        }
    }

    fn avro_record(
        &mut self,
        record: &Value,
        owner: &str,
        name: &str,
        span: Span,
        depth: u32,
    ) -> Option<Read> {
        let path = format!("{owner}.{name}");
        let fields = self.avro_fields(record, &path, span, depth + 1);
        let ty = RecordType {
            name: path.clone(),
            fields: fields
                .iter()
                .map(|f| RecordField { name: f.name.clone(), ty: f.ty.clone(), optional: f.optional })
                .collect(),
        };
        let id = SchemaId(self.program.schemas.len() as u32);
        self.program.schemas.push(Schema { name: path, fields, span, doc: String::new() });
        Some(Read { nested: Some(id), ..Read::of(Type::Record(Arc::new(ty))) })
    }
}

fn avro_simple(name: &str) -> Option<Read> {
    Some(Read::of(match name {
        "boolean" => Type::Bool,
        "int" | "long" => Type::Int,
        "float" | "double" => Type::REAL,
        "string" => Type::String(STRING_BYTES),
        _ => return None,
    }))
}

fn avro_logical(logical: &str) -> Read {
    let time = |nanos| Read { time: Some(TimeFormat::Count(nanos)), ..Read::of(Type::Timestamp) };
    match logical {
        "timestamp-millis" | "local-timestamp-millis" => time(1_000_000),
        "timestamp-micros" | "local-timestamp-micros" => time(1_000),
        "timestamp-nanos" | "local-timestamp-nanos" => time(1),
        _ => Read::of(Type::Int),
    }
}
