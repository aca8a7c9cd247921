use std::sync::LazyLock;

use time::macros::datetime;

use super::*;
use crate::finding::Severity;

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fn parse_as(
    on: ResourceType,
    query: &str,
    handling: Handling,
) -> Result<SearchQuery, Vec<Finding>> {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let asking = Asking {
        terminology: &TERMINOLOGY,
        now: datetime!(2026-11-23 8:00 UTC),
        handling,
    };
    SearchQuery::parse(on, &pairs, &asking)
}

fn parse(query: &str) -> Result<SearchQuery, Vec<Finding>> {
    parse_as(ResourceType::HealthcareService, query, Handling::Strict)
}

#[test]
fn the_scenarios_of_the_national_guide_are_understood() {
    for query in [
        "specialty=https://mos.esante.gouv.fr/NOS/TRE_R211-ActiviteOperationnelle/FHIR/TRE-R211-ActiviteOperationnelle|414,170",
        "service-category=|72&characteristic=http://terminology.hl7.org/CodeSystem/y|06",
        "specialty=414&location.address-postalcode=59&_include:iterate=*",
        "location.commune-cog=59350,62041",
        "identifier=32/0012345&_include=HealthcareService:organization&_include:iterate=Organization:partof&_include=HealthcareService:location",
        "_lastUpdated=ge2026-11-21T02:00:00+01:00&_lastUpdated=le2026-11-22",
        "_tag=https://x|32",
        "organization:Organization.identifier=750000001",
        "organization.name:contains=chu&name:exact=A",
        "sos-category:below=APA&department=59&sos-phase=PHA-APRES&sos-audience=PUB-PATIENT",
        "_include=*&_count=500&_sort=-_lastUpdated&_total=none&_format=json&organization=eg-1",
    ] {
        assert!(parse(query).is_ok(), "{query}: {:?}", parse(query));
    }
    let revinclude = parse_as(
        ResourceType::Organization,
        "identifier=1&_include=Organization:partof&_revinclude=HealthcareService:organization",
        Handling::Strict,
    );
    assert_eq!(revinclude.map(|query| query.includes.len()), Ok(2));
}

#[test]
fn everything_unknown_is_refused_at_once_with_the_nearest_known() {
    let findings = parse(
        "speciality=1&name:fuzzy=2&organization.identifer=3&location.address.name=4&_include=Patient:x&_lastUpdated=hier&_sort=age",
    )
    .expect_err("refused");
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(
        rules,
        [
            "SEARCH-PARAMETER",
            "SEARCH-MODIFIER",
            "SEARCH-PARAMETER",
            "SEARCH-CHAIN",
            "SEARCH-INCLUDE",
            "SEARCH-VALUE",
            "SEARCH-SORT"
        ]
    );
    assert!(findings[0].cure.en.contains("\"specialty\""));
    assert!(findings[2].cure.en.contains("\"identifier\""));
}

#[test]
fn what_is_unknown_is_set_aside_when_the_caller_is_lenient() {
    let query = parse_as(
        ResourceType::HealthcareService,
        "speciality=1&name=a&_cursor=zzz",
        Handling::Lenient,
    )
    .expect("lenient");
    assert_eq!(query.parts[0].criteria.len(), 1);
    assert_eq!(query.warnings.len(), 2);
    assert_eq!(query.warnings[0].severity, Severity::Warning);
    assert_eq!(query.understood, [("name".to_owned(), "a".to_owned())]);
}

#[test]
fn a_name_that_could_harm_a_log_is_not_repeated() {
    let findings = parse("a<b\"=1").expect_err("refused");
    assert_eq!(findings[0].place, "?");
}

#[test]
fn a_department_is_that_of_the_place_or_of_a_commune_served() {
    let query = parse("department=29").expect("understood");
    assert!(matches!(
        &query.parts[0].criteria[..],
        [Criterion::Any(either)] if either.len() == 2
    ));
}

#[test]
fn the_distance_is_a_key_under_the_name_of_its_parameter_too() {
    let by_distance = |query: &str| {
        let area = "location.near=48.39|-4.48|10|km";
        let sort = parse(&format!("{area}&_sort={query}")).map(|query| query.sort);
        sort.map(|sort| (sort[0].by == SortBy::Distance, sort[0].is_descending))
    };
    assert_eq!(by_distance("near"), Ok((true, false)));
    assert_eq!(by_distance("-location.near,name"), Ok((true, true)));
    for other in ["organization.near", ".near", "x.location.near"] {
        let refused = by_distance(other).expect_err("refused");
        assert_eq!(refused[0].rule, "SEARCH-SORT", "{other}");
    }
    let without = parse("_sort=location.near").expect_err("refused");
    assert_eq!(without[0].rule, "SEARCH-SORT");
}

#[test]
fn an_empty_value_asks_for_nothing() {
    assert_eq!(
        parse("name=&_sort=").map(|query| query.is_unconditional()),
        Ok(true)
    );
}

#[test]
fn a_search_of_thousands_of_values_is_refused() {
    let query = format!("_id={}", "a,".repeat(5_000));
    assert_eq!(
        parse(&query).expect_err("refused")[0].rule,
        "SEARCH-TOO-COSTLY"
    );
    let words = format!("_content={}", "mot ".repeat(500));
    assert_eq!(
        parse(&words).expect_err("refused")[0].rule,
        "SEARCH-TOO-COSTLY"
    );
}
