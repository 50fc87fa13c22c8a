//! `twin fmt`: one style, no options.

use crate::args::Fmt;
use crate::failure::{Exit, Failure, Outcome};
use crate::terminal::{Terminal, To, print};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use twin_diagnostics::SourceMap;
use twin_driver::in_words;
use twin_driver::render::Shown;

/// Writes each program in the one style, or says which are not.
pub fn run(args: &Fmt, terminal: &Terminal) -> Outcome {
    let mut files = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            if args.paths.len() > 1 {
                return Err(Failure::usage("`-` stands for stdin and goes with no other path"));
            }
            return format_stdin(args.check, terminal);
        }
        collect(path, &mut files)?;
    }
    let mut exit = Exit::Fine;
    for file in &files {
        match format_file(file, args.check, terminal)? {
            Change::None => {}
            Change::Made => terminal.detail(&format!("{}: written anew", file.display())),
            Change::Needed => {
                print(&format!("{}\n", file.display()))?;
                exit = Exit::Wrong;
            }
            Change::Unreadable => exit = Exit::Wrong,
        }
    }
    Ok(exit)
}

enum Change {
    None,
    Made,
    Needed,
    /// The program has errors, which have been shown.
    Unreadable,
}

fn format_file(path: &Path, check: bool, terminal: &Terminal) -> Result<Change, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {}", path.display(), in_words(&error)));
    let text = std::fs::read_to_string(path).map_err(failed)?;
    match formatted(&text, &path.display().to_string(), terminal)? {
        None => Ok(Change::Unreadable),
        Some(new) if new == text => Ok(Change::None),
        Some(_) if check => Ok(Change::Needed),
        Some(new) => {
            replace(path, &new).map_err(failed)?;
            Ok(Change::Made)
        }
    }
}

/// A file is the old one or the new one, never half of either.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let permissions = std::fs::metadata(path)?.permissions();
    let target = path.canonicalize()?;
    let beside = target.with_extension(format!("twin.{}", std::process::id()));
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::set_permissions(&beside, permissions))
        .and_then(|()| std::fs::rename(&beside, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn format_stdin(check: bool, terminal: &Terminal) -> Outcome {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("stdin: {}", in_words(&error))))?;
    match formatted(&text, "stdin", terminal)? {
        None => Ok(Exit::Wrong),
        Some(new) if check => Ok(if new == text { Exit::Fine } else { Exit::Wrong }),
        Some(new) => {
            print(&new)?;
            Ok(Exit::Fine)
        }
    }
}

/// The text in the one style; `None` where it cannot be read, which is then said.
fn formatted(text: &str, name: &str, terminal: &Terminal) -> Result<Option<String>, Failure> {
    match twin_syntax::format(text) {
        Ok(new) => Ok(Some(new)),
        Err(report) => {
            let mut sources = SourceMap::default();
            sources.add(name, text);
            let shown = Shown { sources: &sources, prefix: "" };
            terminal.findings(&report.finish(), shown, To::Stderr)?;
            Ok(None)
        }
    }
}

/// The programs at a path; in a folder all of them, but for what is hidden.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {}", path.display(), in_words(&error)));
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<_> =
        std::fs::read_dir(path).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_dir = entry.file_type().map_err(failed)?.is_dir();
        if is_dir && !name.starts_with('.') && name != "target" {
            collect(&entry.path(), files)?;
        } else if !is_dir && name.ends_with(".twin") {
            files.push(entry.path());
        }
    }
    Ok(())
}
