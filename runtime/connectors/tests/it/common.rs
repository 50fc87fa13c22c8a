//! What the tests share: columns, reading everything, showing words.

use std::path::{Path, PathBuf};
use twin_connectors::file::{FileKind, Reading, kind_of, open_files_with};
use twin_engine::{Chunk, ColumnFaults, LogError, Position};
use twin_plan::{Column, Format, KeyPlan, PathStep, TimeText};
use twin_types::{Scalar, UnitTable, Word, words};

/// A required column by the name on the wire: `a.b`, `p[1]`, `#3` for the third.
pub fn column(name: &str, ty: Scalar) -> Column {
    Column {
        name: name.to_string(),
        path: path_of(name),
        ty,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required: true,
        default: None,
        valid: None,
    }
}

pub fn path_of(name: &str) -> Vec<PathStep> {
    if let Some(number) = name.strip_prefix('#') {
        return vec![PathStep::Column(number.parse().unwrap())];
    }
    let mut path = Vec::new();
    for part in name.split('.') {
        let mut pieces = part.split('[');
        path.push(PathStep::Name(pieces.next().unwrap().to_string()));
        path.extend(pieces.map(|p| PathStep::Item(p.trim_end_matches(']').parse().unwrap())));
    }
    path
}

/// Changes that read well behind [`column`].
pub trait ColumnExt: Sized {
    fn optional(self) -> Self;
    fn unit(self, symbol: &str) -> Self;
    fn time(self, time: TimeText) -> Self;
    fn valid(self, low: f64, high: f64) -> Self;
    fn texts(self, texts: &[&str]) -> Self;
}

impl ColumnExt for Column {
    fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    fn unit(mut self, symbol: &str) -> Self {
        let factors: Vec<(&str, i32)> = match symbol.split_once('/') {
            Some((above, below)) => vec![(above, 2), (below, -2)],
            None => vec![(symbol, 2)],
        };
        self.unit = Some(UnitTable::default().compound(&factors).unwrap());
        self
    }

    fn time(mut self, time: TimeText) -> Self {
        self.time = Some(time);
        self
    }

    fn valid(mut self, low: f64, high: f64) -> Self {
        self.valid = Some((low, high));
        self
    }

    fn texts(mut self, texts: &[&str]) -> Self {
        self.texts = texts.iter().map(|t| t.to_string()).collect();
        self
    }
}

pub fn csv(separator: u8, header: bool, absent: &[&str]) -> Format {
    Format::Csv { separator, header, absent: absent.iter().map(|t| t.to_string()).collect() }
}

/// Everything a log held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// Every record's values, shown; absent is `-`.
    pub rows: Vec<String>,
    pub offsets: Vec<u64>,
    pub times: Vec<i64>,
    pub keys: Vec<String>,
    pub files: Vec<(usize, String)>,
    pub deleted: Vec<usize>,
    /// Reason and detail, after how many rows, the key where there is one.
    pub rejects: Vec<String>,
    pub reject_raws: Vec<String>,
    pub faults: Vec<(u64, u64)>,
}

/// Reads everything, `rows` at a time, and checks that several threads read the same of text, and that a reader that goes
/// on from any position reads the same rest.
pub fn read(paths: &[PathBuf], reading: &Reading<'_>, rows: usize) -> Result<Held, LogError> {
    let (whole, mut positions) = read_from(paths, reading, rows, None, 1)?;
    let is_text = paths.iter().any(|path| kind_of(path).0.is_none_or(FileKind::is_text));
    let threads = if is_text { 3 } else { 1 };
    if is_text {
        let (together, others) = read_from(paths, reading, rows, None, threads)?;
        assert_eq!(together, whole);
        positions.extend(others);
    }
    let step = positions.len() / 7 + 1;
    let positions = positions.into_iter().step_by(step);
    for ((position, rows_before, rejects_before), threads) in positions.zip([1, threads].into_iter().cycle())
    {
        let (rest, _) = read_from(paths, reading, rows + 1, Some(position), threads)?;
        assert_eq!(rest.rows, whole.rows[rows_before..]);
        assert_eq!(rest.offsets, whole.offsets[rows_before..]);
        assert_eq!(rest.reject_raws, whole.reject_raws[rejects_before..]);
    }
    Ok(whole)
}

type Stood = (Position, usize, usize);

fn read_from(
    paths: &[PathBuf],
    reading: &Reading<'_>,
    rows: usize,
    from: Option<Position>,
    threads: usize,
) -> Result<(Held, Vec<Stood>), LogError> {
    let mut reader = open_files_with(paths, reading, threads)?;
    if let Some(position) = from {
        reader.seek(&position)?;
    }
    let mut held = Held { faults: vec![(0, 0); reading.columns.len()], ..Held::default() };
    let mut positions = Vec::new();
    let mut chunk = Chunk::new(reading.columns.len());
    loop {
        chunk.clear();
        let has_more = reader.read(&mut chunk, rows)?;
        take(&chunk, reading.columns, &mut held);
        positions.push((chunk.next.clone(), held.rows.len(), held.rejects.len()));
        if !has_more {
            break;
        }
    }
    if let Some(total) = reader.progress().total {
        assert_eq!(reader.progress().done, total, "all of it was read");
    }
    Ok((held, positions))
}

fn take(chunk: &Chunk, columns: &[Column], held: &mut Held) {
    let before = held.rows.len();
    assert_eq!(chunk.offsets.len(), chunk.rows());
    assert!(chunk.batch.columns.iter().all(|c| c.len() == chunk.rows()));
    for row in 0..chunk.rows() {
        let values = columns.iter().zip(&chunk.batch.columns).map(|(c, words)| show(c.ty, words[row], chunk));
        held.rows.push(values.collect::<Vec<_>>().join(" "));
    }
    held.offsets.extend(&chunk.offsets);
    let time = |row| chunk.times.get(row).copied().unwrap_or(i64::MIN);
    held.times.extend((0..chunk.rows()).map(time));
    let key = |row: usize| chunk.keys.get(row).map(|key| text(*key, chunk)).unwrap_or_default();
    held.keys.extend((0..chunk.rows()).map(key));
    for mark in &chunk.files {
        let name = text(mark.name, chunk);
        // A chunk says at its beginning again what the one before said.
        if held.files.last().is_none_or(|(_, last)| *last != name) {
            held.files.push((before + mark.row as usize, name));
        }
    }
    held.deleted.extend(chunk.deleted.iter().map(|row| before + *row as usize));
    for reject in &chunk.rejects {
        let key = reject.key.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
        let place = before + reject.row as usize;
        held.rejects.push(format!(
            "{}: {} (before row {place}, offset {}{key})",
            reject.reason.name(),
            reject.detail,
            reject.offset
        ));
        held.reject_raws.push(reject.raw.clone());
    }
    for (sum, faults) in held.faults.iter_mut().zip(&chunk.faults) {
        let ColumnFaults { unreadable, outside } = faults;
        *sum = (sum.0 + unreadable, sum.1 + outside);
    }
}

fn text(handle: Word, chunk: &Chunk) -> String {
    String::from_utf8_lossy(chunk.batch.text(handle)).into_owned()
}

fn show(ty: Scalar, word: Word, chunk: &Chunk) -> String {
    match ty {
        ty if !ty.is_present(word) => "-".to_string(),
        Scalar::Real => format!("{:?}", words::to_f64(word)),
        Scalar::String => text(word, chunk),
        Scalar::Timestamp => {
            jiff::Timestamp::from_nanosecond(i128::from(words::to_i64(word))).unwrap().to_string()
        }
        _ => words::to_i64(word).to_string(),
    }
}

/// A file in the folder of recordings.
pub fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A folder for one test.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The text without the folder's path.
    pub fn strip(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub const BY_RECORD: KeyPlan = KeyPlan::Record;

pub fn reading<'a>(format: &'a Format, columns: &'a [Column]) -> Reading<'a> {
    Reading { format, columns, key: &BY_RECORD, is_table: false, needs: &[] }
}
