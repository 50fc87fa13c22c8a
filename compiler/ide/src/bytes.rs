//! What a member costs in the memory of one twin, as the plan's layout says.

use crate::project::Project;
use twin_analysis::hir::{SignalId, TwinId};
use twin_diagnostics::Span;
use twin_plan::{Extent, Plan, TwinPlan, WindowPlan, few, layout::HEADER_WORDS};
use twin_syntax::ast::{self, ItemKind};
use twin_types::format_duration;

const WORD_BYTES: u64 = 8;

/// What one twin keeps of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes {
    /// In its row.
    pub row: u64,
    /// What grows with its samples, in words.
    pub samples: Vec<String>,
}

/// Bytes of a signal with all the hidden ones that its line needs; none while the program has an error.
pub(crate) fn of_signal(project: &Project, twin: TwinId, signal: SignalId) -> Option<Bytes> {
    let declared = project.checked.program.twins.get(twin.index())?;
    let signal = declared.signals.get(signal.index())?;
    let line = line_of(project, signal.span).unwrap_or(signal.span);
    let within = |span: Span| span.file == line.file && line.start <= span.start && span.end <= line.end;
    let mut names: Vec<&str> =
        declared.signals.iter().filter(|s| within(s.span)).map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let plan = project.plan()?;
    Some(of_names(plan, plan.twins.get(twin.index())?, &names))
}

/// Bytes of a rule.
pub(crate) fn of_rule(project: &Project, name: &str, span: Span) -> Option<Bytes> {
    let is_it = |t: &twin_analysis::hir::Twin| t.rules.iter().any(|r| r.name == name && r.span == span);
    let at = project.checked.program.twins.iter().position(is_it)?;
    let plan = project.plan()?;
    Some(of_names(plan, plan.twins.get(at)?, &[name]))
}

/// Bytes of a whole twin: its row, and what grows.
pub(crate) fn of_twin(project: &Project, name: &str) -> Option<Bytes> {
    let plan = project.plan()?;
    let twin = plan.twins.iter().find(|twin| twin.name == name)?;
    let samples = twin.windows.iter().filter_map(|window| samples(plan, twin, window)).collect();
    Some(Bytes { row: u64::from(twin.layout.words) * WORD_BYTES, samples })
}

fn of_names(plan: &Plan, twin: &TwinPlan, names: &[&str]) -> Bytes {
    let is_of = |field: &str| names.iter().any(|name| belongs(field, name));
    let fields = twin.layout.fields.iter().filter(|field| field.slot.0 >= HEADER_WORDS);
    let words: u64 = fields.filter(|field| is_of(&field.name)).map(|field| u64::from(field.words)).sum();
    let windows = twin.windows.iter().filter(|window| is_of(&window.name));
    Bytes { row: words * WORD_BYTES, samples: windows.filter_map(|w| samples(plan, twin, w)).collect() }
}

/// A field of the row is called after its member: `coolant`, `overheating.since`, `mean(x) over 5 s: mean`.
fn belongs(field: &str, member: &str) -> bool {
    field.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', '[']))
}

/// What a window that keeps its samples keeps.
fn samples(plan: &Plan, twin: &TwinPlan, window: &WindowPlan) -> Option<String> {
    match &window.extent {
        Extent::Samples(count) => {
            let bytes = heap_bytes(twin, window, u64::from(*count));
            Some(format!("{bytes} B for the last {count} samples"))
        }
        Extent::Trailing { span_ns, .. } => kept(plan, twin, window, *span_ns),
        Extent::Panes { .. } | Extent::Running { .. } => None,
    }
}

/// Bytes of so many samples; their storage doubles when it is full.
fn heap_bytes(twin: &TwinPlan, window: &WindowPlan, samples: u64) -> u64 {
    let keys = window.by.as_ref().map_or(1, |(_, _, count)| u64::from(*count));
    let rings = twin_operators::trailing::rings(twin, window);
    let words = rings.iter().map(|ring| ring.sample_words).sum::<usize>() as u64;
    samples.saturating_mul(keys * words * WORD_BYTES).checked_next_power_of_two().unwrap_or(u64::MAX)
}

fn kept(plan: &Plan, twin: &TwinPlan, window: &WindowPlan, span_ns: i64) -> Option<String> {
    let span = format_duration(span_ns);
    let sources = twin.inputs.iter().filter_map(|input| plan.sources.get(input.source as usize));
    let rates: Option<Vec<f64>> = sources.map(|source| source.rate_hz).collect();
    match rates {
        Some(rates) if !rates.is_empty() => {
            let most = (rates.iter().sum::<f64>() * twin_types::seconds_from_nanos(span_ns)) as u64 + 1;
            if window.few.is_some() && most <= u64::from(few::PLACES) {
                return None;
            }
            let bytes = heap_bytes(twin, window, most);
            Some(format!("{bytes} B for every sample of {span}, {most} at most"))
        }
        _ => Some(format!("every sample of {span}; without a `rate` at the source nothing bounds them")),
    }
}

/// The member that a name is declared in.
fn line_of(project: &Project, name: Span) -> Option<Span> {
    let tree = project.tree(name.file);
    let members = tree.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Twin(twin) => twin.members.as_slice(),
        _ => &[],
    });
    let holds = |member: &&ast::Member| member.span.start <= name.start && name.end <= member.span.end;
    members.into_iter().find(holds).map(|member| member.span)
}
