//! What values of attributes look like in CDA.
//!
//! **Source:** HL7 datatypes R1; XML Schema part 2.

use std::collections::HashMap;

/// The form of an attribute's value.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// That value, no other.
    Fixed(&'static str),
    /// One of them.
    OneOf(Vec<&'static str>),
    /// Some of them, separated by blanks.
    SomeOf(Vec<&'static str>),
    /// `bl`
    Boolean,
    /// `boolean` of XML Schema: `1` and `0` too.
    SchemaBoolean,
    /// `cs`: no blank.
    Token,
    /// `st`: not empty.
    Text,
    /// `uid`: OID, UUID or a reserved word.
    Identifier,
    /// `ts`
    Instant,
    /// `int`
    Integer,
    /// Integers separated by blanks.
    Integers,
    /// `real`
    Real,
    /// A real between 0 and 1.
    Probability,
    /// Name of an element, unique in the document.
    Id,
    /// Name of one element.
    IdReference,
    /// Names of elements.
    IdReferences,
    /// `NMTOKEN`
    NameToken,
    /// Any text.
    Any,
}

impl Form {
    /// The form that the table of structure names.
    pub(super) fn named(
        name: &'static str,
        codes: &HashMap<&'static str, Vec<&'static str>>,
    ) -> Self {
        if let Some(values) = name
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            return Self::OneOf(values.split('|').collect());
        }
        match name {
            "bl" => Self::Boolean,
            "boolean" | "bn" => Self::SchemaBoolean,
            "cs" => Self::Token,
            "st" => Self::Text,
            "uid" => Self::Identifier,
            "ts" => Self::Instant,
            "int" => Self::Integer,
            "list:int" => Self::Integers,
            "real" => Self::Real,
            "probability" => Self::Probability,
            "ID" => Self::Id,
            "IDREF" => Self::IdReference,
            "IDREFS" => Self::IdReferences,
            "NMTOKEN" => Self::NameToken,
            "NMTOKENS" | "string" | "url" | "bin" => Self::Any,
            _ => {
                let list = name.strip_prefix("list:");
                match (codes.get(list.unwrap_or(name)), list) {
                    (Some(values), Some(_)) => Self::SomeOf(values.clone()),
                    (Some(values), None) => Self::OneOf(values.clone()),
                    (None, _) => Self::Any,
                }
            }
        }
    }

    /// True when `value` has the form. Names of elements are looked at as names only.
    pub(super) fn takes(&self, value: &str) -> bool {
        match self {
            Self::Fixed(fixed) => value.trim_ascii() == *fixed,
            Self::OneOf(values) => values.contains(&value.trim_ascii()),
            Self::SomeOf(values) => value
                .split_ascii_whitespace()
                .all(|word| values.contains(&word)),
            Self::Boolean => matches!(value.trim_ascii(), "true" | "false"),
            Self::SchemaBoolean => matches!(value.trim_ascii(), "true" | "false" | "1" | "0"),
            Self::Token => is_token(value.trim_ascii()),
            Self::Text => !value.is_empty(),
            Self::Identifier => is_oid(value) || is_uuid(value) || is_reserved_word(value),
            Self::Instant => is_instant(value),
            Self::Integer => is_integer(value.trim_ascii()),
            Self::Integers => value.split_ascii_whitespace().all(is_integer),
            Self::Real => is_real(value.trim_ascii()),
            Self::Probability => {
                let value: Option<f64> = value.trim_ascii().parse().ok();
                value.is_some_and(|value| (0.0..=1.0).contains(&value))
            }
            Self::Id | Self::IdReference => is_name(value.trim_ascii()),
            Self::IdReferences => {
                value.split_ascii_whitespace().next().is_some()
                    && value.split_ascii_whitespace().all(is_name)
            }
            Self::NameToken => value.trim_ascii().chars().all(is_name_char) && !value.is_empty(),
            Self::Any => true,
        }
    }

    /// What to write, in French and in English.
    pub(super) fn says(&self) -> [String; 2] {
        let both = |text: String| [text.clone(), text];
        let each = |fr: &str, en: &str| [fr.to_owned(), en.to_owned()];
        match self {
            Self::Fixed(value) => both(format!("\"{value}\"")),
            Self::OneOf(values) | Self::SomeOf(values) => both(values.join(", ")),
            Self::Boolean | Self::SchemaBoolean => both("true, false".to_owned()),
            Self::Token | Self::NameToken => each("un code sans espace", "a code without blanks"),
            Self::Text | Self::Any => each("un texte non vide", "a text that is not empty"),
            Self::Identifier => each("un OID ou un UUID", "an OID or a UUID"),
            Self::Instant => each(
                "un instant AAAAMMJJhhmmss+hhmm (ou une date AAAAMMJJ)",
                "an instant YYYYMMDDhhmmss+hhmm (or a date YYYYMMDD)",
            ),
            Self::Integer | Self::Integers => each("un entier", "an integer"),
            Self::Real | Self::Probability => each("un nombre", "a number"),
            Self::Id | Self::IdReference | Self::IdReferences => each(
                "un nom qui commence par une lettre, sans espace",
                "a name that begins with a letter, without blanks",
            ),
        }
    }
}

fn is_token(value: &str) -> bool {
    !value.is_empty() && !value.contains(char::is_whitespace)
}

/// An OID as CDA writes it: its first number alone is one too.
pub(super) fn is_oid(value: &str) -> bool {
    let mut numbers = value.split('.');
    let is_first = numbers
        .next()
        .is_some_and(|first| matches!(first, "0" | "1" | "2"));
    is_first
        && numbers.all(|number| {
            number == "0"
                || (!number.starts_with('0')
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

/// Five groups of letters and digits: the schema of CDA takes letters that are not hexadecimal.
fn is_uuid(value: &str) -> bool {
    let mut lengths = [8, 4, 4, 4, 12].into_iter();
    value.split('-').all(|group| {
        lengths.next() == Some(group.len())
            && group.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }) && lengths.next().is_none()
}

fn is_reserved_word(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// One to eight digits; or nine to fourteen, with an offset, and a fraction after the fourteenth.
fn is_instant(value: &str) -> bool {
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (local, offset) = match value.find(['+', '-']) {
        Some(at) => {
            let (local, offset) = value.split_at(at);
            (local, Some(offset.trim_start_matches(['+', '-'])))
        }
        None => (value, None),
    };
    let (digits, fraction) = match local.split_once('.') {
        Some((digits, fraction)) => (digits, Some(fraction)),
        None => (local, None),
    };
    let is_offset = offset.is_none_or(|offset| offset.len() <= 4 && all_digits(offset));
    let is_fraction = fraction.is_none_or(|fraction| digits.len() == 14 && all_digits(fraction));
    all_digits(digits)
        && is_offset
        && is_fraction
        && match digits.len() {
            1..=8 => offset.is_none(),
            9..=14 => true,
            _ => false,
        }
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_real(value: &str) -> bool {
    let is_number = |text: &str| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        (!whole.is_empty() || !fraction.is_empty())
            && [whole, fraction]
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match value.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => is_number(mantissa) && is_integer(exponent),
        None => is_number(value) || matches!(value, "INF" | "-INF" | "NaN"),
    }
}

fn is_name(value: &str) -> bool {
    value.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && value.chars().all(|char| is_name_char(char) && char != ':')
}

fn is_name_char(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '\u{B7}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &'static str) -> Form {
        Form::named(name, &HashMap::new())
    }

    #[test]
    fn each_form_takes_what_the_schema_takes() {
        for (name, right, wrong) in [
            ("bl", &["true", "false"][..], &["1", "oui", ""][..]),
            ("cs", &["A", "a-1"], &["", "a b"]),
            ("st", &["x", " "], &[""]),
            (
                "uid",
                &[
                    "1.2.0.3",
                    "2",
                    "ABCD",
                    "0A1B2C3D-0000-0000-0000-00000000000Z",
                ],
                &["1.02", "3.1", "1.", "-a", "a b", ""],
            ),
            (
                "ts",
                &[
                    "2026",
                    "20260127",
                    "202601271530",
                    "20260127153000.5+0100",
                    "20260127153000-01",
                ],
                &[
                    "2026+01",
                    "20260127T15",
                    "2026012715300Z",
                    "202601271530.5",
                    "",
                    "2026012715300000",
                ],
            ),
            ("int", &["0", "-3", "+12"], &["2.5", "", "-"]),
            ("real", &["2.5", "-.5", "1e3", "INF"], &["", ".", "1e", "x"]),
            (
                "ID",
                &["a1", "_x", "pédiatrique"],
                &["1a", "a b", "a:b", ""],
            ),
        ] {
            for value in right {
                assert!(form(name).takes(value), "{name} takes {value:?}");
            }
            for value in wrong {
                assert!(!form(name).takes(value), "{name} refuses {value:?}");
            }
        }
    }
}
