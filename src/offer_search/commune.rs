//! The communes that people say they live in: a table, and what the published places add to it.

use std::collections::HashMap;

use serde::Deserialize;
use strsim::osa_distance;

use super::{index::OfferIndex, position::Position};
use crate::terminology::fold;

/// The table that is built in.
const BUILT_IN: &str = include_str!("../demo/communes.csv");
/// A shorter name is not corrected.
const MIN_CORRECTED: usize = 4;

/// A commune.
#[derive(Clone, Debug)]
pub struct Commune {
    /// Its name.
    pub name: String,
    /// One of its postal codes.
    pub postal_code: String,
    /// Its centre.
    pub position: Position,
    folded: String,
    population: u64,
}

/// Communes, the most inhabited first.
#[derive(Clone, Debug, Default)]
pub struct Communes(Vec<Commune>);

#[derive(Deserialize)]
struct Row {
    name: String,
    postal_code: String,
    latitude: f64,
    longitude: f64,
    #[serde(default)]
    population: u64,
}

impl Communes {
    /// The communes that are built in: those of the demonstration region.
    ///
    /// # Panics
    /// Never: a test reads the table.
    #[must_use]
    pub fn built_in() -> Self {
        Self::read(BUILT_IN).expect("a test reads the table")
    }

    /// Reads a table: CSV in UTF-8, lines that begin with `#` left out, with the columns `name`,
    /// `postal_code`, `latitude`, `longitude` (degrees, WGS84) and, if it has it, `population`.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut found = Vec::new();
        for row in reader.deserialize() {
            let row: Row = row.map_err(|error| error.to_string())?;
            let position = Position::new(row.latitude, row.longitude)
                .ok_or_else(|| format!("{}: no such degrees", row.name))?;
            found.push(Commune {
                folded: plain(&row.name),
                name: row.name,
                postal_code: row.postal_code,
                position,
                population: row.population,
            });
        }
        found.sort_by_key(|commune| std::cmp::Reverse(commune.population));
        Ok(Self(found))
    }

    /// Those whose name or postal code is that text, or begins with it; else those whose name looks
    /// most like it. A commune that stands in no table is known by its published places.
    #[must_use]
    pub fn find(&self, index: &OfferIndex, text: &str) -> Vec<Commune> {
        let typed = plain(text);
        // "29200 Brest": the name decides, the code only tells namesakes apart.
        let (code, wanted) = match typed.split_once(' ') {
            Some((code, name)) if code.bytes().all(|byte| byte.is_ascii_digit()) => (code, name),
            _ => ("", typed.as_str()),
        };
        let mut found = self.named(index, wanted);
        if found.iter().any(|commune| commune.postal_code == code) {
            found.retain(|commune| commune.postal_code == code);
        }
        found
    }

    fn named(&self, index: &OfferIndex, wanted: &str) -> Vec<Commune> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let met = met(&self.0, wanted);
        if !met.is_empty() {
            return met;
        }
        let of_places = of_places(index);
        let met = self::met(&of_places, wanted);
        if !met.is_empty() {
            return met;
        }
        let length = wanted.chars().count();
        let most = if length < MIN_CORRECTED {
            0
        } else {
            1 + length / 8
        };
        let nearest = self
            .0
            .iter()
            .chain(&of_places)
            .map(|commune| (osa_distance(&commune.folded, wanted), commune))
            .filter(|(distance, _)| *distance <= most)
            .min_by_key(|(distance, commune)| (*distance, std::cmp::Reverse(commune.population)));
        nearest
            .map(|(_, commune)| commune.clone())
            .into_iter()
            .collect()
    }

    /// Names with their postal codes, when there are few enough to be proposed.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.0.iter();
        named.map(|commune| (&*commune.name, &*commune.postal_code))
    }
}

/// Those that are called so, else those that begin so, else those of that postal code's start.
fn met(communes: &[Commune], wanted: &str) -> Vec<Commune> {
    let tests: [&dyn Fn(&Commune) -> bool; 3] = [
        &|commune| commune.folded == wanted || commune.postal_code == wanted,
        &|commune| commune.folded.starts_with(wanted),
        &|commune| wanted.len() >= 2 && commune.postal_code.starts_with(wanted),
    ];
    tests
        .into_iter()
        .map(|test| distinct(communes.iter().filter(|commune| test(commune))))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// `St` and `Ste` are how people write `Saint` and `Sainte`.
fn plain(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(' ').map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        other => other,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The same commune of several tables is told once; so is one of several postal codes.
fn distinct<'c>(communes: impl Iterator<Item = &'c Commune>) -> Vec<Commune> {
    let mut found: Vec<Commune> = Vec::new();
    for commune in communes {
        let is_new = found.iter().all(|known| {
            known.folded != commune.folded || known.position.distance_km(commune.position) > 15.0
        });
        if is_new && found.len() < 10 {
            found.push(commune.clone());
        }
    }
    found
}

/// One place of each commune where an offer is given.
fn of_places(index: &OfferIndex) -> Vec<Commune> {
    let mut found: HashMap<&str, Commune> = HashMap::new();
    for offer in index.offers() {
        let address = offer.address();
        if let Some(position) = offer.position() {
            found.entry(&address.insee_code).or_insert_with(|| Commune {
                name: address.commune.to_string(),
                postal_code: address.postal_code.to_string(),
                position,
                folded: plain(&address.commune),
                population: 0,
            });
        }
    }
    let mut found: Vec<Commune> = found.into_values().collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    fn names(text: &str) -> Vec<String> {
        let index = OfferIndex::new(&Terminology::embedded());
        let found = Communes::built_in().find(&index, text);
        found.into_iter().map(|commune| commune.name).collect()
    }

    #[test]
    fn a_commune_is_found_by_name_code_start_and_with_a_fault() {
        assert_eq!(names("brest"), ["Brest"]);
        assert_eq!(names("BÉGARD"), ["Bégard"]);
        assert_eq!(names("35000"), ["Rennes"]);
        assert_eq!(names("29200 Brest"), ["Brest"]);
        assert_eq!(names("quimpr"), ["Quimper"]);
        assert!(names("St Malo").contains(&"Saint-Malo".to_owned()));
        assert!(names("plou").len() > 1);
        assert_eq!(names("zzzzzz"), [""; 0]);
        assert_eq!(names("  "), [""; 0]);
    }

    #[test]
    fn a_table_says_what_is_wrong() {
        assert!(Communes::read("name,postal_code,latitude,longitude\nA,1,91,0\n").is_err());
        assert!(Communes::read("name\nA\n").is_err());
        assert!(Communes::read("name,postal_code,latitude,longitude\nA,01000,45,5\n").is_ok());
    }
}
