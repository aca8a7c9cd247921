//! A new, migrated database a test: here on a PostgreSQL cluster that lives as long as the tests.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use passerelle::storage::Storage;

/// A database of the test's own.
pub struct TestDatabase {
    pub storage: Storage,
    pub url: String,
}

/// A cluster. Its shell stops it when the tests end, however they end: the end of
/// the process closes the pipe that the shell reads.
pub struct Cluster {
    port: u16,
    _watcher: Child,
    folder: tempfile::TempDir,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static LAST_DATABASE: AtomicU64 = AtomicU64::new(0);

impl Cluster {
    /// Starts an empty cluster, which does not wait for the disk: it forgets nothing unless the machine stops.
    pub fn start() -> Self {
        Self::start_with("fsync=off")
    }

    /// Starts an empty cluster that waits for the disk, as in production.
    pub fn start_durable() -> Self {
        Self::start_with("fsync=on")
    }

    fn start_with(setting: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let binaries = binaries();
        let data = folder.path().join("data");
        let port = free_port();
        // PostgreSQL refuses to run as root: there it runs as the account of its package.
        let as_postgres = if is_root() {
            "runuser -u postgres -- "
        } else {
            ""
        };
        if is_root() {
            run(&format!("chown postgres {}", folder.path().display()));
        }
        run(&format!(
            "{as_postgres}{} --pgdata {} --auth trust --username passerelle --encoding UTF8 --locale C.UTF-8",
            binaries.join("initdb").display(),
            data.display(),
        ));
        let watcher = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "cd {folder}; {as_postgres}{postgres} -D {data} -h 127.0.0.1 -p {port} -k {folder} -c {setting} & \
                 read _; {as_postgres}{pg_ctl} stop -D {data} -m immediate; rm -rf {folder}",
                folder = folder.path().display(),
                postgres = binaries.join("postgres").display(),
                pg_ctl = binaries.join("pg_ctl").display(),
                data = data.display(),
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        wait_until_ready(&binaries, port);
        Self {
            port,
            _watcher: watcher,
            folder,
        }
    }
}

impl Cluster {
    /// Creates an empty database, and hands back its address.
    pub fn new_database(&self) -> String {
        let port = self.port;
        let name = format!("test_{}", LAST_DATABASE.fetch_add(1, Ordering::Relaxed));
        run(&format!(
            "{} -h 127.0.0.1 -p {port} -U passerelle {name}",
            binaries().join("createdb").display()
        ));
        format!("postgres://passerelle@127.0.0.1:{port}/{name}")
    }

    /// Restarts it without letting anything end, as after a loss of power.
    pub fn restart(&self) {
        let as_postgres = if is_root() {
            "runuser -u postgres -- "
        } else {
            ""
        };
        let folder = self.folder.path().display();
        run(&format!(
            "cd {folder}; {as_postgres}{} restart -D {folder}/data -m immediate -w -l {folder}/restart.log >/dev/null 2>&1",
            binaries().join("pg_ctl").display(),
        ));
    }
}

fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is not installed: run `make test`, which installs it");
    let mut found: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    found.sort();
    found
        .pop()
        .expect("PostgreSQL is not installed: run `make test`, which installs it")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout == b"0\n"
}

/// A port that nothing listens on at this instant.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
    listener.local_addr().expect("it has an address").port()
}

fn run(command: &str) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(command)
        .current_dir("/")
        .output()
        .expect("a shell starts");
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn wait_until_ready(binaries: &Path, port: u16) {
    for _ in 0..300 {
        let answer = Command::new(binaries.join("pg_isready"))
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .output()
            .expect("pg_isready runs");
        if answer.status.success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("PostgreSQL did not start within 30 s");
}

impl TestDatabase {
    /// Creates an empty database and opens it.
    pub async fn empty() -> Self {
        let url = CLUSTER.new_database();
        let storage = Storage::open(&url, 4).await.expect("a new database opens");
        Self { storage, url }
    }

    /// Creates an empty database and migrates it.
    pub async fn migrated() -> Self {
        let database = Self::empty().await;
        database
            .storage
            .migrate()
            .await
            .expect("an empty database migrates");
        database
    }
}
