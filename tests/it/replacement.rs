//! What the recipient of a report receives when it is replaced or cancelled.

use std::fs;

use passerelle::{
    flows::Sent,
    mssante::xdm::{self, Action},
    outbox::DeliveryState,
};
use serde_json::{Value, json};

use crate::delivery::{Office, PHYSICIAN_MAILBOX};

/// The next version of the office's report.
fn second_version() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/fiches/appareil-minimal.json"
    );
    let text = fs::read(path).expect("the fixture is there");
    let mut fiche: Value = serde_json::from_slice(&text).expect("JSON");
    let document = &mut fiche["document"];
    document["replaces"] = document["id"].clone();
    document["id"] = json!({"root": "2.25.310000000000000000000000000000000002"});
    document["version"] = json!(2);
    serde_json::to_vec(&fiche).expect("JSON")
}

impl Office {
    async fn send_next(&self) -> Sent {
        let due = self.claim_now("worker").await;
        let mut client = self.client(self.port);
        self.send(&mut client, &due, "worker").await
    }

    async fn replace(&self) -> Value {
        let answer = self
            .service
            .post("/rcp-reports", "application/json", second_version())
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    async fn cancel(&self, id: &str) {
        let address = format!("/rcp-reports/{id}/$cancel");
        let answer = self.service.post(&address, "application/json", "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The mails of the physician, and what each archive asks for.
    fn received(&self) -> Vec<(String, Action)> {
        let read = |path| {
            let mail = fs::read(path).expect("read");
            let parsed = mail_parser::MessageParser::new()
                .parse(&mail)
                .expect("a mail");
            let archive = parsed.attachment(0).expect("the archive").contents();
            let archive = xdm::open(archive, &self.service.context.archives).expect("it opens");
            assert!(archive.findings.is_empty(), "{:?}", archive.findings);
            let action = archive.documents[0].action;
            let replied = parsed.in_reply_to().as_text().unwrap_or_default();
            (replied.to_owned(), action)
        };
        let mut mails: Vec<_> = self
            .mailbox(PHYSICIAN_MAILBOX)
            .into_iter()
            .map(read)
            .collect();
        mails.sort_by_key(|(_, action)| *action as u8);
        mails
    }
}

#[tokio::test]
async fn a_report_that_left_is_followed_by_the_version_that_replaces_it() {
    let office = Office::open().await;
    assert_eq!(office.send_next().await, Sent::Accepted);
    let first = office.delivery().await;
    office.replace().await;
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
    assert_eq!(office.send_next().await, Sent::Accepted);
    assert_eq!(
        office.received(),
        [
            (String::new(), Action::Create),
            (first.message_id, Action::Replace)
        ]
    );
}

#[tokio::test]
async fn a_version_replaced_while_a_worker_holds_it_is_not_sent() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    office.replace().await;
    let mut client = office.client(office.port);
    assert_eq!(
        office.send(&mut client, &due, "worker").await,
        Sent::Withdrawn
    );
    let delivery = office.delivery().await;
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Withdrawn, Some("superseded"))
    );
    assert_eq!(office.send_next().await, Sent::Accepted);
    // The recipient never had the first version: no mail is replaced.
    assert_eq!(office.received(), [(String::new(), Action::Replace)]);
}

#[tokio::test]
async fn whoever_holds_a_cancelled_report_is_told_once() {
    let office = Office::open().await;
    assert_eq!(office.send_next().await, Sent::Accepted);
    let first = office.delivery().await;
    office.cancel(&office.report_id).await;
    office.cancel(&office.report_id).await;
    assert_eq!(office.send_next().await, Sent::Accepted);
    assert_eq!(
        office.received(),
        [
            (String::new(), Action::Create),
            (first.message_id, Action::Delete)
        ]
    );
    let address = format!("/rcp-reports/{}", office.report_id);
    let shown = office.service.get(&address).await.json();
    assert_eq!(shown["standing"], "cancelled");
    assert_eq!(shown["cancellation"]["state"], "sent");
}

#[tokio::test]
async fn a_cancelled_correction_tells_the_holder_of_the_version_before() {
    let office = Office::open().await;
    assert_eq!(office.send_next().await, Sent::Accepted);
    let first = office.delivery().await;
    let second = office.replace().await;
    office.cancel(second["id"].as_str().expect("an id")).await;
    assert_eq!(office.send_next().await, Sent::Accepted);
    assert_eq!(office.received()[1], (first.message_id, Action::Delete));
}

#[tokio::test]
async fn a_report_cancelled_while_it_leaves_is_announced_as_cancelled() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    // It leaves, and is cancelled before the worker that sent it writes that down.
    let mut client = office.client(office.port);
    assert_eq!(
        office.send(&mut client, &due, "not-the-lease").await,
        Sent::Lost
    );
    office.cancel(&office.report_id).await;
    assert_eq!(office.delivery().await.state, DeliveryState::Withdrawn);
    let receipt = office.receipt().await;
    passerelle::flows::take_mail(&office.service.context, &receipt)
        .await
        .expect("taken");
    assert_eq!(office.delivery().await.state, DeliveryState::Acknowledged);
    assert_eq!(office.send_next().await, Sent::Accepted);
    assert_eq!(office.received()[1].1, Action::Delete);
}
