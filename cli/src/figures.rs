//! How often a rule fires in the project's recording, as it is written and mended.

use crate::args::{Kernels, Run};
use crate::bindings::Bindings;
use crate::kernels::kernels;
use crate::project::Found;
use std::cell::RefCell;
use std::collections::BTreeMap;
use twin_analysis::RuleFigures;
use twin_diagnostics::FileId;
use twin_driver::settings::Given;
use twin_driver::{Checked, NoRecordings, Project, check, compile};
use twin_engine::{AlertCount, Options};
use twin_stdlib::LIBRARY;
use twin_syntax::ast::{ItemKind, MemberKind, Trigger};

/// Replays the project's recording, once as the program is written and once for every mended rule.
pub struct Figures<'a> {
    found: &'a Found,
    as_written: RefCell<Option<Option<Alerts>>>,
}

type Alerts = BTreeMap<String, AlertCount>;

impl<'a> Figures<'a> {
    /// Nothing is replayed before it is asked for.
    pub fn new(found: &'a Found) -> Figures<'a> {
        Figures { found, as_written: RefCell::default() }
    }

    /// The figures of one rule; `None` where the program cannot run.
    pub fn of(
        &self,
        checked: &Checked,
        twin: &str,
        rule: &str,
        mended: &str,
        span_ns: i64,
    ) -> Option<RuleFigures> {
        let files = mended_files(checked, twin, rule, mended)?;
        let as_written = self.as_written.borrow().clone();
        let as_written = as_written.unwrap_or_else(|| {
            let alerts = self.replay(checked.files.clone());
            *self.as_written.borrow_mut() = Some(alerts.clone());
            alerts
        })?;
        let mended = self.replay(files)?;
        Some(RuleFigures {
            as_written: raised(&as_written, twin, rule)?,
            mended: raised(&mended, twin, rule)?,
            span_ns,
        })
    }

    fn replay(&self, files: BTreeMap<String, String>) -> Option<Alerts> {
        let Project { name, main, .. } = &self.found.project;
        let project = Project::held(name, main, files);
        let checked = check(&project, &LIBRARY, &NoRecordings).ok()?;
        if !checked.program.not_built.is_empty() {
            return None;
        }
        let plan = compile(&project, checked, &Given::new(), &LIBRARY).ok()?.plan;
        let mut bindings = Bindings::new(self.found, &Run::default(), &plan).ok()?;
        bindings.outputs.clear();
        let kernels = kernels(&plan, Some(Kernels::Evaluator)).ok()?;
        let summary = crate::run::run(plan, kernels, &bindings, Options::default()).ok()?;
        Some(summary.alerts)
    }
}

fn raised(alerts: &Alerts, twin: &str, rule: &str) -> Option<u64> {
    let count = alerts.get(rule).or_else(|| alerts.get(&format!("{twin}.{rule}")));
    count.map(|count| count.raised)
}

/// The project's files with the rule's condition held for as long as the mended text says.
///
/// The mended text is made for reading, so only what it adds behind the condition is taken from it.
fn mended_files(checked: &Checked, twin: &str, rule: &str, mended: &str) -> Option<BTreeMap<String, String>> {
    let added = &mended[mended.rfind(" for ")?..];
    let mut files = checked.files.clone();
    for (id, file) in checked.sources.iter().filter(|(_, file)| checked.files.contains_key(&file.name)) {
        if let Some(at) = condition_end(id, &file.text, twin, rule) {
            let mut text = file.text.to_string();
            text.insert_str(at, added);
            files.insert(file.name.clone(), text);
            return Some(files);
        }
    }
    None
}

/// Where the condition of a rule ends.
fn condition_end(file: FileId, text: &str, twin: &str, rule: &str) -> Option<usize> {
    let module = twin_syntax::parse(file, text).module;
    let twins = module.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Twin(declared) if declared.name.text == twin => Some(declared),
        _ => None,
    });
    let mut rules = twins.flat_map(|twin| &twin.members).filter_map(|member| match &member.kind {
        MemberKind::Rule(declared) if declared.name.text == rule => Some(declared),
        _ => None,
    });
    match &rules.next()?.trigger {
        Trigger::Condition(condition) => Some(condition.span.end as usize),
        Trigger::Sequence { .. } => None,
    }
}
