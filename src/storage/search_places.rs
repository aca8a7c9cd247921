//! Positions in memory, by squares of a tenth of a degree: what lies in an area, and what is nearest.
//!
//! The chord through the earth bounds a distance closely from below, and the arc over it from above on
//! the most curved part of the ellipsoid; only what lies between the two is measured exactly.

use std::{collections::BTreeMap, f64::consts::FRAC_PI_6};

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

/// A point in space, in millimetres from the middle of the earth.
type Space = [f64; 3];

/// A position, and the same in space.
#[derive(Clone, Copy)]
struct Spot {
    position: Position,
    space: Space,
}

/// How long the straight line between two positions is: its square, in square millimetres, as the
/// bits of a float that is not negative, which have its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chord(u64);

/// The positions of resources, by their numbers.
#[derive(Default)]
pub(super) struct Places {
    spots: Vec<Option<Spot>>,
    squares: BTreeMap<(i64, i64), Vec<(u32, Space)>>,
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
}

impl Chord {
    fn between(one: &Space, other: &Space) -> Self {
        let [x, y, z] = [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
        Self((x * x + y * y + z * z).to_bits())
    }

    fn of_mm(length: f64) -> Self {
        Self(length.max(0.0).powi(2).to_bits())
    }

    /// The longest chord of which the distance is surely not more than that, which is not negative.
    pub(super) fn surely_within(distance_mm: i64) -> Self {
        let half_angle = (to_f64(distance_mm) - SLACK_MM) / (2.0 * LEAST_RADIUS_MM);
        Self::of_mm(2.0 * LEAST_RADIUS_MM * half_angle.min(FRAC_PI_6).sin())
    }

    /// The longest chord of which the distance may be not more than that.
    fn possibly_within(distance_mm: i64) -> Self {
        Self::of_mm(to_f64(distance_mm) + SLACK_MM)
    }

    /// Whole millimetres: not more than the distance.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2 · 10^10")]
    pub(super) fn least_mm(self) -> i64 {
        (f64::from_bits(self.0).sqrt() - SLACK_MM).floor() as i64
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
        let spot = Spot::of(position);
        self.spots[at] = Some(spot);
        self.squares
            .entry(square(position))
            .or_default()
            .push((number, spot.space));
    }

    pub(super) fn remove(&mut self, number: u32) {
        let Some(spot) = self.spots.get_mut(number as usize).and_then(Option::take) else {
            return;
        };
        if let Some(numbers) = self.squares.get_mut(&square(spot.position)) {
            numbers.retain(|(one, _)| *one != number);
        }
    }

    /// Gives back the room that is not used.
    pub(super) fn close_up(&mut self) {
        self.spots.shrink_to_fit();
        self.squares.values_mut().for_each(Vec::shrink_to_fit);
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

    /// Calls `see` for all that may lie in a box, square by square.
    fn for_each_in<'p>(&'p self, bounds: &BoundingBox, mut see: impl FnMut(&'p [(u32, Space)])) {
        let (south, north) = (
            bounds.latitudes.0.div_euclid(SIDE),
            bounds.latitudes.1.div_euclid(SIDE),
        );
        let ranges = bounds.longitudes.iter();
        let ranges = ranges.map(|(west, east)| (west.div_euclid(SIDE), east.div_euclid(SIDE)));
        let width: i64 = ranges.clone().map(|(west, east)| east - west + 1).sum();
        if (north - south + 1) * width > MAX_SQUARES {
            return self.squares.values().for_each(|all| see(all));
        }
        for row in south..=north {
            for (west, east) in ranges.clone() {
                let squares = self.squares.range((row, west)..=(row, east));
                squares.for_each(|(_, all)| see(all));
            }
        }
    }
}

impl Around<'_> {
    /// Everything in the area.
    pub(super) fn within(&self) -> RoaringBitmap {
        let radius = self.area.radius_mm;
        let sure = Chord::surely_within(radius);
        let is_measured_within = |number: u32| {
            let spot = self.places.spot(number);
            spot.is_some_and(|spot| self.exact_mm(spot) <= radius)
        };
        let mut found = Vec::new();
        self.for_each_possible(|number, chord| {
            if chord <= sure || is_measured_within(number) {
                found.push(number);
            }
        });
        union(std::iter::once(&*found))
    }

    /// The chords to these places; none when one of them lies outside the area.
    pub(super) fn chords_within(&self, places: &RoaringBitmap) -> Option<Vec<(Chord, u32)>> {
        // One bit each: whether a place is asked about is looked up for each in the area.
        let size = places.max().map_or(0, |last| last as usize / 64 + 1);
        let mut asked = vec![0_u64; size];
        for number in places {
            asked[number as usize / 64] |= 1 << (number % 64);
        }
        let mut found = Vec::new();
        self.for_each_possible(|number, chord| {
            let bits = asked.get(number as usize / 64);
            if bits.is_some_and(|bits| bits >> (number % 64) & 1 == 1) {
                found.push((chord, number));
            }
        });
        (found.len() as u64 == places.len()).then_some(found)
    }

    /// Calls `see` for all that may lie in the area.
    fn for_each_possible(&self, mut see: impl FnMut(u32, Chord)) {
        let area = self.centre.position.box_within(self.area.radius_mm);
        let possible = Chord::possibly_within(self.area.radius_mm);
        self.places.for_each_in(&area, |some| {
            for (number, space) in some {
                let chord = Chord::between(&self.centre.space, space);
                if chord <= possible {
                    see(*number, chord);
                }
            }
        });
    }

    fn exact_mm(&self, spot: &Spot) -> i64 {
        let gauge = &self.places.gauge;
        gauge.distance_mm(self.centre.position, spot.position)
    }

    fn spots(&self, places: &[u32]) -> impl Iterator<Item = &Spot> {
        places.iter().filter_map(|place| self.places.spot(*place))
    }

    /// The chord to that of these places which has the shortest.
    pub(super) fn chord(&self, places: &[u32]) -> Option<Chord> {
        let chord = |spot: &Spot| Chord::between(&self.centre.space, &spot.space);
        self.spots(places).map(chord).min()
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
        fn a_chord_says_what_is_surely_within_and_what_is_not(
            latitude in -90.0f64..=90.0, longitude in -180.0f64..=180.0,
            north in -3.0f64..=3.0, east in -3.0f64..=3.0, scale in 0.0f64..=1.0, more in -9_i64..=9,
        ) {
            let at = |latitude: f64, longitude: f64| {
                Position::of_degrees(latitude.clamp(-90.0, 90.0), longitude.clamp(-180.0, 180.0)).expect("on the globe")
            };
            let (from, to) = (at(latitude, longitude), at(latitude + north * scale, longitude + east * scale));
            let exact = DistanceGauge::default().distance_mm(from, to);
            let chord = Chord::between(&Spot::of(from).space, &Spot::of(to).space);
            prop_assert!(chord.least_mm() <= exact);
            let radius = (exact + more).max(0);
            if chord <= Chord::surely_within(radius) {
                prop_assert!(exact <= radius);
            }
            if exact <= radius {
                prop_assert!(chord <= Chord::possibly_within(radius));
            }
            let far = exact + exact / 100 + 10;
            prop_assert!(chord <= Chord::surely_within(far), "it is told without measuring");
        }
    }
}
