use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    config::TlsMode,
    mssante::{login::Login, tls::Patience},
};

/// What a scripted server does when a command of that beginning arrives.
enum Act {
    Say(&'static str),
    /// Reads the mail, says this if anything, and cuts the connection.
    SwallowThenCut,
    Cut,
    /// Reads the mail and says this.
    Swallow(&'static str),
    /// Says this to exactly that command.
    Expect(&'static str, &'static str),
    /// Says nothing until the client leaves.
    Hang,
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
        login: Login::None,
        patience: Patience::default(),
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
            Act::Swallow(text) => {
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await.expect("the mail");
                }
                stream.write_all(text.as_bytes()).await.expect("open");
            }
            Act::Expect(command, text) => {
                assert_eq!(line, command);
                stream.write_all(text.as_bytes()).await.expect("open");
            }
            Act::Hang => {
                line.clear();
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {}
            }
        }
    }
}

const HELLO: &str = "250-test\r\n250 SIZE 1000\r\n";

async fn send(settings: ServerSettings) -> Result<Accepted, SendError> {
    hand_over(&mut SmtpClient::new(settings).expect("no certificate")).await
}

async fn hand_over(client: &mut SmtpClient) -> Result<Accepted, SendError> {
    let recipient = "dr@medecin.mssante.fr".parse().expect("well formed");
    let envelope = Envelope {
        sender: None,
        recipient: &recipient,
        envelope_id: "T 1",
        reports: Reports::All,
    };
    client.send(&envelope, b"Subject: x\r\n\r\nhello\r\n").await
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
        Err(error @ SendError::Unreachable { .. }) => assert!(error.is_transient()),
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
async fn a_refusal_says_whether_to_try_again_and_whom_it_concerns() {
    let (sender, recipient, content) = (Phase::Sender, Phase::Recipient, Phase::Content);
    for (phase, reply, is_transient, is_configuration, scope) in [
        (sender, "451 4.3.1 full\r\n", true, false, Scope::Operator),
        (
            sender,
            "550 5.7.1 not yours\r\n",
            true,
            true,
            Scope::Operator,
        ),
        (sender, "552 5.3.4 too big\r\n", false, false, Scope::Mail),
        (recipient, "450 4.2.1 later\r\n", true, false, Scope::Mail),
        (recipient, "450 greylisted\r\n", true, false, Scope::Mail),
        (
            recipient,
            "450 4.4.1 away\r\n",
            true,
            false,
            Scope::Destination,
        ),
        (
            recipient,
            "450 4.1.2 no such domain\r\n",
            true,
            false,
            Scope::Destination,
        ),
        (
            recipient,
            "421 4.3.2 closing\r\n",
            true,
            false,
            Scope::Operator,
        ),
        (
            recipient,
            "550 5.1.1 unknown\r\n",
            false,
            false,
            Scope::Mail,
        ),
        (
            recipient,
            "530 5.7.0 log in\r\n",
            true,
            true,
            Scope::Operator,
        ),
        (content, "554 5.6.0 no\r\n", false, false, Scope::Mail),
    ] {
        let mut script = vec![Act::Say("220 hi\r\n"), Act::Say(HELLO)];
        let agreed = [sender, recipient].into_iter().filter(|step| *step < phase);
        script.extend(agreed.map(|_| Act::Say("250 ok\r\n")));
        script.push(Act::Say(reply));
        match send(scripted(vec![script]).await).await {
            Err(error @ SendError::Refused { phase: found, .. }) => {
                assert_eq!(found, phase, "{reply}");
                assert_eq!(error.is_transient(), is_transient, "{reply}");
                assert_eq!(error.is_configuration(), is_configuration, "{reply}");
                assert_eq!(error.scope(), scope, "{reply}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_connection_that_hangs_is_left_and_says_whom_it_concerns() {
    for (agreed, scope) in [
        (0, Scope::Operator),
        (1, Scope::Operator),
        (2, Scope::Operator),
        (3, Scope::Destination),
        (4, Scope::Mail),
    ] {
        let answers = [
            Act::Say("220 hi\r\n"),
            Act::Say(HELLO),
            Act::Say("250 ok\r\n"),
            Act::Say("250 ok\r\n"),
        ];
        let mut script: Vec<Act> = answers.into_iter().take(agreed).collect();
        script.push(Act::Hang);
        let settings = ServerSettings {
            patience: Patience {
                command: Duration::from_millis(50),
                ..Patience::default()
            },
            ..scripted(vec![script]).await
        };
        match send(settings).await {
            Err(error @ SendError::Unreachable { .. }) => assert_eq!(error.scope(), scope),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_connection_that_died_while_it_rested_is_opened_anew() {
    let talk = || {
        vec![
            Act::Say("220 hi\r\n"),
            Act::Say(HELLO),
            Act::Say("250 ok\r\n"),
            Act::Say("250 ok\r\n"),
            Act::Say("354 go\r\n"),
            Act::Swallow("250 taken\r\n"),
        ]
    };
    let mut client = SmtpClient::new(scripted(vec![talk(), talk()]).await).expect("plain");
    for _ in 0..2 {
        hand_over(&mut client).await.expect("taken");
    }
}

#[tokio::test]
async fn every_way_to_log_in_says_what_its_standard_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "abc\n").expect("written");
    let user = "app@rrc.mssante.fr".to_owned();
    for (login, expected) in [
        (
            Login::Plain {
                user: "a".to_owned(),
                password: "b".to_owned(),
            },
            "AUTH PLAIN AGEAYg==\r\n",
        ),
        (
            Login::External {
                user: String::new(),
            },
            "AUTH EXTERNAL =\r\n",
        ),
        (
            Login::External { user: user.clone() },
            "AUTH EXTERNAL YXBwQHJyYy5tc3NhbnRlLmZy\r\n",
        ),
        (
            Login::XOauth2 { user, token_file },
            "AUTH XOAUTH2 dXNlcj1hcHBAcnJjLm1zc2FudGUuZnIBYXV0aD1CZWFyZXIgYWJjAQE=\r\n",
        ),
    ] {
        let script = vec![
            Act::Say("220 hi\r\n"),
            Act::Say("250-test\r\n250 AUTH PLAIN EXTERNAL XOAUTH2\r\n"),
            Act::Expect(expected, "535 5.7.8 no\r\n"),
        ];
        let settings = ServerSettings {
            login,
            ..scripted(vec![script]).await
        };
        match send(settings).await {
            Err(error @ SendError::Refused { code: 535, .. }) => {
                assert_eq!(error.scope(), Scope::Operator);
                assert!(error.is_transient(), "no mail is lost for a password");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_way_to_log_in_that_is_not_offered_is_told() {
    let script = vec![Act::Say("220 hi\r\n"), Act::Say(HELLO)];
    let settings = ServerSettings {
        login: Login::External {
            user: String::new(),
        },
        ..scripted(vec![script]).await
    };
    let refused = send(settings).await;
    assert!(
        matches!(refused, Err(SendError::LogIn { .. })),
        "{refused:?}"
    );
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
        Err(SendError::Unreachable { .. })
    ));
}
