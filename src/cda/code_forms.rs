//! Codes of terminologies whose lists are not ours to carry: their form, and their check digit.
//!
//! A code that has not the form of its terminology, or whose check digit is wrong, exists in no edition of it.

use crate::identifiers::luhn_check_digit;

/// A letter and two digits, then perhaps a dot and what refines them.
///
/// **Source:** ATIH, CIM-10 FR, form of the codes.
pub(super) fn is_cim10(code: &str) -> bool {
    let (category, rest) = match code.split_once('.') {
        Some((category, rest)) => (category, Some(rest)),
        None => (code, None),
    };
    let is_category = matches!(category.as_bytes(), [b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9']);
    let is_refined = rest.is_none_or(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'))
    });
    is_category && is_refined
}

/// Digits, a hyphen and their check digit; `LA`, `LP`, `LG` or `LL` at the head for answers, parts, groups
/// and lists, whose digit is worked out otherwise and not checked; `xx-` at the head for the provisional
/// codes of IHE.
///
/// **Source:** Regenstrief Institute, LOINC Users' Guide, appendix on the check digit (mod 10).
pub(super) fn is_loinc(code: &str) -> bool {
    if code
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("xx-"))
    {
        return true;
    }
    let bare = ["LA", "LP", "LG", "LL"]
        .iter()
        .find_map(|head| code.strip_prefix(head));
    let Some((number, digit)) = bare.unwrap_or(code).split_once('-') else {
        return false;
    };
    let is_written = is_digits(number) && is_digits(digit) && digit.len() == 1;
    is_written
        && (bare.is_some() || luhn_check_digit(number).is_some_and(|key| digit.starts_with(key)))
}

/// Six to eighteen digits, of the partition of concepts, the last one a Verhoeff check digit.
///
/// **Source:** SNOMED International, SNOMED CT Technical Implementation Guide, component identifiers.
pub(super) fn is_snomed(code: &str) -> bool {
    let is_concept = code
        .len()
        .checked_sub(3)
        .and_then(|at| code.get(at..at + 2))
        .is_some_and(|partition| matches!(partition, "00" | "10"));
    (6..=18).contains(&code.len()) && is_digits(code) && is_concept && has_verhoeff_key(code)
}

/// `C` and digits.
///
/// **Source:** National Cancer Institute, NCI Thesaurus, form of the concept codes.
pub(super) fn is_ncit(code: &str) -> bool {
    code.strip_prefix('C').is_some_and(is_digits)
}

/// A text that can be a unit: visible ASCII characters, parentheses, brackets and braces that close.
///
/// **Source:** Regenstrief Institute, Unified Code for Units of Measure, character set and lexical rules.
pub(super) fn is_unit(unit: &str) -> bool {
    let mut open = Vec::new();
    let closes = unit.bytes().all(|byte| match byte {
        b'(' | b'[' | b'{' => {
            open.push(byte);
            true
        }
        b')' => open.pop() == Some(b'('),
        b']' => open.pop() == Some(b'['),
        b'}' => open.pop() == Some(b'{'),
        byte => byte.is_ascii_graphic(),
    });
    closes && open.is_empty() && !unit.is_empty()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True when the last digit is the check digit of the others: a product in the dihedral group of order
/// ten, each digit permuted as often as its rank says.
///
/// **Source:** J. Verhoeff, *Error Detecting Decimal Codes*, 1969.
fn has_verhoeff_key(digits: &str) -> bool {
    let mut product = 0;
    for (rank, byte) in digits.bytes().rev().enumerate() {
        let digit = (0..rank % 8).fold(usize::from(byte - b'0'), |digit, _| permuted(digit));
        product = dihedral(product, digit);
    }
    product == 0
}

fn permuted(digit: usize) -> usize {
    const OF: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    OF.get(digit).copied().unwrap_or_default()
}

/// Product of two elements: rotations are 0 to 4, reflections 5 to 9.
fn dihedral(a: usize, b: usize) -> usize {
    let rotation = if a < 5 { a + b } else { a + 10 - b } % 5;
    let is_reflection = (a < 5) != (b < 5);
    rotation + if is_reflection { 5 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(form: fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        for code in right {
            assert!(form(code), "{code}");
        }
        for code in wrong {
            assert!(!form(code), "{code}");
        }
    }

    #[test]
    fn each_terminology_has_its_form() {
        hold(
            is_cim10,
            &["C50", "C50.2", "D46", "M80.00"],
            &["", "ZZ", "50.2", "C5", "C50.", "20190231", "C50.X"],
        );
        hold(is_ncit, &["C15632", "C3"], &["", "C", "15632", "C15632 "]);
        hold(
            is_unit,
            &["mm", "mg/dL", "10*3/uL", "{score}", "m[IU]/L", "/(12.h)"],
            &["", "mg / dL", "µg", "mg)", "{score", "[IU}"],
        );
    }

    #[test]
    fn a_loinc_code_ends_with_its_check_digit() {
        hold(
            is_loinc,
            &["34794-8", "42349-1", "LA9622-7", "xx-MCH-PsychoMDev"],
            &[
                "", "34794-9", "34794", "LA9622", "ORG-117", "-8", "34794-88",
            ],
        );
    }

    #[test]
    fn a_concept_of_snomed_ends_with_its_check_digit() {
        hold(
            is_snomed,
            &["282291009", "387713003", "1290040004", "73211009"],
            &[
                "",
                "282291008",
                "282291109",
                "28229",
                "C15632",
                "282291009 ",
            ],
        );
    }
}
