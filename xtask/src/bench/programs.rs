//! The workloads in the language.

use std::sync::Arc;
use twin_analysis::MemoryWorld;
use twin_diagnostics::Severity;
use twin_plan::Plan;

/// The workloads, and all of them in one program.
pub const NAMES: [&str; 9] = ["w1", "w2", "w3", "w4", "w5a", "w5b", "w6", "w7", "all"];

/// What a name stands for: a workload, or all of them.
pub fn names(name: &str) -> Vec<&str> {
    if name == "all" { NAMES[..8].to_vec() } else { vec![name] }
}

const HEAD: &str = include_str!("../../programs/head.twin");

const TEXTS: [(&str, &str); 8] = [
    ("w1", include_str!("../../programs/w1.twin")),
    ("w2", include_str!("../../programs/w2.twin")),
    ("w3", include_str!("../../programs/w3.twin")),
    ("w4", include_str!("../../programs/w4.twin")),
    ("w5a", include_str!("../../programs/w5a.twin")),
    ("w5b", include_str!("../../programs/w5b.twin")),
    ("w6", include_str!("../../programs/w6.twin")),
    ("w7", include_str!("../../programs/w7.twin")),
];

/// A workload, compiled.
pub struct Program {
    /// Its plan.
    pub plan: Arc<Plan>,
}

/// A workload's text.
pub fn text(name: &str, lateness_ns: i64) -> String {
    let mut text = HEAD.replace("LATENESS", &format!("{} s", lateness_ns / 1_000_000_000));
    let wanted = names(name);
    for (_, program) in TEXTS.iter().filter(|(known, _)| wanted.contains(known)) {
        text.push_str(program);
    }
    text
}

/// Compiles a workload.
pub fn compile(name: &str, lateness_ns: i64) -> Result<Program, String> {
    let text = text(name, lateness_ns);
    let world = MemoryWorld::new(&twin_stdlib::LIBRARY);
    let file = world.open("bench.twin", &text);
    let parsed = twin_syntax::parse(file, &text);
    let options = twin_analysis::Options { name: name.to_string() };
    let checked = twin_analysis::check(&parsed.module, &twin_stdlib::LIBRARY, &world, &options);
    let mut report = parsed.report;
    report.extend(checked.report);
    let errors: Vec<String> =
        report.finish().into_iter().filter(|f| f.severity == Severity::Error).map(|f| f.message).collect();
    if !errors.is_empty() {
        return Err(format!("{name}: {}", errors.join("; ")));
    }
    let settings = twin_lowering::Settings { version: "bench".to_string(), ..Default::default() };
    let plan = twin_lowering::lower(&checked.program, &twin_stdlib::LIBRARY, &world.sources(), &settings);
    Ok(Program { plan: Arc::new(plan) })
}
