//! In what an offer that comes back from the national register differs from what was sent there.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use time::Date;

use super::register_form;
use crate::{
    fhir::{
        element::{all_codings, text},
        systems,
    },
    terminology::Terminology,
};

/// Characters shown of a value.
const SHOWN: usize = 200;

/// Elements whose value is a choice of codes: only the codes are compared.
const CODED: [&str; 4] = ["category", "type", "specialty", "characteristic"];

/// Where an offer and its form of the register differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// Element of the offer: `specialty`, `name`, or the URL of an extension.
    pub field: String,
    /// What would be sent now; empty when nothing would.
    pub ours: String,
    /// What came back; empty when nothing did.
    pub theirs: String,
}

/// Compares what came back with the form that the offer that is kept would be sent in on `today`,
/// element by element, in the order of their names.
#[must_use]
pub fn divergences(
    returned: &Value,
    kept: &Value,
    terminology: &Terminology,
    today: Date,
) -> Vec<Divergence> {
    let (ours, _) = register_form(kept, terminology, today);
    let (ours, theirs) = (parts(&ours), parts(returned));
    let fields: BTreeSet<&String> = ours.iter().chain(&theirs).map(|(field, _)| field).collect();
    fields
        .into_iter()
        .filter_map(|field| {
            let of = |parts: &[(String, String)]| {
                let found = parts.iter().filter(|(name, _)| name == field);
                let mut texts: Vec<String> = found.map(|(_, text)| text.clone()).collect();
                texts.sort();
                texts.join(" ; ")
            };
            let (ours, theirs) = (of(&ours), of(&theirs));
            (ours != theirs).then(|| Divergence {
                field: field.clone(),
                ours: cut(&ours),
                theirs: cut(&theirs),
            })
        })
        .collect()
}

/// The elements that are compared, and each value as a text. Stamps, profiles and declared losses
/// are ours to write; our own numbers and extensions are not sent.
fn parts(offer: &Value) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for (name, value) in offer.as_object().into_iter().flatten() {
        match name.as_str() {
            "resourceType" | "id" | "meta" | "text" => {}
            "extension" => {
                for extension in value.as_array().into_iter().flatten() {
                    let url = text(extension, "url").unwrap_or_default();
                    if !url.starts_with(systems::SOS_BASE) && url != systems::ROR_CREATION_DATE {
                        parts.push((url.to_owned(), extension.to_string()));
                    }
                }
            }
            "identifier" => {
                for identifier in value.as_array().into_iter().flatten() {
                    let system = text(identifier, "system").unwrap_or_default();
                    if !system.starts_with(systems::SOS_BASE) {
                        parts.push((name.clone(), identifier.to_string()));
                    }
                }
            }
            coded if CODED.contains(&coded) => {
                let codes = all_codings(value);
                parts.extend(codes.into_iter().map(|(system, code)| {
                    let list = system.rsplit('/').next().unwrap_or(system);
                    (name.clone(), format!("{list}|{code}"))
                }));
            }
            _ => parts.push((name.clone(), value.to_string())),
        }
    }
    parts
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 23);

    fn kept() -> Value {
        json!({"resourceType": "HealthcareService", "id": "x", "name": "Atelier",
            "identifier": [{"system": systems::SOS_OFFER_NUMBER, "value": "B-1"}],
            "characteristic": [{"coding": [{"system": systems::SOS_PIVOT, "code": "BIEN"}]}]})
    }

    #[test]
    fn what_comes_back_as_it_was_sent_differs_in_nothing() {
        let terminology = Terminology::embedded();
        let (mut form, _) = register_form(&kept(), &terminology, TODAY);
        form["id"] = json!("their-own");
        form["meta"] = json!({"versionId": "7"});
        assert_eq!(divergences(&form, &kept(), &terminology, TODAY), []);
    }

    #[test]
    fn each_field_that_the_register_changed_is_told_with_both_values() {
        let terminology = Terminology::embedded();
        let (mut form, _) = register_form(&kept(), &terminology, TODAY);
        form["name"] = json!("Atelier du mardi");
        form["specialty"] =
            json!([{"coding": [{"system": systems::ACTIVITY, "code": "004", "display": "x"}]}]);
        let found = divergences(&form, &kept(), &terminology, TODAY);
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.field.as_str(), one.ours.as_str(), one.theirs.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("name", "\"Atelier\"", "\"Atelier du mardi\""),
                (
                    "specialty",
                    "TRE-R211-ActiviteOperationnelle|414",
                    "TRE-R211-ActiviteOperationnelle|004"
                ),
            ]
        );
    }
}
