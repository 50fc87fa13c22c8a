//! The library's page in the manual is made from the library. `TWIN_UPDATE=1 cargo test -p twin-stdlib`
//! writes it anew.

use std::fmt::Write;
use twin_stdlib::{BUILTINS, MODULES};
use twin_types::{Builtin, LibraryFile, Native};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/library.md");

#[test]
fn the_manual_is_up_to_date() {
    let page = page();
    if std::env::var_os("TWIN_UPDATE").is_some() {
        std::fs::write(PAGE, &page).expect("the manual can be written");
    }
    let written = std::fs::read_to_string(PAGE).expect("the manual is there");
    assert!(
        page == written,
        "docs/reference/library.md is old: run `TWIN_UPDATE=1 cargo test -p twin-stdlib`"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Library\n\nBuiltins need no `use`. The modules are written in the language; `use std.signal.ewma` brings \
         one in.\nThis page is made from the library itself.\n\n",
    );
    let is_aggregate = |b: &&&Builtin| matches!(b.native, Native::Aggregate(_));
    builtins(&mut page, "Mathematics", BUILTINS.iter().filter(|b| !is_aggregate(b)));
    builtins(&mut page, "Aggregates", BUILTINS.iter().filter(is_aggregate));
    for file in MODULES {
        module(&mut page, file);
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn builtins<'a>(page: &mut String, title: &str, list: impl Iterator<Item = &'a &'a Builtin>) {
    writeln!(page, "## {title}\n\n| | |\n| --- | --- |").expect("a string takes all");
    for builtin in list {
        let examples: Vec<_> =
            builtin.examples.iter().map(|e| format!("`{}` is `{}`", e.expression, e.result)).collect();
        let text = [builtin.doc, &examples.join(", ")].join(" ").replace('|', "\\|");
        writeln!(page, "| `{}{}` | {} |", builtin.name, builtin.signature, text.trim_end())
            .expect("a string takes all");
    }
    page.push('\n');
}

/// Heading, what the file says of itself, and each block with its signature and its page.
fn module(page: &mut String, file: &LibraryFile) {
    let of_file: Vec<_> = file.text.lines().filter_map(|l| l.strip_prefix("//!")).map(str::trim).collect();
    let about = of_file.join("\n").replacen(&format!("{}: ", file.module), "", 1);
    writeln!(page, "## {}\n\n{about}\n", file.module).expect("a string takes all");
    let mut docs = Vec::new();
    let mut lines = file.text.lines();
    while let Some(line) = lines.next() {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim());
        } else if let Some(rest) = line.strip_prefix("block ").or_else(|| line.strip_prefix("fn ")) {
            let mut signature = rest.to_string();
            while end_of_signature(&signature).is_none() {
                signature.push(' ');
                signature.push_str(lines.next().expect("what is declared has a body").trim());
            }
            let signature = &signature[..end_of_signature(&signature).unwrap_or_default()];
            let signature = signature.replace("( ", "(").replace(", )", ")");
            let name = signature.split('(').next().unwrap_or_default();
            writeln!(page, "### {name}\n\n`{signature}`\n\n{}\n", docs.join("\n"))
                .expect("a string takes all");
            docs.clear();
        } else {
            docs.clear();
        }
    }
}

/// Where the body begins: at the first brace or equals sign behind the parameters.
fn end_of_signature(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            '{' | '=' if depth == 0 => return Some(text[..at].trim_end().len()),
            _ => {}
        }
    }
    None
}
