//! How well the national lists say what the network offers, and what waits for a row.

use serde::Serialize;
use serde_json::Value;
use time::Date;

use super::{
    Context, TablesError, Waiting,
    offer_coverage::{PAGE, offer_coverage},
};
use crate::{
    fhir::ResourceType,
    terminology::{Coverage, RegionalWord, Terminology},
};

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
    let today = ctx.clock.now().date();
    let mut report = CoverageReport {
        vocabularies: vocabularies(&terminology, today),
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
            let found = offer_coverage(&offer, &stored.id, &terminology, today);
            report.offers.add(found.coverage);
            report.offers_not_coming_back += usize::from(found.is_lost_on_the_way());
            report.queue.extend(found.waiting);
        }
    }
    report
        .queue
        .sort_by(|a, b| (&a.since, &a.offer).cmp(&(&b.since, &b.offer)));
    report.queue_count = report.queue.len();
    report.queue.truncate(MAX_QUEUE);
    Ok(report)
}

fn vocabularies(terminology: &Terminology, today: Date) -> Vec<VocabularyCoverage> {
    let categories = terminology
        .categories()
        .iter()
        .map(|found| found.code.as_str());
    let care_types = terminology
        .care_types()
        .iter()
        .map(|found| found.code.as_str());
    let mut all = vec![
        of_pivot("sos-category", categories, terminology, today),
        of_pivot("sos-care-type", care_types, terminology, today),
    ];
    for region in terminology.regions() {
        let mut counts = Counts::default();
        let mut not_coming_back = Vec::new();
        for word in terminology.regional_words(region) {
            let pivots = terminology.pivots_of(region, &word.code);
            let best = pivots
                .iter()
                .map(|pivot| of_code(pivot, terminology, today))
                .min();
            counts.add(best);
            if !comes_back(region, word, terminology, today) {
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
    today: Date,
) -> VocabularyCoverage {
    let mut counts = Counts::default();
    let mut not_coming_back = Vec::new();
    for code in codes {
        counts.add(Some(terminology.coverage(code, today)));
        if terminology.way_back(code, today) != [code] {
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
fn of_code(pivot: &str, terminology: &Terminology, today: Date) -> Coverage {
    if terminology.facet(pivot).is_none() {
        return terminology.coverage(pivot, today);
    }
    let rows = terminology.national_codes(pivot);
    let in_force = rows.filter(|(_, target)| target.validity.is_in_force(today));
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
fn comes_back(region: &str, word: &RegionalWord, terminology: &Terminology, today: Date) -> bool {
    let pivots = terminology.pivots_of(region, &word.code);
    let all_return = pivots
        .iter()
        .all(|pivot| terminology.way_back(pivot, today) == [pivot.as_str()]);
    let is_alone = terminology
        .regional_words(region)
        .iter()
        .filter(|other| terminology.pivots_of(region, &other.code) == pivots)
        .count()
        == 1;
    !pivots.is_empty() && all_return && is_alone
}
