//! Words of the space: roles, standings, stages of a review.

use crate::{
    finding::Language,
    governance::{Body, Role},
};

/// What a role is called.
pub(super) fn role_words(role: Role, language: Language) -> String {
    let (fr, en) = match role {
        Role::Referent => ("référent", "referent"),
        Role::Territorial(Body::ThreeC) => ("validateur 3C", "3C validator"),
        Role::Territorial(Body::Dac) => ("validateur DAC", "DAC validator"),
        Role::Regional => ("validateur DSRC", "DSRC validator"),
        Role::System => ("automatique", "automatic"),
    };
    choose(language, fr, en).to_owned()
}

/// What a standing is called.
pub(super) fn standing_words(standing: &str, language: Language) -> &'static str {
    let (fr, en) = match standing {
        "published" => ("publiée", "published"),
        "lapsed" => (
            "retirée faute de vérification",
            "delisted for want of a verification",
        ),
        "delisted" => ("retirée par décision", "delisted by a decision"),
        _ => ("pas encore publiée", "not listed yet"),
    };
    choose(language, fr, en)
}

/// What a stage of a review is called.
pub(super) fn review_words(review: &str, language: Language) -> &'static str {
    let (fr, en) = match review {
        "draft" => ("dossier en cours de rédaction", "application being written"),
        "territorial" => ("en validation territoriale", "in territorial validation"),
        "regional" => ("en validation régionale", "in regional validation"),
        "refused" => ("dossier à corriger", "application to be corrected"),
        _ => ("aucun dossier en attente", "nothing waits"),
    };
    choose(language, fr, en)
}

fn choose(language: Language, fr: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::French => fr,
        Language::English => en,
    }
}
