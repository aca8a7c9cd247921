//! Positions in memory, by squares of a tenth of a degree: what lies in an area, and what is nearest.
//!
//! The chord through the earth bounds a distance closely from below, and the arc over it from above on
//! the most curved part of the ellipsoid; only what lies between the two is measured exactly.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::search_snapshot_links::union;
use crate::fhir::{BoundingBox, Centre, DistanceGauge, NearArea, Position};

/// Side of a square, in billionths of a degree.
const SIDE: i64 = 100_000_000;
/// Squares looked at one by one, at the most; beyond, every position is.
const MAX_SQUARES: i64 = 10_000;
/// WGS 84: semi-major axis in millimetres, and square of the first eccentricity.
const SEMI_MAJOR_AXIS_MM: f64 = 6_378_137_000.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_316;
/// Least radius of curvature of the ellipsoid, that of the meridian at the equator, in millimetres.
const LEAST_RADIUS_MM: f64 = SEMI_MAJOR_AXIS_MM * (1.0 - ECCENTRICITY_2);
/// What rounding may add, in millimetres.
const SLACK_MM: f64 = 2.0;

/// A position, and the same in space, in millimetres from the middle of the earth.
#[derive(Clone, Copy)]
struct Spot {
    position: Position,
    space: [f64; 3],
}

/// A distance that is known to lie between two others, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// Not less than that.
    least: f64,
    /// Not more than that.
    most: f64,
}

/// The positions of resources, by their numbers.
#[derive(Default)]
pub(super) struct Places {
    spots: Vec<Option<Spot>>,
    squares: BTreeMap<(i64, i64), Vec<u32>>,
    gauge: DistanceGauge,
}

/// The places, as seen from the middle of an area.
pub(super) struct Around<'p> {
    places: &'p Places,
    area: &'p NearArea,
    centre: Spot,
}

impl Spot {
    fn of(position: Position) -> Self {
        let (latitude, longitude) = position.degrees();
        let (sin_latitude, cos_latitude) = latitude.to_radians().sin_cos();
        let (sin_longitude, cos_longitude) = longitude.to_radians().sin_cos();
        let radius = SEMI_MAJOR_AXIS_MM / (1.0 - ECCENTRICITY_2 * sin_latitude.powi(2)).sqrt();
        Self {
            position,
            space: [
                radius * cos_latitude * cos_longitude,
                radius * cos_latitude * sin_longitude,
                radius * (1.0 - ECCENTRICITY_2) * sin_latitude,
            ],
        }
    }

    fn bounds(&self, other: &Self) -> Bounds {
        let squares = self
            .space
            .iter()
            .zip(other.space)
            .map(|(a, b)| (a - b).powi(2));
        let chord = squares.sum::<f64>().sqrt();
        let sine = chord / (2.0 * LEAST_RADIUS_MM);
        let most = if sine < 0.5 {
            2.0 * LEAST_RADIUS_MM * sine.asin() + SLACK_MM
        } else {
            f64::INFINITY
        };
        Bounds {
            least: chord - SLACK_MM,
            most,
        }
    }
}

impl Bounds {
    /// Whole millimetres: not more than the distance.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2 · 10^10")]
    pub(super) fn least_mm(self) -> i64 {
        self.least.floor() as i64
    }

    /// Whole millimetres: not less than the distance.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 2 · 10^10, or as much as there is"
    )]
    pub(super) fn most_mm(self) -> i64 {
        self.most.ceil() as i64
    }
}

fn square(position: Position) -> (i64, i64) {
    (
        position.latitude.div_euclid(SIDE),
        position.longitude.div_euclid(SIDE),
    )
}

impl Places {
    pub(super) fn put(&mut self, number: u32, position: Position) {
        let at = number as usize;
        if self.spots.len() <= at {
            self.spots.resize(at + 1, None);
        }
        self.spots[at] = Some(Spot::of(position));
        self.squares
            .entry(square(position))
            .or_default()
            .push(number);
    }

    pub(super) fn remove(&mut self, number: u32) {
        let Some(spot) = self.spots.get_mut(number as usize).and_then(Option::take) else {
            return;
        };
        if let Some(numbers) = self.squares.get_mut(&square(spot.position)) {
            numbers.retain(|one| *one != number);
        }
    }

    fn spot(&self, number: u32) -> Option<&Spot> {
        self.spots.get(number as usize)?.as_ref()
    }

    /// The places as they stand around an area that has a middle of its own.
    pub(super) fn around<'p>(&'p self, area: &'p NearArea) -> Option<Around<'p>> {
        match &area.centre {
            Centre::Point(position) => Some(Around {
                places: self,
                area,
                centre: Spot::of(*position),
            }),
            Centre::Commune(_) => None,
        }
    }

    fn candidates(&self, bounds: &BoundingBox) -> Vec<u32> {
        let (south, north) = (
            bounds.latitudes.0.div_euclid(SIDE),
            bounds.latitudes.1.div_euclid(SIDE),
        );
        let ranges = bounds.longitudes.iter();
        let ranges = ranges.map(|(west, east)| (west.div_euclid(SIDE), east.div_euclid(SIDE)));
        let width: i64 = ranges.clone().map(|(west, east)| east - west + 1).sum();
        if (north - south + 1) * width > MAX_SQUARES {
            return self.squares.values().flatten().copied().collect();
        }
        let mut found = Vec::new();
        for row in south..=north {
            for (west, east) in ranges.clone() {
                let squares = self.squares.range((row, west)..=(row, east));
                found.extend(squares.flat_map(|(_, numbers)| numbers));
            }
        }
        found
    }
}

impl Around<'_> {
    /// Everything in the area.
    pub(super) fn within(&self) -> RoaringBitmap {
        let radius = to_f64(self.area.radius_mm);
        let is_within = |number: &u32| {
            let Some(spot) = self.places.spot(*number) else {
                return false;
            };
            let bounds = self.centre.bounds(spot);
            bounds.most <= radius
                || (bounds.least <= radius && self.exact_mm(spot) <= self.area.radius_mm)
        };
        let area = self.centre.position.box_within(self.area.radius_mm);
        let mut found = self.places.candidates(&area);
        found.retain(is_within);
        union(std::iter::once(&*found))
    }

    fn exact_mm(&self, spot: &Spot) -> i64 {
        let gauge = &self.places.gauge;
        gauge.distance_mm(self.centre.position, spot.position)
    }

    fn spots(&self, places: &[u32]) -> impl Iterator<Item = &Spot> {
        places.iter().filter_map(|place| self.places.spot(*place))
    }

    /// What is known of the distance to the nearest of these places without measuring.
    pub(super) fn bounds(&self, places: &[u32]) -> Option<Bounds> {
        let each = self.spots(places).map(|spot| self.centre.bounds(spot));
        each.reduce(|a, b| Bounds {
            least: a.least.min(b.least),
            most: a.most.min(b.most),
        })
    }

    /// The distance to the nearest of these places, in millimetres.
    pub(super) fn distance_mm(&self, places: &[u32]) -> Option<i64> {
        self.spots(places).map(|spot| self.exact_mm(spot)).min()
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 2 · 10^10")]
fn to_f64(mm: i64) -> f64 {
    mm as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_exact_distance_lies_between_its_bounds(
            latitude in -90.0f64..=90.0, longitude in -180.0f64..=180.0,
            north in -3.0f64..=3.0, east in -3.0f64..=3.0,
        ) {
            let at = |latitude: f64, longitude: f64| {
                Position::of_degrees(latitude.clamp(-90.0, 90.0), longitude.clamp(-180.0, 180.0)).expect("on the globe")
            };
            let (from, to) = (at(latitude, longitude), at(latitude + north, longitude + east));
            let exact = to_f64(DistanceGauge::default().distance_mm(from, to));
            let bounds = Spot::of(from).bounds(&Spot::of(to));
            prop_assert!(bounds.least <= exact && exact <= bounds.most, "{:?} {}", bounds, exact);
        }
    }
}
