//! A plan as text: stable, short, for `twin explain --stage plan` and for tests.

use crate::{
    ExprId, Exprs, NodeKind, Op, OutputKind, Plan, Prim, Read, Stmt, TickKind, Trigger, TwinPlan,
    layout::{Layout, NEVER, NOT_BEGUN},
};
use std::{cell::Cell, fmt::Write};
use twin_types::{Scalar, Word, format_duration, words};

/// The whole plan.
pub fn print(plan: &Plan) -> String {
    let mut text = String::new();
    for source in &plan.sources {
        let columns: Vec<_> = source.columns.iter().map(|c| c.name.as_str()).collect();
        let _ = writeln!(text, "source {}: {}", source.name, columns.join(", "));
    }
    for table in &plan.tables {
        let columns: Vec<_> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let _ = writeln!(text, "table {}: {}", table.name, columns.join(", "));
    }
    for twin in &plan.twins {
        text.push_str(&print_twin(plan, twin));
    }
    text
}

/// One twin: ticks, windows, operators.
pub fn print_twin(plan: &Plan, twin: &TwinPlan) -> String {
    let mut printer = Printer { plan, twin, text: String::new() };
    printer.twin();
    printer.text
}

/// The rows of each twin, word by word.
pub fn print_layout(plan: &Plan) -> String {
    let mut text = String::new();
    for twin in &plan.twins {
        let _ = writeln!(
            text,
            "twin {}: {} words, {} bytes",
            twin.name,
            twin.layout.words,
            twin.layout.words * 8
        );
        for field in &twin.layout.fields {
            let initial = initial(&twin.layout, field.slot.index());
            let _ = writeln!(text, "  s{:<4} {:>4}  {:<40} {initial}", field.slot.0, field.words, field.name);
        }
    }
    text
}

fn initial(layout: &Layout, at: usize) -> String {
    match layout.initial.get(at) {
        Some(&word) if word == NEVER as Word => "never".to_string(),
        Some(&word) if word == NOT_BEGUN as Word || word == twin_types::ABSENT_REAL || word == Word::MAX => {
            "absent".to_string()
        }
        Some(word) => format!("{word}"),
        None => String::new(),
    }
}

struct Printer<'p> {
    plan: &'p Plan,
    twin: &'p TwinPlan,
    text: String,
}

impl Printer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 2);
    }

    fn twin(&mut self) {
        self.line(0, &format!("twin {}", self.twin.name));
        for (at, tick) in self.twin.ticks.iter().enumerate() {
            let kind = match &tick.kind {
                TickKind::Every { period_ns, .. } => format!("every {}", format_duration(*period_ns)),
                TickKind::Calendar { count, unit, zone, .. } => format!("each {count} {unit:?} in {zone}"),
                TickKind::Deadlines(slots) => {
                    let slots: Vec<_> = slots.iter().map(|s| format!("s{}", s.0)).collect();
                    format!("deadline {}", slots.join(" or "))
                }
            };
            self.line(1, &format!("tick {at}: {kind}"));
        }
        for (at, window) in self.twin.windows.iter().enumerate() {
            self.line(1, &format!("window {at}: {} {:?}", window.name, window.extent));
            for lane in &window.lanes {
                let args: Vec<_> = lane.args.iter().map(|arg| self.expr(*arg)).collect();
                let reads: Vec<_> = lane.reads.iter().map(read).collect();
                let filter = lane.filter.map(|f| format!(" where {}", self.expr(f))).unwrap_or_default();
                let accumulator = format!("{:?}", lane.accumulator);
                self.line(2, &format!("{accumulator}({}){filter}: {}", args.join(", "), reads.join(" ")));
            }
        }
        for op in &self.twin.ops {
            self.op(op);
        }
    }

    fn op(&mut self, op: &Op) {
        self.line(1, &format!("{} at {}", op.name, self.trigger(&op.trigger)));
        self.stmts(2, &op.body);
    }

    fn trigger(&self, trigger: &Trigger) -> String {
        if trigger.every_step {
            return "every step".to_string();
        }
        let input =
            |at: &u32| self.twin.inputs.get(*at as usize).map_or_else(String::new, |i| i.name.clone());
        let mut parts: Vec<String> = trigger.inputs.iter().map(input).collect();
        parts.extend(trigger.ticks.iter().map(|tick| format!("tick {tick}")));
        if trigger.quiet {
            parts.push("silence".to_string());
        }
        parts.join(", ")
    }

    fn stmts(&mut self, depth: usize, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(depth, stmt);
        }
    }

    fn stmt(&mut self, depth: usize, stmt: &Stmt) {
        let line = match stmt {
            Stmt::Let(value, expr) => {
                let known = &self.twin.values[value.index()];
                let slot = known.slot.map(|s| format!(" s{}", s.0)).unwrap_or_default();
                format!("v{}{slot} ({}) = {}", value.0, known.name, self.expr(*expr))
            }
            Stmt::In(trigger, body) => {
                self.line(depth, &format!("in {}", self.trigger(trigger)));
                return self.stmts(depth + 1, body);
            }
            Stmt::If { when, then, otherwise } => {
                self.line(depth, &format!("if {}", self.expr(*when)));
                self.stmts(depth + 1, then);
                if !otherwise.is_empty() {
                    self.line(depth, "else");
                    self.stmts(depth + 1, otherwise);
                }
                return;
            }
            Stmt::Store(slot, expr) => format!("s{} = {}", slot.0, self.expr(*expr)),
            Stmt::StoreText { slot, text, .. } => format!("s{} = text {}", slot.0, self.expr(*text)),
            Stmt::StoreItem { first, count, index, word, .. } => {
                format!("s{}[{} of {count}] = {}", first.0, self.expr(*index), self.expr(*word))
            }
            Stmt::Fault(fault) => format!("fault {}", self.plan.faults[fault.0 as usize].label),
            Stmt::Deadline(slot, expr) => format!("deadline s{} = {}", slot.0, self.expr(*expr)),
            Stmt::Output(output, args) => {
                let args: Vec<_> = args.iter().map(|arg| self.expr(*arg)).collect();
                format!("write {} {}", self.output(output.index()), args.join(", "))
            }
            Stmt::Reset(reset) => format!("reset {}", reset.0),
            Stmt::WindowFeed(window) => format!("feed window {}", window.0),
            Stmt::WindowClear(window) => format!("clear window {}", window.0),
            Stmt::WindowRead(window) => format!("read window {}", window.0),
            Stmt::Integrate(id) => format!("integrate {}", self.twin.integrations[id.index()].name),
            Stmt::Lag(id) => format!("lag {}", id.0),
            Stmt::CaptureFeed(id) => format!("capture {} feed", id.0),
            Stmt::CaptureOpen(id, at) => format!("capture {} open {}", id.0, self.expr(*at)),
            Stmt::CaptureClose(id) => format!("capture {} close", id.0),
        };
        self.line(depth, &line);
    }

    fn output(&self, at: usize) -> String {
        match &self.twin.outputs[at].kind {
            OutputKind::Record { sink, .. } => self.plan.sinks[*sink as usize].name.clone(),
            OutputKind::Alert { rule, is_raised } => {
                let rule = &self.twin.rules[*rule as usize].name;
                format!("{rule} {}", if *is_raised { "raised" } else { "cleared" })
            }
            OutputKind::Capture(id) => format!("capture {}", id.0),
        }
    }

    fn expr(&self, id: ExprId) -> String {
        show(self.plan, &self.twin.exprs, id)
    }
}

/// An expression as text; a very large one is cut short.
pub fn show(plan: &Plan, exprs: &Exprs, id: ExprId) -> String {
    Shower { plan, exprs, left: Cell::new(NODES_SHOWN) }.show(id)
}

/// Nodes of one expression that are printed.
const NODES_SHOWN: u32 = 400;

struct Shower<'p> {
    plan: &'p Plan,
    exprs: &'p Exprs,
    left: Cell<u32>,
}

impl Shower<'_> {
    fn list(&self, ids: &[ExprId]) -> Vec<String> {
        ids.iter().map(|id| self.show(*id)).collect()
    }

    fn show(&self, id: ExprId) -> String {
        let Some(left) = self.left.get().checked_sub(1) else { return "…".to_string() };
        self.left.set(left);
        let node = self.exprs.get(id);
        match &node.kind {
            NodeKind::Const(word) => constant(*word, node.ty),
            NodeKind::Text(text) => format!("{:?}", self.plan.texts[*text as usize]),
            NodeKind::Value(value) => format!("v{}", value.0),
            NodeKind::Slot(slot) => format!("s{}", slot.0),
            NodeKind::Field(input, column) => format!("i{input}.{column}"),
            NodeKind::Key => "key".to_string(),
            NodeKind::CommandId(_, time, times) => {
                format!("command id({}, {})", self.show(*time), self.show(*times))
            }
            NodeKind::Now => "now".to_string(),
            NodeKind::StreamNow => "stream now".to_string(),
            NodeKind::Table { table, key, column } => {
                let key = key.map_or_else(|| "own".to_string(), |key| self.show(key));
                let name = &self.plan.tables[*table as usize].name;
                column.map_or_else(|| format!("{name} has {key}"), |c| format!("{name}[{key}].{c}"))
            }
            NodeKind::Prim(prim, args, _) => prim_text(*prim, &self.list(args)),
            NodeKind::Call(function, args, _) => format!("{}({})", function.name, self.list(args).join(", ")),
            NodeKind::Select(c, a, b) => {
                format!("({} ? {} : {})", self.show(*c), self.show(*a), self.show(*b))
            }
            NodeKind::Coalesce(a, b) => format!("({} ?? {})", self.show(*a), self.show(*b)),
            NodeKind::And(a, b) => format!("({} and {})", self.show(*a), self.show(*b)),
            NodeKind::Or(a, b) => format!("({} or {})", self.show(*a), self.show(*b)),
            NodeKind::Present(a) => format!("present({})", self.show(*a)),
            NodeKind::Pick(items, at, _) => format!("[{}][{}]", self.list(items).join(", "), self.show(*at)),
        }
    }
}

fn constant(word: Word, ty: Scalar) -> String {
    if !ty.is_present(word) {
        return "absent".to_string();
    }
    match ty {
        Scalar::Real => format!("{}", words::to_f64(word)),
        Scalar::Bool => format!("{}", word == twin_types::TRUE),
        Scalar::Duration if words::to_i64(word) != NEVER => format_duration(words::to_i64(word)),
        _ if words::to_i64(word) == NEVER => "never".to_string(),
        _ => format!("{}", words::to_i64(word)),
    }
}

fn prim_text(prim: Prim, args: &[String]) -> String {
    use crate::Compare as C;
    let infix = match prim {
        Prim::AddReal | Prim::AddInt => "+",
        Prim::SubReal | Prim::SubInt => "-",
        Prim::MulReal | Prim::MulInt => "*",
        Prim::DivReal => "/",
        Prim::DivInt => "div",
        Prim::ModInt => "mod",
        Prim::CompareReal(how) | Prim::CompareInt(how) | Prim::CompareBool(how) | Prim::CompareText(how) => {
            match how {
                C::Eq => "==",
                C::Ne => "!=",
                C::Lt => "<",
                C::Le => "<=",
                C::Gt => ">",
                C::Ge => ">=",
            }
        }
        _ => return format!("{prim:?}({})", args.join(", ")),
    };
    format!("({})", args.join(&format!(" {infix} ")))
}

/// An aggregate and where it is put: the value of its first key, or the slot of a text.
fn read(read: &Read) -> String {
    let values = read.values.iter().map(|value| format!("v{}", value.0));
    let mut places = values.chain(read.texts.iter().map(|slot| format!("s{}", slot.0)));
    format!("{:?}→{}", read.aggregate, places.next().unwrap_or_default())
}
