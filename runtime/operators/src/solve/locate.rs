//! Where in a step a condition turns true.
//!
//! The step is looked at in a few parts. In each, a condition that is true at the end is located by bisection on
//! itself; besides, where a function that bounds it changes sign, its zero is located and the condition looked at just
//! behind it, so that what holds only for a moment within the part is found too. The earliest counts.

use super::{Run, System};
use twin_types::{FALSE, TRUE};

/// States within a step, `theta` from 0 to 1.
pub(super) trait Interpolant {
    /// The states at `theta`.
    fn at(&self, theta: f64, into: &mut [f64]);
}

/// The cubic through both ends of a step and their derivatives.
pub(super) struct Hermite<'a> {
    pub h: f64,
    pub from: &'a [f64],
    pub to: &'a [f64],
    pub rates: [&'a [f64]; 2],
}

impl Interpolant for Hermite<'_> {
    fn at(&self, theta: f64, into: &mut [f64]) {
        let rest = 1.0 - theta;
        for (n, value) in into.iter_mut().enumerate() {
            let (a, b) = (self.from[n], self.to[n]);
            let (slope_a, slope_b) = (self.h * self.rates[0][n], self.h * self.rates[1][n]);
            let bend = (1.0 - 2.0 * theta) * (b - a) + (theta - 1.0) * slope_a + theta * slope_b;
            *value = rest * a + theta * b - theta * rest * bend;
        }
    }
}

/// The `theta` of the first event in a step that begins at `t` and lasts `h`, with the states there left in `here`.
/// What held at the last look is brought up to date on the way.
pub(super) fn first_event<S: System + ?Sized>(
    run: &mut Run<'_, S>,
    (t, h): (f64, f64),
    parts: u32,
    states: &impl Interpolant,
    here: &mut [f64],
    [roots_before, roots_after]: [&mut Vec<f64>; 2],
) -> Option<f64> {
    for part in 0..parts {
        let ends = [f64::from(part) / f64::from(parts), f64::from(part + 1) / f64::from(parts)];
        let mut earliest: Option<f64> = None;
        for when in 0..run.held.len() {
            let mut look = Look { run, t, h, when, states, here };
            let holds = look.holds(ends[1]);
            if look.run.held[when] == TRUE {
                if holds == Some(false) {
                    look.run.held[when] = FALSE;
                }
                continue;
            }
            let found = look.event(ends, holds == Some(true), roots_before, roots_after);
            earliest = match (earliest, found) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        if let Some(theta) = earliest {
            states.at(theta, here);
            return Some(theta);
        }
    }
    None
}

/// One `when`, looked at anywhere in a step.
struct Look<'a, 'r, S: ?Sized, I> {
    run: &'a mut Run<'r, S>,
    t: f64,
    h: f64,
    when: usize,
    states: &'a I,
    here: &'a mut [f64],
}

impl<S: System + ?Sized, I: Interpolant> Look<'_, '_, S, I> {
    fn moment(&mut self, theta: f64) -> i64 {
        self.states.at(theta, self.here);
        self.run.moment(self.t + theta * self.h)
    }

    fn holds(&mut self, theta: f64) -> Option<bool> {
        let moment = self.moment(theta);
        self.run.system.holds(self.when, moment, self.here)
    }

    fn roots(&mut self, theta: f64, into: &mut Vec<f64>) {
        let moment = self.moment(theta);
        into.clear();
        self.run.system.roots(self.when, moment, self.here, into);
    }

    /// The first `theta` in a part of the step at which the condition is true.
    fn event(
        &mut self,
        ends: [f64; 2],
        holds_at_end: bool,
        before: &mut Vec<f64>,
        after: &mut Vec<f64>,
    ) -> Option<f64> {
        let mut earliest = holds_at_end.then(|| bisect(ends, |theta| self.holds(theta) == Some(true)));
        self.roots(ends[0], before);
        self.roots(ends[1], after);
        for root in 0..before.len().min(after.len()) {
            let sign = before[root];
            if !(sign * after[root] < 0.0 || (after[root] == 0.0 && sign != 0.0)) {
                continue;
            }
            let mut values = Vec::new();
            let theta = bisect(ends, |theta| {
                self.roots(theta, &mut values);
                values.get(root).is_none_or(|value| value * sign <= 0.0)
            });
            if earliest.is_none_or(|found| theta < found) && self.holds(theta) == Some(true) {
                earliest = Some(theta);
            }
        }
        earliest
    }
}

/// The least number, as far as numbers go, at which `is_after` is true; it is at the upper end.
fn bisect([mut low, mut high]: [f64; 2], mut is_after: impl FnMut(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high < 1e-18 {
            return high;
        }
        if is_after(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}
