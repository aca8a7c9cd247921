//! The offer at 2,000, 20,000 and 200,000 offers: how long the FHIR interface takes to answer.
//!
//! `cargo bench --bench offer [-- OFFERS…]` grows one directory to each size in turn, and asks each
//! question for a few seconds from 16 tasks on two threads, through the router that ships, without
//! sockets. `BENCH_FOLDER` names a folder that keeps the directory for the next time. It prints requests a second, the median and the 99th percentile, and the memory of the
//! process. Goals: category and point at 1,000 requests a second or more and 20 ms at the 99th
//! percentile with 200,000 offers; medians that less than double from the least size to the greatest;
//! 256 MB.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::Request,
};
use http_body_util::BodyExt;
use passerelle::{
    api::Secrets,
    app,
    clock::Clock,
    config, demo,
    fhir::ResourceType,
    flows::{Context, ImportOptions, import, prepare_next_export},
    storage::{Arrival, JournalOutcome, Reader, Storage},
};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// That of the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Offers of the generated region, which is then repeated.
const REGION: usize = 2_000;
/// How the id of a repeated resource begins.
const COPY: &str = "copie-";
/// Where the service says that it is.
const BASE: &str = "http://bench.invalid";
/// Tasks that ask at the same time.
const TASKS: usize = 16;
/// How long each question is asked.
const ROUND: Duration = Duration::from_secs(5);
/// Resources written in one transaction.
const BATCH: usize = 500;

fn main() {
    let said = std::env::args().skip(1).filter(|word| word != "--bench");
    let (sizes, words): (Vec<String>, Vec<String>) =
        said.partition(|word| word.parse::<usize>().is_ok());
    let mut sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![2_000, 20_000, 200_000];
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(&sizes, &words));
}

async fn run(sizes: &[usize], words: &[String]) {
    let temporary = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("BENCH_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let storage = Storage::open_file(&folder.join("offer.db"))
        .await
        .expect("opens");
    storage.migrate().await.expect("migrates");
    let settings = config::load(None).expect("the defaults fit");
    let context = app::context(&settings, storage.clone(), Clock::System)
        .await
        .expect("the settings fit");
    let region = generate(&context, folder).await;
    let secrets = Secrets::read(&settings.access, false).expect("no secret to read");
    let context = Arc::new(context);
    let router = app::router(Arc::clone(&context), Arc::new(secrets), BASE);
    let mut made = rounds_made(&storage, &region).await;
    for size in sizes {
        let start = Instant::now();
        while made * REGION < *size {
            repeat(&storage, &region, made).await;
            made += 1;
        }
        let grown = start.elapsed();
        let start = Instant::now();
        storage.load_search_memory().await.expect("loaded");
        println!(
            "{} offers: grown in {grown:.1?}, memory loaded in {:.1?}, {} MB resident",
            made * REGION,
            start.elapsed(),
            resident_mb()
        );
        let is_asked =
            |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
        for (name, question) in questions() {
            if is_asked(name) {
                ask(&router, name, question).await;
            }
        }
        if is_asked("$export") {
            export(&router, &context).await;
        }
        println!("  {} MB resident", resident_mb());
    }
}

/// Exports everything, as a register does, and prints how fast.
async fn export(router: &Router, context: &Context) {
    let ask = async |path: &str| {
        let request = Request::get(path)
            .header("authorization", "Bearer bench")
            .header("prefer", "respond-async")
            .header("accept", "application/fhir+json");
        let request = request.body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("infallible");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    };
    let path_of = |address: &str| address.trim_start_matches(BASE).to_owned();
    let started = ask("/fhir/$export").await;
    let status = started.headers()["content-location"].to_str();
    let status = path_of(status.expect("an address"));
    let start = Instant::now();
    assert!(prepare_next_export(context).await.expect("prepared"));
    let prepared = start.elapsed();
    let manifest = ask(&status).await.into_body();
    let manifest = to_bytes(manifest, usize::MAX).await.expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let (mut bytes, start) = (0, Instant::now());
    for file in manifest["output"].as_array().expect("files") {
        let address = file["url"].as_str().expect("an address");
        let mut body = ask(&path_of(address)).await.into_body();
        while let Some(frame) = body.frame().await {
            bytes += frame.expect("read").data_ref().map_or(0, Bytes::len);
        }
    }
    let megabytes = f64_of(bytes as u64) / 1e6;
    println!(
        "  $export: prepared in {prepared:.1?}, {megabytes:.0} MB read, {:.0} MB/s",
        megabytes / start.elapsed().as_secs_f64()
    );
}

/// The demonstration region, imported; its resources, to be repeated.
async fn generate(context: &Context, folder: &std::path::Path) -> Vec<(ResourceType, Value)> {
    let plan = demo::Plan {
        structures: 400,
        offers: REGION,
        fiches: 0,
        ..demo::Plan::default()
    };
    demo::write(plan, folder).expect("written");
    let paths = [folder.join("offers.csv")];
    // Where it is there already, nothing of it changes.
    import(context, &paths, &ImportOptions::default(), &mut |_| {})
        .await
        .expect("imported");
    fs::remove_file(&paths[0]).expect("it was there");
    let mut found = Vec::new();
    for kind in [
        ResourceType::Organization,
        ResourceType::Location,
        ResourceType::HealthcareService,
    ] {
        let mut after = String::new();
        loop {
            let some = context
                .storage
                .list_resources_after(kind, &after, 500)
                .await
                .expect("listed");
            let Some(last) = some.last() else { break };
            after.clone_from(&last.id);
            let own = some.into_iter().filter(|one| !one.id.starts_with(COPY));
            found.extend(own.map(|one| (kind, serde_json::from_str(&one.json).expect("JSON"))));
        }
    }
    found
}

/// How often the region stands in the directory.
async fn rounds_made(storage: &Storage, region: &[(ResourceType, Value)]) -> usize {
    let (kind, last) = region.last().expect("it has offers");
    let last = last["id"].as_str().expect("an id");
    let mut made = 1;
    loop {
        let copy = format!("{COPY}{made}-{last}");
        let found = storage.find_resource(*kind, &copy, Reader::Network).await;
        if found.expect("asked").is_none() {
            return made;
        }
        made += 1;
    }
}

/// The region once more, under other ids and a little elsewhere.
async fn repeat(storage: &Storage, region: &[(ResourceType, Value)], round: usize) {
    for chunk in region.chunks(BATCH) {
        let mut writing = storage.begin_write().await.expect("a transaction");
        let at = "2026-11-23T08:00:00.000Z";
        let id = Uuid::now_v7().to_string();
        let arrival = Arrival {
            id: &id,
            bytes: b"bench",
            source: "bench",
            media_type: "text/plain",
            received_at: at,
        };
        writing
            .insert_arrival(arrival, JournalOutcome::Accepted)
            .await
            .expect("kept");
        for (kind, resource) in chunk {
            let mut resource = resource.clone();
            let name = format!("{COPY}{round}-{}", resource["id"].as_str().expect("an id"));
            rename(&mut resource, round);
            resource["id"] = json!(name);
            writing
                .upsert_resource(*kind, &name, &mut resource, &id, at)
                .await
                .expect("kept");
        }
        writing.commit().await.expect("committed");
    }
}

/// Other references, identifiers and positions.
fn rename(value: &mut Value, round: usize) {
    let shift = f64::from(u32::try_from(round % 10).expect("small")) * 0.013;
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("reference") {
                *reference = reference.replacen('/', &format!("/{COPY}{round}-"), 1);
            }
            if object.contains_key("system")
                && let Some(Value::String(number)) = object.get_mut("value")
            {
                number.push_str(&format!("-{round}"));
            }
            if let Some(latitude) = object.get("latitude").and_then(Value::as_f64) {
                object.insert("latitude".to_owned(), json!(latitude + shift));
            }
            object.values_mut().for_each(|child| rename(child, round));
        }
        Value::Array(items) => items.iter_mut().for_each(|child| rename(child, round)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

type Question = fn(u64) -> Request<Body>;

fn questions() -> [(&'static str, Question); 9] {
    fn get(path: &str) -> Request<Body> {
        Request::get(path).body(Body::empty()).expect("a request")
    }
    fn pick<'c>(n: u64, choices: &[&'c str]) -> &'c str {
        choices[usize::try_from(n).expect("small") % choices.len()]
    }
    const CATEGORIES: [&str; 6] = ["APA", "DOUL", "PSY", "SOC", "NUTR", "AID"];
    fn point(n: u64) -> String {
        let (north, east) = (n * 7_919 % 1_000, n * 104_729 % 3_500);
        format!(
            "{}|{}",
            47.6 + f64_of(north) / 1e3,
            -4.7 + f64_of(east) / 1e3
        )
    }
    [
        ("read by id", |_| get("/fhir/Organization/eg-569002223")),
        ("category and department", |n| {
            let category = pick(n, &CATEGORIES);
            get(&format!(
                "/fhir/HealthcareService?sos-category:below={category}&department={}&_count=10",
                pick(n, &["22", "29", "35", "56"])
            ))
        }),
        ("category and point", |n| {
            let category = pick(n, &CATEGORIES);
            get(&format!(
                "/fhir/HealthcareService?sos-category:below={category}&location.near={}|20|km&_count=10",
                point(n)
            ))
        }),
        ("point, nearest places", |n| {
            get(&format!(
                "/fhir/Location?near={}|20|km&_sort=near&_count=10",
                point(n)
            ))
        }),
        ("chain and _has", |n| {
            get(&format!(
                "/fhir/Location?_has:HealthcareService:location:sos-category:below={}&commune-cog={}&_count=10",
                pick(n, &CATEGORIES),
                pick(n, &["29019", "35238", "56260", "22278"])
            ))
        }),
        ("include", |n| {
            get(&format!(
                "/fhir/HealthcareService?sos-category:below={}&_include=*&_count=10",
                pick(n, &CATEGORIES)
            ))
        }),
        ("public page", |_| get("/")),
        ("create", |n| {
            let body = json!({"resourceType": "Organization", "active": true, "name": format!("Essai {n}")});
            post("/fhir/Organization", &body)
        }),
        ("transaction of 50", |n| {
            let entries: Vec<Value> = (0..50)
                .map(|rank| json!({"request": {"method": "POST", "url": "Organization"},
                    "resource": {"resourceType": "Organization", "active": true, "name": format!("Essai {n} {rank}")}}))
                .collect();
            post(
                "/fhir",
                &json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}),
            )
        }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "below 2^52")]
fn f64_of(number: u64) -> f64 {
    number as f64
}

fn post(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/fhir+json")
        .body(Body::from(body.to_string()))
        .expect("a request")
}

/// Entries of a page, when there are enough.
const PAGE: usize = 10;

/// Asks a question and prints how that went. Where the answers are pages, the more offers there are the
/// more pages are full; the median of these alone tells what finding them takes.
async fn ask(router: &Router, name: &str, question: Question) {
    let count = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + ROUND;
    let tasks = (0..TASKS).map(|_| {
        let (router, count) = (router.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            let mut times = Vec::new();
            let mut refused = 0_usize;
            while Instant::now() < end {
                let request = question(count.fetch_add(1, Ordering::Relaxed));
                let start = Instant::now();
                let answer = router.clone().oneshot(request).await.expect("infallible");
                let is_well = answer.status().is_success();
                let body = to_bytes(answer.into_body(), usize::MAX).await;
                let time = start.elapsed();
                let body = body.expect("a body");
                times.push((
                    time,
                    memchr::memmem::find_iter(&body, b"\"fullUrl\"").count(),
                ));
                refused += usize::from(!is_well);
            }
            (times, refused)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let (mut times, mut refused) = (Vec::new(), 0);
    for task in tasks {
        let (own, bad) = task.await.expect("no panic");
        times.extend(own);
        refused += bad;
    }
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].0;
    let full = times.iter().filter(|(_, entries)| *entries >= PAGE);
    let full: Vec<Duration> = full.map(|(time, _)| *time).collect();
    let pages = match full.get(full.len() / 2) {
        Some(median) => format!(
            "  {} % full pages, their p50 {median:.2?}",
            full.len() * 100 / times.len()
        ),
        None => String::new(),
    };
    let refusals = match refused {
        0 => String::new(),
        _ => format!("  {refused} refused"),
    };
    println!(
        "  {name:26} {:>7.0} requests/s  p50 {:>8.2?}  p99 {:>8.2?}{pages}{refusals}",
        times.len() as f64 / ROUND.as_secs_f64(),
        at(50),
        at(99),
    );
}

/// Memory of this process that is in use, in megabytes.
fn resident_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1_024
}
