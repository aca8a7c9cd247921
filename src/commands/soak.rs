//! `passerelle soak`: invented reports flow through intake, queue and operator of this machine, and are
//! counted, as fast as they go.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use passerelle::{
    annuaire::{Mailbox, Physician},
    app::{context, open_storage, stop_on_signal},
    clock::Clock,
    config::{self, Environment, Settings, TlsMode},
    demo::{Plan, Region},
    flows::{Context, Handover, accept, keep_physician, verify_ledger},
    identifiers::{MssanteAddress, Rpps, TrustedDomains},
    ids::Ids,
    metrics::resident_bytes,
    mssante::smtp_sink::SmtpSink,
    outbox::{
        DeliveryState,
        worker::{self, MailSystem},
    },
    rcp::{AttendingPhysician, RcpReport},
    terminology::Terminology,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::logging;
use crate::{CommandResult, Ended};

/// Reports handed in side by side.
const TOGETHER: usize = 8;

/// Reports made ahead of those that hand them in.
const AHEAD: usize = 64;

/// How often it is looked whether the last mail left.
const LOOK: Duration = Duration::from_millis(100);

/// How often a line is printed.
const LINE: Duration = Duration::from_secs(10);

/// Arguments of `soak`.
#[derive(clap::Args)]
pub struct Soak {
    /// Settings, with an operator on a loopback address and a database without reports; without it an
    /// embedded operator and an SQLite file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// New folder for the file and the mailboxes that a soak without settings makes
    #[arg(long, value_name = "DIR", default_value = "passerelle-soak")]
    data: PathBuf,
    /// Reports
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    reports: usize,
    /// Ends after that many minutes, whatever is left
    #[arg(long, value_name = "M", default_value_t = 10)]
    minutes: u64,
    /// Mailbox of every physician
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "medecin@medecin.mssante.invalid"
    )]
    to: MssanteAddress,
    /// Let no mail leave before every report is stored: each half is measured alone
    #[arg(long)]
    store_first: bool,
}

impl Soak {
    /// Lets the reports flow, and says how fast they went and what was lost: nothing.
    pub async fn run(self) -> CommandResult {
        let stop = stop_on_signal();
        let settings = self.settings(&stop).await?;
        logging::start(&settings.log)?;
        let storage = open_storage(&settings).await?;
        if storage.count_reports().await? > 0 {
            return Err("the database holds reports: a soak wants one of its own".into());
        }
        let context = Arc::new(context(&settings, storage, Clock::System).await?);
        let mails = MailSystem::of_settings(&settings)?.ok_or("mail.from is empty")?;
        let workers = TaskTracker::new();
        let ends = stop.child_token();
        let begin = Instant::now();
        let deadline = begin + Duration::from_secs(60 * self.minutes);
        let start = |mails| worker::spawn(&workers, &context, mails, &settings.delivery, &ends);
        let watched = if self.store_first {
            self.hand_in(&context, deadline, &stop).await?;
            let begin = Instant::now();
            start(mails);
            self.watch(&context, begin, deadline, &stop).await
        } else {
            start(mails);
            let (handed, watched) = tokio::join!(
                self.hand_in(&context, deadline, &stop),
                self.watch(&context, begin, deadline, &stop)
            );
            handed?;
            watched
        };
        let sent = watched?;
        ends.cancel();
        workers.close();
        workers.wait().await;
        self.conclude(&context, sent).await
    }

    /// The settings, which send nothing beyond this machine.
    async fn settings(
        &self,
        stop: &CancellationToken,
    ) -> Result<Settings, Box<dyn std::error::Error>> {
        let mut settings = config::load(self.config.as_deref())?;
        if self.config.is_none() {
            self.embed(&mut settings, stop).await?;
        }
        let host = &settings.mail.smtp.host;
        let is_here = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if !is_here {
            return Err(
                format!("mail.smtp.host is {host:?}: a soak speaks to this machine only").into(),
            );
        }
        if settings.region.environment != Environment::Test {
            return Err("region.environment is not \"test\"".into());
        }
        Ok(settings)
    }

    /// An operator of our own, and a file.
    async fn embed(
        &self,
        settings: &mut Settings,
        stop: &CancellationToken,
    ) -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir(&self.data).map_err(|error| format!("{}: {error}", self.data.display()))?;
        let operator = SmtpSink::bind(
            (Ipv4Addr::LOCALHOST, 0).into(),
            &self.data.join("mail"),
            TrustedDomains::new(["mssante.invalid"]),
            Clock::System,
            Arc::new(Ids::Random),
        )
        .await?;
        let database = self.data.join("passerelle.db");
        settings.database.url = format!("sqlite://{}", database.display());
        settings.mail.from = "rcp@reseau.mssante.invalid".to_owned();
        settings.mail.trusted_domains = vec!["mssante.invalid".to_owned()];
        settings.mail.smtp.host = Ipv4Addr::LOCALHOST.to_string();
        settings.mail.smtp.port = operator.address()?.port();
        settings.mail.smtp.tls = TlsMode::PlainLoopback;
        settings.log.filter = "error".to_owned();
        tokio::spawn(operator.run(stop.clone()));
        Ok(())
    }

    /// Hands the reports in, several side by side, and says how fast they were stored.
    async fn hand_in(
        &self,
        context: &Arc<Context>,
        deadline: Instant,
        stop: &CancellationToken,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let begin = Instant::now();
        let mut reports = reports(self.reports);
        let mut known = std::collections::HashSet::new();
        let mut under_way = JoinSet::new();
        let mut stored = 0_usize;
        while let Some(report) = reports.recv().await {
            if Instant::now() >= deadline || stop.is_cancelled() {
                break;
            }
            if known.insert(report.physician.rpps.clone()) {
                self.know(context, report.physician).await?;
            }
            if under_way.len() >= TOGETHER
                && let Some(done) = under_way.join_next().await
            {
                done??;
                stored += 1;
            }
            let context = Arc::clone(context);
            under_way.spawn(async move {
                let handover = Handover {
                    bytes: &report.fiche,
                    source: "soak",
                    key: None,
                };
                accept(&context, handover).await.map(drop)
            });
        }
        while let Some(done) = under_way.join_next().await {
            done??;
            stored += 1;
        }
        println!("{stored} reports stored: {}", pace(stored, begin.elapsed()));
        Ok(())
    }

    async fn know(
        &self,
        context: &Context,
        mut physician: Physician,
    ) -> Result<(), passerelle::storage::StorageError> {
        physician.mailboxes = vec![Mailbox::personal(self.to.clone())];
        let mut writing = context.storage.begin_write().await?;
        keep_physician(context, &mut writing, &physician, "soak").await?;
        writing.commit().await
    }

    /// Waits until the last mail left, and prints where things stand; hands back how many left.
    async fn watch(
        &self,
        context: &Context,
        begin: Instant,
        deadline: Instant,
        stop: &CancellationToken,
    ) -> Result<usize, Box<dyn std::error::Error>> {
        let mut next_line = begin + LINE;
        loop {
            let (sent, waiting) = counts(context).await?;
            let is_over = Instant::now() >= deadline || stop.is_cancelled();
            if sent >= self.reports || is_over {
                println!("{sent} mails left: {}", pace(sent, begin.elapsed()));
                return Ok(sent);
            }
            if Instant::now() >= next_line {
                next_line += LINE;
                println!(
                    "{:>6.0} s: {sent} mails left, {waiting} wait, {} MB resident",
                    begin.elapsed().as_secs_f64(),
                    resident_megabytes()
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Proves the ledger, and says what was lost.
    async fn conclude(&self, context: &Context, sent: usize) -> CommandResult {
        let ledger = verify_ledger(&context.storage, None).await?;
        let stored = usize::try_from(context.storage.count_reports().await?)?;
        println!(
            "{stored} stored, {sent} left, {} lines of the ledger, {} faults, {} MB resident",
            ledger.head.sequence,
            ledger.faults.len(),
            resident_megabytes()
        );
        for fault in &ledger.faults {
            println!("{fault}");
        }
        context.storage.close().await;
        if ledger.faults.is_empty() && sent == stored && stored == self.reports {
            Ok(Ended::Done)
        } else {
            Ok(Ended::Refused)
        }
    }
}

/// A report to hand in, and its physician.
struct Invented {
    fiche: Vec<u8>,
    physician: Physician,
}

/// That many reports, each the first of its versions and with a physician who has a number. They are made
/// on a thread of their own, a few ahead.
fn reports(count: usize) -> mpsc::Receiver<Invented> {
    let (made, wanted) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let terminology = Terminology::embedded();
        let plan = Plan {
            fiches: usize::MAX,
            ..Plan::default()
        };
        let region = Region::generate(plan, &terminology);
        for report in region.reports().filter_map(invented).take(count) {
            if made.blocking_send(report).is_err() {
                return;
            }
        }
    });
    wanted
}

fn invented(report: RcpReport) -> Option<Invented> {
    let AttendingPhysician::Known(entry) = &report.people.attending_physician else {
        return None;
    };
    let professional = &entry.professional;
    let rpps: Rpps = professional.id.as_ref()?.value.parse().ok()?;
    let name = professional.name.as_ref()?;
    let given = name.given.as_deref().unwrap_or_default();
    let physician = Physician::named(rpps, &name.family, given);
    (report.document.replaces.is_none()).then(|| Invented {
        fiche: serde_json::to_vec(&report).expect("a report is JSON"),
        physician,
    })
}

/// How many mails left, and how many wait.
async fn counts(context: &Context) -> Result<(usize, usize), passerelle::storage::StorageError> {
    let (mut sent, mut waiting) = (0, 0);
    for count in context.storage.count_deliveries().await? {
        let number = usize::try_from(count.count).unwrap_or_default();
        if count.state.has_left() {
            sent += number;
        } else if count.state == DeliveryState::Pending {
            waiting += number;
        }
    }
    Ok((sent, waiting))
}

fn pace(count: usize, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let each_second = count as f64 / seconds.max(0.001);
    format!("{seconds:.1} s, {each_second:.0} a second")
}

fn resident_megabytes() -> u64 {
    resident_bytes().unwrap_or_default() / 1_000_000
}
