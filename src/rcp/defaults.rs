//! What a report need not say, because a document says it anyway.

use crate::terminology::Terminology;

use super::{
    coded::Coded,
    organization::{Address, Organization},
    people::{AttendingPhysician, ParticipantEntry, ParticipantTime, Professional},
    report::RcpReport,
    sources::Paraclinical,
    state::{FunctionalStatus, Pregnancy},
    value_sets,
};

/// Sector of a structure that says none.
pub(crate) const DEFAULT_SECTOR: &str = "ETABLISSEMENT";
/// Language of a report that says none.
pub(crate) const DEFAULT_LANGUAGE: &str = "fr-FR";
/// Kind of encounter of a meeting that says none: the patient is absent.
pub(crate) const DEFAULT_ENCOUNTER: &str = "VR";
/// Urgency of a second opinion that says none: to be planned.
const DEFAULT_PRIORITY: &str = "CS";
/// Function of an author of whom only a comment is said.
const DEFAULT_FUNCTION: &str = "353";

impl RcpReport {
    /// Title of a document whose report gives none: network, manager and RCP.
    #[must_use]
    pub fn default_title(&self) -> String {
        let rcp = &self.rcp;
        format!(
            "FRCP {} / {} / {}",
            rcp.rrc_name, rcp.manager_name, rcp.rcp_name
        )
    }

    /// The same report without what only repeats a default: systems and labels that the value
    /// set decides, and optional fields. Two reports that differ in nothing else make the same
    /// document.
    #[must_use]
    pub fn without_defaults(mut self, terminology: &Terminology) -> Self {
        self.plain_codes(terminology);
        let title = self.default_title();
        let document = &mut self.document;
        document.title = document.title.take().filter(|said| *said != title);
        document.language = document
            .language
            .take()
            .filter(|said| said != DEFAULT_LANGUAGE);
        let author = &mut self.people.author;
        if let Some(function) = &mut author.function {
            let text = function.text.take();
            author.comment = author.comment.take().or(text);
        }
        if author.comment.is_some() {
            drop_default(&mut author.function, DEFAULT_FUNCTION);
        }
        self.each_organization(|one| drop_default(&mut one.sector, DEFAULT_SECTOR));
        self.drop_blank_addresses();
        for entry in self.participants() {
            entry.time = entry.time.take().filter(ParticipantTime::says_something);
        }
        self.meeting_without_defaults();
        let author = self.people.author.clone();
        let sources = [&mut self.surgery_report, &mut self.pathology_report];
        for source in sources
            .into_iter()
            .flatten()
            .chain(&mut self.molecular_reports)
        {
            let (by, at) = (&mut source.copied_by, &mut source.copied_at);
            *by = by.take().filter(|said| *said != author.professional);
            *at = at.take().filter(|said| *said != author.time);
        }
        let status = self.functional_status.take();
        self.functional_status = status.filter(|status| *status != FunctionalStatus::default());
        let pregnancy = self.pregnancy.take();
        self.pregnancy = pregnancy.filter(|pregnancy| *pregnancy != Pregnancy::default());
        let paraclinical = self.paraclinical.take();
        self.paraclinical = paraclinical.filter(|said| *said != Paraclinical::default());
        drop_default(
            &mut self.decision.refer_to_recours_rcp_priority,
            DEFAULT_PRIORITY,
        );
        self
    }

    fn meeting_without_defaults(&mut self) {
        let rcp = &mut self.rcp;
        drop_default(&mut rcp.encounter_type, DEFAULT_ENCOUNTER);
        let coordinator = &self.people.coordinator.professional;
        let facility = &mut rcp.facility.organization;
        rcp.performer = rcp.performer.take().filter(|said| said != coordinator);
        if let Some(performer) = &mut rcp.performer {
            // The document lends the structure of the meeting to who held it and has none, and
            // says there all that is known of it.
            let place = performer
                .organization
                .get_or_insert_with(|| facility.clone())
                .clone();
            let is_facility = place.id == facility.id
                && place.name == facility.name
                && place.addresses.first() == facility.addresses.first();
            if *performer == *coordinator {
                rcp.performer = None;
            } else if is_facility && coordinator.organization.is_none() {
                let held = Professional {
                    organization: None,
                    ..performer.clone()
                };
                if held == *coordinator {
                    *facility = place;
                    rcp.performer = None;
                }
            }
        }
        let first = self.tumours.first().map(|tumour| &tumour.topography);
        rcp.topography = rcp.topography.take().filter(|said| Some(said) != first);
    }

    fn plain_codes(&mut self, terminology: &Terminology) {
        let plain = |set: &str, coded: &mut Coded| coded.forget_what_is_decided(set, terminology);
        for professional in self.professionals() {
            let profession = professional.profession.iter_mut();
            profession.for_each(|coded| plain(value_sets::SPECIALITY, coded));
        }
        self.each_organization(|organization| {
            let sector = organization.sector.iter_mut();
            sector.for_each(|coded| plain(value_sets::SECTOR, coded));
        });
        for relative in &mut self.relatives {
            let kinship = relative.kinship.iter_mut();
            kinship.for_each(|coded| plain(value_sets::KINSHIP, coded));
        }
        let reason = &mut self.reason;
        let rcp = &mut self.rcp;
        let optional = [
            (value_sets::FUNCTION, &mut self.people.author.function),
            (value_sets::ENCOUNTER, &mut rcp.encounter_type),
            (value_sets::TUMOUR, &mut rcp.topography),
            (value_sets::APPARATUS, &mut reason.apparatus),
            (value_sets::CARE, &mut reason.care_type),
        ];
        for (set, coded) in optional {
            coded.iter_mut().for_each(|coded| plain(set, coded));
        }
        plain(value_sets::FACILITY, &mut rcp.facility.facility_type);
        for organ in &mut reason.organs {
            plain(value_sets::ORGAN, organ);
        }
        for tumour in &mut self.tumours {
            plain(value_sets::MORPHOLOGY, &mut tumour.morphology);
            plain(value_sets::TUMOUR, &mut tumour.topography);
            let laterality = tumour.laterality.iter_mut();
            laterality.for_each(|coded| plain(value_sets::LATERALITY, coded));
        }
        for fact in self.pregnancy.iter_mut().flat_map(|one| &mut one.other) {
            plain(value_sets::PREGNANCY, &mut fact.what);
        }
        let status = self.functional_status.iter_mut();
        for evaluation in status.flat_map(|one| &mut one.geriatric_evaluations) {
            let result = evaluation.result.iter_mut();
            result.for_each(|coded| plain(value_sets::GERIATRIC_RESULT, coded));
        }
        for treatment in &mut self.past_treatments {
            plain(value_sets::TREATMENT, &mut treatment.treatment);
        }
        for proposal in &mut self.decision.proposals {
            plain(value_sets::TREATMENT, &mut proposal.treatment);
            let shown = proposal.treatment.label(value_sets::TREATMENT, terminology);
            proposal.label = proposal.label.take().filter(|said| *said != shown);
        }
    }

    /// Everybody who is said to have taken part.
    fn participants(&mut self) -> Vec<&mut ParticipantEntry> {
        let people = &mut self.people;
        let mut all: Vec<_> = match &mut people.attending_physician {
            AttendingPhysician::Known(entry) => vec![entry.as_mut()],
            AttendingPhysician::None | AttendingPhysician::Unknown => Vec::new(),
        };
        let roles = [&mut people.requester, &mut people.presenter];
        all.extend(roles.into_iter().flatten());
        for entries in [
            &mut people.quorum_members,
            &mut people.other_attendees,
            &mut people.correspondents,
        ] {
            all.extend(entries);
        }
        all
    }

    /// Every professional of the report.
    fn professionals(&mut self) -> Vec<&mut Professional> {
        let people = &mut self.people;
        let mut all = vec![
            &mut people.author.professional,
            &mut people.legal_authenticator.professional,
            &mut people.coordinator.professional,
        ];
        if let AttendingPhysician::Known(entry) = &mut people.attending_physician {
            all.push(&mut entry.professional);
        }
        let entries = [
            &mut people.quorum_members,
            &mut people.other_attendees,
            &mut people.correspondents,
        ];
        let roles = [&mut people.requester, &mut people.presenter];
        let entries = entries.into_iter().flatten();
        for entry in entries.chain(roles.into_iter().flatten()) {
            all.push(&mut entry.professional);
        }
        all.extend(&mut self.rcp.performer);
        let sources = [&mut self.surgery_report, &mut self.pathology_report];
        for source in sources
            .into_iter()
            .flatten()
            .chain(&mut self.molecular_reports)
        {
            let people = [
                &mut source.performer,
                &mut source.original_author,
                &mut source.copied_by,
                &mut source.sampler,
            ];
            all.extend(people.into_iter().flatten());
        }
        all
    }

    /// Does the same to every structure of the report.
    fn each_organization(&mut self, act: impl Fn(&mut Organization)) {
        for guardian in &mut self.patient.guardians {
            guardian.organization.iter_mut().for_each(&act);
        }
        act(&mut self.custodian);
        act(&mut self.rcp.facility.organization);
        for professional in self.professionals() {
            professional.organization.iter_mut().for_each(&act);
        }
    }

    /// Drops the addresses that say nothing.
    fn drop_blank_addresses(&mut self) {
        let drop = |addresses: &mut Vec<Address>| addresses.retain(Address::says_something);
        drop(&mut self.patient.addresses);
        for guardian in &mut self.patient.guardians {
            drop(&mut guardian.addresses);
        }
        for relative in &mut self.relatives {
            drop(&mut relative.addresses);
        }
        for professional in self.professionals() {
            drop(&mut professional.addresses);
        }
        self.each_organization(|organization| drop(&mut organization.addresses));
    }
}

fn drop_default(said: &mut Option<Coded>, default: &str) {
    *said = said.take().filter(|said| *said != Coded::of(default));
}
