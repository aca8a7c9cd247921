//! Reports around a file (CDA of level 1): taken in, shown, shared and mailed.

use axum::http::{StatusCode, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use mail_parser::{MessageParser, MimeHeaders};
use passerelle::{cda, flows::Sent, rcp, rendering, terminology::Terminology};

use crate::{
    delivery::{Office, fiche},
    service::Service,
};

const XML: &str = "text/xml";

fn document() -> String {
    let report = rcp::fiche::read(&fiche()).expect("a report");
    let bytes = cda::write(&report, &Terminology::embedded(), cda::Target::Frcp2022);
    String::from_utf8(bytes.expect("a document")).expect("UTF-8")
}

/// A report around that body, of the same meeting and patient as the others.
pub fn around(body: &str) -> String {
    let document = document();
    let (head, _) = document
        .split_once("<component>\n<structuredBody>")
        .expect("a body");
    let head = head.replace(
        "<templateId root=\"1.2.250.1.213.1.1.1.8\" extension=\"2022.01\"/>",
        &format!("<templateId root=\"{}\"/>", cda::LEVEL_1_MODEL),
    );
    format!("{head}<component><nonXMLBody>{body}</nonXMLBody></component></ClinicalDocument>")
}

/// A report around a PDF.
pub fn around_pdf(pdf: &[u8]) -> String {
    let pdf = BASE64_STANDARD.encode(pdf);
    around(&format!(
        "<text mediaType=\"application/pdf\" representation=\"B64\">{pdf}</text>"
    ))
}

fn pdf() -> Vec<u8> {
    let document = cda::read(document().as_bytes()).expect("a document");
    rendering::pdf(&document).expect("it renders")
}

#[tokio::test]
async fn a_report_around_a_pdf_is_taken_in_and_read_in_every_form() {
    let service = Service::start().await;
    let pdf = pdf();
    let report = around_pdf(&pdf);
    let created = service.post("/rcp-reports", XML, report.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let location = created.headers[header::LOCATION].to_str().expect("text");

    let shown = service.get_as(location, "application/pdf").await;
    assert!(shown.body == pdf, "the file as it came");
    assert_eq!(service.get_as(location, XML).await.text(), report);
    let page = service.get_as(location, "text/html").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str();
    assert!(policy.is_ok_and(|policy| policy.contains("default-src 'none'")));
    let link = "<a download=\"compte-rendu.pdf\" href=\"data:application/pdf;base64,JVBERi0";
    assert!(page.text().contains(link));
    let archive = service.get_as(location, "application/zip").await;
    assert!(archive.body.starts_with(b"PK\x03\x04"));
    let bundle = service.get_as(location, "application/fhir+json").await;
    let format = &bundle.json()["entry"][0]["resource"]["content"][0]["format"]["code"];
    assert_eq!(format, "urn:ihe:iti:xds-sd:pdf:2008");
    let fiche = service
        .get_as(location, "application/vnd.passerelle.fiche+json")
        .await;
    assert!(fiche.json()["patient"].is_object());
    assert!(fiche.json().get("tumours").is_none(), "a header only");
}

#[tokio::test]
async fn a_report_around_text_shows_it() {
    let service = Service::start().await;
    let report = around("<text mediaType=\"text/plain\">Proposition : surveillance.</text>");
    let created = service.post("/rcp-reports", XML, report).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let location = created.headers[header::LOCATION].to_str().expect("text");
    let page = service.get_as(location, "text/html").await;
    assert!(page.text().contains("<p>Proposition : surveillance.</p>"));
    let pdf = service.get_as(location, "application/pdf").await;
    assert!(pdf.body.starts_with(b"%PDF-1.4"));
    let bundle = service.get_as(location, "application/fhir+json").await;
    assert!(bundle.text().contains("urn:ihe:iti:xds-sd:text:2008"));
}

#[tokio::test]
async fn a_report_around_a_pdf_is_mailed_with_that_pdf() {
    let pdf = pdf();
    let office = Office::open_with(XML, around_pdf(&pdf).into_bytes()).await;
    let due = office.claim_now("one").await;
    let mut client = office.client(office.port);
    assert_eq!(office.send(&mut client, &due, "one").await, Sent::Accepted);
    let delivery = office.delivery().await;
    let address = delivery.recipient_address.expect("an address");
    let mail = std::fs::read(office.mailbox(&address).first().expect("a mail")).expect("read");
    let mail = MessageParser::default().parse(&mail).expect("a mail");
    let attached = mail.attachments().find(|part| {
        part.content_type()
            .is_some_and(|kind| kind.subtype() == Some("pdf"))
    });
    assert!(attached.expect("a PDF").contents() == pdf);
    let archive = mail
        .attachments()
        .find(|part| part.attachment_name() == Some("IHE_XDM.zip"));
    assert!(archive.is_some());
}
