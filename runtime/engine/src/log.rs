//! Where records come from and where they go: the traits that connectors implement.
//!
//! A reader is *one* partition of one source or table: it decodes records into columns of words, in the order
//! of its log. A writer takes rows of words for one sink. Both can say where they stand and go back there; that is
//! all a checkpoint needs of them. Files, brokers and their libraries are known to connectors only.

use std::fmt;
use twin_plan::kernel::Batch;
use twin_plan::{PathStep, TimeText};
use twin_types::{ABSENT_STRING, Scalar, Unit, Word};

/// Where a reader or a writer stands: bytes that only it understands, kept in checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(pub Vec<u8>);

/// Decoded records of one partition, in the order of its log.
///
/// A reader appends to it; whoever hands it over has emptied it with [`Chunk::clear`].
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The columns of [`twin_plan::SourcePlan::columns`] (or of the table), one word per record, with their texts.
    /// Equal texts of one chunk may share a handle; that makes looking up keys cheaper.
    pub batch: Batch,
    /// Each record's offset in its partition.
    pub offsets: Vec<u64>,
    /// Each record's own timestamp on the log (ns since the epoch; [`twin_types::ABSENT_INT`] where it has none).
    /// Empty when no record of this chunk has one.
    pub times: Vec<i64>,
    /// Each record's own key on the log, as the handle of a text of `batch` (or the absent text). Empty when no record
    /// has one. Needed only for [`twin_plan::KeyPlan::Record`]; otherwise it may stay empty.
    pub keys: Vec<Word>,
    /// From which record on which file is read: the file's name without its endings, as the handle of a text of
    /// `batch`. Needed only for [`twin_plan::KeyPlan::File`]. Sorted; a chunk that has records then begins with a mark.
    pub files: Vec<FileMark>,
    /// Records of a table that delete their key (a null value on a compacted topic): rows of `batch`, sorted. Their
    /// columns are absent but for those of the key.
    pub deleted: Vec<u32>,
    /// Records that could not be decoded, in order.
    pub rejects: Vec<Reject>,
    /// Values that became absent on the way, by column.
    pub faults: Vec<ColumnFaults>,
    /// Where the reader stands behind the last record of this chunk; set by every [`RecordReader::read`].
    pub next: Position,
}

/// From a row of a chunk on, records come from this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMark {
    /// The first row of it.
    pub row: u32,
    /// Handle of the file's name.
    pub name: Word,
}

/// A record that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// It stands before this row of its chunk.
    pub row: u32,
    /// Its offset in its partition.
    pub offset: u64,
    /// Its key, where that could be read.
    pub key: Option<String>,
    /// Why, as a name.
    pub reason: RejectReason,
    /// Why, in words: the column, what stood there.
    pub detail: String,
    /// The record as it came; what is not UTF-8 is replaced.
    pub raw: String,
}

/// Values of one column that became absent while decoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnFaults {
    /// Optional values that could not be read.
    pub unreadable: u64,
    /// Values outside `valid`.
    pub outside: u64,
}

/// Why a record was set aside. The names are stable: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RejectReason {
    /// It is not what its format says: broken JSON, a line with too few values.
    Undecodable,
    /// A required column is missing.
    MissingField,
    /// A required column has a value that cannot be read as its type.
    BadValue,
    /// It has no key.
    MissingKey,
    /// It has no event time.
    MissingTime,
    /// It lies further ahead of its record's timestamp than `skew`.
    Future,
    /// It is larger than a record may be.
    TooLarge,
    /// It names a schema that is not known.
    UnknownSchema,
}

impl RejectReason {
    /// All reasons, by number.
    pub const ALL: [RejectReason; 8] = [
        RejectReason::Undecodable,
        RejectReason::MissingField,
        RejectReason::BadValue,
        RejectReason::MissingKey,
        RejectReason::MissingTime,
        RejectReason::Future,
        RejectReason::TooLarge,
        RejectReason::UnknownSchema,
    ];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            RejectReason::Undecodable => "undecodable",
            RejectReason::MissingField => "missing_field",
            RejectReason::BadValue => "bad_value",
            RejectReason::MissingKey => "missing_key",
            RejectReason::MissingTime => "missing_time",
            RejectReason::Future => "future",
            RejectReason::TooLarge => "too_large",
            RejectReason::UnknownSchema => "unknown_schema",
        }
    }
}

impl Chunk {
    /// An empty chunk for records of so many columns.
    pub fn new(columns: usize) -> Chunk {
        let mut chunk = Chunk::default();
        chunk.batch.columns.resize(columns, Vec::new());
        chunk.faults.resize(columns, ColumnFaults::default());
        chunk
    }

    /// How many records it holds.
    pub fn rows(&self) -> usize {
        self.batch.rows
    }

    /// Empties it; memory and the number of columns stay.
    pub fn clear(&mut self) {
        self.batch.rows = 0;
        self.batch.columns.iter_mut().for_each(Vec::clear);
        self.batch.texts.clear();
        self.offsets.clear();
        self.times.clear();
        self.keys.clear();
        self.files.clear();
        self.deleted.clear();
        self.rejects.clear();
        self.faults.fill(ColumnFaults::default());
        self.next.0.clear();
    }
}

/// One partition of a source or a table: a file, several files one after the other, a partition of a topic.
pub trait RecordReader: Send {
    /// Appends at most `rows` records to the chunk (rejects do not count) and sets [`Chunk::next`].
    ///
    /// Every column of the batch gets one word per record. `false`: there is nothing more, now and later. A reader may
    /// append fewer than `rows`, even none, and still say `true`; it must not do so for ever.
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError>;

    /// Goes to where it stood when it set this position. Nothing is read before that.
    fn seek(&mut self, position: &Position) -> Result<(), LogError>;

    /// How far it is.
    fn progress(&self) -> Progress;

    /// Whether threads of its own work ahead of whoever reads, so that one more would only be in their way.
    fn works_ahead(&self) -> bool {
        false
    }

    /// Its name for messages: the file, the topic and partition.
    fn name(&self) -> &str;
}

/// How far a reader is, in bytes of what it reads (compressed where it is).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Read so far.
    pub done: u64,
    /// In total, where that is known.
    pub total: Option<u64>,
}

/// The form of a sink's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSchema {
    /// The sink: a sink or command of the program, or `alerts`, `captures`, `late`, `rejects`.
    pub name: String,
    /// Its fields in order.
    pub columns: Vec<RowColumn>,
}

/// One field of a sink's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RowColumn {
    /// Its place on the wire: `p[0]` and `p[1]` are two columns that are written as one array.
    pub path: Vec<PathStep>,
    /// What its words are.
    pub ty: RowType,
    /// For a quantity: the unit in which it is written. Words are stored numbers.
    pub unit: Option<Unit>,
    /// For a timestamp: how it is written; RFC 3339 in UTC where nothing is said.
    pub time: Option<TimeText>,
    /// For an enum: its texts on the wire, by ordinal.
    pub texts: Vec<String>,
}

/// What the words of a sink's field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowType {
    /// A value of this scalar; texts are handles into the batch.
    Scalar(Scalar),
    /// The handle of a text that is JSON already: written as it stands where the format is JSON, as text elsewhere.
    Json,
}

impl RowType {
    /// The word of a value that is not there.
    pub fn absent(self) -> Word {
        match self {
            RowType::Scalar(ty) => ty.absent(),
            RowType::Json => ABSENT_STRING,
        }
    }
}

/// A place where the rows of one sink are written.
pub trait RecordWriter: Send {
    /// Writes the rows of a batch whose columns are those of the sink's [`RowSchema`].
    fn write(&mut self, rows: &Batch) -> Result<(), LogError>;

    /// Hands over what it holds back, so that a reader of the output sees it.
    fn flush(&mut self) -> Result<(), LogError>;

    /// Makes durable what was written and says where it stands.
    fn position(&mut self) -> Result<Position, LogError>;

    /// Goes back to where it stood and drops what was written since, also what [`RecordWriter::finish`] added.
    ///
    /// The engine calls it once before anything is written; the empty position (its default) is the beginning, where
    /// whatever an earlier run left there is dropped.
    fn restore(&mut self, position: &Position) -> Result<(), LogError>;

    /// Nothing more comes: writes footers, closes.
    fn finish(&mut self) -> Result<(), LogError>;

    /// Its name for messages: the file, the topic.
    fn name(&self) -> &str;
}

/// What goes wrong with a log itself; what is wrong with a single record is a [`Reject`].
#[derive(Debug)]
pub enum LogError {
    /// The system says no.
    Io {
        /// The file or topic.
        name: String,
        /// What it says.
        error: std::io::Error,
    },
    /// It is not what its format says, and nothing behind this can be read.
    Format {
        /// The file or topic.
        name: String,
        /// What is wrong, in words.
        what: String,
    },
    /// A position does not belong to it: the file is another one, or shorter than it was.
    Position {
        /// The file or topic.
        name: String,
        /// What does not fit, in words.
        what: String,
    },
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::Io { name, error } => write!(f, "{name}: {error}"),
            LogError::Format { name, what } => write!(f, "{name}: {what}"),
            LogError::Position { name, what } => write!(f, "{name}: cannot go on where it stopped: {what}"),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LogError::Io { error, .. } => Some(error),
            LogError::Format { .. } | LogError::Position { .. } => None,
        }
    }
}
