//! Searches over the FHIR interface: what is answered, what is refused, and that neither can be made to
//! last or to change anything.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use passerelle::{fhir::systems, storage::Reader};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    context::understood,
    resources::upsert,
    service::{Answer, Service},
};

const AT: &str = "2026-11-23T08:00:00.000Z";

fn structure(id: &str, above: Option<&str>) -> Value {
    let mut made = json!({"resourceType": "Organization", "id": id, "name": format!("Structure {id}"),
        "identifier": [{"system": systems::FINESS, "value": id,
            "type": {"coding": [{"system": "urn:types", "code": "FINEJ"}], "text": "FINESS juridique"}}]});
    if let Some(above) = above {
        made["partOf"] = json!({"reference": format!("Organization/{above}")});
    }
    made
}

fn place(id: &str, latitude: f64, longitude: f64) -> Value {
    json!({"resourceType": "Location", "id": id, "name": id, "position": {"latitude": latitude, "longitude": longitude},
        "extension": [{"url": systems::ROR_COMMUNE_COG, "valueCodeableConcept": {"coding": [
            {"system": systems::COMMUNE, "code": "29019"}]}}]})
}

fn offer(id: &str, structure: &str, place: &str, pivot: &str) -> Value {
    json!({"resourceType": "HealthcareService", "id": id, "name": format!("Offre {id}"), "active": true,
        "providedBy": {"reference": format!("Organization/{structure}"),
            "identifier": {"system": systems::FINESS, "value": structure}},
        "location": [{"reference": format!("Location/{place}")}],
        "characteristic": [{"coding": [{"system": systems::SOS_PIVOT, "code": pivot, "display": "Activité physique"}]}]})
}

/// Two structures, one above the other, that go round in a circle with a third; three places; three
/// offers; a professional of one.
async fn directory() -> Service {
    let service = Service::start().await;
    upsert(
        &service.context.storage,
        AT,
        vec![
            structure("ej", None),
            structure("eg", Some("ej")),
            structure("a", Some("b")),
            structure("b", Some("a")),
            place("brest", 48.3904, -4.4861),
            place("morlaix", 48.5778, -3.8278),
            place("quimper", 47.9960, -4.1024),
            offer("o1", "eg", "brest", "APA-01"),
            offer("o2", "ej", "morlaix", "DOUL-01"),
            offer("o3", "a", "quimper", "APA"),
            json!({"resourceType": "Practitioner", "id": "p", "name": [{"family": "Secret"}]}),
            json!({"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/p"},
                "healthcareService": [{"reference": "HealthcareService/o1"}]}),
        ],
    )
    .await;
    service
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

async fn ask(service: &Service, kind: &str, pairs: &[(&str, &str)]) -> Answer {
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    service
        .get(&format!("/fhir/{kind}?{}", query.join("&")))
        .await
}

/// Ids of the entries of that mode, in order.
fn ids(answer: &Answer, mode: &str) -> Vec<String> {
    let body = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{body}");
    let entries = body["entry"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == mode)
        .map(|entry| {
            entry["resource"]["id"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn offers_come_nearest_first_with_their_distance() {
    let service = directory().await;
    let answer = ask(
        &service,
        "HealthcareService",
        &[
            ("location.near", "48.39|-4.48|60|km"),
            ("_include", "HealthcareService:location"),
        ],
    )
    .await;
    assert_eq!(ids(&answer, "match"), ["o1", "o3", "o2"]);
    let body = answer.json();
    for entry in body["entry"].as_array().expect("entries") {
        let distance = &entry["search"]["extension"][0];
        assert_eq!(
            distance["url"],
            "http://hl7.org/fhir/StructureDefinition/location-distance"
        );
        assert_eq!(distance["valueDistance"]["code"], "km");
        let km = distance["valueDistance"]["value"]
            .as_f64()
            .expect("a number");
        assert!((0.0..=60.0).contains(&km));
    }
    let by_name = [("near", "48.39|-4.48|60|km"), ("_sort", "-near")];
    let answer = ask(&service, "Location", &by_name).await;
    assert_eq!(ids(&answer, "match"), ["morlaix", "quimper", "brest"]);
    let around = [("near-insee-code", "29019|5|km")];
    let answer = ask(&service, "Location", &around).await;
    assert_eq!(ids(&answer, "match"), Vec::<String>::new());
}

#[tokio::test]
async fn hierarchies_types_and_texts_are_searched() {
    let service = directory().await;
    for (kind, name, value, expected) in [
        (
            "HealthcareService",
            "organization:below",
            "Organization/ej",
            vec!["o1", "o2"],
        ),
        (
            "HealthcareService",
            "organization:above",
            "eg",
            vec!["o1", "o2"],
        ),
        (
            "HealthcareService",
            "organization.identifier:above",
            "ej",
            vec!["o1", "o2"],
        ),
        (
            "HealthcareService",
            "organization:identifier",
            "eg",
            vec!["o1"],
        ),
        (
            "HealthcareService",
            "organization.partof.name",
            "structure",
            vec!["o1", "o3"],
        ),
        (
            "HealthcareService",
            "characteristic:below",
            "APA",
            vec!["o1", "o3"],
        ),
        (
            "HealthcareService",
            "characteristic:above",
            "APA-01",
            vec!["o1", "o3"],
        ),
        (
            "HealthcareService",
            "characteristic:text",
            "activite",
            vec!["o1", "o2", "o3"],
        ),
        (
            "HealthcareService",
            "_filter",
            "organization[identifier eq eg].name sw str and not (_id eq o9)",
            vec!["o1"],
        ),
        (
            "HealthcareService",
            "_filter",
            "characteristic eq APA or DOUL-01",
            vec!["o2", "o3"],
        ),
        (
            "Organization",
            "identifier:of-type",
            "urn:types|FINEJ|ej",
            vec!["ej"],
        ),
        (
            "Organization",
            "identifier:text",
            "finess",
            vec!["a", "b", "eg", "ej"],
        ),
        ("Organization", "partof:above", "eg", vec!["eg"]),
        ("Organization", "partof:below", "a", vec!["a", "b"]),
        (
            "Organization",
            "_has:HealthcareService:organization:_id",
            "o1",
            vec!["eg"],
        ),
    ] {
        let answer = ask(&service, kind, &[(name, value)]).await;
        assert_eq!(ids(&answer, "match"), expected, "{kind}?{name}={value}");
    }
}

#[tokio::test]
async fn what_the_public_may_not_see_decides_nothing() {
    let service = directory().await;
    let by_person = [(
        "_has:PractitionerRole:service:practitioner.family",
        "Secret",
    )];
    let answer = ask(&service, "HealthcareService", &by_person).await;
    assert_eq!(ids(&answer, "match"), Vec::<String>::new());
    let on = passerelle::fhir::ResourceType::HealthcareService;
    let pairs = by_person.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let network = service
        .context
        .storage
        .search(&understood(on, &pairs), Reader::Network)
        .await;
    assert_eq!(network.expect("answered").matches.len(), 1);
    let around = [
        ("_id", "o1"),
        ("_revinclude", "PractitionerRole:service"),
        ("_include:iterate", "*"),
    ];
    let answer = ask(&service, "HealthcareService", &around).await;
    assert_eq!(ids(&answer, "include"), ["eg", "ej", "brest"]);
}

#[tokio::test]
async fn a_circle_of_inclusions_ends() {
    let service = directory().await;
    let circle = [
        ("_id", "a"),
        ("_include:iterate", "Organization:partof"),
        ("_revinclude:iterate", "Organization:partof"),
        ("_revinclude:iterate", "*"),
    ];
    let answer = timeout(
        Duration::from_secs(20),
        ask(&service, "Organization", &circle),
    )
    .await;
    assert_eq!(ids(&answer.expect("in time"), "include"), ["b", "o3"]);
}

#[tokio::test]
async fn every_type_is_searched_at_once() {
    let service = directory().await;
    let answer = service.get("/fhir?_type=Organization,Location&_lastUpdated=ge2026&_sort=-_lastUpdated,_id&_count=3").await;
    assert_eq!(ids(&answer, "match"), ["a", "b", "brest"]);
    let body = answer.json();
    assert_eq!(body["total"], 7);
    let next = body["link"][1]["url"]
        .as_str()
        .expect("a next page")
        .to_owned();
    let answer = service
        .get(&next.replace("http://passerelle.invalid", ""))
        .await;
    assert_eq!(ids(&answer, "match"), ["eg", "ej", "morlaix"]);
    let answer = service.get("/fhir?_type=Patient").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let form = "application/x-www-form-urlencoded";
    let answer = service
        .post("/fhir/_search", form, "_type=Location&_id=brest")
        .await;
    assert_eq!(ids(&answer, "match"), ["brest"]);
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_its_reason_and_in_bounded_time() {
    let service = directory().await;
    let long = "active eq true or ".repeat(10_000) + "active eq true";
    let deep = "(".repeat(5_000) + "active eq true" + &")".repeat(5_000);
    let chain = "organization.".to_owned() + &"partof.".repeat(500) + "name";
    let path = chain.clone() + " eq a";
    let many = "a,".repeat(5_000);
    for (name, value, rule) in [
        ("_filter", long.as_str(), "SEARCH-TOO-COSTLY"),
        ("_filter", deep.as_str(), "SEARCH-FILTER"),
        ("_filter", path.as_str(), "SEARCH-CHAIN"),
        ("_filter", "name is yoga", "SEARCH-FILTER"),
        ("_filter", "active gt true", "SEARCH-OPERATOR"),
        (chain.as_str(), "a", "SEARCH-CHAIN"),
        ("_has:Patient:x:y", "a", "SEARCH-CHAIN"),
        (
            "_has:PractitionerRole:practitioner:active",
            "true",
            "SEARCH-CHAIN",
        ),
        ("name", many.as_str(), "SEARCH-TOO-COSTLY"),
        ("_count", "-1", "SEARCH-VALUE"),
        ("_count", "99999999999999999999999", "SEARCH-VALUE"),
        ("_count", "1000001", "SEARCH-VALUE"),
        ("_total", "perhaps", "SEARCH-VALUE"),
        ("_sort", "nothing", "SEARCH-SORT"),
        ("_sort", "near", "SEARCH-SORT"),
        (
            "_sort",
            "name,name,name,name,name,name,name,name,name",
            "SEARCH-TOO-COSTLY",
        ),
        ("_cursor", "AAAA", "SEARCH-VALUE"),
        ("_list", "$current-allergies", "SEARCH-LIST"),
        ("_list", "Organization/42", "SEARCH-VALUE"),
        ("_list:not", "42", "SEARCH-MODIFIER"),
        ("_filter", "_list gt 42", "SEARCH-OPERATOR"),
        (
            "characteristic",
            "https://nobody.invalid|APA",
            "SEARCH-SYSTEM",
        ),
        (
            "characteristic:in",
            "https://nobody.invalid/ValueSet/x",
            "SEARCH-VALUE-SET",
        ),
        ("location.near", "95|0|1|km", "SEARCH-VALUE"),
        ("age-range-low", "old", "SEARCH-VALUE"),
        ("sos-verified-on", "2026-02-30", "SEARCH-VALUE"),
        ("name:soundex", "a", "SEARCH-MODIFIER"),
        ("specialty:missing", "perhaps", "SEARCH-VALUE"),
        ("name", "a\0b", "SEARCH-VALUE"),
    ] {
        // Long queries come in the body, as clients send them.
        let form = "application/x-www-form-urlencoded";
        let body = format!("{}={}", encoded(name), encoded(value));
        let asked = service.post("/fhir/HealthcareService/_search", form, body);
        let answer = timeout(Duration::from_secs(20), asked)
            .await
            .expect("in time");
        let outcome = answer.json();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {outcome}");
        assert_eq!(outcome["issue"][0]["diagnostics"], rule, "{name}");
    }
}

#[tokio::test]
async fn sql_in_a_value_is_a_value() {
    let service = directory().await;
    let attack = "x' or '1'='1'; drop table resource; --";
    for name in [
        "name",
        "name:contains",
        "name:exact",
        "specialty",
        "specialty:not",
        "identifier",
        "specialty:text",
        "_source",
        "_content",
        "organization.name",
        "organization:identifier",
        "_has:PractitionerRole:service:identifier",
    ] {
        let answer = ask(&service, "HealthcareService", &[(name, attack)]).await;
        let expected = if name == "specialty:not" { 3 } else { 0 };
        assert_eq!(ids(&answer, "match").len(), expected, "{name}");
    }
    let text = Value::from(attack).to_string();
    for filter in [
        format!("name co {text}"),
        format!("specialty eq {text}"),
        format!("name gt {text}"),
    ] {
        let answer = ask(&service, "HealthcareService", &[("_filter", &filter)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{filter}");
    }
    for name in [
        "_id",
        "_lastUpdated",
        "location.near",
        "age-range-low",
        "organization",
        "_sort",
        "_include",
        "_cursor",
    ] {
        let answer = ask(&service, "HealthcareService", &[(name, attack)]).await;
        assert!(
            answer.status == StatusCode::BAD_REQUEST || name == "_id",
            "{name}"
        );
    }
    assert_eq!(
        ids(&ask(&service, "HealthcareService", &[]).await, "match").len(),
        3
    );
}

#[tokio::test]
async fn a_filter_of_many_terms_is_answered() {
    let service = directory().await;
    let terms: Vec<String> = (0..290).map(|n| format!("name co x{n}")).collect();
    for joint in [" or ", " and "] {
        let answer = ask(
            &service,
            "HealthcareService",
            &[("_filter", &terms.join(joint))],
        )
        .await;
        assert_eq!(ids(&answer, "match").len(), 0);
    }
    let turning: Vec<String> = (0..140)
        .map(|n| format!("name co x{n} or name co o and"))
        .collect();
    let text = turning.join(" ") + " name co o";
    let answer = ask(&service, "HealthcareService", &[("_filter", &text)]).await;
    assert_eq!(ids(&answer, "match").len(), 3);
}

#[tokio::test]
async fn the_memory_answers_as_the_database_does_with_what_comes_along_and_distances() {
    let service = directory().await;
    let near = "48.39|-4.48|90|km";
    let questions: [(&str, &[(&str, &str)]); 7] = [
        ("HealthcareService", &[("_include", "*")]),
        (
            "HealthcareService",
            &[
                ("_include", "HealthcareService:location"),
                ("location.near", near),
            ],
        ),
        (
            "HealthcareService",
            &[("location.near", near), ("_sort", "near"), ("_count", "2")],
        ),
        (
            "Location",
            &[
                ("near", near),
                ("_revinclude", "HealthcareService:location"),
            ],
        ),
        ("Location", &[("near", near), ("_sort", "near")]),
        (
            "Organization",
            &[
                ("_revinclude", "HealthcareService:organization"),
                ("_include:iterate", "HealthcareService:location"),
            ],
        ),
        (
            "Organization",
            &[
                ("_include:iterate", "Organization:partof"),
                ("_revinclude", "*"),
            ],
        ),
    ];
    let all = async || {
        let mut bodies = Vec::new();
        for (kind, pairs) in &questions {
            bodies.push(ask(&service, kind, pairs).await.json());
        }
        bodies
    };
    let of_database = all().await;
    assert!(of_database.iter().all(|body| body["entry"][0].is_object()));
    service
        .context
        .storage
        .load_search_memory()
        .await
        .expect("loaded");
    for (memory, database) in all().await.iter().zip(&of_database) {
        assert_eq!(memory, database);
    }
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_others_write() {
    let service = Arc::new(directory().await);
    service
        .context
        .storage
        .load_search_memory()
        .await
        .expect("loaded");
    let first: Vec<Value> = (0..60)
        .map(|n| offer(&format!("page-{n:03}"), "eg", "brest", "APA-01"))
        .collect();
    upsert(&service.context.storage, AT, first).await;
    let writer = Arc::clone(&service);
    let writing = tokio::spawn(async move {
        for n in 0..40 {
            let mut touched = offer(&format!("page-{:03}", n % 60), "eg", "brest", "APA-01");
            touched["comment"] = json!(format!("change {n}"));
            let new = offer(&format!("page-{n:03}-new"), "ej", "morlaix", "APA-01");
            upsert(
                &writer.context.storage,
                "2026-11-23T09:00:00.000Z",
                vec![touched, new],
            )
            .await;
        }
    });
    for sort in ["name", "-name", "_id", "near"] {
        let mut path = format!(
            "/fhir/HealthcareService?_sort={sort}&_count=7&location.near=48.39%7C-4.48%7C90%7Ckm"
        );
        let mut seen = Vec::new();
        loop {
            let answer = service.get(&path).await;
            seen.extend(ids(&answer, "match"));
            let body = answer.json();
            let links = body["link"].as_array().expect("links");
            let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
                break;
            };
            path = next["url"]
                .as_str()
                .expect("a URL")
                .replace("http://passerelle.invalid", "");
        }
        let old: Vec<&String> = seen
            .iter()
            .filter(|id| id.starts_with("page-") && id.len() == 8)
            .collect();
        assert_eq!(old.len(), 60, "{sort}");
        let total = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), total, "{sort}");
    }
    writing.await.expect("written");
}

#[tokio::test]
async fn only_what_is_asked_for_is_counted_and_said() {
    let service = directory().await;
    let answer = ask(
        &service,
        "HealthcareService",
        &[("_count", "0"), ("active", "true")],
    )
    .await;
    let body = answer.json();
    assert_eq!((&body["total"], body.get("entry")), (&json!(3), None));
    let answer = ask(
        &service,
        "HealthcareService",
        &[("_total", "none"), ("_summary", "count")],
    )
    .await;
    assert_eq!(answer.json()["total"], 3);
    let answer = ask(&service, "HealthcareService", &[("_total", "none")]).await;
    assert_eq!(answer.json().get("total"), None);
    let url = answer.json()["link"][0]["url"]
        .as_str()
        .expect("a self link")
        .to_owned();
    assert_eq!(
        url,
        "http://passerelle.invalid/fhir/HealthcareService?_total=none"
    );
}
