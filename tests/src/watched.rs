//! Random programs with every signal watched by a probe: what they say must stay the same, byte for byte.

use crate::differential::{case, difference, outcome};
use crate::run::{Outcome, Program, WAYS, compile};
use std::sync::Arc;
use twin_analysis::hir::{Clock, Expr, ExprKind, SignalId, SignalKind, Twin, TwinId};
use twin_analysis::{MemoryWorld, Options};
use twin_lowering::{Probe, Settings, lower_watched};

/// Watches one random program over one random recording; why not, where a word of it differs.
pub fn check(seed: u64) -> Result<(), String> {
    let case = case(seed).map_err(|error| error.to_string())?;
    let plain = compile("random", &case.text)?;
    let watched = compile_watched("random", &case.text)?;
    for way in &WAYS[..2] {
        let expected = outcome(&plain, &case, *way, None)?;
        let got = outcome(&watched, &case, *way, None)?;
        if !got.outputs.keys().any(|sink| *sink == Probe::sink(0)) {
            return Err("the probe writes nothing".to_string());
        }
        let got = without_watching(got, &expected);
        if got != expected {
            return Err(format!("{}: {}", way.name, difference(&expected, &got)));
        }
    }
    Ok(())
}

fn compile_watched(name: &str, text: &str) -> Result<Program, String> {
    let world = MemoryWorld::new(&twin_stdlib::LIBRARY);
    let file = world.open(&format!("{name}.twin"), text);
    let parsed = twin_syntax::parse(file, text);
    let options = Options { name: name.to_string() };
    let checked = twin_analysis::check(&parsed.module, &twin_stdlib::LIBRARY, &world, &options);
    let twins = checked.program.twins.iter().zip(0..);
    let probes: Vec<_> = twins.map(|(twin, at)| Probe { twin: TwinId(at), values: signals(twin) }).collect();
    let settings = Settings { version: "test".to_string(), ..Settings::default() };
    let sources = world.sources();
    let plan = lower_watched(&checked.program, &twin_stdlib::LIBRARY, &sources, &settings, &probes);
    twin_plan::verify::verify(&plan).map_err(|broken| format!("the plan is broken: {broken}"))?;
    Ok(Program { plan: Arc::new(plan), sources, findings: Vec::new() })
}

/// Every signal that has a name of its own.
fn signals(twin: &Twin) -> Vec<Expr> {
    let named = |(signal, _): &(&twin_analysis::hir::Signal, u32)| {
        matches!(signal.kind, SignalKind::Param | SignalKind::Let | SignalKind::State | SignalKind::Machine)
            && !signal.name.contains('.')
    };
    let read = |(signal, at): (&twin_analysis::hir::Signal, u32)| Expr {
        kind: ExprKind::Signal(SignalId(at)),
        ty: signal.ty.clone(),
        optional: true,
        clock: Clock::Held,
        unit: None,
        span: signal.span,
    };
    twin.signals.iter().zip(0..).filter(named).map(read).collect()
}

/// The outcome without what the probes wrote, and without the times that they make records carry.
fn without_watching(mut watched: Outcome, plain: &Outcome) -> Outcome {
    watched.outputs.retain(|sink, _| plain.outputs.contains_key(sink));
    watched.summary.outputs.retain(|sink, _| plain.summary.outputs.contains_key(sink));
    for text in watched.outputs.values_mut() {
        // Taking it out as text leaves the numbers beside it alone. Behind it stand only a command's id and expiry.
        let lines = text.lines().map(|line| match line.rsplit_once(",\"time of the step\":") {
            Some((record, rest)) => format!("{record}{}\n", &rest[rest.find([',', '}']).unwrap_or(0)..]),
            None => format!("{line}\n"),
        });
        *text = lines.collect();
    }
    watched
}
