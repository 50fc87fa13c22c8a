//! What is to be seen of a run: the expressions that the expectations of a test read, and what to show beside them.

use std::collections::BTreeMap;
use twin_analysis::children;
use twin_analysis::hir::{
    Binary, Clock, Condition, Expectation, ExpectationKind, Expr, ExprKind, Program, SignalKind, Test,
    TestTerm, TwinId,
};
use twin_diagnostics::{SourceMap, Span};
use twin_lowering::Probe;
use twin_types::{Scalar, Type, Unit};

/// A value in a [`Watch`], by its place.
pub(crate) type ValueId = usize;

/// One watched value: where its words stand, and how they are shown.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Its first word, behind key and time.
    pub first: usize,
    /// Its words.
    pub scalars: Vec<Scalar>,
    /// The unit in which it is shown.
    pub unit: Option<Unit>,
    /// Where it is read.
    pub span: Span,
}

/// What one expectation needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Its condition.
    pub condition: Option<ValueId>,
    /// Sides of its comparison.
    pub left: Option<ValueId>,
    /// See `left`.
    pub right: Option<ValueId>,
    /// What is shown beside a failure.
    pub shown: Vec<(String, ValueId)>,
}

/// What is to be seen of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    /// The probes: first that of the test's twin, where it has one; then one for each twin whose spans are asked for.
    pub probes: Vec<Probe>,
    /// Values of the first probe.
    pub values: Vec<Watched>,
    /// By expectation.
    pub wanted: Vec<Wanted>,
    /// The probe that says from when to when each twin of a type was heard from.
    pub spans: BTreeMap<TwinId, usize>,
}

/// Gathers what the expectations of a test read.
pub(crate) fn watch(program: &Program, sources: &SourceMap, test: &Test) -> Watch {
    let mut gather = Gather {
        program,
        sources,
        twin: None,
        exprs: Vec::new(),
        values: Vec::new(),
        known: BTreeMap::new(),
    };
    gather.twin = test.subject.as_ref().map(|subject| subject.twin);
    let wanted = test.expectations.iter().map(|expectation| gather.expectation(expectation)).collect();
    let Gather { twin, exprs, values, .. } = gather;
    let mut watch = Watch { values, wanted, ..Watch::default() };
    watch.probes.extend(twin.map(|twin| Probe { twin, values: exprs }));
    for expectation in &test.expectations {
        if let ExpectationKind::Before { twin, .. } | ExpectationKind::FalseAlarms { twin, .. } =
            &expectation.kind
        {
            let next = watch.probes.len();
            if *watch.spans.entry(*twin).or_insert(next) == next {
                watch.probes.push(Probe { twin: *twin, values: Vec::new() });
            }
        }
    }
    watch
}

struct Gather<'a> {
    program: &'a Program,
    sources: &'a SourceMap,
    /// The test's twin; without one nothing can be read.
    twin: Option<TwinId>,
    exprs: Vec<Expr>,
    values: Vec<Watched>,
    /// Shown values by their name.
    known: BTreeMap<String, ValueId>,
}

impl Gather<'_> {
    fn expectation(&mut self, expectation: &Expectation) -> Wanted {
        match &expectation.kind {
            ExpectationKind::Compare { left, op, right, .. } => {
                self.comparison(left, *op, right, expectation.span)
            }
            ExpectationKind::Holds { condition, .. } => {
                let shown = self.leaves(&[condition]);
                Wanted { condition: self.add(condition), shown, ..Wanted::default() }
            }
            ExpectationKind::Alert { twin, rule, .. } if self.twin == Some(*twin) => {
                Wanted { shown: self.rule(*twin, rule.index()), ..Wanted::default() }
            }
            ExpectationKind::Alert { .. }
            | ExpectationKind::Before { .. }
            | ExpectationKind::FalseAlarms { .. } => Wanted::default(),
        }
    }

    fn comparison(&mut self, left: &TestTerm, op: Binary, right: &TestTerm, span: Span) -> Wanted {
        let of = |term: &TestTerm| match term {
            TestTerm::Expr(expr) => Some(expr.clone()),
            TestTerm::AlertCount | TestTerm::RecordCount(_) => None,
        };
        let (left, right) = (of(left), of(right));
        let mut wanted = Wanted::default();
        if let (Some(left), Some(right)) = (&left, &right) {
            let (a, b) = (Box::new(left.clone()), Box::new(right.clone()));
            let kind = ExprKind::Binary(op, a, b);
            let condition =
                Expr { kind, ty: Type::Bool, optional: true, clock: Clock::Held, unit: None, span };
            wanted.condition = self.add(&condition);
            wanted.shown = self.leaves(&[left, right]);
        }
        wanted.left = left.as_ref().and_then(|left| self.add(left));
        wanted.right = right.as_ref().and_then(|right| self.add(right));
        // Each side is shown in its own unit; a bare signal in that of the literal beside it.
        if let (Some(left), Some(right)) = (wanted.left, wanted.right) {
            let (a, b) = (self.values[left].unit.clone(), self.values[right].unit.clone());
            let is_literal = matches!(&of_literal(&self.exprs[right]), Some(()));
            if a.is_none() || is_literal && b.is_some() {
                self.values[left].unit = b.clone();
            }
            if b.is_none() {
                self.values[right].unit = a;
            }
        }
        wanted
    }

    /// What a rule's condition reads, the condition itself, and whether the alert stands.
    fn rule(&mut self, twin: TwinId, at: usize) -> Vec<(String, ValueId)> {
        let rule = &self.program.twins[twin.index()].rules[at];
        let mut shown: Vec<_> = rule
            .why
            .iter()
            .filter_map(|why| self.show(why.name.clone(), &why.value, why.unit.clone()))
            .collect();
        if let Condition::Expr(condition) = &rule.when {
            let text = self.sources.text(condition.span);
            let is_new = shown.iter().all(|(name, _)| name != text);
            if is_new && text.len() <= 40 && !text.contains('\n') {
                shown.extend(self.show(text.to_string(), condition, None));
            }
        }
        let kind = ExprKind::RuleActive(twin_analysis::hir::RuleId(at as u32));
        let active =
            Expr { kind, ty: Type::Bool, optional: false, clock: Clock::Held, unit: None, span: rule.span };
        shown.extend(self.show(format!("{}.active", rule.name), &active, None));
        shown
    }

    /// Signals, fields and the like that expressions read.
    fn leaves(&mut self, exprs: &[&Expr]) -> Vec<(String, ValueId)> {
        let mut shown = Vec::new();
        for expr in exprs {
            self.gather_leaves(expr, &mut shown);
        }
        shown.dedup_by(|a, b| a.1 == b.1);
        shown
    }

    fn gather_leaves(&mut self, expr: &Expr, shown: &mut Vec<(String, ValueId)>) {
        let signals = self.twin.map_or(&[][..], |twin| &self.program.twins[twin.index()].signals);
        let name = match &expr.kind {
            ExprKind::Signal(id) if signals[id.index()].kind != SignalKind::Operator => {
                Some(signals[id.index()].name.clone())
            }
            ExprKind::Signal(_)
            | ExprKind::Field(..)
            | ExprKind::Hold(..)
            | ExprKind::Latest(_)
            | ExprKind::Age(_)
            | ExprKind::HeldFor(_)
            | ExprKind::Final(_)
            | ExprKind::TableField { .. }
            | ExprKind::TableHas { .. }
            | ExprKind::RuleActive(_)
            | ExprKind::RuleCount(_)
            | ExprKind::CommandState(..)
            | ExprKind::Part(..)
            | ExprKind::Index(..) => Some(self.sources.text(expr.span).to_string()),
            _ => None,
        };
        match name {
            Some(name) => shown.extend(self.show(name, expr, expr.unit.clone())),
            None => children(expr).into_iter().for_each(|child| self.gather_leaves(child, shown)),
        }
    }

    /// A value to be shown under a name; single words only.
    fn show(&mut self, name: String, expr: &Expr, unit: Option<Unit>) -> Option<(String, ValueId)> {
        expr.ty.scalar()?;
        if let Some(known) = self.known.get(&name) {
            return Some((name, *known));
        }
        let id = self.add(expr)?;
        self.values[id].unit = unit.or(self.values[id].unit.take());
        self.known.insert(name.clone(), id);
        Some((name, id))
    }

    fn add(&mut self, expr: &Expr) -> Option<ValueId> {
        self.twin?;
        // A name that is bound around an expression means nothing without its surroundings.
        if reads_unbound(expr, &mut Vec::new()) {
            return None;
        }
        let first = self.values.last().map_or(2, |last| last.first + last.scalars.len());
        let scalars = expr.ty.flatten();
        self.values.push(Watched { first, scalars, unit: expr.unit.clone(), span: expr.span });
        self.exprs.push(expr.clone());
        Some(self.values.len() - 1)
    }
}

fn of_literal(expr: &Expr) -> Option<()> {
    match &expr.kind {
        ExprKind::Const(_) => Some(()),
        ExprKind::Unary(_, inner) | ExprKind::Convert(_, inner) => of_literal(inner),
        _ => None,
    }
}

fn reads_unbound(expr: &Expr, bound: &mut Vec<twin_analysis::hir::LocalId>) -> bool {
    match &expr.kind {
        ExprKind::Local(id) => !bound.contains(id),
        ExprKind::Let(id, value, body) => {
            if reads_unbound(value, bound) {
                return true;
            }
            bound.push(*id);
            reads_unbound(body, bound)
        }
        _ => children(expr).into_iter().any(|child| reads_unbound(child, bound)),
    }
}
