//! `passerelle soak` toward Postfix, on either database: a short one as a test, longer ones as a bench.

use std::process::Command;

use crate::mail_operator::MailOperator;

/// Lets that many reports be stored, then leave; true when nothing was lost.
pub fn soak(operator: &MailOperator, database_url: &str, reports: usize) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let settings =
        operator.write_settings(folder.path(), database_url, &operator.new_mailbox("app"));
    let ended = Command::new(env!("CARGO_BIN_EXE_passerelle"))
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
    let operator = MailOperator::start(Delivers::Later);
    let cluster = Cluster::start_durable();
    assert!(soak(&operator, &cluster.new_database(), 20));
}
