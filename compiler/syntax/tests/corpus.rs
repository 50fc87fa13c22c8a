//! Every program of the corpus is read without a finding, in whatever way it is read.

use twin_diagnostics::FileId;
use twin_syntax::ast::Module;
use twin_syntax::{parse, parse_by_parts, parse_strictly};

fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let files = std::fs::read_dir(folder).expect("the corpus is there");
    let mut all: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a file of the corpus").path();
            let text = std::fs::read_to_string(&path).expect("a text of the corpus");
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), text)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn is_read_without_a_finding() {
    for (name, text) in corpus() {
        let parse = parse(FileId(0), &text);
        let findings: Vec<String> = parse
            .report
            .iter()
            .map(|finding| {
                let at = &text[finding.primary.span.start as usize..];
                format!(
                    "{} {} at {:?}",
                    finding.code,
                    finding.message,
                    at.chars().take(40).collect::<String>()
                )
            })
            .collect();
        assert!(findings.is_empty(), "{name}: {findings:#?}");
    }
}

/// Compares two modules; a difference is shown by its first line with a few around it.
fn assert_same(name: &str, left: &Module, right: &Module) {
    if left == right {
        return;
    }
    let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let at = left.iter().zip(&right).position(|(left, right)| left != right).unwrap_or(0);
    let around = at.saturating_sub(20)..at + 10;
    panic!("{name}: {:#?} {:#?}", left.get(around.clone()), right.get(around));
}

#[test]
fn strict_and_tolerant_reading_agree() {
    for (name, text) in corpus() {
        let tolerant = parse(FileId(0), &text).module;
        let strict =
            parse_strictly(FileId(0), &text).unwrap_or_else(|| panic!("{name} is not read strictly"));
        assert_same(&name, &tolerant, &strict);
        let parts = parse_by_parts(FileId(0), &text);
        assert!(parts.report.is_empty(), "{name}: {:#?}", parts.report);
        assert_same(&name, &tolerant, &parts.module);
    }
}

#[test]
fn every_prefix_gives_a_module() {
    for (_, text) in corpus() {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(7) {
            let _ = parse(FileId(0), &text[..end]);
        }
    }
}
