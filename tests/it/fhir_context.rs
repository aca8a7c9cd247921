//! Rules over several resources: of each, what passes and what does not, through the writes that meet
//! it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    fhir_writes::{ask, offer, place, structure, tre, written_path},
    service::Service,
};

/// What a structure is, by one more number: 2 a legal entity, 3 a site.
fn numbered(national: &str, code: &str, number: &str) -> Value {
    let mut structure = structure(national);
    let kind = structure["identifier"][0]["type"]["coding"][0]["system"].clone();
    structure["identifier"]
        .as_array_mut()
        .expect("a list")
        .push(json!({
        "type": {"coding": [{"system": kind, "code": code}]},
        "system": "https://sirene.fr", "value": number}));
    structure
}

fn entity() -> Value {
    numbered("1910800002", "2", "732829320")
}

fn site(national: &str, siret: &str, part_of: &str) -> Value {
    let mut site = numbered(national, "3", siret);
    site["partOf"] = json!({"reference": part_of});
    site
}

fn managed(by: &str) -> Value {
    let mut place = place();
    place["managingOrganization"] = json!({"reference": by});
    place
}

/// What became of a creation: its reference when it was taken, and every rule that was told, with its
/// severity.
struct Outcome {
    reference: String,
    told: Vec<(String, String)>,
}

async fn create(service: &Service, resource: &Value) -> Outcome {
    let kind = resource["resourceType"].as_str().expect("a type");
    let answer = ask(Method::POST, format!("/fhir/{kind}"))
        .with("prefer", "return=OperationOutcome")
        .json(resource)
        .of(service)
        .await;
    let reference = if answer.status == StatusCode::CREATED {
        written_path(&answer).replace("/fhir/", "")
    } else {
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            answer.text()
        );
        String::new()
    };
    let issues = answer.json()["issue"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |issue: &Value, name: &str| issue[name].as_str().unwrap_or_default().to_owned();
    let told = issues
        .iter()
        .map(|issue| (text(issue, "diagnostics"), text(issue, "severity")))
        .collect();
    Outcome { reference, told }
}

impl Outcome {
    /// It was taken, and that rule has nothing against it.
    fn passes(self, rule: &str) -> String {
        assert!(!self.reference.is_empty(), "{rule}: {:?}", self.told);
        assert!(
            self.told.iter().all(|(told, _)| told != rule),
            "{:?}",
            self.told
        );
        self.reference
    }

    /// That rule is told with that severity; it is taken if that is a remark.
    fn fails(self, rule: &str, severity: &str) -> String {
        let expected = (rule.to_owned(), severity.to_owned());
        assert!(self.told.contains(&expected), "{rule}: {:?}", self.told);
        assert_eq!(
            self.reference.is_empty(),
            severity == "error",
            "{:?}",
            self.told
        );
        self.reference
    }
}

/// A legal entity, two sites of it, and a place of the first.
struct Known {
    service: Service,
    entity: String,
    sites: [String; 2],
    place: String,
}

async fn known() -> Known {
    let service = Service::start().await;
    let entity = create(&service, &entity()).await.passes("O5");
    let first = site("1777777777", "73282932000074", &entity);
    let second = site("1777777778", "73282932000082", &entity);
    let sites = [
        create(&service, &first).await.passes("O5"),
        create(&service, &second).await.passes("O5"),
    ];
    let place = create(&service, &managed(&sites[0])).await.passes("L7");
    Known {
        service,
        entity,
        sites,
        place,
    }
}

#[tokio::test]
async fn an_offer_is_that_of_a_site_rather_than_of_a_legal_entity() {
    let known = known().await;
    let by = |number, structure: &str| {
        let mut offer = offer(number, structure, "");
        offer.as_object_mut().expect("an object").remove("location");
        offer
    };
    let of_site = by("53/1", &known.sites[0]);
    create(&known.service, &of_site).await.passes("H2");
    let of_entity = by("53/2", &known.entity);
    create(&known.service, &of_entity)
        .await
        .fails("H2", "warning");
}

#[tokio::test]
async fn the_places_of_an_offer_belong_to_its_site() {
    let known = known().await;
    let here = offer("53/1", &known.sites[0], &known.place);
    create(&known.service, &here).await.passes("H21");
    let elsewhere = offer("53/2", &known.sites[1], &known.place);
    create(&known.service, &elsewhere)
        .await
        .fails("H21", "error");
}

#[tokio::test]
async fn a_site_is_part_of_a_legal_entity() {
    let known = known().await;
    let below = site("1777777779", "73282932000090", &known.sites[0]);
    create(&known.service, &below).await.fails("O5", "error");
}

#[tokio::test]
async fn a_place_belongs_to_a_site_or_serves_an_offer() {
    let known = known().await;
    let of_entity = managed(&known.entity);
    create(&known.service, &of_entity)
        .await
        .fails("L7", "error");
    let alone = create(&known.service, &place())
        .await
        .fails("L7", "warning");
    let here = offer("53/1", &known.sites[0], &alone);
    create(&known.service, &here).await.passes("H21");
    let asked = ask(Method::POST, format!("/fhir/{alone}/$validate"));
    let asked = asked.of(&known.service).await;
    assert!(!asked.text().contains("\"L7\""), "{}", asked.text());
}

#[tokio::test]
async fn a_person_has_a_profession_once_in_an_offer() {
    let known = known().await;
    let samples: Value =
        serde_json::from_str(include_str!("../data/fhir/rules.json")).expect("JSON");
    let sample = |name: &str| {
        let mut sample = samples["resources"][name].clone();
        sample.as_object_mut().expect("an object").remove("id");
        sample
    };
    let person = create(&known.service, &sample("person")).await.passes("R6");
    let offers = [
        offer("53/1", &known.sites[0], &known.place),
        offer("53/2", &known.sites[0], &known.place),
    ];
    let mut role = sample("role");
    role["practitioner"] = json!({"reference": person});
    for (rank, offer) in offers.iter().enumerate() {
        let offer = create(&known.service, offer).await.passes("H21");
        role["healthcareService"] = json!([{"reference": offer}]);
        create(&known.service, &role).await.passes("R6");
        if rank == 1 {
            create(&known.service, &role).await.fails("R6", "warning");
        }
    }
    role["code"][0]["coding"] = json!([{"system": tre("G15-ProfessionSante"), "code": "10"}]);
    create(&known.service, &role).await.passes("R6");
}
