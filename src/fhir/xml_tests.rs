use proptest::prelude::*;
use serde_json::json;

use super::{super::xml_write::write_xml, *};

fn sample() -> Value {
    serde_json::from_str(r##"{"resourceType":"Location","id":"l","meta":{"versionId":"3"},
        "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a &amp; é</p></div>"},
        "contained":[{"resourceType":"Organization","id":"o","active":true}],
        "extension":[{"url":"u:x","valueDecimal":2.10},{"id":"e","url":"u:y","extension":[{"url":"low","valueInteger":-3}]}],
        "name":"a \"b\"\n<c> & d","_name":{"id":"n","extension":[{"url":"u:z","valueBoolean":false}]},
        "alias":["x",null,"y"],"_alias":[null,{"extension":[{"url":"u:z","valueCode":"k"}]},null],
        "position":{"longitude":-4.4860,"latitude":48.390},
        "managingOrganization":{"reference":"#o"}}"##).expect("JSON")
}

#[test]
fn json_becomes_xml_and_comes_back_the_same() {
    for is_pretty in [false, true] {
        let xml = write_xml(&sample(), is_pretty);
        let read = read_xml(xml.as_bytes()).unwrap_or_else(|found| panic!("{found:?} in {xml}"));
        assert_eq!(read, sample(), "{xml}");
        assert!(xml.contains("<valueDecimal value=\"2.10\"/>"), "{xml}");
    }
    insta::assert_snapshot!(write_xml(&sample(), true));
}

#[test]
fn bundles_and_parameters_hold_whole_resources() {
    for value in [
        json!({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType": "Location", "id": "l"},
            "request": {"method": "PUT", "url": "Location/l"}}]}),
        json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [{"name": "type", "valueCode": "add"},
            {"name": "x", "resource": {"resourceType": "Location", "id": "l"}}]}]}),
    ] {
        let xml = write_xml(&value, false);
        assert_eq!(read_xml(xml.as_bytes()).expect("read"), value, "{xml}");
    }
}

#[test]
fn bad_xml_is_refused_with_its_place() {
    let wrap = |inner: &str| format!("<Location xmlns=\"http://hl7.org/fhir\">{inner}</Location>");
    let deep = format!(
        "{}{}",
        "<extension url=\"x\">".repeat(100_000),
        "</extension>".repeat(100_000)
    );
    let cases = [
        (String::new(), ""),
        ("<Location/>".to_owned(), ""),
        (wrap("<nmae value=\"x\"/>"), "Location.nmae"),
        (wrap("<name value=\"x\" color=\"red\"/>"), "Location.name"),
        (wrap("<name>x</name>"), "Location.name"),
        (wrap("<name value=\"&unknown;\"/>"), "Location.name"),
        (wrap("<name"), "Location.?"),
        (format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{}", wrap("")), ""),
        (format!("{}{}", wrap(""), wrap("")), ""),
        ("<Unknown xmlns=\"http://hl7.org/fhir\"/>".to_owned(), ""),
    ];
    for (text, place) in cases {
        let found = read_xml(text.as_bytes()).expect_err("refused").remove(0);
        assert_eq!((found.rule, found.place.as_str()), ("XML", place), "{text}");
        assert!(found.line.is_some());
    }
    let found = read_xml(wrap(&deep).as_bytes())
        .expect_err("refused")
        .remove(0);
    assert_eq!(found.message.en, "The document nests too deep.");
    assert!(
        read_xml(b"<Location xmlns=\"http://hl7.org/fhir\"><name value=\"\xff\"/></Location>")
            .is_err()
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_xml(&bytes);
    }

    #[test]
    fn any_text_survives(name in "[ -~é€\n\t]{1,40}") {
        prop_assume!(!name.trim().is_empty());
        let value = json!({"resourceType": "Location", "name": name});
        let xml = write_xml(&value, false);
        prop_assert_eq!(read_xml(xml.as_bytes()).expect("read"), value);
    }
}
