//! Patterns of the Unicode CLDR such as `M/d/yyyy h:mm:ss a`, taken apart once.
//!
//! | letters | meaning |
//! | --- | --- |
//! | `y` `yyyy` `u` | year; `yy` two digits, 69 to 99 being 1969 to 1999 |
//! | `M` `MM` `L` `LL` | month; `MMM` `Jan`, `MMMM` `January` |
//! | `d` `dd`, `D` | day of the month, of the year |
//! | `H` `HH`, `k`, `h` `hh`, `K` | hour 0–23, 1–24, 1–12, 0–11 |
//! | `m` `mm`, `s` `ss`, `S` … | minute, second, digits of its fraction |
//! | `a` | AM or PM |
//! | `E` `EEEE` | `Mon`, `Monday`: read past, it adds nothing |
//! | `X` `XXX` `x` `xxx` `Z` `ZZZZZ` | offset from UTC; `X` also takes `Z` |
//! | `VV` | zone by name, e.g. `Europe/Paris` |
//! | `'text'`, `''` | text as it stands, a quote |

/// An offset from UTC as a zone, `+01:00`, `+0100` or `+01`, in seconds.
pub fn offset_of(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let number = |digits: &[u8]| {
        let is_number = digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let (hours, minutes) = match digits {
        [_, _] => (number(digits)?, 0),
        [hours @ .., b':', _, _] if hours.len() == 2 => (number(hours)?, number(&digits[3..])?),
        [_, _, minutes @ ..] if minutes.len() == 2 => (number(&digits[..2])?, number(minutes)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(Vec<u8>),
    /// A number.
    Number {
        /// What it counts.
        what: Field,
        /// How many letters.
        digits: usize,
        /// It has exactly so many digits, as another number follows at once.
        fixed: bool,
    },
    /// A month by name.
    MonthName {
        /// In full, not by three letters.
        long: bool,
    },
    /// A day of the week by name.
    Weekday {
        /// In full, not by three letters.
        long: bool,
    },
    /// AM or PM.
    AmPm,
    /// An offset from UTC.
    Offset {
        /// With a colon between hours and minutes.
        colon: bool,
        /// With minutes.
        minutes: bool,
        /// `Z` for UTC itself.
        z_for_utc: bool,
    },
    /// A zone by its name.
    ZoneName,
}

/// What a number in a pattern counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The year.
    Year,
    /// Two digits of the year.
    YearOfCentury,
    /// The month.
    Month,
    /// The day of the month.
    Day,
    /// The day of the year.
    DayOfYear,
    /// Hours from 0 to 23.
    Hour,
    /// Hours from 1 to 24.
    HourFrom1,
    /// Hours from 1 to 12.
    HalfDayHour,
    /// Hours from 0 to 11.
    HalfDayHourFrom0,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
    /// Digits of a second's fraction.
    Fraction,
}

impl Field {
    /// How many digits it has at most.
    pub fn digits_max(self) -> usize {
        match self {
            Field::Year => 4,
            Field::DayOfYear => 3,
            Field::Fraction => 18,
            _ => 2,
        }
    }
}

/// Takes a pattern apart; errors in words, e.g. which letters are not known.
pub fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = split(pattern)?;
    settle_digits(&mut pieces);
    let is_half_day = |piece: &Piece| {
        matches!(piece, Piece::Number { what: Field::HalfDayHour | Field::HalfDayHourFrom0, .. })
    };
    if pieces.iter().any(is_half_day) && !pieces.contains(&Piece::AmPm) {
        return Err(format!(
            "`h` in `{pattern}` counts to 12 and needs an `a` for AM or PM; `H` counts to 23"
        ));
    }
    Ok(pieces)
}

fn split(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            rest = quoted(&rest[1..], &mut pieces)
                .ok_or_else(|| format!("a quote in `{pattern}` has no end"))?;
        } else if letter.is_ascii_alphabetic() {
            let count = rest.bytes().take_while(|b| *b == letter as u8).count();
            pieces.push(field(letter, count).ok_or_else(|| {
                let letters = &rest[..count];
                format!("`{letters}` in the pattern `{pattern}` is not known{}", meant(letter))
            })?);
            rest = &rest[count..];
        } else {
            push_text(&mut pieces, &rest.as_bytes()[..letter.len_utf8()]);
            rest = &rest[letter.len_utf8()..];
        }
    }
    if pieces.is_empty() { Err("the pattern is empty".to_string()) } else { Ok(pieces) }
}

/// Takes text up to the closing quote; `''` is a quote inside and outside of quotes.
fn quoted<'a>(text: &'a str, pieces: &mut Vec<Piece>) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('\'') {
        push_text(pieces, b"'");
        return Some(rest);
    }
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        push_text(pieces, &rest.as_bytes()[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                push_text(pieces, b"'");
                rest = more;
            }
            None => return Some(rest),
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &[u8]) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.extend_from_slice(text),
        _ => pieces.push(Piece::Text(text.to_vec())),
    }
}

fn field(letter: char, count: usize) -> Option<Piece> {
    let number = |what: Field, most: usize| {
        (count <= most).then_some(Piece::Number { what, digits: count, fixed: false })
    };
    match letter {
        'y' | 'u' if count == 2 => number(Field::YearOfCentury, 2),
        'y' | 'u' => number(Field::Year, 4),
        'M' | 'L' if count == 3 || count == 4 => Some(Piece::MonthName { long: count == 4 }),
        'M' | 'L' => number(Field::Month, 2),
        'd' => number(Field::Day, 2),
        'D' => number(Field::DayOfYear, 3),
        'H' => number(Field::Hour, 2),
        'k' => number(Field::HourFrom1, 2),
        'h' => number(Field::HalfDayHour, 2),
        'K' => number(Field::HalfDayHourFrom0, 2),
        'm' => number(Field::Minute, 2),
        's' => number(Field::Second, 2),
        'S' => number(Field::Fraction, 18),
        'a' if count <= 3 => Some(Piece::AmPm),
        'E' if count <= 4 => Some(Piece::Weekday { long: count == 4 }),
        'X' | 'x' if count <= 3 => {
            Some(Piece::Offset { colon: count == 3, minutes: count > 1, z_for_utc: letter == 'X' })
        }
        'Z' if count <= 3 => Some(Piece::Offset { colon: false, minutes: true, z_for_utc: false }),
        'Z' if count == 5 => Some(Piece::Offset { colon: true, minutes: true, z_for_utc: true }),
        'V' if count == 2 => Some(Piece::ZoneName),
        _ => None,
    }
}

/// A number before another number has exactly its digits, or nobody could tell where it ends.
fn settle_digits(pieces: &mut [Piece]) {
    for at in 1..pieces.len() {
        let (before, here) = pieces.split_at_mut(at);
        if let (Some(Piece::Number { fixed, .. }), Piece::Number { .. }) = (before.last_mut(), &here[0]) {
            *fixed = true;
        }
    }
}

/// What the letters of other tools are here.
fn meant(letter: char) -> &'static str {
    match letter {
        'Y' => "; a year is `yyyy`",
        'D' => "; a day of the month is `dd`",
        'A' => "; AM or PM is `a`",
        'T' => "; letters that stand for themselves are quoted: `'T'`",
        'f' | 'F' | 'n' => "; the digits of a second's fraction are `SSS`",
        't' => "; AM or PM is `a`, and letters that stand for themselves are quoted",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stand_for_zones() {
        for (zone, minutes) in [("+01:00", 60), ("-0530", -330), ("+02", 120), ("+00:00", 0)] {
            assert_eq!(offset_of(zone), Some(minutes * 60), "{zone}");
        }
        for zone in ["", "Z", "01:00", "+1", "+24:00", "+01:60", "+01:0", "+1:000", "+ab", "+\u{e9}1", "UTC"]
        {
            assert_eq!(offset_of(zone), None, "{zone}");
        }
    }

    #[test]
    fn letters_of_other_tools_are_told() {
        let why = |pattern: &str| pieces(pattern).expect_err(pattern);
        assert!(why("YYYY-MM-dd").ends_with("is not known; a year is `yyyy`"));
        assert!(why("yyyy-MM-DDDD").contains("`dd`"));
        assert!(why("yyyy-MM-ddTHH:mm").contains("`'T'`"));
        assert!(why("h:mm").contains("needs an `a`"));
        assert!(why("").contains("empty"));
    }

    #[test]
    fn a_number_before_a_number_has_its_digits() {
        let [first, second] = pieces("yyyyMM").unwrap().try_into().unwrap();
        assert_eq!(first, Piece::Number { what: Field::Year, digits: 4, fixed: true });
        assert_eq!(second, Piece::Number { what: Field::Month, digits: 2, fixed: false });
    }
}
