//! The public page and the operators' page, in a real Chromium: what a person is shown.

use std::process::Command;

use crate::demonstration::{address, start, stop};

/// The page as the browser understood it, once it is loaded.
fn page(url: &str) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()
        .expect("Chromium is not installed: run `make test`, which installs it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_patient_finds_an_offer_and_an_operator_sees_the_deliveries() {
    let data = tempfile::tempdir().expect("a folder");
    let (child, said) = start(data.path());
    let base = format!("http://{}", address(&said));

    let all = page(&format!("{base}/?lang=fr"));
    assert!(all.contains("20 offres"), "{all}");
    let start_of_link = all.find("/offres/").expect("a link to an offer");
    let link: String = all[start_of_link..]
        .chars()
        .take_while(|character| *character != '"')
        .collect();
    let offer = page(&format!("{base}{link}"));
    assert!(
        offer.contains("<h1") && offer.contains("Cette offre au format FHIR"),
        "{offer}"
    );

    let nothing = page(&format!("{base}/offres?q=introuvable&lang=en"));
    assert!(
        nothing.contains("lang=\"en\"") && nothing.contains("Try a wider search"),
        "{nothing}"
    );

    let operations = page(&format!("{base}/pilotage?lang=fr"));
    assert!(
        operations.contains("accusé de réception reçu"),
        "{operations}"
    );
    stop(child);
}
