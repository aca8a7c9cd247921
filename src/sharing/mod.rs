//! A clinical document as FHIR shares it: `DocumentReference` and `Binary`.
//!
//! **Source:** ANS, *Partage de documents de santé en mobilité* (`PDSm`) 3.1.1; IHE MHD 4.2.

mod document_reference;
mod people;
mod systems;

pub use document_reference::{
    Replaced, SharedDocument, binary, document_bundle, document_reference,
};
pub use systems::{document_identity, identity_of_token, oid_of, professional, structure};
