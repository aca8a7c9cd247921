//! What the interface says of the governance in its `CapabilityStatement`.

use serde_json::{Value, json};

/// The four types, as resources of a `CapabilityStatement`.
#[must_use]
pub fn governance_capabilities() -> Vec<Value> {
    let parameter = |name: &str, kind: &str| json!({"name": name, "type": kind});
    [
        ("Questionnaire", &["read", "search-type"][..], Vec::new()),
        ("QuestionnaireResponse", &["read", "create", "update"][..], Vec::new()),
        ("Task", &["read", "update", "search-type"][..], vec![parameter("status", "token")]),
        ("Provenance", &["search-type"][..], vec![parameter("target", "reference")]),
    ]
    .into_iter()
    .map(|(kind, interactions, parameters)| {
        let interactions = interactions.iter().map(|code| json!({"code": code}));
        let mut resource = json!({
            "type": kind,
            "documentation": "The governance of the directory: application, queue, decisions, verifications.",
            "interaction": interactions.collect::<Vec<_>>(),
            "versioning": "versioned",
        });
        if !parameters.is_empty() {
            resource["searchParam"] = Value::Array(parameters);
        }
        resource
    })
    .collect()
}
