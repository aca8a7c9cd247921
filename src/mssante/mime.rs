//! Writing mail, byte by byte: headers that nothing can break out of, and parts with a foreseeable
//! boundary.
//!
//! The server of the recipient routes on the raw text of the subject, so words that need no encoding
//! are left as they are: that is why this is written here and not left to a library.

use base64::{Engine, engine::general_purpose::STANDARD};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use uuid::Uuid;

/// A header line is folded before it grows longer than this.
///
/// **Source:** RFC 5322, 2.1.1 (78 characters, 998 at the very most).
const LINE_LENGTH: usize = 76;

/// An encoded word is never longer. **Source:** RFC 2047, 2.
const ENCODED_WORD_LENGTH: usize = 75;

const ENCODED_WORD_HEAD: &str = "=?UTF-8?Q?";

/// How much of the original goes back with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// All of it, as the exchange asks.
    Whole,
    /// Its headers alone, when the whole would be too large.
    Headers,
}

/// A mail under construction.
#[derive(Debug, Default)]
pub(super) struct MailWriter {
    bytes: Vec<u8>,
}

impl MailWriter {
    /// Writes free text, its words encoded one by one where needed, its controls dropped.
    pub fn text_header(&mut self, name: &str, text: &str) {
        self.header(name, encoded_words(text).iter().map(String::as_str));
    }

    /// Writes a value made of ASCII tokens; folds between them. Anything else is dropped.
    pub fn token_header(&mut self, name: &str, value: &str) {
        let plain: String = value
            .chars()
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .collect();
        self.header(name, plain.split(' ').filter(|token| !token.is_empty()));
    }

    /// Writes `label <address>`.
    pub fn mailbox_header(&mut self, name: &str, label: Option<&str>, address: &str) {
        let mut tokens = label.map(phrase).unwrap_or_default();
        tokens.push(format!("<{address}>"));
        self.header(name, tokens.iter().map(String::as_str));
    }

    /// Writes the instant of sending.
    pub fn date_header(&mut self, at: OffsetDateTime) {
        let date = at
            .format(&Rfc2822)
            .expect("instants of this century can be written");
        self.token_header("Date", &date);
    }

    /// Ends the headers.
    pub fn end_headers(&mut self) {
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Opens the next part of a multipart body.
    pub fn open_part(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}"));
    }

    /// Ends a multipart body.
    pub fn close_parts(&mut self, boundary: &str) {
        self.line(&format!("--{boundary}--"));
    }

    /// Writes text as quoted-printable, after its own headers.
    pub fn text_part(&mut self, text: &str) {
        self.line("Content-Type: text/plain; charset=UTF-8");
        self.line("Content-Transfer-Encoding: quoted-printable");
        self.end_headers();
        quoted_printable(text, &mut self.bytes);
    }

    /// Writes bytes as base64 in lines of 76 characters.
    pub fn base64_body(&mut self, content: &[u8]) {
        self.bytes.reserve(content.len() / 57 * 78 + 80);
        let mut line = [0_u8; 76];
        for chunk in content.chunks(57) {
            let written = STANDARD
                .encode_slice(chunk, &mut line)
                .expect("57 bytes make 76 characters");
            self.bytes
                .extend_from_slice(line.get(..written).unwrap_or_default());
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    /// Writes content that is already mail: every line is ended by CR LF.
    pub fn mail_body(&mut self, content: &[u8]) {
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            self.bytes
                .extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    /// Writes the part that gives a mail back, under a file name when it has one.
    pub fn original_part(&mut self, original: &[u8], returned: Returned, name: Option<&str>) {
        let (kind, content) = match returned {
            Returned::Whole => ("message/rfc822", original),
            Returned::Headers => {
                let headers = original.get(..headers_end(original));
                ("text/rfc822-headers", headers.unwrap_or_default())
            }
        };
        self.line(&format!("Content-Type: {kind}"));
        if let Some(name) = name {
            self.line(&format!(
                "Content-Disposition: attachment; filename=\"{name}\""
            ));
        }
        if !content.is_ascii() {
            self.line("Content-Transfer-Encoding: 8bit");
        }
        self.end_headers();
        self.mail_body(content);
    }

    /// Writes one line as it is.
    pub fn line(&mut self, line: &str) {
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// The finished mail.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn header<'a>(&mut self, name: &str, tokens: impl Iterator<Item = &'a str>) {
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(b':');
        let mut column = name.len() + 1;
        for (index, token) in tokens.enumerate() {
            if index > 0 && column + 1 + token.len() > LINE_LENGTH {
                self.bytes.extend_from_slice(b"\r\n");
                column = 0;
            }
            self.bytes.push(b' ');
            self.bytes.extend_from_slice(token.as_bytes());
            column += 1 + token.len();
        }
        self.bytes.extend_from_slice(b"\r\n");
    }
}

/// Boundary of the parts of that mail: the same for the same Message-ID.
///
/// `=_` can stand neither in base64 nor in quoted-printable, so no encoded part holds it.
pub(super) fn boundary(message_id: &str) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, message_id.as_bytes());
    format!("=_{}", id.simple())
}

/// Length of the headers of a mail: what stands before the first empty line.
pub(super) fn headers_end(mail: &[u8]) -> usize {
    let mut end = 0;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        end += line.len();
    }
    end
}

/// Text cut into words; those that are not plain ASCII become encoded words.
///
/// White space between two encoded words is not shown, so a run of words that need encoding carries
/// its spaces inside. **Source:** RFC 2047, 5 and 6.2.
fn encoded_words(text: &str) -> Vec<String> {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut tokens = Vec::new();
    let mut run = String::new();
    for word in clean.split_whitespace() {
        if is_plain(word) {
            flush_run(&mut run, &mut tokens);
            tokens.push(word.to_owned());
        } else {
            if !run.is_empty() {
                run.push(' ');
            }
            run.push_str(word);
        }
    }
    flush_run(&mut run, &mut tokens);
    tokens
}

fn is_plain(word: &str) -> bool {
    word.len() < ENCODED_WORD_LENGTH
        && !word.contains("=?")
        && word.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Words before an address: encoded like text, or one quoted string when plain ASCII is enough.
fn phrase(label: &str) -> Vec<String> {
    let words = encoded_words(label);
    if words.iter().any(|word| word.starts_with(ENCODED_WORD_HEAD)) {
        let mut tokens = Vec::new();
        let mut all = label.split_whitespace().collect::<Vec<_>>().join(" ");
        all.retain(|c| !c.is_control());
        flush_run(&mut all, &mut tokens);
        tokens
    } else {
        let quoted = words.join(" ").replace('\\', "\\\\").replace('"', "\\\"");
        vec![format!("\"{quoted}\"")]
    }
}

/// Writes the run as encoded words of allowed length, none of which cuts a character.
fn flush_run(run: &mut String, tokens: &mut Vec<String>) {
    let mut word = String::new();
    for c in run.drain(..) {
        let mut piece = String::new();
        match c {
            ' ' => piece.push('_'),
            c if c.is_ascii_alphanumeric() || "!*+-/".contains(c) => piece.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    piece.push('=');
                    push_hex(byte, &mut piece);
                }
            }
        }
        if ENCODED_WORD_HEAD.len() + word.len() + piece.len() + 2 > ENCODED_WORD_LENGTH {
            tokens.push(format!("{ENCODED_WORD_HEAD}{word}?="));
            word.clear();
        }
        word.push_str(&piece);
    }
    if !word.is_empty() {
        tokens.push(format!("{ENCODED_WORD_HEAD}{word}?="));
    }
}

fn push_hex(byte: u8, text: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        text.push(
            char::from_digit(u32::from(digit), 16)
                .expect("four bits are one digit")
                .to_ascii_uppercase(),
        );
    }
}

/// **Source:** RFC 2045, 6.7: lines of 76 characters at the most, a soft break is `=` at the end.
fn quoted_printable(text: &str, bytes: &mut Vec<u8>) {
    for line in text.lines() {
        let mut column = 0;
        let mut left = line.len();
        for byte in line.bytes() {
            left -= 1;
            let is_literal = matches!(byte, b'!'..=b'<' | b'>'..=b'~')
                || (matches!(byte, b' ' | b'\t') && left > 0);
            let width = if is_literal { 1 } else { 3 };
            if column + width > 75 {
                bytes.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if is_literal {
                bytes.push(byte);
            } else {
                let mut escape = String::from("=");
                push_hex(byte, &mut escape);
                bytes.extend_from_slice(escape.as_bytes());
            }
            column += width;
        }
        bytes.extend_from_slice(b"\r\n");
    }
}

/// Value of a header parameter that may hold accents: the ASCII form for old readers, then the
/// UTF-8 form. **Source:** RFC 2231, 4; RFC 6266, appendix D.
pub(super) fn file_name_parameters(key: &str, file_name: &str) -> String {
    let ascii: String = crate::mssante::subject::without_accents(file_name)
        .chars()
        .map(|c| match c {
            '"' | '\\' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    if ascii == file_name {
        return format!("{key}=\"{ascii}\"");
    }
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            push_hex(byte, &mut encoded);
        }
    }
    format!("{key}=\"{ascii}\";\r\n {key}*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    fn mail(write: impl FnOnce(&mut MailWriter)) -> String {
        let mut writer = MailWriter::default();
        write(&mut writer);
        String::from_utf8(writer.into_bytes()).expect("headers are ASCII")
    }

    #[test]
    fn only_the_words_that_need_it_are_encoded() {
        let header = mail(|m| m.text_header("Subject", "XDM/1.0/DDM+CR de réunion de X"));
        assert_eq!(
            header,
            "Subject: XDM/1.0/DDM+CR de =?UTF-8?Q?r=C3=A9union?= de X\r\n"
        );
    }

    #[test]
    fn neighbouring_encoded_words_keep_their_space() {
        let header = mail(|m| m.text_header("Subject", "été brûlé"));
        let parsed = MessageParser::default()
            .parse(header.as_bytes())
            .expect("one header");
        assert_eq!(parsed.subject(), Some("été brûlé"));
    }

    #[test]
    fn no_control_character_reaches_a_header() {
        let header = mail(|m| {
            m.text_header("Subject", "a\r\nBcc: x@y.fr");
            m.mailbox_header("From", Some("a\r\nBcc: \"x"), "a@b.fr");
            m.mailbox_header("From", Some("é\r\nBcc: x"), "a@b.fr");
            m.token_header("X-MSS-NIL", "1\r\nBcc: x@y.fr");
        });
        assert_eq!(header.lines().count(), 4, "{header}");
        assert!(!header.lines().any(|line| line.starts_with("Bcc")));
    }

    #[test]
    fn a_label_is_quoted_or_encoded() {
        let header = mail(|m| m.mailbox_header("From", Some("RCP \"Sein\""), "a@b.fr"));
        assert_eq!(header, "From: \"RCP \\\"Sein\\\"\" <a@b.fr>\r\n");
        let header = mail(|m| m.mailbox_header("From", Some("Réseau (Est)"), "a@b.fr"));
        assert_eq!(
            header,
            "From: =?UTF-8?Q?R=C3=A9seau_=28Est=29?= <a@b.fr>\r\n"
        );
    }

    #[test]
    fn a_file_name_with_accents_has_two_forms() {
        assert_eq!(
            file_name_parameters("filename", "compte rendu réunion.pdf"),
            "filename=\"compte rendu reunion.pdf\";\r\n filename*=UTF-8''compte%20rendu%20r%C3%A9union.pdf"
        );
        assert_eq!(
            file_name_parameters("filename", "IHE_XDM.zip"),
            "filename=\"IHE_XDM.zip\""
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_a_header(words in prop::collection::vec("[!-~é€œ漢A-Z]{1,40}", 1..12)) {
            let text = words.join(" ");
            let header = mail(|m| m.text_header("Subject", &text));
            prop_assert!(header.lines().all(|line| line.len() <= 160));
            let parsed = MessageParser::default().parse(header.as_bytes());
            prop_assert_eq!(parsed.as_ref().and_then(|p| p.subject()), Some(text.as_str()));
        }

        #[test]
        fn any_text_comes_back_from_a_body(text in "[ -~é€\n]{0,300}") {
            let body = mail(|m| m.text_part(&text));
            prop_assert!(body.lines().all(|line| line.len() <= 76));
            let parsed = MessageParser::default().parse(body.as_bytes());
            let read = parsed.as_ref().and_then(|p| p.body_text(0)).unwrap_or_default();
            let lines = |t: &str| t.lines().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(lines(&read), lines(&text));
        }
    }
}
