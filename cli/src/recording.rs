//! What was recorded of a program's sources, so that findings can quote it.

use crate::bindings::Partitions;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::project::Found;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use twin_analysis::{FieldRecording, Recording, RuleFigures, hir};
use twin_connectors::file::{Reading, open_files};
use twin_driver::{Checked, Recordings, check as check_project};
use twin_engine::Chunk;
use twin_lowering::flatten_schema;
use twin_plan::{Column, Format, KeyPlan, TimeText};
use twin_stdlib::LIBRARY;
use twin_types::{Scalar, Unit, Word, words};

/// More records than this are not looked at: a check is to be quick.
const RECORDS_MAX: u64 = 200_000;
/// More different values of a field are not told apart.
const DISTINCT_MAX: usize = 10_000;
/// So many texts are quoted at most.
const TEXTS_MAX: usize = 5;
const ROWS: usize = 1 << 13;

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
    known: RefCell<BTreeMap<String, Option<Recording>>>,
    figures: Figures<'a>,
}

impl Recordings for Recorded<'_> {
    fn recording(&self, source: &str) -> Option<Recording> {
        let known = self.known.borrow().get(source).cloned();
        known.unwrap_or_else(|| {
            let read = self.read(source);
            self.known.borrow_mut().insert(source.to_string(), read.clone());
            read
        })
    }

    fn rule_figures(&self, twin: &str, rule: &str, mended: &str) -> Option<RuleFigures> {
        let recordings = self.first.program.sources.iter().map(|source| self.recording(&source.name));
        let recordings: Vec<Recording> = recordings.collect::<Option<_>>()?;
        // Half a recording would give half a figure.
        if recordings.iter().any(|recording| recording.records >= RECORDS_MAX) {
            return None;
        }
        let span_ns = recordings.iter().map(|recording| recording.span_ns).max()?;
        self.figures.of(self.first, twin, rule, mended, span_ns)
    }
}

impl Recorded<'_> {
    fn read(&self, source: &str) -> Option<Recording> {
        let program = &self.first.program;
        let source = program.sources.iter().find(|known| known.name == source)?;
        let folder = self.found.project.folder()?;
        let paths = self.found.config.inputs.get(&source.name)?;
        let partitions: Partitions = paths.iter().map(|path| crate::bindings::files(path, folder)).collect();
        statistics(program, source, &partitions)
    }
}

/// Reads all partitions of a source; nothing is said of one that cannot be read.
fn statistics(program: &hir::Program, source: &hir::Source, partitions: &Partitions) -> Option<Recording> {
    let schema = program.schemas.get(source.schema.index())?;
    let columns: Vec<Column> = flatten_schema(program, schema).into_iter().map(as_written).collect();
    let format = format_of(&source.format);
    let reading = Reading { format: &format, columns: &columns, key: &KeyPlan::Record, is_table: false };
    let mut seen: Vec<Seen> = columns.iter().map(Seen::new).collect();
    let mut span = Span::default();
    let time = time_column(source);
    let mut records = 0;
    for files in partitions {
        let mut reader = open_files(files, &reading).ok()?;
        let mut chunk = Chunk::new(columns.len());
        loop {
            chunk.clear();
            let more = reader.read(&mut chunk, ROWS).ok()?;
            records += chunk.rows() as u64;
            seen.iter_mut().zip(&chunk.batch.columns).for_each(|(seen, words)| seen.take(words, &chunk));
            span.take(
                time.map_or(chunk.times.as_slice(), |_| &[]),
                time.map(|at| &chunk.batch.columns[at][..]),
            );
            if !more || records >= RECORDS_MAX {
                break;
            }
        }
    }
    let fields = fields(schema, &columns, seen);
    Some(Recording { records, span_ns: span.rounded(), fields })
}

/// A column of which nothing is missed; what is outside `valid` is no more believed here than in a run.
fn as_written(column: Column) -> Column {
    let (ty, texts) = match column.ty {
        Scalar::Enum(_) => (Scalar::String, Vec::new()),
        other => (other, column.texts),
    };
    Column { ty, texts, is_required: false, default: None, ..column }
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

/// The column that is the event time, where it is one.
fn time_column(source: &hir::Source) -> Option<usize> {
    match &source.time {
        hir::TimeOf::Expr(hir::Expr { kind: hir::ExprKind::SourceField(word), .. }) => Some(*word as usize),
        _ => None,
    }
}

/// By field of the schema: an array's items are taken together, a nested record is left out.
fn fields(schema: &hir::Schema, columns: &[Column], seen: Vec<Seen>) -> BTreeMap<String, FieldRecording> {
    let mut fields: BTreeMap<String, Seen> = BTreeMap::new();
    for (column, seen) in columns.iter().zip(seen) {
        let name = column.name.split(['[', '.']).next().unwrap_or(&column.name);
        let is_field = schema.fields.iter().any(|field| field.name == name) && !column.name.contains('.');
        if is_field && !matches!(column.time, Some(TimeText::Pattern(..))) {
            match fields.get_mut(name) {
                Some(known) => known.join(seen),
                None => drop(fields.insert(name.to_string(), seen)),
            }
        }
    }
    fields.into_iter().map(|(name, seen)| (name, seen.finish())).collect()
}

/// What was seen of one column.
struct Seen {
    ty: Scalar,
    /// Numbers are stored in SI, and said as they stand on the wire.
    unit: Option<Unit>,
    field: FieldRecording,
    counts: HashMap<Vec<u8>, u64>,
}

impl Seen {
    fn new(column: &Column) -> Seen {
        let (ty, unit) = (column.ty, column.unit.clone());
        Seen { ty, unit, field: FieldRecording::default(), counts: HashMap::new() }
    }

    fn take(&mut self, column: &[Word], chunk: &Chunk) {
        let ty = self.ty;
        for word in column.iter().filter(|word| ty.is_present(**word)) {
            self.field.present += 1;
            match ty {
                Scalar::String => self.count(chunk.batch.text(*word)),
                Scalar::Real => self.number(words::to_f64(*word), *word),
                Scalar::Int => self.number(words::to_i64(*word) as f64, *word),
                _ => self.count(&word.to_le_bytes()),
            }
        }
    }

    fn number(&mut self, number: f64, word: Word) {
        self.field.min = Some(self.field.min.map_or(number, |min| min.min(number)));
        self.field.max = Some(self.field.max.map_or(number, |max| max.max(number)));
        self.field.zeros += u64::from(number == 0.0);
        self.count(&word.to_le_bytes());
    }

    fn count(&mut self, value: &[u8]) {
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < DISTINCT_MAX {
            self.counts.insert(value.to_vec(), 1);
        }
    }

    fn join(&mut self, other: Seen) {
        let (mine, theirs) = (&mut self.field, &other.field);
        mine.present += theirs.present;
        mine.zeros += theirs.zeros;
        mine.min = [mine.min, theirs.min].into_iter().flatten().reduce(f64::min);
        mine.max = [mine.max, theirs.max].into_iter().flatten().reduce(f64::max);
        for (value, count) in other.counts {
            *self.counts.entry(value).or_insert(0) += count;
        }
    }

    fn finish(mut self) -> FieldRecording {
        let on_wire = |stored: f64| self.unit.as_ref().map_or(stored, |unit| unit.shortest(stored));
        self.field.min = self.field.min.map(on_wire);
        self.field.max = self.field.max.map(on_wire);
        self.field.distinct = self.counts.len() as u64;
        if self.ty == Scalar::String {
            let mut texts: Vec<(Vec<u8>, u64)> = self.counts.into_iter().collect();
            // Equally frequent ones by their bytes, so that a message is the same every time.
            texts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
            let text = |(bytes, _): (Vec<u8>, u64)| String::from_utf8_lossy(&bytes).into_owned();
            self.field.texts = texts.into_iter().take(TEXTS_MAX).map(text).collect();
        }
        self.field
    }
}

/// First and last time.
#[derive(Default)]
struct Span(Option<(i64, i64)>);

impl Span {
    fn take(&mut self, times: &[i64], column: Option<&[Word]>) {
        let of_column = column.into_iter().flatten().map(|word| words::to_i64(*word));
        for time in times.iter().copied().chain(of_column).filter(|time| *time != i64::MIN) {
            let (first, last) = self.0.unwrap_or((time, time));
            self.0 = Some((first.min(time), last.max(time)));
        }
    }

    /// Its length, as round as one says it: `9 d`, not `781324 s`.
    fn rounded(&self) -> i64 {
        let length = self.0.map_or(0, |(first, last)| last.saturating_sub(first));
        let units = [86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000];
        let unit = units.into_iter().find(|unit| length >= 2 * unit).unwrap_or(1);
        (length + unit / 2) / unit * unit
    }
}
