//! Searching resources: the keys of a page first, then their JSON, then what comes along, each step
//! one statement.

use std::collections::HashMap;

use super::{
    Reader, Storage, StorageError, StoredResource,
    query::{Row, Runner},
    resources::read_resource,
    search_conditions::{push_own_visibility, push_visibility},
    search_include::Source,
    search_matches::Matches,
    search_snapshot_page::FoundPage,
    sql_text::SqlText,
};
use crate::fhir::{Cursor, CursorKey, ResourceType, SearchQuery, SortKey};

/// Ids named in one statement.
const IDS_A_STATEMENT: usize = 500;

/// A page of matches, and what comes along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Distance, in millimetres, of each match and included place from the point that the search
    /// asks about.
    pub distances: HashMap<(ResourceType, String), i64>,
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
        if let Some(found) = self.page_in_memory(query, reader).await? {
            return self.page_of_keys(query, reader, found).await;
        }
        let mut connection = self.pool.acquire().await?;
        let matches = Matches::prepare(
            &mut Runner::from(&mut *connection),
            self.engine,
            query,
            reader,
        )
        .await?;
        let mut page = SearchPage::default();
        if query.has_total || query.is_count_only {
            let row = matches.count().query().fetch_one(&mut *connection).await?;
            page.total = Some(row.try_get(0)?);
        }
        if query.is_count_only {
            return Ok(page);
        }
        let limit = i64::try_from(query.count).unwrap_or(i64::MAX - 1) + 1;
        let rows = matches
            .page(limit)
            .query()
            .fetch_all(&mut *connection)
            .await?;
        drop(connection);
        let keys = rows.iter().map(|row| read_key(row, &query.sort));
        let keys: Vec<Cursor> = keys.collect::<Result<_, _>>()?;
        self.fill(query, (reader, Source::Database), keys, &mut page)
            .await?;
        let links = self.links_to_places(query, &page).await?;
        tell_distances(query, matches.places(), &links, &mut page);
        Ok(page)
    }

    /// The page of a search whose keys were found in memory.
    async fn page_of_keys(
        &self,
        query: &SearchQuery,
        reader: Reader,
        found: FoundPage,
    ) -> Result<SearchPage, StorageError> {
        let mut page = SearchPage::default();
        if query.has_total || query.is_count_only {
            page.total = i64::try_from(found.total).ok();
        }
        if query.is_count_only {
            return Ok(page);
        }
        self.fill(query, (reader, Source::Memory), found.keys, &mut page)
            .await?;
        let distances = self.again_in_memory(|memory| memory.distances(query, &page));
        page.distances = distances.unwrap_or_default();
        Ok(page)
    }

    /// The resources of a page, what comes along, and where the next page begins.
    async fn fill(
        &self,
        query: &SearchQuery,
        (reader, source): (Reader, Source),
        mut keys: Vec<Cursor>,
        page: &mut SearchPage,
    ) -> Result<(), StorageError> {
        if keys.len() > query.count {
            keys.truncate(query.count);
            page.next = keys.last().cloned();
        }
        page.matches = self.get_matches(&keys, (reader, source)).await?;
        (page.included, page.is_cut) = self
            .included(query, &page.matches, (reader, source))
            .await?;
        Ok(())
    }

    /// The resources of a page, in its order.
    async fn get_matches(
        &self,
        keys: &[Cursor],
        (reader, source): (Reader, Source),
    ) -> Result<Vec<StoredResource>, StorageError> {
        let mut found = HashMap::with_capacity(keys.len());
        for kind in ResourceType::ALL {
            let ids = keys.iter().filter(|key| key.kind == kind);
            let ids: Vec<&str> = ids.map(|key| key.id.as_str()).collect();
            let resources = self.read_by_id(kind, &ids, |sql| match source {
                Source::Database => push_visibility(sql, kind, reader),
                Source::Memory => push_own_visibility(sql, reader),
            });
            for resource in resources.await? {
                found.insert((kind, resource.id.clone()), resource);
            }
        }
        let mut take = |key: &Cursor| found.remove(&(key.kind, key.id.clone()));
        Ok(keys.iter().filter_map(&mut take).collect())
    }

    /// Match and place, for each place that a match of the page leads to.
    async fn links_to_places(
        &self,
        query: &SearchQuery,
        page: &SearchPage,
    ) -> Result<Vec<(String, String)>, StorageError> {
        let distance = query.distance.as_ref();
        let Some((on, parameter)) = distance.and_then(|distance| Some((distance.on, distance.by?)))
        else {
            return Ok(Vec::new());
        };
        let ids: Vec<&str> = page.matches.iter().map(|found| found.id.as_str()).collect();
        let mut links = Vec::new();
        for chunk in ids.chunks(IDS_A_STATEMENT) {
            let mut sql = SqlText::new(
                "select c.parameter, c.resource_id, c.target_id, c.target_type from search_reference c \
                 where c.resource_type = ",
            );
            sql.bind(on.as_str()).push(" and c.resource_id in (");
            sql.bind_list(chunk.iter().copied()).push(")");
            // Parameter and type are looked at here: named in the statement, they have the index of
            // all such references read.
            for row in sql.query().fetch_all(&self.pool).await? {
                if row.try_get::<&str>(0)? == parameter
                    && row.try_get::<&str>(3)? == ResourceType::Location.as_str()
                {
                    links.push((row.try_get(1)?, row.try_get(2)?));
                }
            }
        }
        Ok(links)
    }

    /// The resources of these ids that the reader may see, in the order of `ids`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn get_resources(
        &self,
        kind: ResourceType,
        ids: &[String],
        reader: Reader,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let read = self.read_by_id(kind, ids, |sql| push_visibility(sql, kind, reader));
        let found = read.await?.into_iter();
        let mut found: HashMap<String, StoredResource> =
            found.map(|one| (one.id.clone(), one)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The resources of these ids of which a condition holds that is added to the statement.
    async fn read_by_id<I: AsRef<str>>(
        &self,
        kind: ResourceType,
        ids: &[I],
        push_condition: impl Fn(&mut SqlText),
    ) -> Result<Vec<StoredResource>, StorageError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(IDS_A_STATEMENT) {
            let mut sql = SqlText::new(
                "select r.id, r.version, r.last_updated, r.json from resource r where r.resource_type = ",
            );
            sql.bind(kind.as_str()).push(" and r.id in (");
            sql.bind_list(chunk.iter().map(AsRef::as_ref)).push(")");
            push_condition(&mut sql);
            for row in sql.query().fetch_all(self.by_key()).await? {
                found.push(read_resource(kind, &row)?);
            }
        }
        Ok(found)
    }
}

/// Says how far the matches and the included places are.
fn tell_distances(
    query: &SearchQuery,
    places: &[(String, i64)],
    links: &[(String, String)],
    page: &mut SearchPage,
) {
    let Some(distance) = &query.distance else {
        return;
    };
    let places: HashMap<&str, i64> = places.iter().map(|(id, mm)| (id.as_str(), *mm)).collect();
    for place in page.matches.iter().chain(&page.included) {
        if place.kind == ResourceType::Location
            && let Some(mm) = places.get(place.id.as_str())
        {
            page.distances.insert((place.kind, place.id.clone()), *mm);
        }
    }
    for (id, place) in links {
        if let Some(mm) = places.get(place.as_str()) {
            let least = page
                .distances
                .entry((distance.on, id.clone()))
                .or_insert(*mm);
            *least = (*least).min(*mm);
        }
    }
}

/// Type, id and keys of a match.
fn read_key(row: &Row, sort: &[SortKey]) -> Result<Cursor, StorageError> {
    let kind = ResourceType::parse(row.try_get(0)?);
    let mut keys = Vec::with_capacity(sort.len());
    for (rank, key) in sort.iter().enumerate() {
        let is_missing = row.try_get::<i64>(2 + 2 * rank)? == 1;
        let value = 3 + 2 * rank;
        keys.push(if is_missing {
            None
        } else if key.by.is_number() {
            Some(CursorKey::Number(row.try_get(value)?))
        } else {
            Some(CursorKey::Text(row.try_get(value)?))
        });
    }
    Ok(Cursor {
        keys,
        kind: kind.expect("rows name types of the directory"),
        id: row.try_get(1)?,
    })
}
