//! What the journeys of a test are handed: a stopped clock, counted identifiers, a region.

use std::sync::{LazyLock, atomic::AtomicU64};

use passerelle::{
    clock::Clock,
    config::{Environment, Region, Reports, Volet},
    fhir::{Asking, Handling, ResourceType, SearchQuery},
    flows::{Context, MappingSource},
    ids::Ids,
    metrics::Metrics,
    storage::Storage,
    terminology::{CurrentTerminology, Terminology},
};
use time::macros::datetime;

/// The context of Bretagne, over that storage.
pub fn bretagne(storage: &Storage) -> Context {
    Context {
        storage: storage.clone(),
        terminology: CurrentTerminology::new(Terminology::embedded()),
        mappings: MappingSource::BuiltIn,
        clock: Clock::Fixed(datetime!(2026-11-23 08:00 UTC)),
        ids: Ids::Counting(AtomicU64::new(0)),
        metrics: Metrics::default(),
        region: Region {
            code: "53".to_owned(),
            vocabulary: "bretagne".to_owned(),
            environment: Environment::Test,
        },
        public_url: String::new(),
        reports: Reports {
            volet: Volet::Frcp2022,
            team_notice: String::new(),
            reuse_notice: String::new(),
        },
        max_body_bytes: 1_000_000,
        max_release_bytes: 5_000_000,
        archives: passerelle::config::load(None)
            .expect("the defaults fit")
            .archives,
        patients: passerelle::config::load(None)
            .expect("the defaults fit")
            .patients,
        exports: passerelle::config::load(None)
            .expect("the defaults fit")
            .export,
        directory: None,
        offers: passerelle::flows::PublishedOffers::default(),
        searches: passerelle::flows::SearchTally::default(),
        geography: passerelle::offer_search::Geography::built_in(),
        follow_up: passerelle::config::load(None)
            .expect("the defaults fit")
            .follow_up,
        governance: passerelle::governance::Rules::of_region("bretagne", None)
            .expect("the rules fit"),
        sender: None,
        relay: None,
    }
}

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

/// A search on a type, understood on 23 November 2026.
pub fn understood(on: ResourceType, pairs: &[(String, String)]) -> SearchQuery {
    let asking = Asking {
        terminology: &TERMINOLOGY,
        now: datetime!(2026-11-23 08:00 UTC),
        handling: Handling::Strict,
    };
    SearchQuery::parse(on, pairs, &asking).expect("understood")
}
