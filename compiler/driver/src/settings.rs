//! `--set NAME.PARAM=VALUE`: a literal of the language, read against the param's type.

use std::collections::BTreeMap;
use std::fmt;
use twin_analysis::hir::{Program, Signal, SignalKind, Twin};
use twin_diagnostics::{SourceMap, nearest};
use twin_lowering::Setting;
use twin_syntax::ast::{self, ExprKind, ItemKind, UnaryOp};
use twin_types::{Kind, Quantity, Type, Unit, UnitTable, words};

/// Values as they were given, by `NAME.PARAM`.
pub type Given = BTreeMap<String, String>;

/// Why a setting cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// What was given, e.g. `Car.redline=hot`.
    pub given: String,
    /// What is wrong with it.
    pub what: String,
    /// What could be written instead.
    pub help: Option<String>,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot set `{}`: {}", self.given, self.what)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

impl std::error::Error for SettingError {}

/// Splits `NAME.PARAM=VALUE` into name and value.
pub fn split(given: &str) -> Result<(String, String), SettingError> {
    let (name, value) = given.split_once('=').unwrap_or((given, ""));
    let (name, value) = (name.trim(), value.trim());
    if value.is_empty() || !name.contains('.') {
        return Err(SettingError {
            given: given.to_string(),
            what: "a twin, a param and a value are needed".to_string(),
            help: Some("write it like --set Car.redline=\"105 degC\"".to_string()),
        });
    }
    Ok((name.to_string(), value.to_string()))
}

/// Reads all settings against the params of a checked program.
pub fn resolve(
    given: &Given,
    program: &Program,
    sources: &SourceMap,
) -> Result<BTreeMap<(String, String), Setting>, SettingError> {
    let units = units(sources);
    let read = |(name, value): (&String, &String)| resolve_one(name, value, program, &units);
    given.iter().map(read).collect()
}

fn resolve_one(
    name: &str,
    value: &str,
    program: &Program,
    units: &UnitTable,
) -> Result<((String, String), Setting), SettingError> {
    let fail =
        |what: String, help: Option<String>| SettingError { given: format!("{name}={value}"), what, help };
    let (twin_name, param) = name.split_once('.').unwrap_or((name, ""));
    let Some(twin) = program.twins.iter().find(|t| t.name == twin_name) else {
        let names = program.twins.iter().map(|t| t.name.as_str());
        return Err(fail(format!("there is no twin `{twin_name}`"), did_you_mean(twin_name, names)));
    };
    let mut params = twin.signals.iter().filter(|s| s.kind == SignalKind::Param);
    let Some(signal) = params.find(|s| s.name == param) else {
        let names = twin.signals.iter().filter(|s| s.kind == SignalKind::Param).map(|s| s.name.as_str());
        return Err(fail(format!("`{twin_name}` has no param `{param}`"), did_you_mean(param, names)));
    };
    let reader = Reader { program, units, twin, signal, ty: &signal.ty };
    let setting = reader.read(value).map_err(|what| fail(what, Some(reader.example())))?;
    Ok(((twin_name.to_string(), param.to_string()), setting))
}

/// The nearest of some names, and all of them where none is near.
pub fn did_you_mean<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    match nearest(name, names.iter().copied()) {
        Some(known) => Some(format!("did you mean `{known}`?")),
        None => (!names.is_empty()).then(|| format!("there is {}", list(&names))),
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// The units of the program: the table, and what its files declare, in the order in which the checker reads them.
fn units(sources: &SourceMap) -> UnitTable {
    let mut table = UnitTable::default();
    for (id, file) in sources.iter() {
        for item in twin_syntax::parse(id, &file.text).module.items {
            if let ItemKind::Unit(unit) = item.kind {
                declare(&mut table, &unit);
            }
        }
    }
    table
}

/// What cannot be declared has been reported by the checker.
fn declare(table: &mut UnitTable, unit: &ast::UnitDecl) {
    match unit.value.as_ref().map(|value| &value.kind) {
        None => {
            table.declare_base(&unit.name.text);
        }
        Some(ExprKind::Number(number)) => {
            if let Some(of) = number.unit.as_ref().and_then(|written| compound(table, written)) {
                table.declare(&unit.name.text, number.value(), &of);
            }
        }
        Some(_) => {}
    }
}

fn compound(table: &UnitTable, written: &ast::UnitExpr) -> Option<Unit> {
    let symbol =
        |name: &'static str, text: &str| if text == "%" { name.to_string() } else { text.to_string() };
    let factors: Vec<(String, i32)> = written
        .factors
        .iter()
        .map(|f| (symbol("percent", &f.name.text), f.halves))
        .filter(|(name, _)| name != "1")
        .collect();
    let factors: Vec<(&str, i32)> = factors.iter().map(|(name, halves)| (name.as_str(), *halves)).collect();
    if factors.is_empty() { Some(Unit::one()) } else { table.compound(&factors).ok() }
}

/// Reads one value for one param.
struct Reader<'a> {
    program: &'a Program,
    units: &'a UnitTable,
    twin: &'a Twin,
    signal: &'a Signal,
    /// The param's type, or that of an item of it.
    ty: &'a Type,
}

impl Reader<'_> {
    fn read(&self, value: &str) -> Result<Setting, String> {
        if matches!(self.ty, Type::String(_)) && !value.starts_with('"') {
            // A shell takes the quotes away; a bare text is meant as it stands.
            return Ok(Setting::Text(value.to_string()));
        }
        let expr = twin_syntax::parse_expr(value).map_err(|_| format!("`{value}` is no value"))?;
        self.read_expr(&expr)
    }

    fn read_expr(&self, expr: &ast::Expr) -> Result<Setting, String> {
        match &expr.kind {
            ExprKind::Absent if self.signal.optional => Ok(self.absent()),
            ExprKind::Bool(truth) if *self.ty == Type::Bool => Ok(self.word(words::from_bool(Some(*truth)))),
            ExprKind::Timestamp(time) if *self.ty == Type::Timestamp => {
                Ok(self.word(words::from_i64(time.nanos)))
            }
            ExprKind::Text(text) if matches!(self.ty, Type::String(_)) => {
                text.plain().map(Setting::Text).ok_or_else(|| "a text without `{ }` is needed".to_string())
            }
            ExprKind::Array(items) => self.array(items),
            ExprKind::Name(name) => self.enum_value(&name.text),
            ExprKind::Number(number) => self.number(number, 1.0),
            ExprKind::Compound(numbers) => self.compound(numbers, 1.0),
            ExprKind::Unary { op: UnaryOp::Negate, operand } => match &operand.kind {
                ExprKind::Number(number) => self.number(number, -1.0),
                ExprKind::Compound(numbers) => self.compound(numbers, -1.0),
                _ => Err(self.needed()),
            },
            _ => Err(self.needed()),
        }
    }

    /// Items in order, those of nested arrays laid out flat.
    fn array(&self, items: &[ast::Expr]) -> Result<Setting, String> {
        let Type::Array(ty, count) = self.ty else { return Err(self.needed()) };
        if items.len() != *count as usize {
            return Err(format!("{count} items are needed here, and these are {}", items.len()));
        }
        let item = Reader { ty, ..*self };
        let mut values = Vec::new();
        for written in items {
            match item.read_expr(written)? {
                Setting::Several(more) => values.extend(more),
                one => values.push(one),
            }
        }
        Ok(Setting::Several(values))
    }

    fn word(&self, word: twin_types::Word) -> Setting {
        Setting::Word(word)
    }

    fn absent(&self) -> Setting {
        match self.ty.scalar() {
            Some(scalar) => self.word(scalar.absent()),
            None => Setting::Several(self.ty.flatten().iter().map(|s| self.word(s.absent())).collect()),
        }
    }

    fn enum_value(&self, name: &str) -> Result<Setting, String> {
        let Type::Enum(id) = self.ty else { return Err(self.needed()) };
        let of = &self.program.enums[id.0 as usize];
        let at = of.values.iter().position(|value| value == name);
        at.map(|at| self.word(at as u64)).ok_or_else(|| format!("`{}` has no value `{name}`", of.name))
    }

    fn number(&self, number: &ast::Number, sign: f64) -> Result<Setting, String> {
        let value = number.value() * sign;
        let unit = match &number.unit {
            None => None,
            Some(written) => Some(compound(self.units, written).ok_or("the unit is not known")?),
        };
        match (self.ty, unit) {
            (Type::Int, None) if number.is_whole() => {
                let text = format!("{}{}", if sign < 0.0 { "-" } else { "" }, number.raw);
                let whole = text.parse::<i64>().ok().filter(|n| *n != i64::MIN);
                whole
                    .map(|n| self.word(words::from_i64(n)))
                    .ok_or_else(|| "the number is too large".to_string())
            }
            (Type::Quantity(quantity), None) if *quantity == Quantity::REAL => {
                Ok(self.word(words::from_f64(value)))
            }
            (Type::Quantity(quantity), Some(unit)) if self.fits(*quantity, &unit) => {
                Ok(self.word(words::from_f64(unit.to_si(value))))
            }
            (Type::Duration, Some(unit)) => {
                self.duration(value, &unit).map(|nanos| self.word(words::from_i64(nanos)))
            }
            _ => Err(self.needed()),
        }
    }

    fn fits(&self, quantity: Quantity, unit: &Unit) -> bool {
        let adapted = unit.adapts && quantity == Quantity { kind: Kind::Reading, ..unit.quantity };
        unit.quantity == quantity || adapted
    }

    /// Nanoseconds, or billionths of whatever the twin's clock counts.
    fn duration(&self, value: f64, unit: &Unit) -> Result<i64, String> {
        let second = self.units.get("s").expect("the table has the second");
        let counted = self.twin.counts.clone().unwrap_or(second);
        let nanos = (value * unit.factor * 1e9 / unit.divisor).round_ties_even();
        match unit.quantity == counted.quantity && nanos.abs() < 9.2e18 {
            true => Ok(nanos as i64),
            false => Err(self.needed()),
        }
    }

    fn compound(&self, numbers: &[ast::Number], sign: f64) -> Result<Setting, String> {
        if *self.ty != Type::Duration {
            return Err(self.needed());
        }
        let mut total: i64 = 0;
        for number in numbers {
            let unit = number.unit.as_ref().and_then(|written| compound(self.units, written));
            let nanos = self.duration(number.value() * sign, &unit.ok_or("the unit is not known")?)?;
            total = total.checked_add(nanos).ok_or("the duration is too long")?;
        }
        Ok(self.word(words::from_i64(total)))
    }

    fn needed(&self) -> String {
        let kind = match self.ty {
            Type::Bool => "`true` or `false` is needed".to_string(),
            Type::Int => "a whole number is needed".to_string(),
            Type::String(_) => "a text is needed".to_string(),
            Type::Timestamp => "a time is needed".to_string(),
            Type::Duration => "a duration is needed".to_string(),
            Type::Enum(id) => format!("a value of `{}` is needed", self.program.enums[id.0 as usize].name),
            Type::Quantity(q) if *q == Quantity::REAL => "a number is needed".to_string(),
            Type::Quantity(_) => match &self.signal.unit {
                Some(unit) => format!("a number with a unit such as `{}` is needed", unit.symbol),
                None => "a number with a unit is needed".to_string(),
            },
            Type::Array(_, count) => format!("{count} items in brackets are needed"),
            _ => "only single values and arrays of them can be set".to_string(),
        };
        format!("{kind} here")
    }

    fn example(&self) -> String {
        let path = format!("{}.{}", self.twin.name, self.signal.name);
        let value = self.example_value();
        // A shell would take it apart.
        let quote = if value.contains([' ', '[']) { "\"" } else { "" };
        format!("write it like --set {path}={quote}{value}{quote}")
    }

    fn example_value(&self) -> String {
        match self.ty {
            Type::Bool => "true".to_string(),
            Type::Int => "3".to_string(),
            Type::String(_) => "north".to_string(),
            Type::Timestamp => "2024-06-01T00:00Z".to_string(),
            Type::Duration => "90 s".to_string(),
            Type::Enum(id) => self.program.enums[id.0 as usize].values.first().cloned().unwrap_or_default(),
            Type::Array(item, count) => {
                let item = Reader { ty: item, ..*self }.example_value();
                format!("[{}]", vec![item; *count as usize].join(", "))
            }
            _ => match &self.signal.unit {
                Some(unit) if unit.symbol != "1" => format!("1 {}", unit.symbol),
                _ => "1.5".to_string(),
            },
        }
    }
}

/// A moment as a flag gives it: in the language's own form.
pub fn moment(text: &str) -> Option<i64> {
    match twin_syntax::parse_expr(text).ok()?.kind {
        ExprKind::Timestamp(time) => Some(time.nanos),
        _ => None,
    }
}

/// A span of time as a flag gives it, in nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let expr = twin_syntax::parse_expr(text).ok()?;
    let numbers = match expr.kind {
        ExprKind::Number(number) => vec![number],
        ExprKind::Compound(numbers) => numbers,
        _ => return None,
    };
    let table = UnitTable::default();
    let second = table.get("s")?;
    numbers.iter().try_fold(0i64, |total, number| {
        let unit = compound(&table, number.unit.as_ref()?).filter(|unit| unit.quantity == second.quantity)?;
        total.checked_add((unit.to_si(number.value()) * 1e9).round_ties_even() as i64)
    })
}
