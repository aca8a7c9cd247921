//! Coded entries of a finished document, under check.

use crate::rcp::value_sets;

use super::{
    codes::{self, Term},
    templates::{PAST_TREATMENTS, PLAN},
    templates_2025,
    tree::Element,
    validate::Checker,
    validate_body::follows,
};

/// Stages of the performance, the last being that the patient has died.
const ECOG_SCORES: &str = "JDV_ScorePerformanceECOG_CISIS";

/// Value sets of the values of observations: rule, code of the observation, sets that may hold it.
const VALUES: [(&str, Term, &[&str]); 11] = [
    ("F20", codes::NATURE, &["JDV_NatureDiscussion_CISIS"]),
    ("F21", codes::APPARATUS, &[value_sets::APPARATUS]),
    ("F22", codes::ORGAN, &[value_sets::ORGAN]),
    ("F23", codes::CARE, &[value_sets::CARE]),
    ("F25", codes::DIAGNOSIS, &[value_sets::MORPHOLOGY]),
    // The first edition of the volet had codes of TA here, the present one has those of LOINC.
    ("F26", codes::OMS, &[ECOG_SCORES, "JDV_OMSEchPerf_CISIS"]),
    ("R-FUN-2", templates_2025::ECOG, &[ECOG_SCORES]),
    ("F28", codes::PHASE, &["JDV_PhaseCancer_CISIS"]),
    ("F30", codes::QUORUM, &["JDV_StatutQuorum_CISIS"]),
    ("F31", codes::DOCUMENT_STATUS, &["JDV_StatutDoc_CISIS"]),
    (
        "R-RSN-6",
        codes::CASE_STATUS,
        &["JDV_StatutCasPresente_CISIS"],
    ),
];

/// Parts of the diagnosis that the national kit looks for.
const DIAGNOSIS_PARTS: [(&str, Term); 5] = [
    ("F15", codes::DIAGNOSIS),
    ("F16", codes::STAGE),
    ("F17", codes::TNM_T),
    ("F18", codes::TNM_N),
    ("F19", codes::TNM_M),
];

impl<'t> Checker<'t> {
    pub(super) fn entries(&mut self) {
        let Some(body) = self.root.path(&["component", "structuredBody"]) else {
            return;
        };
        let mut observations = Vec::new();
        for element in body.descendants() {
            if element.is("observation") {
                observations.push(element);
            } else if element.is("assignedAuthor") {
                self.author_speciality(element);
            }
        }
        for observation in &observations {
            self.observation(*observation);
        }
        for author in self.root.all("author").collect::<Vec<_>>() {
            if let Some(author) = author.first("assignedAuthor") {
                self.author_speciality(author);
            }
        }
        self.diagnosis(body);
        self.treatments(body);
        self.reason(body, &observations);
    }

    fn author_speciality(&mut self, author: Element<'t>) {
        if let Some(code) = author.first("code")
            && code.attribute("nullFlavor").is_none()
            && !self.holds(value_sets::SPECIALITY, code)
        {
            self.error(
                "M16",
                code,
                [
                    "Cette spécialité n'est pas dans JDV_J01.",
                    "This speciality is not in JDV_J01.",
                ],
                ["Choisir un code de JDV_J01.", "Choose a code of JDV_J01."],
            );
        }
    }

    fn observation(&mut self, observation: Element<'t>) {
        let is_event = observation.attribute("moodCode") == Some("EVN");
        if is_event && observation.first("templateId").is_none() {
            self.error(
                "R-TPL-2",
                observation,
                [
                    "L'observation ne déclare aucun modèle : rien ne la contrôle.",
                    "The observation declares no template: nothing checks it.",
                ],
                ["Ajouter ses templateId.", "Add its templateIds."],
            );
        }
        for value in observation.all("value") {
            if value.value_type() == Some("BL")
                && value.attribute("value").is_none()
                && value.attribute("nullFlavor").is_none()
            {
                self.error(
                    "R-VAL-1",
                    value,
                    [
                        "Ce booléen n'a ni valeur ni nullFlavor.",
                        "This boolean has neither value nor nullFlavor.",
                    ],
                    [
                        "Écrire value=\"true\", \"false\", ou nullFlavor=\"UNK\".",
                        "Write value=\"true\", \"false\", or nullFlavor=\"UNK\".",
                    ],
                );
            }
        }
        let known = VALUES
            .iter()
            .find(|(_, term, _)| has_code(observation, term));
        if let Some((rule, _, sets)) = known
            && let Some(value) = observation.first("value")
        {
            if matches!(value.value_type(), Some("CD" | "CE")) {
                self.in_sets(rule, value, sets);
            } else {
                self.error(
                    "R-VAL-2",
                    value,
                    [
                        "La valeur n'est pas du type CD.",
                        "The value is not of the type CD.",
                    ],
                    [
                        "Écrire xsi:type=\"CD\" et un code du jeu de valeurs.",
                        "Write xsi:type=\"CD\" and a code of the value set.",
                    ],
                );
            }
        }
        if has_code(observation, &codes::DIAGNOSIS)
            && let Some(site) = observation.first("targetSiteCode")
        {
            self.in_sets("F24", site, &[value_sets::TUMOUR]);
        }
    }

    fn in_sets(&mut self, rule: &'static str, coded: Element<'t>, sets: &[&str]) {
        let is_held = coded.attribute("nullFlavor").is_some()
            || sets.iter().any(|set| self.holds(set, coded));
        if !is_held {
            self.error(
                rule,
                coded,
                [
                    "Ce code n'est pas dans le jeu de valeurs national.",
                    "This code is not in the national value set.",
                ],
                [
                    "Choisir un code du jeu, ou nullFlavor=\"OTH\" avec originalText.",
                    "Choose a code of the set, or nullFlavor=\"OTH\" with originalText.",
                ],
            );
        }
    }

    fn diagnosis(&mut self, body: Element<'t>) {
        let section = top_sections(body)
            .find(|section| follows(*section, "1.3.6.1.4.1.19376.1.7.3.1.3.14.1"));
        let Some(section) = section else { return };
        for (rule, term) in DIAGNOSIS_PARTS {
            let is_there = section
                .descendants()
                .any(|element| element.is("observation") && has_code(element, &term));
            if !is_there {
                let child = format!("entry//observation[code/@code='{}']", term.code);
                self.missing(
                    rule,
                    section,
                    &child,
                    ["Donner diagnostic, stade, T, N et M ; nullFlavor=\"NA\" quand TNM ne s'applique pas.", "Give diagnosis, stage, T, N and M; nullFlavor=\"NA\" where TNM does not apply."],
                );
            }
        }
    }

    fn treatments(&mut self, body: Element<'t>) {
        let own = |kind: &super::templates::SectionKind| {
            kind.templates.last().copied().unwrap_or_default()
        };
        let procedures: Vec<_> = top_sections(body)
            .filter(|section| {
                follows(*section, own(&PAST_TREATMENTS)) || follows(*section, own(&PLAN))
            })
            .flat_map(|section| section.all("entry"))
            .filter_map(|entry| entry.path(&["procedure", "code"]))
            .collect();
        for code in procedures {
            self.in_sets("F29", code, &[value_sets::TREATMENT]);
        }
    }

    /// A meeting by organ names apparatus and organs, a transverse one its care.
    fn reason(&mut self, body: Element<'t>, observations: &[Element<'t>]) {
        let Some(nature) = observations
            .iter()
            .find(|observation| has_code(**observation, &codes::NATURE))
        else {
            return;
        };
        let value = nature
            .first("value")
            .and_then(|value| value.attribute("code"));
        let needed: &[(&'static str, Term)] = match value {
            Some("ORG-117") => &[("R-RSN-1", codes::APPARATUS), ("R-RSN-2", codes::ORGAN)],
            Some("ORG-132") => &[("R-RSN-3", codes::CARE)],
            _ => &[],
        };
        for (rule, term) in needed {
            if !observations
                .iter()
                .any(|observation| has_code(*observation, term))
            {
                let child = format!("observation[code/@code='{}']", term.code);
                self.missing(
                    rule,
                    body,
                    &child,
                    ["RCP par appareil : appareil et organes ; RCP transversale : traitement ou soins.", "Meeting by organ: apparatus and organs; transverse meeting: treatment or care."],
                );
            }
        }
    }
}

fn top_sections(body: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    body.all("component")
        .filter_map(|component| component.first("section"))
}

fn has_code(observation: Element<'_>, term: &Term) -> bool {
    observation.first("code").is_some_and(|code| {
        code.attribute("code") == Some(term.code)
            && code.attribute("codeSystem") == Some(term.system)
    })
}
