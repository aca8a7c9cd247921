use time::macros::datetime;

use super::*;
use crate::config::TlsMode;
use crate::mssante::mdn::Disposition;
use crate::mssante::receipt::{Receipt, read};
use crate::mssante::smtp::{Envelope, Reports, SendError, SmtpClient};
use crate::mssante::{
    login::Login,
    tls::{Patience, ServerSettings},
};

/// An operator, a folder for its mails, and a client connected to it.
struct Demonstration {
    root: tempfile::TempDir,
    address: SocketAddr,
    stop: CancellationToken,
    client: SmtpClient,
}

impl Drop for Demonstration {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn demonstration() -> Demonstration {
    let root = tempfile::tempdir().expect("a folder");
    let sink = SmtpSink::bind(
        "127.0.0.1:0".parse().expect("an address"),
        root.path(),
        TrustedDomains::new(["mssante.fr"]),
        Clock::Fixed(datetime!(2026-05-20 10:00 UTC)),
        Arc::new(Ids::Random),
    )
    .await
    .expect("a free port");
    let address = sink.address().expect("a port");
    let stop = CancellationToken::new();
    tokio::spawn(sink.run(stop.clone()));
    let client = SmtpClient::new(ServerSettings {
        host: "127.0.0.1".to_owned(),
        port: address.port(),
        tls: TlsMode::PlainLoopback,
        ca_file: None,
        client_cert_file: None,
        client_key_file: None,
        login: Login::None,
        patience: Patience::default(),
    })
    .expect("no certificate is needed");
    Demonstration {
        root,
        address,
        stop,
        client,
    }
}

fn address(text: &str) -> MssanteAddress {
    text.parse().expect("well formed")
}

const MAIL: &str = "From: <app@rrc.mssante.fr>\r\n\
    To: <dr@medecin.mssante.fr>\r\n\
    Subject: XDM/1.0/DDM+CR EXEMPLE ODILE\r\n\
    Message-ID: <0001@rrc.mssante.fr>\r\n\
    Disposition-Notification-To: <app@rrc.mssante.fr>\r\n\
    \r\n\
    Bonjour.\r\n\
    .\r\n\
    ..point\r\n";

impl Demonstration {
    async fn send(&mut self, to: &str, mail: &str) -> Result<(), SendError> {
        let envelope = Envelope {
            sender: Some(&address("app@rrc.mssante.fr")),
            recipient: &address(to),
            envelope_id: "T-0001",
            reports: Reports::All,
        };
        self.client
            .send(&envelope, mail.as_bytes())
            .await
            .map(|accepted| assert!(accepted.reports_delivery))
    }

    async fn mails_of(&self, owner: &str) -> Vec<Vec<u8>> {
        Maildir::of_address(self.root.path(), &address(owner))
            .fetch_unseen(1_000, u32::MAX)
            .await
            .expect("a folder")
            .into_iter()
            .map(|mail| mail.bytes)
            .collect()
    }
}

#[tokio::test]
async fn a_mail_is_stored_as_it_was_sent_and_acknowledged() {
    let mut demo = demonstration().await;
    demo.send("dr@medecin.mssante.fr", MAIL)
        .await
        .expect("accepted");

    let stored = demo.mails_of("dr@medecin.mssante.fr").await;
    let stored = String::from_utf8_lossy(stored.first().expect("one mail")).into_owned();
    assert_eq!(
        stored,
        format!(
            "Return-Path: <app@rrc.mssante.fr>\r\n\
             Original-Recipient: rfc822;dr@medecin.mssante.fr\r\n{MAIL}"
        )
    );

    let answers = demo.mails_of("app@rrc.mssante.fr").await;
    let [answer] = answers.as_slice() else {
        panic!("one answer, not {}", answers.len())
    };
    assert_eq!(
        read(answer).receipt,
        Receipt::Mdn {
            original_message_id: Some("0001@rrc.mssante.fr".to_owned()),
            original_recipient: Some("dr@medecin.mssante.fr".to_owned()),
            final_recipient: Some("dr@medecin.mssante.fr".to_owned()),
            disposition: Disposition::Integrated,
        }
    );
}

#[tokio::test]
async fn many_mails_pass_on_one_connection() {
    let mut demo = demonstration().await;
    for _ in 0..20 {
        demo.send("dr@medecin.mssante.fr", MAIL)
            .await
            .expect("accepted");
    }
    assert_eq!(demo.mails_of("dr@medecin.mssante.fr").await.len(), 20);
    assert_eq!(demo.mails_of("app@rrc.mssante.fr").await.len(), 20);
}

#[tokio::test]
async fn a_domain_outside_the_trusted_space_is_refused_for_good_and_the_next_mail_passes() {
    let mut demo = demonstration().await;
    match demo.send("dr@evilmssante.fr", MAIL).await {
        Err(error @ SendError::Refused { code: 550, .. }) => assert!(!error.is_transient()),
        other => panic!("{other:?}"),
    }
    demo.send("dr@medecin.mssante.fr", MAIL)
        .await
        .expect("accepted");
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_not_sent() {
    let mut demo = demonstration().await;
    let large = format!("{MAIL}{}", "x\r\n".repeat(4 * 1024 * 1024));
    match demo.send("dr@medecin.mssante.fr", &large).await {
        Err(error @ SendError::TooLarge { .. }) => assert!(!error.is_transient()),
        other => panic!("{other:?}"),
    }
    demo.send("dr@medecin.mssante.fr", MAIL)
        .await
        .expect("accepted");
}

#[tokio::test]
async fn a_mail_that_asks_for_nothing_gets_no_answer() {
    let mut demo = demonstration().await;
    let quiet = MAIL.replace("Disposition-Notification-To", "X-Other");
    demo.send("dr@medecin.mssante.fr", &quiet)
        .await
        .expect("accepted");
    assert!(demo.mails_of("app@rrc.mssante.fr").await.is_empty());
}

/// Speaks to the operator line by line, and returns its first replies, one code for each command.
async fn codes(address: SocketAddr, commands: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(address).await.expect("listening");
    let mut stream = tokio::io::BufStream::new(stream);
    let mut codes = Vec::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.expect("a greeting");
    for command in commands {
        stream.write_all(command.as_bytes()).await.expect("open");
        stream.flush().await.expect("open");
        loop {
            line.clear();
            stream.read_line(&mut line).await.expect("a reply");
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        codes.push(line.chars().take(3).collect());
    }
    codes
}

#[tokio::test]
async fn commands_out_of_order_are_refused_and_the_dialogue_goes_on() {
    let demo = demonstration().await;
    assert_eq!(
        codes(
            demo.address,
            &[
                "RCPT TO:<dr@medecin.mssante.fr>\r\n",
                "DATA\r\n",
                "XYZZY\r\n",
                "MAIL FROM:<app@evil.example>\r\n",
                "MAIL FROM:<app@rrc.mssante.fr> SIZE=99999999\r\n",
                "MAIL FROM:<>\r\n",
                "MAIL FROM:<>\r\n",
                "RSET\r\n",
                "MAIL FROM:<>\r\n",
                "QUIT\r\n",
            ]
        )
        .await,
        [
            "503", "554", "502", "550", "552", "250", "503", "250", "250", "221"
        ]
    );
}

#[tokio::test]
async fn a_dot_between_bare_line_feeds_does_not_end_a_mail() {
    let demo = demonstration().await;
    let smuggled = "Subject: a\r\n\r\nhello\n.\nMAIL FROM:<app@rrc.mssante.fr>\r\n.\r\n";
    assert_eq!(
        codes(
            demo.address,
            &[
                "EHLO [127.0.0.1]\r\n",
                "MAIL FROM:<app@rrc.mssante.fr>\r\n",
                "RCPT TO:<dr@medecin.mssante.fr>\r\n",
                "DATA\r\n",
                smuggled,
                "QUIT\r\n",
            ]
        )
        .await,
        ["250", "250", "250", "354", "250", "221"]
    );
    assert_eq!(demo.mails_of("dr@medecin.mssante.fr").await.len(), 1);
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let root = tempfile::tempdir().expect("a folder");
    let bound = SmtpSink::bind(
        "0.0.0.0:0".parse().expect("an address"),
        root.path(),
        TrustedDomains::new(["mssante.fr"]),
        Clock::System,
        Arc::new(Ids::Random),
    )
    .await;
    assert!(bound.is_err());
}
