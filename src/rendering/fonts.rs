//! The two faces that documents are set in, and how wide their text is.
//!
//! They are read once a process: a face is 400 kB, and hashing it costs as much as setting a page.
//!
//! Liberation Sans 2.1, SIL Open Font License 1.1: see `fonts/OFL.txt`.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

const REGULAR: &[u8] = include_bytes!("fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/LiberationSans-Bold.ttf");

/// Characters below this one are looked up once: nearly every text is made of them.
const USUAL: u32 = 0x180;

/// One face.
pub(super) struct Face {
    pub font: Font,
    usual: Vec<Option<Sort>>,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// How a character is set.
#[derive(Clone, Copy)]
struct Sort {
    glyph: u32,
    /// In units of the face.
    advance: f32,
}

/// Both faces.
pub(super) struct Fonts {
    pub regular: Face,
    pub bold: Face,
}

impl Fonts {
    /// The faces that the binary carries.
    pub fn get() -> &'static Self {
        static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts {
            regular: Face::new(REGULAR),
            bold: Face::new(BOLD),
        });
        &FONTS
    }

    /// The face of that weight.
    pub fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn new(data: &'static [u8]) -> Self {
        let face = FontRef::new(data).expect("the embedded font is whole");
        let mut loaded = Self {
            font: Font::new(data.into(), 0).expect("the embedded font is whole"),
            usual: Vec::new(),
            charmap: face.charmap(),
            metrics: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: f32::from(
                face.metrics(Size::unscaled(), LocationRef::default())
                    .units_per_em,
            ),
        };
        loaded.usual = (0..USUAL)
            .map(|c| loaded.look_up(char::from_u32(c)?))
            .collect();
        loaded
    }

    fn look_up(&self, c: char) -> Option<Sort> {
        let glyph = self.charmap.map(c)?;
        Some(Sort {
            glyph: glyph.to_u32(),
            advance: self.metrics.advance_width(glyph)?,
        })
    }

    fn sort(&self, c: char) -> Option<Sort> {
        match usize::try_from(u32::from(c)).map(|c| self.usual.get(c)) {
            Ok(Some(usual)) => *usual,
            _ => self.look_up(c),
        }
    }

    /// The glyphs of a text, one after the other, as [`Face::width`] measures it.
    pub fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let missing = Sort {
            glyph: 0,
            advance: 0.0,
        };
        text.char_indices()
            .map(|(start, c)| {
                let sort = self.sort(c).unwrap_or(missing);
                let advance = sort.advance / self.units_per_em;
                let range = start..start + c.len_utf8();
                KrillaGlyph::new(
                    GlyphId::new(sort.glyph),
                    advance,
                    0.0,
                    0.0,
                    0.0,
                    range,
                    None,
                )
            })
            .collect()
    }

    /// Width of a text, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let units: f32 = text
            .chars()
            .filter_map(|c| self.sort(c))
            .map(|sort| sort.advance)
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
        let mut room = width - self.width("…", size);
        for c in text.chars() {
            room -= self.sort(c).map_or(0.0, |sort| sort.advance) * size / self.units_per_em;
            if room < 0.0 {
                break;
            }
            kept.push(c);
        }
        kept.push('…');
        kept
    }

    /// The same text, with what the face cannot draw replaced: an archive refuses missing glyphs.
    pub fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|c| match c {
                '\u{202f}' | '\u{2009}' | '\t' => ' ',
                c if self.sort(c).is_some() => c,
                _ => '?',
            })
            .collect()
    }
}
