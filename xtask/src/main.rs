//! Tasks of this workspace: `cargo run --release -p xtask -- bench [WORKLOAD…]`.

mod bench;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("bench") => match bench::main(&args.collect::<Vec<_>>()) {
            Ok(()) => std::process::ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                std::process::ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!(
                "usage: xtask bench [--input columns|parquet|jsonl] [--lean] [--keep FOLDER] [--cars N] [--seconds N] [--event-order] [--runs N] [w1 w2 w3 w4 w5a w5b w6 w7 all]"
            );
            std::process::ExitCode::from(2)
        }
    }
}
