//! Resources and their search, the same on every engine.

use passerelle::{
    fhir::{ResourceType, systems},
    storage::{Arrival, JournalOutcome, Reader, SearchPage, Storage, Upsert},
};
use serde_json::{Value, json};

use crate::{context::understood, database::TestDatabase};

const MORNING: &str = "2026-11-23T08:00:00.000Z";
const EVENING: &str = "2026-11-23T18:00:00.000Z";

fn organization(id: &str, name: &str, finess: &str) -> Value {
    json!({"resourceType": "Organization", "id": id, "name": name,
        "identifier": [{"system": systems::FINESS, "value": finess}]})
}

fn location(id: &str, commune: &str, insee: &str, postal_code: &str) -> Value {
    json!({"resourceType": "Location", "id": id, "name": commune,
        "extension": [{"url": systems::ROR_COMMUNE_COG, "valueCodeableConcept": {"coding": [
            {"system": systems::COMMUNE, "code": insee}]}}],
        "address": {"city": commune, "postalCode": postal_code}})
}

fn offer(id: &str, name: &str, pivots: &[&str], structure: &str, place: &str) -> Value {
    let characteristics: Vec<_> = pivots
        .iter()
        .map(|code| json!({"coding": [{"system": systems::SOS_PIVOT, "code": code}]}))
        .collect();
    json!({"resourceType": "HealthcareService", "id": id, "name": name, "active": true,
        "extension": [
            {"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": false},
            {"url": systems::SOS_PHASE, "valueCoding": {"system": systems::SOS_PIVOT, "code": "PHA-PEND"}}],
        "identifier": [{"system": systems::SOS_OFFER_NUMBER, "value": id}],
        "providedBy": {"reference": format!("Organization/{structure}")},
        "location": [{"reference": format!("Location/{place}")}],
        "specialty": [{"coding": [{"system": systems::ACTIVITY, "code": "414"}]}],
        "characteristic": characteristics})
}

pub async fn upsert(storage: &Storage, at: &str, resources: Vec<Value>) -> Vec<Upsert> {
    let mut writing = storage.begin_write().await.expect("a transaction");
    let id = format!("arrival-{at}-{}", uuid::Uuid::now_v7());
    writing
        .insert_arrival(
            Arrival {
                id: &id,
                bytes: b"x",
                source: "test",
                media_type: "application/fhir+json",
                received_at: at,
            },
            JournalOutcome::Accepted,
        )
        .await
        .expect("the arrival is kept");
    let mut outcomes = Vec::new();
    for mut resource in resources {
        let kind = resource["resourceType"]
            .as_str()
            .and_then(ResourceType::parse);
        let name = resource["id"].as_str().expect("an id").to_owned();
        let outcome = writing
            .upsert_resource(kind.expect("a type"), &name, &mut resource, &id, at)
            .await
            .expect("kept");
        outcomes.push(outcome);
    }
    writing.commit().await.expect("committed");
    outcomes
}

/// Two structures in two departments, four offers.
async fn region() -> TestDatabase {
    let database = TestDatabase::migrated().await;
    let resources = vec![
        organization("eg-1", "Clinique de l'Élorn (fictive)", "750100125"),
        organization("eg-2", "CHU des Abers (fictif)", "750000001"),
        location("l-1", "Brest", "29019", "29200"),
        location("l-2", "Ajaccio", "2A004", "20000"),
        offer(
            "o-1",
            "Séances d'activité physique",
            &["APA", "APA-01"],
            "eg-1",
            "l-1",
        ),
        offer(
            "o-2",
            "Consultation douleur",
            &["DOUL", "DOUL-01"],
            "eg-1",
            "l-2",
        ),
        offer("o-3", "Œdème : kinésithérapie", &["REED"], "eg-2", "l-1"),
        offer(
            "o-4",
            "Écoute des proches",
            &["AID-01", "APA-06"],
            "eg-2",
            "l-2",
        ),
    ];
    upsert(&database.storage, MORNING, resources).await;
    database
}

async fn search_as(storage: &Storage, on: ResourceType, query: &str, reader: Reader) -> SearchPage {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let query = understood(on, &pairs);
    storage.search(&query, reader).await.expect("answered")
}

async fn search(storage: &Storage, query: &str) -> SearchPage {
    search_as(
        storage,
        ResourceType::HealthcareService,
        query,
        Reader::Public,
    )
    .await
}

async fn ids(storage: &Storage, query: &str) -> Vec<String> {
    let page = search(storage, query).await;
    assert_eq!(
        page.total,
        i64::try_from(page.matches.len()).ok(),
        "{query}"
    );
    page.matches.into_iter().map(|found| found.id).collect()
}

#[tokio::test]
async fn the_same_content_makes_no_new_version_and_every_version_stays() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    let first = organization("eg-1", "Avant", "750100125");
    assert_eq!(
        upsert(storage, MORNING, vec![first.clone()]).await,
        [Upsert::Created]
    );
    assert_eq!(
        upsert(storage, EVENING, vec![first]).await,
        [Upsert::Unchanged]
    );
    let second = organization("eg-1", "Après", "750100125");
    assert_eq!(
        upsert(storage, EVENING, vec![second]).await,
        [Upsert::Updated]
    );

    let kind = ResourceType::Organization;
    let current = storage
        .find_resource(kind, "eg-1", Reader::Public)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (current.version, current.last_updated.as_str()),
        (2, EVENING)
    );
    assert!(current.json.contains("Après"));
    let json: Value = serde_json::from_str(&current.json).expect("JSON");
    assert_eq!(json["meta"]["versionId"], "2");
    assert_eq!(
        json["extension"][0]["valueDateTime"], MORNING,
        "the date of creation is that of the first version"
    );
    let before = storage
        .find_resource_version(kind, "eg-1", 1, Reader::Public)
        .await
        .expect("read")
        .expect("there");
    assert!(before.json.contains("Avant"));
    let old = search_as(storage, kind, "name=avant", Reader::Public).await;
    assert_eq!(old.total, Some(0), "the search rows follow the version");
}

#[tokio::test]
async fn each_parameter_finds_what_it_names() {
    let database = region().await;
    let storage = &database.storage;
    for (query, expected) in [
        ("", &["o-1", "o-2", "o-3", "o-4"][..]),
        ("_id=o-1,o-3,zz", &["o-1", "o-3"]),
        ("identifier=o-2", &["o-2"]),
        ("identifier=https://elsewhere.invalid|o-2", &[]),
        (
            "identifier=https://fhir.passerelle.example/sos/identifier/offre|",
            &["o-1", "o-2", "o-3", "o-4"],
        ),
        ("name=séan", &["o-1"]),
        ("name=activité", &[]),
        ("name:contains=ACTIVITE", &["o-1"]),
        ("name:exact=Consultation douleur", &["o-2"]),
        ("name:exact=consultation douleur", &[]),
        ("name=100%", &[]),
        ("sos-category=APA", &["o-1"]),
        ("sos-category:below=APA", &["o-1", "o-4"]),
        ("sos-category=APA,REED", &["o-1", "o-3"]),
        ("sos-category=APA&sos-category=REED", &[]),
        ("sos-category:not=APA", &["o-2", "o-3", "o-4"]),
        (
            "characteristic=https://fhir.passerelle.example/sos/CodeSystem/sos-pivot|DOUL-01,REED",
            &["o-2", "o-3"],
        ),
        (
            "specialty=414&sos-phase=PHA-PEND&active=true",
            &["o-1", "o-2", "o-3", "o-4"],
        ),
        ("sos-phase=|PHA-PEND", &[]),
        ("organization=eg-1", &["o-1", "o-2"]),
        (
            "organization=Organization/eg-2&location=Location/l-1",
            &["o-3"],
        ),
        ("organization.identifier=750100125", &["o-1", "o-2"]),
        ("organization.name=chu", &["o-3", "o-4"]),
        ("location.address-postalcode=29", &["o-1", "o-3"]),
        ("location.commune-cog=2A004", &["o-2", "o-4"]),
        ("department=29", &["o-1", "o-3"]),
        ("department=2A", &["o-2", "o-4"]),
        ("department:not=2A", &["o-1", "o-3"]),
        ("_content=oedeme", &["o-3"]),
        ("_content=brest séances", &["o-1"]),
        ("_text=elorn", &["o-1", "o-2"]),
        ("_content=kine,ecoute", &["o-3", "o-4"]),
        ("_content=z", &[]),
        (
            "_lastUpdated=ge2026-11-23T09:00",
            &["o-1", "o-2", "o-3", "o-4"],
        ),
        ("_lastUpdated=gt2026-11-23", &[]),
        ("organization._lastUpdated=lt2026-11-22", &[]),
        ("_sort=-name", &["o-1", "o-3", "o-4", "o-2"]),
    ] {
        assert_eq!(ids(storage, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_repeat_or_gap() {
    let database = region().await;
    for sort in [
        "_id",
        "-_id",
        "name",
        "-name",
        "_lastUpdated",
        "-_lastUpdated",
    ] {
        let all = ids(&database.storage, &format!("_sort={sort}")).await;
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let query = format!("_sort={sort}&_count=3&_cursor={cursor}");
            let page = search(&database.storage, &query).await;
            assert_eq!(page.total, Some(4));
            seen.extend(page.matches.into_iter().map(|found| found.id));
            let Some(next) = page.next else { break };
            let pairs = [("_sort".to_owned(), sort.to_owned())];
            cursor = understood(ResourceType::HealthcareService, &pairs).token(&next);
        }
        assert_eq!(seen, all, "{sort}");
    }
}

#[tokio::test]
async fn what_an_offer_refers_to_comes_along_once_and_back() {
    let database = region().await;
    let storage = &database.storage;
    let page = search(storage, "organization=eg-1&_include=*").await;
    let included: Vec<_> = page
        .included
        .iter()
        .map(|found| found.id.as_str())
        .collect();
    assert_eq!(included, ["eg-1", "l-1", "l-2"]);

    let page = search_as(
        storage,
        ResourceType::Organization,
        "name=chu&_revinclude=HealthcareService:organization&_include:iterate=HealthcareService:location",
        Reader::Public,
    )
    .await;
    let included: Vec<_> = page
        .included
        .iter()
        .map(|found| found.id.as_str())
        .collect();
    assert_eq!(included, ["l-1", "l-2", "o-3", "o-4"]);
    assert!(!page.is_cut);
}

#[tokio::test]
async fn what_is_not_public_is_seen_nowhere() {
    let database = region().await;
    let storage = &database.storage;
    let mut withdrawn = offer("o-5", "Retirée", &["APA"], "eg-1", "l-1");
    withdrawn["active"] = json!(false);
    let mut sensitive = offer("o-6", "Sensible", &["APA"], "eg-1", "l-3");
    sensitive["extension"][0]["valueBoolean"] = json!(true);
    let refuge = location("l-3", "Refuge", "29019", "29200");
    upsert(storage, EVENING, vec![withdrawn, refuge, sensitive]).await;

    assert_eq!(ids(storage, "sos-category=APA").await, ["o-1"]);
    assert_eq!(ids(storage, "_id=o-5,o-6").await, [""; 0]);
    for (kind, id) in [
        (ResourceType::HealthcareService, "o-5"),
        (ResourceType::HealthcareService, "o-6"),
        (ResourceType::Location, "l-3"),
    ] {
        let found = |reader| storage.find_resource(kind, id, reader);
        assert_eq!(found(Reader::Public).await.expect("read"), None, "{id}");
        assert!(found(Reader::Network).await.expect("read").is_some());
        let version = storage.find_resource_version(kind, id, 1, Reader::Public);
        assert_eq!(version.await.expect("read"), None);
    }
    let places = search_as(
        storage,
        ResourceType::Location,
        "department=29",
        Reader::Public,
    )
    .await;
    assert_eq!(places.total, Some(1));
    let back = search_as(
        storage,
        ResourceType::Organization,
        "_id=eg-1&_revinclude=HealthcareService:organization",
        Reader::Public,
    )
    .await;
    assert_eq!(back.included.len(), 2);
}

#[tokio::test]
async fn what_was_asked_before_is_answered_anew_once_something_changed() {
    let database = region().await;
    let storage = &database.storage;
    storage.load_search_memory().await.expect("loaded");
    let query = "_has:HealthcareService:location:sos-category=APA,APA-06";
    let places = async |reader| {
        let page = search_as(storage, ResourceType::Location, query, reader).await;
        let ids = page.matches.into_iter().map(|found| found.id);
        ids.collect::<Vec<String>>()
    };
    for _ in 0..2 {
        assert_eq!(places(Reader::Network).await, ["l-1", "l-2"]);
        assert_eq!(places(Reader::Public).await, ["l-1", "l-2"]);
    }
    let mut hidden = offer("o-1", "Séances", &["APA", "APA-01"], "eg-1", "l-1");
    hidden["active"] = json!(false);
    upsert(storage, EVENING, vec![hidden]).await;
    assert_eq!(places(Reader::Network).await, ["l-1", "l-2"]);
    assert_eq!(places(Reader::Public).await, ["l-2"]);
    let other = offer("o-1", "Consultation", &["DOUL"], "eg-1", "l-1");
    upsert(storage, "2026-11-23T19:00:00.000Z", vec![other]).await;
    assert_eq!(places(Reader::Network).await, ["l-2"]);
}

#[tokio::test]
async fn places_at_the_very_point_are_all_on_the_pages_around_it() {
    let database = TestDatabase::migrated().await;
    let storage = &database.storage;
    let places = (1..=5).map(|number| {
        let mut place = location(&format!("l-{number}"), "Brest", "29019", "29200");
        place["position"] = json!({"latitude": 48.4, "longitude": -4.5});
        place
    });
    upsert(storage, MORNING, places.collect()).await;
    for is_in_memory in [false, true] {
        if is_in_memory {
            storage.load_search_memory().await.expect("loaded");
        }
        let mut pairs = vec![
            ("near".to_owned(), "48.4|-4.5|1|km".to_owned()),
            ("_sort".to_owned(), "near".to_owned()),
            ("_count".to_owned(), "2".to_owned()),
        ];
        let mut found = Vec::new();
        loop {
            let query = understood(ResourceType::Location, &pairs);
            let page = storage.search(&query, Reader::Network).await;
            let page = page.expect("answered");
            found.extend(page.matches.iter().map(|one| one.id.clone()));
            let Some(next) = page.next else { break };
            pairs.truncate(3);
            pairs.push(("_cursor".to_owned(), query.token(&next)));
        }
        assert_eq!(found, ["l-1", "l-2", "l-3", "l-4", "l-5"], "{is_in_memory}");
    }
}
