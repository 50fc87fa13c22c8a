//! What is said and where: results on stdout, talk on stderr, colours where they are wanted.

use crate::args::{Colour, Common, Format};
use crate::failure::Failure;
use std::io::{self, IsTerminal, Write};
use twin_diagnostics::Diagnostic;
use twin_driver::render::{Form, Shown, Style, render};

/// The two ends of the command that a reader sees.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// The form of findings.
    pub format: Format,
    /// Only what is wrong is said.
    pub quiet: bool,
    /// More is said.
    pub verbose: bool,
    /// Whether a progress bar may be shown.
    pub progress: bool,
    colour: Colour,
    width: usize,
}

/// Where something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Results.
    Stdout,
    /// Talk.
    Stderr,
}

impl Terminal {
    /// From the flags and what we are connected to.
    pub fn new(common: &Common) -> Terminal {
        Terminal {
            format: common.format,
            quiet: common.quiet,
            verbose: common.verbose,
            progress: !common.no_progress && !common.quiet && io::stderr().is_terminal(),
            colour: common.color,
            width: width(),
        }
    }

    /// The same, but for warnings and hints.
    pub fn only_errors(&self) -> Terminal {
        Terminal { quiet: true, ..*self }
    }

    /// Whether what is said there may have colours.
    pub fn colour(&self, to: To) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
                    || std::env::var_os("TERM").is_some_and(|v| v == "dumb");
                !refused
                    && match to {
                        To::Stdout => io::stdout().is_terminal(),
                        To::Stderr => io::stderr().is_terminal(),
                    }
            }
        }
    }

    /// Writes findings.
    pub fn findings(&self, findings: &[Diagnostic], shown: Shown<'_>, to: To) -> Result<(), Failure> {
        let form = match self.format {
            Format::Human => Form::Graphical,
            Format::Short => Form::Short,
            Format::Json => Form::Json,
        };
        let style = Style { form, colour: self.colour(to), width: self.width };
        let text = render(findings, shown, style);
        match to {
            To::Stdout => print(&text),
            To::Stderr => {
                say(&text);
                Ok(())
            }
        }
    }

    /// Says something that is nice to know.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            say(&format!("{text}\n"));
        }
    }

    /// Says something that is nice to know for those who want to know more.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            say(&format!("{text}\n"));
        }
    }

    /// Says something that the reader should know.
    pub fn warn(&self, text: &str) {
        say(&format!("{} {text}\n", self.paint("warning:", "33;1")));
    }

    /// Says why a command could not do its work.
    pub fn fail(&self, failure: &Failure) {
        say(&format!("{} {}\n", self.paint("error:", "31;1"), failure.message));
        if let Some(help) = &failure.help {
            say(&format!("{} {help}\n", self.paint("help:", "36;1")));
        }
    }

    /// A word of good news on stdout.
    pub fn good(&self, word: &str) -> String {
        if self.colour(To::Stdout) { format!("\x1b[32;1m{word}\x1b[0m") } else { word.to_string() }
    }

    /// A word of bad news on stdout.
    pub fn bad(&self, word: &str) -> String {
        if self.colour(To::Stdout) { format!("\x1b[31;1m{word}\x1b[0m") } else { word.to_string() }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colour(To::Stderr) { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Columns to draw in: the terminal's, or what is good to read elsewhere.
fn width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    given.filter(|columns| *columns >= 40).unwrap_or(100)
}

/// Writes a result to stdout. A reader who has gone away, or a full disk, ends the command with words.
pub fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// The same with bytes.
pub fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(stdout_failed)
}

/// Stdout does not take what is written.
pub fn stdout_failed(error: io::Error) -> Failure {
    Failure::usage(format!("stdout: {}", twin_driver::in_words(&error)))
}

/// Writes to stderr; nobody can be told when that fails.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
