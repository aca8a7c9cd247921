//! The search of the public over many offers: how long the index takes to make and to change, and how
//! long an answer takes. `OFFERS=200000 cargo bench --bench offer_search` is the large one.

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use passerelle::{
    config,
    demo::{Plan, Region},
    directory::{OfferRules, offer_resources},
    fhir::keep_public,
    offer_search::{
        Filter, Near, OfferIndex, Place, Position, Question, ReadOffer, Structure, WordGroup,
        answer,
    },
    terminology::Terminology,
};
use time::macros::date;

fn main() {
    let offers = std::env::var("OFFERS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let terminology = Terminology::embedded();
    let mut index = OfferIndex::new(&terminology);
    let read = read_offers(&terminology, &mut index, offers);
    let last = read[read.len() - 1].clone();

    let begin = Instant::now();
    for page in read.chunks(500) {
        index.add(page);
    }
    index.close_up();
    println!("{offers} offers indexed in {:?}", begin.elapsed());

    let begin = Instant::now();
    let mut changed = index.clone();
    changed.remove([0]);
    changed.add(&[last]);
    println!("one offer changed in {:?}", begin.elapsed());

    for (name, question) in questions() {
        let mut times: Vec<Duration> = (0..200)
            .map(|_| {
                let begin = Instant::now();
                black_box(answer(&index, &question));
                begin.elapsed()
            })
            .collect();
        times.sort();
        let total = answer(&index, &question).total;
        println!(
            "{name}: {total} offers, median {:?}, 99th of 100 {:?}",
            times[100], times[197]
        );
    }
}

/// The offers, whose structures and places are taken into the index.
fn read_offers(terminology: &Terminology, index: &mut OfferIndex, offers: usize) -> Vec<ReadOffer> {
    let settings = config::load(None).expect("the defaults fit");
    let plan = Plan {
        structures: (offers / 10).max(1),
        offers,
        ..Plan::default()
    };
    let rules = OfferRules {
        terminology,
        region: &settings.region,
        today: date!(2026 - 11 - 23),
    };
    let region = Region::generate(plan, terminology);
    let begin = Instant::now();
    let read = region
        .offers()
        .map(|form| {
            let mut made = offer_resources(&form, 1, rules).expect("an offer of the demonstration");
            keep_public(&mut made.healthcare_service);
            let structure = Structure::read(&made.organization);
            let place = Place::read(&made.location);
            index.put_structure(&structure);
            index.put_place(place.clone());
            ReadOffer::read(
                &made.healthcare_service,
                (&structure.id, &structure.name),
                (&place.id, &place.address),
                terminology,
            )
        })
        .collect();
    println!("{offers} offers made and read in {:?}", begin.elapsed());
    read
}

fn questions() -> Vec<(&'static str, Question)> {
    let question = |filters: &[(Filter, &str)], words: &[&str], near: bool| Question {
        filters: filters
            .iter()
            .map(|(filter, code)| (*filter, vec![(*code).to_owned()]))
            .collect::<BTreeMap<_, _>>(),
        text: words
            .iter()
            .map(|word| WordGroup {
                words: vec![(*word).to_owned()],
                codes: Vec::new(),
            })
            .collect(),
        near: near.then(|| Near {
            centre: Position::new(48.39, -4.49).expect("a place"),
            radius_km: 50.0,
        }),
        after: None,
        page: 20,
    };
    vec![
        ("everything", question(&[], &[], false)),
        (
            "one category",
            question(&[(Filter::Category, "APA")], &[], false),
        ),
        ("a word", question(&[], &["yoga"], false)),
        (
            "two words, one with a fault",
            question(&[], &["sofrologie", "brest"], false),
        ),
        ("near", question(&[], &[], true)),
        (
            "near, three filters, a word",
            question(
                &[
                    (Filter::Category, "PSY"),
                    (Filter::Phase, "PHA-PEND"),
                    (Filter::Audience, "PUB-PATIENT"),
                ],
                &["groupe"],
                true,
            ),
        ),
        (
            "nothing",
            question(
                &[(Filter::Category, "FERT"), (Filter::Cost, "RESTE-A-CHARGE")],
                &["zzz"],
                false,
            ),
        ),
    ]
}
