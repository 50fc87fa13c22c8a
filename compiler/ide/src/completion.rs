//! What could stand at a cursor.

use crate::keywords;
use crate::library::{self, Offer};
use crate::place::{Frame, Place, RecordOf, place};
use crate::project::Project;
use crate::scope::{Name, NameKind, Scope};
use crate::text::floor_boundary;
use crate::units;
use std::collections::BTreeSet;
use std::ops::Range;
use twin_diagnostics::FileId;
use twin_syntax::ast::StreamKind;
use twin_types::{Native, Quantity, kinds};

mod calls;
mod uses;

/// What a completion is, for its icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// A unit of measurement.
    Unit,
    /// A name of the program.
    Name(NameKind),
    /// A function of the language or the library.
    Function,
    /// A block of the library or the program.
    Block,
    /// A parameter of the call around the cursor.
    Parameter,
    /// A setting of a stream.
    Setting,
    /// A module of the library.
    Module,
}

/// Text to put in elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What it replaces.
    pub range: Range<usize>,
    /// The new text.
    pub text: String,
}

/// Something that could stand at a cursor.
#[derive(Clone, Debug)]
pub struct Completion {
    /// What is shown and put in.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type, signature or origin.
    pub detail: String,
    /// Its documentation.
    pub doc: String,
    /// What is to be changed elsewhere: a `use` line.
    pub also: Option<Edit>,
    /// Smaller is nearer at hand.
    pub rank: u8,
}

/// All that could stand at a cursor, and the text that it would replace.
#[derive(Clone, Debug, Default)]
pub struct Completions {
    /// The beginning that is there already.
    pub replaces: Range<usize>,
    /// Whether a number or `in` asks for a unit here.
    pub are_units: bool,
    /// What could stand there, best first.
    pub items: Vec<Completion>,
}

/// What could stand at `offset`.
pub fn complete(project: &Project, file: FileId, offset: usize) -> Completions {
    let text = project.text(file);
    let offset = floor_boundary(text, offset);
    let Some(place) = place(text, offset) else {
        return Completions { replaces: offset..offset, ..Default::default() };
    };
    let scope = Scope::new(project, file, &place);
    let mut list = List { project, file, scope: &scope, place: &place, items: Vec::new() };
    let unit = list.unit_range();
    let are_units = unit.is_some();
    let replaces = match unit {
        Some(unit) => {
            list.units(&unit.0);
            unit.1
        }
        None => {
            list.names();
            place.prefix.clone()
        }
    };
    let mut items = list.items;
    items.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.label.clone()));
    Completions { replaces, are_units, items }
}

/// A list that is being filled.
struct List<'a> {
    project: &'a Project,
    file: FileId,
    scope: &'a Scope<'a>,
    place: &'a Place<'a>,
    items: Vec<Completion>,
}

impl List<'_> {
    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, doc: &str, rank: u8) {
        let (label, detail, doc) = (label.to_string(), detail.to_string(), doc.to_string());
        self.items.push(Completion { label, kind, detail, doc, also: None, rank });
    }

    fn add_names(&mut self, names: Vec<Name>, rank: u8) {
        for name in names {
            let is_no_value = matches!(name.kind, NameKind::Stream | NameKind::Rule);
            let rank = rank + u8::from(is_no_value);
            self.add(&name.text, CompletionKind::Name(name.kind), &name.ty, &name.doc, rank);
        }
    }

    fn add_words(&mut self, words: &[&str], rank: u8) {
        for word in words {
            self.add(word, CompletionKind::Keyword, "", keywords::meaning(word).unwrap_or(""), rank);
        }
    }

    /// Where a unit may stand: what stands before it, and what of it is there.
    fn unit_range(&self) -> Option<(Range<usize>, Range<usize>)> {
        let behind = |word: &str| self.place.back(0) == word && self.place.is_on_line_of_last();
        let typed = matches!(self.place.frame(), Some(Frame::Schema)) || self.place.back(2) == ":";
        if behind("in") && typed && self.place.back(1) != "for" {
            return Some((0..0, self.place.prefix.clone()));
        }
        self.place.number_before_unit()
    }

    /// Units, those that fit the formula first, and the words that go on behind a number.
    fn units(&mut self, number: &Range<usize>) {
        let wanted = self.wanted_quantity(number);
        for offer in units::offers(self.project, self.file) {
            let is_fitting = wanted.is_some_and(|wanted| units::fits(offer.quantity, wanted));
            let detail = units::quantity_name(offer.quantity);
            self.add(&offer.symbol, CompletionKind::Unit, &detail, "", if is_fitting { 0 } else { 4 });
        }
        if !number.is_empty() {
            self.add_words(keywords::continuations(self.place.frame()), 6);
            self.add_words(&["samples"], 6);
        }
    }

    /// The quantity that a number is likely to be: of what it is compared with or added to, or a time.
    fn wanted_quantity(&self, number: &Range<usize>) -> Option<Quantity> {
        let at = (0..).find(|n| self.place.range_back(*n).is_none_or(|word| word == *number))?;
        let before = |n: usize| self.place.back(at + n);
        let is_type = number.is_empty();
        let typed = match before(1) {
            _ if is_type => self.place.back(1).to_string(),
            "over" | "each" | "every" | "for" | "within" | "from" | "to" | "at" => "duration".to_string(),
            "before" | "after" | "until" => "duration".to_string(),
            ":" => self.parameter_type(before(2)).unwrap_or_default(),
            _ => {
                let signs = (1..).map(before).take_while(|word| !word.is_empty());
                let operand = (1..).zip(signs).find(|(_, w)| {
                    !matches!(*w, "-" | "+" | "<" | ">" | "<=" | ">=" | "==" | "!=" | "=" | "??")
                });
                let operand = operand.map(|(n, _)| n).filter(|n| *n > 1)?;
                self.type_of_word(at + operand)
            }
        };
        units::quantity_of_type(&typed)
    }

    /// The type of the name that ends `n` words before the cursor.
    fn type_of_word(&self, n: usize) -> String {
        let place = self.place.range_back(n);
        let fact = place.and_then(|range| self.project.fact_at(self.file, range.start));
        fact.map_or(String::new(), |(_, fact)| fact.ty.clone())
    }

    fn names(&mut self) {
        if self.place.back(0) == "." {
            let path = self.place.dotted().unwrap_or_default();
            return match self.uses_path() {
                true => self.modules(&path),
                false => self.add_names(self.scope.behind(&path), 0),
            };
        }
        if self.place.in_hole {
            return self.values();
        }
        if self.named_by_keyword() {
            return;
        }
        match self.place.frame() {
            None => self.add_words(keywords::beginnings(None), 1),
            Some(Frame::Schema) => self.schema(),
            Some(Frame::Stream(keyword, name)) => self.stream(&keyword.clone(), &name.clone()),
            Some(Frame::Options) => {
                for option in ["separator", "header", "absent"] {
                    self.add(option, CompletionKind::Setting, "", "", 0);
                }
            }
            Some(Frame::Record(of)) => self.record(&of.clone()),
            Some(Frame::Machine(name)) => self.machine(&name.clone()),
            Some(Frame::Enum) => {}
            _ => self.line(),
        }
    }

    /// In bodies: what may begin a line, what may go on behind a value, or a value.
    fn line(&mut self) {
        let frame = self.place.frame().cloned();
        if self.place.may_begin() {
            self.add_words(keywords::beginnings(frame.as_ref()), 1);
            if matches!(frame, Some(Frame::Statements | Frame::Rule)) {
                self.add_names(self.scope.members(&[NameKind::State]), 0);
            }
            if !self.place.follows_value() || self.place.back(0) == "{" {
                return;
            }
        }
        if self.place.follows_value() {
            let rank = if self.place.may_begin() { 3 } else { 0 };
            self.add_words(keywords::continuations(frame.as_ref()), rank);
            if frame == Some(Frame::Test) {
                self.add_names(self.scope.streams(&[StreamKind::Source, StreamKind::Table]), 2);
            }
            return;
        }
        self.values();
    }

    /// What can be read, what can be called.
    fn values(&mut self) {
        if let Some(Frame::Call(callee)) = self.place.frame()
            && matches!(self.place.back(0), "(" | ",")
        {
            self.parameters(&callee.clone());
        }
        if matches!(self.place.back(0), "==" | "!=") {
            let left = self.place.back(1).to_string();
            self.add_names(self.scope.values_like(&left), 0);
        }
        self.add_names(self.scope.values(), 1);
        self.functions();
        self.add_words(&keywords::VALUE_WORDS, 5);
    }

    /// Behind a word that says what must come: `emit`, `input`, `with`, …
    fn named_by_keyword(&mut self) -> bool {
        use StreamKind::*;
        let names = match (self.place.back(0), self.place.frame()) {
            ("use", None) => {
                self.modules(&[]);
                return true;
            }
            ("input", Some(Frame::Twin(_))) => self.scope.streams(&[Source, Table]),
            ("capture", _) => self.scope.streams(&[Source]),
            ("emit", _) => self.scope.streams(&[Sink, Command]),
            ("with" | "for", None | Some(Frame::Test)) => self.scope.twins(),
            ("each", None) => self.scope.streams(&[Table]),
            ("reset", _) => self.scope.members(&[NameKind::State, NameKind::Signal, NameKind::Machine]),
            ("expect", _) => {
                self.add_names(self.scope.members(&[NameKind::Rule]), 0);
                self.values();
                return true;
            }
            ("key", Some(Frame::Twin(_))) => self.keys(),
            (word @ ("severity" | "using"), _) => {
                for value in keywords::word_values(word) {
                    self.add(value, CompletionKind::Keyword, "", "", 0);
                }
                return true;
            }
            (":", None) if self.place.kind_back(1).is_some() => self.scope.schemas(),
            (":", Some(Frame::Twin(_) | Frame::Block(_) | Frame::Function(_)))
                if matches!(self.place.back(2), "param" | "let" | "state") =>
            {
                self.types();
                return true;
            }
            (
                "param" | "let" | "state" | "rule" | "machine" | "twin" | "schema" | "enum" | "unit" | "fn"
                | "block" | "source" | "table" | "sink" | "test" | "scenario" | "as",
                _,
            ) => return true,
            ("command", None) => return true,
            _ => return false,
        };
        self.add_names(names, 0);
        true
    }

    /// Fields that the sources and tables of the program are keyed by, as far as they are fields.
    fn keys(&self) -> Vec<Name> {
        let streams = self.scope.streams(&[StreamKind::Source, StreamKind::Table]);
        let fields = streams.iter().flat_map(|stream| self.scope.fields_of_stream(&stream.text));
        fields.filter(|field| field.ty.starts_with("string") || field.ty.starts_with("int")).collect()
    }

    fn schema(&mut self) {
        if self.place.back(0) == ":" {
            return self.types();
        }
        if self.place.is_on_line_of_last() && self.place.follows_value() {
            self.add_words(keywords::continuations(Some(&Frame::Schema)), 0);
        }
    }

    fn types(&mut self) {
        for (name, doc) in keywords::PLAIN_TYPES {
            self.add(name, CompletionKind::Name(NameKind::Type), "", doc, 1);
        }
        for (name, _, unit) in kinds() {
            let detail = if unit == "1" { "a plain number".to_string() } else { format!("shown in {unit}") };
            self.add(name, CompletionKind::Name(NameKind::Type), &detail, "", 0);
        }
        self.add_names(self.scope.enums(), 0);
        self.add_names(self.scope.schemas(), 1);
    }

    fn stream(&mut self, keyword: &str, name: &str) {
        if self.place.may_begin() {
            for (setting, doc) in keywords::settings(keyword) {
                self.add(setting, CompletionKind::Setting, "", doc, 0);
            }
            if self.place.back(0) == "{" || !self.place.is_on_line_of_last() {
                return;
            }
        }
        let setting = self.place.back(1).to_string();
        match (self.place.back(0), setting.as_str()) {
            (":", "format" | "duplicates") => {
                for value in keywords::word_values(&setting) {
                    self.add(value, CompletionKind::Keyword, "", "", 0);
                }
            }
            (":", "topic") => {}
            (":", "ack") => self.add_names(self.scope.streams(&[StreamKind::Source]), 0),
            _ => {
                if (self.place.back(0), setting.as_str()) == (":", "key") {
                    self.add("file", CompletionKind::Keyword, "", "The recording's file name.", 1);
                }
                self.add_names(self.scope.fields_of_stream(name), 0);
                self.functions();
            }
        }
    }

    fn record(&mut self, of: &RecordOf) {
        if !matches!(self.place.back(0), "{" | ",") {
            return if self.place.follows_value() { self.line() } else { self.values() };
        }
        match of {
            RecordOf::Sink(sink) => {
                self.add_names(self.scope.fields_of_stream(sink), 0);
                self.add_names(self.scope.values(), 1);
            }
            RecordOf::Input(input) => self.add_names(self.scope.fields_of_stream(input), 0),
            RecordOf::Params(twin) => self.add_names(self.scope.params_of(twin), 0),
            RecordOf::Literal => self.values(),
        }
    }

    fn machine(&mut self, name: &str) {
        let is_target = self.place.back(0) == "->";
        if is_target || self.place.may_begin() {
            self.add_names(self.scope.machine_states(name), 0);
            if !is_target {
                self.add_words(keywords::beginnings(self.place.frame()), 1);
            }
        } else if self.place.back(1) == "->" {
            self.add_words(&["when"], 0);
        } else {
            self.line();
        }
    }
}

/// Whether a builtin is an aggregate.
fn is_aggregate(native: Native) -> bool {
    matches!(native, Native::Aggregate(_))
}

/// What an offer of the library is.
fn kind_of(offer: &Offer) -> CompletionKind {
    if offer.is_block { CompletionKind::Block } else { CompletionKind::Function }
}

fn offers(project: &Project) -> Vec<Offer> {
    library::offers(&project.library)
}
