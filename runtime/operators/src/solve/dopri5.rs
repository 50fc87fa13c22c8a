//! The method of Dormand and Prince, of order 5 with an error estimate of order 4.
//!
//! Coefficients, dense output, first step and step control (with the stabilising exponent 0.04) are those of Hairer,
//! Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), and their program `dopri5`.

use super::locate::{Interpolant, first_event};
use super::{Failure, Run, System, Workspace};
use twin_types::seconds_from_nanos;

const C: [f64; 5] = [0.2, 0.3, 0.8, 8.0 / 9.0, 1.0];
const A: [&[f64]; 6] = [
    &[0.2],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Weights of the error: order 5 minus order 4.
const E: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
/// Weights of the last term of the dense output.
const D: [f64; 7] = [
    -12715105075.0 / 11282082432.0,
    0.0,
    87487479700.0 / 32700410799.0,
    -10690763975.0 / 1880347072.0,
    701980252875.0 / 199316789632.0,
    -1453857185.0 / 822651844.0,
    69997945.0 / 29380423.0,
];

const SAFETY: f64 = 0.9;
const SHRINK_MOST: f64 = 5.0;
const GROW_MOST: f64 = 0.1;
const STABILISING: f64 = 0.04;
/// A condition is looked at in so many parts of a step, for steps can be long.
const LOOKS: u32 = 4;

/// Steps through the interval, starting anew after every discontinuity.
pub(super) fn integrate<S: System + ?Sized>(
    tolerance: (f64, f64),
    to_ns: i64,
    states: &mut [f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> Result<(), Failure> {
    let end = seconds_from_nanos(to_ns.saturating_sub(run.from_ns));
    let mut t = 0.0;
    while let Some(event) = segment(tolerance, (t, end), states, run, work)? {
        run.act(event, states)?;
        if event >= end {
            break;
        }
        t = event;
    }
    Ok(())
}

/// Steps up to the end or to a discontinuity, whose time is given.
fn segment<S: System + ?Sized>(
    tolerance: (f64, f64),
    (start, end): (f64, f64),
    states: &mut [f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> Result<Option<f64>, Failure> {
    let mut t = start;
    run.rates(t, states, &mut work.stages[0]);
    let mut h = first_step(tolerance, (t, end), states, run, work);
    let mut error_before: f64 = 1e-4;
    let mut was_refused = false;
    while t < end {
        run.count_sub_step()?;
        if h <= 1e-15 * t.max(1e-3) {
            return Err(Failure::TooLong);
        }
        let is_last = t + 1.01 * h >= end;
        if is_last {
            h = end - t;
        }
        take_step((t, h), states, run, work);
        let error = error_of(tolerance, h, states, work);
        if error > 1.0 || error.is_nan() {
            let shrink = libm::pow(error, 0.2 - STABILISING * 0.75) / SAFETY;
            h /= if shrink < SHRINK_MOST { shrink } else { SHRINK_MOST };
            was_refused = true;
            continue;
        }
        if let Some(theta) = event_in_step((t, h), states, run, work) {
            states.copy_from_slice(&work.here);
            return Ok(Some(t + theta * h));
        }
        let raw = libm::pow(error, 0.2 - STABILISING * 0.75) / libm::pow(error_before, STABILISING);
        let factor = (raw / SAFETY).clamp(GROW_MOST, SHRINK_MOST);
        error_before = error.max(1e-4);
        t = if is_last { end } else { t + h };
        h /= if was_refused { factor.max(1.0) } else { factor };
        was_refused = false;
        states.copy_from_slice(&work.next);
        let (first, rest) = work.stages.split_at_mut(1);
        first[0].copy_from_slice(&rest[5]);
    }
    Ok(None)
}

/// All stages from `stages[0]` on; the new states into `next`, their derivatives into `stages[6]`.
fn take_step<S: System + ?Sized>(
    (t, h): (f64, f64),
    states: &[f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) {
    for (row, weights) in A.iter().enumerate() {
        for n in 0..states.len() {
            let sum: f64 = weights.iter().zip(&work.stages).map(|(weight, stage)| weight * stage[n]).sum();
            work.stage[n] = states[n] + h * sum;
        }
        let at = if row < 5 { C[row] } else { 1.0 };
        run.rates(t + at * h, &work.stage, &mut work.stages[row + 1]);
    }
    work.next.copy_from_slice(&work.stage);
}

/// The root of the mean square of errors over tolerances; 1 is just good enough. Absent states have none.
fn error_of((rtol, atol): (f64, f64), h: f64, states: &[f64], work: &Workspace) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (n, state) in states.iter().enumerate().filter(|(_, state)| !state.is_nan()) {
        let error: f64 = E.iter().zip(&work.stages).map(|(weight, stage)| weight * stage[n]).sum();
        let scaled = h * error / scale((rtol, atol), state.abs().max(work.next[n].abs()));
        sum += scaled * scaled;
        count += 1.0;
    }
    if count == 0.0 { 0.0 } else { libm::sqrt(sum / count) }
}

/// The error that is allowed; never 0, so that a state at 0 with no absolute tolerance can move.
fn scale((rtol, atol): (f64, f64), magnitude: f64) -> f64 {
    (atol + rtol * magnitude).max(f64::MIN_POSITIVE)
}

fn event_in_step<S: System + ?Sized>(
    (t, h): (f64, f64),
    states: &[f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> Option<f64> {
    if run.held.is_empty() {
        return None;
    }
    for n in 0..states.len() {
        let difference = work.next[n] - states[n];
        let bend = h * work.stages[0][n] - difference;
        let last: f64 = D.iter().zip(&work.stages).map(|(weight, stage)| weight * stage[n]).sum();
        work.dense[0][n] = states[n];
        work.dense[1][n] = difference;
        work.dense[2][n] = bend;
        work.dense[3][n] = difference - h * work.stages[6][n] - bend;
        work.dense[4][n] = h * last;
    }
    let roots = [&mut work.roots_before, &mut work.roots_after];
    first_event(run, (t, h), LOOKS, &Dense(&work.dense), &mut work.here, roots)
}

/// The continuous extension of order 4.
struct Dense<'a>(&'a [Vec<f64>; 5]);

impl Interpolant for Dense<'_> {
    fn at(&self, theta: f64, into: &mut [f64]) {
        let rest = 1.0 - theta;
        let [a, b, c, d, e] = self.0;
        for (n, value) in into.iter_mut().enumerate() {
            *value = a[n] + theta * (b[n] + rest * (c[n] + theta * (d[n] + rest * e[n])));
        }
    }
}

/// Hairer's guess (section II.4): from the sizes of the states, of their derivatives and of those derivatives' change
/// over a trial step.
fn first_step<S: System + ?Sized>(
    tolerance: (f64, f64),
    (t, end): (f64, f64),
    states: &[f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> f64 {
    let size = |values: &dyn Fn(usize) -> f64| {
        let squares = (0..states.len()).filter(|&n| !states[n].is_nan()).map(|n| {
            let scaled = values(n) / scale(tolerance, states[n].abs());
            scaled * scaled
        });
        squares.sum::<f64>()
    };
    let span = end - t;
    let (rates, level) = (size(&|n| work.stages[0][n]), size(&|n| states[n]));
    let trial = if rates <= 1e-10 || level <= 1e-10 { 1e-6 } else { libm::sqrt(level / rates) * 0.01 };
    let trial = trial.min(span);
    for (n, state) in states.iter().enumerate() {
        work.stage[n] = state + trial * work.stages[0][n];
    }
    run.rates(t + trial, &work.stage, &mut work.stages[1]);
    let change = libm::sqrt(size(&|n| work.stages[1][n] - work.stages[0][n])) / trial;
    let steepest = change.max(libm::sqrt(rates));
    let guess = if steepest <= 1e-15 { (trial * 1e-3).max(1e-6) } else { libm::pow(0.01 / steepest, 0.2) };
    (100.0 * trial).min(guess).min(span)
}
