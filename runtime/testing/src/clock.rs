//! Times of a test: where its beginning lies, and how its moments are said.

use twin_analysis::hir::{Program, SourceId, Test, TestTime, TimeOf};
use twin_engine::value::push_timestamp;
use twin_types::{NANOS_PER_SECOND, Unit, format_count, format_duration};

/// The clock of a test.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Its beginning on the log.
    pub base: i64,
    /// How moments are said.
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// Since the beginning, as a duration.
    Since,
    /// Since the beginning, counted in this unit.
    Counted(Unit),
    /// As a time of the calendar.
    Calendar,
}

impl Clock {
    /// The clock of a test whose log begins at `base`.
    pub fn new(program: &Program, test: &Test, base: i64) -> Clock {
        let counted = |source: &SourceId| match &program.sources[source.index()].time {
            TimeOf::Count(_, unit) => Some(unit.clone()),
            TimeOf::Expr(_) | TimeOf::Record => None,
        };
        let of_twin = test.subject.as_ref().and_then(|s| program.twins[s.twin.index()].counts.clone());
        let of_replay = test.replay.as_ref().and_then(|replay| counted(&replay.source));
        let form = match (of_twin.or(of_replay), &test.replay) {
            (Some(unit), _) => Form::Counted(unit),
            (None, Some(_)) => Form::Calendar,
            (None, None) => Form::Since,
        };
        Clock { base, form }
    }

    /// A moment of an expectation on the log.
    pub fn at(&self, time: TestTime) -> i64 {
        match time {
            TestTime::Since(nanos) => self.base.saturating_add(nanos),
            TestTime::At(nanos) => nanos,
        }
    }

    /// A time of the log, as a reader of the test says it.
    pub fn say(&self, time: i64) -> String {
        match &self.form {
            Form::Since => short_duration(time.saturating_sub(self.base)),
            Form::Counted(unit) => format_count(time, unit),
            Form::Calendar => {
                let mut text = String::new();
                push_timestamp(&mut text, time);
                text
            }
        }
    }

    /// A length of time.
    pub fn say_length(&self, nanos: i64) -> String {
        match &self.form {
            Form::Counted(unit) => format_count(nanos, unit),
            Form::Since | Form::Calendar => short_duration(nanos),
        }
    }
}

/// A duration as a test is written: whole seconds up to ten minutes, then the largest whole unit.
fn short_duration(nanos: i64) -> String {
    match nanos % NANOS_PER_SECOND == 0 && nanos.unsigned_abs() < 600 * NANOS_PER_SECOND.unsigned_abs() {
        true => format!("{} s", nanos / NANOS_PER_SECOND),
        false => format_duration(nanos),
    }
}

/// Moments as a list: `51 s`, `51 s and 93 s`, and how many more where they are many.
pub(crate) fn say_all(clock: &Clock, times: &[i64]) -> String {
    const MANY: usize = 6;
    let said: Vec<String> = times.iter().take(MANY).map(|time| clock.say(*time)).collect();
    match (times.len().saturating_sub(MANY), said.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => said.join(""),
        (more, _) => format!("{} and {more} times more", said.join(", ")),
    }
}
