use super::*;
use crate::{directory::offer_form_of, fhir::systems};
use time::macros::date;

fn form() -> OfferForm {
    OfferForm {
        structure_finess: "750100125".into(),
        structure_nom: "Maison sport-santé des Abers (fictive)".into(),
        structure_type: "Maison sport-santé".into(),
        adresse: "12 bis rue des Tilleuls".into(),
        code_postal: "29200".into(),
        commune: "Brest".into(),
        commune_insee: "29019".into(),
        latitude: "48,3904".into(),
        longitude: "-4.4861".into(),
        telephone: "02 99 00 00 01".into(),
        messagerie_securisee: "msp.abers@exemple.mssante.fr".into(),
        site_web: "www.exemple.invalid".into(),
        offre_identifiant: "BZH-0001".into(),
        offre_nom: "Activité physique adaptée en groupe".into(),
        categorie: "Activite physique adaptee".into(),
        types_de_soin: "APA-01|Maison sport-santé".into(),
        description: "Séances de 45 minutes, avec un enseignant formé.".into(),
        publics: "Patients|PUB-AIDANT".into(),
        ages: "Adulte".into(),
        lieux: "LIEU-VILLE".into(),
        phases: "Pendant traitement|Après traitement".into(),
        acces: "Collectif|Sur rendez-vous".into(),
        cout: "gratuit".into(),
        verifie_le: "05/10/2026".into(),
        ..OfferForm::default()
    }
}

fn made(form: &OfferForm) -> Result<OfferResources, Vec<Finding>> {
    let region = Region {
        code: "53".into(),
        vocabulary: "bretagne".into(),
        environment: crate::config::Environment::Test,
    };
    let rules = OfferRules {
        terminology: &Terminology::embedded(),
        region: &region,
        today: date!(2026 - 11 - 23),
    };
    offer_resources(form, 7, rules)
}

fn columns(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.place.as_str())
        .collect()
}

#[test]
fn a_row_becomes_the_three_resources_of_the_national_model() {
    let resources = made(&form()).expect("a complete row");
    assert!(resources.findings.is_empty(), "{:?}", resources.findings);
    insta::assert_snapshot!("organization", format!("{:#}", resources.organization));
    insta::assert_snapshot!("location", format!("{:#}", resources.location));
    insta::assert_snapshot!(
        "healthcare_service",
        format!("{:#}", resources.healthcare_service)
    );
}

#[test]
fn an_empty_row_says_every_missing_cell_at_once_with_its_line() {
    let findings = made(&OfferForm::default()).expect_err("refused");
    let required: Vec<_> = super::super::Column::ALL
        .iter()
        .filter(|column| column.is_required)
        .map(|column| column.name)
        .collect();
    for column in required {
        assert!(columns(&findings).contains(&column), "{column}");
    }
    assert!(findings.iter().all(|finding| finding.line == Some(7)));
}

#[test]
fn an_unknown_category_is_refused_with_the_nearest_one() {
    let findings = made(&OfferForm {
        categorie: "Soin paliatif".into(),
        types_de_soin: "xyz".into(),
        ..form()
    })
    .expect_err("refused");
    assert_eq!(columns(&findings), ["categorie"]);
    assert!(findings[0].cure.fr.contains("Soins palliatifs"));
}

#[test]
fn every_mistake_of_a_row_is_told_at_once() {
    let findings = made(&OfferForm {
        structure_finess: "750100126".into(),
        code_postal: "2920".into(),
        commune_insee: "2901".into(),
        latitude: "nord".into(),
        telephone: "12345".into(),
        messagerie_securisee: "a b@c".into(),
        site_web: "javascript:alert(1)".into(),
        types_de_soin: "gymnastique suédoise".into(),
        publics: "Patiens".into(),
        phases: "bientôt".into(),
        verifie_le: "2027-01-01".into(),
        ..form()
    })
    .expect_err("refused");
    assert_eq!(
        columns(&findings),
        [
            "structure_finess",
            "code_postal",
            "commune_insee",
            "latitude",
            "telephone",
            "messagerie_securisee",
            "site_web",
            "types_de_soin",
            "publics",
            "phases",
            "verifie_le"
        ]
    );
    let publics = &findings[8];
    assert!(publics.cure.fr.contains("Patients"), "{publics:?}");
}

#[test]
fn what_the_national_codes_do_not_say_is_declared() {
    let resources = made(&OfferForm {
        categorie: "BIEN".into(),
        phases: "PHA-AVANT".into(),
        ..form()
    })
    .expect("accepted");
    let lost: Vec<_> = resources
        .losses
        .iter()
        .map(|loss| (loss.pivot.as_str(), loss.equivalence.as_str()))
        .collect();
    assert!(lost.contains(&("PHA-AVANT", "unmatched")), "{lost:?}");
    assert!(lost.contains(&("BIEN", "wider")), "{lost:?}");
    let text = resources.healthcare_service.to_string();
    assert!(text.contains("mapping-loss"));
}

#[test]
fn the_same_row_gives_the_same_bytes_and_another_address_another_place() {
    let one = made(&form()).expect("accepted");
    assert_eq!(one, made(&form()).expect("accepted"));
    let moved = made(&OfferForm {
        adresse: "1 quai de la Douane".into(),
        ..form()
    })
    .expect("accepted");
    assert_eq!(one.organization["id"], moved.organization["id"]);
    assert_ne!(one.location["id"], moved.location["id"]);
}

#[test]
fn a_number_that_cannot_stand_in_an_id_still_gives_its_own() {
    let id = |number: &str| {
        let resources = made(&OfferForm {
            offre_identifiant: number.into(),
            ..form()
        })
        .expect("accepted");
        resources.healthcare_service["id"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(id("A-1").as_deref(), Some("offre-A-1"));
    assert_ne!(id("A/1"), id("A 1"));
    assert!(id("53/0001").is_some_and(|id| crate::fhir::is_id(&id)));
}

#[test]
fn a_structure_without_finess_is_known_by_another_number() {
    for (number, id, system) in [
        (
            "732 829 320 00074",
            "eg-siret-73282932000074",
            systems::SIRENE,
        ),
        ("732829320", "eg-siren-732829320", systems::SIRENE),
        ("W291234567", "eg-rna-W291234567", systems::RNA),
    ] {
        let resources = made(&OfferForm {
            structure_finess: String::new(),
            structure_numero: number.into(),
            parcours: "Parcours AJA".into(),
            horaires: "mardi 10 h".into(),
            ..form()
        })
        .expect("a complete row");
        assert_eq!(resources.organization["id"], id);
        let identifiers = resources.organization["identifier"]
            .as_array()
            .expect("a list");
        assert!(
            identifiers.iter().any(|one| one["system"] == system),
            "{identifiers:?}"
        );
        assert!(
            identifiers
                .iter()
                .all(|one| one["system"] != systems::FINESS)
        );
        let rules: Vec<_> = resources.findings.iter().map(|found| found.rule).collect();
        assert_eq!(rules, ["CSV-NO-FINESS"]);
        let service = &resources.healthcare_service;
        assert_eq!(service["availabilityExceptions"], "mardi 10 h");
        let back = offer_form_of(
            service,
            Some(&resources.organization),
            Some(&resources.location),
        );
        assert_eq!(back.structure_numero, number.replace(' ', ""));
        assert_eq!(
            (back.parcours.as_str(), back.horaires.as_str()),
            ("PAR-AJA", "mardi 10 h")
        );
    }
    for (finess, number, column) in [
        ("", "", "structure_finess"),
        ("", "732829321", "structure_numero"),
        ("", "W29", "structure_numero"),
        ("750100126", "W291234567", "structure_finess"),
    ] {
        let findings = made(&OfferForm {
            structure_finess: finess.into(),
            structure_numero: number.into(),
            ..form()
        })
        .expect_err("no number");
        assert_eq!(columns(&findings), [column], "{finess} {number}");
    }
}
