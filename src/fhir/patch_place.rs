//! Where an element stands in its resource: found by identity, so that a path that finds it can be
//! changed there.

use serde_json::Value;

/// Names and ranks from the root to that very element.
pub(super) fn find_place(root: &Value, element: &Value) -> Option<Vec<String>> {
    let mut place = Vec::new();
    search(root, element, &mut place).then_some(place)
}

fn search(at: &Value, element: &Value, place: &mut Vec<String>) -> bool {
    if std::ptr::eq(at, element) {
        return true;
    }
    match at {
        Value::Object(object) => {
            for (name, child) in object {
                place.push(name.clone());
                if search(child, element, place) {
                    return true;
                }
                place.pop();
            }
        }
        Value::Array(items) => {
            for (rank, child) in items.iter().enumerate() {
                place.push(rank.to_string());
                if search(child, element, place) {
                    return true;
                }
                place.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    false
}

/// The element at a place.
pub(super) fn value_at<'v>(root: &'v mut Value, place: &[String]) -> Option<&'v mut Value> {
    place.iter().try_fold(root, |at, name| match at {
        Value::Object(object) => object.get_mut(name),
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}
