//! The operations on the directory: `$export`, `$everything`, `$changes`.

use std::sync::{Arc, atomic::AtomicI64};

use axum::http::{Method, StatusCode};
use passerelle::{
    api::Secrets,
    app::context,
    clock::Clock,
    flows::{drop_expired_exports, prepare_next_export},
};
use serde_json::{Value, json};
use time::{Duration, macros::datetime};

use crate::{
    database::TestDatabase,
    fhir_writes::{Ask, ask, get, header, offer, place, post, put, structure, tre, written_path},
    service::{Answer, Service, settings},
};

const BASE: &str = "http://passerelle.invalid";

/// A service whose clock a test moves.
async fn service() -> (Service, Arc<AtomicI64>) {
    let settings = settings();
    let database = TestDatabase::migrated().await;
    let shift = Arc::new(AtomicI64::new(0));
    let clock = Clock::Shifted(Arc::clone(&shift));
    let context = context(&settings, database.storage.clone(), clock)
        .await
        .expect("the settings fit");
    let secrets = Secrets::read(&settings.access, false).expect("readable");
    (Service::over(database, context, secrets), shift)
}

fn path_of(address: &str) -> &str {
    address.strip_prefix(BASE).expect("an address of ours")
}

/// The legal entity, its site, a place, and two offers at the site.
struct Network {
    entity: String,
    site: String,
    place: String,
    offers: [String; 2],
}

async fn create(service: &Service, kind: &str, resource: &Value) -> String {
    let made = post(service, &format!("/fhir/{kind}"), resource).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let path = written_path(&made);
    path.trim_start_matches("/fhir/").to_owned()
}

impl Network {
    async fn in_service(service: &Service) -> Self {
        let entity = create(service, "Organization", &structure("1910800002")).await;
        let mut below = structure("1777777777");
        below["partOf"] = json!({"reference": entity});
        let site = create(service, "Organization", &below).await;
        let place = create(service, "Location", &place()).await;
        let mut first = offer("53/1", &site, &place);
        first["meta"] = json!({"tag": [{"system": tre("R30-RegionOM"), "code": "53"}]});
        let second = offer("53/2", &site, &place);
        let offers = [
            create(service, "HealthcareService", &first).await,
            create(service, "HealthcareService", &second).await,
        ];
        Self {
            entity,
            site,
            place,
            offers,
        }
    }
}

/// Asks for an export, and has it prepared.
async fn exported(service: &Service, query: &str) -> Value {
    let started = kick_off(service, query).of(service).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
    let status = path_of(header(&started, "content-location")).to_owned();
    let waiting = get(service, &status).await;
    assert_eq!(waiting.status, StatusCode::ACCEPTED);
    assert_eq!(header(&waiting, "retry-after"), "1");
    assert!(!header(&waiting, "x-progress").is_empty());
    assert!(
        prepare_next_export(&service.context)
            .await
            .expect("prepared")
    );
    let done = get(service, &status).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(header(&done, "content-type"), "application/json");
    assert!(header(&done, "expires").ends_with("GMT"));
    let mut manifest = done.json();
    manifest["status"] = json!(status);
    manifest
}

fn kick_off(_: &Service, query: &str) -> Ask {
    ask(Method::GET, format!("/fhir/$export{query}"))
        .with("authorization", "Bearer x")
        .with("prefer", "respond-async")
        .with("accept", "application/fhir+json")
}

/// The lines of the file of a type.
async fn lines(service: &Service, manifest: &Value, list: &str, kind: &str) -> Vec<Value> {
    let files = manifest[list].as_array().expect("a list");
    let is_of = |file: &&Value| file["url"].as_str().expect("a text").contains(kind);
    let Some(file) = files.iter().find(is_of) else {
        return Vec::new();
    };
    let answer = get(service, path_of(file["url"].as_str().expect("a text"))).await;
    assert_eq!(header(&answer, "content-type"), "application/fhir+ndjson");
    let text = answer.text();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<Value> = lines.collect();
    assert_eq!(file["count"], lines.len());
    lines
}

fn ids(lines: &[Value]) -> Vec<String> {
    let id = |line: &Value| {
        let kind = line["resourceType"].as_str().expect("a type");
        format!("{kind}/{}", line["id"].as_str().expect("an id"))
    };
    let mut ids: Vec<String> = lines.iter().map(id).collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn an_export_holds_everything_as_it_was_and_the_next_one_what_changed_since() {
    let (service, _) = service().await;
    let network = Network::in_service(&service).await;
    let first = exported(&service, "").await;
    assert_eq!(first["request"], format!("{BASE}/fhir/$export"));
    assert_eq!(first["requiresAccessToken"], false);
    assert_eq!(first["error"], json!([]));

    // What is written after its instant is not in it, whenever its files are fetched.
    let path = format!("/fhir/{}", network.offers[0]);
    let mut changed = get(&service, &path).await.json();
    changed["name"] = json!("Autre nom");
    assert_eq!(put(&service, &path, &changed).await.status, StatusCode::OK);
    let gone = ask(Method::DELETE, format!("/fhir/{}", network.offers[1]));
    assert_eq!(gone.of(&service).await.status, StatusCode::NO_CONTENT);
    let offers = lines(&service, &first, "output", "HealthcareService").await;
    assert_eq!(
        ids(&offers),
        sorted(&[&network.offers[0], &network.offers[1]])
    );
    assert!(
        offers
            .iter()
            .all(|offer| offer["name"] == "Consultation douleur")
    );
    let structures = lines(&service, &first, "output", "Organization").await;
    assert_eq!(ids(&structures), sorted(&[&network.entity, &network.site]));

    let since = first["transactionTime"].as_str().expect("an instant");
    let second = exported(
        &service,
        &format!("?_since={since}&_type=HealthcareService"),
    )
    .await;
    let offers = lines(&service, &second, "output", "HealthcareService").await;
    let name = offers.iter().map(|offer| &offer["name"]);
    assert!(name.clone().any(|name| name == "Autre nom"), "{offers:?}");
    let deleted = lines(&service, &second, "deleted", "HealthcareService").await;
    let request = json!({"method": "DELETE", "url": network.offers[1]});
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0]["type"], "transaction");
    assert_eq!(deleted[0]["entry"][0]["request"], request);
    assert_eq!(second["output"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_call_of_the_national_register_brings_the_region_and_all_around_it() {
    let (service, _) = service().await;
    let network = Network::in_service(&service).await;
    let tag = format!(
        "{}%7C53",
        tre("R30-RegionOM").replace(':', "%3A").replace('/', "%2F")
    );
    let filter = format!("_typeFilter=HealthcareService%3F_tag%3D{tag}");
    let query = format!(
        "?_outputFormat=application/fhir%2Bndjson&_type=HealthcareService&{filter}\
         &includeAssociatedData=_myCompleteExtract"
    );
    let manifest = exported(&service, &query).await;
    let offers = lines(&service, &manifest, "output", "HealthcareService").await;
    assert_eq!(ids(&offers), sorted(&[&network.offers[0]]));
    let structures = lines(&service, &manifest, "output", "Organization").await;
    assert_eq!(ids(&structures), sorted(&[&network.entity, &network.site]));
    let places = lines(&service, &manifest, "output", "Location").await;
    assert_eq!(ids(&places), sorted(&[&network.place]));

    // Without it, the offers alone; and the formats that the register names are taken.
    for format in ["application/json", "application/fhir%2Bjson", "ndjson"] {
        let query =
            format!("?_outputFormat={format}&_type=HealthcareService&{filter}&_elements=name");
        let manifest = exported(&service, &query).await;
        assert_eq!(manifest["output"].as_array().map(Vec::len), Some(1));
        let offers = lines(&service, &manifest, "output", "HealthcareService").await;
        assert_eq!(offers[0]["name"], "Consultation douleur");
        assert_eq!(offers[0]["providedBy"], Value::Null);
        assert_eq!(offers[0]["meta"]["tag"][1]["code"], "SUBSETTED");
    }
}

#[tokio::test]
async fn an_export_survives_a_restart_wherever_it_was() {
    let clock = |seconds| Clock::Fixed(datetime!(2026-11-23 9:00 UTC) + Duration::seconds(seconds));
    let restarted =
        async |service: Service, seconds| service.restarted(&settings(), clock(seconds)).await;
    let service = Service::start().await;
    let network = Network::in_service(&service).await;
    let all = sorted(&[&network.offers[0], &network.offers[1]]);
    let started = kick_off(&service, "").of(&service).await;
    let status = path_of(header(&started, "content-location")).to_owned();

    // Stopped before it was begun, and again after an instance took it that never came back.
    let service = restarted(service, 1).await;
    assert_eq!(
        get(&service, &status).await.status,
        StatusCode::ACCEPTED,
        "still known"
    );
    let (now, lease) = ("2026-11-23T09:00:01.000Z", "2026-11-23T09:15:01.000Z");
    let taken = service.context.storage.claim_export(now, lease).await;
    assert!(taken.expect("claimed").is_some());
    let service = restarted(service, 2).await;
    let prepare = async |service: &Service| prepare_next_export(&service.context).await;
    assert!(!prepare(&service).await.expect("looked"), "still leased");
    let service = restarted(service, 16 * 60).await;
    assert!(prepare(&service).await.expect("prepared"));
    let manifest = get(&service, &status).await.json();
    assert_eq!(
        ids(&lines(&service, &manifest, "output", "HealthcareService").await),
        all
    );

    // Stopped once its files are there: they are the same, whatever was written meanwhile.
    let gone = ask(Method::DELETE, format!("/fhir/{}", network.offers[1]));
    assert_eq!(gone.of(&service).await.status, StatusCode::NO_CONTENT);
    let service = restarted(service, 17 * 60).await;
    assert_eq!(get(&service, &status).await.json(), manifest);
    assert_eq!(
        ids(&lines(&service, &manifest, "output", "HealthcareService").await),
        all
    );
    let structures = lines(&service, &manifest, "output", "Organization").await;
    assert_eq!(ids(&structures), sorted(&[&network.entity, &network.site]));
}

#[tokio::test]
async fn an_export_by_parameters_is_cancelled_expires_and_is_not_for_everybody() {
    let (service, shift) = service().await;
    Network::in_service(&service).await;
    let parameters = json!({"resourceType": "Parameters", "parameter": [
        {"name": "_type", "valueString": "Location"}, {"name": "_type", "valueString": "Organization"},
        {"name": "_since", "valueInstant": "2020-01-01T00:00:00Z"}]});
    let started = post(&service, "/fhir/%24export", &parameters).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
    let status = path_of(header(&started, "content-location")).to_owned();
    assert!(
        prepare_next_export(&service.context)
            .await
            .expect("prepared")
    );
    assert!(
        !prepare_next_export(&service.context)
            .await
            .expect("none waits")
    );
    let manifest = get(&service, &status).await.json();
    assert_eq!(manifest["output"].as_array().map(Vec::len), Some(2));
    let file = path_of(manifest["output"][0]["url"].as_str().expect("a text")).to_owned();
    let nothing = file.replace("Location", "Practitioner");
    assert_eq!(get(&service, &nothing).await.text(), "");
    assert_eq!(
        get(&service, &file.replace("Location", "Patient"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );

    let cancelled = ask(Method::DELETE, &status).of(&service).await;
    assert_eq!(cancelled.status, StatusCode::ACCEPTED);
    for path in [&status, &file] {
        assert_eq!(get(&service, path).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        ask(Method::DELETE, &status).of(&service).await.status,
        StatusCode::NOT_FOUND
    );

    let manifest = exported(&service, "?_type=Location").await;
    let status = manifest["status"].as_str().expect("a path").to_owned();
    shift.store(25 * 3600, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(get(&service, &status).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        drop_expired_exports(&service.context)
            .await
            .expect("dropped"),
        1
    );
}

#[tokio::test]
async fn what_an_export_does_not_understand_is_refused_with_everything_that_is_wrong() {
    let (service, _) = service().await;
    let refused = |query: &'static str| {
        let service = &service;
        async move {
            let answer = kick_off(service, query).of(service).await;
            assert_eq!(
                answer.status,
                StatusCode::BAD_REQUEST,
                "{query}: {}",
                answer.text()
            );
            answer.json()["issue"].as_array().map_or(0, Vec::len)
        }
    };
    assert_eq!(refused("?_type=Patient&_outputFormat=csv&x=y").await, 3);
    assert_eq!(
        refused("?_typeFilter=HealthcareService%3Fnmae%3Dx").await,
        1
    );
    assert_eq!(
        refused("?_typeFilter=HealthcareService%3F_sort%3Dname").await,
        1
    );
    let lenient = ask(Method::GET, "/fhir/$export?x=y").with("prefer", "handling=lenient");
    let lenient = lenient.of(&service).await;
    assert_eq!(lenient.status, StatusCode::ACCEPTED, "{}", lenient.text());
    assert_eq!(lenient.json()["issue"][0]["severity"], "warning");
    let other = get(&service, "/fhir/$export-poll-status?_jobId=none").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert_eq!(other.json()["resourceType"], "OperationOutcome");

    let mut few = settings();
    few.export.max_kept = 1;
    let service = Service::with(few).await;
    assert_eq!(
        kick_off(&service, "").of(&service).await.status,
        StatusCode::ACCEPTED
    );
    let second = kick_off(&service, "").of(&service).await;
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&second, "retry-after"), "600");

    let mut closed = settings();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "secret").expect("written");
    closed.access.offers_token_file = file.path().to_owned();
    let service = Service::with(closed).await;
    let anybody = ask(Method::GET, "/fhir/$export").of(&service).await;
    assert_eq!(anybody.status, StatusCode::UNAUTHORIZED);
}

/// The entries of every page, from one link to the next.
async fn entries(service: &Service, path: &str) -> (Vec<Value>, Answer) {
    let mut found = Vec::new();
    let mut page = get(service, path).await;
    loop {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let bundle = page.json();
        found.extend(bundle["entry"].as_array().cloned().unwrap_or_default());
        let links = bundle["link"].as_array().expect("links");
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            return (found, page);
        };
        page = get(service, path_of(next["url"].as_str().expect("a text"))).await;
    }
}

async fn all_of(service: &Service, path: &str) -> Vec<String> {
    let (found, _) = entries(service, path).await;
    let resources: Vec<Value> = found
        .iter()
        .map(|entry| entry["resource"].clone())
        .collect();
    ids(&resources)
}

#[tokio::test]
async fn everything_of_a_structure_is_what_stands_under_it_page_by_page() {
    let (service, _) = service().await;
    let network = Network::in_service(&service).await;
    let other = create(&service, "Organization", &structure("1888888888")).await;
    create(
        &service,
        "HealthcareService",
        &offer("53/9", &other, &network.place),
    )
    .await;
    let all = [
        &network.entity,
        &network.site,
        &network.place,
        &network.offers[0],
        &network.offers[1],
    ];
    for count in [1, 2, 50] {
        let path = format!("/fhir/{}/$everything?_count={count}", network.entity);
        assert_eq!(all_of(&service, &path).await, sorted(&all));
    }
    let path = format!(
        "/fhir/{}/%24everything?_type=HealthcareService",
        network.site
    );
    assert_eq!(
        all_of(&service, &path).await,
        sorted(&[&network.offers[0], &network.offers[1]])
    );
    let path = format!(
        "/fhir/{}/$everything?_since=2100-01-01T00:00:00Z",
        network.site
    );
    assert!(all_of(&service, &path).await.is_empty());
    for (path, status) in [
        (
            format!("/fhir/{}/$everything?_typo=x", network.site),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("/fhir/{}/$everything", network.place),
            StatusCode::NOT_FOUND,
        ),
        (
            "/fhir/Organization/none/$everything".to_owned(),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(get(&service, &path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn an_offer_has_changed_when_a_structure_above_it_has_and_is_told_when_it_is_gone() {
    let (service, shift) = service().await;
    let network = Network::in_service(&service).await;
    let changes = |since: String, count: usize| {
        let service = &service;
        async move {
            let path = format!("/fhir/HealthcareService/$changes?_since={since}&_count={count}");
            let (found, last) = entries(service, &path).await;
            let told = found.iter().map(|entry| {
                let request = &entry["request"];
                let text = |name: &str| request[name].as_str().expect("a text").to_owned();
                (text("method"), text("url"))
            });
            let told: Vec<_> = told.collect();
            let until = last.json()["timestamp"]
                .as_str()
                .expect("an instant")
                .to_owned();
            (told, until)
        }
    };
    let put = |id: &String| ("PUT".to_owned(), id.clone());
    let mut both = [put(&network.offers[0]), put(&network.offers[1])];
    both.sort();
    let (all, until) = changes("2020-01-01T00:00:00Z".to_owned(), 1).await;
    assert_eq!(all, both);

    let later = |seconds| shift.store(seconds, std::sync::atomic::Ordering::Relaxed);
    later(60);
    let rename = |path: String| {
        let service = &service;
        async move {
            let mut resource = get(service, &path).await.json();
            resource["name"] = json!("Autre nom");
            let written = crate::fhir_writes::put(service, &path, &resource).await;
            assert_eq!(written.status, StatusCode::OK, "{}", written.text());
        }
    };
    rename(format!("/fhir/{}", network.entity)).await;
    let (all, until) = changes(until, 50).await;
    assert_eq!(all, both, "the structure two levels above");
    later(120);
    let gone = ask(Method::DELETE, format!("/fhir/{}", network.offers[1]));
    assert_eq!(gone.of(&service).await.status, StatusCode::NO_CONTENT);
    let (all, until) = changes(until, 50).await;
    let deletion = ("DELETE".to_owned(), network.offers[1].clone());
    assert!(all.contains(&deletion), "{all:?}");
    later(180);
    rename(format!("/fhir/{}", network.place)).await;
    let (all, _) = changes(until, 50).await;
    assert!(all.contains(&put(&network.offers[0])), "{all:?}");

    for path in [
        "/fhir/HealthcareService/$changes",
        "/fhir/HealthcareService/$changes?_since=x",
    ] {
        assert_eq!(get(&service, path).await.status, StatusCode::BAD_REQUEST);
    }
    let other = get(&service, "/fhir/Location/$changes?_since=2020-01-01").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
