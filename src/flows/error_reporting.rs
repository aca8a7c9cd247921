//! A visitor says that something is wrong with an offer: kept, told to who answers for it, closed by
//! somebody of the network.

use time::Duration;

use super::{Context, governance_notices, read_offer};
use crate::{
    clock::instant_text,
    governance::Role,
    storage::{ErrorReport, StorageError},
};

/// Kind of the mail that tells of a report.
const NOTICE: &str = "error-report";
/// Reports about one offer that are taken in an hour, and about all: nobody is asked who they are, so
/// the limit is on what comes, not on who sends it.
const MOST_AN_HOUR: (i64, i64) = (5, 100);
/// Longest message, in characters.
pub const MAX_MESSAGE: usize = 1_000;
/// Longest address or telephone, in characters.
pub const MAX_CONTACT: usize = 200;

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// It is closed, or no longer given.
    Closed,
    /// The telephone or the web site does not answer.
    Unreachable,
    /// Place or hours are others.
    Place,
    /// For whom, price or conditions are others.
    Terms,
    /// Something else.
    Other,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It is kept.
    Kept,
    /// The same was said already.
    Known,
    /// Too many came within an hour.
    TooMany,
    /// No such offer is published.
    NoOffer,
    /// There is no word in it.
    Empty,
}

impl Subject {
    /// Every subject, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Closed,
        Self::Unreachable,
        Self::Place,
        Self::Terms,
        Self::Other,
    ];

    /// Its name in forms and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "ferme",
            Self::Unreachable => "injoignable",
            Self::Place => "lieu",
            Self::Terms => "conditions",
            Self::Other => "autre",
        }
    }

    /// The subject of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|subject| subject.as_str() == name)
    }
}

/// Keeps what a visitor says, and tells the referent of the structure and the network.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn report_error(
    ctx: &Context,
    offer_id: &str,
    subject: Subject,
    message: &str,
    contact: &str,
) -> Result<Reported, StorageError> {
    let Some(sheet) = read_offer(ctx, offer_id).await? else {
        return Ok(Reported::NoOffer);
    };
    let cut = |text: &str, most: usize| -> String { text.trim().chars().take(most).collect() };
    let message = cut(message, MAX_MESSAGE);
    if message.is_empty() && subject == Subject::Other {
        return Ok(Reported::Empty);
    }
    let mut tx = ctx.storage.begin_write().await?;
    let since = instant_text(ctx.clock.now() - Duration::HOUR);
    let (of_offer, of_all) = tx.count_error_reports(offer_id, &since).await?;
    if of_offer >= MOST_AN_HOUR.0 || of_all >= MOST_AN_HOUR.1 {
        return Ok(Reported::TooMany);
    }
    let report = ErrorReport {
        id: ctx.ids.next(),
        offer_id: offer_id.to_owned(),
        offer_name: sheet.card.name,
        subject: subject.as_str().to_owned(),
        message,
        contact: cut(contact, MAX_CONTACT),
        received_at: ctx.now_text(),
    };
    if !tx.insert_error_report(&report).await? {
        return Ok(Reported::Known);
    }
    let mut told = Vec::new();
    told.extend(tx.find_referent(&sheet.structure_id).await?);
    let network = tx.list_accounts_of(Role::Regional).await?;
    told.extend(network.into_iter().map(|account| account.id));
    for account in &told {
        governance_notices::insert(ctx, &mut tx, account, NOTICE, &sheet.structure_id).await?;
    }
    tx.commit().await?;
    tracing::info!(
        offer.id = offer_id,
        told = told.len(),
        "a visitor reported an error"
    );
    Ok(Reported::Kept)
}

/// Notes that somebody dealt with a report; false when it is not open.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn close_error_report(
    ctx: &Context,
    id: &str,
    author: &str,
) -> Result<bool, StorageError> {
    let mut tx = ctx.storage.begin_write().await?;
    let is_closed = tx.close_error_report(id, author, &ctx.now_text()).await?;
    tx.commit().await?;
    Ok(is_closed)
}
