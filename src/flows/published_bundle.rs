//! The published offers as one FHIR Bundle, read piece by piece: it may be larger than memory.

use std::{collections::HashSet, sync::Arc};

use super::Context;
use crate::{
    fhir::{
        ResourceType,
        element::{children, reference, text},
        parse_reference, public_json,
    },
    storage::{StorageError, StoredResource},
};

/// Offers read at once.
const PAGE: usize = 200;

/// A Bundle under way.
pub struct BundleReader {
    context: Arc<Context>,
    after: String,
    /// Structures and places that are in it already.
    written: HashSet<(ResourceType, String)>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    First,
    Entries,
    Over,
}

impl BundleReader {
    /// Begins a Bundle of every published offer, each after its structure and its place.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            after: String::new(),
            written: HashSet::new(),
            stage: Stage::Head,
        }
    }

    /// The next piece of its JSON; none at its end.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn next(&mut self) -> Result<Option<String>, StorageError> {
        match self.stage {
            Stage::Over => return Ok(None),
            Stage::Head => {
                self.stage = Stage::First;
                let head = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[";
                return Ok(Some(head.to_owned()));
            }
            Stage::First | Stage::Entries => {}
        }
        let storage = &self.context.storage;
        let page = storage.list_published_offers(&self.after, PAGE).await?;
        let Some(last) = page.last() else {
            self.stage = Stage::Over;
            return Ok(Some("]}".to_owned()));
        };
        self.after.clone_from(&last.id);
        let mut around = Vec::new();
        for kind in [ResourceType::Organization, ResourceType::Location] {
            let mut ids: Vec<String> = Vec::new();
            for id in page.iter().filter_map(|offer| referred(offer, kind)) {
                if self.written.insert((kind, id.clone())) {
                    ids.push(id);
                }
            }
            around.extend(storage.get_published(kind, &ids).await?);
        }
        let mut text = String::new();
        for resource in around.iter().chain(&page) {
            if self.stage == Stage::Entries {
                text.push(',');
            }
            self.stage = Stage::Entries;
            text.push_str("{\"resource\":");
            text.push_str(&public_json(&resource.json));
            text.push('}');
        }
        Ok(Some(text))
    }
}

/// The structure or the place of an offer.
fn referred(offer: &StoredResource, kind: ResourceType) -> Option<String> {
    let offer: serde_json::Value =
        serde_json::from_str(&offer.json).expect("what is kept was written from a JSON value");
    let named = match kind {
        ResourceType::Organization => reference(&offer, "providedBy"),
        _ => children(&offer, "location").find_map(|place| text(place, "reference")),
    };
    let (_, id) = parse_reference(named?)?;
    Some(id.to_owned())
}
