//! Persons in their roles, written.

use crate::rcp::{ParticipantEntry, Professional, value_sets};

use super::{
    codes::Term,
    write::{Out, WriteError},
};

/// Function of a participant.
pub(super) enum Function {
    /// None that the list knows: only the comment is written.
    None,
    /// A code of the list.
    Of(Term),
}

impl<'r> Out<'r> {
    /// Content of `assignedAuthor` or `assignedEntity`; `id` is mandatory there.
    pub(super) fn assigned(&mut self, element: &str, professional: &'r Professional) {
        self.xml.open(element, &[]);
        match &professional.id {
            Some(id) => self.professional_id(&id.id_nat()),
            None => self.null("id", "UNK"),
        }
        self.person(professional, "assignedPerson", "representedOrganization");
        self.xml.close(element);
    }

    /// As [`Out::assigned`], in the header, where the identifier cannot be unknown.
    pub(super) fn assigned_in_header(
        &mut self,
        element: &str,
        professional: &'r Professional,
        place: &'static str,
    ) {
        if professional.id.is_none() {
            self.fail(WriteError::Missing(place));
        }
        self.assigned(element, professional);
    }

    /// What follows the identifier of a person.
    fn person(&mut self, professional: &'r Professional, person: &str, organization: &str) {
        if let Some(profession) = &professional.profession {
            self.coded("code", value_sets::SPECIALITY, profession);
        }
        self.addresses(&professional.addresses);
        self.telecoms(&professional.telecoms);
        if let Some(name) = &professional.name {
            self.xml.open(person, &[]);
            self.person_name(name);
            self.xml.close(person);
        }
        if let Some(structure) = &professional.organization {
            self.organization(organization, structure);
        }
    }

    /// A participant of the meeting.
    pub(super) fn participant(
        &mut self,
        type_code: &str,
        function: &Function,
        entry: &'r ParticipantEntry,
    ) {
        self.xml.open("participant", &[("typeCode", type_code)]);
        self.function(function, entry.comment.as_deref());
        self.participant_time(entry.time);
        self.xml.open("associatedEntity", &[("classCode", "PROV")]);
        if let Some(id) = &entry.professional.id {
            self.professional_id(&id.id_nat());
        }
        self.person(
            &entry.professional,
            "associatedPerson",
            "scopingOrganization",
        );
        self.xml.close("associatedEntity");
        self.xml.close("participant");
    }

    /// A participant of whom nothing is said, and why.
    pub(super) fn absent_participant(&mut self, type_code: &str, function: Term, flavor: &str) {
        self.xml.open("participant", &[("typeCode", type_code)]);
        self.function(&Function::Of(function), None);
        self.null("time", "UNK");
        self.xml.empty(
            "associatedEntity",
            &[("classCode", "PROV"), ("nullFlavor", flavor)],
        );
        self.xml.close("participant");
    }

    fn function(&mut self, function: &Function, comment: Option<&str>) {
        match (function, comment) {
            (Function::Of(term), comment) => self.term_with_text("functionCode", term, comment),
            (Function::None, Some(comment)) => {
                self.xml.open("functionCode", &[("nullFlavor", "NA")]);
                self.xml.leaf("originalText", &[], comment);
                self.xml.close("functionCode");
            }
            (Function::None, None) => {}
        }
    }
}
