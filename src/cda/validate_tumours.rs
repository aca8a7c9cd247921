//! Tumours and treatments of a finished document, under check: what one place says against another.

use std::{collections::HashMap, sync::LazyLock};

use crate::rcp::{OTHER_TREATMENTS, contradicts_sex, is_tnm};

use super::{
    tree::Element,
    validate::{Checker, Texts},
};

/// Organs of each apparatus, read once: part of the program.
static ORGANS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    include_str!("../../profiles/cda/organs.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(apparatus, organs)| (apparatus, organs.split(' ').collect()))
        .collect()
});

impl<'t> Checker<'t> {
    pub(super) fn tumours(&mut self) {
        let observations = self.index.named(Some("observation")).to_vec();
        let mut sites = Vec::new();
        for observation in observations {
            match code(observation) {
                Some("282291009") => {
                    if let Some(site) = observation.first("targetSiteCode") {
                        sites.push(site);
                        self.sex(site);
                    }
                }
                Some("75620-5") => self.stage(observation),
                Some("21905-5") => self.tnm(observation, 'T'),
                Some("21906-3") => self.tnm(observation, 'N'),
                Some("21907-1") => self.tnm(observation, 'M'),
                Some("ORG-118") => self.organs(observation),
                _ => {}
            }
        }
        self.topography(&sites);
        let procedures = self.index.named(Some("procedure")).to_vec();
        for procedure in procedures {
            self.precision(procedure);
        }
    }

    fn sex(&mut self, site: Element<'t>) {
        let patient = [
            "recordTarget",
            "patientRole",
            "patient",
            "administrativeGenderCode",
        ];
        let sex = self
            .root
            .path(&patient)
            .and_then(|sex| sex.attribute("code"));
        let category = site.attribute("code").and_then(|code| code.get(..3));
        if let (Some(category), Some(sex)) = (category, sex)
            && contradicts_sex(category, sex)
        {
            self.warning(
                "R-TUM-5",
                site,
                [
                    "Cette topographie ne va pas avec le sexe du patient.",
                    "This topography does not go with the patient's sex.",
                ],
                [
                    "Vérifier la topographie et l'identité.",
                    "Check topography and identity.",
                ],
            );
        }
    }

    fn tnm(&mut self, observation: Element<'t>, head: char) {
        if let Some(value) = observation.first("value")
            && value
                .attribute("code")
                .is_some_and(|code| !is_tnm(head, code))
        {
            self.warning(
                "R-TUM-2",
                value,
                [
                    "Ce code n'a pas la forme de la classification TNM.",
                    "This code does not have the form of the TNM classification.",
                ],
                [
                    "Écrire par exemple T1b, N0, M0, sans préfixe.",
                    "Write for instance T1b, N0, M0, without prefix.",
                ],
            );
        }
    }

    /// A stage IV has metastases, and metastases are a stage IV.
    fn stage(&mut self, observation: Element<'t>) {
        let group = observation
            .first("value")
            .into_iter()
            .flat_map(|value| {
                value
                    .elements()
                    .filter(|part| part.is("qualifier"))
                    .collect::<Vec<_>>()
            })
            .find(|part| {
                part.path(&["name"]).and_then(|name| name.attribute("code")) == Some("21909-7")
            })
            .and_then(|part| part.first("value"));
        let metastasis = observation
            .descendants()
            .find(|part| part.is("observation") && code(*part) == Some("21907-1"))
            .and_then(|part| part.first("value"))
            .and_then(|value| value.attribute("code"));
        let Some((group, metastasis)) = group.zip(metastasis) else {
            return;
        };
        let is_fourth = group
            .attribute("code")
            .is_some_and(|code| code.starts_with("IV"));
        if is_fourth && metastasis.starts_with("M0") {
            self.warning(
                "R-TUM-4",
                group,
                [
                    "Un stade IV sans métastase demande vérification.",
                    "A stage IV without metastasis wants a check.",
                ],
                ["Vérifier le stade et M.", "Check the stage and M."],
            );
        }
    }

    fn organs(&mut self, observation: Element<'t>) {
        let apparatus = observation
            .first("value")
            .and_then(|value| value.attribute("code"));
        let Some(own) = apparatus.and_then(|apparatus| ORGANS.get(apparatus)) else {
            return;
        };
        for relation in observation.all("entryRelationship") {
            let organ = relation
                .first("observation")
                .filter(|organ| code(*organ) == Some("ORG-119"))
                .and_then(|organ| organ.first("value"));
            let Some(organ) = organ else { continue };
            let is_foreign = organ.attribute("code").is_some_and(|code| {
                !own.contains(&code) && ORGANS.values().any(|organs| organs.contains(&code))
            });
            if is_foreign {
                self.warning(
                    "R-RSN-5",
                    organ,
                    [
                        "Cet organe n'est pas de l'appareil dont traite la RCP.",
                        "This organ is not of the apparatus that the meeting treats of.",
                    ],
                    [
                        "Vérifier l'appareil et l'organe.",
                        "Check apparatus and organ.",
                    ],
                );
            }
        }
    }

    /// The topography of the header is that of one of the tumours.
    fn topography(&mut self, sites: &[Element<'t>]) {
        let own = self
            .root
            .all("documentationOf")
            .nth(1)
            .and_then(|documentation| documentation.path(&["serviceEvent", "code"]));
        let Some(own) = own.filter(|own| own.attribute("codeSystem") == Some(super::codes::CIM10))
        else {
            return;
        };
        let codes: Vec<_> = sites
            .iter()
            .filter_map(|site| site.attribute("code"))
            .collect();
        if !codes.is_empty()
            && !own
                .attribute("code")
                .is_some_and(|code| codes.contains(&code))
        {
            self.warning(
                "R-EVT-4",
                own,
                [
                    "La topographie de l'en-tête n'est celle d'aucune tumeur du corps.",
                    "The topography of the header is that of no tumour of the body.",
                ],
                [
                    "Reprendre la topographie de la tumeur primitive.",
                    "Take the topography of the primary tumour.",
                ],
            );
        }
    }

    /// *Other treatment* says which one.
    fn precision(&mut self, procedure: Element<'t>) {
        let is_other = code(procedure).is_some_and(|code| OTHER_TREATMENTS.contains(&code));
        let text = procedure
            .path(&["text", "reference"])
            .and_then(|reference| reference.attribute("value"))
            .and_then(|value| value.strip_prefix('#'))
            .and_then(|name| self.named(name))
            .map(Element::text);
        let says_nothing = text.is_some_and(|text| text.trim_matches(['-', ' ']).is_empty());
        if is_other && says_nothing {
            const WHICH: Texts = [
                "Écrire de quel traitement il s'agit dans le texte visé.",
                "Write which treatment it is in the text pointed at.",
            ];
            self.warning(
                "R-TRT-1",
                procedure,
                [
                    "Un autre traitement n'est pas précisé.",
                    "Another treatment is not named.",
                ],
                WHICH,
            );
        }
    }

    /// The element that has that ID.
    fn named(&self, name: &str) -> Option<Element<'t>> {
        ["content", "td", "th", "paragraph", "item", "text"]
            .iter()
            .flat_map(|kind| self.index.named(Some(kind)))
            .copied()
            .find(|element| element.attribute("ID") == Some(name))
    }
}

/// Code of an observation or procedure.
fn code(of: Element<'_>) -> Option<&str> {
    of.first("code")?.attribute("code")
}
