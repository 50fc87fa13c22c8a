//! Puts the pages of `docs/errors` into the program, so that `twin explain` needs nothing beside it.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut codes: Vec<String> = fs::read_dir(&folder)
        .expect("the pages lie in docs/errors")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_string))
        .filter(|code| code.starts_with(['E', 'W']))
        .collect();
    codes.sort();
    let mut list = String::from("&[\n");
    for code in codes {
        let page = folder.join(format!("{code}.md"));
        writeln!(list, "({code:?}, include_str!({page:?})),").expect("a string takes everything");
    }
    list.push_str("]\n");
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("pages.rs"), list).expect("the folder given by cargo can be written");
}
