//! What nobody should send to the FHIR interface in XML, and to its operations: refused with the
//! reason, in time, and nothing is made of it.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use passerelle::fhir::ResourceType;
use serde_json::json;

use crate::{
    fhir_writes::{ask, place},
    service::{Service, settings},
};

/// Longest that a refusal may take, a slow machine and a build without optimization included.
const PATIENCE: Duration = Duration::from_secs(30);
const NAMESPACE: &str = "xmlns=\"http://hl7.org/fhir\"";

/// Each request is refused so, with that in its answer, and leaves nothing but what was sent.
async fn refused(path: &str, media_type: &str, cases: Vec<(&str, Vec<u8>, StatusCode, &str)>) {
    let mut settings = settings();
    settings.server.max_body_bytes = 60_000_000;
    let service = Service::with(settings).await;
    for (name, body, status, text) in cases {
        let start = Instant::now();
        let request = ask(Method::POST, path).bytes(body);
        let answer = request.with("content-type", media_type).of(&service).await;
        let took = start.elapsed();
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(answer.text().contains(text), "{name}: {}", answer.text());
        assert!(took < PATIENCE, "{name}: {took:?}");
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{name}");
    }
    for kind in ResourceType::ALL {
        let storage = &service.context.storage;
        assert_eq!(storage.count_resources(kind).await.expect("counted"), 0);
    }
}

#[tokio::test]
async fn bad_xml_is_refused_with_its_reason() {
    let bad = StatusCode::BAD_REQUEST;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let deep = format!(
        "<Location {NAMESPACE}>{}{}</Location>",
        "<extension>".repeat(100_000),
        "</extension>".repeat(100_000)
    );
    let bomb: String = (1..10)
        .map(|n| format!("<!ENTITY b{n} \"{}\">", format!("&b{};", n - 1).repeat(10)))
        .collect();
    let laughs = format!(
        "<!DOCTYPE b [<!ENTITY b0 \"ha\">{bomb}]><Location {NAMESPACE}><name value=\"&b9;\"/></Location>"
    );
    let latin = [
        format!("<Location {NAMESPACE}><name value=\"").as_bytes(),
        b"\xe9\"/></Location>",
    ]
    .concat();
    let of = |content: &str| format!("<Location {NAMESPACE}>{content}</Location>").into_bytes();
    refused(
        "/fhir/Location",
        "application/fhir+xml",
        vec![
            (
                "cut",
                format!("<Location {NAMESPACE}><name").into_bytes(),
                bad,
                "XML",
            ),
            ("deep", deep.into_bytes(), bad, "XML"),
            ("entities", laughs.into_bytes(), bad, "XML"),
            ("bytes", latin, bad, "XML"),
            (
                "namespace",
                b"<Location><name value=\"x\"/></Location>".to_vec(),
                bad,
                "XML",
            ),
            ("unknown element", of("<nmae value=\"x\"/>"), bad, "XML"),
            ("text", of("<name>x</name>"), bad, "XML"),
            (
                "twice",
                of("<name value=\"x\"/><name value=\"y\"/>"),
                wrong,
                "Location.name",
            ),
            ("two roots", [of(""), of("")].concat(), bad, "XML"),
            (
                "type",
                format!("<Patient {NAMESPACE}/>").into_bytes(),
                bad,
                "XML",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn operations_refuse_what_they_cannot_read() {
    let bad = StatusCode::BAD_REQUEST;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let broken = |text: &str| {
        vec![
            ("syntax", b"{\"resourceType\":".to_vec(), bad, "JSON-SYNTAX"),
            (
                "twice",
                b"{\"a\":1,\"a\":2}".to_vec(),
                bad,
                "JSON-REPEATED-KEY",
            ),
            ("bytes", b"{\"a\":\"\xff\"}".to_vec(), bad, "JSON-SYNTAX"),
            ("deep", deep.clone(), bad, "JSON-DEPTH"),
            ("type", text.as_bytes().to_vec(), bad, ""),
        ]
    };
    let unknown = json!({"resourceType": "Parameters", "parameter": [
        {"name": "_type", "valueString": "Patient"}]});
    refused(
        "/fhir/$export",
        "application/fhir+json",
        broken(&unknown.to_string()),
    )
    .await;
    let json = "application/fhir+json";
    let mut cases = broken("");
    cases.truncate(4);
    refused("/fhir/Location/$validate", json, cases).await;
    // Something else than a resource is one that is wrong, and is told so.
    let service = Service::start().await;
    for (sent, text) in [
        ("[]", "resourceType"),
        ("1", "resourceType"),
        ("{}", "resourceType"),
    ] {
        let answer = ask(Method::POST, "/fhir/Location/$validate").bytes(sent.into());
        let answer = answer.of(&service).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text().contains(text), "{}", answer.text());
    }
    let mut lost = place();
    lost["managingOrganization"] = json!({"reference": "Organization/none"});
    let checked = ask(Method::POST, "/fhir/Location/$validate").json(&lost);
    let checked = checked.of(&service).await.text();
    assert!(checked.contains("G13"), "{checked}");
}
