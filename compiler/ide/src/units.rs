//! Units of measurement: which there are, and what a number in one of them is.

use crate::project::Project;
use twin_diagnostics::FileId;
use twin_syntax::ast::ItemKind;
use twin_types::{Quantity, Unit, UnitTable, kind_named, kinds};

/// Units that are written often and that the table has only in parts.
#[rustfmt::skip]
const COMMON: [&str; 60] = [
    "ms", "us", "ns", "km", "cm", "mm", "um", "kg", "mg", "kPa", "MPa", "hPa", "mbar", "kW", "MW", "GW", "kWh", "MWh",
    "mA", "kA", "mV", "kV", "mW", "kJ", "MJ", "kN", "kHz", "MHz", "GHz", "mL", "mohm", "kohm", "mK", "uA", "uV", "nF",
    "uF", "mH", "km/h", "m/s", "mm/s", "m/s^2", "rad/s", "deg/s", "N*m", "W/m^2", "m^2", "m^3", "m^3/h", "m^3/s",
    "L/min", "L/s", "kg/s", "kg/h", "kg/m^3", "J/K", "K/W", "K/min", "psi/min", "1/s",
];

/// A unit to offer.
pub(crate) struct UnitOffer {
    pub symbol: String,
    pub quantity: Quantity,
}

/// The table with the units that the program declares.
pub(crate) fn table(project: &Project) -> UnitTable {
    let mut table = UnitTable::default();
    for base in &project.checked.program.user_units {
        table.declare_base(base);
    }
    table
}

/// Every unit worth offering, those of the program first.
pub(crate) fn offers(project: &Project, file: FileId) -> Vec<UnitOffer> {
    let table = table(project);
    let tree = project.tree(file);
    let declared = tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Unit(unit) => Some(unit.name.text.clone()),
        _ => None,
    });
    let known = table.symbols().map(str::to_string).chain(COMMON.iter().map(|s| s.to_string()));
    let all = declared.chain(known);
    let mut offers: Vec<UnitOffer> = Vec::new();
    for symbol in all {
        let quantity = unit(&table, &symbol).map(|unit| unit.quantity).unwrap_or_default();
        if offers.iter().all(|offer| offer.symbol != symbol) {
            offers.push(UnitOffer { symbol, quantity });
        }
    }
    offers
}

/// The unit that is written so.
pub(crate) fn unit(table: &UnitTable, written: &str) -> Option<Unit> {
    if let Some(unit) = table.get(written) {
        return Some(unit);
    }
    let parsed = twin_syntax::parse_unit(written).ok()?;
    let factors: Vec<(&str, i32)> = parsed
        .factors
        .iter()
        .filter(|f| f.name.text != "1")
        .map(|f| (f.name.text.as_str(), f.halves))
        .collect();
    table.compound(&factors).ok()
}

/// What a quantity is called, e.g. `pressure`; else its dimension.
pub(crate) fn quantity_name(quantity: Quantity) -> String {
    let mut named = kinds().filter(|(_, known, _)| *known == quantity).map(|(name, ..)| name);
    match named.next() {
        // Joules are asked for more often.
        Some("torque") => named.next().unwrap_or("torque").to_string(),
        Some(name) => name.to_string(),
        None if quantity == Quantity::REAL => "plain number".to_string(),
        None => quantity.dimension.to_string(),
    }
}

/// The quantity that a type in words is of: `temperature in degC, may be absent`.
pub(crate) fn quantity_of_type(words: &str) -> Option<Quantity> {
    let words = words.split(", ").next().unwrap_or_default();
    let (name, unit_text) = match words.split_once(" in ") {
        Some((name, unit)) => (name, Some(unit)),
        None => (words, None),
    };
    match (name.split('[').next().unwrap_or_default(), unit_text) {
        ("duration", _) => kind_named("time").map(|(quantity, _)| quantity),
        ("real", Some(written)) => unit(&UnitTable::default(), written).map(|unit| unit.quantity),
        ("real" | "int", None) => Some(Quantity::REAL),
        (name, _) => kind_named(name).map(|(quantity, _)| quantity),
    }
}

/// Whether a number in this unit can stand for that quantity: `K` also for a reading.
pub(crate) fn fits(offered: Quantity, wanted: Quantity) -> bool {
    offered.dimension == wanted.dimension
}

/// `90 degC` in other words: `363.15 K`.
pub(crate) fn in_base_units(number: f64, unit: &Unit) -> String {
    let stored = unit.to_si(number);
    let dimension = unit.quantity.dimension;
    // A number that was converted shows the digits of a float that nobody wrote.
    let digits = format!("{stored:.9e}").parse::<f64>().unwrap_or(stored);
    match dimension.is_none() {
        true => format!("{digits}"),
        false => format!("{digits} {dimension}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_unit_is_one() {
        let table = UnitTable::default();
        for symbol in COMMON {
            assert!(unit(&table, symbol).is_some(), "{symbol}");
        }
    }

    #[test]
    fn numbers_are_told_in_base_units() {
        let table = UnitTable::default();
        let told = |number, symbol| in_base_units(number, &unit(&table, symbol).expect("a unit"));
        assert_eq!(told(90.0, "degC"), "363.15 K");
        assert_eq!(told(36.0, "km/h"), "10 m/s");
        assert_eq!(told(12.5, "percent"), "0.125");
    }
}
