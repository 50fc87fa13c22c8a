//! The names that can be read at a place.

use crate::place::{Frame, Place};
use crate::project::Project;
use std::rc::Rc;
use twin_analysis::hir;
use twin_diagnostics::{FileId, Span};
use twin_syntax::ast::{self, Ident, ItemKind, Member, MemberKind, StreamKind};

/// What a name is, for its icon and its order in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A field of an input.
    Field,
    /// A `let`, or a parameter of a function or block.
    Signal,
    /// A `param`.
    Param,
    /// A `state`.
    State,
    /// A machine.
    Machine,
    /// A rule.
    Rule,
    /// A source, table, sink or command.
    Stream,
    /// A twin.
    Twin,
    /// A schema, enum or other type.
    Type,
    /// A value of an enum, or a state of a machine.
    Value,
}

/// A name that can be read.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub text: String,
    pub kind: NameKind,
    /// Its type in words.
    pub ty: String,
    pub doc: String,
}

/// The names of one place.
pub(crate) struct Scope<'a> {
    pub project: &'a Project,
    pub tree: Rc<ast::Module>,
    place: &'a Place<'a>,
}

impl<'a> Scope<'a> {
    pub fn new(project: &'a Project, file: FileId, place: &'a Place<'a>) -> Self {
        Scope { project, tree: project.tree(file), place }
    }

    fn program(&self) -> &hir::Program {
        &self.project.checked.program
    }

    /// The members of the twin or block around the place, and the parameters of a block or function.
    fn owner(&self) -> (Vec<&Member>, Vec<&ast::Parameter>, Vec<&ast::Let>) {
        for item in &self.tree.items {
            match (&item.kind, self.place.owner()) {
                (ItemKind::Twin(twin), Some(Frame::Twin(name))) if twin.name.text == *name => {
                    return (twin.members.iter().collect(), Vec::new(), Vec::new());
                }
                (ItemKind::Block(block), Some(Frame::Block(name))) if block.name.text == *name => {
                    let params = block.signature.params.iter().collect();
                    return (block.members.iter().collect(), params, Vec::new());
                }
                (ItemKind::Function(f), Some(Frame::Function(name))) if f.name.text == *name => {
                    return (Vec::new(), f.signature.params.iter().collect(), f.lets.iter().collect());
                }
                _ => {}
            }
        }
        (Vec::new(), Vec::new(), Vec::new())
    }

    /// The twin that a test is about: the one named last before the place.
    fn tested(&self) -> Option<&hir::Twin> {
        let words = (0..).take_while(|n| !self.place.back(*n).is_empty());
        let with = words.into_iter().find(|n| self.place.back(n + 1) == "with")?;
        self.program().twins.iter().find(|twin| twin.name == self.place.back(with))
    }

    /// Signals and fields that an expression may read here.
    pub fn values(&self) -> Vec<Name> {
        if let Some(Frame::Stream(_, name)) = self.place.frames.first() {
            return self.fields_of_stream(name);
        }
        if self.place.frames.contains(&Frame::Test)
            && let Some(twin) = self.tested()
        {
            return tested_names(twin);
        }
        let (members, params, lets) = self.owner();
        let mut names: Vec<Name> = params.iter().map(|p| self.parameter(p)).collect();
        names.extend(lets.iter().map(|line| self.declared(&line.name, NameKind::Signal, "")));
        names.extend(members.iter().filter_map(|member| self.member(member)));
        for input in members.iter().filter_map(|m| input_name(m)) {
            names.extend(self.fields_of_stream(&input.text));
        }
        names.extend(self.tables());
        // The key is mostly a field as well, which says its type.
        let fields: Vec<String> =
            names.iter().filter(|n| n.kind == NameKind::Field).map(|n| n.text.clone()).collect();
        names.retain(|name| name.kind == NameKind::Field || !fields.contains(&name.text));
        names
    }

    fn member(&self, member: &Member) -> Option<Name> {
        let kind = match &member.kind {
            MemberKind::Param(_) => NameKind::Param,
            MemberKind::Let(_) | MemberKind::Key(_) | MemberKind::Part(_) => NameKind::Signal,
            MemberKind::State(_) => NameKind::State,
            MemberKind::Machine(_) => NameKind::Machine,
            MemberKind::Rule(_) => NameKind::Rule,
            MemberKind::Input(_) => NameKind::Stream,
            _ => return None,
        };
        let doc = member.docs.as_ref().map_or("", |d| d.text.as_str());
        Some(self.declared(member.name()?, kind, doc))
    }

    fn declared(&self, name: &Ident, kind: NameKind, doc: &str) -> Name {
        let ty = self.project.fact(name.span).map_or(String::new(), |fact| fact.ty.clone());
        Name { text: name.text.clone(), kind, ty, doc: doc.to_string() }
    }

    fn parameter(&self, param: &ast::Parameter) -> Name {
        let ty = param.ty.as_ref().map_or(String::new(), |ty| self.project.sources.text(ty.span).to_string());
        Name { text: param.name.text.clone(), kind: NameKind::Signal, ty, doc: String::new() }
    }

    fn tables(&self) -> Vec<Name> {
        let name = |table: &hir::Table| {
            let schema = self.program().schemas.get(table.schema.index());
            let ty = format!("table of {}", schema.map_or("?", |s| &s.name));
            Name { text: table.name.clone(), kind: NameKind::Stream, ty, doc: table.doc.clone() }
        };
        self.program().tables.iter().map(name).collect()
    }

    /// The fields of a source's, table's or sink's records.
    pub fn fields_of_stream(&self, stream: &str) -> Vec<Name> {
        let program = self.program();
        let source = program.sources.iter().find(|s| s.name == stream).map(|s| s.schema);
        let table = program.tables.iter().find(|t| t.name == stream).map(|t| t.schema);
        match source.or(table) {
            Some(schema) => self.fields_of(schema),
            None => {
                let sink = program.sinks.iter().find(|s| s.name == stream);
                let name = |f: &hir::SinkField| Name {
                    text: f.name.clone(),
                    kind: NameKind::Field,
                    ty: f.unit.as_ref().map_or(String::new(), |u| format!("in {}", u.symbol)),
                    doc: String::new(),
                };
                sink.map(|s| s.fields.iter().map(name).collect()).unwrap_or_default()
            }
        }
    }

    fn fields_of(&self, schema: hir::SchemaId) -> Vec<Name> {
        let Some(schema) = self.program().schemas.get(schema.index()) else { return Vec::new() };
        let name = |field: &hir::SchemaField| Name {
            text: field.name.clone(),
            kind: NameKind::Field,
            ty: self.field_type(field.span, schema.span.file),
            doc: field.doc.clone(),
        };
        schema.fields.iter().map(name).collect()
    }

    /// The type of a field in words: noted at its name, or at the schema's where it is from a file.
    fn field_type(&self, span: Span, file: FileId) -> String {
        let noted = self.project.fact_at(file, span.start as usize).filter(|(at, _)| at.start == span.start);
        noted.map_or(String::new(), |(_, fact)| fact.ty.clone())
    }

    /// What stands behind `path.`: fields, values, or what can be asked of a rule or command.
    pub fn behind(&self, path: &[String]) -> Vec<Name> {
        let Some(owner) = path.first() else { return Vec::new() };
        let program = self.program();
        let is_rule = |t: &hir::Twin| t.rules.iter().any(|rule| rule.name == *owner);
        if path.len() == 1 {
            let (members, ..) = self.owner();
            let is_input = members.iter().filter_map(|m| input_name(m)).any(|name| name.text == *owner);
            if is_input || program.tables.iter().any(|t| t.name == *owner) {
                return self.fields_of_stream(owner);
            }
            if program.sinks.iter().any(|s| s.name == *owner && s.command.is_some()) {
                return asked(&["pending", "acked", "expired"], "bool");
            }
            if let Some(found) = program.enums.iter().find(|e| e.name == *owner) {
                return asked(&found.values.iter().map(String::as_str).collect::<Vec<_>>(), &found.name);
            }
            if program.twins.iter().any(is_rule) {
                let mut names = asked(&["active"], "bool");
                names.extend(asked(&["count"], "int"));
                return names;
            }
        }
        self.parts_of_signal(path)
    }

    /// The fields of a signal that is a record, e.g. of a block.
    fn parts_of_signal(&self, path: &[String]) -> Vec<Name> {
        let signals = self.program().twins.iter().flat_map(|twin| &twin.signals);
        let Some(signal) = signals.into_iter().find(|s| s.name == path[0]) else { return Vec::new() };
        let mut ty = &signal.ty;
        for field in &path[1..] {
            let twin_types::Type::Record(record) = ty else { return Vec::new() };
            let Some(found) = record.fields.iter().find(|f| f.name == *field) else { return Vec::new() };
            ty = &found.ty;
        }
        let twin_types::Type::Record(record) = ty else { return Vec::new() };
        let name = |f: &twin_types::RecordField| Name {
            text: f.name.clone(),
            kind: NameKind::Field,
            ty: if f.optional { "may be absent".to_string() } else { String::new() },
            doc: String::new(),
        };
        record.fields.iter().map(name).collect()
    }

    /// Streams of the program of these kinds.
    pub fn streams(&self, kinds: &[StreamKind]) -> Vec<Name> {
        let program = self.program();
        let mut names = Vec::new();
        let mut add = |text: &str, kind: StreamKind, doc: &str| {
            if kinds.contains(&kind) {
                let ty = kind.keyword().to_string();
                names.push(Name { text: text.to_string(), kind: NameKind::Stream, ty, doc: doc.to_string() });
            }
        };
        program.sources.iter().for_each(|s| add(&s.name, StreamKind::Source, &s.doc));
        program.tables.iter().for_each(|t| add(&t.name, StreamKind::Table, &t.doc));
        for sink in &program.sinks {
            add(&sink.name, if sink.command.is_some() { StreamKind::Command } else { StreamKind::Sink }, "");
        }
        names
    }

    /// Rules, states or other members of the twin around the place, or of the one that a test is about.
    pub fn members(&self, kinds: &[NameKind]) -> Vec<Name> {
        let names = match self.tested() {
            Some(twin) if self.place.frames.contains(&Frame::Test) => tested_names(twin),
            _ => self.owner().0.into_iter().filter_map(|m| self.member(m)).collect(),
        };
        names.into_iter().filter(|name| kinds.contains(&name.kind)).collect()
    }

    /// The params of a twin.
    pub fn params_of(&self, twin: &str) -> Vec<Name> {
        let twin = self.program().twins.iter().find(|t| t.name == twin);
        let names = twin.map(tested_names).unwrap_or_default();
        names.into_iter().filter(|name| name.kind == NameKind::Param).collect()
    }

    /// Names of twins, and of types that the program declares.
    pub fn twins(&self) -> Vec<Name> {
        let names = self.program().twins.iter().map(|t| t.name.as_str()).collect::<Vec<_>>();
        names.iter().map(|name| of_program(name, NameKind::Twin, "twin")).collect()
    }

    pub fn schemas(&self) -> Vec<Name> {
        let schemas = self.program().schemas.iter();
        schemas
            .map(|s| Name { doc: s.doc.clone(), ..of_program(&s.name, NameKind::Type, "schema") })
            .collect()
    }

    pub fn enums(&self) -> Vec<Name> {
        let enums = self.program().enums.iter().filter(|e| !e.name.contains('.'));
        enums.map(|e| of_program(&e.name, NameKind::Type, "enum")).collect()
    }

    /// The states of a machine of the twin around the place.
    pub fn machine_states(&self, machine: &str) -> Vec<Name> {
        let (members, ..) = self.owner();
        let found = members.iter().find_map(|member| match &member.kind {
            MemberKind::Machine(m) if m.name.text == machine => Some(m),
            _ => None,
        });
        let mut states: Vec<&str> = Vec::new();
        for line in found.iter().flat_map(|m| &m.transitions) {
            let both = line.from.iter().chain([&line.to]).map(|name| name.text.as_str());
            states.extend(both.filter(|s| *s != "any").collect::<Vec<_>>());
        }
        states.sort_unstable();
        states.dedup();
        asked(&states, "state")
    }

    /// The values that something may be compared with: those of an enum or machine.
    pub fn values_like(&self, name: &str) -> Vec<Name> {
        let ty = self.values().into_iter().find(|n| n.text == name).map(|n| n.ty).unwrap_or_default();
        let ty = ty.trim_end_matches(", may be absent");
        match self.program().enums.iter().find(|e| e.name == ty) {
            Some(found) => asked(&found.values.iter().map(String::as_str).collect::<Vec<_>>(), &found.name),
            None => Vec::new(),
        }
    }
}

/// Params, signals and rules of a checked twin.
fn tested_names(twin: &hir::Twin) -> Vec<Name> {
    let signals = twin.signals.iter().filter_map(|signal| {
        let kind = match signal.kind {
            hir::SignalKind::Param => NameKind::Param,
            hir::SignalKind::Let => NameKind::Signal,
            hir::SignalKind::State => NameKind::State,
            hir::SignalKind::Machine => NameKind::Machine,
            hir::SignalKind::Operator | hir::SignalKind::Integrated => return None,
        };
        let is_own = signal.span.file == twin.span.file && !signal.name.contains('.');
        is_own.then(|| Name { doc: signal.doc.clone(), ..of_program(&signal.name, kind, "") })
    });
    let rule = |rule: &hir::Rule| Name {
        doc: rule.doc.clone(),
        ty: format!("rule, {}", rule.severity),
        ..of_program(&rule.name, NameKind::Rule, "")
    };
    let inputs = twin.inputs.iter().map(|input| of_program(&input.name, NameKind::Stream, "input"));
    signals.chain(twin.rules.iter().map(rule)).chain(inputs).collect()
}

fn of_program(text: &str, kind: NameKind, ty: &str) -> Name {
    Name { text: text.to_string(), kind, ty: ty.to_string(), doc: String::new() }
}

fn asked(names: &[&str], ty: &str) -> Vec<Name> {
    names.iter().map(|text| of_program(text, NameKind::Value, ty)).collect()
}

fn input_name(member: &Member) -> Option<&Ident> {
    match &member.kind {
        MemberKind::Input(input) => Some(&input.name),
        _ => None,
    }
}
