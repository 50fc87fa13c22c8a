//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Digital twins: check them, replay recordings through them, test them.
#[derive(Debug, Parser)]
#[command(name = "twin", disable_version_flag = true, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,

    /// Say which version this is; with --verbose also what it is made of
    #[arg(short = 'V', long)]
    pub version: bool,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Colours in what is said
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,

    /// The form of findings
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Show no progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The form of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn, with the lines they speak of
    Human,
    /// One line each
    Short,
    /// One JSON object per line
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project: a program with its schema, a recording, tests and a twin.toml
    New(New),
    /// Read programs and say what is wrong with them, all of it in one go
    Check(Check),
    /// Write programs in the one style
    Fmt(Fmt),
    /// Run a program over recorded topics
    Replay(Replay),
    /// Run the tests of a program
    Test(Test),
    /// Show the page of a finding, or what the compiler made of a program
    Explain(Explain),
    /// Make a bundle of a program, or a program of its own
    Compile(Compile),
    /// Serve an editor over stdin and stdout
    Lsp,
    /// Print what a shell needs to complete commands
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// What is to come.
    #[command(flatten)]
    Later(Later),
}

/// Commands that are designed and not built: not in the help, and plain about it when they are typed.
#[derive(Debug, Subcommand)]
pub enum Later {
    /// Run a program on Kafka
    #[command(hide = true)]
    Run(Anything),
    /// Draw a program's topology, machines and lineage
    #[command(hide = true)]
    Graph(Anything),
    /// Record a slice of a live topic
    #[command(hide = true)]
    Record(Anything),
    /// Say why an alert was raised
    #[command(hide = true)]
    Why(Anything),
    /// Ask questions of what twins have said, in SQL
    #[command(hide = true)]
    Query(Anything),
    /// Run scenarios beside what happened
    #[command(hide = true, name = "what-if")]
    WhatIf(Anything),
    /// Bring a program to where it runs
    #[command(hide = true)]
    Deploy(Anything),
    /// Say how a program that runs is doing
    #[command(hide = true)]
    Status(Anything),
    /// Make pages of a program's documentation
    #[command(hide = true)]
    Doc(Anything),
}

/// Whatever is typed behind a command that is not built.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Anything {
    /// Taken and not looked at
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<std::ffi::OsString>,
}

/// `twin new`
#[derive(Debug, Args)]
pub struct New {
    /// The project's folder, and its name
    pub name: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value_t = Template::Pump)]
    pub template: Template,
}

/// What a project begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Connected cars: overheating, hard braking, leaking tyres
    Cars,
    /// A pump: dry running, bearing wear, hours run
    Pump,
    /// Turbofan engines: remaining useful life, counted in cycles
    Turbofan,
    /// A twin with one rule, to write your own in its place
    Empty,
}

/// `twin check`
#[derive(Debug, Args)]
pub struct Check {
    /// Programs: files, project folders or bundles
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What makes the check fail besides errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Vec<Deny>,
    /// Say line by line what one twin costs in memory
    #[arg(long)]
    pub memory: bool,
    /// Say what so many twins cost together
    #[arg(long, value_name = "N")]
    pub fleet: Option<u64>,
}

/// What can be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Every warning
    Warnings,
}

/// `twin fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// Files, folders (all programs in them), or `-` for stdin to stdout
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; fail where something would change
    #[arg(long)]
    pub check: bool,
}

/// `twin replay`
#[derive(Debug, Args)]
pub struct Replay {
    /// The program: a file, a project folder or a bundle
    pub path: PathBuf,
    /// How it runs.
    #[command(flatten)]
    pub run: Run,
}

/// What a bundle that is a program of its own takes.
#[derive(Debug, Parser)]
#[command(disable_version_flag = true, max_term_width = 100)]
pub struct Carried {
    /// How it runs.
    #[command(flatten)]
    pub run: Run,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Say which program and version this is
    #[arg(short = 'V', long)]
    pub version: bool,
}

/// How a program runs.
#[derive(Clone, Debug, Default, Args)]
pub struct Run {
    /// Where records of a source or table come from; repeated, each is a partition; `a+b` is one log in two files
    #[arg(long, value_name = "SOURCE=PATH", value_parser = binding)]
    pub input: Vec<(String, String)>,
    /// Where records of a sink go: .jsonl, .csv, .parquet, .avro, also with .gz or .zst; `-` is stdout
    #[arg(long, value_name = "SINK=PATH", value_parser = binding)]
    pub output: Vec<(String, String)>,
    /// The value of a param for this run, with its unit
    #[arg(long, value_name = "NAME.PARAM=VALUE")]
    pub set: Vec<String>,
    /// Skip events before this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<i64>,
    /// Apply events before this time, and let clocks go on up to it
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<i64>,
    /// Threads to work with [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// So many times as fast as it was recorded, or as fast as it goes [default: max]
    #[arg(long, value_name = "60x|max", value_parser = speed)]
    pub speed: Option<Speed>,
    /// Keep checkpoints in this folder, and go on from the one that it holds
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
    /// How often a checkpoint is written, like 10s or 250ms [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = seconds, requires = "checkpoint")]
    pub checkpoint_every: Option<f64>,
    /// What carries the program out
    #[arg(long, value_enum)]
    pub kernels: Option<Kernels>,
    /// Print the summary as one JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// What carries a program out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kernels {
    /// Native code, made at the start
    Native,
    /// The evaluator: slower, easy to believe
    Evaluator,
}

/// How fast recorded time goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it goes.
    Max,
    /// So many times as fast as it was recorded.
    Times(f64),
}

/// `twin test`
#[derive(Debug, Args)]
pub struct Test {
    /// The program: a file, a project folder or a bundle
    pub path: PathBuf,
    /// Only tests whose name contains this
    pub filter: Option<String>,
    /// What carries the program out
    #[arg(long, value_enum)]
    pub kernels: Option<Kernels>,
    /// How many tests run at a time [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// What came of the tests as one JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// `twin explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as E0303, or a program
    #[arg(value_name = "CODE|PATH")]
    pub what: String,
    /// What to show of the program
    #[arg(long, value_enum)]
    pub stage: Option<StageName>,
    /// Only this twin
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// A form between text and machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StageName {
    /// What was written, as a tree
    Ast,
    /// The checked program: every name, type, unit and clock
    Hir,
    /// What runs in a step
    Plan,
    /// Where each word of a twin lives
    Layout,
    /// Native code before registers are given out
    Clif,
    /// Native code
    Asm,
}

/// `twin compile`
#[derive(Debug, Args)]
pub struct Compile {
    /// The program: a file or a project folder
    pub path: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Make a program of its own, which takes the flags of `twin replay`
    #[arg(long)]
    pub executable: bool,
    /// The value of a param for every run, with its unit
    #[arg(long, value_name = "NAME.PARAM=VALUE")]
    pub set: Vec<String>,
}

fn binding(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.trim().is_empty() && !path.trim().is_empty() => {
            Ok((name.trim().to_string(), path.trim().to_string()))
        }
        _ => Err("a name and a path are needed, like telemetry=cars.jsonl".to_string()),
    }
}

fn moment(text: &str) -> Result<i64, String> {
    twin_driver::settings::moment(text).ok_or_else(|| "a time is needed, like 2024-06-01T00:00Z".to_string())
}

/// Seconds of a duration such as `10s`, `250 ms`, `2min`.
fn seconds(text: &str) -> Result<f64, String> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_ends);
    let factor = match unit.trim() {
        "ms" => Some(0.001),
        "s" => Some(1.0),
        "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let number = number.parse::<f64>().ok().filter(|number| number.is_finite());
    number
        .zip(factor)
        .map(|(n, f)| n * f)
        .ok_or_else(|| "a duration is needed, like 10s, 250ms or 2min".to_string())
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    let times = times.filter(|times| times.is_finite() && *times > 0.0);
    times.map(Speed::Times).ok_or_else(|| "a factor is needed, like 60x, or max".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The manual names every command and every flag that can be typed.
    #[test]
    fn the_manual_has_every_command_and_flag() {
        let page = include_str!("../../docs/reference/command.md");
        let command = Cli::command();
        let visible: Vec<_> = command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
        let names = visible.iter().map(|command| format!("`twin {}", command.get_name()));
        let flags = visible.iter().flat_map(|command| command.get_arguments()).chain(command.get_arguments());
        let flags = flags.filter_map(|flag| flag.get_long()).map(|flag| format!("--{flag}"));
        let missing: Vec<String> = names.chain(flags).filter(|word| !page.contains(word.as_str())).collect();
        assert!(missing.is_empty(), "docs/reference/command.md does not have {missing:?}");
    }
}
