//! What surrounds the search of the public: selection, reported errors, files, search engines, other
//! sites, statistics.

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};

use crate::{
    pages::{Site, yoga},
    service::Answer,
};

async fn get(site: &Site, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    site.service.send(request).await
}

async fn report(site: &Site, id: &str, fields: &str) -> Answer {
    let request = Request::post(format!("/offres/{id}/signaler"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(fields.to_owned()))
        .expect("a request");
    site.service.send(request).await
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().expect("ASCII"))
}

#[tokio::test]
async fn a_selection_is_an_address_a_page_and_a_file() {
    let site = Site::with(&[yoga()], 0).await;
    let page = get(
        &site,
        "/selection?offre=offre-YOGA-1&offre=offre-YOGA-1&offre=gone&offre=%3Cb%3E",
    )
    .await;
    let words = page.text();
    assert_eq!(
        words
            .matches("<h2><a href=\"/offres/offre-YOGA-1\"")
            .count(),
        1,
        "{words}"
    );
    assert!(words.contains("ne sont plus proposées :") && words.contains("12 rue des Tilleuls"));
    let file = get(&site, "/selection.pdf?offre=offre-YOGA-1").await;
    assert_eq!(text(&file.headers, header::CONTENT_TYPE), "application/pdf");
    assert!(file.body.starts_with(b"%PDF-1.4"));
    let again = get(&site, "/selection.pdf?offre=offre-YOGA-1").await;
    assert_eq!(file.body, again.body, "the same offers make the same file");
    assert_eq!(get(&site, "/selection").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_error_that_a_visitor_reports_waits_until_somebody_closes_it() {
    let site = Site::with(&[yoga()], 0).await;
    let form = get(&site, "/offres/offre-YOGA-1/signaler").await;
    assert_eq!(form.status, StatusCode::OK);
    let message = "message=%3Cscript%3Ealert(1)%3C%2Fscript%3E&contact=a%40b.invalid";
    let sent = report(&site, "offre-YOGA-1", &format!("objet=ferme&{message}")).await;
    assert!(sent.text().contains("Merci"), "{}", sent.text());
    let again = report(&site, "offre-YOGA-1", &format!("objet=ferme&{message}")).await;
    assert_eq!(again.status, StatusCode::OK);
    let trapped = report(
        &site,
        "offre-YOGA-1",
        "objet=lieu&site_internet=http%3A%2F%2Fspam",
    )
    .await;
    assert!(trapped.text().contains("Merci"));
    for (id, fields, status) in [
        (
            "offre-YOGA-1",
            "objet=autre",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "offre-YOGA-1",
            "objet=nonsense&message=a",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("nobody", "objet=ferme", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(report(&site, id, fields).await.status, status, "{fields}");
    }
    let (open, count) = site
        .service
        .context
        .storage
        .list_open_error_reports()
        .await
        .expect("read");
    assert_eq!(
        (open.len(), count),
        (1, 1),
        "the same words stand once, a program's nowhere"
    );
    let page = get(&site, "/pilotage/annuaire").await.text();
    assert!(
        page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>"),
        "{page}"
    );
    for number in 0..6 {
        let answer = report(
            &site,
            "offre-YOGA-1",
            &format!("objet=autre&message=m{number}"),
        )
        .await;
        let expected = if number < 4 {
            StatusCode::OK
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "{number}");
    }
    let close = Request::post(format!("/pilotage/annuaire/signalements/{}", open[0].id))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("auteur=Claude+Exemple"))
        .expect("a request");
    assert_eq!(site.service.send(close).await.status, StatusCode::SEE_OTHER);
    let (_, count) = site
        .service
        .context
        .storage
        .list_open_error_reports()
        .await
        .expect("read");
    assert_eq!(count, 4);
}

#[tokio::test]
async fn an_error_report_of_another_site_is_refused() {
    let site = Site::with(&[yoga()], 0).await;
    let request = Request::post("/offres/offre-YOGA-1/signaler")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("objet=ferme"))
        .expect("a request");
    assert_eq!(
        site.service.send(request).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_files_hold_what_the_public_may_read_and_nothing_more() {
    let mut other = yoga();
    other.offre_identifiant = "PAROLE-1".into();
    other.offre_nom = "=Groupe; de \"parole\"".into();
    other.categorie = "PSY".into();
    other.types_de_soin = "PSY-01".into();
    let site = Site::with(&[yoga(), other], 0).await;
    let csv = get(&site, "/donnees/offres.csv?categorie=PSY").await.text();
    assert!(csv.starts_with("\u{feff}\"offre_id\";"), "{csv}");
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("\"'=Groupe; de \"\"parole\"\"\""), "{csv}");
    let ods = get(&site, "/donnees/offres.ods").await;
    assert_eq!(&ods.body[30..38], b"mimetype");
    let open = get(&site, "/donnees/soins-de-support.csv").await;
    assert!(text(&open.headers, header::LINK).contains("rel=\"license\""));
    let words = open.text();
    let mut reader = csv::Reader::from_reader(words.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .expect("a head")
        .iter()
        .map(str::to_owned)
        .collect();
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 2);
    let package = get(&site, "/donnees/datapackage.json").await.json();
    let fields = package["resources"][0]["schema"]["fields"]
        .as_array()
        .expect("fields");
    let described: Vec<&str> = fields
        .iter()
        .filter_map(|field| field["name"].as_str())
        .collect();
    assert_eq!(names, described, "the schema names the columns");
    assert_eq!(package["licenses"][0]["name"], "etalab-2.0");
    let bundle = get(&site, "/donnees/offres.fhir.json").await.json();
    let kinds: Vec<&str> = bundle["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["resource"]["resourceType"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "Organization",
            "Location",
            "HealthcareService",
            "HealthcareService"
        ]
    );
    for file in [csv, words, bundle.to_string()] {
        assert!(!file.contains("secret@"));
    }
    assert_eq!(get(&site, "/donnees").await.status, StatusCode::OK);
}

#[tokio::test]
async fn search_engines_find_every_offer_and_what_it_is() {
    let site = Site::with(&[yoga()], 0).await;
    let robots = get(&site, "/robots.txt").await.text();
    let map = robots
        .lines()
        .find_map(|line| line.strip_prefix("Sitemap: "))
        .expect("named");
    assert!(
        map.starts_with("http") && map.ends_with("/sitemap.xml"),
        "{map}"
    );
    let index = get(&site, "/sitemap.xml").await.text();
    assert!(index.contains("/sitemaps/1.xml</loc>"), "{index}");
    let map = get(&site, "/sitemaps/1.xml").await.text();
    assert!(
        map.contains("/offres/offre-YOGA-1</loc><lastmod>2025-10-05</lastmod>"),
        "{map}"
    );
    for absent in ["/sitemaps/2.xml", "/sitemaps/0.xml", "/sitemaps/x"] {
        assert_eq!(
            get(&site, absent).await.status,
            StatusCode::NOT_FOUND,
            "{absent}"
        );
    }
    for (path, kind) in [
        ("/offres/offre-YOGA-1", "Service"),
        ("/structures/eg-750100125", "MedicalOrganization"),
    ] {
        let page = get(&site, path).await.text();
        let data = page
            .split("<script type=\"application/ld+json\">")
            .nth(1)
            .expect("data");
        let data = data.split("</script>").next().expect("an end");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["@type"], kind, "{path}");
        assert!(
            data["url"].as_str().is_some_and(|url| url.ends_with(path)),
            "{data}"
        );
    }
}

#[tokio::test]
async fn only_the_integration_may_be_framed_by_others() {
    let site = Site::with(&[yoga()], 0).await;
    for (path, framed) in [
        ("/integration/offres?departement=29", true),
        ("/integration", false),
        ("/offres", false),
        ("/offres/offre-YOGA-1", false),
        ("/pilotage/annuaire", false),
    ] {
        let answer = get(&site, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let policy = text(&answer.headers, header::CONTENT_SECURITY_POLICY);
        assert_eq!(
            policy.contains("frame-ancestors *"),
            framed,
            "{path}: {policy}"
        );
        assert_eq!(policy.contains("frame-ancestors 'none'"), !framed, "{path}");
    }
}

#[tokio::test]
async fn the_network_sees_what_is_searched_for_in_vain_and_not_by_whom() {
    let site = Site::with(&[yoga()], 0).await;
    for _ in 0..3 {
        get(&site, "/offres?categorie=FERT&departement=29&q=rareword").await;
    }
    get(&site, "/offres?categorie=APA").await;
    passerelle::flows::write_search_counts(&site.service.context)
        .await
        .expect("written");
    let page = get(&site, "/pilotage/annuaire?lang=fr").await.text();
    assert!(
        page.contains("Préservation de la fertilité – 29</th><td class=\"number\">3</td>"),
        "{page}"
    );
    assert!(
        !page.contains("rareword"),
        "a word of few searches is not told"
    );
    for _ in 0..2 {
        get(&site, "/offres?q=rareword").await;
    }
    passerelle::flows::write_search_counts(&site.service.context)
        .await
        .expect("written");
    let page = get(&site, "/pilotage/annuaire?lang=fr").await.text();
    assert!(
        page.contains("rareword</th><td class=\"number\">5</td>"),
        "{page}"
    );
}
