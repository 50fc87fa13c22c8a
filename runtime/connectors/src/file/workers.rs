//! Text decoded by several threads.
//!
//! Only cutting a text into blocks of records has to be done from its beginning to its end. So each of some threads takes
//! the next block, one after the other, and decodes it by itself while others take theirs; what comes of the blocks is
//! handed over in their order. A block says how its records are counted and where they end, so that offsets and places
//! are those of a single thread.
//!
//! Whoever reads is one of these threads: while the block whose turn it is is not there, it decodes another one. So there
//! are no more threads than were asked for, and they seldom wait for each other. Only of a pipe, which may be silent for
//! ever, the reader takes nothing itself.

use super::board::{Board, Turn};
use super::decoded::Decoded;
use super::decoder::Decoder;
use super::feed::{End, Feed, Taken};
use super::input::{format_error, io_error, position_error};
use super::stretches::StretchReader;
use super::text::{Room, Stands};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use twin_engine::{Chunk, LogError};
use twin_plan::Column;
use twin_types::Scalar;

#[cfg(test)]
mod tests;

/// The threads of one file.
pub(crate) struct Workers {
    path: PathBuf,
    /// By column, whether its words are texts.
    is_text: Vec<bool>,
    /// Whether the reader decodes as well.
    can_help: bool,
    /// What the threads begin with, until the first reading starts them.
    idle: Option<(Feed, Vec<Worker>)>,
    running: Option<Running>,
}

struct Running {
    shared: Arc<Shared>,
    /// With what the reader itself decodes, as long as there is something to be taken.
    own: Option<Worker>,
    /// The number of the block whose turn is next.
    next: u64,
    /// The one that is being handed over.
    current: Option<Decoded>,
    /// Whether the last block was taken.
    is_over: bool,
}

/// What all threads see.
struct Shared {
    path: PathBuf,
    feed: Mutex<Feed>,
    board: Board,
}

/// What each thread has of its own.
pub(crate) struct Worker {
    decoder: Decoder,
    /// For what it reads itself.
    file: Option<StretchReader>,
    /// The records of a block.
    buffer: Vec<u8>,
}

impl Workers {
    /// So many threads; the reader is one of them if it `can_help`, which may make it wait for the input.
    pub fn new(path: &Path, feed: Feed, workers: Vec<Worker>, columns: &[Column], can_help: bool) -> Workers {
        Workers {
            path: path.to_path_buf(),
            is_text: columns.iter().map(|column| column.ty == Scalar::String).collect(),
            can_help,
            idle: Some((feed, workers)),
            running: None,
        }
    }

    /// Goes to where `feed` begins.
    pub fn seek(&mut self, feed: Feed) -> Result<(), LogError> {
        match &mut self.idle {
            Some((idle, _)) => *idle = feed,
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
        if let Some((feed, workers)) = self.idle.take() {
            let columns = self.is_text.len();
            self.running = Some(Running::start(&self.path, feed, workers, columns, self.can_help));
        }
        let Some(running) = &mut self.running else { return Ok(()) };
        running.shared.board.ask(room.records);
        while !stands.is_over && room.is_left(chunk) {
            let Some(mut decoded) = running.take_next() else {
                let what = "one of the threads that decode it gave up".to_string();
                return Err(LogError::Format { name: self.path.display().to_string(), what });
            };
            decoded.hand_over(chunk, room, &self.is_text, offset);
            stands.place = decoded.place();
            if !decoded.is_handed_over() {
                running.current = Some(decoded);
                continue;
            }
            let end = std::mem::take(&mut decoded.end);
            running.is_over = !matches!(end, End::Open);
            match end {
                End::Open => {}
                End::Over => stands.is_over = true,
                End::Spoilt => (stands.is_over, stands.is_spoilt) = (true, true),
                End::Failed(error) => return Err(error),
            }
            running.shared.board.give_back(decoded);
        }
        Ok(())
    }
}

impl Running {
    /// Starts the threads. They end when there is nothing more, or when nobody takes what they have made; nobody
    /// waits for that, since a pipe may keep one of them for ever.
    fn start(path: &Path, feed: Feed, workers: Vec<Worker>, columns: usize, can_help: bool) -> Running {
        let (path, feed) = (path.to_path_buf(), Mutex::new(feed));
        let shared = Arc::new(Shared { path, feed, board: Board::new(columns) });
        let mut workers = workers.into_iter();
        let own = if can_help { workers.next() } else { None };
        for worker in workers {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || worker.work(&shared));
        }
        Running { shared, own, next: 0, current: None, is_over: false }
    }

    /// The block whose turn it is; `None` where it will never come.
    fn take_next(&mut self) -> Option<Decoded> {
        if let Some(decoded) = self.current.take() {
            return Some(decoded);
        }
        if self.is_over {
            return None;
        }
        let number = self.next;
        self.next += 1;
        loop {
            let decoded = match self.shared.board.await_turn(number, self.own.is_some()) {
                Turn::Ready(decoded) => return Some(decoded),
                Turn::Help(decoded) => decoded,
                Turn::Never => return None,
            };
            match self.own.as_mut()?.decode_next(&self.shared, decoded) {
                Some((own, decoded)) if own == number => return Some(decoded),
                Some((own, decoded)) => self.shared.board.put(own, decoded),
                // What is missing is with others.
                None => self.own = None,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.board.leave();
    }
}

impl Worker {
    /// A thread with this decoder, and what it reads stretches with where the feed gives such.
    pub fn new(decoder: Decoder, file: Option<StretchReader>) -> Worker {
        Worker { decoder, file, buffer: Vec::new() }
    }

    /// Decodes block after block, until there is none left or nobody wants them.
    fn work(mut self, shared: &Shared) {
        while let Some(decoded) = shared.board.await_room() {
            let Some((number, decoded)) = self.decode_next(shared, decoded) else { return };
            shared.board.put(number, decoded);
        }
    }

    /// Takes the next block and decodes it; `None` where there is none or something panicked, which is told then.
    ///
    /// Whoever takes a number has all that is needed to deliver it, so the reader never waits in vain.
    fn decode_next(&mut self, shared: &Shared, mut decoded: Decoded) -> Option<(u64, Decoded)> {
        let decode = AssertUnwindSafe(|| {
            // Who panicked while holding it says so.
            let taken = shared.feed.lock().ok()?.next_block(&mut decoded, &mut self.buffer)?;
            let Taken { number, stretch } = taken;
            if let (Some(stretch), Some(file)) = (stretch, &mut self.file) {
                let read = file.read(stretch, &mut decoded.block, &mut self.buffer);
                if let Err(error) = read {
                    decoded.end = End::Failed(not_read(&shared.path, error));
                }
            }
            decoded.decode(&mut self.decoder, &self.buffer);
            Some((number, decoded))
        });
        catch_unwind(decode).unwrap_or_else(|_| {
            shared.board.set_panicked();
            None
        })
    }
}

fn not_read(path: &Path, error: io::Error) -> LogError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format_error(path, "it became shorter while it was read"),
        _ => io_error(path, error),
    }
}
