//! What a structure hands in: its particulars, its papers, its offers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Criterion, Facts, Rules};
use crate::directory::OfferForm;

/// An application, as far as it is written. Texts are as people typed them: nothing is checked before it
/// is handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// The structure: the columns of the import file that speak of it, and how it is reached.
    pub structure: OfferForm,
    /// Whether it responded to the call of the health agency.
    pub responded_to_call: bool,
    /// Whether it is an association that a public body recognises.
    pub is_recognised: bool,
    /// The person who answers for it.
    pub referent_name: String,
    /// What that person does there.
    pub referent_function: String,
    /// Telephone of that person, for the network.
    pub referent_phone: String,
    /// Patients who have a cancer, a year.
    pub patients_a_year: String,
    /// SIREN, SIRET or, of an association, RNA number.
    pub siren: String,
    /// Day of the extract, `YYYY-MM-DD`.
    pub extract_dated: String,
    /// The three indicators of the health project.
    pub health_project: [String; 3],
    /// The two indicators of recruitment.
    pub recruitment: [String; 2],
    /// The charter, once signed.
    pub charter: Option<Signature>,
    /// The terms of use, once signed.
    pub terms: Option<Signature>,
    /// Papers.
    pub files: Vec<AttachedFile>,
    /// What it offers.
    pub offers: Vec<OfferEntry>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub name: String,
    /// Instant, as [`crate::clock::instant_text`] writes it.
    pub at: String,
}

/// A paper that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// For which criterion.
    pub criterion: Criterion,
    /// Name that it came with.
    pub name: String,
    /// Hash of its bytes, which are kept under it.
    pub sha256: String,
    /// Its size.
    pub size_bytes: usize,
}

/// An offer of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferEntry {
    /// The columns of the import file. Empty ones that speak of the structure, of its address or of how it
    /// is reached are those of the structure.
    pub form: OfferForm,
    /// When it is open, in words.
    pub hours: String,
    /// The health professional who gives it, and the specialisation: for unconventional practices.
    pub professional: String,
}

/// What a change touches, by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What the referent corrects alone.
    pub plain: Vec<String>,
    /// What is validated again.
    pub substantive: Vec<String>,
}

/// Takes over the plain columns of a row.
fn take_plain(form: &mut OfferForm, other: &OfferForm, rules: &Rules) {
    let cells_of = |form: &OfferForm| serde_json::to_value(form).expect("a form holds only texts");
    let has_moved = form.adresse != other.adresse || form.commune_insee != other.commune_insee;
    let (mut cells, others) = (cells_of(form), cells_of(other));
    for column in &rules.changes.plain {
        let is_position = matches!(column.as_str(), "latitude" | "longitude");
        if let Some(value) = others.get(column)
            && !(is_position && has_moved)
        {
            cells[column] = value.clone();
        }
    }
    *form = serde_json::from_value(cells).expect("the columns of a form");
}

impl Application {
    /// What decides of the way of the application. The department is what the commune says.
    #[must_use]
    pub fn facts(&self, kind: &str) -> Facts {
        let insee_code = self.structure.commune_insee.trim();
        Facts {
            name: self.structure.structure_nom.trim().to_owned(),
            kind: kind.to_owned(),
            department: crate::fhir::department_of(insee_code)
                .unwrap_or_default()
                .to_owned(),
            insee_code: insee_code.to_owned(),
        }
    }

    /// The whole row of an offer, as an import would read it.
    #[must_use]
    pub fn row(&self, entry: &OfferEntry) -> OfferForm {
        let structure = self.structure.clone();
        let form = entry.form.clone();
        let or = |own: String, fallback: String| {
            if own.trim().is_empty() { fallback } else { own }
        };
        let has_own_place = !form.commune_insee.trim().is_empty();
        let (place, rest) = if has_own_place {
            (form.clone(), form)
        } else {
            (structure.clone(), form)
        };
        OfferForm {
            structure_finess: structure.structure_finess,
            structure_numero: structure.structure_numero,
            structure_nom: structure.structure_nom,
            structure_type: structure.structure_type,
            adresse: place.adresse,
            code_postal: place.code_postal,
            commune: place.commune,
            commune_insee: place.commune_insee,
            latitude: place.latitude,
            longitude: place.longitude,
            telephone: or(rest.telephone.clone(), structure.telephone),
            messagerie_securisee: or(
                rest.messagerie_securisee.clone(),
                structure.messagerie_securisee,
            ),
            site_web: or(rest.site_web.clone(), structure.site_web),
            horaires: or(entry.hours.clone(), rest.horaires.clone()),
            ..rest
        }
    }

    /// This application, with what a referent corrects alone as `other` has it: of the structure, and of
    /// the offers that both hold. A position stays with its address.
    #[must_use]
    pub fn with_plain_of(&self, other: &Self, rules: &Rules) -> Self {
        let mut merged = self.clone();
        take_plain(&mut merged.structure, &other.structure, rules);
        for entry in &mut merged.offers {
            let number = &entry.form.offre_identifiant;
            let same = |one: &&OfferEntry| one.form.offre_identifiant == *number;
            if let Some(found) = other.offers.iter().find(same) {
                take_plain(&mut entry.form, &found.form, rules);
                if rules.changes.plain.iter().any(|plain| plain == "horaires") {
                    entry.hours.clone_from(&found.hours);
                }
            }
        }
        merged
    }

    /// What differs from `before`, column by column.
    #[must_use]
    pub fn changes_since(&self, before: &Self, rules: &Rules) -> Changes {
        let mut changes = Changes::default();
        let mut note = |column: &str| {
            let list = if rules.changes.plain.iter().any(|plain| plain == column) {
                &mut changes.plain
            } else {
                &mut changes.substantive
            };
            if !list.iter().any(|known| known == column) {
                list.push(column.to_owned());
            }
        };
        let (old, new) = (before.cells(), self.cells());
        for key in old.keys().chain(new.keys()) {
            if old.get(key) != new.get(key) {
                note(&key.1);
            }
        }
        changes
    }

    /// Every cell, by offer and column: what a change is told by.
    fn cells(&self) -> BTreeMap<(String, String), String> {
        let mut cells = BTreeMap::new();
        for entry in &self.offers {
            let row = self.row(entry);
            let number = row.offre_identifiant.clone();
            let columns = serde_json::to_value(&row).expect("a form holds only texts");
            for (column, value) in columns.as_object().into_iter().flatten() {
                let text = value.as_str().unwrap_or_default().trim().to_owned();
                if column != "verifie_le" {
                    cells.insert((number.clone(), column.clone()), text);
                }
            }
            let professional = entry.professional.trim().to_owned();
            cells.insert((number, "professionnel".to_owned()), professional);
        }
        cells
    }
}
