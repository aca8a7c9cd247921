//! Who is in the space of referents and validators: the cookie, the session, the token of its forms.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    forms::{Form, see_other},
    layout::Layout,
};
use crate::{
    api::ApiError,
    flows::{ActError, Context, SESSION_LIFE, session_of},
    governance::Author,
    storage::{Account, OpenSession},
};

/// Name of the cookie.
const COOKIE: &str = "passerelle_espace";
/// Longest form of the space, in bytes: an application is long, and accents take six bytes in a form.
const MAX_FORM_BYTES: usize = 300_000;

/// Somebody who is in.
pub(super) struct Member {
    session: OpenSession,
    /// What the browser keeps.
    pub token: String,
}

impl Member {
    /// Whoever sends these headers, when that person is in.
    ///
    /// # Errors
    /// [`ApiError::Storage`].
    pub async fn find(context: &Context, headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let Some(token) = cookie(headers) else {
            return Ok(None);
        };
        let session = session_of(context, token).await?;
        Ok(session.map(|session| Self {
            session,
            token: token.to_owned(),
        }))
    }

    /// The person's account.
    pub fn account(&self) -> &Account {
        &self.session.account
    }

    /// The person as an author.
    pub fn author(&self) -> Author {
        self.session.account.author()
    }

    /// What every form of this session carries.
    pub fn form_token(&self) -> &str {
        &self.session.form_token
    }

    /// Reads a form that a page of this session sent.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for any other form.
    pub async fn form(&self, request: Request) -> Result<Form, ApiError> {
        let form = Form::read_up_to(request, MAX_FORM_BYTES).await?;
        self.check(form.field("jeton"))?;
        Ok(form)
    }

    /// Refuses a form that does not carry the token of this session.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    pub fn check(&self, form_token: &str) -> Result<(), ApiError> {
        if form_token == self.session.form_token {
            return Ok(());
        }
        tracing::warn!(
            account.id = self.account().id,
            "a form without the token of its session was refused"
        );
        Err(ApiError::Forbidden)
    }
}

/// Either somebody who is in, or the answer that leads to the door.
pub(super) async fn member_or_door(
    context: &Context,
    headers: &HeaderMap,
) -> Result<Result<Member, Response>, ApiError> {
    let found = Member::find(context, headers).await?;
    Ok(found.ok_or_else(|| see_other("/espace")))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}

/// Leads to the space with a session, or without one any more.
pub(super) fn with_cookie(token: Option<&str>) -> Response {
    let (token, seconds) = match token {
        Some(token) => (token, SESSION_LIFE.whole_seconds()),
        None => ("", 0),
    };
    let cookie = format!(
        "{COOKIE}={token}; Path=/espace; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"
    );
    let mut response = see_other("/espace");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// What to say of something that was not done, with its status.
///
/// # Errors
/// What is no answer to a person: the database failed.
pub(super) fn refusal(
    error: ActError,
    layout: &Layout,
) -> Result<(StatusCode, Vec<String>), ApiError> {
    let say = |fr: &str, en: &str| vec![layout.say(fr, en).to_owned()];
    Ok(match error {
        ActError::Refused(refusal) => (
            StatusCode::FORBIDDEN,
            vec![refusal.message().get(layout.language).to_owned()],
        ),
        ActError::Stale => (
            StatusCode::CONFLICT,
            say(
                "Quelqu'un d'autre a agi sur ce dossier pendant que vous le regardiez : voici où il en est. Rien n'a été fait.",
                "Somebody else acted on this application while you looked at it: here is where it stands. Nothing was done.",
            ),
        ),
        ActError::NotFound => return Err(ApiError::NotFound),
        ActError::Invalid(findings) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            findings
                .iter()
                .map(|finding| {
                    let (message, cure) = (&finding.message, &finding.cure);
                    format!(
                        "{} : {} {}",
                        finding.place,
                        message.get(layout.language),
                        cure.get(layout.language)
                    )
                })
                .collect(),
        ),
        ActError::Storage(error) => return Err(error.into()),
    })
}

/// A page with another status than 200.
pub(super) fn with_status(status: StatusCode, page: Response) -> Response {
    let mut response = page.into_response();
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
