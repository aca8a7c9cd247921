//! The counters of a process. No label ever holds a patient datum, nor the name of anybody.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use time::{Date, Duration};

use super::directory::DirectoryGauges;
use crate::{
    governance::LATE_DAYS,
    storage::{Storage, StorageError},
};

/// Upper bounds of the buckets of a duration, in seconds.
const DURATION_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// How something that arrived ended.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByOutcome {
    /// `accepted`, `repeated`, `refused`…
    pub outcome: &'static str,
}

/// A loop of the service, by its name.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ByLoop {
    /// What it does.
    pub name: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByState {
    state: &'static str,
    reason: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByRequest {
    route: String,
    status: u16,
}

/// The counters of this process, and the registry that writes them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<ByRequest, Counter>,
    request_seconds: Histogram,
    /// Reports taken in, by outcome.
    pub reports: Family<ByOutcome, Counter>,
    /// Attempts to send, by outcome.
    pub attempts: Family<ByOutcome, Counter>,
    /// Questions to the national directory, by outcome.
    pub directory_questions: Family<ByOutcome, Counter>,
    /// Mails received, by kind.
    pub inbound_mails: Family<ByOutcome, Counter>,
    deliveries: Family<ByState, Gauge>,
    /// Failures in a row of the mail operator: 0 when it works.
    pub operator_failures: Gauge,
    /// How often a loop of the service met a fault and began anew, by loop.
    pub loop_restarts: Family<ByLoop, Counter>,
    resident_memory: Gauge,
    directory: DirectoryGauges,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("passerelle");
        let requests = Family::default();
        let request_seconds = Histogram::new(DURATION_BUCKETS);
        let reports = Family::default();
        let attempts = Family::default();
        let inbound_mails = Family::default();
        let directory_questions = Family::default();
        let deliveries = Family::default();
        let operator_failures = Gauge::default();
        let loop_restarts = Family::default();
        let resident_memory = Gauge::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_seconds",
            "Time to answer a request",
            request_seconds.clone(),
        );
        registry.register("reports_received", "RCP reports taken in", reports.clone());
        registry.register(
            "delivery_attempts",
            "Attempts to send a report",
            attempts.clone(),
        );
        registry.register("inbound_mails", "Mails received", inbound_mails.clone());
        registry.register(
            "directory_questions",
            "Questions to the national directory",
            directory_questions.clone(),
        );
        registry.register(
            "deliveries",
            "Deliveries, by where they stand",
            deliveries.clone(),
        );
        registry.register(
            "operator_failures",
            "Failures in a row of the mail operator, 0 when it works",
            operator_failures.clone(),
        );
        registry.register(
            "loop_restarts",
            "Loops of the service that met a fault and began anew",
            loop_restarts.clone(),
        );
        registry.register(
            "resident_memory_bytes",
            "Memory of this process, 0 where the system does not say",
            resident_memory.clone(),
        );
        let directory = DirectoryGauges::new(&mut registry);
        Self {
            registry,
            requests,
            request_seconds,
            reports,
            attempts,
            directory_questions,
            inbound_mails,
            deliveries,
            operator_failures,
            loop_restarts,
            resident_memory,
            directory,
        }
    }
}

impl Metrics {
    /// Counts one answered request. `route` is the pattern of the address, never the address.
    pub fn request(&self, route: &str, status: u16, seconds: f64) {
        self.requests
            .get_or_create(&ByRequest {
                route: route.to_owned(),
                status,
            })
            .inc();
        self.request_seconds.observe(seconds);
    }

    /// Every metric, in the text format of `OpenMetrics`.
    ///
    /// # Errors
    /// [`StorageError`] when the database cannot be counted.
    pub async fn text(&self, storage: &Storage, today: Date) -> Result<String, StorageError> {
        let late_before = (today - Duration::days(LATE_DAYS)).to_string();
        self.directory
            .set(storage.count_governance(&late_before).await?);
        let counts = storage.count_deliveries().await?;
        self.deliveries.clear();
        for count in counts {
            let labels = ByState {
                state: count.state.as_str(),
                reason: count.reason.unwrap_or_default(),
            };
            self.deliveries.get_or_create(&labels).set(count.count);
        }
        let resident = i64::try_from(resident_bytes().unwrap_or_default());
        self.resident_memory.set(resident.unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes every text");
        Ok(text)
    }
}

/// Memory of this process in bytes, as Linux tells it.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
