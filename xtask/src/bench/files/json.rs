//! JSON Lines by a parser written for these records: the fields are expected in the order in which they were written
//! and looked for by name where they are not; numbers are short decimals, else the standard library reads them.
//!
//! Of fields that are not asked for only the end is looked for. Nothing is checked beyond what reading needs.

use super::Trouble;
use crate::bench::stream::{FIELDS, Stream};
use memchr::memchr;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

const BUFFER_BYTES: usize = 1 << 20;

pub(super) fn write(stream: &Stream, path: &Path) -> Result<(), Trouble> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
    for (row, (time, car)) in stream.time.iter().zip(&stream.car).enumerate() {
        write!(out, "{{\"car_id\":{car},\"ts\":{}", time / 1_000_000)?;
        for (name, column) in FIELDS.iter().zip(&stream.columns) {
            write!(out, ",\"{name}\":{:.2}", column[row])?;
        }
        out.write_all(b"}\n")?;
    }
    out.flush()?;
    Ok(())
}

pub(super) fn read(path: &Path, fields: &[usize], take: &mut dyn FnMut(&Stream)) -> Result<(), Trouble> {
    let parser = Parser::new(fields);
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut held = 0;
    let mut events = Stream::default();
    loop {
        let count = file.read(&mut buffer[held..])?;
        if count == 0 {
            return if held == 0 { Ok(()) } else { Err("the last line has no end".into()) };
        }
        held += count;
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &buffer[start..held]) {
            let line = &buffer[start..start + length];
            parser.line(line, &mut events).ok_or_else(|| String::from_utf8_lossy(line).into_owned())?;
            start += length + 1;
        }
        take(&events);
        events.clear();
        buffer.copy_within(start..held, 0);
        held -= start;
    }
}

/// What stands at a place of a record.
#[derive(Clone, Copy)]
enum Place {
    Car,
    Time,
    Value(usize),
    Unused,
}

struct Parser {
    /// By place: the quoted name and the colon behind it, and what is done with the value.
    places: Vec<(Vec<u8>, Place)>,
}

impl Parser {
    fn new(fields: &[usize]) -> Parser {
        let lead = |name: &str| format!("\"{name}\":").into_bytes();
        let mut places = vec![(lead("car_id"), Place::Car), (lead("ts"), Place::Time)];
        places.extend(FIELDS.iter().enumerate().map(|(at, name)| {
            let place = if fields.contains(&at) { Place::Value(at) } else { Place::Unused };
            (lead(name), place)
        }));
        Parser { places }
    }

    /// Adds a line's event; `None` where it is not like the others.
    fn line(&self, line: &[u8], events: &mut Stream) -> Option<()> {
        let (mut at, mut expected) = (1, 0);
        loop {
            let rest = line.get(at..)?;
            let is_next = self.places.get(expected).is_some_and(|(lead, _)| rest.starts_with(lead));
            let place = if is_next {
                expected
            } else {
                self.places.iter().position(|(lead, _)| rest.starts_with(lead))?
            };
            let (lead, what) = &self.places[place];
            at += lead.len();
            match what {
                Place::Car => events.car.push(whole(line, &mut at)? as u32),
                Place::Time => events.time.push(whole(line, &mut at)? * 1_000_000),
                Place::Value(field) => events.columns[*field].push(number(line, &mut at)?),
                Place::Unused => {
                    while !matches!(line.get(at)?, b',' | b'}') {
                        at += 1;
                    }
                }
            }
            match line.get(at)? {
                b'}' => return Some(()),
                _ => at += 1,
            }
            expected = place + 1;
        }
    }
}

#[inline]
fn whole(line: &[u8], at: &mut usize) -> Option<i64> {
    let mut value = 0;
    while line.get(*at)?.is_ascii_digit() {
        value = value * 10 + i64::from(line[*at] - b'0');
        *at += 1;
    }
    Some(value)
}

/// A short decimal as a whole number divided by a power of ten, which is exact; others by the standard library.
#[inline]
fn number(line: &[u8], at: &mut usize) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let start = *at;
    let is_negative = line.get(start)? == &b'-';
    let mut end = start + usize::from(is_negative);
    let (mut digits, mut behind_point, mut has_point) = (0u64, 0, false);
    loop {
        match line.get(end)? {
            digit @ b'0'..=b'9' => {
                digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
                behind_point += usize::from(has_point);
            }
            b'.' => has_point = true,
            b',' | b'}' => break,
            _ => behind_point = POWERS.len(),
        }
        end += 1;
    }
    *at = end;
    if end - start > POWERS.len() || behind_point >= POWERS.len() {
        return std::str::from_utf8(&line[start..end]).ok()?.parse().ok();
    }
    let value = digits as f64 / POWERS[behind_point];
    Some(if is_negative { -value } else { value })
}
