//! `/espace/structures/{id}/pieces`: the papers of an application, PDF alone, of a bounded size.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Multipart, RawPathParams, Request, State},
    response::Response,
    routing::{get, post},
};

use super::{
    file::file_response,
    forms::{is_of_our_own, see_other},
    layout::Layout,
    page::html_page,
    space_login::DoorPage,
    space_session::{Member, member_or_door, refusal, with_status},
};
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{ActError, Context, MAX_FILE_BYTES, attach_file, find_file},
    governance::Criterion,
};

/// What a form may hold beside its file, in bytes.
const MAX_FIELDS_BYTES: usize = 10_000;

/// The routes of the papers.
pub fn space_files_router() -> Router<Arc<Context>> {
    let limit = DefaultBodyLimit::max(MAX_FILE_BYTES + MAX_FIELDS_BYTES);
    Router::new()
        .route("/espace/structures/{id}/pieces", post(attach).layer(limit))
        .route("/espace/structures/{id}/pieces/{sha256}", get(hand_over))
}

/// What the form of a paper says.
#[derive(Default)]
struct Sent {
    form_token: String,
    seen: i64,
    criterion: String,
    name: String,
    bytes: bytes::Bytes,
}

/// `POST /espace/structures/{id}/pieces`
async fn attach(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let sent = read(request).await?;
    member.check(&sent.form_token)?;
    let done = keep(&context, &member, &id, &sent).await;
    match done {
        Ok(_) => Ok(see_other(&format!("/espace/structures/{id}/dossier"))),
        Err(error) => {
            let (status, said) = refusal(error, &layout)?;
            let page = html_page(&DoorPage {
                layout,
                error: Some(said.join(" ")),
                notice: None,
            })?;
            Ok(with_status(status, page))
        }
    }
}

async fn keep(context: &Context, member: &Member, id: &str, sent: &Sent) -> Result<i64, ActError> {
    let criterion: Criterion = sent.criterion.parse().map_err(|()| ActError::NotFound)?;
    let author = member.author();
    attach_file(
        context,
        &author,
        id,
        sent.seen,
        criterion,
        &sent.name,
        &sent.bytes,
    )
    .await
}

/// Reads a form of ours with its file, which never is longer than a paper may be.
async fn read(request: Request) -> Result<Sent, ApiError> {
    if !is_of_our_own(request.headers()) {
        return Err(ApiError::Forbidden);
    }
    let too_large = |_| ApiError::TooLarge {
        limit_bytes: MAX_FILE_BYTES,
    };
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::UnsupportedMediaType)?;
    let mut sent = Sent::default();
    while let Some(part) = parts.next_field().await.map_err(too_large)? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "jeton" => sent.form_token = part.text().await.map_err(too_large)?,
            "version" => {
                let text = part.text().await.map_err(too_large)?;
                sent.seen = text.trim().parse().unwrap_or(-1);
            }
            "critere" => sent.criterion = part.text().await.map_err(too_large)?,
            "fichier" => {
                sent.name = part.file_name().unwrap_or_default().to_owned();
                sent.bytes = part.bytes().await.map_err(too_large)?;
            }
            _ => {}
        }
    }
    Ok(sent)
}

/// `GET /espace/structures/{id}/pieces/{sha256}`: to be saved, never shown by the browser as ours.
async fn hand_over(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    params: RawPathParams,
    request: Request,
) -> Result<Response, ApiError> {
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let sha256 = params.iter().find(|(name, _)| *name == "sha256");
    let sha256 = sha256.map(|(_, value)| value).unwrap_or_default();
    let (_, bytes) = match find_file(&context, &member.author(), &id, sha256).await {
        Ok(found) => found,
        Err(ActError::Storage(error)) => return Err(error.into()),
        Err(ActError::Refused(_)) => return Err(ApiError::Forbidden),
        Err(_) => return Err(ApiError::NotFound),
    };
    Ok(file_response(
        "application/pdf",
        "attachment; filename=\"piece.pdf\"",
        bytes,
    ))
}
