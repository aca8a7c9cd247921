//! FHIR R4 over HTTP: `$validate`, which writes nothing.
//!
//! **Source:** FHIR R4, `OperationDefinition` Resource-validate.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::Response,
};
use serde_json::Value;

use super::{
    ApiError,
    extract::{QueryPairs, ResourceAddress, asked_language, read_body},
    fhir::{FhirState, json_response},
    fhir_requests::{may_write, media_type_of, reader_of},
    fhir_wire::UnreadableXml,
    fhir_writes::FHIR_JSON_TYPES,
};
use crate::{
    fhir::{
        IssueCode, OperationOutcome, Origin, ResourceType, check_profile, check_profiles,
        element::{children, text},
        is_id, read_json,
    },
    finding::{Bilingual, Finding, FindingKind, accepts},
    flows::check_among_others,
};

pub(super) async fn validate(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let has_body = headers
        .get(header::CONTENT_LENGTH)
        .is_none_or(|length| length.as_bytes() != b"0")
        && headers.contains_key(header::CONTENT_TYPE);
    let body = if has_body {
        if !FHIR_JSON_TYPES.contains(&media_type_of(&headers).as_str()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        if let Some(UnreadableXml(findings)) = request.extensions().get() {
            return Err(ApiError::Malformed(findings.clone()));
        }
        let limit = state.context.max_body_bytes;
        let bytes = read_body(request.into_body(), limit).await?;
        read_json(&bytes, limit).map_err(ApiError::Malformed)?
    } else {
        stored(&state, &address, &headers).await?
    };
    let asked = Asked::read(&body, &pairs);
    let resource = asked.resource.unwrap_or(&Value::Null);
    let mut findings = asked.check(&state, &address, resource);
    // Whether something stands in the directory is not told to everybody.
    let may_ask = may_write(&state.secrets, &headers).is_ok();
    if may_ask && accepts(&findings) && asked.mode != Some("delete") {
        let (kind, id) = (address.kind, &address.id);
        let base_url = &state.base_url;
        let others = check_among_others(&state.context, kind, id, resource, base_url).await?;
        findings.extend(others);
    }
    if findings.is_empty() {
        let message = Bilingual::new("Aucun défaut.", "No fault.");
        findings.push(Finding::information("VALID", message));
    }
    let language = asked_language(&headers);
    let outcome = OperationOutcome::from_findings(&findings, IssueCode::BusinessRule, language);
    let text = serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts");
    Ok(json_response(text))
}

/// The resource that stands at the address, when none is sent.
async fn stored(
    state: &FhirState,
    address: &ResourceAddress,
    headers: &HeaderMap,
) -> Result<Value, ApiError> {
    let reader = reader_of(&state.secrets, headers);
    let text = super::fhir::read_text(state, address.kind, &address.id, None, reader).await?;
    Ok(serde_json::from_str(&text).expect("what is kept was written from a JSON value"))
}

/// What is asked: a resource, and with which profile and for which act.
struct Asked<'v> {
    resource: Option<&'v Value>,
    profiles: Vec<&'v str>,
    mode: Option<&'v str>,
}

impl<'v> Asked<'v> {
    /// Of the query, or of a `Parameters` resource.
    fn read(body: &'v Value, pairs: &'v [(String, String)]) -> Self {
        let of_query = |wanted: &str| {
            let wanted = wanted.to_owned();
            pairs
                .iter()
                .filter(move |(name, _)| *name == wanted)
                .map(|(_, value)| value.as_str())
        };
        let mut asked = Self {
            resource: Some(body),
            profiles: of_query("profile").collect(),
            mode: of_query("mode").next(),
        };
        if text(body, "resourceType") != Some("Parameters") {
            return asked;
        }
        let part = |name: &str| {
            children(body, "parameter").find(move |part| text(part, "name") == Some(name))
        };
        asked.resource = part("resource").and_then(|part| part.get("resource"));
        let words = |name: &str| {
            let part = part(name)?;
            ["valueCode", "valueUri", "valueCanonical", "valueString"]
                .iter()
                .find_map(|key| text(part, key))
        };
        asked.mode = words("mode").or(asked.mode);
        asked.profiles.extend(words("profile"));
        asked
    }

    fn check(
        &self,
        state: &FhirState,
        address: &ResourceAddress,
        resource: &Value,
    ) -> Vec<Finding> {
        let terminology = state.context.terminology.load();
        let today = state.context.clock.now().date();
        let mut findings = match self.mode {
            // Nothing of the content speaks against taking it out.
            Some("delete") => Vec::new(),
            _ => check_profile(address.kind, resource, &terminology, Origin::Written, today),
        };
        // A resource that is about to be made has no id yet.
        let makes_id = self.mode != Some("update") && address.id.is_empty();
        if makes_id && resource.get("id").is_none() {
            findings.retain(|finding| finding.place != format!("{}.id", address.kind.as_str()));
        }
        let id = text(resource, "id").filter(|id| is_id(id));
        if !address.id.is_empty() && id.is_some_and(|id| id != address.id) {
            findings.push(other_id(address.kind));
        }
        if !self.profiles.is_empty() {
            let others = check_profiles(
                resource,
                &self.profiles,
                &terminology,
                Origin::Written,
                today,
            );
            for finding in others {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
        findings
    }
}

fn other_id(kind: ResourceType) -> Finding {
    Finding::error(
        "G2",
        format!("{}.id", kind.as_str()),
        Bilingual::new(
            "L'identifiant de la ressource n'est pas celui de l'adresse.",
            "The id of the resource is not that of the address.",
        ),
        Bilingual::new("Accordez les deux.", "Make the two agree."),
    )
    .of_kind(FindingKind::Value)
}
