//! What was seen of a run: alerts, times of records, what the probe wrote, from when to when twins were heard from.

use crate::memory::Tap;
use crate::watch::Watch;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use twin_engine::{RowSchema, Writers, schemas};
use twin_lowering::Probe;
use twin_plan::Plan;
use twin_plan::kernel::Batch;
use twin_types::{ABSENT_STRING, Scalar, TRUE, Word, words};

/// One record of the alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub twin: String,
    pub key: String,
    pub rule: String,
    pub is_raised: bool,
    pub at: i64,
}

/// What the probe of the test's twin wrote, step by step. Most steps say what the one before said, and share its row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// Times of the steps.
    pub times: Vec<i64>,
    /// The row of each step.
    row_of: Vec<u32>,
    /// Values, side by side as in [`Watch::values`]; its texts are its own.
    rows: Batch,
    scalars: Vec<Scalar>,
}

/// From when to when each twin of a type was heard from, by key.
pub(crate) type Spans = BTreeMap<String, (i64, i64)>;

/// What was seen of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// In the order in which they were written.
    pub alerts: Vec<Alert>,
    /// Times of the records of the program's own sinks, by name.
    pub records: BTreeMap<String, Vec<i64>>,
    /// Of the test's twin.
    pub series: Series,
    /// By number of the probe.
    pub spans: BTreeMap<usize, Spans>,
}

/// What writers share with whoever looks at it afterwards.
#[derive(Clone, Default)]
pub(crate) struct Observed(Arc<Mutex<Seen>>);

impl Observed {
    /// What was seen; no writer writes any longer.
    pub fn take(&self) -> Seen {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no writer panics")
    }

    /// Writers for all that is to be seen. Records of other sinks are counted by the engine only.
    pub fn writers(&self, plan: &Plan, own_sinks: usize, watch: &Watch, key: Option<&str>) -> Writers {
        let mut writers = Writers::new();
        for (at, schema) in schemas(plan).into_iter().enumerate() {
            let writer = match at.checked_sub(own_sinks) {
                None => Some(self.sink_times(&schema, plan.sinks[at].columns.len() - 1)),
                Some(_) if schema.name == "alerts" => Some(self.alerts(&schema)),
                Some(probe) if probe < watch.probes.len() => Some(self.probe(probe, &schema, watch, key)),
                Some(_) => None,
            };
            if let Some(writer) = writer {
                writers.insert(schema.name.clone(), writer);
            }
        }
        writers
    }

    fn sink_times(&self, schema: &RowSchema, time: usize) -> Box<Tap> {
        let (seen, name) = (self.clone(), schema.name.clone());
        Tap::new(&schema.name, move |rows| {
            let times = rows.columns[time].iter().map(|word| words::to_i64(*word));
            seen.lock().records.entry(name.clone()).or_default().extend(times);
        })
    }

    fn alerts(&self, schema: &RowSchema) -> Box<Tap> {
        let seen = self.clone();
        // The form of alerts is fixed: program, version, twin, key, rule, severity, state, at …
        Tap::new(&schema.name, move |rows| {
            let text = |column: usize, row: usize| {
                String::from_utf8_lossy(rows.text(rows.columns[column][row])).into_owned()
            };
            let alerts = (0..rows.rows).map(|row| Alert {
                twin: text(2, row),
                key: text(3, row),
                rule: text(4, row),
                is_raised: text(6, row) == "raised",
                at: words::to_i64(rows.columns[7][row]),
            });
            seen.lock().alerts.extend(alerts);
        })
    }

    fn probe(&self, probe: usize, schema: &RowSchema, watch: &Watch, key: Option<&str>) -> Box<Tap> {
        debug_assert_eq!(schema.name, Probe::sink(probe));
        let seen = self.clone();
        let is_int = matches!(schema.columns[0].ty, twin_engine::RowType::Scalar(Scalar::Int));
        if watch.spans.values().any(|of_spans| *of_spans == probe) {
            return Tap::new(&schema.name, move |rows| {
                seen.lock().spans.entry(probe).or_default().add(rows, is_int);
            });
        }
        let scalars: Vec<Scalar> = watch.values.iter().flat_map(|value| value.scalars.clone()).collect();
        let key = key.unwrap_or_default().to_string();
        self.lock().series = Series::new(scalars);
        Tap::new(&schema.name, move |rows| {
            let mut seen = seen.lock();
            for row in (0..rows.rows).filter(|row| key_of(rows, *row, is_int) == key.as_bytes()) {
                seen.series.push(rows, row);
            }
        })
    }
}

trait AddSpans {
    fn add(&mut self, rows: &Batch, is_int: bool);
}

impl AddSpans for Spans {
    fn add(&mut self, rows: &Batch, is_int: bool) {
        for row in 0..rows.rows {
            let time = words::to_i64(rows.columns[1][row]);
            let key = String::from_utf8_lossy(&key_of(rows, row, is_int)).into_owned();
            let span = self.entry(key).or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
    }
}

/// The key of a row as text.
fn key_of(rows: &Batch, row: usize, is_int: bool) -> std::borrow::Cow<'_, [u8]> {
    let word = rows.columns[0][row];
    match is_int {
        true => words::to_i64(word).to_string().into_bytes().into(),
        false => rows.text(word).into(),
    }
}

impl Series {
    fn new(scalars: Vec<Scalar>) -> Series {
        let rows = Batch { columns: vec![Vec::new(); scalars.len()], ..Batch::default() };
        Series { times: Vec::new(), row_of: Vec::new(), rows, scalars }
    }

    /// Adds a step.
    fn push(&mut self, from: &Batch, row: usize) {
        let values = &from.columns[2..];
        self.times.push(words::to_i64(from.columns[1][row]));
        let last = self.rows.rows.checked_sub(1);
        let is_same = |last: usize| {
            let mut words = values.iter().zip(&self.rows.columns).zip(&self.scalars);
            words.all(|((new, old), ty)| match ty {
                Scalar::String => same_text((from, new[row]), (&self.rows, old[last])),
                _ => new[row] == old[last],
            })
        };
        if last.is_some_and(is_same) {
            self.row_of.push((self.rows.rows - 1) as u32);
            return;
        }
        self.row_of.push(self.rows.rows as u32);
        for (at, column) in values.iter().enumerate() {
            let mut word = column[row];
            if self.scalars[at] == Scalar::String && word != ABSENT_STRING {
                word = self.rows.add_text(from.text(word));
            }
            self.rows.columns[at].push(word);
        }
        self.rows.rows += 1;
    }

    /// The last step at or before a time.
    pub fn at(&self, time: i64) -> Option<usize> {
        self.times.partition_point(|step| *step <= time).checked_sub(1)
    }

    /// A word after a step; `word` counts as [`crate::watch::Watched::first`] does.
    pub fn word(&self, step: usize, word: usize) -> Word {
        self.rows.columns[word - 2][self.row_of[step] as usize]
    }

    /// A condition after a step.
    pub fn is_true(&self, step: usize, word: usize) -> bool {
        self.word(step, word) == TRUE
    }

    /// The bytes of a text of this series.
    pub fn text(&self, handle: Word) -> &[u8] {
        if handle == ABSENT_STRING { &[] } else { self.rows.text(handle) }
    }
}

fn same_text((a, one): (&Batch, Word), (b, other): (&Batch, Word)) -> bool {
    match (one == ABSENT_STRING, other == ABSENT_STRING) {
        (false, false) => a.text(one) == b.text(other),
        (one, other) => one == other,
    }
}
