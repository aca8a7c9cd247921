//! Writers side by side: each is whole or nothing, and none holds up the others.

use std::time::Duration;

use futures_util::future::join_all;
use passerelle::storage::{Storage, StorageError};

use crate::{database::TestDatabase, storage::insert_delivery};

async fn contents(storage: &Storage) -> i64 {
    storage
        .ledger_head()
        .await
        .expect("the ledger has a head")
        .sequence
}

#[tokio::test]
async fn what_one_writer_undoes_leaves_the_work_of_the_others() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    let writers = (0..40).map(|number| async move {
        let mut writing = storage.begin_write().await.expect("a turn");
        let sha256 = writing
            .insert_content(format!("content {number}").as_bytes())
            .await
            .expect("written");
        if number % 3 == 0 {
            drop(writing);
        } else {
            writing.commit().await.expect("durable");
        }
        (number, sha256)
    });
    for (number, sha256) in join_all(writers).await {
        let found = storage.find_content(&sha256).await.expect("read");
        assert_eq!(found.is_some(), number % 3 != 0, "content {number}");
    }
}

#[tokio::test]
async fn a_large_writer_that_gives_up_leaves_those_beside_it_whole() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    let write = |name: String| async move {
        let mut writing = storage.begin_write().await.expect("a turn");
        let content = writing.insert_content(name.as_bytes()).await;
        writing.commit().await.expect("durable");
        content.expect("written")
    };
    let large = async {
        let mut writing = storage.begin_large_write().await.expect("a turn");
        let mut undone = Vec::new();
        for number in 0..100 {
            let content = format!("large {number}");
            let content = writing.insert_content(content.as_bytes()).await;
            undone.push(content.expect("written"));
        }
        undone
    };
    let before = join_all((0..4).map(|number| write(format!("before {number}"))));
    let after = join_all((0..4).map(|number| write(format!("after {number}"))));
    let (before, undone, after) = tokio::join!(before, large, after);
    for kept in before.iter().chain(&after) {
        assert!(storage.find_content(kept).await.expect("read").is_some());
    }
    for undone in &undone {
        assert!(storage.find_content(undone).await.expect("read").is_none());
    }
}

#[tokio::test]
async fn a_writer_whose_statement_fails_harms_nobody_else() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    insert_delivery(storage, "d").await;
    let failing = async {
        let mut writing = storage.begin_write().await.expect("a turn");
        let refused = writing.insert_cancellation("no report", "no arrival", "now");
        assert!(matches!(
            refused.await,
            Err(StorageError::Database(_) | StorageError::Lost(_))
        ));
    };
    let writers = ["a", "b", "c"].map(|id| insert_delivery(storage, id));
    tokio::join!(failing, join_all(writers));
    assert_eq!(contents(storage).await, 4);
}

#[tokio::test]
async fn a_writer_that_is_abandoned_at_any_point_does_not_hold_up_the_next() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    for polls in 0..30 {
        // Abandoned after that many steps, as when a caller hangs up.
        let mut writer = Box::pin(async {
            let mut writing = storage.begin_write().await?;
            writing.insert_content(b"abandoned").await?;
            writing.commit().await
        });
        for _ in 0..polls {
            if futures_util::poll!(&mut writer).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(writer);
        let id = format!("d{polls}");
        let next = insert_delivery(storage, &id);
        tokio::time::timeout(Duration::from_secs(20), next)
            .await
            .expect("the next writer has its turn");
    }
    assert_eq!(contents(storage).await, 30);
}

#[tokio::test]
async fn the_log_of_an_sqlite_file_begins_anew_while_others_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("passerelle.db");
    let storage = Storage::open_file(&file).await.expect("opens");
    storage.migrate().await.expect("migrated");
    let write = async |bytes: Vec<u8>| {
        let mut writing = storage.begin_write().await.expect("a turn");
        writing.insert_content(&bytes).await.expect("written");
        writing.commit().await.expect("durable");
    };
    let beside = rusqlite::Connection::open(&file).expect("opens");
    let frames = || -> i64 {
        let row = beside.query_row("pragma wal_checkpoint(noop)", [], |row| row.get(1));
        row.expect("it is told")
    };
    let mut longest = 0;
    for number in 0..40_u8 {
        // Some 490 pages; the log is long after nine of them.
        write(vec![number; 2_000_000]).await;
        longest = longest.max(frames());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!((4_000..16_000).contains(&longest), "{longest}");
    let mut left = frames();
    for number in 0..100_u8 {
        write(vec![number]).await;
        left = left.min(frames());
        if left < 4_000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(left < 4_000, "{left}");
}
