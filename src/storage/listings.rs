//! Where each structure stands in the directory, and everything that was done to it.

use time::{Date, format_description::well_known::Iso8601};

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    sql_text::SqlText,
};
use crate::governance::{Application, Author, Event, Listing};

/// A structure in a queue or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedStructure {
    /// Its id in the directory.
    pub id: String,
    /// Number of its last event.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its kind, a pivot code; empty when unknown.
    pub kind: String,
    /// Its department.
    pub department: String,
    /// INSEE code of its commune.
    pub insee_code: String,
    /// Word of its standing.
    pub standing: String,
    /// Word of its review.
    pub review: String,
    /// Since when the review stands there, `YYYY-MM-DD`.
    pub review_since: Option<String>,
    /// When a person last verified it, `YYYY-MM-DD`.
    pub verified_on: Option<String>,
    /// Day of the next step of the calendar, `YYYY-MM-DD`.
    pub next_step_on: Option<String>,
    /// Name of whoever answers for it.
    pub referent: Option<String>,
    /// Address of that person.
    pub referent_address: Option<String>,
    /// Why the last mail to that person came back; empty when it did not.
    pub mail_returned: String,
}

const COLUMNS: &str = "l.structure_id, l.version, l.name, l.kind, l.department, l.insee_code, l.standing, l.review, \
     l.review_since, l.verified_on, l.next_step_on, a.name, a.address, l.mail_returned";
const FROM: &str =
    " from listing l left join account a on a.id = coalesce(l.referent_id, l.applicant_id)";
const EVENT: &str = "select number, at, day, author_id, author_name, author_role, author_territory, act, structure_id \
     from listing_event";

impl WriteTransaction {
    /// Everything that was done to a structure, in order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_events(&mut self, structure: &str) -> Result<Vec<Event>, StorageError> {
        let rows = query(format!("{EVENT} where structure_id = $1 order by number"))
            .bind(structure)
            .fetch_all(&mut *self)
            .await?;
        rows.iter().map(event_of).collect()
    }

    /// Writes where a structure stands after `event`, and the event.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when something else was done to it meanwhile.
    pub async fn write_listing(
        &mut self,
        listing: &Listing,
        next_step_on: Option<Date>,
        event: &Event,
        application: Option<&Application>,
    ) -> Result<(), StorageError> {
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        let id = |person: &Option<crate::governance::Person>| person.as_ref().map(|p| p.id.clone());
        let done = query(
            "insert into listing (structure_id, version, name, kind, department, insee_code, standing, review, \
             review_since, applicant_id, referent_id, verified_on, next_step_on, mail_returned) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
             on conflict (structure_id) do update set version = excluded.version, name = excluded.name, \
             kind = excluded.kind, department = excluded.department, insee_code = excluded.insee_code, \
             standing = excluded.standing, review = excluded.review, review_since = excluded.review_since, \
             applicant_id = excluded.applicant_id, referent_id = excluded.referent_id, \
             verified_on = excluded.verified_on, next_step_on = excluded.next_step_on, \
             mail_returned = excluded.mail_returned where listing.version = excluded.version - 1",
        )
        .bind(&listing.structure)
        .bind(listing.version)
        .bind(&listing.facts.name)
        .bind(&listing.facts.kind)
        .bind(&listing.facts.department)
        .bind(&listing.facts.insee_code)
        .bind(listing.standing.as_str())
        .bind(listing.review.as_str())
        .bind(text(listing.review_since))
        .bind(id(&listing.applicant))
        .bind(id(&listing.referent))
        .bind(text(listing.verified_on))
        .bind(text(next_step_on))
        .bind(&listing.mail_returned)
        .execute(&mut *self)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StorageError::Lost("listing"));
        }
        let act = serde_json::to_string(&event.act).expect("an act holds only texts and numbers");
        let application = application
            .map(|found| serde_json::to_string(found).expect("an application holds only texts"));
        query(
            "insert into listing_event (structure_id, number, at, day, author_id, author_name, author_role, \
             author_territory, kind, act, application) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&listing.structure)
        .bind(event.number)
        .bind(&event.at)
        .bind(event.day.to_string())
        .bind(&event.author.id)
        .bind(&event.author.name)
        .bind(event.author.role.as_str())
        .bind(&event.author.territory)
        .bind(event.act.as_str())
        .bind(act)
        .bind(application)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// What was handed in last, as it was.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_application(
        &mut self,
        structure: &str,
    ) -> Result<Option<Application>, StorageError> {
        let row = query(
            "select application from listing_event where structure_id = $1 and kind = 'submit' \
             and application is not null order by number desc limit 1",
        )
        .bind(structure)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| read_application(&row.try_get::<String>(0)?))
            .transpose()
    }

    /// What the referent corrected last since the last application was handed in; none for no correction.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_later_correction(
        &mut self,
        structure: &str,
    ) -> Result<Option<Application>, StorageError> {
        let row = query(
            "select application from listing_event where structure_id = $1 and kind = 'correct' \
             and application is not null and number > (select coalesce(max(number), 0) from listing_event \
                where structure_id = $1 and kind = 'submit') order by number desc limit 1",
        )
        .bind(structure)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| read_application(&row.try_get::<String>(0)?))
            .transpose()
    }

    /// What was published last, as it was validated or corrected; none for what an import brought in.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_published_application(
        &mut self,
        structure: &str,
    ) -> Result<Option<Application>, StorageError> {
        let row = query(
            "select e.application from listing_event e where e.structure_id = $1 and e.application is not null \
             and (e.kind in ('correct', 'validate') or e.kind = 'submit' and exists (select 1 from listing_event v \
                where v.structure_id = $1 and v.kind = 'validate' and v.author_role = 'dsrc' and v.number > e.number \
                  and not exists (select 1 from listing_event s where s.structure_id = $1 and s.kind = 'submit' \
                        and s.number > e.number and s.number < v.number))) \
             order by e.number desc limit 1",
        )
        .bind(structure)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| read_application(&row.try_get::<String>(0)?))
            .transpose()
    }

    /// Those of these structures that are known, and whether the public sees them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_standings(
        &mut self,
        structures: &[String],
    ) -> Result<Vec<(String, bool)>, StorageError> {
        if structures.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql =
            SqlText::new("select structure_id, standing from listing where structure_id in (");
        sql.bind_list(structures).push(")");
        let rows = sql.query().fetch_all(&mut *self).await?;
        rows.iter()
            .map(|row| {
                let standing: String = row.try_get(1)?;
                Ok((row.try_get(0)?, standing == "published"))
            })
            .collect()
    }

    /// The offers of a structure: id and resource.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_offers_of(
        &mut self,
        structure: &str,
    ) -> Result<Vec<(String, String)>, StorageError> {
        let rows = query(
            "select id, json from resource where resource_type = 'HealthcareService' and id in \
             (select resource_id from search_reference where resource_type = 'HealthcareService' \
                 and parameter = 'organization' and target_type = 'Organization' and target_id = $1) \
             order by id",
        )
        .bind(structure)
        .fetch_all(&mut *self)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }
}

impl Storage {
    /// Everything that was done to a structure, in order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_events(&self, structure: &str) -> Result<Vec<Event>, StorageError> {
        let rows = query(format!("{EVENT} where structure_id = $1 order by number"))
            .bind(structure)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(event_of).collect()
    }

    /// The structures that the public sees, by id, from what was done to each.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_published(&self) -> Result<Vec<Listing>, StorageError> {
        let sql = SqlText::new(&format!(
            "{EVENT} where structure_id in (select structure_id from listing where standing = 'published') \
             order by structure_id, number"
        ));
        let histories = self.histories(sql).await?;
        Ok(histories
            .iter()
            .map(|(structure, events)| Listing::of_events(structure, events))
            .collect())
    }

    /// Everything that was done to each structure, or to that one: id, events in order.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_histories(
        &self,
        structure: Option<&str>,
    ) -> Result<Vec<(String, Vec<Event>)>, StorageError> {
        let mut sql = SqlText::new(EVENT);
        if let Some(structure) = structure {
            sql.push(" where structure_id = ").bind(structure);
        }
        sql.push(" order by structure_id, number");
        self.histories(sql).await
    }

    async fn histories(&self, sql: SqlText) -> Result<Vec<(String, Vec<Event>)>, StorageError> {
        let mut histories: Vec<(String, Vec<Event>)> = Vec::new();
        for row in &sql.query().fetch_all(&self.pool).await? {
            let structure: String = row.try_get(8)?;
            if histories.last().is_none_or(|(last, _)| *last != structure) {
                histories.push((structure, Vec::new()));
            }
            if let Some((_, events)) = histories.last_mut() {
                events.push(event_of(row)?);
            }
        }
        Ok(histories)
    }

    /// Structures of which the calendar has something to do by `day`, at most `limit`, after `after`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_due(
        &self,
        day: Date,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, StorageError> {
        let rows = query(
            "select structure_id from listing where next_step_on <= $1 and structure_id > $2 \
             order by structure_id limit $3",
        )
        .bind(day.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Structures that have offers and of which nothing was ever said here, at most `limit`, by id, after
    /// `after`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_ungoverned(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, StorageError> {
        let rows = query(
            "select distinct s.target_id from search_reference s \
              where s.resource_type = 'HealthcareService' and s.parameter = 'organization' \
                and s.target_type = 'Organization' and s.target_id > $1 \
                and not exists (select 1 from listing l where l.structure_id = s.target_id) \
              order by s.target_id limit $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Every structure, what waits longest first.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_structures(&self) -> Result<Vec<ListedStructure>, StorageError> {
        let rows = query(format!(
            "select {COLUMNS}{FROM} order by l.review_since, l.next_step_on, l.name, l.structure_id"
        ))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(structure_of).collect()
    }

    /// The structures that an account answers or applies for.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_structures_of(
        &self,
        account_id: &str,
    ) -> Result<Vec<ListedStructure>, StorageError> {
        let rows = query(format!(
            "select {COLUMNS}{FROM} where l.referent_id = $1 or l.applicant_id = $1 order by l.name, l.structure_id"
        ))
        .bind(account_id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(structure_of).collect()
    }
}

fn structure_of(row: &Row) -> Result<ListedStructure, StorageError> {
    Ok(ListedStructure {
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: row.try_get(3)?,
        department: row.try_get(4)?,
        insee_code: row.try_get(5)?,
        standing: row.try_get(6)?,
        review: row.try_get(7)?,
        review_since: row.try_get(8)?,
        verified_on: row.try_get(9)?,
        next_step_on: row.try_get(10)?,
        referent: row.try_get(11)?,
        referent_address: row.try_get(12)?,
        mail_returned: row.try_get(13)?,
    })
}

fn event_of(row: &Row) -> Result<Event, StorageError> {
    let corrupt = |column| StorageError::Corrupt { column };
    let (day, role, act): (String, String, String) =
        (row.try_get(2)?, row.try_get(5)?, row.try_get(7)?);
    Ok(Event {
        number: row.try_get(0)?,
        at: row.try_get(1)?,
        day: Date::parse(&day, &Iso8601::DATE).map_err(|_| corrupt("listing_event.day"))?,
        author: Author {
            id: row.try_get(3)?,
            name: row.try_get(4)?,
            role: role
                .parse()
                .map_err(|()| corrupt("listing_event.author_role"))?,
            territory: row.try_get(6)?,
        },
        act: serde_json::from_str(&act).map_err(|_| corrupt("listing_event.act"))?,
    })
}

pub(super) fn read_application(json: &str) -> Result<Application, StorageError> {
    serde_json::from_str(json).map_err(|_| StorageError::Corrupt {
        column: "listing_event.application",
    })
}
