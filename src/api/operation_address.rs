//! Names of operations in addresses, `$validate` for one: clients may escape their dollar.

use axum::{extract::Request, http::Uri};

/// A dollar that stands first in a part of a path, escaped.
const ESCAPED: &str = "/%24";

/// The request under the address that the routes know: `/%24validate` is `/$validate`. What comes
/// after `?` is left as it is.
///
/// **Source:** RFC 3986, 2.2 (a dollar has no meaning of its own there) and 6.2.2.2.
pub fn with_plain_operation(mut request: Request) -> Request {
    let uri = request.uri();
    if uri.path().contains(ESCAPED)
        && let Some(plain) = plain(uri)
    {
        *request.uri_mut() = plain;
    }
    request
}

fn plain(uri: &Uri) -> Option<Uri> {
    let path = uri.path().replace(ESCAPED, "/$");
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn only_the_dollar_of_an_operation_is_written_plainly() {
        for (asked, read) in [
            (
                "/rcp-reports/%24refused/1?a=%24b",
                "/rcp-reports/$refused/1?a=%24b",
            ),
            ("/fhir/A/1/%24everything", "/fhir/A/1/$everything"),
            (
                "http://gateway.invalid/fhir/%24export",
                "http://gateway.invalid/fhir/$export",
            ),
            ("/fhir/A/b%24c", "/fhir/A/b%24c"),
            ("/fhir/A/$validate", "/fhir/A/$validate"),
        ] {
            let request = Request::builder().uri(asked).body(Body::empty());
            let request = with_plain_operation(request.expect("a request"));
            assert_eq!(request.uri().to_string(), read);
        }
    }
}
