//! Places on the globe, and how far apart they are.

/// Mean radius of the Earth, in kilometres.
///
/// **Source:** IUGG, mean radius `R1`.
const EARTH_RADIUS_KM: f32 = 6371.0;

/// A place, as a point of the unit sphere: distances then cost three multiplications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    latitude: f32,
    longitude: f32,
    point: [f32; 3],
}

/// A circle within which offers are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its centre.
    pub centre: Position,
    /// Its radius, in kilometres.
    pub radius_km: f32,
}

impl Position {
    /// The place at these degrees of WGS84; none when they are not on the globe.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seven digits of a degree are one centimetre"
    )]
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_there = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_there.then(|| {
            let (phi, lambda) = (latitude.to_radians(), longitude.to_radians());
            Self {
                latitude: latitude as f32,
                longitude: longitude as f32,
                point: [
                    (phi.cos() * lambda.cos()) as f32,
                    (phi.cos() * lambda.sin()) as f32,
                    phi.sin() as f32,
                ],
            }
        })
    }

    /// Degrees north.
    #[must_use]
    pub fn latitude(self) -> f32 {
        self.latitude
    }

    /// Degrees east.
    #[must_use]
    pub fn longitude(self) -> f32 {
        self.longitude
    }

    /// The way between two places as the crow flies, in kilometres.
    #[must_use]
    pub fn distance_km(self, other: Self) -> f32 {
        2.0 * EARTH_RADIUS_KM * (self.chord_2(other).sqrt() / 2.0).min(1.0).asin()
    }

    /// Square of the straight way between two places through the unit sphere: what tells near from far
    /// without the sine of an arc.
    pub(super) fn chord_2(self, other: Self) -> f32 {
        let squares = self.point.iter().zip(other.point);
        squares
            .map(|(one, other)| (one - other) * (one - other))
            .sum()
    }
}

impl Near {
    /// The greatest [`Position::chord_2`] from the centre to a place within, and a little more.
    pub(super) fn reach(self) -> f32 {
        let half = (self.radius_km / (2.0 * EARTH_RADIUS_KM)).min(std::f32::consts::FRAC_PI_2);
        (2.0 * half.sin()).powi(2) * 1.001 + 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).expect("on the globe")
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let (brest, quimper) = (at(48.3904, -4.4861), at(47.9960, -4.1027));
        let distance = brest.distance_km(quimper);
        assert!((52.0..53.0).contains(&distance), "{distance}");
        assert!(brest.distance_km(brest) < 0.01);
        let across = at(0.0, 0.0).distance_km(at(0.0, 180.0));
        assert!((20_000.0..20_030.0).contains(&across), "{across}");
    }

    #[test]
    fn what_is_not_on_the_globe_is_no_place() {
        assert_eq!(Position::new(91.0, 0.0), None);
        assert_eq!(Position::new(f64::NAN, 0.0), None);
        assert_eq!(Position::new(0.0, f64::INFINITY), None);
    }
}
