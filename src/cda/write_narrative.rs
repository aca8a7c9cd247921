//! The text of sections: tables of two columns or more, paragraphs, named texts.
//!
//! **Source:** HL7 CDA R2, section narrative block (`StrucDoc`).

use super::write::Out;

/// A cell: its text, and the name by which entries point at it.
pub(super) struct Cell<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) text: &'a str,
}

/// A cell that no entry points at.
pub(super) fn cell(text: &str) -> Cell<'_> {
    Cell { name: None, text }
}

/// A cell with a name.
pub(super) fn named<'a>(name: &'a str, text: &'a str) -> Cell<'a> {
    Cell {
        name: Some(name),
        text,
    }
}

impl Out<'_> {
    /// A table of labels and texts, under a caption.
    pub(super) fn facts(&mut self, caption: Cell<'_>, rows: impl FnOnce(&mut Self)) {
        self.xml.open("table", &[]);
        // The schema lets no `content` stand in a caption: the name is the caption's own.
        match caption.name {
            Some(name) => {
                self.name_text(name);
                self.xml.leaf("caption", &[("ID", name)], caption.text);
            }
            None => self.xml.leaf("caption", &[], caption.text),
        }
        self.xml.open("tbody", &[]);
        rows(self);
        self.xml.close("tbody");
        self.xml.close("table");
    }

    /// A row of such a table.
    pub(super) fn fact(&mut self, label: &str, text: Cell<'_>) {
        self.xml.open("tr", &[]);
        self.xml.leaf("th", &[], label);
        self.cell(&text);
        self.xml.close("tr");
    }

    /// A row of such a table, when there is something to say.
    pub(super) fn fact_if(&mut self, label: &str, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.fact(label, named(name, text));
        }
    }

    /// A table with a head.
    pub(super) fn table(&mut self, head: &[&str], rows: impl FnOnce(&mut Self)) {
        self.xml.open("table", &[]);
        self.xml.open("thead", &[]);
        self.xml.open("tr", &[]);
        for label in head {
            self.xml.leaf("th", &[], label);
        }
        self.xml.close("tr");
        self.xml.close("thead");
        self.xml.open("tbody", &[]);
        rows(self);
        self.xml.close("tbody");
        self.xml.close("table");
    }

    /// A row of cells.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) {
        self.row_of(|out| {
            for cell in cells {
                out.cell(cell);
            }
        });
    }

    /// A row whose cells are written one by one.
    pub(super) fn row_of(&mut self, cells: impl FnOnce(&mut Self)) {
        self.xml.open("tr", &[]);
        cells(self);
        self.xml.close("tr");
    }

    /// A cell with a label, and after it, under its own name, that of the code.
    pub(super) fn labels(&mut self, label: &Cell<'_>, coded_name: Option<&str>, coded: &str) {
        self.xml.open("td", &[]);
        self.named_text(label);
        if let Some(name) = coded_name {
            self.xml.empty("br", &[]);
            self.named_text(&named(name, coded));
        }
        self.xml.close("td");
    }

    pub(super) fn cell(&mut self, cell: &Cell<'_>) {
        self.xml.open("td", &[]);
        self.named_text(cell);
        self.xml.close("td");
    }

    /// A paragraph under a heading in bold.
    pub(super) fn headed_paragraph(&mut self, heading: &str, text: Cell<'_>) {
        self.xml.open("paragraph", &[]);
        self.xml.leaf("content", &[("styleCode", "Bold")], heading);
        self.xml.empty("br", &[]);
        self.named_text(&text);
        self.xml.close("paragraph");
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: Cell<'_>) {
        self.xml.open("paragraph", &[]);
        self.named_text(&text);
        self.xml.close("paragraph");
    }

    fn named_text(&mut self, cell: &Cell<'_>) {
        match cell.name {
            Some(name) => {
                self.name_text(name);
                self.xml.open("content", &[("ID", name)]);
                self.lines(cell.text);
                self.xml.close("content");
            }
            None => self.lines(cell.text),
        }
    }

    /// Text, with a break at each end of line.
    fn lines(&mut self, text: &str) {
        for (rank, line) in text.lines().enumerate() {
            if rank > 0 {
                self.xml.empty("br", &[]);
            }
            self.xml.text(line);
        }
    }
}
