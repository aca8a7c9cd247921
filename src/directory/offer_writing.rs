//! Writing what was read as the three resources of the national model.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Date, Duration};

use super::{
    MappingLoss, OfferRules,
    offer_codes::{activity, characteristics, concept, field, is_in, kind_of_offer, pivot},
    offer_reading::Offer,
};
use crate::{
    fhir::systems,
    identifiers::StructureNumber,
    terminology::{Target, Terminology, fold},
};

/// An offer is to be verified again after that.
const REVIEW_AFTER: Duration = Duration::days(365);
/// Confidentiality of what the public may see.
const OPEN: &str = "1";
/// Confidentiality of what professionals may see.
const RESTRICTED: &str = "2";

/// The structure, a geographic entity.
pub(super) fn organization(offer: &Offer, rules: OfferRules<'_>) -> Value {
    let mut extensions = Vec::new();
    let mut types = Vec::new();
    if let Some(code) = &offer.structure_type {
        extensions.push(json!({"url": systems::SOS_STRUCTURE_TYPE, "valueCoding": pivot(rules.terminology, code)}));
        types.extend(
            rules
                .terminology
                .published_codes(code, "R66", rules.today)
                .filter(|target| is_in(rules.terminology, "JDV_J55-CategorieEG-ROR", target))
                .take(1)
                .map(concept),
        );
    }
    let mut address = address(offer);
    address["extension"] = json!([{"url": systems::FR_INSEE_CODE,
        "valueCoding": {"system": systems::COMMUNE, "code": offer.insee_code, "display": offer.commune}}]);
    let mut resource = json!({
        "resourceType": "Organization",
        "id": structure_id(offer),
        "meta": meta(&[systems::ROR_ORGANIZATION], rules),
        "extension": extensions,
        "identifier": structure_identifiers(&offer.structure),
        "active": true,
        "type": types,
        "name": offer.structure_name,
        "address": [address],
    });
    drop_empty(&mut resource);
    resource
}

/// The numbers of a structure that its own number gives, the national one first.
fn structure_identifiers(number: &StructureNumber) -> Vec<Value> {
    let identifier = |code, display, system, value: &str| {
        json!({"type": {"coding": [{"system": systems::STRUCTURE_IDENTIFIER_TYPE, "code": code, "display": display}]},
               "system": system, "value": value})
    };
    let own = match number {
        StructureNumber::Finess(_) => identifier("1", "FINESS", systems::FINESS, number.as_str()),
        StructureNumber::Siren(_) => identifier("2", "SIREN", systems::SIRENE, number.as_str()),
        StructureNumber::Siret(_) => identifier("3", "SIRET", systems::SIRENE, number.as_str()),
        StructureNumber::Rna(_) => json!({"system": systems::RNA, "value": number.as_str()}),
    };
    let national = number.id_nat().map(|value| {
        let display = "Identifiant national de structure";
        identifier("40", display, systems::ID_NAT_STRUCT, &value)
    });
    national.into_iter().chain([own]).collect()
}

/// The place where the care is given.
pub(super) fn location(offer: &Offer, rules: OfferRules<'_>) -> Value {
    let mut resource = json!({
        "resourceType": "Location",
        "id": place_id(offer),
        "meta": meta(&[systems::ROR_LOCATION], rules),
        "extension": [{"url": systems::ROR_COMMUNE_COG, "valueCodeableConcept": {"coding": [
            {"system": systems::COMMUNE, "code": offer.insee_code, "display": offer.commune}]}}],
        "status": "active",
        "name": offer.structure_name,
        "address": address(offer),
    });
    if let Some((latitude, longitude)) = &offer.position {
        resource["position"] = json!({
            "extension": [{"url": systems::ROR_COORDINATE_RELIABILITY, "valueBoolean": true}],
            "longitude": longitude, "latitude": latitude});
    }
    resource["managingOrganization"] =
        json!({"reference": format!("Organization/{}", structure_id(offer))});
    resource
}

/// The offer itself.
pub(super) fn healthcare_service(offer: &Offer, rules: OfferRules<'_>) -> Value {
    let profiles = [
        systems::ROR_HEALTHCARE_SERVICE,
        systems::SOS_HEALTHCARE_SERVICE,
    ];
    let mut resource = json!({
        "resourceType": "HealthcareService",
        "id": offer_id(&offer.number),
        "meta": meta(&profiles, rules),
        "extension": service_extensions(offer, rules),
        "identifier": [{"system": systems::SOS_OFFER_NUMBER, "value": offer.number}],
        "active": true,
        "providedBy": {"reference": format!("Organization/{}", structure_id(offer)),
                       "display": offer.structure_name},
        "category": kind_of_offer(&offer.care_types, rules.terminology, rules.today),
        "type": [field(offer, rules.terminology)],
        "specialty": [activity(offer, rules.terminology)],
        "location": [{"reference": format!("Location/{}", place_id(offer))}],
        "name": offer.name,
        "comment": offer.description,
        "availabilityExceptions": offer.hours,
        "telecom": offer.mailbox.iter().map(|mailbox| mailbox_telecom(mailbox.as_str())).collect::<Vec<_>>(),
        "characteristic": characteristics(offer, rules.terminology, rules.today),
    });
    drop_empty(&mut resource);
    resource
}

/// Says on the offer what its national codes do not, in the place of what was said before: the same
/// losses leave the offer as it is.
pub(super) fn declare_losses(
    service: &mut Value,
    losses: &[MappingLoss],
    terminology: &Terminology,
) {
    if let Some(Value::Array(extensions)) = service.get_mut("extension") {
        let is_loss = |found: &Value| found["url"] == systems::MAPPING_LOSS;
        let at = extensions.iter().position(is_loss);
        let at = at.unwrap_or(extensions.len());
        extensions.retain(|found| !is_loss(found));
        let losses = losses.iter().map(|loss| {
            let mut parts = vec![
                json!({"url": "pivot", "valueCoding": pivot(terminology, &loss.pivot)}),
                json!({"url": "equivalence", "valueCode": loss.equivalence.as_str()}),
            ];
            if !loss.reason.is_empty() {
                parts.push(json!({"url": "reason", "valueString": loss.reason}));
            }
            json!({"url": systems::MAPPING_LOSS, "extension": parts})
        });
        extensions.splice(at..at, losses);
    }
}

fn meta(profiles: &[&str], rules: OfferRules<'_>) -> Value {
    json!({"profile": profiles, "tag": [{"system": systems::REGION, "code": rules.region.code}]})
}

fn structure_id(offer: &Offer) -> String {
    format!("eg-{}", offer.structure)
}

/// A structure may give care at several addresses: the address is part of the id.
fn place_id(offer: &Offer) -> String {
    let address = format!(
        "{} {} {}",
        offer.street, offer.postal_code, offer.insee_code
    );
    format!("lieu-{}-{}", offer.structure, short_hash(&fold(&address)))
}

/// The number itself when it can stand in an id, else its words and a hash that keeps it apart.
fn offer_id(number: &str) -> String {
    let is_plain = number.len() <= 50
        && number
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain {
        return format!("offre-{number}");
    }
    let words: String = fold(number)
        .chars()
        .map(|c| if c == ' ' { '-' } else { c })
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(40)
        .collect();
    format!("offre-{words}.{}", short_hash(number))
}

fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex::encode(digest).chars().take(8).collect()
}

fn address(offer: &Offer) -> Value {
    let mut address =
        json!({"city": offer.commune, "postalCode": offer.postal_code, "country": "FR"});
    if !offer.street.is_empty() {
        address["line"] = json!([offer.street]);
    }
    address
}

fn service_extensions(offer: &Offer, rules: OfferRules<'_>) -> Vec<Value> {
    let terminology = rules.terminology;
    let mut extensions = vec![
        json!({"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": false}),
        patient_type(offer, rules),
    ];
    extensions.extend(contact(offer));
    for (url, codes) in [
        (systems::SOS_AUDIENCE, &offer.audiences),
        (systems::SOS_AGE_GROUP, &offer.age_groups),
        (systems::SOS_PLACE, &offer.places),
        (systems::SOS_PHASE, &offer.phases),
        (systems::SOS_ACCESS, &offer.accesses),
        (systems::SOS_PATHWAY, &offer.pathways),
    ] {
        extensions.extend(
            codes
                .iter()
                .map(|code| json!({"url": url, "valueCoding": pivot(terminology, code)})),
        );
    }
    if !offer.cost.is_empty() {
        extensions
            .push(json!({"url": systems::SOS_COST, "valueCodeableConcept": {"text": offer.cost}}));
    }
    extensions.push(json!({"url": systems::REGIONAL_LABEL, "valueCoding": {
        "system": format!("{}{}", systems::REGIONAL_VOCABULARY, rules.region.vocabulary),
        "display": offer.regional_word}}));
    extensions.push(governance(offer.verified_on));
    extensions
}

fn governance(verified_on: Option<Date>) -> Value {
    let mut parts = vec![json!({"url": "state", "valueCode": "publie"})];
    if let Some(day) = verified_on {
        parts.push(json!({"url": "verifiedOn", "valueDate": day.to_string()}));
        let next = day.saturating_add(REVIEW_AFTER);
        parts.push(json!({"url": "nextReview", "valueDate": next.to_string()}));
    }
    json!({"url": systems::SOS_GOVERNANCE, "extension": parts})
}

fn patient_type(offer: &Offer, rules: OfferRules<'_>) -> Value {
    let terminology = rules.terminology;
    let mut targets: Vec<&Target> = Vec::new();
    for audience in &offer.audiences {
        for target in terminology.published_codes(audience, "R239", rules.today) {
            let is_new = targets.iter().all(|known| known.code != target.code);
            if is_new && is_in(terminology, "JDV_J29-PublicPrisEnCharge-ROR", target) {
                targets.push(target);
            }
        }
    }
    let mut parts: Vec<Value> = targets
        .into_iter()
        .map(|target| json!({"url": "supportedPatientInfo", "valueCodeableConcept": concept(target)}))
        .collect();
    let age = |value: u8| json!({"value": value, "system": systems::UNIT, "code": "a"});
    parts.push(json!({"url": "ageRange", "valueRange": {
        "low": age(offer.age_range.low), "high": age(offer.age_range.high)}}));
    json!({"url": systems::ROR_PATIENT_TYPE, "extension": parts})
}

/// Telephone and web site that the public may use.
fn contact(offer: &Offer) -> Option<Value> {
    let mut telecoms = Vec::new();
    if let Some(phone) = &offer.phone {
        let is_mobile = phone.starts_with("06") || phone.starts_with("07");
        let channel = if is_mobile {
            ("1", "Téléphone mobile")
        } else {
            ("2", "Téléphone fixe")
        };
        telecoms.push(contact_telecom(channel, phone));
    }
    if let Some(website) = &offer.website {
        telecoms.push(contact_telecom(("4", "Adresse web"), website));
    }
    if telecoms.is_empty() {
        return None;
    }
    let mut parts = vec![
        json!({"url": "purposeContact", "valueCodeableConcept": {"coding": [
            {"system": systems::CONTACT_NATURE, "code": "01", "display": "Accueil"}]}}),
        json!({"url": systems::ROR_CONFIDENTIALITY_LEVEL, "valueCodeableConcept": level(OPEN)}),
    ];
    parts.extend(telecoms);
    Some(json!({"url": systems::ROR_CONTACT, "extension": parts}))
}

fn contact_telecom(channel: (&str, &str), address: &str) -> Value {
    json!({"url": systems::ROR_CONTACT_TELECOM, "extension": [
        {"url": systems::ROR_TELECOM_CHANNEL, "valueCodeableConcept": {"coding": [
            {"system": systems::CHANNEL, "code": channel.0, "display": channel.1}]}},
        {"url": systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL, "valueCodeableConcept": level(OPEN)},
        {"url": "telecomAddress", "valueString": address}]})
}

fn mailbox_telecom(address: &str) -> Value {
    json!({"extension": [
        {"url": systems::ROR_TELECOM_CHANNEL, "valueCodeableConcept": {"coding": [
            {"system": systems::CHANNEL, "code": "3", "display": "Courrier électronique"}]}},
        {"url": systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL, "valueCodeableConcept": level(RESTRICTED)}],
        "system": "email", "value": address})
}

fn level(code: &str) -> Value {
    json!({"coding": [{"system": systems::CONFIDENTIALITY, "code": code}]})
}

/// FHIR allows no empty array or text.
fn drop_empty(resource: &mut Value) {
    if let Some(object) = resource.as_object_mut() {
        object.retain(|_, value| match value {
            Value::Array(items) => !items.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        });
    }
}
