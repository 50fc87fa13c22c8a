//! The lines of a test as a log: words straight into the columns that the program reads.
//!
//! A line says the fields that matter. The field that is the key holds the twin's key where it is not said, the
//! field that is the time holds the line's; others hold their default, or nothing. Where key or time are no
//! field but worked out, the record carries them itself, as it may on a log. What lies outside of `valid` is
//! absent and counted, as it would be on the wire.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_analysis::hir::{Const, ExprKind, Program, SchemaId, Test, TestInput, TestTarget, TimeOf};
use twin_engine::{Chunk, FileMark, LogError, Position, Progress, RecordReader};
use twin_lowering::flatten_schema;
use twin_plan::{Column, Default as ColumnDefault, Exprs, KeyPlan, NodeKind, Plan, TimePlan};
use twin_types::{NANOS_PER_SECOND, Scalar, Unit, Word, seconds_from_nanos, words};

/// What one line puts into one column.
#[derive(Clone, Debug)]
enum Cell {
    /// A word.
    Word(Word),
    /// Nothing, since what was said lies outside of `valid`.
    Outside(Word),
    /// A text.
    Text(String),
    /// The time of the record.
    Time,
    /// The same, counted in whole numbers of a unit.
    CountedInt(Unit),
    /// The same, counted in a unit.
    CountedReal(Unit),
}

/// One line.
struct Line {
    from: i64,
    to: i64,
    period: i64,
    cells: Vec<Cell>,
}

/// The lines for one source or table, in the order of their times, then of the text.
pub(crate) struct Feed {
    name: String,
    lines: Vec<Line>,
    /// When each line's next record is due.
    next: BinaryHeap<Reverse<(i64, usize)>>,
    offset: u64,
    /// The key that records carry themselves.
    key: Option<String>,
    has_own_time: bool,
    is_key_file: bool,
}

/// The lines of a test for a source or a table of the plan; fits the plan's key and time to what a test can say.
pub(crate) fn feed(program: &Program, test: &Test, target: TestTarget, plan: &mut Plan) -> Feed {
    let lines: Vec<&TestInput> = test.inputs.iter().filter(|input| input.target == target).collect();
    let twin = test.subject.as_ref().map(|subject| subject.twin);
    let topic = match target {
        TestTarget::Source(id) => {
            let source = &program.sources[id.index()];
            let time = fit_time(&source.time);
            let routes = twin.map_or(Vec::new(), |twin| routes(plan, twin.index(), id.0));
            let of_plan = &mut plan.sources[id.index()];
            if time == FieldTime::None {
                of_plan.time = TimePlan::Record;
            }
            Topic {
                name: &source.name,
                schema: source.schema,
                time,
                routes,
                columns: &of_plan.columns,
                key: &of_plan.key,
            }
        }
        TestTarget::Table(id) => {
            let table = &program.tables[id.index()];
            let time = table.time.as_ref().map_or(FieldTime::None, fit_time);
            let of_plan = &mut plan.tables[id.index()];
            if time == FieldTime::None {
                of_plan.time = TimePlan::Record;
            }
            let routes = vec![None];
            Topic {
                name: &table.name,
                schema: table.schema,
                time,
                routes,
                columns: &of_plan.columns,
                key: &of_plan.key,
            }
        }
    };
    let key = test.subject.as_ref().map(|subject| &subject.key);
    let lines: Vec<Line> = lines.iter().map(|line| topic.line(program, line, key)).collect();
    let next = lines.iter().enumerate().map(|(at, line)| Reverse((line.from, at))).collect();
    let carries_key = matches!(topic.key, KeyPlan::Record | KeyPlan::File);
    Feed {
        name: topic.name.to_string(),
        next,
        offset: 0,
        key: key.filter(|_| carries_key).and_then(key_text),
        has_own_time: !matches!(topic.time, FieldTime::Counted(..)),
        is_key_file: matches!(topic.key, KeyPlan::File),
        lines,
    }
}

/// The whole number of a unit that has been reached at a time of a clock that counts it.
fn whole_count(billionths: i64, unit: &Unit) -> i64 {
    if unit.factor == unit.divisor {
        return billionths.div_euclid(NANOS_PER_SECOND);
    }
    // `shortest`, so that what is whole when written is whole here.
    unit.shortest(seconds_from_nanos(billionths)).floor() as i64
}

/// Which word of the schema is the time.
#[derive(Clone, Debug, PartialEq)]
enum FieldTime {
    /// This one.
    Field(u32),
    /// This one, as a count in a unit.
    Counted(u32, Unit),
    /// None: the record carries its time itself.
    None,
}

fn fit_time(time: &TimeOf) -> FieldTime {
    let field = |expr: &twin_analysis::hir::Expr| match &expr.kind {
        ExprKind::SourceField(word) => Some(*word),
        ExprKind::Convert(_, inner) => match inner.kind {
            ExprKind::SourceField(word) => Some(word),
            _ => None,
        },
        _ => None,
    };
    match time {
        TimeOf::Expr(expr) => field(expr).map_or(FieldTime::None, FieldTime::Field),
        TimeOf::Count(expr, _) => match (field(expr), time.unit_of_count()) {
            (Some(word), Some(unit)) => FieldTime::Counted(word, unit),
            _ => FieldTime::None,
        },
        TimeOf::Record => FieldTime::None,
    }
}

/// The columns by which records of a source come to a twin: `None` is the source's own key.
fn routes(plan: &Plan, twin: usize, source: u32) -> Vec<Option<u32>> {
    let inputs = plan.twins[twin].inputs.iter().filter(|input| input.source == source);
    let exprs = &plan.sources[source as usize].exprs;
    let routes: Vec<_> = inputs.map(|input| input.by.and_then(|by| plain_column(exprs, by))).collect();
    if routes.is_empty() { vec![None] } else { routes }
}

fn plain_column(exprs: &Exprs, id: twin_plan::ExprId) -> Option<u32> {
    match exprs.get(id).kind {
        NodeKind::Field(_, column) => Some(column),
        _ => None,
    }
}

/// A source or table as its lines are fitted to it.
struct Topic<'a> {
    name: &'a str,
    schema: SchemaId,
    time: FieldTime,
    routes: Vec<Option<u32>>,
    columns: &'a [Column],
    key: &'a KeyPlan,
}

impl Topic<'_> {
    fn line(&self, program: &Program, line: &TestInput, key: Option<&Const>) -> Line {
        let flat = flatten_schema(program, &program.schemas[self.schema.index()]);
        let is_key = |at: u32| {
            self.routes.iter().any(|route| match (route, self.key) {
                (Some(column), _) => *column == at,
                (None, KeyPlan::Column(column)) => *column == at,
                (None, _) => false,
            })
        };
        let cells = self.columns.iter().zip(0..).map(|(column, at)| {
            // Names of a schema's words are unique: `tires[1]`, `motor.speed`.
            let word = flat.iter().position(|known| known.name == column.name).unwrap_or_default();
            match line.words.get(word).and_then(Option::as_ref) {
                Some(said) => said_cell(said, column),
                None if self.time == FieldTime::Field(word as u32) => Cell::Time,
                None => match &self.time {
                    FieldTime::Counted(count, unit) if *count as usize == word => match column.ty {
                        Scalar::Int => Cell::CountedInt(unit.clone()),
                        _ => Cell::CountedReal(unit.clone()),
                    },
                    _ => {
                        let key = key.filter(|_| is_key(at)).and_then(|key| key_cell(key, column));
                        key.unwrap_or_else(|| missing_cell(column))
                    }
                },
            }
        });
        Line { from: line.from_ns, to: line.to_ns, period: line.period_ns, cells: cells.collect() }
    }
}

fn said_cell(said: &Const, column: &Column) -> Cell {
    match said {
        Const::Text(text) => Cell::Text(text.clone()),
        Const::Absent => Cell::Word(column.ty.absent()),
        Const::Word(word) => {
            let number = match column.ty {
                Scalar::Real => words::to_f64(*word),
                _ => words::to_i64(*word) as f64,
            };
            let is_inside = |(low, high): (f64, f64)| (low..=high).contains(&number);
            match column.valid.is_none_or(is_inside) || !column.ty.is_present(*word) {
                true => Cell::Word(*word),
                false => Cell::Outside(column.ty.absent()),
            }
        }
    }
}

/// The key as it stands in its field.
fn key_cell(key: &Const, column: &Column) -> Option<Cell> {
    match (key, column.ty) {
        (Const::Text(text), Scalar::String) => Some(Cell::Text(text.clone())),
        (Const::Text(text), Scalar::Enum(_)) => {
            let ordinal = column.texts.iter().position(|known| known == text)?;
            Some(Cell::Word(ordinal as Word))
        }
        (Const::Text(text), Scalar::Int) => {
            text.parse().ok().map(|number| Cell::Word(words::from_i64(number)))
        }
        (Const::Word(word), Scalar::Int | Scalar::Enum(_) | Scalar::Bool) => Some(Cell::Word(*word)),
        (Const::Word(_), Scalar::String) => key_text(key).map(Cell::Text),
        _ => None,
    }
}

/// The text of a key.
pub(crate) fn key_text(key: &Const) -> Option<String> {
    match key {
        Const::Text(text) => Some(text.clone()),
        Const::Word(word) => Some(words::to_i64(*word).to_string()),
        Const::Absent => None,
    }
}

fn missing_cell(column: &Column) -> Cell {
    match &column.default {
        Some(ColumnDefault::Word(word)) => Cell::Word(*word),
        Some(ColumnDefault::Text(text)) => Cell::Text(text.clone()),
        None => Cell::Word(column.ty.absent()),
    }
}

impl Feed {
    /// The latest event time of its records, where their field says another one than their line.
    pub fn latest(&self, time: &TimePlan) -> Option<i64> {
        let TimePlan::Column(column) = time else { return None };
        let said = |line: &Line| match line.cells.get(*column as usize) {
            Some(Cell::Word(word)) if Scalar::Timestamp.is_present(*word) => Some(words::to_i64(*word)),
            _ => None,
        };
        self.lines.iter().filter_map(said).max()
    }

    fn push(&mut self, chunk: &mut Chunk, time: i64, line: usize) {
        for (at, cell) in self.lines[line].cells.iter().enumerate() {
            let word = match cell {
                Cell::Word(word) => *word,
                Cell::Outside(absent) => {
                    chunk.faults[at].outside += 1;
                    *absent
                }
                Cell::Text(text) => chunk.batch.add_text(text.as_bytes()),
                Cell::Time => words::from_i64(time),
                Cell::CountedInt(unit) => words::from_i64(whole_count(time, unit)),
                Cell::CountedReal(unit) => words::from_f64(unit.shortest(seconds_from_nanos(time))),
            };
            chunk.batch.columns[at].push(word);
        }
        if let Some(key) = &self.key {
            let key = chunk.batch.add_text(key.as_bytes());
            if !self.is_key_file {
                chunk.keys.push(key);
            } else if chunk.files.is_empty() {
                chunk.files.push(FileMark { row: chunk.batch.rows as u32, name: key });
            }
        }
        if self.has_own_time {
            chunk.times.push(time);
        }
        chunk.offsets.push(self.offset);
        chunk.batch.rows += 1;
        self.offset += 1;
    }
}

impl RecordReader for Feed {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        for _ in 0..rows {
            let Some(Reverse((time, at))) = self.next.pop() else { break };
            let Line { to, period, .. } = self.lines[at];
            if period > 0 && time.saturating_add(period) <= to {
                self.next.push(Reverse((time + period, at)));
            }
            self.push(chunk, time, at);
        }
        Ok(!self.next.is_empty())
    }

    fn seek(&mut self, _: &Position) -> Result<(), LogError> {
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn name(&self) -> &str {
        &self.name
    }
}
