//! The space of referents and validators, as a browser uses it: getting in, an application from the form to
//! its publication, and everything that is refused.

use std::{net::Ipv4Addr, sync::Arc};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use passerelle::{
    clock::Clock,
    config::TlsMode,
    flows::{
        Deed, MailWay, Proof, act, open_account, open_session, run_calendar, send_governance_notice,
    },
    governance::{Act, Author, Body as Validator, Listing, Role, Standing},
    identifiers::{MssanteAddress, TrustedDomains},
    ids::Ids,
    mssante::{
        login::Login,
        maildir::Maildir,
        smtp::SmtpClient,
        smtp_sink::SmtpSink,
        tls::{Patience, ServerSettings},
    },
    storage::Reader,
};
use tokio_util::sync::CancellationToken;

use crate::service::{Answer, Service, settings};

const FINESS: &str = "290000017";
const STRUCTURE: &str = "eg-290000017";
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// The form was taken: the browser is sent to the page that follows.
#[track_caller]
fn assert_went_on(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

/// Somebody's browser.
struct Browser<'s> {
    service: &'s Service,
    cookie: String,
    form_token: String,
    account_id: String,
}

impl<'s> Browser<'s> {
    /// Somebody who is in.
    async fn of(service: &'s Service, mail: &str, name: &str, role: Role, territory: &str) -> Self {
        let context = &service.context;
        let address = mail.parse().expect("an address");
        let id = open_account(context, &address, name, role, territory)
            .await
            .expect("opened");
        let account = context
            .storage
            .find_account(&id)
            .await
            .expect("read")
            .expect("there");
        let opened = open_session(context, account, Proof::MailLink)
            .await
            .expect("in");
        let mut browser = Self {
            service,
            cookie: format!("passerelle_espace={}", opened.token),
            form_token: String::new(),
            account_id: id,
        };
        let home = browser.get("/espace").await;
        browser.form_token = token_in(&home.text());
        browser
    }

    async fn get(&self, address: &str) -> Answer {
        let request = Request::get(address)
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty())
            .expect("a request");
        self.service.send(request).await
    }

    async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = format!("jeton={}", self.form_token);
        for (name, value) in fields {
            form.push_str(&format!("&{name}={}", encoded(value)));
        }
        self.post_raw(
            address,
            "application/x-www-form-urlencoded",
            form.into_bytes(),
        )
        .await
    }

    async fn post_raw(&self, address: &str, media_type: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(address)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, media_type)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request");
        self.service.send(request).await
    }

    async fn attach(&self, version: &str, name: &str, bytes: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (field, value) in [
            ("jeton", self.form_token.as_str()),
            ("version", version),
            ("critere", "statutes"),
        ] {
            body.extend(
                format!(
                    "--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"{name}\"\r\n\r\n").bytes());
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        let address = format!("/espace/structures/{STRUCTURE}/pieces");
        self.post_raw(&address, "multipart/form-data; boundary=b", body)
            .await
    }

    async fn decide(&self, act: &str) -> Answer {
        let seen = listing(self.service).await.version;
        self.decide_on(seen, act).await
    }

    /// Decides on what was seen at that version.
    async fn decide_on(&self, seen: i64, act: &str) -> Answer {
        let version = seen.to_string();
        let mut fields = vec![("version", version.as_str()), ("acte", act)];
        let names: Vec<String> = passerelle::governance::Criterion::ALL
            .iter()
            .map(|criterion| format!("critere-{}", criterion.as_str()))
            .collect();
        fields.extend(names.iter().map(|name| (name.as_str(), "oui")));
        self.post(&format!("/espace/structures/{STRUCTURE}/actes"), &fields)
            .await
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn token_in(page: &str) -> String {
    value_in(page, "name=\"jeton\" value=\"")
}

fn value_in(page: &str, before: &str) -> String {
    let at = page
        .find(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"));
    page[at + before.len()..]
        .chars()
        .take_while(|c| *c != '"')
        .collect()
}

async fn listing(service: &Service) -> Listing {
    let events = service
        .context
        .storage
        .list_events(STRUCTURE)
        .await
        .expect("read");
    Listing::of_events(STRUCTURE, &events)
}

/// The fields of a whole application.
fn whole() -> Vec<(&'static str, &'static str)> {
    vec![
        ("structure_nom", "Association Les Hortensias (fictive)"),
        ("structure_type", "STR-ASSO"),
        ("is_recognised", "oui"),
        ("adresse", "3 rue des Essais"),
        ("code_postal", "29200"),
        ("commune", "Brest"),
        ("commune_insee", "29019"),
        ("telephone", "0298000000"),
        ("referent_name", "Camille Exemple"),
        ("referent_function", "coordinatrice"),
        ("referent_phone", "0298000001"),
        ("patients_a_year", "120"),
        ("siren", "732829320"),
        ("extract_dated", "2026-11-01"),
        ("health_project_0", "Suivi à trois mois"),
        ("health_project_1", "Satisfaction"),
        ("health_project_2", "Réunions <script>alert(1)</script>"),
        ("recruitment_0", "Diplôme vérifié"),
        ("recruitment_1", "Formation à la cancérologie"),
        ("charter", "oui"),
        ("terms", "oui"),
    ]
}

/// The application written, its paper attached, its offer described: ready to be handed in.
async fn write_application(referent: &Browser<'_>) -> String {
    let begun = referent
        .post(
            "/espace/candidatures",
            &[
                ("structure_finess", FINESS),
                ("structure_nom", "Association Les Hortensias (fictive)"),
                ("structure_type", "STR-ASSO"),
                ("commune_insee", "29019"),
            ],
        )
        .await;
    assert_went_on(&begun);
    let form = format!("/espace/structures/{STRUCTURE}/dossier");
    assert_eq!(begun.headers[header::LOCATION], form);
    let mut fields = whole();
    fields.extend([("version", "1"), ("action", "enregistrer")]);
    let saved = referent.post(&form, &fields).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let resumed = referent.get(&form).await.text();
    assert!(resumed.contains("Formation à la cancérologie"), "{resumed}");
    assert!(!resumed.contains("<script>alert"), "script is text");
    let attached = referent.attach("2", "extrait.pdf", PDF).await;
    assert_went_on(&attached);
    let offer = format!("/espace/structures/{STRUCTURE}/offres/nouvelle");
    let kept = referent
        .post(
            &offer,
            &[
                ("version", "3"),
                ("offre_nom", "Marche douce"),
                ("categorie", "APA"),
                ("types_de_soin", "APA-01"),
                ("publics", "PUB-PATIENT"),
                ("lieux", "LIEU-VILLE"),
                ("phases", "PHA-APRES"),
                ("cout", "gratuit"),
                ("horaires", "mardi 10 h"),
            ],
        )
        .await;
    assert_went_on(&kept);
    form
}

async fn people(service: &Service) -> (Browser<'_>, Browser<'_>, Browser<'_>) {
    let referent = Browser::of(
        service,
        "camille@asso.mssante.invalid",
        "Camille Exemple",
        Role::Referent,
        "",
    )
    .await;
    let dac = Role::Territorial(Validator::Dac);
    let territorial = Browser::of(
        service,
        "dac@dac.mssante.invalid",
        "Dominique Exemple",
        dac,
        "DAC-29",
    )
    .await;
    let regional = Browser::of(
        service,
        "dsrc@reseau.mssante.invalid",
        "Sacha Exemple",
        Role::Regional,
        "",
    )
    .await;
    (referent, territorial, regional)
}

/// An application that went the whole way.
async fn published(service: &Service) -> (Browser<'_>, Browser<'_>, Browser<'_>) {
    let (referent, territorial, regional) = people(service).await;
    let form = write_application(&referent).await;
    let mut fields = whole();
    fields.extend([("version", "4"), ("action", "deposer")]);
    let handed_in = referent.post(&form, &fields).await;
    assert_went_on(&handed_in);
    for validator in [&territorial, &regional] {
        let decided = validator.decide("valider").await;
        assert_went_on(&decided);
    }
    (referent, territorial, regional)
}

#[tokio::test]
async fn an_application_goes_from_the_form_to_the_public_page() {
    let service = Service::start().await;
    let (referent, ..) = published(&service).await;
    let list = service.get("/offres").await.text();
    assert!(list.contains("Marche douce"), "{list}");
    let offer = service
        .get("/fhir/HealthcareService?name=Marche")
        .await
        .json();
    let resource = &offer["entry"][0]["resource"];
    assert_eq!(resource["active"], true);
    assert_eq!(resource["availabilityExceptions"], "mardi 10 h");
    assert!(
        resource.to_string().contains("\"publie\"") && resource.to_string().contains("2026-11-23")
    );

    // A telephone changes at once; a name waits, and the directory keeps what was validated.
    let form = format!("/espace/structures/{STRUCTURE}/dossier");
    let mut fields = whole();
    fields.retain(|(name, _)| *name != "telephone");
    fields.extend([
        ("telephone", "0298111111"),
        ("version", "0"),
        ("action", "deposer"),
    ]);
    let corrected = referent.post(&form, &fields).await;
    assert_went_on(&corrected);
    let id = resource["id"].as_str().expect("an id");
    assert!(
        service
            .get(&format!("/fhir/HealthcareService/{id}"))
            .await
            .text()
            .contains("0298111111")
    );
    assert_eq!(listing(&service).await.review.as_str(), "idle");
    let page = referent
        .get(&format!("/espace/structures/{STRUCTURE}/offres/{FINESS}-1"))
        .await
        .text();
    assert!(page.contains("value=\"Marche douce\""), "{page}");
    let renamed = referent
        .post(
            &format!("/espace/structures/{STRUCTURE}/offres/{FINESS}-1"),
            &[
                ("version", "0"),
                ("offre_nom", "Marche rapide"),
                ("categorie", "APA"),
                ("types_de_soin", "APA-01"),
                ("publics", "PUB-PATIENT"),
                ("lieux", "LIEU-VILLE"),
                ("phases", "PHA-APRES"),
                ("cout", "gratuit"),
                ("horaires", "mardi 10 h"),
            ],
        )
        .await;
    assert_went_on(&renamed);
    let mut fields = whole();
    fields.retain(|(name, _)| *name != "telephone");
    fields.extend([
        ("telephone", "0298111111"),
        ("version", "1"),
        ("action", "deposer"),
    ]);
    let waiting = referent.post(&form, &fields).await;
    assert_went_on(&waiting);
    let stands = listing(&service).await;
    assert_eq!(
        (stands.standing, stands.review.as_str()),
        (Standing::Published, "territorial")
    );
    assert!(service.get("/offres").await.text().contains("Marche douce"));
}

#[tokio::test]
async fn confirming_everything_takes_one_click_and_delisting_is_at_once() {
    let service = Service::start().await;
    let (referent, _, regional) = published(&service).await;
    let home = referent
        .get(&format!("/espace/structures/{STRUCTURE}"))
        .await
        .text();
    assert!(home.contains("Tout est exact"), "{home}");
    assert_eq!(
        referent.decide("confirmer").await.status,
        StatusCode::SEE_OTHER
    );
    let version = listing(&service).await.version.to_string();
    let acts = format!("/espace/structures/{STRUCTURE}/actes");
    let fields = [
        ("version", version.as_str()),
        ("acte", "retirer"),
        ("raison", "ethics"),
        ("note", "avis du comité"),
    ];
    assert_eq!(
        referent.post(&acts, &fields).await.status,
        StatusCode::FORBIDDEN,
        "not by the referent"
    );
    assert_eq!(
        regional.post(&acts, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!service.get("/offres").await.text().contains("Marche douce"));
    assert_eq!(
        referent.decide("confirmer").await.status,
        StatusCode::FORBIDDEN,
        "no return by confirming"
    );
}

#[tokio::test]
async fn whatever_is_not_ones_own_is_refused() {
    let service = Service::start().await;
    let (referent, territorial, regional) = published(&service).await;
    let other = Browser::of(
        &service,
        "autre@asso.mssante.invalid",
        "Autre Exemple",
        Role::Referent,
        "",
    )
    .await;
    let elsewhere = Browser::of(
        &service,
        "dac35@dac.mssante.invalid",
        "Ailleurs Exemple",
        Role::Territorial(Validator::Dac),
        "DAC-35",
    )
    .await;
    let page = format!("/espace/structures/{STRUCTURE}");
    for stranger in [&other, &elsewhere] {
        for address in [
            page.clone(),
            format!("{page}/dossier"),
            format!("{page}/offres/{FINESS}-1"),
        ] {
            assert_eq!(
                stranger.get(&address).await.status,
                StatusCode::FORBIDDEN,
                "{address}"
            );
        }
        let edited = stranger
            .post(
                &format!("{page}/offres/{FINESS}-1"),
                &[("version", "0"), ("offre_nom", "Volée")],
            )
            .await;
        assert_eq!(edited.status, StatusCode::FORBIDDEN);
        assert_eq!(
            stranger.decide("confirmer").await.status,
            StatusCode::FORBIDDEN
        );
    }
    assert!(service.get("/offres").await.text().contains("Marche douce"));

    // A claim on a structure that somebody answers for.
    let claimed = other
        .post(
            "/espace/candidatures",
            &[
                ("structure_finess", FINESS),
                ("structure_nom", "X"),
                ("structure_type", "STR-ASSO"),
                ("commune_insee", "29019"),
            ],
        )
        .await;
    assert_eq!(claimed.status, StatusCode::FORBIDDEN);
    assert!(claimed.text().contains("répond déjà"), "{}", claimed.text());

    // A form without the token of the session, or from another site.
    let raw = |site: &'static str, form: String| {
        let request = Request::post(format!("{page}/actes"))
            .header(header::COOKIE, &regional.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(form))
            .expect("a request");
        service.send(request)
    };
    let version = listing(&service).await.version;
    let act = format!("acte=confirmer&version={version}&note=x");
    assert_eq!(
        raw("same-origin", act.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    let with_token = format!("{act}&jeton={}", regional.form_token);
    assert_eq!(
        raw("cross-site", with_token.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    // Of another session of the same person: it is not this one's.
    assert_eq!(
        raw(
            "same-origin",
            format!("{act}&jeton={}", territorial.form_token)
        )
        .await
        .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        raw("same-origin", with_token).await.status,
        StatusCode::SEE_OTHER
    );
    // What was seen is no longer so.
    let stale = regional
        .post(
            &format!("{page}/actes"),
            &[("version", "1"), ("acte", "confirmer"), ("note", "")],
        )
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert_eq!(
        service.get(&page).await.headers[header::LOCATION],
        "/espace",
        "without a session"
    );
    let _ = referent;
}

#[tokio::test]
async fn an_incomplete_application_an_executable_and_a_huge_file_are_refused_and_said() {
    let service = Service::start().await;
    let (referent, territorial, regional) = people(&service).await;
    let form = write_application(&referent).await;
    let mut fields = whole();
    fields.retain(|(name, _)| !matches!(*name, "patients_a_year" | "terms" | "siren"));
    fields.extend([("version", "4"), ("action", "deposer")]);
    let refused = referent.post(&form, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for place in ["patients_a_year", "siren", "terms"] {
        assert!(
            refused.text().contains(place),
            "{place}: {}",
            refused.text()
        );
    }
    assert!(
        referent.get(&form).await.text().contains("Marche douce"),
        "what was written is kept"
    );

    let executable = referent
        .attach("5", "extrait.pdf", b"MZ\x90\0not a document")
        .await;
    assert_eq!(executable.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(executable.text().contains("PDF"));
    let renamed = referent
        .attach("5", "x.pdf", b"%PDF-1.4 begins as one and is none")
        .await;
    assert_eq!(renamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let huge = referent.attach("5", "x.pdf", &vec![b'x'; 10_100_000]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);

    // What is written is the applicant's: validators see what is handed in, and decide of nothing before.
    assert_eq!(
        territorial.decide("valider").await.status,
        StatusCode::FORBIDDEN
    );
    fields.retain(|(name, _)| *name != "version");
    fields.extend([
        ("patients_a_year", "12"),
        ("siren", "732829320"),
        ("terms", "oui"),
        ("version", "5"),
    ]);
    let handed_in = referent.post(&form, &fields).await;
    assert_went_on(&handed_in);
    assert_eq!(
        regional.decide("valider").await.status,
        StatusCode::FORBIDDEN,
        "the territory first"
    );
    let queue = territorial.get("/espace").await.text();
    assert!(queue.contains("Les Hortensias"), "{queue}");

    // In one go, and with what the validator saw: refused with a reason, then corrected.
    let version = listing(&service).await.version;
    let line = format!("{STRUCTURE}:{version}");
    let without = territorial
        .post(
            "/espace/lot",
            &[("choix", &line), ("acte", "refuser"), ("texte", "")],
        )
        .await;
    assert!(
        without.text().contains("Dites pourquoi"),
        "{}",
        without.text()
    );
    let said = territorial
        .post(
            "/espace/lot",
            &[
                ("choix", &line),
                ("acte", "refuser"),
                ("texte", "statuts illisibles"),
            ],
        )
        .await;
    assert!(said.text().contains("Fait pour"), "{}", said.text());
    let told = referent
        .get(&format!("/espace/structures/{STRUCTURE}"))
        .await
        .text();
    assert!(
        told.contains("statuts illisibles") && told.contains("à corriger"),
        "{told}"
    );
    fields.retain(|(name, _)| *name != "version");
    fields.push(("version", "0"));
    let again = referent.post(&form, &fields).await;
    assert_went_on(&again);
    assert_eq!(listing(&service).await.review.as_str(), "territorial");
}

#[tokio::test]
async fn nobody_validates_an_application_of_their_own_even_with_the_right_to() {
    let service = Service::start().await;
    let dac = Role::Territorial(Validator::Dac);
    let both = Browser::of(
        &service,
        "deux@dac.mssante.invalid",
        "Deux Casquettes",
        dac,
        "DAC-29",
    )
    .await;
    let form = write_application(&both).await;
    let mut fields = whole();
    fields.extend([("version", "4"), ("action", "deposer")]);
    assert_eq!(
        both.post(&form, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let own = both.decide("valider").await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    assert!(
        own.text().contains("sa propre candidature"),
        "{}",
        own.text()
    );
}

/// A mail server of the test's own, and a client of it.
async fn mail_system(root: &std::path::Path, stop: &CancellationToken) -> SmtpClient {
    let sink = SmtpSink::bind(
        (Ipv4Addr::LOCALHOST, 0).into(),
        root,
        TrustedDomains::new(["mssante.invalid"]),
        Clock::System,
        Arc::new(Ids::Random),
    )
    .await
    .expect("a port");
    let port = sink.address().expect("an address").port();
    tokio::spawn(sink.run(stop.clone()));
    SmtpClient::new(ServerSettings {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port,
        tls: TlsMode::PlainLoopback,
        ca_file: None,
        client_cert_file: None,
        client_key_file: None,
        login: Login::None,
        patience: Patience::default(),
    })
    .expect("no certificate to read")
}

/// Sends what is due.
async fn send_all(service: &Service, client: &mut SmtpClient) {
    while send_governance_notice(
        &service.context,
        client,
        MailWay::Secure,
        "http://passerelle.invalid",
    )
    .await
    .expect("sent")
    .is_some()
    {}
}

/// The last link that a mailbox was sent, from `/espace` on.
fn link_to(root: &std::path::Path, address: &str, path: &str) -> Option<String> {
    let address: MssanteAddress = address.parse().expect("an address");
    let folder = Maildir::of_address(root, &address).folder().join("new");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .map(|entry| entry.expect("a mail").path())
        .collect();
    names.sort();
    names.iter().rev().find_map(|name| {
        let bytes = std::fs::read(name).expect("a mail");
        let mail = mail_parser::MessageParser::default()
            .parse(&bytes)?
            .body_text(0)?
            .into_owned();
        let at = mail.find(path)?;
        Some(
            mail[at..]
                .chars()
                .take_while(|c| !c.is_whitespace())
                .collect(),
        )
    })
}

#[tokio::test]
async fn a_link_opens_once_for_its_purpose_and_for_a_while() {
    let service = Service::start().await;
    let (root, stop) = (
        tempfile::tempdir().expect("a folder"),
        CancellationToken::new(),
    );
    let mut client = mail_system(root.path(), &stop).await;
    let post = |address: String, form: &'static str| {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .expect("a request");
        service.send(request)
    };
    let known = post(
        "/espace/lien".into(),
        "adresse=camille%40asso.mssante.invalid&nom=Camille+Exemple",
    )
    .await;
    let unknown = post(
        "/espace/lien".into(),
        "adresse=personne%40asso.mssante.invalid",
    )
    .await;
    assert_eq!(
        known.text(),
        unknown.text(),
        "it does not tell who has an account"
    );
    send_all(&service, &mut client).await;
    let link = link_to(
        root.path(),
        "camille@asso.mssante.invalid",
        "/espace/entree/",
    )
    .expect("a link");
    assert_eq!(
        link_to(root.path(), "personne@asso.mssante.invalid", "/espace"),
        None
    );

    assert_eq!(
        service.get(&link).await.status,
        StatusCode::OK,
        "looking uses nothing"
    );
    let confirmation = link.replace("/entree/", "/confirmation/");
    assert_eq!(
        post(confirmation, "x=1").await.status,
        StatusCode::GONE,
        "another purpose"
    );
    let entered = post(link.clone(), "x=1").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let cookie = entered.headers[header::SET_COOKIE]
        .to_str()
        .expect("text")
        .to_owned();
    for word in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/espace"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert_eq!(post(link, "x=1").await.status, StatusCode::GONE, "once");
    let forged = format!("/espace/entree/{}", "0".repeat(64));
    assert_eq!(post(forged, "x=1").await.status, StatusCode::GONE);

    for _ in 0..5 {
        post(
            "/espace/lien".into(),
            "adresse=camille%40asso.mssante.invalid",
        )
        .await;
    }
    let many = post(
        "/espace/lien".into(),
        "adresse=camille%40asso.mssante.invalid",
    )
    .await;
    assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS);
    stop.cancel();
}

#[tokio::test]
async fn the_yearly_mail_confirms_in_one_click_and_what_comes_back_is_noted() {
    let service = Service::start().await;
    let (root, stop) = (
        tempfile::tempdir().expect("a folder"),
        CancellationToken::new(),
    );
    let mut client = mail_system(root.path(), &stop).await;
    let (referent, territorial, _) = published(&service).await;
    send_all(&service, &mut client).await;
    // A year later, over the same database.
    let clock = Clock::Fixed(time::macros::datetime!(2027-11-24 6:00 UTC));
    let later = passerelle::app::context(&settings(), service.context.storage.clone(), clock)
        .await
        .expect("fits");
    assert_eq!(run_calendar(&later).await.expect("followed").asked, 1);
    let offers = service.get("/fhir/HealthcareService").await.text();
    assert!(offers.contains("a-actualiser"), "{offers}");
    while send_governance_notice(
        &later,
        &mut client,
        MailWay::Secure,
        "http://passerelle.invalid",
    )
    .await
    .expect("sent")
    .is_some()
    {}
    let link = link_to(
        root.path(),
        "camille@asso.mssante.invalid",
        "/espace/confirmation/",
    )
    .expect("a link");
    let shown = service.get(&link).await.text();
    assert!(
        shown.contains("Marche douce") && shown.contains("Tout est exact"),
        "{shown}"
    );
    let request = Request::post(&link)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(service.send(request).await.status, StatusCode::OK);
    assert!(listing(&service).await.asked_on.is_none());
    assert!(
        service
            .get("/fhir/HealthcareService")
            .await
            .text()
            .contains("\"publie\"")
    );

    // A mailbox outside of what the server takes is refused at once; the structure says so.
    let away = "parti@ailleurs.invalid".parse().expect("an address");
    let id = open_account(
        &service.context,
        &away,
        "Partie Exemple",
        Role::Referent,
        "",
    )
    .await
    .expect("opened");
    let referent_id = passerelle::governance::Person {
        id,
        name: "Partie Exemple".to_owned(),
    };
    let deed = Deed {
        structure: STRUCTURE,
        seen: None,
        author: &Author {
            id: territorial.account_id.clone(),
            name: "Dominique".into(),
            role: Role::Territorial(Validator::Dac),
            territory: "DAC-29".into(),
        },
        act: Act::ReplaceReferent {
            referent: referent_id,
        },
        application: None,
    };
    act(&service.context, deed).await.expect("replaced");
    send_all(&service, &mut client).await;
    let stands = listing(&service).await;
    assert!(!stands.mail_returned.is_empty());
    assert!(
        territorial
            .get(&format!("/espace/structures/{STRUCTURE}"))
            .await
            .text()
            .contains("message revenu")
    );
    assert_eq!(
        referent.decide("confirmer").await.status,
        StatusCode::FORBIDDEN,
        "who left does nothing more"
    );
    let seen = service
        .context
        .storage
        .find_resource(
            passerelle::fhir::ResourceType::HealthcareService,
            "offre-290000017-1",
            Reader::Public,
        )
        .await;
    assert!(seen.expect("read").is_some());
    stop.cancel();
}

#[tokio::test]
async fn of_two_validators_at_once_one_decides_and_the_other_is_told() {
    let service = Service::start().await;
    let (referent, territorial, _) = people(&service).await;
    let dac = Role::Territorial(Validator::Dac);
    let address = "dac2@dac.mssante.invalid";
    let colleague = Browser::of(&service, address, "Claude Exemple", dac, "DAC-29").await;
    let form = write_application(&referent).await;
    let mut fields = whole();
    fields.extend([("version", "4"), ("action", "deposer")]);
    let handed_in = referent.post(&form, &fields).await;
    assert_eq!(handed_in.status, StatusCode::SEE_OTHER);
    let before = listing(&service).await.version;
    // Both have looked before either decides.
    let (one, other) = tokio::join!(
        territorial.decide_on(before, "valider"),
        colleague.decide_on(before, "valider")
    );
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    let after = listing(&service).await;
    assert_eq!(
        (after.version, after.review.as_str()),
        (before + 1, "regional")
    );
}

#[tokio::test]
async fn a_telephone_is_corrected_while_a_change_of_the_same_offer_waits_and_outlives_it() {
    let service = Service::start().await;
    let (referent, territorial, regional) = published(&service).await;
    let form = format!("/espace/structures/{STRUCTURE}/dossier");
    let offer = format!("/espace/structures/{STRUCTURE}/offres/{FINESS}-1");
    let rewritten = [
        ("version", "0"),
        ("offre_nom", "Marche rapide"),
        ("categorie", "APA"),
        ("types_de_soin", "APA-01"),
        ("publics", "PUB-PATIENT"),
        ("lieux", "LIEU-VILLE"),
        ("phases", "PHA-APRES"),
        ("parcours", "PAR-AJA"),
        ("cout", "gratuit"),
        ("horaires", "jeudi 14 h"),
    ];
    assert_eq!(
        referent.post(&offer, &rewritten).await.status,
        StatusCode::SEE_OTHER
    );
    let hand_in = |version: &'static str, telephone: &'static str| {
        let mut fields = whole();
        fields.retain(|(name, _)| *name != "telephone");
        fields.extend([
            ("telephone", telephone),
            ("version", version),
            ("action", "deposer"),
        ]);
        fields
    };
    // The name waits; the hours of the same offer are published at once.
    let both = referent.post(&form, &hand_in("1", "0298000000")).await;
    assert_went_on(&both);
    assert_eq!(listing(&service).await.review.as_str(), "territorial");
    let shown = service
        .get(&format!("/offres/offre-{FINESS}-1"))
        .await
        .text();
    assert!(
        shown.contains("jeudi 14 h") && shown.contains("Marche douce"),
        "{shown}"
    );
    // While it waits: a telephone is published, another name is not even taken.
    let page = referent.get(&form).await.text();
    assert!(page.contains("Une modification attend"), "{page}");
    let corrected = referent.post(&form, &hand_in("0", "0298222222")).await;
    assert_went_on(&corrected);
    let shown = service
        .get(&format!("/offres/offre-{FINESS}-1"))
        .await
        .text();
    assert!(
        shown.contains("0298222222") && shown.contains("Marche douce"),
        "{shown}"
    );
    let mut renamed = hand_in("0", "0298222222");
    renamed.retain(|(name, _)| *name != "structure_nom");
    renamed.push(("structure_nom", "Autre nom"));
    assert_eq!(
        referent.post(&form, &renamed).await.status,
        StatusCode::FORBIDDEN
    );
    for validator in [&territorial, &regional] {
        let decided = validator.decide("valider").await;
        assert_went_on(&decided);
    }
    let shown = service
        .get(&format!("/offres/offre-{FINESS}-1"))
        .await
        .text();
    for words in ["Marche rapide", "0298222222", "jeudi 14 h", "Parcours AJA"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // What is edited next begins with what was validated, the correction included.
    let page = referent.get(&form).await.text();
    assert!(page.contains("0298222222"), "{page}");
}

#[tokio::test]
async fn an_association_without_finess_applies_with_its_rna_number() {
    let service = Service::start().await;
    let (referent, territorial, regional) = people(&service).await;
    let begin = |number: &'static str| {
        [
            ("structure_finess", ""),
            ("structure_numero", number),
            ("structure_nom", "Association Les Hortensias (fictive)"),
            ("structure_type", "STR-ASSO"),
            ("commune_insee", "29019"),
        ]
    };
    for wrong in ["", "W29", "732829321", "73282932000075"] {
        let refused = referent.post("/espace/candidatures", &begin(wrong)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let begun = referent
        .post("/espace/candidatures", &begin("W291234567"))
        .await;
    assert_went_on(&begun);
    let page = "/espace/structures/eg-rna-W291234567";
    let form = format!("{page}/dossier");
    assert_eq!(begun.headers[header::LOCATION], form);
    let shown = referent.get(&form).await.text();
    assert!(
        shown.contains("répertoire national") && shown.contains("numéro SIRET"),
        "{shown}"
    );
    let offer = [
        ("version", "1"),
        ("offre_nom", "Marche douce"),
        ("categorie", "APA"),
        ("publics", "PUB-PATIENT"),
    ];
    let kept = referent
        .post(&format!("{page}/offres/nouvelle"), &offer)
        .await;
    assert_went_on(&kept);
    let mut body = Vec::new();
    for (field, value) in [
        ("jeton", &*referent.form_token),
        ("version", "2"),
        ("critere", "statutes"),
    ] {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(
        b"--b\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"a.pdf\"\r\n\r\n",
    );
    body.extend(PDF);
    body.extend(b"\r\n--b--\r\n");
    let kind = "multipart/form-data; boundary=b";
    let attached = referent
        .post_raw(&format!("{page}/pieces"), kind, body)
        .await;
    assert_went_on(&attached);
    let mut fields = whole();
    fields.retain(|(name, _)| *name != "siren");
    fields.extend([
        ("siren", "W291234567"),
        ("version", "3"),
        ("action", "deposer"),
    ]);
    // A hospital needs its FINESS number.
    let mut hospital = fields.clone();
    hospital.retain(|(name, _)| *name != "structure_type");
    hospital.push(("structure_type", "STR-CLCC"));
    let refused = referent.post(&form, &hospital).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("avec son numéro FINESS"),
        "{}",
        refused.text()
    );
    fields.retain(|(name, _)| *name != "version");
    fields.push(("version", "4"));
    let handed_in = referent.post(&form, &fields).await;
    assert_went_on(&handed_in);
    for validator in [&territorial, &regional] {
        let events = service
            .context
            .storage
            .list_events("eg-rna-W291234567")
            .await;
        let version = events.expect("read").len().to_string();
        let mut verdicts = vec![
            ("version".to_owned(), version),
            ("acte".to_owned(), "valider".to_owned()),
        ];
        verdicts.extend(
            passerelle::governance::Criterion::ALL
                .iter()
                .map(|criterion| (format!("critere-{}", criterion.as_str()), "oui".to_owned())),
        );
        let verdicts: Vec<(&str, &str)> = verdicts
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let decided = validator.post(&format!("{page}/actes"), &verdicts).await;
        assert_went_on(&decided);
    }
    let shown = service.get("/offres/offre-W291234567-1").await;
    assert!(shown.text().contains("Les Hortensias"), "{}", shown.text());
    let organization = service
        .get("/fhir/Organization/eg-rna-W291234567")
        .await
        .json();
    assert_eq!(organization["identifier"][0]["value"], "W291234567");
    let metrics = service.get("/metrics").await.text();
    for line in [
        "passerelle_directory_structures{standing=\"published\",review=\"idle\"} 1",
        "passerelle_directory_applications_late{review=\"territorial\"} 0",
        "passerelle_directory_delisted{reason=\"ethics\"} 0",
        "passerelle_directory_acts{act=\"validate\"} 2",
        "passerelle_directory_mails{kind=\"published\",state=\"waiting\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("Camille") && !metrics.contains("Hortensias"));
}

#[tokio::test]
async fn a_script_in_every_field_is_text_on_every_page() {
    const SCRIPT: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let service = Service::start().await;
    let (referent, territorial, regional) = people(&service).await;
    let form = write_application(&referent).await;
    let offer = [
        ("version", "4"),
        ("offre_nom", SCRIPT),
        ("categorie", "APA"),
        ("description", SCRIPT),
        ("horaires", SCRIPT),
        ("cout", SCRIPT),
        ("professionnel", SCRIPT),
    ];
    let page = format!("/espace/structures/{STRUCTURE}");
    let kept = referent
        .post(&format!("{page}/offres/{FINESS}-1"), &offer)
        .await;
    assert_went_on(&kept);
    let checked = [
        "structure_type",
        "is_recognised",
        "code_postal",
        "commune_insee",
        "telephone",
        "patients_a_year",
        "siren",
        "extract_dated",
        "charter",
        "terms",
    ];
    let mut fields: Vec<(&str, &str)> = whole()
        .into_iter()
        .map(|(name, value)| {
            if checked.contains(&name) {
                (name, value)
            } else {
                (name, SCRIPT)
            }
        })
        .collect();
    fields.extend([("version", "5"), ("action", "deposer")]);
    let handed_in = referent.post(&form, &fields).await;
    assert_went_on(&handed_in);
    for validator in [&territorial, &regional] {
        let version = listing(&service).await.version.to_string();
        let said = [
            ("version", version.as_str()),
            ("acte", "commenter"),
            ("texte", SCRIPT),
        ];
        let said = validator.post(&format!("{page}/actes"), &said).await;
        assert_went_on(&said);
        assert_eq!(
            validator.decide("valider").await.status,
            StatusCode::SEE_OTHER
        );
    }
    let id = format!("offre-{FINESS}-1");
    let public = [
        "/offres".to_owned(),
        format!("/offres?q={}", encoded(SCRIPT)),
        format!("/offres/{id}"),
        format!("/offres/{id}/signaler"),
        format!("/structures/{STRUCTURE}"),
        format!("/selection?offre={id}"),
        "/integration/offres".to_owned(),
        "/pilotage/annuaire".to_owned(),
    ];
    let mut pages = Vec::new();
    for address in &public {
        pages.push((address.clone(), service.get(address).await.text()));
    }
    for browser in [&referent, &territorial, &regional] {
        for address in ["/espace".to_owned(), page.clone()] {
            pages.push((address.clone(), browser.get(&address).await.text()));
        }
    }
    pages.push((form.clone(), referent.get(&form).await.text()));
    let mut shown = 0;
    for (address, text) in pages {
        for raw in ["<script>alert", "<img src=x"] {
            assert!(!text.contains(raw), "{address}: {text}");
        }
        shown += usize::from(text.contains("alert(1)"));
    }
    assert!(shown >= 8, "the words are shown, as words: {shown}");
}

#[tokio::test]
async fn a_paper_of_a_gigabyte_is_refused_while_it_arrives() {
    let service = Service::start().await;
    let (referent, ..) = people(&service).await;
    write_application(&referent).await;
    let taken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let head = "--b\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"x.pdf\"\r\n\r\n%PDF-1.4\n";
    let chunks = (0..1_024).map(move |rank| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let chunk = if rank == 0 {
            head.as_bytes().to_vec()
        } else {
            vec![b'x'; 1_048_576]
        };
        Ok::<_, std::io::Error>(chunk)
    });
    let request = Request::post(format!("/espace/structures/{STRUCTURE}/pieces"))
        .header(header::COOKIE, &referent.cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from_stream(futures_util::stream::iter(chunks)))
        .expect("a request");
    let answer = service.send(request).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let taken = taken.load(std::sync::atomic::Ordering::Relaxed);
    assert!(taken < 20, "{taken} megabytes were read");
}
