//! A face as a file carries it: the glyphs that are used, how wide they are, and which characters they
//! are.
//!
//! What nearly every report is written with is chosen and compressed once a process. A document with
//! other characters gets a choice of its own.
//!
//! **Source:** ISO 32000-1, 9.7 (composite fonts); ISO 19005-1, 6.3 (fonts embedded, `CIDSet`,
//! `ToUnicode`).

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use pdf_writer::{
    Chunk, Filter, Finish, Name, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::{
    flow::{Op, Page},
    fonts::{Face, Fonts, glyph_count},
    pdf_stream::{COMPACT, deflate},
};

/// Objects that a face takes in a file.
const OBJECTS: i32 = 6;

/// What nearly every report is written with.
const USUAL: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`\
    abcdefghijklmnopqrstuvwxyz{|}~\u{a0}«»°±²³µ·¼½¾×÷ÀÂÄÇÈÉÊËÎÏÑÔÖÙÛÜàâäçèéêëîïñôöùûüÿŒœŸ\
    –—‘’“”•…€≤≥→αβγ";

const IDENTITY: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A face with the glyphs that were chosen.
#[derive(Clone)]
pub(super) struct EmbeddedFace {
    face: &'static Face,
    /// The objects of the file, the first of which is the font.
    objects: Chunk,
    /// Number in the file of each glyph of the face; 0 for those that were not chosen.
    numbers: Vec<u16>,
}

/// Both faces, as one file carries them.
pub(super) struct EmbeddedFaces([Cow<'static, EmbeddedFace>; 2]);

impl EmbeddedFaces {
    /// Those that these pages need.
    pub fn of(pages: &[Page]) -> Self {
        static OF_MOST: LazyLock<[EmbeddedFace; 2]> =
            LazyLock::new(|| WEIGHTS.map(|is_bold| EmbeddedFace::new(is_bold, USUAL.chars())));
        Self(WEIGHTS.map(|is_bold| {
            let usual = &OF_MOST[usize::from(is_bold)];
            let more: BTreeSet<char> = texts(pages, is_bold)
                .flat_map(str::chars)
                .filter(|c| !usual.has(*c))
                .collect();
            if more.is_empty() {
                Cow::Borrowed(usual)
            } else {
                Cow::Owned(EmbeddedFace::new(is_bold, USUAL.chars().chain(more)))
            }
        }))
    }

    /// The face of that weight.
    pub fn face(&self, is_bold: bool) -> &EmbeddedFace {
        &self.0[usize::from(is_bold)]
    }

    /// The number of the first object after those of the faces.
    pub const AFTER: Ref = first(WEIGHTS.len());

    /// Writes the objects of both faces.
    pub fn write(&self, file: &mut Chunk) {
        for face in &self.0 {
            file.extend(&face.objects);
        }
    }

    /// The font of that weight, and the name that the pages call it by.
    pub fn fonts() -> [(Name<'static>, Ref); 2] {
        WEIGHTS.map(|is_bold| (Self::name(is_bold), first(usize::from(is_bold))))
    }

    /// The name that the pages call the face of that weight by.
    pub const fn name(is_bold: bool) -> Name<'static> {
        Name(if is_bold { b"B" } else { b"R" })
    }
}

/// Regular and bold, in the order of their objects.
const WEIGHTS: [bool; 2] = [false, true];

/// Number of the first object of the face of that rank.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "two faces"
)]
const fn first(rank: usize) -> Ref {
    Ref::new(1 + OBJECTS * rank as i32)
}

fn texts(pages: &[Page], is_bold: bool) -> impl Iterator<Item = &str> {
    pages.iter().flatten().filter_map(move |op| match op {
        Op::Text { bold, text, .. } if *bold == is_bold => Some(text.as_str()),
        Op::Text { .. } | Op::Box { .. } => None,
    })
}

impl EmbeddedFace {
    fn new(is_bold: bool, chars: impl Iterator<Item = char>) -> Self {
        let face = Fonts::get().face(is_bold);
        let mut chosen = GlyphRemapper::new();
        // The character that each number stands for; the first of those that look the same.
        let mut meanings = vec!['\0'];
        let mut numbers = vec![0; usize::from(face.glyph_count)];
        for (c, glyph) in chars.filter_map(|c| Some((c, face.glyph(c)?))) {
            let number = chosen.remap(glyph);
            if usize::from(number) == meanings.len() {
                meanings.push(c);
                numbers[usize::from(glyph)] = number;
            }
        }
        Self {
            objects: objects(face, first(usize::from(is_bold)), &chosen, &meanings),
            face,
            numbers,
        }
    }

    fn number(&self, c: char) -> u16 {
        let glyph = self.face.glyph(c).unwrap_or_default();
        self.numbers[usize::from(glyph)]
    }

    /// True when the file can draw that character.
    fn has(&self, c: char) -> bool {
        self.number(c) > 0
    }

    /// The numbers of the glyphs of a text.
    pub fn numbers<'s>(&'s self, text: &'s str) -> impl Iterator<Item = u16> + 's {
        text.chars().map(|c| self.number(c))
    }
}

/// The objects of a face: font, its only descendant, descriptor, glyphs, which glyphs, which characters.
fn objects(face: &Face, font: Ref, chosen: &GlyphRemapper, meanings: &[char]) -> Chunk {
    let mut next = font;
    let [font, descendant, descriptor, program, set, characters] =
        [(); OBJECTS as usize].map(|()| next.bump());
    let name = subset_name(face.name, meanings);
    let name = Name(name.as_bytes());
    let mut objects = Chunk::with_settings(COMPACT);
    objects
        .type0_font(font)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(characters);
    let mut cid_font = objects.cid_font(descendant);
    cid_font
        .subtype(CidFontType::Type2)
        .base_font(name)
        .system_info(IDENTITY)
        .font_descriptor(descriptor)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let widths = chosen
        .remapped_gids()
        .map(|glyph| face.thousandths(face.advance(glyph)));
    cid_font.widths().consecutive(0, widths);
    cid_font.finish();
    let measures = &face.measures;
    objects
        .font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(
            face.thousandths(measures.bounds[0]),
            face.thousandths(measures.bounds[1]),
            face.thousandths(measures.bounds[2]),
            face.thousandths(measures.bounds[3]),
        ))
        .italic_angle(0.0)
        .ascent(face.thousandths(measures.ascent))
        .descent(face.thousandths(measures.descent))
        .cap_height(face.thousandths(measures.cap_height))
        .stem_v(measures.stem)
        .font_file2(program)
        .cid_set(set);
    let subset = subsetter::subset(face.data, 0, chosen).expect("the embedded font is whole");
    write_stream(&mut objects, program, &subset);
    // More than were chosen: an accented letter is made of others.
    let glyphs = glyph_count(&subset);
    write_stream(&mut objects, set, &all_of(glyphs));
    let mut map = UnicodeCmap::new(Name(b"Passerelle"), IDENTITY);
    for (number, c) in (0_u16..).zip(meanings).skip(1) {
        map.pair(number, *c);
    }
    let map = deflate(map.finish().as_slice());
    objects
        .cmap(characters, &map)
        .name(Name(b"Passerelle"))
        .system_info(IDENTITY)
        .filter(Filter::FlateDecode);
    objects
}

fn write_stream(objects: &mut Chunk, at: Ref, content: &[u8]) {
    let content = deflate(content);
    objects.stream(at, &content).filter(Filter::FlateDecode);
}

/// A bit for each of so many glyphs, the first one the highest.
fn all_of(glyphs: u16) -> Vec<u8> {
    let mut bits = vec![0xff; usize::from(glyphs / 8)];
    let rest = glyphs % 8;
    if rest > 0 {
        bits.push(!(0xff >> rest));
    }
    bits
}

/// The name of a face of which only some glyphs are there: six capitals that go by what was chosen.
///
/// **Source:** ISO 32000-1, 9.6.4.
fn subset_name(name: &str, meanings: &[char]) -> String {
    let chosen: String = meanings.iter().collect();
    let capitals = Sha256::digest(chosen).into_iter().take(6);
    let tag: String = capitals.map(|byte| char::from(b'A' + byte % 26)).collect();
    format!("{tag}+{name}")
}
