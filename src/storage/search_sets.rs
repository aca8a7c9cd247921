//! The sets that searches were answered from lately: many ask for the same category, each in a place of its
//! own. They are good until something changes.

use std::sync::Arc;

use quick_cache::sync::Cache;
use roaring::RoaringBitmap;

use super::Reader;
use crate::fhir::{Criterion, ResourceType, ValueTest};

/// About how many are kept; each is of a bit for each resource at the most.
const SETS: usize = 100;

/// Sets of resources, by what they are asked for.
pub(super) struct Sets(Cache<(ResourceType, Reader, Criterion), Arc<RoaringBitmap>>);

impl Default for Sets {
    fn default() -> Self {
        Self(Cache::new(SETS))
    }
}

impl Sets {
    /// The set of those of a type of which the criterion holds, as `find` gives it when it is not known.
    pub(super) fn get_or(
        &self,
        (kind, reader): (ResourceType, Reader),
        criterion: &Criterion,
        find: impl FnOnce() -> RoaringBitmap,
    ) -> Arc<RoaringBitmap> {
        let key = (kind, reader, criterion.clone());
        if let Some(known) = self.0.get(&key) {
            return known;
        }
        let found = Arc::new(find());
        self.0.insert(key, Arc::clone(&found));
        found
    }

    /// Forgets them all.
    pub(super) fn clear(&self) {
        if !self.0.is_empty() {
            self.0.clear();
        }
    }
}

/// True for a criterion that many searches share and that takes long to follow: references to or
/// from what certain tokens describe, and tokens of many codes.
pub(super) fn is_shared(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Chain { criterion, .. } | Criterion::ReferredBy { criterion, .. } => {
            is_of_tokens(criterion)
        }
        Criterion::Value {
            test: ValueTest::Token(tests),
            ..
        } => tests.iter().any(|test| {
            let codes = test.codes.as_ref();
            codes.is_none_or(|codes| codes.len() > 1)
        }),
        _ => false,
    }
}

fn is_of_tokens(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::All(all) | Criterion::Any(all) => all.iter().all(is_of_tokens),
        Criterion::Not(inner)
        | Criterion::Chain {
            criterion: inner, ..
        }
        | Criterion::ReferredBy {
            criterion: inner, ..
        } => is_of_tokens(inner),
        Criterion::Value { test, .. } => {
            matches!(test, ValueTest::Token(_) | ValueTest::Present(_))
        }
        _ => false,
    }
}
