//! Integration of a block's states from one moment to the next, with discontinuities located in time.
//!
//! `euler`, `heun` and `rk4` split the interval into ⌈dt / h⌉ equal sub-steps; `dopri5` chooses its own by the error
//! it estimates. A `when` acts where its condition turns true: it is looked for in every sub-step, located in the
//! method's dense output, acts there, and integration starts anew from what it left. Time within the interval is in
//! seconds since its beginning, so that epochs lose nothing.

mod dopri5;
mod fixed;
mod locate;

use twin_plan::Solver;
use twin_types::{FALSE, TRUE, Word};

/// More discontinuities than this in one interval are chattering.
pub const EVENTS_MAX: u32 = 1000;
/// So are more than this within one nanosecond.
pub const EVENTS_PER_NANOSECOND_MAX: u32 = 20;

/// What is integrated. States and derivatives are NaN where they are absent.
pub trait System {
    /// dx/dt, per second, of every state.
    fn derivatives(&mut self, now_ns: i64, states: &[f64], rates: &mut [f64]);
    /// Whether the condition of a `when` holds; `None`: unknown.
    fn holds(&mut self, when: usize, now_ns: i64, states: &[f64]) -> Option<bool>;
    /// The functions whose zeros bound the condition of a `when`, appended to `into`.
    fn roots(&mut self, when: usize, now_ns: i64, states: &[f64], into: &mut Vec<f64>);
    /// What a `when` does to the states.
    fn jump(&mut self, when: usize, now_ns: i64, states: &mut [f64]);
}

/// Why an integration did not reach its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// More than [`twin_plan::SUB_STEPS_MAX`] sub-steps, or steps that became too small to go on, or a state that
    /// grew beyond all numbers: a fault, and the block is reset.
    TooLong,
    /// Discontinuities follow each other without end, as those of a ball that comes to rest: a fault; the states stay as
    /// they were at the last one.
    Chattering,
}

/// Memory that is used again from one integration to the next.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    stages: [Vec<f64>; 7],
    stage: Vec<f64>,
    next: Vec<f64>,
    dense: [Vec<f64>; 5],
    here: Vec<f64>,
    roots_before: Vec<f64>,
    roots_after: Vec<f64>,
}

impl Workspace {
    fn fit(&mut self, states: usize) {
        let vectors = self.stages.iter_mut().chain(&mut self.dense);
        for vector in vectors.chain([&mut self.stage, &mut self.next, &mut self.here]) {
            vector.clear();
            vector.resize(states, 0.0);
        }
    }
}

/// Integrates `states` from one moment to another. `held` says of each `when` whether its condition held at the last
/// look.
pub fn integrate<S: System + ?Sized>(
    solver: Solver,
    (from_ns, to_ns): (i64, i64),
    states: &mut [f64],
    held: &mut [Word],
    system: &mut S,
    work: &mut Workspace,
) -> Result<(), Failure> {
    work.fit(states.len());
    let mut run =
        Run { system, held, from_ns, sub_steps: 0, events: 0, last_event_ns: from_ns, events_at_once: 0 };
    // Inputs may have changed since the last look.
    run.act(0.0, states)?;
    if to_ns <= from_ns {
        return Ok(());
    }
    match solver {
        Solver::Euler { step_ns } => fixed::integrate(fixed::euler, step_ns, to_ns, states, &mut run, work),
        Solver::Heun { step_ns } => fixed::integrate(fixed::heun, step_ns, to_ns, states, &mut run, work),
        Solver::Rk4 { step_ns } => fixed::integrate(fixed::rk4, step_ns, to_ns, states, &mut run, work),
        Solver::Dopri5 { rtol, atol } => dopri5::integrate((rtol, atol), to_ns, states, &mut run, work),
    }
}

/// One integration on its way.
struct Run<'a, S: ?Sized> {
    system: &'a mut S,
    held: &'a mut [Word],
    from_ns: i64,
    sub_steps: i64,
    events: u32,
    last_event_ns: i64,
    events_at_once: u32,
}

impl<S: System + ?Sized> Run<'_, S> {
    /// The moment that lies `t` seconds after the beginning, to the nearest nanosecond.
    fn moment(&self, t: f64) -> i64 {
        self.from_ns.saturating_add(libm::rint(t * 1e9) as i64)
    }

    /// dx/dt: 0 where it or the state is absent, so that the state stands still.
    fn rates(&mut self, t: f64, states: &[f64], rates: &mut [f64]) {
        let moment = self.moment(t);
        self.system.derivatives(moment, states, rates);
        for (rate, state) in rates.iter_mut().zip(states) {
            if rate.is_nan() || state.is_nan() {
                *rate = 0.0;
            }
        }
    }

    fn count_sub_step(&mut self) -> Result<(), Failure> {
        self.sub_steps += 1;
        if self.sub_steps > twin_plan::SUB_STEPS_MAX { Err(Failure::TooLong) } else { Ok(()) }
    }

    /// Lets every `when` whose condition has turned true act, in order, until none has.
    fn act(&mut self, t: f64, states: &mut [f64]) -> Result<(), Failure> {
        let moment = self.moment(t);
        loop {
            let mut has_acted = false;
            for when in 0..self.held.len() {
                let holds = self.system.holds(when, moment, states);
                let turns_true = holds == Some(true) && self.held[when] != TRUE;
                if let Some(holds) = holds {
                    self.held[when] = if holds { TRUE } else { FALSE };
                }
                if turns_true {
                    if let Err(failure) = self.count_event(moment) {
                        // It has not acted, so it is to act in the next interval: else a condition that still holds could
                        // never turn true again, and a ball at rest would fall through the floor.
                        self.held[when] = FALSE;
                        return Err(failure);
                    }
                    self.system.jump(when, moment, states);
                    has_acted = true;
                }
            }
            if !has_acted {
                return Ok(());
            }
        }
    }

    fn count_event(&mut self, moment: i64) -> Result<(), Failure> {
        self.events += 1;
        self.events_at_once = if moment - self.last_event_ns <= 1 { self.events_at_once + 1 } else { 1 };
        self.last_event_ns = moment;
        if self.events > EVENTS_MAX || self.events_at_once > EVENTS_PER_NANOSECOND_MAX {
            return Err(Failure::Chattering);
        }
        Ok(())
    }
}
