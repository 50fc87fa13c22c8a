//! Statements, one after the other.

use crate::step::{Kind, Step};
use twin_operators::captures::{self, Closing};
use twin_operators::{lags, outputs, text, ticks};
use twin_plan::kernel::TextSpace;
use twin_plan::{CaptureId, ExprId, LagId, OutputId, Stmt};
use twin_types::{Scalar, Word, words};

impl Step<'_, '_> {
    pub fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|statement| self.carry_out(statement));
    }

    fn carry_out(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(value, expr) => {
                let word = self.statement_expr(*expr);
                self.set_value(*value, word);
            }
            Stmt::In(trigger, body) => {
                if self.is_triggered(trigger) {
                    self.statements(body);
                }
            }
            Stmt::Store(slot, expr) => {
                let word = self.statement_expr(*expr);
                self.row_mut()[slot.index()] = word;
            }
            Stmt::StoreText { slot, bytes, text, fault } => {
                let handle = self.statement_expr(*text);
                let text = self.text_bytes(handle);
                if !text::store(self.row_mut(), *slot, *bytes, text.as_deref()) {
                    self.fault(*fault);
                }
            }
            Stmt::StoreItem { first, count, index, word, fault } => {
                self.begin_statement();
                let index = words::to_i64(self.eval(*index));
                let word = self.eval(*word);
                // An absent index is i64::MIN: out of range like any other.
                match u32::try_from(index) {
                    Ok(index) if index < *count => self.row_mut()[first.plus(index).index()] = word,
                    _ => self.fault(*fault),
                }
            }
            Stmt::If { when, then, otherwise } => match words::to_bool(self.statement_expr(*when)) {
                Some(true) => self.statements(then),
                Some(false) => self.statements(otherwise),
                None => {}
            },
            Stmt::Fault(fault) => self.fault(*fault),
            Stmt::Deadline(slot, expr) => {
                let moment = self.statement_expr(*expr);
                ticks::set_deadline(self.row_mut(), *slot, moment);
            }
            Stmt::Output(id, args) => self.output(*id, args),
            Stmt::Reset(id) => self.resets.push(*id),
            Stmt::WindowFeed(id) => self.window_feed(*id),
            Stmt::WindowClear(id) => self.window_clear(*id),
            Stmt::WindowRead(id) => self.window_read(*id),
            Stmt::Integrate(id) => self.integrate(*id),
            Stmt::Lag(id) => self.lag(*id),
            Stmt::CaptureFeed(id) => self.capture_feed(*id),
            Stmt::CaptureOpen(id, raised) => {
                let raised = words::to_i64(self.statement_expr(*raised));
                let capture = &self.plan.captures[id.index()];
                let (row, heap) = self.row_and_heap();
                captures::open(row, heap, capture, raised);
            }
            Stmt::CaptureClose(id) => self.capture_close(*id),
        }
    }

    /// Evaluates the one expression of a statement.
    fn statement_expr(&mut self, expr: ExprId) -> Word {
        self.begin_statement();
        self.eval(expr)
    }

    /// Writes a record; its texts are copied, for they outlive the step.
    fn output(&mut self, id: OutputId, args: &[ExprId]) {
        self.begin_statement();
        let mut record: Vec<Word> = args.iter().map(|&arg| self.eval(arg)).collect();
        for (word, scalar) in record.iter_mut().zip(&self.plan.outputs[id.index()].args) {
            if *scalar == Scalar::String && *word >> 62 != TextSpace::Output as u64 {
                *word = self.copy_text(*word);
            }
        }
        outputs::write(self.shard.outputs, &mut self.head, id, &record);
    }

    fn lag(&mut self, id: LagId) {
        let lag = &self.plan.lags[id.index()];
        let x = self.statement_expr(lag.x);
        let present = self.plan.exprs.get(lag.x).ty.is_present(x).then_some(x);
        let now_ns = self.now_ns;
        let (row, heap) = self.row_and_heap();
        let found = lags::take(heap, &mut row[lag.heap.index()], lag.by_ns, now_ns, present);
        let absent = self.plan.values[lag.value.index()].ty.absent();
        self.set_value(lag.value, found.unwrap_or(absent));
    }

    fn capture_feed(&mut self, id: CaptureId) {
        let capture = &self.plan.captures[id.index()];
        let Some(batch) = self.batch().filter(|_| u32::from(self.entry.kind.input) == capture.input) else {
            return;
        };
        let (plan, record, now_ns) = (self.plan, self.entry.record as usize, self.now_ns);
        let (row, heap) = self.row_and_heap();
        captures::feed(row, heap, plan, capture, batch, record, now_ns);
    }

    fn capture_close(&mut self, id: CaptureId) {
        let capture = &self.plan.captures[id.index()];
        let closing = Closing::Passed { now_ns: self.now_ns, is_event: matches!(self.kind, Kind::Event) };
        let words = self.plan.layout.words as usize;
        let shard = &mut *self.shard;
        let row = &mut shard.rows[self.entry.slot as usize * words..][..words];
        captures::close(row, shard.heap, self.plan, capture, closing, shard.outputs, &mut self.head);
    }
}
