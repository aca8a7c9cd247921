//! The public pages in a real Chromium: a patient's search, and the rules of accessibility.

use serde_json::{Value, json};

use crate::{
    axe,
    chromium::Chromium,
    demonstration::{address, start, stop},
};

#[test]
fn every_public_page_is_accessible_on_a_screen_and_on_a_telephone() {
    let script = axe::source();
    let data = tempfile::tempdir().expect("a folder");
    let (child, said) = start(data.path());
    let base = format!("http://{}", address(&said));
    let mut browser = Chromium::start();
    browser.open(&format!("{base}/offres/offre-BRE-000001"));
    let structure = href(&mut browser, "main a[href^='/structures/']");
    for path in [
        "/?lang=fr",
        "/?lang=en",
        "/offres?categorie=APA&pres=brest&rayon=200",
        "/offres?q=introuvable&departement=22&categorie=FERT",
        "/offres?vue=carte",
        "/offres/offre-BRE-000001",
        "/offres/offre-BRE-000001?lang=en",
        "/offres/offre-BRE-000001/signaler",
        "/offres/nobody",
        structure.as_str(),
        "/selection?offre=offre-BRE-000001&offre=offre-BRE-000002",
        "/selection",
        "/integration",
        "/integration/offres?departement=29",
        "/donnees",
        "/accessibilite",
        "/pilotage/annuaire",
        "/espace",
    ] {
        let url = match path.strip_prefix("http") {
            Some(_) => path.to_owned(),
            None => format!("{base}{path}"),
        };
        browser.open(&url);
        axe::check(&mut browser, &script, url.trim_start_matches(&base));
    }
    stop(child);
}

#[test]
fn a_patient_finds_care_by_filter_by_place_on_the_map_and_reports_an_error() {
    let data = tempfile::tempdir().expect("a folder");
    let (child, said) = start(data.path());
    let base = format!("http://{}", address(&said));
    let mut browser = Chromium::start();

    // A category, then a filter beside it: each says beforehand how many offers it leaves.
    browser.open(&format!("{base}/?lang=fr"));
    let category = browser.run(
        "(() => { const item = document.querySelector('.facets li:not(.none)'); \
         return {count: item.querySelector('.count').lastChild.textContent.trim(), \
                 href: item.querySelector('a').href}; })()",
    );
    browser.open(category["href"].as_str().expect("a link"));
    assert_eq!(count(&mut browser), category["count"]);
    let expected = browser.run(
        "(() => { document.querySelectorAll('.filter').forEach(group => group.open = true); \
         const box = document.querySelector('.filter input[type=checkbox]'); box.click(); \
         return box.closest('.choice').querySelector('.count').lastChild.textContent.trim(); })()",
    );
    follow(&mut browser, "button[form=recherche]");
    assert_eq!(count(&mut browser), expected);
    let name = text(&mut browser, ".card h3 a");
    follow(&mut browser, ".card h3 a");
    assert_eq!(text(&mut browser, "h1"), name);

    // Near me: the address holds a kilometre's worth of where the browser is.
    browser.ask(
        "Browser.grantPermissions",
        json!({"origin": base, "permissions": ["geolocation"]}),
    );
    let here = json!({"latitude": 48.390_394, "longitude": -4.486_076, "accuracy": 10});
    browser.ask("Emulation.setGeolocationOverride", here);
    browser.open(&format!("{base}/offres?lang=fr&rayon=200"));
    follow(&mut browser, "#me-localiser");
    let url = browser.run("decodeURIComponent(location.href)");
    let url = url.as_str().expect("an address");
    assert!(url.contains("position=48.39,-4.49"), "{url}");
    assert_ne!(
        browser.run("document.querySelectorAll('.distance').length"),
        0
    );

    // The map: each circle is a link that says what the list below it says.
    browser.open(&format!("{base}/offres?vue=carte&lang=fr"));
    let is_told = browser.run(
        "(() => { const listed = [...document.querySelectorAll('.communes a')].map(one => one.textContent); \
         const circles = [...document.querySelectorAll('.map svg a')].map(one => one.getAttribute('aria-label')); \
         return circles.length > 0 && circles.every(label => listed.some(name => label.startsWith(name))); })()",
    );
    assert_eq!(is_told, true);

    // A selection goes from page to page, and is an address.
    browser.open(&format!("{base}/offres?lang=fr"));
    browser.click(".card input[name=offre]");
    follow(&mut browser, "#selection button");
    assert_eq!(
        browser.run("document.querySelectorAll('.cards > li').length"),
        1
    );

    // What somebody reports is shown to nobody as a page would run it.
    browser.open(&format!("{base}/offres?lang=fr"));
    follow(&mut browser, ".card h3 a");
    follow(&mut browser, "a[href*='/signaler']");
    browser.click("#objet-ferme");
    browser.fill("message", "<script>document.title = 'pwned'</script>");
    follow(&mut browser, "main button[type=submit], main form button");
    assert!(text(&mut browser, "[role=status]").starts_with("Merci"));
    browser.open(&format!("{base}/pilotage/annuaire?lang=fr"));
    assert!(text(&mut browser, "#signalements").contains("(1)"));
    assert_ne!(browser.run("document.title"), "pwned");
    stop(child);
}

/// The number of results that the page says.
fn count(browser: &mut Chromium) -> Value {
    let said = text(browser, "#resultats");
    said.split(' ').next().map_or(Value::Null, Value::from)
}

fn text(browser: &mut Chromium, selector: &str) -> String {
    let found = browser.run(&format!(
        "document.querySelector({}).textContent.trim()",
        json!(selector)
    ));
    found.as_str().expect("text").to_owned()
}

fn href(browser: &mut Chromium, selector: &str) -> String {
    let found = browser.run(&format!("document.querySelector({}).href", json!(selector)));
    found.as_str().expect("a link").to_owned()
}

/// Clicks, and waits for the page that comes.
fn follow(browser: &mut Chromium, selector: &str) {
    browser.leave_by(&format!(
        "document.querySelector({}).click()",
        json!(selector)
    ));
}
