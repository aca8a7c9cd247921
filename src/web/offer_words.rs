//! An offer of a list, in words: what a card shows.

use time::Date;

use super::layout::Layout;
use crate::{
    directory::pivot_label,
    finding::Language,
    offer_search::{Found, OfferIndex, PublishedOffer, english},
    terminology::Terminology,
};

/// A card of a list.
pub struct Card {
    /// Id of the offer.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Name of the structure.
    pub structure: String,
    /// Its page; empty when it has none.
    pub structure_href: String,
    /// Postal code and commune.
    pub commune: String,
    /// Labels of the categories.
    pub categories: Vec<String>,
    /// Labels of the care types.
    pub care_types: Vec<String>,
    /// Language of these labels.
    pub care_language: &'static str,
    /// Telephones.
    pub phones: Vec<String>,
    /// Web sites.
    pub websites: Vec<String>,
    /// Day of the last verification.
    pub verified_on: Option<Date>,
    /// True when the next verification is overdue.
    pub is_overdue: bool,
    /// How far, in words; empty when no place was asked for.
    pub distance: String,
    /// False when the offer does not say what was asked for.
    pub is_stated: bool,
}

/// The card of an offer that was found.
pub fn card(
    found: &Found,
    index: &OfferIndex,
    terminology: &Terminology,
    layout: &Layout,
    today: Date,
) -> Card {
    let card = card_of(index.offer(found.row), terminology, layout, today);
    Card {
        distance: found.distance_km.map(distance).unwrap_or_default(),
        is_stated: found.is_stated,
        ..card
    }
}

/// The card of an offer.
pub fn card_of(
    offer: PublishedOffer<'_>,
    terminology: &Terminology,
    layout: &Layout,
    today: Date,
) -> Card {
    let language = layout.language_pair();
    let codes = || offer.codes();
    let labels = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        let wanted = codes().filter(|code| is_wanted(code));
        wanted
            .map(|code| {
                let english = english(code).filter(|_| layout.language == Language::English);
                english
                    .unwrap_or_else(|| pivot_label(terminology, code))
                    .to_owned()
            })
            .collect()
    };
    let address = offer.address();
    Card {
        id: offer.id().to_owned(),
        href: format!("/offres/{}{language}", offer.id()),
        name: offer.name().to_owned(),
        structure: offer.structure_name().to_owned(),
        structure_href: match offer.structure_id() {
            "" => String::new(),
            id => format!("/structures/{id}{language}"),
        },
        commune: format!("{} {}", address.postal_code, address.commune)
            .trim()
            .to_owned(),
        categories: labels(&|code| terminology.category(code).is_some()),
        care_types: labels(&|code| terminology.care_type(code).is_some()),
        care_language: layout.say("fr", "en"),
        phones: offer.phones().map(str::to_owned).collect(),
        websites: offer.websites().map(str::to_owned).collect(),
        verified_on: offer.verified_on(),
        is_overdue: offer.next_review().is_some_and(|next| next < today),
        distance: String::new(),
        is_stated: true,
    }
}

/// Labels of the vocabulary, and the language in which they stand.
pub struct Labels {
    /// The labels.
    pub words: Vec<String>,
    /// `fr`, or `en` when every one has English words.
    pub language: &'static str,
}

impl Labels {
    /// Labels of an offer, which are French, in the language of the page.
    pub fn of(labels: &[String], terminology: &Terminology, layout: &Layout) -> Self {
        let translated: Option<Vec<String>> = labels
            .iter()
            .map(|label| {
                let code = code_of(terminology, label)?;
                english(code).map(str::to_owned)
            })
            .collect();
        match translated.filter(|_| layout.language == Language::English) {
            Some(words) => Self {
                words,
                language: "en",
            },
            None => Self {
                words: labels.to_vec(),
                language: "fr",
            },
        }
    }
}

/// The pivot code that has that French label.
fn code_of<'t>(terminology: &'t Terminology, label: &str) -> Option<&'t str> {
    let categories = terminology
        .categories()
        .iter()
        .map(|one| (&one.code, &one.label));
    let care_types = terminology
        .care_types()
        .iter()
        .map(|one| (&one.code, &one.label));
    let facets = ["PUB", "AGE", "LIEU", "PHA", "ACC", "PAR"].into_iter();
    let facets = facets.flat_map(|facet| terminology.facets(facet));
    let mut all = categories
        .chain(care_types)
        .chain(facets.map(|one| (&one.code, &one.label)));
    all.find(|(_, known)| *known == label)
        .map(|(code, _)| code.as_str())
}

/// A telephone number as people read it: pairs of digits.
pub fn spaced(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    if digits.len() != 10 || !digits.iter().all(char::is_ascii_digit) {
        return phone.to_owned();
    }
    digits
        .chunks(2)
        .map(|pair| pair.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("\u{a0}")
}

/// A day as people read it: `05/10/2026`.
pub fn day(date: &Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{day:02}/{:02}/{year}", u8::from(month))
}

/// A distance as people read it: `850 m`, `4,2 km`, `37 km`.
pub fn distance(km: f32) -> String {
    if km < 0.95 {
        format!("{:.0}\u{a0}m", (km * 20.0).round() * 50.0)
    } else if km < 10.0 {
        format!("{km:.1}\u{a0}km").replace('.', ",")
    } else {
        format!("{km:.0}\u{a0}km")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(spaced("0299000001"), "02\u{a0}99\u{a0}00\u{a0}00\u{a0}01");
        assert_eq!(spaced("+33 2"), "+33 2");
        assert_eq!(distance(0.02), "0\u{a0}m");
        assert_eq!(distance(0.42), "400\u{a0}m");
        assert_eq!(distance(4.21), "4,2\u{a0}km");
        assert_eq!(distance(52.4), "52\u{a0}km");
    }
}
