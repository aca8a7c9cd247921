//! Finding an offer: what somebody typed and chose, as a question to the published offers.

use std::{collections::BTreeMap, sync::Arc};

use super::{Context, Snapshot, published_offers, search_words::pivots_of_word};
use crate::{
    fhir::{department_of, words},
    offer_search::{Answer, Commune, Filter, Near, Position, Question, WordGroup, answer},
    storage::StorageError,
    terminology::{Terminology, fold},
};

/// Longest term of a region, in words.
const LONGEST_TERM: usize = 5;
/// Words that are looked for; what follows them is not.
const MOST_WORDS: usize = 12;

/// What somebody asks of the directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Free text.
    pub text: String,
    /// Values of each filter.
    pub filters: BTreeMap<Filter, Vec<String>>,
    /// A commune, or a postal code.
    pub commune: String,
    /// A position that a browser gave: degrees north, degrees east.
    pub position: Option<(f64, f64)>,
    /// How far, in kilometres.
    pub radius_km: u16,
    /// Where the page begins.
    pub after: Option<String>,
    /// Offers of a page.
    pub page: usize,
}

/// What was found, and in what.
pub struct FoundOffers {
    /// The offers of that moment.
    pub snapshot: Arc<Snapshot>,
    /// The answer.
    pub answer: Answer,
    /// Communes that the text of the place may mean; the first is the one that was taken.
    pub communes: Vec<Commune>,
    /// True when a place was asked for that nobody knows.
    pub is_place_unknown: bool,
    /// From where distances are told.
    pub centre: Option<Position>,
}

/// Answers what somebody asks.
///
/// # Errors
/// [`StorageError`] when the offers were never read and cannot be.
pub async fn find_offers(ctx: &Context, wanted: &Wanted) -> Result<FoundOffers, StorageError> {
    let snapshot = published_offers(ctx).await?;
    let communes = match wanted.position {
        Some(_) => Vec::new(),
        None => ctx
            .geography
            .communes
            .find(&snapshot.index, &wanted.commune),
    };
    let centre = match wanted.position {
        Some((latitude, longitude)) => Position::new(latitude, longitude),
        None => communes.first().map(|commune| commune.position),
    };
    let is_place_asked = wanted.position.is_some() || !wanted.commune.trim().is_empty();
    let question = Question {
        filters: wanted.filters.clone(),
        text: groups(&ctx.terminology.load(), &wanted.text),
        near: centre.map(|centre| Near {
            centre,
            radius_km: f32::from(wanted.radius_km),
        }),
        after: wanted.after.clone(),
        page: wanted.page,
    };
    let answer = answer(&snapshot.index, &question);
    if wanted.after.is_none() {
        let department = communes
            .first()
            .and_then(|one| department_of(&one.postal_code));
        let today = ctx.clock.now().date();
        ctx.searches.count(today, wanted, &answer, department);
    }
    Ok(FoundOffers {
        answer,
        communes,
        is_place_unknown: is_place_asked && centre.is_none(),
        centre,
        snapshot,
    })
}

/// The text cut into terms: the longest words of a region first, then single words.
fn groups(terminology: &Terminology, text: &str) -> Vec<WordGroup> {
    let folded = fold(text);
    let typed: Vec<&str> = folded.split(' ').take(MOST_WORDS).collect();
    let mut groups = Vec::new();
    let mut start = 0;
    while start < typed.len() {
        let longest = LONGEST_TERM.min(typed.len() - start);
        let term = (1..=longest).rev().find_map(|length| {
            let term = typed[start..start + length].join(" ");
            let codes = pivots_of_word(terminology, &term);
            (!codes.is_empty()).then_some((length, term, codes))
        });
        let (length, term, codes) =
            term.unwrap_or_else(|| (1, typed[start].to_owned(), Vec::new()));
        let words: Vec<String> = words(&term).collect();
        if !words.is_empty() {
            groups.push(WordGroup { words, codes });
        }
        start += length;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_region_are_kept_together_and_lead_to_the_care_they_name() {
        let terminology = Terminology::embedded();
        let found = groups(&terminology, "Activité physique adaptée à Brest");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].codes.contains(&"APA".to_owned()), "{found:?}");
        assert_eq!(found[1].words, ["brest"]);
        assert_eq!(groups(&terminology, " … "), []);
    }
}
