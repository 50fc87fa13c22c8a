//! How values are said: words in their unit, and a few steps of a twin as a table.

use crate::clock::Clock;
use crate::observe::Series;
use crate::report::Table;
use crate::watch::{ValueId, Wanted, Watch, Watched};
use twin_analysis::hir::Program;
use twin_engine::value::{Written, push_json_text};
use twin_types::{Scalar, Unit, Word, words};

/// Everything that is needed to say what was seen.
#[derive(Clone, Copy)]
pub(crate) struct Show<'a> {
    pub program: &'a Program,
    pub clock: &'a Clock,
    pub watch: &'a Watch,
    pub series: &'a Series,
}

/// Steps shown before and behind the one at which the difference shows.
const BEFORE: usize = 3;
const BEHIND: usize = 3;

impl Show<'_> {
    /// A watched value as it stood.
    pub fn value(&self, id: ValueId, step: usize) -> String {
        let Watched { first, scalars, unit, .. } = &self.watch.values[id];
        let word = |at: usize| self.word(self.series.word(step, first + at), scalars[at], unit.as_ref());
        match scalars.len() {
            1 => word(0),
            many => format!("[{}]", (0..many).map(word).collect::<Vec<_>>().join(", ")),
        }
    }

    fn word(&self, word: Word, ty: Scalar, unit: Option<&Unit>) -> String {
        let names = match ty {
            Scalar::Enum(id) => self.program.enums[id.0 as usize].values.as_slice(),
            _ => &[],
        };
        let text = if ty == Scalar::String { self.series.text(word) } else { &[] };
        let mut out = String::new();
        match ty {
            Scalar::String if ty.is_present(word) => push_json_text(&mut out, &String::from_utf8_lossy(text)),
            Scalar::Bool if !ty.is_present(word) => out.push_str("unknown"),
            _ => Written { word, ty, unit, text, names }.push_shown(&mut out, None),
        }
        out
    }

    /// A number in a unit.
    pub fn number(number: f64, unit: Option<&Unit>) -> String {
        let mut out = String::new();
        let written =
            Written { word: words::from_f64(number), ty: Scalar::Real, unit, text: &[], names: &[] };
        written.push_shown(&mut out, None);
        out
    }

    /// The steps around a time; `None` where there is nothing to show.
    pub fn around(&self, wanted: &Wanted, time: i64) -> Option<Table> {
        if wanted.shown.is_empty() || self.series.times.is_empty() {
            return None;
        }
        let center = self.series.at(time).unwrap_or(0);
        let rows = center.saturating_sub(BEFORE)..(center + 1 + BEHIND).min(self.series.times.len());
        let mut columns = vec!["time".to_string()];
        columns.extend(wanted.shown.iter().map(|(name, _)| name.clone()));
        let marked = Some(center - rows.start);
        let cells = |step: usize| {
            let mut cells = vec![self.clock.say(self.series.times[step])];
            cells.extend(wanted.shown.iter().map(|(_, id)| self.short(*id, step)));
            cells
        };
        Some(Table { columns, rows: rows.map(cells).collect(), marked })
    }

    /// A value of a table: real numbers with as many digits as a reader compares.
    fn short(&self, id: ValueId, step: usize) -> String {
        let Watched { first, scalars, unit, .. } = &self.watch.values[id];
        let whole = self.value(id, step);
        if scalars.as_slice() != [Scalar::Real] || whole.len() <= 14 {
            return whole;
        }
        let word = self.series.word(step, *first);
        let number = unit.as_ref().map_or(words::to_f64(word), |unit| unit.from_si(words::to_f64(word)));
        let magnitude = if number == 0.0 { 0 } else { number.abs().log10_floor() };
        let decimals = (5 - magnitude).clamp(0, 12) as u8;
        let mut out = String::new();
        let written = Written { word, ty: Scalar::Real, unit: unit.as_ref(), text: &[], names: &[] };
        written.push_shown(&mut out, Some(decimals));
        out
    }
}

trait Magnitude {
    fn log10_floor(self) -> i32;
}

impl Magnitude for f64 {
    /// The exponent of the number's scientific notation.
    fn log10_floor(self) -> i32 {
        let text = format!("{self:e}");
        text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
    }
}
