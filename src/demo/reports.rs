//! Reports of multidisciplinary meetings: identity, people and meeting around the clinical story.

use time::{Date, Duration};
use uuid::Builder;

use super::{
    boards::BoardKind,
    cases::Spread,
    dice::{Dice, Topic},
    professionals::{organization, present},
    region::Region,
    report_clinical as clinical, report_text as text,
    story::{Place, Story, Turn},
    timeline::{paris, working_day_after},
};
use crate::rcp::{
    Author, CaseStatus, CaseSummary, Coded, Confidentiality, DocumentIdentity, DocumentStatus,
    Facility, FileStatus, InstanceId, LegalAuthenticator, Meeting, PartialDate, ParticipantEntry,
    People, Quorum, RcpKind, RcpReport, Reason, Registration, Replaced, Screening, Tri,
};

/// What a report is made from, besides chance.
pub(super) struct Sources<'r, 't> {
    pub region: &'r Region<'t>,
    pub story: Story<'r>,
}

/// The report of that rank.
pub(super) fn report(region: &Region<'_>, rank: usize) -> RcpReport {
    let place = Place::of(rank);
    match place.replaces {
        None => first_version(region, rank, place),
        Some(replaced) => corrected(region, rank, replaced),
    }
}

fn first_version(region: &Region<'_>, rank: usize, place: Place) -> RcpReport {
    let dice = &mut Dice::new(region.plan.seed, Topic::Report, rank);
    let sources = Sources {
        region,
        story: Story::tell(region, place),
    };
    let story = &sources.story;
    let document = document(story.met_on, dice);
    let quorum = quorum(dice);
    let case_status = if story.spread == Spread::Early && dice.chance(40) {
        CaseStatus::Enregistre
    } else {
        CaseStatus::Discute
    };
    let decision = clinical::decision(&sources, dice);
    RcpReport {
        kind: match story.model.apparatus {
            Some(_) => RcpKind::AppareilOrganes,
            None => RcpKind::Transversale,
        },
        custodian: organization(region, story.hospital(region)),
        patient: story
            .person
            .patient(region, story.hospital(region).finess.as_str(), story.met_on),
        relatives: story.person.relatives(region, story.met_on),
        people: people(&sources, &document, quorum, dice),
        rcp: meeting(&sources, dice),
        reason: reason(&sources, case_status, decision.refer_to_recours_rcp),
        screening: screening(story, dice),
        tumours: clinical::tumours(&sources, dice),
        history: text::history(story, dice),
        comorbidities: text::comorbidities(story, dice),
        functional_status: clinical::functional_status(story, dice),
        paraclinical: Some(text::paraclinical(story, dice)),
        course: clinical::course(story, dice),
        past_treatments: clinical::past_treatments(&sources),
        surgery_report: clinical::surgery_report(&sources),
        pathology_report: Some(clinical::pathology_report(&sources)),
        molecular_reports: clinical::molecular_reports(&sources, dice),
        case_summary: CaseSummary {
            summary_and_question: text::summary_and_question(story),
            other_data: None,
        },
        file_status: file_status(quorum, dice),
        framework: clinical::framework(story, case_status, dice),
        pregnancy: None,
        patient_wishes: Vec::new(),
        privacy_notice: None,
        patient_comment: dice
            .chance(10)
            .then(|| "Le patient souhaite être revu avec un proche.".to_owned()),
        decision,
        document,
    }
}

/// The same report, two days later, with a correction.
fn corrected(region: &Region<'_>, rank: usize, replaced: usize) -> RcpReport {
    let first = first_version(region, replaced, Place::of(replaced));
    let dice = &mut Dice::new(region.plan.seed, Topic::Report, rank);
    let shift = |moment: crate::rcp::Moment| crate::rcp::Moment(moment.0 + Duration::days(2));
    let mut report = first.clone();
    report.document = DocumentIdentity {
        id: identifier(dice),
        version: 2,
        replaces: Some(Replaced {
            root: first.document.id.root,
            extension: first.document.id.extension,
            version: Some(first.document.version),
        }),
        created_at: shift(first.document.created_at),
        status_date: shift(first.document.created_at).date(),
        status: DocumentStatus::Approuve,
        comment: Some("Version corrigée : remplace la fiche précédente.".to_owned()),
        ..first.document
    };
    report.people.author.time = shift(first.people.author.time);
    report.people.legal_authenticator.time = shift(first.people.legal_authenticator.time);
    report.decision.comment = Some(text::CORRECTION.to_owned());
    report
}

/// A fresh identifier: a UUID in capitals, as the CI-SIS wants it.
fn identifier(dice: &mut Dice) -> InstanceId {
    let uuid = Builder::from_random_bytes(dice.bytes()).into_uuid();
    InstanceId {
        root: uuid.hyphenated().to_string().to_uppercase(),
        extension: None,
    }
}

fn document(met_on: Date, dice: &mut Dice) -> DocumentIdentity {
    let day = working_day_after(met_on, dice.between(1, 2));
    let minute = u8::try_from(dice.below(60)).unwrap_or(0);
    DocumentIdentity {
        id: identifier(dice),
        set_id: identifier(dice),
        version: 1,
        replaces: None,
        created_at: paris(day, 9, minute),
        title: None,
        confidentiality: Confidentiality::N,
        language: None,
        status: match dice.below(100) {
            0..70 => DocumentStatus::Approuve,
            70..90 => DocumentStatus::Realise,
            90..96 => DocumentStatus::Cloture,
            _ => DocumentStatus::EnCours,
        },
        status_date: PartialDate::day(day),
        comment: None,
    }
}

fn quorum(dice: &mut Dice) -> Quorum {
    match dice.below(100) {
        0..6 => Quorum::NonAtteint,
        6..8 => Quorum::NeSaitPas,
        _ => Quorum::Atteint,
    }
}

fn people(
    sources: &Sources<'_, '_>,
    document: &DocumentIdentity,
    quorum: Quorum,
    dice: &mut Dice,
) -> People {
    let (region, story) = (sources.region, &sources.story);
    let coordinator = story.specialist(region, 0);
    let seats: &[usize] = match quorum {
        Quorum::Atteint if dice.chance(50) => &[0, 2, 3, 4],
        Quorum::Atteint => &[0, 2, 3],
        Quorum::NonAtteint | Quorum::NeSaitPas => &[0, 2],
    };
    let attending_physician = story.attending_physician(region);
    let correspondents = if dice.chance(35) {
        vec![ParticipantEntry {
            professional: story.specialist(region, 1),
            ..ParticipantEntry::default()
        }]
    } else {
        Vec::new()
    };
    People {
        author: Author {
            professional: coordinator.clone(),
            time: document.created_at,
            function: region.coded("JDV_J47-FunctionCode-CISIS", "353"),
            comment: Some("Médecin coordonnateur de la RCP".to_owned()),
        },
        legal_authenticator: LegalAuthenticator {
            professional: coordinator.clone(),
            time: crate::rcp::Moment(document.created_at.0 + Duration::hours(3)),
        },
        coordinator: present(story, coordinator),
        requester: Some(ParticipantEntry {
            professional: story.specialist(region, 1),
            comment: Some("Médecin demandeur".to_owned()),
            time: None,
        }),
        presenter: dice
            .chance(70)
            .then(|| present(story, story.specialist(region, 1))),
        attending_physician,
        quorum_members: seats
            .iter()
            .map(|seat| present(story, story.specialist(region, *seat)))
            .collect(),
        other_attendees: if dice.chance(40) {
            vec![present(story, story.nurse(region))]
        } else {
            Vec::new()
        },
        correspondents,
    }
}

fn meeting(sources: &Sources<'_, '_>, dice: &mut Dice) -> Meeting {
    let (region, story) = (sources.region, &sources.story);
    let hospital = story.hospital(region);
    let (year, month, day) = story.met_on.to_calendar_date();
    let number = format!("{}-{:02}", story.board.short, story.site + 1);
    let manager = region.coordination_centre(story.hospital_rank(region));
    Meeting {
        rrc_id: "DEMO-BRE".to_owned(),
        rrc_name: "Réseau régional de cancérologie (démonstration)".to_owned(),
        manager_id: format!("DEMO-3C-{}", manager.finess.as_str()),
        manager_name: manager.name.clone(),
        rcp_id: format!("DEMO-RCP-{number}"),
        rcp_name: format!("{} – {}", story.board.name, hospital.name),
        session_id: Some(format!("{number}-{year:04}{:02}{day:02}", month as u8)),
        local_ids: Vec::new(),
        date: paris(story.met_on, story.board.hour, 0),
        encounter_type: region.coded("JDV_J142-TypeRencontre-CISIS", "VR"),
        facility: Facility {
            organization: organization(region, hospital),
            facility_type: facility_type(sources),
        },
        performer: None,
        registration: Some(Registration {
            id: identifier(dice).root,
            comment: None,
        }),
        topography: None,
    }
}

fn facility_type(sources: &Sources<'_, '_>) -> Coded {
    let hospital = sources.story.hospital(sources.region);
    let kind = &sources.region.kinds[hospital.kind].kind;
    let is_private = ["Clinique", "Polyclinique"]
        .iter()
        .any(|word| hospital.name.starts_with(word));
    let code = match kind.as_str() {
        "STR-CLCC" => "SA36",
        _ if is_private => "SA04",
        _ => "SA01",
    };
    let set = "JDV_J02-XdsHealthcareFacilityTypeCode-CISIS";
    sources.region.coded(set, code).unwrap_or_default()
}

fn reason(sources: &Sources<'_, '_>, case_status: CaseStatus, is_referred: bool) -> Reason {
    let (region, story) = (sources.region, &sources.story);
    let model = story.model;
    let is_of = |kind: BoardKind| Tri::from(story.board.kind == kind);
    let apparatus = model.apparatus.as_deref();
    let organ = |set: &str| region.coded(set, &model.organ);
    Reason {
        apparatus: apparatus.and_then(|code| region.coded("JDV_RCP_Appareil_CISIS", code)),
        organs: apparatus
            .and_then(|_| organ("JDV_RCP_Organe_CISIS"))
            .into_iter()
            .collect(),
        care_type: match apparatus {
            Some(_) => None,
            None => organ("JDV_TraitementSoins_FRCP_CISIS"),
        },
        is_recours_rcp: is_of(BoardKind::Recours),
        is_paediatric_rcp: is_of(BoardKind::Paediatric),
        type_comment: None,
        diagnostic_advice: Tri::from(story.turn == Turn::Initial && is_referred),
        treatment_proposal: Tri::Yes,
        recours: Tri::from(is_referred || story.board.kind == BoardKind::Recours),
        paediatric: is_of(BoardKind::Paediatric),
        case_status,
        reason_comment: None,
        problem_text: text::problem(story),
    }
}

fn screening(story: &Story<'_>, dice: &mut Dice) -> Screening {
    let is_screened = ["C50", "D05", "C18", "C20", "C53"]
        .iter()
        .any(|code| story.model.topography.starts_with(code));
    let from_screening = match dice.below(100) {
        0..30 if is_screened && story.turn != Turn::Relapse => Tri::Yes,
        95.. => Tri::Unknown,
        _ => Tri::No,
    };
    let found_on = story.diagnosed_on - Duration::days(21);
    Screening {
        from_screening,
        date: (from_screening == Tri::Yes).then(|| PartialDate::day(found_on)),
    }
}

fn file_status(quorum: Quorum, dice: &mut Dice) -> FileStatus {
    let is_complete = dice.chance(92);
    FileStatus {
        complete: Tri::from(is_complete),
        quorum,
        comment: (!is_complete).then(|| "Compte rendu d'imagerie en attente.".to_owned()),
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
