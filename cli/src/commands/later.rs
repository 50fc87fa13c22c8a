//! Commands that are designed and not built.

use crate::args::Later;
use crate::failure::{Failure, Outcome};

/// Says that it is not built, and what there is in its place.
pub fn run(command: &Later) -> Outcome {
    let (name, what, help) = match command {
        Later::Run(_) => ("run", "run a program on Kafka", "`twin replay` runs it over recorded topics"),
        Later::Graph(_) => (
            "graph",
            "draw topology, machines and lineage",
            "`twin explain PATH --stage hir` shows what each signal depends on, as text",
        ),
        Later::Record(_) => (
            "record",
            "record a slice of a live topic",
            "`twin replay` reads what other tools have recorded: .jsonl, .csv, .parquet, .avro, .arrow",
        ),
        Later::Why(_) => ("why", "say why an alert was raised", "each alert carries its `why`"),
        Later::Query(_) => (
            "query",
            "ask questions in SQL",
            "`twin replay PATH --output SINK=FILE.parquet` writes what other tools can ask",
        ),
        Later::WhatIf(_) => (
            "what-if",
            "run scenarios beside what happened",
            "`twin replay PATH --set NAME.PARAM=VALUE` runs a recording with other params",
        ),
        Later::Deploy(_) => (
            "deploy",
            "bring a program to where it runs",
            "`twin compile PATH -o FILE --executable` makes a program of its own",
        ),
        Later::Status(_) => (
            "status",
            "say how a program that runs is doing",
            "`twin replay PATH --json` prints a run's summary",
        ),
        Later::Doc(_) => (
            "doc",
            "make pages of a program's documentation",
            "an editor shows it where the cursor rests, through `twin lsp`",
        ),
    };
    Err(Failure::usage(format!("`twin {name}` is not built yet; it is to {what}")).help(help))
}
