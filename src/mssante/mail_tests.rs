use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;
use std::sync::LazyLock;

use time::macros::datetime;

use super::*;
use crate::cda;
use crate::mssante::xdm::first_action;

fn document() -> Document {
    let bytes = std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there");
    cda::read(&bytes).expect("it is a document")
}

fn address(text: &str) -> MssanteAddress {
    text.parse().expect("well formed")
}

/// Writes a mail of that document, after some changes.
fn mail_of<'a>(document: &'a Document, change: impl FnOnce(&mut DocumentMail<'a>)) -> Vec<u8> {
    mail_with(document, b"PK archive", change)
}

fn mail_with<'a>(
    document: &'a Document,
    archive: &'a [u8],
    change: impl FnOnce(&mut DocumentMail<'a>),
) -> Vec<u8> {
    static BOXES: LazyLock<[MssanteAddress; 2]> =
        LazyLock::new(|| ["app-rcp@rrc.mssante.fr", "dr.exemple@medecin.mssante.fr"].map(address));
    let [from, to] = &*BOXES;
    let mut content = DocumentMail {
        from,
        from_label: "Réseau régional Exemple",
        reply_to: None,
        to,
        message_id: "0001@rrc.mssante.fr",
        replaced_message_id: None,
        at: datetime!(2026-05-20 18:00 +2),
        nil: "NIL-0001",
        contact_phone: "0387000001",
        document,
        action: first_action(document),
        reader: Reader::Professional,
        words: None,
        archive,
        pdf: b"%PDF- copy",
    };
    change(&mut content);
    write(&content)
}

#[test]
fn a_mail_reads_as_the_exchange_wants_it() {
    let mail = mail_of(&document(), |_| {});
    insta::assert_snapshot!(String::from_utf8_lossy(&mail));
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let document = document();
    assert_eq!(mail_of(&document, |_| {}), mail_of(&document, |_| {}));
}

#[test]
fn the_attachments_come_back_whole_under_their_names() {
    let archive: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let mail = mail_with(&document(), &archive, |_| {});
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let [zip, pdf] = parsed.attachments().collect::<Vec<_>>()[..] else {
        panic!("two attachments")
    };
    assert_eq!(zip.attachment_name(), Some("IHE_XDM.zip"));
    assert!(zip.contents() == archive, "the archive is changed");
    assert_eq!(
        pdf.attachment_name(),
        Some("20260520_CR de reunion de concertation pluridisci_LECOEUR-NE_ZOE.pdf"),
        "a reader that ignores RFC 2231"
    );
    assert_eq!(pdf.contents(), b"%PDF- copy");
    assert_eq!(
        parsed.subject(),
        Some("XDM/1.0/DDM+CR de réunion de concertation pluridisci LECOEUR-NE ZOE 28/03/1979")
    );
}

#[test]
fn every_line_is_short_and_ended_by_cr_lf() {
    let mail = mail_with(&document(), &[7; 5_000], |_| {});
    assert!(mail.is_ascii());
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 200);
    }
}

#[test]
fn nothing_in_a_document_breaks_out_of_a_header() {
    let mut document = document();
    let injection = "x\r\nBcc: <y@evil.example>\r\n\r\n";
    document.header.code.display = Some(injection.to_owned());
    document.header.code.code = Some(injection.to_owned());
    document.header.title = Some(injection.to_owned());
    document.header.custodian.name = Some(injection.to_owned());
    if let Some(encounter) = &mut document.header.encounter {
        encounter.facility_name = Some(injection.to_owned());
    }
    if let Some(ins) = document.header.patient.ids.get_mut(1) {
        ins.extension = Some(injection.to_owned());
    }
    for part in &mut document.header.patient.names {
        part.text = injection.to_owned();
    }
    let mail = mail_of(&document, |content| {
        content.from_label = injection;
        content.nil = injection;
        content.contact_phone = injection;
        content.message_id = injection;
        content.replaced_message_id = Some(injection);
    });
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.attachment_count(), 2);
    assert!(!String::from_utf8_lossy(&mail).contains("\r\nBcc:"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_in_any_field_adds_takes_or_moves_a_header(
        text in prop_oneof![any::<String>(), "([\\r\\n\\t \"<>:;,=?@a-zA-Z-]|\u{e9}|\u{1f600}){0,300}"],
    ) {
        let mut document = document();
        let header = &mut document.header;
        for field in [&mut header.code.display, &mut header.code.code, &mut header.title, &mut header.custodian.name] {
            *field = Some(text.clone());
        }
        for part in &mut header.patient.names {
            part.text.clone_from(&text);
        }
        for id in &mut header.patient.ids {
            id.extension = Some(text.clone());
        }
        let change = |content: &mut DocumentMail<'_>, text: &'static str| {
            content.from_label = text;
            content.nil = text;
            content.contact_phone = text;
            content.message_id = text;
            content.replaced_message_id = Some(text);
        };
        let usual = mail_of(&super::tests::document(), |content| change(content, "x"));
        let leaked: &'static str = Box::leak(text.into_boxed_str());
        let mail = mail_of(&document, |content| change(content, leaked));
        prop_assert!(mail.is_ascii());
        prop_assert_eq!(header_names(&mail), header_names(&usual));
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        prop_assert_eq!(parsed.attachment_count(), 2);
    }
}

/// Names of the headers of a mail, in their order; those that stand only when they have something to
/// say are left out.
fn header_names(mail: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(mail);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name != "X-MSS-NIL")
        .collect()
}

#[test]
fn a_new_version_says_first_that_it_replaces_the_other() {
    let mut document = document();
    document.header.parents.push(cda::ParentDocument {
        type_code: "RPLC".to_owned(),
        id: cda::Id::default(),
        version: Some(1),
    });
    let mail = mail_of(&document, |content| {
        content.replaced_message_id = Some("0000@rrc.mssante.fr");
    });
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let body = parsed.body_text(0).expect("a body");
    assert!(body.starts_with("Ce document annule et remplace"), "{body}");
    assert_eq!(parsed.in_reply_to().as_text(), Some("0000@rrc.mssante.fr"));
    assert!(
        parsed
            .subject()
            .unwrap_or_default()
            .starts_with("XDM/1.0/DDM+")
    );
}

#[test]
fn a_cancellation_says_first_that_the_document_is_cancelled() {
    let mail = mail_of(&document(), |content| {
        content.action = Action::Delete;
        content.replaced_message_id = Some("0000@rrc.mssante.fr");
    });
    let parsed = mail_parser::MessageParser::new()
        .parse(&mail)
        .expect("a mail");
    let body = parsed.body_text(0).expect("a text");
    assert!(body.starts_with("ANNULATION"), "{body}");
    assert_eq!(parsed.in_reply_to().as_text(), Some("0000@rrc.mssante.fr"));
}

#[test]
fn a_document_without_all_the_traits_says_so() {
    let mut document = document();
    assert_eq!(ins_mark(&document.header.patient), "O");
    document.header.patient.birth_time = None;
    assert_eq!(ins_mark(&document.header.patient), "N");
}

#[test]
fn a_file_name_holds_no_separator_and_the_cut_parts_are_four() {
    let mut document = document();
    document.header.code.display = Some("a/b:c".to_owned());
    for part in &mut document.header.patient.names {
        part.text = "X_Y/Z".to_owned();
    }
    assert_eq!(
        pdf_file_name(&document.header),
        "20260520_a_b_c_X-Y-Z_X-Y-Z.pdf"
    );
}

#[test]
fn the_words_of_the_order_come_before_ours() {
    let document = document();
    let mail = mail_of(&document, |content| {
        content.words = Some("Cher confrère,\n\nVoici notre avis.");
        content.action = Action::Replace;
    });
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let body = parsed.body_text(0).expect("a body").replace("\r\n", "\n");
    assert_eq!(
        body.trim_end(),
        "Ce document annule et remplace la version précédente.\n\nCher confrère,\n\nVoici notre avis."
    );
}

#[test]
fn a_patient_is_told_in_other_words_and_may_not_answer_the_software() {
    let (document, to) = (document(), address("279035121518989@patient.mssante.fr"));
    let mail = mail_of(&document, |content| {
        content.reader = Reader::Patient;
        content.to = &to;
    });
    insta::assert_snapshot!(String::from_utf8_lossy(&mail));
    let secretariat = address("secretariat@rrc.mssante.fr");
    let answered = mail_of(&document, |content| {
        content.reader = Reader::Patient;
        content.reply_to = Some(&secretariat);
    });
    let text = String::from_utf8_lossy(&answered);
    assert!(!text.contains("X-MSS-MES"));
    assert!(text.contains("Reply-To: <secretariat@rrc.mssante.fr>"));
}
