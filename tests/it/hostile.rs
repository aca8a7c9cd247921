//! What nobody should send: refused with the reason, kept, and nothing is made of it.

use axum::http::StatusCode;
use passerelle::{config::Settings, flows::prepare};

use crate::{
    enclosed::{around, around_pdf},
    service::{Answer, Service, settings},
};

const XML: &str = "text/xml";

fn roomy() -> Settings {
    let mut settings = settings();
    settings.server.max_body_bytes = 30_000_000;
    settings
}

/// A report as it should be, in XML.
async fn report(service: &Service) -> String {
    let fiche = crate::delivery::fiche();
    let prepared = prepare(&service.context, &fiche).expect("a report");
    String::from_utf8(prepared.cda).expect("UTF-8")
}

fn utf16(text: &str, mark: &[u8]) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    mark.iter().copied().chain(units).collect()
}

/// Posts something bad: it is refused, kept as it came, and nothing is stored nor sent.
async fn refused(name: &str, body: Vec<u8>, status: StatusCode, rule: &str, words: &str) -> Answer {
    let service = Service::with(roomy()).await;
    let answer = service.post("/rcp-reports", XML, body.clone()).await;
    assert_eq!(answer.status, status, "{name}: {}", answer.text());
    let text = answer.text();
    assert!(text.contains(rule), "{name}: {text}");
    assert!(text.contains(words), "{name}: {text}");

    let storage = &service.context.storage;
    assert_eq!(storage.count_reports().await.expect("counted"), 0, "{name}");
    let listed = service.get("/rcp-reports/$refused").await.json();
    let kept = listed["refused"].as_array().expect("a list");
    assert_eq!(kept.len(), 1, "{name}");
    let id = kept[0]["id"].as_str().expect("an id");
    let content = service.get(&format!("/rcp-reports/$refused/{id}")).await;
    assert!(content.body == body, "{name}: kept as it came");
    answer
}

#[tokio::test]
async fn entities_and_inclusions_are_refused_unread() {
    let bomb: String = (1..10)
        .map(|n| format!("<!ENTITY b{n} \"{}\">", format!("&b{};", n - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE b [<!ENTITY b0 \"ha\">{bomb}]><b>&b9;</b>");
    let external = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    let remote = "<!DOCTYPE a SYSTEM \"http://x.invalid/a.dtd\"><a/>";
    for (name, body) in [
        ("billion laughs", laughs.as_str()),
        ("external entity", external),
        ("external DTD", remote),
    ] {
        let words = "type de document (DTD) est refusée";
        refused(name, body.into(), StatusCode::BAD_REQUEST, "R-XML-1", words).await;
    }
    let include = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\
                   <i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>\
                   </ClinicalDocument>";
    let words = "XInclude";
    refused(
        "XInclude",
        include.into(),
        StatusCode::BAD_REQUEST,
        "R-XML-1",
        words,
    )
    .await;
}

#[tokio::test]
async fn what_is_too_deep_or_too_much_is_read_to_its_limit_and_no_further() {
    let stops_at = |answer: Answer, column: usize| {
        let place = answer.json()["issue"][0]["location"].to_string();
        assert!(
            place.contains(&format!("column {column}\"")),
            "{column}: {place}"
        );
    };
    let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    let answer = refused(
        "deep",
        deep.into(),
        StatusCode::BAD_REQUEST,
        "R-XML-2",
        "128 niveaux",
    )
    .await;
    stops_at(answer, "<a>".len() * 128 + 1);
    let wide = format!("<a>{}</a>", "<b/>".repeat(1_000_001));
    let answer = refused(
        "wide",
        wide.into(),
        StatusCode::BAD_REQUEST,
        "R-XML-2",
        "éléments",
    )
    .await;
    stops_at(answer, "<a>".len() + "<b/>".len() * 999_999 + 1);
    let long = format!("<a b=\"{}\"/>", "x".repeat(21 << 20));
    refused(
        "long",
        long.into(),
        StatusCode::BAD_REQUEST,
        "R-XML-2",
        "octets",
    )
    .await;
}

#[tokio::test]
async fn another_encoding_than_utf_8_is_told() {
    let service = Service::start().await;
    let report = report(&service).await;
    let latin: Vec<u8> = report
        .replace("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    let false_utf8 = [report.as_bytes(), b"\xe9"].concat();
    for (name, body) in [
        ("UTF-16 with its mark", utf16(&report, b"\xff\xfe")),
        ("UTF-16 without a mark", utf16(&report, b"")),
        ("Latin-1", latin),
        ("UTF-8 that is not", false_utf8),
    ] {
        refused(name, body, StatusCode::BAD_REQUEST, "R-XML-1", "UTF-8").await;
    }
    // A mark before UTF-8 is no fault.
    let marked = format!("\u{feff}{report}");
    let taken = service.post("/rcp-reports", XML, marked).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text());
}

#[tokio::test]
async fn what_is_not_a_report_is_told_for_what_it_is() {
    let service = Service::start().await;
    let report = report(&service).await;
    let half = report.get(..report.len() / 2).expect("ASCII there");
    let page = "<!doctype html><html><body>Erreur 502</body></html>";
    let xhtml = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>";
    let elsewhere = report.replace("urn:hl7-org:v3", "urn:hl7-org:v2");
    let bad = StatusCode::BAD_REQUEST;
    refused("truncated", half.into(), bad, "R-XML-1", "mal formé").await;
    refused("HTML", page.into(), bad, "R-XML-1", "DTD").await;
    refused("XHTML", xhtml.into(), bad, "R-XML-3", "page HTML").await;
    refused(
        "namespace",
        elsewhere.into(),
        bad,
        "R-XML-3",
        "espace de noms",
    )
    .await;
    let wrapped = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\">\
                   <ClinicalDocument xmlns=\"urn:hl7-org:v3\"/></xsl:stylesheet>";
    refused(
        "style sheet",
        wrapped.into(),
        bad,
        "R-XML-3",
        "feuille de style",
    )
    .await;
    let other = report
        .replace("code=\"34794-8\"", "code=\"11502-2\"")
        .replace("1.2.250.1.213.1.1.1.8", "1.2.250.1.213.1.1.1.55");
    let rule = StatusCode::UNPROCESSABLE_ENTITY;
    refused(
        "another volet",
        other.into(),
        rule,
        "R-DOC-1",
        "modèle FRCP",
    )
    .await;
}

#[tokio::test]
async fn a_file_that_is_not_safe_is_not_passed_on() {
    let rule = StatusCode::UNPROCESSABLE_ENTITY;
    let script = b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (x)>>>> endobj\n%%EOF";
    for (name, body, id, words) in [
        (
            "no PDF",
            around_pdf(b"MZ\x90 program"),
            "R-PDF-1",
            "n'en est pas un",
        ),
        ("script", around_pdf(script), "R-PDF-3", "JavaScript"),
        (
            "launch",
            around_pdf(b"%PDF-1.7\n<</S/Launch/F(cmd.exe)>>\n%%EOF"),
            "R-PDF-3",
            "programme",
        ),
        (
            "attachment",
            around_pdf(b"%PDF-1.7\n<</Type/EmbeddedFile>>\n%%EOF"),
            "R-PDF-3",
            "pièce jointe",
        ),
        (
            "program",
            around(
                "<text mediaType=\"application/x-msdownload\" representation=\"B64\">TVo=</text>",
            ),
            "R-FIC-2",
            "ni un PDF ni du texte",
        ),
    ] {
        refused(name, body.into(), rule, id, words).await;
    }
}
