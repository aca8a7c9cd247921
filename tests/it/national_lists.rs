//! A new release of national lists: what it would change, the switch, and the way back. The case of
//! `docs/terminology.md`: the release of 29 June 2026 ends two kinds of offer, 252 and 265.

use std::{fs, path::Path, process::Command};

use passerelle::{
    api::Secrets,
    app::context,
    clock::Clock,
    config::{self, Settings},
    directory::{OfferForm, write_header, write_offer_form},
    fhir::ResourceType,
    flows::{
        Context, ImportOptions, PreparedRelease, Realigned, ReleaseError, ReleaseFile,
        follow_releases, import, prepare_release, read_release_files, realign_offers,
        switch_release, undo_release,
    },
    storage::Reader,
    terminology::{Change, Coverage, Terminology},
};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::{database::TestDatabase, service::Service};

const R244: &str = "https://mos.esante.gouv.fr/NOS/TRE_R244-CategorieOrganisation/FHIR/TRE-R244-CategorieOrganisation";
const R244_FILE: &str = "national/TRE_R244-CategorieOrganisation.csv";

const TODAY: time::Date = time::macros::date!(2026 - 11 - 23);

/// A region that still has the state of the list of before 29 June 2026.
struct Region {
    database: TestDatabase,
    settings: Settings,
    folder: tempfile::TempDir,
}

impl Region {
    async fn before_june() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in Terminology::embedded_files() {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().expect("a parent")).expect("made");
            let text = if *path == R244_FILE {
                text.replace("# version: 20260629120000", "# version: 20260505120000")
                    .replace(",deprecated,2025-03-28,2026-06-29", ",active,2025-03-28,")
                    .replace(",deprecated,2025-04-25,2026-06-29", ",active,2025-04-25,")
            } else {
                (*text).to_owned()
            };
            fs::write(file, text).expect("written");
        }
        let mut settings = config::load(None).expect("the defaults fit");
        settings.terminology.mappings_folder = folder.path().to_owned();
        Self {
            database: TestDatabase::migrated().await,
            settings,
            folder,
        }
    }

    /// One process of the region: each has its own.
    async fn process(&self) -> Context {
        let clock = Clock::Fixed(datetime!(2026-11-23 09:00 UTC));
        context(&self.settings, self.database.storage.clone(), clock)
            .await
            .expect("the folder has no fault")
    }
}

fn form(number: &str, name: &str, category: &str, care_types: &str) -> OfferForm {
    OfferForm {
        structure_finess: "750100125".into(),
        structure_nom: "CH de l'Élorn (fictif)".into(),
        code_postal: "29200".into(),
        commune: "Brest".into(),
        commune_insee: "29019".into(),
        offre_identifiant: number.into(),
        offre_nom: name.into(),
        categorie: category.into(),
        types_de_soin: care_types.into(),
        ..OfferForm::default()
    }
}

async fn import_forms(ctx: &Context, forms: &[OfferForm]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("offres.csv");
    let mut rows = Vec::new();
    write_header(&mut rows).expect("in memory");
    for form in forms {
        write_offer_form(&mut rows, form).expect("in memory");
    }
    fs::write(&file, rows).expect("written");
    let report = import(ctx, &[file], &ImportOptions::default(), &mut |_| {})
        .await
        .expect("imported");
    assert!(report.is_complete(), "{:?}", report.refused);
}

async fn offers_of_bretagne(ctx: &Context) {
    let forms = [
        form("B-1", "Équipe mobile douleur", "douleur", "DOUL-13"),
        form(
            "B-2",
            "Équipe mobile de soins palliatifs",
            "soins-palliatifs",
            "PALL-03",
        ),
        form(
            "B-3",
            "Séances d'activité physique",
            "activite-physique",
            "APA-01",
        ),
    ];
    import_forms(ctx, &forms).await;
}

/// The whole list of 29 June 2026 as the Agence publishes it, made of the state before.
fn june_release(
    terminology: &Terminology,
    change: impl FnOnce(&mut Vec<Value>),
) -> Vec<ReleaseFile> {
    let known = terminology
        .value_set("TRE_R244-CategorieOrganisation")
        .expect("in use");
    let mut concepts: Vec<Value> = known
        .concepts()
        .iter()
        .map(|concept| {
            let status = if concept.validity.has_end() {
                "deprecated"
            } else {
                "active"
            };
            let mut properties = vec![json!({"code": "status", "valueCode": status})];
            if ["252", "265"].contains(&concept.code.as_str()) {
                properties = vec![
                    json!({"code": "dateFin", "valueDateTime": "2026-06-29T12:00:00+01:00"}),
                    json!({"code": "status", "valueCode": "deprecated"}),
                ];
            }
            json!({"code": concept.code, "display": concept.display, "property": properties})
        })
        .collect();
    change(&mut concepts);
    let release = json!({
        "resourceType": "CodeSystem", "url": R244, "version": "20260629120000",
        "name": "TRE_R244_CategorieOrganisation", "title": "Catégorie d'organisation",
        "status": "active", "content": "complete", "concept": concepts});
    vec![(
        "CodeSystem-TRE-R244.json".to_owned(),
        release.to_string().into_bytes(),
    )]
}

async fn prepared(ctx: &Context, files: Vec<ReleaseFile>) -> PreparedRelease {
    prepare_release(ctx, files)
        .await
        .unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

fn kind_of_offer(json: &str) -> Value {
    let offer: Value = serde_json::from_str(json).expect("JSON");
    offer["category"][0]["coding"][0]["code"].clone()
}

#[tokio::test]
async fn a_release_that_retires_two_codes_says_what_it_touches_before_the_switch() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    offers_of_bretagne(&ctx).await;
    let release = june_release(&ctx.terminology.load(), |_| {});
    let impact = prepared(&ctx, release).await.impact;

    let [list] = impact.lists.as_slice() else {
        panic!("{:?}", impact.lists);
    };
    let on = || Change::Retired {
        on: Some("2026-06-29".to_owned()),
    };
    let codes: Vec<_> = list
        .codes
        .iter()
        .map(|code| (code.code.as_str(), code.change.clone()))
        .collect();
    assert_eq!(codes, [("252", on()), ("265", on())]);

    let rows: Vec<_> = impact
        .rows
        .iter()
        .map(|row| (row.source.as_str(), row.code.as_str()))
        .collect();
    assert_eq!(rows, [("DOUL-13", "265"), ("PALL-03", "252")]);
    assert!(
        impact.rows[0].remaining.contains(&"R211:004".to_owned()),
        "{:?}",
        impact.rows
    );
    assert_eq!(impact.rows[0].file, "pivot/to-national.csv");
    assert!(impact.rows[0].line > 1);

    let offers: Vec<_> = impact
        .effects
        .offers
        .iter()
        .map(|offer| offer.id.as_str())
        .collect();
    assert_eq!(offers, ["offre-B-1", "offre-B-2"]);
    assert_eq!(impact.effects.offers[0].codes, [format!("{R244}|265")]);
    let searches: Vec<_> = impact
        .effects
        .searches
        .iter()
        .map(|one| (one.search.as_str(), one.found))
        .collect();
    let search = |code| format!("HealthcareService?service-category={R244}|{code}");
    assert_eq!(
        searches,
        [(search("252").as_str(), 1), (search("265").as_str(), 1)]
    );
    assert!(impact.effects.documents.is_empty());
    assert!(impact.faults.is_empty(), "{:?}", impact.faults);
    assert_eq!(*ctx.terminology.edition(), "", "nothing was switched");
    let json = serde_json::to_value(&impact).expect("it can be written");
    assert_eq!(json["lists"][0]["codes"][0]["change"], "retired");
    assert_eq!(json["offers"][0]["id"], "offre-B-1");
}

#[tokio::test]
async fn a_switch_is_seen_by_every_process_at_once_and_can_be_undone() {
    let region = Region::before_june().await;
    let (ctx, service) = (region.process().await, region.process().await);
    offers_of_bretagne(&ctx).await;
    assert_eq!(
        service.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Exact
    );
    let under_way = service.terminology.load();

    let release = june_release(&ctx.terminology.load(), |_| {});
    let ready = prepared(&ctx, release.clone()).await;
    let overtaken = prepared(&ctx, release).await;
    switch_release(&ctx, ready, "juin").await.expect("switched");
    let error = switch_release(&ctx, overtaken, "juin")
        .await
        .expect_err("weighed before");
    assert!(matches!(error, ReleaseError::Overtaken), "{error:?}");

    assert_eq!(
        service.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Exact
    );
    assert!(follow_releases(&service).await.expect("followed"));
    assert!(!follow_releases(&service).await.expect("once is enough"));
    assert_eq!(
        service.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Approximate
    );
    assert_eq!(
        under_way.coverage("DOUL-13", TODAY),
        Coverage::Exact,
        "a request keeps its state"
    );
    let later = region.process().await;
    assert_eq!(
        later.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Approximate
    );

    offers_of_bretagne(&service).await;
    let found = |id| {
        service
            .storage
            .find_resource(ResourceType::HealthcareService, id, Reader::Public)
    };
    let offer = found("offre-B-1").await.expect("read").expect("there");
    assert_eq!(
        kind_of_offer(&offer.json),
        Value::Null,
        "265 is sent no more"
    );
    assert!(
        offer.json.contains("mapping-loss"),
        "and the loss is declared"
    );

    let undone = undo_release(&ctx)
        .await
        .expect("undone")
        .expect("one was in force");
    assert_eq!(undone.label, "juin");
    assert!(follow_releases(&service).await.expect("followed"));
    assert_eq!(
        service.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Exact
    );
    assert_eq!(undo_release(&ctx).await.expect("asked"), None);
    let history = ctx.storage.list_national_releases().await.expect("read");
    assert_eq!(history.len(), 1, "what was undone is still told");
    assert!(history[0].undone_at.is_some());
}

async fn offer(ctx: &Context, id: &str) -> (i64, Value) {
    let kind = ResourceType::HealthcareService;
    let found = ctx.storage.find_resource(kind, id, Reader::Public).await;
    let found = found.expect("read").expect("there");
    (
        found.version,
        serde_json::from_str(&found.json).expect("JSON"),
    )
}

/// The offer without its stamps.
fn content(mut offer: Value) -> Value {
    let meta = offer["meta"].as_object_mut().expect("stamped");
    meta.remove("versionId");
    meta.remove("lastUpdated");
    offer
}

#[tokio::test]
async fn offers_that_are_kept_follow_a_switch_and_come_back_when_it_is_undone() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    offers_of_bretagne(&ctx).await;
    let before = realign_offers(&ctx).await.expect("aligned");
    assert_eq!(
        (before.looked_at, before.changed),
        (3, 0),
        "an import maps its offers already"
    );
    assert_eq!(
        realign_offers(&ctx).await.expect("aligned"),
        Realigned::default()
    );
    let kept = [
        offer(&ctx, "offre-B-1").await,
        offer(&ctx, "offre-B-2").await,
    ];

    let release = june_release(&ctx.terminology.load(), |_| {});
    let ready = prepared(&ctx, release).await;
    switch_release(&ctx, ready, "juin").await.expect("switched");
    let done = realign_offers(&ctx).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed, done.restored), (3, 2, 0));
    for (id, (version, _)) in ["offre-B-1", "offre-B-2"].into_iter().zip(&kept) {
        let (now, aligned) = offer(&ctx, id).await;
        assert_eq!(now, version + 1, "{id}: the version before is kept");
        assert_eq!(aligned["category"], Value::Null, "{id}");
        assert!(aligned.to_string().contains("mapping-loss"), "{id}");
    }
    let (untouched, _) = offer(&ctx, "offre-B-3").await;
    assert_eq!(untouched, 1);

    undo_release(&ctx).await.expect("undone");
    let done = realign_offers(&ctx).await.expect("aligned");
    assert_eq!((done.changed, done.restored), (2, 2));
    for (id, (version, before)) in ["offre-B-1", "offre-B-2"].into_iter().zip(kept) {
        let (now, restored) = offer(&ctx, id).await;
        assert_eq!(now, version + 2, "{id}: nothing is deleted");
        assert_eq!(content(restored), content(before), "{id}");
    }
    assert_eq!(
        realign_offers(&ctx).await.expect("aligned"),
        Realigned::default()
    );
}

#[tokio::test]
async fn an_import_that_a_switch_overtook_is_followed_by_a_pass() {
    let region = Region::before_june().await;
    let (importing, service) = (region.process().await, region.process().await);
    let release = june_release(&service.terminology.load(), |_| {});
    let ready = prepared(&service, release).await;
    switch_release(&service, ready, "juin")
        .await
        .expect("switched");
    realign_offers(&service).await.expect("aligned");
    offers_of_bretagne(&importing).await;
    let code = |offer: Value| offer["category"][0]["coding"][0]["code"].clone();
    let (_, written) = offer(&service, "offre-B-1").await;
    assert_eq!(code(written), "265", "it still had the lists of before");
    let done = realign_offers(&service).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed), (3, 2));
    let (_, aligned) = offer(&service, "offre-B-1").await;
    assert_eq!(code(aligned), Value::Null);
    assert_eq!(
        realign_offers(&service).await.expect("aligned"),
        Realigned::default()
    );
}

/// `passerelle` with these lists over the database of a folder, in English.
fn command(lists: &Path, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let database = format!("sqlite://{}", folder.join("passerelle.db").display());
    let output = Command::new(env!("CARGO_BIN_EXE_passerelle"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("PASSERELLE_CONFIG")
        .env("PASSERELLE_DATABASE__URL", database)
        .env("PASSERELLE_TERMINOLOGY__MAPPINGS_FOLDER", lists)
        .env("LC_ALL", "en_GB.UTF-8")
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().expect("it ended by itself"),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[tokio::test]
async fn the_commands_answer_from_the_lists_that_the_database_was_switched_to() {
    let region = Region::before_june().await;
    let folder = tempfile::tempdir().expect("a folder");
    let known = region.process().await.terminology.load();
    let (name, bytes) = june_release(&known, |_| {}).remove(0);
    fs::write(folder.path().join(&name), bytes).expect("written");
    let run = |arguments: &[&str]| command(region.folder.path(), folder.path(), arguments);
    let translate = ["translate", "DOUL-13", "--from", "pivot", "--to", "R244"];
    let check = ["mapping", "check", "--on", "2026-11-24"];

    assert_eq!(run(&["migrate"]).0, 0);
    let (code, answer, said) = run(&translate);
    assert_eq!(code, 0, "{said}");
    assert!(answer.contains("265"), "{answer}");
    assert!(said.contains("no release was switched to"), "{said}");
    let (_, _, before) = run(&check);
    assert!(!before.contains("MAP-DATE"), "{before}");

    let (code, _, said) = run(&["mapping", "switch", "--release", &name]);
    assert_eq!(code, 0, "{said}");
    let (_, answer, said) = run(&translate);
    assert!(said.contains(&name), "the lists in use are named: {said}");
    assert!(answer.contains("2026-06-29"), "265 has ended: {answer}");
    let (code, _, after) = run(&check);
    assert_eq!(code, 0, "an end is a warning: {after}");
    assert!(after.contains("MAP-DATE"), "{after}");

    assert_eq!(run(&["mapping", "undo"]).0, 0);
    let (_, answer, _) = run(&translate);
    assert!(!answer.contains("2026-06-29"), "{answer}");
    let (_, _, again) = run(&check);
    assert!(!again.contains("MAP-DATE"), "{again}");
}

#[tokio::test]
async fn a_pass_that_was_interrupted_is_gone_on_with_by_another_process() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    offers_of_bretagne(&ctx).await;
    let release = june_release(&ctx.terminology.load(), |_| {});
    let ready = prepared(&ctx, release).await;
    switch_release(&ctx, ready, "juin").await.expect("switched");
    let mut writing = ctx.storage.begin_write().await.expect("begun");
    let (edition, day) = (ctx.terminology.edition(), "2026-11-23");
    let after = writing.take_up_realignment(&edition, day).await;
    assert_eq!(after.expect("taken up"), "");
    writing.note_realignment("offre-B-1").await.expect("noted");
    writing.commit().await.expect("kept");
    let other = region.process().await;
    let done = realign_offers(&other).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed), (2, 1), "the rest alone");
}

#[tokio::test]
async fn a_code_is_sent_until_the_eve_of_the_day_on_which_it_ends() {
    let region = Region::before_june().await;
    let path = region.folder.path().join(R244_FILE);
    let text = fs::read_to_string(&path).expect("text");
    let ends = text.replace(",active,2025-04-25,", ",deprecated,2025-04-25,2026-11-25");
    assert_ne!(text, ends);
    fs::write(&path, ends).expect("written");
    let on = async |day| {
        let clock = Clock::Fixed(day);
        context(&region.settings, region.database.storage.clone(), clock)
            .await
            .expect("the folder has no fault")
    };
    let eve = on(datetime!(2026-11-24 09:00 UTC)).await;
    offers_of_bretagne(&eve).await;
    assert_eq!(
        offer(&eve, "offre-B-1").await.1["category"][0]["coding"][0]["code"],
        "265"
    );
    assert_eq!(realign_offers(&eve).await.expect("aligned").changed, 0);
    let last = on(datetime!(2026-11-25 00:00 UTC)).await;
    let done = realign_offers(&last).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed), (3, 1));
    assert_eq!(offer(&last, "offre-B-1").await.1["category"], Value::Null);
}

#[tokio::test]
async fn both_states_of_a_list_answer_when_their_version_is_asked_for() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    let release = june_release(&ctx.terminology.load(), |_| {});
    let ready = prepared(&ctx, release).await;
    switch_release(&ctx, ready, "juin").await.expect("switched");
    let service = Service::over(region.database, ctx, Secrets::default());
    let ask = async |version: &str| {
        let path = format!(
            "/fhir/CodeSystem/$lookup?system={R244}&version={version}&code=265&property=inactive"
        );
        let answer = service.get(&path).await;
        serde_json::from_slice::<Value>(&answer.body).expect("JSON")
    };
    for (version, is_inactive) in [("20260505120000", false), ("20260629120000", true)] {
        let answer = ask(version).await;
        let parts = answer["parameter"].as_array().expect("parameters").iter();
        let property = parts
            .filter(|part| part["name"] == "property")
            .map(|part| part["part"].to_string())
            .find(|part| part.contains("inactive"))
            .expect("told");
        assert!(
            property.contains(&format!("\"valueBoolean\":{is_inactive}")),
            "{answer}"
        );
        let found = service
            .get(&format!("/fhir/CodeSystem?url={R244}&version={version}"))
            .await;
        let bundle: Value = serde_json::from_slice(&found.body).expect("JSON");
        assert_eq!(bundle["total"], 1, "{version}");
        let id = bundle["entry"][0]["resource"]["id"]
            .as_str()
            .expect("an id");
        let read = service.get(&format!("/fhir/CodeSystem/{id}")).await;
        let read: Value = serde_json::from_slice(&read.body).expect("JSON");
        assert_eq!(read["version"], version);
    }
    let unknown = ask("19990101").await;
    let told = unknown.to_string();
    assert!(
        told.contains("20260505120000") && told.contains("20260629120000"),
        "the versions that are here are named: {told}"
    );
}

#[tokio::test]
async fn the_page_of_an_impact_says_what_the_command_says() {
    let mut region = Region::before_june().await;
    region.settings.terminology.max_release_bytes = 5_000_000;
    let ctx = region.process().await;
    offers_of_bretagne(&ctx).await;
    let release = june_release(&ctx.terminology.load(), |_| {});
    let (_, bytes) = release[0].clone();
    let service = Service::over(region.database, ctx, Secrets::default());
    let form = |bytes: &[u8]| {
        let mut body = b"--x\r\nContent-Disposition: form-data; name=\"fichiers\"; \
            filename=\"juin.json\"\r\nContent-Type: application/json\r\n\r\n"
            .to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        body
    };
    let send = async |bytes: &[u8]| {
        let kind = "multipart/form-data; boundary=x";
        service
            .post("/pilotage/nomenclatures", kind, form(bytes))
            .await
    };
    let page = send(&bytes).await;
    assert_eq!(page.status, 200);
    let page = page.text();
    for told in [
        "juin.json",
        "retiré le 2026-06-29",
        "pivot/to-national.csv:",
        "Équipe mobile douleur",
        "/offres/offre-B-2",
        "HealthcareService?service-category=",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let cut = send(&bytes[..bytes.len() / 2]).await;
    assert_eq!(cut.status, 422);
    assert!(
        cut.text().contains("MAP-RELEASE"),
        "the place and the cure are told"
    );
    let large = send(&vec![b' '; 5_200_000]).await;
    assert_eq!(large.status, 413);

    let ctx = &service.context;
    assert!(
        ctx.storage
            .list_national_releases()
            .await
            .expect("read")
            .is_empty()
    );
    let ready = prepared(ctx, release).await;
    let question = format!("/fhir/CodeSystem/$lookup?system={R244}&code=252");
    let before = service.get(&question).await.json();
    let switched = switch_release(ctx, ready, "juin").await.expect("switched");
    let list = service.get("/pilotage/nomenclatures").await.text();
    assert!(
        list.contains(&switched.id) && list.contains("juin"),
        "{list}"
    );
    let kept = service
        .get(&format!("/pilotage/nomenclatures/{}", switched.id))
        .await
        .text();
    assert!(kept.contains("Équipe mobile douleur"), "{kept}");
    // The question was put before the switch.
    assert_ne!(service.get(&question).await.json(), before);
    undo_release(ctx).await.expect("undone");
    assert_eq!(service.get(&question).await.json(), before);
    let absent = service.get("/pilotage/nomenclatures/x").await;
    assert_eq!(absent.status, 404);
}

#[tokio::test]
async fn a_faulty_release_never_replaces_a_good_one() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    let good = june_release(&ctx.terminology.load(), |_| {});
    let (name, bytes) = good[0].clone();
    let cut = vec![(name.clone(), bytes[..bytes.len() / 2].to_vec())];
    // A code that a row leads to is gone, though the rest is there.
    let gone = june_release(&ctx.terminology.load(), |concepts| {
        concepts.retain(|concept| concept["code"] != "126");
    });
    assert!(matches!(
        prepare_release(&ctx, cut).await,
        Err(ReleaseError::Refused(faults)) if faults[0].file == name
    ));
    let ready = prepared(&ctx, gone).await;
    let faults: Vec<_> = ready
        .impact
        .faults
        .iter()
        .map(|fault| fault.finding.rule)
        .collect();
    assert_eq!(faults, ["MAP-GONE"; 3], "one a row");
    let refused = switch_release(&ctx, ready, "x").await.expect_err("refused");
    assert!(matches!(refused, ReleaseError::Refused(_)));
    assert_eq!(*ctx.terminology.edition(), "");
    assert!(
        ctx.storage
            .list_national_releases()
            .await
            .expect("read")
            .is_empty()
    );
    assert_eq!(
        ctx.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Exact
    );
}

#[tokio::test]
async fn an_update_of_the_folder_is_not_held_back_by_a_release_of_before() {
    let region = Region::before_june().await;
    let ctx = region.process().await;
    let release = june_release(&ctx.terminology.load(), |_| {});
    let ready = prepared(&ctx, release).await;
    switch_release(&ctx, ready, "juin").await.expect("switched");
    let file = region.folder.path().join(R244_FILE);
    let newer = fs::read_to_string(&file)
        .expect("text")
        .replace("# version: 20260505120000", "# version: 20260730120000");
    fs::write(&file, newer).expect("written");
    let later = region.process().await;
    assert_eq!(
        later.terminology.load().coverage("DOUL-13", TODAY),
        Coverage::Exact
    );
}

#[test]
fn a_release_of_a_hundred_megabytes_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = fs::File::create(folder.path().join("a.json")).expect("made");
    file.set_len(100_000_000).expect("a sparse file");
    let limit = config::load(None)
        .expect("the defaults fit")
        .terminology
        .max_release_bytes;
    let error = read_release_files(folder.path(), limit).expect_err("too large");
    assert!(
        error.to_string().contains("terminology.max_release_bytes"),
        "{error}"
    );
    let absent = read_release_files(Path::new("/nowhere/x.json"), limit).expect_err("absent");
    assert!(matches!(absent, ReleaseError::Unreadable { .. }));
}
