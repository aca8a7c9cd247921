//! An operator that refuses, greylists, hangs and hangs up at every step; a clock that is set back; a
//! mail that ends its worker.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use passerelle::{
    clock::{Clock, instant_text},
    config::{InboxKind, Settings, TlsMode},
    flows::{Context, Handover, accept},
    identifiers::luhn_check_digit,
    outbox::{
        DeliveryState,
        worker::{self, MailSystem},
    },
    storage::{Delivery, Lease},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    comparison::compare,
    peer::{At, Fault, Peer},
};
use crate::{
    database::TestDatabase, journey::know, service::settings as usual_settings, versions::version,
};

/// A wait that covers every one between two attempts but that of a full mailbox.
const NEXT_ATTEMPT: i64 = 80 * 60;

/// The sending side of a service, toward a peer, with a clock that the test moves.
struct Sender {
    context: Arc<Context>,
    settings: Settings,
    shift: Arc<AtomicI64>,
    stop: CancellationToken,
    _database: TestDatabase,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sender {
    async fn toward(peer: &Peer) -> Self {
        let mut settings = usual_settings();
        let smtp = &mut settings.mail.smtp;
        smtp.host = peer.address.ip().to_string();
        smtp.port = peer.address.port();
        smtp.tls = TlsMode::PlainLoopback;
        smtp.command_timeout_seconds = 1;
        smtp.verdict_timeout_seconds = 1;
        settings.mail.inbox.kind = InboxKind::None;
        settings.delivery.workers = 4;
        settings.delivery.lease_seconds = 20;
        let database = TestDatabase::migrated().await;
        let shift = Arc::new(AtomicI64::new(0));
        let clock = Clock::Shifted(Arc::clone(&shift));
        let context = passerelle::app::context(&settings, database.storage.clone(), clock);
        Self {
            context: Arc::new(context.await.expect("it fits")),
            settings,
            shift,
            stop: CancellationToken::new(),
            _database: database,
        }
    }

    /// Takes in `count` reports for a physician whose mailbox is of that domain.
    async fn accept(&self, domain: &str, rank: u32, count: usize) -> Vec<String> {
        let payload = format!("1000{rank:06}");
        let key = luhn_check_digit(&payload).expect("digits");
        let rpps = format!("{payload}{key}");
        let address = format!("dr@{domain}").parse().expect("an address");
        know(&self.context, &rpps, &address).await;
        let mut accepted = Vec::new();
        for number in 0..count {
            let mut fiche = version(&format!("{rank}-{number}"), 1);
            fiche["people"]["attending_physician"]["professional"]["id"]["value"] =
                rpps.clone().into();
            let bytes = serde_json::to_vec(&fiche).expect("JSON");
            let handover = Handover {
                bytes: &bytes,
                source: "test",
                key: None,
            };
            let report = accept(&self.context, handover).await.expect("taken in");
            accepted.push(report.report_id);
        }
        accepted
    }

    fn work(&self) {
        let system = MailSystem::of_settings(&self.settings)
            .expect("readable")
            .expect("there is one");
        let tasks = TaskTracker::new();
        worker::spawn(
            &tasks,
            &self.context,
            system,
            &self.settings.delivery,
            &self.stop,
        );
    }

    fn move_clock(&self, seconds: i64) {
        self.shift.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn delivery(&self, report_id: &str) -> Delivery {
        let found = self.context.storage.find_delivery_of(report_id).await;
        found.expect("read").expect("there")
    }

    async fn count(&self, reports: &[String], state: DeliveryState) -> usize {
        let mut count = 0;
        for report in reports {
            count += usize::from(self.delivery(report).await.state == state);
        }
        count
    }

    /// Waits until as many of the reports stand so; each time nothing has moved for a while the clock
    /// is moved to the next attempt, if `moves`.
    async fn until(&self, reports: &[String], state: DeliveryState, moves: bool) {
        let begin = Instant::now();
        let mut rest = Instant::now();
        while self.count(reports, state).await < reports.len() {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "not {state} in a minute"
            );
            if moves && rest.elapsed() > Duration::from_secs(3) {
                self.move_clock(NEXT_ATTEMPT);
                rest = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_operator_does_every_report_arrives_as_one_mail() {
    let peer = Peer::start([
        (At::Greeting, Fault::Cut),
        (At::Hello, Fault::Say("421 4.3.2 closing\r\n")),
        (At::Sender, Fault::Say("451 4.3.1 no room\r\n")),
        (At::Recipient, Fault::Say("450 4.2.0 greylisted\r\n")),
        (At::Recipient, Fault::Say("450 4.4.1 domain away\r\n")),
        (At::Recipient, Fault::Hang),
        (At::Data, Fault::Hang),
        (At::Data, Fault::Say("451 4.7.1 later\r\n")),
        (At::DotKept, Fault::Cut),
        (At::DotLost, Fault::Cut),
        (At::DotKept, Fault::Hang),
        (At::DotLost, Fault::Say("451 4.3.0 not written\r\n")),
        (At::Sender, Fault::Hang),
        (At::Hello, Fault::Hang),
    ])
    .await;
    let sender = Sender::toward(&peer).await;
    let reports = sender.accept("medecin.mssante.invalid", 1, 12).await;
    sender.work();
    sender.until(&reports, DeliveryState::Sent, true).await;
    let figures = compare(&sender.context.storage, &reports, &peer.arrived()).await;
    println!("{} faults left: {figures}", peer.faults_left());
    assert!(peer.faults_left() < 3, "the faults were not met");
    assert!(
        figures.repeated >= 1,
        "what was kept before the cut came twice"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_hangs_delays_no_other_and_is_given_up_after_a_day() {
    let peer = Peer::start([]).await;
    let sender = Sender::toward(&peer).await;
    let stuck = sender.accept("hangs.mssante.invalid", 1, 6).await;
    let others = sender.accept("medecin.mssante.invalid", 2, 6).await;
    sender.work();
    sender.until(&others, DeliveryState::Sent, false).await;
    assert_eq!(
        sender.count(&stuck, DeliveryState::Pending).await,
        stuck.len()
    );
    let attempts = {
        let mut attempts = 0;
        for report in &stuck {
            attempts += sender.delivery(report).await.attempts;
        }
        attempts
    };
    assert!(
        attempts <= 6,
        "{attempts}: the others wait behind the first"
    );
    sender.move_clock(25 * 3600);
    sender.until(&stuck, DeliveryState::Failed, true).await;
    let figures = compare(&sender.context.storage, &others, &peer.arrived()).await;
    assert_eq!(figures.reports, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_holds_nothing_up() {
    let later = (At::Recipient, Fault::Say("450 4.2.0 greylisted\r\n"));
    let peer = Peer::start([later, later]).await;
    let sender = Sender::toward(&peer).await;
    let reports = sender.accept("medecin.mssante.invalid", 1, 4).await;
    sender.work();
    let deadline = Instant::now() + Duration::from_secs(30);
    while sender.count(&reports, DeliveryState::Sent).await < 2 {
        assert!(Instant::now() < deadline, "two pass at once");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sender.move_clock(-6 * 3600);
    sender.until(&reports, DeliveryState::Sent, false).await;
    compare(&sender.context.storage, &reports, &peer.arrived()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_ends_its_worker_is_sent_alone_then_set_aside() {
    let peer = Peer::start([]).await;
    let sender = Sender::toward(&peer).await;
    let suspect = sender.accept("medecin.mssante.invalid", 1, 1).await;
    interrupt(&sender, 3).await;
    sender.work();
    sender.until(&suspect, DeliveryState::Sent, false).await;
    sender.stop.cancel();

    let sender = Sender::toward(&peer).await;
    let poison = sender.accept("medecin.mssante.invalid", 1, 1).await;
    interrupt(&sender, 6).await;
    let others = sender.accept("medecin.mssante.invalid", 2, 3).await;
    sender.work();
    sender.until(&others, DeliveryState::Sent, false).await;
    sender.until(&poison, DeliveryState::Failed, false).await;
    let delivery = sender.delivery(&poison[0]).await;
    assert_eq!(delivery.reason.as_deref(), Some("interrupted"));
}

/// Claims what is due that often, each time as a worker that ends at once.
async fn interrupt(sender: &Sender, times: usize) {
    let storage = &sender.context.storage;
    let now = instant_text(sender.context.clock.now());
    let lease = Lease {
        token: "ended",
        now: &now,
        until: &now,
    };
    for time in 0..times {
        let claimed = if time < 3 {
            let shares = [("medecin.mssante.invalid", 9)];
            let claimed = storage
                .claim_deliveries(lease, &shares)
                .await
                .expect("claimed");
            claimed.len()
        } else {
            usize::from(
                storage
                    .claim_suspect(lease)
                    .await
                    .expect("claimed")
                    .is_some(),
            )
        };
        assert_eq!(claimed, 1, "interruption {time}");
    }
}
