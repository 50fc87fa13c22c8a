//! The tree as text: one line per item, member, field and statement, indented by what holds it.
//!
//! Everything but places is in it, so that two modules with the same print are the same program.

use std::fmt::Display;

use super::tree_expr::{Clause, List};
use crate::ast::*;

/// The tree of a module, for `twin explain --stage ast` and for comparing.
pub fn print_tree(module: &Module) -> String {
    let mut printer = Printer { out: String::new(), depth: 0 };
    for line in module.docs.iter().flat_map(|docs| docs.text.split('\n')) {
        printer.line(format_args!("//! {line}"));
    }
    for item in &module.items {
        printer.item(item);
    }
    for allow in &module.allows {
        printer.line(format_args!("allow {} {:?}", allow.code, allow.reason));
    }
    printer.out
}

struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: impl Display) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
        self.out.push_str(&format!("{text}\n"));
    }

    fn inside(&mut self, print: impl FnOnce(&mut Self)) {
        self.depth += 1;
        print(self);
        self.depth -= 1;
    }

    fn docs(&mut self, docs: &Option<Docs>) {
        for line in docs.iter().flat_map(|docs| docs.text.split('\n')) {
            self.line(format_args!("/// {line}"));
        }
    }

    fn broken(&mut self, broken: &[Broken]) {
        for one in broken {
            self.line(format_args!("broken{}", Clause(" ", &one.introduces)));
        }
    }

    fn item(&mut self, item: &Item) {
        self.docs(&item.docs);
        match &item.kind {
            ItemKind::Use(item) => {
                let path: Vec<&str> = item.path.iter().map(|word| word.text.as_str()).collect();
                self.line(format_args!("use {}{}", path.join("."), Clause(" as ", &item.alias)));
            }
            ItemKind::Unit(item) => {
                self.line(format_args!("unit {}{}", item.name, Clause(" = ", &item.value)))
            }
            ItemKind::Enum(item) => self.enum_item(item),
            ItemKind::Schema(item) => self.schema(item),
            ItemKind::Stream(item) => self.stream(item),
            ItemKind::Function(item) => self.function(item),
            ItemKind::Block(item) => {
                self.line(format_args!(
                    "block {}{}{}",
                    item.name,
                    item.signature,
                    Clause(" using ", &item.solver)
                ));
                self.inside(|printer| printer.members(&item.members));
            }
            ItemKind::Model(item) => {
                let options = if item.options.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", List(&item.options))
                };
                self.line(format_args!("model {}{} from {}{options}", item.name, item.signature, item.file));
            }
            ItemKind::Twin(item) => {
                self.line(format_args!("twin {}{}", item.name, Clause(" for each ", &item.for_each)));
                self.inside(|printer| printer.members(&item.members));
            }
            ItemKind::Test(item) => self.test(item),
            ItemKind::Scenario(item) => self.scenario(item),
            ItemKind::Broken(broken) => self.broken(std::slice::from_ref(broken)),
        }
    }

    fn enum_item(&mut self, item: &EnumDecl) {
        self.line(format_args!("enum {}", item.name));
        self.inside(|printer| {
            for value in &item.values {
                printer.docs(&value.docs);
                printer.line(format_args!("{}{}", value.name, Clause(" as ", &value.wire)));
            }
            printer.broken(&item.broken);
        });
    }

    fn schema(&mut self, item: &SchemaDecl) {
        self.line(format_args!("schema {}{}", item.name, Clause(" from ", &item.from)));
        self.inside(|printer| {
            for field in &item.fields {
                printer.docs(&field.docs);
                let SchemaField { name, ty, encoding, valid, wire, default, .. } = field;
                let (ty, encoding) = (Clause(": ", ty), Clause(" in ", encoding));
                let (valid, wire, default) =
                    (Clause(" valid ", valid), Clause(" as ", wire), Clause(" = ", default));
                printer.line(format_args!("{name}{ty}{encoding}{valid}{wire}{default}"));
            }
            printer.broken(&item.broken);
        });
    }

    fn stream(&mut self, item: &StreamDecl) {
        self.line(format_args!("{} {}{}", item.kind.keyword(), item.name, Clause(": ", &item.schema)));
        self.inside(|printer| {
            for setting in &item.settings {
                printer.line(setting);
            }
            printer.broken(&item.broken);
        });
    }

    fn function(&mut self, item: &FunctionDecl) {
        self.line(format_args!("fn {}{}", item.name, item.signature));
        self.inside(|printer| {
            for line in &item.lets {
                printer.line(line);
            }
            if let Some(result) = &item.result {
                printer.line(format_args!("return {result}"));
            }
            printer.broken(&item.broken);
        });
    }

    fn members(&mut self, members: &[Member]) {
        for member in members {
            self.docs(&member.docs);
            self.member(&member.kind);
        }
    }

    fn member(&mut self, member: &MemberKind) {
        match member {
            MemberKind::Key(name) => self.line(format_args!("key {name}")),
            MemberKind::Input(one) => {
                self.line(format_args!("input {}{}", one.name, Clause(" by ", &one.by)))
            }
            MemberKind::Param(one) => {
                self.line(format_args!(
                    "param {}{}{}",
                    one.name,
                    Clause(": ", &one.ty),
                    Clause(" = ", &one.default)
                ));
            }
            MemberKind::Let(one) => self.line(one),
            MemberKind::State(one) => {
                self.line(format_args!("state {}{} = {}", one.name, Clause(": ", &one.ty), one.initial));
            }
            MemberKind::On(one) => {
                self.line(format_args!("on {}{}", one.trigger, Clause(" where ", &one.filter)));
                self.inside(|printer| printer.statements(&one.body));
            }
            MemberKind::Machine(one) => self.machine(one),
            MemberKind::Rule(one) => self.rule(one),
            MemberKind::Emit(one) => self.line(one),
            MemberKind::Part(one) => {
                let (by, lateness) = (Clause(" by ", &one.by), Clause(" lateness ", &one.lateness));
                self.line(format_args!("part {}: {}{by}{lateness}", one.name, one.twin));
            }
            MemberKind::ForEach(one) => {
                self.line(format_args!("for {} in {}", one.variable, one.part));
                self.inside(|printer| printer.members(&one.members));
            }
            MemberKind::Derivative(one) => self.line(format_args!("der({}) = {}", one.state, one.value)),
            MemberKind::When(one) => {
                self.line(format_args!("when {}", one.condition));
                self.inside(|printer| printer.statements(&one.body));
            }
            MemberKind::Return(value) => self.line(format_args!("return {value}")),
            MemberKind::Broken(broken) => self.broken(std::slice::from_ref(broken)),
        }
    }

    fn machine(&mut self, machine: &Machine) {
        self.line(format_args!("machine {}", machine.name));
        self.inside(|printer| {
            for line in &machine.transitions {
                let from = line.from.as_ref().map_or("any", |from| from.text.as_str());
                let hold = Clause(" for ", &line.hold);
                printer.line(format_args!("{from} -> {} when {}{hold}", line.to, line.condition));
                printer.inside(|printer| printer.statements(&line.body));
            }
            printer.broken(&machine.broken);
        });
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule { name, trigger, hold, until, repeat, .. } = rule;
        let (hold, until, repeat) =
            (Clause(" for ", hold), Clause(" until ", until), Clause(" repeat every ", repeat));
        self.line(format_args!("rule {name} when {trigger}{hold}{until}{repeat}"));
        self.inside(|printer| {
            if let Some(severity) = &rule.severity {
                printer.line(format_args!("severity {severity}"));
            }
            if let Some(message) = &rule.message {
                printer.line(format_args!("message {message}"));
            }
            for one in &rule.captures {
                let after = Clause(" after ", &one.after);
                printer.line(format_args!("capture {} before {}{after}", one.input, one.before));
            }
            printer.statements(&rule.actions);
            if !rule.on_clear.is_empty() {
                printer.line("on clear");
                printer.inside(|printer| printer.statements(&rule.on_clear));
            }
            printer.broken(&rule.broken);
        });
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            match &statement.kind {
                StatementKind::Assign { target, value } => self.line(format_args!("{target} = {value}")),
                StatementKind::Emit(emit) => self.line(emit),
                StatementKind::Reset(name) => self.line(format_args!("reset {name}")),
                StatementKind::Let(line) => self.line(line),
                StatementKind::If { condition, then, otherwise } => {
                    self.line(format_args!("if {condition}"));
                    self.inside(|printer| printer.statements(then));
                    if !otherwise.is_empty() {
                        self.line("else");
                        self.inside(|printer| printer.statements(otherwise));
                    }
                }
                StatementKind::Broken(broken) => self.broken(std::slice::from_ref(broken)),
            }
        }
    }

    fn test(&mut self, test: &TestDecl) {
        self.line(format_args!("test {}", test.name));
        self.inside(|printer| {
            for step in &test.steps {
                match &step.kind {
                    TestStepKind::Broken(broken) => printer.broken(std::slice::from_ref(broken)),
                    kind => printer.line(kind),
                }
            }
        });
    }

    fn scenario(&mut self, scenario: &ScenarioDecl) {
        self.line(format_args!("scenario {} for {}", scenario.name, scenario.twin));
        self.inside(|printer| {
            if let Some(time) = &scenario.span_of_time {
                let end = match &time.end {
                    ScenarioEnd::Recording => String::new(),
                    ScenarioEnd::After(length) => format!(" for {length}"),
                    ScenarioEnd::At(end) => format!(" to {end}"),
                };
                printer.line(format_args!("from {}{end}", time.from));
            }
            for set in &scenario.sets {
                printer.line(format_args!("set {} = {}", set.target, set.value));
            }
            for shown in &scenario.shows {
                printer.line(format_args!("show {shown}"));
            }
            printer.broken(&scenario.broken);
        });
    }
}
