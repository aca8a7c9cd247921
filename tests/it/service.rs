//! The whole service in process: every route on a database of the test's own, with no socket.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use passerelle::{
    annuaire::{Mailbox, Physician},
    api::Secrets,
    app::{context, router},
    clock::Clock,
    config::{self, Settings},
    flows::{Context, keep_physician},
    storage::Storage,
};
use time::macros::datetime;
use tower::ServiceExt;

use crate::database::TestDatabase;

/// The service, and what the tests look at behind it.
pub struct Service {
    pub context: Arc<Context>,
    router: Router,
    database: TestDatabase,
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is text")
    }
}

/// Settings of the tests: the defaults, and a mailbox that would send.
pub fn settings() -> Settings {
    let mut settings = config::load(None).expect("the defaults fit");
    settings.mail.from = "rcp@reseau.mssante.invalid".to_owned();
    settings.mail.trusted_domains = vec!["mssante.invalid".to_owned()];
    settings.server.max_body_bytes = 2_000_000;
    settings
}

impl Service {
    /// Starts the service on an empty database, on 23 November 2026.
    pub async fn start() -> Self {
        Self::with(settings()).await
    }

    /// The same, with other settings.
    pub async fn with(settings: Settings) -> Self {
        let database = TestDatabase::migrated().await;
        let clock = Clock::Fixed(datetime!(2026-11-23 9:00 UTC));
        let context = context(&settings, database.storage.clone(), clock)
            .await
            .expect("the settings fit");
        let secrets = Secrets::read(&settings.access, false).expect("the secrets are readable");
        Self::over(database, context, secrets)
    }

    /// The service over a context that the test made, at `http://passerelle.invalid`.
    pub fn over(database: TestDatabase, context: Context, secrets: Secrets) -> Self {
        let context = Arc::new(context);
        let router = router(
            Arc::clone(&context),
            Arc::new(secrets),
            "http://passerelle.invalid",
        );
        Self {
            context,
            router,
            database,
        }
    }

    /// Where its database is.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The service after a restart, at that time: nothing of it is left but its database.
    pub async fn restarted(self, settings: &Settings, clock: Clock) -> Self {
        let mut database = self.database;
        database.storage.close().await;
        let opened = Storage::open(&database.url, 4).await;
        database.storage = opened.expect("the database is still there");
        let context = context(settings, database.storage.clone(), clock)
            .await
            .expect("the settings fit");
        let secrets = Secrets::read(&settings.access, false).expect("the secrets are readable");
        Self::over(database, context, secrets)
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .expect("the body ends")
            .to_bytes()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// `GET` that address.
    pub async fn get(&self, address: &str) -> Answer {
        self.send(
            Request::get(address)
                .body(Body::empty())
                .expect("a valid request"),
        )
        .await
    }

    /// `GET` that address in that media type.
    pub async fn get_as(&self, address: &str, accept: &str) -> Answer {
        let request = Request::get(address).header(header::ACCEPT, accept);
        self.send(request.body(Body::empty()).expect("a valid request"))
            .await
    }

    /// `POST` those bytes.
    pub async fn post(&self, address: &str, media_type: &str, bytes: impl Into<Body>) -> Answer {
        let request = Request::post(address).header(header::CONTENT_TYPE, media_type);
        self.send(request.body(bytes.into()).expect("a valid request"))
            .await
    }

    /// `POST` those bytes under that name of the request.
    pub async fn post_named(&self, key: &str, bytes: impl Into<Body>) -> Answer {
        let request = Request::post("/rcp-reports")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        self.send(request.body(bytes.into()).expect("a valid request"))
            .await
    }

    /// The directory learns of a physician.
    pub async fn know(&self, rpps: &str, address: Option<&str>) {
        let mailbox = |address: &str| Mailbox::personal(address.parse().expect("an address"));
        let rpps = rpps.parse().expect("a valid number");
        let physician = Physician {
            mailboxes: address.map(mailbox).into_iter().collect(),
            ..Physician::named(rpps, "TESSIER", "Hélène")
        };
        let mut writing = self
            .context
            .storage
            .begin_write()
            .await
            .expect("a transaction");
        keep_physician(&self.context, &mut writing, &physician, "test")
            .await
            .expect("kept");
        writing.commit().await.expect("committed");
    }
}
