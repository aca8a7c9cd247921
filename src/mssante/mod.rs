//! Secure mail between health professionals (MSSanté): packing a report, mailing it, and reading
//! what comes back.
//!
//! A report leaves by [`smtp`] and is acknowledged through [`inbox`], where [`receipt`] tells what
//! each mail says. [`smtp_sink`] plays the operator for a demonstration.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod dsn;
pub mod imap;
pub mod inbox;
pub mod mail;
pub mod maildir;
pub mod mdn;
mod mime;
pub mod receipt;
mod report_fields;
pub mod smtp;
mod smtp_session;
pub mod smtp_sink;
pub mod subject;
pub mod tls;
pub mod xdm;
mod xdm_facts;
mod xdm_metadata;
mod xdm_open;
mod xdm_people;
mod xdm_submission;
