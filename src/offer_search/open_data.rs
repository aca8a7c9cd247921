//! An offer as a line of the open-data file: what each column is, and what an offer says there.

use super::published::PublishedOffer;
use crate::{directory::pivot_label, terminology::Terminology};

/// A column of the open-data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDataColumn {
    /// Its name.
    pub name: &'static str,
    /// Type, as Table Schema names it.
    pub kind: &'static str,
    /// What it says, in French.
    pub meaning: &'static str,
}

/// The columns, in their order. One that is published keeps its name and its meaning.
pub const OPEN_DATA_COLUMNS: [OpenDataColumn; 23] = [
    column(
        "offre_id",
        "string",
        "Identifiant de l'offre dans l'annuaire",
    ),
    column("offre_nom", "string", "Nom de l'offre"),
    column(
        "structure_id",
        "string",
        "Identifiant de la structure dans l'annuaire",
    ),
    column("structure_nom", "string", "Nom de la structure"),
    column("code_postal", "string", "Code postal du lieu"),
    column("commune", "string", "Commune du lieu"),
    column(
        "commune_insee",
        "string",
        "Code INSEE de la commune du lieu",
    ),
    column("latitude", "number", "Latitude en degrés, WGS84"),
    column("longitude", "number", "Longitude en degrés, WGS84"),
    column(
        "departements",
        "string",
        "Départements du lieu et des communes desservies, séparés par |",
    ),
    column(
        "categories",
        "string",
        "Catégories de soins, libellés séparés par |",
    ),
    column("soins", "string", "Types de soins, libellés séparés par |"),
    column(
        "codes",
        "string",
        "Codes du vocabulaire pivot, séparés par |",
    ),
    column("publics", "string", "Publics, libellés séparés par |"),
    column("ages", "string", "Tranches d'âge, libellés séparés par |"),
    column("lieux", "string", "Lieux de soins, libellés séparés par |"),
    column(
        "phases",
        "string",
        "Moments du parcours, libellés séparés par |",
    ),
    column(
        "acces",
        "string",
        "Modalités d'accès, libellés séparés par |",
    ),
    column(
        "parcours",
        "string",
        "Parcours spécifiques, libellés séparés par |",
    ),
    column(
        "cout",
        "string",
        "GRATUIT, PRIS-EN-CHARGE, RESTE-A-CHARGE ou VARIABLE ; vide : non précisé",
    ),
    column(
        "telephone",
        "string",
        "Téléphones ouverts au public, séparés par |",
    ),
    column("site_web", "string", "Sites, séparés par |"),
    column(
        "verifie_le",
        "date",
        "Jour de la dernière vérification par une personne",
    ),
];

const fn column(name: &'static str, kind: &'static str, meaning: &'static str) -> OpenDataColumn {
    OpenDataColumn {
        name,
        kind,
        meaning,
    }
}

/// What an offer says in each column.
#[must_use]
pub fn open_data_line(offer: PublishedOffer<'_>, terminology: &Terminology) -> Vec<String> {
    let codes = || offer.codes();
    let labels = |is_wanted: &dyn Fn(&str) -> bool| -> String {
        let wanted = codes().filter(|code| is_wanted(code));
        let labels = wanted.map(|code| pivot_label(terminology, code));
        labels.collect::<Vec<_>>().join("|")
    };
    let facet = |facet: &str| {
        labels(&|code| {
            code.strip_prefix(facet)
                .is_some_and(|rest| rest.starts_with('-'))
                && terminology.facet(code).is_some()
        })
    };
    let address = offer.address();
    let degrees = |of: fn(super::Position) -> f32| {
        offer
            .position()
            .map(|position| format!("{:.5}", of(position)))
            .unwrap_or_default()
    };
    let departments = codes().filter_map(|code| code.strip_prefix("DEP:"));
    let cost = codes().find(|code| super::filter::is_cost(code));
    let is_pivot = |code: &&str| !code.contains(':') && !super::filter::is_cost(code);
    vec![
        offer.id().to_owned(),
        offer.name().to_owned(),
        offer.structure_id().to_owned(),
        offer.structure_name().to_owned(),
        address.postal_code.to_string(),
        address.commune.to_string(),
        address.insee_code.to_string(),
        degrees(super::Position::latitude),
        degrees(super::Position::longitude),
        departments.collect::<Vec<_>>().join("|"),
        labels(&|code| terminology.category(code).is_some()),
        labels(&|code| terminology.care_type(code).is_some()),
        codes().filter(is_pivot).collect::<Vec<_>>().join("|"),
        facet("PUB"),
        facet("AGE"),
        facet("LIEU"),
        facet("PHA"),
        facet("ACC"),
        facet("PAR"),
        cost.unwrap_or_default().to_owned(),
        offer.phones().collect::<Vec<_>>().join("|"),
        offer.websites().collect::<Vec<_>>().join("|"),
        offer
            .verified_on()
            .map(|day| day.to_string())
            .unwrap_or_default(),
    ]
}
