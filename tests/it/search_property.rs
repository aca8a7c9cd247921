//! Searches over random directories, held against a plain reading of every resource: what matches, how
//! many, in which order, page by page to the end.

use passerelle::{
    fhir::{ResourceType, SearchQuery, systems},
    storage::{Reader, Storage},
};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseError};
use serde_json::{Value, json};

use crate::{
    context::understood,
    database::TestDatabase,
    resources::upsert,
    search_naive::{Condition, Mode, Test, World, address},
};

const ROR: &str = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/";
const NAMES: [&str; 8] = [
    "Yoga doux",
    "Écoute de l'équipe",
    "yoga 50%_\\",
    "Œdème",
    "Atelier, santé",
    "Réseau « Élorn »",
    "a",
    "Yoga doux bis",
];
const WANTED: [&str; 10] = [
    "yoga",
    "éc",
    "YOGA DOUX",
    "50%_\\",
    "oed",
    "santé",
    "Atelier, s",
    "a",
    "Yoga doux",
    "%",
];
const DAYS: [&str; 8] = [
    "2026-11-20",
    "2026-11-21",
    "2026-11",
    "2026-06-15",
    "2025",
    "2026-07-02T10:30:00Z",
    "2026-11-20T23:30:00Z",
    "2026-11-20T22:30:00Z",
];
const PREFIXES: [&str; 8] = ["", "ne", "gt", "lt", "ge", "le", "sa", "eb"];
const PIVOTS: [&str; 5] = ["APA-01", "APA", "APA-06", "DOUL-01", "PSY-02"];
const ACTIVITIES: [&str; 3] = ["414", "170", "076"];
const TYPES: [&str; 5] = [
    "HealthcareService",
    "Organization",
    "Location",
    "HealthcareService",
    "List",
];
const ITEMS: [&str; 5] = [
    "HealthcareService",
    "HealthcareService",
    "Organization",
    "Location",
    "PractitionerRole",
];

/// Choices, taken from bytes that proptest chooses and makes small.
struct Dice<'b> {
    bytes: &'b [u8],
}

impl Dice<'_> {
    fn roll(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        usize::from(*first)
    }

    fn below(&mut self, count: usize) -> usize {
        self.roll() % count
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }
}

fn resource(rank: usize, bytes: &[u8]) -> Value {
    let mut dice = Dice { bytes };
    let kind = dice.of(&[
        "HealthcareService",
        "Organization",
        "Location",
        "PractitionerRole",
        "Practitioner",
        "List",
        "List",
    ]);
    let mut found =
        json!({"resourceType": kind, "id": format!("{}{rank}", &kind[..2].to_lowercase())});
    if dice.one_in(2) {
        found["meta"] = json!({"source": dice.of(&["https://a.invalid/x", "https://a.invalid/x/y", "https://a.invalid/xy"]),
            "profile": ["https://a.invalid/p"], "tag": [{"system": systems::REGION, "code": dice.of(&["32", "53"])}]});
    }
    let coding = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    // Every reference points to something of the type, that may not be there.
    let link = |dice: &mut Dice, kind: &str| {
        let id = format!("{}{}", &kind[..2].to_lowercase(), dice.below(24));
        json!({"reference": format!("{kind}/{id}")})
    };
    match kind {
        "HealthcareService" => {
            found["name"] = json!(dice.of(&NAMES));
            if dice.one_in(3) {
                found.as_object_mut().expect("an object").remove("name");
            }
            found["active"] = json!(!dice.one_in(4));
            found["providedBy"] = link(&mut dice, "Organization");
            found["location"] = json!(
                (0..dice.below(3))
                    .map(|_| link(&mut dice, "Location"))
                    .collect::<Vec<_>>()
            );
            found["specialty"] = json!(
                (0..dice.below(3))
                    .map(|_| coding(systems::ACTIVITY, dice.of(&ACTIVITIES)))
                    .collect::<Vec<_>>()
            );
            found["characteristic"] = json!(
                (0..dice.below(3))
                    .map(|_| coding(systems::SOS_PIVOT, dice.of(&PIVOTS)))
                    .collect::<Vec<_>>()
            );
            found["identifier"] =
                json!([{"system": "urn:x", "value": dice.of(&["1", "2", "a|b"])}]);
            let mut extensions = vec![
                json!({"url": systems::SOS_PHASE, "valueCoding": {"system": systems::SOS_PIVOT, "code": dice.of(&["PHA-PEND", "PHA-APRES"])}}),
                json!({"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": dice.one_in(6)}),
            ];
            if dice.one_in(2) {
                extensions.push(json!({"url": systems::SOS_GOVERNANCE, "extension": [{"url": "verifiedOn", "valueDate": dice.of(&DAYS)}]}));
            }
            for _ in 0..dice.below(3) {
                extensions.push(json!({"url": format!("{ROR}ror-healthcareservice-patient-type"), "extension": [
                    {"url": "ageRange", "valueRange": {"low": {"value": dice.below(40), "code": "a", "system": "http://unitsofmeasure.org"},
                    "high": {"value": 99}}}]}));
            }
            found["extension"] = json!(extensions);
            if dice.one_in(2) {
                let mut during = json!({"start": dice.of(&DAYS), "end": "2026-12-05"});
                let open = dice.of(&["start", "end", ""]);
                during.as_object_mut().expect("an object").remove(open);
                found["notAvailable"] = json!([{"id": "closingReopeningDate", "during": during}]);
            }
        }
        "Organization" => {
            found["name"] = json!(dice.of(&NAMES));
            found["alias"] = json!(
                (0..dice.below(2))
                    .map(|_| dice.of(&NAMES))
                    .collect::<Vec<_>>()
            );
            if dice.one_in(2) {
                found["partOf"] = link(&mut dice, "Organization");
            }
            found["type"] = json!([coding(systems::ESTABLISHMENT, dice.of(&["101", "355"]))]);
            found["identifier"] =
                json!([{"system": systems::FINESS, "value": format!("75000{}", dice.below(4))}]);
            found["address"] = json!([{"city": dice.of(&["Brest", "Bréhat", "Ajaccio"])}]);
            found["extension"] = json!([{"url": format!("{ROR}ror-organization-price"), "extension": [
                {"url": "amount", "valueMoney": {"value": dice.of(&[9.5, 10.0, 10.4, 10.5, 20.0])}}]}]);
        }
        "Location" => {
            found["name"] = json!(dice.of(&NAMES));
            found["status"] = json!(dice.of(&["active", "suspended"]));
            found["address"] = json!({"city": dice.of(&["Brest", "Bréhat", "Ajaccio"])});
            if !dice.one_in(5) {
                let spread = |roll: usize| f64::from(u32::try_from(roll).expect("small")) / 64.0;
                let longitude = dice.of(&[-4.5, -3.0, 179.0]) + spread(dice.roll());
                found["position"] = json!({"latitude": 47.0 + spread(dice.roll()),
                    "longitude": if longitude > 180.0 { longitude - 360.0 } else { longitude }});
            }
            if dice.one_in(2) {
                found["managingOrganization"] = link(&mut dice, "Organization");
            }
            if dice.one_in(2) {
                found["partOf"] = link(&mut dice, "Location");
            }
            found["extension"] = json!([
                {"url": systems::ROR_COMMUNE_COG, "valueCodeableConcept": coding(systems::COMMUNE, dice.of(&["29019", "2A004"]))},
                {"url": format!("{ROR}ror-location-supported-capacity"), "extension": [
                    {"url": "nbCapacity", "valueInteger": dice.below(30)},
                    {"url": "capacityUpdateDate", "valueDateTime": dice.of(&DAYS)}]}]);
        }
        "List" => {
            found["title"] = json!(dice.of(&NAMES));
            found["status"] = json!(dice.of(&["current", "retired"]));
            found["code"] = coding(systems::SOS_PIVOT, dice.of(&PIVOTS));
            if !dice.one_in(3) {
                found["meta"]["security"] = json!([{"system": systems::CONFIDENTIALITY, "code": dice.of(&["1", "1", "2"])}]);
            }
            if dice.one_in(4) {
                found["subject"] = link(&mut dice, "Location");
            }
            let mut entries = Vec::new();
            for _ in 0..dice.below(5) {
                let item = dice.of(&ITEMS);
                let mut entry = json!({"item": link(&mut dice, item)});
                if dice.one_in(3) {
                    entry["deleted"] = json!(dice.one_in(2));
                }
                entries.push(entry);
            }
            found["entry"] = json!(entries);
        }
        "Practitioner" => {
            found["name"] = json!([{"family": dice.of(&["Le Gall", "Élie", "Yoga"])}]);
            found["active"] = json!(dice.one_in(2));
        }
        _ => {
            found["practitioner"] = link(&mut dice, "Practitioner");
            found["healthcareService"] = json!([link(&mut dice, "HealthcareService")]);
            found["organization"] = link(&mut dice, "Organization");
            found["active"] = json!(dice.one_in(2));
            found["specialty"] = json!([coding(systems::ACTIVITY, dice.of(&ACTIVITIES))]);
        }
    }
    found
}

/// A question on a parameter of that type.
fn test(dice: &mut Dice, kind: &str) -> Test {
    if kind != "List" && dice.one_in(6) {
        let lists = 1 + dice.below(6);
        return Test::List(
            (0..lists)
                .map(|_| format!("li{}", dice.below(24)))
                .collect(),
        );
    }
    let own: &[&'static str] = match kind {
        "HealthcareService" => &[
            "name",
            "specialty",
            "characteristic",
            "characteristic",
            "sos-phase",
            "active",
            "identifier",
            "organization",
            "location",
            "sos-verified-on",
            "notavailable-closing-reopeningdate",
            "age-range-low",
            "_source",
            "_tag",
            "_id",
            "_lastUpdated",
        ],
        "Organization" => &[
            "name",
            "type",
            "identifier",
            "partof",
            "address-city",
            "amount-value",
            "_id",
            "_source",
        ],
        "Location" => &[
            "name",
            "status",
            "commune-cog",
            "organization",
            "partof",
            "address-city",
            "nb-capacity",
            "capacity-update-date",
            "near",
            "_tag",
        ],
        "Practitioner" => &["family", "active", "_id"],
        "List" => &[
            "title",
            "status",
            "code",
            "item",
            "sos-member",
            "subject",
            "_security",
            "_id",
            "_lastUpdated",
        ],
        _ => &[
            "specialty",
            "active",
            "practitioner",
            "service",
            "organization",
        ],
    };
    let name = dice.of(own);
    if !name.starts_with('_') && name != "near" && dice.one_in(8) {
        return Test::Missing(name);
    }
    match name {
        "name" | "title" | "address-city" | "family" => {
            let mode = dice.of(&[
                Mode::Starts,
                Mode::Contains,
                Mode::Exact,
                Mode::Equal,
                Mode::Ends,
            ]);
            Test::Text(name, mode, dice.of(&WANTED).to_owned())
        }
        "_source" => {
            let url = dice.of(&[
                "https://a.invalid/x",
                "https://a.invalid/x/y",
                "https://a.invalid/",
                "https://a.invalid/x/y/z",
            ]);
            Test::Uri(
                name,
                dice.of(&[Mode::Exact, Mode::Below, Mode::Above]),
                url.to_owned(),
            )
        }
        "organization" | "partof" => Test::Reference(name, format!("or{}", dice.below(24))),
        "location" | "subject" => Test::Reference(name, format!("lo{}", dice.below(24))),
        "item" | "sos-member" => {
            let prefix = dice.of(&ITEMS)[..2].to_lowercase();
            Test::Reference(name, format!("{prefix}{}", dice.below(24)))
        }
        "practitioner" => Test::Reference(name, format!("pr{}", dice.below(24))),
        "service" => Test::Reference(name, format!("he{}", dice.below(24))),
        "sos-verified-on"
        | "notavailable-closing-reopeningdate"
        | "capacity-update-date"
        | "_lastUpdated" => Test::Date(name, dice.of(&PREFIXES), dice.of(&DAYS).to_owned()),
        "age-range-low" | "nb-capacity" | "amount-value" => {
            let number = dice.of(&["10", "10.0", "20", "5", "0", "10.4", "10.5"]);
            Test::Number(name, dice.of(&PREFIXES), number.to_owned())
        }
        "near" => Test::Near(
            dice.of(&[47.5, 48.4, 50.0]),
            dice.of(&[-4.5, -2.0, 179.9, -179.9]),
            dice.of(&[10.0, 80.0, 250.0, 900.0]),
        ),
        "_id" => Test::Id(format!("{}{}", &kind[..2].to_lowercase(), dice.below(24))),
        "characteristic" if dice.one_in(2) => {
            Test::Below(name, dice.of(&["APA", "DOUL", "APA-01"]).to_owned())
        }
        _ => {
            let (system, codes): (&'static str, &[&str]) = match name {
                "specialty" => (systems::ACTIVITY, &ACTIVITIES),
                "characteristic" => (systems::SOS_PIVOT, &PIVOTS),
                "sos-phase" => (systems::SOS_PIVOT, &["PHA-PEND", "PHA-APRES"]),
                "identifier" => ("urn:x", &["1", "2", "a|b", "750001", "750002"]),
                "type" => (systems::ESTABLISHMENT, &["101", "355"]),
                "commune-cog" => (systems::COMMUNE, &["29019", "2A004"]),
                "_tag" => (systems::REGION, &["32", "53"]),
                "status" if kind == "List" => ("", &["current", "retired"]),
                "status" => ("", &["active", "suspended"]),
                "code" => (systems::SOS_PIVOT, &PIVOTS),
                "_security" => (systems::CONFIDENTIALITY, &["1", "2"]),
                _ => ("", &["true", "false"]),
            };
            let system = dice.of(&[None, Some(system), Some("")]);
            Test::Token(name, system, dice.of(codes).to_owned())
        }
    }
}

/// A condition that an ordinary parameter can say: references, then one question.
fn chain(dice: &mut Dice, kind: &'static str, depth: usize) -> Condition {
    let steps: &[(&'static str, &'static str)] = match kind {
        "HealthcareService" => &[("organization", "Organization"), ("location", "Location")],
        "Organization" => &[("partof", "Organization")],
        "Location" => &[("organization", "Organization"), ("partof", "Location")],
        "PractitionerRole" => &[
            ("practitioner", "Practitioner"),
            ("organization", "Organization"),
        ],
        "List" => &[
            ("sos-member", "HealthcareService"),
            ("item", "Organization"),
            ("item", "Location"),
        ],
        _ => &[],
    };
    let back: &[(&'static str, &'static str)] = match kind {
        "HealthcareService" => &[("PractitionerRole", "service"), ("List", "sos-member")],
        "Organization" => &[
            ("HealthcareService", "organization"),
            ("Organization", "partof"),
            ("Location", "organization"),
            ("List", "item"),
        ],
        "Location" => &[("HealthcareService", "location"), ("List", "item")],
        "Practitioner" => &[("PractitionerRole", "practitioner")],
        _ => &[],
    };
    if depth > 0 && !steps.is_empty() && dice.one_in(3) {
        let (name, target) = dice.of(steps);
        return Condition::Chain(name, target, Box::new(chain(dice, target, depth - 1)));
    }
    if depth > 0 && !back.is_empty() && dice.one_in(4) {
        let (referrer, name) = dice.of(back);
        return Condition::Has(referrer, name, Box::new(chain(dice, referrer, depth - 1)));
    }
    Condition::Test(test(dice, kind))
}

/// Any condition at all.
fn condition(dice: &mut Dice, kind: &'static str, depth: usize) -> Condition {
    match dice.below(if depth == 0 { 1 } else { 4 }) {
        1 => Condition::All((0..2).map(|_| condition(dice, kind, depth - 1)).collect()),
        2 => Condition::Any((0..3).map(|_| condition(dice, kind, depth - 1)).collect()),
        3 => Condition::Not(Box::new(condition(dice, kind, depth - 1))),
        _ => chain(dice, kind, 2),
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,")
}

fn token_text(system: Option<&str>, code: &str, escape: impl Fn(&str) -> String) -> String {
    let code = escape(code).replace('|', "\\|");
    system.map_or_else(
        || code.clone(),
        |system| format!("{}|{code}", escape(system)),
    )
}

/// The name and value of an ordinary parameter; none when it cannot say that.
fn pair(condition: &Condition) -> Option<(String, String)> {
    Some(match condition {
        Condition::Chain(name, target, inner) => {
            let (rest, value) = pair(inner)?;
            let has_types = matches!(*name, "item" | "sos-member");
            let typed = if has_types || value.len() % 2 == 0 {
                format!("{name}:{target}")
            } else {
                (*name).to_owned()
            };
            (format!("{typed}.{rest}"), value)
        }
        Condition::Has(kind, name, inner) => {
            let (rest, value) = pair(inner)?;
            (format!("_has:{kind}:{name}:{rest}"), value)
        }
        Condition::Not(inner) => match inner.as_ref() {
            Condition::Test(Test::Token(name, system, code)) => {
                (format!("{name}:not"), token_text(*system, code, escaped))
            }
            Condition::Test(Test::Missing(name)) => (format!("{name}:missing"), "false".to_owned()),
            _ => return None,
        },
        Condition::Test(test) => match test {
            Test::Text(name, mode, wanted) => {
                let modifier = match mode {
                    Mode::Starts => "",
                    Mode::Contains => ":contains",
                    Mode::Exact => ":exact",
                    _ => return None,
                };
                (format!("{name}{modifier}"), escaped(wanted))
            }
            Test::Token(name, system, code) => {
                ((*name).to_owned(), token_text(*system, code, escaped))
            }
            Test::Below(name, code) => (
                format!("{name}:below"),
                format!("{}|{code}", systems::SOS_PIVOT),
            ),
            Test::Reference(name, id) => ((*name).to_owned(), id.clone()),
            Test::Date(name, prefix, wanted) | Test::Number(name, prefix, wanted) => {
                ((*name).to_owned(), format!("{prefix}{wanted}"))
            }
            Test::Uri(name, mode, wanted) => {
                let modifier = match mode {
                    Mode::Below => ":below",
                    Mode::Above => ":above",
                    _ => "",
                };
                (format!("{name}{modifier}"), wanted.clone())
            }
            Test::Missing(name) => (format!("{name}:missing"), "true".to_owned()),
            Test::Id(id) => ("_id".to_owned(), id.clone()),
            Test::List(ids) => ("_list".to_owned(), ids.join(",")),
            Test::Near(latitude, longitude, km) => {
                ("near".to_owned(), format!("{latitude}|{longitude}|{km}|km"))
            }
        },
        Condition::All(_) | Condition::Any(_) => return None,
    })
}

/// The condition in the words of `_filter`; none when it cannot say that.
fn filter(condition: &Condition) -> Option<String> {
    let joined = |all: &[Condition], word: &str| {
        let texts: Option<Vec<String>> = all.iter().map(filter).collect();
        Some(format!("({})", texts?.join(word)))
    };
    let quoted = |text: &str| Value::from(text).to_string();
    Some(match condition {
        Condition::All(all) => joined(all, " and ")?,
        Condition::Any(any) => joined(any, " or ")?,
        Condition::Not(inner) => format!("not ({})", filter(inner)?),
        Condition::Chain(name, target, inner) => {
            let typed = match *name {
                "item" | "sos-member" => format!("{name}:{target}"),
                _ => (*name).to_owned(),
            };
            match inner.as_ref() {
                Condition::Test(_) | Condition::Chain(..) => {
                    format!("{typed}.{}", filter(inner)?)
                }
                _ => return None,
            }
        }
        Condition::Has(..) => {
            let (name, value) = pair(condition)?;
            // The prefix of a value is no part of the comparison there.
            format!("{name}={}", quoted(&value))
        }
        Condition::Test(test) => match test {
            Test::Text(name, mode, wanted) => {
                let operator = match mode {
                    Mode::Starts => "sw",
                    Mode::Contains => "co",
                    Mode::Equal => "eq",
                    Mode::Ends => "ew",
                    _ => return None,
                };
                format!("{name} {operator} {}", quoted(wanted))
            }
            Test::Token(_, None, code) if code.contains('|') => return None,
            Test::Token(name, system, code) => {
                let system = system
                    .map(|system| format!("{system}|"))
                    .unwrap_or_default();
                format!("{name} eq {}", quoted(&format!("{system}{code}")))
            }
            Test::Below(name, code) => format!("{name} ss {}|{code}", systems::SOS_PIVOT),
            Test::Reference(name, id) => format!("{name} re {id}"),
            Test::Date(name, prefix, wanted) | Test::Number(name, prefix, wanted) => {
                let operator = if prefix.is_empty() { "eq" } else { prefix };
                format!("{name} {operator} {wanted}")
            }
            Test::Uri(name, mode, wanted) => match mode {
                Mode::Below => format!("{name} ss {wanted}"),
                Mode::Above => format!("{name} sb {wanted}"),
                _ => format!("{name} eq {wanted}"),
            },
            Test::Missing(name) => format!("{name} pr false"),
            Test::Id(id) => format!("_id eq {id}"),
            Test::List(ids) => match ids.as_slice() {
                [id] => format!("_list eq {id}"),
                _ => return None,
            },
            Test::Near(latitude, longitude, km) => {
                format!("near eq {latitude}|{longitude}|{km}|km")
            }
        },
    })
}

/// One search: what it asks, in words and as a tree, and its order.
struct Search {
    kind: &'static str,
    pairs: Vec<(String, String)>,
    condition: Condition,
    sort: Vec<(&'static str, bool)>,
    near: Option<(f64, f64)>,
    count: usize,
}

fn search(bytes: &[u8]) -> Search {
    let mut dice = Dice { bytes };
    let kind = dice.of(&TYPES);
    let (mut pairs, mut all) = (Vec::new(), Vec::new());
    let mut points = Vec::new();
    for _ in 0..=dice.below(2) {
        let asked = condition(&mut dice, kind, 2);
        let by_name = pair(&asked);
        let by_filter = || filter(&asked).map(|text| ("_filter".to_owned(), text));
        let said = if dice.one_in(2) {
            by_filter().or(by_name)
        } else {
            by_name.or_else(by_filter)
        };
        let Some(said) = said else { continue };
        let place = match &asked {
            Condition::Chain("location", _, inner) => inner,
            other => &Box::new(other.clone()),
        };
        if let Condition::Test(Test::Near(latitude, longitude, _)) = **place {
            points.push((latitude, longitude));
        }
        pairs.push(said);
        all.push(asked);
    }
    let keys: &[&'static str] = match kind {
        "HealthcareService" => &[
            "name",
            "_id",
            "_lastUpdated",
            "specialty",
            "sos-verified-on",
            "age-range-low",
            "organization",
        ],
        "Organization" => &["name", "partof", "_source", "amount-value", "identifier"],
        "List" => &["title", "_id", "status", "code"],
        _ => &["name", "status", "nb-capacity", "capacity-update-date"],
    };
    let mut sort: Vec<(&'static str, bool)> = (0..dice.below(3))
        .map(|_| (dice.of(keys), dice.one_in(2)))
        .collect();
    let near = if points.len() == 1 {
        points.pop()
    } else {
        None
    };
    if near.is_some() && sort.is_empty() {
        sort.push(("near", false));
    } else if !sort.is_empty() {
        let text: Vec<String> = sort
            .iter()
            .map(|(name, is_down)| format!("{}{name}", if *is_down { "-" } else { "" }))
            .collect();
        pairs.push(("_sort".to_owned(), text.join(",")));
    }
    let count = 1 + dice.below(7);
    pairs.push(("_count".to_owned(), count.to_string()));
    Search {
        kind,
        pairs,
        condition: Condition::All(all),
        sort,
        near,
        count,
    }
}

/// What a plain reading finds, in order.
fn expected(world: &World, search: &Search) -> Vec<String> {
    let found = world
        .of_type(search.kind)
        .filter(|one| world.holds(one, &search.condition));
    let mut rows: Vec<(Vec<(bool, String)>, String)> = found
        .map(|one| {
            let keys = search.sort.iter().map(|(name, is_down)| {
                let key = match (*name, search.near) {
                    ("near", Some(point)) => {
                        world.distance(one, point).map(|m| format!("{m:020.3}"))
                    }
                    _ => world.key(one, name, *is_down),
                };
                (key.is_none(), key.unwrap_or_default())
            });
            (keys.collect(), address(one))
        })
        .collect();
    rows.sort_by(|(a, a_id), (b, b_id)| {
        for (rank, (_, is_down)) in search.sort.iter().enumerate() {
            let (a, b) = (&a[rank], &b[rank]);
            let order = a.0.cmp(&b.0).then_with(|| {
                if *is_down {
                    b.1.cmp(&a.1)
                } else {
                    a.1.cmp(&b.1)
                }
            });
            if order.is_ne() {
                return order;
            }
        }
        a_id.cmp(b_id)
    });
    rows.into_iter().map(|(_, id)| id).collect()
}

/// What the store finds, page by page to the end.
async fn answered(storage: &Storage, search: &Search, reader: Reader) -> (Vec<String>, i64) {
    let kind = ResourceType::parse(search.kind).expect("a type");
    let mut pairs = search.pairs.clone();
    let (mut found, mut total) = (Vec::new(), None);
    loop {
        let query: SearchQuery = understood(kind, &pairs);
        let page = storage.search(&query, reader).await.expect("answered");
        assert!(
            page.matches.len() <= search.count,
            "a page is as long as asked"
        );
        total = total.or(page.total);
        found.extend(
            page.matches
                .iter()
                .map(|one| format!("{}/{}", one.kind.as_str(), one.id)),
        );
        let Some(next) = page.next else { break };
        pairs.retain(|(name, _)| name != "_cursor");
        pairs.push(("_cursor".to_owned(), query.token(&next)));
    }
    (found, total.expect("a total"))
}

fn held_against_a_plain_reading(data: &[[u8; 40]], asked: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let database = TestDatabase::migrated().await;
        let mut world = World {
            resources: Vec::new(),
            is_public: false,
        };
        for (rank, bytes) in data.iter().enumerate() {
            let at = format!("2026-11-2{}T2{}:30:00.000Z", rank % 4, rank % 4);
            let mut made = resource(rank % 24, bytes);
            upsert(&database.storage, &at, vec![made.clone()]).await;
            made["meta"]["lastUpdated"] = json!(at);
            world.resources.retain(|one| address(one) != address(&made));
            world.resources.push(made);
        }
        // The first half is asked of the database, the second of the memory, which a last write changes.
        for (rank, bytes) in asked.iter().enumerate() {
            if rank == asked.len() / 2 {
                database.storage.load_search_memory().await.expect("loaded");
                let mut made = resource(data.len() % 24, &data[0]);
                upsert(
                    &database.storage,
                    "2026-11-24T08:00:00.000Z",
                    vec![made.clone()],
                )
                .await;
                made["meta"]["lastUpdated"] = json!("2026-11-24T08:00:00.000Z");
                world.resources.retain(|one| address(one) != address(&made));
                world.resources.push(made);
            }
            let search = search(bytes);
            for (reader, is_public) in [(Reader::Network, false), (Reader::Public, true)] {
                world.is_public = is_public;
                let (found, total) = answered(&database.storage, &search, reader).await;
                let expected = expected(&world, &search);
                prop_assert_eq!(
                    &found,
                    &expected,
                    "{:?} {:?} {:?}",
                    reader,
                    search.pairs,
                    search.condition
                );
                prop_assert_eq!(total, i64::try_from(expected.len()).expect("few"));
            }
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_search_finds_what_a_plain_reading_of_every_resource_finds(
        data in vec(any::<[u8; 40]>(), 1..60),
        asked in vec(vec(any::<u8>(), 30), 40),
    ) {
        held_against_a_plain_reading(&data, &asked)?;
    }
}
