//! The writing end of XML: escapes, and lays out without touching mixed content.

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

/// Name and value of an attribute.
pub(super) type Pair<'a> = (&'a str, &'a str);

/// A document being written. Each element starts a line, but within mixed content.
pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
    /// Open elements whose content is mixed.
    mixed: u32,
    has_illegal_characters: bool,
}

impl Xml {
    /// A document with its declaration.
    pub(super) fn new() -> Self {
        let mut xml = Self {
            writer: Writer::new(Vec::with_capacity(96 * 1024)),
            mixed: 0,
            has_illegal_characters: false,
        };
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// The bytes; `None` when a text held a character that XML forbids.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        self.event(Event::Text(BytesText::from_escaped("\n")));
        (!self.has_illegal_characters).then(|| self.writer.into_inner())
    }

    pub(super) fn open(&mut self, name: &str, attributes: &[Pair<'_>]) {
        self.line();
        self.start(name, attributes);
    }

    pub(super) fn close(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// Opens an element whose white space counts.
    pub(super) fn open_mixed(&mut self, name: &str, attributes: &[Pair<'_>]) {
        self.open(name, attributes);
        self.mixed += 1;
    }

    pub(super) fn close_mixed(&mut self, name: &str) {
        self.close(name);
        self.mixed = self.mixed.saturating_sub(1);
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[Pair<'_>]) {
        self.line();
        self.check_all(attributes);
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Empty(start));
    }

    /// An element that holds text only.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[Pair<'_>], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.check(text);
        self.event(Event::Text(BytesText::new(text)));
    }

    fn start(&mut self, name: &str, attributes: &[Pair<'_>]) {
        self.check_all(attributes);
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start));
    }

    fn line(&mut self) {
        if self.mixed == 0 {
            self.event(Event::Text(BytesText::from_escaped("\n")));
        }
    }

    fn check_all(&mut self, attributes: &[Pair<'_>]) {
        for (_, value) in attributes {
            self.check(value);
        }
    }

    fn check(&mut self, text: &str) {
        let is_illegal = |char| matches!(char, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
        self.has_illegal_characters |= text.contains(is_illegal);
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer
            .write_event(event)
            .expect("writing to memory cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_mixed_content_keeps_its_white_space() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "<\"&'>")]);
        xml.open_mixed("text", &[]);
        xml.text("1 < 2 ");
        xml.leaf("content", &[], "& 3");
        xml.close_mixed("text");
        xml.close("a");
        let bytes = xml.finish().expect("legal characters");
        assert_eq!(
            String::from_utf8(bytes).expect("UTF-8"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&lt;&quot;&amp;&apos;&gt;\">\n\
             <text>1 &lt; 2 <content>&amp; 3</content></text></a>\n"
        );
    }

    #[test]
    fn forbidden_characters_are_noticed() {
        let mut xml = Xml::new();
        xml.leaf("a", &[], "\u{1}");
        assert!(xml.finish().is_none());
    }
}
