//! One primitive value: its JSON type, its regular expression, and the days that no calendar has.

use regex::Regex;
use serde_json::Value;

use super::{search_values::period_of, validate_narrative::is_safe_narrative};

/// What is wrong with a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrimitiveFault {
    /// A text where a number is expected, and so on.
    JsonType,
    /// It does not look like a value of its type.
    Form,
    /// An hour or a day that does not exist, a number out of range.
    Range,
    /// A narrative that holds what none may.
    Narrative,
}

/// What is wrong with a value of that primitive type.
///
/// **Source:** FHIR R4, 2.24.0.1.
pub(super) fn primitive_fault(kind: &str, regex: &Regex, value: &Value) -> Option<PrimitiveFault> {
    let written = match (kind, value) {
        ("boolean", Value::Bool(_)) => return None,
        ("integer" | "unsignedInt" | "positiveInt" | "decimal", Value::Number(number)) => {
            number.to_string()
        }
        ("boolean" | "integer" | "unsignedInt" | "positiveInt" | "decimal", _) => {
            return Some(PrimitiveFault::JsonType);
        }
        (_, Value::String(text)) => text.clone(),
        _ => return Some(PrimitiveFault::JsonType),
    };
    if kind == "xhtml" {
        return (!is_safe_narrative(&written)).then_some(PrimitiveFault::Narrative);
    }
    if written.trim().is_empty() || !regex.is_match(&written) {
        return Some(PrimitiveFault::Form);
    }
    let is_in_range = match kind {
        "integer" | "unsignedInt" | "positiveInt" => written.parse::<i32>().is_ok(),
        "date" | "dateTime" | "instant" => is_of_the_calendar(&written),
        "base64Binary" => is_base64(&written),
        _ => true,
    };
    (!is_in_range).then_some(PrimitiveFault::Range)
}

/// Years before 1900 are taken as they are.
fn is_of_the_calendar(written: &str) -> bool {
    let year: Option<i32> = written.get(..4).and_then(|year| year.parse().ok());
    let is_leap_second = written.contains(":60");
    year.is_some_and(|year| !(1900..=9000).contains(&year))
        || is_leap_second
        || period_of(written).is_some()
}

fn is_base64(written: &str) -> bool {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bare: String = written
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    BASE64_STANDARD.decode(bare).is_ok()
}
