use time::macros::date;

use super::{super::embedded::FILES, *};
use crate::finding::Severity;

const TODAY: Date = date!(2026 - 11 - 24);

/// The embedded folder with one file changed.
fn with(path: &str, change: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = FILES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let file = files.iter_mut().find(|file| file.0 == path).expect(path);
    file.1 = change(&file.1);
    files
}

fn errors(files: &[(String, String)], day: Date) -> Vec<(String, u64, &'static str)> {
    let borrowed: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    check(&borrowed, day)
        .into_iter()
        .filter(|found| found.finding.severity == Severity::Error)
        .map(|found| {
            let line = found.finding.line.unwrap_or_default();
            (found.file, line, found.finding.rule)
        })
        .collect()
}

fn line_of(files: &[(String, String)], path: &str, start: &str) -> u64 {
    let file = files.iter().find(|file| file.0 == path).expect(path);
    let line = file.1.lines().position(|line| line.starts_with(start));
    line.expect(start) as u64 + 1
}

#[test]
fn the_folder_that_is_shipped_has_no_error() {
    let found = check(FILES, TODAY);
    let errors: Vec<_> = found
        .iter()
        .filter(|found| found.finding.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn a_withdrawn_target_is_named_with_what_is_in_force() {
    let found = check(FILES, TODAY);
    let dated: Vec<_> = found
        .iter()
        .filter(|found| found.finding.rule == "MAP-DATE")
        .collect();
    assert_eq!(dated.len(), 2, "252 and 265: {dated:#?}");
    for finding in dated {
        assert!(finding.finding.message.fr.contains("2026-06-29"));
        assert!(finding.finding.cure.fr.contains("R213 53"));
    }
    let before = check(FILES, date!(2026 - 06 - 28));
    let is_old = |found: &&FileFinding| found.finding.message.fr.contains("R244 2");
    assert_eq!(
        before.iter().filter(is_old).count(),
        0,
        "in force the day before"
    );
}

/// A row is added to a map: which rule refuses it.
#[test]
fn each_kind_of_wrong_row_is_refused_at_its_line() {
    const R210: &str =
        "https://mos.esante.gouv.fr/NOS/TRE_R210-ActeSpecifique/FHIR/TRE-R210-ActeSpecifique";
    let national = "pivot/to-national.csv";
    let tail = "raison,Test,2026-11-24,draft";
    for (row, rule) in [
        (
            format!("DOUL-99,R210,{R210},0601,Analgésie par hypnose,equivalent,,,{tail}"),
            "MAP-SOURCE",
        ),
        (
            format!("DOUL-06,R210,{R210},9999,Rien,equivalent,,,{tail}"),
            "MAP-TARGET",
        ),
        (
            format!("DOUL-06,R210,https://a.invalid/s,0601,Analgésie par hypnose,wider,,,{tail}"),
            "MAP-TARGET",
        ),
        (
            format!("DOUL-03,R210,{R210},0601,Analgésie par hypnose,equivalent,,,{tail}"),
            "MAP-TWICE",
        ),
        (
            format!("DOUL-03,R210,{R210},0601,Analgésie par hypnose,wider,,,{tail}"),
            "MAP-CONTRADICTION",
        ),
        (
            format!("DOUL-06,R210,{R210},0601,Analgésie par hypnose,narrower,ACC-MARS,,{tail}"),
            "MAP-DEPENDS",
        ),
        (
            format!("DOUL-06,R210,{R210},0601,Analgésie par hypnose,narrower,,R213:999,{tail}"),
            "MAP-PRODUCT",
        ),
        (
            format!("DOUL-06,R210,{R210},0601,Analgésie par hypnose,same,,,{tail}"),
            "MAP-READ",
        ),
        (
            format!(
                "DOUL-06,R210,{R210},0601,Analgésie par hypnose,narrower,,,raison,Test,hier,draft"
            ),
            "MAP-READ",
        ),
        ("DOUL-06,R210".to_owned(), "MAP-READ"),
    ] {
        let files = with(national, |text| format!("{text}{row}\n"));
        let last = files
            .iter()
            .find(|file| file.0 == national)
            .map_or(0, |file| file.1.lines().count() as u64);
        let found = errors(&files, TODAY);
        assert!(
            found.contains(&(national.to_owned(), last, rule)),
            "{row}\n{found:?}"
        );
    }
}

#[test]
fn a_source_is_not_unmatched_and_matched() {
    let national = "pivot/to-national.csv";
    let files = with(national, |text| {
        let row = text
            .lines()
            .find(|line| line.starts_with("DOUL-03,"))
            .expect("a row");
        format!("{text}{}\n", row.replace("DOUL-03", "SOC-11"))
    });
    let line = line_of(&files, national, "SOC-11,");
    assert_eq!(
        errors(&files, TODAY),
        [(national.to_owned(), line, "MAP-CONTRADICTION")]
    );
}

#[test]
fn a_word_without_a_row_and_a_word_written_twice_are_found() {
    let vocabulary = "regions/bretagne/vocabulary.csv";
    let files = with(vocabulary, |text| {
        format!("{text}yoga,Yoga,\nDOULEUR,Fertilité,\n")
    });
    let yoga = line_of(&files, vocabulary, "yoga,");
    assert_eq!(
        errors(&files, TODAY),
        [
            (vocabulary.to_owned(), yoga, "MAP-MISSING"),
            (vocabulary.to_owned(), yoga + 1, "MAP-MISSING")
        ]
    );
    let files = with(vocabulary, |text| format!("{text}douleur,DOULEUR !,\n"));
    let last = line_of(&files, vocabulary, "douleur,DOULEUR");
    assert_eq!(
        errors(&files, TODAY),
        [(vocabulary.to_owned(), last, "MAP-TWICE")]
    );
}

#[test]
fn a_target_wider_than_a_category_is_not_the_same_as_its_care_type() {
    let national = "pivot/to-national.csv";
    let files = with(national, |text| {
        text.replace(
            "Accompagnement à la sexualité,narrower",
            "Accompagnement à la sexualité,wider",
        )
    });
    let line = line_of(&files, national, "SEXU-03,R210");
    assert_eq!(
        errors(&files, TODAY),
        [(national.to_owned(), line, "MAP-CONTRADICTION")]
    );
}

#[test]
fn every_row_that_cannot_be_read_is_named_at_once() {
    let map = "regions/bretagne/to-pivot.csv";
    let files = with(map, |text| {
        text.replace("douleur,DOUL,equivalent", "douleur,DOUL,pareil")
            .replace("social,SOC,equivalent", "social,,equivalent")
    });
    let lines: Vec<u64> = errors(&files, TODAY).iter().map(|found| found.1).collect();
    assert_eq!(
        lines,
        [
            line_of(&files, map, "douleur,"),
            line_of(&files, map, "social,")
        ]
    );
}
