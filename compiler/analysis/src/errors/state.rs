//! Keys, states, machines, blocks, and what belongs where.

use super::{Meant, listed, some_listed};
use crate::codes;
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::{self, Ident, MemberKind};

/// Mistake 3: fields that could be the key are listed, with their counts in the recording.
pub(crate) fn source_without_key(
    stream: &ast::StreamDecl,
    candidates: &[(String, Option<u64>)],
) -> Diagnostic {
    let kind = stream.kind.keyword();
    let message =
        format!("the {kind} `{}` has no key: which twin do its records belong to?", stream.name.text);
    let finding = Diagnostic::error(codes::NO_KEY, stream.name.span, message);
    let Some((first, _)) = candidates.first() else {
        return finding.help("name the field: `key: vin`");
    };
    let listed: Vec<String> = candidates
        .iter()
        .take(6)
        .map(|(name, count)| match count {
            Some(count) => format!("`{name}` ({count} different values)"),
            None => format!("`{name}`"),
        })
        .collect();
    let finding =
        finding.help(format!("fields that could be one: {}; write `key: {first}`", listed.join(", ")));
    match stream.settings.first() {
        Some(setting) => {
            let place = Span { end: setting.span.start, ..setting.span };
            finding.fix(format!("add `key: {first}`"), place, format!("key: {first}\n    "))
        }
        None => finding,
    }
}

pub(crate) fn twin_without_key(twin: &Ident, candidate: Option<&str>) -> Diagnostic {
    let message = format!("the twin `{}` has no key: what tells one from another?", twin.text);
    let finding = Diagnostic::error(codes::NO_KEY, twin.span, message);
    match candidate {
        Some(field) => finding.help(format!("its input's key is `{field}`: write `key {field}`")),
        None => finding.help("write `key NAME` as its first line"),
    }
}

pub(crate) fn second_key(key: &Ident, first: Span) -> Diagnostic {
    Diagnostic::error(codes::NO_KEY, key.span, "a twin has one key").also(first, "this is it")
}

pub(crate) fn no_input(twin: &Ident, sources: &[String]) -> Diagnostic {
    let message = format!("the twin `{}` has no input, so nothing ever happens in it", twin.text);
    let finding = Diagnostic::error(codes::NO_INPUT, twin.span, message);
    match sources.first() {
        Some(source) => finding.help(format!("add `input {source}`")),
        None => finding.help("declare a `source` and add it as `input`"),
    }
}

pub(crate) fn second_input(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::DECLARED_TWICE, name.span, format!("`{}` is an input already", name.text))
}

pub(crate) fn key_types(name: &str, one: &str, other: &str, span: Span) -> Diagnostic {
    let message = format!("the twin's key is a {one}, and that of `{name}` is a {other}");
    Diagnostic::error(codes::KEY_TYPES, span, message)
        .help(format!("name what it is matched by: `input {name} by FIELD`"))
}

pub(crate) fn table_outside_twin(span: Span) -> Diagnostic {
    Diagnostic::error(codes::MISPLACED, span, "a table is read by a twin's key, and here is no twin")
}

pub(crate) fn param_type(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::STATE_TYPE,
        name.span,
        format!("the param `{}` needs a type or a default", name.text),
    )
}

pub(crate) fn param_reads_events(text: &str, span: Span) -> Diagnostic {
    let message = format!("a param is a setting, and `{text}` changes with events");
    Diagnostic::error(codes::MISPLACED, span, message)
        .help("write it as a `let`; a param may read tables and other params")
}

pub(crate) fn misplaced(member: &ast::Member, place: &str) -> Diagnostic {
    let what = match &member.kind {
        MemberKind::Key(_) => "`key`",
        MemberKind::Input(_) => "`input`",
        MemberKind::Param(_) => "`param`",
        MemberKind::Rule(_) => "a rule",
        MemberKind::Emit(_) => "`emit`",
        MemberKind::Part(_) => "`part`",
        MemberKind::ForEach(_) => "`for … in`",
        MemberKind::Derivative(_) => "`der`",
        MemberKind::When(_) => "`when`",
        MemberKind::Return(_) => "`return`",
        _ => "this",
    };
    let home = match &member.kind {
        MemberKind::Derivative(_) | MemberKind::When(_) | MemberKind::Return(_) => "a block",
        _ => "a twin",
    };
    Diagnostic::error(codes::MISPLACED, member.span, format!("{what} belongs in {home}, not in {place}"))
}

pub(crate) fn emit_in_block(span: Span) -> Diagnostic {
    Diagnostic::error(codes::MISPLACED, span, "a block writes no records")
        .help("return the value and `emit` it in the twin")
}

pub(crate) fn derivative_of(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::DERIVATIVE, name.span, format!("`{}` is no state of this block", name.text))
        .help(format!("declare it: `state {} = …`", name.text))
}

pub(crate) fn derivative_type(name: &Ident, words: &str) -> Diagnostic {
    Diagnostic::error(
        codes::DERIVATIVE,
        name.span,
        format!("`{}` is {words} and has no rate of change", name.text),
    )
}

pub(crate) fn derivative_twice(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::DERIVATIVE, name.span, format!("`der({})` is given twice", name.text))
}

pub(crate) fn return_twice(span: Span) -> Diagnostic {
    Diagnostic::error(codes::DECLARED_TWICE, span, "a block returns once")
}

pub(crate) fn no_return(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::STATE_TYPE, name.span, format!("the block `{}` gives nothing", name.text))
        .help("add `return …`, or states and lets that its caller can read")
}

pub(crate) fn solver(name: &Ident) -> Diagnostic {
    const KNOWN: [&str; 6] = ["euler", "heun", "rk4", "dopri5", "backward_euler", "rosenbrock"];
    let near = crate::scope::nearest(&name.text, KNOWN);
    let finding = Diagnostic::error(codes::SOLVER, name.span, format!("there is no solver `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => finding.help(format!("there are {}", listed(&KNOWN))),
    }
}

pub(crate) fn only_absent(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::UNKNOWN_TYPE_OF_ABSENT,
        name.span,
        format!("of `{}` only absence is known", name.text),
    )
    .help(format!("give it a type: `let {}: temperature = absent`", name.text))
}

pub(crate) fn state_type(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::STATE_TYPE,
        name.span,
        format!("the type of the state `{}` is not known", name.text),
    )
    .help(format!("give it one: `state {}: timestamp? = absent`", name.text))
}

pub(crate) fn not_assignable(text: &str, what: &str, declared: Option<Span>, span: Span) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::NOT_ASSIGNABLE,
        span,
        format!("`{text}` is {what}, and only a state can be assigned"),
    );
    let finding = match declared {
        Some(declared) => finding.also(declared, "declared here"),
        None => finding,
    };
    finding.help("declare a `state` for what is carried from event to event")
}

pub(crate) fn unknown_state(name: &Ident, near: Option<&str>) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_NAME, name.span, format!("there is no state `{}`", name.text));
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => finding.help(format!(
            "declare it: `state {} = …`; a name for these statements only is `let {} = …`",
            name.text, name.text
        )),
    }
}

pub(crate) fn not_indexable(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::INDEXED, name.span, format!("`{}` is no array", name.text))
}

pub(crate) fn not_resettable(name: &Ident, why: &str, declared: Option<Span>) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::NOT_RESETTABLE,
        name.span,
        format!("`{}` {why}, so there is nothing to reset", name.text),
    );
    let finding = match declared {
        Some(declared) => finding.also(declared, "declared here"),
        None => finding,
    };
    finding.help("`reset` takes a state, a machine, a block, or a let with a window or block in it")
}

pub(crate) fn empty_machine(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::NO_INPUT, name.span, format!("the machine `{}` has no lines", name.text))
        .help("a line is `idle -> running when CONDITION`")
}

pub(crate) fn machine_start(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::NO_INPUT,
        span,
        "a machine starts in the left state of its first line, and this one is `any`",
    )
    .help("put a line that begins with a state first")
}

/// Mistake 10.
pub(crate) fn no_way_in(machine: &str, state: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        codes::NO_WAY_IN,
        span,
        format!("the state `{state}` of `{machine}` cannot be reached"),
    )
    .here("no line leads here from the start")
    .help(format!("add a line that ends in it: `… -> {state} when …`; or take its lines out"))
}

/// Mistake 10.
pub(crate) fn no_way_out(machine: &str, state: &str, start: &str, span: Span, end: Span) -> Diagnostic {
    let line = format!("{state} -> {start} when …");
    Diagnostic::warning(codes::NO_WAY_OUT, span, format!("the state `{state}` of `{machine}` cannot be left"))
        .here("no line leads away from here")
        .also(end, "its lines end here")
        .help(format!("add a line such as `{line}`; if it is meant to be final, allow it with a reason"))
}

pub(crate) fn capture_of(name: &Ident, inputs: &[String], near: Option<&str>) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::UNKNOWN_STREAM,
        name.span,
        format!("`{}` is no input of this twin", name.text),
    );
    match near {
        Some(_) => finding.did_you_mean(near, name.span),
        None => finding.help(format!("its inputs are {}", some_listed(inputs))),
    }
}

/// `limit.acked` of a command that nothing answers, `limit.expired` of one that never expires.
pub(crate) fn command_without(command: &Ident, state: &Ident, setting: &str, declared: Span) -> Diagnostic {
    let command = &command.text;
    let (why, cure) = match setting {
        "ack" => ("nothing says which input answers", "ack: ANSWERS by FIELD"),
        _ => ("nothing says how long it is worth carrying out", "expires: 30 s"),
    };
    Diagnostic::warning(
        codes::UNANSWERED_COMMAND,
        state.span,
        format!("`{command}.{}` is never true: {why}", state.text),
    )
    .also(declared, format!("`{command}` has no `{setting}`"))
    .help(format!("add `{cure}` to the command `{command}`"))
}

/// `limit.acked` in a twin that never sees the answers.
pub(crate) fn unheard_answer(
    command: &Ident,
    state: &Ident,
    (answers, twin): (&str, &str),
    declared: Span,
    first_input: Option<Span>,
) -> Diagnostic {
    let message = format!(
        "`{}.{}` never hears of answers: `{answers}` is no input of the twin `{twin}`",
        command.text, state.text
    );
    let finding = Diagnostic::error(codes::UNHEARD_ANSWER, state.span, message)
        .also(declared, format!("`{}` is answered by `{answers}`", command.text))
        .help(format!("add `input {answers}` to `{twin}`"));
    match first_input {
        Some(first) => {
            let place = Span { end: first.start, ..first };
            finding.fix(format!("add `input {answers}`"), place, format!("input {answers}\n    "))
        }
        None => finding,
    }
}
