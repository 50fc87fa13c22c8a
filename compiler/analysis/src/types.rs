//! Types as they are written.

use crate::checker::Checker;
use crate::errors::{names as errors, types as type_errors};
use crate::modules::Global;
use crate::scope::nearest;
use std::sync::Arc;
use twin_diagnostics::Span;
use twin_syntax::ast::{ArrayLength, Ident, Number, TypeExpr, TypeKind, UnitExpr};
use twin_types::{
    Dimension, Kind, Quantity, RecordField, RecordType, STRING_BYTES, Type, Unit, kind_named, kinds,
};

/// A type, whether it may be absent, and the unit that is named with it.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub ty: Type,
    pub optional: bool,
    pub unit: Option<Unit>,
}

impl Resolved {
    fn of(ty: Type) -> Resolved {
        Resolved { ty, optional: false, unit: None }
    }
}

impl Checker<'_> {
    /// The type that is written; what is wrong with it is reported, and then there is none.
    pub fn resolve_type(&mut self, written: &TypeExpr) -> Option<Resolved> {
        match &written.kind {
            TypeKind::Named { name, size, unit } => {
                let named = self.named_type(name, size.as_ref())?;
                match unit {
                    None => Some(named),
                    Some(unit) => self.with_unit(named, name, unit),
                }
            }
            TypeKind::Optional(inner) => {
                let inner = self.resolve_type(inner)?;
                Some(Resolved { optional: true, ..inner })
            }
            TypeKind::Array(inner, length) => {
                let inner = self.resolve_type(inner)?;
                let length = self.array_length(length, written.span)?;
                Some(Resolved { ty: Type::Array(Box::new(inner.ty), length), ..inner })
            }
            TypeKind::Delta(inner) => {
                let inner = self.resolve_type(inner)?;
                match inner.ty {
                    Type::Quantity(q) if q.kind == Kind::Reading => {
                        Some(Resolved::of(Type::Quantity(Quantity::plain(q.dimension))))
                    }
                    _ => Some(inner),
                }
            }
            TypeKind::Formula(formula) => self.formula(formula).map(Resolved::of),
            TypeKind::Record(fields) => {
                let mut record = RecordType::default();
                for (name, ty) in fields {
                    let ty = self.resolve_type(ty)?;
                    record.fields.push(RecordField {
                        name: name.text.clone(),
                        ty: ty.ty,
                        optional: ty.optional,
                    });
                }
                Some(Resolved::of(Type::Record(Arc::new(record))))
            }
        }
    }

    fn named_type(&mut self, name: &Ident, size: Option<&Number>) -> Option<Resolved> {
        if let Some(ty) = self.generic(&name.text) {
            return Some(Resolved::of(ty.clone()));
        }
        let ty = match name.text.as_str() {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "real" => Type::REAL,
            "string" => Type::String(match size {
                Some(size) => self.size(size)?,
                None => STRING_BYTES,
            }),
            "timestamp" => Type::Timestamp,
            "duration" => Type::Duration,
            other => {
                if let Some((quantity, _)) = kind_named(other) {
                    return Some(Resolved::of(Type::Quantity(quantity)));
                }
                match self.global(other) {
                    Some(Global::Enum(id)) => Type::Enum(id),
                    Some(Global::Schema(id)) => Type::Record(self.record_type(id)),
                    Some(Global::Unknown) => return None,
                    _ => {
                        self.unknown_type(name);
                        return None;
                    }
                }
            }
        };
        Some(Resolved::of(ty))
    }

    fn unknown_type(&mut self, name: &Ident) {
        let globals = self.global_names();
        let known = kinds().map(|(name, ..)| name);
        let known = known.chain(["bool", "int", "real", "string", "timestamp", "duration"]);
        let known = known.chain(globals.iter().map(String::as_str));
        let near = nearest(&name.text, known);
        self.push(errors::unknown_type(name, near, self.units.get(&name.text).is_some()));
    }

    fn size(&mut self, size: &Number) -> Option<u32> {
        let n = size.raw.parse::<u32>().ok().filter(|n| *n > 0 && *n <= 1 << 20 && size.unit.is_none());
        if n.is_none() {
            self.push(type_errors::size(size.span));
        }
        n
    }

    pub(crate) fn array_length(&mut self, length: &ArrayLength, span: Span) -> Option<u32> {
        match length {
            ArrayLength::Number(number) => self.size(number),
            ArrayLength::Name(name) => {
                let known = self.visible().find_map(|f| f.lengths.get(&name.text)).copied();
                if known.is_none() {
                    self.push(errors::unknown_length(name));
                }
                known
            }
            ArrayLength::Any => {
                let known = self.visible().find_map(|f| f.lengths.get("")).copied();
                if known.is_none() {
                    self.push(type_errors::size(span));
                }
                known
            }
        }
    }

    /// `real in K/W`, `temperature in degF`: the unit must measure what the name says.
    fn with_unit(&mut self, named: Resolved, name: &Ident, written: &UnitExpr) -> Option<Resolved> {
        let unit = self.unit(written)?;
        self.measured(named, &name.text, unit, written.span)
    }

    pub(crate) fn measured(
        &mut self,
        named: Resolved,
        name: &str,
        unit: Unit,
        span: Span,
    ) -> Option<Resolved> {
        match &named.ty {
            Type::Quantity(q) if *q == Quantity::REAL && name == "real" => {
                Some(Resolved { ty: Type::Quantity(unit.quantity), unit: Some(unit), ..named })
            }
            Type::Quantity(q) if measures(&unit, *q) => Some(Resolved { unit: Some(unit), ..named }),
            Type::Duration if unit.quantity == Quantity::plain(self.clock_dimension()) => {
                Some(Resolved { unit: Some(unit), ..named })
            }
            Type::Array(item, n) => {
                let inner = Resolved { ty: (**item).clone(), ..named.clone() };
                let inner = self.measured(inner, name, unit, span)?;
                Some(Resolved { ty: Type::Array(Box::new(inner.ty), *n), ..inner })
            }
            ty => {
                let finding = type_errors::unit_of_another_kind(self, ty, &unit, span);
                self.push(finding);
                None
            }
        }
    }

    /// `U^2`, `U/s`: a formula of units and open names.
    fn formula(&mut self, formula: &UnitExpr) -> Option<Type> {
        let mut dimension = Dimension::NONE;
        for factor in &formula.factors {
            let name = &factor.name.text;
            if name == "1" {
                continue;
            }
            let quantity = match self.generic(name).cloned() {
                Some(Type::Error) => return Some(Type::Error),
                Some(Type::Quantity(q)) => {
                    let is_alone = formula.factors.len() == 1;
                    if q.kind == Kind::Reading && (is_alone && factor.halves != 2) {
                        self.push(type_errors::reading_in_formula(factor.name.span));
                        return None;
                    }
                    Quantity::plain(q.dimension)
                }
                Some(Type::Int) => Quantity::REAL,
                Some(Type::Duration) => Quantity::plain(self.clock_dimension()),
                Some(_) => {
                    self.push(type_errors::no_unit_in_formula(name, factor.name.span));
                    return None;
                }
                None => {
                    let one = UnitExpr { factors: vec![factor.clone()], span: factor.name.span };
                    let mut plain = one;
                    if let Some(only) = plain.factors.first_mut() {
                        only.halves = 2;
                    }
                    self.unit(&plain)?.quantity
                }
            };
            let power = quantity.dimension.power(factor.halves);
            let Some(product) = power.and_then(|p| dimension.times(&p)) else {
                self.push(type_errors::dimension_range(formula.span));
                return None;
            };
            dimension = product;
        }
        Some(Type::Quantity(Quantity::plain(dimension)))
    }

    /// Whether a file names a type so.
    pub(crate) fn module_names_type(&self, module: usize, name: &str) -> bool {
        let named = self.modules.get(module).and_then(|m| m.names.get(name));
        named.is_some_and(|n| matches!(n.global, Global::Enum(_) | Global::Schema(_)))
    }
}

/// Whether a number in this unit is such a quantity: `K` may be a reading or a difference.
pub(crate) fn measures(unit: &Unit, quantity: Quantity) -> bool {
    let same = unit.quantity.dimension == quantity.dimension;
    let reading = |kind: Kind| kind == Kind::Reading;
    match (unit.quantity.kind, quantity.kind) {
        (a, b) if a == b => same,
        (_, b) if reading(b) => same && unit.adapts,
        (a, _) if reading(a) => false,
        (a, b) => same && (a == Kind::Plain || b == Kind::Plain),
    }
}
