//! What an attempt to send came to: for the delivery, for its destination, and when to try again.

use time::{Duration, OffsetDateTime};

use crate::{
    clock::instant_text,
    mssante::smtp::{Scope, SendError},
    outbox::{DeliveryEvent, Hindrance, NoAddress, Retry, destination_wait, next_attempt},
    storage::{DueDelivery, StorageError, WriteTransaction},
};

/// The result of an attempt, before it is written down.
#[derive(Debug)]
pub(super) struct Attempt {
    pub event: DeliveryEvent,
    pub reason: Option<String>,
    pub detail: Option<String>,
    /// SHA-256 of the mail, when one was made.
    pub mail_sha256: Option<String>,
    /// Whom the operator's failure concerns.
    pub failed: Option<Scope>,
    pub retry_in: Option<Duration>,
}

impl Attempt {
    /// Nothing more is tried.
    pub fn given_up(reason: &str, detail: Option<String>) -> Self {
        Self {
            event: DeliveryEvent::GivenUp,
            reason: Some(reason.to_owned()),
            detail,
            mail_sha256: None,
            failed: None,
            retry_in: None,
        }
    }

    /// The report no longer counts.
    pub fn withdrawn(event: DeliveryEvent) -> Self {
        Self {
            event,
            reason: Some(event.as_str().to_owned()),
            detail: None,
            mail_sha256: None,
            failed: None,
            retry_in: None,
        }
    }

    /// The patient objects.
    pub fn opposed() -> Self {
        Self {
            event: DeliveryEvent::Opposed,
            reason: Some(NoAddress::PatientOpposition.as_str().to_owned()),
            detail: None,
            mail_sha256: None,
            failed: None,
            retry_in: None,
        }
    }

    /// The operator failed, refused or was away.
    pub fn failed(error: &SendError, due: &DueDelivery, age: Duration) -> Self {
        let (reason, detail) = match error {
            SendError::Refused { code, text, .. } => (format!("smtp-{code}"), text.clone()),
            SendError::Unreachable { source, .. } => ("unreachable".to_owned(), source.to_string()),
            SendError::Tls(cause) => ("tls".to_owned(), cause.to_string()),
            SendError::LogIn { .. } => ("log-in".to_owned(), error.to_string()),
            SendError::TooLarge { .. } => ("too-large".to_owned(), error.to_string()),
            SendError::Unknown(_) => ("unknown".to_owned(), error.to_string()),
        };
        match retry(error, &due.id, due.attempts, age) {
            Retry::After(wait) => Self {
                event: DeliveryEvent::Deferred,
                reason: Some(reason),
                detail: Some(detail),
                mail_sha256: None,
                failed: Some(error.scope()),
                retry_in: Some(wait),
            },
            Retry::GiveUp => Self {
                failed: Some(error.scope()),
                ..Self::given_up(&reason, Some(detail))
            },
        }
    }
}

/// When to try again what failed that way, at its attempt number `attempts`, once it is `age` old.
pub(super) fn retry(error: &SendError, id: &str, attempts: i64, age: Duration) -> Retry {
    // The last byte of a random identifier spreads mails that failed together.
    let spread = id.bytes().last().unwrap_or_default().wrapping_mul(16);
    let hindrance = match error {
        SendError::Unknown(_) => Hindrance::Ambiguous,
        SendError::Refused { text, .. } if is_about_full_mailbox(text) => Hindrance::FullMailbox,
        _ if error.scope() == Scope::Operator => Hindrance::Operator,
        _ if error.is_transient() => Hindrance::Passing,
        _ => return Retry::GiveUp,
    };
    next_attempt(attempts, age, spread, hindrance)
}

/// Keeps what the attempt tells of the whole destination: that it works, or how long it is left alone.
pub(super) async fn tell_destination(
    writing: &mut WriteTransaction,
    due: &DueDelivery,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> Result<(), StorageError> {
    let now_text = instant_text(now);
    match attempt.failed {
        Some(Scope::Destination) => {
            let failures = writing.failures_of_destination(&due.destination, &now_text);
            let Some(failures) = failures.await? else {
                return Ok(());
            };
            let retry_at = instant_text(now + destination_wait(failures + 1));
            let reason = attempt.reason.as_deref().unwrap_or_default();
            writing
                .fail_destination(&due.destination, reason, &now_text, &retry_at)
                .await
        }
        Some(Scope::Operator) => Ok(()),
        // The operator took or refused the mail itself: the way to the destination is open.
        Some(Scope::Mail) => writing.clear_destination(&due.destination, &now_text).await,
        None if attempt.event == DeliveryEvent::Accepted => {
            writing.clear_destination(&due.destination, &now_text).await
        }
        None => Ok(()),
    }
}

/// True when the operator's words begin with the enhanced code of a full mailbox.
///
/// **Source:** RFC 3463, 3.3.
fn is_about_full_mailbox(text: &str) -> bool {
    ["4.2.2", "5.2.2"].iter().any(|code| text.starts_with(code))
}
