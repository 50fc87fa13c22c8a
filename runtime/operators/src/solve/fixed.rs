//! Methods with a fixed step: Euler, Heun, and the classical one of Runge and Kutta.

use super::locate::{Hermite, first_event};
use super::{Failure, Run, System, Workspace};
use twin_plan::SUB_STEPS_MAX;
use twin_types::seconds_from_nanos;

/// One sub-step from `states` at `t` over `h` seconds into `work.next`; `work.stages[0]` holds the derivatives at its
/// beginning.
type Method<S> = fn(f64, f64, &[f64], &mut Run<'_, S>, &mut Workspace);

/// x + h · k1
pub(super) fn euler<S: System + ?Sized>(
    _t: f64,
    h: f64,
    states: &[f64],
    _run: &mut Run<'_, S>,
    work: &mut Workspace,
) {
    offset(&mut work.next, states, h, &work.stages[0]);
}

/// x + h / 2 · (k1 + k2), with k2 at the end of Euler's step
pub(super) fn heun<S: System + ?Sized>(
    t: f64,
    h: f64,
    states: &[f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) {
    offset(&mut work.stage, states, h, &work.stages[0]);
    run.rates(t + h, &work.stage, &mut work.stages[1]);
    for (n, next) in work.next.iter_mut().enumerate() {
        *next = states[n] + h / 2.0 * (work.stages[0][n] + work.stages[1][n]);
    }
}

/// x + h / 6 · (k1 + 2 k2 + 2 k3 + k4)
pub(super) fn rk4<S: System + ?Sized>(
    t: f64,
    h: f64,
    states: &[f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) {
    for (stage, part) in [(1, 0.5), (2, 0.5), (3, 1.0)] {
        offset(&mut work.stage, states, part * h, &work.stages[stage - 1]);
        run.rates(t + part * h, &work.stage, &mut work.stages[stage]);
    }
    let [k1, k2, k3, k4, ..] = &work.stages;
    for (n, next) in work.next.iter_mut().enumerate() {
        *next = states[n] + h / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n]);
    }
}

/// into = states + factor · rates
fn offset(into: &mut [f64], states: &[f64], factor: f64, rates: &[f64]) {
    for (n, value) in into.iter_mut().enumerate() {
        *value = states[n] + factor * rates[n];
    }
}

/// Steps through the interval; after a discontinuity the rest of it is split anew.
pub(super) fn integrate<S: System + ?Sized>(
    method: Method<S>,
    step_ns: i64,
    to_ns: i64,
    states: &mut [f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> Result<(), Failure> {
    let span_ns = to_ns.saturating_sub(run.from_ns);
    let step_ns = step_ns.max(1);
    let end = seconds_from_nanos(span_ns);
    let mut start = 0.0;
    let mut steps = span_ns / step_ns + i64::from(span_ns % step_ns != 0);
    if steps > SUB_STEPS_MAX {
        return Err(Failure::TooLong);
    }
    while let Some(event) = segment(method, (start, end), steps, states, run, work)? {
        run.act(event, states)?;
        if event >= end {
            break;
        }
        start = event;
        // A remainder of rounding is no step of its own.
        let whole = libm::ceil((end - start) / seconds_from_nanos(step_ns) - 1e-9);
        steps = (whole as i64).max(1);
    }
    Ok(())
}

/// `steps` equal sub-steps, or those up to a discontinuity, whose time is given.
fn segment<S: System + ?Sized>(
    method: Method<S>,
    (start, end): (f64, f64),
    steps: i64,
    states: &mut [f64],
    run: &mut Run<'_, S>,
    work: &mut Workspace,
) -> Result<Option<f64>, Failure> {
    let h = (end - start) / steps as f64;
    for step in 0..steps {
        run.count_sub_step()?;
        let t = start + step as f64 * h;
        run.rates(t, states, &mut work.stages[0]);
        method(t, h, states, run, work);
        if work.next.iter().any(|x| x.is_infinite()) {
            return Err(Failure::TooLong);
        }
        if !run.held.is_empty() {
            run.rates(t + h, &work.next, &mut work.stages[6]);
            let hermite =
                Hermite { h, from: states, to: &work.next, rates: [&work.stages[0], &work.stages[6]] };
            let roots = [&mut work.roots_before, &mut work.roots_after];
            if let Some(theta) = first_event(run, (t, h), 1, &hermite, &mut work.here, roots) {
                states.copy_from_slice(&work.here);
                return Ok(Some(t + theta * h));
            }
        }
        states.copy_from_slice(&work.next);
    }
    Ok(None)
}
