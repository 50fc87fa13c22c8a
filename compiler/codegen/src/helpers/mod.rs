//! What generated code calls: plain Rust on the context, one function each.

mod clock;
pub(crate) mod integrate;
pub(crate) mod text;
mod windows;

use crate::abi::Context;
use cranelift_codegen::ir::{Type, types};
use twin_types::Word;

macro_rules! helpers {
    ($($(#[$doc:meta])* $name:ident = $function:path, $symbol:literal, ($($ty:ident),*), $result:tt, $row:literal;)*) => {
        /// A function that generated code calls. The context is its first argument.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Helper { $($(#[$doc])* $name,)* }

        impl Helper {
            pub(crate) const ALL: &'static [Helper] = &[$(Helper::$name,)*];

            /// Its name in code.
            pub(crate) fn symbol(self) -> &'static str {
                match self { $(Helper::$name => concat!("twin_", $symbol),)* }
            }

            /// Where it is.
            pub(crate) fn address(self) -> *const u8 {
                match self { $(Helper::$name => $function as *const u8,)* }
            }

            /// Types of its arguments, the context first.
            pub(crate) fn parameters(self) -> &'static [Type] {
                match self { $(Helper::$name => &[types::I64, $(types::$ty),*],)* }
            }

            /// The type of what it gives.
            pub(crate) fn result(self) -> &'static [Type] {
                match self { $(Helper::$name => helpers!(@result $result),)* }
            }

            /// Whether it may write words of the row that expressions read (other than texts, which are not kept in
            /// registers).
            pub(crate) fn changes_row(self) -> bool {
                match self { $(Helper::$name => $row,)* }
            }
        }
    };
    (@result _) => { &[] };
    (@result $ty:ident) => { &[types::$ty] };
}

helpers! {
    /// What comes before an event's step: whether it is late, instants that are due, the twin's beginning. Gives 0
    /// where it is late.
    Prepare = clock::prepare, "prepare", (I64), I64, true;
    /// Does the resets that the step has asked for.
    Resets = clock::resets, "resets", (), _, false;
    /// Writes a record from the arguments.
    Output = text::output, "output", (I64), _, false;
    /// Compares two texts: −1, 0, 1.
    CompareText = text::compare_text, "compare_text", (I64, I64), I64, false;
    /// Keeps a text in the row; gives 1 where it is too long.
    StoreText = text::store_text, "store_text", (I64, I64, I64), I64, false;
    /// A handle that stays good when the row changes.
    KeepText = text::keep_text, "keep_text", (I64), I64, false;
    /// How many bytes a text has; none where it is absent.
    TextBytes = text::text_bytes, "text_bytes", (I64), I64, false;
    /// The number that stands for a text in a window.
    TextHash = text::text_hash, "text_hash", (I64), I64, false;
    /// The twin's key as a number.
    KeyInt = text::key_int, "key_int", (), I64, false;
    /// The id of a command: the literal that names it, when it was sent, how many had been at that time.
    CommandId = text::command_id, "command_id", (I64, I64, I64), I64, false;
    /// A word of the twin's own row of a table: table, column (−1: whether there is a row).
    TableOwn = text::table_own, "table_own", (I64, I64), I64, false;
    /// As above, under a text.
    TableText = text::table_text, "table_text", (I64, I64, I64), I64, false;
    /// As above, under a number.
    TableInt = text::table_int, "table_int", (I64, I64, I64), I64, false;
    /// Adds a sample to a lane: window, lane, key, x, y.
    WindowAdd = windows::window_add, "window_add", (I64, I64, I64, I64, I64), _, false;
    /// Lets go of what is no longer in a trailing window.
    WindowPass = windows::window_pass, "window_pass", (I64), _, false;
    /// Adds a sample to a ring: window, ring, key, x, y.
    RingFeed = windows::ring_feed, "ring_feed", (I64, I64, I64, I64, I64), _, false;
    /// Empties a window.
    WindowClear = windows::window_clear, "window_clear", (I64), _, false;
    /// Computes a window's values into the arguments.
    WindowRead = windows::window_read, "window_read", (I64), _, false;
    /// Takes a value for `lag` and gives the lagging one: lag, x.
    Lag = windows::lag, "lag", (I64, I64), I64, false;
    /// Integrates a block by the operators' solver: integration, which functions look at its right side.
    Integrate = integrate::integrate, "integrate", (I64, I64), _, false;
    /// Keeps the step's record for a capture.
    CaptureFeed = windows::capture_feed, "capture_feed", (I64), _, false;
    /// Opens a capture's span: capture, time of the raise.
    CaptureOpen = windows::capture_open, "capture_open", (I64, I64), _, true;
    /// Writes what a capture holds, if its span has passed.
    CaptureClose = windows::capture_close, "capture_close", (I64), _, true;
}

impl Context<'_, '_> {
    /// The twin's row.
    pub(crate) fn row_mut(&mut self) -> &mut [Word] {
        let words = self.rust.twin.plan.layout.words as usize;
        let slot = self.slot() as usize;
        &mut self.rust.shard.rows[slot * words..][..words]
    }
}
