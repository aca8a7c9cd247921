//! A report goes to its patient too: only where the settings allow it, only when somebody asks for that
//! report, and never when it is hidden.

use super::Context;
use crate::{
    cda::{self, Patient},
    config::Environment,
    finding::{Bilingual, Finding},
    identifiers::{InsAuthority, MssanteAddress, PATIENT_DOMAIN},
    mssante::{
        mail::has_whole_ins,
        visibility::{Marks, Matrix, Order},
    },
    outbox::{DeliveryState, Purpose},
    rcp::Standing,
    storage::{NewDelivery, OppositionScope, StorageError},
};

/// Why a report does not go to its patient.
#[derive(Debug, thiserror::Error)]
pub enum PatientDeliveryError {
    /// There is no such report.
    #[error("there is no such report")]
    NotFound,
    /// A rule forbids it.
    #[error("the report may not be sent to the patient")]
    Forbidden(Box<Finding>),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// Orders the delivery of a report to its patient. The same order again changes nothing.
///
/// # Errors
/// [`PatientDeliveryError`]; nothing is queued then.
pub async fn send_to_patient(
    context: &Context,
    report_id: &str,
) -> Result<(), PatientDeliveryError> {
    let storage = &context.storage;
    let report = storage
        .find_report(report_id)
        .await?
        .ok_or(PatientDeliveryError::NotFound)?;
    let marks = storage.find_marks(report_id).await?;
    if report.standing != Standing::Current {
        return Err(Rule::Standing.refused());
    }
    may_go_to_patient(context, marks)?;
    let cda = storage.find_content(&report.cda_sha256).await?;
    let document = cda
        .and_then(|cda| cda::read(&cda).ok())
        .ok_or(PatientDeliveryError::NotFound)?;
    let address = patient_box(&document.header.patient, context.region.environment)
        .ok_or(Rule::Identity.refused())?;
    if !context
        .sender
        .as_ref()
        .is_some_and(|sender| sender.trusted.trusts(&address))
    {
        return Err(Rule::Settings.refused());
    }
    if storage.opposes(report_id, OppositionScope::Patient).await? {
        return Err(Rule::Opposition.refused());
    }
    let deliveries = storage.list_deliveries_of(report_id).await?;
    let mut purposes = deliveries.iter().map(|delivery| delivery.purpose);
    if purposes.any(|purpose| purpose == Purpose::Patient) {
        return Ok(());
    }
    let (ids, now) = (context.mail_ids(), context.now_text());
    let mut writing = storage.begin_write().await?;
    writing
        .insert_delivery(&NewDelivery {
            id: &ids.id,
            report_id,
            purpose: Purpose::Patient,
            recipient_rpps: None,
            recipient_address: Some(address.as_str()),
            message_id: &ids.message_id,
            submission_id: &ids.submission_id,
            state: DeliveryState::Pending,
            reason: None,
            at: &now,
        })
        .await?;
    writing.commit().await?;
    tracing::info!(report.id = report_id, "delivery to the patient ordered");
    Ok(())
}

/// Asked when the order is given, and again before the mail leaves.
pub(super) fn may_go_to_patient(
    context: &Context,
    marks: Marks,
) -> Result<(), PatientDeliveryError> {
    if !context.patients.delivery {
        return Err(Rule::Settings.refused());
    }
    let order = Order {
        marks,
        to_professionals: !marks.is_masked,
        to_patient: true,
        ..Order::default()
    };
    match Matrix::embedded().audience(order, context.patients.visibility) {
        Ok(audience) if audience.patient => Ok(()),
        _ => Err(Rule::Hidden.refused()),
    }
}

/// True when the matrix lets a document with these marks leave for a professional.
pub(super) fn may_go_to_professionals(context: &Context, marks: Marks) -> bool {
    let order = Order {
        marks,
        to_professionals: true,
        ..Order::default()
    };
    let also = Order {
        to_patient: context.patients.delivery,
        ..order
    };
    [order, also].into_iter().any(|order| {
        Matrix::embedded()
            .audience(order, context.patients.visibility)
            .is_ok_and(|audience| audience.professionals)
    })
}

/// The patient's own box: that of a whole INS of the environment.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.2.6.
fn patient_box(patient: &Patient, environment: Environment) -> Option<MssanteAddress> {
    let ins = patient.ins()?;
    let is_real = InsAuthority::from_oid(&ins.root)?.is_production();
    let matricule = ins.extension.as_deref()?;
    let fits = is_real == (environment == Environment::Production);
    (fits && has_whole_ins(patient) && matricule.len() == 15)
        .then(|| format!("{matricule}@{PATIENT_DOMAIN}").parse().ok())?
}

/// What forbids it.
#[derive(Clone, Copy)]
enum Rule {
    Settings,
    Standing,
    Hidden,
    Identity,
    Opposition,
}

impl Rule {
    fn refused(self) -> PatientDeliveryError {
        let (rule, fr, en, fr_cure, en_cure) = match self {
            Self::Settings => (
                "P-PAT-1",
                "L'envoi aux patients n'est pas activé.",
                "Delivery to patients is not switched on.",
                "Activer patients.delivery, avec patient.mssante.fr dans mail.trusted_domains.",
                "Switch patients.delivery on, with patient.mssante.fr in mail.trusted_domains.",
            ),
            Self::Standing => (
                "P-PAT-2",
                "Ce compte rendu a été remplacé ou annulé.",
                "This report was replaced or cancelled.",
                "Demander l'envoi de la version en vigueur.",
                "Ask for the current version.",
            ),
            Self::Hidden => (
                "P-PAT-3",
                "Le document est masqué, ou sa combinaison de visibilité n'est pas admise.",
                "The document is hidden, or its combination of visibility is not allowed.",
                "Ne rien envoyer tant que son auteur n'a pas levé le masquage.",
                "Send nothing as long as its author has not lifted the mark.",
            ),
            Self::Opposition => (
                "P-PAT-5",
                "Le patient s'oppose à l'envoi dans sa boîte.",
                "The patient objects to reports in their box.",
                "Remettre le compte rendu autrement, ou enregistrer que le patient ne s'y oppose plus.",
                "Hand the report over another way, or record that the patient no longer objects.",
            ),
            Self::Identity => (
                "P-PAT-4",
                "Le document ne porte pas une INS complète de cet environnement.",
                "The document does not bear a whole INS of this environment.",
                "Qualifier l'identité du patient et envoyer une nouvelle version.",
                "Qualify the patient's identity and send a new version.",
            ),
        };
        PatientDeliveryError::Forbidden(Box::new(Finding::error(
            rule,
            "report",
            Bilingual::new(fr, en),
            Bilingual::new(fr_cure, en_cure),
        )))
    }
}
