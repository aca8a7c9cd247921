//! Writing the directory out: as it is, or in the form that the national register takes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, NotComingBack, Told};
use crate::{
    directory::{MappingLoss, register_form},
    fhir::ResourceType,
    storage::StorageError,
};

/// Resources read at once.
const PAGE: i64 = 200;
/// Structures before places, and places before offers.
const TYPES: [ResourceType; 3] = [
    ResourceType::Organization,
    ResourceType::Location,
    ResourceType::HealthcareService,
];

/// In which form offers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// As they are kept, with what is ours.
    Network,
    /// Aligned on the register: national codes of the lists in force, each loss declared.
    Register,
}

/// What an export wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Resources of each type.
    pub written: BTreeMap<&'static str, u64>,
    /// What the national codes do not say, and of how many offers.
    pub losses: BTreeMap<MappingLoss, u64>,
    /// Offers whose national codes alone would not bring their categories and care types back.
    pub not_coming_back: Told<NotComingBack>,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error("the database failed during the export")]
    Storage(#[from] StorageError),
    /// What was written to failed.
    #[error("the export cannot be written")]
    Write(#[from] std::io::Error),
}

/// Hands every structure, place and offer to `write`, in an order in which what is referred to
/// comes first.
///
/// # Errors
/// [`ExportError`].
pub async fn export(
    ctx: &Context,
    form: ExportForm,
    write: &mut (dyn FnMut(&str) -> std::io::Result<()> + Send),
) -> Result<ExportReport, ExportError> {
    let terminology = ctx.terminology.load();
    let today = ctx.clock.now().date();
    let mut report = ExportReport::default();
    for kind in TYPES {
        let mut after = String::new();
        loop {
            let page = ctx.storage.list_resources_after(kind, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            last.id.clone_into(&mut after);
            for stored in &page {
                *report.written.entry(kind.as_str()).or_default() += 1;
                if kind != ResourceType::HealthcareService || form == ExportForm::Network {
                    write(&stored.json)?;
                    continue;
                }
                let offer: Value = serde_json::from_str(&stored.json)
                    .expect("what is kept was written from a JSON value");
                let (aligned, mapped) = register_form(&offer, &terminology, today);
                for loss in mapped.losses {
                    *report.losses.entry(loss).or_default() += 1;
                }
                let lost = NotComingBack::of(&offer, &terminology);
                report.not_coming_back.extend(lost);
                write(&aligned.to_string())?;
            }
        }
    }
    Ok(report)
}
