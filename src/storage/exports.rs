//! Exports: what was asked for, which versions each of them holds, and the pages of its files.

use super::{
    Reader, Storage, StorageError, WriteTransaction,
    query::{Row, Runner, query},
    search_matches::Matches,
    sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchQuery};

/// Rows of an export that ended, taken out by one statement.
const ROWS_A_REMOVAL: i64 = 20_000;

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportProgress {
    /// It waits, or is being prepared.
    Pending,
    /// Its files can be fetched.
    Ready,
    /// It could not be prepared.
    Failed,
}

/// An export that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportJob {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub progress: ExportProgress,
    /// Address that asked for it.
    pub request_url: String,
    /// What was asked, as its flow writes it.
    pub request: String,
    /// Nothing later is in it; empty until it is ready.
    pub transaction_time: String,
    /// When it is taken out.
    pub expires_at: String,
}

/// A file of an export, and how many lines it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// What it holds.
    pub kind: ResourceType,
    /// True for deletions.
    pub is_deleted: bool,
    /// Resources.
    pub count: i64,
}

/// A resource of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportLine {
    /// Its id.
    pub id: String,
    /// The resource.
    pub json: String,
}

impl Storage {
    /// Keeps an export that is asked for, unless `most` are kept already: then false.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_export(
        &self,
        job: &ExportJob,
        requested_at: &str,
        most: i64,
    ) -> Result<bool, StorageError> {
        let mut writing = self.begin_write().await?;
        let kept: i64 = query("select count(*) from export_job where expires_at > $1")
            .bind(requested_at)
            .fetch_one(&mut writing)
            .await?
            .try_get(0)?;
        if kept >= most {
            return Ok(false);
        }
        query(
            "insert into export_job (id, state, request_url, request, requested_at, expires_at) \
             values ($1, 'pending', $2, $3, $4, $5)",
        )
        .bind(&job.id)
        .bind(&job.request_url)
        .bind(&job.request)
        .bind(requested_at)
        .bind(&job.expires_at)
        .execute(&mut writing)
        .await?;
        writing.commit().await?;
        Ok(true)
    }

    /// An export that has not expired.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_export(
        &self,
        id: &str,
        now: &str,
    ) -> Result<Option<ExportJob>, StorageError> {
        let row = query(
            "select id, state, request_url, request, coalesce(transaction_time, ''), expires_at \
             from export_job where id = $1 and expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| read_job(&row)).transpose()
    }

    /// The export that waits longest, held until `until` by who asks.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn claim_export(
        &self,
        now: &str,
        until: &str,
    ) -> Result<Option<ExportJob>, StorageError> {
        let mut writing = self.begin_write().await?;
        let row = query(
            "update export_job set lease_until = $2 where id in ( \
                 select id from export_job where state = 'pending' and expires_at > $1 \
                    and (lease_until is null or lease_until <= $1) order by requested_at, id limit 1) \
               and state = 'pending' and (lease_until is null or lease_until <= $1) \
             returning id, state, request_url, request, coalesce(transaction_time, ''), expires_at",
        )
        .bind(now)
        .bind(until)
        .fetch_optional(&mut writing)
        .await?;
        let job = row.map(|row| read_job(&row)).transpose()?;
        writing.commit().await?;
        Ok(job)
    }

    /// The files of an export.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_export_files(&self, id: &str) -> Result<Vec<ExportFile>, StorageError> {
        let rows = query(
            "select resource_type, is_deleted, count(*) from export_row where job_id = $1 \
             group by is_deleted, resource_type order by is_deleted, resource_type",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let mut files = Vec::with_capacity(rows.len());
        for row in rows {
            let name: String = row.try_get(0)?;
            let Some(kind) = ResourceType::parse(&name) else {
                continue;
            };
            files.push(ExportFile {
                kind,
                is_deleted: row.try_get::<i64>(1)? == 1,
                count: row.try_get(2)?,
            });
        }
        Ok(files)
    }

    /// The next resources of a file of an export, by id.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_export_lines(
        &self,
        id: &str,
        kind: ResourceType,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ExportLine>, StorageError> {
        let rows = query(
            "select e.resource_id, v.json from export_row e join resource_version v \
             on v.resource_type = e.resource_type and v.id = e.resource_id and v.version = e.version \
             where e.job_id = $1 and e.is_deleted = 0 and e.resource_type = $2 and e.resource_id > $3 \
             order by e.resource_id limit $4",
        )
        .bind(id)
        .bind(kind.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ExportLine {
                    id: row.try_get(0)?,
                    json: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// Ids of the next resources that an export tells as deleted.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_export_deletions(
        &self,
        id: &str,
        kind: ResourceType,
        after: &str,
        limit: i64,
    ) -> Result<Vec<String>, StorageError> {
        let rows = query(
            "select resource_id from export_row where job_id = $1 and is_deleted = 1 \
             and resource_type = $2 and resource_id > $3 order by resource_id limit $4",
        )
        .bind(id)
        .bind(kind.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Takes out an export; false when it is not there.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn delete_export(&self, id: &str) -> Result<bool, StorageError> {
        // Nobody finds it any more from here on; its rows go in parts, others write in between.
        let mut writing = self.begin_write().await?;
        let gone = query("update export_job set state = 'failed', expires_at = '' where id = $1")
            .bind(id)
            .execute(&mut writing)
            .await?;
        writing.commit().await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        loop {
            let mut writing = self.begin_write().await?;
            let removed = query(
                "delete from export_row where job_id = $1 and (is_deleted, resource_type, resource_id) in \
                 (select is_deleted, resource_type, resource_id from export_row where job_id = $1 limit $2)",
            )
            .bind(id)
            .bind(ROWS_A_REMOVAL)
            .execute(&mut writing)
            .await?
            .rows_affected();
            if removed == 0 {
                query("delete from export_job where id = $1")
                    .bind(id)
                    .execute(&mut writing)
                    .await?;
            }
            writing.commit().await?;
            if removed == 0 {
                return Ok(true);
            }
        }
    }

    /// Exports that expired.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_expired_exports(&self, now: &str) -> Result<Vec<String>, StorageError> {
        let rows = query("select id from export_job where expires_at <= $1 order by id")
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }
}

impl WriteTransaction {
    /// Puts every match of a search into an export.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn export_matches(
        &mut self,
        job_id: &str,
        query: &SearchQuery,
    ) -> Result<(), StorageError> {
        self.write_indexes().await?;
        let engine = self.engine();
        let runner = &mut Runner::from(&mut *self);
        let matches = Matches::prepare(runner, engine, query, Reader::Network).await?;
        let mut sql = SqlText::new(
            "insert into export_row (job_id, is_deleted, resource_type, resource_id, version) ",
        );
        matches.push_head(&mut sql);
        sql.push("select ").bind(job_id);
        sql.push(", 0, r.resource_type, r.id, r.version");
        matches.push_first(&mut sql);
        sql.push(" on conflict do nothing");
        sql.query().that_may_last().execute(&mut *self).await?;
        Ok(())
    }

    /// Puts into an export what the resources in it refer to, however far, and the roles of people in
    /// its offers.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn export_associated(&mut self, job_id: &str) -> Result<(), StorageError> {
        for members in [
            "select s.resource_type as kind, s.resource_id as id from export_row e \
             join search_reference s on s.resource_type = 'PractitionerRole' and s.parameter = 'service' \
             and s.target_type = 'HealthcareService' and s.target_id = e.resource_id \
             where e.job_id = $1 and e.is_deleted = 0 and e.resource_type = 'HealthcareService'",
            "select e.resource_type as kind, e.resource_id as id from export_row e \
             where e.job_id = $1 and e.is_deleted = 0 \
             union select s.target_type, s.target_id from reached join search_reference s \
             on s.resource_type = reached.kind and s.resource_id = reached.id",
        ] {
            let text = format!(
                "with recursive reached as ({members}) \
                 insert into export_row (job_id, is_deleted, resource_type, resource_id, version) \
                 select $1, 0, r.resource_type, r.id, r.version from reached \
                 join resource r on r.resource_type = reached.kind and r.id = reached.id \
                 where 1 = 1 on conflict do nothing"
            );
            let query = query(text).bind(job_id).that_may_last();
            query.execute(&mut *self).await?;
        }
        Ok(())
    }

    /// Leaves in an export what was written at that instant or later.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn keep_exported_since(
        &mut self,
        job_id: &str,
        since: &str,
    ) -> Result<(), StorageError> {
        query(
            "delete from export_row where job_id = $1 and is_deleted = 0 and exists ( \
                 select 1 from resource r where r.resource_type = export_row.resource_type \
                 and r.id = export_row.resource_id and r.last_updated < $2)",
        )
        .bind(job_id)
        .bind(since)
        .that_may_last()
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Puts into an export the resources of a type that were deleted at that instant or later, and are
    /// not there now.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn export_deletions(
        &mut self,
        job_id: &str,
        kind: ResourceType,
        since: &str,
    ) -> Result<(), StorageError> {
        query(
            "insert into export_row (job_id, is_deleted, resource_type, resource_id, version) \
             select $1, 1, v.resource_type, v.id, max(v.version) from resource_version v \
             where v.resource_type = $2 and v.last_updated >= $3 and v.method = 'DELETE' \
             and not exists (select 1 from resource r where r.resource_type = v.resource_type and r.id = v.id) \
             group by v.resource_type, v.id",
        )
        .bind(job_id)
        .bind(kind.as_str())
        .bind(since)
        .that_may_last()
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Notes how the preparation of an export ended; false when it was taken out meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn end_export(
        &mut self,
        job_id: &str,
        progress: ExportProgress,
        transaction_time: &str,
    ) -> Result<bool, StorageError> {
        let ended = query(
            "update export_job set state = $1, transaction_time = $2, lease_until = null \
             where id = $3 and state = 'pending'",
        )
        .bind(state_text(progress))
        .bind(transaction_time)
        .bind(job_id)
        .execute(&mut *self)
        .await?;
        Ok(ended.rows_affected() == 1)
    }
}

fn state_text(progress: ExportProgress) -> &'static str {
    match progress {
        ExportProgress::Pending => "pending",
        ExportProgress::Ready => "ready",
        ExportProgress::Failed => "failed",
    }
}

fn read_job(row: &Row) -> Result<ExportJob, StorageError> {
    let state: String = row.try_get(1)?;
    Ok(ExportJob {
        id: row.try_get(0)?,
        progress: match state.as_str() {
            "ready" => ExportProgress::Ready,
            "failed" => ExportProgress::Failed,
            _ => ExportProgress::Pending,
        },
        request_url: row.try_get(2)?,
        request: row.try_get(3)?,
        transaction_time: row.try_get(4)?,
        expires_at: row.try_get(5)?,
    })
}
