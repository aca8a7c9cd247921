//! Every code that a document holds, whatever element carries it.

use std::collections::BTreeSet;

use super::{
    error::ReadError,
    tree::{Element, Tree},
};

/// The codes of a document, each once: OID of the system, code.
///
/// # Errors
/// [`ReadError`] when it is not XML.
pub fn coded_elements(bytes: &[u8]) -> Result<BTreeSet<(String, String)>, ReadError> {
    let tree = Tree::parse(bytes)?;
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Element<'_>> = vec![tree.root()];
    while let Some(element) = waiting.pop() {
        if let (Some(system), Some(code)) =
            (element.attribute("codeSystem"), element.attribute("code"))
        {
            found.insert((system.to_owned(), code.to_owned()));
        }
        waiting.extend(element.elements());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_wherever_it_stands_and_once() {
        let xml = br#"<a xmlns="urn:hl7-org:v3"><code code="1" codeSystem="1.2"/>
            <b><value code="1" codeSystem="1.2"/><value code="2" codeSystem="1.3"/></b>
            <code code="3"/></a>"#;
        let found = coded_elements(xml).expect("XML");
        let pair = |system: &str, code: &str| (system.to_owned(), code.to_owned());
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [pair("1.2", "1"), pair("1.3", "2")]
        );
        assert!(coded_elements(b"<a>").is_err());
    }
}
