//! The dialogue of one SMTP connection.

use std::{fmt::Write as _, io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use smtp_proto::{
    AUTH_EXTERNAL, AUTH_PLAIN, AUTH_XOAUTH2, EXT_8BIT_MIME, EXT_DSN, EXT_PIPELINING, EXT_SIZE,
    EXT_START_TLS, EhloResponse, Response, response::parser::ResponseReceiver,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::login::Login;
use super::smtp::{Accepted, Envelope, Phase, Reports, SendError};
use super::tls::{ConnectError, Connection, Dialer, Patience, TlsError, connection_error};
use crate::config::TlsMode;
use crate::identifiers::MssanteAddress;

/// What `MAIL`, `RCPT` and `DATA` name.
const PHASES: [Phase; 3] = [Phase::Sender, Phase::Recipient, Phase::Content];

/// A reply longer than this is not one.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// One connection on which the greetings were exchanged.
pub(super) struct Session {
    connection: Connection,
    /// Bytes that came and were not read as a reply yet.
    pending: Vec<u8>,
    server: EhloResponse<String>,
    patience: Patience,
    phase: Phase,
}

impl Session {
    /// Connects, exchanges greetings, encrypts and logs in as the settings say.
    pub async fn open(dialer: &Dialer) -> Result<Self, SendError> {
        let mut session = Self {
            connection: dialer.connect().await?,
            pending: Vec::new(),
            server: EhloResponse::new(String::new()),
            patience: dialer.settings.patience,
            phase: Phase::Greeting,
        };
        session.expect_positive().await?;
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
        session.phase = Phase::LogIn;
        session.log_in(&dialer.settings.login).await?;
        Ok(session)
    }

    async fn greet(&mut self) -> Result<(), SendError> {
        let local = match &self.connection {
            Connection::Left(stream) => stream.local_addr(),
            Connection::Right(stream) => stream.get_ref().0.local_addr(),
        };
        let literal = match local.map_err(|error| self.lost(error))?.ip() {
            std::net::IpAddr::V4(ip) => format!("[{ip}]"),
            std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
        };
        self.write(format!("EHLO {literal}\r\n").as_bytes()).await?;
        let reply = self.read_reply(self.patience.command).await;
        let reply = reply.map_err(|error| self.lost(error))?;
        let (code, text) = first_line(&reply);
        if code != 250 {
            return Err(self.refused(code, text));
        }
        self.server = EhloResponse::parse(&mut reply.iter()).map_err(|_| self.lost(nonsense()))?;
        Ok(())
    }

    /// Logs in the way that is set, with its first words at once.
    ///
    /// **Source:** RFC 4954, 4.
    async fn log_in(&mut self, login: &Login) -> Result<(), SendError> {
        let offered = match login {
            Login::None => return Ok(()),
            Login::Plain { .. } => AUTH_PLAIN,
            Login::External { .. } => AUTH_EXTERNAL,
            Login::XOauth2 { .. } => AUTH_XOAUTH2,
        };
        let mechanism = login.mechanism();
        let cannot = |reason: String| SendError::LogIn { mechanism, reason };
        if self.server.auth() & offered == 0 {
            return Err(cannot("the operator does not offer it".to_owned()));
        }
        let words = login.first_words();
        let words = words.map_err(|error| cannot(error.to_string()))?;
        let words = match words.as_str() {
            "" => "=".to_owned(),
            words => STANDARD.encode(words),
        };
        match self.command(&format!("AUTH {mechanism} {words}\r\n")).await {
            // XOAUTH2 says why in a challenge; an empty answer brings the refusal itself.
            Ok(334) => self.command("\r\n").await.map(|_| ()),
            done => done.map(|_| ()),
        }
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
            for (phase, command) in PHASES.into_iter().zip(&commands) {
                self.phase = phase;
                self.command(command).await?;
            }
        }
        self.phase = Phase::Content;
        self.write_within(&content, self.patience.mail)
            .await
            .map_err(|error| self.lost(error))?;
        // From here on the mail may have gone, whatever is heard or not.
        let verdict = match self.write_within(b".\r\n", self.patience.mail).await {
            Ok(()) => self.read_reply(self.patience.mail).await,
            Err(error) => Err(error),
        };
        let (code, reply) = first_line(&verdict.map_err(SendError::Unknown)?);
        match code {
            200..300 => Ok(Accepted {
                reports_delivery: self.server.has_capability(EXT_DSN),
                reply,
            }),
            400..600 => Err(self.refused(code, reply)),
            _ => Err(SendError::Unknown(nonsense())),
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
                Reports::Failure => {
                    let _ = write!(mail_from, " RET=HDRS ENVID={}", xtext(envelope.envelope_id));
                    rcpt_to.push_str(" NOTIFY=FAILURE");
                }
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
        self.phase = Phase::Sender;
        self.write(commands.concat().as_bytes()).await?;
        let mut refusal = None;
        let mut goes_on = false;
        for phase in PHASES {
            self.phase = phase;
            let reply = match self.read_reply(self.patience.command).await {
                Ok(reply) => reply,
                // A server that refuses and hangs up has said why.
                Err(error) => return Err(refusal.unwrap_or_else(|| self.lost(error))),
            };
            let (code, text) = first_line(&reply);
            goes_on = code == 354;
            let is_agreement = (200..400).contains(&code);
            if !is_agreement && refusal.is_none() {
                refusal = Some(self.refused(code, text));
            }
        }
        match refusal {
            None if goes_on => Ok(()),
            None => Err(self.lost(nonsense())),
            Some(refusal) => {
                if goes_on {
                    // The server waits for a mail that has no recipient: an empty one ends this.
                    self.command(".\r\n").await.ok();
                }
                Err(refusal)
            }
        }
    }

    /// Sends one command and hands back the code of its reply; one that is no agreement is an error.
    pub async fn command(&mut self, command: &str) -> Result<u16, SendError> {
        self.write(command.as_bytes()).await?;
        self.expect_positive().await
    }

    async fn expect_positive(&mut self) -> Result<u16, SendError> {
        let reply = self.read_reply(self.patience.command).await;
        let (code, text) = first_line(&reply.map_err(|error| self.lost(error))?);
        if (200..400).contains(&code) {
            Ok(code)
        } else {
            Err(self.refused(code, text))
        }
    }

    /// The connection failed where the talk is: our certificate may have been refused only now.
    fn lost(&self, error: io::Error) -> SendError {
        match connection_error(error) {
            ConnectError::Tls(error) => SendError::Tls(error),
            ConnectError::Io(source) => SendError::Unreachable {
                phase: self.phase,
                source,
            },
        }
    }

    /// The operator said no; what is no reply code is no SMTP.
    fn refused(&self, code: u16, text: String) -> SendError {
        match code {
            400..600 => SendError::Refused {
                phase: self.phase,
                code,
                text,
            },
            _ => self.lost(nonsense()),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        self.write_within(bytes, self.patience.command)
            .await
            .map_err(|error| self.lost(error))
    }

    async fn write_within(&mut self, bytes: &[u8], limit: Duration) -> io::Result<()> {
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
