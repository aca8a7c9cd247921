//! The two faces that documents are set in, and how wide their text is.
//!
//! They are read once a process: a face is 400 kB, and hashing it costs as much as setting a page.
//!
//! They are those of Liberation Sans 2.1 without the instructions for coarse screens, which would be two thirds of
//! what a PDF embeds of them; under another name, as their licence wants of what was changed (SIL Open
//! Font License 1.1, `fonts/OFL.txt`).

use std::sync::LazyLock;

use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

const REGULAR: &[u8] = include_bytes!("fonts/PasserelleSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/PasserelleSans-Bold.ttf");

/// Characters below this one are looked up once: nearly every text is made of them.
const USUAL: u32 = 0x180;

/// One face.
pub(super) struct Face {
    /// The file of the face.
    pub data: &'static [u8],
    /// Its name in PostScript.
    pub name: &'static str,
    pub glyph_count: u16,
    pub measures: Measures,
    usual: Vec<Option<Sort>>,
    charmap: Charmap<'static>,
    advances: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// Measures of a whole face, in its units but for the last one.
pub(super) struct Measures {
    /// What holds every glyph: left, lower, right and upper edge.
    pub bounds: [f32; 4],
    pub ascent: f32,
    pub descent: f32,
    pub cap_height: f32,
    /// Width of the stems, in thousandths of its size.
    pub stem: f32,
}

/// How a character is set.
#[derive(Clone, Copy)]
struct Sort {
    glyph: u16,
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
            regular: Face::new(REGULAR, "PasserelleSans", 96.0),
            bold: Face::new(BOLD, "PasserelleSans-Bold", 169.0),
        });
        &FONTS
    }

    /// The face of that weight.
    pub fn face(&self, bold: bool) -> &Face {
        if bold { &self.bold } else { &self.regular }
    }
}

/// How many glyphs a face has.
pub(super) fn glyph_count(data: &[u8]) -> u16 {
    let face = FontRef::new(data).expect("the embedded font is whole");
    let whole = face.metrics(Size::unscaled(), LocationRef::default());
    whole.glyph_count
}

impl Face {
    fn new(data: &'static [u8], name: &'static str, stem: f32) -> Self {
        let face = FontRef::new(data).expect("the embedded font is whole");
        let whole = face.metrics(Size::unscaled(), LocationRef::default());
        let bounds = whole.bounds.expect("the embedded font is whole");
        let mut loaded = Self {
            data,
            name,
            glyph_count: whole.glyph_count,
            measures: Measures {
                bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max],
                ascent: whole.ascent,
                descent: whole.descent,
                cap_height: whole.cap_height.unwrap_or(whole.ascent),
                stem,
            },
            usual: Vec::new(),
            charmap: face.charmap(),
            advances: face.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: f32::from(whole.units_per_em),
        };
        loaded.usual = (0..USUAL)
            .map(|c| loaded.look_up(char::from_u32(c)?))
            .collect();
        loaded
    }

    fn look_up(&self, c: char) -> Option<Sort> {
        let glyph = u16::try_from(self.charmap.map(c)?.to_u32()).ok()?;
        Some(Sort {
            glyph,
            advance: self.advance(glyph),
        })
    }

    fn sort(&self, c: char) -> Option<Sort> {
        match usize::try_from(u32::from(c)).map(|c| self.usual.get(c)) {
            Ok(Some(usual)) => *usual,
            _ => self.look_up(c),
        }
    }

    /// The glyph of a character, when the face has one.
    pub fn glyph(&self, c: char) -> Option<u16> {
        self.sort(c).map(|sort| sort.glyph)
    }

    /// How wide a glyph is, in units of the face.
    pub fn advance(&self, glyph: u16) -> f32 {
        self.advances.advance_width(glyph.into()).unwrap_or(0.0)
    }

    /// Thousandths of the size of a text, from units of the face.
    pub fn thousandths(&self, units: f32) -> f32 {
        units * 1_000.0 / self.units_per_em
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
