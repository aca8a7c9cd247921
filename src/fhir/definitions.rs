//! What `profiles/` says: the types of FHIR, what is searched, what is checked. The one source of
//! validation, search indexing and the `CapabilityStatement`.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use super::{
    ResourceType, definitions_error::DefinitionsError, element::text, profile_tree::Profile,
    search_parameters::SearchParameter, structure::Structures,
};

/// The files of `profiles/` that definitions are read from: path below it, content.
pub(super) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Read once: they are a constant of the program, too large to be one of the language.
static EMBEDDED: LazyLock<Definitions> = LazyLock::new(|| {
    Definitions::read(FILES).expect("the tests read the definitions that are built in")
});

/// The definitions.
#[derive(Debug)]
pub struct Definitions {
    /// Types of FHIR R4.
    pub structures: Structures,
    pub(super) search_parameters: Vec<SearchParameter>,
    profiles: Vec<Profile>,
    /// Value sets by canonical URL.
    pub(super) value_sets: HashMap<String, Value>,
}

impl Definitions {
    /// Those that the program was built with.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads the files of a folder such as `profiles/`: path below it, content.
    ///
    /// # Errors
    /// [`DefinitionsError`], with the file.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, DefinitionsError> {
        let table = |name: &str| {
            let found = files.iter().find(|(path, _)| *path == name);
            found
                .map(|(_, text)| *text)
                .ok_or_else(|| DefinitionsError::File {
                    file: name.to_owned(),
                    reason: "missing".to_owned(),
                })
        };
        let structures = Structures::read(
            table("r4/elements.csv")?,
            table("r4/primitives.csv")?,
            table("r4/codes.csv")?,
            table("r4/invariants.csv")?,
        )?;
        let mut search_parameters = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("search/")) {
            search_parameters.extend(SearchParameter::read_bundle(path, text)?);
        }
        let mut profiles = Vec::new();
        let mut value_sets = HashMap::new();
        for (path, text) in files {
            if path.starts_with("structures/") {
                profiles.push(Profile::read(path, json(path, text)?)?);
            } else if path.starts_with("valuesets/") {
                let set = json(path, text)?;
                let url = text_of(path, &set, "url")?;
                value_sets.insert(url, set);
            }
        }
        Ok(Self {
            structures,
            search_parameters,
            profiles,
            value_sets,
        })
    }

    /// The profile of that canonical URL, version aside, or the one that follows it.
    #[must_use]
    pub fn find_profile(&self, url: &str) -> Option<&Profile> {
        let url = url.split('|').next().unwrap_or(url);
        let is_own = |profile: &&Profile| profile.url == url;
        let follows = |profile: &&Profile| profile.follows.as_deref() == Some(url);
        let own = self.profiles.iter().find(is_own);
        own.or_else(|| self.profiles.iter().find(follows))
    }

    /// The profile whose canonical URL ends so.
    #[must_use]
    pub fn find_profile_called(&self, id: &str) -> Option<&Profile> {
        let is_called = |profile: &&Profile| profile.url.rsplit('/').next() == Some(id);
        self.profiles.iter().find(is_called)
    }

    /// The profile that every resource of a type is checked against.
    #[must_use]
    pub fn profile_of(&self, kind: ResourceType) -> Option<&Profile> {
        self.profiles_of(kind)
            .find(|profile| profile.follows.is_some())
    }

    /// The profiles of a type.
    pub fn profiles_of(&self, kind: ResourceType) -> impl Iterator<Item = &Profile> {
        self.profiles
            .iter()
            .filter(move |profile| profile.kind == kind.as_str())
    }

    /// Every profile.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }
}

fn json(file: &str, content: &str) -> Result<Value, DefinitionsError> {
    serde_json::from_str(content).map_err(|error| DefinitionsError::File {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

fn text_of(file: &str, resource: &Value, name: &str) -> Result<String, DefinitionsError> {
    let found = text(resource, name).map(str::to_owned);
    found.ok_or_else(|| DefinitionsError::File {
        file: file.to_owned(),
        reason: format!("{name} is missing"),
    })
}
