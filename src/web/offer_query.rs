//! What the address of a search says, and the addresses that a page of results leads to.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::layout::Layout;
use crate::{
    flows::Wanted,
    offer_search::{Filter, Relaxation},
};

/// Longest text searched, in characters.
const MAX_TEXT: usize = 100;
/// Longest cursor, in characters.
const MAX_CURSOR: usize = 400;
/// Values of one filter that are read.
const MAX_VALUES: usize = 40;
/// Offers of a page.
const PAGE: usize = 20;
/// Distances to choose from, in kilometres.
pub const RADII: [u16; 7] = [5, 10, 20, 30, 50, 100, 200];
/// Distance when none is chosen.
const RADIUS: u16 = 30;

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// One after the other.
    #[default]
    List,
    /// On a map.
    Map,
}

/// A search, as its address says it.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferQuery {
    /// What is searched for.
    pub wanted: Wanted,
    /// List or map.
    pub shown: Shown,
}

impl OfferQuery {
    /// Reads the decoded pairs of an address. What makes no sense is left out: an address that
    /// somebody shortened or mistyped still leads to a search.
    pub fn read(pairs: &[(String, String)]) -> Self {
        let all = |wanted: &'static str| {
            let named = pairs.iter().filter(move |(name, _)| name == wanted);
            named
                .map(|(_, value)| value.trim())
                .filter(|value| !value.is_empty())
        };
        let one = |wanted, most: usize| -> String {
            let first = all(wanted).next().unwrap_or_default();
            first.chars().take(most).collect()
        };
        let mut filters: BTreeMap<Filter, Vec<String>> = BTreeMap::new();
        for filter in Filter::ALL {
            let mut values: Vec<String> = Vec::new();
            for value in all(filter.parameter())
                .filter(|value| is_code(value))
                .take(MAX_VALUES)
            {
                if !values.iter().any(|known| known == value) {
                    values.push(value.to_owned());
                }
            }
            if !values.is_empty() {
                filters.insert(filter, values);
            }
        }
        let radius = one("rayon", 3).parse().unwrap_or(RADIUS);
        let cursor = one("suite", MAX_CURSOR);
        Self {
            wanted: Wanted {
                text: one("q", MAX_TEXT),
                filters,
                commune: one("pres", MAX_TEXT),
                position: position(&one("position", 30)),
                radius_km: if RADII.contains(&radius) {
                    radius
                } else {
                    RADIUS
                },
                after: Some(cursor).filter(|cursor| !cursor.is_empty()),
                page: PAGE,
            },
            shown: if one("vue", 5) == "carte" {
                Shown::Map
            } else {
                Shown::List
            },
        }
    }

    /// The address of this search below `path`, without what is as it would be anyway.
    pub fn href(&self, path: &str, layout: &Layout) -> String {
        let mut pairs: Vec<(&str, String)> = self.pairs();
        if let Some(language) = layout.asked_language() {
            pairs.push(("lang", language.to_owned()));
        }
        let mut href = path.to_owned();
        let mut separator = '?';
        for (name, value) in pairs {
            href.push(separator);
            href.push_str(name);
            href.push('=');
            href.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
            separator = '&';
        }
        href
    }

    /// What the address says, name by name.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let wanted = &self.wanted;
        let mut pairs = Vec::new();
        let mut push = |name, value: &str| {
            if !value.is_empty() {
                pairs.push((name, value.to_owned()));
            }
        };
        push("q", &wanted.text);
        for (filter, values) in &wanted.filters {
            for value in values {
                push(filter.parameter(), value);
            }
        }
        push("pres", &wanted.commune);
        if let Some((latitude, longitude)) = wanted.position {
            push("position", &format!("{latitude:.2},{longitude:.2}"));
        }
        if wanted.radius_km != RADIUS && self.has_place() {
            push("rayon", &wanted.radius_km.to_string());
        }
        if self.shown == Shown::Map {
            push("vue", "carte");
        }
        push("suite", wanted.after.as_deref().unwrap_or_default());
        pairs
    }

    /// True when a place is asked for.
    pub fn has_place(&self) -> bool {
        self.wanted.position.is_some() || !self.wanted.commune.is_empty()
    }

    /// True when that value of a filter is chosen.
    pub fn has(&self, filter: Filter, code: &str) -> bool {
        let values = self.wanted.filters.get(&filter);
        values.is_some_and(|values| values.iter().any(|value| value == code))
    }

    /// The same search from its first page, changed.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        changed.wanted.after = None;
        change(&mut changed);
        changed
    }

    /// The same search with one value of a filter more, or without it.
    pub fn toggled(&self, filter: Filter, code: &str) -> Self {
        self.with(|query| {
            let values = query.wanted.filters.entry(filter).or_default();
            match values.iter().position(|value| value == code) {
                Some(place) => {
                    values.remove(place);
                }
                None => values.push(code.to_owned()),
            }
            query.wanted.filters.retain(|_, values| !values.is_empty());
        })
    }

    /// The same search with a part given up.
    pub fn without(&self, part: Relaxation) -> Self {
        self.with(|query| match part {
            Relaxation::Text => query.wanted.text.clear(),
            Relaxation::Near => {
                query.wanted.commune.clear();
                query.wanted.position = None;
            }
            Relaxation::Filter(filter) => {
                query.wanted.filters.remove(&filter);
            }
        })
    }
}

fn is_code(value: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value.len() <= 40 && value.bytes().all(is_plain)
}

/// Degrees north and east, to a hundredth: about a kilometre says enough of where somebody is.
fn position(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    let rounded = |text: &str| -> Option<f64> {
        let degrees: f64 = text.trim().parse().ok()?;
        degrees
            .is_finite()
            .then(|| (degrees * 100.0).round() / 100.0)
    };
    let (latitude, longitude) = (rounded(latitude)?, rounded(longitude)?);
    let is_there = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    is_there.then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, Uri};
    use proptest::prelude::*;

    fn layout() -> Layout {
        Layout::new(&Uri::from_static("/offres"), &HeaderMap::new(), "offres")
    }

    fn read(pairs: &[(&str, &str)]) -> OfferQuery {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        OfferQuery::read(&pairs)
    }

    #[test]
    fn an_address_is_read_and_written_back() {
        let query = read(&[
            ("q", " yoga doux "),
            ("categorie", "APA"),
            ("public", "PUB-PATIENT"),
            ("public", "PUB-PROCHE"),
            ("public", "PUB-PROCHE"),
            ("pres", "Brest"),
            ("rayon", "50"),
        ]);
        assert_eq!(
            query.href("/offres", &layout()),
            "/offres?q=yoga%20doux&categorie=APA&public=PUB%2DPATIENT&public=PUB%2DPROCHE&pres=Brest&rayon=50"
        );
        let without = query
            .toggled(Filter::Category, "APA")
            .without(Relaxation::Near);
        assert!(!without.wanted.filters.contains_key(&Filter::Category));
        assert!(!without.has_place());
    }

    #[test]
    fn nonsense_is_left_out() {
        let query = read(&[
            ("categorie", "<script>"),
            ("rayon", "7"),
            ("position", "NaN,3"),
            ("vue", "globe"),
            ("q", &"é".repeat(5_000)),
        ]);
        assert!(query.wanted.filters.is_empty());
        assert_eq!(query.wanted.radius_km, RADIUS);
        assert_eq!(query.wanted.position, None);
        assert_eq!(query.wanted.text.chars().count(), MAX_TEXT);
        assert_eq!(
            read(&[("position", "48.39041,-4.48612")]).wanted.position,
            Some((48.39, -4.49))
        );
    }

    proptest! {
        #[test]
        fn no_address_breaks_the_reading(pairs in proptest::collection::vec((".*", ".*"), 0..20)) {
            let query = OfferQuery::read(&pairs);
            prop_assert!(query.href("/offres", &layout()).is_ascii());
        }

        #[test]
        fn what_is_written_is_read_back(text in "[a-zé ]{0,20}", place in 0.0_f64..80.0, radius in 0_usize..7) {
            let mut query = read(&[("q", &text), ("categorie", "PSY")]);
            query.wanted.position = position(&format!("{place},{place}"));
            query.wanted.radius_km = RADII[radius];
            let pairs: Vec<_> = query.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            prop_assert_eq!(OfferQuery::read(&pairs), query);
        }
    }
}
