//! Receipts that find their delivery.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use passerelle::{
    annuaire::{Mailbox, Physician},
    flows::{Acknowledged, Context, Handover, accept, keep_physician, take_mail},
    identifiers::MssanteAddress,
    mssante::{
        mdn::{self, Answer, Outcome, Returned},
        return_path::ReturnPath,
    },
};
use time::macros::datetime;

use super::{fiche, new_context, number, settings};

/// Receipts taken side by side, as the reader of the inbox does.
const SIDE_BY_SIDE: usize = 32;

/// Prints how many receipts are read, matched and made durable in a second.
pub async fn measure() {
    let count = number("BENCH_RECEIPTS", 3_000);
    let folder = tempfile::tempdir().expect("a folder");
    let context = new_context(&settings(), folder.path()).await;
    let physician = "dr@medecin.mssante.invalid".parse().expect("an address");
    let deliveries = send_all(&context, &physician, count).await;
    let receipts: Vec<Vec<u8>> = deliveries
        .iter()
        .map(|message_id| receipt(message_id, &physician))
        .collect();
    let begin = Instant::now();
    let matched = stream::iter(&receipts)
        .map(|receipt| take_mail(&context, receipt))
        .buffered(SIDE_BY_SIDE)
        .filter(|taken| {
            let is_matched = matches!(taken, Ok(Acknowledged::Matched));
            async move { is_matched }
        })
        .count()
        .await;
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(matched, count, "a receipt did not find its delivery");
    println!(
        "{count} receipts in {seconds:.2} s: {:.0} a second, durable, on SQLite",
        count as f64 / seconds
    );
}

/// Takes that many reports in; the `Message-ID` of each one's mail.
async fn send_all(context: &Context, to: &MssanteAddress, count: usize) -> Vec<String> {
    let mut report = fiche();
    let rpps = &report["people"]["attending_physician"]["professional"]["id"]["value"];
    let rpps = rpps.as_str().expect("a number").parse().expect("valid");
    let physician = Physician {
        mailboxes: vec![Mailbox::personal(to.clone())],
        ..Physician::named(rpps, "TESSIER", "Hélène")
    };
    let mut writing = context.storage.begin_write().await.expect("a transaction");
    keep_physician(context, &mut writing, &physician, "bench")
        .await
        .expect("kept");
    writing.commit().await.expect("committed");
    let mut ids = Vec::with_capacity(count);
    for number in 0..count {
        for (field, arc) in [("id", 1), ("set_id", 2)] {
            report["document"][field]["root"] = format!("2.25.{arc}{number:012}").into();
        }
        let bytes = serde_json::to_vec(&report).expect("JSON");
        let handover = Handover {
            bytes: &bytes,
            source: "bench",
            key: None,
        };
        let accepted = accept(context, handover).await.expect("a good report");
        let delivery = context.storage.find_delivery_of(&accepted.report_id).await;
        ids.push(delivery.expect("read").expect("there").message_id);
    }
    ids
}

/// What the physician's software answers.
fn receipt(message_id: &str, physician: &MssanteAddress) -> Vec<u8> {
    let gateway: MssanteAddress = "rcp@reseau.mssante.invalid".parse().expect("an address");
    let original = format!(
        "From: <{gateway}>\r\nTo: <{physician}>\r\nSubject: XDM/1.0/DDM+RCP\r\nMessage-ID: <{message_id}>\r\n\
         Disposition-Notification-To: <{gateway}>\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n"
    );
    mdn::write(&Answer {
        original: original.as_bytes(),
        return_path: ReturnPath::Mailbox(gateway.clone()),
        recipient: physician,
        outcome: Outcome::Integrated,
        message_id: &format!("answer-{message_id}"),
        at: datetime!(2026-11-23 10:00 UTC),
        nil: "",
        returned: Returned::Headers,
    })
    .expect("it is answered")
}
