//! The rules of the profile of an offer, `ror-healthcareservice`.

use serde_json::Value;

use super::{
    MAX_AGE, ResourceType,
    element::{children, code_in, extension, extensions, text},
    parse_reference,
    profile::{Check, Times},
    systems,
};

impl Check<'_> {
    pub(super) fn healthcare_service(&mut self, service: &Value) {
        let identifiers: Vec<_> = children(service, "identifier").collect();
        let place = "HealthcareService.identifier";
        if self.times("H1", place, identifiers.len(), Times::Once)
            && text(identifiers[0], "value").is_none()
        {
            self.refuse(
                "H1",
                "HealthcareService.identifier.value",
                "La valeur manque.",
                "The value is missing.",
            );
        }
        self.reference(
            "H2",
            service,
            "HealthcareService",
            "providedBy",
            ResourceType::Organization,
            true,
        );
        let types: Vec<_> = children(service, "type").collect();
        self.times("H3", "HealthcareService.type", types.len(), Times::Once);
        if types.len() == 1 && self.count_in(&types, "JDV_J20-ChampActivite-ROR") == 0 {
            self.unknown_code("H3", "HealthcareService.type", "JDV_J20-ChampActivite-ROR");
        }
        let categories = children(service, "category").count();
        self.times(
            "H4",
            "HealthcareService.category",
            categories,
            Times::AtMostOnce,
        );
        let specialties: Vec<_> = children(service, "specialty").collect();
        let activities = self.count_in(&specialties, "JDV_J17-ActiviteOperationnelle-ROR");
        let place = "HealthcareService.specialty('operationalActivity')";
        if self.times("H5", place, activities, Times::AtLeastOnce) && activities > 1 {
            self.warn(
                "H6",
                place,
                "Plusieurs activités opérationnelles ; le profil en demande une.",
                "Several operational activities; the profile asks for one.",
            );
        }
        self.characteristics(service);
        let sensitive: Vec<_> = extensions(service, systems::ROR_SENSITIVE_UNIT).collect();
        let place = "HealthcareService.extension('ror-healthcareservice-sensitive-unit')";
        if self.times("H12", place, sensitive.len(), Times::Once)
            && !matches!(sensitive[0].get("valueBoolean"), Some(Value::Bool(_)))
        {
            self.refuse(
                "H12",
                place,
                "valueBoolean manque.",
                "valueBoolean is missing.",
            );
        }
        self.patient_type(service);
        for location in children(service, "location") {
            if text(location, "reference")
                .and_then(parse_reference)
                .is_none()
            {
                self.bad_reference("G13", "HealthcareService.location");
            }
        }
        if text(service, "name").is_none() {
            self.refuse(
                "H19",
                "HealthcareService.name",
                "Le nom de l'offre manque.",
                "The name of the offer is missing.",
            );
        }
    }

    fn characteristics(&mut self, service: &Value) {
        let characteristics: Vec<_> = children(service, "characteristic").collect();
        let modes = self.count_in(&characteristics, "JDV_J19-ModePriseEnCharge-ROR");
        if modes != 1 {
            self.warn(
                "H8",
                "HealthcareService.characteristic('careMode')",
                "Le profil demande un mode de prise en charge, un seul.",
                "The profile asks for one mode of care, and one only.",
            );
        }
        for (rank, characteristic) in characteristics.iter().enumerate() {
            let acts = extensions(characteristic, systems::ROR_ACT_TYPE).count();
            let is_act = code_in(characteristic, systems::ACT).is_some();
            if is_act != (acts == 1) {
                self.warn(
                    "H10",
                    format!("HealthcareService.characteristic[{rank}].extension('ror-act-type')"),
                    "Un acte porte son type d'acte, une fois ; rien d'autre n'en porte.",
                    "An act carries its act type, once; nothing else does.",
                );
            }
        }
    }

    fn patient_type(&mut self, service: &Value) {
        let found: Vec<_> = extensions(service, systems::ROR_PATIENT_TYPE).collect();
        let place = "HealthcareService.extension('ror-healthcareservice-patient-type')";
        if !self.times("H13", place, found.len(), Times::Once) {
            return;
        }
        let range = extension(found[0], "ageRange").and_then(|part| part.get("valueRange"));
        let bound = |side: &str| range?.get(side)?.get("value")?.as_f64();
        let is_right = match (bound("low"), bound("high")) {
            (Some(low), Some(high)) => low >= 0.0 && low <= high && high <= f64::from(MAX_AGE),
            _ => false,
        };
        if !is_right {
            self.refuse(
                "H13",
                format!("{place}.extension('ageRange')"),
                "La tranche d'âge porte une borne basse et une borne haute, de 0 à 150 ans, dans cet ordre.",
                "The age range has a low and a high bound, 0 to 150 years, in that order.",
            );
        }
    }
}
