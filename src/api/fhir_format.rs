//! In which format, how laid out, and how much of a resource is answered.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use crate::fhir::{View, cut};

/// What a request asks of the form of its answer.
pub(super) struct Wire {
    pub(super) is_xml: bool,
    pub(super) is_pretty: bool,
    view: View,
}

/// True for the names of FHIR in XML.
pub(super) fn is_xml(kind: &str) -> bool {
    matches!(
        kind.to_ascii_lowercase().as_str(),
        "xml" | "text/xml" | "application/xml" | "application/fhir+xml"
    )
}

impl Wire {
    /// Of the query and of `Accept`.
    pub(super) fn of(headers: &HeaderMap, pairs: &[(String, String)]) -> Self {
        let find = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name == wanted);
            found
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        let is_xml = match find("_format") {
            Some(format) => {
                let bare = format.split(';').next().unwrap_or(format);
                // A `+` that nobody escaped arrives as a space.
                is_xml(&bare.trim().replace(' ', "+"))
            }
            None => prefers_xml(headers),
        };
        let elements = find("_elements").map(|list| {
            let names = list.split(',').map(|name| {
                let name = name.trim();
                name.rsplit('.').next().unwrap_or(name).to_owned()
            });
            names.filter(|name| !name.is_empty()).collect()
        });
        Self {
            is_xml,
            is_pretty: find("_pretty") == Some("true"),
            view: View::of(find("_summary"), elements),
        }
    }

    /// True when the answer of the handlers can go out as it is.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_xml && !self.is_pretty && self.view == View::Whole
    }

    /// Leaves of a resource what is asked for.
    pub(super) fn cut(&self, resource: &mut Value) {
        cut(resource, &self.view);
    }
}

/// True when XML weighs more than JSON in `Accept`.
fn prefers_xml(headers: &HeaderMap) -> bool {
    let (mut xml, mut json) = (0.0_f32, 0.0_f32);
    let ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        // A browser that takes any XML takes JSON as well.
        if is_xml(kind) {
            xml = xml.max(quality);
        } else {
            json = json.max(quality);
        }
    }
    xml > 0.0 && xml >= json
}
