//! The national directory: asked over real HTTP, its answers kept, the reports that wait for them sent
//! on. The answers are invented, in the shapes that the real one gives.

use std::{
    collections::VecDeque,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use passerelle::{
    annuaire::{
        Answer, Mailbox, Physician, StandIn,
        http::{AskError, DirectoryClient, DirectoryServer},
    },
    app::{context, serve_stand_in},
    clock::Clock,
    flows::{RefreshError, Refreshed, keep_physician, refresh_recipients},
    identifiers::Rpps,
};
use serde_json::{Value, json};
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::service::{Service, settings};

/// Number of the physician of the recorded answers.
pub(crate) const ODILE: &str = "99900000011";

pub(crate) fn recorded(name: &str) -> String {
    let path = format!("{}/tests/data/annuaire/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a file of ours")
}

/// A directory that gives prepared answers, one after the other, and keeps the questions.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<(StatusCode, String)>>>,
    questions: Arc<Mutex<Vec<(String, String)>>>,
}

async fn answer(State(scripted): State<Scripted>, request: Request<Body>) -> Response {
    let key = request
        .headers()
        .get("esante-api-key")
        .map(|key| key.to_str().expect("text").to_owned());
    let question = (request.uri().to_string(), key.unwrap_or_default());
    scripted
        .questions
        .lock()
        .expect("not poisoned")
        .push(question);
    let answer = scripted.answers.lock().expect("not poisoned").pop_front();
    let (status, body) = answer.expect("no question without its answer");
    let headers = [
        (header::CONTENT_TYPE, "application/fhir+json"),
        (header::RETRY_AFTER, "0"),
        (header::LOCATION, "http://192.0.2.1/elsewhere"),
    ];
    (status, headers, body).into_response()
}

impl Scripted {
    /// Serves those answers at the returned base; in them, the base of the real one becomes this one.
    pub(crate) async fn serve(answers: &[(u16, &str)]) -> (Self, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let base = format!(
            "http://{}/fhir/v2",
            listener.local_addr().expect("an address")
        );
        let scripted = Self::default();
        for (status, body) in answers {
            let body = body.replace("https://gateway.api.esante.gouv.fr/fhir/v2", &base);
            let status = StatusCode::from_u16(*status).expect("a status");
            scripted
                .answers
                .lock()
                .expect("not poisoned")
                .push_back((status, body));
        }
        let router = Router::new().fallback(answer).with_state(scripted.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (scripted, base)
    }

    pub(crate) fn questions(&self) -> Vec<(String, String)> {
        self.questions.lock().expect("not poisoned").clone()
    }
}

pub(crate) fn client(base: &str) -> DirectoryClient {
    DirectoryClient::new(&DirectoryServer {
        url: base.to_owned(),
        api_key: Some("an-invented-key".to_owned()),
        ca_file: None,
        requests_per_second: 17,
        retry_wait: Duration::from_millis(1),
    })
    .expect("a client")
}

pub(crate) fn rpps(number: &str) -> Rpps {
    number.parse().expect("a valid number")
}

async fn ask(answers: &[(u16, &str)]) -> (Result<Answer, AskError>, Vec<(String, String)>) {
    let (scripted, base) = Scripted::serve(answers).await;
    let answer = client(&base).ask(&[rpps(ODILE)]).await;
    (answer, scripted.questions())
}

#[tokio::test]
async fn the_physician_the_places_of_work_and_their_boxes_are_asked_for_with_the_key() {
    let (answer, questions) = ask(&[
        (200, &recorded("practitioner-with-roles.json")),
        (200, &recorded("organizations.json")),
    ])
    .await;
    let physician = &answer.expect("an answer").physicians[ODILE];
    assert_eq!(physician.mailboxes.len(), 3);
    assert_eq!(questions.len(), 2);
    assert!(questions.iter().all(|(_, key)| key == "an-invented-key"));
    assert_eq!(
        questions[0].0,
        "/fhir/v2/Practitioner?identifier=https%3A%2F%2Frpps.esante.gouv.fr%7C99900000011\
         &_revinclude=PractitionerRole%3Apractitioner"
    );
    assert_eq!(
        questions[1].0,
        "/fhir/v2/Organization?_id=001-02-9000001%2C001-02-9000002"
    );
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let organizations = recorded("organizations.json");
    let (answer, questions) = ask(&[
        (200, &recorded("page-1.json")),
        (200, &recorded("page-2.json")),
        (200, &organizations),
    ])
    .await;
    assert_eq!(answer.expect("an answer").physicians.len(), 2);
    assert_eq!(questions[1].0, "/fhir/v2/_page?id=u0AmXEZS9W7BbdpqInvented");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_told_at_once() {
    let absent = recorded("practitioner-absent.json");
    let (answer, questions) = ask(&[(429, ""), (503, "<html>"), (504, ""), (200, &absent)]).await;
    assert!(answer.expect("an answer").physicians.is_empty());
    assert_eq!(questions.len(), 4);

    let (answer, questions) = ask(&[(500, ""), (500, ""), (500, ""), (500, "")]).await;
    let error = answer.expect_err("no answer");
    assert!(matches!(error, AskError::NotNow(500)) && error.is_transient());
    assert_eq!(questions.len(), 4);

    for (status, body) in [
        (401, String::new()),
        (403, String::new()),
        (400, recorded("error-unknown-type.json")),
        (302, String::new()),
        (200, "<html>Maintenance</html>".to_owned()),
        (200, recorded("error-unknown-type.json")),
    ] {
        let (answer, questions) = ask(&[(status, &body)]).await;
        let error = answer.expect_err("no answer");
        assert!(!error.is_transient(), "{status}: {error}");
        assert_eq!(questions.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_key_never_follows_a_page_to_another_server_and_a_circle_ends() {
    let elsewhere = recorded("page-1.json").replace(
        "https://gateway.api.esante.gouv.fr/fhir/v2/_page",
        "https://elsewhere.invalid/_page",
    );
    let (answer, _) = ask(&[(200, &elsewhere)]).await;
    assert!(matches!(answer, Err(AskError::Unreadable(_))));

    let circle = recorded("page-1.json");
    let (answer, questions) = ask(&[(200, &circle), (200, &circle)]).await;
    assert!(matches!(answer, Err(AskError::Unreadable(_))));
    assert_eq!(questions.len(), 2);
}

#[tokio::test]
async fn a_directory_that_cannot_be_reached_safely_is_refused_before_it_is_asked() {
    for url in [
        "http://annuaire.invalid/fhir/v2",
        "annuaire",
        "ftp://127.0.0.1/",
    ] {
        let client = DirectoryClient::new(&DirectoryServer {
            url: url.to_owned(),
            api_key: None,
            ca_file: None,
            requests_per_second: 1,
            retry_wait: Duration::ZERO,
        });
        assert!(client.is_err(), "{url}");
    }
    // Nobody listens there: the port was free a moment ago.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let base = format!(
        "http://{}/fhir/v2",
        listener.local_addr().expect("an address")
    );
    drop(listener);
    let error = client(&base)
        .ask(&[rpps(ODILE)])
        .await
        .expect_err("nobody answers");
    assert!(matches!(error, AskError::Unreachable(_)) && error.is_transient());
    assert!(
        !format!("{error:?}").contains(ODILE),
        "the address is not told"
    );
}

/// A service that asks a directory.
pub(crate) async fn asking_service() -> Service {
    let mut settings = settings();
    settings.annuaire.url = "http://127.0.0.1:1/fhir/v2".to_owned();
    Service::with(settings).await
}

fn fiche() -> Value {
    let path = format!(
        "{}/tests/data/fiches/appareil-minimal.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
}

/// Hands in a report whose physician has that number and family name; its delivery.
pub(crate) async fn hand_in(service: &Service, number: &str, family: &str) -> (String, Value) {
    let mut fiche = fiche();
    let physician = &mut fiche["people"]["attending_physician"]["professional"];
    physician["id"]["value"] = json!(number);
    physician["name"]["family"] = json!(family);
    let created = service
        .post("/rcp-reports", "application/json", fiche.to_string())
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let delivery = delivery(service, &id).await;
    (id, delivery)
}

async fn delivery(service: &Service, id: &str) -> Value {
    let history = service
        .get(&format!("/rcp-reports/{id}/history"))
        .await
        .json();
    history["versions"][0]["delivery"].clone()
}

#[tokio::test]
async fn a_report_waits_for_the_answer_and_leaves_with_it() {
    let service = asking_service().await;
    let (id, waiting) = hand_in(&service, ODILE, "Exemple").await;
    assert_eq!(waiting["reason"], "directory-awaited");

    let (scripted, base) = Scripted::serve(&[
        (200, &recorded("practitioner-with-roles.json")),
        (200, &recorded("organizations.json")),
    ])
    .await;
    let client = client(&base);
    let refreshed = refresh_recipients(&service.context, &client).await;
    assert_eq!(refreshed.expect("asked"), Refreshed::Asked(1));
    let sent = delivery(&service, &id).await;
    assert_eq!(sent["state"], "pending");
    assert_eq!(
        sent["recipientAddress"],
        "odile.exemple@medecin.mssante.invalid"
    );
    let refreshed = refresh_recipients(&service.context, &client).await;
    assert_eq!(refreshed.expect("asked"), Refreshed::Idle);
    assert_eq!(scripted.questions().len(), 2);
}

#[tokio::test]
async fn each_hindrance_has_its_own_name() {
    for (file, number, family, reason) in [
        (
            "practitioner-absent.json",
            "99900000045",
            "Exemple",
            "not-in-directory",
        ),
        (
            "practitioner-inactive.json",
            "99900000029",
            "Exemple",
            "no-longer-practising",
        ),
        (
            "practitioner-without-mailbox.json",
            "99900000037",
            "Sansboîte",
            "no-mailbox",
        ),
        (
            "practitioner-with-roles.json",
            ODILE,
            "Autrenom",
            "name-differs",
        ),
    ] {
        let service = asking_service().await;
        let (id, _) = hand_in(&service, number, family).await;
        let organizations = recorded("organizations.json");
        let (_, base) = Scripted::serve(&[(200, &recorded(file)), (200, &organizations)]).await;
        refresh_recipients(&service.context, &client(&base))
            .await
            .expect("asked");
        let told = delivery(&service, &id).await;
        assert_eq!(
            (&told["state"], &told["reason"]),
            (&json!("undeliverable"), &json!(reason))
        );
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_whole_does_not_say_that_somebody_is_absent() {
    let service = asking_service().await;
    let (id, _) = hand_in(&service, ODILE, "Exemple").await;
    let nameless = json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Practitioner",
        "active": true, "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": ODILE}]}}]});
    let (_, base) = Scripted::serve(&[(200, &nameless.to_string())]).await;
    refresh_recipients(&service.context, &client(&base))
        .await
        .expect("asked");
    assert_eq!(delivery(&service, &id).await["reason"], "directory-awaited");
}

#[tokio::test]
async fn a_directory_that_fails_keeps_the_report_waiting() {
    let service = asking_service().await;
    let (id, _) = hand_in(&service, ODILE, "Exemple").await;
    let (_, base) = Scripted::serve(&[(401, "")]).await;
    let failed = refresh_recipients(&service.context, &client(&base)).await;
    assert!(matches!(
        failed,
        Err(RefreshError::Directory(AskError::Key(401)))
    ));
    assert_eq!(delivery(&service, &id).await["reason"], "directory-awaited");
}

#[tokio::test]
async fn the_stand_in_answers_the_client_as_the_real_one_does() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let base = format!(
        "http://{}/fhir/v2",
        listener.local_addr().expect("an address")
    );
    let resources = [
        "practitioner-with-roles.json",
        "organizations.json",
        "practitioner-inactive.json",
    ]
    .iter()
    .flat_map(|name| {
        let bundle: Value = serde_json::from_str(&recorded(name)).expect("JSON");
        bundle["entry"].as_array().expect("entries").clone()
    })
    .map(|entry| entry["resource"].clone());
    let directory = StandIn::new(resources);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve_stand_in(listener, directory, stop.clone()));
    let numbers = [rpps(ODILE), rpps("99900000029"), rpps("99900000045")];
    let answer = client(&base).ask(&numbers).await.expect("an answer");
    assert_eq!(answer.physicians.len(), 2);
    assert_eq!(answer.physicians[ODILE].mailboxes.len(), 3);
    assert!(!answer.physicians["99900000029"].is_active);
    for (since, physicians, places) in [
        ("2026-09-14T17:00:00Z", 0, 0),
        ("2026-09-14T16:00:00Z", 1, 0),
        ("2026-01-01T00:00:00Z", 2, 2),
    ] {
        let changes = client(&base).changed_since(since).await.expect("an answer");
        let found = (changes.physicians.len(), changes.places.len());
        assert_eq!(found, (physicians, places), "{since}");
    }
    stop.cancel();
    serving.await.expect("it ends").expect("served");
}

#[tokio::test]
async fn while_the_directory_is_silent_a_mailbox_of_late_is_used_and_an_old_one_is_not() {
    for (checked, state) in [
        (datetime!(2026-11-21 9:00 UTC), "pending"),
        (datetime!(2026-10-20 9:00 UTC), "undeliverable"),
    ] {
        let service = asking_service().await;
        let mut asking = settings();
        asking.annuaire.url = "http://127.0.0.1:1/fhir/v2".to_owned();
        let storage = service.context.storage.clone();
        let then = context(&asking, storage, Clock::Fixed(checked))
            .await
            .expect("it fits");
        let physician = Physician {
            mailboxes: vec![Mailbox::personal(
                "o@medecin.mssante.invalid".parse().expect("valid"),
            )],
            ..Physician::named(rpps(ODILE), "EXEMPLE", "Odile")
        };
        let mut writing = then.storage.begin_write().await.expect("a transaction");
        keep_physician(&then, &mut writing, &physician, "annuaire")
            .await
            .expect("kept");
        writing.commit().await.expect("committed");

        let (id, waiting) = hand_in(&service, ODILE, "Exemple").await;
        assert_eq!(waiting["reason"], "directory-awaited");
        let (_, base) = Scripted::serve(&[(503, ""), (503, ""), (503, ""), (503, "")]).await;
        refresh_recipients(&service.context, &client(&base))
            .await
            .expect_err("it is silent");
        let told = delivery(&service, &id).await;
        assert_eq!(told["state"], state);
        let found = told["history"].to_string();
        assert_eq!(
            found.contains("not asked again since"),
            state == "pending",
            "{found}"
        );
    }
}
