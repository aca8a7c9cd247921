//! The contacts of an offer: what each is for, the function of who answers, how to reach them.

use serde_json::Value;

use super::offer_card::{PHONE_CHANNELS, WEB_CHANNEL, telecoms_of};
use crate::fhir::{
    element::{children, extension, extensions, text},
    systems,
};

/// A contact that everybody may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferContact {
    /// What it is for: reception, appointments…
    pub purpose: String,
    /// Function of who answers; empty when it is not said.
    pub function: String,
    /// Telephones.
    pub phones: Vec<String>,
    /// Web sites.
    pub websites: Vec<String>,
}

impl OfferContact {
    /// The contacts of an offer from which what is not for everybody was taken out.
    pub(super) fn all(service: &Value) -> Vec<Self> {
        extensions(service, systems::ROR_CONTACT)
            .map(|contact| {
                let texts = |channels| telecoms_of(contact, channels).map(str::to_owned).collect();
                Self {
                    purpose: display(contact, "purposeContact"),
                    function: display(contact, systems::ROR_CONTACT_FUNCTION),
                    phones: texts(&PHONE_CHANNELS),
                    websites: texts(&[WEB_CHANNEL]),
                }
            })
            .collect()
    }
}

fn display(contact: &Value, url: &str) -> String {
    let concept = extension(contact, url).and_then(|found| found.get("valueCodeableConcept"));
    concept
        .and_then(|concept| children(concept, "coding").next())
        .and_then(|coding| text(coding, "display"))
        .unwrap_or_default()
        .to_owned()
}
