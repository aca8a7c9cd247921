//! Asking the national directory over HTTP.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{
    Answer, Changes, Pace,
    answer::{local_id, read_answer},
};
use crate::{
    fhir::{
        element::{children, reference, text},
        systems,
    },
    identifiers::Rpps,
};

/// Header that carries the key of the application.
const API_KEY: HeaderName = HeaderName::from_static("esante-api-key");

/// Physicians asked for at once: their numbers fit into an address.
pub const BATCH: usize = 20;

/// Organisations asked for at once.
const ORGANIZATIONS: usize = 40;

/// Resources asked for in a page of changes.
const CHANGES: &str = "500";

/// Longest wait for an answer; the directory gives up after 30 s itself.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Longest page that is read, in bytes.
const MAX_PAGE_BYTES: usize = 20_000_000;

/// Most pages of one answer.
const MAX_PAGES: usize = 500;

/// How often a request is made before it is given up.
const TRIES: u32 = 4;

/// Longest wait that the directory can ask of us between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where the directory is, and who we are.
pub struct DirectoryServer {
    /// Base of its FHIR interface.
    pub url: String,
    /// Key of the application; none for a stand-in that asks for none.
    pub api_key: Option<String>,
    /// PEM file of the only authorities that may have signed its certificate; those of the system
    /// when there is none.
    pub ca_file: Option<PathBuf>,
    /// Most requests in a second.
    pub requests_per_second: u32,
    /// Wait after a first failure; it doubles with each further one.
    pub retry_wait: Duration,
}

/// Why the directory cannot be used. For an operator to mend.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The address is not one, or not a safe one.
    #[error("the address of the directory must be https://… (http:// toward this machine only)")]
    Address,
    /// The key cannot stand in a header.
    #[error("the key of the directory holds characters that no key has")]
    Key,
    /// No authority can be read.
    #[error("no authority to trust can be read: {0}")]
    Authorities(String),
    /// The client cannot be made.
    #[error("the client of the directory cannot be made")]
    Client(#[source] reqwest::Error),
}

/// Why the directory gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No connection, or none in time.
    #[error("the directory cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It says that it cannot answer now, or that it is asked too often.
    #[error("the directory answers with status {0}: not now")]
    NotNow(u16),
    /// It refuses our key.
    #[error("the directory refuses the key, with status {0}")]
    Key(u16),
    /// It refuses the question.
    #[error("the directory refuses the question, with status {0}")]
    Question(u16),
    /// What it answers is not an answer.
    #[error("the directory's answer cannot be read: {0}")]
    Unreadable(&'static str),
}

impl AskError {
    /// True when the same question may be answered later without anything being mended.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::NotNow(_) => true,
            Self::Key(_) | Self::Question(_) | Self::Unreadable(_) => false,
        }
    }
}

/// Asks one directory, at its pace.
pub struct DirectoryClient {
    http: Client,
    base: Url,
    api_key: Option<HeaderValue>,
    pace: Mutex<Pace>,
    retry_wait: Duration,
}

impl DirectoryClient {
    /// A client of that directory; reads the authorities, does not connect yet.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn new(server: &DirectoryServer) -> Result<Self, DirectoryError> {
        let base = Url::parse(&format!("{}/", server.url.trim_end_matches('/')))
            .map_err(|_| DirectoryError::Address)?;
        let is_safe = base.scheme() == "https" || base.scheme() == "http" && is_loopback(&base);
        if !is_safe {
            return Err(DirectoryError::Address);
        }
        let api_key = server.api_key.as_deref().map(|key| {
            let mut value = HeaderValue::from_str(key).map_err(|_| DirectoryError::Key)?;
            value.set_sensitive(true);
            Ok(value)
        });
        let http = Client::builder()
            .tls_backend_preconfigured(tls(server)?)
            .timeout(TIMEOUT)
            // A redirection would carry the key elsewhere.
            .redirect(Policy::none())
            .user_agent(concat!("Passerelle/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(DirectoryError::Client)?;
        Ok(Self {
            http,
            base,
            api_key: api_key.transpose()?,
            pace: Mutex::new(Pace::per_second(server.requests_per_second)),
            retry_wait: server.retry_wait,
        })
    }

    /// What the directory says of those physicians ([`BATCH`] at the most), of their places of work
    /// included, to the last page.
    ///
    /// **Source:** ANS, API FHIR Annuaire Santé v2, `GET /Practitioner?identifier=…` with
    /// `_revinclude=PractitionerRole:practitioner`; the technical ids are not kept.
    ///
    /// # Errors
    /// [`AskError`], after several tries when it may pass.
    pub async fn ask(&self, physicians: &[Rpps]) -> Result<Answer, AskError> {
        let numbers: Vec<String> = physicians
            .iter()
            .map(|rpps| format!("{}|{}", systems::RPPS, rpps.as_str()))
            .collect();
        let mut resources = self
            .search(
                "Practitioner",
                &[
                    ("identifier", &numbers.join(",")),
                    ("_revinclude", "PractitionerRole:practitioner"),
                ],
            )
            .await?;
        let places: BTreeSet<String> = resources
            .iter()
            .filter(|resource| text(resource, "resourceType") == Some("PractitionerRole"))
            .filter_map(|role| local_id(reference(role, "organization")?))
            .map(str::to_owned)
            .collect();
        let places: Vec<String> = places.into_iter().collect();
        for some in places.chunks(ORGANIZATIONS) {
            resources.extend(
                self.search("Organization", &[("_id", &some.join(","))])
                    .await?,
            );
        }
        Ok(read_answer(&resources))
    }

    /// Whom and what the directory changed since an instant (RFC 3339), to the last page. It keeps
    /// changes for thirty days, and does not tell what it removed.
    ///
    /// **Source:** ANS, API FHIR Annuaire Santé v2, *Appels Delta*: `_lastUpdated=ge…` on each type;
    /// `_elements`; `_include=PractitionerRole:practitioner`.
    ///
    /// # Errors
    /// [`AskError`], after several tries when it may pass.
    pub async fn changed_since(&self, since: &str) -> Result<Changes, AskError> {
        let since = format!("ge{since}");
        let mut changes = Changes::default();
        for (resource, shape) in [
            ("Practitioner", ("_elements", "identifier")),
            (
                "PractitionerRole",
                ("_include", "PractitionerRole:practitioner"),
            ),
            ("Organization", ("_elements", "identifier")),
        ] {
            let parameters = [("_lastUpdated", since.as_str()), shape, ("_count", CHANGES)];
            self.each(resource, &parameters, |found| changes.add(&found))
                .await?;
        }
        Ok(changes)
    }

    /// The resources of every page.
    async fn search(
        &self,
        resource: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Value>, AskError> {
        let mut resources = Vec::new();
        self.each(resource, parameters, |found| resources.push(found))
            .await?;
        Ok(resources)
    }

    /// Hands over each resource of each page: no two pages are held.
    async fn each(
        &self,
        resource: &str,
        parameters: &[(&str, &str)],
        mut take: impl FnMut(Value),
    ) -> Result<(), AskError> {
        let mut url = self
            .base
            .join(resource)
            .map_err(|_| AskError::Unreadable("its address"))?;
        url.query_pairs_mut().extend_pairs(parameters);
        let mut seen = BTreeSet::new();
        loop {
            if !seen.insert(url.to_string()) || seen.len() > MAX_PAGES {
                return Err(AskError::Unreadable("its pages have no end"));
            }
            let mut page = self.fetch(&url).await?;
            if text(&page, "resourceType") != Some("Bundle") {
                return Err(AskError::Unreadable("it is not a Bundle"));
            }
            let next = children(&page, "link").find(|link| text(link, "relation") == Some("next"));
            let next = next.map(|link| self.page(text(link, "url"))).transpose()?;
            if let Some(Value::Array(entries)) = page.get_mut("entry").map(Value::take) {
                entries
                    .into_iter()
                    .filter_map(|mut entry| entry.get_mut("resource").map(Value::take))
                    .for_each(&mut take);
            }
            match next {
                Some(next) => url = next,
                None => return Ok(()),
            }
        }
    }

    /// The address of the next page, which must be of the same server: the key goes with it.
    fn page(&self, next: Option<&str>) -> Result<Url, AskError> {
        let url = next.and_then(|next| self.base.join(next).ok());
        url.filter(|url| url.origin() == self.base.origin())
            .ok_or(AskError::Unreadable("its next page is on another server"))
    }

    /// One page, tried again while that may help.
    async fn fetch(&self, url: &Url) -> Result<Value, AskError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let wait = self.pace.lock().await.wait(std::time::Instant::now());
            tokio::time::sleep(wait).await;
            let (error, asked_wait) = match self.fetch_once(url).await {
                Ok(page) => return Ok(page),
                Err(failure) => failure,
            };
            if !error.is_transient() || tries == TRIES {
                return Err(error);
            }
            let wait = asked_wait.unwrap_or_else(|| self.backoff(tries, url));
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
        }
    }

    async fn fetch_once(&self, url: &Url) -> Result<Value, (AskError, Option<Duration>)> {
        let mut request = self.http.get(url.clone());
        if let Some(key) = &self.api_key {
            request = request.header(API_KEY, key.clone());
        }
        let response = request.send().await;
        let response = response.map_err(|error| (unreachable(error), None))?;
        let status = response.status();
        let asked_wait = retry_after(&response);
        let refused = match status {
            StatusCode::OK => None,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Some(AskError::Key(status.as_u16()))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Some(AskError::NotNow(status.as_u16()))
            }
            status if status.is_server_error() => Some(AskError::NotNow(status.as_u16())),
            status => Some(AskError::Question(status.as_u16())),
        };
        if let Some(refused) = refused {
            return Err((refused, asked_wait));
        }
        let page = read(response).await.map_err(|error| (error, None))?;
        serde_json::from_slice(&page).map_err(|_| (AskError::Unreadable("it is not JSON"), None))
    }

    /// The wait doubles; a part of it that depends on the question keeps instances apart.
    fn backoff(&self, tries: u32, url: &Url) -> Duration {
        let base = self.retry_wait * 2_u32.pow(tries - 1);
        let spread: u32 = url.as_str().bytes().map(u32::from).sum();
        base + base * (spread % 64) / 128
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// TLS 1.2 and 1.3, with ring. The directory is on the open network, so its certificate may come from
/// an authority of the system, unless the settings name others.
fn tls(server: &DirectoryServer) -> Result<ClientConfig, DirectoryError> {
    let mut authorities = RootCertStore::empty();
    match &server.ca_file {
        Some(path) => {
            let told =
                |error: String| DirectoryError::Authorities(format!("{}: {error}", path.display()));
            let read = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| told(error.to_string()))?;
            for certificate in read {
                authorities
                    .add(certificate)
                    .map_err(|error| told(error.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            authorities.add_parsable_certificates(found.certs);
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| DirectoryError::Authorities(error.to_string()))?;
    Ok(config
        .with_root_certificates(authorities)
        .with_no_client_auth())
}

/// The body, up to what a page may weigh.
async fn read(mut response: Response) -> Result<Vec<u8>, AskError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > MAX_PAGE_BYTES {
            return Err(AskError::Unreadable("it is too large"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An error of the network, without the address: it names a physician.
fn unreachable(error: reqwest::Error) -> AskError {
    AskError::Unreachable(error.without_url())
}

/// Seconds that the directory asks to wait. **Source:** RFC 9110, 10.2.3.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
