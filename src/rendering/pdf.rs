//! A document as PDF/A-1a: fonts embedded, no script, no transparency, readable in decades, and
//! readable by those who do not see it.

use krilla::{
    Document as Pdf, SerializeSettings,
    color::luma,
    configure::{Archival, ConfigurationBuilder},
    destination::XyzDestination,
    error::KrillaError,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier},
};

use super::flow::{Heading, Op, PAGE_HEIGHT, PAGE_WIDTH, SetDocument, set};
use super::fonts::Fonts;
use super::reading_order::parts;
use super::structure::Node;
use super::summary::{Summary, summary};
use crate::cda::{Document, Header, Timestamp};

/// Why a document cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The file would not be a valid archive.
    #[error("the document cannot be written as PDF/A: {0}")]
    Pdf(String),
}

/// Renders a document: what it is about, then its sections in the order of reading, with the patient
/// and the meeting at the head of every page. The same document gives the same bytes.
///
/// Of PDF/A, part 1 is the one that the exchange of documents asks for, and level A the one that tells
/// readers without eyes what is a heading, a list, a table.
///
/// **Source:** ISO 19005-1 (PDF/A-1), level A; ANS, Référentiel socle MSSanté #2, ECO.2.1.1 and
/// 2.1.5 (readable copy of the CDA).
///
/// # Errors
/// When the file would not be a valid archive.
pub fn pdf(document: &Document) -> Result<Vec<u8>, RenderError> {
    let fonts = Fonts::get();
    let summary = summary(document);
    let set = set(&summary, &parts(document), fonts);
    write(set, metadata(&document.header, &summary), fonts)
}

/// Writes pages that are set.
pub(super) fn write(
    set: SetDocument,
    metadata: Metadata,
    fonts: &Fonts,
) -> Result<Vec<u8>, RenderError> {
    let SetDocument {
        pages,
        structure,
        headings,
    } = set;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A1_A)
        .finish()
        .expect("one standard cannot contradict itself");
    let mut pdf = Pdf::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a width");
    let mut marks = Vec::new();
    for ops in &pages {
        let mut page = pdf.start_page_with(settings.clone());
        let mut surface = page.surface();
        for ops in ops.chunk_by(|one, next| one.node() == next.node()) {
            draw_marked(&mut surface, ops, fonts, &mut marks);
        }
        surface.finish();
        page.finish();
    }
    pdf.set_tag_tree(structure.tree(marks));
    pdf.set_outline(outline(&headings));
    pdf.set_metadata(metadata);
    pdf.finish()
        .map_err(|error| RenderError::Pdf(reason(&error)))
}

/// Draws what belongs to one node, and marks it as such; what belongs to none is marked as ornament.
fn draw_marked(
    surface: &mut Surface<'_>,
    ops: &[Op],
    fonts: &Fonts,
    marks: &mut Vec<(Node, Identifier)>,
) {
    let node = ops.first().and_then(Op::node);
    let mark = surface.start_tagged(match node {
        Some(_) => ContentTag::Other,
        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
    });
    for ops in ops.chunk_by(|one, next| one.shade().is_some() && one.shade() == next.shade()) {
        draw(surface, ops, fonts);
    }
    surface.end_tagged();
    marks.extend(node.map(|node| (node, mark)));
}

/// The table of contents that readers show beside the pages: headings of parts and of sections.
fn outline(headings: &[Heading]) -> Outline {
    let mut outline = Outline::new();
    let mut part: Option<OutlineNode> = None;
    for heading in headings
        .iter()
        .filter(|heading| matches!(heading.level, 2 | 3))
    {
        let place = XyzDestination::new(heading.page, Point::from_xy(0.0, heading.y));
        let entry = OutlineNode::new(heading.text.clone(), place).with_open(true);
        match &mut part {
            Some(part) if heading.level > 2 => part.push_child(entry),
            _ => {
                if let Some(whole) = part.replace(entry) {
                    outline.push_child(whole);
                }
            }
        }
    }
    if let Some(whole) = part {
        outline.push_child(whole);
    }
    outline
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

/// Draws one text, or boxes of one shade as one path.
fn draw(surface: &mut Surface<'_>, ops: &[Op], fonts: &Fonts) {
    let mut path = PathBuilder::new();
    for op in ops {
        match op {
            Op::Text {
                x,
                y,
                size,
                bold,
                text,
                node: _,
            } => {
                surface.set_fill(Some(fill(0)));
                // Not shaped: that would read the tables of the face anew for every text.
                let face = fonts.face(*bold);
                let (start, glyphs) = (Point::from_xy(*x, *y), face.glyphs(text));
                surface.draw_glyphs(start, &glyphs, face.font.clone(), text, *size, false);
            }
            Op::Box {
                x,
                y,
                width,
                height,
                shade,
            } => {
                surface.set_fill(Some(fill(*shade)));
                if let Some(rectangle) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rectangle);
                }
            }
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn fill(shade: u8) -> Fill {
    Fill {
        paint: luma::Color::new(shade).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

/// What the file says of itself.
pub(super) fn metadata(header: &Header, summary: &Summary) -> Metadata {
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
