//! The frame of a container: header, blocks, sync markers, codecs.

use crate::file::input::Counted;
use std::io::{self, BufRead, BufReader, Read};

/// A block of records, uncompressed.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Records that were not taken yet.
    pub rows: u64,
    pub data: Vec<u8>,
    /// The first byte of the next record.
    pub at: usize,
}

/// What comes next in a file.
pub(super) enum Pulled {
    /// The block was filled.
    Block,
    /// A block that cannot be read; the next one can.
    DamagedBlock { rows: u64, what: String },
    /// From here on nothing can be read.
    Damaged { what: String },
    /// The end, where it should be.
    Over,
}

/// The blocks of a file.
pub(super) struct Blocks {
    input: BufReader<Counted>,
    codec: Codec,
    marker: [u8; 16],
    compressed: Vec<u8>,
    /// Rows and bytes of the block whose head was read, when its data was not.
    head: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

/// A block may have so many bytes, compressed or not.
const BLOCK_BYTES_MAX: u64 = 512 << 20;
/// The header may have so many entries, and each so many bytes.
const HEADER_ENTRIES_MAX: i64 = 1000;
const HEADER_BYTES_MAX: u64 = 16 << 20;

const CUT_OFF: &str = "the file was cut off in the middle of a block";

impl Blocks {
    /// Reads the header; gives the schema's JSON. Errors in words.
    pub fn open(mut input: BufReader<Counted>) -> Result<(Blocks, String), String> {
        let header = read_header(&mut input).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => {
                "this is no Avro file, or it was cut off in its header".to_string()
            }
            _ => e.to_string(),
        })?;
        let codec = match header.codec.as_str() {
            "" | "null" => Codec::Null,
            "deflate" => Codec::Deflate,
            "snappy" => Codec::Snappy,
            "zstandard" => Codec::Zstandard,
            other => {
                return Err(format!(
                    "the codec `{other}` is not read; null, deflate, snappy and zstandard are"
                ));
            }
        };
        let blocks = Blocks { input, codec, marker: header.marker, compressed: Vec::new(), head: None };
        Ok((blocks, header.schema))
    }

    /// Fills a block with the next one.
    pub fn pull(&mut self, block: &mut Block) -> io::Result<Pulled> {
        block.rows = 0;
        let (rows, bytes) = match self.head() {
            Ok(Some(head)) => head,
            Ok(None) => return Ok(Pulled::Over),
            Err(error) => return damaged(error),
        };
        self.head = None;
        if let Err(error) = self.read_data(bytes) {
            return damaged(error);
        }
        if let Err(what) = self.unpack(block) {
            return Ok(Pulled::DamagedBlock { rows, what });
        }
        // A record of no bytes at all is possible, but not by the billion.
        if rows > (block.data.len() as u64).max(1 << 20) {
            let what = format!("a block says that it has {rows} records in {} bytes", block.data.len());
            return Ok(Pulled::DamagedBlock { rows: 0, what });
        }
        (block.rows, block.at) = (rows, 0);
        Ok(Pulled::Block)
    }

    /// Skips whole blocks without unpacking them, as long as they have at most `rows` records; gives how many.
    pub fn skip(&mut self, rows: u64) -> io::Result<u64> {
        let mut skipped = 0;
        // What is wrong shows again when it is pulled.
        while let Ok(Some((count, bytes))) = self.head() {
            if count == 0 || skipped + count > rows {
                break;
            }
            self.head = None;
            if self.read_data(bytes).is_err() {
                break;
            }
            skipped += count;
        }
        Ok(skipped)
    }

    /// The head of the next block: its records and bytes; `None` at the end of the file.
    fn head(&mut self) -> io::Result<Option<(u64, u64)>> {
        if self.head.is_none() {
            if self.input.fill_buf()?.is_empty() {
                return Ok(None);
            }
            let rows =
                u64::try_from(long(&mut self.input)?).map_err(|_| wrong("a block has a negative count"))?;
            let bytes = u64::try_from(long(&mut self.input)?).ok().filter(|b| *b <= BLOCK_BYTES_MAX);
            self.head = Some((rows, bytes.ok_or_else(|| wrong("a block has a size that cannot be"))?));
        }
        Ok(self.head)
    }

    fn read_data(&mut self, bytes: u64) -> io::Result<()> {
        self.compressed.clear();
        // Grows as bytes arrive: a wrong size costs nothing.
        self.input.by_ref().take(bytes).read_to_end(&mut self.compressed)?;
        let mut marker = [0; 16];
        self.input.read_exact(&mut marker)?;
        if marker != self.marker {
            return Err(wrong("a block does not end with the file's sync marker"));
        }
        Ok(())
    }

    fn unpack(&mut self, block: &mut Block) -> Result<(), String> {
        block.data.clear();
        let unpacked = match self.codec {
            Codec::Null => {
                std::mem::swap(&mut block.data, &mut self.compressed);
                return Ok(());
            }
            Codec::Deflate => {
                let mut input = flate2::bufread::DeflateDecoder::new(self.compressed.as_slice());
                read_bounded(&mut input, &mut block.data)
            }
            Codec::Zstandard => zstd::Decoder::new(self.compressed.as_slice())
                .and_then(|mut input| read_bounded(&mut input, &mut block.data)),
            Codec::Snappy => unpack_snappy(&self.compressed, &mut block.data),
        };
        unpacked.map_err(|error| format!("its block is damaged ({error})"))
    }
}

fn damaged(error: io::Error) -> io::Result<Pulled> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Ok(Pulled::Damaged { what: CUT_OFF.to_string() }),
        io::ErrorKind::InvalidData => Ok(Pulled::Damaged { what: error.to_string() }),
        _ => Err(error),
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}

fn read_bounded(input: &mut dyn Read, out: &mut Vec<u8>) -> io::Result<()> {
    input.take(BLOCK_BYTES_MAX + 1).read_to_end(out)?;
    if out.len() as u64 > BLOCK_BYTES_MAX {
        return Err(wrong("it is larger than a block may be"));
    }
    Ok(())
}

/// Snappy's raw form with a checksum of what it unpacks to behind it.
fn unpack_snappy(compressed: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let (data, sum) = compressed.split_last_chunk::<4>().ok_or_else(|| wrong("it has no checksum"))?;
    let bytes = snap::raw::decompress_len(data).map_err(io::Error::from)?;
    if bytes as u64 > BLOCK_BYTES_MAX {
        return Err(wrong("it is larger than a block may be"));
    }
    out.resize(bytes, 0);
    snap::raw::Decoder::new().decompress(data, out).map_err(io::Error::from)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(out);
    if checksum.sum() != u32::from_be_bytes(*sum) {
        return Err(wrong("its checksum is another one"));
    }
    Ok(())
}

struct Header {
    schema: String,
    codec: String,
    marker: [u8; 16],
}

fn read_header(input: &mut impl Read) -> io::Result<Header> {
    let mut magic = [0; 4];
    input.read_exact(&mut magic)?;
    if magic != *b"Obj\x01" {
        return Err(wrong("this is no Avro file: it does not begin as one"));
    }
    let mut header = Header { schema: String::new(), codec: String::new(), marker: [0; 16] };
    loop {
        let mut count = long(input)?;
        if count == 0 {
            break;
        }
        if count < 0 {
            long(input)?;
            count = count.saturating_neg();
        }
        if count > HEADER_ENTRIES_MAX {
            return Err(wrong("the header has too many entries"));
        }
        for _ in 0..count {
            let (key, value) = (text(input)?, text(input)?);
            match key.as_str() {
                "avro.schema" => header.schema = value,
                "avro.codec" => header.codec = value,
                _ => {}
            }
        }
    }
    input.read_exact(&mut header.marker)?;
    Ok(header)
}

fn text(input: &mut impl Read) -> io::Result<String> {
    let bytes = u64::try_from(long(input)?).ok().filter(|b| *b <= HEADER_BYTES_MAX);
    let bytes = bytes.ok_or_else(|| wrong("the header has a size that cannot be"))?;
    let mut text = Vec::new();
    if input.take(bytes).read_to_end(&mut text)? as u64 != bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn long(input: &mut impl Read) -> io::Result<i64> {
    let mut value = 0u64;
    for shift in (0..=63).step_by(7) {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    Err(wrong("a number is longer than ten bytes"))
}
