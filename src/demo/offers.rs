//! Offers of supportive care, as the secretary of a network would have typed them.

use serde::Deserialize;
use time::Date;

use super::{
    dice::{Dice, Topic},
    region::Region,
    structures::{Kind, Structure},
    tables::{self, List, Weights},
};
use crate::{directory::OfferForm, terminology::CareType};

/// What the offers of one category say, as `offer-words.csv` has it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Words {
    /// Pivot code of the category.
    pub category: String,
    hospital_only: List,
    own_ages: List,
    children: u64,
    publics: Weights,
    phases: Weights,
    access: List,
    costs: Weights,
    sentences: List,
}

impl Words {
    /// The rows of the file, in its order.
    pub(super) fn all() -> Vec<Self> {
        tables::read(include_str!("offer-words.csv"))
    }
}

/// The offer of that rank. Each structure has one before any has two.
pub(super) fn offer(region: &Region<'_>, rank: usize) -> OfferForm {
    let mut dice = Dice::new(region.plan.seed, Topic::Offer, rank);
    let structure = match region.structures.get(rank) {
        Some(own) => own,
        None => region.any_structure(&mut dice),
    };
    let kind = &region.kinds[structure.kind];
    let (category, _) = dice.weighted(&kind.categories.0, |(_, weight)| *weight);
    let words = region
        .words
        .iter()
        .find(|words| words.category == *category)
        .expect("a test finds the words of every category");
    let care_types = care_types(region, kind, words, &mut dice);
    let place = facet_label(region, &dice.weighted(&kind.places.0, |(_, w)| *w).0);
    let mut form = OfferForm {
        offre_identifiant: format!("BRE-{:06}", rank + 1),
        offre_nom: name(
            &care_types,
            &region.communes[structure.commune].name,
            &mut dice,
        ),
        categorie: category_words(region, category, &mut dice),
        types_de_soin: joined(care_types.iter().map(|care| care.label.as_str())),
        description: dice.pick(&words.sentences.0).clone(),
        publics: labels(region, &some_of(&words.publics, &mut dice)),
        ages: ages(region, words, &care_types, &mut dice),
        lieux: place.to_owned(),
        phases: labels(region, &some_of(&words.phases, &mut dice)),
        acces: access(region, words, place, &mut dice),
        cout: dice.weighted(&words.costs.0, |(_, w)| *w).0.clone(),
        verifie_le: verified_on(region.plan.reference_day, &mut dice),
        ..of_structure(region, structure)
    };
    if kind.is_hospital() {
        let open_to = match dice.below(10) {
            0..3 => "ACC-SUIVI",
            3..8 => "ACC-NONSUIVI",
            _ => return form,
        };
        form.acces = joined([form.acces.as_str(), facet_label(region, open_to)].into_iter());
    }
    form
}

/// The columns that every row of a structure repeats.
fn of_structure(region: &Region<'_>, structure: &Structure) -> OfferForm {
    let commune = &region.communes[structure.commune];
    let kind = &region.kinds[structure.kind].kind;
    let host = &structure.host;
    let when = |wanted: bool, text: String| if wanted { text } else { String::new() };
    OfferForm {
        structure_finess: structure.finess.as_str().to_owned(),
        structure_nom: structure.name.clone(),
        structure_type: facet_label(region, kind).to_owned(),
        adresse: format!("{} {}", structure.house_number, structure.street),
        code_postal: commune.postal_code.clone(),
        commune: commune.name.clone(),
        commune_insee: commune.insee.clone(),
        latitude: structure.latitude.clone(),
        longitude: structure.longitude.clone(),
        telephone: structure.phone.clone(),
        messagerie_securisee: when(
            structure.has_mailbox,
            format!("{}@structures.mssante.invalid", mail_local(host)),
        ),
        site_web: when(structure.has_website, format!("https://{host}.invalid/")),
        ..OfferForm::default()
    }
}

/// Local parts of mail addresses hold 64 characters at most.
fn mail_local(host: &str) -> &str {
    host.get(..60).unwrap_or(host).trim_end_matches('-')
}

/// One to three care types of the category that such a structure gives.
fn care_types<'t>(
    region: &Region<'t>,
    kind: &Kind,
    words: &Words,
    dice: &mut Dice,
) -> Vec<&'t CareType> {
    let mut possible: Vec<&CareType> = region
        .terminology
        .care_types()
        .iter()
        .filter(|care| care.category == words.category)
        .filter(|care| kind.is_hospital() || !words.hospital_only.0.contains(&care.code))
        .collect();
    let wanted = *dice.weighted(&[(1, 5), (2, 3), (3, 2)], |(_, weight)| *weight);
    let mut chosen = Vec::new();
    while chosen.len() < wanted.0 && !possible.is_empty() {
        chosen.push(possible.swap_remove(dice.below(possible.len() as u64) as usize));
    }
    chosen.sort_by(|one, other| one.code.cmp(&other.code));
    chosen
}

fn name(care_types: &[&CareType], commune: &str, dice: &mut Dice) -> String {
    let label = care_types.first().map_or("", |care| care.label.as_str());
    match dice.below(8) {
        0 => format!("{label} : premier rendez-vous"),
        1 | 2 => format!("{label} – {commune}"),
        _ => label.to_owned(),
    }
}

/// The category, in the words of the region, or now and then as a pivot code.
fn category_words(region: &Region<'_>, category: &str, dice: &mut Dice) -> String {
    let label = region.terminology.category(category);
    let label = label.map_or(category, |found| found.label.as_str());
    if dice.chance(5) { category } else { label }.to_owned()
}

/// The values that come out, each with its weight as a percentage; the first when none does.
fn some_of<'w>(weights: &'w Weights, dice: &mut Dice) -> Vec<&'w str> {
    let mut chosen: Vec<&str> = Vec::new();
    for (value, percent) in &weights.0 {
        if dice.chance(*percent) {
            chosen.push(value);
        }
    }
    if chosen.is_empty() {
        chosen.extend(weights.0.first().map(|(value, _)| value.as_str()));
    }
    chosen
}

fn ages(region: &Region<'_>, words: &Words, care_types: &[&CareType], dice: &mut Dice) -> String {
    for own in &words.own_ages.0 {
        let (care, group) = own.split_once(':').unwrap_or_default();
        if care_types.iter().any(|chosen| chosen.code == care) {
            return labels(region, &[group]);
        }
    }
    if dice.chance(words.children) {
        return labels(region, &["AGE-ENFANT"]);
    }
    let has_old_people = words.category != "FERT";
    let groups: &[&str] = match dice.below(100) {
        0..6 => &["AGE-AJA", "AGE-ADULTE"],
        6..11 if has_old_people => &["AGE-PA"],
        11..18 if has_old_people => &["AGE-ADULTE", "AGE-PA"],
        18..22 => return "18-75".to_owned(),
        _ => &["AGE-ADULTE"],
    };
    labels(region, groups)
}

fn access(region: &Region<'_>, words: &Words, place: &str, dice: &mut Dice) -> String {
    let is_remote = place == facet_label(region, "LIEU-DIST");
    let mut chosen: Vec<&str> = Vec::new();
    for (rank, way) in words.access.0.iter().enumerate() {
        let is_possible = match way.as_str() {
            "ACC-PRES" | "ACC-PMR" => !is_remote && dice.chance(70),
            _ => rank == 0 || dice.chance(40),
        };
        if is_possible {
            chosen.push(way);
        }
    }
    if is_remote {
        chosen.push("ACC-TELE");
    }
    labels(region, &chosen)
}

/// Most offers were verified within two years; a few rows have no date.
fn verified_on(reference_day: Date, dice: &mut Dice) -> String {
    let day = match dice.below(100) {
        0..3 => return String::new(),
        3..70 => dice.day_before(reference_day, 0, 365),
        _ => dice.day_before(reference_day, 366, 900),
    };
    let (year, month, day) = day.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

fn facet_label<'t>(region: &Region<'t>, code: &str) -> &'t str {
    region
        .terminology
        .facet(code)
        .map(|facet| facet.label.as_str())
        .expect("a test finds every facet of the tables")
}

fn labels(region: &Region<'_>, codes: &[&str]) -> String {
    joined(codes.iter().map(|code| facet_label(region, code)))
}

fn joined<'t>(values: impl Iterator<Item = &'t str>) -> String {
    values.collect::<Vec<_>>().join("|")
}

#[cfg(test)]
#[path = "offers_tests.rs"]
mod tests;
