//! What people send from a page.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    api::{ApiError, extract::form_pairs},
    flows::Decider,
};

/// Longest form, in bytes.
const MAX_FORM_BYTES: usize = 20_000;

/// The fields of a form.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form that one of our own pages sent. A browser sends the password of these pages
    /// along whatever page asks it to, so a form of another site is refused.
    ///
    /// **Source:** Fetch Metadata, `Sec-Fetch-Site`; RFC 6454, 7 (`Origin`).
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for another site, else what is wrong with the form.
    pub async fn read(request: Request) -> Result<Self, ApiError> {
        Self::read_up_to(request, MAX_FORM_BYTES).await
    }

    /// The same, of a form of at most `limit_bytes`.
    ///
    /// # Errors
    /// As [`Form::read`].
    pub async fn read_up_to(request: Request, limit_bytes: usize) -> Result<Self, ApiError> {
        if !is_of_our_own(request.headers()) {
            return Err(ApiError::Forbidden);
        }
        Ok(Self(form_pairs(request, limit_bytes).await?))
    }

    /// Every value of the fields of that name, trimmed: the boxes that were ticked.
    pub fn fields<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let found = self.0.iter().filter(move |(field, _)| field == name);
        found.map(|(_, value)| value.trim())
    }

    /// The field of that name, empty when there is none.
    pub fn field(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Who sends it, and why.
    pub fn decider(&self) -> Decider<'_> {
        Decider {
            author: self.field("auteur"),
            note: self.field("motif"),
        }
    }
}

/// True unless the page of another site sent the request.
pub(super) fn is_of_our_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, origin)| origin == host),
        (Some(_), None) => false,
        // Not a browser: it sends nothing that it was not told to.
        (None, _) => true,
    }
}

/// The page at `address`, after a form was dealt with.
pub fn see_other(address: &str) -> Response {
    let location = HeaderValue::from_str(address)
        .unwrap_or_else(|_| HeaderValue::from_static("/pilotage/a-traiter"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_send_forms() {
        for (pairs, taken) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "cross-site")][..], false),
            (&[("sec-fetch-site", "same-site")][..], false),
            (
                &[("origin", "https://a.invalid"), ("host", "a.invalid")][..],
                true,
            ),
            (
                &[("origin", "https://b.invalid"), ("host", "a.invalid")][..],
                false,
            ),
            (&[("origin", "null"), ("host", "a.invalid")][..], false),
            (&[("host", "a.invalid")][..], true),
        ] {
            assert_eq!(is_of_our_own(&headers(pairs)), taken, "{pairs:?}");
        }
    }
}
