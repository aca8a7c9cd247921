//! `Bundle` of a search: resources as they are kept, around them what the search says.

use std::fmt::Write;

use serde_json::{Value, json};

/// Extension that says how far an entry is.
const LOCATION_DISTANCE: &str = "http://hl7.org/fhir/StructureDefinition/location-distance";

/// How an entry came into the answer.
///
/// **Source:** FHIR R4, code system `http://hl7.org/fhir/search-entry-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryMode {
    /// It meets the query.
    Match,
    /// It came along.
    Include,
    /// It is about the search itself.
    Outcome,
}

impl EntryMode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Include => "include",
            Self::Outcome => "outcome",
        }
    }
}

/// Writes a `searchset`, entry by entry, without reading the resources again.
#[derive(Debug)]
pub struct SearchsetWriter {
    text: String,
    has_entry: bool,
}

impl SearchsetWriter {
    /// Starts the bundle: its total, when it is known, and its links (relation, URL).
    #[must_use]
    pub fn new(total: Option<i64>, links: &[(&str, String)]) -> Self {
        let mut head = json!({"resourceType": "Bundle", "type": "searchset"});
        if let Some(total) = total {
            head["total"] = json!(total);
        }
        head["link"] = links
            .iter()
            .map(|(relation, url)| json!({"relation": relation, "url": url}))
            .collect();
        let mut text = head.to_string();
        text.pop();
        Self {
            text,
            has_entry: false,
        }
    }

    /// Adds a resource, given as JSON.
    pub fn push(&mut self, full_url: Option<&str>, resource: &str, mode: EntryMode) {
        self.push_at(full_url, resource, mode, None);
    }

    /// Adds a resource, given as JSON, and how far it is from the point asked about, in millimetres.
    ///
    /// **Source:** FHIR R4, extension `location-distance`.
    pub fn push_at(
        &mut self,
        full_url: Option<&str>,
        resource: &str,
        mode: EntryMode,
        distance_mm: Option<i64>,
    ) {
        self.text
            .push_str(if self.has_entry { "," } else { ",\"entry\":[" });
        self.has_entry = true;
        self.text.push('{');
        if let Some(url) = full_url {
            let url = Value::from(url);
            write!(self.text, "\"fullUrl\":{url},").expect("a String takes every text");
        }
        let mode = mode.as_str();
        write!(self.text, "\"resource\":{resource},\"search\":{{")
            .expect("a String takes every text");
        if let Some(mm) = distance_mm {
            let (km, rest) = (mm / 1_000_000, mm % 1_000_000);
            write!(
                self.text,
                "\"extension\":[{{\"url\":\"{LOCATION_DISTANCE}\",\"valueDistance\":{{\"value\":{km}.{rest:06},\
                 \"unit\":\"km\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"km\"}}}}],"
            )
            .expect("a String takes every text");
        }
        write!(self.text, "\"mode\":\"{mode}\"}}}}").expect("a String takes every text");
    }

    /// The bundle.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.has_entry {
            self.text.push(']');
        }
        self.text.push('}');
        self.text
    }
}

/// Writes a `batch-response`, entry by entry, without reading the answers again.
///
/// **Source:** FHIR R4, 3.1.0.11.
#[derive(Debug)]
pub struct BatchResponseWriter {
    bytes: Vec<u8>,
    has_entry: bool,
}

impl Default for BatchResponseWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchResponseWriter {
    /// Starts the bundle.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: b"{\"resourceType\":\"Bundle\",\"type\":\"batch-response\"".to_vec(),
            has_entry: false,
        }
    }

    /// Adds the answer to one entry: status line (`200 OK`) and the resource, as JSON.
    pub fn push(&mut self, status: &str, resource: &[u8]) {
        let before: &[u8] = if self.has_entry {
            b","
        } else {
            b",\"entry\":["
        };
        self.has_entry = true;
        let status = Value::from(status).to_string();
        for piece in [
            before,
            b"{\"resource\":",
            resource,
            b",\"response\":{\"status\":",
            status.as_bytes(),
            b"}}",
        ] {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// Bytes written so far.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The bundle.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let end: &[u8] = if self.has_entry { b"]}" } else { b"}" };
        self.bytes.extend_from_slice(end);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_holds_its_resources_as_they_are() {
        let links = [("self", "http://a.invalid/fhir/X?name=\"".to_owned())];
        let mut writer = SearchsetWriter::new(Some(1), &links);
        let resource = r#"{"resourceType":"X","value":1.50}"#;
        writer.push_at(
            Some("http://a.invalid/fhir/X/1"),
            resource,
            EntryMode::Match,
            Some(1_500_007),
        );
        writer.push(None, "{}", EntryMode::Outcome);
        let text = writer.finish();
        assert!(text.contains(resource));
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["total"].as_i64(), Some(1));
        assert_eq!(read["link"][0]["url"], "http://a.invalid/fhir/X?name=\"");
        assert_eq!(read["entry"][0]["search"]["mode"], "match");
        let distance = &read["entry"][0]["search"]["extension"][0]["valueDistance"];
        assert_eq!(distance["value"].to_string(), "1.500007");
        assert_eq!(read["entry"][1].get("fullUrl"), None);
    }

    #[test]
    fn an_empty_answer_has_no_empty_array() {
        let text = SearchsetWriter::new(Some(0), &[("self", "x".to_owned())]).finish();
        let read: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read.get("entry"), None);
    }
}
