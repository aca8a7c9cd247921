//! Whether an application is whole: the eight criteria, before a validator looks at them.

use time::{Date, format_description::well_known::Iso8601};

use super::{Application, Calendar, Criterion, add_months};
use crate::{
    finding::{Bilingual, Finding},
    identifiers::{InvalidStructureNumber, StructureNumber},
};

/// Longest text of a field.
const MAX_TEXT: usize = 2000;

/// Everything that an application lacks before it can be handed in, by criterion.
#[must_use]
pub fn check_application(
    application: &Application,
    calendar: &Calendar,
    today: Date,
) -> Vec<Finding> {
    let mut check = Check {
        findings: Vec::new(),
    };
    let structure = &application.structure;
    check.particulars(application);
    check.given(
        Criterion::Referent,
        "referent_name",
        &application.referent_name,
    );
    check.given(
        Criterion::Referent,
        "referent_function",
        &application.referent_function,
    );
    check.given(
        Criterion::Referent,
        "referent_phone",
        &application.referent_phone,
    );
    let patients = application.patients_a_year.trim().parse::<u32>();
    if !patients.is_ok_and(|patients| patients > 0) {
        check.lacks(
            Criterion::Activity,
            "patients_a_year",
            "Le nombre de patients par an est un nombre entier, au moins 1.",
            "The number of patients a year is a whole number, at least 1.",
        );
    }
    check.statutes(application, calendar, today);
    for (rank, text) in application.health_project.iter().enumerate() {
        check.given(
            Criterion::HealthProject,
            &format!("health_project[{rank}]"),
            text,
        );
    }
    for (rank, text) in application.recruitment.iter().enumerate() {
        check.given(
            Criterion::Recruitment,
            &format!("recruitment[{rank}]"),
            text,
        );
    }
    for (criterion, place, signature) in [
        (Criterion::Charter, "charter", &application.charter),
        (Criterion::Terms, "terms", &application.terms),
    ] {
        if signature.is_none() {
            check.lacks(
                criterion,
                place,
                "Il manque la signature.",
                "The signature is missing.",
            );
        }
    }
    if application.offers.is_empty() {
        check.lacks(
            Criterion::Particulars,
            "offers",
            "Le dossier ne propose aucune offre.",
            "The application holds no offer.",
        );
    }
    let texts = [
        &structure.structure_nom,
        &structure.adresse,
        &structure.commune,
    ];
    if texts
        .into_iter()
        .any(|text| text.chars().count() > MAX_TEXT)
    {
        check.lacks(
            Criterion::Particulars,
            "structure_nom",
            "Un texte est trop long (2000 caractères au plus).",
            "A text is too long (2000 characters at the most).",
        );
    }
    check.findings
}

/// What is wrong with the number of a structure.
#[must_use]
pub fn number_lacks(mistake: &InvalidStructureNumber) -> Finding {
    let (place, fr) = match mistake {
        InvalidStructureNumber::Missing => (
            "structure_finess",
            "Il manque le numéro de la structure : FINESS, ou SIRET, SIREN ou RNA si elle n'a pas de FINESS.",
        ),
        InvalidStructureNumber::Finess(_) => (
            "structure_finess",
            "Le numéro FINESS n'est pas valide : neuf caractères, dont une clé.",
        ),
        InvalidStructureNumber::Form
        | InvalidStructureNumber::Siret(_)
        | InvalidStructureNumber::Siren(_)
        | InvalidStructureNumber::Rna(_) => (
            "structure_numero",
            "Le numéro n'est pas valide : SIRET (quatorze chiffres), SIREN (neuf) ou RNA (W et neuf chiffres).",
        ),
    };
    Finding::error(
        "GOV-1-PARTICULARS",
        place,
        Bilingual::new(fr, mistake.to_string()),
        Bilingual::new(
            "Reprenez-le sur l'avis de situation, le récépissé de la préfecture ou finess.esante.gouv.fr.",
            "Take it from the official notice, or from finess.esante.gouv.fr.",
        ),
    )
}

/// What the national register (ROR) asks for and this structure does not have: it is listed in the directory
/// of the region all the same.
#[must_use]
pub fn register_lacks(application: &Application) -> Vec<Bilingual> {
    let mut lacks = Vec::new();
    if application.structure.structure_finess.trim().is_empty() {
        lacks.push(Bilingual::new(
            "un numéro FINESS, que l'agence régionale de santé attribue",
            "a FINESS number, which the regional health agency gives",
        ));
    }
    let numbers = [&application.structure.structure_numero, &application.siren];
    let is_siret = |text: &&String| {
        let number = StructureNumber::parse_other(text);
        matches!(number, Ok(StructureNumber::Siret(_)))
    };
    if !numbers.iter().any(is_siret) {
        lacks.push(Bilingual::new(
            "le numéro SIRET de l'établissement",
            "the SIRET number of the establishment",
        ));
    }
    lacks
}

struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn lacks(&mut self, criterion: Criterion, place: &str, fr: &str, en: &str) {
        let rule = match criterion {
            Criterion::Particulars => "GOV-1-PARTICULARS",
            Criterion::Referent => "GOV-2-REFERENT",
            Criterion::Activity => "GOV-3-ACTIVITY",
            Criterion::Statutes => "GOV-4-STATUTES",
            Criterion::HealthProject => "GOV-5-HEALTH-PROJECT",
            Criterion::Recruitment => "GOV-6-RECRUITMENT",
            Criterion::Charter => "GOV-7-CHARTER",
            Criterion::Terms => "GOV-8-TERMS",
        };
        let meaning = criterion.meaning();
        self.findings.push(Finding::error(
            rule,
            place,
            Bilingual::new(fr, en),
            Bilingual::new(
                format!("Complétez : {}.", meaning.fr),
                format!("Complete: {}.", meaning.en),
            ),
        ));
    }

    fn given(&mut self, criterion: Criterion, place: &str, text: &str) {
        if text.trim().is_empty() {
            self.lacks(
                criterion,
                place,
                "Ce champ est vide.",
                "This field is empty.",
            );
        } else if text.chars().count() > MAX_TEXT {
            self.lacks(
                criterion,
                place,
                "Ce texte est trop long (2000 caractères au plus).",
                "This text is too long (2000 characters at the most).",
            );
        }
    }

    fn particulars(&mut self, application: &Application) {
        let structure = &application.structure;
        if let Err(mistake) = structure.structure_number() {
            self.findings.push(number_lacks(&mistake));
        }
        for (place, text) in [
            ("structure_nom", &structure.structure_nom),
            ("adresse", &structure.adresse),
            ("code_postal", &structure.code_postal),
            ("commune", &structure.commune),
            ("commune_insee", &structure.commune_insee),
            ("telephone", &structure.telephone),
        ] {
            self.given(Criterion::Particulars, place, text);
        }
    }

    fn statutes(&mut self, application: &Application, calendar: &Calendar, today: Date) {
        if StructureNumber::parse_other(&application.siren).is_err() {
            self.lacks(
                Criterion::Statutes,
                "siren",
                "Le numéro SIREN (neuf chiffres), SIRET (quatorze) ou RNA (W et neuf chiffres) n'est pas valide.",
                "The SIREN (nine digits), SIRET (fourteen) or RNA (W and nine digits) number is not valid.",
            );
        }
        match Date::parse(application.extract_dated.trim(), &Iso8601::DATE) {
            Ok(day) if day <= today && add_months(day, calendar.statutes_months) >= today => {}
            Ok(_) => self.lacks(
                Criterion::Statutes,
                "extract_dated",
                "L'extrait SIREN a plus de trois mois, ou une date à venir.",
                "The SIREN extract is older than three months, or of a day to come.",
            ),
            Err(_) => self.lacks(
                Criterion::Statutes,
                "extract_dated",
                "Il manque la date de l'extrait SIREN (AAAA-MM-JJ).",
                "The day of the SIREN extract is missing (YYYY-MM-DD).",
            ),
        }
        let has_paper = application
            .files
            .iter()
            .any(|file| file.criterion == Criterion::Statutes);
        if !has_paper {
            self.lacks(
                Criterion::Statutes,
                "files",
                "L'extrait SIREN n'est pas joint.",
                "The SIREN extract is not attached.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::{AttachedFile, OfferEntry, Rules, Signature};
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 27);

    fn whole() -> Application {
        let signature = Signature {
            name: "Camille Exemple".to_owned(),
            at: "2026-11-27T09:00:00.000Z".to_owned(),
        };
        let text = || "Suivi à trois mois".to_owned();
        let mut application = Application {
            referent_name: "Camille Exemple".to_owned(),
            referent_function: "coordinatrice".to_owned(),
            referent_phone: "0200000000".to_owned(),
            patients_a_year: "120".to_owned(),
            siren: "732 829 320".to_owned(),
            extract_dated: "2026-08-27".to_owned(),
            health_project: [text(), text(), text()],
            recruitment: [text(), text()],
            charter: Some(signature.clone()),
            terms: Some(signature),
            files: vec![AttachedFile {
                criterion: Criterion::Statutes,
                name: "extrait.pdf".to_owned(),
                sha256: String::new(),
                size_bytes: 1,
            }],
            offers: vec![OfferEntry::default()],
            ..Application::default()
        };
        let structure = &mut application.structure;
        structure.structure_finess = "290000017".to_owned();
        for cell in [
            &mut structure.structure_nom,
            &mut structure.adresse,
            &mut structure.code_postal,
            &mut structure.commune,
            &mut structure.commune_insee,
            &mut structure.telephone,
        ] {
            *cell = "29000".to_owned();
        }
        application
    }

    #[test]
    fn a_whole_application_lacks_nothing_and_each_missing_criterion_is_named() {
        let calendar = Rules::of_region("bretagne", None)
            .expect("readable")
            .calendar;
        let rules = |change: fn(&mut Application)| {
            let mut application = whole();
            change(&mut application);
            check_application(&application, &calendar, TODAY)
                .iter()
                .map(|finding| finding.rule)
                .collect::<Vec<_>>()
        };
        assert_eq!(rules(|_| {}), Vec::<&str>::new());
        assert_eq!(
            rules(|a| a.structure.structure_finess = "1".into()),
            ["GOV-1-PARTICULARS"]
        );
        for (number, faults) in [
            ("", &["GOV-1-PARTICULARS"][..]),
            ("732829321", &["GOV-1-PARTICULARS"]),
            ("732829320", &[]),
            ("73282932000074", &[]),
            ("W291234567", &[]),
        ] {
            let mut application = whole();
            application.structure.structure_finess.clear();
            application.structure.structure_numero = number.to_owned();
            let found = check_application(&application, &calendar, TODAY);
            let found: Vec<_> = found.iter().map(|finding| finding.rule).collect();
            assert_eq!(found, faults, "{number}");
            let lacks = register_lacks(&application);
            let is_siret = number.len() == 14;
            assert_eq!(lacks.len(), if is_siret { 1 } else { 2 }, "{number}");
        }
        assert_eq!(rules(|a| a.siren = "W291234567".into()), Vec::<&str>::new());
        assert_eq!(rules(|a| a.offers.clear()), ["GOV-1-PARTICULARS"]);
        assert_eq!(rules(|a| a.referent_name = " ".into()), ["GOV-2-REFERENT"]);
        assert_eq!(
            rules(|a| a.patients_a_year = "0".into()),
            ["GOV-3-ACTIVITY"]
        );
        assert_eq!(rules(|a| a.siren = "732829321".into()), ["GOV-4-STATUTES"]);
        assert_eq!(
            rules(|a| a.extract_dated = "2026-08-26".into()),
            ["GOV-4-STATUTES"]
        );
        assert_eq!(
            rules(|a| a.extract_dated = "2026-11-28".into()),
            ["GOV-4-STATUTES"]
        );
        assert_eq!(rules(|a| a.files.clear()), ["GOV-4-STATUTES"]);
        assert_eq!(
            rules(|a| a.health_project[2].clear()),
            ["GOV-5-HEALTH-PROJECT"]
        );
        assert_eq!(rules(|a| a.recruitment[0].clear()), ["GOV-6-RECRUITMENT"]);
        assert_eq!(rules(|a| a.charter = None), ["GOV-7-CHARTER"]);
        assert_eq!(rules(|a| a.terms = None), ["GOV-8-TERMS"]);
        let empty = check_application(&Application::default(), &calendar, TODAY);
        for criterion in 1..=8 {
            let prefix = format!("GOV-{criterion}-");
            assert!(
                empty
                    .iter()
                    .any(|finding| finding.rule.starts_with(&prefix))
            );
        }
    }
}
