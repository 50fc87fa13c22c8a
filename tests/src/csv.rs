//! Small CSV files of expected figures: a head, rows, no quotes.

/// A file's rows by the names of its columns.
pub struct Csv {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Csv {
    /// Takes a text apart.
    pub fn of(text: &str) -> Csv {
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
        let mut lines = text.lines().filter(|line| !line.is_empty()).map(cells);
        Csv { head: lines.next().unwrap_or_default(), rows: lines.collect() }
    }

    /// Reads a file.
    pub fn read(path: &std::path::Path) -> Csv {
        Csv::of(&std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = CsvRow<'_>> {
        self.rows.iter().map(|cells| CsvRow { head: &self.head, cells })
    }

    /// The names of its columns.
    pub fn head(&self) -> &[String] {
        &self.head
    }
}

/// A row.
#[derive(Clone, Copy)]
pub struct CsvRow<'a> {
    head: &'a [String],
    cells: &'a [String],
}

impl<'a> CsvRow<'a> {
    /// The text in a column.
    pub fn text(&self, column: &str) -> &'a str {
        let at = self.head.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }

    /// The number in a column; an empty cell is none.
    pub fn number(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.parse().unwrap_or_else(|_| panic!("{column}: {text} is no number")))
    }
}
