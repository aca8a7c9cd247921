//! The labels of a code in the languages that are known of it.

use serde_json::{Value, json};

use super::{Parameters, members::Member, supplied};
use crate::terminology::Designation;

/// The label to show: in the language asked for where there is one, else that of the set.
pub(super) fn display<'a>(member: &Member<'a>, language: Option<&str>) -> &'a str {
    let details = member.system.details(&member.concept.code);
    let (Some(language), Some(details)) = (language, details) else {
        return member.display;
    };
    let named = details.designations.iter();
    let in_language = |designation: &&Designation| {
        let own = designation.language.as_deref().unwrap_or_default();
        is_language(own, language)
    };
    named
        .filter(in_language)
        .map(|designation| designation.value.as_str())
        .next()
        .unwrap_or(member.display)
}

/// True when a label in `own` serves who reads `asked`: the same language, any region.
pub(super) fn is_language(own: &str, asked: &str) -> bool {
    let language = |tag: &str| {
        let head = tag.split(['-', '_', ',', ';']).next().unwrap_or_default();
        head.trim().to_ascii_lowercase()
    };
    !own.is_empty() && language(own) == language(asked)
}

/// Every other name of a code: of its system, then of the set that lists it.
pub(super) fn all_designations(member: &Member<'_>) -> Vec<Designation> {
    let details = member.system.details(&member.concept.code);
    let own = details
        .into_iter()
        .flat_map(|details| details.designations.iter().cloned());
    own.chain(member.listed.into_iter().flat_map(supplied::designations))
        .collect()
}

/// The designations of an entry of an expansion, where they are asked for.
pub(super) fn designations(member: &Member<'_>, parameters: &Parameters) -> Vec<Value> {
    if parameters.flag("includeDesignations") != Some(true) {
        return Vec::new();
    }
    let wanted: Vec<&str> = parameters.texts("designation").collect();
    let is_wanted = |designation: &Designation| {
        wanted.is_empty() || wanted.iter().any(|token| is_named(designation, token))
    };
    all_designations(member)
        .iter()
        .filter(|designation| is_wanted(designation))
        .map(written)
        .collect()
}

/// `use|code`, or `urn:ietf:bcp:47|language`.
fn is_named(designation: &Designation, token: &str) -> bool {
    let (system, code) = token.split_once('|').unwrap_or(("", token));
    if system == "urn:ietf:bcp:47" {
        let own = designation.language.as_deref().unwrap_or_default();
        return is_language(own, code);
    }
    let purpose = designation.purpose.as_ref();
    purpose.is_some_and(|purpose| purpose["system"] == system && purpose["code"] == code)
}

fn written(designation: &Designation) -> Value {
    let mut object = json!({});
    if let Some(language) = &designation.language {
        object["language"] = json!(language);
    }
    if let Some(purpose) = &designation.purpose {
        object["use"] = purpose.clone();
    }
    object["value"] = json!(designation.value);
    object
}
