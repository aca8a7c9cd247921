//! The headers and lines of a mail of documents, each against its rule.

use mail_parser::{Addr, HeaderForm, HeaderValue, Message, MimeHeaders, PartType};

use super::mail::ins_mark;
use super::mail_rules as rules;
use super::return_path::ReturnPath;
use super::xdm::{Action, ArchivedDocument};
use crate::finding::Finding;
use crate::identifiers::MssanteAddress;

/// Longest line. **Source:** RFC 5322, 2.1.1.
const LINE_BYTES: usize = 998;

/// Checks the headers: what is not as agreed goes to `form`, what contradicts to `coherence`.
pub(super) fn check(
    message: &Message<'_>,
    raw: &[u8],
    documents: &[ArchivedDocument],
    form: &mut Vec<Finding>,
    coherence: &mut Vec<Finding>,
) {
    check_lines(raw, form);
    check_people(message, form);
    check_marks(message, documents, form, coherence);
    if !has_plain_body(message) {
        form.push(rules::BODY.at("body"));
    }
    let replaces = documents
        .iter()
        .any(|document| document.action != Action::Create);
    if replaces && message.in_reply_to().is_empty() {
        form.push(rules::ANSWERS.at("In-Reply-To"));
    }
}

fn check_lines(raw: &[u8], form: &mut Vec<Finding>) {
    // A mailbox in files keeps mails with bare line feeds, all of them.
    let is_stored = !raw.contains(&b'\r');
    let is_well_cut = raw.split_inclusive(|byte| *byte == b'\n').all(|line| {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = content.strip_suffix(b"\r");
        let text = bare.unwrap_or(content);
        text.len() <= LINE_BYTES && !text.contains(&b'\r') && (is_stored || bare.is_some())
    });
    if !is_well_cut {
        form.push(rules::LINES.at("body"));
    }
    let end = super::mime::headers_end(raw);
    let headers = raw.get(..end).unwrap_or_default();
    let is_control =
        |byte: &u8| *byte < 32 && !matches!(byte, b'\r' | b'\n' | b'\t') || *byte == 127;
    if headers.iter().any(is_control) {
        form.push(rules::CONTROL.at("headers"));
    }
}

/// Addresses of a header, whatever their number.
fn addresses<'m>(message: &'m Message<'_>, name: &'m str) -> Vec<Addr<'m>> {
    message
        .header_as(name, HeaderForm::Addresses)
        .into_iter()
        .filter_map(|value| match value {
            HeaderValue::Address(list) => Some(list.into_list()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn check_people(message: &Message<'_>, form: &mut Vec<Finding>) {
    let only = |name: &str| match addresses(message, name).as_slice() {
        [only] => only.address.as_deref().map(str::to_ascii_lowercase),
        _ => None,
    };
    if only("To").is_none() || message.cc().is_some() || message.bcc().is_some() {
        form.push(rules::RECIPIENTS.at("To"));
    }
    let from = message.from().and_then(|from| from.first());
    let has_label = from.is_some_and(|from| {
        from.address.is_some()
            && from
                .name
                .as_deref()
                .is_some_and(|name| !name.trim().is_empty())
    });
    if !has_label || message.sender().is_some() {
        form.push(rules::SENDER.at("From"));
    }
    // The trace of the last server is the sender of the envelope; before sending it is the author.
    let envelope = match ReturnPath::of(message) {
        ReturnPath::Mailbox(address) => Some(address.to_string()),
        ReturnPath::Absent => from
            .and_then(|from| from.address.as_deref())
            .map(str::to_ascii_lowercase),
        ReturnPath::Null | ReturnPath::Unreadable => None,
    };
    let notified = only("Disposition-Notification-To");
    if notified.is_none() || notified != envelope {
        form.push(rules::NOTIFY.at("Disposition-Notification-To"));
    }
}

fn mark<'m>(message: &'m Message<'_>, name: &'m str) -> Option<&'m str> {
    let value = message.header(name).and_then(HeaderValue::as_text);
    value.map(str::trim)
}

/// The `X-MSS-…` headers.
fn check_marks(
    message: &Message<'_>,
    documents: &[ArchivedDocument],
    form: &mut Vec<Finding>,
    coherence: &mut Vec<Finding>,
) {
    if mark(message, "X-MSS-NIL").is_none_or(str::is_empty) {
        form.push(rules::NIL.at("X-MSS-NIL"));
    }
    let said: Option<Vec<&str>> =
        mark(message, "X-MSS-CODECDA").map(|codes| sorted(codes.split(',').map(str::trim)));
    let codes = documents
        .iter()
        .filter_map(|document| document.document.header.code.code.as_deref());
    let expected = sorted(codes);
    match said {
        Some(said) if said != expected => coherence.push(rules::CODES.at("X-MSS-CODECDA")),
        None if !expected.is_empty() => form.push(rules::CODES_MISSING.at("X-MSS-CODECDA")),
        _ => {}
    }
    let marks = documents
        .iter()
        .map(|document| ins_mark(&document.document.header.patient));
    // One patient a mail: the first document speaks for all.
    if mark(message, "X-MSS-INS") != marks.into_iter().next() {
        form.push(rules::INS.at("X-MSS-INS"));
    }
    let is_patient = addresses(message, "To")
        .first()
        .and_then(|to| to.address.as_deref()?.parse::<MssanteAddress>().ok())
        .is_some_and(|to| to.is_patient());
    if mark(message, "X-MSS-MES").is_some_and(|value| value != "FIN" || !is_patient) {
        form.push(rules::MES.at("X-MSS-MES"));
    }
}

fn sorted<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut codes: Vec<&str> = codes.collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// True when the first text of the mail is plain and in UTF-8 (or ASCII, which is UTF-8 too).
fn has_plain_body(message: &Message<'_>) -> bool {
    let Some(part) = message.text_part(0) else {
        return false;
    };
    let kind = part.content_type();
    let is_plain = kind.is_none_or(|kind| {
        kind.subtype()
            .is_none_or(|subtype| subtype.eq_ignore_ascii_case("plain"))
    });
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    matches!(part.body, PartType::Text(_))
        && is_plain
        && charset.is_none_or(|charset| {
            ["utf-8", "us-ascii"]
                .iter()
                .any(|known| charset.eq_ignore_ascii_case(known))
        })
}
