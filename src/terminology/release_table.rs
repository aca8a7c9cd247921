//! A released list as a table of `mappings/national/`, with the notices of the one that it replaces.

use super::{
    CodeSystem, Terminology, ValueSet,
    release::ReleasedList,
    value_set::{SystemNames, bare_oid},
};

/// Writes the table. Code systems are named as the list in use names them: by OID in the sets of
/// the CI-SIS, by URL in those of the register.
pub(super) fn write(
    list: &ReleasedList,
    known: &ValueSet,
    before: &str,
    terminology: &Terminology,
) -> String {
    let mut head = String::new();
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            head.push_str(&format!("# {key}: {}\n", value.replace(['\n', '\r'], " ")));
        }
    };
    let title = if list.title.is_empty() {
        known.title()
    } else {
        &list.title
    };
    line("title", title);
    line(
        "oid",
        known.oid().or(list.oid.as_deref()).unwrap_or_default(),
    );
    line(
        "url",
        known.url().or(list.url.as_deref()).unwrap_or_default(),
    );
    line("version", &list.version);
    line("source", &list.file);
    for own in before.lines().map_while(|own| own.strip_prefix("# ")) {
        if let Some((key @ ("licence" | "notice"), value)) = own.split_once(": ") {
            line(key, value);
        }
    }
    let mut spellings: Vec<(&str, String)> = Vec::new();
    for code in &list.codes {
        if spellings.iter().all(|(system, _)| *system != code.system) {
            spellings.push((&code.system, spelling(&code.system, known, terminology)));
        }
    }
    let mut names: Vec<String> = known.code_systems().iter().map(both_names).collect();
    for (_, own) in &spellings {
        if !known
            .code_systems()
            .iter()
            .any(|system| system.is_named(own))
        {
            names.push(own.clone());
        }
    }
    for name in names {
        line("code system", &name);
    }
    let mut writer = csv::Writer::from_writer(head.into_bytes());
    let mut row = |cells: [&str; 6]| {
        writer
            .write_record(cells)
            .expect("a vector takes every byte")
    };
    row([
        "code",
        "system",
        "display",
        "status",
        "valid_from",
        "valid_to",
    ]);
    for code in &list.codes {
        let system = spellings.iter().find(|(system, _)| *system == code.system);
        let status = if code.is_withdrawn {
            "deprecated"
        } else {
            "active"
        };
        let day = |day: Option<time::Date>| day.map(|day| day.to_string()).unwrap_or_default();
        row([
            &code.code,
            system.map_or(&code.system, |(_, own)| own),
            &code.display,
            status,
            &day(code.from),
            &day(code.to),
        ]);
    }
    let bytes = writer.into_inner().expect("a vector takes every byte");
    String::from_utf8(bytes).expect("made of texts")
}

/// The name that the list in use gives to a code system.
fn spelling(system: &str, known: &ValueSet, terminology: &Terminology) -> String {
    let url = terminology.code_system(system).map(CodeSystem::url);
    let same = known
        .concepts()
        .iter()
        .map(|concept| &concept.system)
        .find(|own| {
            bare_oid(own) == bare_oid(system)
                || url.is_some() && terminology.code_system(own).map(CodeSystem::url) == url
        });
    if let Some(own) = same {
        return own.to_string();
    }
    let by_oid = known
        .concepts()
        .first()
        .is_some_and(|first| !first.system.contains(':'));
    match terminology.code_system(system) {
        Some(found) if by_oid => found.oid().unwrap_or(found.url()).to_owned(),
        Some(found) => found.url().to_owned(),
        None => bare_oid(system).to_owned(),
    }
}

fn both_names(system: &SystemNames) -> String {
    let names = [&system.oid, &system.url];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    names.join(" ")
}
