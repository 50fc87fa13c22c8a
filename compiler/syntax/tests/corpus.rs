//! Every program of the corpus is read without a finding, in whatever way it is read.

mod programs;

use programs::corpus;
use twin_diagnostics::FileId;
use twin_syntax::ast::Module;
use twin_syntax::{parse, parse_by_parts, parse_strictly};

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
    for (name, text) in corpus() {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            // A prefix is read again only where it ends in the middle of an item that is not too long, so that
            // the test stays quick: what is before it is the same every time.
            let start = text[..end].rfind("\n}\n").map_or(0, |at| at + 3);
            let parse = parse(FileId(0), &text[start..end]);
            assert!(parse.module.span.end as usize == end - start, "{name}");
        }
    }
}

#[test]
fn any_line_may_be_missing() {
    for (_, text) in corpus() {
        let lines: Vec<&str> = text.lines().collect();
        for left_out in 0..lines.len() {
            let mut rest = lines.clone();
            rest.remove(left_out);
            let _ = parse(FileId(0), &rest.join("\n"));
        }
    }
}
