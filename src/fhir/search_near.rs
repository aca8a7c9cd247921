//! Areas around a point, and exact distances on the ellipsoid.
//!
//! **Source:** FHIR R4, 8.7.5.1, `near`; C. F. F. Karney, *Algorithms for geodesics*, J. Geodesy 87
//! (2013); ellipsoid WGS 84.

use geographiclib_rs::{Geodesic, InverseGeodesic};

use super::search_values::split;

/// Radius of an area when the query gives none, in metres.
pub const DEFAULT_RADIUS_M: f64 = 50_000.0;
/// Half the meridian, beyond which nothing lies, in metres; every area is smaller.
const MAX_RADIUS_M: f64 = 20_003_932.0;
/// Billionths of a degree in a degree: positions are kept so.
const NANODEGREES: f64 = 1e9;
/// WGS 84: flattening, and semi-minor axis in metres.
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const SEMI_MINOR_AXIS_M: f64 = 6_356_752.314_245;

/// A position, in billionths of a degree (a tenth of a millimetre).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// North of the equator.
    pub latitude: i64,
    /// East of Greenwich.
    pub longitude: i64,
}

/// Where the middle of an area is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Centre {
    /// A point.
    Point(Position),
    /// A commune, by its INSEE code: the middle of the places that the directory knows there.
    Commune(String),
}

/// All that lies within a distance of a point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NearArea {
    /// Its middle.
    pub centre: Centre,
    /// Its radius, in millimetres.
    pub radius_mm: i64,
}

/// What surely holds every point of an area: bounds in billionths of a degree, included. An area over
/// the antimeridian has two ranges of longitude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundingBox {
    /// Least and greatest latitude.
    pub latitudes: (i64, i64),
    /// Least and greatest longitudes.
    pub longitudes: Vec<(i64, i64)>,
}

impl Position {
    /// A position given in degrees; none when it is not on the globe.
    #[must_use]
    pub fn of_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let is_on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_on_globe.then(|| Self {
            latitude: rounded(latitude * NANODEGREES),
            longitude: rounded(longitude * NANODEGREES),
        })
    }

    /// In degrees: latitude, longitude.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "180 billion is held exactly by both types"
    )]
    pub fn degrees(self) -> (f64, f64) {
        (
            self.latitude as f64 / NANODEGREES,
            self.longitude as f64 / NANODEGREES,
        )
    }

    /// A box that holds all within `radius_mm`.
    ///
    /// On the auxiliary sphere of reduced latitudes, a line of length `s` covers an arc of at most
    /// `s / b`, and differences of longitude are at least those of the ellipsoid.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 2 · 10^10")]
    pub fn box_within(self, radius_mm: i64) -> BoundingBox {
        let (latitude, longitude) = self.degrees();
        let arc = radius_mm as f64 / 1e3 / SEMI_MINOR_AXIS_M + 1e-9;
        let reduced = ((1.0 - FLATTENING) * latitude.to_radians().tan()).atan();
        let geodetic = |reduced: f64| {
            let pole = std::f64::consts::FRAC_PI_2;
            let reduced = reduced.clamp(-pole, pole);
            (reduced.tan() / (1.0 - FLATTENING)).atan().to_degrees()
        };
        let latitudes = (
            rounded((geodetic(reduced - arc) * NANODEGREES).floor()) - 1,
            rounded((geodetic(reduced + arc) * NANODEGREES).ceil()) + 1,
        );
        let holds_pole = reduced.abs() + arc >= std::f64::consts::FRAC_PI_2;
        let width = (arc.sin() / reduced.cos()).asin().to_degrees() + 1e-6;
        let all = rounded(180.0 * NANODEGREES);
        let (west, east) = (
            rounded((longitude - width) * NANODEGREES),
            rounded((longitude + width) * NANODEGREES),
        );
        let longitudes = if holds_pole || !width.is_finite() || width >= 180.0 {
            vec![(-all, all)]
        } else if west < -all {
            vec![(-all, east), (west + 2 * all, all)]
        } else if east > all {
            vec![(west, all), (-all, east - 2 * all)]
        } else {
            vec![(west, east)]
        };
        BoundingBox {
            latitudes,
            longitudes,
        }
    }
}

/// Measures distances on the ellipsoid WGS 84; made once for many.
pub struct DistanceGauge(Geodesic);

impl Default for DistanceGauge {
    fn default() -> Self {
        Self(Geodesic::wgs84())
    }
}

impl DistanceGauge {
    /// Length of the shortest line from one position to another, in millimetres.
    #[must_use]
    pub fn distance_mm(&self, from: Position, to: Position) -> i64 {
        let ((latitude, longitude), (to_latitude, to_longitude)) = (from.degrees(), to.degrees());
        let metres: f64 = self
            .0
            .inverse(latitude, longitude, to_latitude, to_longitude);
        rounded(metres * 1e3)
    }
}

impl NearArea {
    /// `latitude|longitude`, `latitude|longitude|distance` or `latitude|longitude|distance|unit`;
    /// kilometres when no unit is given.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let parts = split(value, '|');
        let (latitude, longitude, radius) = match parts.as_slice() {
            [latitude, longitude, radius @ ..] => (latitude, longitude, radius),
            _ => return None,
        };
        let centre = Position::of_degrees(degrees(latitude)?, degrees(longitude)?)?;
        Some(Self {
            centre: Centre::Point(centre),
            radius_mm: radius_mm(radius)?,
        })
    }

    /// `commune`, `commune|distance` or `commune|distance|unit`; `system|commune|…` is not taken.
    #[must_use]
    pub fn parse_commune(value: &str) -> Option<Self> {
        let parts = split(value, '|');
        let (commune, radius) = parts.split_first()?;
        let is_insee = commune.len() == 5
            && commune.bytes().enumerate().all(|(rank, byte)| {
                byte.is_ascii_digit() || (rank == 1 && matches!(byte, b'A' | b'B'))
            });
        is_insee.then_some(())?;
        Some(Self {
            centre: Centre::Commune((*commune).to_owned()),
            radius_mm: radius_mm(radius)?,
        })
    }
}

fn degrees(text: &str) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| is_plain)
}

/// A distance with its unit, or what stands for it when it is left out, in millimetres.
fn radius_mm(parts: &[&str]) -> Option<i64> {
    let metres = match parts {
        [] | [""] | ["", ""] => DEFAULT_RADIUS_M,
        [distance] => degrees(distance)? * 1_000.0,
        [distance, unit] => degrees(distance)? * metres_of(unit)?,
        _ => return None,
    };
    let is_distance = metres.is_finite() && metres >= 0.0;
    is_distance.then(|| rounded(metres.min(MAX_RADIUS_M) * 1e3))
}

/// Metres of a unit of length.
///
/// **Source:** UCUM.
fn metres_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "" | "km" => 1_000.0,
        "m" => 1.0,
        "cm" => 0.01,
        "[mi_i]" | "mi" => 1_609.344,
        "[mi_us]" => 6_336_000.0 / 3_937.0,
        "[nmi_i]" => 1_852.0,
        "[ft_i]" => 0.304_8,
        _ => return None,
    })
}

/// The nearest whole number; what is handed in lies far within the range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees and distances of the globe, within 2 · 10^11"
)]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::of_degrees(latitude, longitude).expect("on the globe")
    }

    #[test]
    fn an_area_is_read_in_every_unit() {
        let radius = |value: &str| NearArea::parse(value).map(|area| area.radius_mm);
        assert_eq!(radius("48.4|-4.5|20|km"), Some(20_000_000));
        assert_eq!(radius("48.4|-4.5|20"), Some(20_000_000));
        assert_eq!(radius("48.4|-4.5|500|m"), Some(500_000));
        assert_eq!(radius("48.4|-4.5|1|[mi_i]"), Some(1_609_344));
        assert_eq!(radius("48.4|-4.5"), Some(50_000_000));
        assert_eq!(radius("48.4|-4.5|1e30|km"), Some(20_003_932_000));
        for wrong in [
            "",
            "48.4",
            "91|0|1|km",
            "0|181|1|km",
            "a|b",
            "1|2|-3|km",
            "1|2|3|parsec",
            "NaN|0",
            "0|0|inf|km",
            "1|2|3|km|x",
        ] {
            assert_eq!(radius(wrong), None, "{wrong}");
        }
        assert!(NearArea::parse_commune("29019|15|km").is_some());
        assert_eq!(NearArea::parse_commune("Brest|15|km"), None);
    }

    #[test]
    fn an_area_over_the_antimeridian_has_two_ranges_and_one_over_a_pole_all() {
        let fiji = at(-17.8, 179.9).box_within(50_000_000);
        assert_eq!(fiji.longitudes.len(), 2);
        let pole = at(89.9, 10.0).box_within(50_000_000);
        assert_eq!(pole.longitudes, [(-180_000_000_000, 180_000_000_000)]);
    }

    proptest! {
        #[test]
        fn what_is_near_lies_in_the_box(
            latitude in -90.0f64..=90.0, longitude in -180.0f64..=180.0,
            azimuth in 0.0f64..360.0, share in 0.0f64..=1.0, radius_km in 0.0f64..20_000.0,
        ) {
            use geographiclib_rs::DirectGeodesic;
            let globe = Geodesic::wgs84();
            let (to_latitude, to_longitude): (f64, f64) =
                globe.direct(latitude, longitude, azimuth, radius_km * share * 1e3);
            let (from, to) = (at(latitude, longitude), at(to_latitude, to_longitude));
            let area = from.box_within(rounded(radius_km * 1e6));
            prop_assert!((area.latitudes.0..=area.latitudes.1).contains(&to.latitude));
            let is_within = area.longitudes.iter()
                .any(|(west, east)| (*west..=*east).contains(&to.longitude));
            prop_assert!(is_within, "{:?} {:?}", area, to);
        }
    }
}
