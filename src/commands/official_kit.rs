//! The official test kit, run by external processors beside our own checker.
//!
//! The kit is not part of Passerelle: an operator unpacks it and names its folder. Its XML schema and its
//! schematrons are run by the commands of `[checker]`; the compiled schematrons are written beside their
//! sources, where the kit's own scripts put them, since they read other files of the kit from there.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use passerelle::{
    config::Checker,
    finding::{Bilingual, Finding, Severity},
};
use quick_xml::{Reader, events::Event};

/// Schema of CDA in the kit.
const SCHEMA: &str = "infrastructure/cda/CDA_extended.xsd";
/// Stylesheets that turn a schematron into one, in their order.
const STEPS: [&str; 3] = [
    "schematrons/moteur/iso_dsdl_include.xsl",
    "schematrons/moteur/iso_abstract_expand.xsl",
    "schematrons/moteur/iso_svrl_for_xslt2.xsl",
];
/// Schematrons that every report is held to: rule under which it is told, and its place in the kit.
const FAMILIES: [(&str, &str); 5] = [
    (
        "KIT-MIN",
        "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    ),
    ("KIT-IHE", "schematrons/profils/IHE.sch"),
    (
        "KIT-MOD",
        "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch",
    ),
    ("KIT-ANS", "schematrons/profils/CI-SIS_Modeles_ANS.sch"),
    (
        "KIT-TERM",
        "schematrons/profils/terminologies/schematron/terminologie.sch",
    ),
];
/// Schematrons of the volet, one for each of its versions.
const VOLETS: [(&str, &str); 2] = [
    ("2022.01", "schematrons/CI-SIS_CANCER-FRCP_2022.01.sch"),
    ("2025.01", "schematrons/CI-SIS_CANCER-FRCP_2025.01.sch"),
];

/// An unpacked kit, and what runs it.
pub struct OfficialKit<'a> {
    folder: &'a Path,
    commands: &'a Checker,
}

impl<'a> OfficialKit<'a> {
    /// The kit in that folder.
    pub fn new(folder: &'a Path, commands: &'a Checker) -> Self {
        Self { folder, commands }
    }

    /// What the kit says of a document, in its own words.
    ///
    /// # Errors
    /// When a processor cannot be run or fails: no verdict is better than a false one.
    pub fn judge(&self, document: &Path) -> Result<Vec<Finding>, Box<dyn Error>> {
        let mut findings = self.schema(document)?;
        let text = fs::read_to_string(document)?;
        let volet = VOLETS
            .iter()
            .find(|(version, _)| text.contains(&format!("extension=\"{version}\"")))
            .map(|(_, file)| ("KIT-FRCP", *file));
        for (rule, file) in volet.iter().chain(&FAMILIES) {
            let source = self.folder.join(file);
            if !source.exists() {
                return Err(format!("{}: not in the kit", source.display()).into());
            }
            let report = source.with_extension("svrl");
            self.transform(document, &self.compiled(&source)?, &report)?;
            findings.extend(read_report(rule, &fs::read_to_string(&report)?)?);
            fs::remove_file(&report)?;
        }
        Ok(findings)
    }

    fn schema(&self, document: &Path) -> Result<Vec<Finding>, Box<dyn Error>> {
        let schema = self.folder.join(SCHEMA);
        let output = command(
            &self.commands.schema_command,
            &[("{schema}", &schema), ("{document}", document)],
        )?
        .output()?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(vec![Finding::error(
            "KIT-XSD",
            "/",
            Bilingual::new(said.trim(), said.trim()),
            cure(),
        )])
    }

    /// The stylesheet made of a schematron, anew when the schematron is newer.
    fn compiled(&self, source: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let compiled = source.with_extension("passerelle.xsl");
        let age = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        if age(&compiled).is_some_and(|own| age(source).is_none_or(|source| source <= own)) {
            return Ok(compiled);
        }
        let mut from = source.to_owned();
        for (rank, step) in STEPS.iter().enumerate() {
            let to = if rank + 1 == STEPS.len() {
                compiled.clone()
            } else {
                source.with_extension(format!("passerelle-{rank}.sch"))
            };
            self.transform(&from, &self.folder.join(step), &to)?;
            if from != source {
                fs::remove_file(&from)?;
            }
            from = to;
        }
        Ok(compiled)
    }

    fn transform(&self, source: &Path, stylesheet: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
        let output = command(
            &self.commands.transform_command,
            &[
                ("{source}", source),
                ("{stylesheet}", stylesheet),
                ("{output}", to),
            ],
        )?
        .output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!(
            "the processor of the kit failed on {}: {said}",
            stylesheet.display()
        )
        .into())
    }
}

/// A command line with its places filled in.
fn command(words: &[String], places: &[(&str, &Path)]) -> Result<Command, Box<dyn Error>> {
    let mut filled = words.iter().map(|word| {
        places.iter().fold(word.clone(), |word, (place, path)| {
            word.replace(place, &path.display().to_string())
        })
    });
    let program = filled
        .next()
        .ok_or("checker: no command is set to run the kit")?;
    let mut command = Command::new(program);
    command.args(filled);
    Ok(command)
}

/// Findings of a report in SVRL.
///
/// **Source:** ISO/IEC 19757-3, annex on SVRL.
fn read_report(rule: &'static str, svrl: &str) -> Result<Vec<Finding>, Box<dyn Error>> {
    let mut findings = Vec::new();
    let mut reader = Reader::from_str(svrl);
    let mut open: Option<(Severity, String, String)> = None;
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                let name = start.local_name();
                if matches!(name.into_inner(), "failed-assert" | "successful-report") {
                    let attribute = |name: &str| {
                        start
                            .attributes()
                            .flatten()
                            .find(|attribute| attribute.key.into_inner() == name)
                            .map(|attribute| attribute.value.into_owned())
                            .unwrap_or_default()
                    };
                    let severity = match attribute("role").as_str() {
                        "warning" | "warn" => Severity::Warning,
                        "info" | "information" => Severity::Information,
                        _ => Severity::Error,
                    };
                    open = Some((severity, attribute("location"), String::new()));
                }
            }
            Event::Text(text) => {
                if let Some((_, _, said)) = &mut open {
                    said.push_str(&text);
                }
            }
            Event::End(end) => {
                let name = end.local_name();
                let is_end = matches!(name.into_inner(), "failed-assert" | "successful-report");
                if let Some((severity, place, said)) = open.take_if(|_| is_end) {
                    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
                    findings.push(Finding {
                        severity,
                        ..Finding::error(
                            rule,
                            place,
                            Bilingual::new(said.as_str(), said.as_str()),
                            cure(),
                        )
                    });
                }
            }
            Event::Eof => return Ok(findings),
            _ => {}
        }
    }
}

fn cure() -> Bilingual {
    Bilingual::new(
        "Voir le constat de Passerelle au même endroit.",
        "See what Passerelle found at the same place.",
    )
}
