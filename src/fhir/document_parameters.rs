//! Search parameters of the reports shared as `DocumentReference`.
//!
//! **Source:** FHIR R4, `DocumentReference`; IHE MHD 4.2, ITI-67; ANS, `PDSm` 3.1.1.

/// A parameter: name, type, documentation.
pub type DocumentParameter = (&'static str, &'static str, &'static str);

/// Every parameter of `DocumentReference`.
pub const DOCUMENT_PARAMETERS: [DocumentParameter; 21] = [
    ("_id", "token", "Id"),
    (
        "_lastUpdated",
        "date",
        "Instant of the last change; prefixes eq ge le gt lt",
    ),
    ("identifier", "token", "Identity of the document"),
    ("status", "token", "current, superseded or entered-in-error"),
    ("type", "token", "Type of document"),
    ("category", "token", "Class of document"),
    ("format", "token", "Format of document"),
    ("facility", "token", "Kind of establishment"),
    ("setting", "token", "Setting of the care"),
    (
        "event",
        "token",
        "Act or topography that the document is about",
    ),
    ("security-label", "token", "Confidentiality"),
    ("date", "date", "Instant of arrival"),
    ("creation", "date", "Instant at which the document was made"),
    ("period", "date", "Time of the meeting"),
    ("period-start", "date", "Beginning of the meeting"),
    ("period-end", "date", "End of the meeting"),
    (
        "author.identifier",
        "token",
        "Identifier of an author: RPPS, or national identifier",
    ),
    (
        "custodian.identifier",
        "token",
        "Identifier of the structure: FINESS, SIRENE, or national identifier",
    ),
    (
        "relatesto:identifier",
        "token",
        "Identity of the document that is replaced",
    ),
    (
        "patient",
        "token",
        "Identifier of the patient; only in the body of POST _search",
    ),
    ("patient.identifier", "token", "As patient"),
];
