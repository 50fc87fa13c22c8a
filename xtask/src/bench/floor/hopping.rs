//! w5a: windows of 300 s every 10 s with a slope.

use super::lane::{SECOND, Work, state};
use crate::bench::stream::ORIGIN_MS;

#[derive(Clone, Copy, Default)]
struct Pane {
    number: i64,
    n: f64,
    sx: f64,
    sy: f64,
    sxy: f64,
    sxx: f64,
}

#[derive(Clone, Copy)]
struct Slope {
    due: i64,
    panes: [Pane; 30],
}

impl Default for Slope {
    fn default() -> Self {
        Slope { due: i64::MIN, panes: [Pane::default(); 30] }
    }
}

/// Slope over 300 s every 10 s, from thirty panes.
#[derive(Default)]
pub struct W5a {
    states: Vec<Slope>,
    rows: u64,
    sum: f64,
}

const PANE: i64 = 10 * SECOND;

impl Slope {
    #[inline(always)]
    fn tick(&self, rows: &mut u64, sum: &mut f64) {
        let last = self.due / PANE - 1;
        let mut all = Pane::default();
        for pane in &self.panes {
            if pane.number > last - 30 && pane.number <= last {
                all.n += pane.n;
                all.sx += pane.sx;
                all.sy += pane.sy;
                all.sxy += pane.sxy;
                all.sxx += pane.sxx;
            }
        }
        if all.n == 0.0 {
            return;
        }
        *rows += 1;
        let d = all.n * all.sxx - all.sx * all.sx;
        let slope = (all.n * all.sxy - all.sx * all.sy) / d;
        *sum += slope;
        if all.n >= 30.0 && slope > 0.2 {
            *rows += 1;
        }
    }
}

impl Work<1> for W5a {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, [y]: [f64; 1]) {
        let own = state(&mut self.states, slot);
        if own.due == i64::MIN {
            own.due = (time.div_euclid(PANE) + 1) * PANE;
        }
        while own.due <= time {
            own.tick(&mut self.rows, &mut self.sum);
            own.due += PANE;
        }
        let number = time / PANE;
        let pane = &mut own.panes[(number % 30) as usize];
        if pane.number != number {
            *pane = Pane { number, ..Pane::default() };
        }
        let x = (time / 1_000_000 - ORIGIN_MS) as f64 / 1000.0;
        pane.n += 1.0;
        pane.sx += x;
        pane.sy += y;
        pane.sxy += x * y;
        pane.sxx += x * x;
    }

    fn end(&mut self, to: i64) {
        for own in &mut self.states {
            while own.due <= to {
                own.tick(&mut self.rows, &mut self.sum);
                own.due += PANE;
            }
        }
    }

    fn rows(&self) -> u64 {
        std::hint::black_box(self.sum);
        self.rows
    }
}
