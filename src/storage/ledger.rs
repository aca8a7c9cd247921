//! The delivery ledger: lines that are only ever added, each chained to the one before it.

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    sql_text::SqlText,
};
use crate::outbox::{ChainedLine, Head, LedgerFault, LineContent};

/// Lines of an earlier release that are chained at once.
const ADOPTED_AT_ONCE: i64 = 500;

const COLUMNS: &str = "id, delivery_id, at, kind, state, reason, detail, journal_id, \
     evidence_sha256, sequence, previous_hash, hash";

fn content_of(row: &Row) -> Result<LineContent, StorageError> {
    Ok(LineContent {
        id: row.try_get(0)?,
        delivery_id: row.try_get(1)?,
        at: row.try_get(2)?,
        kind: row.try_get(3)?,
        state: row.try_get(4)?,
        reason: row.try_get(5)?,
        detail: row.try_get(6)?,
        journal_id: row.try_get(7)?,
        evidence_sha256: row.try_get(8)?,
    })
}

fn line_of(row: &Row) -> Result<ChainedLine, StorageError> {
    Ok(ChainedLine {
        content: content_of(row)?,
        sequence: row.try_get(9)?,
        previous_hash: row.try_get(10)?,
        hash: row.try_get(11)?,
    })
}

impl WriteTransaction {
    /// Adds a line to the ledger. It takes its place in the chain when the transaction is committed:
    /// whoever else writes waits for the end of this one from then on, and no longer.
    pub fn append_line(&mut self, content: LineContent) {
        self.lines.push(content);
    }

    /// Chains the lines that were added, as the last thing that the transaction does.
    pub(super) async fn chain_lines(&mut self) -> Result<(), StorageError> {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return Ok(());
        }
        let mut head = self.lock_head(lines.len()).await?;
        let lines: Vec<ChainedLine> = lines.into_iter().map(|line| head.chain(line)).collect();
        for some in lines.chunks(self.engine().rows_a_statement()) {
            self.insert_lines(some).await?;
        }
        self.write_head(&head).await
    }

    /// The head before `added` more lines. Held until the end of the transaction.
    async fn lock_head(&mut self, added: usize) -> Result<Head, StorageError> {
        let added = i64::try_from(added).unwrap_or(i64::MAX);
        let row = query(
            "update ledger_head set sequence = sequence + $1 where id = 1 returning sequence, hash",
        )
        .bind(added)
        .fetch_one(&mut *self)
        .await?;
        Ok(Head {
            sequence: row.try_get::<i64>(0)? - added,
            hash: row.try_get(1)?,
        })
    }

    async fn write_head(&mut self, head: &Head) -> Result<(), StorageError> {
        let mut update = SqlText::default();
        update
            .push("update ledger_head set hash = ")
            .bind(&head.hash)
            .push(" where id = 1");
        update.query().execute(&mut *self).await?;
        Ok(())
    }

    async fn insert_lines(&mut self, lines: &[ChainedLine]) -> Result<(), StorageError> {
        let mut insertion = SqlText::new(
            "insert into ledger_line (id, delivery_id, at, kind, state, reason, detail, journal_id, \
             evidence_sha256, sequence, previous_hash, hash) values ",
        );
        for (rank, line) in lines.iter().enumerate() {
            let content = &line.content;
            insertion
                .push(if rank == 0 { "(" } else { ", (" })
                .bind_list([
                    &content.id,
                    &content.delivery_id,
                    &content.at,
                    &content.kind,
                ]);
            for value in [
                &content.state,
                &content.reason,
                &content.detail,
                &content.journal_id,
                &content.evidence_sha256,
            ] {
                insertion.push(", ").bind_optional(value.as_deref());
            }
            insertion
                .push(", ")
                .bind_number(line.sequence)
                .push(", ")
                .bind_list([&line.previous_hash, &line.hash])
                .push(")");
        }
        insertion.query().execute(&mut *self).await?;
        Ok(())
    }

    /// Chains up to [`ADOPTED_AT_ONCE`] lines that an earlier release wrote, the oldest first; hands
    /// back how many.
    async fn adopt_lines(&mut self) -> Result<usize, StorageError> {
        // Locked first: another instance may be adopting the same lines.
        let mut head = self.lock_head(0).await?;
        let lines = query(format!(
            "select {COLUMNS} from ledger_line where sequence is null order by at, id limit $1"
        ))
        .bind(ADOPTED_AT_ONCE)
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(content_of)
        .collect::<Result<Vec<_>, _>>()?;
        let count = lines.len();
        for content in lines {
            let line = head.chain(content);
            query(
                "update ledger_line set sequence = $1, previous_hash = $2, hash = $3 where id = $4",
            )
            .bind(line.sequence)
            .bind(&line.previous_hash)
            .bind(&line.hash)
            .bind(&line.content.id)
            .execute(&mut *self)
            .await?;
        }
        query("update ledger_head set sequence = $1 where id = 1")
            .bind(head.sequence)
            .execute(&mut *self)
            .await?;
        self.write_head(&head).await?;
        Ok(count)
    }
}

impl Storage {
    /// Chains the lines that an earlier release wrote, once: when nothing is chained yet. Lines that
    /// stand beside a chain are no work of ours, and left for [`Storage::list_ledger_contradictions`].
    pub(super) async fn adopt_ledger(&self) -> Result<(), StorageError> {
        if self.ledger_head().await?.sequence > 0 {
            return Ok(());
        }
        let mut writing = self.begin_large_write().await?;
        while writing.adopt_lines().await? > 0 {}
        writing.commit().await
    }

    /// The last line that the ledger says it has.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn ledger_head(&self) -> Result<Head, StorageError> {
        let row = query("select sequence, hash from ledger_head where id = 1")
            .fetch_one(&self.pool)
            .await?;
        Ok(Head {
            sequence: row.try_get(0)?,
            hash: row.try_get(1)?,
        })
    }

    /// Up to `limit` lines of the ledger after that place, in their order.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_ledger(
        &self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ChainedLine>, StorageError> {
        query(format!(
            "select {COLUMNS} from ledger_line where sequence > $1 order by sequence limit $2"
        ))
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(line_of)
        .collect()
    }

    /// Up to `limit` faults of each kind beside the chain: lines that have no place in it, or whose
    /// proof is not kept, deliveries whose state is not the one of their last line.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_ledger_contradictions(
        &self,
        limit: i64,
    ) -> Result<Vec<LedgerFault>, StorageError> {
        let added = query(
            "select delivery_id from ledger_line where sequence is null order by id limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let other = query(
            "select d.id, d.state, l.state from delivery d join ledger_line l on l.delivery_id = d.id \
             where l.sequence = (select max(m.sequence) from ledger_line m where m.delivery_id = d.id) \
               and l.state <> d.state order by d.id limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let unproved = query(
            "select l.sequence, l.delivery_id from ledger_line l left join journal j on j.id = l.journal_id \
             left join content c on c.sha256 = l.evidence_sha256 \
             where l.sequence is not null and l.journal_id is not null and l.evidence_sha256 is not null \
               and (j.id is null or j.sha256 <> l.evidence_sha256 or c.sha256 is null) order by l.sequence limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let mut faults = Vec::new();
        for row in &unproved {
            faults.push(LedgerFault::OtherEvidence {
                sequence: row.try_get(0)?,
                delivery_id: row.try_get(1)?,
            });
        }
        for row in &added {
            faults.push(LedgerFault::Added {
                delivery_id: row.try_get(0)?,
            });
        }
        for row in &other {
            faults.push(LedgerFault::OtherState {
                delivery_id: row.try_get(0)?,
                state: row.try_get(1)?,
                in_ledger: row.try_get(2)?,
            });
        }
        Ok(faults)
    }
}
