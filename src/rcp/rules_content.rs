//! Rules on what the report says: reason, disease, decision.

use std::collections::BTreeSet;

use super::{
    coded::Tri,
    patient::Sex,
    reason::CaseStatus,
    report::RcpKind,
    rules::Rules,
    tumour::{Phase, Tnm, TnmStage},
};

/// Codes of treatments that say *other*.
pub(crate) const OTHER_TREATMENTS: [&str; 2] = ["GEN-092.03.01", "GEN-092.03.02"];

impl Rules<'_> {
    pub(super) fn content(&mut self) {
        self.reason();
        self.course();
        self.tumours();
        self.treatments();
        self.decision();
        self.sources();
    }

    fn reason(&mut self) {
        let reason = &self.report.reason;
        let organs = !reason.organs.is_empty();
        match self.report.kind {
            RcpKind::AppareilOrganes => {
                self.needed("R-RSN-1", "reason.apparatus", reason.apparatus.is_some());
                self.needed("R-RSN-2", "reason.organs", organs);
                self.unwanted("reason.care_type", reason.care_type.is_none());
            }
            RcpKind::Transversale => {
                self.needed("R-RSN-3", "reason.care_type", reason.care_type.is_some());
                self.unwanted("reason.apparatus", reason.apparatus.is_none());
                self.unwanted("reason.organs", !organs);
            }
        }
    }

    fn needed(&mut self, rule: &'static str, place: &str, is_there: bool) {
        if !is_there {
            self.error(
                rule,
                place,
                ["Ce champ est obligatoire pour ce type de RCP.", "This field is mandatory for this kind of meeting."],
                ["RCP par appareil : appareil et organes ; RCP transversale : traitement ou soins.", "Meeting by organ: apparatus and organs; transverse meeting: treatment or care."],
            );
        }
    }

    fn unwanted(&mut self, place: &str, is_absent: bool) {
        if !is_absent {
            self.error(
                "R-RSN-4",
                place,
                [
                    "Ce champ est de l'autre type de RCP.",
                    "This field belongs to the other kind of meeting.",
                ],
                [
                    "Le retirer, ou changer `kind`.",
                    "Remove it, or change `kind`.",
                ],
            );
        }
    }

    fn course(&mut self) {
        let course = &self.report.course;
        if course.phase == Phase::Rechute && course.phase_date.is_none() {
            self.error(
                "R-CRS-1",
                "course.phase_date",
                [
                    "La date de la rechute manque.",
                    "The date of the relapse is missing.",
                ],
                [
                    "Donner la date, ou l'année si c'est tout ce que l'on sait.",
                    "Give the date, or the year when nothing more is known.",
                ],
            );
        }
        let progression = course.progression;
        let details = [progression.local, progression.regional, progression.distant];
        if progression.present == Tri::No && details.contains(&Tri::Yes) {
            self.error(
                "R-CRS-2",
                "course.progression",
                [
                    "La progression est niée, mais un de ses sièges est affirmé.",
                    "Progression is denied, but one of its sites is affirmed.",
                ],
                [
                    "Rendre les quatre réponses cohérentes.",
                    "Make the four answers agree.",
                ],
            );
        }
        if progression.present == Tri::Yes && details.iter().all(|detail| *detail == Tri::No) {
            self.warning(
                "R-CRS-3",
                "course.progression",
                [
                    "La progression est affirmée, mais tous ses sièges sont niés.",
                    "Progression is affirmed, but all of its sites are denied.",
                ],
                [
                    "Dire où la maladie progresse.",
                    "Say where the disease progresses.",
                ],
            );
        }
    }

    fn tumours(&mut self) {
        for (rank, tumour) in self.report.tumours.iter().enumerate() {
            if let Tnm::Staged(stage) = &tumour.tnm {
                self.stage(rank, stage);
            }
            let category = tumour
                .topography
                .code
                .as_deref()
                .and_then(|code| code.get(..3));
            let sex = match self.report.patient.sex {
                Sex::F => "F",
                Sex::M => "M",
                Sex::Unknown => "",
            };
            if category.is_some_and(|category| contradicts_sex(category, sex)) {
                self.warning(
                    "R-TUM-5",
                    format!("tumours[{rank}].topography"),
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
    }

    fn stage(&mut self, rank: usize, stage: &TnmStage) {
        for (field, head, code) in [
            ("t", 'T', &stage.t),
            ("n", 'N', &stage.n),
            ("m", 'M', &stage.m),
        ] {
            if !is_tnm(head, code) {
                self.warning(
                    "R-TUM-2",
                    format!("tumours[{rank}].tnm.{field}"),
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
        let is_fourth = stage
            .stage
            .as_deref()
            .is_some_and(|group| group.starts_with("IV"));
        let is_none = stage.m.starts_with("M0");
        if is_fourth && is_none {
            self.warning(
                "R-TUM-4",
                format!("tumours[{rank}].tnm.stage"),
                [
                    "Un stade IV sans métastase demande vérification.",
                    "A stage IV without metastasis wants a check.",
                ],
                ["Vérifier le stade et M.", "Check the stage and M."],
            );
        }
    }

    fn treatments(&mut self) {
        let report = self.report;
        let past = report
            .past_treatments
            .iter()
            .enumerate()
            .map(|(rank, past)| {
                let place = format!("past_treatments[{rank}].precision");
                (place, &past.treatment, past.precision.is_some())
            });
        let proposed = report
            .decision
            .proposals
            .iter()
            .enumerate()
            .map(|(rank, proposal)| {
                let place = format!("decision.proposals[{rank}].precision");
                let is_precise = proposal.precision.is_some() || proposal.label.is_some();
                (place, &proposal.treatment, is_precise)
            });
        for (place, treatment, is_precise) in past.chain(proposed) {
            if OTHER_TREATMENTS.iter().any(|other| treatment.is(other)) && !is_precise {
                self.error(
                    "R-TRT-1",
                    place,
                    [
                        "« Autre traitement » ne dit pas lequel.",
                        "“Other treatment” does not say which.",
                    ],
                    ["Préciser le traitement.", "Say which treatment."],
                );
            }
        }
    }

    fn decision(&mut self) {
        let report = self.report;
        let decision = &report.decision;
        if report.reason.case_status == CaseStatus::Enregistre
            && report.framework.guideline.is_none()
        {
            self.error(
                "R-FRM-1",
                "framework.guideline",
                [
                    "Un cas enregistré s'appuie sur un référentiel, qui manque.",
                    "A registered case rests on a guideline, which is missing.",
                ],
                [
                    "Nommer le référentiel et sa version.",
                    "Name the guideline and its version.",
                ],
            );
        }
        self.ranks();
        self.priority();
        let proposes = !decision.proposals.is_empty()
            || decision.surveillance.needed
            || !decision.complementary_exams.is_empty()
            || decision.refer_to_recours_rcp;
        if report.reason.treatment_proposal == Tri::Yes && !proposes {
            self.warning(
                "R-DEC-2",
                "decision",
                [
                    "Une proposition est demandée, mais la décision est vide.",
                    "A proposal is asked for, but the decision is empty.",
                ],
                [
                    "Donner une proposition, une surveillance ou un examen.",
                    "Give a proposal, a surveillance or an examination.",
                ],
            );
        }
    }

    fn ranks(&mut self) {
        let decision = &self.report.decision;
        let mut ranks = BTreeSet::new();
        for (rank, proposal) in decision.proposals.iter().enumerate() {
            if !ranks.insert((proposal.intention, proposal.sequence)) {
                self.error(
                    "R-DEC-4",
                    format!("decision.proposals[{rank}].sequence"),
                    [
                        "Deux propositions ont la même intention et le même rang.",
                        "Two proposals have the same intention and rank.",
                    ],
                    [
                        "Numéroter les traitements d'une même intention.",
                        "Number the treatments of one intention.",
                    ],
                );
            }
        }
    }

    fn priority(&mut self) {
        let decision = &self.report.decision;
        if let Some(priority) = &decision.refer_to_recours_rcp_priority
            && priority.code.is_none()
        {
            self.error(
                "I18",
                "decision.refer_to_recours_rcp_priority",
                ["La priorité demande un code.", "The priority wants a code."],
                [
                    "Donner un code de HL7 ActPriority, CS par exemple.",
                    "Give a code of HL7 ActPriority, CS for instance.",
                ],
            );
        }
    }

    fn sources(&mut self) {
        let report = self.report;
        for (rule, place, source) in [
            (
                "R-SRC-2",
                "surgery_report.performer",
                &report.surgery_report,
            ),
            (
                "R-SRC-3",
                "pathology_report.performer",
                &report.pathology_report,
            ),
        ] {
            if source
                .as_ref()
                .is_some_and(|source| source.performer.is_none())
            {
                self.warning(
                    rule,
                    place,
                    [
                        "Le compte rendu ne dit pas qui a opéré ou examiné.",
                        "The report does not say who operated or examined.",
                    ],
                    [
                        "Nommer le chirurgien ou le pathologiste.",
                        "Name the surgeon or the pathologist.",
                    ],
                );
            }
        }
    }
}

/// A letter, then a digit, `X`, `is` or `a`, then what refines it.
pub(crate) fn is_tnm(head: char, code: &str) -> bool {
    let mut chars = code.chars();
    chars.next() == Some(head)
        && chars
            .next()
            .is_some_and(|second| matches!(second, '0'..='4' | 'X' | 'x' | 'i' | 'a'))
        && chars.all(|char| char.is_ascii_alphanumeric() || "()+-".contains(char))
}

/// True for a topography (category of CIM-10) of the organs of the other sex (`M` or `F`).
pub(crate) fn contradicts_sex(category: &str, sex: &str) -> bool {
    match category {
        "C60" | "C61" | "C62" | "C63" => sex == "F",
        "C51" | "C52" | "C53" | "C54" | "C55" | "C56" | "C57" | "C58" => sex == "M",
        _ => false,
    }
}
