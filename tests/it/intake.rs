//! Handing reports in, named or not, archived or not; finding them again; what is refused is kept.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use passerelle::mssante::xdm::Action;
use serde_json::{Value, json};

use crate::{
    service::{Service, settings},
    versions::{archive, version},
};

const JSON: &str = "application/json";
const XML: &str = "text/xml";
const ZIP: &str = "application/zip";

fn bytes(fiche: &Value) -> Vec<u8> {
    serde_json::to_vec(fiche).expect("JSON")
}

async fn refused(service: &Service) -> Vec<Value> {
    let list = service.get("/rcp-reports/$refused").await;
    assert_eq!(list.status, StatusCode::OK);
    list.json()["refused"].as_array().expect("a list").clone()
}

async fn count_reports(service: &Service) -> i64 {
    service
        .context
        .storage
        .count_reports()
        .await
        .expect("counted")
}

#[tokio::test]
async fn an_escaped_dollar_names_the_same_operation() {
    let service = Service::start().await;
    for (operation, status) in [
        ("/rcp-reports/$refused?count=1", StatusCode::OK),
        ("/rcp-reports/$refused/1", StatusCode::NOT_FOUND),
        (
            "/fhir/HealthcareService/$changes?_since=2026-01-01",
            StatusCode::OK,
        ),
        ("/fhir/ValueSet/$expand?url=none", StatusCode::NOT_FOUND),
    ] {
        let plain = service.get(operation).await;
        let escaped = service.get(&operation.replace('$', "%24")).await;
        assert_eq!(plain.status, status, "{operation}: {}", plain.text());
        assert_eq!(escaped.status, status, "{operation}: {}", escaped.text());
    }
    for operation in [
        "/rcp-reports/$validate",
        "/rcp-reports/1/$cancel",
        "/rcp-reports/1/$send-to-patient",
        "/fhir/HealthcareService/$validate",
    ] {
        let plain = service.post(operation, JSON, "{}").await;
        let escaped = operation.replace('$', "%24");
        let escaped = service.post(&escaped, JSON, "{}").await;
        assert_eq!(plain.text(), escaped.text(), "{operation}");
        assert_eq!(plain.status, escaped.status, "{operation}");
    }
}

#[tokio::test]
async fn the_document_of_an_archive_is_stored_byte_for_byte() {
    let service = Service::start().await;
    let fiche = version("RCP-A", 1);
    let archive = archive(&service, &fiche, Action::Create);
    let created = service.post("/rcp-reports", ZIP, archive.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let address = created.headers[header::LOCATION].to_str().expect("text");
    let document = passerelle::flows::prepare(&service.context, &bytes(&fiche)).expect("a report");
    assert!(service.get_as(address, XML).await.body == document.cda);
    // The same report, without its envelope, is the same report.
    let again = service.post("/rcp-reports", XML, document.cda).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["id"], created.json()["id"]);
    let report = created.json()["id"].as_str().expect("an id").to_owned();
    let report = service.context.storage.find_report(&report).await;
    let source = report.expect("read").expect("there").source_sha256;
    let kept = service.context.storage.find_content(&source).await;
    assert!(kept.expect("read") == Some(archive), "the archive is kept");
}

#[tokio::test]
async fn a_damaged_archive_is_refused_with_its_reason() {
    let service = Service::start().await;
    let good = archive(&service, &version("RCP-B", 1), Action::Create);
    let cut = good.get(..good.len() / 2).expect("a half").to_vec();
    let cases = [
        (cut, StatusCode::BAD_REQUEST, "XDM-ZIP"),
        (b"PK\x03\x04".to_vec(), StatusCode::BAD_REQUEST, "XDM-ZIP"),
        (bomb(), StatusCode::BAD_REQUEST, "XDM-LIMIT"),
    ];
    for (body, status, rule) in cases {
        let answer = service.post("/rcp-reports", ZIP, body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(rule), "{}", answer.text());
    }
    let kept = refused(&service).await;
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0]["mediaType"], ZIP);
    assert_eq!(count_reports(&service).await, 0);
}

/// A small archive that would become a thousand times larger.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("IHE_XDM/SUBSET01/METADATA.XML", options)
        .expect("a name");
    let zeros = vec![0; 1_000_000];
    for _ in 0..20 {
        zip.write_all(&zeros).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

#[tokio::test]
async fn the_limits_of_an_archive_come_from_the_settings() {
    let mut settings = settings();
    settings.archives.max_total_bytes = 10_000;
    let service = Service::with(settings).await;
    let archive = archive(&service, &version("RCP-C", 1), Action::Create);
    let answer = service.post("/rcp-reports", ZIP, archive).await;
    assert!(answer.text().contains("XDM-LIMIT"), "{}", answer.text());
}

#[tokio::test]
async fn a_named_request_is_answered_once_and_the_same() {
    let service = Service::start().await;
    let body = bytes(&version("RCP-D", 1));
    let first = service.post_named("envoi-1", body.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let again = service.post_named("\"envoi-1\"", body.clone()).await;
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(
        again.headers[header::LOCATION],
        first.headers[header::LOCATION]
    );
    assert_eq!(again.text(), first.text());

    let other = service
        .post_named("envoi-1", bytes(&version("RCP-D", 2)))
        .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text().contains("P-KEY-1"), "{}", other.text());
    assert_eq!(count_reports(&service).await, 1);

    // Another name, or none, tells that the report is known.
    assert_eq!(
        service.post_named("envoi-2", body.clone()).await.status,
        StatusCode::OK
    );
    assert_eq!(
        service.post_named("envoi-2", body).await.status,
        StatusCode::OK
    );
    let unusable = service.post_named("", "{}").await;
    assert_eq!(unusable.status, StatusCode::BAD_REQUEST);
    assert!(unusable.text().contains("P-KEY-2"));
}

#[tokio::test]
async fn a_refusal_does_not_use_the_name_up() {
    let service = Service::start().await;
    let mut fiche = version("RCP-E", 1);
    let right = fiche["patient"]["ins"]["value"].clone();
    fiche["patient"]["ins"]["value"] = json!("271045626007795");
    let refused = service.post_named("envoi", bytes(&fiche)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    fiche["patient"]["ins"]["value"] = right;
    let accepted = service.post_named("envoi", bytes(&fiche)).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text());
}

#[tokio::test]
async fn requests_of_one_name_that_arrive_together_do_one_thing() {
    let service = Service::start().await;
    let bodies: Vec<Vec<u8>> = (1..=4)
        .flat_map(|number| {
            let body = bytes(&version(&format!("RCP-F{number}"), 1));
            [body.clone(), body]
        })
        .collect();
    let posts = bodies
        .iter()
        .map(|body| service.post_named("le-même", body.clone().clone()));
    let answers = futures_util::future::join_all(posts).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == StatusCode::BAD_REQUEST),
        "an accent is not ASCII"
    );
    let posts = bodies
        .iter()
        .map(|body| service.post_named("one", body.clone()));
    let answers = futures_util::future::join_all(posts).await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!(
        (
            count(StatusCode::CREATED),
            count(StatusCode::UNPROCESSABLE_ENTITY)
        ),
        (2, 6)
    );
    assert_eq!(count_reports(&service).await, 1);
}

#[tokio::test]
async fn what_is_refused_is_listed_with_its_reason_and_comes_back_as_it_came() {
    let service = Service::start().await;
    let answer = service
        .post("/rcp-reports", JSON, "bonjour M. PATIENT-SECRET")
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let kept = refused(&service).await;
    assert_eq!(kept[0]["findings"][0]["rule"], "P-FMT-1");
    let address = format!(
        "/rcp-reports/$refused/{}",
        kept[0]["id"].as_str().expect("an id")
    );
    let content = service.get(&address).await;
    assert_eq!(content.text(), "bonjour M. PATIENT-SECRET");
    assert_eq!(content.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let page = service.get("/pilotage/quarantaine").await;
    assert!(page.text().contains("P-FMT-1"));
    assert!(!page.text().contains("PATIENT-SECRET"));
    let none = service.get("/rcp-reports/$refused/none").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_beginning_of_a_body_that_is_too_large_is_kept() {
    let service = Service::start().await;
    let mut body = b"{ \"trop\": \"".to_vec();
    body.resize(3_000_000, b'x');
    let answer = service.post("/rcp-reports", JSON, body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["issue"][0]["code"], "too-long");
    let kept = refused(&service).await;
    assert_eq!(kept[0]["isCut"], true);
    assert_eq!(kept[0]["sizeBytes"], 65_536);
    assert_eq!(kept[0]["findings"][0]["rule"], "P-SIZE-1");
}

#[tokio::test]
async fn two_hundred_megabytes_in_pieces_are_read_up_to_the_limit() {
    let service = Service::start().await;
    let piece = bytes::Bytes::from(vec![b' '; 1_000_000]);
    let read = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&read);
    let pieces = futures_util::stream::iter((0..200).map(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece.clone())
    }));
    let answer = service
        .post("/rcp-reports", XML, Body::from_stream(pieces))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(read.load(std::sync::atomic::Ordering::Relaxed) <= 4);
    assert_eq!(refused(&service).await.len(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_so() {
    let service = Service::start().await;
    let pieces = futures_util::stream::iter([
        Ok(bytes::Bytes::from_static(b"{\"kind\":")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let answer = service
        .post("/rcp-reports", JSON, Body::from_stream(pieces))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("P-HTTP-1"));
}

#[tokio::test]
async fn a_compressed_body_is_not_opened() {
    let service = Service::start().await;
    let request = Request::post("/rcp-reports")
        .header(header::CONTENT_TYPE, JSON)
        .header(header::CONTENT_ENCODING, "gzip")
        .body(Body::from("x"))
        .expect("a valid request");
    let answer = service.send(request).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn reports_are_found_by_board_session_date_physician_and_state() {
    let service = Service::start().await;
    let mut fiche = version("RCP-G", 1);
    let physician = fiche["people"]["attending_physician"]["professional"]["id"]["value"].clone();
    let physician = physician.as_str().expect("a number").to_owned();
    service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    service
        .post("/rcp-reports", JSON, bytes(&version("RCP-G", 2)))
        .await;
    fiche["document"]["id"]["extension"] = json!("RCP-H-V1");
    fiche["document"]["set_id"]["extension"] = json!("RCP-H");
    let board = fiche["rcp"]["rcp_id"].clone();
    assert!(board.is_string(), "{fiche}");
    fiche["rcp"]["rcp_id"] = json!("AUTRE-RCP");
    let third = service.post("/rcp-reports", JSON, bytes(&fiche)).await;
    assert_eq!(third.status, StatusCode::CREATED, "{}", third.text());

    let day = third.json()["sessionAt"].as_str().expect("digits")[..8].to_owned();
    let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    let board = board.as_str().expect("text").to_owned();
    let cases = [
        (String::new(), 3),
        (format!("board={board}"), 2),
        ("board=AUTRE-RCP".to_owned(), 1),
        ("session=NONE".to_owned(), 0),
        (format!("date={day}"), 3),
        (format!("date=gt{day}"), 0),
        (format!("date=ge{day}&board=AUTRE-RCP"), 1),
        (format!("physician={physician}"), 3),
        ("physician=10999000127".to_owned(), 0),
        ("state=undeliverable".to_owned(), 2),
        ("state=undeliverable,withdrawn".to_owned(), 3),
        ("state=superseded".to_owned(), 1),
        ("state=current".to_owned(), 2),
    ];
    for (query, expected) in cases {
        let list = service.get(&format!("/rcp-reports?{query}")).await;
        assert_eq!(list.status, StatusCode::OK, "{query}: {}", list.text());
        let found = list.json()["reports"].as_array().map(Vec::len);
        assert_eq!(found, Some(expected), "{query}");
    }
    // Page by page, nothing twice.
    let mut next = Some("/rcp-reports?state=current&count=1".to_owned());
    let mut seen = Vec::new();
    while let Some(address) = next {
        let page = service.get(&address).await.json();
        seen.extend(page["reports"].as_array().expect("a list").clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), 2);
    assert_ne!(seen[0]["id"], seen[1]["id"]);
    let bad = service.get("/rcp-reports?patient=DUPONT&date=hier").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.json()["issue"].as_array().map(Vec::len), Some(2));
}
