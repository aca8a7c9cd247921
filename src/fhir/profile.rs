//! Checking a resource of the directory: FHIR R4 first, then the profiles that `profiles/` holds.
//!
//! **Source:** ANS, ROR guide 0.7.0; FHIR R4, 4.0.1. The codes of the rules (`H5`, `L1`…) are those of
//! our own list, `docs/fhir.md`.

use serde_json::Value;
use time::Date;

use super::{
    Definitions, ResourceType,
    element::{children, text},
    is_id,
    validate_display::check_displays,
    validate_keys::check_keys,
    validate_profile::{Origin, ProfileCheck},
    validate_structure::check_structure,
    validation_findings as say,
};
use crate::{
    finding::{Bilingual, Finding, FindingKind, accepts},
    terminology::Terminology,
};

/// Checks a resource against FHIR R4, the profile of its type, and those that it declares: every
/// fault, with its `FHIRPath`. Codes must be in force on `today`.
#[must_use]
pub fn check_profile(
    kind: ResourceType,
    resource: &Value,
    terminology: &Terminology,
    origin: Origin,
    today: Date,
) -> Vec<Finding> {
    let definitions = Definitions::embedded();
    let mut profiles: Vec<&str> = Vec::new();
    if let Some(own) = definitions.profile_of(kind) {
        profiles.push(&own.url);
    }
    let meta = resource.get("meta").unwrap_or(&Value::Null);
    profiles.extend(children(meta, "profile").filter_map(Value::as_str));
    let mut findings = check_identity(kind, resource);
    let said = findings.iter().map(|finding| finding.place.clone());
    let said: Vec<String> = said.collect();
    let others = check_profiles(resource, &profiles, terminology, origin, today);
    findings.extend(
        others
            .into_iter()
            .filter(|finding| !said.contains(&finding.place)),
    );
    findings
}

/// Checks a resource against FHIR R4 and profiles, given by their canonical URLs.
#[must_use]
pub fn check_profiles(
    resource: &Value,
    profiles: &[&str],
    terminology: &Terminology,
    origin: Origin,
    today: Date,
) -> Vec<Finding> {
    let definitions = Definitions::embedded();
    let kind = text(resource, "resourceType").unwrap_or_default();
    let mut findings = check_structure(&definitions.structures, resource, kind);
    // What is no FHIR is not held against a profile: it would say the same again.
    if !accepts(&findings) {
        return findings;
    }
    let check = ProfileCheck {
        definitions,
        terminology,
        resource,
        origin,
        today,
    };
    let mut done: Vec<&str> = Vec::new();
    for url in profiles {
        let Some(profile) = definitions.find_profile(url) else {
            findings.push(say::unknown_profile(&format!("{kind}.meta.profile")));
            continue;
        };
        if !done.contains(&profile.url.as_str()) {
            done.push(&profile.url);
            check.check(profile, kind, &mut findings);
        }
    }
    findings.extend(check_keys(resource));
    // What others wrote is not corrected by who takes it over.
    if origin == Origin::Written {
        check_displays(terminology, resource, kind, &mut findings);
    }
    findings
}

fn check_identity(kind: ResourceType, resource: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if text(resource, "resourceType") != Some(kind.as_str()) {
        let message = Bilingual::new(
            "Le type de la ressource n'est pas celui attendu.",
            "The type of the resource is not the expected one.",
        );
        let cure = Bilingual::new(
            format!("resourceType attendu : {}.", kind.as_str()),
            format!("Expected resourceType: {}.", kind.as_str()),
        );
        let finding = Finding::error("G2", "resourceType", message, cure);
        findings.push(finding.of_kind(FindingKind::Structure));
    }
    if !text(resource, "id").is_some_and(is_id) {
        let message = Bilingual::new(
            "L'identifiant technique manque, ou contient autre chose que lettres, chiffres, « - » et « . » (64 au plus).",
            "The id is missing, or holds something else than letters, digits, \"-\" and \".\" (64 at the most).",
        );
        let cure = Bilingual::new("Donnez un identifiant.", "Give an id.");
        let finding = Finding::error("G2", format!("{}.id", kind.as_str()), message, cure);
        findings.push(finding.of_kind(FindingKind::Required));
    }
    findings
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
