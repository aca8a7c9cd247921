//! How well the national lists say what the network offers, and what waits for a row.

use serde::Serialize;
use serde_json::Value;

use super::{Context, TablesError};
use crate::{
    directory::{has_pivot, round_trip},
    fhir::{
        ResourceType,
        element::{at_path, extension, extensions, text},
        systems,
    },
    terminology::{Coverage, RegionalWord, Terminology},
};

/// Offers read at once.
const PAGE: i64 = 200;
/// Lines of the queue that are told; all are counted.
const MAX_QUEUE: usize = 500;

/// How many codes the national lists say exactly, approximately, not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// A code in force means the same.
    pub exact: usize,
    /// The closest is wider, narrower, or overlaps.
    pub approximate: usize,
    /// Nothing does.
    pub none: usize,
    /// No row leads to the pivot.
    pub unmapped: usize,
}

/// Coverage of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VocabularyCoverage {
    /// Its name: `sos-category`, `sos-care-type`, `bretagne`…
    pub name: String,
    /// Its codes.
    #[serde(flatten)]
    pub counts: Counts,
    /// Codes that do not come back from the national lists as they went out.
    pub not_coming_back: Vec<String>,
}

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

/// How well the national lists say what the network offers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CoverageReport {
    /// Each vocabulary.
    pub vocabularies: Vec<VocabularyCoverage>,
    /// The offers that are kept, each by the care that is said least well.
    pub offers: Counts,
    /// Offers whose national codes alone would not bring their categories and care types back.
    pub offers_not_coming_back: usize,
    /// What waits for a row, the longest first.
    pub queue: Vec<Waiting>,
    /// How many wait.
    pub queue_count: usize,
}

impl Counts {
    fn add(&mut self, coverage: Option<Coverage>) {
        match coverage {
            Some(Coverage::Exact) => self.exact += 1,
            Some(Coverage::Approximate) => self.approximate += 1,
            Some(Coverage::None) => self.none += 1,
            None => self.unmapped += 1,
        }
    }
}

/// Works the coverage out, of the vocabularies and of every offer that is kept.
///
/// # Errors
/// [`TablesError`].
pub async fn coverage(ctx: &Context) -> Result<CoverageReport, TablesError> {
    let terminology = ctx.terminology.load();
    let mut report = CoverageReport {
        vocabularies: vocabularies(&terminology),
        ..CoverageReport::default()
    };
    let mut after = String::new();
    let kind = ResourceType::HealthcareService;
    loop {
        let page = ctx.storage.list_resources_after(kind, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        last.id.clone_into(&mut after);
        for stored in &page {
            let offer: Value = serde_json::from_str(&stored.json)
                .expect("what is kept was written from a JSON value");
            report.offers.add(coverage_of_offer(&offer, &terminology));
            if has_pivot(&offer) && !round_trip(&offer, &terminology).is_identity() {
                report.offers_not_coming_back += 1;
            }
            report
                .queue
                .extend(waiting(&offer, &stored.id, &terminology));
        }
    }
    report
        .queue
        .sort_by(|a, b| (&a.since, &a.offer).cmp(&(&b.since, &b.offer)));
    report.queue_count = report.queue.len();
    report.queue.truncate(MAX_QUEUE);
    Ok(report)
}

fn vocabularies(terminology: &Terminology) -> Vec<VocabularyCoverage> {
    let categories = terminology
        .categories()
        .iter()
        .map(|found| found.code.as_str());
    let care_types = terminology
        .care_types()
        .iter()
        .map(|found| found.code.as_str());
    let mut all = vec![
        of_pivot("sos-category", categories, terminology),
        of_pivot("sos-care-type", care_types, terminology),
    ];
    for region in terminology.regions() {
        let mut counts = Counts::default();
        let mut not_coming_back = Vec::new();
        for word in terminology.regional_words(region) {
            let pivots = terminology.pivots_of(region, &word.code);
            let best = pivots.iter().map(|pivot| of_code(pivot, terminology)).min();
            counts.add(best);
            if !comes_back(region, word, terminology) {
                not_coming_back.push(word.code.clone());
            }
        }
        all.push(VocabularyCoverage {
            name: region.to_owned(),
            counts,
            not_coming_back,
        });
    }
    all
}

fn of_pivot<'c>(
    name: &str,
    codes: impl Iterator<Item = &'c str>,
    terminology: &Terminology,
) -> VocabularyCoverage {
    let mut counts = Counts::default();
    let mut not_coming_back = Vec::new();
    for code in codes {
        counts.add(Some(terminology.coverage(code)));
        if terminology.way_back(code) != [code] {
            not_coming_back.push(code.to_owned());
        }
    }
    VocabularyCoverage {
        name: name.to_owned(),
        counts,
        not_coming_back,
    }
}

/// A facet value is said by any list, a kind of care by those of care.
fn of_code(pivot: &str, terminology: &Terminology) -> Coverage {
    if terminology.facet(pivot).is_none() {
        return terminology.coverage(pivot);
    }
    let rows = terminology.national_codes(pivot);
    let in_force = rows.filter(|(_, target)| !target.is_deprecated());
    in_force
        .map(|(row, _)| {
            if row.equivalence.is_exact() {
                Coverage::Exact
            } else {
                Coverage::Approximate
            }
        })
        .min()
        .unwrap_or(Coverage::None)
}

/// True when the national codes of a word lead back to its pivot codes, and these to the word alone.
fn comes_back(region: &str, word: &RegionalWord, terminology: &Terminology) -> bool {
    let pivots = terminology.pivots_of(region, &word.code);
    let all_return = pivots
        .iter()
        .all(|pivot| terminology.way_back(pivot) == [pivot.as_str()]);
    let is_alone = terminology
        .regional_words(region)
        .iter()
        .filter(|other| terminology.pivots_of(region, &other.code) == pivots)
        .count()
        == 1;
    !pivots.is_empty() && all_return && is_alone
}

/// The coverage of the care that is said least well; nothing for an offer without pivot code.
fn coverage_of_offer(offer: &Value, terminology: &Terminology) -> Option<Coverage> {
    at_path(offer, "characteristic.coding")
        .into_iter()
        .filter(|coding| text(coding, "system") == Some(systems::SOS_PIVOT))
        .filter_map(|coding| text(coding, "code"))
        .map(|code| terminology.coverage(code))
        .max()
}

fn waiting(offer: &Value, id: &str, terminology: &Terminology) -> Vec<Waiting> {
    let since = extension(offer, systems::ROR_CREATION_DATE)
        .and_then(|found| text(found, "valueDateTime"))
        .unwrap_or_default();
    let structure = offer
        .get("providedBy")
        .and_then(|found| text(found, "display").or_else(|| text(found, "reference")));
    let line = |word: &str| Waiting {
        word: word.to_owned(),
        offer: id.to_owned(),
        structure: structure.unwrap_or_default().to_owned(),
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
