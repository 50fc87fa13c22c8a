//! w3: a rule that holds for 30 s.

use super::lane::{SECOND, Work, state};

/// Over 110 for 30 s, until under 105. State: since when, or raised.
#[derive(Default)]
pub struct W3 {
    states: Vec<Option<i64>>,
    rows: u64,
}

impl Work<1> for W3 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [x]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        match *own {
            Some(i64::MAX) => {
                if x < 105.0 {
                    *own = None;
                }
            }
            Some(since) if x > 110.0 => {
                if time - since >= 30 * SECOND {
                    *own = Some(i64::MAX);
                    self.rows += 1;
                }
            }
            None if x > 110.0 => *own = Some(time),
            _ => *own = None,
        }
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}
