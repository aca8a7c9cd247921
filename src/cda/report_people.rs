//! Professionals in their roles, read into the model.
//!
//! **Source:** ANS, CI-SIS, volet CANCER-FRCP 2022.01, roles of the meeting.

use crate::rcp::{
    AttendingPhysician, Author, Coded, LegalAuthenticator, ParticipantEntry, ParticipantTime,
    People, Period, Professional, ProfessionalId, ProfessionalIdKind, When, value_sets,
};

use super::{
    header_people::PROFESSIONAL_ROOT,
    report_reading::{NO_MOMENT, Reader},
    tree::Element,
};

/// Where the parts of a person stand, by element that holds them.
const PERSONS: [&str; 3] = ["assignedPerson", "associatedPerson", "playingEntity"];
const ORGANIZATIONS: [&str; 2] = ["representedOrganization", "scopingOrganization"];

impl<'t> Reader<'t> {
    /// Everybody but the patient and the relatives.
    pub(super) fn people(&mut self) -> People {
        let author = self.author();
        let legal_authenticator = self.legal_authenticator();
        let coordinator = self.participant("RESP", None);
        let requester = self.participant("REFB", None);
        let presenter = self.participant("PRF", None);
        let attending_physician = self.attending_physician();
        let quorum_members = self.participants("PRF", "353");
        let other_attendees = self.participants("PRF", "CORRE");
        let mut correspondents = self.participants("CON", "CORRE");
        while let Some(unnamed) = self.participant("CON", None) {
            correspondents.push(unnamed);
        }
        People {
            author,
            legal_authenticator,
            coordinator: self.or_unsaid(
                coordinator,
                "/people/coordinator",
                ParticipantEntry::default(),
            ),
            requester,
            presenter,
            attending_physician,
            quorum_members,
            other_attendees,
            correspondents,
        }
    }

    /// The first author that is a person.
    fn author(&mut self) -> Author {
        let root = self.root;
        let element = root.all("author").find(|author| {
            author
                .path(&["assignedAuthor", "assignedAuthoringDevice"])
                .is_none()
        });
        let Some(element) = element else {
            self.unsaid("/people/author");
            return Author {
                professional: Professional::default(),
                time: NO_MOMENT,
                function: None,
                comment: None,
            };
        };
        self.note(element);
        let (function, comment) = self.function(element);
        let time = self
            .next(element, "time")
            .and_then(|time| self.moment(time));
        let entity = self.next(element, "assignedAuthor");
        Author {
            professional: entity
                .map(|entity| self.professional(entity))
                .unwrap_or_default(),
            time: self.or_unsaid(time, "/people/author/time", NO_MOMENT),
            function,
            comment,
        }
    }

    fn legal_authenticator(&mut self) -> LegalAuthenticator {
        let root = self.root;
        let Some(element) = self.next(root, "legalAuthenticator") else {
            self.unsaid("/people/legal_authenticator");
            return LegalAuthenticator {
                professional: Professional::default(),
                time: NO_MOMENT,
            };
        };
        let time = self
            .next(element, "time")
            .and_then(|time| self.moment(time));
        let entity = self.next(element, "assignedEntity");
        LegalAuthenticator {
            professional: entity
                .map(|entity| self.professional(entity))
                .unwrap_or_default(),
            time: self.or_unsaid(time, "/people/legal_authenticator/time", NO_MOMENT),
        }
    }

    /// `functionCode`: the function, and the comment on the person.
    fn function(&mut self, element: Element<'t>) -> (Option<Coded>, Option<String>) {
        let Some(function) = self.next(element, "functionCode") else {
            return (None, None);
        };
        match self.coded(function, value_sets::FUNCTION) {
            Some(Coded {
                code: None, text, ..
            }) => (None, text),
            Some(coded) => (
                Some(Coded {
                    text: None,
                    ..coded.clone()
                }),
                coded.text,
            ),
            None => (None, None),
        }
    }

    /// The next participant of that type and function.
    fn participant(&mut self, type_code: &str, function: Option<&str>) -> Option<ParticipantEntry> {
        let root = self.root;
        let element = root.all("participant").find(|participant| {
            let own = participant
                .first("functionCode")
                .and_then(|code| code.attribute("code"));
            !self.is_understood(*participant)
                && participant.attribute("typeCode") == Some(type_code)
                && own == function
        })?;
        self.note(element);
        let (_, comment) = self.function(element);
        let time = self
            .next(element, "time")
            .and_then(|time| self.participant_time(time));
        let entity = self.next(element, "associatedEntity");
        Some(ParticipantEntry {
            professional: entity
                .map(|entity| self.professional(entity))
                .unwrap_or_default(),
            comment,
            time,
        })
    }

    fn participants(&mut self, type_code: &str, function: &str) -> Vec<ParticipantEntry> {
        std::iter::from_fn(|| self.participant(type_code, Some(function))).collect()
    }

    fn participant_time(&mut self, time: Element<'t>) -> Option<ParticipantTime> {
        if time.attribute("value").is_none() {
            let start = self.when(time);
            let end = self.next(time, "high").and_then(|high| self.when(high));
            return (start.is_some() || end.is_some())
                .then_some(ParticipantTime::During(Period { start, end }));
        }
        Some(match self.when(time)? {
            When::Moment(moment) => ParticipantTime::At(moment),
            day @ When::Date(_) => ParticipantTime::During(Period {
                start: Some(day),
                end: Some(day),
            }),
        })
    }

    /// Never silent in the model: a document that does not name one does not know.
    fn attending_physician(&mut self) -> AttendingPhysician {
        let root = self.root;
        let flavor = root
            .all("participant")
            .filter(|participant| participant.attribute("typeCode") == Some("INF"))
            .find(|participant| {
                let function = participant.first("functionCode");
                function.and_then(|code| code.attribute("code")) == Some("PCP")
            })
            .and_then(|participant| participant.first("associatedEntity"))
            .and_then(|entity| entity.attribute("nullFlavor"));
        let entry = self.participant("INF", Some("PCP"));
        match (entry, flavor) {
            (Some(_), Some("NA")) => AttendingPhysician::None,
            (None, _) | (Some(_), Some(_)) => AttendingPhysician::Unknown,
            (Some(entry), None) => AttendingPhysician::Known(Box::new(entry)),
        }
    }

    /// A professional, from the element that gives role, person and structure.
    pub(super) fn professional(&mut self, entity: Element<'t>) -> Professional {
        self.note(entity);
        let code = self.next(entity, "code");
        let person = PERSONS.iter().find_map(|person| self.next(entity, person));
        let organization = ORGANIZATIONS
            .iter()
            .find_map(|organization| self.next(entity, organization));
        Professional {
            id: self.professional_id(entity),
            profession: code.and_then(|code| self.coded(code, value_sets::SPECIALITY)),
            name: person
                .and_then(|person| self.next(person, "name"))
                .and_then(|name| self.person_name(name)),
            addresses: self.addresses(entity),
            telecoms: self.telecoms(entity),
            organization: organization.map(|organization| self.organization(organization)),
        }
    }

    fn professional_id(&mut self, entity: Element<'t>) -> Option<ProfessionalId> {
        let unknown = entity
            .all("id")
            .find(|id| id.attribute("nullFlavor").is_some());
        if let Some(unknown) = unknown {
            self.note(unknown);
        }
        let id = entity
            .all("id")
            .find(|id| id.attribute("root") == Some(PROFESSIONAL_ROOT))?;
        let id_nat = Self::attribute(id, "extension")?;
        self.note(id);
        let rest = id_nat.chars().skip(1).collect();
        let (kind, value) = match id_nat.chars().next()? {
            '0' => (ProfessionalIdKind::Adeli, rest),
            '8' => (ProfessionalIdKind::Rpps, rest),
            _ => (ProfessionalIdKind::StructureInternal, id_nat),
        };
        Some(ProfessionalId { kind, value })
    }

    /// A professional of an entry, none when only the absence of an identifier is said.
    pub(super) fn professional_of_entry(&mut self, entity: Element<'t>) -> Option<Professional> {
        let professional = self.professional(entity);
        (professional != Professional::default()).then_some(professional)
    }
}
