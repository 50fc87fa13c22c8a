//! Golden cases: a `.twin` file whose header says what to show and what arrives.
//!
//! ```text
//! //! a rule fires only after its condition has held for its whole span
//! //! show: run
//! //! to: 2024-01-01T00:01:00Z
//! //! input pump
//! //! {"id": "A", "ts": 0, "temp": 95}
//! //! {"id": "A", "ts": 31000, "temp": 96}
//! ```
//!
//! `show` is a list of `findings`, `ast`, `hir`, `plan`, `layout`, `run`; without it, `run` is meant. Records stand as
//! they would in a file of JSON Lines; `input NAME csv` begins a file of another format, `file NAME` a file that the
//! program itself names.

use crate::run::{self, Outcome, WAYS};
use std::fmt::Write;
use std::path::PathBuf;

/// What a case's header says.
#[derive(Debug, Default)]
struct Header {
    show: Vec<String>,
    to: Option<i64>,
    /// Source or table, ending, lines.
    inputs: Vec<(String, String, String)>,
}

fn header(text: &str) -> Result<Header, String> {
    let mut header = Header::default();
    for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if let Some(show) = line.strip_prefix("show:") {
            header.show = show.split(',').map(|part| part.trim().to_string()).collect();
        } else if let Some(to) = line.strip_prefix("to:") {
            let time: jiff::Timestamp = to.trim().parse().map_err(|error| format!("to: {error}"))?;
            header.to = i64::try_from(time.as_nanosecond()).ok();
        } else if let Some(input) = line.strip_prefix("input ") {
            let (name, ending) = input.trim().split_once(' ').unwrap_or((input.trim(), "jsonl"));
            header.inputs.push((name.to_string(), ending.to_string(), String::new()));
        } else if let Some((.., lines)) = header.inputs.last_mut() {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    if header.show.is_empty() {
        header.show.push("run".to_string());
    }
    Ok(header)
}

/// What a case shows; for a run all ways must agree before it is given.
pub fn show(name: &str, text: &str) -> Result<String, String> {
    let header = header(text)?;
    let mut shown = String::new();
    let compiled = run::compile(name, text);
    for what in &header.show {
        let _ = writeln!(shown, "=== {what}");
        match (what.as_str(), &compiled) {
            ("findings", Ok(program)) => shown.push_str(&run::short(&program.sources, &program.findings)),
            ("findings", Err(findings)) => shown.push_str(findings),
            (_, Err(findings)) => return Err(findings.clone()),
            ("plan", Ok(program)) => shown.push_str(&twin_plan::print::print(&program.plan)),
            ("layout", Ok(program)) => shown.push_str(&twin_plan::print::print_layout(&program.plan)),
            ("run", Ok(program)) => shown.push_str(&show_run(program, &header)?),
            (other, Ok(_)) => return Err(format!("nothing shows `{other}`")),
        }
    }
    Ok(shown)
}

fn show_run(program: &run::Program, header: &Header) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for (at, (source, ending, lines)) in header.inputs.iter().enumerate() {
        let path = folder.path().join(format!("{at}.{ending}"));
        std::fs::write(&path, lines).map_err(|error| error.to_string())?;
        files.push((source.clone(), path));
    }
    let recordings: Vec<(&str, Vec<&std::path::Path>)> =
        files.iter().map(|(source, path)| (source.as_str(), vec![path.as_path()])).collect();
    let mut first: Option<Outcome> = None;
    for way in WAYS {
        // With a checkpoint the end of a recording releases nothing, so only an end that is given can be compared.
        if way.stops && header.to.is_none() {
            continue;
        }
        let outcome = match (run::run(program, &recordings, way, header.to), &first) {
            (Ok(outcome), _) => outcome,
            (Err(why), Some(first)) => return Err(format!("{}: {why}\n{}", way.name, print(first))),
            (Err(why), None) => return Err(why),
        };
        match &first {
            Some(first) if *first != outcome => {
                let difference = crate::differential::difference(first, &outcome);
                return Err(format!("{} and {} differ: {difference}", WAYS[0].name, way.name));
            }
            Some(_) => {}
            None => first = Some(outcome),
        }
    }
    Ok(first.map(|outcome| print(&outcome)).unwrap_or_default())
}

fn print(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (sink, records) in outcome.outputs.iter().filter(|(_, records)| !records.is_empty()) {
        let _ = writeln!(text, "--- {sink}\n{}", records.trim_end());
    }
    let summary = &outcome.summary;
    let _ = writeln!(
        text,
        "--- {} events, {} twins, {} late, {} rejected, {} faults",
        summary.events, summary.twins, summary.late, summary.rejected, summary.faults
    );
    for (place, count) in summary.faults_by.iter().chain(&summary.rejects) {
        let _ = writeln!(text, "    {count} × {place}");
    }
    text
}
