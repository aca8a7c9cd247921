//! `passerelle soak` toward Postfix, on either database: a short one as a test, longer ones as a bench, or
//! by hand: `FAULTS_BINARY=target/release/passerelle SOAK_REPORTS=5000 cargo test --test servers soak -- --nocapture`.

use std::{env, process::Command};

use crate::mail_operator::MailOperator;

/// The binary that is run: this build's, unless the environment names another, such as a release.
pub fn binary() -> String {
    env::var("FAULTS_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_passerelle").to_owned())
}

/// Lets that many reports be stored, then leave; true when nothing was lost.
pub fn soak(operator: &MailOperator, database_url: &str, reports: usize) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let settings =
        operator.write_settings(folder.path(), database_url, &operator.new_mailbox("app"));
    let ended = Command::new(binary())
        .args([
            "soak",
            "--store-first",
            "--reports",
            &reports.to_string(),
            "--to",
        ])
        .arg(operator.new_mailbox("dr").as_str())
        .arg("--config")
        .arg(settings)
        .status();
    ended.expect("it runs").success()
}

#[test]
fn a_soak_on_real_servers_loses_nothing() {
    use crate::{database::Cluster, mail_operator::Delivers};
    let operator = MailOperator::start(Delivers::Never);
    let cluster = Cluster::start_durable();
    let reports = env::var("SOAK_REPORTS").map_or(20, |text| text.parse().expect("a number"));
    assert!(soak(&operator, &cluster.new_database(), reports));
}
