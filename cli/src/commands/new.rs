//! `twin new`: a project that runs, to be made one's own.

use crate::args::{New, Template};
use crate::failure::{Exit, Failure, Outcome};
use crate::terminal::Terminal;
use std::fs;
use std::path::Path;
use twin_driver::in_words;

/// Name and content of each file of a template.
type Files = &'static [(&'static str, &'static str)];

macro_rules! template {
    ($folder:literal: $($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../templates/", $folder, "/", $file)))),*]
    };
}

const CARS: Files =
    template!("cars": "main.twin", "twin.toml", "recording/telemetry.jsonl", "recording/registry.csv");
const PUMP: Files = template!("pump": "main.twin", "twin.toml", "recording/samples.csv");
const TURBOFAN: Files = template!("turbofan": "main.twin", "twin.toml", "recording/flights.csv");
const EMPTY: Files = template!("empty": "main.twin", "twin.toml", "recording/samples.jsonl");

/// What every project has besides.
const IGNORED: (&str, &str) = (".gitignore", "out/\n");

/// Makes a project's folder.
pub fn run(args: &New, terminal: &Terminal) -> Outcome {
    let folder = &args.name;
    let name = project_name(folder)?;
    let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file();
    if is_taken {
        return Err(Failure::usage(format!("{}: there is something already", folder.display()))
            .help("name a folder that does not exist yet, or an empty one"));
    }
    for (file, text) in files(args.template).iter().chain([&IGNORED]) {
        let text = if *file == "twin.toml" { text.replace("{name}", &name) } else { text.to_string() };
        let path = folder.join(file);
        write(&path, &text)
            .map_err(|error| Failure::usage(format!("{}: {}", path.display(), in_words(&error))))?;
    }
    let shown = folder.display();
    terminal.note(&format!("{shown}: a project that runs\n\n  twin replay {shown}\n  twin test {shown}"));
    Ok(Exit::Fine)
}

fn files(template: Template) -> Files {
    match template {
        Template::Cars => CARS,
        Template::Pump => PUMP,
        Template::Turbofan => TURBOFAN,
        Template::Empty => EMPTY,
    }
}

/// The folder's own name, which stands in every alert.
fn project_name(folder: &Path) -> Result<String, Failure> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_fine = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(is_fine) {
        return Err(Failure::usage(format!("`{}` is no name for a project", folder.display()))
            .help("letters, digits, `_` and `-` make a name"));
    }
    Ok(name)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
