//! Random programs over random recordings: evaluator and native code agree bit for bit.
//!
//! `cargo run -p twin-tests --bin differential -- 0..100000` makes a longer run.

use twin_tests::differential;
use twin_tests::run::{Kernels, WAYS, Way};

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

#[test]
fn a_broken_kernel_is_caught() {
    let broken = Way { name: "broken", kernels: Kernels::Broken, ..WAYS[0] };
    let caught = (0..20).filter(|seed| differential::check_ways(*seed, &[broken], None).is_err()).count();
    assert!(caught >= 19, "only {caught} of 20 programs see that events are missing");
}
