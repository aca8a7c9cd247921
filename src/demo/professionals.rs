//! Those who meet: specialists of the hospitals, and the physicians of the patients.

use super::{
    dice::{Dice, Topic},
    names::FullName,
    patients::{address, telephone},
    physicians,
    region::Region,
    story::{AttendingPhysicianRank, Story},
    structures::Structure,
};
use crate::rcp::{
    AttendingPhysician, Coded, Organization, OrganizationId, OrganizationIdKind, ParticipantEntry,
    ParticipantTime, PersonName, Professional, ProfessionalId, ProfessionalIdKind,
};

/// Head of the RPPS numbers of the specialists.
const SPECIALISTS: u32 = 9_995;

/// Specialists that one hospital may have: twelve boards of ten seats.
const SEATS: usize = 1_000;

/// Professions that sit without being physicians of the quorum.
const NURSE: &str = "G15_60";

impl Story<'_> {
    /// Rank of the hospital among those that hold meetings.
    pub(super) fn hospital_rank(&self, region: &Region<'_>) -> usize {
        region.hospital_rank(self.board_rank, self.site)
    }

    /// The hospital that holds the meeting.
    pub(super) fn hospital<'r>(&self, region: &'r Region<'_>) -> &'r Structure {
        &region.structures[region.hospitals[self.hospital_rank(region)]]
    }

    /// The specialist of a seat of the board: 0 is the coordinator, 1 operates.
    pub(super) fn specialist(&self, region: &Region<'_>, seat: usize) -> Professional {
        let specialties = &self.board.specialties.0;
        let hospital = self.hospital(region);
        let rank = self.hospital_rank(region) * SEATS + self.board_rank * 10 + seat;
        let dice = &mut Dice::new(region.plan.seed, Topic::Specialist, rank);
        let name = FullName::throw(dice);
        let title = if dice.chance(12) { "PR" } else { "DR" };
        let specialty = &specialties[seat % specialties.len()];
        let code = format!("G15_10/{specialty}");
        Professional {
            id: Some(rpps(physicians::rpps(SPECIALISTS, rank).as_str())),
            profession: region.coded("JDV_J01-XdsAuthorSpecialty-CISIS", &code),
            name: Some(PersonName {
                family: name.family.to_owned(),
                given: Some(name.given.to_owned()),
                prefix: Some(name.gender.prefix().to_owned()),
                suffix: Some(title.to_owned()),
            }),
            addresses: Vec::new(),
            telecoms: vec![telephone(&hospital.phone)],
            organization: Some(organization(region, hospital)),
        }
    }

    /// The specialist of that speciality, or the last seat.
    pub(super) fn specialist_in(&self, region: &Region<'_>, specialty: &str) -> Professional {
        let specialties = &self.board.specialties.0;
        let seat = specialties.iter().position(|code| code == specialty);
        self.specialist(region, seat.unwrap_or(specialties.len() - 1))
    }

    /// The attending physician, when there is one.
    pub(super) fn attending_physician(&self, region: &Region<'_>) -> AttendingPhysician {
        match self.physician {
            AttendingPhysicianRank::None => AttendingPhysician::None,
            AttendingPhysicianRank::Unknown => AttendingPhysician::Unknown,
            AttendingPhysicianRank::Known(rank) => {
                AttendingPhysician::Known(Box::new(ParticipantEntry {
                    professional: general_practitioner(region, rank),
                    ..ParticipantEntry::default()
                }))
            }
        }
    }

    /// A nurse who coordinates, outside the quorum.
    pub(super) fn nurse(&self, region: &Region<'_>) -> Professional {
        let hospital = self.hospital(region);
        let rank = self.hospital_rank(region) * SEATS + self.board_rank * 10 + 9;
        let dice = &mut Dice::new(region.plan.seed, Topic::Specialist, rank);
        let name = FullName::throw(dice);
        Professional {
            id: None,
            profession: region.coded("JDV_J01-XdsAuthorSpecialty-CISIS", NURSE),
            name: Some(PersonName {
                family: name.family.to_owned(),
                given: Some(name.given.to_owned()),
                prefix: Some(name.gender.prefix().to_owned()),
                suffix: None,
            }),
            organization: Some(organization(region, hospital)),
            ..Professional::default()
        }
    }
}

/// A participant present at the meeting.
pub(super) fn present(story: &Story<'_>, professional: Professional) -> ParticipantEntry {
    let (day, hour) = (story.met_on, story.board.hour);
    ParticipantEntry {
        professional,
        comment: None,
        time: Some(ParticipantTime::At(super::timeline::paris(day, hour, 0))),
    }
}

/// A structure, as a report names it.
pub(super) fn organization(region: &Region<'_>, structure: &Structure) -> Organization {
    let commune = &region.communes[structure.commune];
    Organization {
        id: Some(OrganizationId {
            kind: OrganizationIdKind::Finess,
            value: structure.finess.as_str().to_owned(),
        }),
        name: Some(structure.name.clone()),
        telecoms: vec![telephone(&structure.phone)],
        addresses: vec![address(
            &structure.house_number,
            structure.street,
            commune,
            "WP",
        )],
        sector: Some(Coded {
            code: Some("ETABLISSEMENT".to_owned()),
            ..region
                .coded("JDV_J04-XdsPracticeSettingCode-CISIS", "ETABLISSEMENT")
                .unwrap_or_default()
        }),
    }
}

fn general_practitioner(region: &Region<'_>, rank: usize) -> Professional {
    let physician = &region.physicians[rank];
    let commune = &region.communes[physician.commune];
    Professional {
        id: Some(rpps(physician.rpps.as_str())),
        profession: region.coded("JDV_J01-XdsAuthorSpecialty-CISIS", "G15_10/SM26"),
        name: Some(PersonName {
            family: physician.name.family.to_owned(),
            given: Some(physician.name.given.to_owned()),
            prefix: Some(physician.name.gender.prefix().to_owned()),
            suffix: Some("DR".to_owned()),
        }),
        addresses: vec![address(
            &physician.house_number,
            physician.street,
            commune,
            "WP",
        )],
        telecoms: vec![telephone(&physician.phone)],
        organization: None,
    }
}

fn rpps(value: &str) -> ProfessionalId {
    ProfessionalId {
        kind: ProfessionalIdKind::Rpps,
        value: value.to_owned(),
    }
}
