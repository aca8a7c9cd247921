//! What a file says of itself, twice: to readers of every age, and to archives.
//!
//! **Source:** ISO 32000-1, 14.3; ISO 19005-1, 6.7 (both say the same).

use pdf_writer::{Date, Finish, Name, Pdf, Ref, TextStr};
use sha2::{Digest, Sha256};
use xmp_writer::{DateTime, LangId, Timezone, XmpWriter};

use crate::cda::{Header, Timestamp};

/// What made the file.
const CREATOR: &str = "Passerelle";

/// What a file says of itself.
pub(super) struct About<'a> {
    pub title: &'a str,
    /// Tag of its language: `fr-FR`.
    pub language: &'a str,
    /// What it is a copy of, the same for each copy.
    pub id: String,
    /// When what it shows was made; in UTC when it says a time.
    pub created: Option<DateTime>,
}

impl<'a> About<'a> {
    /// Of a copy of a document.
    pub fn document(header: &Header, title: &'a str) -> Self {
        let id = header.id.extension.as_deref().unwrap_or_default();
        Self {
            title,
            language: "fr-FR",
            id: format!("{}^{id}", header.id.root),
            created: header.effective_time.as_ref().and_then(created),
        }
    }

    /// Writes both, and the identifiers of the file: of what it is a copy, and of these bytes. The same
    /// bytes so far give the same identifiers.
    pub fn write(&self, file: &mut Pdf, information: Ref, metadata: Ref) {
        let mut known = file.document_info(information);
        known.title(TextStr(self.title)).creator(TextStr(CREATOR));
        if let Some(created) = self.created {
            known.creation_date(date(created));
        }
        known.finish();
        let document_id = hash(self.id.as_bytes());
        let instance_id = hash(file.as_bytes());
        let mut packet = XmpWriter::new();
        packet
            .title([(None, self.title)])
            .language([LangId(self.language)])
            .format("application/pdf")
            .creator_tool(CREATOR)
            .document_id(&document_id)
            .instance_id(&instance_id)
            .pdfa_part(1)
            .pdfa_conformance("A");
        if let Some(created) = self.created {
            packet.create_date(created);
        }
        let packet = packet.finish(None);
        file.stream(metadata, packet.as_bytes())
            .pair(Name(b"Type"), Name(b"Metadata"))
            .pair(Name(b"Subtype"), Name(b"XML"));
        file.set_file_id((document_id.into_bytes(), instance_id.into_bytes()));
    }
}

/// An identifier of some bytes.
fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

fn date(instant: DateTime) -> Date {
    let mut date = Date::new(instant.year);
    if let (Some(month), Some(day)) = (instant.month, instant.day) {
        date = date.month(month).day(day);
    }
    if let (Some(hour), Some(minute), Some(second)) = (instant.hour, instant.minute, instant.second)
    {
        date = date.hour(hour).minute(minute).second(second);
        date = date.utc_offset_hour(0).utc_offset_minute(0);
    }
    date
}

/// When a document was made, in UTC; its day alone when that is all it says.
fn created(timestamp: &Timestamp) -> Option<DateTime> {
    let digits = timestamp.utc_digits()?;
    let number = |from: usize, to: usize| -> Option<u8> { digits.get(from..to)?.parse().ok() };
    let year = digits.get(..4)?.parse().ok()?;
    let (month, day) = (number(4, 6)?, number(6, 8)?);
    Some(match (number(8, 10), number(10, 12), number(12, 14)) {
        (Some(hour), Some(minute), Some(second)) => {
            DateTime::new(year, month, day, hour, minute, second, Timezone::Utc)
        }
        _ => DateTime::date(year, month, day),
    })
}
