//! Searching resources: the ids of a page first, then their JSON, then what comes along, each step
//! one statement.

use std::collections::{HashMap, HashSet};

use sqlx::Row;

use super::{
    Reader, Storage, StorageError, StoredResource,
    resources::read_resource,
    search_conditions::{push_criterion, push_visibility},
    sql_text::SqlText,
};
use crate::fhir::{Cursor, Include, ResourceType, SearchQuery, SortKey};

/// Ids named in one statement.
const IDS_A_STATEMENT: usize = 500;
/// Resources that come along with a page, at the most.
const MAX_INCLUDED: usize = 2_000;
/// Steps of `:iterate`, at the most.
const MAX_ITERATIONS: usize = 8;

/// A page of matches, and what comes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPage {
    /// The matches, in the order asked for.
    pub matches: Vec<StoredResource>,
    /// What was included, by type and id.
    pub included: Vec<StoredResource>,
    /// How many match in all, when asked for.
    pub total: Option<i64>,
    /// The last match, when more follow.
    pub next: Option<Cursor>,
    /// True when more would come along than one page may hold.
    pub is_cut: bool,
}

impl Storage {
    /// Answers a search, as far as the reader may see.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn search(
        &self,
        query: &SearchQuery,
        reader: Reader,
    ) -> Result<SearchPage, StorageError> {
        let total = if query.has_total || query.is_count_only {
            Some(self.count_matches(query, reader).await?)
        } else {
            None
        };
        let mut page = SearchPage {
            matches: Vec::new(),
            included: Vec::new(),
            total,
            next: None,
            is_cut: false,
        };
        if query.is_count_only {
            return Ok(page);
        }
        let mut keys = self.match_keys(query, reader).await?;
        if keys.len() > query.count {
            keys.truncate(query.count);
            page.next = keys.last().cloned();
        }
        let ids: Vec<String> = keys.into_iter().map(|cursor| cursor.id).collect();
        page.matches = self.get_resources(query.on, &ids, reader).await?;
        (page.included, page.is_cut) = self.included(query, &ids, reader).await?;
        Ok(page)
    }

    /// How many resources match.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_matches(
        &self,
        query: &SearchQuery,
        reader: Reader,
    ) -> Result<i64, StorageError> {
        let mut sql = SqlText::new("select count(*)");
        push_matches(&mut sql, query, reader);
        Ok(sql.query().fetch_one(&self.pool).await?.try_get(0)?)
    }

    /// How many matches have each code of a token parameter of their type, by code.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_by_code(
        &self,
        query: &SearchQuery,
        reader: Reader,
        parameter: &str,
    ) -> Result<Vec<(String, i64)>, StorageError> {
        let mut sql = SqlText::new(
            "select t.code, count(distinct t.resource_id) from search_token t where t.resource_type = ",
        );
        sql.bind(query.on.as_str()).push(" and t.parameter = ");
        sql.bind(parameter)
            .push(" and t.resource_id in (select r.id");
        push_matches(&mut sql, query, reader);
        sql.push(") group by t.code order by t.code");
        self.code_counts(sql).await
    }

    /// How many matching offers each department has, by its code: that of their place.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_by_department(
        &self,
        query: &SearchQuery,
        reader: Reader,
    ) -> Result<Vec<(String, i64)>, StorageError> {
        let mut sql = SqlText::new("with found as (select r.id");
        push_matches(&mut sql, query, reader);
        // A join and not `in`: SQLite would try each match against each place.
        sql.push(
            ") select t.code, count(distinct found.id) from found join search_reference c \
             on c.resource_type = 'HealthcareService' and c.resource_id = found.id \
             and c.parameter = 'location' and c.target_type = 'Location' \
             join search_token t on t.resource_type = 'Location' and t.parameter = 'department' \
             and t.resource_id = c.target_id group by t.code order by t.code",
        );
        self.code_counts(sql).await
    }

    async fn code_counts(&self, sql: SqlText) -> Result<Vec<(String, i64)>, StorageError> {
        let rows = sql.query().fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Keys of the page's matches, and of one more when there is one.
    async fn match_keys(
        &self,
        query: &SearchQuery,
        reader: Reader,
    ) -> Result<Vec<Cursor>, StorageError> {
        let key = match query.sort.key {
            SortKey::Id => "r.id",
            SortKey::LastUpdated => "r.last_updated",
            SortKey::Name => "r.sort_name",
        };
        let (direction, after) = if query.sort.is_descending {
            (" desc", " < ")
        } else {
            ("", " > ")
        };
        let mut sql = SqlText::new("select ");
        sql.push(key).push(", r.id");
        push_matches(&mut sql, query, reader);
        if let Some(cursor) = &query.after {
            sql.push(" and (").push(key).push(after).bind(&cursor.key);
            sql.push(" or (").push(key).push(" = ").bind(&cursor.key);
            sql.push(" and r.id")
                .push(after)
                .bind(&cursor.id)
                .push("))");
        }
        sql.push(" order by ").push(key).push(direction);
        if query.sort.key != SortKey::Id {
            sql.push(", r.id").push(direction);
        }
        let limit = i64::try_from(query.count).unwrap_or(i64::MAX - 1) + 1;
        sql.push(" limit ").bind_number(limit);
        let rows = sql.query().fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                Ok(Cursor {
                    key: row.try_get(0)?,
                    id: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// The resources of these ids that the reader may see, in the order of `ids`.
    pub(super) async fn get_resources(
        &self,
        kind: ResourceType,
        ids: &[String],
        reader: Reader,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let mut found = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(IDS_A_STATEMENT) {
            let mut sql = SqlText::new(
                "select r.id, r.version, r.last_updated, r.json from resource r where r.resource_type = ",
            );
            sql.bind(kind.as_str()).push(" and r.id in (");
            sql.bind_list(chunk).push(")");
            push_visibility(&mut sql, kind, reader);
            for row in sql.query().fetch_all(&self.pool).await? {
                let resource = read_resource(kind, &row)?;
                found.insert(resource.id.clone(), resource);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// What comes along with these matches, and whether some of it had to be left out.
    async fn included(
        &self,
        query: &SearchQuery,
        matches: &[String],
        reader: Reader,
    ) -> Result<(Vec<StoredResource>, bool), StorageError> {
        let mut seen: HashSet<(ResourceType, String)> =
            matches.iter().map(|id| (query.on, id.clone())).collect();
        let mut frontier: Vec<(ResourceType, String)> = seen.iter().cloned().collect();
        let mut added: Vec<(ResourceType, String)> = Vec::new();
        for round in 0..MAX_ITERATIONS {
            let mut next = Vec::new();
            for include in &query.includes {
                if round > 0 && !include.is_iterated {
                    continue;
                }
                let start = if include.is_reverse {
                    include.target
                } else {
                    include.on
                };
                let ids = frontier.iter().filter(|(kind, _)| *kind == start);
                let ids: Vec<&str> = ids.map(|(_, id)| id.as_str()).collect();
                for found in self.linked(include, &ids).await? {
                    if seen.insert(found.clone()) {
                        next.push(found);
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            added.extend(next.iter().cloned());
            frontier = next;
        }
        added.sort();
        let is_cut = added.len() > MAX_INCLUDED;
        added.truncate(MAX_INCLUDED);
        let mut included = Vec::with_capacity(added.len());
        for kind in ResourceType::ALL {
            let ids = added.iter().filter(|(found, _)| *found == kind);
            let ids: Vec<String> = ids.map(|(_, id)| id.clone()).collect();
            included.extend(self.get_resources(kind, &ids, reader).await?);
        }
        Ok((included, is_cut))
    }

    async fn linked(
        &self,
        include: &Include,
        ids: &[&str],
    ) -> Result<Vec<(ResourceType, String)>, StorageError> {
        let (kind, wanted, given) = if include.is_reverse {
            (include.on, "resource_id", "target_id")
        } else {
            (include.target, "target_id", "resource_id")
        };
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_A_STATEMENT) {
            let mut sql = SqlText::new("select distinct ");
            sql.push(wanted)
                .push(" from search_reference where resource_type = ");
            sql.bind(include.on.as_str()).push(" and parameter = ");
            sql.bind(include.parameter).push(" and target_type = ");
            sql.bind(include.target.as_str()).push(" and ");
            sql.push(given).push(" in (");
            sql.bind_list(chunk.iter().copied()).push(")");
            for row in sql.query().fetch_all(&self.pool).await? {
                found.push((kind, row.try_get(0)?));
            }
        }
        Ok(found)
    }
}

/// ` from resource r where …` for all that matches, whatever the page.
pub(super) fn push_matches(sql: &mut SqlText, query: &SearchQuery, reader: Reader) {
    sql.push(" from resource r where r.resource_type = ")
        .bind(query.on.as_str());
    push_visibility(sql, query.on, reader);
    for criterion in &query.criteria {
        sql.push(" and ");
        push_criterion(sql, "r.id", criterion);
    }
}
