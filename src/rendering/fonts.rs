//! The two faces that documents are set in, and how wide their text is.
//!
//! Liberation Sans 2.1, SIL Open Font License 1.1: see `fonts/OFL.txt`.

use krilla::text::Font;
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

const REGULAR: &[u8] = include_bytes!("fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/LiberationSans-Bold.ttf");

/// One face.
pub(super) struct Face {
    pub font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// Both faces.
pub(super) struct Fonts {
    pub regular: Face,
    pub bold: Face,
}

impl Fonts {
    /// Loads the faces that the binary carries.
    pub fn new() -> Self {
        Self {
            regular: Face::new(REGULAR),
            bold: Face::new(BOLD),
        }
    }

    /// The face of that weight.
    pub fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn new(data: &'static [u8]) -> Self {
        let face = FontRef::new(data).expect("the embedded font is whole");
        Self {
            font: Font::new(data.into(), 0).expect("the embedded font is whole"),
            charmap: face.charmap(),
            metrics: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: f32::from(
                face.metrics(Size::unscaled(), LocationRef::default())
                    .units_per_em,
            ),
        }
    }

    /// Width of a text, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let units: f32 = text
            .chars()
            .filter_map(|c| self.charmap.map(c))
            .filter_map(|glyph| self.metrics.advance_width(glyph))
            .sum();
        units * size / self.units_per_em
    }

    /// The text as far as it fits in that width, an ellipsis after it when it is cut.
    pub fn shortened(&self, text: &str, size: f32, width: f32) -> String {
        let text = self.drawable(text);
        if self.width(&text, size) <= width {
            return text;
        }
        let mut kept = String::new();
        for c in text.chars() {
            kept.push(c);
            if self.width(&kept, size) + self.width("…", size) > width {
                kept.pop();
                break;
            }
        }
        kept.push('…');
        kept
    }

    /// The same text, with what the face cannot draw replaced: an archive refuses missing glyphs.
    pub fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|c| match c {
                '\u{202f}' | '\u{2009}' | '\t' => ' ',
                c if self.charmap.map(c).is_some() => c,
                _ => '?',
            })
            .collect()
    }
}
