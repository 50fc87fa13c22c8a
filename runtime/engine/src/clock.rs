//! The only place that reads the machine's clock: how long a run took, and keeping pace with a recording.

use std::time::{Duration, Instant};

/// Measures a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Keeps a replay from running ahead of the wall clock times a factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Nanoseconds of the recording in one of the wall clock.
    factor: f64,
    start: Option<(Instant, i64)>,
}

/// A stop is noticed at least this often.
const NAP: Duration = Duration::from_millis(100);

/// How far ahead of its turn a record may be shown: what falls into so much of the wall clock is one round.
const AHEAD: Duration = Duration::from_millis(20);

impl Pace {
    pub fn new(factor: f64) -> Pace {
        Pace { factor, start: None }
    }

    /// Waits until the recording may show this time, and says up to which time it may show more; `true` from
    /// `is_stopped` ends the wait. The first time that is asked for begins the race.
    pub fn wait(&mut self, time: i64, is_stopped: impl Fn() -> bool) -> i64 {
        let (begin, first) = *self.start.get_or_insert_with(|| (Instant::now(), time));
        let nanos = (time.saturating_sub(first) as f64 / self.factor).max(0.0);
        let until = Duration::from_nanos(nanos as u64);
        while !is_stopped() {
            let Some(left) = until.checked_sub(begin.elapsed()) else { break };
            std::thread::sleep(left.min(NAP));
        }
        let shown = (begin.elapsed() + AHEAD).as_nanos() as f64 * self.factor;
        first.saturating_add(shown as i64).max(time)
    }
}
