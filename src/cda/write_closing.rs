//! What the volet of 2025 puts at the end: what patients are told of their data, and the copy of
//! the document as PDF (sections 21 and 22).
//!
//! **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Commentaire-non-code with `GEN-294`, and
//! FR-Document-PDF-copie.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::rcp::PrivacyNotice;

use super::{
    templates_2025, write::Out, write_datatypes::Time, write_entries::Observation,
    write_narrative::named,
};

impl<'r> Out<'r> {
    /// Section 21: the texts of the report, else those of the configuration.
    pub(super) fn notice_section(&mut self, default: &'r PrivacyNotice) {
        let own = self.report.privacy_notice.as_ref().unwrap_or(default);
        self.section(
            &templates_2025::NOTICE,
            |out| {
                for (name, text) in [
                    ("information-equipe", &own.team_text),
                    ("information-reutilisation", &own.reuse_text),
                ] {
                    if let Some(text) = text {
                        out.paragraph(named(name, text));
                    }
                }
            },
            |_| {},
        );
    }

    /// Section 22.
    pub(super) fn copy_section(&mut self, pdf: &[u8]) {
        self.section(
            &templates_2025::PDF_COPY,
            |out| {
                out.xml.open("table", &[]);
                out.xml.open("tbody", &[]);
                out.row(&[named("titre-copiePDF", "Copie du document au format PDF")]);
                out.xml.open("tr", &[]);
                out.xml.open("td", &[]);
                out.xml
                    .empty("renderMultiMedia", &[("referencedObject", "copiePDF")]);
                out.xml.close("td");
                out.xml.close("tr");
                out.xml.close("tbody");
                out.xml.close("table");
            },
            |out| out.entry(|out| out.copy_entry(pdf)),
        );
    }

    fn copy_entry(&mut self, pdf: &[u8]) {
        self.xml.open(
            "organizer",
            &[("classCode", "CLUSTER"), ("moodCode", "EVN")],
        );
        self.templates(templates_2025::ATTACHED_DOCUMENT);
        self.own_id("copy");
        self.term("code", &templates_2025::ATTACHED);
        self.xml.empty("statusCode", &[("code", "completed")]);
        self.xml.open("component", &[]);
        let head = Observation {
            templates: templates_2025::ATTACHED_TYPE,
            term: templates_2025::DOCUMENT_TYPE,
            text: "titre-copiePDF",
            time: Time::Null("NA"),
            states_negation: false,
        };
        self.observation(&head, |out| out.fixed_value(&templates_2025::COPY));
        self.xml.close("component");
        self.xml.open("component", &[]);
        let attributes = [
            ("classCode", "OBS"),
            ("moodCode", "EVN"),
            ("ID", "copiePDF"),
        ];
        self.xml.open("observationMedia", &attributes);
        let attributes = [("mediaType", "application/pdf"), ("representation", "B64")];
        self.xml.leaf("value", &attributes, &STANDARD.encode(pdf));
        self.xml.close("observationMedia");
        self.xml.close("component");
        self.xml.close("organizer");
    }
}
