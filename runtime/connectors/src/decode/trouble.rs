//! Why a value or a record could not be taken.

use twin_engine::{RejectReason, field_name};
use twin_plan::Column;

/// Why a column has no value in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not there, or null.
    Missing,
    /// It is something else than the schema says, e.g. a text where a number is needed.
    WrongType,
    /// `NaN`, `Infinity`, or a number too large for a float.
    NotFinite,
    /// A whole number, a time or a text that does not fit.
    DoesNotFit,
    /// A text that is no value of the enum.
    UnknownValue,
    /// A text that is no time as the schema writes it.
    NotATime,
    /// Outside the bounds of `valid`.
    Outside,
}

impl Trouble {
    fn reason(self) -> RejectReason {
        if self == Trouble::Missing { RejectReason::MissingField } else { RejectReason::BadValue }
    }
}

/// A record that was not taken: why, counted by `reason`, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As it is counted.
    pub reason: RejectReason,
    /// For people, with the field and the place.
    pub detail: String,
    /// The record's key, where it could be read for all that.
    pub key: Option<String>,
}

impl Refusal {
    /// A record that does not follow its format. What was read of it before is not to be relied on, the key neither.
    pub(crate) fn undecodable(detail: String) -> Refusal {
        Refusal { reason: RejectReason::Undecodable, detail, key: None }
    }

    /// The same with the byte (from 1) where that shows.
    pub(crate) fn malformed(what: &str, at: usize) -> Refusal {
        Refusal::undecodable(format!("{what} at byte {}", at + 1))
    }

    /// A required column without a value; `found` is what stands there.
    pub(crate) fn of_column(column: &Column, trouble: Trouble, found: &[u8]) -> Refusal {
        let name = field_name(column);
        let found = excerpt(found);
        let detail = match trouble {
            Trouble::Missing => format!("required field {name} is missing"),
            Trouble::WrongType => format!("field {name} is {found}, which is not {}", kind(column)),
            Trouble::NotFinite => format!("field {name} is {found}, which is no finite number"),
            Trouble::DoesNotFit => format!("field {name} is {found}, which does not fit"),
            Trouble::UnknownValue => {
                format!("field {name} is {found}, which is none of {}", values(column))
            }
            Trouble::NotATime => format!("field {name} is {found}, which is not {}", kind(column)),
            Trouble::Outside => format!("field {name} is {found}, outside its valid range"),
        };
        Refusal { reason: trouble.reason(), detail, key: None }
    }
}

/// The start of what was found, so that a message stays short.
fn excerpt(found: &[u8]) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(found);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// What a column wants, in words.
fn kind(column: &Column) -> String {
    use twin_plan::TimeText;
    use twin_types::Scalar;
    let time = match &column.time {
        Some(TimeText::Pattern(pattern, _)) => format!("a time written as `{pattern}`"),
        Some(TimeText::Count(_)) => "a number".to_string(),
        Some(TimeText::Rfc3339) | None => "a time such as 2024-06-01T00:00:00Z".to_string(),
    };
    match column.ty {
        Scalar::Bool => "true or false".to_string(),
        Scalar::Int => "a whole number".to_string(),
        Scalar::Real => "a number".to_string(),
        Scalar::Timestamp => time,
        Scalar::Duration => "a duration".to_string(),
        Scalar::Enum(_) => format!("one of {}", values(column)),
        Scalar::String => "a text".to_string(),
    }
}

fn values(column: &Column) -> String {
    const SHOWN: usize = 8;
    let mut texts: Vec<String> = column.texts.iter().take(SHOWN).map(|t| format!("`{t}`")).collect();
    if column.texts.len() > SHOWN {
        texts.push("…".to_string());
    }
    texts.join(", ")
}
