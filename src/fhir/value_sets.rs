//! Whether a code is of a list: the national lists, the pivot vocabulary, and the value sets of
//! `profiles/valuesets/`.

use serde_json::Value;
use time::Date;

use super::{
    Definitions,
    element::{children, text},
    validate_profile::codes_of,
};
use crate::terminology::Terminology;

/// Whether a code is of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InList {
    /// It is.
    Yes,
    /// Not today: the list has withdrawn it, or brings it later.
    Withdrawn,
    /// It is not.
    No,
    /// The list is not held here: nothing can be said.
    Unknown,
}

/// Whether one of the codes of a value is of a list, given by its canonical URL.
pub(super) fn in_list(
    definitions: &Definitions,
    terminology: &Terminology,
    list: &str,
    value: &Value,
    today: Date,
) -> InList {
    let url = list.split('|').next().unwrap_or(list);
    let codes = codes_of(value);
    let of_code = |(system, code): &(&str, &str)| {
        is_member(definitions, terminology, url, (system, code), today)
    };
    let mut best = InList::No;
    for found in codes.iter().map(of_code) {
        match found {
            InList::Yes | InList::Unknown => return found,
            InList::Withdrawn => best = InList::Withdrawn,
            InList::No => {}
        }
    }
    if codes.is_empty()
        && is_member(definitions, terminology, url, ("", ""), today) == InList::Unknown
    {
        return InList::Unknown;
    }
    best
}

fn is_member(
    definitions: &Definitions,
    terminology: &Terminology,
    url: &str,
    (system, code): (&str, &str),
    today: Date,
) -> InList {
    if let Some(set) = terminology.value_set_named(url) {
        let found = if system.is_empty() {
            set.find(code)
        } else {
            set.find_in(system, code)
        };
        return match found {
            Some(concept) if !concept.validity.is_in_force(today) => InList::Withdrawn,
            Some(_) => InList::Yes,
            None => InList::No,
        };
    }
    let Some(set) = definitions.value_sets.get(url) else {
        return InList::Unknown;
    };
    let compose = set.get("compose").unwrap_or(&Value::Null);
    let mut answer = InList::No;
    for include in children(compose, "include") {
        match is_included(definitions, terminology, include, (system, code), today) {
            InList::Yes => return InList::Yes,
            InList::No => {}
            other => answer = other,
        }
    }
    answer
}

/// What one `include` of a value set says of a code.
fn is_included(
    definitions: &Definitions,
    terminology: &Terminology,
    include: &Value,
    (system, code): (&str, &str),
    today: Date,
) -> InList {
    if let Some(own) = text(include, "system") {
        if !system.is_empty() && own != system {
            return InList::No;
        }
        let mut named = children(include, "concept").peekable();
        let is_there = if named.peek().is_some() {
            named.any(|concept| text(concept, "code") == Some(code))
        } else {
            match terminology.code_system(own) {
                Some(codes) => codes.find(code).is_some(),
                None => return InList::Unknown,
            }
        };
        let is_kept = children(include, "filter").all(|filter| meets(filter, code));
        return if is_there && is_kept {
            InList::Yes
        } else {
            InList::No
        };
    }
    let mut answer = InList::No;
    for url in children(include, "valueSet").filter_map(Value::as_str) {
        match is_member(definitions, terminology, url, (system, code), today) {
            InList::Yes => return InList::Yes,
            InList::No => {}
            other => answer = other,
        }
    }
    answer
}

/// A filter of codes by regular expression, the only one that our value sets use.
fn meets(filter: &Value, code: &str) -> bool {
    let is_of_code =
        text(filter, "property") == Some("code") && text(filter, "op") == Some("regex");
    let pattern = text(filter, "value").filter(|_| is_of_code);
    pattern
        .and_then(|pattern| regex::Regex::new(&format!("^(?:{pattern})$")).ok())
        .is_some_and(|pattern| pattern.is_match(code))
}
