//! What may be wrong in a mail that carries health documents, in words.
//!
//! What contradicts the documents refuses; what is not as agreed is told, and refuses before sending.
//!
//! **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1 to 2.4; RFC 5322; RFC 2047; RFC 8098, 2.1.

use super::check_rule::{CheckRule, rule};
use crate::finding::Severity::{Error, Information, Warning};

/// The mail is not made as agreed.
const AGREED: (&str, &str) = (
    "composer le courriel selon le référentiel socle MSSanté (ECO.2.1 à 2.4)",
    "write the mail as the MSSanté référentiel socle says (ECO.2.1 to 2.4)",
);
/// The layers contradict each other.
const COMPARE: (&str, &str) = (
    "vérifier que l'archive jointe est bien celle que le courriel annonce, puis le renvoyer",
    "check that the archive attached is the one that the mail announces, then send it again",
);

/// No archive, or several.
pub(super) const NO_ARCHIVE: CheckRule = rule(
    "MAIL-ARCHIVE",
    Error,
    (
        "le courriel n'a pas exactement une pièce jointe IHE_XDM.zip",
        "the mail does not have exactly one attachment IHE_XDM.zip",
    ),
    AGREED,
);

/// Not a mail.
pub(super) const UNREADABLE: CheckRule = rule(
    "MAIL-UNREADABLE",
    Error,
    ("le courriel ne peut pas être lu", "the mail cannot be read"),
    AGREED,
);

/// Another patient.
pub(super) const PATIENT: CheckRule = rule(
    "MAIL-PATIENT",
    Error,
    (
        "l'objet du courriel ne nomme pas le patient du document",
        "the subject of the mail does not name the patient of the document",
    ),
    COMPARE,
);

/// Other documents.
pub(super) const CODES: CheckRule = rule(
    "MAIL-CODECDA",
    Error,
    (
        "X-MSS-CODECDA ne dit pas les types des documents joints",
        "X-MSS-CODECDA does not say the types of the documents attached",
    ),
    COMPARE,
);

/// The box of another patient.
pub(super) const PATIENT_BOX: CheckRule = rule(
    "MAIL-PATIENT-BOX",
    Error,
    (
        "la boîte du patient n'est pas celle de l'INS du document",
        "the patient's box is not the one of the INS in the document",
    ),
    COMPARE,
);

/// A document hidden from whoever receives it.
pub(super) const HIDDEN: CheckRule = rule(
    "MAIL-HIDDEN",
    Error,
    (
        "le document est masqué à son destinataire",
        "the document is hidden from its recipient",
    ),
    COMPARE,
);

/// No mark at the head of the subject.
pub(super) const PREFIX: CheckRule = rule(
    "MAIL-SUBJECT-PREFIX",
    Warning,
    (
        "l'objet ne commence pas par XDM/1.0/DDM+",
        "the subject does not begin with XDM/1.0/DDM+",
    ),
    AGREED,
);

/// A mark that is encoded.
pub(super) const RAW_PREFIX: CheckRule = rule(
    "MAIL-SUBJECT-RAW",
    Information,
    (
        "l'objet brut ne commence pas par XDM/1.0/DDM+ : certains serveurs ne le reconnaîtront pas",
        "the raw subject does not begin with XDM/1.0/DDM+: some servers will not recognise it",
    ),
    AGREED,
);

/// Another label.
pub(super) const LABEL: CheckRule = rule(
    "MAIL-SUBJECT-LABEL",
    Warning,
    (
        "l'objet ne porte pas le libellé du type de document, coupé à 40 caractères",
        "the subject does not bear the label of the type of document, cut at 40 characters",
    ),
    AGREED,
);

/// Names written otherwise.
pub(super) const NAMES: CheckRule = rule(
    "MAIL-SUBJECT-NAMES",
    Warning,
    (
        "l'objet doit porter le nom de naissance en majuscules puis le prénom, sans accent",
        "the subject must bear the birth name in capitals, then the given name, without accents",
    ),
    AGREED,
);

/// A date written otherwise.
pub(super) const DATE: CheckRule = rule(
    "MAIL-SUBJECT-DATE",
    Warning,
    (
        "la date de l'objet n'est pas de la forme JJ/MM/AAAA",
        "the date in the subject is not of the form DD/MM/YYYY",
    ),
    AGREED,
);

/// An encoded word that some readers spoil.
pub(super) const ENCODED_WORD: CheckRule = rule(
    "MAIL-SUBJECT-WORD",
    Warning,
    (
        "un mot encodé de l'objet dépasse 75 caractères ou coupe un caractère",
        "an encoded word of the subject is longer than 75 characters or cuts a character",
    ),
    AGREED,
);

/// Several recipients.
pub(super) const RECIPIENTS: CheckRule = rule(
    "MAIL-TO",
    Warning,
    (
        "le courriel doit avoir un seul destinataire, et ni copie ni copie cachée",
        "the mail must have one recipient, and neither copy nor blind copy",
    ),
    AGREED,
);

/// Nobody may answer.
pub(super) const NOTIFY: CheckRule = rule(
    "MAIL-DNT",
    Warning,
    (
        "Disposition-Notification-To doit porter une seule adresse, celle de l'expéditeur de l'enveloppe",
        "Disposition-Notification-To must bear one address, that of the sender of the envelope",
    ),
    AGREED,
);

/// No label, or a sender beside the author.
pub(super) const SENDER: CheckRule = rule(
    "MAIL-FROM",
    Warning,
    (
        "From doit porter un libellé et une adresse, et Sender être absent",
        "From must bear a label and an address, and Sender be absent",
    ),
    AGREED,
);

/// No product number.
pub(super) const NIL: CheckRule = rule(
    "MAIL-NIL",
    Warning,
    ("X-MSS-NIL manque", "X-MSS-NIL is missing"),
    AGREED,
);

/// Another mark of the INS.
pub(super) const INS: CheckRule = rule(
    "MAIL-INS",
    Warning,
    (
        "X-MSS-INS doit valoir O quand le document porte l'INS et ses traits, N sinon",
        "X-MSS-INS must be O when the document bears the INS and its traits, else N",
    ),
    AGREED,
);

/// A mark that is for patients alone.
pub(super) const MES: CheckRule = rule(
    "MAIL-MES",
    Warning,
    (
        "X-MSS-MES vaut FIN, et seulement vers patient.mssante.fr",
        "X-MSS-MES is FIN, and only toward patient.mssante.fr",
    ),
    AGREED,
);

/// No readable copy, or several.
pub(super) const PDF: CheckRule = rule(
    "MAIL-PDF",
    Warning,
    (
        "le courriel doit joindre une copie PDF par document",
        "the mail must attach one PDF copy for each document",
    ),
    AGREED,
);

/// Another name of the copy.
pub(super) const PDF_NAME: CheckRule = rule(
    "MAIL-PDF-NAME",
    Warning,
    (
        "le nom de la copie PDF doit être AAAAMMJJ_type_NOM_prenom.pdf, avec une forme ASCII",
        "the name of the PDF copy must be YYYYMMDD_type_NAME_given.pdf, with an ASCII form",
    ),
    AGREED,
);

/// A copy that may not last.
pub(super) const PDF_KIND: CheckRule = rule(
    "MAIL-PDF-KIND",
    Information,
    ("la copie n'est pas un PDF/A-1", "the copy is not a PDF/A-1"),
    AGREED,
);

/// No body that everybody reads.
pub(super) const BODY: CheckRule = rule(
    "MAIL-BODY",
    Warning,
    (
        "le corps doit être un texte UTF-8 (text/plain ou multipart/alternative)",
        "the body must be a text in UTF-8 (text/plain or multipart/alternative)",
    ),
    AGREED,
);

/// Lines that servers cut.
pub(super) const LINES: CheckRule = rule(
    "MAIL-LINES",
    Warning,
    (
        "une ligne dépasse 998 octets, ou ne finit pas par CR LF",
        "a line is longer than 998 bytes, or does not end with CR LF",
    ),
    AGREED,
);

/// A header that may hide another.
pub(super) const CONTROL: CheckRule = rule(
    "MAIL-CONTROL",
    Warning,
    (
        "un en-tête contient un caractère de contrôle",
        "a header holds a control character",
    ),
    AGREED,
);

/// An attachment that servers may change.
pub(super) const ENCODING: CheckRule = rule(
    "MAIL-BASE64",
    Warning,
    (
        "une pièce jointe n'est pas encodée en base64",
        "an attachment is not encoded in base64",
    ),
    AGREED,
);

/// A replacement of a mail not named.
pub(super) const ANSWERS: CheckRule = rule(
    "MAIL-REPLACES",
    Information,
    (
        "un remplacement doit nommer le courriel précédent (In-Reply-To)",
        "a replacement should name the mail before it (In-Reply-To)",
    ),
    AGREED,
);

/// No list of types.
pub(super) const CODES_MISSING: CheckRule = rule(
    "MAIL-CODECDA-MISSING",
    Warning,
    ("X-MSS-CODECDA manque", "X-MSS-CODECDA is missing"),
    AGREED,
);
