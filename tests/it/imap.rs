//! Reading a mailbox at an operator's that is told what to say: ways to log in that the test servers
//! do not offer, and a mailbox of a million mails.

use std::{
    collections::HashSet,
    fmt::Write as _,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use passerelle::{
    config::TlsMode,
    mssante::{
        imap::ImapMailbox,
        login::Login,
        tls::{Patience, ServerSettings},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

const OWNER: &str = "rcp@reseau.mssante.invalid";

/// What the operator's server was told, and what it answers with.
#[derive(Default)]
struct Desk {
    /// Mails of the mailbox: their numbers are 1 to this one.
    mails: u32,
    /// Those below it are marked as taken.
    taken_below: u32,
    marked: Mutex<HashSet<u32>>,
    /// What must be said to log in; empty: anything.
    words: String,
    commands: Mutex<Vec<String>>,
    largest_answer: Mutex<usize>,
}

async fn start(desk: Desk) -> (Arc<Desk>, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let desk = Arc::new(desk);
    let clerk = Arc::clone(&desk);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let desk = Arc::clone(&clerk);
            tokio::spawn(async move { talk(BufReader::new(stream), &desk).await });
        }
    });
    (desk, port)
}

fn mailbox(port: u16, login: Login) -> ImapMailbox {
    ImapMailbox::new(ServerSettings {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port,
        tls: TlsMode::PlainLoopback,
        ca_file: None,
        client_cert_file: None,
        client_key_file: None,
        login,
        patience: Patience::default(),
    })
    .expect("no certificate to read")
}

async fn talk(mut stream: BufReader<TcpStream>, desk: &Desk) -> Option<()> {
    stream.write_all(b"* OK ready\r\n").await.ok()?;
    loop {
        let line = read(&mut stream).await?;
        let (tag, command) = line.split_once(' ')?;
        desk.commands
            .lock()
            .expect("whole")
            .push(command.to_owned());
        let mut words = command.split(' ');
        let verb = match (words.next()?, words.next().unwrap_or_default()) {
            ("UID", verb) => verb,
            (verb, _) => verb,
        };
        let (answer, verdict) = match verb {
            "AUTHENTICATE" => {
                stream.write_all(b"+ \r\n").await.ok()?;
                let said = STANDARD.decode(read(&mut stream).await?).ok()?;
                if String::from_utf8(said).ok()? == desk.words {
                    (String::new(), "OK in")
                } else {
                    // XOAUTH2 says why in a challenge, and wants an empty answer.
                    stream
                        .write_all(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
                        .await
                        .ok()?;
                    read(&mut stream).await?;
                    (String::new(), "NO refused")
                }
            }
            "CAPABILITY" => ("* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned(), "OK"),
            "SELECT" => (desk.selected(), "OK [READ-WRITE] open"),
            "SEARCH" => (desk.search(command), "OK"),
            "FETCH" => (desk.fetch(command), "OK"),
            "STORE" => {
                let mut marked = desk.marked.lock().expect("whole");
                marked.extend(numbers(command.split(' ').nth(2)?));
                (String::new(), "OK")
            }
            "LOGOUT" => ("* BYE\r\n".to_owned(), "OK"),
            _ => (String::new(), "OK"),
        };
        let largest = answer.len();
        stream
            .write_all(format!("{answer}{tag} {verdict}\r\n").as_bytes())
            .await
            .ok()?;
        let mut seen = desk.largest_answer.lock().expect("whole");
        *seen = largest.max(*seen);
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

/// The numbers of a set of single numbers.
fn numbers(set: &str) -> Vec<u32> {
    set.split(',').filter_map(|uid| uid.parse().ok()).collect()
}

impl Desk {
    fn selected(&self) -> String {
        format!(
            "* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] .\r\n* OK [UIDVALIDITY 7] .\r\n\
             * OK [UIDNEXT {}] .\r\n",
            self.mails,
            self.mails + 1
        )
    }

    fn search(&self, command: &str) -> String {
        let range = command.split(' ').nth(3).unwrap_or_default();
        let (first, last) = range.split_once(':').expect("a range");
        let first: u32 = first.parse().expect("a number");
        let last = last.parse().unwrap_or(self.mails).min(self.mails);
        let marked = self.marked.lock().expect("whole");
        let mut answer = "* SEARCH".to_owned();
        for uid in first.max(self.taken_below)..=last {
            if !marked.contains(&uid) {
                let _ = write!(answer, " {uid}");
            }
        }
        answer + "\r\n"
    }

    fn fetch(&self, command: &str) -> String {
        let set = command.split(' ').nth(2).unwrap_or_default();
        let mail = format!("From: <{OWNER}>\r\n\r\nx\r\n");
        let mut answer = String::new();
        for uid in numbers(set) {
            let _ = if command.contains("RFC822.SIZE") {
                write!(
                    answer,
                    "* {uid} FETCH (UID {uid} RFC822.SIZE {})\r\n",
                    mail.len()
                )
            } else {
                let size = mail.len();
                write!(
                    answer,
                    "* {uid} FETCH (UID {uid} BODY[]<0> {{{size}}}\r\n{mail})\r\n"
                )
            };
        }
        answer
    }
}

#[tokio::test]
async fn a_token_is_read_at_each_login_and_a_refused_one_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "old\n").expect("written");
    let (_, port) = start(Desk {
        words: format!("user={OWNER}\u{1}auth=Bearer new\u{1}\u{1}"),
        ..Desk::default()
    })
    .await;
    let login = Login::XOauth2 {
        user: OWNER.to_owned(),
        token_file: token_file.clone(),
    };
    let mut mailbox = mailbox(port, login);
    assert!(mailbox.fetch_unseen(10, 1_000).await.is_err());
    std::fs::write(&token_file, "new\n").expect("written");
    assert_eq!(mailbox.fetch_unseen(10, 1_000).await.expect("read"), []);
}

#[tokio::test]
async fn a_certificate_logs_in_for_the_mailbox_that_is_named() {
    let desk = Desk {
        mails: 2,
        words: OWNER.to_owned(),
        ..Desk::default()
    };
    let (desk, port) = start(desk).await;
    let login = Login::External {
        user: OWNER.to_owned(),
    };
    let mut mailbox = mailbox(port, login);
    assert_eq!(
        mailbox.fetch_unseen(10, 1_000).await.expect("read").len(),
        2
    );
    let commands = desk.commands.lock().expect("whole");
    assert_eq!(commands[0], "AUTHENTICATE EXTERNAL");
}

#[tokio::test]
async fn a_mailbox_of_a_million_mails_is_read_by_windows() {
    let desk = Desk {
        mails: 1_000_000,
        taken_below: 700_001,
        words: OWNER.to_owned(),
        ..Desk::default()
    };
    let (desk, port) = start(desk).await;
    let login = Login::External {
        user: OWNER.to_owned(),
    };
    let mut mailbox = mailbox(port, login);
    let mut next = 700_001_u32;
    for _ in 0..3 {
        let mails = mailbox.fetch_unseen(200, 1_000).await.expect("read");
        assert_eq!(mails.len(), 200);
        let keys: Vec<_> = mails.into_iter().map(|mail| mail.key).collect();
        mailbox.mark_processed(&keys).await.expect("marked");
        next += 200;
    }
    assert!(!desk.marked.lock().expect("whole").contains(&next));
    assert_eq!(desk.marked.lock().expect("whole").len(), 600);
    let commands = desk.commands.lock().expect("whole");
    let searches = commands
        .iter()
        .filter(|command| command.starts_with("UID SEARCH"))
        .count();
    // The windows that hold nothing are passed over once, not at each reading.
    assert!(searches <= 36 + 2, "{searches} searches");
    let largest = *desk.largest_answer.lock().expect("whole");
    assert!(largest < 200_000, "an answer of {largest} bytes");
}
