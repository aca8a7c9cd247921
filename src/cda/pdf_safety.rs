//! Whether a PDF that came inside a document is one, and shows without doing anything.

use std::{borrow::Cow, io::Read};

use flate2::read::ZlibDecoder;

/// Largest number of bytes that the object streams of one file may unfold to.
const MAX_UNFOLDED_BYTES: u64 = 16 << 20;

/// Largest number of object streams without folding: each is looked at with all that stands before.
const MAX_PLAIN_STREAMS: usize = 16;

/// Why a PDF is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PdfRefusal {
    /// It does not begin as a PDF.
    NotPdf,
    /// It has no end.
    Truncated,
    /// It is encrypted.
    Encrypted,
    /// It does something, or holds another file.
    Active(Activity),
    /// Its objects are packed in a way that cannot be looked into.
    Packed,
}

/// What a PDF can do besides being shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// Runs a script.
    Script,
    /// Starts a program or opens another file.
    Launch,
    /// Sends or takes data of a form.
    Form,
    /// Plays media.
    Media,
    /// Carries another file.
    Attachment,
}

/// Names that only stand where a PDF does such a thing.
///
/// **Source:** ISO 32000-1, 7.11.4 (embedded files), 12.6.4 (types of actions), 12.7.8 (XFA), 13.
const ACTIVITIES: [(&[u8], Activity); 12] = [
    (b"JavaScript", Activity::Script),
    (b"Launch", Activity::Launch),
    (b"GoToE", Activity::Launch),
    (b"SubmitForm", Activity::Form),
    (b"ImportData", Activity::Form),
    (b"XFA", Activity::Form),
    (b"Rendition", Activity::Media),
    (b"RichMedia", Activity::Media),
    (b"Movie", Activity::Media),
    (b"EmbeddedFile", Activity::Attachment),
    (b"EmbeddedFiles", Activity::Attachment),
    (b"Collection", Activity::Attachment),
];

/// Looks for what a PDF does, without trusting its structure: every name is looked at wherever it
/// stands, those of packed objects included, since readers mend broken files each in their own way.
///
/// # Errors
/// The first reason found not to pass it on.
pub(super) fn inspect(pdf: &[u8]) -> Result<(), PdfRefusal> {
    if !pdf.starts_with(b"%PDF-") {
        return Err(PdfRefusal::NotPdf);
    }
    let tail = pdf.len().saturating_sub(1024);
    if find(pdf.get(tail..).unwrap_or_default(), b"%%EOF").is_none() {
        return Err(PdfRefusal::Truncated);
    }
    check_names(pdf)?;
    check_object_streams(pdf)
}

fn check_names(bytes: &[u8]) -> Result<(), PdfRefusal> {
    for name in names(bytes) {
        if name.as_ref() == b"Encrypt" {
            return Err(PdfRefusal::Encrypted);
        }
        let activity = ACTIVITIES.iter().find(|(own, _)| *own == name.as_ref());
        if let Some((_, activity)) = activity {
            return Err(PdfRefusal::Active(*activity));
        }
    }
    Ok(())
}

/// The names in those bytes, their escapes resolved.
///
/// **Source:** ISO 32000-1, 7.3.5.
fn names(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    bytes.split(|byte| *byte == b'/').skip(1).map(|rest| {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\0()<>[]{}%".contains(byte);
        let length = rest.iter().take(128).position(ends);
        let name = rest
            .get(..length.unwrap_or(rest.len().min(128)))
            .unwrap_or_default();
        if name.contains(&b'#') {
            Cow::Owned(unescaped(name))
        } else {
            Cow::Borrowed(name)
        }
    })
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *first == b'#')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// Unfolds the streams that hold other objects, and looks at the names in them.
///
/// **Source:** ISO 32000-1, 7.5.7 (object streams).
fn check_object_streams(pdf: &[u8]) -> Result<(), PdfRefusal> {
    let mut left = MAX_UNFOLDED_BYTES;
    // Where the dictionary of the next stream may begin, and where its data may.
    let (mut begin, mut from) = (0, 0);
    let mut plain = 0;
    while let Some((at, data_at)) = next_stream(pdf, from) {
        let dictionary = pdf.get(begin..at).unwrap_or_default();
        let data = pdf.get(data_at..).unwrap_or_default();
        let keys: Vec<_> = names(dictionary).collect();
        let has = |key: &[u8]| keys.iter().any(|name| name.as_ref() == key);
        if has(b"ObjStm") || has(b"First") {
            if FOLDINGS.iter().any(|folding| has(folding)) {
                return Err(PdfRefusal::Packed);
            }
            if !has(b"FlateDecode") {
                // Not folded, and so looked at already; or only a text within the dictionary.
                plain += 1;
                if plain > MAX_PLAIN_STREAMS {
                    return Err(PdfRefusal::Packed);
                }
                from = data_at;
                continue;
            }
            check_names(&unfold(data, &mut left)?)?;
        }
        let Some(end) = find(data, b"endstream") else {
            return Ok(());
        };
        from = data_at + end + b"endstream".len();
        begin = from;
    }
    Ok(())
}

/// Foldings, and a change of the bytes, that no writer uses for objects.
///
/// **Source:** ISO 32000-1, 7.4.
const FOLDINGS: [&[u8]; 6] = [
    b"Predictor",
    b"ASCIIHexDecode",
    b"ASCII85Decode",
    b"LZWDecode",
    b"RunLengthDecode",
    b"Crypt",
];

/// Where the next stream is announced, and where its data begin.
fn next_stream(pdf: &[u8], mut from: usize) -> Option<(usize, usize)> {
    loop {
        let at = from + find(pdf.get(from..)?, b"stream")?;
        from = at + b"stream".len();
        let after = pdf.get(from..)?;
        let line_end = [&b"\r\n"[..], b"\n"]
            .into_iter()
            .find(|end| after.starts_with(end));
        if let Some(line_end) =
            line_end.filter(|_| !pdf.get(..at).unwrap_or_default().ends_with(b"end"))
        {
            return Some((at, from + line_end.len()));
        }
    }
}

/// The objects of a stream, as far as `left` goes.
fn unfold(data: &[u8], left: &mut u64) -> Result<Vec<u8>, PdfRefusal> {
    let mut objects = Vec::new();
    ZlibDecoder::new(data)
        .take(*left + 1)
        .read_to_end(&mut objects)
        .map_err(|_| PdfRefusal::Packed)?;
    let size = u64::try_from(objects.len()).unwrap_or(u64::MAX);
    *left = left.checked_sub(size).ok_or(PdfRefusal::Packed)?;
    Ok(objects)
}

/// Where those bytes stand first.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn file(objects: &[u8]) -> Vec<u8> {
        let mut pdf = b"%PDF-1.5\n1 0 obj <</Type/Catalog>> endobj\n".to_vec();
        pdf.extend(objects);
        pdf.extend(b"\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
        pdf
    }

    /// An object stream of those objects, its dictionary with `keys`.
    fn packed(objects: &[u8], keys: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(objects).expect("memory");
        let head = format!("5 0 obj <</Type /ObjStm /N 1 /First 4 {keys}>>\nstream\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(encoder.finish().expect("memory"));
        bytes.extend(b"\nendstream endobj");
        bytes
    }

    #[test]
    fn a_plain_file_passes() {
        assert_eq!(inspect(&file(b"")), Ok(()));
        let page = packed(b"6 0 <</Type /Page /Annots []>>", "/Filter /FlateDecode");
        assert_eq!(inspect(&file(&page)), Ok(()));
    }

    #[test]
    fn what_is_no_pdf_or_only_its_beginning_is_refused() {
        assert_eq!(inspect(b"<html>"), Err(PdfRefusal::NotPdf));
        assert_eq!(inspect(b""), Err(PdfRefusal::NotPdf));
        assert_eq!(inspect(b"%PDF-1.4\n1 0 obj"), Err(PdfRefusal::Truncated));
    }

    #[test]
    fn whatever_acts_is_refused_by_its_name() {
        for (object, activity) in [
            ("<</S /JavaScript /JS (app.alert(1))>>", Activity::Script),
            ("<</S/#4a#61vaScript/JS 4 0 R>>", Activity::Script),
            ("<</S /Launch /F (calc.exe)>>", Activity::Launch),
            ("<</S/SubmitForm /F (x)>>", Activity::Form),
            ("<</AcroForm <</XFA 3 0 R>>>>", Activity::Form),
            ("<</S /Rendition>>", Activity::Media),
            ("<</Names <</EmbeddedFiles 3 0 R>>>>", Activity::Attachment),
        ] {
            let refused = Err(PdfRefusal::Active(activity));
            assert_eq!(inspect(&file(object.as_bytes())), refused, "{object}");
            let inside = packed(object.as_bytes(), "/Filter /FlateDecode");
            assert_eq!(inspect(&file(&inside)), refused, "{object} packed");
        }
        assert_eq!(
            inspect(&file(b"<</Encrypt 9 0 R>>")),
            Err(PdfRefusal::Encrypted)
        );
    }

    #[test]
    fn a_dictionary_cannot_hide_what_it_folds() {
        let script = b"6 0 <</S /JavaScript>>";
        for keys in [
            "/X ( obj endstream ) /Filter /FlateDecode",
            "/X (stream\n) /Filter /FlateDecode",
            "/X (stream\nendstream) /Filter /FlateDecode",
            "/Filter [/ASCIIHexDecode /FlateDecode]",
            "/Filter /FlateDecode /DecodeParms <</Predictor 12>>",
        ] {
            let found = inspect(&file(&packed(script, keys)));
            assert!(found.is_err(), "{keys}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = inspect(&file(&bytes));
            let _ = inspect(&bytes);
        }

        #[test]
        fn no_object_stream_makes_it_fail(
            objects in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..100
        ) {
            let mut packed = packed(&objects, "/Filter /FlateDecode");
            packed.truncate(packed.len().saturating_sub(cut));
            let _ = inspect(&file(&packed));
        }
    }

    #[test]
    fn a_stream_that_unfolds_without_end_is_not_followed() {
        let bomb = packed(&vec![b' '; 40 << 20], "/Filter /FlateDecode");
        assert!(bomb.len() < 100_000);
        assert_eq!(inspect(&file(&bomb)), Err(PdfRefusal::Packed));
    }
}
