use std::collections::{HashMap, HashSet};

use super::*;
use crate::{
    config::{Environment, Region as PublishingRegion},
    demo::Plan,
    directory::{OfferRules, offer_resources},
    terminology::Terminology,
};

#[test]
fn every_word_of_the_table_is_in_the_pivot() {
    let terminology = Terminology::embedded();
    let all = Words::all();
    assert_eq!(all.len(), 13);
    for words in all {
        assert!(terminology.category(&words.category).is_some());
        for care in &words.hospital_only.0 {
            assert!(terminology.care_type(care).is_some(), "{care}");
        }
        let publics = words.publics.0.iter().chain(&words.phases.0).map(|w| &w.0);
        for facet in publics.chain(&words.access.0) {
            assert!(terminology.facet(facet).is_some(), "{facet}");
        }
        for (care, group) in words
            .own_ages
            .0
            .iter()
            .filter_map(|own| own.split_once(':'))
        {
            assert!(terminology.care_type(care).is_some() && terminology.facet(group).is_some());
        }
        assert_eq!(words.sentences.0.len(), 3, "{}", words.category);
    }
}

#[test]
fn every_offer_is_accepted_as_it_stands() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    let publishing = PublishingRegion {
        code: "53".to_owned(),
        vocabulary: "bretagne".to_owned(),
        environment: Environment::Test,
    };
    let rules = OfferRules {
        terminology: &terminology,
        region: &publishing,
        today: region.plan.reference_day,
    };
    for (line, form) in region.offers().enumerate() {
        let made = offer_resources(&form, line as u64 + 2, rules);
        let resources = made.unwrap_or_else(|findings| panic!("{form:?}: {findings:?}"));
        let is_dated = !form.verifie_le.is_empty();
        assert_eq!(resources.findings.is_empty(), is_dated, "{form:?}");
    }
}

#[test]
fn the_thirteen_categories_are_spread_over_the_departments() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    let mut departments: HashMap<String, HashSet<String>> = HashMap::new();
    for offer in region.offers() {
        let pivot = terminology
            .pivot_of("bretagne", &offer.categorie)
            .expect("a category");
        let department = offer.commune_insee[..2].to_owned();
        departments
            .entry(pivot.to_owned())
            .or_default()
            .insert(department);
    }
    assert_eq!(departments.len(), 13);
    for (category, found) in departments {
        assert!(found.len() >= 3, "{category}: {found:?}");
    }
}

#[test]
fn offers_are_numbered_once_and_every_structure_has_one() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    let offers: Vec<OfferForm> = region.offers().collect();
    let numbers: HashSet<_> = offers.iter().map(|o| &o.offre_identifiant).collect();
    let structures: HashSet<_> = offers.iter().map(|o| &o.structure_finess).collect();
    assert_eq!(
        (offers.len(), numbers.len(), structures.len()),
        (2_000, 2_000, 400)
    );
}

#[test]
fn an_association_never_offers_what_needs_a_hospital() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    let words = Words::all();
    for offer in region
        .offers()
        .filter(|o| o.structure_type == "Association")
    {
        for care in OfferForm::list(&offer.types_de_soin) {
            let code = terminology.pivot_of("bretagne", care).expect("a care type");
            assert!(
                words
                    .iter()
                    .all(|w| !w.hospital_only.0.iter().any(|c| c == code)),
                "{care}"
            );
        }
    }
}

#[test]
fn what_is_for_children_says_so() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    let wanted = "Soin diététique en oncologie, enfant";
    let of_children = region
        .offers()
        .filter(|offer| OfferForm::list(&offer.types_de_soin).any(|care| care == wanted))
        .filter(|offer| !offer.types_de_soin.contains("adulte"));
    for offer in of_children {
        assert_eq!(offer.ages, "Enfant", "{}", offer.types_de_soin);
    }
}

#[test]
fn no_host_of_an_offer_can_exist() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    for offer in region.offers() {
        assert!(offer.site_web.is_empty() || offer.site_web.ends_with(".invalid/"));
        let mailbox = &offer.messagerie_securisee;
        assert!(mailbox.is_empty() || mailbox.ends_with(".invalid"));
        assert!(offer.telephone.starts_with("02 61 91 "));
    }
}
