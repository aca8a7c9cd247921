//! The maps in use: the cases of `docs/terminology.md`, the 137 care types both ways, and no loss in
//! silence.

use std::{fs, path::PathBuf, sync::LazyLock};

use passerelle::{
    api::Secrets,
    directory::{OfferForm, write_header, write_offer_form},
    fhir::{ResourceType, systems},
    flows::{Context, ExportForm, ImportOptions, ImportReport, coverage, export, import},
    storage::Reader,
    terminology::{Coverage, Question, SOS_PIVOT, Terminology},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{context::bretagne, database::TestDatabase, service::Service};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fn form(category: &str, care_types: &str) -> OfferForm {
    OfferForm {
        structure_finess: "750100125".into(),
        structure_nom: "Maison des Abers (fictive)".into(),
        code_postal: "29200".into(),
        commune: "Brest".into(),
        commune_insee: "29019".into(),
        offre_identifiant: "B-1".into(),
        offre_nom: "Rendez-vous du jeudi".into(),
        categorie: category.into(),
        types_de_soin: care_types.into(),
        phases: "Après traitement".into(),
        ..OfferForm::default()
    }
}

async fn import_file(ctx: &Context, path: PathBuf) -> ImportReport {
    import(ctx, &[path], &ImportOptions::default(), &mut |_| {})
        .await
        .expect("the import ends")
}

async fn import_form(ctx: &Context, form: &OfferForm) -> ImportReport {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("offres.csv");
    let mut rows = Vec::new();
    write_header(&mut rows).expect("in memory");
    write_offer_form(&mut rows, form).expect("in memory");
    fs::write(&file, rows).expect("written");
    let report = import_file(ctx, file).await;
    assert!(report.is_complete(), "{:?}", report.refused);
    report
}

async fn stored(ctx: &Context, id: &str) -> Value {
    let kind = ResourceType::HealthcareService;
    let found = ctx
        .storage
        .find_resource(kind, id, Reader::Public)
        .await
        .expect("read");
    serde_json::from_str(&found.expect("there").json).expect("JSON")
}

#[tokio::test]
async fn an_offer_of_bretagne_is_found_by_the_words_of_hauts_de_france() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    import_form(&ctx, &form("nutrition", "NUTR-05")).await;
    let service = Service::over(database, ctx, Secrets::default());
    let hdf = "https://fhir.passerelle.example/sos/CodeSystem/region-hauts-de-france";
    for (query, found) in [
        (format!("sos-category={hdf}%7Catelier-dietetique"), 1),
        (format!("sos-category={hdf}%7Csocio-esthetique"), 0),
        ("_content=Atelier%20di%C3%A9t%C3%A9tique".to_owned(), 1),
        (format!("sos-category={}%7C0749", systems::ACT), 1),
    ] {
        let answer = service
            .get(&format!("/fhir/HealthcareService?{query}"))
            .await;
        let bundle: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(bundle["total"], found, "{query}: {bundle}");
    }
    let page = service
        .get("/offres?q=Atelier+di%C3%A9t%C3%A9tique")
        .await
        .text();
    assert!(page.contains("Rendez-vous du jeudi"), "{page}");
}

#[tokio::test]
async fn the_offer_exported_for_the_register_says_what_is_lost_and_keeps_its_words_when_read_back()
{
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let report = import_form(&ctx, &form("bien-etre", "BIEN-03")).await;
    assert_eq!(
        report.not_coming_back, 1,
        "nothing national says reflexology"
    );
    let before = stored(&ctx, "offre-B-1").await;

    let mut lines = String::new();
    let report = export(&ctx, ExportForm::Register, &mut |line| {
        lines.push_str(line);
        lines.push('\n');
        Ok(())
    })
    .await
    .expect("exported");
    assert_eq!(report.written["HealthcareService"], 1);
    assert_eq!(report.not_coming_back, 1);
    let lost: Vec<&str> = report
        .losses
        .keys()
        .map(|loss| loss.pivot.as_str())
        .collect();
    assert_eq!(lost, ["BIEN", "BIEN-03", "PHA-APRES"]);
    let offer = lines.lines().last().expect("the offer comes last");
    assert!(
        offer.contains("mapping-loss"),
        "each loss is declared: {offer}"
    );
    assert!(
        !offer.contains("regional-label") && !offer.contains("sos-phase"),
        "{offer}"
    );
    let aligned: Value = serde_json::from_str(offer).expect("JSON");
    let is_ours = |one: &Value| one["coding"][0]["system"] == SOS_PIVOT;
    let characteristics = aligned["characteristic"].as_array().expect("an array");
    assert!(!characteristics.iter().any(is_ours), "{aligned}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("register.ndjson");
    fs::write(&file, lines).expect("written");
    let report = import_file(&ctx, file).await;
    assert!(report.is_complete(), "{:?}", report.refused);
    assert_eq!(report.returned, 1);
    let after = stored(&ctx, "offre-B-1").await;
    for needed in [
        "regional-label",
        "sos-phase",
        "BIEN-03",
        "sos-healthcareservice",
    ] {
        assert!(
            before.to_string().contains(needed) && after.to_string().contains(needed),
            "{needed}"
        );
    }
}

#[tokio::test]
async fn a_fhir_offer_with_the_word_of_a_region_gets_its_codes_and_one_that_nobody_mapped_waits() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let offer = |id: &str, word: &str| {
        json!({"resourceType": "HealthcareService", "id": id, "name": "Séances",
            "extension": [
                {"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": false},
                {"url": systems::ROR_PATIENT_TYPE, "extension": [{"url": "ageRange", "valueRange":
                    {"low": {"value": 18}, "high": {"value": 150}}}]},
                {"url": systems::REGIONAL_LABEL, "valueCoding": {
                    "system": format!("{}hauts-de-france", systems::REGIONAL_VOCABULARY), "display": word}}],
            "identifier": [{"value": id}],
            "providedBy": {"reference": "Organization/s-1", "display": "Clinique (fictive)"},
            "type": [{"coding": [{"system": systems::FIELD, "code": "05"}]}],
            "specialty": [{"coding": [{"system": systems::ACTIVITY, "code": "414"}]}]})
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.ndjson");
    let structure =
        json!({"resourceType": "Organization", "id": "s-1", "name": "Clinique (fictive)"});
    let lines = [
        structure,
        offer("a", "Socio-esthétique"),
        offer("b", "Zoothérapie"),
    ];
    fs::write(&file, lines.map(|line| line.to_string()).join("\n")).expect("written");
    let report = import_file(&ctx, file).await;
    assert!(report.is_complete(), "{:?}", report.refused);
    let rules: Vec<_> = report
        .warned
        .iter()
        .flat_map(|remark| &remark.findings)
        .map(|one| one.rule)
        .collect();
    assert!(rules.contains(&"MAP-UNMAPPED"), "{rules:?}");
    assert!(stored(&ctx, "a").await.to_string().contains("BIEN-01"));

    let report = coverage(&ctx).await.expect("worked out");
    assert_eq!((report.offers.unmapped, report.queue_count), (1, 1));
    let waiting = &report.queue[0];
    assert_eq!(
        (waiting.word.as_str(), waiting.offer.as_str()),
        ("Zoothérapie", "b")
    );
    assert_eq!(waiting.structure, "Clinique (fictive)");
    assert!(waiting.since.starts_with("2026-11-23"), "{waiting:?}");
    let care_types = &report.vocabularies[1];
    assert_eq!(care_types.name, "sos-care-type");
    let counts = care_types.counts;
    assert_eq!(counts.exact + counts.approximate + counts.none, 137);
    let service = Service::over(database, ctx, Secrets::default());
    let page = service.get("/pilotage/couverture").await.text();
    assert!(
        page.contains("Zoothérapie") && page.contains("sos-care-type"),
        "{page}"
    );
}

#[test]
fn each_of_the_137_care_types_goes_out_and_comes_back_or_says_why_not() {
    let terminology = &*TERMINOLOGY;
    assert_eq!(terminology.care_types().len(), 137);
    for care in terminology.care_types() {
        let code = care.code.as_str();
        let question = Question {
            system: SOS_PIVOT,
            code,
            target_system: None,
            said: &[],
        };
        let out = terminology.translate(question).expect("a known code");
        let is_told = !out.matches.is_empty() || !out.conditional.is_empty() || out.gap.is_some();
        assert!(is_told, "{code} becomes nothing in silence");
        for one in out.matches.iter().chain(&out.conditional) {
            assert!(!one.reasons.is_empty(), "{code}: why {}", one.code);
            let back = terminology
                .translate(Question {
                    system: one.system,
                    code: one.code,
                    target_system: Some(SOS_PIVOT),
                    said: &one.depends_on,
                })
                .expect("a known code");
            let found = back
                .matches
                .iter()
                .chain(&back.conditional)
                .find(|found| found.code == code);
            let found =
                found.unwrap_or_else(|| panic!("{code} does not come back from {}", one.code));
            assert_eq!(
                found.equivalence,
                one.equivalence.reversed(),
                "{code} {}",
                one.code
            );
        }
        let way_back = terminology.way_back(code);
        match terminology.coverage(code) {
            Coverage::Exact => assert!(way_back.contains(&code), "{code}"),
            Coverage::Approximate | Coverage::None => {
                let others = way_back
                    .iter()
                    .filter(|back| terminology.care_type(back).is_some());
                assert_eq!(others.filter(|back| **back != code).count(), 0, "{code}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever an offer says, each code that no national code of it means as well is declared.
    #[test]
    fn no_translation_loses_in_silence(
        care in 0..137_usize, other in 0..137_usize, audience in 0..8_usize, phase in 0..3_usize
    ) {
        let terminology = &*TERMINOLOGY;
        let care_types = terminology.care_types();
        let facets = |name: &'static str| terminology.facets(name).collect::<Vec<_>>();
        let coding = |code: &str| json!({"coding": [{"system": SOS_PIVOT, "code": code}]});
        let facet = |url: &str, code: &str| json!({"url": url, "valueCoding": {"system": SOS_PIVOT, "code": code}});
        let said = [
            care_types[care].code.as_str(), care_types[other].code.as_str(),
            facets("PUB")[audience].code.as_str(), facets("PHA")[phase].code.as_str()];
        let mut offer = json!({"resourceType": "HealthcareService", "id": "x",
            "extension": [facet(systems::SOS_AUDIENCE, said[2]), facet(systems::SOS_PHASE, said[3])],
            "characteristic": [coding(&care_types[care].category), coding(said[0]), coding(said[1])]});
        let mapped = passerelle::directory::map_offer(&mut offer, terminology);
        let codes = passerelle::fhir::element::all_codings(&offer);
        for code in said {
            let is_exact = terminology
                .national_codes(code)
                .any(|(row, target)| row.equivalence.is_exact()
                    && codes.contains(&(target.system.as_str(), target.code.as_str())));
            let is_declared = mapped.losses.iter().any(|loss| loss.pivot == code);
            prop_assert!(is_exact != is_declared, "{code}: exact {is_exact}, declared {is_declared}");
        }
        let declared = offer.to_string().matches("StructureDefinition/mapping-loss").count();
        prop_assert_eq!(declared, mapped.losses.len());
    }
}
