//! What the manual says is so: every page of an error fails with its code and is mended, every program of the
//! reference compiles.

use std::path::{Path, PathBuf};
use twin_analysis::{MemoryWorld, Options, check};
use twin_stdlib::LIBRARY;

/// A fenced program of a page: what stands behind ```` ```twin ````, and its text.
struct Program {
    page: PathBuf,
    info: String,
    text: String,
}

fn pages(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = std::fs::read_dir(folder).expect("the manual is there");
    let mut pages: Vec<_> = entries.map(|entry| entry.expect("the manual can be listed").path()).collect();
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    pages
}

fn programs(page: &Path) -> Vec<Program> {
    let text = std::fs::read_to_string(page).expect("a page can be read");
    let mut programs = Vec::new();
    let mut open: Option<Program> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) if info.starts_with("twin") => {
                let info = info["twin".len()..].trim().to_string();
                open = Some(Program { page: page.to_path_buf(), info, text: String::new() });
            }
            (Some(_), Some(_)) => programs.extend(open.take()),
            (Some(program), None) => {
                program.text.push_str(line);
                program.text.push('\n');
            }
            _ => {}
        }
    }
    programs
}

/// The codes of what is found in a program, sorted.
fn codes(text: &str) -> Vec<&'static str> {
    let world = MemoryWorld::new(&LIBRARY);
    let file = world.open("page.twin", text);
    let parsed = twin_syntax::parse(file, text);
    let checked = check(&parsed.module, &LIBRARY, &world, &Options { name: "page".to_string() });
    let mut report = parsed.report;
    report.extend(checked.report);
    let mut codes: Vec<_> = report.finish().into_iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn pages_of_errors_fail_and_are_mended() {
    let mut wrong = Vec::new();
    for page in pages("docs/errors") {
        let code = page.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
        if code == "README" {
            continue;
        }
        let programs = programs(&page);
        let fails = programs.iter().filter(|p| p.info.starts_with("fails"));
        for program in fails {
            let found = codes(&program.text);
            if !found.contains(&code.as_str()) {
                wrong.push(format!("{code}: the failing program gives {found:?}"));
            }
        }
        for program in programs.iter().filter(|p| p.info.is_empty()) {
            let found = codes(&program.text);
            if found.contains(&code.as_str()) || found.iter().any(|c| c.starts_with('E')) {
                wrong.push(format!("{code}: the mended program gives {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn programs_of_the_reference_compile() {
    let mut wrong = Vec::new();
    for page in pages("docs/reference") {
        for program in programs(&page).iter().filter(|p| p.info.is_empty()) {
            if let Err(findings) = twin_tests::run::compile("page", &program.text) {
                wrong.push(format!("{}:\n{findings}{}", program.page.display(), program.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
