//! A plain reading of every resource, against which searches are held. It knows nothing of indexes,
//! SQL or the reader of queries: conditions come as a tree of its own.

use passerelle::fhir::systems;
use serde_json::Value;

/// What is asked of a resource.
#[derive(Clone, Debug)]
pub enum Condition {
    Test(Test),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// Reference, type that it leads to, what holds there.
    Chain(&'static str, &'static str, Box<Condition>),
    /// Type that refers, its reference, what holds of it.
    Has(&'static str, &'static str, Box<Condition>),
}

/// What is asked of a parameter.
#[derive(Clone, Debug)]
pub enum Test {
    Text(&'static str, Mode, String),
    /// Parameter, system, code.
    Token(&'static str, Option<&'static str>, String),
    /// A code of the pivot, or one below it.
    Below(&'static str, String),
    Reference(&'static str, String),
    Date(&'static str, &'static str, String),
    Number(&'static str, &'static str, String),
    Uri(&'static str, Mode, String),
    Missing(&'static str),
    Id(String),
    /// Latitude, longitude, kilometres.
    Near(f64, f64, f64),
    /// A member of one of these lists.
    List(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Starts,
    Contains,
    Exact,
    Equal,
    Ends,
    Below,
    Above,
}

/// Every resource, and who looks.
pub struct World {
    pub resources: Vec<Value>,
    pub is_public: bool,
}

const R4: &str = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/";

impl World {
    pub fn of_type<'w>(&'w self, kind: &str) -> impl Iterator<Item = &'w Value> {
        self.resources
            .iter()
            .filter(move |one| one["resourceType"] == kind && self.is_seen(one))
    }

    fn find(&self, reference: &str) -> Option<&Value> {
        self.resources
            .iter()
            .find(|one| address(one) == reference && self.is_seen(one))
    }

    /// Offers withdrawn or of sensitive units, and people, are not for everybody; nor is a place where
    /// only such offers stand.
    fn is_seen(&self, resource: &Value) -> bool {
        let is_open = |offer: &Value| {
            offer["active"] != false
                && extension_values(offer, systems::ROR_SENSITIVE_UNIT)
                    .iter()
                    .all(|value| **value == false)
        };
        if !self.is_public {
            return true;
        }
        match resource["resourceType"].as_str() {
            Some("HealthcareService") => is_open(resource),
            Some("Location") => {
                let own = address(resource);
                let offers: Vec<&Value> = self
                    .resources
                    .iter()
                    .filter(|one| one["resourceType"] == "HealthcareService")
                    .filter(|one| references(one, "location").contains(&own))
                    .collect();
                offers.is_empty() || offers.into_iter().any(is_open)
            }
            Some("Organization") => true,
            Some("List") => {
                let levels = tokens(resource, "_security");
                let mut cited = ["item", "source", "subject"]
                    .into_iter()
                    .flat_map(|name| references(resource, name));
                levels == [(systems::CONFIDENTIALITY.to_owned(), "1".to_owned())]
                    && cited.all(|reference| self.find(&reference).is_some())
            }
            _ => false,
        }
    }

    pub fn holds(&self, resource: &Value, condition: &Condition) -> bool {
        match condition {
            Condition::Test(test) => self.passes(resource, test),
            Condition::Not(inner) => !self.holds(resource, inner),
            Condition::All(all) => all.iter().all(|one| self.holds(resource, one)),
            Condition::Any(any) => any.iter().any(|one| self.holds(resource, one)),
            Condition::Chain(name, kind, inner) => references(resource, name)
                .iter()
                .filter_map(|target| self.find(target))
                .filter(|target| target["resourceType"] == *kind)
                .any(|target| self.holds(target, inner)),
            Condition::Has(kind, name, inner) => {
                let own = address(resource);
                self.of_type(kind)
                    .filter(|one| references(one, name).contains(&own))
                    .any(|one| self.holds(one, inner))
            }
        }
    }

    fn passes(&self, resource: &Value, test: &Test) -> bool {
        match test {
            Test::Text(name, mode, wanted) => texts(resource, name)
                .iter()
                .any(|text| compare(text, *mode, wanted)),
            Test::Token(name, system, code) => tokens(resource, name)
                .iter()
                .any(|(s, c)| c == code && system.is_none_or(|system| system == s.as_str())),
            Test::Below(name, code) => tokens(resource, name).iter().any(|(s, c)| {
                s == systems::SOS_PIVOT && (c == code || c.starts_with(&format!("{code}-")))
            }),
            Test::Reference(name, id) => references(resource, name)
                .iter()
                .any(|found| found.rsplit('/').next() == Some(id)),
            Test::Date(name, prefix, wanted) => periods(resource, name)
                .iter()
                .any(|period| dated(*period, prefix, wanted)),
            Test::Number(name, prefix, wanted) => numbers(resource, name)
                .iter()
                .any(|number| numbered(*number, prefix, wanted)),
            Test::Uri(name, mode, wanted) => texts(resource, name).iter().any(|url| match mode {
                Mode::Below => {
                    url == wanted || url.starts_with(&format!("{}/", wanted.trim_end_matches('/')))
                }
                Mode::Above => {
                    url == wanted || wanted.starts_with(&format!("{}/", url.trim_end_matches('/')))
                }
                _ => url == wanted,
            }),
            Test::Missing(name) => {
                texts(resource, name).is_empty()
                    && tokens(resource, name).is_empty()
                    && references(resource, name).is_empty()
                    && periods(resource, name).is_empty()
                    && numbers(resource, name).is_empty()
            }
            Test::Id(id) => resource["id"] == id.as_str(),
            Test::List(ids) => self
                .of_type("List")
                .filter(|list| ids.iter().any(|id| list["id"] == id.as_str()))
                .any(|list| references(list, "sos-member").contains(&address(resource))),
            Test::Near(latitude, longitude, km) => {
                distance(resource, (*latitude, *longitude)).is_some_and(|metres| metres <= km * 1e3)
            }
        }
    }

    /// What an order compares: a text that sorts as the values do.
    pub fn key(&self, resource: &Value, name: &str, is_greatest: bool) -> Option<String> {
        let mut keys: Vec<String> = match name {
            "_id" => vec![resource["id"].as_str().unwrap_or_default().to_owned()],
            "_lastUpdated" => periods(resource, name)
                .iter()
                .map(|p| sortable(p.0))
                .collect(),
            "name" | "title" | "_source" | "_profile" => {
                texts(resource, name).iter().map(|t| fold(t)).collect()
            }
            "organization" | "partof" | "location" => references(resource, name)
                .iter()
                .filter_map(|found| Some(found.rsplit('/').next()?.to_owned()))
                .collect(),
            "age-range-low" | "nb-capacity" | "amount-value" => numbers(resource, name)
                .iter()
                .map(|n| sortable(*n as f64))
                .collect(),
            "sos-verified-on" | "period-end" | "capacity-update-date" => periods(resource, name)
                .iter()
                .map(|p| sortable(p.0))
                .collect(),
            _ => tokens(resource, name)
                .into_iter()
                .map(|(_, code)| code)
                .collect(),
        };
        keys.sort();
        if is_greatest {
            keys.pop()
        } else {
            keys.into_iter().next()
        }
    }

    /// Metres to the nearest place of a resource, or to the place itself.
    pub fn distance(&self, resource: &Value, from: (f64, f64)) -> Option<f64> {
        if resource["resourceType"] == "Location" {
            return distance(resource, from);
        }
        references(resource, "location")
            .iter()
            .filter_map(|place| self.find(place))
            .filter_map(|place| distance(place, from))
            .min_by(f64::total_cmp)
    }
}

pub fn address(resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text("resourceType"), text("id"))
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

fn extension_values<'v>(value: &'v Value, url: &str) -> Vec<&'v Value> {
    let found = items(&value["extension"])
        .into_iter()
        .filter(|one| one["url"] == url);
    found
        .filter_map(|one| {
            let members = one.as_object()?;
            let mut values = members.iter().filter(|(name, _)| name.starts_with("value"));
            values.next().map(|(_, value)| value)
        })
        .collect()
}

fn parts<'v>(value: &'v Value, url: &str, part: &str) -> Vec<&'v Value> {
    let url = format!("{R4}{url}");
    let found = items(&value["extension"])
        .into_iter()
        .filter(|one| one["url"] == url.as_str());
    found.flat_map(|one| extension_values(one, part)).collect()
}

fn strings<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<String> {
    values
        .into_iter()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn texts(resource: &Value, name: &str) -> Vec<String> {
    match name {
        "title" => strings(items(&resource["title"])),
        "name" => strings(
            items(&resource["name"])
                .into_iter()
                .chain(items(&resource["alias"])),
        ),
        "address-city" => strings(
            items(&resource["address"])
                .into_iter()
                .map(|one| &one["city"]),
        ),
        "family" => strings(
            items(&resource["name"])
                .into_iter()
                .map(|one| &one["family"]),
        ),
        "_source" => strings(items(&resource["meta"]["source"])),
        "_profile" => strings(items(&resource["meta"]["profile"])),
        _ => Vec::new(),
    }
}

fn tokens(resource: &Value, name: &str) -> Vec<(String, String)> {
    let coded = |concepts: Vec<&Value>| {
        let codings = concepts.into_iter().flat_map(|one| {
            if one.get("code").is_some() {
                vec![one]
            } else {
                items(&one["coding"])
            }
        });
        codings
            .map(|one| {
                let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                (text("system"), text("code"))
            })
            .collect()
    };
    match name {
        "specialty" | "characteristic" | "type" => coded(items(&resource[name])),
        "_tag" => coded(items(&resource["meta"]["tag"])),
        "_security" => coded(items(&resource["meta"]["security"])),
        "code" => coded(items(&resource["code"])),
        "sos-phase" => coded(extension_values(resource, systems::SOS_PHASE)),
        "commune-cog" => coded(extension_values(resource, systems::ROR_COMMUNE_COG)),
        "active" | "status" => items(&resource[name])
            .into_iter()
            .map(|one| {
                let text = one.as_str().map_or_else(|| one.to_string(), str::to_owned);
                (String::new(), text)
            })
            .collect(),
        "identifier" => items(&resource["identifier"])
            .into_iter()
            .map(|one| {
                let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                (text("system"), text("value"))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn references(resource: &Value, name: &str) -> Vec<String> {
    if matches!(name, "item" | "sos-member") {
        let entries = items(&resource["entry"]).into_iter();
        let kept = entries.filter(|entry| name == "item" || entry["deleted"] != true);
        return strings(kept.map(|entry| &entry["item"]["reference"]));
    }
    let element = match (resource["resourceType"].as_str().unwrap_or_default(), name) {
        ("HealthcareService", "organization") => "providedBy",
        ("Location", "organization") => "managingOrganization",
        ("PractitionerRole", "service") => "healthcareService",
        (_, "partof") => "partOf",
        (_, "organization" | "location" | "practitioner" | "source" | "subject") => name,
        _ => return Vec::new(),
    };
    strings(
        items(&resource[element])
            .into_iter()
            .map(|one| &one["reference"]),
    )
}

fn numbers(resource: &Value, name: &str) -> Vec<i64> {
    let found: Vec<&Value> = match name {
        "age-range-low" => parts(resource, "ror-healthcareservice-patient-type", "ageRange")
            .into_iter()
            .map(|range| &range["low"]["value"])
            .collect(),
        "nb-capacity" => parts(resource, "ror-location-supported-capacity", "nbCapacity"),
        "amount-value" => parts(resource, "ror-organization-price", "amount")
            .into_iter()
            .map(|amount| &amount["value"])
            .collect(),
        _ => Vec::new(),
    };
    // Tenths, exactly.
    let tenths = found
        .into_iter()
        .filter_map(Value::as_f64)
        .map(|value| (value * 10.0).round());
    tenths.map(|tenths| tenths as i64).collect()
}

/// Hours since the year 0 of a calendar of 31-day months, in UTC: enough to compare.
type Period = (f64, f64);

fn periods(resource: &Value, name: &str) -> Vec<Period> {
    let found: Vec<&Value> = match name {
        "_lastUpdated" => vec![&resource["meta"]["lastUpdated"]],
        "sos-verified-on" => {
            let governance = items(&resource["extension"])
                .into_iter()
                .filter(|one| one["url"] == systems::SOS_GOVERNANCE);
            governance
                .flat_map(|one| extension_values(one, "verifiedOn"))
                .collect()
        }
        "notavailable-closing-reopeningdate" => {
            let times = items(&resource["notAvailable"]).into_iter();
            times
                .filter(|one| one["id"] == "closingReopeningDate")
                .map(|one| &one["during"])
                .collect()
        }
        "capacity-update-date" => parts(
            resource,
            "ror-location-supported-capacity",
            "capacityUpdateDate",
        ),
        _ => Vec::new(),
    };
    let side = |text: &Value| text.as_str().map(named);
    found
        .into_iter()
        .filter_map(|value| {
            if value.is_string() {
                return side(value);
            }
            let (start, end) = (side(&value["start"]), side(&value["end"]));
            (start.is_some() || end.is_some()).then(|| {
                (
                    start.map_or(f64::NEG_INFINITY, |period| period.0),
                    end.map_or(f64::INFINITY, |period| period.1),
                )
            })
        })
        .collect()
}

/// The period that a date names. Days are those of Paris: an hour before UTC in winter, two in summer.
pub fn named(text: &str) -> Period {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<f64>().ok());
    let (year, month, day) = (number(0, 4).expect("a year"), number(5, 7), number(8, 10));
    let hours =
        |year: f64, month: f64, day: f64| ((year * 12.0 + month - 1.0) * 31.0 + day - 1.0) * 24.0;
    let shift = |month: f64| {
        if (4.0..=9.0).contains(&month) {
            2.0
        } else {
            1.0
        }
    };
    // The last hour of a day is the first of the next, also at the end of a month.
    let local = |year: f64, month: f64, day: f64| {
        let (mut month, mut day) = (month, day);
        let mut year = year;
        if month > 12.0 {
            (year, month) = (year + 1.0, 1.0);
        }
        let last = hours(year, month, day) - shift(month);
        if day == 1.0 {
            // The evening before is that of the last day of the month before, whatever its number.
            day = 31.0;
            let before = if month == 1.0 {
                (year - 1.0, 12.0)
            } else {
                (year, month - 1.0)
            };
            return hours(before.0, before.1, day) + 24.0 - shift(month);
        }
        last
    };
    if let Some(clock) = text.get(11..) {
        let hour = clock[..2].parse::<f64>().expect("an hour");
        let minute = clock[3..5].parse::<f64>().expect("a minute");
        let start =
            hours(year, month.expect("a month"), day.expect("a day")) + hour + minute / 60.0;
        let step = if clock.len() > 10 {
            1.0 / 3_600_000.0
        } else {
            1.0 / 3600.0
        };
        return (start, start + step);
    }
    match (month, day) {
        (None, _) => (local(year, 1.0, 1.0), local(year + 1.0, 1.0, 1.0)),
        (Some(month), None) => (local(year, month, 1.0), local(year, month + 1.0, 1.0)),
        (Some(month), Some(day)) => (local(year, month, day), local(year, month, day) + 24.0),
    }
}

fn dated((start, end): Period, prefix: &str, wanted: &str) -> bool {
    let (from, before) = named(wanted);
    let is_within = start >= from && end <= before;
    match prefix {
        "ne" => !is_within,
        "gt" => end > before,
        "lt" => start < from,
        "ge" => end > before || is_within,
        "le" => start < from || is_within,
        "sa" => start >= before,
        "eb" => end <= from,
        _ => is_within,
    }
}

fn numbered(tenths: i64, prefix: &str, wanted: &str) -> bool {
    // In twentieths, half a tenth being one.
    let value = tenths * 2;
    let exact = (wanted.parse::<f64>().expect("a number") * 20.0).round() as i64;
    let half = if wanted.contains('.') { 1 } else { 10 };
    let is_meant = value >= exact - half && value < exact + half;
    match prefix {
        "ne" => !is_meant,
        "gt" | "sa" => value > exact,
        "lt" | "eb" => value < exact,
        "ge" => value >= exact,
        "le" => value <= exact,
        _ => is_meant,
    }
}

fn compare(text: &str, mode: Mode, wanted: &str) -> bool {
    let (own, folded) = (fold(text), fold(wanted));
    match mode {
        Mode::Starts => own.starts_with(&folded),
        Mode::Contains => own.contains(&folded),
        Mode::Equal => own == folded,
        Mode::Ends => own.ends_with(&folded),
        Mode::Exact | Mode::Below | Mode::Above => text == wanted,
    }
}

/// Small letters without accents; words apart by one space.
pub fn fold(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            'à' | 'â' => plain.push('a'),
            'é' | 'è' | 'ê' => plain.push('e'),
            'ç' => plain.push('c'),
            'œ' => plain.push_str("oe"),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text that sorts as the number does.
fn sortable(number: f64) -> String {
    if number == f64::NEG_INFINITY {
        return String::new();
    }
    format!("{:024.6}", number + 1e12)
}

fn distance(place: &Value, from: (f64, f64)) -> Option<f64> {
    let at = |side: &str| place["position"][side].as_f64();
    Some(vincenty(from, (at("latitude")?, at("longitude")?)))
}

/// Length of the shortest line on WGS 84, in metres, after T. Vincenty (1975); not for antipodes.
pub fn vincenty(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (a, f) = (6_378_137.0, 1.0 / 298.257_223_563);
    let b = a * (1.0 - f);
    let l = (to.1 - from.1).to_radians();
    let reduced = |latitude: f64| ((1.0 - f) * latitude.to_radians().tan()).atan();
    let ((sin1, cos1), (sin2, cos2)) = (reduced(from.0).sin_cos(), reduced(to.0).sin_cos());
    let mut lambda = l;
    for _ in 0..200 {
        let (sin_l, cos_l) = lambda.sin_cos();
        let sin_s = ((cos2 * sin_l).powi(2) + (cos1 * sin2 - sin1 * cos2 * cos_l).powi(2)).sqrt();
        if sin_s == 0.0 {
            return 0.0;
        }
        let cos_s = sin1 * sin2 + cos1 * cos2 * cos_l;
        let sigma = sin_s.atan2(cos_s);
        let sin_a = cos1 * cos2 * sin_l / sin_s;
        let cos2_a = 1.0 - sin_a * sin_a;
        let cos_m = if cos2_a == 0.0 {
            0.0
        } else {
            cos_s - 2.0 * sin1 * sin2 / cos2_a
        };
        let c = f / 16.0 * cos2_a * (4.0 + f * (4.0 - 3.0 * cos2_a));
        let before = lambda;
        lambda = l
            + (1.0 - c)
                * f
                * sin_a
                * (sigma + c * sin_s * (cos_m + c * cos_s * (2.0 * cos_m * cos_m - 1.0)));
        if (lambda - before).abs() < 1e-13 {
            let u = cos2_a * (a * a - b * b) / (b * b);
            let big_a = 1.0 + u / 16384.0 * (4096.0 + u * (u * (320.0 - 175.0 * u) - 768.0));
            let big_b = u / 1024.0 * (256.0 + u * (u * (74.0 - 47.0 * u) - 128.0));
            let delta = big_b
                * sin_s
                * (cos_m
                    + big_b / 4.0
                        * (cos_s * (2.0 * cos_m * cos_m - 1.0)
                            - big_b / 6.0
                                * cos_m
                                * (4.0 * sin_s * sin_s - 3.0)
                                * (4.0 * cos_m * cos_m - 3.0)));
            return b * big_a * (sigma - delta);
        }
    }
    panic!("points that lie opposite each other")
}
