//! What there is to say of the thing under a cursor, as Markdown.

use crate::bytes::{self, Bytes};
use crate::definition::{declared, item};
use crate::library::{self, signature_text};
use crate::project::{Origin, Project};
use crate::text::{floor_boundary, word_at};
use crate::{keywords, place, units};
use std::fmt::Write;
use std::ops::Range;
use twin_analysis::hir;
use twin_diagnostics::{FileId, Span};
use twin_syntax::ast::{self, ItemKind};
use twin_types::{Builtin, Unit, kind_named};

/// What to show, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The text that it is about.
    pub range: Range<usize>,
    /// What there is to say, in Markdown.
    pub markdown: String,
}

/// What there is to say at `offset`.
pub fn hover(project: &Project, file: FileId, offset: usize) -> Option<Hover> {
    let text = project.text(file);
    let offset = floor_boundary(text, offset);
    if let Some((span, fact)) = project.fact_at(file, offset) {
        let markdown = of_fact(project, file, fact);
        return Some(Hover { range: span.start as usize..span.end as usize, markdown });
    }
    let range = word_at(text, offset)?;
    // The place is read as if the cursor stood behind the word; none in comments and texts.
    let place = place::place(text, range.end)?;
    let word = &text[range.clone()];
    if let Some((number, unit)) = place.number_before_unit()
        && let Some(hover) = of_unit(project, text, number, unit)
    {
        return Some(hover);
    }
    if let Some(hover) = of_wire_unit(project, text, &range) {
        return Some(hover);
    }
    let used = of_used(project, file, offset);
    let named = || declared(project, file, word).and_then(|(file, name)| of_item(project, file, &name));
    let markdown = used.or_else(named).or_else(|| of_word(word))?;
    Some(Hover { range, markdown })
}

fn code(text: &str) -> String {
    format!("```twin\n{text}\n```")
}

/// Joins what there is to say, an empty line between.
fn paragraphs(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn of_fact(project: &Project, file: FileId, fact: &hir::Fact) -> String {
    if fact.ty.starts_with(&format!("{}(", fact.name)) {
        return of_callable(project, file, fact);
    }
    let bytes = match fact.signal {
        Some((twin, signal)) => bytes::of_signal(project, twin, signal),
        None if fact.ty.starts_with("rule, ") => {
            fact.definition.and_then(|span| bytes::of_rule(project, &fact.name, span))
        }
        None => None,
    };
    paragraphs([
        code(&format!("{}: {}", fact.name, fact.ty)),
        fact.changes.clone(),
        bytes.map_or(String::new(), |bytes| bytes_in_words(&bytes)),
        fact.doc.clone(),
    ])
}

/// A function, block or builtin where it is called.
fn of_callable(project: &Project, file: FileId, fact: &hir::Fact) -> String {
    let named: Vec<&Builtin> =
        project.library.builtins.iter().copied().filter(|b| b.name == fact.name).collect();
    let is_builtin = fact.definition.is_none() && named.iter().any(|b| fact.doc == b.doc);
    if is_builtin {
        return of_builtins(&named);
    }
    let offers = library::offers(&project.library);
    let place = fact.definition.map(|span| project.origin(span.file));
    let of_library = match place {
        Some(Origin::Library(module)) => {
            let name = fact.definition.map(|span| project.sources.text(span));
            offers.iter().find(|offer| offer.module == *module && Some(offer.name.as_str()) == name)
        }
        _ => None,
    };
    let origin = match (place, of_library) {
        (Some(Origin::Library(module)), _) => format!("from `{module}`"),
        (Some(Origin::Project(name)), _) if project.file(name) != Some(file) => format!("from `{name}`"),
        (None, _) => "a form of the language".to_string(),
        _ => String::new(),
    };
    let example = of_library.map_or(String::new(), |offer| code(&offer.example()));
    paragraphs([code(&fact.ty), origin, fact.doc.clone(), example])
}

/// All builtins of one name: signatures, what they give, and what an example gives.
fn of_builtins(named: &[&Builtin]) -> String {
    let signatures: Vec<String> = named.iter().map(|b| format!("{}{}", b.name, b.signature)).collect();
    let mut docs: Vec<&str> = named.iter().map(|b| b.doc).collect();
    docs.dedup();
    let mut examples = String::new();
    for example in named.iter().flat_map(|b| b.examples) {
        let _ = writeln!(examples, "{}  // {}", example.expression, example.result);
    }
    let examples = if examples.is_empty() { examples } else { code(examples.trim_end()) };
    paragraphs([code(&signatures.join("\n")), docs.join("\n\n"), examples])
}

fn of_unit(project: &Project, text: &str, number: Range<usize>, unit: Range<usize>) -> Option<Hover> {
    // The cursor may be on a factor; the unit goes on behind it.
    let rest = &text[unit.end..];
    let more = rest.find(|c: char| !(c.is_alphanumeric() || "°µμΩ*/^%".contains(c))).unwrap_or(rest.len());
    let unit = unit.start..unit.end + more;
    let table = units::table(project);
    let found = units::unit(&table, &text[unit.clone()])?;
    let value: f64 = text[number.clone()].replace('_', "").parse().ok()?;
    let is_negative = text[..number.start].ends_with('-');
    let value = if is_negative { -value } else { value };
    let written = format!("{value} {}", &text[unit.clone()]);
    let told = units::in_base_units(value, &found);
    let same = if written == told { String::new() } else { format!("`{written}` is `{told}`") };
    let is_reading = found.quantity.kind == twin_types::Kind::Reading;
    let difference = match is_reading {
        true => {
            let told = units::in_base_units(value, &found.difference());
            format!("As a difference it would be `{told}`.")
        }
        false => String::new(),
    };
    let quantity = format!("{}: {}", &text[unit.clone()], units::quantity_name(found.quantity));
    Some(Hover { range: number.start..unit.end, markdown: paragraphs([code(&quantity), same, difference]) })
}

/// The unit behind `in`, as of a field: what it measures, and what one of it is in base units.
fn of_wire_unit(project: &Project, text: &str, word: &Range<usize>) -> Option<Hover> {
    let is_part = |c: char| c.is_alphanumeric() || "_°µμΩ*/^%.-".contains(c);
    let start = text[..word.start]
        .rfind(|c: char| !is_part(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let before = text[..start].trim_end();
    let is_behind_in = before.strip_suffix("in").is_some_and(|rest| rest.ends_with(char::is_whitespace));
    if !is_behind_in {
        return None;
    }
    let end = word.end + text[word.end..].find(|c: char| !is_part(c)).unwrap_or(text.len() - word.end);
    let written = &text[start..end];
    let found = units::unit(&units::table(project), written)?;
    let quantity = format!("{written}: {}", units::quantity_name(found.quantity));
    Some(Hover { range: start..end, markdown: paragraphs([code(&quantity), one_of(written, &found)]) })
}

/// What one of a unit is in base units; of a unit with an offset also where its zero lies.
fn one_of(written: &str, unit: &Unit) -> String {
    let told =
        |value: f64, unit: &Unit| format!("`{value} {written}` is `{}`", units::in_base_units(value, unit));
    if unit.offset == 0.0 {
        return told(1.0, unit);
    }
    format!("{}; as a difference {}.", told(0.0, unit), told(1.0, &unit.difference()))
}

/// An item where it is declared or named.
fn of_item(project: &Project, file: FileId, name: &ast::Ident) -> Option<String> {
    let tree = project.tree(file);
    let item = item(&tree, name)?;
    let doc = item.docs.as_ref().map_or(String::new(), |d| d.text.clone());
    let text = project.text(file);
    let (head, more) = match &item.kind {
        ItemKind::Function(f) => {
            (format!("fn {}{}", name.text, signature_text(text, &f.signature)), String::new())
        }
        ItemKind::Block(b) => {
            (format!("block {}{}", name.text, signature_text(text, &b.signature)), String::new())
        }
        ItemKind::Twin(_) => {
            let bytes = bytes::of_twin(project, &name.text);
            (format!("twin {}", name.text), bytes.map_or(String::new(), |b| bytes_in_words(&b)))
        }
        ItemKind::Schema(_) => (format!("schema {}", name.text), fields(project, &name.text)),
        ItemKind::Enum(e) => {
            let values: Vec<&str> = e.values.iter().map(|value| value.name.text.as_str()).collect();
            (format!("enum {} {{ {} }}", name.text, values.join(", ")), String::new())
        }
        ItemKind::Stream(s) => {
            let schema = s.schema.as_ref().map_or(String::new(), |schema| format!(": {}", schema.text));
            (format!("{} {}{schema}", s.kind.keyword(), name.text), String::new())
        }
        _ => (one_line(text, item.span), String::new()),
    };
    Some(paragraphs([code(&head), more, doc]))
}

fn one_line(text: &str, span: Span) -> String {
    let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    written.lines().next().unwrap_or_default().trim_end_matches('{').trim().to_string()
}

/// The fields of a schema, also of one from a file.
fn fields(project: &Project, schema: &str) -> String {
    let Some(schema) = project.checked.program.schemas.iter().find(|s| s.name == schema) else {
        return String::new();
    };
    let names: Vec<String> = schema.fields.iter().map(|field| format!("`{}`", field.name)).collect();
    format!("fields: {}", names.join(", "))
}

/// A word of a `use` line.
fn of_used(project: &Project, file: FileId, offset: usize) -> Option<String> {
    let tree = project.tree(file);
    let on_use = tree.items.iter().any(
        |item| matches!(&item.kind, ItemKind::Use(used) if used.path.iter().any(|w| w.span.touches(offset))),
    );
    if !on_use {
        return None;
    }
    let place = crate::definition(project, file, offset)?;
    let target = project.tree(place.file);
    let name = target.items.iter().filter_map(ast::Item::name).find(|name| name.span == place);
    match name {
        Some(name) => of_item(project, place.file, name),
        None => target.docs.as_ref().map(|docs| docs.text.clone()),
    }
}

/// A word that means something by itself: a kind of quantity, a plain type, a keyword.
fn of_word(word: &str) -> Option<String> {
    if let Some((_, unit)) = kind_named(word) {
        let said = match unit {
            "1" => "a plain number".to_string(),
            unit => format!("shown in {unit} where nothing else is said"),
        };
        return Some(paragraphs([code(word), said]));
    }
    let plain = keywords::PLAIN_TYPES.iter().find(|(name, _)| *name == word).map(|(_, doc)| *doc);
    let said = plain.or_else(|| keywords::meaning(word))?;
    Some(paragraphs([code(word), said.to_string()]))
}

/// `40 B per twin, and the last 100 samples`.
fn bytes_in_words(bytes: &Bytes) -> String {
    let samples = bytes.samples.join(" and ");
    match (bytes.row, samples.is_empty()) {
        (0, true) => "0 B per twin: computed where it is read, kept nowhere".to_string(),
        (row, true) => format!("{row} B per twin"),
        (row, false) => format!("{row} B per twin, and {samples}"),
    }
}
