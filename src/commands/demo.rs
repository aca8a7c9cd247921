//! `passerelle demo`: everything on this machine, without a server and without a network.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use passerelle::{
    annuaire::StandIn,
    app::{App, serve_stand_in, stop_on_signal},
    clock::Clock,
    config::{self, InboxKind, Settings, TlsMode},
    demo,
    flows::{Context, Handover, ImportOptions, ImportReport, accept},
    identifiers::TrustedDomains,
    ids::Ids,
    mssante::{maildir::Maildir, smtp_sink::SmtpSink},
    outbox::{DeliveryState, NoAddress},
    storage::StateCount,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    demo_people,
    import::import_with_progress,
    language::{Words, say},
    logging,
    plan_arguments::PlanArguments,
};
use crate::{CommandResult, Ended};

/// Mailbox of the demonstration's gateway, in a domain that exists nowhere.
const GATEWAY_MAILBOX: &str = "rcp@reseau.mssante.invalid";

/// File of the region that holds what the national directory answers.
const ANNUAIRE: &str = "annuaire.ndjson";

/// Domain below which the demonstration's mailboxes stand.
const TRUSTED_DOMAIN: &str = "mssante.invalid";

/// How long the first load waits for the last acknowledgement.
const PATIENCE: Duration = Duration::from_secs(120);

/// Arguments of `demo`.
#[derive(clap::Args)]
pub struct Demo {
    /// Folder that keeps the region, its database and its mailboxes between two runs
    #[arg(long, value_name = "DIR", default_value = "passerelle-demo")]
    data: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    sizes: PlanArguments,
}

impl Demo {
    /// Loads the region if this is the first run, then serves until Ctrl-C.
    pub async fn run(self) -> CommandResult {
        let begin = Instant::now();
        let words = Words::of_environment();
        fs::create_dir_all(&self.data)
            .map_err(|error| format!("{}: {error}", self.data.display()))?;
        let stop = stop_on_signal();
        let mail = self.data.join("mail");
        let operator = SmtpSink::bind(
            (Ipv4Addr::LOCALHOST, 0).into(),
            &mail,
            TrustedDomains::new([TRUSTED_DOMAIN]),
            Clock::System,
            Arc::new(Ids::Random),
        )
        .await?;
        let loaded = self.data.join("loaded");
        if !loaded.exists() {
            say!(
                words,
                "Première exécution : la région de démonstration est préparée.",
                "First run: the demonstration region is being prepared."
            );
        }
        let region = self.region()?;
        let annuaire = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut settings = self.settings(&mail, operator.address()?.port())?;
        settings.annuaire.url = format!("http://{}/fhir/v2", annuaire.local_addr()?);
        let annuaire_url = settings.annuaire.url.clone();
        logging::start(&settings.log)?;
        let app = App::prepare(settings).await?;
        let listener = app.listen().await?;
        let address = listener.local_addr()?;
        let context = Arc::clone(&app.context);
        let operating = tokio::spawn(operator.run(stop.clone()));
        let answering = tokio::spawn(serve_stand_in(annuaire, directory(&region)?, stop.clone()));
        let serving = tokio::spawn(app.run(listener, stop.clone()));

        if !loaded.exists() {
            load(&context, &region, words, &stop).await?;
            if !stop.is_cancelled() {
                fs::write(
                    &loaded,
                    "The region is loaded; remove this folder to begin anew.\n",
                )?;
            }
        }
        if !stop.is_cancelled() {
            report(&context, words).await?;
            print_addresses(address, &annuaire_url, &mail, begin.elapsed(), words);
        }
        serving.await??;
        operating.await?;
        answering.await??;
        Ok(Ended::Done)
    }

    /// The folder of the region's files, which are made when they are not there.
    fn region(&self) -> Result<PathBuf, String> {
        let region = self.data.join("region");
        if !region.join(ANNUAIRE).exists() {
            demo::write(self.sizes.plan(), &region)
                .map_err(|error| format!("{}: {error}", region.display()))?;
        }
        Ok(region)
    }

    fn settings(&self, mail: &Path, operator_port: u16) -> Result<Settings, config::ConfigError> {
        let mut settings = config::load(None)?;
        settings.server.listen = self.listen;
        settings.database.url = format!("sqlite://{}", self.data.join("passerelle.db").display());
        settings.mail.from = GATEWAY_MAILBOX.to_owned();
        settings.mail.trusted_domains = vec![TRUSTED_DOMAIN.to_owned()];
        settings.mail.smtp.host = Ipv4Addr::LOCALHOST.to_string();
        settings.mail.smtp.port = operator_port;
        settings.mail.smtp.tls = TlsMode::PlainLoopback;
        settings.mail.inbox.kind = InboxKind::Maildir;
        let mailbox = GATEWAY_MAILBOX.parse().expect("a constant of this file");
        settings.mail.inbox.path = Maildir::of_address(mail, &mailbox).folder().to_owned();
        settings.mail.inbox.poll_seconds = 1;
        settings.log.filter =
            std::env::var("PASSERELLE_LOG__FILTER").unwrap_or_else(|_| "error".to_owned());
        Ok(settings)
    }
}

/// What the stand-in of the national directory answers with.
fn directory(region: &Path) -> Result<StandIn, Box<dyn std::error::Error>> {
    let lines = fs::read_to_string(region.join(ANNUAIRE))?;
    let resources: Result<Vec<serde_json::Value>, _> =
        lines.lines().map(serde_json::from_str).collect();
    Ok(StandIn::new(resources?))
}

/// Takes the files of the region in as a network would; the physicians are asked of the directory.
async fn load(
    context: &Arc<Context>,
    region: &Path,
    words: Words,
    stop: &CancellationToken,
) -> Result<(), Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let imported = import_with_progress(
        context,
        &[region.join("offers.csv")],
        &ImportOptions::default(),
        words,
    )
    .await?;
    print_import(&imported, begin.elapsed(), words);
    demo_people::open_accounts(context).await?;

    let begin = Instant::now();
    let fiches = sorted_files(&region.join("fiches"))?;
    let bar = progress(fiches.len(), words.choose("comptes rendus", "reports"));
    let mut refused = 0;
    for fiche in &fiches {
        if stop.is_cancelled() {
            return Ok(());
        }
        let bytes = fs::read(fiche)?;
        let handover = Handover {
            bytes: &bytes,
            source: "demonstration",
            key: None,
        };
        if let Err(error) = accept(context, handover).await {
            refused += 1;
            bar.println(format!("{}: {error}", fiche.display()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    say!(
        words,
        "  ✓ {} comptes rendus de RCP reçus, rédigés en CDA R2 N3, contrôlés et conservés ({refused} refusés), en {:.1} s",
        "  ✓ {} RCP reports taken in, written as CDA R2 N3, checked and stored ({refused} refused), in {:.1} s",
        fiches.len(),
        begin.elapsed().as_secs_f32()
    );
    follow_deliveries(context, words, stop).await
}

fn sorted_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Shows the mails leave and the receipts come back, until none is under way.
async fn follow_deliveries(
    context: &Context,
    words: Words,
    stop: &CancellationToken,
) -> Result<(), Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let total: i64 = by_state(context).await?.values().sum();
    let bar = progress(
        usize::try_from(total).unwrap_or(0),
        words.choose("comptes rendus suivis", "reports followed"),
    );
    while begin.elapsed() < PATIENCE && !stop.is_cancelled() {
        let counts = context.storage.count_deliveries().await?;
        let under_way: i64 = counts
            .iter()
            .filter(|count| is_under_way(count))
            .map(|count| count.count)
            .sum();
        bar.set_position(u64::try_from(total - under_way).unwrap_or(0));
        if under_way == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bar.finish_and_clear();
    Ok(())
}

/// What the directory, the operator or the recipient has still to answer.
fn is_under_way(count: &StateCount) -> bool {
    let is_awaited = count.reason.as_deref() == Some(NoAddress::DirectoryAwaited.as_str());
    let is_sending = [
        DeliveryState::Pending,
        DeliveryState::Sent,
        DeliveryState::Delivered,
    ]
    .contains(&count.state);
    is_sending || is_awaited
}

async fn by_state(
    context: &Context,
) -> Result<BTreeMap<DeliveryState, i64>, passerelle::storage::StorageError> {
    let mut counts = BTreeMap::new();
    for count in context.storage.count_deliveries().await? {
        *counts.entry(count.state).or_insert(0) += count.count;
    }
    Ok(counts)
}

/// Says where the deliveries stand, and why some reports have nowhere to go.
async fn report(context: &Context, words: Words) -> Result<(), Box<dyn std::error::Error>> {
    let (physicians, with_mailbox) = context.storage.count_recipients().await?;
    say!(
        words,
        "  ✓ {physicians} médecins trouvés par l'annuaire national simulé, dont {with_mailbox} ont une messagerie sécurisée",
        "  ✓ {physicians} physicians found through the stand-in of the national directory, of which {with_mailbox} have a secure mailbox"
    );
    let counts = by_state(context).await?;
    let of = |state| counts.get(&state).copied().unwrap_or(0);
    let sent = of(DeliveryState::Sent)
        + of(DeliveryState::Delivered)
        + of(DeliveryState::Acknowledged)
        + of(DeliveryState::Rejected);
    say!(
        words,
        "  ✓ {sent} emballés en IHE XDM et envoyés au médecin traitant, dont {} ont leur accusé de réception ({} en attente, {} en échec)",
        "  ✓ {sent} packed as IHE XDM and mailed to the attending physician, of which {} are acknowledged ({} waiting, {} failed)",
        of(DeliveryState::Acknowledged),
        of(DeliveryState::Pending),
        of(DeliveryState::Failed) + of(DeliveryState::Rejected)
    );
    say!(
        words,
        "  ! {} sans adresse sécurisée connue :",
        "  ! {} without a known secure address:",
        of(DeliveryState::Undeliverable)
    );
    for count in context.storage.count_deliveries().await? {
        let reason = count
            .reason
            .as_deref()
            .and_then(|reason| reason.parse::<NoAddress>().ok());
        if let Some(reason) = reason.filter(|_| count.state == DeliveryState::Undeliverable) {
            println!(
                "      {:>5}  {}",
                count.count,
                words.choose(&reason.meaning().fr, &reason.meaning().en)
            );
        }
    }
    Ok(())
}

fn print_import(imported: &ImportReport, elapsed: Duration, words: Words) {
    say!(
        words,
        "  ✓ {} structures et {} offres importées et publiées ({} refusées), en {:.1} s",
        "  ✓ {} structures and {} offers imported and published ({} refused), in {:.1} s",
        imported.structures.total(),
        imported.offers.total(),
        imported.refused_count,
        elapsed.as_secs_f32()
    );
}

fn print_addresses(
    address: SocketAddr,
    annuaire: &str,
    mail: &Path,
    elapsed: Duration,
    words: Words,
) {
    println!();
    println!(
        "  {:<22} http://{address}/",
        words.choose("Recherche", "Search page")
    );
    println!(
        "  {:<22} http://{address}/fhir/metadata",
        words.choose("Interface FHIR", "FHIR base")
    );
    println!(
        "  {:<22} http://{address}/espace ({})",
        words.choose("Espace des référents", "Referents' space"),
        demo_people::ADDRESSES.join(", ")
    );
    println!(
        "  {:<22} http://{address}/pilotage",
        words.choose("Pilotage", "Operations page")
    );
    println!(
        "  {:<22} {annuaire}",
        words.choose("Annuaire simulé", "Stand-in directory")
    );
    println!(
        "  {:<22} {}",
        words.choose("Boîtes aux lettres", "Mailboxes"),
        mail.display()
    );
    println!();
    say!(
        words,
        "Prêt en {:.1} s. Ctrl-C pour arrêter.",
        "Ready in {:.1} s. Ctrl-C to stop.",
        elapsed.as_secs_f32()
    );
}

fn progress(total: usize, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg:<24} {bar:40} {pos}/{len}")
        .expect("a constant of this file");
    ProgressBar::new(u64::try_from(total).unwrap_or(0))
        .with_style(style)
        .with_message(what.to_owned())
}
