//! The programs that tests share.

/// Name and text of every program of the corpus.
pub fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let files = std::fs::read_dir(folder).expect("the corpus is there");
    let mut all: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a file of the corpus").path();
            let text = std::fs::read_to_string(&path).expect("a text of the corpus");
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), text)
        })
        .collect();
    all.sort();
    all
}
