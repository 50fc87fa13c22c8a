//! Everything written in the language by hand parses: modules, signatures and examples of builtins, the example
//! projects, and every program in the manual.

use std::fs;
use std::path::{Path, PathBuf};
use twin_stdlib::{BUILTINS, MODULES};
use twin_syntax::{parse, parse_expr, parse_signature};

fn check(name: &str, text: &str) {
    let report = parse(Default::default(), text).report;
    assert!(report.is_empty(), "{name}: {report:#?}");
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
