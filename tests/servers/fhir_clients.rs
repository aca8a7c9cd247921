//! The directory as others use it: the clients that hospitals and vendors have, each doing what it
//! does best against a running server, and the validator of HL7 on what the server returns.
//!
//! The clients are in `tests/clients/`; their packages are installed once, below `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use crate::demonstration::{address, start, stop};

/// Where the packages are installed.
const INSTALLED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/clients");
/// Where the clients are.
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
/// Packages, each at one version.
const NPM: &str = "fhir-kit-client@1.9.2";
const PYPI: &str = "fhirpy==2.3.1";

/// A program that is stopped after ten minutes: a registry that does not answer ends the test.
fn program(name: &str) -> Command {
    let mut command = Command::new("timeout");
    command.arg("600").arg(name);
    command
}

/// Runs a command to its end, which must be good.
fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {} (`make servers` installs what it runs on)\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The folder of a client, what it needs installed in it unless that was done before.
fn installed(name: &str, version: &str, install: impl Fn(&Path)) -> PathBuf {
    let folder = Path::new(INSTALLED).join(name);
    let mark = folder.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|found| found == version) {
        return folder;
    }
    // Half an installation is none.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder below target");
    install(&folder);
    fs::write(mark, version).expect("written");
    folder
}

fn fhir_kit_client(base: &str) {
    let folder = installed("node", NPM, |folder| {
        run(program("npm")
            .args([
                "install",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ])
            .arg(folder)
            .arg(NPM));
    });
    run(program("node")
        .env("NODE_PATH", folder.join("node_modules"))
        .arg(format!("{CLIENTS}/fhir_kit_client.cjs"))
        .arg(base));
}

fn fhirpy(base: &str) {
    let folder = installed("python", PYPI, |folder| {
        run(program("python3").args(["-m", "venv"]).arg(folder));
        run(program("bin/pip")
            .current_dir(folder)
            .args(["install", "--quiet", PYPI]));
    });
    run(program("bin/python")
        .current_dir(folder)
        .arg(format!("{CLIENTS}/fhirpy_client.py"))
        .arg(base));
}

/// HAPI's client and the validator of HL7 come from the same packages.
fn java_packages() -> PathBuf {
    let pom = format!("{CLIENTS}/java/pom.xml");
    let version = fs::read_to_string(&pom).expect("a file of ours");
    installed("java", &version, |folder| {
        run(program("mvn")
            .args(["-q", "-B", "-f", &pom, "dependency:copy-dependencies"])
            .arg(format!("-DoutputDirectory={}", folder.display())));
    })
}

fn java(packages: &Path, source: &str, arguments: &[&str]) {
    run(program("java")
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
        .arg(packages.join("*"))
        .arg(format!("{CLIENTS}/java/{source}"))
        .args(arguments));
}

#[test]
fn the_clients_that_others_have_read_search_and_write_the_directory() {
    let data = tempfile::tempdir().expect("a folder");
    let (child, said) = start(data.path());
    let base = format!("http://{}/fhir", address(&said));
    let sample = format!("{CLIENTS}/offer.json");
    let failed = thread::scope(|scope| {
        let clients = [
            scope.spawn(|| {
                fhir_kit_client(&base);
                fhirpy(&base);
            }),
            scope.spawn(|| {
                let packages = java_packages();
                java(&packages, "HapiClient.java", &[&base, &sample]);
                java(&packages, "Validator.java", &[&base]);
            }),
        ];
        let ended = clients.into_iter().map(thread::ScopedJoinHandle::join);
        ended.filter(Result::is_err).count()
    });
    stop(child);
    assert_eq!(failed, 0, "what failed stands above");
}
