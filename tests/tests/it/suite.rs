//! The golden suite: `tests/suite/<area>/<what_it_shows>.twin`, its snapshot beside it.

use std::path::{Path, PathBuf};

fn cases(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the suite is a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("the suite can be listed").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            cases(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "twin") {
            found.push(path);
        }
    }
}

#[test]
fn golden_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let mut paths = Vec::new();
    cases(&root, &mut paths);
    assert!(!paths.is_empty(), "the suite is empty");
    let mut failed = Vec::new();
    for path in &paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are ASCII");
        let text = std::fs::read_to_string(path).expect("a case can be read");
        match twin_tests::suite::show(name, &text) {
            Ok(shown) => {
                let case = std::panic::catch_unwind(|| {
                    insta::with_settings!({
                        snapshot_path => path.parent().expect("a case lies in a folder"),
                        prepend_module_to_snapshot => false,
                        omit_expression => true,
                    }, {
                        insta::assert_snapshot!(name, shown);
                    });
                });
                failed.extend(case.err().map(|_| format!("{}: differs from its snapshot", path.display())));
            }
            Err(why) => failed.push(format!("{}: {why}", path.display())),
        }
    }
    assert!(failed.is_empty(), "{} of {} cases\n{}", failed.len(), paths.len(), failed.join("\n"));
}
