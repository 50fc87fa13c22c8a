//! The sinks of a run: the form of their rows, the rows of a round, the writers.

use crate::log::{LogError, RecordWriter, RowColumn, RowSchema, RowType};
use crate::value::push_time;
use std::collections::BTreeMap;
use twin_plan::kernel::Batch;
use twin_plan::{Output, OutputKind, PathStep, Plan, TwinPlan};
use twin_types::{ABSENT_STRING, Scalar, Unit, UnitTable, Word, words};

/// Sinks that every program has, behind its own.
pub const BUILT_IN: [&str; 4] = ["alerts", "captures", "late", "rejects"];

/// One sink.
pub(crate) struct Sink {
    pub schema: RowSchema,
    pub writer: Option<Box<dyn RecordWriter>>,
    /// Rows of this round.
    pub rows: Batch,
    /// Rows so far.
    pub count: u64,
}

/// All sinks: those of the program in its order, then the built-in ones.
pub(crate) struct Sinks {
    pub list: Vec<Sink>,
    /// Where the built-in ones begin.
    own: usize,
}

/// The built-in sinks, by their place behind the program's own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BuiltIn {
    Alerts,
    Captures,
    Late,
    Rejects,
}

impl Sinks {
    /// Sinks of a program; those without a writer are counted only.
    pub fn new(plan: &Plan, mut writers: BTreeMap<String, Box<dyn RecordWriter>>) -> Sinks {
        let list = schemas(plan).into_iter().map(|schema| Sink {
            writer: writers.remove(&schema.name),
            rows: Batch { columns: vec![Vec::new(); schema.columns.len()], ..Batch::default() },
            schema,
            count: 0,
        });
        Sinks { list: list.collect(), own: plan.sinks.len() }
    }

    /// One of the built-in ones.
    pub fn built_in(&mut self, which: BuiltIn) -> &mut Sink {
        &mut self.list[self.own + which as usize]
    }

    /// Writes the rows of the round.
    pub fn write_round(&mut self) -> Result<(), LogError> {
        for sink in self.list.iter_mut().filter(|sink| sink.rows.rows > 0) {
            if let Some(writer) = &mut sink.writer {
                writer.write(&sink.rows)?;
            }
            sink.rows.rows = 0;
            sink.rows.columns.iter_mut().for_each(Vec::clear);
            sink.rows.texts.clear();
        }
        Ok(())
    }

    /// All writers, with the names of their sinks.
    pub fn writers(&mut self) -> impl Iterator<Item = (&str, &mut Box<dyn RecordWriter>)> {
        self.list.iter_mut().filter_map(|sink| Some((sink.schema.name.as_str(), sink.writer.as_mut()?)))
    }
}

impl Sink {
    /// Adds a row: one cell per column.
    pub fn push(&mut self, cells: &[Cell<'_>]) {
        self.count += 1;
        if self.writer.is_none() {
            return;
        }
        for (at, cell) in cells.iter().enumerate() {
            let word = match cell {
                Cell::Word(word) => *word,
                Cell::Text(bytes) => self.rows.add_text(bytes),
                Cell::NoText => ABSENT_STRING,
            };
            self.rows.columns[at].push(word);
        }
        self.rows.rows += 1;
    }
}

/// One value of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    Word(Word),
    Text(&'a [u8]),
    NoText,
}

/// A time as the column takes it: a word, or a text where the clocks of a program count something else than time.
pub(crate) fn time_cell<'a>(
    column: &RowColumn,
    word: Word,
    counts: Option<&Unit>,
    text: &'a mut String,
) -> Cell<'a> {
    match column.ty {
        RowType::Scalar(Scalar::Timestamp) => Cell::Word(word),
        _ if !Scalar::Timestamp.is_present(word) => Cell::NoText,
        _ => {
            push_time(text, words::to_i64(word), counts);
            Cell::Text(text.as_bytes())
        }
    }
}

/// What a twin's clock counts, where it is no time.
pub(crate) fn counts<'p>(plan: &'p Plan, twin: &TwinPlan) -> Option<&'p Unit> {
    plan.sources[twin.inputs.first()?.source as usize].counts.as_ref()
}

/// Whether twins whose clocks count something else than time write to a sink, so that its times are texts.
fn is_counted(plan: &Plan, sink: usize) -> bool {
    let writes =
        |output: &Output| matches!(output.kind, OutputKind::Record { sink: to, .. } if to as usize == sink);
    plan.twins.iter().any(|twin| counts(plan, twin).is_some() && twin.outputs.iter().any(writes))
}

/// The form of every sink's rows: the program's own in its order, then [`BUILT_IN`].
pub fn schemas(plan: &Plan) -> Vec<RowSchema> {
    let own = plan.sinks.iter().enumerate();
    let mut schemas: Vec<_> = own.map(|(at, sink)| own_schema(plan, sink, is_counted(plan, at))).collect();
    schemas.push(alerts(plan.twins.iter().any(|twin| counts(plan, twin).is_some())));
    schemas.push(captures());
    schemas.push(late(plan.sources.iter().any(|source| source.counts.is_some())));
    schemas.push(rejects());
    schemas
}

fn own_schema(plan: &Plan, sink: &twin_plan::SinkPlan, is_counted: bool) -> RowSchema {
    let columns = sink.columns.iter().map(|column| match column.ty {
        Scalar::Timestamp if is_counted => RowColumn { path: column.path.clone(), ..time("", true) },
        ty => RowColumn {
            path: column.path.clone(),
            ty: RowType::Scalar(ty),
            unit: column.unit.clone(),
            time: column.time.clone(),
            texts: crate::value::names(ty, &plan.enums).to_vec(),
        },
    });
    let mut columns: Vec<_> = columns.collect();
    if sink.command.is_some() {
        columns.push(text("id"));
        columns.push(time("expires_at", is_counted));
    }
    RowSchema { name: sink.name.clone(), columns }
}

fn alerts(is_counted: bool) -> RowSchema {
    let mut columns: Vec<_> =
        ["program", "version", "twin", "key", "rule", "severity", "state"].map(text).into();
    columns.push(time("at", is_counted));
    columns.push(time("since", is_counted));
    columns.push(text("id"));
    columns.push(text("message"));
    columns.push(json("why"));
    RowSchema { name: "alerts".to_string(), columns }
}

fn captures() -> RowSchema {
    let mut columns: Vec<_> = ["program", "version", "twin", "key", "rule", "id", "input"].map(text).into();
    columns.push(scalar("complete", Scalar::Bool));
    columns.push(json("value"));
    RowSchema { name: "captures".to_string(), columns }
}

fn late(is_counted: bool) -> RowSchema {
    let columns = vec![
        text("source"),
        scalar("partition", Scalar::Int),
        scalar("offset", Scalar::Int),
        text("key"),
        time("time", is_counted),
        RowColumn { unit: second(), ..scalar("behind", Scalar::Duration) },
        json("value"),
    ];
    RowSchema { name: "late".to_string(), columns }
}

fn rejects() -> RowSchema {
    let columns = vec![
        text("source"),
        scalar("partition", Scalar::Int),
        scalar("offset", Scalar::Int),
        text("key"),
        text("reason"),
        text("detail"),
        text("raw"),
    ];
    RowSchema { name: "rejects".to_string(), columns }
}

fn second() -> Option<Unit> {
    UnitTable::default().get("s")
}

fn scalar(name: &str, ty: Scalar) -> RowColumn {
    let path = vec![PathStep::Name(name.to_string())];
    RowColumn { path, ty: RowType::Scalar(ty), unit: None, time: None, texts: Vec::new() }
}

fn time(name: &str, is_counted: bool) -> RowColumn {
    scalar(name, if is_counted { Scalar::String } else { Scalar::Timestamp })
}

fn text(name: &str) -> RowColumn {
    scalar(name, Scalar::String)
}

fn json(name: &str) -> RowColumn {
    RowColumn { ty: RowType::Json, ..text(name) }
}
