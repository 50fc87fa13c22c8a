//! What holds of every entry of the library.

use super::*;
use twin_types::{Aggregate, Native};

#[test]
fn builtins_are_sorted_and_told_apart() {
    for pair in BUILTINS.windows(2) {
        let [a, b] = pair else { unreachable!("windows of two") };
        assert!(a.name <= b.name, "{} stands before {}", a.name, b.name);
        assert!((a.name, a.signature) != (b.name, b.signature), "{} is there twice", a.name);
    }
    assert!(MODULES.is_sorted_by_key(|file| file.module));
}

/// An example is an expression of constants; what needs the times of its samples, or pairs of them, cannot be one.
fn needs_samples(native: &Native) -> bool {
    use Aggregate::*;
    matches!(
        native,
        Native::Aggregate(
            Delta
                | Rate
                | Slope
                | Intercept
                | R2
                | Integral
                | IntegralHold
                | TimeWeightedMean
                | TimeAbove
                | Corr
                | ArgMin
                | ArgMax
        )
    )
}

#[test]
fn every_builtin_has_a_page() {
    for builtin in BUILTINS {
        assert!(builtin.doc.ends_with('.'), "{}: the page is a sentence", builtin.name);
        assert!(
            builtin.signature.starts_with('(') && builtin.signature.contains(") -> "),
            "{}",
            builtin.name
        );
        let excused = needs_samples(&builtin.native);
        assert!(excused || !builtin.examples.is_empty(), "{} has no example", builtin.name);
    }
}

#[test]
fn every_module_has_a_page() {
    for file in MODULES {
        assert!(file.text.starts_with("//! "), "{} says what it is for", file.module);
        let lines: Vec<_> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.starts_with("block ") || line.starts_with("fn ") {
                assert!(at > 0 && lines[at - 1].starts_with("/// "), "{}:{}: no page", file.module, at + 1);
            }
        }
    }
}
