//! What `profiles/` says: the types of FHIR, what is searched, what is checked. The one source of
//! validation, search indexing and the `CapabilityStatement`.

use std::sync::LazyLock;

use super::{
    definitions_error::DefinitionsError, search_parameters::SearchParameter, structure::Structures,
};

/// The files of `profiles/` that definitions are read from: path below it, content.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

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
        Ok(Self {
            structures,
            search_parameters,
        })
    }
}
