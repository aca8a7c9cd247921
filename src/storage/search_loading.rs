//! Reading the whole snapshot of the search rows, as the database has it at one instant. Each token and
//! each target comes with all who have it: that is the order in which the tables are kept, and
//! far fewer rows than there are in them. Who has a token that many have comes in parts, so that no
//! row is large.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::{
    Engine, Storage, StorageError,
    search_memory::change_number,
    search_snapshot::{SearchSnapshot, is_kept},
    search_text::by_bytes,
};
use crate::fhir::{Position, ResourceType, indexed_parameters};

/// Between two ids: none holds it.
const BETWEEN_IDS: char = ' ';
/// Ids in one row, at the most.
const IDS_A_ROW: i64 = 1_000;

impl Storage {
    /// The snapshot, and the number of changes that it has seen.
    pub(super) async fn read_search_snapshot(&self) -> Result<(i64, SearchSnapshot), StorageError> {
        let mut reading = self.pool.begin().await?;
        if self.engine == Engine::Postgres {
            sqlx::query("set transaction isolation level repeatable read, read only")
                .execute(&mut *reading)
                .await?;
        }
        let turn = change_number(&mut *reading).await?;
        let mut snapshot = SearchSnapshot::default();
        for kind in ResourceType::ALL {
            read_resources(&mut reading, self.engine, kind, &mut snapshot).await?;
        }
        for kind in ResourceType::ALL {
            for parameter in names(kind).filter(|name| is_kept(name)) {
                read_tokens(&mut reading, (kind, parameter), &mut snapshot).await?;
                read_common_tokens(&mut reading, (kind, parameter), &mut snapshot).await?;
            }
            read_links(&mut reading, kind, &mut snapshot).await?;
            read_positions(&mut reading, kind, &mut snapshot).await?;
        }
        reading.rollback().await?;
        snapshot.finish();
        Ok((turn, snapshot))
    }
}

async fn read_resources(
    connection: &mut AnyConnection,
    engine: Engine,
    kind: ResourceType,
    snapshot: &mut SearchSnapshot,
) -> Result<(), StorageError> {
    let sql = format!(
        "select id, sort_name, is_public from resource where resource_type = $1 order by id{}",
        by_bytes(engine)
    );
    let mut rows = sqlx::query(AssertSqlSafe(sql))
        .bind(kind.as_str())
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let number = snapshot.number(kind, row.try_get(0)?);
        snapshot.put_resource(kind, number, row.try_get::<i64, _>(2)? == 1);
        snapshot.put_name(kind, number, row.try_get(1)?);
    }
    Ok(())
}

/// The tokens of a parameter that not many have, each in one row.
async fn read_tokens(
    connection: &mut AnyConnection,
    (kind, parameter): (ResourceType, &'static str),
    snapshot: &mut SearchSnapshot,
) -> Result<(), StorageError> {
    let mut rows = sqlx::query(
        "select code, system, string_agg(resource_id, $1) from search_token \
         where resource_type = $2 and parameter = $3 group by code, system having count(*) <= $4",
    )
    .bind(BETWEEN_IDS.to_string())
    .bind(kind.as_str())
    .bind(parameter)
    .bind(IDS_A_ROW)
    .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let holders = numbers(snapshot, kind, row.try_get(2)?);
        let token = (row.try_get(1)?, row.try_get(0)?);
        snapshot.put_token(kind, parameter, token, &holders);
    }
    Ok(())
}

/// The other tokens of a parameter, each in as many rows as it takes.
async fn read_common_tokens(
    connection: &mut AnyConnection,
    (kind, parameter): (ResourceType, &'static str),
    snapshot: &mut SearchSnapshot,
) -> Result<(), StorageError> {
    let tokens = sqlx::query(
        "select code, system from search_token where resource_type = $1 and parameter = $2 \
         group by code, system having count(*) > $3",
    )
    .bind(kind.as_str())
    .bind(parameter)
    .bind(IDS_A_ROW)
    .fetch_all(&mut *connection)
    .await?;
    for token in tokens {
        let (code, system): (&str, &str) = (token.try_get(0)?, token.try_get(1)?);
        let mut after = String::new();
        loop {
            let row = sqlx::query(
                "select string_agg(resource_id, $1), max(resource_id) from (\
                 select resource_id from search_token where resource_type = $2 and parameter = $3 \
                 and code = $4 and system = $5 and resource_id > $6 order by resource_id limit $7) part",
            )
            .bind(BETWEEN_IDS.to_string())
            .bind(kind.as_str())
            .bind(parameter)
            .bind(code)
            .bind(system)
            .bind(&after)
            .bind(IDS_A_ROW)
            .fetch_one(&mut *connection)
            .await?;
            let (Some(ids), Some(last)) = (
                row.try_get::<Option<&str>, _>(0)?,
                row.try_get::<Option<String>, _>(1)?,
            ) else {
                break;
            };
            let holders = numbers(snapshot, kind, ids);
            snapshot.put_token(kind, parameter, (system, code), &holders);
            after = last;
        }
    }
    Ok(())
}

async fn read_links(
    connection: &mut AnyConnection,
    kind: ResourceType,
    snapshot: &mut SearchSnapshot,
) -> Result<(), StorageError> {
    let names: HashMap<&str, &'static str> = names(kind).map(|name| (name, name)).collect();
    let mut rows = sqlx::query(
        "select parameter, target_type, target_id, string_agg(resource_id, $1) \
         from search_reference where resource_type = $2 group by parameter, target_type, target_id",
    )
    .bind(BETWEEN_IDS.to_string())
    .bind(kind.as_str())
    .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let parameter = names.get(row.try_get::<&str, _>(0)?);
        let target = ResourceType::parse(row.try_get(1)?);
        if let (Some(parameter), Some(target)) = (parameter, target) {
            let sources = numbers(snapshot, kind, row.try_get(3)?);
            snapshot.put_links(kind, parameter, (target, row.try_get(2)?), &sources);
        }
    }
    Ok(())
}

async fn read_positions(
    connection: &mut AnyConnection,
    kind: ResourceType,
    snapshot: &mut SearchSnapshot,
) -> Result<(), StorageError> {
    let mut rows = sqlx::query(
        "select resource_id, latitude, longitude from search_position where resource_type = $1",
    )
    .bind(kind.as_str())
    .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let number = snapshot.number(kind, row.try_get(0)?);
        let position = Position {
            latitude: row.try_get(1)?,
            longitude: row.try_get(2)?,
        };
        snapshot.put_position(kind, number, position);
    }
    Ok(())
}

fn names(kind: ResourceType) -> impl Iterator<Item = &'static str> {
    indexed_parameters(kind).map(|parameter| parameter.name)
}

/// The numbers of resources whose ids stand in one text.
fn numbers(snapshot: &mut SearchSnapshot, kind: ResourceType, ids: &str) -> Vec<u32> {
    ids.split(BETWEEN_IDS)
        .map(|id| snapshot.number(kind, id))
        .collect()
}
