//! The checked program as text, for `twin explain --stage hir` and tests.

mod exprs;

use crate::hir::{
    Clock, Condition, Emit, Extent, Format, KeyOf, Member, MessagePart, Operator, Program, Rule, Solver,
    Stmt, TimeFormat, TimeOf, Twin, Until, Window, Wire,
};
use exprs::Printer;
use std::fmt::Write;
use twin_types::format_duration;

/// The program, short and in a stable order. `s0` is a signal, `t0` a tick, `r0` a rule.
pub fn print(program: &Program) -> String {
    let mut text = format!("program {}\n", program.name);
    for (at, e) in program.enums.iter().enumerate() {
        let values: Vec<String> = e
            .values
            .iter()
            .zip(&e.wire)
            .map(|(value, wire)| if value == wire { value.clone() } else { format!("{value}={wire:?}") })
            .collect();
        let _ = writeln!(text, "enum e{at} {} {{ {} }}", e.name, values.join(", "));
    }
    for schema in &program.schemas {
        print_schema(&mut text, program, schema);
    }
    let printer = Printer { program, twin: None };
    for source in &program.sources {
        print_source(&mut text, &printer, source);
    }
    for table in &program.tables {
        let key = key_text(&printer, &table.key);
        let _ = writeln!(
            text,
            "table {} topic={:?} {} key={key}",
            table.name,
            table.topic,
            format_text(&table.format)
        );
    }
    for sink in &program.sinks {
        let fields: Vec<String> =
            sink.fields.iter().map(|f| format!("{}: {}", f.name, printer.typed(&f.ty, f.optional))).collect();
        let word = if sink.command.is_some() { "command" } else { "sink" };
        let _ = writeln!(text, "{word} {} topic={:?} {{ {} }}", sink.name, sink.topic, fields.join(", "));
    }
    for twin in &program.twins {
        print_twin(&mut text, program, twin);
    }
    for test in &program.tests {
        let _ = writeln!(
            text,
            "test {:?} inputs={} expectations={} until={}",
            test.name,
            test.inputs.len(),
            test.expectations.len(),
            format_duration(test.until_ns)
        );
    }
    for (what, _) in &program.not_built {
        let _ = writeln!(text, "not built: {what}");
    }
    text
}

fn print_schema(text: &mut String, program: &Program, schema: &crate::hir::Schema) {
    let printer = Printer { program, twin: None };
    let _ = writeln!(text, "schema {} {{", schema.name);
    for field in &schema.fields {
        let _ = write!(text, "  {}: {}", field.name, printer.typed(&field.ty, field.optional));
        if let Some(unit) = &field.unit {
            let _ = write!(text, " in {}", unit.symbol);
        }
        match &field.time {
            Some(TimeFormat::Count(nanos)) => {
                let _ = write!(text, " in {}", format_duration(*nanos));
            }
            Some(TimeFormat::Pattern { pattern, zone }) => {
                let _ = write!(text, " in {pattern:?} zone {zone}");
            }
            Some(TimeFormat::Rfc3339) | None => {}
        }
        if let Some((low, high)) = field.valid {
            let _ = write!(text, " valid {low}..{high}");
        }
        match &field.wire {
            Wire::Name(name) if *name == field.name => {}
            Wire::Name(name) => {
                let _ = write!(text, " as {name:?}");
            }
            Wire::Names(names) => {
                let _ = write!(text, " as {names:?}");
            }
            Wire::Column(n) => {
                let _ = write!(text, " as {n}");
            }
        }
        if let Some(default) = &field.default {
            let _ = write!(text, " = {}", printer.constant(default, &field.ty));
        }
        text.push('\n');
    }
    text.push_str("}\n");
}

fn print_source(text: &mut String, printer: &Printer<'_>, source: &crate::hir::Source) {
    let _ = write!(
        text,
        "source {} topic={:?} {} key={} time={}",
        source.name,
        source.topic,
        format_text(&source.format),
        key_text(printer, &source.key),
        match &source.time {
            TimeOf::Expr(time) => printer.expr(time),
            TimeOf::Count(value, unit) => format!("{} in {}", printer.expr(value), unit.symbol),
            TimeOf::Record => "record".to_string(),
        }
    );
    if source.lateness_ns > 0 {
        let _ = write!(text, " lateness={}", format_duration(source.lateness_ns));
    }
    if let Some(patience) = source.patience_ns {
        let _ = write!(text, " patience={}", format_duration(patience));
    }
    if let Some(rate) = source.rate_hz {
        let _ = write!(text, " rate={rate}");
    }
    if let Some(filter) = &source.filter {
        let _ = write!(text, " where {}", printer.expr(filter));
    }
    text.push('\n');
}

fn format_text(format: &Format) -> String {
    match format {
        Format::Json => "json".to_string(),
        Format::Avro => "avro".to_string(),
        Format::Protobuf => "protobuf".to_string(),
        Format::Csv { separator, header, absent } => {
            format!("csv({:?} header={header} absent={absent:?})", char::from(*separator))
        }
    }
}

fn key_text(printer: &Printer<'_>, key: &KeyOf) -> String {
    match key {
        KeyOf::Expr(key) => printer.expr(key),
        KeyOf::File => "file".to_string(),
        KeyOf::Record => "record".to_string(),
    }
}

fn print_twin(text: &mut String, program: &Program, twin: &Twin) {
    let printer = Printer { program, twin: Some(twin) };
    let _ = writeln!(text, "twin {} key {}: {} {{", twin.name, twin.key.0, printer.typed(&twin.key.1, false));
    for (at, input) in twin.inputs.iter().enumerate() {
        let by = input.by.as_ref().map_or(String::new(), |by| format!(" by {}", printer.expr(by)));
        let _ = writeln!(text, "  input i{at} {}{by}", input.name);
    }
    for (at, tick) in twin.ticks.iter().enumerate() {
        let longest = match tick {
            crate::hir::Tick::Every { longest_ns, .. } => {
                format!(" longest {}", format_duration(*longest_ns))
            }
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "  tick t{at} {}{longest}",
            crate::describe::tick_words(tick, twin.counts.as_ref())
        );
    }
    for member in &twin.members {
        print_member(text, &printer, member, 1);
    }
    text.push_str("}\n");
}

fn print_member(text: &mut String, p: &Printer<'_>, member: &Member, depth: usize) {
    let pad = "  ".repeat(depth);
    match member {
        Member::Param(id, value) => {
            let _ = writeln!(text, "{pad}param {} = {}", p.declared(*id), p.expr(value));
        }
        Member::Let(id, value) => {
            let _ = writeln!(text, "{pad}let {} = {}", p.declared(*id), p.expr(value));
        }
        Member::State(id, value) => {
            let _ = writeln!(text, "{pad}state {} = {}", p.declared(*id), p.expr(value));
        }
        Member::Operator(id, operator) => print_operator(text, p, *id, operator, depth),
        Member::On(on) => {
            let _ = writeln!(text, "{pad}on {} [{}]", p.expr(&on.when), p.clock(&on.clock));
            print_statements(text, p, &on.body, depth + 1);
        }
        Member::Machine(machine) => {
            let start = p.value_name(machine.states, machine.start);
            let _ = writeln!(text, "{pad}machine {} start {start}", p.declared(machine.signal));
            for line in &machine.lines {
                let from = line.from.map_or("any".to_string(), |from| p.value_name(machine.states, from));
                let hold =
                    line.hold_for.as_ref().map_or(String::new(), |hold| format!(" for {}", p.expr(hold)));
                let to = p.value_name(machine.states, line.to);
                let _ = writeln!(text, "{pad}  {from} -> {to} when {}{hold}", p.expr(&line.when));
                print_statements(text, p, &line.body, depth + 2);
            }
        }
        Member::Rule(id) => {
            if let Some(rule) = p.twin.and_then(|twin| twin.rules.get(id.index())) {
                print_rule(text, p, rule, depth);
            }
        }
        Member::Emit(emit) => print_emit(text, p, emit, &pad),
    }
}

fn print_emit(text: &mut String, p: &Printer<'_>, emit: &Emit, pad: &str) {
    let _ = write!(
        text,
        "{pad}emit {} {} [{}]",
        p.sink(emit.sink),
        p.emitted(emit.sink, &emit.fields),
        p.clock(&emit.clock)
    );
    if emit.always {
        text.push_str(" always");
    }
    if let Some(when) = &emit.when {
        let _ = write!(text, " when {}", p.expr(when));
    }
    text.push('\n');
}

fn print_operator(
    text: &mut String,
    p: &Printer<'_>,
    id: crate::hir::SignalId,
    operator: &Operator,
    depth: usize,
) {
    let pad = "  ".repeat(depth);
    let what = match operator {
        Operator::Prev { x, n } => format!("prev({}, {n})", p.expr(x)),
        Operator::Lag { x, by_ns } => format!("lag({}, {})", p.expr(x), format_duration(*by_ns)),
        Operator::Delta(x) => format!("delta({})", p.expr(x)),
        Operator::Rate(x) => format!("rate({})", p.expr(x)),
        Operator::Changed(x) => format!("changed({})", p.expr(x)),
        Operator::Rising(x) => format!("rising({})", p.expr(x)),
        Operator::Falling(x) => format!("falling({})", p.expr(x)),
        Operator::Held(x) => format!("held({})", p.expr(x)),
        Operator::Track(x) => format!("track({})", p.expr(x)),
        Operator::Window(window) => window_text(p, window),
        Operator::Block(block) => {
            let _ = writeln!(
                text,
                "{pad}op {} = block {} [{}]",
                p.typed_signal(id),
                block.name,
                p.clock(&block.clock)
            );
            for (arg, value) in &block.args {
                let _ = writeln!(text, "{pad}  arg {} = {}", p.declared(*arg), p.expr(value));
            }
            for member in &block.members {
                print_member(text, p, member, depth + 1);
            }
            for (state, value) in &block.derivatives {
                let _ = writeln!(text, "{pad}  der(s{}) = {}", state.0, p.expr(value));
            }
            for when in &block.whens {
                let _ = writeln!(text, "{pad}  when {}", p.expr(&when.when));
                print_statements(text, p, &when.body, depth + 2);
            }
            if !block.derivatives.is_empty() {
                let _ = writeln!(text, "{pad}  using {}", solver_text(&block.solver));
            }
            let _ = writeln!(text, "{pad}  return {}", p.expr(&block.result));
            return;
        }
    };
    let _ = writeln!(text, "{pad}op {} = {what}", p.typed_signal(id));
}

fn solver_text(solver: &Solver) -> String {
    match solver {
        Solver::Euler(step) => format!("euler({})", format_duration(*step)),
        Solver::Heun(step) => format!("heun({})", format_duration(*step)),
        Solver::Rk4(step) => format!("rk4({})", format_duration(*step)),
        Solver::Dopri5 { rtol, atol } => format!("dopri5({rtol:e}, {atol:e})"),
    }
}

fn window_text(p: &Printer<'_>, window: &Window) -> String {
    let mut args: Vec<String> = window.args.iter().map(|arg| p.expr(arg)).collect();
    args.extend(window.params.iter().map(|param| format!("{param}")));
    let mut text = format!("{:?}({}", window.aggregate, args.join(", ")).to_lowercase_head();
    if let Some(filter) = &window.filter {
        let _ = write!(text, " where {}", p.expr(filter));
    }
    text.push(')');
    if let Some((key, low, high)) = &window.by {
        let _ = write!(text, " by {} in {low}..{high}", p.expr(key));
    }
    let max = |max: &Option<u32>| max.map_or(String::new(), |max| format!(" max {max}"));
    let _ = match &window.extent {
        Extent::Trailing { span_ns, closed } => {
            write!(text, " over {}{}", format_duration(*span_ns), if *closed { " closed" } else { "" })
        }
        Extent::Hopping { span_ns, period_ns, tick } => {
            write!(
                text,
                " over {} every {} t{}",
                format_duration(*span_ns),
                format_duration(*period_ns),
                tick.0
            )
        }
        Extent::Calendar { tick } => write!(text, " each t{}", tick.0),
        Extent::Samples(n) => write!(text, " over {n} samples"),
        Extent::Session { gap_ns, tick, max: most } => {
            write!(text, " over session({}) t{}{}", format_duration(*gap_ns), tick.0, max(most))
        }
        Extent::During { when, max: most } => write!(text, " during {}{}", p.expr(when), max(most)),
        Extent::FromUntil { from, until, max: most } => {
            write!(text, " from {} until {}{}", p.expr(from), p.expr(until), max(most))
        }
        Extent::All => write!(text, " over all"),
    };
    let _ = write!(text, " fed [{}]", p.clock(&window.clock));
    text
}

trait LowercaseHead {
    /// `TimeWeightedMean(` as `time_weighted_mean(`; what follows the bracket stays.
    fn to_lowercase_head(self) -> String;
}

impl LowercaseHead for String {
    fn to_lowercase_head(self) -> String {
        let at = self.find('(').unwrap_or(self.len());
        let (head, tail) = self.split_at(at);
        let mut out = String::new();
        for (place, c) in head.char_indices() {
            if c.is_ascii_uppercase() && place > 0 {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        }
        out + tail
    }
}

fn print_rule(text: &mut String, p: &Printer<'_>, rule: &Rule, depth: usize) {
    let pad = "  ".repeat(depth);
    let when = match &rule.when {
        Condition::Expr(when) => p.expr(when),
        Condition::Sequence(steps) => steps
            .iter()
            .map(|step| {
                let no = if step.is_absence { "no " } else { "" };
                let within = step.within.as_ref().map_or(String::new(), |w| format!(" within {}", p.expr(w)));
                format!("{no}{}{within}", p.expr(&step.when))
            })
            .collect::<Vec<_>>()
            .join(" then "),
    };
    let _ = write!(text, "{pad}rule {} {} when {when}", rule.name, rule.severity);
    if let Some(hold) = &rule.hold_for {
        let _ = write!(text, " for {}", p.expr(hold));
    }
    match &rule.until {
        Until::ConditionFalse => {}
        Until::Never => text.push_str(" until never"),
        Until::Holds(when, hold) => {
            let hold = hold.as_ref().map_or(String::new(), |hold| format!(" for {}", p.expr(hold)));
            let _ = write!(text, " until {}{hold}", p.expr(when));
        }
    }
    if let Some(repeat) = &rule.repeat {
        let _ = write!(text, " repeat {}", p.expr(repeat));
    }
    text.push('\n');
    if let Some(message) = &rule.message {
        let parts: Vec<String> = message.iter().map(|part| message_part(p, part)).collect();
        let _ = writeln!(text, "{pad}  message {}", parts.join(" "));
    }
    for capture in &rule.captures {
        let (before, after) = (format_duration(capture.before_ns), format_duration(capture.after_ns));
        let _ = writeln!(text, "{pad}  capture i{} {before} {after}", capture.input.0);
    }
    print_statements(text, p, &rule.body, depth + 1);
    if !rule.on_clear.is_empty() {
        let _ = writeln!(text, "{pad}  on clear");
        print_statements(text, p, &rule.on_clear, depth + 2);
    }
    if !rule.why.is_empty() {
        let why: Vec<String> =
            rule.why.iter().map(|why| format!("{} = {}", why.name, p.expr(&why.value))).collect();
        let _ = writeln!(text, "{pad}  why {}", why.join(", "));
    }
}

fn message_part(p: &Printer<'_>, part: &MessagePart) -> String {
    match part {
        MessagePart::Text(text) => format!("{text:?}"),
        MessagePart::Value { value, decimals, unit } => {
            let decimals = decimals.map_or(String::new(), |d| format!(".{d}"));
            let unit = unit.as_ref().map_or(String::new(), |u| format!(" {}", u.symbol));
            format!("{{{}:{decimals}{unit}}}", p.expr(value))
        }
    }
}

fn print_statements(text: &mut String, p: &Printer<'_>, statements: &[Stmt], depth: usize) {
    let pad = "  ".repeat(depth);
    for statement in statements {
        match statement {
            Stmt::Assign { target, index, part, value, .. } => {
                let index = index.as_ref().map_or(String::new(), |index| format!("[{}]", p.expr(index)));
                let part = part.map_or(String::new(), |(at, width)| format!(".{at}+{width}"));
                let _ = writeln!(text, "{pad}s{}{index}{part} = {}", target.0, p.expr(value));
            }
            Stmt::Emit { sink, fields, .. } => {
                let _ = writeln!(text, "{pad}emit {} {}", p.sink(*sink), p.emitted(*sink, fields));
            }
            Stmt::Reset(signals, _) => {
                let all: Vec<String> = signals.iter().map(|id| format!("s{}", id.0)).collect();
                let _ = writeln!(text, "{pad}reset {}", all.join(", "));
            }
            Stmt::Let(local, value) => {
                let _ = writeln!(text, "{pad}let l{} = {}", local.0, p.expr(value));
            }
            Stmt::If { when, then, otherwise } => {
                let _ = writeln!(text, "{pad}if {}", p.expr(when));
                print_statements(text, p, then, depth + 1);
                if !otherwise.is_empty() {
                    let _ = writeln!(text, "{pad}else");
                    print_statements(text, p, otherwise, depth + 1);
                }
            }
        }
    }
}

impl Printer<'_> {
    fn clock(&self, clock: &Clock) -> String {
        match clock {
            Clock::Held => "held".to_string(),
            Clock::Events(input) => format!("i{}", input.0),
            Clock::Ticks(ticks) => ticks.iter().map(|t| format!("t{}", t.0)).collect::<Vec<_>>().join(" "),
        }
    }
}
