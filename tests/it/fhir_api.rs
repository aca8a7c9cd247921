//! The FHIR interface through its real router, over an imported region.

use std::fs;

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use passerelle::{
    api::Secrets,
    demo,
    directory::{OfferForm, write_header, write_offer_form},
    fhir::{ResourceType, parameters_of},
    flows::{ImportOptions, import},
};
use serde_json::Value;

use crate::{context::bretagne, database::TestDatabase, service::Service};

struct Api {
    service: Service,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Api {
    /// The interface over 40 generated offers and one that is known.
    async fn over_a_region() -> Self {
        let database = TestDatabase::migrated().await;
        let context = bretagne(&database.storage);
        let folder = tempfile::tempdir().expect("a folder");
        let plan = demo::Plan {
            structures: 15,
            offers: 40,
            fiches: 0,
            ..demo::Plan::default()
        };
        demo::write(plan, folder.path()).expect("written");
        let mut rows = Vec::new();
        write_header(&mut rows).expect("in memory");
        write_offer_form(&mut rows, &known_offer()).expect("in memory");
        fs::write(folder.path().join("known.csv"), rows).expect("written");
        let paths =
            ["offers.csv", "physicians.ndjson", "known.csv"].map(|name| folder.path().join(name));
        let report = import(&context, &paths, &ImportOptions::default(), &mut |_| {})
            .await
            .expect("imported");
        assert!(report.is_complete(), "{} refused", report.refused_count);
        Self {
            service: Service::over(database, context, Secrets::default()),
        }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let answer = self.service.send(request).await;
        Answer {
            status: answer.status,
            headers: answer.headers,
            body: serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).expect("a request"))
            .await
    }

    async fn total(&self, query: &str) -> i64 {
        let answer = self.get(&format!("/fhir/{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        answer.body["total"].as_i64().expect("a total")
    }
}

fn known_offer() -> OfferForm {
    OfferForm {
        structure_finess: "750100125".into(),
        structure_nom: "Maison des Abers (fictive)".into(),
        code_postal: "29200".into(),
        commune: "Brest".into(),
        commune_insee: "29019".into(),
        telephone: "0299000001".into(),
        messagerie_securisee: "secret@exemple.mssante.fr".into(),
        offre_identifiant: "CONNUE-1".into(),
        offre_nom: "Yoga zinzolin".into(),
        categorie: "APA".into(),
        verifie_le: "2026-10-05".into(),
        ..OfferForm::default()
    }
}

#[tokio::test]
async fn an_offer_is_found_with_its_structure_and_place() {
    let api = Api::over_a_region().await;
    let answer = api
        .get("/fhir/HealthcareService?sos-category:below=APA&department=29&_content=zinzol&_include=HealthcareService:organization&_include=HealthcareService:location")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/fhir+json; charset=utf-8"
    );
    let entries = answer.body["entry"].as_array().expect("entries");
    let kinds: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["resource"]["resourceType"]
                    .as_str()
                    .unwrap_or_default(),
                entry["search"]["mode"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("HealthcareService", "match"),
            ("Organization", "include"),
            ("Location", "include")
        ]
    );
    assert_eq!(
        entries[0]["fullUrl"],
        "http://passerelle.invalid/fhir/HealthcareService/offre-CONNUE-1"
    );
}

#[tokio::test]
async fn what_is_for_professionals_is_not_told_to_the_public() {
    let api = Api::over_a_region().await;
    for path in [
        "/fhir/HealthcareService/offre-CONNUE-1",
        "/fhir/HealthcareService/offre-CONNUE-1/_history/1",
        "/fhir/HealthcareService?identifier=CONNUE-1",
    ] {
        let text = api.get(path).await.body.to_string();
        assert!(text.contains("0299000001"), "{path}");
        assert!(!text.contains("mssante"), "{path}");
        assert!(text.contains("SUBSETTED"), "{path}");
    }
}

#[tokio::test]
async fn a_resource_is_read_with_its_tag_and_not_sent_twice() {
    let api = Api::over_a_region().await;
    let path = "/fhir/Organization/eg-750100125";
    let answer = api.get(path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::ETAG], "W/\"1\"");
    assert_eq!(
        answer.headers[header::LAST_MODIFIED],
        "Mon, 23 Nov 2026 08:00:00 GMT"
    );
    let again = Request::get(path)
        .header(header::IF_NONE_MATCH, "W/\"7\", W/\"1\"")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(api.ask(again).await.status, StatusCode::NOT_MODIFIED);
    for missing in [
        "/fhir/Organization/nobody",
        "/fhir/Patient/1",
        "/fhir/Organization/eg-750100125/_history/2",
        "/fhir/Organization/a%00b",
        "/fhir/a/b/c/d/e",
    ] {
        let answer = api.get(missing).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
        assert_eq!(answer.body["issue"][0]["code"], "not-found", "{missing}");
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_in_the_language_of_the_caller_or_set_aside() {
    let api = Api::over_a_region().await;
    let ask = |prefer: &'static str| {
        Request::get("/fhir/HealthcareService?speciality=414&_count=1")
            .header(header::ACCEPT_LANGUAGE, "en")
            .header("prefer", prefer)
            .body(Body::empty())
            .expect("a request")
    };
    let answer = api.ask(ask("")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!(format!("{:#}", answer.body), @r#"
    {
      "resourceType": "OperationOutcome",
      "issue": [
        {
          "severity": "error",
          "code": "not-supported",
          "details": {
            "text": "Parameter \"speciality\" is not known on HealthcareService. The nearest is \"specialty\"; /fhir/metadata lists them all."
          },
          "diagnostics": "SEARCH-PARAMETER",
          "expression": [
            "speciality"
          ]
        }
      ]
    }
    "#);
    let answer = api.ask(ask("handling=lenient")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let outcome = &answer.body["entry"][1];
    assert_eq!(outcome["search"]["mode"], "outcome");
    assert_eq!(outcome["resource"]["issue"][0]["severity"], "warning");
}

#[tokio::test]
async fn pages_are_linked_to_the_end() {
    let api = Api::over_a_region().await;
    let mut path = "/fhir/HealthcareService?_count=9&_sort=name&active=true".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = api.get(&path).await;
        assert_eq!(answer.body["total"].as_i64(), Some(41));
        let entries = answer.body["entry"].as_array().expect("entries").clone();
        seen.extend(entries.iter().map(|entry| entry["fullUrl"].to_string()));
        let links = answer.body["link"].as_array().expect("links");
        let next = links.iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        let url = next["url"].as_str().expect("a URL");
        path = url.replace("http://passerelle.invalid", "");
    }
    let total = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((total, seen.len()), (41, 41));
}

#[tokio::test]
async fn a_format_that_is_none_of_fhir_is_refused_and_only_a_form_is_taken() {
    let api = Api::over_a_region().await;
    let request = |accept: &'static str| {
        Request::get("/fhir/metadata")
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .expect("a request")
    };
    assert_eq!(
        api.ask(request("text/turtle")).await.status,
        StatusCode::NOT_ACCEPTABLE
    );
    assert_eq!(api.ask(request("*/*")).await.status, StatusCode::OK);
    let post = |kind: &'static str, body: String| {
        Request::post("/fhir/HealthcareService/_search")
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .expect("a request")
    };
    let form = "application/x-www-form-urlencoded";
    let answer = api.ask(post(form, "identifier=CONNUE-1".into())).await;
    assert_eq!(answer.body["total"].as_i64(), Some(1));
    assert_eq!(
        api.ask(post("application/json", "{}".into())).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        api.ask(post(form, "x".repeat(1_000_001))).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let delete = Request::delete("/fhir/metadata")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(api.ask(delete).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_declared_parameter_answers() {
    let api = Api::over_a_region().await;
    let metadata = api.get("/fhir/metadata").await.body;
    let resources = metadata["rest"][0]["resource"].as_array().expect("types");
    let of_the_directory = |resource: &&serde_json::Value| {
        let kind = resource["type"].as_str();
        kind.and_then(ResourceType::parse).is_some()
    };
    let resources: Vec<_> = resources.iter().filter(of_the_directory).collect();
    assert_eq!(resources.len(), ResourceType::ALL.len());
    for resource in resources {
        let kind = resource["type"].as_str().expect("a type");
        let parameters = resource["searchParam"].as_array().expect("parameters");
        let own = ResourceType::parse(kind).map(|kind| parameters_of(kind).count());
        assert_eq!(own, Some(parameters.len() - 6));
        for parameter in parameters {
            let name = parameter["name"].as_str().expect("a name");
            let value = match (name, parameter["type"].as_str()) {
                ("sos-category", _) => "NUTR",
                ("near", _) => "48.4%7C-4.5%7C20%7Ckm",
                ("near-insee-code", _) => "29019%7C20%7Ckm",
                ("_filter", _) => "_id%20eq%20x",
                (_, Some("date")) => "ge2026",
                (_, Some("number" | "quantity")) => "ge1",
                _ => "x",
            };
            api.total(&format!("{kind}?{name}={value}")).await;
        }
        for (name, links) in [
            ("_include", &resource["searchInclude"]),
            ("_revinclude", &resource["searchRevInclude"]),
        ] {
            for link in links.as_array().into_iter().flatten() {
                let link = link.as_str().expect("a text");
                api.total(&format!("{kind}?{name}={link}&_count=1")).await;
            }
        }
    }
}
