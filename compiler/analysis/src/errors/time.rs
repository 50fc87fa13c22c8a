//! Time: clocks that mix, lengths, windows, `silent`, rules that flap.

use crate::checker::Place;
use crate::codes;
use crate::world::RuleFigures;
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::Ident;
use twin_types::{Unit, format_duration};

pub(crate) fn length_range(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::LENGTH_RANGE, span, format!("{what} must be more than nothing"))
}

pub(crate) fn length_below_zero(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::LENGTH_RANGE, span, format!("{what} must not be below zero"))
}

pub(crate) fn not_constant(what: &str, text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::NOT_CONSTANT, span, format!("{what} must be constant, and `{text}` is not"))
        .help("memory is known before anything runs, so lengths are literals, or arguments that are")
}

/// Mistake 9: two inputs, and how old may the other be?
pub(crate) fn mixed_inputs(one: (&str, Span), other: (&str, Span), text: &str) -> Diagnostic {
    let message = format!(
        "`{text}` comes with the events of `{}`, and this is worked out at those of `{}`: how old may it be?",
        other.0, one.0
    );
    let (hold, latest) = (format!("hold({text}, 10 s)"), format!("latest({text})"));
    Diagnostic::error(codes::MIXED_INPUTS, other.1, message)
        .here(format!("changes with `{}`", other.0))
        .also(one.1, format!("changes with `{}`", one.0))
        .help(format!(
            "`{hold}` takes its last value while it is no older than 10 s, `{latest}` whatever its age"
        ))
        .fix(format!("write `{hold}`"), other.1, hold.clone())
        .fix(format!("write `{latest}`"), other.1, latest.clone())
}

pub(crate) fn silent(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SILENT, span, "`silent` is asked in a rule only, as `silent(input) > 5 min`")
        .help("it is measured by the stream clock; for an age by the twin's own clock use `age(x)`")
}

pub(crate) fn silent_of_what(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SILENT, span, "`silent` is asked of an input of the twin, by its name")
}

pub(crate) fn silent_with_hold(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SILENT, span, "a rule with `silent` takes no `for` and is no sequence")
        .help("its limit says already how long: `when silent(input) > 5 min`")
}

pub(crate) fn no_aggregate(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::NO_WINDOW, span, format!("`{name}` takes no window, no `where` and no `by`"))
        .help("a window belongs to an aggregate such as `mean(x) over 1 min`")
}

pub(crate) fn no_window(name: &str, text: Option<&str>, span: Span) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::NO_WINDOW, span, format!("`{name}` of a single value needs a window"));
    match text {
        Some(text) => {
            let fix = format!("({text} over 1 min)");
            finding.help(format!("say over which time: `{text} over 1 min`")).fix("add a window", span, fix)
        }
        None => finding.help("say over which time: `over 1 min`, `each 1 h`, `over 100 samples`"),
    }
}

pub(crate) fn stateful_place(what: &str, place: Place, span: Span) -> Diagnostic {
    let (where_it_is, help) = match place {
        Place::Function => {
            ("in a `fn`", "a `fn` is pure: make it a `block`, or pass the value as an argument")
        }
        Place::Handler => ("in statements", "give it a name with a `let` of the twin and read that here"),
        Place::Message => ("in a message", "give it a name with a `let` of the twin and read that here"),
        Place::Plain(place) => (place, "give it a name with a `let` of the twin"),
        Place::Free => ("here", "give it a name with a `let`"),
    };
    let what = if what.contains(' ') { what.to_string() } else { format!("`{what}`") };
    Diagnostic::error(
        codes::STATEFUL_PLACE,
        span,
        format!("{what} has a memory and cannot stand {}", within(where_it_is)),
    )
    .help(help)
}

fn within(place: &str) -> String {
    if place.starts_with("in ") || place == "here" { place.to_string() } else { format!("in {place}") }
}

pub(crate) fn local_in_operator(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::STATEFUL_PLACE,
        span,
        format!("{what} reads a name that is local to these statements"),
    )
    .help("give it a name with a `let` of the twin and read that here")
}

pub(crate) fn final_of(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::FINAL, span, format!("`{text}` is no window with an end"))
        .help("`final` takes a window with `every`, `each`, `session`, `during` or `from … until`, or a `let` that is one")
}

pub(crate) fn group_range(span: Span) -> Diagnostic {
    Diagnostic::error(codes::LENGTH_RANGE, span, "`by … in LO..HI` has from 1 to 65536 values")
}

pub(crate) fn group_without_range(text: &str, span: Span) -> Diagnostic {
    let end = Span { start: span.end, ..span };
    Diagnostic::error(codes::LENGTH_RANGE, span, format!("`by {text}` needs the range of its values"))
        .help(format!("say it: `by {text} in 0..9`"))
        .fix("add a range", end, " in 0..9")
}

pub(crate) fn gaps(length: &str, every: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        codes::GAPS_BETWEEN_WINDOWS,
        span,
        format!("windows of {length} every {every} leave gaps"),
    )
    .here("events between the windows are not seen")
    .help("make the window at least as long as its period")
}

/// Mistake 6, with bytes a year.
pub(crate) fn endless(name: &str, rate: Option<f64>, span: Span) -> Diagnostic {
    const SECONDS_OF_YEAR: f64 = 365.0 * 86_400.0;
    let bytes = 8.0 * rate.unwrap_or(1.0) * SECONDS_OF_YEAR;
    let at = match rate {
        Some(rate) => format!("{rate} events per second"),
        None => "one event per second".to_string(),
    };
    Diagnostic::warning(
        codes::ENDLESS_WINDOW,
        span,
        format!("`{name}` keeps every sample of a window without an end"),
    )
    .here(format!("at {at} that is {} per twin and year", human_bytes(bytes)))
    .help("bound it: `over 30 d`, `over 1000 samples`, or `each 1 d`")
    .fix("bound it to 30 days", span, "over 30 d")
}

fn human_bytes(bytes: f64) -> String {
    if bytes >= 1e9 { format!("{:.1} GB", bytes / 1e9) } else { format!("{:.0} MB", bytes / 1e6) }
}

pub(crate) fn unbounded_samples(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::UNBOUNDED_SAMPLES,
        span,
        format!("`{name}` keeps its samples, and nothing bounds this window"),
    )
    .help(format!("say how many at most: `{name}(x, max: 1000 samples)`"))
}

pub(crate) fn zone(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::ZONE, span, format!("there is no time zone \"{name}\""))
        .help("zones go by their IANA names, e.g. \"Europe/Paris\" or \"UTC\"; a time on the wire may also have an offset, \"+01:00\"")
}

pub(crate) fn calendar_period(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::ZONE,
        span,
        "a local calendar has whole hours, days, weeks, months or years: `each 1 d in \"Europe/Paris\"`",
    )
}

pub(crate) fn rank(span: Span) -> Diagnostic {
    Diagnostic::error(codes::LENGTH_RANGE, span, "the rank of a quantile is from 0 to 1")
        .help("the 95th percentile is `quantile(x, 0.95)` or `quantile(x, 95%)`")
}

pub(crate) fn mixed_clocks(first: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::MIXED_CLOCKS,
        span,
        format!("this input's clock counts something else than that of `{first}`"),
    )
    .help("all inputs of a twin count time, or all count the same unit")
}

/// A command expires by the clock of the twin that sends it.
pub(crate) fn expiry_clock(
    command: &Ident,
    expiry: &str,
    clock: &str,
    unit: Option<&Unit>,
    declared: Span,
) -> Diagnostic {
    let message = format!(
        "`{}` expires by a clock that counts {expiry}, and this twin's clock counts {clock}",
        command.text
    );
    let example = unit.map_or("30 s".to_string(), |unit| format!("30 {}", unit.symbol));
    Diagnostic::error(codes::MIXED_CLOCKS, command.span, message)
        .also(declared, "its `expires` is given here")
        .help(format!("give `expires` in what the twin counts, e.g. `expires: {example}`"))
}

/// Mistake 7, with counts from the recording where there are.
pub(crate) fn flapping(
    name: &Ident,
    condition: Span,
    text: &str,
    figures: Option<RuleFigures>,
) -> Diagnostic {
    let end = Span { start: condition.end, ..condition };
    let finding = Diagnostic::warning(
        codes::FLAPPING_RULE,
        name.span,
        format!("`{}` will flap: it is raised and cleared each time `{text}` changes", name.text),
    );
    let finding = match figures {
        Some(f) => finding.here(format!(
            "in the recording this fires {} in {}; with `for 10 s`, {}",
            times(f.as_written),
            format_duration(f.span_ns),
            times(f.mended)
        )),
        None => finding.here("it has no `for` and no `until`"),
    };
    finding.help("let it hold before it is raised, `for 10 s`, or clear at another limit, `until …`").fix(
        "add `for 10 s`",
        end,
        " for 10 s",
    )
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_string(),
        1 => "once".to_string(),
        n => format!("{n} times"),
    }
}

/// The patience of one input is below the lateness of another one of the same twin.
pub(crate) fn patience_of_twin(source: &str, other: &str, span: Span) -> Diagnostic {
    let message = format!(
        "the patience of `{source}` is below the lateness of `{other}`, and twins have both as inputs"
    );
    Diagnostic::error(codes::PATIENCE, span, message)
        .here("the inputs of a twin wait as long as the one that waits longest")
        .help("a quiet twin would be moved past events that are still waited for; make the patience at least as long")
}

pub(crate) fn patience(span: Span) -> Diagnostic {
    Diagnostic::error(codes::PATIENCE, span, "the patience is below the lateness")
        .help("a quiet twin would be moved past events that are still waited for; make it at least as long")
}
