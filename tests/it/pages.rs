//! The public pages through their real router.

use std::fs;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use passerelle::{
    api::Secrets,
    demo,
    directory::{OfferForm, write_header, write_offer_form},
    flows::{ImportOptions, import},
};

use crate::{context::bretagne, database::TestDatabase, service::Service};

pub struct Site {
    pub service: Service,
}

impl Site {
    pub async fn with(offers: &[OfferForm], generated: usize) -> Self {
        let database = TestDatabase::migrated().await;
        let context = bretagne(&database.storage);
        let folder = tempfile::tempdir().expect("a folder");
        if generated > 0 {
            let plan = demo::Plan {
                structures: 15,
                offers: generated,
                ..demo::Plan::default()
            };
            demo::write(plan, folder.path()).expect("written");
        }
        let mut rows = Vec::new();
        write_header(&mut rows).expect("in memory");
        for offer in offers {
            write_offer_form(&mut rows, offer).expect("in memory");
        }
        fs::write(folder.path().join("known.csv"), rows).expect("written");
        let mut paths = vec![folder.path().join("known.csv")];
        if generated > 0 {
            paths.push(folder.path().join("offers.csv"));
        }
        let report = import(&context, &paths, &ImportOptions::default(), &mut |_| {})
            .await
            .expect("imported");
        assert!(report.is_complete(), "{} refused", report.refused_count);
        Self {
            service: Service::over(database, context, Secrets::default()),
        }
    }

    /// Changes one element of an offer, as the interface of the network does.
    async fn change(&self, id: &str, element: &str, value: serde_json::Value) {
        let patch = serde_json::json!([{"op": "replace", "path": element, "value": value}]);
        let request = Request::patch(format!("/fhir/HealthcareService/{id}"))
            .header(header::CONTENT_TYPE, "application/json-patch+json")
            .body(Body::from(patch.to_string()))
            .expect("a request");
        let answer = self.service.send(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    async fn page(&self, path: &str, language: &str) -> (StatusCode, String) {
        let request = Request::get(path)
            .header(header::ACCEPT_LANGUAGE, language)
            .body(Body::empty())
            .expect("a request");
        let answer = self.service.send(request).await;
        (answer.status, answer.text())
    }
}

pub fn yoga() -> OfferForm {
    OfferForm {
        structure_finess: "750100125".into(),
        structure_nom: "Maison des <Abers> & Cie (fictive)".into(),
        adresse: "12 rue des Tilleuls".into(),
        code_postal: "29200".into(),
        commune: "Brest".into(),
        commune_insee: "29019".into(),
        telephone: "0299000001".into(),
        messagerie_securisee: "secret@exemple.mssante.fr".into(),
        site_web: "https://exemple.invalid/yoga".into(),
        offre_identifiant: "YOGA-1".into(),
        offre_nom: "Yoga \"doux\"".into(),
        categorie: "APA".into(),
        types_de_soin: "APA-05".into(),
        description: "Pour reprendre confiance.".into(),
        publics: "Patients".into(),
        ages: "18+".into(),
        phases: "Après traitement".into(),
        cout: "gratuit".into(),
        verifie_le: "2025-10-05".into(),
        ..OfferForm::default()
    }
}

#[tokio::test]
async fn the_search_page_shows_an_offer_and_escapes_its_words() {
    let site = Site::with(&[yoga()], 0).await;
    let (status, page) = site.page("/offres?q=yoga+brest&departement=29", "fr").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!page.contains("<Abers>") && !page.contains("secret@"));
    insta::assert_snapshot!(page);
}

#[tokio::test]
async fn the_page_of_an_offer_says_all_that_the_public_may_know() {
    let site = Site::with(&[yoga()], 0).await;
    let (status, page) = site.page("/offres/offre-YOGA-1", "fr").await;
    assert_eq!(status, StatusCode::OK);
    for words in [
        "12 rue des Tilleuls",
        "02\u{a0}99\u{a0}00\u{a0}00\u{a0}01",
        "à partir de 18 ans",
        "attend d'être vérifiée",
        "Pour reprendre confiance.",
    ] {
        let escaped = words.replace('\'', "&#39;");
        assert!(
            page.contains(words) || page.contains(&escaped),
            "{words}: {page}"
        );
    }
    assert!(!page.contains("secret@"));
    let (status, page) = site.page("/offres/nobody", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("This offer does not exist"));
    assert_eq!(
        site.page("/offres/%ff", "fr").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_empty_answer_offers_ways_out_in_the_language_of_the_visitor() {
    let site = Site::with(&[yoga()], 0).await;
    let (_, page) = site
        .page("/offres?q=zzz&categorie=PALL&departement=56", "en")
        .await;
    assert!(page.contains("<html lang=\"en\">"));
    assert!(page.contains("No offer found"));
    assert!(page.contains("Without any filter</a> : 1 offer"), "{page}");
    let (_, page) = site
        .page("/offres?q=yoga&departement=56&categorie=APA", "en")
        .await;
    assert!(
        page.contains("href=\"/offres?q=yoga&#38;categorie=APA\">Without the filter « Department »</a> : 1 offer"),
        "{page}"
    );
    let (_, page) = site.page("/offres?q=zzz&lang=fr", "en").await;
    assert!(page.contains("<html lang=\"fr\">"));
    assert!(
        page.contains("href=\"/offres?lang=fr\">Sans les mots « zzz »</a> : 1 offre"),
        "{page}"
    );
}

#[tokio::test]
async fn pages_of_results_lead_to_every_offer_and_weigh_little() {
    let site = Site::with(&[], 50).await;
    let mut path = "/".to_owned();
    let mut offers = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let (status, page) = site.page(&path, "fr").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.len() < 100_000, "{} bytes", page.len());
        assert!(page.contains("50 offres"));
        let links = page.split("<h3><a href=\"").skip(1);
        offers.extend(links.filter_map(|link| link.split('"').next().map(str::to_owned)));
        pages += 1;
        let next = page.split("rel=\"next\" href=\"").nth(1);
        let Some(next) = next.and_then(|link| link.split('"').next()) else {
            break;
        };
        path = next.replace("&#38;", "&");
    }
    assert_eq!((pages, offers.len()), (3, 50));
}

#[tokio::test]
async fn pages_carry_their_policy_and_load_nothing_from_elsewhere() {
    let site = Site::with(&[yoga()], 0).await;
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let answer = site.service.send(request).await;
    let policy = &answer.headers[header::CONTENT_SECURITY_POLICY];
    assert!(
        policy
            .to_str()
            .is_ok_and(|policy| policy.starts_with("default-src 'none'"))
    );
    let (_, page) = site.page("/", "fr").await;
    assert!(!page.contains("<script>") && !page.contains(" style="));
    for source in page.split("src=\"").skip(1) {
        assert!(source.starts_with('/'), "{source}");
    }
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_search_and_a_withdrawn_offer_by_none() {
    let site = Site::with(&[yoga()], 0).await;
    let (_, page) = site.page("/offres?q=yoga", "fr").await;
    assert!(page.contains("1 offre"), "{page}");
    site.change("offre-YOGA-1", "/name", "Sophrologie".into())
        .await;
    let (_, page) = site.page("/offres?q=sofrologie", "fr").await;
    assert!(
        page.contains("1 offre") && page.contains("voici les offres pour « sophrologie »"),
        "{page}"
    );
    site.change("offre-YOGA-1", "/active", false.into()).await;
    let (_, page) = site.page("/offres?q=sophrologie", "fr").await;
    assert!(page.contains("Aucune offre trouvée"), "{page}");
    for path in ["/offres/offre-YOGA-1", "/structures/eg-750100125"] {
        assert_eq!(
            site.page(path, "fr").await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn filters_distance_and_words_of_a_region_narrow_the_search() {
    let mut far = yoga();
    far.offre_identifiant = "PAROLE-1".into();
    far.offre_nom = "Groupe de parole".into();
    far.categorie = "PSY".into();
    far.types_de_soin = "PSY-01".into();
    far.commune = "Rennes".into();
    far.code_postal = "35000".into();
    far.commune_insee = "35238".into();
    far.structure_finess = "290000017".into();
    far.latitude = "48.1113".into();
    far.longitude = "-1.6800".into();
    far.cout = "reste à charge".into();
    let mut near = yoga();
    near.latitude = "48.3904".into();
    near.longitude = "-4.4861".into();
    let site = Site::with(&[near, far], 0).await;
    for (search, name, other) in [
        ("cout=GRATUIT", "Yoga", "Groupe de parole"),
        ("departement=35", "Groupe de parole", "Yoga"),
        ("categorie=PSY&soin=PSY-01", "Groupe de parole", "Yoga"),
        (
            "phase=PHA-APRES&age=AGE-PA&pres=brest&rayon=10",
            "Yoga",
            "Groupe de parole",
        ),
        ("position=48.10,-1.70", "Groupe de parole", "Yoga"),
        ("q=psycho-oncologie+renes", "Groupe de parole", "Yoga"),
    ] {
        let (status, page) = site.page(&format!("/offres?{search}"), "fr").await;
        assert_eq!(status, StatusCode::OK);
        let cards = page.split("class=\"cards\"").nth(1).expect("a list");
        assert!(
            cards.contains(name) && !cards.contains(other),
            "{search}: {page}"
        );
    }
    let (_, page) = site
        .page("/offres?pres=Quimper&rayon=100&vue=carte", "fr")
        .await;
    assert!(
        page.contains("<circle") && page.contains("<polygon"),
        "{page}"
    );
    let (_, page) = site.page("/offres?pres=Nulle+Part+Ailleurs", "fr").await;
    assert!(
        page.contains("Nous ne connaissons pas la commune"),
        "{page}"
    );
}

#[tokio::test]
async fn absurd_addresses_get_a_page_and_no_script() {
    let site = Site::with(&[yoga()], 0).await;
    let long = "a".repeat(15_000);
    for query in [
        "q=<script>alert(1)</script>&pres=%22%3E%3Cscript%3E&categorie=<b>",
        "position=NaN,inf&rayon=-3&suite=%00~%00~%00&vue=%3Cscript%3E",
        "categorie=&categorie=&&&=&q",
        &format!("q={long}&pres={long}&suite={long}"),
        &"public=PUB-PATIENT&".repeat(2_000),
    ] {
        let query = query.replace('<', "%3C").replace('>', "%3E");
        let (status, page) = site.page(&format!("/offres?{query}"), "fr").await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("<script>") && page.len() < 100_000);
    }
    let (status, _) = site.page("/offres?q=%ff", "fr").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
