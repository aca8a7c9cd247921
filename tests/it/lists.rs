//! Lists of the directory: kept as its other resources are, and `_list`, which finds their members.

use axum::http::{Method, StatusCode};
use passerelle::{config::Settings, fhir::systems, flows::prepare_next_export};
use serde_json::{Value, json};

use crate::{
    fhir_writes::{ask, header, offer, place, structure, written_path},
    service::{Answer, Service, settings},
};

const BEARER: &str = "Bearer a-token-that-is-long-enough";

/// A service with two structures, three offers, a place each, a person, and who reads.
struct Region {
    service: Service,
    _folder: tempfile::TempDir,
}

/// `Type/id` of what the tests speak of.
struct Kept {
    structures: [String; 2],
    places: [String; 3],
    offers: [String; 3],
    person: String,
}

impl Region {
    async fn start() -> (Self, Kept) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "a-token-that-is-long-enough").expect("written");
        let mut with_token: Settings = settings();
        with_token.access.offers_token_file = file;
        let region = Self {
            service: Service::with(with_token).await,
            _folder: folder,
        };
        let structures = [
            region.create(&structure("1910800002")).await,
            region.create(&structure("1777777777")).await,
        ];
        let mut places = Vec::new();
        let mut offers = Vec::new();
        for (rank, name) in ["Yoga", "Douleur", "Socio-esthétique"]
            .into_iter()
            .enumerate()
        {
            let mut place = place();
            place["position"] = json!({"latitude": 48.39, "longitude": -4.49});
            let place = region.create(&place).await;
            let owner = &structures[rank % 2];
            let mut offer = offer(&format!("53/{rank}"), owner, &place);
            offer["name"] = json!(name);
            offers.push(region.create(&offer).await);
            places.push(place);
        }
        let rules: Value =
            serde_json::from_str(include_str!("../data/fhir/rules.json")).expect("JSON");
        let person = region.create(&rules["resources"]["person"]).await;
        let kept = Kept {
            structures,
            places: places.try_into().expect("three"),
            offers: offers.try_into().expect("three"),
            person,
        };
        (region, kept)
    }

    async fn send(&self, method: Method, path: &str, value: &Value) -> Answer {
        let asked = ask(method, format!("/fhir/{path}")).json(value);
        asked.with("authorization", BEARER).of(&self.service).await
    }

    async fn create(&self, resource: &Value) -> String {
        let kind = resource["resourceType"].as_str().expect("a type");
        let made = self.send(Method::POST, kind, resource).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        written_path(&made).replace("/fhir/", "")
    }

    async fn get(&self, path: &str) -> Answer {
        let asked = ask(Method::GET, format!("/fhir/{path}"));
        asked.with("authorization", BEARER).of(&self.service).await
    }

    async fn get_in_public(&self, path: &str) -> Answer {
        let asked = ask(Method::GET, format!("/fhir/{path}"));
        asked.of(&self.service).await
    }

    /// What a search of the network finds.
    async fn found(&self, path: &str) -> Vec<String> {
        found(&self.get(path).await)
    }
}

/// The matches of an answer, in order.
fn found(answer: &Answer) -> Vec<String> {
    of_mode(answer, "match")
}

fn of_mode(answer: &Answer, mode: &str) -> Vec<String> {
    let bundle = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{bundle}");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let of_mode = entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == mode);
    let address = |entry: &Value| {
        let text = |name: &str| entry["resource"][name].as_str().unwrap_or("").to_owned();
        format!("{}/{}", text("resourceType"), text("id"))
    };
    of_mode.map(address).collect()
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

fn list(level: &str, members: &[&String]) -> Value {
    let entries = members
        .iter()
        .map(|one| json!({"item": {"reference": one}}));
    json!({"resourceType": "List",
        "meta": {"security": [{"system": systems::CONFIDENTIALITY, "code": level}]},
        "status": "current", "mode": "working",
        "title": "Offres recommandées pendant les traitements",
        "entry": entries.collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_list_lives_as_the_other_resources_do() {
    let (region, kept) = Region::start().await;
    let [yoga, pain, _] = &kept.offers;
    let path = region.create(&list("2", &[yoga])).await;
    let mut changed = region.get(&path).await.json();
    assert_eq!(changed["entry"][0]["item"]["reference"], yoga.as_str());
    changed["entry"] = list("2", &[yoga, pain])["entry"].clone();
    let put = |etag: &str| {
        let put = ask(Method::PUT, format!("/fhir/{path}")).json(&changed);
        put.with("authorization", BEARER).with("if-match", etag)
    };
    let late = put("W/\"9\"").of(&region.service).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    let done = put("W/\"1\"").of(&region.service).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(header(&done, "etag"), "W/\"2\"");
    let first = region.get(&format!("{path}/_history/1")).await.json();
    assert_eq!(first["entry"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        region.get(&format!("{path}/_history")).await.json()["total"],
        2
    );
    // XML and back.
    let xml = region.get(&format!("{path}?_format=xml")).await;
    assert!(
        xml.text().contains("<item><reference value="),
        "{}",
        xml.text()
    );
    let again = ask(Method::PUT, format!("/fhir/{path}"))
        .bytes(xml.body)
        .with("content-type", "application/fhir+xml")
        .with("authorization", BEARER)
        .of(&region.service)
        .await;
    assert_eq!(header(&again, "etag"), "W/\"2\"", "{}", again.text());
    // What a list holds is not deleted under it.
    let refused = region.send(Method::DELETE, yoga, &Value::Null).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains(&path), "{}", refused.text());
    let nowhere = list("2", &[&"HealthcareService/none".to_owned()]);
    let refused = region.send(Method::POST, "List", &nowhere).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.json()["issue"][0]["expression"][0],
        "List.entry[0].item.reference"
    );
    let gone = region.send(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(region.get(&path).await.status, StatusCode::GONE);
    assert!(
        region
            .found(&format!("HealthcareService?_list={}", id(&path)))
            .await
            .is_empty()
    );
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

#[tokio::test]
async fn a_list_and_its_members_come_in_one_transaction() {
    let (region, kept) = Region::start().await;
    let urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e7".to_owned();
    let made = offer("53/9", &kept.structures[0], &kept.places[0]);
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": list("2", &[&urn, &"HealthcareService?identifier=53/1".to_owned()]),
            "request": {"method": "POST", "url": "List"}},
        {"fullUrl": urn, "resource": made, "request": {"method": "POST", "url": "HealthcareService"}}]});
    let done = region.send(Method::POST, "", &bundle).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let lists = region.found("List?title=offres").await;
    let members = region
        .found(&format!(
            "HealthcareService?_list={}&_sort=name",
            id(&lists[0])
        ))
        .await;
    assert_eq!(members.len(), 2);
    assert!(members.contains(&kept.offers[1]));
}

#[tokio::test]
async fn members_are_found_with_everything_else_a_search_asks_from_memory_and_from_the_database() {
    let (region, kept) = Region::start().await;
    let [yoga, pain, beauty] = &kept.offers;
    let mut during = list(
        "2",
        &[yoga, pain, beauty, &kept.structures[0], &kept.person],
    );
    during["mode"] = json!("changes");
    during["entry"][2]["deleted"] = json!(true);
    let during = region.create(&during).await;
    let after = region.create(&list("2", &[beauty, &kept.places[1]])).await;
    let (during, after) = (id(&during), id(&after));
    for is_in_memory in [false, true] {
        if is_in_memory {
            region
                .service
                .context
                .storage
                .load_search_memory()
                .await
                .expect("loaded");
        }
        let cases: Vec<(String, Vec<String>)> = vec![
            (
                format!("HealthcareService?_list={during}"),
                sorted(&[yoga, pain]),
            ),
            (
                format!("HealthcareService?_list=List/{during}"),
                sorted(&[yoga, pain]),
            ),
            (
                format!("HealthcareService?_list={during},{after}"),
                sorted(&[yoga, pain, beauty]),
            ),
            (
                format!("HealthcareService?_list={during}&_list={after}"),
                vec![],
            ),
            (
                format!("HealthcareService?_list={during}&name=dou"),
                sorted(&[pain]),
            ),
            (
                format!("HealthcareService?_list={during}&specialty=414"),
                sorted(&[yoga, pain]),
            ),
            (
                format!("HealthcareService?_list={during}&_id={}", id(beauty)),
                vec![],
            ),
            (
                format!("HealthcareService?_list={during},{after}&_sort=name"),
                vec![pain.clone(), beauty.clone(), yoga.clone()],
            ),
            (
                format!("HealthcareService?_list={during},{after}&_sort=-name"),
                vec![yoga.clone(), beauty.clone(), pain.clone()],
            ),
            (
                format!("Organization?_list={during}"),
                vec![kept.structures[0].clone()],
            ),
            (format!("Location?_list={during}"), vec![]),
            (
                format!("Location?_list={after}"),
                vec![kept.places[1].clone()],
            ),
            (
                format!("Practitioner?_list={during}"),
                vec![kept.person.clone()],
            ),
            (format!("PractitionerRole?_list={during}"), vec![]),
            (format!("List?_list={during}"), vec![]),
            (
                format!("HealthcareService?organization._list={during}"),
                sorted(&[yoga, beauty]),
            ),
            (
                format!("Location?_has:HealthcareService:location:_list={during}"),
                sorted(&[&kept.places[0], &kept.places[1]]),
            ),
            (
                format!("HealthcareService?_filter=_list eq {during}"),
                sorted(&[yoga, pain]),
            ),
            (
                format!("HealthcareService?_filter=_list ne {during}"),
                sorted(&[beauty]),
            ),
            (
                format!("HealthcareService?_filter=_list eq {after} or name sw \"yo\""),
                sorted(&[yoga, beauty]),
            ),
            // By its references, a list is found and followed too; `item` counts what was taken out.
            (
                format!("HealthcareService?_has:List:sos-member:_id={during}"),
                sorted(&[yoga, pain]),
            ),
            (
                format!("HealthcareService?_has:List:item:_id={during}"),
                sorted(&[yoga, pain, beauty]),
            ),
            (format!("List?item={yoga}"), vec![format!("List/{during}")]),
            (
                format!("List?item={}", id(yoga)),
                vec![format!("List/{during}")],
            ),
            (
                format!("List?sos-member:HealthcareService={}", id(beauty)),
                vec![format!("List/{after}")],
            ),
            (format!("List?sos-member:Location={}", id(beauty)), vec![]),
            (
                "List?item:HealthcareService.name=soc".to_owned(),
                sorted(&[&format!("List/{during}"), &format!("List/{after}")]),
            ),
            ("List?item:missing=true".to_owned(), vec![]),
            (
                "List?item:Location.near=48.39%7C-4.49%7C20%7Ckm".to_owned(),
                vec![format!("List/{after}")],
            ),
        ];
        for (path, expected) in cases {
            let found = region
                .found(&path.replace(' ', "%20").replace('"', "%22"))
                .await;
            assert_eq!(found, expected, "{path}, in memory: {is_in_memory}");
        }
        let near = "List?item:Location.near=48.39%7C-4.49%7C20%7Ckm";
        let entry = region.get(near).await.json()["entry"][0]["search"].to_string();
        assert!(entry.contains("location-distance"), "{entry}");
        // Pages follow each other.
        let mut path = format!("HealthcareService?_list={during},{after}&_count=2");
        let (mut all, mut pages) = (Vec::new(), 0);
        loop {
            let page = region.get(&path).await;
            assert_eq!(page.json()["total"], 3);
            all.extend(found(&page));
            pages += 1;
            let links = page.json()["link"].as_array().cloned().expect("links");
            let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
                break;
            };
            path = next["url"]
                .as_str()
                .expect("a text")
                .replace("http://passerelle.invalid/fhir/", "");
        }
        assert_eq!((all, pages), (sorted(&[yoga, pain, beauty]), 2));
        // What comes along, in both directions.
        let page = region
            .get(&format!("List?_id={during}&_include=List:item"))
            .await;
        let mut along = of_mode(&page, "include");
        along.sort();
        assert_eq!(
            along,
            sorted(&[yoga, pain, beauty, &kept.structures[0], &kept.person])
        );
        let page = region
            .get(&format!(
                "List?_id={during}&_include=List:sos-member:HealthcareService"
            ))
            .await;
        assert_eq!(of_mode(&page, "include"), sorted(&[yoga, pain]));
        let path = format!(
            "HealthcareService?_list={after}&_revinclude=List:item&_include=HealthcareService:location"
        );
        let mut along = of_mode(&region.get(&path).await, "include");
        along.sort();
        let (during, after) = (format!("List/{during}"), format!("List/{after}"));
        assert_eq!(along, sorted(&[&during, &after, &kept.places[2]]));
    }
    // Whatever the type of the members.
    let whole = region.found(&format!("?_list={during}")).await;
    assert_eq!(whole.len(), 4);
    let chain = region.get("List?item.name=x").await;
    assert_eq!(chain.status, StatusCode::BAD_REQUEST);
    assert!(
        chain.text().contains("item:HealthcareService"),
        "{}",
        chain.text()
    );
}

#[tokio::test]
async fn a_list_that_is_not_there_has_no_members_and_the_answer_says_so() {
    let (region, kept) = Region::start().await;
    let hidden = region.create(&list("2", &[&kept.offers[0]])).await;
    let mut empty = list("2", &[]);
    empty.as_object_mut().expect("an object").remove("entry");
    let empty = region.create(&empty).await;
    let remarks = |answer: &Answer| {
        let bundle = answer.json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let outcomes = entries
            .iter()
            .filter(|entry| entry["search"]["mode"] == "outcome");
        let text = |entry: &Value| entry["resource"]["issue"].to_string();
        outcomes.map(text).collect::<String>()
    };
    let path = |list: &str| format!("HealthcareService?_list={list}");
    for asked in ["none", "none,neither"] {
        let answer = region.get(&path(asked)).await;
        assert!(found(&answer).is_empty());
        assert_eq!(answer.json()["total"], 0);
        let remarks = remarks(&answer);
        assert!(
            remarks.contains("SEARCH-LIST") && remarks.contains("not-found"),
            "{remarks}"
        );
    }
    let answer = region.get(&path(&format!("{},none", id(&hidden)))).await;
    assert_eq!(found(&answer), [kept.offers[0].as_str()]);
    assert!(remarks(&answer).contains("none"));
    // A list of the network is, for others, as one that is not there.
    let answer = region.get_in_public(&path(id(&hidden))).await;
    assert!(found(&answer).is_empty());
    assert!(remarks(&answer).contains(id(&hidden)));
    assert_eq!(remarks(&region.get(&path(id(&empty))).await), "");
    assert_eq!(remarks(&region.get(&path(id(&hidden))).await), "");
}

#[tokio::test]
async fn everybody_sees_a_list_of_level_one_all_of_which_they_see() {
    let (region, kept) = Region::start().await;
    let [yoga, pain, _] = &kept.offers;
    let network = region.create(&list("2", &[yoga])).await;
    let mut untold = list("1", &[yoga]);
    untold.as_object_mut().expect("an object").remove("meta");
    let untold = region.create(&untold).await;
    let of_person = region.create(&list("1", &[yoga, &kept.person])).await;
    let open = region
        .create(&list("1", &[yoga, pain, &kept.places[1]]))
        .await;
    let patch = async |path: &str, patch: Value| {
        let asked = ask(Method::PATCH, format!("/fhir/{path}")).json(&patch);
        let asked = asked.with("authorization", BEARER);
        let done = asked.with("content-type", "application/json-patch+json");
        let done = done.of(&region.service).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    };
    let asked = format!("HealthcareService?_list={}", id(&open));
    for is_in_memory in [false, true] {
        if is_in_memory {
            region
                .service
                .context
                .storage
                .load_search_memory()
                .await
                .expect("loaded");
        }
        assert_eq!(found(&region.get_in_public("List").await), [open.as_str()]);
        assert_eq!(
            found(&region.get_in_public(&asked).await),
            sorted(&[yoga, pain])
        );
        for path in [&network, &untold, &of_person] {
            assert_eq!(
                region.get_in_public(path).await.status,
                StatusCode::NOT_FOUND
            );
            let members = format!("HealthcareService?_list={}", id(path));
            assert!(found(&region.get_in_public(&members).await).is_empty());
            assert_eq!(region.found(&members).await, [yoga.as_str()]);
        }
        let by_title = "HealthcareService?_has:List:item:title=offres&_revinclude=List:item";
        let answer = region.get_in_public(by_title).await;
        assert_eq!(found(&answer), sorted(&[yoga, pain]));
        assert_eq!(of_mode(&answer, "include"), [open.as_str()]);
        // An offer is withdrawn: the list, which names it, is not shown any more, and comes back with it.
        patch(
            pain,
            json!([{"op": "replace", "path": "/active", "value": false}]),
        )
        .await;
        assert_eq!(
            region.get_in_public(&open).await.status,
            StatusCode::NOT_FOUND
        );
        assert!(found(&region.get_in_public("List").await).is_empty());
        assert!(found(&region.get_in_public(&asked).await).is_empty());
        assert_eq!(region.found(&asked).await, sorted(&[yoga, pain]));
        patch(
            pain,
            json!([{"op": "replace", "path": "/active", "value": true}]),
        )
        .await;
        assert_eq!(found(&region.get_in_public("List").await), [open.as_str()]);
    }
    // What it held before stays with the network.
    patch(&of_person, json!([{"op": "remove", "path": "/entry/1"}])).await;
    assert_eq!(
        region.get_in_public(&of_person).await.status,
        StatusCode::OK
    );
    for (version, status) in [(1, StatusCode::NOT_FOUND), (2, StatusCode::OK)] {
        let path = format!("{of_person}/_history/{version}");
        assert_eq!(region.get_in_public(&path).await.status, status);
        assert_eq!(region.get(&path).await.status, StatusCode::OK);
    }
    let history = format!("{of_person}/_history");
    assert_eq!(region.get_in_public(&history).await.json()["total"], 1);
    assert_eq!(region.get(&history).await.json()["total"], 2);
    assert_eq!(
        region.get_in_public("List/_history").await.json()["total"],
        2
    );
    region.send(Method::DELETE, &of_person, &Value::Null).await;
    assert_eq!(
        region
            .get_in_public(&format!("{of_person}/_history/2"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn lists_are_exported_when_asked_for_and_are_no_part_of_a_structure() {
    let (region, kept) = Region::start().await;
    let path = region.create(&list("2", &[&kept.offers[0]])).await;
    let manifest = async |query: &str| {
        let started = region.get(&format!("$export{query}")).await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
        assert!(
            prepare_next_export(&region.service.context)
                .await
                .expect("prepared")
        );
        let status =
            header(&started, "content-location").replace("http://passerelle.invalid/fhir/", "");
        let manifest = region.get(&status).await.json();
        let files = manifest["output"].as_array().cloned().expect("files");
        let mut kinds: Vec<String> = files
            .iter()
            .map(|file| file["type"].as_str().expect("a type").to_owned())
            .collect();
        kinds.sort();
        kinds
    };
    let five = [
        "HealthcareService",
        "Location",
        "Organization",
        "Practitioner",
    ];
    assert_eq!(manifest("").await, five);
    assert_eq!(
        manifest("?includeAssociatedData=_myCompleteExtract").await,
        five
    );
    assert_eq!(manifest("?_type=List").await, ["List"]);
    let some = format!(
        "?_type=HealthcareService,List&_typeFilter=HealthcareService?_list={}",
        id(&path)
    );
    assert_eq!(manifest(&some).await, ["HealthcareService", "List"]);
    let everything = format!("{}/$everything", kept.structures[0]);
    let all = found(&region.get(&everything).await);
    assert!(all.contains(&kept.offers[0]) && !all.contains(&path));
    let refused = region.get(&format!("{everything}?_type=List")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}
