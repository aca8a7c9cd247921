//! Bundles other than those of a search: histories and answers to transactions. The resources go in as
//! they are kept, without being read again.

use serde_json::{Map, Value, json};

/// Writes a Bundle, entry by entry.
#[derive(Debug)]
pub struct BundleWriter {
    text: String,
    has_entry: bool,
}

impl BundleWriter {
    /// Starts a Bundle of that type: its total, when it is known, and its links (relation, URL).
    #[must_use]
    pub fn new(kind: &str, total: Option<i64>, links: &[(&str, String)]) -> Self {
        let mut head = json!({"resourceType": "Bundle", "type": kind});
        if let Some(total) = total {
            head["total"] = json!(total);
        }
        if !links.is_empty() {
            head["link"] = links
                .iter()
                .map(|(relation, url)| json!({"relation": relation, "url": url}))
                .collect();
        }
        let mut text = head.to_string();
        text.pop();
        Self {
            text,
            has_entry: false,
        }
    }

    /// Says when the Bundle was assembled; before any entry.
    pub fn stamp(&mut self, timestamp: &str) {
        self.text.push_str(",\"timestamp\":");
        self.text.push_str(&Value::from(timestamp).to_string());
    }

    /// Adds an entry: its address, its resource as JSON, and what else stands there.
    pub fn push(
        &mut self,
        full_url: Option<&str>,
        resource: Option<&str>,
        others: Map<String, Value>,
    ) {
        self.text
            .push_str(if self.has_entry { "," } else { ",\"entry\":[" });
        self.has_entry = true;
        let mut members = Vec::with_capacity(others.len() + 2);
        if let Some(url) = full_url {
            members.push(format!("\"fullUrl\":{}", Value::from(url)));
        }
        if let Some(resource) = resource {
            members.push(format!("\"resource\":{resource}"));
        }
        for (name, value) in others {
            members.push(format!("{}:{value}", Value::from(name)));
        }
        self.text.push('{');
        self.text.push_str(&members.join(","));
        self.text.push('}');
    }

    /// The Bundle.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.has_entry {
            self.text.push(']');
        }
        self.text.push('}');
        self.text
    }
}
