//! The history of a resource, of a type, or of the whole directory.

use super::{
    Reader, Storage, StorageError, query::Row, search_conditions::push_visibility,
    sql_text::SqlText,
};
use crate::fhir::ResourceType;

/// Whose history is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this type alone.
    pub kind: Option<ResourceType>,
    /// Of this resource alone.
    pub id: Option<String>,
    /// Versions written at that instant or later, as [`crate::clock::instant_text`] writes it.
    pub since: Option<String>,
    /// Goes on after that version.
    pub after: Option<HistoryPlace>,
    /// Versions on a page.
    pub count: i64,
}

/// Where a page of history ended: newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPlace {
    /// When the version was written.
    pub last_updated: String,
    /// Its type.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its number.
    pub version: i64,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Where it stands in the history.
    pub place: HistoryPlace,
    /// What made it: `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// The resource; empty when it was deleted.
    pub json: String,
}

impl Storage {
    /// A page of history, newest first, as far as the reader may see.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn history(
        &self,
        query: &HistoryQuery,
        reader: Reader,
    ) -> Result<Vec<HistoryRow>, StorageError> {
        let mut sql = SqlText::new(
            "select v.last_updated, v.resource_type, v.id, v.version, v.method, v.json \
             from resource_version v where 1 = 1",
        );
        push_conditions(&mut sql, query, reader);
        if let Some(place) = &query.after {
            push_after(&mut sql, place);
        }
        sql.push(
            " order by v.last_updated desc, v.resource_type desc, v.id desc, v.version desc limit ",
        );
        sql.bind_number(query.count);
        let rows = sql.query().fetch_all(&self.pool).await?;
        rows.iter().map(read_row).collect()
    }

    /// How many versions the history has, as far as the reader may see.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_history(
        &self,
        query: &HistoryQuery,
        reader: Reader,
    ) -> Result<i64, StorageError> {
        let mut sql = SqlText::new("select count(*) from resource_version v where 1 = 1");
        push_conditions(&mut sql, query, reader);
        sql.query().fetch_one(&self.pool).await?.try_get(0)
    }

    /// True when a resource was there, was seen by that reader, and is deleted.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn is_deleted(
        &self,
        kind: ResourceType,
        id: &str,
        reader: Reader,
    ) -> Result<bool, StorageError> {
        let mut sql = SqlText::new(
            "select v.method, v.is_public from resource_version v where v.resource_type = ",
        );
        sql.bind(kind.as_str()).push(" and v.id = ").bind(id);
        sql.push(" order by v.version desc limit 1");
        let Some(row) = sql.query().fetch_optional(&self.pool).await? else {
            return Ok(false);
        };
        let is_seen = reader == Reader::Network || row.try_get::<i64>(1)? == 1;
        Ok(is_seen && row.try_get::<String>(0)? == "DELETE")
    }
}

fn push_conditions(sql: &mut SqlText, query: &HistoryQuery, reader: Reader) {
    if let Some(kind) = query.kind {
        sql.push(" and v.resource_type = ").bind(kind.as_str());
    }
    if let Some(id) = &query.id {
        sql.push(" and v.id = ").bind(id);
    }
    if let Some(since) = &query.since {
        sql.push(" and v.last_updated >= ").bind(since);
    }
    if reader == Reader::Public {
        // A version is seen when it was public, and its resource is seen now, by the rule of its
        // type, or is no more.
        sql.push(" and v.is_public = 1 and (1 = 0");
        let asked = |kind: &ResourceType| query.kind.is_none_or(|asked| asked == *kind);
        for kind in ResourceType::ALL.into_iter().filter(asked) {
            sql.push(" or (v.resource_type = ").bind(kind.as_str());
            sql.push(
                " and not exists (select 1 from resource h where h.resource_type = v.resource_type \
                 and h.id = v.id and not exists (select 1 from resource r \
                 where r.resource_type = h.resource_type and r.id = h.id",
            );
            push_visibility(sql, kind, reader);
            sql.push("))");
            // What a list held before may be of those that are not for everybody.
            if kind == ResourceType::List {
                sql.push(
                    " and exists (select 1 from resource c where c.resource_type = v.resource_type \
                     and c.id = v.id and c.version = v.version)",
                );
            }
            sql.push(")");
        }
        sql.push(")");
    }
}

/// What comes after a place, written as one comparison after the other: both engines then use the
/// index.
fn push_after(sql: &mut SqlText, place: &HistoryPlace) {
    sql.push(" and v.last_updated <= ")
        .bind(&place.last_updated);
    sql.push(" and (v.last_updated < ")
        .bind(&place.last_updated);
    sql.push(" or v.resource_type < ").bind(&place.kind);
    sql.push(" or (v.resource_type = ").bind(&place.kind);
    sql.push(" and (v.id < ").bind(&place.id);
    sql.push(" or (v.id = ").bind(&place.id);
    sql.push(" and v.version < ").bind_number(place.version);
    sql.push("))))");
}

fn read_row(row: &Row) -> Result<HistoryRow, StorageError> {
    Ok(HistoryRow {
        place: HistoryPlace {
            last_updated: row.try_get(0)?,
            kind: row.try_get(1)?,
            id: row.try_get(2)?,
            version: row.try_get(3)?,
        },
        method: row.try_get(4)?,
        json: row.try_get(5)?,
    })
}
