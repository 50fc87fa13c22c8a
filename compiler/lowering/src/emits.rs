//! `emit` as a member.

use crate::{exprs::Build, twins::Twin};
use twin_analysis::hir;
use twin_plan::{Compare, Stmt};
use twin_types::Scalar;

impl<'a> Twin<'_, 'a> {
    pub fn emit_member(&mut self, emit: &'a hir::Emit) {
        let sink = self.lowering.program.sinks[emit.sink.index()].name.clone();
        let outer = std::mem::replace(&mut self.member, format!("emit {sink}"));
        let counts: Vec<_> = if emit.always {
            Vec::new()
        } else {
            emit.windows.iter().flat_map(|id| self.counts_of_window(*id)).collect()
        };
        let trigger = self.trigger_of(&emit.clock);
        self.op(trigger, emit.span, |this| {
            let write = this.record(emit.sink.0, &emit.fields, emit.span);
            let mut conditions = Vec::new();
            if !counts.is_empty() {
                let zero = this.int(0, Scalar::Int);
                let mut any = this.bool(false);
                for count in &counts {
                    let count = this.read_value(*count);
                    let some = this.compare_int(Compare::Gt, count, zero);
                    any = this.or(any, some);
                }
                conditions.push(any);
            }
            conditions.extend(emit.when.as_ref().map(|when| this.one(when)));
            conditions
                .into_iter()
                .rev()
                .fold(write, |then, when| vec![Stmt::If { when, then, otherwise: Vec::new() }])
        });
        self.member = outer;
    }
}
