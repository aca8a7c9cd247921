//! A report leaves: pack, write the mail, hand it to the operator, write down what it said.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Context, Packing, RenderingError, Sender,
    patient_delivery::{may_go_to_patient, may_go_to_professionals},
    rcp_attempt::Attempt,
    rcp_rendering::{archive, pdf},
    rcp_results::{AttemptResult, AttemptResults},
};
use crate::{
    cda,
    config::Archives,
    finding::Severity,
    identifiers::MssanteAddress,
    metrics::ByOutcome,
    mssante::{
        mail, mail_check,
        smtp::{Envelope, Reports, Scope, SmtpClient},
        xdm::KnownDocument,
    },
    outbox::{DeliveryEvent, NoAddress, Purpose},
    rcp::Standing,
    storage::{DueDelivery, StorageError},
    terminology::Terminology,
};

/// Claims in a row that ended without a result, the last ones alone in their worker, after which a
/// mail is taken for what ends it, and set aside.
const MAX_INTERRUPTIONS: i64 = 6;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The operator took the mail over.
    Accepted,
    /// It will be tried again.
    Deferred,
    /// It will not.
    GivenUp,
    /// Nothing was sent: the report no longer counts.
    Withdrawn,
    /// Another worker took the delivery meanwhile: its word counts, not ours.
    Lost,
}

/// What became of one attempt, and whom a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// What became of the delivery.
    pub sent: Sent,
    /// Whom the operator's failure concerns; `None` when there was none.
    pub failed: Option<Scope>,
}

/// Sends one claimed delivery, and writes the result while the lease is ours. No transaction is
/// open during the talk with the operator; the mail has the same bytes at every attempt.
///
/// # Errors
/// [`StorageError`] when the report cannot be read or the result cannot be written.
pub async fn send(
    context: &Context,
    results: &AttemptResults,
    client: &mut SmtpClient,
    due: &DueDelivery,
    lease_token: &str,
) -> Result<Attempted, StorageError> {
    let attempt = match attempt(context, client, due).await {
        Ok(attempt) => attempt,
        Err(error) => {
            // Nothing was sent: another worker may try at once.
            context
                .storage
                .release_deliveries(lease_token, Some(&due.id))
                .await?;
            return Err(error);
        }
    };
    let sent = match attempt.event {
        DeliveryEvent::Accepted => Sent::Accepted,
        DeliveryEvent::Deferred => Sent::Deferred,
        DeliveryEvent::Superseded | DeliveryEvent::Cancelled | DeliveryEvent::Opposed => {
            Sent::Withdrawn
        }
        _ => Sent::GivenUp,
    };
    let result = Arc::new(AttemptResult {
        due: due.clone(),
        lease_token: lease_token.to_owned(),
        attempt,
    });
    let attempt = &result.attempt;
    let sent = match results.write_down(context, &result).await {
        Ok(()) => sent,
        Err(StorageError::Lost(_)) => Sent::Lost,
        Err(error) => return Err(error),
    };
    let outcome = match sent {
        Sent::Accepted => "accepted",
        Sent::Deferred => "deferred",
        Sent::GivenUp => "given-up",
        Sent::Withdrawn => "withdrawn",
        Sent::Lost => "lost",
    };
    context
        .metrics
        .attempts
        .get_or_create(&ByOutcome { outcome })
        .inc();
    tracing::info!(
        delivery.id = due.id,
        report.id = due.report_id,
        attempt = due.attempts,
        outcome,
        reason = attempt.reason.as_deref(),
        "delivery attempted"
    );
    Ok(Attempted {
        sent,
        failed: attempt.failed,
    })
}

/// Makes the mail and hands it to the operator.
async fn attempt(
    context: &Context,
    client: &mut SmtpClient,
    due: &DueDelivery,
) -> Result<Attempt, StorageError> {
    if due.interruptions >= MAX_INTERRUPTIONS {
        return Ok(Attempt::given_up("interrupted", None));
    }
    let job = match load(context, due).await? {
        Ok(job) => job,
        Err(hindrance) => return Ok(hindrance),
    };
    let job = Arc::new(job);
    let maker = Arc::clone(&job);
    let mail = match tokio::task::spawn_blocking(move || maker.build()).await {
        Ok(Ok(mail)) => mail,
        Ok(Err(reason)) => return Ok(Attempt::given_up("not-packed", Some(reason))),
        // A fault of ours, which would be met again: the mails behind it must pass.
        Err(_) => return Ok(Attempt::given_up("not-packed", Some("fault".to_owned()))),
    };
    if mail.len() > job.sender.max_mail_bytes {
        let detail = format!("{} bytes", mail.len());
        return Ok(Attempt::given_up("too-large", Some(detail)));
    }
    let envelope = Envelope {
        sender: Some(&job.sender.address),
        recipient: &job.recipient,
        envelope_id: &due.id,
        reports: Reports::All,
    };
    let attempt = match client.send(&envelope, &mail).await {
        Ok(accepted) => Attempt {
            event: DeliveryEvent::Accepted,
            reason: None,
            detail: Some(accepted.reply),
            mail_sha256: None,
            failed: None,
            retry_in: None,
        },
        Err(error) => Attempt::failed(&error, due, context.clock.now() - job.packing.submitted_at),
    };
    Ok(Attempt {
        mail_sha256: Some(hex::encode(Sha256::digest(&mail))),
        ..attempt
    })
}

/// Fetches what the mail is made of; `Ok(Err(…))` when it can never be made, which must not hold up
/// the deliveries behind it.
async fn load(
    context: &Context,
    due: &DueDelivery,
) -> Result<Result<MailJob, Attempt>, StorageError> {
    let Some(sender) = context.sender.clone() else {
        return Ok(Err(Attempt::given_up("no-sender", None)));
    };
    let Ok(recipient) = due.recipient_address.parse::<MssanteAddress>() else {
        return Ok(Err(Attempt::given_up("bad-address", None)));
    };
    // Asked again here: the trusted space may have shrunk since the report was taken in.
    if !sender.trusted.trusts(&recipient) {
        let reason = NoAddress::UntrustedDomain.as_str();
        return Ok(Err(Attempt::given_up(reason, None)));
    }
    // Asked again here: the report, the settings and the patient's word may have changed since the
    // delivery was claimed.
    let report = context
        .storage
        .find_sendable_report(&due.report_id, due.purpose)
        .await?;
    let Some(report) = report else {
        return Ok(Err(Attempt::given_up("not-packed", None)));
    };
    if matches!(due.purpose, Purpose::Report | Purpose::Patient) {
        match report.standing {
            Standing::Current => {}
            Standing::Superseded => return Ok(Err(Attempt::withdrawn(DeliveryEvent::Superseded))),
            Standing::Cancelled => return Ok(Err(Attempt::withdrawn(DeliveryEvent::Cancelled))),
        }
    }
    let marks = report.marks;
    let is_allowed = match due.purpose {
        Purpose::Patient => may_go_to_patient(context, marks).is_ok(),
        Purpose::Report | Purpose::Cancellation => may_go_to_professionals(context, marks),
        // It takes back what the patient holds, whatever the settings say today.
        Purpose::PatientCancellation => true,
    };
    if !is_allowed {
        return Ok(Err(Attempt::given_up("hidden", None)));
    }
    if report.is_opposed {
        return Ok(Err(Attempt::opposed()));
    }
    // The mail is dated by its delivery, not by the attempt: a repeat has the same bytes.
    let created_at = OffsetDateTime::parse(&due.created_at, &Rfc3339).ok();
    let (Some(cda), Some(created_at)) = (report.cda, created_at) else {
        return Ok(Err(Attempt::given_up("not-packed", None)));
    };
    let packing = Packing {
        is_withdrawal: due.purpose.withdrawn().is_some(),
        submission_id: due.submission_id.clone(),
        marks,
        ..context.packing(created_at)
    };
    Ok(Ok(MailJob {
        sender,
        recipient,
        message_id: due.message_id.clone(),
        replaced: report.replaced_message_id,
        packing,
        archives: context.archives,
        terminology: context.terminology.load(),
        cda,
    }))
}

/// What a mail is made of.
struct MailJob {
    sender: Sender,
    recipient: MssanteAddress,
    message_id: String,
    replaced: Option<String>,
    packing: Packing,
    archives: Archives,
    terminology: Arc<Terminology>,
    cda: Vec<u8>,
}

impl MailJob {
    /// The whole mail, or the reason why there is none.
    fn build(&self) -> Result<Vec<u8>, String> {
        let told = |error: RenderingError| error.to_string();
        let document = cda::read(&self.cda).map_err(|error| error.to_string())?;
        let document = Arc::new(document);
        let archive =
            archive(&document, &self.cda, &self.packing, &self.terminology).map_err(told)?;
        let pdf = pdf(&document).map_err(told)?;
        let mail = mail::write(&mail::DocumentMail {
            from: &self.sender.address,
            from_label: &self.sender.label,
            reply_to: self.sender.reply_to.as_ref(),
            to: &self.recipient,
            message_id: &self.message_id,
            replaced_message_id: self.replaced.as_deref(),
            at: self.packing.submitted_at,
            nil: &self.sender.nil,
            contact_phone: &self.sender.contact_phone,
            document: &document,
            action: self.packing.action(&document),
            reader: if self.recipient.is_patient() {
                mail::Reader::Patient
            } else {
                mail::Reader::Professional
            },
            words: None,
            archive: &archive,
            pdf: &pdf,
        });
        // What leaves is read back as its recipient will: headers, metadata and document must agree.
        let known = KnownDocument {
            cda: &self.cda,
            document: &document,
        };
        let checked = mail_check::check_written(&mail, &self.archives, known);
        let mut faults: Vec<String> = checked
            .findings()
            .filter(|finding| finding.severity > Severity::Information)
            .map(|finding| format!("{} {}", finding.rule, finding.place))
            .collect();
        faults.dedup();
        if faults.is_empty() {
            Ok(mail)
        } else {
            Err(faults.join(", "))
        }
    }
}
