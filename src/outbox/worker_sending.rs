//! Sending what is due: several mails side by side, each on a connection of its own.
//!
//! Like Postfix, it keeps a window for each destination, which grows with success and never takes all
//! connections, so that one that hangs or is away delays no other. When the operator itself is away,
//! one mail at a time asks whether it is back.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::instant_text,
    flows::{AttemptResults, Attempted, Context, give_up_waiting, send},
    mssante::smtp::{Scope, SmtpClient},
    storage::{DueDelivery, DueDestination, Lease, StorageError},
};

use super::{worker_gate::Gate, worker_windows::Windows};

/// Rest of a worker that found nothing to send.
const IDLE: Duration = Duration::from_secs(1);

/// Rest after the database failed.
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// How long suspects are sent, one by one, before the others go on.
const SUSPECTS_FOR: Duration = Duration::from_secs(2);

/// A clock that lost this much against the machine's own pace was set back.
const SET_BACK: Duration = Duration::from_secs(5);

/// No wait reaches further than the first; none but that for a full mailbox further than the second,
/// and that one may be cut short when the clock is known to have been set back.
const LONGEST_WAIT: time::Duration = time::Duration::hours(31);
const USUAL_WAIT: time::Duration = time::Duration::minutes(80);

/// The loop that sends, and what it holds.
pub(super) struct Sending {
    context: Arc<Context>,
    results: Arc<AttemptResults>,
    idle_clients: Vec<SmtpClient>,
    connections: usize,
    /// Claimed, not begun.
    ready: VecDeque<DueDelivery>,
    jobs: JoinSet<Done>,
    /// What each running job sends: delivery, destination.
    held: HashMap<Id, (String, String)>,
    windows: Windows,
    gate: Gate,
    token: String,
    lease: Duration,
    next_claim: Instant,
    next_renewal: Instant,
    next_suspects: Instant,
    last_seen: (Instant, OffsetDateTime),
}

/// What a job hands back.
struct Done {
    client: SmtpClient,
    destination: String,
    attempted: Result<Attempted, StorageError>,
}

impl Sending {
    /// A loop that sends through those clients.
    pub fn new(
        context: Arc<Context>,
        clients: Vec<SmtpClient>,
        lease: Duration,
        gate: Gate,
    ) -> Self {
        let now = Instant::now();
        Self {
            token: context.ids.next(),
            last_seen: (now, context.clock.now()),
            connections: clients.len(),
            windows: Windows::new(clients.len()),
            context,
            results: Arc::default(),
            idle_clients: clients,
            ready: VecDeque::new(),
            jobs: JoinSet::new(),
            held: HashMap::new(),
            gate,
            lease,
            next_claim: now,
            next_renewal: now + lease / 3,
            next_suspects: now,
        }
    }

    /// Sends until `stop`, lets what is under way end, and hands back the rest.
    pub async fn run(mut self, stop: CancellationToken) {
        if let Err(error) = self.bring_forward(LONGEST_WAIT).await {
            log(&error, "the queue could not be looked through");
        }
        while !stop.is_cancelled() {
            let rest = match self.turn().await {
                Ok(rest) => rest,
                Err(error) => {
                    log(&error, "the queue could not be read");
                    AFTER_FAULT
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                Some(done) = self.jobs.join_next_with_id(), if !self.jobs.is_empty() => {
                    self.finish(done).await;
                }
                () = tokio::time::sleep(rest) => {}
            }
        }
        while let Some(done) = self.jobs.join_next_with_id().await {
            self.finish(done).await;
        }
        for client in &mut self.idle_clients {
            client.quit().await;
        }
        let released = self.context.storage.release_deliveries(&self.token, None);
        if let Err(error) = released.await {
            log(&error, "what was claimed could not be handed back");
        }
    }

    /// Does what is due now, and says how long to rest when nothing ends meanwhile.
    async fn turn(&mut self) -> Result<Duration, StorageError> {
        self.watch_clock().await?;
        let now = Instant::now();
        if now >= self.next_renewal {
            self.next_renewal = now + self.lease / 3;
            self.renew().await?;
        }
        if now >= self.next_suspects && self.gate.is_open() && !self.gate.is_probing() {
            self.next_suspects = now + IDLE;
            self.send_suspects().await?;
        }
        self.claim().await?;
        self.start();
        let waits = [self.next_claim, self.next_renewal]
            .into_iter()
            .chain(self.gate.opens_at())
            .chain((!self.ready.is_empty()).then_some(self.gate.next()))
            .map(|instant| instant.saturating_duration_since(Instant::now()))
            .filter(|wait| !wait.is_zero());
        Ok(waits.min().unwrap_or(IDLE).min(IDLE))
    }

    /// Claims more, once half of the connections at the most have a mail waiting for them.
    async fn claim(&mut self) -> Result<(), StorageError> {
        let allowed = if self.gate.is_probing() {
            1
        } else {
            self.connections * 2
        };
        let is_due = Instant::now() >= self.next_claim && self.gate.is_open();
        if !is_due
            || self.ready.len() * 2 > self.connections
            || (self.gate.is_probing() && !self.jobs.is_empty())
        {
            return Ok(());
        }
        let now = self.context.clock.now();
        let due = self
            .context
            .storage
            .list_due_destinations(&instant_text(now))
            .await?;
        let places = allowed.saturating_sub(self.ready.len());
        let shares = self.windows.shares(&due, places);
        if shares.is_empty() {
            if due.is_empty() {
                self.next_claim = Instant::now() + IDLE;
            }
            return Ok(());
        }
        let claimed = self.claim_shares(now, &shares).await?;
        if claimed == 0 {
            self.next_claim = Instant::now() + IDLE;
        }
        Ok(())
    }

    async fn claim_shares(
        &mut self,
        now: OffsetDateTime,
        shares: &[(&DueDestination, usize)],
    ) -> Result<usize, StorageError> {
        let shares: Vec<(&str, i64)> = shares
            .iter()
            .map(|(destination, share)| {
                let share = i64::try_from(*share).unwrap_or(i64::MAX);
                (destination.domain.as_str(), share)
            })
            .collect();
        let (from, until) = (instant_text(now), instant_text(now + self.lease));
        let lease = Lease {
            token: &self.token,
            now: &from,
            until: &until,
        };
        let claimed = self
            .context
            .storage
            .claim_deliveries(lease, &shares)
            .await?;
        let count = claimed.len();
        for due in claimed {
            // A lease that ran out under us, while the database was away, is claimed by us again.
            let is_held = self.held.values().any(|(id, _)| *id == due.id)
                || self.ready.iter().any(|ready| ready.id == due.id);
            if !is_held {
                self.windows.hold(&due.destination);
                self.ready.push_back(due);
            }
        }
        Ok(count)
    }

    /// Begins what waits, as far as connections, the gate and the pace allow.
    fn start(&mut self) {
        while self.gate.is_open() && self.gate.is_free() && !self.idle_clients.is_empty() {
            if self.gate.is_probing() && !self.jobs.is_empty() {
                return;
            }
            let is_allowed = |due: &DueDelivery| self.windows.may_begin(&due.destination);
            let Some(position) = self.ready.iter().position(is_allowed) else {
                return;
            };
            if let (Some(due), Some(client)) =
                (self.ready.remove(position), self.idle_clients.pop())
            {
                self.windows.begin(&due.destination);
                self.spawn(client, due);
            }
        }
    }

    fn spawn(&mut self, client: SmtpClient, due: DueDelivery) {
        self.gate.take();
        let context = Arc::clone(&self.context);
        let results = Arc::clone(&self.results);
        let token = self.token.clone();
        let held = (due.id.clone(), due.destination.clone());
        let job = self.jobs.spawn(async move {
            let mut client = client;
            let attempted = send(&context, &results, &mut client, &due, &token).await;
            Done {
                client,
                destination: due.destination,
                attempted,
            }
        });
        self.held.insert(job.id(), held);
    }

    /// Learns from a job that ended.
    async fn finish(&mut self, done: Result<(Id, Done), JoinError>) {
        let (id, done) = match done {
            Ok((id, done)) => (id, Some(done)),
            Err(error) => (error.id(), None),
        };
        if let Some((_, destination)) = self.held.remove(&id) {
            self.windows.end(&destination);
        }
        let Some(done) = done else {
            tracing::error!("a delivery met a fault; its lease will run out");
            return;
        };
        self.idle_clients.push(done.client);
        match done.attempted {
            Ok(attempted) => self.learn(&done.destination, attempted.failed).await,
            Err(error) => {
                log(&error, "a delivery could not be dealt with");
                self.next_claim = Instant::now() + AFTER_FAULT;
            }
        }
    }

    async fn learn(&mut self, destination: &str, failed: Option<Scope>) {
        self.gate.learn(failed, &self.context.metrics);
        match failed {
            Some(Scope::Operator) => {}
            Some(Scope::Destination) => {
                self.windows.fail(destination);
                match give_up_waiting(&self.context, destination).await {
                    Ok(0) => {}
                    Ok(count) => tracing::warn!(count, destination, "given up after a day"),
                    Err(error) => log(&error, "what waits too long could not be given up"),
                }
            }
            Some(Scope::Mail) | None => self.windows.succeed(destination),
        }
    }

    /// Sends what was interrupted several times, one by one with nothing beside it: if it ends this
    /// process, it is known which one did.
    async fn send_suspects(&mut self) -> Result<(), StorageError> {
        let now = instant_text(self.context.clock.now());
        if !self.context.storage.has_suspects(&now).await? {
            return Ok(());
        }
        while let Some(done) = self.jobs.join_next_with_id().await {
            self.finish(done).await;
        }
        let begin = Instant::now();
        while begin.elapsed() < SUSPECTS_FOR && self.gate.is_open() {
            let now = self.context.clock.now();
            let (from, until) = (instant_text(now), instant_text(now + self.lease));
            let lease = Lease {
                token: &self.token,
                now: &from,
                until: &until,
            };
            let Some(due) = self.context.storage.claim_suspect(lease).await? else {
                break;
            };
            let Some(client) = self.idle_clients.pop() else {
                break;
            };
            self.windows.hold(&due.destination);
            self.windows.begin(&due.destination);
            self.spawn(client, due);
            while let Some(done) = self.jobs.join_next_with_id().await {
                self.finish(done).await;
            }
        }
        Ok(())
    }

    async fn renew(&self) -> Result<(), StorageError> {
        if self.held.is_empty() && self.ready.is_empty() {
            return Ok(());
        }
        let until = instant_text(self.context.clock.now() + self.lease);
        self.context
            .storage
            .renew_leases(&self.token, &until)
            .await?;
        Ok(())
    }

    /// Brings forward what waits for an instant that a clock set back made distant.
    async fn watch_clock(&mut self) -> Result<(), StorageError> {
        let (then, at) = self.last_seen;
        let (now, present) = (Instant::now(), self.context.clock.now());
        self.last_seen = (now, present);
        if present + SET_BACK < at + now.duration_since(then) {
            tracing::warn!("the clock was set back");
            // What we hold ourselves stays ours.
            self.renew().await?;
            self.bring_forward(USUAL_WAIT).await?;
        }
        Ok(())
    }

    async fn bring_forward(&self, longest: time::Duration) -> Result<(), StorageError> {
        let now = self.context.clock.now();
        let (latest, latest_lease) = (now + longest, now + self.lease * 2);
        let count = self
            .context
            .storage
            .bring_forward(&instant_text(latest), &instant_text(latest_lease))
            .await?;
        if count > 0 {
            tracing::warn!(
                count,
                "deliveries waited for an instant that no wait reaches"
            );
        }
        Ok(())
    }
}

fn log(error: &StorageError, message: &'static str) {
    tracing::error!(error = error as &dyn std::error::Error, "{message}");
}
