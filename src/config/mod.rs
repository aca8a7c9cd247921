//! Settings: the embedded defaults, then one file, then the environment. Every fault is told with
//! its place and its cure, before anything starts.

mod check;
mod environment;
mod load;
mod mail_settings;
mod settings;

pub use check::{check, summary};
pub use load::{ConfigError, DEFAULTS, load};
pub use mail_settings::{Inbox, InboxKind, Mail, Relay, Sasl, Smtp, TlsMode};
pub use settings::{
    Access, Annuaire, Archives, Checker, Database, Delivery, Environment, Export, FollowUp, Log,
    LogFormat, Patients, Region, Reports, Server, Settings, TerminologyFiles, VisibilityMode,
    Volet,
};
