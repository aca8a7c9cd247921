//! A mail brings documents: from a DCC, a hospital, a physician. It is checked in its three layers, kept,
//! its reports are handed to their journey, and whoever sent it is answered once.

use super::{
    AcceptError, Acknowledged, Context, Handover, accept,
    rcp_acknowledgement::{is_from_trusted_space, key_of},
    rcp_quarantine::keep_refused_mail,
};
use crate::{
    finding::{Bilingual, Finding, accepts},
    identifiers::MssanteAddress,
    metrics::ByOutcome,
    mssante::{
        answer,
        error_codes::software_label,
        mail_check::{self, CheckedMail},
        receipt::ReceivedMail,
        xdm::{Action, ArchivedDocument},
    },
    storage::{
        Arrival, InboundOutcome, JournalOutcome, NewAnswer, QuarantineRelease, StorageError,
        WriteTransaction,
    },
};

/// Where reports that came by mail come from.
const SOURCE: &str = "mssante";

/// What is made of a mail of documents.
enum Verdict {
    /// Every document was taken in.
    Taken {
        /// The report; of several, the first.
        report_id: String,
    },
    /// A document is refused, and its sender is told.
    Refused {
        /// Reason, from the table of business errors.
        code: u16,
        /// In words.
        label: String,
        /// Everything that is wrong.
        findings: Vec<Finding>,
        /// True when the quarantine of the reports has it, with the document.
        is_kept: bool,
    },
    /// A person must decide; nobody is answered before.
    Held {
        /// Why.
        findings: Vec<Finding>,
    },
}

/// Takes in a mail of documents. Doing it again changes nothing.
///
/// # Errors
/// [`StorageError`]; the mail must then stay where it is, to be taken again.
pub(super) async fn take_documents(
    context: &Context,
    mail: &[u8],
    received: &ReceivedMail,
) -> Result<Acknowledged, StorageError> {
    let key = key_of(received, mail);
    if context.storage.has_inbound_mail(&key).await? {
        return Ok(Acknowledged::Repeated);
    }
    let verdict = judge(context, mail, received).await?;
    write_down(context, mail, &key, &verdict).await
}

/// Checks the mail, and hands its documents to the journey of the reports.
async fn judge(
    context: &Context,
    mail: &[u8],
    received: &ReceivedMail,
) -> Result<Verdict, StorageError> {
    if !is_from_trusted_space(context, received) {
        return Ok(Verdict::Held {
            findings: vec![untrusted()],
        });
    }
    let (bytes, limits) = (mail.to_vec(), context.archives);
    let checked = tokio::task::spawn_blocking(move || mail_check::check(&bytes, &limits))
        .await
        .map_err(|_| StorageError::Lost("mail"))?;
    let CheckedMail {
        archive,
        archive_bytes,
        coherence,
        unopened,
        ..
    } = checked;
    let Some(archive) = archive else {
        return Ok(refused(906, unopened.into_iter().collect()));
    };
    if !accepts(&archive.findings) {
        return Ok(refused(906, archive.findings));
    }
    if !coherence.is_empty() {
        return Ok(Verdict::Held {
            findings: coherence,
        });
    }
    hand_over(context, archive.documents, archive_bytes).await
}

/// Hands the documents of an archive to the journey of the reports: a document alone with its archive,
/// which says what is to be done with it.
async fn hand_over(
    context: &Context,
    documents: Vec<ArchivedDocument>,
    archive: Vec<u8>,
) -> Result<Verdict, StorageError> {
    let withdraws = documents
        .iter()
        .any(|document| document.action == Action::Delete);
    let contents: Vec<Vec<u8>> = match documents.len() {
        1 => vec![archive],
        _ if withdraws => return Ok(refused(906, Vec::new())),
        _ => documents.into_iter().map(|document| document.cda).collect(),
    };
    let mut report_id = None;
    for bytes in &contents {
        let handover = Handover {
            bytes,
            source: SOURCE,
            key: None,
        };
        match accept(context, handover).await {
            Ok(accepted) => report_id = report_id.or(Some(accepted.report_id)),
            Err(AcceptError::Storage(error)) => return Err(error),
            Err(
                AcceptError::Unreadable(findings)
                | AcceptError::Invalid(findings)
                | AcceptError::Conflict { findings, .. },
            ) => {
                let code = code_of(&findings);
                return Ok(Verdict::Refused {
                    code,
                    label: label_of(code, &findings),
                    findings,
                    is_kept: true,
                });
            }
        }
    }
    Ok(match report_id {
        Some(report_id) => Verdict::Taken { report_id },
        None => refused(906, Vec::new()),
    })
}

fn refused(code: u16, findings: Vec<Finding>) -> Verdict {
    Verdict::Refused {
        code,
        label: label_of(code, &findings),
        findings,
        is_kept: false,
    }
}

/// The business error that these findings amount to. 902 (*patient unknown*) is never one: a report
/// brings its patient with it, and no register of patients stands beside it.
///
/// **Source:** ANS, table `applicationErrorCondition`.
fn code_of(findings: &[Finding]) -> u16 {
    let breaks = |rules: &[&str]| findings.iter().any(|finding| rules.contains(&finding.rule));
    if breaks(&["P-VER-1", "P-VER-2", "P-VER-5"]) {
        900
    } else if breaks(&["P-VER-4"]) {
        901
    } else if breaks(&["R-INS-1", "R-INS-2"]) {
        903
    } else if breaks(&["P-VER-3", "R-INS-3"]) {
        904
    } else if breaks(&["R-INS-4", "R-INS-5", "R-INS-6", "R-INS-7"]) {
        905
    } else {
        906
    }
}

/// The label of a code; of the last one, which says nothing, what is wrong first.
fn label_of(code: u16, findings: &[Finding]) -> String {
    let first = findings
        .iter()
        .find(|finding| !accepts(std::slice::from_ref(finding)));
    match first {
        Some(finding) if code == 906 => finding.message.fr.clone(),
        _ => software_label(code).to_owned(),
    }
}

fn untrusted() -> Finding {
    Finding::error(
        "MAIL-UNTRUSTED",
        "From",
        Bilingual::new(
            "l'expéditeur est hors de l'espace de confiance",
            "the sender lies outside the trusted space",
        ),
        Bilingual::new(
            "vérifier d'où vient ce courriel ; ajouter le domaine à mail.trusted_domains s'il est légitime",
            "check where this mail comes from; add its domain to mail.trusted_domains when it is legitimate",
        ),
    )
}

/// Keeps the mail, what was made of it and the answer, in one transaction.
async fn write_down(
    context: &Context,
    mail: &[u8],
    key: &str,
    verdict: &Verdict,
) -> Result<Acknowledged, StorageError> {
    let now = context.now_text();
    let arrival_id = context.ids.next();
    let arrival = Arrival {
        id: &arrival_id,
        bytes: mail,
        source: "mail",
        media_type: "message/rfc822",
        received_at: &now,
    };
    let (word, report_id, findings) = match verdict {
        Verdict::Taken { report_id } => ("taken", Some(report_id.as_str()), None),
        Verdict::Refused {
            findings, is_kept, ..
        } => ("refused", None, (!is_kept).then_some(findings)),
        Verdict::Held { findings } => ("held", None, Some(findings)),
    };
    let mut writing = context.storage.begin_write().await?;
    match findings.filter(|findings| !findings.is_empty()) {
        Some(findings) => keep_refused_mail(&mut writing, arrival, findings).await?,
        None => {
            writing
                .insert_arrival(arrival, JournalOutcome::Accepted)
                .await?;
        }
    }
    let is_new = writing
        .insert_inbound_mail(key, &arrival_id, "document", None, &now)
        .await?;
    if !is_new {
        return Ok(Acknowledged::Repeated);
    }
    let outcome = InboundOutcome { word, report_id };
    writing.settle_inbound_mail(key, outcome).await?;
    let answered = Answered {
        mail,
        key,
        arrival_id: &arrival_id,
        now: &now,
    };
    queue_answer(context, &mut writing, &answered, verdict).await?;
    writing.commit().await?;
    let metric = match verdict {
        Verdict::Taken { .. } => "document",
        Verdict::Refused { .. } => "document-refused",
        Verdict::Held { .. } => "document-held",
    };
    let outcome = ByOutcome { outcome: metric };
    context.metrics.inbound_mails.get_or_create(&outcome).inc();
    tracing::info!(
        journal.id = arrival_id,
        report.id = report_id,
        outcome = word,
        "mail of documents taken in"
    );
    Ok(match verdict {
        Verdict::Taken { .. } => Acknowledged::Matched,
        Verdict::Refused { .. } | Verdict::Held { .. } => Acknowledged::Unmatched,
    })
}

/// A mail that was held, and that a person lets in.
pub(super) struct Released<'a> {
    pub mail: &'a [u8],
    pub message_key: &'a str,
    pub journal_id: &'a str,
    pub author: &'a str,
    pub note: &'a str,
}

/// Hands the documents of a held mail to the journey of the reports, keeps who let them in, and
/// answers the sender; the findings when a document is refused, which leaves the mail held.
pub(super) async fn let_in(
    context: &Context,
    released: &Released<'_>,
    documents: Vec<ArchivedDocument>,
    archive: Vec<u8>,
) -> Result<Result<String, Vec<Finding>>, StorageError> {
    let verdict = hand_over(context, documents, archive).await?;
    let report_id = match &verdict {
        Verdict::Taken { report_id } => report_id.clone(),
        Verdict::Refused { findings, .. } | Verdict::Held { findings } => {
            return Ok(Err(findings.clone()));
        }
    };
    let now = context.now_text();
    let mut writing = context.storage.begin_write().await?;
    let release = QuarantineRelease {
        journal_id: released.journal_id.to_owned(),
        report_id: report_id.clone(),
        author: released.author.to_owned(),
        note: released.note.to_owned(),
        at: now.clone(),
    };
    if writing.insert_quarantine_release(&release).await? {
        let outcome = InboundOutcome {
            word: "taken",
            report_id: Some(&report_id),
        };
        writing
            .settle_inbound_mail(released.message_key, outcome)
            .await?;
        let answered = Answered {
            mail: released.mail,
            key: released.message_key,
            arrival_id: released.journal_id,
            now: &now,
        };
        queue_answer(context, &mut writing, &answered, &verdict).await?;
        writing.commit().await?;
        tracing::warn!(
            journal.id = released.journal_id,
            report.id = report_id,
            "held mail let in"
        );
    }
    Ok(Ok(report_id))
}

/// The mail that is answered.
struct Answered<'a> {
    mail: &'a [u8],
    key: &'a str,
    arrival_id: &'a str,
    now: &'a str,
}

/// Writes the answer to send, when somebody may be answered.
async fn queue_answer(
    context: &Context,
    writing: &mut WriteTransaction,
    answered: &Answered<'_>,
    verdict: &Verdict,
) -> Result<(), StorageError> {
    let refusal = match verdict {
        Verdict::Held { .. } => return Ok(()),
        Verdict::Taken { .. } => None,
        Verdict::Refused { code, label, .. } => Some((*code, label.as_str())),
    };
    let Some(sender) = &context.sender else {
        return Ok(());
    };
    let (kind, recipient) = match answer::plan(answered.mail, &sender.address, refusal.is_some()) {
        Ok(plan) => plan,
        Err(none) => {
            tracing::info!(journal.id = answered.arrival_id, %none, "mail not answered");
            return Ok(());
        }
    };
    if !sender.trusted.trusts(&recipient) {
        return Ok(());
    }
    let id = context.ids.next();
    let message_id = format!("{id}@{}", MssanteAddress::domain(&sender.address));
    writing
        .insert_answer(NewAnswer {
            id: &id,
            message_key: answered.key,
            journal_id: answered.arrival_id,
            kind,
            recipient: &recipient,
            message_id: &message_id,
            refusal,
            at: answered.now,
        })
        .await
}
