//! The code systems: each code once, whichever lists carry it.

use std::{collections::HashMap, sync::Arc};

use super::{
    concept_details::ConceptDetails,
    pivot::Pivot,
    region::Region,
    validity::Validity,
    value_set::{Concept, ListKind, SystemNames, ValueSet, bare_oid},
};

/// A code system with the codes that are known of it.
#[derive(Clone, Debug)]
pub struct CodeSystem {
    url: Arc<str>,
    oid: Option<String>,
    name: String,
    title: String,
    version: String,
    copyright: String,
    is_complete: bool,
    is_case_sensitive: bool,
    concepts: Vec<Concept>,
    /// Rank of the parent of each concept; empty for a flat system.
    parents: Vec<Option<usize>>,
    /// What is known of some codes beside their label.
    details: HashMap<usize, ConceptDetails>,
    by_code: HashMap<String, usize>,
}

/// A code of a system that somebody supplies.
#[derive(Clone, Debug)]
pub struct SuppliedConcept {
    /// The code.
    pub code: String,
    /// Its label; empty when there is none.
    pub display: String,
    /// Rank of the code above it, which must come before.
    pub parent: Option<usize>,
    /// True when it is no longer to be used.
    pub is_inactive: bool,
    /// What else is said of it.
    pub details: ConceptDetails,
}

/// What a system that somebody supplies says of itself.
#[derive(Clone, Debug, Default)]
pub struct SuppliedHead {
    /// Canonical URL.
    pub url: String,
    /// Name for programs.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Version; empty when there is none.
    pub version: String,
    /// False when it holds a part of the codes only.
    pub is_complete: bool,
    /// True when upper and lower case make different codes.
    pub is_case_sensitive: bool,
}

impl CodeSystem {
    /// Canonical URL, or `urn:oid:` and the OID of a system that has no URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Bare OID, when it is known.
    #[must_use]
    pub fn oid(&self) -> Option<&str> {
        self.oid.as_deref()
    }

    /// Name: that of its file (`TRE_R211-ActiviteOperationnelle`), or the last part of its URL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Title, in French; empty when no list gives one.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Version of the national list; empty when the system is known through value sets alone.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Terms of use and notices of the owner; empty when no list gives any.
    #[must_use]
    pub fn copyright(&self) -> &str {
        &self.copyright
    }

    /// True when upper and lower case make different codes.
    #[must_use]
    pub fn is_case_sensitive(&self) -> bool {
        self.is_case_sensitive
    }

    /// True when every code of the system is here; else those that the lists carry.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The codes, in the order of their list.
    #[must_use]
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// The code, with its exact letters; in any case where the system does not tell cases apart.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Concept> {
        self.rank(code).map(|rank| &self.concepts[rank])
    }

    fn rank(&self, code: &str) -> Option<usize> {
        if self.is_case_sensitive {
            self.by_code.get(code).copied()
        } else {
            self.by_code.get(&code.to_lowercase()).copied()
        }
    }

    /// What is known of a code beside its label.
    #[must_use]
    pub fn details(&self, code: &str) -> Option<&ConceptDetails> {
        if self.details.is_empty() {
            return None;
        }
        self.details.get(&self.rank(code)?)
    }

    /// The concept just above a code, in a system with a hierarchy.
    #[must_use]
    pub fn parent(&self, code: &str) -> Option<&Concept> {
        let parent = (*self.parents.get(self.rank(code)?)?)?;
        Some(&self.concepts[parent])
    }

    /// True when `code` stands below `above`, at any depth.
    #[must_use]
    pub fn is_below(&self, code: &str, above: &str) -> bool {
        let Some(above) = self.rank(above) else {
            return false;
        };
        let up = |rank: usize| self.parents.get(rank).copied().flatten();
        let start = self.rank(code).and_then(up);
        std::iter::successors(start, |rank| up(*rank)).any(|rank| rank == above)
    }

    /// The concepts just below a code.
    pub fn children<'s>(&'s self, code: &str) -> impl Iterator<Item = &'s Concept> {
        let rank = self.rank(code);
        self.parents
            .iter()
            .zip(&self.concepts)
            .filter(move |(parent, _)| parent.is_some() && **parent == rank)
            .map(|(_, concept)| concept)
    }

    /// True when the system has a hierarchy.
    #[must_use]
    pub fn is_hierarchical(&self) -> bool {
        self.parents.iter().any(Option::is_some)
    }

    /// A system that somebody supplies, with its codes in their order. A code that stands twice is
    /// taken once.
    #[must_use]
    pub fn supplied(head: SuppliedHead, concepts: Vec<SuppliedConcept>) -> Self {
        let mut system = Self::new(&head.url, None, head.name);
        system.title = head.title;
        system.version = head.version;
        system.is_complete = head.is_complete;
        system.is_case_sensitive = head.is_case_sensitive;
        for (rank, concept) in concepts.into_iter().enumerate() {
            let key = if head.is_case_sensitive {
                concept.code.clone()
            } else {
                concept.code.to_lowercase()
            };
            system.by_code.entry(key).or_insert(rank);
            system.parents.push(concept.parent);
            system.details.insert(rank, concept.details);
            system.concepts.push(Concept {
                code: concept.code,
                system: Arc::clone(&system.url),
                display: concept.display,
                validity: Validity {
                    is_withdrawn: concept.is_inactive,
                    ..Validity::default()
                },
            });
        }
        system
    }

    fn new(url: &str, oid: Option<String>, name: String) -> Self {
        Self {
            url: Arc::from(url),
            oid,
            name,
            title: String::new(),
            version: String::new(),
            copyright: String::new(),
            is_complete: false,
            is_case_sensitive: true,
            concepts: Vec::new(),
            parents: Vec::new(),
            details: HashMap::new(),
            by_code: HashMap::new(),
        }
    }

    /// Adds a code that is not there yet.
    fn add(&mut self, concept: &Concept, validity: Validity) {
        if self.by_code.contains_key(&concept.code) {
            return;
        }
        self.by_code
            .insert(concept.code.clone(), self.concepts.len());
        self.concepts.push(Concept {
            code: concept.code.clone(),
            system: Arc::clone(&self.url),
            display: concept.display.clone(),
            validity,
        });
    }
}

/// Every code system, found by each of its names.
#[derive(Default)]
pub(super) struct CodeSystems {
    systems: Vec<CodeSystem>,
    by_name: HashMap<String, usize>,
}

impl CodeSystems {
    /// Gathers the systems of the national lists: first those that have a list of their own, then
    /// what the value sets carry of them and of the others.
    pub(super) fn gather<'l>(lists: impl Iterator<Item = &'l ValueSet>) -> Self {
        let mut lists: Vec<&ValueSet> = lists.collect();
        lists.sort_by_key(|list| (list.kind() == ListKind::ValueSet, list.name()));
        let mut systems = Self::default();
        for names in lists.iter().flat_map(|list| list.code_systems()) {
            systems.name(names);
        }
        for list in lists {
            systems.take(list);
        }
        systems
    }

    /// The system of that URL, OID, or `urn:oid:` and OID.
    pub(super) fn find(&self, name: &str) -> Option<&CodeSystem> {
        self.by_name
            .get(bare_oid(name))
            .map(|rank| &self.systems[*rank])
    }

    /// The systems, handed over.
    pub(super) fn into_all(self) -> Vec<CodeSystem> {
        self.systems
    }

    /// Every system: those with a list of their own first, by name.
    pub(super) fn all(&self) -> &[CodeSystem] {
        &self.systems
    }

    /// Adds the pivot vocabulary, with its hierarchy.
    pub(super) fn add_pivot(&mut self, pivot: &Pivot, version: &str) {
        let mut system = CodeSystem::new(super::SOS_PIVOT, None, "sos-pivot".to_owned());
        "Soins oncologiques de support : vocabulaire pivot".clone_into(&mut system.title);
        version.clone_into(&mut system.version);
        system.is_complete = true;
        for (code, label, parent) in pivot.codes() {
            system.add(&own_concept(code, label), Validity::default());
            let parent = parent.and_then(|parent| system.by_code.get(parent).copied());
            system.parents.push(parent);
        }
        self.insert(system);
    }

    /// Adds the words of a region.
    pub(super) fn add_region(&mut self, name: &str, region: &Region) {
        let url = super::canonical::regional_vocabulary(name);
        let mut system = CodeSystem::new(&url, None, format!("region-{name}"));
        region.title().clone_into(&mut system.title);
        region.version().clone_into(&mut system.version);
        system.is_complete = true;
        for word in region.words() {
            system.add(&own_concept(&word.code, &word.label), Validity::default());
        }
        self.insert(system);
    }

    fn insert(&mut self, system: CodeSystem) {
        self.by_name
            .insert(system.url.to_string(), self.systems.len());
        self.systems.push(system);
    }

    /// Makes sure that the system of these names is there, and is found under both.
    fn name(&mut self, names: &SystemNames) -> usize {
        let keys = [names.oid.as_deref(), names.url.as_deref()];
        let known = keys
            .iter()
            .flatten()
            .find_map(|key| self.by_name.get(*key).copied());
        let rank = known.unwrap_or_else(|| {
            let url = match (&names.url, &names.oid) {
                (Some(url), _) => url.clone(),
                (None, oid) => format!("urn:oid:{}", oid.as_deref().unwrap_or_default()),
            };
            let name = url.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
            self.systems.push(CodeSystem::new(&url, None, name));
            self.systems.len() - 1
        });
        let system = &mut self.systems[rank];
        if let Some(oid) = &names.oid {
            system.oid.get_or_insert_with(|| oid.clone());
        }
        if let Some(url) = &names.url
            && system.url.starts_with("urn:")
        {
            system.url = Arc::from(url.as_str());
            url.rsplit('/')
                .next()
                .unwrap_or_default()
                .clone_into(&mut system.name);
        }
        for key in keys.into_iter().flatten() {
            self.by_name.insert(key.to_owned(), rank);
        }
        rank
    }

    fn take(&mut self, list: &ValueSet) {
        for concept in list.concepts() {
            let names = list
                .code_systems()
                .iter()
                .find(|names| names.is_named(&concept.system))
                .cloned()
                .unwrap_or_else(|| SystemNames::of(&concept.system));
            let rank = self.name(&names);
            match list.kind() {
                ListKind::CodeSystem => self.systems[rank].add(concept, concept.validity),
                // What a value set withdraws stays in its code system.
                ListKind::ValueSet => self.systems[rank].add(concept, Validity::default()),
            }
        }
        if list.kind() == ListKind::CodeSystem
            && let [names] = list.code_systems()
        {
            let rank = self.name(names);
            let system = &mut self.systems[rank];
            list.name().clone_into(&mut system.name);
            list.title().clone_into(&mut system.title);
            list.version().clone_into(&mut system.version);
            list.copyright().clone_into(&mut system.copyright);
            system.is_complete = list.is_complete();
        }
    }
}

fn own_concept(code: &str, label: &str) -> Concept {
    Concept {
        code: code.to_owned(),
        system: Arc::from(""),
        display: label.to_owned(),
        validity: Validity::default(),
    }
}
