//! The types of FHIR R4, as tables: which elements there are, how many times, of which types.
//!
//! **Source:** `profiles/r4/`, made from the definitions of FHIR R4, 4.0.1.

use std::collections::HashMap;

use regex::Regex;

use super::{definitions_error::DefinitionsError, fhirpath::Expression};
use crate::finding::Bilingual;

/// The types and their elements.
#[derive(Debug)]
pub struct Structures {
    /// Children by the path of their parent: `Organization`, `Organization.contact`, `Identifier`.
    children: HashMap<Box<str>, Vec<Element>>,
    bases: HashMap<Box<str>, Box<str>>,
    primitives: HashMap<Box<str>, Regex>,
    invariants: HashMap<Box<str>, Vec<Invariant>>,
}

/// An element of a type.
#[derive(Debug)]
pub struct Element {
    /// Its path in the type that defines it: `Organization.contact.purpose`.
    pub path: Box<str>,
    /// Name, without the `[x]` of a choice.
    pub name: Box<str>,
    /// True when the type is part of the name: `value[x]`.
    pub is_choice: bool,
    /// Least number of repetitions.
    pub min: usize,
    /// Greatest number; none when unbounded.
    pub max: Option<usize>,
    /// Types that it may have.
    pub types: Vec<ElementType>,
    /// Part of `_summary=true`.
    pub is_summary: bool,
    /// The codes that are allowed, when the list is closed.
    pub codes: Option<Vec<Box<str>>>,
    /// Name of that list in FHIR.
    pub list: Option<Box<str>>,
}

/// A type that an element may have.
#[derive(Debug)]
pub struct ElementType {
    /// `Identifier`, `code`, `BackboneElement`, …
    pub name: Box<str>,
    /// What a reference may point to; empty: anything.
    pub targets: Vec<Box<str>>,
    /// Path under which the children stand.
    pub content: Box<str>,
}

/// A rule that a `FHIRPath` expression says.
#[derive(Debug)]
pub struct Invariant {
    /// Its key: `per-1`.
    pub key: &'static str,
    /// What must be true.
    pub expression: Expression,
    /// What is wrong when it is not.
    pub message: Bilingual,
}

impl Element {
    /// True when it may repeat: JSON then has an array.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.max != Some(1)
    }

    /// The type whose name ends a key of a choice: `Coding` of `valueCoding`; the only type of
    /// another element.
    #[must_use]
    pub fn type_of_key(&self, key: &str) -> Option<&ElementType> {
        let suffix = key.strip_prefix(self.name.as_ref())?;
        if !self.is_choice {
            return suffix.is_empty().then(|| self.types.first()).flatten();
        }
        self.types
            .iter()
            .find(|one| capitalised(&one.name) == suffix)
    }

    /// The key in JSON, and the element name in XML, for that type.
    #[must_use]
    pub fn key_of(&self, element_type: &ElementType) -> String {
        if self.is_choice {
            format!("{}{}", self.name, capitalised(&element_type.name))
        } else {
            self.name.to_string()
        }
    }
}

/// The name with a capital: as a type ends the name of a choice.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// A line of a table: its cells.
pub(super) fn rows(
    file: &'static str,
    text: &str,
    cells: usize,
) -> Result<Vec<Vec<String>>, DefinitionsError> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| DefinitionsError::Table { file })?;
        if record.len() != cells {
            return Err(DefinitionsError::Table { file });
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

impl Structures {
    /// Reads the tables of `profiles/r4/`.
    ///
    /// # Errors
    /// [`DefinitionsError`] when a table is not what it should be.
    pub(super) fn read(
        elements: &str,
        primitives: &str,
        codes: &str,
        invariants: &str,
    ) -> Result<Self, DefinitionsError> {
        let lists: HashMap<String, Vec<Box<str>>> = rows("codes.csv", codes, 2)?
            .into_iter()
            .map(|row| (row[0].clone(), row[1].split(' ').map(Box::from).collect()))
            .collect();
        let mut structures = Self {
            children: HashMap::new(),
            bases: HashMap::new(),
            primitives: HashMap::new(),
            invariants: HashMap::new(),
        };
        for row in rows("elements.csv", elements, 6)? {
            structures.add_row(&row, &lists)?;
        }
        for row in rows("primitives.csv", primitives, 2)? {
            let file = "primitives.csv";
            let regex = Regex::new(&format!("^(?:{})$", row[1]))
                .map_err(|_| DefinitionsError::Table { file })?;
            structures.primitives.insert(row[0].as_str().into(), regex);
        }
        for row in rows("invariants.csv", invariants, 5)? {
            let expression =
                Expression::parse(&row[2]).map_err(|cause| DefinitionsError::Expression {
                    of: row[1].clone(),
                    cause,
                })?;
            let invariant = Invariant {
                key: row[1].clone().leak(),
                expression,
                message: Bilingual::new(&row[3], &row[4]),
            };
            let of = structures.invariants.entry(row[0].as_str().into());
            of.or_default().push(invariant);
        }
        Ok(structures)
    }

    fn add_row(
        &mut self,
        row: &[String],
        lists: &HashMap<String, Vec<Box<str>>>,
    ) -> Result<(), DefinitionsError> {
        let wrong = || DefinitionsError::Table {
            file: "elements.csv",
        };
        let path = row[0].as_str();
        let Some((parent, name)) = path.rsplit_once('.') else {
            self.bases.insert(path.into(), row[3].as_str().into());
            self.children.entry(path.into()).or_default();
            return Ok(());
        };
        let codes = if row[5].is_empty() {
            None
        } else {
            Some(lists.get(&row[5]).ok_or_else(wrong)?.clone())
        };
        let element = Element {
            path: path.into(),
            name: name.trim_end_matches("[x]").into(),
            is_choice: name.ends_with("[x]"),
            min: row[1].parse().map_err(|_| wrong())?,
            max: match row[2].as_str() {
                "*" => None,
                number => Some(number.parse().map_err(|_| wrong())?),
            },
            types: row[3]
                .split(" | ")
                .map(|text| element_type(path, text))
                .collect(),
            is_summary: row[4].contains('S'),
            list: codes.is_some().then(|| row[5].as_str().into()),
            codes,
        };
        let of = self.children.entry(parent.into()).or_default();
        of.push(element);
        Ok(())
    }

    /// The elements under a path or of a type, in the order of the specification.
    #[must_use]
    pub fn children(&self, path: &str) -> &[Element] {
        self.children.get(path).map_or(&[], Vec::as_slice)
    }

    /// True when it is a type that the tables hold.
    #[must_use]
    pub fn has_type(&self, name: &str) -> bool {
        self.bases.contains_key(name)
    }

    /// True when it is a kind of resource that the tables hold.
    #[must_use]
    pub fn is_resource(&self, name: &str) -> bool {
        let base = self.bases.get(name).map(AsRef::as_ref);
        matches!(base, Some("Resource" | "DomainResource"))
    }

    /// The type that it specialises.
    #[must_use]
    pub fn base_of(&self, name: &str) -> Option<&str> {
        self.bases.get(name).map(AsRef::as_ref)
    }

    /// The element that a key of JSON names, and the type that it then has.
    #[must_use]
    pub fn find(&self, parent: &str, key: &str) -> Option<(&Element, &ElementType)> {
        self.children(parent)
            .iter()
            .find_map(|element| Some((element, element.type_of_key(key)?)))
    }

    /// What a primitive of that type must look like.
    #[must_use]
    pub fn primitive(&self, name: &str) -> Option<&Regex> {
        self.primitives.get(name)
    }

    /// The rules of a type or of an element, by its path.
    #[must_use]
    pub fn invariants(&self, path: &str) -> &[Invariant] {
        self.invariants.get(path).map_or(&[], Vec::as_slice)
    }
}

/// `Reference(Location)`, `#Parameters.parameter`, `BackboneElement`, `Identifier`.
fn element_type(path: &str, text: &str) -> ElementType {
    if let Some(content) = text.strip_prefix('#') {
        return ElementType {
            name: "BackboneElement".into(),
            targets: Vec::new(),
            content: content.into(),
        };
    }
    let (name, targets) = text.split_once('(').unwrap_or((text, ""));
    let is_own = matches!(name, "BackboneElement" | "Element");
    ElementType {
        name: name.into(),
        targets: targets
            .trim_end_matches(')')
            .split(' ')
            .filter(|target| !matches!(*target, "" | "Resource"))
            .map(Box::from)
            .collect(),
        content: if is_own { path } else { name }.into(),
    }
}
