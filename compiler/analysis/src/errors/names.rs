//! Names: unknown, doubled, read too early, or standing for no value.

use super::{Meant, listed, some_listed};
use crate::checker::Checker;
use crate::codes;
use crate::hir::Expr;
use crate::world::World;
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::{self, Ident};

pub(crate) fn declared_twice(name: &Ident, first: Span, world: &dyn World) -> Diagnostic {
    let line = world.line(first, name.span.file);
    Diagnostic::error(codes::DECLARED_TWICE, name.span, format!("`{}` is declared twice", name.text))
        .here("declared here again")
        .also(first, format!("first declared here, {line}"))
        .help("give one of them another name")
}

/// A sink under a name that every program has already.
pub(crate) fn fixed_sink(name: &Ident) -> Diagnostic {
    let message = format!("every program has a sink `{}`, and it is not written by `emit`", name.text);
    Diagnostic::error(codes::DECLARED_TWICE, name.span, message)
        .here("`alerts`, `captures`, `late` and `rejects` are there without being declared")
        .help(format!("give yours another name, such as `own_{}`", name.text))
}

pub(crate) fn unknown_module(used: &ast::Use, near: Option<&str>, names: &[&str]) -> Diagnostic {
    let words: Vec<&str> = used.path.iter().map(|w| w.text.as_str()).collect();
    let span = used.path.first().zip(used.path.last()).map(|(a, b)| a.span.to(b.span)).unwrap_or_default();
    let message = format!("there is no module behind `{}`", words.join("."));
    let finding = Diagnostic::error(codes::UNKNOWN_MODULE, span, message);
    match near {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            finding.help("a project's own file is named by its path, e.g. `use fleet.rules`")
        }
        None => finding
            .help(format!("the library has {}; a project's own file is named by its path", listed(names))),
    }
}

pub(crate) fn not_in_module(name: &Ident, module: &str, near: Option<&str>) -> Diagnostic {
    let message = format!("`{module}` has nothing called `{}`", name.text);
    Diagnostic::error(codes::UNKNOWN_MODULE, name.span, message).did_you_mean(near, name.span)
}

pub(crate) fn unused_use(name: &str, span: Span) -> Diagnostic {
    Diagnostic::hint(codes::UNUSED_USE, span, format!("nothing uses `{name}`")).help("take the line out")
}

pub(crate) fn unused_allow(code: &Ident, span: Span) -> Diagnostic {
    Diagnostic::hint(codes::UNUSED_ALLOW, span, format!("there is no `{}` here to allow", code.text))
        .help("take it out, or put it before what it is meant for")
}

pub(crate) fn allowed_error(code: &Ident, is_known: bool) -> Diagnostic {
    let message = match is_known {
        true => format!("`{}` is an error, and only warnings can be allowed", code.text),
        false => format!("there is no warning `{}`", code.text),
    };
    Diagnostic::error(codes::ALLOWED_ERROR, code.span, message)
}

pub(crate) fn unknown_unit(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    let finding = Diagnostic::error(codes::UNKNOWN_UNIT, span, format!("`{name}` is no unit"));
    match near {
        Some(near) => finding.did_you_mean(Some(near), span),
        None => finding.help(format!(
            "declare it: `unit {name}` is a new base unit, `unit {name} = 2.5 kg` one that is made of others"
        )),
    }
}

pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, span, "this formula is nested too deeply")
        .help("give parts of it a name with `let`")
}

pub(crate) fn read_too_early(name: &Ident, declared: Span, line: &str) -> Diagnostic {
    let message = format!("`{}` is read above its line", name.text);
    Diagnostic::error(codes::READ_TOO_EARLY, name.span, message)
        .here("read here")
        .also(declared, format!("`{}` gets its value here, {line}", name.text))
        .help(format!(
            "members run from top to bottom: move `let {}` above, or read its value before with a `state`",
            name.text
        ))
}

pub(crate) fn rule_as_value(name: &Ident) -> Diagnostic {
    let fix = format!("{}.active", name.text);
    Diagnostic::error(
        codes::NOT_A_VALUE,
        name.span,
        format!("`{}` is a rule and has no value of its own", name.text),
    )
    .help(format!("whether its alert is raised is `{fix}`, how often it was is `{}.count`", name.text))
    .fix(format!("write `{fix}`"), name.span, fix)
}

pub(crate) fn input_as_value(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_VALUE,
        name.span,
        format!("`{}` is an input and has no value of its own", name.text),
    )
    .help(format!("name one of its fields: `{}.FIELD`", name.text))
}

pub(crate) fn ambiguous_field(name: &Ident, inputs: &[String]) -> Diagnostic {
    let message = format!("several inputs have a field `{}`: {}", name.text, listed(inputs));
    let mut finding = Diagnostic::error(codes::AMBIGUOUS_FIELD, name.span, message)
        .help("say which one, with the input's name and a dot before it");
    for input in inputs {
        let fix = format!("{input}.{}", name.text);
        finding = finding.fix(format!("write `{fix}`"), name.span, fix);
    }
    finding
}

pub(crate) fn unknown_field(name: &Ident, of: &str, names: &[&str], near: Option<&str>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_FIELD, name.span, format!("`{of}` has no field `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span).here(format!("it has {}", some_listed(names))),
        None => finding.help(format!("it has {}", some_listed(names))),
    }
}

pub(crate) fn unknown_value(name: &Ident, of: &str, values: &[String], near: Option<&str>) -> Diagnostic {
    let message = format!("`{}` is no value of `{of}`", name.text);
    let finding = Diagnostic::error(codes::UNKNOWN_VALUE, name.span, message)
        .here(format!("its values are {}", some_listed(values)));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => {
            finding.help("a bare name that is compared with an enum or a machine is always a value of it; a signal is read with a dot: `input.field`")
        }
    }
}

pub(crate) fn table_as_value(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_VALUE,
        name.span,
        format!("`{}` is a table and has no value of its own", name.text),
    )
    .help(format!(
        "name a field of its row: `{}.FIELD`; whether there is a row is `present({})`",
        name.text, name.text
    ))
}

pub(crate) fn row_as_value(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::NOT_A_VALUE, name.span, "a whole row of a table is no value")
        .help(format!("name a field of it: `{}[KEY].FIELD`", name.text))
}

pub(crate) fn stream_as_value(name: &Ident, kind: &str) -> Diagnostic {
    Diagnostic::error(codes::NOT_A_VALUE, name.span, format!("`{}` is a {kind} and has no value", name.text))
}

pub(crate) fn source_not_an_input(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_VALUE,
        name.span,
        format!("`{}` is a source, but no input of this twin", name.text),
    )
    .help(format!("add `input {}` to the twin", name.text))
}

pub(crate) fn code_as_value(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_VALUE,
        name.span,
        format!("`{}` is called with arguments in parentheses", name.text),
    )
}

pub(crate) fn not_callable(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::UNKNOWN_FUNCTION,
        name.span,
        format!("`{}` is no function and no block", name.text),
    )
}

pub(crate) fn unknown_name(
    name: &Ident,
    near: Option<&str>,
    schema: Option<(String, Vec<String>)>,
) -> Diagnostic {
    let message = format!("nothing here is called `{}`", name.text);
    let finding = |code| Diagnostic::error(code, name.span, message.clone()).did_you_mean(near, name.span);
    match (near, schema) {
        (None, Some((schema, fields))) => {
            finding(codes::UNKNOWN_FIELD).help(format!("`{schema}` has the fields {}", some_listed(&fields)))
        }
        (Some(near), Some((schema, fields))) if fields.iter().any(|f| f == near) => {
            finding(codes::UNKNOWN_FIELD).here(format!("`{schema}` has the fields {}", some_listed(&fields)))
        }
        _ => finding(codes::UNKNOWN_NAME),
    }
}

pub(crate) fn rule_part(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::UNKNOWN_FIELD, name.span, format!("a rule has no `{}`", name.text))
        .help("it has `active` (whether its alert is raised) and `count` (how often it was)")
}

pub(crate) fn command_part(owner: &Ident, name: &Ident, is_command: bool) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::UNKNOWN_FIELD,
        name.span,
        format!("`{}` has no `{}`", owner.text, name.text),
    );
    match is_command {
        true => finding.help("a command has `pending`, `acked` and `expired`"),
        false => finding.help("it is a sink: what goes into it cannot be read back"),
    }
}

pub(crate) fn no_fields(checker: &Checker<'_>, of: &Expr, name: &Ident) -> Diagnostic {
    let text = checker.words(of.span);
    let message = format!("`{text}` is {} and has no field `{}`", checker.a_type(&of.ty), name.text);
    let finding = Diagnostic::error(codes::UNKNOWN_FIELD, name.span, message);
    match checker.origin(of) {
        Some((span, text)) => finding.also(span, text),
        None => finding,
    }
}

pub(crate) fn no_method(text: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::error(codes::UNKNOWN_FUNCTION, span, format!("`{text}` cannot be called"));
    match text.split_once('.') {
        Some((of, part)) => finding.help(format!(
            "what a block gives is a record: read `{text}`, and say where `{of}` is made what `{part}` depends on, such as \
             `horizon: 14 d`"
        )),
        None => finding.help("functions and blocks are called by their plain names"),
    }
}

pub(crate) fn unknown_function(name: &Ident, near: Option<&str>, module: Option<&str>) -> Diagnostic {
    let message = format!("there is no function or block `{}` here", name.text);
    let finding = Diagnostic::error(codes::UNKNOWN_FUNCTION, name.span, message);
    match module {
        Some(module) => {
            let line = format!("use {module}.{}\n", name.text);
            let top = Span { start: 0, end: 0, ..name.span };
            finding.help(format!("the library has it: add `{}` at the top", line.trim_end())).fix(
                "add the `use`",
                top,
                line,
            )
        }
        None => finding.did_you_mean(near, name.span),
    }
}

pub(crate) fn extra_argument(name: &str, arg: &ast::Arg, params: &[&str], near: Option<&str>) -> Diagnostic {
    let message = match &arg.name {
        Some(word) => format!("`{name}` has no argument `{}`", word.text),
        None => format!("`{name}` takes no more than {}", counted(params.len(), "argument")),
    };
    let span = arg.name.as_ref().map_or(arg.span, |word| word.span);
    let finding = Diagnostic::error(codes::ARGUMENTS, span, message);
    match near {
        Some(_) => finding.did_you_mean(near, span),
        None if params.is_empty() => finding.help("it takes none"),
        None => finding.help(format!("it takes {}", listed(params))),
    }
}

pub(crate) fn argument_twice(name: &str, arg: &ast::Arg) -> Diagnostic {
    Diagnostic::error(codes::ARGUMENTS, arg.span, format!("this argument of `{name}` is given twice"))
}

pub(crate) fn missing_arguments(name: &str, missing: &[&str], span: Span) -> Diagnostic {
    let message = format!("`{name}` also needs {}", listed(missing));
    let example = missing.first().copied().unwrap_or("x");
    Diagnostic::error(codes::ARGUMENTS, span, message)
        .help(format!("add it, by place or by name: `{example}: …`"))
}

/// A bare `count()` in a twin with several inputs.
pub(crate) fn count_of_which(input: &str, inputs: usize, span: Span) -> Diagnostic {
    let message = format!("`count()` counts events, and this twin has {inputs} inputs: those of which one?");
    Diagnostic::error(codes::ARGUMENTS, span, message).help(format!(
        "name the input, as in `count({input})`, or a value, of which those that are present count"
    ))
}

pub(crate) fn recursion(name: &Ident, span: Span) -> Diagnostic {
    Diagnostic::error(codes::RECURSION, span, format!("`{}` calls itself", name.text))
        .here("this call would never end")
        .help("a twin's memory and time are known before it runs, so nothing may call itself; use a `state` that is carried from event to event")
}

pub(crate) fn too_many_calls(span: Span) -> Diagnostic {
    Diagnostic::error(codes::RECURSION, span, "the calls of this program unfold to more than 20 000 bodies")
        .help("name results with `let` instead of calling again")
}

pub(crate) fn unknown_type(name: &Ident, near: Option<&str>, is_unit: bool) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_TYPE, name.span, format!("there is no type `{}`", name.text));
    match (is_unit, near) {
        (true, _) => {
            let fix = format!("real in {}", name.text);
            finding.help(format!("`{}` is a unit; the type of a number in it is `{fix}`", name.text)).fix(
                format!("write `{fix}`"),
                name.span,
                fix,
            )
        }
        (false, near) => finding.did_you_mean(near, name.span),
    }
}

pub(crate) fn unknown_length(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::UNKNOWN_TYPE, name.span, format!("the length `{}` is not known here", name.text))
}

pub(crate) fn unknown_stream(name: &Ident, kind: &str, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::UNKNOWN_STREAM, name.span, format!("there is no {kind} `{}`", name.text))
        .did_you_mean(near, name.span)
}

pub(crate) fn unknown_sink(name: &Ident, near: Option<&str>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_STREAM, name.span, format!("there is no sink `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => {
            let line = format!("sink {} {{ topic: \"{}\" }}", name.text, name.text);
            let top = Span { start: 0, end: 0, ..name.span };
            finding.help(format!("declare it: `{line}`")).fix("declare the sink", top, format!("{line}\n"))
        }
    }
}

pub(crate) fn not_a_sink(name: &Ident) -> Diagnostic {
    let message = format!("`{}` is no sink and no command", name.text);
    Diagnostic::error(codes::UNKNOWN_STREAM, name.span, message)
}

pub(crate) fn unknown_schema(name: &Ident, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::UNKNOWN_TYPE, name.span, format!("there is no schema `{}`", name.text))
        .did_you_mean(near, name.span)
}

pub(crate) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `unit crate_of_bottles`: `3 crate_of_bottles` would end behind `crate`.
pub(crate) fn unit_name(name: &Ident) -> Diagnostic {
    let message = format!("`{}` cannot stand behind a number: a unit's name has letters only", name.text);
    let finding = Diagnostic::error(codes::UNIT_NAME, name.span, message);
    let fix: String = name.text.chars().filter(|letter| letter.is_alphabetic()).collect();
    match fix.is_empty() {
        true => finding.help("give it a name of letters"),
        false => finding.help(format!("name it `{fix}`")).fix(format!("write `{fix}`"), name.span, fix),
    }
}

pub(crate) fn unit_and_name(name: &Ident) -> Diagnostic {
    let message = format!("`{}` is the unit here, and also a name", name.text);
    Diagnostic::hint(codes::SHADOWED_UNIT, name.span, message)
        .help(format!("to multiply by it write `* {}`; else give the name more letters", name.text))
}
