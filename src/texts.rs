//! Many short texts, one after the other in one buffer and each known by its number: none costs an
//! allocation and a pointer of its own.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    buffer: String,
    /// Where each begins, and its length, in bytes.
    places: Vec<(u32, u32)>,
    /// Bytes of texts that others took the place of.
    unused: usize,
}

impl Texts {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The text of a number; empty when it was given none.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        match self.places.get(number as usize) {
            Some((start, length)) => &self.buffer[*start as usize..][..*length as usize],
            None => "",
        }
    }

    /// Gives a number this text, in place of the one that it had.
    ///
    /// # Panics
    /// Beyond four thousand million bytes.
    pub fn set(&mut self, number: u32, text: &str) {
        let at = number as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, (0, 0));
        }
        self.unused += self.places[at].1 as usize;
        if self.unused > self.buffer.len() / 2 {
            self.close_up(at);
        }
        let place = |bytes| u32::try_from(bytes).expect("fewer bytes than that");
        self.places[at] = (place(self.buffer.len()), place(text.len()));
        self.buffer.push_str(text);
    }

    /// Leaves out what is no longer used, and the text of this number.
    fn close_up(&mut self, left_out: usize) {
        self.places[left_out] = (0, 0);
        let mut kept = Self::default();
        for number in (0..).take(self.len()) {
            kept.set(number, self.get(number));
        }
        *self = kept;
    }
}

/// Texts of which each has one number.
#[derive(Clone, Debug, Default)]
pub struct Numbering {
    texts: Texts,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Numbering {
    /// How many texts have a number: those below it are given.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True when no text has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    /// The number of a text that has one.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        let is_it = |number: &u32| self.texts.get(*number) == text;
        let found = self.numbers.find(self.hasher.hash_one(text), is_it);
        found.copied()
    }

    /// The number of a text, which is given the next one when it has none.
    ///
    /// # Panics
    /// Beyond four thousand million bytes.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).expect("fewer texts than bytes");
        self.texts.set(number, text);
        let hash = |number: &u32| self.hasher.hash_one(self.texts.get(*number));
        let own = self.hasher.hash_one(text);
        self.numbers.insert_unique(own, number, hash);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_has_the_last_text_that_it_was_given(
            changes in proptest::collection::vec((0_u32..20, "[a-zé]{0,6}"), 0..200),
        ) {
            let mut texts = Texts::default();
            let mut expected = vec![String::new(); 20];
            for (number, text) in changes {
                texts.set(number, &text);
                expected[number as usize] = text;
                let bytes: usize = expected.iter().map(String::len).sum();
                prop_assert!(texts.buffer.len() <= 2 * bytes + 24, "what is not used is left out");
            }
            for (number, text) in (0..).zip(&expected) {
                prop_assert_eq!(texts.get(number), text);
            }
        }
    }

    #[test]
    fn a_text_has_one_number() {
        let mut numbering = Numbering::default();
        assert_eq!(numbering.find("a"), None);
        assert_eq!(
            ["a", "b", "", "a"].map(|text| numbering.number(text)),
            [0, 1, 2, 0]
        );
        assert_eq!((numbering.text(1), numbering.find("b")), ("b", Some(1)));
        assert_eq!(numbering.len(), 3);
    }
}
