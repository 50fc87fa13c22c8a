//! What a run comes to, for people.

use crate::bindings::{Bindings, Target};
use crate::progress::short;
use std::fmt::Write;
use twin_engine::{BUILT_IN, Summary};

/// The summary, a few lines.
pub fn text(summary: &Summary, bindings: &Bindings) -> String {
    let mut out = String::new();
    write_text(summary, bindings, &mut out).expect("a string takes everything");
    out
}

fn write_text(summary: &Summary, bindings: &Bindings, out: &mut String) -> std::fmt::Result {
    let stopped = if summary.is_stopped { ", stopped" } else { "" };
    writeln!(
        out,
        "{} {}: {} of {} in {:.2} s ({}/s){stopped}",
        summary.program,
        summary.version,
        plural(summary.events, "event"),
        plural(summary.twins, "twin"),
        summary.seconds,
        short(summary.events_per_second),
    )?;
    for (rule, count) in summary.alerts.iter().filter(|(_, count)| count.raised + count.cleared > 0) {
        let cleared = if count.cleared == 0 {
            "never cleared".into()
        } else {
            format!("cleared {}", times(count.cleared))
        };
        writeln!(out, "  {rule}: raised {}, {cleared}", times(count.raised))?;
    }
    for (sink, count) in &summary.outputs {
        write_output(sink, *count, bindings, out)?;
    }
    for (reason, count) in &summary.rejects {
        writeln!(out, "  rejected, {}: {count}", reason.replace('_', " "))?;
    }
    if summary.duplicates > 0 {
        writeln!(out, "  {} of equal time dropped", plural(summary.duplicates, "event"))?;
    }
    for (place, count) in &summary.faults_by {
        writeln!(out, "  {place}: absent {}", times(*count))?;
    }
    Ok(())
}

/// Records of a sink, and where they went; those that had no place are said too, so that nothing is lost in silence.
fn write_output(sink: &str, count: u64, bindings: &Bindings, out: &mut String) -> std::fmt::Result {
    let records = plural(count, "record");
    match bindings.outputs.get(sink) {
        Some(Target::Stdout) => writeln!(out, "  {sink}: {records} -> stdout"),
        Some(Target::File(path)) => writeln!(out, "  {sink}: {records} -> {}", path.display()),
        None if count == 0 => Ok(()),
        None => {
            let kind = if BUILT_IN.contains(&sink) { "" } else { "sink " };
            writeln!(out, "  {kind}{sink}: {records} had no place; add --output {sink}=FILE")
        }
    }
}

fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_string(),
        1 => "once".to_string(),
        2 => "twice".to_string(),
        n => format!("{n} times"),
    }
}
