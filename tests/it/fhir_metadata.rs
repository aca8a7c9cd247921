//! `/fhir/metadata` declares nothing that is not done: everything in it is called here, and what this
//! file does not know how to call is a fault.

use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use passerelle::{
    fhir::{Evaluation, Expression, Item},
    flows::open_account,
    governance::Role,
};
use serde_json::{Value, json};

use crate::{
    fhir_writes::{Ask, ask, get, post, put},
    governance_api::{STRUCTURE, application, decision},
    service::{Answer, Service},
    versions::version,
};

const RULES: &str = include_str!("../data/fhir/rules.json");

/// A service that holds a resource of each type, and those resources.
struct Filled {
    service: Service,
    samples: HashMap<String, Value>,
}

impl Filled {
    async fn start() -> Self {
        let service = Service::start().await;
        let rules: Value = serde_json::from_str(RULES).expect("JSON");
        let mut samples = HashMap::new();
        let mut above = rules["resources"]["structure"].clone();
        above["id"] = json!("s-0");
        above["identifier"] = json!([{"type": {"coding": [{"system": above["identifier"][0]["type"]["coding"][0]["system"], "code": "40"}]},
            "system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1777777777"}]);
        for member in ["partOf", "type"] {
            above.as_object_mut().expect("an object").remove(member);
        }
        let named = ["structure", "place", "offer", "person", "role", "list"]
            .map(|name| rules["resources"][name].clone());
        for resource in std::iter::once(above).chain(named) {
            let (kind, id) = (text(&resource, "resourceType"), text(&resource, "id"));
            let made = put(&service, &format!("/fhir/{kind}/{id}"), &resource).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
            samples.insert(kind, made.json());
        }
        let report = serde_json::to_vec(&version("RCP-P", 1)).expect("JSON");
        let taken = service
            .post("/rcp-reports", "application/json", report)
            .await;
        let id = text(&taken.json(), "id");
        let path = format!("/fhir/DocumentReference/{id}");
        let document = service.get(&path).await.json();
        let url = text(&document["content"][0]["attachment"], "url");
        let binary = json!({"resourceType": "Binary", "id": url.rsplit('/').next()});
        for sample in [document, binary] {
            samples.insert(text(&sample, "resourceType"), sample);
        }
        for kind in ["QuestionnaireResponse", "Task", "Provenance"] {
            samples.insert(kind.to_owned(), json!({"id": STRUCTURE}));
        }
        let mut filled = Self { service, samples };
        filled.apply().await;
        for kind in [
            "CodeSystem",
            "ValueSet",
            "ConceptMap",
            "StructureDefinition",
            "SearchParameter",
            "OperationDefinition",
            "CapabilityStatement",
            "Questionnaire",
        ] {
            let found = filled.get(&format!("/fhir/{kind}?_count=1")).await.json();
            let sample = found["entry"][0]["resource"].clone();
            filled.samples.insert(kind.to_owned(), sample);
        }
        filled
    }

    /// Creates the application of a structure, which makes its task.
    async fn apply(&self) {
        let address = "camille@asso.mssante.invalid".parse().expect("an address");
        let context = &self.service.context;
        open_account(context, &address, "Camille Exemple", Role::Referent, "")
            .await
            .expect("opened");
        let request = ask(Method::POST, "/fhir/QuestionnaireResponse");
        let request = request.json(&application("in-progress"));
        self.gives(request, StatusCode::CREATED, "an application")
            .await;
    }

    /// An interaction of the governance; the whole of its way is in `governance_api`.
    async fn govern(&self, kind: &str, code: &str) {
        let path = self.path(kind);
        match (kind, code) {
            ("QuestionnaireResponse", "read") => {
                let author = "camille@asso.mssante.invalid";
                self.is_found(&format!("{path}?author={author}")).await;
            }
            (_, "read") => self.is_found(&path).await,
            ("Provenance", "search-type") => {
                let path = format!("/fhir/{kind}?target=HealthcareService/o-1");
                self.is_found(&path).await;
            }
            (_, "search-type") => self.is_found(&format!("/fhir/{kind}")).await,
            // Done when the samples were made.
            ("QuestionnaireResponse", "create") => {}
            ("QuestionnaireResponse", "update") => {
                let request = ask(Method::PUT, path).json(&application("in-progress"));
                self.gives(request, StatusCode::OK, kind).await;
            }
            ("Task", "update") => {
                let late = decision("accepted", "camille@asso.mssante.invalid");
                let request = ask(Method::PUT, path)
                    .json(&late)
                    .with("if-match", "W/\"99\"");
                self.gives(request, StatusCode::PRECONDITION_FAILED, kind)
                    .await;
            }
            _ => panic!("{kind} {code} is declared, and nothing here calls it"),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        get(&self.service, path).await
    }

    async fn is_found(&self, path: &str) {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    }

    fn path(&self, kind: &str) -> String {
        format!("/fhir/{kind}/{}", text(&self.samples[kind], "id"))
    }

    async fn gives(&self, request: Ask, wanted: StatusCode, what: &str) -> Answer {
        let answer = request.of(&self.service).await;
        assert_eq!(answer.status, wanted, "{what}: {}", answer.text());
        answer
    }

    /// An interaction that a type declares.
    async fn interact(&self, kind: &str, code: &str) {
        let path = self.path(kind);
        let own = &self.samples[kind];
        let what = format!("{kind} {code}");
        if matches!(
            kind,
            "Questionnaire" | "QuestionnaireResponse" | "Task" | "Provenance"
        ) {
            return self.govern(kind, code).await;
        }
        match code {
            "read" => self.is_found(&path).await,
            "vread" => self.is_found(&format!("{path}/_history/1")).await,
            "history-instance" => self.is_found(&format!("{path}/_history")).await,
            "history-type" => self.is_found(&format!("/fhir/{kind}/_history")).await,
            "search-type" => self.is_found(&format!("/fhir/{kind}?_count=1")).await,
            "update" => {
                let request = ask(Method::PUT, path).json(own);
                self.gives(request, StatusCode::OK, &what).await;
            }
            "patch" => {
                let patch = json!([{"op": "test", "path": "/resourceType", "value": kind}]);
                let request = ask(Method::PATCH, path).json(&patch);
                let request = request.with("content-type", "application/json-patch+json");
                self.gives(request, StatusCode::OK, &what).await;
            }
            "create" | "delete" => {
                let mut other = own.clone();
                let object = other.as_object_mut().expect("an object");
                object.remove("id");
                object.remove("identifier");
                let made = post(&self.service, &format!("/fhir/{kind}"), &other).await;
                let made = if made.status == StatusCode::CREATED {
                    made.json()
                } else {
                    // Its number must be there, and be its own.
                    other["identifier"] = own["identifier"].clone();
                    other["identifier"][0]["value"] = json!(if kind == "Practitioner" {
                        "810003456789"
                    } else {
                        code
                    });
                    self.gives(
                        ask(Method::POST, format!("/fhir/{kind}")).json(&other),
                        StatusCode::CREATED,
                        &what,
                    )
                    .await
                    .json()
                };
                let path = format!("/fhir/{kind}/{}", text(&made, "id"));
                self.gives(ask(Method::DELETE, &path), StatusCode::NO_CONTENT, &what)
                    .await;
                assert_eq!(self.get(&path).await.status, StatusCode::GONE, "{what}");
            }
            _ => panic!("{what} is declared, and nothing here calls it"),
        }
    }

    /// A search parameter: with a value that the sample has, where it has one.
    async fn search(&self, kind: &str, parameter: &Value) {
        let name = text(parameter, "name");
        let value = self.value_of(kind, &name, parameter).await;
        let (value, has_match) = match value {
            Some(value) => (value, true),
            None => (any_value(&name, &text(parameter, "type")), false),
        };
        let escaped: String =
            percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC)
                .collect();
        let path = format!("/fhir/{kind}?{name}={escaped}");
        let answer = if name == "patient" || name.starts_with("patient.") {
            // An address must not name a patient.
            let form = "application/x-www-form-urlencoded";
            let body = format!("{name}={escaped}");
            self.service
                .post(&format!("/fhir/{kind}/_search"), form, body)
                .await
        } else {
            self.get(&path).await
        };
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        let total = answer.json()["total"].as_i64();
        assert!(
            !has_match || total != Some(0),
            "{path} finds nothing: {}",
            answer.text()
        );
    }

    /// A value that the sample of the type has for a parameter of `profiles/search/`.
    async fn value_of(&self, kind: &str, name: &str, parameter: &Value) -> Option<String> {
        let sample = self.samples.get(kind)?;
        match name {
            "_id" => return Some(text(sample, "id")),
            "url" => return sample["url"].as_str().map(str::to_owned),
            "_lastUpdated" => return Some("ge2020-01-01".to_owned()),
            _ => {}
        }
        let definition = parameter["definition"].as_str()?;
        let found = self
            .get(&format!("/fhir/SearchParameter?url={definition}"))
            .await
            .json();
        let definition = &found["entry"][0]["resource"];
        assert_eq!(definition["code"], name, "{definition}");
        // What the index derives from a value is not the value.
        if definition["extension"].is_array() {
            return None;
        }
        let expression = Expression::parse(definition["expression"].as_str()?).ok()?;
        let run = Evaluation { resource: sample };
        let items = run.find(&expression);
        let first = items.iter().find_map(Item::node)?.value.clone();
        as_query(&text(parameter, "type"), &first)
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// A value of a resource as a search writes it.
fn as_query(kind: &str, value: &Value) -> Option<String> {
    let plain = value.as_str().map(str::to_owned);
    match kind {
        "token" => {
            let coding = if value["coding"].is_array() {
                &value["coding"][0]
            } else {
                value
            };
            let code = ["code", "value"]
                .iter()
                .find_map(|name| coding[name].as_str());
            plain
                .or_else(|| value.as_bool().map(|flag| flag.to_string()))
                .or_else(|| Some(code?.to_owned()))
        }
        "string" | "uri" => plain,
        "reference" => value["reference"].as_str().map(str::to_owned),
        // A day is equal to a period only when it holds the whole of it.
        "date" => plain.or_else(|| Some(format!("ge{}", value["start"].as_str()?))),
        "number" => Some(value.to_string()),
        "quantity" => Some(value["value"].to_string()),
        _ => None,
    }
}

/// A value that may find nothing, and is one.
fn any_value(name: &str, kind: &str) -> String {
    match (name, kind) {
        ("near", _) => "48.39|-4.48|10|km",
        ("near-insee-code", _) => "29019|10|km",
        ("_filter", _) => "_lastUpdated ge 2020-01-01",
        ("_list", _) => "List/none",
        ("status", _) => "current",
        ("_has", _) => return "x".to_owned(),
        (_, "date") => "2026-11-27",
        (_, "number" | "quantity") => "1",
        (_, "reference") => "Organization/none",
        _ => "x",
    }
    .to_owned()
}

#[tokio::test]
async fn what_the_server_declares_of_each_type_is_done() {
    let filled = Filled::start().await;
    let statement = filled.get("/fhir/metadata").await.json();
    let rest = &statement["rest"][0];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for resource in list(&rest["resource"]) {
        let kind = text(&resource, "type");
        for interaction in list(&resource["interaction"]) {
            filled.interact(&kind, &text(&interaction, "code")).await;
        }
        for parameter in list(&resource["searchParam"]) {
            filled.search(&kind, &parameter).await;
        }
        for (member, name) in [
            ("searchInclude", "_include"),
            ("searchRevInclude", "_revinclude"),
        ] {
            for include in list(&resource[member]) {
                let include = include.as_str().expect("a text").to_owned();
                filled
                    .is_found(&format!("/fhir/{kind}?{name}={include}"))
                    .await;
            }
        }
        for profile in list(&resource["supportedProfile"]) {
            let url = profile.as_str().expect("a text");
            if url.contains("passerelle") {
                let found = filled
                    .get(&format!("/fhir/StructureDefinition?url={url}"))
                    .await;
                assert_eq!(found.json()["total"], 1, "{url}");
            }
        }
        for operation in list(&resource["operation"]) {
            operate(&filled, &kind, &text(&operation, "name")).await;
        }
        conditions(&filled, &kind, &resource).await;
    }
    for operation in list(&rest["operation"]) {
        assert_eq!(operation["name"], "export", "nothing here calls it");
        let answer = filled.get("/fhir/$export").await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
    }
}

async fn operate(filled: &Filled, kind: &str, name: &str) {
    let sample = &filled.samples[kind];
    let (url, path) = (text(sample, "url"), filled.path(kind));
    let of_map = &sample["group"][0];
    let asked = match (kind, name) {
        (_, "validate") => {
            let answer = post(&filled.service, &format!("/fhir/{kind}/$validate"), sample).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            return;
        }
        ("Organization", "everything") => format!("{path}/$everything"),
        ("HealthcareService", "changes") => {
            format!("/fhir/{kind}/$changes?_since=2020-01-01T00:00:00Z")
        }
        ("CodeSystem", "lookup" | "validate-code") => {
            let code = text(&sample["concept"][0], "code");
            let system = if name == "lookup" { "system" } else { "url" };
            format!("/fhir/CodeSystem/${name}?{system}={url}&code={code}")
        }
        ("CodeSystem", "subsumes") => {
            let code = text(&sample["concept"][0], "code");
            format!("/fhir/CodeSystem/$subsumes?system={url}&codeA={code}&codeB={code}")
        }
        ("ValueSet", "expand") => format!("/fhir/ValueSet/$expand?url={url}&count=1"),
        ("ValueSet", "validate-code") => {
            let include = &sample["compose"]["include"][0];
            let (system, code) = (
                text(include, "system"),
                text(&include["concept"][0], "code"),
            );
            format!("/fhir/ValueSet/$validate-code?url={url}&system={system}&code={code}")
        }
        ("ConceptMap", "translate") => {
            let (system, target) = (text(of_map, "source"), text(of_map, "target"));
            let code = text(&of_map["element"][0], "code");
            format!("/fhir/ConceptMap/$translate?system={system}&code={code}&targetsystem={target}")
        }
        _ => panic!("{kind}/${name} is declared, and nothing here calls it"),
    };
    filled.is_found(&asked.replace('|', "%7C")).await;
}

/// What the type says of conditional interactions.
async fn conditions(filled: &Filled, kind: &str, resource: &Value) {
    if resource["conditionalCreate"] != true {
        return;
    }
    assert_eq!(resource["conditionalUpdate"], true);
    assert_eq!(resource["conditionalDelete"], "single");
    assert_eq!(resource["conditionalRead"], "full-support");
    let sample = &filled.samples[kind];
    let (path, id) = (filled.path(kind), text(sample, "id"));
    let condition = format!("_id={id}");
    let create = ask(Method::POST, format!("/fhir/{kind}"))
        .json(sample)
        .with("if-none-exist", &*condition);
    filled.gives(create, StatusCode::OK, kind).await;
    let update = ask(Method::PUT, format!("/fhir/{kind}?{condition}")).json(sample);
    filled.gives(update, StatusCode::OK, kind).await;
    let read = ask(Method::GET, &path)
        .with("if-none-match", "W/\"1\"")
        .with("authorization", "Bearer x");
    filled.gives(read, StatusCode::NOT_MODIFIED, kind).await;
    let delete = ask(Method::DELETE, format!("/fhir/{kind}?_id=none"));
    filled.gives(delete, StatusCode::NO_CONTENT, kind).await;
}

#[tokio::test]
async fn what_the_server_declares_of_itself_is_done() {
    let filled = Filled::start().await;
    let statement = filled.get("/fhir/metadata").await.json();
    for interaction in statement["rest"][0]["interaction"]
        .as_array()
        .expect("a list")
    {
        match text(interaction, "code").as_str() {
            code @ ("transaction" | "batch") => {
                let bundle = json!({"resourceType": "Bundle", "type": code, "entry": [
                    {"request": {"method": "GET", "url": "Organization/s-1"}}]});
                let answer = post(&filled.service, "/fhir", &bundle).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
                assert_eq!(answer.json()["type"], format!("{code}-response"));
            }
            "history-system" => filled.is_found("/fhir/_history").await,
            "search-system" => filled.is_found("/fhir?_type=Organization").await,
            other => panic!("{other} is declared, and nothing here calls it"),
        }
    }
    for format in statement["format"].as_array().expect("a list") {
        let format = format.as_str().expect("a text").replace('+', "%2B");
        let path = format!("/fhir/Organization/s-1?_format={format}");
        let answer = filled.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(
            answer.body.starts_with(b"<"),
            format.contains("xml"),
            "{path}"
        );
    }
    for format in statement["patchFormat"].as_array().expect("a list") {
        let format = format.as_str().expect("a text");
        let patch = match format {
            "application/json-patch+json" => {
                json!([{"op": "replace", "path": "/name", "value": format}])
            }
            "application/merge-patch+json" => json!({"name": format}),
            "application/fhir+json" => json!({"resourceType": "Parameters", "parameter": [
                {"name": "operation", "part": [{"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Organization.name"},
                    {"name": "value", "valueString": format}]}]}),
            other => panic!("{other} is declared, and nothing here sends it"),
        };
        let request = ask(Method::PATCH, "/fhir/Organization/s-1")
            .json(&patch)
            .with("content-type", format);
        let answer = filled.gives(request, StatusCode::OK, format).await;
        assert_eq!(answer.json()["name"], format);
    }
}
