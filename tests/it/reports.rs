//! `/rcp-reports`: a report handed in, known again, refused, shown in every form.

use std::{fs, path::Path};

use axum::http::{StatusCode, header};
use passerelle::{
    cda,
    config::{Environment, Volet},
    finding::Severity,
    outbox::DeliveryState,
    terminology::Terminology,
};

use crate::service::{Service, settings};

const JSON: &str = "application/json";
const XML: &str = "text/xml";

fn fiche(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fiches")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fiche_json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&fiche(name)).expect("JSON")
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON")
}

/// RPPS number of the attending physician of a fiche.
fn physician_of(fiche: &serde_json::Value) -> String {
    fiche["people"]["attending_physician"]["professional"]["id"]["value"]
        .as_str()
        .expect("a number")
        .to_owned()
}

async fn count(service: &Service, outcome: &str) -> i64 {
    let counts = service
        .context
        .storage
        .count_arrivals()
        .await
        .expect("counted");
    counts
        .into_iter()
        .find(|(word, _)| word == outcome)
        .map_or(0, |(_, count)| count)
}

#[tokio::test]
async fn a_fiche_becomes_a_document_and_a_delivery() {
    let service = Service::start().await;
    let fiche = fiche_json("appareil-complet.json");
    service
        .know(&physician_of(&fiche), Some("odile@medecin.mssante.invalid"))
        .await;

    let created = service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let location = created.headers[header::LOCATION]
        .to_str()
        .expect("text")
        .to_owned();
    let shown = service.get(&location).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.json()["delivery"]["state"], "pending");
    assert_eq!(
        shown.json()["delivery"]["recipientAddress"],
        "odile@medecin.mssante.invalid"
    );
    assert_eq!(shown.json()["id"], created.json()["id"]);
}

#[tokio::test]
async fn the_same_report_is_one_report_and_one_delivery() {
    let service = Service::start().await;
    let first = service
        .post("/rcp-reports", JSON, fiche("appareil-complet.json"))
        .await;
    let again = service
        .post("/rcp-reports", JSON, fiche("appareil-complet.json"))
        .await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.json()["id"], again.json()["id"]);

    // The document made of the fiche is the same report too.
    let location = first.headers[header::LOCATION].to_str().expect("text");
    let cda = service.get_as(location, XML).await;
    let as_document = service.post("/rcp-reports", XML, cda.body).await;
    assert_eq!(as_document.status, StatusCode::OK, "{}", as_document.text());
    assert_eq!(as_document.json()["id"], first.json()["id"]);

    assert_eq!(
        service
            .context
            .storage
            .count_reports()
            .await
            .expect("counted"),
        1
    );
    let deliveries = service
        .context
        .storage
        .count_deliveries()
        .await
        .expect("counted");
    assert_eq!(deliveries.iter().map(|count| count.count).sum::<i64>(), 1);
    assert_eq!(
        (
            count(&service, "accepted").await,
            count(&service, "repeated").await
        ),
        (1, 2)
    );
}

#[tokio::test]
async fn concurrent_copies_of_a_report_leave_one() {
    let service = Service::start().await;
    let body = fiche("appareil-minimal.json");
    let posts = (0..16).map(|_| service.post("/rcp-reports", JSON, body.clone()));
    let answers = futures_util::future::join_all(posts).await;
    let created = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let repeated = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!((created, repeated), (1, 15));
    assert_eq!(
        service
            .context
            .storage
            .count_reports()
            .await
            .expect("counted"),
        1
    );
}

#[tokio::test]
async fn another_content_under_the_same_identity_is_a_conflict_and_both_are_kept() {
    let service = Service::start().await;
    let mut fiche = fiche_json("appareil-minimal.json");
    assert_eq!(
        service
            .post("/rcp-reports", JSON, bytes(&fiche))
            .await
            .status,
        StatusCode::CREATED
    );
    fiche["case_summary"]["summary_and_question"] = "Autre question posée.".into();
    let refused = service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert_eq!(refused.json()["resourceType"], "OperationOutcome");
    assert_eq!(refused.json()["issue"][0]["code"], "duplicate");
    assert_eq!(
        (
            count(&service, "accepted").await,
            count(&service, "refused").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn why_a_report_has_nowhere_to_go_is_told_apart() {
    let service = Service::start().await;
    let fiche = fiche_json("appareil-complet.json");
    let physician = physician_of(&fiche);
    let created = service
        .post("/rcp-reports", JSON, bytes(&fiche))
        .await
        .json();
    assert_eq!(created["delivery"]["state"], "undeliverable");
    assert_eq!(created["delivery"]["reason"], "not-in-directory");

    let none = service
        .post("/rcp-reports", JSON, fiche_of_nobody())
        .await
        .json();
    assert_eq!(none["delivery"]["reason"], "no-physician");

    // Once the directory knows a mailbox, the report that waited is due.
    service.know(&physician, None).await;
    let address = format!("/rcp-reports/{}", created["id"].as_str().expect("text"));
    assert_eq!(
        service.get(&address).await.json()["delivery"]["state"],
        "undeliverable"
    );
    service
        .know(&physician, Some("odile@medecin.mssante.invalid"))
        .await;
    let due = service.get(&address).await.json();
    assert_eq!(due["delivery"]["state"], "pending");
    assert_eq!(due["delivery"]["history"][1]["kind"], "address-sought");
    assert_eq!(due["delivery"]["history"][2]["kind"], "address-found");
}

fn fiche_of_nobody() -> Vec<u8> {
    fiche("sans-medecin-traitant.json")
}

#[tokio::test]
async fn an_address_outside_the_trusted_space_is_never_written_to() {
    let service = Service::start().await;
    let fiche = fiche_json("appareil-complet.json");
    service
        .know(&physician_of(&fiche), Some("odile@evilmssante.invalid"))
        .await;
    let created = service
        .post("/rcp-reports", JSON, bytes(&fiche))
        .await
        .json();
    assert_eq!(created["delivery"]["reason"], "untrusted-domain");
}

#[tokio::test]
async fn a_report_is_read_in_every_form() {
    let service = Service::start().await;
    let created = service
        .post("/rcp-reports", JSON, fiche("appareil-complet.json"))
        .await;
    let location = created.headers[header::LOCATION]
        .to_str()
        .expect("text")
        .to_owned();
    let starts = [
        (XML, b"<?xml".as_slice()),
        ("application/pdf", b"%PDF-"),
        ("application/zip", b"PK\x03\x04"),
        ("text/html", b"<!doctype html"),
    ];
    for (media_type, start) in starts {
        let form = service.get_as(&location, media_type).await;
        assert_eq!(form.status, StatusCode::OK, "{media_type}");
        assert!(
            form.body
                .to_ascii_lowercase()
                .starts_with(&start.to_ascii_lowercase()),
            "{media_type}"
        );
        let again = service.get_as(&location, media_type).await;
        assert!(
            form.body == again.body,
            "{media_type}: the same report has the same bytes"
        );
    }
    assert_eq!(
        service.get_as(&location, "image/png").await.status,
        StatusCode::NOT_ACCEPTABLE
    );
}

#[tokio::test]
async fn a_document_is_served_as_it_came() {
    let service = Service::start().await;
    let made = service
        .post("/rcp-reports", JSON, fiche("transversale.json"))
        .await;
    let location = made.headers[header::LOCATION].to_str().expect("text");
    let cda = service.get_as(location, XML).await.body;
    // The same document from another author's software: white space after the root, new identities.
    let text = String::from_utf8(cda).expect("UTF-8");
    let id = made.json()["documentId"].as_str().expect("text").to_owned();
    let root = id.split('^').next().expect("a root").to_owned();
    let foreign = text
        .replacen(
            &format!("<id root=\"{root}\""),
            "<id root=\"1.2.250.1.999.7.7\"",
            1,
        )
        .replacen("<setId root=\"", "<setId root=\"1.2.250.1.999.7.8.", 1)
        + "\n\n";
    assert_ne!(foreign, text);
    let accepted = service.post("/rcp-reports", XML, foreign.clone()).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text());
    let location = accepted.headers[header::LOCATION].to_str().expect("text");
    assert_eq!(service.get_as(location, XML).await.text(), foreign);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_place_and_kept() {
    let service = Service::start().await;
    let cases: [(&str, &str, &[u8]); 4] = [
        ("JSON cut in the middle", JSON, b"{\n \"kind\": \n"),
        (
            "XML cut in the middle",
            XML,
            b"<?xml version=\"1.0\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">",
        ),
        ("neither", JSON, b"bonjour"),
        ("nothing", JSON, b""),
    ];
    for (name, media_type, body) in cases {
        let refused = service
            .post("/rcp-reports", media_type, body.to_vec())
            .await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{name}: {}",
            refused.text()
        );
        let issue = &refused.json()["issue"][0];
        assert_eq!(issue["severity"], "error", "{name}");
        assert!(
            issue["details"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    let outcome = service
        .post("/rcp-reports", JSON, cases[0].2.to_vec())
        .await
        .json();
    assert!(
        outcome.to_string().contains("ligne 3")
            || outcome["issue"][0]["location"].to_string().contains('3'),
        "{outcome}"
    );
    assert_eq!(count(&service, "refused").await, 5);
    assert_eq!(
        service
            .context
            .storage
            .count_reports()
            .await
            .expect("counted"),
        0
    );
}

#[tokio::test]
async fn every_missing_field_of_a_fiche_is_named_at_once() {
    let service = Service::start().await;
    let mut fiche = fiche_json("appareil-minimal.json");
    let object = fiche.as_object_mut().expect("an object");
    object.remove("custodian");
    object.remove("case_summary");
    let refused = service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_REQUEST,
        "{}",
        refused.text()
    );
    let text = refused.text();
    assert!(
        text.contains("custodian") && text.contains("case_summary"),
        "{text}"
    );
}

#[tokio::test]
async fn a_wrong_key_is_refused_without_repeating_the_patient() {
    let service = Service::start().await;
    let mut fiche = fiche_json("appareil-minimal.json");
    let value = fiche["patient"]["ins"]["value"]
        .as_str()
        .expect("a matricule")
        .to_owned();
    let last = if value.ends_with('1') { "2" } else { "1" };
    let wrong = format!("{}{last}", &value[..value.len() - 1]);
    fiche["patient"]["ins"]["value"] = wrong.clone().into();
    let refused = service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("R-INS-1"), "{}", refused.text());
    assert!(!refused.text().contains(&wrong));
    assert!(
        !refused.text().contains(
            fiche["patient"]["birth_family_name"]
                .as_str()
                .expect("a name")
        )
    );
}

#[tokio::test]
async fn a_test_identity_is_refused_in_production() {
    let mut settings = settings();
    settings.region.environment = passerelle::config::Environment::Production;
    let service = Service::with(settings).await;
    let refused = service
        .post("/rcp-reports", JSON, fiche("appareil-minimal.json"))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("R-INS-10"), "{}", refused.text());
}

#[tokio::test]
async fn a_foreign_media_type_and_an_unknown_report_are_told() {
    let service = Service::start().await;
    let refused = service.post("/rcp-reports", "image/png", "x").await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        service.get("/rcp-reports/none").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        service.get("/nowhere").await.json()["issue"][0]["code"],
        "not-found"
    );
}

#[tokio::test]
async fn a_report_can_be_checked_without_being_taken_in() {
    let service = Service::start().await;
    let valid = service
        .post(
            "/rcp-reports/$validate",
            JSON,
            fiche("appareil-complet.json"),
        )
        .await;
    assert_eq!(valid.status, StatusCode::OK, "{}", valid.text());
    let mut fiche = fiche_json("appareil-complet.json");
    fiche["people"]["author"]["id"]["value"] = "12345678901".into();
    let invalid = service
        .post("/rcp-reports/$validate", JSON, bytes(&fiche))
        .await;
    assert_eq!(invalid.status, StatusCode::OK);
    assert!(
        invalid.json()["issue"]
            .as_array()
            .is_some_and(|issues| issues.iter().any(|issue| issue["severity"] == "error"))
    );
    assert_eq!(
        service
            .context
            .storage
            .count_reports()
            .await
            .expect("counted"),
        0
    );
}

#[tokio::test]
async fn reports_are_listed_with_the_latest_first() {
    let service = Service::start().await;
    for name in ["appareil-minimal.json", "transversale.json"] {
        assert_eq!(
            service.post("/rcp-reports", JSON, fiche(name)).await.status,
            StatusCode::CREATED,
            "{name}"
        );
    }
    let list = service.get("/rcp-reports").await.json();
    assert_eq!(list["reports"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn reports_need_their_token_where_one_is_configured() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    fs::write(&path, "a-token-for-the-vendors\n").expect("written");
    let mut settings = settings();
    settings.access.reports_token_file = path;
    let service = Service::with(settings).await;
    assert_eq!(
        service.get("/rcp-reports").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(service.get("/health/ready").await.status, StatusCode::OK);
    let request = axum::http::Request::get("/rcp-reports")
        .header(header::AUTHORIZATION, "Bearer a-token-for-the-vendors")
        .body(axum::body::Body::empty())
        .expect("a valid request");
    assert_eq!(service.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn operators_see_what_is_counted_and_no_patient() {
    let service = Service::start().await;
    let fiche = fiche_json("appareil-complet.json");
    service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    let metrics = service.get("/metrics").await.text();
    assert!(
        metrics.contains("passerelle_reports_received_total{outcome=\"accepted\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("state=\"undeliverable\",reason=\"not-in-directory\"} 1"),
        "{metrics}"
    );
    let page = service.get("/pilotage").await;
    assert_eq!(page.status, StatusCode::OK);
    let name = fiche["patient"]["birth_family_name"]
        .as_str()
        .expect("a name");
    let list = service.get("/rcp-reports").await.text();
    for text in [metrics, page.text(), list] {
        assert!(!text.contains(name));
    }
    let counts = service
        .context
        .storage
        .count_deliveries()
        .await
        .expect("counted");
    assert_eq!(counts[0].state, DeliveryState::Undeliverable);
}

#[tokio::test]
async fn a_fiche_is_written_as_the_version_of_the_volet_that_the_settings_want() {
    let losses = |answer: &crate::service::Answer| answer.text().matches("R-VOL-1").count();
    let older = Service::start().await;
    let fiche = fiche("evaluations-2025.json");
    let created = older.post("/rcp-reports", JSON, fiche.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(losses(&created), 4, "{}", created.text());

    let mut wanted = settings();
    wanted.reports.volet = Volet::Frcp2025;
    let service = Service::with(wanted).await;
    let created = service.post("/rcp-reports", JSON, fiche.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(losses(&created), 0, "{}", created.text());
    let location = created.headers[header::LOCATION]
        .to_str()
        .expect("text")
        .to_owned();
    let document = service.get_as(&location, "application/xml").await;
    let terminology = Terminology::embedded();
    let mut findings = cda::validate(&document.body, &terminology, Environment::Test);
    findings.retain(|finding| finding.severity > Severity::Information);
    assert_eq!(findings, []);
    let reading = cda::read_report(&document.body, &terminology).expect("a document");
    assert_eq!(reading.findings, []);
    let read = reading.report().expect("a report");
    assert_eq!(read.patient_wishes.len(), 2);
    assert!(
        document
            .text()
            .contains(r#"mediaType="application/pdf" representation="B64">JVBERi0"#)
    );

    // The copy as PDF is the same each time, or the fiche would contradict itself.
    let again = service.post("/rcp-reports", JSON, fiche).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
}
