//! Sections and their text, read from the tree.
//!
//! **Source:** HL7 CDA R2, section narrative block (`StrucDoc`).

use super::{
    narrative::{Block, Cell, Inline, ListItem, Row, Section, Table},
    read_datatypes::text,
    tree::{Child, Element},
};

/// A section, with its sub-sections.
pub(super) fn section(element: Element<'_>) -> Section {
    Section {
        title: text(element.first("title")),
        code: element.first("code").and_then(|code| {
            Some((
                code.attribute("code")?.to_owned(),
                code.attribute("codeSystem").unwrap_or_default().to_owned(),
            ))
        }),
        template_ids: element
            .all("templateId")
            .filter_map(|template| template.attribute("root"))
            .map(str::to_owned)
            .collect(),
        blocks: element.first("text").map(blocks).unwrap_or_default(),
        sections: element
            .all("component")
            .filter_map(|component| component.first("section"))
            .map(section)
            .collect(),
    }
}

/// Style of a run of text.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    italic: bool,
    underline: bool,
}

impl Style {
    /// The style within `element`.
    fn within(self, element: Element<'_>) -> Self {
        let code = element
            .attribute("styleCode")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let has = |style| code.split_ascii_whitespace().any(|word| word == style);
        Self {
            bold: self.bold || has("bold"),
            italic: self.italic || has("italics") || has("emphasis"),
            underline: self.underline || has("underline"),
        }
    }
}

/// Blocks of a mixed element: inline runs between blocks become paragraphs.
fn blocks(element: Element<'_>) -> Vec<Block> {
    let mut flow = Flow::default();
    flow.mixed(element, Style::default());
    flow.finish()
}

/// Collects inline text, and closes it into a paragraph at each block.
#[derive(Default)]
struct Flow {
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

impl Flow {
    fn mixed(&mut self, element: Element<'_>, style: Style) {
        for child in element.children() {
            match child {
                Child::Text(text) => self.run(text, style),
                Child::Element(child) => self.child(child, style),
            }
        }
    }

    fn child(&mut self, child: Element<'_>, style: Style) {
        match child.name() {
            "br" => self.inlines.push(Inline::Break),
            "table" => self.block(Block::Table(table(child))),
            "list" => self.block(list(child)),
            "paragraph" => {
                self.end_paragraph();
                self.mixed(child, style.within(child));
                self.end_paragraph();
            }
            _ => self.mixed(child, style.within(child)),
        }
    }

    fn block(&mut self, block: Block) {
        self.end_paragraph();
        self.blocks.push(block);
    }

    /// Adds text, blanks folded to one space, to the last run when the style is the same.
    fn run(&mut self, raw: &str, style: Style) {
        if let Some(Inline::Text {
            text,
            bold,
            italic,
            underline,
        }) = self.inlines.last_mut()
        {
            let last = Style {
                bold: *bold,
                italic: *italic,
                underline: *underline,
            };
            if last == style {
                fold_blanks(raw, text);
                return;
            }
        }
        let mut text = String::with_capacity(raw.len());
        fold_blanks(raw, &mut text);
        if !text.is_empty() {
            self.inlines.push(Inline::Text {
                text,
                bold: style.bold,
                italic: style.italic,
                underline: style.underline,
            });
        }
    }

    fn end_paragraph(&mut self) {
        let mut inlines = std::mem::take(&mut self.inlines);
        trim_ends(&mut inlines);
        if !inlines.is_empty() {
            self.blocks.push(Block::Paragraph(inlines));
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.end_paragraph();
        self.blocks
    }
}

/// Appends `raw`, each run of blanks as one space, none after a space.
fn fold_blanks(raw: &str, out: &mut String) {
    for char in raw.chars() {
        if !char.is_ascii_whitespace() {
            out.push(char);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

/// Removes the blanks at both ends, around breaks too, and the runs that become empty.
fn trim_ends(inlines: &mut Vec<Inline>) {
    let mut after_break = true;
    for inline in inlines.iter_mut() {
        match inline {
            Inline::Break => after_break = true,
            Inline::Text { text, .. } => {
                if after_break && text.starts_with(' ') {
                    text.remove(0);
                }
                after_break = after_break && text.is_empty();
            }
        }
    }
    let mut before_break = true;
    for inline in inlines.iter_mut().rev() {
        match inline {
            Inline::Break => before_break = true,
            Inline::Text { text, .. } => {
                if before_break && text.ends_with(' ') {
                    text.pop();
                }
                before_break = before_break && text.is_empty();
            }
        }
    }
    inlines.retain(|inline| !matches!(inline, Inline::Text { text, .. } if text.is_empty()));
    while matches!(inlines.last(), Some(Inline::Break)) {
        inlines.pop();
    }
}

fn table(element: Element<'_>) -> Table {
    let rows = |group: &'static str| {
        element
            .all(group)
            .flat_map(|group| group.all("tr"))
            .map(row)
            .collect::<Vec<_>>()
    };
    let mut body = rows("tbody");
    body.extend(rows("tfoot"));
    Table {
        caption: text(element.first("caption")),
        head: rows("thead"),
        body,
    }
}

fn row(element: Element<'_>) -> Row {
    let span = |cell: Element<'_>, name| {
        cell.attribute(name)
            .and_then(|span| span.trim().parse().ok())
            .unwrap_or(1)
            .clamp(1, 1000)
    };
    Row {
        cells: element
            .elements()
            .filter(|cell| matches!(cell.name(), "td" | "th"))
            .map(|cell| Cell {
                is_heading: cell.name() == "th",
                column_span: span(cell, "colspan"),
                row_span: span(cell, "rowspan"),
                blocks: blocks(cell),
            })
            .collect(),
    }
}

fn list(element: Element<'_>) -> Block {
    Block::List {
        ordered: element.attribute("listType") == Some("ordered"),
        caption: text(element.first("caption")),
        items: element
            .all("item")
            .map(|item| ListItem {
                blocks: blocks(item),
            })
            .collect(),
    }
}
