//! Places where faults are counted: one per line of the program and kind of fault.

use crate::Lowering;
use twin_diagnostics::Span;
use twin_plan::{FaultId, FaultPlace};

impl Lowering<'_> {
    /// The place for this kind of fault at this line.
    pub fn fault(&mut self, span: Span, what: &str) -> FaultId {
        let label = match self.sources.iter().nth(span.file.0 as usize) {
            Some((id, file)) => {
                let line = self.sources.position(id, span.start).line + 1;
                format!("{}:{line}: {what}", file.name)
            }
            None => what.to_string(),
        };
        let known = self.plan.faults.iter().position(|f| f.label == label);
        let at = known.unwrap_or_else(|| {
            self.plan.faults.push(FaultPlace { label, span });
            self.plan.faults.len() - 1
        });
        FaultId(at as u32)
    }
}
