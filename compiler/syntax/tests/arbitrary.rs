//! No text makes the parser panic, and whatever is read without a finding is read the same in every way.

mod programs;

use programs::corpus;
use proptest::prelude::*;
use twin_diagnostics::FileId;
use twin_syntax::{format, parse, parse_strictly, print_tree};

fn check(text: &str) {
    let parsed = parse(FileId(0), text);
    let is_clean = parsed.report.is_empty();
    let first = parsed.report.iter().next().map(|finding| finding.message.clone());
    for finding in parsed.report.finish() {
        let span = finding.primary.span;
        let is_place = text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize);
        assert!(is_place && span.start <= span.end, "{finding:?} in {text:?}");
        for fix in &finding.fixes {
            assert!(
                text.get(fix.span.start as usize..fix.span.end as usize).is_some(),
                "{fix:?} in {text:?}"
            );
        }
    }
    let strict = parse_strictly(FileId(0), text);
    assert_eq!(is_clean, strict.is_some(), "{first:?} {text:?}");
    if is_clean {
        assert!(strict.as_ref() == Some(&parsed.module), "{text:?}");
        let once = format(text).expect("it has no findings");
        let again = parse(FileId(0), &once);
        assert!(again.report.is_empty(), "{text:?} became {once:?}");
        assert_eq!(print_tree(&parsed.module), print_tree(&again.module), "{text:?} became {once:?}");
        assert_eq!(format(&once).expect("it has no findings"), once, "{text:?}");
    }
}

/// Words and signs of the language, so that sequences of them come close to programs.
fn word() -> impl Strategy<Value = &'static str> {
    let words: Vec<&str> = "twin schema source test fn block let state on rule machine emit reset key input param part for in when until \
        if then else match over each during every within where by from to at expect with a b x T m s 5 1.5 3% 2024-06-01T00:00Z \
        \"t\" \"{x:.1 m}\" ( ) [ ] { } , : = == < + - * / ^ ?? . .. -> ? not and or absent // \n"
        .split(' ')
        .collect();
    proptest::sample::select(words)
}

fn some_file() -> impl Strategy<Value = String> {
    proptest::sample::select(corpus()).prop_map(|(_, text)| text)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn any_signs(text in "[a-z0-9 (){}\\[\\],:=.\"\n/^%>?-]{0,60}") {
        check(&text);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(word(), 0..40)) {
        check(&words.join(" "));
    }

    #[test]
    fn any_words_in_a_twin(words in proptest::collection::vec(word(), 0..20)) {
        check(&format!("twin T {{ {} }}", words.join(" ")));
    }

    #[test]
    fn a_program_with_a_hole(text in some_file(), at in 0.0..1.0, length in 0usize..30) {
        let floor = |mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        let start = floor((text.len() as f64 * at) as usize);
        let end = floor((start + length).min(text.len()));
        check(&format!("{}{}", &text[..start], &text[end..]));
    }

    #[test]
    fn a_program_with_a_word_too_many(text in some_file(), at in 0.0..1.0, word in word()) {
        let mut start = (text.len() as f64 * at) as usize;
        while !text.is_char_boundary(start) { start -= 1; }
        check(&format!("{} {word} {}", &text[..start], &text[start..]));
    }
}
