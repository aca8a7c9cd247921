//! What no reader of the model asked for.

use super::{
    report_reading::Reader,
    tree::{Element, Namespace},
};

/// Elements that only say which form the document has.
const FORM: [&str; 5] = [
    "templateId",
    "realmCode",
    "typeId",
    "signatureCode",
    "title",
];

/// Attributes that only say which form an element has, or that its reader takes.
const ATTRIBUTES: [&str; 23] = [
    "ID",
    "assigningAuthorityName",
    "classCode",
    "code",
    "codeSystem",
    "codeSystemName",
    "codeSystemVersion",
    "contextConductionInd",
    "contextControlCode",
    "determinerCode",
    "displayName",
    "extension",
    "inversionInd",
    "moodCode",
    "nullFlavor",
    "qualifier",
    "representation",
    "root",
    "typeCode",
    "unit",
    "use",
    "value",
    "mediaType",
];

/// Tells every element and attribute that was not understood, the outermost alone.
pub(super) fn leftovers(reader: &mut Reader<'_>) {
    let mut stack = vec![reader.root];
    while let Some(element) = stack.pop() {
        if attributes_say_more(element) {
            reader.lost(element);
        }
        let start = stack.len();
        for child in element.elements() {
            if reader.is_understood(child) {
                stack.push(child);
            } else if !is_form(element, child) {
                reader.lost(child);
            }
        }
        if let Some(added) = stack.get_mut(start..) {
            added.reverse();
        }
    }
}

/// True for what says nothing of the patient or the meeting.
fn is_form(parent: Element<'_>, child: Element<'_>) -> bool {
    let in_entry = matches!(
        parent.name(),
        "section"
            | "act"
            | "observation"
            | "procedure"
            | "encounter"
            | "organizer"
            | "observationMedia"
    );
    FORM.contains(&child.name())
        // Identifiers of parts are made anew with each document.
        || (in_entry && child.is("id"))
        || (in_entry && child.is("statusCode"))
        // The text of sections is answered for by the entries that point at it.
        || (parent.is("section") && child.is("text"))
}

fn attributes_say_more(element: Element<'_>) -> bool {
    element.attributes().iter().any(|attribute| {
        attribute.namespace == Namespace::None
            && (!ATTRIBUTES.contains(&attribute.name)
                || (attribute.name == "negationInd" && attribute.value.as_ref() == "true"))
            && !(attribute.name == "negationInd" && attribute.value.as_ref() == "false")
    })
}
