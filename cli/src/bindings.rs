//! What is bound to what: files of sources and tables, places of sinks.

use crate::args::Run;
use crate::failure::Failure;
use crate::project::Found;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use twin_driver::settings::did_you_mean;
use twin_plan::Plan;

/// Partitions of one source or table: each is a log of one or several files.
pub type Partitions = Vec<Vec<PathBuf>>;

/// Where a run's records come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// By source of the plan.
    pub sources: Vec<Partitions>,
    /// By table of the plan.
    pub tables: Vec<Partitions>,
    /// By name of the sink.
    pub outputs: BTreeMap<String, Target>,
}

/// Where the records of a sink go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To stdout, as JSON lines.
    Stdout,
    /// To a file.
    File(PathBuf),
}

impl Bindings {
    /// From the flags and, for what they do not name, from `twin.toml`.
    pub fn new(found: &Found, run: &Run, plan: &Plan) -> Result<Bindings, Failure> {
        let mut inputs = inputs(found, run, plan)?;
        let mut take = |name: &str| inputs.remove(name).unwrap_or_default();
        let sources: Vec<Partitions> = plan.sources.iter().map(|source| take(&source.name)).collect();
        let tables = plan.tables.iter().map(|table| take(&table.name)).collect();
        if let Some(missing) = plan.sources.iter().zip(&sources).find(|(_, files)| files.is_empty()) {
            return Err(unbound(&missing.0.name));
        }
        let bindings = Bindings { sources, tables, outputs: outputs(found, run, plan)? };
        bindings.check_files()?;
        Ok(bindings)
    }

    /// Tables that nothing is bound to; they have no rows.
    pub fn unbound_tables<'p>(&self, plan: &'p Plan) -> Vec<&'p str> {
        let bare = plan.tables.iter().zip(&self.tables).filter(|(_, files)| files.is_empty());
        bare.map(|(table, _)| table.name.as_str()).collect()
    }

    fn check_files(&self) -> Result<(), Failure> {
        let inputs = || self.sources.iter().chain(&self.tables).flatten().flatten();
        inputs().try_for_each(|path| check_input(path))?;
        let mut written: Vec<(&str, PathBuf)> = Vec::new();
        for (sink, target) in &self.outputs {
            let Target::File(path) = target else { continue };
            // Devices and pipes take what several sinks say.
            if path.exists() && !path.is_file() {
                continue;
            }
            let place = place(path);
            if let Some(input) = inputs().find(|input| self::place(input) == place) {
                return Err(Failure::usage(format!(
                    "`{sink}` would overwrite {}, which this run reads",
                    input.display()
                )));
            }
            if let Some((other, _)) = written.iter().find(|(_, other)| *other == place) {
                return Err(Failure::usage(format!(
                    "`{other}` and `{sink}` would both write {}",
                    path.display()
                )));
            }
            written.push((sink, place));
        }
        Ok(())
    }
}

/// Where a path leads, for comparing: what is not there yet lies in a folder that mostly is.
fn place(path: &Path) -> PathBuf {
    let parent = || {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(parent.canonicalize().ok()?.join(path.file_name()?))
    };
    let as_written = || std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.canonicalize().ok().or_else(parent).unwrap_or_else(as_written)
}

fn check_input(path: &Path) -> Result<(), Failure> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| Failure::usage(format!("{}: {}", path.display(), twin_driver::in_words(&error))))?;
    if metadata.is_dir() {
        return Err(Failure::usage(format!("{}: this is a folder, and a file is needed", path.display()))
            .help("name each file with an --input of its own, or join files of one log by `+`"));
    }
    Ok(())
}

fn unbound(source: &str) -> Failure {
    Failure::usage(format!("nothing says where the records of `{source}` are")).help(format!(
        "add --input {source}=FILE, or a line `{source} = \"FILE\"` under [inputs] in twin.toml"
    ))
}

fn inputs(found: &Found, run: &Run, plan: &Plan) -> Result<BTreeMap<String, Partitions>, Failure> {
    let sources = plan.sources.iter().map(|source| source.name.as_str());
    let names: Vec<&str> = sources.chain(plan.tables.iter().map(|table| table.name.as_str())).collect();
    let folder = found.project.folder().unwrap_or(Path::new(""));
    let mut inputs: BTreeMap<String, Partitions> = BTreeMap::new();
    for (name, paths) in &found.config.inputs {
        check_name(found, name, &names, "source or table")?;
        inputs.insert(name.clone(), paths.iter().map(|path| files(path, folder)).collect());
    }
    for (name, _) in &run.input {
        known(name, &names, "source or table")?;
        inputs.remove(name);
    }
    for (name, path) in &run.input {
        inputs.entry(name.clone()).or_default().push(files(path, Path::new("")));
    }
    Ok(inputs)
}

fn outputs(found: &Found, run: &Run, plan: &Plan) -> Result<BTreeMap<String, Target>, Failure> {
    let own = plan.sinks.iter().map(|sink| sink.name.as_str());
    let names: Vec<&str> = own.chain(twin_engine::BUILT_IN).collect();
    let folder = found.project.folder().unwrap_or(Path::new(""));
    let mut outputs = BTreeMap::new();
    for (name, path) in &found.config.outputs {
        check_name(found, name, &names, "sink")?;
        outputs.insert(name.clone(), target(path, folder));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (name, path) in &run.output {
        known(name, &names, "sink")?;
        if seen.contains(&name.as_str()) {
            return Err(Failure::usage(format!(
                "`{name}` has two --output, and its records go to one place"
            )));
        }
        seen.push(name);
        outputs.insert(name.clone(), target(path, Path::new("")));
    }
    Ok(outputs)
}

/// `twin.toml` speaks of `main.twin`; another program beside it may have other sources.
fn check_name(found: &Found, name: &str, names: &[&str], what: &str) -> Result<(), Failure> {
    match known(name, names, what) {
        Err(failure) if found.project.main == twin_driver::MAIN_FILE => {
            Err(Failure { message: format!("{}: {}", crate::config::FILE, failure.message), ..failure })
        }
        _ => Ok(()),
    }
}

fn known(name: &str, names: &[&str], what: &str) -> Result<(), Failure> {
    if names.contains(&name) {
        return Ok(());
    }
    let failure = Failure::usage(format!("the program has no {what} `{name}`"));
    Err(failure.maybe_help(did_you_mean(name, names.iter().copied())))
}

/// `a+b` is two files, unless a file of just that name is there.
pub fn files(path: &str, folder: &Path) -> Vec<PathBuf> {
    let whole = folder.join(path);
    if whole.exists() {
        return vec![whole];
    }
    path.split('+').map(|part| folder.join(part.trim())).collect()
}

fn target(path: &str, folder: &Path) -> Target {
    if path == "-" { Target::Stdout } else { Target::File(folder.join(path)) }
}
