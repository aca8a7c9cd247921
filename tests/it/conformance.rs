//! Runs the cases of `conformance-tests/mssante/`: each rule of the exchange with files that obey it
//! and files that break it. A rule lacks nothing only when it has both.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    io::{Cursor, Read, Write},
    path::Path,
};

use figment::{
    Figment,
    providers::{Format, Toml},
};
use passerelle::{
    cda,
    config::{self, Environment, Settings},
    finding::{Finding, Severity, accepts},
    flows::{ValidationRules, validate, write_document},
    identifiers::TrustedDomains,
    mssante::{
        dsn::Action,
        mail::{self, DocumentMail, Reader},
        mdn::Disposition,
        receipt::{self, Receipt},
        visibility::{Marks, Matrix, Mode, Order},
        xdm::{self, Contact, Shipment},
    },
    rcp, rendering,
    terminology::Terminology,
};
use serde::Deserialize;
use time::macros::{date, datetime};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

const FOLDER: &str = "conformance-tests/mssante";
const METADATA: &str = "IHE_XDM/SUBSET01/METADATA.XML";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    says: String,
    /// Why it has no case here.
    left_out: Option<String>,
    #[serde(default)]
    case: Vec<Case>,
}

/// One case: what is checked, and what should come out.
#[derive(Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    obeys: bool,
    /// Rule of the finding expected; with `obeys`, one that refuses nothing.
    finds: Option<String>,

    /// "mail" (default), "archive", or "two" for an archive of two documents.
    file: Option<String>,
    /// Replacements in the document, before it is packed.
    cda: Vec<[String; 2]>,
    /// Replacements in the second document of an archive of two.
    second: Vec<[String; 2]>,
    /// Marks of the order, as codes.
    marks: Vec<String>,
    /// Asks to withdraw the document.
    withdraws: bool,
    /// Replacements in the metadata.
    metadata: Vec<[String; 2]>,
    /// What the metadata must hold, and must not.
    holds: Vec<String>,
    lacks: Vec<String>,
    /// Entries of the archive: renamed, removed, added or written anew.
    rename: Vec<[String; 2]>,
    remove: Vec<String>,
    write: Vec<[String; 2]>,
    /// Packs as another program does: "encrypted", "twice".
    zip: Option<String>,
    /// Replacements in the mail, line ends as `\n`.
    mail: Vec<[String; 2]>,
    /// Mailbox written to.
    to: Option<String>,
    /// Who answers go to.
    reply_to: Option<String>,
    /// Mail of the version replaced.
    replaces: Option<String>,
    environment: Option<String>,
    /// The document is not packed at all.
    is_refused: bool,

    /// A received mail of `tests/data/mail`, and what it says.
    receipt: Option<String>,
    means: Option<String>,
    /// An address: trusted, or not.
    address: Option<String>,
    /// Seven flags of an order in the order of the matrix, and how it is read.
    order: Option<String>,
    mode: Option<String>,
    /// A test that proves it, by the name of its function.
    test: Option<String>,
}

fn replaced(text: &str, edits: &[[String; 2]]) -> String {
    edits.iter().fold(text.to_owned(), |text, [from, to]| {
        assert!(text.contains(from.as_str()), "nothing to replace: {from:?}");
        text.replace(from.as_str(), to)
    })
}

struct Bench {
    /// The readable copy of the document before any edit.
    pdf: Vec<u8>,
    plain: RefCell<BTreeMap<String, Result<(), String>>>,
    terminology: Terminology,
    settings: Settings,
    document: String,
    tests: String,
}

impl Bench {
    fn new() -> Self {
        let terminology = Terminology::embedded();
        let settings = config::load(None).expect("the defaults fit");
        let fiche = fs::read("tests/data/fiches/appareil-complet.json").expect("read");
        let report = rcp::fiche::read(&fiche).expect("a fiche");
        let written = write_document(&report, &terminology, &settings.reports).expect("written");
        let pdf = rendering::pdf(&written.document).expect("it renders");
        Self {
            plain: RefCell::default(),
            pdf,
            terminology,
            settings,
            document: String::from_utf8(written.cda).expect("XML"),
            tests: sources(&["tests", "src"]),
        }
    }

    /// Whether the case comes out as it should; otherwise what came.
    fn run(&self, case: &Case) -> Result<(), String> {
        if let Some(test) = &case.test {
            let is_there = self.tests.contains(&format!("fn {test}("));
            return told(is_there, || format!("no test {test}"));
        }
        if let Some(address) = &case.address {
            let trusted = TrustedDomains::new(["mssante.fr"]);
            let is_trusted = address
                .parse()
                .is_ok_and(|address| trusted.trusts(&address));
            return told(is_trusted == case.obeys, || {
                format!("{address}: {is_trusted}")
            });
        }
        if let Some(name) = &case.receipt {
            let bytes = fs::read(Path::new("tests/data/mail").join(name)).expect("read");
            let means = meaning(&receipt::read(&bytes).receipt);
            let expected = case.means.as_deref().unwrap_or_default();
            return told(means == expected, || format!("{name} means {means}"));
        }
        if let Some(flags) = &case.order {
            let mode = match case.mode.as_deref() {
                Some("strict") => Mode::Strict,
                _ => Mode::Tolerant,
            };
            let allowed = Matrix::embedded().audience(order(flags), mode).is_ok();
            return told(allowed == case.obeys, || format!("{flags}: {allowed}"));
        }
        self.run_file(case)
    }

    /// The case of a file that nobody edited comes up with many rules: it is run once.
    fn run_file(&self, case: &Case) -> Result<(), String> {
        let plain = Case {
            obeys: true,
            file: case.file.clone(),
            ..Case::default()
        };
        if *case != plain {
            return self.run_edited(case);
        }
        let name = case.file.clone().unwrap_or_default();
        let mut known = self.plain.borrow_mut();
        let entry = known.entry(name);
        entry.or_insert_with(|| self.run_edited(case)).clone()
    }

    fn run_edited(&self, case: &Case) -> Result<(), String> {
        let cda = replaced(&self.document, &case.cda).into_bytes();
        let document = cda::read(&cda).map_err(|error| error.to_string())?;
        let shipment = Shipment {
            contact: Contact {
                label: "Réseau régional Exemple",
                phone: "0387000001",
            },
            submitted_at: datetime!(2026-01-01 00:30 +1),
            submission_id: None,
            action: if case.withdraws {
                xdm::Action::Delete
            } else {
                xdm::first_action(&document)
            },
            marks: Marks::of_codes(case.marks.iter().map(String::as_str)),
            terminology: &self.terminology,
        };
        let packed = match xdm::pack(&document, &cda, &shipment) {
            Ok(packed) => packed,
            Err(error) => return told(case.is_refused, || error.to_string()),
        };
        if case.is_refused {
            return Err("it is packed".to_owned());
        }
        let archive = self.edited(case, &packed);
        let findings = match case.file.as_deref() {
            Some("archive" | "two") => self.findings(case, &archive),
            _ => {
                let mail = mail_of(case, &document, &shipment, &archive, &self.pdf);
                self.findings(case, &mail)
            }
        };
        verdict(case, &findings)
    }

    fn findings(&self, case: &Case, file: &[u8]) -> Vec<Finding> {
        let mut region = self.settings.region.clone();
        if case.environment.as_deref() == Some("production") {
            region.environment = Environment::Production;
        }
        let rules = ValidationRules {
            terminology: &self.terminology,
            region: &region,
            archives: &self.settings.archives,
            today: date!(2026 - 11 - 23),
        };
        validate(file, rules).expect("recognised").findings
    }

    /// The archive after the edits of the case.
    fn edited(&self, case: &Case, packed: &[u8]) -> Vec<u8> {
        let mut entries = entries(packed);
        let metadata = entries.get_mut(METADATA).expect("it is there");
        let mut text = String::from_utf8(std::mem::take(metadata)).expect("XML");
        if case.file.as_deref() == Some("two") {
            let second = replaced(&self.document, &case.second).into_bytes();
            text = with_second(&text, &second);
            entries.insert("IHE_XDM/SUBSET01/DOC0002.XML".to_owned(), second);
        }
        for held in &case.holds {
            assert!(text.contains(held.as_str()), "METADATA.XML lacks {held}");
        }
        for absent in &case.lacks {
            assert!(
                !text.contains(absent.as_str()),
                "METADATA.XML holds {absent}"
            );
        }
        entries.insert(
            METADATA.to_owned(),
            replaced(&text, &case.metadata).into_bytes(),
        );
        for [from, to] in &case.rename {
            let content = entries.remove(from).expect("an entry");
            entries.insert(to.clone(), content);
        }
        for name in &case.remove {
            entries.remove(name).expect("an entry");
        }
        for [name, content] in &case.write {
            let content = content.replace("@ZEROS@", &"0".repeat(3_000_000));
            entries.insert(name.clone(), content.into_bytes());
        }
        zipped(&entries, case.zip.as_deref())
    }
}

/// The metadata with a second object for a second document.
fn with_second(metadata: &str, second: &[u8]) -> String {
    use sha1::{Digest, Sha1};
    let document = cda::read(second).expect("a document");
    let shipment = Shipment {
        contact: Contact {
            label: "Réseau",
            phone: "",
        },
        submitted_at: datetime!(2026-01-01 00:30 +1),
        submission_id: None,
        action: xdm::Action::Create,
        marks: Marks::default(),
        terminology: &Terminology::embedded(),
    };
    let other = xdm::pack(&document, second, &shipment).expect("packed");
    let other = String::from_utf8(entries(&other)[METADATA].clone()).expect("XML");
    let between = |text: &str, from: &str, to: &str| {
        let start = text.find(from).expect("there");
        let end = text.rfind(to).expect("there");
        text[start..end].to_owned()
    };
    let object = between(&other, "<rim:ExtrinsicObject", "<rim:Association")
        .replace("DOC0001.XML", "DOC0002.XML");
    assert!(object.contains(&hex::encode_upper(Sha1::digest(second))));
    let set_of = |text: &str| {
        let start = text.find("sourceObject=\"").expect("there") + 14;
        text[start..start + 45].to_owned()
    };
    let tie = between(&other, "<rim:Association", "</rim:RegistryObjectList>")
        .replace("as01", "as02")
        .replace(&set_of(&other), &set_of(metadata));
    metadata
        .replace("<rim:Association", &format!("{object}<rim:Association"))
        .replace(
            "</rim:RegistryObjectList>",
            &format!("{tie}</rim:RegistryObjectList>"),
        )
}

/// Entries by name; folders are left out.
fn entries(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).expect("an archive");
    (0..zip.len())
        .filter_map(|index| {
            let mut entry = zip.by_index(index).expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("readable");
            entry
                .is_file()
                .then(|| (entry.name().expect("a name").into_owned(), content))
        })
        .collect()
}

fn zipped(entries: &BTreeMap<String, Vec<u8>>, how: Option<&str>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name, SimpleFileOptions::default())
            .expect("a name");
        zip.write_all(content).expect("memory");
    }
    let mut bytes = zip.finish().expect("memory").into_inner();
    match how {
        Some("encrypted") => {
            // The flag of encryption, in every local header and in the directory.
            for (mark, at) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
                let starts: Vec<usize> = bytes
                    .windows(4)
                    .enumerate()
                    .filter(|(_, window)| window == mark)
                    .map(|(start, _)| start)
                    .collect();
                for start in starts {
                    bytes[start + at] |= 1;
                }
            }
        }
        Some("twice") => {
            // Same length, so that only the name of the entry changes.
            let text = b"README.TXT";
            let copies: Vec<usize> = bytes
                .windows(text.len())
                .enumerate()
                .filter(|(_, window)| *window == b"SECOND.TXT")
                .map(|(start, _)| start)
                .collect();
            for start in copies {
                bytes[start..start + text.len()].copy_from_slice(text);
            }
        }
        Some(other) => panic!("{other}"),
        None => {}
    }
    bytes
}

fn mail_of(
    case: &Case,
    document: &cda::Document,
    shipment: &Shipment<'_>,
    archive: &[u8],
    pdf: &[u8],
) -> Vec<u8> {
    let to = case
        .to
        .as_deref()
        .unwrap_or("dr.exemple@medecin.mssante.fr");
    let to: passerelle::identifiers::MssanteAddress = to.parse().expect("an address");
    let reply_to = case
        .reply_to
        .as_deref()
        .map(|text| text.parse().expect("an address"));
    let mail = mail::write(&DocumentMail {
        from: &"app-rcp@rrc.mssante.fr".parse().expect("an address"),
        from_label: shipment.contact.label,
        reply_to: reply_to.as_ref(),
        to: &to,
        message_id: "0001@rrc.mssante.fr",
        replaced_message_id: case.replaces.as_deref(),
        at: datetime!(2026-05-20 18:00 +2),
        nil: "NIL-0001",
        contact_phone: shipment.contact.phone,
        document,
        action: shipment.action,
        reader: if to.is_patient() {
            Reader::Patient
        } else {
            Reader::Professional
        },
        words: None,
        archive,
        pdf,
    });
    let text = String::from_utf8(mail)
        .expect("ASCII")
        .replace("\r\n", "\n");
    let text = replaced(&text, &case.mail)
        .replace('\n', "\r\n")
        .replace("@BARE@\r\n", "\n");
    text.replace("@LONG@", &"x".repeat(1_000)).into_bytes()
}

fn verdict(case: &Case, findings: &[Finding]) -> Result<(), String> {
    let told_of: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Information)
        .map(|finding| format!("{} at {}", finding.rule, finding.place))
        .collect();
    let found = case
        .finds
        .as_ref()
        .is_none_or(|rule| findings.iter().any(|finding| finding.rule == rule.as_str()));
    let as_expected = match (case.obeys, &case.finds) {
        (true, None) => told_of.is_empty(),
        (true, Some(_)) => found && accepts(findings),
        (false, finds) => found && finds.is_some(),
    };
    told(as_expected, || {
        format!("expected {:?}, found {told_of:?}", case.finds)
    })
}

fn told(is_right: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(otherwise()) }
}

fn order(flags: &str) -> Order {
    let flags: Vec<bool> = flags.chars().map(|flag| flag == 'Y').collect();
    let [
        masked,
        hidden,
        representatives,
        secret,
        record,
        professionals,
        patient,
    ] = flags[..]
    else {
        panic!("seven flags")
    };
    Order {
        marks: Marks {
            is_masked: masked,
            is_hidden_from_patient: hidden,
            is_hidden_from_representatives: representatives,
        },
        is_secret: secret,
        to_shared_record: record,
        to_professionals: professionals,
        to_patient: patient,
    }
}

/// What a receipt says, in a few words.
fn meaning(receipt: &Receipt) -> String {
    match receipt {
        Receipt::Mdn { disposition, .. } => match disposition {
            Disposition::Read => "read".to_owned(),
            Disposition::Integrated => "integrated".to_owned(),
            Disposition::Rejected {
                code: Some(code), ..
            } => format!("rejected({code})"),
            Disposition::Rejected { code: None, .. } => "rejected".to_owned(),
            Disposition::Other(_) => "other".to_owned(),
        },
        Receipt::Dsn(report) => match report.recipients.first() {
            None => "report without recipient".to_owned(),
            Some(recipient) => {
                let action = match recipient.action {
                    Action::Delivered => "delivered",
                    Action::Relayed => "relayed",
                    Action::Expanded => "expanded",
                    Action::Delayed => "delayed",
                    Action::Failed => "failed",
                    Action::Unknown => "unknown",
                };
                let envelope = report.envelope_id.is_some();
                let id = report.original_message_id.is_some();
                let status = recipient.status.as_deref().unwrap_or("none");
                format!("{action} {status}, envelope {envelope}, message {id}")
            }
        },
        Receipt::StandardRefusal { code, .. } => {
            code.map_or("to verify".to_owned(), |code| format!("to verify({code})"))
        }
        Receipt::Documents => "documents".to_owned(),
        Receipt::AutoReply { .. } => "automatic answer".to_owned(),
        Receipt::HumanMail => "letter".to_owned(),
        Receipt::Unreadable => "unreadable".to_owned(),
    }
}

/// Every source below these folders, as one text.
fn sources(folders: &[&str]) -> String {
    let mut text = String::new();
    let mut next: Vec<_> = folders
        .iter()
        .map(|folder| Path::new(folder).to_owned())
        .collect();
    while let Some(folder) = next.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                next.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).expect("a source"));
            }
        }
    }
    text
}

fn rules() -> Vec<Rule> {
    let mut files: Vec<_> = fs::read_dir(FOLDER).expect("a folder").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    files
        .iter()
        .map(|file| file.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .flat_map(|path| {
            let read: Result<Rules, _> = Figment::new().merge(Toml::file(&path)).extract();
            read.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
                .rule
        })
        .collect()
}

#[test]
fn every_rule_of_the_exchange_has_cases_that_obey_and_cases_that_break_it() {
    let bench = Bench::new();
    let (mut both, mut left_out, mut faults) = (0, Vec::new(), Vec::new());
    for rule in rules() {
        assert!(!rule.says.is_empty(), "{} says nothing", rule.id);
        for (index, case) in rule.case.iter().enumerate() {
            if let Err(fault) = bench.run(case) {
                faults.push(format!("{}, case {}: {fault}", rule.id, index + 1));
            }
        }
        let obeying = rule.case.iter().filter(|case| case.obeys).count();
        match (&rule.left_out, obeying, rule.case.len() - obeying) {
            (Some(why), 0, 0) => left_out.push(format!("{}: {why}", rule.id)),
            (None, 1.., 1..) => both += 1,
            (_, obeying, breaking) => faults.push(format!(
                "{}: {obeying} obey and {breaking} break it, left out: {}",
                rule.id,
                rule.left_out.is_some()
            )),
        }
    }
    println!(
        "{both} rules have both; left out:\n  {}",
        left_out.join("\n  ")
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(
        both + left_out.len(),
        101,
        "a rule is missing, or is there twice"
    );
}
