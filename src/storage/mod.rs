//! The only SQL of Passerelle: one text per statement, held to what SQLite and PostgreSQL do alike.
//!
//! A reading goes through [`Storage`], a writing through a [`WriteTransaction`], in which the
//! journal keeps what arrived beside what is made of it.

mod accounts;
mod database;
mod deliveries;
mod delivery_views;
mod directory_feeds;
mod draft_applications;
mod error;
mod exports;
mod flush_turn;
mod follow_ups;
mod governance_notices;
mod idempotency_keys;
mod journal;
mod ledger;
mod listings;
mod logins;
mod mail_answers;
mod national_releases;
mod offer_realignment;
mod patient_oppositions;
mod published_offers;
mod quarantine_releases;
mod queue;
mod recipient_mailboxes;
mod recipients;
mod refusals;
mod report_closings;
mod report_follow_up;
mod report_index;
mod report_marks;
mod report_search;
mod report_versions;
mod reports;
mod resource_history;
mod resource_writing;
mod resources;
mod search;
mod search_conditions;
mod search_include;
mod search_matches;
mod search_near;
mod search_rows;
mod search_text;
mod sql_text;
mod write_turn;

pub use accounts::Account;
pub use database::{Engine, Storage, WriteTransaction};
pub use deliveries::{Delivery, NewDelivery, Step};
pub use delivery_views::{LedgerLine, RecentReport, StateCount};
pub use directory_feeds::{ChangedOffer, MemberQuery};
pub use draft_applications::Draft;
pub use error::StorageError;
pub use exports::{ExportFile, ExportJob, ExportLine, ExportProgress};
pub use follow_ups::{DueNotice, NewNotice};
pub use governance_notices::{DueGovernanceNotice, NewGovernanceNotice};
pub use idempotency_keys::KeyedAnswer;
pub use journal::{Arrival, JournalOutcome};
pub use listings::ListedStructure;
pub use logins::{LinkPurpose, NewLink, NewSession, OpenLink, OpenSession};
pub use mail_answers::{AnswerStep, DueAnswer, InboundOutcome, NewAnswer};
pub use national_releases::NationalRelease;
pub use offer_realignment::{OfferVersion, RealignedVersion, RealignmentState};
pub use patient_oppositions::{Opposition, OppositionScope};
pub use published_offers::{ChangedResource, DirectoryState};
pub use quarantine_releases::{HeldMail, QuarantineRelease};
pub use queue::{DueDelivery, DueDestination, Lease};
pub use recipient_mailboxes::{Decision, DecisionKind, StoredMailbox};
pub use recipients::{Listing, Recipient, WaitingDelivery};
pub use refusals::{NewRefusal, Refusal};
pub use report_closings::Closing;
pub use report_follow_up::{
    FollowUpFilter, FollowUpPage, FollowedReport, FunnelCount, Grouping, Stage, Wanted, Work,
};
pub use report_index::{KeyKind, ReportIndex, ReportKey, UnindexedReport};
pub use report_search::{FoundReport, ReportCondition, ReportDate, ReportSearch};
pub use report_versions::StoredVersion;
pub use reports::{NewReport, Report};
pub use resource_history::{HistoryPlace, HistoryQuery, HistoryRow};
pub use resource_writing::{CurrentResource, fingerprint_of};
pub use resources::{Reader, StoredResource, Upsert};
pub use search::SearchPage;
