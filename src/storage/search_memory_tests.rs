//! How many changes the memory of the search takes in one by one.

use super::*;
use crate::storage::{Arrival, JournalOutcome};

/// So many that an eighth of them is more than [`MAX_CHANGES`].
const PLACES: usize = 17_000;
const KIND: ResourceType = ResourceType::Location;

/// A directory of places that nobody may see.
async fn large_directory(folder: &std::path::Path) -> Storage {
    let storage = Storage::open_file(&folder.join("large.db"))
        .await
        .expect("opens");
    storage.migrate().await.expect("migrates");
    let mut writing = storage.begin_write().await.expect("a transaction");
    let arrival = Arrival {
        id: "arrival",
        bytes: b"test",
        source: "test",
        media_type: "text/plain",
        received_at: "2026-11-23T08:00:00.000Z",
    };
    writing
        .insert_arrival(arrival, JournalOutcome::Accepted)
        .await
        .expect("kept");
    query(
        "insert into resource (resource_type, id, version, created_at, last_updated, fingerprint, \
         sort_name, is_public, journal_id, json) \
         with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) \
         select 'Location', 'l-' || i, 1, '', '', '', '', 0, 'arrival', '{}' from n",
    )
    .bind(i64::try_from(PLACES).expect("small"))
    .execute(&mut writing)
    .await
    .expect("made");
    writing.commit().await.expect("committed");
    storage
}

/// So many places may be seen from now on.
async fn publish(storage: &Storage, count: usize) {
    let ids: Vec<String> = (1..=count).map(|number| format!("l-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut writing = storage.begin_write().await.expect("a transaction");
    for chunk in ids.chunks(IDS_A_STATEMENT) {
        let mut sql = SqlText::new("update resource set is_public = 1 where id in (");
        sql.bind_list(chunk.iter().copied()).push(")");
        sql.query().execute(&mut writing).await.expect("changed");
    }
    writing.note_changes(KIND, &ids).await.expect("noted");
    writing.commit().await.expect("committed");
}

#[tokio::test]
async fn an_eighth_of_a_large_directory_is_taken_in_one_by_one_and_more_is_loaded_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = large_directory(folder.path()).await;
    storage.load_search_memory().await.expect("loaded");
    // A place that the database does not have stays until all is loaded anew.
    {
        let mut memory = storage.memory.0.snapshot.write().expect("not poisoned");
        let (_, snapshot) = memory.as_mut().expect("it was loaded");
        snapshot.put(KIND, "marker", Some(ResourceRows::default()));
    }
    for (changes, is_marked) in [(MAX_CHANGES + 100, true), (PLACES / 8 + 1, false)] {
        publish(&storage, changes).await;
        storage.bring_up_to_date().await.expect("up to date");
        let memory = storage.memory.read();
        let (_, snapshot) = memory.as_ref().expect("it was loaded");
        let table = snapshot.table(KIND).expect("places");
        assert_eq!(table.public.len(), changes as u64);
        assert_eq!(table.ids.find("marker").is_some(), is_marked, "{changes}");
    }
}

#[tokio::test]
async fn what_changed_is_read_without_a_look_at_all_rows_of_its_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = Storage::open_file(&folder.path().join("plan.db"))
        .await
        .expect("opens");
    storage.migrate().await.expect("migrates");
    let ids = ["a".to_owned(), "b".to_owned()];
    for (columns, table, id) in [
        ("id, sort_name, is_public", "resource", "id"),
        (
            "resource_id, parameter, system, code",
            "search_token",
            "resource_id",
        ),
        (
            "resource_id, parameter, target_type, target_id",
            "search_reference",
            "resource_id",
        ),
        (
            "resource_id, latitude, longitude",
            "search_position",
            "resource_id",
        ),
    ] {
        let mut sql = SqlText::new("explain query plan ");
        push_rows_of(&mut sql, storage.engine, (columns, table, id), KIND, &ids);
        let plan = sql.query().fetch_one(&storage.pool).await.expect("planned");
        let step: &str = plan.try_get(3).expect("a step");
        assert!(
            step.contains(&format!("(resource_type=? AND {id}=?)")),
            "{step}"
        );
    }
}
