//! What there is to say about a program, by family; one function per message.

pub(crate) mod names;
pub(crate) mod schemas;
pub(crate) mod state;
pub(crate) mod tests;
pub(crate) mod time;
pub(crate) mod types;

use twin_diagnostics::{Diagnostic, Span};

/// `a`, `a and b`, `a, b and c`, each in backticks.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match quoted.split_last() {
        None => "none".to_string(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// At most twelve names of a list, and that there are more.
pub(crate) fn some_listed<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 12;
    let head: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len() > SHOWN {
        true => format!("{} and {} more", head.join(", "), names.len() - SHOWN),
        false => head.join(", "),
    }
}

pub(crate) trait Meant {
    /// "did you mean", with the fix.
    fn did_you_mean(self, near: Option<&str>, span: Span) -> Self;
}

impl Meant for Diagnostic {
    fn did_you_mean(self, near: Option<&str>, span: Span) -> Self {
        match near {
            Some(near) => {
                self.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near)
            }
            None => self,
        }
    }
}
