//! The dialogue of one SMTP connection.

use std::{fmt::Write as _, io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use smtp_proto::{
    AUTH_PLAIN, EXT_8BIT_MIME, EXT_DSN, EXT_PIPELINING, EXT_SIZE, EXT_START_TLS, EhloResponse,
    Response, response::parser::ResponseReceiver,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::smtp::{Accepted, Envelope, Reports, SendError};
use super::tls::{Connection, Dialer, ServerSettings, TlsError};
use crate::config::TlsMode;
use crate::identifiers::MssanteAddress;

/// Longest wait for the answer to a command. **Source:** RFC 5321, 4.5.3.2 (at most five minutes).
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest wait for the verdict on a mail. **Source:** RFC 5321, 4.5.3.2.6.
const VERDICT_TIMEOUT: Duration = Duration::from_secs(600);

/// A reply longer than this is not one.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// One connection on which the greetings were exchanged.
pub(super) struct Session {
    connection: Connection,
    /// Bytes that came and were not read as a reply yet.
    pending: Vec<u8>,
    server: EhloResponse<String>,
}

impl Session {
    /// Connects, exchanges greetings, encrypts and logs in as the settings say.
    pub async fn open(dialer: &Dialer) -> Result<Self, SendError> {
        let mut session = Self {
            connection: dialer.connect().await?,
            pending: Vec::new(),
            server: EhloResponse::new(String::new()),
        };
        session.expect_positive(COMMAND_TIMEOUT).await?;
        session.greet().await?;
        if dialer.settings.tls == TlsMode::StartTls {
            if !session.server.has_capability(EXT_START_TLS) {
                return Err(TlsError::NotOffered.into());
            }
            session.command("STARTTLS\r\n").await?;
            // What came in clear after the agreement proves nothing: it is forgotten.
            session.pending.clear();
            session.connection = dialer.upgrade(session.connection).await?;
            session.greet().await?;
        }
        session.log_in(&dialer.settings).await?;
        Ok(session)
    }

    async fn greet(&mut self) -> Result<(), SendError> {
        let local = match &self.connection {
            Connection::Left(stream) => stream.local_addr(),
            Connection::Right(stream) => stream.get_ref().0.local_addr(),
        }?;
        let literal = match local.ip() {
            std::net::IpAddr::V4(ip) => format!("[{ip}]"),
            std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
        };
        self.write(format!("EHLO {literal}\r\n").as_bytes(), COMMAND_TIMEOUT)
            .await?;
        let reply = self.read_reply(COMMAND_TIMEOUT).await?;
        let (code, text) = first_line(&reply);
        if code != 250 {
            return Err(SendError::Refused { code, text });
        }
        self.server = EhloResponse::parse(&mut reply.iter())
            .map_err(|_| SendError::Unreachable(nonsense()))?;
        Ok(())
    }

    /// Logs in with a name and a password, when they are configured and the server asks for them.
    async fn log_in(&mut self, settings: &ServerSettings) -> Result<(), SendError> {
        let (Some(username), Some(password)) = (&settings.username, &settings.password) else {
            return Ok(());
        };
        if self.server.auth() & AUTH_PLAIN == 0 {
            return Ok(());
        }
        let secret = STANDARD.encode(format!("\0{username}\0{password}"));
        self.command(&format!("AUTH PLAIN {secret}\r\n")).await?;
        Ok(())
    }

    /// Hands one mail over.
    pub async fn send(
        &mut self,
        envelope: &Envelope<'_>,
        mail: &[u8],
    ) -> Result<Accepted, SendError> {
        let content = stuffed(mail);
        let limit_bytes = self.server.size;
        if self.server.has_capability(EXT_SIZE) && limit_bytes > 0 && content.len() > limit_bytes {
            return Err(SendError::TooLarge {
                size_bytes: content.len(),
                limit_bytes,
            });
        }
        let commands = self.commands(envelope, content.len());
        if self.server.has_capability(EXT_PIPELINING) {
            self.start_in_one_go(&commands).await?;
        } else {
            for command in &commands {
                self.command(command).await?;
            }
        }
        self.write(&content, VERDICT_TIMEOUT).await?;
        let verdict = match self.write(b".\r\n", VERDICT_TIMEOUT).await {
            Ok(()) => self.read_reply(VERDICT_TIMEOUT).await,
            Err(error) => Err(error),
        };
        let (code, reply) = first_line(&verdict.map_err(SendError::Unknown)?);
        if (200..300).contains(&code) {
            Ok(Accepted {
                reports_delivery: self.server.has_capability(EXT_DSN),
                reply,
            })
        } else {
            Err(SendError::Refused { code, text: reply })
        }
    }

    /// `MAIL`, `RCPT` and `DATA`, with the parameters that the server understands.
    ///
    /// **Source:** RFC 1870 (SIZE); RFC 6152 (8BITMIME); RFC 3461 (DSN).
    fn commands(&self, envelope: &Envelope<'_>, size_bytes: usize) -> [String; 3] {
        let offers = |extension| self.server.has_capability(extension);
        let sender = envelope.sender.map_or("", MssanteAddress::as_str);
        let mut mail_from = format!("MAIL FROM:<{sender}>");
        let mut rcpt_to = format!("RCPT TO:<{}>", envelope.recipient);
        if offers(EXT_SIZE) {
            let _ = write!(mail_from, " SIZE={size_bytes}");
        }
        if offers(EXT_8BIT_MIME) {
            mail_from.push_str(" BODY=8BITMIME");
        }
        if offers(EXT_DSN) {
            match envelope.reports {
                Reports::All => {
                    let _ = write!(mail_from, " RET=HDRS ENVID={}", xtext(envelope.envelope_id));
                    let _ = write!(
                        rcpt_to,
                        " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;{}",
                        xtext(envelope.recipient.as_str())
                    );
                }
                Reports::Never => rcpt_to.push_str(" NOTIFY=NEVER"),
            }
        }
        mail_from.push_str("\r\n");
        rcpt_to.push_str("\r\n");
        [mail_from, rcpt_to, "DATA\r\n".to_owned()]
    }

    /// Sends the three commands at once and reads the three replies; the first refusal counts.
    ///
    /// **Source:** RFC 2920, 3.1.
    async fn start_in_one_go(&mut self, commands: &[String; 3]) -> Result<(), SendError> {
        self.write(commands.concat().as_bytes(), COMMAND_TIMEOUT)
            .await?;
        let mut refusal = None;
        let mut goes_on = false;
        for _ in commands {
            let (code, text) = first_line(&self.read_reply(COMMAND_TIMEOUT).await?);
            goes_on = code == 354;
            if code >= 400 && refusal.is_none() {
                refusal = Some(SendError::Refused { code, text });
            }
        }
        match refusal {
            None if goes_on => Ok(()),
            None => Err(SendError::Unreachable(nonsense())),
            Some(refusal) => {
                if goes_on {
                    // The server waits for a mail that has no recipient: an empty one ends this.
                    self.command(".\r\n").await.ok();
                }
                Err(refusal)
            }
        }
    }

    /// Sends one command; a reply that is no agreement is an error.
    pub async fn command(&mut self, command: &str) -> Result<(), SendError> {
        self.write(command.as_bytes(), COMMAND_TIMEOUT).await?;
        self.expect_positive(COMMAND_TIMEOUT).await
    }

    async fn expect_positive(&mut self, limit: Duration) -> Result<(), SendError> {
        let (code, text) = first_line(&self.read_reply(limit).await?);
        if (200..400).contains(&code) {
            Ok(())
        } else {
            Err(SendError::Refused { code, text })
        }
    }

    async fn write(&mut self, bytes: &[u8], limit: Duration) -> io::Result<()> {
        tokio::time::timeout(limit, async {
            self.connection.write_all(bytes).await?;
            self.connection.flush().await
        })
        .await
        .map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Reads one reply, of one or several lines, as it came.
    async fn read_reply(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        tokio::time::timeout(limit, async {
            loop {
                if let Some(end) = end_of_reply(&self.pending) {
                    let rest = self.pending.split_off(end);
                    return Ok(std::mem::replace(&mut self.pending, rest));
                }
                if self.pending.len() > MAX_REPLY_BYTES {
                    return Err(nonsense());
                }
                if self.connection.read_buf(&mut self.pending).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        })
        .await
        .map_err(|_| io::ErrorKind::TimedOut)?
    }
}

fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the reply is not SMTP")
}

/// Where the first whole reply ends: its last line has no hyphen after the code.
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            return None;
        }
        end += line.len();
        if line.get(3) != Some(&b'-') {
            return Some(end);
        }
    }
    None
}

/// Code and text of a reply; code 0 when it is not one.
fn first_line(reply: &[u8]) -> (u16, String) {
    match ResponseReceiver::default().parse(&mut reply.iter()) {
        Ok(Response { code, esc, message }) => match esc {
            [0, _, _] => (code, message),
            [class, subject, detail] => (code, format!("{class}.{subject}.{detail} {message}")),
        },
        Err(_) => (0, String::new()),
    }
}

/// The mail as it travels: lines ended by CR LF, a dot doubled where it begins a line.
///
/// **Source:** RFC 5321, 4.5.2; 2.3.8 (no CR or LF alone, which smugglers use).
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(mail.len() + mail.len() / 64 + 16);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.first() == Some(&b'.') {
            content.push(b'.');
        }
        if text.contains(&b'\r') {
            content.extend(text.iter().filter(|byte| **byte != b'\r'));
        } else {
            content.extend_from_slice(text);
        }
        content.extend_from_slice(b"\r\n");
    }
    content
}

/// **Source:** RFC 3461, 4.
fn xtext(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && byte != b'+' && byte != b'=' {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "+{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_line_ends_repaired() {
        assert_eq!(stuffed(b".a\n..b\r\nc\rd"), b"..a\r\n...b\r\ncd\r\n");
    }

    #[test]
    fn envelope_identifiers_are_written_as_xtext() {
        assert_eq!(xtext("a+b=c d"), "a+2Bb+3Dc+20d");
    }

    #[test]
    fn a_reply_of_several_lines_ends_at_its_last() {
        assert_eq!(end_of_reply(b"250-a\r\n250 b\r\n250 c\r\n"), Some(14));
        assert_eq!(end_of_reply(b"250-a\r\n250 b"), None);
        assert_eq!(
            first_line(b"550-5.1.1 no\r\n550 5.1.1 box\r\n"),
            (550, "5.1.1 no\nbox".to_owned())
        );
    }
}
