//! What the delivery of reports costs: an archive and its mail, a receipt, a long queue, and the way from
//! an accepted report to the operator's word that it has the mail.
//!
//! `cargo bench --bench delivery` runs all of it (minutes); `cargo bench --bench delivery -- queue` one part:
//! `mail`, `receipts`, `queue`, `sending`. `BENCH_QUEUE` and `BENCH_REPORTS` change the sizes.
//! `sending` starts Postfix, Dovecot and PostgreSQL of its own, as the tests do: as root, installed by
//! `scripts/install-servers`.

#[path = "../../tests/servers/authority.rs"]
mod authority;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/servers/database.rs"]
mod database;
mod mail;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/servers/mail_operator.rs"]
mod mail_operator;
mod queue;
mod receipts;
mod sending;
#[path = "../../tests/servers/soak.rs"]
mod soak;

use std::{env, path::Path, sync::Arc};

use passerelle::{
    app::context,
    clock::Clock,
    config::{self, Settings},
    flows::Context,
    storage::Storage,
};

fn main() {
    // Cargo adds `--bench`.
    let asked = env::args().skip(1).find(|word| !word.starts_with("--"));
    let is_wanted = |part: &str| asked.as_deref().is_none_or(|asked| asked == part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        if is_wanted("mail") {
            mail::measure();
        }
        if is_wanted("receipts") {
            receipts::measure().await;
        }
        if is_wanted("queue") {
            queue::measure().await;
        }
        if is_wanted("sending") {
            sending::measure();
        }
    });
}

/// A size, which the environment may change.
fn number(name: &str, usual: usize) -> usize {
    env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// Settings of a region that sends.
fn settings() -> Settings {
    let mut settings = config::load(None).expect("the defaults fit");
    settings.mail.from = "rcp@reseau.mssante.invalid".to_owned();
    settings.mail.trusted_domains = vec!["mssante.invalid".to_owned()];
    settings
}

/// The context of those settings over a new SQLite file in `folder`.
async fn new_context(settings: &Settings, folder: &Path) -> Arc<Context> {
    let url = format!("sqlite://{}", folder.join("passerelle.db").display());
    let storage = Storage::open(&url, 8).await.expect("a new database opens");
    storage.migrate().await.expect("an empty database migrates");
    let context = context(settings, storage, Clock::System).await;
    Arc::new(context.expect("the settings fit"))
}

/// The report of most measures.
fn fiche() -> serde_json::Value {
    let text = include_str!("../../tests/data/fiches/appareil-minimal.json");
    serde_json::from_str(text).expect("JSON")
}
