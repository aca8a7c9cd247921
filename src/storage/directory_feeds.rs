//! What stands under a structure, and which offers changed, structures and places above them included.

use std::collections::HashMap;

use super::{
    Reader, Storage, StorageError, StoredResource, query::query, resources::read_resource,
    search_conditions::push_visibility, sql_text::SqlText,
};
use crate::fhir::ResourceType;

/// An offer that changed, or is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedOffer {
    /// Its id.
    pub id: String,
    /// The offer; none when it was deleted.
    pub offer: Option<StoredResource>,
}

impl Storage {
    /// The next resources of a type that belong to a structure: itself and those below it, their
    /// offers, the places of both, the roles in them and the people who have those.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_members(
        &self,
        structure: &str,
        kind: ResourceType,
        query: &MemberQuery<'_>,
        reader: Reader,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let mut sql = SqlText::new("with recursive ");
        push_below(&mut sql, structure);
        sql.push(
            ", offers as (select distinct s.resource_id as id from search_reference s join below b \
             on s.target_id = b.id where s.resource_type = 'HealthcareService' \
             and s.parameter = 'organization' and s.target_type = 'Organization'), \
             roles as (select s.resource_id as id from search_reference s join offers o on s.target_id = o.id \
             where s.resource_type = 'PractitionerRole' and s.parameter = 'service' \
             and s.target_type = 'HealthcareService' \
             union select s.resource_id from search_reference s join below b on s.target_id = b.id \
             where s.resource_type = 'PractitionerRole' and s.parameter = 'organization' \
             and s.target_type = 'Organization')",
        );
        sql.push(" select r.id, r.version, r.last_updated, r.json from resource r where r.resource_type = ");
        sql.bind(kind.as_str()).push(" and r.id in (");
        sql.push(match kind {
            ResourceType::Organization => "select id from below",
            ResourceType::HealthcareService => "select id from offers",
            ResourceType::Location => {
                "select s.target_id from search_reference s join offers o on s.resource_id = o.id \
                 where s.resource_type = 'HealthcareService' and s.parameter = 'location' \
                 and s.target_type = 'Location' \
                 union select s.resource_id from search_reference s join below b on s.target_id = b.id \
                 where s.resource_type = 'Location' and s.parameter = 'organization' \
                 and s.target_type = 'Organization'"
            }
            ResourceType::PractitionerRole => "select id from roles",
            ResourceType::Practitioner => {
                "select s.target_id from search_reference s join roles o on s.resource_id = o.id \
                 where s.resource_type = 'PractitionerRole' and s.parameter = 'practitioner' \
                 and s.target_type = 'Practitioner'"
            }
            // A list belongs to no structure.
            ResourceType::List => "select id from below where 1 = 0",
        });
        sql.push(") and r.id > ").bind(query.after);
        if let Some(since) = query.since {
            sql.push(" and r.last_updated >= ").bind(since);
        }
        push_visibility(&mut sql, kind, reader);
        sql.push(" order by r.id limit ").bind_number(query.limit);
        let rows = sql.query().fetch_all(&self.pool).await?;
        rows.iter().map(|row| read_resource(kind, row)).collect()
    }

    /// The instant of the last version that can be seen: whatever is written from now on has it or a
    /// later one.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn last_change(&self) -> Result<Option<String>, StorageError> {
        let row = query("select max(last_updated) from resource_version")
            .fetch_one(&self.pool)
            .await?;
        row.try_get(0)
    }

    /// The next offers, by id, that changed at that instant or later: themselves, a structure above
    /// them, a place of theirs; and those that were deleted or withdrawn from the reader.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_changed_offers(
        &self,
        query: &MemberQuery<'_>,
        reader: Reader,
    ) -> Result<Vec<ChangedOffer>, StorageError> {
        let since = query.since.unwrap_or_default();
        let mut sql = SqlText::new(
            "with recursive above as (select o.id as id from resource o \
             where o.resource_type = 'Organization' and o.last_updated >= ",
        );
        sql.bind(since).push(
            " union select s.resource_id from search_reference s join above a on s.target_id = a.id \
             where s.resource_type = 'Organization' and s.parameter = 'partof' \
             and s.target_type = 'Organization'), \
             touched as (select s.resource_id as id from search_reference s join above a on s.target_id = a.id \
             where s.resource_type = 'HealthcareService' and s.parameter = 'organization' \
             and s.target_type = 'Organization' \
             union select s.resource_id from search_reference s join resource l \
             on l.resource_type = 'Location' and l.id = s.target_id \
             where s.resource_type = 'HealthcareService' and s.parameter = 'location' \
             and s.target_type = 'Location' and l.last_updated >= ",
        );
        sql.bind(since).push(
            "), changed as (select r.id as id from resource r \
             where r.resource_type = 'HealthcareService' and (r.last_updated >= ",
        );
        sql.bind(since)
            .push(" or r.id in (select id from touched))");
        push_visibility(&mut sql, ResourceType::HealthcareService, reader);
        sql.push(" union ");
        push_withdrawn(&mut sql, since, reader);
        sql.push(") select c.id from changed c where c.id > ")
            .bind(query.after);
        sql.push(" order by c.id limit ").bind_number(query.limit);
        let rows = sql.query().fetch_all(&self.pool).await?;
        let ids = rows.iter().map(|row| row.try_get(0));
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        let kind = ResourceType::HealthcareService;
        let mut offers: HashMap<String, StoredResource> = self
            .get_resources(kind, &ids, reader)
            .await?
            .into_iter()
            .map(|offer| (offer.id.clone(), offer))
            .collect();
        let changed = ids.into_iter().map(|id| ChangedOffer {
            offer: offers.remove(&id),
            id,
        });
        Ok(changed.collect())
    }
}

/// Ids of offers that changed since, that the reader saw before, and does not see any more.
fn push_withdrawn(sql: &mut SqlText, since: &str, reader: Reader) {
    sql.push(
        "select v.id from resource_version v where v.resource_type = 'HealthcareService' \
         and v.last_updated >= ",
    );
    sql.bind(since).push(
        " and not exists (select 1 from resource r where r.resource_type = v.resource_type and r.id = v.id",
    );
    push_visibility(sql, ResourceType::HealthcareService, reader);
    sql.push(")");
    if reader == Reader::Public {
        sql.push(
            " and exists (select 1 from resource_version w where w.resource_type = v.resource_type \
             and w.id = v.id and w.is_public = 1)",
        );
    }
}

/// Which part of a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberQuery<'q> {
    /// Ids after this one.
    pub after: &'q str,
    /// Written at that instant or later.
    pub since: Option<&'q str>,
    /// Resources, at the most.
    pub limit: i64,
}

/// `below as (…)`: a structure and those that are part of it, however far.
fn push_below(sql: &mut SqlText, structure: &str) {
    // The type of the first row of a recursion is that of the column, which a bare parameter has not.
    sql.push("below as (select r.id as id from resource r where r.resource_type = 'Organization' and r.id = ")
        .bind(structure);
    sql.push(
        " union select s.resource_id from search_reference s join below b on s.target_id = b.id \
         where s.resource_type = 'Organization' and s.parameter = 'partof' \
         and s.target_type = 'Organization')",
    );
}
