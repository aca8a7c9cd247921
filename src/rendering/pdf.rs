//! A document as PDF/A-1a: fonts embedded, no script, no transparency, readable in decades, and
//! readable by those who do not see it.

use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, TextStr, types::OutputIntentSubtype};

use super::flow::{PAGE_HEIGHT, PAGE_WIDTH, SetDocument, set};
use super::fonts::Fonts;
use super::pdf_content::content;
use super::pdf_face::EmbeddedFaces;
use super::pdf_metadata::About;
use super::pdf_outline::write_outline;
use super::pdf_stream::{COMPACT, deflate};
use super::reading_order::parts;
use super::structure::Node;
use super::summary::summary;
use crate::cda::Document;

/// What the greys of the pages are greys of: sRGB, by a profile in the public domain (CC0 1.0,
/// <https://github.com/saucecontrol/Compact-ICC-Profiles>).
const COLOURS: &[u8] = include_bytes!("srgb.icc");

/// Most entries of an array.
///
/// **Source:** PDF Reference 1.4, appendix C, that ISO 19005-1, 6.1.12 refers to.
const MAX_ARRAY: usize = 8_191;

/// Why a document cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A list of the file would be longer than an archive may have.
    #[error("the document is too large for PDF/A: {0} parts at one place, 8,191 at the most")]
    TooLarge(usize),
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
    write(&set, &About::document(&document.header, &summary.title))
}

/// Writes pages that are set.
pub(super) fn write(set: &SetDocument, about: &About<'_>) -> Result<Vec<u8>, RenderError> {
    let faces = EmbeddedFaces::of(&set.pages);
    let mut file = Pdf::with_settings_and_capacity(COMPACT, 128 * 1_024);
    file.set_version(1, 4);
    faces.write(&mut file);
    let mut next = EmbeddedFaces::AFTER;
    let [catalog, tree, resources, colours, information, metadata] = [(); 6].map(|()| next.bump());
    let pages: Vec<Ref> = set.pages.iter().map(|_| next.bump()).collect();
    let mut marked: Vec<(Ref, Vec<Node>)> = Vec::with_capacity(pages.len());
    for ((key, page), at) in (0..).zip(&set.pages).zip(&pages) {
        let (content, marks) = content(page, &faces);
        let at_content = next.bump();
        file.stream(at_content, &deflate(&content))
            .filter(Filter::FlateDecode);
        file.page(*at)
            .parent(tree)
            .contents(at_content)
            .struct_parents(key);
        marked.push((*at, marks));
    }
    write_tree(&mut file, tree, resources, &pages);
    let structure = next;
    let outline = set.structure.write(&mut file, structure, &marked);
    let has_outline = write_outline(&mut file, outline, &set.headings, &pages);
    file.icc_profile(colours, &deflate(COLOURS))
        .n(3)
        .filter(Filter::FlateDecode);
    about.write(&mut file, information, metadata);
    let mut whole = file.catalog(catalog);
    whole
        .pages(tree)
        .metadata(metadata)
        .lang(TextStr(about.language));
    whole.pair(Name(b"StructTreeRoot"), structure);
    whole.mark_info().marked(true);
    if has_outline {
        whole.outlines(outline);
    }
    let mut intents = whole.output_intents();
    let mut intent = intents.push();
    intent
        .subtype(OutputIntentSubtype::PDFA)
        .output_condition_identifier(TextStr("sRGB"))
        .info(TextStr("sRGB IEC61966-2.1"))
        .dest_output_profile(colours);
    intent.finish();
    intents.finish();
    whole.finish();
    let longest = file.limits().array_len();
    if longest > MAX_ARRAY {
        return Err(RenderError::TooLarge(longest));
    }
    Ok(file.finish())
}

/// The pages, and what they have in common.
fn write_tree(file: &mut Pdf, tree: Ref, resources: Ref, pages: &[Ref]) {
    let mut all = file.pages(tree);
    all.kids(pages.iter().copied())
        .count(i32::try_from(pages.len()).unwrap_or(i32::MAX))
        .media_box(Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT));
    all.pair(Name(b"Resources"), resources);
    all.finish();
    let mut shared = file.indirect(resources).dict();
    let mut fonts = shared.insert(Name(b"Font")).dict();
    fonts.pairs(EmbeddedFaces::fonts());
    fonts.finish();
    shared.finish();
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
