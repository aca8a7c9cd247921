//! The subject of a mail of documents against its grammar, and against the documents.

use mail_parser::Message;
use time::Date;

use super::mail::{label, names};
use super::mail_rules as rules;
use super::subject::{PREFIX, cut_label, name_in_capitals, without_accents};
use super::xdm::ArchivedDocument;
use crate::finding::Finding;

/// Longest encoded word. **Source:** RFC 2047, 2.
const WORD_LENGTH: usize = 75;

/// Checks the subject: what is not as agreed goes to `form`, what contradicts to `coherence`.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1.3.
pub(super) fn check(
    message: &Message<'_>,
    documents: &[ArchivedDocument],
    form: &mut Vec<Finding>,
    coherence: &mut Vec<Finding>,
) {
    let place = "Subject";
    check_raw(message, documents, form);
    let Some(rest) = message
        .subject()
        .and_then(|subject| subject.strip_prefix(PREFIX))
    else {
        form.push(rules::PREFIX.at(place));
        return;
    };
    let Some(first) = documents.first() else {
        return;
    };
    let header = &first.document.header;
    let label = match documents.len() {
        1 => cut_label(&label(header)),
        several => format!("{several} documents"),
    };
    let (names_part, date) = split_date(rest);
    let born_on = header
        .patient
        .birth_time
        .as_ref()
        .and_then(|time| time.date());
    match date.map(read_date) {
        None => {}
        Some(None) => form.push(rules::DATE.at(place)),
        Some(said) if said != born_on => coherence.push(rules::PATIENT.at(place)),
        Some(_) => {}
    }
    let (family, given) = names(&header.patient);
    let family = name_in_capitals(family);
    let given = without_accents(given);
    let plain = format!("{family} {}", given.to_uppercase());
    let after_label = names_part
        .strip_prefix(&label)
        .and_then(|rest| rest.strip_prefix(' '));
    let said = match after_label {
        Some(names) => names,
        None => {
            form.push(rules::LABEL.at(place));
            let words = plain.split_whitespace().count();
            last_words(names_part, words)
        }
    };
    if folded(said) != folded(&plain) {
        coherence.push(rules::PATIENT.at(place));
    } else if !said.starts_with(&family) || !said.is_ascii() {
        form.push(rules::NAMES.at(place));
    }
}

/// The raw header: where servers look for the mark, and what readers decode.
fn check_raw(message: &Message<'_>, documents: &[ArchivedDocument], form: &mut Vec<Finding>) {
    let raw = message
        .header_raw("Subject")
        .unwrap_or_default()
        .trim_start();
    let first = documents
        .first()
        .map(|document| label(&document.document.header));
    let is_plain = first
        .as_deref()
        .and_then(|label| label.split_whitespace().next())
        .is_some_and(str::is_ascii);
    if is_plain && !raw.starts_with(PREFIX) {
        form.push(rules::RAW_PREFIX.at("Subject"));
    }
    let are_whole = raw
        .split_whitespace()
        .filter(|word| word.starts_with("=?"))
        .all(|word| word.len() <= WORD_LENGTH && decodes(word));
    if !are_whole {
        form.push(rules::ENCODED_WORD.at("Subject"));
    }
}

/// True when an encoded word alone is whole text.
fn decodes(word: &str) -> bool {
    let header = format!("Subject: {word}\r\n\r\n");
    mail_parser::MessageParser::default()
        .parse_headers(header.as_bytes())
        .and_then(|message| message.subject().map(|text| !text.contains('\u{fffd}')))
        .unwrap_or_default()
}

/// The text before a last word that holds digits and separators, and that word.
fn split_date(text: &str) -> (&str, Option<&str>) {
    match text.trim_end().rsplit_once(' ') {
        Some((head, last)) if last.contains(|c: char| c.is_ascii_digit()) => {
            (head.trim_end(), Some(last))
        }
        _ => (text.trim_end(), None),
    }
}

/// `JJ/MM/AAAA`.
fn read_date(text: &str) -> Option<Date> {
    let format = time::macros::format_description!("[day]/[month]/[year]");
    (text.len() == 10).then(|| Date::parse(text, &format).ok())?
}

/// The last `count` words of a text.
fn last_words(text: &str, count: usize) -> &str {
    let start = text
        .char_indices()
        .rev()
        .filter(|(_, c)| *c == ' ')
        .nth(count.saturating_sub(1));
    start.and_then(|(at, _)| text.get(at + 1..)).unwrap_or(text)
}

/// Text as names are compared: capitals, no accents, one space between words.
fn folded(text: &str) -> String {
    without_accents(text)
        .to_uppercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
