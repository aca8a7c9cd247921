//! The conditions of a search as SQL, one text for both engines.

use super::{Reader, sql_text::SqlText};
use crate::{
    fhir::{Criterion, InstantRange, ResourceType, TextMode, TokenTest, shorten},
    terminology::fold,
};

/// ` and …` for what the reader may see, of the row `r` of table `resource`.
///
/// A place is seen when it serves an offer that is seen, or none: the address of a sensitive unit
/// is not told by its place either.
pub(super) fn push_visibility(sql: &mut SqlText, kind: ResourceType, reader: Reader) {
    if reader == Reader::Network {
        return;
    }
    sql.push(" and r.is_public = 1");
    if kind == ResourceType::Location {
        sql.push(
            " and (not exists (select 1 from search_reference v where v.resource_type = 'HealthcareService' \
             and v.parameter = 'location' and v.target_type = 'Location' and v.target_id = r.id) \
             or exists (select 1 from search_reference v join resource o \
             on o.resource_type = v.resource_type and o.id = v.resource_id and o.is_public = 1 \
             where v.resource_type = 'HealthcareService' and v.parameter = 'location' \
             and v.target_type = 'Location' and v.target_id = r.id))",
        );
    }
}

/// The condition on the resource whose id is the expression `id`.
pub(super) fn push_criterion(sql: &mut SqlText, id: &str, criterion: &Criterion) {
    match criterion {
        Criterion::Id(ids) if ids.is_empty() => {
            sql.push("1 = 0");
        }
        Criterion::Id(ids) => {
            sql.push(id).push(" in (").bind_list(ids).push(")");
        }
        Criterion::LastUpdated { on, ranges } => {
            sql.push(id)
                .push(" in (select u.id from resource u where u.resource_type = ")
                .bind(on.as_str());
            sql.push(" and ");
            push_joined(sql, " or ", ranges, push_range);
            sql.push(")");
        }
        Criterion::Token {
            on,
            parameter,
            tests,
            is_negated,
        } => {
            sql.push(id)
                .push(if *is_negated { " not in" } else { " in" });
            sql.push(" (select t.resource_id from search_token t where t.resource_type = ")
                .bind(on.as_str());
            sql.push(" and t.parameter = ")
                .bind(*parameter)
                .push(" and ");
            push_joined(sql, " or ", tests, push_token);
            sql.push(")");
        }
        Criterion::Text {
            on,
            parameter,
            mode,
            values,
        } => {
            sql.push(id)
                .push(" in (select s.resource_id from search_string s where s.resource_type = ")
                .bind(on.as_str());
            sql.push(" and s.parameter = ")
                .bind(*parameter)
                .push(" and ");
            push_joined(sql, " or ", values, |sql, value| {
                push_text(sql, *mode, value);
            });
            sql.push(")");
        }
        Criterion::Reference {
            on,
            parameter,
            targets,
        } => {
            push_reference_head(sql, id, *on, parameter);
            push_joined(sql, " or ", targets, |sql, (kind, target)| {
                sql.push("c.target_type = ").bind(kind.as_str());
                sql.push(" and c.target_id = ").bind(target);
            });
            sql.push(")");
        }
        Criterion::Chain {
            on,
            parameter,
            target,
            criterion,
        } => {
            push_reference_head(sql, id, *on, parameter);
            sql.push("c.target_type = ")
                .bind(target.as_str())
                .push(" and ");
            push_criterion(sql, "c.target_id", criterion);
            sql.push(")");
        }
        Criterion::Word { on, start } => push_word(sql, id, *on, start),
        Criterion::All(all) if all.is_empty() => {
            sql.push("1 = 1");
        }
        Criterion::Any(any) if any.is_empty() => {
            sql.push("1 = 0");
        }
        Criterion::All(all) => push_joined(sql, " and ", all, |sql, one| {
            push_criterion(sql, id, one);
        }),
        Criterion::Any(any) => push_joined(sql, " or ", any, |sql, one| {
            push_criterion(sql, id, one);
        }),
    }
}

fn push_joined<T>(
    sql: &mut SqlText,
    separator: &str,
    items: &[T],
    mut push: impl FnMut(&mut SqlText, &T),
) {
    sql.push("(");
    for (rank, item) in items.iter().enumerate() {
        sql.push(if rank == 0 { "(" } else { separator });
        if rank > 0 {
            sql.push("(");
        }
        push(sql, item);
        sql.push(")");
    }
    sql.push(")");
}

fn push_reference_head(sql: &mut SqlText, id: &str, on: ResourceType, parameter: &str) {
    sql.push(id)
        .push(" in (select c.resource_id from search_reference c where c.resource_type = ")
        .bind(on.as_str());
    sql.push(" and c.parameter = ")
        .bind(parameter)
        .push(" and ");
}

fn push_range(sql: &mut SqlText, range: &InstantRange) {
    sql.push("1 = 1");
    if let Some(from) = &range.from {
        sql.push(" and u.last_updated >= ").bind(from);
    }
    if let Some(before) = &range.before {
        sql.push(" and u.last_updated < ").bind(before);
    }
}

fn push_token(sql: &mut SqlText, test: &TokenTest) {
    sql.push("1 = 1");
    if let Some(system) = &test.system {
        sql.push(" and t.system = ").bind(shorten(system));
    }
    if let Some(code) = &test.code {
        sql.push(" and (t.code = ").bind(shorten(code));
        if test.with_below {
            // The pivot vocabulary writes what is below a category after a hyphen.
            sql.push(" or t.code like ")
                .bind(format!("{}-%", escape_like(code)))
                .push(r" escape '\'");
        }
        sql.push(")");
    }
}

fn push_text(sql: &mut SqlText, mode: TextMode, value: &str) {
    match mode {
        TextMode::Exact => {
            sql.push("s.exact = ").bind(shorten(value));
        }
        TextMode::Starts => {
            sql.push("s.value like ")
                .bind(format!("{}%", escape_like(&shorten(&fold(value)))))
                .push(r" escape '\'");
        }
        TextMode::Contains => {
            sql.push("s.value like ")
                .bind(format!("%{}%", escape_like(&shorten(&fold(value)))))
                .push(r" escape '\'");
        }
    }
}

/// Words that start so. The bounds let the index be used; `like` decides, whatever the collation.
fn push_word(sql: &mut SqlText, id: &str, on: ResourceType, start: &str) {
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
