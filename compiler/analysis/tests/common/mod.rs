//! Programs as text, checked with the real library.

#![allow(dead_code, reason = "each test file uses a part of it")]

use twin_analysis::{Checked, MemoryWorld, Options, check};
use twin_diagnostics::{Diagnostic, Severity, SourceMap};

/// A program checked: what it means, and all findings in order.
pub struct Outcome {
    pub checked: Checked,
    pub findings: Vec<Diagnostic>,
    pub sources: SourceMap,
}

pub fn check_in(world: MemoryWorld<'_>, text: &str) -> Outcome {
    let file = world.open("main.twin", text);
    let parse = twin_syntax::parse(file, text);
    let checked = check(&parse.module, &twin_stdlib::LIBRARY, &world, &Options { name: "main".into() });
    let mut report = parse.report;
    report.extend(checked.report.clone());
    Outcome { checked, findings: report.finish(), sources: world.sources() }
}

pub fn check_text(text: &str) -> Outcome {
    check_in(MemoryWorld::new(&twin_stdlib::LIBRARY), text)
}

impl Outcome {
    pub fn errors(&self) -> Vec<&Diagnostic> {
        self.findings.iter().filter(|f| f.severity == Severity::Error).collect()
    }

    /// All findings, one a line: code, line, message; then label, help and fixes.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for f in &self.findings {
            let line = self.sources.position(f.primary.span.file, f.primary.span.start).line + 1;
            text.push_str(&format!(
                "{} line {line} `{}`: {}\n",
                f.code,
                self.sources.text(f.primary.span),
                f.message
            ));
            if !f.primary.text.is_empty() {
                text.push_str(&format!("    here: {}\n", f.primary.text));
            }
            for label in &f.secondary {
                text.push_str(&format!("    `{}`: {}\n", self.sources.text(label.span), label.text));
            }
            if let Some(help) = &f.help {
                text.push_str(&format!("    help: {help}\n"));
            }
            for fix in &f.fixes {
                text.push_str(&format!("    fix: {} -> `{}`\n", fix.title, fix.replacement.trim_end()));
            }
        }
        text
    }
}
