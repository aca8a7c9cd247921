//! A leaflet for people: a title, then parts with a heading and lines, over as many pages as it takes.

use time::Date;
use xmp_writer::DateTime;

use super::{
    flow::{Heading, Op, PAGE_HEIGHT, PAGE_WIDTH, Page, SetDocument},
    fonts::Fonts,
    lines::Setting,
    pdf::{RenderError, write},
    pdf_metadata::About,
    structure::{Node, Role, Structure},
};
use crate::cda::Inline;

const LEFT: f32 = 56.0;
const TOP: f32 = 56.0;
const BOTTOM: f32 = 64.0;
const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
const LINE_HEIGHT: f32 = 1.35;
/// Size of the title, of a heading and of a line, in points.
const SIZES: [f32; 3] = [17.0, 12.0, 10.0];

/// What a leaflet says.
#[derive(Clone, Debug)]
pub struct Leaflet<'a> {
    /// Title.
    pub title: &'a str,
    /// Tag of the language: `fr-FR`.
    pub language: &'a str,
    /// Said at the foot of every page, before its number.
    pub foot: &'a str,
    /// Day on which it was made.
    pub on: Date,
    /// What it holds.
    pub parts: &'a [LeafletPart],
}

/// A part of a leaflet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafletPart {
    /// Its heading.
    pub heading: String,
    /// What it says, line by line.
    pub lines: Vec<String>,
}

/// Pages being filled.
struct Pages<'f> {
    fonts: &'f Fonts,
    set: SetDocument,
    y: f32,
}

/// The leaflet as PDF/A-1a: the same content gives the same bytes.
///
/// # Errors
/// When the file would not be a valid archive.
pub fn leaflet(content: &Leaflet<'_>) -> Result<Vec<u8>, RenderError> {
    let fonts = Fonts::get();
    let mut pages = Pages {
        fonts,
        set: SetDocument {
            pages: vec![Page::new()],
            structure: Structure::default(),
            headings: Vec::new(),
        },
        y: TOP,
    };
    pages.heading(content.title, 1, Node::DOCUMENT, 0.0);
    for part in content.parts {
        pages.part(part);
    }
    let mut set = pages.set;
    let total = set.pages.len();
    for (rank, page) in set.pages.iter_mut().enumerate() {
        let size = 8.5;
        let foot = format!("{} – {} / {total}", content.foot, rank + 1);
        page.push(Op::Text {
            x: LEFT,
            y: PAGE_HEIGHT - 34.0,
            size,
            bold: false,
            text: fonts.regular.shortened(&foot, size, WIDTH),
            node: None,
        });
    }
    let (year, month, day) = content.on.to_calendar_date();
    let created = DateTime::date(u16::try_from(year).unwrap_or_default(), month.into(), day);
    let about = About {
        title: content.title,
        language: content.language,
        id: format!("{}^{}", content.title, content.on),
        created: Some(created),
    };
    write(&set, &about)
}

impl Pages<'_> {
    fn part(&mut self, part: &LeafletPart) {
        let node = self.set.structure.add(Node::DOCUMENT, Role::Section);
        self.y += 10.0;
        self.heading(&part.heading, 2, node, SIZES[2] * LINE_HEIGHT * 3.0);
        for line in &part.lines {
            let paragraph = self.set.structure.add(node, Role::Paragraph);
            self.text(line, SIZES[2], false, paragraph);
        }
    }

    /// A heading, with room below it for what it heads.
    fn heading(&mut self, text: &str, level: u16, parent: Node, below: f32) {
        let role = Role::Heading { level };
        let node = self.set.structure.add(parent, role);
        let size = SIZES[usize::from(level) - 1];
        self.need(size * LINE_HEIGHT + below);
        self.set.headings.push(Heading {
            level,
            text: text.to_owned(),
            page: self.set.pages.len() - 1,
            y: self.y,
        });
        self.text(text, size, true, node);
        self.y += 2.0;
    }

    fn text(&mut self, text: &str, size: f32, bold: bool, node: Node) {
        let setting = Setting {
            fonts: self.fonts,
            size,
            bold,
            node: Some(node),
        };
        for line in setting.wrap(&[Inline::plain(text)], WIDTH) {
            self.need(size * LINE_HEIGHT);
            let y = self.y + size;
            let page = self.set.pages.last_mut().expect("there is always a page");
            page.extend(line.runs.into_iter().map(|run| Op::Text {
                x: LEFT + run.x,
                y,
                size,
                bold: run.bold,
                text: run.text,
                node: run.node,
            }));
            self.y += size * LINE_HEIGHT;
        }
    }

    /// Begins another page when that height does not fit on this one.
    fn need(&mut self, height: f32) {
        if self.y + height > PAGE_HEIGHT - BOTTOM {
            self.set.pages.push(Page::new());
            self.y = TOP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn of(parts: &[LeafletPart]) -> Vec<u8> {
        leaflet(&Leaflet {
            title: "Ma sélection",
            language: "fr-FR",
            foot: "Passerelle",
            on: date!(2026 - 11 - 23),
            parts,
        })
        .expect("a valid archive")
    }

    #[test]
    fn any_number_of_parts_makes_a_file_and_the_same_ones_the_same_file() {
        let part = LeafletPart {
            heading: "Yoga – “doux” 漢字 \u{7}".to_owned(),
            lines: vec!["12 rue des Tilleuls".to_owned(); 12],
        };
        let many = vec![part; 50];
        assert!(of(&[]).starts_with(b"%PDF-1.4"));
        assert_eq!(of(&many), of(&many));
    }
}
