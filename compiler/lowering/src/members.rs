//! Members from top to bottom: params, lets, states.

use crate::{
    Setting,
    exprs::Build,
    twins::{Place, Twin},
};
use twin_analysis::hir::{self, Const, ExprKind, Member, SignalId};
use twin_diagnostics::Span;
use twin_plan::{ExprId, NodeKind, Stmt};
use twin_types::{STRING_BYTES, Scalar, Type};

impl<'a> Twin<'_, 'a> {
    pub fn members(&mut self, members: &'a [Member]) {
        for member in members {
            self.member_of(member);
        }
    }

    fn member_of(&mut self, member: &'a Member) {
        match member {
            Member::Param(id, default) => self.param(*id, default),
            Member::Let(id, value) => self.owned(*id, |this| this.let_member(*id, value)),
            Member::State(id, initial) => self.owned(*id, |this| this.begin_state(*id, initial)),
            Member::Operator(id, operator) => self.owned(*id, |this| this.operator(*id, operator)),
            Member::On(on) => self.on(on),
            Member::Machine(machine) => self.owned(machine.signal, |this| this.machine(machine)),
            Member::Rule(id) => self.rule(*id),
            Member::Emit(emit) => self.emit_member(emit),
        }
    }

    /// Lowers what belongs to a signal, so that a reset of it finds its storage.
    fn owned(&mut self, id: SignalId, body: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.member, self.hir.signals[id.index()].name.clone());
        self.owners.push(id);
        body(self);
        self.owners.pop();
        self.member = outer;
    }

    /// A param is read anew at every use; a setting of the run takes the place of its default.
    fn param(&mut self, id: SignalId, default: &hir::Expr) {
        let name = &self.hir.signals[id.index()].name;
        let setting = self.lowering.settings.params.get(&(self.hir.name.clone(), name.clone())).cloned();
        let exprs = match setting {
            Some(Setting::Several(values)) => {
                let scalars = default.ty.flatten();
                let of = values.into_iter().zip(scalars);
                of.map(|(value, ty)| self.set_value(value, ty, default.span)).collect()
            }
            Some(value) => {
                vec![self.set_value(value, default.ty.scalar().unwrap_or(Scalar::Real), default.span)]
            }
            None => self.words(default),
        };
        self.places[id.index()] = exprs.into_iter().map(Place::Expr).collect();
    }

    /// One value that the run sets; what has values within is laid out flat by now.
    fn set_value(&mut self, value: Setting, ty: Scalar, span: Span) -> ExprId {
        match value {
            Setting::Word(word) => self.push(NodeKind::Const(word), ty, span),
            Setting::Text(text) => {
                let text = self.lowering.text(&text);
                self.push(NodeKind::Text(text), Scalar::String, span)
            }
            Setting::Several(_) => self.absent(ty),
        }
    }

    fn let_member(&mut self, id: SignalId, value: &hir::Expr) {
        // With `every` the signal changes at its ticks, whatever its value is made of.
        let signal = &self.hir.signals[id.index()];
        let trigger = self.trigger_of(&signal.clock);
        let name = signal.name.clone();
        // A name for another signal is that signal.
        if let ExprKind::Signal(other) = value.kind
            && signal.clock == value.clock
            && self.held.values.is_empty()
            && !self.places[other.index()].iter().any(|p| matches!(p, Place::Slot(..)))
            && !self.places[other.index()].is_empty()
        {
            self.places[id.index()] = self.places[other.index()].clone();
            return;
        }
        self.op(trigger, value.span, |this| {
            let exprs = this.words(value);
            let (places, stmts) = this.let_words(&name, &exprs, value.span);
            this.places[id.index()] = places;
            stmts
        });
    }

    /// Slots for every state and machine of a list of members, so that members above may read them.
    pub fn declare_states(&mut self, members: &'a [Member]) {
        for member in members {
            match member {
                Member::State(id, initial) => self.owned(*id, |this| this.declare_state(*id, initial)),
                Member::Machine(machine) => self.owned(machine.signal, |this| {
                    let ty = Scalar::Enum(machine.states);
                    let kind = twin_plan::SlotKind::Value(ty);
                    let slot = this.slot("", kind, &[u64::from(machine.start)]);
                    this.places[machine.signal.index()] = vec![Place::Slot(slot, ty)];
                }),
                _ => {}
            }
        }
    }

    fn declare_state(&mut self, id: SignalId, initial: &hir::Expr) {
        let ty = self.hir.signals[id.index()].ty.clone();
        let bytes = string_bytes(&ty);
        let scalars = ty.flatten();
        let places = scalars
            .iter()
            .enumerate()
            .map(|(at, scalar)| {
                let what = if scalars.len() == 1 { String::new() } else { format!("[{at}]") };
                Place::Slot(self.state_slot(&what, *scalar, bytes), *scalar)
            })
            .collect::<Vec<_>>();
        // A constant stands in the row from the beginning.
        if let Some(words) = constant_words(initial, scalars.len()) {
            for (place, word) in places.iter().zip(words) {
                if let Place::Slot(slot, scalar) = place
                    && *scalar != Scalar::String
                {
                    self.plan.layout.initial[slot.index()] = word;
                }
            }
        }
        self.places[id.index()] = places;
    }

    fn state_slot(&mut self, what: &str, ty: Scalar, bytes: u32) -> twin_plan::Slot {
        if ty == Scalar::String {
            return self.place_slot(what, ty, bytes);
        }
        self.slot(what, twin_plan::SlotKind::Value(ty), &[ty.absent()])
    }

    /// Sets a state when its initial value is first present. Constants have been set already.
    fn begin_state(&mut self, id: SignalId, initial: &hir::Expr) {
        let places = self.places[id.index()].clone();
        let has_text = places.iter().any(|p| matches!(p, Place::Slot(_, Scalar::String)));
        if constant_words(initial, places.len()).is_some() && !has_text
            || matches!(initial.kind, ExprKind::Const(Const::Absent))
        {
            return;
        }
        let bytes = string_bytes(&self.hir.signals[id.index()].ty);
        let begun = self.flag("begun");
        self.begun.insert(id, begun);
        let trigger = self.trigger_of(&initial.clock);
        self.op(trigger, initial.span, |this| {
            let words = this.words(initial);
            let is_begun = this.read_slot(begun, Scalar::Bool);
            let present: Vec<_> = words.iter().map(|word| this.present(*word)).collect();
            let any = present.into_iter().reduce(|a, b| this.or(a, b)).expect("a state has a word at least");
            let fresh = this.not(is_begun);
            let when = this.and(fresh, any);
            let mut then = Vec::new();
            for (place, word) in places.iter().zip(words) {
                if let Place::Slot(slot, ty) = place {
                    then.push(this.store(*slot, *ty, bytes, word, initial.span));
                }
            }
            let yes = this.bool(true);
            then.push(Stmt::Store(begun, yes));
            vec![Stmt::If { when, then, otherwise: Vec::new() }]
        });
    }
}

/// The bytes that a state keeps of its texts.
pub(crate) fn string_bytes(ty: &Type) -> u32 {
    match ty {
        Type::String(bytes) => *bytes,
        Type::Array(item, _) => string_bytes(item),
        _ => STRING_BYTES,
    }
}

/// Per word of a type the bytes that are kept of it where it is a text, in the order of `Type::flatten`.
pub(crate) fn text_rooms(ty: &Type) -> Vec<u32> {
    match ty {
        Type::Array(item, n) => text_rooms(item).repeat(*n as usize),
        Type::Record(record) => record.fields.iter().flat_map(|field| text_rooms(&field.ty)).collect(),
        other => vec![string_bytes(other)],
    }
}

/// The words of a constant expression without texts.
fn constant_words(expr: &hir::Expr, width: usize) -> Option<Vec<u64>> {
    match &expr.kind {
        ExprKind::Const(Const::Word(word)) => Some(vec![*word]),
        ExprKind::Const(Const::Absent) => Some(
            expr.ty
                .flatten()
                .into_iter()
                .chain(std::iter::repeat(Scalar::Real))
                .take(width)
                .map(Scalar::absent)
                .collect(),
        ),
        ExprKind::Array(items) | ExprKind::Record(items) => {
            let mut words = Vec::new();
            for item in items {
                words.extend(constant_words(item, item.ty.width())?);
            }
            Some(words)
        }
        _ => None,
    }
}
