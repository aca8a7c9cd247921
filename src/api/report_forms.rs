//! The form in which a report is read, as `Accept` asks for it.

use axum::http::{HeaderMap, header};

use super::ApiError;
use crate::flows::Form;

/// What is asked for of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Where it stands.
    Status,
    /// The report itself.
    Form(Form),
}

/// What `Accept` prefers; where it stands when nothing is preferred.
///
/// **Source:** RFC 9110, 12.5.1: the greatest weight, then the first one named.
pub(super) fn asked_form(headers: &HeaderMap) -> Result<Asked, ApiError> {
    let mut best: Option<(Asked, f32)> = None;
    let mut is_given = false;
    for range in headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter(|range| !range.trim().is_empty())
    {
        is_given = true;
        let weight = weight(range);
        let heaviest = best.map_or(0.0, |(_, weight)| weight);
        if weight > heaviest
            && let Some(asked) = form_of(range)
        {
            best = Some((asked, weight));
        }
    }
    match best {
        Some((asked, _)) => Ok(asked),
        None if is_given => Err(ApiError::NotAcceptable),
        None => Ok(Asked::Status),
    }
}

fn form_of(range: &str) -> Option<Asked> {
    let media_type = range.split(';').next().unwrap_or_default();
    match media_type.trim().to_ascii_lowercase().as_str() {
        "application/json" | "*/*" | "application/*" => Some(Asked::Status),
        "application/xml" | "text/xml" | "application/cda+xml" => Some(Asked::Form(Form::Cda)),
        "application/pdf" => Some(Asked::Form(Form::Pdf)),
        "text/html" => Some(Asked::Form(Form::Html)),
        "application/zip" => Some(Asked::Form(Form::Xdm)),
        "application/fhir+json" => Some(Asked::Form(Form::Fhir)),
        "application/vnd.passerelle.fiche+json" => Some(Asked::Form(Form::Fiche)),
        _ => None,
    }
}

/// The weight of a range, 1 when it gives none; 0 excludes it.
fn weight(range: &str) -> f32 {
    let weight = range
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("q"));
    match weight {
        Some((_, value)) => value.trim().parse().unwrap_or(0.0),
        None => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: &str) -> Option<Asked> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header"));
        asked_form(&headers).ok()
    }

    #[test]
    fn the_greatest_weight_wins_then_the_first() {
        assert_eq!(asked_form(&HeaderMap::new()).ok(), Some(Asked::Status));
        assert_eq!(asked("*/*"), Some(Asked::Status));
        assert_eq!(
            asked("text/html, application/pdf"),
            Some(Asked::Form(Form::Html))
        );
        assert_eq!(
            asked("text/html;q=0.5, application/pdf; q=0.8, image/png"),
            Some(Asked::Form(Form::Pdf))
        );
        assert_eq!(
            asked("Text/XML; charset=utf-8"),
            Some(Asked::Form(Form::Cda))
        );
        assert_eq!(asked("application/zip;q=0"), None);
        assert_eq!(asked("image/png"), None);
    }
}
