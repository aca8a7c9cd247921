//! The tumours and their stage, read into the model.

use crate::rcp::{Coded, OtherClassification, Tnm, TnmStage, Tumour, value_sets};

use super::{
    codes::{self, Term},
    report_entries::has_code,
    report_reading::Reader,
    report_texts::Texts,
    templates,
    tree::Element,
};

/// One part of a stage, as the document has it.
#[derive(Default)]
struct Part {
    code: Option<String>,
    text: Option<String>,
    edition: Option<String>,
}

impl<'t> Reader<'t> {
    pub(super) fn tumours(&mut self) -> Vec<Tumour> {
        let Some(section) = self.section(&templates::TUMOURS) else {
            self.unsaid("/tumours");
            return Vec::new();
        };
        let mut tumours = Vec::new();
        while let Some(diagnosis) = self.observation(section, &codes::DIAGNOSIS) {
            tumours.push(self.tumour(diagnosis, tumours.len()));
        }
        // The acts that hold the diagnoses only repeat the first of their dates.
        for act in section
            .descendants()
            .filter(|act| act.is("act"))
            .collect::<Vec<_>>()
        {
            if self.is_understood(act) {
                self.next(act, "code");
                self.ignore_time(act);
            }
        }
        if tumours.is_empty() {
            self.unsaid("/tumours");
        }
        tumours
    }

    fn tumour(&mut self, diagnosis: Element<'t>, rank: usize) -> Tumour {
        let diagnosis_date = self.day_of(diagnosis);
        let morphology = self.coded_value(diagnosis, value_sets::MORPHOLOGY);
        let site = self.next(diagnosis, "targetSiteCode");
        let laterality = site.and_then(|site| self.laterality(site));
        let topography = site.and_then(|site| self.pointing_code(site, value_sets::TUMOUR));
        let tnm = self.stage(diagnosis, rank);
        let mut other_classifications = Vec::new();
        while let Some(other) = self.observation(diagnosis, &codes::OTHER_STAGE) {
            other_classifications.extend(self.other_stage(other));
        }
        let none = Coded::default;
        Tumour {
            diagnosis_date,
            morphology: self.or_unsaid(morphology, &format!("/tumours/{rank}/morphology"), none()),
            topography: self.or_unsaid(topography, &format!("/tumours/{rank}/topography"), none()),
            laterality,
            tnm,
            other_classifications,
            comment: self.comment(diagnosis),
        }
    }

    fn laterality(&mut self, site: Element<'t>) -> Option<Coded> {
        let qualifier = site.all("qualifier").find(|qualifier| {
            let name = qualifier
                .first("name")
                .and_then(|name| name.attribute("code"));
            name == Some(codes::SIDE.code)
        })?;
        self.note(qualifier);
        self.next(qualifier, "name");
        let value = self.next(qualifier, "value")?;
        self.pointing_code(value, value_sets::LATERALITY)
    }

    fn stage(&mut self, diagnosis: Element<'t>, rank: usize) -> Tnm {
        let Some(entry) = self.observation(diagnosis, &codes::STAGE) else {
            return Tnm::Unsaid;
        };
        let date = self.day_of(entry);
        let value = self.next(entry, "value");
        let group = value.and_then(|value| self.tnm_qualifier(value, &codes::STAGE_GROUP));
        let edition = value.and_then(|value| self.tnm_qualifier(value, &codes::TNM_EDITION));
        let [t, n, m] =
            [codes::TNM_T, codes::TNM_N, codes::TNM_M].map(|term| self.tnm_part(entry, &term));
        let edition = edition.or(t.edition).or(n.edition).or(m.edition);
        if [&t.code, &n.code, &m.code, &group]
            .iter()
            .all(|code| code.is_none())
        {
            let flavor = value.and_then(|value| value.attribute("nullFlavor"));
            return match flavor {
                Some("NA") => Tnm::NotApplicable,
                _ => Tnm::Unsaid,
            };
        }
        let mut part = |code: Option<String>, name: &str| {
            self.or_unsaid(code, &format!("/tumours/{rank}/tnm/{name}"), String::new())
        };
        Tnm::Staged(TnmStage {
            edition: part(edition, "edition"),
            stage: group,
            t: part(t.code, "t"),
            n: part(n.code, "n"),
            m: part(m.code, "m"),
            t_text: t.text,
            n_text: n.text,
            m_text: m.text,
            date,
        })
    }

    fn tnm_qualifier(&mut self, value: Element<'t>, term: &Term) -> Option<String> {
        let qualifier = value.all("qualifier").find(|qualifier| {
            let name = qualifier
                .first("name")
                .and_then(|name| name.attribute("code"));
            name == Some(term.code)
        })?;
        self.note(qualifier);
        self.next(qualifier, "name");
        let value = self.next(qualifier, "value")?;
        Self::attribute(value, "code")
    }

    fn tnm_part(&mut self, stage: Element<'t>, term: &Term) -> Part {
        let entry = stage.descendants().find(|entry| {
            entry.is("observation") && !self.is_taken(*entry) && has_code(*entry, term)
        });
        let Some(entry) = entry else {
            return Part::default();
        };
        let name = entry.first("text").and_then(Texts::target);
        self.observation(stage, term);
        self.ignore_time(entry);
        let Some(value) = self.next(entry, "value") else {
            return Part::default();
        };
        let own = self.original_text(value);
        let code = Self::attribute(value, "code");
        let written = name.and_then(|name| self.texts.named(name)).or(own);
        let text = code.as_deref().zip(written).and_then(|(code, written)| {
            let rest = written.strip_prefix(code).unwrap_or(&written);
            let rest = rest.trim_start_matches([' ', ':', '-']);
            (!rest.is_empty()).then(|| rest.to_owned())
        });
        Part {
            code,
            text,
            edition: Self::attribute(value, "codeSystemVersion"),
        }
    }

    fn other_stage(&mut self, entry: Element<'t>) -> Option<OtherClassification> {
        self.ignore_time(entry);
        let value = self.text_value(entry);
        let [name, version] =
            [codes::CLASSIFICATION_NAME, codes::CLASSIFICATION_VERSION].map(|term| {
                let part = self.observation(entry, &term)?;
                self.ignore_time(part);
                self.text_value(part)
            });
        let Some(value) = value else {
            self.lost(entry);
            return None;
        };
        Some(OtherClassification {
            value,
            name,
            version,
        })
    }
}
