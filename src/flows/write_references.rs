//! References within a transaction: those that name another entry, and those that are a search.
//!
//! **Source:** FHIR R4, 3.1.0.11.2 (transactions), 2.3.0.7 (conditional references).

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Context, directory_search::asking, resource_change::WriteError, write_checks::unresolved,
};
use crate::{
    fhir::{Handling, ResourceType, SearchQuery},
    storage::WriteTransaction,
};

/// Puts `Type/id` in the place of each address of an entry: in references, and wherever a `urn:` one
/// stands.
pub(super) fn rename_references(resource: &mut Value, names: &HashMap<String, String>) {
    if names.is_empty() {
        return;
    }
    for_each_text(resource, &mut |key, text| {
        if (key == "reference" || text.starts_with("urn:"))
            && let Some(name) = names.get(text.as_str())
        {
            text.clone_from(name);
        }
    });
}

/// Whether a reference of the resource is a search.
pub(super) fn has_conditional_reference(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, child)| match child {
            Value::String(text) => key == "reference" && text.contains('?'),
            other => has_conditional_reference(other),
        }),
        Value::Array(items) => items.iter().any(has_conditional_reference),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Puts `Type/id` in the place of each reference that is a search: `Organization?identifier=…`.
pub(super) async fn fill_conditional_references(
    ctx: &Context,
    tx: &mut WriteTransaction,
    resource: &mut Value,
    place: &str,
) -> Result<(), WriteError> {
    let mut asked = Vec::new();
    for_each_text(resource, &mut |key, text| {
        if key == "reference" && text.contains('?') {
            asked.push(text.clone());
        }
    });
    let terminology = ctx.terminology.load();
    let asking = asking(ctx, &terminology, Handling::Strict);
    let mut found = HashMap::new();
    for reference in asked {
        let fault = || WriteError::Invalid(vec![unresolved(place)]);
        let (kind, query) = reference.split_once('?').ok_or_else(fault)?;
        let kind = ResourceType::parse(kind).ok_or_else(fault)?;
        let pairs = pairs_of(query);
        let query =
            SearchQuery::parse(kind, &pairs, &asking).map_err(WriteError::UnsupportedCondition)?;
        let mut matches = tx.find_matches(&query).await?;
        if matches.len() > 1 {
            return Err(WriteError::MultipleMatches);
        }
        let id = matches.pop().ok_or_else(fault)?;
        found.insert(reference, format!("{}/{id}", kind.as_str()));
    }
    for_each_text(resource, &mut |key, text| {
        if key == "reference"
            && let Some(name) = found.get(text.as_str())
        {
            text.clone_from(name);
        }
    });
    Ok(())
}

/// The decoded pairs of a query.
#[must_use]
pub fn pairs_of(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Calls `change` for every text, with the name of its member.
fn for_each_text(value: &mut Value, change: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::Object(object) => {
            for (key, child) in object.iter_mut() {
                if let Value::String(text) = child {
                    change(key, text);
                } else {
                    for_each_text(child, change);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                for_each_text(item, change);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
