//! A rule's alert is raised or cleared: when, or never.

use super::{Judge, Verdict};
use crate::clock::say_all;
use crate::watch::Wanted;
use twin_analysis::hir::{RuleId, TwinId};

/// From when to when, both included; open where there is no bound.
type Between = (Option<i64>, Option<i64>);

impl Judge<'_> {
    pub fn alert(
        &self,
        rule: (TwinId, RuleId),
        is_cleared: bool,
        is_never: bool,
        between: Between,
        wanted: &Wanted,
    ) -> Option<Verdict> {
        let mut times: Vec<i64> = self.alerts_of(rule, !is_cleared).map(|alert| alert.at).collect();
        times.sort_unstable();
        let is_inside = |time: &&i64| {
            between.0.is_none_or(|from| from <= **time) && between.1.is_none_or(|to| **time <= to)
        };
        let first = times.iter().find(is_inside).copied();
        if first.is_some() != is_never {
            return None;
        }
        let change = if is_cleared { "cleared" } else { "raised" };
        let place = if is_never { first } else { nearest(&times, between) };
        let end = self.seen.series.times.last().copied().unwrap_or(0);
        let place = place.or(between.1).or(between.0).unwrap_or(end);
        let never = if is_never { "never " } else { "" };
        Some(Verdict {
            expected: format!("{never}{change}{}", self.span(between)),
            happened: self.happened(rule, change, &times),
            table: self.show().around(wanted, place),
        })
    }

    fn happened(&self, rule: (TwinId, RuleId), change: &str, times: &[i64]) -> String {
        let name = self.rule_name(rule);
        if !times.is_empty() {
            return format!("`{name}` was {change} at {}", say_all(self.clock, times));
        }
        let is_raised = self.alerts_of(rule, true).next().is_some();
        match (change, is_raised) {
            ("cleared", false) => format!("`{name}` was never {change}, since it was never raised"),
            _ => format!("`{name}` was never {change}{}", self.nothing()),
        }
    }

    /// A hint at the commonest reason why nothing was raised: the test's twin was never heard from.
    fn nothing(&self) -> String {
        match (&self.test.subject, self.seen.series.times.is_empty()) {
            (Some(_), true) => format!(": nothing happened to {}", self.subject()),
            _ => String::new(),
        }
    }

    /// ` between 50 s and 70 s`
    fn span(&self, between: Between) -> String {
        let say = |time: i64| self.clock.say(time);
        match between {
            (None, None) => String::new(),
            (Some(from), Some(to)) if from == to => format!(" at {}", say(from)),
            (Some(from), Some(to)) => format!(" between {} and {}", say(from), say(to)),
            // `before` and `after` are strict; the bounds are the nearest moments that count.
            (None, Some(to)) => format!(" before {}", say(to.saturating_add(1))),
            (Some(from), None) => format!(" after {}", say(from.saturating_sub(1))),
        }
    }
}

/// The time that lies nearest to a span.
fn nearest(times: &[i64], (from, to): Between) -> Option<i64> {
    let distance = |time: &&i64| {
        let before = from.map_or(0, |from| from.saturating_sub(**time).max(0));
        let behind = to.map_or(0, |to| time.saturating_sub(to).max(0));
        before.max(behind)
    };
    times.iter().min_by_key(distance).copied()
}
