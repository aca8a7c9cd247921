//! `/pilotage/nomenclatures`: the releases of national lists that were switched to, what each changed,
//! and what one that is handed in would change. Nothing is switched from a page.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{forms::is_of_our_own, layout::Layout, operations::minute, page::html_page};
use crate::{
    api::ApiError,
    finding::Language,
    flows::{Context, ReleaseError, ReleaseFile, ReleaseImpact, prepare_release, switched_impact},
    storage::NationalRelease,
    terminology::{Change, FileFinding, ListChange},
};

/// Address of the releases.
const RELEASES: &str = "/pilotage/nomenclatures";
/// Codes of a list shown one by one; added ones are counted beyond.
const SHOWN: usize = 200;
/// Heads of the parts of a form, beside the files.
const FORM_BYTES: u64 = 100_000;

/// The routes of the releases; one that is handed in may take `limit_bytes`.
pub fn releases_router(limit_bytes: u64) -> Router<Arc<Context>> {
    let limit = usize::try_from(limit_bytes + FORM_BYTES).unwrap_or(usize::MAX);
    Router::new()
        .route(RELEASES, get(list).post(weigh))
        .route("/pilotage/nomenclatures/{id}", get(show))
        .layer(DefaultBodyLimit::max(limit))
}

#[derive(Template)]
#[template(path = "releases.html")]
struct ReleasesPage {
    layout: Layout,
    releases: Vec<NationalRelease>,
}

#[derive(Template)]
#[template(path = "release-impact.html")]
struct ImpactPage {
    layout: Layout,
    /// Name of the release.
    label: String,
    /// When it was switched to; nothing for one that is only weighed.
    switched_at: Option<String>,
    impact: Option<ReleaseImpact>,
    faults: Vec<FileFinding>,
}

impl ImpactPage {
    fn meaning(&self, change: &Change) -> String {
        change.meaning().get(self.layout.language).to_owned()
    }

    /// The codes that are shown: those in use that change first, then added ones.
    fn codes<'l>(&self, list: &'l ListChange) -> Vec<&'l crate::terminology::CodeChange> {
        let mut codes: Vec<_> = list.codes.iter().collect();
        codes.sort_by_key(|code| code.change == Change::Added);
        codes.truncate(SHOWN);
        codes
    }

    fn more(list: &ListChange) -> usize {
        list.codes.len().saturating_sub(SHOWN)
    }

    fn language(&self) -> Language {
        self.layout.language
    }
}

/// `GET /pilotage/nomenclatures`
async fn list(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    html_page(&ReleasesPage {
        layout: Layout::of_request(&request, "pilotage"),
        releases: context.storage.list_national_releases().await?,
    })
}

/// `GET /pilotage/nomenclatures/{id}`: what a release was weighed to change before it was switched to.
async fn show(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let mut releases = context.storage.list_national_releases().await?.into_iter();
    let release = releases
        .find(|release| release.id == id)
        .ok_or(ApiError::NotFound)?;
    html_page(&ImpactPage {
        layout,
        label: release.label,
        switched_at: Some(release.switched_at),
        impact: switched_impact(&context, &id).await?,
        faults: Vec::new(),
    })
}

/// `POST /pilotage/nomenclatures`: weighs the files of a form. Nothing is kept, nothing is switched.
async fn weigh(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    if !is_of_our_own(request.headers()) {
        return Err(ApiError::Forbidden);
    }
    let layout = Layout::of_request(&request, "pilotage");
    let files = files_of(request, context.max_release_bytes).await?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let mut page = ImpactPage {
        layout,
        label: names.join(", "),
        switched_at: None,
        impact: None,
        faults: Vec::new(),
    };
    match prepare_release(&context, files).await {
        Ok(prepared) => {
            page.faults.clone_from(&prepared.impact.faults);
            page.impact = Some(prepared.impact);
        }
        Err(ReleaseError::Refused(faults)) => page.faults = faults,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a release of national lists could not be weighed"
            );
            return Err(ApiError::Fault);
        }
    }
    let mut response = html_page(&page)?;
    if !page.faults.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The files of the form, which may take `limit` bytes together.
async fn files_of(request: Request, limit: u64) -> Result<Vec<ReleaseFile>, ApiError> {
    let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    let too_large = || ApiError::TooLarge { limit_bytes };
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| ApiError::UnsupportedMediaType)?;
    let (mut files, mut taken) = (Vec::new(), 0);
    while let Some(field) = form.next_field().await.map_err(|_| too_large())? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let bytes = field.bytes().await.map_err(|_| too_large())?;
        taken += bytes.len();
        if taken > limit_bytes {
            return Err(too_large());
        }
        if !bytes.is_empty() {
            files.push((name, bytes.to_vec()));
        }
    }
    Ok(files)
}
