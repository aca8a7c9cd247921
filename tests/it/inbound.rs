//! Mails come in: reports from elsewhere, refusals, absences, and what should not have come.

use std::io::Cursor;

use passerelle::{
    config,
    flows::{Acknowledged, answer_next, take_mail, write_document},
    identifiers::MssanteAddress,
    mssante::{
        mail::{self, DocumentMail, Reader},
        mdn::Disposition,
        receipt::{self, Receipt},
        return_path::ReturnPath,
        visibility::Marks,
        xdm::{self, Contact, Shipment},
    },
    outbox::DeliveryState,
    rcp, rendering,
    terminology::Terminology,
};
use sha1::{Digest, Sha1};
use time::macros::datetime;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    delivery::{Office, PHYSICIAN_MAILBOX},
    service::{Service, settings},
    sink::Sink,
};

const GATEWAY: &str = "rcp@reseau.mssante.invalid";
const HOSPITAL: &str = "dcc@hopital.mssante.invalid";

/// A mail that carries a report, as the software of a hospital sends it.
pub fn report_mail(from: &str, to: &str) -> String {
    let terminology = Terminology::embedded();
    let reports = config::load(None).expect("the defaults fit").reports;
    let fiche = std::fs::read("tests/data/fiches/appareil-minimal.json").expect("read");
    let report = rcp::fiche::read(&fiche).expect("a fiche");
    let written = write_document(&report, &terminology, &reports).expect("written");
    let shipment = Shipment {
        contact: Contact {
            label: "Hôpital Exemple",
            phone: "",
        },
        submitted_at: datetime!(2026-11-23 8:00 UTC),
        submission_id: None,
        action: xdm::Action::Create,
        marks: Marks::default(),
        terminology: &terminology,
    };
    let archive = xdm::pack(&written.document, &written.cda, &shipment).expect("complete");
    let from: MssanteAddress = from.parse().expect("an address");
    let mail = mail::write(&DocumentMail {
        from: &from,
        from_label: shipment.contact.label,
        reply_to: None,
        to: &to.parse().expect("an address"),
        message_id: "dcc-1@hopital.mssante.invalid",
        replaced_message_id: None,
        at: shipment.submitted_at,
        nil: "DCC",
        contact_phone: "",
        document: &written.document,
        action: shipment.action,
        reader: Reader::Professional,
        words: None,
        archive: &archive,
        pdf: &rendering::pdf(&written.document).expect("it renders"),
    });
    let mail = String::from_utf8(mail).expect("ASCII");
    format!("Return-Path: <{from}>\r\n{mail}")
}

/// The same mail with another archive.
fn with_archive(
    mail: &str,
    change: impl FnOnce(Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)>,
) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (start, end) = part(mail, "IHE_XDM.zip");
    let text: String = mail[start..end].split_whitespace().collect();
    let bytes = STANDARD.decode(text).expect("base64");
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let entries = (0..zip.len())
        .filter_map(|index| {
            let mut entry = zip.by_index(index).expect("an entry");
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).expect("readable");
            let name = entry.name().expect("a name").into_owned();
            entry.is_file().then_some((name, content))
        })
        .collect();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in change(entries) {
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("a name");
        std::io::Write::write_all(&mut writer, &content).expect("memory");
    }
    let bytes = writer.finish().expect("memory").into_inner();
    let lines: Vec<String> = STANDARD
        .encode(bytes)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "{}{}\r\n{}",
        &mail[..start],
        lines.join("\r\n"),
        &mail[end..]
    )
}

/// Where the content of the attachment of that name begins and ends.
fn part(mail: &str, name: &str) -> (usize, usize) {
    let head = mail.find(&format!("filename=\"{name}\"")).expect("there");
    let start = head + mail[head..].find("\r\n\r\n").expect("there") + 4;
    (start, start + mail[start..].find("--=_").expect("there"))
}

async fn taken(service: &Service, mail: &str) -> Acknowledged {
    take_mail(&service.context, mail.as_bytes())
        .await
        .expect("taken")
}

/// Sends every answer that is due, and hands back what a mailbox holds.
async fn answers_to(sink: &Sink, service: &Service, owner: &str) -> Vec<Vec<u8>> {
    let mut client = sink.client();
    while answer_next(&service.context, &mut client)
        .await
        .expect("the database answers")
        .is_some()
    {}
    sink.mails_of(owner)
}

fn disposition(mail: &[u8]) -> Disposition {
    match receipt::read(mail).receipt {
        Receipt::Mdn { disposition, .. } => disposition,
        other => panic!("{other:?}"),
    }
}

async fn quarantined(service: &Service) -> Vec<String> {
    let refusals = service.context.storage.list_refusals(None, 10).await;
    let refusals = refusals.expect("read");
    refusals.into_iter().map(|refusal| refusal.rules).collect()
}

#[tokio::test]
async fn a_report_received_by_mail_is_taken_in_and_answered() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    let mail = report_mail(HOSPITAL, GATEWAY);
    assert_eq!(taken(&service, &mail).await, Acknowledged::Matched);
    assert_eq!(taken(&service, &mail).await, Acknowledged::Repeated);

    let answers = answers_to(&operator, &service, HOSPITAL).await;
    let [answer] = answers.as_slice() else {
        panic!("one answer, not {}", answers.len())
    };
    assert_eq!(disposition(answer), Disposition::Integrated);
    assert_eq!(ReturnPath::of_mail(answer), ReturnPath::Null);
    let text = String::from_utf8_lossy(answer);
    assert!(
        !text[..text.find("\r\n\r\n").expect("headers")].contains("Disposition-Notification-To")
    );
    assert_eq!(answers_to(&operator, &service, HOSPITAL).await.len(), 1);

    let counts = service.context.storage.count_reports().await;
    assert_eq!(counts.expect("read"), 1);
    assert_eq!(quarantined(&service).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_archive_that_cannot_be_read_is_refused_with_906_and_kept() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    let mail = with_archive(&report_mail(HOSPITAL, GATEWAY), |mut entries| {
        entries.retain(|(name, _)| !name.ends_with("METADATA.XML"));
        entries
    });
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    let answers = answers_to(&operator, &service, HOSPITAL).await;
    assert!(matches!(
        disposition(&answers[0]),
        Disposition::Rejected {
            code: Some(906),
            ..
        }
    ));
    assert_eq!(quarantined(&service).await, ["XDM-METADATA"]);
}

#[tokio::test]
async fn a_bomb_by_mail_is_refused_and_kept() {
    let service = Service::start().await;
    let mail = with_archive(&report_mail(HOSPITAL, GATEWAY), |mut entries| {
        entries.push(("BOMB.TXT".to_owned(), vec![0; 60_000_000]));
        entries
    });
    assert!(mail.len() < 1_000_000);
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    assert_eq!(quarantined(&service).await, ["XDM-LIMIT"]);
}

#[tokio::test]
async fn a_refusal_that_nobody_asked_to_be_told_goes_as_an_ordinary_mail() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    let mail = with_archive(&report_mail(HOSPITAL, GATEWAY), |mut entries| {
        for (name, content) in &mut entries {
            if name.ends_with("DOC0001.XML") {
                content.push(b'\n');
            }
        }
        entries
    });
    let mail = mail.replace(
        &format!("Disposition-Notification-To: <{HOSPITAL}>\r\n"),
        "",
    );
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    let answers = answers_to(&operator, &service, HOSPITAL).await;
    let answer = receipt::read(&answers[0]);
    assert_eq!(
        answer.receipt,
        Receipt::StandardRefusal {
            original_message_id: Some("dcc-1@hopital.mssante.invalid".to_owned()),
            code: Some(906)
        }
    );
}

#[tokio::test]
async fn what_nobody_may_be_told_is_not_answered() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    for (from, to) in [
        (format!("Return-Path: <{HOSPITAL}>"), "Return-Path: <>"),
        (
            "Date:".to_owned(),
            "Auto-Submitted: auto-generated\r\nDate:",
        ),
    ] {
        let mail = report_mail(HOSPITAL, GATEWAY)
            .replacen(&from, to, 1)
            .replace("dcc-1@", &format!("{}@", to.len()));
        taken(&service, &mail).await;
    }
    assert_eq!(answers_to(&operator, &service, HOSPITAL).await.len(), 0);
}

#[tokio::test]
async fn a_mail_that_names_another_patient_waits_for_a_person() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    let mail = report_mail(HOSPITAL, GATEWAY);
    let start = mail.find("Subject:").expect("there");
    let end = mail.find("Message-ID:").expect("there");
    let mail = format!(
        "{}Subject: XDM/1.0/DDM+CR de =?UTF-8?Q?r=C3=A9union?= de concertation\r\n pluridisci AUTRE PERSONNE 01/02/1950\r\n{}",
        &mail[..start],
        &mail[end..]
    );
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    let rules = quarantined(&service).await;
    assert_eq!(rules, ["MAIL-PATIENT"]);
    assert_eq!(answers_to(&operator, &service, HOSPITAL).await.len(), 0);
    let counts = service.context.storage.count_reports().await;
    assert_eq!(counts.expect("read"), 0);
}

#[tokio::test]
async fn a_report_from_outside_the_trusted_space_waits_for_a_person() {
    let (service, operator) = (Service::start().await, Sink::start().await);
    let mail = report_mail("dcc@evil.invalid", GATEWAY);
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    assert_eq!(quarantined(&service).await, ["MAIL-UNTRUSTED"]);
    assert_eq!(answers_to(&operator, &service, HOSPITAL).await.len(), 0);
}

#[tokio::test]
async fn a_person_looks_at_a_held_mail_and_lets_it_in() {
    let (service, sink) = (Service::start().await, Sink::start().await);
    let mail = report_mail("dcc@elsewhere.invalid", GATEWAY);
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    let refusals = service.context.storage.list_refusals(None, 10).await;
    let id = refusals.expect("read")[0].journal_id.clone();
    let address = format!("/pilotage/quarantaine/{id}");
    let list = service.get("/pilotage/quarantaine").await.text();
    assert!(list.contains(&address), "{list}");
    let shown = service.get(&address).await.text();
    assert!(
        shown.contains("MAIL-UNTRUSTED") && shown.contains("Accepter ce courriel"),
        "{shown}"
    );
    let form = "application/x-www-form-urlencoded";
    let without_reason = service.post(&address, form, "auteur=Lucie&motif=").await;
    assert_eq!(without_reason.status, 422);
    assert_eq!(
        service.context.storage.count_reports().await.expect("read"),
        0
    );
    let decision = "auteur=Lucie&motif=connu+par+t%C3%A9l%C3%A9phone";
    let let_in = service.post(&address, form, decision).await;
    assert_eq!(let_in.status, 303, "{}", let_in.text());
    assert_eq!(
        service.context.storage.count_reports().await.expect("read"),
        1
    );
    let shown = service.get(&address).await.text();
    for words in ["Lucie", "connu par téléphone", "Compte rendu"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("Accepter ce courriel"));
    assert_eq!(service.post(&address, form, decision).await.status, 422);
    // Who lies outside the trusted space is not written to, whoever let the mail in.
    let answers = answers_to(&sink, &service, "nobody@hopital.mssante.invalid").await;
    assert_eq!(answers.len(), 0);
}

#[tokio::test]
async fn a_document_whose_ins_is_false_is_refused_with_903() {
    let (service, sink) = (Service::start().await, Sink::start().await);
    let mail = with_archive(&report_mail(HOSPITAL, GATEWAY), |entries| {
        let false_key = |content: Vec<u8>| {
            let text = String::from_utf8(content).expect("text");
            text.replace("268053523804264", "268053523804200")
                .into_bytes()
        };
        let mut entries: Vec<_> = entries
            .into_iter()
            .map(|(name, content)| (name, false_key(content)))
            .collect();
        let document = entries
            .iter()
            .find(|(name, _)| name.ends_with("DOC0001.XML"));
        let hash = hex::encode(Sha1::digest(&document.expect("there").1));
        for (name, content) in &mut entries {
            if name.ends_with("METADATA.XML") {
                let text = String::from_utf8(std::mem::take(content)).expect("text");
                let start = text.find("name=\"hash\"").expect("a slot");
                let start = start + text[start..].find("<rim:Value>").expect("a value") + 11;
                *content = format!("{}{hash}{}", &text[..start], &text[start + 40..]).into_bytes();
            }
        }
        entries
    });
    assert_eq!(taken(&service, &mail).await, Acknowledged::Unmatched);
    let answers = answers_to(&sink, &service, HOSPITAL).await;
    assert!(
        matches!(
            disposition(&answers[0]),
            Disposition::Rejected {
                code: Some(903),
                ..
            }
        ),
        "{:?}",
        quarantined(&service).await
    );
}

#[tokio::test]
async fn two_gateways_that_face_each_other_fall_silent() {
    let mut theirs = settings();
    theirs.mail.from = HOSPITAL.to_owned();
    let (ours, theirs) = (Service::start().await, Service::with(theirs).await);
    let operator = Sink::start().await;
    let mut exchanged = 0;
    let mut mails = vec![report_mail(HOSPITAL, GATEWAY).into_bytes()];
    let (mut receiver, mut sender) = ((&ours, HOSPITAL), (&theirs, GATEWAY));
    while !mails.is_empty() {
        exchanged += mails.len();
        assert!(exchanged < 10, "they go on");
        for mail in &mails {
            take_mail(&receiver.0.context, mail).await.expect("taken");
        }
        mails = answers_to(&operator, receiver.0, receiver.1).await;
        // What was read once is not read again.
        for file in operator.files_of(receiver.1) {
            std::fs::remove_file(file).expect("removed");
        }
        std::mem::swap(&mut receiver, &mut sender);
    }
    assert_eq!(exchanged, 2, "a report and its notification");
}

/// A notification about the mail of that office.
fn notification(message_id: &str, own_id: &str, recipient: &str, disposition: &str) -> Vec<u8> {
    format!(
        "From: <{PHYSICIAN_MAILBOX}>\r\nTo: <{GATEWAY}>\r\nMessage-ID: <{own_id}@medecin.mssante.invalid>\r\n\
         Subject: Re\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nx\r\n\
         --b\r\nContent-Type: message/disposition-notification\r\n\r\n\
         Original-Recipient: rfc822;{recipient}\r\nFinal-Recipient: rfc822;{recipient}\r\n\
         Original-Message-ID: <{message_id}>\r\n{disposition}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

/// A delivery report about the mail of that envelope.
fn delivery_report(envelope_id: &str, action: &str, status: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@operateur.invalid\r\nTo: <{GATEWAY}>\r\nMessage-ID: <{action}@operateur.invalid>\r\n\
         Subject: Report\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nx\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Original-Envelope-Id: {envelope_id}\r\nReporting-MTA: dns; operateur.invalid\r\n\r\n\
         Original-Recipient: rfc822;{PHYSICIAN_MAILBOX}\r\nFinal-Recipient: rfc822;{PHYSICIAN_MAILBOX}\r\n\
         Action: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

const READ: &str = "Disposition: manual-action/MDN-sent-manually; displayed";
const REFUSED: &str = "Disposition: automatic-action/MDN-sent-automatically; processed/error\r\n\
                       Error: 902^Patient inconnu^applicationErrorCondition|E^Error^errorSeverity";

/// An office whose report has left.
async fn sent_office() -> Office {
    let office = Office::open().await;
    let due = office.claim_now("worker").await;
    let mut client = office.client(office.port);
    office.send(&mut client, &due, "worker").await;
    office
}

async fn told(office: &Office, mail: &[u8]) -> Acknowledged {
    take_mail(&office.service.context, mail)
        .await
        .expect("taken")
}

async fn kinds(office: &Office) -> Vec<String> {
    let delivery = office.delivery().await;
    let lines = office
        .service
        .context
        .storage
        .list_delivery_events(&delivery.id)
        .await;
    lines
        .expect("read")
        .into_iter()
        .map(|line| line.kind)
        .collect()
}

#[tokio::test]
async fn a_notification_about_somebody_elses_mail_changes_nothing() {
    let office = sent_office().await;
    let id = office.delivery().await.message_id;
    let other = "autre@medecin.mssante.invalid";
    let mail = notification(&id, "n1", other, READ);
    assert_eq!(told(&office, &mail).await, Acknowledged::Unmatched);
    let unknown = notification(
        "unknown@reseau.mssante.invalid",
        "n2",
        PHYSICIAN_MAILBOX,
        READ,
    );
    assert_eq!(told(&office, &unknown).await, Acknowledged::Unmatched);
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
}

#[tokio::test]
async fn a_forwarded_mail_counts_and_its_reader_is_kept() {
    let office = sent_office().await;
    let id = office.delivery().await.message_id;
    let mail = notification(&id, "n1", PHYSICIAN_MAILBOX, READ);
    let forwarded = String::from_utf8(mail).expect("text").replace(
        &format!("Final-Recipient: rfc822;{PHYSICIAN_MAILBOX}"),
        "Final-Recipient: rfc822;secretariat@medecin.mssante.invalid",
    );
    assert_eq!(
        told(&office, forwarded.as_bytes()).await,
        Acknowledged::Matched
    );
    let delivery = office.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Acknowledged);
    let lines = office
        .service
        .context
        .storage
        .list_delivery_events(&delivery.id)
        .await;
    let last = lines.expect("read").pop().expect("a line");
    assert_eq!(
        last.detail.as_deref(),
        Some("secretariat@medecin.mssante.invalid")
    );
}

#[tokio::test]
async fn the_same_notification_under_another_message_id_changes_nothing_more() {
    let office = sent_office().await;
    let id = office.delivery().await.message_id;
    for own in ["n1", "n2"] {
        told(&office, &notification(&id, own, PHYSICIAN_MAILBOX, READ)).await;
        assert_eq!(office.delivery().await.state, DeliveryState::Acknowledged);
    }
    let again = notification(&id, "n2", PHYSICIAN_MAILBOX, READ);
    assert_eq!(told(&office, &again).await, Acknowledged::Repeated);
}

#[tokio::test]
async fn a_delay_is_noted_and_changes_nothing() {
    let office = sent_office().await;
    let id = office.delivery().await.id;
    let delay = delivery_report(&id, "delayed", "4.4.1");
    assert_eq!(told(&office, &delay).await, Acknowledged::Matched);
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
    assert!(kinds(&office).await.contains(&"delayed".to_owned()));
}

#[tokio::test]
async fn an_expired_mail_has_failed() {
    let office = sent_office().await;
    let id = office.delivery().await.id;
    told(&office, &delivery_report(&id, "failed", "4.4.1")).await;
    let delivery = office.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert_eq!(delivery.reason.as_deref(), Some("dsn-4.4.1"));
}

#[tokio::test]
async fn a_refusal_reopens_the_case() {
    let office = sent_office().await;
    let delivery = office.delivery().await;
    told(
        &office,
        &delivery_report(&delivery.id, "delivered", "2.0.0"),
    )
    .await;
    assert_eq!(office.delivery().await.state, DeliveryState::Delivered);
    let refusal = notification(&delivery.message_id, "n1", PHYSICIAN_MAILBOX, REFUSED);
    told(&office, &refusal).await;
    let delivery = office.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Rejected);
    assert_eq!(delivery.reason.as_deref(), Some("mdn-902"));
    let page = office
        .service
        .get(&format!("/pilotage/comptes-rendus/{}", office.report_id))
        .await;
    assert!(
        page.text().contains("patient inconnu du destinataire"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_late_success_closes_the_case() {
    let office = sent_office().await;
    let delivery = office.delivery().await;
    told(&office, &delivery_report(&delivery.id, "failed", "5.1.1")).await;
    assert_eq!(office.delivery().await.state, DeliveryState::Failed);
    told(
        &office,
        &notification(&delivery.message_id, "n1", PHYSICIAN_MAILBOX, READ),
    )
    .await;
    let delivery = office.delivery().await;
    assert_eq!(
        (delivery.state, delivery.reason),
        (DeliveryState::Acknowledged, None)
    );
}

#[tokio::test]
async fn an_absence_and_a_letter_are_noted_beside_the_report() {
    let office = sent_office().await;
    let id = office.delivery().await.message_id;
    for (own, header) in [("a1", "Auto-Submitted: auto-replied\r\n"), ("a2", "")] {
        let mail = format!(
            "From: <{PHYSICIAN_MAILBOX}>\r\nTo: <{GATEWAY}>\r\nMessage-ID: <{own}@medecin.mssante.invalid>\r\n\
             In-Reply-To: <{id}>\r\nSubject: Absence\r\n{header}\r\nAbsente.\r\n"
        );
        assert_eq!(told(&office, mail.as_bytes()).await, Acknowledged::Matched);
    }
    assert_eq!(office.delivery().await.state, DeliveryState::Sent);
    let noted = kinds(&office)
        .await
        .iter()
        .filter(|kind| *kind == "noted")
        .count();
    assert_eq!(noted, 2);
}

#[test]
fn hostile_mails_cost_little() {
    let started = std::time::Instant::now();
    let mut nested = format!("From: <{HOSPITAL}>\r\nMessage-ID: <n@x>\r\nMIME-Version: 1.0\r\n");
    for level in 0..1_000 {
        nested.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n"
        ));
    }
    let mut enclosed = nested.clone();
    enclosed.push_str(&"Content-Type: message/rfc822\r\n\r\n".repeat(1_000));
    let long_header = format!(
        "From: <{HOSPITAL}>\r\nSubject: {}\r\nReferences: {}\r\n\r\nx",
        "=?UTF-8?Q?=C3=A9?= ".repeat(250_000),
        "<a@b> ".repeat(1_000_000)
    );
    let many_headers = format!(
        "From: <{HOSPITAL}>\r\n{}\r\nx",
        "X-A: b\r\n".repeat(1_000_000)
    );
    let many_parts = format!(
        "From: <{HOSPITAL}>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\nContent-Disposition: attachment; filename=IHE_XDM.zip\r\n\r\nx\r\n".repeat(50_000)
    );
    let limits = config::load(None).expect("the defaults fit").archives;
    for mail in [nested, enclosed, long_header, many_headers, many_parts] {
        let received = receipt::read(mail.as_bytes());
        assert!(received.message_id.is_none() || received.from.is_some());
        let checked = passerelle::mssante::mail_check::check(mail.as_bytes(), &limits);
        assert!(checked.archive.is_none());
    }
    let elapsed = started.elapsed();
    assert!(elapsed.as_secs() < 60, "{elapsed:?}");
}
