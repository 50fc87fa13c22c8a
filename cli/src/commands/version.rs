//! `twin --version [--verbose]`

use crate::failure::{Exit, Outcome};
use crate::terminal::{Terminal, print};
use twin_driver::{Bundle, library_version};
use twin_stdlib::LIBRARY;

/// `twin 0.1.0`
pub fn line() -> String {
    format!("twin {}", env!("CARGO_PKG_VERSION"))
}

/// Says which version this is.
pub fn run(terminal: &Terminal) -> Outcome {
    let mut text = line();
    text.push('\n');
    if terminal.verbose {
        text.push_str(&details());
    }
    print(&text)?;
    Ok(Exit::Fine)
}

/// Says which program a carried bundle is.
pub fn run_carried(bundle: &Bundle) -> Outcome {
    let Bundle { name, made_by, library, .. } = bundle;
    print(&format!("{name}\nmade by  twin {made_by}\nlibrary  {library}\n"))?;
    Ok(Exit::Fine)
}

fn details() -> String {
    let machine = format!("{} on {}", std::env::consts::ARCH, std::env::consts::OS);
    format!(
        "library  {} ({} builtins, {} modules)\nkernels  {}\nmachine  {machine}\n",
        library_version(&LIBRARY),
        LIBRARY.builtins.len(),
        LIBRARY.files.len(),
        crate::kernels::NAMES.join(", "),
    )
}
