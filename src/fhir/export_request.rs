//! What a bulk export is asked for.
//!
//! **Source:** Bulk Data Access STU2 (2.0.0), kick-off request; ANS, ROR guide 0.7.0, `$export`.

use super::{ResourceType, View, instants};
use crate::finding::{Bilingual, Finding};

/// Formats that may be asked for; NDJSON is written for each.
///
/// The first three are those of STU2, the others those that the national register takes.
const FORMATS: [&str; 5] = [
    "application/fhir+ndjson",
    "application/ndjson",
    "ndjson",
    "application/fhir+json",
    "application/json",
];
/// Parameters that are understood.
const NAMES: [&str; 6] = [
    "_outputFormat",
    "_since",
    "_type",
    "_typeFilter",
    "_elements",
    "includeAssociatedData",
];
/// The offers and all that they refer to or that refers to them.
const COMPLETE: &str = "_myCompleteExtract";

/// A bulk export, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRequest {
    /// Types asked for, each once.
    pub types: Vec<ResourceType>,
    /// Written at that instant or later.
    pub since: Option<String>,
    /// Searches, any of which a resource of its type meets: the query, not decoded.
    pub filters: Vec<(ResourceType, String)>,
    /// Elements wanted: of a type, or of all.
    elements: Vec<(Option<ResourceType>, String)>,
    /// With all that the resources refer to, and the people in the offers.
    pub is_complete: bool,
}

impl ExportRequest {
    /// Understands the decoded pairs of a kick-off request.
    ///
    /// # Errors
    /// Every parameter and value that is not understood.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Finding>> {
        let mut request = Self::default();
        let mut findings = Vec::new();
        for (name, value) in pairs {
            if let Err(told) = request.take(name, value) {
                let is_plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
                findings.push(fault(if is_plain { name } else { "?" }, told));
            }
        }
        if request.types.is_empty() {
            request.types = ResourceType::OF_OFFERS.to_vec();
        }
        for (kind, _) in &request.filters {
            if !request.types.contains(kind) {
                let told = Told(
                    "Ce type n'est pas demandé par _type.",
                    "This type is not asked for by _type.",
                );
                findings.push(fault("_typeFilter", told));
            }
        }
        if findings.is_empty() {
            Ok(request)
        } else {
            Err(findings)
        }
    }

    /// True for a parameter that is understood.
    #[must_use]
    pub fn knows(name: &str) -> bool {
        NAMES.contains(&name) || matches!(name, "_format" | "_pretty")
    }

    /// A search of `_typeFilter` that does not only say which resources are meant.
    #[must_use]
    pub fn not_a_filter() -> Finding {
        let told = Told(
            "_include, _sort, _count et les autres paramètres de résultat n'y ont pas de sens.",
            "_include, _sort, _count and the other result parameters mean nothing here.",
        );
        fault("_typeFilter", told)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Told> {
        match name {
            "_outputFormat" if FORMATS.contains(&value.replace(' ', "+").as_str()) => {}
            "_outputFormat" => {
                return Err(Told(
                    "Ce format n'est pas produit : application/fhir+ndjson.",
                    "This format is not written: application/fhir+ndjson.",
                ));
            }
            "_since" => {
                let range = Some(value).filter(|value| value.contains('T'));
                let range = range.and_then(|value| instants(&format!("ge{value}")));
                self.since = Some(
                    range
                        .and_then(|range| range.from)
                        .ok_or(Told("Ce n'est pas un instant.", "This is no instant."))?,
                );
            }
            "_type" => {
                for part in parts(value) {
                    let kind = kind_of(part)?;
                    if !self.types.contains(&kind) {
                        self.types.push(kind);
                    }
                }
            }
            "_typeFilter" => {
                for part in filters(value) {
                    let (kind, query) = part.split_once('?').ok_or(Told(
                        "Attendu : Type?paramètre=valeur.",
                        "Expected: Type?parameter=value.",
                    ))?;
                    self.filters.push((kind_of(kind)?, query.to_owned()));
                }
            }
            "_elements" => {
                for part in parts(value) {
                    let element = match part.split_once('.') {
                        Some((kind, element)) => (Some(kind_of(kind)?), element),
                        None => (None, part),
                    };
                    self.elements.push((element.0, element.1.to_owned()));
                }
            }
            "includeAssociatedData" => {
                for part in parts(value) {
                    if part != COMPLETE {
                        return Err(Told(
                            "Valeur inconnue : _myCompleteExtract.",
                            "Unknown value: _myCompleteExtract.",
                        ));
                    }
                    self.is_complete = true;
                }
            }
            name if Self::knows(name) => {}
            _ => {
                return Err(Told(
                    "Ce paramètre n'est pas connu d'un export.",
                    "This parameter is not known of an export.",
                ));
            }
        }
        Ok(())
    }

    /// How much of the resources of a type is written.
    #[must_use]
    pub fn view_of(&self, kind: ResourceType) -> View {
        let names = self
            .elements
            .iter()
            .filter(|(of, _)| of.is_none_or(|of| of == kind))
            .map(|(_, name)| name.clone());
        View::of(None, Some(names.collect()))
    }
}

fn parts(value: &str) -> impl Iterator<Item = &str> {
    let parts = value.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty())
}

/// Several searches in one value are told apart by the name of a type after a comma: values hold
/// commas too.
fn filters(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in value.match_indices(',') {
        let rest = &value[at + 1..];
        let name = rest.split('?').next().unwrap_or_default();
        if name.len() < rest.len() && ResourceType::parse(name).is_some() {
            found.push(&value[start..at]);
            start = at + 1;
        }
    }
    found.push(&value[start..]);
    found
}

fn kind_of(name: &str) -> Result<ResourceType, Told> {
    ResourceType::parse(name).ok_or(Told(
        "Ce type n'est pas dans l'annuaire.",
        "This type is not in the directory.",
    ))
}

/// What is wrong, in French and in English.
struct Told(&'static str, &'static str);

fn fault(parameter: &str, Told(french, english): Told) -> Finding {
    Finding::error(
        "EXPORT-PARAMETER",
        parameter,
        Bilingual::new(french, english),
        Bilingual::new(
            format!("Paramètres : {}.", NAMES.join(", ")),
            format!("Parameters: {}.", NAMES.join(", ")),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<ExportRequest, Vec<Finding>> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ExportRequest::parse(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn the_call_of_the_national_register_is_understood() {
        let request = parse(&[
            ("_outputFormat", "application/fhir ndjson"),
            ("_type", "HealthcareService"),
            ("includeAssociatedData", COMPLETE),
            (
                "_typeFilter",
                "HealthcareService?_tag=https://a.invalid|32,53,HealthcareService?name=a,b",
            ),
        ])
        .expect("understood");
        assert!(request.is_complete);
        assert_eq!(request.types, [ResourceType::HealthcareService]);
        let queries: Vec<&str> = request
            .filters
            .iter()
            .map(|(_, query)| query.as_str())
            .collect();
        assert_eq!(queries, ["_tag=https://a.invalid|32,53", "name=a,b"]);
    }

    #[test]
    fn every_fault_of_a_request_is_told() {
        for (name, value) in [
            ("_outputFormat", "text/csv"),
            ("_since", "yesterday"),
            ("_since", "2026-11-27"),
            ("_type", "Patient"),
            ("_typeFilter", "HealthcareService"),
            ("_typeFilter", "Patient?name=x"),
            ("_elements", "Patient.name"),
            ("includeAssociatedData", "LatestProvenanceResources"),
            ("patient", "Patient/1"),
        ] {
            let found = parse(&[(name, value), ("_until", "")]).expect_err("refused");
            assert_eq!(found.len(), 2, "{name}={value}");
        }
        let other = parse(&[
            ("_type", "Location"),
            ("_typeFilter", "Organization?name=x"),
        ]);
        assert_eq!(other.expect_err("refused").len(), 1);
    }

    #[test]
    fn elements_are_those_of_a_type_or_of_all() {
        let request = parse(&[("_elements", "id,Location.name")]).expect("understood");
        let elements =
            |names: &[&str]| View::Elements(names.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(
            request.view_of(ResourceType::Location),
            elements(&["id", "name"])
        );
        assert_eq!(
            request.view_of(ResourceType::Organization),
            elements(&["id"])
        );
        assert_eq!(
            parse(&[]).expect("all").view_of(ResourceType::Location),
            View::Whole
        );
    }
}
