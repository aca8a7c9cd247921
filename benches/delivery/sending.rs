//! From accepted reports to the operator's word: Postfix with client certificates, both databases.

use std::process::Command;

use super::{
    database::Cluster,
    mail_operator::{Delivers, MailOperator},
    number,
};

/// Lets reports be stored, then leave, on either database, and prints what `passerelle soak` says.
pub fn measure() {
    let reports = number("BENCH_REPORTS", 5_000).to_string();
    let operator = MailOperator::start(Delivers::Later);
    let cluster = Cluster::start_durable();
    for engine in ["SQLite", "PostgreSQL"] {
        let folder = tempfile::tempdir().expect("a folder");
        let url = match engine {
            "SQLite" => format!("sqlite://{}", folder.path().join("passerelle.db").display()),
            _ => cluster.new_database(),
        };
        let settings = operator.write_settings(folder.path(), &url, &operator.new_mailbox("app"));
        println!("{reports} reports on {engine}:");
        let ended = Command::new(env!("CARGO_BIN_EXE_passerelle"))
            .args(["soak", "--store-first", "--reports", &reports, "--to"])
            .arg(operator.new_mailbox("dr").as_str())
            .arg("--config")
            .arg(settings)
            .status()
            .expect("it runs");
        assert!(ended.success(), "something was lost");
    }
}
