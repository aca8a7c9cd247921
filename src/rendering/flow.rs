//! Setting a document on pages: what is drawn, and where.

use super::fonts::Fonts;
use super::lines::{Line, Setting};
use super::summary::Summary;
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

/// What is drawn on one page.
pub(super) type Page = Vec<Op>;

/// Pages being filled from top to bottom.
pub(super) struct Flow<'a> {
    fonts: &'a Fonts,
    pages: Vec<Page>,
    y: f32,
}

/// Sets a whole document.
pub(super) fn set(summary: &Summary, sections: &[Section], fonts: &Fonts) -> Vec<Page> {
    let mut flow = Flow {
        fonts,
        pages: vec![Page::new()],
        y: TOP,
    };
    flow.title(&summary.title);
    flow.summary(summary);
    for section in sections {
        flow.section(section, 0);
    }
    let mut pages = flow.pages;
    let total = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        frame(page, summary, index + 1, total, fonts);
    }
    pages
}

impl<'a> Flow<'a> {
    /// How body text is set.
    pub fn setting(&self, bold: bool) -> Setting<'a> {
        Setting {
            fonts: self.fonts,
            size: BODY_SIZE,
            bold,
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

    fn title(&mut self, title: &str) {
        let setting = Setting {
            size: 16.0,
            ..self.setting(true)
        };
        let lines = setting.wrap(&[Inline::plain(title)], Self::WIDTH);
        self.lines(&lines, LEFT, 16.0);
        self.skip(6.0);
    }

    fn summary(&mut self, summary: &Summary) {
        const LABEL_WIDTH: f32 = 100.0;
        for line in &summary.lines {
            let label = self
                .setting(true)
                .wrap(&[Inline::plain(line.label)], LABEL_WIDTH);
            let value = self
                .setting(false)
                .wrap(&[Inline::plain(&line.value)], Self::WIDTH - LABEL_WIDTH);
            self.need(Self::LINE);
            let y = self.y;
            if let Some(label) = label.first() {
                self.draw_line(label, LEFT, y, BODY_SIZE);
            }
            self.lines(&value, LEFT + LABEL_WIDTH, BODY_SIZE);
            self.skip(1.5);
        }
        self.skip(4.0);
    }

    fn section(&mut self, section: &Section, depth: u8) {
        if let Some(title) = &section.title {
            let size = if depth == 0 { 12.0 } else { 10.5 };
            let setting = Setting {
                size,
                ..self.setting(true)
            };
            let lines = setting.wrap(&[Inline::plain(title)], Self::WIDTH);
            // A title is never left alone at the foot of a page.
            self.skip(8.0);
            self.need(size * LINE_HEIGHT + 3.0 * Self::LINE);
            self.lines(&lines, LEFT, size);
            if depth == 0 {
                let y = self.y;
                self.draw(Op::Box {
                    x: LEFT,
                    y,
                    width: Self::WIDTH,
                    height: 0.7,
                    shade: 120,
                });
            }
            self.skip(4.0);
        }
        for block in &section.blocks {
            self.block(block);
        }
        for inner in &section.sections {
            self.section(inner, depth.saturating_add(1));
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Table(table) => table::draw(self, table),
            Block::Paragraph(_) | Block::List { .. } => {
                let lines = self
                    .setting(false)
                    .block_lines(std::slice::from_ref(block), Self::WIDTH);
                self.lines(&lines, LEFT, BODY_SIZE);
            }
        }
        self.skip(4.0);
    }

    /// Draws a caption above a table.
    pub fn caption(&mut self, caption: &str) {
        let lines = self
            .setting(true)
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
    for (text, y, bold) in [
        (&summary.patient, 40.0, true),
        (&summary.subject, 52.0, false),
    ] {
        let setting = Setting {
            fonts,
            size: SIZE,
            bold,
        };
        for run in setting
            .wrap(&[Inline::plain(text)], width)
            .into_iter()
            .take(1)
            .flat_map(|line| line.runs)
        {
            page.push(Op::Text {
                x: LEFT + run.x,
                y,
                size: SIZE,
                bold,
                text: run.text,
            });
        }
    }
    page.push(Op::Box {
        x: LEFT,
        y: 58.0,
        width,
        height: 0.7,
        shade: 0,
    });
    let number = format!("Page {number} / {total}");
    let number_width = fonts.regular.width(&number, SIZE);
    page.push(Op::Text {
        x: LEFT + width - number_width,
        y: PAGE_HEIGHT - 34.0,
        size: SIZE,
        bold: false,
        text: number,
    });
    page.push(Op::Text {
        x: LEFT,
        y: PAGE_HEIGHT - 34.0,
        size: SIZE,
        bold: false,
        text: "Document confidentiel, couvert par le secret médical".to_owned(),
    });
}
