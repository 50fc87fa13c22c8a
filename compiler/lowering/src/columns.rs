//! Sources and tables: schemas laid out flat, and only what is read.

use crate::{
    Lowering,
    exprs::{Build, Scope, lower_expr},
};
use std::collections::BTreeMap;
use twin_analysis::hir;
use twin_plan::{
    Column, Default as ColumnDefault, Duplicates, ExprId, Exprs, Format, KeyPlan, NodeKind, PathStep, Prim,
    SourcePlan, TablePlan, TimePlan, TimeText,
};
use twin_types::{NANOS_PER_SECOND, Scalar, Type, Unit};

/// The columns of a source or table: which word of the schema each is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Every word of the schema.
    pub flat: Vec<Column>,
    /// Schema word → column in the plan, for those that are read.
    pub taken: BTreeMap<u32, u32>,
}

/// Every word of a schema as a column.
pub type Flat = Vec<Column>;

/// Lays a schema out flat, in the order of `Type::flatten`.
pub fn flatten_schema(program: &hir::Program, schema: &hir::Schema) -> Flat {
    let mut flat = Vec::new();
    for field in &schema.fields {
        flatten_field(program, field, "", &[], true, &mut flat);
    }
    flat
}

fn flatten_field(
    program: &hir::Program,
    field: &hir::SchemaField,
    prefix: &str,
    path: &[PathStep],
    is_required: bool,
    flat: &mut Flat,
) {
    let name = format!("{prefix}{}", field.name);
    let is_required = is_required && !field.optional;
    match &field.wire {
        hir::Wire::Names(names) => {
            let item = match &field.ty {
                Type::Array(item, _) => (**item).clone(),
                other => other.clone(),
            };
            for (at, wire) in names.iter().enumerate() {
                let path = [path, &[PathStep::Name(wire.clone())]].concat();
                flatten_type(program, field, &item, &format!("{name}[{at}]"), &path, is_required, flat);
            }
        }
        hir::Wire::Name(wire) => {
            let path = [path, &[PathStep::Name(wire.clone())]].concat();
            flatten_type(program, field, &field.ty, &name, &path, is_required, flat);
        }
        hir::Wire::Column(at) => {
            let path = [path, &[PathStep::Column(*at)]].concat();
            flatten_type(program, field, &field.ty, &name, &path, is_required, flat);
        }
    }
}

fn flatten_type(
    program: &hir::Program,
    field: &hir::SchemaField,
    ty: &Type,
    name: &str,
    path: &[PathStep],
    is_required: bool,
    flat: &mut Flat,
) {
    match ty {
        Type::Array(item, count) => {
            for at in 0..*count {
                let path = [path, &[PathStep::Item(at)]].concat();
                flatten_type(program, field, item, &format!("{name}[{at}]"), &path, is_required, flat);
            }
        }
        Type::Record(_) => {
            let Some(nested) = field.nested.map(|id| &program.schemas[id.index()]) else { return };
            for inner in &nested.fields {
                flatten_field(program, inner, &format!("{name}."), path, is_required, flat);
            }
        }
        scalar => flat.push(column(program, field, scalar, name, path, is_required)),
    }
}

fn column(
    program: &hir::Program,
    field: &hir::SchemaField,
    ty: &Type,
    name: &str,
    path: &[PathStep],
    is_required: bool,
) -> Column {
    let ty = ty.scalar().unwrap_or(Scalar::Real);
    let texts = match ty {
        Scalar::Enum(id) => program.enums[id.0 as usize].wire.clone(),
        _ => Vec::new(),
    };
    let time = match ty {
        Scalar::Timestamp => Some(field.time.as_ref().map_or(TimeText::Rfc3339, time_text)),
        // A duration on the wire is a number in its unit, which measures time.
        Scalar::Duration => Some(TimeText::Count(
            field.unit.as_ref().map_or(1_000_000_000, |unit| (unit.to_si(1.0) * 1e9) as i64),
        )),
        _ => None,
    };
    Column {
        name: name.to_string(),
        path: path.to_vec(),
        ty,
        unit: field.unit.clone().filter(|_| matches!(ty, Scalar::Real | Scalar::Duration)),
        texts,
        time,
        is_required: is_required && field.default.is_none(),
        default: match &field.default {
            Some(hir::Const::Word(word)) => Some(ColumnDefault::Word(*word)),
            Some(hir::Const::Text(text)) => Some(ColumnDefault::Text(text.clone())),
            Some(hir::Const::Absent) | None => None,
        },
        valid: field.valid,
    }
}

pub(crate) fn time_text(format: &hir::TimeFormat) -> TimeText {
    match format {
        hir::TimeFormat::Count(nanos) => TimeText::Count(*nanos),
        hir::TimeFormat::Rfc3339 => TimeText::Rfc3339,
        hir::TimeFormat::Pattern { pattern, zone } => TimeText::Pattern(pattern.clone(), zone.clone()),
    }
}

pub(crate) fn format(format: &hir::Format) -> Format {
    match format {
        hir::Format::Json => Format::Json,
        hir::Format::Csv { separator, header, absent } => {
            Format::Csv { separator: *separator, header: *header, absent: absent.clone() }
        }
        hir::Format::Avro => Format::Avro,
        hir::Format::Protobuf => Format::Protobuf,
    }
}

impl Lowering<'_> {
    pub(crate) fn lower_sources(&mut self) {
        let waiting = self.program.waiting_ns();
        for (source, lateness_ns) in self.program.sources.iter().zip(waiting) {
            let flat = flatten_schema(self.program, &self.program.schemas[source.schema.index()]);
            let mut columns = Columns { flat, taken: BTreeMap::new() };
            let mut plan = SourcePlan {
                name: source.name.clone(),
                topic: source.topic.clone(),
                format: format(&source.format),
                columns: Vec::new(),
                exprs: Exprs::default(),
                key: KeyPlan::Record,
                time: TimePlan::Record,
                counts: None,
                filter: None,
                lateness_ns,
                patience_ns: source.patience_ns,
                skew_ns: source.skew_ns,
                duplicates: match source.duplicates {
                    hir::Duplicates::Keep => Duplicates::Keep,
                    hir::Duplicates::First => Duplicates::First,
                    hir::Duplicates::Last => Duplicates::Last,
                },
                rate_hz: source.rate_hz,
            };
            let mut scope = RecordScope {
                lowering: self,
                exprs: &mut plan.exprs,
                taken: &mut columns,
                columns: &mut plan.columns,
                locals: BTreeMap::new(),
            };
            plan.key = key_plan(&mut scope, &source.key);
            plan.time = time_plan(&mut scope, &source.time);
            if let hir::TimeOf::Count(_, unit) = &source.time {
                plan.counts = Some(unit.clone());
            }
            plan.filter = source.filter.as_ref().map(|f| scope.one(f));
            self.plan.sources.push(plan);
            self.source_columns.push(columns);
        }
    }

    pub(crate) fn lower_tables(&mut self) {
        for table in &self.program.tables {
            let flat = flatten_schema(self.program, &self.program.schemas[table.schema.index()]);
            let mut columns = Columns { flat, taken: BTreeMap::new() };
            let mut plan = TablePlan {
                name: table.name.clone(),
                topic: table.topic.clone(),
                format: format(&table.format),
                columns: Vec::new(),
                exprs: Exprs::default(),
                key: KeyPlan::Record,
                time: TimePlan::Beginning,
            };
            let mut scope = RecordScope {
                lowering: self,
                exprs: &mut plan.exprs,
                taken: &mut columns,
                columns: &mut plan.columns,
                locals: BTreeMap::new(),
            };
            plan.key = key_plan(&mut scope, &table.key);
            if let Some(time) = &table.time {
                plan.time = time_plan(&mut scope, time);
            }
            self.plan.tables.push(plan);
            self.table_columns.push(columns);
        }
    }

    /// The column of a source for a word of its schema.
    pub(crate) fn source_column(&mut self, source: usize, word: u32) -> u32 {
        take(&mut self.source_columns[source], &mut self.plan.sources[source].columns, word)
    }

    /// The column of a table for a word of its schema.
    pub(crate) fn table_column(&mut self, table: usize, word: u32) -> u32 {
        take(&mut self.table_columns[table], &mut self.plan.tables[table].columns, word)
    }

    /// Lowers an expression over a source's record into the source's own arena.
    pub(crate) fn source_expr(&mut self, source: usize, expr: &hir::Expr) -> ExprId {
        let mut columns = std::mem::take(&mut self.source_columns[source]);
        let mut taken = std::mem::take(&mut self.plan.sources[source].columns);
        let mut exprs = std::mem::take(&mut self.plan.sources[source].exprs);
        let mut scope = RecordScope {
            lowering: self,
            exprs: &mut exprs,
            taken: &mut columns,
            columns: &mut taken,
            locals: BTreeMap::new(),
        };
        let id = scope.one(expr);
        self.source_columns[source] = columns;
        self.plan.sources[source].columns = taken;
        self.plan.sources[source].exprs = exprs;
        id
    }
}

fn take(columns: &mut Columns, plan: &mut Vec<Column>, word: u32) -> u32 {
    *columns.taken.entry(word).or_insert_with(|| {
        plan.push(columns.flat[word as usize].clone());
        (plan.len() - 1) as u32
    })
}

fn key_plan(scope: &mut RecordScope<'_, '_>, key: &hir::KeyOf) -> KeyPlan {
    match key {
        hir::KeyOf::File => KeyPlan::File,
        hir::KeyOf::Record => KeyPlan::Record,
        hir::KeyOf::Expr(expr) => match expr.kind {
            hir::ExprKind::SourceField(word) => KeyPlan::Column(take(scope.taken, scope.columns, word)),
            _ => KeyPlan::Expr(scope.one(expr)),
        },
    }
}

fn time_plan(scope: &mut RecordScope<'_, '_>, time: &hir::TimeOf) -> TimePlan {
    match time {
        hir::TimeOf::Record => TimePlan::Record,
        hir::TimeOf::Expr(expr) => match expr.kind {
            hir::ExprKind::SourceField(word) => TimePlan::Column(take(scope.taken, scope.columns, word)),
            _ => TimePlan::Expr(scope.one(expr)),
        },
        hir::TimeOf::Count(expr, _) => TimePlan::Expr(counted_time(scope, expr, time.unit_of_count())),
    }
}

/// A clock that counts something else stands in billionths of its unit's base, as durations in its units do.
fn counted_time(scope: &mut RecordScope<'_, '_>, expr: &hir::Expr, unit: Option<Unit>) -> ExprId {
    let mut count = scope.one(expr);
    let (factor, divisor) = unit.map_or((1.0, 1.0), |unit| (unit.factor, unit.divisor));
    if scope.exprs().get(count).ty == Scalar::Int {
        let billionths = factor * NANOS_PER_SECOND as f64;
        // Whole numbers stay whole, up to the end of their range, where the unit is a whole number of its base.
        if divisor == 1.0 && billionths.fract() == 0.0 && billionths < 9e15 {
            let billionths = scope.int(billionths as i64, Scalar::Int);
            return scope.prim(Prim::MulInt, &[count, billionths], Scalar::Timestamp, expr.span);
        }
        count = scope.prim(Prim::IntToReal, &[count], Scalar::Real, expr.span);
    }
    for (prim, number) in [(Prim::MulReal, factor), (Prim::DivReal, divisor)] {
        if number != 1.0 {
            let number = scope.real(number);
            count = scope.prim(prim, &[count, number], Scalar::Real, expr.span);
        }
    }
    scope.prim(Prim::SecondsToNanos, &[count], Scalar::Timestamp, expr.span)
}

/// Expressions over one record of a source or table.
struct RecordScope<'s, 'a> {
    lowering: &'s mut Lowering<'a>,
    exprs: &'s mut Exprs,
    taken: &'s mut Columns,
    columns: &'s mut Vec<Column>,
    locals: BTreeMap<hir::LocalId, Vec<ExprId>>,
}

impl RecordScope<'_, '_> {
    fn one(&mut self, expr: &hir::Expr) -> ExprId {
        lower_expr(self, expr)[0]
    }
}

impl<'a> Scope<'a> for RecordScope<'_, 'a> {
    fn exprs(&mut self) -> &mut Exprs {
        self.exprs
    }

    fn lowering(&mut self) -> &mut Lowering<'a> {
        self.lowering
    }

    fn locals(&mut self) -> &mut BTreeMap<hir::LocalId, Vec<ExprId>> {
        &mut self.locals
    }

    fn read(&mut self, expr: &hir::Expr) -> Vec<ExprId> {
        let hir::ExprKind::SourceField(first) = expr.kind else {
            unreachable!("the checker lets a source's expressions read nothing but its record");
        };
        let scalars = expr.ty.flatten();
        (first..)
            .zip(scalars)
            .map(|(word, ty)| {
                let column = take(self.taken, self.columns, word);
                self.exprs.push(NodeKind::Field(0, column), ty, expr.span)
            })
            .collect()
    }
}
