//! Processes killed at random moments, a database that restarts, a disk that is full: real PostgreSQL,
//! Postfix and Dovecot.

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use passerelle::{
    clock::Clock,
    config::{self, Settings},
    identifiers::MssanteAddress,
    outbox::DeliveryState,
    storage::Storage,
};

use super::{
    comparison::{Figures, compare, message_id},
    instance::{Instance, hand_in},
};
use crate::{database::Cluster, journey::know, mail_operator::operator, versions::version};

/// How long the last mails may take to arrive, and what is added for each report.
const LAST_MAILS: [Duration; 2] = [Duration::from_secs(120), Duration::from_millis(100)];

fn last_mails(reports: usize) -> Duration {
    let [all, each] = LAST_MAILS;
    all + each * u32::try_from(reports).unwrap_or(u32::MAX)
}

/// What happens while reports flow.
#[derive(Clone, Copy, PartialEq)]
enum Disturbance {
    /// One of two instances is killed.
    Kill,
    /// The database restarts without finishing anything.
    RestartDatabase,
}

fn number(name: &str, short: usize) -> usize {
    env::var(name).map_or(short, |text| text.parse().expect("a number"))
}

/// A report of its own, as a vendor sends it.
fn fiche(rank: usize) -> Vec<u8> {
    serde_json::to_vec(&version(&format!("F{rank}"), 1)).expect("JSON")
}

/// Makes the physician of the reports known, and hands back the database.
async fn prepare(settings: &Path, physician: &MssanteAddress) -> Storage {
    let settings: Settings = config::load(Some(settings)).expect("they fit");
    let storage = passerelle::app::open_storage(&settings)
        .await
        .expect("open");
    let context = passerelle::app::context(&settings, storage.clone(), Clock::System)
        .await
        .expect("it fits");
    let json = version("F0", 1);
    let rpps = &json["people"]["attending_physician"]["professional"]["id"]["value"];
    know(&context, rpps.as_str().expect("a number"), physician).await;
    storage
}

/// Hands all reports in, to whichever instance answers, each until it is taken.
fn feed(count: usize, addresses: &Mutex<Vec<SocketAddr>>) -> Vec<String> {
    let mut accepted = Vec::with_capacity(count);
    for rank in 0..count {
        let fiche = fiche(rank);
        let mut turn = rank;
        loop {
            let address = {
                let addresses = addresses.lock().expect("whole");
                addresses.get(turn % addresses.len().max(1)).copied()
            };
            turn += 1;
            if let Some(id) = address.and_then(|address| hand_in(address, &fiche)) {
                accepted.push(id);
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    accepted
}

async fn pending(storage: &Storage) -> i64 {
    let Ok(counts) = storage.count_deliveries().await else {
        return i64::MAX;
    };
    let pending = counts
        .iter()
        .filter(|count| count.state == DeliveryState::Pending);
    pending.map(|count| count.count).sum()
}

/// How many mails of each `Message-ID` the mailbox holds, once it holds as many as are expected.
async fn arrived(physician: &MssanteAddress, expected: usize) -> HashMap<String, usize> {
    let folder = operator().folder_of(physician).join("new");
    let begin = Instant::now();
    let mut seen = HashSet::new();
    let mut found = HashMap::new();
    loop {
        for file in fs::read_dir(&folder).into_iter().flatten().flatten() {
            // Dovecot writes a mail whole, then puts it here.
            if seen.insert(file.file_name())
                && let Some(id) = message_id(&fs::read(file.path()).unwrap_or_default())
            {
                *found.entry(id).or_insert(0) += 1;
            }
        }
        if found.len() >= expected || begin.elapsed() > last_mails(expected) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Lets reports flow through two instances on one PostgreSQL while they are disturbed.
async fn flow(disturbance: Disturbance, reports: usize, disturbances: usize) -> Figures {
    let cluster = Cluster::start();
    let (sender, physician) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let folder = tempfile::tempdir().expect("a folder");
    let settings = operator().write_settings(folder.path(), &cluster.new_database(), &sender);
    let storage = prepare(&settings, &physician).await;
    let mut instances: Vec<Instance> = (0..2)
        .map(|_| Instance::start(&settings, None).expect("it starts"))
        .collect();
    let addresses = Arc::new(Mutex::new(
        instances.iter().map(|instance| instance.address).collect(),
    ));
    let feeder = {
        let addresses = Arc::clone(&addresses);
        thread::spawn(move || feed(reports, &addresses))
    };
    let mut dice = rand::random::<u64>();
    for turn in 0..disturbances {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        tokio::time::sleep(Duration::from_millis(100 + (dice >> 33) % 1000)).await;
        match disturbance {
            Disturbance::RestartDatabase => cluster.restart(),
            Disturbance::Kill => {
                let victim = turn % instances.len();
                instances[victim].kill();
                let next = (0..20).find_map(|_| Instance::start(&settings, None));
                instances[victim] = next.expect("it starts again");
                addresses.lock().expect("whole")[victim] = instances[victim].address;
            }
        }
    }
    let accepted = feeder.join().expect("every report is taken in the end");
    let begin = Instant::now();
    while pending(&storage).await > 0 && begin.elapsed() < last_mails(reports) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let arrived = arrived(&physician, reports).await;
    let figures = compare(&storage, &accepted, &arrived).await;
    assert_eq!(figures.reports, reports);
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_killed_at_random_moments_lose_nothing() {
    let (reports, kills) = (
        number("FAULTS_REPORTS", 20),
        number("FAULTS_DISTURBANCES", 4),
    );
    let begin = Instant::now();
    let figures = flow(Disturbance::Kill, reports, kills).await;
    println!("{kills} kills in {:.0?}: {figures}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_every_few_seconds_loses_nothing() {
    let reports = number("FAULTS_REPORTS", 20);
    let restarts = number("FAULTS_DISTURBANCES", 4);
    let begin = Instant::now();
    let figures = flow(Disturbance::RestartDatabase, reports, restarts).await;
    println!("{restarts} restarts in {:.0?}: {figures}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_before_the_disk_was_full_arrives() {
    let (sender, physician) = (operator().new_mailbox("app"), operator().new_mailbox("dr"));
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("full.db").display());
    let settings = operator().write_settings(folder.path(), &url, &sender);
    let storage = prepare(&settings, &physician).await;
    let size = fs::metadata(folder.path().join("full.db")).map_or(0, |file| file.len());
    let wal = fs::metadata(folder.path().join("full.db-wal")).map_or(0, |file| file.len());
    let room = size.max(wal) / 512 + 2_000;
    let cramped = Instance::start(&settings, Some(room)).expect("it starts");
    let mut accepted = Vec::new();
    let mut refused = 0;
    for rank in 0..200 {
        match hand_in(cramped.address, &fiche(rank)) {
            Some(id) => accepted.push(id),
            None => refused += 1,
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the disk was never full");
    drop(cramped);
    let _roomy = Instance::start(&settings, None).expect("it starts");
    let begin = Instant::now();
    while pending(&storage).await > 0 && begin.elapsed() < last_mails(accepted.len()) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let arrived = arrived(&physician, accepted.len()).await;
    let figures = compare(&storage, &accepted, &arrived).await;
    println!("disk full: {figures}");
}
