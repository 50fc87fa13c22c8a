//! The checked program: every name is a typed id, every unit is SI, sugar is gone.
//!
//! Two rules keep it small. **Expressions are pure**: whatever has state (`prev`,
//! `mean(x) over 1 h`, a block call) stands as an operator of its own just before
//! the member that uses it, with a hidden signal that the expression reads. And
//! **calls are instantiated**: a `fn` is `Let`s and its body, a block call is a
//! [`BlockCall`] with its own signals and members, typed for this very call.

mod expr;
mod facts;
mod member;
mod operator;
mod rule;
mod schema;
mod stream;
mod test_block;
mod twin;

pub use expr::*;
pub use facts::*;
pub use member::*;
pub use operator::*;
pub use rule::*;
pub use schema::*;
pub use stream::*;
pub use test_block::*;
pub use twin::*;

use twin_diagnostics::Span;
use twin_types::Enum;

twin_types::ids! {
    /// Into [`Program::schemas`].
    SchemaId,
    /// Into [`Program::sources`].
    SourceId,
    /// Into [`Program::tables`].
    TableId,
    /// Into [`Program::sinks`]; commands are sinks.
    SinkId,
    /// Into [`Program::twins`].
    TwinId,
    /// Into [`Twin::inputs`].
    InputId,
    /// Into [`Twin::signals`].
    SignalId,
    /// Into [`Twin::ticks`].
    TickId,
    /// Into [`Twin::rules`].
    RuleId,
    /// A name bound inside one expression or statement list; unique in a twin.
    LocalId,
}

/// A whole checked program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The project's name (or the file's, without its ending).
    pub name: String,
    /// Enums, and the states of machines.
    pub enums: Vec<Enum>,
    /// Schemas.
    pub schemas: Vec<Schema>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Sinks and commands, without the fixed ones (`alerts`, `late`, …).
    pub sinks: Vec<Sink>,
    /// Twins.
    pub twins: Vec<Twin>,
    /// Names of the base units that the program declares.
    pub user_units: Vec<String>,
    /// Checked tests.
    pub tests: Vec<Test>,
    /// Constructs that parse and are checked and that no run can carry out yet: what, and where.
    pub not_built: Vec<(String, Span)>,
}

impl Program {
    /// How long events of each source wait for stragglers: as long as the longest `lateness` among the inputs of its
    /// twins. Otherwise what comes in time at a source that waits would be late in a twin that another source, which
    /// does not wait, has moved on.
    pub fn waiting_ns(&self) -> Vec<i64> {
        let mut waiting: Vec<i64> = self.sources.iter().map(|source| source.lateness_ns).collect();
        // A source of two twins hands the longer wait on from one to the other.
        for _ in &self.sources {
            for twin in &self.twins {
                let inputs = || twin.inputs.iter().map(|input| input.source.index());
                let longest = inputs().filter_map(|at| waiting.get(at).copied()).max().unwrap_or(0);
                for at in inputs() {
                    if let Some(own) = waiting.get_mut(at) {
                        *own = longest;
                    }
                }
            }
        }
        waiting
    }
}
