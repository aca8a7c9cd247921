//! A report as a letter: a cover for an envelope with a window, then the report.

use time::Date;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    flow::{Op, Page, set},
    fonts::Fonts,
    lines::Setting,
    pdf::{RenderError, write},
    pdf_metadata::About,
    reading_order::parts,
    structure::{Node, Role, Structure},
    summary::summary,
};
use crate::cda::{Document, Inline};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;

/// Left and upper edge of the address, where the window of a DL or C5 envelope shows it, and its line
/// height.
///
/// **Source:** NF Z 11-001 (place of the address); NF Z 10-011 (at most six lines of 38 characters,
/// the last ones in capitals without punctuation).
const WINDOW: (f32, f32, f32) = (110.0 * MM, 52.0 * MM, 5.0 * MM);

/// Most lines in the window.
const WINDOW_LINES: usize = 6;

/// Most characters in a line of the window.
const WINDOW_WIDTH: usize = 38;

const LEFT: f32 = 20.0 * MM;
const WIDTH: f32 = 170.0 * MM;
const SIZE: f32 = 10.5;
const LINE: f32 = SIZE * 1.4;

/// What the cover says.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Who writes.
    pub sender: &'a str,
    /// Telephone for questions; empty for none.
    pub phone: &'a str,
    /// Whom to.
    pub recipient: &'a str,
    /// Lines below the name.
    pub address: &'a [String],
    /// Day of the letter.
    pub on: Date,
    /// By what the sender finds the report again.
    pub reference: &'a str,
}

/// The letter as PDF/A-1a: the same content gives the same bytes. The cover names neither the patient
/// nor what ails them: an envelope is opened by others.
///
/// # Errors
/// When the file would not be a valid archive.
pub fn letter(content: &Letter<'_>, document: &Document) -> Result<Vec<u8>, RenderError> {
    let fonts = Fonts::get();
    let summary = summary(document);
    let mut whole = set(&summary, &parts(document), fonts);
    let cover = cover(content, &mut whole.structure, fonts);
    whole.pages.insert(0, cover);
    for heading in &mut whole.headings {
        heading.page += 1;
    }
    write(&whole, &About::document(&document.header, &summary.title))
}

fn cover(content: &Letter<'_>, structure: &mut Structure, fonts: &Fonts) -> Page {
    let mut page = Page::new();
    let mut draw = |text: &str, x: f32, y: f32, bold: bool| -> f32 {
        let node = structure.add(Node::DOCUMENT, Role::Paragraph);
        let setting = Setting {
            fonts,
            size: SIZE,
            bold,
            node: Some(node),
        };
        let mut bottom = y;
        for line in setting.wrap(&[Inline::plain(text)], LEFT + WIDTH - x) {
            for run in line.runs {
                page.push(Op::Text {
                    x: x + run.x,
                    y: bottom + SIZE,
                    size: SIZE,
                    bold: run.bold,
                    text: run.text,
                    node: Some(node),
                });
            }
            bottom += LINE;
        }
        bottom
    };
    let mut y = draw(content.sender, LEFT, LEFT, true);
    if !content.phone.is_empty() {
        y = draw(&format!("Téléphone : {}", content.phone), LEFT, y, false);
    }
    draw(
        &format!("Référence : {}", content.reference),
        LEFT,
        y,
        false,
    );
    let (x, top, height) = WINDOW;
    let mut y = top;
    for line in envelope(content.recipient, content.address) {
        draw(&line, x, y, false);
        y += height;
    }
    let mut y = draw(&format!("Le {}", day(content.on)), x, 98.0 * MM, false) + 2.0 * LINE;
    for (text, bold) in [
        (
            "Objet : compte rendu de réunion de concertation pluridisciplinaire".to_owned(),
            true,
        ),
        ("Docteur,".to_owned(), false),
        (
            "Vous trouverez ci-joint le compte rendu de la réunion de concertation pluridisciplinaire où le \
             dossier de l'un de vos patients a été examiné. Il vous est adressé par courrier parce qu'aucune \
             messagerie sécurisée de santé à votre nom n'a pu le recevoir."
                .to_owned(),
            false,
        ),
        (
            "Pour recevoir les prochains par messagerie sécurisée, déclarez votre boîte MSSanté dans \
             l'Annuaire Santé, ou indiquez-la nous."
                .to_owned(),
            false,
        ),
        (
            "Si ce courrier ne vous concerne pas, merci de nous le signaler et de le détruire : il est couvert \
             par le secret médical."
                .to_owned(),
            false,
        ),
        (content.sender.to_owned(), false),
    ] {
        y = draw(&text, LEFT, y, bold) + LINE;
    }
    page
}

/// The lines in the window: the name, then as much of the address as six lines hold, its last line
/// always among them.
fn envelope(recipient: &str, address: &[String]) -> Vec<String> {
    let mut lines = vec![cut(recipient)];
    let below: Vec<String> = address.iter().map(|line| cut(&postal(line))).collect();
    let room = WINDOW_LINES - 1;
    if below.len() > room {
        lines.extend_from_slice(&below[..room - 1]);
        lines.extend(below.last().cloned());
    } else {
        lines.extend(below);
    }
    lines
}

fn cut(line: &str) -> String {
    line.trim().chars().take(WINDOW_WIDTH).collect()
}

/// Capitals without accents or punctuation.
fn postal(line: &str) -> String {
    let plain: String = line
        .nfd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_uppercase)
        .map(|character| match character {
            '-' | '/' => character,
            character if character.is_alphanumeric() => character,
            _ => ' ',
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn day(on: Date) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let month = MONTHS[usize::from(u8::from(on.month())) - 1];
    format!("{} {month} {}", on.day(), on.year())
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
