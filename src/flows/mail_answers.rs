//! Answers leave: what a mail that brought documents became is told to whoever sent it, once.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Attempted, Context, Sender, Sent};
use crate::{
    clock::instant_text,
    identifiers::MssanteAddress,
    metrics::ByOutcome,
    mssante::{
        answer,
        mdn::{Answer, Outcome, Returned},
        return_path::ReturnPath,
        smtp::{Envelope, Reports, Scope, SmtpClient},
    },
    storage::{AnswerStep, DueAnswer, StorageError},
};

/// How long a worker may keep an answer.
const LEASE: Duration = Duration::minutes(15);

/// Waits between attempts, in minutes; then the answer is given up.
const WAITS: [i64; 8] = [1, 5, 15, 60, 120, 240, 480, 480];

/// Sends the answer that has been due for longest: `None` when none is.
///
/// # Errors
/// [`StorageError`].
pub async fn answer_next(
    context: &Context,
    client: &mut SmtpClient,
) -> Result<Option<Attempted>, StorageError> {
    let Some(sender) = &context.sender else {
        return Ok(None);
    };
    let now = context.clock.now();
    let token = context.ids.next();
    let due = context
        .storage
        .claim_answer(&token, &instant_text(now), &instant_text(now + LEASE))
        .await?;
    let Some(due) = due else {
        return Ok(None);
    };
    let attempt = attempt(context, sender, client, &due).await?;
    let next = attempt.wait.map(|wait| instant_text(now + wait));
    let (state, outcome) = match attempt.sent {
        Sent::Accepted => ("sent", "answer-sent"),
        Sent::Deferred => ("pending", "answer-deferred"),
        Sent::GivenUp | Sent::Withdrawn | Sent::Lost => ("failed", "answer-failed"),
    };
    let step = AnswerStep {
        state,
        detail: Some(&attempt.detail),
        next_attempt_at: next.as_deref(),
    };
    let sent = match context.storage.record_answer(&due.id, &token, step).await {
        Ok(()) => attempt.sent,
        Err(StorageError::Lost(_)) => Sent::Lost,
        Err(error) => return Err(error),
    };
    let outcome = ByOutcome { outcome };
    context.metrics.attempts.get_or_create(&outcome).inc();
    tracing::info!(
        answer.id = due.id,
        kind = due.kind.as_str(),
        state,
        "answer attempted"
    );
    Ok(Some(Attempted {
        sent,
        failed: attempt.failed,
    }))
}

/// The result of an attempt, before it is written down.
struct Attempt {
    sent: Sent,
    detail: String,
    wait: Option<Duration>,
    failed: Option<Scope>,
}

impl Attempt {
    fn given_up(detail: String) -> Self {
        Self {
            sent: Sent::GivenUp,
            detail,
            wait: None,
            failed: None,
        }
    }
}

/// Makes the answer and hands it to the operator.
async fn attempt(
    context: &Context,
    sender: &Sender,
    client: &mut SmtpClient,
    due: &DueAnswer,
) -> Result<Attempt, StorageError> {
    let original = context.storage.find_content(&due.sha256).await?;
    let recipient = due.recipient.parse::<MssanteAddress>();
    let at = OffsetDateTime::parse(&due.created_at, &Rfc3339);
    let (Some(original), Ok(recipient), Ok(at)) = (original, recipient, at) else {
        return Ok(Attempt::given_up(
            "the mail to answer is not there".to_owned(),
        ));
    };
    let mail = match bytes(sender, due, &original, at) {
        Ok(mail) => mail,
        Err(none) => return Ok(Attempt::given_up(none.to_string())),
    };
    let envelope = Envelope {
        sender: None,
        recipient: &recipient,
        envelope_id: &due.id,
        reports: Reports::Never,
    };
    Ok(match client.send(&envelope, &mail).await {
        Ok(accepted) => Attempt {
            sent: Sent::Accepted,
            detail: accepted.reply,
            wait: None,
            failed: None,
        },
        Err(error) => {
            let attempts = usize::try_from(due.attempts).unwrap_or(usize::MAX);
            let minutes = WAITS.get(attempts.saturating_sub(1));
            let wait = minutes.filter(|_| error.is_transient());
            Attempt {
                sent: if wait.is_some() {
                    Sent::Deferred
                } else {
                    Sent::GivenUp
                },
                wait: wait.map(|minutes| Duration::minutes(*minutes)),
                failed: Some(error.scope()),
                detail: error.to_string(),
            }
        }
    })
}

/// The answer, with the whole mail that it answers when the operator takes so much.
fn bytes(
    sender: &Sender,
    due: &DueAnswer,
    original: &[u8],
    at: OffsetDateTime,
) -> Result<Vec<u8>, crate::mssante::mdn::NoAnswer> {
    let return_path = ReturnPath::of_mail(original);
    let written = |returned| {
        let answer = Answer {
            original,
            return_path: return_path.clone(),
            recipient: &sender.address,
            outcome: match &due.refusal {
                None => Outcome::Integrated,
                Some((code, label)) => Outcome::Rejected { code: *code, label },
            },
            message_id: &due.message_id,
            at,
            nil: &sender.nil,
            returned,
        };
        answer::write(due.kind, &answer)
    };
    let whole = written(Returned::Whole)?;
    if whole.len() <= sender.max_mail_bytes {
        Ok(whole)
    } else {
        written(Returned::Headers)
    }
}
