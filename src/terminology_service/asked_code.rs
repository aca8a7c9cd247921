//! The codes that a validation is about, as the question gives them.

use serde_json::Value;

use super::{Failure, Parameters, known::cut_version, problem::missing};

/// A code to be judged, and where it stands in the question.
pub(super) struct Asked<'p> {
    pub(super) system: Option<&'p str>,
    pub(super) version: Option<&'p str>,
    pub(super) code: &'p str,
    pub(super) display: Option<&'p str>,
    /// `Coding.`, `CodeableConcept.coding[0].`, or nothing.
    prefix: String,
}

impl Asked<'_> {
    /// Where a field of the code stands.
    pub(super) fn place(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
}

/// The codes to judge: one, or those of a `CodeableConcept`.
pub(super) fn asked_codes<'p>(
    parameters: &'p Parameters,
    version: &str,
) -> Result<Vec<Asked<'p>>, Failure> {
    fn coding(value: &Value, prefix: String) -> Option<Asked<'_>> {
        Some(Asked {
            system: value["system"].as_str(),
            version: value["version"].as_str(),
            code: value["code"].as_str()?,
            display: value["display"].as_str(),
            prefix,
        })
    }
    if let Some(code) = parameters.text("code") {
        return Ok(vec![Asked {
            system: parameters.text("system"),
            version: parameters.text(version),
            code,
            display: parameters.text("display"),
            prefix: String::new(),
        }]);
    }
    let mut asked = Vec::new();
    if let Some(one) = parameters.complex("coding") {
        asked.extend(coding(one, "Coding.".to_owned()));
    } else if let Some(concept) = parameters.complex("codeableConcept") {
        let codings = concept["coding"].as_array().into_iter().flatten();
        for (rank, one) in codings.enumerate() {
            asked.extend(coding(one, format!("CodeableConcept.coding[{rank}].")));
        }
    }
    if asked.is_empty() {
        return Err(missing(
            "code",
            "Donnez code, coding ou codeableConcept.",
            "Give code, coding or codeableConcept.",
        ));
    }
    Ok(asked)
}

/// The version of a system that the question wants.
pub(super) fn asked_version<'p>(
    parameters: &'p Parameters,
    url: &str,
    own: Option<&'p str>,
) -> Option<&'p str> {
    let named = |name: &'static str| {
        let mut all = parameters.texts(name).map(cut_version);
        all.find(|(of, _)| *of == url)
            .and_then(|(_, version)| version)
    };
    named("force-system-version")
        .or(own)
        .or_else(|| named("check-system-version"))
        .or_else(|| named("system-version"))
}
