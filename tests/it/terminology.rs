//! The terminology service through its routes, over the lists and maps that the program carries.
//! The day is 23 November 2026.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use passerelle::fhir::own_lists;

use crate::service::{Answer, Service};

const R210: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R210-ActeSpecifique/FHIR/TRE-R210-ActeSpecifique";
const R211: &str = "https://mos.esante.gouv.fr/NOS/TRE_R211-ActiviteOperationnelle/FHIR/TRE-R211-ActiviteOperationnelle";
const R244: &str = "https://mos.esante.gouv.fr/NOS/TRE_R244-CategorieOrganisation/FHIR/TRE-R244-CategorieOrganisation";
const J17: &str = "https://mos.esante.gouv.fr/NOS/JDV_J17-ActiviteOperationnelle-ROR/FHIR/JDV-J17-ActiviteOperationnelle-ROR";
const ORGANS: &str = "urn:oid:1.2.250.1.213.1.1.5.598";
const PIVOT: &str = "https://fhir.passerelle.example/sos/CodeSystem/sos-pivot";
const BRETAGNE: &str = "https://fhir.passerelle.example/sos/CodeSystem/region-bretagne";
const HAUTS_DE_FRANCE: &str =
    "https://fhir.passerelle.example/sos/CodeSystem/region-hauts-de-france";

async fn get(service: &Service, address: &str) -> (StatusCode, Value) {
    read(service.get(&format!("/fhir/{address}")).await)
}

async fn post(service: &Service, address: &str, body: &Value) -> (StatusCode, Value) {
    let address = format!("/fhir{address}");
    read(
        service
            .post(&address, "application/fhir+json", body.to_string())
            .await,
    )
}

fn read(answer: Answer) -> (StatusCode, Value) {
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/fhir+json; charset=utf-8"
    );
    (answer.status, answer.json())
}

/// The value of a parameter, whatever its type.
fn value<'v>(parameters: &'v Value, name: &str) -> Option<&'v Value> {
    let list = parameters["parameter"]
        .as_array()
        .or_else(|| parameters["part"].as_array())?;
    let found = list.iter().find(|one| one["name"] == name)?;
    let mut fields = found.as_object()?.iter();
    fields
        .find(|(key, _)| key.starts_with("value"))
        .map(|(_, value)| value)
}

fn all<'v>(parameters: &'v Value, name: &str) -> Vec<&'v Value> {
    let list = parameters["parameter"].as_array().into_iter().flatten();
    list.filter(|one| one["name"] == name).collect()
}

fn issue(outcome: &Value) -> (&str, &str, &str) {
    let issue = &outcome["issue"][0];
    (
        issue["code"].as_str().unwrap_or_default(),
        issue["expression"][0].as_str().unwrap_or_default(),
        issue["details"]["text"].as_str().unwrap_or_default(),
    )
}

fn parameters(list: Value) -> Value {
    json!({"resourceType": "Parameters", "parameter": list})
}

fn codes(expansion: &Value) -> Vec<&str> {
    let entries = expansion["expansion"]["contains"]
        .as_array()
        .into_iter()
        .flatten();
    entries.filter_map(|entry| entry["code"].as_str()).collect()
}

#[tokio::test]
async fn a_code_is_looked_up_with_its_standing_and_its_place_in_the_hierarchy() {
    let service = Service::start().await;
    let (status, found) = get(
        &service,
        &format!("CodeSystem/$lookup?system={R211}&code=002"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        value(&found, "display"),
        Some(&json!("Addictologie sans précision"))
    );
    let properties: Vec<_> = all(&found, "property")
        .into_iter()
        .map(|property| {
            (
                value(property, "code").cloned(),
                value(property, "value").cloned(),
            )
        })
        .collect();
    for (code, expected) in [
        ("status", json!("retired")),
        ("dateFin", json!("2019-07-05")),
        ("inactive", json!(true)),
    ] {
        assert!(
            properties.contains(&(Some(json!(code)), Some(expected))),
            "{properties:?}"
        );
    }
    let (_, found) = get(
        &service,
        "CodeSystem/sos-pivot/$lookup?code=DOUL-03&property=parent",
    )
    .await;
    assert_eq!(all(&found, "property").len(), 1);
    assert_eq!(
        value(all(&found, "property")[0], "value"),
        Some(&json!("DOUL"))
    );
}

#[tokio::test]
async fn one_code_subsumes_another_or_the_hierarchy_is_said_to_be_unknown() {
    let service = Service::start().await;
    for (a, b, outcome) in [
        ("DOUL", "DOUL-03", "subsumes"),
        ("DOUL-03", "DOUL", "subsumed-by"),
        ("DOUL", "DOUL", "equivalent"),
        ("DOUL", "NUTR", "not-subsumed"),
    ] {
        let address = format!("CodeSystem/$subsumes?system={PIVOT}&codeA={a}&codeB={b}");
        let (_, found) = get(&service, &address).await;
        assert_eq!(value(&found, "outcome"), Some(&json!(outcome)), "{a} {b}");
    }
    let address =
        "CodeSystem/$subsumes?system=http://snomed.info/sct&codeA=57171008&codeB=119253004";
    let (status, refused) = get(&service, address).await;
    assert_eq!(
        (status, issue(&refused).0),
        (StatusCode::BAD_REQUEST, "not-supported")
    );
}

#[tokio::test]
async fn a_code_is_judged_on_the_day_that_is_asked() {
    let service = Service::start().await;
    let address = format!("CodeSystem/$validate-code?url={R244}&code=252");
    let result = async |more: &str| {
        let (status, found) = get(&service, &format!("{address}{more}")).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        (
            value(&found, "result").cloned(),
            value(&found, "message").is_some(),
        )
    };
    // Withdrawn on 29 June 2026: known still, and flagged.
    assert_eq!(result("").await, (Some(json!(true)), true));
    assert_eq!(result("&date=2026-06-28").await, (Some(json!(true)), false));
    assert_eq!(result("&date=2026-06-29").await, (Some(json!(false)), true));
    assert_eq!(result("&date=2000-01-01").await, (Some(json!(false)), true));
}

#[tokio::test]
async fn a_question_put_again_is_answered_to_who_puts_it() {
    let service = Service::start().await;
    let address = format!("/fhir/CodeSystem/$validate-code?url={R244}&code=252&date=2026-06-29");
    let french = service.get(&address).await.json();
    for _ in 0..2 {
        let request = Request::get(&address).header(header::ACCEPT_LANGUAGE, "en");
        let request = request.body(Body::empty()).expect("a request");
        let english = service.send(request).await.json();
        assert_eq!(value(&english, "result"), value(&french, "result"));
        assert_ne!(value(&english, "message"), value(&french, "message"));
        assert_eq!(service.get(&address).await.json(), french, "as before");
        let xml = service.get_as(&address, "application/fhir+xml").await;
        assert!(xml.text().starts_with('<'), "{}", xml.text());
        let refused = service.get_as(&address, "text/csv").await;
        assert_eq!(refused.status, StatusCode::NOT_ACCEPTABLE);
    }
    let unknown = format!("{address}&colour=blue");
    assert_eq!(service.get(&unknown).await.status, StatusCode::BAD_REQUEST);
    let request = Request::get(&unknown).header("prefer", "handling=lenient");
    let request = request.body(Body::empty()).expect("a request");
    assert_eq!(service.send(request).await.status, StatusCode::OK);
    assert_eq!(service.get(&unknown).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_wrong_with_a_code_is_said_with_its_place_and_its_cure() {
    let service = Service::start().await;
    let cases = [
        (
            format!("url={J17}&system={R211}&code=1"),
            "code",
            "code-invalid",
            "« 001 »",
        ),
        (
            format!("url={J17}&system={R211}&code=002"),
            "code",
            "code-invalid",
            "$expand",
        ),
        (
            format!("url={J17}&system={R211}&code=001&display=Yoga"),
            "display",
            "invalid",
            "Addictologie comportementale",
        ),
        (
            format!("url={J17}&system=urn:oid:1.2.3&code=001"),
            "code",
            "code-invalid",
            "$expand",
        ),
        (
            format!("url={J17}&system={R211}&systemVersion=1999&code=001"),
            "code",
            "code-invalid",
            "20260730120000",
        ),
    ];
    for (query, place, code, cure) in cases {
        let (status, found) = get(&service, &format!("ValueSet/$validate-code?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!(value(&found, "result"), Some(&json!(false)), "{query}");
        let message = value(&found, "message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert!(message.contains(cure), "{query}: {message}");
        let issues = all(&found, "issues");
        let (found_code, found_place, _) = issue(&issues[0]["resource"]);
        assert_eq!((found_code, found_place), (code, place), "{query}");
    }
    let without_accents = format!(
        "ValueSet/$validate-code?url={J17}&system={R211}&code=004&display=algologie%20et%20medecine%20de%20la%20douleur"
    );
    let (_, found) = get(&service, &without_accents).await;
    assert_eq!(value(&found, "result"), Some(&json!(true)));
}

#[tokio::test]
async fn a_code_withdrawn_from_a_set_is_in_it_no_more() {
    let service = Service::start().await;
    let (_, whole) = get(
        &service,
        &format!("ValueSet/$expand?url={ORGANS}&date=2024-01-01"),
    )
    .await;
    let (_, today) = get(&service, &format!("ValueSet/$expand?url={ORGANS}")).await;
    let (whole, today) = (codes(&whole), codes(&today));
    let gone: Vec<_> = whole.iter().filter(|code| !today.contains(code)).collect();
    assert!(!today.is_empty());
    for code in gone {
        let address = format!("ValueSet/$validate-code?url={ORGANS}&code={code}&inferSystem=true");
        let (_, found) = get(&service, &address).await;
        assert_eq!(value(&found, "result"), Some(&json!(false)), "{code}");
    }
}

#[tokio::test]
async fn a_concept_is_valid_when_one_of_its_codings_is() {
    let service = Service::start().await;
    let concept = json!({"coding": [
        {"system": "https://hopital.invalid/codes", "code": "X1"},
        {"system": R211, "code": "004", "display": "Algologie et Médecine de la douleur"}]});
    let body = parameters(json!([
        {"name": "url", "valueUri": J17},
        {"name": "codeableConcept", "valueCodeableConcept": concept}]));
    let (_, found) = post(&service, "/ValueSet/$validate-code", &body).await;
    assert_eq!(value(&found, "code"), Some(&json!("004")));
    assert_eq!(value(&found, "result"), Some(&json!(true)), "{found}");

    let concept = json!({"coding": [{"system": R211, "code": "nowhere"}]});
    let body = parameters(json!([
        {"name": "url", "valueUri": J17},
        {"name": "codeableConcept", "valueCodeableConcept": concept}]));
    let (_, found) = post(&service, "/ValueSet/$validate-code", &body).await;
    assert_eq!(value(&found, "result"), Some(&json!(false)));
    assert_eq!(value(&found, "code"), None, "none was found: {found}");
    assert_eq!(value(&found, "codeableConcept"), Some(&concept));
}

#[tokio::test]
async fn a_set_is_expanded_by_filter_page_and_language() {
    let service = Service::start().await;
    let (_, found) = get(&service, "ValueSet/sos-care-type/$expand?filter=ANALGESIE").await;
    assert_eq!(codes(&found), ["DOUL-02", "DOUL-03"]);
    let (_, first) = get(
        &service,
        &format!("ValueSet/$expand?url={J17}&count=5&displayLanguage=fr"),
    )
    .await;
    let (_, second) = get(
        &service,
        &format!("ValueSet/$expand?url={J17}&count=5&offset=5"),
    )
    .await;
    assert_eq!((codes(&first).len(), codes(&second).len()), (5, 5));
    assert_eq!(first["expansion"]["total"], second["expansion"]["total"]);
    assert!(
        codes(&first)
            .iter()
            .all(|code| !codes(&second).contains(code))
    );
    let address = format!("ValueSet/$expand?url={J17}&count=0");
    let (_, counted) = get(&service, &address).await;
    assert_eq!(counted["expansion"].get("contains"), None);
    assert_eq!(counted["expansion"]["total"], first["expansion"]["total"]);
}

#[tokio::test]
async fn all_codes_of_a_system_are_a_set_nested_where_asked_and_retired_ones_flagged() {
    let service = Service::start().await;
    let address = format!("ValueSet/$expand?url={PIVOT}?fhir_vs&excludeNested=false");
    let (_, nested) = get(&service, &address).await;
    let first = &nested["expansion"]["contains"][0];
    assert_eq!(
        (
            first["code"].as_str(),
            first["contains"][0]["code"].as_str()
        ),
        (Some("DOUL"), Some("DOUL-01"))
    );
    let address = format!("ValueSet/$expand?url={R244}?fhir_vs");
    let (_, whole) = get(&service, &address).await;
    let entries = whole["expansion"]["contains"].as_array().expect("codes");
    let retired = entries
        .iter()
        .find(|entry| entry["code"] == "252")
        .expect("252");
    assert_eq!(retired["inactive"], true);
    let (_, active) = get(&service, &format!("{address}&activeOnly=true")).await;
    assert!(!codes(&active).contains(&"252"));
}

#[tokio::test]
async fn a_set_that_includes_itself_is_refused_with_the_way_round() {
    let service = Service::start().await;
    let set = |url: &str, other: &str| {
        json!({"name": "tx-resource", "resource": {"resourceType": "ValueSet", "url": url,
            "status": "draft", "compose": {"include": [{"system": R211}, {"valueSet": [other]}]}}})
    };
    let body = parameters(json!([
        {"name": "url", "valueUri": "urn:a"}, set("urn:a", "urn:b"), set("urn:b", "urn:a")]));
    for operation in ["$expand", "$validate-code"] {
        let mut body = body.clone();
        if operation == "$validate-code" {
            let coding = json!({"name": "coding", "valueCoding": {"system": R211, "code": "004"}});
            body["parameter"]
                .as_array_mut()
                .expect("a list")
                .push(coding);
        }
        let (status, refused) = post(&service, &format!("/ValueSet/{operation}"), &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        let (code, place, text) = issue(&refused);
        assert_eq!((code, place), ("processing", "ValueSet.compose"));
        assert!(text.contains("urn:a → urn:b → urn:a"), "{text}");
    }
}

#[tokio::test]
async fn a_set_of_ones_own_is_worked_out() {
    let service = Service::start().await;
    let set = json!({"resourceType": "ValueSet", "url": "urn:own", "status": "draft", "compose": {
        "include": [
            {"system": PIVOT, "filter": [{"property": "concept", "op": "descendent-of", "value": "DOUL"}]},
            {"system": PIVOT, "concept": [{"code": "NUTR", "display": "Manger"}, {"code": "RIEN"}]}],
        "exclude": [{"system": PIVOT, "concept": [{"code": "DOUL-01"}]}]}});
    let body = parameters(json!([{"name": "valueSet", "resource": set}]));
    let (status, found) = post(&service, "/ValueSet/$expand", &body).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let codes = codes(&found);
    assert!(codes.contains(&"DOUL-02") && codes.contains(&"NUTR"));
    assert!(!codes.contains(&"DOUL-01") && !codes.contains(&"DOUL") && !codes.contains(&"RIEN"));
    let last = found["expansion"]["contains"]
        .as_array()
        .and_then(|all| all.last());
    assert_eq!(last.map(|entry| &entry["display"]), Some(&json!("Manger")));
}

#[tokio::test]
async fn two_versions_of_a_system_are_told_apart_within_a_set() {
    let service = Service::start().await;
    let system = |version: &str| {
        json!({"name": "tx-resource", "resource": {"resourceType": "CodeSystem", "url": "urn:s",
            "version": version, "status": "active", "content": "complete", "caseSensitive": true,
            "concept": [{"code": "a", "display": format!("A {version}")}]}})
    };
    let set = |versions: &[&str]| {
        let include: Vec<Value> = versions
            .iter()
            .map(|version| json!({"system": "urn:s", "version": version}))
            .collect();
        json!({"name": "valueSet", "resource": {"resourceType": "ValueSet", "url": "urn:v",
            "status": "active", "compose": {"include": include}}})
    };
    let coding = |version: Option<&str>| {
        let mut coding = json!({"system": "urn:s", "code": "a"});
        if let Some(version) = version {
            coding["version"] = json!(version);
        }
        json!({"name": "coding", "valueCoding": coding})
    };
    let ask = async |versions: &[&str], asked: Option<&str>| {
        let body = json!([
            system("1.0.0"),
            system("2.0.0"),
            set(versions),
            coding(asked)
        ]);
        let address = "/ValueSet/$validate-code";
        let (status, found) = post(&service, address, &parameters(body)).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        found
    };
    for (versions, asked, is_valid, display) in [
        (&["1.0.0"][..], None, true, "A 1.0.0"),
        (&["1.0.0"], Some("1.0.0"), true, "A 1.0.0"),
        (&["1.0.0"], Some("2.0.0"), false, "A 1.0.0"),
        (&["1.0.0"], Some("3.0.0"), false, "A 1.0.0"),
        (&["1.0.0", "2.0.0"], Some("2.0.0"), true, "A 2.0.0"),
        (&["x.0.0"], Some("1.0.0"), true, "A 1.0.0"),
    ] {
        let found = ask(versions, asked).await;
        let case = format!("{versions:?} {asked:?} {found}");
        assert_eq!(value(&found, "result"), Some(&json!(is_valid)), "{case}");
        assert_eq!(value(&found, "display"), Some(&json!(display)), "{case}");
    }
    let found = ask(&["9.9"], None).await;
    assert_eq!(value(&found, "result"), Some(&json!(false)), "{found}");
    assert!(
        found.to_string().contains("2.0.0"),
        "the versions there are: {found}"
    );

    let body = json!([system("1.0.0"), system("2.0.0"), set(&["1.0.0", "2.0.0"])]);
    let (status, found) = post(&service, "/ValueSet/$expand", &parameters(body)).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let contains = found["expansion"]["contains"].as_array().expect("codes");
    let versions: Vec<_> = contains.iter().map(|one| &one["version"]).collect();
    assert_eq!(versions, [&json!("1.0.0"), &json!("2.0.0")]);

    for (named, parameter, wanted, expected) in [
        (None, "system-version", "1.x.x", Ok("A 1.0.0")),
        (Some("2.0.0"), "system-version", "1.0.0", Ok("A 2.0.0")),
        (
            Some("2.0.0"),
            "force-system-version",
            "1.x.x",
            Ok("A 1.0.0"),
        ),
        (None, "check-system-version", "1.0.0", Ok("A 1.0.0")),
        (
            Some("2.0.0"),
            "check-system-version",
            "1.x.x",
            Err("version-error"),
        ),
    ] {
        let mut set = set(&[""]);
        set["resource"]["compose"]["include"] = json!([{"system": "urn:s", "version": named}]);
        let wanted = json!({"name": parameter, "valueUri": format!("urn:s|{wanted}")});
        let body = parameters(json!([system("1.0.0"), system("2.0.0"), set, wanted]));
        let (status, found) = post(&service, "/ValueSet/$expand", &body).await;
        match expected {
            Ok(display) => assert_eq!(
                found["expansion"]["contains"][0]["display"], *display,
                "{parameter} {named:?} {found}"
            ),
            Err(kind) => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{found}");
                assert_eq!(found["issue"][0]["details"]["coding"][0]["code"], *kind);
            }
        }
    }
}

#[tokio::test]
async fn a_body_larger_than_the_settings_allow_is_refused() {
    let service = Service::start().await;
    let body = vec![b' '; service.context.max_body_bytes + 1];
    let answer = service
        .post("/fhir/ValueSet/$expand", "application/fhir+json", body)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_code_is_translated_over_as_many_legs_as_it_takes() {
    let service = Service::start().await;
    let translate = async |system: &str, code: &str, target: &str| {
        let address =
            format!("ConceptMap/$translate?system={system}&code={code}&targetsystem={target}");
        let (status, found) = get(&service, &address).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        found
    };
    let found = translate(PIVOT, "DOUL-03", R210).await;
    let closest = all(&found, "match")[0];
    assert_eq!(value(closest, "equivalence"), Some(&json!("equivalent")));
    assert_eq!(
        value(closest, "concept").map(|one| &one["code"]),
        Some(&json!("0601"))
    );
    assert_eq!(
        value(closest, "source"),
        Some(&json!(
            "https://fhir.passerelle.example/sos/ConceptMap/pivot-to-r210"
        ))
    );
    assert!(value(closest, "comment").is_some());

    // A word of Bretagne found by a word of Hauts-de-France, through the pivot.
    let found = translate(HAUTS_DE_FRANCE, "socio-esthetique", BRETAGNE).await;
    assert_eq!(value(&found, "result"), Some(&json!(true)));
    assert!(
        value(&found, "message").is_some(),
        "a loss is said: {found}"
    );
}

#[tokio::test]
async fn what_is_not_translated_says_why() {
    let service = Service::start().await;
    let (_, found) = get(
        &service,
        &format!("ConceptMap/$translate?system={PIVOT}&code=SOC-11"),
    )
    .await;
    assert_eq!(value(&found, "result"), Some(&json!(false)));
    let unmatched = all(&found, "match")[0];
    assert_eq!(value(unmatched, "equivalence"), Some(&json!("unmatched")));
    assert_eq!(value(unmatched, "concept"), None);
    assert!(value(unmatched, "comment").is_some());
    for (query, status, code, place) in [
        (
            "system=urn:x&code=1".to_owned(),
            StatusCode::NOT_FOUND,
            "not-found",
            "system",
        ),
        (
            format!("system={PIVOT}&code=DOUL&targetsystem=urn:x"),
            StatusCode::NOT_FOUND,
            "not-found",
            "targetsystem",
        ),
        (
            format!("system={PIVOT}&code=DOUL&url=urn:x"),
            StatusCode::NOT_FOUND,
            "not-found",
            "url",
        ),
        (
            format!(
                "system={R211}&code=414&url=https://fhir.passerelle.example/sos/ConceptMap/pivot-to-r211"
            ),
            StatusCode::NOT_FOUND,
            "invalid",
            "system",
        ),
        (
            format!("system={PIVOT}"),
            StatusCode::BAD_REQUEST,
            "required",
            "code",
        ),
    ] {
        let (found_status, refused) =
            get(&service, &format!("ConceptMap/$translate?{query}")).await;
        let (found_code, found_place, text) = issue(&refused);
        assert_eq!(
            (found_status, found_code, found_place),
            (status, code, place),
            "{query}"
        );
        assert!(text.split(". ").count() > 1, "no cure: {text}");
    }
}

#[tokio::test]
async fn an_ambiguous_reverse_translation_gives_every_source_and_says_so() {
    let service = Service::start().await;
    // Of 1421 one source says the same and another less; of 1516 two say it equally well.
    for (code, is_ambiguous) in [("1421", false), ("1516", true)] {
        let address =
            format!("ConceptMap/pivot-to-r210/$translate?system={R210}&code={code}&reverse=true");
        let (_, found) = get(&service, &address).await;
        let message = value(&found, "message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert_eq!(all(&found, "match").len(), 2, "{found}");
        assert_eq!(message.contains("Plusieurs codes"), is_ambiguous, "{found}");
    }
}

#[tokio::test]
async fn what_holds_under_a_condition_alone_stands_apart_until_it_is_said() {
    let service = Service::start().await;
    let map = service.get("/fhir/ConceptMap/pivot-to-r210").await.json();
    let elements = map["group"][0]["element"].as_array().expect("elements");
    let conditional = elements
        .iter()
        .flat_map(|element| {
            let targets = element["target"].as_array().into_iter().flatten();
            targets.map(move |target| (element, target))
        })
        .find(|(_, target)| target["dependsOn"].is_array() && target["equivalence"] != "unmatched");
    let (element, target) = conditional.expect("a row that depends on a facet");
    let ask = |dependency: Option<Value>| {
        let mut list = json!([
            {"name": "url", "valueUri": map["url"]},
            {"name": "system", "valueUri": PIVOT},
            {"name": "code", "valueCode": element["code"]}]);
        list.as_array_mut().expect("a list").extend(dependency);
        parameters(list)
    };
    let has = |found: &Value, name: &str| {
        let all = all(found, name);
        all.iter()
            .any(|one| value(one, "concept").is_some_and(|one| one["code"] == target["code"]))
    };
    let (_, found) = post(&service, "/ConceptMap/$translate", &ask(None)).await;
    assert!(
        has(&found, "conditional") && !has(&found, "match"),
        "{found}"
    );
    let codings: Vec<Value> = target["dependsOn"]
        .as_array()
        .expect("dependencies")
        .iter()
        .map(|one| json!({"system": PIVOT, "code": one["value"]}))
        .collect();
    let dependency = json!({"name": "dependency", "part": [
        {"name": "element", "valueUri": target["dependsOn"][0]["property"]},
        {"name": "concept", "valueCodeableConcept": {"coding": codings}}]});
    let (_, found) = post(&service, "/ConceptMap/$translate", &ask(Some(dependency))).await;
    assert!(has(&found, "match"), "{found}");
}

#[tokio::test]
async fn maps_that_hand_over_in_a_circle_are_refused() {
    let service = Service::start().await;
    let map = |url: &str, next: &str| {
        json!({"resourceType": "ConceptMap", "url": url, "status": "draft", "group": [{
            "source": "urn:s", "target": "urn:t", "element": [],
            "unmapped": {"mode": "other-map", "url": next}}]})
    };
    let body = parameters(json!([
        {"name": "conceptMap", "resource": map("urn:m1", "urn:m2")},
        {"name": "tx-resource", "resource": map("urn:m2", "urn:m1")},
        {"name": "system", "valueUri": "urn:s"},
        {"name": "code", "valueCode": "x"}]));
    let (status, refused) = post(&service, "/ConceptMap/$translate", &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (code, place, text) = issue(&refused);
    assert_eq!(
        (code, place),
        ("processing", "ConceptMap.group.unmapped.url")
    );
    assert!(text.contains("urn:m1 → urn:m2 → urn:m1"), "{text}");
}

#[tokio::test]
async fn questions_that_are_not_well_made_are_refused_all_at_once() {
    let service = Service::start().await;
    let address = format!(
        "CodeSystem/$validate-code?url={R211}&code=001&abstract=perhaps&date=2026&colour=blue&url=x"
    );
    let (status, refused) = get(&service, &address).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let places: Vec<_> = refused["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .map(|one| one["expression"][0].as_str().unwrap_or_default())
        .collect();
    assert_eq!(places, ["abstract", "date", "url", "colour"]);
    let request = Request::get(format!(
        "/fhir/CodeSystem/$lookup?system={R211}&code=001&colour=blue"
    ))
    .header("prefer", "handling=lenient")
    .header(header::ACCEPT_LANGUAGE, "en");
    let answer = service
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.status, StatusCode::OK);

    let wrong_type = parameters(
        json!([{"name": "code", "valueString": "001"}, {"name": "system", "valueUri": R211}]),
    );
    let (status, refused) = post(&service, "/CodeSystem/$lookup", &wrong_type).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(issue(&refused).1, "Parameters.parameter[0]");
    assert!(issue(&refused).2.contains("valueCode"));
    let (status, _) = post(
        &service,
        "/CodeSystem/$lookup",
        &json!({"resourceType": "Patient"}),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let answer = service
        .post("/fhir/CodeSystem/$lookup", "text/plain", "x")
        .await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = vec![b' '; 2_000_001];
    let answer = service
        .post("/fhir/CodeSystem/$lookup", "application/fhir+json", huge)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn many_questions_are_answered_in_one_request() {
    let service = Service::start().await;
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": format!("CodeSystem/$validate-code?url={R211}&code=001")}},
        {"request": {"method": "POST", "url": "ConceptMap/$translate"}, "resource": parameters(json!([
            {"name": "system", "valueUri": PIVOT}, {"name": "code", "valueCode": "DOUL-03"}]))},
        {"request": {"method": "GET", "url": "ValueSet/sos-category/$expand"}},
        {"request": {"method": "GET", "url": "CodeSystem/absent"}},
        {"request": {"method": "GET", "url": "ConceptMap?_summary=count"}},
        {"request": {"method": "DELETE", "url": "CodeSystem/sos-pivot"}},
        {"request": {"method": "GET", "url": "HealthcareService?name=x"}}]});
    let (status, found) = post(&service, "", &bundle).await;
    assert_eq!(
        (status, found["type"].as_str()),
        (StatusCode::OK, Some("batch-response"))
    );
    let answers: Vec<_> = found["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| {
            (
                entry["response"]["status"].as_str().unwrap_or_default(),
                entry["resource"]["resourceType"]
                    .as_str()
                    .unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        answers,
        [
            ("200 OK", "Parameters"),
            ("200 OK", "Parameters"),
            ("200 OK", "ValueSet"),
            ("404 Not Found", "OperationOutcome"),
            ("200 OK", "Bundle"),
            ("400 Bad Request", "OperationOutcome"),
            ("400 Bad Request", "OperationOutcome")
        ]
    );
    let (status, refused) = post(
        &service,
        "",
        &json!({"resourceType": "Bundle", "type": "collection"}),
    )
    .await;
    assert_eq!(
        (status, issue(&refused).1),
        (StatusCode::BAD_REQUEST, "Bundle.type")
    );
}

#[tokio::test]
async fn resources_are_searched_and_read() {
    let service = Service::start().await;
    let ids = async |query: &str| {
        let (status, found) = get(&service, query).await;
        assert_eq!(status, StatusCode::OK, "{query}: {found}");
        let entries = found["entry"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                entry["resource"]["id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&format!("CodeSystem?url={R211}")).await,
        ["TRE-R211-ActiviteOperationnelle"]
    );
    assert_eq!(
        ids("ValueSet?title:contains=operationnelle&name=jdv-j17").await,
        ["JDV-J17-ActiviteOperationnelle-ROR"]
    );
    assert_eq!(
        ids(&format!("ConceptMap?source-system={BRETAGNE}")).await,
        ["bretagne-to-pivot"]
    );
    assert_eq!(
        ids("CodeSystem?code=DOUL-03&_summary=true").await,
        ["sos-pivot"]
    );
    assert_eq!(ids("ValueSet?status=draft").await, [""; 0]);
    let (status, refused) = get(&service, "ValueSet?titel=x").await;
    assert_eq!(
        (status, issue(&refused).1),
        (StatusCode::BAD_REQUEST, "titel")
    );
    assert!(issue(&refused).2.contains("title"));

    let mut address = "/fhir/ValueSet?_count=40&_summary=true".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = service.get(&address).await.json();
        let entries = page["entry"].as_array().expect("entries").clone();
        seen.extend(
            entries
                .iter()
                .map(|entry| entry["resource"]["id"].to_string()),
        );
        assert!(
            entries
                .iter()
                .all(|entry| entry["resource"].get("compose").is_none())
        );
        let links = page["link"].as_array().expect("links");
        let next = links.iter().find(|link| link["relation"] == "next");
        match next.and_then(|link| link["url"].as_str()) {
            Some(next) => {
                address = next
                    .trim_start_matches("http://passerelle.invalid")
                    .to_owned()
            }
            None => {
                assert_eq!(page["total"].as_u64(), Some(seen.len() as u64));
                break;
            }
        }
    }
    assert!(seen.is_sorted() && seen.len() > 80);
}

#[tokio::test]
async fn every_list_and_map_is_a_resource_of_its_own_name() {
    let service = Service::start().await;
    let terminology = service.context.terminology.load();
    for kind in ["CodeSystem", "ValueSet", "ConceptMap"] {
        let mut urls = Vec::new();
        let mut address = format!("{kind}?_count=200&_summary=true");
        let (_, page) = get(&service, &address).await;
        for entry in page["entry"].as_array().expect("entries") {
            let id = entry["resource"]["id"].as_str().expect("an id");
            assert!(passerelle::fhir::is_id(id), "{id}");
            address = format!("{kind}/{id}");
            let (status, read) = get(&service, &address).await;
            assert_eq!(
                (status, &read["url"]),
                (StatusCode::OK, &entry["resource"]["url"]),
                "{id}"
            );
            urls.push(read["url"].as_str().expect("a url").to_owned());
        }
        let count = urls.len();
        urls.sort_unstable();
        urls.dedup();
        assert_eq!(urls.len(), count, "two resources of one name");
        let held = match kind {
            "CodeSystem" => terminology.code_systems().len() + own_lists(kind).count(),
            "ConceptMap" => terminology.concept_maps().count(),
            _ => count,
        };
        assert_eq!(count, held, "{kind}");
    }
}

#[tokio::test]
async fn the_statements_say_what_is_answered() {
    let service = Service::start().await;
    let (_, statement) = get(&service, "metadata").await;
    let resources = statement["rest"][0]["resource"]
        .as_array()
        .expect("resources");
    for (kind, operations) in [
        (
            "CodeSystem",
            ["lookup", "validate-code", "subsumes"].as_slice(),
        ),
        ("ValueSet", &["expand", "validate-code"]),
        ("ConceptMap", &["translate"]),
    ] {
        let found = resources
            .iter()
            .find(|one| one["type"] == kind)
            .expect("declared");
        let named: Vec<_> = found["operation"]
            .as_array()
            .expect("operations")
            .iter()
            .map(|one| one["name"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(named, operations);
        for parameter in found["searchParam"].as_array().expect("parameters") {
            let name = parameter["name"].as_str().unwrap_or_default();
            let (status, _) = get(&service, &format!("{kind}?{name}=x")).await;
            assert_eq!(status, StatusCode::OK, "{kind} {name}");
        }
    }
    let (_, statement) = get(&service, "metadata?mode=terminology").await;
    assert_eq!(statement["resourceType"], "TerminologyCapabilities");
    let systems = statement["codeSystem"].as_array().expect("systems");
    let r211 = systems.iter().find(|one| one["uri"] == R211).expect("R211");
    assert_eq!(r211["version"][0]["code"], "20260730120000");
    let (status, _) = get(&service, "metadata?mode=other").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
