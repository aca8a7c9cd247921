//! Labels beside codes: one that is not the label of its code is worth a word, since people read the
//! label and programs the code.

use serde_json::Value;

use super::{element::text, validation_findings as say};
use crate::{
    finding::Finding,
    terminology::{Terminology, fold},
};

/// Each label that differs from that of its code, case and accents aside, under `place`.
pub(super) fn check_displays(
    terminology: &Terminology,
    value: &Value,
    place: &str,
    findings: &mut Vec<Finding>,
) {
    match value {
        Value::Object(object) => {
            if let Some(label) = right_label(terminology, value) {
                findings.push(say::other_label(&format!("{place}.display"), label));
            }
            for (name, child) in object {
                if child.is_object() || child.is_array() {
                    check_displays(terminology, child, &format!("{place}.{name}"), findings);
                }
            }
        }
        Value::Array(items) => {
            for (rank, item) in items.iter().enumerate() {
                check_displays(terminology, item, &format!("{place}[{rank}]"), findings);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The label that a coding should have, when it has another.
fn right_label<'t>(terminology: &'t Terminology, coding: &Value) -> Option<&'t str> {
    let (system, code) = (text(coding, "system")?, text(coding, "code")?);
    let display = text(coding, "display")?;
    let label = terminology
        .code_system(system)?
        .find(code)?
        .display
        .as_str();
    (!label.is_empty() && fold(label) != fold(display)).then_some(label)
}
