//! Schemas: fields with their types, and how each stands on the wire.

use crate::checker::{Checker, Place};
use crate::errors::{names as name_errors, schemas as errors, types as type_errors};
use crate::hir::{Const, Schema, SchemaField, SchemaId, SourceId, TimeFormat, Wire};
use crate::modules::Global;
use crate::scope::Frame;
use crate::types::Resolved;
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Encoding};
use twin_types::{NANOS_PER_SECOND, Quantity, RecordField, RecordType, Type, Unit};

impl Checker<'_> {
    /// Reserves a schema's place, so that others may nest it.
    pub fn declare_schema(&mut self, module: usize, schema: &ast::SchemaDecl, span: Span, doc: &str) {
        let id = SchemaId(self.program.schemas.len() as u32);
        self.program.schemas.push(Schema {
            name: schema.name.text.clone(),
            fields: Vec::new(),
            span: schema.name.span.to(Span { end: schema.name.span.end, ..span }),
            doc: doc.to_string(),
        });
        self.declare(module, &schema.name, Global::Schema(id));
    }

    /// Fields of one schema; those that it nests come first.
    pub fn check_schema(&mut self, module: usize, id: SchemaId, schema: &ast::SchemaDecl) {
        let frame = Frame { module, is_barrier: true, ..Frame::default() };
        self.in_frame(frame, |c| {
            c.in_place(Place::Plain("a schema"), |c| {
                if let Some(file) = &schema.from {
                    c.fields_from_file(id, file, &schema.name.text);
                }
                for field in &schema.fields {
                    c.schema_field_written(id, field, schema.from.is_some());
                }
                for name in schema.broken.iter().filter_map(|broken| broken.introduces.as_ref()) {
                    c.unread_field(id, name);
                }
            });
        });
        let is_empty = self.program.schemas.get(id.index()).is_some_and(|s| s.fields.is_empty());
        if is_empty && schema.broken.is_empty() && schema.from.is_none() {
            self.push(errors::empty_schema(&schema.name));
        }
    }

    fn schema_field_written(&mut self, id: SchemaId, field: &ast::SchemaField, from_file: bool) {
        let known = self.program.schemas.get(id.index()).and_then(|s| {
            let at = s.fields.iter().position(|f| f.name == field.name.text)?;
            Some((at, s.fields.get(at)?.clone()))
        });
        if let (Some((_, first)), false) = (&known, from_file) {
            let first = first.span;
            let finding = name_errors::declared_twice(&field.name, first, self.world);
            self.push(finding);
            return;
        }
        let built = match (&field.ty, known) {
            (Some(_), known) => self.typed_field(field).map(|built| (known.map(|(at, _)| at), built)),
            (None, Some((at, base))) => self.field_with_unit(field, base).map(|built| (Some(at), built)),
            (None, None) => {
                // Where no file could say its type, reading the text has told that it has none.
                if from_file {
                    self.push(errors::field_without_type(&field.name));
                }
                self.unread_field(id, &field.name);
                return;
            }
        };
        let Some((at, built)) = built else {
            self.unread_field(id, &field.name);
            return;
        };
        self.program_field(id, at, built);
    }

    /// Readers of a field that was not understood are not reported as well.
    fn unread_field(&mut self, id: SchemaId, name: &ast::Ident) {
        if self.schema_field(id, &name.text).is_none() {
            self.program_field(id, None, broken_field(name));
        }
    }

    fn program_field(&mut self, id: SchemaId, at: Option<usize>, field: SchemaField) {
        let Some(schema) = self.program.schemas.get_mut(id.index()) else { return };
        match at.and_then(|at| schema.fields.get_mut(at)) {
            Some(slot) => *slot = field,
            None => schema.fields.push(field),
        }
    }

    fn typed_field(&mut self, field: &ast::SchemaField) -> Option<SchemaField> {
        let written = field.ty.as_ref()?;
        let resolved = self.resolve_type(written)?;
        let (resolved, time) = self.encoded(resolved, field)?;
        let nested = self.nested_schema(&resolved.ty);
        let wire = self.wire(field, &resolved.ty);
        let valid = self.valid(field, &resolved);
        let unit = resolved.unit.clone();
        let default = self.field_default(field, &resolved);
        self.note_field(&field.name, &resolved, field.docs.as_ref());
        Some(SchemaField {
            name: field.name.text.clone(),
            ty: resolved.ty,
            optional: resolved.optional,
            wire,
            unit,
            time,
            valid,
            default,
            nested,
            span: field.name.span,
            doc: field.docs.as_ref().map_or(String::new(), |d| d.text.clone()),
        })
    }

    /// `speed: in km/h`, beside a schema from a file.
    fn field_with_unit(&mut self, field: &ast::SchemaField, base: SchemaField) -> Option<SchemaField> {
        let resolved = Resolved { ty: base.ty.clone(), optional: base.optional, unit: None };
        let (resolved, time) = self.encoded(resolved, field)?;
        let valid = self.valid(field, &resolved);
        let default = self.field_default(field, &resolved);
        let wire = if field.wire.is_some() { self.wire(field, &resolved.ty) } else { base.wire.clone() };
        Some(SchemaField {
            ty: resolved.ty,
            unit: resolved.unit,
            time: time.or(base.time),
            valid,
            default,
            wire,
            span: field.name.span,
            doc: field.docs.as_ref().map_or(base.doc.clone(), |d| d.text.clone()),
            ..base
        })
    }

    /// Type and time format with the unit or pattern behind `in`.
    fn encoded(
        &mut self,
        resolved: Resolved,
        field: &ast::SchemaField,
    ) -> Option<(Resolved, Option<TimeFormat>)> {
        let item = innermost(&resolved.ty).clone();
        match (&field.encoding, &item) {
            (None, Type::Timestamp) => Some((resolved, Some(TimeFormat::Rfc3339))),
            (None, _) => {
                let unit = resolved.unit.clone().or_else(|| self.unit_where_none_is_said(&item));
                Some((Resolved { unit, ..resolved }, None))
            }
            (Some(Encoding::Pattern { pattern, zone }), Type::Timestamp) => {
                let place = pattern.span;
                let pattern = self.plain_text(pattern);
                if let Err(why) = twin_types::pattern::pieces(&pattern) {
                    self.push(errors::pattern(&why, place));
                }
                let zone_text = zone.as_ref().map_or("UTC".to_string(), |zone| self.plain_text(zone));
                let is_offset = twin_types::pattern::offset_of(&zone_text).is_some();
                if !is_offset && jiff::tz::TimeZone::get(&zone_text).is_err() {
                    let place = zone.as_ref().map_or(field.span, |z| z.span);
                    self.push(crate::errors::time::zone(&zone_text, place));
                }
                Some((resolved, Some(TimeFormat::Pattern { pattern, zone: zone_text })))
            }
            (Some(Encoding::Pattern { pattern, .. }), _) => {
                let finding = errors::pattern_of(self, &item, pattern.span);
                self.push(finding);
                None
            }
            (Some(Encoding::Unit(written)), Type::Timestamp) => {
                let unit = self.unit(written)?;
                let second = Quantity::plain(twin_types::Dimension::base(twin_types::BaseUnit::Second));
                let nanos = unit.to_si(NANOS_PER_SECOND as f64);
                if unit.quantity != second || nanos < 1.0 || nanos.fract() != 0.0 {
                    let finding = type_errors::unit_of_another_kind(self, &item, &unit, written.span);
                    self.push(finding);
                    return None;
                }
                Some((resolved, Some(TimeFormat::Count(nanos as i64))))
            }
            (Some(Encoding::Unit(written)), _) => {
                self.units_said.insert(field.name.span);
                let unit = self.unit(written)?;
                let name = match field.ty.as_ref() {
                    Some(ty) if is_real(ty) => "real",
                    None if item == Type::REAL => "real",
                    // A number of a schema file may be a quantity just as well.
                    None if item == Type::Int => "real",
                    _ => "",
                };
                let resolved = match (&field.ty, &item) {
                    (None, Type::Int) => Resolved { ty: Type::REAL, ..resolved },
                    _ => resolved,
                };
                Some((self.measured(resolved, name, unit, written.span)?, None))
            }
        }
    }

    /// The unit that a quantity is shown in, and written in, where the schema names none.
    fn unit_where_none_is_said(&mut self, ty: &Type) -> Option<Unit> {
        let q = ty.quantity().filter(|q| *q != Quantity::REAL)?;
        let (_, _, symbol) = twin_types::kinds().find(|(_, k, _)| *k == q)?;
        self.units.get(symbol).or_else(|| match symbol {
            "rad/s" => self.units.compound(&[("rad", 2), ("s", -2)]).ok(),
            _ => None,
        })
    }

    /// The schema whose shape a record, or an array's items, have.
    pub(crate) fn nested_schema(&self, ty: &Type) -> Option<SchemaId> {
        let Type::Record(record) = innermost(ty) else { return None };
        // A block may be called as a schema of another file is.
        let has_shape = |schema: &Schema| {
            let fields = schema.fields.iter().map(|f| (&f.name, &f.ty));
            schema.name == record.name && fields.eq(record.fields.iter().map(|f| (&f.name, &f.ty)))
        };
        let at = self.program.schemas.iter().position(has_shape)?;
        Some(SchemaId(at as u32))
    }

    fn wire(&mut self, field: &ast::SchemaField, ty: &Type) -> Wire {
        match &field.wire {
            None => Wire::Name(field.name.text.clone()),
            Some(ast::Wire::Name(text)) => Wire::Name(self.plain_text(text)),
            Some(ast::Wire::Names(texts)) => {
                let names: Vec<String> = texts.iter().map(|text| self.plain_text(text)).collect();
                match ty {
                    Type::Array(item, n) if item.width() == 1 && *n as usize == names.len() => {}
                    Type::Array(_, n) => self.push(errors::gathered_length(names.len(), *n, field.span)),
                    _ => self.push(errors::gathered_scalar(&field.name)),
                }
                Wire::Names(names)
            }
            Some(ast::Wire::Number(number)) => match number.raw.parse::<u32>().ok().filter(|n| *n > 0) {
                Some(column) => Wire::Column(column),
                None => {
                    self.push(errors::column(number.span));
                    Wire::Column(1)
                }
            },
        }
    }

    /// `valid LO..HI`: bounds are in the field's unit.
    fn valid(&mut self, field: &ast::SchemaField, resolved: &Resolved) -> Option<(f64, f64)> {
        let range = field.valid.as_ref()?;
        let item = innermost(&resolved.ty).clone();
        let (low, high) =
            (self.valid_bound(&range.low, &item, resolved)?, self.valid_bound(&range.high, &item, resolved)?);
        if low > high {
            self.push(errors::valid_order(range.span));
            return None;
        }
        Some((low, high))
    }

    fn valid_bound(&mut self, written: &ast::Expr, item: &Type, resolved: &Resolved) -> Option<f64> {
        if !matches!(item, Type::Quantity(_) | Type::Int | Type::Duration) {
            let finding = errors::valid_of(self, item, written.span);
            self.push(finding);
            return None;
        }
        let is_bare = match &written.kind {
            ast::ExprKind::Number(n) => n.unit.is_none(),
            ast::ExprKind::Unary { operand, .. } => {
                matches!(&operand.kind, ast::ExprKind::Number(n) if n.unit.is_none())
            }
            _ => false,
        };
        if is_bare {
            let number = self.constant_real(written, &Type::REAL, "a bound of `valid`")?;
            return Some(match &resolved.unit {
                Some(unit) if *item != Type::Int => unit.to_si(number),
                _ => number,
            });
        }
        let ty = match item {
            Type::Int => Type::REAL,
            Type::Duration => Type::Quantity(Quantity::plain(self.clock_dimension())),
            other => other.clone(),
        };
        self.constant_real(written, &ty, "a bound of `valid`")
    }

    fn field_default(&mut self, field: &ast::SchemaField, resolved: &Resolved) -> Option<Const> {
        let written = field.default.as_ref()?;
        let value = self.infer(written, Some(&resolved.ty));
        let value = self.coerce(value, &resolved.ty, &format!("the default of `{}`", field.name.text));
        if value.is_error() {
            return None;
        }
        match self.constant(&value) {
            Some(constant) => Some(crate::constant::to_const(&constant)),
            None => {
                self.not_constant_here("a field's default", written.span);
                None
            }
        }
    }

    /// A schema as the type of a record.
    pub fn record_type(&self, id: SchemaId) -> Arc<RecordType> {
        let Some(schema) = self.program.schemas.get(id.index()) else { return Arc::default() };
        let fields = schema
            .fields
            .iter()
            .map(|f| RecordField { name: f.name.clone(), ty: f.ty.clone(), optional: f.optional })
            .collect();
        Arc::new(RecordType { name: schema.name.clone(), fields })
    }

    /// A field by name, with its flat offset.
    pub fn schema_field(&self, id: SchemaId, name: &str) -> Option<(u32, SchemaField)> {
        let mut offset = 0;
        for field in &self.program.schemas.get(id.index())?.fields {
            if field.name == name {
                return Some((offset, field.clone()));
            }
            offset += field.ty.width() as u32;
        }
        None
    }

    /// All fields of a source's records.
    pub fn source_fields(&self, source: SourceId) -> &[SchemaField] {
        let schema = self.program.sources.get(source.index()).map(|s| s.schema);
        schema.and_then(|id| self.program.schemas.get(id.index())).map_or(&[], |s| &s.fields)
    }

    /// The field that holds a flat offset.
    pub fn field_at(&self, source: SourceId, offset: u32) -> Option<&SchemaField> {
        let mut at = 0;
        for field in self.source_fields(source) {
            let width = field.ty.width() as u32;
            if (at..at + width.max(1)).contains(&offset) {
                return Some(field);
            }
            at += width;
        }
        None
    }
}

fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::Array(item, _) => innermost(item),
        other => other,
    }
}

fn is_real(ty: &ast::TypeExpr) -> bool {
    match &ty.kind {
        ast::TypeKind::Named { name, .. } => name.text == "real",
        ast::TypeKind::Optional(inner) | ast::TypeKind::Array(inner, _) => is_real(inner),
        _ => false,
    }
}

fn broken_field(name: &ast::Ident) -> SchemaField {
    SchemaField {
        name: name.text.clone(),
        ty: Type::Error,
        optional: true,
        wire: Wire::Name(name.text.clone()),
        unit: None,
        time: None,
        valid: None,
        default: None,
        nested: None,
        span: name.span,
        doc: String::new(),
    }
}
