//! Schemas, sources, tables and sinks.

use super::{Meant, listed, some_listed};
use crate::checker::Checker;
use crate::codes;
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::Ident;
use twin_types::Type;

pub(crate) fn sink_misses(sink: &Ident, missing: &[String], declared: Span, span: Span) -> Diagnostic {
    let message = format!("this record for `{}` lacks {}", sink.text, listed(missing));
    Diagnostic::error(codes::SINK_FIELDS, span, message)
        .also(declared, "the sink is declared here")
        .help("give each a value, or make the field optional in the schema: `T?`")
}

/// A field of a command under a name that each command has already.
pub(crate) fn command_field(command: &Ident, field: &str, wire: &str, span: Span) -> Diagnostic {
    let message =
        format!("each record of `{}` has a field `{wire}` of its own, and so has its schema", command.text);
    Diagnostic::error(codes::SCHEMA_FIELD, span, message)
        .here("a command carries its `id` and `expires_at`, by which it is answered and given up")
        .help(format!("give the field another name on the wire, such as `{field}: … as \"unit_{wire}\"`"))
}

pub(crate) fn empty_schema(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_FIELD, name.span, format!("the schema `{}` has no fields", name.text))
}

pub(crate) fn field_without_type(name: &Ident) -> Diagnostic {
    let message = format!("the schema's file has no field `{}`", name.text);
    Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message)
        .help("a field that is written beside a file adds to one that is there; a new one needs a type")
}

/// `why` begins with what is wrong, and may say what was meant.
pub(crate) fn pattern(why: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_FIELD, span, format!("this is no pattern of a time: {why}"))
        .help("letters are those of the Unicode CLDR, as in `\"yyyy-MM-dd HH:mm:ss\"`; text that stands for itself is quoted")
}

pub(crate) fn pattern_of(checker: &Checker<'_>, ty: &Type, span: Span) -> Diagnostic {
    let message = format!("a pattern is for timestamps, and this is {}", checker.a_type(ty));
    Diagnostic::error(codes::SCHEMA_FIELD, span, message)
}

pub(crate) fn gathered_length(names: usize, length: u32, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::SCHEMA_FIELD,
        span,
        format!("{names} names are gathered into an array of {length}"),
    )
}

pub(crate) fn gathered_scalar(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::SCHEMA_FIELD,
        name.span,
        format!("`{}` is gathered from several names, so it is an array of numbers or texts", name.text),
    )
}

pub(crate) fn column(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_FIELD, span, "columns are counted from 1")
}

pub(crate) fn valid_order(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_FIELD, span, "the lower bound of `valid` is above the upper one")
}

pub(crate) fn valid_of(checker: &Checker<'_>, ty: &Type, span: Span) -> Diagnostic {
    let message = format!("`valid` is for numbers, and this is {}", checker.a_type(ty));
    Diagnostic::error(codes::SCHEMA_FIELD, span, message)
}

pub(crate) fn schema_file(path: &str, why: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::SCHEMA_FILE, span, format!("the schema file \"{path}\" cannot be used: {why}"))
}

pub(crate) fn avro_field(name: &str, span: Span) -> Diagnostic {
    Diagnostic::hint(codes::SCHEMA_FILE, span, format!("the field `{name}` of the schema's file is left out"))
        .help("lists, maps and unions of several types have no fixed size")
}

pub(crate) fn stream_without_schema(kind: &str, name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::SETTING, name.span, format!("the {kind} `{}` has no schema", name.text))
        .help(format!("name it: `{kind} {}: SCHEMA {{ … }}`", name.text))
}

pub(crate) fn unknown_setting(kind: &str, name: &Ident, known: &[&str], near: Option<&str>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::SETTING, name.span, format!("a {kind} has no setting `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => finding.help(format!("it has {}", some_listed(known))),
    }
}

pub(crate) fn setting_twice(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::SETTING, name.span, format!("`{}` is set twice", name.text))
}

pub(crate) fn setting_value(name: &str, wanted: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::SETTING_VALUE, span, format!("`{name}` is {wanted}"))
}

pub(crate) fn unknown_format(name: &Ident, near: Option<&str>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::SETTING_VALUE, name.span, format!("there is no format `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => finding.help("there are `json`, `csv`, `avro` and `protobuf`"),
    }
}

pub(crate) fn time_setting(words: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::SETTING_VALUE, span, format!("`time` is a timestamp, not {words}"))
        .help("declare the field so: `ts: timestamp in ms`; a clock that counts something else is `time: cycle in cycle`")
}

pub(crate) fn clock_setting(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::SETTING_VALUE,
        span,
        "a clock that is no time counts a number in a unit of the program's own",
    )
    .help("declare the unit: `unit cycle`, then `time: cycle in cycle`")
}

/// Without a lateness the first of two events of one time is applied before the second is read.
pub(crate) fn idle_duplicates(setting: Span, unit: &str) -> Diagnostic {
    let end = Span { start: setting.end, ..setting };
    let message = "`duplicates: last` drops nothing here: each event is applied as soon as it is read";
    Diagnostic::warning(codes::IDLE_DUPLICATES, setting, message)
        .here("no `lateness` makes an event wait for another of its time")
        .help(format!(
            "let events wait, `lateness: 1 {unit}`, or keep the first that was read, `duplicates: first`"
        ))
        .fix(format!("add `lateness: 1 {unit}`"), end, format!("  lateness: 1 {unit}"))
}

pub(crate) fn no_wire_unit(name: &str, unit: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(codes::NO_WIRE_UNIT, span, format!("the unit of `{name}` on the wire is not said"))
        .here(format!("numbers are taken as {unit}"))
        .help(format!("say it behind the type: `in {unit}`"))
}
