//! Writing the `Parameters` of an answer, straight to bytes.

use serde::Serialize;

/// A `Parameters` resource that grows parameter by parameter.
pub(super) struct AnswerWriter {
    bytes: Vec<u8>,
    /// True when a comma must come before the next parameter.
    follows: bool,
}

/// A `Coding` of an answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CodingOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) system: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) version: &'a str,
    pub(super) code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) display: &'a str,
}

impl AnswerWriter {
    pub(super) fn new() -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(b"{\"resourceType\":\"Parameters\",\"parameter\":[");
        Self {
            bytes,
            follows: false,
        }
    }

    /// Opens a parameter and writes its name; `rest` comes after it.
    fn open(&mut self, name: &str) {
        if self.follows {
            self.bytes.push(b',');
        }
        self.follows = true;
        self.bytes.extend_from_slice(b"{\"name\":");
        write(&mut self.bytes, name);
    }

    /// A parameter with a value: name, `value[x]` element, value.
    pub(super) fn value(&mut self, name: &str, element: &str, value: &(impl Serialize + ?Sized)) {
        self.open(name);
        self.bytes.extend_from_slice(b",\"");
        self.bytes.extend_from_slice(element.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        write(&mut self.bytes, value);
        self.bytes.push(b'}');
    }

    /// The same, left out when the text is empty.
    pub(super) fn text(&mut self, name: &str, element: &str, text: &str) {
        if !text.is_empty() {
            self.value(name, element, text);
        }
    }

    /// A parameter that is a resource.
    pub(super) fn resource(&mut self, name: &str, resource: &impl Serialize) {
        self.open(name);
        self.bytes.extend_from_slice(b",\"resource\":");
        write(&mut self.bytes, resource);
        self.bytes.push(b'}');
    }

    /// A parameter of parts.
    pub(super) fn parts(&mut self, name: &str, write_parts: impl FnOnce(&mut Self)) {
        self.open(name);
        self.bytes.extend_from_slice(b",\"part\":[");
        self.follows = false;
        write_parts(self);
        self.bytes.extend_from_slice(b"]}");
        self.follows = true;
    }

    /// The resource, as JSON.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"]}");
        self.bytes
    }
}

fn write(bytes: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(bytes, value).expect("memory takes every text");
}
