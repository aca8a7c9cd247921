//! The conditions of a search as SQL, one text for both engines.
//!
//! Each condition is a set of ids, so that none looks at the rows of another and all may be joined,
//! negated and followed through references. What a reader may not see is in none of these sets.

use super::{
    Reader,
    search_comparisons::{push_date, push_number, push_text, push_token, push_word},
    search_near::Nearby,
    sql_text::SqlText,
};
use crate::fhir::{Criterion, Family, Line, ResourceType, ValueTest};

/// ` and …` for what the reader may see, of the row `r` of table `resource`.
pub(super) fn push_visibility(sql: &mut SqlText, kind: ResourceType, reader: Reader) {
    push_visibility_of(sql, "r", kind, reader);
}

/// ` and …` for what the reader may see of the row `r` by itself: what others say of it was asked
/// before.
pub(super) fn push_own_visibility(sql: &mut SqlText, reader: Reader) {
    if reader == Reader::Public {
        sql.push(" and r.is_public = 1");
    }
}

/// ` and …` for what the reader may see, of the row `row` of table `resource`.
///
/// A list is seen when all that it refers to is seen: it would tell of the rest.
fn push_visibility_of(sql: &mut SqlText, row: &str, kind: ResourceType, reader: Reader) {
    if reader == Reader::Network {
        return;
    }
    sql.push(" and ").push(row).push(".is_public = 1");
    if kind == ResourceType::Location {
        sql.push(&format!(" and ({})", place_is_seen(row)));
    }
    if kind == ResourceType::List {
        sql.push(&format!(
            " and not exists (select 1 from search_reference i where i.resource_type = 'List' \
             and i.resource_id = {row}.id and not exists (select 1 from resource m \
             where m.resource_type = i.target_type and m.id = i.target_id and m.is_public = 1 \
             and (m.resource_type <> 'Location' or {})))",
            place_is_seen("m"),
        ));
    }
}

/// A place is seen when it serves an offer that is seen, or none: the address of a sensitive unit
/// is not told by its place either. Its offers are looked at one within the other: joined, they had
/// SQLite begin with all offers that are seen.
fn place_is_seen(row: &str) -> String {
    format!(
        "not exists (select 1 from search_reference v where v.resource_type = 'HealthcareService' \
         and v.parameter = 'location' and v.target_type = 'Location' and v.target_id = {row}.id) \
         or exists (select 1 from search_reference v where v.resource_type = 'HealthcareService' \
         and v.parameter = 'location' and v.target_type = 'Location' and v.target_id = {row}.id \
         and exists (select 1 from resource o where o.resource_type = 'HealthcareService' \
         and o.id = v.resource_id and o.is_public = 1))"
    )
}

/// Sets that the database may put in an order of joins.
const MAX_JOINED: usize = 8;

/// What conditions are written with.
pub(super) struct Conditions<'c> {
    /// Who asks.
    pub reader: Reader,
    /// The order of texts by their bytes.
    pub collation: &'static str,
    /// The places of each area.
    pub nearby: &'c [Nearby],
}

impl Conditions<'_> {
    /// The condition on the resource whose id is the expression `id`.
    pub(super) fn push(&self, sql: &mut SqlText, id: &str, criterion: &Criterion) {
        match criterion {
            Criterion::Id(ids) if ids.is_empty() => {
                sql.push("1 = 0");
            }
            Criterion::Id(ids) => {
                sql.push(id).push(" in (").bind_list(ids).push(")");
            }
            Criterion::LastUpdated { on, tests } => {
                sql.push(id)
                    .push(" in (select u.id from resource u where u.resource_type = ")
                    .bind(on.as_str())
                    .push(" and ");
                push_joined(sql, " or ", tests, |sql, test| {
                    push_date(sql, "u.last_updated", "u.last_updated", test, true);
                });
                sql.push(")");
            }
            Criterion::Value {
                on,
                parameter,
                test,
                is_other,
            } => self.push_value(sql, id, *on, parameter, test, *is_other),
            Criterion::Chain {
                on,
                parameter,
                target,
                criterion,
            } => {
                push_rows(sql, id, "search_reference", *on, parameter);
                sql.push(" and v.target_type = ").bind(target.as_str());
                sql.push(" and ");
                self.push(sql, "v.target_id", criterion);
                // The place of an offer that is seen is seen, when it is there.
                let is_place = *on == ResourceType::HealthcareService && *parameter == "location";
                if criterion.may_hold_of_nothing() {
                    self.push_there(sql, "v.target_id", *target);
                } else if !is_place {
                    self.push_seen(sql, "v.target_id", *target);
                }
                sql.push(")");
            }
            Criterion::ReferredBy {
                on,
                parameter,
                target,
                criterion,
            } => {
                // The type as it is: the index of the lists is for the references of that one.
                sql.push(id)
                    .push(&format!(
                        " in (select v.target_id from search_reference v where v.resource_type = '{}'",
                        on.as_str()
                    ))
                    .push(" and v.parameter = ")
                    .bind(*parameter)
                    .push(" and v.target_type = ")
                    .bind(target.as_str())
                    .push(" and ");
                self.push(sql, "v.resource_id", criterion);
                self.push_seen(sql, "v.resource_id", *on);
                sql.push(")");
            }
            Criterion::Lineage {
                on,
                parameter,
                line,
                criterion,
            } => self.push_lineage(sql, id, *on, parameter, *line, criterion),
            Criterion::Near(area) => {
                let rank = self.nearby.iter().position(|near| near.area == *area);
                let rank = rank.expect("the places of every area were found first");
                sql.push(&format!("{id} in (select n.id from near_{rank} n)"));
            }
            Criterion::Word { on, start } => push_word(sql, id, *on, start),
            Criterion::Not(criterion) => {
                sql.push("not (");
                self.push(sql, id, criterion);
                sql.push(")");
            }
            Criterion::All(all) if all.is_empty() => {
                sql.push("1 = 1");
            }
            Criterion::Any(any) if any.is_empty() => {
                sql.push("1 = 0");
            }
            Criterion::All(all) => push_joined(sql, " and ", all, |sql, one| {
                self.push(sql, id, one);
                // Many sets are looked up one by one: an order of joins among them takes minutes to plan.
                if all.len() > MAX_JOINED {
                    sql.push(" is true");
                }
            }),
            Criterion::Any(any) => push_joined(sql, " or ", any, |sql, one| {
                self.push(sql, id, one);
            }),
        }
    }

    /// ` and …` for what the reader may see, of the resource whose id is the expression `id`.
    fn push_seen(&self, sql: &mut SqlText, id: &str, kind: ResourceType) {
        // Structures are seen by everybody.
        if self.reader == Reader::Public && kind != ResourceType::Organization {
            self.push_there(sql, id, kind);
        }
    }

    /// ` and …` for what is there and the reader may see.
    fn push_there(&self, sql: &mut SqlText, id: &str, kind: ResourceType) {
        sql.push(&format!(
            " and {id} in (select s.id from resource s where s.resource_type = "
        ))
        .bind(kind.as_str());
        push_visibility_of(sql, "s", kind, self.reader);
        sql.push(")");
    }

    fn push_value(
        &self,
        sql: &mut SqlText,
        id: &str,
        on: ResourceType,
        parameter: &str,
        test: &ValueTest,
        is_other: bool,
    ) {
        let start = if is_other { " and not " } else { " and " };
        match test {
            ValueTest::Token(tests) => {
                push_rows(sql, id, "search_token", on, parameter);
                sql.push(start);
                push_joined(sql, " or ", tests, push_token);
            }
            ValueTest::Text(mode, values) => {
                push_rows(sql, id, "search_string", on, parameter);
                sql.push(start);
                push_joined(sql, " or ", values, |sql, value| {
                    push_text(sql, *mode, value, self.collation);
                });
            }
            ValueTest::Date(tests) => {
                push_rows(sql, id, "search_date", on, parameter);
                sql.push(start);
                push_joined(sql, " or ", tests, |sql, test| {
                    push_date(sql, "v.starts_at", "v.ends_at", test, false);
                });
            }
            ValueTest::Number(tests) => {
                push_rows(sql, id, "search_quantity", on, parameter);
                sql.push(start);
                push_joined(sql, " or ", tests, push_number);
            }
            ValueTest::Reference(targets) => {
                push_rows(sql, id, "search_reference", on, parameter);
                sql.push(start);
                push_joined(sql, " or ", targets, |sql, (kind, target)| {
                    sql.push("v.target_type = ").bind(kind.as_str());
                    sql.push(" and v.target_id = ").bind(target);
                });
            }
            ValueTest::Present(Family::Position) => {
                sql.push(id)
                    .push(
                        " in (select v.resource_id from search_position v where v.resource_type = ",
                    )
                    .bind(on.as_str());
            }
            ValueTest::Present(family) => push_rows(sql, id, table_of(*family), on, parameter),
        }
        sql.push(")");
    }

    /// The resource itself, or one in its line. `union` keeps each once, so that a circle ends.
    fn push_lineage(
        &self,
        sql: &mut SqlText,
        id: &str,
        on: ResourceType,
        parameter: &str,
        line: Line,
        criterion: &Criterion,
    ) {
        let (found, known) = match line {
            Line::Ancestors => ("resource_id", "target_id"),
            Line::Descendants => ("target_id", "resource_id"),
        };
        sql.push(id)
            .push(" in (with recursive line(id) as (select s.id from resource s where s.resource_type = ")
            .bind(on.as_str());
        push_visibility_of(sql, "s", on, self.reader);
        sql.push(" and ");
        self.push(sql, "s.id", criterion);
        sql.push(&format!(
            " union select l.{found} from search_reference l join line on l.{known} = line.id \
             where l.resource_type = "
        ))
        .bind(on.as_str())
        .push(" and l.parameter = ")
        .bind(parameter)
        .push(" and l.target_type = ")
        .bind(on.as_str())
        .push(") select line.id from line)");
    }
}

/// `id in (select v.resource_id from table v where …`, to be closed.
fn push_rows(sql: &mut SqlText, id: &str, table: &str, on: ResourceType, parameter: &str) {
    sql.push(&format!(
        "{id} in (select v.resource_id from {table} v where v.resource_type = "
    ))
    .bind(on.as_str())
    .push(" and v.parameter = ")
    .bind(parameter);
}

fn table_of(family: Family) -> &'static str {
    match family {
        Family::Token => "search_token",
        Family::Text => "search_string",
        Family::Date => "search_date",
        Family::Number => "search_quantity",
        Family::Reference => "search_reference",
        Family::Position => "search_position",
    }
}

fn push_joined<T>(
    sql: &mut SqlText,
    separator: &str,
    items: &[T],
    mut push: impl FnMut(&mut SqlText, &T),
) {
    if items.is_empty() {
        sql.push("(1 = 0)");
        return;
    }
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

#[cfg(test)]
mod tests {

    use super::*;
    use crate::storage::Storage;

    #[tokio::test]
    async fn whether_a_place_is_seen_is_told_without_a_look_at_all_offers() {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = Storage::open_file(&folder.path().join("plan.db"))
            .await
            .expect("opens");
        storage.migrate().await.expect("migrates");
        let mut sql = SqlText::new(
            "explain query plan select r.json from resource r where r.resource_type = ",
        );
        sql.bind("Location")
            .push(" and r.id in (")
            .bind_list(["a", "b"])
            .push(")");
        push_visibility(&mut sql, ResourceType::Location, Reader::Public);
        let plan = sql.query().fetch_all(&storage.pool).await.expect("planned");
        let steps: Vec<String> = plan
            .iter()
            .map(|row| row.try_get(3).expect("a step"))
            .collect();
        let looks: Vec<&String> = steps.iter().filter(|step| step.contains("USING")).collect();
        assert_eq!(
            looks.len(),
            4,
            "the place, its offers twice, each of them: {steps:?}"
        );
        let is_by_id = |step: &&String| step.contains(" AND id=?") || step.contains("target_id=?");
        assert!(looks.iter().all(is_by_id), "{steps:?}");
    }
}
