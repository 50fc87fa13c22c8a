//! From a checked program to a plan: total, since whatever could fail has failed before.
//!
//! What enters is pure expressions, operators and members; what leaves is lists of
//! statements over words, with every word's place decided. Lowering never reports
//! to the user and never looks at text.

mod blocks;
mod columns;
mod commands;
mod derivatives;
mod emits;
mod exprs;
mod faults;
mod folds;
mod handlers;
mod holding;
mod lanes;
mod machines;
mod members;
mod operators;
mod probes;
mod resets;
mod rules;
mod sequences;
mod sinks;
mod storage;
mod twins;
mod windows;

use std::collections::BTreeMap;
use twin_analysis::hir;
use twin_diagnostics::SourceMap;
use twin_plan::Plan;
use twin_types::{Library, Word};

pub use columns::{Flat, flatten_schema};
pub use probes::Probe;

/// What a run decides besides the program.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Params that the run sets: twin and param, and its words.
    pub params: BTreeMap<(String, String), Setting>,
    /// Hash of program, library and settings.
    pub version: String,
}

/// The value of a param that a run sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A word.
    Word(Word),
    /// A text.
    Text(String),
    /// Those of an array or a record, in order.
    Several(Vec<Setting>),
}

/// Lowers a program without errors.
pub fn lower(program: &hir::Program, library: &Library, sources: &SourceMap, settings: &Settings) -> Plan {
    lower_all(Lowering::new(program, library, sources, settings, None))
}

/// The same for a run that is watched: probe `n` writes to the sink [`Probe::sink`]`(n)`, behind the program's own
/// sinks, the twin's key, the time of the step and its values; and every record of the program's own sinks has the
/// time of its step in a last column.
pub fn lower_watched(
    program: &hir::Program,
    library: &Library,
    sources: &SourceMap,
    settings: &Settings,
    probes: &[Probe],
) -> Plan {
    lower_all(Lowering::new(program, library, sources, settings, Some(probes)))
}

fn lower_all(mut lowering: Lowering<'_>) -> Plan {
    let program = lowering.program;
    for twin in &program.twins {
        let lowered = twins::Twin::lower(&mut lowering, twin);
        lowering.plan.twins.push(lowered);
    }
    lowering.plan
}

/// What all twins of a program share while they are lowered.
pub(crate) struct Lowering<'a> {
    pub program: &'a hir::Program,
    pub library: &'a Library,
    pub sources: &'a SourceMap,
    pub settings: &'a Settings,
    /// What is looked at besides; `None`: the run is not watched.
    pub probes: Option<&'a [Probe]>,
    pub plan: Plan,
    /// Per source and table: schema word → column of the plan.
    pub source_columns: Vec<columns::Columns>,
    pub table_columns: Vec<columns::Columns>,
}

impl<'a> Lowering<'a> {
    fn new(
        program: &'a hir::Program,
        library: &'a Library,
        sources: &'a SourceMap,
        settings: &'a Settings,
        probes: Option<&'a [Probe]>,
    ) -> Self {
        let plan = Plan {
            program: program.name.clone(),
            version: settings.version.clone(),
            enums: program.enums.clone(),
            ..Plan::default()
        };
        let mut lowering = Lowering {
            program,
            library,
            sources,
            settings,
            probes,
            plan,
            source_columns: Vec::new(),
            table_columns: Vec::new(),
        };
        lowering.lower_sources();
        lowering.lower_tables();
        lowering.lower_sinks();
        lowering.probe_sinks();
        lowering
    }

    /// The number of a literal text.
    pub fn text(&mut self, text: &str) -> u32 {
        let at = self.plan.texts.iter().position(|t| t == text).unwrap_or_else(|| {
            self.plan.texts.push(text.to_string());
            self.plan.texts.len() - 1
        });
        at as u32
    }
}
