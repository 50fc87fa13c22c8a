//! w5b: an exponentially weighted mean and variance, and outliers beyond them.

use super::lane::{Work, state};

/// Exponentially weighted mean and variance; beyond four deviations after thirty values.
#[derive(Default)]
pub struct W5b {
    states: Vec<(u64, f64, f64)>,
    rows: u64,
}

impl Work<1> for W5b {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, _: i64, [x]: [f64; 1]) {
        let (n, m, v) = state(&mut self.states, slot);
        if *n == 0 {
            *m = x;
        } else {
            let d = x - *m;
            if *n >= 30 && d > 4.0 * v.sqrt() {
                self.rows += 1;
            }
            *m += 0.1 * d;
            *v = 0.9 * (*v + 0.1 * d * d);
        }
        *n += 1;
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}
