//! The patient of a report on one line, for those who have the right to the reports.

use std::fmt;

use super::Context;
use crate::{cda, storage::StorageError};

/// Who a report is about. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PatientLine {
    /// Family name at birth.
    pub family: String,
    /// First given name at birth.
    pub given: String,
    /// Day of birth, `YYYY-MM-DD`.
    pub born_on: String,
    /// National health identifier.
    pub ins: String,
}

impl fmt::Debug for PatientLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientLine(hidden)")
    }
}

/// The patient of that report; empty when its document cannot be read.
///
/// # Errors
/// [`StorageError`].
pub async fn patient_line(context: &Context, report_id: &str) -> Result<PatientLine, StorageError> {
    let storage = &context.storage;
    let Some(report) = storage.find_report(report_id).await? else {
        return Ok(PatientLine::default());
    };
    let bytes = storage.find_content(&report.cda_sha256).await?;
    let Some(Ok(document)) = bytes.as_deref().map(cda::read) else {
        return Ok(PatientLine::default());
    };
    let patient = &document.header.patient;
    let born_on = patient.birth_time.as_ref().and_then(|time| time.date());
    let ins = patient.ins().and_then(|id| id.extension.clone());
    Ok(PatientLine {
        family: patient.birth_family().unwrap_or_default().to_owned(),
        given: patient.first_birth_given().unwrap_or_default().to_owned(),
        born_on: born_on.map_or_else(String::new, |day| day.to_string()),
        ins: ins.unwrap_or_default(),
    })
}
