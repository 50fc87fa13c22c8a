//! Expressions, types and constants as short text.

use crate::hir::{Binary, Const, Conversion, Expr, ExprKind, Program, SignalId, SinkId, Twin, Unary};
use twin_types::{EnumId, Kind, Scalar, Type, format_duration, words};

/// What names need to be printed.
pub(super) struct Printer<'p> {
    pub program: &'p Program,
    pub twin: Option<&'p Twin>,
}

impl Printer<'_> {
    pub fn typed(&self, ty: &Type, optional: bool) -> String {
        let mark = if optional { "?" } else { "" };
        let text = match ty {
            Type::Bool => "bool".to_string(),
            Type::Int => "int".to_string(),
            Type::String(_) => "string".to_string(),
            Type::Timestamp => "timestamp".to_string(),
            Type::Duration => "duration".to_string(),
            Type::Quantity(q) => {
                let kind = match q.kind {
                    Kind::Plain => "",
                    Kind::Reading => " reading",
                    Kind::Frequency => " frequency",
                    Kind::AngularVelocity => " angular",
                };
                format!("real({}{kind})", q.dimension.show(&self.program.user_units))
            }
            Type::Enum(id) => {
                self.program.enums.get(id.0 as usize).map_or_else(|| format!("e{}", id.0), |e| e.name.clone())
            }
            Type::Array(item, n) => format!("{}[{n}]", self.typed(item, false)),
            Type::Record(record) => {
                let fields: Vec<String> = record
                    .fields
                    .iter()
                    .map(|f| format!("{}: {}", f.name, self.typed(&f.ty, f.optional)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Type::Absent => "absent".to_string(),
            Type::Error => "error".to_string(),
        };
        text + mark
    }

    /// `s3 motor.temp: real(K reading)? [i0]`
    pub fn declared(&self, id: SignalId) -> String {
        match self.twin.and_then(|twin| twin.signals.get(id.index())) {
            Some(signal) => format!(
                "s{} {}: {} [{}]",
                id.0,
                signal.name,
                self.typed(&signal.ty, signal.optional),
                self.clock(&signal.clock)
            ),
            None => format!("s{}", id.0),
        }
    }

    /// A hidden signal, whose name is only the text that it stands for.
    pub fn typed_signal(&self, id: SignalId) -> String {
        match self.twin.and_then(|twin| twin.signals.get(id.index())) {
            Some(s) => format!("s{}: {} [{}]", id.0, self.typed(&s.ty, s.optional), self.clock(&s.clock)),
            None => format!("s{}", id.0),
        }
    }

    pub fn sink(&self, id: SinkId) -> String {
        self.program.sinks.get(id.index()).map_or_else(|| format!("sink{}", id.0), |s| s.name.clone())
    }

    pub fn emitted(&self, sink: SinkId, fields: &[Option<Expr>]) -> String {
        let names = self.program.sinks.get(sink.index());
        let fields: Vec<String> = fields
            .iter()
            .enumerate()
            .filter_map(|(at, value)| {
                let name = names.and_then(|s| s.fields.get(at)).map_or("?", |f| f.name.as_str());
                value.as_ref().map(|value| format!("{name}: {}", self.expr(value)))
            })
            .collect();
        format!("{{ {} }}", fields.join(", "))
    }

    pub fn value_name(&self, id: EnumId, ordinal: u32) -> String {
        let declared = self.program.enums.get(id.0 as usize);
        declared
            .and_then(|e| e.values.get(ordinal as usize))
            .map_or_else(|| format!("#{ordinal}"), Clone::clone)
    }

    pub fn constant(&self, constant: &Const, ty: &Type) -> String {
        match constant {
            Const::Absent => "absent".to_string(),
            Const::Text(text) => format!("{text:?}"),
            Const::Word(word) => match ty.scalar() {
                Some(Scalar::Real) => format!("{:?}", words::to_f64(*word)),
                Some(Scalar::Bool) => words::to_bool(*word).map_or("unknown".to_string(), |b| b.to_string()),
                Some(Scalar::Duration) => format_duration(words::to_i64(*word)),
                Some(Scalar::Enum(id)) => self.value_name(id, words::to_i64(*word) as u32),
                _ => words::to_i64(*word).to_string(),
            },
        }
    }

    fn list(&self, items: &[Expr]) -> String {
        items.iter().map(|item| self.expr(item)).collect::<Vec<_>>().join(", ")
    }

    pub fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Const(constant) => self.constant(constant, &expr.ty),
            ExprKind::Key => "key".to_string(),
            ExprKind::Now => "now".to_string(),
            ExprKind::Elapsed => "elapsed".to_string(),
            ExprKind::Field(input, at) => format!("i{}.{at}", input.0),
            ExprKind::SourceField(at) => format!(".{at}"),
            ExprKind::TableField { table, key, field } => {
                format!("{}.{field}", self.row(table.index(), key.as_deref()))
            }
            ExprKind::TableHas { table, key } => format!("has({})", self.row(table.index(), key.as_deref())),
            ExprKind::Signal(id) => format!("s{}", id.0),
            ExprKind::Local(id) => format!("l{}", id.0),
            ExprKind::Let(id, value, body) => {
                format!("(let l{} = {} in {})", id.0, self.expr(value), self.expr(body))
            }
            ExprKind::Unary(Unary::Neg, of) => format!("-{}", self.expr(of)),
            ExprKind::Unary(Unary::Not, of) => format!("not {}", self.expr(of)),
            ExprKind::Binary(op, a, b) => format!("({} {} {})", self.expr(a), binary(*op), self.expr(b)),
            ExprKind::Coalesce(a, b) => format!("({} ?? {})", self.expr(a), self.expr(b)),
            ExprKind::Present(of) => format!("present({})", self.expr(of)),
            ExprKind::If(when, a, b) => {
                format!("(if {} then {} else {})", self.expr(when), self.expr(a), self.expr(b))
            }
            ExprKind::Match(of, arms, rest) => {
                let mut lines: Vec<String> = arms
                    .iter()
                    .map(|(pattern, value)| {
                        format!("{} -> {}", self.constant(pattern, &of.ty), self.expr(value))
                    })
                    .collect();
                lines.extend(rest.as_ref().map(|rest| format!("else -> {}", self.expr(rest))));
                format!("match {} {{ {} }}", self.expr(of), lines.join(", "))
            }
            ExprKind::Call(at, args) => format!("call#{at}({})", self.list(args)),
            ExprKind::Fold(aggregate, params, of) => {
                format!("fold {aggregate:?}{params:?}({})", self.expr(of))
            }
            ExprKind::Array(items) => format!("[{}]", self.list(items)),
            ExprKind::Index(of, at) => format!("{}[{}]", self.expr(of), self.expr(at)),
            ExprKind::Record(items) => format!("{{{}}}", self.list(items)),
            ExprKind::Part(of, at) => format!("{}.{at}", self.expr(of)),
            ExprKind::Hold(id, limit) => format!("hold(s{}, {})", id.0, self.expr(limit)),
            ExprKind::Latest(id) => format!("latest(s{})", id.0),
            ExprKind::Age(id) => format!("age(s{})", id.0),
            ExprKind::HeldFor(id) => format!("held(s{})", id.0),
            ExprKind::Final(id) => format!("final(s{})", id.0),
            ExprKind::Silent(input, limit, or_equal) => {
                format!("silent(i{}) {} {}", input.0, if *or_equal { ">=" } else { ">" }, self.expr(limit))
            }
            ExprKind::LastRead(input) => format!("last_read(i{})", input.0),
            ExprKind::RuleActive(id) => format!("r{}.active", id.0),
            ExprKind::RuleCount(id) => format!("r{}.count", id.0),
            ExprKind::CommandState(id, state) => format!("{}.{state:?}", self.sink(*id)),
            ExprKind::Convert(conversion, of) => format!("{}({})", converted(*conversion), self.expr(of)),
            ExprKind::Error => "error".to_string(),
        }
    }

    fn row(&self, table: usize, key: Option<&Expr>) -> String {
        let name = self.program.tables.get(table).map_or("?", |t| t.name.as_str());
        key.map_or_else(|| name.to_string(), |key| format!("{name}[{}]", self.expr(key)))
    }
}

fn converted(conversion: Conversion) -> &'static str {
    match conversion {
        Conversion::IntToReal => "real",
        Conversion::DurationToSeconds => "seconds",
        Conversion::SecondsToDuration => "duration",
        Conversion::BoolToInt => "int",
    }
}

fn binary(op: Binary) -> &'static str {
    match op {
        Binary::Add => "+",
        Binary::Sub => "-",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::Pow => "^",
        Binary::IntDiv => "div",
        Binary::Mod => "mod",
        Binary::Eq => "==",
        Binary::Ne => "!=",
        Binary::Lt => "<",
        Binary::Le => "<=",
        Binary::Gt => ">",
        Binary::Ge => ">=",
        Binary::And => "and",
        Binary::Or => "or",
    }
}
