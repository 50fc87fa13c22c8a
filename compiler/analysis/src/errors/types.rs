//! Types and units: what does not fit, why, and what would.

use super::listed;
use crate::checker::Checker;
use crate::codes;
use crate::hir::{Expr, ExprKind};
use crate::units::{default_unit, with_article};
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::{BinaryOp, Ident};
use twin_types::{Kind, Quantity, Type, Unit};

/// Adds where each side got its type from.
fn with_origins(finding: Diagnostic, checker: &Checker<'_>, sides: &[&Expr]) -> Diagnostic {
    sides.iter().filter_map(|side| checker.origin(side)).fold(finding, |f, (span, text)| f.also(span, text))
}

/// Says under each side what it is: `a temperature in degC`.
fn with_kinds(finding: Diagnostic, checker: &Checker<'_>, sides: &[&Expr]) -> Diagnostic {
    sides.iter().fold(finding, |finding, side| {
        let unit = side.unit.as_ref().map_or(String::new(), |unit| format!(" in {}", unit.symbol));
        finding.also(side.span, format!("{}{unit}", checker.a_type(&side.ty)))
    })
}

fn side(checker: &Checker<'_>, expr: &Expr) -> String {
    format!("`{}` is {}", checker.words(expr.span), checker.a_type(&expr.ty))
}

fn is_reading(ty: &Type) -> bool {
    ty.quantity().is_some_and(|q| q.kind == Kind::Reading)
}

fn quantity_with_unit(ty: &Type) -> Option<Quantity> {
    ty.quantity().filter(|q| !q.dimension.is_none() || q.kind != Kind::Plain)
}

fn is_bare_number(expr: &Expr) -> bool {
    matches!(expr.ty, Type::Int | Type::REAL)
}

/// The unit that the other side would suggest for a bare number.
fn unit_for(checker: &Checker<'_>, expr: &Expr) -> String {
    match (&expr.unit, expr.ty.quantity()) {
        (Some(unit), _) => unit.symbol.clone(),
        (None, Some(q)) => default_unit(q, checker.units.user_bases()),
        (None, None) => "s".to_string(),
    }
}

/// Whether the text of an expression is a number as it is written.
fn is_literal(checker: &Checker<'_>, expr: &Expr) -> bool {
    let text = checker.world.text(expr.span);
    expr.is_const() && text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit())
}

pub(crate) fn number_range(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::NUMBER_RANGE, span, format!("`{text}` is larger than a number can be"))
}

pub(crate) fn not_a_duration(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::WRONG_TYPE,
        span,
        format!("`{text}` is no duration, so it cannot stand in a sum like `1h30min`"),
    )
}

pub(crate) fn dimension_range(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::DIMENSION_RANGE,
        span,
        "the unit of this result has an exponent that leaves its range",
    )
}

pub(crate) fn text_with_holes(span: Span) -> Diagnostic {
    Diagnostic::error(codes::WRONG_TYPE, span, "values can be put into a rule's message only")
        .help("write braces twice, `{{` and `}}`, to have them in the text")
}

/// A value where another type is needed.
pub(crate) fn wrong_type(checker: &Checker<'_>, expr: &Expr, target: &Type, what: &str) -> Diagnostic {
    let (have, want) = (checker.a_type(&expr.ty), checker.a_type(target));
    let text = checker.words(expr.span);
    let code = match (&expr.ty, target) {
        (_, Type::Int) if expr.ty.quantity().is_some() => codes::REAL_TO_INT,
        (a, b) if is_reading(a) != is_reading(b) && same_dimension(a, b) => codes::DIFFERENCE_AND_READING,
        _ if is_bare_number(expr) && (quantity_with_unit(target).is_some() || *target == Type::Duration) => {
            codes::BARE_NUMBER
        }
        (Type::String(_), t) | (t, Type::String(_)) if is_number(t) => codes::TEXT_AND_NUMBER,
        _ => codes::WRONG_TYPE,
    };
    let message = format!("{what} must be {want}, and `{text}` is {have}");
    let finding = with_origins(Diagnostic::error(code, expr.span, message), checker, &[expr]);
    match code {
        codes::REAL_TO_INT => {
            let fix = format!("round({})", checker.world.text(expr.span));
            finding
                .help("a real becomes a whole number by `round`, `floor`, `ceil` or `trunc`")
                .fix("round it", expr.span, fix)
        }
        codes::BARE_NUMBER => bare_number_help(checker, finding, expr, target),
        codes::DIFFERENCE_AND_READING => reading_help(checker, finding, expr),
        _ => finding,
    }
}

fn bare_number_help(checker: &Checker<'_>, finding: Diagnostic, expr: &Expr, target: &Type) -> Diagnostic {
    let unit = match target.quantity() {
        Some(q) => default_unit(q, checker.units.user_bases()),
        None => "s".to_string(),
    };
    if !is_literal(checker, expr) {
        return finding.help("a number without a unit says nothing of how much it is");
    }
    let fix = format!("{} {unit}", checker.world.text(expr.span));
    finding.help(format!("say the unit: `{fix}`")).fix(format!("write `{fix}`"), expr.span, fix)
}

fn same_dimension(a: &Type, b: &Type) -> bool {
    matches!((a.quantity(), b.quantity()), (Some(a), Some(b)) if a.dimension == b.dimension)
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Quantity(_) | Type::Duration)
}

/// `10 degC as a difference is 10 K; as a reading it is 283.15 K`.
fn reading_help(checker: &Checker<'_>, finding: Diagnostic, expr: &Expr) -> Diagnostic {
    let Some((number, symbol, kelvins)) = literal_reading(checker, expr) else {
        return finding
            .help("a difference of temperatures is an amount in K; a reading is a point on a scale");
    };
    let fix = format!("{number} {}", difference_symbol(&symbol));
    finding
        .help(format!("{number} {symbol} as a difference is {fix}; as a reading it is {} K", shown(kelvins)))
        .fix(format!("write `{fix}`"), expr.span, fix)
}

/// Number, unit and stored kelvins of a reading that is written out.
fn literal_reading(checker: &Checker<'_>, expr: &Expr) -> Option<(String, String, f64)> {
    let unit = expr.unit.as_ref().filter(|u| u.quantity.kind == Kind::Reading)?;
    if !is_literal(checker, expr) {
        return None;
    }
    let kelvins = crate::constant::real(expr)?;
    Some((shown(unit.shortest(kelvins)), unit.symbol.clone(), kelvins))
}

fn difference_symbol(symbol: &str) -> &'static str {
    if symbol.ends_with('F') { "degR" } else { "K" }
}

/// A number without noise: at most nine digits behind the point.
fn shown(x: f64) -> String {
    let text = format!("{x:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

pub(crate) fn not_one_type(checker: &Checker<'_>, a: &Expr, b: &Expr, what: &str) -> Diagnostic {
    let message = format!(
        "{what}: two values of one kind are needed, and {} while {}",
        side(checker, a),
        side(checker, b)
    );
    let code = match (&a.ty, &b.ty) {
        (x, y) if is_reading(x) != is_reading(y) && same_dimension(x, y) => codes::DIFFERENCE_AND_READING,
        (x, _) if is_bare_number(b) && quantity_with_unit(x).is_some() => codes::BARE_NUMBER,
        _ => codes::WRONG_TYPE,
    };
    let finding = with_origins(Diagnostic::error(code, b.span, message), checker, &[a, b]);
    match code {
        codes::BARE_NUMBER if is_literal(checker, b) => {
            let fix = format!("{} {}", checker.world.text(b.span), unit_for(checker, a));
            finding.help(format!("say the unit: `{fix}`")).fix(format!("write `{fix}`"), b.span, fix)
        }
        codes::DIFFERENCE_AND_READING => reading_help(checker, finding, b),
        _ => finding,
    }
}

pub(crate) fn scaled_reading(text: &str, op: &str, span: Span) -> Diagnostic {
    let fix = format!("kelvin({text})");
    Diagnostic::error(codes::SCALED_READING, span, format!("`{text}` is a temperature reading, and `{op}` has no meaning for a point on a scale"))
        .help(format!("for its distance from absolute zero write `{fix}`; for an amount take a difference of two readings first"))
        .fix(format!("write `{fix}`"), span, fix)
}

pub(crate) fn not_arithmetic(checker: &Checker<'_>, expr: &Expr, op: &str) -> Diagnostic {
    let message = format!("{}, and `{op}` takes numbers", side(checker, expr));
    let finding =
        with_origins(Diagnostic::error(codes::NOT_ARITHMETIC, expr.span, message), checker, &[expr]);
    match expr.ty {
        Type::Bool => finding.help("to count a condition write `if c then 1 else 0`"),
        Type::Array(..) => {
            finding.help("take one element, `x[0]`, or an aggregate of all, such as `mean(x)`")
        }
        _ => finding,
    }
}

pub(crate) fn not_a_condition(checker: &Checker<'_>, expr: &Expr, what: &str) -> Diagnostic {
    let message = format!("{what} takes a condition, and {}", side(checker, expr));
    let finding =
        with_origins(Diagnostic::error(codes::NOT_A_CONDITION, expr.span, message), checker, &[expr]);
    match &expr.ty {
        Type::Quantity(_) | Type::Int | Type::Duration => finding.help("compare it with a limit"),
        Type::Enum(_) => finding.help("compare it with one of its values: `mode == running`"),
        _ => finding,
    }
}

/// Two values that cannot be compared: mistakes 2, 5 and 11, and the rest.
pub(crate) fn compared(checker: &Checker<'_>, op: BinaryOp, a: &Expr, b: &Expr, span: Span) -> Diagnostic {
    let origins = |finding| with_origins(finding, checker, &[a, b]);
    match (&a.ty, &b.ty) {
        (x, y) if same_dimension(x, y) && is_reading(x) != is_reading(y) => {
            let (difference, reading) = if is_reading(x) { (b, a) } else { (a, b) };
            let message = format!(
                "a temperature difference is compared with a reading: `{}` is a difference, `{}` is a reading",
                checker.words(difference.span),
                checker.words(reading.span)
            );
            let finding = Diagnostic::error(codes::DIFFERENCE_AND_READING, reading.span, message)
                .also(difference.span, "this is a temperature difference");
            reading_help(checker, finding, reading)
        }
        (x, y) if same_dimension(x, y) => origins(frequencies(checker, a, b, span)),
        (Type::String(_), y) if is_number(y) => text_and_number(checker, a, b, span),
        (x, Type::String(_)) if is_number(x) => text_and_number(checker, b, a, span),
        (x, _) if is_bare_number(b) && (quantity_with_unit(x).is_some() || *x == Type::Duration) => {
            bare_number(checker, a, b)
        }
        (_, y) if is_bare_number(a) && (quantity_with_unit(y).is_some() || *y == Type::Duration) => {
            bare_number(checker, b, a)
        }
        (x, y) if x == y => {
            let message = format!("`{}` has no meaning for {}s", op.symbol(), checker.type_words(x));
            Diagnostic::error(codes::COMPARED_UNLIKE, span, message)
        }
        _ => {
            let message = format!("{} is compared with {}", checker.a_type(&a.ty), checker.a_type(&b.ty));
            origins(with_kinds(Diagnostic::error(codes::COMPARED_UNLIKE, span, message), checker, &[a, b]))
        }
    }
}

fn frequencies(checker: &Checker<'_>, a: &Expr, b: &Expr, span: Span) -> Diagnostic {
    let message = format!(
        "{} and {}: the one counts cycles, the other measures an angle",
        side(checker, a),
        side(checker, b)
    );
    Diagnostic::error(codes::FREQUENCY_AND_ANGULAR, span, message)
        .help("one turn is 2π rad: 50 Hz is 3000 rpm; write both in the same kind of unit")
}

/// Mistake 5, with the texts that were seen.
fn text_and_number(checker: &Checker<'_>, text: &Expr, number: &Expr, span: Span) -> Diagnostic {
    let message =
        format!("a text is compared with a number: {} and {}", side(checker, text), side(checker, number));
    let mut finding =
        with_origins(Diagnostic::error(codes::TEXT_AND_NUMBER, span, message), checker, &[text, number]);
    if let Some((_, seen)) = recorded(checker, text)
        && !seen.texts.is_empty()
    {
        let texts: Vec<String> = seen.texts.iter().take(5).map(|t| format!("\"{t}\"")).collect();
        finding = finding.here(format!("in the recording it is {}", texts.join(", ")));
    }
    match is_literal(checker, number) {
        true => {
            let fix = format!("\"{}\"", checker.world.text(number.span));
            finding.help(format!("compare it with a text, `{fix}`, or declare the field as a number")).fix(
                format!("write `{fix}`"),
                number.span,
                fix,
            )
        }
        false => finding.help("declare the field as a number, if that is what the wire holds"),
    }
}

/// Mistake 11: `v > 0.25`, with the least and the greatest seen.
fn bare_number(checker: &Checker<'_>, quantity: &Expr, number: &Expr) -> Diagnostic {
    let words = checker.a_type(&quantity.ty);
    let text = checker.words(number.span);
    let message = format!("{words} is compared with the bare number {text}: of which unit?");
    let finding = Diagnostic::error(codes::BARE_NUMBER, number.span, message).here("this number has no unit");
    let mut finding = with_origins(finding, checker, &[quantity]);
    let unit = unit_for(checker, quantity);
    if let Some((name, seen)) = recorded(checker, quantity)
        && let (Some(min), Some(max)) = (seen.min, seen.max)
    {
        let text = format!("`{name}` is between {} and {} {unit} in the recording", shown(min), shown(max));
        finding = finding.also(quantity.span, text);
    }
    if !is_literal(checker, number) {
        return finding.help(format!("give it a unit, such as `{unit}`"));
    }
    let fix = format!("{} {unit}", checker.world.text(number.span));
    finding.help(format!("say the unit: `{fix}`")).fix(format!("write `{fix}`"), number.span, fix)
}

/// What the recording holds of the field that an expression is, by itself or by the name of a `let` or the key.
fn recorded(checker: &Checker<'_>, expr: &Expr) -> Option<(String, crate::world::FieldRecording)> {
    let (source, at) = match &expr.kind {
        ExprKind::Field(input, at) => (checker.twin.inputs.get(input.index())?.source, *at),
        ExprKind::Key => checker.key_on_the_wire()?,
        ExprKind::Signal(id) => return recorded(checker, checker.twin.values.get(id)?),
        _ => return None,
    };
    let name = checker.field_at(source, at)?.name.clone();
    let recording = checker.world.recording(&checker.program.sources.get(source.index())?.name)?;
    let field = recording.fields.get(&name)?.clone();
    Some((name, field))
}

pub(crate) fn whole_division(
    checker: &Checker<'_>,
    op: BinaryOp,
    a: &Expr,
    b: &Expr,
    op_span: Span,
) -> Diagnostic {
    let message =
        format!("`{}` is for whole numbers: {} and {}", op.symbol(), side(checker, a), side(checker, b));
    Diagnostic::error(codes::WHOLE_DIVISION, op_span, message)
        .help("make them whole with `floor`, `round`, `ceil` or `trunc`, or divide with `/`")
}

/// Operands of `+ - * /` that do not fit: mistake 1 and the rest.
pub(crate) fn arithmetic(
    checker: &Checker<'_>,
    op: BinaryOp,
    a: &Expr,
    b: &Expr,
    op_span: Span,
) -> Diagnostic {
    for expr in [a, b] {
        if expr.ty.quantity().is_none() {
            return not_arithmetic(checker, expr, op.symbol());
        }
    }
    let (verb, link) = if op == BinaryOp::Add { ("added", "to") } else { ("subtracted", "from") };
    let (first, second) = (b, a);
    let is_bare = is_bare_number(a) != is_bare_number(b);
    if same_dimension(&a.ty, &b.ty) {
        return with_origins(frequencies(checker, a, b, op_span), checker, &[a, b]);
    }
    let message = format!("{} is {verb} {link} {}", checker.a_type(&first.ty), checker.a_type(&second.ty));
    let code = if is_bare { codes::BARE_NUMBER } else { codes::ADDED_UNLIKE };
    let finding = Diagnostic::error(code, op_span, message);
    let finding = with_origins(with_kinds(finding, checker, &[a, b]), checker, &[a, b]);
    let (number, other) = if is_bare_number(a) { (a, b) } else { (b, a) };
    if is_bare && is_literal(checker, number) {
        let unit = match &other.unit {
            Some(unit) if unit.quantity.kind == Kind::Reading => difference_symbol(&unit.symbol).to_string(),
            _ if is_reading(&other.ty) => "K".to_string(),
            _ => unit_for(checker, other),
        };
        let fix = format!("{} {unit}", checker.world.text(number.span));
        return finding.help(format!("say the unit: `{fix}`")).fix(
            format!("write `{fix}`"),
            number.span,
            fix,
        );
    }
    finding.help("only quantities of one kind can be added; multiply or divide to bring them to one")
}

pub(crate) fn added_readings(checker: &Checker<'_>, a: &Expr, b: &Expr, op_span: Span) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::ADDED_READINGS,
        op_span,
        format!(
            "two temperature readings are added: `{}` and `{}`",
            checker.words(a.span),
            checker.words(b.span)
        ),
    );
    let finding = with_origins(finding, checker, &[a, b]);
    match literal_reading(checker, b).map(|l| (l, b)).or_else(|| literal_reading(checker, a).map(|l| (l, a)))
    {
        Some(((number, symbol, kelvins), expr)) => {
            let fix = format!("{number} {}", difference_symbol(&symbol));
            finding
                .help(format!(
                    "{number} {symbol} as a difference is {fix}; as a reading it is {} K",
                    shown(kelvins)
                ))
                .fix(format!("write `{fix}`"), expr.span, fix)
        }
        None => finding
            .help("a reading plus a difference is a reading; for the middle of two write `a + (b - a) / 2`"),
    }
}

pub(crate) fn reading_from_difference(
    checker: &Checker<'_>,
    a: &Expr,
    b: &Expr,
    op_span: Span,
) -> Diagnostic {
    let message = format!(
        "a temperature reading is subtracted from a difference: `{}` is a difference, `{}` a reading",
        checker.words(a.span),
        checker.words(b.span)
    );
    let finding = Diagnostic::error(codes::DIFFERENCE_AND_READING, op_span, message);
    reading_help(checker, with_origins(finding, checker, &[a, b]), b)
}

pub(crate) fn exponent(checker: &Checker<'_>, base: &Expr, exponent: &Expr) -> Diagnostic {
    let text = checker.words(exponent.span);
    let message = format!("{}, and the power `{text}` of it has no unit", side(checker, base));
    with_origins(Diagnostic::error(codes::EXPONENT, exponent.span, message), checker, &[base])
        .help("the exponent of a quantity is a constant: a whole number or a half, such as `^2` or `^0.5`")
}

pub(crate) fn not_an_array(checker: &Checker<'_>, expr: &Expr) -> Diagnostic {
    let message = format!("{} and has no elements", side(checker, expr));
    with_origins(Diagnostic::error(codes::INDEXED, expr.span, message), checker, &[expr])
}

pub(crate) fn index_range(index: i64, length: u32, span: Span) -> Diagnostic {
    let message = format!(
        "there is no element {index}: the array has {length}, from 0 to {}",
        length.saturating_sub(1)
    );
    Diagnostic::error(codes::INDEXED, span, message)
}

pub(crate) fn arms(checker: &Checker<'_>, known: &Type, value: &Expr) -> Diagnostic {
    let message = format!(
        "the lines of `match` give values of different kinds: {} and {}",
        checker.a_type(known),
        checker.a_type(&value.ty)
    );
    Diagnostic::error(codes::MATCHED, value.span, message)
}

pub(crate) fn matched_twice(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::MATCHED, span, format!("`{text}` has a line already"))
        .help("take this one out: the first is taken")
}

pub(crate) fn match_misses(missing: &[String], span: Span) -> Diagnostic {
    Diagnostic::error(codes::MATCHED, span, format!("`match` says nothing of {}", listed(missing)))
        .help("add a line for each, or `else -> …`")
}

pub(crate) fn array_items(checker: &Checker<'_>, known: &Type, value: &Expr) -> Diagnostic {
    let message = format!(
        "the elements of an array are of one kind: {} and {}",
        checker.a_type(known),
        checker.a_type(&value.ty)
    );
    Diagnostic::error(codes::INDEXED, value.span, message)
}

pub(crate) fn empty_array(span: Span) -> Diagnostic {
    Diagnostic::error(codes::INDEXED, span, "an array has at least one element")
}

pub(crate) fn generic_unsolved(checker: &Checker<'_>, name: &str, known: &Type, value: &Expr) -> Diagnostic {
    let message = format!(
        "the arguments of `{name}` do not fit together: one is {}, and {}",
        checker.a_type(known),
        side(checker, value)
    );
    with_origins(Diagnostic::error(codes::GENERIC_UNSOLVED, value.span, message), checker, &[value])
}

pub(crate) fn unit_of_another_kind(checker: &Checker<'_>, ty: &Type, unit: &Unit, span: Span) -> Diagnostic {
    let measures = crate::units::kind_in_words(unit.quantity, checker.units.user_bases());
    let message = format!(
        "{} is not measured in `{}`, which is for {}",
        checker.a_type(ty),
        unit.symbol,
        with_article(&measures)
    );
    let finding = Diagnostic::error(codes::UNIT_OF_ANOTHER_KIND, span, message);
    match (ty.quantity(), unit.quantity.kind) {
        (Some(q), Kind::Reading) if q.dimension == unit.quantity.dimension => {
            let fix = difference_symbol(&unit.symbol);
            finding.help(format!("a difference of temperatures is in `{fix}`")).fix(
                format!("write `{fix}`"),
                span,
                fix,
            )
        }
        (Some(q), _) => {
            finding.help(format!("a unit for it is `{}`", default_unit(q, checker.units.user_bases())))
        }
        (None, _) => finding.help(format!("a number in it is `real in {}`", unit.symbol)),
    }
}

pub(crate) fn size(span: Span) -> Diagnostic {
    Diagnostic::error(codes::INDEXED, span, "a length here is a whole number from 1 to 1048576")
}

pub(crate) fn reading_in_formula(span: Span) -> Diagnostic {
    Diagnostic::error(codes::SCALED_READING, span, "a temperature reading has no powers")
        .help("use `kelvin(t)` for its distance from absolute zero")
}

pub(crate) fn no_unit_in_formula(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::GENERIC_UNSOLVED,
        span,
        format!("`{name}` stands for something without a unit in this call"),
    )
}

pub(crate) fn severity(written: &Ident, near: &str) -> Diagnostic {
    Diagnostic::hint(codes::UNKNOWN_NAME, written.span, format!("`{}` is an unusual severity", written.text))
        .help(format!("did you mean `{near}`?"))
        .fix(format!("write `{near}`"), written.span, near)
}

pub(crate) fn shown_whole(checker: &Checker<'_>, value: &Expr) -> Diagnostic {
    let message = format!("{} and cannot be put into a text as a whole", side(checker, value));
    Diagnostic::error(codes::FORMAT, value.span, message).help("name one field or element of it")
}

pub(crate) fn format_unit(checker: &Checker<'_>, value: &Expr, unit: &Unit, span: Span) -> Diagnostic {
    let message = format!("{} and cannot be shown in `{}`", side(checker, value), unit.symbol);
    let finding = with_origins(Diagnostic::error(codes::FORMAT, span, message), checker, &[value]);
    match value.ty.quantity() {
        Some(q) if unit.quantity.kind == Kind::Reading && q.dimension == unit.quantity.dimension => {
            finding.help("a temperature difference is shown in `K`")
        }
        Some(q) => {
            finding.help(format!("a unit for it is `{}`", default_unit(q, checker.units.user_bases())))
        }
        None => finding,
    }
}

pub(crate) fn format_decimals(checker: &Checker<'_>, value: &Expr, span: Span) -> Diagnostic {
    let message = format!("{}: up to 17 decimals are for numbers", side(checker, value));
    Diagnostic::error(codes::FORMAT, span, message)
}

pub(crate) fn aggregated_reading(name: &str, text: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::error(
        codes::AGGREGATED_READING,
        span,
        format!("`{name}` of temperature readings has no meaning: `{text}` is a point on a scale"),
    );
    let fix = match name {
        "integral" | "integral_hold" => format!("{text} - 18 degC"),
        _ => format!("kelvin({text})"),
    };
    let help = match name {
        "integral" | "integral_hold" => {
            format!("integrate a difference, such as degree-days over a base: `{name}({fix})`")
        }
        "sum" => format!("take the `mean`, or sum a difference; `sum({fix})` counts from absolute zero"),
        _ => format!("take it of a difference, or from absolute zero: `{name}({fix})`"),
    };
    finding.help(help).fix(format!("write `{fix}`"), span, fix)
}

/// Mistake 8, with how often it was zero.
pub(crate) fn zero_divisor(
    up: &str,
    down: &str,
    zero: &str,
    figures: Option<(u64, u64)>,
    place: Span,
    span: Span,
) -> Diagnostic {
    let fix = format!("(if {down} != {zero} then {up} / {down} else absent)");
    let finding = Diagnostic::warning(
        codes::ZERO_DIVISOR,
        place,
        format!("`{down}` can be zero, and then the result is absent"),
    );
    let finding = match figures {
        Some((zeros, records)) => {
            finding.here(format!("in the recording it was zero {zeros} times in {records} records"))
        }
        None => finding.here("dividing by zero is counted as a fault"),
    };
    finding
        .help(format!("say what is meant then: `{fix}`; or give the field a `valid` range without zero"))
        .fix("guard the division", span, fix)
}

pub(crate) fn unit_value(span: Span) -> Diagnostic {
    Diagnostic::error(codes::WRONG_TYPE, span, "a unit is a constant amount of another, such as `201.168 m`")
}

pub(crate) fn unit_of_a_reading(written: &str, span: Span) -> Diagnostic {
    let message = format!("a unit is an amount, and `{written}` is a point on a temperature scale");
    Diagnostic::error(codes::WRONG_TYPE, span, message).help("say the amount in K, as in `unit notch = 3 K`")
}

pub(crate) fn unit_declared(name: &Ident, is_known: bool) -> Diagnostic {
    let message = match is_known {
        true => format!("`{}` is a unit already", name.text),
        false => format!("a program has at most {} base units of its own", twin_types::MAX_USER_BASES),
    };
    Diagnostic::error(codes::DECLARED_TWICE, name.span, message)
}

pub(crate) fn enum_wire(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::SCHEMA_FIELD,
        span,
        "one text or whole number stands for an enum's value on the wire",
    )
}

pub(crate) fn schema_in_itself(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::RECURSION, name.span, format!("the schema `{}` holds itself", name.text))
}
