//! Calls into libraries that panic on some damaged files.
//!
//! A recording that a disk or a cable has spoilt must cost its own records and nothing else, so a panic of the
//! readers of Arrow and Parquet is an error like their other errors, and quiet.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Makes a panic an error in words. What the call worked on is not to be used again after one.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                before(info);
            }
        }));
    });
    IS_GUARDED.set(true);
    let done = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(false);
    done.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|t| t.to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "its bytes make no sense".to_string())
    })
}
