//! What a request says, read with errors that a FHIR client understands.

use axum::{
    body::Body,
    extract::{FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, header, request::Parts},
};
use percent_encoding::percent_decode;

use super::ApiError;
use crate::{
    fhir::{ResourceType, is_id},
    finding::{Bilingual, Finding, Language},
};

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Type, id and version that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceAddress {
    /// `{type}`
    pub kind: ResourceType,
    /// `{id}`; empty when the path has none.
    pub id: String,
    /// `{version}`
    pub version: Option<i64>,
}

impl<S: Send + Sync> FromRequestParts<S> for ResourceAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        let find = |wanted| {
            params
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
        };
        let kind = find("type").and_then(ResourceType::parse);
        let version = match find("version") {
            Some(text) => Some(text.parse().map_err(|_| ApiError::NotFound)?),
            None => None,
        };
        let id = find("id").unwrap_or_default();
        if !id.is_empty() && !is_id(id) {
            return Err(ApiError::NotFound);
        }
        Ok(Self {
            kind: kind.ok_or(ApiError::NotFound)?,
            id: id.to_owned(),
            version,
        })
    }
}

/// The `{id}` that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ResourceId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        let id = params.iter().find(|(name, _)| *name == "id");
        Ok(Self(id.map(|(_, id)| id.to_owned()).unwrap_or_default()))
    }
}

/// The decoded pairs of the query of the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryPairs(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        pairs(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The decoded pairs of a form in the body, which may take `limit_bytes`.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::TooLarge`] or [`ApiError::Malformed`].
pub async fn form_pairs(
    request: Request,
    limit_bytes: usize,
) -> Result<Vec<(String, String)>, ApiError> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| media_type(value).eq_ignore_ascii_case(FORM));
    if !is_form {
        return Err(ApiError::UnsupportedMediaType);
    }
    let body = read_body(request.into_body(), limit_bytes).await?;
    pairs(std::str::from_utf8(&body).map_err(|_| undecodable())?)
}

/// The bytes of a body.
///
/// # Errors
/// [`ApiError::TooLarge`]; a connection that breaks ends the request anyway.
pub async fn read_body(body: Body, limit_bytes: usize) -> Result<bytes::Bytes, ApiError> {
    axum::body::to_bytes(body, limit_bytes)
        .await
        .map_err(|_| ApiError::TooLarge { limit_bytes })
}

/// Decodes `application/x-www-form-urlencoded`.
///
/// # Errors
/// [`ApiError::Malformed`] when it is not UTF-8.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, ApiError> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes())
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| undecodable())
}

fn undecodable() -> ApiError {
    ApiError::Malformed(vec![Finding::error(
        "URL-ENCODING",
        "",
        Bilingual::new(
            "La requête n'est pas en UTF-8.",
            "The query is not in UTF-8.",
        ),
        Bilingual::new(
            "Encodez les accents en UTF-8, chaque octet par %XX.",
            "Encode accents in UTF-8, each byte as %XX.",
        ),
    )])
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or(value).trim()
}

/// Refuses what cannot be answered in FHIR JSON. `_format` wins over `Accept`.
///
/// **Source:** FHIR R4, 3.1.0.1.10, content types; RFC 9110, 12.5.1.
///
/// # Errors
/// [`ApiError::NotAcceptable`].
pub fn accept_fhir_json(headers: &HeaderMap, pairs: &[(String, String)]) -> Result<(), ApiError> {
    let is_json = |kind: &str| {
        matches!(
            kind.to_ascii_lowercase().as_str(),
            "json" | "application/json" | "application/fhir+json" | "application/*" | "*/*"
        )
    };
    let asked = pairs.iter().find(|(name, _)| name == "_format");
    if let Some((_, format)) = asked.filter(|(_, format)| !format.is_empty()) {
        // A `+` that nobody escaped arrives as a space.
        let format = media_type(format).replace(' ', "+");
        return if is_json(&format) {
            Ok(())
        } else {
            Err(ApiError::NotAcceptable)
        };
    }
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .peekable();
    let is_welcome = ranges.peek().is_none()
        || ranges.any(|range| {
            let is_excluded = range.split(';').skip(1).any(|parameter| {
                let parameter = parameter.trim();
                let quality = parameter.strip_prefix("q=").map(str::parse::<f32>);
                matches!(quality, Some(Ok(quality)) if quality <= 0.0)
            });
            is_json(media_type(range)) && !is_excluded
        });
    if is_welcome {
        Ok(())
    } else {
        Err(ApiError::NotAcceptable)
    }
}

/// The language that the request prefers.
#[must_use]
pub fn asked_language(headers: &HeaderMap) -> Language {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Language::French, Language::from_accept_language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_bad_bytes_refused() {
        assert_eq!(
            pairs("a=%C3%A9+b&c&&d%7C=1=2").ok(),
            Some(vec![
                ("a".to_owned(), "é b".to_owned()),
                ("c".to_owned(), String::new()),
                ("d|".to_owned(), "1=2".to_owned())
            ])
        );
        assert!(pairs("a=%FF").is_err());
    }

    #[test]
    fn json_is_answered_to_those_who_take_it() {
        let accepts = |accept: &str, format: &str| {
            let mut headers = HeaderMap::new();
            if !accept.is_empty() {
                headers.insert(header::ACCEPT, accept.parse().expect("a header"));
            }
            let pairs = [("_format".to_owned(), format.to_owned())];
            accept_fhir_json(&headers, &pairs).is_ok()
        };
        assert!(accepts("", ""));
        assert!(accepts("text/html,*/*;q=0.8", ""));
        assert!(accepts("application/fhir+json; fhirVersion=4.0", ""));
        assert!(!accepts("application/fhir+xml", ""));
        assert!(!accepts("application/json;q=0", ""));
        assert!(accepts("application/fhir+xml", "json"));
        assert!(!accepts("application/json", "xml"));
        assert!(accepts("", "application/fhir json"));
    }
}
