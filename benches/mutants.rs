//! Broken documents by the thousand, with what the checker says of each.
//!
//! `cargo bench --bench mutants -- DIR COUNT [BASE.xml…]` writes `DIR/00000.xml…` and
//! `DIR/verdicts.ndjson` (file, document it was made of, what was changed, rules found). It serves to
//! compare our verdicts with those of the national kit, which is not part of the repository. Without
//! `BASE` the documents are made of the example fiches; without `DIR` it only prints the rate. The same arguments make the same documents.

use std::{error::Error, fs, path::Path, time::Instant};

use passerelle::{
    cda::{self, Target},
    config::Environment,
    rcp::{PrivacyNotice, fiche},
    terminology::Terminology,
};

#[path = "mutants/mutation.rs"]
mod mutation;

const FICHES: [(&str, &[u8]); 4] = [
    (
        "appareil-minimal",
        include_bytes!("../tests/data/fiches/appareil-minimal.json"),
    ),
    (
        "appareil-complet",
        include_bytes!("../tests/data/fiches/appareil-complet.json"),
    ),
    (
        "transversale",
        include_bytes!("../tests/data/fiches/transversale.json"),
    ),
    (
        "evaluations-2025",
        include_bytes!("../tests/data/fiches/evaluations-2025.json"),
    ),
];
const DEFAULT_COUNT: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let directory = arguments.first().map(Path::new);
    let count = match arguments.get(1) {
        Some(count) => count.parse()?,
        None => DEFAULT_COUNT,
    };
    let terminology = Terminology::embedded();
    let mut bases = Vec::new();
    for path in arguments.iter().skip(2) {
        bases.push((path.clone(), fs::read_to_string(path)?));
    }
    if bases.is_empty() {
        bases = written(&terminology)?;
    }
    let mutants = mutation::spread(&bases, count);
    let mut verdicts = String::new();
    let start = Instant::now();
    for (rank, mutant) in mutants.iter().enumerate() {
        let findings = cda::validate(mutant.text.as_bytes(), &terminology, Environment::Test);
        if let Some(directory) = directory {
            let file = format!("{rank:05}.xml");
            fs::write(directory.join(&file), &mutant.text)?;
            let rules: Vec<_> = findings
                .iter()
                .map(|finding| (finding.rule, finding.severity, &finding.place))
                .collect();
            let verdict = serde_json::json!({
                "file": file, "base": mutant.base, "mutation": mutant.change, "rules": rules,
            });
            verdicts.push_str(&format!("{verdict}\n"));
        }
    }
    let each = start.elapsed() / u32::try_from(mutants.len().max(1))?;
    println!("{} documents, {each:?} each", mutants.len());
    if let Some(directory) = directory {
        fs::write(directory.join("verdicts.ndjson"), verdicts)?;
    }
    Ok(())
}

/// The documents of the fiches, in both versions of the volet.
fn written(terminology: &Terminology) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let notice = PrivacyNotice {
        team_text: Some("Vos données de santé.".to_owned()),
        reuse_text: Some("Leur réutilisation.".to_owned()),
    };
    let mut documents = Vec::new();
    for (name, json) in FICHES {
        let report = fiche::read(json).map_err(|_| "an example fiche is refused")?;
        for (version, target) in [
            ("2022.01", Target::Frcp2022),
            (
                "2025.01",
                Target::Frcp2025 {
                    notice: &notice,
                    pdf_copy: Some(b"%PDF-1.4"),
                },
            ),
        ] {
            let bytes = cda::write(&report, terminology, target)?;
            documents.push((format!("{name} {version}"), String::from_utf8(bytes)?));
        }
    }
    Ok(documents)
}
