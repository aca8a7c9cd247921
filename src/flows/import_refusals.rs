//! The refused records of one file, written beside it so that they can be corrected and sent again.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use csv::StringRecord;

use super::import_source::REFUSED_MARK;
use crate::{
    directory::REASON_COLUMN,
    finding::{Finding, Severity},
};

/// Where refused records of one file go; nothing is made until there is one.
pub(super) struct Refusals {
    source: PathBuf,
    folder: Option<PathBuf>,
    target: Option<Target>,
}

enum Target {
    /// The rows with one column more: the reasons.
    Csv {
        path: PathBuf,
        writer: Box<csv::Writer<BufWriter<File>>>,
        reason_at: usize,
    },
    /// The records as they came, and the reasons in a text beside them.
    Lines {
        path: PathBuf,
        records: BufWriter<File>,
        reasons: BufWriter<File>,
    },
}

impl Refusals {
    /// For the file `source`; into `folder`, else beside the file.
    pub(super) fn new(source: &Path, folder: Option<&Path>) -> Self {
        Self {
            source: source.to_owned(),
            folder: folder.map(Path::to_owned),
            target: None,
        }
    }

    /// Keeps a row under the header of its file.
    pub(super) fn add_row(
        &mut self,
        header: &StringRecord,
        row: &StringRecord,
        findings: &[Finding],
    ) -> io::Result<()> {
        if self.target.is_none() {
            let path = self.free_path("csv")?;
            let mut file = BufWriter::new(File::create(&path)?);
            // Spreadsheets read UTF-8 only when told so.
            file.write_all(b"\xef\xbb\xbf")?;
            let mut writer = csv::WriterBuilder::new()
                .delimiter(b';')
                .flexible(true)
                .from_writer(file);
            let known = header.iter().position(|name| name == REASON_COLUMN);
            let reason_at = known.unwrap_or(header.len());
            writer.write_record(with_reason(header, reason_at, REASON_COLUMN).iter())?;
            self.target = Some(Target::Csv {
                path,
                writer: Box::new(writer),
                reason_at,
            });
        }
        if let Some(Target::Csv {
            writer, reason_at, ..
        }) = &mut self.target
        {
            let reasons: Vec<String> = errors(findings).map(reason).collect();
            writer.write_record(with_reason(row, *reason_at, &reasons.join(" | ")).iter())?;
        }
        Ok(())
    }

    /// Keeps a JSON record, one line of the new file.
    pub(super) fn add_line(
        &mut self,
        place: u64,
        record: &[u8],
        findings: &[Finding],
    ) -> io::Result<()> {
        if self.target.is_none() {
            let path = self.free_path("ndjson")?;
            let mut reasons = path.clone().into_os_string();
            reasons.push(".reasons.txt");
            self.target = Some(Target::Lines {
                records: BufWriter::new(File::create(&path)?),
                reasons: BufWriter::new(File::create(reasons)?),
                path,
            });
        }
        if let Some(Target::Lines {
            records, reasons, ..
        }) = &mut self.target
        {
            let line: Vec<u8> = record
                .iter()
                .map(|byte| if *byte == b'\n' { b' ' } else { *byte })
                .collect();
            records.write_all(&line)?;
            records.write_all(b"\n")?;
            for finding in errors(findings) {
                writeln!(reasons, "{place}: {}", reason(finding))?;
            }
        }
        Ok(())
    }

    /// Writes everything out; the file of the records, when there is one.
    pub(super) fn finish(self) -> io::Result<Option<PathBuf>> {
        match self.target {
            None => Ok(None),
            Some(Target::Csv {
                path, mut writer, ..
            }) => {
                writer.flush()?;
                Ok(Some(path))
            }
            Some(Target::Lines {
                path,
                mut records,
                mut reasons,
            }) => {
                records.flush()?;
                reasons.flush()?;
                Ok(Some(path))
            }
        }
    }

    /// A name that no file has: somebody may be correcting what an earlier import refused.
    fn free_path(&self, extension: &str) -> io::Result<PathBuf> {
        let name = self
            .source
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let folder = match &self.folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                folder.clone()
            }
            None => self.source.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let mut path = folder.join(format!("{name}{REFUSED_MARK}.{extension}"));
        let mut number = 2;
        while path.exists() {
            path = folder.join(format!("{name}{REFUSED_MARK}-{number}.{extension}"));
            number += 1;
        }
        Ok(path)
    }
}

fn with_reason(row: &StringRecord, at: usize, reason: &str) -> StringRecord {
    let mut cells: Vec<&str> = row.iter().collect();
    if at < cells.len() {
        cells[at] = reason;
    } else {
        cells.push(reason);
    }
    cells.into()
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
}

fn reason(finding: &Finding) -> String {
    let place = if finding.place.is_empty() {
        String::new()
    } else {
        format!("{} : ", finding.place)
    };
    format!("{place}{} {}", finding.message.fr, finding.cure.fr)
}
