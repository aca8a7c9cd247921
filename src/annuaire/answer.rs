//! The pages of an answer of the directory, read together.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    mailbox::{Holder, Mailbox, mailboxes},
    physician::{Physician, is_active, place_identifiers, postal_address, read_physician, rpps_of},
};
use crate::{
    fhir::element::{children, reference, text},
    identifiers::Rpps,
};

/// What the directory says of the numbers that it was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Those whom it knows. A number that is not there is not in the directory.
    pub physicians: BTreeMap<String, Physician>,
    /// Resources that could not be read; they are not silently "has none".
    pub unreadable: usize,
}

/// Reads the resources of every page: `Practitioner`, their `PractitionerRole`s, and the
/// `Organization`s where they work.
///
/// A physician who is known by number alone (`active` false: the directory then gives little else)
/// is one who no longer practises.
///
/// **Source:** ANS, Annuaire Santé guide, profiles `as-dp-practitioner`, `as-dp-practitionerrole`,
/// `as-dp-organization`: PER boxes on the first, CAB boxes and PER boxes tied to a place on the
/// second, ORG and APP boxes on the third.
#[must_use]
pub fn read_answer(resources: &[Value]) -> Answer {
    let of_type = |name: &'static str| {
        resources
            .iter()
            .filter(move |resource| text(resource, "resourceType") == Some(name))
    };
    let organizations: BTreeMap<&str, &Value> = of_type("Organization")
        .filter_map(|organization| Some((text(organization, "id")?, organization)))
        .collect();
    let mut answer = Answer::default();
    let mut by_id: BTreeMap<&str, Rpps> = BTreeMap::new();
    for practitioner in of_type("Practitioner") {
        let Some(physician) = physician(practitioner) else {
            answer.unreadable += 1;
            continue;
        };
        if let Some(id) = text(practitioner, "id") {
            by_id.insert(id, physician.rpps.clone());
        }
        answer
            .physicians
            .insert(physician.rpps.as_str().to_owned(), physician);
    }
    for role in of_type("PractitionerRole").filter(|role| is_active(role)) {
        let physician = reference(role, "practitioner")
            .and_then(local_id)
            .and_then(|id| by_id.get(id))
            .and_then(|rpps| answer.physicians.get_mut(rpps.as_str()));
        let Some(physician) = physician.filter(|physician| physician.is_active) else {
            continue;
        };
        let place = reference(role, "organization")
            .and_then(local_id)
            .and_then(|id| organizations.get(id).copied());
        add_situation(physician, role, place);
    }
    answer
}

fn physician(practitioner: &Value) -> Option<Physician> {
    match read_physician(practitioner) {
        Ok(mut physician) => {
            if !physician.is_active {
                physician.mailboxes.clear();
            }
            Some(physician)
        }
        // What is no longer active has kept its numbers alone.
        Err(_) if !is_active(practitioner) => {
            let rpps = children(practitioner, "identifier").find_map(rpps_of)?;
            Some(Physician {
                is_active: false,
                ..Physician::named(rpps, "", "")
            })
        }
        Err(_) => None,
    }
}

/// Adds what a place of work adds: its boxes, and where to send a letter.
fn add_situation(physician: &mut Physician, role: &Value, place: Option<&Value>) {
    // One that is closed may open again.
    physician
        .places
        .extend(place.into_iter().flat_map(place_identifiers));
    let place = place.filter(|place| is_active(place));
    let name = place
        .and_then(|place| text(place, "name"))
        .map(str::to_owned);
    let labelled = |mut mailbox: Mailbox| {
        mailbox.label = mailbox.label.or_else(|| name.clone());
        mailbox
    };
    let situation = mailboxes(role, Holder::Situation).into_iter();
    let organization = place
        .map(|place| mailboxes(place, Holder::Organization))
        .unwrap_or_default();
    for mailbox in situation.chain(organization) {
        let is_known = |known: &Mailbox| known.address == mailbox.address;
        if !physician.mailboxes.iter().any(is_known) {
            physician.mailboxes.push(labelled(mailbox));
        }
    }
    if physician.postal_address.is_empty()
        && let Some(place) = place
    {
        let lines = postal_address(place);
        if !lines.is_empty() {
            physician.postal_address = name.into_iter().chain(lines).collect();
        }
    }
}

/// The id at the end of a reference to a resource of the same server.
pub(super) fn local_id(reference: &str) -> Option<&str> {
    reference.rsplit('/').next().filter(|id| !id.is_empty())
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
