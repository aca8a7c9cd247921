//! Mails of the directory to people who have no secure mailbox: through a relay, a real Postfix, never from the
//! secure mailbox, and what comes back is noted.

use std::{fs, sync::Arc, time::Duration};

use passerelle::{
    app,
    clock::Clock,
    config::{InboxKind, Settings, TlsMode},
    demo,
    flows::{
        Acknowledged, Context, ImportOptions, MailWay, import, name_referent, open_account,
        send_governance_notice, take_ordinary_mail,
    },
    governance::{Author, Listing, Role},
    identifiers::MssanteAddress,
    outbox::worker::{self, MailSystem},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    database::TestDatabase,
    mail_operator::{Certificate, operator, wait_for},
    service,
};

/// One server is both: the operator of the secure mailboxes `@rrc…`, and the relay of all others.
fn settings(secure: &MssanteAddress, ordinary: &MssanteAddress) -> Settings {
    let submission = operator().submission(TlsMode::StartTls, Certificate::Good);
    let mut settings = service::settings();
    settings.mail.from = secure.to_string();
    settings.mail.trusted_domains = vec!["rrc.mssante.example".to_owned()];
    let relay = &mut settings.governance.relay;
    relay.from = ordinary.to_string();
    relay.smtp.host = submission.host;
    relay.smtp.port = submission.port;
    relay.smtp.ca_file = submission.ca_file.expect("it has one");
    relay.smtp.client_certificate_file = submission.client_cert_file.expect("it has one");
    relay.smtp.client_key_file = submission.client_key_file.expect("it has one");
    relay.inbox.kind = InboxKind::Maildir;
    relay.inbox.path = operator().folder_of(ordinary);
    relay.inbox.poll_seconds = 1;
    settings
}

/// Three structures, and who oversees them.
async fn structures(context: &Context) -> (Vec<String>, Author) {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = demo::Plan {
        structures: 3,
        offers: 6,
        physicians: 1,
        fiches: 0,
        ..demo::Plan::default()
    };
    demo::write(plan, folder.path()).expect("written");
    let paths = [folder.path().join("offers.csv")];
    let report = import(context, &paths, &ImportOptions::default(), &mut |_| {}).await;
    assert!(report.expect("imported").is_complete());
    let listed = context.storage.list_published().await.expect("read");
    let address = "dsrc@rrc.mssante.example".parse().expect("an address");
    let id = open_account(context, &address, "Sacha Exemple", Role::Regional, "")
        .await
        .expect("opened");
    let account = context.storage.find_account(&id).await.expect("read");
    let structures = listed.into_iter().map(|one| one.structure).collect();
    (structures, account.expect("there").author())
}

async fn listing(context: &Context, structure: &str) -> Listing {
    let events = context.storage.list_events(structure).await.expect("read");
    Listing::of_events(structure, &events)
}

async fn name(context: &Context, author: &Author, structure: &str, address: &str) -> Listing {
    let seen = listing(context, structure).await.version;
    name_referent(context, author, structure, seen, address, "Camille Exemple")
        .await
        .expect("named")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_outside_the_secure_space_are_written_to_by_the_relay_and_what_comes_back_is_noted()
{
    let (secure, ordinary) = (operator().new_mailbox("app"), operator().new_mailbox("app"));
    let (colleague, referent) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let database = TestDatabase::migrated().await;
    let settings = settings(&secure, &ordinary);
    let context = app::context(&settings, database.storage.clone(), Clock::System).await;
    let context = Arc::new(context.expect("it fits"));
    let (structures, dsrc) = structures(&context).await;
    let [first, second, third] = &structures[..] else {
        panic!("three structures");
    };
    name(&context, &dsrc, first, colleague.as_str()).await;
    name(&context, &dsrc, second, referent.as_str()).await;

    // From the secure mailbox leaves what goes to a secure one, and nothing else.
    let mut client = operator().smtp(TlsMode::StartTls);
    let pages = "https://annuaire.invalid";
    let mut sent = 0;
    while send_governance_notice(&context, &mut client, MailWay::Secure, pages)
        .await
        .expect("sent")
        .is_some()
    {
        sent += 1;
    }
    assert_eq!(sent, 1);
    let mut inbox = operator().inbox(&colleague, TlsMode::StartTls, Certificate::Good);
    let mails = wait_for(&mut inbox, 1).await;
    let text = String::from_utf8_lossy(&mails[0].bytes).into_owned();
    assert!(text.contains(secure.as_str()), "{text}");

    // The rest leaves by the relay: one arrives, one is refused at once, one comes back later.
    name(&context, &dsrc, third, "nobody@medecin.mssante.example").await;
    let relay = MailSystem::relay_of_settings(&settings)
        .expect("readable")
        .expect("there is one")
        .with_pages(pages);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    worker::spawn_relay(&tasks, &context, relay, &stop);
    let mut inbox = operator().inbox(&referent, TlsMode::StartTls, Certificate::Good);
    let mails = wait_for(&mut inbox, 1).await;
    let text = String::from_utf8_lossy(&mails[0].bytes).into_owned();
    assert!(
        text.contains(ordinary.as_str()) && !text.contains(secure.as_str()),
        "{text}"
    );
    assert!(
        text.contains(pages) && !text.contains("X-MSS-NIL"),
        "{text}"
    );
    returned(&context, third).await;
    name(&context, &dsrc, third, "dr@bounce.mssante.example").await;
    assert_eq!(
        listing(&context, third).await.mail_returned,
        "",
        "another person"
    );
    let reason = returned(&context, third).await;
    assert!(
        reason.contains("5.1.1") || reason.contains("unknown"),
        "{reason}"
    );

    // Anybody may write to an ordinary mailbox: it changes nothing.
    let forged = b"From: MAILER-DAEMON@evil.invalid\r\nMessage-ID: <1@evil.invalid>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno\r\n--b\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; evil.invalid\r\n\
        Original-Envelope-Id: 1\r\n\r\nFinal-Recipient: rfc822; x@y.invalid\r\nAction: failed\r\n\
        Status: 5.1.1\r\n\r\n--b--\r\n";
    let before = listing(&context, first).await;
    let taken = take_ordinary_mail(&context, forged).await.expect("taken");
    assert_eq!(taken, Acknowledged::Unmatched);
    let again = take_ordinary_mail(&context, forged).await.expect("taken");
    assert_eq!(again, Acknowledged::Repeated);
    assert_eq!(listing(&context, first).await, before);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    let left = fs::read_dir(operator().folder_of(&secure).join("new"));
    assert!(left.is_err() || left.is_ok_and(|mut mails| mails.next().is_none()));
}

/// Waits until a mail about that structure came back, and gives its reason.
async fn returned(context: &Context, structure: &str) -> String {
    for _ in 0..300 {
        let stands = listing(context, structure).await;
        if !stands.mail_returned.is_empty() {
            return stands.mail_returned;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing came back to {structure} within 30 s");
}
