//! `for D`: time added up while a condition is true.
//!
//! Between two looks the condition counts as it was at the first of them. False
//! starts anew, unknown pauses, and only a look at which it is true can confirm.

use crate::{exprs::Build, twins::Twin};
use twin_analysis::hir;
use twin_plan::{Compare, ExprId, Prim, Slot, Stmt, ValueId};
use twin_types::Scalar;

/// Slots of one running `for`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    /// Time added up; absent while the condition is false.
    added: Slot,
    /// Time of the last look at which it was true; absent while it is not.
    seen: Slot,
    /// When it became true.
    pub since: Slot,
    /// D as it was when it started.
    limit: Slot,
}

impl Twin<'_, '_> {
    pub fn holding(&mut self, what: &str) -> Holding {
        Holding {
            added: self.value_slot(&format!("{what}held"), Scalar::Duration),
            seen: self.value_slot(&format!("{what}seen"), Scalar::Timestamp),
            since: self.value_slot(&format!("{what}since"), Scalar::Timestamp),
            limit: self.value_slot(&format!("{what}limit"), Scalar::Duration),
        }
    }

    /// One look at a condition. `confirmed` becomes true when it is true and has been for D.
    pub fn look(
        &mut self,
        holding: Holding,
        condition: ExprId,
        limit: &hir::Expr,
        confirmed: ValueId,
    ) -> Vec<Stmt> {
        let now = self.now();
        let limit = self.one(limit);
        let added = self.read_slot(holding.added, Scalar::Duration);
        let seen = self.read_slot(holding.seen, Scalar::Timestamp);
        let passed = self.prim(Prim::SubInt, &[now, seen], Scalar::Duration, Default::default());
        let sum = self.prim(Prim::AddInt, &[added, passed], Scalar::Duration, Default::default());
        let was_true = self.present(seen);
        let runs = self.present(added);
        let absent = [Scalar::Duration, Scalar::Timestamp].map(|ty| self.absent(ty));
        let zero = self.int(0, Scalar::Duration);
        let kept_limit = self.read_slot(holding.limit, Scalar::Duration);
        let enough = self.compare_int(Compare::Ge, added, kept_limit);
        let known = self.present(condition);
        let start = vec![
            Stmt::Store(holding.added, zero),
            Stmt::Store(holding.since, now),
            Stmt::Store(holding.limit, limit),
        ];
        let when_true = vec![
            Stmt::If { when: runs, then: Vec::new(), otherwise: start },
            Stmt::Store(holding.seen, now),
            Stmt::Let(confirmed, enough),
        ];
        let when_false = vec![Stmt::Store(holding.added, absent[0]), Stmt::Store(holding.seen, absent[1])];
        vec![
            Stmt::If { when: was_true, then: vec![Stmt::Store(holding.added, sum)], otherwise: Vec::new() },
            Stmt::If {
                when: known,
                then: vec![Stmt::If { when: condition, then: when_true, otherwise: when_false }],
                otherwise: vec![Stmt::Store(holding.seen, absent[1])],
            },
        ]
    }

    /// Starts anew.
    pub fn forget(&mut self, holding: Holding) -> Vec<Stmt> {
        let absent = [Scalar::Duration, Scalar::Timestamp].map(|ty| self.absent(ty));
        vec![Stmt::Store(holding.added, absent[0]), Stmt::Store(holding.seen, absent[1])]
    }
}
