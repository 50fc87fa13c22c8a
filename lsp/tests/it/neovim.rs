//! A real Neovim without a screen, with the setup of `editors/neovim`.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs `neovim.lua` in a Neovim that has opened `main`, and gives what it wrote.
fn run(main: &Path) -> Value {
    let folder = main.parent().expect("a folder");
    let answers = folder.join("answers.json");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/neovim.lua");
    let output = Command::new("nvim")
        .args(["--headless", "--clean", "-i", "NONE", "-n"])
        .arg("-c")
        .arg(format!("luafile {}", script.display()))
        .env("TWIN_SERVER", env!("CARGO_BIN_EXE_twin-lsp-test"))
        .env("TWIN_EDITORS", repository().join("editors/neovim"))
        .env("TWIN_PROGRAM", main)
        .env("TWIN_ANSWERS", &answers)
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::null())
        .output()
        .expect("nvim starts; `apt-get install neovim` brings it");
    let said = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(&answers).unwrap_or_else(|error| panic!("no answers: {error}\n{said}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}\n{said}"))
}

#[test]
#[cfg_attr(no_neovim, ignore = "there is no nvim on the PATH; apt-get install neovim")]
fn neovim_shows_findings_and_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let main = folder.path().join("main.twin");
    fs::copy(repository().join("examples/connected_cars/main.twin"), &main).expect("the example");
    let answers = run(&main);
    let text = |path: &str| answers.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string();

    assert_eq!(answers["error"], Value::Null, "{answers:#}");
    assert_eq!(answers["filetype"], "twin");
    assert_eq!(answers["findings_at_first"], 0, "{answers:#}");

    // A pressure is added to a temperature behind a degree sign, so that bytes and columns differ.
    assert_eq!(text("/unit_error/code"), "E0301", "{answers:#}");
    assert_eq!(text("/unit_error/text"), "+", "{answers:#}");
    assert_eq!(answers["unit_error"]["severity"], 1);
    assert!(text("/unit_error/message").contains("is added to"), "{answers:#}");

    // The cure of a bare number is taken, and the finding goes.
    assert_eq!(text("/bare_number/code"), "E0305", "{answers:#}");
    assert_eq!(text("/cure/title"), "write `3 m/s`", "{answers:#}");
    assert_eq!(text("/cure/line"), "    let wrong = (coolant > 20 °C) and (speed > 3 m/s)");
    assert_eq!(answers["cure"]["findings_left"], 0, "{answers:#}");

    assert!(text("/hover").contains("coolant: temperature in degC"), "{answers:#}");
    assert!(text("/hover").contains("changes with every event of `telemetry`"), "{answers:#}");
    assert_eq!(text("/definition/word"), "coolant", "{answers:#}");
    assert_eq!(answers["definition"]["line"], 8, "{answers:#}");
    assert!(text("/definition_in_library/file").ends_with("std/signal.twin"), "{answers:#}");
    assert!(text("/definition_in_library/line").starts_with("block ewma"), "{answers:#}");

    let completions = answers["completion"].as_array().cloned().unwrap_or_default();
    assert!(completions.contains(&Value::from("coolant")), "{answers:#}");
    let units = answers["units"].as_array().cloned().unwrap_or_default();
    assert!(units.contains(&Value::from("degC")), "{answers:#}");
    assert_eq!(text("/formatted"), "    let warmer = coolant > 30 degC", "{answers:#}");
    assert_eq!(text("/colour_of_let"), "twinStatement", "{answers:#}");
}
