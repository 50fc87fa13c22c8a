//! `twin new`: each template runs.

use crate::assert_run;
use crate::harness::Place;

#[test]
fn every_template_is_a_project_that_runs() {
    for template in ["cars", "pump", "turbofan", "empty"] {
        let place = Place::new();
        assert_run!(place.twin(&["new", "plant", "--template", template]));
        assert_run!(place.twin(&["check", "plant", "--deny", "warnings"]));
        assert_eq!(place.run(&["fmt", "plant", "--check"]).status.code(), Some(0), "{template}");
        assert_run!(place.twin(&["replay", "plant"]));
        assert_eq!(place.run(&["test", "plant"]).status.code(), Some(0), "{template}");
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let place = Place::with("plant/notes.txt", "mine");
    assert_run!(place.twin(&["new", "plant"]));
    assert_run!(place.twin(&["new", "plant/notes.txt"]));
    assert_run!(place.twin(&["new", "a b"]));
}
