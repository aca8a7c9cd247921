//! How many structures stand where, and what was done: for those who watch the governance.

use super::{Storage, StorageError, query::query};
use crate::governance::{Act, DelistReason};

/// The governance in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GovernanceCounts {
    /// Structures: word of the standing, word of the review, how many.
    pub structures: Vec<(String, String, i64)>,
    /// Applications that wait since before the day that was asked about: word of the review, how many.
    pub late: Vec<(String, i64)>,
    /// Structures that were delisted by a decision and still are, by its reason.
    pub delisted: Vec<(DelistReason, i64)>,
    /// What was ever done: word of the act, how often.
    pub acts: Vec<(String, i64)>,
    /// Mails: what they are about, whether they `waiting`, `sent` or `failed`, how many.
    pub mails: Vec<(String, String, i64)>,
}

impl Storage {
    /// The governance in numbers; an application is late that waits since before `late_before`,
    /// `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn count_governance(
        &self,
        late_before: &str,
    ) -> Result<GovernanceCounts, StorageError> {
        let structures = query(
            "select standing, review, count(*) from listing group by standing, review order by 1, 2",
        )
        .fetch_all(&self.pool)
        .await?;
        let late = query(
            "select review, count(*) from listing where review in ('territorial', 'regional') \
             and review_since < $1 group by review order by 1",
        )
        .bind(late_before)
        .fetch_all(&self.pool)
        .await?;
        let acts = query("select kind, count(*) from listing_event group by kind order by 1")
            .fetch_all(&self.pool)
            .await?;
        let mails = query(
            "select kind, case when sent_at is not null then 'sent' when failed_at is not null then 'failed' \
             else 'waiting' end, count(*) from governance_notice group by 1, 2 order by 1, 2",
        )
        .fetch_all(&self.pool)
        .await?;
        let pair = |row: &super::query::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        let triple =
            |row: &super::query::Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        Ok(GovernanceCounts {
            structures: structures
                .iter()
                .map(triple)
                .collect::<Result<_, StorageError>>()?,
            late: late.iter().map(pair).collect::<Result<_, StorageError>>()?,
            delisted: self.count_delisted().await?,
            acts: acts.iter().map(pair).collect::<Result<_, StorageError>>()?,
            mails: mails
                .iter()
                .map(triple)
                .collect::<Result<_, StorageError>>()?,
        })
    }

    async fn count_delisted(&self) -> Result<Vec<(DelistReason, i64)>, StorageError> {
        let rows = query(
            "select e.act from listing l join listing_event e on e.structure_id = l.structure_id \
             where l.standing = 'delisted' and e.kind = 'delist' and e.number = (select max(number) \
                from listing_event where structure_id = l.structure_id and kind = 'delist')",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut counts = DelistReason::ALL.map(|reason| (reason, 0));
        for row in rows {
            let act: String = row.try_get(0)?;
            let act = serde_json::from_str(&act).map_err(|_| StorageError::Corrupt {
                column: "listing_event.act",
            })?;
            let Act::Delist { reason, .. } = act else {
                continue;
            };
            for (known, count) in &mut counts {
                *count += i64::from(*known == reason);
            }
        }
        Ok(counts.to_vec())
    }
}
