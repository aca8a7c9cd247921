use serde_json::json;

use super::*;
use crate::annuaire::MailboxKind;

fn recorded(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/annuaire/{name}", env!("CARGO_MANIFEST_DIR"));
    let bundle: Value =
        serde_json::from_slice(&std::fs::read(path).expect("a file of ours")).expect("JSON");
    children(&bundle, "entry")
        .map(|entry| entry["resource"].clone())
        .collect()
}

#[test]
fn boxes_come_from_the_physician_from_the_places_of_work_and_from_their_organisations() {
    let mut resources = recorded("practitioner-with-roles.json");
    resources.extend(recorded("organizations.json"));
    let answer = read_answer(&resources);
    let physician = &answer.physicians["99900000011"];
    assert_eq!(physician.family_name, "EXEMPLE");
    let boxes: Vec<_> = physician
        .mailboxes
        .iter()
        .map(|mailbox| {
            (
                mailbox.address.as_str(),
                mailbox.kind,
                mailbox.holder,
                mailbox.rank,
            )
        })
        .collect();
    assert_eq!(
        boxes,
        [
            (
                "odile.exemple@medecin.mssante.invalid",
                Some(MailboxKind::Personal),
                Holder::Physician,
                Some(1)
            ),
            (
                "odile.exemple@cabinet.mssante.invalid",
                Some(MailboxKind::Practice),
                Holder::Situation,
                None
            ),
            (
                "secretariat@cabinet.mssante.invalid",
                Some(MailboxKind::Organization),
                Holder::Organization,
                None
            ),
        ]
    );
    assert_eq!(
        physician.postal_address,
        [
            "CABINET DES ABERS (FICTIF)",
            "12 RUE DES TILLEULS",
            "29200 BREST"
        ]
    );
    assert_eq!(
        physician.updated_at.as_deref(),
        Some("2026-09-14T18:19:26.335+02:00")
    );
}

#[test]
fn who_no_longer_practises_is_known_and_has_no_box() {
    let answer = read_answer(&recorded("practitioner-inactive.json"));
    let physician = &answer.physicians["99900000029"];
    assert!(!physician.is_active && physician.mailboxes.is_empty());
    assert_eq!(answer.unreadable, 0);
}

#[test]
fn not_found_is_not_has_none() {
    let answer = read_answer(&recorded("practitioner-absent.json"));
    assert!(answer.physicians.is_empty());
    let answer = read_answer(&recorded("practitioner-without-mailbox.json"));
    assert!(answer.physicians["99900000037"].is_active);
    assert!(answer.physicians["99900000037"].mailboxes.is_empty());
}

#[test]
fn what_cannot_be_read_is_counted() {
    let nameless = json!({"resourceType": "Practitioner", "active": true,
        "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": "99900000011"}]});
    assert_eq!(read_answer(&[nameless]).unreadable, 1);
}
