//! What golden cases give, without a look at their snapshots: `cargo run -p twin-tests --bin show -- FILE…`.

fn main() {
    for path in std::env::args().skip(1) {
        let name = std::path::Path::new(&path).file_stem().and_then(|stem| stem.to_str()).unwrap_or("case");
        println!("##### {path}");
        match std::fs::read_to_string(&path).map_err(|error| error.to_string()) {
            Ok(text) => match twin_tests::suite::show(name, &text) {
                Ok(shown) => println!("{shown}"),
                Err(why) => println!("FAILED: {why}"),
            },
            Err(why) => println!("{why}"),
        }
    }
}
