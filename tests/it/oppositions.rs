//! A patient objects to reports by secure mail: it is recorded under a name, and nothing more leaves.

use axum::http::StatusCode;
use passerelle::{
    flows::{AttemptResults, Sent, send},
    storage::{Delivery, Lease},
};
use serde_json::Value;

use crate::{
    service::{Service, settings},
    sink::Sink,
    versions::version,
};

const MAILBOX: &str = "h@medecin.mssante.invalid";

/// A service that knows the physician of the reports.
async fn service() -> Service {
    let mut settings = settings();
    settings.patients.delivery = true;
    settings
        .mail
        .trusted_domains
        .push("patient.mssante.fr".to_owned());
    let service = Service::with(settings).await;
    let report = version("1", 1);
    let rpps = &report["people"]["attending_physician"]["professional"]["id"]["value"];
    service
        .know(rpps.as_str().expect("a number"), Some(MAILBOX))
        .await;
    service
}

async fn hand_in(service: &Service, report: &Value) -> String {
    let created = service
        .post("/rcp-reports", "application/json", report.to_string())
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    created.json()["id"].as_str().expect("an id").to_owned()
}

async fn delivery(service: &Service, id: &str) -> Delivery {
    let found = service.context.storage.find_delivery_of(id).await;
    found.expect("read").expect("there")
}

/// What is said on the page of that report.
async fn say(service: &Service, id: &str, form: &str) -> StatusCode {
    let address = format!("/pilotage/a-traiter/{id}/opposition");
    let form_type = "application/x-www-form-urlencoded";
    let answer = service.post(&address, form_type, form.to_owned()).await;
    answer.status
}

async fn stands(service: &Service, id: &str) -> (String, Option<String>) {
    let delivery = delivery(service, id).await;
    (delivery.state.as_str().to_owned(), delivery.reason)
}

fn withheld() -> (String, Option<String>) {
    (
        "undeliverable".to_owned(),
        Some("patient-opposition".to_owned()),
    )
}

fn pending() -> (String, Option<String>) {
    ("pending".to_owned(), None)
}

#[tokio::test]
async fn what_the_patient_objects_to_is_withheld_shown_and_let_go_again() {
    let service = service().await;
    let first = hand_in(&service, &version("1", 1)).await;
    assert_eq!(stands(&service, &first).await, pending());
    let opposed = "portee=professionals&avis=opposition&auteur=Lucie&motif=demande+%C3%A9crite";
    let nameless = "portee=professionals&avis=opposition&auteur=";
    assert_eq!(say(&service, &first, nameless).await, 422);
    assert_eq!(say(&service, &first, opposed).await, 303);
    assert_eq!(stands(&service, &first).await, withheld());

    // Another report of the same patient.
    let second = hand_in(&service, &version("2", 1)).await;
    assert_eq!(stands(&service, &second).await, withheld());
    let list = service.get("/pilotage/a-traiter").await.text();
    let reason = "le patient s&#39;oppose à l&#39;envoi par messagerie";
    assert!(list.contains(reason) && list.contains(&second), "{list}");
    let item = service
        .get(&format!("/pilotage/a-traiter/{first}"))
        .await
        .text();
    assert!(
        item.contains("Lucie") && item.contains("demande écrite"),
        "{item}"
    );

    // The directory says something new: it does not override the patient.
    let rpps = delivery(&service, &first).await.recipient_rpps;
    service.know(&rpps.expect("a number"), Some(MAILBOX)).await;
    assert_eq!(stands(&service, &second).await, withheld());

    let lifted = "portee=professionals&avis=levee&auteur=Lucie";
    assert_eq!(say(&service, &second, lifted).await, 303);
    for id in [&first, &second] {
        assert_eq!(stands(&service, id).await, pending());
    }
}

#[tokio::test]
async fn a_delivery_that_a_worker_holds_does_not_leave_once_the_patient_objects() {
    let (service, sink) = (service().await, Sink::start().await);
    let id = hand_in(&service, &version("1", 1)).await;
    let lease = Lease {
        token: "w",
        now: "2026-11-23T09:00:00.000Z",
        until: "2026-11-23T09:15:00.000Z",
    };
    let storage = &service.context.storage;
    let claimed = storage.claim_deliveries(lease, &[("medecin.mssante.invalid", 1)]);
    let due = claimed.await.expect("claimed").pop().expect("one");
    let opposed = "portee=professionals&avis=opposition&auteur=Lucie";
    assert_eq!(say(&service, &id, opposed).await, 303);
    let attempted = send(
        &service.context,
        &AttemptResults::default(),
        &mut sink.client(),
        &due,
        "w",
    )
    .await;
    assert_eq!(attempted.expect("written down").sent, Sent::Withdrawn);
    assert_eq!(sink.mails_of(MAILBOX).len(), 0);
    assert_eq!(stands(&service, &id).await, withheld());
}

#[tokio::test]
async fn a_patient_may_object_to_their_own_box_alone() {
    let service = service().await;
    let id = hand_in(&service, &version("1", 1)).await;
    let opposed = "portee=patient&avis=opposition&auteur=Lucie";
    assert_eq!(say(&service, &id, opposed).await, 303);
    assert_eq!(stands(&service, &id).await, pending());
    let address = format!("/rcp-reports/{id}/$send-to-patient");
    let refused = service.post(&address, "application/json", Vec::new()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("P-PAT-5"), "{}", refused.text());
}
