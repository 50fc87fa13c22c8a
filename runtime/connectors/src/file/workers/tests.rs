//! Several threads read what one reads, and end when they are to.

use super::super::decoder::Form;
use super::super::kind::FileKind;
use super::super::part::Part;
use super::super::reader::Reading;
use super::super::records::{Cut, Records, Sizes};
use super::super::text::TextPart;
use super::*;
use proptest::prelude::*;
use std::io::{self, Read, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use twin_plan::{Format, KeyPlan, PathStep};

fn column(name: &str, ty: Scalar, is_required: bool) -> Column {
    Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ty,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required,
        default: None,
        valid: None,
    }
}

fn columns() -> Vec<Column> {
    let note = Column {
        default: Some(twin_plan::Default::Text("none".to_string())),
        ..column("note", Scalar::String, false)
    };
    let speed = Column { valid: Some((0.0, 50.0)), ..column("speed", Scalar::Real, false) };
    vec![column("vin", Scalar::String, true), speed, note, column("n", Scalar::Int, false)]
}

/// What was read, each record and reject by itself; and faults so far, by column.
#[derive(Debug, Default, PartialEq)]
struct Log {
    entries: Vec<String>,
    faults: Vec<(u64, u64)>,
}

/// Where a reader stood: place, offset, and what it had read.
type Stood = (u64, u64, usize, Vec<(u64, u64)>);

fn add(chunk: &Chunk, log: &mut Log) {
    let text = |word| String::from_utf8_lossy(chunk.batch.text(word)).into_owned();
    let mut rejects = chunk.rejects.iter().peekable();
    for row in 0..=chunk.rows() {
        while let Some(reject) = rejects.next_if(|reject| reject.row as usize == row) {
            log.entries.push(format!("{:?}", twin_engine::Reject { row: 0, ..reject.clone() }));
        }
        if row < chunk.rows() {
            let [vin, speed, note, n] = [0, 1, 2, 3].map(|at: usize| chunk.batch.columns[at][row]);
            let time = chunk.times.get(row).copied().unwrap_or(i64::MIN);
            let key = chunk.keys.get(row).map(|key| text(*key)).unwrap_or_default();
            let is_deleted = chunk.deleted.contains(&(row as u32));
            log.entries.push(format!(
                "{} {speed:x} {} {n:x}, {} {time} {key} {is_deleted}",
                text(vin),
                text(note),
                chunk.offsets[row]
            ));
        }
    }
    assert!(rejects.next().is_none(), "rejects stand in order");
    assert!(chunk.batch.columns.iter().all(|column| column.len() == chunk.rows()));
    assert_eq!(chunk.offsets.len(), chunk.rows());
    log.faults.resize(chunk.faults.len(), (0, 0));
    for (sum, faults) in log.faults.iter_mut().zip(&chunk.faults) {
        *sum = (sum.0 + faults.unreadable, sum.1 + faults.outside);
    }
}

/// A file and how it is read.
struct Case<'a> {
    path: &'a Path,
    kind: FileKind,
    reading: Reading<'a>,
    sizes: Sizes,
    rows: usize,
}

impl Case<'_> {
    /// Reads all of it, from a place on; also whether it ended with damage.
    fn read(&self, threads: usize, from: Option<(u64, u64)>) -> Result<(Log, Vec<Stood>, bool), LogError> {
        let mut part = TextPart::open(self.path, self.kind, &self.reading, threads, self.sizes)?;
        let mut offset = 0;
        if let Some((place, number)) = from {
            part.seek(place)?;
            offset = number;
        }
        let (mut log, mut stood) = (Log::default(), Vec::new());
        let mut chunk = Chunk::new(self.reading.columns.len());
        let mut has_more = true;
        while has_more {
            chunk.clear();
            // The second time there is something in the chunk already.
            for _ in 0..2 {
                let before = chunk.rows();
                has_more = has_more && part.read(&mut chunk, self.rows, &mut offset)?;
                assert!(chunk.rows() <= before + self.rows);
            }
            add(&chunk, &mut log);
            stood.push((part.place(), offset, log.entries.len(), log.faults.clone()));
        }
        Ok((log, stood, part.is_spoilt()))
    }

    /// Several threads read what one reads, and what lies behind any place where they stood.
    fn check(&self, threads: usize, is_whole: bool) {
        let alone = self.read(1, None);
        let together = self.read(threads, None);
        let (Ok(alone), Ok(together)) = (&alone, &together) else {
            assert_eq!(alone.map_err(|e| e.to_string()).err(), together.map_err(|e| e.to_string()).err());
            return;
        };
        assert_eq!(alone.0, together.0);
        assert_eq!(alone.2, together.2);
        assert_eq!(alone.1.last(), together.1.last());
        for (at, (place, offset, entries, faults)) in together.1.iter().enumerate() {
            if at + 1 == together.1.len() || !is_whole {
                break;
            }
            let (rest, _, is_spoilt) = self
                .read(if at % 2 == 0 { threads } else { 1 }, Some((*place, *offset)))
                .expect("it was read");
            assert_eq!(rest.entries, together.0.entries[*entries..]);
            assert_eq!(is_spoilt, together.2);
            let sums = together
                .0
                .faults
                .iter()
                .zip(faults)
                .map(|(all, before)| (all.0 - before.0, all.1 - before.1));
            assert_eq!(rest.faults, sums.collect::<Vec<_>>());
        }
    }
}

fn json_line(kind: u8, n: u64) -> Vec<u8> {
    let line = match kind {
        0 => format!("{{\"vin\":\"car{n}\",\"speed\":{},\"n\":{n}}}", n % 49),
        1 => format!("{{\"speed\":{}.5,\"vin\":\"c\\u00e4r{n}\",\"note\":\"é{n}\"}}", n % 90),
        2 => format!("{{\"vin\":\"{n}\",\"speed\":\"fast\",\"n\":1.5}}"),
        3 => format!("{{\"speed\":{n}}}"),
        4 => "{\"vin\":".to_string(),
        5 => " ".repeat((n % 3) as usize),
        6 => format!("{{\"vin\":\"{}\"}}", "x".repeat((n % 200) as usize)),
        7 => return b"{\"vin\":\"\xff\"}".to_vec(),
        8 => "\r".to_string(),
        _ => format!("{{\"vin\":\"car{n}\",\"speed\":-1,\"n\":null}}\r"),
    };
    line.into_bytes()
}

fn envelope_line(kind: u8, n: u64) -> Vec<u8> {
    let line = match kind {
        0 => format!("{{\"value\":{{\"vin\":\"a{n}\"}}}}"),
        1 => format!("{{\"key\":\"k{n}\",\"value\":null,\"offset\":{n}}}"),
        2 => format!("{{\"key\":\"k{n}\",\"value\":{{\"speed\":1}},\"offset\":{n}}}"),
        3 => format!("{{\"value\":{{\"vin\":\"b\",\"speed\":99}},\"timestamp\":{n}}}"),
        4 => format!("{{\"offset\":{n},\"value\":{{\"vin\":\"c\",\"note\":\"{n}\"}},\"key\":\"k\"}}"),
        5 => String::new(),
        6 => return json_line(6, n),
        7 => "{\"value\":{\"vin\"".to_string(),
        _ => format!("{{\"value\":{{\"vin\":\"d\",\"n\":\"x\"}},\"key\":{n},\"offset\":-1}}"),
    };
    line.into_bytes()
}

fn csv_line(kind: u8, n: u64) -> Vec<u8> {
    let line = match kind {
        0 => format!("car{n},{},,{n}", n % 49),
        1 => format!("\"car\n{n}\",1,\"a\"\"b\n\n\",2"),
        2 => format!("\"open{n},1,,"),
        3 => format!("\"bad\"{n},1,,"),
        4 => format!("car{n},fast,,1.5"),
        5 => " ".repeat((n % 3) as usize),
        6 => format!("{},1", "x".repeat((n % 200) as usize)),
        7 => return b"\xff,1".to_vec(),
        8 => format!(",{n}"),
        _ => format!("a,1,2,3,4,{n}"),
    };
    line.into_bytes()
}

/// Lines of a file, its end as it may be.
fn text(kind: u8, lines: &[(u8, u64)], is_ended: bool) -> Vec<u8> {
    let mut text = match kind {
        0 => Vec::new(),
        1 => b"\xef\xbb\xbf{\"value\":{\"vin\":\"first\"},\"offset\":7}\n".to_vec(),
        _ => b"\nvin,speed,note,n\n".to_vec(),
    };
    for (line, n) in lines {
        text.extend_from_slice(&[json_line, envelope_line, csv_line][kind as usize](*line, *n));
        text.push(b'\n');
    }
    if !is_ended {
        text.pop();
    }
    text
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn several_threads_read_what_one_reads(
        kind in 0u8..3,
        lines in proptest::collection::vec((0u8..10, 0u64..1000), 0..60),
        is_ended: bool,
        is_table: bool,
        // Not packed; packed; cut off; with another byte somewhere.
        packing in 0u8..5,
        place: prop::sample::Index,
        buffer in 16usize..400,
        record in 100usize..300,
        rows in 1usize..20,
        threads in 2usize..5,
    ) {
        let text = text(kind, &lines, is_ended);
        let mut bytes = match packing {
            0 | 1 => text,
            _ => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&text).unwrap();
                encoder.finish().unwrap()
            }
        };
        match packing {
            3 => bytes.truncate(place.index(bytes.len()).max(2)),
            4 => {
                let place = place.index(bytes.len());
                bytes[place] ^= 0x10;
            }
            _ => {}
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if packing < 2 { "x.txt" } else { "x.txt.gz" });
        std::fs::write(&path, bytes).unwrap();
        let columns = columns();
        let format =
            Format::Csv { separator: b',', header: true, absent: vec!["NA".to_string()] };
        let case = Case {
            path: &path,
            kind: if kind == 2 { FileKind::Csv } else { FileKind::JsonLines },
            reading: Reading {
                format: if kind == 2 { &format } else { &Format::Json },
                columns: &columns,
                key: &KeyPlan::Column(0),
                is_table,
                needs: &[],
            },
            sizes: Sizes { buffer, record },
            rows,
        };
        // How much is left of damaged data depends on the steps in which it is unpacked, and going on skips it at once.
        case.check(threads, packing != 4);
    }
}

/// Lines, and then something else.
struct Lines<F> {
    lines: usize,
    then: F,
}

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for Lines<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.lines == 0 {
            return (self.then)(buffer);
        }
        self.lines -= 1;
        (&b"{\"vin\":\"a\",\"speed\":1}\n"[..]).read(buffer)
    }
}

fn workers(input: impl Read + Send + 'static, columns: &[Column], can_help: bool) -> Workers {
    let own = self::columns();
    let reading =
        Reading { format: &Format::Json, columns: &own, key: &KeyPlan::Record, is_table: false, needs: &[] };
    let path = Path::new("x.jsonl");
    let workers = (0..3).map(|_| Worker::new(Form::Values.decoder(path, &reading).unwrap(), None)).collect();
    let records = Records::new(Box::new(input), Cut::Lines, 0, Sizes::default());
    let feed = Feed::new(path, records, Sizes::default(), &Arc::default());
    Workers::new(path, feed, workers, columns, can_help)
}

/// Reads to the end, if there is one; how many rows there were.
fn read_out(workers: &mut Workers, columns: usize) -> Result<usize, String> {
    let (mut stands, mut offset, mut rows) = (Stands::default(), 0, 0);
    while !stands.is_over {
        let mut chunk = Chunk::new(columns);
        let read = workers.read(&mut chunk, &mut Room { records: 5, aside: 0 }, &mut stands, &mut offset);
        read.map_err(|error| error.to_string())?;
        rows += chunk.rows();
    }
    Ok(rows)
}

#[test]
fn what_the_system_says_is_told() {
    for can_help in [false, true] {
        let input = Lines { lines: 20, then: |_: &mut [u8]| Err(io::Error::from_raw_os_error(5)) };
        let mut workers = workers(input, &columns(), can_help);
        let error = read_out(&mut workers, 4).unwrap_err();
        assert!(error.starts_with("x.jsonl: ") && error.contains("os error 5"), "{error}");
        // Nobody waits for what will not come.
        let error = read_out(&mut workers, 4).unwrap_err();
        assert_eq!(error, "x.jsonl: one of the threads that decode it gave up");
    }
}

#[test]
fn a_thread_that_panics_is_an_error() {
    for can_help in [false, true] {
        let input = Lines { lines: 20, then: |_: &mut [u8]| panic!("the input is broken on purpose") };
        let error = read_out(&mut workers(input, &columns(), can_help), 4).unwrap_err();
        assert_eq!(error, "x.jsonl: one of the threads that decode it gave up");
        // A chunk without columns makes the decoder panic once a value cannot be read.
        let mut is_told = false;
        let input = Lines {
            lines: 20,
            then: move |buffer: &mut [u8]| {
                let line = if std::mem::replace(&mut is_told, true) {
                    &b""[..]
                } else {
                    b"{\"vin\":\"a\",\"speed\":{}}\n"
                };
                (&line[..]).read(buffer)
            },
        };
        let error = read_out(&mut workers(input, &[], can_help), 0).unwrap_err();
        assert_eq!(error, "x.jsonl: one of the threads that decode it gave up");
    }
}

/// Lines without an end.
fn endless(held: Arc<()>) -> Lines<impl FnMut(&mut [u8]) -> io::Result<usize>> {
    let then = move |buffer: &mut [u8]| {
        let _ = &held;
        (&b"{\"vin\":\"b\"}\n"[..]).read(buffer)
    };
    Lines { lines: 1, then }
}

#[test]
fn threads_end_when_nobody_reads() {
    for can_help in [false, true] {
        let alive = Arc::new(());
        let mut workers = workers(endless(Arc::clone(&alive)), &columns(), can_help);
        let (mut chunk, mut stands, mut offset) = (Chunk::new(4), Stands::default(), 0);
        workers.read(&mut chunk, &mut Room { records: 5, aside: 0 }, &mut stands, &mut offset).unwrap();
        assert_eq!((chunk.rows(), offset), (5, 5));
        drop(workers);
        let begin = Instant::now();
        while Arc::strong_count(&alive) > 1 {
            assert!(begin.elapsed() < Duration::from_secs(60), "a thread goes on");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What lies ready has a bound, also where blocks have one record each; and those that wait for room go on.
#[test]
fn nobody_is_far_ahead_of_the_reader() {
    let alive = Arc::new(());
    let mut workers = workers(endless(Arc::clone(&alive)), &columns(), false);
    let (mut chunk, mut stands, mut offset) = (Chunk::new(4), Stands::default(), 0);
    for rows in [5, 10_000, 5, 20_000] {
        chunk.clear();
        workers.read(&mut chunk, &mut Room { records: rows, aside: 0 }, &mut stands, &mut offset).unwrap();
        assert_eq!(chunk.rows(), rows);
    }
    std::thread::sleep(Duration::from_millis(50));
    // Each block of one record has a number.
    let shared = &workers.running.as_ref().unwrap().shared;
    assert!(shared.feed.lock().unwrap().blocks() < 31_000);
}

/// Nobody waits for a pipe that has nothing: neither for what came already, nor to leave.
#[test]
fn a_silent_pipe_holds_nobody_up() {
    let (speak, listen) = mpsc::channel::<()>();
    let silent = Lines {
        lines: 3,
        then: move |_: &mut [u8]| {
            let _ = listen.recv();
            Ok(0)
        },
    };
    let mut workers = workers(silent, &columns(), false);
    let (mut chunk, mut stands, mut offset) = (Chunk::new(4), Stands::default(), 0);
    workers.read(&mut chunk, &mut Room { records: 3, aside: 0 }, &mut stands, &mut offset).unwrap();
    assert_eq!((chunk.rows(), stands.place), (3, 3 * 22));
    drop(workers);
    drop(speak);
}
