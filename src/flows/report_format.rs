//! What bytes that arrive as a report are, by how they begin.

/// A form in which a report arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// Fiche RCP in JSON.
    Fiche,
    /// A document in XML, in whatever encoding.
    Document,
    /// `IHE_XDM.zip`.
    Archive,
}

impl ReportFormat {
    /// The format that those bytes begin as, past the mark of their encoding; none for anything else.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Self::Archive);
        }
        // XML in UTF-16 is for the reader of documents to refuse, with its reason.
        let utf16 = [&b"\xff\xfe"[..], b"\xfe\xff", b"<\0", b"\0<"];
        if utf16.iter().any(|head| bytes.starts_with(head)) {
            return Some(Self::Document);
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match text.trim_ascii_start().first() {
            Some(b'{') => Some(Self::Fiche),
            Some(b'<') => Some(Self::Document),
            _ => None,
        }
    }

    /// Media type of such bytes.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Fiche => "application/json",
            Self::Document => "text/xml",
            Self::Archive => "application/zip",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells() {
        for (bytes, expected) in [
            (&b" \n{\"kind\""[..], Some(ReportFormat::Fiche)),
            (b"\xef\xbb\xbf<?xml", Some(ReportFormat::Document)),
            (b"\xff\xfe<\0?\0", Some(ReportFormat::Document)),
            (b"\0<\0C", Some(ReportFormat::Document)),
            (b"PK\x03\x04", Some(ReportFormat::Archive)),
            (b"%PDF-1.4", None),
            (b"", None),
        ] {
            assert_eq!(ReportFormat::of(bytes), expected, "{bytes:?}");
        }
    }
}
