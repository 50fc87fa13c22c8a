//! What every plan promises to kernels; checked after lowering in debug builds and by tests.

use std::collections::BTreeSet;

use crate::{ExprId, Exprs, NodeKind, Plan, Slot, Stmt, TickKind, Trigger, TwinPlan};

/// The first broken promise, in words.
pub fn verify(plan: &Plan) -> Result<(), String> {
    for source in &plan.sources {
        verify_exprs(&source.exprs).map_err(|what| format!("source {}: {what}", source.name))?;
    }
    for twin in &plan.twins {
        verify_twin(plan, twin).map_err(|what| format!("twin {}: {what}", twin.name))?;
    }
    Ok(())
}

fn verify_exprs(exprs: &Exprs) -> Result<(), String> {
    for (at, node) in exprs.nodes.iter().enumerate() {
        for operand in operands(&node.kind) {
            if operand.0 as usize >= at {
                return Err(format!("node {at} uses node {} that stands behind it", operand.0));
            }
        }
    }
    Ok(())
}

/// The operands of a node.
pub fn operands(kind: &NodeKind) -> Vec<ExprId> {
    match kind {
        NodeKind::Const(_)
        | NodeKind::Text(_)
        | NodeKind::Value(_)
        | NodeKind::Slot(_)
        | NodeKind::Field(..)
        | NodeKind::Key
        | NodeKind::Now
        | NodeKind::StreamNow => Vec::new(),
        NodeKind::Table { key, .. } => key.iter().copied().collect(),
        NodeKind::Prim(_, args, _) | NodeKind::Call(_, args, _) => args.clone(),
        NodeKind::Select(a, b, c) => vec![*a, *b, *c],
        NodeKind::Coalesce(a, b) | NodeKind::And(a, b) | NodeKind::Or(a, b) => vec![*a, *b],
        NodeKind::CommandId(_, a, b) => vec![*a, *b],
        NodeKind::Present(a) => vec![*a],
        NodeKind::Pick(items, at, _) => items.iter().chain([at]).copied().collect(),
    }
}

fn verify_twin(plan: &Plan, twin: &TwinPlan) -> Result<(), String> {
    verify_exprs(&twin.exprs)?;
    if twin.layout.initial.len() != twin.layout.words as usize {
        return Err("the initial row is not as long as a row".to_string());
    }
    let mut slots: Vec<Slot> =
        twin.values.iter().filter_map(|v| v.slot).chain(twin.deadlines.clone()).collect();
    slots.extend(
        twin.exprs.nodes.iter().filter_map(|n| if let NodeKind::Slot(s) = n.kind { Some(s) } else { None }),
    );
    for tick in &twin.ticks {
        slots.push(tick.due);
        if let TickKind::Deadlines(deadlines) = &tick.kind
            && let Some(stray) = deadlines.iter().find(|d| !twin.deadlines.contains(d))
        {
            return Err(format!("a tick waits for s{} which is no deadline", stray.0));
        }
    }
    if let Some(slot) = slots.iter().find(|s| s.0 >= twin.layout.words) {
        return Err(format!("s{} lies outside of the row", slot.0));
    }
    let mut reads = twin.windows.iter().flat_map(|window| &window.lanes).flat_map(|lane| &lane.reads);
    if reads.any(|read| read.fault.is_some_and(|fault| fault.0 as usize >= plan.faults.len())) {
        return Err("a window's fault without a place".to_string());
    }
    for op in &twin.ops {
        verify_stmts(plan, twin, &op.body, &op.trigger).map_err(|what| format!("{}: {what}", op.name))?;
    }
    Ok(())
}

fn verify_stmts(plan: &Plan, twin: &TwinPlan, stmts: &[Stmt], trigger: &Trigger) -> Result<(), String> {
    for stmt in stmts {
        match stmt {
            Stmt::In(inner, body) => verify_stmts(plan, twin, body, inner)?,
            Stmt::If { when, then, otherwise } => {
                verify_reads(twin, *when, trigger)?;
                verify_stmts(plan, twin, then, trigger)?;
                verify_stmts(plan, twin, otherwise, trigger)?;
            }
            Stmt::Let(_, expr) | Stmt::Store(_, expr) => verify_reads(twin, *expr, trigger)?,
            Stmt::Deadline(slot, expr) => {
                verify_reads(twin, *expr, trigger)?;
                if !twin.deadlines.contains(slot) {
                    return Err(format!("s{} is set as a deadline and is none", slot.0));
                }
            }
            Stmt::Output(output, args) => {
                let declared = twin.outputs.get(output.index()).map(|o| o.args.len());
                if declared != Some(args.len()) {
                    return Err(format!("output {} takes other arguments", output.0));
                }
                args.iter().try_for_each(|arg| verify_reads(twin, *arg, trigger))?;
            }
            Stmt::Fault(fault) if fault.0 as usize >= plan.faults.len() => {
                return Err("a fault without a place".to_string());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Fields may be read in steps of their own input only.
fn verify_reads(twin: &TwinPlan, expr: ExprId, trigger: &Trigger) -> Result<(), String> {
    let mut open = vec![expr];
    let mut seen = BTreeSet::new();
    while let Some(expr) = open.pop() {
        if !seen.insert(expr) {
            continue;
        }
        let node = twin.exprs.get(expr);
        if let NodeKind::Field(input, _) = node.kind
            && (trigger.inputs != [input] || !trigger.ticks.is_empty() || trigger.every_step || trigger.quiet)
        {
            return Err(format!("reads a field of input {input} in other steps than its events"));
        }
        open.extend(operands(&node.kind));
    }
    Ok(())
}
