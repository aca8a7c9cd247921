//! Coded values, identifiers and three-state answers.

use std::fmt;

use crate::terminology::Terminology;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

/// A value of a code list; `text` alone says what no code says.
///
/// **Source:** HL7 V3 datatypes R1, `CD`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// The code, absent when nothing in the list fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// OID of the code system; needless where the value set decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Label, when it should differ from that of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What the author wrote, beside the code or instead of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Coded {
    /// A code whose system is that of the value set.
    pub fn of(code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..Self::default()
        }
    }

    /// A free text where no code fits.
    pub fn free_text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// Label of the code: its own, else that of the value set, else the code itself.
    pub(crate) fn label(&self, value_set: &str, terminology: &Terminology) -> String {
        let code = self.code.as_deref().unwrap_or_default();
        let concept = terminology
            .value_set(value_set)
            .and_then(|set| match &self.system {
                Some(system) => set.find_in(system, code),
                None => set.find(code),
            });
        let label = self.display.as_deref();
        label
            .or(concept.map(|concept| concept.display.as_str()))
            .unwrap_or(code)
            .to_owned()
    }

    /// Drops the system and the label when the code alone finds them in the value set.
    pub(crate) fn forget_what_is_decided(&mut self, value_set: &str, terminology: &Terminology) {
        let Some(code) = &self.code else { return };
        let Some(set) = terminology.value_set(value_set) else {
            return;
        };
        let first = set.find(code);
        let concept = match &self.system {
            Some(system) => set.find_in(system, code),
            None => first,
        };
        let Some(concept) = concept else { return };
        self.display = self.display.take().filter(|said| *said != concept.display);
        let is_first = first.is_some_and(|first| first.system == concept.system);
        self.system = self.system.take().filter(|_| !is_first);
    }

    /// True for that code, in whatever system.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// Identifier of a document, a case or a patient: `root` is an OID or a UUID.
///
/// **Source:** HL7 V3 datatypes R1, `II`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceId {
    /// OID or UUID of the assigning authority, or of the thing itself.
    pub root: String,
    /// Identifier within `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

/// Yes, no, or nobody knows: `true`, `false`, `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tri {
    /// `true`.
    Yes,
    /// `false`.
    No,
    /// `null`.
    #[default]
    Unknown,
}

impl Tri {
    /// The answer as an option, `None` when unknown.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown => None,
        }
    }
}

impl From<bool> for Tri {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

impl Serialize for Tri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `Option<bool>`: serde would take a missing field for `null`, and this one is not.
        deserializer.deserialize_any(TriVisitor)
    }
}

struct TriVisitor;

impl Visitor<'_> for TriVisitor {
    type Value = Tri;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or null")
    }

    fn visit_bool<E: de::Error>(self, answer: bool) -> Result<Tri, E> {
        Ok(answer.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Tri, E> {
        Ok(Tri::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_states_are_told_apart_on_the_wire() {
        for (text, tri) in [
            ("true", Tri::Yes),
            ("false", Tri::No),
            ("null", Tri::Unknown),
        ] {
            assert_eq!(serde_json::from_str::<Tri>(text).expect(text), tri);
            assert_eq!(serde_json::to_string(&tri).expect(text), text);
        }
        assert!(serde_json::from_str::<Tri>("\"yes\"").is_err());
    }

    #[test]
    fn a_coded_value_refuses_what_it_does_not_know() {
        assert!(serde_json::from_str::<Coded>(r#"{"code":"SA01"}"#).is_ok());
        assert!(serde_json::from_str::<Coded>(r#"{"code":"SA01","label":"x"}"#).is_err());
        assert!(serde_json::from_str::<Coded>("\"SA01\"").is_err());
    }
}
