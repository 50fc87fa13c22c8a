//! `twin explain`

use crate::assert_run;
use crate::harness::{BOILER, Place};

#[test]
fn the_page_of_a_code() {
    let place = Place::new();
    let text = place.twin(&["explain", "e0303"]);
    assert!(text.contains("# E0303: ") && text.ends_with("--- exit 0\n"), "{text}");
    assert_run!(place.twin(&["explain", "E0999"]));
    assert_run!(place.twin(&["explain", "pressure"]));
}

#[test]
fn every_stage_has_a_text() {
    let place = Place::with("main.twin", BOILER);
    for stage in ["ast", "hir", "plan", "layout"] {
        assert_run!(place.twin(&["explain", ".", "--stage", stage]));
    }
    for (stage, sign) in [("clif", "function u0"), ("asm", "bytes\n")] {
        let text = place.twin(&["explain", ".", "--stage", stage, "Boiler"]);
        assert!(text.contains(sign) && text.ends_with("--- exit 0\n"), "{text}");
    }
    assert_run!(place.twin(&["explain", "."]));
    assert_run!(place.twin(&["explain", ".", "--stage", "plan", "Boilr"]));
}

#[test]
fn every_stage_can_show_one_twin() {
    let two =
        format!("{BOILER}\ntwin Other {{\n    key boiler\n    input samples\n    let other = temp\n}}\n");
    let place = Place::with("main.twin", &two);
    for stage in ["ast", "hir", "plan", "layout"] {
        let text = place.twin(&["explain", ".", "--stage", stage, "Other"]);
        assert!(text.contains("Other") && !text.contains("twin Boiler"), "{stage}: {text}");
        let text = place.twin(&["explain", ".", "--stage", stage, "Othr"]);
        assert!(text.contains("there is no twin `Othr`; did you mean `Other`?"), "{stage}: {text}");
    }
    assert_run!(place.twin(&["explain", "E0303", "Other"]));
    let place = Place::with("main.twin", &two.replace("let other = temp", "let other = nothing"));
    let text = place.twin(&["explain", ".", "--stage", "hir"]);
    assert!(text.contains("the program has errors"), "{text}");
}
