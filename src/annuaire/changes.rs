//! What the national directory says that it changed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::physician::{place_identifiers, rpps_of};
use crate::fhir::element::{children, text};

/// Whom and what the directory changed since an instant. What it removed is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// RPPS numbers of physicians who changed, or one of whose places of work did: what no longer is
    /// active included.
    pub physicians: BTreeSet<String>,
    /// National identifiers of structures, as `system|value`.
    pub places: BTreeSet<String>,
}

impl Changes {
    /// Adds a resource: a `Practitioner` (that of a `PractitionerRole` which changed, too) or an
    /// `Organization`. Professionals without RPPS number are none of ours.
    pub(super) fn add(&mut self, resource: &Value) {
        match text(resource, "resourceType") {
            Some("Practitioner") => {
                let numbers = children(resource, "identifier").filter_map(rpps_of);
                self.physicians
                    .extend(numbers.map(|rpps| rpps.as_str().to_owned()));
            }
            Some("Organization") => self.places.extend(place_identifiers(resource)),
            _ => {}
        }
    }
}
