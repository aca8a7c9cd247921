//! How well the national lists say each offer that is kept, offer by offer.

use serde::Serialize;
use serde_json::Value;
use time::Date;

use super::{Context, TablesError};
use crate::{
    directory::{RoundTrip, has_pivot, pivot_label, round_trip},
    fhir::{
        ResourceType,
        element::{at_path, extension, extensions, text},
        systems,
    },
    terminology::{Coverage, Terminology},
};

/// Offers read at once.
pub(super) const PAGE: i64 = 200;

/// Something that waits for a row of the maps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The word of the region; empty for an offer that has neither word nor pivot code.
    pub word: String,
    /// The offer.
    pub offer: String,
    /// Who gives the care: name of the structure.
    pub structure: String,
    /// When the offer was first kept.
    pub since: String,
}

/// How well one care of an offer is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CareCoverage {
    /// Category or care type.
    pub pivot: String,
    /// Its French label.
    pub label: String,
    /// How well the lists in force say it.
    pub coverage: Coverage,
}

/// How well an offer is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferCoverage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who gives the care.
    pub structure: String,
    /// That of the care which is said least well; nothing for an offer without pivot code.
    pub coverage: Option<Coverage>,
    /// Its categories and care types.
    pub cares: Vec<CareCoverage>,
    /// What would come back of it from its national codes alone.
    #[serde(flatten)]
    pub way_back: RoundTrip,
    /// What waits for a row.
    pub waiting: Vec<Waiting>,
}

/// Which offers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferStanding {
    /// Every care has an exact code.
    Exact,
    /// The care said least well has a code that is not exact.
    Approximate,
    /// Some care has no code at all.
    None,
    /// No pivot code.
    Unmapped,
    /// Its national codes alone would not bring its categories and care types back.
    NotComingBack,
}

/// A page of offers, in the order of their ids.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OfferCoveragePage {
    /// The offers.
    pub offers: Vec<OfferCoverage>,
    /// Goes on after that id, when there may be more.
    pub next: Option<String>,
}

impl OfferStanding {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Exact,
        Self::Approximate,
        Self::None,
        Self::Unmapped,
        Self::NotComingBack,
    ];

    /// Its name in addresses and options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::None => "none",
            Self::Unmapped => "unmapped",
            Self::NotComingBack => "not-back",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    fn takes(self, offer: &OfferCoverage) -> bool {
        match self {
            Self::Exact => offer.coverage == Some(Coverage::Exact),
            Self::Approximate => offer.coverage == Some(Coverage::Approximate),
            Self::None => offer.coverage == Some(Coverage::None),
            Self::Unmapped => offer.coverage.is_none(),
            Self::NotComingBack => offer.is_lost_on_the_way(),
        }
    }
}

impl OfferCoverage {
    /// True when its national codes alone would not bring its categories and care types back.
    #[must_use]
    pub fn is_lost_on_the_way(&self) -> bool {
        self.coverage.is_some() && !self.way_back.is_identity()
    }

    /// Its coverage as reports name it.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        self.coverage.map_or("unmapped", Coverage::as_str)
    }
}

/// A page of `limit` offers after `after`: all of them, or those of one standing.
///
/// # Errors
/// [`TablesError::Storage`].
pub async fn list_offer_coverage(
    ctx: &Context,
    only: Option<OfferStanding>,
    after: &str,
    limit: usize,
) -> Result<OfferCoveragePage, TablesError> {
    let terminology = ctx.terminology.load();
    let today = ctx.clock.now().date();
    let kind = ResourceType::HealthcareService;
    let mut page = OfferCoveragePage::default();
    let mut after = after.to_owned();
    loop {
        let stored = ctx.storage.list_resources_after(kind, &after, PAGE).await?;
        let Some(last) = stored.last() else {
            return Ok(page);
        };
        last.id.clone_into(&mut after);
        for resource in stored {
            let offer: Value = serde_json::from_str(&resource.json)
                .expect("what is kept was written from a JSON value");
            let found = offer_coverage(&offer, &resource.id, &terminology, today);
            if only.is_some_and(|only| !only.takes(&found)) {
                continue;
            }
            if page.offers.len() == limit {
                page.next = page.offers.last().map(|offer| offer.id.clone());
                return Ok(page);
            }
            page.offers.push(found);
        }
    }
}

/// How well an offer is said.
pub(super) fn offer_coverage(
    offer: &Value,
    id: &str,
    terminology: &Terminology,
    today: Date,
) -> OfferCoverage {
    let pivots = at_path(offer, "characteristic.coding")
        .into_iter()
        .filter(|coding| text(coding, "system") == Some(systems::SOS_PIVOT))
        .filter_map(|coding| text(coding, "code"));
    let covered: Vec<(&str, Coverage)> = pivots
        .map(|code| (code, terminology.coverage(code, today)))
        .collect();
    let worst = covered.iter().map(|(_, coverage)| *coverage).max();
    let cares = covered.iter().map(|(code, coverage)| CareCoverage {
        pivot: (*code).to_owned(),
        label: pivot_label(terminology, code).to_owned(),
        coverage: *coverage,
    });
    OfferCoverage {
        id: id.to_owned(),
        name: text(offer, "name").unwrap_or_default().to_owned(),
        structure: structure(offer).to_owned(),
        coverage: worst,
        cares: cares.collect(),
        way_back: round_trip(offer, terminology),
        waiting: waiting(offer, id, terminology),
    }
}

/// Who gives the care: its name, else its address.
fn structure(offer: &Value) -> &str {
    offer
        .get("providedBy")
        .and_then(|found| text(found, "display").or_else(|| text(found, "reference")))
        .unwrap_or_default()
}

fn waiting(offer: &Value, id: &str, terminology: &Terminology) -> Vec<Waiting> {
    let since = extension(offer, systems::ROR_CREATION_DATE)
        .and_then(|found| text(found, "valueDateTime"))
        .unwrap_or_default();
    let line = |word: &str| Waiting {
        word: word.to_owned(),
        offer: id.to_owned(),
        structure: structure(offer).to_owned(),
        since: since.to_owned(),
    };
    let labels =
        extensions(offer, systems::REGIONAL_LABEL).filter_map(|found| found.get("valueCoding"));
    let mut lines: Vec<Waiting> = labels
        .filter_map(|coding| {
            let region = text(coding, "system")?.strip_prefix(systems::REGIONAL_VOCABULARY)?;
            let word = text(coding, "code").or_else(|| text(coding, "display"))?;
            let is_known = terminology.pivot_of(region, word).is_some();
            (!is_known).then(|| line(word))
        })
        .collect();
    if lines.is_empty() && !has_pivot(offer) {
        lines.push(line(""));
    }
    lines
}
