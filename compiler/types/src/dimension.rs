//! Physical dimensions: exponents of the seven SI base units and of the user's own.

use std::fmt;

/// An exponent in halves: `2` is one, `1` is a square root.
pub type Exponent = i8;

/// How many base units a program may declare of its own.
pub const MAX_USER_BASES: usize = 8;

/// The seven base units, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum BaseUnit {
    /// kg
    Kilogram,
    /// m
    Metre,
    /// s
    Second,
    /// A
    Ampere,
    /// K
    Kelvin,
    /// mol
    Mole,
    /// cd
    Candela,
}

/// Exponents, in halves, of the SI base units and of up to eight declared ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension {
    si: [Exponent; 7],
    user: [Exponent; MAX_USER_BASES],
}

const SYMBOLS: [&str; 7] = ["kg", "m", "s", "A", "K", "mol", "cd"];

impl Dimension {
    /// No dimension: a plain number.
    pub const NONE: Dimension = Dimension { si: [0; 7], user: [0; MAX_USER_BASES] };

    /// One base unit.
    pub const fn base(unit: BaseUnit) -> Dimension {
        let mut si = [0; 7];
        si[unit as usize] = 2;
        Dimension { si, user: [0; MAX_USER_BASES] }
    }

    /// Whole exponents of kg, m, s, A, K, mol, cd.
    pub const fn si(exponents: [i8; 7]) -> Dimension {
        let mut si = [0; 7];
        let mut at = 0;
        while at < 7 {
            si[at] = exponents[at] * 2;
            at += 1;
        }
        Dimension { si, user: [0; MAX_USER_BASES] }
    }

    /// The `n`th base unit that the program declares; `None` past [`MAX_USER_BASES`].
    pub fn user_base(n: usize) -> Option<Dimension> {
        let mut dimension = Dimension::NONE;
        *dimension.user.get_mut(n)? = 2;
        Some(dimension)
    }

    /// Whether it is a plain number.
    pub fn is_none(&self) -> bool {
        *self == Dimension::NONE
    }

    /// The dimension of a product; `None` where an exponent leaves its range.
    pub fn times(&self, other: &Dimension) -> Option<Dimension> {
        self.zip(other, |a, b| a.checked_add(b))
    }

    /// The dimension of a quotient.
    pub fn over(&self, other: &Dimension) -> Option<Dimension> {
        self.zip(other, |a, b| a.checked_sub(b))
    }

    /// The dimension of a power; `halves` is twice the exponent. `None` where no half exponent says it.
    pub fn power(&self, halves: i32) -> Option<Dimension> {
        self.zip(self, |a, _| {
            let doubled = i32::from(a) * halves;
            if doubled % 2 == 0 { i8::try_from(doubled / 2).ok() } else { None }
        })
    }

    /// The exponent of a base unit, in halves.
    pub fn exponent(&self, unit: BaseUnit) -> Exponent {
        self.si[unit as usize]
    }

    fn zip(&self, other: &Dimension, f: impl Fn(i8, i8) -> Option<i8>) -> Option<Dimension> {
        let mut out = Dimension::NONE;
        for at in 0..7 {
            out.si[at] = f(self.si[at], other.si[at])?;
        }
        for at in 0..MAX_USER_BASES {
            out.user[at] = f(self.user[at], other.user[at])?;
        }
        Some(out)
    }

    /// Written with the names of the program's own base units, e.g. `kg*m/s^2`.
    pub fn show(&self, user_names: &[String]) -> String {
        let user = self
            .user
            .iter()
            .enumerate()
            .map(|(at, e)| (user_names.get(at).map_or_else(|| format!("unit{at}"), Clone::clone), *e));
        let factors: Vec<_> =
            SYMBOLS.iter().map(|s| s.to_string()).zip(self.si).chain(user).filter(|(_, e)| *e != 0).collect();
        let part = |positive: bool| -> Vec<String> {
            factors.iter().filter(|(_, e)| (*e > 0) == positive).map(|(s, e)| power(s, e.abs())).collect()
        };
        let (above, below) = (part(true), part(false));
        match (above.is_empty(), below.is_empty()) {
            (true, true) => "1".to_string(),
            (false, true) => above.join("*"),
            _ => {
                let head = if above.is_empty() { "1".to_string() } else { above.join("*") };
                below.iter().fold(head, |text, factor| format!("{text}/{factor}"))
            }
        }
    }
}

fn power(symbol: &str, halves: i8) -> String {
    match halves {
        2 => symbol.to_string(),
        even if even % 2 == 0 => format!("{symbol}^{}", even / 2),
        odd => format!("{symbol}^{}", f64::from(odd) / 2.0),
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show(&[]))
    }
}
