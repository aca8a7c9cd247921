//! Reading the form: every cell parsed into what it means, every mistake collected.

use serde_json::Number;
use time::Date;

use super::{OfferForm, OfferRules, age_range::AgeRange};
use crate::{
    finding::{Bilingual, Finding, accepts},
    identifiers::{MssanteAddress, StructureNumber},
    terminology::fold,
};

/// An offer whose every cell was understood. Codes are pivot codes.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub structure: StructureNumber,
    pub structure_name: String,
    pub structure_type: Option<String>,
    pub street: String,
    pub postal_code: String,
    pub commune: String,
    pub insee_code: String,
    /// Latitude and longitude, digits as written.
    pub position: Option<(Number, Number)>,
    pub phone: Option<String>,
    pub mailbox: Option<MssanteAddress>,
    pub website: Option<String>,
    pub number: String,
    pub name: String,
    pub regional_word: String,
    pub category: String,
    pub care_types: Vec<String>,
    pub description: String,
    pub audiences: Vec<String>,
    pub age_groups: Vec<String>,
    pub age_range: AgeRange,
    pub places: Vec<String>,
    pub phases: Vec<String>,
    pub accesses: Vec<String>,
    pub pathways: Vec<String>,
    /// When it is open, in words.
    pub hours: String,
    pub cost: String,
    pub verified_on: Option<Date>,
}

impl Offer {
    /// The category, then the care types.
    pub(super) fn cares(&self) -> impl Iterator<Item = &str> {
        let cares = std::iter::once(&self.category).chain(&self.care_types);
        cares.map(String::as_str)
    }

    /// The facet values that it says.
    pub(super) fn facets(&self) -> impl Iterator<Item = &str> {
        let lists = [
            &self.audiences,
            &self.age_groups,
            &self.places,
            &self.phases,
            &self.accesses,
            &self.pathways,
        ];
        lists.into_iter().flatten().map(String::as_str)
    }
}

/// Reads the form that stands at `line`; the findings given back beside it are warnings.
///
/// # Errors
/// All findings, when one of them is an error.
pub(super) fn read(
    form: &OfferForm,
    line: u64,
    rules: OfferRules<'_>,
) -> Result<(Offer, Vec<Finding>), Vec<Finding>> {
    let mut reading = Reading {
        rules,
        line,
        findings: Vec::new(),
    };
    let offer = reading.offer(form);
    match offer {
        Some(offer) if accepts(&reading.findings) => Ok((offer, reading.findings)),
        Some(_) | None => Err(reading.findings),
    }
}

pub(super) struct Reading<'a> {
    pub(super) rules: OfferRules<'a>,
    line: u64,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn offer(&mut self, form: &OfferForm) -> Option<Offer> {
        let structure = self.structure(form);
        let structure_name = self.required("structure_nom", &form.structure_nom);
        let structure_type = self.structure_type(&form.structure_type);
        let postal_code = self.postal_code(&form.code_postal);
        let commune = self.required("commune", &form.commune);
        let insee_code = self.insee_code(&form.commune_insee);
        let position = self.position(&form.latitude, &form.longitude);
        let phone = self.phone(&form.telephone);
        let mailbox = self.mailbox(&form.messagerie_securisee);
        let website = self.website(&form.site_web);
        let number = self.required("offre_identifiant", &form.offre_identifiant);
        let name = self.required("offre_nom", &form.offre_nom);
        let kinds = self.care(&form.categorie, &form.types_de_soin);
        let audiences = self.facets("publics", &form.publics, &["PUB"]);
        let (age_groups, age_range) = self.ages(&form.ages);
        let places = self.facets("lieux", &form.lieux, &["LIEU"]);
        let phases = self.facets("phases", &form.phases, &["PHA"]);
        let ways_in = self.facets("acces", &form.acces, &["ACC", "PAR", "LIEU"]);
        let verified_on = self.verified_on(&form.verifie_le);
        let (category, care_types) = kinds?;
        let (mut pathways, accesses): (Vec<String>, _) = ways_in
            .into_iter()
            .partition(|code| code.starts_with("PAR-"));
        for code in self.facets("parcours", &form.parcours, &["PAR"]) {
            if !pathways.contains(&code) {
                pathways.push(code);
            }
        }
        Some(Offer {
            structure: structure?,
            structure_name: structure_name?,
            structure_type,
            street: form.adresse.trim().to_owned(),
            postal_code: postal_code?,
            commune: commune?,
            insee_code: insee_code?,
            position,
            phone,
            mailbox,
            website,
            number: number?,
            name: name?,
            regional_word: form.categorie.trim().to_owned(),
            category,
            care_types,
            description: form.description.trim().to_owned(),
            audiences,
            age_groups,
            age_range,
            places,
            phases,
            accesses,
            pathways,
            hours: form.horaires.trim().to_owned(),
            cost: form.cout.trim().to_owned(),
            verified_on,
        })
    }

    pub(super) fn refuse(
        &mut self,
        rule: &'static str,
        column: &str,
        message: Bilingual,
        cure: Bilingual,
    ) {
        let finding = Finding::error(rule, column, message, cure);
        self.findings.push(Finding {
            line: Some(self.line),
            ..finding
        });
    }

    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        column: &str,
        message: Bilingual,
        cure: Bilingual,
    ) {
        let finding = Finding::warning(rule, column, message, cure);
        self.findings.push(Finding {
            line: Some(self.line),
            ..finding
        });
    }

    pub(super) fn required(&mut self, column: &'static str, cell: &str) -> Option<String> {
        let text = cell.trim();
        if text.is_empty() {
            self.refuse(
                "CSV-REQUIRED",
                column,
                Bilingual::new("Cette cellule est vide.", "This cell is empty."),
                Bilingual::new(
                    "Elle est obligatoire : remplissez-la.",
                    "It is required: fill it in.",
                ),
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn ages(&mut self, cell: &str) -> (Vec<String>, AgeRange) {
        if cell.trim().is_empty() {
            return (Vec::new(), AgeRange::ALL);
        }
        if let Some(range) = AgeRange::parse(cell) {
            return (Vec::new(), range);
        }
        let groups = self.facets("ages", cell, &["AGE"]);
        let range = AgeRange::of_groups(&groups).unwrap_or(AgeRange::ALL);
        (groups, range)
    }

    /// The values of a list cell that belong to one of these facets, each once.
    fn facets(&mut self, column: &'static str, cell: &str, facets: &[&str]) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for text in OfferForm::list(cell) {
            let terminology = self.rules.terminology;
            let found = facets
                .iter()
                .find_map(|facet| terminology.facet_of(facet, text));
            match found {
                Some(code) if codes.iter().any(|known| known == code) => {}
                Some(code) => codes.push(code.to_owned()),
                None => self.unknown_facet(column, text, facets),
            }
        }
        codes
    }

    fn unknown_facet(&mut self, column: &'static str, text: &str, facets: &[&str]) {
        let terminology = self.rules.terminology;
        let nearest = facets
            .iter()
            .find_map(|facet| terminology.suggest_facet(facet, text));
        let cure = match nearest {
            Some(label) => Bilingual::new(
                format!("Vouliez-vous écrire « {label} » ?"),
                format!("Did you mean \"{label}\"?"),
            ),
            None => {
                let labels = facets
                    .first()
                    .map(|facet| terminology.facets(facet))
                    .into_iter()
                    .flatten()
                    .map(|facet| facet.label.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                Bilingual::new(
                    format!("Valeurs possibles : {labels}."),
                    format!("Possible values: {labels}."),
                )
            }
        };
        self.refuse(
            "CSV-FACET",
            column,
            Bilingual::new(
                format!("« {text} » n'est pas une valeur connue."),
                format!("\"{text}\" is not a known value."),
            ),
            cure,
        );
    }

    /// Category and care types. A regional word may say several care types at once.
    fn care(&mut self, category: &str, care_types: &str) -> Option<(String, Vec<String>)> {
        let word = self.required("categorie", category)?;
        let terminology = self.rules.terminology;
        let mut pivots: Vec<&str> = terminology
            .pivots_of(&self.rules.region.vocabulary, &word)
            .iter()
            .map(String::as_str)
            .filter(|code| {
                terminology.category(code).is_some() || terminology.care_type(code).is_some()
            })
            .collect();
        if pivots.is_empty() {
            pivots.extend(terminology.pivot_of(&self.rules.region.vocabulary, &word));
        }
        let Some(first) = pivots.first() else {
            self.unknown_care("CSV-CATEGORY", "categorie", &word);
            return None;
        };
        let category = terminology
            .care_type(first)
            .map_or(*first, |care| care.category.as_str())
            .to_owned();
        let mut found: Vec<String> = pivots
            .iter()
            .filter(|code| terminology.care_type(code).is_some())
            .map(|code| (*code).to_owned())
            .collect();
        for text in OfferForm::list(care_types) {
            match terminology.pivot_of(&self.rules.region.vocabulary, text) {
                Some(code) if code == category || found.iter().any(|known| known == code) => {}
                Some(code) => {
                    self.check_family(&category, code, text);
                    found.push(code.to_owned());
                }
                None => self.unknown_care("CSV-CARE-TYPE", "types_de_soin", text),
            }
        }
        Some((category, found))
    }

    fn check_family(&mut self, category: &str, code: &str, text: &str) {
        let terminology = self.rules.terminology;
        let own = terminology
            .care_type(code)
            .map_or(code, |care| care.category.as_str());
        if own != category {
            let label = super::pivot_label(terminology, own);
            self.warn(
                "CSV-CARE-TYPE",
                "types_de_soin",
                Bilingual::new(
                    format!("« {text} » relève d'une autre catégorie : {label}."),
                    format!("\"{text}\" belongs to another category: {label}."),
                ),
                Bilingual::new(
                    "Vérifiez la catégorie, ou faites-en deux offres.",
                    "Check the category, or make two offers of it.",
                ),
            );
        }
    }

    fn unknown_care(&mut self, rule: &'static str, column: &'static str, text: &str) {
        let terminology = self.rules.terminology;
        let regional = terminology
            .regional_labels(&self.rules.region.vocabulary)
            .iter()
            .map(String::as_str)
            .max_by(|a, b| likeness(a, text).total_cmp(&likeness(b, text)))
            .filter(|label| likeness(label, text) >= 0.8);
        let cure = match terminology.suggest(text).or(regional) {
            Some(label) => Bilingual::new(
                format!("Vouliez-vous écrire « {label} » ?"),
                format!("Did you mean \"{label}\"?"),
            ),
            None => Bilingual::new(
                "Choisissez dans la liste de docs/import.md.",
                "Choose from the list of docs/import.md.",
            ),
        };
        self.refuse(
            rule,
            column,
            Bilingual::new(
                format!("« {text} » n'est ni une catégorie ni un type de soin connu."),
                format!("\"{text}\" is neither a category nor a care type that we know."),
            ),
            cure,
        );
    }
}

fn likeness(label: &str, text: &str) -> f64 {
    strsim::jaro_winkler(&fold(label), &fold(text))
}
