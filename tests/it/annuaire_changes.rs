//! The national directory is asked what it changed; everybody is asked about from time to time.

use passerelle::{
    annuaire::{Mailbox, Physician, http::AskError},
    app::context,
    clock::{Clock, instant_text},
    flows::{
        Context, Followed, RefreshError, follow_directory, keep_physician, refresh_recipients,
    },
};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    annuaire::{ODILE, Scripted, asking_service, client, hand_in, recorded, rpps},
    service::{Service, settings},
};

/// Who no longer practises, in the recorded answers.
const JEAN: &str = "99900000029";
/// Of whom nothing changed.
const SUZANNE: &str = "99900000037";
/// One of whose places of work was closed.
const PAULE: &str = "99900000045";

/// The structure that Odile works at.
const PLACE: &str = "urn:oid:1.2.250.1.71.4.2.2|499900000011003";

/// The service's database at another time.
async fn at(service: &Service, instant: OffsetDateTime) -> Context {
    let mut settings = settings();
    settings.annuaire.url = "http://127.0.0.1:1/fhir/v2".to_owned();
    let storage = service.context.storage.clone();
    context(&settings, storage, Clock::Fixed(instant))
        .await
        .expect("it fits")
}

/// Keeps a physician as the directory answered it.
async fn keep(context: &Context, number: &str, places: &[&str]) {
    let address = format!("m{number}@medecin.mssante.invalid");
    let physician = Physician {
        mailboxes: vec![Mailbox::personal(address.parse().expect("valid"))],
        places: places.iter().map(|place| (*place).to_owned()).collect(),
        ..Physician::named(rpps(number), "EXEMPLE", "")
    };
    let mut writing = context.storage.begin_write().await.expect("a transaction");
    keep_physician(context, &mut writing, &physician, "annuaire")
        .await
        .expect("kept");
    writing.commit().await.expect("committed");
}

async fn checked_at(service: &Service, number: &str) -> String {
    let found = service.context.storage.find_mirrored(&rpps(number)).await;
    found.expect("read").expect("known").checked_at
}

/// What the directory changed, of each type.
fn changes() -> [(u16, String); 3] {
    ["practitioners", "roles", "organizations"]
        .map(|kind| (200, recorded(&format!("changes-{kind}.json"))))
}

async fn follow(
    context: &Context,
    answers: &[(u16, String)],
) -> (Result<Followed, RefreshError>, Vec<String>) {
    let answers: Vec<(u16, &str)> = answers
        .iter()
        .map(|(status, body)| (*status, body.as_str()))
        .collect();
    let (scripted, base) = Scripted::serve(&answers).await;
    let followed = follow_directory(context, &client(&base)).await;
    let questions = scripted.questions().into_iter();
    (followed, questions.map(|(address, _)| address).collect())
}

const FIRST: OffsetDateTime = datetime!(2026-11-21 9:00 UTC);
/// More than `known_hours` before the service's time.
const THEN: OffsetDateTime = datetime!(2026-11-22 8:00 UTC);
const NOW: OffsetDateTime = datetime!(2026-11-23 9:00 UTC);

#[tokio::test]
async fn whom_a_change_concerns_is_asked_about_and_the_others_hold_on() {
    let service = asking_service().await;
    let (first, questions) = follow(&at(&service, FIRST).await, &[]).await;
    assert_eq!(first.expect("asked"), Followed::Anew(0));
    assert_eq!(questions.len(), 0, "nobody is known yet");
    let then = at(&service, THEN).await;
    keep(&then, ODILE, &[PLACE]).await;
    for number in [JEAN, SUZANNE, PAULE] {
        keep(&then, number, &[]).await;
    }

    let (followed, questions) = follow(&service.context, &changes()).await;
    assert_eq!(followed.expect("asked"), Followed::Changed(3));
    let since = "_lastUpdated=ge2026-11-21T08%3A00%3A00.000Z";
    assert_eq!(
        questions,
        [
            format!("/fhir/v2/Practitioner?{since}&_elements=identifier&_count=500"),
            format!(
                "/fhir/v2/PractitionerRole?{since}&_include=PractitionerRole%3Apractitioner&_count=500"
            ),
            format!("/fhir/v2/Organization?{since}&_elements=identifier&_count=500"),
        ]
    );
    assert_eq!(checked_at(&service, SUZANNE).await, instant_text(NOW));
    assert_eq!(checked_at(&service, ODILE).await, instant_text(THEN));
    // What nothing changed of is used without a question, though it was asked about long ago.
    let (_, sent) = hand_in(&service, SUZANNE, "Exemple").await;
    assert_eq!(sent["state"], "pending");
    let mut turn = service
        .context
        .storage
        .claim_recipients(&instant_text(NOW), &instant_text(NOW), 20)
        .await
        .expect("claimed");
    turn.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    assert_eq!(turn, [ODILE, JEAN, PAULE].map(rpps));

    let (again, questions) = follow(&service.context, &[]).await;
    assert_eq!(again.expect("looked"), Followed::NotDue);
    assert_eq!(questions.len(), 0);
}

#[tokio::test]
async fn who_is_said_to_have_changed_and_no_longer_practises_gets_no_report() {
    let service = asking_service().await;
    let (first, _) = follow(&at(&service, FIRST).await, &[]).await;
    first.expect("asked");
    keep(&at(&service, THEN).await, JEAN, &[]).await;
    let (followed, _) = follow(&service.context, &changes()).await;
    assert_eq!(followed.expect("asked"), Followed::Changed(1));
    let (_, base) = Scripted::serve(&[(200, &recorded("practitioner-inactive.json"))]).await;
    refresh_recipients(&service.context, &client(&base))
        .await
        .expect("asked");
    let (_, told) = hand_in(&service, JEAN, "Exemple").await;
    assert_eq!(told["reason"], "no-longer-practising");
}

#[tokio::test]
async fn after_too_long_everybody_is_asked_about_and_who_is_gone_is_known() {
    let service = asking_service().await;
    let long_ago = at(&service, datetime!(2026-10-20 9:00 UTC)).await;
    let (first, _) = follow(&long_ago, &[]).await;
    first.expect("asked");
    let lately = at(&service, datetime!(2026-11-23 8:00 UTC)).await;
    keep(&lately, ODILE, &[PLACE]).await;

    let (followed, questions) = follow(&service.context, &[]).await;
    assert_eq!(followed.expect("asked"), Followed::Anew(1));
    assert_eq!(questions.len(), 0, "changes that old are not kept");
    let (_, base) = Scripted::serve(&[(200, &recorded("practitioner-absent.json"))]).await;
    refresh_recipients(&service.context, &client(&base))
        .await
        .expect("asked");
    let (_, told) = hand_in(&service, ODILE, "Exemple").await;
    assert_eq!(told["reason"], "not-in-directory");
}

#[tokio::test]
async fn a_question_that_failed_is_put_again_since_the_same_instant() {
    let service = asking_service().await;
    let (first, _) = follow(&at(&service, FIRST).await, &[]).await;
    first.expect("asked");
    keep(&at(&service, THEN).await, SUZANNE, &[]).await;
    // The second of its three questions fails: nothing of the first is taken for the whole.
    let answers = [changes()[0].clone(), (401, String::new())];
    let (failed, _) = follow(&service.context, &answers).await;
    assert!(matches!(
        failed,
        Err(RefreshError::Directory(AskError::Key(401)))
    ));
    assert_eq!(checked_at(&service, SUZANNE).await, instant_text(THEN));

    let later = at(&service, datetime!(2026-11-23 9:15 UTC)).await;
    let none = [(); 3].map(|()| (200, recorded("changes-none.json")));
    let (followed, questions) = follow(&later, &none).await;
    assert_eq!(followed.expect("asked"), Followed::Changed(0));
    assert!(questions[0].contains("ge2026-11-21T08"), "{questions:?}");
}
