//! One pass over a record.

use super::cursor::{Cursor, DEPTH_MAX};
use super::escape;
use super::order::{Field, Found};
use super::shape::SHAPE;
use super::tree::{Node, NodeId, Tree, UNREAD};
use crate::decode::number;
use crate::decode::row::Row;
use crate::decode::target::{Taken, Target};
use crate::decode::trouble::{Refusal, Trouble};
use twin_plan::kernel::Batch;

/// Everything that a pass works on.
pub(super) struct Scan<'a> {
    pub cursor: Cursor<'a>,
    pub tree: &'a mut Tree,
    pub row: &'a mut Row,
    pub targets: &'a [Target],
    /// Targets behind those of the program.
    pub surroundings: &'a [Target],
    pub batch: &'a mut Batch,
    pub record: u64,
    pub scratch: &'a mut Vec<u8>,
}

type Step<T> = Result<T, Refusal>;

impl Scan<'_> {
    /// Scans the record, which is one object (or one array, where columns are numbered).
    pub fn whole_record(mut self) -> Step<()> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            b'{' => {}
            b'[' if self.tree.nodes[0].array.is_some() => {}
            b'[' => return self.cursor.malformed("an array, where a record is an object on one line,"),
            _ => return self.cursor.malformed("no object begins"),
        }
        self.value(0, 0)?;
        self.cursor.skip_blanks();
        if self.cursor.at < self.cursor.bytes.len() {
            return self.cursor.malformed("something follows the record");
        }
        Ok(())
    }

    /// Scans the value at the place for a node.
    #[inline]
    fn value(&mut self, node: NodeId, depth: usize) -> Step<()> {
        if node == UNREAD {
            return self.cursor.skip_value();
        }
        match self.cursor.peek() {
            b'0'..=b'9' => self.number(node),
            b'-' if self.cursor.bytes.get(self.cursor.at + 1) != Some(&b'I') => self.number(node),
            b'"' => self.text(node),
            b'{' => self.object(node, depth),
            b'[' => self.array(node, depth),
            b't' => self.truth(node, b"true"),
            b'f' => self.truth(node, b"false"),
            b'n' => self.null(node),
            b'N' => self.not_finite(node, b"NaN"),
            b'I' => self.not_finite(node, b"Infinity"),
            b'-' => self.not_finite(node, b"-Infinity"),
            _ => self.cursor.malformed("a value is missing or is none of JSON's"),
        }
    }

    #[inline]
    fn number(&mut self, node: NodeId) -> Step<()> {
        let start = self.cursor.at;
        let Some((decimal, end)) = number::scan(self.cursor.bytes, start) else {
            return self.cursor.malformed("a number that JSON does not have");
        };
        self.cursor.at = end;
        let text = &self.cursor.bytes[start..end];
        self.take(node, (start, end), |target, batch| target.decimal(decimal, text, batch));
        Ok(())
    }

    #[inline]
    fn text(&mut self, node: NodeId) -> Step<()> {
        let start = self.cursor.at;
        let (raw, has_escapes) = self.cursor.string()?;
        let span = (start, self.cursor.at);
        if !has_escapes {
            self.take(node, span, |target, batch| target.text(raw, batch));
            return Ok(());
        }
        let mut plain = std::mem::take(self.scratch);
        plain.clear();
        let done = escape::unescape(raw, &mut plain);
        if done.is_ok() {
            self.take(node, span, |target, batch| target.text(&plain, batch));
        }
        *self.scratch = plain;
        done.map_err(|(what, at)| Refusal::malformed(what, start + 1 + at))
    }

    fn truth(&mut self, node: NodeId, word: &'static [u8]) -> Step<()> {
        let start = self.cursor.at;
        self.cursor.word(word)?;
        let span = (start, self.cursor.at);
        self.take(node, span, |target, batch| target.truth(word == b"true", word, batch));
        Ok(())
    }

    fn null(&mut self, node: NodeId) -> Step<()> {
        let start = self.cursor.at;
        self.cursor.word(b"null")?;
        self.set_within(node, Trouble::Missing, (start, self.cursor.at));
        self.tree.nodes[node as usize].met = 0;
        Ok(())
    }

    fn not_finite(&mut self, node: NodeId, word: &'static [u8]) -> Step<()> {
        let start = self.cursor.at;
        self.cursor.word(word)?;
        self.take(node, (start, self.cursor.at), |target, _| target.not_finite());
        Ok(())
    }

    /// Gives a plain value to the columns of a node; columns below it wanted an object or an array.
    #[inline]
    fn take(&mut self, node: NodeId, span: (usize, usize), taken: impl Fn(&Target, &mut Batch) -> Taken) {
        let found = &mut self.tree.nodes[node as usize];
        found.met = self.record;
        if found.within.len() != found.leaves.len() {
            self.set_within(node, Trouble::WrongType, span);
        }
        for place in 0..self.tree.nodes[node as usize].leaves.len() {
            let column = self.tree.nodes[node as usize].leaves[place] as usize;
            let count = self.targets.len();
            let target =
                if column < count { &self.targets[column] } else { &self.surroundings[column - count] };
            self.row.set(column, taken(target, self.batch), span);
        }
    }

    fn set_within(&mut self, node: NodeId, trouble: Trouble, span: (usize, usize)) {
        for column in &self.tree.nodes[node as usize].within {
            self.row.set(*column as usize, Err(trouble), span);
        }
    }

    /// Begins an object or array at a node: what an earlier one of the same name left is forgotten.
    fn meet(&mut self, node: NodeId) {
        let found = &mut self.tree.nodes[node as usize];
        if found.met == self.record {
            for column in &found.within {
                self.row.forget(*column as usize);
            }
        }
        found.met = self.record;
    }

    fn object(&mut self, node: NodeId, depth: usize) -> Step<()> {
        self.meet(node);
        let Some(object) = self.tree.nodes[node as usize].object else { return self.nested(node) };
        if depth >= DEPTH_MAX {
            return self.cursor.malformed("objects and arrays are nested too deep");
        }
        let start = self.cursor.at;
        self.cursor.at += 1;
        let (mut place, mut is_first) = (0, true);
        loop {
            let found = self.quick_fields(object, &mut place, &mut is_first);
            let node = match found {
                Some(found) => {
                    place = found.next;
                    self.cursor.at += found.lead;
                    // The record before may have had fewer blanks in front of this value.
                    if self.cursor.peek() <= b' ' {
                        self.cursor.skip_blanks();
                    }
                    found.field.node
                }
                None if self.cursor.peek() == b'}' => break self.cursor.at += 1,
                None => match self.next_field(object, &mut place, is_first)? {
                    Some(field) => field.node,
                    None => break,
                },
            };
            self.value(node, depth + 1)?;
            is_first = false;
        }
        self.leaves_nested(node, (start, self.cursor.at));
        Ok(())
    }

    /// The short way for numbers in fields that stand where they are expected and are one column each or read by
    /// nobody, as nearly all are. Stops at the first that is not; gives it where at least its name was as expected.
    ///
    /// The place in the record is what everything here waits for, so it stays in a register.
    #[inline(always)]
    fn quick_fields(&mut self, object: u32, place: &mut usize, is_first: &mut bool) -> Option<Found> {
        let bytes = self.cursor.bytes;
        let order = &mut self.tree.objects[object as usize].order;
        let (mut at, mut next, mut first) = (self.cursor.at, *place, *is_first);
        let stopped = loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if let Some(there) = rest.first_chunk::<SHAPE>()
                && let Some((field, shape)) = order.find_shape(next, first, there)
            {
                if let Some(column) = field.column.map(|column| column as usize)
                    && let (Some(target), Some((decimal, start))) =
                        (self.targets.get(column), shape.number(there))
                {
                    let taken = target.decimal(decimal, &there[start..shape.length], self.batch);
                    self.row.set(column, taken, (at + start, at + shape.length));
                    (at, next, first) = (at + shape.length, next + 1, false);
                    continue;
                } else if field.node == UNREAD {
                    (at, next, first) = (at + shape.length, next + 1, false);
                    continue;
                }
            }
            let Some(found) = order.find(next, first, rest) else { break None };
            let start = at + found.lead;
            let end = if found.field.node == UNREAD {
                let Some(end) = number::end(bytes, start) else { break Some(found) };
                end
            } else {
                let Some(column) = found.field.column.map(|column| column as usize) else {
                    break Some(found);
                };
                let Some(target) = self.targets.get(column) else { break Some(found) };
                let Some((decimal, end)) = number::scan(bytes, start) else { break Some(found) };
                let taken = target.decimal(decimal, &bytes[start..end], self.batch);
                self.row.set(column, taken, (start, end));
                end
            };
            order.learn_shape(found.next, rest, found.lead);
            (at, next, first) = (end, found.next, false);
        };
        (self.cursor.at, *place, *is_first) = (at, next, first);
        stopped
    }

    /// Parses up to the next field's value and learns how it looked; `None` where the object ends.
    #[cold]
    fn next_field(&mut self, object: u32, place: &mut usize, is_first: bool) -> Step<Option<Field>> {
        let start = self.cursor.at;
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            b'}' => {
                self.cursor.at += 1;
                return Ok(None);
            }
            b',' if !is_first => {
                self.cursor.at += 1;
                self.cursor.skip_blanks();
            }
            _ if !is_first => return self.cursor.malformed("a comma or a closing bracket is missing"),
            _ => {}
        }
        let before_name = self.cursor.at;
        let (raw, has_escapes) = self.cursor.name()?;
        let lead = &self.cursor.bytes[start..self.cursor.at];
        let Tree { nodes, objects, .. } = &mut *self.tree;
        let object = &mut objects[object as usize];
        let node = if has_escapes {
            self.scratch.clear();
            escape::unescape(raw, self.scratch)
                .map_err(|(what, at)| Refusal::malformed(what, before_name + 1 + at))?;
            object.names.get(self.scratch.as_slice())
        } else {
            object.names.get(raw)
        };
        let node = node.copied().unwrap_or(UNREAD);
        let field = Field { node, column: nodes.get(node as usize).and_then(Node::only_column) };
        *place = object.order.learn(*place, is_first, lead, raw, field);
        Ok(Some(field))
    }

    fn array(&mut self, node: NodeId, depth: usize) -> Step<()> {
        self.meet(node);
        let Some(array) = self.tree.nodes[node as usize].array else { return self.nested(node) };
        if depth >= DEPTH_MAX {
            return self.cursor.malformed("objects and arrays are nested too deep");
        }
        let start = self.cursor.at;
        self.cursor.at += 1;
        self.cursor.skip_blanks();
        let mut item = 0;
        if self.cursor.peek() == b']' {
            self.cursor.at += 1;
        } else {
            loop {
                self.cursor.skip_blanks();
                let child = self.tree.arrays[array as usize].get(item).copied().unwrap_or(UNREAD);
                self.value(child, depth + 1)?;
                item += 1;
                self.cursor.skip_blanks();
                match self.cursor.peek() {
                    b',' => self.cursor.at += 1,
                    b']' => break self.cursor.at += 1,
                    _ => return self.cursor.malformed("a comma or a closing bracket is missing"),
                }
            }
        }
        self.leaves_nested(node, (start, self.cursor.at));
        Ok(())
    }

    /// An object or array in which nothing is read: only a column that takes anything wants it.
    fn nested(&mut self, node: NodeId) -> Step<()> {
        let start = self.cursor.at;
        self.cursor.skip_value()?;
        let span = (start, self.cursor.at);
        self.set_within(node, Trouble::WrongType, span);
        self.leaves_nested(node, span);
        Ok(())
    }

    fn leaves_nested(&mut self, node: NodeId, span: (usize, usize)) {
        for place in 0..self.tree.nodes[node as usize].leaves.len() {
            let column = self.tree.nodes[node as usize].leaves[place] as usize;
            let count = self.targets.len();
            let target =
                if column < count { &self.targets[column] } else { &self.surroundings[column - count] };
            let taken = target.nested(&self.cursor.bytes[span.0..span.1], self.batch);
            self.row.set(column, taken, span);
        }
    }
}
