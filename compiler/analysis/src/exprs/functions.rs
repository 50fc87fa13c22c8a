//! Functions: each call is its body over again, typed for this very call.

use crate::checker::{Checker, Place};
use crate::errors::names as errors;
use crate::hir::{Expr, ExprKind, LocalId};
use crate::scope::{Binding, Frame};
use twin_diagnostics::{Report, Severity, Span};
use twin_syntax::ast::{self, Ident};

/// So many bodies may be instantiated in a program; doubling chains of calls end here instead of never.
const CALLS_MAX: u32 = 20_000;

impl Checker<'_> {
    pub(super) fn call_function(
        &mut self,
        name: &Ident,
        place: (usize, usize),
        function: &ast::FunctionDecl,
        call: &ast::Call,
        span: Span,
    ) -> Expr {
        let Some((args, mut frame)) =
            self.bind_arguments(&name.text, &function.signature, Some(place.0), call, span)
        else {
            return Expr::error(span);
        };
        if let Some(finding) = self.enter_call(place, name, span) {
            return self.fail(finding, span);
        }
        let mut lets: Vec<(LocalId, Expr)> = Vec::new();
        for (arg, param) in args.into_iter().zip(&function.signature.params) {
            let binding = if is_simple(&arg) { arg } else { self.local(arg, &mut lets) };
            frame.names.insert(param.name.text.clone(), (Binding::Alias(Box::new(binding)), param.name.span));
        }
        let body = self.instantiated(place.0, span, |c| {
            c.in_place(Place::Function, |c| c.in_frame(frame, |c| c.function_body(function, &mut lets)))
        });
        self.calls.pop();
        if body.is_error() || lets.iter().any(|(_, value)| value.is_error()) {
            return Expr::error(span);
        }
        lets.into_iter().rev().fold(body, |body, (local, value)| {
            let (ty, clock, optional, unit) =
                (body.ty.clone(), body.clock.clone(), body.optional, body.unit.clone());
            let kind = ExprKind::Let(local, Box::new(value), Box::new(body));
            Expr::new(kind, ty, span).with(clock, optional).shown_in(unit)
        })
    }

    /// A function that nothing calls: looked at with its parameters' own types, where none is open.
    pub(crate) fn check_function_alone(&mut self, module: usize, function: &ast::FunctionDecl) {
        let is_open = function
            .signature
            .params
            .iter()
            .any(|p| p.ty.as_ref().is_none_or(|ty| !self.open_names(ty, module).is_empty()));
        if is_open {
            return;
        }
        let frame = Frame { module, is_barrier: true, ..Frame::default() };
        self.in_place(Place::Function, |c| {
            c.in_frame(frame, |c| {
                let mut lets = Vec::new();
                for param in &function.signature.params {
                    let Some(resolved) = param.ty.as_ref().and_then(|ty| c.resolve_type(ty)) else { return };
                    let id = c.next_local();
                    let read =
                        Expr::new(ExprKind::Local(id), resolved.ty, param.name.span).shown_in(resolved.unit);
                    c.bind(&param.name.text, Binding::Alias(Box::new(read)), param.name.span);
                }
                c.function_body(function, &mut lets);
            });
        });
    }

    fn function_body(&mut self, function: &ast::FunctionDecl, lets: &mut Vec<(LocalId, Expr)>) -> Expr {
        for item in &function.lets {
            let value = self.annotated(&item.value, item.ty.as_ref(), &item.name.text);
            let value = self.local(value, lets);
            self.bind(&item.name.text, Binding::Alias(Box::new(value)), item.name.span);
        }
        let Some(result) = &function.result else { return Expr::error(function.name.span) };
        let what = format!("the result of `{}`", function.name.text);
        match &function.signature.result {
            Some(ty) => {
                let Some(resolved) = self.resolve_type(ty) else { return Expr::error(result.span) };
                let value = self.infer(result, Some(&resolved.ty));
                self.coerce(value, &resolved.ty, &what)
            }
            None => self.infer(result, None),
        }
    }

    /// A value with the type that is written beside its name, if any.
    pub(crate) fn annotated(&mut self, value: &ast::Expr, ty: Option<&ast::TypeExpr>, name: &str) -> Expr {
        let Some(ty) = ty else { return self.infer(value, None) };
        let Some(resolved) = self.resolve_type(ty) else {
            self.infer(value, None);
            return Expr::error(value.span);
        };
        let expr = self.infer(value, Some(&resolved.ty));
        let expr = self.coerce(expr, &resolved.ty, &format!("`{name}`"));
        let unit = resolved.unit.or_else(|| expr.unit.clone());
        expr.shown_in(unit)
    }

    /// Names a value for the expressions that follow.
    pub(crate) fn local(&mut self, value: Expr, lets: &mut Vec<(LocalId, Expr)>) -> Expr {
        let id = self.next_local();
        let read = Expr { kind: ExprKind::Local(id), ..value.clone() };
        lets.push((id, value));
        read
    }

    pub(crate) fn next_local(&mut self) -> LocalId {
        self.twin.locals += 1;
        LocalId(self.twin.locals - 1)
    }

    /// Notes that a body is being instantiated; gives the finding if that would never end.
    pub(super) fn enter_call(
        &mut self,
        place: (usize, usize),
        name: &Ident,
        span: Span,
    ) -> Option<twin_diagnostics::Diagnostic> {
        self.twin.instantiated += 1;
        if self.calls.contains(&place) {
            return Some(errors::recursion(name, span));
        }
        if self.twin.instantiated > CALLS_MAX {
            return Some(errors::too_many_calls(span));
        }
        self.calls.push(place);
        None
    }

    /// Runs over a body; what is found there also names the call, and in the library's files only the call.
    pub(super) fn instantiated<T>(
        &mut self,
        module: usize,
        call: Span,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let is_library = self.modules.get(module).is_some_and(|m| m.is_library);
        let before = std::mem::take(&mut self.report);
        let result = run(self);
        let inner = std::mem::replace(&mut self.report, before);
        let mut outer = Report::default();
        for mut finding in inner.iter().cloned() {
            if is_library {
                // The library's own style is no news for its user.
                if finding.severity != Severity::Error {
                    continue;
                }
                let there = std::mem::replace(&mut finding.primary.span, call);
                finding.fixes.clear();
                finding.message =
                    format!("these arguments do not fit the library's text: {}", finding.message);
                finding = finding.also(there, "here in the library");
            } else if finding.severity == Severity::Error && finding.primary.span != call {
                finding = finding.also(call, "with the arguments of this call");
            }
            outer.push(finding);
        }
        self.report.extend(outer);
        result
    }
}

/// Cheap and without effect wherever it stands, so that a name for it would only hide that it is constant.
fn is_simple(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(_)
        | ExprKind::Signal(_)
        | ExprKind::Field(..)
        | ExprKind::SourceField(_)
        | ExprKind::Local(_)
        | ExprKind::Key
        | ExprKind::Now => true,
        ExprKind::Array(items) => items.iter().all(Expr::is_const),
        _ => false,
    }
}
