//! The journeys: the only code that knows both a rule and the store.

mod bulk_export;
mod context;
mod directory_changes;
mod directory_export;
mod directory_feeds;
mod directory_refresh;
mod directory_search;
mod directory_statistics;
mod document_search;
mod document_sharing;
mod error_reporting;
mod follow_up;
mod follow_up_notices;
mod governance_accounts;
mod governance_acts;
mod governance_drafts;
mod governance_letters;
mod governance_logins;
mod governance_notices;
mod governance_papers;
mod governance_publication;
mod governance_returns;
mod governance_round;
mod governance_status;
mod governance_views;
mod idempotency;
mod import_batch;
mod import_findings;
mod import_options;
mod import_reading;
mod import_refusals;
mod import_report;
mod import_source;
mod inbound_documents;
mod ledger_verification;
mod mail_answers;
mod mapping_coverage;
mod mapping_tables;
mod offer_coverage;
mod offer_finding;
mod offer_publication;
mod offer_reading;
mod offer_realignment;
mod operations_overview;
mod patient_delivery;
mod patient_line;
mod patient_opposition;
mod physician_letter;
mod progress;
mod published_bundle;
mod published_offers;
mod quarantine_release;
mod rcp_acknowledgement;
mod rcp_attempt;
mod rcp_destination;
mod rcp_following_mails;
mod rcp_giving_up;
mod rcp_preparation;
mod rcp_quarantine;
mod rcp_reception;
mod rcp_rendering;
mod rcp_results;
mod rcp_sending;
mod rcp_versions;
mod rcp_writing;
mod recipient_decision;
mod recipient_release;
mod recipient_update;
mod release_effects;
mod release_switch;
mod report_format;
mod report_history;
mod report_index;
mod report_quarantine;
mod report_search;
mod resource_change;
mod resource_index;
mod resource_preparation;
mod resource_target;
mod resource_writing;
mod search_tally;
mod search_words;
mod validation;
mod write_checks;
mod write_context;
mod write_references;

pub use bulk_export::{
    BulkExportError, ExportReading, cancel_export, drop_expired_exports, export_manifest,
    find_export, open_export_file, prepare_next_export, request_export,
};
pub use context::{Context, MailWay, Relay, Sender};
pub use directory_changes::{Followed, follow_directory};
pub use directory_export::{ExportError, ExportForm, ExportReport, export};
pub use directory_feeds::{ChangePage, MemberPage, MemberPlace, offer_changes, structure_members};
pub use directory_refresh::{Freshness, RefreshError, Refreshed, refresh_recipients};
pub use directory_search::{SearchError, offer_cards, search, search_system};
pub use directory_statistics::{
    Delays, DirectoryStatistics, OfferFreshness, SEARCH_DAYS, directory_statistics,
};
pub use document_search::{DocumentPage, DocumentQuery, search_documents};
pub use document_sharing::{SharedResource, find_document, find_document_bytes, registered};
pub use error_reporting::{
    MAX_CONTACT, MAX_MESSAGE, Reported, Subject, close_error_report, report_error,
};
pub use follow_up::{
    FollowedPage, Funnel, WorkItem, count_work, funnel, list_followed, work, work_item,
};
pub use follow_up_notices::{Noted, note_follow_ups, send_notice};
pub use governance_accounts::{AccountError, close_account, name_referent, open_account};
pub use governance_acts::{ActError, Deed, act};
pub use governance_drafts::{
    Dossier, HandedIn, begin_application, dossier, hand_in, save_application,
};
pub use governance_logins::{
    Opened, Proof, Requested, SESSION_LIFE, confirm_by_link, confirmation_of, enter, leave,
    open_session, request_link, session_of,
};
pub use governance_notices::send_governance_notice;
pub use governance_papers::{MAX_FILE_BYTES, attach_file, find_file};
pub use governance_publication::{faults_of, kind_of, take_over_structures};
pub use governance_returns::take_ordinary_mail;
pub use governance_round::{Round, delist_overdue, run_calendar};
pub use governance_status::{Ahead, OfferOnDay, look_ahead, offer_on_day};
pub use governance_views::{provenances, tasks};
pub use idempotency::{IdempotencyKey, InvalidIdempotencyKey};
pub use import_options::{ImportError, ImportOptions, ImportProgress};
pub use import_report::{
    ImportCount, ImportRemark, ImportReport, NotComingBack, ReturnedOffer, Told,
};
pub use import_source::ImportLimits;
pub use ledger_verification::{LedgerState, verify_ledger};
pub use mail_answers::answer_next;
pub use mapping_coverage::{CoverageReport, VocabularyCoverage, coverage};
pub use mapping_tables::{
    MappingSource, Tables, TablesError, TablesInUse, borrowed, follow_releases, read_folder,
    tables_in_use,
};
pub use offer_coverage::{
    CareCoverage, OfferCoverage, OfferCoveragePage, OfferStanding, Waiting, list_offer_coverage,
};
pub use offer_finding::{FoundOffers, Wanted, find_offers};
pub use offer_publication::import;
pub use offer_reading::{StructureSheet, read_offer, read_structure};
pub use offer_realignment::{Realigned, realign_offers};
pub use operations_overview::{Overview, overview};
pub use patient_delivery::{PatientDeliveryError, send_to_patient};
pub use patient_line::{PatientLine, patient_line};
pub use patient_opposition::{Stance, record_opposition};
pub use physician_letter::{LetterError, physician_letter};
pub use published_bundle::BundleReader;
pub use published_offers::{PublishedOffers, Snapshot, keep_offers_fresh, published_offers};
pub use quarantine_release::{QuarantineError, Quarantined, quarantined, release_held_mail};
pub use rcp_acknowledgement::{Acknowledged, take_mail};
pub use rcp_giving_up::give_up_waiting;
pub use rcp_preparation::{Prepared, prepare};
pub use rcp_quarantine::keep_oversized;
pub use rcp_reception::{AcceptError, Accepted, Handover, accept};
pub use rcp_rendering::{Form, Packing, Registration, RenderingError, render};
pub use rcp_results::AttemptResults;
pub use rcp_sending::{Attempted, Sent, send};
pub use rcp_versions::{CancelError, Cancelled, cancel};
pub use rcp_writing::{WritingError, WrittenReport, write_document};
pub use recipient_decision::{Decided, Decider, DecisionError, close, decide};
pub use recipient_update::keep_physician;
pub use release_effects::{Effects, TouchedDocuments, TouchedOffer, TouchedSearch};
pub use release_switch::{
    PreparedRelease, ReleaseError, ReleaseFile, ReleaseImpact, prepare_release, read_release_files,
    switch_release, switched_impact, undo_release,
};
pub use report_format::ReportFormat;
pub use report_history::{ReportHistory, VersionHistory, report_history};
pub use report_index::index_waiting_reports;
pub use report_quarantine::{RefusalPage, list_refusals};
pub use report_search::{ReportFilter, ReportPage, search_reports};
pub use resource_change::{Action, Change, Effect, Target, WriteError, Written};
pub use resource_index::index_resources;
pub use resource_writing::{SentBytes, check_among_others, keep_refused, write_changes};
pub use search_tally::{FEWEST, SearchTally, write_search_counts};
pub use validation::{FileKind, NotRecognised, Validated, ValidationRules, validate};
pub use write_references::pairs_of;
