//! Machines: enum-valued signals with lines, and states that cannot be reached or left.

use crate::checker::{Checker, Place};
use crate::errors::{state as errors, types as type_errors};
use crate::hir::{self, Clock, MachineLine, Member, Signal, SignalKind};
use crate::scope::Binding;
use std::collections::BTreeSet;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Ident};
use twin_types::{Enum, EnumId, Type};

impl Checker<'_> {
    /// A machine's signal and its states, known from above.
    pub fn predeclare_machine(&mut self, machine: &ast::Machine, doc: &str) {
        let mut values: Vec<String> = Vec::new();
        for line in &machine.transitions {
            for name in line.from.iter().chain([&line.to]) {
                if !values.contains(&name.text) {
                    values.push(name.text.clone());
                }
            }
        }
        let id = EnumId(self.program.enums.len() as u32);
        let path = self.path_of(&machine.name.text);
        let name = format!("{}.{path}", self.twin.name);
        self.program.enums.push(Enum { name, wire: values.clone(), values });
        let signal = self.add_signal(Signal {
            name: path,
            kind: SignalKind::Machine,
            ty: Type::Enum(id),
            optional: false,
            unit: None,
            clock: Clock::Held,
            span: machine.name.span,
            doc: doc.to_string(),
        });
        self.bind_new(&machine.name, Binding::Signal(signal));
    }

    pub fn member_machine(&mut self, machine: &ast::Machine, _doc: &str, span: Span) {
        let found = match self.lookup(&machine.name.text) {
            Some((Binding::Signal(id), declared)) if declared == machine.name.span => Some(id),
            _ => None,
        };
        let Some((signal, Type::Enum(states))) = found.and_then(|id| Some((id, self.signal(id)?.ty.clone())))
        else {
            return;
        };
        self.note_declared(&machine.name, signal);
        let values = self.program.enums.get(states.0 as usize).map(|e| e.values.clone()).unwrap_or_default();
        let place = |name: &Ident| values.iter().position(|v| *v == name.text).unwrap_or(0) as u32;
        let mut lines = Vec::new();
        for line in &machine.transitions {
            let when = self.condition(&line.condition, "a machine's line");
            let hold_for = line.hold.as_ref().map(|hold| self.duration_from(0, hold, "`for`"));
            let body = self.in_place(Place::Handler, |c| c.statements(&line.body));
            let from = line.from.as_ref().map(place);
            lines.push(MachineLine { from, to: place(&line.to), when, hold_for, body, span: line.span });
        }
        let Some(first) = machine.transitions.first() else {
            if machine.broken.is_empty() {
                self.push(errors::empty_machine(&machine.name));
            }
            return;
        };
        let start = match &first.from {
            Some(from) => place(from),
            None => {
                self.push(errors::machine_start(first.span));
                0
            }
        };
        if machine.broken.is_empty() {
            self.check_ways(machine, &values, start, &lines);
        }
        self.add_member(Member::Machine(hir::Machine { signal, states, start, lines, span }));
    }

    /// Mistake 10: a state that no line reaches, or that no line leaves.
    fn check_ways(&mut self, machine: &ast::Machine, values: &[String], start: u32, lines: &[MachineLine]) {
        let mut reached = BTreeSet::from([start]);
        loop {
            let before = reached.len();
            for line in lines {
                if line.from.is_none_or(|from| reached.contains(&from)) {
                    reached.insert(line.to);
                }
            }
            if reached.len() == before {
                break;
            }
        }
        let place = |name: &str| {
            let names = machine.transitions.iter().flat_map(|t| t.from.iter().chain([&t.to]));
            names.filter(|n| n.text == name).map(|n| n.span).next().unwrap_or(machine.name.span)
        };
        for (at, name) in values.iter().enumerate() {
            let at = at as u32;
            if !reached.contains(&at) {
                self.push(errors::no_way_in(&machine.name.text, name, place(name)));
            }
            let is_left = lines.iter().any(|line| line.to != at && line.from.is_none_or(|from| from == at));
            if !is_left && reached.contains(&at) {
                let start = values.get(start as usize).map_or("", String::as_str);
                let end = machine.transitions.last().map_or(machine.name.span, |t| t.span);
                self.push(errors::no_way_out(&machine.name.text, name, start, place(name), end));
            }
        }
    }

    /// A severity may be any word; a misspelt usual one is told.
    pub fn severity(&mut self, written: Option<&Ident>) -> String {
        const USUAL: [&str; 7] = ["info", "notice", "minor", "warning", "major", "error", "critical"];
        let Some(written) = written else { return "warning".to_string() };
        if !USUAL.contains(&written.text.as_str())
            && let Some(near) = crate::scope::nearest(&written.text, USUAL)
        {
            self.push(type_errors::severity(written, near));
        }
        written.text.clone()
    }
}
