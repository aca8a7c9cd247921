//! The maps in use: the cases of `docs/terminology.md`, the 137 care types both ways, and no loss in
//! silence.

use std::{fs, path::PathBuf, sync::LazyLock};

use passerelle::{
    api::Secrets,
    clock::Clock,
    directory::{OfferForm, write_header, write_offer_form},
    fhir::{ResourceType, systems},
    flows::{
        Context, ExportForm, ImportOptions, ImportReport, OfferStanding, coverage, export, import,
        list_offer_coverage,
    },
    storage::Reader,
    terminology::{Coverage, Question, SOS_PIVOT, Terminology},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::datetime;

use crate::{context::bretagne, database::TestDatabase, service::Service};

const TODAY: time::Date = time::macros::date!(2026 - 11 - 23);

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
    let [lost] = report.not_coming_back.first.as_slice() else {
        panic!("nothing national says reflexology: {report:?}");
    };
    assert_eq!(lost.offer, "offre-B-1");
    assert!(lost.way_back.lost.contains("BIEN-03"), "{lost:?}");
    let listed = list_offer_coverage(&ctx, Some(OfferStanding::NotComingBack), "", 10)
        .await
        .expect("listed");
    assert_eq!(listed.offers[0].way_back, lost.way_back);
    assert_eq!(listed.next, None);
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
    assert_eq!(report.not_coming_back.count, 1);
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
async fn an_offer_that_the_register_changed_is_known_by_its_number_and_each_difference_is_told() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    import_form(&ctx, &form("bien-etre", "BIEN-03")).await;
    let mut lines = Vec::new();
    let mut keep = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    export(&ctx, ExportForm::Register, &mut keep)
        .await
        .expect("exported");
    let mut offer: Value = serde_json::from_str(&lines.pop().expect("an offer")).expect("JSON");
    offer["id"] = json!("ror-987");
    offer["name"] = json!("Rendez-vous du vendredi");
    offer["specialty"] = json!([{"coding": [{"system": systems::ACTIVITY, "code": "004"}]}]);
    lines.push(offer.to_string());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("register.ndjson");
    fs::write(&file, lines.join("\n")).expect("written");
    let report = import_file(&ctx, file).await;
    assert!(report.is_complete(), "{:?}", report.refused);
    assert_eq!((report.returned, report.diverging.count), (1, 1));
    let told = &report.diverging.first[0];
    assert_eq!(told.offer, "offre-B-1");
    let fields: Vec<_> = told
        .divergences
        .iter()
        .map(|one| (one.field.as_str(), one.theirs.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("name", "\"Rendez-vous du vendredi\""),
            ("specialty", "TRE-R211-ActiviteOperationnelle|004")
        ]
    );
    let after = stored(&ctx, "offre-B-1").await;
    assert_eq!(after["name"], "Rendez-vous du vendredi");
    assert!(after.to_string().contains("BIEN-03") && after.to_string().contains("mapping-loss"));
    let kind = ResourceType::HealthcareService;
    let other = ctx.storage.find_resource(kind, "ror-987", Reader::Network);
    assert!(
        other.await.expect("read").is_none(),
        "it is one offer, not two"
    );
}

/// A region that comes to the others is a folder: its offers are found by their words.
#[tokio::test]
async fn an_offer_of_a_new_region_is_found_by_the_words_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let corse = [
        (
            "regions/corse/vocabulary.csv",
            "# title: Corse\n# version: 1\ncode,label,remark\nsoin-du-visage,Soin du visage,\n",
        ),
        (
            "regions/corse/to-pivot.csv",
            "# title: Corse\n# version: 1\nsource,target,equivalence,reason,author,date,status\n\
             soin-du-visage,BIEN-01,equivalent,Même soin.,Essai,2026-11-24,draft\n",
        ),
    ];
    for (path, text) in Terminology::embedded_files().iter().chain(&corse) {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        fs::write(file, text).expect("written");
    }
    let mut settings = passerelle::config::load(None).expect("the defaults fit");
    settings.terminology.mappings_folder = folder.path().to_owned();
    settings.region.vocabulary = "corse".to_owned();
    let database = TestDatabase::migrated().await;
    let clock = Clock::Fixed(datetime!(2026-11-23 09:00 UTC));
    let ctx = passerelle::app::context(&settings, database.storage.clone(), clock)
        .await
        .expect("the folder has no fault");
    import_form(&ctx, &form("Soin du visage", "")).await;
    let service = Service::over(database, ctx, Secrets::default());
    let hdf = "https://fhir.passerelle.example/sos/CodeSystem/region-hauts-de-france";
    let path = format!("/fhir/HealthcareService?sos-category={hdf}%7Csocio-esthetique");
    let answer = service.get(&path).await;
    let bundle: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(bundle["total"], 1, "{bundle}");
}

#[tokio::test]
async fn a_category_that_no_vocabulary_knows_is_refused_with_the_cure() {
    let database = TestDatabase::migrated().await;
    let ctx = bretagne(&database.storage);
    let service = Service::over(database, ctx, Secrets::default());
    for code in [
        "NUTRITON",
        "https://fhir.passerelle.example/sos/CodeSystem/region-bretagne%7Cx",
        "urn:x%7CNUTR",
    ] {
        let path = format!("/fhir/HealthcareService?sos-category={code}");
        let answer = service.get(&path).await;
        assert_eq!(answer.status, 400, "{code}");
        let told = answer.text();
        assert!(
            told.contains("sos-category") && told.contains("SEARCH-CODE") && told.contains("NUTR"),
            "{told}"
        );
    }
    let known = service
        .get("/fhir/HealthcareService?sos-category=NUTR,DOUL-03")
        .await;
    assert_eq!(known.status, 200, "{}", known.text());
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
    let offers = service.get("/pilotage/couverture/offres").await.text();
    assert!(
        offers.contains("/offres/a") && offers.contains("/offres/b"),
        "{offers}"
    );
    let unmapped = service
        .get("/pilotage/couverture/offres?etat=unmapped")
        .await
        .text();
    assert!(
        !unmapped.contains("/offres/a\"") && unmapped.contains("Zoothérapie"),
        "{unmapped}"
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
            day: TODAY,
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
                    day: TODAY,
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
        let way_back = terminology.way_back(code, TODAY);
        match terminology.coverage(code, TODAY) {
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
        let mapped = passerelle::directory::map_offer(&mut offer, terminology, TODAY);
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
