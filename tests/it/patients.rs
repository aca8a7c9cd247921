//! A report goes to its patient: off by default, for one report at a time, never when it is hidden.

use std::fs;

use axum::http::StatusCode;
use passerelle::{
    flows::{AttemptResults, Sent, prepare, send},
    identifiers::MssanteAddress,
    mssante::{
        visibility::Marks,
        xdm::{self, Contact, Shipment},
    },
    storage::{DueDelivery, Lease},
};
use time::macros::datetime;

use crate::{
    service::{Service, settings},
    sink::Sink,
    versions::version,
};

fn fiche() -> Vec<u8> {
    fs::read("tests/data/fiches/appareil-minimal.json").expect("read")
}

async fn open_to_patients() -> Service {
    let mut settings = settings();
    settings.patients.delivery = true;
    settings
        .mail
        .trusted_domains
        .push("patient.mssante.fr".to_owned());
    Service::with(settings).await
}

/// The archive of the report, with those marks.
fn archive(service: &Service, marks: Marks) -> Vec<u8> {
    let prepared = prepare(&service.context, &fiche()).expect("a report");
    let shipment = Shipment {
        contact: Contact {
            label: "Réseau",
            phone: "",
        },
        submitted_at: datetime!(2026-03-20 12:00 UTC),
        submission_id: None,
        action: xdm::Action::Create,
        marks,
        terminology: &service.context.terminology.load(),
    };
    xdm::pack(&prepared.document, &prepared.cda, &shipment).expect("packed")
}

async fn handed_in(service: &Service, bytes: Vec<u8>) -> String {
    let created = service
        .post("/rcp-reports", "application/octet-stream", bytes)
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    created.json()["id"].as_str().expect("an id").to_owned()
}

async fn ordered(service: &Service, id: &str) -> (StatusCode, String) {
    let address = format!("/rcp-reports/{id}/$send-to-patient");
    let answer = service.post(&address, "application/json", Vec::new()).await;
    (answer.status, answer.text())
}

async fn purposes(service: &Service, id: &str) -> Vec<&'static str> {
    let deliveries = service.context.storage.list_deliveries_of(id).await;
    let deliveries = deliveries.expect("read");
    deliveries
        .iter()
        .map(|delivery| delivery.purpose.as_str())
        .collect()
}

#[tokio::test]
async fn nothing_goes_to_patients_unless_it_is_switched_on() {
    let service = Service::start().await;
    let id = handed_in(&service, fiche()).await;
    let (status, text) = ordered(&service, &id).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("P-PAT-1"), "{text}");
    assert_eq!(purposes(&service, &id).await, ["report"]);
}

#[tokio::test]
async fn a_hidden_document_never_goes_to_its_patient() {
    let service = open_to_patients().await;
    let marks = Marks {
        is_hidden_from_patient: true,
        ..Marks::default()
    };
    let id = handed_in(&service, archive(&service, marks)).await;
    let (status, text) = ordered(&service, &id).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("P-PAT-3"), "{text}");
    assert_eq!(purposes(&service, &id).await, ["report"]);
}

#[tokio::test]
async fn a_masked_document_is_refused_and_its_sender_told() {
    let service = open_to_patients().await;
    let marks = Marks {
        is_masked: true,
        ..Marks::default()
    };
    let bytes = archive(&service, marks);
    let refused = service.post("/rcp-reports", "application/zip", bytes).await;
    assert!(refused.status.is_client_error());
    assert!(refused.text().contains("P-VIS-1"), "{}", refused.text());
}

#[tokio::test]
async fn a_report_goes_to_its_patient_when_somebody_asks_for_it() {
    let service = open_to_patients().await;
    let id = handed_in(&service, fiche()).await;
    assert_eq!(purposes(&service, &id).await, ["report"]);
    for _ in 0..2 {
        let (status, text) = ordered(&service, &id).await;
        assert_eq!(status, StatusCode::OK, "{text}");
    }
    assert_eq!(purposes(&service, &id).await.len(), 2);

    let sink = Sink::for_domains(&["patient.mssante.fr", "mssante.invalid"]).await;
    let mut client = sink.client();
    let due = to_patients(&service).await;
    let [due] = due.as_slice() else {
        panic!("the physician has no address, the patient has")
    };
    let attempted = send(
        &service.context,
        &AttemptResults::default(),
        &mut client,
        due,
        "w",
    )
    .await;
    assert_eq!(attempted.expect("written down").sent, Sent::Accepted);
    let owner: MssanteAddress = due.recipient_address.parse().expect("an address");
    assert!(owner.is_patient());
    let mails = sink.mails_of(owner.as_str());
    let text = String::from_utf8_lossy(mails.first().expect("one mail")).into_owned();
    assert!(text.contains("X-MSS-MES: FIN"));
    assert!(
        text.contains("Votre m=C3=A9decin vous l'expliquera"),
        "{text}"
    );
}

/// What is due to patients, claimed.
async fn to_patients(service: &Service) -> Vec<DueDelivery> {
    let lease = Lease {
        token: "w",
        now: "2026-11-23T09:00:00.000Z",
        until: "2026-11-23T09:15:00.000Z",
    };
    let storage = &service.context.storage;
    let claimed = storage.claim_deliveries(lease, &[("patient.mssante.fr", 5)]);
    claimed.await.expect("claimed")
}

/// Sends what is due to patients.
async fn send_to_patients(service: &Service, sink: &Sink) -> Vec<DueDelivery> {
    let due = to_patients(service).await;
    for due in &due {
        let attempted = send(
            &service.context,
            &AttemptResults::default(),
            &mut sink.client(),
            due,
            "w",
        )
        .await;
        assert_eq!(attempted.expect("written down").sent, Sent::Accepted);
    }
    due
}

#[tokio::test]
async fn a_patient_who_holds_a_report_is_told_that_it_is_replaced_and_that_it_is_cancelled() {
    let service = open_to_patients().await;
    let sink = Sink::for_domains(&["patient.mssante.fr", "mssante.invalid"]).await;
    let first = handed_in(&service, version("1", 1).to_string().into_bytes()).await;
    assert_eq!(ordered(&service, &first).await.0, StatusCode::OK);
    let sent = send_to_patients(&service, &sink).await;
    assert_eq!(sent.len(), 1);

    let second = handed_in(&service, version("1", 2).to_string().into_bytes()).await;
    let replaced = send_to_patients(&service, &sink).await;
    assert_eq!(
        replaced.len(),
        1,
        "the corrected report goes where the first one went"
    );
    assert_eq!(replaced[0].report_id, second);

    let cancelled = service
        .post(
            &format!("/rcp-reports/{second}/$cancel"),
            "application/json",
            Vec::new(),
        )
        .await;
    assert_eq!(cancelled.status, StatusCode::OK, "{}", cancelled.text());
    let told = send_to_patients(&service, &sink).await;
    assert_eq!(told.len(), 1);
    let mails = sink.mails_of(&sent[0].recipient_address);
    assert_eq!(mails.len(), 3);
    let texts: Vec<_> = mails
        .iter()
        .map(|mail| String::from_utf8_lossy(mail).into_owned())
        .collect();
    let answers = |text: &str, id: &str| text.contains(&format!("References: <{id}>"));
    assert!(texts.iter().any(|text| answers(text, &sent[0].message_id)));
    assert!(
        texts
            .iter()
            .any(|text| answers(text, &replaced[0].message_id))
    );
}
