//! What a delivery needs to know of its report when it leaves: one question for all of it.

use super::{OppositionScope, Storage, StorageError, patient_oppositions::OPPOSES, query::query};
use crate::{mssante::visibility::Marks, outbox::Purpose, rcp::Standing};

/// A report, as it stands when one of its deliveries leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendableReport {
    /// What it is worth among the versions of its set.
    pub standing: Standing,
    /// From whom it is hidden.
    pub marks: Marks,
    /// True when its patient objects to that delivery.
    pub is_opposed: bool,
    /// The document, as it was received or made; `None` when it is not there.
    pub cda: Option<Vec<u8>>,
    /// `Message-ID` of the mail that the delivery replaces or takes back.
    pub replaced_message_id: Option<String>,
}

/// The mail with purpose `$3` of the last version before that one which left.
const REPLACED: &str = "select d.message_id from delivery d join report earlier on earlier.id = d.report_id \
     where earlier.set_id = r.set_id and earlier.version < r.version and d.purpose = $3 \
       and d.state in ('sent', 'delivered', 'acknowledged', 'rejected') \
     order by earlier.version desc, earlier.id desc limit 1";

/// The mail with purpose `$3` of the same version.
const WITHDRAWN: &str =
    "select d.message_id from delivery d where d.report_id = r.id and d.purpose = $3";

impl Storage {
    /// What a delivery with that purpose needs to know of that report; `None` when there is no such
    /// report.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_sendable_report(
        &self,
        report_id: &str,
        purpose: Purpose,
    ) -> Result<Option<SendableReport>, StorageError> {
        let (replaced, of_purpose) = match purpose.withdrawn() {
            Some(withdrawn) => (WITHDRAWN, withdrawn),
            None => (REPLACED, purpose),
        };
        // What takes a report back leaves whatever the patient says: no scope has an empty name.
        let scope = match purpose {
            Purpose::Report => OppositionScope::Professionals.as_str(),
            Purpose::Patient => OppositionScope::Patient.as_str(),
            Purpose::Cancellation | Purpose::PatientCancellation => "",
        };
        let row = query(format!(
            "select r.standing, coalesce(m.is_masked, 0), coalesce(m.is_hidden_from_patient, 0), \
                    coalesce(m.is_hidden_from_representatives, 0), ({OPPOSES}), content.bytes, ({replaced}) \
             from report r left join report_mark m on m.report_id = r.id \
             left join content on content.sha256 = r.cda_sha256 where r.id = $1"
        ))
        .bind(report_id)
        .bind(scope)
        .bind(of_purpose.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let is_set = |column: usize| row.try_get::<i64>(column).map(|flag| flag == 1);
        Ok(Some(SendableReport {
            standing: row
                .try_get::<String>(0)?
                .parse()
                .map_err(|_| StorageError::Corrupt {
                    column: "report.standing",
                })?,
            marks: Marks {
                is_masked: is_set(1)?,
                is_hidden_from_patient: is_set(2)?,
                is_hidden_from_representatives: is_set(3)?,
            },
            is_opposed: row.try_get::<Option<i64>>(4)?.is_some(),
            cda: row.try_get(5)?,
            replaced_message_id: row.try_get(6)?,
        }))
    }
}
