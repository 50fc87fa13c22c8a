//! A mistake of ours looks different from one of the reader's: it says so, and what to send.

use crate::terminal::say;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

/// From here on a panic is told as a bug of this program.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        say(&message(info));
        let calls = Backtrace::capture();
        if calls.status() == BacktraceStatus::Captured {
            say(&format!("\n{calls}\n"));
        }
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload();
    let what =
        what.downcast_ref::<&str>().copied().or_else(|| what.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let command: Vec<String> = std::env::args().collect();
    format!(
        "\nThis is a bug in twin itself, not in your program.\n\n  \
         what     {}\n  where    {place}\n  version  {}\n  command  {}\n\n\
         Please send these lines with the program and, if it can be shared, the beginning of the recording.\n",
        what.unwrap_or("unknown").replace('\n', "\n           "),
        crate::commands::version::line(),
        command.join(" "),
    )
}
