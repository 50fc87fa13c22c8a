//! `twin fmt`

use crate::assert_run;
use crate::harness::{BOILER, Place};

const UGLY: &str = "schema S{a:string,   b:int}\n\n\n\nsink  x{ topic:\"x\" }\n";

#[test]
fn a_file_is_written_anew() {
    let place = Place::with("a.twin", UGLY);
    place.write("sub/b.twin", UGLY);
    place.write(".hidden/c.twin", UGLY);
    assert_run!(place.twin(&["fmt", ".", "--check"]));
    assert_run!(place.twin(&["fmt", ".", "-v"]));
    assert_run!(place.twin(&["fmt", ".", "--check"]));
    assert_eq!(place.read("a.twin"), place.read("sub/b.twin"));
    assert_eq!(place.read(".hidden/c.twin"), UGLY);
}

#[test]
fn stdin_to_stdout() {
    let place = Place::new();
    assert_run!(place.twin_with(&["fmt", "-"], UGLY));
    assert_run!(place.twin_with(&["fmt", "-", "--check"], UGLY));
    assert_run!(place.twin_with(&["fmt", "-", "--check"], BOILER));
    assert_run!(place.twin_with(&["fmt", "-", "a.twin"], ""));
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let place = Place::with("a.twin", "twin A {\n  key\n");
    assert_run!(place.twin(&["fmt", "a.twin", "--format", "short"]));
    assert_eq!(place.read("a.twin"), "twin A {\n  key\n");
    assert_run!(place.twin(&["fmt", "missing.twin"]));
}
