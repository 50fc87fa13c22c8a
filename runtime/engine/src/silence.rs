//! `silent(input)`: limits that the stream clock passes when a twin's input has not been heard from.
//!
//! The clock starts anew at every record of the input that is read, late ones included, and when the twin is made.
//! A limit is passed at the first log position at which the stream clock is beyond it (or, where it is inclusive, at
//! it); that is where the twin's quiet step happens, at the limit's time. Each twin has at most one entry per limit in
//! the heap; it is looked at when it comes up and put back if the input was heard from meanwhile.

use crate::exprs::{Scope, evaluate};
use crate::group::order;
use crate::moment::Happening;
use crate::shard::Surroundings;
use crate::stream::{NOT_STARTED, Reached, Stream};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_plan::kernel::{TableKey, What};
use twin_plan::layout::NEVER;
use twin_plan::{Silence, Slot, Stmt, TwinPlan, ValueId};
use twin_types::{ABSENT_INT, TRUE, Word, words};

/// One limit of one twin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// The stream clock when the input was last read.
    pub last_read: i64,
    /// When it will have been silent for too long.
    pub due: i64,
    pub is_silent: bool,
    /// Whether the heap has an entry for it.
    pub is_armed: bool,
}

const UNREAD: Limit = Limit { last_read: NOT_STARTED, due: NEVER, is_silent: false, is_armed: false };

/// Limits of silence of the twins of a shard.
#[derive(Default)]
pub(crate) struct Silences {
    /// Twin by twin, limit by limit.
    pub limits: Vec<Limit>,
    /// When, which twin, which of its limits.
    pub heap: BinaryHeap<Reverse<(i64, u32, u32)>>,
    /// Twins made before the stream clock started.
    pub unstarted: Vec<u32>,
    /// Twins made in this round: where, and the stream clock there.
    pub made: Vec<(u32, Reached)>,
}

impl Silences {
    /// Adds the readings of this round to what happens in it.
    pub fn add_reads(&mut self, around: &Surroundings<'_>, released: &mut Vec<Happening>) {
        let silences = &around.twin.silences;
        self.limits.resize(around.twins * silences.len(), UNREAD);
        for (slot, made) in self.made.drain(..) {
            if made.stream == NOT_STARTED {
                self.unstarted.push(slot);
            } else {
                push_reads(slot, made, silences, released);
            }
        }
        if let Some(started) = started(around.stream) {
            for slot in self.unstarted.drain(..) {
                push_reads(slot, started, silences, released);
            }
        }
        for event in around.own_events() {
            if silences.iter().any(|s| s.input == u32::from(event.input)) {
                released.push(Happening { time: event.stream, what: What::Read, ..event });
            }
        }
    }

    /// Adds quiet steps where limits are passed in this round.
    pub fn add_quiets(&mut self, ordered: &mut Vec<Happening>, around: &Surroundings<'_>, rows: &[Word]) {
        let mut all = Vec::with_capacity(ordered.len());
        let mut begin = 0;
        while begin < ordered.len() {
            let slot = ordered[begin].slot;
            let mut end = begin + 1;
            while end < ordered.len() && ordered[end].slot == slot {
                end += 1;
            }
            let first = all.len();
            all.extend_from_slice(&ordered[begin..end]);
            self.follow_twin(slot, &ordered[begin..end], around, rows, &mut all);
            if all.len() > first + end - begin {
                order(&mut all[first..]);
            }
            begin = end;
        }
        self.pass_unheard(around, &mut all);
        *ordered = all;
    }

    /// The limits of a twin over what happened to it in this round.
    fn follow_twin(
        &mut self,
        slot: u32,
        entries: &[Happening],
        around: &Surroundings<'_>,
        rows: &[Word],
        all: &mut Vec<Happening>,
    ) {
        let silences = &around.twin.silences;
        let first = slot as usize * silences.len();
        for entry in entries.iter().filter(|e| e.what == What::Read) {
            for (number, silence) in silences.iter().enumerate() {
                if silence.input != u32::from(entry.input) {
                    continue;
                }
                let limit = &mut self.limits[first + number];
                pass(limit, number, silence, slot, entry.trigger, around.stream, all);
                limit.last_read = entry.time;
                limit.due = entry.time.saturating_add(limit_of(silence, entry, around, rows));
                limit.is_silent = false;
            }
        }
        for (number, silence) in silences.iter().enumerate() {
            let limit = &mut self.limits[first + number];
            pass(limit, number, silence, slot, u64::MAX, around.stream, all);
            if !limit.is_silent && !limit.is_armed && limit.due != NEVER {
                limit.is_armed = true;
                self.heap.push(Reverse((limit.due, slot, number as u32)));
            }
        }
    }

    /// Twins that nothing happened to.
    fn pass_unheard(&mut self, around: &Surroundings<'_>, all: &mut Vec<Happening>) {
        let silences = &around.twin.silences;
        let first = all.len();
        while let Some(Reverse((due, slot, number))) = self.heap.peek().copied() {
            let silence = &silences[number as usize];
            if passed(around.stream, silence, due).is_none() {
                break;
            }
            self.heap.pop();
            let limit = &mut self.limits[slot as usize * silences.len() + number as usize];
            limit.is_armed = false;
            pass(limit, number as usize, silence, slot, u64::MAX, around.stream, all);
            if !limit.is_silent && limit.due != NEVER {
                limit.is_armed = true;
                self.heap.push(Reverse((limit.due, slot, number)));
            }
        }
        all[first..].sort_by_key(|e| (e.slot, e.trigger, e.time, e.input, e.record));
    }
}

/// Where the stream clock passes a limit in this round.
fn passed(stream: &Stream, silence: &Silence, due: i64) -> Option<Reached> {
    if silence.inclusive { stream.reaches(due) } else { stream.passes(due) }
}

/// A quiet step, if the limit is passed before a log position.
fn pass(
    limit: &mut Limit,
    number: usize,
    silence: &Silence,
    slot: u32,
    before: u64,
    stream: &Stream,
    all: &mut Vec<Happening>,
) {
    if limit.is_silent || limit.due == NEVER {
        return;
    }
    let Some(reached) = passed(stream, silence, limit.due).filter(|r| r.position < before) else { return };
    limit.is_silent = true;
    all.push(Happening {
        time: limit.due,
        trigger: reached.position,
        position: u64::MAX,
        stream: reached.stream,
        slot,
        record: number as u32,
        input: silence.input as u16,
        what: What::Quiet,
    });
}

/// Where the stream clock started, if it did in this round.
fn started(stream: &Stream) -> Option<Reached> {
    if stream.at_begin() != NOT_STARTED { None } else { stream.reaches(NOT_STARTED + 1) }
}

fn push_reads(slot: u32, at: Reached, silences: &[Silence], released: &mut Vec<Happening>) {
    for (number, silence) in silences.iter().enumerate() {
        if silences[..number].iter().any(|other| other.input == silence.input) {
            continue;
        }
        released.push(Happening {
            time: at.stream,
            trigger: at.position,
            position: at.position,
            stream: at.stream,
            slot,
            record: 0,
            input: silence.input as u16,
            what: What::Read,
        });
    }
}

/// How long a limit is, as it stands when the input is read; [`NEVER`] where that is absent.
fn limit_of(silence: &Silence, read: &Happening, around: &Surroundings<'_>, rows: &[Word]) -> i64 {
    let words = around.twin.layout.words as usize;
    let row = rows.get(read.slot as usize * words..(read.slot as usize + 1) * words).unwrap_or(&[]);
    let scope = LimitScope { around, row, read };
    let limit = evaluate(&around.twin.exprs, silence.limit, &scope, &mut []);
    if limit == ABSENT_INT { NEVER } else { words::to_i64(limit).max(0) }
}

/// What a limit may read: the twin's row, params, tables.
struct LimitScope<'a> {
    around: &'a Surroundings<'a>,
    row: &'a [Word],
    read: &'a Happening,
}

impl Scope for LimitScope<'_> {
    fn field(&self, _: u32) -> Option<Word> {
        None
    }

    fn slot(&self, slot: Slot) -> Option<Word> {
        self.row.get(slot.index()).copied()
    }

    fn value(&self, id: ValueId) -> Option<Word> {
        let twin = self.around.twin;
        match twin.values.get(id.index())?.slot {
            Some(slot) => self.slot(slot),
            None => Some(evaluate(&twin.exprs, definition(twin, id)?, self, &mut [])),
        }
    }

    fn table(&self, table: u32, key: Option<TableKey<'_>>, column: Option<u32>) -> Option<Word> {
        let key = key.unwrap_or(TableKey::Own(self.read.slot));
        let tables = self.around.tables();
        let row = tables.row_at(table, key, self.read.trigger, self.read.stream);
        match column {
            None => row.map(|_| TRUE),
            Some(column) => row?.0.get(column as usize).copied(),
        }
    }

    fn text(&self, handle: Word) -> &[u8] {
        let (_, number, _) = twin_plan::kernel::text_parts(handle);
        self.around.plan.texts.get(number).map_or(&[], |text| text.as_bytes())
    }

    fn times(&self) -> (Word, Word) {
        let now = words::from_i64(self.read.stream);
        (now, now)
    }
}

/// The expression of a value that has no slot, such as a param.
fn definition(twin: &TwinPlan, id: ValueId) -> Option<twin_plan::ExprId> {
    let statements = twin.ops.iter().flat_map(|op| &op.body);
    statements.into_iter().find_map(|statement| match statement {
        Stmt::Let(value, expr) if *value == id => Some(*expr),
        _ => None,
    })
}
