//! One offer as the secretary of a network writes it: a row of the documented CSV.

use serde::{Deserialize, Serialize};

use crate::identifiers::{InvalidStructureNumber, StructureNumber};

/// One row of the import file: the texts as they were written, nothing checked yet.
///
/// A list cell holds its values separated by `|`. What each column means, with examples, stands in
/// `docs/import.md`; [`Column::ALL`] says the same to programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferForm {
    /// FINESS number of the structure, nine characters.
    pub structure_finess: String,
    /// SIRET, SIREN or RNA number of a structure that has no FINESS number.
    pub structure_numero: String,
    /// Name of the structure.
    pub structure_nom: String,
    /// Kind of structure: a pivot code (`STR-CLCC`) or its label.
    pub structure_type: String,
    /// Number and street.
    pub adresse: String,
    /// Postal code, five digits.
    pub code_postal: String,
    /// Name of the commune.
    pub commune: String,
    /// INSEE code of the commune, five characters.
    pub commune_insee: String,
    /// Latitude in degrees, WGS84.
    pub latitude: String,
    /// Longitude in degrees, WGS84.
    pub longitude: String,
    /// Telephone number that the public may call.
    pub telephone: String,
    /// Secure mailbox (MSSanté) of the offer, for professionals.
    pub messagerie_securisee: String,
    /// Web site that the public may visit.
    pub site_web: String,
    /// Number that the network gives to the offer; stays the same for ever.
    pub offre_identifiant: String,
    /// Name of the offer.
    pub offre_nom: String,
    /// Supportive-care category: a pivot code (`APA`) or the words of the region.
    pub categorie: String,
    /// Care types (list): pivot codes (`APA-01`) or labels.
    pub types_de_soin: String,
    /// Free description for the public.
    pub description: String,
    /// For whom (list): `PUB-PATIENT`, `Proches`…
    pub publics: String,
    /// Age groups (list) or one range in years: `AGE-ADULTE`, `18-75`…
    pub ages: String,
    /// Where the care is given (list): `LIEU-ETAB`, `Domicile`…
    pub lieux: String,
    /// When in the pathway (list): `PHA-PEND`, `Après traitement`…
    pub phases: String,
    /// How one gets in (list): `ACC-RDV`, `Sans rendez-vous`…
    pub acces: String,
    /// Specific pathways (list): `PAR-AJA`, `Parcours AJA`…
    pub parcours: String,
    /// When it is open, in words.
    pub horaires: String,
    /// What it costs: `gratuit`, `pris en charge`, `reste à charge`, `variable`, or free words.
    pub cout: String,
    /// Day of the last verification with the structure, `YYYY-MM-DD` or `DD/MM/YYYY`.
    pub verifie_le: String,
}

/// A column of the import file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in the header line.
    pub name: &'static str,
    /// True when an offer without it is refused.
    pub is_required: bool,
}

impl Column {
    /// Every column, in the order of the documented file.
    pub const ALL: [Self; 27] = [
        Self::optional("structure_finess"),
        Self::optional("structure_numero"),
        Self::required("structure_nom"),
        Self::optional("structure_type"),
        Self::optional("adresse"),
        Self::required("code_postal"),
        Self::required("commune"),
        Self::required("commune_insee"),
        Self::optional("latitude"),
        Self::optional("longitude"),
        Self::optional("telephone"),
        Self::optional("messagerie_securisee"),
        Self::optional("site_web"),
        Self::required("offre_identifiant"),
        Self::required("offre_nom"),
        Self::required("categorie"),
        Self::optional("types_de_soin"),
        Self::optional("description"),
        Self::optional("publics"),
        Self::optional("ages"),
        Self::optional("lieux"),
        Self::optional("phases"),
        Self::optional("acces"),
        Self::optional("parcours"),
        Self::optional("horaires"),
        Self::optional("cout"),
        Self::optional("verifie_le"),
    ];

    const fn required(name: &'static str) -> Self {
        Self {
            name,
            is_required: true,
        }
    }

    const fn optional(name: &'static str) -> Self {
        Self {
            name,
            is_required: false,
        }
    }
}

impl OfferForm {
    /// The number that the structure is known by.
    ///
    /// # Errors
    /// [`InvalidStructureNumber`].
    pub fn structure_number(&self) -> Result<StructureNumber, InvalidStructureNumber> {
        StructureNumber::parse(&self.structure_finess, &self.structure_numero)
    }

    /// The values of a list cell, trimmed, without the empty ones.
    pub fn list(cell: &str) -> impl Iterator<Item = &str> {
        cell.split('|')
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_describes_every_column_and_says_which_are_required() {
        let documentation = include_str!("../../docs/import.md");
        for column in Column::ALL {
            let name = format!("`{}`", column.name);
            let row = documentation
                .lines()
                .find(|line| {
                    let cell = line.split('|').nth(1);
                    cell.is_some_and(|cell| cell.contains(&name))
                })
                .expect("a row for the column");
            let is_required = row.split('|').nth(2).map(str::trim) == Some("yes");
            assert_eq!(is_required, column.is_required, "{name}");
        }
    }

    #[test]
    fn a_list_cell_is_cut_at_bars_and_trimmed() {
        let values: Vec<_> = OfferForm::list(" PHA-PEND | |Après traitement").collect();
        assert_eq!(values, ["PHA-PEND", "Après traitement"]);
        assert_eq!(OfferForm::list("").count(), 0);
    }
}
