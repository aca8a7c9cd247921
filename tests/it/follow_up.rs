//! Nobody is forgotten: what waits for somebody, what people decide of it, the counts and their lists.

use std::net::Ipv4Addr;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use passerelle::{
    annuaire::{Holder, Mailbox, MailboxKind, Physician},
    app::context,
    clock::Clock,
    config::Settings,
    finding::Language,
    flows::{
        Context, Noted, Sent, keep_physician, list_followed, note_follow_ups, send_notice,
        take_mail, work,
    },
    storage::{FollowUpFilter, Wanted},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    service::{Answer, Service, settings},
    sink::{Sink, client},
};

const PHYSICIAN: &str = "10999000168";

/// A mailbox of that physician's own.
const OWN: (&str, MailboxKind, Holder) = (
    "h@medecin.mssante.invalid",
    MailboxKind::Personal,
    Holder::Physician,
);

fn fiche(name: &str) -> Value {
    let path = format!("{}/tests/data/fiches/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
}

async fn hand_in(service: &Service, fiche: &Value) -> String {
    let created = service
        .post("/rcp-reports", "application/json", fiche.to_string())
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    created.json()["id"].as_str().expect("an id").to_owned()
}

async fn send_form(service: &Service, address: &str, form: &str, site: &str) -> Answer {
    let request = Request::post(address)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", site)
        .body(Body::from(form.to_owned()))
        .expect("a valid request");
    service.send(request).await
}

async fn delivery(service: &Service, id: &str) -> Value {
    let history = service.get(&format!("/rcp-reports/{id}/history")).await;
    history.json()["versions"][0]["delivery"].clone()
}

async fn page(service: &Service, address: &str) -> String {
    let answer = service.get(address).await;
    assert_eq!(answer.status, StatusCode::OK, "{address}");
    answer.text()
}

/// A physician of the fixtures, with these mailboxes.
async fn know(service: &Service, mailboxes: &[(&str, MailboxKind, Holder)]) {
    let mailboxes = mailboxes
        .iter()
        .map(|(address, kind, holder)| Mailbox {
            kind: Some(*kind),
            holder: *holder,
            ..Mailbox::personal(address.parse().expect("an address"))
        })
        .collect();
    let rpps = PHYSICIAN.parse().expect("a number");
    let physician = Physician {
        mailboxes,
        postal_address: vec!["1 place des Halles".to_owned(), "99100 Valmer".to_owned()],
        ..Physician::named(rpps, "TESSIER", "Hélène")
    };
    let context = &service.context;
    let mut writing = context.storage.begin_write().await.expect("a transaction");
    keep_physician(context, &mut writing, &physician, "annuaire")
        .await
        .expect("kept");
    writing.commit().await.expect("committed");
}

#[tokio::test]
async fn the_work_list_says_why_and_what_to_do_and_a_decision_sends_the_report() {
    let service = Service::start().await;
    know(
        &service,
        &[(
            "secretariat@cabinet.mssante.invalid",
            MailboxKind::Organization,
            Holder::Organization,
        )],
    )
    .await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let list = page(&service, "/pilotage/a-traiter").await;
    for words in [
        "publie pas de messagerie sécurisée",
        "envoyer à la boîte de la structure",
        "TESSIER",
        &id,
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let item = format!("/pilotage/a-traiter/{id}");
    assert!(
        page(&service, &item)
            .await
            .contains("secretariat@cabinet.mssante.invalid")
    );

    let form =
        "choix=secretariat%40cabinet.mssante.invalid&auteur=Lucie+Exemple&motif=accord+du+cabinet";
    let answer = send_form(&service, &format!("{item}/adresse"), form, "same-origin").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers[header::LOCATION], item);
    let sent = delivery(&service, &id).await;
    assert_eq!(sent["state"], "pending");
    assert_eq!(
        sent["recipientAddress"],
        "secretariat@cabinet.mssante.invalid"
    );
    let shown = page(&service, &item).await;
    assert!(
        shown.contains("Lucie Exemple") && shown.contains("accord du cabinet"),
        "{shown}"
    );
    assert!(!page(&service, "/pilotage/a-traiter").await.contains(&id));
}

#[tokio::test]
async fn a_form_of_another_site_a_nameless_one_and_an_untrusted_address_change_nothing() {
    let service = Service::start().await;
    know(&service, &[]).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let address = format!("/pilotage/a-traiter/{id}/adresse");
    let given = "choix=autre&adresse=h%40medecin.mssante.invalid&auteur=Lucie";
    for (form, site, status) in [
        (given, "cross-site", StatusCode::FORBIDDEN),
        (
            "choix=autre&adresse=h%40medecin.mssante.invalid",
            "same-origin",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "choix=autre&adresse=h%40evilmssante.invalid&auteur=L",
            "same-origin",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "choix=autre&adresse=h&auteur=L",
            "same-origin",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let answer = send_form(&service, &address, form, site).await;
        assert_eq!(answer.status, status, "{form}");
        assert_eq!(delivery(&service, &id).await["state"], "undeliverable");
    }
    let nobody = hand_in(&service, &fiche("sans-medecin-traitant.json")).await;
    let answer = send_form(
        &service,
        &format!("/pilotage/a-traiter/{nobody}/adresse"),
        given,
        "none",
    )
    .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_opposition_holds_and_is_lifted() {
    let service = Service::start().await;
    know(&service, &[OWN]).await;
    let first = hand_in(&service, &fiche("appareil-minimal.json")).await;
    assert_eq!(delivery(&service, &first).await["state"], "pending");
    let address = format!("/pilotage/a-traiter/{first}/adresse");
    send_form(
        &service,
        &address,
        "choix=opposition&auteur=Lucie",
        "same-origin",
    )
    .await;
    let second = hand_in(&service, &fiche("transversale.json")).await;
    assert_eq!(delivery(&service, &second).await["reason"], "opposition");
    send_form(
        &service,
        &address,
        "choix=annuaire&auteur=Lucie",
        "same-origin",
    )
    .await;
    assert_eq!(delivery(&service, &second).await["state"], "pending");
}

#[tokio::test]
async fn what_is_closed_leaves_the_list_and_no_mail_follows_until_it_is_opened_again() {
    let service = Service::start().await;
    know(&service, &[]).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let address = format!("/pilotage/a-traiter/{id}/cloture");
    let closed = send_form(
        &service,
        &address,
        "moyen=letter&auteur=Lucie",
        "same-origin",
    )
    .await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    assert!(!page(&service, "/pilotage/a-traiter").await.contains(&id));
    service
        .know(PHYSICIAN, Some("h@medecin.mssante.invalid"))
        .await;
    assert_eq!(delivery(&service, &id).await["state"], "undeliverable");
    send_form(
        &service,
        &address,
        "moyen=reopened&auteur=Lucie",
        "same-origin",
    )
    .await;
    assert!(page(&service, "/pilotage/a-traiter").await.contains(&id));
    service
        .know(PHYSICIAN, Some("h@medecin.mssante.invalid"))
        .await;
    assert_eq!(delivery(&service, &id).await["state"], "pending");
}

/// The report of the mail system that the mailbox of that delivery does not exist.
fn bounce(delivery: &Value, status: &str) -> String {
    let path = format!(
        "{}/tests/data/mail/dsn-failed-unknown-box.eml",
        env!("CARGO_MANIFEST_DIR")
    );
    let message_id = delivery["messageId"].as_str().expect("text");
    std::fs::read_to_string(path)
        .expect("read")
        .replace("T-0001", message_id.split('@').next().expect("an id"))
        .replace("dr.exemple@medecin.mssante.fr", OWN.0)
        .replace("5.1.1", status)
}

#[tokio::test]
async fn a_mailbox_that_bounces_is_marked_and_the_next_one_takes_its_place() {
    let service = Service::start().await;
    let boxes = [
        OWN,
        (
            "h@cabinet.mssante.invalid",
            MailboxKind::Practice,
            Holder::Situation,
        ),
    ];
    know(&service, &boxes).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let first = delivery(&service, &id).await;
    assert_eq!(first["recipientAddress"], "h@medecin.mssante.invalid");
    take_mail(&service.context, bounce(&first, "5.1.1").as_bytes())
        .await
        .expect("taken");
    let second = delivery(&service, &id).await;
    assert_eq!(second["state"], "pending");
    assert_eq!(second["recipientAddress"], "h@cabinet.mssante.invalid");
    assert_eq!(second["messageId"], first["messageId"]);
    // What the first box still says is no news of the second one.
    let late = bounce(&first, "4.4.7").replace("FAILED", "delayed");
    take_mail(&service.context, late.as_bytes())
        .await
        .expect("taken");
    assert_eq!(delivery(&service, &id).await["state"], "pending");
    let shown = page(&service, &format!("/pilotage/a-traiter/{id}")).await;
    assert!(
        shown.contains("a refusé un message le") && shown.contains("dsn-5.1.1"),
        "{shown}"
    );

    // The directory still lists the box: it is passed over all the same.
    know(&service, &boxes).await;
    let next = hand_in(&service, &fiche("transversale.json")).await;
    assert_eq!(
        delivery(&service, &next).await["recipientAddress"],
        "h@cabinet.mssante.invalid"
    );
}

#[tokio::test]
async fn a_full_mailbox_is_not_a_wrong_one() {
    let service = Service::start().await;
    know(&service, &[OWN]).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let first = delivery(&service, &id).await;
    take_mail(&service.context, bounce(&first, "5.2.2").as_bytes())
        .await
        .expect("taken");
    assert_eq!(delivery(&service, &id).await["state"], "failed");
    let next = hand_in(&service, &fiche("transversale.json")).await;
    assert_eq!(delivery(&service, &next).await["state"], "pending");
}

#[tokio::test]
async fn equal_mailboxes_wait_for_a_person() {
    let service = Service::start().await;
    know(
        &service,
        &[
            (
                "h1@medecin.mssante.invalid",
                MailboxKind::Personal,
                Holder::Physician,
            ),
            (
                "h2@medecin.mssante.invalid",
                MailboxKind::Personal,
                Holder::Physician,
            ),
        ],
    )
    .await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    assert_eq!(delivery(&service, &id).await["reason"], "several-mailboxes");
    assert!(
        page(&service, "/pilotage/a-traiter?motif=several-mailboxes")
            .await
            .contains("choisir une boîte")
    );
    let form = "choix=h2%40medecin.mssante.invalid&auteur=Lucie";
    send_form(
        &service,
        &format!("/pilotage/a-traiter/{id}/adresse"),
        form,
        "same-origin",
    )
    .await;
    assert_eq!(
        delivery(&service, &id).await["recipientAddress"],
        "h2@medecin.mssante.invalid"
    );
}

#[tokio::test]
async fn the_funnel_of_a_new_installation_is_empty() {
    let service = Service::start().await;
    let overview = page(&service, "/pilotage").await;
    assert!(
        overview.contains("/pilotage/liste?etape=medecin\">0</a>"),
        "{overview}"
    );
    let of_no_day = page(&service, "/pilotage?du=2031-01-01").await;
    assert!(of_no_day.contains("/pilotage/liste?"), "{of_no_day}");
}

#[tokio::test]
async fn each_number_of_the_funnel_opens_its_list() {
    let service = Service::start().await;
    know(&service, &[OWN]).await;
    let sent = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let nobody = hand_in(&service, &fiche("sans-medecin-traitant.json")).await;
    let overview = page(&service, "/pilotage").await;
    assert!(
        overview.contains("50,7\u{a0}%") && overview.contains("objectif\u{a0}: 100,0"),
        "{overview}"
    );
    assert!(
        overview.contains("/pilotage/liste?etape=medecin\">1</a>"),
        "{overview}"
    );
    let reached = page(&service, "/pilotage/liste?etape=adresse").await;
    assert!(reached.contains(&sent) && !reached.contains(&nobody));
    let missed = page(&service, "/pilotage/liste?etape=medecin&manque=oui").await;
    assert!(missed.contains(&nobody) && !missed.contains(&sent));
    let none = page(&service, "/pilotage/liste?etape=recu&du=2031-01-01").await;
    assert!(!none.contains(&nobody) && none.contains("Rien."));
    assert_eq!(
        service.get("/pilotage/liste?etape=perdu").await.status,
        StatusCode::NOT_FOUND
    );
    let english = page(&service, "/pilotage?lang=en").await;
    assert!(
        english.contains("Arrived at the attending physician: 0.0\u{a0}%"),
        "{english}"
    );
}

#[tokio::test]
async fn exports_name_no_patient_but_to_those_who_may_read_reports() {
    let service = Service::start().await;
    know(&service, &[]).await;
    let fiche = fiche("appareil-minimal.json");
    hand_in(&service, &fiche).await;
    let plain = service.get("/pilotage/liste.csv?etape=recu").await;
    assert_eq!(
        plain.headers[header::CONTENT_TYPE],
        "text/csv; charset=utf-8"
    );
    let with_patients = service
        .get("/pilotage/liste-nominative.csv?etape=recu")
        .await
        .text();
    assert!(with_patients.contains("\"INS\"") && !plain.text().contains("INS"));
    let line = with_patients.lines().nth(1).expect("a report");
    let family = line
        .split(';')
        .rev()
        .nth(3)
        .expect("a name")
        .trim_matches('"')
        .to_owned();
    assert!(
        family.len() > 1 && fiche.to_string().contains(&family),
        "{line}"
    );
    assert!(!plain.text().contains(&family));
    let funnel = service.get("/pilotage/entonnoir.csv").await.text();
    assert!(
        funnel.contains("\"tous\";\"\";\"1\";\"1\";\"0\""),
        "{funnel}"
    );
}

#[tokio::test]
async fn the_letter_is_written_for_a_physician_and_for_nobody_else() {
    let service = Service::start().await;
    know(&service, &[]).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let letter = service
        .get(&format!("/pilotage/comptes-rendus/{id}/courrier.pdf"))
        .await;
    assert_eq!(letter.status, StatusCode::OK);
    assert_eq!(letter.headers[header::CONTENT_TYPE], "application/pdf");
    assert!(letter.body.starts_with(b"%PDF"));
    let nobody = hand_in(&service, &fiche("sans-medecin-traitant.json")).await;
    let none = service
        .get(&format!("/pilotage/comptes-rendus/{nobody}/courrier.pdf"))
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_names_patients_asks_for_the_right_to_the_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "a-long-enough-token").expect("written");
    let mut settings = settings();
    settings.access.reports_token_file = path;
    let service = Service::with(settings).await;
    for address in [
        "/pilotage/liste-nominative.csv?etape=recu",
        "/pilotage/comptes-rendus/x/courrier.pdf",
    ] {
        let answer = service.get(address).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    assert_eq!(
        service.get("/pilotage/liste.csv?etape=recu").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_report_that_nobody_read_comes_back_after_its_days() {
    let service = Service::start().await;
    know(&service, &[OWN]).await;
    let id = hand_in(&service, &fiche("appareil-minimal.json")).await;
    let message_id = delivery(&service, &id).await["messageId"].clone();
    let delivered =
        bounce(&json!({"messageId": message_id}), "2.0.0").replace("FAILED", "delivered");
    take_mail(&service.context, delivered.as_bytes())
        .await
        .expect("taken");
    for (clock, count) in [
        (datetime!(2026-12-08 8:59 UTC), 0),
        (datetime!(2026-12-08 9:00 UTC), 1),
    ] {
        let later = context_at(&service, &settings(), clock).await;
        let wanted = Wanted::Work(work(&later, Some("unread".to_owned())));
        let found = list_followed(&later, &FollowUpFilter::default(), &wanted, None, 10)
            .await
            .expect("read");
        assert_eq!(found.reports.len(), count, "{clock}");
    }
}

/// The context of a service that runs over the same database at another instant.
async fn context_at(service: &Service, settings: &Settings, at: OffsetDateTime) -> Context {
    let storage = service.context.storage.clone();
    context(settings, storage, Clock::Fixed(at))
        .await
        .expect("it fits")
}

#[tokio::test]
async fn reminders_and_escalations_are_noted_once_and_told_once_a_day() {
    let service = Service::start().await;
    know(&service, &[]).await;
    hand_in(&service, &fiche("appareil-minimal.json")).await;
    let mut settings = settings();
    settings.follow_up.escalations_to = "direction@reseau.mssante.invalid".to_owned();
    let early =
        note_follow_ups(&context_at(&service, &settings, datetime!(2026-12-23 8:59 UTC)).await)
            .await;
    assert_eq!(early.expect("noted"), Noted::default());
    let due = context_at(&service, &settings, datetime!(2026-12-23 9:00 UTC)).await;
    let noted = note_follow_ups(&due).await.expect("noted");
    assert_eq!((noted.reminders, noted.escalations), (0, 1));
    assert_eq!(
        note_follow_ups(&due).await.expect("noted"),
        Noted::default()
    );
    assert!(
        page(&service, "/pilotage/a-traiter")
            .await
            .contains("en retard")
    );

    let sink = Sink::start().await;
    let mut client = sink.client();
    let sent = send_notice(&due, &mut client).await.expect("sent");
    assert_eq!(sent.expect("one was due").sent, Sent::Accepted);
    assert_eq!(send_notice(&due, &mut client).await.expect("read"), None);
    let mail: Vec<String> = sink
        .mails_of(&settings.follow_up.escalations_to)
        .into_iter()
        .map(|mail| String::from_utf8(mail).expect("ASCII"))
        .collect();
    assert_eq!(mail.len(), 1);
    assert!(mail[0].contains("Auto-Submitted: auto-generated") && !mail[0].contains("TESSIER"));
}

#[tokio::test]
async fn a_notice_speaks_the_language_of_the_settings_and_gives_the_whole_address() {
    let service = Service::start().await;
    know(&service, &[]).await;
    hand_in(&service, &fiche("appareil-minimal.json")).await;
    let mut settings = settings();
    settings.follow_up.escalations_to = "direction@reseau.mssante.invalid".to_owned();
    settings.follow_up.language = Language::English;
    settings.server.public_url = "https://passerelle.example/".to_owned();
    let due = context_at(&service, &settings, datetime!(2026-12-24 9:00 UTC)).await;
    note_follow_ups(&due).await.expect("noted");
    let sink = Sink::start().await;
    let sent = send_notice(&due, &mut sink.client()).await.expect("sent");
    assert_eq!(sent.expect("one was due").sent, Sent::Accepted);
    let mails = sink.mails_of(&settings.follow_up.escalations_to);
    let mail = String::from_utf8(mails.concat()).expect("ASCII");
    assert!(mail.contains("Subject: RCP reports overdue: 1"), "{mail}");
    let address = "https://passerelle.example/pilotage/a-traiter";
    assert!(mail.replace("=\r\n", "").contains(address), "{mail}");
}

#[tokio::test]
async fn a_notice_that_nobody_takes_is_tried_again_later() {
    let service = Service::start().await;
    know(&service, &[]).await;
    hand_in(&service, &fiche("appareil-minimal.json")).await;
    let mut settings = settings();
    settings.follow_up.escalations_to = "direction@reseau.mssante.invalid".to_owned();
    let due = context_at(&service, &settings, datetime!(2026-12-24 9:00 UTC)).await;
    note_follow_ups(&due).await.expect("noted");
    // Nobody listens there: the port was free a moment ago.
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let mut client = client(port);
    let sent = send_notice(&due, &mut client).await.expect("written down");
    assert_eq!(sent.expect("one was due").sent, Sent::Deferred);
    assert_eq!(send_notice(&due, &mut client).await.expect("read"), None);
    let later = due
        .storage
        .claim_notice("2026-12-24T09:02:00.000Z", "2026-12-24T09:17:00.000Z");
    assert_eq!(later.await.expect("read").expect("due again").attempts, 2);
}
