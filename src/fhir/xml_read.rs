//! FHIR JSON from FHIR XML: the same resource, so that everything else reads one form.
//!
//! **Source:** FHIR R4, 2.6.1 (XML), 2.6.2.2 (JSON representation of primitive elements).

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use serde_json::{Map, Number, Value};

use super::{
    Definitions,
    structure::{Element, ElementType, Structures},
    xml_write::NAMESPACE,
};
use crate::finding::{Bilingual, Finding, FindingKind};

/// How deep a document may nest.
const MAX_DEPTH: usize = 60;

/// Reads one resource.
///
/// # Errors
/// One finding, with line and column.
pub fn read_xml(bytes: &[u8]) -> Result<Value, Vec<Finding>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let fault = Fault::new(FaultKind::Encoding, "");
        vec![fault.into_finding(bytes, error.valid_up_to())]
    })?;
    let mut reading = XmlReading {
        structures: &Definitions::embedded().structures,
        reader: Reader::from_str(text),
    };
    let read = reading.document();
    let place = usize::try_from(reading.reader.buffer_position()).unwrap_or(bytes.len());
    read.map_err(|fault| vec![fault.into_finding(bytes, place)])
}

struct XmlReading<'r> {
    structures: &'r Structures,
    reader: Reader<&'r [u8]>,
}

/// What is wrong, and in which element.
#[derive(Debug)]
struct Fault {
    kind: FaultKind,
    path: String,
}

#[derive(Clone, Copy, Debug)]
enum FaultKind {
    Syntax,
    Encoding,
    Depth,
    Doctype,
    Namespace,
    UnknownResource,
    UnknownElement,
    UnknownAttribute,
    Text,
}

impl Fault {
    fn new(kind: FaultKind, path: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.into(),
        }
    }
}

/// An element that was opened.
struct Opened<'r> {
    start: BytesStart<'r>,
    is_empty: bool,
}

impl<'r> XmlReading<'r> {
    fn document(&mut self) -> Result<Value, Fault> {
        let opened = self
            .next_child("")?
            .ok_or_else(|| Fault::new(FaultKind::Syntax, ""))?;
        let namespace = attribute(&opened.start, "xmlns");
        if namespace.as_deref() != Some(NAMESPACE) {
            return Err(Fault::new(FaultKind::Namespace, ""));
        }
        let resource = self.resource(&opened, 0)?;
        match self.next_child("")? {
            None => Ok(resource),
            Some(_) => Err(Fault::new(FaultKind::Syntax, "")),
        }
    }

    /// The next element within the one that is open; none at its end.
    fn next_child(&mut self, path: &str) -> Result<Option<Opened<'r>>, Fault> {
        loop {
            let event = self.reader.read_event();
            match event.map_err(|_| Fault::new(FaultKind::Syntax, path))? {
                Event::Start(start) => {
                    return Ok(Some(Opened {
                        start,
                        is_empty: false,
                    }));
                }
                Event::Empty(start) => {
                    return Ok(Some(Opened {
                        start,
                        is_empty: true,
                    }));
                }
                Event::End(_) | Event::Eof => return Ok(None),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(Fault::new(FaultKind::Text, path));
                }
                Event::DocType(_) => return Err(Fault::new(FaultKind::Doctype, path)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    fn resource(&mut self, opened: &Opened<'r>, depth: usize) -> Result<Value, Fault> {
        let kind = opened.start.local_name().as_ref().to_owned();
        if !self.structures.is_resource(&kind) {
            return Err(Fault::new(FaultKind::UnknownResource, ""));
        }
        let mut object = Map::new();
        object.insert("resourceType".to_owned(), Value::from(kind.as_str()));
        self.object(opened, &kind, &kind, &mut object, depth)?;
        Ok(Value::Object(object))
    }

    /// The elements below the one that is open, until its end.
    fn object(
        &mut self,
        opened: &Opened<'r>,
        content: &str,
        path: &str,
        object: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::new(FaultKind::Depth, path));
        }
        if opened.is_empty {
            return Ok(());
        }
        while let Some(child) = self.next_child(path)? {
            let name = child.start.local_name().as_ref().to_owned();
            let structures = self.structures;
            let shown = format!("{path}.{}", plain(&name));
            let (element, kind) = structures
                .find(content, &name)
                .ok_or_else(|| Fault::new(FaultKind::UnknownElement, shown.as_str()))?;
            let (value, twin) = self.element(&child, kind, &shown, depth + 1)?;
            add(object, element, &name, value, twin);
        }
        Ok(())
    }

    /// Value and twin of an element.
    fn element(
        &mut self,
        opened: &Opened<'r>,
        kind: &ElementType,
        path: &str,
        depth: usize,
    ) -> Result<(Value, Option<Value>), Fault> {
        if kind.name.as_ref() == "xhtml" {
            return Ok((self.narrative(opened, path)?, None));
        }
        if kind.name.as_ref() == "Resource" {
            let inner = if opened.is_empty {
                None
            } else {
                self.next_child(path)?
            };
            let inner = inner.ok_or_else(|| Fault::new(FaultKind::UnknownResource, path))?;
            let resource = self.resource(&inner, depth + 1)?;
            return match self.next_child(path)? {
                None => Ok((resource, None)),
                Some(_) => Err(Fault::new(FaultKind::UnknownElement, path)),
            };
        }
        let is_primitive = self.structures.primitive(&kind.name).is_some();
        let mut object = Map::new();
        let mut value = Value::Null;
        for found in opened.start.attributes() {
            let found = found.map_err(|_| Fault::new(FaultKind::Syntax, path))?;
            let name = found.key.as_ref();
            let text = attribute(&opened.start, name)
                .ok_or_else(|| Fault::new(FaultKind::Syntax, path))?;
            match name {
                "value" if is_primitive => value = primitive(&kind.name, text),
                "id" => {
                    object.insert("id".to_owned(), Value::String(text));
                }
                "url" if kind.name.as_ref() == "Extension" => {
                    object.insert("url".to_owned(), Value::String(text));
                }
                name if name == "xmlns" || name.starts_with("xmlns:") => {}
                _ => return Err(Fault::new(FaultKind::UnknownAttribute, path)),
            }
        }
        if is_primitive {
            self.object(opened, "Element", path, &mut object, depth)?;
            let twin = (!object.is_empty()).then_some(Value::Object(object));
            return Ok((value, twin));
        }
        self.object(opened, &kind.content, path, &mut object, depth)?;
        Ok((Value::Object(object), None))
    }

    /// The narrative as it stands, its own tags around it.
    fn narrative(&mut self, opened: &Opened<'r>, path: &str) -> Result<Value, Fault> {
        let tag: &str = &opened.start;
        if opened.is_empty {
            return Ok(Value::String(format!("<{tag}/>")));
        }
        let name = opened.start.name();
        let inner = self
            .reader
            .read_text(name)
            .map_err(|_| Fault::new(FaultKind::Syntax, path))?;
        let inner: &str = &inner;
        Ok(Value::String(format!("<{tag}>{inner}</{}>", name.as_ref())))
    }
}

/// Adds a value, and its twin, under a name; lists keep both in line.
fn add(
    object: &mut Map<String, Value>,
    element: &Element,
    name: &str,
    value: Value,
    twin: Option<Value>,
) {
    let twin_name = format!("_{name}");
    let is_again = object.contains_key(name) || object.contains_key(&twin_name);
    if !element.is_list() && !is_again {
        if !value.is_null() || twin.is_none() {
            object.insert(name.to_owned(), value);
        }
        if let Some(twin) = twin {
            object.insert(twin_name, twin);
        }
        return;
    }
    // A second one of what does not repeat becomes a list too: validation then says so.
    let as_list = |found: Option<Value>| match found {
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let mut values = as_list(object.shift_remove(name));
    let mut twins = as_list(object.shift_remove(&twin_name));
    let rank = values.len().max(twins.len());
    values.resize(rank, Value::Null);
    values.push(value);
    if twin.is_some() || !twins.is_empty() {
        twins.resize(rank, Value::Null);
        twins.push(twin.unwrap_or(Value::Null));
    }
    if values.iter().any(|value| !value.is_null()) || twins.is_empty() {
        object.insert(name.to_owned(), Value::Array(values));
    }
    if !twins.is_empty() {
        object.insert(twin_name, Value::Array(twins));
    }
}

/// A primitive as JSON has it; what does not look like its type stays a text, for validation to say.
fn primitive(kind: &str, text: String) -> Value {
    match kind {
        "boolean" => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text),
        },
        "integer" | "unsignedInt" | "positiveInt" | "decimal" => {
            let number: Option<Number> = serde_json::from_str(&text).ok();
            number.map_or(Value::String(text), Value::Number)
        }
        _ => Value::String(text),
    }
}

/// An attribute, its references resolved.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.into_owned())
}

fn plain(name: &str) -> &str {
    let is_plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { name } else { "?" }
}

impl Fault {
    fn into_finding(self, bytes: &[u8], offset: usize) -> Finding {
        let before = bytes.get(..offset.min(bytes.len())).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let (fr, en) = match self.kind {
            FaultKind::Syntax => (
                "Le texte n'est pas du XML bien formé.",
                "The text is not well-formed XML.",
            ),
            FaultKind::Encoding => ("Le texte n'est pas en UTF-8.", "The text is not in UTF-8."),
            FaultKind::Depth => (
                "Le document est imbriqué sur trop de niveaux.",
                "The document nests too deep.",
            ),
            FaultKind::Doctype => (
                "Une déclaration DOCTYPE n'est pas admise.",
                "A DOCTYPE declaration is not allowed.",
            ),
            FaultKind::Namespace => (
                "L'espace de noms attendu est http://hl7.org/fhir.",
                "The expected namespace is http://hl7.org/fhir.",
            ),
            FaultKind::UnknownResource => (
                "Ce n'est pas un type de ressource connu ici.",
                "This is no type of resource that is known here.",
            ),
            FaultKind::UnknownElement => (
                "Cet élément n'existe pas à cet endroit.",
                "There is no such element at this place.",
            ),
            FaultKind::UnknownAttribute => (
                "Cet attribut n'existe pas à cet endroit.",
                "There is no such attribute at this place.",
            ),
            FaultKind::Text => (
                "Du texte n'est pas attendu ici : les valeurs sont dans l'attribut value.",
                "No text is expected here: values stand in the attribute value.",
            ),
        };
        Finding::error(
            "XML",
            self.path,
            Bilingual::new(fr, en),
            Bilingual::new(
                "Voir « XML Representation » dans FHIR R4.",
                "See \"XML Representation\" in FHIR R4.",
            ),
        )
        .of_kind(FindingKind::Structure)
        .at(line as u64, (offset.min(bytes.len()) - start + 1) as u64)
    }
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
