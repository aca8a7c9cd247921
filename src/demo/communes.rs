//! The real communes where everything is placed.

use serde::Deserialize;

use super::{dice::Dice, tables};

/// A commune of the region.
///
/// **Source:** see the head of `communes.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Commune {
    /// INSEE code, five characters.
    pub insee: String,
    /// Its name.
    pub name: String,
    /// One of its postal codes.
    pub postal_code: String,
    /// Number of its department.
    pub department: String,
    /// Degrees, WGS84, as in the file: five decimals.
    pub latitude: String,
    /// Degrees, WGS84, as in the file: five decimals.
    pub longitude: String,
    /// Inhabitants.
    pub population: u64,
}

/// Names of streets, all invented for the demonstration.
const STREETS: [&str; 24] = [
    "rue des Ajoncs",
    "rue des Bruyères",
    "place du Vieux Puits",
    "rue de l'Estran",
    "avenue des Goélands",
    "rue du Four à chaux",
    "rue des Tisserands",
    "impasse des Sternes",
    "allée des Camélias",
    "rue du Petit Bois",
    "boulevard des Embruns",
    "rue de la Fontaine aux chevaux",
    "rue des Trois Moulins",
    "chemin de la Lande",
    "rue du Presbytère",
    "quai des Voiliers",
    "rue des Sabotiers",
    "place des Halles",
    "rue du Champ de foire",
    "rue de la Corderie",
    "avenue du Ponant",
    "rue des Merisiers",
    "rue du Lavoir",
    "allée des Hortensias",
];

impl Commune {
    /// The communes of the file, in its order.
    pub(super) fn all() -> Vec<Self> {
        tables::read(include_str!("communes.csv"))
    }

    /// Weight in a choice where large communes come more often, without hiding the small ones.
    pub(super) fn weight(&self) -> u64 {
        self.population / 100 + 20
    }

    /// Latitude and longitude of a place near the centre, less than 700 m away.
    pub(super) fn point(&self, dice: &mut Dice) -> (String, String) {
        let near = |degrees: &str, dice: &mut Dice| {
            let shifted = hundred_thousandths(degrees) + dice.between(-500, 500);
            let sign = if shifted < 0 { "-" } else { "" };
            let size = shifted.abs();
            format!("{sign}{}.{:05}", size / 100_000, size % 100_000)
        };
        let latitude = near(&self.latitude, dice);
        (latitude, near(&self.longitude, dice))
    }
}

/// A number and a street.
pub(super) fn street(dice: &mut Dice) -> (String, &'static str) {
    let number = dice.between(1, 68);
    let bis = if dice.chance(6) { " bis" } else { "" };
    (format!("{number}{bis}"), dice.pick::<&str>(&STREETS))
}

/// Degrees with five decimals, as a whole number: integers are the same on every machine.
fn hundred_thousandths(degrees: &str) -> i64 {
    degrees.replace('.', "").parse().expect("five decimals")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dice::Topic;

    #[test]
    fn the_communes_are_120_plausible_ones_of_the_four_departments() {
        let communes = Commune::all();
        assert_eq!(communes.len(), 120);
        for commune in &communes {
            assert!(["22", "29", "35", "56"].contains(&commune.department.as_str()));
            assert!(commune.insee.starts_with(&commune.department) && commune.insee.len() == 5);
            assert_eq!(commune.postal_code.len(), 5);
            let latitude: f64 = commune.latitude.parse().expect("a number");
            let longitude: f64 = commune.longitude.parse().expect("a number");
            assert!((47.2..48.9).contains(&latitude), "{}", commune.name);
            assert!((-5.2..-1.0).contains(&longitude), "{}", commune.name);
            assert_eq!(commune.latitude.split('.').nth(1).map(str::len), Some(5));
        }
    }

    #[test]
    fn a_place_is_near_the_centre_of_its_commune() {
        let mut dice = Dice::new(1, Topic::Structure, 1);
        for commune in Commune::all() {
            let (latitude, longitude) = commune.point(&mut dice);
            for (near, centre) in [(latitude, commune.latitude), (longitude, commune.longitude)] {
                let distance = hundred_thousandths(&near) - hundred_thousandths(&centre);
                assert!(distance.abs() <= 500, "{near} and {centre}");
            }
        }
    }
}
