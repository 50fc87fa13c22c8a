//! Sources, tables, sinks and commands: their settings.

use crate::checker::{Checker, Place};
use crate::constant::Value;
use crate::errors::{names as name_errors, schemas as errors, state as state_errors, time as time_errors};
use crate::hir::{
    Command, Duplicates, Expr, Format, KeyOf, SchemaId, Sink, SinkField, SinkId, Source, SourceId, Table,
    TableId, TimeOf, Wire,
};
use crate::modules::Global;
use crate::scope::{Frame, nearest};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, Setting, SettingValue, StreamKind};
use twin_types::{BaseUnit, Dimension, Quantity, Type};

const SOURCE: &[&str] =
    &["topic", "format", "key", "time", "lateness", "patience", "skew", "duplicates", "rate", "where"];
const TABLE: &[&str] = &["topic", "format", "key", "time"];
const SINK: &[&str] = &["topic", "format", "key"];
const COMMAND: &[&str] = &["topic", "format", "key", "expires", "ack"];

/// The sinks that every program has, and whose records the tool itself writes.
const FIXED_SINKS: [&str; 4] = ["alerts", "late", "rejects", "captures"];

/// A day: how far ahead of its record's timestamp an event may be, where nothing is said.
const SKEW_NS: i64 = 86_400_000_000_000;

impl Checker<'_> {
    /// Reserves a stream's place, so that twins may name it whatever the order of the text.
    pub fn declare_stream(&mut self, module: usize, stream: &ast::StreamDecl, doc: &str) {
        let name = stream.name.text.clone();
        let (span, schema, topic) = (stream.name.span, SchemaId(u32::MAX), name.clone());
        let doc = doc.to_string();
        let global = match stream.kind {
            StreamKind::Source => {
                self.program.sources.push(Source {
                    name,
                    schema,
                    topic,
                    format: Format::Json,
                    key: KeyOf::Record,
                    time: TimeOf::Record,
                    lateness_ns: 0,
                    patience_ns: None,
                    skew_ns: SKEW_NS,
                    duplicates: Duplicates::Keep,
                    rate_hz: None,
                    filter: None,
                    span,
                    doc,
                });
                Global::Source(SourceId(self.program.sources.len() as u32 - 1))
            }
            StreamKind::Table => {
                let format = Format::Json;
                let key = KeyOf::Record;
                self.program.tables.push(Table { name, schema, topic, format, key, time: None, span, doc });
                Global::Table(TableId(self.program.tables.len() as u32 - 1))
            }
            StreamKind::Sink | StreamKind::Command => {
                if FIXED_SINKS.contains(&name.as_str()) {
                    self.push(name_errors::fixed_sink(&stream.name));
                    self.declare(module, &stream.name, Global::Unknown);
                    return;
                }
                let command = (stream.kind == StreamKind::Command).then_some(Command {
                    expires_ns: None,
                    counts: None,
                    ack: None,
                });
                let fields = Vec::new();
                self.program.sinks.push(Sink { name, topic, format: Format::Json, fields, command, span });
                Global::Sink(SinkId(self.program.sinks.len() as u32 - 1))
            }
        };
        self.declare(module, &stream.name, global);
    }

    /// Reads a stream's schema and settings.
    pub fn check_stream(&mut self, module: usize, global: Global, stream: &ast::StreamDecl) {
        let frame = Frame { module, is_barrier: true, ..Frame::default() };
        self.in_frame(frame, |c| {
            c.in_place(Place::Plain("a source's setting"), |c| {
                let schema = c.stream_schema(stream);
                c.known_settings(stream);
                c.record_of = Some(stream.name.text.clone());
                match global {
                    Global::Source(id) => c.source(id, schema, stream),
                    Global::Table(id) => c.table(id, schema, stream),
                    Global::Sink(id) => c.sink(id, schema, stream),
                    _ => {}
                }
                c.record_of = None;
            });
        });
    }

    fn stream_schema(&mut self, stream: &ast::StreamDecl) -> Option<SchemaId> {
        let Some(name) = &stream.schema else {
            if matches!(stream.kind, StreamKind::Source | StreamKind::Table) && stream.broken.is_empty() {
                self.push(errors::stream_without_schema(stream.kind.keyword(), &stream.name));
            }
            return None;
        };
        match self.global(&name.text) {
            Some(Global::Schema(id)) => Some(id),
            Some(Global::Unknown) => None,
            _ => {
                let names: Vec<String> = self.program.schemas.iter().map(|s| s.name.clone()).collect();
                let near = nearest(&name.text, names.iter().map(String::as_str));
                self.push(name_errors::unknown_schema(name, near));
                None
            }
        }
    }

    fn known_settings(&mut self, stream: &ast::StreamDecl) {
        let known = match stream.kind {
            StreamKind::Source => SOURCE,
            StreamKind::Table => TABLE,
            StreamKind::Sink => SINK,
            StreamKind::Command => COMMAND,
        };
        let mut seen: Vec<&str> = Vec::new();
        for setting in &stream.settings {
            let name = setting.name.text.as_str();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                self.push(errors::unknown_setting(stream.kind.keyword(), &setting.name, known, near));
            } else if seen.contains(&name) {
                self.push(errors::setting_twice(&setting.name));
            }
            seen.push(name);
        }
    }

    fn source(&mut self, id: SourceId, schema: Option<SchemaId>, stream: &ast::StreamDecl) {
        let Some(schema) = schema else {
            // Nothing of it can be read; readers are not reported as well.
            self.forget(stream);
            return;
        };
        if let Some(source) = self.program.sources.get_mut(id.index()) {
            source.schema = schema;
        }
        self.warn_wire_units(schema);
        let topic = self.topic(stream);
        let format = self.format(stream);
        let key = self.key(id, stream, schema);
        let time = self.time(id, stream);
        let counts = match &time {
            Some(TimeOf::Count(_, unit)) => Some(unit.quantity.dimension),
            _ => None,
        };
        let outer = std::mem::replace(&mut self.twin.clock_dimension, counts);
        let lateness = self.span_setting(stream, "lateness");
        let patience = self.span_setting(stream, "patience");
        let skew = self.span_setting(stream, "skew");
        self.twin.clock_dimension = outer;
        if let (Some((patience, span)), lateness) = (patience, lateness.map_or(0, |l| l.0))
            && patience < lateness
        {
            self.push(time_errors::patience(span));
        }
        let duplicates = self.duplicates(stream);
        if let (Duplicates::Last, 0, Some(found)) =
            (duplicates, lateness.map_or(0, |l| l.0), setting(stream, "duplicates"))
        {
            let unit = match &time {
                Some(TimeOf::Count(_, unit)) => unit.symbol.as_str(),
                _ => "s",
            };
            self.push(errors::idle_duplicates(found.span, unit));
        }
        let rate_hz = self.rate(stream);
        let filter = setting(stream, "where").and_then(|s| match &s.value {
            SettingValue::Expr(written) => {
                let filter = self.source_expr(id, written, Some(&Type::Bool), "`where`");
                (!filter.is_error()).then_some(filter)
            }
            _ => None,
        });
        if let Some(source) = self.program.sources.get_mut(id.index()) {
            source.topic = topic;
            source.format = format;
            source.key = key;
            source.time = time.unwrap_or(TimeOf::Record);
            source.lateness_ns = lateness.map_or(0, |l| l.0);
            source.patience_ns = patience.map(|p| p.0);
            source.skew_ns = skew.map_or(SKEW_NS, |s| s.0);
            source.duplicates = duplicates;
            source.rate_hz = rate_hz;
            source.filter = filter;
        }
    }

    /// A quiet twin is not to be moved past events of any of its inputs that are still waited for.
    pub fn check_patience(&mut self) {
        let waiting = self.program.waiting_ns();
        for (at, longest) in waiting.iter().enumerate() {
            let source = &self.program.sources[at];
            let Some(patience) = source.patience_ns else { continue };
            // Below its own lateness it has been reported where it stands.
            if patience < *longest && patience >= source.lateness_ns {
                let other = self.program.sources.iter().find(|other| other.lateness_ns == *longest);
                let other = other.map_or("", |other| other.name.as_str()).to_string();
                self.push(time_errors::patience_of_twin(&source.name, &other, source.span));
            }
        }
    }

    fn forget(&mut self, stream: &ast::StreamDecl) {
        let module = self.module_here();
        if let Some(named) = self.modules.get_mut(module).and_then(|m| m.names.get_mut(&stream.name.text)) {
            named.global = Global::Unknown;
        }
    }

    /// An expression over the fields of a source's records.
    pub fn source_expr(&mut self, id: SourceId, written: &ast::Expr, ty: Option<&Type>, what: &str) -> Expr {
        let record = self.program.sources.get(id.index()).map(|s| s.schema);
        self.record_expr(record, written, ty, what)
    }

    pub(crate) fn record_expr(
        &mut self,
        record: Option<SchemaId>,
        written: &ast::Expr,
        ty: Option<&Type>,
        what: &str,
    ) -> Expr {
        let (module, record_of) = (self.module_here(), self.record_of.clone());
        let frame = Frame { module, is_barrier: true, record, record_of, ..Frame::default() };
        self.in_place(Place::Plain("a source's setting"), |c| {
            c.in_frame(frame, |c| {
                let value = c.infer(written, ty);
                match ty {
                    Some(Type::Bool) if value.ty != Type::Bool && !value.is_error() => {
                        let finding = crate::errors::types::not_a_condition(c, &value, what);
                        c.fail(finding, written.span)
                    }
                    Some(ty) => c.coerce(value, ty, what),
                    None => value,
                }
            })
        })
    }

    fn table(&mut self, id: TableId, schema: Option<SchemaId>, stream: &ast::StreamDecl) {
        let Some(schema) = schema else {
            self.forget(stream);
            return;
        };
        self.warn_wire_units(schema);
        let topic = self.topic(stream);
        let format = self.format(stream);
        let time = match setting(stream, "time").map(|s| &s.value) {
            Some(SettingValue::Expr(written)) => {
                let value = self.record_expr(Some(schema), written, Some(&Type::Timestamp), "`time`");
                (!value.is_error()).then_some(TimeOf::Expr(value))
            }
            _ => None,
        };
        let key = self.key_of(stream, schema);
        if let Some(table) = self.program.tables.get_mut(id.index()) {
            table.schema = schema;
            table.topic = topic;
            table.format = format;
            table.time = time;
            table.key = key;
        }
    }

    fn sink(&mut self, id: SinkId, schema: Option<SchemaId>, stream: &ast::StreamDecl) {
        let topic = self.topic(stream);
        let format = self.format(stream);
        let fields = match schema.and_then(|id| self.program.schemas.get(id.index())) {
            Some(schema) => schema
                .fields
                .iter()
                .map(|f| SinkField {
                    name: f.name.clone(),
                    wire: match &f.wire {
                        Wire::Column(_) => Wire::Name(f.name.clone()),
                        named => named.clone(),
                    },
                    ty: f.ty.clone(),
                    optional: f.optional,
                    unit: f.unit.clone(),
                    time: f.time.clone(),
                    nested: f.nested,
                    parts: Vec::new(),
                })
                .collect(),
            None => {
                if stream.schema.is_none() {
                    self.gathered_sinks.push(id);
                }
                Vec::new()
            }
        };
        if stream.schema.is_some() && schema.is_none() {
            self.forget(stream);
        }
        if stream.kind == StreamKind::Command {
            self.check_names_of_command(&fields, stream);
        }
        let command = (stream.kind == StreamKind::Command).then(|| self.command(stream));
        if let Some(sink) = self.program.sinks.get_mut(id.index()) {
            sink.topic = topic;
            sink.format = format;
            sink.fields = fields;
            sink.command = command;
        }
    }

    /// A command's record has two fields that its schema does not say.
    fn check_names_of_command(&mut self, fields: &[SinkField], stream: &ast::StreamDecl) {
        let place = stream.schema.as_ref().map_or(stream.name.span, |schema| schema.span);
        for field in fields {
            if let Wire::Name(wire) = &field.wire
                && matches!(wire.as_str(), "id" | "expires_at")
            {
                self.push(errors::command_field(&stream.name, &field.name, wire, place));
            }
        }
    }

    /// A source's schema, also where the source's own settings have not been read yet.
    pub(crate) fn source_schema_written(&self, id: SourceId) -> Option<SchemaId> {
        let source = self.program.sources.get(id.index())?;
        if source.schema != SchemaId(u32::MAX) {
            return Some(source.schema);
        }
        let declared = self.modules.iter().enumerate().find_map(|(at, module)| {
            module.ast.items.iter().find_map(|item| match &item.kind {
                ast::ItemKind::Stream(s) if s.name.span == source.span => Some((at, s.schema.clone()?)),
                _ => None,
            })
        });
        let (module, name) = declared?;
        match self.modules.get(module)?.names.get(&name.text)?.global {
            Global::Schema(id) => Some(id),
            _ => None,
        }
    }

    fn topic(&mut self, stream: &ast::StreamDecl) -> String {
        match setting(stream, "topic") {
            None => stream.name.text.clone(),
            Some(found) => match self.text_of(found) {
                Some(text) => text,
                None => {
                    self.push(errors::setting_value("topic", "a text such as \"car.telemetry\"", found.span));
                    stream.name.text.clone()
                }
            },
        }
    }

    fn text_of(&mut self, setting: &Setting) -> Option<String> {
        match &setting.value {
            SettingValue::Expr(ast::Expr { kind: Syntax::Text(text), .. }) => Some(self.plain_text(text)),
            _ => None,
        }
    }

    fn format(&mut self, stream: &ast::StreamDecl) -> Format {
        let Some(found) = setting(stream, "format") else { return Format::Json };
        let (name, options): (&ast::Ident, &[Setting]) = match &found.value {
            SettingValue::Format { name, options } => (name, options),
            SettingValue::Expr(ast::Expr { kind: Syntax::Name(name), .. }) => (name, &[]),
            _ => {
                self.push(errors::setting_value("format", "json, csv, avro or protobuf", found.span));
                return Format::Json;
            }
        };
        match name.text.as_str() {
            "json" => Format::Json,
            "avro" => Format::Avro,
            "protobuf" => {
                self.program.not_built.push(("format `protobuf`".to_string(), name.span));
                Format::Protobuf
            }
            "csv" => self.csv(options),
            _ => {
                let near = nearest(&name.text, ["json", "csv", "avro", "protobuf"]);
                self.push(errors::unknown_format(name, near));
                Format::Json
            }
        }
    }

    fn csv(&mut self, options: &[Setting]) -> Format {
        let (mut separator, mut header, mut absent) = (b',', true, Vec::new());
        for option in options {
            match option.name.text.as_str() {
                "separator" => match self.text_of(option).as_deref().map(str::as_bytes) {
                    Some([byte]) => separator = *byte,
                    _ => self.push(errors::setting_value(
                        "separator",
                        "one character such as \";\"",
                        option.span,
                    )),
                },
                "header" => match &option.value {
                    SettingValue::Expr(ast::Expr { kind: Syntax::Name(word), .. }) if word.text == "none" => {
                        header = false;
                    }
                    SettingValue::Expr(ast::Expr { kind: Syntax::Bool(value), .. }) => header = *value,
                    _ => self.push(errors::setting_value("header", "`none`, `true` or `false`", option.span)),
                },
                "absent" => absent = self.texts(option),
                _ => {
                    let known = ["separator", "header", "absent"];
                    let near = nearest(&option.name.text, known);
                    self.push(errors::unknown_setting("format csv", &option.name, &known, near));
                }
            }
        }
        Format::Csv { separator, header, absent }
    }

    fn texts(&mut self, option: &Setting) -> Vec<String> {
        let SettingValue::Expr(written) = &option.value else { return Vec::new() };
        match &written.kind {
            Syntax::Text(text) => vec![self.plain_text(text)],
            Syntax::Array(items) => {
                let mut all = Vec::new();
                for item in items {
                    match &item.kind {
                        Syntax::Text(text) => all.push(self.plain_text(text)),
                        _ => self.push(errors::setting_value("absent", "texts: `[\"\", \"NA\"]`", item.span)),
                    }
                }
                all
            }
            _ => {
                self.push(errors::setting_value("absent", "texts: `[\"\", \"NA\"]`", option.span));
                Vec::new()
            }
        }
    }

    fn key(&mut self, id: SourceId, stream: &ast::StreamDecl, schema: SchemaId) -> KeyOf {
        if setting(stream, "key").is_none() && stream.broken.is_empty() {
            let candidates = self.key_candidates(id, schema);
            self.push(state_errors::source_without_key(stream, &candidates));
            return KeyOf::Record;
        }
        self.key_of(stream, schema)
    }

    fn key_of(&mut self, stream: &ast::StreamDecl, schema: SchemaId) -> KeyOf {
        let Some(found) = setting(stream, "key") else {
            if stream.broken.is_empty() {
                self.push(state_errors::source_without_key(stream, &[]));
            }
            return KeyOf::Record;
        };
        let SettingValue::Expr(written) = &found.value else {
            self.push(errors::setting_value(
                "key",
                "a field, an expression, a constant or `file`",
                found.span,
            ));
            return KeyOf::Record;
        };
        let names_field = |name: &str| self.schema_field(schema, name).is_some();
        if let Syntax::Name(name) = &written.kind
            && !names_field(&name.text)
        {
            match name.text.as_str() {
                "file" => return KeyOf::File,
                "record" => return KeyOf::Record,
                _ => {}
            }
        }
        let value = self.record_expr(Some(schema), written, None, "`key`");
        match value.ty {
            Type::Error => KeyOf::Expr(value),
            Type::String(_) | Type::Int | Type::Enum(_) => KeyOf::Expr(value),
            _ => {
                let words = self.a_type(&value.ty);
                self.push(errors::setting_value(
                    "key",
                    &format!("a text or a whole number, not {words}"),
                    written.span,
                ));
                KeyOf::Expr(Expr::error(written.span))
            }
        }
    }

    /// Fields that could be a key, with what the recording says of each.
    fn key_candidates(&self, id: SourceId, schema: SchemaId) -> Vec<(String, Option<u64>)> {
        let recording = self.program.sources.get(id.index()).and_then(|s| self.world.recording(&s.name));
        let Some(schema) = self.program.schemas.get(schema.index()) else { return Vec::new() };
        let mut all: Vec<(String, Option<u64>)> = schema
            .fields
            .iter()
            .filter(|f| matches!(f.ty, Type::String(_) | Type::Int))
            .map(|f| {
                let distinct = recording.as_ref().and_then(|r| r.fields.get(&f.name)).map(|f| f.distinct);
                (f.name.clone(), distinct)
            })
            .collect();
        // Texts with an identifying name first; the text's order decides among equals.
        let looks_like_key =
            |name: &str| ["id", "vin", "key", "serial", "name", "unit"].iter().any(|k| name.contains(k));
        all.sort_by_key(|(name, _)| !looks_like_key(name));
        all
    }

    fn time(&mut self, id: SourceId, stream: &ast::StreamDecl) -> Option<TimeOf> {
        let found = setting(stream, "time")?;
        match &found.value {
            SettingValue::Expr(written) => {
                let value = self.source_expr(id, written, None, "`time`");
                match &value.ty {
                    Type::Error => None,
                    Type::Timestamp => Some(TimeOf::Expr(value)),
                    _ => {
                        let words = self.a_type(&value.ty);
                        self.push(errors::time_setting(&words, written.span));
                        None
                    }
                }
            }
            SettingValue::Clock { value, unit } => {
                let unit = self.unit(unit)?;
                let value = self.source_expr(id, value, None, "`time`");
                let fits = match &value.ty {
                    Type::Int => true,
                    Type::Quantity(q) => *q == Quantity::REAL || *q == unit.quantity,
                    _ => false,
                };
                if value.is_error() {
                    return None;
                }
                let is_time = unit.quantity.dimension == Dimension::base(BaseUnit::Second);
                if !fits || is_time || unit.offset != 0.0 {
                    self.push(errors::clock_setting(found.span));
                    return None;
                }
                Some(TimeOf::Count(value, unit))
            }
            _ => {
                self.push(errors::time_setting("something else", found.span));
                None
            }
        }
    }

    /// A duration setting, with its place; nothing may be 0 but only `lateness` and `skew` mean it.
    pub(crate) fn span_setting(&mut self, stream: &ast::StreamDecl, name: &str) -> Option<(i64, Span)> {
        let found = setting(stream, name)?;
        let SettingValue::Expr(written) = &found.value else {
            self.push(errors::setting_value(name, "a duration such as `5 s`", found.span));
            return None;
        };
        let value = self.duration(written, &format!("`{name}`"));
        match self.constant(&value) {
            _ if value.is_error() => None,
            Some(Value::Whole(nanos)) if nanos >= 0 => Some((nanos, found.span)),
            Some(Value::Whole(_)) => {
                self.push(time_errors::length_below_zero(&format!("`{name}`"), written.span));
                None
            }
            _ => {
                self.not_constant_here(&format!("`{name}`"), written.span);
                None
            }
        }
    }

    fn duplicates(&mut self, stream: &ast::StreamDecl) -> Duplicates {
        let Some(found) = setting(stream, "duplicates") else { return Duplicates::Keep };
        if let SettingValue::Expr(ast::Expr { kind: Syntax::Name(word), .. }) = &found.value {
            match word.text.as_str() {
                "keep" => return Duplicates::Keep,
                "first" => return Duplicates::First,
                "last" => return Duplicates::Last,
                _ => {}
            }
        }
        self.push(errors::setting_value("duplicates", "`keep`, `first` or `last`", found.span));
        Duplicates::Keep
    }

    fn rate(&mut self, stream: &ast::StreamDecl) -> Option<f64> {
        let found = setting(stream, "rate")?;
        let SettingValue::Expr(written) = &found.value else { return None };
        let value = self.infer(written, None);
        let value = self.as_quantity(value);
        let per_second = Dimension::base(BaseUnit::Second).power(-2);
        let is_rate = value.ty.quantity().is_some_and(|q| Some(q.dimension) == per_second);
        match self.constant(&value) {
            Some(Value::Real(hz)) if is_rate && hz > 0.0 => Some(hz),
            _ if value.is_error() => None,
            _ => {
                self.push(errors::setting_value("rate", "events per time: `1 Hz` or `60 1/min`", found.span));
                None
            }
        }
    }

    /// A temperature, pressure … that comes in without a word on its unit.
    fn warn_wire_units(&mut self, schema: SchemaId) {
        let Some(schema) = self.program.schemas.get(schema.index()) else { return };
        let mut silent = Vec::new();
        for field in &schema.fields {
            let q = match &field.ty {
                Type::Array(item, _) => item.quantity(),
                other => other.quantity(),
            };
            let needs_unit = q.is_some_and(|q| !q.dimension.is_none());
            if needs_unit && !self.units_said.contains(&field.span) {
                silent.push((field.name.clone(), field.unit.clone(), field.span));
            }
        }
        for (name, unit, span) in silent {
            let unit = unit.map_or("SI units".to_string(), |u| u.symbol);
            self.push(errors::no_wire_unit(&name, &unit, span));
        }
    }
}

pub(crate) fn setting<'s>(stream: &'s ast::StreamDecl, name: &str) -> Option<&'s Setting> {
    stream.settings.iter().find(|s| s.name.text == name)
}
