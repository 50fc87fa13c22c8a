//! What stands behind a dot or in brackets: fields of inputs, tables, records; elements of arrays.

use crate::checker::Checker;
use crate::constant::Value;
use crate::errors::{names as errors, types as type_errors};
use crate::hir::{Clock, Expr, ExprKind, SchemaId, TableId};
use crate::modules::Global;
use crate::scope::{Binding, nearest};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, Ident};
use twin_types::{Type, Unit};

impl Checker<'_> {
    pub(super) fn field(&mut self, of: &ast::Expr, name: &Ident, expected: Option<&Type>) -> Expr {
        if let Syntax::Name(owner) = &of.kind
            && let Some(expr) = self.field_of_name(owner, name, expected)
        {
            return expr;
        }
        if let Syntax::Index { of: table, index } = &of.kind
            && let Syntax::Name(table) = &table.kind
            && let Some(id) = self.table_named(&table.text)
        {
            let key = self.table_key(id, index);
            return self.table_field(id, Some(Box::new(key)), name);
        }
        let record = self.infer(of, None);
        self.part_of(record, name)
    }

    /// `telemetry.speed`, `registry.redline`, `limit.pending`, `overheating.active`, `Mode.idle`.
    fn field_of_name(&mut self, owner: &Ident, name: &Ident, _expected: Option<&Type>) -> Option<Expr> {
        match self.lookup(&owner.text) {
            Some((Binding::Input(input), _)) => return Some(self.field_of_input(input, name)),
            Some((Binding::Rule(rule), _)) => return Some(self.rule_part(rule, name)),
            Some(_) => return None,
            None => {}
        }
        if self.is_readable(&owner.text) {
            return None;
        }
        if let Some(schema) = self.schema_of_setting(owner) {
            return Some(self.record_field(name).unwrap_or_else(|| {
                let finding = self.unknown_field_of(schema, name);
                self.fail(finding, name.span)
            }));
        }
        match self.global(&owner.text)? {
            Global::Table(id) => Some(self.table_field(id, None, name)),
            Global::Sink(id) => Some(self.command_part(id, owner, name)),
            Global::Enum(id) => Some(self.enum_value(id, name)),
            Global::Unknown => Some(Expr::error(name.span)),
            _ => None,
        }
    }

    /// In a setting of a source or table its own name stands for the record: a field that is called like a word of the
    /// language can only be read so.
    fn schema_of_setting(&self, owner: &Ident) -> Option<SchemaId> {
        self.visible().find(|frame| frame.record_of.as_ref() == Some(&owner.text))?.record
    }

    pub(crate) fn table_named(&self, name: &str) -> Option<TableId> {
        if self.lookup(name).is_some() {
            return None;
        }
        match self.global(name) {
            Some(Global::Table(id)) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn table_key(&mut self, table: TableId, index: &ast::Expr) -> Expr {
        let ty = self.table_key_type(table);
        let key = self.infer(index, Some(&ty));
        self.coerce(key, &ty, "a table's key")
    }

    fn table_field(&mut self, table: TableId, key: Option<Box<Expr>>, name: &Ident) -> Expr {
        let Some(schema) = self.program.tables.get(table.index()).map(|t| t.schema) else {
            return Expr::error(name.span);
        };
        if key.is_none() && !self.check_table_key(table, name.span) {
            return Expr::error(name.span);
        }
        self.use_table(table);
        let Some((offset, field)) = self.schema_field(schema, &name.text) else {
            let finding = self.unknown_field_of(schema, name);
            return self.fail(finding, name.span);
        };
        let (ty, unit, span, doc) = (field.ty.clone(), field.unit.clone(), field.span, field.doc.clone());
        if key.as_ref().is_some_and(|k| k.is_error()) {
            return Expr::error(name.span);
        }
        let clock = key.as_ref().map_or(Clock::Held, |k| k.clock.clone());
        let expr = Expr::new(ExprKind::TableField { table, key, field: offset }, ty, name.span);
        let expr = expr.with(clock, true).shown_in(unit);
        self.note(name, &expr, Some(span), &doc);
        expr
    }

    pub(crate) fn part_of(&mut self, record: Expr, name: &Ident) -> Expr {
        let span = name.span;
        let ty = match &record.ty {
            Type::Record(ty) => ty.clone(),
            Type::Error => return Expr::error(span),
            _ => {
                let finding = errors::no_fields(self, &record, name);
                return self.fail(finding, span);
            }
        };
        let mut offset = 0;
        for field in &ty.fields {
            if field.name == name.text {
                let optional = record.optional || field.optional;
                let clock = record.clock.clone();
                let unit = self.unit_of_part(&record, offset);
                let kind = shifted(record, offset);
                let expr = Expr::new(kind, field.ty.clone(), span).with(clock, optional).shown_in(unit);
                self.note(name, &expr, None, "");
                return expr;
            }
            offset += field.ty.width() as u32;
        }
        let names: Vec<&str> = ty.fields.iter().map(|f| f.name.as_str()).collect();
        let near = nearest(&name.text, names.iter().copied());
        let of = if ty.name.is_empty() { "record" } else { &ty.name };
        self.fail(errors::unknown_field(name, of, &names, near), span)
    }

    /// The unit in which a part of a block's record, or of a nested schema, is shown.
    pub(crate) fn unit_of_part(&self, record: &Expr, offset: u32) -> Option<Unit> {
        match &record.kind {
            ExprKind::Signal(id) => {
                let known = self.twin.record_units.get(&(*id, offset)).cloned();
                known.or_else(|| self.unit_of_part(self.twin.values.get(id)?, offset))
            }
            ExprKind::Field(input, at) => {
                let source = self.twin.inputs.get(input.index())?.source;
                self.unit_of_word(self.program.sources.get(source.index())?.schema, at + offset)
            }
            ExprKind::TableField { table, field, .. } => {
                self.unit_of_word(self.program.tables.get(table.index())?.schema, field + offset)
            }
            ExprKind::Record(items) | ExprKind::Array(items) => {
                let mut offset = offset as usize;
                let item = items.iter().find(|item| {
                    let is_here = offset < item.ty.width();
                    offset -= if is_here { 0 } else { item.ty.width() };
                    is_here
                })?;
                match &item.ty {
                    Type::Record(_) | Type::Array(..) => self.unit_of_part(item, offset as u32),
                    _ => item.unit.clone(),
                }
            }
            ExprKind::Part(of, at) => self.unit_of_part(of, at + offset),
            _ => None,
        }
    }

    /// The unit on the wire of a word of a schema.
    fn unit_of_word(&self, schema: SchemaId, word: u32) -> Option<Unit> {
        let mut first = 0;
        for field in &self.program.schemas.get(schema.index())?.fields {
            let width = field.ty.width() as u32;
            if word >= first + width {
                first += width;
                continue;
            }
            let Some(nested) = field.nested else { return field.unit.clone() };
            let items = if let Type::Array(item, _) = &field.ty { item.width() as u32 } else { width };
            return self.unit_of_word(nested, (word - first) % items.max(1));
        }
        None
    }

    pub(super) fn index(&mut self, of: &ast::Expr, index: &ast::Expr, span: Span) -> Expr {
        if let Syntax::Name(table) = &of.kind
            && self.table_named(&table.text).is_some()
        {
            return self.fail(errors::row_as_value(table), span);
        }
        let array = self.infer(of, None);
        let at = self.infer(index, Some(&Type::Int));
        let at = self.coerce(at, &Type::Int, "an index");
        if array.is_error() || at.is_error() {
            return Expr::error(span);
        }
        let Type::Array(item, length) = array.ty.clone() else {
            let finding = type_errors::not_an_array(self, &array);
            return self.fail(finding, span);
        };
        let unit = array.unit.clone();
        if let Some(Value::Whole(n)) = self.constant(&at) {
            let Some(n) = u32::try_from(n).ok().filter(|n| *n < length) else {
                return self.fail(type_errors::index_range(n, length, index.span), span);
            };
            let (clock, optional) = (array.clock.clone(), array.optional);
            if let ExprKind::Array(items) = &array.kind
                && let Some(item) = items.get(n as usize)
            {
                return item.clone();
            }
            if matches!(
                array.kind,
                ExprKind::Field(..) | ExprKind::SourceField(_) | ExprKind::TableField { .. }
            ) {
                let kind = shifted(array, n * item.width() as u32);
                return Expr::new(kind, *item, span).with(clock, optional).shown_in(unit);
            }
        }
        let clock = self.merged_clock([&array, &at]);
        let expr = Expr::new(ExprKind::Index(Box::new(array), Box::new(at)), *item, span);
        expr.with(clock, true).shown_in(unit)
    }
}

/// The part of a record (or array) that begins `offset` words further on.
fn shifted(record: Expr, offset: u32) -> ExprKind {
    match record.kind {
        ExprKind::Field(input, at) => ExprKind::Field(input, at + offset),
        ExprKind::SourceField(at) => ExprKind::SourceField(at + offset),
        ExprKind::TableField { table, key, field } => {
            ExprKind::TableField { table, key, field: field + offset }
        }
        ExprKind::Part(of, at) => ExprKind::Part(of, at + offset),
        _ => ExprKind::Part(Box::new(record), offset),
    }
}
