//! A report as a letter to the physician whom mail does not reach.

use super::Context;
use crate::{
    cda::{self, Address, Attending, Document},
    identifiers::Rpps,
    rendering::{Letter, RenderError, letter},
    storage::StorageError,
};

/// Why there is no letter.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// There is no such report, or it cannot be read.
    #[error("there is no such report")]
    NotFound,
    /// The report names nobody to write to.
    #[error("the report names no attending physician")]
    NobodyToWriteTo,
    /// It cannot be set on pages.
    #[error("the letter cannot be written")]
    Rendering(#[from] RenderError),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// The letter: a cover with the address where the window of the envelope shows it, then the report.
/// Without a postal address the window holds the name alone, to be completed by hand.
///
/// # Errors
/// [`LetterError`].
pub async fn physician_letter(context: &Context, report_id: &str) -> Result<Vec<u8>, LetterError> {
    let storage = &context.storage;
    let report = storage.find_report(report_id).await?;
    let report = report.ok_or(LetterError::NotFound)?;
    let bytes = storage.find_content(&report.cda_sha256).await?;
    let document = bytes.as_deref().map(cda::read);
    let Some(Ok(document)) = document else {
        return Err(LetterError::NotFound);
    };
    let Attending::Known(participant) = document.header.attending_physician() else {
        return Err(LetterError::NobodyToWriteTo);
    };
    let person = &participant.person;
    let rpps: Option<Rpps> = person
        .id_nat()
        .and_then(|id_nat| Rpps::from_id_nat(id_nat).ok());
    let mirrored = match &rpps {
        Some(rpps) => storage.find_mirrored(rpps).await?,
        None => None,
    };
    let mirrored: Vec<String> = mirrored
        .map(|recipient| {
            recipient
                .postal_address
                .lines()
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    let address = if mirrored.is_empty() {
        written_address(&document)
    } else {
        mirrored
    };
    let name = [&person.name.given, &person.name.family]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let (label, phone) = match &context.sender {
        Some(sender) => (sender.label.as_str(), sender.contact_phone.as_str()),
        None => ("Passerelle", ""),
    };
    let today = context.clock.now().date();
    let content = Letter {
        sender: label,
        phone,
        recipient: &format!("Docteur {name}"),
        address: &address,
        on: today,
        reference: report_id,
    };
    Ok(letter(&content, &document)?)
}

/// The postal address that the document gives: of the physician's practice, else of the physician.
fn written_address(document: &Document) -> Vec<String> {
    let Attending::Known(participant) = document.header.attending_physician() else {
        return Vec::new();
    };
    let person = &participant.person;
    let practice = person.organization.as_ref();
    let address = practice
        .and_then(|practice| practice.addresses.first())
        .or(person.addresses.first());
    let Some(address) = address else {
        return Vec::new();
    };
    let name = practice.and_then(|practice| practice.name.clone());
    name.into_iter().chain(lines_of(address)).collect()
}

/// The lines of an address of a document.
///
/// **Source:** ANS, CI-SIS, *structuration minimale*, `addr`.
fn lines_of(address: &Address) -> Vec<String> {
    let join = |names: &[&str]| {
        let parts: Vec<&str> = names.iter().filter_map(|name| address.part(name)).collect();
        parts.join(" ")
    };
    let street = match address.part("streetAddressLine") {
        Some(_) => address
            .parts
            .iter()
            .filter(|(name, _)| name == "streetAddressLine")
            .map(|(_, text)| text.clone())
            .collect(),
        None => vec![join(&[
            "houseNumber",
            "houseNumberNumeric",
            "streetNameType",
            "streetName",
        ])],
    };
    let mut lines = vec![join(&["additionalLocator", "unitID"])];
    lines.extend(street);
    lines.push(join(&["postBox", "postalCode", "city"]));
    lines.extend(address.text.clone());
    lines.retain(|line| !line.trim().is_empty());
    lines
}
