//! Types, units and clocks in the reader's words.

use crate::checker::Checker;
use crate::hir::{CalendarUnit, Clock, Expr, ExprKind, SignalKind, Tick};
use crate::units::{kind_in_words, with_article};
use twin_diagnostics::Span;
use twin_types::{Type, Unit, format_count, format_duration};

impl Checker<'_> {
    /// `pressure`, `text`, `array of 4 × pressure`.
    pub fn type_words(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "condition (bool)".to_string(),
            Type::Int => "whole number".to_string(),
            Type::String(_) => "text".to_string(),
            Type::Timestamp => "timestamp".to_string(),
            Type::Duration => match &self.twin.counts {
                Some(unit) => format!("number of `{}` (which this twin's clock counts)", unit.symbol),
                None => "duration".to_string(),
            },
            Type::Quantity(q) => kind_in_words(*q, self.units.user_bases()),
            Type::Enum(id) => match self.program.enums.get(id.0 as usize) {
                Some(e) => format!("value of `{}`", e.name),
                None => "enum value".to_string(),
            },
            Type::Array(item, n) => format!("array of {n} × {}", self.type_words(item)),
            Type::Record(record) if record.name.is_empty() => "record".to_string(),
            Type::Record(record) => format!("record `{}`", record.name),
            Type::Absent => "absent value".to_string(),
            Type::Error => "value".to_string(),
        }
    }

    /// `a pressure`.
    pub fn a_type(&self, ty: &Type) -> String {
        with_article(&self.type_words(ty))
    }

    /// A type as a program writes it, with its unit: `temperature in degC`.
    pub fn type_text(&self, ty: &Type, unit: Option<&Unit>) -> String {
        let name = match ty {
            Type::Bool => "bool".to_string(),
            Type::Int => "int".to_string(),
            Type::String(_) => "string".to_string(),
            Type::Quantity(q) => {
                let kind = twin_types::kinds().find(|(_, k, _)| k == q);
                match kind {
                    _ if *q == twin_types::Quantity::REAL => "real".to_string(),
                    Some((name, ..)) => name.to_string(),
                    None => format!("real in {}", q.dimension.show(self.units.user_bases())),
                }
            }
            Type::Enum(id) => self.program.enums.get(id.0 as usize).map_or("enum".into(), |e| e.name.clone()),
            Type::Array(item, n) => {
                let text = self.type_text(item, unit);
                return match text.split_once(" in ") {
                    Some((name, unit)) => format!("{name}[{n}] in {unit}"),
                    None => format!("{text}[{n}]"),
                };
            }
            Type::Record(record) => {
                let fields =
                    record.fields.iter().map(|f| format!("{}: {}", f.name, self.type_text(&f.ty, None)));
                match record.name.is_empty() {
                    true => format!("{{ {} }}", fields.collect::<Vec<_>>().join(", ")),
                    false => record.name.clone(),
                }
            }
            other => self.type_words(other),
        };
        match unit {
            Some(unit) if ty.quantity().is_some() && !name.contains(" in ") => {
                format!("{name} in {}", unit.symbol)
            }
            _ => name,
        }
    }

    /// Where a value comes from, for a second label: the declaration's place, and what it says.
    pub fn origin(&self, expr: &Expr) -> Option<(Span, String)> {
        match &expr.kind {
            ExprKind::Field(input, offset) => {
                let source = self.twin.inputs.get(input.index())?.source;
                let field = self.field_at(source, *offset)?;
                let ty = self.type_text(&field.ty, field.unit.as_ref());
                Some((field.span, format!("`{}` is declared here: {ty}", field.name)))
            }
            ExprKind::Signal(id) => {
                let signal = self.signal(*id)?;
                let word = match signal.kind {
                    SignalKind::Operator => return None,
                    SignalKind::Param => "a param",
                    SignalKind::Let => "a let",
                    SignalKind::State | SignalKind::Integrated => "a state",
                    SignalKind::Machine => "a machine",
                };
                let ty = self.type_text(&signal.ty, signal.unit.as_ref());
                Some((signal.span, format!("`{}` is {word}: {ty}", signal.name)))
            }
            ExprKind::Convert(_, of) | ExprKind::Index(of, _) | ExprKind::Part(of, _) => self.origin(of),
            _ => None,
        }
    }

    /// What makes something change, for hover.
    pub fn clock_words(&self, clock: &Clock) -> String {
        match clock {
            Clock::Held => "has a value at every step".to_string(),
            Clock::Events(input) => match self.twin.inputs.get(input.index()) {
                Some(input) => format!("changes with every event of `{}`", input.name),
                None => "changes with every event".to_string(),
            },
            Clock::Ticks(ticks) => {
                let ticks: Vec<String> = ticks
                    .iter()
                    .filter_map(|id| self.twin.ticks.get(id.index()))
                    .map(|tick| tick_words(tick, self.twin.counts.as_ref()))
                    .collect();
                format!("changes {}", ticks.join(" and "))
            }
        }
    }
}

/// `every 10 s`.
pub(crate) fn tick_words(tick: &Tick, counts: Option<&Unit>) -> String {
    match tick {
        Tick::Every { period_ns, .. } => format!("every {}", span_words(*period_ns, counts)),
        Tick::Calendar { count, unit, zone } => {
            let unit = match unit {
                CalendarUnit::Hour => "h",
                CalendarUnit::Day => "d",
                CalendarUnit::Week => "week",
                CalendarUnit::Month => "month",
                CalendarUnit::Year => "year",
            };
            format!("every {count} {unit} in {zone}")
        }
        Tick::SessionEnd(signal) => format!("at the end of session s{}", signal.0),
    }
}

/// A length on a twin's clock, which may count something else than time.
pub(crate) fn span_words(nanos: i64, counts: Option<&Unit>) -> String {
    match counts {
        None => format_duration(nanos),
        Some(unit) => format_count(nanos, unit),
    }
}
