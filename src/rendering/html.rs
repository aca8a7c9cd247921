//! A document as one page for a browser: no script, nothing fetched from elsewhere.

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};

use super::flow::CONFIDENTIAL;
use super::reading_order::parts;
use super::summary::{ABOUT, Summary, summary};
use crate::cda::{Block, Document, Enclosed, Inline, ListItem, Row, Section, Table};

#[derive(Template)]
#[template(path = "document.html")]
struct Page<'a> {
    summary: &'a Summary,
    sections: &'a str,
    about: &'static str,
    confidential: &'static str,
    /// The patient and the meeting, for the margin of printed pages.
    margin: [String; 2],
}

/// Renders a document: its header, then its sections in their order.
///
/// The page stands alone and is made for every reader: one main title, sections with headings in
/// order, tables with captions and headings of columns, readable on paper and without colours.
///
/// **Source:** RGAA 4.1 (structure of headings, lists and tables; language of the page).
#[must_use]
pub fn html(document: &Document) -> String {
    let mut sections = String::new();
    if let Some(Enclosed::Pdf(pdf)) = &document.enclosed {
        write_enclosed(pdf, &mut sections);
    }
    for part in parts(document) {
        let level = match part.title {
            Some(title) => {
                sections.push_str(&format!("<section class=\"part\">\n<h2>{title}</h2>\n"));
                3
            }
            None => 2,
        };
        for section in part.sections {
            write_section(section, level, &mut sections);
        }
        if part.title.is_some() {
            sections.push_str("</section>\n");
        }
    }
    let summary = summary(document);
    let page = Page {
        margin: [css_string(&summary.patient), css_string(&summary.subject)],
        summary: &summary,
        sections: &sections,
        about: ABOUT,
        confidential: CONFIDENTIAL,
    };
    page.render().expect("writing to memory does not fail")
}

/// A link to the file that is the document: the reader opens it with what opens files, the page
/// shows nothing of it.
fn write_enclosed(pdf: &[u8], out: &mut String) {
    out.push_str("<section>\n<h2>Compte rendu joint</h2>\n<p><a download=\"compte-rendu.pdf\" href=\"data:application/pdf;base64,");
    BASE64_STANDARD.encode_string(pdf, out);
    out.push_str("\">Télécharger le compte rendu (PDF, ");
    out.push_str(&pdf.len().div_ceil(1024).to_string());
    out.push_str(" Kio)</a></p>\n</section>\n");
}

/// The text as a string of CSS, whatever it holds.
///
/// **Source:** CSS Syntax, 4.3.7 (escapes).
fn css_string(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == ' ' => c.to_string(),
            c => format!("\\{:X} ", u32::from(c)),
        })
        .collect()
}

fn write_section(section: &Section, level: u8, out: &mut String) {
    out.push_str("<section>\n");
    if let Some(title) = &section.title {
        let level = level.min(6);
        out.push_str(&format!("<h{level}>"));
        escape(title, out);
        out.push_str(&format!("</h{level}>\n"));
    }
    write_blocks(&section.blocks, out);
    for inner in &section.sections {
        write_section(inner, level.saturating_add(1), out);
    }
    out.push_str("</section>\n");
}

fn write_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => {
                out.push_str("<p>");
                write_inlines(inlines, out);
                out.push_str("</p>\n");
            }
            Block::Table(table) => write_table(table, out),
            Block::List {
                ordered,
                caption,
                items,
            } => write_list(*ordered, caption.as_deref(), items, out),
        }
    }
}

fn write_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Break => out.push_str("<br>"),
            Inline::Text {
                text,
                bold,
                italic,
                underline,
            } => {
                let tags = [(*bold, "strong"), (*italic, "em"), (*underline, "u")];
                for (_, tag) in tags.iter().filter(|(is_set, _)| *is_set) {
                    out.push_str(&format!("<{tag}>"));
                }
                escape(text, out);
                for (_, tag) in tags.iter().rev().filter(|(is_set, _)| *is_set) {
                    out.push_str(&format!("</{tag}>"));
                }
            }
        }
    }
}

fn write_list(ordered: bool, caption: Option<&str>, items: &[ListItem], out: &mut String) {
    if let Some(caption) = caption {
        out.push_str("<p>");
        escape(caption, out);
        out.push_str("</p>\n");
    }
    let tag = if ordered { "ol" } else { "ul" };
    out.push_str(&format!("<{tag}>\n"));
    for item in items {
        out.push_str("<li>");
        write_content(&item.blocks, out);
        out.push_str("</li>\n");
    }
    out.push_str(&format!("</{tag}>\n"));
}

/// Blocks of an item or a cell: a paragraph alone needs no tag of its own.
fn write_content(blocks: &[Block], out: &mut String) {
    match blocks {
        [Block::Paragraph(inlines)] => write_inlines(inlines, out),
        _ => write_blocks(blocks, out),
    }
}

fn write_table(table: &Table, out: &mut String) {
    out.push_str("<table>\n");
    if let Some(caption) = &table.caption {
        out.push_str("<caption>");
        escape(caption, out);
        out.push_str("</caption>\n");
    }
    if !table.head.is_empty() {
        out.push_str("<thead>\n");
        write_rows(&table.head, "col", out);
        out.push_str("</thead>\n");
    }
    out.push_str("<tbody>\n");
    write_rows(&table.body, "row", out);
    out.push_str("</tbody>\n</table>\n");
}

fn write_rows(rows: &[Row], scope: &str, out: &mut String) {
    for row in rows {
        out.push_str("<tr>");
        for cell in &row.cells {
            let tag = if cell.is_heading { "th" } else { "td" };
            out.push_str(&format!("<{tag}"));
            if cell.is_heading {
                out.push_str(&format!(" scope=\"{scope}\""));
            }
            for (name, span) in [("colspan", cell.column_span), ("rowspan", cell.row_span)] {
                if span > 1 {
                    out.push_str(&format!(" {name}=\"{span}\""));
                }
            }
            out.push('>');
            write_content(&cell.blocks, out);
            out.push_str(&format!("</{tag}>"));
        }
        out.push_str("</tr>\n");
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cda;

    fn document() -> Document {
        let bytes =
            std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there");
        cda::read(&bytes).expect("it is a document")
    }

    #[test]
    fn the_page_shows_header_and_sections() {
        insta::assert_snapshot!(html(&document()));
    }

    #[test]
    fn nothing_in_a_document_becomes_markup() {
        let mut document = document();
        let attack = "<script>alert(\"x\")</script>";
        document.header.title = Some(attack.to_owned());
        document.sections.push(Section {
            title: Some(attack.to_owned()),
            blocks: vec![Block::Paragraph(vec![Inline::plain(attack)])],
            ..Section::default()
        });
        let page = html(&document);
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("alert(").count(), 4);
    }
}
