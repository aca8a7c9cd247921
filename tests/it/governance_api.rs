//! The governance over FHIR: a partner's software applies, reads the queue, decides, and reads who verified.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use passerelle::{
    flows::{attach_file, open_account},
    governance::{Author, Body as Validator, Criterion, Role},
};
use serde_json::{Value, json};

use crate::service::{Answer, Service};

/// The structure of [`application`].
pub const STRUCTURE: &str = "eg-290000017";

async fn send(
    service: &Service,
    method: &str,
    address: &str,
    if_match: Option<&str>,
    body: &Value,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::CONTENT_TYPE, "application/fhir+json");
    if let Some(version) = if_match {
        request = request.header(header::IF_MATCH, format!("W/\"{version}\""));
    }
    service
        .send(
            request
                .body(Body::from(body.to_string()))
                .expect("a request"),
        )
        .await
}

/// The application of a structure, written by `camille@asso.mssante.invalid`.
pub fn application(status: &str) -> Value {
    let said = |link: &str, text: &str| json!({"linkId": link, "answer": [{"valueString": text}]});
    let so = |link: &str| json!({"linkId": link, "answer": [{"valueBoolean": true}]});
    let several = |link: &str, count: usize| json!({"linkId": link, "answer": vec![json!({"valueString": "un indicateur"}); count]});
    let offer = [
        ("offre_nom", "Marche douce"),
        ("categorie", "APA"),
        ("types_de_soin", "APA-01"),
        ("publics", "PUB-PATIENT"),
        ("lieux", "LIEU-VILLE"),
        ("phases", "PHA-APRES"),
    ];
    let cells: Vec<Value> = offer
        .iter()
        .map(|(column, text)| said(&format!("offer.{column}"), text))
        .collect();
    json!({"resourceType": "QuestionnaireResponse", "status": status,
        "author": {"identifier": {"value": "camille@asso.mssante.invalid"}},
        "item": [
            said("structure.structure_finess", "290000017"), said("structure.structure_nom", "Les Hortensias (fictive)"),
            said("structure.structure_type", "STR-ASSO"), said("structure.adresse", "3 rue des Essais"),
            said("structure.code_postal", "29200"), said("structure.commune", "Brest"),
            said("structure.commune_insee", "29019"), said("structure.telephone", "0298000000"),
            said("referent_name", "Camille Exemple"), said("referent_function", "coordinatrice"),
            said("referent_phone", "0298000001"), said("patients_a_year", "120"), said("siren", "732829320"),
            said("extract_dated", "2026-11-01"), several("health_project", 3), several("recruitment", 2),
            so("charter"), so("terms"), {"linkId": "offer", "item": cells}]})
}

/// A decision of that mailbox on it.
pub fn decision(status: &str, who: &str) -> Value {
    let output: Vec<Value> = Criterion::ALL
        .iter()
        .map(|criterion| json!({"type": {"coding": [{"code": criterion.as_str()}]}, "valueBoolean": true}))
        .collect();
    json!({"resourceType": "Task", "id": STRUCTURE, "status": status, "intent": "order",
           "owner": {"identifier": {"value": who}}, "output": output})
}

#[tokio::test]
async fn a_partner_applies_decides_and_reads_who_verified() {
    let service = Service::start().await;
    let mut referent = String::new();
    for (address, role, territory) in [
        ("camille@asso.mssante.invalid", Role::Referent, ""),
        (
            "dac@dac.mssante.invalid",
            Role::Territorial(Validator::Dac),
            "DAC-29",
        ),
        ("dsrc@reseau.mssante.invalid", Role::Regional, ""),
    ] {
        let parsed = address.parse().expect("an address");
        let id = open_account(
            &service.context,
            &parsed,
            "Camille Exemple",
            role,
            territory,
        )
        .await
        .expect("opened");
        if role == Role::Referent {
            referent = id;
        }
    }
    let form = service.get("/fhir/Questionnaire/candidature").await.json();
    assert_eq!(form["status"], "active");
    let created = send(
        &service,
        "POST",
        "/fhir/QuestionnaireResponse",
        None,
        &application("in-progress"),
    )
    .await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let address = format!("/fhir/QuestionnaireResponse/{STRUCTURE}");
    assert!(
        created.headers[header::LOCATION]
            .to_str()
            .expect("text")
            .ends_with(&address[5..])
    );
    let version = created.json()["meta"]["versionId"]
        .as_str()
        .expect("a version")
        .parse()
        .expect("a number");
    let author = Author {
        id: referent,
        name: "Camille Exemple".to_owned(),
        role: Role::Referent,
        territory: String::new(),
    };
    let paper = b"%PDF-1.4\n%%EOF\n";
    attach_file(
        &service.context,
        &author,
        STRUCTURE,
        version,
        Criterion::Statutes,
        "extrait.pdf",
        paper,
    )
    .await
    .expect("attached");

    let unknown = json!({"resourceType": "QuestionnaireResponse", "status": "completed",
        "author": {"identifier": {"value": "camille@asso.mssante.invalid"}}, "item": [{"linkId": "sesame"}]});
    let refused = send(&service, "PUT", &address, None, &unknown).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("sesame"), "{}", refused.text());
    let handed_in = send(&service, "PUT", &address, None, &application("completed")).await;
    assert_eq!(handed_in.status, StatusCode::OK, "{}", handed_in.text());

    let queue = service.get("/fhir/Task?status=requested").await.json();
    assert_eq!(queue["total"], 1);
    let task = &queue["entry"][0]["resource"];
    assert!(
        task["owner"]["display"]
            .as_str()
            .expect("words")
            .contains("DAC Finistère"),
        "{task}"
    );
    let version = task["meta"]["versionId"].as_str().expect("a version");
    let at = format!("/fhir/Task/{STRUCTURE}");
    let stranger = decision("accepted", "camille@asso.mssante.invalid");
    assert_eq!(
        send(&service, "PUT", &at, Some(version), &stranger)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    let territorial = decision("accepted", "dac@dac.mssante.invalid");
    assert_eq!(
        send(&service, "PUT", &at, None, &territorial).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let validated = send(&service, "PUT", &at, Some(version), &territorial).await;
    assert_eq!(validated.status, StatusCode::OK, "{}", validated.text());
    assert_eq!(
        send(&service, "PUT", &at, Some(version), &territorial)
            .await
            .status,
        StatusCode::PRECONDITION_FAILED,
        "twice"
    );
    let next = validated.json()["meta"]["versionId"]
        .as_str()
        .expect("a version")
        .to_owned();
    let regional = decision("accepted", "dsrc@reseau.mssante.invalid");
    let published = send(&service, "PUT", &at, Some(&next), &regional).await;
    assert_eq!(
        published.json()["status"],
        "completed",
        "{}",
        published.text()
    );

    let offers = service.get("/fhir/HealthcareService").await.json();
    assert_eq!(offers["total"], 1);
    let offer = offers["entry"][0]["resource"]["id"]
        .as_str()
        .expect("an id");
    let verified = service
        .get(&format!(
            "/fhir/Provenance?target=HealthcareService/{offer}"
        ))
        .await
        .json();
    assert_eq!(verified["total"], 2, "{verified}");
    assert!(
        !verified.to_string().contains("Camille"),
        "the public is told the role"
    );

    let no_reason = json!({"resourceType": "Task", "status": "cancelled", "owner": {"identifier": {"value": "dsrc@reseau.mssante.invalid"}}});
    assert_eq!(
        send(&service, "PUT", &at, Some("1"), &no_reason)
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let version = published.json()["meta"]["versionId"]
        .as_str()
        .expect("a version")
        .to_owned();
    let delisting = json!({"resourceType": "Task", "status": "cancelled",
        "statusReason": {"coding": [{"code": "ethics"}], "text": "avis du comité"},
        "owner": {"identifier": {"value": "dsrc@reseau.mssante.invalid"}}});
    assert_eq!(
        send(&service, "PUT", &at, Some(&version), &delisting)
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        service.get("/fhir/HealthcareService").await.json()["total"],
        0
    );
    let hidden = service
        .get(&format!(
            "/fhir/Provenance?target=HealthcareService/{offer}"
        ))
        .await
        .json();
    assert_eq!(hidden["total"], 0, "nothing of what is not seen");
}
