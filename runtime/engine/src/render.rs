//! Records that twins wrote become rows of sinks: alerts with message and why, commands with id, captures.

use crate::collect::{Collecting, Written, keys, shards};
use crate::interner::Interner;
use crate::log::RowType;
use crate::rows::{Plain, RecordTexts};
use crate::sinks::{BuiltIn, Cell, Sinks, counts, time_cell};
use crate::summary::Counts;
use crate::twin::TwinState;
use crate::value::{Texts, push_json_text, push_message, shown};
use crate::wire::{Shapes, push_record};
use twin_plan::kernel::CAPTURE_HEAD_WORDS;
use twin_plan::{CommandPlan, OutputKind, Plan, RulePlan, TwinPlan};
use twin_types::{ABSENT_INT, ABSENT_STRING, Scalar, Word, words};
use xxhash_rust::xxh3::xxh3_64;

/// The column of an alert's time; that of `since` is behind it.
const AT: usize = 7;

/// Turns records into rows. Its strings are used again and again.
#[derive(Default)]
pub(crate) struct Renderer {
    message: String,
    why: String,
    shapes: Shapes,
    /// Where the words of records begin that are turned into rows together.
    firsts: Vec<u32>,
}

/// So many records are turned into rows together at most.
const TOGETHER: usize = 256;

/// A record with all that says what it is.
struct Record<'a> {
    plan: &'a Plan,
    twin: &'a TwinPlan,
    written: &'a Written<'a>,
    keys: &'a Interner,
    slot: u32,
    words: &'a [Word],
    texts: RecordTexts<'a>,
}

impl Record<'_> {
    /// The key of the twin that wrote it.
    fn key(&self) -> &[u8] {
        self.keys.text(self.slot)
    }
}

impl Renderer {
    /// Turns the round's records into rows of sinks, in order.
    pub fn render(
        &mut self,
        plan: &Plan,
        twins: &[TwinState],
        collecting: &Collecting,
        sinks: &mut Sinks,
        counts: &mut Counts,
    ) {
        let shards = shards(twins);
        let mut left = collecting.in_order();
        while let Some(first) = left.first() {
            let written = first.written(&shards);
            let twin = &plan.twins[written.twin as usize];
            let outputs = &shards[first.shard as usize].2.outputs;
            let output = &twin.outputs[written.head.output.index()];
            if let Some(plain) = Plain::of(plan, twin, output, sinks) {
                // Records of one kind mostly come together.
                self.firsts.clear();
                for place in &left[..left.len().min(TOGETHER)] {
                    let next = place.written(&shards);
                    if place.shard != first.shard || next.head.output != written.head.output {
                        break;
                    }
                    self.firsts.push(next.head.first);
                }
                let texts = RecordTexts { outputs, literals: &plan.texts };
                plain.push(&self.firsts, texts, &mut sinks.list[plain.sink]);
                left = &left[self.firsts.len()..];
                continue;
            }
            let (keys, slot) = keys(&written, twins);
            let begin = written.head.first as usize;
            let record = Record {
                plan,
                twin,
                written: &written,
                keys,
                slot,
                words: &outputs.words[begin..begin + written.head.words as usize],
                texts: RecordTexts { outputs, literals: &plan.texts },
            };
            self.render_record(&record, sinks, counts);
            left = &left[1..];
        }
    }

    fn render_record(&mut self, record: &Record<'_>, sinks: &mut Sinks, counts: &mut Counts) {
        let output = &record.twin.outputs[record.written.head.output.index()];
        match &output.kind {
            OutputKind::Record { sink, columns } => {
                render_row(record, *sink as usize, columns, &output.args, sinks);
            }
            OutputKind::Alert { rule, is_raised } => {
                counts.alert(record.written.twin, *rule, *is_raised);
                self.render_alert(record, *rule as usize, *is_raised, sinks);
            }
            OutputKind::Capture(capture) => {
                let capture = &record.twin.captures[capture.index()];
                render_capture(record, capture, &mut self.shapes, sinks);
            }
        }
    }

    fn render_alert(&mut self, record: &Record<'_>, rule: usize, is_raised: bool, sinks: &mut Sinks) {
        let sink = sinks.built_in(BuiltIn::Alerts);
        if sink.writer.is_none() {
            sink.count += 1;
            return;
        }
        let rule = &record.twin.rules[rule];
        let message_end = (3 + rule.message_args as usize).min(record.words.len());
        let message_args = record.words.get(3..message_end).unwrap_or_default();
        self.message.clear();
        push_message(&mut self.message, &rule.message, message_args, &record.texts, &record.plan.enums);
        self.why.clear();
        push_why(&mut self.why, rule, &record.words[message_end..], record);
        let id = alert_id(record, rule);
        let counts = counts(record.plan, record.twin);
        let (mut at_text, mut since_text) = (String::new(), String::new());
        let (at, since) = (words::from_i64(record.written.head.time), record.words.first().copied());
        let at = time_cell(&sink.schema.columns[AT], at, counts, &mut at_text);
        let since =
            time_cell(&sink.schema.columns[AT + 1], since.unwrap_or(ABSENT_INT), counts, &mut since_text);
        sink.push(&[
            Cell::Text(record.plan.program.as_bytes()),
            Cell::Text(record.plan.version.as_bytes()),
            Cell::Text(record.twin.name.as_bytes()),
            Cell::Text(record.key()),
            Cell::Text(rule.name.as_bytes()),
            Cell::Text(rule.severity.as_bytes()),
            Cell::Text(if is_raised { b"raised" } else { b"cleared" }),
            at,
            since,
            Cell::Text(id.as_bytes()),
            Cell::Text(self.message.as_bytes()),
            Cell::Text(self.why.as_bytes()),
        ]);
    }
}

/// `[{name,value,unit},…]`
fn push_why(out: &mut String, rule: &RulePlan, words: &[Word], record: &Record<'_>) {
    out.push('[');
    for (at, ((name, how), word)) in rule.why.iter().zip(words).enumerate() {
        out.push_str(if at == 0 { "{\"name\":" } else { ",{\"name\":" });
        push_json_text(out, name);
        out.push_str(",\"value\":");
        shown(how, *word, &record.texts, &record.plan.enums).push_json(out);
        out.push_str(",\"unit\":");
        match (&how.unit, how.ty) {
            (Some(unit), _) => push_json_text(out, &unit.symbol),
            (None, Scalar::Duration) => push_json_text(out, "s"),
            (None, _) => out.push_str("null"),
        }
        out.push('}');
    }
    out.push(']');
}

/// The same for raise and clear, and for every version of the program.
fn alert_id(record: &Record<'_>, rule: &RulePlan) -> String {
    let word = |at: usize| record.words.get(at).copied().unwrap_or(0);
    hash(record, &rule.name, &[word(1), word(2)])
}

/// A hash of the program, the twin, its key, a name and numbers.
fn hash(record: &Record<'_>, name: &str, numbers: &[Word]) -> String {
    let mut bytes = Vec::with_capacity(128);
    for part in [record.plan.program.as_bytes(), record.twin.name.as_bytes(), record.key(), name.as_bytes()] {
        bytes.extend_from_slice(part);
        bytes.push(0xff);
    }
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    format!("{:016x}", xxh3_64(&bytes))
}

fn render_row(record: &Record<'_>, at: usize, columns: &[Option<u32>], args: &[Scalar], sinks: &mut Sinks) {
    let plan = &record.plan.sinks[at];
    let sink = &mut sinks.list[at];
    if sink.writer.is_none() {
        sink.count += 1;
        return;
    }
    let clock = counts(record.plan, record.twin);
    let mut times = vec![String::new(); if clock.is_some() { columns.len() + 1 } else { 0 }];
    let mut times = times.iter_mut();
    let mut cells = Vec::with_capacity(columns.len() + 2);
    for ((column, of), form) in columns.iter().zip(&plan.columns).zip(&sink.schema.columns) {
        cells.push(match (column, times.next()) {
            (Some(n), Some(text)) if of.ty == Scalar::Timestamp => {
                let word = record.words.get(*n as usize).copied().unwrap_or(ABSENT_INT);
                time_cell(form, word, clock, text)
            }
            (Some(n), _) => cell(record, *n as usize, args),
            (None, _) if form.ty == RowType::Scalar(Scalar::String) => Cell::NoText,
            (None, _) => Cell::Word(of.ty.absent()),
        });
    }
    match &plan.command {
        None => sink.push(&cells),
        Some(command) => {
            let head = &record.written.head;
            let id = columns.get(plan.columns.len()).copied().flatten();
            let (expires_at, mut text) = (expires_at(command, head.time), String::new());
            let form = &sink.schema.columns[plan.columns.len() + 1];
            cells.push(id.map_or(Cell::NoText, |id| cell(record, id as usize, args)));
            cells.push(time_cell(form, expires_at, clock, times.next().unwrap_or(&mut text)));
            sink.push(&cells);
        }
    }
}

fn expires_at(command: &CommandPlan, time: i64) -> Word {
    command.expires_ns.and_then(|after| time.checked_add(after)).map_or(ABSENT_INT, words::from_i64)
}

fn cell<'a>(record: &'a Record<'_>, at: usize, args: &[Scalar]) -> Cell<'a> {
    let (Some(word), Some(ty)) = (record.words.get(at), args.get(at)) else { return Cell::NoText };
    match ty {
        Scalar::String if *word == ABSENT_STRING => Cell::NoText,
        Scalar::String => Cell::Text(record.texts.text(*word)),
        _ => Cell::Word(*word),
    }
}

fn render_capture(
    record: &Record<'_>,
    capture: &twin_plan::CapturePlan,
    shapes: &mut Shapes,
    sinks: &mut Sinks,
) {
    let sink = sinks.built_in(BuiltIn::Captures);
    if sink.writer.is_none() {
        sink.count += 1;
        return;
    }
    let rule = &record.twin.rules[capture.rule as usize];
    let input = &record.twin.inputs[capture.input as usize];
    let source = &record.plan.sources[input.source as usize];
    let word = |at: usize| record.words.get(at).copied().unwrap_or(0);
    let id = hash(record, &rule.name, &[word(0), word(1)]);
    let (columns, shape) = (&source.columns, shapes.of(record.plan, input.source as usize));
    let mut value = String::new();
    push_record(&mut value, record.plan, columns, shape, &mut |at| {
        let column = &columns[at];
        let word = record.words.get(CAPTURE_HEAD_WORDS + at).copied().unwrap_or_else(|| column.ty.absent());
        (word, if column.ty == Scalar::String { record.texts.text(word) } else { &[] })
    });
    sink.push(&[
        Cell::Text(record.plan.program.as_bytes()),
        Cell::Text(record.plan.version.as_bytes()),
        Cell::Text(record.twin.name.as_bytes()),
        Cell::Text(record.key()),
        Cell::Text(rule.name.as_bytes()),
        Cell::Text(id.as_bytes()),
        Cell::Text(input.name.as_bytes()),
        Cell::Word(word(2)),
        Cell::Text(value.as_bytes()),
    ]);
}
