//! Why a search is refused, with the nearest thing that is known.

use super::{
    ResourceType,
    search_parameters::{ParameterKind, parameters_of, references},
};
use crate::{
    finding::{Bilingual, Finding, FindingKind},
    terminology::Terminology,
};

/// Parameters that every search knows, besides those of the type.
const COMMON: [&str; 17] = [
    "_id",
    "_lastUpdated",
    "_content",
    "_text",
    "_sort",
    "_count",
    "_total",
    "_summary",
    "_elements",
    "_format",
    "_pretty",
    "_include",
    "_revinclude",
    "_cursor",
    "_filter",
    "_has",
    "_list",
];

fn nearest(on: ResourceType, name: &str) -> &'static str {
    let own = parameters_of(on).map(|parameter| parameter.name);
    own.chain(COMMON)
        .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)))
        .unwrap_or("_id")
}

/// A name of the caller is repeated only when it is a plain one: it ends in answers and logs.
fn shown(name: &str) -> &str {
    let is_plain = name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:*".contains(&byte));
    if is_plain { name } else { "?" }
}

pub(super) fn unknown_parameter(on: ResourceType, name: &str) -> Finding {
    unknown_name(on.as_str(), name, nearest(on, name))
}

/// The refusal of a search parameter that a type does not know, with the nearest one it does.
#[must_use]
pub fn unknown_name(on: &str, name: &str, nearest: &str) -> Finding {
    Finding::error(
        "SEARCH-PARAMETER",
        shown(name),
        Bilingual::new(
            format!(
                "Le paramètre « {} » n'est pas connu pour {on}.",
                shown(name)
            ),
            format!("Parameter \"{}\" is not known on {on}.", shown(name)),
        ),
        Bilingual::new(
            format!("Le plus proche est « {nearest} » ; /fhir/metadata les donne tous."),
            format!("The nearest is \"{nearest}\"; /fhir/metadata lists them all."),
        ),
    )
}

/// The refusal of a modifier that a parameter does not take.
#[must_use]
pub fn unknown_modifier(name: &str, modifier: &str, known: &[&str]) -> Finding {
    let base = name.split(':').next().unwrap_or(name);
    let cure = if known.is_empty() {
        Bilingual::new(
            "Ce paramètre n'en accepte aucun.",
            "This parameter takes none.",
        )
    } else {
        let list = known
            .iter()
            .map(|known| format!(":{known}"))
            .collect::<Vec<_>>()
            .join(", ");
        Bilingual::new(format!("Il accepte {list}."), format!("It takes {list}."))
    };
    Finding::error(
        "SEARCH-MODIFIER",
        shown(base),
        Bilingual::new(
            format!(
                "Le modificateur « :{} » n'est pas connu pour ce paramètre.",
                shown(modifier)
            ),
            format!(
                "Modifier \":{}\" is not known on this parameter.",
                shown(modifier)
            ),
        ),
        cure,
    )
}

/// The refusal of a chain that leads nowhere, or too far.
pub(super) fn unknown_chain(on: ResourceType, name: &str, limit: usize) -> Finding {
    let references = references_of(on);
    Finding::error(
        "SEARCH-CHAIN",
        shown(name),
        Bilingual::new(
            "Cet enchaînement n'est pas pris en charge.",
            "This chain is not supported.",
        ),
        Bilingual::new(
            format!(
                "{limit} références au plus, à partir de : {references} ; ou _has:Type:référence:paramètre."
            ),
            format!(
                "{limit} references at the most, from: {references}; or _has:Type:reference:parameter."
            ),
        ),
    )
}

/// The refusal of a code system that nobody knows, with the nearest one.
pub(super) fn unknown_system(terminology: &Terminology, name: &str, system: &str) -> Finding {
    let urls = terminology.code_systems().iter().map(|known| known.url());
    let nearest = nearest_of(urls, system).unwrap_or_default();
    Finding::error(
        "SEARCH-SYSTEM",
        shown(name),
        Bilingual::new(
            "Ce système de codes n'est pas connu.",
            "This code system is not known.",
        ),
        Bilingual::new(
            format!("Le plus proche est « {nearest} »."),
            format!("The nearest is \"{nearest}\"."),
        ),
    )
}

/// The refusal of a value set that nobody knows, with the nearest one.
pub(super) fn unknown_value_set(terminology: &Terminology, name: &str, url: &str) -> Finding {
    let urls = terminology.value_sets().filter_map(|known| known.url());
    let nearest = nearest_of(urls, url).unwrap_or_default();
    Finding::error(
        "SEARCH-VALUE-SET",
        shown(name),
        Bilingual::new(
            "Ce jeu de valeurs n'est pas connu.",
            "This value set is not known.",
        ),
        Bilingual::new(
            format!("Le plus proche est « {nearest} »."),
            format!("The nearest is \"{nearest}\"."),
        ),
    )
}

fn nearest_of<'n>(names: impl Iterator<Item = &'n str>, wanted: &str) -> Option<&'n str> {
    let wanted: String = wanted.chars().take(200).collect();
    names.max_by(|a, b| {
        strsim::jaro_winkler(a, &wanted).total_cmp(&strsim::jaro_winkler(b, &wanted))
    })
}

/// The refusal of a chain that does not say which of several types it follows.
pub(super) fn untold_type(reference: &str, types: &[ResourceType]) -> Finding {
    let typed = |kind: &ResourceType| format!("{reference}:{}", kind.as_str());
    let known: Vec<String> = types.iter().map(typed).collect();
    let known = known.join(", ");
    Finding::error(
        "SEARCH-CHAIN",
        shown(reference),
        Bilingual::new(
            "Cette référence mène à plusieurs types de ressources : l'enchaînement doit dire lequel.",
            "This reference leads to several types of resource: the chain must say which.",
        ),
        Bilingual::new(format!("Écrivez : {known}."), format!("Write: {known}.")),
    )
}

/// The refusal of a list that a server would compute, such as `$current-allergies`.
pub(super) fn functional_list() -> Finding {
    Finding::error(
        "SEARCH-LIST",
        "_list",
        Bilingual::new(
            "Les listes fonctionnelles ($current-…) portent sur un patient : l'annuaire n'en tient aucune.",
            "Functional lists ($current-…) are about a patient: the directory keeps none.",
        ),
        Bilingual::new(
            "Donnez l'identifiant d'une ressource List de l'annuaire.",
            "Give the id of a List resource of the directory.",
        ),
    )
}

/// The remark on a list of `_list` that is not there, or not for this reader: it has no member.
#[must_use]
pub fn unseen_list(id: &str) -> Finding {
    Finding::warning(
        "SEARCH-LIST",
        "_list",
        Bilingual::new(
            format!("La liste {id} n'est pas dans l'annuaire, ou ne vous est pas montrée : aucun membre."),
            format!("The list {id} is not in the directory, or is not shown to you: no member."),
        ),
        Bilingual::new(
            "Cherchez les listes par GET List?title=…",
            "Search the lists with GET List?title=…",
        ),
    )
    .of_kind(FindingKind::NotFound)
}

/// The refusal of a filter that cannot be understood from a character on.
pub(super) fn bad_filter(place: usize) -> Finding {
    Finding::error(
        "SEARCH-FILTER",
        "_filter",
        Bilingual::new(
            format!("Le filtre n'est plus compris à partir du caractère {place}."),
            format!("The filter is not understood from character {place} on."),
        ),
        Bilingual::new(
            "Écrivez par exemple : name co \"yoga\" and (active eq true or not (specialty pr true)).",
            "Write for instance: name co \"yoga\" and (active eq true or not (specialty pr true)).",
        ),
    )
}

/// The refusal of a comparison that a parameter does not take.
pub(super) fn unknown_operator(name: &str, operator: &str, known: &[&str]) -> Finding {
    let known = known.join(", ");
    Finding::error(
        "SEARCH-OPERATOR",
        shown(name),
        Bilingual::new(
            format!("La comparaison « {operator} » n'est pas prévue pour ce paramètre."),
            format!("Comparison \"{operator}\" does not apply to this parameter."),
        ),
        Bilingual::new(
            format!("Comparaisons possibles : {known}."),
            format!("Possible comparisons: {known}."),
        ),
    )
}

/// The refusal of an order by something that cannot be put in order.
pub(super) fn bad_sort(on: ResourceType, key: &str) -> Finding {
    let nearest = nearest(on, key);
    Finding::error(
        "SEARCH-SORT",
        "_sort",
        Bilingual::new(
            format!("« {} » ne peut pas donner d'ordre.", shown(key)),
            format!("\"{}\" gives no order.", shown(key)),
        ),
        Bilingual::new(
            format!(
                "Tout paramètre de {} convient, avec ou sans -, et near quand la recherche donne un point ; le plus proche est « {nearest} ».",
                on.as_str()
            ),
            format!(
                "Any parameter of {} will do, with or without -, and near when the search gives a point; the nearest is \"{nearest}\".",
                on.as_str()
            ),
        ),
    )
}

pub(super) fn unknown_include(on: ResourceType, value: &str, is_reverse: bool) -> Finding {
    let name = if is_reverse {
        "_revinclude"
    } else {
        "_include"
    };
    let known = references()
        .filter(|(parameter, target)| is_reverse == (*target == on) || parameter.on == on)
        .map(|(parameter, _)| format!("{}:{}", parameter.on.as_str(), parameter.name));
    let mut known: Vec<String> = known.collect();
    known.dedup();
    let known = known.join(", ");
    Finding::error(
        "SEARCH-INCLUDE",
        name,
        Bilingual::new(
            format!("« {} » n'est pas une inclusion connue.", shown(value)),
            format!("\"{}\" is not a known inclusion.", shown(value)),
        ),
        Bilingual::new(
            format!("Valeurs possibles : {known}."),
            format!("Possible values: {known}."),
        ),
    )
}

fn references_of(on: ResourceType) -> String {
    parameters_of(on)
        .filter(|parameter| parameter.kind == ParameterKind::Reference)
        .map(|parameter| parameter.name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The refusal of a value that a parameter does not take: what is expected, in both languages.
#[must_use]
pub fn bad_value(name: &str, en: &str, fr: &str) -> Finding {
    Finding::error(
        "SEARCH-VALUE",
        name,
        Bilingual::new(
            "Cette valeur n'est pas lisible.",
            "This value cannot be read.",
        ),
        Bilingual::new(format!("Attendu : {fr}."), format!("Expected: {en}.")),
    )
}

pub(super) fn too_costly(limit: usize) -> Finding {
    Finding::error(
        "SEARCH-TOO-COSTLY",
        "",
        Bilingual::new(
            format!("La recherche a plus de {limit} valeurs."),
            format!("The search has more than {limit} values."),
        ),
        Bilingual::new("Faites-en plusieurs.", "Make several of it."),
    )
}
