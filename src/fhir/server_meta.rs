//! What the server adds to a resource: its version, and when. All the rest stays as it came.

use serde_json::{Map, Value, json};

use super::{element::extension, systems};

/// Hash-ready text of what came: the resource without the version and instant that a server gives.
#[must_use]
pub fn content_without_version(resource: &Value) -> String {
    let is_stamped = resource
        .get("meta")
        .is_some_and(|meta| meta.get("versionId").is_some() || meta.get("lastUpdated").is_some());
    if !is_stamped {
        return resource.to_string();
    }
    let mut copy = resource.clone();
    if let Some(Value::Object(meta)) = copy.get_mut("meta") {
        meta.shift_remove("versionId");
        meta.shift_remove("lastUpdated");
    }
    copy.to_string()
}

/// Writes version and instant into `meta`, and the date of creation that the national profiles
/// require when the resource does not tell it.
///
/// **Source:** FHIR R4, 2.27.4, `Meta`; ANS, ROR guide 0.7.0, `ror-meta-creation-date`.
pub fn stamp(resource: &mut Value, version: i64, updated_at: &str, created_at: &str) {
    let is_dated = extension(resource, systems::ROR_CREATION_DATE).is_some();
    let Value::Object(object) = resource else {
        return;
    };
    if !is_dated {
        let created = json!({"url": systems::ROR_CREATION_DATE, "valueDateTime": created_at});
        match object.get_mut("extension") {
            Some(Value::Array(extensions)) => extensions.push(created),
            Some(_) | None => {
                insert_after_meta(object, "extension", json!([created]));
            }
        }
    }
    let mut meta = Map::new();
    meta.insert("versionId".to_owned(), json!(version.to_string()));
    meta.insert("lastUpdated".to_owned(), json!(updated_at));
    if let Some(Value::Object(came)) = object.get("meta") {
        for (name, value) in came {
            if !meta.contains_key(name) {
                meta.insert(name.clone(), value.clone());
            }
        }
    }
    if object.contains_key("meta") {
        object.insert("meta".to_owned(), Value::Object(meta));
    } else {
        let place = position_after(object, "id");
        object.shift_insert(place, "meta".to_owned(), Value::Object(meta));
    }
}

fn insert_after_meta(object: &mut Map<String, Value>, name: &str, value: Value) {
    let place = position_after(object, "meta").max(position_after(object, "id"));
    object.shift_insert(place, name.to_owned(), value);
}

fn position_after(object: &Map<String, Value>, name: &str) -> usize {
    object
        .keys()
        .position(|key| key == name)
        .map_or(object.len().min(1), |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_adds_version_instant_and_creation_and_touches_nothing_else() {
        let came = json!({"resourceType": "Location", "id": "l", "meta": {"versionId": "99",
            "tag": [{"code": "53"}]}, "name": "x"});
        let mut stamped = came.clone();
        stamp(
            &mut stamped,
            2,
            "2026-11-23T08:00:00.000Z",
            "2026-01-01T00:00:00.000Z",
        );
        assert_eq!(
            stamped,
            json!({"resourceType": "Location", "id": "l",
                "meta": {"versionId": "2", "lastUpdated": "2026-11-23T08:00:00.000Z", "tag": [{"code": "53"}]},
                "extension": [{"url": systems::ROR_CREATION_DATE, "valueDateTime": "2026-01-01T00:00:00.000Z"}],
                "name": "x"})
        );
        assert_eq!(
            content_without_version(&came),
            r#"{"resourceType":"Location","id":"l","meta":{"tag":[{"code":"53"}]},"name":"x"}"#
        );
    }

    #[test]
    fn a_date_of_creation_that_came_is_kept() {
        let mut resource = json!({"resourceType": "Location", "id": "l",
            "extension": [{"url": systems::ROR_CREATION_DATE, "valueDateTime": "2017-11-27"}]});
        stamp(&mut resource, 1, "a", "b");
        assert_eq!(resource["extension"].as_array().map(Vec::len), Some(1));
        assert_eq!(resource["meta"]["versionId"], "1");
    }
}
