//! How long a region's year of reports takes: each fiche read, checked, written as CDA, read again
//! and stored with its arrival and its delivery.
//!
//! `cargo bench --bench region_year` takes 2,000 reports in on SQLite and says what a year of
//! 92,888 would take. `BENCH_REPORTS` and `BENCH_DATABASE` (`postgres://…`, an
//! empty database) change both.

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use passerelle::{
    app::context,
    clock::Clock,
    config,
    demo::{Plan, Region},
    flows::{Context, Handover, accept},
    storage::Storage,
    terminology::Terminology,
};
use tokio::task::JoinSet;

/// Reports of one year of one region.
const YEAR: u32 = 92_888;
/// Reports made at a time; making them is not measured.
const BATCH: usize = 500;
/// Requests under way at once.
const TOGETHER: usize = 8;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let count = env::var("BENCH_REPORTS").ok();
    let count: usize = count.map_or(2_000, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let url = env::var("BENCH_DATABASE").unwrap_or_else(|_| {
        let file = folder.path().join("passerelle.db");
        format!("sqlite://{}", file.display())
    });
    let storage = Storage::open(&url, 8).await.expect("a database");
    storage.migrate().await.expect("an empty database migrates");
    let settings = config::load(None).expect("the defaults fit");
    let context = context(&settings, storage, Clock::System).await;
    let context = Arc::new(context.expect("the settings fit"));

    let terminology = Terminology::embedded();
    let plan = Plan {
        fiches: count,
        ..Plan::default()
    };
    let region = Region::generate(plan, &terminology);
    let mut reports = region.reports().peekable();
    let mut spent = Duration::ZERO;
    while reports.peek().is_some() {
        let fiches: Vec<Vec<u8>> = reports
            .by_ref()
            .take(BATCH)
            .map(|report| serde_json::to_vec(&report).expect("JSON"))
            .collect();
        spent += take_in(&context, fiches).await;
    }
    let stored = context.storage.count_reports().await.expect("counted");
    let each = spent / u32::try_from(count).expect("a year fits");
    println!("{stored} reports stored of {count} in {spent:.1?}: {each:.2?} each");
    println!("a year of {YEAR} at that pace: {:.1?}", each * YEAR);
}

/// Takes those fiches in, some at once; gives back how long it took.
async fn take_in(context: &Arc<Context>, fiches: Vec<Vec<u8>>) -> Duration {
    let start = Instant::now();
    let mut under_way = JoinSet::new();
    for fiche in fiches {
        if under_way.len() >= TOGETHER {
            under_way.join_next().await;
        }
        let context = Arc::clone(context);
        under_way.spawn(async move {
            let handover = Handover {
                bytes: &fiche,
                source: "bench",
                key: None,
            };
            accept(&context, handover).await.map(drop)
        });
    }
    while let Some(done) = under_way.join_next().await {
        done.expect("no panic").expect("a good report");
    }
    start.elapsed()
}
