//! The text of a section, as a tree that HTML or PDF can render faithfully.
//!
//! **Source:** HL7 CDA R2, section narrative block (`StrucDoc`).

/// A section, and its sub-sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Title; none when the document gives none.
    pub title: Option<String>,
    /// Code of the section, and OID of its system.
    pub code: Option<(String, String)>,
    /// Roots of its `templateId`s.
    pub template_ids: Vec<String>,
    /// Its text.
    pub blocks: Vec<Block>,
    /// Sub-sections.
    pub sections: Vec<Section>,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// A table.
    Table(Table),
    /// A list.
    List {
        /// Numbered.
        ordered: bool,
        /// Caption.
        caption: Option<String>,
        /// Items.
        items: Vec<ListItem>,
    },
}

/// An item of a list: blocks, since lists nest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListItem {
    /// What the item holds.
    pub blocks: Vec<Block>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Caption.
    pub caption: Option<String>,
    /// Rows of the head.
    pub head: Vec<Row>,
    /// Rows of the body, then of the foot.
    pub body: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// True for `th`.
    pub is_heading: bool,
    /// Number of columns it covers, at least 1.
    pub column_span: u16,
    /// Number of rows it covers, at least 1.
    pub row_span: u16,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A run of text, or a break of line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text in one style; blanks are folded to one space.
    Text {
        /// The characters.
        text: String,
        /// Set in bold.
        bold: bool,
        /// Set in italics.
        italic: bool,
        /// Underlined.
        underline: bool,
    },
    /// Break of line.
    Break,
}

impl Inline {
    /// Text in the plain style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            bold: false,
            italic: false,
            underline: false,
        }
    }
}

impl Block {
    /// The characters alone, blocks separated by a line feed and cells by a tabulation.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let mut out = String::new();
        write_plain(self, &mut out);
        out
    }
}

fn write_plain(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(inlines) => {
            for inline in inlines {
                match inline {
                    Inline::Text { text, .. } => out.push_str(text),
                    Inline::Break => out.push('\n'),
                }
            }
        }
        Block::Table(table) => {
            for (rank, row) in table.head.iter().chain(&table.body).enumerate() {
                if rank > 0 {
                    out.push('\n');
                }
                for (column, cell) in row.cells.iter().enumerate() {
                    if column > 0 {
                        out.push('\t');
                    }
                    write_all_plain(&cell.blocks, out);
                }
            }
        }
        Block::List { items, .. } => {
            for (rank, item) in items.iter().enumerate() {
                if rank > 0 {
                    out.push('\n');
                }
                write_all_plain(&item.blocks, out);
            }
        }
    }
}

fn write_all_plain(blocks: &[Block], out: &mut String) {
    for (rank, block) in blocks.iter().enumerate() {
        if rank > 0 {
            out.push('\n');
        }
        write_plain(block, out);
    }
}
