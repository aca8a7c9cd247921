//! A report leaves, arrives and is acknowledged; and what happens when something breaks on the way.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use passerelle::{
    flows::{Acknowledged, AttemptResults, Sent, send, take_mail},
    mssante::smtp::SmtpClient,
    outbox::DeliveryState,
    storage::{Delivery, DueDelivery, Engine, Lease},
};

use crate::{
    service::{Service, settings},
    sink::{Sink, client},
};

pub const PHYSICIAN_MAILBOX: &str = "odile@medecin.mssante.invalid";

/// A service with one report to send, and a mail operator on loopback.
pub struct Office {
    pub service: Service,
    pub report_id: String,
    pub port: u16,
    sink: Sink,
}

/// The report that most tests send.
pub fn fiche() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fiches/appareil-minimal.json");
    fs::read(path).expect("read")
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with("application/json", fiche()).await
    }

    /// The office with that report waiting to leave.
    pub async fn open_with(media_type: &str, report: Vec<u8>) -> Self {
        let mut settings = settings();
        // Trusted by the gateway, and refused by this operator.
        settings
            .mail
            .trusted_domains
            .push("elsewhere.invalid".to_owned());
        let service = Service::with(settings).await;
        let json: serde_json::Value = serde_json::from_slice(&fiche()).expect("JSON");
        let rpps = json["people"]["attending_physician"]["professional"]["id"]["value"]
            .as_str()
            .expect("a number");
        service.know(rpps, Some(PHYSICIAN_MAILBOX)).await;
        let created = service.post("/rcp-reports", media_type, report).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let report_id = created.json()["id"].as_str().expect("an id").to_owned();

        let sink = Sink::start().await;
        Self {
            service,
            report_id,
            port: sink.port,
            sink,
        }
    }

    pub fn client(&self, port: u16) -> SmtpClient {
        client(port)
    }

    async fn claim(&self, token: &str, at: &str, until: &str) -> Vec<DueDelivery> {
        self.service
            .context
            .storage
            .claim_deliveries(
                Lease {
                    token,
                    now: at,
                    until,
                },
                &[("medecin.mssante.invalid", 1)],
            )
            .await
            .expect("claimed")
    }

    pub async fn claim_now(&self, token: &str) -> DueDelivery {
        let mut due = self
            .claim(
                token,
                "2026-11-23T09:00:00.000Z",
                "2026-11-23T09:15:00.000Z",
            )
            .await;
        due.pop().expect("one is due")
    }

    /// Sends what was claimed under that lease.
    pub async fn send(&self, client: &mut SmtpClient, due: &DueDelivery, lease: &str) -> Sent {
        let results = AttemptResults::default();
        let attempted = send(&self.service.context, &results, client, due, lease);
        attempted.await.expect("written down").sent
    }

    pub async fn delivery(&self) -> Delivery {
        let storage = &self.service.context.storage;
        storage
            .find_delivery_of(&self.report_id)
            .await
            .expect("read")
            .expect("there")
    }

    pub fn mailbox(&self, address: &str) -> Vec<PathBuf> {
        self.sink.files_of(address)
    }

    pub async fn receipt(&self) -> Vec<u8> {
        for _ in 0..200 {
            if let Some(path) = self.mailbox("rcp@reseau.mssante.invalid").first() {
                return fs::read(path).expect("read");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no receipt came");
    }
}

#[tokio::test]
async fn a_report_is_sent_received_and_acknowledged() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    let mut client = office.client(office.port);
    let sent = office.send(&mut client, &due, "worker").await;
    assert_eq!(sent, Sent::Accepted);
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
    assert_eq!(office.mailbox(PHYSICIAN_MAILBOX).len(), 1);

    let receipt = office.receipt().await;
    let taken = take_mail(&office.service.context, &receipt)
        .await
        .expect("taken");
    assert_eq!(taken, Acknowledged::Matched);
    assert_eq!(office.delivery().await.state, DeliveryState::Acknowledged);
    let again = take_mail(&office.service.context, &receipt)
        .await
        .expect("taken");
    assert_eq!(
        again,
        Acknowledged::Repeated,
        "the same receipt counts once"
    );

    let address = format!("/rcp-reports/{}", office.report_id);
    let history = office.service.get(&address).await.json()["delivery"]["history"].clone();
    let kinds: Vec<_> = history
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| line["kind"].clone())
        .collect();
    assert_eq!(kinds, ["queued", "accepted", "integrated"]);
}

#[tokio::test]
async fn a_receipt_before_the_operators_answer_is_not_lost() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    // The mail leaves, and its receipt is read before the worker writes its result down.
    let other = DueDelivery {
        attempts: 1,
        ..due.clone()
    };
    let mut client = office.client(office.port);
    office.send(&mut client, &other, "not-the-lease").await;
    let receipt = office.receipt().await;
    take_mail(&office.service.context, &receipt)
        .await
        .expect("taken");
    assert_eq!(office.delivery().await.state, DeliveryState::Acknowledged);

    let sent = office.send(&mut client, &due, "worker").await;
    assert_eq!(sent, Sent::Accepted);
    assert_eq!(office.delivery().await.state, DeliveryState::Acknowledged);
}

#[tokio::test]
async fn results_written_together_each_count_for_themselves() {
    let office = Office::open().await;
    for number in 1..=3 {
        let mut another: serde_json::Value = serde_json::from_slice(&fiche()).expect("JSON");
        let document = &mut another["document"];
        document["id"]["extension"] = format!("ENSEMBLE-{number}-V1").into();
        document["set_id"]["extension"] = format!("ENSEMBLE-{number}").into();
        let body = another.to_string().into_bytes();
        let created = office
            .service
            .post("/rcp-reports", "application/json", body)
            .await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    let storage = &office.service.context.storage;
    let lease = Lease {
        token: "worker",
        now: "2026-11-23T09:00:00.000Z",
        until: "2026-11-23T09:15:00.000Z",
    };
    let due = storage
        .claim_deliveries(lease, &[("medecin.mssante.invalid", 4)])
        .await;
    let due = due.expect("claimed");
    assert_eq!(due.len(), 4);

    // On SQLite nobody can write meanwhile, so that the results wait for one another.
    let writing = storage.begin_write().await.expect("a turn");
    let results = AttemptResults::default();
    let attempts = due.iter().enumerate().map(|(rank, due)| {
        // The last one was claimed by another worker since.
        let lease = if rank == 3 { "not-the-lease" } else { "worker" };
        let (service, results, port) = (&office.service, &results, office.port);
        async move {
            let mut client = client(port);
            send(&service.context, results, &mut client, due, lease).await
        }
    });
    let release = async {
        for _ in 0..400 {
            if results.count() == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if storage.engine() == Engine::Sqlite {
            assert_eq!(results.count(), 3, "three wait for the first");
        }
        drop(writing);
    };
    let (sent, ()) = tokio::join!(futures_util::future::join_all(attempts), release);
    let sent: Vec<Sent> = sent
        .into_iter()
        .map(|one| one.expect("written down").sent)
        .collect();
    assert_eq!(
        sent,
        [Sent::Accepted, Sent::Accepted, Sent::Accepted, Sent::Lost]
    );
    let counts = storage.count_deliveries().await.expect("read");
    let count = |state| {
        counts
            .iter()
            .find(|one| one.state == state)
            .map(|one| one.count)
    };
    assert_eq!(count(DeliveryState::Sent), Some(3), "{counts:?}");
    assert_eq!(count(DeliveryState::Pending), Some(1), "{counts:?}");
}

#[tokio::test]
async fn a_crash_after_sending_repeats_the_same_mail() {
    let office = Office::open().await;
    let first = office.claim_now("crashed").await;
    let mut client = office.client(office.port);
    // The mail left; the worker died before it wrote anything down: the lease was another's.
    let lost = office.send(&mut client, &first, "gone").await;
    assert_eq!(lost, Sent::Lost);
    assert_eq!(office.delivery().await.state, DeliveryState::Pending);

    let again = office
        .claim(
            "next",
            "2026-11-23T09:16:00.000Z",
            "2026-11-23T09:31:00.000Z",
        )
        .await;
    let again = again.first().expect("the lease ran out");
    assert_eq!(again.message_id, first.message_id);
    let sent = office.send(&mut client, again, "next").await;
    assert_eq!(sent, Sent::Accepted);
    let mails = office.mailbox(PHYSICIAN_MAILBOX);
    let bodies: Vec<_> = mails
        .iter()
        .map(|mail| without_trace(&fs::read(mail).expect("read")))
        .collect();
    assert_eq!(bodies.len(), 2);
    assert!(
        bodies[0] == bodies[1],
        "a repeat has the same bytes, so that its reader knows it again"
    );
}

/// A stored mail without what the operator put before it.
fn without_trace(mail: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(mail).into_owned();
    let start = text.find("Date:").expect("our first header");
    text.as_bytes()[start..].to_vec()
}

#[tokio::test]
async fn an_operator_that_is_away_makes_the_report_wait() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let mut client = office.client(closed);
    let sent = office.send(&mut client, &due, "worker").await;
    assert_eq!(sent, Sent::Deferred);
    let delivery = office.delivery().await;
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Pending, Some("unreachable"))
    );
    let soon = office
        .claim(
            "early",
            "2026-11-23T09:00:30.000Z",
            "2026-11-23T09:15:00.000Z",
        )
        .await;
    assert!(soon.is_empty(), "not before its time");
    let later = office
        .claim(
            "later",
            "2026-11-23T09:05:00.000Z",
            "2026-11-23T09:20:00.000Z",
        )
        .await;
    assert_eq!(later.len(), 1);
}

#[tokio::test]
async fn a_mailbox_that_the_operator_refuses_ends_the_delivery() {
    let office = Office::open().await;
    let due = DueDelivery {
        recipient_address: "odile@elsewhere.invalid".to_owned(),
        ..office.claim_now("worker").await
    };
    let mut client = office.client(office.port);
    let sent = office.send(&mut client, &due, "worker").await;
    assert_eq!(sent, Sent::GivenUp);
    let delivery = office.delivery().await;
    assert_eq!(
        (delivery.state, delivery.reason.as_deref()),
        (DeliveryState::Failed, Some("smtp-550"))
    );
}

#[tokio::test]
async fn an_address_that_is_no_longer_trusted_is_not_written_to() {
    let office = Office::open().await;
    let due = DueDelivery {
        recipient_address: "odile@evilmssante.invalid".to_owned(),
        ..office.claim_now("worker").await
    };
    let mut client = office.client(office.port);
    assert_eq!(
        office.send(&mut client, &due, "worker").await,
        Sent::GivenUp
    );
    let delivery = office.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert_eq!(delivery.reason.as_deref(), Some("untrusted-domain"));
}

#[tokio::test]
async fn what_nobody_sent_is_kept_and_changes_nothing() {
    let office = Office::open().await;
    let mail = b"From: x@medecin.mssante.invalid\r\nMessage-ID: <1@x>\r\nSubject: Bonjour\r\n\r\nTexte\r\n";
    let taken = take_mail(&office.service.context, mail)
        .await
        .expect("taken");
    assert_eq!(taken, Acknowledged::Unmatched);
    let taken = take_mail(&office.service.context, b"\xff\xfe not a mail")
        .await
        .expect("taken");
    assert_eq!(taken, Acknowledged::Unmatched);
    assert_eq!(office.delivery().await.state, DeliveryState::Pending);
}

#[tokio::test]
async fn a_forged_receipt_from_outside_changes_nothing() {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    let mut client = office.client(office.port);
    office.send(&mut client, &due, "worker").await;
    let receipt = String::from_utf8(office.receipt().await).expect("text");
    let forged = receipt.replace(PHYSICIAN_MAILBOX, "odile@evil.invalid");
    let taken = take_mail(&office.service.context, forged.as_bytes())
        .await
        .expect("taken");
    assert_eq!(taken, Acknowledged::Unmatched);
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
}
