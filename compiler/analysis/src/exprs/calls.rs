//! Calls: which function, block, builtin or stateful form a name means.

use crate::checker::Checker;
use crate::errors::{names as errors, time as time_errors, types as type_errors};
use crate::hir::{Expr, ExprKind};
use crate::modules::Global;
use crate::scope::nearest;
use std::rc::Rc;
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ExprKind as Syntax, Ident, ItemKind};
use twin_types::{Builtin, Intrinsic, Native, Type};

/// Forms that the language itself knows: name, signature, and what they give.
pub(crate) const FORMS: &[(&str, &str, &str)] = &[
    ("age", "(x) -> duration", "How long ago `x` last had a value."),
    ("changed", "(x) -> bool", "Whether `x` differs from its last present value; false at the first."),
    ("delta", "(x: U) -> delta U", "The difference from the last present value."),
    ("falling", "(b: bool) -> bool", "Whether `b` has just turned false."),
    ("final", "(w) -> bool", "Whether the window `w` gets its final value in this step."),
    ("held", "(b: bool) -> duration", "How long `b` has been true."),
    ("hold", "(x: T, for: duration) -> T", "The last value of `x` while it is no older than so long."),
    ("lag", "(x: T, by: duration) -> T", "The newest value of `x` at or before so long ago."),
    ("latest", "(x: T) -> T", "The last value of `x`, whatever its age."),
    ("present", "(x) -> bool", "Whether `x` is there."),
    ("prev", "(x: T, n: int = 1) -> T", "The last present value of `x` before this one, or the nth."),
    ("rate", "(x: U) -> U/s", "The difference from the last present value over the time between."),
    ("rising", "(b: bool) -> bool", "Whether `b` has just turned true."),
    (
        "silent",
        "(input)",
        "For how long nothing has arrived on an input; only as `silent(input) > D` in a rule.",
    ),
];

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &ast::Call, span: Span) -> Expr {
        let Syntax::Name(name) = &call.callee.kind else {
            let text = self.words(call.callee.span);
            return self.fail(errors::no_method(&text, call.callee.span), span);
        };
        match self.global(&name.text) {
            Some(Global::Code(module, item)) => {
                return self.call_code(name, module, item, call, span);
            }
            Some(Global::Unknown) => return Expr::error(span),
            _ => {}
        }
        let is_plain = call.window.is_none() && call.grouping.is_none() && call.filter.is_none();
        if is_plain && FORMS.iter().any(|(form, ..)| *form == name.text) {
            self.note_call(name);
            return self.form(name, call, span);
        }
        let candidates: Vec<(u32, &'static Builtin)> = self.builtins_named(&name.text).collect();
        if candidates.is_empty() {
            return self.no_such_function(name, span);
        }
        self.note_call(name);
        let aggregate = candidates.iter().find_map(|(at, b)| match b.native {
            Native::Aggregate(aggregate) => Some((*at, aggregate)),
            _ => None,
        });
        let pure: Vec<_> =
            candidates.iter().filter(|(_, b)| !matches!(b.native, Native::Aggregate(_))).copied().collect();
        match aggregate {
            Some((_, aggregate)) if self.is_over_parts(call) => self.over_parts(aggregate, call, span),
            Some((at, aggregate)) if !is_plain => self.windowed(aggregate, at, call, span),
            Some((_, aggregate)) if pure.is_empty() || call.args.len() < 2 => {
                self.folded_array(aggregate, call, span)
            }
            _ if !is_plain => {
                let place = call.window.as_ref().map_or(span, |w| w.span);
                self.fail(time_errors::no_aggregate(&name.text, place), span)
            }
            _ => self.call_pure(name, &pure, call, span),
        }
    }

    pub(crate) fn builtins_named<'n>(
        &self,
        name: &'n str,
    ) -> impl Iterator<Item = (u32, &'static Builtin)> + use<'n> {
        let all: &'static [&'static Builtin] = self.library.builtins;
        all.iter().enumerate().filter(move |(_, b)| b.name == name).map(|(at, b)| (at as u32, *b))
    }

    fn call_code(&mut self, name: &Ident, module: usize, item: usize, call: &ast::Call, span: Span) -> Expr {
        let Some((ast, _)) = self.item(module, item) else { return Expr::error(span) };
        let Some(declared) = ast.items.get(item) else { return Expr::error(span) };
        self.note_code(name, declared);
        if let Some(window) = &call.window {
            return self.fail(time_errors::no_aggregate(&name.text, window.span), span);
        }
        // A body within a body takes several times the stack of an operator within an operator.
        self.depth += 3;
        let result = match &declared.kind {
            ItemKind::Function(function) => self.call_function(name, (module, item), function, call, span),
            ItemKind::Block(block) => self.call_block(name, (module, item), block, call, span),
            ItemKind::Model(_) => self.call_model(call, span),
            _ => self.fail(errors::not_callable(name), span),
        };
        self.depth -= 3;
        result
    }

    /// A trained model: arguments are looked at, and no run can carry it out yet.
    fn call_model(&mut self, call: &ast::Call, span: Span) -> Expr {
        for arg in &call.args {
            self.infer(&arg.value, None);
        }
        Expr::error(span)
    }

    fn call_pure(
        &mut self,
        name: &Ident,
        pure: &[(u32, &'static Builtin)],
        call: &ast::Call,
        span: Span,
    ) -> Expr {
        if pure.len() > 1 {
            return self.call_overloaded(name, pure, call, span);
        }
        let at = pure.first().copied();
        let Some((at, builtin)) = at else { return Expr::error(span) };
        let Some(signature) = self.builtin_signature(at, builtin) else { return Expr::error(span) };
        let Some(bound) = self.bind_arguments(&name.text, &signature, None, call, span) else {
            return Expr::error(span);
        };
        let (args, frame) = bound;
        let result = self.at_call(span, |c| {
            c.in_frame(frame, |c| signature.result.as_ref().and_then(|ty| c.resolve_type(ty)))
        });
        let Some(result) = result else { return Expr::error(span) };
        let clock = self.merged_clock(&args);
        let optional = args.iter().any(|a| a.optional);
        let same = args.iter().find(|a| a.ty == result.ty && a.unit.is_some());
        let unit = same.and_then(|a| a.unit.clone()).filter(|_| result.ty != Type::REAL);
        if let (Native::Intrinsic(Intrinsic::Kelvin), [reading]) = (builtin.native, args.as_slice()) {
            // The same number under another type.
            return Expr { ty: result.ty, unit: None, span, ..reading.clone() };
        }
        Expr::new(ExprKind::Call(at, args), result.ty, span).with(clock, optional).shown_in(unit)
    }

    /// `min`, `max`, `abs`: of several of one name, the one for whole numbers takes whole numbers only.
    fn call_overloaded(
        &mut self,
        name: &Ident,
        pure: &[(u32, &'static Builtin)],
        call: &ast::Call,
        span: Span,
    ) -> Expr {
        let first = pure.first().and_then(|(at, builtin)| self.builtin_signature(*at, builtin));
        let Some(signature) = first else { return Expr::error(span) };
        let params: Vec<(&str, bool)> =
            signature.params.iter().map(|p| (p.name.text.as_str(), false)).collect();
        let Some(slots) = self.arguments(&name.text, &params, call, span) else { return Expr::error(span) };
        let mut args: Vec<Option<Expr>> = vec![None; slots.len()];
        let mut ty = Type::Absent;
        for adapting in [false, true] {
            for (slot, written) in args.iter_mut().zip(&slots) {
                let Some(written) = written else { continue };
                if self.adapts(written) != adapting {
                    continue;
                }
                let value = self.infer(written, Some(&ty).filter(|ty| **ty != Type::Absent));
                let value = if value.ty == Type::Int { value } else { self.as_quantity(value) };
                match self.joined(&ty, &value.ty) {
                    Some(joined) => ty = joined,
                    None => {
                        let finding = type_errors::generic_unsolved(self, &name.text, &ty, &value);
                        return self.fail(finding, span);
                    }
                }
                *slot = Some(value);
            }
        }
        let args: Vec<Expr> =
            args.into_iter().flatten().map(|arg| self.fitted(arg, &ty).unwrap_or_else(|e| *e)).collect();
        if args.iter().any(Expr::is_error) {
            return Expr::error(span);
        }
        if ty != Type::Int && ty.quantity().is_none() {
            let finding = match args.first() {
                Some(arg) => type_errors::not_arithmetic(self, arg, &name.text),
                None => return Expr::error(span),
            };
            return self.fail(finding, span);
        }
        let is_whole = ty == Type::Int;
        let chosen = pure.iter().find(|(_, b)| b.signature.contains(": int") == is_whole);
        let Some((at, _)) = chosen.or(pure.first()) else { return Expr::error(span) };
        let clock = self.merged_clock(&args);
        let optional = args.iter().any(|a| a.optional);
        let unit = args.iter().find_map(|a| a.unit.clone());
        Expr::new(ExprKind::Call(*at, args), ty, span).with(clock, optional).shown_in(unit)
    }

    pub(crate) fn builtin_signature(&mut self, at: u32, builtin: &Builtin) -> Option<Rc<ast::Signature>> {
        if let Some(known) = self.signatures.get(&at) {
            return known.clone();
        }
        let parsed = twin_syntax::parse_signature(builtin.signature).ok().map(Rc::new);
        self.signatures.insert(at, parsed.clone());
        parsed
    }

    /// What is wrong with a builtin's signature for these arguments is wrong with the call: its text is no file.
    fn at_call<T>(&mut self, call: Span, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(&mut self.report);
        let result = run(self);
        let inner = std::mem::replace(&mut self.report, before);
        for mut finding in inner.iter().cloned() {
            finding.primary.span = call;
            finding.secondary.clear();
            finding.fixes.clear();
            self.report.push(finding);
        }
        result
    }

    fn no_such_function(&mut self, name: &Ident, span: Span) -> Expr {
        let globals = self.global_names();
        let known = self.library.builtins.iter().map(|b| b.name);
        let known = known.chain(FORMS.iter().map(|f| f.0)).chain(globals.iter().map(String::as_str));
        let near = nearest(&name.text, known);
        let module = self.library.files.iter().find(|file| declares(file.text, &name.text)).map(|f| f.module);
        self.fail(errors::unknown_function(name, near, module), span)
    }
}

/// Whether a library file's text declares a function or block of this name.
fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.strip_prefix("block ").or_else(|| line.strip_prefix("fn "));
        rest.and_then(|rest| rest.split('(').next()).is_some_and(|found| found.trim() == name)
    })
}
