//! Delivery status notification: what the mail servers say became of a mail.

use super::report_fields::{Fields, groups};

/// What a mail server reports about one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// `ENVID` that we gave when sending.
    pub envelope_id: Option<String>,
    /// Message-ID of the mail that the report speaks of, without angle brackets.
    pub original_message_id: Option<String>,
    /// One entry for each recipient; none when the server gave no detail.
    pub recipients: Vec<RecipientStatus>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientStatus {
    /// Address that we wrote to, in lower case.
    pub original_recipient: Option<String>,
    /// Address that the mail had when the server gave its verdict, in lower case.
    pub final_recipient: Option<String>,
    /// The verdict.
    pub action: Action,
    /// Enhanced status code, e.g. `5.1.1`. **Source:** RFC 3463.
    pub status: Option<String>,
    /// Reply of the next server, as it came.
    pub diagnostic: Option<String>,
    /// Until when a delayed mail will be tried, as it came.
    pub will_retry_until: Option<String>,
}

/// Verdict of a mail server for one recipient. **Source:** RFC 3464, 2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// In the mailbox.
    Delivered,
    /// Handed to a server that reports nothing: no proof of delivery will come.
    Relayed,
    /// Handed to the members of a list.
    Expanded,
    /// Not yet delivered; the server goes on trying.
    Delayed,
    /// Given up, whatever the class of the status.
    Failed,
    /// Not said, and not to be guessed.
    Unknown,
}

/// Reads the machine part of a delivery report.
pub(super) fn parse_delivery_status(content: &[u8]) -> (Option<String>, Vec<RecipientStatus>) {
    let groups = groups(content);
    let envelope_id = groups
        .iter()
        .find_map(|group| group.get("Original-Envelope-Id"))
        .map(str::to_owned);
    let recipients = groups
        .iter()
        .filter(|group| {
            ["Final-Recipient", "Original-Recipient", "Action", "Status"]
                .iter()
                .any(|name| group.get(name).is_some())
        })
        .map(recipient_status)
        .collect();
    (envelope_id, recipients)
}

fn recipient_status(group: &Fields) -> RecipientStatus {
    let status = group
        .get("Status")
        .and_then(|value| value.split_whitespace().next())
        .map(str::to_owned);
    RecipientStatus {
        original_recipient: group.address("Original-Recipient"),
        final_recipient: group.address("Final-Recipient"),
        action: action(group.get("Action"), status.as_deref()),
        status,
        diagnostic: group.get("Diagnostic-Code").map(str::to_owned),
        will_retry_until: group.get("Will-Retry-Until").map(str::to_owned),
    }
}

/// The verdict; when it is not said, the class of the status tells.
fn action(word: Option<&str>, status: Option<&str>) -> Action {
    let word = word
        .and_then(|value| value.split_whitespace().next())
        .map(str::to_ascii_lowercase);
    match word.as_deref() {
        Some("delivered") => Action::Delivered,
        Some("relayed") => Action::Relayed,
        Some("expanded") => Action::Expanded,
        Some("delayed") => Action::Delayed,
        Some("failed") => Action::Failed,
        _ => match status.and_then(|status| status.chars().next()) {
            Some('2') => Action::Delivered,
            Some('4') => Action::Delayed,
            Some('5') => Action::Failed,
            _ => Action::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_action_is_told_by_the_status() {
        assert_eq!(action(None, Some("5.2.2")), Action::Failed);
        assert_eq!(action(None, Some("4.4.1")), Action::Delayed);
        assert_eq!(action(None, None), Action::Unknown);
    }

    #[test]
    fn a_failed_mail_with_a_transient_status_has_failed() {
        assert_eq!(action(Some("Failed"), Some("4.4.1")), Action::Failed);
    }

    #[test]
    fn a_report_without_recipients_is_read() {
        let (envelope_id, recipients) =
            parse_delivery_status(b"Reporting-MTA: dns; a.test\r\nOriginal-Envelope-ID: T-1\r\n");
        assert_eq!(envelope_id.as_deref(), Some("T-1"));
        assert!(recipients.is_empty());
    }
}
