//! What a rule said before what really happened, and what it said for nothing.
//!
//! An alert belongs to the next incident of its twin: the first at or behind its raise. An incident is announced if
//! an alert that belongs to it was raised early enough; an alert that belongs to no incident is false. Only
//! incidents of twins that the recording speaks of, and not before it does, can be announced; others do not count.

use super::{Judge, Verdict};
use crate::against::Incident;
use crate::observe::{Alert, Spans};
use twin_analysis::hir::{RuleId, TwinId};

impl Judge<'_> {
    /// Enough incidents were announced, early enough.
    pub fn before(&self, rule: (TwinId, RuleId), share: f64, lead_ns: i64) -> Option<Verdict> {
        let spans = self.spans(rule.0);
        let is_known =
            |incident: &&Incident| spans.get(&incident.key).is_some_and(|(first, _)| *first <= incident.at);
        let counted: Vec<&Incident> = self.incidents.iter().filter(is_known).collect();
        let missed: Vec<&&Incident> =
            counted.iter().filter(|i| !self.is_announced(rule, i, lead_ns)).collect();
        let announced = counted.len() - missed.len();
        // No incident at all shows nothing, so it does not hold either.
        if !counted.is_empty() && announced as f64 >= share * counted.len() as f64 - 1e-9 {
            return None;
        }
        let lead = match lead_ns {
            0 => String::new(),
            lead => format!(" by at least {}", self.clock.say_length(lead)),
        };
        let name = self.against_name();
        Some(Verdict {
            expected: format!("to come before {}% of {name}{lead}", share * 100.0),
            happened: format!(
                "`{}` came before {announced} of {} of {name}{lead}{}{}",
                self.rule_name(rule),
                counted.len(),
                self.left_out(self.incidents.len() - counted.len()),
                self.said_missed(rule, &missed),
            ),
            table: None,
        })
    }

    /// False alarms are few.
    pub fn false_alarms(&self, rule: (TwinId, RuleId), most: f64, per_ns: Option<i64>) -> Option<Verdict> {
        let alarms: Vec<&Alert> = self
            .alerts_of(rule, true)
            .filter(|alert| self.next_incident(&alert.key, alert.at).is_none())
            .collect();
        let observed_ns: f64 = self.spans(rule.0).values().map(|(first, last)| (last - first) as f64).sum();
        let allowed = per_ns.map_or(most, |per| most * observed_ns / per as f64);
        if alarms.len() as f64 <= allowed + 1e-9 {
            return None;
        }
        let say = |ns: i64| self.clock.say_length(ns);
        let per = per_ns.map(|per| format!(" per {}", say(per))).unwrap_or_default();
        let time = per_ns.map(|_| format!(" in {} of operation", say(round_to_hours(observed_ns))));
        let named =
            alarms.iter().take(5).map(|alert| format!("{} at {}", alert.key, self.clock.say(alert.at)));
        let named: Vec<String> = named.collect();
        let more = if alarms.len() > named.len() { ", …" } else { "" };
        Some(Verdict {
            expected: format!("at most {most} false alarm{}{per}", if most == 1.0 { "" } else { "s" }),
            happened: format!(
                "`{}` was false {} time{}{}: {}{more}",
                self.rule_name(rule),
                alarms.len(),
                if alarms.len() == 1 { "" } else { "s" },
                time.unwrap_or_default(),
                named.join(", "),
            ),
            table: None,
        })
    }

    /// From when to when twins of a type were heard from.
    fn spans(&self, twin: TwinId) -> &Spans {
        static NONE: Spans = Spans::new();
        self.watch.spans.get(&twin).and_then(|probe| self.seen.spans.get(probe)).unwrap_or(&NONE)
    }

    /// The first incident of a twin at or behind a time.
    fn next_incident(&self, key: &str, at: i64) -> Option<&Incident> {
        // Incidents are sorted by key, then time.
        let place = self.incidents.partition_point(|i| (i.key.as_str(), i.at) < (key, at));
        self.incidents.get(place).filter(|incident| incident.key == key)
    }

    fn is_announced(&self, rule: (TwinId, RuleId), incident: &Incident, lead_ns: i64) -> bool {
        self.alerts_of(rule, true).any(|alert| {
            alert.key == incident.key
                && alert.at <= incident.at.saturating_sub(lead_ns)
                && self.next_incident(&alert.key, alert.at) == Some(incident)
        })
    }

    fn against_name(&self) -> &str {
        let against = self.test.replay.as_ref().and_then(|replay| replay.against.as_ref());
        against.map_or("what happened", |(name, _)| name.as_str())
    }

    fn left_out(&self, count: usize) -> String {
        match count {
            0 => String::new(),
            count => format!(" ({count} more are of twins, or of times, that the recording does not have)"),
        }
    }

    fn said_missed(&self, rule: (TwinId, RuleId), missed: &[&&Incident]) -> String {
        if missed.is_empty() {
            return String::new();
        }
        let said = missed.iter().take(4).map(|incident| {
            let last = self.alerts_of(rule, true).filter(|alert| alert.key == incident.key);
            let last =
                last.filter(|a| self.next_incident(&a.key, a.at) == Some(**incident)).map(|a| a.at).min();
            let raised =
                last.map(|at| format!(", raised only at {}", self.clock.say(at))).unwrap_or_default();
            format!("{} at {}{raised}", incident.key, self.clock.say(incident.at))
        });
        let said: Vec<String> = said.collect();
        let more = if missed.len() > said.len() { "; …" } else { "" };
        format!("; missed: {}{more}", said.join("; "))
    }
}

/// Time of operation is a sum over many twins; minutes say nothing there.
fn round_to_hours(ns: f64) -> i64 {
    const HOUR: f64 = 3.6e12;
    ((ns / HOUR).round().min(2.5e6) * HOUR) as i64
}
