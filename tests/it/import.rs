//! The import of a network's files, the same on every engine.

use std::{fs, path::Path};

use passerelle::{
    demo,
    fhir::{ResourceType, systems},
    flows::{Context, ImportOptions, ImportReport, import},
    storage::Reader,
};
use serde_json::{Value, json};

use crate::{context::bretagne, database::TestDatabase};

const HEADER: &str = "structure_finess;structure_nom;code_postal;commune;commune_insee;offre_identifiant;offre_nom;categorie";

async fn import_of(ctx: &Context, paths: &[&Path]) -> ImportReport {
    let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    import(ctx, &paths, &ImportOptions::default(), &mut |_| {})
        .await
        .expect("the import ends")
}

fn offer(id: &str, structure: &str) -> Value {
    json!({
        "resourceType": "HealthcareService", "id": id,
        "extension": [
            {"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": false},
            {"url": systems::ROR_PATIENT_TYPE, "extension": [{"url": "ageRange", "valueRange":
                {"low": {"value": 18}, "high": {"value": 150}}}]}],
        "identifier": [{"value": id}],
        "providedBy": {"reference": format!("Organization/{structure}")},
        "type": [{"coding": [{"system": systems::FIELD, "code": "05"}]}],
        "specialty": [{"coding": [{"system": systems::ACTIVITY, "code": "414"}]}],
        "name": "Consultation",
        "characteristic": [{"coding": [{"system": systems::CARE_MODE, "code": "32"}]}]})
}

fn structure(id: &str) -> Value {
    json!({"resourceType": "Organization", "id": id, "name": "Clinique (fictive)"})
}

#[tokio::test]
async fn a_row_with_an_unknown_category_comes_back_to_be_corrected_and_the_rest_is_taken() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("offres.csv");
    let rows = "750100125;CH de l'Élorn;29200;Brest;29019;A-1;Séances;APA\n\
                750100125;CH de l'Élorn;29200;Brest;29019;A-2;Séances;Sophrologi\n\
                750100125;CH de l'Élorn;29200;Brest;29019;A-1;Encore;APA\n";
    fs::write(&file, format!("{HEADER}\n{rows}")).expect("written");

    let report = import_of(&ctx, &[&file]).await;
    assert_eq!(report.offers.created, 1);
    assert_eq!(report.structures.created, 1);
    assert_eq!(report.refused_count, 2);
    assert!(!report.is_complete());
    let rules: Vec<_> = report
        .refused
        .iter()
        .map(|remark| (remark.place, remark.findings[0].rule))
        .collect();
    assert_eq!(rules, [(3, "CSV-CATEGORY"), (4, "CSV-REPEATED")]);

    let refused = folder.path().join("offres.csv.refused.csv");
    assert_eq!(report.refused_files, std::slice::from_ref(&refused));
    let text = fs::read_to_string(&refused).expect("text");
    assert!(text.contains("motif_du_refus"), "{text}");
    assert!(
        text.contains("Vouliez-vous écrire « Sophrologie » ?"),
        "{text}"
    );

    let corrected = text
        .replace("Sophrologi;", "Sophrologie;")
        .replace("A-1", "A-3");
    fs::write(&refused, corrected).expect("written");
    let report = import_of(&ctx, &[&refused]).await;
    assert!(report.is_complete(), "{:?}", report.refused);
    assert_eq!(report.offers.created, 2);
    assert_eq!(report.structures.unchanged, 1);
    let outcomes = database.storage.count_arrivals().await.expect("counted");
    assert_eq!(
        outcomes,
        [("accepted".to_owned(), 3), ("refused".to_owned(), 2)]
    );
}

#[tokio::test]
async fn the_same_files_twice_change_nothing() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let plan = demo::Plan {
        structures: 20,
        offers: 60,
        fiches: 0,
        ..demo::Plan::default()
    };
    demo::write(plan, folder.path()).expect("written");

    let offers = folder.path().join("offers.csv");
    let physicians = folder.path().join("physicians.ndjson");
    let first = import_of(&ctx, &[&offers, &physicians]).await;
    assert!(first.is_complete(), "{} refused", first.refused_count);
    assert_eq!((first.offers.created, first.structures.created), (60, 20));
    assert!(first.practitioners > 0);
    assert!(!first.losses.is_empty());
    let second = import_of(&ctx, &[&offers, &physicians]).await;
    assert_eq!(
        (second.offers.unchanged, second.structures.unchanged),
        (60, 20)
    );
    assert_eq!(second.offers.created + second.offers.updated, 0);
    let kept = database
        .storage
        .count_resources(ResourceType::HealthcareService);
    assert_eq!(kept.await.expect("counted"), 60);
    let (physicians, _) = database.storage.count_recipients().await.expect("counted");
    assert_eq!(u64::try_from(physicians).ok(), Some(first.practitioners));
}

#[tokio::test]
async fn offers_are_kept_whatever_the_order_and_refused_without_their_structure() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let lines = folder.path().join("a.ndjson");
    let text = format!(
        "{}\n{{\"a\": }}\n\n{}\n",
        offer("o-1", "eg-1"),
        offer("o-2", "nobody")
    );
    fs::write(&lines, text).expect("written");
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": offer("o-3", "eg-1")},
        {"resource": structure("eg-1")},
        {"resource": {"resourceType": "Patient", "id": "p"}}]});
    fs::write(folder.path().join("b.json"), format!("{bundle:#}")).expect("written");
    fs::write(folder.path().join("c.bin"), b"\x00\x01\x02").expect("written");

    let report = import_of(&ctx, &[folder.path()]).await;
    assert_eq!((report.offers.created, report.structures.created), (2, 1));
    assert_eq!(report.unreadable.len(), 1);
    assert_eq!(report.unreadable[0].findings[0].rule, "FILE-FORMAT");
    let mut rules: Vec<_> = report
        .refused
        .iter()
        .map(|remark| (remark.place, remark.findings[0].rule))
        .collect();
    rules.sort_unstable();
    assert_eq!(rules, [(2, "JSON-SYNTAX"), (3, "G2"), (4, "G13")]);
    let refused = fs::read_to_string(folder.path().join("a.ndjson.refused.ndjson")).expect("text");
    assert_eq!(refused.lines().count(), 2);
    let reasons = fs::read_to_string(folder.path().join("a.ndjson.refused.ndjson.reasons.txt"));
    let reasons = reasons.expect("text");
    assert!(
        reasons.contains("4: HealthcareService.providedBy.reference"),
        "{reasons}"
    );

    fs::write(&lines, structure("nobody").to_string()).expect("written");
    let again = folder.path().join("a.ndjson.refused.ndjson");
    let report = import_of(&ctx, &[&lines, &again]).await;
    assert_eq!((report.offers.created, report.refused_count), (1, 1));
}

#[tokio::test]
async fn a_resource_is_kept_as_it_came_but_for_what_the_server_adds() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.json");
    let text = r#"{"resourceType":"Location","id":"l-1","extension":[{"url":"https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/ror-commune-cog","valueCodeableConcept":{"coding":[{"system":"s","code":"29019"}]}}],"position":{"longitude":-4.4860,"latitude":48.390}}"#;
    fs::write(&file, text).expect("written");
    let report = import_of(&ctx, &[&file]).await;
    assert_eq!(report.places.created, 1, "{:?}", report.refused);
    let kept = database
        .storage
        .find_resource(ResourceType::Location, "l-1", Reader::Public)
        .await
        .expect("read")
        .expect("there");
    assert!(
        kept.json
            .contains(r#"{"longitude":-4.4860,"latitude":48.390}"#),
        "{}",
        kept.json
    );
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_told_and_the_others_are_read() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.ndjson");
    fs::write(&file, structure("eg-1").to_string()).expect("written");
    let report = import_of(&ctx, &[&folder.path().join("absent.csv"), &file]).await;
    assert_eq!(report.structures.created, 1);
    assert_eq!(report.unreadable[0].findings[0].rule, "FILE-OPEN");
}
