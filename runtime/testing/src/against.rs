//! What really happened: a file of keys and times.
//!
//! A row says which twin and when. The key stands in a column named like the source's key, or `key`; the time in one
//! named like the source's time, or `time`, written as the source writes its own, or as RFC 3339. Where all records
//! of the source have one key, the file needs no column for it.

use std::path::Path;
use twin_connectors::file::{Reading, open_files};
use twin_engine::Chunk;
use twin_plan::{Column, Format, KeyPlan, NodeKind, PathStep, SourcePlan, TimePlan, TimeText};
use twin_types::{ABSENT_STRING, Scalar, Word, words};

/// What happened to a twin, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Incident {
    pub key: String,
    pub at: i64,
}

/// Reads all incidents, by key and time.
pub(crate) fn read_incidents(
    source: &SourcePlan,
    texts: &[String],
    file: &str,
    folder: Option<&Path>,
) -> Result<Vec<Incident>, String> {
    let Some(folder) = folder else {
        return Err(format!("this program has no folder, so there is no file `{file}`"));
    };
    let path = folder.join(file);
    if !path.exists() {
        return Err(format!("{}: there is no such file", path.display()));
    }
    let (columns, keys) = columns(source);
    let format = match &source.format {
        format @ Format::Csv { header: true, .. } => format.clone(),
        _ => Format::Csv { separator: b',', header: true, absent: Vec::new() },
    };
    let key = KeyPlan::Record;
    let reading = Reading { format: &format, columns: &columns, key: &key, is_table: false, needs: &[] };
    let mut reader = open_files(&[path], &reading).map_err(|error| error.to_string())?;
    let mut incidents = Vec::new();
    let mut row_before = 0;
    loop {
        let mut chunk = Chunk::new(columns.len());
        let is_more = reader.read(&mut chunk, 4096).map_err(|error| error.to_string())?;
        if let Some(reject) = chunk.rejects.first() {
            return Err(format!("{file}: a row cannot be read: {}", reject.detail));
        }
        for row in 0..chunk.rows() {
            let key = key_of(&chunk, row, keys, source).or_else(|| only_key(source, texts));
            let at = (keys..columns.len()).find_map(|at| {
                let word = chunk.batch.columns[at][row];
                columns[at].ty.is_present(word).then(|| time_of(word, columns[at].ty))
            });
            let (Some(key), Some(at)) = (key, at) else {
                return Err(format!(
                    "{file}: row {} has no key or no time: a column named like the key of `{}` or `key`, and one \
                     named like its time or `time`, are needed",
                    row_before + row + 1,
                    source.name
                ));
            };
            incidents.push(Incident { key, at });
        }
        row_before += chunk.rows();
        if !is_more {
            incidents.sort();
            return Ok(incidents);
        }
    }
}

/// All columns that may be there, none of which must be: those of the key (how many there are is given back), then
/// those of the time.
fn columns(source: &SourcePlan) -> (Vec<Column>, usize) {
    let optional =
        |column: &Column| Column { is_required: false, default: None, valid: None, ..column.clone() };
    let named = |name: &str, column: Column| Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ..column
    };
    let text = |name: &str| Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ty: Scalar::String,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required: false,
        default: None,
        valid: None,
    };
    let mut columns = Vec::new();
    let key = match &source.key {
        KeyPlan::Column(at) => optional(&source.columns[*at as usize]),
        KeyPlan::Expr(_) | KeyPlan::File | KeyPlan::Record => text("key"),
    };
    columns.extend([key.clone(), named(&key.name, key.clone()), named("key", key)]);
    let keys = columns.len();
    let time = match &source.time {
        TimePlan::Column(at) => Some(optional(&source.columns[*at as usize])),
        TimePlan::Expr(id) => counted_column(source, *id).map(|at| optional(&source.columns[at as usize])),
        TimePlan::Record | TimePlan::Beginning => None,
    };
    if let Some(time) = time {
        columns.extend([time.clone(), named(&time.name, time.clone()), named("time", time.clone())]);
        if time.ty == Scalar::Timestamp {
            let plain = Column { time: Some(TimeText::Rfc3339), ..time };
            columns.extend([plain.clone(), named(&plain.name, plain.clone()), named("time", plain)]);
        }
    } else {
        columns.push(Column { ty: Scalar::Timestamp, time: Some(TimeText::Rfc3339), ..text("time") });
    }
    (columns, keys)
}

/// The column that a counted time is worked out from.
fn counted_column(source: &SourcePlan, id: twin_plan::ExprId) -> Option<u32> {
    match &source.exprs.get(id).kind {
        NodeKind::Field(_, column) => Some(*column),
        NodeKind::Prim(_, args, _) => args.iter().find_map(|arg| counted_column(source, *arg)),
        _ => None,
    }
}

fn time_of(word: Word, ty: Scalar) -> i64 {
    match ty {
        Scalar::Timestamp => words::to_i64(word),
        // A clock that counts something else stands in billionths of it.
        Scalar::Int => words::to_i64(word).saturating_mul(twin_types::NANOS_PER_SECOND),
        _ => (words::to_f64(word) * twin_types::NANOS_PER_SECOND as f64) as i64,
    }
}

fn key_of(chunk: &Chunk, row: usize, keys: usize, source: &SourcePlan) -> Option<String> {
    let ty = match &source.key {
        KeyPlan::Column(at) => source.columns[*at as usize].ty,
        KeyPlan::Expr(_) | KeyPlan::File | KeyPlan::Record => Scalar::String,
    };
    (0..keys).find_map(|at| {
        let word = chunk.batch.columns[at][row];
        match ty {
            Scalar::String if word == ABSENT_STRING => None,
            Scalar::String => Some(String::from_utf8_lossy(chunk.batch.text(word)).into_owned()),
            _ if !ty.is_present(word) => None,
            Scalar::Enum(_) => match &source.key {
                KeyPlan::Column(at) => source.columns[*at as usize].texts.get(word as usize).cloned(),
                _ => None,
            },
            _ => Some(words::to_i64(word).to_string()),
        }
    })
}

/// The key of a source whose records all have the same.
fn only_key(source: &SourcePlan, texts: &[String]) -> Option<String> {
    let KeyPlan::Expr(id) = &source.key else { return None };
    match source.exprs.get(*id).kind {
        NodeKind::Text(number) => texts.get(number as usize).cloned(),
        NodeKind::Const(word) if source.exprs.get(*id).ty == Scalar::Int => {
            Some(words::to_i64(word).to_string())
        }
        _ => None,
    }
}
