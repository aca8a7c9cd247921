use super::*;
use crate::finding::accepts;
use serde_json::json;

fn service() -> Value {
    json!({
        "resourceType": "HealthcareService",
        "id": "offre-1",
        "extension": [
            {"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": false},
            {"url": systems::ROR_PATIENT_TYPE, "extension": [{"url": "ageRange", "valueRange":
                {"low": {"value": 18}, "high": {"value": 150}}}]}],
        "identifier": [{"value": "53/1"}],
        "providedBy": {"reference": "Organization/eg-1"},
        "type": [{"coding": [{"system": systems::FIELD, "code": "05"}]}],
        "specialty": [{"coding": [{"system": systems::ACTIVITY, "code": "414"}]}],
        "location": [{"reference": "Location/l-1"}],
        "name": "Consultation douleur",
        "characteristic": [{"coding": [{"system": systems::CARE_MODE, "code": "32"}]}]})
}

fn location() -> Value {
    json!({
        "resourceType": "Location",
        "id": "l-1",
        "extension": [{"url": systems::ROR_COMMUNE_COG, "valueCodeableConcept":
            {"coding": [{"system": systems::COMMUNE, "code": "29019"}]}}]})
}

fn rules(kind: ResourceType, resource: &Value) -> Vec<&'static str> {
    check_profile(kind, resource, &Terminology::embedded())
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn a_complete_offer_and_a_complete_place_pass() {
    let none: [&str; 0] = [];
    assert_eq!(rules(ResourceType::HealthcareService, &service()), none);
    assert_eq!(rules(ResourceType::Location, &location()), none);
}

#[test]
fn each_rule_is_broken_by_its_own_mistake() {
    type Mutation = fn(&mut Value);
    let mutations: [(&str, Mutation); 15] = [
        ("G1", |r| r["comment"] = json!("")),
        ("G1", |r| r["telecom"] = json!([])),
        ("G2", |r| r["id"] = json!("é")),
        ("G4", |r| {
            r["meta"] = json!({"tag": [{"system": systems::REGION, "code": "53"},
                {"system": systems::REGION, "code": "32"}]});
        }),
        ("H1", |r| {
            r["identifier"] = json!([{"value": "1"}, {"value": "2"}])
        }),
        ("H2", |r| {
            r["providedBy"] = json!({"reference": "Location/1"})
        }),
        (
            "H3",
            |r| r["type"] = json!([{"coding": [{"system": systems::FIELD, "code": "99"}]}]),
        ),
        ("H4", |r| {
            r["category"] = json!([{"text": "a"}, {"text": "b"}])
        }),
        (
            "H5",
            |r| r["specialty"] = json!([{"coding": [{"system": systems::ACTIVITY, "code": "x"}]}]),
        ),
        ("H12", |r| r["extension"][0]["valueBoolean"] = json!("non")),
        ("H13", |r| {
            r["extension"][1]["extension"][0]["valueRange"]["low"]["value"] = json!(151)
        }),
        ("H13", |r| r["extension"][1]["url"] = json!("x")),
        ("G13", |r| r["location"] = json!([{"display": "Brest"}])),
        ("H19", |r| {
            r.as_object_mut().map(|object| object.shift_remove("name"));
        }),
        ("H8", |r| r["characteristic"] = json!([{"text": "x"}])),
    ];
    for (rule, mutate) in mutations {
        let mut mutant = service();
        mutate(&mut mutant);
        assert_eq!(rules(ResourceType::HealthcareService, &mutant), [rule]);
    }
}

#[test]
fn a_place_without_its_commune_is_refused() {
    let mut mutant = location();
    mutant["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] = json!("29");
    assert_eq!(rules(ResourceType::Location, &mutant), ["L1"]);
    mutant["extension"][0]["url"] = json!("x");
    assert_eq!(rules(ResourceType::Location, &mutant), ["L1"]);
}

#[test]
fn a_structure_with_a_wrong_key_is_accepted_with_a_warning() {
    let structure = json!({"resourceType": "Organization", "id": "eg-1", "name": "CH", "identifier": [
        {"type": {"coding": [{"code": "1"}]}, "system": systems::FINESS, "value": "750100126"}]});
    let findings = check_profile(
        ResourceType::Organization,
        &structure,
        &Terminology::embedded(),
    );
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].place, "Organization.identifier[0].value");
    assert!(accepts(&findings));
}
