//! The import file itself: CSV as spreadsheets write it, read row by row with bounded memory.
//!
//! Comma, semicolon or tabulation; UTF-8 with or without byte order mark, or Windows-1252, in which
//! older spreadsheets save. Columns come in any order.

use std::io::{self, Read, Write};

use csv::{ByteRecord, StringRecord};

use super::{Column, OfferForm};
use crate::finding::{Bilingual, Finding};

/// What is looked at to tell the delimiter, in bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// Column that our own files of refused rows add; not read when such a file comes back.
pub const REASON_COLUMN: &str = "motif_du_refus";

/// Reads import rows one at a time.
pub struct OfferFormReader<R> {
    csv: csv::Reader<Metered<R>>,
    headers: StringRecord,
    header_bytes: ByteRecord,
    findings: Vec<Finding>,
    max_row_bytes: usize,
    is_over: bool,
}

/// One row of the file, readable or not.
#[derive(Debug)]
pub struct OfferFormRow {
    /// Line at which the row starts, from 1; the header stands on line 1.
    pub line: u64,
    /// The cells, byte for byte.
    pub cells: ByteRecord,
    /// The form, or why it cannot be read.
    pub form: Result<OfferForm, Vec<Finding>>,
}

impl OfferFormRow {
    /// The cells as text, to be shown or written again; what cannot be decoded is replaced.
    #[must_use]
    pub fn texts(&self) -> StringRecord {
        texts(&self.cells)
    }
}

impl<R: Read> OfferFormReader<R> {
    /// Starts reading: finds the delimiter, reads the header line. A row, quotes included, may take
    /// `max_row_bytes` at the most.
    ///
    /// # Errors
    /// All that is wrong with the header: unreadable, or without a required column.
    pub fn open(mut source: R, max_row_bytes: usize) -> Result<Self, Vec<Finding>> {
        let head = read_head(&mut source).map_err(|error| vec![unreadable(1, &error.into())])?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(vec![wrong_encoding(1)]);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).to_vec();
        let delimiter = delimiter_of(&text);
        let source = Metered {
            inner: io::Cursor::new(text).chain(source),
            remaining: max_row_bytes.max(HEAD_BYTES),
        };
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(source);
        let mut header_bytes = ByteRecord::new();
        csv.read_byte_record(&mut header_bytes)
            .map_err(|error| vec![unreadable(1, &error)])?;
        let names = decode(&header_bytes).ok_or_else(|| vec![wrong_encoding(1)])?;
        let headers: StringRecord = names
            .iter()
            .map(|name| name.trim().to_lowercase().replace([' ', '-'], "_"))
            .collect();
        let findings = check_header(&headers);
        if !crate::finding::accepts(&findings) {
            return Err(findings);
        }
        Ok(Self {
            csv,
            headers,
            header_bytes,
            findings,
            max_row_bytes,
            is_over: false,
        })
    }

    /// Warnings about the header: columns that nobody reads.
    #[must_use]
    pub fn header_findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The header line, byte for byte.
    #[must_use]
    pub fn header(&self) -> &ByteRecord {
        &self.header_bytes
    }

    /// The names of the header line as they were written.
    #[must_use]
    pub fn header_texts(&self) -> StringRecord {
        texts(&self.header_bytes)
    }

    fn read_row(&mut self) -> Option<OfferFormRow> {
        self.csv.get_mut().remaining = self.max_row_bytes;
        let mut cells = ByteRecord::new();
        let line = self.csv.position().line();
        match self.csv.read_byte_record(&mut cells) {
            Ok(false) => None,
            Ok(true) => {
                let line = cells.position().map_or(line, |position| position.line());
                let form = self.form_of(line, &cells);
                Some(OfferFormRow { line, cells, form })
            }
            Err(error) => {
                // Where the next row starts can no longer be known.
                self.is_over = true;
                Some(OfferFormRow {
                    line,
                    form: Err(vec![unreadable(line, &error)]),
                    cells,
                })
            }
        }
    }

    fn form_of(&self, line: u64, cells: &ByteRecord) -> Result<OfferForm, Vec<Finding>> {
        if cells.len() != self.headers.len() {
            return Err(vec![wrong_width(line, cells.len(), self.headers.len())]);
        }
        let row = decode(cells).ok_or_else(|| vec![wrong_encoding(line)])?;
        row.deserialize(Some(&self.headers))
            .map_err(|error| vec![unreadable(line, &error)])
    }
}

impl<R: Read> Iterator for OfferFormReader<R> {
    type Item = OfferFormRow;

    fn next(&mut self) -> Option<OfferFormRow> {
        while !self.is_over {
            let row = self.read_row()?;
            let is_blank =
                row.form.is_ok() && row.cells.iter().all(|cell| cell.trim_ascii().is_empty());
            if !is_blank {
                return Some(row);
            }
        }
        None
    }
}

/// Writes the header line of the documented file, semicolons between.
///
/// # Errors
/// Whatever `target` refuses.
pub fn write_header(target: &mut impl Write) -> io::Result<()> {
    let mut writer = semicolon_writer(target);
    writer.write_record(Column::ALL.iter().map(|column| column.name))?;
    writer.flush()
}

/// Writes one row under the header of [`write_header`].
///
/// # Errors
/// Whatever `target` refuses.
pub fn write_offer_form(target: &mut impl Write, form: &OfferForm) -> io::Result<()> {
    let mut writer = semicolon_writer(target);
    writer.serialize(form)?;
    writer.flush()
}

fn semicolon_writer<W: Write>(target: W) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_writer(target)
}

/// A source that gives no more than what one row may take.
struct Metered<R> {
    inner: io::Chain<io::Cursor<Vec<u8>>, R>,
    remaining: usize,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.remaining);
        if wanted == 0 {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a row is longer than allowed; a quotation mark may not be closed",
            ));
        }
        let read = self.inner.read(&mut buffer[..wanted])?;
        self.remaining -= read;
        Ok(read)
    }
}

fn read_head(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The delimiter that the first line holds most; the semicolon when it holds none.
fn delimiter_of(text: &[u8]) -> u8 {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut best = (0, b';');
    for delimiter in [b';', b',', b'\t'] {
        let count = line.iter().filter(|byte| **byte == delimiter).count();
        if count > best.0 {
            best = (count, delimiter);
        }
    }
    best.1
}

fn texts(record: &ByteRecord) -> StringRecord {
    decode(record).unwrap_or_else(|| {
        record
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect()
    })
}

/// The record as text: UTF-8, else Windows-1252; nothing when it is neither.
fn decode(record: &ByteRecord) -> Option<StringRecord> {
    match StringRecord::from_byte_record(record.clone()) {
        Ok(text) => Some(text),
        Err(_) => record.iter().map(decode_windows_1252).collect(),
    }
}

/// **Source:** WHATWG Encoding, index windows-1252; its five unassigned bytes are refused.
fn decode_windows_1252(bytes: &[u8]) -> Option<String> {
    const UPPER: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    bytes
        .iter()
        .map(|byte| match byte {
            0x80..=0x9f => {
                Some(UPPER[usize::from(byte - 0x80)]).filter(|character| *character != '\0')
            }
            other => Some(char::from(*other)),
        })
        .collect()
}

fn check_header(headers: &StringRecord) -> Vec<Finding> {
    let mut findings = Vec::new();
    for column in Column::ALL {
        let count = headers.iter().filter(|name| *name == column.name).count();
        if count == 0 && column.is_required {
            findings.push(missing_column(column.name));
        } else if count > 1 {
            findings.push(repeated_column(column.name));
        }
    }
    let has = |name: &str| headers.iter().any(|header| header == name);
    if !has("structure_finess") && !has("structure_numero") {
        findings.insert(0, missing_column("structure_finess"));
    }
    for name in headers {
        let is_known = Column::ALL.iter().any(|column| column.name == name);
        if !is_known && !name.is_empty() && name != REASON_COLUMN {
            findings.push(unknown_column(name));
        }
    }
    findings
}

fn missing_column(name: &'static str) -> Finding {
    Finding::error(
        "CSV-COLUMN",
        name,
        Bilingual::new(
            format!("La colonne « {name} » manque dans la ligne d'en-tête."),
            format!("Column \"{name}\" is missing in the header line."),
        ),
        Bilingual::new(
            "Ajoutez cette colonne ; leur ordre est libre (docs/import.md les décrit).",
            "Add this column; their order is free (docs/import.md describes them).",
        ),
    )
    .at(1, 1)
}

fn repeated_column(name: &'static str) -> Finding {
    Finding::error(
        "CSV-COLUMN",
        name,
        Bilingual::new(
            format!("La colonne « {name} » figure plusieurs fois."),
            format!("Column \"{name}\" stands there more than once."),
        ),
        Bilingual::new("Gardez-en une seule.", "Keep one."),
    )
    .at(1, 1)
}

fn unknown_column(name: &str) -> Finding {
    let nearest = Column::ALL
        .iter()
        .max_by(|a, b| {
            strsim::jaro_winkler(a.name, name).total_cmp(&strsim::jaro_winkler(b.name, name))
        })
        .map_or("", |column| column.name);
    Finding::warning(
        "CSV-COLUMN-UNKNOWN",
        name,
        Bilingual::new(
            "Cette colonne n'est pas connue : elle n'est pas lue.",
            "This column is not known: it is not read.",
        ),
        Bilingual::new(
            format!("Supprimez-la, ou renommez-la ; la plus proche est « {nearest} »."),
            format!("Remove it, or rename it; the nearest is \"{nearest}\"."),
        ),
    )
    .at(1, 1)
}

fn wrong_width(line: u64, found: usize, expected: usize) -> Finding {
    Finding::error(
        "CSV-WIDTH",
        "",
        Bilingual::new(
            format!("La ligne a {found} cellules ; l'en-tête en a {expected}."),
            format!("The row has {found} cells; the header has {expected}."),
        ),
        Bilingual::new(
            "Entourez de guillemets un texte qui contient le séparateur, et complétez les cellules vides.",
            "Put a text that contains the delimiter between quotes, and write every empty cell.",
        ),
    )
    .at(line, 1)
}

fn wrong_encoding(line: u64) -> Finding {
    Finding::error(
        "CSV-ENCODING",
        "",
        Bilingual::new(
            "Le texte n'est ni en UTF-8 ni en Windows-1252.",
            "The text is neither UTF-8 nor Windows-1252.",
        ),
        Bilingual::new(
            "Dans le tableur, enregistrez sous « CSV UTF-8 ».",
            "In the spreadsheet, save as \"CSV UTF-8\".",
        ),
    )
    .at(line, 1)
}

fn unreadable(line: u64, error: &csv::Error) -> Finding {
    let is_too_long = matches!(error.kind(), csv::ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::FileTooLarge);
    let message = if is_too_long {
        Bilingual::new(
            "La ligne est trop longue : la suite du fichier n'a pas été lue.",
            "The row is too long: the rest of the file was not read.",
        )
    } else {
        Bilingual::new(
            "La ligne n'a pas pu être lue : la suite du fichier n'a pas été lue.",
            "The row could not be read: the rest of the file was not read.",
        )
    };
    Finding::error(
        "CSV-ROW",
        "",
        message,
        Bilingual::new(
            "Cherchez dans cette ligne un guillemet ouvert et non refermé.",
            "Look in this row for a quotation mark that is opened and not closed.",
        ),
    )
    .at(line, 1)
}

#[cfg(test)]
#[path = "offer_form_csv_tests.rs"]
mod tests;
