//! The rules of the national profiles that nothing may be stored against.
//!
//! **Source:** ANS, ROR guide 0.7.0, profiles `ror-healthcareservice`, `ror-organization`,
//! `ror-location`; FHIR R4, 4.0.1. The codes (`H5`, `L1`…) are those of our own list of rules.

use serde_json::Value;

use super::{
    ResourceType,
    element::{children, codings, extensions, reference, text},
    is_id, parse_reference, systems,
};
use crate::{
    finding::{Bilingual, Finding},
    identifiers::Finess,
    terminology::Terminology,
};

/// Checks a resource of the directory against its national profile: every mistake, with its
/// `FHIRPath`.
#[must_use]
pub fn check_profile(
    kind: ResourceType,
    resource: &Value,
    terminology: &Terminology,
) -> Vec<Finding> {
    let mut check = Check {
        terminology,
        findings: Vec::new(),
    };
    check.basics(kind, resource);
    match kind {
        ResourceType::HealthcareService => check.healthcare_service(resource),
        ResourceType::Organization => check.organization(resource),
        ResourceType::Location => check.location(resource),
        ResourceType::Practitioner | ResourceType::PractitionerRole => {}
    }
    check.findings
}

pub(super) struct Check<'t> {
    terminology: &'t Terminology,
    findings: Vec<Finding>,
}

/// How many times something may stand there.
#[derive(Clone, Copy)]
pub(super) enum Times {
    Once,
    AtLeastOnce,
    AtMostOnce,
}

impl Check<'_> {
    pub(super) fn refuse(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        fr: &str,
        en: &str,
    ) {
        self.findings.push(Finding::error(
            rule,
            place,
            Bilingual::new(fr, en),
            Bilingual::new(
                "Voir le profil national (guide ROR 0.7.0).",
                "See the national profile (ROR guide 0.7.0).",
            ),
        ));
    }

    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        fr: &str,
        en: &str,
    ) {
        self.findings.push(Finding::warning(
            rule,
            place,
            Bilingual::new(fr, en),
            Bilingual::new("À vérifier à la source.", "To be checked at the source."),
        ));
    }

    /// Refuses a wrong number of repetitions; true when it is right.
    pub(super) fn times(
        &mut self,
        rule: &'static str,
        place: &str,
        found: usize,
        times: Times,
    ) -> bool {
        let (is_right, fr, en) = match times {
            Times::Once => (found == 1, "une fois exactement", "exactly once"),
            Times::AtLeastOnce => (found >= 1, "une fois au moins", "at least once"),
            Times::AtMostOnce => (found <= 1, "une fois au plus", "at most once"),
        };
        if !is_right {
            self.refuse(
                rule,
                place,
                &format!("Attendu {fr} ; trouvé {found} fois."),
                &format!("Expected {en}; found {found} times."),
            );
        }
        is_right
    }

    /// Known codes of a concept's list are required; the count of concepts that hold one.
    pub(super) fn count_in(&self, concepts: &[&Value], list: &str) -> usize {
        let Some(set) = self.terminology.value_set(list) else {
            return 0;
        };
        concepts
            .iter()
            .filter(|concept| codings(concept).any(|(system, code)| set.contains(system, code)))
            .count()
    }

    fn basics(&mut self, kind: ResourceType, resource: &Value) {
        if text(resource, "resourceType") != Some(kind.as_str()) {
            self.refuse(
                "G2",
                "resourceType",
                "Le type de la ressource n'est pas celui attendu.",
                "The type of the resource is not the expected one.",
            );
        }
        match resource.get("id") {
            Some(Value::String(id)) if is_id(id) => {}
            _ => self.refuse(
                "G2",
                format!("{}.id", kind.as_str()),
                "L'identifiant technique manque, ou contient autre chose que lettres, chiffres, « - » et « . » (64 au plus).",
                "The id is missing, or holds something else than letters, digits, \"-\" and \".\" (64 at the most).",
            ),
        }
        self.no_empty_value(kind.as_str().to_owned(), resource);
        let regions = children(resource.get("meta").unwrap_or(&Value::Null), "tag")
            .filter(|tag| text(tag, "system") == Some(systems::REGION))
            .count();
        self.times(
            "G4",
            &format!("{}.meta.tag", kind.as_str()),
            regions,
            Times::AtMostOnce,
        );
        let created = extensions(resource, systems::ROR_CREATION_DATE).count();
        let place = format!("{}.extension('ror-meta-creation-date')", kind.as_str());
        self.times("G5", &place, created, Times::AtMostOnce);
    }

    /// FHIR allows no null (but to align an array with its `_` twin) and nothing empty.
    fn no_empty_value(&mut self, place: String, value: &Value) {
        let is_empty = match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(object) => object.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if is_empty {
            self.refuse(
                "G1",
                place,
                "Valeur vide : FHIR n'admet ni null, ni texte, tableau ou objet vide.",
                "Empty value: FHIR allows no null and no empty text, array or object.",
            );
            return;
        }
        match value {
            Value::Object(object) => {
                for (name, child) in object {
                    self.no_empty_value(format!("{place}.{name}"), child);
                }
            }
            Value::Array(items) => {
                for (rank, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                    self.no_empty_value(format!("{place}[{rank}]"), item);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn organization(&mut self, organization: &Value) {
        if text(organization, "name").is_none() && organization.get("identifier").is_none() {
            self.refuse(
                "O13",
                "Organization.name",
                "Il faut un nom ou un identifiant.",
                "A name or an identifier is needed.",
            );
        }
        let mut slices: Vec<&str> = Vec::new();
        for (rank, identifier) in children(organization, "identifier").enumerate() {
            let place = format!("Organization.identifier[{rank}]");
            let Some(value) = text(identifier, "value") else {
                self.warn(
                    "O2",
                    format!("{place}.value"),
                    "La valeur manque.",
                    "The value is missing.",
                );
                continue;
            };
            let kind = identifier
                .get("type")
                .and_then(|kind| codings(kind).next())
                .map(|(_, code)| code);
            if let Some(kind) = kind {
                if slices.contains(&kind) {
                    self.refuse(
                        "O2",
                        &place,
                        "Ce type d'identifiant figure deux fois.",
                        "This type of identifier stands twice.",
                    );
                }
                slices.push(kind);
            }
            if text(identifier, "system") == Some(systems::FINESS)
                && value.parse::<Finess>().is_err()
            {
                self.warn(
                    "O3",
                    format!("{place}.value"),
                    "Ce n'est pas un numéro FINESS valide.",
                    "This is not a valid FINESS number.",
                );
            }
        }
        self.reference(
            "O5",
            organization,
            "Organization",
            "partOf",
            ResourceType::Organization,
            false,
        );
    }

    fn location(&mut self, location: &Value) {
        let communes: Vec<_> = extensions(location, systems::ROR_COMMUNE_COG).collect();
        let place = "Location.extension('ror-commune-cog')";
        if self.times("L1", place, communes.len(), Times::Once) {
            let code = communes[0]
                .get("valueCodeableConcept")
                .and_then(|concept| codings(concept).next());
            if code.is_none_or(|(_, code)| code.len() != 5) {
                self.refuse(
                    "L1",
                    place,
                    "Le code INSEE de la commune a cinq caractères.",
                    "The INSEE code of the commune has five characters.",
                );
            }
        }
        if let Some(position) = location.get("position") {
            let within = |name: &str, limit: f64| {
                position
                    .get(name)
                    .and_then(Value::as_f64)
                    .is_some_and(|value| value.abs() <= limit)
            };
            if !within("latitude", 90.0) || !within("longitude", 180.0) {
                self.refuse(
                    "L6",
                    "Location.position",
                    "Latitude et longitude vont ensemble, en degrés.",
                    "Latitude and longitude go together, in degrees.",
                );
            }
        }
        self.reference(
            "L7",
            location,
            "Location",
            "managingOrganization",
            ResourceType::Organization,
            false,
        );
    }

    /// A reference child that points to a resource of that type.
    pub(super) fn reference(
        &mut self,
        rule: &'static str,
        parent: &Value,
        owner: &str,
        child: &str,
        target: ResourceType,
        is_required: bool,
    ) {
        let place = format!("{owner}.{child}");
        let found = children(parent, child).count();
        if is_required {
            self.times(rule, &place, found, Times::Once);
        }
        if found > 0 {
            let kind = reference(parent, child).and_then(parse_reference);
            if kind.map(|(kind, _)| kind) != Some(target) {
                self.bad_reference(rule, &place);
            }
        }
    }

    pub(super) fn bad_reference(&mut self, rule: &'static str, place: &str) {
        self.refuse(
            rule,
            format!("{place}.reference"),
            "Une référence littérale est attendue, Type/identifiant, du bon type.",
            "A literal reference is expected, Type/id, of the right type.",
        );
    }

    pub(super) fn unknown_code(&mut self, rule: &'static str, place: &str, list: &str) {
        self.refuse(
            rule,
            format!("{place}.coding"),
            &format!("Aucun code de la liste {list}."),
            &format!("No code of the list {list}."),
        );
    }
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
