//! What is drawn on a page, in the words of the file.
//!
//! **Source:** ISO 32000-1, 7.8.2 (content streams), 9.4 (text), 14.6 (marked content).

use super::{
    flow::{Op, PAGE_HEIGHT, Page},
    pdf_face::EmbeddedFaces,
    structure::Node,
};

/// A page being written.
struct Content<'f> {
    bytes: Vec<u8>,
    faces: &'f EmbeddedFaces,
    /// Weight and size of the text that was written last.
    font: Option<(bool, f32)>,
    /// Shade that was filled with last; a page begins with black.
    shade: u8,
    digits: itoa::Buffer,
}

/// The content of a page, and the node of each of its marks. What belongs to no node is marked as
/// ornament.
pub(super) fn content(page: &Page, faces: &EmbeddedFaces) -> (Vec<u8>, Vec<Node>) {
    let mut content = Content {
        bytes: Vec::with_capacity(64 * page.len()),
        faces,
        font: None,
        shade: 0,
        digits: itoa::Buffer::new(),
    };
    let mut marks = Vec::new();
    for ops in page.chunk_by(|one, next| one.node() == next.node()) {
        match ops.first().and_then(Op::node) {
            Some(node) => {
                content.raw(b"/P<</MCID ");
                content.integer(marks.len());
                content.raw(b">>BDC\n");
                marks.push(node);
            }
            None => content.raw(b"/Artifact BMC\n"),
        }
        for ops in ops.chunk_by(|one, next| one.shade().is_some() && one.shade() == next.shade()) {
            content.draw(ops);
        }
        content.raw(b"EMC\n");
    }
    (content.bytes, marks)
}

impl Content<'_> {
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn integer(&mut self, value: usize) {
        self.bytes
            .extend_from_slice(self.digits.format(value).as_bytes());
    }

    /// A number, to the hundredth, and a space.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a page is some 84,189 hundredths high"
    )]
    fn number(&mut self, value: f32) {
        let hundredths = (value * 100.0).round() as i64;
        if hundredths < 0 {
            self.bytes.push(b'-');
        }
        let hundredths = hundredths.unsigned_abs();
        self.bytes
            .extend_from_slice(self.digits.format(hundredths / 100).as_bytes());
        let rest = (hundredths % 100) as u8;
        if rest > 0 {
            self.bytes.extend_from_slice(&[b'.', b'0' + rest / 10]);
            if !rest.is_multiple_of(10) {
                self.bytes.push(b'0' + rest % 10);
            }
        }
        self.bytes.push(b' ');
    }

    /// Draws one text, or boxes of one shade as one path.
    fn draw(&mut self, ops: &[Op]) {
        let mut has_path = false;
        for op in ops {
            match op {
                Op::Text {
                    x,
                    y,
                    size,
                    bold,
                    text,
                    node: _,
                } => {
                    self.fill(0);
                    self.text(*x, *y, (*bold, *size), text);
                }
                Op::Box {
                    x,
                    y,
                    width,
                    height,
                    shade,
                } => {
                    self.fill(*shade);
                    for value in [*x, PAGE_HEIGHT - y - height, *width, *height] {
                        self.number(value);
                    }
                    self.raw(b"re\n");
                    has_path = true;
                }
            }
        }
        if has_path {
            self.raw(b"f\n");
        }
    }

    /// Fills with that shade from here: 0 is black and 255 white.
    fn fill(&mut self, shade: u8) {
        if self.shade != shade {
            self.shade = shade;
            self.number(f32::from(shade) / 255.0);
            self.raw(b"g\n");
        }
    }

    fn text(&mut self, x: f32, y: f32, font: (bool, f32), text: &str) {
        self.raw(b"BT ");
        if self.font != Some(font) {
            self.font = Some(font);
            let (is_bold, size) = font;
            self.raw(b"/");
            self.raw(EmbeddedFaces::name(is_bold).0);
            self.raw(b" ");
            self.number(size);
            self.raw(b"Tf ");
        }
        self.number(x);
        self.number(PAGE_HEIGHT - y);
        self.raw(b"Td(");
        for number in self.faces.face(font.0).numbers(text) {
            for byte in number.to_be_bytes() {
                match byte {
                    b'(' | b')' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                    // An end of line within a string is read as a line feed, however it is written.
                    b'\r' => self.bytes.extend_from_slice(br"\r"),
                    _ => self.bytes.push(byte),
                }
            }
        }
        self.raw(b")Tj ET\n");
    }
}
