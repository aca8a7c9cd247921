//! The directory as others use it: the clients that hospitals and vendors have, each doing what it
//! does best against a running server, and the validator of HL7 on what the server returns.

use std::thread;

use crate::{
    clients::{CLIENTS, installed, java, java_packages, program, run},
    demonstration::{address, start, stop},
};

/// Packages, each at one version.
const NPM: &str = "fhir-kit-client@1.9.2";
const PYPI: &str = "fhirpy==2.3.1";

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
                let packages = java_packages("java");
                java("java", &packages, "HapiClient.java", &[&base, &sample]);
                java("java", &packages, "Validator.java", &[&base]);
            }),
        ];
        let ended = clients.into_iter().map(thread::ScopedJoinHandle::join);
        ended.filter(Result::is_err).count()
    });
    stop(child);
    assert_eq!(failed, 0, "what failed stands above");
}
