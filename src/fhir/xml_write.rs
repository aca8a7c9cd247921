//! FHIR XML from FHIR JSON, in the order of the specification.
//!
//! **Source:** FHIR R4, 2.6.1 (XML), 2.6.2.2 (JSON representation of primitive elements).

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use super::{
    Definitions,
    element::text,
    structure::{Element, ElementType, Structures},
};

/// The namespace of FHIR.
pub(super) const NAMESPACE: &str = "http://hl7.org/fhir";

/// Writes a resource as XML. What the tables do not know has no place in XML and is left out: it was
/// never accepted.
#[must_use]
pub fn write_xml(resource: &Value, is_pretty: bool) -> String {
    let mut writer = XmlWriter {
        structures: &Definitions::embedded().structures,
        text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        is_pretty,
        depth: 0,
    };
    writer.resource(resource, &format!(" xmlns=\"{NAMESPACE}\""));
    writer.text
}

struct XmlWriter<'d> {
    structures: &'d Structures,
    text: String,
    is_pretty: bool,
    depth: usize,
}

impl XmlWriter<'_> {
    fn line(&mut self) {
        if self.is_pretty {
            self.text.push('\n');
            self.text.push_str(&"  ".repeat(self.depth));
        }
    }

    fn open(&mut self, name: &str, attributes: &str) {
        self.line();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(attributes);
        self.text.push('>');
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.line();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn resource(&mut self, resource: &Value, attributes: &str) {
        let kind = text(resource, "resourceType").unwrap_or_default();
        if let Some(object) = resource
            .as_object()
            .filter(|_| self.structures.is_resource(kind))
        {
            self.open(kind, attributes);
            self.children(kind, object, true);
            self.close(kind);
        }
    }

    /// The elements of an object; those that XML has as attributes aside, unless it is a resource.
    fn children(&mut self, content: &str, object: &Map<String, Value>, is_resource: bool) {
        let structures = self.structures;
        for element in structures.children(content) {
            if !is_resource && is_attribute(element) {
                continue;
            }
            for kind in &element.types {
                let key = element.key_of(kind);
                let twin = object.get(&format!("_{key}"));
                match (object.get(&key), twin) {
                    (None, None) => {}
                    (Some(Value::Array(items)), _) => {
                        for (rank, item) in items.iter().enumerate() {
                            let twin = twin.and_then(|twin| twin.get(rank));
                            self.element(&key, kind, item, twin);
                        }
                    }
                    (None, Some(Value::Array(twins))) => {
                        for twin in twins {
                            self.element(&key, kind, &Value::Null, Some(twin));
                        }
                    }
                    (value, twin) => {
                        self.element(&key, kind, value.unwrap_or(&Value::Null), twin);
                    }
                }
            }
        }
    }

    fn element(&mut self, key: &str, kind: &ElementType, value: &Value, twin: Option<&Value>) {
        if kind.name.as_ref() == "xhtml" {
            self.line();
            self.text.push_str(value.as_str().unwrap_or_default());
            return;
        }
        let mut attributes = String::new();
        if self.structures.primitive(&kind.name).is_some() {
            let twin = twin.and_then(Value::as_object);
            push_attribute(&mut attributes, "id", twin.and_then(|twin| twin.get("id")));
            push_attribute(&mut attributes, "value", Some(value));
            let extensions = twin.filter(|twin| twin.contains_key("extension"));
            return self.leaf(key, &attributes, extensions);
        }
        let Some(object) = value.as_object() else {
            return;
        };
        if kind.name.as_ref() == "Resource" {
            self.open(key, "");
            self.resource(value, "");
            return self.close(key);
        }
        push_attribute(&mut attributes, "id", object.get("id"));
        if kind.name.as_ref() == "Extension" {
            push_attribute(&mut attributes, "url", object.get("url"));
        }
        self.open(key, &attributes);
        self.children(&kind.content, object, false);
        self.close(key);
    }

    fn leaf(&mut self, name: &str, attributes: &str, extensions: Option<&Map<String, Value>>) {
        if let Some(extensions) = extensions {
            self.open(name, attributes);
            self.children("Element", extensions, false);
            return self.close(name);
        }
        self.line();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(attributes);
        self.text.push_str("/>");
    }
}

/// True for the id of a data type and the URL of an extension.
pub(super) fn is_attribute(element: &Element) -> bool {
    element.path.as_ref() == "Extension.url"
        || (element.name.as_ref() == "id"
            && element
                .types
                .first()
                .is_some_and(|kind| kind.name.as_ref() == "string"))
}

fn push_attribute(attributes: &mut String, name: &str, value: Option<&Value>) {
    let value = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(_) | Value::Number(_)) => value.map(Value::to_string).unwrap_or_default(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => return,
    };
    // A reader would make spaces of them.
    let escaped = escape(&value)
        .replace('\n', "&#10;")
        .replace('\r', "&#13;")
        .replace('\t', "&#9;");
    attributes.push_str(&format!(" {name}=\"{escaped}\""));
}
