//! Tests written in the language: those of the examples and of the manual pass, and what fails is said well.

use std::path::{Path, PathBuf};
use twin_testing::TestReport;
use twin_tests::test_blocks::{run_folder, run_text, say};

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

/// Adds what did not pass; gives how many tests there were.
fn note(place: &str, ran: Result<Vec<TestReport>, String>, wrong: &mut Vec<String>) -> usize {
    match ran {
        Err(why) => {
            wrong.push(format!("{place}: {why}"));
            0
        }
        Ok(reports) => {
            let failed = reports.iter().filter(|report| !report.is_passed());
            wrong.extend(failed.map(|report| format!("{place}: {}", say(&Default::default(), report))));
            reports.len()
        }
    }
}

#[test]
fn examples() {
    let mut wrong = Vec::new();
    let mut tests = 0;
    for folder in entries(&root("examples")).iter().filter(|path| path.join("main.twin").is_file()) {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let ran = note(&name, run_folder(folder), &mut wrong);
        assert!(ran > 0 || !wrong.is_empty(), "{name} has no tests");
        tests += ran;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tests >= 12, "only {tests} tests");
}

#[test]
fn manual() {
    let mut wrong = Vec::new();
    let mut tests = 0;
    let pages = entries(&root("docs/reference"));
    for page in pages.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(page).expect("a page can be read");
        let name = page.file_name().expect("a page has a name").to_string_lossy().into_owned();
        for piece in text.split("```twin\n").skip(1) {
            let program = piece.split("```").next().unwrap_or_default();
            if program.lines().any(|line| line.starts_with("test \"")) {
                tests += note(&name, run_text(program), &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tests >= 10, "only {tests} tests");
}
