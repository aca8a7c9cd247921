//! Distances of searches against `GeographicLib`'s own implementation, on 10,000 pairs of points.

use passerelle::fhir::{DistanceGauge, Position};

/// The generator of `tests/data/geodesic/make.py`.
struct Rolls(u64);

impl Rolls {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % bound).expect("small")
    }
}

#[test]
fn distances_are_those_of_the_ellipsoid_to_the_millimetre() {
    let known = include_str!("../data/geodesic/distances.txt");
    let mut rolls = Rolls(20_261_127);
    let gauge = DistanceGauge::default();
    let mut count = 0;
    for (pair, line) in known.lines().enumerate() {
        let latitude = rolls.below(180_000_001) - 90_000_000;
        let longitude = rolls.below(360_000_001) - 180_000_000;
        let (to_latitude, to_longitude) = if pair % 2 == 0 {
            let north = rolls.below(2_000_001) - 1_000_000;
            let east = rolls.below(2_000_001) - 1_000_000;
            (
                (latitude + north).clamp(-90_000_000, 90_000_000),
                (longitude + east).clamp(-180_000_000, 180_000_000),
            )
        } else {
            let north = rolls.below(180_000_001) - 90_000_000;
            (north, rolls.below(360_000_001) - 180_000_000)
        };
        let at = |latitude: i64, longitude: i64| Position {
            latitude: latitude * 1_000,
            longitude: longitude * 1_000,
        };
        let (from, to) = (at(latitude, longitude), at(to_latitude, to_longitude));
        let expected: i64 = line.parse().expect("tenths of a millimetre");
        let found = gauge.distance_mm(from, to);
        assert!(
            (found * 10 - expected).abs() <= 6,
            "pair {pair}: {found} mm, not {expected} tenths"
        );
        // What is told as near lies in the box that the database looks in.
        let bounds = from.box_within(found);
        assert!(
            (bounds.latitudes.0..=bounds.latitudes.1).contains(&to.latitude),
            "pair {pair}"
        );
        assert!(
            bounds
                .longitudes
                .iter()
                .any(|(west, east)| (*west..=*east).contains(&to.longitude)),
            "pair {pair}"
        );
        count += 1;
    }
    assert_eq!(count, 10_000);
}
