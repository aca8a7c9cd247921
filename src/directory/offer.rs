//! From the form of a secretary to the three resources of the national model.
//!
//! One row gives a structure (`Organization`), a place (`Location`) and an offer
//! (`HealthcareService`), their ids made from the FINESS number and the number of the offer: the
//! same row gives the same resources for ever.
//!
//! **Source:** ANS, ROR guide 0.7.0, profiles `ror-organization`, `ror-location` and
//! `ror-healthcareservice`; the extensions under [`crate::fhir::systems::SOS_BASE`] are ours.

use serde_json::Value;
use time::Date;

use super::{MappingLoss, OfferForm, mapping_loss, offer_reading, offer_writing};
use crate::{config::Region, finding::Finding, terminology::Terminology};

/// What the reading of a form depends on, besides the form.
#[derive(Clone, Copy)]
pub struct OfferRules<'a> {
    /// The code lists and maps.
    pub terminology: &'a Terminology,
    /// Who publishes.
    pub region: &'a Region,
    /// The present day: a verification cannot be later.
    pub today: Date,
}

/// What one row becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferResources {
    /// The structure.
    pub organization: Value,
    /// The place.
    pub location: Value,
    /// The offer.
    pub healthcare_service: Value,
    /// What the national codes do not say of it.
    pub losses: Vec<MappingLoss>,
    /// Warnings: accepted, but somebody should look.
    pub findings: Vec<Finding>,
}

/// Makes the resources of the form that stands at `line`.
///
/// # Errors
/// Everything that is wrong with the form, all at once, each with its column, line and cure.
pub fn offer_resources(
    form: &OfferForm,
    line: u64,
    rules: OfferRules<'_>,
) -> Result<OfferResources, Vec<Finding>> {
    let (offer, findings) = offer_reading::read(form, line, rules)?;
    let mut healthcare_service = offer_writing::healthcare_service(&offer, rules);
    let pivots = offer.cares().chain(offer.facets());
    let losses = mapping_loss::losses(pivots, &healthcare_service, rules.terminology);
    offer_writing::declare_losses(&mut healthcare_service, &losses, rules.terminology);
    Ok(OfferResources {
        organization: offer_writing::organization(&offer, rules),
        location: offer_writing::location(&offer, rules),
        healthcare_service,
        losses,
        findings,
    })
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
