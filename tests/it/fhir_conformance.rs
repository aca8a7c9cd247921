//! What the server says of itself: profiles with their snapshots, search parameters, operations, and
//! `/fhir/metadata`.

use std::{collections::BTreeSet, fs, path::Path};

use axum::http::{Method, StatusCode};
use passerelle::fhir::{ConformanceType, own_lists, write_lines};

use crate::{
    fhir_writes::{ask, get},
    service::Service,
};

#[test]
fn the_generated_profiles_are_those_that_the_sources_make() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/generated");
    let made = ConformanceType::StructureDefinition.resources();
    let mut names = BTreeSet::new();
    for one in made {
        let name = |member: &str| one[member].as_str().expect("a text");
        let file = format!("{}-{}.json", name("resourceType"), name("id"));
        let kept = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        let cure = "run `cargo run -- profiles profiles/generated --generated`";
        assert!(kept == write_lines(one), "{file} is not up to date: {cure}");
        names.insert(file);
    }
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a text");
        assert!(names.contains(&name), "{name}: nothing makes it any more");
    }
}

#[tokio::test]
async fn the_lists_that_no_code_is_held_against_are_those_that_the_documentation_names() {
    let service = Service::start().await;
    let terminology = service.context.terminology.load();
    let mut missing = BTreeSet::new();
    for profile in ConformanceType::StructureDefinition.resources() {
        let elements = profile["differential"]["element"].as_array();
        for element in elements.expect("elements") {
            let Some(url) = element["binding"]["valueSet"].as_str() else {
                continue;
            };
            let is_own = own_lists("ValueSet").any(|own| own["url"] == url);
            if !is_own && terminology.value_set_named(url).is_none() {
                missing.insert(url.split('/').nth(4).expect("a name of the register"));
                let expand = get(&service, &format!("/fhir/ValueSet/$expand?url={url}")).await;
                assert_eq!(expand.status, StatusCode::NOT_FOUND, "{url}");
            }
        }
    }
    let documentation = include_str!("../../docs/fhir.md");
    let of_section = documentation.split("### Lists that are not held").nth(1);
    let section = of_section.and_then(|text| text.split("\n## ").next());
    let named = section.expect("a section").split('`');
    let named: BTreeSet<_> = named.filter(|word| word.starts_with("JDV_")).collect();
    assert_eq!(named, missing);
}

#[tokio::test]
async fn profiles_parameters_and_operations_are_read_and_found_by_their_url() {
    let service = Service::start().await;
    for kind in ConformanceType::ALL {
        let name = kind.as_str();
        let all = get(&service, &format!("/fhir/{name}")).await.json();
        assert!(all["total"].as_u64() > Some(0), "{name}");
        let one = &all["entry"][0]["resource"];
        let (id, url) = (
            one["id"].as_str().expect("an id"),
            one["url"].as_str().expect("a url"),
        );
        let read = get(&service, &format!("/fhir/{name}/{id}")).await;
        assert_eq!(read.json(), *one);
        let found = get(&service, &format!("/fhir/{name}?url={url}"))
            .await
            .json();
        assert_eq!(found["total"], 1, "{url}");
        let none = get(&service, &format!("/fhir/{name}?url=x")).await.json();
        assert_eq!(none["total"], 0);
        let misspelt = get(&service, &format!("/fhir/{name}?ulr=x")).await;
        assert_eq!(misspelt.status, StatusCode::BAD_REQUEST);
        let lenient =
            ask(Method::GET, format!("/fhir/{name}?ulr=x")).with("prefer", "handling=lenient");
        assert_eq!(lenient.of(&service).await.json()["total"], all["total"]);
        assert_eq!(
            get(&service, &format!("/fhir/{name}/none")).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let ours = "https://fhir.passerelle.example/sos";
    for (path, total) in [
        ("StructureDefinition?type=Location".to_owned(), 1),
        (
            "StructureDefinition?type=HealthcareService,Practitioner".to_owned(),
            3,
        ),
        (
            format!(
                "StructureDefinition?base={ours}/StructureDefinition/directory-healthcareservice"
            ),
            1,
        ),
        ("StructureDefinition?name=directoryl".to_owned(), 2),
        ("SearchParameter?code=near&base=Location".to_owned(), 1),
        ("OperationDefinition?code=changes".to_owned(), 1),
        (format!("ValueSet?url={ours}/ValueSet/sos-state"), 1),
        (format!("CodeSystem?url={ours}/CodeSystem/sos-state"), 1),
    ] {
        let found = get(&service, &format!("/fhir/{path}")).await.json();
        assert_eq!(found["total"], total, "{path}");
    }
    let set = get(&service, "/fhir/ValueSet/sos-state").await.json();
    assert_eq!(
        set["compose"]["include"][0]["concept"][0]["code"],
        "brouillon"
    );
    let system = get(&service, "/fhir/CodeSystem/sos-state").await.json();
    assert_eq!(system["concept"][0]["code"], "brouillon");
}

#[tokio::test]
async fn a_snapshot_holds_every_element_of_the_type_and_what_the_profile_asks() {
    let service = Service::start().await;
    let path = "/fhir/StructureDefinition/sos-healthcareservice";
    let profile = get(&service, path).await.json();
    let elements = profile["snapshot"]["element"].as_array().expect("elements");
    let find = |id: &str| {
        let found = elements.iter().find(|one| one["id"] == id);
        found.unwrap_or_else(|| panic!("{id} is missing"))
    };
    // Of FHIR alone, of the profile below, of the profile itself.
    assert_eq!(find("HealthcareService.photo")["max"], "1");
    assert_eq!(find("HealthcareService.identifier")["max"], "1");
    assert_eq!(find("HealthcareService.identifier")["base"]["max"], "*");
    let pivot = find("HealthcareService.characteristic:pivot");
    assert_eq!(
        (pivot["min"].as_u64(), &pivot["sliceName"]),
        (Some(1), &"pivot".into())
    );
    assert_eq!(
        find("HealthcareService.extension")["slicing"]["discriminator"][0]["path"],
        "url"
    );
    for element in elements {
        for member in ["definition", "min", "max", "base", "path"] {
            assert!(!element[member].is_null(), "{}: {member}", element["id"]);
        }
    }
}
