//! Starts of local calendar periods: hours, days of 23 to 25 hours, weeks from Monday, months, years.
//!
//! Several of a unit are counted from the local 1970-01-01 (weeks from the Monday before it; hours from midnight of
//! each day). Zones come from the database in the program, not the machine's, so that every machine says the same.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use twin_plan::CalendarUnit;
use twin_plan::layout::NEVER;

/// The first start of a period after `t_ns`; [`NEVER`] where time ends.
pub fn next_after(count: u32, unit: CalendarUnit, zone: &str, t_ns: i64) -> i64 {
    next(count.max(1), unit, zone, t_ns).unwrap_or(NEVER)
}

fn next(count: u32, unit: CalendarUnit, zone: &str, t_ns: i64) -> Option<i64> {
    // The compiler has checked the name; a plan from elsewhere with another one counts in UTC.
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = zone.to_datetime(Timestamp::from_nanosecond(i128::from(t_ns)).ok()?);
    let mut start = start_of(count, unit, local)?;
    if unit == CalendarUnit::Hour {
        // When clocks go back an hour begins twice, a day does not.
        let again = zone.to_ambiguous_timestamp(start).later().ok().and_then(nanos)?;
        if again > t_ns {
            return Some(again);
        }
    }
    loop {
        start = start_after(count, unit, start)?;
        // A start that clocks skip is the moment at which they do.
        let moment = zone.to_ambiguous_timestamp(start).compatible().ok().and_then(nanos)?;
        if moment > t_ns {
            return Some(moment);
        }
    }
}

fn nanos(timestamp: Timestamp) -> Option<i64> {
    i64::try_from(timestamp.as_nanosecond()).ok()
}

/// The start of the period that a local time lies in.
fn start_of(count: u32, unit: CalendarUnit, local: DateTime) -> Option<DateTime> {
    let n = i64::from(count);
    let down = |index: i64| index - index.rem_euclid(n);
    let date = match unit {
        CalendarUnit::Hour => {
            let hour = down(i64::from(local.hour()));
            return Some(local.date().to_datetime(Time::new(hour as i8, 0, 0, 0).ok()?));
        }
        CalendarUnit::Day => date_of_day(down(day_of(local.date())?))?,
        CalendarUnit::Week => date_of_day(down((day_of(local.date())? + 3).div_euclid(7)) * 7 - 3)?,
        CalendarUnit::Month => first_of_month(down(month_of(local.date())))?,
        CalendarUnit::Year => first_of_month(down(i64::from(local.year()) - 1970) * 12)?,
    };
    Some(date.to_datetime(Time::midnight()))
}

/// The start after one that [`start_of`] gave.
fn start_after(count: u32, unit: CalendarUnit, start: DateTime) -> Option<DateTime> {
    let n = i64::from(count);
    let date = match unit {
        CalendarUnit::Hour if i64::from(start.hour()) + n < 24 => {
            return start.checked_add(n.hours()).ok();
        }
        CalendarUnit::Hour => date_of_day(day_of(start.date())? + 1)?,
        CalendarUnit::Day => date_of_day(day_of(start.date())? + n)?,
        CalendarUnit::Week => date_of_day(day_of(start.date())? + 7 * n)?,
        CalendarUnit::Month => first_of_month(month_of(start.date()) + n)?,
        CalendarUnit::Year => first_of_month(month_of(start.date()) + 12 * n)?,
    };
    Some(date.to_datetime(Time::midnight()))
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn day_of(date: Date) -> Option<i64> {
    Some(i64::from(EPOCH.until(date).ok()?.get_days()))
}

fn date_of_day(day: i64) -> Option<Date> {
    EPOCH.checked_add(day.days()).ok()
}

/// Months since January 1970.
fn month_of(date: Date) -> i64 {
    (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
}

fn first_of_month(month: i64) -> Option<Date> {
    let year = i16::try_from(1970 + month.div_euclid(12)).ok()?;
    Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: u32, unit: CalendarUnit, zone: &str, after: &str, expected: &[&str]) {
        let mut t = after.parse::<Timestamp>().unwrap().as_nanosecond() as i64;
        for expected in expected {
            t = next_after(count, unit, zone, t);
            let found = Timestamp::from_nanosecond(i128::from(t)).unwrap();
            assert_eq!(found.to_string(), *expected, "{count} {unit:?} in {zone}");
        }
    }

    #[test]
    fn days_of_23_and_25_hours() {
        let spring = ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"];
        check(1, CalendarUnit::Day, "Europe/Paris", "2024-03-30T12:00:00Z", &spring);
        let autumn = ["2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", "2024-10-28T23:00:00Z"];
        check(1, CalendarUnit::Day, "Europe/Paris", "2024-10-26T12:00:00Z", &autumn);
    }

    #[test]
    fn hours_that_are_skipped_and_repeated() {
        let autumn = ["2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z"];
        check(1, CalendarUnit::Hour, "Europe/Paris", "2024-10-26T23:30:00Z", &autumn);
        let spring = ["2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z"];
        check(1, CalendarUnit::Hour, "Europe/Paris", "2024-03-31T00:30:00Z", &spring);
        let half = ["2024-01-01T00:30:00Z", "2024-01-01T06:30:00Z"];
        check(6, CalendarUnit::Hour, "Asia/Kolkata", "2023-12-31T23:00:00Z", &half);
    }

    #[test]
    fn a_midnight_that_clocks_skip_or_repeat() {
        // Havana goes from 0:00 to 1:00 in spring, and from 1:00 back to 0:00 in autumn.
        let spring = ["2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"];
        check(1, CalendarUnit::Day, "America/Havana", "2024-03-10T00:00:00Z", &spring);
        let autumn = ["2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"];
        check(1, CalendarUnit::Day, "America/Havana", "2024-11-03T00:00:00Z", &autumn);
    }

    #[test]
    fn weeks_months_and_years() {
        let monday = ["2024-06-02T22:00:00Z", "2024-06-09T22:00:00Z"];
        check(1, CalendarUnit::Week, "Europe/Paris", "2024-05-30T00:00:00Z", &monday);
        let quarter = ["2024-07-01T00:00:00Z", "2024-10-01T00:00:00Z", "2025-01-01T00:00:00Z"];
        check(3, CalendarUnit::Month, "UTC", "2024-05-30T00:00:00Z", &quarter);
        check(1, CalendarUnit::Year, "UTC", "1969-05-30T00:00:00Z", &["1970-01-01T00:00:00Z"]);
    }
}
