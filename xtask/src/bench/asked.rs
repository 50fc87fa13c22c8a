//! What is asked for on the command line.

use super::files::Kind;
use super::{programs, run};
use std::path::PathBuf;

/// What is measured, and how.
pub struct Asked {
    pub cars: u64,
    pub seconds: u64,
    pub by_arrival: bool,
    /// A file of this kind, or columns in memory.
    pub file: Option<Kind>,
    /// Whether the floor's parser of JSON takes no number out that is not used.
    pub is_lean: bool,
    /// Where the recording, the table and the programs are left, for measuring from outside.
    pub keep: Option<PathBuf>,
    pub how: run::How,
    pub runs: u32,
    pub workloads: Vec<String>,
}

impl Asked {
    /// From the arguments; errors in words.
    pub fn parse(args: &[String]) -> Result<Asked, String> {
        let mut asked = Asked {
            cars: 10_000,
            seconds: 120,
            by_arrival: true,
            file: None,
            is_lean: false,
            keep: None,
            how: run::How { rows: twin_engine::Options::default().rows, threads: 1, is_timed: false },
            runs: 3,
            workloads: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--cars" => asked.cars = number(arg, args.next())?,
                "--seconds" => asked.seconds = number(arg, args.next())?,
                "--runs" => asked.runs = number(arg, args.next())? as u32,
                "--rows" => asked.how.rows = number(arg, args.next())? as usize,
                "--threads" => {
                    asked.how.threads = number(arg, args.next())? as usize;
                    asked.how.is_timed = true;
                }
                "--event-order" => asked.by_arrival = false,
                "--lean" => asked.is_lean = true,
                "--keep" => asked.keep = Some(args.next().ok_or("--keep takes a folder")?.into()),
                "--input" => asked.file = input(args.next().map(String::as_str))?,
                name => asked.workloads.push(name.to_string()),
            }
        }
        if asked.workloads.is_empty() {
            asked.workloads = programs::NAMES.iter().map(|name| name.to_string()).collect();
        }
        Ok(asked)
    }
}

fn number(arg: &str, value: Option<&String>) -> Result<u64, String> {
    let value = value.ok_or(format!("{arg} takes a number"))?;
    value.parse().map_err(|_| format!("{arg} takes a number, not {value}"))
}

fn input(value: Option<&str>) -> Result<Option<Kind>, String> {
    match value {
        Some("columns") => Ok(None),
        Some("parquet") => Ok(Some(Kind::Parquet)),
        Some("jsonl") => Ok(Some(Kind::JsonLines)),
        _ => Err("--input takes columns, parquet or jsonl".to_string()),
    }
}
