//! What breaks on the way of a report, and the proof that it arrives all the same: what was accepted is
//! in the mailbox, under one `Message-ID`, and the ledger is whole.
//!
//! `make test` runs a short form. By hand, longer: `FAULTS_REPORTS=10000 FAULTS_DISTURBANCES=1000 cargo
//! test --test servers faults::processes -- --nocapture`; `FAULTS_BINARY` names another binary, such as
//! that of a release.

mod comparison;
mod instance;
mod operator_faults;
mod peer;
mod processes;
