use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use time::{Date, macros::date};

use super::*;
use crate::terminology::{Coverage, DEFAULT_ACTIVITY, SOS_PIVOT, Target, assembly::FACET_TITLES};

const TODAY: Date = date!(2026 - 11 - 23);

fn all_targets(terminology: &Terminology) -> Vec<(&str, &Target)> {
    let pivot = terminology.code_system(SOS_PIVOT).expect("the pivot");
    pivot
        .concepts()
        .iter()
        .flat_map(|concept| {
            let rows = terminology.national_codes(&concept.code);
            rows.map(|(_, target)| (concept.code.as_str(), target))
        })
        .collect()
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let mut on_disk = BTreeSet::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "csv") {
                let below = path.strip_prefix(&root).expect("below the folder");
                on_disk.insert(below.to_str().expect("a plain name").to_owned());
            }
        }
    }
    let listed: BTreeSet<String> = embedded::FILES.iter().map(|f| f.0.to_owned()).collect();
    assert_eq!(listed, on_disk);
}

#[test]
fn every_embedded_file_loads() {
    let terminology = Terminology::embedded();
    let national = embedded::FILES
        .iter()
        .filter(|file| file.0.starts_with("national/"));
    let own = 2 + FACET_TITLES.len() + terminology.regions().len();
    assert_eq!(terminology.value_sets().count(), national.count() + own);
    for set in terminology.value_sets() {
        assert!(!set.concepts().is_empty(), "{}", set.name());
        assert!(!set.title().is_empty(), "{}", set.name());
        assert!(!set.version().is_empty(), "{}", set.name());
        for concept in set.concepts() {
            let named = set
                .code_systems()
                .iter()
                .any(|s| s.is_named(&concept.system));
            assert!(
                named,
                "{}: {} is not in the head",
                set.name(),
                concept.system
            );
        }
    }
}

#[test]
fn no_set_holds_a_code_twice() {
    for set in Terminology::embedded().value_sets() {
        let mut seen = HashSet::new();
        for concept in set.concepts() {
            let couple = (concept.system.as_ref(), concept.code.as_str());
            assert!(seen.insert(couple), "{}: {couple:?} twice", set.name());
        }
    }
}

#[test]
fn the_sets_of_a_meeting_report_have_their_published_sizes() {
    let terminology = Terminology::embedded();
    for (name, count) in [
        ("JDV_NatureDiscussion_CISIS", 2),
        ("JDV_RCP_Appareil_CISIS", 14),
        ("JDV_RCP_Organe_CISIS", 57),
        ("JDV_TraitementSoins_FRCP_CISIS", 10),
        ("JDV_StatutCasPresente_CISIS", 2),
        ("JDV_PhaseCancer_CISIS", 2),
        ("JDV_OMSEchPerf_CISIS", 5),
        ("JDV_OMSInterpret_CISIS", 5),
        ("JDV_TypeTraitement_FRCP_CISIS", 18),
        ("JDV_StatutQuorum_CISIS", 3),
        ("JDV_StatutDoc_CISIS", 4),
        ("JDV_ProblemCodes_CISIS", 7),
        ("JDV_ModificateurTopographique_CISIS", 46),
        ("JDV_J143_AdministrativeGender_CISIS", 3),
        ("JDV_J47_FunctionCode_CISIS", 10),
        ("JDV_J144_ParticipationType_CISIS", 7),
        ("JDV_J141_RoleClass_CISIS", 2),
        ("JDV_J142_TypeRencontre_CISIS", 8),
        ("JDV_J04_XdsPracticeSettingCode_CISIS", 12),
        ("JDV_J11_RelationPatient_CISIS", 37),
        ("JDV_J245_Civilite_CISIS", 2),
        ("JDV_J246_Titre_CISIS", 6),
        ("JDV_Tumeur_CISIS", 724),
        ("JDV_Morphologie_CISIS", 1032),
        ("JDV_J01_XdsAuthorSpecialty_CISIS", 396),
        ("JDV_J02_XdsHealthcareFacilityTypeCode_CISIS", 69),
    ] {
        let set = terminology.value_set(name).expect(name);
        let in_force = set
            .concepts()
            .iter()
            .filter(|concept| !concept.validity.has_end());
        assert_eq!(in_force.count(), count, "{name}");
    }
    let function = terminology
        .value_set("JDV_J47-FunctionCode-CISIS")
        .expect("J47");
    assert!(function.contains("2.16.840.1.113883.5.88", "PCP"));
    assert!(function.contains("1.2.250.1.213.1.6.1.107", "353"));
}

#[test]
fn the_pivot_has_the_counts_of_its_sheet() {
    let terminology = Terminology::embedded();
    assert_eq!(terminology.categories().len(), 13);
    assert_eq!(terminology.care_types().len(), 137);
    let covered = |coverage: Coverage| {
        let of = |care: &&CareType| terminology.coverage(&care.code, TODAY) == coverage;
        terminology.care_types().iter().filter(of).count()
    };
    assert_eq!(
        (
            covered(Coverage::Exact),
            covered(Coverage::Approximate),
            covered(Coverage::None)
        ),
        (78, 49, 10)
    );
    for care in terminology.care_types() {
        assert!(
            terminology.category(&care.category).is_some(),
            "{}",
            care.code
        );
    }
}

#[test]
fn every_target_exists_in_the_national_list_with_its_label() {
    let terminology = Terminology::embedded();
    for (source, target) in all_targets(&terminology) {
        let labels: Vec<&str> = terminology
            .value_sets()
            .filter_map(|set| set.find_in(&target.system, &target.code))
            .map(|concept| concept.display.as_str())
            .collect();
        assert!(
            !labels.is_empty(),
            "{source}: {} {}",
            target.list,
            target.code
        );
        assert!(
            labels.contains(&target.display.as_str()),
            "{source}: {} {} is not labelled {:?} but {labels:?}",
            target.list,
            target.code,
            target.display
        );
    }
}

#[test]
fn no_target_is_listed_twice_for_a_pivot_code() {
    let terminology = Terminology::embedded();
    let mut seen = HashSet::new();
    for (source, target) in all_targets(&terminology) {
        assert!(
            seen.insert((source, &target.system, &target.code)),
            "{source} {}",
            target.code
        );
    }
}

#[test]
fn a_published_activity_may_be_sent_to_the_ror() {
    let terminology = Terminology::embedded();
    let allowed = terminology
        .value_set("JDV_J17-ActiviteOperationnelle-ROR")
        .expect("J17");
    let codes = terminology.categories().iter().map(|c| c.code.as_str());
    for code in codes.chain(terminology.care_types().iter().map(|c| c.code.as_str())) {
        let activity = terminology.national_activity(code);
        assert!(allowed.find(activity).is_some(), "{code}: {activity}");
    }
}

#[test]
fn the_activity_of_an_offer_follows_the_rule_of_listing() {
    let terminology = Terminology::embedded();
    assert_eq!(terminology.national_activity("DOUL-02"), DEFAULT_ACTIVITY);
    assert_eq!(terminology.national_activity("DOUL-04"), "566");
    assert_eq!(terminology.national_activity("PALL"), "170");
    assert_eq!(terminology.national_activity("FERT-05"), "222");
    assert_eq!(terminology.national_activity("UNKNOWN"), DEFAULT_ACTIVITY);
}

#[test]
fn only_live_acts_that_say_enough_are_published() {
    let terminology = Terminology::embedded();
    let acts = |code| -> Vec<&str> {
        terminology
            .published_codes(code, "R210", TODAY)
            .map(|act| act.code.as_str())
            .collect()
    };
    assert_eq!(acts("DOUL-02"), ["1366"]);
    assert_eq!(acts("BIEN-06"), [""; 0]);
    let mobile_team: Vec<_> = terminology
        .published_codes("PALL-03", "R244", TODAY)
        .collect();
    assert!(mobile_team.is_empty(), "252 is deprecated");
    assert!(
        terminology
            .national_codes("PALL-03")
            .any(|(_, target)| target.validity.has_end())
    );
}

#[test]
fn the_thirteen_words_of_bretagne_are_the_thirteen_categories() {
    let terminology = Terminology::embedded();
    assert_eq!(terminology.regional_labels("bretagne").len(), 13);
    for category in terminology.categories() {
        assert_eq!(
            terminology.pivot_of("bretagne", &category.label),
            Some(category.code.as_str())
        );
    }
    assert_eq!(
        terminology.pivot_of("bretagne", "PRÉSERVATION de la fertilite"),
        Some("FERT")
    );
    assert_eq!(terminology.pivot_of("bretagne", "doul-02"), Some("DOUL-02"));
    assert_eq!(
        terminology.pivot_of("bretagne", "lymphoedeme"),
        Some("REED-03")
    );
    assert_eq!(terminology.pivot_of("bretagne", "Astrologie"), None);
}

#[test]
fn a_region_gives_its_own_meaning_to_a_word() {
    let terminology = Terminology::embedded();
    let word = "Activité physique adaptée";
    assert_eq!(
        terminology.pivot_of("hauts-de-france", word),
        Some("APA-01")
    );
    assert_eq!(terminology.pivot_of("bretagne", word), Some("APA"));
    assert_eq!(
        terminology.pivots_of("hauts-de-france", "accompagnement social"),
        ["SOC-01", "SOC-02"]
    );
}

#[test]
fn every_target_of_a_region_is_a_pivot_code() {
    let terminology = Terminology::embedded();
    for (name, region) in &terminology.regions {
        for label in region.labels() {
            for pivot in terminology.pivots_of(name, label) {
                let is_known = terminology.category(pivot).is_some()
                    || terminology.care_type(pivot).is_some()
                    || terminology.facet(pivot).is_some();
                assert!(is_known, "{name}: {label} leads to {pivot}");
            }
        }
    }
}

#[test]
fn no_two_pivot_codes_share_a_name() {
    let terminology = Terminology::embedded();
    let mut seen = HashSet::new();
    let categories = terminology.categories().iter().map(|c| &c.label);
    for label in categories.chain(terminology.care_types().iter().map(|c| &c.label)) {
        assert!(seen.insert(fold(label)), "{label}");
    }
}

#[test]
fn facets_are_found_within_their_own_facet() {
    let terminology = Terminology::embedded();
    assert_eq!(terminology.facet_of("LIEU", "had"), Some("LIEU-HAD"));
    assert_eq!(terminology.facet_of("STR", "HAD"), Some("STR-HAD"));
    assert_eq!(terminology.facet_of("PUB", "Domicile"), None);
    assert_eq!(terminology.facets("AGE").count(), 4);
    assert_eq!(
        terminology.facet("PHA-AVANT").map(|f| f.facet.as_str()),
        Some("PHA")
    );
}

#[test]
fn a_mistyped_label_is_met_with_the_nearest_one() {
    let terminology = Terminology::embedded();
    assert_eq!(
        terminology.suggest("Dietetique et nutritoin"),
        Some("Diététique et nutrition")
    );
    assert_eq!(terminology.suggest("xyz"), None);
    assert_eq!(
        terminology.suggest_facet("LIEU", "domicille"),
        Some("Domicile")
    );
}

#[test]
fn a_broken_table_is_refused_with_its_place() {
    let files = [("national/X.csv", "code,system,display\nA,,Sans système\n")];
    let error = Terminology::read(&files).err().expect("refused");
    assert_eq!(
        error.to_string(),
        "national/X.csv, line 2: `` is not allowed in column `system`"
    );
}
