//! w2: tumbling minutes of four columns.

use super::lane::{SECOND, Work, state};

#[derive(Clone, Copy)]
struct Moments {
    mean: f64,
    m2: f64,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy)]
struct Minute {
    due: i64,
    n: u64,
    of: [Moments; 4],
}

const NO_MOMENTS: Moments = Moments { mean: 0.0, m2: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };

impl Default for Minute {
    fn default() -> Self {
        Minute { due: i64::MIN, n: 0, of: [NO_MOMENTS; 4] }
    }
}

/// Tumbling minutes: count, mean, min, max, deviation of four columns, by Welford.
#[derive(Default)]
pub struct W2 {
    states: Vec<Minute>,
    rows: u64,
    sum: f64,
}

impl Minute {
    #[inline(always)]
    fn close(&mut self, rows: &mut u64, sum: &mut f64) {
        if self.n > 0 {
            for m in &self.of {
                *sum += m.mean + m.low + m.high + (m.m2 / self.n as f64).sqrt();
            }
            *rows += 1;
        }
        self.n = 0;
        self.of = [NO_MOMENTS; 4];
    }
}

impl Work<4> for W2 {
    #[inline(always)]
    fn event(&mut self, slot: usize, _: u32, time: i64, x: [f64; 4]) {
        let own = state(&mut self.states, slot);
        if time >= own.due {
            if own.due != i64::MIN {
                own.close(&mut self.rows, &mut self.sum);
            }
            own.due = (time.div_euclid(60 * SECOND) + 1) * 60 * SECOND;
        }
        own.n += 1;
        let n = own.n as f64;
        for (m, x) in own.of.iter_mut().zip(x) {
            let d = x - m.mean;
            m.mean += d / n;
            m.m2 += d * (x - m.mean);
            m.low = m.low.min(x);
            m.high = m.high.max(x);
        }
    }

    fn end(&mut self, _: i64) {
        for own in &mut self.states {
            own.close(&mut self.rows, &mut self.sum);
        }
    }

    fn rows(&self) -> u64 {
        std::hint::black_box(self.sum);
        self.rows
    }
}
