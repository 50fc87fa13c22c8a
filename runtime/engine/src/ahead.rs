//! Decodes ahead in a thread of its own, so that reading and running overlap.
//!
//! What is read does not change, only when: each chunk says itself where its reader stands behind it, so a checkpoint
//! never sees what is still on its way.

use crate::log::{Chunk, LogError, Position, Progress, RecordReader};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Chunks that may lie ready at a time.
const READY_MAX: usize = 2;

/// A reader that another thread reads.
pub(crate) struct AheadReader {
    name: String,
    /// The reader, until the first reading starts the thread.
    inner: Option<Box<dyn RecordReader>>,
    running: Option<Running>,
    shared: Arc<Shared>,
    is_done: bool,
}

/// What both threads see.
struct Shared {
    progress: Mutex<Progress>,
    /// Records of a chunk, as they were asked for last.
    rows: AtomicUsize,
}

struct Running {
    ready: Receiver<Result<(Chunk, bool), LogError>>,
    empty: SyncSender<Chunk>,
    thread: JoinHandle<()>,
}

impl AheadReader {
    pub fn new(inner: Box<dyn RecordReader>) -> AheadReader {
        let shared = Shared { progress: Mutex::new(inner.progress()), rows: AtomicUsize::new(0) };
        let name = inner.name().to_string();
        AheadReader { name, inner: Some(inner), running: None, shared: Arc::new(shared), is_done: false }
    }

    fn start(&mut self, columns: usize) -> Option<&Running> {
        if let Some(mut inner) = self.inner.take() {
            let (ready_to, ready) = sync_channel(READY_MAX);
            let (empty, empty_from) = sync_channel::<Chunk>(READY_MAX + 1);
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::spawn(move || {
                read_all(&mut *inner, columns, &shared, &empty_from, &ready_to);
            });
            self.running = Some(Running { ready, empty, thread });
        }
        self.running.as_ref()
    }
}

/// Reads chunk after chunk until there is nothing more, something fails, or nobody wants them any longer.
fn read_all(
    inner: &mut dyn RecordReader,
    columns: usize,
    shared: &Shared,
    empty: &Receiver<Chunk>,
    ready: &SyncSender<Result<(Chunk, bool), LogError>>,
) {
    loop {
        let mut chunk = empty.try_recv().unwrap_or_else(|_| Chunk::new(columns));
        chunk.clear();
        let read = inner.read(&mut chunk, shared.rows.load(Ordering::Relaxed));
        *shared.progress.lock().expect("nobody fails while holding it") = inner.progress();
        let is_last = !matches!(read, Ok(true));
        if ready.send(read.map(|more| (chunk, more))).is_err() || is_last {
            return;
        }
    }
}

impl RecordReader for AheadReader {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        self.shared.rows.store(rows.max(1), Ordering::Relaxed);
        if self.is_done {
            return Ok(false);
        }
        let columns = chunk.batch.columns.len();
        let name = self.name.clone();
        let received = self.start(columns).and_then(|running| running.ready.recv().ok());
        let Some(received) = received else {
            return Err(LogError::Format { name, what: "its reader ended without a word".to_string() });
        };
        let (mut full, more) = received?;
        std::mem::swap(chunk, &mut full);
        if let Some(running) = &self.running {
            // Where nobody waits for space any more, it is given back to the system.
            let _ = running.empty.try_send(full);
        }
        self.is_done = !more;
        Ok(more)
    }

    fn seek(&mut self, position: &Position) -> Result<(), LogError> {
        match &mut self.inner {
            Some(inner) => inner.seek(position),
            None => Err(LogError::Position { name: self.name.clone(), what: "it is being read".to_string() }),
        }
    }

    fn progress(&self) -> Progress {
        *self.shared.progress.lock().expect("nobody fails while holding it")
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for AheadReader {
    fn drop(&mut self) {
        if let Some(Running { ready, empty, thread }) = self.running.take() {
            drop((ready, empty));
            // It ends at its next chunk; if it failed in its own way, that was reported by `read`.
            let _ = thread.join();
        }
    }
}
