//! Where an import reads: files and folders, their format found by content, their records one by
//! one.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    fhir::read_json,
    finding::{Bilingual, Finding},
};

/// Part of the names of our own files of refused records: a folder is read without them.
pub(super) const REFUSED_MARK: &str = ".refused";

/// Property that every FHIR resource has.
const TYPE_NAME: &[u8] = b"\"resourceType\"";
/// What is looked at beyond the first line to know the format, in bytes.
const HEAD_BYTES: u64 = 64 * 1024;

/// What an import may read at once.
#[derive(Clone, Copy, Debug)]
pub struct ImportLimits {
    /// One line of NDJSON or row of CSV, in bytes.
    pub max_line_bytes: usize,
    /// One JSON document, such as a Bundle, in bytes.
    pub max_document_bytes: usize,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            max_line_bytes: 1024 * 1024,
            max_document_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Format of a file, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Rows of the documented form.
    Csv,
    /// One JSON resource a line.
    Lines,
    /// One JSON document.
    Document,
}

/// One record of a JSON file.
#[derive(Debug)]
pub(super) struct JsonRecord {
    /// Line of an NDJSON file, or rank of the entry in a Bundle, from 1.
    pub place: u64,
    /// As it came.
    pub bytes: Vec<u8>,
    /// Set when the record cannot be read at all.
    pub fault: Option<Vec<Finding>>,
}

/// The files below `paths`, folders opened, hidden files and our own files of refusals left out.
///
/// # Errors
/// The first path that cannot be listed.
pub(super) fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut folders = vec![path.clone()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|error| (folder.clone(), error))?;
            for entry in entries {
                let entry = entry.map_err(|error| (folder.clone(), error))?;
                // A link to a folder above would be followed for ever.
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let entry = entry.path();
                let name = entry
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                if name.starts_with('.') || name.contains(REFUSED_MARK) {
                    continue;
                }
                if is_folder {
                    folders.push(entry);
                } else if !entry.is_dir() {
                    found.push(entry);
                }
            }
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

/// Format of a file; nothing when its content is none that we read.
pub(super) fn detect(path: &Path, limits: ImportLimits) -> io::Result<Option<Format>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    let limit = limits.max_line_bytes as u64;
    while reader.by_ref().take(limit).read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            break;
        }
        line.clear();
    }
    let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
    let mut more = Vec::new();
    reader.take(HEAD_BYTES).read_to_end(&mut more)?;
    let is_json =
        text.trim_ascii_start().starts_with(b"{") || text.trim_ascii_start().starts_with(b"[");
    if is_json && !names_a_type(text) && !names_a_type(&more) {
        return Ok(None);
    }
    Ok(match text.trim_ascii_start().first() {
        None => None,
        // A line that closes what it opens stands for itself, readable or not.
        Some(b'{')
            if text.trim_ascii_end().ends_with(b"}") && line.len() < limits.max_line_bytes =>
        {
            Some(Format::Lines)
        }
        Some(b'{' | b'[') => Some(Format::Document),
        Some(_) if looks_like_csv(text) => Some(Format::Csv),
        Some(_) => None,
    })
}

/// JSON that never names a type is not FHIR: it is left alone, neither kept nor copied.
fn names_a_type(head: &[u8]) -> bool {
    head.windows(TYPE_NAME.len())
        .any(|found| found == TYPE_NAME)
}

fn looks_like_csv(line: &[u8]) -> bool {
    let is_utf16 = line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff");
    let has_delimiter = line.iter().any(|byte| b";,\t".contains(byte));
    is_utf16 || (has_delimiter && !line.contains(&0))
}

/// The records of a JSON file, handed to `take` one by one.
pub(super) struct JsonRecords {
    reader: BufReader<File>,
    format: Format,
    limits: ImportLimits,
    line: u64,
    entries: std::vec::IntoIter<Value>,
}

impl JsonRecords {
    pub(super) fn open(path: &Path, format: Format, limits: ImportLimits) -> io::Result<Self> {
        Ok(Self {
            reader: BufReader::new(File::open(path)?),
            format,
            limits,
            line: 0,
            entries: Vec::new().into_iter(),
        })
    }

    /// Goes back to the first record.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(0))?;
        self.line = 0;
        self.entries = Vec::new().into_iter();
        Ok(())
    }

    /// The next record; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<JsonRecord>> {
        loop {
            if let Some(entry) = self.entries.next() {
                if self.format == Format::Document {
                    self.line += 1;
                }
                return Ok(Some(JsonRecord {
                    place: self.line,
                    bytes: entry.to_string().into_bytes(),
                    fault: None,
                }));
            }
            match self.format {
                Format::Document => match self.read_document()? {
                    Some(Some(fault)) => return Ok(Some(fault)),
                    Some(None) => {}
                    None => return Ok(None),
                },
                Format::Lines | Format::Csv => match self.read_line()? {
                    Some(record) if guess_type(&record.bytes) == Some("Bundle") => {
                        match read_json(&record.bytes, self.limits.max_line_bytes) {
                            Ok(bundle) => self.entries = entries_of(bundle).into_iter(),
                            Err(_) => return Ok(Some(record)),
                        }
                    }
                    Some(record) => return Ok(Some(record)),
                    None => return Ok(None),
                },
            }
        }
    }

    /// Reads the one document of the file into `entries`; its fault when it is unreadable.
    fn read_document(&mut self) -> io::Result<Option<Option<JsonRecord>>> {
        let limit = self.limits.max_document_bytes;
        let mut bytes = Vec::new();
        let reader = self.reader.by_ref();
        reader.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(match read_json(&bytes, limit) {
            Ok(document) => {
                self.entries = entries_of(document).into_iter();
                None
            }
            Err(fault) => {
                // What follows the limit is not read as a second document.
                self.reader.seek(SeekFrom::End(0))?;
                if bytes.len() > limit {
                    bytes.clear();
                }
                let fault = Some(fault);
                Some(JsonRecord {
                    place: 1,
                    bytes,
                    fault,
                })
            }
        }))
    }

    fn read_line(&mut self) -> io::Result<Option<JsonRecord>> {
        let limit = self.limits.max_line_bytes;
        loop {
            let mut bytes = Vec::new();
            let reader = self.reader.by_ref();
            let read = reader
                .take(limit as u64 + 1)
                .read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if read > limit && !bytes.ends_with(b"\n") {
                self.reader.skip_until(b'\n')?;
                return Ok(Some(JsonRecord {
                    place: self.line,
                    bytes: Vec::new(),
                    fault: Some(vec![line_too_long(self.line, limit)]),
                }));
            }
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            let text = text.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(JsonRecord {
                    place: self.line,
                    bytes: text.to_vec(),
                    fault: None,
                }));
            }
        }
    }
}

/// The resources of a Bundle or of an array; a resource on its own is the only one.
///
/// **Source:** FHIR R4, Bundle: the entries of an outcome are about the search, not of it.
pub(super) fn entries_of(document: Value) -> Vec<Value> {
    match document {
        Value::Array(items) => items,
        Value::Object(mut bundle) if bundle.get("resourceType") == Some(&"Bundle".into()) => {
            match bundle.get_mut("entry").map(Value::take) {
                Some(Value::Array(entries)) => entries
                    .into_iter()
                    .filter_map(|mut entry| entry.get_mut("resource").map(Value::take))
                    .filter(|resource| {
                        resource.get("resourceType") != Some(&"OperationOutcome".into())
                    })
                    .collect(),
                Some(_) | None => Vec::new(),
            }
        }
        other => vec![other],
    }
}

/// Type of the resource, guessed from the first `resourceType` of its text: enough to decide the
/// order of reading.
pub(super) fn guess_type(bytes: &[u8]) -> Option<&str> {
    let at = bytes
        .windows(TYPE_NAME.len())
        .position(|found| found == TYPE_NAME)?;
    let rest = bytes.get(at + TYPE_NAME.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

fn line_too_long(line: u64, limit: usize) -> Finding {
    Finding::error(
        "JSON-SIZE",
        "",
        Bilingual::new(
            format!("La ligne dépasse {limit} octets."),
            format!("The line is longer than {limit} bytes."),
        ),
        Bilingual::new(
            "Une ressource de l'annuaire tient en quelques kilo-octets : vérifiez le fichier.",
            "A resource of the directory takes a few kilobytes: check the file.",
        ),
    )
    .at(line, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_format_is_found_by_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let detected = |content: &[u8]| {
            let path = folder.path().join("file");
            fs::write(&path, content).expect("written");
            detect(&path, ImportLimits::default()).expect("read")
        };
        assert_eq!(
            detected(b"\n{\"resourceType\":1}\n{\"a\":2}\n"),
            Some(Format::Lines)
        );
        assert_eq!(
            detected(b"{\"a\": }\n{\"resourceType\":2}\n"),
            Some(Format::Lines)
        );
        assert_eq!(
            detected(b"{\n \"resourceType\": 1}"),
            Some(Format::Document)
        );
        assert_eq!(detected(b"\xef\xbb\xbfa;b\n1;2"), Some(Format::Csv));
        assert_eq!(detected(b"PK\x03\x04,\0\0"), None);
        assert_eq!(detected(b"{\"patient\": 1}"), None);
        assert_eq!(detected(b""), None);
    }

    #[test]
    fn a_bundle_gives_its_resources_and_not_its_outcomes() {
        let bundle = json!({"resourceType": "Bundle", "entry": [
            {"resource": {"resourceType": "Location"}},
            {"fullUrl": "x"},
            {"resource": {"resourceType": "OperationOutcome"}}]});
        assert_eq!(entries_of(bundle), [json!({"resourceType": "Location"})]);
        assert_eq!(entries_of(json!([1, 2])).len(), 2);
    }

    #[test]
    fn the_type_is_guessed_without_reading_the_whole() {
        assert_eq!(
            guess_type(b"{ \"resourceType\" : \"Location\", "),
            Some("Location")
        );
        assert_eq!(guess_type(b"{\"resourceType\":"), None);
        assert_eq!(guess_type(b"{}"), None);
    }
}
