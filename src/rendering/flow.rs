//! Setting a document on pages: what is drawn, and where.

use super::fonts::Fonts;
use super::lines::{Line, Setting};
use super::reading_order::Part;
use super::structure::{Node, Role, Structure};
use super::summary::{self, Summary};
use super::table;
use crate::cda::{Block, Inline, Section};

/// Width of a page, in points (A4).
pub(super) const PAGE_WIDTH: f32 = 595.28;
/// Height of a page, in points (A4).
pub(super) const PAGE_HEIGHT: f32 = 841.89;
const LEFT: f32 = 48.0;
const TOP: f32 = 78.0;
const BOTTOM: f32 = 60.0;
const BODY_SIZE: f32 = 9.5;
const LINE_HEIGHT: f32 = 1.3;

/// Something to draw. Points, from the upper left corner of the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    /// Text, by its base line.
    Text {
        x: f32,
        y: f32,
        size: f32,
        bold: bool,
        text: String,
        /// What it belongs to; none for what is repeated on every page.
        node: Option<Node>,
    },
    /// A filled rectangle; 0 is black and 255 white.
    Box {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        shade: u8,
    },
}

impl Op {
    /// What it belongs to; none for an ornament.
    pub fn node(&self) -> Option<Node> {
        match self {
            Self::Text { node, .. } => *node,
            Self::Box { .. } => None,
        }
    }

    /// How dark a box is.
    pub fn shade(&self) -> Option<u8> {
        match self {
            Self::Text { .. } => None,
            Self::Box { shade, .. } => Some(*shade),
        }
    }
}

/// What is drawn on one page.
pub(super) type Page = Vec<Op>;

/// A heading, for the table of contents that readers show beside the pages.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heading {
    pub level: u16,
    pub text: String,
    /// Rank of its page, from 0.
    pub page: usize,
    /// From the top of the page, in points.
    pub y: f32,
}

/// A document on its pages.
pub(super) struct SetDocument {
    pub pages: Vec<Page>,
    pub structure: Structure,
    pub headings: Vec<Heading>,
}

/// Pages being filled from top to bottom.
pub(super) struct Flow<'a> {
    fonts: &'a Fonts,
    pages: Vec<Page>,
    y: f32,
    headings: Vec<Heading>,
    /// What is on the pages.
    pub structure: Structure,
}

/// Sets a whole document.
pub(super) fn set(summary: &Summary, parts: &[Part<'_>], fonts: &Fonts) -> SetDocument {
    let mut flow = Flow {
        fonts,
        pages: vec![Page::new()],
        y: TOP,
        headings: Vec::new(),
        structure: Structure::default(),
    };
    flow.heading(&summary.title, 1, Node::DOCUMENT);
    flow.labelled(&summary.head);
    for part in parts {
        flow.part(part);
    }
    let about = flow.structure.add(Node::DOCUMENT, Role::Section);
    flow.band(summary::ABOUT, about);
    flow.labelled(&summary.about);
    let mut pages = flow.pages;
    let total = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        frame(page, summary, index + 1, total, fonts);
    }
    SetDocument {
        pages,
        structure: flow.structure,
        headings: flow.headings,
    }
}

impl<'a> Flow<'a> {
    /// How body text is set.
    pub fn setting(&self, bold: bool) -> Setting<'a> {
        Setting {
            fonts: self.fonts,
            size: BODY_SIZE,
            bold,
            node: None,
        }
    }

    /// Left edge of the text.
    pub const LEFT: f32 = LEFT;
    /// Width of the text.
    pub const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
    /// Height of a line of body text.
    pub const LINE: f32 = BODY_SIZE * LINE_HEIGHT;

    /// Where the next thing goes.
    pub fn y(&self) -> f32 {
        self.y
    }

    /// Height left on the page.
    pub fn left(&self) -> f32 {
        PAGE_HEIGHT - BOTTOM - self.y
    }

    /// Height of an empty page.
    pub fn whole_page() -> f32 {
        PAGE_HEIGHT - BOTTOM - TOP
    }

    /// Goes down.
    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins another page when that height does not fit on this one.
    pub fn need(&mut self, height: f32) {
        if height > self.left() {
            self.next_page();
        }
    }

    /// Begins another page.
    pub fn next_page(&mut self) {
        self.pages.push(Page::new());
        self.y = TOP;
    }

    /// Draws on the page.
    pub fn draw(&mut self, op: Op) {
        self.pages
            .last_mut()
            .expect("there is always a page")
            .push(op);
    }

    /// Draws a line of text at that place, without moving.
    pub fn draw_line(&mut self, line: &Line, x: f32, y: f32, size: f32) {
        for run in &line.runs {
            if run.underline {
                self.draw(Op::Box {
                    x: x + run.x,
                    y: y + size + 1.0,
                    width: run.width,
                    height: 0.5,
                    shade: 0,
                });
            }
            self.draw(Op::Text {
                x: x + run.x,
                y: y + size,
                size,
                bold: run.bold,
                text: run.text.clone(),
                node: run.node,
            });
        }
    }

    fn lines(&mut self, lines: &[Line], x: f32, size: f32) {
        let height = size * LINE_HEIGHT;
        for line in lines {
            self.need(height);
            let y = self.y;
            self.draw_line(line, x, y, size);
            self.skip(height);
        }
    }

    /// Draws a heading, never alone at the foot of a page.
    fn heading(&mut self, text: &str, level: u16, parent: Node) {
        let size = match level {
            1 => 16.0,
            2 => 12.5,
            3 => 11.0,
            _ => 10.0,
        };
        let role = Role::Heading { level };
        let setting = Setting {
            size,
            ..self.setting(true)
        };
        let setting = setting.within(self.structure.add(parent, role));
        let lines = setting.wrap(&[Inline::plain(text)], Self::WIDTH);
        self.need(size * LINE_HEIGHT + 3.0 * Self::LINE);
        self.headings.push(Heading {
            level,
            text: text.to_owned(),
            page: self.pages.len() - 1,
            y: self.y,
        });
        self.lines(&lines, LEFT, size);
        self.skip(4.0);
    }

    /// Draws the heading of a part, on a band across the page.
    fn band(&mut self, title: &str, parent: Node) {
        const HEIGHT: f32 = 12.5 * LINE_HEIGHT + 4.0;
        self.skip(8.0);
        self.need(HEIGHT + 5.0 * Self::LINE);
        let y = self.y;
        self.draw(Op::Box {
            x: LEFT - 6.0,
            y: y - 2.0,
            width: Self::WIDTH + 12.0,
            height: HEIGHT,
            shade: 224,
        });
        self.heading(title, 2, parent);
        self.skip(2.0);
    }

    fn part(&mut self, part: &Part<'_>) {
        let (node, level) = match part.title {
            Some(title) => {
                let node = self.structure.add(Node::DOCUMENT, Role::Section);
                self.band(title, node);
                (node, 3)
            }
            None => (Node::DOCUMENT, 2),
        };
        for section in &part.sections {
            self.section(section, level, node);
        }
    }

    /// Draws labels, each with its value beside it.
    fn labelled(&mut self, lines: &[summary::Line]) {
        const LABEL_WIDTH: f32 = 118.0;
        let list = Role::List { is_ordered: false };
        let list = self.structure.add(Node::DOCUMENT, list);
        for line in lines {
            let item = self.structure.add(list, Role::Item);
            let label = self
                .setting(true)
                .within(self.structure.add(item, Role::Label))
                .wrap(&[Inline::plain(&line.label)], LABEL_WIDTH - 6.0);
            let value = self
                .setting(false)
                .within(self.structure.add(item, Role::Body))
                .wrap(&[Inline::plain(&line.value)], Self::WIDTH - LABEL_WIDTH);
            let height = f32::from(u16::try_from(label.len()).unwrap_or(u16::MAX)) * Self::LINE;
            self.need(height.min(Self::whole_page()));
            let top = self.y;
            for (rank, line) in (0_u16..).zip(&label) {
                self.draw_line(line, LEFT, top + f32::from(rank) * Self::LINE, BODY_SIZE);
            }
            let page = self.pages.len();
            self.lines(&value, LEFT + LABEL_WIDTH, BODY_SIZE);
            if self.pages.len() == page {
                self.y = self.y.max(top + height);
            }
            self.skip(1.5);
        }
        self.skip(4.0);
    }

    fn section(&mut self, section: &Section, level: u16, parent: Node) {
        let node = self.structure.add(parent, Role::Section);
        if let Some(title) = &section.title {
            self.skip(6.0);
            self.heading(title, level, node);
        }
        for block in &section.blocks {
            self.block(block, node);
        }
        for inner in &section.sections {
            self.section(inner, level.saturating_add(1), node);
        }
    }

    fn block(&mut self, block: &Block, parent: Node) {
        match block {
            Block::Table(table) => table::draw(self, table, parent),
            Block::Paragraph(_) | Block::List { .. } => {
                let lines = self.setting(false).block_lines(
                    std::slice::from_ref(block),
                    Self::WIDTH,
                    &mut self.structure,
                    parent,
                );
                self.lines(&lines, LEFT, BODY_SIZE);
            }
        }
        self.skip(6.0);
    }

    /// Draws a caption above a table.
    pub fn caption(&mut self, caption: &str, node: Node) {
        let lines = self
            .setting(true)
            .within(node)
            .wrap(&[Inline::plain(caption)], Self::WIDTH);
        self.need(4.0 * Self::LINE);
        self.lines(&lines, LEFT, BODY_SIZE);
        self.skip(2.0);
    }
}

/// Draws what every page has: the patient, the meeting, the number of the page.
fn frame(page: &mut Page, summary: &Summary, number: usize, total: usize, fonts: &Fonts) {
    const SIZE: f32 = 8.5;
    let width = Flow::WIDTH;
    let mut text = |x: f32, y: f32, bold: bool, text: String| {
        page.push(Op::Text {
            x,
            y,
            size: SIZE,
            bold,
            text,
            node: None,
        });
    };
    for (words, y, bold) in [
        (&summary.patient, 40.0, true),
        (&summary.subject, 52.0, false),
    ] {
        text(
            LEFT,
            y,
            bold,
            fonts.face(bold).shortened(words, SIZE, width),
        );
    }
    let number = format!("Page {number} / {total}");
    let number_width = fonts.regular.width(&number, SIZE);
    let foot = PAGE_HEIGHT - 34.0;
    text(LEFT + width - number_width, foot, false, number);
    text(LEFT, foot, false, CONFIDENTIAL.to_owned());
    page.push(Op::Box {
        x: LEFT,
        y: 58.0,
        width,
        height: 0.7,
        shade: 0,
    });
}

/// Said at the foot of every page.
pub(super) const CONFIDENTIAL: &str = "Document confidentiel, couvert par le secret médical";
