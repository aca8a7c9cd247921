use time::macros::datetime;

use super::*;
use crate::mssante::receipt::{Receipt, read};

const MAIL: &str = "From: <app-rcp@rrc.mssante.fr>\r\n\
    To: <dr.exemple@medecin.mssante.fr>\r\n\
    Subject: XDM/1.0/DDM+CR de =?UTF-8?Q?r=C3=A9union?= EXEMPLE ODILE\r\n\
    Message-ID: <0001@rrc.mssante.fr>\r\n\
    Disposition-Notification-To: App RCP <App-RCP@rrc.mssante.fr>\r\n\
    \r\n\
    Bonjour.\r\n";

fn address(text: &str) -> MssanteAddress {
    text.parse().expect("well formed")
}

fn answer(original: &str, outcome: Outcome<'_>, returned: Returned) -> Result<Vec<u8>, NoAnswer> {
    write(&Answer {
        original: original.as_bytes(),
        return_path: ReturnPath::Mailbox(address("app-rcp@rrc.mssante.fr")),
        nil: "NIL-0001",
        recipient: &address("dr.exemple@medecin.mssante.fr"),
        outcome,
        message_id: "a1@medecin.mssante.fr",
        at: datetime!(2026-05-20 10:05 +2),
        returned,
    })
}

#[test]
fn what_is_written_is_read_back() {
    let label = "Patient inconnu";
    for (outcome, expected) in [
        (Outcome::Integrated, Disposition::Integrated),
        (Outcome::Read, Disposition::Read),
        (
            Outcome::Rejected { code: 902, label },
            Disposition::Rejected {
                code: Some(902),
                label: Some(label.to_owned()),
            },
        ),
    ] {
        for returned in [Returned::Whole, Returned::Headers] {
            let bytes = answer(MAIL, outcome, returned).expect("it is answered");
            assert_eq!(
                read(&bytes).receipt,
                Receipt::Mdn {
                    original_message_id: Some("0001@rrc.mssante.fr".to_owned()),
                    original_recipient: Some("dr.exemple@medecin.mssante.fr".to_owned()),
                    final_recipient: Some("dr.exemple@medecin.mssante.fr".to_owned()),
                    disposition: expected.clone(),
                }
            );
        }
    }
}

#[test]
fn a_refusal_reads_as_the_exchange_wants_it() {
    let bytes = answer(
        MAIL,
        Outcome::Rejected {
            code: 902,
            label: "Patient inconnu",
        },
        Returned::Headers,
    )
    .expect("it is answered");
    assert!(!bytes.windows(7).any(|text| text == b"Bonjour"));
    insta::assert_snapshot!(String::from_utf8_lossy(&bytes));
}

#[test]
fn a_mail_that_asks_for_nothing_is_not_answered() {
    let mail = MAIL.replace("Disposition-Notification-To", "X-Other");
    assert_eq!(
        answer(&mail, Outcome::Integrated, Returned::Whole),
        Err(NoAnswer::NotAsked)
    );
}

#[test]
fn only_the_sender_of_the_envelope_is_notified_by_a_machine() {
    for asked in [
        "Disposition-Notification-To: <other@rrc.mssante.fr>",
        "Disposition-Notification-To: <app-rcp@rrc.mssante.fr>, <other@rrc.mssante.fr>",
        "Disposition-Notification-To: not an address",
    ] {
        let mail = MAIL.replace(
            "Disposition-Notification-To: App RCP <App-RCP@rrc.mssante.fr>",
            asked,
        );
        assert_eq!(
            answer(&mail, Outcome::Integrated, Returned::Whole),
            Err(NoAnswer::AnotherAddress),
            "{asked}"
        );
    }
}

#[test]
fn our_own_mail_and_one_that_nobody_sent_are_not_answered() {
    let mail = MAIL.replace(
        "Disposition-Notification-To: App RCP <App-RCP@rrc.mssante.fr>",
        "Disposition-Notification-To: <dr.exemple@medecin.mssante.fr>",
    );
    let refused = answer(&mail, Outcome::Integrated, Returned::Whole);
    assert_eq!(refused, Err(NoAnswer::Automatic));
    let recipient = address("dr.exemple@medecin.mssante.fr");
    for (trace, expected) in [
        ("Return-Path: <>\r\n", Err(NoAnswer::Automatic)),
        ("", Err(NoAnswer::AnotherAddress)),
        (
            "Return-Path: <app-rcp@rrc.mssante.fr>\r\n",
            Ok(address("app-rcp@rrc.mssante.fr")),
        ),
        // What stands above was written by the last server; what stands below, by anybody.
        (
            "Return-Path: <x@rrc.mssante.fr>\r\nReturn-Path: <app-rcp@rrc.mssante.fr>\r\n",
            Err(NoAnswer::AnotherAddress),
        ),
    ] {
        let mail = format!("{trace}{MAIL}");
        assert_eq!(notified(mail.as_bytes(), &recipient), expected, "{trace}");
    }
}

#[test]
fn automatic_mails_are_never_answered() {
    for header in [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    ] {
        assert_eq!(
            answer(
                &format!("{header}\r\n{MAIL}"),
                Outcome::Integrated,
                Returned::Whole
            ),
            Err(NoAnswer::Automatic),
            "{header}"
        );
    }
}
