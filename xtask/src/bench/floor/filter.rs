//! w1: a filter over two columns, and a product.

use super::lane::Work;

/// Hot and nearly empty.
#[derive(Default)]
pub struct W1 {
    out: Vec<(u32, i64, f64)>,
    rows: u64,
}

impl Work<4> for W1 {
    #[inline(always)]
    fn event(&mut self, _: usize, car: u32, time: i64, [coolant, charge, voltage, current]: [f64; 4]) {
        if coolant > 100.0 && charge < 20.0 {
            self.out.push((car, time, voltage * current));
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
