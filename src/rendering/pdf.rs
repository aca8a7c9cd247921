//! A document as PDF/A-1b: fonts embedded, no script, no transparency, readable in decades.

use krilla::{
    Document as Pdf, SerializeSettings,
    color::luma,
    configure::{Archival, ConfigurationBuilder},
    error::KrillaError,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    text::TextDirection,
};

use super::flow::{Op, PAGE_HEIGHT, PAGE_WIDTH, set};
use super::fonts::Fonts;
use super::summary::{Summary, summary};
use crate::cda::{Document, Header, Timestamp};

/// Why a document cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The file would not be a valid archive.
    #[error("the document cannot be written as PDF/A: {0}")]
    Pdf(String),
}

/// Renders a document: its header, then its sections in their order, with the patient and the
/// meeting at the head of every page. The same document gives the same bytes.
///
/// **Source:** ISO 19005-1 (PDF/A-1), level B; ANS, Référentiel socle MSSanté #2, ECO.2.1.1 and
/// 2.1.5 (readable copy of the CDA).
///
/// # Errors
/// When the file would not be a valid archive.
pub fn pdf(document: &Document) -> Result<Vec<u8>, RenderError> {
    let fonts = Fonts::new();
    let summary = summary(document);
    let pages = set(&summary, &document.sections, &fonts);
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A1_B)
        .finish()
        .expect("one standard cannot contradict itself");
    let mut pdf = Pdf::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a width");
    for ops in &pages {
        let mut page = pdf.start_page_with(settings.clone());
        let mut surface = page.surface();
        for op in ops {
            draw(&mut surface, op, &fonts);
        }
        surface.finish();
        page.finish();
    }
    pdf.set_metadata(metadata(&document.header, &summary));
    pdf.finish()
        .map_err(|error| RenderError::Pdf(reason(&error)))
}

/// What is wrong, without a word of the document.
fn reason(error: &KrillaError) -> String {
    match error {
        KrillaError::Validation(findings) => findings
            .iter()
            .map(|(finding, _)| format!("{finding:?}"))
            .collect::<Vec<_>>()
            .join(", "),
        KrillaError::Font(_, _) => "the font cannot be embedded".to_owned(),
        KrillaError::Limit(_) => "too large for this version of PDF".to_owned(),
        _ => "internal error".to_owned(),
    }
}

fn draw(surface: &mut Surface<'_>, op: &Op, fonts: &Fonts) {
    match op {
        Op::Text {
            x,
            y,
            size,
            bold,
            text,
        } => {
            surface.set_fill(Some(fill(0)));
            surface.draw_text(
                Point::from_xy(*x, *y),
                fonts.face(*bold).font.clone(),
                *size,
                text,
                false,
                TextDirection::LeftToRight,
            );
        }
        Op::Box {
            x,
            y,
            width,
            height,
            shade,
        } => {
            let mut path = PathBuilder::new();
            let Some(rectangle) = Rect::from_xywh(*x, *y, *width, *height) else {
                return;
            };
            path.push_rect(rectangle);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*shade)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(shade: u8) -> Fill {
    Fill {
        paint: luma::Color::new(shade).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn metadata(header: &Header, summary: &Summary) -> Metadata {
    let id = header.id.extension.as_deref().unwrap_or_default();
    let metadata = Metadata::new()
        .title(summary.title.clone())
        .language("fr-FR".to_owned())
        .creator("Passerelle".to_owned())
        .document_id(format!("{}^{id}", header.id.root));
    match header.effective_time.as_ref().and_then(created) {
        Some(created) => metadata.creation_date(created),
        None => metadata,
    }
}

/// When the document was made, in UTC; its day alone when that is all it says.
fn created(timestamp: &Timestamp) -> Option<DateTime> {
    let digits = timestamp.utc_digits()?;
    let number = |from: usize, to: usize| -> Option<u8> { digits.get(from..to)?.parse().ok() };
    let mut created = DateTime::new(digits.get(..4)?.parse().ok()?)
        .month(number(4, 6)?)
        .day(number(6, 8)?);
    if let (Some(hour), Some(minute), Some(second)) =
        (number(8, 10), number(10, 12), number(12, 14))
    {
        created = created
            .hour(hour)
            .minute(minute)
            .second(second)
            .utc_offset_hour(0)
            .utc_offset_minute(0);
    }
    Some(created)
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
