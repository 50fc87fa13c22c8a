//! Text decoded by several threads.
//!
//! Only cutting a text into records has to be done from its beginning to its end. So each of some threads takes the
//! next block of records, one after the other, and decodes it by itself while others take theirs; what comes of the
//! blocks is handed over in their order. A block says how its records are counted and where they end, so that offsets and
//! places are those of a single thread.

use super::decoded::Decoded;
use super::decoder::{Decoder, set_damage_aside};
use super::input::{io_error, is_damage, position_error};
use super::records::Records;
use super::text::{Room, Stands};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use twin_engine::{Chunk, LogError};
use twin_plan::Column;
use twin_types::Scalar;

#[cfg(test)]
mod tests;

/// Blocks for each thread that are on their way or lie ready.
const BLOCKS_PER_WORKER: usize = 4;

/// The threads of one file.
pub(crate) struct Workers {
    path: PathBuf,
    /// By column, whether its words are texts.
    is_text: Vec<bool>,
    /// What the threads begin with, until the first reading starts them.
    idle: Option<(Records, Vec<Decoder>)>,
    running: Option<Running>,
}

struct Running {
    ready: Receiver<Delivery>,
    empty: Sender<Decoded>,
    /// Blocks that came before their turn.
    early: BTreeMap<u64, Decoded>,
    /// The number of the block whose turn is next.
    next: u64,
    /// The one that is being handed over.
    current: Option<Decoded>,
}

/// A block and its number, or that a thread gave up in a way that is a mistake of ours.
type Delivery = Result<(u64, Decoded), Panicked>;

struct Panicked;

/// Where threads get their blocks.
struct Feed {
    path: PathBuf,
    records: Records,
    empty: Receiver<Decoded>,
    /// The number of the next block, and of its first record.
    number: u64,
    offset: u64,
    is_over: bool,
}

/// What follows a block.
#[derive(Debug, Default)]
pub(super) enum End {
    /// The next one.
    #[default]
    Open,
    /// Nothing.
    Over,
    /// Damage, which was told.
    Spoilt,
    /// The file cannot be read.
    Failed(LogError),
}

impl Workers {
    /// A thread for each of the decoders.
    pub fn new(path: &Path, records: Records, decoders: Vec<Decoder>, columns: &[Column]) -> Workers {
        Workers {
            path: path.to_path_buf(),
            is_text: columns.iter().map(|column| column.ty == Scalar::String).collect(),
            idle: Some((records, decoders)),
            running: None,
        }
    }

    /// Goes to where `records` begin.
    pub fn seek(&mut self, records: Records) -> Result<(), LogError> {
        match &mut self.idle {
            Some((idle, _)) => *idle = records,
            None => return Err(position_error(&self.path, "it is being read")),
        }
        Ok(())
    }

    /// Hands over what the room has space for, or less.
    pub fn read(
        &mut self,
        chunk: &mut Chunk,
        room: &mut Room,
        stands: &mut Stands,
        offset: &mut u64,
    ) -> Result<(), LogError> {
        if let Some((records, decoders)) = self.idle.take() {
            self.running = Some(Running::start(&self.path, records, decoders, self.is_text.len(), *offset));
        }
        let Some(running) = &mut self.running else { return Ok(()) };
        while !stands.is_over && room.is_left(chunk) {
            let Some(mut decoded) = running.take_next() else {
                let what = "one of the threads that decode it gave up".to_string();
                return Err(LogError::Format { name: self.path.display().to_string(), what });
            };
            decoded.hand_over(chunk, room, &self.is_text);
            (stands.place, *offset) = decoded.stands_at();
            if !decoded.is_handed_over() {
                running.current = Some(decoded);
                continue;
            }
            match std::mem::take(&mut decoded.end) {
                End::Open => {}
                End::Over => stands.is_over = true,
                End::Spoilt => (stands.is_over, stands.is_spoilt) = (true, true),
                End::Failed(error) => return Err(error),
            }
            // Where nobody works any more, nobody needs it.
            let _ = running.empty.send(decoded);
        }
        Ok(())
    }
}

impl Running {
    /// Starts the threads. They end when there is nothing more, or when nobody takes what they have made; nobody
    /// waits for that, since a pipe may keep one of them for ever.
    fn start(path: &Path, records: Records, decoders: Vec<Decoder>, columns: usize, offset: u64) -> Running {
        let (ready_to, ready) = channel();
        let (empty, empty_from) = channel();
        for _ in 0..decoders.len() * BLOCKS_PER_WORKER {
            // Both ends are here, so that cannot fail.
            let _ = empty.send(Decoded::new(columns));
        }
        let path = path.to_path_buf();
        let feed = Feed { path, records, empty: empty_from, number: 0, offset, is_over: false };
        let feed = Arc::new(Mutex::new(feed));
        for decoder in decoders {
            let (feed, ready) = (Arc::clone(&feed), ready_to.clone());
            std::thread::spawn(move || {
                let work = AssertUnwindSafe(|| work(&feed, decoder, &ready));
                if catch_unwind(work).is_err() {
                    let _ = ready.send(Err(Panicked));
                }
            });
        }
        Running { ready, empty, early: BTreeMap::new(), next: 0, current: None }
    }

    /// The block whose turn it is; `None` where it will never come.
    fn take_next(&mut self) -> Option<Decoded> {
        if let Some(decoded) = self.current.take() {
            return Some(decoded);
        }
        let decoded = loop {
            if let Some(decoded) = self.early.remove(&self.next) {
                break decoded;
            }
            let (number, decoded) = self.ready.recv().ok()?.ok()?;
            self.early.insert(number, decoded);
        };
        self.next += 1;
        Some(decoded)
    }
}

/// Decodes block after block, until there is none left or nobody wants them.
fn work(feed: &Mutex<Feed>, mut decoder: Decoder, ready: &Sender<Delivery>) {
    let mut buffer = Vec::new();
    loop {
        // Who panicked while holding it has said so.
        let next = feed.lock().ok().and_then(|mut feed| feed.next_block(&mut buffer));
        let Some((number, mut decoded)) = next else { return };
        decoded.decode(&mut decoder, &buffer);
        if ready.send(Ok((number, decoded))).is_err() {
            return;
        }
    }
}

impl Feed {
    /// The next block, cut but not decoded, and its number.
    ///
    /// Whoever takes a number has all that is needed to deliver it, so the reader never waits in vain.
    fn next_block(&mut self, buffer: &mut Vec<u8>) -> Option<(u64, Decoded)> {
        if self.is_over {
            return None;
        }
        let mut decoded = self.empty.recv().ok()?;
        decoded.begin(self.offset);
        match self.records.next_block(&mut decoded.block, buffer) {
            Ok(true) => {}
            Ok(false) => decoded.end = End::Over,
            Err(error) if is_damage(&error) => {
                set_damage_aside(&self.path, &error, &self.records, &mut decoded.chunk, self.offset);
                decoded.end = End::Spoilt;
            }
            Err(error) => decoded.end = End::Failed(io_error(&self.path, error)),
        }
        self.is_over = !matches!(decoded.end, End::Open);
        let number = self.number;
        self.number += 1;
        self.offset += decoded.block.len() as u64;
        Some((number, decoded))
    }
}
