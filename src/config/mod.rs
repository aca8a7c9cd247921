//! Settings: the embedded defaults, then one file, then the environment. Every fault is told with
//! its place and its cure, before anything starts.

mod check;
mod environment;
mod load;
mod settings;

pub use check::{check, summary};
pub use load::{ConfigError, DEFAULTS, load};
pub use settings::{
    Access, Annuaire, Archives, Checker, Database, Delivery, Environment, Export, FollowUp, Inbox,
    InboxKind, Log, LogFormat, Mail, Patients, Region, Reports, Sasl, Server, Settings, Smtp,
    TerminologyFiles, TlsMode, VisibilityMode, Volet,
};
