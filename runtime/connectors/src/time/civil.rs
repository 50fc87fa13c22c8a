//! The proleptic Gregorian calendar in whole numbers.
//!
//! After Howard Hinnant's "chrono-compatible low-level date algorithms": years begin
//! in March, so that the leap day is a year's last.

pub(super) const NANOS_PER_SECOND: i64 = 1_000_000_000;
pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// A date and a time of day as read off a clock on a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanos: u32,
}

impl Default for Civil {
    fn default() -> Self {
        Civil { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0 }
    }
}

impl Civil {
    /// Whether there is such a day and such a time. A leap second, `:60`, is read as the second before it.
    pub fn settled(mut self) -> Option<Civil> {
        if self.second == 60 {
            self.second = 59;
        }
        let fits = (-9999..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        fits.then_some(self)
    }

    /// Nanoseconds since the epoch, where the clock on the wall is `offset_seconds` ahead of UTC.
    #[inline]
    pub fn nanos_since_epoch(self, offset_seconds: i64) -> Option<i64> {
        let days = days_since_epoch(self.year, self.month, self.day);
        let of_day = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        let seconds = days * SECONDS_PER_DAY + of_day - offset_seconds;
        // In 128 bits: the very first second of the range lies below it before the nanoseconds are added.
        let nanos = i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos);
        i64::try_from(nanos).ok().filter(|n| *n != i64::MIN)
    }

    /// The date and time of day in UTC.
    pub fn of_nanos(nanos: i64) -> Civil {
        let seconds = nanos.div_euclid(NANOS_PER_SECOND);
        let (year, month, day) = date_of_days(seconds.div_euclid(SECONDS_PER_DAY));
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        Civil {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanos: nanos.rem_euclid(NANOS_PER_SECOND) as u32,
        }
    }

    /// Days since Monday: 0 is Monday.
    pub fn weekday(self) -> usize {
        // The epoch was a Thursday.
        (days_since_epoch(self.year, self.month, self.day) + 3).rem_euclid(7) as usize
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> u32 {
        (days_since_epoch(self.year, self.month, self.day) - days_since_epoch(self.year, 1, 1) + 1) as u32
    }
}

/// Days from 1970-01-01 to a date.
#[inline]
pub(super) fn days_since_epoch(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date so many days after 1970-01-01.
pub(super) fn date_of_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_jiff(nanos: i64) {
            prop_assume!(nanos != i64::MIN);
            let there = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
            let civil = Civil::of_nanos(nanos);
            prop_assert_eq!(civil.year, i64::from(there.year()));
            prop_assert_eq!(civil.month, there.month() as u32);
            prop_assert_eq!(civil.day, there.day() as u32);
            prop_assert_eq!(civil.weekday(), there.weekday().to_monday_zero_offset() as usize);
            prop_assert_eq!(civil.day_of_year(), there.day_of_year() as u32);
            prop_assert_eq!(civil.settled(), Some(civil));
            prop_assert_eq!(civil.nanos_since_epoch(0), Some(nanos));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        let day = |year, month, day| Civil { year, month, day, ..Civil::default() }.settled().is_some();
        assert!(day(2024, 2, 29) && day(2000, 2, 29));
        assert!(
            !day(2023, 2, 29)
                && !day(1900, 2, 29)
                && !day(2024, 4, 31)
                && !day(2024, 13, 1)
                && !day(2024, 1, 0)
        );
    }
}
