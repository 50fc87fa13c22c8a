//! Handlers and statements.

use crate::{
    exprs::Build,
    members::string_bytes,
    twins::{Place, Twin},
};
use twin_analysis::hir::{self, SignalId};
use twin_diagnostics::Span;
use twin_plan::{ExprId, NodeKind, Output, OutputId, OutputKind, Stmt};
use twin_types::{Scalar, Type};

impl<'a> Twin<'_, 'a> {
    pub fn on(&mut self, on: &'a hir::On) {
        let outer = std::mem::replace(&mut self.member, "on".to_string());
        let trigger = self.trigger_of(&on.clock);
        self.op(trigger, on.span, |this| {
            let when = this.one(&on.when);
            let when = if on.when.ty == Type::Bool { when } else { this.present(when) };
            let then = this.statements(&on.body);
            vec![Stmt::If { when, then, otherwise: Vec::new() }]
        });
        self.member = outer;
    }

    pub fn statements(&mut self, stmts: &'a [hir::Stmt]) -> Vec<Stmt> {
        stmts.iter().flat_map(|stmt| self.statement(stmt)).collect()
    }

    fn statement(&mut self, stmt: &'a hir::Stmt) -> Vec<Stmt> {
        match stmt {
            hir::Stmt::Assign { target, index, part, value, span } => {
                self.assign(*target, index.as_ref(), *part, value, *span)
            }
            hir::Stmt::Emit { sink, fields, span } => self.record(sink.0, fields, *span),
            hir::Stmt::Reset(targets, _) => self.reset(targets.clone()),
            hir::Stmt::Let(local, value) => {
                let words = self.words(value);
                let (places, stmts) = self.let_words("let", &words, value.span);
                let reads = places.iter().map(|place| self.read_place(place)).collect();
                self.locals.insert(*local, reads);
                stmts
            }
            hir::Stmt::If { when, then, otherwise } => {
                let when = self.one(when);
                let (then, otherwise) = (self.statements(then), self.statements(otherwise));
                vec![Stmt::If { when, then, otherwise }]
            }
        }
    }

    /// Absent leaves a state as it was and is counted, unless the state takes it.
    fn assign(
        &mut self,
        target: SignalId,
        index: Option<&hir::Expr>,
        part: Option<(u32, u32)>,
        value: &hir::Expr,
        span: Span,
    ) -> Vec<Stmt> {
        let signal = &self.hir.signals[target.index()];
        let (takes_absent, bytes, ty) = (signal.optional, string_bytes(&signal.ty), signal.ty.clone());
        let places = self.places[target.index()].clone();
        let slots: Vec<_> = places
            .iter()
            .filter_map(|p| if let Place::Slot(s, ty) = p { Some((*s, *ty)) } else { None })
            .collect();
        let words = self.words(value);
        let mut stmts = Vec::new();
        // All is computed before anything is stored: `a = [a[1], a[0]]` swaps. What is looked at before it is stored is
        // computed once, and so are its faults counted.
        let is_guarded = !takes_absent || index.is_some();
        let words = if words.len() > 1 || is_guarded && words.iter().any(|word| self.is_reckoned(*word)) {
            let (places, lets) = self.let_words("assigned", &words, span);
            stmts.extend(lets);
            places.iter().map(|place| self.read_place(place)).collect()
        } else {
            words
        };
        if let Some(index) = index {
            let width = if let Type::Array(item, _) = &ty { item.width().max(1) } else { 1 };
            stmts.extend(self.assign_item(&slots, width, index, &words, span));
            return stmts;
        }
        let (first, width) = part.map_or((0, slots.len()), |(first, width)| (first as usize, width as usize));
        for (at, (slot, scalar)) in slots.iter().skip(first).take(width).enumerate() {
            let word = words[at.min(words.len() - 1)];
            let store = self.store(*slot, *scalar, bytes, word, span);
            stmts.extend(self.guarded(word, store, takes_absent, span));
        }
        if let Some(begun) = self.begun.get(&target).copied() {
            let yes = self.bool(true);
            stmts.push(Stmt::Store(begun, yes));
        }
        stmts
    }

    /// Whether something has to be computed for an expression.
    fn is_reckoned(&self, id: ExprId) -> bool {
        let node = self.plan.exprs.get(id);
        let is_at_hand = matches!(
            node.kind,
            NodeKind::Const(_)
                | NodeKind::Slot(_)
                | NodeKind::Value(_)
                | NodeKind::Field(..)
                | NodeKind::Now
                | NodeKind::StreamNow
        );
        !is_at_hand && node.ty != Scalar::String
    }

    fn guarded(&mut self, word: ExprId, store: Stmt, takes_absent: bool, span: Span) -> Vec<Stmt> {
        if takes_absent {
            return vec![store];
        }
        let when = self.present(word);
        let fault = self.fault(span, "absent assigned");
        vec![Stmt::If { when, then: vec![store], otherwise: vec![Stmt::Fault(fault)] }]
    }

    /// Items of one word lie side by side; wider ones are chosen part by part.
    fn assign_item(
        &mut self,
        slots: &[(twin_plan::Slot, Scalar)],
        width: usize,
        index: &hir::Expr,
        words: &[ExprId],
        span: Span,
    ) -> Vec<Stmt> {
        let index = self.one(index);
        let fault = self.fault(span, "index outside the array");
        let count = (slots.len() / width) as u32;
        let mut stmts = Vec::new();
        if width == 1 && slots.first().is_some_and(|(_, ty)| *ty != Scalar::String) {
            let store = Stmt::StoreItem { first: slots[0].0, count, index, word: words[0], fault };
            return self.guarded(words[0], store, false, span);
        }
        for item in 0..count as usize {
            let this_one = self.int(item as i64, Scalar::Int);
            let when = self.compare_int(twin_plan::Compare::Eq, index, this_one);
            let mut then = Vec::new();
            for part in 0..width {
                let (slot, ty) = slots[item * width + part];
                let word = words[part.min(words.len() - 1)];
                then.push(self.store(slot, ty, twin_types::STRING_BYTES, word, span));
            }
            stmts.push(Stmt::If { when, then, otherwise: Vec::new() });
        }
        stmts
    }

    /// A record on a sink.
    pub fn record(&mut self, sink: u32, fields: &[Option<hir::Expr>], span: Span) -> Vec<Stmt> {
        let declared = self.lowering.program.sinks[sink as usize].fields.iter().map(|f| f.ty.width());
        let widths: Vec<usize> = declared.collect();
        let mut args = Vec::new();
        let mut columns = Vec::new();
        for (field, width) in fields.iter().zip(widths) {
            match field {
                Some(expr) => {
                    for word in self.words(expr) {
                        columns.push(Some(args.len() as u32));
                        args.push(word);
                    }
                }
                None => columns.extend(std::iter::repeat_n(None, width)),
            }
        }
        if self.lowering.probes.is_some() {
            columns.push(Some(args.len() as u32));
            args.push(self.now());
        }
        let is_command = self.lowering.program.sinks[sink as usize].command.is_some();
        let command = is_command.then(|| self.send(hir::SinkId(sink), span));
        if let Some((_, id, _)) = &command {
            columns.push(Some(args.len() as u32));
            args.push(*id);
        }
        let output = self.output(OutputKind::Record { sink, columns }, &args, span);
        let write = Stmt::Output(output, args);
        match command {
            Some((before, _, after)) => [vec![before, write], after].concat(),
            None => vec![write],
        }
    }

    /// A kind of record that the twin writes.
    pub fn output(&mut self, kind: OutputKind, args: &[ExprId], span: Span) -> OutputId {
        let args = args.iter().map(|arg| self.plan.exprs.get(*arg).ty).collect();
        self.plan.outputs.push(Output { kind, args, span });
        OutputId((self.plan.outputs.len() - 1) as u32)
    }
}
