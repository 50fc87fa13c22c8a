//! Timestamps: from `2024-06-01T00:00Z` to nanoseconds since the epoch.

/// Why a timestamp cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// `2024-06-01`
    DateAlone,
    /// `2024-06-01T00:00`
    NoZone,
    /// `2024-06-31T00:00Z`, `2024-06-01T25:00Z`
    NoSuchTime,
    /// `2024-06-01T0:0Z`
    Shape,
    /// More than 292 years from 1970.
    Range,
}

/// Nanoseconds since the epoch.
pub(crate) fn parse(raw: &str) -> Result<i64, Problem> {
    let (date, time) = raw.split_once('T').ok_or(Problem::DateAlone)?;
    let days = days(date)?;
    let (time, offset_minutes) = split_zone(time)?;
    let nanos = nanos_of_day(time)? - i128::from(offset_minutes) * 60_000_000_000;
    i64::try_from(i128::from(days) * 86_400_000_000_000 + nanos).map_err(|_| Problem::Range)
}

fn number(digits: Option<&str>) -> Result<i64, Problem> {
    digits.and_then(|digits| digits.parse().ok()).ok_or(Problem::Shape)
}

/// Days since the epoch, by the well-known count in eras of 400 years that begin in March.
fn days(date: &str) -> Result<i64, Problem> {
    let (year, month, day) = (number(date.get(0..4))?, number(date.get(5..7))?, number(date.get(8..10))?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    if day < 1 || day > length {
        return Err(Problem::NoSuchTime);
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Ok(era * 146_097 + day_of_era - 719_468)
}

/// The time without its zone, and the zone's distance from UTC in minutes.
fn split_zone(time: &str) -> Result<(&str, i64), Problem> {
    if let Some(time) = time.strip_suffix('Z') {
        return Ok((time, 0));
    }
    let at = time.find(['+', '-']).ok_or(Problem::NoZone)?;
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    let hours = number(time.get(at + 1..at + 3))?;
    let minutes = if time.len() > at + 3 { number(time.get(at + 4..at + 6))? } else { 0 };
    if hours > 18 || minutes > 59 {
        Err(Problem::NoSuchTime)
    } else {
        Ok((&time[..at], sign * (hours * 60 + minutes)))
    }
}

fn nanos_of_day(time: &str) -> Result<i128, Problem> {
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let fields: Vec<&str> = time.split(':').collect();
    if !(2..=3).contains(&fields.len()) || fields.iter().any(|field| field.len() != 2) || fraction.len() > 9 {
        return Err(Problem::Shape);
    }
    if !fraction.is_empty() && fields.len() != 3 {
        return Err(Problem::Shape);
    }
    let (hour, minute) = (number(Some(fields[0]))?, number(Some(fields[1]))?);
    let second = if fields.len() == 3 { number(Some(fields[2]))? } else { 0 };
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Problem::NoSuchTime);
    }
    let nanos = if fraction.is_empty() { 0 } else { number(Some(&format!("{fraction:0<9}")))? };
    Ok(i128::from((hour * 60 + minute) * 60 + second) * 1_000_000_000 + i128::from(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let second = 1_000_000_000;
        assert_eq!(parse("1970-01-01T00:00Z"), Ok(0));
        assert_eq!(parse("2024-06-01T00:00Z"), Ok(1_717_200_000 * second));
        assert_eq!(parse("2024-02-29T12:30:15.25+02:00"), Ok(1_709_202_615 * second + 250_000_000));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Ok(-second));
        assert_eq!(parse("2024-06-01T00:00-05"), Ok((1_717_200_000 + 5 * 3600) * second));
    }

    #[test]
    fn what_is_no_moment() {
        assert_eq!(parse("2024-06-01"), Err(Problem::DateAlone));
        assert_eq!(parse("2024-06-01T00:00"), Err(Problem::NoZone));
        assert_eq!(parse("2023-02-29T00:00Z"), Err(Problem::NoSuchTime));
        assert_eq!(parse("2023-01-01T24:00Z"), Err(Problem::NoSuchTime));
        assert_eq!(parse("2023-01-01T1:00Z"), Err(Problem::Shape));
        assert_eq!(parse("2300-01-01T00:00Z"), Err(Problem::Range));
    }
}
