use serde_json::json;

use super::*;

fn directory(physicians: usize) -> StandIn {
    let practitioner = |rank: usize| {
        json!({"resourceType": "Practitioner", "id": format!("003-{rank:03}"),
            "meta": {"lastUpdated": format!("2026-01-{:02}T08:00:00.000+01:00", rank % 28 + 1)},
            "active": rank != 0,
            "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": format!("99900000{rank:03}")}],
            "telecom": [{"system": "email", "value": format!("m{rank}@medecin.mssante.invalid")}]})
    };
    let role = |rank: usize| {
        json!({"resourceType": "PractitionerRole", "id": format!("005-{rank:03}"),
            "practitioner": {"reference": format!("Practitioner/003-{rank:03}")},
            "organization": {"reference": "Organization/001-001"}})
    };
    let organization = json!({"resourceType": "Organization", "id": "001-001", "name": "CABINET"});
    StandIn::new(
        (0..physicians)
            .flat_map(|rank| [practitioner(rank), role(rank)])
            .chain([organization]),
    )
}

fn ask(directory: &StandIn, path: &str, pairs: &[(&str, &str)]) -> Reply {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    directory.answer("http://127.0.0.1:1/fhir/v2", path, &pairs)
}

fn ids(reply: &Reply) -> Vec<&str> {
    reply.body["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["resource"]["id"].as_str())
        .collect()
}

#[test]
fn a_number_is_found_with_and_without_its_system_and_brings_its_places_of_work() {
    let directory = directory(3);
    for identifier in ["99900000002", "https://rpps.esante.gouv.fr|99900000002"] {
        let reply = ask(
            &directory,
            "Practitioner",
            &[
                ("identifier", identifier),
                ("_revinclude", "PractitionerRole:practitioner"),
            ],
        );
        assert_eq!(ids(&reply), ["003-002", "005-002"]);
        assert_eq!(reply.body["total"], 1);
    }
    let other = ask(
        &directory,
        "Practitioner",
        &[("identifier", "urn:oid:1.2|99900000002")],
    );
    assert_eq!(ids(&other), Vec::<&str>::new());
    let places = ask(
        &directory,
        "PractitionerRole",
        &[
            ("_id", "005-001,005-002"),
            ("_include", "PractitionerRole:organization"),
        ],
    );
    assert_eq!(ids(&places), ["005-001", "005-002", "001-001"]);
}

#[test]
fn pages_are_followed_by_their_link_to_the_end() {
    let directory = directory(120);
    let mut reply = ask(&directory, "Practitioner", &[("active", "true")]);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(ids(&reply).into_iter().map(str::to_owned));
        let next = reply.body["link"][0]["url"]
            .as_str()
            .expect("a link")
            .to_owned();
        let Some(token) = next.strip_prefix("http://127.0.0.1:1/fhir/v2/_page?id=") else {
            break;
        };
        reply = ask(&directory, "_page", &[("id", token)]);
    }
    assert_eq!(
        (seen.len(), &seen[0], &seen[118]),
        (119, &"003-001".to_owned(), &"003-119".to_owned())
    );
    assert_eq!(ask(&directory, "_page", &[("id", "zzz")]).status, 400);
}

#[test]
fn mailboxes_are_searched_by_their_text_and_changes_by_their_day() {
    let directory = directory(30);
    let by = |name: &str, value: &str| {
        ask(&directory, "Practitioner", &[(name, value)]).body["total"].clone()
    };
    assert_eq!(by("mailbox-mss:contains", "@medecin"), 30);
    assert_eq!(by("mailbox-mss:exact", "m7@medecin.mssante.invalid"), 1);
    assert_eq!(by("mailbox-mss", "M2"), 11);
    assert_eq!(by("_lastUpdated", "ge2026-01-28"), 1);
}

#[test]
fn what_it_does_not_know_is_refused_with_the_reason() {
    let directory = directory(1);
    for (path, pairs, status) in [
        ("Practitioner", &[("mailbox-mss-type", "PER")][..], 400),
        ("Practicien", &[][..], 404),
        ("Practitioner/nobody", &[][..], 404),
        ("Practitioner/003-000", &[][..], 200),
        ("metadata", &[][..], 200),
    ] {
        let reply = ask(&directory, path, pairs);
        assert_eq!(reply.status, status, "{path}");
        if status >= 400 {
            assert_eq!(reply.body["resourceType"], "OperationOutcome");
        }
    }
}
