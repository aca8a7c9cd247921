use time::macros::datetime;

use super::*;
use crate::cda;

fn source() -> Vec<u8> {
    std::fs::read("tests/data/cda/appareil-minimal.xml").expect("the fixture is there")
}

fn shared<'a>(document: &'a Document, cda: &'a [u8]) -> SharedDocument<'a> {
    SharedDocument {
        id: "0190c0de-0000-7000-8000-000000000001",
        document,
        cda,
        standing: Standing::Current,
        revision: 1,
        recorded_at: datetime!(2026-11-23 9:00 UTC),
        changed_at: datetime!(2026-11-23 9:00 UTC),
        replaced: None,
        url: "Binary/0190c0de-0000-7000-8000-000000000001",
    }
}

#[test]
fn a_document_is_described_as_the_profile_wants_it() {
    let cda = source();
    let document = cda::read(&cda).expect("a document");
    let resource = document_reference(&shared(&document, &cda), &Terminology::embedded());
    insta::assert_snapshot!(format!("{resource:#}"));
}

#[test]
fn the_hash_is_the_base64_of_the_bytes_of_the_xdm_hash() {
    // `abc`, as FIPS 180 gives it.
    let hash = BASE64_STANDARD.encode(Sha1::digest(b"abc"));
    assert_eq!(hash, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}

#[test]
fn what_a_version_is_worth_and_replaces_is_said() {
    let cda = source();
    let document = cda::read(&cda).expect("a document");
    let terminology = Terminology::embedded();
    let mut shared = shared(&document, &cda);
    shared.standing = Standing::Superseded;
    shared.replaced = Some(Replaced::Held("r0".to_owned()));
    let resource = document_reference(&shared, &terminology);
    assert_eq!(resource["status"], "superseded");
    let target = &resource["relatesTo"][0]["target"];
    assert_eq!(target["reference"], "DocumentReference/r0");
    shared.replaced = Some(Replaced::Elsewhere(document.header.id.clone()));
    let resource = document_reference(&shared, &terminology);
    let target = &resource["relatesTo"][0]["target"]["identifier"];
    assert_eq!(*target, resource["masterIdentifier"]);
}

#[test]
fn the_bundle_holds_the_bytes_and_refers_to_them() {
    let cda = source();
    let document = cda::read(&cda).expect("a document");
    let bundle = document_bundle(&shared(&document, &cda), &Terminology::embedded());
    let url = &bundle["entry"][0]["resource"]["content"][0]["attachment"]["url"];
    assert_eq!(*url, bundle["entry"][1]["fullUrl"]);
    let data = bundle["entry"][1]["resource"]["data"].as_str();
    let data = BASE64_STANDARD.decode(data.expect("base64"));
    assert!(data.expect("base64") == cda);
}

#[test]
fn every_contained_resource_is_referred_to() {
    let cda = source();
    let document = cda::read(&cda).expect("a document");
    let resource = document_reference(&shared(&document, &cda), &Terminology::embedded());
    let text = resource.to_string();
    for contained in resource["contained"].as_array().expect("a list") {
        let id = contained["id"].as_str().expect("an id");
        assert!(text.contains(&format!("\"#{id}\"")), "{id}");
    }
}
