//! The words of the language: where each may begin something, and what it says.

use crate::place::Frame;

/// What a word says, in a sentence.
pub(crate) fn meaning(word: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
}

/// The words that something in a frame begins with; `None` is the top of a file.
pub(crate) fn beginnings(frame: Option<&Frame>) -> &'static [&'static str] {
    match frame {
        None => &[
            "use", "unit", "enum", "schema", "source", "table", "sink", "command", "fn", "block", "model",
            "twin", "test", "scenario",
        ],
        Some(Frame::Twin(_)) => {
            &["key", "input", "param", "let", "state", "on", "machine", "rule", "emit", "part", "for"]
        }
        Some(Frame::Block(_)) => &["let", "state", "on", "der", "when", "return"],
        Some(Frame::Function(_)) => &["let", "return"],
        Some(Frame::Rule) => &["severity", "message", "emit", "capture", "on clear", "let", "if", "reset"],
        Some(Frame::Statements) => &["let", "emit", "reset", "if"],
        Some(Frame::Test) => &["with", "every", "at", "until", "replay", "expect"],
        Some(Frame::Scenario(_)) => &["from", "set", "show"],
        Some(Frame::Machine(_)) => &["any"],
        _ => &[],
    }
}

/// The words that may go on behind a value in a frame.
pub(crate) fn continuations(frame: Option<&Frame>) -> &'static [&'static str] {
    match frame {
        Some(Frame::Schema) => &["in", "valid", "as", "zone"],
        Some(Frame::Twin(_)) => &[
            "and", "or", "over", "each", "during", "every", "for", "until", "then", "within", "by", "else",
            "repeat", "when", "div", "mod", "using",
        ],
        Some(Frame::Test) => {
            &["raised", "cleared", "never", "between", "before", "after", "at", "within", "to", "from"]
        }
        Some(Frame::Call(_)) => &["and", "or", "where", "over", "each", "div", "mod", "then", "else"],
        Some(Frame::Machine(_)) => &["and", "or", "for", "when"],
        Some(Frame::Rule) => &["from", "before", "to", "after", "and", "or"],
        _ => &["and", "or", "over", "each", "during", "every", "where", "then", "else", "div", "mod"],
    }
}

/// The words that a value may begin with.
pub(crate) const VALUE_WORDS: [&str; 7] = ["if", "match", "not", "true", "false", "absent", "now"];

/// Settings of a source, table, sink or command.
pub(crate) fn settings(keyword: &str) -> &'static [(&'static str, &'static str)] {
    match keyword {
        "source" => &SETTINGS,
        "table" => &SETTINGS[..4],
        "command" => &[SETTINGS[0], SETTINGS[1], EXPIRES, ACK],
        _ => &SETTINGS[..2],
    }
}

const SETTINGS: [(&str, &str); 10] = [
    ("topic", "Its name on Kafka."),
    ("format", "How records are encoded: `json`, `csv`, `avro` or `protobuf`."),
    ("key", "Which twin a record belongs to: a field, an expression, a constant, or `file`."),
    ("time", "The event time; without it, the record's own timestamp."),
    ("lateness", "How long stragglers are waited for, in event time; `0 s` where nothing is said."),
    ("patience", "How far behind the stream clock a quiet twin is kept."),
    ("skew", "How far ahead of its record's timestamp an event may be; `1 d` where nothing is said."),
    ("duplicates", "What to do with events of equal time in one twin: `keep`, `first` or `last`."),
    ("rate", "An upper bound of events per time and twin, for the memory report."),
    ("where", "Only records for which this is true."),
];
const EXPIRES: (&str, &str) = ("expires", "How long the command is worth carrying out.");
const ACK: (&str, &str) = ("ack", "The input that answers, `by` the field that holds the command's id.");

/// Values that are words of their own: behind `format:`, `duplicates:`, `severity`, `using`.
pub(crate) fn word_values(behind: &str) -> &'static [&'static str] {
    match behind {
        "format" => &["json", "csv", "avro", "protobuf"],
        "duplicates" => &["keep", "first", "last"],
        "severity" => &["info", "minor", "warning", "major", "critical"],
        "using" => &["dopri5", "rk4", "heun", "euler"],
        _ => &[],
    }
}

/// Types that are no quantities.
pub(crate) const PLAIN_TYPES: [(&str, &str); 6] = [
    ("bool", "true, false or unknown"),
    ("int", "64-bit whole number"),
    ("real", "64-bit number; `real in N*m` is a quantity"),
    ("string", "text; `string(200)` keeps up to 200 bytes in a state"),
    ("timestamp", "nanoseconds since the epoch"),
    ("duration", "nanoseconds"),
];

#[rustfmt::skip]
const MEANINGS: [(&str, &str); 66] = [
    ("use", "Brings in a function or block of the library, or a file of the project: `use std.signal.ewma`."),
    ("unit", "A unit of the program's own: `unit pallet`, `unit furlong = 201.168 m`."),
    ("enum", "A type with named values: `enum Mode { idle, running as \"RUN\" }`."),
    ("schema", "The shape of a record on the wire; `in UNIT` is the unit there."),
    ("source", "A topic of events."),
    ("table", "A compacted topic (or file) with the latest record per key."),
    ("sink", "A topic of outputs."),
    ("command", "A sink towards a device. A replay or test never sends one."),
    ("fn", "A pure function, generic over units."),
    ("block", "Reusable state: every place that calls it has its own."),
    ("model", "A trained model from a file."),
    ("twin", "A kind of asset: what runs once per key."),
    ("test", "A test in the language; `twin test` runs it with the native code."),
    ("scenario", "Another course of things, compared with the recorded one by `twin what-if`."),
    ("key", "The name of the twin's key."),
    ("input", "A source that the twin listens to; its fields are read bare."),
    ("param", "A setting with a default, which a run can override: `--set Car.redline=\"105 degC\"`."),
    ("let", "A name for an expression."),
    ("state", "A value that statements assign and the twin keeps."),
    ("on", "Statements that run when an input arrives or a condition is true."),
    ("machine", "A state machine: a signal whose values are its states."),
    ("rule", "An alert with a life: raised once, held, cleared and explained."),
    ("emit", "Writes a record to a sink or command."),
    ("part", "The twins that this one is made of."),
    ("der", "The rate of a state that is integrated over time: `der(temp) = …`."),
    ("return", "What the function or block gives."),
    ("when", "The condition of a rule, an emit or a machine's line; in a block, a discontinuity located in time."),
    ("until", "What clears the alert; `until never` latches it."),
    ("for", "How long the condition must have held: confirmed by the first event at which it has."),
    ("repeat", "`repeat every D`: the rule's body acts again while the alert stays raised."),
    ("severity", "How bad the alert is."),
    ("message", "What the alert says; `{coolant:.1 degC}` puts in a value."),
    ("capture", "Adds an input's records around the moment: `capture telemetry from 30 s before to 10 s after`."),
    ("on clear", "Statements that run when the alert clears."),
    ("reset", "Puts a state, a block or a window back to its beginning."),
    ("if", "`if c then a else b`; of an unknown condition it is absent."),
    ("match", "A value by the values of another: `match grade { low -> 1, else -> 0 }`."),
    ("then", "The next step of a sequence: `A then B within 10 s`."),
    ("else", "The value otherwise."),
    ("not", "True where the condition is false."),
    ("and", "True where both are, false where one is not, else unknown."),
    ("or", "True where one of both is, false where neither is, else unknown."),
    ("over", "A trailing window: `mean(x) over 60 s`, `over 100 samples`, `over session(gap: 5 min)`, `over all`."),
    ("each", "A tumbling window: `each 60 s` is `over 60 s every 60 s`; `each 1 d in \"Europe/Paris\"` follows the calendar."),
    ("during", "A window that is open while a condition is true."),
    ("every", "Makes it periodic: it changes at the multiples of the period in event time."),
    ("within", "How long after the step before; in tests, how far off a value may be."),
    ("where", "A filter: `mean(x where speed > 0 km/h)`."),
    ("by", "One value per value of a key: `mean(x) by gear in 0..6`; or what an input is matched by."),
    ("in", "The unit on the wire, or a unit for a plain type: `real in K/W`."),
    ("valid", "Values that are believed, in the unit of the wire; outside is absent and counted."),
    ("as", "The name on the wire, or another name for what is used."),
    ("using", "The solver that integrates the block."),
    ("div", "Whole division of whole numbers."),
    ("mod", "The remainder of whole division."),
    ("true", "The condition holds."),
    ("false", "The condition does not hold."),
    ("absent", "No value: a missing value makes the expression absent."),
    ("now", "The event time at which the expression is evaluated."),
    ("elapsed", "In a block: the time since it was last triggered."),
    ("with", "Which twin the test is about: `with Car \"A1\"`."),
    ("expect", "What must come out: `expect overheating raised between 50 s and 70 s`."),
    ("replay", "Runs the test over a recording."),
    ("set", "What is different in the scenario."),
    ("show", "What is shown side by side."),
    ("any", "Any state of the machine but the target."),
];
