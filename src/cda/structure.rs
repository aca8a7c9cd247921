//! The structure that CDA R2 gives its documents: for each type, attributes and children in order.
//!
//! Read from `profiles/cda/structure.txt`, which describes its notation and names its source.

use std::{collections::HashMap, sync::LazyLock};

use super::{structure_forms::Form, tree::Namespace};

const TABLE: &str = include_str!("../../profiles/cda/structure.txt");

/// The table, read once: it is part of the program.
pub(super) static STRUCTURE: LazyLock<Structure> = LazyLock::new(|| Structure::read(TABLE));

/// Rank of a type in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeId {
    /// One of the table.
    Known(usize),
    /// Anything goes.
    Any,
}

/// All types.
#[derive(Debug)]
pub(super) struct Structure {
    types: Vec<Type>,
    by_name: HashMap<&'static str, usize>,
}

/// What an element of one type may hold.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: &'static str,
    base: Option<&'static str>,
    /// `xsi:type` must name a type derived from it.
    pub(super) is_abstract: bool,
    /// Text may stand between its children.
    pub(super) is_mixed: bool,
    /// `low`, `high`, `center` and `width` exclude each other, see [`Type::admits_together`].
    is_interval: bool,
    pub(super) attributes: Vec<Attribute>,
    /// Places of its children, in order.
    pub(super) slots: Vec<Slot>,
}

/// An attribute that a type has.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) namespace: Namespace,
    pub(super) name: &'static str,
    pub(super) is_mandatory: bool,
    pub(super) form: Form,
}

/// A place in the order of children: any of its alternatives, between `min` and `max` times.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) alternatives: Vec<Particle>,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// An element by its name, and its type.
#[derive(Debug)]
pub(super) struct Particle {
    pub(super) namespace: Namespace,
    pub(super) name: &'static str,
    pub(super) of: TypeId,
}

impl Structure {
    /// The type of the root element.
    pub(super) fn document(&self) -> TypeId {
        self.find("ClinicalDocument").unwrap_or(TypeId::Any)
    }

    /// The type of that name.
    pub(super) fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied().map(TypeId::Known)
    }

    /// What the table says of a type; none when anything goes.
    pub(super) fn get(&self, id: TypeId) -> Option<&Type> {
        match id {
            TypeId::Known(rank) => self.types.get(rank),
            TypeId::Any => None,
        }
    }

    /// True when `derived` is `base` or a type made of it.
    pub(super) fn derives(&self, derived: TypeId, base: TypeId) -> bool {
        let mut at = Some(derived);
        while let Some(id) = at {
            if id == base {
                return true;
            }
            at = self
                .get(id)
                .and_then(|of| of.base)
                .and_then(|name| self.find(name));
        }
        base == TypeId::Any
    }

    /// Reads the table. A test holds that it is well formed.
    fn read(table: &'static str) -> Self {
        let mut reader = TableReader::default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            reader.line(line);
        }
        reader.finish()
    }
}

impl Type {
    /// False for children that the order alone would allow, but not together.
    ///
    /// **Source:** HL7 datatypes R1, `IVL`: low with width or high, width with high, center with width.
    pub(super) fn admits_together(&self, has: impl Fn(&str) -> bool) -> bool {
        let bounds = ["low", "center", "width", "high"];
        let count = bounds.iter().filter(|bound| has(bound)).count();
        !self.is_interval
            || count < 2
            || (count == 2 && !(has("center") && (has("low") || has("high"))))
    }
}

/// The table as it is read, line by line: types name types that come later.
#[derive(Default)]
struct TableReader {
    abbreviations: HashMap<&'static str, &'static str>,
    codes: HashMap<&'static str, Vec<&'static str>>,
    heads: Vec<(&'static str, Option<&'static str>, Vec<&'static str>)>,
    attributes: Vec<String>,
    children: Vec<String>,
}

impl TableReader {
    fn line(&mut self, line: &'static str) {
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match word {
            "let" => {
                let (name, text) = rest.split_once(' ').unwrap_or_default();
                self.abbreviations.insert(name, text);
            }
            "codes" => {
                let mut words = rest.split(' ');
                let name = words.next().unwrap_or_default();
                self.codes.insert(name, words.collect());
            }
            "type" => {
                let mut words = rest.split(' ').peekable();
                let name = words.next().unwrap_or_default();
                let base = words.next_if_eq(&"<").and_then(|_| words.next());
                self.heads.push((name, base, words.collect()));
                self.attributes.push(String::new());
                self.children.push(String::new());
            }
            _ => {
                let is_attributes = word == "@";
                let text = self.expand(if is_attributes { rest } else { line.trim() });
                let lists = if is_attributes {
                    &mut self.attributes
                } else {
                    &mut self.children
                };
                if let Some(last) = lists.last_mut() {
                    *last = text;
                }
            }
        }
    }

    fn expand(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, full) in &self.abbreviations {
            out = out.replace(name, full);
        }
        out
    }

    fn finish(self) -> Structure {
        let names = self.heads.iter().map(|(name, ..)| *name);
        let by_name: HashMap<_, _> = names.enumerate().map(|(rank, name)| (name, rank)).collect();
        let lists = self.attributes.into_iter().zip(self.children);
        let types = self
            .heads
            .into_iter()
            .zip(lists)
            .map(|((name, base, flags), (attributes, children))| {
                let mut attributes: Vec<_> = words(attributes)
                    .map(|word| attribute(word, &self.codes))
                    .collect();
                if !flags.contains(&"plain") {
                    attributes.push(attribute("nullFlavor:NullFlavor", &self.codes));
                }
                Type {
                    name,
                    base,
                    is_abstract: flags.contains(&"abstract"),
                    is_mixed: flags.contains(&"mixed"),
                    is_interval: flags.contains(&"interval"),
                    attributes,
                    slots: words(children).map(|word| slot(word, &by_name)).collect(),
                }
            })
            .collect();
        Structure { types, by_name }
    }
}

/// The words of a line of the table, kept as long as the program: the table is read once.
fn words(line: String) -> impl Iterator<Item = &'static str> {
    line.leak().split_ascii_whitespace()
}

/// `name:form`, `name!:form`, `name=value` or `name!=value`.
fn attribute(word: &'static str, codes: &HashMap<&'static str, Vec<&'static str>>) -> Attribute {
    let local = word.strip_prefix("sdtc:").unwrap_or(word);
    let end = local.find(['!', ':', '=']).unwrap_or(local.len());
    let (name, rest) = local.split_at(end);
    let is_mandatory = rest.starts_with('!');
    let rest = rest.trim_start_matches('!');
    let form = match rest.strip_prefix('=') {
        Some(value) => Form::Fixed(value),
        None => Form::named(rest.trim_start_matches(':'), codes),
    };
    Attribute {
        namespace: if local.len() < word.len() {
            Namespace::Sdtc
        } else {
            Namespace::None
        },
        name,
        is_mandatory,
        form,
    }
}

/// `name:Type` or `(a:A|b:B)`, with how often it stands.
fn slot(word: &'static str, types: &HashMap<&'static str, usize>) -> Slot {
    let (body, min, max) = match word.as_bytes().last() {
        Some(b'?') => (word.strip_suffix('?'), 0, 1),
        Some(b'*') => (word.strip_suffix('*'), 0, usize::MAX),
        Some(b'+') => (word.strip_suffix('+'), 1, usize::MAX),
        _ => (None, 1, 1),
    };
    let body = body.unwrap_or(word);
    let body = body
        .strip_prefix('(')
        .and_then(|body| body.strip_suffix(')'))
        .unwrap_or(body);
    let alternatives = body
        .split('|')
        .map(|particle| {
            let (namespace, local) = match particle.strip_prefix("sdtc:") {
                Some(local) => (Namespace::Sdtc, local),
                None => (Namespace::Hl7, particle),
            };
            let (name, of) = local.split_once(':').unwrap_or((local, "any"));
            Particle {
                namespace,
                name,
                of: types
                    .get(of)
                    .map_or(TypeId::Any, |rank| TypeId::Known(*rank)),
            }
        })
        .collect();
    Slot {
        alternatives,
        min,
        max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_and_form_that_the_table_names_is_in_it() {
        for of in &STRUCTURE.types {
            let base = of.base.map(|base| STRUCTURE.find(base).is_some());
            assert_ne!(base, Some(false), "{}: base", of.name);
            for slot in &of.slots {
                for particle in &slot.alternatives {
                    let is_open = matches!(particle.name, "functionCode" | "digits");
                    let is_known = particle.of != TypeId::Any || is_open;
                    assert!(is_known, "{}: {}", of.name, particle.name);
                }
            }
        }
    }

    #[test]
    fn datatypes_know_what_they_are_made_of() {
        let of = |name| STRUCTURE.find(name).expect(name);
        assert!(STRUCTURE.derives(of("CE"), of("ANY")));
        assert!(STRUCTURE.derives(of("IVL_TS"), of("TS")));
        assert!(!STRUCTURE.derives(of("CD"), of("TS")));
        assert!(!STRUCTURE.derives(of("ANY"), of("CD")));
    }
}
