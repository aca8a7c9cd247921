//! Checking each row of the maps and vocabularies on its own.

use std::collections::{HashMap, HashSet};

use time::Date;

use super::{
    ConceptMap, FileFinding, Mapping, SOS_PIVOT, Standing, Target, Terminology, fold::fold,
    table::Table,
};
use crate::finding::{Bilingual, Finding};

/// The words of the vocabularies, with their lines.
pub(super) struct Vocabularies {
    files: Vec<(String, Vec<Word>)>,
}

/// Code, label and line.
type Word = (String, String, u64);

impl Vocabularies {
    /// Reads the words of the pivot and of each region; what is malformed is left out.
    pub(super) fn read(files: &[(&str, &str)]) -> Self {
        let is_vocabulary = |path: &str| {
            path.ends_with("/vocabulary.csv")
                || ["categories", "care-types", "facets"]
                    .iter()
                    .any(|name| path == format!("pivot/{name}.csv"))
        };
        let files = files
            .iter()
            .filter(|(path, _)| is_vocabulary(path))
            .filter_map(|(path, text)| {
                let table = Table::read(path, text).ok()?;
                let words = table.rows().filter_map(|row| {
                    let code = row.filled("code").ok()?;
                    Some((code, row.filled("label").ok()?, row.line()))
                });
                Some(((*path).to_owned(), words.collect()))
            })
            .collect();
        Self { files }
    }
}

/// Every finding on rows taken one by one.
pub(super) fn check(
    terminology: &Terminology,
    vocabularies: &Vocabularies,
    day: Date,
) -> Vec<FileFinding> {
    let mut checking = Checking {
        terminology,
        day,
        findings: Vec::new(),
    };
    checking.vocabularies(vocabularies);
    checking.activities(vocabularies);
    let mut files_seen = HashSet::new();
    for map in terminology.concept_maps() {
        // What nothing national says stands in each map of the file: it is looked at once.
        let is_first = files_seen.insert(map.file());
        let rows = map
            .rows()
            .iter()
            .filter(|row| is_first || row.target.is_some());
        checking.rows(map, rows);
    }
    checking.findings
}

struct Checking<'t> {
    terminology: &'t Terminology,
    day: Date,
    findings: Vec<FileFinding>,
}

impl Checking<'_> {
    fn add(&mut self, file: &str, line: u64, finding: Finding) {
        self.findings.push(FileFinding {
            file: file.to_owned(),
            finding: Finding {
                line: Some(line),
                ..finding
            },
        });
    }

    /// No word twice, and a row for each.
    fn vocabularies(&mut self, vocabularies: &Vocabularies) {
        let mapped: HashSet<(&str, &str)> = self
            .terminology
            .concept_maps()
            .flat_map(|map| {
                let source = map.source_system();
                map.rows()
                    .iter()
                    .map(move |row| (source, row.source.as_str()))
            })
            .collect();
        for (file, words) in &vocabularies.files {
            let system = system_of(file);
            let mut codes = HashMap::new();
            let mut labels = HashMap::new();
            for (code, label, line) in words {
                if let Some(first) = codes.insert(code, *line) {
                    self.add(file, *line, twice("code", code, first));
                }
                // Two facets may use the same word: the facet tells them apart.
                if !file.ends_with("facets.csv")
                    && let Some(first) = labels.insert(fold(label), *line)
                {
                    self.add(file, *line, twice("label", label, first));
                }
                if !mapped.contains(&(system.as_str(), code.as_str())) {
                    self.add(file, *line, no_row(code));
                }
            }
        }
    }

    /// The activity under which a category or care type is published may be sent to the register.
    fn activities(&mut self, vocabularies: &Vocabularies) {
        const ALLOWED: &str = "JDV_J17-ActiviteOperationnelle-ROR";
        let terminology = self.terminology;
        let Some(allowed) = terminology.value_set(ALLOWED) else {
            return;
        };
        for (file, words) in &vocabularies.files {
            for (code, _, line) in words {
                let of_care = terminology.category(code).map(|found| &found.activity);
                let of_care =
                    of_care.or_else(|| terminology.care_type(code).map(|found| &found.activity));
                if let Some(activity) = of_care
                    && file.starts_with("pivot/")
                    && allowed.find(activity).is_none()
                {
                    self.add(file, *line, no_such_activity(activity, ALLOWED));
                }
            }
        }
    }

    fn rows<'m>(&mut self, map: &'m ConceptMap, rows: impl Iterator<Item = &'m Mapping>) {
        let terminology = self.terminology;
        let source = terminology.code_system(map.source_system());
        let mut seen: HashMap<(&str, Option<&str>, &[String]), u64> = HashMap::new();
        for row in rows {
            let target = row.target.as_ref().map(|target| target.code.as_str());
            let key = (row.source.as_str(), target, row.depends_on.as_slice());
            if let Some(first) = seen.insert(key, row.line) {
                self.add(map.file(), row.line, twice("source", &row.source, first));
            }
            if source.is_none_or(|source| source.find(&row.source).is_none()) {
                self.add(
                    map.file(),
                    row.line,
                    orphan(&row.source, map.source_system()),
                );
            }
            if let Some(target) = &row.target {
                self.target(map, row, target);
            }
            self.conditions(map, row);
        }
    }

    fn target(&mut self, map: &ConceptMap, row: &Mapping, target: &Target) {
        let system = self.terminology.code_system(&target.system);
        let found = system.filter(|system| system.url() == map.target_system());
        let Some(concept) = found.and_then(|system| system.find(&target.code)) else {
            self.add(map.file(), row.line, no_such_target(target));
            return;
        };
        let is_own = target.display.is_empty() || target.display == concept.display;
        let is_label = is_own
            || self.terminology.value_sets().any(|set| {
                set.find_in(&target.system, &target.code)
                    .is_some_and(|known| known.display == target.display)
            });
        if !is_label {
            self.add(map.file(), row.line, other_label(target, &concept.display));
        }
        let standing = concept.validity.on(self.day);
        if standing != Standing::InForce {
            let others = self.others_in_force(row);
            self.add(
                map.file(),
                row.line,
                not_in_force(target, standing, &others),
            );
        }
    }

    /// The targets in force of the same source, as `list code`.
    fn others_in_force(&self, row: &Mapping) -> Vec<String> {
        self.terminology
            .national_codes(&row.source)
            .filter(|(_, target)| target.validity.is_in_force(self.day))
            .map(|(_, target)| format!("{} {}", target.list, target.code))
            .collect()
    }

    fn conditions(&mut self, map: &ConceptMap, row: &Mapping) {
        for needed in &row.depends_on {
            if self.terminology.facet(needed).is_none() {
                self.add(map.file(), row.line, no_such_facet(needed));
            }
        }
        for product in &row.products {
            let system = self.terminology.code_system(&product.system);
            let concept = system.and_then(|system| system.find(&product.code));
            if concept.is_none_or(|concept| !concept.validity.is_in_force(self.day)) {
                let named = format!("{}:{}", product.list, product.code);
                self.add(map.file(), row.line, no_such_product(&named));
            }
        }
    }
}

/// Canonical name of the vocabulary that a file holds.
fn system_of(file: &str) -> String {
    match file.strip_prefix("regions/") {
        Some(rest) => {
            let region = rest.split('/').next().unwrap_or_default();
            super::canonical::regional_vocabulary(region)
        }
        None => SOS_PIVOT.to_owned(),
    }
}

fn twice(column: &str, value: &str, first: u64) -> Finding {
    Finding::error(
        "MAP-TWICE",
        column,
        Bilingual::new(
            format!("« {value} » est déjà écrit à la ligne {first}."),
            format!("\"{value}\" is written already on line {first}."),
        ),
        Bilingual::new(
            "Gardez une seule des deux lignes.",
            "Keep one of the two rows.",
        ),
    )
}

fn no_row(code: &str) -> Finding {
    Finding::error(
        "MAP-MISSING",
        "code",
        Bilingual::new(
            format!("Aucune ligne ne dit ce que devient « {code} »."),
            format!("No row says what becomes of \"{code}\"."),
        ),
        Bilingual::new(
            "Ajoutez une ligne, avec l'équivalence « unmatched » et sa raison si rien ne convient.",
            "Add a row, with the equivalence \"unmatched\" and its reason when nothing fits.",
        ),
    )
}

fn orphan(code: &str, system: &str) -> Finding {
    Finding::error(
        "MAP-SOURCE",
        "source",
        Bilingual::new(
            format!("« {code} » n'est pas un code de {system}."),
            format!("\"{code}\" is not a code of {system}."),
        ),
        Bilingual::new(
            "Corrigez le code, ou ajoutez-le au vocabulaire.",
            "Mend the code, or add it to the vocabulary.",
        ),
    )
}

fn no_such_activity(code: &str, list: &str) -> Finding {
    Finding::error(
        "MAP-ACTIVITY",
        "activity",
        Bilingual::new(
            format!("L'activité {code} n'est pas dans {list}."),
            format!("The activity {code} is not in {list}."),
        ),
        Bilingual::new(
            "Choisissez une activité de cette liste.",
            "Choose an activity of that list.",
        ),
    )
}

fn no_such_target(target: &Target) -> Finding {
    let named = format!("{} {}", target.list, target.code);
    Finding::error(
        "MAP-TARGET",
        "target",
        Bilingual::new(
            format!("Le code {named} n'existe pas dans {}.", target.system),
            format!("The code {named} does not exist in {}.", target.system),
        ),
        Bilingual::new(
            "Corrigez le code ou le système : une liste a un seul système.",
            "Mend the code or the system: a list has one system.",
        ),
    )
}

fn other_label(target: &Target, label: &str) -> Finding {
    Finding::warning(
        "MAP-LABEL",
        "target_display",
        Bilingual::new(
            format!(
                "Le libellé de {} {} est « {label} ».",
                target.list, target.code
            ),
            format!(
                "The label of {} {} is \"{label}\".",
                target.list, target.code
            ),
        ),
        Bilingual::new(
            "Vérifiez que le code est le bon, puis recopiez le libellé.",
            "Check that the code is the right one, then copy the label.",
        ),
    )
}

/// An error when nothing else is in force for the source, else a warning that names what is.
fn not_in_force(target: &Target, standing: Standing, others: &[String]) -> Finding {
    let named = format!("{} {}", target.list, target.code);
    let message = match standing {
        Standing::NotYet(day) => Bilingual::new(
            format!("Le code {named} n'est en vigueur qu'à partir du {day}."),
            format!("The code {named} is in force from {day} only."),
        ),
        Standing::Ended(Some(day)) => Bilingual::new(
            format!("Le code {named} n'est plus en vigueur depuis le {day}."),
            format!("The code {named} is no longer in force since {day}."),
        ),
        Standing::Ended(None) | Standing::InForce => Bilingual::new(
            format!("Le code {named} est retiré."),
            format!("The code {named} is withdrawn."),
        ),
    };
    let place = "target_code";
    if others.is_empty() {
        let cure = Bilingual::new(
            "Donnez à ce code source une cible en vigueur, ou « unmatched ».",
            "Give that source code a target in force, or \"unmatched\".",
        );
        return Finding::error("MAP-DATE", place, message, cure);
    }
    let others = others.join(", ");
    Finding::warning(
        "MAP-DATE",
        place,
        message,
        Bilingual::new(
            format!("Il n'est plus publié ; en vigueur pour la même source : {others}."),
            format!("It is not published any more; in force for the same source: {others}."),
        ),
    )
}

fn no_such_facet(code: &str) -> Finding {
    Finding::error(
        "MAP-DEPENDS",
        "depends_on",
        Bilingual::new(
            format!("« {code} » n'est pas une valeur de facette du pivot."),
            format!("\"{code}\" is not a facet value of the pivot."),
        ),
        Bilingual::new(
            "Choisissez un code de pivot/facets.csv.",
            "Choose a code of pivot/facets.csv.",
        ),
    )
}

fn no_such_product(named: &str) -> Finding {
    Finding::error(
        "MAP-PRODUCT",
        "product",
        Bilingual::new(
            format!("« {named} » n'est pas un code en vigueur d'une liste de ce fichier."),
            format!("\"{named}\" is not a code in force of a list of this file."),
        ),
        Bilingual::new(
            "Écrivez LISTE:CODE, par exemple R213:32.",
            "Write LIST:CODE, for instance R213:32.",
        ),
    )
}
