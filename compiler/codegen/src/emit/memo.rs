//! What has been computed or loaded already and is still in registers.
//!
//! Both tables remember what they changed, so that on leaving a branch everything
//! learned inside it can be forgotten.

use super::value::Val;
use std::collections::HashMap;
use twin_plan::{ExprId, Slot};

/// Values of a statement's nodes.
#[derive(Default)]
pub(crate) struct Memo {
    values: HashMap<ExprId, Val>,
    changes: Vec<(ExprId, Option<Val>)>,
    statement: u32,
}

impl Memo {
    pub(crate) fn get(&self, id: ExprId) -> Option<Val> {
        self.values.get(&id).copied()
    }

    pub(crate) fn set(&mut self, id: ExprId, value: Val) {
        let before = self.values.insert(id, value);
        self.changes.push((id, before));
    }

    /// A statement begins: everything is evaluated anew.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.changes.clear();
        self.statement += 1;
    }

    /// Where a branch begins.
    pub(crate) fn mark(&self) -> (u32, usize) {
        (self.statement, self.changes.len())
    }

    /// Forgets what was learned since the mark; everything, where other statements came after it.
    pub(crate) fn roll_back(&mut self, (statement, mark): (u32, usize)) {
        if statement != self.statement {
            return self.clear();
        }
        for (id, before) in self.changes.drain(mark..).rev() {
            match before {
                Some(value) => self.values.insert(id, value),
                None => self.values.remove(&id),
            };
        }
    }
}

/// Words of the row whose content is in registers.
#[derive(Default)]
pub(crate) struct SlotCache {
    values: HashMap<Slot, Val>,
    changes: Vec<(Slot, Option<Val>)>,
}

impl SlotCache {
    pub(crate) fn get(&self, slot: Slot) -> Option<Val> {
        self.values.get(&slot).copied()
    }

    /// A word was loaded or stored.
    pub(crate) fn set(&mut self, slot: Slot, value: Val) {
        let before = self.values.insert(slot, value);
        self.changes.push((slot, before));
    }

    /// Words that were stored in a way not followed here.
    pub(crate) fn forget(&mut self, slots: impl IntoIterator<Item = Slot>) {
        for slot in slots {
            if let Some(before) = self.values.remove(&slot) {
                self.changes.push((slot, Some(before)));
            }
        }
    }

    /// Someone else may have written to the row.
    pub(crate) fn forget_all(&mut self) {
        let slots: Vec<Slot> = self.values.keys().copied().collect();
        self.forget(slots);
    }

    pub(crate) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Forgets what was learned since the mark; gives the slots concerned.
    pub(crate) fn roll_back(&mut self, mark: usize) -> Vec<Slot> {
        let mut touched = Vec::new();
        for (slot, before) in self.changes.drain(mark..).rev() {
            touched.push(slot);
            match before {
                Some(value) => self.values.insert(slot, value),
                None => self.values.remove(&slot),
            };
        }
        touched
    }
}
