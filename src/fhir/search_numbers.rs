//! Numbers and quantities of a search: exact decimals, and the range that their digits stand for.
//!
//! **Source:** FHIR R4, 3.1.1.5.3 (number), 3.1.1.5.9 (quantity).

use super::{
    search_criterion::NumberTest,
    search_values::{prefix, split, unescape},
    systems,
};

/// Digits that a number may have in all.
const MAX_DIGITS: usize = 18;
/// Digits after the point of what is kept.
const SCALE: i32 = 6;
/// The systems in which a year of age is written `a`, and what stands for none.
///
/// **Source:** UCUM; ANS, ROR guide, `age-range-low`: the address of the guide is wrong, the data use
/// the national list.
const AGE_SYSTEMS: [&str; 4] = [
    "",
    "http://unitsofmeasure.org",
    "https://unitsofmeasure.org",
    systems::UNIT,
];

/// A decimal as it is written: `digits · 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

/// `[prefix]number`, or `[prefix]number|system|unit`.
pub(super) fn number(value: &str, takes_unit: bool) -> Option<NumberTest> {
    let (prefix, rest) = prefix(value);
    let parts = split(rest, '|');
    let (number, system, unit) = match parts.as_slice() {
        [number] => (number, None, None),
        [number, system, unit] if takes_unit => {
            (number, Some(unescape(system)), Some(unescape(unit)))
        }
        _ => return None,
    };
    let decimal = Decimal::parse(number)?;
    let (from, to) = match prefix {
        "gt" | "sa" => (Some(decimal.floor()? + 1), None),
        "ge" => (Some(decimal.ceil()?), None),
        "lt" | "eb" => (None, Some(decimal.ceil()? - 1)),
        "le" => (None, Some(decimal.floor()?)),
        "ap" => {
            let (low, high) = decimal.tenth_around()?;
            (Some(low), Some(high))
        }
        _ => {
            let (low, high) = decimal.meant()?;
            (Some(low), Some(high))
        }
    };
    let unit = unit.filter(|unit| !unit.is_empty());
    let system = system.filter(|system| !system.is_empty());
    let is_age = unit.as_deref() == Some("a")
        && system
            .as_deref()
            .is_none_or(|system| AGE_SYSTEMS.contains(&system));
    Some(NumberTest {
        from,
        to,
        is_outside: prefix == "ne",
        systems: if is_age {
            AGE_SYSTEMS.to_vec()
        } else {
            Vec::new()
        },
        system: system.filter(|_| !is_age),
        unit,
    })
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i32),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_number = !whole.is_empty()
            && whole.len() + fraction.len() <= MAX_DIGITS
            && (!fraction.is_empty() || !unsigned.contains('.'))
            && whole
                .bytes()
                .chain(fraction.bytes())
                .all(|b| b.is_ascii_digit())
            && exponent.abs() <= 30;
        is_number.then_some(())?;
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self {
            digits: if mantissa.starts_with('-') {
                -digits
            } else {
                digits
            },
            exponent: exponent - i32::try_from(fraction.len()).ok()?,
        })
    }

    /// `numerator / denominator` millionths, once multiplied by `factor / divisor`.
    fn ratio(self, factor: i128, divisor: i128) -> Option<(i128, i128)> {
        let power = self.exponent + SCALE;
        let scale = 10_i128.checked_pow(power.unsigned_abs())?;
        if power >= 0 {
            Some((
                self.digits.checked_mul(scale)?.checked_mul(factor)?,
                divisor,
            ))
        } else {
            Some((
                self.digits.checked_mul(factor)?,
                scale.checked_mul(divisor)?,
            ))
        }
    }

    fn floor(self) -> Option<i64> {
        let (numerator, denominator) = self.ratio(1, 1)?;
        kept(numerator.div_euclid(denominator))
    }

    fn ceil(self) -> Option<i64> {
        let (numerator, denominator) = self.ratio(1, 1)?;
        kept(ceiling(numerator, denominator))
    }

    /// What the digits stand for: half a unit of the last one below, included, to half a unit above,
    /// excluded.
    fn meant(self) -> Option<(i64, i64)> {
        let finer = |change: i128| Self {
            digits: self.digits * 10 + change,
            exponent: self.exponent - 1,
        };
        let (low, high) = (finer(-5), finer(5));
        let whole = self.floor()?;
        // What is kept has six decimals: a finer number means the nearest of those.
        if self.exponent < -SCALE {
            return Some((whole, self.ceil()?));
        }
        Some((low.ceil()?, high.ceil()? - 1))
    }

    /// A tenth less to a tenth more.
    fn tenth_around(self) -> Option<(i64, i64)> {
        let (nine, divisor) = self.ratio(9, 10)?;
        let (eleven, _) = self.ratio(11, 10)?;
        let (low, high) = (nine.min(eleven), nine.max(eleven));
        Some((
            kept(ceiling(low, divisor))?,
            kept(high.div_euclid(divisor))?,
        ))
    }
}

fn ceiling(numerator: i128, denominator: i128) -> i128 {
    -(-numerator).div_euclid(denominator)
}

/// What a column can hold, far from its limits.
fn kept(value: i128) -> Option<i64> {
    i64::try_from(value)
        .ok()
        .filter(|value| value.unsigned_abs() < 9_000_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(value: &str) -> Option<(Option<i64>, Option<i64>)> {
        number(value, true).map(|test| (test.from, test.to))
    }

    #[test]
    fn the_digits_of_a_number_say_how_exact_it_is() {
        let both = |from, to| Some((Some(from), Some(to)));
        assert_eq!(range("100"), both(99_500_000, 100_499_999));
        assert_eq!(range("100.00"), both(99_995_000, 100_004_999));
        assert_eq!(range("1e2"), both(50_000_000, 149_999_999));
        assert_eq!(range("-5"), both(-5_500_000, -4_500_001));
        assert_eq!(range("0.000001"), both(1, 1));
        assert_eq!(range("ap100"), both(90_000_000, 110_000_000));
        assert_eq!(range("ap-100"), both(-110_000_000, -90_000_000));
    }

    #[test]
    fn a_prefix_makes_a_number_exact() {
        assert_eq!(range("gt35"), Some((Some(35_000_001), None)));
        assert_eq!(range("ge35"), Some((Some(35_000_000), None)));
        assert_eq!(range("lt35"), Some((None, Some(34_999_999))));
        assert_eq!(range("le35.5"), Some((None, Some(35_500_000))));
        assert!(number("ne35", false).is_some_and(|test| test.is_outside));
    }

    #[test]
    fn the_units_of_an_age_are_one() {
        for unit in [
            "||a",
            "|http://unitsofmeasure.org|a",
            "|https://unitsofmeasure.org|a",
        ] {
            let test = number(&format!("le35{unit}"), true).expect("a quantity");
            assert_eq!(test.systems.len(), 4, "{unit}");
            assert_eq!(test.system, None);
        }
        let other = number("5.4|http://unitsofmeasure.org|mg", true).expect("a quantity");
        assert_eq!(other.system.as_deref(), Some("http://unitsofmeasure.org"));
        assert_eq!(other.unit.as_deref(), Some("mg"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for wrong in [
            "",
            "ge",
            "a",
            "1.2.3",
            ".5",
            "5.",
            "1e99",
            "1e",
            "99999999999999999999",
            "1|2",
            "--1",
            "1|s|u|x",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
        assert_eq!(number("5||mg", false), None);
    }
}
