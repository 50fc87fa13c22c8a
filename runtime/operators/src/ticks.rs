//! The twin's own clock: which instants come before an event, in which order, and when ticks rest.
//!
//! An *instant* is everything due at one moment, as one step. Before an event at T ticks due at or before T run and
//! deadlines due before T; what is due at T itself and is a deadline comes after T's events. A kernel asks
//! [`next_instant`], carries the step out, calls [`settle`], and asks again ([`advance`] does all three).
//!
//! A tick goes on for a while after the last event, then rests until the next one: its `due` is [`NEVER`] and its
//! signals read as absent. So passing over a gap costs the ticks up to the rest, whether it is a day or a year.

use crate::calendar;
use twin_plan::kernel::{BEFORE_EVENTS, BEHIND_EVENTS};
use twin_plan::layout::{CLOCK, LAST_EVENT, NEVER, NEXT_DEADLINE, NEXT_TICK, NOT_BEGUN};
use twin_plan::{Slot, Tick, TickKind, TwinPlan};
use twin_types::{ABSENT_INT, FALSE, TRUE, Word};

/// How far instants run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Up to an event at this time: ticks at it, but not deadlines.
    Event(i64),
    /// Up to and including this time.
    Through(i64),
}

/// What is due at an instant. One is used over and over, so that nothing is allocated in a steady state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The instant's time.
    pub time: i64,
    /// A bit per tick of [`TwinPlan::ticks`], 64 to a word.
    pub ticks: Vec<u64>,
    /// Whether any of them recurs: the instant then comes before its time's events, else after them.
    pub recurs: bool,
    /// The deadlines that were due, and what stood in them.
    deadlines: Vec<(Slot, i64)>,
}

impl Due {
    /// Whether a tick is due.
    pub fn has_tick(&self, tick: u32) -> bool {
        self.ticks.get(tick as usize / 64).is_some_and(|bits| bits >> (tick % 64) & 1 == 1)
    }

    /// What stands for a log position in the records of the instant's step.
    pub fn position(&self) -> u64 {
        if self.recurs { BEFORE_EVENTS } else { BEHIND_EVENTS }
    }

    /// Nothing is due yet at a moment.
    fn begin(&mut self, time: i64, plan: &TwinPlan) {
        let words = plan.ticks.len().div_ceil(64);
        self.time = time;
        self.deadlines.clear();
        match self.ticks.as_mut_slice() {
            [one] if words == 1 => *one = 0,
            _ => {
                self.ticks.clear();
                self.ticks.resize(words, 0);
            }
        }
    }

    fn set_tick(&mut self, tick: usize) {
        self.ticks[tick / 64] |= 1 << (tick % 64);
    }
}

/// Whether [`next_instant`] may find something. Two comparisons, for native code to make before it calls.
#[inline]
pub fn may_be_due(row: &[Word], until: Until) -> bool {
    let (tick, deadline) = (at(row, NEXT_TICK), at(row, NEXT_DEADLINE));
    match until {
        Until::Event(t) => tick <= t || deadline < t,
        Until::Through(t) => tick <= t || deadline <= t,
    }
}

/// Finds the earliest instant and moves the twin's clock to it; false where there is none, or the twin has not begun.
///
/// Ticks found are set to their next moment. After the step [`settle`] must be called.
pub fn next_instant(row: &mut [Word], plan: &TwinPlan, until: Until, due: &mut Due) -> bool {
    while at(row, LAST_EVENT) != NOT_BEGUN && may_be_due(row, until) {
        // No reset touches a tick: without deadlines the header says what is due.
        let moment = match plan.deadlines.is_empty() {
            true => Some(Moment { time: at(row, NEXT_TICK), has_deadlines: false }),
            false => earliest(row, plan, until),
        };
        let Some(moment) = moment else { return false };
        due.begin(moment.time, plan);
        due.recurs = take_ticks(row, plan, due);
        if moment.has_deadlines {
            take_deadlines(row, plan, due);
        }
        if due.recurs || !due.deadlines.is_empty() {
            put(row, CLOCK, due.time);
            return true;
        }
        // All that was due went to rest.
    }
    false
}

/// After an instant's step: a deadline that was due and was not set anew is taken back; one that was set to a moment
/// that is not later is moved one nanosecond on, so that time always goes forward.
pub fn settle(row: &mut [Word], plan: &TwinPlan, due: &Due) {
    for &slot in &plan.deadlines {
        let deadline = deadline_at(row, slot);
        if deadline <= due.time {
            let is_old = due.deadlines.contains(&(slot, deadline));
            put(row, slot, if is_old { NEVER } else { due.time.saturating_add(1) });
        }
    }
    put(row, NEXT_DEADLINE, earliest_deadline(row, plan));
}

/// Runs every instant up to `until`: `run_instant` carries a step out. `row_of` finds the row in the kernel's own
/// context, which both need.
pub fn advance<C: ?Sized>(
    context: &mut C,
    row_of: impl Fn(&mut C) -> &mut [Word],
    plan: &TwinPlan,
    until: Until,
    due: &mut Due,
    mut run_instant: impl FnMut(&mut C, &Due),
) {
    if let ([tick], true) = (plan.ticks.as_slice(), plan.deadlines.is_empty()) {
        return advance_lone(context, row_of, (plan, tick), until, due, run_instant);
    }
    while next_instant(row_of(context), plan, until, due) {
        run_instant(context, due);
        if !plan.deadlines.is_empty() {
            settle(row_of(context), plan, due);
        }
    }
}

/// The twin's clock: an event before it is late.
#[inline]
pub fn clock(row: &[Word]) -> i64 {
    at(row, CLOCK)
}

/// The same for a twin with one tick and nothing else that may be due, as most twins with windows are: nothing has to
/// be looked for.
fn advance_lone<C: ?Sized>(
    context: &mut C,
    row_of: impl Fn(&mut C) -> &mut [Word],
    (plan, tick): (&TwinPlan, &Tick),
    until: Until,
    due: &mut Due,
    mut run_instant: impl FnMut(&mut C, &Due),
) {
    let (Until::Event(end) | Until::Through(end)) = until;
    due.begin(end, plan);
    due.set_tick(0);
    due.recurs = true;
    loop {
        let row = row_of(context);
        let (moment, last) = (at(row, tick.due), at(row, LAST_EVENT));
        if moment > end || moment == NEVER || last == NOT_BEGUN {
            return;
        }
        let rests = moment.saturating_sub(last) > rest_after(&tick.kind);
        let next = if rests { NEVER } else { following_moment(&tick.kind, moment) };
        put(row, tick.due, next);
        put(row, NEXT_TICK, next);
        if rests {
            return tick.resting.iter().for_each(|&(slot, absent)| row[slot.index()] = absent);
        }
        put(row, CLOCK, moment);
        due.time = moment;
        run_instant(context, due);
    }
}

/// An event at `t_ns` is applied: the clock is its time, and ticks that rest or have not begun start at their first
/// moment after it. To be called after the instants before the event, before its step.
pub fn begin_event(row: &mut [Word], plan: &TwinPlan, t_ns: i64) {
    for tick in plan.ticks.iter().filter(|tick| recurs(&tick.kind)) {
        if at(row, tick.due) == NEVER {
            let due = next_moment(&tick.kind, t_ns);
            put(row, tick.due, due);
            put(row, NEXT_TICK, at(row, NEXT_TICK).min(due));
        }
    }
    put(row, CLOCK, t_ns);
    put(row, LAST_EVENT, t_ns);
}

/// The shortest time after the last event at which a tick rests. Until then, and once the twin has begun, native
/// code may store the clock and the time of the last event itself instead of calling [`begin_event`].
pub fn shortest_rest(plan: &TwinPlan) -> i64 {
    let rests = plan.ticks.iter().map(|tick| rest_after(&tick.kind));
    rests.min().unwrap_or(NEVER)
}

/// All instants up to and including `t_ns` have run: the clock is not before it. A twin that has not begun has none.
pub fn end_advance(row: &mut [Word], t_ns: i64) {
    if at(row, LAST_EVENT) != NOT_BEGUN && t_ns > at(row, CLOCK) {
        put(row, CLOCK, t_ns);
    }
}

/// A record of an input was read at stream time `stream_ns`: its limits of silence start anew.
pub fn note_read(row: &mut [Word], plan: &TwinPlan, input: u32, stream_ns: i64) {
    for silence in plan.silences.iter().filter(|silence| silence.input == input) {
        if stream_ns > at(row, silence.last_read) {
            put(row, silence.last_read, stream_ns);
        }
        row[silence.is_silent.index()] = FALSE;
    }
}

/// A limit of silence has passed; to be called before the quiet step.
pub fn note_silence(row: &mut [Word], plan: &TwinPlan, silence: u32) {
    if let Some(silence) = plan.silences.get(silence as usize) {
        row[silence.is_silent.index()] = TRUE;
    }
}

/// Sets a deadline; absent is none.
#[inline]
pub fn set_deadline(row: &mut [Word], slot: Slot, moment: Word) {
    let moment = if moment == ABSENT_INT { NEVER } else { moment as i64 };
    put(row, slot, moment);
    if moment < at(row, NEXT_DEADLINE) {
        put(row, NEXT_DEADLINE, moment);
    }
}

/// The earliest moment, and whether deadlines may run at it.
struct Moment {
    time: i64,
    has_deadlines: bool,
}

/// Looks at every tick and deadline; what the header says may be too early, after a reset.
fn earliest(row: &mut [Word], plan: &TwinPlan, until: Until) -> Option<Moment> {
    let mut tick = NEVER;
    for each in plan.ticks.iter().filter(|tick| recurs(&tick.kind)) {
        tick = tick.min(at(row, each.due));
    }
    let deadline = earliest_deadline(row, plan);
    put(row, NEXT_TICK, tick);
    put(row, NEXT_DEADLINE, deadline);
    let (tick_is_due, deadline_is_due) = match until {
        Until::Event(t) => (tick <= t, deadline < t),
        Until::Through(t) => (tick <= t, deadline <= t),
    };
    // A deadline set to a moment that had passed runs now: the clock never goes back.
    let deadline = deadline.max(at(row, CLOCK));
    match (tick_is_due && tick != NEVER, deadline_is_due && deadline != NEVER) {
        (false, false) => None,
        (true, false) => Some(Moment { time: tick, has_deadlines: false }),
        (false, true) => Some(Moment { time: deadline, has_deadlines: true }),
        (true, true) => Some(Moment { time: tick.min(deadline), has_deadlines: deadline <= tick }),
    }
}

fn earliest_deadline(row: &[Word], plan: &TwinPlan) -> i64 {
    plan.deadlines.iter().fold(NEVER, |earliest, &slot| earliest.min(deadline_at(row, slot)))
}

/// Notes the ticks due at the moment and moves them on, or to rest.
fn take_ticks(row: &mut [Word], plan: &TwinPlan, due: &mut Due) -> bool {
    let (mut has_tick, mut earliest) = (false, NEVER);
    let since_event = due.time.saturating_sub(at(row, LAST_EVENT));
    for (number, tick) in plan.ticks.iter().enumerate().filter(|(_, tick)| recurs(&tick.kind)) {
        let mut next = at(row, tick.due);
        if next == due.time {
            if since_event > rest_after(&tick.kind) {
                next = NEVER;
                tick.resting.iter().for_each(|&(slot, absent)| row[slot.index()] = absent);
            } else {
                next = following_moment(&tick.kind, next);
                due.set_tick(number);
                has_tick = true;
            }
            put(row, tick.due, next);
        }
        earliest = earliest.min(next);
    }
    put(row, NEXT_TICK, earliest);
    has_tick
}

/// Notes the deadlines due at the moment, and the operators' ticks that wait for them.
fn take_deadlines(row: &[Word], plan: &TwinPlan, due: &mut Due) {
    for &slot in &plan.deadlines {
        let deadline = deadline_at(row, slot);
        if deadline <= due.time {
            due.deadlines.push((slot, deadline));
        }
    }
    for (number, tick) in plan.ticks.iter().enumerate() {
        if let TickKind::Deadlines(slots) = &tick.kind
            && slots.iter().any(|&slot| deadline_at(row, slot) <= due.time)
        {
            due.set_tick(number);
        }
    }
}

fn recurs(kind: &TickKind) -> bool {
    !matches!(kind, TickKind::Deadlines(_))
}

fn rest_after(kind: &TickKind) -> i64 {
    match kind {
        TickKind::Every { rest_after_ns, .. } | TickKind::Calendar { rest_after_ns, .. } => *rest_after_ns,
        TickKind::Deadlines(_) => NEVER,
    }
}

/// The first moment of a tick strictly after `t_ns`.
pub fn next_moment(kind: &TickKind, t_ns: i64) -> i64 {
    match kind {
        TickKind::Every { period_ns, .. } => {
            let period = (*period_ns).max(1);
            t_ns.div_euclid(period).checked_add(1).and_then(|n| n.checked_mul(period)).unwrap_or(NEVER)
        }
        TickKind::Calendar { count, unit, zone, .. } => calendar::next_after(*count, *unit, zone, t_ns),
        TickKind::Deadlines(_) => NEVER,
    }
}

/// The moment of a tick that follows one of its moments.
fn following_moment(kind: &TickKind, moment: i64) -> i64 {
    match kind {
        TickKind::Every { period_ns, .. } => moment.checked_add((*period_ns).max(1)).unwrap_or(NEVER),
        _ => next_moment(kind, moment),
    }
}

#[inline]
fn at(row: &[Word], slot: Slot) -> i64 {
    row[slot.index()] as i64
}

/// A deadline that was never set may also be the absent timestamp.
fn deadline_at(row: &[Word], slot: Slot) -> i64 {
    match row[slot.index()] {
        ABSENT_INT => NEVER,
        moment => moment as i64,
    }
}

#[inline]
fn put(row: &mut [Word], slot: Slot, moment: i64) {
    row[slot.index()] = moment as Word;
}

#[cfg(test)]
mod tests {
    use super::*;
    use twin_plan::SlotKind;

    const SECOND: i64 = 1_000_000_000;

    /// A twin with ticks of these periods (rest after 1000 of them), and so many deadlines, each with a tick.
    fn twin(periods: &[i64], deadlines: usize) -> (TwinPlan, Vec<Word>) {
        let mut plan = TwinPlan { layout: twin_plan::Layout::new(), ..TwinPlan::default() };
        for &period in periods {
            let due = plan.layout.add("due", SlotKind::Bookkeeping, &[NEVER as Word]);
            let value = plan.layout.add("value", SlotKind::Bookkeeping, &[7]);
            let kind = TickKind::Every { period_ns: period * SECOND, rest_after_ns: 1000 * period * SECOND };
            plan.ticks.push(Tick { kind, due, resting: vec![(value, ABSENT_INT)] });
        }
        for _ in 0..deadlines {
            let slot = plan.layout.add("deadline", SlotKind::Bookkeeping, &[NEVER as Word]);
            plan.deadlines.push(slot);
            plan.ticks.push(Tick { kind: TickKind::Deadlines(vec![slot]), due: slot, resting: vec![] });
        }
        let row = plan.layout.initial.clone();
        (plan, row)
    }

    /// Times in seconds and the ticks due then.
    fn run(row: &mut Vec<Word>, plan: &TwinPlan, until: Until) -> Vec<(i64, Vec<u32>)> {
        let mut found = Vec::new();
        advance(
            row,
            |row| row,
            plan,
            until,
            &mut Due::default(),
            |_, due| {
                let ticks = (0..plan.ticks.len() as u32).filter(|&t| due.has_tick(t)).collect();
                found.push((due.time / SECOND, ticks));
            },
        );
        found
    }

    #[test]
    fn ticks_are_multiples_and_run_before_an_event_of_their_time() {
        let (plan, mut row) = twin(&[10, 15], 0);
        assert_eq!(run(&mut row, &plan, Until::Event(20 * SECOND)), []);
        begin_event(&mut row, &plan, 20 * SECOND);
        let found = run(&mut row, &plan, Until::Event(45 * SECOND));
        assert_eq!(found, [(30, vec![0, 1]), (40, vec![0]), (45, vec![1])]);
        begin_event(&mut row, &plan, 45 * SECOND);
        assert_eq!(run(&mut row, &plan, Until::Event(45 * SECOND)), []);
    }

    #[test]
    fn a_deadline_at_an_events_time_comes_after_it_and_one_with_a_tick_is_one_instant() {
        let (plan, mut row) = twin(&[10], 2);
        begin_event(&mut row, &plan, SECOND);
        set_deadline(&mut row, plan.deadlines[0], (20 * SECOND) as Word);
        set_deadline(&mut row, plan.deadlines[1], (10 * SECOND) as Word);
        assert_eq!(run(&mut row, &plan, Until::Event(20 * SECOND)), [(10, vec![0, 2]), (20, vec![0])]);
        begin_event(&mut row, &plan, 20 * SECOND);
        assert_eq!(run(&mut row, &plan, Until::Event(20 * SECOND)), []);
        assert_eq!(run(&mut row, &plan, Until::Event(21 * SECOND)), [(20, vec![1])]);
        assert_eq!(run(&mut row, &plan, Until::Through(30 * SECOND)), [(30, vec![0])]);
    }

    #[test]
    fn through_takes_in_deadlines_at_its_end() {
        let (plan, mut row) = twin(&[], 1);
        set_deadline(&mut row, plan.deadlines[0], (5 * SECOND) as Word);
        assert_eq!(run(&mut row, &plan, Until::Through(5 * SECOND)), [], "it has not begun");
        begin_event(&mut row, &plan, SECOND);
        assert_eq!(run(&mut row, &plan, Until::Through(5 * SECOND)), [(5, vec![0])]);
        assert_eq!(row[NEXT_DEADLINE.index()], NEVER as Word);
    }

    #[test]
    fn ticks_rest_after_a_thousand_periods_and_wake_with_an_event() {
        let (plan, mut row) = twin(&[1, 2], 0);
        begin_event(&mut row, &plan, 0);
        let year = 365 * 86_400 * SECOND;
        let found = run(&mut row, &plan, Until::Event(year));
        assert_eq!(found.len(), 1500);
        assert_eq!(found.last().unwrap(), &(2000, vec![1]));
        assert_eq!(row[plan.ticks[0].resting[0].0.index()], ABSENT_INT);
        begin_event(&mut row, &plan, year);
        let found = run(&mut row, &plan, Until::Through(year + SECOND));
        assert_eq!(found, [(year / SECOND + 1, vec![0])]);
    }

    #[test]
    fn only_one_of_two_ticks_rests() {
        let (plan, mut row) = twin(&[1, 100], 0);
        begin_event(&mut row, &plan, 0);
        assert_eq!(run(&mut row, &plan, Until::Event(2000 * SECOND)).len(), 1000 + 10);
        begin_event(&mut row, &plan, 2000 * SECOND);
        assert_eq!(run(&mut row, &plan, Until::Through(2002 * SECOND)).len(), 2);
    }

    #[test]
    fn a_deadline_set_to_the_past_runs_now_and_time_goes_on() {
        let (plan, mut row) = twin(&[], 1);
        begin_event(&mut row, &plan, 10 * SECOND);
        set_deadline(&mut row, plan.deadlines[0], (5 * SECOND) as Word);
        let mut times = Vec::new();
        let slot = plan.deadlines[0];
        let until = Until::Event(20 * SECOND);
        advance(
            &mut row,
            |row| row,
            &plan,
            until,
            &mut Due::default(),
            |row, due| {
                times.push(due.time - 10 * SECOND);
                if times.len() < 4 {
                    set_deadline(row, slot, due.time as Word - 1);
                }
            },
        );
        assert_eq!(times, [0, 1, 2, 3]);
    }

    #[test]
    fn silence_is_noted_and_forgotten() {
        let (mut plan, mut row) = twin(&[], 0);
        let last_read = plan.layout.add("last read", SlotKind::Bookkeeping, &[NOT_BEGUN as Word]);
        let is_silent = plan.layout.add("silent", SlotKind::Bookkeeping, &[FALSE]);
        row.extend([NOT_BEGUN as Word, FALSE]);
        let limit = twin_plan::ExprId(0);
        plan.silences.push(twin_plan::Silence { input: 0, limit, inclusive: false, last_read, is_silent });
        note_read(&mut row, &plan, 0, 50);
        note_read(&mut row, &plan, 0, 40);
        assert_eq!(row[last_read.index()], 50);
        note_silence(&mut row, &plan, 0);
        assert_eq!(row[is_silent.index()], TRUE);
        note_read(&mut row, &plan, 0, 60);
        assert_eq!(row[is_silent.index()], FALSE);
    }

    #[test]
    fn a_lone_tick_comes_as_one_among_deadlines() {
        let (lone, mut row) = twin(&[7], 0);
        // A deadline that is never set, so that all has to be looked for.
        let (other, mut other_row) = twin(&[7], 1);
        assert_eq!(run(&mut row, &lone, Until::Through(10 * SECOND)), [], "it has not begun");
        let mut instants = 0;
        for time in [3, 4, 7, 20, 21, 22, 9_000, 9_001].map(|time| time * SECOND) {
            let found = run(&mut row, &lone, Until::Event(time));
            assert_eq!(found, run(&mut other_row, &other, Until::Event(time)));
            instants += found.len();
            begin_event(&mut row, &lone, time);
            begin_event(&mut other_row, &other, time);
            assert_eq!(row[..6], other_row[..6], "header, tick and its signal at {time}");
        }
        assert_eq!(instants, 3 + 1000, "it rests after a thousand periods");
        let through = Until::Through(9_030 * SECOND);
        assert_eq!(run(&mut row, &lone, through), run(&mut other_row, &other, through));
        assert_eq!(row[..6], other_row[..6]);
    }
}
