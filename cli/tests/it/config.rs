//! `twin.toml`

use crate::assert_run;
use crate::harness::{BOILER, BOILER_RECORDING, Place};

fn project(config: &str) -> Place {
    let place = Place::with("plant/main.twin", BOILER);
    place.write("plant/recording/a.jsonl", BOILER_RECORDING);
    place.write("plant/twin.toml", config);
    place
}

#[test]
fn paths_start_from_the_project() {
    let place = project(
        "[project]\nname = \"boilers\"\n[inputs]\nsamples = [\"recording/a.jsonl\"]\n\
         [outputs]\nalerts = \"out/alerts.jsonl\"\nmeans = \"out/means.csv\"\n[set]\nBoiler.limit = \"92 degC\"\n",
    );
    assert_run!(place.twin(&["replay", "plant"]));
    assert_run!(place.read("plant/out/alerts.jsonl"));
    assert_run!(place.read("plant/out/means.csv"));
}

#[test]
fn unknown_keys_are_told() {
    for config in [
        "[input]\nsamples = \"a\"\n",
        "[inputs]\nsample = \"a\"\n",
        "[outputs]\nalrts = \"a.jsonl\"\n",
        "[set]\nBoiler.limmit = \"92 degC\"\n",
        "[project\n",
    ] {
        assert_run!(project(config).twin(&["replay", "plant", "--input", "samples=plant/recording/a.jsonl"]));
    }
}
