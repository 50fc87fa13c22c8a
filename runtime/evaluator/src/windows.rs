//! Feeding and reading windows: what their lanes take now.

use crate::step::Step;
use twin_operators::text::{self, Packed};
use twin_operators::windows::{self, Sample};
use twin_operators::{accumulators, trailing};
use twin_plan::{Accumulator, Lane, WindowId, WindowPlan};
use twin_types::{TRUE, Word, words};

impl Step<'_, '_> {
    pub fn window_feed(&mut self, id: WindowId) {
        self.begin_statement();
        let window = &self.plan.windows[id.index()];
        let key = self.window_key(window);
        if windows::has_rings(&window.extent) {
            self.feed_rings(id, window, key);
            self.window_read(id);
        } else if let Some(key) = key {
            let shape = &self.shapes[id.index()];
            for (number, lane) in window.lanes.iter().enumerate() {
                if let Some(mut taken) = self.taken(lane) {
                    let (row, heap) = self.row_and_heap();
                    windows::add(row, heap, (window, shape), (number, key), taken.sample());
                }
            }
        }
    }

    fn feed_rings(&mut self, id: WindowId, window: &WindowPlan, key: Option<usize>) {
        let shape = &self.shapes[id.index()];
        let now_ns = self.now_ns;
        let (row, heap) = self.row_and_heap();
        trailing::pass(row, heap, shape, now_ns);
        let Some(key) = key else { return };
        for (number, ring) in shape.rings.iter().enumerate() {
            if let Some(mut taken) = self.taken(&window.lanes[ring.lanes[0]]) {
                let (row, heap) = self.row_and_heap();
                trailing::feed(row, heap, shape, (key, number), taken.sample());
            }
        }
    }

    pub fn window_clear(&mut self, id: WindowId) {
        let (window, shape, now_ns) = (&self.plan.windows[id.index()], &self.shapes[id.index()], self.now_ns);
        let (row, heap) = self.row_and_heap();
        windows::clear(row, heap, window, shape, now_ns);
    }

    pub fn window_read(&mut self, id: WindowId) {
        let mut found = Vec::new();
        let shape = &self.shapes[id.index()];
        let (plan, now_ns) = (self.plan, self.now_ns);
        let (row, heap) = self.row_and_heap();
        windows::read(row, heap, plan, id, shape, now_ns, |value, word, fault| {
            found.push((value, word, fault));
        });
        for (value, word, fault) in found {
            self.set_value(value, word);
            fault.into_iter().for_each(|fault| self.fault(fault));
        }
    }

    /// The place of the key of `by`; `None` where it is absent or out of range.
    fn window_key(&mut self, window: &WindowPlan) -> Option<usize> {
        let Some((key, lowest, count)) = window.by else { return Some(0) };
        let word = self.eval(key);
        if !self.plan.exprs.get(key).ty.is_present(word) {
            return None;
        }
        let place = usize::try_from(words::to_i64(word).checked_sub(lowest)?).ok()?;
        (place < count as usize).then_some(place)
    }

    /// What a lane takes now: nothing where its filter is not true or an argument is absent.
    fn taken(&mut self, lane: &Lane) -> Option<Taken> {
        if let Some(filter) = lane.filter
            && self.eval(filter) != TRUE
        {
            return None;
        }
        let mut given: [Word; 2] = [0; 2];
        let mut is_absent = false;
        for (argument, (place, &expr)) in given.iter_mut().zip(&lane.args).enumerate() {
            let word = self.eval(expr);
            let scalar = self.plan.exprs.get(expr).ty;
            is_absent |= !scalar.is_present(word);
            *place = accumulators::sample_word(lane.accumulator, argument, scalar, word, |handle| {
                text::hash(&self.text_bytes(handle).unwrap_or_default())
            });
        }
        let [x, y] = given;
        let text = match lane.accumulator {
            Accumulator::Text(_, room) => Some(Packed::new(&self.text_bytes(x).unwrap_or_default(), room)),
            _ => None,
        };
        (!is_absent).then_some(Taken { t_ns: self.now_ns, x, y, text })
    }
}

/// What a lane takes, with the text that it keeps.
struct Taken {
    t_ns: i64,
    x: Word,
    y: Word,
    text: Option<Packed>,
}

impl Taken {
    fn sample(&mut self) -> Sample<'_> {
        let Taken { t_ns, x, y, ref mut text } = *self;
        match text {
            Some(text) => text.sample(t_ns, y),
            None => Sample { t_ns, x, y, text: &[] },
        }
    }
}
