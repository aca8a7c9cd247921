use proptest::prelude::*;

use super::{
    document::Document,
    error::ReadError,
    header::Attending,
    narrative::{Block, Inline},
    read::read,
    tree::{MAX_BYTES, Tree},
};

/// A small document, with prefixes where most have none.
const SMALL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- invented -->
<v3:ClinicalDocument xmlns:v3="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <v3:templateId root="1.2.250.1.213.1.1.1.8" extension="2022.01"/>
  <v3:id root="1.2.3" extension="A&amp;B"/>
  <v3:code code="34794-8" codeSystem="2.16.840.1.113883.6.1" displayName="CR de r&#xE9;union"/>
  <v3:title>Compte   rendu
    de r&#233;union</v3:title>
  <v3:effectiveTime value="20260520155151+0200"/>
  <v3:versionNumber value="2"/>
  <v3:recordTarget><v3:patientRole>
    <v3:id root="9.9.9" extension="42"/>
    <v3:id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>
    <v3:patient>
      <v3:name><v3:family qualifier="BR">PATIENT</v3:family><v3:given>ANNE MARIE</v3:given><v3:given qualifier="BR">ANNE</v3:given></v3:name>
      <v3:birthTime value="19790328"/>
    </v3:patient>
  </v3:patientRole></v3:recordTarget>
  <v3:participant typeCode="INF">
    <v3:functionCode code="PCP" codeSystem="2.16.840.1.113883.5.88"/>
    <v3:time nullFlavor="UNK"/>
    <v3:associatedEntity classCode="PROV" nullFlavor="NA"/>
  </v3:participant>
  <v3:relatedDocument typeCode="RPLC"><v3:parentDocument><v3:id root="1.2.2"/></v3:parentDocument></v3:relatedDocument>
  <v3:component><v3:structuredBody><v3:component><v3:section>
    <v3:code code="10164-2" codeSystem="2.16.840.1.113883.6.1"/>
    <v3:title>Histoire</v3:title>
    <v3:text>Avant <v3:content styleCode="Bold">gras</v3:content>, <v3:br/> apr&#232;s &lt;1 <![CDATA[& fin]]>
      <v3:list listType="ordered"><v3:item>un</v3:item><v3:item>deux <v3:list><v3:item>a</v3:item></v3:list></v3:item></v3:list>
      <v3:table><v3:thead><v3:tr><v3:th colspan="2">T</v3:th></v3:tr></v3:thead>
        <v3:tbody><v3:tr><v3:td>x</v3:td><v3:td><v3:paragraph>y</v3:paragraph></v3:td></v3:tr></v3:tbody></v3:table>
    </v3:text>
    <v3:entry><v3:observation classCode="OBS" moodCode="EVN"><v3:value xsi:type="v3:CD" code="x"/></v3:observation></v3:entry>
    <v3:component><v3:section><v3:text>sous</v3:text></v3:section></v3:component>
  </v3:section></v3:component></v3:structuredBody></v3:component>
</v3:ClinicalDocument>
"#;

fn small() -> Document {
    read(SMALL.as_bytes()).expect("well formed")
}

#[test]
fn the_header_is_read_whatever_the_prefix() {
    let header = small().header;
    assert_eq!(header.id.extension.as_deref(), Some("A&B"));
    assert_eq!(header.code.display.as_deref(), Some("CR de réunion"));
    assert_eq!(header.title.as_deref(), Some("Compte rendu de réunion"));
    assert_eq!(header.version, Some(2));
    assert_eq!(
        header.model_version("1.2.250.1.213.1.1.1.8"),
        Some("2022.01")
    );
    assert_eq!(header.replaces().expect("replaced").id.root, "1.2.2");
    assert_eq!(header.attending_physician(), Attending::None);
}

#[test]
fn the_patient_is_found_under_both_kinds_of_identifier() {
    let patient = small().header.patient;
    assert_eq!(patient.ins().expect("ins").root, "1.2.250.1.213.1.4.10");
    assert_eq!(patient.local_id().expect("local").root, "9.9.9");
    assert_eq!(patient.birth_family(), Some("PATIENT"));
    assert_eq!(patient.first_birth_given(), Some("ANNE"));
    assert_eq!(patient.birth_givens(), Some("ANNE MARIE"));
    assert_eq!(format!("{patient:?}"), "Patient(hidden)");
}

#[test]
fn the_narrative_keeps_its_structure() {
    let document = small();
    let section = document.sections.first().expect("a section");
    let [paragraph, list, table] = section.blocks.as_slice() else {
        panic!("three blocks: {:?}", section.blocks);
    };
    assert_eq!(paragraph.plain_text(), "Avant gras,\naprès <1 & fin");
    let Block::Paragraph(inlines) = paragraph else {
        panic!("a paragraph")
    };
    assert!(matches!(
        inlines.get(1),
        Some(Inline::Text { bold: true, .. })
    ));
    assert_eq!(list.plain_text(), "un\ndeux\na");
    assert_eq!(table.plain_text(), "T\nx\ty");
    let Block::Table(table) = table else {
        panic!("a table")
    };
    assert_eq!(
        table
            .head
            .first()
            .and_then(|row| row.cells.first())
            .map(|cell| cell.column_span),
        Some(2)
    );
    assert_eq!(
        section.sections.first().map(|sub| sub.blocks.len()),
        Some(1)
    );
}

#[test]
fn types_and_places_are_resolved() {
    let tree = Tree::parse(SMALL.as_bytes()).expect("well formed");
    let value = tree
        .root()
        .descendants()
        .find(|element| element.is("value"))
        .expect("a value");
    assert_eq!(value.value_type(), Some("CD"));
    assert_eq!(
        value.place(),
        "/ClinicalDocument/component/structuredBody/component/section/entry/observation/value"
    );
    let id = tree
        .root()
        .path(&["recordTarget", "patientRole", "id"])
        .expect("id");
    assert_eq!(id.line_and_column(), (12, 5));
    assert_eq!(
        id.place(),
        "/ClinicalDocument/recordTarget/patientRole/id[1]"
    );
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    let with_mark = ["\u{FEFF}", SMALL].concat();
    assert_eq!(read(with_mark.as_bytes()).expect("well formed"), small());
}

#[test]
fn other_encodings_are_named() {
    let latin = SMALL.replace("UTF-8", "ISO-8859-1");
    assert_eq!(
        read(latin.as_bytes()),
        Err(ReadError::Encoding("ISO-8859-1".to_owned()))
    );
    let mut bytes = latin.into_bytes();
    bytes.extend_from_slice(b"<!-- \xE9 -->");
    assert_eq!(
        read(&bytes),
        Err(ReadError::Encoding("ISO-8859-1".to_owned()))
    );
    assert_eq!(
        read(b"\xFF\xFE<\0"),
        Err(ReadError::Encoding("UTF-16".to_owned()))
    );
    assert_eq!(
        read(b"<a>\n \xE9</a>"),
        Err(ReadError::NotUtf8 { line: 2, column: 2 })
    );
}

#[test]
fn what_is_dangerous_or_broken_is_refused_with_its_place() {
    type Expected = fn(&ReadError) -> bool;
    let cases: [(&str, Expected); 18] = [
        ("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", |e| {
            matches!(e, ReadError::Dtd { line: 1, column: 1 })
        }),
        ("<a>\n&e;</a>", |e| {
            matches!(e, ReadError::Entity { line: 2, column: 1 })
        }),
        ("<a b=\"&e;\"/>", |e| matches!(e, ReadError::Entity { .. })),
        ("<a><b></a>", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<a>", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<a/><b/>", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<a/>x", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<a b=\"1\" b=\"2\"/>", |e| {
            matches!(e, ReadError::IllFormed { .. })
        }),
        ("<a>&#1;</a>", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<x:a/>", |e| matches!(e, ReadError::Prefix { .. })),
        ("", |e| matches!(e, ReadError::IllFormed { .. })),
        ("<ClinicalDocument/>", |e| matches!(e, ReadError::Namespace)),
        ("<a xmlns=\"urn:hl7-org:v3\"/>", |e| {
            matches!(e, ReadError::NotClinicalDocument)
        }),
        ("<html xmlns=\"http://www.w3.org/1999/xhtml\"/>", |e| {
            matches!(e, ReadError::HtmlPage)
        }),
        (
            "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"/>",
            |e| matches!(e, ReadError::StyleSheet),
        ),
        (
            "<a xmlns:i=\"http://www.w3.org/2001/XInclude\"><i:include href=\"b\"/></a>",
            |e| matches!(e, ReadError::Inclusion { line: 1, .. }),
        ),
        ("<\0a\0/\0>\0", |e| matches!(e, ReadError::Encoding(_))),
        ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", |e| {
            matches!(e, ReadError::Encoding(_))
        }),
    ];
    for (text, is_expected) in cases {
        let error = read(text.as_bytes()).expect_err(text);
        assert!(is_expected(&error), "{text}: {error:?}");
        assert!(!error.finding().message.fr.is_empty());
    }
}

#[test]
fn limits_hold() {
    let deep = "<a>".repeat(200_000);
    assert!(matches!(
        read(deep.as_bytes()),
        Err(ReadError::TooDeep { .. })
    ));
    let large = vec![b' '; MAX_BYTES + 1];
    assert!(matches!(read(&large), Err(ReadError::TooLarge { .. })));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_change_of_a_document_makes_the_reader_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..8),
    ) {
        let mut bytes = SMALL.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let _ = read(&bytes);
    }
}
