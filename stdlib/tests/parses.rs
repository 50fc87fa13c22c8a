//! Everything written in the language by hand parses, and is as `twin fmt` writes it: modules, signatures and examples of builtins, the example
//! projects, and every program in the manual.

use std::fs;
use std::path::{Path, PathBuf};
use twin_stdlib::{BUILTINS, MODULES};
use twin_syntax::{format as formatted, parse, parse_expr, parse_signature};

fn check(name: &str, text: &str) {
    let report = parse(Default::default(), text).report;
    assert!(report.is_empty(), "{name}: {report:#?}");
    assert!(formatted(text).as_deref() == Ok(text), "{name} is not as `twin fmt` writes it:\n{text}");
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)
}

/// The paths in a folder, in a stable order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = listed.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

#[test]
fn modules() {
    for file in MODULES {
        check(file.module, file.text);
    }
    check("every_block.twin", include_str!("every_block.twin"));
}

#[test]
fn every_block_is_called() {
    let called = include_str!("every_block.twin");
    for file in MODULES {
        let declared =
            file.text.lines().filter_map(|l| l.strip_prefix("block ").or_else(|| l.strip_prefix("fn ")));
        for name in declared.filter_map(|rest| rest.split('(').next()) {
            assert!(
                called.contains(&format!("use {}.{name}\n", file.module)),
                "{}.{name} is not called",
                file.module
            );
        }
    }
}

#[test]
fn builtins() {
    for builtin in BUILTINS {
        assert!(parse_signature(builtin.signature).is_ok(), "{}{}", builtin.name, builtin.signature);
        for example in builtin.examples {
            assert!(parse_expr(example.expression).is_ok(), "{}", example.expression);
            assert!(parse_expr(example.result).is_ok(), "{}", example.result);
        }
    }
}

#[test]
fn examples() {
    let programs: Vec<_> =
        entries(&root("examples")).into_iter().map(|p| p.join("main.twin")).filter(|p| p.exists()).collect();
    assert!(programs.len() >= 9);
    for program in programs {
        check(&program.display().to_string(), &fs::read_to_string(&program).expect("it can be read"));
    }
}

#[test]
fn the_manual() {
    let mut programs = 0;
    for page in entries(&root("docs/reference")) {
        let text = fs::read_to_string(&page).expect("it can be read");
        for piece in text.split("```twin\n").skip(1) {
            let program = piece.split("```").next().unwrap_or_default();
            check(&page.display().to_string(), program);
            programs += 1;
        }
    }
    assert!(programs >= 16);
}

/// Pages of codes E01xx fail with their code; all other programs on the pages can be read.
#[test]
fn pages_of_errors() {
    let mut wrong = Vec::new();
    for page in entries(&root("docs/errors")) {
        let code = page.file_stem().expect("a page has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&page).expect("it can be read");
        for piece in text.split("```twin").skip(1) {
            let (kind, rest) = piece.split_once('\n').expect("a fence has lines");
            let program = rest.split("```").next().unwrap_or_default();
            let report = parse(Default::default(), program).report;
            let is_met = match kind.trim() {
                "fails" if code.starts_with("E01") => {
                    report.iter().all(|found| found.code == code) && !report.is_empty()
                }
                _ => report.is_empty(),
            };
            if !is_met {
                wrong.push(format!(
                    "{code}{kind}: {:?}",
                    report.iter().map(|f| (f.code, &f.message)).collect::<Vec<_>>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
