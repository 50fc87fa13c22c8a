//! Texts, tables and records that are written.

use crate::abi::Context;
use std::borrow::Cow;
use twin_operators::outputs::{self, StepHead};
use twin_operators::text::{self, Texts};
use twin_plan::kernel::{Batch, OF_EVENT, TableKey, TextSpace, text_handle, text_parts};
use twin_plan::{OutputId, Slot};
use twin_types::{ABSENT_INT, ABSENT_STRING, Scalar, Word};

/// The literal number that stands for the twin's key.
const KEY_NUMBER: u64 = (1 << 38) - 1;

/// The handle of the twin's key: it is known before any step runs.
pub(crate) fn key_handle() -> Word {
    text_handle(TextSpace::Literal, KEY_NUMBER, 0)
}

fn is_key(handle: Word) -> bool {
    let (space, number, _) = text_parts(handle);
    space == TextSpace::Literal as u64 && number as u64 == KEY_NUMBER
}

/// See [`super::Helper::Output`].
pub(super) extern "C" fn output(context: &mut Context<'_, '_>, id: u64) {
    let twin = context.rust.twin;
    let id = OutputId(id as u32);
    let count = twin.plan.outputs[id.index()].args.len();
    for &at in &twin.text_arguments[id.index()] {
        let handle = context.rust.buffers.arguments[at as usize];
        context.rust.buffers.arguments[at as usize] = context.lasting(handle);
    }
    let mut head = context.step_head();
    let words = &context.rust.buffers.arguments[..count];
    outputs::write(context.rust.shard.outputs, &mut head, id, words);
    context.place += 1;
}

/// See [`super::Helper::CompareText`].
pub(super) extern "C" fn compare_text(context: &mut Context<'_, '_>, left: u64, right: u64) -> i64 {
    match (context.text(left), context.text(right)) {
        (Some(left), Some(right)) => left.cmp(&right) as i64,
        _ => 0,
    }
}

/// See [`super::Helper::StoreText`].
pub(super) extern "C" fn store_text(context: &mut Context<'_, '_>, slot: u64, room: u64, handle: u64) -> i64 {
    let text = context.text(handle).map(Cow::into_owned);
    let fits = text::store(context.row_mut(), Slot(slot as u32), room as u32, text.as_deref());
    i64::from(!fits)
}

/// See [`super::Helper::KeepText`].
pub(super) extern "C" fn keep_text(context: &mut Context<'_, '_>, handle: u64) -> u64 {
    if text::is_passing(handle) { context.lasting(handle) } else { handle }
}

/// See [`super::Helper::TextHash`].
pub(super) extern "C" fn text_hash(context: &mut Context<'_, '_>, handle: u64) -> u64 {
    context.text(handle).map_or(0, |text| text::hash(&text))
}

/// See [`super::Helper::TextBytes`].
pub(super) extern "C" fn text_bytes(context: &mut Context<'_, '_>, handle: u64) -> u64 {
    if is_key(handle) {
        return context.rust.shard.keys.text(context.slot()).len() as u64;
    }
    if handle == ABSENT_STRING { 0 } else { text_parts(handle).2 as u64 }
}

/// See [`super::Helper::KeyInt`].
pub(super) extern "C" fn key_int(context: &mut Context<'_, '_>) -> u64 {
    context.rust.shard.keys.int(context.slot())
}

/// See [`super::Helper::CommandId`].
pub(super) extern "C" fn command_id(context: &mut Context<'_, '_>, name: u64, time: u64, times: u64) -> u64 {
    if time == ABSENT_INT || times == ABSENT_INT {
        return ABSENT_STRING;
    }
    let key = context.rust.shard.keys.text(context.slot());
    let name = context.rust.shard.texts.get(name as usize).map_or(&[][..], |name| name.as_bytes());
    let id = text::command_id(name, key, time, times);
    text::copy(context.rust.shard.outputs, id.as_bytes())
}

/// See [`super::Helper::TableOwn`].
pub(super) extern "C" fn table_own(context: &mut Context<'_, '_>, table: u64, column: i64) -> u64 {
    let key = TableKey::Own(context.slot());
    context.table_word(table as u32, key, column)
}

/// See [`super::Helper::TableText`].
pub(super) extern "C" fn table_text(
    context: &mut Context<'_, '_>,
    table: u64,
    column: i64,
    handle: u64,
) -> u64 {
    match context.text(handle).map(Cow::into_owned) {
        Some(key) => context.table_word(table as u32, TableKey::Text(&key), column),
        None => context.no_row(table as u32, column),
    }
}

/// See [`super::Helper::TableInt`].
pub(super) extern "C" fn table_int(context: &mut Context<'_, '_>, table: u64, column: i64, key: u64) -> u64 {
    match key {
        ABSENT_INT => context.no_row(table as u32, column),
        key => context.table_word(table as u32, TableKey::Int(key as i64), column),
    }
}

impl<'s> Context<'_, 's> {
    /// The record at hand's batch, in steps of events.
    pub(crate) fn batch(&self) -> Option<&'s Batch> {
        let batches = self.rust.shard.batches;
        self.rust.is_event.then(|| batches[self.kind().input as usize])
    }

    /// The bytes of a text; `None` where it is absent.
    pub(crate) fn text(&self, handle: Word) -> Option<Cow<'_, [u8]>> {
        if is_key(handle) {
            return Some(Cow::Borrowed(self.rust.shard.keys.text(self.slot())));
        }
        let words = self.rust.twin.plan.layout.words as usize;
        let texts = Texts {
            batch: self.batch(),
            literals: self.rust.shard.texts,
            row: &self.rust.shard.rows[self.slot() as usize * words..][..words],
            outputs: self.rust.shard.outputs,
        };
        texts.bytes(handle)
    }

    /// A handle to a copy in the outputs, which lasts as long as they do.
    fn lasting(&mut self, handle: Word) -> Word {
        if handle == ABSENT_STRING || handle >> 62 == TextSpace::Output as u64 {
            return handle;
        }
        match self.text(handle).map(Cow::into_owned) {
            Some(text) => text::copy(self.rust.shard.outputs, &text),
            None => ABSENT_STRING,
        }
    }

    /// What the heads of the step's records have in common.
    pub(crate) fn step_head(&self) -> StepHead {
        StepHead {
            trigger: self.at,
            time: self.now,
            position: if self.rust.is_event { OF_EVENT } else { self.rust.position },
            slot: self.slot(),
            place: self.place as u32,
        }
    }

    fn table_word(&mut self, table: u32, key: TableKey<'_>, column: i64) -> Word {
        let tables = self.rust.shard.tables;
        let Some((words, texts)) = tables.row(table, key, self.at as usize, self.now) else {
            return self.no_row(table, column);
        };
        let Ok(column) = usize::try_from(column) else { return twin_types::TRUE };
        let word = words[column];
        if word == ABSENT_STRING || self.rust.twin.table_columns[table as usize][column] != Scalar::String {
            return word;
        }
        let (_, offset, bytes) = text_parts(word);
        let text = texts.get(offset..offset + bytes).unwrap_or_default();
        text::copy(self.rust.shard.outputs, text)
    }

    /// What a table without a row for the key gives.
    fn no_row(&self, table: u32, column: i64) -> Word {
        match usize::try_from(column) {
            Ok(column) => self.rust.twin.table_columns[table as usize][column].absent(),
            Err(_) => twin_types::FALSE,
        }
    }
}
