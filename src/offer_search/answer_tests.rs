//! The index against a plain reading of the same offers.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::{
    fhir::words,
    offer_search::{Place, ReadOffer, Structure},
    terminology::{Terminology, fold},
};

/// An offer, and where it is given.
type Made = (ReadOffer, Option<Position>);

fn offer(id: &str, name: &str, codes: &[&str], place: Option<(f64, f64)>) -> Made {
    let codes: BTreeSet<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    let title_words: BTreeSet<String> = words(name).collect();
    let position = place.and_then(|(latitude, longitude)| Position::new(latitude, longitude));
    let read = ReadOffer {
        id: id.to_owned(),
        name: name.to_owned(),
        structure_id: "s".to_owned(),
        place_id: id.to_owned(),
        phones: Vec::new(),
        websites: Vec::new(),
        verified_on: None,
        next_review: None,
        codes,
        words: title_words.clone(),
        title_words,
    };
    (read, position)
}

/// Reading the lists takes longer than a case of a property.
static EMPTY: LazyLock<OfferIndex> = LazyLock::new(|| OfferIndex::new(&Terminology::embedded()));

fn index(offers: Vec<Made>) -> OfferIndex {
    let mut index = EMPTY.clone();
    index.put_structure(&Structure {
        id: "s".to_owned(),
        name: "Maison".to_owned(),
    });
    add(&mut index, offers);
    index
}

fn add(index: &mut OfferIndex, offers: Vec<Made>) {
    for (offer, position) in &offers {
        index.put_place(Place {
            id: offer.id.clone(),
            position: *position,
            ..Place::default()
        });
    }
    let offers: Vec<ReadOffer> = offers.into_iter().map(|(offer, _)| offer).collect();
    index.add(&offers);
}

fn question(filters: &[(Filter, &str)]) -> Question {
    let mut question = Question {
        page: 20,
        ..Question::default()
    };
    for (filter, value) in filters {
        let values = question.filters.entry(*filter).or_default();
        values.push((*value).to_owned());
    }
    question
}

fn ids<'i>(index: &'i OfferIndex, answer: &Answer) -> Vec<&'i str> {
    let offers = answer.offers.iter();
    offers.map(|found| index.offer(found.row).id()).collect()
}

fn count(answer: &Answer, index: &OfferIndex, filter: Filter, code: &str) -> u64 {
    let (place, values) = index
        .filters()
        .iter()
        .enumerate()
        .find_map(|(place, (known, values))| (*known == filter).then_some((place, values)))
        .expect("every filter is there");
    let rank = values.iter().position(|value| value.code == code);
    answer.counts[place].1[rank.expect("a known value")]
}

fn group(word: &str) -> WordGroup {
    WordGroup {
        words: vec![word.to_owned()],
        codes: Vec::new(),
    }
}

#[test]
fn what_is_stated_comes_before_what_may_be_meant_and_counts_say_both() {
    let index = index(vec![
        offer("a", "Autre", &["APA", "PHA:?"], None),
        offer("b", "Bien", &["APA", "PHA-APRES"], None),
        offer("c", "Cours", &["APA", "PHA-AVANT"], None),
        offer("d", "Danse", &["PSY", "PHA-APRES"], None),
    ]);
    let after = question(&[(Filter::Category, "APA"), (Filter::Phase, "PHA-APRES")]);
    let answer = answer(&index, &after);
    assert_eq!(ids(&index, &answer), ["b", "a"]);
    assert!(answer.offers[0].is_first && answer.offers[0].is_stated);
    assert!(!answer.offers[1].is_first && !answer.offers[1].is_stated);
    assert_eq!(count(&answer, &index, Filter::Phase, "PHA-AVANT"), 2);
    assert_eq!(count(&answer, &index, Filter::Category, "PSY"), 1);
    assert_eq!(count(&answer, &index, Filter::Category, "APA"), 2);
}

#[test]
fn a_search_that_finds_nothing_says_what_each_part_costs() {
    let index = index(vec![
        offer("a", "Yoga", &["APA", "DEP:29"], None),
        offer("b", "Marche", &["APA", "DEP:29"], None),
        offer("c", "Parole", &["PSY", "DEP:35"], None),
    ]);
    let mut wanted = question(&[(Filter::Category, "APA"), (Filter::Department, "35")]);
    let found = answer(&index, &wanted);
    assert_eq!(found.total, 0);
    let department = Relaxation::Filter(Filter::Department);
    let category = Relaxation::Filter(Filter::Category);
    assert_eq!(found.relaxations, [(department, 2), (category, 1)]);
    wanted.text = vec![group("zzz")];
    assert_eq!(answer(&index, &wanted).relaxations, []);
    let unknown = question(&[(Filter::Category, "NONE")]);
    assert_eq!(answer(&index, &unknown).total, 0);
}

#[test]
fn near_offers_come_first_and_those_without_a_place_are_not_near() {
    let brest = Position::new(48.39, -4.49).expect("a place");
    let index = index(vec![
        offer("far", "A", &[], Some((48.11, -1.68))),
        offer("near", "B", &[], Some((48.40, -4.50))),
        offer("town", "C", &[], Some((47.99, -4.10))),
        offer("nowhere", "D", &[], None),
    ]);
    let mut wanted = question(&[]);
    let near = |radius_km| {
        Some(Near {
            centre: brest,
            radius_km,
        })
    };
    wanted.near = near(100.0);
    assert_eq!(ids(&index, &answer(&index, &wanted)), ["near", "town"]);
    wanted.near = near(0.1);
    let nothing = answer(&index, &wanted);
    assert_eq!(nothing.relaxations, [(Relaxation::Near, 4)]);
}

#[test]
fn an_offer_that_changed_is_found_as_it_is_now_and_older_answers_stay_as_they_were() {
    let before = index(vec![
        offer("a", "Yoga", &["APA"], None),
        offer("b", "Danse", &["APA"], None),
    ]);
    let mut after = before.clone();
    after.remove([0]);
    add(&mut after, vec![offer("a", "Atelier", &["BIEN"], None)]);
    let apa = question(&[(Filter::Category, "APA")]);
    assert_eq!(ids(&before, &answer(&before, &apa)), ["b", "a"]);
    assert_eq!(ids(&after, &answer(&after, &apa)), ["b"]);
    let all = answer(&after, &question(&[]));
    assert_eq!(ids(&after, &all), ["a", "b"]);
    assert_eq!((after.len(), after.dead()), (2, 1));
    let mut yoga = question(&[]);
    yoga.text = vec![group("yoga")];
    assert_eq!(answer(&after, &yoga).total, 0);
    let names = |index: &OfferIndex| {
        let offers = index.of_structure("s").into_iter();
        offers
            .map(|offer| offer.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&before), ["Danse", "Yoga"]);
    assert_eq!(names(&after), ["Atelier", "Danse"]);
    assert_eq!((after.row_of("a"), after.row_of("zzz")), (Some(2), None));
    assert_eq!(
        after.held_by("b").collect::<Vec<_>>(),
        ["b"],
        "at its place"
    );
}

const CODES: [&str; 6] = [
    "APA",
    "PSY",
    "PHA-APRES",
    "PHA:?",
    "PUB-TOUT",
    "PUB-PATIENT",
];

/// Name, codes, place.
type AnyOffer = (String, Vec<usize>, Option<(f64, f64)>);

fn any_offers() -> impl Strategy<Value = Vec<AnyOffer>> {
    let place = proptest::option::of((47.0_f64..49.0, -5.0_f64..-1.0));
    let codes = proptest::collection::vec(0..CODES.len(), 0..4);
    proptest::collection::vec(("[ab]{1,2}", codes, place), 0..80)
}

fn any_question() -> impl Strategy<Value = Question> {
    (
        proptest::option::of(0..2_usize),
        proptest::bool::ANY,
        proptest::bool::ANY,
        proptest::option::of((47.0_f64..49.0, -5.0_f64..-1.0, 5.0_f32..200.0)),
        1..7_usize,
    )
        .prop_map(|(category, with_phase, with_public, near, page)| {
            let mut filters = Vec::new();
            filters.extend(category.map(|rank| (Filter::Category, CODES[rank])));
            filters.extend(with_phase.then_some((Filter::Phase, "PHA-APRES")));
            filters.extend(with_public.then_some((Filter::Audience, "PUB-PATIENT")));
            let mut question = question(&filters);
            question.page = page;
            question.near = near.and_then(|(latitude, longitude, radius_km)| {
                Some(Near {
                    centre: Position::new(latitude, longitude)?,
                    radius_km,
                })
            });
            question
        })
}

proptest! {
    /// Page after page gives every offer that a plain reading finds, each once, in the order of its
    /// rank.
    #[test]
    fn pages_give_what_a_plain_reading_gives(offers in any_offers(), wanted in any_question()) {
        let made: Vec<_> = offers
            .iter()
            .enumerate()
            .map(|(rank, (name, codes, place))| {
                let codes: Vec<&str> = codes.iter().map(|rank| CODES[*rank]).collect();
                offer(&format!("o{rank:03}"), name, &codes, *place)
            })
            .collect();
        let meets = |(read, position): &Made| {
            let has = |code: &str| read.codes.contains(code);
            let mut stated = true;
            for (filter, values) in &wanted.filters {
                let (own, possible) = match filter {
                    Filter::Phase => (has("PHA-APRES"), has("PHA:?")),
                    Filter::Audience => (has("PUB-PATIENT"), has("PUB-TOUT")),
                    _ => (has(&values[0]), false),
                };
                if !own && !possible {
                    return None;
                }
                stated &= own;
            }
            let km = match wanted.near {
                Some(near) => Some((*position)?.distance_km(near.centre)),
                None => None,
            };
            if km.zip(wanted.near).is_some_and(|(km, near)| km > near.radius_km) {
                return None;
            }
            let metres = km.map(|km| (km * 1000.0).round() as u32);
            let name = metres.map_or_else(|| fold(&read.name), |_| String::new());
            Some((!stated, metres, name, read.id.clone()))
        };
        let mut expected: Vec<_> = made.iter().filter_map(meets).collect();
        expected.sort();
        let expected: Vec<String> = expected.into_iter().map(|(_, _, _, id)| id).collect();
        let index = index(made.clone());
        let mut found: Vec<String> = Vec::new();
        let mut wanted = wanted.clone();
        loop {
            let page = answer(&index, &wanted);
            prop_assert_eq!(page.total, expected.len() as u64);
            prop_assert!(page.offers.len() <= wanted.page);
            found.extend(ids(&index, &page).into_iter().map(str::to_owned));
            if !page.has_more {
                break;
            }
            wanted.after = page.offers.last().map(|last| last.cursor.clone());
        }
        prop_assert_eq!(found, expected);
    }

    /// Every count is what choosing that value gives.
    #[test]
    fn a_count_is_what_the_value_gives(offers in any_offers(), wanted in any_question()) {
        let made = offers.iter().enumerate().map(|(rank, (name, codes, place))| {
            let codes: Vec<&str> = codes.iter().map(|rank| CODES[*rank]).collect();
            offer(&format!("o{rank:03}"), name, &codes, *place)
        });
        let index = index(made.collect());
        let told = answer(&index, &wanted);
        for (filter, code) in [
            (Filter::Category, "APA"),
            (Filter::Category, "PSY"),
            (Filter::Phase, "PHA-APRES"),
            (Filter::Audience, "PUB-PATIENT"),
        ] {
            let mut with = wanted.clone();
            with.filters.insert(filter, vec![code.to_owned()]);
            prop_assert_eq!(count(&told, &index, filter, code), answer(&index, &with).total);
        }
    }

    /// Whatever a cursor says, a page comes.
    #[test]
    fn no_cursor_breaks_a_page(cursor in ".*", wanted in any_question()) {
        let index = index(vec![offer("a", "Yoga", &["APA"], None)]);
        let mut wanted = wanted;
        wanted.after = Some(cursor);
        prop_assert!(answer(&index, &wanted).offers.len() <= 1);
    }
}
