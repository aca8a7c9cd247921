//! The words of a mail: nothing of what the document says of the patient's health.

use super::mail::{ARCHIVE_NAME, DocumentMail, Reader, act_day, label, one_line};
use super::xdm::Action;

/// The words of that mail; `pdf_name` is the name of the readable copy.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.2.3 and 2.2.4; Ségur, AMBU.MSS/va1.02 (a new
/// version says that it replaces the one before).
pub(super) fn text(content: &DocumentMail<'_>, pdf_name: &str) -> String {
    let mut text = notice(content.action, content.reader).to_owned();
    match (content.words, content.reader) {
        (Some(words), _) => {
            text.push_str(words.trim_end());
            text.push('\n');
        }
        (None, Reader::Professional) => for_a_professional(content, pdf_name, &mut text),
        (None, Reader::Patient) => for_the_patient(content, pdf_name, &mut text),
    }
    text
}

/// First line of a mail about a document that was sent before.
fn notice(action: Action, reader: Reader) -> &'static str {
    match (action, reader) {
        (Action::Create, _) => "",
        (Action::Replace, _) => "Ce document annule et remplace la version précédente.\n\n",
        (Action::Delete, Reader::Professional) => {
            "ANNULATION : le document ci-joint, déjà reçu, est annulé par son auteur. \
             Merci de le retirer du dossier de votre patient.\n\n"
        }
        (Action::Delete, Reader::Patient) => {
            "ANNULATION : le document ci-joint, déjà reçu, est annulé par son auteur. \
             N'en tenez plus compte.\n\n"
        }
    }
}

fn for_a_professional(content: &DocumentMail<'_>, pdf_name: &str, text: &mut String) {
    text.push_str(&format!(
        "Bonjour,\n\nVous trouverez ci-joint le document « {} »{}{}, qui concerne l'un de vos patients.\n\n",
        label(&content.document.header),
        dated(content),
        placed(content),
    ));
    text.push_str(&format!(
        "- {ARCHIVE_NAME} : le document structuré, à intégrer dans votre logiciel ;\n\
         - {pdf_name} : sa copie lisible.\n\nPour toute question : {}.\n\n",
        contact(content),
    ));
    text.push_str("Ce courriel a été envoyé par un logiciel. ");
    text.push_str(if content.reply_to.is_some() {
        "Votre réponse sera lue par le secrétariat.\n"
    } else {
        "Merci de ne pas y répondre.\n"
    });
}

fn for_the_patient(content: &DocumentMail<'_>, pdf_name: &str, text: &mut String) {
    text.push_str(&format!(
        "Bonjour,\n\nVous trouverez ci-joint le compte rendu de la réunion{} où des médecins ont examiné \
         votre dossier{}.\n\nVotre médecin vous l'expliquera lors d'une consultation : n'hésitez pas à lui \
         poser vos questions.\n\n",
        dated(content),
        placed(content),
    ));
    text.push_str(&format!(
        "- {pdf_name} : le document, à lire ;\n\
         - {ARCHIVE_NAME} : le même, pour les logiciels.\n\nPour toute question : {}.\n\n",
        contact(content),
    ));
    text.push_str(if content.reply_to.is_some() {
        "Vous pouvez répondre à ce message : le secrétariat vous lira.\n"
    } else {
        "Vous ne pouvez pas répondre à ce message.\n"
    });
}

/// ` du JJ/MM/AAAA`, when the day of the act is known.
fn dated(content: &DocumentMail<'_>) -> String {
    act_day(&content.document.header).map_or_else(String::new, |day| {
        format!(
            " du {:02}/{:02}/{:04}",
            day.day(),
            u8::from(day.month()),
            day.year()
        )
    })
}

/// ` (establishment)`, when it is known.
fn placed(content: &DocumentMail<'_>) -> String {
    let encounter = content.document.header.encounter.as_ref();
    encounter
        .and_then(|encounter| encounter.facility_name.as_deref())
        .map_or_else(String::new, |place| format!(" ({})", one_line(place)))
}

fn contact(content: &DocumentMail<'_>) -> String {
    let mut contact = one_line(content.from_label);
    if !content.contact_phone.is_empty() {
        contact.push_str(&format!(", téléphone {}", one_line(content.contact_phone)));
    }
    if let Some(reply_to) = content.reply_to {
        contact.push_str(&format!(", {reply_to}"));
    }
    contact
}
