//! The governance as people live it, in a real Chromium: an application from the form to the public page, the
//! confirmation of a year later, the delisting of who does not answer, and the return.

use std::{
    fs,
    net::Ipv4Addr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use passerelle::{
    api::Secrets,
    app::{context, router},
    clock::Clock,
    config::TlsMode,
    flows::{
        Context, MailWay, open_account, run_calendar, save_application, send_governance_notice,
    },
    governance::{Author, Body, OfferEntry, Role},
    identifiers::{MssanteAddress, TrustedDomains},
    ids::Ids,
    mssante::{
        login::Login,
        maildir::Maildir,
        smtp::SmtpClient,
        smtp_sink::SmtpSink,
        tls::{Patience, ServerSettings},
    },
};
use tokio_util::sync::CancellationToken;

use crate::{axe, chromium::Chromium, database::TestDatabase, service::settings};

const DAY: i64 = 86_400;
const REFERENT: &str = "camille@asso.mssante.invalid";

/// The service, the mailboxes, and a clock that the test moves.
struct World {
    context: Arc<Context>,
    seconds: Arc<AtomicI64>,
    client: SmtpClient,
    url: String,
    mail: tempfile::TempDir,
    stop: CancellationToken,
    _database: TestDatabase,
}

impl World {
    async fn start() -> Self {
        let (mail, stop) = (
            tempfile::tempdir().expect("a folder"),
            CancellationToken::new(),
        );
        let sink = SmtpSink::bind(
            (Ipv4Addr::LOCALHOST, 0).into(),
            mail.path(),
            TrustedDomains::new(["mssante.invalid"]),
            Clock::System,
            Arc::new(Ids::Random),
        )
        .await
        .expect("a port");
        let port = sink.address().expect("an address").port();
        tokio::spawn(sink.run(stop.clone()));
        let client = SmtpClient::new(ServerSettings {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port,
            tls: TlsMode::PlainLoopback,
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            login: Login::None,
            patience: Patience::default(),
        })
        .expect("no certificate to read");
        let (database, seconds) = (TestDatabase::migrated().await, Arc::new(AtomicI64::new(0)));
        let clock = Clock::Shifted(Arc::clone(&seconds));
        let settings = settings();
        let context = context(&settings, database.storage.clone(), clock)
            .await
            .expect("it fits");
        let context = Arc::new(context);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let secrets = Secrets::read(&settings.access, false).expect("none to read");
        let routes = router(Arc::clone(&context), Arc::new(secrets), &url);
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            axum::serve(listener, routes)
                .with_graceful_shutdown(stopped)
                .await
        });
        Self {
            context,
            seconds,
            client,
            url,
            mail,
            stop,
            _database: database,
        }
    }

    async fn send(&mut self) {
        while send_governance_notice(&self.context, &mut self.client, MailWay::Secure, &self.url)
            .await
            .expect("sent")
            .is_some()
        {}
    }

    /// Goes on by that many days, the calendar followed on the last of them, and the mails sent.
    async fn pass(&mut self, days: i64) {
        self.seconds.fetch_add(days * DAY, Ordering::Relaxed);
        run_calendar(&self.context).await.expect("followed");
        self.send().await;
    }

    /// The last link of that kind that a mailbox got.
    fn link(&self, address: &str, path: &str) -> String {
        let address: MssanteAddress = address.parse().expect("an address");
        let folder = Maildir::of_address(self.mail.path(), &address)
            .folder()
            .join("new");
        let mut mails: Vec<_> = fs::read_dir(folder)
            .expect("a mailbox")
            .map(|entry| entry.expect("a mail").path())
            .collect();
        mails.sort_by_key(|path| {
            fs::metadata(path)
                .and_then(|of| of.modified())
                .expect("an instant")
        });
        let found = mails.iter().rev().find_map(|mail| {
            let bytes = fs::read(mail).expect("a mail");
            let text = mail_parser::MessageParser::default()
                .parse(&bytes)?
                .body_text(0)?
                .into_owned();
            let at = text.find(&format!("{}{path}", self.url))?;
            Some(
                text[at..]
                    .chars()
                    .take_while(|c| !c.is_whitespace())
                    .collect(),
            )
        });
        found.unwrap_or_else(|| panic!("no link {path} for {address}"))
    }

    /// Somebody gets in, by the link in the mailbox.
    async fn log_in(&mut self, browser: &mut Chromium, address: &str, new_name: Option<&str>) {
        browser.open(&format!("{}/espace?lang=fr", self.url));
        match new_name {
            Some(name) => {
                browser.fill("nom", name);
                browser.fill("adresse-nouvelle", address);
                browser.press("Commencer");
            }
            None => {
                browser.fill("adresse", address);
                browser.press("Recevoir un lien");
            }
        }
        self.send().await;
        browser.open(&self.link(address, "/espace/entree/"));
        browser.press("Entrer");
        assert!(
            browser.text().contains("Votre espace"),
            "{}",
            browser.text()
        );
    }

    fn is_seen(&self, browser: &mut Chromium) -> bool {
        browser.open(&format!("{}/offres?lang=fr", self.url));
        browser.text().contains("Marche douce")
    }
}

fn fill_application(browser: &mut Chromium) {
    for (id, value) in [
        ("adresse", "3 rue des Essais"),
        ("code_postal", "29200"),
        ("commune", "Brest"),
        ("telephone", "0298000000"),
        ("referent_function", "coordinatrice"),
        ("referent_phone", "0298000001"),
        ("patients_a_year", "120"),
        ("siren", "732829320"),
        ("health_project_0", "Suivi à trois mois"),
        ("health_project_1", "Satisfaction des patients"),
        ("health_project_2", "Réunions pluriprofessionnelles"),
        ("recruitment_0", "Diplôme vérifié"),
        ("recruitment_1", "Formation à la cancérologie"),
    ] {
        browser.fill(id, value);
    }
    // The extract is of today, by the clock of the browser: the test has not moved its own yet.
    browser.run(
        "document.getElementById('extract_dated').valueAsDate = new Date(Date.now() - 86400000)",
    );
    for name in ["is_recognised", "charter", "terms"] {
        browser.click(&format!("input[name={name}]"));
    }
}

fn describe_offer(browser: &mut Chromium, rules: &str) {
    browser.press("Enregistrer et ajouter une offre");
    axe::check(browser, rules, "espace-2-offre");
    browser.fill("offre_nom", "Marche douce");
    browser.fill("categorie", "APA");
    browser.fill("horaires", "mardi 10 h");
    for value in ["PUB-PATIENT", "LIEU-VILLE", "PHA-APRES"] {
        browser.click(&format!("input[value={value}]"));
    }
    browser.press("Enregistrer l'offre");
}

/// Nine offers more, so that confirming is measured on ten.
async fn add_nine_offers(world: &World, structure: &str, account_id: &str) {
    let author = Author {
        id: account_id.to_owned(),
        name: "Camille Exemple".to_owned(),
        role: Role::Referent,
        territory: String::new(),
    };
    let draft = world
        .context
        .storage
        .find_draft(structure)
        .await
        .expect("read")
        .expect("a draft");
    save_application(
        &world.context,
        &author,
        structure,
        draft.version,
        |application| {
            let first = application.offers[0].clone();
            for rank in 2..=10 {
                let mut entry: OfferEntry = first.clone();
                entry.form.offre_identifiant.clear();
                entry.form.offre_nom = format!("Marche douce, groupe {rank}");
                application.offers.push(entry);
            }
        },
    )
    .await
    .expect("saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_a_yearly_confirmation_a_delisting_and_a_return() {
    let mut world = World::start().await;
    let structure = "eg-290000017";
    for (address, role, territory) in [
        (
            "dac@dac.mssante.invalid",
            Role::Territorial(Body::Dac),
            "DAC-29",
        ),
        ("dsrc@reseau.mssante.invalid", Role::Regional, ""),
    ] {
        let address = address.parse().expect("an address");
        open_account(
            &world.context,
            &address,
            "Dominique Exemple",
            role,
            territory,
        )
        .await
        .expect("opened");
    }
    let (mut browser, rules) = (Chromium::start(), axe::source());

    world
        .log_in(&mut browser, REFERENT, Some("Camille Exemple"))
        .await;
    axe::check(&mut browser, &rules, "espace-1-accueil");
    for (id, value) in [
        ("structure_finess", "290000017"),
        ("structure_nom", "Association Les Hortensias (fictive)"),
        ("structure_type", "STR-ASSO"),
        ("commune_insee", "29019"),
    ] {
        browser.fill(id, value);
    }
    browser.press("Commencer le dossier");
    fill_application(&mut browser);
    describe_offer(&mut browser, &rules);
    let paper = world.mail.path().join("extrait.pdf");
    fs::write(&paper, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n").expect("written");
    browser.choose_file("fichier", &paper);
    browser.press("Joindre");
    assert!(browser.text().contains("extrait.pdf"), "{}", browser.text());
    axe::check(&mut browser, &rules, "espace-2-dossier");
    let referent = world.context.storage.list_accounts().await.expect("read");
    let referent = referent
        .iter()
        .find(|one| one.address.as_str() == REFERENT)
        .expect("known");
    add_nine_offers(&world, structure, &referent.id).await;
    browser.open(&format!(
        "{}/espace/structures/{structure}/dossier",
        world.url
    ));
    browser.press("Déposer le dossier");
    assert!(
        browser.text().contains("en validation territoriale"),
        "{}",
        browser.text()
    );

    for (address, picture, awaited) in [
        (
            "dac@dac.mssante.invalid",
            "espace-3-territoire",
            "en validation régionale",
        ),
        ("dsrc@reseau.mssante.invalid", "espace-4-region", "publiée"),
    ] {
        assert!(!world.is_seen(&mut browser));
        browser.open(&format!("{}/espace", world.url));
        browser.press("Sortir");
        world.log_in(&mut browser, address, None).await;
        assert!(
            browser.text().contains("Les Hortensias"),
            "{}",
            browser.text()
        );
        axe::check(&mut browser, &rules, &format!("{picture}-file"));
        browser.open(&format!("{}/espace/structures/{structure}", world.url));
        browser.run("document.querySelectorAll('input[value=oui]').forEach(one => one.click())");
        axe::check(&mut browser, &rules, picture);
        browser.press("Valider le dossier");
        assert!(browser.text().contains(awaited), "{}", browser.text());
    }
    assert!(world.is_seen(&mut browser));
    browser.open(&format!("{}/structures/{structure}", world.url));
    axe::check(&mut browser, &rules, "espace-5-structure");

    // A year later: one click, for ten offers.
    world.pass(366).await;
    let link = world.link(REFERENT, "/espace/confirmation/");
    browser.open(&link);
    axe::check(&mut browser, &rules, "espace-6-confirmation");
    let begin = Instant::now();
    browser.open(&link);
    assert!(browser.text().contains("groupe 10"), "{}", browser.text());
    browser.press("Tout est exact");
    assert!(browser.text().contains("Merci"), "{}", browser.text());
    assert!(begin.elapsed().as_secs() < 60);
    println!("ten offers confirmed in {} ms", begin.elapsed().as_millis());
    axe::check(&mut browser, &rules, "espace-7-merci");

    // Another year, and nobody answers.
    for days in [366, 30, 19, 14] {
        assert!(world.is_seen(&mut browser));
        world.pass(days).await;
    }
    assert!(!world.is_seen(&mut browser), "two months without an answer");
    browser.photograph("espace-8-retire");
    browser.open(&world.link(REFERENT, "/espace/confirmation/"));
    axe::check(&mut browser, &rules, "espace-9-retour");
    browser.press("Tout est exact");
    assert!(world.is_seen(&mut browser), "it comes back by confirming");
    world.stop.cancel();
    assert!(
        Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("screenshots")
            .exists()
    );
}
