//! The floor: each workload as one would write it by hand, single-threaded, over columns.
//!
//! The columns lie in memory as a whole, or a piece of a file at a time. All workloads together read it once.

mod filter;
mod hold;
mod hopping;
mod join;
mod lane;
mod minutes;
mod sequence;
mod thermal;
mod weighted;

use super::stream::{CHARGE, COOLANT, CURRENT, INTAKE, SPEED, Stream, VIBRATION, VOLTAGE};
use lane::{Lane, SECOND};

/// One workload's way through a recording.
pub trait Pass {
    /// The fields that it reads.
    fn fields(&self) -> &[usize];
    /// Takes the events that come next.
    fn take(&mut self, events: &Stream);
    /// There are no more; clocks move on to `to`. Gives rows and alerts.
    fn end(&mut self, to: i64) -> u64;
}

/// Workloads on their way through a recording.
pub struct Floor {
    passes: Vec<Box<dyn Pass>>,
    last: i64,
}

impl Floor {
    /// A workload, or all of them.
    pub fn new(name: &str, limits: &[(u32, f64)], lateness: i64) -> Result<Floor, String> {
        let names = super::programs::names(name);
        let passes = names.iter().map(|name| pass(name, limits, lateness)).collect::<Result<_, _>>()?;
        Ok(Floor { passes, last: i64::MIN })
    }

    /// The fields that are read, ascending.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.passes.iter().flat_map(|pass| pass.fields()).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Takes the events that come next.
    pub fn take(&mut self, events: &Stream) {
        self.last = events.time.iter().fold(self.last, |last, time| last.max(*time));
        self.passes.iter_mut().for_each(|pass| pass.take(events));
    }

    /// Rows and alerts, when clocks have moved on past the end.
    pub fn end(mut self) -> u64 {
        let to = if self.last == i64::MIN { 0 } else { self.last + 890 * SECOND - self.last % SECOND };
        self.passes.iter_mut().map(|pass| pass.end(to)).sum()
    }
}

fn pass(name: &str, limits: &[(u32, f64)], late: i64) -> Result<Box<dyn Pass>, String> {
    Ok(match name {
        "w1" => Box::new(Lane::new([COOLANT, CHARGE, VOLTAGE, CURRENT], late, filter::W1::default())),
        "w2" => Box::new(Lane::new([SPEED, COOLANT, VOLTAGE, VIBRATION], late, minutes::W2::default())),
        "w3" => Box::new(Lane::new([COOLANT], late, hold::W3::default())),
        "w4" => Box::new(Lane::new([SPEED, VIBRATION], late, sequence::W4::default())),
        "w5a" => Box::new(Lane::new([COOLANT], late, hopping::W5a::default())),
        "w5b" => Box::new(Lane::new([VIBRATION], late, weighted::W5b::default())),
        "w6" => Box::new(Lane::new([COOLANT], late, join::W6::new(limits))),
        "w7" => Box::new(Lane::new([CURRENT, INTAKE], late, thermal::W7::default())),
        other => return Err(format!("there is no workload {other}")),
    })
}
