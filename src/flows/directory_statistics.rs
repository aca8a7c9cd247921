//! What the network watches of its directory: what is offered and where, how fresh it is, what is
//! searched for in vain, how long an application takes.

use time::{Date, Duration, format_description::well_known::Iso8601};

use super::{Context, published_offers};
use crate::{
    offer_search::{Filter, FilterValue, OfferIndex, PublishedOffer, Question, answer},
    storage::{ErrorReport, PublicationStep, SearchCount, StorageError},
};

/// Days of searches that are told of.
pub const SEARCH_DAYS: i64 = 90;

/// The state of the directory. Holds no datum of a patient, nor of who searches.
pub struct DirectoryStatistics {
    /// Offers published.
    pub offers: u64,
    /// Structures that publish one.
    pub structures: usize,
    /// Offers by category, department and place.
    pub groups: Vec<(Filter, Vec<(FilterValue, u64)>)>,
    /// How long ago offers were verified.
    pub freshness: OfferFreshness,
    /// Searches of the last days, and those that found nothing.
    pub searches: (i64, i64),
    /// Categories wanted where there is none: category, department, searches, those in vain.
    pub needs: Vec<(FilterValue, String, SearchCount)>,
    /// Other filters that led to nothing.
    pub filters: Vec<(Filter, FilterValue, SearchCount)>,
    /// Words that led to nothing.
    pub words: Vec<SearchCount>,
    /// Days from an application to its publication.
    pub delays: Option<Delays>,
    /// Errors that visitors reported and nobody dealt with, and how many.
    pub error_reports: (Vec<ErrorReport>, i64),
}

/// How many offers were verified how long ago.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferFreshness {
    /// Less than six months ago.
    pub within_six_months: u64,
    /// Less than a year ago.
    pub within_a_year: u64,
    /// Longer ago.
    pub older: u64,
    /// Never, as far as is known.
    pub unknown: u64,
    /// Offers whose next verification is overdue.
    pub overdue: u64,
}

/// Days from an application to its publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// Publications.
    pub count: usize,
    /// Half took no longer.
    pub median_days: i64,
    /// Nine of ten took no longer.
    pub ninth_decile_days: i64,
    /// Applications that wait.
    pub waiting: usize,
}

/// Reads the state of the directory.
///
/// # Errors
/// [`StorageError`].
pub async fn directory_statistics(ctx: &Context) -> Result<DirectoryStatistics, StorageError> {
    let snapshot = published_offers(ctx).await?;
    let index = &snapshot.index;
    let today = ctx.clock.now().date();
    let from = today.saturating_sub(Duration::days(SEARCH_DAYS));
    let storage = &ctx.storage;
    let counts = storage
        .list_search_counts(&from.to_string(), &today.to_string())
        .await?;
    let of_kind = |kind: &'static str| counts.iter().filter(move |count| count.kind == kind);
    let all = of_kind("search").next();
    let mut structures: Vec<&str> = index.offers().map(PublishedOffer::structure_id).collect();
    structures.sort_unstable();
    structures.dedup();
    Ok(DirectoryStatistics {
        offers: index.len(),
        structures: structures.len(),
        groups: groups(index),
        freshness: OfferFreshness::of(index.offers(), today),
        searches: all.map_or((0, 0), |count| (count.searches, count.without_result)),
        needs: of_kind("need")
            .filter(|count| count.without_result > 0)
            .filter_map(|count| {
                let (category, department) = count.value.split_once(' ')?;
                let category = value(index, Filter::Category, category)?;
                Some((category.clone(), department.to_owned(), count.clone()))
            })
            .take(50)
            .collect(),
        filters: of_kind("filter")
            .filter(|count| count.without_result > 0)
            .filter_map(|count| {
                let (parameter, code) = count.value.split_once('=')?;
                let filter = Filter::ALL
                    .into_iter()
                    .find(|filter| filter.parameter() == parameter)?;
                Some((filter, value(index, filter, code)?.clone(), count.clone()))
            })
            .take(30)
            .collect(),
        words: of_kind("word").take(50).cloned().collect(),
        delays: Delays::of(&storage.list_publication_steps().await?),
        error_reports: storage.list_open_error_reports().await?,
    })
}

fn value<'i>(index: &'i OfferIndex, filter: Filter, code: &str) -> Option<&'i FilterValue> {
    let known = index.filters().iter().find(|(known, _)| *known == filter);
    known?.1.iter().find(|value| value.code == code)
}

fn groups(index: &OfferIndex) -> Vec<(Filter, Vec<(FilterValue, u64)>)> {
    let all = answer(index, &Question::default());
    let counted = index.filters().iter().zip(all.counts);
    counted
        .filter(|((filter, _), _)| {
            matches!(
                filter,
                Filter::Category | Filter::Department | Filter::Place
            )
        })
        .map(|((filter, values), (_, counts))| {
            let values = values.iter().cloned().zip(counts);
            // A category without an offer is what somebody looks for here.
            let kept = values.filter(|(_, count)| *count > 0 || *filter == Filter::Category);
            (*filter, kept.collect())
        })
        .collect()
}

impl OfferFreshness {
    fn of<'i>(offers: impl Iterator<Item = PublishedOffer<'i>>, today: Date) -> Self {
        let mut found = Self::default();
        for offer in offers {
            match offer.verified_on().map(|day| (today - day).whole_days()) {
                None => found.unknown += 1,
                Some(days) if days < 183 => found.within_six_months += 1,
                Some(days) if days < 366 => found.within_a_year += 1,
                Some(_) => found.older += 1,
            }
            found.overdue += u64::from(offer.next_review().is_some_and(|next| next < today));
        }
        found
    }
}

impl Delays {
    /// From the first time that an application was handed in to its publication, refusals and
    /// corrections in between included.
    fn of(steps: &[PublicationStep]) -> Option<Self> {
        let mut delays = Vec::new();
        let mut waiting = 0;
        for steps in steps.chunk_by(|one, next| one.structure_id == next.structure_id) {
            let mut begun: Option<Date> = None;
            for step in steps {
                let day = Date::parse(&step.day, &Iso8601::DATE).ok();
                if !step.is_publication {
                    begun = begun.or(day);
                } else if let Some((begun, day)) = begun.take().zip(day) {
                    delays.push((day - begun).whole_days());
                }
            }
            waiting += usize::from(begun.is_some());
        }
        delays.sort_unstable();
        let at = |part: usize| {
            delays
                .get(delays.len().saturating_sub(1) * part / 10)
                .copied()
        };
        (waiting > 0 || !delays.is_empty()).then(|| Self {
            count: delays.len(),
            median_days: at(5).unwrap_or_default(),
            ninth_decile_days: at(9).unwrap_or_default(),
            waiting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_runs_from_the_first_application_to_its_publication() {
        let step = |structure: &str, is_publication, day: &str| PublicationStep {
            structure_id: structure.to_owned(),
            is_publication,
            day: day.to_owned(),
        };
        let delays = Delays::of(&[
            step("a", false, "2026-01-01"),
            step("a", false, "2026-01-20"),
            step("a", true, "2026-01-31"),
            step("a", true, "2026-06-01"),
            step("b", false, "2026-02-01"),
        ]);
        let expected = Delays {
            count: 1,
            median_days: 30,
            ninth_decile_days: 30,
            waiting: 1,
        };
        assert_eq!(delays, Some(expected));
        assert_eq!(Delays::of(&[]), None);
    }
}
