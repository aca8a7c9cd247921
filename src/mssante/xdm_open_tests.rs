use std::{io::Write, sync::LazyLock};

use proptest::prelude::*;
use time::macros::datetime;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::finding::{Severity, accepts};
use crate::mssante::xdm::{Contact, Shipment, pack};
use crate::terminology::Terminology;

/// As the default settings have them.
const LIMITS: Archives = Archives {
    max_bytes: 20_000_000,
    max_entries: 64,
    max_total_bytes: 200_000_000,
    max_ratio: 200,
};

fn source() -> Vec<u8> {
    std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there")
}

fn packed() -> Vec<u8> {
    packed_to(Action::Create)
}

fn packed_to(action: Action) -> Vec<u8> {
    let bytes = source();
    let shipment = Shipment {
        contact: Contact {
            label: "Réseau",
            phone: "",
        },
        submitted_at: datetime!(2026-05-20 18:00 +2),
        submission_id: None,
        action,
        marks: Marks::default(),
        terminology: &Terminology::embedded(),
    };
    let document = cda::read(&bytes).expect("it is a document");
    pack(&document, &bytes, &shipment).expect("complete")
}

#[test]
fn a_withdrawal_is_read_as_one() {
    let archive = open(&packed_to(Action::Delete), &LIMITS).expect("safe");
    let actions: Vec<Action> = archive
        .documents
        .iter()
        .map(|document| document.action)
        .collect();
    assert_eq!(actions, [Action::Delete]);
    assert!(archive.findings.is_empty());
}

/// The metadata of the archive that we write.
fn metadata() -> String {
    let files = files(&packed(), &LIMITS).expect("safe");
    let content = files
        .get("IHE_XDM/SUBSET01/METADATA.XML")
        .expect("it is there");
    String::from_utf8(content.to_vec()).expect("text")
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a name");
        writer.write_all(content).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

/// Rules that an archive made of that metadata and our document breaks.
fn broken(metadata: &str) -> Vec<&'static str> {
    let archive = zip(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata.as_bytes()),
        ("IHE_XDM/SUBSET01/DOC0001.XML", &source()),
    ]);
    let archive = open(&archive, &LIMITS).expect("it opens");
    archive
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn what_is_packed_is_opened_without_a_finding() {
    let archive = open(&packed(), &LIMITS).expect("it opens");
    assert_eq!(archive.findings, []);
    let [document] = archive.documents.as_slice() else {
        panic!("one document")
    };
    assert!(document.cda == source(), "the document is changed");
    assert_eq!(document.action, Action::Create);
}

#[test]
fn every_disagreement_is_told() {
    let good = metadata();
    assert_eq!(broken(&good), Vec::<&str>::new());
    for (from, to, rules) in [
        ("<rim:Value>206332", "<rim:Value>306332", vec!["XDM-HASH"]),
        ("<rim:Value>7568<", "<rim:Value>7569<", vec!["XDM-SIZE"]),
        ("DOC0001.XML", "DOC0002.XML", vec!["XDM-URI"]),
        (
            "value=\"1.2.250.1.213.1.1.9.99.1\"",
            "value=\"1.2.3\"",
            vec!["XDM-ID"],
        ),
        (
            "value=\"279035121518989^",
            "value=\"279035121518990^",
            vec!["XDM-PATIENT"],
        ),
        ("rim:ExtrinsicObject", "rim:Other", vec!["XDM-DOCUMENT"]),
        (
            "nodeRepresentation=\"34794-8\"",
            "nodeRepresentation=\"11502-2\"",
            vec!["XDM-TYPE"],
        ),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(broken(&good.replace(from, to)), rules, "{from}");
    }
    let (before, after) = good
        .rsplit_once("279035121518989^")
        .expect("the document's");
    let others = format!("{before}279035121518990^{after}");
    assert_eq!(broken(&others), ["XDM-PATIENTS", "XDM-PATIENT"]);
}

#[test]
fn actions_are_read_and_must_make_sense() {
    let good = metadata();
    let with = |letter: &str| {
        good.replace(
            "<rim:Slot name=\"URI\">",
            &format!(
                "<rim:Slot name=\"urn:action:extraMetadataSlot\"><rim:ValueList>\
                 <rim:Value>{letter}</rim:Value></rim:ValueList></rim:Slot><rim:Slot name=\"URI\">"
            ),
        )
    };
    assert_eq!(broken(&with("C")), ["XDM-PARENT"]);
    assert_eq!(broken(&with("D")), Vec::<&str>::new());
    assert_eq!(broken(&with("X")), ["XDM-ACTION"]);
}

#[test]
fn other_habits_are_accepted() {
    let metadata = metadata();
    let spaced = format!("\n  {}", metadata.trim_start_matches(|c| c != '\n'));
    let archive = zip(&[
        ("readme.txt", "accentué".as_bytes()),
        ("ihe_xdm/subset01/metadata.xml", spaced.as_bytes()),
        ("ihe_xdm/subset01/doc0001.xml", &source()),
        ("IHE_XDM/SUBSET01/DOC00001.PDF", b"%PDF-"),
    ]);
    let archive = open(&archive, &LIMITS).expect("it opens");
    assert!(accepts(&archive.findings), "{:?}", archive.findings);
    assert_eq!(archive.documents.len(), 1);
}

#[test]
fn a_hash_in_small_letters_is_the_same_hash_and_is_told() {
    let (before, after) = METADATA_HASH;
    let metadata = metadata().replace(before, after);
    assert_eq!(broken(&metadata), Vec::<&str>::new());
    let archive = zip(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata.as_bytes()),
        ("IHE_XDM/SUBSET01/DOC0001.XML", &source()),
    ]);
    let archive = open(&archive, &LIMITS).expect("it opens");
    let mut rules = archive.findings.iter().map(|finding| finding.rule);
    assert!(rules.any(|rule| rule == "XDM-HASH-CASE"));
}

/// The hash of the document as it is written, and in small letters.
const METADATA_HASH: (&str, &str) = (
    "206332B39CAB3A0F8467E4140D1016D52DCFCBCA",
    "206332b39cab3a0f8467e4140d1016d52dcfcbca",
);

#[test]
fn a_document_announced_twice_is_read_once() {
    let metadata = metadata();
    let (start, end) = (
        metadata.find("<rim:ExtrinsicObject").expect("there"),
        metadata.find("<rim:Association").expect("there"),
    );
    let object = metadata.get(start..end).expect("one object").to_owned();
    let twice = metadata.replace(&object, &object.repeat(2));
    assert_eq!(broken(&twice), ["XDM-URI"]);
    let many = metadata.replace(&object, &object.repeat(65));
    let archive = zip(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", many.as_bytes()),
        ("IHE_XDM/SUBSET01/DOC0001.XML", &source()),
    ]);
    assert!(matches!(open(&archive, &LIMITS), Err(OpenError::TooLarge)));
}

#[test]
fn a_link_is_not_followed() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .add_symlink("README.TXT", "/etc/passwd", SimpleFileOptions::default())
        .expect("memory");
    let archive = writer.finish().expect("memory").into_inner();
    assert!(matches!(
        open(&archive, &LIMITS),
        Err(OpenError::Unsafe("a link"))
    ));
}

#[test]
fn a_document_wrapped_in_the_sheet_that_shows_it_is_named() {
    let sheet = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"/>";
    let archive = zip(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata().as_bytes()),
        ("IHE_XDM/SUBSET01/DOC0001.XML", sheet.as_bytes()),
    ]);
    let archive = open(&archive, &LIMITS).expect("it opens");
    let mut rules = archive.findings.iter().map(|finding| finding.rule);
    assert!(rules.any(|rule| rule == "XDM-XSLT"));
}

#[test]
fn unsafe_archives_are_refused() {
    for name in ["../x", "/x", "a\\b", "a/../../b", "C:x"] {
        assert!(
            matches!(
                open(&zip(&[(name, b"x")]), &LIMITS),
                Err(OpenError::Unsafe(_))
            ),
            "{name}"
        );
    }
    assert!(matches!(
        open(&zip(&[("a.xml", b"x"), ("A.XML", b"y")]), &LIMITS),
        Err(OpenError::Unsafe("the same name twice"))
    ));
    let many: Vec<String> = (0..65).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert!(matches!(
        open(&zip(&many), &LIMITS),
        Err(OpenError::TooLarge)
    ));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0_u8; 8 * 1024 * 1024];
    let bomb = zip(&[("IHE_XDM/SUBSET01/METADATA.XML", &zeros)]);
    assert!(bomb.len() < 20_000);
    assert!(matches!(open(&bomb, &LIMITS), Err(OpenError::TooLarge)));
}

#[test]
fn metadata_must_be_there_and_be_plain_xml() {
    assert!(matches!(
        open(&zip(&[("README.TXT", b"x")]), &LIMITS),
        Err(OpenError::NoMetadata)
    ));
    let dtd = b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>";
    assert!(matches!(
        open(&zip(&[("IHE_XDM/SUBSET01/METADATA.XML", dtd)]), &LIMITS),
        Err(OpenError::Metadata(_))
    ));
    assert!(matches!(
        open(b"not a zip", &LIMITS),
        Err(OpenError::NotZip(_))
    ));
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = open(&bytes, &LIMITS);
    }

    #[test]
    fn no_damage_makes_it_fail(at in 0_usize..6_000, byte in any::<u8>()) {
        static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(packed);
        let mut archive = WHOLE.clone();
        if let Some(place) = archive.get_mut(at) {
            *place = byte;
        }
        let _ = open(&archive, &LIMITS);
    }
}
