//! Who may do what. Each route names the right that it needs; a right without a configured secret
//! is open, which the settings allow on a loopback address alone.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::ApiError;
use crate::config::Access;

/// What a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Hand in and read reports.
    Reports,
    /// See the operations pages and the metrics.
    Operations,
    /// Write to the directory, and read all of it.
    Offers,
}

/// The secrets that open each right, as hashes: comparing hashes tells nothing by its time.
#[derive(Clone, Default)]
pub struct Secrets {
    reports: Option<[u8; 32]>,
    operations: Option<[u8; 32]>,
    offers: Option<[u8; 32]>,
    /// True where the directory cannot be written without a secret.
    is_exposed: bool,
}

/// A right and the secrets that open it: the state of the guard.
#[derive(Clone)]
pub struct Guard {
    /// The right that the routes need.
    pub right: Right,
    /// What opens it.
    pub secrets: Arc<Secrets>,
}

impl Secrets {
    /// Reads the secrets from the files that the settings name.
    ///
    /// `is_exposed`: others than this machine reach the service.
    ///
    /// # Errors
    /// The file that cannot be read, and why.
    pub fn read(access: &Access, is_exposed: bool) -> Result<Self, (PathBuf, io::Error)> {
        Ok(Self {
            reports: read_hash(&access.reports_token_file)?,
            operations: read_hash(&access.operations_password_file)?,
            offers: read_hash(&access.offers_token_file)?,
            is_exposed,
        })
    }

    /// True when the secret that is offered opens the right.
    pub(super) fn opens(&self, right: Right, offered: Option<&str>) -> bool {
        let wanted = match right {
            Right::Reports => self.reports,
            Right::Operations => self.operations,
            Right::Offers if self.is_exposed && self.offers.is_none() => return false,
            Right::Offers => self.offers,
        };
        wanted.is_none_or(|wanted| offered.is_some_and(|secret| hash(secret) == wanted))
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn read_hash(path: &Path) -> Result<Option<[u8; 32]>, (PathBuf, io::Error)> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let secret = std::fs::read_to_string(path).map_err(|error| (path.to_owned(), error))?;
    Ok(Some(hash(secret.trim())))
}

/// The secret that a request offers: a bearer token, or the password of basic authentication.
///
/// **Source:** RFC 6750, 2.1; RFC 7617, 2.
pub(super) fn offered_secret(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = BASE64_STANDARD.decode(credentials.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        return text
            .split_once(':')
            .map(|(_, password)| password.to_owned());
    }
    None
}

/// Middleware: goes on only with the right that the routes need.
pub async fn require(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let is_page = request.uri().path().starts_with("/pilotage");
    if guard
        .secrets
        .opens(guard.right, offered_secret(request.headers()).as_deref())
    {
        return next.run(request).await;
    }
    let mut response = ApiError::Unauthenticated.into_response();
    // A browser then asks its user.
    let realm = match guard.right {
        Right::Operations => Some("Basic realm=\"Passerelle\""),
        Right::Reports if is_page => Some("Basic realm=\"Passerelle, comptes rendus\""),
        Right::Reports | Right::Offers => None,
    };
    if let Some(realm) = realm {
        let challenge = HeaderValue::from_static(realm);
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router, body::Body, http::StatusCode, middleware::from_fn_with_state, routing::get,
    };
    use tower::ServiceExt;

    async fn status(secrets: Secrets, right: Right, authorization: Option<&str>) -> StatusCode {
        let guard = Guard {
            right,
            secrets: Arc::new(secrets),
        };
        let router = Router::new()
            .route("/", get(async || "in"))
            .layer(from_fn_with_state(guard, require));
        let mut request = Request::get("/");
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(Body::empty()).expect("a valid request");
        router.oneshot(request).await.expect("infallible").status()
    }

    fn secrets() -> Secrets {
        Secrets {
            reports: Some(hash("a-long-enough-token")),
            operations: Some(hash("a-long-enough-word")),
            ..Secrets::default()
        }
    }

    #[tokio::test]
    async fn without_a_secret_the_route_is_open() {
        assert_eq!(
            status(Secrets::default(), Right::Reports, None).await,
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn a_secret_opens_its_own_right_only() {
        let bearer = Some("Bearer a-long-enough-token");
        assert_eq!(
            status(secrets(), Right::Reports, bearer).await,
            StatusCode::OK
        );
        assert_eq!(
            status(secrets(), Right::Operations, bearer).await,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            status(secrets(), Right::Reports, Some("Bearer wrong")).await,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            status(secrets(), Right::Reports, None).await,
            StatusCode::UNAUTHORIZED
        );
    }

    #[tokio::test]
    async fn a_browser_may_give_the_password_with_any_user() {
        let basic = format!(
            "Basic {}",
            BASE64_STANDARD.encode("anyone:a-long-enough-word")
        );
        assert_eq!(
            status(secrets(), Right::Operations, Some(&basic)).await,
            StatusCode::OK
        );
        assert_eq!(
            status(secrets(), Right::Operations, Some("Basic !!")).await,
            StatusCode::UNAUTHORIZED
        );
    }
}
