//! Any file, checked: what it is, and everything that is wrong with it. Stores nothing.

use std::fmt;

use serde::Serialize;
use time::Date;

use super::ReportFormat;
use crate::{
    cda,
    config::{Archives, Region},
    directory::{OfferFormReader, OfferRules, offer_resources},
    fhir::{Origin, ResourceType, check_profile, read_json},
    finding::{Bilingual, Finding},
    mssante::{
        mail_check,
        xdm::{self, Archive},
    },
    rcp,
    terminology::Terminology,
};

/// Longest line or resource that is read.
const MAX_BYTES: usize = 50_000_000;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Fiche RCP in JSON.
    FicheRcp,
    /// CDA document.
    Cda,
    /// Archive `IHE_XDM.zip`.
    Xdm,
    /// Mail that carries an archive.
    Mail,
    /// FHIR resource or Bundle in JSON.
    FhirJson,
    /// FHIR resources, one a line.
    Ndjson,
    /// Offers of the form.
    OffersCsv,
}

/// What a check depends on, besides the file.
#[derive(Clone, Copy)]
pub struct ValidationRules<'a> {
    /// Code lists and maps.
    pub terminology: &'a Terminology,
    /// Whose words the offers are in, and which identities are right.
    pub region: &'a Region,
    /// What an archive may cost.
    pub archives: &'a Archives,
    /// The present day.
    pub today: Date,
}

/// A file that was recognised.
#[derive(Clone, Debug, Serialize)]
pub struct Validated {
    /// What it is.
    pub kind: FileKind,
    /// Everything that is wrong with it, or worth knowing.
    pub findings: Vec<Finding>,
}

/// The file is nothing that Passerelle reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is neither a fiche RCP, nor a CDA document, an IHE_XDM.zip archive, a mail, a FHIR resource in JSON or NDJSON, nor the CSV of the offers"
)]
pub struct NotRecognised;

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FicheRcp => "fiche RCP (JSON)",
            Self::Cda => "CDA",
            Self::Xdm => "IHE XDM",
            Self::Mail => "mail",
            Self::FhirJson => "FHIR JSON",
            Self::Ndjson => "FHIR NDJSON",
            Self::OffersCsv => "offers (CSV)",
        })
    }
}

/// Finds out what `bytes` are, and checks them.
///
/// # Errors
/// [`NotRecognised`].
pub fn validate(bytes: &[u8], rules: ValidationRules<'_>) -> Result<Validated, NotRecognised> {
    let kind = kind_of(bytes).ok_or(NotRecognised)?;
    let findings = match kind {
        FileKind::FicheRcp => check_fiche(bytes, rules),
        FileKind::Cda => cda::validate(bytes, rules.terminology, rules.region.environment),
        FileKind::Xdm => check_archive(bytes, rules),
        FileKind::Mail => check_mail(bytes, rules),
        FileKind::FhirJson => check_fhir(bytes, rules),
        FileKind::Ndjson => check_ndjson(bytes, rules),
        FileKind::OffersCsv => check_offers(bytes, rules),
    };
    Ok(Validated { kind, findings })
}

fn kind_of(bytes: &[u8]) -> Option<FileKind> {
    match ReportFormat::of(bytes) {
        Some(ReportFormat::Archive) => return Some(FileKind::Xdm),
        // A document that is not clinical is one for the checker to refuse, with its reasons.
        Some(ReportFormat::Document) => return Some(FileKind::Cda),
        Some(ReportFormat::Fiche) | None => {}
    }
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let head = String::from_utf8_lossy(text.get(..text.len().min(64 * 1024)).unwrap_or_default());
    let first_line = head.lines().next().unwrap_or_default();
    if text.starts_with(b"{") {
        let is_fhir = head.contains("\"resourceType\"");
        let is_one_a_line = first_line.trim_end().ends_with('}')
            && head
                .lines()
                .nth(1)
                .is_some_and(|line| line.starts_with('{'));
        return Some(match (is_fhir, is_one_a_line) {
            (true, true) => FileKind::Ndjson,
            (true, false) => FileKind::FhirJson,
            (false, _) => FileKind::FicheRcp,
        });
    }
    if first_line.contains("offre_nom") {
        return Some(FileKind::OffersCsv);
    }
    let looks_like_a_header = first_line.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    (looks_like_a_header && head.to_ascii_lowercase().contains("\nmessage-id:"))
        .then_some(FileKind::Mail)
}

fn check_fiche(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    match rcp::fiche::read(bytes) {
        Ok(report) => rcp::rules::check(&report, rules.terminology, rules.region.environment),
        Err(findings) => findings,
    }
}

fn check_archive(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    match xdm::open(bytes, rules.archives) {
        Ok(archive) => archive_findings(archive, rules),
        Err(error) => vec![error.finding()],
    }
}

/// Findings of an archive that was opened, and of its documents.
fn archive_findings(archive: Archive, rules: ValidationRules<'_>) -> Vec<Finding> {
    let mut findings = archive.findings;
    for document in &archive.documents {
        findings.extend(cda::validate(
            &document.cda,
            rules.terminology,
            rules.region.environment,
        ));
    }
    findings
}

fn check_mail(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    let checked = mail_check::check(bytes, rules.archives);
    let mut findings: Vec<Finding> = checked.unopened.into_iter().collect();
    findings.extend(checked.coherence);
    findings.extend(checked.form);
    if let Some(archive) = checked.archive {
        findings.extend(archive_findings(archive, rules));
    }
    findings
}

fn check_fhir(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    let value = match read_json(bytes, MAX_BYTES) {
        Ok(value) => value,
        Err(findings) => return findings,
    };
    let Some(entries) = value.get("entry").and_then(serde_json::Value::as_array) else {
        return check_resource(&value, "", rules);
    };
    let resources = entries.iter().enumerate();
    resources
        .flat_map(|(rank, entry)| {
            let resource = entry.get("resource").unwrap_or(&serde_json::Value::Null);
            check_resource(resource, &format!("Bundle.entry[{rank}].resource."), rules)
        })
        .collect()
}

fn check_ndjson(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1_u64..);
    lines
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .flat_map(|(line, number)| {
            let findings = check_fhir(line, rules);
            findings.into_iter().map(move |finding| Finding {
                line: Some(number),
                ..finding
            })
        })
        .collect()
}

fn check_resource(
    resource: &serde_json::Value,
    place: &str,
    rules: ValidationRules<'_>,
) -> Vec<Finding> {
    let name = resource
        .get("resourceType")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let Some(kind) = ResourceType::parse(name) else {
        return vec![Finding::error(
            "G2",
            format!("{place}resourceType"),
            Bilingual::new(
                "Ce type de ressource n'est pas vérifié par cette version.",
                "This type of resource is not checked by this release.",
            ),
            Bilingual::new(
                "Types vérifiés : HealthcareService, Organization, Location.",
                "Types that are checked: HealthcareService, Organization, Location.",
            ),
        )];
    };
    check_profile(
        kind,
        resource,
        rules.terminology,
        Origin::Imported,
        rules.today,
    )
    .into_iter()
    .map(|finding| Finding {
        place: format!("{place}{}", finding.place),
        ..finding
    })
    .collect()
}

fn check_offers(bytes: &[u8], rules: ValidationRules<'_>) -> Vec<Finding> {
    let reader = match OfferFormReader::open(bytes, MAX_BYTES) {
        Ok(reader) => reader,
        Err(findings) => return findings,
    };
    let mut findings = reader.header_findings().to_vec();
    let rules = OfferRules {
        terminology: rules.terminology,
        region: rules.region,
        today: rules.today,
    };
    for row in reader {
        findings.extend(match row.form {
            Ok(form) => match offer_resources(&form, row.line, rules) {
                Ok(resources) => resources.findings,
                Err(refused) => refused,
            },
            Err(unreadable) => unreadable,
        });
    }
    findings
}
