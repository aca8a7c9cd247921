//! Reading JSON of others: bounded in size and depth, no key twice, every mistake with its place.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::finding::{Bilingual, Finding};

/// Key under which `serde_json` hands over a number when it keeps its digits.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// How deep a document may nest.
const MAX_DEPTH: usize = 60;

/// Reads one JSON document.
///
/// # Errors
/// One finding, with line and column: not JSON, too large, too deep, or a key twice in one object.
pub fn read_json(bytes: &[u8], max_bytes: usize) -> Result<Value, Vec<Finding>> {
    if bytes.len() > max_bytes {
        return Err(vec![too_large(max_bytes)]);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut trouble = Trouble::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let node = Node {
        trouble: &mut trouble,
        depth: 0,
    };
    node.deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| vec![trouble.into_finding(&error)])
}

/// What went wrong beyond syntax, and where: keys from the inside out.
#[derive(Default)]
struct Trouble {
    kind: Option<TroubleKind>,
    path: Vec<String>,
}

#[derive(Clone, Copy)]
enum TroubleKind {
    RepeatedKey,
    TooDeep,
}

struct Node<'t> {
    trouble: &'t mut Trouble,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            self.trouble.kind = Some(TroubleKind::TooDeep);
            return Err(D::Error::custom("nested too deep"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        loop {
            let node = Node {
                trouble: self.trouble,
                depth: self.depth + 1,
            };
            match items.next_element_seed(node) {
                Ok(Some(item)) => read.push(item),
                Ok(None) => return Ok(Value::Array(read)),
                Err(error) => {
                    self.trouble.path.push(format!("[{}]", read.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER_KEY {
                let digits: String = entries.next_value()?;
                return digits
                    .parse::<Number>()
                    .map(Value::Number)
                    .map_err(A::Error::custom);
            }
            if read.contains_key(&key) {
                self.trouble.kind = Some(TroubleKind::RepeatedKey);
                self.trouble.path.push(key);
                return Err(A::Error::custom("a key stands twice"));
            }
            let node = Node {
                trouble: self.trouble,
                depth: self.depth + 1,
            };
            match entries.next_value_seed(node) {
                Ok(value) => read.insert(key, value),
                Err(error) => {
                    self.trouble.path.push(key);
                    return Err(error);
                }
            };
        }
        Ok(Value::Object(read))
    }
}

impl Trouble {
    fn into_finding(mut self, error: &serde_json::Error) -> Finding {
        self.path.reverse();
        let place = self.path.join(".").replace(".[", "[");
        let (rule, message, cure) = match self.kind {
            Some(TroubleKind::RepeatedKey) => (
                "JSON-REPEATED-KEY",
                Bilingual::new(
                    "Cette propriété figure deux fois dans le même objet.",
                    "This property stands twice in the same object.",
                ),
                Bilingual::new("Gardez-en une seule.", "Keep one."),
            ),
            Some(TroubleKind::TooDeep) => (
                "JSON-DEPTH",
                Bilingual::new(
                    format!("Le document est imbriqué sur plus de {MAX_DEPTH} niveaux."),
                    format!("The document nests deeper than {MAX_DEPTH} levels."),
                ),
                Bilingual::new(
                    "Une ressource FHIR n'est jamais si profonde : vérifiez le logiciel qui l'a produite.",
                    "No FHIR resource is that deep: check the software that made it.",
                ),
            ),
            None => (
                "JSON-SYNTAX",
                Bilingual::new(
                    "Le texte n'est pas du JSON valide à cet endroit.",
                    "The text is not valid JSON at this place.",
                ),
                Bilingual::new(
                    "Vérifiez les guillemets, les virgules et les accolades, et l'encodage UTF-8.",
                    "Check quotes, commas and braces, and the UTF-8 encoding.",
                ),
            ),
        };
        Finding::error(rule, place, message, cure).at(error.line() as u64, error.column() as u64)
    }
}

fn too_large(max_bytes: usize) -> Finding {
    Finding::error(
        "JSON-SIZE",
        "",
        Bilingual::new(
            format!("Le document dépasse {max_bytes} octets."),
            format!("The document is larger than {max_bytes} bytes."),
        ),
        Bilingual::new(
            "Découpez-le, ou envoyez-le en NDJSON, une ressource par ligne.",
            "Cut it, or send it as NDJSON, one resource a line.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> Finding {
        read_json(text.as_bytes(), 10_000)
            .expect_err("refused")
            .remove(0)
    }

    #[test]
    fn numbers_keep_their_digits_and_keys_their_order() {
        let text = r#"{"b":15.0,"a":[2.10,-1e3,12345678901234567890.5],"c":null}"#;
        let value = read_json(text.as_bytes(), 1_000).expect("valid");
        assert_eq!(value.to_string().replace("e+3", "e3"), text);
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_place() {
        let finding = refused("{\"a\": [1, {\"b\": 1,\n \"b\": 2}]}");
        assert_eq!(finding.rule, "JSON-REPEATED-KEY");
        assert_eq!(finding.place, "a[1].b");
        assert_eq!(finding.line, Some(2));
    }

    #[test]
    fn a_document_too_deep_or_too_large_is_refused() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(refused(&deep).rule, "JSON-DEPTH");
        assert_eq!(refused(&" ".repeat(10_001)).rule, "JSON-SIZE");
    }

    #[test]
    fn a_syntax_error_has_line_and_column() {
        let finding = refused("{\n \"a\": }");
        assert_eq!(finding.rule, "JSON-SYNTAX");
        assert_eq!((finding.line, finding.column), (Some(2), Some(7)));
        assert_eq!(refused("{} {}").rule, "JSON-SYNTAX");
        assert_eq!(
            refused(r#"{"$serde_json::private::Number": {}}"#).rule,
            "JSON-SYNTAX"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_json(&bytes, 1_000);
        }
    }
}
