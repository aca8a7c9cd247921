//! Who wrote a report, and who answers for it.

use serde::{Deserialize, Serialize};

use super::{
    coded::Coded,
    date::Moment,
    organization::{Address, Organization, Telecom},
    people::{PersonName, Professional, ProfessionalId},
    wire,
};

/// Who wrote the report, when, and as what. On the wire the fields of the professional stand
/// beside the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SignatoryWire", into = "SignatoryWire")]
pub struct Author {
    /// The person.
    pub professional: Professional,
    /// When.
    pub time: Moment,
    /// As what, of `JDV_J47`.
    pub function: Option<Coded>,
    /// Free comment on the author.
    pub comment: Option<String>,
}

/// Who answers for the report, and since when. Flat on the wire, as [`Author`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SignatoryWire", into = "SignatoryWire")]
pub struct LegalAuthenticator {
    /// The person.
    pub professional: Professional,
    /// When the responsibility was taken.
    pub time: Moment,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatoryWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ProfessionalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profession: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    addresses: Vec<Address>,
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    telecoms: Vec<Telecom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<Organization>,
    time: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl From<SignatoryWire> for Author {
    fn from(wire: SignatoryWire) -> Self {
        Self {
            professional: Professional {
                id: wire.id,
                profession: wire.profession,
                name: wire.name,
                addresses: wire.addresses,
                telecoms: wire.telecoms,
                organization: wire.organization,
            },
            time: wire.time,
            function: wire.function,
            comment: wire.comment,
        }
    }
}

impl From<Author> for SignatoryWire {
    fn from(author: Author) -> Self {
        Self {
            id: author.professional.id,
            profession: author.professional.profession,
            name: author.professional.name,
            addresses: author.professional.addresses,
            telecoms: author.professional.telecoms,
            organization: author.professional.organization,
            time: author.time,
            function: author.function,
            comment: author.comment,
        }
    }
}

impl TryFrom<SignatoryWire> for LegalAuthenticator {
    type Error = &'static str;

    fn try_from(wire: SignatoryWire) -> Result<Self, Self::Error> {
        let author = Author::from(wire);
        if author.function.is_some() || author.comment.is_some() {
            return Err("the legal authenticator has no function and no comment");
        }
        Ok(Self {
            professional: author.professional,
            time: author.time,
        })
    }
}

impl From<LegalAuthenticator> for SignatoryWire {
    fn from(authenticator: LegalAuthenticator) -> Self {
        Author {
            professional: authenticator.professional,
            time: authenticator.time,
            function: None,
            comment: None,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn author_and_authenticator_are_flat_on_the_wire() {
        let text = r#"{"name":{"family":"X"},"time":"2026-05-20T15:51:51+02:00"}"#;
        let author: Author = serde_json::from_str(text).expect("author");
        assert_eq!(serde_json::to_string(&author).expect("json"), text);
        let authenticator: LegalAuthenticator = serde_json::from_str(text).expect("authenticator");
        assert_eq!(serde_json::to_string(&authenticator).expect("json"), text);
        let with_comment = r#"{"time":"2026-05-20T15:51:51+02:00","comment":"x"}"#;
        assert!(serde_json::from_str::<Author>(with_comment).is_ok());
        assert!(serde_json::from_str::<LegalAuthenticator>(with_comment).is_err());
    }
}
