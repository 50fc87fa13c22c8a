//! Arguments: which parameter each belongs to, and what the generic names of a signature become by them.

use crate::checker::Checker;
use crate::errors::{names as errors, types as type_errors};
use crate::hir::Expr;
use crate::scope::{Frame, nearest};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, ArrayLength, Signature, TypeExpr, TypeKind};
use twin_types::{Quantity, Type};

/// Where a builtin's signature looks up names: in no module, so that it finds those of the language only.
const NO_MODULE: usize = usize::MAX;

impl Checker<'_> {
    /// One argument per parameter, in the order of the parameters; `None` where it is left out.
    pub(super) fn arguments<'c>(
        &mut self,
        name: &str,
        params: &[(&str, bool)],
        call: &'c ast::Call,
        span: Span,
    ) -> Option<Vec<Option<&'c ast::Expr>>> {
        let mut slots: Vec<Option<&'c ast::Expr>> = vec![None; params.len()];
        let mut is_fine = true;
        for (at, arg) in call.args.iter().enumerate() {
            let place = match &arg.name {
                None => (at < params.len()).then_some(at),
                Some(word) => params.iter().position(|(param, _)| *param == word.text),
            };
            let Some(slot) = place.and_then(|place| slots.get_mut(place)) else {
                let names: Vec<&str> = params.iter().map(|(param, _)| *param).collect();
                let near = arg.name.as_ref().and_then(|word| nearest(&word.text, names.iter().copied()));
                self.push(errors::extra_argument(name, arg, &names, near));
                is_fine = false;
                continue;
            };
            if slot.replace(&arg.value).is_some() {
                self.push(errors::argument_twice(name, arg));
                is_fine = false;
            }
        }
        let missing: Vec<&str> = slots
            .iter()
            .zip(params)
            .filter(|(slot, (_, has_default))| slot.is_none() && !has_default)
            .map(|(_, (param, _))| *param)
            .collect();
        if !missing.is_empty() && is_fine {
            self.push(errors::missing_arguments(name, &missing, span));
            is_fine = false;
        }
        is_fine.then_some(slots)
    }

    /// Typed arguments of a signature, and a frame in which its generic names are known. `module` is where the
    /// signature's own names are looked up; builtins (without one) take floats where a type is open, and know nothing
    /// of the program's names: a schema called `U` is not the `U` of `clamp(x: U)`.
    pub(super) fn bind_arguments(
        &mut self,
        name: &str,
        signature: &Signature,
        module: Option<usize>,
        call: &ast::Call,
        span: Span,
    ) -> Option<(Vec<Expr>, Frame)> {
        let params: Vec<(&str, bool)> =
            signature.params.iter().map(|p| (p.name.text.as_str(), p.default.is_some())).collect();
        let slots = self.arguments(name, &params, call, span)?;
        let home = module.unwrap_or(NO_MODULE);
        let mut frame = Frame { module: home, is_barrier: true, ..Frame::default() };
        let mut values: Vec<Option<Expr>> = vec![None; slots.len()];
        let mut is_fine = true;
        // Literals adapt last, when the others have said what the open names stand for.
        for adapting in [false, true] {
            for (at, (slot, param)) in slots.iter().zip(&signature.params).enumerate() {
                let is_adapting = slot.is_none_or(|written| self.adapts(written));
                if is_adapting != adapting {
                    continue;
                }
                let wanted = self.wanted(param.ty.as_ref(), &frame);
                let value = match (slot, &param.default) {
                    (Some(written), _) => self.infer(written, wanted.as_ref()),
                    (None, Some(default)) => {
                        let home = Frame { module: home, is_barrier: true, ..frame.clone() };
                        self.in_frame(home, |c| c.infer(default, wanted.as_ref()))
                    }
                    (None, None) => return None,
                };
                if let Some(ty) = &param.ty {
                    is_fine &= self.learn(name, ty, &value, module.is_none(), &mut frame);
                }
                if let Some(value_slot) = values.get_mut(at) {
                    *value_slot = Some(value);
                }
            }
        }
        if !is_fine {
            return None;
        }
        let mut args = Vec::new();
        for (value, param) in values.into_iter().zip(&signature.params) {
            let value = value?;
            args.push(self.fitted_argument(name, value, param, &frame, module.is_none()));
        }
        if args.iter().any(Expr::is_error) { None } else { Some((args, frame)) }
    }

    /// The type that a parameter asks for, as far as it is known by now.
    fn wanted(&mut self, ty: Option<&TypeExpr>, frame: &Frame) -> Option<Type> {
        let ty = ty?;
        let is_open = self.open_names(ty, frame.module).iter().any(|name| !frame.types.contains_key(name));
        if is_open {
            return None;
        }
        self.in_frame(frame.clone(), |c| c.resolve_type(ty)).map(|resolved| resolved.ty)
    }

    fn fitted_argument(
        &mut self,
        name: &str,
        value: Expr,
        param: &ast::Parameter,
        frame: &Frame,
        is_builtin: bool,
    ) -> Expr {
        let Some(written) = &param.ty else { return value };
        let span = value.span;
        let Some(resolved) = self.in_frame(frame.clone(), |c| c.resolve_type(written)) else {
            return Expr::error(span);
        };
        let value =
            if is_builtin && resolved.ty.quantity().is_some() { self.as_quantity(value) } else { value };
        let what = format!("`{}` of `{name}`", param.name.text);
        let optional = value.optional;
        let unit = value.unit.clone().or(resolved.unit);
        let fitted = self.coerce(value, &resolved.ty, &what);
        Expr { optional, unit, ..fitted }
    }

    /// The generic names in a type: single capital letters that name no type here.
    pub(super) fn open_names(&self, ty: &TypeExpr, module: usize) -> Vec<String> {
        let is_open = |name: &str| is_generic_name(name) && !self.module_names_type(module, name);
        match &ty.kind {
            TypeKind::Named { name, .. } => {
                if is_open(&name.text) {
                    vec![name.text.clone()]
                } else {
                    Vec::new()
                }
            }
            TypeKind::Delta(inner) | TypeKind::Optional(inner) | TypeKind::Array(inner, _) => {
                self.open_names(inner, module)
            }
            TypeKind::Formula(unit) => {
                unit.factors.iter().map(|f| f.name.text.clone()).filter(|name| is_open(name)).collect()
            }
            TypeKind::Record(fields) => {
                fields.iter().flat_map(|(_, ty)| self.open_names(ty, module)).collect()
            }
        }
    }

    /// What an argument says of the open names of its parameter; false where that contradicts another one.
    fn learn(
        &mut self,
        function: &str,
        ty: &TypeExpr,
        value: &Expr,
        is_builtin: bool,
        frame: &mut Frame,
    ) -> bool {
        match self.learned(ty, &value.ty, is_builtin, frame) {
            Ok(()) => true,
            Err(known) => {
                let finding = type_errors::generic_unsolved(self, function, &known, value);
                self.push(finding);
                false
            }
        }
    }

    /// Err: what an open name stands for already.
    fn learned(&self, ty: &TypeExpr, actual: &Type, is_builtin: bool, frame: &mut Frame) -> Result<(), Type> {
        if matches!(actual, Type::Error | Type::Absent) {
            // Nothing is known of it; let it not be reported a second time.
            for name in self.open_names(ty, frame.module) {
                frame.types.entry(name).or_insert(Type::Error);
            }
            return Ok(());
        }
        match (&ty.kind, actual) {
            (TypeKind::Named { name, .. }, _) if !self.open_names(ty, frame.module).is_empty() => {
                let actual = self.open_type(actual, is_builtin);
                let known = frame.types.get(&name.text).filter(|known| **known != Type::Error).cloned();
                let joined = match known {
                    None => actual,
                    Some(known) => self.joined(&known, &actual).ok_or(known)?,
                };
                frame.types.insert(name.text.clone(), joined);
                Ok(())
            }
            (TypeKind::Delta(inner), Type::Quantity(q)) => {
                for name in self.open_names(inner, frame.module) {
                    frame.types.entry(name).or_insert(Type::Quantity(Quantity::plain(q.dimension)));
                }
                Ok(())
            }
            (TypeKind::Optional(inner), _) => self.learned(inner, actual, is_builtin, frame),
            (TypeKind::Array(inner, length), Type::Array(item, n)) => {
                let name = match length {
                    ArrayLength::Name(name) => Some(name.text.clone()),
                    ArrayLength::Any => Some(String::new()),
                    ArrayLength::Number(_) => None,
                };
                if let Some(name) = name {
                    frame.lengths.entry(name).or_insert(*n);
                }
                self.learned(inner, item, is_builtin, frame)
            }
            _ => Ok(()),
        }
    }

    /// What an open name stands for: whole numbers become reals, as units are about floats; a builtin computes
    /// with seconds.
    fn open_type(&self, actual: &Type, is_builtin: bool) -> Type {
        match actual {
            Type::Int => Type::REAL,
            Type::Duration if is_builtin => Type::Quantity(Quantity::plain(self.clock_dimension())),
            Type::Array(item, n) => Type::Array(Box::new(self.open_type(item, is_builtin)), *n),
            other => other.clone(),
        }
    }
}

/// `U`, `T`, `V2`: a name that a signature leaves open.
pub(crate) fn is_generic_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.all(|c| c.is_ascii_digit())
        && name.len() <= 2
}
