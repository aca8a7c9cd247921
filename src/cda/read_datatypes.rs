//! Data types of HL7 V3, read from the tree.
//!
//! **Source:** HL7 V3 datatypes R1, XML implementation technology specification.

use super::{
    header::{Address, Code, Id, Telecom, Timestamp},
    tree::Element,
};

fn owned(element: Element<'_>, attribute: &str) -> Option<String> {
    element
        .attribute(attribute)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

/// Text of an element, `None` when absent or blank.
pub(super) fn text(element: Option<Element<'_>>) -> Option<String> {
    element.map(Element::text).filter(|text| !text.is_empty())
}

/// `II`.
pub(super) fn id(element: Element<'_>) -> Id {
    Id {
        root: owned(element, "root").unwrap_or_default(),
        extension: owned(element, "extension"),
    }
}

/// The `id` children.
pub(super) fn ids(element: Element<'_>) -> Vec<Id> {
    element.all("id").map(id).collect()
}

/// `CD` and its kin.
pub(super) fn code(element: Element<'_>) -> Code {
    Code {
        code: owned(element, "code"),
        system: owned(element, "codeSystem"),
        system_name: owned(element, "codeSystemName"),
        display: owned(element, "displayName"),
        null_flavor: owned(element, "nullFlavor"),
        original_text: text(element.first("originalText")),
    }
}

/// `INT`.
pub(super) fn integer(element: Element<'_>) -> Option<i64> {
    element.attribute("value")?.trim().parse().ok()
}

/// `TS`.
pub(super) fn time(element: Option<Element<'_>>) -> Option<Timestamp> {
    element
        .and_then(|element| owned(element, "value"))
        .map(Timestamp)
}

/// `TS`, or start of an `IVL_TS`.
pub(super) fn time_of(element: Element<'_>) -> Option<Timestamp> {
    time(Some(element)).or_else(|| time(element.first("low")))
}

/// `TEL` children.
pub(super) fn telecoms(element: Element<'_>) -> Vec<Telecom> {
    element
        .all("telecom")
        .map(|telecom| Telecom {
            value: owned(telecom, "value"),
            usage: owned(telecom, "use"),
        })
        .collect()
}

/// `AD`.
pub(super) fn address(element: Element<'_>) -> Address {
    Address {
        usage: owned(element, "use"),
        parts: element
            .elements()
            .map(|part| (part.name().to_owned(), part.text()))
            .collect(),
        text: element
            .elements()
            .next()
            .is_none()
            .then(|| element.text())
            .filter(|text| !text.is_empty()),
        null_flavor: owned(element, "nullFlavor"),
    }
}

/// `AD` children.
pub(super) fn addresses(element: Element<'_>) -> Vec<Address> {
    element.all("addr").map(address).collect()
}
