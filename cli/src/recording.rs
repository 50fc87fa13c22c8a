//! What was recorded of a program's sources, so that findings can quote it.

use crate::failure::Failure;
use crate::figures::Figures;
use crate::project::Found;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use twin_analysis::{FieldRecording, Recording, RuleFigures, hir};
use twin_connectors::file::{ColumnProfile, Profile, Reading, profile};
use twin_driver::{Checked, Recordings, check as check_project};
use twin_lowering::flatten_schema;
use twin_plan::{Column, Format, KeyPlan};
use twin_stdlib::LIBRARY;

/// More records than this are not looked at: a check is to be quick.
const RECORDS_MAX: u64 = 200_000;

/// Checks a program with its project's recording at hand. Without findings there is nothing to quote it for.
pub fn check(found: &Found) -> Result<Checked, Failure> {
    let first = found.check()?;
    if first.findings.is_empty() || found.config.inputs.is_empty() {
        return Ok(first);
    }
    let recorded = Recorded { found, first: &first, known: RefCell::default(), figures: Figures::new(found) };
    check_project(&found.project, &LIBRARY, &recorded).map_err(|error| Failure::usage(error.to_string()))
}

/// What the project's recording holds.
struct Recorded<'a> {
    found: &'a Found,
    /// The program as the first check left it: sources and their schemas.
    first: &'a Checked,
    known: RefCell<BTreeMap<String, Option<Known>>>,
    figures: Figures<'a>,
}

/// The recording of one source, and whether all of it was read.
#[derive(Clone)]
struct Known {
    recording: Recording,
    is_whole: bool,
}

impl Recordings for Recorded<'_> {
    fn recording(&self, source: &str) -> Option<Recording> {
        self.known(source).map(|known| known.recording)
    }

    fn rule_figures(&self, twin: &str, rule: &str, mended: &str) -> Option<RuleFigures> {
        let known = self.first.program.sources.iter().map(|source| self.known(&source.name));
        let known: Vec<Known> = known.collect::<Option<_>>()?;
        // Half a recording would give half a figure.
        if known.iter().any(|known| !known.is_whole) {
            return None;
        }
        let span_ns = known.iter().map(|known| known.recording.span_ns).max().filter(|span| *span > 0)?;
        self.figures.of(self.first, twin, rule, mended, span_ns)
    }
}

impl Recorded<'_> {
    fn known(&self, source: &str) -> Option<Known> {
        let known = self.known.borrow().get(source).cloned();
        known.unwrap_or_else(|| {
            let read = self.read(source);
            self.known.borrow_mut().insert(source.to_string(), read.clone());
            read
        })
    }

    /// Reads a source's recording; nothing is said of one that cannot be read.
    fn read(&self, source: &str) -> Option<Known> {
        let program = &self.first.program;
        let source = program.sources.iter().find(|known| known.name == source)?;
        let schema = program.schemas.get(source.schema.index())?;
        let folder = self.found.project.folder()?;
        let paths = self.found.config.inputs.get(&source.name)?;
        let paths: Vec<PathBuf> =
            paths.iter().flat_map(|path| crate::bindings::files(path, folder)).collect();
        let columns: Vec<Column> = flatten_schema(program, schema).into_iter().map(not_required).collect();
        let format = format_of(&source.format);
        let reading = Reading {
            format: &format,
            columns: &columns,
            key: &KeyPlan::Record,
            is_table: false,
            needs: &[],
        };
        let profile = profile(&paths, &reading, RECORDS_MAX).ok()?;
        let recording = Recording {
            records: profile.records,
            span_ns: span(source, &profile),
            fields: fields(schema, &columns, &profile),
        };
        Some(Known { recording, is_whole: profile.is_whole })
    }
}

/// While the program is not whole, no record is set aside for want of a field.
fn not_required(column: Column) -> Column {
    Column { is_required: false, default: None, ..column }
}

fn format_of(format: &hir::Format) -> Format {
    match format {
        hir::Format::Json => Format::Json,
        hir::Format::Csv { separator, header, absent } => {
            Format::Csv { separator: *separator, header: *header, absent: absent.clone() }
        }
        hir::Format::Avro => Format::Avro,
        hir::Format::Protobuf => Format::Protobuf,
    }
}

/// By field of the schema: an array's items are taken together, a nested record is left out.
fn fields(schema: &hir::Schema, columns: &[Column], profile: &Profile) -> BTreeMap<String, FieldRecording> {
    let mut fields: BTreeMap<String, FieldRecording> = BTreeMap::new();
    for (column, found) in columns.iter().zip(&profile.columns) {
        let name = column.name.split('[').next().unwrap_or(&column.name);
        if schema.fields.iter().any(|field| field.name == name) {
            let found = field(found);
            match fields.get_mut(name) {
                Some(known) => join(known, found),
                None => drop(fields.insert(name.to_string(), found)),
            }
        }
    }
    fields
}

fn field(found: &ColumnProfile) -> FieldRecording {
    FieldRecording {
        present: found.present,
        distinct: found.distinct,
        min: found.min,
        max: found.max,
        zeros: found.zeros,
        texts: found.texts.iter().map(|(text, _)| text.clone()).collect(),
    }
}

fn join(known: &mut FieldRecording, item: FieldRecording) {
    known.present += item.present;
    known.distinct = known.distinct.max(item.distinct);
    known.min = [known.min, item.min].into_iter().flatten().reduce(f64::min);
    known.max = [known.max, item.max].into_iter().flatten().reduce(f64::max);
    known.zeros += item.zeros;
}

/// The time from the first to the last record, as round as one says it: `9 d`, not `781324 s`; 0 where it is not known.
fn span(source: &hir::Source, profile: &Profile) -> i64 {
    let time = match &source.time {
        hir::TimeOf::Expr(hir::Expr { kind: hir::ExprKind::SourceField(word), .. }) => Some(*word as usize),
        _ => None,
    };
    let found = time.and_then(|at| profile.columns.get(at));
    let ends = found.and_then(|found| Some((found.min?, found.max?)));
    let length = ends.map_or(0, |(first, last)| (last - first) as i64);
    let units = [86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000];
    let unit = units.into_iter().find(|unit| length >= 2 * unit).unwrap_or(1);
    (length + unit / 2) / unit * unit
}
