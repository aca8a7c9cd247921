//! Conclusions copied from other reports (sections 10 to 12).
//!
//! **Source:** ANS, volet CANCER-FRCP 2022.01, FR-Conclusion-de-CRO, FR-Conclusion-du-CR-ACP and
//! FR-Conclusion-CR-GM.

use crate::rcp::{Moment, Professional, ReportSource, When, value_sets};

use super::{
    codes::{self, Term},
    header_people::STRUCTURE_ROOT,
    templates::{self, SectionKind},
    write::Out,
    write_datatypes::{Time, french_name, french_when, ts, ts_when},
    write_narrative::{cell, named},
};

/// Which report a conclusion comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Surgery,
    Pathology,
    Molecular,
}

impl Origin {
    fn kind(self) -> &'static SectionKind {
        match self {
            Self::Surgery => &templates::SURGERY,
            Self::Pathology => &templates::PATHOLOGY,
            Self::Molecular => &templates::MOLECULAR,
        }
    }

    fn term(self) -> Term {
        match self {
            Self::Surgery => codes::SURGERY_NOTE,
            Self::Pathology | Self::Molecular => codes::CONCLUSION,
        }
    }

    fn performer(self) -> &'static str {
        match self {
            Self::Surgery => "Chirurgien",
            Self::Pathology => "Anatomopathologiste",
            Self::Molecular => "Biologiste moléculaire",
        }
    }
}

impl<'r> Out<'r> {
    pub(super) fn source_sections(&mut self) {
        let report = self.report;
        if let Some(source) = &report.surgery_report {
            self.source_section(Origin::Surgery, "CRO", source);
        }
        if let Some(source) = &report.pathology_report {
            self.source_section(Origin::Pathology, "CR-ACP", source);
        }
        for (rank, source) in report.molecular_reports.iter().enumerate() {
            self.source_section(Origin::Molecular, &format!("CR-GM-{}", rank + 1), source);
        }
    }

    fn source_section(&mut self, origin: Origin, key: &str, source: &'r ReportSource) {
        self.section_of(
            origin.kind(),
            key,
            |out| out.source_text(origin, key, source),
            |out| {
                let author = &out.report.people.author;
                let copied_by = source.copied_by.as_ref().unwrap_or(&author.professional);
                let copied_at = source.copied_at.unwrap_or(author.time);
                out.author_of(Some(copied_by), Some(copied_at));
                out.entry(|out| out.conclusion_entry(origin, key, source));
                if let Some(comment) = &source.comment {
                    out.comment_section(key, comment);
                }
            },
        );
    }

    fn source_text(&mut self, origin: Origin, key: &str, source: &ReportSource) {
        let caption = source.title.as_deref().unwrap_or("Conclusion");
        self.facts(cell(caption), |out| {
            let mut when = |label: &str, when: Option<When>| {
                if let Some(when) = when {
                    out.fact(label, cell(&french_when(when)));
                }
            };
            when("Début", source.performed_start);
            when("Fin", source.performed_end);
            when("Prélèvement", source.sampled_at);
            for (label, person) in [
                (origin.performer(), &source.performer),
                ("Préleveur", &source.sampler),
                ("Auteur de la conclusion", &source.original_author),
            ] {
                if let Some(person) = person {
                    out.fact(label, cell(&person_text(person)));
                }
            }
            let text = named_conclusion(key);
            out.fact("Conclusion", named(&text, &source.conclusion));
        });
    }

    fn conclusion_entry(&mut self, origin: Origin, key: &str, source: &'r ReportSource) {
        let text = named_conclusion(key);
        let time = match (source.performed_start, source.performed_end) {
            (None, None) => Time::Null("UNK"),
            (start, end) => Time::Between(start.map(ts_when), end.map(ts_when)),
        };
        self.simple(origin.term(), &text, time, |out| {
            out.text_value(&text);
            if let Some(performer) = &source.performer {
                out.performer_of(performer);
            }
            let has_sampler = source.sampler.is_some() || source.sampled_at.is_some();
            if has_sampler && origin != Origin::Pathology {
                out.sampler_as_performer(source.sampler.as_ref(), source.sampled_at);
            }
            if source.original_author.is_some() || source.original_author_time.is_some() {
                out.author_of(source.original_author.as_ref(), source.original_author_time);
            }
            if has_sampler && origin == Origin::Pathology {
                out.sampler(source.sampler.as_ref(), source.sampled_at);
            }
        });
    }

    fn author_of(&mut self, professional: Option<&'r Professional>, time: Option<Moment>) {
        self.xml.open("author", &[]);
        self.time_or_unknown("time", time.map(ts).as_deref());
        self.assigned_or_unknown("assignedAuthor", professional);
        self.xml.close("author");
    }

    fn performer_of(&mut self, professional: &'r Professional) {
        self.xml.open("performer", &[("typeCode", "PRF")]);
        self.assigned("assignedEntity", professional);
        self.xml.close("performer");
    }

    /// Who took the sample, as a performer: told from the other one by its time.
    fn sampler_as_performer(&mut self, sampler: Option<&'r Professional>, time: Option<When>) {
        self.xml.open("performer", &[("typeCode", "PRF")]);
        self.time_or_unknown("time", time.map(ts_when).as_deref());
        self.assigned_or_unknown("assignedEntity", sampler);
        self.xml.close("performer");
    }

    fn assigned_or_unknown(&mut self, element: &str, professional: Option<&'r Professional>) {
        match professional {
            Some(professional) => self.assigned(element, professional),
            None => {
                self.xml.open(element, &[]);
                self.null("id", "UNK");
                self.xml.close(element);
            }
        }
    }

    /// Who took the sample, as a participant.
    fn sampler(&mut self, sampler: Option<&'r Professional>, time: Option<When>) {
        self.xml.open("participant", &[("typeCode", "PRF")]);
        if let Some(time) = time {
            self.xml.empty("time", &[("value", &ts_when(time))]);
        }
        match sampler {
            Some(sampler) => self.sampler_role(sampler),
            None => self.null("participantRole", "UNK"),
        }
        self.xml.close("participant");
    }

    fn sampler_role(&mut self, professional: &'r Professional) {
        self.xml.open("participantRole", &[]);
        if let Some(id) = &professional.id {
            self.professional_id(&id.id_nat());
        }
        if let Some(profession) = &professional.profession {
            self.coded("code", value_sets::SPECIALITY, profession);
        }
        self.addresses(&professional.addresses);
        self.telecoms(&professional.telecoms);
        if let Some(name) = &professional.name {
            self.xml.open("playingEntity", &[]);
            self.person_name(name);
            self.xml.close("playingEntity");
        }
        if let Some(organization) = &professional.organization {
            self.xml.open("scopingEntity", &[]);
            if let Some(id) = &organization.id {
                self.id("id", STRUCTURE_ROOT, Some(&id.id_nat()));
            }
            if let Some(name) = &organization.name {
                self.xml.leaf("desc", &[], name);
            }
            self.xml.close("scopingEntity");
        }
        self.xml.close("participantRole");
    }

    /// Sub-section of comment.
    fn comment_section(&mut self, key: &str, comment: &str) {
        let kind = SectionKind {
            key: "commentaire-source",
            title: None,
            ..templates::PATIENT_COMMENT
        };
        let text = format!("commentaire-{key}");
        self.section_of(
            &kind,
            &text,
            |out| out.paragraph(named(&text, comment)),
            |_| {},
        );
    }
}

fn named_conclusion(key: &str) -> String {
    format!("conclusion-{key}")
}

/// A professional as people read it: name, then structure.
fn person_text(professional: &Professional) -> String {
    let name = professional
        .name
        .as_ref()
        .map(french_name)
        .unwrap_or_default();
    let organization = professional
        .organization
        .as_ref()
        .and_then(|organization| organization.name.as_deref());
    match organization {
        Some(organization) => format!("{name} ({organization})"),
        None => name,
    }
}
