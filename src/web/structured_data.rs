//! What search engines read of a page, beside its words: schema.org, as JSON-LD.
//!
//! **Source:** schema.org 29: `Service`, `MedicalOrganization`, `PostalAddress`; HTML, `script` of a
//! data block.

use serde_json::{Value, json};

use crate::{
    directory::{OfferCard, OfferSheet},
    flows::StructureSheet,
};

/// The data of an offer: a service given by a medical organization.
pub fn of_offer(url: &str, sheet: &OfferSheet) -> String {
    let card = &sheet.card;
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": "Service",
        "@id": format!("{url}/offres/{}", card.id),
        "url": format!("{url}/offres/{}", card.id),
        "name": card.name,
        "description": card.description,
        "serviceType": card.care_types.iter().chain(&card.categories).collect::<Vec<_>>(),
        "category": "Soins oncologiques de support",
        "audience": card.audiences.iter()
            .map(|audience| json!({"@type": "Audience", "audienceType": audience}))
            .collect::<Vec<_>>(),
        "provider": provider(url, sheet),
    });
    if card.cost.to_lowercase().contains("gratuit") {
        data["offers"] = json!({"@type": "Offer", "price": 0, "priceCurrency": "EUR"});
    }
    embeddable(&without_empty(data))
}

/// The data of a structure.
pub fn of_structure(url: &str, sheet: &StructureSheet, communes: &[String]) -> String {
    let data = json!({
        "@context": "https://schema.org",
        "@type": "MedicalOrganization",
        "@id": format!("{url}/structures/{}", sheet.id),
        "url": format!("{url}/structures/{}", sheet.id),
        "name": sheet.name,
        "identifier": sheet.finess,
        "areaServed": communes,
    });
    embeddable(&without_empty(data))
}

fn provider(url: &str, sheet: &OfferSheet) -> Value {
    let card = &sheet.card;
    let mut provider = json!({
        "@type": "MedicalOrganization",
        "name": card.structure,
        "telephone": card.phones,
        "sameAs": card.websites,
        "address": address(card),
    });
    if !sheet.structure_id.is_empty() {
        provider["@id"] = json!(format!("{url}/structures/{}", sheet.structure_id));
    }
    provider
}

fn address(card: &OfferCard) -> Value {
    json!({
        "@type": "PostalAddress",
        "streetAddress": card.street,
        "postalCode": card.postal_code,
        "addressLocality": card.commune,
        "addressCountry": "FR",
    })
}

/// Without empty texts and lists.
fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, without_empty(value)))
            .filter(|(_, value)| {
                let is_empty =
                    value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
                !is_empty
            })
            .collect(),
        other => other,
    }
}

/// No `<` ends the element that holds it, whatever somebody wrote in an offer.
fn embeddable(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_offer_cannot_leave_the_data_block() {
        let data = json!({"name": "</script><script>alert(1)</script>", "empty": ""});
        let text = embeddable(&without_empty(data));
        assert!(!text.contains('<'), "{text}");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, json!({"name": "</script><script>alert(1)</script>"}));
    }
}
