//! What the grammar knows about each sign: whether a `-` is a sign or a difference, a `(` a call or a group.

use std::collections::{HashMap, HashSet};

use crate::grammar::{self, Node, Rule};

/// What braces hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Braces {
    /// Fields and settings: commas on one line, none on several.
    Fields,
    /// Members, statements, lines: one per line as soon as there are two.
    Lines,
    /// Records, matches, enums: as the author broke them.
    Values,
}

/// Facts by the byte at which a sign stands.
#[derive(Default)]
pub(super) struct Facts {
    /// Words that belong together (a number and its unit), with their end and the way they are written.
    pub atoms: HashMap<usize, (usize, String)>,
    /// Numbers without a unit, which must not come too close to a name.
    pub bare_numbers: HashSet<usize>,
    /// `-` as a sign.
    pub signs: HashSet<usize>,
    /// `(` and `[` that stick to what stands before them.
    pub tight: HashSet<usize>,
    pub braces: HashMap<usize, Braces>,
    /// Where something begins that may begin a line without going on with the one before.
    pub beginnings: HashSet<usize>,
    /// Of these, what stands in a body, so that it gets a line of its own, or a comma before it.
    pub elements: HashSet<usize>,
    /// `else` of a statement.
    pub elses: HashSet<usize>,
}

impl Facts {
    /// The facts of a text that can be read.
    pub fn of(text: &str) -> Option<Facts> {
        let file = grammar::read(Rule::file, text).ok()?;
        let mut facts = Facts::default();
        facts.look_at(file);
        Some(facts)
    }

    fn look_at(&mut self, node: Node) {
        let rule = node.as_rule();
        self.note(&node);
        if self.is_atom(&node) {
            return;
        }
        for child in node.into_inner() {
            let at = child.as_span().start();
            match (rule, child.as_rule()) {
                (_, Rule::open_brace) => {
                    self.braces.insert(at, braces(rule));
                }
                (Rule::args | Rule::params | Rule::type_sized | Rule::derivative, Rule::open_paren)
                | (Rule::index | Rule::type_suffix, Rule::open_bracket) => {
                    self.tight.insert(at);
                }
                (Rule::array, Rule::expr) => {
                    self.beginnings.insert(at);
                }
                (Rule::if_statement, Rule::kw_else) => {
                    self.elses.insert(at);
                }
                _ => {}
            }
            self.look_at(child);
        }
    }

    fn note(&mut self, node: &Node) {
        let at = node.as_span().start();
        match node.as_rule() {
            Rule::op_negate => {
                self.signs.insert(at);
            }
            Rule::item
            | Rule::member
            | Rule::statement
            | Rule::rule_item
            | Rule::transition
            | Rule::function_line
            | Rule::test_step
            | Rule::scenario_line
            | Rule::schema_field
            | Rule::setting
            | Rule::type_field => {
                self.beginnings.insert(at);
                self.elements.insert(at);
            }
            Rule::enum_value | Rule::record_field | Rule::match_arm | Rule::arg | Rule::parameter => {
                self.beginnings.insert(at);
            }
            _ => {}
        }
    }

    fn is_atom(&mut self, node: &Node) -> bool {
        let span = node.as_span();
        let text = match node.as_rule() {
            Rule::number => {
                let mut parts = node.clone().into_inner();
                let digits = parts.next().map_or("", |digits| digits.as_str());
                match parts.next() {
                    None => {
                        self.bare_numbers.insert(span.start());
                        digits.to_string()
                    }
                    Some(unit) if unit.as_rule() == Rule::percent => format!("{digits}%"),
                    Some(unit) => format!("{digits} {}", unit.as_str()),
                }
            }
            Rule::sample_count => {
                let digits = node.clone().into_inner().next();
                format!("{} samples", digits.map_or("", |digits| digits.as_str()))
            }
            Rule::compound | Rule::timestamp | Rule::plain_unit | Rule::type_formula | Rule::text => {
                node.as_str().to_string()
            }
            _ => return false,
        };
        self.atoms.insert(span.start(), (span.end(), text));
        true
    }
}

fn braces(rule: Rule) -> Braces {
    match rule {
        Rule::schema | Rule::stream | Rule::options | Rule::type_record => Braces::Fields,
        Rule::record | Rule::match_expr | Rule::enum_item => Braces::Values,
        _ => Braces::Lines,
    }
}
