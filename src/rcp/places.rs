//! Where each value of a JSON text stands.

use std::collections::HashMap;

/// Offsets of the values of a JSON text, by JSON pointer.
pub(super) struct Places {
    offsets: HashMap<String, usize>,
    /// Pointers and offsets of the fields that an object has twice.
    pub(super) repeated: Vec<(String, usize)>,
}

impl Places {
    /// Scans a text that a JSON parser has accepted.
    pub(super) fn of(text: &str) -> Self {
        let mut scan = Scan {
            text,
            at: 0,
            places: Self {
                offsets: HashMap::new(),
                repeated: Vec::new(),
            },
        };
        scan.value(&mut String::new());
        scan.places
    }

    /// Offset of the value at that pointer, in bytes; of the nearest parent when it is not there.
    pub(super) fn offset(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(offset) = self.offsets.get(pointer) {
                return *offset;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = pointer.get(..end).unwrap_or_default(),
                None => return 0,
            }
        }
    }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    places: Places,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, pointer: &mut String) {
        self.skip_blanks();
        if self
            .places
            .offsets
            .insert(pointer.clone(), self.at)
            .is_some()
        {
            self.places.repeated.push((pointer.clone(), self.at));
        }
        match self.peek() {
            Some(b'{') => self.members(pointer),
            Some(b'[') => self.items(pointer),
            Some(b'"') => {
                self.string();
            }
            _ => {
                while !matches!(
                    self.peek(),
                    None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')
                ) {
                    self.at += 1;
                }
            }
        }
    }

    fn members(&mut self, pointer: &mut String) {
        self.at += 1;
        let length = pointer.len();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'"') => {
                    let name = self.string();
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.skip_blanks();
                    self.at += 1;
                    self.value(pointer);
                    pointer.truncate(length);
                }
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.at += 1;
    }

    fn items(&mut self, pointer: &mut String) {
        self.at += 1;
        let length = pointer.len();
        let mut rank = 0_usize;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                None | Some(b']') => break,
                Some(_) => {
                    pointer.push('/');
                    pointer.push_str(&rank.to_string());
                    self.value(pointer);
                    pointer.truncate(length);
                    rank += 1;
                }
            }
        }
        self.at += 1;
    }

    /// Passes over a string, and gives back its characters.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => break,
                Some(b'\\') => self.at += 2,
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.at += 1,
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(raw).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_pointer() {
        let text = "{\n \"a\": [1, {\"b/c\": \"x\\\"\"}],\n \"d\": null}";
        let places = Places::of(text);
        let at = |pointer| text.get(places.offset(pointer)..).unwrap_or_default();
        assert!(at("/a/1/b~1c").starts_with("\"x"));
        assert!(at("/d").starts_with("null"));
        assert!(at("/a/1/missing").starts_with("{\"b"));
        assert!(at("").starts_with('{'));
    }

    #[test]
    fn a_field_given_twice_is_noticed() {
        let places = Places::of(r#"{"a": 1, "b": {"a": 2}, "a": 3}"#);
        assert_eq!(places.repeated, [("/a".to_owned(), 29)]);
    }
}
