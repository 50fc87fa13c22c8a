//! What one twin costs in memory, line by line, and what a fleet of them costs.

use std::fmt::Write;
use twin_plan::layout::HEADER_WORDS;
use twin_plan::{Accumulator, Extent, Plan, TwinPlan, WindowPlan, few};

const WORD_BYTES: u64 = 8;

/// The memory of one twin.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinMemory {
    /// The twin.
    pub twin: String,
    /// Bytes of its row.
    pub row_bytes: u64,
    /// The row member by member, in the order of the program.
    pub row: Vec<(String, u64)>,
    /// What hangs on the row and has no fixed size.
    pub heap: Vec<HeapPart>,
}

/// One part without a fixed size.
#[derive(Clone, Debug, PartialEq)]
pub struct HeapPart {
    /// The member and what is kept.
    pub name: String,
    /// At most so many bytes; `None`: nothing bounds it.
    pub bytes: Option<u64>,
    /// Why so many, or why nothing bounds it.
    pub why: String,
}

impl TwinMemory {
    /// Bytes of a twin with all that hangs on it; `None` where something is unbounded.
    pub fn bytes(&self) -> Option<u64> {
        self.heap.iter().try_fold(self.row_bytes, |sum, part| part.bytes.map(|bytes| sum + bytes))
    }
}

/// The memory of every twin of a plan.
pub fn memory(plan: &Plan) -> Vec<TwinMemory> {
    plan.twins.iter().map(|twin| twin_memory(plan, twin)).collect()
}

fn twin_memory(plan: &Plan, twin: &TwinPlan) -> TwinMemory {
    let mut row: Vec<(String, u64)> = vec![(TIMERS.to_string(), u64::from(HEADER_WORDS) * WORD_BYTES)];
    let members = twin.layout.fields.iter().filter(|field| field.slot.0 >= HEADER_WORDS);
    for field in members {
        let bytes = u64::from(field.words) * WORD_BYTES;
        let member = member(&field.name);
        match row.iter_mut().find(|(name, _)| name == member) {
            Some((_, sum)) => *sum += bytes,
            None => row.push((member.to_string(), bytes)),
        }
    }
    let heap = windows(plan, twin).chain(lags(plan, twin)).chain(captures(plan, twin)).collect();
    let row_bytes = u64::from(twin.layout.words) * WORD_BYTES;
    TwinMemory { twin: twin.name.clone(), row_bytes, row, heap }
}

const TIMERS: &str = "clock and timers";

/// The member that a field of the row belongs to: what stands before the first dot or colon.
fn member(field: &str) -> &str {
    let is_tick =
        field.strip_prefix("tick ").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
    if is_tick { TIMERS } else { field.split([':', '.']).next().unwrap_or(field) }
}

fn windows<'a>(plan: &'a Plan, twin: &'a TwinPlan) -> impl Iterator<Item = HeapPart> + 'a {
    twin.windows.iter().filter_map(|window| {
        let keeps = window.lanes.iter().any(|lane| lane.accumulator == Accumulator::Kept);
        let per_sample = sample_bytes(twin, window);
        let keys = window.by.as_ref().map_or(1, |(_, _, count)| u64::from(*count));
        let samples = match &window.extent {
            Extent::Samples(count) => Bound::exactly(u64::from(*count), format!("the last {count} samples")),
            Extent::Trailing { span_ns, .. } => rate_bound(plan, twin, *span_ns),
            Extent::Running { max: Some(max), .. } if keeps => {
                Bound::exactly(u64::from(*max), format!("at most {max} samples"))
            }
            Extent::Panes { pane_ns, count } if keeps => {
                rate_bound(plan, twin, pane_ns.saturating_mul(i64::from(*count)))
            }
            Extent::Running { .. } if keeps => Bound::none("it has no end and keeps its samples"),
            Extent::Running { .. } | Extent::Panes { .. } => return None,
        };
        if window.few.is_some() && samples.count.is_some_and(|count| count <= u64::from(few::PLACES)) {
            return None;
        }
        // The storage of samples doubles when it is full.
        let bytes = samples.count.map(|n| (n * keys * per_sample).next_power_of_two());
        Some(HeapPart { name: window.name.clone(), bytes, why: samples.why })
    })
}

fn sample_bytes(plan: &TwinPlan, window: &WindowPlan) -> u64 {
    let words = match window.extent {
        Extent::Trailing { .. } | Extent::Samples(_) => {
            twin_operators::trailing::rings(plan, window).iter().map(|ring| ring.sample_words).sum::<usize>()
                as u64
        }
        Extent::Panes { .. } | Extent::Running { .. } => 1,
    };
    words * WORD_BYTES
}

fn lags<'a>(plan: &'a Plan, twin: &'a TwinPlan) -> impl Iterator<Item = HeapPart> + 'a {
    twin.lags.iter().map(|lag| {
        let samples = rate_bound(plan, twin, lag.by_ns);
        let name = &twin.values[lag.value.index()].name;
        let bytes = samples.count.map(|n| (n * 2 * WORD_BYTES).next_power_of_two());
        HeapPart { name: format!("lag of {name}"), bytes, why: samples.why }
    })
}

fn captures<'a>(plan: &'a Plan, twin: &'a TwinPlan) -> impl Iterator<Item = HeapPart> + 'a {
    twin.captures.iter().map(|capture| {
        let source = twin.inputs[capture.input as usize].source as usize;
        let samples = source_bound(plan, source, capture.before_ns.saturating_add(capture.after_ns));
        let words = plan.sources[source].columns.len() as u64 + 1;
        let name = format!("{}: captured records", twin.rules[capture.rule as usize].name);
        let bytes = samples.count.map(|n| (n * words * WORD_BYTES).next_power_of_two());
        HeapPart { name, bytes, why: samples.why }
    })
}

/// How many samples there are at most.
struct Bound {
    count: Option<u64>,
    why: String,
}

impl Bound {
    fn exactly(count: u64, why: String) -> Bound {
        Bound { count: Some(count), why }
    }

    fn none(why: &str) -> Bound {
        Bound { count: None, why: why.to_string() }
    }
}

/// Any input may feed a window, so the sum of their rates is a bound.
fn rate_bound(plan: &Plan, twin: &TwinPlan, span_ns: i64) -> Bound {
    let sources: Vec<usize> = twin.inputs.iter().map(|input| input.source as usize).collect();
    match sources.as_slice() {
        [only] => source_bound(plan, *only, span_ns),
        _ => {
            let bounds: Vec<Bound> =
                sources.iter().map(|source| source_bound(plan, *source, span_ns)).collect();
            let open = bounds.iter().find(|bound| bound.count.is_none());
            match open {
                Some(open) => Bound::none(&open.why),
                None => Bound {
                    count: bounds.iter().map(|bound| bound.count).sum(),
                    why: "the rates of all inputs together".to_string(),
                },
            }
        }
    }
}

fn source_bound(plan: &Plan, source: usize, span_ns: i64) -> Bound {
    let source = &plan.sources[source];
    let span = twin_types::format_duration(span_ns);
    match source.rate_hz {
        Some(rate) => {
            let count = round_up(rate * twin_types::seconds_from_nanos(span_ns)) + 1;
            Bound::exactly(count, format!("{rate} Hz of `{}` for {span}", source.name))
        }
        None => Bound::none(&format!("every sample of {span} is kept and `{}` says no `rate`", source.name)),
    }
}

fn round_up(x: f64) -> u64 {
    let whole = x as u64;
    whole + u64::from(x > whole as f64)
}

/// The report as a reader wants it.
pub fn render(twins: &[TwinMemory], fleet: Option<u64>) -> String {
    let mut out = String::new();
    for twin in twins {
        render_twin(twin, fleet, &mut out).expect("a string takes everything");
    }
    out
}

fn render_twin(twin: &TwinMemory, fleet: Option<u64>, out: &mut String) -> std::fmt::Result {
    let unbounded = twin.heap.iter().any(|part| part.bytes.is_none());
    let total = twin.row_bytes + twin.heap.iter().filter_map(|part| part.bytes).sum::<u64>();
    let more = if unbounded { ", and more without a bound" } else { "" };
    writeln!(out, "{}: {} per twin{more}", twin.twin, bytes_in_words(total))?;
    let names = twin.row.iter().map(|(name, _)| name).chain(twin.heap.iter().map(|part| &part.name));
    let width = names.map(|name| name.chars().count()).max().unwrap_or_default().min(60);
    for (name, bytes) in &twin.row {
        writeln!(out, "  {name:<width$}  {:>12}", bytes_in_words(*bytes))?;
    }
    for part in &twin.heap {
        let bytes = part.bytes.map_or_else(|| "unbounded".to_string(), bytes_in_words);
        writeln!(out, "  {:<width$}  {bytes:>12}  {}", part.name, part.why)?;
    }
    match fleet {
        Some(count) => {
            writeln!(out, "  a fleet of {count}: {}{more}", bytes_in_words(total.saturating_mul(count)))
        }
        None => Ok(()),
    }
}

/// `312 B`, `1.5 KiB`, `2.3 GiB`.
pub fn bytes_in_words(bytes: u64) -> String {
    let mut size = bytes as f64;
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut at = 0;
    while size >= 1024.0 && at + 1 < units.len() {
        size /= 1024.0;
        at += 1;
    }
    if at == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", units[at]) }
}

/// The report as data.
pub fn to_json(twins: &[TwinMemory], fleet: Option<u64>) -> serde_json::Value {
    let twin = |twin: &TwinMemory| {
        let heap =
            |part: &HeapPart| serde_json::json!({ "name": part.name, "bytes": part.bytes, "why": part.why });
        serde_json::json!({
            "twin": twin.twin,
            "row_bytes": twin.row_bytes,
            "row": twin.row.iter().map(|(name, bytes)| serde_json::json!({ "name": name, "bytes": bytes })).collect::<Vec<_>>(),
            "heap": twin.heap.iter().map(heap).collect::<Vec<_>>(),
            "bytes": twin.bytes(),
            "fleet_bytes": fleet.and_then(|count| twin.bytes().map(|bytes| bytes.saturating_mul(count))),
        })
    };
    serde_json::Value::Array(twins.iter().map(twin).collect())
}
