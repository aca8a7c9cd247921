//! The mail operator of a demonstration: a real SMTP server on this machine that keeps each mail in
//! a folder, and answers those that ask for it with a real notification.
//!
//! What it accepts is not forced to the disk: it is for demonstrations and tests.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use smtp_proto::{
    EXT_8BIT_MIME, EXT_DSN, EXT_ENHANCED_STATUS_CODES, EXT_PIPELINING, EXT_SIZE, EhloResponse,
    Request,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::maildir::Maildir;
use super::mdn;
use super::return_path::ReturnPath;
use crate::clock::Clock;
use crate::identifiers::{MssanteAddress, TrustedDomains};
use crate::ids::Ids;

/// Largest mail taken, as operators commonly set it.
const MAX_MAIL_BYTES: usize = 10 * 1024 * 1024;

/// Longest line of a command or of a mail; longer ones end the connection.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// Most recipients of one mail.
const MAX_RECIPIENTS: usize = 100;

/// A silent client is left after this. **Source:** RFC 5321, 4.5.3.2.7.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// Name that the server gives itself.
const HOST_NAME: &str = "operateur.demonstration";

/// The operator, ready to listen.
pub struct SmtpSink {
    listener: TcpListener,
    desk: Arc<Desk>,
}

/// What every connection needs to deliver.
struct Desk {
    root: PathBuf,
    trusted: TrustedDomains,
    clock: Clock,
    ids: Arc<Ids>,
}

impl SmtpSink {
    /// Listens on `address`, which must be of this machine; mails go to Maildir folders below
    /// `root` ([`Maildir::of_address`]), for domains of the `trusted` space only.
    ///
    /// # Errors
    /// When the address is another machine's or is taken.
    pub async fn bind(
        address: SocketAddr,
        root: &Path,
        trusted: TrustedDomains,
        clock: Clock,
        ids: Arc<Ids>,
    ) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the demonstration operator listens on this machine only",
            ));
        }
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            desk: Arc::new(Desk {
                root: root.to_owned(),
                trusted,
                clock,
                ids,
            }),
        })
    }

    /// Where it listens; the port is known even when `0` was asked for.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`; mails being received then are dropped, as their senders were told
    /// nothing yet.
    pub async fn run(self, stop: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "the demonstration operator cannot accept a connection");
                        continue;
                    }
                },
            };
            let desk = Arc::clone(&self.desk);
            let stop = stop.clone();
            connections.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    ended = Dialogue::new(stream, &desk).run() => if let Err(error) = ended {
                        tracing::debug!(%error, "a connection to the demonstration operator ended");
                    },
                }
            });
        }
        connections.close();
        connections.wait().await;
    }
}

/// One connection.
struct Dialogue<'a> {
    stream: BufReader<BufWriter<TcpStream>>,
    desk: &'a Desk,
    mail: Transaction,
}

/// A mail being announced.
#[derive(Default)]
struct Transaction {
    /// Announced sender; the inner value is absent for the null sender.
    sender: Option<Option<MssanteAddress>>,
    recipients: Vec<MssanteAddress>,
}

/// Whether the connection goes on after a command.
enum Next {
    Continue,
    Close,
}

impl<'a> Dialogue<'a> {
    fn new(stream: TcpStream, desk: &'a Desk) -> Self {
        // Small replies must not wait for each other.
        stream.set_nodelay(true).ok();
        Self {
            stream: BufReader::new(BufWriter::new(stream)),
            desk,
            mail: Transaction::default(),
        }
    }

    async fn run(mut self) -> io::Result<()> {
        self.reply(&format!("220 {HOST_NAME} ESMTP")).await?;
        loop {
            let line = self.read_line().await?;
            let request = Request::parse(&mut line.iter());
            if let Next::Close = self.obey(request).await? {
                return self.stream.shutdown().await;
            }
        }
    }

    async fn obey(
        &mut self,
        request: Result<Request<std::borrow::Cow<'_, str>>, smtp_proto::Error>,
    ) -> io::Result<Next> {
        match request {
            Ok(Request::Ehlo { .. }) => self.greet().await?,
            Ok(Request::Helo { .. }) => self.reply(&format!("250 {HOST_NAME}")).await?,
            Ok(Request::Mail { from }) => self.begin(&from.address, from.size).await?,
            Ok(Request::Rcpt { to }) => self.add_recipient(&to.address).await?,
            Ok(Request::Data) => self.take_mail().await?,
            Ok(Request::Rset) => {
                self.mail = Transaction::default();
                self.reply("250 2.0.0 OK").await?;
            }
            Ok(Request::Noop { .. }) => self.reply("250 2.0.0 OK").await?,
            Ok(Request::Quit) => {
                self.reply("221 2.0.0 Au revoir").await?;
                return Ok(Next::Close);
            }
            Ok(_) | Err(smtp_proto::Error::UnknownCommand) => {
                self.reply("502 5.5.1 Command not implemented").await?;
            }
            Err(_) => self.reply("501 5.5.4 Syntax error").await?,
        }
        Ok(Next::Continue)
    }

    async fn greet(&mut self) -> io::Result<()> {
        self.mail = Transaction::default();
        let mut hello = EhloResponse::new(HOST_NAME);
        hello.capabilities =
            EXT_SIZE | EXT_8BIT_MIME | EXT_DSN | EXT_PIPELINING | EXT_ENHANCED_STATUS_CODES;
        hello.size = MAX_MAIL_BYTES;
        let mut text = Vec::new();
        hello.write(&mut text)?;
        self.stream.write_all(&text).await?;
        self.flush_when_idle().await
    }

    async fn begin(&mut self, sender: &str, size_bytes: usize) -> io::Result<()> {
        if self.mail.sender.is_some() {
            return self.reply("503 5.5.1 One mail at a time").await;
        }
        if size_bytes > MAX_MAIL_BYTES {
            return self
                .reply("552 5.3.4 Message size exceeds fixed limit")
                .await;
        }
        let sender = match sender {
            "" => None,
            text => match self.trusted_address(text) {
                Some(address) => Some(address),
                None => return self.refuse_address().await,
            },
        };
        self.mail.sender = Some(sender);
        self.reply("250 2.1.0 OK").await
    }

    async fn add_recipient(&mut self, recipient: &str) -> io::Result<()> {
        if self.mail.sender.is_none() {
            return self.reply("503 5.5.1 MAIL first").await;
        }
        if self.mail.recipients.len() == MAX_RECIPIENTS {
            return self.reply("452 4.5.3 Too many recipients").await;
        }
        match self.trusted_address(recipient) {
            Some(address) => {
                self.mail.recipients.push(address);
                self.reply("250 2.1.5 OK").await
            }
            None => self.refuse_address().await,
        }
    }

    async fn take_mail(&mut self) -> io::Result<()> {
        if self.mail.recipients.is_empty() {
            return self.reply("554 5.5.1 No valid recipients").await;
        }
        self.reply("354 End data with <CR><LF>.<CR><LF>").await?;
        let content = self.read_content().await?;
        let transaction = std::mem::take(&mut self.mail);
        let Some(content) = content else {
            return self
                .reply("552 5.3.4 Message size exceeds fixed limit")
                .await;
        };
        match self.desk.deliver(transaction, &content).await {
            Ok(id) => self.reply(&format!("250 2.0.0 OK: queued as {id}")).await,
            Err(error) => {
                tracing::warn!(%error, "the demonstration operator cannot store a mail");
                self.reply("451 4.3.0 The mail cannot be stored now").await
            }
        }
    }

    fn trusted_address(&self, text: &str) -> Option<MssanteAddress> {
        text.parse()
            .ok()
            .filter(|address| self.desk.trusted.trusts(address))
    }

    async fn refuse_address(&mut self) -> io::Result<()> {
        self.reply("550 5.7.1 hors espace de confiance").await
    }

    /// Reads a mail up to its final dot; nothing is kept of one that is too large.
    ///
    /// Only CR LF dot CR LF ends it: other line ends are content, so that nobody smuggles a second
    /// mail in.
    async fn read_content(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut content = Vec::new();
        let mut size_bytes = 0;
        let mut at_line_start = true;
        loop {
            let line = self.read_line().await?;
            if at_line_start && line == b".\r\n" {
                return Ok((size_bytes <= MAX_MAIL_BYTES).then_some(content));
            }
            let text = match line.strip_prefix(b".") {
                Some(text) if at_line_start => text,
                _ => &line,
            };
            at_line_start = line.ends_with(b"\r\n");
            size_bytes += text.len();
            if size_bytes <= MAX_MAIL_BYTES {
                content.extend_from_slice(text);
            } else {
                content = Vec::new();
            }
        }
    }

    async fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(MAX_LINE_BYTES);
        tokio::time::timeout(IDLE_TIMEOUT, limited.read_until(b'\n', &mut line))
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
        if line.ends_with(b"\n") {
            Ok(line)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    async fn reply(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(line.as_bytes()).await?;
        self.stream.write_all(b"\r\n").await?;
        self.flush_when_idle().await
    }

    /// Replies to commands that came together leave together.
    async fn flush_when_idle(&mut self) -> io::Result<()> {
        if self.stream.buffer().is_empty() {
            self.stream.flush().await?;
        }
        Ok(())
    }
}

impl Desk {
    /// Stores one copy for each recipient, and the notification that the sender asked for.
    async fn deliver(&self, mail: Transaction, content: &[u8]) -> io::Result<String> {
        let id = self.ids.next();
        let sender = mail.sender.flatten();
        let recipients: HashSet<_> = mail.recipients.into_iter().collect();
        for recipient in &recipients {
            let head = delivery_head(sender.as_ref(), recipient);
            self.put(recipient, &id, [head.as_bytes(), content].concat())
                .await?;
            self.notify(sender.as_ref(), recipient, content).await?;
        }
        Ok(id)
    }

    async fn notify(
        &self,
        sender: Option<&MssanteAddress>,
        recipient: &MssanteAddress,
        content: &[u8],
    ) -> io::Result<()> {
        let Some(sender) = sender else { return Ok(()) };
        let id = self.ids.next();
        let answer = mdn::write(&mdn::Answer {
            original: content,
            return_path: ReturnPath::Mailbox(sender.clone()),
            nil: "",
            recipient,
            outcome: mdn::Outcome::Integrated,
            message_id: &format!("{id}@{}", recipient.domain()),
            at: self.clock.now(),
            returned: mdn::Returned::Headers,
        });
        match answer {
            Ok(notification) => {
                let head = delivery_head(None, sender);
                self.put(sender, &id, [head.as_bytes(), &notification].concat())
                    .await
            }
            Err(_) => Ok(()),
        }
    }

    async fn put(&self, owner: &MssanteAddress, id: &str, mail: Vec<u8>) -> io::Result<()> {
        let second = self.clock.now().unix_timestamp();
        Maildir::of_address(&self.root, owner)
            .deliver(&format!("{second}.{id}.{HOST_NAME}"), mail)
            .await
    }
}

/// What final delivery writes above a mail. **Source:** RFC 5321, 4.4; RFC 8098, 2.3.
fn delivery_head(sender: Option<&MssanteAddress>, recipient: &MssanteAddress) -> String {
    let sender = sender.map_or("", MssanteAddress::as_str);
    format!("Return-Path: <{sender}>\r\nOriginal-Recipient: rfc822;{recipient}\r\n")
}

#[cfg(test)]
#[path = "smtp_sink_tests.rs"]
mod tests;
