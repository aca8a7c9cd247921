//! Lists of a release written as SVS in XML, as the test kit of the CI-SIS holds them.
//!
//! **Source:** IHE ITI, Sharing Value Sets, `RetrieveValueSetResponse`; the attributes that the
//! Agence du Numérique en Santé adds (`dateValid`, `dateFin`, `urlFichier`…).

use std::collections::HashMap;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    release::{ReleasedCode, ReleasedList},
    release_findings as findings,
    validity::parse_day,
};
use crate::finding::Finding;

/// The list of a `RetrieveValueSetResponse`.
pub(super) fn read(text: &str) -> Result<Vec<ReleasedList>, Box<Finding>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lists: Vec<ReleasedList> = Vec::new();
    let mut depth = 0_usize;
    loop {
        let fail = |reason: String, at: u64| findings::broken_xml(text, at, &reason);
        let at = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                depth += 1;
                let attributes = attributes(&element).map_err(|reason| fail(reason, at))?;
                match element.local_name().as_ref() {
                    "RetrieveValueSetResponse" => {}
                    _ if depth == 1 => {
                        return Err(findings::other_document(element.local_name().as_ref()));
                    }
                    "ValueSet" => lists.push(list(&attributes)),
                    "Concept" => {
                        if let Some(list) = lists.last_mut() {
                            list.codes.push(code(&attributes));
                        }
                    }
                    _ => {}
                }
            }
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) if depth > 0 => {
                return Err(fail("the file ends inside an element".to_owned(), at));
            }
            Ok(Event::Eof) => return Ok(lists),
            Ok(_) => {}
            Err(error) => return Err(fail(error.to_string(), reader.error_position())),
        }
    }
}

type Attributes = HashMap<String, String>;

fn attributes(element: &BytesStart<'_>) -> Result<Attributes, String> {
    element
        .attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|error| error.to_string())?;
            let name = attribute.key.as_ref().to_owned();
            Ok((name, value.trim().to_owned()))
        })
        .collect()
}

fn list(attributes: &Attributes) -> ReleasedList {
    let get = |name: &str| attributes.get(name).filter(|value| !value.is_empty());
    let url = get("urlFichier");
    let last = url.and_then(|url| url.rsplit('/').next());
    let displayed = get("displayName").map(|name| name.trim_end_matches(".tabs"));
    let version = ["dateMaj", "revisionDate", "version", "dateValid"]
        .into_iter()
        .find_map(get);
    ReleasedList {
        file: String::new(),
        url: None,
        oid: get("id").cloned(),
        name: last.or(displayed).unwrap_or_default().to_owned(),
        title: ["description", "title"]
            .into_iter()
            .find_map(get)
            .cloned()
            .unwrap_or_default(),
        version: version.cloned().unwrap_or_default(),
        codes: Vec::new(),
    }
}

fn code(attributes: &Attributes) -> ReleasedCode {
    let get = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    let to = parse_day(&get("dateFin"));
    ReleasedCode {
        code: get("code"),
        system: get("codeSystem"),
        display: get("displayName"),
        is_withdrawn: to.is_some(),
        from: parse_day(&get("dateValid")),
        to,
    }
}
