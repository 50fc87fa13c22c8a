//! A test runs a program that is watched; being watched must change nothing.

use twin_tests::watched;

#[test]
fn watching_changes_nothing() {
    let failed: Vec<String> = (0..150)
        .filter_map(|seed| watched::check(seed).err().map(|why| format!("seed {seed}: {why}")))
        .collect();
    assert!(failed.is_empty(), "{} of 150 programs\n{}", failed.len(), failed.join("\n"));
}
