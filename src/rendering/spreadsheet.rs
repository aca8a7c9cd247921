//! A table as an `OpenDocument` spreadsheet.
//!
//! **Source:** OASIS, Open Document Format 1.3, part 3: packages begin with an uncompressed `mimetype`;
//! part 2, 9: tables.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

const MIME_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const MANIFEST: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.3\">",
    "<manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" ",
    "manifest:media-type=\"application/vnd.oasis.opendocument.spreadsheet\"/>",
    "<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/>",
    "</manifest:manifest>"
);
const HEAD: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" ",
    "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" ",
    "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.3\">",
    "<office:body><office:spreadsheet>"
);

/// The spreadsheet of one table: every cell is text, so none is read as a formula. The same rows give
/// the same bytes.
///
/// # Errors
/// When the archive would be larger than its format holds.
pub fn spreadsheet(
    name: &str,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let stored = options.compression_method(CompressionMethod::Stored);
    let deflated = options.compression_method(CompressionMethod::Deflated);
    archive.start_file("mimetype", stored)?;
    archive.write_all(MIME_TYPE.as_bytes())?;
    archive.start_file("META-INF/manifest.xml", deflated)?;
    archive.write_all(MANIFEST.as_bytes())?;
    archive.start_file("content.xml", deflated)?;
    archive.write_all(HEAD.as_bytes())?;
    write!(archive, "<table:table table:name=\"{}\">", escaped(name))?;
    let mut text = String::new();
    for row in rows {
        text.clear();
        text.push_str("<table:table-row>");
        for cell in row {
            text.push_str("<table:table-cell office:value-type=\"string\"><text:p>");
            text.push_str(&escaped(&cell));
            text.push_str("</text:p></table:table-cell>");
        }
        text.push_str("</table:table-row>");
        archive.write_all(text.as_bytes())?;
    }
    archive.write_all(
        b"</table:table></office:spreadsheet></office:body></office:document-content>",
    )?;
    Ok(archive.finish()?.into_inner())
}

/// Text as XML 1.0 holds it: what it has no way to write is left out.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\t' | '\n' | '\r' => written.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => written.push(other),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_archive_holds_what_the_cells_say() {
        let rows = [vec!["=1+1".to_owned(), "<a> & \"b\" \u{1}".to_owned()]];
        let bytes = spreadsheet("Offres", rows.into_iter()).expect("written");
        assert_eq!(&bytes[30..38], b"mimetype");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        let mut content = String::new();
        let mut file = archive.by_name("content.xml").expect("the content");
        file.read_to_string(&mut content).expect("text");
        assert!(content.contains("<text:p>=1+1</text:p>"), "{content}");
        assert!(
            content.contains("<text:p>&lt;a&gt; &amp; &quot;b&quot; </text:p>"),
            "{content}"
        );
    }
}
