//! CPU time of this thread, as the kernel counts it.

/// How many CPU seconds something takes, and what it gives.
pub fn seconds<T>(f: impl FnOnce() -> T) -> (f64, T) {
    let before = cpu_time::ThreadTime::now();
    let result = f();
    (before.elapsed().as_secs_f64(), result)
}
