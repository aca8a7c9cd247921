//! A national value set or code system: its codes, and whether it holds a given one.

use std::sync::Arc;

use super::{
    canonical::VALUE_SET,
    code_system::CodeSystem,
    fold::fold,
    table::{LoadError, Row, Table},
    validity::{Validity, parse_day},
};

/// One code of a value set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// The code, as published.
    pub code: String,
    /// Its code system, written as the set's own users write it: a bare OID in the CI-SIS sets
    /// (CDA, XDS), a URL in those of the ROR (FHIR). [`ValueSet::contains`] takes either.
    pub system: Arc<str>,
    /// French label.
    pub display: String,
    /// When it may be used; unknown days stay open.
    pub validity: Validity,
}

/// What a national list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// A choice of codes of one or several code systems: `JDV_…`.
    ValueSet,
    /// The codes of one system: `TRE_…`.
    CodeSystem,
}

/// The two names of a code system: OID in CDA and XDS, URL in FHIR. One may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemNames {
    /// Bare OID, without `urn:oid:`.
    pub oid: Option<String>,
    /// Canonical URL.
    pub url: Option<String>,
}

/// A national list of codes, as `mappings/national/` holds it.
///
/// **Source:** ANS, nomenclatures des objets de santé; the head of each file names its own.
#[derive(Clone, Debug)]
pub struct ValueSet {
    name: String,
    kind: ListKind,
    is_complete: bool,
    title: String,
    oid: Option<String>,
    url: Option<String>,
    version: String,
    copyright: String,
    code_systems: Vec<SystemNames>,
    concepts: Vec<Concept>,
    /// Labels as [`fold`] makes them, in the order of `concepts`.
    folded: Vec<Box<str>>,
    /// Ranks in `concepts`, in the order of their codes.
    by_code: Vec<usize>,
}

impl SystemNames {
    /// Reads `OID URL`, `OID` or `URL`.
    fn parse(text: &str) -> Self {
        let mut system = Self::default();
        for word in text.split_whitespace() {
            if bare_oid(word).contains(':') {
                system.url = Some(word.to_owned());
            } else {
                system.oid = Some(bare_oid(word).to_owned());
            }
        }
        system
    }

    /// The names of a system of which one is known.
    pub(super) fn of(name: &str) -> Self {
        Self::parse(bare_oid(name))
    }

    /// True when `system` is a name of this code system: URL, OID, or `urn:oid:` and OID.
    #[must_use]
    pub fn is_named(&self, system: &str) -> bool {
        let bare = bare_oid(system);
        self.oid.as_deref() == Some(bare) || self.url.as_deref() == Some(system)
    }
}

impl ValueSet {
    /// Reads one file of `mappings/national/`.
    ///
    /// # Errors
    /// [`LoadError`] when it is not such a table.
    pub(super) fn read(name: &str, file: &str, text: &str) -> Result<Self, LoadError> {
        let table = Table::read(file, text)?;
        let mut systems: Vec<Arc<str>> = Vec::new();
        let mut concepts = Vec::new();
        for row in table.rows() {
            let system = row.parsed("system", |cell| (!cell.is_empty()).then_some(cell))?;
            let system = match systems.iter().find(|known| known.as_ref() == system) {
                Some(known) => Arc::clone(known),
                None => {
                    let new: Arc<str> = Arc::from(system);
                    systems.push(Arc::clone(&new));
                    new
                }
            };
            concepts.push(Concept {
                code: row.filled("code")?,
                system,
                display: row.filled("display")?,
                validity: validity(&row)?,
            });
        }
        let one = |key| table.head(key).next().map(str::to_owned);
        Ok(Self {
            name: name.to_owned(),
            kind: if name.starts_with("TRE_") {
                ListKind::CodeSystem
            } else {
                ListKind::ValueSet
            },
            is_complete: one("content").as_deref() != Some("fragment"),
            title: one("title").unwrap_or_default(),
            oid: one("oid"),
            url: one("url"),
            version: one("version").unwrap_or_default(),
            copyright: copyright(&table),
            code_systems: table.head("code system").map(SystemNames::parse).collect(),
            by_code: ranks_by_code(&concepts),
            folded: folded_labels(&concepts),
            concepts,
        })
    }

    /// A set of some codes of one of our own systems.
    pub(super) fn own<'c>(
        (name, title, version): (&str, &str, &str),
        system: &CodeSystem,
        codes: impl Iterator<Item = &'c str>,
    ) -> Self {
        let concepts: Vec<Concept> = codes
            .filter_map(|code| system.find(code).cloned())
            .collect();
        Self {
            name: name.to_owned(),
            kind: ListKind::ValueSet,
            is_complete: true,
            title: title.to_owned(),
            oid: None,
            url: Some(format!("{VALUE_SET}{name}")),
            version: version.to_owned(),
            copyright: String::new(),
            code_systems: vec![SystemNames::of(system.url())],
            by_code: ranks_by_code(&concepts),
            folded: folded_labels(&concepts),
            concepts,
        }
    }

    /// Adds its version to its name: beside a later one, it is another list.
    pub(super) fn name_by_version(&mut self) {
        let version = self.version.split(';').next().unwrap_or_default().trim();
        self.name = format!("{}-{version}", self.name);
    }

    /// Name of its file, without the extension: `JDV_RCP_Organe_CISIS`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Value set or code system.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// True when the file holds every code of the national list, the withdrawn ones too.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// French title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// OID of the set, when it has one.
    #[must_use]
    pub fn oid(&self) -> Option<&str> {
        self.oid.as_deref()
    }

    /// Canonical URL of the set, when it is known.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Version of the national list that the file was made from.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Terms of use of the list, and the notices of the owners of its codes; empty for our own.
    #[must_use]
    pub fn copyright(&self) -> &str {
        &self.copyright
    }

    /// The code systems that the codes come from.
    #[must_use]
    pub fn code_systems(&self) -> &[SystemNames] {
        &self.code_systems
    }

    /// Every code, in file order.
    #[must_use]
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// Every code with its label as [`fold`] makes it, in file order.
    pub fn folded_concepts(&self) -> impl Iterator<Item = (&Concept, &str)> {
        let labels = self.folded.iter().map(AsRef::as_ref);
        self.concepts.iter().zip(labels)
    }

    /// The first code of that text, whatever its system. A few sets hold the same code in two
    /// systems: there, ask [`ValueSet::find_in`].
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Concept> {
        self.all(code).next()
    }

    /// The code of that system, named by OID, `urn:oid:` or URL.
    #[must_use]
    pub fn find_in(&self, system: &str, code: &str) -> Option<&Concept> {
        self.all(code)
            .find(|concept| self.is_same_system(&concept.system, system))
    }

    /// True when the set holds that code of that system, named by OID, `urn:oid:` or URL.
    #[must_use]
    pub fn contains(&self, system: &str, code: &str) -> bool {
        self.find_in(system, code).is_some()
    }

    fn all<'s>(&'s self, code: &str) -> impl Iterator<Item = &'s Concept> {
        let first = self
            .by_code
            .partition_point(|rank| self.concepts[*rank].code.as_str() < code);
        self.by_code[first..]
            .iter()
            .map(|rank| &self.concepts[*rank])
            .take_while(move |concept| concept.code == code)
    }

    fn is_same_system(&self, own: &str, asked: &str) -> bool {
        own == asked
            || bare_oid(own) == bare_oid(asked)
            || self
                .code_systems
                .iter()
                .any(|system| system.is_named(own) && system.is_named(asked))
    }
}

/// The heads `licence` and `notice`, one a line.
fn copyright(table: &Table<'_>) -> String {
    let lines: Vec<&str> = table.head("licence").chain(table.head("notice")).collect();
    lines.join("\n")
}

fn folded_labels(concepts: &[Concept]) -> Vec<Box<str>> {
    let labels = concepts.iter().map(|concept| fold(&concept.display));
    labels.map(String::into_boxed_str).collect()
}

/// Ranks of the concepts, in the order of their codes.
fn ranks_by_code(concepts: &[Concept]) -> Vec<usize> {
    let mut ranks: Vec<usize> = (0..concepts.len()).collect();
    ranks.sort_by(|a, b| concepts[*a].code.cmp(&concepts[*b].code));
    ranks
}

/// Reads `status`, `valid_from` and `valid_to`, where the table has them.
fn validity(row: &Row<'_>) -> Result<Validity, LoadError> {
    let day = |column| {
        if row.optional(column).is_empty() {
            return Ok(None);
        }
        row.parsed(column, |cell| parse_day(cell).map(Some))
    };
    Ok(Validity {
        is_withdrawn: row.optional("status") == "deprecated",
        from: day("valid_from")?,
        to: day("valid_to")?,
    })
}

/// `system` without the `urn:oid:` that FHIR writes before an OID.
pub(super) fn bare_oid(system: &str) -> &str {
    system.strip_prefix("urn:oid:").unwrap_or(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> ValueSet {
        let text = "# title: Essai\n# oid: 1.2.3\n# code system: 1.9 https://a.invalid/s\n\
                    # code system: 1.8\ncode,system,display,status\n\
                    B,1.9,Bé,active\nA,1.9,A,deprecated\nB,1.8,Autre bé,\n";
        ValueSet::read("ESSAI", "national/ESSAI.csv", text).expect("a set")
    }

    #[test]
    fn a_code_is_found_under_every_name_of_its_system() {
        let set = set();
        for system in ["1.9", "urn:oid:1.9", "https://a.invalid/s"] {
            assert!(set.contains(system, "B"), "{system}");
        }
        assert!(!set.contains("1.7", "B"));
        assert!(!set.contains("1.8", "A"));
        assert_eq!(
            set.find_in("1.8", "B").map(|c| c.display.as_str()),
            Some("Autre bé")
        );
    }

    #[test]
    fn a_code_is_found_without_its_system() {
        let set = set();
        assert_eq!(set.find("B").map(|c| c.display.as_str()), Some("Bé"));
        assert!(set.find("A").is_some_and(|found| found.validity.has_end()));
        assert!(set.find("C").is_none());
        assert!(set.find("").is_none());
    }

    #[test]
    fn the_head_is_kept() {
        let set = set();
        assert_eq!(
            (set.title(), set.oid(), set.url()),
            ("Essai", Some("1.2.3"), None)
        );
        assert_eq!(set.concepts().len(), 3);
        assert_eq!(set.code_systems().len(), 2);
    }
}
