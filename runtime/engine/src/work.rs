//! Shares independent tasks out among threads.

use std::sync::Mutex;

/// Calls for every task; on one thread in order, on several in any order.
pub(crate) fn in_parallel<T: Send>(threads: usize, tasks: Vec<T>, call: impl Fn(T) + Sync) {
    if threads <= 1 || tasks.len() <= 1 {
        tasks.into_iter().for_each(call);
        return;
    }
    let helpers = threads.min(tasks.len()) - 1;
    let tasks = Mutex::new(tasks);
    let next = || tasks.lock().expect("a task does not hold the list").pop();
    let work = || {
        while let Some(task) = next() {
            call(task);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(work);
        }
        work();
    });
}

/// Does both, the second beside the first if there is more than one thread.
pub(crate) fn both<A, B: Send>(
    threads: usize,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads <= 1 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
