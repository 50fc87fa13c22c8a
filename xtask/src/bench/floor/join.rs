//! w6: a join with a table.

use super::lane::{Mixed, Work, state};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// The join with a table of limits, looked up once per car.
pub struct W6 {
    limits: HashMap<u32, f64, BuildHasherDefault<Mixed>>,
    states: Vec<Option<f64>>,
    out: Vec<(u32, i64, f64)>,
    rows: u64,
}

impl W6 {
    /// With the table's rows.
    pub fn new(limits: &[(u32, f64)]) -> W6 {
        W6 { limits: limits.iter().copied().collect(), states: Vec::new(), out: Vec::new(), rows: 0 }
    }
}

impl Work<1> for W6 {
    #[inline(always)]
    fn event(&mut self, slot: usize, car: u32, time: i64, [coolant]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        let limit = *own.get_or_insert_with(|| self.limits.get(&car).copied().unwrap_or(f64::NAN));
        if coolant > limit - 2.0 {
            self.out.push((car, time, coolant - limit));
            self.rows += 1;
            if self.out.len() > 10_000 {
                self.out.clear();
            }
        }
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}
