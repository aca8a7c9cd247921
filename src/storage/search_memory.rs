//! Keeping the snapshot of the search rows: loaded once, then brought up to date before each answer by
//! what changed since, so that a search sees a write as soon as its answer was given.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use tokio::sync::Mutex;

use super::{
    Engine, Reader, Storage, StorageError, WriteTransaction,
    query::{Row, Runner, query},
    search_snapshot::{ResourceRows, SearchSnapshot, is_kept},
    search_snapshot_page::{FoundPage, answers},
    sql_text::SqlText,
};
use crate::fhir::{Position, ResourceType, SearchQuery, indexed_parameters};

/// Changes taken in one by one, at the most: this many, or one resource in eight of a large directory.
/// Beyond, all is loaded anew, which takes so long there that a pass over the offers would write as
/// many meanwhile.
const MAX_CHANGES: usize = 2_000;
const LARGE_SHARE: u64 = 8;
/// Ids named in one statement.
const IDS_A_STATEMENT: usize = 500;

/// The snapshot of one database, shared by all who search it.
#[derive(Clone, Default)]
pub(super) struct SearchMemory(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The snapshot and the number of changes that it has seen; none before it is loaded.
    snapshot: RwLock<Option<(i64, SearchSnapshot)>>,
    /// Who brings it up to date.
    updating: Mutex<()>,
}

impl std::fmt::Debug for SearchMemory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SearchMemory")
    }
}

type Resources = HashMap<String, ResourceRows>;

impl SearchMemory {
    fn read(&self) -> RwLockReadGuard<'_, Option<(i64, SearchSnapshot)>> {
        let snapshot = self.0.snapshot.read();
        snapshot.unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> Option<i64> {
        self.read().as_ref().map(|(turn, _)| *turn)
    }

    /// Changes that are taken in one by one, at the most.
    fn max_changes(&self) -> usize {
        let snapshot = self.read();
        let tables = snapshot.iter().flat_map(|(_, all)| all.tables.values());
        let share = tables.map(|table| table.live.len()).sum::<u64>() / LARGE_SHARE;
        usize::try_from(share).map_or(MAX_CHANGES, |share| share.max(MAX_CHANGES))
    }
}

impl Storage {
    /// Loads the snapshot from which most searches are answered. Until then, and without it, the
    /// database answers them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn load_search_memory(&self) -> Result<(), StorageError> {
        let _turn = self.memory.0.updating.lock().await;
        self.load_all().await
    }

    /// Takes in what changed since the snapshot was loaded, or last looked at; loads it when it was not.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn refresh_search_memory(&self) -> Result<(), StorageError> {
        match self.memory.seen() {
            Some(_) => self.bring_up_to_date().await,
            None => self.load_search_memory().await,
        }
    }

    async fn load_all(&self) -> Result<(), StorageError> {
        let (turn, snapshot) = self.read_search_snapshot().await?;
        self.replace(turn, snapshot);
        Ok(())
    }

    fn replace(&self, turn: i64, snapshot: SearchSnapshot) {
        let mut place = self
            .memory
            .0
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some((turn, snapshot));
    }

    async fn change_number(&self) -> Result<i64, StorageError> {
        change_number(self.by_key()).await
    }

    /// The page of a search, from memory; none when the database must answer.
    pub(super) async fn page_in_memory(
        &self,
        query: &SearchQuery,
        reader: Reader,
    ) -> Result<Option<FoundPage>, StorageError> {
        self.in_memory(query, |snapshot| snapshot.page(query, reader))
            .await
    }

    /// What `read` finds in the snapshot that the page of a search was just found in; none when the
    /// database answered.
    pub(super) fn again_in_memory<T>(&self, read: impl FnOnce(&SearchSnapshot) -> T) -> Option<T> {
        let snapshot = self.memory.read();
        snapshot.as_ref().map(|(_, snapshot)| read(snapshot))
    }

    /// What `read` finds in a snapshot that is up to date; none when the database must answer.
    pub(super) async fn in_memory<T>(
        &self,
        query: &SearchQuery,
        read: impl FnOnce(&SearchSnapshot) -> T,
    ) -> Result<Option<T>, StorageError> {
        if !answers(query) || self.memory.seen().is_none() {
            return Ok(None);
        }
        self.bring_up_to_date().await?;
        Ok(self.again_in_memory(read))
    }

    async fn bring_up_to_date(&self) -> Result<(), StorageError> {
        let now = self.change_number().await?;
        if self.memory.seen() == Some(now) {
            return Ok(());
        }
        let _turn = self.memory.0.updating.lock().await;
        let now = self.change_number().await?;
        let Some(seen) = self.memory.seen().filter(|seen| *seen < now) else {
            return Ok(());
        };
        let most = self.memory.max_changes();
        let changes = self.changes_since(seen, most).await?;
        if changes.values().map(Vec::len).sum::<usize>() > most {
            return self.load_all().await;
        }
        let mut found: Vec<(ResourceType, String, Option<ResourceRows>)> = Vec::new();
        for (kind, ids) in changes {
            for chunk in ids.chunks(IDS_A_STATEMENT) {
                let mut rows = self.read_rows(kind, chunk).await?;
                found.extend(chunk.iter().map(|id| (kind, id.clone(), rows.remove(id))));
            }
        }
        let mut place = self
            .memory
            .0
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((turn, snapshot)) = place.as_mut() {
            for (kind, id, rows) in found {
                snapshot.put(kind, &id, rows);
            }
            *turn = now;
        }
        Ok(())
    }

    /// What changed after that number of changes, by type: `most` changes, and one more when there are
    /// more.
    async fn changes_since(
        &self,
        seen: i64,
        most: usize,
    ) -> Result<HashMap<ResourceType, Vec<String>>, StorageError> {
        let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
        let rows = query(
            "select resource_type, resource_id from search_change where turn > $1 order by turn limit $2",
        )
        .bind(seen)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let mut changes: HashMap<ResourceType, Vec<String>> = HashMap::new();
        for row in rows {
            let kind = ResourceType::parse(row.try_get(0)?);
            let kind = kind.expect("search rows name types of the directory");
            changes.entry(kind).or_default().push(row.try_get(1)?);
        }
        Ok(changes)
    }

    /// The rows of some resources of a type, by id.
    async fn read_rows(
        &self,
        kind: ResourceType,
        ids: &[String],
    ) -> Result<Resources, StorageError> {
        let mut found: Resources = HashMap::with_capacity(ids.len());
        for row in self
            .rows_of("id, sort_name, is_public", "resource", "id", kind, ids)
            .await?
        {
            let own = ResourceRows {
                name: row.try_get(1)?,
                is_public: row.try_get::<i64>(2)? == 1,
                ..ResourceRows::default()
            };
            found.insert(row.try_get(0)?, own);
        }
        let parameters = indexed_parameters(kind).map(|parameter| parameter.name);
        let names: HashMap<&str, &'static str> = parameters.map(|name| (name, name)).collect();
        let columns = "resource_id, parameter, system, code";
        for row in self
            .rows_of(columns, "search_token", "resource_id", kind, ids)
            .await?
        {
            let parameter = names
                .get(row.try_get::<&str>(1)?)
                .filter(|name| is_kept(name));
            if let (Some(parameter), Some(own)) =
                (parameter, found.get_mut(row.try_get::<&str>(0)?))
            {
                own.tokens
                    .push((parameter, row.try_get(2)?, row.try_get(3)?));
            }
        }
        let columns = "resource_id, parameter, target_type, target_id";
        for row in self
            .rows_of(columns, "search_reference", "resource_id", kind, ids)
            .await?
        {
            let parameter = names.get(row.try_get::<&str>(1)?);
            let target = ResourceType::parse(row.try_get(2)?);
            if let (Some(parameter), Some(target), Some(own)) =
                (parameter, target, found.get_mut(row.try_get::<&str>(0)?))
            {
                own.links.push((parameter, target, row.try_get(3)?));
            }
        }
        let columns = "resource_id, latitude, longitude";
        for row in self
            .rows_of(columns, "search_position", "resource_id", kind, ids)
            .await?
        {
            if let Some(own) = found.get_mut(row.try_get::<&str>(0)?) {
                own.position = Some(Position {
                    latitude: row.try_get(1)?,
                    longitude: row.try_get(2)?,
                });
            }
        }
        Ok(found)
    }

    async fn rows_of(
        &self,
        columns: &str,
        table: &str,
        id: &str,
        kind: ResourceType,
        ids: &[String],
    ) -> Result<Vec<Row>, StorageError> {
        let mut sql = SqlText::default();
        push_rows_of(&mut sql, self.engine, (columns, table, id), kind, ids);
        sql.query().fetch_all(&self.pool).await
    }
}

/// `select …` for the rows of some resources. SQLite is told which index has them: it takes that of the
/// parameters otherwise, which holds every column and all rows of the type.
fn push_rows_of(
    sql: &mut SqlText,
    engine: Engine,
    (columns, table, id): (&str, &str, &str),
    kind: ResourceType,
    ids: &[String],
) {
    sql.push(&format!("select {columns} from {table}"));
    if engine == Engine::Sqlite && matches!(table, "search_token" | "search_reference") {
        sql.push(&format!(" indexed by {table}_by_resource"));
    }
    sql.push(" where resource_type = ")
        .bind(kind.as_str())
        .push(&format!(" and {id} in ("))
        .bind_list(ids)
        .push(")");
}

/// How many changes the search rows have seen.
pub(super) async fn change_number(runner: impl Into<Runner<'_>>) -> Result<i64, StorageError> {
    let row = query("select turn from write_turn where id = 'directory'")
        .fetch_one(runner)
        .await?;
    row.try_get(0)
}

impl WriteTransaction {
    /// Notes that the search rows of these resources changed, for those who keep them in memory.
    pub(super) async fn note_changes(
        &mut self,
        kind: ResourceType,
        ids: &[&str],
    ) -> Result<(), StorageError> {
        query("update write_turn set turn = turn + 1 where id = 'directory'")
            .execute(&mut *self)
            .await?;
        let together = self.engine().rows_a_statement();
        for chunk in ids.chunks(together) {
            let mut sql = SqlText::of_values(chunk.len(), together);
            sql.push("insert into search_change (resource_type, resource_id, turn) values ");
            for (rank, id) in chunk.iter().enumerate() {
                sql.push(if rank == 0 { "(" } else { ", (" });
                sql.bind_list([kind.as_str(), id]);
                sql.push(", (select turn from write_turn where id = 'directory'))");
            }
            sql.push(
                " on conflict (resource_type, resource_id) do update set turn = excluded.turn",
            );
            sql.query().execute(&mut *self).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "search_memory_tests.rs"]
mod tests;
