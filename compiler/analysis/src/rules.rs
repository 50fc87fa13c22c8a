//! Rules: conditions and sequences, how they clear, what they say and why.

use crate::checker::{Checker, Place};
use crate::errors::{state as state_errors, time as errors, types as type_errors};
use crate::hir::{
    self, Capture, Condition, Expr, ExprKind, Member, MessagePart, RuleId, SequenceStep, SignalKind, Until,
    Why,
};
use crate::scope::Binding;
use crate::types::measures;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, TextPart};
use twin_types::{Type, Unit};

impl Checker<'_> {
    pub fn member_rule(&mut self, rule: &ast::Rule, doc: &str) {
        let id = match self.lookup(&rule.name.text) {
            Some((Binding::Rule(id), declared)) if declared == rule.name.span => id,
            _ => return,
        };
        self.silent_allowed = true;
        let when = self.rule_condition(rule);
        self.silent_allowed = false;
        let hold_for = rule.hold.as_ref().map(|hold| self.duration_from(0, hold, "`for`"));
        self.check_silent(&when, rule);
        let until = self.rule_until(rule);
        let repeat = rule.repeat.as_ref().map(|repeat| self.duration_from(1, repeat, "`repeat every`"));
        let severity = self.severity(rule.severity.as_ref());
        let message = rule.message.as_ref().map(|message| self.message(message));
        let captures = rule.captures.iter().filter_map(|capture| self.capture(capture)).collect();
        let body = self.in_place(Place::Handler, |c| c.statements(&rule.actions));
        let on_clear = self.in_place(Place::Handler, |c| c.statements(&rule.on_clear));
        let why = self.why(&when);
        if matches!(&rule.trigger, ast::Trigger::Condition(_)) && rule.hold.is_none() && rule.until.is_none()
        {
            self.warn_flapping(rule, &when);
        }
        let built = hir::Rule {
            name: rule.name.text.clone(),
            when,
            hold_for,
            until,
            repeat,
            severity,
            message,
            captures,
            body,
            on_clear,
            why,
            span: rule.name.span,
            doc: doc.to_string(),
        };
        self.note_rule(&rule.name, &built);
        self.place_rule(id, built);
    }

    fn place_rule(&mut self, id: RuleId, rule: hir::Rule) {
        if let Some(slot) = self.twin.rules.get_mut(id.index()) {
            *slot = Some(rule);
            self.add_member(Member::Rule(id));
        }
    }

    fn rule_condition(&mut self, rule: &ast::Rule) -> Condition {
        match &rule.trigger {
            ast::Trigger::Condition(condition) => Condition::Expr(self.condition(condition, "a rule")),
            ast::Trigger::Sequence { first, steps, .. } => {
                // A `for` on a sequence has been reported where it is read.
                let first = self.condition(first, "a step");
                let mut all = vec![SequenceStep { when: first, is_absence: false, within: None }];
                for step in steps {
                    let when = self.condition(&step.condition, "a step");
                    let within = self.duration_from(0, &step.within, "`within`");
                    all.push(SequenceStep { when, is_absence: step.negated, within: Some(within) });
                }
                Condition::Sequence(all)
            }
        }
    }

    /// `silent` goes by the stream clock, so its rule takes no `for` and no sequence.
    fn check_silent(&mut self, when: &Condition, rule: &ast::Rule) {
        let is_silent = match when {
            Condition::Expr(condition) => reads_silent(condition),
            Condition::Sequence(steps) => steps.iter().any(|step| reads_silent(&step.when)),
        };
        if is_silent && (rule.hold.is_some() || matches!(when, Condition::Sequence(_))) {
            let place = rule.hold.as_ref().map_or(rule.name.span, |hold| hold.span);
            self.push(errors::silent_with_hold(place));
        }
    }

    fn rule_until(&mut self, rule: &ast::Rule) -> Until {
        match &rule.until {
            None => Until::ConditionFalse,
            Some(ast::Until::Never) => Until::Never,
            Some(ast::Until::Condition { condition, hold }) => {
                let condition = self.condition(condition, "`until`");
                let hold = hold.as_ref().map(|hold| self.duration_from(0, hold, "`for`"));
                Until::Holds(condition, hold)
            }
        }
    }

    fn capture(&mut self, capture: &ast::Capture) -> Option<Capture> {
        let before_ns = self.constant_span(&capture.before, "the time before");
        let after_ns =
            capture.after.as_ref().map_or(Some(0), |after| self.constant_span(after, "the time after"));
        match self.lookup(&capture.input.text) {
            Some((Binding::Input(input), _)) => {
                Some(Capture { input, before_ns: before_ns?, after_ns: after_ns? })
            }
            Some((Binding::Unknown | Binding::Part, _)) => None,
            _ => {
                let names: Vec<String> = self.twin.inputs.iter().map(|i| i.name.clone()).collect();
                let near = crate::scope::nearest(&capture.input.text, names.iter().map(String::as_str));
                self.push(state_errors::capture_of(&capture.input, &names, near));
                None
            }
        }
    }

    /// A constant duration that may be nothing.
    fn constant_span(&mut self, written: &ast::Expr, what: &str) -> Option<i64> {
        if let Syntax::Number(number) = &written.kind
            && number.value() == 0.0
        {
            return Some(0);
        }
        self.constant_duration(written, what)
    }

    /// A message's text with its values.
    pub fn message(&mut self, written: &ast::Expr) -> Vec<MessagePart> {
        self.in_place(Place::Message, |c| match &written.kind {
            Syntax::Text(text) => text.parts.iter().map(|part| c.message_part(part)).collect(),
            _ => {
                let value = c.infer(written, None);
                let unit = c.unit_to_show(&value);
                vec![MessagePart::Value { value, decimals: None, unit }]
            }
        })
    }

    fn message_part(&mut self, part: &TextPart) -> MessagePart {
        match part {
            TextPart::Plain(text) => MessagePart::Text(text.clone()),
            TextPart::Hole { value, format, .. } => {
                let value = self.infer(value, None);
                let written = format.as_ref().and_then(|f| f.unit.as_ref());
                let mut unit = self.unit_to_show(&value);
                if let Some(written) = written
                    && let Some(wanted) = self.unit(written)
                {
                    unit = self.shown_unit(&value, wanted, written.span).or(unit);
                }
                let decimals = format.as_ref().and_then(|f| f.decimals.map(|d| (d, f.span)));
                let decimals = decimals.and_then(|(d, span)| self.decimals(&value, d, span));
                if matches!(value.ty, Type::Array(..) | Type::Record(_)) {
                    let finding = type_errors::shown_whole(self, &value);
                    self.push(finding);
                }
                MessagePart::Value { value, decimals, unit }
            }
        }
    }

    fn shown_unit(&mut self, value: &Expr, wanted: Unit, span: Span) -> Option<Unit> {
        let fits = match &value.ty {
            Type::Quantity(q) => measures(&wanted, *q),
            Type::Duration => wanted.quantity == twin_types::Quantity::plain(self.clock_dimension()),
            Type::Error => return None,
            _ => false,
        };
        if !fits {
            let finding = type_errors::format_unit(self, value, &wanted, span);
            self.push(finding);
            return None;
        }
        Some(wanted)
    }

    fn decimals(&mut self, value: &Expr, decimals: u32, span: Span) -> Option<u8> {
        let is_number = matches!(value.ty, Type::Quantity(_) | Type::Int | Type::Duration | Type::Error);
        if !is_number || decimals > 17 {
            let finding = type_errors::format_decimals(self, value, span);
            self.push(finding);
            return None;
        }
        u8::try_from(decimals).ok()
    }

    /// Names and values that a condition reads, in the order in which they stand.
    fn why(&self, when: &Condition) -> Vec<Why> {
        let mut all = Vec::new();
        match when {
            Condition::Expr(condition) => self.gather_why(condition, &mut all),
            Condition::Sequence(steps) => steps.iter().for_each(|step| self.gather_why(&step.when, &mut all)),
        }
        all
    }

    fn gather_why(&self, expr: &Expr, all: &mut Vec<Why>) {
        if let ExprKind::Silent(input, limit, _) = &expr.kind {
            return self.gather_silence(*input, limit, all);
        }
        let name = match &expr.kind {
            ExprKind::Signal(id) => self.signal(*id).map(|signal| signal.name.clone()),
            ExprKind::Field(input, at) => self.field_text(*input, *at, expr),
            ExprKind::Hold(id, _) | ExprKind::Latest(id) | ExprKind::Age(id) | ExprKind::HeldFor(id) => {
                // The operator's own name is the text of the form.
                self.signal(*id).map(|signal| signal.name.clone())
            }
            ExprKind::Final(id) => self.signal(*id).map(|signal| format!("final({})", signal.name)),
            ExprKind::TableField { .. }
            | ExprKind::TableHas { .. }
            | ExprKind::RuleActive(_)
            | ExprKind::RuleCount(_)
            | ExprKind::CommandState(..) => Some(self.words(expr.span)),
            ExprKind::Part(of, _) if matches!(of.kind, ExprKind::Signal(_)) => Some(self.words(expr.span)),
            ExprKind::Index(..) if expr.ty.scalar().is_some() => Some(self.words(expr.span)),
            _ => None,
        };
        let Some(name) = name else {
            crate::clocks::children(expr).into_iter().for_each(|child| self.gather_why(child, all));
            return;
        };
        if expr.ty.scalar().is_some() {
            push_why(all, Why { name, unit: self.unit_to_show(expr), value: expr.clone() });
        }
    }

    /// Of `silent(input) > D` D, by its name where it has one, and when the input was last heard from.
    fn gather_silence(&self, input: hir::InputId, limit: &Expr, all: &mut Vec<Why>) {
        let Some(name) = self.twin.inputs.get(input.index()).map(|input| input.name.as_str()) else { return };
        if matches!(limit.kind, ExprKind::Signal(_)) {
            self.gather_why(limit, all);
        } else {
            let of = format!("limit of silent({name})");
            push_why(all, Why { name: of, unit: self.unit_to_show(limit), value: limit.clone() });
        }
        let value =
            Expr { kind: ExprKind::LastRead(input), ty: Type::Timestamp, unit: None, ..limit.clone() };
        push_why(all, Why { name: format!("{name} last read"), unit: None, value });
    }

    /// `tire_pressure[0]` as it is written, or the field's name where what is written stands elsewhere.
    fn field_text(&self, input: hir::InputId, at: u32, expr: &Expr) -> Option<String> {
        let source = self.twin.inputs.get(input.index())?.source;
        let field = self.field_at(source, at)?;
        let text = self.words(expr.span);
        let is_path = text.contains(field.name.as_str()) && !text.contains(' ') && !text.contains('(');
        Some(if is_path { text } else { field.name.clone() })
    }

    /// Mistake 7: a measured value against a limit, with nothing that keeps it from flapping.
    fn warn_flapping(&mut self, rule: &ast::Rule, when: &Condition) {
        let Condition::Expr(condition) = when else { return };
        let ast::Trigger::Condition(written) = &rule.trigger else { return };
        let Some(compared) = self.analog_comparison(condition) else { return };
        let mended = format!("rule {} when {} for 10 s", rule.name.text, self.words(written.span));
        let figures = self.world.rule_figures(&self.twin.name, &rule.name.text, &mended);
        let text = self.words(compared.span);
        let finding = errors::flapping(&rule.name, written.span, &text, figures);
        self.push(finding);
    }

    /// A comparison of order in which something measured moves: not a count, not a window that smooths.
    fn analog_comparison<'e>(&self, expr: &'e Expr) -> Option<&'e Expr> {
        use hir::Binary::{Ge, Gt, Le, Lt};
        match &expr.kind {
            ExprKind::Binary(Lt | Le | Gt | Ge, a, b) => {
                (self.is_analog(a) || self.is_analog(b)).then_some(expr)
            }
            ExprKind::Binary(hir::Binary::Or, a, b) => {
                self.analog_comparison(a).or_else(|| self.analog_comparison(b))
            }
            // `and` with an edge or a state makes a moment of it.
            ExprKind::Binary(hir::Binary::And, a, b) => {
                let both = (self.analog_comparison(a), self.analog_comparison(b));
                both.0.and(both.1)
            }
            ExprKind::Unary(_, of) => self.analog_comparison(of),
            ExprKind::Signal(id) => {
                let is_let = self.signal(*id).is_some_and(|s| s.kind == SignalKind::Let);
                let value = is_let.then(|| self.twin.values.get(id)).flatten()?;
                self.analog_comparison(value).map(|_| expr)
            }
            _ => None,
        }
    }

    fn is_analog(&self, expr: &Expr) -> bool {
        matches!(expr.ty, Type::Quantity(_))
            && !matches!(expr.clock, hir::Clock::Held)
            && self.reads_event(expr)
    }

    fn reads_event(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Field(..) => true,
            ExprKind::Signal(id) => {
                let of_let = self.twin.values.get(id).map(|value| self.reads_event(value));
                of_let.unwrap_or(matches!(expr.clock, hir::Clock::Events(_)))
            }
            _ => crate::clocks::children(expr).into_iter().any(|child| self.reads_event(child)),
        }
    }
}

/// Adds what has a name of its own; what is read twice is told once.
fn push_why(all: &mut Vec<Why>, why: Why) {
    if all.iter().all(|known| known.name != why.name) {
        all.push(why);
    }
}

fn reads_silent(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Silent(..)) || crate::clocks::children(expr).into_iter().any(reads_silent)
}
