//! Being asked to stop: once, the run finishes its batch, writes its checkpoint and leaves; twice, it leaves at once.

use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a run looks at to know that it is to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Set by the first signal.
    pub flag: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Listens to the signals from now on. Where the system refuses, the default of the system stays.
    pub fn listen() -> Stop {
        let stop = Stop::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: what ends the program looks at the flag before this same signal sets it.
            let leaves =
                signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, stop.flag.clone());
            let noted = signal_hook::flag::register_usize(signal, stop.signal.clone(), signal as usize);
            let asked = signal_hook::flag::register(signal, stop.flag.clone());
            debug_assert!(leaves.and(noted).and(asked).is_ok(), "both signals may be listened to");
        }
        stop
    }

    /// The signal that came.
    pub fn signal(&self) -> Option<u8> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as u8),
        }
    }
}
