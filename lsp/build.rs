//! Looks whether there is a Neovim, so that its test is reported as ignored where there is none. Where everything
//! is insisted on (`CI=true`), the test is there in any case.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(no_neovim)");
    println!("cargo::rerun-if-env-changed=CI");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed=build.rs");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_dir()).collect();
    let found = folders.iter().map(|folder| folder.join("nvim")).find(|file| file.is_file());
    match found {
        Some(nvim) => println!("cargo::rerun-if-changed={}", nvim.display()),
        None if env::var("CI").is_ok_and(|value| value == "true") => {}
        None => {
            // A Neovim that is installed later appears in one of them.
            folders.iter().for_each(|folder| println!("cargo::rerun-if-changed={}", folder.display()));
            println!("cargo::rustc-cfg=no_neovim");
        }
    }
}
