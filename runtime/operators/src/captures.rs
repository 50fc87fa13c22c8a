//! Flight recorders: an input's records around the moment at which a rule was raised.
//!
//! The slot holds a directory: the handle of the records with where they begin and end, and the handle of the alerts
//! whose span is still open. Records follow each other: words, time, columns, then the bytes of their texts. What is
//! older than every open span, and than the one that could open now, is dropped at the next record.

use crate::outputs::{self, StepHead};
use crate::{heap, text, ticks};
use twin_plan::kernel::{Batch, CAPTURE_HEAD_WORDS, Heap, Outputs};
use twin_plan::layout::NEVER;
use twin_plan::{CapturePlan, TwinPlan};
use twin_types::{ABSENT_STRING, FALSE, Scalar, TRUE, Word};

const RECORDS: usize = 0;
const FROM: usize = 1;
const TO: usize = 2;
const OPEN: usize = 3;
const DIRECTORY: usize = 4;

/// Words of an open span: time raised, number, time of the raise by which records are chosen.
const OPEN_WORDS: usize = 3;

/// Which spans are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Those that have passed at this step. A span that ends with an event's time is open for more of that time.
    Passed {
        /// The step's time.
        now_ns: i64,
        /// Whether it is an event's step.
        is_event: bool,
    },
    /// All: the recording ends, and they are not complete.
    End,
}

/// Keeps the step's record: row `record` of the batch.
pub fn feed(
    row: &mut [Word],
    heap: &mut Heap,
    plan: &TwinPlan,
    capture: &CapturePlan,
    batch: &Batch,
    record: usize,
    now_ns: i64,
) {
    let directory = directory(row, heap, capture);
    drop_old(heap, directory, capture, now_ns);
    let words = encode(columns(plan, capture), batch, record, now_ns);
    append(heap, directory, &words);
}

/// The rule was raised at `raised_ns`: what is kept from `before` on is its.
pub fn open(row: &mut [Word], heap: &mut Heap, capture: &CapturePlan, raised_ns: i64) {
    let directory = directory(row, heap, capture);
    let number = row[capture.alert.1.index()];
    let handle = heap::slice(heap, directory)[OPEN];
    let count = heap::slice(heap, handle).first().map_or(0, |&n| n as usize);
    let handle = heap::grow(heap, handle, 1 + (count + 1) * OPEN_WORDS);
    heap::slice_mut(heap, directory)[OPEN] = handle;
    let opened = heap::slice_mut(heap, handle);
    opened[0] += 1;
    let at = 1 + count * OPEN_WORDS;
    opened[at] = row[capture.alert.0.index()];
    opened[at + 1] = number;
    opened[at + 2] = raised_ns as Word;
    let due = raised_ns.saturating_add(capture.after_ns).min(deadline(row, capture));
    ticks::set_deadline(row, capture.due, due as Word);
}

/// Writes the records of spans that are closed.
pub fn close(
    row: &mut [Word],
    heap: &mut Heap,
    plan: &TwinPlan,
    capture: &CapturePlan,
    closing: Closing,
    outputs: &mut Outputs,
    step: &mut StepHead,
) {
    let directory = row[capture.heap.index()];
    let opened = heap::slice(heap, directory).get(OPEN).copied().unwrap_or(0);
    let count = heap::slice(heap, opened).first().map_or(0, |&n| n as usize);
    let mut left = Vec::new();
    for n in 0..count {
        let at = 1 + n * OPEN_WORDS;
        let span: [Word; OPEN_WORDS] = std::array::from_fn(|w| heap::slice(heap, opened)[at + w]);
        let due = (span[2] as i64).saturating_add(capture.after_ns);
        let is_closed = match closing {
            Closing::Passed { now_ns, is_event } => due < now_ns || (due == now_ns && !is_event),
            Closing::End => true,
        };
        if is_closed {
            write(heap, directory, plan, capture, &span, closing != Closing::End, outputs, step);
        } else {
            left.push(span);
        }
    }
    if left.len() == count {
        return;
    }
    let block = heap::slice_mut(heap, opened);
    block[0] = left.len() as Word;
    for (n, span) in left.iter().enumerate() {
        block[1 + n * OPEN_WORDS..][..OPEN_WORDS].copy_from_slice(span);
    }
    let dues = left.iter().map(|span| (span[2] as i64).saturating_add(capture.after_ns));
    ticks::set_deadline(row, capture.due, dues.min().unwrap_or(NEVER) as Word);
}

/// At the end of a recording: what the twin's open spans hold, not complete. `step` says at which log position and
/// time.
pub fn close_all(
    row: &mut [Word],
    heap: &mut Heap,
    plan: &TwinPlan,
    outputs: &mut Outputs,
    step: &mut StepHead,
) {
    for capture in &plan.captures {
        close(row, heap, plan, capture, Closing::End, outputs, step);
    }
}

/// Gives back everything.
pub fn clear(heap: &mut Heap, handle: &mut Word) {
    if *handle != 0 {
        let directory = heap::slice(heap, *handle);
        let (records, opened) = (directory[RECORDS], directory[OPEN]);
        heap::free(heap, records);
        heap::free(heap, opened);
        heap::free(heap, *handle);
    }
    *handle = 0;
}

/// The scalars of the record's columns: what the capture's output has behind its head.
fn columns<'a>(plan: &'a TwinPlan, capture: &CapturePlan) -> &'a [Scalar] {
    plan.outputs[capture.output.index()].args.get(CAPTURE_HEAD_WORDS..).unwrap_or_default()
}

fn directory(row: &mut [Word], heap: &mut Heap, capture: &CapturePlan) -> Word {
    let slot = capture.heap.index();
    if row[slot] == 0 {
        row[slot] = heap::alloc(heap, DIRECTORY);
    }
    row[slot]
}

fn deadline(row: &[Word], capture: &CapturePlan) -> i64 {
    match row[capture.due.index()] {
        twin_types::ABSENT_INT => NEVER,
        due => due as i64,
    }
}

/// A record as words: how many, its time, its columns, the bytes of its texts.
fn encode(columns: &[Scalar], batch: &Batch, record: usize, now_ns: i64) -> Vec<Word> {
    let mut words = vec![0, now_ns as Word];
    let mut texts: Vec<u8> = Vec::new();
    for (column, scalar) in batch.columns.iter().zip(columns) {
        let mut word = column[record];
        if *scalar == Scalar::String && word != ABSENT_STRING {
            let bytes = batch.text(word);
            word = (texts.len() as Word) << 24 | bytes.len() as Word;
            texts.extend_from_slice(bytes);
        }
        words.push(word);
    }
    let texts_at = words.len();
    words.resize(texts_at + texts.len().div_ceil(8), 0);
    text::pack(&texts, &mut words[texts_at..]);
    words[0] = words.len() as Word;
    words
}

/// Drops records from before every span.
fn drop_old(heap: &mut Heap, directory: Word, capture: &CapturePlan, now_ns: i64) {
    let [records, from, to, opened] = parts(heap, directory);
    let opened = heap::slice(heap, opened);
    let count = opened.first().map_or(0, |&n| n as usize);
    let raises = (0..count).map(|n| opened[1 + n * OPEN_WORDS + 2] as i64);
    let earliest = raises.min().unwrap_or(now_ns).min(now_ns).saturating_sub(capture.before_ns);
    let block = heap::slice(heap, records);
    let mut from = from as usize;
    while from < to as usize && (block[from + 1] as i64) < earliest {
        from += block[from] as usize;
    }
    heap::slice_mut(heap, directory)[FROM] = from as Word;
}

/// Appends a record; where there is no room, what was dropped makes some, or the block grows.
fn append(heap: &mut Heap, directory: Word, words: &[Word]) {
    let [mut records, from, to, _] = parts(heap, directory);
    let (mut from, mut to) = (from as usize, to as usize);
    if to + words.len() > heap::slice(heap, records).len() {
        heap::slice_mut(heap, records).copy_within(from..to, 0);
        (from, to) = (0, to - from);
        // Twice what is needed: moving down then costs little for each record.
        if 2 * (to + words.len()) > heap::slice(heap, records).len() {
            records = heap::grow(heap, records, 2 * (to + words.len()));
        }
    }
    heap::slice_mut(heap, records)[to..to + words.len()].copy_from_slice(words);
    let block = heap::slice_mut(heap, directory);
    (block[RECORDS], block[FROM], block[TO]) = (records, from as Word, (to + words.len()) as Word);
}

fn parts(heap: &Heap, directory: Word) -> [Word; DIRECTORY] {
    let block = heap::slice(heap, directory);
    std::array::from_fn(|n| block[n])
}

/// Writes the records of a span.
#[allow(clippy::too_many_arguments, reason = "a record needs to know where it comes from and where it goes")]
fn write(
    heap: &Heap,
    directory: Word,
    plan: &TwinPlan,
    capture: &CapturePlan,
    span: &[Word; OPEN_WORDS],
    is_complete: bool,
    outputs: &mut Outputs,
    step: &mut StepHead,
) {
    let columns = columns(plan, capture);
    let [records, from, to, _] = parts(heap, directory);
    let block = heap::slice(heap, records);
    let raised = span[2] as i64;
    let span_ns = raised.saturating_sub(capture.before_ns)..=raised.saturating_add(capture.after_ns);
    let mut at = from as usize;
    while at < to as usize {
        let record = &block[at..at + block[at] as usize];
        at += record.len();
        if !span_ns.contains(&(record[1] as i64)) {
            continue;
        }
        let mut words = vec![span[0], span[1], if is_complete { TRUE } else { FALSE }];
        let texts = &record[(2 + columns.len()).min(record.len())..];
        for (&word, scalar) in record[2..].iter().zip(columns) {
            words.push(match scalar {
                Scalar::String if word != ABSENT_STRING => {
                    let (start, bytes) = ((word >> 24) as usize, (word & 0xff_ffff) as usize);
                    text::copy(outputs, &text::unpack(texts, start + bytes)[start..])
                }
                _ => word,
            });
        }
        outputs::write(outputs, step, capture.output, &words);
    }
}
