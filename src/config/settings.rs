//! The settings as types; `default.toml` beside this file says what each one means.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;

use super::mail_settings::{Mail, Relay};
use crate::finding::Language;

/// Every setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where and how to listen.
    pub server: Server,
    /// Where to store.
    pub database: Database,
    /// Who may do what.
    pub access: Access,
    /// Which region, and whether its patients are real.
    pub region: Region,
    /// Code lists and maps.
    pub terminology: TerminologyFiles,
    /// How reports are written.
    pub reports: Reports,
    /// Secure mail.
    pub mail: Mail,
    /// The national directory of physicians.
    pub annuaire: Annuaire,
    /// Reports that do not arrive.
    pub follow_up: FollowUp,
    /// The governance of the directory.
    pub governance: Governance,
    /// The pages that the public sees.
    pub public_pages: PublicPages,
    /// Patients' own boxes.
    pub patients: Patients,
    /// Workers that send.
    pub delivery: Delivery,
    /// Exports of the directory.
    pub export: Export,
    /// Archives taken in.
    pub archives: Archives,
    /// The official test kit, beside our own checker.
    pub checker: Checker,
    /// What is logged.
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Address under which others reach this server; empty: that of `listen`.
    pub public_url: String,
    /// Largest body taken, in bytes.
    pub max_body_bytes: usize,
    /// How long a stop waits for requests under way, in seconds.
    pub stop_grace_seconds: u64,
}

impl Server {
    /// True when others than this machine reach the service, directly or through a proxy.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.listen.ip().is_loopback() || !self.public_url.is_empty()
    }
}

/// `[database]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; may hold a password, so it is never printed whole.
    pub url: String,
    /// File that holds the URL instead.
    pub url_file: PathBuf,
    /// Size of the pool.
    pub max_connections: u32,
}

/// `[access]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// File of the token for reports.
    pub reports_token_file: PathBuf,
    /// File of the password for the operations pages.
    pub operations_password_file: PathBuf,
    /// File of the token for writing to the directory.
    pub offers_token_file: PathBuf,
}

/// `[archives]`: what an archive that somebody sends may cost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archives {
    /// Largest archive, in bytes.
    pub max_bytes: usize,
    /// Most entries.
    pub max_entries: usize,
    /// Most bytes that all entries make together.
    pub max_total_bytes: u64,
    /// Most bytes that one byte of the archive may become, beyond the first megabyte.
    pub max_ratio: u64,
}

/// `[checker]`: an unpacked official test kit, and the processors that run it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checker {
    /// Folder of the kit; empty for none.
    pub kit_dir: PathBuf,
    /// Command that checks a document against the schema: `{schema}`, `{document}`.
    pub schema_command: Vec<String>,
    /// Command that runs an XSLT 2 stylesheet: `{source}`, `{stylesheet}`, `{output}`.
    pub transform_command: Vec<String>,
}

/// `[region]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Code of the region in `TRE_R30`.
    pub code: String,
    /// Folder of its words in `mappings/regions/`.
    pub vocabulary: String,
    /// Which identities are taken.
    pub environment: Environment,
}

/// `[terminology]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminologyFiles {
    /// Folder of code lists and maps to read instead of those built in; empty: those built in.
    pub mappings_folder: PathBuf,
    /// How often a switch of the national lists is looked for, in seconds.
    pub follow_seconds: u64,
    /// Largest release of national lists, in bytes, all its files together.
    pub max_release_bytes: u64,
}

/// Whether the patients are real.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Only identities of the test and demonstration authorities.
    Test,
    /// Only real identities.
    Production,
}

/// `[reports]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Version of the volet that a fiche RCP is written as.
    pub volet: Volet,
    /// What patients are told of the use of their data by those who care for them (2025.01).
    pub team_notice: String,
    /// What patients are told of the use of their data by public bodies (2025.01).
    pub reuse_notice: String,
}

/// A version of the volet CANCER-FRCP of the CI-SIS.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Volet {
    /// The version that software in the field reads today.
    #[serde(rename = "2022.01")]
    Frcp2022,
    /// The newest one.
    #[serde(rename = "2025.01")]
    Frcp2025,
}

impl Volet {
    /// Every version, the newest last.
    pub const ALL: [Self; 2] = [Self::Frcp2022, Self::Frcp2025];

    /// The version, as `templateId/@extension` writes it.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::Frcp2022 => "2022.01",
            Self::Frcp2025 => "2025.01",
        }
    }
}

/// `[patients]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patients {
    /// Whether a report may be sent to its patient, when somebody asks for it.
    pub delivery: bool,
    /// How the visibility matrix is read.
    pub visibility: VisibilityMode,
}

/// How the visibility matrix is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum VisibilityMode {
    /// As the volet writes it.
    Strict,
    /// With the line that it lacks.
    Tolerant,
}

/// `[annuaire]`: the national directory of health professionals.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annuaire {
    /// Base of its FHIR interface; empty: it is not asked.
    pub url: String,
    /// File of the key.
    pub api_key_file: PathBuf,
    /// Authorities trusted; empty: those of the system.
    pub ca_file: PathBuf,
    /// Most requests in a second.
    pub requests_per_second: u32,
    /// How long a physician with a mailbox is not asked about again, in hours.
    pub known_hours: i64,
    /// How long one without, in hours.
    pub missing_hours: i64,
    /// How long a mailbox is used while the directory does not answer, in days.
    pub unanswered_days: i64,
    /// How often the directory is asked what it changed, in minutes; 0: never.
    pub changes_minutes: i64,
    /// When a physician of whom no change is told is asked about all the same, in days.
    pub whole_days: i64,
}

/// `[follow_up]`: reports that do not arrive, or are not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// Days after which a report that was not read is reminded of.
    pub unread_days: i64,
    /// Days after which whatever is still open is shown to somebody else.
    pub escalation_days: i64,
    /// Secure mailbox that is told of what waits; empty: none.
    pub reminders_to: String,
    /// Secure mailbox that is told of what waited too long; empty: none.
    pub escalations_to: String,
    /// Language of those mails.
    pub language: Language,
    /// Share of reports that reached their physician before, in percent.
    pub start_percent: f64,
    /// Share that is aimed at, in percent.
    pub target_percent: f64,
}

/// `[export]`: exports of the directory that others ask for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Hours after which an export is taken out.
    pub keep_hours: i64,
    /// Exports kept at a time.
    pub max_kept: i64,
}

/// `[governance]`: who may be listed in the directory, who validates, how fresh it stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Governance {
    /// File of rules laid over those of the region; empty: none.
    pub rules_file: PathBuf,
    /// Ordinary mail to people who have no secure mailbox.
    pub relay: Relay,
}

/// `[public_pages]`: what the pages of the public directory know of the country.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicPages {
    /// Table of communes; empty: those built in.
    pub communes_file: PathBuf,
    /// Table of outlines of departments; empty: those built in.
    pub outlines_file: PathBuf,
}

/// `[delivery]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Deliveries sent side by side.
    pub workers: usize,
    /// How long a worker may keep one, in seconds.
    pub lease_seconds: i64,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Filter, in the syntax of `tracing-subscriber`.
    pub filter: String,
    /// Shape of a line.
    pub format: LogFormat,
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("url", &self.url_without_password())
            .field("url_file", &self.url_file)
            .field("max_connections", &self.max_connections)
            .finish()
    }
}

impl Database {
    /// The URL with its password replaced by stars: what may be printed.
    #[must_use]
    pub fn url_without_password(&self) -> String {
        let hidden = || -> Option<String> {
            let (scheme, rest) = self.url.split_once("://")?;
            let (credentials, host) = rest.rsplit_once('@')?;
            let user = credentials.split(':').next()?;
            Some(format!("{scheme}://{user}:***@{host}"))
        };
        hidden().unwrap_or_else(|| self.url.clone())
    }
}
