//! w4: braking hard, then a shock.

use super::lane::{SECOND, Work, state};

#[derive(Clone, Copy)]
struct Braking {
    count: usize,
    speeds: [(i64, f64); 8],
    marked: i64,
}

impl Default for Braking {
    fn default() -> Self {
        Braking { count: 0, speeds: [(0, 0.0); 8], marked: i64::MIN }
    }
}

/// Hard braking, then a shock within 10 s.
#[derive(Default)]
pub struct W4 {
    states: Vec<Braking>,
    rows: u64,
}

impl Work<2> for W4 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [speed, vibration]: [f64; 2]) {
        let own = state(&mut self.states, slot);
        if vibration > 160.0 && own.marked != i64::MIN && time - own.marked <= 10 * SECOND {
            self.rows += 1;
            own.count = 0;
            own.marked = i64::MIN;
            return;
        }
        let old = own.speeds[..own.count].iter().take_while(|(t, _)| *t < time - 3 * SECOND).count();
        if old > 0 {
            own.speeds.copy_within(old..own.count, 0);
            own.count -= old;
        }
        let top = own.speeds[..own.count].iter().fold(f64::NEG_INFINITY, |top, (_, speed)| top.max(*speed));
        if speed < top - 30.0 {
            own.marked = time;
        }
        own.speeds[own.count] = (time, speed);
        own.count += 1;
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}
