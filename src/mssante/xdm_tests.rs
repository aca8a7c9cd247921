use std::io::Read;

use time::macros::datetime;
use zip::ZipArchive;

use super::*;
use crate::cda;

const CONTACT: Contact<'_> = Contact {
    label: "Réseau régional Exemple",
    phone: "0387000001",
};

const SUBMITTED_AT: OffsetDateTime = datetime!(2026-01-01 00:30 +1);

fn source() -> Vec<u8> {
    std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there")
}

fn packed(change: impl FnOnce(&mut Document)) -> Result<Vec<u8>, PackError> {
    let bytes = source();
    let mut document = cda::read(&bytes).expect("it is a document");
    change(&mut document);
    let shipment = Shipment {
        contact: CONTACT,
        submitted_at: SUBMITTED_AT,
        submission_id: None,
        action: first_action(&document),
        marks: Marks::default(),
        terminology: &Terminology::embedded(),
    };
    pack(&document, &bytes, &shipment)
}

/// Names and contents of the entries, in their order.
fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).expect("an archive");
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("readable");
            (entry.name().expect("a name").into_owned(), content)
        })
        .collect()
}

fn entry(archive: &[u8], name: &str) -> String {
    let (_, content) = entries(archive)
        .into_iter()
        .find(|(found, _)| found == name)
        .expect("the entry is there");
    String::from_utf8(content).expect("text")
}

const METADATA: &str = "IHE_XDM/SUBSET01/METADATA.XML";

#[test]
fn the_tree_is_the_one_that_the_exchange_wants() {
    let archive = packed(|_| {}).expect("complete");
    let entries = entries(&archive);
    let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "INDEX.HTM",
            "README.TXT",
            "IHE_XDM/",
            "IHE_XDM/SUBSET01/",
            METADATA,
            "IHE_XDM/SUBSET01/DOC0001.XML"
        ]
    );
    let (_, document) = entries.last().expect("six entries");
    assert!(*document == source(), "the document is changed");
}

#[test]
fn the_metadata_say_what_the_document_says() {
    insta::assert_snapshot!(entry(&packed(|_| {}).expect("complete"), METADATA));
}

#[test]
fn the_readme_is_plain_ascii_with_cr_lf() {
    let readme = entry(&packed(|_| {}).expect("complete"), "README.TXT");
    assert!(readme.is_ascii());
    assert!(
        readme
            .split_inclusive('\n')
            .all(|line| line.ends_with("\r\n"))
    );
    insta::assert_snapshot!(readme.replace("\r\n", "\n"));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert!(packed(|_| {}).expect("complete") == packed(|_| {}).expect("complete"));
}

#[test]
fn a_new_version_is_marked_and_a_first_one_is_not() {
    let slot = "urn:action:extraMetadataSlot";
    assert!(!entry(&packed(|_| {}).expect("complete"), METADATA).contains(slot));
    let replaced = packed(|document| {
        document.header.parents.push(cda::ParentDocument {
            type_code: "RPLC".to_owned(),
            id: cda::Id::default(),
            version: Some(1),
        });
    });
    let metadata = entry(&replaced.expect("complete"), METADATA);
    assert!(metadata.contains(
        "<rim:Slot name=\"urn:action:extraMetadataSlot\"><rim:ValueList><rim:Value>C</rim:Value>"
    ));
}

#[test]
fn everything_that_lacks_is_told_at_once() {
    let refused = packed(|document| {
        document.header.effective_time = None;
        document.header.authors.clear();
        document.header.legal_authenticator = None;
        document.header.patient.ids.clear();
    });
    match refused {
        Err(PackError::Incomplete(places)) => assert_eq!(
            places,
            [
                "recordTarget/patientRole/id",
                "effectiveTime",
                "legalAuthenticator/assignedEntity",
                "author"
            ]
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_model_that_is_not_known_is_not_guessed() {
    assert!(matches!(
        packed(|document| document.header.template_ids.clear()),
        Err(PackError::UnknownModel)
    ));
}

#[test]
fn xml_in_a_value_is_escaped_once() {
    let archive = packed(|document| {
        document.header.title = Some("<a> & \"b\"".to_owned());
    });
    let metadata = entry(&archive.expect("complete"), METADATA);
    assert!(metadata.contains("value=\"&lt;a&gt; &amp; &quot;b&quot;\""));
}

#[test]
fn another_instant_gives_another_submission() {
    let bytes = source();
    let document = cda::read(&bytes).expect("it is a document");
    let at = |submitted_at| {
        let shipment = Shipment {
            contact: CONTACT,
            submitted_at,
            submission_id: None,
            action: Action::Create,
            marks: Marks::default(),
            terminology: &Terminology::embedded(),
        };
        pack(&document, &bytes, &shipment).expect("complete")
    };
    assert!(at(SUBMITTED_AT) != at(SUBMITTED_AT + time::Duration::SECOND));
}
