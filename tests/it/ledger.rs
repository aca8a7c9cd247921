//! The delivery ledger, proved whole, and every way of falsifying it found.

use passerelle::{
    flows::verify_ledger,
    outbox::{DeliveryEvent, DeliveryState, Head, LedgerFault},
    storage::{Arrival, JournalOutcome, Step, Storage},
};
use sqlx::Connection;

use crate::{
    database::TestDatabase,
    storage::{insert_delivery, step},
};

/// A database with four lines in its ledger: two deliveries, each queued and accepted.
async fn with_lines() -> TestDatabase {
    let database = TestDatabase::migrated().await;
    for id in ["d1", "d2"] {
        insert_delivery(&database.storage, id).await;
        let mut writing = database.storage.begin_write().await.expect("begun");
        let delivery = writing.get_delivery(id).await.expect("there");
        let event_id = format!("accepted-{id}");
        let accepted = step(&event_id, DeliveryEvent::Accepted, DeliveryState::Sent);
        writing
            .record_step(&delivery, None, accepted)
            .await
            .expect("written");
        writing.commit().await.expect("committed");
    }
    database
}

async fn falsify(database: &TestDatabase, statement: &'static str) {
    let mut connection = sqlx::AnyConnection::connect(&database.url)
        .await
        .expect("it opens");
    let done = sqlx::query(statement).execute(&mut connection).await;
    assert!(done.expect("done").rows_affected() > 0, "{statement}");
    connection.close().await.expect("closed");
}

async fn faults(storage: &Storage, noted: Option<&Head>) -> Vec<LedgerFault> {
    let state = verify_ledger(storage, noted.cloned()).await;
    state.expect("read").faults
}

#[tokio::test]
async fn a_ledger_is_whole_until_somebody_falsifies_it() {
    let changed = |sequence, delivery: &str| LedgerFault::Changed {
        sequence,
        delivery_id: delivery.to_owned(),
    };
    let cases = [
        (
            "update ledger_line set detail = '250 invented' where sequence = 2",
            vec![changed(2, "d1")],
        ),
        (
            "delete from ledger_line where sequence = 3",
            vec![LedgerFault::Missing { first: 3, last: 3 }],
        ),
        (
            "delete from ledger_line where sequence > 2",
            vec![LedgerFault::Missing { first: 3, last: 4 }],
        ),
        (
            "insert into ledger_line (id, delivery_id, at, kind) values ('x', 'd1', 'now', 'read')",
            vec![LedgerFault::Added {
                delivery_id: "d1".to_owned(),
            }],
        ),
        (
            "update delivery set state = 'acknowledged' where id = 'd2'",
            vec![LedgerFault::OtherState {
                delivery_id: "d2".to_owned(),
                state: "acknowledged".to_owned(),
                in_ledger: "sent".to_owned(),
            }],
        ),
        (
            "insert into content (sha256, size_bytes, bytes) select 'other', size_bytes, bytes from content limit 1",
            vec![LedgerFault::ContentChanged {
                sha256: "other".to_owned(),
            }],
        ),
    ];
    for (statement, expected) in cases {
        let database = with_lines().await;
        let noted = database.storage.ledger_head().await.expect("read");
        assert_eq!(noted.sequence, 4);
        assert_eq!(faults(&database.storage, Some(&noted)).await, []);
        falsify(&database, statement).await;
        assert_eq!(
            faults(&database.storage, Some(&noted)).await,
            expected,
            "{statement}"
        );
    }
}

#[tokio::test]
async fn another_mail_in_the_place_of_the_one_that_proves_a_line_is_found() {
    let database = with_lines().await;
    let mut writing = database.storage.begin_write().await.expect("begun");
    let arrival = Arrival {
        id: "a1",
        bytes: b"the receipt",
        source: "mail",
        media_type: "message/rfc822",
        received_at: "2026-11-23T09:00:00.000Z",
    };
    let sha256 = writing.insert_arrival(arrival, JournalOutcome::Accepted);
    let sha256 = sha256.await.expect("kept");
    let delivery = writing.get_delivery("d1").await.expect("there");
    let read = Step {
        journal_id: Some("a1"),
        evidence_sha256: Some(&sha256),
        ..step("read", DeliveryEvent::Read, DeliveryState::Acknowledged)
    };
    writing
        .record_step(&delivery, None, read)
        .await
        .expect("written");
    writing.commit().await.expect("committed");
    assert_eq!(faults(&database.storage, None).await, []);
    falsify(
        &database,
        "update journal set sha256 = (select cda_sha256 from report where id = 'report-d1') where id = 'a1'",
    )
    .await;
    let expected = LedgerFault::OtherEvidence {
        sequence: 5,
        delivery_id: "d1".to_owned(),
    };
    assert_eq!(faults(&database.storage, None).await, [expected]);
}

#[tokio::test]
async fn two_lines_that_changed_places_are_named() {
    let database = with_lines().await;
    for statement in [
        "update ledger_line set sequence = 99 where sequence = 2",
        "update ledger_line set sequence = 2 where sequence = 3",
        "update ledger_line set sequence = 3 where sequence = 99",
    ] {
        falsify(&database, statement).await;
    }
    let found = faults(&database.storage, None).await;
    for sequence in [2, 3] {
        let is_named = |fault: &LedgerFault| matches!(fault, LedgerFault::Changed { sequence: named, .. } if *named == sequence);
        assert!(found.iter().any(is_named), "{found:?}");
    }
}

#[tokio::test]
async fn a_ledger_cut_off_with_its_head_is_found_by_a_head_that_was_noted() {
    let database = with_lines().await;
    let noted = database.storage.ledger_head().await.expect("read");
    for statement in [
        "delete from ledger_line where sequence = 4",
        "update ledger_head set sequence = 3, hash = (select hash from ledger_line where sequence = 3)",
        "update delivery set state = 'pending' where id = 'd2'",
    ] {
        falsify(&database, statement).await;
    }
    assert_eq!(faults(&database.storage, None).await, []);
    assert_eq!(
        faults(&database.storage, Some(&noted)).await,
        [LedgerFault::Missing { first: 4, last: 4 }]
    );
}

#[tokio::test]
async fn what_was_written_side_by_side_makes_one_chain() {
    let database = TestDatabase::migrated().await;
    let storages: Vec<Storage> = (0..4).map(|_| database.storage.clone()).collect();
    let writers = storages
        .iter()
        .enumerate()
        .map(|(writer, storage)| async move {
            for number in 0..5 {
                insert_delivery(storage, &format!("{writer}-{number}")).await;
            }
        });
    futures_util::future::join_all(writers).await;
    let state = verify_ledger(&database.storage, None).await.expect("read");
    assert_eq!((state.head.sequence, state.faults), (20, Vec::new()));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_no_line() {
    let database = with_lines().await;
    let mut writing = database.storage.begin_write().await.expect("begun");
    let delivery = writing.get_delivery("d1").await.expect("there");
    let delivered = step("e", DeliveryEvent::Delivered, DeliveryState::Delivered);
    writing
        .record_step(&delivery, None, delivered)
        .await
        .expect("written");
    drop(writing);
    let state = verify_ledger(&database.storage, None).await.expect("read");
    assert_eq!((state.head.sequence, state.faults), (4, Vec::new()));
}
