//! One file a subcommand: its arguments, what it calls, what it prints.

pub mod config;
pub mod demo;
pub mod demo_data;
mod demo_people;
pub mod export;
mod findings;
pub mod governance;
mod governance_accounts;
pub mod import;
mod language;
pub mod ledger;
mod logging;
pub mod mapping;
mod mapping_check;
mod mapping_coverage;
mod mapping_impact_text;
mod mapping_release;
pub mod migrate;
mod official_kit;
mod plan_arguments;
pub mod profiles;
pub mod report;
pub mod serve;
pub mod soak;
pub mod translate;
pub mod validate;
