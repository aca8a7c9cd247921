use sha2::{Digest, Sha256};

use super::*;

fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        structures: 40,
        offers: 100,
        physicians: 30,
        fiches: 20,
        ..Plan::default()
    }
}

/// Hash of every file of the folder, in the order of their names.
fn hash(dir: &Path) -> String {
    let mut paths = vec![dir.to_owned()];
    let mut files = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(
            file.strip_prefix(dir)
                .expect("below")
                .to_string_lossy()
                .as_bytes(),
        );
        hasher.update(fs::read(file).expect("a file"));
    }
    hex::encode(hasher.finalize())
}

fn written(seed: u64) -> (Summary, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let summary = write(plan(seed), dir.path()).expect("written");
    (summary, hash(dir.path()))
}

#[test]
fn the_same_plan_writes_the_same_bytes_on_every_machine() {
    let (summary, hash) = written(2026);
    assert_eq!(written(2026), (summary, hash.clone()));
    insta::assert_snapshot!(hash);
}

#[test]
fn another_seed_writes_another_region_of_the_same_size() {
    let (summary, hash) = written(2026);
    let (other_summary, other_hash) = written(2027);
    assert_eq!(summary, other_summary);
    assert_ne!(hash, other_hash);
}

#[test]
fn the_summary_counts_what_the_files_hold() {
    let dir = tempfile::tempdir().expect("a folder");
    let summary = write(plan(1), dir.path()).expect("written");
    let lines = |name: &str| {
        let text = fs::read_to_string(dir.path().join(name)).expect(name);
        text.lines().count()
    };
    assert_eq!(summary.offers + 1, lines("offers.csv"));
    assert_eq!(summary.physicians, lines("physicians.ndjson"));
    assert_eq!(summary.annuaire, lines("annuaire.ndjson"));
    let fiches = fs::read_dir(dir.path().join("fiches")).expect("a folder");
    assert_eq!((summary.fiches, fiches.count()), (20, 20));
}
