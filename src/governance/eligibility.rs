//! Who may be listed, and what may be offered there: the rules of the region, applied.

use super::{Application, Framework, Listed, Rules};
use crate::{
    directory::OfferForm,
    finding::{Bilingual, Finding},
    terminology::Terminology,
};

/// What keeps a structure of that kind, or one of its offers, out of the directory. `vocabulary` names the
/// words of the region.
#[must_use]
pub fn check_eligibility(
    application: &Application,
    kind: &str,
    rules: &Rules,
    terminology: &Terminology,
    vocabulary: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(rule) = rules.kinds.get(kind) else {
        findings.push(Finding::error(
            "GOV-KIND",
            "structure_type",
            Bilingual::new(
                "Le type de la structure manque ou n'est pas connu.",
                "The kind of the structure is missing or not known.",
            ),
            Bilingual::new("Choisissez-le dans la liste.", "Choose it from the list."),
        ));
        return findings;
    };
    match rule.listed {
        Listed::Never => findings.push(Finding::error(
            "GOV-LISTED",
            "structure_type",
            Bilingual::new(
                "Dans cette région, ce type de structure ne figure pas dans l'annuaire.",
                "In this region, this kind of structure is not listed in the directory.",
            ),
            Bilingual::new(
                "Une association, une maison de santé ou un établissement peut porter l'offre : candidatez avec lui.",
                "An association, a health house or a hospital may carry the offer: apply with it.",
            ),
        )),
        Listed::Call if !application.responded_to_call => findings.push(Finding::error(
            "GOV-CALL",
            "responded_to_call",
            Bilingual::new(
                "Ce type de structure ne figure dans l'annuaire que s'il a répondu à l'appel « parcours global après traitement » de l'ARS.",
                "This kind of structure is listed only when it responded to the health agency's call for care after treatment.",
            ),
            Bilingual::new(
                "Cochez la réponse à l'appel si c'est le cas.",
                "Tick the response to the call if that is so.",
            ),
        )),
        Listed::Call | Listed::Always => {}
    }
    let has_finess = !application.structure.structure_finess.trim().is_empty();
    if rule.framework == Framework::Hospital && !has_finess {
        findings.push(Finding::error(
            "GOV-FINESS",
            "structure_finess",
            Bilingual::new(
                "Un établissement de santé candidate avec son numéro FINESS.",
                "A hospital applies with its FINESS number.",
            ),
            Bilingual::new(
                "Seules les associations et les structures coordonnées candidatent avec un SIRET, un SIREN ou un RNA.",
                "Only associations and coordinated structures apply with a SIRET, SIREN or RNA number.",
            ),
        ));
    }
    for (rank, entry) in application.offers.iter().enumerate() {
        let row = application.row(entry);
        let unconventional = &rules.practices.unconventional;
        let is_unconventional = std::iter::once(row.categorie.as_str())
            .chain(OfferForm::list(&row.types_de_soin))
            .any(|word| {
                let regional = terminology.pivots_of(vocabulary, word).iter();
                let own = terminology.pivot_of(vocabulary, word);
                regional
                    .map(String::as_str)
                    .chain(own)
                    .any(|code| unconventional.iter().any(|known| known == code))
            });
        if is_unconventional {
            findings.extend(framework_lacks(
                application,
                rule.framework,
                &entry.professional,
                rank,
            ));
        }
    }
    findings
}

/// What the framework of an unconventional practice lacks.
fn framework_lacks(
    application: &Application,
    framework: Framework,
    professional: &str,
    rank: usize,
) -> Option<Finding> {
    let place = |field: &str| format!("offers[{rank}].{field}");
    let (place, message, cure) = match framework {
        Framework::Hospital if professional.trim().is_empty() => (
            place("professional"),
            Bilingual::new(
                "À l'hôpital, cette pratique est donnée par un professionnel de santé spécialisé.",
                "In a hospital, this practice is given by a specialised health professional.",
            ),
            Bilingual::new(
                "Nommez ce professionnel et sa spécialisation.",
                "Name that professional and the specialisation.",
            ),
        ),
        Framework::Association if !application.is_recognised => (
            "is_recognised".to_owned(),
            Bilingual::new(
                "Cette pratique n'est proposée que par une association reconnue.",
                "This practice is offered by a recognised association only.",
            ),
            Bilingual::new(
                "Cochez la reconnaissance et joignez-en la preuve aux statuts.",
                "Tick the recognition and attach its proof to the statutes.",
            ),
        ),
        Framework::None => (
            place("types_de_soin"),
            Bilingual::new(
                "Cette pratique n'est proposée que dans un établissement, par une association reconnue ou une structure coordonnée.",
                "This practice is offered only in a hospital, by a recognised association or a coordinated structure.",
            ),
            Bilingual::new(
                "Retirez-la, ou candidatez avec une telle structure.",
                "Take it out, or apply with such a structure.",
            ),
        ),
        Framework::Hospital | Framework::Association | Framework::Coordinated => return None,
    };
    Some(Finding::error("GOV-PRACTICE", place, message, cure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::OfferEntry;

    fn application(care: &str, professional: &str) -> Application {
        Application {
            structure: OfferForm {
                structure_finess: "290000017".to_owned(),
                ..OfferForm::default()
            },
            offers: vec![OfferEntry {
                form: OfferForm {
                    categorie: "BIEN".to_owned(),
                    types_de_soin: care.to_owned(),
                    ..OfferForm::default()
                },
                professional: professional.to_owned(),
                ..OfferEntry::default()
            }],
            ..Application::default()
        }
    }

    #[test]
    fn an_unconventional_practice_needs_its_framework() {
        let rules = Rules::of_region("bretagne", None).expect("readable");
        let terminology = Terminology::embedded();
        let rule_of = |application: &Application, kind: &str| {
            let found = check_eligibility(application, kind, &rules, &terminology, "bretagne");
            found.first().map(|finding| finding.rule)
        };
        let hypnosis = application("BIEN-06", "");
        assert_eq!(rule_of(&hypnosis, "STR-CLCC"), Some("GOV-PRACTICE"));
        let named = application("Hypnose", "A. Exemple, infirmière, DU d'hypnose");
        assert_eq!(rule_of(&named, "STR-CLCC"), None);
        assert_eq!(rule_of(&named, "STR-ASSO"), Some("GOV-PRACTICE"));
        let recognised = Application {
            is_recognised: true,
            ..hypnosis.clone()
        };
        assert_eq!(rule_of(&recognised, "STR-ASSO"), None);
        assert_eq!(rule_of(&hypnosis, "STR-MSP"), None);
        assert_eq!(rule_of(&hypnosis, "STR-LIB"), Some("GOV-LISTED"));
        assert_eq!(rule_of(&hypnosis, "STR-MSS"), Some("GOV-CALL"));
        assert_eq!(rule_of(&hypnosis, ""), Some("GOV-KIND"));
        let mut without_finess = named.clone();
        without_finess.structure.structure_finess.clear();
        assert_eq!(rule_of(&without_finess, "STR-CLCC"), Some("GOV-FINESS"));
        assert_eq!(rule_of(&without_finess, "STR-MSP"), None);
        let usual = application("APA-01", "");
        assert_eq!(rule_of(&usual, "STR-ASSO"), None);
    }
}
