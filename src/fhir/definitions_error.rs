//! What can be wrong with the files of `profiles/`.

use super::fhirpath::InvalidExpression;

/// A file of `profiles/` that is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// A table has a line that is no line of it.
    #[error("{file} is not such a table")]
    Table {
        /// Its name.
        file: &'static str,
    },
    /// A file that is no JSON, or no resource of that kind.
    #[error("{file}: {reason}")]
    File {
        /// Its name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// An expression that is not understood.
    #[error("the expression of {of}: {cause}")]
    Expression {
        /// Key of the invariant, or code of the search parameter.
        of: String,
        /// Where.
        cause: InvalidExpression,
    },
}
