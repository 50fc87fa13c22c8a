//! No bytes make a reader panic, hang or grow without bound.

use crate::common::*;
use crate::writers::{rows, schema};
use proptest::prelude::*;
use std::path::Path;
use std::sync::OnceLock;
use twin_connectors::file::{create_file, open_files};
use twin_engine::{Chunk, RowSchema};
use twin_plan::{Column, Format, KeyPlan, TimeText};
use twin_types::{EnumId, Scalar};

fn columns() -> Vec<Column> {
    vec![
        column("vin", Scalar::String),
        column("at", Scalar::Timestamp).optional(),
        column("engine.temp", Scalar::Real).unit("degC").optional(),
        column("tire[1]", Scalar::Real).optional(),
        column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN"]).optional(),
        column("count", Scalar::Int).optional(),
        column("ms", Scalar::Timestamp).time(TimeText::Count(1_000_000)).optional(),
    ]
}

const NAMES: [&str; 7] = ["x.jsonl", "x.csv", "x.jsonl.gz", "x.csv.zst", "x.parquet", "x.arrow", "x.avro"];

/// A small whole file of each kind.
fn whole_files() -> &'static Vec<Vec<u8>> {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = Folder::new();
        let whole = |name: &&str| {
            let path = folder.path(name);
            let schema: RowSchema = schema();
            let mut writer = create_file(&path, &schema, None).unwrap();
            writer.write(&rows(0, 40)).unwrap();
            writer.finish().unwrap();
            std::fs::read(path).unwrap()
        };
        NAMES.iter().map(whole).collect()
    })
}

/// Reads as far as it goes. Whatever comes of it is fine, but it must come.
fn read_out(path: &Path) {
    let columns = columns();
    let key = KeyPlan::File;
    let format = Format::Json;
    let reading = twin_connectors::file::Reading {
        format: &format,
        columns: &columns,
        key: &key,
        is_table: true,
        needs: &[],
    };
    let Ok(mut reader) = open_files(&[path.to_path_buf()], &reading) else { return };
    let mut chunk = Chunk::new(columns.len());
    let mut position = None;
    for _ in 0..100_000 {
        chunk.clear();
        let Ok(has_more) = reader.read(&mut chunk, 7) else { return };
        assert!(chunk.batch.columns.iter().all(|c| c.len() == chunk.rows()));
        assert_eq!(chunk.offsets.len(), chunk.rows());
        if !has_more {
            if let (Some(position), Ok(mut again)) = (position, open_files(&[path.to_path_buf()], &reading)) {
                let _ = again.seek(&position);
                let _ = again.read(&mut chunk, 7);
            }
            return;
        }
        position = Some(chunk.next.clone());
    }
    panic!("{} has no end", path.display());
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn damaged_files(
        kind in 0..NAMES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = whole_files()[kind].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = Folder::new();
        read_out(&folder.write(NAMES[kind], bytes));
    }

    #[test]
    fn any_bytes(kind in 0..NAMES.len(), head in 0usize..400, bytes: Vec<u8>) {
        let whole = &whole_files()[kind];
        let folder = Folder::new();
        read_out(&folder.write(NAMES[kind], [&whole[..head.min(whole.len())], &bytes].concat()));
    }
}
