//! The filters of a search as a page shows them: their values, and how many offers each would give.

use super::{layout::Layout, offer_query::OfferQuery};
use crate::offer_search::{Answer, Filter, FilterValue, OfferIndex, label};

/// A filter.
pub struct FilterGroup {
    /// Its name in the address.
    pub parameter: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Values that can be chosen.
    pub values: Vec<Choice>,
    /// True when one is chosen.
    pub is_used: bool,
}

/// A value of a filter.
pub struct Choice {
    /// What stands in the address.
    pub code: String,
    /// What it is called.
    pub label: String,
    /// Language of the label.
    pub language: &'static str,
    /// Offers that it would give.
    pub count: u64,
    /// True when it is chosen.
    pub is_chosen: bool,
    /// The search with it, or without it when it is chosen.
    pub href: String,
}

/// Something that is chosen, and the address without it.
pub struct Chip {
    /// What is chosen.
    pub words: String,
    /// Language of the words.
    pub language: &'static str,
    /// The search without it.
    pub href: String,
}

/// What a filter is called.
pub fn title(layout: &Layout, filter: Filter) -> &'static str {
    let (fr, en) = match filter {
        Filter::Category => ("Type de soin", "Kind of care"),
        Filter::CareType => ("Soin précis", "Precise care"),
        Filter::Pathway => ("Parcours spécifique", "Specific pathway"),
        Filter::Department => ("Département", "Department"),
        Filter::Audience => ("Pour qui", "For whom"),
        Filter::Age => ("Âge", "Age"),
        Filter::Place => ("Lieu", "Place"),
        Filter::Phase => ("Moment du parcours", "Phase of the pathway"),
        Filter::Access => ("Accès", "Access"),
        Filter::Cost => ("Reste à charge", "Out-of-pocket cost"),
        Filter::Accessibility => ("Accessibilité", "Accessibility"),
    };
    layout.say(fr, en)
}

/// The filters that stand first, and the others.
pub fn groups(
    layout: &Layout,
    query: &OfferQuery,
    path: &str,
    index: &OfferIndex,
    answer: &Answer,
) -> (Vec<FilterGroup>, Vec<FilterGroup>) {
    let counted = index.filters().iter().zip(&answer.counts);
    let groups = counted.map(|((filter, values), (_, counts))| {
        let choices = values
            .iter()
            .zip(counts)
            .filter(|(value, count)| is_offered(query, *filter, value, **count))
            .map(|(value, count)| {
                let (label, language) = label(value, layout.language);
                Choice {
                    label: label.to_owned(),
                    language,
                    count: *count,
                    is_chosen: query.has(*filter, &value.code),
                    href: chosen(query, *filter, &value.code).href(path, layout),
                    code: value.code.clone(),
                }
            });
        let group = FilterGroup {
            parameter: filter.parameter(),
            title: title(layout, *filter),
            values: choices.collect(),
            is_used: query.wanted.filters.contains_key(filter),
        };
        (*filter, group)
    });
    let (first, more): (Vec<_>, Vec<_>) = groups
        .filter(|(_, group)| !group.values.is_empty())
        .partition(|(filter, _)| is_first(*filter));
    let only =
        |groups: Vec<(Filter, FilterGroup)>| groups.into_iter().map(|(_, group)| group).collect();
    (only(first), only(more))
}

/// What is chosen, each with the address without it.
pub fn chips(layout: &Layout, query: &OfferQuery, path: &str, index: &OfferIndex) -> Vec<Chip> {
    let mut chips = Vec::new();
    for (filter, values) in index.filters() {
        let used = values
            .iter()
            .filter(|value| query.has(*filter, &value.code));
        chips.extend(used.map(|value| {
            let (words, language) = label(value, layout.language);
            Chip {
                words: words.to_owned(),
                language,
                href: query.toggled(*filter, &value.code).href(path, layout),
            }
        }));
    }
    chips
}

fn is_first(filter: Filter) -> bool {
    matches!(
        filter,
        Filter::Category | Filter::Pathway | Filter::Department
    )
}

/// The search with a value: of a filter that stands first, one value at a time.
fn chosen(query: &OfferQuery, filter: Filter, code: &str) -> OfferQuery {
    if is_first(filter) && !query.has(filter, code) {
        return query.with(|query| {
            query.wanted.filters.insert(filter, vec![code.to_owned()]);
            if filter == Filter::Category {
                query.wanted.filters.remove(&Filter::CareType);
            }
        });
    }
    query.toggled(filter, code)
}

/// Categories are always offered; care types below the category that is chosen; other values when
/// they would give something or are chosen.
fn is_offered(query: &OfferQuery, filter: Filter, value: &FilterValue, count: u64) -> bool {
    if query.has(filter, &value.code) {
        return true;
    }
    match filter {
        Filter::Category => true,
        Filter::CareType => {
            let category = value.code.split('-').next().unwrap_or_default();
            count > 0 && query.has(Filter::Category, category)
        }
        Filter::Pathway
        | Filter::Department
        | Filter::Audience
        | Filter::Age
        | Filter::Place
        | Filter::Phase
        | Filter::Access
        | Filter::Cost
        | Filter::Accessibility => count > 0,
    }
}
