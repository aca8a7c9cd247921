//! What one question may draw upon: the lists in use, and the resources that came with it.

use serde_json::Value;
use time::Date;

use super::{
    Failure, FailureReason, Parameters,
    problem::{unknown_system, unknown_value_set},
    supplied,
};
use crate::{
    finding::Language,
    terminology::{CodeSystem, ListKind, Terminology, ValueSet},
};

/// Tail of the name of the set of all codes of a system.
///
/// **Source:** FHIR R4, 4.8.6, implicit value sets of SNOMED CT; taken for every system here.
const ALL_CODES: &str = "?fhir_vs";

/// What one question may draw upon.
pub(super) struct Known<'a> {
    pub(super) terminology: &'a Terminology,
    pub(super) supplied: &'a Supplied,
    /// The day on which codes are judged.
    pub(super) day: Date,
    /// True when the caller named the day.
    pub(super) is_day_asked: bool,
    pub(super) language: Language,
}

/// The resources that came with a question.
#[derive(Default)]
pub(super) struct Supplied {
    systems: Vec<CodeSystem>,
    value_sets: Vec<Value>,
    maps: Vec<Value>,
}

/// A value set, wherever it is from.
#[derive(Clone, Copy)]
pub(super) enum SetRef<'a> {
    /// A list in use.
    Held(&'a ValueSet),
    /// Every code of a system.
    All(&'a CodeSystem),
    /// It came with the question.
    Supplied(&'a Value),
}

/// `url|version`, cut.
pub(super) fn cut_version(canonical: &str) -> (&str, Option<&str>) {
    match canonical.split_once('|') {
        Some((url, version)) => (url, Some(version).filter(|version| !version.is_empty())),
        None => (canonical, None),
    }
}

/// The version of a list as FHIR writes it: what follows a `;` is a remark.
pub(super) fn fhir_version(version: &str) -> &str {
    version.split(';').next().unwrap_or_default().trim()
}

impl Supplied {
    /// Reads the resources of these parameters.
    ///
    /// # Errors
    /// The first resource that cannot be used.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Failure> {
        let mut supplied = Self::default();
        for name in ["tx-resource", "codeSystem", "valueSet", "conceptMap"] {
            for (place, resource) in parameters.resources(name) {
                supplied.add(place, resource)?;
            }
        }
        Ok(supplied)
    }

    fn add(&mut self, place: &str, resource: &Value) -> Result<(), Failure> {
        match resource["resourceType"].as_str().unwrap_or_default() {
            "CodeSystem" => self.systems.push(supplied::code_system(place, resource)?),
            "ValueSet" => self.value_sets.push(resource.clone()),
            "ConceptMap" => self.maps.push(resource.clone()),
            other => return Err(supplied::other_type(place, other)),
        }
        Ok(())
    }

    /// The maps.
    pub(super) fn maps(&self) -> &[Value] {
        &self.maps
    }
}

impl<'a> Known<'a> {
    /// A code system by its name, `|version` allowed; the newest when no version is asked.
    pub(super) fn system(&self, name: &str, version: Option<&str>) -> Option<&'a CodeSystem> {
        let (url, own_version) = cut_version(name);
        let version = version.or(own_version);
        let supplied = self.supplied.systems.iter();
        let newest = supplied
            .filter(|system| system.url() == url && is_version(system.version(), version))
            .max_by(|a, b| a.version().cmp(b.version()));
        newest.or_else(|| {
            let held = self.terminology.code_system(url).into_iter();
            held.chain(self.earlier_systems(url))
                .find(|system| is_version(fhir_version(system.version()), version))
        })
    }

    /// A system as it was before releases replaced it, the last one first.
    fn earlier_systems(&self, url: &str) -> impl Iterator<Item = &'a CodeSystem> + use<'a> {
        let known = self.terminology.code_system(url);
        let earlier = self.terminology.earlier_code_systems().iter().rev();
        earlier.filter(move |system| known.is_some_and(|known| known.url() == system.url()))
    }

    /// A value set as it was before releases replaced it, the last one first.
    fn earlier_value_sets(&self, url: &str) -> impl Iterator<Item = &'a ValueSet> + use<'a> {
        let known = self.terminology.value_set_named(url);
        let earlier = self.terminology.earlier_value_sets().iter().rev();
        earlier.filter(move |set| {
            known.is_some_and(|known| known.url() == set.url() && known.oid() == set.oid())
        })
    }

    /// The versions of a system that are here.
    pub(super) fn versions_of(&self, name: &str) -> Vec<&'a str> {
        let (url, _) = cut_version(name);
        let supplied = self.supplied.systems.iter();
        let held = self.terminology.code_system(url);
        supplied
            .filter(|system| system.url() == url)
            .chain(held)
            .chain(self.earlier_systems(url))
            .map(|system| fhir_version(system.version()))
            .filter(|version| !version.is_empty())
            .collect()
    }

    /// A code system that must be known.
    ///
    /// # Errors
    /// [`FailureReason::Unknown`], with the versions that are known.
    pub(super) fn get_system(
        &self,
        place: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<&'a CodeSystem, Failure> {
        self.system(name, version).ok_or_else(|| {
            let versions = self.versions_of(name);
            let name = with_version(name, version);
            Failure::one(
                FailureReason::Unknown,
                unknown_system(place, &name, &versions),
            )
        })
    }

    /// A value set by its name, `|version` allowed.
    pub(super) fn value_set(&self, name: &str, version: Option<&str>) -> Option<SetRef<'a>> {
        let (url, own_version) = cut_version(name);
        let version = version.or(own_version);
        let text = |set: &'a Value, key: &str| set[key].as_str().unwrap_or_default();
        let supplied = self.supplied.value_sets.iter();
        let newest = supplied
            .filter(|set| text(set, "url") == url && is_version(text(set, "version"), version))
            .max_by(|a, b| text(a, "version").cmp(text(b, "version")));
        if let Some(set) = newest {
            return Some(SetRef::Supplied(set));
        }
        if let Some(system) = url.strip_suffix(ALL_CODES) {
            return self.system(system, version).map(SetRef::All);
        }
        let held = self.terminology.value_set_named(url).into_iter();
        let held = held.filter(|set| set.kind() == ListKind::ValueSet);
        held.chain(self.earlier_value_sets(url))
            .find(|set| is_version(fhir_version(set.version()), version))
            .map(SetRef::Held)
    }

    /// The versions of a value set that are here.
    fn versions_of_set(&self, name: &str) -> Vec<&'a str> {
        let (url, _) = cut_version(name);
        let newest = self.value_set(url, None).map(|set| set.version());
        let earlier = self.earlier_value_sets(url);
        let earlier = earlier.map(|set| fhir_version(set.version()));
        newest.into_iter().chain(earlier).collect()
    }

    /// A value set that must be known.
    ///
    /// # Errors
    /// [`FailureReason::Unknown`].
    pub(super) fn get_value_set(
        &self,
        place: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<SetRef<'a>, Failure> {
        self.value_set(name, version).ok_or_else(|| {
            let versions = self.versions_of_set(name);
            Failure::one(
                FailureReason::Unknown,
                unknown_value_set(place, &with_version(name, version), &versions),
            )
        })
    }

    /// The value set that a question is about: the one that came with it, or the one it names.
    ///
    /// # Errors
    /// [`Failure`] when there is none.
    pub(super) fn asked_value_set(
        &self,
        parameters: &Parameters,
        instance: Option<SetRef<'a>>,
    ) -> Result<SetRef<'a>, Failure> {
        if let Some(set) = instance {
            return Ok(set);
        }
        if let Some(url) = parameters.text("url") {
            let version = parameters.text("valueSetVersion");
            return self.get_value_set(parameters.place("url"), url, version);
        }
        if parameters.resources("valueSet").next().is_some() {
            // Read before: it is the last one that came.
            if let Some(set) = self.supplied.value_sets.last() {
                return Ok(SetRef::Supplied(set));
            }
        }
        Err(super::problem::missing(
            "url",
            "Donnez l'URL du jeu de valeurs (url), ou le jeu lui-même (valueSet).",
            "Give the URL of the value set (url), or the set itself (valueSet).",
        ))
    }
}

impl<'a> SetRef<'a> {
    /// Canonical URL; empty when it has none.
    pub(super) fn url(self) -> String {
        match self {
            Self::Held(set) => value_set_url(set),
            Self::All(system) => format!("{}{ALL_CODES}", system.url()),
            Self::Supplied(set) => set["url"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Version; empty when it has none.
    pub(super) fn version(self) -> &'a str {
        match self {
            Self::Held(set) => fhir_version(set.version()),
            Self::All(system) => fhir_version(system.version()),
            Self::Supplied(set) => set["version"].as_str().unwrap_or_default(),
        }
    }

    /// `url|version`.
    pub(super) fn canonical(self) -> String {
        with_version(&self.url(), Some(self.version()))
    }
}

/// Canonical URL of a held value set: its own, else `urn:oid:` and its OID.
pub(super) fn value_set_url(set: &ValueSet) -> String {
    match (set.url(), set.oid()) {
        (Some(url), _) => url.to_owned(),
        (None, Some(oid)) => format!("urn:oid:{oid}"),
        (None, None) => String::new(),
    }
}

/// `url|version`; the URL alone without a version.
pub(super) fn with_version(url: &str, version: Option<&str>) -> String {
    match version {
        Some(version) if !version.is_empty() && !url.contains('|') => format!("{url}|{version}"),
        _ => url.to_owned(),
    }
}

/// True when that version is the one asked for; nothing asked takes any, and an `x` any number in
/// its place: `1.x` takes `1.2`.
pub(super) fn is_version(own: &str, asked: Option<&str>) -> bool {
    let Some(asked) = asked else {
        return true;
    };
    let fits = |(own, asked): (&str, &str)| asked == own || asked == "x";
    let has_all = || asked.split('.').count() <= own.split('.').count();
    let is_pattern = asked.split('.').any(|part| part == "x");
    asked == own || is_pattern && has_all() && own.split('.').zip(asked.split('.')).all(fits)
}
