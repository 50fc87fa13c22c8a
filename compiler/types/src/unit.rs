//! Units of measurement: the built-in table, prefixes, and the program's own.
//!
//! A unit says how a number in it becomes a number in SI base units:
//! `si = number * factor / divisor + offset`. Two numbers instead of one keep
//! `km/h` (1000 / 3600) as exact as floats allow. Sources: the SI brochure
//! (9th edition), NIST SP 811 for the factors outside the SI.

use crate::{Dimension, Kind, MAX_USER_BASES, Quantity};
use std::collections::BTreeMap;

/// One unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// As the program writes it, e.g. `km/h`.
    pub symbol: String,
    /// What it measures.
    pub quantity: Quantity,
    /// SI base units in one of it, times `divisor`.
    pub factor: f64,
    /// See `factor`.
    pub divisor: f64,
    /// Added behind the scaling: 273.15 for a reading in `degC`.
    pub offset: f64,
    /// `K` and `degR`: a reading or a difference, as the place asks.
    pub adapts: bool,
}

/// What may stand before a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// No prefix.
    Never,
    /// Any SI prefix.
    Si,
}

impl Unit {
    /// The unit of plain numbers.
    pub fn one() -> Unit {
        Unit {
            symbol: "1".to_string(),
            quantity: Quantity::REAL,
            factor: 1.0,
            divisor: 1.0,
            offset: 0.0,
            adapts: false,
        }
    }

    /// The stored number of `number` in this unit.
    #[inline]
    pub fn to_si(&self, number: f64) -> f64 {
        number * self.factor / self.divisor + self.offset
    }

    /// The number in this unit of a stored number.
    #[inline]
    pub fn from_si(&self, stored: f64) -> f64 {
        (stored - self.offset) * self.divisor / self.factor
    }

    /// The shortest decimal in this unit that converts to the same stored number.
    ///
    /// The conversion back is not exact, so the neighbours of the nearest float are tried as well;
    /// where none of them converts to the very number, the nearest float is given.
    pub fn shortest(&self, stored: f64) -> f64 {
        let near = self.from_si(stored);
        if self.factor == self.divisor && self.offset == 0.0 {
            return stored;
        }
        for digits in 1..17 {
            let text = format!("{near:.digits$e}");
            if let Ok(candidate) = text.parse::<f64>()
                && self.to_si(candidate) == stored
            {
                return candidate;
            }
        }
        near
    }

    /// The unit of a difference of two readings in this one: no offset, kind plain.
    pub fn difference(&self) -> Unit {
        let quantity = match self.quantity.kind {
            Kind::Reading => Quantity::plain(self.quantity.dimension),
            _ => self.quantity,
        };
        Unit { offset: 0.0, quantity, adapts: false, ..self.clone() }
    }
}

/// Names of units, with the prefixes that they take.
#[derive(Clone, Debug)]
pub struct UnitTable {
    units: BTreeMap<String, (Unit, Prefix)>,
    user_bases: Vec<String>,
}

const NONE: [i8; 7] = [0; 7];
const LENGTH: [i8; 7] = [0, 1, 0, 0, 0, 0, 0];
const AREA: [i8; 7] = [0, 2, 0, 0, 0, 0, 0];
const VOLUME: [i8; 7] = [0, 3, 0, 0, 0, 0, 0];
const MASS: [i8; 7] = [1, 0, 0, 0, 0, 0, 0];
const TIME: [i8; 7] = [0, 0, 1, 0, 0, 0, 0];
const CURRENT: [i8; 7] = [0, 0, 0, 1, 0, 0, 0];
const TEMPERATURE: [i8; 7] = [0, 0, 0, 0, 1, 0, 0];
const AMOUNT: [i8; 7] = [0, 0, 0, 0, 0, 1, 0];
const LUMINOUS: [i8; 7] = [0, 0, 0, 0, 0, 0, 1];
const PER_TIME: [i8; 7] = [0, 0, -1, 0, 0, 0, 0];
const VELOCITY: [i8; 7] = [0, 1, -1, 0, 0, 0, 0];
const ACCELERATION: [i8; 7] = [0, 1, -2, 0, 0, 0, 0];
const FORCE: [i8; 7] = [1, 1, -2, 0, 0, 0, 0];
const PRESSURE: [i8; 7] = [1, -1, -2, 0, 0, 0, 0];
const ENERGY: [i8; 7] = [1, 2, -2, 0, 0, 0, 0];
const POWER: [i8; 7] = [1, 2, -3, 0, 0, 0, 0];
const CHARGE: [i8; 7] = [0, 0, 1, 1, 0, 0, 0];
const VOLTAGE: [i8; 7] = [1, 2, -3, -1, 0, 0, 0];
const CAPACITANCE: [i8; 7] = [-1, -2, 4, 2, 0, 0, 0];
const RESISTANCE: [i8; 7] = [1, 2, -3, -2, 0, 0, 0];
const CONDUCTANCE: [i8; 7] = [-1, -2, 3, 2, 0, 0, 0];
const FLUX: [i8; 7] = [1, 2, -2, -1, 0, 0, 0];
const FLUX_DENSITY: [i8; 7] = [1, 0, -2, -1, 0, 0, 0];
const INDUCTANCE: [i8; 7] = [1, 2, -2, -2, 0, 0, 0];
const ILLUMINANCE: [i8; 7] = [0, -2, 0, 0, 0, 0, 1];
const DOSE: [i8; 7] = [0, 2, -2, 0, 0, 0, 0];
const CATALYSIS: [i8; 7] = [0, 0, -1, 0, 0, 1, 0];
const DENSITY: [i8; 7] = [1, -3, 0, 0, 0, 0, 0];
const VOLUME_FLOW: [i8; 7] = [0, 3, -1, 0, 0, 0, 0];
const MASS_FLOW: [i8; 7] = [1, 0, -1, 0, 0, 0, 0];
const DYNAMIC_VISCOSITY: [i8; 7] = [1, -1, -1, 0, 0, 0, 0];
const KINEMATIC_VISCOSITY: [i8; 7] = [0, 2, -1, 0, 0, 0, 0];
const HEAT_CAPACITY: [i8; 7] = [1, 2, -2, 0, -1, 0, 0];
const THERMAL_RESISTANCE: [i8; 7] = [-1, -2, 3, 0, 1, 0, 0];

/// Symbol, exponents, factor, divisor, prefixes.
type Row = (&'static str, [i8; 7], f64, f64, Prefix);

const PI: f64 = std::f64::consts::PI;

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("m", LENGTH, 1.0, 1.0, Prefix::Si),
    ("g", MASS, 1.0, 1000.0, Prefix::Si),
    ("s", TIME, 1.0, 1.0, Prefix::Si),
    ("A", CURRENT, 1.0, 1.0, Prefix::Si),
    ("mol", AMOUNT, 1.0, 1.0, Prefix::Si),
    ("cd", LUMINOUS, 1.0, 1.0, Prefix::Si),
    ("N", FORCE, 1.0, 1.0, Prefix::Si),
    ("Pa", PRESSURE, 1.0, 1.0, Prefix::Si),
    ("J", ENERGY, 1.0, 1.0, Prefix::Si),
    ("W", POWER, 1.0, 1.0, Prefix::Si),
    ("VA", POWER, 1.0, 1.0, Prefix::Si),
    ("var", POWER, 1.0, 1.0, Prefix::Si),
    ("C", CHARGE, 1.0, 1.0, Prefix::Si),
    ("V", VOLTAGE, 1.0, 1.0, Prefix::Si),
    ("F", CAPACITANCE, 1.0, 1.0, Prefix::Si),
    ("ohm", RESISTANCE, 1.0, 1.0, Prefix::Si),
    ("Ω", RESISTANCE, 1.0, 1.0, Prefix::Si),
    ("S", CONDUCTANCE, 1.0, 1.0, Prefix::Si),
    ("Wb", FLUX, 1.0, 1.0, Prefix::Si),
    ("T", FLUX_DENSITY, 1.0, 1.0, Prefix::Si),
    ("H", INDUCTANCE, 1.0, 1.0, Prefix::Si),
    ("lm", LUMINOUS, 1.0, 1.0, Prefix::Si),
    ("lx", ILLUMINANCE, 1.0, 1.0, Prefix::Si),
    ("Bq", PER_TIME, 1.0, 1.0, Prefix::Si),
    ("Gy", DOSE, 1.0, 1.0, Prefix::Si),
    ("Sv", DOSE, 1.0, 1.0, Prefix::Si),
    ("kat", CATALYSIS, 1.0, 1.0, Prefix::Si),
    ("min", TIME, 60.0, 1.0, Prefix::Never),
    ("h", TIME, 3600.0, 1.0, Prefix::Never),
    ("d", TIME, 86400.0, 1.0, Prefix::Never),
    ("week", TIME, 604_800.0, 1.0, Prefix::Never),
    ("L", VOLUME, 1.0, 1000.0, Prefix::Si),
    ("l", VOLUME, 1.0, 1000.0, Prefix::Si),
    ("t", MASS, 1000.0, 1.0, Prefix::Never),
    ("ha", AREA, 10_000.0, 1.0, Prefix::Never),
    ("bar", PRESSURE, 1e5, 1.0, Prefix::Si),
    ("atm", PRESSURE, 101_325.0, 1.0, Prefix::Never),
    ("psi", PRESSURE, 6_894.757_293_168_361, 1.0, Prefix::Never),
    ("mmHg", PRESSURE, 133.322_387_415, 1.0, Prefix::Never),
    ("torr", PRESSURE, 101_325.0, 760.0, Prefix::Never),
    ("inHg", PRESSURE, 3_386.388_640_341, 1.0, Prefix::Never),
    ("Wh", ENERGY, 3600.0, 1.0, Prefix::Si),
    ("eV", ENERGY, 1.602_176_634e-19, 1.0, Prefix::Si),
    ("cal", ENERGY, 4.184, 1.0, Prefix::Si),
    ("BTU", ENERGY, 1_055.055_852_62, 1.0, Prefix::Never),
    ("Ah", CHARGE, 3600.0, 1.0, Prefix::Si),
    ("hp", POWER, 745.699_871_582_270_2, 1.0, Prefix::Never),
    ("PS", POWER, 735.498_75, 1.0, Prefix::Never),
    ("inch", LENGTH, 0.0254, 1.0, Prefix::Never),
    ("ft", LENGTH, 0.3048, 1.0, Prefix::Never),
    ("yd", LENGTH, 0.9144, 1.0, Prefix::Never),
    ("mi", LENGTH, 1_609.344, 1.0, Prefix::Never),
    ("nmi", LENGTH, 1852.0, 1.0, Prefix::Never),
    ("mph", VELOCITY, 1_609.344, 3600.0, Prefix::Never),
    ("kn", VELOCITY, 1852.0, 3600.0, Prefix::Never),
    ("kph", VELOCITY, 1000.0, 3600.0, Prefix::Never),
    ("lb", MASS, 0.453_592_37, 1.0, Prefix::Never),
    ("oz", MASS, 0.028_349_523_125, 1.0, Prefix::Never),
    ("lbf", FORCE, 4.448_221_615_260_5, 1.0, Prefix::Never),
    ("kgf", FORCE, 9.80665, 1.0, Prefix::Never),
    ("gal", VOLUME, 0.003_785_411_784, 1.0, Prefix::Never),
    ("gn", ACCELERATION, 9.80665, 1.0, Prefix::Never),
    ("cP", DYNAMIC_VISCOSITY, 1.0, 1000.0, Prefix::Never),
    ("cSt", KINEMATIC_VISCOSITY, 1.0, 1e6, Prefix::Never),
    ("rad", NONE, 1.0, 1.0, Prefix::Si),
    ("sr", NONE, 1.0, 1.0, Prefix::Never),
    ("deg", NONE, PI, 180.0, Prefix::Never),
    ("rev", NONE, 2.0 * PI, 1.0, Prefix::Never),
    ("percent", NONE, 1.0, 100.0, Prefix::Never),
    ("permille", NONE, 1.0, 1000.0, Prefix::Never),
    ("ppm", NONE, 1.0, 1e6, Prefix::Never),
    ("ppb", NONE, 1.0, 1e9, Prefix::Never),
];

/// Units whose kind is special: symbol, exponents, kind, factor, divisor, offset, adapts, prefixes.
type SpecialRow = (&'static str, [i8; 7], Kind, f64, f64, f64, bool, Prefix);

#[rustfmt::skip]
const SPECIAL: &[SpecialRow] = &[
    ("K", TEMPERATURE, Kind::Plain, 1.0, 1.0, 0.0, true, Prefix::Si),
    ("degR", TEMPERATURE, Kind::Plain, 5.0, 9.0, 0.0, true, Prefix::Never),
    ("degC", TEMPERATURE, Kind::Reading, 1.0, 1.0, 273.15, false, Prefix::Never),
    ("°C", TEMPERATURE, Kind::Reading, 1.0, 1.0, 273.15, false, Prefix::Never),
    ("degF", TEMPERATURE, Kind::Reading, 5.0, 9.0, 459.67 * 5.0 / 9.0, false, Prefix::Never),
    ("°F", TEMPERATURE, Kind::Reading, 5.0, 9.0, 459.67 * 5.0 / 9.0, false, Prefix::Never),
    ("Hz", PER_TIME, Kind::Frequency, 1.0, 1.0, 0.0, false, Prefix::Si),
    ("rpm", PER_TIME, Kind::AngularVelocity, PI, 30.0, 0.0, false, Prefix::Never),
    ("rps", PER_TIME, Kind::AngularVelocity, 2.0 * PI, 1.0, 0.0, false, Prefix::Never),
];

#[rustfmt::skip]
const PREFIXES: &[(&str, f64, f64)] = &[
    ("da", 10.0, 1.0), ("p", 1.0, 1e12), ("n", 1.0, 1e9), ("u", 1.0, 1e6), ("µ", 1.0, 1e6), ("μ", 1.0, 1e6),
    ("m", 1.0, 1e3), ("c", 1.0, 1e2), ("d", 1.0, 10.0), ("h", 100.0, 1.0), ("k", 1e3, 1.0),
    ("M", 1e6, 1.0), ("G", 1e9, 1.0), ("T", 1e12, 1.0),
];

/// Named kinds of quantity: name, exponents, kind, the unit shown when nothing else says.
#[rustfmt::skip]
const KINDS: &[(&str, [i8; 7], Kind, &str)] = &[
    ("length", LENGTH, Kind::Plain, "m"), ("area", AREA, Kind::Plain, "m^2"),
    ("volume", VOLUME, Kind::Plain, "m^3"), ("mass", MASS, Kind::Plain, "kg"),
    ("time", TIME, Kind::Plain, "s"), ("current", CURRENT, Kind::Plain, "A"),
    ("temperature", TEMPERATURE, Kind::Reading, "degC"),
    ("temperature_difference", TEMPERATURE, Kind::Plain, "K"),
    ("amount", AMOUNT, Kind::Plain, "mol"), ("luminous_intensity", LUMINOUS, Kind::Plain, "cd"),
    ("frequency", PER_TIME, Kind::Frequency, "Hz"),
    ("angular_velocity", PER_TIME, Kind::AngularVelocity, "rad/s"),
    ("angle", NONE, Kind::Plain, "rad"), ("ratio", NONE, Kind::Plain, "1"),
    ("velocity", VELOCITY, Kind::Plain, "m/s"), ("speed", VELOCITY, Kind::Plain, "m/s"),
    ("acceleration", ACCELERATION, Kind::Plain, "m/s^2"), ("force", FORCE, Kind::Plain, "N"),
    ("torque", ENERGY, Kind::Plain, "N*m"), ("pressure", PRESSURE, Kind::Plain, "Pa"),
    ("energy", ENERGY, Kind::Plain, "J"), ("power", POWER, Kind::Plain, "W"),
    ("charge", CHARGE, Kind::Plain, "C"), ("voltage", VOLTAGE, Kind::Plain, "V"),
    ("capacitance", CAPACITANCE, Kind::Plain, "F"), ("resistance", RESISTANCE, Kind::Plain, "ohm"),
    ("conductance", CONDUCTANCE, Kind::Plain, "S"), ("inductance", INDUCTANCE, Kind::Plain, "H"),
    ("magnetic_flux", FLUX, Kind::Plain, "Wb"), ("magnetic_flux_density", FLUX_DENSITY, Kind::Plain, "T"),
    ("illuminance", ILLUMINANCE, Kind::Plain, "lx"), ("density", DENSITY, Kind::Plain, "kg/m^3"),
    ("volume_flow", VOLUME_FLOW, Kind::Plain, "m^3/s"), ("mass_flow", MASS_FLOW, Kind::Plain, "kg/s"),
    ("dynamic_viscosity", DYNAMIC_VISCOSITY, Kind::Plain, "Pa*s"),
    ("kinematic_viscosity", KINEMATIC_VISCOSITY, Kind::Plain, "m^2/s"),
    ("heat_capacity", HEAT_CAPACITY, Kind::Plain, "J/K"),
    ("thermal_resistance", THERMAL_RESISTANCE, Kind::Plain, "K/W"),
];

/// The quantity behind a kind's name such as `pressure`, and the unit shown when nothing else says.
pub fn kind_named(name: &str) -> Option<(Quantity, &'static str)> {
    KINDS
        .iter()
        .find(|(n, ..)| *n == name)
        .map(|(_, dim, kind, unit)| (Quantity { dimension: Dimension::si(*dim), kind: *kind }, *unit))
}

/// All kinds: name, quantity, unit.
pub fn kinds() -> impl Iterator<Item = (&'static str, Quantity, &'static str)> {
    KINDS.iter().map(|(name, dim, kind, unit)| {
        (*name, Quantity { dimension: Dimension::si(*dim), kind: *kind }, *unit)
    })
}

impl Default for UnitTable {
    fn default() -> Self {
        let plain = TABLE.iter().map(|(symbol, dim, factor, divisor, prefix)| {
            let quantity = Quantity::plain(Dimension::si(*dim));
            (*symbol, quantity, *factor, *divisor, 0.0, false, *prefix)
        });
        let special = SPECIAL.iter().map(|(symbol, dim, kind, factor, divisor, offset, adapts, prefix)| {
            let quantity = Quantity { dimension: Dimension::si(*dim), kind: *kind };
            (*symbol, quantity, *factor, *divisor, *offset, *adapts, *prefix)
        });
        let units = plain
            .chain(special)
            .map(|(symbol, quantity, factor, divisor, offset, adapts, prefix)| {
                let unit = Unit { symbol: symbol.to_string(), quantity, factor, divisor, offset, adapts };
                (symbol.to_string(), (unit, prefix))
            })
            .collect();
        UnitTable { units, user_bases: Vec::new() }
    }
}

impl UnitTable {
    /// A unit by its symbol, with or without a prefix.
    pub fn get(&self, symbol: &str) -> Option<Unit> {
        if let Some((unit, _)) = self.units.get(symbol) {
            return Some(unit.clone());
        }
        PREFIXES
            .iter()
            .find_map(|(prefix, factor, divisor)| {
                let (unit, Prefix::Si) = self.units.get(symbol.strip_prefix(prefix)?)? else { return None };
                Some(Unit {
                    symbol: symbol.to_string(),
                    factor: unit.factor * factor,
                    divisor: unit.divisor * divisor,
                    ..unit.clone()
                })
            })
            .map(reduced)
    }

    /// The unit of factors with exponents in halves, e.g. `[("km", 2), ("h", -2)]`.
    ///
    /// Errors with the first factor that is no unit. A lone factor with exponent one keeps its offset and
    /// kind; in a compound, readings become differences and only `rad`-based units keep their kind.
    pub fn compound(&self, factors: &[(&str, i32)]) -> Result<Unit, String> {
        if let [(symbol, 2)] = factors {
            return self.get(symbol).ok_or_else(|| symbol.to_string());
        }
        let mut unit = Unit::one();
        for (symbol, halves) in factors {
            let factor = self.get(symbol).ok_or_else(|| symbol.to_string())?;
            let dimension = factor.quantity.dimension.power(*halves);
            let dimension = dimension.and_then(|d| unit.quantity.dimension.times(&d));
            unit.quantity.dimension = dimension.ok_or_else(|| symbol.to_string())?;
            let exponent = f64::from(halves.abs()) / 2.0;
            let (up, down) = (libm::pow(factor.factor, exponent), libm::pow(factor.divisor, exponent));
            let (up, down) = if *halves < 0 { (down, up) } else { (up, down) };
            unit.factor *= up;
            unit.divisor *= down;
        }
        unit.symbol = show_factors(factors);
        unit.quantity.kind = angular(factors);
        Ok(reduced(unit))
    }

    /// Declares `unit pallet` (a new base) under a name; `None` when there are too many or it exists.
    pub fn declare_base(&mut self, name: &str) -> Option<()> {
        let dimension = Dimension::user_base(self.user_bases.len())?;
        let unit = Unit { symbol: name.to_string(), quantity: Quantity::plain(dimension), ..Unit::one() };
        self.insert(name, unit)?;
        self.user_bases.push(name.to_string());
        Some(())
    }

    /// Declares `unit furlong = 201.168 m`; `None` when the name is taken.
    pub fn declare(&mut self, name: &str, number: f64, of: &Unit) -> Option<()> {
        let unit = Unit { symbol: name.to_string(), factor: of.factor * number, ..of.difference() };
        self.insert(name, unit)
    }

    fn insert(&mut self, name: &str, unit: Unit) -> Option<()> {
        if self.get(name).is_some() {
            return None;
        }
        self.units.insert(name.to_string(), (unit, Prefix::Never));
        Some(())
    }

    /// The names of the declared base units, in order of declaration (at most [`MAX_USER_BASES`]).
    pub fn user_bases(&self) -> &[String] {
        debug_assert!(self.user_bases.len() <= MAX_USER_BASES);
        &self.user_bases
    }

    /// All symbols without prefixes, for completion and "did you mean".
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }
}

/// `rad/s` and its like measure an angular velocity, as `rpm` does.
fn angular(factors: &[(&str, i32)]) -> Kind {
    let angle = |s: &str| matches!(s, "rad" | "deg" | "rev" | "mrad");
    let time = |s: &str| matches!(s, "s" | "min" | "h" | "ms");
    match factors {
        [(a, 2), (t, -2)] if angle(a) && time(t) => Kind::AngularVelocity,
        _ => Kind::Plain,
    }
}

/// Divides factor and divisor by the divisor where that is exact, so that kW is 1000 and not 1000/1.
fn reduced(mut unit: Unit) -> Unit {
    let quotient = unit.factor / unit.divisor;
    if unit.divisor != 1.0 && quotient * unit.divisor == unit.factor && quotient.fract() == 0.0 {
        unit.factor = quotient;
        unit.divisor = 1.0;
    }
    unit
}

fn show_factors(factors: &[(&str, i32)]) -> String {
    let mut text = String::new();
    for (at, (symbol, halves)) in factors.iter().enumerate() {
        match (at, *halves < 0) {
            (0, true) => text.push_str("1/"),
            (0, false) => {}
            (_, true) => text.push('/'),
            (_, false) => text.push('*'),
        }
        text.push_str(symbol);
        match halves.abs() {
            2 => {}
            even if even % 2 == 0 => text.push_str(&format!("^{}", even / 2)),
            odd => text.push_str(&format!("^{}", f64::from(odd) / 2.0)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_compounds_convert() {
        let table = UnitTable::default();
        let check = |factors: &[(&str, i32)], number: f64, si: f64| {
            assert_eq!(table.compound(factors).unwrap().to_si(number), si, "{factors:?}");
        };
        check(&[("km", 2), ("h", -2)], 36.0, 10.0);
        check(&[("degC", 2)], 90.0, 363.15);
        check(&[("kW", 2), ("h", 2)], 1.0, 3.6e6);
        check(&[("mm", 2), ("s", -2)], 8.0, 0.008);
        check(&[("m", 2), ("s", -4)], 9.81, 9.81);
        check(&[("N", 2), ("m", 2)], 2.0, 2.0);
        check(&[("percent", 2)], 12.5, 0.125);
        assert_eq!(table.compound(&[("rad", 2), ("s", -2)]).unwrap().quantity.kind, Kind::AngularVelocity);
        assert_eq!(table.compound(&[("blorb", 2)]), Err("blorb".to_string()));
    }

    #[test]
    fn the_shortest_decimal_comes_back() {
        let table = UnitTable::default();
        for (unit, number) in
            [("degC", 21.37), ("psi", 31.9), ("degF", 98.6), ("kPa", 101.325), ("rpm", 1408.0)]
        {
            let unit = table.get(unit).unwrap();
            assert_eq!(unit.shortest(unit.to_si(number)), number, "{}", unit.symbol);
        }
    }
}
