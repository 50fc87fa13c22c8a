//! The formatter keeps the meaning and says the same thing twice.

mod programs;

use programs::corpus;
use twin_diagnostics::FileId;
use twin_syntax::{format, parse, print_tree};

#[track_caller]
fn formatted(text: &str) -> String {
    format(text).unwrap_or_else(|report| panic!("{text}: {report:#?}"))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted(expected), expected, "said twice");
    assert_eq!(tree(text), tree(expected), "the meaning");
}

fn tree(text: &str) -> String {
    print_tree(&parse(FileId(0), text).module)
}

#[test]
fn keeps_the_corpus_as_it_means() {
    for (name, text) in corpus() {
        let once = formatted(&text);
        assert_eq!(tree(&text), tree(&once), "{name}");
        assert_eq!(once, formatted(&once), "{name} twice");
        let squeezed: String = once.lines().map(|line| format!("{}\n", line.trim())).collect();
        assert_eq!(once, formatted(&squeezed), "{name} without its indents");
    }
}

#[test]
fn words_and_signs() {
    check("twin T{let a=-x^2+f( a ,b :3 ) [ 1 ] . c\n}", "twin T {\n    let a = -x^2 + f(a, b: 3)[1].c\n}\n");
    check("twin T { let a = 5degC+3 % - 5 m ^ 2 }", "twin T { let a = 5 degC + 3% - 5 m ^ 2 }\n");
    check(
        "twin T { let a = mean(x)over 5s closed every 1 s }",
        "twin T { let a = mean(x) over 5 s closed every 1 s }\n",
    );
    check("twin T { let a = not(b)and -( c ) }", "twin T { let a = not (b) and -(c) }\n");
    check("fn f( x:U[ 3 ]? )->U=x", "fn f(x: U[3]?) -> U = x\n");
}

#[test]
fn bodies() {
    check("twin T { key a input b }", "twin T {\n    key a\n    input b\n}\n");
    check("twin T\n{\n\n\nkey a\n\n\n\ninput b\n\n}", "twin T {\n    key a\n\n    input b\n}\n");
    check("schema S { a: int b: real }", "schema S { a: int, b: real }\n");
    check(
        "schema S {\na: int, b: real // why\n, c: bool }",
        "schema S {\n    a: int\n    b: real // why\n    c: bool\n}\n",
    );
    check("schema S {} schema R {}", "schema S {}\nschema R {}\n");
    check(
        "twin T { on x { if a { b = 1 }\nelse\n{ c = 2 } } }",
        "twin T {\n    on x {\n        if a { b = 1 } else { c = 2 }\n    }\n}\n",
    );
}

#[test]
fn lines_that_go_on() {
    check(
        "twin T {\nrule r\nwhen a\nfor 5 s {\nmessage \"x\"\n}\nlet b = f(\na,\nb\n)\n}",
        "twin T {\n    rule r\n        when a\n        for 5 s {\n            message \"x\"\n        }\n    let b = f(\n        a,\n        b\n    )\n}\n",
    );
}

#[test]
fn comments_stay() {
    check(
        "//! a\n\n// b\n/// c\ntwin T { // d\n// e\nkey a// f\n\n// g\n} // h\n// i",
        "//! a\n\n// b\n/// c\ntwin T { // d\n    // e\n    key a // f\n\n    // g\n} // h\n// i\n",
    );
    check("", "");
    check("// only\r\n\r\n\r\n", "// only\n");
}

#[test]
fn a_number_stays_away_from_a_name() {
    check("test \"a\" { at 20  t { b } }", "test \"a\" { at 20  t { b } }\n");
}

#[test]
fn a_text_with_findings_is_left_alone() {
    assert!(format("twin T { let a = }").is_err());
}
