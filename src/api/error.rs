//! The one place where an error becomes an HTTP status and an `OperationOutcome`.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::extract::asked_language;
use crate::{
    fhir::{IssueCode, OperationOutcome},
    finding::{Bilingual, Finding, Language},
    flows::{BulkExportError, SearchError, WriteError},
    storage::StorageError,
    terminology_service::{Failure, FailureReason},
};

/// Why a request is not answered as it asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body cannot be read: not JSON, not XML, a wrong datatype.
    #[error("the content cannot be read")]
    Malformed(Vec<Finding>),
    /// A search parameter, modifier or value that we do not know.
    #[error("the query is not supported")]
    UnsupportedQuery(Vec<Finding>),
    /// Nobody, or somebody unknown, asks.
    #[error("the caller is not authenticated")]
    Unauthenticated,
    /// The caller may not do that.
    #[error("the caller may not do that")]
    Forbidden,
    /// Nothing stands at that address, or nothing that the caller may see.
    #[error("there is nothing at this address")]
    NotFound,
    /// It stood there and was deleted.
    #[error("what stood here was deleted")]
    Gone,
    /// Several resources meet the condition.
    #[error("several resources meet the condition")]
    MultipleMatches,
    /// The address does not take that method.
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// None of the formats asked for can be written.
    #[error("none of the formats asked for can be written")]
    NotAcceptable,
    /// The format of the body is not read here.
    #[error("the format of the body is not read here")]
    UnsupportedMediaType,
    /// It exists already, under another form.
    #[error("it exists already")]
    Duplicate(Vec<Finding>),
    /// It changed since the caller read it.
    #[error("it changed since it was read")]
    PreconditionFailed,
    /// Readable, but against a rule.
    #[error("the content is against a rule")]
    Invalid(Vec<Finding>),
    /// More bytes than this address takes.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What this address takes at the most.
        limit_bytes: usize,
    },
    /// As many exports as may be are kept already.
    #[error("too many exports are kept")]
    TooManyExports,
    /// A question to the terminology service that cannot be answered.
    #[error("the terminology service cannot answer")]
    Terminology(Failure),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
    /// A fault of ours.
    #[error("the request met a fault of the program")]
    Fault,
}

impl ApiError {
    /// The answer in that language. What went wrong inside is not told.
    #[must_use]
    pub fn respond(&self, language: Language) -> Response {
        let (status, outcome) = self.outcome(language);
        let body = serde_json::to_vec(&outcome).expect("an OperationOutcome holds only texts");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/fhir+json; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(match language {
                Language::French => "fr",
                Language::English => "en",
            }),
        );
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("600"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    /// Status and content of the answer.
    pub(super) fn outcome(&self, language: Language) -> (StatusCode, OperationOutcome) {
        let listed = |status, findings: &[Finding], code| {
            (
                status,
                OperationOutcome::from_findings(findings, code, language),
            )
        };
        let told = |status, code, fr: &str, en: &str| {
            let text = Bilingual::new(fr, en);
            (status, OperationOutcome::error(code, &text, language))
        };
        match self {
            Self::Malformed(findings) => {
                listed(StatusCode::BAD_REQUEST, findings, IssueCode::Structure)
            }
            Self::UnsupportedQuery(findings) => {
                listed(StatusCode::BAD_REQUEST, findings, IssueCode::NotSupported)
            }
            Self::Duplicate(findings) => {
                listed(StatusCode::CONFLICT, findings, IssueCode::Duplicate)
            }
            Self::Invalid(findings) => listed(
                StatusCode::UNPROCESSABLE_ENTITY,
                findings,
                IssueCode::BusinessRule,
            ),
            Self::Unauthenticated => told(
                StatusCode::UNAUTHORIZED,
                IssueCode::Login,
                "Identifiez-vous pour faire cette demande.",
                "Authenticate to make this request.",
            ),
            Self::Forbidden => told(
                StatusCode::FORBIDDEN,
                IssueCode::Forbidden,
                "Vos droits ne permettent pas cette demande.",
                "Your rights do not allow this request.",
            ),
            Self::NotFound => told(
                StatusCode::NOT_FOUND,
                IssueCode::NotFound,
                "Il n'y a rien à cette adresse.",
                "There is nothing at this address.",
            ),
            Self::Gone => told(
                StatusCode::GONE,
                IssueCode::Deleted,
                "Cette ressource a été supprimée ; son historique reste.",
                "This resource was deleted; its history remains.",
            ),
            Self::MultipleMatches => told(
                StatusCode::PRECONDITION_FAILED,
                IssueCode::MultipleMatches,
                "Plusieurs ressources répondent à la condition : rien n'a été fait.",
                "Several resources meet the condition: nothing was done.",
            ),
            Self::MethodNotAllowed => told(
                StatusCode::METHOD_NOT_ALLOWED,
                IssueCode::NotSupported,
                "Cette adresse n'accepte pas cette méthode.",
                "This address does not take that method.",
            ),
            Self::NotAcceptable => told(
                StatusCode::NOT_ACCEPTABLE,
                IssueCode::NotSupported,
                "Aucun des formats demandés ne peut être produit ; demandez application/fhir+json.",
                "None of the formats asked for can be written; ask for application/fhir+json.",
            ),
            Self::UnsupportedMediaType => told(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                IssueCode::NotSupported,
                "Le format du corps de la demande n'est pas lu à cette adresse.",
                "The format of the request body is not read at this address.",
            ),
            Self::PreconditionFailed => told(
                StatusCode::PRECONDITION_FAILED,
                IssueCode::Conflict,
                "La ressource a changé depuis que vous l'avez lue ; relisez-la.",
                "The resource changed since you read it; read it again.",
            ),
            Self::TooLarge { limit_bytes } => told(
                StatusCode::PAYLOAD_TOO_LARGE,
                IssueCode::TooLong,
                &format!("Le corps de la demande dépasse {limit_bytes} octets."),
                &format!("The request body is larger than {limit_bytes} bytes."),
            ),
            Self::TooManyExports => told(
                StatusCode::TOO_MANY_REQUESTS,
                IssueCode::TooCostly,
                "Trop d'exports sont conservés : supprimez-en un (DELETE), ou attendez qu'il expire.",
                "Too many exports are kept: delete one (DELETE), or wait until it expires.",
            ),
            Self::Terminology(failure) => {
                let status = match failure.reason {
                    FailureReason::Malformed => StatusCode::BAD_REQUEST,
                    FailureReason::Unknown => StatusCode::NOT_FOUND,
                    FailureReason::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
                };
                (status, failure.outcome(language))
            }
            Self::Storage(cause) => {
                if cause.is_transient() {
                    told(
                        StatusCode::SERVICE_UNAVAILABLE,
                        IssueCode::Transient,
                        "Le service est momentanément indisponible ; réessayez.",
                        "The service is unavailable for a moment; try again.",
                    )
                } else {
                    told(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        IssueCode::Exception,
                        "Une erreur interne est survenue.",
                        "An internal error occurred.",
                    )
                }
            }
            Self::Fault => told(
                StatusCode::INTERNAL_SERVER_ERROR,
                IssueCode::Exception,
                "Une erreur interne est survenue.",
                "An internal error occurred.",
            ),
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Invalid(findings) => Self::Invalid(findings),
            WriteError::Malformed(findings) => Self::Malformed(findings),
            WriteError::UnsupportedCondition(findings) => Self::UnsupportedQuery(findings),
            WriteError::NotFound => Self::NotFound,
            WriteError::Gone => Self::Gone,
            WriteError::PreconditionFailed => Self::PreconditionFailed,
            WriteError::MultipleMatches => Self::MultipleMatches,
            WriteError::Conflict(findings) => Self::Duplicate(findings),
            WriteError::Storage(cause) => Self::Storage(cause),
        }
    }
}

impl From<BulkExportError> for ApiError {
    fn from(error: BulkExportError) -> Self {
        match error {
            BulkExportError::Unsupported(findings) => Self::UnsupportedQuery(findings),
            BulkExportError::TooMany => Self::TooManyExports,
            BulkExportError::Storage(cause) => Self::Storage(cause),
        }
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Unsupported(findings) => Self::UnsupportedQuery(findings),
            SearchError::Storage(cause) => Self::Storage(cause),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self::Terminology(failure)
    }
}

/// In French; [`answer_in_asked_language`] says it again in the language that the request asks for.
/// What went wrong inside is logged here, once.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Storage(cause) = &self {
            tracing::error!(
                error = cause as &dyn std::error::Error,
                "the database failed during a request"
            );
        }
        let mut response = self.respond(Language::French);
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Middleware: answers an [`ApiError`] in the language of the `Accept-Language` header.
pub async fn answer_in_asked_language(request: Request, next: Next) -> Response {
    let language = asked_language(request.headers());
    let response = next.run(request).await;
    match response.extensions().get::<Arc<ApiError>>() {
        Some(error) if language == Language::English => error.respond(language),
        Some(_) | None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, middleware::from_fn, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn answer(accept_language: &str) -> (StatusCode, serde_json::Value) {
        let router = Router::new()
            .route("/", get(async || ApiError::NotFound))
            .layer(from_fn(answer_in_asked_language));
        let request = Request::get("/")
            .header(header::ACCEPT_LANGUAGE, accept_language)
            .body(Body::empty())
            .expect("a valid request");
        let response = router.oneshot(request).await.expect("infallible");
        let status = response.status();
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/fhir+json; charset=utf-8"
        );
        let body = response.into_body().collect().await.expect("in memory");
        let body = serde_json::from_slice(&body.to_bytes()).expect("JSON");
        (status, body)
    }

    #[tokio::test]
    async fn an_error_is_told_in_the_language_that_the_caller_reads() {
        let (status, french) = answer("fr").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(french["issue"][0]["code"], "not-found");
        assert_eq!(
            french["issue"][0]["details"]["text"],
            "Il n'y a rien à cette adresse."
        );
        let (_, english) = answer("en-GB").await;
        assert_eq!(
            english["issue"][0]["details"]["text"],
            "There is nothing at this address."
        );
    }

    #[test]
    fn a_failing_database_is_not_described_to_the_caller() {
        let error = ApiError::Storage(StorageError::Corrupt { column: "t.secret" });
        let (status, outcome) = error.outcome(Language::English);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&outcome).expect("texts");
        assert!(!text.contains("secret"), "{text}");
    }
}
