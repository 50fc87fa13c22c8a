//! A long run of random programs: `cargo run -p twin-tests --bin differential -- 0..100000`.
//! With one seed it shows the program as well.

use twin_tests::differential;

/// What the evaluator makes of it.
fn show(case: &differential::Case) {
    let way = twin_tests::run::WAYS[0];
    match twin_tests::run::compile("random", &case.text)
        .and_then(|program| differential::outcome(&program, case, way, None))
    {
        Ok(outcome) => {
            for (sink, text) in &outcome.outputs {
                println!("--- {sink}\n{text}");
            }
            println!("{:#?}", outcome.summary);
        }
        Err(why) => println!("{why}"),
    }
}

fn main() -> std::process::ExitCode {
    let asked = std::env::args().nth(1).unwrap_or_else(|| "0..1000".to_string());
    let (from, to) = match asked.split_once("..") {
        Some((from, to)) => (from.parse(), to.parse()),
        None => (asked.parse(), asked.parse().map(|seed: u64| seed + 1)),
    };
    let (Ok(from), Ok(to)) = (from, to) else {
        eprintln!("usage: differential FROM..TO, or one seed");
        return std::process::ExitCode::from(2);
    };
    if from + 1 == to
        && let Ok(case) = differential::case(from)
    {
        println!("{}", case.text);
        show(&case);
    }
    let mut failed = 0;
    for seed in from..to {
        if let Err(why) = differential::check(seed) {
            failed += 1;
            println!("seed {seed}: {why}");
        }
    }
    println!("{} programs, {failed} failed", to - from);
    std::process::ExitCode::from(u8::from(failed > 0))
}
