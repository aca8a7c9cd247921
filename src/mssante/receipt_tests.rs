use std::path::Path;

use proptest::prelude::*;

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new("tests/data/mail").join(name)).expect("the fixture is there")
}

/// Disposition of a notification about our mail `0001@rrc.mssante.fr`.
fn disposition_of(name: &str) -> Disposition {
    match read(&fixture(name)).receipt {
        Receipt::Mdn {
            original_message_id,
            original_recipient,
            disposition,
            ..
        } => {
            assert_eq!(
                original_message_id.as_deref(),
                Some("0001@rrc.mssante.fr"),
                "{name}"
            );
            assert_eq!(
                original_recipient.as_deref(),
                Some("dr.exemple@medecin.mssante.fr"),
                "{name}"
            );
            disposition
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn rejected(code: u16, label: &str) -> Disposition {
    Disposition::Rejected {
        code: Some(code),
        label: Some(label.to_owned()),
    }
}

#[test]
fn every_notification_is_told_apart() {
    let other = |text: &str| Disposition::Other(text.to_owned());
    for (name, expected) in [
        ("mdn-processed.eml", Disposition::Integrated),
        ("mdn-upper-case.eml", Disposition::Integrated),
        ("mdn-id-in-original-only.eml", Disposition::Integrated),
        ("mdn-displayed.eml", Disposition::Read),
        ("mdn-fields-only.eml", Disposition::Read),
        ("mdn-forwarded.eml", Disposition::Read),
        (
            "mdn-refused-new-style.eml",
            rejected(902, "Patient inconnu"),
        ),
        (
            "mdn-refused-old-style.eml",
            rejected(904, "INS discordante"),
        ),
        (
            "mdn-refused-old-style-attachments.eml",
            rejected(902, "Patient inconnu"),
        ),
        (
            "mdn-refused-unknown-code.eml",
            rejected(950, "Motif nouveau"),
        ),
        (
            "mdn-refused-code-in-subject.eml",
            Disposition::Rejected {
                code: Some(902),
                label: None,
            },
        ),
        (
            "mdn-refused-code-in-text.eml",
            Disposition::Rejected {
                code: Some(905),
                label: None,
            },
        ),
        (
            "mdn-refused-without-code.eml",
            Disposition::Rejected {
                code: None,
                label: None,
            },
        ),
        ("mdn-legacy-failed.eml", rejected(906, "Autre")),
        (
            "mdn-deleted.eml",
            other("manual-action/MDN-sent-manually; deleted"),
        ),
        (
            "mdn-warning.eml",
            other("automatic-action/MDN-sent-automatically; processed/warning"),
        ),
    ] {
        assert_eq!(disposition_of(name), expected, "{name}");
    }
}

#[test]
fn the_reader_of_a_forwarded_mail_is_recorded() {
    let received = read(&fixture("mdn-forwarded.eml"));
    assert_eq!(
        received.from.as_deref(),
        Some("remplacant@ville.mssante.fr")
    );
    let Receipt::Mdn {
        final_recipient, ..
    } = received.receipt
    else {
        panic!("a notification")
    };
    assert_eq!(
        final_recipient.as_deref(),
        Some("remplacant@ville.mssante.fr")
    );
}

#[test]
fn every_delivery_report_is_read() {
    for (name, action, status) in [
        ("dsn-delivered.eml", Action::Delivered, Some("2.0.0")),
        (
            "dsn-delivered-other-spelling.eml",
            Action::Delivered,
            Some("2.0.0"),
        ),
        ("dsn-relayed.eml", Action::Relayed, Some("2.0.0")),
        ("dsn-delayed.eml", Action::Delayed, Some("4.4.1")),
        ("dsn-expired.eml", Action::Failed, Some("4.4.1")),
        ("dsn-failed-unknown-box.eml", Action::Failed, Some("5.1.1")),
        ("dsn-no-action.eml", Action::Failed, Some("5.2.2")),
    ] {
        let Receipt::Dsn(report) = read(&fixture(name)).receipt else {
            panic!("{name}: a delivery report")
        };
        assert_eq!(report.envelope_id.as_deref(), Some("T-0001"), "{name}");
        assert_eq!(
            report.original_message_id.as_deref(),
            Some("0001@rrc.mssante.fr"),
            "{name}"
        );
        let [recipient] = report.recipients.as_slice() else {
            panic!("{name}: one recipient, not {:?}", report.recipients)
        };
        assert_eq!(recipient.action, action, "{name}");
        assert_eq!(recipient.status.as_deref(), status, "{name}");
        assert_eq!(
            recipient.final_recipient.as_deref(),
            Some("dr.exemple@medecin.mssante.fr"),
            "{name}"
        );
    }
}

#[test]
fn a_folded_diagnostic_is_read_whole() {
    let Receipt::Dsn(report) = read(&fixture("dsn-expired.eml")).receipt else {
        panic!("a delivery report")
    };
    assert_eq!(
        report
            .recipients
            .first()
            .and_then(|recipient| recipient.diagnostic.as_deref()),
        Some("X-Postfix; connection timed out after five days")
    );
}

#[test]
fn a_report_without_recipient_or_envelope_id_is_still_a_report() {
    let Receipt::Dsn(report) = read(&fixture("dsn-no-recipient.eml")).receipt else {
        panic!("a delivery report")
    };
    assert!(report.recipients.is_empty());
    let Receipt::Dsn(report) = read(&fixture("dsn-failed-without-envelope-id.eml")).receipt else {
        panic!("a delivery report")
    };
    assert_eq!(report.envelope_id, None);
    assert_eq!(
        report.original_message_id.as_deref(),
        Some("0001@rrc.mssante.fr")
    );
}

#[test]
fn a_plain_bounce_has_failed_for_an_unknown_reason() {
    let Receipt::Dsn(report) = read(&fixture("bounce-plain.eml")).receipt else {
        panic!("a delivery report")
    };
    assert_eq!(
        report.original_message_id.as_deref(),
        Some("0001@rrc.mssante.fr")
    );
    assert_eq!(
        report
            .recipients
            .first()
            .map(|recipient| (recipient.action, recipient.status.clone())),
        Some((Action::Failed, None))
    );
}

#[test]
fn refusals_written_as_letters_are_recognised_in_every_form() {
    for (name, code) in [
        ("refusal-new.eml", Some(902)),
        ("refusal-variant.eml", Some(903)),
        ("refusal-no-code.eml", None),
    ] {
        assert_eq!(
            read(&fixture(name)).receipt,
            Receipt::StandardRefusal {
                original_message_id: Some("0001@rrc.mssante.fr".to_owned()),
                code
            },
            "{name}"
        );
    }
}

#[test]
fn a_letter_names_what_it_answers_nearest_first() {
    let received = read(&fixture("human-reply.eml"));
    assert_eq!(received.receipt, Receipt::HumanMail);
    assert_eq!(
        received.message_id.as_deref(),
        Some("lettre-1@medecin.mssante.fr")
    );
    assert_eq!(
        received.answers,
        ["0001@rrc.mssante.fr", "0000@rrc.mssante.fr"]
    );
}

#[test]
fn documents_are_told_from_letters() {
    assert_eq!(read(&fixture("documents.eml")).receipt, Receipt::Documents);
}

#[test]
fn nothing_and_noise_are_unreadable_or_letters() {
    assert_eq!(read(b"").receipt, Receipt::Unreadable);
}

#[test]
fn no_cut_or_damaged_notification_makes_the_reader_fail() {
    for entry in std::fs::read_dir("tests/data/mail").expect("fixtures") {
        let bytes = std::fs::read(entry.expect("a file").path()).expect("readable");
        for length in 0..bytes.len() {
            let _ = read(bytes.get(..length).unwrap_or_default());
        }
        for position in (0..bytes.len()).step_by(3) {
            let mut damaged = bytes.clone();
            for byte in [0, b'\n', b'-', b':', 0xff] {
                if let Some(place) = damaged.get_mut(position) {
                    *place = byte;
                }
                let _ = read(&damaged);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_fields_make_the_reader_fail(fields in "[ -~\r\n]{0,400}") {
        let mail = format!(
            "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\
             Content-Type: message/disposition-notification\r\n\r\n{fields}\r\n--b--\r\n"
        );
        let _ = read(mail.as_bytes());
    }
}
