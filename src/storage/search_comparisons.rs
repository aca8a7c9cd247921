//! What one row of a search table is compared with, as SQL: codes, texts, periods, numbers, words.

use super::sql_text::SqlText;
use crate::{
    fhir::{DateComparator, DateTest, NumberTest, ResourceType, TextMode, TokenTest, shorten},
    terminology::fold,
};

/// Codes, of a system or of any.
pub(super) fn push_token(sql: &mut SqlText, test: &TokenTest) {
    sql.push("1 = 1");
    if let Some(system) = &test.system {
        sql.push(" and v.system = ").bind(shorten(system));
    }
    match test.codes.as_deref() {
        None => {}
        Some([code]) => {
            sql.push(" and v.code = ").bind(shorten(code));
        }
        Some(codes) => {
            let codes = codes.iter().map(|code| shorten(code));
            sql.push(" and v.code in (").bind_list(codes).push(")");
        }
    }
}

/// A text as it is written, or folded, in that order of texts.
pub(super) fn push_text(sql: &mut SqlText, mode: TextMode, value: &str, collation: &str) {
    let folded = || shorten(&fold(value));
    let compare = |sql: &mut SqlText, operator: &str| {
        sql.push(&format!("v.value{collation} {operator} "))
            .bind(folded());
    };
    let like = |sql: &mut SqlText, pattern: String| {
        sql.push("v.value like ").bind(pattern).push(r" escape '\'");
    };
    match mode {
        TextMode::Exact => {
            sql.push("v.exact = ").bind(shorten(value));
        }
        TextMode::Below => {
            let start = shorten(&format!("{}/", value.trim_end_matches('/')));
            let length = start.chars().count();
            sql.push("v.exact = ").bind(shorten(value));
            sql.push(&format!(" or substr(v.exact, 1, {length}) = "))
                .bind(start);
        }
        TextMode::Starts => like(sql, format!("{}%", escape_like(&folded()))),
        TextMode::Contains => like(sql, format!("%{}%", escape_like(&folded()))),
        TextMode::Ends => like(sql, format!("%{}", escape_like(&folded()))),
        TextMode::Equal => compare(sql, "="),
        TextMode::After => compare(sql, ">"),
        TextMode::FromOn => compare(sql, ">="),
        TextMode::Before => compare(sql, "<"),
        TextMode::UpTo => compare(sql, "<="),
    }
}

/// Compares a period with that of the query; an empty end is an open one. An instant stands for
/// itself: it begins and ends there.
pub(super) fn push_date(
    sql: &mut SqlText,
    starts: &str,
    ends: &str,
    test: &DateTest,
    is_instant: bool,
) {
    let (from, before) = (test.from.as_str(), test.before.as_str());
    let starts_from = |sql: &mut SqlText| {
        sql.push(&format!("{starts} >= ")).bind(from);
    };
    let starts_before = |sql: &mut SqlText, bound: &str| {
        sql.push(&format!("{starts} < ")).bind(bound);
    };
    let ends_by = |sql: &mut SqlText| {
        if is_instant {
            sql.push(&format!("{ends} < ")).bind(before);
        } else {
            sql.push(&format!("({ends} <> '' and {ends} <= "))
                .bind(before)
                .push(")");
        }
    };
    let ends_after = |sql: &mut SqlText, bound: &str| {
        if is_instant {
            sql.push(&format!("{ends} >= ")).bind(bound);
        } else {
            sql.push(&format!("({ends} = '' or {ends} > "))
                .bind(bound)
                .push(")");
        }
    };
    let within = |sql: &mut SqlText| {
        sql.push("(");
        starts_from(sql);
        sql.push(" and ");
        ends_by(sql);
        sql.push(")");
    };
    match test.comparator {
        DateComparator::Within => within(sql),
        DateComparator::NotWithin => {
            sql.push("not ");
            within(sql);
        }
        DateComparator::ReachesAfter => ends_after(sql, before),
        DateComparator::ReachesBefore => starts_before(sql, from),
        DateComparator::WithinOrAfter => {
            ends_after(sql, before);
            sql.push(" or ");
            within(sql);
        }
        DateComparator::WithinOrBefore => {
            starts_before(sql, from);
            sql.push(" or ");
            within(sql);
        }
        DateComparator::StartsAfter => {
            sql.push(&format!("{starts} >= ")).bind(before);
        }
        DateComparator::EndsBefore => {
            if is_instant {
                starts_before(sql, from);
            } else {
                sql.push(&format!("({ends} <> '' and {ends} <= "))
                    .bind(from)
                    .push(")");
            }
        }
        DateComparator::Overlaps => {
            starts_before(sql, before);
            sql.push(" and ");
            ends_after(sql, from);
        }
    }
}

/// A number in a range or outside of it, and its unit.
pub(super) fn push_number(sql: &mut SqlText, test: &NumberTest) {
    sql.push(if test.is_outside {
        "not (1 = 1"
    } else {
        "(1 = 1"
    });
    if let Some(from) = test.from {
        sql.push(" and v.value >= ").bind_number(from);
    }
    if let Some(to) = test.to {
        sql.push(" and v.value <= ").bind_number(to);
    }
    sql.push(")");
    if !test.systems.is_empty() {
        let systems = test.systems.iter().copied();
        sql.push(" and v.system in (").bind_list(systems).push(")");
    }
    if let Some(system) = &test.system {
        sql.push(" and v.system = ").bind(shorten(system));
    }
    if let Some(unit) = &test.unit {
        sql.push(" and v.code = ").bind(shorten(unit));
    }
}

/// Words that start so. The bounds let the index be used; `like` decides, whatever the collation.
pub(super) fn push_word(sql: &mut SqlText, id: &str, on: ResourceType, start: &str) {
    sql.push(id)
        .push(" in (select w.resource_id from search_word w where w.resource_type = ")
        .bind(on.as_str());
    let is_plain = start
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if is_plain {
        sql.push(" and w.word >= ").bind(start);
        if let Some(after) = first_word_after(start) {
            sql.push(" and w.word < ").bind(after);
        }
    }
    sql.push(" and w.word like ")
        .bind(format!("{}%", escape_like(start)))
        .push(r" escape '\')");
}

/// The first text of digits and small letters after all those that start so.
fn first_word_after(start: &str) -> Option<String> {
    let mut letters = start.as_bytes().to_vec();
    while let Some(last) = letters.pop() {
        let next = match last {
            b'9' => b'a',
            b'z' => continue,
            other => other + 1,
        };
        letters.push(next);
        return String::from_utf8(letters).ok();
    }
    None
}

fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_after_a_start_is_the_next_letter() {
        let after = |start| first_word_after(start).unwrap_or_default();
        assert_eq!(after("ab"), "ac");
        assert_eq!(after("az"), "b");
        assert_eq!(after("a9"), "aa");
        assert_eq!(after("zz"), "");
    }

    #[test]
    fn a_percent_sign_is_not_a_wildcard() {
        assert_eq!(escape_like(r"50%_\"), r"50\%\_\\");
    }
}
