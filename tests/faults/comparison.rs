//! The ledger against the mailboxes.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use passerelle::{flows::verify_ledger, storage::Storage};

/// What was compared.
pub struct Figures {
    pub reports: usize,
    pub mails: usize,
    /// Mails that came more than once, each time as the same mail.
    pub repeated: usize,
    pub ledger_lines: i64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} reports accepted, {} mails arrived, {} of them again, 0 lost, {} lines of the ledger whole",
            self.reports, self.mails, self.repeated, self.ledger_lines
        )
    }
}

/// Checks that every accepted report left and arrived, that nothing else did, and that the ledger is
/// whole. `arrived` counts the mails of each `Message-ID`.
pub async fn compare(
    storage: &Storage,
    accepted: &[String],
    arrived: &HashMap<String, usize>,
) -> Figures {
    let mut expected = HashSet::new();
    for report_id in accepted {
        let delivery = storage.find_delivery_of(report_id).await.expect("read");
        let delivery = delivery.expect("an accepted report has its delivery");
        assert!(
            delivery.state.has_left(),
            "{report_id} is {}: {:?}",
            delivery.state,
            delivery.reason
        );
        let count = arrived.get(&delivery.message_id).copied().unwrap_or(0);
        assert!(count > 0, "{report_id} was lost");
        expected.insert(delivery.message_id);
    }
    for message_id in arrived.keys() {
        assert!(
            expected.contains(message_id),
            "{message_id} is no mail of an accepted report"
        );
    }
    let ledger = verify_ledger(storage, None).await.expect("read");
    assert_eq!(ledger.faults, []);
    let mails: usize = arrived.values().sum();
    Figures {
        reports: expected.len(),
        mails,
        repeated: mails - arrived.len(),
        ledger_lines: ledger.head.sequence,
    }
}

/// `Message-ID` of a mail, without its brackets.
pub fn message_id(mail: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(mail);
    let head = text.split("\r\n\r\n").next()?;
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: <"))?;
    Some(line.trim_end().trim_end_matches('>').to_owned())
}
