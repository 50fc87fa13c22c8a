//! Timestamps in text: RFC 3339, and patterns of the CLDR with a zone.
//!
//! Both directions share one form, so that what is written can be read again.

mod civil;
mod parse_pattern;
mod pattern;
mod rfc3339;
mod write_pattern;

pub use pattern::TimePattern;
pub(crate) use rfc3339::{parse as parse_rfc3339, write as write_rfc3339};
