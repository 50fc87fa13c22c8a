//! Tests written in the language: what is fed, and what must come of it.

use crate::checker::{Checker, Place};
use crate::constant::Value;
use crate::errors::tests as errors;
use crate::hir::{
    Binary, Const, Expectation, ExpectationKind, Expr, ExprKind, RuleId, SchemaId, SignalKind, Test,
    TestInput, TestReplay, TestSubject, TestTarget, TestTerm, TestTime, Tolerance, TwinId,
};
use crate::modules::Global;
use crate::scope::{Frame, nearest};
use crate::twin::TwinBuilder;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, AlertChange, ExprKind as Syntax, Ident, ItemKind, Moment, TestStepKind};
use twin_types::Type;

/// More events than a test should make of one line.
const EVENTS_MAX: i64 = 10_000_000;

impl Checker<'_> {
    pub fn check_tests(&mut self) {
        for module in 0..self.modules.len() {
            let ast = self.modules[module].ast.clone();
            for item in &ast.items {
                if let ItemKind::Test(test) = &item.kind {
                    let frame = Frame { module, is_barrier: true, ..Frame::default() };
                    let place = Place::Plain("a test");
                    self.in_frame(frame, |c| c.in_place(place, |c| c.test(test, item.span)));
                }
            }
        }
    }

    fn test(&mut self, test: &ast::TestDecl, span: Span) {
        let mut built = Test {
            name: self.plain_text(&test.name),
            subject: None,
            inputs: Vec::new(),
            replay: None,
            expectations: Vec::new(),
            until_ns: 0,
            span,
        };
        let frames = self.frames.len();
        let mut has_expectations = false;
        for step in &test.steps {
            match &step.kind {
                TestStepKind::With { .. } if built.subject.is_some() => {
                    self.push(errors::second_subject(step.span))
                }
                TestStepKind::With { twin, key, params } => self.test_subject(twin, key, params, &mut built),
                TestStepKind::Every { period, from, to, input, record } => {
                    self.test_every((period, from, to), input, record, step.span, &mut built);
                }
                TestStepKind::At { time, input, record } => {
                    if let Some(at) = self.test_time(time) {
                        self.test_input((at, at, 0), input, record, step.span, &mut built);
                    }
                }
                TestStepKind::Advance { time } => {
                    let until = self.test_time(time).unwrap_or(0);
                    built.until_ns = built.until_ns.max(until);
                }
                TestStepKind::Replay { source, file, against } => {
                    self.test_replay(source, file, against.as_ref(), step.span, &mut built);
                }
                TestStepKind::Expect(expectation) => {
                    has_expectations = true;
                    if let Some(kind) = self.expectation(expectation, &built, step.span) {
                        built.expectations.push(Expectation { kind, span: step.span });
                    }
                }
                TestStepKind::Broken(_) => has_expectations = true,
            }
        }
        self.frames.truncate(frames);
        self.twin = TwinBuilder::default();
        if !has_expectations {
            self.push(errors::empty(span));
        }
        if built.replay.is_some() && !built.inputs.is_empty() {
            self.push(errors::two_feeds(span));
        }
        self.program.tests.push(built);
    }

    /// A moment of an expectation: since the beginning, or a time of the recording.
    fn test_moment(&mut self, written: &ast::Expr) -> Option<TestTime> {
        match &written.kind {
            Syntax::Timestamp(at) => Some(TestTime::At(at.nanos)),
            _ => self.test_time(written).map(TestTime::Since),
        }
    }

    /// A moment or length of a test: a constant duration, 0 allowed.
    fn test_time(&mut self, written: &ast::Expr) -> Option<i64> {
        let value = self.duration(written, "a time in a test");
        match self.constant(&value) {
            _ if value.is_error() => None,
            Some(Value::Whole(nanos)) if nanos >= 0 => Some(nanos),
            Some(Value::Whole(_)) => {
                self.push(errors::time_order("a test begins at 0 s", written.span));
                None
            }
            _ => {
                self.not_constant_here("a time in a test", written.span);
                None
            }
        }
    }

    fn test_subject(&mut self, twin: &Ident, key: &ast::Expr, params: &[ast::RecordField], built: &mut Test) {
        let Some(id) = self.enter_twin(twin) else { return };
        let ty = self.key_type();
        let key_value = self.infer(key, Some(&ty));
        let key_value = self.coerce(key_value, &ty, "the key");
        let constant = self.constant(&key_value);
        if constant.is_none() && !key_value.is_error() {
            self.not_constant_here("the key", key.span);
        }
        let mut set = Vec::new();
        for param in params {
            let found = self
                .twin
                .signals
                .iter()
                .position(|s| s.kind == SignalKind::Param && s.name == param.name.text);
            let Some(at) = found else {
                let names: Vec<&str> = self
                    .twin
                    .signals
                    .iter()
                    .filter(|s| s.kind == SignalKind::Param)
                    .map(|s| s.name.as_str())
                    .collect();
                let near = nearest(&param.name.text, names.iter().copied());
                let finding = errors::unknown_param(&param.name, &twin.text, near);
                self.push(finding);
                continue;
            };
            let ty = self.twin.signals.get(at).map_or(Type::Error, |s| s.ty.clone());
            if let Some(words) = self.test_value(param, &ty) {
                set.push((crate::hir::SignalId(at as u32), words));
            }
        }
        let key = constant.map_or(Const::Absent, |value| crate::constant::to_const(&value));
        built.subject = Some(TestSubject { twin: id, key, params: set });
    }

    /// Makes a twin's names those of the lines that follow.
    fn enter_twin(&mut self, twin: &Ident) -> Option<TwinId> {
        match self.global(&twin.text) {
            Some(Global::Twin(id)) => {
                let (builder, frame) = self.finished.get(&id)?.clone();
                self.twin = builder;
                let module = self.module_here();
                self.frames.push(Frame { module, ..frame });
                Some(id)
            }
            Some(Global::Unknown) => None,
            _ => {
                let names: Vec<String> = self.program.twins.iter().map(|t| t.name.clone()).collect();
                let near = nearest(&twin.text, names.iter().map(String::as_str));
                self.push(errors::unknown_twin(twin, near));
                None
            }
        }
    }

    /// A constant of a field, flat.
    fn test_value(&mut self, field: &ast::RecordField, ty: &Type) -> Option<Vec<Const>> {
        let value = self.field_value(field, Some(ty));
        let value = self.coerce(value, ty, &format!("`{}`", field.name.text));
        if value.is_error() {
            return None;
        }
        let words = self.constants(&value);
        if words.is_none() {
            self.not_constant_here("a value in a test", field.span);
        }
        words
    }

    fn test_every(
        &mut self,
        (period, from, to): (&ast::Expr, &ast::Expr, &ast::Expr),
        input: &Ident,
        record: &[ast::RecordField],
        span: Span,
        built: &mut Test,
    ) {
        let (period_ns, from_ns, to_ns) = (self.test_time(period), self.test_time(from), self.test_time(to));
        let (Some(period_ns), Some(from_ns), Some(to_ns)) = (period_ns, from_ns, to_ns) else { return };
        if period_ns == 0 {
            self.push(errors::time_order("a period is more than nothing", period.span));
            return;
        }
        if to_ns < from_ns {
            self.push(errors::time_order("this ends before it begins", to.span));
            return;
        }
        let count = (to_ns - from_ns) / period_ns + 1;
        if count > EVENTS_MAX {
            self.push(errors::too_many_events(count, span));
            return;
        }
        self.test_input((from_ns, to_ns, period_ns), input, record, span, built);
    }

    fn test_input(
        &mut self,
        (from_ns, to_ns, period_ns): (i64, i64, i64),
        input: &Ident,
        record: &[ast::RecordField],
        span: Span,
        built: &mut Test,
    ) {
        let (target, schema) = match self.global(&input.text) {
            Some(Global::Source(id)) => {
                (TestTarget::Source(id), self.program.sources.get(id.index()).map(|s| s.schema))
            }
            Some(Global::Table(id)) => {
                (TestTarget::Table(id), self.program.tables.get(id.index()).map(|t| t.schema))
            }
            Some(Global::Unknown) => return,
            _ => {
                let names: Vec<String> = self.program.sources.iter().map(|s| s.name.clone()).collect();
                let near = nearest(&input.text, names.iter().map(String::as_str));
                self.push(crate::errors::names::unknown_stream(input, "source or table", near));
                return;
            }
        };
        self.note_stream(input);
        let Some(schema) = schema else { return };
        let words = self.test_record(schema, record);
        built.until_ns = built.until_ns.max(to_ns);
        built.inputs.push(TestInput { target, from_ns, to_ns, period_ns, words, span });
    }

    fn test_record(&mut self, schema: SchemaId, record: &[ast::RecordField]) -> Vec<Option<Const>> {
        let fields = self.program.schemas.get(schema.index()).map_or(Vec::new(), |s| s.fields.clone());
        let width: usize = fields.iter().map(|f| f.ty.width()).sum();
        let mut words: Vec<Option<Const>> = vec![None; width];
        for field in record {
            let Some((offset, known)) = self.schema_field(schema, &field.name.text) else {
                let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                let near = nearest(&field.name.text, names.iter().copied());
                let of = self.program.schemas.get(schema.index()).map_or("record", |s| s.name.as_str());
                let finding = crate::errors::names::unknown_field(&field.name, of, &names, near);
                self.push(finding);
                continue;
            };
            let Some(values) = self.test_value(field, &known.ty) else { continue };
            for (at, value) in values.into_iter().enumerate() {
                if let Some(slot) = words.get_mut(offset as usize + at) {
                    *slot = Some(value);
                }
            }
        }
        words
    }

    fn test_replay(
        &mut self,
        source: &Ident,
        file: &ast::Text,
        against: Option<&(Ident, ast::Text)>,
        span: Span,
        built: &mut Test,
    ) {
        let Some(Global::Source(id)) = self.global(&source.text) else {
            let names: Vec<String> = self.program.sources.iter().map(|s| s.name.clone()).collect();
            let near = nearest(&source.text, names.iter().map(String::as_str));
            self.push(crate::errors::names::unknown_stream(source, "source", near));
            return;
        };
        let file = self.plain_text(file);
        let against = against.map(|(name, file)| (name.text.clone(), self.plain_text(file)));
        built.replay = Some(TestReplay { source: id, file, against, span });
    }

    /// The rule that an expectation names: of the test's twin, or of the only one that has it.
    fn test_rule(&mut self, name: &Ident, built: &Test) -> Option<(TwinId, RuleId)> {
        let has = |twin: &crate::hir::Twin| twin.rules.iter().position(|r| r.name == name.text);
        if let Some(subject) = &built.subject {
            let twin = self.program.twins.get(subject.twin.index())?;
            if let Some(at) = has(twin) {
                return Some((subject.twin, RuleId(at as u32)));
            }
            // One that was not understood has been reported where it stands.
            if self.lookup(&name.text).is_some_and(|(b, _)| matches!(b, crate::scope::Binding::Unknown)) {
                return None;
            }
            let names: Vec<&str> = twin.rules.iter().map(|r| r.name.as_str()).collect();
            let near = nearest(&name.text, names.iter().copied());
            let finding = errors::unknown_rule(name, &twin.name, near);
            self.push(finding);
            return None;
        }
        let found = self.program.twins.iter().enumerate().find_map(|(at, twin)| Some((at, has(twin)?)));
        if found.is_none() {
            self.push(errors::unknown_rule(name, "no twin", None));
        }
        found.map(|(twin, rule)| (TwinId(twin as u32), RuleId(rule as u32)))
    }

    fn expectation(
        &mut self,
        expectation: &ast::Expectation,
        built: &Test,
        span: Span,
    ) -> Option<ExpectationKind> {
        match expectation {
            ast::Expectation::Alert { rule, change, moment } => {
                self.alert(rule, *change, moment.as_ref(), false, built)
            }
            ast::Expectation::NoAlert { rule, change, moment } => {
                self.alert(rule, *change, moment.as_ref(), true, built)
            }
            ast::Expectation::Value { condition, at, tolerance } => {
                self.value_expected(condition, at.as_ref(), tolerance.as_ref(), built, span)
            }
            ast::Expectation::Before { rule, share, of, lead } => {
                let (twin, id) = self.test_rule(rule, built)?;
                let is_named = built
                    .replay
                    .as_ref()
                    .and_then(|r| r.against.as_ref())
                    .is_some_and(|(n, _)| *n == of.text);
                if !is_named {
                    self.push(errors::against(of));
                    return None;
                }
                let share = self.constant_real(share, &Type::REAL, "a share")?;
                let lead_ns = match lead {
                    Some(lead) => self.test_time(lead)?,
                    None => 0,
                };
                Some(ExpectationKind::Before { twin, rule: id, share, lead_ns })
            }
            ast::Expectation::FalseAlarms { rule, most, per } => {
                let (twin, id) = self.test_rule(rule, built)?;
                let most = self.constant_real(most, &Type::REAL, "a number of alarms")?;
                let per_ns = match per {
                    Some(per) => Some(self.test_time(per)?),
                    None => None,
                };
                Some(ExpectationKind::FalseAlarms { twin, rule: id, most, per_ns })
            }
        }
    }

    fn alert(
        &mut self,
        rule: &Ident,
        change: AlertChange,
        moment: Option<&Moment>,
        is_never: bool,
        built: &Test,
    ) -> Option<ExpectationKind> {
        let found = self.test_rule(rule, built);
        let between = match moment {
            None => (None, None),
            Some(Moment::At { time, tolerance }) => {
                let at = self.test_moment(time)?;
                let off = match tolerance {
                    Some(tolerance) => self.test_time(tolerance)?,
                    None => 0,
                };
                (Some(moved(at, -off)), Some(moved(at, off)))
            }
            // Before and after are strict; times are whole nanoseconds.
            Some(Moment::Before(time)) => (None, Some(moved(self.test_moment(time)?, -1))),
            Some(Moment::After(time)) => (Some(moved(self.test_moment(time)?, 1)), None),
            Some(Moment::Between(from, to)) => {
                let (low, high) = (self.test_moment(from)?, self.test_moment(to)?);
                if is_reversed(low, high) {
                    self.push(errors::time_order("this ends before it begins", to.span));
                    return None;
                }
                (Some(low), Some(high))
            }
        };
        let (twin, id) = found?;
        let is_cleared = change == AlertChange::Cleared;
        Some(ExpectationKind::Alert { twin, rule: id, is_cleared, is_never, between })
    }

    fn value_expected(
        &mut self,
        condition: &ast::Expr,
        at: Option<&ast::Expr>,
        tolerance: Option<&ast::Expr>,
        built: &Test,
        span: Span,
    ) -> Option<ExpectationKind> {
        let at = match at {
            Some(at) => Some(self.test_moment(at)?),
            None => None,
        };
        let twin = built.subject.as_ref().map(|subject| subject.twin);
        if let Syntax::Binary { op, left, right, .. } = &condition.kind
            && op.is_comparison()
            && let Some(count) = self.counted(left)
        {
            let right = self.infer(right, Some(&Type::Int));
            let right = self.coerce(right, &Type::Int, "a number of records");
            let op = comparison(*op)?;
            let right = TestTerm::Expr(right);
            return Some(ExpectationKind::Compare { twin, left: count, op, right, at, tolerance: None });
        }
        let Some(subject) = twin else {
            self.push(errors::no_subject(span));
            return None;
        };
        let value = self.condition(condition, "`expect`");
        if value.is_error() {
            return None;
        }
        match value.kind {
            ExprKind::Binary(op, left, right)
                if matches!(
                    op,
                    Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge
                ) =>
            {
                let tolerance = match tolerance {
                    Some(written) => Some(self.tolerance(written, &left)?),
                    None => None,
                };
                let (left, right) = (TestTerm::Expr(*left), TestTerm::Expr(*right));
                Some(ExpectationKind::Compare { twin, left, op, right, at, tolerance })
            }
            _ => {
                if let Some(tolerance) = tolerance {
                    self.push(errors::no_comparison(tolerance.span));
                    return None;
                }
                Some(ExpectationKind::Holds { twin: subject, condition: value, at })
            }
        }
    }

    /// `count(alerts)` and `count(SINK)`.
    fn counted(&self, written: &ast::Expr) -> Option<TestTerm> {
        let Syntax::Call(call) = &written.kind else { return None };
        let (Syntax::Name(function), [arg]) = (&call.callee.kind, call.args.as_slice()) else { return None };
        let Syntax::Name(what) = &arg.value.kind else { return None };
        if function.text != "count" || call.window.is_some() || self.lookup(&what.text).is_some() {
            return None;
        }
        match self.global(&what.text) {
            Some(Global::Sink(id)) => Some(TestTerm::RecordCount(id)),
            None if what.text == "alerts" => Some(TestTerm::AlertCount),
            _ => None,
        }
    }

    /// `within 1%` of what is expected, `within 0.5 K`.
    fn tolerance(&mut self, written: &ast::Expr, left: &Expr) -> Option<Tolerance> {
        let is_share = matches!(&written.kind, Syntax::Number(n)
            if n.unit.as_ref().is_some_and(|u| u.factors.iter().any(|f| f.name.text == "%" || f.name.text == "percent")));
        if is_share {
            return self.constant_real(written, &Type::REAL, "a tolerance").map(Tolerance::Relative);
        }
        let ty = match &left.ty {
            Type::Quantity(q) => Type::Quantity(crate::exprs::difference_of(*q)),
            Type::Int => Type::REAL,
            Type::Duration => Type::Duration,
            _ => {
                self.push(errors::no_comparison(written.span));
                return None;
            }
        };
        self.constant_real(written, &ty, "a tolerance").map(Tolerance::Absolute)
    }
}

fn moved(at: TestTime, by_ns: i64) -> TestTime {
    match at {
        TestTime::Since(ns) => TestTime::Since(ns.saturating_add(by_ns)),
        TestTime::At(ns) => TestTime::At(ns.saturating_add(by_ns)),
    }
}

fn is_reversed(low: TestTime, high: TestTime) -> bool {
    match (low, high) {
        (TestTime::Since(a), TestTime::Since(b)) | (TestTime::At(a), TestTime::At(b)) => b < a,
        _ => false,
    }
}

fn comparison(op: ast::BinaryOp) -> Option<Binary> {
    Some(match op {
        ast::BinaryOp::Equal => Binary::Eq,
        ast::BinaryOp::NotEqual => Binary::Ne,
        ast::BinaryOp::Less => Binary::Lt,
        ast::BinaryOp::LessEqual => Binary::Le,
        ast::BinaryOp::Greater => Binary::Gt,
        ast::BinaryOp::GreaterEqual => Binary::Ge,
        _ => return None,
    })
}
