//! Which columns of a source are needed of some records only.
//!
//! `emit … when temperature > 100` looks at what it writes only of records whose temperature lies there, and so does
//! whatever stands behind a source's `where`. Who reads a recording may leave those columns of other records out: what
//! stands in their place is looked at by nobody.

use crate::expr::{Compare, ExprId, Exprs, NodeKind, Prim};
use crate::verify::operands;
use crate::{KeyPlan, Plan, Stmt, TimePlan, TwinPlan};
use twin_types::{Word, words};

/// A column's word between two others, both included. An absent one lies within no bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The column of the source.
    pub column: u32,
    /// What its words are, from where to where.
    pub range: Range,
}

/// The words of a [`Bound`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Reals.
    Real(f64, f64),
    /// Whole numbers, times, durations and enums.
    Whole(i64, i64),
}

/// For each column of a source the bounds within which a record lies if the column is needed of it. With none it is needed
/// of every record. Columns of bounds have fewer bounds themselves than those which refer to them.
///
/// This is of the program alone. Where late records are written out as they came, all of every record is needed.
pub fn needs(plan: &Plan, source: usize) -> Vec<Vec<Bound>> {
    let of = &plan.sources[source];
    let mut needs = Needs { columns: vec![None; of.columns.len()] };
    let (KeyPlan::Column(key), TimePlan::Column(time)) = (&of.key, &of.time) else { return needs.finish() };
    needs.add(*key, &[]);
    needs.add(*time, &[]);
    let inputs = || plan.twins.iter().flat_map(|twin| &twin.inputs).filter(|i| i.source as usize == source);
    let own = of.filter.into_iter().chain(inputs().filter_map(|input| input.by));
    needs.of_exprs(&of.exprs, own.map(|expr| (expr, Vec::new())).collect(), |_, column| Some(column));
    let within = of.filter.map_or(Vec::new(), |filter| bounds(&of.exprs, filter, &|_, column| Some(column)));
    for twin in plan.twins.iter().filter(|twin| twin.inputs.iter().any(|i| i.source as usize == source)) {
        needs.of_twin(twin, source, &within);
    }
    needs.finish()
}

/// Which column of the source a field of an input is, if it is one.
type Field<'a> = dyn Fn(u32, u32) -> Option<u32> + 'a;

struct Needs {
    /// Bounds that all have in common who look at a column; `None` where nobody does.
    columns: Vec<Option<Vec<Bound>>>,
}

impl Needs {
    fn finish(self) -> Vec<Vec<Bound>> {
        self.columns.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Somebody looks at a column of records that lie within bounds.
    fn add(&mut self, column: u32, within: &[Bound]) {
        join(&mut self.columns[column as usize], within);
    }

    fn of_twin(&mut self, twin: &TwinPlan, source: usize, within: &[Bound]) {
        let field = |input: u32, column: u32| {
            let input = &twin.inputs[input as usize];
            (input.source as usize == source).then(|| input.columns[column as usize])
        };
        for (number, input) in (0..).zip(&twin.inputs) {
            input
                .kept
                .iter()
                .filter_map(|(column, _)| field(number, *column))
                .for_each(|c| self.add(c, within));
        }
        // What stands beside the operators is not looked through.
        let is_simple = twin.windows.is_empty()
            && twin.integrations.is_empty()
            && twin.lags.is_empty()
            && twin.captures.is_empty()
            && twin.resets.is_empty();
        if !is_simple {
            (0..self.columns.len()).for_each(|column| self.add(column as u32, &[]));
            return;
        }
        let mut looks = Vec::new();
        twin.ops.iter().for_each(|op| each_look(&twin.exprs, &op.body, within, &field, &mut looks));
        self.of_exprs(&twin.exprs, looks, field);
    }

    /// Expressions of an arena, each with the bounds within which records lie of which it is evaluated.
    fn of_exprs(
        &mut self,
        exprs: &Exprs,
        looks: Vec<(ExprId, Vec<Bound>)>,
        field: impl Fn(u32, u32) -> Option<u32>,
    ) {
        let mut of_nodes: Vec<Option<Vec<Bound>>> = vec![None; exprs.nodes.len()];
        looks.iter().for_each(|(expr, within)| join(&mut of_nodes[expr.0 as usize], within));
        // Operands stand before what uses them, so whoever uses a node was there before it.
        for (at, node) in exprs.nodes.iter().enumerate().rev() {
            let Some(within) = of_nodes[at].take() else { continue };
            let inner = |when: ExprId| inside(&within, bounds(exprs, when, &field));
            match &node.kind {
                NodeKind::Field(input, column) => {
                    if let Some(column) = field(*input, *column) {
                        self.add(column, &within);
                    }
                }
                NodeKind::And(left, right) => {
                    join(&mut of_nodes[left.0 as usize], &within);
                    join(&mut of_nodes[right.0 as usize], &inner(*left));
                }
                NodeKind::Select(when, then, otherwise) => {
                    join(&mut of_nodes[when.0 as usize], &within);
                    join(&mut of_nodes[then.0 as usize], &inner(*when));
                    join(&mut of_nodes[otherwise.0 as usize], &within);
                }
                kind => operands(kind).iter().for_each(|id| join(&mut of_nodes[id.0 as usize], &within)),
            }
        }
    }
}

/// Bounds with more of them, each once.
fn inside(within: &[Bound], more: Vec<Bound>) -> Vec<Bound> {
    let mut all = within.to_vec();
    for bound in more {
        if !all.contains(&bound) {
            all.push(bound);
        }
    }
    all
}

/// Keeps the bounds that both have who look.
fn join(known: &mut Option<Vec<Bound>>, within: &[Bound]) {
    match known {
        Some(known) => known.retain(|bound| within.contains(bound)),
        None => *known = Some(within.to_vec()),
    }
}

/// The expressions of statements, with the bounds of the branches in which they stand.
fn each_look(
    exprs: &Exprs,
    body: &[Stmt],
    within: &[Bound],
    field: &Field<'_>,
    looks: &mut Vec<(ExprId, Vec<Bound>)>,
) {
    for statement in body {
        let mut look = |expr: &ExprId| looks.push((*expr, within.to_vec()));
        match statement {
            Stmt::In(_, body) => each_look(exprs, body, within, field, looks),
            Stmt::If { when, then, otherwise } => {
                look(when);
                let inner = inside(within, bounds(exprs, *when, field));
                each_look(exprs, then, &inner, field, looks);
                each_look(exprs, otherwise, within, field, looks);
            }
            Stmt::Let(_, expr) | Stmt::Store(_, expr) | Stmt::Deadline(_, expr) => look(expr),
            Stmt::StoreText { text, .. } => look(text),
            Stmt::StoreItem { index, word, .. } => [index, word].into_iter().for_each(look),
            Stmt::Output(_, args) => args.iter().for_each(look),
            Stmt::Fault(_) | Stmt::Reset(_) => {}
            // They belong to what a simple twin has none of.
            Stmt::WindowFeed(_) | Stmt::WindowClear(_) | Stmt::WindowRead(_) | Stmt::Integrate(_) => {}
            Stmt::Lag(_) | Stmt::CaptureFeed(_) | Stmt::CaptureOpen(..) | Stmt::CaptureClose(_) => {}
        }
    }
}

/// Bounds within which a record lies of which a condition is not false. A column's word is never absent where columns are
/// left out at all, so a comparison with a constant is true or false.
fn bounds(exprs: &Exprs, when: ExprId, field: &Field<'_>) -> Vec<Bound> {
    match &exprs.get(when).kind {
        NodeKind::And(left, right) => inside(&bounds(exprs, *left, field), bounds(exprs, *right, field)),
        NodeKind::Prim(Prim::CompareReal(how), args, _) => {
            bound(exprs, *how, args, field, |how, word| real_range(how, words::to_f64(word)))
        }
        NodeKind::Prim(Prim::CompareInt(how), args, _) => {
            bound(exprs, *how, args, field, |how, word| whole_range(how, words::to_i64(word)))
        }
        _ => Vec::new(),
    }
}

/// The bound of a comparison of a column with a constant.
fn bound(
    exprs: &Exprs,
    how: Compare,
    args: &[ExprId],
    field: &Field<'_>,
    range: impl Fn(Compare, Word) -> Option<Range>,
) -> Vec<Bound> {
    let &[left, right] = args else { return Vec::new() };
    let (input, column, how, word) = match (&exprs.get(left).kind, &exprs.get(right).kind) {
        (NodeKind::Field(input, column), NodeKind::Const(word)) => (*input, *column, how, *word),
        (NodeKind::Const(word), NodeKind::Field(input, column)) => (*input, *column, turned(how), *word),
        _ => return Vec::new(),
    };
    let bound = field(input, column).zip(range(how, word)).map(|(column, range)| Bound { column, range });
    bound.into_iter().collect()
}

/// The comparison with its sides changed.
fn turned(how: Compare) -> Compare {
    match how {
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
        Compare::Eq | Compare::Ne => how,
    }
}

fn real_range(how: Compare, to: f64) -> Option<Range> {
    let (low, high) = match how {
        _ if !to.is_finite() => return None,
        Compare::Eq => (to, to),
        Compare::Lt => (f64::MIN, to.next_down()),
        Compare::Le => (f64::MIN, to),
        Compare::Gt => (to.next_up(), f64::MAX),
        Compare::Ge => (to, f64::MAX),
        Compare::Ne => return None,
    };
    Some(Range::Real(low, high))
}

fn whole_range(how: Compare, to: i64) -> Option<Range> {
    // The least of all is the absent word.
    let least = i64::MIN + 1;
    let (low, high) = match how {
        _ if to < least => return None,
        Compare::Eq => (to, to),
        Compare::Lt => (least, to - 1),
        Compare::Le => (least, to),
        Compare::Gt => (to.checked_add(1)?, i64::MAX),
        Compare::Ge => (to, i64::MAX),
        Compare::Ne => return None,
    };
    Some(Range::Whole(low, high))
}
