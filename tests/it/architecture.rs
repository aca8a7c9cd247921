//! Who may import whom: imports run downward only, and each outside crate has its place.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Height of a part of the crate: it may import what stands as high or lower.
fn height(path: &str) -> u8 {
    let part = path.split(['/', '.']).next().unwrap_or_default();
    match (part, path) {
        ("lib" | "main" | "commands", _) => 6,
        ("app", _) => 5,
        ("api" | "web", _) => 4,
        (_, path) if is_worker(path) => 4,
        ("flows", _) => 3,
        ("storage" | "metrics", _) => 2,
        ("mssante" | "annuaire", path) if is_socket(path) => 2,
        (
            "annuaire"
            | "directory"
            | "governance"
            | "rcp"
            | "cda"
            | "mssante"
            | "offer_search"
            | "outbox"
            | "rendering"
            | "sharing"
            | "demo"
            | "terminology_service",
            _,
        ) => 1,
        (
            "identifiers" | "terminology" | "fhir" | "finding" | "clock" | "ids" | "config"
            | "texts",
            _,
        ) => 0,
        _ => panic!("{path}: a new part of the crate needs its height here"),
    }
}

/// The loops beside the server.
fn is_worker(path: &str) -> bool {
    path.starts_with("outbox/worker")
}

/// Files that are named after a wire protocol, or that only they use: they may open sockets.
fn is_socket(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    ["smtp", "imap", "tls", "inbox", "maildir", "http"]
        .iter()
        .any(|name| file.starts_with(name))
}

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of ours").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .expect("below src")
                    .display()
                    .to_string();
                found.insert(name, fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// The code of a source without its comments and its tests.
fn code(source: &str) -> String {
    let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
    shipped
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Paths below the crate that a source names: `cda::read`, `mssante::smtp`, …
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(first_names(&item));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                item.push(character);
            }
            found.insert(first_names(&item));
        } else {
            found.insert(first_names(rest));
        }
    }
    found.remove("");
    found
}

fn first_names(path: &str) -> String {
    let end = path
        .find(|character: char| {
            !(character.is_alphanumeric() || character == '_' || character == ':')
        })
        .unwrap_or(path.len());
    path.trim_start()[..end.min(path.trim_start().len())]
        .trim()
        .to_owned()
}

/// The file that stands for an imported path, as `height` wants it.
fn target(import: &str) -> String {
    let names: Vec<&str> = import.split("::").filter(|name| !name.is_empty()).collect();
    match names.as_slice() {
        ["outbox", file, ..] if file.starts_with("worker") => format!("outbox/{file}.rs"),
        [part @ ("mssante" | "annuaire"), file, ..] => format!("{part}/{file}.rs"),
        [part, ..] => (*part).to_owned(),
        [] => String::new(),
    }
}

#[test]
fn imports_run_downward_only() {
    let mut faults = Vec::new();
    for (file, source) in sources() {
        for import in imports(&code(&source)) {
            // A name in capitals is an item of the crate root; there is none but the macros.
            if import.starts_with(char::is_uppercase) {
                continue;
            }
            let target = target(&import);
            if height(&target) > height(&file) {
                faults.push(format!("{file} imports {import}, which stands above it"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn concepts_do_not_import_each_other_in_a_circle() {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, source) in sources() {
        let part = file
            .split('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs")
            .to_owned();
        if height(&file) > 1 {
            continue;
        }
        for import in imports(&code(&source)) {
            let below = import.split("::").next().unwrap_or_default().to_owned();
            if below != part && !below.starts_with(char::is_uppercase) {
                graph.entry(part.clone()).or_default().insert(below);
            }
        }
    }
    for start in graph.keys() {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&String> = graph[start].iter().collect();
        while let Some(part) = next.pop() {
            assert_ne!(
                part, start,
                "{start} imports itself through others: {graph:?}"
            );
            if seen.insert(part) {
                next.extend(graph.get(part).into_iter().flatten());
            }
        }
    }
}

#[test]
fn outside_crates_are_used_in_their_place_alone() {
    let mut faults = Vec::new();
    for (file, source) in sources() {
        let code = code(&source);
        let height = height(&file);
        let is_edge = height == 4 && !file.starts_with("outbox") || file.starts_with("app/");
        let may_run = height >= 2 || is_socket(&file);
        for (names, is_allowed) in [
            (["sqlx::", "use sqlx"], file.starts_with("storage/")),
            (["rusqlite::", "use rusqlite"], file.starts_with("storage/")),
            (["reqwest::", "use reqwest"], is_socket(&file)),
            (["axum::", "use axum"], is_edge),
            (["tower::", "tower_http::"], is_edge),
            (
                ["tokio::net", "tokio_rustls::"],
                is_socket(&file) || height >= 5,
            ),
            (["tokio::", "use tokio"], may_run),
        ] {
            if !is_allowed && names.iter().any(|name| code.contains(name)) {
                faults.push(format!("{file} uses {}", names[0]));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_index_file_is_only_an_index() {
    for (file, source) in sources() {
        let code = code(&source);
        if file.ends_with("mod.rs") {
            for word in ["fn ", "struct ", "enum ", "impl "] {
                let line = code.lines().find(|line| {
                    line.trim_start()
                        .trim_start_matches("pub ")
                        .starts_with(word)
                });
                assert_eq!(line, None, "{file} holds more than an index");
            }
        }
    }
}
