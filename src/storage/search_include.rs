//! What comes along with the matches of a search, step by step: what they refer to, and what refers
//! to them. Nothing comes twice, so that a circle ends; and never more than a page may hold.

use std::collections::HashSet;

use super::{Reader, Storage, StorageError, StoredResource, sql_text::SqlText};
use crate::fhir::{Include, ResourceType, SearchQuery};

/// Ids named in one statement.
const IDS_A_STATEMENT: usize = 500;
/// Resources that come along with a page, at the most.
const MAX_INCLUDED: usize = 2_000;
/// Steps of `:iterate`, at the most.
const MAX_ITERATIONS: usize = 8;

/// A resource, by its address.
pub(super) type Address = (ResourceType, String);

/// Where the keys of a page were found; what comes along is looked up in the same place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The rows in memory.
    Memory,
    /// Those of the database.
    Database,
}

impl Storage {
    /// What comes along with these matches, by type and id, and whether some of it had to be left
    /// out.
    pub(super) async fn included(
        &self,
        query: &SearchQuery,
        matches: &[StoredResource],
        (reader, source): (Reader, Source),
    ) -> Result<(Vec<StoredResource>, bool), StorageError> {
        let address = |resource: &StoredResource| (resource.kind, resource.id.clone());
        let mut frontier: Vec<Address> = matches.iter().map(address).collect();
        let mut seen: HashSet<Address> = frontier.iter().cloned().collect();
        let mut included: Vec<StoredResource> = Vec::new();
        for round in 0..MAX_ITERATIONS {
            let active = query
                .includes
                .iter()
                .filter(|one| round == 0 || one.is_iterated);
            let active: Vec<&Include> = active.collect();
            let room = MAX_INCLUDED - included.len();
            let mut next: Vec<Address> = Vec::new();
            for group in
                active.chunk_by(|a, b| a.is_reverse == b.is_reverse && start(a) == start(b))
            {
                let ids = frontier.iter().filter(|(kind, _)| *kind == start(group[0]));
                let ids: Vec<&str> = ids.map(|(_, id)| id.as_str()).collect();
                let limit = room + seen.len() + 1;
                for found in self.linked(group, &ids, (source, limit)).await? {
                    if seen.insert(found.clone()) {
                        next.push(found);
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            next.sort();
            let is_cut = next.len() > room;
            next.truncate(room);
            // What the reader may not see leads no further.
            let before = included.len();
            for kind in ResourceType::ALL {
                let ids = next.iter().filter(|(found, _)| *found == kind);
                let ids: Vec<String> = ids.map(|(_, id)| id.clone()).collect();
                included.extend(self.get_resources(kind, &ids, reader).await?);
            }
            frontier = included[before..].iter().map(address).collect();
            if is_cut {
                sort(&mut included);
                return Ok((included, true));
            }
        }
        sort(&mut included);
        Ok((included, false))
    }

    /// What these inclusions, which start from the same type in the same direction, lead to: the first
    /// `limit` in the order of their addresses.
    async fn linked(
        &self,
        includes: &[&Include],
        ids: &[&str],
        (source, limit): (Source, usize),
    ) -> Result<Vec<Address>, StorageError> {
        if source == Source::Memory
            && let Some(found) =
                self.again_in_memory(|snapshot| snapshot.linked(includes, ids, limit))
        {
            return Ok(found);
        }
        let (wanted, given) = if includes[0].is_reverse {
            ("resource", "target")
        } else {
            ("target", "resource")
        };
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS_A_STATEMENT) {
            let mut sql = SqlText::new(&format!(
                "select distinct l.{wanted}_type, l.{wanted}_id from search_reference l \
                 where l.{given}_type = "
            ));
            sql.bind(start(includes[0]).as_str());
            sql.push(&format!(" and l.{given}_id in ("));
            sql.bind_list(chunk.iter().copied()).push(") and (");
            for (rank, include) in includes.iter().enumerate() {
                sql.push(if rank == 0 { "(" } else { " or (" });
                sql.push("l.resource_type = ").bind(include.on.as_str());
                sql.push(" and l.parameter = ").bind(include.parameter);
                sql.push(" and l.target_type = ")
                    .bind(include.target.as_str())
                    .push(")");
            }
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            sql.push(&format!(") order by l.{wanted}_type, l.{wanted}_id limit "))
                .bind_number(limit);
            for row in sql.query().fetch_all(&self.pool).await? {
                let kind = ResourceType::parse(row.try_get(0)?);
                let kind = kind.expect("search rows name types of the directory");
                found.push((kind, row.try_get(1)?));
            }
        }
        Ok(found)
    }
}

/// The type that an inclusion starts from.
pub(super) fn start(include: &Include) -> ResourceType {
    if include.is_reverse {
        include.target
    } else {
        include.on
    }
}

fn sort(resources: &mut [StoredResource]) {
    resources.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
}
