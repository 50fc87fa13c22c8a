//! Random programs over random recordings: evaluator and native code agree bit for bit.
//!
//! `cargo run -p twin-tests --bin differential -- 0..100000` makes a longer run.

use twin_tests::differential;

/// Seeds that once found a mistake.
const FOUND: &[u64] = &[];

#[test]
fn evaluator_and_native_code_agree() {
    let failed: Vec<String> = FOUND
        .iter()
        .copied()
        .chain(0..2000)
        .filter_map(|seed| differential::check(seed).err().map(|why| format!("seed {seed}: {why}")))
        .collect();
    assert!(failed.is_empty(), "{} of 2000 programs\n{}", failed.len(), failed.join("\n"));
}
