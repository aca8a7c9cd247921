//! The application as a FHIR `Questionnaire`, and what is written as a `QuestionnaireResponse`.
//!
//! **Source:** FHIR R4, `Questionnaire` and `QuestionnaireResponse`; the items are ours.

use serde_json::{Map, Value, json};

use super::Application;
use crate::fhir::{
    element::{children, text},
    systems::SOS_BASE,
};

/// Id of the questionnaire.
pub const QUESTIONNAIRE: &str = "candidature";

/// Items of one answer: `linkId`, type, French text.
const ITEMS: [(&str, &str, &str); 25] = [
    ("structure.structure_finess", "string", "Numéro FINESS"),
    (
        "structure.structure_numero",
        "string",
        "SIRET, SIREN ou RNA d'une structure sans FINESS",
    ),
    ("structure.structure_nom", "string", "Nom de la structure"),
    (
        "structure.structure_type",
        "string",
        "Type de structure (code STR-…)",
    ),
    ("responded_to_call", "boolean", "Réponse à l'appel de l'ARS"),
    ("is_recognised", "boolean", "Association reconnue"),
    ("structure.adresse", "string", "Numéro et rue"),
    ("structure.code_postal", "string", "Code postal"),
    ("structure.commune", "string", "Commune"),
    (
        "structure.commune_insee",
        "string",
        "Code INSEE de la commune",
    ),
    ("structure.latitude", "string", "Latitude"),
    ("structure.longitude", "string", "Longitude"),
    ("structure.telephone", "string", "Téléphone pour le public"),
    (
        "structure.messagerie_securisee",
        "string",
        "Messagerie sécurisée",
    ),
    ("structure.site_web", "string", "Site web"),
    ("referent_name", "string", "Nom du référent"),
    ("referent_function", "string", "Fonction du référent"),
    ("referent_phone", "string", "Téléphone du référent"),
    (
        "patients_a_year",
        "string",
        "Patients atteints de cancer par an",
    ),
    ("siren", "string", "SIREN, SIRET ou RNA"),
    ("extract_dated", "string", "Date de l'extrait SIREN"),
    (
        "health_project",
        "text",
        "Indicateurs du projet de santé (trois)",
    ),
    ("recruitment", "text", "Indicateurs de recrutement (deux)"),
    ("charter", "boolean", "Charte signée"),
    ("terms", "boolean", "Conditions d'utilisation signées"),
];

/// The form of an application.
#[must_use]
pub fn questionnaire() -> Value {
    let item = |(link, kind, words): &(&str, &str, &str)| {
        let repeats = matches!(*link, "health_project" | "recruitment");
        json!({"linkId": link, "type": kind, "text": words, "repeats": repeats})
    };
    let mut items: Vec<Value> = ITEMS.iter().map(item).collect();
    let columns = offer_columns().into_iter().map(
        |column| json!({"linkId": format!("offer.{column}"), "type": "string", "text": column}),
    );
    items.push(json!({"linkId": "offer", "type": "group", "repeats": true, "text": "Offre (colonnes de l'import)",
        "item": columns.collect::<Vec<_>>()}));
    json!({
        "resourceType": "Questionnaire",
        "id": QUESTIONNAIRE,
        "url": format!("{SOS_BASE}/Questionnaire/{QUESTIONNAIRE}"),
        "version": "1",
        "name": "CandidatureAnnuaire",
        "title": "Candidature à l'annuaire des soins de support",
        "status": "active",
        "subjectType": ["Organization"],
        "item": items,
    })
}

/// The columns of an offer, and the two of the application beside them.
fn offer_columns() -> Vec<String> {
    let form = serde_json::to_value(crate::directory::OfferForm::default())
        .expect("a form holds only texts");
    let mut columns: Vec<String> = form
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|column| !column.starts_with("structure_") && *column != "horaires")
        .cloned()
        .collect();
    columns.extend(["hours".to_owned(), "professional".to_owned()]);
    columns
}

/// What an application says, as the answers to the form; `status` is that of the response.
#[must_use]
pub fn questionnaire_response(
    structure: &str,
    version: i64,
    application: &Application,
    status: &str,
) -> Value {
    let says = serde_json::to_value(application).expect("an application holds only texts");
    let mut items = Vec::new();
    for (link, kind, _) in ITEMS {
        let value = link
            .split('.')
            .try_fold(&says, |found, name| found.get(name));
        let answers: Vec<Value> = match value {
            Some(Value::Array(texts)) => texts.iter().filter_map(answer).collect(),
            Some(value) if kind == "boolean" => {
                let is_so = value.as_bool().unwrap_or(!value.is_null());
                vec![json!({"valueBoolean": is_so})]
            }
            Some(value) => answer(value).into_iter().collect(),
            None => Vec::new(),
        };
        if !answers.is_empty() {
            items.push(json!({"linkId": link, "answer": answers}));
        }
    }
    for entry in children(&says, "offers") {
        let of = |name: &str| entry.get(name).or_else(|| entry.get("form")?.get(name));
        let cells: Vec<Value> = offer_columns()
            .iter()
            .filter_map(|column| {
                let answer = answer(of(column)?)?;
                Some(json!({"linkId": format!("offer.{column}"), "answer": [answer]}))
            })
            .collect();
        items.push(json!({"linkId": "offer", "item": cells}));
    }
    json!({
        "resourceType": "QuestionnaireResponse",
        "id": structure,
        "meta": {"versionId": version.to_string()},
        "questionnaire": format!("{SOS_BASE}/Questionnaire/{QUESTIONNAIRE}"),
        "status": status,
        "subject": {"reference": format!("Organization/{structure}")},
        "item": items,
    })
}

fn answer(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(json!({"valueString": text}))
}

/// The answers of a response, laid over an application: `at` dates the signatures that are new.
///
/// Fields that the response does not speak of stay; offers are those of the response when it has any.
///
/// # Errors
/// The `linkId` that the form does not have.
pub fn apply_response(
    application: &mut Application,
    response: &Value,
    at: &str,
) -> Result<(), String> {
    let mut says = serde_json::to_value(&*application).expect("an application holds only texts");
    let mut offers = Vec::new();
    for item in children(response, "item") {
        let link = text(item, "linkId").unwrap_or_default();
        if link == "offer" {
            offers.push(offer_of(item)?);
            continue;
        }
        if !ITEMS.iter().any(|(known, ..)| *known == link) {
            return Err(link.to_owned());
        }
        let texts: Vec<&str> = children(item, "answer")
            .filter_map(|answer| text(answer, "valueString"))
            .collect();
        let is_so = children(item, "answer")
            .find_map(|answer| answer.get("valueBoolean").and_then(Value::as_bool));
        match (link, link.split_once('.')) {
            ("charter" | "terms", _) => {
                let name = says["referent_name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let signed = json!({"name": name, "at": at});
                let known = says[link].is_object();
                match is_so {
                    Some(true) if !known => says[link] = signed,
                    Some(false) => says[link] = Value::Null,
                    _ => {}
                }
            }
            ("responded_to_call" | "is_recognised", _) => says[link] = json!(is_so == Some(true)),
            ("health_project" | "recruitment", _) => {
                let places = says[link].as_array_mut().into_iter().flatten();
                for (place, text) in places.zip(texts) {
                    *place = json!(text);
                }
            }
            (_, Some((group, column))) => says[group][column] = json!(texts.first().unwrap_or(&"")),
            (_, None) => says[link] = json!(texts.first().unwrap_or(&"")),
        }
    }
    if !offers.is_empty() {
        says["offers"] = Value::Array(offers);
    }
    *application = serde_json::from_value(says).map_err(|error| error.to_string())?;
    Ok(())
}

fn offer_of(item: &Value) -> Result<Value, String> {
    let columns = offer_columns();
    let mut entry = json!({"form": {}});
    for cell in children(item, "item") {
        let link = text(cell, "linkId").unwrap_or_default();
        let column = link.strip_prefix("offer.").unwrap_or_default();
        if !columns.iter().any(|known| known == column) {
            return Err(link.to_owned());
        }
        let value = children(cell, "answer").find_map(|answer| text(answer, "valueString"));
        let value = json!(value.unwrap_or_default());
        match column {
            "hours" | "professional" => entry[column] = value,
            _ => entry["form"][column] = value,
        }
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::{OfferEntry, Signature};

    #[test]
    fn an_application_goes_to_its_answers_and_back() {
        let mut application = Application {
            referent_name: "Camille Exemple".to_owned(),
            responded_to_call: true,
            health_project: ["un".to_owned(), "deux".to_owned(), "trois".to_owned()],
            charter: Some(Signature {
                name: "Camille Exemple".to_owned(),
                at: "2026-11-27T08:00:00.000Z".to_owned(),
            }),
            offers: vec![OfferEntry {
                hours: "mardi".to_owned(),
                ..OfferEntry::default()
            }],
            ..Application::default()
        };
        application.structure.structure_finess = "290000017".to_owned();
        application.offers[0].form.offre_nom = "Marche".to_owned();
        let response = questionnaire_response("eg-290000017", 3, &application, "in-progress");
        let mut again = Application::default();
        apply_response(&mut again, &response, "2026-11-27T08:00:00.000Z").expect("its own items");
        assert_eq!(again, application);
        let unknown = json!({"item": [{"linkId": "sesame", "answer": [{"valueString": "x"}]}]});
        assert_eq!(
            apply_response(&mut again, &unknown, ""),
            Err("sesame".to_owned())
        );
    }
}
