//! What is asked of a source's rows: by twins, which may do so after they have waited, and when they are read.

use crate::shard::Form;
use twin_plan::{KeyPlan, NodeKind, Plan, TimePlan};

/// See above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needed {
    /// By column, whether it is needed of rows that have waited.
    pub late: Vec<bool>,
    /// By column, whether it is needed where rows are read: keys and times are, and what is not kept for later.
    pub now: Vec<bool>,
    /// Whether all that is known of a row may be asked for after it has waited.
    pub all: bool,
}

impl Needed {
    /// Of one of the sources.
    ///
    /// What has waited is never late, so later on the columns that twins read are all, but where a twin has several
    /// inputs or records its input.
    pub fn of(plan: &Plan, at: usize) -> Needed {
        let source = &plan.sources[at];
        let mut needed = Needed { late: vec![false; source.columns.len()], ..Needed::default() };
        let (mut keys, mut has_computed_keys) = (Vec::new(), false);
        for twin in &plan.twins {
            let needs_all = !Form::new(plan, twin).is_queued || !twin.captures.is_empty();
            for input in twin.inputs.iter().filter(|input| input.source as usize == at) {
                input.columns.iter().for_each(|column| needed.late[*column as usize] = true);
                needed.all |= needs_all;
                match input.by.map(|by| &source.exprs.get(by).kind) {
                    Some(NodeKind::Field(_, column)) => keys.push(*column),
                    Some(_) => has_computed_keys = true,
                    None => {}
                }
            }
        }
        needed.late.iter_mut().for_each(|late| *late |= needed.all);
        needed.now = needed.late.iter().map(|late| !late || has_computed_keys).collect();
        keys.extend(if let KeyPlan::Column(key) = source.key { Some(key) } else { None });
        keys.extend(if let TimePlan::Column(time) = source.time { Some(time) } else { None });
        keys.iter().for_each(|column| needed.now[*column as usize] = true);
        needed
    }
}
