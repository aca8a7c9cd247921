//! Reports shared through FHIR: `DocumentReference` and `Binary`, for those who may read them.

use std::fs;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    service::{Answer, Service, settings},
    versions::version,
};

const JSON: &str = "application/json";
const FHIR: &str = "application/fhir+json";
const FORM: &str = "application/x-www-form-urlencoded";
const INS: &str = "271045626007794";

async fn hand_in(service: &Service, fiche: &Value) -> Value {
    let body = serde_json::to_vec(fiche).expect("JSON");
    let answer = service.post("/rcp-reports", JSON, body).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    answer.json()
}

fn ids(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice);
    entries
        .unwrap_or_default()
        .iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .filter_map(|entry| entry["resource"]["id"].as_str())
        .collect()
}

#[tokio::test]
async fn a_report_is_read_as_document_reference_and_binary() {
    let service = Service::start().await;
    let report = hand_in(&service, &version("RCP-P", 1)).await;
    let id = report["id"].as_str().expect("an id");
    let answer = service.get(&format!("/fhir/DocumentReference/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.headers[header::ETAG], "W/\"1\"");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let resource = answer.json();
    assert_eq!(resource["status"], "current");
    assert_eq!(resource["masterIdentifier"]["value"], "RCP-P-V1");
    let url = resource["content"][0]["attachment"]["url"].as_str();
    let path = url
        .and_then(|url| url.strip_prefix("http://passerelle.invalid"))
        .expect("an address of ours");
    let bytes = service.get(path).await;
    assert_eq!(
        bytes.headers[header::CONTENT_TYPE],
        "text/xml; charset=utf-8"
    );
    let as_report = service
        .get_as(&format!("/rcp-reports/{id}"), "text/xml")
        .await;
    assert!(bytes.body == as_report.body);
    let size = resource["content"][0]["attachment"]["size"].as_u64();
    assert_eq!(size, Some(bytes.body.len() as u64));
    let binary = service.get_as(path, FHIR).await.json();
    assert_eq!(binary["resourceType"], "Binary");
    assert_eq!(
        service.get("/fhir/DocumentReference/none").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        service.get("/fhir/Binary/none").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_replaced_and_a_cancelled_report_say_so() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-Q", 1)).await;
    let second = hand_in(&service, &version("RCP-Q", 2)).await;
    let address = |report: &Value| {
        let id = report["id"].as_str().expect("an id");
        format!("/fhir/DocumentReference/{id}")
    };
    let old = service.get(&address(&first)).await;
    assert_eq!(old.json()["status"], "superseded");
    assert_eq!(old.headers[header::ETAG], "W/\"2\"");
    let new = service.get(&address(&second)).await.json();
    let target = &new["relatesTo"][0]["target"]["reference"];
    assert_eq!(
        *target,
        format!("DocumentReference/{}", first["id"].as_str().expect("an id"))
    );
    let cancel = format!(
        "/rcp-reports/{}/$cancel",
        second["id"].as_str().expect("an id")
    );
    service.post(&cancel, JSON, "").await;
    let cancelled = service.get(&address(&second)).await.json();
    assert_eq!(cancelled["status"], "entered-in-error");
}

#[tokio::test]
async fn documents_are_searched_by_what_describes_them() {
    let service = Service::start().await;
    let first = hand_in(&service, &version("RCP-R", 1)).await;
    let second = hand_in(&service, &version("RCP-R", 2)).await;
    let (first, second) = (first["id"].as_str(), second["id"].as_str());
    let (first, second) = (first.expect("an id"), second.expect("an id"));
    let cases = [
        ("status=current", vec![second]),
        ("status=superseded", vec![first]),
        ("status=current,superseded", vec![second, first]),
        (
            "identifier=urn:oid:1.2.250.1.213.1.1.1.8.99|RCP-R-V1",
            vec![first],
        ),
        ("type=http://loinc.org|34794-8", vec![second, first]),
        ("type=34794-8&status=current", vec![second]),
        ("type=http://loinc.org|1234-5", vec![]),
        (
            "category=https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument|10",
            vec![second, first],
        ),
        ("format=urn:asip:ci-sis:frcp:2011", vec![second, first]),
        (
            "author.identifier=https://rpps.esante.gouv.fr|10999000127",
            vec![second, first],
        ),
        (
            "custodian.identifier=https://finess.esante.gouv.fr|990000101",
            vec![second, first],
        ),
        (
            "custodian:identifier=https://finess.esante.gouv.fr|990000102",
            vec![],
        ),
        ("creation=2026-03-20", vec![second, first]),
        ("creation=gt2026-03-21", vec![]),
        ("date=2026-11-23", vec![second, first]),
        ("period=2026", vec![second, first]),
        ("security-label=N", vec![second, first]),
        (
            "relatesto:identifier=urn:oid:1.2.250.1.213.1.1.1.8.99|RCP-R-V1",
            vec![second],
        ),
        ("_lastUpdated=ge2026-11-23&_count=1", vec![second]),
    ];
    for (query, expected) in cases {
        let address = format!("/fhir/DocumentReference?{}", query.replace('|', "%7C"));
        let answer = service.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        assert_eq!(ids(&answer.json()), expected, "{query}");
    }
    let page = service.get("/fhir/DocumentReference?_count=1").await.json();
    assert_eq!(page["total"], 2);
    let next = page["link"][1]["url"].as_str().expect("a next page");
    let next = next
        .strip_prefix("http://passerelle.invalid")
        .expect("ours");
    assert_eq!(ids(&service.get(next).await.json()), [first]);
}

#[tokio::test]
async fn a_patient_is_searched_for_in_a_body_only() {
    let service = Service::start().await;
    let report = hand_in(&service, &version("RCP-S", 1)).await;
    hand_in(&service, &version("RCP-S", 2)).await;
    let mut other = version("RCP-T", 1);
    other["patient"]["ins"]["value"] = json!("268053523804264");
    other["patient"]["birth_date"] = json!("1968-05-14");
    other["patient"]["birth_place_insee"] = json!("35238");
    hand_in(&service, &other).await;
    let refused = service
        .get(&format!("/fhir/DocumentReference?patient.identifier={INS}"))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("P-QRY-3"));
    assert!(!refused.text().contains(INS));

    let search = "/fhir/DocumentReference/_search";
    for form in [
        format!("patient.identifier=urn:oid:1.2.250.1.213.1.4.10%7C{INS}&status=superseded"),
        format!("patient={INS}&status=superseded"),
    ] {
        let found = service.post(search, FORM, form).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.text());
        assert_eq!(ids(&found.json()), [report["id"].as_str().expect("an id")]);
        assert!(!found.json()["link"].to_string().contains(INS));
    }
    let nobody = service
        .post(search, FORM, "patient.identifier=urn:oid:1.2%7C1")
        .await;
    assert_eq!(
        (nobody.status, nobody.json()["total"].as_i64()),
        (StatusCode::OK, Some(0))
    );
    // What follows is asked for by a form again.
    let cut = service
        .post(search, FORM, format!("patient={INS}&_count=1"))
        .await
        .json();
    assert_eq!(cut["total"], 2);
    let outcome = cut["entry"][1]["resource"].to_string();
    let cursor = outcome.split("_cursor=").nth(1).expect("a cursor");
    let cursor = cursor.split('.').next().expect("a cursor");
    let rest = service
        .post(
            search,
            FORM,
            format!("patient={INS}&_count=1&_cursor={cursor}"),
        )
        .await;
    assert_eq!(ids(&rest.json()), [report["id"].as_str().expect("an id")]);
}

#[tokio::test]
async fn documents_need_the_right_to_read_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    fs::write(&path, "a-token-for-the-vendors\n").expect("written");
    let mut settings = settings();
    settings.access.reports_token_file = path;
    let service = Service::with(settings).await;
    for address in [
        "/fhir/DocumentReference",
        "/fhir/DocumentReference/x",
        "/fhir/DocumentReference/x/_history/1",
        "/fhir/Binary/x",
    ] {
        assert_eq!(
            service.get(address).await.status,
            StatusCode::UNAUTHORIZED,
            "{address}"
        );
    }
    let form = service
        .post("/fhir/DocumentReference/_search", FORM, "status=current")
        .await;
    assert_eq!(form.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        service.get("/fhir/HealthcareService").await.status,
        StatusCode::OK
    );
    let request = Request::get("/fhir/DocumentReference")
        .header(header::AUTHORIZATION, "Bearer a-token-for-the-vendors")
        .body(Body::empty())
        .expect("a valid request");
    assert_eq!(service.send(request).await.status, StatusCode::OK);
    let statement = service.get("/fhir/metadata").await.json();
    let resources = statement["rest"][0]["resource"].as_array().expect("a list");
    assert!(
        resources
            .iter()
            .any(|resource| resource["type"] == "DocumentReference")
    );
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_or_told() {
    let service = Service::start().await;
    let strict = service
        .get("/fhir/DocumentReference?couleur=bleu&status=lost")
        .await;
    assert_eq!(strict.status, StatusCode::BAD_REQUEST);
    assert_eq!(strict.json()["issue"].as_array().map(Vec::len), Some(2));
    let request = Request::get("/fhir/DocumentReference?couleur=bleu")
        .header("prefer", "handling=lenient")
        .body(Body::empty())
        .expect("a valid request");
    let lenient: Answer = service.send(request).await;
    assert_eq!(lenient.status, StatusCode::OK);
    assert_eq!(lenient.json()["entry"][0]["search"]["mode"], "outcome");
}

#[tokio::test]
async fn a_count_is_given_without_the_documents() {
    let service = Service::start().await;
    hand_in(&service, &version("RCP-C", 1)).await;
    let counted = service
        .get("/fhir/DocumentReference?_summary=count")
        .await
        .json();
    assert_eq!(counted["total"], 1);
    assert_eq!(counted["entry"].as_array().map_or(0, Vec::len), 0);
}

#[tokio::test]
async fn a_report_is_given_as_fhir_and_as_fiche() {
    let service = Service::start().await;
    let fiche = version("RCP-U", 1);
    let report = hand_in(&service, &fiche).await;
    let address = format!("/rcp-reports/{}", report["id"].as_str().expect("an id"));
    let bundle = service.get_as(&address, FHIR).await;
    assert_eq!(bundle.status, StatusCode::OK, "{}", bundle.text());
    assert_eq!(bundle.json()["entry"][0]["resource"]["id"], report["id"]);
    let read = service
        .get_as(&address, "application/vnd.passerelle.fiche+json")
        .await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text());
    assert_eq!(
        read.json()["document"]["set_id"],
        fiche["document"]["set_id"]
    );
    assert_eq!(read.json()["patient"]["ins"]["value"], INS);
}

#[tokio::test]
async fn every_declared_parameter_is_understood() {
    let service = Service::start().await;
    let statement = service.get("/fhir/metadata").await.json();
    let resources = statement["rest"][0]["resource"].as_array().expect("a list");
    let declared = resources
        .iter()
        .find(|resource| resource["type"] == "DocumentReference")
        .expect("it is declared");
    let parameters = declared["searchParam"].as_array().expect("a list");
    assert!(parameters.len() > 15);
    for parameter in parameters {
        let name = parameter["name"].as_str().expect("a name");
        let value = match (parameter["type"].as_str(), name) {
            (Some("date"), _) => "2026-11-23",
            (_, "status") => "current",
            _ => "x",
        };
        let form = format!("{name}={value}");
        let answer = service
            .post("/fhir/DocumentReference/_search", FORM, form)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
    }
}
