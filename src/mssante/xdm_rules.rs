//! What may be wrong in an archive, in words: what concerns its integrity refuses, the rest is told.
//!
//! **Source:** IHE ITI TF-2, ITI-32, and TF-3, 4.2; ANS, CI-SIS, *Service d'échange*.

use super::check_rule::{CheckRule, rule};
use crate::finding::Severity::{Error, Information, Warning};

/// The sender must make another archive.
const ASK: (&str, &str) = (
    "demander à l'émetteur une archive correcte",
    "ask the sender for a correct archive",
);
/// The metadata do not say what the document says.
const DERIVE: (&str, &str) = (
    "recalculer cette métadonnée à partir du document CDA",
    "derive this value from the CDA document again",
);
/// The archive is not made as agreed.
const PROFILE: (&str, &str) = (
    "produire l'archive selon le profil IHE XDM et le volet d'échange du CI-SIS",
    "make the archive as the IHE XDM profile and the exchange volet of the CI-SIS say",
);

/// No document.
pub(super) const NO_DOCUMENT: CheckRule = rule(
    "XDM-DOCUMENT",
    Error,
    (
        "l'archive n'annonce aucun document",
        "the archive announces no document",
    ),
    ASK,
);

/// No file, or one for two documents.
pub(super) const NO_FILE: CheckRule = rule(
    "XDM-URI",
    Error,
    (
        "le fichier annoncé n'est pas dans l'archive, ou il est annoncé deux fois",
        "the file announced is not in the archive, or is announced twice",
    ),
    ASK,
);

/// Another hash.
pub(super) const HASH: CheckRule = rule(
    "XDM-HASH",
    Error,
    (
        "l'empreinte annoncée n'est pas celle du fichier",
        "the hash announced is not that of the file",
    ),
    ASK,
);

/// Another size.
pub(super) const SIZE: CheckRule = rule(
    "XDM-SIZE",
    Error,
    (
        "la taille annoncée n'est pas celle du fichier",
        "the size announced is not that of the file",
    ),
    ASK,
);

/// No CDA document.
pub(super) const NOT_CDA: CheckRule = rule(
    "XDM-CDA",
    Error,
    (
        "le fichier n'est pas un document CDA lisible",
        "the file is not a CDA document that can be read",
    ),
    ASK,
);

/// A document wrapped in the sheet that shows it.
pub(super) const SELF_DISPLAYING: CheckRule = rule(
    "XDM-XSLT",
    Error,
    (
        "le fichier est un document auto-présentable (une feuille XSLT qui contient le CDA) : il n'est pas intégré",
        "the file is a self-displaying document (an XSLT sheet that holds the CDA): it is not taken in",
    ),
    ASK,
);

/// Another document.
pub(super) const UNIQUE_ID: CheckRule = rule(
    "XDM-ID",
    Error,
    (
        "l'identifiant annoncé n'est pas celui du document",
        "the identifier announced is not that of the document",
    ),
    ASK,
);

/// Another patient.
pub(super) const PATIENT: CheckRule = rule(
    "XDM-PATIENT",
    Error,
    (
        "le patient annoncé n'est pas celui du document",
        "the patient announced is not that of the document",
    ),
    ASK,
);

/// Several patients.
pub(super) const PATIENTS: CheckRule = rule(
    "XDM-PATIENTS",
    Error,
    (
        "les documents de l'archive ne concernent pas le même patient",
        "the documents of the archive are not of the same patient",
    ),
    ASK,
);

/// An unknown action.
pub(super) const ACTION: CheckRule = rule(
    "XDM-ACTION",
    Error,
    (
        "l'action demandée n'est ni un remplacement ni une suppression",
        "the action asked for is neither a replacement nor a deletion",
    ),
    ASK,
);

/// A replacement of nothing.
pub(super) const NO_PARENT: CheckRule = rule(
    "XDM-PARENT",
    Error,
    (
        "un remplacement est demandé, mais le document ne dit pas lequel il remplace",
        "a replacement is asked for, but the document names none that it replaces",
    ),
    ASK,
);

/// Another type.
pub(super) const TYPE: CheckRule = rule(
    "XDM-TYPE",
    Error,
    (
        "le type annoncé n'est pas celui du document",
        "the type announced is not that of the document",
    ),
    DERIVE,
);

/// Another tree.
pub(super) const TREE: CheckRule = rule(
    "XDM-TREE",
    Warning,
    (
        "un fichier n'a pas sa place dans l'archive, ou un fichier attendu y manque",
        "a file has no place in the archive, or one that is expected is missing",
    ),
    PROFILE,
);

/// Names that old systems do not read.
pub(super) const NAMES: CheckRule = rule(
    "XDM-NAMES",
    Warning,
    (
        "un nom de fichier n'est pas en majuscules au format 8.3",
        "the name of a file is not in capitals in the 8.3 format",
    ),
    PROFILE,
);

/// A readme that old systems do not read.
pub(super) const README: CheckRule = rule(
    "XDM-README",
    Warning,
    (
        "README.TXT n'est pas un texte ASCII dont les lignes finissent par CR LF",
        "README.TXT is not an ASCII text whose lines end with CR LF",
    ),
    PROFILE,
);

/// A page that does more than present.
pub(super) const INDEX: CheckRule = rule(
    "XDM-INDEX",
    Warning,
    (
        "INDEX.HTM contient un script, ou un lien hors de l'archive",
        "INDEX.HTM holds a script, or a link out of the archive",
    ),
    PROFILE,
);

/// Another order.
pub(super) const SCHEMA: CheckRule = rule(
    "XDM-SCHEMA",
    Warning,
    (
        "METADATA.XML ne suit pas l'ordre du schéma ebRIM 3.0",
        "METADATA.XML does not follow the order of the ebRIM 3.0 schema",
    ),
    PROFILE,
);

/// A reference to nothing.
pub(super) const REFERENCE: CheckRule = rule(
    "XDM-REFERENCE",
    Warning,
    (
        "une référence de METADATA.XML ne désigne pas l'objet attendu",
        "a reference in METADATA.XML does not name the object expected",
    ),
    PROFILE,
);

/// Ties that are not wanted.
pub(super) const ASSOCIATION: CheckRule = rule(
    "XDM-ASSOCIATION",
    Warning,
    (
        "chaque document doit avoir une association HasMember au statut Original, et aucune autre",
        "each document must have one association HasMember of status Original, and no other",
    ),
    PROFILE,
);

/// Something missing.
pub(super) const MISSING: CheckRule = rule(
    "XDM-MISSING",
    Warning,
    (
        "une métadonnée obligatoire manque, ou n'a pas la forme voulue",
        "a value that METADATA.XML must have is missing or malformed",
    ),
    PROFILE,
);

/// Another instant.
pub(super) const TIME: CheckRule = rule(
    "XDM-TIME",
    Warning,
    (
        "une date de METADATA.XML n'est pas celle du document, en UTC et sans décalage",
        "an instant in METADATA.XML is not that of the document, in UTC and without offset",
    ),
    DERIVE,
);

/// Another code.
pub(super) const CODE: CheckRule = rule(
    "XDM-CODE",
    Warning,
    (
        "un code de METADATA.XML n'est pas celui du document, ou celui de son modèle",
        "a code in METADATA.XML is not that of the document, or of its model",
    ),
    DERIVE,
);

/// Other traits.
pub(super) const TRAITS: CheckRule = rule(
    "XDM-TRAITS",
    Warning,
    (
        "sourcePatientInfo ne dit pas les traits du document (PID-5 L, PID-7, PID-8)",
        "sourcePatientInfo does not say the traits of the document (PID-5 L, PID-7, PID-8)",
    ),
    DERIVE,
);

/// Another title, language or authenticator.
pub(super) const LABEL: CheckRule = rule(
    "XDM-LABEL",
    Warning,
    (
        "le titre, la langue ou le responsable annoncé n'est pas celui du document",
        "the title, language or authenticator announced is not that of the document",
    ),
    DERIVE,
);

/// A hash in small letters.
pub(super) const HASH_CASE: CheckRule = rule(
    "XDM-HASH-CASE",
    Information,
    (
        "l'empreinte est attendue en majuscules",
        "the hash is expected in capitals",
    ),
    PROFILE,
);

/// An identifier that the DMP refuses.
pub(super) const ID_EXTENSION: CheckRule = rule(
    "XDM-ID-EXTENSION",
    Information,
    (
        "le DMP n'accepte pas un identifiant de document avec extension",
        "the DMP takes no document identifier with an extension",
    ),
    PROFILE,
);
