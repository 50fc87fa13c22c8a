//! The order in which a program is checked: files, units, enums, schemas, streams, twins, tests.

use crate::checker::{Checker, Place};
use crate::codes;
use crate::constant::Value;
use crate::errors::{names as errors, types as type_errors};
use crate::hir::{Facts, Program};
use crate::modules::Global;
use crate::scope::Frame;
use crate::twin::TwinBuilder;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use twin_diagnostics::{Report, Severity};
use twin_syntax::ast::{self, ItemKind, StreamKind};
use twin_types::{Enum, EnumId, Kind, Library, Quantity, Type, UnitTable};

/// What the caller wants besides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The program's name: the project's, or the file's without its ending.
    pub name: String,
}

/// A program that has been checked.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What it means. With an error in the report, parts of it are missing.
    pub program: Program,
    /// What is known of its names, for editors.
    pub facts: Facts,
    /// What was found, that of the other files' parsing included (the main file's is its parser's to give).
    pub report: Report,
    /// Names of all modules that were read.
    pub modules: Vec<String>,
}

/// Checks a program from its main file on.
pub fn check(main: &ast::Module, library: &Library, world: &dyn World, options: &Options) -> Checked {
    let mut checker = Checker {
        library,
        world,
        report: Report::default(),
        facts: Facts::default(),
        program: Program { name: options.name.clone(), ..Program::default() },
        units: UnitTable::default(),
        modules: Vec::new(),
        signatures: BTreeMap::new(),
        frames: Vec::new(),
        twin: TwinBuilder::default(),
        place: Place::Plain("a constant"),
        silent_allowed: false,
        calls: Vec::new(),
        depth: 0,
        nonzero: Vec::new(),
        hinted: BTreeSet::new(),
        record_of: None,
        units_said: BTreeSet::new(),
        finished: BTreeMap::new(),
        gathered_sinks: Vec::new(),
    };
    checker.load(main);
    checker.declare_all();
    checker.enter_used();
    checker.check_data();
    checker.check_twins();
    checker.check_patience();
    checker.check_uncalled();
    checker.pad_emits();
    checker.check_tests();
    checker.report_unused();
    checker.program.user_units = checker.units.user_bases().to_vec();
    checker.program.not_built.sort_by_key(|(_, span)| *span);
    checker.silence();
    let modules = checker.modules.iter().map(|m| m.path.clone()).collect();
    Checked { program: checker.program, facts: checker.facts, report: checker.report, modules }
}

impl Checker<'_> {
    /// Every name of every file, before anything is looked into.
    fn declare_all(&mut self) {
        for module in 0..self.modules.len() {
            let ast = self.modules[module].ast.clone();
            self.frames.push(Frame { module, is_barrier: true, ..Frame::default() });
            for (at, item) in ast.items.iter().enumerate() {
                self.declare_item(module, at, item);
            }
            self.frames.pop();
        }
    }

    fn declare_item(&mut self, module: usize, at: usize, item: &ast::Item) {
        let doc = item.docs.as_ref().map_or("", |d| d.text.as_str());
        match &item.kind {
            ItemKind::Use(_) | ItemKind::Test(_) => {}
            ItemKind::Unit(unit) => self.declare_unit(module, unit),
            ItemKind::Enum(declared) => self.declare_enum(module, declared),
            ItemKind::Schema(schema) => self.declare_schema(module, schema, item.span, doc),
            ItemKind::Stream(stream) => self.declare_stream(module, stream, doc),
            ItemKind::Function(function) => self.declare(module, &function.name, Global::Code(module, at)),
            ItemKind::Block(block) => self.declare(module, &block.name, Global::Code(module, at)),
            ItemKind::Model(model) => {
                self.declare(module, &model.name, Global::Code(module, at));
                self.program.not_built.push((format!("model `{}`", model.name.text), item.span));
            }
            ItemKind::Scenario(scenario) => {
                self.declare(module, &scenario.name, Global::Code(module, at));
                self.program.not_built.push((format!("scenario `{}`", scenario.name.text), item.span));
            }
            ItemKind::Twin(twin) => self.declare_twin(module, twin, twin.name.span, doc),
            ItemKind::Broken(broken) => {
                if let Some(name) = &broken.introduces {
                    self.declare(module, name, Global::Unknown);
                }
            }
        }
    }

    fn declare_unit(&mut self, module: usize, unit: &ast::UnitDecl) {
        let name = &unit.name;
        if !name.text.chars().all(char::is_alphabetic) {
            self.push(errors::unit_name(name));
            self.declare(module, name, Global::Unknown);
            return;
        }
        let done = match &unit.value {
            None => self.units.declare_base(&name.text),
            Some(value) => {
                let value = self.infer(value, None);
                let value = self.as_quantity(value);
                match (self.constant(&value), &value.ty) {
                    (Some(Value::Real(number)), Type::Quantity(q))
                        if number > 0.0 && q.kind != Kind::Reading =>
                    {
                        let si = twin_types::Unit {
                            quantity: Quantity::plain(q.dimension),
                            ..twin_types::Unit::one()
                        };
                        self.units.declare(&name.text, number, &si)
                    }
                    (_, ty) => {
                        if !value.is_error() {
                            let is_reading = ty.quantity().is_some_and(|q| q.kind == Kind::Reading);
                            self.push(match is_reading {
                                true => type_errors::unit_of_a_reading(&self.words(value.span), value.span),
                                false => type_errors::unit_value(value.span),
                            });
                        }
                        self.declare(module, name, Global::Unknown);
                        return;
                    }
                }
            }
        };
        if done.is_none() {
            let is_known = self.units.get(&name.text).is_some();
            self.push(type_errors::unit_declared(name, is_known));
            return;
        }
        self.declare(module, name, Global::Unit);
    }

    fn declare_enum(&mut self, module: usize, declared: &ast::EnumDecl) {
        let mut values: Vec<String> = Vec::new();
        let mut wire = Vec::new();
        for value in &declared.values {
            if values.contains(&value.name.text) {
                let first = declared.values.iter().find(|v| v.name.text == value.name.text).map(|v| v.span);
                let finding = errors::declared_twice(&value.name, first.unwrap_or(value.span), self.world);
                self.push(finding);
                continue;
            }
            values.push(value.name.text.clone());
            wire.push(match &value.wire {
                None => value.name.text.clone(),
                Some(ast::Wire::Name(text)) => self.plain_text(text),
                Some(ast::Wire::Number(number)) => number.raw.clone(),
                Some(ast::Wire::Names(_)) => {
                    self.push(type_errors::enum_wire(value.span));
                    value.name.text.clone()
                }
            });
        }
        let id = EnumId(self.program.enums.len() as u32);
        self.program.enums.push(Enum { name: declared.name.text.clone(), values, wire });
        self.declare(module, &declared.name, Global::Enum(id));
    }

    /// Schemas first, those that are nested before those that nest them; then streams.
    fn check_data(&mut self) {
        let mut schemas = Vec::new();
        let mut streams = Vec::new();
        for (module, loaded) in self.modules.iter().enumerate() {
            for item in &loaded.ast.items {
                let global = item.name().and_then(|n| loaded.names.get(&n.text)).filter(|n| !n.by_use);
                let global =
                    global.filter(|g| item.name().is_some_and(|n| n.span == g.span)).map(|g| g.global);
                match (&item.kind, global) {
                    (ItemKind::Schema(schema), Some(Global::Schema(id))) => {
                        schemas.push((module, id, schema.clone()))
                    }
                    (ItemKind::Stream(stream), Some(global)) => {
                        streams.push((module, global, stream.clone()))
                    }
                    _ => {}
                }
            }
        }
        self.check_schemas(schemas);
        // Sources before commands, which may name a source that answers.
        let order = |kind: StreamKind| matches!(kind, StreamKind::Sink | StreamKind::Command);
        streams.sort_by_key(|(_, _, stream)| order(stream.kind));
        for (module, global, stream) in streams {
            self.check_stream(module, global, &stream);
        }
    }

    fn check_schemas(&mut self, schemas: Vec<(usize, crate::hir::SchemaId, ast::SchemaDecl)>) {
        let mut open = schemas;
        while !open.is_empty() {
            let names: BTreeSet<String> = open.iter().map(|(_, _, s)| s.name.text.clone()).collect();
            let is_ready = |schema: &ast::SchemaDecl| {
                schema.fields.iter().all(|f| f.ty.as_ref().is_none_or(|ty| !names_any(ty, &names)))
            };
            let (ready, rest): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(_, _, schema)| is_ready(schema));
            if ready.is_empty() {
                for (_, _, schema) in &rest {
                    self.push(type_errors::schema_in_itself(&schema.name));
                }
                return;
            }
            for (module, id, schema) in ready {
                self.check_schema(module, id, &schema);
            }
            open = rest;
        }
    }

    fn check_twins(&mut self) {
        for module in 0..self.modules.len() {
            let ast = self.modules[module].ast.clone();
            for item in &ast.items {
                let ItemKind::Twin(twin) = &item.kind else { continue };
                let named = self.modules[module].names.get(&twin.name.text);
                let id = match named {
                    Some(n) if n.span == twin.name.span => n.global,
                    _ => continue,
                };
                if let Global::Twin(id) = id {
                    self.in_place(Place::Free, |c| c.check_twin(module, id, twin));
                }
            }
        }
    }

    /// Functions that nothing calls are looked at once, where their types are known without a call.
    fn check_uncalled(&mut self) {
        for module in 0..self.modules.len() {
            if self.modules[module].is_library {
                continue;
            }
            let ast = self.modules[module].ast.clone();
            for item in &ast.items {
                if let ItemKind::Function(function) = &item.kind {
                    let named = self.modules[module].names.get(&function.name.text);
                    if named.is_some_and(|n| !n.is_used.get()) {
                        self.check_function_alone(module, function);
                    }
                }
            }
        }
    }

    /// Warnings that are allowed on their line, with a reason, are not said.
    fn silence(&mut self) {
        let allows: Vec<ast::Allow> = self.modules.iter().flat_map(|m| m.ast.allows.clone()).collect();
        for allow in &allows {
            let is_known = codes::ALL.iter().any(|(code, _)| *code == allow.code.text);
            if !allow.code.text.starts_with('W') || !is_known {
                self.push(errors::allowed_error(&allow.code, is_known));
            }
        }
        let mut is_used = vec![false; allows.len()];
        self.report.retain(|finding| {
            let at = finding.primary.span;
            let covers = |allow: &ast::Allow| {
                allow.code.text == finding.code
                    && allow.covers.file == at.file
                    && (allow.covers.start..allow.covers.end).contains(&at.start)
            };
            let mut is_said = true;
            for (allow, is_used) in allows.iter().zip(&mut is_used) {
                if finding.severity != Severity::Error && covers(allow) {
                    (is_said, *is_used) = (false, true);
                }
            }
            is_said
        });
        // Where there are errors, not all warnings may have been looked for.
        if self.report.iter().all(|finding| finding.severity != Severity::Error) {
            for (allow, _) in allows.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
                self.push(errors::unused_allow(&allow.code, allow.span));
            }
        }
    }
}

fn names_any(ty: &ast::TypeExpr, names: &BTreeSet<String>) -> bool {
    match &ty.kind {
        ast::TypeKind::Named { name, .. } => names.contains(&name.text),
        ast::TypeKind::Delta(inner) | ast::TypeKind::Optional(inner) | ast::TypeKind::Array(inner, _) => {
            names_any(inner, names)
        }
        ast::TypeKind::Record(fields) => fields.iter().any(|(_, ty)| names_any(ty, names)),
        ast::TypeKind::Formula(_) => false,
    }
}
