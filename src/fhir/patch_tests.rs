use serde_json::json;

use super::*;

fn place() -> Value {
    json!({"resourceType": "Location", "id": "l", "name": "x",
        "alias": ["a", "b"], "position": {"longitude": 3.1, "latitude": 48.25},
        "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}]})
}

fn operation(parts: Value) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]})
}

fn patched(parts: Value) -> Result<Value, Vec<Finding>> {
    Patch::read_parameters(&operation(parts))?.apply(place())
}

#[test]
fn each_operation_changes_what_its_path_names() {
    let part = |name: &str, key: &str, value: Value| json!({"name": name, key: value});
    let kind = |kind: &str| part("type", "valueCode", json!(kind));
    let path = |path: &str| part("path", "valueString", json!(path));
    let cases = [
        (
            json!([
                kind("add"),
                path("Location"),
                part("name", "valueString", json!("description")),
                part("value", "valueString", json!("d"))
            ]),
            "/description",
            json!("d"),
        ),
        (
            json!([
                kind("add"),
                path("Location"),
                part("name", "valueString", json!("alias")),
                part("value", "valueString", json!("c"))
            ]),
            "/alias/2",
            json!("c"),
        ),
        (
            json!([
                kind("add"),
                path("Location"),
                part("name", "valueString", json!("endpoint")),
                part("value", "valueReference", json!({"display": "e"}))
            ]),
            "/endpoint/0/display",
            json!("e"),
        ),
        (
            json!([
                kind("replace"),
                path("Location.telecom.where(system='phone').value"),
                part("value", "valueString", json!("9"))
            ]),
            "/telecom/0/value",
            json!("9"),
        ),
        (
            json!([
                kind("delete"),
                path("Location.telecom.where(system='phone')")
            ]),
            "/telecom/0/value",
            json!("2"),
        ),
        (
            json!([
                kind("delete"),
                path("Location.alias"),
                part("value", "valueString", json!("a"))
            ]),
            "/alias/0",
            json!("b"),
        ),
        (
            json!([
                kind("insert"),
                path("Location.alias"),
                part("index", "valueInteger", json!(0)),
                part("value", "valueString", json!("z"))
            ]),
            "/alias/0",
            json!("z"),
        ),
        (
            json!([
                kind("move"),
                path("Location.alias"),
                part("source", "valueInteger", json!(0)),
                part("destination", "valueInteger", json!(1))
            ]),
            "/alias/0",
            json!("b"),
        ),
        (
            json!([kind("add"), path("Location"), part("name", "valueString", json!("hoursOfOperation")), {"name": "value", "part": [{"name": "allDay", "valueBoolean": true}]}]),
            "/hoursOfOperation/0/allDay",
            json!(true),
        ),
    ];
    for (parts, pointer, expected) in cases {
        let after = patched(parts.clone()).unwrap_or_else(|found| panic!("{parts}: {found:?}"));
        assert_eq!(after.pointer(pointer), Some(&expected), "{parts}");
        assert_eq!(after["position"], place()["position"]);
    }
}

#[test]
fn what_is_ambiguous_changes_nothing_and_says_so() {
    let kind = |kind: &str| json!({"name": "type", "valueCode": kind});
    let path = |path: &str| json!({"name": "path", "valueString": path});
    for parts in [
        json!([kind("replace"), path("Location.telecom"), {"name": "value", "valueString": "x"}]),
        json!([kind("delete"), path("Location.alias"), {"name": "value", "valueString": "none"}]),
        json!([kind("replace"), path("Location.id"), {"name": "value", "valueString": "other"}]),
        json!([kind("shred"), path("Location")]),
        json!([kind("add"), path("Location.(")]),
        json!([kind("add"), path("Location"), {"name": "name", "valueString": "name"}, {"name": "value", "valueString": "x"}]),
        json!([kind("move"), path("Location.alias"), {"name": "source", "valueInteger": 7}]),
    ] {
        assert_eq!(
            patched(parts.clone()).expect_err("refused")[0].rule,
            "PATCH",
            "{parts}"
        );
    }
}

#[test]
fn a_json_patch_is_carried_out_whole_or_not_at_all() {
    let patch = |value| Patch::read_json(value).and_then(|patch| patch.apply(place()));
    let after = patch(
        json!([{"op": "test", "path": "/name", "value": "x"}, {"op": "replace", "path": "/name", "value": "y"}]),
    );
    assert_eq!(after.expect("applied")["name"], "y");
    assert!(patch(json!([{"op": "replace", "path": "/name", "value": "y"}, {"op": "test", "path": "/name", "value": "z"}])).is_err());
    assert!(patch(json!([{"op": "replace", "path": "/id", "value": "y"}])).is_err());
    assert!(patch(json!({"op": "replace"})).is_err());
}
