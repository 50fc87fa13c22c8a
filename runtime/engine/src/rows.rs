//! Rows that are the words of records and nothing else: all but commands, alerts, captures, and what twins write whose
//! clocks count something else than time.

use crate::sinks::{Sink, Sinks, counts};
use crate::value::Texts;
use twin_plan::kernel::{Batch, Outputs, TextSpace, text_parts};
use twin_plan::{Output, OutputKind, Plan, TwinPlan};
use twin_types::{ABSENT_STRING, Scalar, Word};

/// Texts of the words of records.
#[derive(Clone, Copy)]
pub(crate) struct RecordTexts<'a> {
    pub outputs: &'a Outputs,
    pub literals: &'a [String],
}

impl Texts for RecordTexts<'_> {
    fn text(&self, handle: Word) -> &[u8] {
        if handle == ABSENT_STRING {
            return &[];
        }
        let (space, offset, bytes) = text_parts(handle);
        match space {
            s if s == TextSpace::Output as u64 => {
                self.outputs.texts.get(offset..offset + bytes).unwrap_or_default()
            }
            s if s == TextSpace::Literal as u64 => {
                self.literals.get(offset).map_or(&[], |text| text.as_bytes())
            }
            _ => &[],
        }
    }
}

/// An output whose rows are words of its records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'p> {
    pub sink: usize,
    /// For each column of the sink the word that it gets.
    columns: &'p [Option<u32>],
    args: &'p [Scalar],
}

impl<'p> Plain<'p> {
    /// An output as one of these, if it is one and its rows are asked for.
    pub fn of(plan: &Plan, twin: &TwinPlan, output: &'p Output, sinks: &Sinks) -> Option<Plain<'p>> {
        let OutputKind::Record { sink, columns } = &output.kind else { return None };
        let sink = *sink as usize;
        let is_plain = plan.sinks[sink].command.is_none()
            && sinks.list[sink].writer.is_some()
            && counts(plan, twin).is_none();
        is_plain.then_some(Plain { sink, columns, args: &output.args })
    }

    /// Adds rows to its sink, column by column. `firsts` says where the words of each record begin.
    pub fn push(&self, firsts: &[u32], texts: RecordTexts<'_>, sink: &mut Sink) {
        let Sink { rows, schema, count, .. } = sink;
        let words = &texts.outputs.words;
        for (at, column) in self.columns.iter().enumerate() {
            let mut to = std::mem::take(&mut rows.columns[at]);
            match *column {
                None => to.resize(to.len() + firsts.len(), schema.columns[at].ty.absent()),
                Some(n) if self.is_text(n) => {
                    to.extend(firsts.iter().map(|first| copied(words[(first + n) as usize], texts, rows)));
                }
                Some(n) => to.extend(firsts.iter().map(|first| words[(first + n) as usize])),
            }
            rows.columns[at] = to;
        }
        rows.rows += firsts.len();
        *count += firsts.len() as u64;
    }

    fn is_text(&self, n: u32) -> bool {
        self.args.get(n as usize) == Some(&Scalar::String)
    }
}

/// The handle of a text's copy.
fn copied(word: Word, texts: RecordTexts<'_>, rows: &mut Batch) -> Word {
    if word == ABSENT_STRING { word } else { rows.add_text(texts.text(word)) }
}
