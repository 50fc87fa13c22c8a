//! CPU time of this thread, as the kernel counts it.

/// Seconds of CPU that the calling thread has used.
pub fn now() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    nanos as f64 / 1e9
}

/// How many CPU seconds something takes, and what it gives.
pub fn seconds<T>(f: impl FnOnce() -> T) -> (f64, T) {
    let before = now();
    let result = f();
    (now() - before, result)
}
