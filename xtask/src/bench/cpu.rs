//! CPU time as the kernel counts it.

/// Whose time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// That of this thread.
    Thread,
    /// That of all threads.
    Process,
}

/// How many CPU seconds something takes, and what it gives.
pub fn seconds<T>(clock: Clock, f: impl FnOnce() -> T) -> (f64, T) {
    let (thread, process) = (cpu_time::ThreadTime::now(), cpu_time::ProcessTime::now());
    let result = f();
    let elapsed = match clock {
        Clock::Thread => thread.elapsed(),
        Clock::Process => process.elapsed(),
    };
    (elapsed.as_secs_f64(), result)
}
