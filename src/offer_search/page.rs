//! Cutting one page out of the offers that meet a question.
//!
//! Offers that are called so and state what is wanted come first, then the others; within each, by distance when a
//! place was asked for, else by name. A page begins after a key, never after a number: an offer that
//! appears or goes meanwhile makes nobody miss another.

use roaring::RoaringBitmap;

use super::{
    answer::{Distances, Found, Question},
    index::OfferIndex,
};

/// Fewer rows than one in that many are sorted; else the order of all names is walked along.
const WALK_FROM: u64 = 20;

/// Where a page begins: after an offer of one of the two parts.
struct After<'q> {
    is_first: bool,
    /// Metres, or the folded name.
    key: &'q str,
    id: &'q str,
}

impl<'q> After<'q> {
    /// Reads a cursor; one that is not ours begins anew.
    fn read(cursor: &'q str) -> Option<Self> {
        let mut parts = cursor.splitn(3, '~');
        Some(Self {
            is_first: parts.next()? == "0",
            id: parts.next()?,
            key: parts.next()?,
        })
    }
}

/// The offers of the page, and whether others come after them.
pub(super) fn cut(
    index: &OfferIndex,
    question: &Question,
    first: &RoaringBitmap,
    rows: &RoaringBitmap,
    distances: Option<&Distances<'_>>,
) -> (Vec<Found>, bool) {
    let after = question.after.as_deref().and_then(After::read);
    let others = rows - first;
    let mut found = Vec::with_capacity(question.page + 1);
    for (part, is_first) in [(first, true), (&others, false)] {
        let after = match &after {
            Some(after) if after.is_first != is_first => {
                if is_first {
                    continue;
                }
                None
            }
            other => other.as_ref(),
        };
        let wanted = question.page + 1 - found.len();
        let next = match distances {
            Some(distances) => by_distance(index, part, distances, after, wanted),
            None => by_name(index, part, after, wanted),
        };
        found.extend(next.into_iter().map(|row| (row, is_first)));
        if found.len() > question.page {
            break;
        }
    }
    let has_more = found.len() > question.page;
    found.truncate(question.page);
    let offers = found.into_iter().map(|(row, is_first)| {
        let distance_km = distances.map(|distances| distances.km(row));
        let key = distance_km.map_or_else(
            || index.rows.sort_name(row).to_owned(),
            |km| metres(km).to_string(),
        );
        Found {
            cursor: format!("{}~{}~{key}", u8::from(!is_first), index.rows.id(row)),
            row,
            distance_km,
            is_first,
            is_stated: true,
        }
    });
    (offers.collect(), has_more)
}

fn by_name(
    index: &OfferIndex,
    rows: &RoaringBitmap,
    after: Option<&After<'_>>,
    wanted: usize,
) -> Vec<u32> {
    let start = after.map_or(("", ""), |after| (after.key, after.id));
    let following = index.order.rows_after(&index.rows, start);
    if rows.len() * WALK_FROM >= index.rows.len() as u64 {
        let met = following.iter().copied().filter(|row| rows.contains(*row));
        return met.take(wanted).collect();
    }
    let Some(first) = following.first().map(|row| index.order.place(*row)) else {
        return Vec::new();
    };
    let mut places: Vec<(u32, u32)> = rows
        .iter()
        .map(|row| (index.order.place(row), row))
        .filter(|(place, _)| *place >= first)
        .collect();
    smallest(&mut places, wanted);
    places.into_iter().map(|(_, row)| row).collect()
}

fn by_distance(
    index: &OfferIndex,
    rows: &RoaringBitmap,
    distances: &Distances<'_>,
    after: Option<&After<'_>>,
    wanted: usize,
) -> Vec<u32> {
    let id = |row: u32| index.rows.id(row);
    let start = after.and_then(|after| Some((after.key.parse::<u32>().ok()?, after.id)));
    let mut keyed: Vec<(u32, &str, u32)> = rows
        .iter()
        .map(|row| (metres(distances.km(row)), id(row), row))
        .filter(|(metres, id, _)| start.is_none_or(|start| (*metres, *id) > start))
        .collect();
    smallest(&mut keyed, wanted);
    keyed.into_iter().map(|(_, _, row)| row).collect()
}

/// Keeps the `wanted` smallest, in order.
fn smallest<T: Ord>(items: &mut Vec<T>, wanted: usize) {
    if wanted > 0 && wanted < items.len() {
        items.select_nth_unstable(wanted - 1);
        items.truncate(wanted);
    }
    items.sort_unstable();
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "half the Earth's circumference in metres; what is no number becomes 0"
)]
fn metres(km: f32) -> u32 {
    (km * 1000.0).round() as u32
}
