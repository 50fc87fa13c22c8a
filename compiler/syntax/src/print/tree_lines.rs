//! What a tree print says on one line, but for expressions.

use std::fmt::{Display, Formatter, Result};

use super::tree_expr::{Clause, List};
use crate::ast::*;

impl Display for Let {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(
            out,
            "let {}{} = {}{}",
            self.name,
            Clause(": ", &self.ty),
            self.value,
            Clause(" every ", &self.every)
        )
    }
}

impl Display for Emit {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "emit {} {{ {} }}{}", self.sink, List(&self.record), Clause(" every ", &self.every))?;
        write!(out, "{}{}", if self.always { " always" } else { "" }, Clause(" when ", &self.when))
    }
}

impl Display for Wire {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Wire::Name(name) => write!(out, "{name}"),
            Wire::Names(names) => write!(out, "[{}]", List(names)),
            Wire::Number(number) => write!(out, "{number}"),
        }
    }
}

impl Display for Encoding {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Encoding::Unit(unit) => write!(out, "{unit}"),
            Encoding::Pattern { pattern, zone } => write!(out, "{pattern}{}", Clause(" zone ", zone)),
        }
    }
}

impl Display for Setting {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}: ", self.name)?;
        match &self.value {
            SettingValue::Expr(value) => write!(out, "{value}"),
            SettingValue::Format { name, options } => write!(out, "format {name} {{ {} }}", List(options)),
            SettingValue::Clock { value, unit } => write!(out, "{value} in {unit}"),
            SettingValue::Ack { input, by } => write!(out, "{input} by {by}"),
        }
    }
}

impl Display for Trigger {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Trigger::Condition(condition) => write!(out, "{condition}"),
            Trigger::Sequence { first, steps, .. } => {
                write!(out, "{first}")?;
                for step in steps {
                    let no = if step.negated { "no " } else { "" };
                    write!(out, " then {no}{} within {}", step.condition, step.within)?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Until {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Until::Never => out.write_str("never"),
            Until::Condition { condition, hold } => write!(out, "{condition}{}", Clause(" for ", hold)),
        }
    }
}

impl Display for TestStepKind {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            TestStepKind::With { twin, key, params } => {
                write!(out, "with {twin} {key} {{ {} }}", List(params))
            }
            TestStepKind::Every { period, from, to, input, record } => {
                write!(out, "every {period} from {from} to {to} {input} {{ {} }}", List(record))
            }
            TestStepKind::At { time, input, record } => {
                write!(out, "at {time} {input} {{ {} }}", List(record))
            }
            TestStepKind::Advance { time } => write!(out, "until {time}"),
            TestStepKind::Replay { source, file, against } => {
                write!(out, "replay {source} {file}")?;
                match against {
                    Some((name, file)) => write!(out, " against {name} {file}"),
                    None => Ok(()),
                }
            }
            TestStepKind::Expect(expectation) => write!(out, "expect {expectation}"),
            TestStepKind::Broken(_) => out.write_str("broken"),
        }
    }
}

impl Display for Expectation {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Expectation::Alert { rule, change, moment } => {
                write!(out, "{rule} {change}{}", Clause(" ", moment))
            }
            Expectation::NoAlert { rule, change, moment } => {
                write!(out, "{rule} never {change}{}", Clause(" ", moment))
            }
            Expectation::Value { condition, at, tolerance } => {
                write!(out, "{condition}{}{}", Clause(" at ", at), Clause(" within ", tolerance))
            }
            Expectation::Before { rule, share, of, lead } => {
                write!(out, "{rule} before {share} of {of}{}", Clause(" by at least ", lead))
            }
            Expectation::FalseAlarms { rule, most, per } => {
                write!(out, "{rule} false at most {most}{}", Clause(" per ", per))
            }
        }
    }
}

impl Display for AlertChange {
    fn fmt(&self, out: &mut Formatter) -> Result {
        out.write_str(match self {
            AlertChange::Raised => "raised",
            AlertChange::Cleared => "cleared",
        })
    }
}

impl Display for Moment {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            Moment::At { time, tolerance } => write!(out, "at {time}{}", Clause(" within ", tolerance)),
            Moment::Before(time) => write!(out, "before {time}"),
            Moment::After(time) => write!(out, "after {time}"),
            Moment::Between(low, high) => write!(out, "between {low} and {high}"),
        }
    }
}
