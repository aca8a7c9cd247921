//! The lists and the counts of the follow-up as CSV, and the letter: what people take away.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
    routing::get,
};
use futures_util::stream;

use super::{
    csv::{csv_answer, push_line},
    file::file_response,
    follow_up::Row,
    follow_up_query::{FollowUpQuery, stage_name},
    layout::Layout,
};
use crate::{
    api::{
        ApiError,
        extract::{QueryPairs, ResourceId},
    },
    finding::Language,
    flows::{
        Context, LetterError, PatientLine, funnel, list_followed, patient_line, physician_letter,
    },
    storage::{FollowUpFilter, FunnelCount, Stage, StorageError, Wanted},
};

/// Reports read at once.
const BATCH: i64 = 500;

/// The routes that name no patient.
pub fn follow_up_csv_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pilotage/liste.csv", get(list_csv))
        .route("/pilotage/entonnoir.csv", get(funnel_csv))
}

/// The routes that do: they need the right to the reports.
pub fn nominative_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pilotage/liste-nominative.csv", get(nominative_csv))
        .route("/pilotage/comptes-rendus/{id}/courrier.pdf", get(letter))
}

/// `GET /pilotage/liste.csv`
async fn list_csv(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Response {
    let layout = Layout::of_request(&request, "pilotage");
    let query = FollowUpQuery::read(&pairs, None);
    list(context, &query, layout.language, Patients::Left)
}

/// `GET /pilotage/liste-nominative.csv`
async fn nominative_csv(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Response {
    let layout = Layout::of_request(&request, "pilotage");
    let query = FollowUpQuery::read(&pairs, None);
    list(context, &query, layout.language, Patients::Named)
}

/// Whether the lines name the patients.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patients {
    Left,
    Named,
}

/// A list under way: what is left of it is read when what was read is sent.
struct Export {
    context: Arc<Context>,
    filter: FollowUpFilter,
    wanted: Wanted,
    language: Language,
    patients: Patients,
    cursor: Option<String>,
    is_begun: bool,
    is_over: bool,
}

fn list(
    context: Arc<Context>,
    query: &FollowUpQuery,
    language: Language,
    patients: Patients,
) -> Response {
    let export = Export {
        filter: query.filter(),
        wanted: query.wanted(&context),
        context,
        language,
        patients,
        cursor: None,
        is_begun: false,
        is_over: false,
    };
    let chunks = stream::try_unfold(export, |mut export| async move {
        if export.is_over {
            return Ok::<_, StorageError>(None);
        }
        let chunk = export.next().await?;
        Ok(Some((chunk, export)))
    });
    csv_answer("passerelle-comptes-rendus.csv", Body::from_stream(chunks))
}

impl Export {
    async fn next(&mut self) -> Result<Bytes, StorageError> {
        let mut text = String::new();
        if !self.is_begun {
            self.is_begun = true;
            // A mark without which spreadsheets read accents wrong.
            text.push('\u{feff}');
            push_line(&mut text, &self.head());
        }
        let page = list_followed(
            &self.context,
            &self.filter,
            &self.wanted,
            self.cursor.as_deref(),
            BATCH,
        )
        .await?;
        for report in page.reports {
            let patient = match self.patients {
                Patients::Named => Some(patient_line(&self.context, &report.id).await?),
                Patients::Left => None,
            };
            let row = Row::new(report, self.language);
            push_line(&mut text, &cells(row, patient));
        }
        self.is_over = page.cursor.is_none();
        self.cursor = page.cursor;
        Ok(Bytes::from(text))
    }

    fn head(&self) -> Vec<String> {
        let names: [(&str, &str); 10] = [
            ("Identifiant", "Identifier"),
            ("Réunion", "Meeting"),
            ("Reçu (UTC)", "Received (UTC)"),
            ("Document", "Document"),
            ("Établissement", "Hospital"),
            ("Médecin traitant", "Attending physician"),
            ("Envoi", "Delivery"),
            ("Motif", "Reason"),
            ("À faire", "To do"),
            ("Clos", "Closed"),
        ];
        let of_patients: [(&str, &str); 4] = [
            ("Nom de naissance", "Birth name"),
            ("Prénom", "Given name"),
            ("Né(e) le", "Born on"),
            ("INS", "INS"),
        ];
        let more = if self.patients == Patients::Named {
            &of_patients[..]
        } else {
            &[]
        };
        names
            .iter()
            .chain(more)
            .map(|(fr, en)| match self.language {
                Language::French => (*fr).to_owned(),
                Language::English => (*en).to_owned(),
            })
            .collect()
    }
}

fn cells(row: Row, patient: Option<PatientLine>) -> Vec<String> {
    let mut cells = vec![
        row.id,
        row.session_on,
        row.received_at,
        row.board,
        row.hospital,
        row.physician,
        row.state,
        row.reason,
        row.step,
        row.closing,
    ];
    if let Some(patient) = patient {
        cells.extend([patient.family, patient.given, patient.born_on, patient.ins]);
    }
    cells
}

/// `GET /pilotage/entonnoir.csv`
async fn funnel_csv(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let language = Layout::of_request(&request, "pilotage").language;
    let query = FollowUpQuery::read(&pairs, None);
    let funnel = funnel(&context, &query.filter()).await?;
    let say = |fr: &str, en: &str| match language {
        Language::French => fr.to_owned(),
        Language::English => en.to_owned(),
    };
    let mut text = String::from('\u{feff}');
    let mut head = vec![say("Par", "By"), say("Nom", "Name")];
    head.extend(Stage::ALL.map(|stage| stage_name(stage).get(language).to_owned()));
    head.push(say("remis autrement", "brought otherwise"));
    push_line(&mut text, &head);
    let groups: [(String, &[FunnelCount]); 4] = [
        (say("tous", "all"), std::slice::from_ref(&funnel.whole)),
        (say("mois", "month"), &funnel.months),
        (say("établissement", "hospital"), &funnel.hospitals),
        (say("RCP", "board"), &funnel.boards),
    ];
    for (by, counts) in groups {
        for count in counts {
            let mut cells = vec![by.clone(), count.name.clone()];
            cells.extend(count.counts.iter().map(ToString::to_string));
            cells.push(count.closed.to_string());
            push_line(&mut text, &cells);
        }
    }
    Ok(csv_answer("passerelle-entonnoir.csv", Body::from(text)))
}

/// `GET /pilotage/comptes-rendus/{id}/courrier.pdf`
async fn letter(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let pdf = physician_letter(&context, &id)
        .await
        .map_err(|error| match error {
            LetterError::NotFound | LetterError::NobodyToWriteTo => ApiError::NotFound,
            LetterError::Storage(error) => error.into(),
            LetterError::Rendering(error) => {
                tracing::error!(report.id = id, %error, "a letter could not be written");
                ApiError::Fault
            }
        })?;
    Ok(file_response(
        "application/pdf",
        "inline; filename=\"courrier.pdf\"",
        pdf,
    ))
}
