//! The map of a search: outlines of the departments and one circle a commune, drawn here. The list of
//! communes below it says the same and leads to the same places.

use std::collections::BTreeMap;

use super::{
    layout::Layout,
    offer_query::{OfferQuery, RADII, Shown},
};
use crate::{
    flows::FoundOffers,
    offer_search::{Outline, Position},
};

/// Width of the drawing, in its own units; the height follows from the country drawn.
const WIDTH: f32 = 1000.0;
/// White around what is drawn.
const MARGIN: f32 = 30.0;
/// Communes that the list below the map shows; a page stays light.
const MOST_COMMUNES: usize = 150;
/// How far around a commune its link searches, in kilometres.
const AROUND: u16 = 5;
/// Circles whose centres are nearer than that become one: two never cover each other, and each is as
/// wide as a finger on the smallest drawing that the style sheet allows (WCAG 2.2, 2.5.8).
const APART: f32 = 72.0;
/// Radius of the smallest and of the largest circle.
const RADII_DRAWN: (f32, f32) = (18.0, 34.0);

/// The map.
pub struct MapView {
    /// Width and height.
    pub size: (f32, f32),
    /// Outlines of departments, as the `points` of a polygon, and where their number stands.
    pub outlines: Vec<OutlineView>,
    /// Circles: a commune and those beside it.
    pub circles: Vec<CircleView>,
    /// Communes, those with most offers first.
    pub communes: Vec<CommuneView>,
    /// Communes that are left out.
    pub left_out: usize,
    /// Offers whose place is not known.
    pub without_place: u64,
}

/// A department.
pub struct OutlineView {
    /// Its number.
    pub department: String,
    /// `x,y x,y …`
    pub points: String,
    /// Where its number stands.
    pub middle: (f32, f32),
}

/// A commune where offers are given.
pub struct CommuneView {
    /// Its name.
    pub name: String,
    /// Offers.
    pub count: u64,
    /// The search around it.
    pub href: String,
}

/// A circle of the map.
pub struct CircleView {
    /// The commune with most offers.
    pub name: String,
    /// Communes beside it that it stands for too.
    pub others: usize,
    /// Offers of all of them.
    pub count: u64,
    /// Its centre.
    pub at: (f32, f32),
    /// Its radius.
    pub radius: f32,
    /// The search around that commune, as far as the others.
    pub href: String,
}

/// Degrees to units of the drawing.
struct Projection {
    west: f32,
    north: f32,
    scale: (f32, f32),
    size: (f32, f32),
}

struct Commune {
    name: String,
    postal_code: String,
    position: Position,
    count: u64,
}

/// Draws the offers of a search.
pub fn map(
    layout: &Layout,
    query: &OfferQuery,
    path: &str,
    found: &FoundOffers,
    outlines: &[Outline],
) -> MapView {
    let places = found.answer.places(&found.snapshot.index);
    let placed: u64 = places.iter().map(|(.., count)| count).sum();
    let mut by_commune: BTreeMap<&str, Commune> = BTreeMap::new();
    for (address, position, count) in places {
        let commune = by_commune
            .entry(&address.insee_code)
            .or_insert_with(|| Commune {
                name: address.commune.to_string(),
                postal_code: address.postal_code.to_string(),
                position,
                count: 0,
            });
        commune.count += count;
    }
    let mut communes: Vec<Commune> = by_commune.into_values().collect();
    communes.sort_by(|one, other| (other.count, &one.name).cmp(&(one.count, &other.name)));
    let outlines = near(outlines, &communes);
    let points = outlines
        .iter()
        .flat_map(|outline| outline.points.iter().copied())
        .chain(communes.iter().map(|commune| commune.position));
    let projection = Projection::of(points);
    let circles = Circle::all(&projection, &communes);
    let most = circles.iter().map(|circle| circle.count).max().unwrap_or(1);
    let left_out = communes.len().saturating_sub(MOST_COMMUNES);
    MapView {
        size: projection.size,
        outlines: outlines
            .into_iter()
            .map(|outline| projection.outline(outline))
            .collect(),
        circles: circles
            .iter()
            .map(|circle| CircleView {
                name: circle.commune.name.clone(),
                others: circle.others,
                count: circle.count,
                at: circle.at,
                radius: radius(circle.count, most),
                href: around(query, circle.commune, circle.reach()).href(path, layout),
            })
            .collect(),
        communes: communes
            .iter()
            .take(MOST_COMMUNES)
            .map(|commune| CommuneView {
                href: around(query, commune, AROUND).href(path, layout),
                name: commune.name.clone(),
                count: commune.count,
            })
            .collect(),
        left_out,
        without_place: found.answer.total - placed,
    }
}

/// Communes that are drawn as one.
struct Circle<'c> {
    commune: &'c Commune,
    at: (f32, f32),
    others: usize,
    count: u64,
    farthest_km: f32,
}

impl<'c> Circle<'c> {
    /// The circles of communes, of which those with most offers come first.
    fn all(projection: &Projection, communes: &'c [Commune]) -> Vec<Self> {
        let mut circles: Vec<Self> = Vec::new();
        for commune in communes {
            let at = projection.point(commune.position);
            let apart = |circle: &Self| (circle.at.0 - at.0).hypot(circle.at.1 - at.1);
            match circles.iter_mut().find(|circle| apart(circle) < APART) {
                Some(circle) => {
                    let km = circle.commune.position.distance_km(commune.position);
                    circle.farthest_km = circle.farthest_km.max(km);
                    circle.others += 1;
                    circle.count += commune.count;
                }
                None => circles.push(Self {
                    commune,
                    at,
                    others: 0,
                    count: commune.count,
                    farthest_km: 0.0,
                }),
            }
        }
        circles
    }

    /// The distance to choose from that reaches all of it.
    fn reach(&self) -> u16 {
        let wanted = self.farthest_km + f32::from(AROUND) / 2.0;
        let mut radii = RADII.into_iter();
        radii
            .find(|radius| f32::from(*radius) >= wanted)
            .unwrap_or(RADII[RADII.len() - 1])
    }
}

/// The outlines among which communes stand; all of them when there is none.
fn near<'o>(outlines: &'o [Outline], communes: &[Commune]) -> Vec<&'o Outline> {
    let holds = |outline: &&Outline| {
        communes.is_empty()
            || communes.iter().any(|commune| {
                let middle = middle(&outline.points);
                commune.position.distance_km(middle) < 100.0
            })
    };
    outlines.iter().filter(holds).collect()
}

fn around(query: &OfferQuery, commune: &Commune, radius_km: u16) -> OfferQuery {
    query.with(|query| {
        query.wanted.position = None;
        query.wanted.commune = format!("{} {}", commune.postal_code, commune.name);
        query.wanted.radius_km = radius_km;
        query.shown = Shown::List;
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a radius, in units of a drawing"
)]
fn radius(count: u64, most: u64) -> f32 {
    // The area says the number.
    let (least, largest) = RADII_DRAWN;
    least + (largest - least) * (count as f32 / most as f32).sqrt()
}

fn middle(points: &[Position]) -> Position {
    let range = |of: fn(Position) -> f32| {
        let values = points.iter().map(|point| of(*point));
        let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        f64::from(f32::midpoint(low, high))
    };
    Position::new(range(Position::latitude), range(Position::longitude))
        .expect("between two places of the globe")
}

impl Projection {
    /// One that shows all these points; degrees of longitude are as wide as in the middle of them.
    fn of(points: impl Iterator<Item = Position>) -> Self {
        let (mut north, mut south, mut west, mut east) = (f32::MIN, f32::MAX, f32::MAX, f32::MIN);
        for point in points {
            north = north.max(point.latitude());
            south = south.min(point.latitude());
            west = west.min(point.longitude());
            east = east.max(point.longitude());
        }
        if north < south {
            (north, south, west, east) = (51.2, 41.3, -5.3, 9.6);
        }
        let (height, width) = ((north - south).max(0.1), (east - west).max(0.1));
        let narrowing = f32::midpoint(north, south).to_radians().cos();
        let unit = (WIDTH - 2.0 * MARGIN) / (width * narrowing);
        Self {
            west,
            north,
            scale: (unit * narrowing, unit),
            size: (WIDTH, (height * unit + 2.0 * MARGIN).round()),
        }
    }

    fn point(&self, position: Position) -> (f32, f32) {
        let x = MARGIN + (position.longitude() - self.west) * self.scale.0;
        let y = MARGIN + (self.north - position.latitude()) * self.scale.1;
        ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0)
    }

    fn outline(&self, outline: &Outline) -> OutlineView {
        let points: Vec<String> = outline
            .points
            .iter()
            .map(|point| {
                let (x, y) = self.point(*point);
                format!("{x},{y}")
            })
            .collect();
        OutlineView {
            department: outline.department.clone(),
            points: points.join(" "),
            middle: self.point(middle(&outline.points)),
        }
    }
}
