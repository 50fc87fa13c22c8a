//! Windows: an aggregate with its extent becomes an operator of its own.

use super::aggregates::{keeps_samples, parameters};
use crate::checker::Checker;
use crate::constant::Value;
use crate::errors::{names, time as errors, types as type_errors};
use crate::hir::{
    CalendarUnit, Clock, Expr, ExprKind, Extent, Member, Operator, Signal, SignalId, SignalKind, Tick, Window,
};
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, WindowKind};
use twin_types::{Aggregate, RecordField, RecordType, Type};

/// What a window reads besides its values.
#[derive(Default)]
struct Feed {
    args: Vec<Expr>,
    params: Vec<f64>,
    bins: u32,
    max: Option<u32>,
    filter: Option<Expr>,
    by: Option<(Expr, i64, i64, Grouped)>,
    /// A bare `count()`: its samples are the events.
    clock: Option<Clock>,
}

/// What one value per group makes.
enum Grouped {
    Array(u32),
    Record(Vec<String>),
}

impl Checker<'_> {
    pub(super) fn windowed(
        &mut self,
        aggregate: Aggregate,
        _builtin: u32,
        call: &ast::Call,
        span: Span,
    ) -> Expr {
        let name = self.words(call.callee.span);
        let Some(window) = &call.window else {
            let text = self.world.text(span);
            return self.fail(errors::no_window(&name, Some(&text), span), span);
        };
        let is_allowed = self.state_is_allowed("a window", true, span);
        let Some(feed) = self.feed(aggregate, &name, call, span) else { return Expr::error(span) };
        let Some((extent, inner, is_ending)) = self.extent(aggregate, &name, window, feed.max) else {
            return Expr::error(span);
        };
        let Some(result) = self.aggregated(aggregate, &name, feed.args.clone(), feed.bins, span) else {
            return Expr::error(span);
        };
        let parts: Vec<Expr> = result
            .args
            .iter()
            .chain(&feed.filter)
            .chain(feed.by.iter().map(|(key, ..)| key))
            .chain(&inner)
            .cloned()
            .collect();
        if !is_allowed || parts.iter().any(Expr::is_error) {
            return Expr::error(span);
        }
        for part in &parts {
            if !self.is_free_of_locals(part, "a window", span) {
                return Expr::error(span);
            }
        }
        let merged = self.merged_clock(&parts);
        let clock = match (feed.clock, merged) {
            (Some(events), Clock::Held) => events,
            (_, merged) => merged,
        };
        let optional = match (&extent, aggregate) {
            (_, Aggregate::Count) => false,
            _ if feed.by.is_some() => true,
            (Extent::Trailing { .. } | Extent::Samples(_) | Extent::All, _) => {
                feed.filter.is_some() || result.args.iter().any(|a| a.optional)
            }
            _ => true,
        };
        let (ty, by) = match feed.by {
            None => (result.ty, None),
            Some((key, low, high, grouped)) => (grouped_type(result.ty, grouped), Some((key, low, high))),
        };
        let value_clock = self.value_clock(&extent, &clock);
        let built = Window {
            aggregate,
            args: result.args,
            params: feed.params,
            filter: feed.filter,
            clock,
            extent,
            by,
        };
        let operator = Operator::Window(Box::new(built));
        let expr = self.operator(operator, ty, (optional, value_clock, result.unit), span);
        if let ExprKind::Signal(id) = expr.kind {
            self.twin.windows.insert(id);
            if is_ending {
                self.twin.ending_windows.insert(id);
            }
        }
        match &window.kind {
            WindowKind::Session { every: Some(every), .. } => self.at_ticks(expr, every),
            _ => expr,
        }
    }

    /// `over session(gap: 5 min) every 1 min`: what the window shows, taken at ticks and kept until the next. Other
    /// windows with `every` reach back from their tick; a session has its own beginning and end.
    fn at_ticks(&mut self, window: Expr, every: &ast::Expr) -> Expr {
        let span = window.span;
        let Some(period_ns) = self.constant_duration(every, "a window's period") else {
            return Expr::error(span);
        };
        let clock = Clock::Ticks(vec![self.tick(period_ns, period_ns)]);
        let id = self.add_signal(Signal {
            name: self.words(span),
            kind: SignalKind::Operator,
            ty: window.ty.clone(),
            optional: true,
            unit: window.unit.clone(),
            clock: clock.clone(),
            span,
            doc: String::new(),
        });
        self.twin.values.insert(id, window.clone());
        let (ty, unit) = (window.ty.clone(), window.unit.clone());
        self.add_member(Member::Let(id, window));
        Expr::new(ExprKind::Signal(id), ty, span).with(clock, true).shown_in(unit)
    }

    /// When the value of a window changes.
    fn value_clock(&self, extent: &Extent, feed: &Clock) -> Clock {
        match extent {
            Extent::Hopping { tick, .. } | Extent::Calendar { tick } | Extent::Session { tick, .. } => {
                Clock::Ticks(vec![*tick])
            }
            _ => feed.clone(),
        }
    }

    fn feed(&mut self, aggregate: Aggregate, name: &str, call: &ast::Call, span: Span) -> Option<Feed> {
        let params = parameters(aggregate);
        let slots = self.arguments(name, params, call, span)?;
        let mut feed = Feed::default();
        let known = self.nonzero.len();
        if let Some(filter) = &call.filter {
            feed.filter = Some(self.condition(filter, "`where`"));
            self.learn_nonzero(filter);
        }
        let mut is_fine = true;
        for (slot, (param, _)) in slots.iter().zip(params) {
            let Some(written) = slot else { continue };
            let is_value = *param == "x" || *param == "y";
            if *param == "max" {
                feed.max = self.constant_count(written, "`max`");
            } else if is_value {
                match self.input_argument(written).filter(|_| aggregate == Aggregate::Count) {
                    Some(input) => feed.clock = Some(Clock::Events(input)),
                    None => feed.args.push(self.infer(written, None)),
                }
            } else {
                let item = feed.args.first().map_or(Type::REAL, |x| match &x.ty {
                    Type::Array(item, _) => (**item).clone(),
                    other => other.clone(),
                });
                match self.aggregate_constant(aggregate, param, written, &item) {
                    Some(value) => feed.params.push(value),
                    None => is_fine = false,
                }
                if *param == "bins" {
                    feed.bins = feed.params.last().map_or(0, |n| *n as u32);
                }
            }
        }
        self.nonzero.truncate(known);
        if feed.args.is_empty() && feed.clock.is_none() {
            let Some(input) = self.only_input() else {
                let inputs: Vec<&str> = self.twin.inputs.iter().map(|input| input.name.as_str()).collect();
                self.push(match (aggregate, inputs.as_slice()) {
                    (Aggregate::Count, [first, _, ..]) => names::count_of_which(first, inputs.len(), span),
                    _ => names::missing_arguments(name, &["x"], span),
                });
                return None;
            };
            feed.clock = Some(Clock::Events(input));
        }
        if let Some(grouping) = &call.grouping {
            feed.by = self.grouping(grouping);
            is_fine &= feed.by.is_some();
        }
        is_fine.then_some(feed)
    }

    fn only_input(&self) -> Option<crate::hir::InputId> {
        (self.twin.inputs.len() == 1).then_some(crate::hir::InputId(0))
    }

    fn grouping(&mut self, grouping: &ast::Grouping) -> Option<(Expr, i64, i64, Grouped)> {
        let key = self.infer(&grouping.key, None);
        match (&key.ty, &grouping.range) {
            (Type::Error, _) => None,
            (Type::Enum(id), None) => {
                let values = self.program.enums.get(id.0 as usize)?.values.clone();
                let high = values.len() as i64 - 1;
                Some((key, 0, high, Grouped::Record(values)))
            }
            (Type::Int, Some(range)) => {
                let (low, high) = (self.group_bound(&range.low)?, self.group_bound(&range.high)?);
                let length = high.checked_sub(low).and_then(|n| n.checked_add(1));
                match length.and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=65_536).contains(n)) {
                    Some(length) => Some((key, low, high, Grouped::Array(length))),
                    None => {
                        self.push(errors::group_range(range.span));
                        None
                    }
                }
            }
            (Type::Int, None) => {
                self.push(errors::group_without_range(&self.words(grouping.key.span), grouping.span));
                None
            }
            _ => {
                let finding = type_errors::wrong_type(self, &key, &Type::Int, "the key behind `by`");
                self.push(finding);
                None
            }
        }
    }

    fn group_bound(&mut self, written: &ast::Expr) -> Option<i64> {
        let expr = self.infer(written, Some(&Type::Int));
        let expr = self.coerce(expr, &Type::Int, "a bound of `by`");
        match self.constant(&expr) {
            Some(Value::Whole(n)) if !expr.is_error() => Some(n),
            _ if expr.is_error() => None,
            _ => {
                self.not_constant_here("a bound of `by`", written.span);
                None
            }
        }
    }

    /// The extent, the conditions that it reads, and whether the window has an end.
    fn extent(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        window: &ast::Window,
        max: Option<u32>,
    ) -> Option<(Extent, Vec<Expr>, bool)> {
        let what = "a window's length";
        let needs_max = keeps_samples(aggregate) && max.is_none();
        match &window.kind {
            WindowKind::Trailing { length, closed, every: None } => {
                let span_ns = self.constant_duration(length, what)?;
                Some((Extent::Trailing { span_ns, closed: *closed }, Vec::new(), false))
            }
            WindowKind::Trailing { length, every: Some(every), .. } => {
                let span_ns = self.constant_duration(length, what);
                let period_ns = self.constant_duration(every, "a window's period");
                let (span_ns, period_ns) = (span_ns?, period_ns?);
                if period_ns > span_ns {
                    self.push(errors::gaps(&self.words(length.span), &self.words(every.span), every.span));
                }
                let tick = self.tick(period_ns, span_ns);
                Some((Extent::Hopping { span_ns, period_ns, tick }, Vec::new(), true))
            }
            WindowKind::Tumbling { length, zone: None } => {
                let span_ns = self.constant_duration(length, what)?;
                let tick = self.tick(span_ns, span_ns);
                Some((Extent::Hopping { span_ns, period_ns: span_ns, tick }, Vec::new(), true))
            }
            WindowKind::Tumbling { length, zone: Some(zone) } => {
                let tick = self.calendar_tick(length, zone)?;
                Some((Extent::Calendar { tick }, Vec::new(), true))
            }
            WindowKind::Samples { count } => Some((
                Extent::Samples(self.constant_count(count, "the number of samples")?),
                Vec::new(),
                false,
            )),
            WindowKind::Session { args, .. } => self.session(name, args, max, needs_max, window.span),
            WindowKind::During { condition } => {
                let when = self.condition(condition, "`during`");
                self.need_max(name, needs_max, window.span)?;
                Some((Extent::During { when: when.clone(), max }, vec![when], true))
            }
            WindowKind::Between { open, close } => {
                let from = self.condition(open, "`from`");
                let until = self.condition(close, "`until`");
                self.need_max(name, needs_max, window.span)?;
                let extent = Extent::FromUntil { from: from.clone(), until: until.clone(), max };
                Some((extent, vec![from, until], true))
            }
            WindowKind::All => {
                if keeps_samples(aggregate) {
                    let rate = self.input_rate();
                    self.push(errors::endless(name, rate, window.span));
                }
                Some((Extent::All, Vec::new(), false))
            }
        }
    }

    fn need_max(&mut self, name: &str, needs_max: bool, span: Span) -> Option<()> {
        if needs_max {
            self.push(errors::unbounded_samples(name, span));
            return None;
        }
        Some(())
    }

    fn session(
        &mut self,
        name: &str,
        args: &[ast::Arg],
        max: Option<u32>,
        needs_max: bool,
        span: Span,
    ) -> Option<(Extent, Vec<Expr>, bool)> {
        let mut gap_ns = None;
        let mut max = max;
        for (at, arg) in args.iter().enumerate() {
            match arg.name.as_ref().map_or(if at == 0 { "gap" } else { "" }, |n| n.text.as_str()) {
                "gap" => gap_ns = Some(self.constant_duration(&arg.value, "the gap of a session")?),
                "max" => max = self.constant_count(&arg.value, "`max`"),
                _ => self.push(names::extra_argument("session", arg, &["gap", "max"], None)),
            }
        }
        let Some(gap_ns) = gap_ns else {
            self.push(names::missing_arguments("session", &["gap"], span));
            return None;
        };
        self.need_max(name, needs_max && max.is_none(), span)?;
        // The tick names the window's own signal, which is the next one.
        let signal = SignalId(self.twin.signals.len() as u32);
        let tick = self.add_tick(Tick::SessionEnd(signal));
        Some((Extent::Session { gap_ns, tick, max }, Vec::new(), true))
    }

    /// `each 1 d in "Europe/Paris"`
    fn calendar_tick(&mut self, length: &ast::Expr, zone: &ast::Expr) -> Option<crate::hir::TickId> {
        let zone_name = match &zone.kind {
            Syntax::Text(text) => self.plain_text(text),
            _ => String::new(),
        };
        if jiff::tz::TimeZone::get(&zone_name).is_err() {
            self.push(errors::zone(&zone_name, zone.span));
            return None;
        }
        let number = match &length.kind {
            Syntax::Number(number) => number,
            _ => {
                self.push(errors::calendar_period(length.span));
                return None;
            }
        };
        let unit = number.unit.as_ref().and_then(|u| match u.factors.as_slice() {
            [factor] if factor.halves == 2 => Some(factor.name.text.as_str()),
            _ => None,
        });
        let unit = match unit {
            Some("h") => CalendarUnit::Hour,
            Some("d") => CalendarUnit::Day,
            Some("week") => CalendarUnit::Week,
            Some("month") => CalendarUnit::Month,
            Some("year") => CalendarUnit::Year,
            _ => {
                self.push(errors::calendar_period(length.span));
                return None;
            }
        };
        let Some(count) = number.raw.parse::<u32>().ok().filter(|n| *n > 0) else {
            self.push(errors::calendar_period(length.span));
            return None;
        };
        Some(self.add_tick(Tick::Calendar { count, unit, zone: zone_name }))
    }

    /// Events per second of the twin's inputs, as far as their sources say.
    fn input_rate(&self) -> Option<f64> {
        let rates = self.twin.inputs.iter().map(|i| self.program.sources.get(i.source.index())?.rate_hz);
        rates.sum()
    }
}

fn grouped_type(one: Type, grouped: Grouped) -> Type {
    match grouped {
        Grouped::Array(n) => Type::Array(Box::new(one), n),
        Grouped::Record(values) => {
            let fields = values
                .into_iter()
                .map(|name| RecordField { name, ty: one.clone(), optional: true })
                .collect();
            Type::Record(Arc::new(RecordType { name: String::new(), fields }))
        }
    }
}
