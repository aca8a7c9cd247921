//! Answers that the terminology service gave before. The lists change some times a year, and the same
//! codes are asked about all day.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use quick_cache::{Weighter, sync::Cache};
use time::Date;

use super::terminology::Manner;
use crate::{
    fhir::Handling, finding::Language, terminology::Terminology, terminology_service::Operation,
};

/// What the answers may take in memory, in bytes, with their questions.
const ROOM: u64 = 16 << 20;

/// About how many answers that is.
const ANSWERS: usize = 20_000;

/// The answers that were given lately.
#[derive(Default)]
pub(super) struct Answers(ArcSwapOption<OfDay>);

/// Answers of one state of the lists on one day: codes become valid and cease to be.
struct OfDay {
    lists: Arc<Terminology>,
    day: Date,
    answers: Cache<String, Bytes, Length>,
}

/// A question as it was put, and how it wants to be answered.
pub(super) struct Question<'q> {
    pub(super) operation: Operation,
    pub(super) instance: &'q str,
    pub(super) query: &'q str,
    pub(super) headers: &'q HeaderMap,
}

#[derive(Clone)]
struct Length;

impl Weighter<String, Bytes> for Length {
    fn weight(&self, question: &String, answer: &Bytes) -> u64 {
        (question.len() + answer.len()) as u64
    }
}

impl Answers {
    /// The answer given before, else the one that `answer` finds now, which is kept when it is one.
    pub(super) fn get_or<E>(
        &self,
        lists: &Arc<Terminology>,
        day: Date,
        question: &Question<'_>,
        answer: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Bytes, E> {
        let kept = self.of(lists, day);
        let key = question.key();
        if let Some(known) = kept.answers.get(&key) {
            return Ok(known);
        }
        let found = Bytes::from(answer()?);
        kept.answers.insert(key, found.clone());
        Ok(found)
    }

    fn of(&self, lists: &Arc<Terminology>, day: Date) -> Arc<OfDay> {
        let kept = self.0.load();
        if let Some(kept) = &*kept
            && kept.day == day
            && Arc::ptr_eq(&kept.lists, lists)
        {
            return Arc::clone(kept);
        }
        let fresh = Arc::new(OfDay {
            lists: Arc::clone(lists),
            day,
            answers: Cache::with_weighter(ANSWERS, ROOM, Length),
        });
        self.0.store(Some(Arc::clone(&fresh)));
        fresh
    }
}

impl Question<'_> {
    fn key(&self) -> String {
        let manner = Manner::of(self.headers);
        let mut key = String::with_capacity(self.query.len() + 64);
        key.push_str(self.operation.resource_type());
        key.push_str(self.operation.name());
        key.push(if manner.language == Language::English {
            'e'
        } else {
            'f'
        });
        key.push(if manner.handling == Handling::Lenient {
            'l'
        } else {
            's'
        });
        // Neither a query nor a header holds a line end; the identifier, last, may hold any.
        key.push_str(self.query);
        for accept in self.headers.get_all(header::ACCEPT) {
            key.push('\n');
            key.push_str(&String::from_utf8_lossy(accept.as_bytes()));
        }
        key.push_str("\n\n");
        key.push_str(self.instance);
        key
    }
}
