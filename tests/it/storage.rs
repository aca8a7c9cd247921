//! The storage, the same on every engine.

use passerelle::{
    outbox::{DeliveryEvent, DeliveryState, NoAddress, Purpose},
    storage::{
        Arrival, JournalOutcome, Lease, Listing, NewDelivery, NewReport, Recipient, ReportSearch,
        Step, Storage, StorageError, WriteTransaction,
    },
};

use sqlx::Connection;

use crate::database::TestDatabase;

const NOW: &str = "2026-11-23T08:00:00.000Z";
const SOON: &str = "2026-11-23T08:01:00.000Z";
const LATER: &str = "2026-11-23T09:00:00.000Z";

fn arrival<'a>(id: &'a str, bytes: &'a [u8]) -> Arrival<'a> {
    Arrival {
        id,
        bytes,
        source: "test",
        media_type: "text/plain",
        received_at: NOW,
    }
}

async fn insert_report(writing: &mut WriteTransaction, id: &str, document_id: &str) -> bool {
    let sha256 = writing
        .insert_arrival(
            arrival(&format!("arrival-{id}"), id.as_bytes()),
            JournalOutcome::Accepted,
        )
        .await
        .expect("the arrival is kept");
    writing
        .insert_report(&NewReport {
            id,
            document_id,
            set_id: "1.2.3",
            version: 1,
            replaces_document_id: None,
            journal_id: &format!("arrival-{id}"),
            source_sha256: &sha256,
            cda_sha256: &sha256,
            board: "Sein",
            session_at: "20261120143000+0100",
            attending_rpps: None,
            received_at: NOW,
        })
        .await
        .expect("the report is written or known")
}

pub async fn insert_delivery(storage: &Storage, id: &str) {
    let mut writing = storage.begin_write().await.expect("a transaction");
    assert!(
        insert_report(
            &mut writing,
            &format!("report-{id}"),
            &format!("1.2.3.{id}")
        )
        .await
    );
    writing
        .insert_delivery(&NewDelivery {
            id,
            report_id: &format!("report-{id}"),
            purpose: Purpose::Report,
            recipient_rpps: None,
            recipient_address: Some("a@medecin.invalid"),
            message_id: &format!("{id}@passerelle.invalid"),
            submission_id: "2.25.1",
            state: DeliveryState::Pending,
            reason: None,
            at: NOW,
        })
        .await
        .expect("the delivery is created");
    writing.commit().await.expect("committed");
}

fn lease<'a>(token: &'a str, now: &'a str, until: &'a str) -> Lease<'a> {
    Lease { token, now, until }
}

pub fn step<'a>(event_id: &'a str, event: DeliveryEvent, state: DeliveryState) -> Step<'a> {
    Step {
        event_id,
        at: SOON,
        event,
        state,
        reason: None,
        detail: Some("250 2.0.0 queued"),
        journal_id: None,
        evidence_sha256: None,
        next_attempt_at: None,
    }
}

#[tokio::test]
async fn migrations_run_from_every_earlier_version_and_twice() {
    let database = TestDatabase::empty().await;
    for version in 1..=Storage::latest_migration() {
        database
            .storage
            .migrate_to(version)
            .await
            .expect("each version follows the one before");
    }
    database
        .storage
        .migrate()
        .await
        .expect("a second run does nothing");
}

#[tokio::test]
async fn a_database_of_a_later_release_is_refused_by_number() {
    let database = TestDatabase::migrated().await;
    let mut connection = sqlx::AnyConnection::connect(&database.url)
        .await
        .expect("it opens");
    sqlx::query("update _sqlx_migrations set version = 9999 where version = $1")
        .bind(Storage::latest_migration())
        .execute(&mut connection)
        .await
        .expect("the table of migrations is writable");
    let error = database.storage.migrate().await.expect_err("refused");
    assert!(
        matches!(error, StorageError::SchemaTooNew { found: 9999, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn bytes_come_back_as_they_came_and_are_kept_once() {
    let database = TestDatabase::migrated().await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    let bytes = [0_u8, 255, 10, 13, 0];
    let first = writing
        .insert_arrival(arrival("1", &bytes), JournalOutcome::Accepted)
        .await
        .expect("kept");
    let second = writing
        .insert_arrival(arrival("2", &bytes), JournalOutcome::Repeated)
        .await
        .expect("kept");
    writing.commit().await.expect("committed");
    assert_eq!(first, second);
    assert_eq!(
        database.storage.find_content(&first).await.expect("read"),
        Some(bytes.to_vec())
    );
    assert_eq!(
        database.storage.count_arrivals().await.expect("counted"),
        [("accepted".to_owned(), 1), ("repeated".to_owned(), 1)]
    );
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let database = TestDatabase::migrated().await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    writing
        .insert_arrival(arrival("1", b"x"), JournalOutcome::Accepted)
        .await
        .expect("kept");
    drop(writing);
    assert!(
        database
            .storage
            .count_arrivals()
            .await
            .expect("counted")
            .is_empty()
    );
}

#[tokio::test]
async fn a_document_is_stored_once() {
    let database = TestDatabase::migrated().await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    assert!(insert_report(&mut writing, "a", "1.2.3^1").await);
    assert!(!insert_report(&mut writing, "b", "1.2.3^1").await);
    let found = writing
        .find_report_by_document("1.2.3^1")
        .await
        .expect("read")
        .expect("there");
    writing.commit().await.expect("committed");
    assert_eq!(found.id, "a");
    assert_eq!(
        database.storage.find_report("a").await.expect("read"),
        Some(found)
    );
    assert_eq!(database.storage.count_reports().await.expect("counted"), 1);
}

#[tokio::test]
async fn reports_are_listed_by_pages_without_repeat_or_gap() {
    let database = TestDatabase::migrated().await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    for id in ["a", "b", "c", "d", "e"] {
        insert_report(&mut writing, id, id).await;
    }
    writing.commit().await.expect("committed");
    let mut seen = Vec::new();
    let mut search = ReportSearch {
        limit: 2,
        ..ReportSearch::default()
    };
    loop {
        let page = database
            .storage
            .search_reports(&search)
            .await
            .expect("a page");
        let Some(last) = page.last() else { break };
        search.after = Some((last.report.received_at.clone(), last.report.id.clone()));
        seen.extend(page.into_iter().map(|found| found.report.id));
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);
}

#[tokio::test]
async fn a_recipient_without_mailbox_is_not_an_unknown_one() {
    let database = TestDatabase::migrated().await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    let mut recipient = Recipient {
        rpps: "01234567897".parse().expect("valid"),
        family_name: "EXEMPLE".to_owned(),
        given_name: "Odile".to_owned(),
        listing: Listing::Listed,
        address: None,
        hindrance: Some(NoAddress::NoMailbox),
        postal_address: String::new(),
        source: "test".to_owned(),
        checked_at: NOW.to_owned(),
        updated_at: None,
        refresh_at: None,
    };
    assert_eq!(
        writing.find_recipient(&recipient.rpps).await.expect("read"),
        None
    );
    writing.upsert_recipient(&recipient).await.expect("written");
    assert_eq!(
        writing.find_recipient(&recipient.rpps).await.expect("read"),
        Some(recipient.clone())
    );
    recipient.hindrance = None;
    recipient.address = Some("odile@medecin.invalid".parse().expect("valid"));
    writing
        .upsert_recipient(&recipient)
        .await
        .expect("replaced");
    assert_eq!(
        writing.find_recipient(&recipient.rpps).await.expect("read"),
        Some(recipient)
    );
    writing.commit().await.expect("committed");
    assert_eq!(
        database.storage.count_recipients().await.expect("counted"),
        (1, 1)
    );
}

#[tokio::test]
async fn two_workers_never_claim_the_same_delivery() {
    let database = TestDatabase::migrated().await;
    for n in 0..20 {
        insert_delivery(&database.storage, &format!("d{n:02}")).await;
    }
    let (one, two) = tokio::join!(
        database
            .storage
            .claim_deliveries(lease("one", SOON, LATER), &[("medecin.invalid", 15)]),
        database
            .storage
            .claim_deliveries(lease("two", SOON, LATER), &[("medecin.invalid", 15)]),
    );
    let mut claimed: Vec<_> = one
        .expect("claimed")
        .into_iter()
        .chain(two.expect("claimed"))
        .map(|due| due.id)
        .collect();
    let total = claimed.len();
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), total, "a delivery was handed out twice");
    let rest = database
        .storage
        .claim_deliveries(lease("three", SOON, LATER), &[("medecin.invalid", 15)])
        .await
        .expect("claimed");
    assert_eq!(total + rest.len(), 20);
}

#[tokio::test]
async fn a_result_is_written_only_while_the_lease_holds() {
    let database = TestDatabase::migrated().await;
    insert_delivery(&database.storage, "d").await;
    let due = database
        .storage
        .claim_deliveries(lease("slow", SOON, SOON), &[("medecin.invalid", 1)])
        .await
        .expect("claimed");
    assert_eq!(due.len(), 1);
    let again = database
        .storage
        .claim_deliveries(lease("quick", LATER, LATER), &[("medecin.invalid", 1)])
        .await
        .expect("claimed");
    assert_eq!(again.len(), 1, "a lease that ran out is free");
    assert_eq!(again[0].message_id, due[0].message_id);

    let mut writing = database.storage.begin_write().await.expect("a transaction");
    let sent = step("e1", DeliveryEvent::Accepted, DeliveryState::Sent);
    let delivery = writing.get_delivery("d").await.expect("there");
    let lost = writing
        .record_step(&delivery, Some("slow"), sent)
        .await
        .expect_err("the lease is lost");
    assert!(matches!(lost, StorageError::Lost(_)));
    drop(writing);

    let mut writing = database.storage.begin_write().await.expect("a transaction");
    writing
        .record_step(&delivery, Some("quick"), sent)
        .await
        .expect("ours");
    writing.commit().await.expect("committed");
    let delivery = database
        .storage
        .find_delivery_of("report-d")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (delivery.state, delivery.attempts),
        (DeliveryState::Sent, 2)
    );
    let history = database
        .storage
        .list_delivery_events("d")
        .await
        .expect("read");
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].detail.as_deref(), Some("250 2.0.0 queued"));
}

#[tokio::test]
async fn what_a_stopping_worker_hands_back_is_due_at_once() {
    let database = TestDatabase::migrated().await;
    insert_delivery(&database.storage, "d").await;
    database
        .storage
        .claim_deliveries(lease("stopping", SOON, LATER), &[("medecin.invalid", 1)])
        .await
        .expect("claimed");
    assert!(
        database
            .storage
            .claim_deliveries(lease("next", SOON, LATER), &[("medecin.invalid", 1)])
            .await
            .expect("claimed")
            .is_empty()
    );
    assert_eq!(
        database
            .storage
            .release_deliveries("stopping", None)
            .await
            .expect("released"),
        1
    );
    let due = database
        .storage
        .claim_deliveries(lease("next", SOON, LATER), &[("medecin.invalid", 1)])
        .await
        .expect("claimed");
    assert_eq!(
        due[0].attempts, 1,
        "an attempt that was not made does not count"
    );
}

#[tokio::test]
async fn an_inbound_mail_is_dealt_with_once_and_found_by_either_identifier() {
    let database = TestDatabase::migrated().await;
    insert_delivery(&database.storage, "d").await;
    let mut writing = database.storage.begin_write().await.expect("a transaction");
    let by_message = writing
        .find_delivery("d@passerelle.invalid", "")
        .await
        .expect("read")
        .expect("there");
    let by_envelope = writing
        .find_delivery("", "d")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(by_message, by_envelope);
    writing
        .insert_arrival(arrival("m", b"mail"), JournalOutcome::Accepted)
        .await
        .expect("kept");
    assert!(
        writing
            .insert_inbound_mail("key", "m", "mdn", Some("d"), NOW)
            .await
            .expect("written")
    );
    assert!(
        !writing
            .insert_inbound_mail("key", "m", "mdn", Some("d"), NOW)
            .await
            .expect("known")
    );
    writing.commit().await.expect("committed");
    let counts = database.storage.count_deliveries().await.expect("counted");
    assert_eq!(counts.len(), 1);
    assert_eq!(
        (counts[0].state, counts[0].count),
        (DeliveryState::Pending, 1)
    );
}

#[tokio::test]
async fn sixty_four_writers_of_one_document_leave_one_report() {
    let database = TestDatabase::migrated().await;
    let writers = (0..64).map(|n| {
        let storage = database.storage.clone();
        tokio::spawn(async move {
            let mut writing = storage.begin_write().await.expect("a transaction");
            let is_new = insert_report(&mut writing, &format!("r{n}"), "1.2.3^same").await;
            writing.commit().await.expect("committed");
            is_new
        })
    });
    let mut stored = 0;
    for writer in writers.collect::<Vec<_>>() {
        stored += u32::from(writer.await.expect("no panic"));
    }
    assert_eq!(stored, 1);
}
