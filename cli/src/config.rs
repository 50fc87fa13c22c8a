//! `twin.toml`: the project's name, what is bound to what, and params.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};
use twin_driver::settings::did_you_mean;

/// The file's name.
pub const FILE: &str = "twin.toml";

/// What a project says about its surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The program's name.
    pub name: Option<String>,
    /// Per source or table: its partitions; `a+b` is one log in two files.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// Per sink: where its records go.
    pub outputs: BTreeMap<String, String>,
    /// Params, by `NAME.PARAM`.
    pub set: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file of a project folder; a project without one says nothing.
    pub fn read(folder: &Path) -> Result<Config, Failure> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => {
                return Err(Failure::usage(format!("{}: {}", path.display(), twin_driver::in_words(&error))));
            }
        };
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, name: &str) -> Result<Config, Failure> {
        let file = File { text, name };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            file.wrong(at, error.message().trim())
        })?;
        let mut config = Config::default();
        for (key, value) in table.get_ref() {
            let at = key.span().start;
            match key.get_ref().as_ref() {
                "project" => config.read_project(&file, at, value.get_ref())?,
                "inputs" => config.read_inputs(&file, at, value.get_ref())?,
                "outputs" => config.read_outputs(&file, at, value.get_ref())?,
                "set" => read_set(&file, "", value.get_ref(), at, &mut config.set)?,
                other => {
                    return Err(file.unknown(at, other, &["project", "inputs", "outputs", "set"]));
                }
            }
        }
        Ok(config)
    }

    fn read_project(&mut self, file: &File<'_>, at: usize, value: &DeValue<'_>) -> Result<(), Failure> {
        for (key, value) in table(file, "project", at, value)? {
            let at = key.span().start;
            match key.get_ref().as_ref() {
                "name" => self.name = Some(string(file, "name", at, value.get_ref())?),
                other => return Err(file.unknown(at, other, &["name"])),
            }
        }
        Ok(())
    }

    fn read_inputs(&mut self, file: &File<'_>, at: usize, value: &DeValue<'_>) -> Result<(), Failure> {
        for (key, value) in table(file, "inputs", at, value)? {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            let paths = match value.get_ref() {
                DeValue::Array(items) => {
                    let each = |item: &toml::Spanned<DeValue<'_>>| string(file, name, at, item.get_ref());
                    items.iter().map(each).collect::<Result<Vec<_>, _>>()?
                }
                other => vec![string(file, name, at, other)?],
            };
            self.inputs.insert(name.to_string(), paths);
        }
        Ok(())
    }

    fn read_outputs(&mut self, file: &File<'_>, at: usize, value: &DeValue<'_>) -> Result<(), Failure> {
        for (key, value) in table(file, "outputs", at, value)? {
            let name = key.get_ref().as_ref();
            let path = string(file, name, key.span().start, value.get_ref())?;
            self.outputs.insert(name.to_string(), path);
        }
        Ok(())
    }
}

/// `Car.redline = "105 degC"`: TOML makes a table of `Car`, and a string of what stands in quotes.
fn read_set(
    file: &File<'_>,
    prefix: &str,
    value: &DeValue<'_>,
    at: usize,
    set: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let text = match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                let dot = if prefix.is_empty() { "" } else { "." };
                let name = format!("{prefix}{dot}{}", key.get_ref());
                read_set(file, &name, value.get_ref(), key.span().start, set)?;
            }
            return Ok(());
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        _ => return Err(file.wrong(at, &format!("`{prefix}` takes one value, such as \"105 degC\""))),
    };
    set.insert(prefix.to_string(), text);
    Ok(())
}

fn table<'v, 't>(
    file: &File<'_>,
    name: &str,
    at: usize,
    value: &'v DeValue<'t>,
) -> Result<&'v DeTable<'t>, Failure> {
    match value {
        DeValue::Table(table) => Ok(table),
        _ => Err(file.wrong(at, &format!("`{name}` is a section: write it as [{name}]"))),
    }
}

fn string(file: &File<'_>, name: &str, at: usize, value: &DeValue<'_>) -> Result<String, Failure> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err(file.wrong(at, &format!("`{name}` takes a text in quotes"))),
    }
}

/// The file, to say where something stands.
struct File<'a> {
    text: &'a str,
    name: &'a str,
}

impl File<'_> {
    fn wrong(&self, at: usize, what: &str) -> Failure {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        Failure::usage(format!("{}:{line}: {what}", self.name))
    }

    fn unknown(&self, at: usize, key: &str, known: &[&str]) -> Failure {
        let failure = self.wrong(at, &format!("there is no setting `{key}`"));
        failure.maybe_help(did_you_mean(key, known.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_says_what_is_bound_to_what() {
        let text = "[project]\nname = \"cars\"\n[inputs]\na = \"a.csv\"\nb = [\"b.csv\", \"c+d.csv\"]\n\
                    [outputs]\nalerts = \"-\"\n[set]\nCar.redline = \"105 degC\"\n\"Car.count\" = 3\n";
        let config = Config::parse(text, FILE).unwrap();
        assert_eq!(config.name.as_deref(), Some("cars"));
        assert_eq!(config.inputs["b"], ["b.csv", "c+d.csv"]);
        assert_eq!(config.outputs["alerts"], "-");
        assert_eq!(config.set["Car.redline"], "105 degC");
        assert_eq!(config.set["Car.count"], "3");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let check = |text: &str, message: &str, help: Option<&str>| {
            let failure = Config::parse(text, FILE).unwrap_err();
            assert_eq!((failure.message.as_str(), failure.help.as_deref()), (message, help));
        };
        check(
            "\n[input]\na = \"b\"\n",
            "twin.toml:2: there is no setting `input`",
            Some("did you mean `inputs`?"),
        );
        check(
            "[project]\nnme = \"b\"\n",
            "twin.toml:2: there is no setting `nme`",
            Some("did you mean `name`?"),
        );
        check("[inputs]\n\na = 3\n", "twin.toml:3: `a` takes a text in quotes", None);
        check("inputs = 3\n", "twin.toml:1: `inputs` is a section: write it as [inputs]", None);
    }
}
