//! `passerelle demo`: the first thing that must always be true.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Starts a small demonstration and reads what it says until it is ready.
pub fn start(data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_passerelle"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .args([
            "--structures",
            "8",
            "--offers",
            "20",
            "--physicians",
            "12",
            "--reports",
            "10",
        ])
        .env("LC_ALL", "en_GB.UTF-8")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("a line");
        said.push_str(&line);
        said.push('\n');
        if line.contains("Ctrl-C") {
            return (child, said);
        }
    }
    let ended = child.wait().expect("it ends");
    panic!("it ended before it was ready, {ended}: {said}");
}

/// Asks it to stop, and waits until it has.
pub fn stop(mut child: Child) {
    let killed = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .expect("kill runs");
    assert!(killed.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// The host and port that it said it listens on.
pub fn address(said: &str) -> &str {
    let start = said.find("http://").expect("an address") + "http://".len();
    said[start..].split('/').next().expect("a host")
}

fn get(said: &str, path: &str) -> String {
    let address = address(said);
    let mut connection = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    std::io::Write::write_all(&mut connection, request.as_bytes()).expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn the_demonstration_does_both_journeys_and_starts_again_from_what_it_left() {
    let data = tempfile::tempdir().expect("a folder");
    let (child, said) = start(data.path());
    assert!(
        said.contains("20 offers imported and published (0 refused)"),
        "{said}"
    );
    assert!(
        said.contains("10 RCP reports taken in") && said.contains("(0 refused)"),
        "{said}"
    );
    assert!(said.contains("(0 waiting, 0 failed)"), "{said}");
    assert!(get(&said, "/").starts_with("HTTP/1.1 200"));
    assert!(get(&said, "/pilotage").starts_with("HTTP/1.1 200"));
    let offers = get(&said, "/fhir/HealthcareService?_summary=count");
    assert!(offers.contains("\"total\":20"), "{offers}");
    stop(child);

    let (child, again) = start(data.path());
    assert!(
        !again.contains("taken in"),
        "the second run loads nothing: {again}"
    );
    let offers = get(&again, "/fhir/HealthcareService?_summary=count");
    assert!(offers.contains("\"total\":20"), "{offers}");
    stop(child);
}
