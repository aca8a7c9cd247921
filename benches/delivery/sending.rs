//! From accepted reports to the operator's word: Postfix with client certificates, both databases.

use super::{
    database::Cluster,
    mail_operator::{Delivers, MailOperator},
    number,
    soak::soak,
};

/// Lets reports be stored, then leave, on either database, and prints what `passerelle soak` says.
pub fn measure() {
    let reports = number("BENCH_REPORTS", 5_000);
    let operator = MailOperator::start(Delivers::Never);
    let cluster = Cluster::start_durable();
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("sqlite://{}", folder.path().join("passerelle.db").display());
    for (engine, url) in [("SQLite", file), ("PostgreSQL", cluster.new_database())] {
        println!("{reports} reports on {engine}:");
        assert!(soak(&operator, &url, reports), "something was lost");
    }
}
