//! A queue of a million mails: claiming costs what is claimed, and memory stays flat.

use std::{
    net::Ipv4Addr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use passerelle::{
    cda,
    clock::Clock,
    config::TlsMode,
    flows::Context,
    identifiers::TrustedDomains,
    ids::Ids,
    metrics::resident_bytes,
    mssante::smtp_sink::SmtpSink,
    outbox::{
        DeliveryState,
        worker::{self, MailSystem},
    },
    rcp,
    storage::Lease,
    terminology::Terminology,
};
use sqlx::{Executor, SqlitePool};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{fiche, new_context, number, settings};

/// Claims measured.
const CLAIMS: u32 = 200;

/// Deliveries of one claim.
const CLAIMED: i64 = 16;

/// How long the workers send from the full queue.
const SENDING: Duration = Duration::from_secs(20);

/// Prints what a claim costs from a short and from a long queue, then lets the workers send from the
/// long one and prints the memory before and after.
pub async fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let mailboxes = folder.path().join("mail");
    let sink = SmtpSink::bind(
        (Ipv4Addr::LOCALHOST, 0).into(),
        &mailboxes,
        TrustedDomains::new(["mssante.invalid"]),
        Clock::System,
        Arc::new(Ids::Random),
    );
    let sink = sink.await.expect("a port");
    let mut settings = settings();
    settings.mail.smtp.host = Ipv4Addr::LOCALHOST.to_string();
    settings.mail.smtp.port = sink.address().expect("an address").port();
    settings.mail.smtp.tls = TlsMode::PlainLoopback;
    let context = new_context(&settings, folder.path()).await;
    let cda = document();
    for (from, to) in [(1, 1_000), (1_001, number("BENCH_QUEUE", 1_000_000))] {
        fill(folder.path(), from, to, &cda).await;
        println!(
            "{CLAIMED} claimed of {to}: {:.2} ms, {} MB resident",
            claims(&context).await,
            megabytes()
        );
    }
    let before = megabytes();
    let stop = CancellationToken::new();
    tokio::spawn(sink.run(stop.clone()));
    let workers = TaskTracker::new();
    let system = MailSystem::of_settings(&settings);
    let system = system.expect("readable").expect("there is one");
    worker::spawn(&workers, &context, system, &settings.delivery, &stop);
    let begin = Instant::now();
    let mut highest = before;
    while begin.elapsed() < SENDING {
        tokio::time::sleep(Duration::from_millis(500)).await;
        highest = highest.max(megabytes());
    }
    let sent = sent(&context).await;
    println!(
        "{sent} mails left a queue of a million in {SENDING:?}: {before} MB resident before, {highest} at the most"
    );
    stop.cancel();
    workers.close();
    workers.wait().await;
}

fn document() -> Vec<u8> {
    let json = serde_json::to_vec(&fiche()).expect("JSON");
    let report = rcp::fiche::read(&json).expect("a report");
    cda::write(&report, &Terminology::embedded(), cda::Target::Frcp2022).expect("a document")
}

fn megabytes() -> u64 {
    resident_bytes().unwrap_or_default() / 1_000_000
}

/// Puts deliveries number `from` to `to` into the queue, all of the same document.
async fn fill(folder: &Path, from: usize, to: usize, cda: &[u8]) {
    let url = format!("sqlite://{}", folder.join("passerelle.db").display());
    let pool = SqlitePool::connect(&url).await.expect("it opens");
    sqlx::query("insert or ignore into content (sha256, size_bytes, bytes) values ('cda', $1, $2)")
        .bind(i64::try_from(cda.len()).expect("small"))
        .bind(cda)
        .execute(&pool)
        .await
        .expect("written");
    pool.execute(
        "insert or ignore into journal (id, sha256, source, media_type, received_at, outcome) \
         values ('j', 'cda', 'bench', 'text/xml', '2026-01-01T00:00:00.000Z', 'accepted'); \
         insert or ignore into destination (domain, failures, retry_at, updated_at) \
         values ('medecin.mssante.invalid', 0, '', '')",
    )
    .await
    .expect("written");
    let numbers = format!(
        "with recursive numbers(n) as (select {from} union all select n + 1 from numbers where n < {to}) "
    );
    for rows in [
        "insert into report (id, document_id, set_id, version, journal_id, source_sha256, cda_sha256, board, \
         session_at, received_at) select 'r' || n, 'd' || n, 's' || n, 1, 'j', 'cda', 'cda', '', '', \
         '2026-01-01T00:00:00.000Z' from numbers",
        "insert into delivery (id, report_id, purpose, recipient_address, destination, message_id, state, created_at, \
         updated_at, next_attempt_at, attempts, interruptions) select 'q' || n, 'r' || n, 'report', \
         'dr@medecin.mssante.invalid', 'medecin.mssante.invalid', 'q' || n || '@reseau.mssante.invalid', 'pending', \
         '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '', 0, 0 from numbers",
    ] {
        pool.execute(sqlx::AssertSqlSafe(format!("{numbers}{rows}")))
            .await
            .expect("written");
    }
    pool.close().await;
}

/// Mean time of a claim, in milliseconds; what was claimed is handed back.
async fn claims(context: &Context) -> f64 {
    let mut spent = Duration::ZERO;
    for _ in 0..CLAIMS {
        let lease = Lease {
            token: "bench",
            now: "2026-11-23T09:00:00.000Z",
            until: "2026-11-23T09:15:00.000Z",
        };
        let begin = Instant::now();
        let due = context.storage.list_due_destinations(lease.now).await;
        let due = due.expect("read");
        let shares: Vec<_> = due
            .iter()
            .map(|destination| (destination.domain.as_str(), CLAIMED))
            .collect();
        let claimed = context.storage.claim_deliveries(lease, &shares).await;
        assert_eq!(claimed.expect("claimed").len(), 16);
        spent += begin.elapsed();
        let released = context.storage.release_deliveries(lease.token, None).await;
        assert_eq!(released.expect("handed back"), 16);
    }
    spent.as_secs_f64() * 1e3 / f64::from(CLAIMS)
}

async fn sent(context: &Context) -> i64 {
    let counts = context.storage.count_deliveries().await.expect("counted");
    let sent = counts
        .iter()
        .filter(|count| count.state == DeliveryState::Sent);
    sent.map(|count| count.count).sum()
}
