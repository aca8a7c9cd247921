//! Writing to the directory through the FHIR interface.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use passerelle::{config::Settings, fhir::ResourceType, flows::index_resources, storage::Reader};
use serde_json::{Value, json};
use sqlx::Connection;

use crate::{
    context::understood,
    service::{Answer, Service, settings},
    upgrade::search_rows,
};

const JSON: &str = "application/fhir+json";
const ROR: &str = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition";

/// A request under way.
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

pub fn ask(method: Method, path: impl Into<String>) -> Ask {
    Ask {
        method,
        path: path.into(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

impl Ask {
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn json(self, value: &Value) -> Self {
        self.bytes(value.to_string().into_bytes())
    }

    pub fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.body = bytes;
        self.with("content-type", JSON)
    }

    pub async fn of(self, service: &Service) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path);
        // The last of a name counts.
        let mut headers = self.headers;
        headers.reverse();
        headers.dedup_by(|a, b| a.0 == b.0);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let body = Body::from(self.body);
        service.send(request.body(body).expect("a request")).await
    }
}

pub async fn post(service: &Service, path: &str, value: &Value) -> Answer {
    ask(Method::POST, path).json(value).of(service).await
}

pub async fn put(service: &Service, path: &str, value: &Value) -> Answer {
    ask(Method::PUT, path).json(value).of(service).await
}

pub async fn get(service: &Service, path: &str) -> Answer {
    ask(Method::GET, path)
        .with("authorization", "Bearer x")
        .of(service)
        .await
}

pub fn structure(number: &str) -> Value {
    json!({"resourceType": "Organization", "name": "Maison de santé fictive", "identifier": [{
        "type": {"coding": [{"system": "https://mos.esante.gouv.fr/NOS/TRE_G07-TypeIdentifiantStructure/FHIR/TRE-G07-TypeIdentifiantStructure", "code": "40"}]},
        "system": "urn:oid:1.2.250.1.71.4.2.2", "value": number}]})
}

pub fn place() -> Value {
    json!({"resourceType": "Location", "name": "Lieu", "address": {"city": "Brest"},
        "extension": [{"url": format!("{ROR}/ror-commune-cog"), "valueCodeableConcept": {"coding": [
            {"system": "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune", "code": "29019"}]}}]})
}

pub fn tre(name: &str) -> String {
    format!("https://mos.esante.gouv.fr/NOS/TRE_{name}/FHIR/TRE-{name}")
}

fn years(count: u32) -> Value {
    json!({"value": count, "system": "http://unitsofmeasure.org", "code": "a"})
}

pub fn offer(number: &str, structure: &str, place: &str) -> Value {
    json!({"resourceType": "HealthcareService", "active": true, "name": "Consultation douleur",
        "extension": [
            {"url": format!("{ROR}/ror-healthcareservice-sensitive-unit"), "valueBoolean": false},
            {"url": format!("{ROR}/ror-healthcareservice-patient-type"), "extension": [{"url": "ageRange",
                "valueRange": {"low": years(18), "high": years(120)}}]}],
        "identifier": [{"value": number}],
        "providedBy": {"reference": structure},
        "location": [{"reference": place}],
        "type": [{"coding": [{"system": tre("R227-ChampActivite"), "code": "05"}]}],
        "specialty": [{"coding": [{"system": tre("R211-ActiviteOperationnelle"), "code": "414"}]}],
        "characteristic": [{"coding": [{"system": tre("R213-ModePriseEnCharge"), "code": "32"}]}]})
}

pub fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers[name].to_str().expect("a text")
}

/// The path of the address that an answer gives, without its version.
pub fn written_path(answer: &Answer) -> String {
    let location = header(answer, "location");
    let path = location
        .strip_prefix("http://passerelle.invalid")
        .expect("ours");
    path.split("/_history").next().expect("a path").to_owned()
}

fn outcome_text(answer: &Answer) -> String {
    answer.json()["issue"].to_string()
}

async fn count(service: &Service, kind: ResourceType) -> i64 {
    service
        .context
        .storage
        .count_resources(kind)
        .await
        .expect("counted")
}

#[tokio::test]
async fn a_resource_lives_through_versions_and_its_deletion_leaves_its_history() {
    let service = Service::start().await;
    let created = post(&service, "/fhir/Organization", &structure("1910800002")).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(header(&created, "etag"), "W/\"1\"");
    let path = written_path(&created);
    let mut resource = created.json();
    assert_eq!(resource["meta"]["versionId"], "1");

    resource["name"] = json!("Autre nom");
    let stale = ask(Method::PUT, &path)
        .with("if-match", "W/\"7\"")
        .json(&resource)
        .of(&service)
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let updated = ask(Method::PUT, &path)
        .with("if-match", "W/\"1\"")
        .json(&resource)
        .of(&service)
        .await;
    assert_eq!(
        (updated.status, header(&updated, "etag")),
        (StatusCode::OK, "W/\"2\"")
    );
    let same = put(&service, &path, &updated.json()).await;
    assert_eq!(
        (same.status, header(&same, "etag")),
        (StatusCode::OK, "W/\"2\"")
    );
    let found = get(&service, "/fhir/Organization?name=autre").await.json();
    assert_eq!(found["total"], 1);

    let read = get(&service, &path).await;
    let modified = header(&read, "last-modified").to_owned();
    let unmodified = ask(Method::GET, &path)
        .with("if-modified-since", modified)
        .of(&service)
        .await;
    assert_eq!(unmodified.status, StatusCode::NOT_MODIFIED);
    let first = get(&service, &format!("{path}/_history/1")).await;
    assert_eq!(first.json()["name"], "Maison de santé fictive");

    let deleted = ask(Method::DELETE, &path).of(&service).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(
        ask(Method::DELETE, &path).of(&service).await.status,
        StatusCode::NO_CONTENT
    );
    let gone = get(&service, &path).await;
    assert_eq!(
        (gone.status, gone.json()["issue"][0]["code"].clone()),
        (StatusCode::GONE, json!("deleted"))
    );
    assert_eq!(
        get(&service, &format!("{path}/_history/2")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        get(&service, &format!("{path}/_history/3")).await.status,
        StatusCode::GONE
    );
    assert_eq!(
        get(&service, "/fhir/Organization?name=autre").await.json()["total"],
        0
    );
    assert_eq!(
        put(&service, &path, &resource).await.status,
        StatusCode::CREATED
    );

    let history = get(&service, &format!("{path}/_history")).await.json();
    let methods: Vec<&str> = history["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["request"]["method"].as_str().expect("a method"))
        .collect();
    assert_eq!(methods, ["PUT", "DELETE", "PUT", "POST"]);
    assert_eq!(history["total"], 4);
    let mut seen = 0;
    let mut next = Some("/fhir/_history?_count=3".to_owned());
    while let Some(url) = next {
        let page = get(
            &service,
            url.trim_start_matches("http://passerelle.invalid"),
        )
        .await
        .json();
        seen += page["entry"].as_array().map_or(0, Vec::len);
        let links = page["link"].as_array().expect("links");
        let link = links.iter().find(|link| link["relation"] == "next");
        next = link.map(|link| link["url"].as_str().expect("a text").to_owned());
    }
    assert_eq!(seen, 4);
    assert_eq!(
        get(&service, "/fhir/Organization/_history?_since=2030-01-01")
            .await
            .json()["total"],
        0
    );
}

#[tokio::test]
async fn what_fhir_does_not_know_here_and_digits_and_extensions_come_back_as_they_came() {
    let service = Service::start().await;
    let text = r#"{"resourceType":"Location","id":"l-1","meta":{"source":"urn:x"},"extension":[{"url":"https://elsewhere.invalid/x","valueDecimal":2.10},{"url":"https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/ror-commune-cog","valueCodeableConcept":{"coding":[{"system":"https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune","code":"29019"}]}}],"name":"é","_name":{"extension":[{"url":"https://elsewhere.invalid/y","valueString":"z"}]},"address":{"line":["1","2"],"_line":[null,{"extension":[{"url":"https://elsewhere.invalid/y","valueString":"z"}]}]},"position":{"longitude":-4.4860,"latitude":48.390}}"#;
    let written = ask(Method::PUT, "/fhir/Location/l-1")
        .bytes(text.into())
        .of(&service)
        .await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.text());
    let read = get(&service, "/fhir/Location/l-1").await.text();
    for part in [
        "2.10",
        "-4.4860",
        "48.390",
        r#""_line":[null,{"#,
        r#""source":"urn:x""#,
        r#""_name":{"extension""#,
    ] {
        assert!(read.contains(part), "{part} in {read}");
    }
    let mut came: Value = serde_json::from_str(text).expect("JSON");
    let mut kept: Value = serde_json::from_str(&read).expect("JSON");
    for resource in [&mut came, &mut kept] {
        resource.as_object_mut().expect("an object").remove("meta");
        let extensions = resource["extension"].as_array_mut().expect("extensions");
        extensions.retain(|one| {
            !one["url"]
                .as_str()
                .expect("a url")
                .ends_with("creation-date")
        });
    }
    assert_eq!(came, kept);
}

#[tokio::test]
async fn conditions_say_which_resource_is_meant() {
    let service = Service::start().await;
    let condition = "identifier=urn:oid:1.2.250.1.71.4.2.2|1910800002";
    let create = || {
        ask(Method::POST, "/fhir/Organization")
            .with("if-none-exist", condition)
            .json(&structure("1910800002"))
    };
    let first = create().of(&service).await;
    let second = create().of(&service).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.headers["location"], second.headers["location"]);

    let mut other = structure("1910800002");
    other["name"] = json!("Par condition");
    let url = format!("/fhir/Organization?{}", condition.replace('|', "%7C"));
    let updated = put(&service, &url, &other).await;
    assert_eq!(
        (updated.status, header(&updated, "etag")),
        (StatusCode::OK, "W/\"2\"")
    );
    let made = put(
        &service,
        "/fhir/Organization?identifier=1777777777",
        &structure("1777777777"),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());

    let patch = json!([{"op": "replace", "path": "/name", "value": "Par patch"}]);
    let patched = ask(Method::PATCH, &url)
        .json(&patch)
        .with("content-type", "application/json-patch+json")
        .of(&service)
        .await;
    assert_eq!(patched.json()["name"], "Par patch", "{}", patched.text());

    let several = ask(Method::DELETE, "/fhir/Organization?name:contains=a")
        .of(&service)
        .await;
    assert_eq!(several.status, StatusCode::PRECONDITION_FAILED);
    let everything = ask(Method::DELETE, "/fhir/Organization").of(&service).await;
    assert_eq!(everything.status, StatusCode::BAD_REQUEST);
    let misspelt = ask(Method::DELETE, "/fhir/Organization?nmae=x")
        .of(&service)
        .await;
    assert_eq!(misspelt.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        ask(Method::DELETE, &url).of(&service).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(count(&service, ResourceType::Organization).await, 1);
    let exists = ask(Method::PUT, written_path(&made))
        .with("if-none-match", "*")
        .json(&made.json())
        .of(&service)
        .await;
    assert_eq!(exists.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_doing_the_same_conditional_creation_leave_one_resource() {
    let service = Arc::new(Service::start().await);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let service = Arc::clone(&service);
            tokio::spawn(async move {
                ask(Method::POST, "/fhir/Organization")
                    .with("if-none-exist", "identifier=1910800002")
                    .json(&structure("1910800002"))
                    .of(&service)
                    .await
                    .status
            })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        match task.await.expect("answered") {
            StatusCode::CREATED => created += 1,
            other => assert_eq!(other, StatusCode::OK),
        }
    }
    assert_eq!(created, 1);
    assert_eq!(count(&service, ResourceType::Organization).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_is_lost_when_each_names_the_version_that_it_read() {
    let service = Arc::new(Service::start().await);
    let path = written_path(&post(&service, "/fhir/Organization", &structure("1910800002")).await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (service, path) = (Arc::clone(&service), path.clone());
            tokio::spawn(async move {
                loop {
                    let read = get(&service, &path).await;
                    let mut resource = read.json();
                    let name = resource["name"].as_str().expect("a name").to_owned();
                    resource["name"] = json!(format!("{name}+"));
                    let tag = header(&read, "etag");
                    let answer = ask(Method::PUT, &path)
                        .with("if-match", tag)
                        .json(&resource)
                        .of(&service)
                        .await;
                    if answer.status == StatusCode::OK {
                        return;
                    }
                    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("written");
    }
    let name = get(&service, &path).await.json()["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert_eq!(name.matches('+').count(), 8);
}

fn entry(url: &str, method: &str, request_url: &str, resource: Value) -> Value {
    json!({"fullUrl": url, "resource": resource, "request": {"method": method, "url": request_url}})
}

fn transaction(entries: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_transactions_at_once_each_is_whole_or_not_there() {
    let service = Arc::new(Service::start().await);
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let service = Arc::clone(&service);
            let is_sound = number % 2 == 0;
            let uuid = |end| format!("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e{end}");
            let mut shared = entry(&uuid(0), "POST", "Organization", structure("1910800002"));
            shared["request"]["ifNoneExist"] = json!("identifier=1910800002");
            let place_reference = if is_sound {
                uuid(1)
            } else {
                "Location/nowhere".to_owned()
            };
            let offer = offer(&format!("53/{number}"), &uuid(0), &place_reference);
            let bundle = transaction(vec![
                shared,
                entry(&uuid(1), "POST", "Location", place()),
                entry(&uuid(2), "POST", "HealthcareService", offer),
            ]);
            tokio::spawn(async move {
                let answer = post(&service, "/fhir", &bundle).await;
                assert_eq!(
                    answer.status == StatusCode::OK,
                    is_sound,
                    "{}",
                    answer.text()
                );
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("answered");
    }
    for (kind, expected) in [
        (ResourceType::Organization, 1),
        (ResourceType::Location, 16),
        (ResourceType::HealthcareService, 16),
    ] {
        assert_eq!(count(&service, kind).await, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_transaction_names_its_own_entries_and_is_all_or_nothing() {
    let service = Service::start().await;
    let (uuid_structure, uuid_place) = (
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1",
    );
    let whole = |characteristic: Value| {
        let mut service = offer("53/1", uuid_structure, uuid_place);
        service["characteristic"] = characteristic;
        transaction(vec![
            entry(
                "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e2",
                "POST",
                "HealthcareService",
                service,
            ),
            entry(uuid_place, "POST", "Location", place()),
            entry(
                uuid_structure,
                "POST",
                "Organization",
                structure("1910800002"),
            ),
        ])
    };
    let refused = post(&service, "/fhir", &whole(json!([{"text": "x"}]))).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text()
    );
    assert!(
        outcome_text(&refused).contains("Bundle.entry[0].resource.characteristic"),
        "{}",
        refused.text()
    );
    for kind in ResourceType::ALL {
        assert_eq!(count(&service, kind).await, 0);
    }
    let good = json!([{"coding": [{"system": tre("R213-ModePriseEnCharge"), "code": "32"}]}]);
    let written = post(&service, "/fhir/", &whole(good)).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    let answer = written.json();
    assert_eq!(answer["type"], "transaction-response");
    for rank in 0..3 {
        assert_eq!(answer["entry"][rank]["response"]["status"], "201 Created");
    }
    let id = answer["entry"][2]["resource"]["id"]
        .as_str()
        .expect("an id");
    assert_eq!(
        answer["entry"][0]["resource"]["providedBy"]["reference"],
        format!("Organization/{id}")
    );

    // A conditional reference, a read that sees what was written, and a deletion with its referrer.
    let mut second = offer(
        "53/2",
        "Organization?identifier=1910800002",
        "Location/none",
    );
    second
        .as_object_mut()
        .expect("an object")
        .remove("location");
    let mixed = transaction(vec![
        json!({"request": {"method": "GET", "url": "HealthcareService?identifier=53/2"}}),
        json!({"resource": second, "request": {"method": "POST", "url": "HealthcareService", "ifNoneExist": "identifier=53/2"}}),
    ]);
    let answer = post(&service, "/fhir", &mixed).await.json();
    assert_eq!(answer["entry"][0]["resource"]["total"], 1, "{answer}");
    let structure_path = format!("/fhir/Organization/{id}");
    let kept = ask(Method::DELETE, &structure_path).of(&service).await;
    assert_eq!(kept.status, StatusCode::CONFLICT);
    let all = transaction(vec![
        json!({"request": {"method": "DELETE", "url": format!("Organization/{id}")}}),
        json!({"request": {"method": "DELETE", "url": "HealthcareService?identifier=53/1"}}),
        json!({"request": {"method": "DELETE", "url": "HealthcareService?identifier=53/2"}}),
    ]);
    assert_eq!(post(&service, "/fhir", &all).await.status, StatusCode::OK);
    assert_eq!(count(&service, ResourceType::Organization).await, 0);
}

#[tokio::test]
async fn each_entry_of_a_batch_is_answered_for_itself() {
    let service = Service::start().await;
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": structure("1910800002"), "request": {"method": "POST", "url": "Organization"}},
        {"resource": {"resourceType": "Location"}, "request": {"method": "POST", "url": "Location"}},
        {"request": {"method": "GET", "url": "Organization/none"}},
        {"request": {"method": "GET", "url": "Organization?identifier=1910800002"}}]});
    let answer = post(&service, "/fhir", &batch).await.json();
    let statuses: Vec<&str> = answer["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["response"]["status"].as_str().expect("a status"))
        .collect();
    assert_eq!(
        statuses,
        [
            "201 Created",
            "422 Unprocessable Entity",
            "404 Not Found",
            "200 OK"
        ]
    );
    assert_eq!(
        answer["entry"][1]["response"]["outcome"]["resourceType"],
        "OperationOutcome"
    );
    assert_eq!(answer["entry"][3]["resource"]["total"], 1);
}

#[tokio::test]
async fn a_fhirpath_patch_changes_what_it_names_and_the_whole_stays_valid() {
    let service = Service::start().await;
    let path = written_path(&post(&service, "/fhir/Location", &place()).await);
    let patch = |parts: Value| json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]});
    let renamed = patch(
        json!([{"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Location.name"}, {"name": "value", "valueString": "Nouveau"}]),
    );
    let answer = ask(Method::PATCH, &path)
        .with("if-match", "W/\"1\"")
        .json(&renamed)
        .of(&service)
        .await;
    assert_eq!(
        (answer.status, answer.json()["name"].clone()),
        (StatusCode::OK, json!("Nouveau"))
    );
    let broken = patch(
        json!([{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": format!("Location.extension('{ROR}/ror-commune-cog')")}]),
    );
    let answer = ask(Method::PATCH, &path).json(&broken).of(&service).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(outcome_text(&answer).contains("L1"), "{}", answer.text());
    let history = get(&service, &format!("{path}/_history")).await.json();
    assert_eq!(history["entry"][0]["request"]["method"], "PATCH");
    let missing = ask(Method::PATCH, "/fhir/Location/none")
        .json(&renamed)
        .of(&service)
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bad_input_is_refused_with_its_place_kept_and_changes_nothing() {
    let service = Service::start().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
        vec!["1"; 600_000].join(",")
    );
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let bad = StatusCode::BAD_REQUEST;
    let mut nowhere = offer("53/1", "Organization/none", "Location/none");
    nowhere["partOf"] = json!(1);
    let cases: Vec<(&str, &str, Vec<u8>, StatusCode, &str)> = vec![
        (
            "POST",
            "/fhir/Organization",
            b"{\"resourceType\": ".to_vec(),
            bad,
            "JSON-SYNTAX",
        ),
        (
            "POST",
            "/fhir/Organization",
            b"{\"a\":1,\"a\":2}".to_vec(),
            bad,
            "JSON-REPEATED-KEY",
        ),
        (
            "POST",
            "/fhir/Organization",
            b"{\"a\":\"\xff\"}".to_vec(),
            bad,
            "JSON-SYNTAX",
        ),
        (
            "POST",
            "/fhir/Organization",
            deep.into_bytes(),
            bad,
            "JSON-DEPTH",
        ),
        (
            "POST",
            "/fhir/Organization",
            place().to_string().into_bytes(),
            unprocessable,
            "G2",
        ),
        (
            "PUT",
            "/fhir/Location/a",
            place().to_string().into_bytes(),
            bad,
            "G2",
        ),
        (
            "PUT",
            "/fhir/Location/a",
            json!({"resourceType": "Location", "id": "b"})
                .to_string()
                .into_bytes(),
            bad,
            "G2",
        ),
        (
            "POST",
            "/fhir/HealthcareService",
            nowhere.to_string().into_bytes(),
            unprocessable,
            "HealthcareService.partOf",
        ),
        (
            "POST",
            "/fhir/HealthcareService",
            offer("53/1", "Organization/none", "Location/none")
                .to_string()
                .into_bytes(),
            unprocessable,
            "HealthcareService.providedBy.reference",
        ),
        (
            "POST",
            "/fhir/HealthcareService",
            offer(
                "53/1",
                "https://elsewhere.invalid/Organization/1",
                "Location/none",
            )
            .to_string()
            .into_bytes(),
            unprocessable,
            "G13",
        ),
        ("POST", "/fhir", many.into_bytes(), bad, "BUNDLE-SIZE"),
        (
            "POST",
            "/fhir",
            json!({"resourceType": "Bundle", "type": "collection"})
                .to_string()
                .into_bytes(),
            bad,
            "BUNDLE",
        ),
        (
            "POST",
            "/fhir",
            transaction(vec![
                json!({"request": {"method": "POST", "url": "Patient"}}),
            ])
            .to_string()
            .into_bytes(),
            bad,
            "Bundle.entry[0].request.url",
        ),
        (
            "PATCH",
            "/fhir/Location/a",
            place().to_string().into_bytes(),
            bad,
            "PATCH",
        ),
    ];
    let expected = i64::try_from(cases.len()).expect("few");
    for (method, path, body, status, text) in cases {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = ask(method, path).bytes(body).of(&service).await;
        assert_eq!(answer.status, status, "{path} {text}: {}", answer.text());
        assert!(
            answer.text().contains(text),
            "{path} {text}: {}",
            answer.text()
        );
    }
    for kind in ResourceType::ALL {
        assert_eq!(count(&service, kind).await, 0);
    }
    let kept = service
        .context
        .storage
        .count_arrivals()
        .await
        .expect("counted");
    assert_eq!(kept, [("refused".to_owned(), expected)]);
    let text = ask(Method::POST, "/fhir/Location")
        .json(&place())
        .with("content-type", "text/plain")
        .of(&service)
        .await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = vec![b' '; 2_100_000];
    let answer = ask(Method::POST, "/fhir/Location")
        .bytes(large)
        .of(&service)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_identifier_is_one_resources_and_a_part_is_not_its_own_whole() {
    let service = Service::start().await;
    let path = written_path(&post(&service, "/fhir/Organization", &structure("1910800002")).await);
    let twin = post(&service, "/fhir/Organization", &structure("1910800002")).await;
    assert_eq!(
        (twin.status, twin.json()["issue"][0]["code"].clone()),
        (StatusCode::CONFLICT, json!("duplicate"))
    );
    let mut itself = get(&service, &path).await.json();
    itself["partOf"] = json!({"reference": path.trim_start_matches("/fhir/")});
    let cyclic = put(&service, &path, &itself).await;
    assert_eq!(cyclic.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(outcome_text(&cyclic).contains("Organization.partOf"));
    let mut partial = get(&service, &path).await.json();
    partial["meta"]["tag"] = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]);
    assert!(outcome_text(&put(&service, &path, &partial).await).contains("SUBSETTED"));
}

#[tokio::test]
async fn writing_needs_its_token_where_one_is_configured_and_the_rest_is_hidden_without_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "a-token-that-is-long-enough").expect("written");
    let mut with_token: Settings = settings();
    with_token.access.offers_token_file = file;
    let service = Service::with(with_token).await;
    let anonymous = post(&service, "/fhir/Organization", &structure("1910800002")).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    let bearer = "Bearer a-token-that-is-long-enough";
    let create = |value: &Value| {
        let kind = value["resourceType"].as_str().expect("a type");
        ask(Method::POST, format!("/fhir/{kind}"))
            .with("authorization", bearer)
            .json(value)
    };
    let path = written_path(&create(&structure("1910800002")).of(&service).await);
    let mut hidden = offer("53/1", path.trim_start_matches("/fhir/"), "");
    hidden
        .as_object_mut()
        .expect("an object")
        .remove("location");
    hidden["active"] = json!(false);
    let written = create(&hidden).of(&service).await;
    assert_eq!(written.status, StatusCode::CREATED, "{}", written.text());
    let path = written_path(&written);
    let read = |token: &'static str| ask(Method::GET, path.clone()).with("authorization", token);
    assert_eq!(
        read("Bearer wrong").of(&service).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(read(bearer).of(&service).await.status, StatusCode::OK);
    let history = ask(Method::GET, "/fhir/HealthcareService/_history")
        .of(&service)
        .await
        .json();
    assert_eq!(history["total"], 0);
    let query = understood(ResourceType::HealthcareService, &[]);
    let page = service
        .context
        .storage
        .search(&query, Reader::Public)
        .await
        .expect("answered");
    assert!(page.matches.is_empty());
}

#[tokio::test]
async fn the_history_of_the_directory_hides_what_each_type_hides() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "a-token-that-is-long-enough").expect("written");
    let mut with_token: Settings = settings();
    with_token.access.offers_token_file = file;
    let service = Service::with(with_token).await;
    let bearer = "Bearer a-token-that-is-long-enough";
    let create = async |value: &Value| {
        let kind = value["resourceType"].as_str().expect("a type");
        let made = ask(Method::POST, format!("/fhir/{kind}"))
            .with("authorization", bearer)
            .json(value);
        written_path(&made.of(&service).await).replace("/fhir/", "")
    };
    let seen = async |token: &str| {
        let read = ask(Method::GET, "/fhir/_history").with("authorization", token);
        let page = read.of(&service).await.json();
        let entries = page["entry"].as_array().cloned().unwrap_or_default();
        assert_eq!(page["total"], entries.len());
        let kinds = entries.iter().map(|entry| {
            let kind = entry["resource"]["resourceType"].as_str();
            kind.expect("a type").to_owned()
        });
        let mut kinds: Vec<String> = kinds.collect();
        kinds.sort();
        kinds
    };
    let organization = create(&structure("1910800002")).await;
    let location = create(&place()).await;
    let mut hidden = offer("53/1", &organization, &location);
    hidden["active"] = json!(false);
    let path = create(&hidden).await;
    // The place of an offer that is not shown is not shown either.
    assert_eq!(seen("Bearer wrong").await, ["Organization"]);
    let all = ["HealthcareService", "Location", "Organization"];
    assert_eq!(seen(bearer).await, all);
    let shown = json!([{"op": "replace", "path": "/active", "value": true}]);
    let shown = ask(Method::PATCH, format!("/fhir/{path}"))
        .with("authorization", bearer)
        .json(&shown)
        .with("content-type", "application/json-patch+json");
    assert_eq!(shown.of(&service).await.status, StatusCode::OK);
    assert_eq!(seen("Bearer wrong").await, all);
}

#[tokio::test]
async fn what_a_client_prefers_is_what_it_gets() {
    let service = Service::start().await;
    let create = |prefer: &str, number: &str| {
        ask(Method::POST, "/fhir/Organization")
            .with("prefer", prefer)
            .json(&structure(number))
    };
    let minimal = create("return=minimal", "1910800001").of(&service).await;
    assert_eq!(
        (minimal.status, minimal.body.len()),
        (StatusCode::CREATED, 0)
    );
    let outcome = create("return=OperationOutcome", "1910800002")
        .of(&service)
        .await;
    assert_eq!(outcome.json()["resourceType"], "OperationOutcome");
    assert_eq!(header(&outcome, header::ETAG.as_str()), "W/\"1\"");
}

#[tokio::test]
async fn a_resource_can_be_validated_without_being_written() {
    let service = Service::start().await;
    let valid = post(&service, "/fhir/Location/$validate", &place()).await;
    assert_eq!(
        (valid.status, valid.json()["issue"][0]["severity"].clone()),
        (StatusCode::OK, json!("information")),
        "{}",
        valid.text()
    );
    let parameters = json!({"resourceType": "Parameters", "parameter": [
        {"name": "resource", "resource": {"resourceType": "Location", "nmae": "x"}},
        {"name": "mode", "valueCode": "create"}]});
    let answer = ask(Method::POST, "/fhir/Location/$validate")
        .with("accept-language", "en")
        .json(&parameters)
        .of(&service)
        .await;
    let issue = answer.json()["issue"][0].clone();
    assert_eq!(
        (issue["expression"][0].clone(), issue["code"].clone()),
        (json!("Location.nmae"), json!("structure"))
    );
    assert!(
        issue["details"]["text"]
            .as_str()
            .expect("a text")
            .contains("\"name\""),
        "{issue}"
    );
    let path = written_path(&post(&service, "/fhir/Location", &place()).await);
    let stored = ask(Method::POST, format!("{path}/$validate?profile=https://fhir.passerelle.example/sos/StructureDefinition/directory-location")).of(&service).await;
    // It stands alone so far: a remark, and nothing else.
    let issues = stored.json()["issue"].clone();
    let told = (&issues[0]["severity"], &issues[0]["diagnostics"]);
    assert_eq!(told, (&json!("warning"), &json!("L7")), "{issues}");
    assert_eq!(issues.as_array().map(Vec::len), Some(1));
    assert_eq!(count(&service, ResourceType::Location).await, 1);
}

/// A place as one of several clients says it: some of it the same each time, some not.
fn said(id: &str, turn: usize) -> Value {
    let mut said = place();
    said["id"] = json!(id);
    said["name"] = json!(["Maison de l'Élorn", "Maison des Abers"][turn % 2]);
    said["status"] = json!(["active", "suspended", "inactive"][turn % 3]);
    if turn % 4 != 1 {
        let latitude = [48.4, 48.5][turn % 2];
        said["position"] = json!({"latitude": latitude, "longitude": -4.5});
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_clients_write_over_each_other_is_searched_as_if_it_were_indexed_anew() {
    let service = Arc::new(Service::start().await);
    let clients = (0..8).map(|client| {
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            for turn in client..client + 12 {
                let id = format!("l-{}", turn % 3);
                let address = format!("/fhir/Location/{id}");
                let answer = match (client + turn) % 7 {
                    0 => ask(Method::DELETE, address).of(&service).await,
                    1 => {
                        let patch = json!([{"op": "add", "path": "/description", "value": "Au fond de la cour"}]);
                        let patching = ask(Method::PATCH, address).json(&patch);
                        let media_type = "application/json-patch+json";
                        patching.with("content-type", media_type).of(&service).await
                    }
                    _ => put(&service, &address, &said(&id, turn)).await,
                };
                let is_answered = answer.status.is_success()
                    || [StatusCode::GONE, StatusCode::NOT_FOUND].contains(&answer.status);
                assert!(is_answered, "{}: {}", answer.status, answer.text());
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    for client in clients {
        client.await.expect("no panic");
    }
    let last = said("l-1", 3);
    assert!(
        put(&service, "/fhir/Location/l-1", &last)
            .await
            .status
            .is_success()
    );
    let mut connection = sqlx::AnyConnection::connect(service.database_url())
        .await
        .expect("it opens");
    let written = search_rows(&mut connection).await;
    assert!(written.iter().any(|row| row.contains("l-1")), "{written:?}");
    sqlx::query("update search_state set fingerprint = 'another'")
        .execute(&mut connection)
        .await
        .expect("written");
    assert!(index_resources(&service.context).await.expect("indexed") > 0);
    assert_eq!(written, search_rows(&mut connection).await);
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn xml_is_spoken_on_both_sides_and_kept_as_it_came() {
    let service = Service::start().await;
    let xml = format!(
        "<Location xmlns=\"http://hl7.org/fhir\">\n <!-- c --><extension url=\"{ROR}/ror-commune-cog\"><valueCodeableConcept><coding>\
        <system value=\"{}\"/><code value=\"29019\"/></coding></valueCodeableConcept></extension>\
        <name value=\"Lieu &amp; co\"/><position><longitude value=\"-4.4860\"/><latitude value=\"48.390\"/></position></Location>",
        tre("R13-Commune")
    );
    let send = |bytes: Vec<u8>| {
        ask(Method::POST, "/fhir/Location")
            .bytes(bytes)
            .with("content-type", "application/fhir+xml")
            .with("accept", "application/fhir+xml")
    };
    let created = send(xml.clone().into_bytes()).of(&service).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(
        header(&created, "content-type"),
        "application/fhir+xml; charset=utf-8"
    );
    assert!(
        created.text().contains("<name value=\"Lieu &amp; co\"/>"),
        "{}",
        created.text()
    );
    let path = written_path(&created);
    let read = get(&service, &path).await.text();
    assert!(read.contains(r#""longitude":-4.4860"#), "{read}");
    let summary = get(
        &service,
        &format!("{path}?_format=xml&_pretty=true&_elements=name"),
    )
    .await
    .text();
    assert!(
        summary.contains("\n  <name value=\"Lieu &amp; co\"/>") && !summary.contains("<position>"),
        "{summary}"
    );
    let found = get(
        &service,
        "/fhir/Location?_elements=name&_format=application/fhir%2Bxml",
    )
    .await
    .text();
    assert!(
        found.starts_with("<?xml") && found.contains("SUBSETTED"),
        "{found}"
    );

    let broken =
        send(b"<Location xmlns=\"http://hl7.org/fhir\"><nmae value=\"x\"/></Location>".to_vec())
            .of(&service)
            .await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(
        broken
            .text()
            .contains("<expression value=\"Location.nmae\"/>"),
        "{}",
        broken.text()
    );
    let kept = service
        .context
        .storage
        .count_arrivals()
        .await
        .expect("counted");
    assert_eq!(
        kept,
        [("accepted".to_owned(), 1), ("refused".to_owned(), 1)]
    );
    let hash = sha256(xml.as_bytes());
    let bytes = service
        .context
        .storage
        .find_content(&hash)
        .await
        .expect("read");
    assert_eq!(bytes.as_deref(), Some(xml.as_bytes()));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
