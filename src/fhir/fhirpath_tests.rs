use serde_json::json;

use super::*;

fn resource() -> Value {
    json!({"resourceType": "Location", "id": "a", "name": "Maison",
        "_name": {"extension": [{"url": "u:second", "valueString": "bis"}]},
        "extension": [
            {"url": "u:commune", "valueCodeableConcept": {"coding": [{"system": "s", "code": "29019"}]}},
            {"url": "u:complex", "extension": [{"url": "low", "valueQuantity": {"value": 16, "code": "a"}},
                {"url": "high", "valueQuantity": {"value": 30.0, "code": "a"}}]}],
        "alias": ["x", "y", "x"],
        "address": {"period": {"start": "2026-01-02", "end": "2026-01"}},
        "position": {"longitude": 3.10, "latitude": 48}})
}

fn texts(expression: &str) -> Vec<String> {
    let resource = resource();
    let expression = Expression::parse(expression).expect("understood");
    let found = Evaluation {
        resource: &resource,
    }
    .find(&expression);
    found.iter().filter_map(Item::to_text).collect()
}

#[test]
fn paths_follow_names_choices_extensions_and_indexes() {
    assert_eq!(texts("Location.name"), ["Maison"]);
    assert!(texts("Organization.name").is_empty());
    assert_eq!(
        texts("extension.where(url='u:commune').value.coding.code"),
        ["29019"]
    );
    assert_eq!(
        texts("extension('u:commune').value.ofType(CodeableConcept).coding.code"),
        ["29019"]
    );
    assert!(texts("extension('u:commune').value.ofType(Coding)").is_empty());
    assert_eq!(
        texts("(extension('u:complex').extension('low').value as Quantity).value"),
        ["16"]
    );
    assert_eq!(texts("name.extension('u:second').value"), ["bis"]);
    assert_eq!(texts("alias[1]"), ["y"]);
    assert_eq!(texts("alias.distinct()"), ["x", "y"]);
    assert_eq!(texts("name | alias"), ["Maison", "x", "y"]);
    assert_eq!(texts("position.longitude"), ["3.1"]);
}

#[test]
fn operators_know_the_unknown() {
    for (expression, expected) in [
        ("name = 'Maison' and alias.count() = 3", Some("true")),
        ("nothing = 'x'", None),
        ("nothing = 'x' or true", Some("true")),
        ("nothing = 'x' and false", Some("false")),
        ("nothing.exists() implies false", Some("true")),
        ("name.exists() xor nothing.exists()", Some("true")),
        ("position.latitude >= 48", Some("true")),
        ("address.period.start <= address.period.end", Some("true")),
        (
            "extension('u:complex').extension('low').value <= extension('u:complex').extension('high').value",
            Some("true"),
        ),
        ("'x' in alias", Some("true")),
        ("alias contains 'z'", Some("false")),
        ("alias.isDistinct()", Some("false")),
        ("name.matches('^[A-Z][a-z]+$')", Some("true")),
        ("name.substring(1, 2)", Some("ai")),
        ("iif(name.exists(), 'y', 'n')", Some("y")),
        ("%resource.id & '/' & name", Some("a/Maison")),
        ("(alias.count() + 1) > 3", Some("true")),
        ("descendants().where(code = '29019').exists()", Some("true")),
    ] {
        assert_eq!(
            texts(expression).first().map(String::as_str),
            expected,
            "{expression}"
        );
    }
}
