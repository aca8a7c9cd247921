//! What the search keeps of each offer, row after row: its texts stand in one buffer and its codes in
//! one list, for some hundred offers at a time. A part that is full is shared by every copy.

use std::sync::Arc;

use time::Date;

use super::reading::ReadOffer;
use crate::terminology::fold;

/// Offers of a part.
const OFFERS_A_PART: usize = 512;
/// Between two telephones, and between two sites: a control character that no FHIR text holds.
const BETWEEN: char = '\u{1f}';

/// The rows.
#[derive(Clone, Default)]
pub(super) struct Rows {
    parts: Vec<Arc<Part>>,
}

#[derive(Clone, Default)]
struct Part {
    texts: String,
    codes: Vec<u16>,
    rows: Vec<Row>,
}

/// Where the texts and codes of an offer end; they begin where those before them end.
#[derive(Clone, Copy)]
struct Row {
    texts: [u32; Text::COUNT],
    codes: u32,
    verified_on: Option<Date>,
    next_review: Option<Date>,
}

/// A text of an offer, in the order in which they are kept.
#[derive(Clone, Copy)]
enum Text {
    Id,
    Name,
    SortName,
    Phones,
    Websites,
}

impl Text {
    const COUNT: usize = Self::Websites as usize + 1;
}

impl Part {
    fn push(&mut self, offer: &ReadOffer, codes: impl Iterator<Item = u16>) {
        let end = |length| u32::try_from(length).expect("some hundred offers are shorter");
        let texts = [
            &*offer.id,
            &*offer.name,
            &fold(&offer.name),
            &offer.phones.join(&*BETWEEN.to_string()),
            &offer.websites.join(&*BETWEEN.to_string()),
        ];
        let texts = texts.map(|text| {
            self.texts.push_str(text);
            end(self.texts.len())
        });
        self.codes.extend(codes);
        self.rows.push(Row {
            texts,
            codes: end(self.codes.len()),
            verified_on: offer.verified_on,
            next_review: offer.next_review,
        });
        if self.rows.len() == OFFERS_A_PART {
            self.texts.shrink_to_fit();
            self.codes.shrink_to_fit();
            self.rows.shrink_to_fit();
        }
    }

    fn before(&self, at: usize) -> Option<&Row> {
        at.checked_sub(1).map(|before| &self.rows[before])
    }

    fn text(&self, at: usize, text: Text) -> &str {
        let which = text as usize;
        let start = match which.checked_sub(1) {
            Some(before) => self.rows[at].texts[before],
            None => self.before(at).map_or(0, |row| row.texts[Text::COUNT - 1]),
        };
        &self.texts[start as usize..self.rows[at].texts[which] as usize]
    }
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        let full = self.parts.len().saturating_sub(1) * OFFERS_A_PART;
        full + self.parts.last().map_or(0, |last| last.rows.len())
    }

    /// Adds an offer that is found by these codes.
    pub(super) fn push(&mut self, offer: &ReadOffer, codes: impl Iterator<Item = u16>) {
        let last = self.parts.last();
        if last.is_none_or(|last| last.rows.len() == OFFERS_A_PART) {
            self.parts.push(Arc::default());
        }
        let last = self.parts.last_mut().expect("it was put there");
        Arc::make_mut(last).push(offer, codes);
    }

    fn part(&self, row: u32) -> (&Part, usize) {
        let row = row as usize;
        (&self.parts[row / OFFERS_A_PART], row % OFFERS_A_PART)
    }

    fn text(&self, row: u32, text: Text) -> &str {
        let (part, at) = self.part(row);
        part.text(at, text)
    }

    pub(super) fn id(&self, row: u32) -> &str {
        self.text(row, Text::Id)
    }

    pub(super) fn name(&self, row: u32) -> &str {
        self.text(row, Text::Name)
    }

    /// The name, folded: what lists are sorted by.
    pub(super) fn sort_name(&self, row: u32) -> &str {
        self.text(row, Text::SortName)
    }

    pub(super) fn phones(&self, row: u32) -> impl Iterator<Item = &str> {
        self.text(row, Text::Phones).split_terminator(BETWEEN)
    }

    pub(super) fn websites(&self, row: u32) -> impl Iterator<Item = &str> {
        self.text(row, Text::Websites).split_terminator(BETWEEN)
    }

    pub(super) fn codes(&self, row: u32) -> &[u16] {
        let (part, at) = self.part(row);
        let start = part.before(at).map_or(0, |row| row.codes);
        &part.codes[start as usize..part.rows[at].codes as usize]
    }

    /// Day of the last verification, and of the next one.
    pub(super) fn days(&self, row: u32) -> (Option<Date>, Option<Date>) {
        let (part, at) = self.part(row);
        (part.rows[at].verified_on, part.rows[at].next_review)
    }
}
