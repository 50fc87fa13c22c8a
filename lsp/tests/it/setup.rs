//! The files that set editors up: they can be read, and their words are the grammar's.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn words(text: &str) -> BTreeSet<String> {
    let is_letter = |c: char| !c.is_ascii_lowercase();
    text.split(is_letter).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

/// The reserved words as the grammar lists them.
fn reserved() -> BTreeSet<String> {
    let grammar = file("grammar/twin.pest");
    let rule = grammar.split("reserved = @{").nth(1).and_then(|rest| rest.split('}').next());
    let texts = rule.expect("the rule").split('"').skip(1).step_by(2);
    texts.map(str::to_string).collect()
}

#[test]
fn the_textmate_grammar_has_the_reserved_words() {
    let grammar = json("editors/vscode/syntaxes/twin.tmLanguage.json");
    assert_eq!(grammar["scopeName"], "source.twin");
    let patterns = grammar["repository"]["reserved"]["patterns"].as_array().expect("patterns");
    let listed = patterns.iter().filter_map(|pattern| pattern["match"].as_str());
    let listed: BTreeSet<String> = listed
        .filter_map(|regex| regex.split_once("\\b("))
        .flat_map(|(_, list)| words(list.trim_end_matches(")\\b")))
        .collect();
    assert_eq!(listed, reserved());
    // A number's unit is none of them either.
    let numbers = grammar["repository"]["numbers"]["match"].as_str().expect("a pattern");
    let stops =
        words(numbers.split("(?!(?:").nth(1).and_then(|rest| rest.split(')').next()).expect("a list"));
    assert!(reserved().is_subset(&stops), "{:?}", reserved().difference(&stops));
}

#[test]
fn every_include_of_the_textmate_grammar_is_there() {
    let grammar = json("editors/vscode/syntaxes/twin.tmLanguage.json");
    let repository = grammar["repository"].as_object().expect("a repository");
    let text = grammar.to_string();
    for include in text.split("\"include\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(repository.contains_key(include), "{include}");
    }
}

#[test]
fn the_syntax_of_neovim_has_the_reserved_words() {
    let syntax = file("editors/neovim/syntax/twin.vim");
    let lines = syntax.lines().filter_map(|line| line.strip_prefix("syntax keyword "));
    let listed: BTreeSet<String> =
        lines.flat_map(|line| line.split_whitespace().skip(1)).map(str::to_string).collect();
    assert_eq!(listed, reserved());
}

#[test]
fn the_extension_names_its_files() {
    let package = json("editors/vscode/package.json");
    let language = &package["contributes"]["languages"][0];
    assert_eq!(language["id"], "twin");
    json(&format!("editors/vscode/{}", language["configuration"].as_str().expect("a path")));
    let grammar = package["contributes"]["grammars"][0]["path"].as_str().expect("a path");
    assert_eq!(
        json(&format!("editors/vscode/{grammar}"))["scopeName"],
        package["contributes"]["grammars"][0]["scopeName"]
    );
    let main = file(&format!("editors/vscode/{}", package["main"].as_str().expect("a path")));
    assert!(main.contains("vscode-languageclient"));
}
