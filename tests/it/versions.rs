//! The versions of a report: in any order, cancelled or not, contradicting each other.

use axum::http::StatusCode;
use passerelle::{
    flows::prepare,
    mssante::{
        visibility::Marks,
        xdm::{self, Action, Contact, Shipment},
    },
    rcp::{Standing, Version, standings},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::service::Service;

const JSON: &str = "application/json";
const ZIP: &str = "application/zip";
const ROOT: &str = "1.2.250.1.213.1.1.1.8.99";

/// Version `number` of the report named `set`, as a fiche.
pub fn version(set: &str, number: i64) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/fiches/version-2.json"
    );
    let text = std::fs::read(path).expect("the fixture is there");
    let mut fiche: Value = serde_json::from_slice(&text).expect("JSON");
    let document = &mut fiche["document"];
    document["id"] = json!({"root": ROOT, "extension": format!("{set}-V{number}")});
    document["set_id"] = json!({"root": ROOT, "extension": set});
    document["version"] = json!(number);
    let earlier = number - 1;
    if earlier == 0 {
        document
            .as_object_mut()
            .expect("an object")
            .remove("replaces");
    } else {
        document["replaces"] =
            json!({"root": ROOT, "extension": format!("{set}-V{earlier}"), "version": earlier});
    }
    fiche
}

fn bytes(fiche: &Value) -> Vec<u8> {
    serde_json::to_vec(fiche).expect("JSON")
}

/// The archive of that fiche's document.
pub fn archive(service: &Service, fiche: &Value, action: Action) -> Vec<u8> {
    let prepared = prepare(&service.context, &bytes(fiche)).expect("a report");
    let shipment = Shipment {
        contact: Contact {
            label: "Réseau",
            phone: "",
        },
        submitted_at: datetime!(2026-03-20 12:00 UTC),
        submission_id: None,
        action,
        marks: Marks::default(),
        terminology: &service.context.terminology.load(),
    };
    xdm::pack(&prepared.document, &prepared.cda, &shipment).expect("packed")
}

async fn hand_in(service: &Service, fiche: &Value) -> Value {
    let answer = service.post("/rcp-reports", JSON, bytes(fiche)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    answer.json()
}

async fn history(service: &Service, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    let answer = service.get(&format!("/rcp-reports/{id}/history")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_new_version_takes_the_place_of_the_one_that_waits() {
    let service = Service::start().await;
    let fiche = version("RCP-1", 1);
    let physician = fiche["people"]["attending_physician"]["professional"]["id"]["value"].clone();
    service
        .know(
            physician.as_str().expect("a number"),
            Some("odile@medecin.mssante.invalid"),
        )
        .await;
    let first = hand_in(&service, &fiche).await;
    assert_eq!(first["standing"], "current");
    assert_eq!(first["delivery"]["state"], "pending");
    let second = hand_in(&service, &version("RCP-1", 2)).await;
    assert_eq!(second["standing"], "current");

    let history = history(&service, &first["id"]).await;
    assert_eq!(history["currentId"], second["id"]);
    let old = &history["versions"][0];
    assert_eq!(old["standing"], "superseded");
    assert_eq!(old["delivery"]["state"], "withdrawn");
    assert_eq!(old["delivery"]["reason"], "superseded");
    assert_eq!(old["delivery"]["history"][1]["detail"], "version 2");
    assert_eq!(history["versions"][1]["delivery"]["state"], "pending");
}

#[tokio::test]
async fn a_version_that_comes_late_is_kept_and_not_sent() {
    let service = Service::start().await;
    let third = hand_in(&service, &version("RCP-2", 3)).await;
    let second = hand_in(&service, &version("RCP-2", 2)).await;
    assert_eq!(second["standing"], "superseded");
    assert_eq!(second["delivery"]["state"], "withdrawn");
    let history = history(&service, &second["id"]).await;
    assert_eq!(history["currentId"], third["id"]);
}

#[tokio::test]
async fn a_cancelled_report_is_withdrawn_and_can_be_issued_anew() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-3", 1)).await;
    let address = format!("/rcp-reports/{}/$cancel", first["id"].as_str().expect("id"));
    for _ in 0..2 {
        let cancelled = service.post(&address, JSON, "").await;
        assert_eq!(cancelled.status, StatusCode::OK, "{}", cancelled.text());
        assert_eq!(cancelled.json()["standing"], "cancelled");
        assert_eq!(cancelled.json()["delivery"]["reason"], "cancelled");
    }
    let second = hand_in(&service, &version("RCP-3", 2)).await;
    assert_eq!(second["standing"], "current");
    let refused = service.post("/rcp-reports/none/$cancel", JSON, "").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_current_version_can_be_cancelled() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-4", 1)).await;
    hand_in(&service, &version("RCP-4", 2)).await;
    let address = format!("/rcp-reports/{}/$cancel", first["id"].as_str().expect("id"));
    let refused = service.post(&address, JSON, "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("P-VER-5"), "{}", refused.text());
    let archive = archive(&service, &version("RCP-4", 1), Action::Delete);
    let refused = service.post("/rcp-reports", ZIP, archive).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
}

#[tokio::test]
async fn an_archive_can_withdraw_the_document_that_it_carries() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-5", 1)).await;
    let deletion = archive(&service, &version("RCP-5", 1), Action::Delete);
    let answer = service.post("/rcp-reports", ZIP, deletion).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["id"], first["id"]);
    assert_eq!(answer.json()["standing"], "cancelled");
}

#[tokio::test]
async fn versions_that_contradict_each_other_are_refused_and_kept() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-6", 1)).await;
    let mut same_number = version("RCP-6", 1);
    same_number["document"]["id"]["extension"] = json!("RCP-6-AUTRE");
    let mut other_patient = version("RCP-6", 2);
    other_patient["patient"]["ins"]["value"] = json!("268053523804264");
    other_patient["patient"]["birth_date"] = json!("1968-05-14");
    other_patient["patient"]["birth_place_insee"] = json!("35238");
    let mut other_set = version("RCP-7", 2);
    other_set["document"]["replaces"] =
        json!({"root": ROOT, "extension": "RCP-6-V1", "version": 1});
    let mut other_structure = version("RCP-6", 2);
    other_structure["custodian"]["id"]["value"] = json!("750100125");
    let mut other_content = version("RCP-6", 1);
    other_content["case_summary"]["summary_and_question"] = json!("Autre question posée.");
    let cases = [
        (same_number, "P-VER-1"),
        (other_set, "P-VER-2"),
        (other_patient, "P-VER-3"),
        (other_structure, "P-VER-4"),
        (other_content, "P-ID-1"),
    ];
    for (fiche, rule) in &cases {
        let refused = service.post("/rcp-reports", JSON, bytes(fiche)).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(refused.text().contains(rule), "{}", refused.text());
    }
    let history = history(&service, &first["id"]).await;
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(1));
    let kept = history["refused"].as_array().expect("a list");
    let rules: Vec<&str> = kept
        .iter()
        .filter_map(|refusal| refusal["findings"][0]["rule"].as_str())
        .collect();
    assert_eq!(rules, cases.each_ref().map(|(_, rule)| *rule));

    let page = format!(
        "/pilotage/comptes-rendus/{}",
        first["id"].as_str().expect("an id")
    );
    let page = service.get(&page).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("P-VER-3") && page.text().contains("RCP-6-V1"));
    assert!(!page.text().contains("PATIENT-VERSION"));
}

#[tokio::test]
async fn versions_that_arrive_together_leave_one_current() {
    let service = Service::start().await;
    let fiches: Vec<Vec<u8>> = (1..=8)
        .map(|number| bytes(&version("RCP-8", number)))
        .collect();
    let posts = fiches
        .iter()
        .map(|fiche| service.post("/rcp-reports", JSON, fiche.clone()));
    let answers = futures_util::future::join_all(posts).await;
    let last = answers.last().expect("eight answers").json();
    let history = history(&service, &last["id"]).await;
    assert_eq!(history["currentId"], last["id"]);
    let versions = history["versions"].as_array().expect("a list");
    let current = |version: &&Value| version["standing"] == "current";
    assert_eq!(
        (versions.len(), versions.iter().filter(current).count()),
        (8, 1)
    );
}

/// What a run of the property does: which versions arrive in which order, some of them twice, and
/// whether the newest is withdrawn, at its place in that order.
#[derive(Clone, Debug)]
struct Arrivals {
    order: Vec<i64>,
    newest: i64,
    is_cancelled: bool,
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    (1_i64..=5, any::<bool>())
        .prop_flat_map(|(newest, is_cancelled)| {
            let repeats = prop::collection::vec(1..=newest, 0..3);
            (Just((newest, is_cancelled)), repeats)
        })
        .prop_flat_map(|((newest, is_cancelled), repeats)| {
            // Zero stands for the withdrawal of the newest.
            let from = i64::from(!is_cancelled);
            let order: Vec<i64> = (from..=newest).chain(repeats).collect();
            (Just((newest, is_cancelled)), Just(order).prop_shuffle())
        })
        .prop_map(|((newest, is_cancelled), order)| Arrivals {
            order,
            newest,
            is_cancelled,
        })
}

#[test]
fn any_order_of_arrival_ends_in_the_same_state() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let service = runtime.block_on(Service::start());
    let run = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: 24,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&arrivals(), |arrivals| {
            run.set(run.get() + 1);
            let set = format!("LOT-{}", run.get());
            let found = runtime.block_on(standings_after(&service, &set, &arrivals));
            prop_assert_eq!(found, expected(&arrivals));
            Ok(())
        })
        .expect("the property holds");
}

fn expected(arrivals: &Arrivals) -> Vec<(String, &'static str)> {
    let versions: Vec<Version> = (1..=arrivals.newest)
        .map(|number| Version {
            id: number.to_string(),
            number,
            is_cancelled: arrivals.is_cancelled && number == arrivals.newest,
        })
        .collect();
    let delivery = |standing| match standing {
        Standing::Current => "undeliverable",
        Standing::Superseded | Standing::Cancelled => "withdrawn",
    };
    standings(&versions)
        .into_iter()
        .map(|standing| (standing.as_str().to_owned(), delivery(standing)))
        .collect()
}

/// Standing and delivery of each version once everything has arrived.
async fn standings_after(
    service: &Service,
    set: &str,
    arrivals: &Arrivals,
) -> Vec<(String, &'static str)> {
    let mut last = Value::Null;
    for number in &arrivals.order {
        let answer = if *number == 0 {
            let newest = version(set, arrivals.newest);
            let archive = archive(service, &newest, Action::Delete);
            service.post("/rcp-reports", ZIP, archive).await
        } else {
            let fiche = bytes(&version(set, *number));
            service.post("/rcp-reports", JSON, fiche).await
        };
        assert!(answer.status.is_success(), "{}", answer.text());
        last = answer.json()["id"].clone();
    }
    let history = history(service, &last).await;
    let versions = history["versions"].as_array().expect("a list");
    versions
        .iter()
        .map(|version| {
            let standing = version["standing"].as_str().expect("a word").to_owned();
            let state = match version["delivery"]["state"].as_str() {
                Some("undeliverable") => "undeliverable",
                Some("withdrawn") => "withdrawn",
                other => panic!("{other:?}"),
            };
            (standing, state)
        })
        .collect()
}
