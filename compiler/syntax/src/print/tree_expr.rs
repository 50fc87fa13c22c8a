//! Expressions, units and types of a tree print: on one line, every operator in parentheses.

use std::fmt::{Display, Formatter, Result};

use crate::ast::*;

/// `items` with commas between.
pub(super) struct List<'a, T>(pub &'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, out: &mut Formatter) -> Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(out, "{}{item}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// ` WORD value`, or nothing.
pub(super) struct Clause<'a, T>(pub &'static str, pub &'a Option<T>);

impl<T: Display> Display for Clause<'_, T> {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self.1 {
            Some(value) => write!(out, "{}{value}", self.0),
            None => Ok(()),
        }
    }
}

impl Display for Ident {
    fn fmt(&self, out: &mut Formatter) -> Result {
        out.write_str(&self.text)
    }
}

impl Display for Expr {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match &self.kind {
            ExprKind::Absent => out.write_str("absent"),
            ExprKind::Bool(value) => write!(out, "{value}"),
            ExprKind::Number(number) => write!(out, "{number}"),
            ExprKind::Compound(parts) => write!(out, "<{}>", List(parts)),
            ExprKind::Timestamp(time) => write!(out, "{}", time.raw),
            ExprKind::Text(text) => write!(out, "{text}"),
            ExprKind::Name(name) => write!(out, "{name}"),
            ExprKind::Field { of, name } => write!(out, "{of}.{name}"),
            ExprKind::Index { of, index } => write!(out, "{of}[{index}]"),
            ExprKind::Call(call) => write!(out, "{call}"),
            ExprKind::Unary { op, operand } => write!(out, "({} {operand})", op.symbol()),
            ExprKind::Binary { op, left, right, .. } => write!(out, "({left} {} {right})", op.symbol()),
            ExprKind::If { condition, then, otherwise } => {
                write!(out, "(if {condition} then {then} else {otherwise})")
            }
            ExprKind::Match { subject, arms } => write!(out, "(match {subject} {{ {} }})", List(arms)),
            ExprKind::Record(fields) => write!(out, "{{ {} }}", List(fields)),
            ExprKind::Array(elements) => write!(out, "[{}]", List(elements)),
        }
    }
}

impl Display for Call {
    fn fmt(&self, out: &mut Formatter) -> Result {
        let Call { callee, args, filter, solver, grouping, window } = self;
        let is_bare = solver.is_none() && grouping.is_none() && window.is_none();
        write!(
            out,
            "{}{callee}({}{})",
            if is_bare { "" } else { "(" },
            List(args),
            Clause(" where ", filter)
        )?;
        let (solver, grouping, window) =
            (Clause(" using ", solver), Clause(" ", grouping), Clause(" ", window));
        write!(out, "{solver}{grouping}{window}{}", if is_bare { "" } else { ")" })
    }
}

impl Display for Arg {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match &self.name {
            Some(name) => write!(out, "{name}: {}", self.value),
            None => write!(out, "{}", self.value),
        }
    }
}

impl Display for Solver {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}({})", self.name, List(&self.args))
    }
}

impl Display for Grouping {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "by {}{}", self.key, Clause(" in ", &self.range))
    }
}

impl Display for Range {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}..{}", self.low, self.high)
    }
}

impl Display for Window {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match &self.kind {
            WindowKind::Trailing { length, closed, every } => {
                write!(
                    out,
                    "over {length}{}{}",
                    if *closed { " closed" } else { "" },
                    Clause(" every ", every)
                )
            }
            WindowKind::Tumbling { length, zone } => write!(out, "each {length}{}", Clause(" in ", zone)),
            WindowKind::Samples { count } => write!(out, "over {count} samples"),
            WindowKind::Session { args, every } => {
                write!(out, "over session({}){}", List(args), Clause(" every ", every))
            }
            WindowKind::During { condition } => write!(out, "during {condition}"),
            WindowKind::Between { open, close } => write!(out, "from {open} until {close}"),
            WindowKind::All => out.write_str("over all"),
        }
    }
}

impl Display for MatchArm {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match &self.pattern {
            Pattern::Else => write!(out, "else -> {}", self.value),
            Pattern::AnyOf(values) => write!(out, "{} -> {}", List(values), self.value),
        }
    }
}

impl Display for RecordField {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}{}", self.name, Clause(": ", &self.value))
    }
}

impl Display for Number {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}{}", self.raw, Clause(" ", &self.unit))
    }
}

impl Display for Text {
    fn fmt(&self, out: &mut Formatter) -> Result {
        out.write_str("\"")?;
        for part in &self.parts {
            match part {
                TextPart::Plain(text) => {
                    let braced = text.replace('{', "{{").replace('}', "}}");
                    write!(out, "{}", braced.escape_debug())?;
                }
                TextPart::Hole { value, format, .. } => write!(out, "{{{value}{}}}", Clause(":", format))?,
            }
        }
        out.write_str("\"")
    }
}

impl Display for Format {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}{}", Clause(".", &self.decimals), Clause(" ", &self.unit))
    }
}

impl Display for UnitExpr {
    fn fmt(&self, out: &mut Formatter) -> Result {
        for (at, factor) in self.factors.iter().enumerate() {
            write!(out, "{}{factor}", if at == 0 { "" } else { "*" })?;
        }
        Ok(())
    }
}

impl Display for UnitFactor {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self.halves {
            2 => write!(out, "{}", self.name),
            halves if halves % 2 == 0 => write!(out, "{}^{}", self.name, halves / 2),
            halves => write!(out, "{}^{}", self.name, f64::from(halves) / 2.0),
        }
    }
}

impl Display for TypeExpr {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match &self.kind {
            TypeKind::Named { name, size, unit } => {
                write!(out, "{name}")?;
                if let Some(size) = size {
                    write!(out, "({size})")?;
                }
                // The brackets keep a following `?` or `[4]` away from the unit.
                match unit {
                    Some(unit) => write!(out, "<{unit}>"),
                    None => Ok(()),
                }
            }
            TypeKind::Delta(inner) => write!(out, "delta {inner}"),
            TypeKind::Formula(unit) => write!(out, "{unit}"),
            TypeKind::Optional(inner) => write!(out, "{inner}?"),
            TypeKind::Array(inner, length) => write!(out, "[{inner}; {length}]"),
            TypeKind::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                write!(out, "{{ {} }}", List(&fields))
            }
        }
    }
}

impl Display for ArrayLength {
    fn fmt(&self, out: &mut Formatter) -> Result {
        match self {
            ArrayLength::Number(number) => write!(out, "{number}"),
            ArrayLength::Name(name) => write!(out, "{name}"),
            ArrayLength::Any => out.write_str("_"),
        }
    }
}

impl Display for Signature {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "({}){}", List(&self.params), Clause(" -> ", &self.result))
    }
}

impl Display for Parameter {
    fn fmt(&self, out: &mut Formatter) -> Result {
        write!(out, "{}{}{}", self.name, Clause(": ", &self.ty), Clause(" = ", &self.default))
    }
}
