//! Secure mail between health professionals (MSSanté): packing a report, mailing it, and reading
//! what comes back.
//!
//! A report leaves by [`smtp`] and is acknowledged through [`inbox`], where [`receipt`] tells what
//! each mail says. [`smtp_sink`] plays the operator for a demonstration.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod answer;
mod check_rule;
pub mod dsn;
pub mod error_codes;
pub mod imap;
pub mod inbox;
pub mod login;
pub mod mail;
mod mail_body;
pub mod mail_check;
mod mail_headers;
mod mail_rules;
mod mail_subject;
pub mod maildir;
pub mod mdn;
mod mime;
pub mod notice;
pub mod receipt;
pub mod refusal_letter;
mod report_fields;
pub mod return_path;
pub mod smtp;
mod smtp_session;
pub mod smtp_sink;
pub mod subject;
pub mod tls;
pub mod visibility;
pub mod xdm;
mod xdm_coherence;
mod xdm_facts;
mod xdm_form;
mod xdm_metadata;
mod xdm_open;
mod xdm_people;
mod xdm_rules;
mod xdm_submission;
