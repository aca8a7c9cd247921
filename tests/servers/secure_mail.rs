//! Sending by a real Postfix and reading from a real Dovecot, with client certificates.

use passerelle::{
    cda,
    config::TlsMode,
    identifiers::MssanteAddress,
    mssante::{
        dsn::Action,
        mail::{self, DocumentMail},
        mdn::{self, Answer, Disposition, Outcome, Returned},
        receipt::{self, Receipt},
        return_path::ReturnPath,
        smtp::{Accepted, Envelope, Reports, SendError, SmtpClient},
        tls::{ServerSettings, TlsError},
        visibility::Marks,
        xdm::{self, Contact, Shipment},
    },
    rendering,
    terminology::Terminology,
};
use time::macros::datetime;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::{
    authority::Authority,
    mail_operator::{Certificate, Delivers, MAX_MAIL_BYTES, MailOperator, operator, wait_for},
};

/// A mail of a few words.
fn note(from: &MssanteAddress, to: &MssanteAddress) -> Vec<u8> {
    format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: =?UTF-8?Q?=C3=A9t=C3=A9?=\r\n\
         Message-ID: <note@rrc.mssante.example>\r\n\r\nBonjour.\r\n.\r\nSuite.\r\n"
    )
    .into_bytes()
}

async fn send(
    client: &mut SmtpClient,
    from: &MssanteAddress,
    to: &MssanteAddress,
    mail: &[u8],
) -> Result<Accepted, SendError> {
    let envelope = Envelope {
        sender: Some(from),
        recipient: to,
        envelope_id: "T-0001",
        reports: Reports::All,
    };
    client.send(&envelope, mail).await
}

#[test]
fn an_operator_that_is_no_more_needed_leaves_no_server_behind() {
    let operator = MailOperator::start(Delivers::AtOnce);
    let ports = [operator.ports.submission, operator.ports.imaps];
    let answers = |port: u16| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    assert_eq!(ports.map(answers), [true, true]);
    drop(operator);
    assert_eq!(ports.map(answers), [false, false]);
}

#[tokio::test]
async fn both_ways_of_encrypting_deliver_what_was_sent() {
    for tls in [TlsMode::StartTls, TlsMode::Implicit] {
        let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
        let accepted = send(&mut operator().smtp(tls), &from, &to, &note(&from, &to))
            .await
            .expect("accepted");
        assert!(accepted.reports_delivery);

        let mut inbox = operator().inbox(&to, tls, Certificate::Good);
        let mails = wait_for(&mut inbox, 1).await;
        let mail = mails.first().expect("one mail");
        assert!(!mail.is_cut);
        assert!(
            String::from_utf8_lossy(&mail.bytes).ends_with("\r\n\r\nBonjour.\r\n.\r\nSuite.\r\n")
        );

        inbox
            .mark_processed(std::slice::from_ref(&mail.key))
            .await
            .expect("marked");
        let left = inbox.fetch_unseen(100, 1_000).await.expect("readable");
        assert!(left.is_empty());
    }
}

#[tokio::test]
async fn one_connection_carries_many_mails_a_refused_one_among_them() {
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let mut client = operator().smtp(TlsMode::StartTls);
    for _ in 0..3 {
        send(&mut client, &from, &to, &note(&from, &to))
            .await
            .expect("accepted");
        let unknown = "personne@medecin.mssante.example"
            .parse()
            .expect("an address");
        match send(&mut client, &from, &unknown, &note(&from, &unknown)).await {
            Err(error @ SendError::Refused { code: 550, .. }) => assert!(!error.is_transient()),
            other => panic!("{other:?}"),
        }
    }
    client.quit().await;
    let mut inbox = operator().inbox(&to, TlsMode::Implicit, Certificate::Good);
    assert_eq!(wait_for(&mut inbox, 3).await.len(), 3);
    assert_eq!(inbox.fetch_unseen(2, 10).await.expect("readable").len(), 2);
    let cut = inbox.fetch_unseen(1, 10).await.expect("readable");
    assert!(cut.iter().all(|mail| mail.is_cut && mail.bytes.len() == 10));
}

#[tokio::test]
async fn a_client_that_the_operator_does_not_know_is_refused() {
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    for tls in [TlsMode::StartTls, TlsMode::Implicit] {
        for certificate in [Certificate::None, Certificate::Rogue] {
            let settings = operator().submission(tls, certificate);
            let mut client = SmtpClient::new(settings).expect("whole files");
            let refused = send(&mut client, &from, &to, &note(&from, &to)).await;
            assert!(
                matches!(
                    refused,
                    Err(SendError::Tls(_)
                        | SendError::Unreachable { .. }
                        | SendError::Refused { .. })
                ),
                "{refused:?}"
            );
            let mut inbox = operator().inbox(&from, tls, certificate);
            assert!(inbox.fetch_unseen(1, 1_000).await.is_err());
        }
    }
}

#[tokio::test]
async fn a_server_signed_by_another_authority_is_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = Authority::new(folder.path(), "other");
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    for tls in [TlsMode::StartTls, TlsMode::Implicit] {
        let settings = ServerSettings {
            ca_file: Some(other.trust()),
            ..operator().submission(tls, Certificate::Good)
        };
        let mut client = SmtpClient::new(settings).expect("whole files");
        match send(&mut client, &from, &to, &note(&from, &to)).await {
            Err(error @ SendError::Tls(TlsError::Handshake(_))) => {
                assert!(error.is_configuration() && error.is_transient());
            }
            result => panic!("{result:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_in_clear_when_encryption_is_not_offered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let stripped = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 hi\r\n").await.expect("open");
        let mut lines = Vec::new();
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            lines.push(std::mem::take(&mut line));
            stream.write_all(b"250 SIZE\r\n").await.expect("open");
        }
        lines
    });
    let settings = ServerSettings {
        port,
        ..operator().submission(TlsMode::StartTls, Certificate::Good)
    };
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let mut client = SmtpClient::new(settings).expect("whole files");
    let refused = send(&mut client, &from, &to, &note(&from, &to)).await;
    assert!(
        matches!(refused, Err(SendError::Tls(TlsError::NotOffered))),
        "{refused:?}"
    );
    let lines = stripped.await.expect("the listener ends");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[tokio::test]
async fn a_domain_outside_the_trusted_space_is_refused_for_good() {
    let from = operator().new_mailbox("app");
    let to = "dr@evil.example".parse().expect("an address");
    let mut client = operator().smtp(TlsMode::StartTls);
    match send(&mut client, &from, &to, &note(&from, &to)).await {
        Err(error @ SendError::Refused { .. }) => {
            assert!(!error.is_transient() && !error.is_configuration());
        }
        result => panic!("{result:?}"),
    }
}

#[tokio::test]
async fn a_mail_larger_than_the_operator_takes_is_not_sent() {
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let mut mail = note(&from, &to);
    mail.extend(b"x\r\n".repeat(MAX_MAIL_BYTES / 3));
    match send(&mut operator().smtp(TlsMode::Implicit), &from, &to, &mail).await {
        Err(error @ SendError::TooLarge { limit_bytes, .. }) => {
            assert_eq!(limit_bytes, MAX_MAIL_BYTES);
            assert!(!error.is_transient());
        }
        result => panic!("{result:?}"),
    }
}

#[tokio::test]
async fn a_mail_refused_later_comes_back_as_a_delivery_report() {
    let from = operator().new_mailbox("app");
    let to = "dr@bounce.mssante.example".parse().expect("an address");
    send(
        &mut operator().smtp(TlsMode::StartTls),
        &from,
        &to,
        &note(&from, &to),
    )
    .await
    .expect("accepted at first");
    let mut inbox = operator().inbox(&from, TlsMode::StartTls, Certificate::Good);
    let mails = wait_for(&mut inbox, 1).await;
    let Receipt::Dsn(report) = receipt::read(&mails.first().expect("one mail").bytes).receipt
    else {
        panic!("a delivery report")
    };
    assert_eq!(report.envelope_id.as_deref(), Some("T-0001"));
    assert_eq!(
        report.original_message_id.as_deref(),
        Some("note@rrc.mssante.example")
    );
    let recipient = report.recipients.first().expect("one recipient");
    assert_eq!(recipient.action, Action::Failed);
    assert_eq!(recipient.status.as_deref(), Some("5.1.1"));
}

#[tokio::test]
async fn a_report_travels_whole_and_its_receipts_come_back() {
    let (from, to) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let source = std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there");
    let document = cda::read(&source).expect("it is a document");
    let at = datetime!(2026-05-20 18:00 +2);
    let contact = Contact {
        label: "Réseau régional Exemple",
        phone: "0387000001",
    };
    let shipment = Shipment {
        contact,
        submitted_at: at,
        submission_id: None,
        action: xdm::Action::Create,
        marks: Marks::default(),
        terminology: &Terminology::embedded(),
    };
    let archive = xdm::pack(&document, &source, &shipment).expect("complete");
    let pdf = rendering::pdf(&document).expect("it renders");
    let mail = mail::write(&DocumentMail {
        from: &from,
        from_label: contact.label,
        reply_to: None,
        to: &to,
        message_id: "0042@rrc.mssante.example",
        replaced_message_id: None,
        at,
        nil: "NIL-0001",
        contact_phone: contact.phone,
        document: &document,
        action: xdm::Action::Create,
        reader: mail::Reader::Professional,
        words: None,
        archive: &archive,
        pdf: &pdf,
    });
    let mut client = operator().smtp(TlsMode::StartTls);
    send(&mut client, &from, &to, &mail)
        .await
        .expect("accepted");

    // The physician's side: the archive is whole, and the mail asks for an answer.
    let mut physician = operator().inbox(&to, TlsMode::StartTls, Certificate::Good);
    let received = wait_for(&mut physician, 1).await;
    let received = &received.first().expect("one mail").bytes;
    assert_eq!(receipt::read(received).receipt, Receipt::Documents);
    let parsed = mail_parser::MessageParser::default()
        .parse(received)
        .expect("a mail");
    let attachments: Vec<_> = parsed.attachments().map(|part| part.contents()).collect();
    assert!(attachments == [archive.as_slice(), pdf.as_slice()]);
    let archives = passerelle::config::load(None)
        .expect("the defaults fit")
        .archives;
    let opened = xdm::open(attachments.first().expect("the archive"), &archives).expect("it opens");
    assert_eq!(opened.findings, []);

    let answer = mdn::write(&Answer {
        original: received,
        return_path: ReturnPath::Mailbox(from.clone()),
        nil: "",
        recipient: &to,
        outcome: Outcome::Integrated,
        message_id: "answer@medecin.mssante.example",
        at,
        returned: Returned::Whole,
    })
    .expect("it is answered");
    let envelope = Envelope {
        sender: None,
        recipient: &from,
        envelope_id: "A-0001",
        reports: Reports::Never,
    };
    client.send(&envelope, &answer).await.expect("accepted");

    // Our side: the operator's report, then the physician's.
    let mut ours = operator().inbox(&from, TlsMode::Implicit, Certificate::Good);
    let receipts: Vec<_> = wait_for(&mut ours, 2)
        .await
        .iter()
        .map(|mail| receipt::read(&mail.bytes).receipt)
        .collect();
    let is_delivered = |receipt: &Receipt| match receipt {
        Receipt::Dsn(report) => {
            report.envelope_id.as_deref() == Some("T-0001")
                && report.original_message_id.as_deref() == Some("0042@rrc.mssante.example")
                && report
                    .recipients
                    .iter()
                    .all(|recipient| recipient.action == Action::Delivered)
        }
        _ => false,
    };
    assert!(receipts.iter().any(is_delivered), "{receipts:?}");
    let integrated = Receipt::Mdn {
        original_message_id: Some("0042@rrc.mssante.example".to_owned()),
        original_recipient: Some(to.to_string()),
        final_recipient: Some(to.to_string()),
        disposition: Disposition::Integrated,
    };
    assert!(receipts.contains(&integrated), "{receipts:?}");
}
