//! What makes things change, and that two inputs are not mixed unawares.

use crate::checker::Checker;
use crate::errors::time as errors;
use crate::hir::{Clock, Expr, ExprKind, InputId, Tick, TickId};
use twin_diagnostics::Span;

impl Checker<'_> {
    /// The clock of something made of these parts: events before ticks before every step. Two inputs together
    /// are reported at the part that brings the second one in.
    pub fn merged_clock<'e>(&mut self, parts: impl IntoIterator<Item = &'e Expr>) -> Clock {
        let mut events: Option<(InputId, &Expr)> = None;
        let mut ticks: Vec<TickId> = Vec::new();
        for part in parts {
            match &part.clock {
                Clock::Held => {}
                Clock::Ticks(more) => ticks.extend(more),
                Clock::Events(input) => match events {
                    None => events = Some((*input, part)),
                    Some((first, _)) if first == *input => {}
                    Some((first, by)) => self.report_mixed((first, by), (*input, part)),
                },
            }
        }
        match events {
            Some((input, _)) => Clock::Events(input),
            None if ticks.is_empty() => Clock::Held,
            None => {
                ticks.sort_unstable();
                ticks.dedup();
                Clock::Ticks(ticks)
            }
        }
    }

    /// That an expression, read in something triggered by `clock`, brings no other input in.
    pub fn expect_clock(&mut self, clock: &Clock, expr: &Expr, trigger: Span) {
        if let (Clock::Events(first), Clock::Events(second)) = (clock, &expr.clock)
            && first != second
        {
            let anchor = Expr::error(trigger);
            self.report_mixed((*first, &anchor), (*second, expr));
        }
    }

    fn report_mixed(&mut self, first: (InputId, &Expr), second: (InputId, &Expr)) {
        let name =
            |c: &Self, id: InputId| c.twin.inputs.get(id.index()).map_or("?".into(), |i| i.name.clone());
        let (one, other) = (name(self, first.0), name(self, second.0));
        let left = leaf(first.1, first.0).unwrap_or(first.1);
        let right = leaf(second.1, second.0).unwrap_or(second.1);
        let text = self.world.text(right.span);
        let finding = errors::mixed_inputs((&one, left.span), (&other, right.span), &text);
        self.push(finding);
    }

    /// The tick of a period; `longest_ns` is the window that reads it.
    pub fn tick(&mut self, period_ns: i64, longest_ns: i64) -> TickId {
        for (at, tick) in self.twin.ticks.iter_mut().enumerate() {
            if let Tick::Every { period_ns: known, longest_ns: longest } = tick
                && *known == period_ns
            {
                *longest = (*longest).max(longest_ns);
                return TickId(at as u32);
            }
        }
        self.add_tick(Tick::Every { period_ns, longest_ns })
    }

    pub fn add_tick(&mut self, tick: Tick) -> TickId {
        if let Some(at) = self.twin.ticks.iter().position(|known| *known == tick) {
            return TickId(at as u32);
        }
        self.twin.ticks.push(tick);
        TickId((self.twin.ticks.len() - 1) as u32)
    }
}

/// The innermost part of an expression that has this clock: a field or signal to point at.
fn leaf(expr: &Expr, input: InputId) -> Option<&Expr> {
    if expr.clock != Clock::Events(input) {
        return None;
    }
    let inner = children(expr).into_iter().find_map(|child| leaf(child, input));
    // What came out of a function's body stands elsewhere; the call is the place to point at.
    let inner = inner.filter(|e| {
        e.span.file == expr.span.file && expr.span.start <= e.span.start && e.span.end <= expr.span.end
    });
    Some(inner.unwrap_or(expr))
}

/// The direct parts of an expression.
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Let(_, a, b)
        | ExprKind::Binary(_, a, b)
        | ExprKind::Coalesce(a, b)
        | ExprKind::Index(a, b) => {
            vec![a, b]
        }
        ExprKind::Unary(_, a)
        | ExprKind::Present(a)
        | ExprKind::Fold(_, _, a)
        | ExprKind::Part(a, _)
        | ExprKind::Hold(_, a)
        | ExprKind::Silent(_, a, _)
        | ExprKind::Convert(_, a) => vec![a],
        ExprKind::If(a, b, c) => vec![a, b, c],
        ExprKind::Match(subject, arms, rest) => {
            let arms = arms.iter().map(|(_, value)| value);
            std::iter::once(&**subject).chain(arms).chain(rest.as_deref()).collect()
        }
        ExprKind::Call(_, args) | ExprKind::Array(args) | ExprKind::Record(args) => args.iter().collect(),
        ExprKind::TableField { key: Some(key), .. } | ExprKind::TableHas { key: Some(key), .. } => vec![key],
        ExprKind::Const(_)
        | ExprKind::Key
        | ExprKind::Now
        | ExprKind::Elapsed
        | ExprKind::Field(..)
        | ExprKind::SourceField(_)
        | ExprKind::TableField { key: None, .. }
        | ExprKind::TableHas { key: None, .. }
        | ExprKind::Signal(_)
        | ExprKind::Local(_)
        | ExprKind::Latest(_)
        | ExprKind::Age(_)
        | ExprKind::HeldFor(_)
        | ExprKind::Final(_)
        | ExprKind::LastRead(_)
        | ExprKind::RuleActive(_)
        | ExprKind::RuleCount(_)
        | ExprKind::CommandState(..)
        | ExprKind::Error => Vec::new(),
    }
}
