//! What the tests of this crate share.

use twin_plan::{Exprs, Format, KeyPlan, TablePlan, TimePlan};

/// A table without columns.
pub(crate) fn table_plan(name: &str) -> TablePlan {
    TablePlan {
        name: name.to_string(),
        topic: name.to_string(),
        format: Format::Json,
        columns: Vec::new(),
        exprs: Exprs::default(),
        key: KeyPlan::Record,
        time: TimePlan::Record,
    }
}
