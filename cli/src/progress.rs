//! The bar that shows on a terminal when work lasts longer than a second.

use crate::terminal::Terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use twin_engine::RunProgress;
use twin_engine::value::push_timestamp;

/// Runs shorter than this show none.
const SHOWN_AFTER_SECONDS: f64 = 1.0;
/// The bar is drawn in so many parts; bytes are hidden, since nobody asks for them.
const PARTS: u64 = 1000;

/// Something to call after every round.
pub fn on_progress(terminal: &Terminal) -> Option<twin_engine::OnProgress> {
    if !terminal.progress {
        return None;
    }
    let mut bar: Option<ProgressBar> = None;
    Some(Box::new(move |progress| {
        if progress.seconds >= SHOWN_AFTER_SECONDS {
            let bar = bar.get_or_insert_with(new_bar);
            bar.set_message(message(progress));
            bar.set_position(part_read(progress));
        }
    }))
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(PARTS), ProgressDrawTarget::stderr_with_hz(8));
    let style =
        ProgressStyle::with_template("{bar:8} {percent:>3}%  {wide_msg}").expect("the template is sound");
    bar.with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
}

fn part_read(progress: &RunProgress) -> u64 {
    match progress.read.total {
        Some(total) if total > 0 => (progress.read.done as f64 / total as f64 * PARTS as f64) as u64,
        _ => 0,
    }
}

/// What is waited for comes first: on a narrow terminal the line is cut off at its end.
fn message(progress: &RunProgress) -> String {
    let mut text = String::new();
    if let Some(left) = seconds_left(progress) {
        text.push_str(&format!("{} left, ", span(left)));
    }
    let rate = progress.events as f64 / progress.seconds.max(1e-9);
    text.push_str(&format!("{} events, {}/s", short(progress.events as f64), short(rate)));
    if let Some(reached) = progress.reached {
        text.push_str(", at ");
        push_timestamp(&mut text, reached - reached.rem_euclid(1_000_000_000));
    }
    text.push_str(&format!(", {} alerts", short(progress.alerts as f64)));
    text
}

fn seconds_left(progress: &RunProgress) -> Option<f64> {
    let total = progress.read.total? as f64;
    let done = progress.read.done as f64;
    (done > 0.0).then(|| progress.seconds * (total - done).max(0.0) / done)
}

fn span(seconds: f64) -> String {
    let seconds = seconds as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// `950`, `43.2 k`, `1.2 M`
pub fn short(number: f64) -> String {
    match number {
        n if n < 10_000.0 => format!("{n:.0}"),
        n if n < 10_000_000.0 => format!("{:.1} k", n / 1e3),
        n => format!("{:.1} M", n / 1e6),
    }
}
