//! A twin as it is being built: its signals, ticks and members so far.

use crate::checker::{Checker, Place};
use crate::errors::{state as errors, time as time_errors};
use crate::hir::{
    self, Clock, Expr, Input, InputId, KeyOf, Member, RuleId, Signal, SignalId, SourceId, TableId, Tick,
    TimeOf, TwinId,
};
use crate::modules::Global;
use crate::scope::{Binding, Frame};
use std::collections::{BTreeMap, BTreeSet};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, Ident, MemberKind};
use twin_types::{Dimension, Type, Unit};

/// What is known of the twin that is being checked.
#[derive(Clone, Default)]
pub(crate) struct TwinBuilder {
    pub id: Option<TwinId>,
    pub name: String,
    pub key_type: Option<Type>,
    pub inputs: Vec<Input>,
    /// One of its inputs was not understood: any name may be a field of it.
    pub has_unknown_input: bool,
    pub tables: Vec<TableId>,
    pub signals: Vec<Signal>,
    pub ticks: Vec<Tick>,
    pub rules: Vec<Option<hir::Rule>>,
    /// The list in which members are gathered: the twin's own, or a block's within.
    pub member_lists: Vec<Vec<Member>>,
    /// What lets (and arguments of blocks) stand for.
    pub values: BTreeMap<SignalId, Expr>,
    /// Arguments of blocks that are constant.
    pub constants: BTreeMap<SignalId, Expr>,
    /// Operators that were added for the member that is being checked.
    pub operators: Vec<SignalId>,
    /// Operators behind lets, for `reset`.
    pub operators_of: BTreeMap<SignalId, Vec<SignalId>>,
    pub windows: BTreeSet<SignalId>,
    pub blocks: BTreeSet<SignalId>,
    /// Windows that have an end, for `final`.
    pub ending_windows: BTreeSet<SignalId>,
    /// Units of the parts of what blocks give.
    pub record_units: BTreeMap<(SignalId, u32), Unit>,
    /// What the clock counts, where it is no time.
    pub clock_dimension: Option<Dimension>,
    pub counts: Option<Unit>,
    pub locals: u32,
    pub instantiated: u32,
    pub block_depth: u32,
    /// Names of the blocks around, and of the member that is being checked.
    pub path: Vec<String>,
    pub label: String,
    pub block_counts: BTreeMap<String, u32>,
    /// The call that is the whole value of a let: its state goes by the let's name.
    pub direct_call: Option<Span>,
    /// What triggers the statements that are being checked.
    pub trigger: Option<(Clock, Span)>,
    /// Commands of which it has been said that their answers are not heard here.
    pub unheard_commands: BTreeSet<hir::SinkId>,
}

impl Checker<'_> {
    pub fn add_signal(&mut self, signal: Signal) -> SignalId {
        self.twin.signals.push(signal);
        SignalId((self.twin.signals.len() - 1) as u32)
    }

    pub fn add_member(&mut self, member: Member) {
        if let Some(list) = self.twin.member_lists.last_mut() {
            list.push(member);
        }
    }

    /// The path of a name inside the blocks around.
    pub fn path_of(&self, name: &str) -> String {
        let path = self.twin.path.iter().map(String::as_str).chain([name]);
        path.collect::<Vec<_>>().join(".")
    }

    pub fn begin_member(&mut self, member: &ast::Member) {
        self.twin.label = member.name().map_or(String::new(), |name| name.text.clone());
        self.twin.block_counts.clear();
        self.twin.direct_call = None;
        self.twin.operators.clear();
        self.nonzero.clear();
    }

    /// Reserves the twin's place, so that others may name it before it is checked.
    pub fn declare_twin(&mut self, module: usize, twin: &ast::TwinDecl, span: Span, doc: &str) {
        let id = TwinId(self.program.twins.len() as u32);
        self.program.twins.push(hir::Twin {
            name: twin.name.text.clone(),
            key: (String::new(), Type::Error),
            for_each: None,
            inputs: Vec::new(),
            tables: Vec::new(),
            signals: Vec::new(),
            ticks: Vec::new(),
            rules: Vec::new(),
            members: Vec::new(),
            counts: None,
            span,
            doc: doc.to_string(),
        });
        self.declare(module, &twin.name, Global::Twin(id));
    }

    pub fn check_twin(&mut self, module: usize, id: TwinId, twin: &ast::TwinDecl) {
        self.twin = TwinBuilder { id: Some(id), name: twin.name.text.clone(), ..TwinBuilder::default() };
        self.twin.member_lists.push(Vec::new());
        let frame = Frame { module, is_barrier: true, is_twin: true, ..Frame::default() };
        self.in_frame(frame, |c| {
            let key = c.inputs_and_key(twin);
            let for_each = twin.for_each.as_ref().and_then(|table| c.twin_table(table));
            c.params(&twin.members);
            c.predeclare(&twin.members, &BTreeSet::new());
            for member in &twin.members {
                c.twin_member(member);
            }
            c.finish_twin(id, key, for_each);
        });
    }

    fn finish_twin(&mut self, id: TwinId, key: String, for_each: Option<TableId>) {
        let mut built = std::mem::take(&mut self.twin);
        let frame = self.frames.last().cloned().unwrap_or_default();
        if let Some(twin) = self.program.twins.get_mut(id.index()) {
            twin.key = (key, built.key_type.clone().unwrap_or(Type::Error));
            twin.for_each = for_each;
            twin.members = built.member_lists.pop().unwrap_or_default();
            twin.rules = built.rules.iter().flatten().cloned().collect();
            twin.inputs = built.inputs.clone();
            twin.tables = built.tables.clone();
            twin.signals = built.signals.clone();
            twin.ticks = built.ticks.clone();
            twin.counts = built.counts.clone();
        }
        built.member_lists.push(Vec::new());
        self.finished.insert(id, (built, frame));
    }

    /// Inputs in order, the key and its type.
    fn inputs_and_key(&mut self, twin: &ast::TwinDecl) -> String {
        for member in &twin.members {
            if let MemberKind::Input(input) = &member.kind {
                self.input(input, member.span);
            }
        }
        if let (Some(table), true) = (&twin.for_each, self.twin.inputs.is_empty())
            && let Some(Global::Table(id)) = self.global(&table.text)
        {
            self.twin.key_type = Some(self.table_key_type(id));
        }
        for (at, input) in self.twin.inputs.clone().iter().enumerate() {
            self.input_key(at, input);
        }
        let keys: Vec<&Ident> = twin
            .members
            .iter()
            .filter_map(|m| match &m.kind {
                MemberKind::Key(name) => Some(name),
                _ => None,
            })
            .collect();
        let has_parts = twin.members.iter().any(|m| matches!(m.kind, MemberKind::Part(_)));
        if self.twin.inputs.is_empty() && twin.for_each.is_none() && !has_parts {
            let has_broken = twin.members.iter().any(|m| matches!(m.kind, MemberKind::Broken(_)));
            let sources: Vec<String> = self.program.sources.iter().map(|s| s.name.clone()).collect();
            if !has_broken && !self.twin.has_unknown_input {
                self.push(errors::no_input(&twin.name, &sources));
            }
        }
        match keys.as_slice() {
            [] => {
                let candidate = self.twin.inputs.first().and_then(|input| self.key_field(input.source));
                let has_broken = twin.members.iter().any(|m| matches!(m.kind, MemberKind::Broken(_)));
                if !has_broken {
                    self.push(errors::twin_without_key(&twin.name, candidate.as_deref()));
                }
                String::new()
            }
            [key, rest @ ..] => {
                for more in rest {
                    self.push(errors::second_key(more, key.span));
                }
                self.bind(&key.text, Binding::Key, key.span);
                key.text.clone()
            }
        }
    }

    fn input(&mut self, input: &ast::Input, span: Span) {
        match self.global(&input.name.text) {
            Some(Global::Source(source)) => {
                if self.twin.inputs.iter().any(|known| known.source == source) {
                    self.push(errors::second_input(&input.name));
                    return;
                }
                self.record_of = Some(input.name.text.clone());
                let by = input.by.as_ref().map(|by| self.source_expr(source, by, None, "a twin's key"));
                self.record_of = None;
                self.count_clock(source, input.name.span);
                let name = input.name.text.clone();
                self.twin.inputs.push(Input { name: name.clone(), source, by, span });
                let id = InputId((self.twin.inputs.len() - 1) as u32);
                self.bind(&name, Binding::Input(id), input.name.span);
            }
            Some(Global::Table(table)) => self.use_table(table),
            // What a command is waiting for is read without an input; naming one does no harm.
            Some(Global::Sink(_)) => {}
            Some(Global::Unknown) => {
                self.twin.has_unknown_input = true;
                self.bind(&input.name.text, Binding::Unknown, input.name.span);
            }
            _ => {
                self.twin.has_unknown_input = true;
                let names: Vec<String> = self.program.sources.iter().map(|s| s.name.clone()).collect();
                let near = crate::scope::nearest(&input.name.text, names.iter().map(String::as_str));
                self.push(crate::errors::names::unknown_stream(&input.name, "source or table", near));
                self.bind(&input.name.text, Binding::Unknown, input.name.span);
            }
        }
        if self.named(&input.name.text).is_some() {
            self.note_stream(&input.name);
        }
    }

    /// All inputs of a twin count the same: time, or one unit of the program's own.
    fn count_clock(&mut self, source: SourceId, span: Span) {
        let counts = match self.program.sources.get(source.index()).map(|s| &s.time) {
            Some(TimeOf::Count(_, unit)) => Some(unit.clone()),
            _ => None,
        };
        if self.twin.inputs.is_empty() {
            self.twin.clock_dimension = counts.as_ref().map(|unit| unit.quantity.dimension);
            self.twin.counts = counts;
        } else if self.twin.counts.as_ref().map(|u| u.quantity) != counts.as_ref().map(|u| u.quantity) {
            let first = self.twin.inputs.first().map_or("", |i| i.name.as_str()).to_string();
            self.push(time_errors::mixed_clocks(&first, span));
        }
    }

    fn input_key(&mut self, at: usize, input: &Input) {
        let Some(source) = self.program.sources.get(input.source.index()) else { return };
        let ty = match (&input.by, &source.key) {
            (Some(by), _) => by.ty.clone(),
            (None, KeyOf::Expr(key)) => key.ty.clone(),
            (None, KeyOf::File | KeyOf::Record) => Type::String(twin_types::STRING_BYTES),
        };
        let known = self.key_type();
        if at == 0 || known == Type::Error {
            self.twin.key_type = Some(ty);
        } else if !same_key(&known, &ty) {
            let (one, other) = (self.type_words(&known), self.type_words(&ty));
            self.push(errors::key_types(&input.name, &one, &other, input.span));
        }
    }

    /// The name of the field that is a source's key.
    fn key_field(&self, source: SourceId) -> Option<String> {
        let KeyOf::Expr(key) = &self.program.sources.get(source.index())?.key else { return None };
        match &key.kind {
            hir::ExprKind::SourceField(at) => Some(self.field_at(source, *at)?.name.clone()),
            _ => None,
        }
    }

    /// The field that holds the twin's key in its first input.
    pub fn key_on_the_wire(&self) -> Option<(SourceId, u32)> {
        let input = self.twin.inputs.first()?;
        let key = match (&input.by, &self.program.sources.get(input.source.index())?.key) {
            (Some(by), _) => by,
            (None, KeyOf::Expr(key)) => key,
            (None, _) => return None,
        };
        match key.kind {
            hir::ExprKind::SourceField(at) => Some((input.source, at)),
            _ => None,
        }
    }

    fn twin_table(&mut self, table: &Ident) -> Option<TableId> {
        match self.global(&table.text) {
            Some(Global::Table(id)) => {
                self.check_table_key(id, table.span);
                self.use_table(id);
                Some(id)
            }
            Some(Global::Unknown) => None,
            _ => {
                self.push(crate::errors::names::unknown_stream(table, "table", None));
                None
            }
        }
    }

    /// The type of the twin's key, as far as it is known.
    pub fn key_type(&self) -> Type {
        self.twin.key_type.clone().unwrap_or(Type::Error)
    }

    pub fn use_table(&mut self, table: TableId) {
        if !self.twin.tables.contains(&table) {
            self.twin.tables.push(table);
        }
    }

    pub fn table_key_type(&self, table: TableId) -> Type {
        match self.program.tables.get(table.index()).map(|t| &t.key) {
            Some(KeyOf::Expr(key)) => key.ty.clone(),
            _ => Type::String(twin_types::STRING_BYTES),
        }
    }

    /// That a table can be read by the twin's key.
    pub fn check_table_key(&mut self, table: TableId, span: Span) -> bool {
        if self.twin.id.is_none() {
            self.push(errors::table_outside_twin(span));
            return false;
        }
        let ty = self.table_key_type(table);
        let known = self.key_type();
        if same_key(&known, &ty) {
            return true;
        }
        let name = self.program.tables.get(table.index()).map_or(String::new(), |t| t.name.clone());
        let (one, other) = (self.type_words(&known), self.type_words(&ty));
        self.push(errors::key_types(&name, &one, &other, span));
        false
    }

    fn params(&mut self, members: &[ast::Member]) {
        for member in members {
            let MemberKind::Param(param) = &member.kind else { continue };
            self.begin_member(member);
            let doc = member.docs.as_ref().map_or(String::new(), |d| d.text.clone());
            self.in_place(Place::Plain("a param"), |c| c.param(param, &doc));
        }
    }

    fn param(&mut self, param: &ast::Param, doc: &str) {
        let resolved = match &param.ty {
            Some(ty) => match self.resolve_type(ty) {
                Some(resolved) => Some(resolved),
                None => {
                    self.bind_new(&param.name, Binding::Unknown);
                    return;
                }
            },
            None => None,
        };
        let value = match (&param.default, &resolved) {
            (Some(default), _) => {
                let value = self.infer(default, resolved.as_ref().map(|r| &r.ty));
                match &resolved {
                    Some(resolved) => self.coerce(value, &resolved.ty, &format!("`{}`", param.name.text)),
                    None => value,
                }
            }
            (None, Some(resolved)) => crate::convert::absent(resolved.ty.clone(), param.name.span),
            (None, None) => {
                self.push(errors::param_type(&param.name));
                Expr::error(param.name.span)
            }
        };
        if !matches!(value.clock, Clock::Held) {
            self.push(errors::param_reads_events(&self.words(value.span), value.span));
        }
        let ty = resolved.as_ref().map_or(value.ty.clone(), |r| r.ty.clone());
        let unit = resolved.and_then(|r| r.unit).or_else(|| value.unit.clone());
        let id = self.add_signal(Signal {
            name: param.name.text.clone(),
            kind: hir::SignalKind::Param,
            ty,
            optional: value.optional,
            unit,
            clock: Clock::Held,
            span: param.name.span,
            doc: doc.to_string(),
        });
        self.bind_new(&param.name, Binding::Signal(id));
        self.note_declared(&param.name, id);
        self.twin.values.insert(id, value.clone());
        self.add_member(Member::Param(id, value));
    }

    /// Enters a member's name; a second one of the same name is reported.
    pub fn bind_new(&mut self, name: &Ident, binding: Binding) {
        let first = self.frames.last().and_then(|f| f.names.get(&name.text)).map(|(_, span)| *span);
        match first {
            Some(first) => {
                let finding = crate::errors::names::declared_twice(name, first, self.world);
                self.push(finding);
            }
            None => self.bind(&name.text, binding, name.span),
        }
    }

    fn twin_member(&mut self, member: &ast::Member) {
        self.begin_member(member);
        let doc = member.docs.as_ref().map_or(String::new(), |d| d.text.clone());
        match &member.kind {
            MemberKind::Key(_) | MemberKind::Input(_) | MemberKind::Param(_) | MemberKind::Broken(_) => {}
            MemberKind::Let(item) => {
                self.member_let(item, &doc);
            }
            MemberKind::State(state) => {
                self.member_state(state, false, &doc);
            }
            MemberKind::On(on) => self.member_on(on, member.span),
            MemberKind::Machine(machine) => self.member_machine(machine, &doc, member.span),
            MemberKind::Rule(rule) => self.member_rule(rule, &doc),
            MemberKind::Emit(emit) => self.member_emit(emit),
            MemberKind::Part(part) => {
                if !matches!(self.global(&part.twin.text), Some(Global::Twin(_) | Global::Unknown)) {
                    self.push(crate::errors::names::unknown_stream(&part.twin, "twin", None));
                }
                self.program.not_built.push((format!("part `{}`", part.name.text), member.span));
            }
            MemberKind::ForEach(each) => {
                self.is_a_part(&each.part);
                self.program.not_built.push(("`for … in`".to_string(), member.span));
            }
            MemberKind::Derivative(_) | MemberKind::When(_) | MemberKind::Return(_) => {
                self.push(errors::misplaced(member, "a twin"));
            }
        }
    }

    /// Rules by their place in the twin, reserved before any is checked.
    pub fn reserve_rule(&mut self) -> RuleId {
        self.twin.rules.push(None);
        RuleId((self.twin.rules.len() - 1) as u32)
    }
}

fn same_key(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::String(_), Type::String(_)) | (Type::Error, _) | (_, Type::Error)) || a == b
}
