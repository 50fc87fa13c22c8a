//! How many alerts there were, how many records of a sink.

use super::values::{constant, sign};
use super::{Judge, Verdict};
use crate::clock::say_all;
use crate::watch::Wanted;
use twin_analysis::hir::{Binary, TestTerm};
use twin_types::words;

impl Judge<'_> {
    /// A count of records compared with a number.
    pub fn count(
        &self,
        left: &TestTerm,
        op: Binary,
        right: &TestTerm,
        at: Option<i64>,
        wanted: &Wanted,
    ) -> Option<Verdict> {
        let (Some(found), Some(expected)) = (self.side(left, at, wanted), self.side(right, at, wanted))
        else {
            let happened = "the number to compare with was absent".to_string();
            return Some(Verdict { expected: "a number of records".to_string(), happened, table: None });
        };
        let holds = match op {
            Binary::Eq => found == expected,
            Binary::Ne => found != expected,
            Binary::Lt => found < expected,
            Binary::Le => found <= expected,
            Binary::Gt => found > expected,
            Binary::Ge => found >= expected,
            _ => false,
        };
        if holds {
            return None;
        }
        let by = at.map(|at| format!(" by {}", self.clock.say(at))).unwrap_or_default();
        Some(Verdict {
            expected: format!("{} {expected}", sign(op)),
            happened: format!("{}{by}{}", said_number(found, left, self), self.which(left, at)),
            table: None,
        })
    }

    fn side(&self, term: &TestTerm, at: Option<i64>, wanted: &Wanted) -> Option<i64> {
        let is_counted = |time: &i64| at.is_none_or(|at| *time <= at);
        match term {
            TestTerm::AlertCount => {
                Some(self.seen.alerts.iter().filter(|a| is_counted(&a.at)).count() as i64)
            }
            TestTerm::RecordCount(sink) => {
                let times = self.seen.records.get(&self.program.sinks[sink.index()].name);
                Some(times.map_or(0, |times| times.iter().filter(|t| is_counted(t)).count()) as i64)
            }
            TestTerm::Expr(expr) => constant(expr).or_else(|| {
                let id = wanted.right.or(wanted.left)?;
                let step = match at {
                    Some(at) => self.seen.series.at(at),
                    None => self.seen.series.times.len().checked_sub(1),
                }?;
                let value = &self.watch.values[id];
                let word = self.seen.series.word(step, value.first);
                value.scalars[0].is_present(word).then(|| words::to_i64(word))
            }),
        }
    }

    /// What was counted, so that the reader sees which there are too many of.
    fn which(&self, term: &TestTerm, at: Option<i64>) -> String {
        const MANY: usize = 8;
        let is_counted = |time: i64| at.is_none_or(|at| time <= at);
        match term {
            TestTerm::AlertCount => {
                let alerts: Vec<_> = self.seen.alerts.iter().filter(|alert| is_counted(alert.at)).collect();
                let said = alerts.iter().take(MANY).map(|alert| {
                    let change = if alert.is_raised { "raised" } else { "cleared" };
                    format!("`{}` {change} at {}", alert.rule, self.clock.say(alert.at))
                });
                let said: Vec<String> = said.collect();
                match (said.is_empty(), alerts.len().saturating_sub(MANY)) {
                    (true, _) => String::new(),
                    (false, 0) => format!(": {}", said.join(", ")),
                    (false, more) => format!(": {} and {more} more", said.join(", ")),
                }
            }
            TestTerm::RecordCount(sink) => {
                let times = self.seen.records.get(&self.program.sinks[sink.index()].name);
                let times: Vec<i64> =
                    times.into_iter().flatten().copied().filter(|t| is_counted(*t)).collect();
                if times.is_empty() { String::new() } else { format!(": at {}", say_all(self.clock, &times)) }
            }
            TestTerm::Expr(_) => String::new(),
        }
    }
}

fn said_number(found: i64, term: &TestTerm, judge: &Judge<'_>) -> String {
    let plural = if found == 1 { "" } else { "s" };
    let were = if found == 1 { "was" } else { "were" };
    match term {
        TestTerm::AlertCount => format!("there {were} {found} record{plural} of alerts"),
        TestTerm::RecordCount(sink) => {
            let name = &judge.program.sinks[sink.index()].name;
            format!("`{name}` had {found} record{plural}")
        }
        TestTerm::Expr(_) => format!("it was {found}"),
    }
}
