//! What all workloads share: events put in the order of their car, as the language's rules for time say.
//!
//! The stream clock is the largest event time read so far; an event waits until it has reached the event's time plus
//! the lateness, and is late when its car's clock has passed it.

use super::Pass;
use crate::bench::stream::Stream;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A second in ns.
pub const SECOND: i64 = 1_000_000_000;

/// What is done with the events of a car, in the order of its clock.
pub trait Work<const N: usize> {
    /// An event with the values that the workload reads.
    fn event(&mut self, slot: usize, car: u32, time: i64, x: [f64; N]);
    /// The recording ends: every car's clock moves on.
    fn end(&mut self, _to: i64) {}
    /// Rows and alerts so far.
    fn rows(&self) -> u64;
}

/// A hash of a car's number: a multiplication.
#[derive(Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, x: u32) {
        let mixed = (self.0 ^ u64::from(x)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

type Slots = HashMap<u32, u32, BuildHasherDefault<Mixed>>;

/// Events of one car that wait, by time.
#[derive(Clone, Copy)]
struct Waiting<const N: usize> {
    clock: i64,
    count: usize,
    events: [(i64, [f64; N]); 8],
}

/// A workload over some columns, car by car.
pub struct Lane<const N: usize, W> {
    fields: [usize; N],
    lateness: i64,
    slots: Slots,
    waiting: Vec<Waiting<N>>,
    cars: Vec<u32>,
    now: i64,
    work: W,
}

impl<const N: usize, W: Work<N>> Lane<N, W> {
    /// Nothing was read yet.
    pub fn new(fields: [usize; N], lateness: i64, work: W) -> Lane<N, W> {
        let (slots, waiting, cars) = (Slots::default(), Vec::new(), Vec::new());
        Lane { fields, lateness, slots, waiting, cars, now: i64::MIN, work }
    }
}

impl<const N: usize, W: Work<N>> Pass for Lane<N, W> {
    fn fields(&self) -> &[usize] {
        &self.fields
    }

    fn take(&mut self, events: &Stream) {
        let Lane { lateness, slots, waiting, cars, now, work, .. } = self;
        let columns = self.fields.map(|field| &events.columns[field][..events.time.len()]);
        for (i, (time, car)) in events.time.iter().zip(&events.car).enumerate() {
            let slot = *slots.entry(*car).or_insert_with(|| {
                waiting.push(Waiting { clock: i64::MIN, count: 0, events: [(0, [0.0; N]); 8] });
                cars.push(*car);
                (waiting.len() - 1) as u32
            }) as usize;
            let own = &mut waiting[slot];
            let x = columns.map(|column| column[i]);
            if *lateness == 0 {
                if *time >= own.clock {
                    own.clock = *time;
                    work.event(slot, *car, *time, x);
                }
                continue;
            }
            *now = (*now).max(*time);
            let released = *now - *lateness;
            own.release(released, |t, x| work.event(slot, *car, t, x));
            if *time > released {
                own.wait(*time, x);
            } else if *time >= own.clock {
                own.clock = *time;
                work.event(slot, *car, *time, x);
            }
        }
    }

    fn end(&mut self, to: i64) -> u64 {
        for (slot, own) in self.waiting.iter().enumerate() {
            for (t, x) in &own.events[..own.count] {
                self.work.event(slot, self.cars[slot], *t, *x);
            }
        }
        self.work.end(to);
        self.work.rows()
    }
}

impl<const N: usize> Waiting<N> {
    /// Does the work of all that wait up to a time.
    #[inline(always)]
    fn release(&mut self, released: i64, mut work: impl FnMut(i64, [f64; N])) {
        let ready = self.events[..self.count].iter().take_while(|(t, _)| *t <= released).count();
        for (t, x) in &self.events[..ready] {
            self.clock = *t;
            work(*t, *x);
        }
        if ready > 0 {
            self.events.copy_within(ready..self.count, 0);
            self.count -= ready;
        }
    }

    #[inline(always)]
    fn wait(&mut self, time: i64, x: [f64; N]) {
        let mut at = self.count;
        while at > 0 && self.events[at - 1].0 > time {
            self.events[at] = self.events[at - 1];
            at -= 1;
        }
        self.events[at] = (time, x);
        self.count += 1;
    }
}

/// The state of a car, made when it is first seen.
pub fn state<T: Clone + Default>(states: &mut Vec<T>, slot: usize) -> &mut T {
    if slot >= states.len() {
        states.resize(slot + 1, T::default());
    }
    &mut states[slot]
}
