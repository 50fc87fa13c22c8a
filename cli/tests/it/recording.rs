//! Findings quote the project's recording.

use crate::assert_run;
use crate::harness::{BOILER, BOILER_RECORDING, Place};

fn project(text: &str) -> Place {
    let place = Place::with("main.twin", text);
    place.write("recording/a.jsonl", BOILER_RECORDING);
    place.write("twin.toml", "[inputs]\nsamples = \"recording/a.jsonl\"\n");
    place
}

#[test]
fn a_rule_that_flaps_is_counted_as_it_is_and_mended() {
    let text = BOILER.replace(" for 20 s until temp < limit - 10 K", "").replace("90 degC", "95 degC");
    assert_run!(project(&text).twin(&["check", "."]));
}

#[test]
fn fields_that_could_be_the_key_are_counted() {
    assert_run!(project(&BOILER.replacen("    key: boiler\n", "", 1)).twin(&["check", "."]));
}

#[test]
fn a_bare_number_is_set_against_what_was_seen() {
    assert_run!(project(&BOILER.replace("temp > limit", "temp > 90")).twin(&["check", "."]));
}

#[test]
fn a_text_is_set_against_what_was_seen() {
    assert_run!(project(&BOILER.replace("temp > limit", "boiler > 90")).twin(&["check", "."]));
}

#[test]
fn a_recording_that_is_not_there_says_nothing() {
    let place = Place::with("main.twin", &BOILER.replace(" for 20 s until temp < limit - 10 K", ""));
    place.write("twin.toml", "[inputs]\nsamples = \"recording/a.jsonl\"\n");
    assert_run!(place.twin(&["check", ".", "--format", "short"]));
}
