//! Whether a narrative is XHTML that may be shown: no script, no form, nothing from elsewhere.
//!
//! **Source:** FHIR R4, 2.4.0, invariants `txt-1` and `txt-2`.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Deepest nesting of a narrative.
const MAX_DEPTH: usize = 100;
/// Elements of HTML 4, chapters 7 to 11 and 15, with `a` and `img`.
const ELEMENTS: [&str; 54] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "map",
    "area",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// True when the text is one `div` of XHTML with some content and nothing that runs or is fetched.
#[must_use]
pub fn is_safe_narrative(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    let (mut depth, mut roots, mut has_content) = (0_usize, 0_usize, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                roots += usize::from(depth == 0);
                depth += 1;
                if depth > MAX_DEPTH || !is_safe_element(&start, depth == 1) {
                    return false;
                }
            }
            Ok(Event::Empty(start)) => {
                roots += usize::from(depth == 0);
                has_content |= start.local_name().as_ref() == "img";
                if !is_safe_element(&start, depth == 0) {
                    return false;
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Text(text)) => {
                let is_blank = text.trim().is_empty();
                if depth == 0 && !is_blank {
                    return false;
                }
                has_content |= !is_blank;
            }
            Ok(Event::GeneralRef(_)) => has_content = true,
            Ok(Event::Comment(_)) => {}
            Ok(Event::Eof) => return roots == 1 && depth == 0 && has_content,
            // CDATA, instructions, declarations and document types have no place here.
            Ok(_) | Err(_) => return false,
        }
    }
}

fn is_safe_element(start: &BytesStart<'_>, is_root: bool) -> bool {
    let name = start.local_name();
    let is_known = ELEMENTS.contains(&name.as_ref()) && (!is_root || name.as_ref() == "div");
    is_known
        && start.attributes().all(|attribute| {
            let Ok(attribute) = attribute else {
                return false;
            };
            let value = attribute.value.to_ascii_lowercase();
            let value = value.trim();
            let runs = attribute.key.local_name().as_ref().starts_with("on");
            let is_script = value.starts_with("javascript:") || value.starts_with("vbscript:");
            let is_style = attribute.key.local_name().as_ref() == "style"
                && (value.contains("url(") || value.contains("expression"));
            !runs && !is_script && !is_style
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_xhtml_is_safe() {
        let wrap =
            |inner: &str| format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inner}</div>");
        for inner in [
            "<p>a &amp; b</p>",
            "<img src=\"#x\" alt=\"y\"/>",
            "<ul><li>é</li></ul>",
        ] {
            assert!(is_safe_narrative(&wrap(inner)), "{inner}");
        }
        for inner in [
            "",
            "  ",
            "<script>x</script>",
            "<p onclick=\"x()\">a</p>",
            "<form>a</form>",
            "<a href=\"javascript:x()\">a</a>",
            "<p>a",
            "<p style=\"background:url(x)\">a</p>",
            "<![CDATA[x]]>",
            "<p a=1>x</p>",
        ] {
            assert!(!is_safe_narrative(&wrap(inner)), "{inner}");
        }
        for text in [
            "",
            "text",
            "<p>a</p>",
            "<div>a</div><div>b</div>",
            "<!DOCTYPE x><div>a</div>",
        ] {
            assert!(!is_safe_narrative(text), "{text}");
        }
        assert!(!is_safe_narrative(&("<div>".repeat(100_000))));
    }
}
