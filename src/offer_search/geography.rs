//! What is known of the country: communes, and outlines of departments for the map. Both are tables
//! that an operator can replace.

use serde::Deserialize;

use super::{commune::Communes, position::Position};

/// The outlines that are built in.
const BUILT_IN: &str = include_str!("outlines.csv");

/// Communes and outlines.
#[derive(Clone, Debug, Default)]
pub struct Geography {
    /// The communes.
    pub communes: Communes,
    /// The outlines, by department.
    pub outlines: Vec<Outline>,
}

/// The outline of a department.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Number of the department.
    pub department: String,
    /// Its points, in their order.
    pub points: Vec<Position>,
}

#[derive(Deserialize)]
struct Point {
    department: String,
    latitude: f64,
    longitude: f64,
}

impl Geography {
    /// What is built in: the demonstration region.
    ///
    /// # Panics
    /// Never: a test reads the tables.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            communes: Communes::built_in(),
            outlines: Outline::read(BUILT_IN).expect("a test reads the table"),
        }
    }
}

impl Outline {
    /// Reads a table of outlines: CSV in UTF-8, lines that begin with `#` left out, with the columns
    /// `department`, `latitude` and `longitude` (degrees, WGS84); the points of a department stand
    /// together, in the order of its outline.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut outlines: Vec<Self> = Vec::new();
        for point in reader.deserialize() {
            let point: Point = point.map_err(|error| error.to_string())?;
            let position = Position::new(point.latitude, point.longitude)
                .ok_or_else(|| format!("{}: no such degrees", point.department))?;
            match outlines.last_mut() {
                Some(last) if last.department == point.department => last.points.push(position),
                _ => outlines.push(Self {
                    department: point.department,
                    points: vec![position],
                }),
            }
        }
        Ok(outlines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_outlines_hold_the_communes_of_their_department() {
        let geography = Geography::built_in();
        assert_eq!(geography.outlines.len(), 4);
        for outline in &geography.outlines {
            assert!(outline.points.len() > 30, "{}", outline.department);
        }
        assert!(Outline::read("department,latitude,longitude\n29,91,0\n").is_err());
    }
}
