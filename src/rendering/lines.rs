//! Cutting running text into lines that fit.

use super::fonts::Fonts;
use super::structure::{Node, Role, Structure};
use crate::cda::{Block, Inline, ListItem};

/// A stretch of a line in one style.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// From the left of the line, in points.
    pub x: f32,
    pub text: String,
    pub bold: bool,
    pub underline: bool,
    /// In points.
    pub width: f32,
    /// What it belongs to; none for what is shown only.
    pub node: Option<Node>,
}

/// A line of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub runs: Vec<Run>,
}

/// How text is set.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub fonts: &'a Fonts,
    /// Size of the characters, in points.
    pub size: f32,
    /// Whether everything is bold.
    pub bold: bool,
    /// What it belongs to; none for what is shown only.
    pub node: Option<Node>,
}

/// How far each level of a list goes in, in points.
const INDENT: f32 = 14.0;

/// A word, or part of one, in one style, with what comes before it.
struct Piece {
    text: String,
    bold: bool,
    underline: bool,
    after_space: bool,
}

impl Setting<'_> {
    /// Lines of some blocks below `parent`: paragraphs and lists; a table inside becomes one line for
    /// each row.
    pub fn block_lines(
        self,
        blocks: &[Block],
        width: f32,
        structure: &mut Structure,
        parent: Node,
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        for block in blocks {
            match block {
                Block::Paragraph(inlines) => {
                    let paragraph = self.within(structure.add(parent, Role::Paragraph));
                    lines.extend(paragraph.wrap(inlines, width));
                }
                Block::List {
                    ordered,
                    caption,
                    items,
                } => {
                    if let Some(caption) = caption {
                        let paragraph = self.within(structure.add(parent, Role::Paragraph));
                        lines.extend(paragraph.wrap(&[Inline::plain(caption)], width));
                    }
                    let role = Role::List {
                        is_ordered: *ordered,
                    };
                    let list = structure.add(parent, role);
                    lines.extend(self.list_lines(*ordered, items, width, structure, list));
                }
                Block::Table(table) => {
                    for row in table.head.iter().chain(&table.body) {
                        let cells: Vec<_> = row
                            .cells
                            .iter()
                            .flat_map(|cell| cell.blocks.iter().map(Block::plain_text))
                            .collect();
                        let paragraph = self.within(structure.add(parent, Role::Paragraph));
                        lines.extend(paragraph.wrap(&[Inline::plain(cells.join(" | "))], width));
                    }
                }
            }
        }
        lines
    }

    fn list_lines(
        self,
        ordered: bool,
        items: &[ListItem],
        width: f32,
        structure: &mut Structure,
        list: Node,
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mark = if ordered {
                format!("{}.", index + 1)
            } else {
                "•".to_owned()
            };
            let node = structure.add(list, Role::Item);
            let label = self.within(structure.add(node, Role::Label));
            let body = structure.add(node, Role::Body);
            let inner_width = (width - INDENT).max(INDENT);
            let mut inside = self.block_lines(&item.blocks, inner_width, structure, body);
            for line in &mut inside {
                for run in &mut line.runs {
                    run.x += INDENT;
                }
            }
            if inside.is_empty() {
                inside.push(Line::default());
            }
            if let Some(first) = inside.first_mut() {
                let mark = label.run(&format!("{mark} "), self.bold);
                first.runs.insert(0, mark);
            }
            lines.extend(inside);
        }
        lines
    }

    /// The same setting, for what belongs to that node.
    pub fn within(self, node: Node) -> Self {
        Self {
            node: Some(node),
            ..self
        }
    }

    /// Lines of running text.
    pub fn wrap(self, inlines: &[Inline], width: f32) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut line = Line::default();
        let mut x = 0.0;
        let mut pending_space = false;
        for inline in inlines {
            let Inline::Text {
                text,
                bold,
                underline,
                ..
            } = inline
            else {
                lines.push(line.ended());
                line = Line::default();
                (x, pending_space) = (0.0, false);
                continue;
            };
            for piece in pieces(text, *bold, *underline, pending_space) {
                let run = self.run(&piece.text, piece.bold || self.bold);
                let space = if piece.after_space && x > 0.0 {
                    self.fonts.face(run.bold).width(" ", self.size)
                } else {
                    0.0
                };
                if x > 0.0 && x + space + run.width > width {
                    lines.push(line.ended());
                    line = Line::default();
                    x = 0.0;
                }
                let space = if x > 0.0 { space } else { 0.0 };
                for part in self.fitting(run, width) {
                    if x > 0.0 && x + space + part.width > width {
                        lines.push(line);
                        line = Line::default();
                        x = 0.0;
                    }
                    let at = if x > 0.0 { x + space } else { 0.0 };
                    x = at + part.width;
                    line.push(Run {
                        x: at,
                        underline: piece.underline,
                        ..part
                    });
                }
            }
            pending_space =
                text.ends_with(char::is_whitespace) || (pending_space && text.trim().is_empty());
        }
        if !line.runs.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Width of the widest word of some blocks, and of the blocks on one line each.
    pub fn extremes(self, blocks: &[Block]) -> (f32, f32) {
        let face = self.fonts.face(self.bold);
        let mut extremes = (0.0_f32, 0.0_f32);
        for block in blocks {
            for line in block.plain_text().lines() {
                extremes.1 = extremes.1.max(face.width(line, self.size) + INDENT);
                for word in line.split(is_space) {
                    extremes.0 = extremes.0.max(face.width(word, self.size));
                }
            }
        }
        extremes
    }

    fn run(self, text: &str, bold: bool) -> Run {
        let face = self.fonts.face(bold);
        let text = face.drawable(text);
        Run {
            x: 0.0,
            width: face.width(&text, self.size),
            text,
            bold,
            underline: false,
            node: self.node,
        }
    }

    /// The run, cut between characters when it is wider than a whole line.
    fn fitting(self, run: Run, width: f32) -> Vec<Run> {
        if run.width <= width {
            return vec![run];
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        for c in run.text.chars() {
            text.push(c);
            if self.fonts.face(run.bold).width(&text, self.size) > width && text.chars().count() > 1
            {
                text.pop();
                parts.push(self.run(&text, run.bold));
                text = c.to_string();
            }
        }
        parts.push(self.run(&text, run.bold));
        parts
    }
}

impl Line {
    /// Adds a run; joins it to the one before when nothing but a space tells them apart.
    fn push(&mut self, run: Run) {
        if let Some(last) = self.runs.last_mut() {
            if run.x > last.x + last.width + 0.01 {
                last.text.push(' ');
            }
            if last.bold == run.bold && last.underline == run.underline {
                last.text.push_str(&run.text);
                last.width = run.x + run.width - last.x;
                return;
            }
        }
        self.runs.push(run);
    }

    /// The line, its words kept apart from those of the next one by a space: who hears or copies the
    /// text does not see that a line ends.
    fn ended(mut self) -> Self {
        if let Some(last) = self.runs.last_mut() {
            last.text.push(' ');
        }
        self
    }
}

/// A space where a line may break; a no-break space is part of its word.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Words of a text; the first one follows a space when the text or what came before says so.
fn pieces(
    text: &str,
    bold: bool,
    underline: bool,
    pending_space: bool,
) -> impl Iterator<Item = Piece> {
    let starts_with_space = text.starts_with(is_space);
    let mut words: Vec<String> = Vec::new();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(last) if is_never_first(word) || last.as_str() == "«" => {
                last.push('\u{a0}');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
        .into_iter()
        .enumerate()
        .map(move |(index, text)| Piece {
            text,
            bold,
            underline,
            after_space: index > 0 || starts_with_space || pending_space,
        })
}

/// True for such a sign, with what closes a clause after it.
fn is_never_first(word: &str) -> bool {
    let sign = word.trim_end_matches([',', '.', ')']);
    NEVER_FIRST.contains(&sign)
}

/// Signs that French sets after a space, and never at the beginning of a line.
const NEVER_FIRST: [&str; 8] = [":", ";", "?", "!", "%", "»", "€", "–"];
