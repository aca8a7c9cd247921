use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::config::TlsMode;

/// What a scripted server does when a command of that beginning arrives.
enum Act {
    Say(&'static str),
    /// Reads the mail, says this if anything, and cuts the connection.
    SwallowThenCut,
    Cut,
}

/// A server that answers each command by the next act of its script, once for each connection.
async fn scripted(script: Vec<Vec<Act>>) -> ServerSettings {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("a port").port();
    tokio::spawn(async move {
        for connection in script {
            let (stream, _) = listener.accept().await.expect("a client");
            play(stream, connection).await;
        }
    });
    ServerSettings {
        host: "localhost".to_owned(),
        port,
        tls: TlsMode::PlainLoopback,
        ca_file: None,
        client_cert_file: None,
        client_key_file: None,
        username: None,
        password: None,
    }
}

async fn play(stream: TcpStream, acts: Vec<Act>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    for (index, act) in acts.into_iter().enumerate() {
        if index > 0 {
            line.clear();
            stream.read_line(&mut line).await.expect("a command");
        }
        match act {
            Act::Say(text) => stream.write_all(text.as_bytes()).await.expect("open"),
            Act::SwallowThenCut => {
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await.expect("the mail");
                }
                return;
            }
            Act::Cut => return,
        }
    }
}

const HELLO: &str = "250-test\r\n250 SIZE 1000\r\n";

async fn send(settings: ServerSettings) -> Result<Accepted, SendError> {
    let recipient = "dr@medecin.mssante.fr".parse().expect("well formed");
    let envelope = Envelope {
        sender: None,
        recipient: &recipient,
        envelope_id: "T 1",
        reports: Reports::All,
    };
    SmtpClient::new(settings)
        .expect("no certificate")
        .send(&envelope, b"Subject: x\r\n\r\nhello\r\n")
        .await
}

#[tokio::test]
async fn a_connection_lost_before_the_mail_is_unreachable() {
    let settings = scripted(vec![vec![
        Act::Say("220 hi\r\n"),
        Act::Say(HELLO),
        Act::Cut,
    ]])
    .await;
    match send(settings).await {
        Err(error @ SendError::Unreachable(_)) => assert!(error.is_transient()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_is_unknown() {
    let settings = scripted(vec![vec![
        Act::Say("220 hi\r\n"),
        Act::Say(HELLO),
        Act::Say("250 ok\r\n"),
        Act::Say("250 ok\r\n"),
        Act::Say("354 go\r\n"),
        Act::SwallowThenCut,
    ]])
    .await;
    match send(settings).await {
        Err(error @ SendError::Unknown(_)) => assert!(error.is_transient()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_transient_or_final_by_its_class() {
    for (reply, code, is_transient, is_configuration) in [
        ("450 4.2.1 later\r\n", 450, true, false),
        ("550 5.1.1 unknown\r\n", 550, false, false),
        ("530 5.7.0 log in\r\n", 530, true, true),
    ] {
        let settings = scripted(vec![vec![
            Act::Say("220 hi\r\n"),
            Act::Say(HELLO),
            Act::Say(reply),
        ]])
        .await;
        match send(settings).await {
            Err(error @ SendError::Refused { code: found, .. }) => {
                assert_eq!(found, code);
                assert_eq!(error.is_transient(), is_transient, "{reply}");
                assert_eq!(error.is_configuration(), is_configuration, "{reply}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_nonsense_is_unreachable() {
    let settings = scripted(vec![vec![Act::Say("hello there\r\n")]]).await;
    assert!(send(settings).await.is_err());
}

#[tokio::test]
async fn nothing_listening_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut settings = scripted(Vec::new()).await;
    settings.port = listener.local_addr().expect("a port").port();
    drop(listener);
    assert!(matches!(
        send(settings).await,
        Err(SendError::Unreachable(_))
    ));
}
