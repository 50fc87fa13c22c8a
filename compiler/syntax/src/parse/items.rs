//! Items, in one piece or part by part.

use std::ops::Range;

use super::Reader;
use crate::ast::*;
use crate::build::Builder;
use crate::grammar::{Node, Rule, Stop};
use crate::scan::TokenKind;
use crate::split::Body;
use crate::trivia;

impl Reader<'_> {
    /// The item that the words of a range make; none for a stray bracket.
    pub(super) fn item(&self, range: Range<usize>) -> Option<Item> {
        let stop = match self.read_item(&range) {
            Ok(item) => return Some(item),
            Err(stop) => stop,
        };
        let is_stray = range.clone().all(|at| self.words.words[at].kind == TokenKind::Close);
        if is_stray && self.report_problems(&range, Some(0)) {
            return None;
        }
        let before = self.report.borrow().len();
        let kind = self.item_by_parts(&range, &stop);
        // Every part was fine by itself, so what is wrong is how they stand together.
        if self.report.borrow().len() == before && !self.prefers_parts {
            self.explain(&range, Rule::item_chunk, &stop);
        }
        let span = self.span(&range);
        let docs = trivia::docs_before(self.file, self.text, self.tokens, span.start as usize);
        Some(Item { docs, kind, span })
    }

    fn read_item(&self, range: &Range<usize>) -> Result<Item, Stop> {
        let has_body = self.words.body(range).is_some();
        if self.prefers_parts && has_body {
            return Err(Stop::empty());
        }
        self.read(Rule::item_chunk, range, Builder::item)
    }

    fn item_by_parts(&self, range: &Range<usize>, stop: &Stop) -> ItemKind {
        let by_parts = self.body(range).and_then(|(end, first, close)| {
            let (head, body) = (range.start..end, first..close);
            let whole = self.item_kind(head, body)?;
            // Words behind the body belong to nothing.
            if close + 1 < range.end {
                self.explain(range, Rule::item_chunk, stop);
            }
            Some(whole)
        });
        by_parts.unwrap_or_else(|| {
            self.explain(range, Rule::item_chunk, stop);
            ItemKind::Broken(self.broken(range, Some(range.start + 1)))
        })
    }

    /// Head and body, each by itself; none where no such item has a body.
    fn item_kind(&self, head: Range<usize>, body: Range<usize>) -> Option<ItemKind> {
        Some(match self.words.word(head.start) {
            "enum" => {
                let chunk = Rule::enum_value_chunk;
                let (values, broken) =
                    self.fields(Body::EnumValues, body.clone(), chunk, Builder::enum_value);
                self.with_head(head, body, Rule::enum_head_chunk, Builder::enum_head, |name| {
                    ItemKind::Enum(EnumDecl { name, values, broken })
                })
            }
            "schema" => {
                let is_from = head.clone().any(|at| self.words.word(at) == "from");
                let build = |builder: &Builder, node: Node| builder.schema_field(node, is_from);
                let (fields, broken) =
                    self.fields(Body::Fields, body.clone(), Rule::schema_field_chunk, build);
                self.with_head(head, body, Rule::schema_head_chunk, Builder::schema_head, |schema| {
                    ItemKind::Schema(SchemaDecl { fields, broken, ..schema })
                })
            }
            "source" | "table" | "sink" | "command" => {
                let (settings, broken) =
                    self.fields(Body::Fields, body.clone(), Rule::setting_chunk, Builder::setting);
                self.builder(0).check_twice("setting", settings.iter().map(|setting| &setting.name));
                self.with_head(head, body, Rule::stream_head_chunk, Builder::stream_head, |stream| {
                    ItemKind::Stream(StreamDecl { settings, broken, ..stream })
                })
            }
            "block" => {
                let members = self.members(body.clone());
                self.with_head(head, body, Rule::block_head_chunk, Builder::block_head, |block| {
                    ItemKind::Block(BlockDecl { members, ..block })
                })
            }
            "twin" => {
                let members = self.members(body.clone());
                self.with_head(head, body, Rule::twin_head_chunk, Builder::twin_head, |twin| {
                    ItemKind::Twin(TwinDecl { members, ..twin })
                })
            }
            "test" => {
                let steps = self.test_steps(body.clone());
                self.with_head(head, body, Rule::test_head_chunk, Builder::test_head, |name| {
                    ItemKind::Test(TestDecl { name, steps })
                })
            }
            "fn" => self.function(head, body),
            "scenario" => self.scenario(head, body),
            _ => return None,
        })
    }

    /// The item whose head is read with `chunk`; a head that cannot be read breaks the whole.
    fn with_head<'s, T>(
        &'s self,
        head: Range<usize>,
        body: Range<usize>,
        chunk: Rule,
        build: impl FnOnce(&Builder<'s>, Node) -> T,
        whole: impl FnOnce(T) -> ItemKind,
    ) -> ItemKind {
        match self.read(chunk, &head, build) {
            Ok(head) => whole(head),
            Err(stop) => {
                self.explain(&head, chunk, &stop);
                ItemKind::Broken(self.broken(&(head.start..body.end), Some(head.start + 1)))
            }
        }
    }

    /// What could be read, and what not, of fields, settings or values.
    fn fields<'s, T>(
        &'s self,
        body: Body,
        range: Range<usize>,
        chunk: Rule,
        build: impl Fn(&Builder<'s>, Node) -> T,
    ) -> (Vec<T>, Vec<Broken>) {
        let mut broken = Vec::new();
        let build = |builder: &Builder<'s>, node: Node| Some(build(builder, node));
        let fields = self.parts(body, range, chunk, build, |piece, stop| {
            self.explain(&piece, chunk, &stop);
            broken.push(self.broken(&piece, Some(piece.start)));
            None
        });
        (fields.into_iter().flatten().collect(), broken)
    }

    fn function(&self, head: Range<usize>, body: Range<usize>) -> ItemKind {
        let (mut lets, mut result, mut broken) = (Vec::new(), None, Vec::new());
        let chunk = Rule::function_line_chunk;
        for piece in self.words.parts(Body::FunctionLines, body.clone()) {
            let read = self.read(chunk, &piece, |builder, node| {
                builder.function_line(&mut lets, &mut result, node);
            });
            if let Err(stop) = read {
                self.explain(&piece, chunk, &stop);
                broken.push(self.broken(&piece, Some(piece.start + 1)));
            }
        }
        self.with_head(head, body, Rule::function_head_chunk, Builder::function_head, |function| {
            ItemKind::Function(FunctionDecl { lets, result, broken, ..function })
        })
    }

    fn test_steps(&self, body: Range<usize>) -> Vec<TestStep> {
        let chunk = Rule::test_step_chunk;
        let steps = self.parts(Body::TestSteps, body, chunk, Builder::test_step, |piece, stop| {
            self.explain(&piece, chunk, &stop);
            let span = self.span(&piece);
            TestStep { kind: TestStepKind::Broken(self.broken(&piece, None)), span }
        });
        self.builder(0).check_expects_last(&steps);
        steps
    }

    fn scenario(&self, head: Range<usize>, body: Range<usize>) -> ItemKind {
        let chunk = Rule::scenario_line_chunk;
        let mut lines = ScenarioDecl::unread();
        for piece in self.words.parts(Body::ScenarioLines, body.clone()) {
            let read = self.read(chunk, &piece, |builder, node| builder.scenario_line(&mut lines, node));
            if let Err(stop) = read {
                self.explain(&piece, chunk, &stop);
                lines.broken.push(self.broken(&piece, None));
            }
        }
        self.with_head(head, body, Rule::scenario_head_chunk, Builder::scenario_head, |scenario| {
            let ScenarioDecl { name, twin, .. } = scenario;
            ItemKind::Scenario(ScenarioDecl { name, twin, ..lines })
        })
    }
}
