//! The service as a region runs it: PostgreSQL, Postfix, Dovecot, client certificates; a report goes
//! in, its mail reaches the physician, the receipt comes back.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use passerelle::{
    annuaire::{Mailbox, Physician},
    app::App,
    config::{self, InboxKind, Settings, TlsMode},
    flows::{Context, Handover, accept, keep_physician},
    identifiers::MssanteAddress,
    mssante::{
        login::Login,
        mdn::{self, Answer, Disposition, Outcome, Returned},
        receipt::{self, Receipt},
        return_path::ReturnPath,
        smtp::{Envelope, Reports},
    },
    outbox::DeliveryState,
};
use time::macros::datetime;
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    database::TestDatabase,
    inbound::report_mail,
    mail_operator::{Certificate, operator, wait_for},
};

/// Settings of a region that sends from `sender`; its password lies in `folder`.
fn settings(database_url: &str, sender: &MssanteAddress, folder: &Path) -> Settings {
    let submission = operator().submission(TlsMode::StartTls, Certificate::Good);
    let mailbox = operator().mailbox(sender, TlsMode::Implicit, Certificate::Good);
    let password_file = folder.join("password");
    let Login::Plain { user, password } = mailbox.login else {
        panic!("a mailbox has a password");
    };
    fs::write(&password_file, password).expect("written");

    let mut settings = config::load(None).expect("the defaults fit");
    settings.server.listen = "127.0.0.1:0".parse().expect("an address");
    settings.database.url = database_url.to_owned();
    let mail = &mut settings.mail;
    mail.from = sender.to_string();
    mail.trusted_domains = vec!["mssante.example".to_owned()];
    mail.smtp.host = submission.host;
    mail.smtp.port = submission.port;
    mail.smtp.tls = TlsMode::StartTls;
    mail.smtp.ca_file = submission.ca_file.expect("it has one");
    mail.smtp.client_certificate_file = submission.client_cert_file.expect("it has one");
    mail.smtp.client_key_file = submission.client_key_file.expect("it has one");
    mail.inbox.kind = InboxKind::Imap;
    mail.inbox.host = mailbox.host;
    mail.inbox.port = mailbox.port;
    mail.inbox.tls = TlsMode::Implicit;
    mail.inbox.ca_file = mailbox.ca_file.expect("it has one");
    mail.inbox.client_certificate_file = mailbox.client_cert_file.expect("it has one");
    mail.inbox.client_key_file = mailbox.client_key_file.expect("it has one");
    mail.inbox.user = user;
    mail.inbox.password_file = password_file;
    mail.inbox.poll_seconds = 1;
    settings
}

pub async fn know(context: &Context, rpps: &str, address: &MssanteAddress) {
    let rpps = rpps.parse().expect("a valid number");
    let physician = Physician {
        mailboxes: vec![Mailbox::personal(address.clone())],
        ..Physician::named(rpps, "TESSIER", "Hélène")
    };
    let mut writing = context.storage.begin_write().await.expect("a transaction");
    keep_physician(context, &mut writing, &physician, "test")
        .await
        .expect("kept");
    writing.commit().await.expect("committed");
}

/// Waits until the delivery of that report stands so.
async fn wait_until(context: &Context, report_id: &str, state: DeliveryState) {
    for _ in 0..300 {
        let delivery = context.storage.find_delivery_of(report_id).await;
        if delivery.expect("read").expect("there").state == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the delivery was not {state} within 30 s");
}

/// The physician's software takes the report in, and says so.
async fn answer(physician: &MssanteAddress, sender: &MssanteAddress) {
    let mut inbox = operator().inbox(physician, TlsMode::StartTls, Certificate::Good);
    let received = wait_for(&mut inbox, 1).await;
    let receipt = mdn::write(&Answer {
        original: &received.first().expect("one mail").bytes,
        return_path: ReturnPath::Mailbox(sender.clone()),
        nil: "",
        recipient: physician,
        outcome: Outcome::Integrated,
        message_id: &format!("answer-to-{sender}"),
        at: datetime!(2026-11-23 10:00 UTC),
        returned: Returned::Headers,
    })
    .expect("it is answered");
    let envelope = Envelope {
        sender: None,
        recipient: sender,
        envelope_id: "A-0001",
        reports: Reports::Never,
    };
    let mut client = operator().smtp(TlsMode::StartTls);
    client.send(&envelope, &receipt).await.expect("accepted");
}

/// The fiche that is sent, and the number of its physician.
fn fiche() -> (Vec<u8>, String) {
    let fiche = fs::read("tests/data/fiches/appareil-complet.json").expect("read");
    let json: serde_json::Value = serde_json::from_slice(&fiche).expect("JSON");
    let rpps = &json["people"]["attending_physician"]["professional"]["id"]["value"];
    let rpps = rpps.as_str().expect("a number").to_owned();
    (fiche, rpps)
}

/// What happens to the connections of a wire, one after the other; then they hold.
type Cuts = Arc<Mutex<VecDeque<Cut>>>;

#[derive(Clone, Copy)]
enum Cut {
    /// Each one is cut at once, until something else is said.
    Always,
    /// One is cut after that many bytes from the server.
    After(u64),
}

/// A wire to a server of this machine.
async fn wire(to: u16, cuts: Cuts) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let cut = {
                let mut cuts = cuts.lock().expect("whole");
                match cuts.front() {
                    Some(Cut::Always) => continue,
                    _ => cuts.pop_front(),
                }
            };
            tokio::spawn(async move {
                let mut far = TcpStream::connect(("127.0.0.1", to)).await?;
                let Some(Cut::After(bytes)) = cut else {
                    return copy_bidirectional(&mut near, &mut far).await.map(drop);
                };
                let (mut from_near, mut to_near) = near.split();
                let (from_far, mut to_far) = far.split();
                let mut from_far = from_far.take(bytes);
                tokio::select! {
                    done = tokio::io::copy(&mut from_far, &mut to_near) => done.map(drop),
                    done = tokio::io::copy(&mut from_near, &mut to_far) => done.map(drop),
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_mailbox_that_is_away_and_hangs_up_delays_receipts_and_nothing_else() {
    let (sender, physician) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut settings = settings(&database.url, &sender, folder.path());
    let cuts = Cuts::default();
    cuts.lock().expect("whole").push_back(Cut::Always);
    settings.mail.inbox.port = wire(settings.mail.inbox.port, Arc::clone(&cuts)).await;
    let app = App::prepare(settings).await.expect("it starts");
    let context = Arc::clone(&app.context);
    let stop = CancellationToken::new();
    let listener = app.listen().await.expect("a port");
    let running = tokio::spawn(app.run(listener, stop.clone()));
    let (fiche, rpps) = fiche();
    know(&context, &rpps, &physician).await;
    let handover = Handover {
        bytes: &fiche,
        source: "test",
        key: None,
    };
    let report = accept(&context, handover).await.expect("taken in");
    wait_until(&context, &report.report_id, DeliveryState::Sent).await;
    answer(&physician, &sender).await;
    // Cut while greeting, while the mailbox opens, in the middle of a mail; then it holds.
    *cuts.lock().expect("whole") = [500, 3_000, 6_000].map(Cut::After).into();
    wait_until(&context, &report.report_id, DeliveryState::Acknowledged).await;
    let delivery = context.storage.find_delivery_of(&report.report_id).await;
    let id = delivery.expect("read").expect("there").id;
    let lines = context.storage.list_delivery_events(&id).await;
    let integrated = lines.expect("read").into_iter();
    let integrated = integrated.filter(|line| line.kind == "integrated").count();
    assert_eq!(
        integrated, 1,
        "the receipt counts once, however often it was read"
    );
    stop.cancel();
    running.await.expect("no panic").expect("it stops");
}

#[tokio::test]
async fn a_report_reaches_its_physician_and_its_receipt_comes_back() {
    let (sender, physician) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::prepare(settings(&database.url, &sender, folder.path()))
        .await
        .expect("it starts");
    let context = Arc::clone(&app.context);
    let stop = CancellationToken::new();
    let listener = app.listen().await.expect("a port");
    let running = tokio::spawn(app.run(listener, stop.clone()));

    let (fiche, rpps) = fiche();
    know(&context, &rpps, &physician).await;
    let handover = Handover {
        bytes: &fiche,
        source: "test",
        key: None,
    };
    let report = accept(&context, handover).await.expect("taken in");

    answer(&physician, &sender).await;
    wait_until(&context, &report.report_id, DeliveryState::Acknowledged).await;

    let delivery = context.storage.find_delivery_of(&report.report_id).await;
    let delivery = delivery.expect("read").expect("there");
    let history = context
        .storage
        .list_delivery_events(&delivery.id)
        .await
        .expect("read");
    let has = |kind: &str| history.iter().any(|line| line.kind == kind);
    assert!(has("accepted") && has("integrated"), "{history:?}");
    assert_eq!(delivery.attempts, 1);

    stop.cancel();
    running.await.expect("no panic").expect("it stops");
}

#[tokio::test]
async fn a_report_that_a_hospital_mails_is_taken_in_and_answered_in_its_mailbox() {
    let (gateway, hospital) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::prepare(settings(&database.url, &gateway, folder.path()))
        .await
        .expect("it starts");
    let context = Arc::clone(&app.context);
    let stop = CancellationToken::new();
    let listener = app.listen().await.expect("a port");
    let running = tokio::spawn(app.run(listener, stop.clone()));

    let mail = report_mail(hospital.as_str(), gateway.as_str());
    let (_, mail) = mail
        .split_once("\r\n")
        .expect("a first header, which the operator writes");
    let envelope = Envelope {
        sender: Some(&hospital),
        recipient: &gateway,
        envelope_id: "H-0001",
        reports: Reports::Never,
    };
    let mut client = operator().smtp(TlsMode::StartTls);
    client
        .send(&envelope, mail.as_bytes())
        .await
        .expect("accepted");
    let mut inbox = operator().inbox(&hospital, TlsMode::StartTls, Certificate::Good);
    let answers = wait_for(&mut inbox, 1).await;
    let Receipt::Mdn { disposition, .. } = receipt::read(&answers[0].bytes).receipt else {
        panic!("a notification")
    };
    assert_eq!(disposition, Disposition::Integrated);
    assert_eq!(context.storage.count_reports().await.expect("read"), 1);
    stop.cancel();
    running.await.expect("no panic").expect("it stops");
}
