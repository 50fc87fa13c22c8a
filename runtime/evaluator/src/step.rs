//! One step: its time, its registers, what it runs and in which order.

use crate::At;
use twin_operators::outputs::StepHead;
use twin_operators::ticks::Due;
use twin_operators::windows::Shape;
use twin_operators::{resets, text};
use twin_plan::kernel::{BEHIND_EVENTS, Batch, Heap, OF_EVENT, Shard};
use twin_plan::{FaultId, ResetId, SlotKind, Trigger, TwinPlan, ValueId};
use twin_types::{Scalar, Word};

/// What made a step.
#[derive(Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// An event of the entry's input.
    Event,
    /// Ticks and deadlines that are due.
    Instant(&'a Due),
    /// A limit of silence.
    Quiet,
}

/// A step of one twin.
pub(crate) struct Step<'s, 'a> {
    pub shard: &'s mut Shard<'a>,
    pub plan: &'a TwinPlan,
    pub shapes: &'s [Shape],
    pub entry: &'s At,
    pub kind: Kind<'s>,
    /// Time of the step; within an integration, of the look at its right side.
    pub now_ns: i64,
    /// Values without a slot.
    pub registers: Vec<Word>,
    /// What nodes gave in the statement with this number, so that each is evaluated once.
    pub memo: Vec<(u32, Word)>,
    pub statement: u32,
    /// The twin's key, once it has been asked for.
    pub key: Option<Word>,
    /// What is reset at the end.
    pub resets: Vec<ResetId>,
    pub head: StepHead,
}

impl<'s, 'a> Step<'s, 'a> {
    pub fn new(
        shard: &'s mut Shard<'a>,
        shapes: &'s [Shape],
        entry: &'s At,
        now_ns: i64,
        kind: Kind<'s>,
    ) -> Step<'s, 'a> {
        let plan = shard.plan;
        let position = match kind {
            Kind::Event => OF_EVENT,
            Kind::Instant(due) => due.position(),
            Kind::Quiet => BEHIND_EVENTS,
        };
        let head =
            StepHead { trigger: u64::from(entry.at), time: now_ns, position, slot: entry.slot, place: 0 };
        Step {
            shard,
            plan,
            shapes,
            entry,
            kind,
            now_ns,
            registers: plan.values.iter().map(|value| value.ty.absent()).collect(),
            memo: vec![(0, 0); plan.exprs.nodes.len()],
            statement: 0,
            key: None,
            resets: Vec::new(),
            head,
        }
    }

    /// Keeps the columns that steps of another kind read.
    pub fn keep_columns(&mut self) {
        let input = self.entry.kind.input as usize;
        for &(column, slot) in &self.plan.inputs[input].kept {
            let word = self.field(input as u32, column).expect("the step is one of this input");
            match self.text_room(slot) {
                None => self.row_mut()[slot.index()] = word,
                Some(room) => {
                    let text = self.text_bytes(word);
                    text::store(self.row_mut(), slot, room, text.as_deref());
                }
            }
        }
    }

    /// Room of a slot that keeps a text, in bytes; `None` for other slots.
    fn text_room(&self, slot: twin_plan::Slot) -> Option<u32> {
        let fields = &self.plan.layout.fields;
        let at = fields.binary_search_by_key(&slot, |field| field.slot).ok()?;
        match fields[at].kind {
            SlotKind::Text(room) => Some(room),
            _ => None,
        }
    }

    /// Runs what is triggered, from top to bottom, then the resets.
    pub fn run(mut self) {
        let plan = self.plan;
        for op in &plan.ops {
            if self.is_triggered(&op.trigger) {
                self.statements(&op.body);
            }
        }
        self.resets.sort_unstable();
        self.resets.dedup();
        for id in std::mem::take(&mut self.resets) {
            let shapes = self.shapes;
            let (row, heap) = self.row_and_heap();
            resets::run(row, heap, plan, shapes, id);
        }
    }

    /// Whether this is one of a trigger's steps.
    pub fn is_triggered(&self, trigger: &Trigger) -> bool {
        trigger.every_step
            || match self.kind {
                Kind::Event => trigger.inputs.contains(&u32::from(self.entry.kind.input)),
                Kind::Instant(due) => trigger.ticks.iter().any(|&tick| due.has_tick(tick)),
                Kind::Quiet => trigger.quiet,
            }
    }

    pub fn row(&self) -> &[Word] {
        let words = self.plan.layout.words as usize;
        &self.shard.rows[self.entry.slot as usize * words..][..words]
    }

    pub fn row_mut(&mut self) -> &mut [Word] {
        crate::row(self.shard, self.entry.slot)
    }

    pub fn row_and_heap(&mut self) -> (&mut [Word], &mut Heap) {
        let words = self.plan.layout.words as usize;
        let shard = &mut *self.shard;
        (&mut shard.rows[self.entry.slot as usize * words..][..words], shard.heap)
    }

    /// The records of the step's input; none in steps of another kind.
    pub fn batch(&self) -> Option<&'a Batch> {
        let batches = self.shard.batches;
        matches!(self.kind, Kind::Event).then(|| batches[self.entry.kind.input as usize])
    }

    /// A column of the step's record, if the step is one of that input.
    pub fn field(&self, input: u32, column: u32) -> Option<Word> {
        let batch = self.batch().filter(|_| u32::from(self.entry.kind.input) == input)?;
        let column = self.plan.inputs[input as usize].columns[column as usize];
        Some(batch.columns[column as usize][self.entry.record as usize])
    }

    /// A value, from its slot or register.
    pub fn value(&self, id: ValueId) -> Word {
        match self.plan.values[id.index()].slot {
            Some(slot) => self.row()[slot.index()],
            None => self.registers[id.index()],
        }
    }

    /// Keeps a value. A text that lies in the row may change there while the register lasts, so it is copied.
    pub fn set_value(&mut self, id: ValueId, mut word: Word) {
        let value = &self.plan.values[id.index()];
        if value.ty == Scalar::String && text::is_passing(word) {
            word = self.copy_text(word);
        }
        match value.slot {
            Some(slot) => self.row_mut()[slot.index()] = word,
            None => self.registers[id.index()] = word,
        }
    }

    /// The bytes of a text.
    pub fn text_bytes(&self, handle: Word) -> Option<Vec<u8>> {
        let (batch, literals) = (self.batch(), self.shard.texts);
        let texts = text::Texts { batch, literals, row: self.row(), outputs: self.shard.outputs };
        texts.bytes(handle).map(|bytes| bytes.into_owned())
    }

    /// A copy of a text that lasts as long as the outputs.
    pub fn copy_text(&mut self, handle: Word) -> Word {
        match self.text_bytes(handle) {
            Some(bytes) => text::copy(self.shard.outputs, &bytes),
            None => twin_types::ABSENT_STRING,
        }
    }

    pub fn fault(&mut self, id: FaultId) {
        self.shard.faults[id.0 as usize] += 1;
    }
}
