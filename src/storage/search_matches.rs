//! What matches a search, as SQL: the resources of each type searched that meet its conditions, and
//! what the order compares of them.

use super::{
    Engine, Reader, StorageError,
    query::Runner,
    search_conditions::{Conditions, push_visibility},
    search_near::{Nearby, nearby, push_nearby},
    search_text::by_bytes,
    sql_text::SqlText,
};
use crate::fhir::{Cursor, CursorKey, Family, ResourceType, SearchQuery, SortBy, SortKey};

/// A search ready to be asked.
pub(super) struct Matches<'q> {
    query: &'q SearchQuery,
    reader: Reader,
    engine: Engine,
    nearby: Vec<Nearby>,
}

impl<'q> Matches<'q> {
    /// Finds the places of the areas that the search speaks of.
    pub(super) async fn prepare(
        runner: &mut Runner<'_>,
        engine: Engine,
        query: &'q SearchQuery,
        reader: Reader,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            query,
            reader,
            engine,
            nearby: nearby(runner, query).await?,
        })
    }

    /// The distance of each place, by the area that the search tells distances in.
    pub(super) fn places(&self) -> &[(String, i64)] {
        let distance = self.query.distance.as_ref();
        distance
            .and_then(|distance| self.nearby.iter().find(|near| near.area == distance.area))
            .map_or(&[], |near| near.places.as_slice())
    }

    /// `with near_0 as …`
    pub(super) fn push_head(&self, sql: &mut SqlText) {
        push_nearby(sql, self.engine, &self.nearby);
    }

    /// ` from resource r where …` for the matches of a type.
    fn push_part(&self, sql: &mut SqlText, part: usize) {
        let part = &self.query.parts[part];
        sql.push(" from resource r where r.resource_type = ")
            .bind(part.on.as_str());
        push_visibility(sql, part.on, self.reader);
        let conditions = Conditions {
            reader: self.reader,
            collation: by_bytes(self.engine),
            nearby: &self.nearby,
        };
        for criterion in &part.criteria {
            sql.push(" and ");
            conditions.push(sql, "r.id", criterion);
        }
    }

    /// ` from resource r where …` for the matches of the first type.
    pub(super) fn push_first(&self, sql: &mut SqlText) {
        self.push_part(sql, 0);
    }

    /// The statement that counts the matches.
    pub(super) fn count(&self) -> SqlText {
        let mut sql = SqlText::default();
        self.push_head(&mut sql);
        for part in 0..self.query.parts.len() {
            sql.push(if part == 0 {
                "select (select count(*)"
            } else {
                " + (select count(*)"
            });
            self.push_part(&mut sql, part);
            sql.push(")");
        }
        sql
    }

    /// The statement that finds a page: type, id, then whether each key of the order is missing, and
    /// the key.
    pub(super) fn page(&self, limit: i64) -> SqlText {
        let mut sql = SqlText::default();
        self.push_head(&mut sql);
        sql.push("select f.kind, f.id");
        let keys: Vec<String> = (0..self.query.sort.len())
            .map(|rank| format!("f.k{rank}"))
            .collect();
        for (name, key) in keys.iter().zip(&self.query.sort) {
            let nothing = if key.by.is_number() { "0" } else { "''" };
            sql.push(&format!(
                ", case when {name} is null then 1 else 0 end, coalesce({name}, {nothing})"
            ));
        }
        sql.push(" from (");
        for part in 0..self.query.parts.len() {
            sql.push(if part == 0 {
                "select "
            } else {
                " union all select "
            });
            sql.push("r.resource_type as kind, r.id as id");
            for (rank, key) in self.query.sort.iter().enumerate() {
                sql.push(", ");
                self.push_key(&mut sql, self.query.parts[part].on, *key);
                sql.push(&format!(" as k{rank}"));
            }
            self.push_part(&mut sql, part);
        }
        sql.push(") f");
        let order = Order {
            keys: &keys,
            sort: &self.query.sort,
            collation: by_bytes(self.engine),
        };
        if let Some(cursor) = &self.query.after {
            sql.push(" where ");
            order.push_after(&mut sql, cursor, 0);
        }
        order.push(&mut sql);
        sql.push(" limit ").bind_number(limit);
        sql
    }

    /// What the order compares of the resource `r`; null when there is nothing.
    fn push_key(&self, sql: &mut SqlText, on: ResourceType, key: SortKey) {
        let one = if key.is_descending { "max" } else { "min" };
        match key.by {
            SortBy::Id => {
                sql.push("r.id");
            }
            SortBy::LastUpdated => {
                sql.push("r.last_updated");
            }
            SortBy::Distance => self.push_distance(sql),
            SortBy::Value(parameter, family) => {
                let (table, column) = match family {
                    Family::Token => ("search_token", "code"),
                    Family::Text => ("search_string", "value"),
                    Family::Date => ("search_date", "starts_at"),
                    Family::Number => ("search_quantity", "value"),
                    Family::Reference => ("search_reference", "target_id"),
                    Family::Position => ("search_position", "latitude"),
                };
                let collation = if family == Family::Number {
                    ""
                } else {
                    by_bytes(self.engine)
                };
                sql.push(&format!(
                    "(select {one}(k.{column}{collation}) from {table} k where k.resource_type = "
                ));
                sql.bind(on.as_str())
                    .push(" and k.resource_id = r.id and k.parameter = ")
                    .bind(parameter);
                // A text of signs alone has no place in an order of words.
                sql.push(if family == Family::Text {
                    " and k.value <> '')"
                } else {
                    ")"
                });
            }
        }
    }

    fn push_distance(&self, sql: &mut SqlText) {
        let Some(distance) = &self.query.distance else {
            sql.push("null");
            return;
        };
        let rank = self
            .nearby
            .iter()
            .position(|near| near.area == distance.area);
        let table = format!("near_{}", rank.unwrap_or_default());
        match distance.by {
            None => {
                sql.push(&format!(
                    "(select min(n.distance) from {table} n where n.id = r.id)"
                ));
            }
            Some(parameter) => {
                sql.push(&format!(
                    "(select min(n.distance) from search_reference c join {table} n \
                     on n.id = c.target_id where c.resource_type = "
                ));
                sql.bind(distance.on.as_str())
                    .push(" and c.resource_id = r.id and c.parameter = ")
                    .bind(parameter)
                    .push(" and c.target_type = 'Location')");
            }
        }
    }
}

/// The order of the matches, as SQL.
struct Order<'o> {
    keys: &'o [String],
    sort: &'o [SortKey],
    collation: &'static str,
}

impl Order<'_> {
    fn collation(&self, key: SortKey) -> &'static str {
        if key.by.is_number() {
            ""
        } else {
            self.collation
        }
    }

    fn push(&self, sql: &mut SqlText) {
        sql.push(" order by ");
        for (name, key) in self.keys.iter().zip(self.sort) {
            let direction = if key.is_descending { " desc" } else { "" };
            if !matches!(key.by, SortBy::Id | SortBy::LastUpdated) {
                sql.push(&format!("case when {name} is null then 1 else 0 end, "));
            }
            sql.push(name)
                .push(self.collation(*key))
                .push(direction)
                .push(", ");
        }
        let collation = self.collation;
        sql.push(&format!("f.id{collation}, f.kind{collation}"));
    }

    /// What comes after the cursor, as far as the keys from `rank` on decide.
    fn push_after(&self, sql: &mut SqlText, cursor: &Cursor, rank: usize) {
        let collation = self.collation;
        let (Some(name), Some(key), Some(value)) = (
            self.keys.get(rank),
            self.sort.get(rank),
            cursor.keys.get(rank),
        ) else {
            sql.push(&format!("(f.id{collation} > ")).bind(&cursor.id);
            sql.push(" or (f.id = ").bind(&cursor.id);
            sql.push(&format!(" and f.kind{collation} > "))
                .bind(cursor.kind.as_str())
                .push("))");
            return;
        };
        match value {
            None => {
                sql.push(&format!("({name} is null and "));
            }
            Some(value) => {
                let after = if key.is_descending { "<" } else { ">" };
                let collation = self.collation(*key);
                sql.push(&format!("({name} is null or {name}{collation} {after} "));
                bind_key(sql, value);
                sql.push(&format!(" or ({name} = "));
                bind_key(sql, value);
                sql.push(" and ");
            }
        }
        self.push_after(sql, cursor, rank + 1);
        sql.push(if value.is_some() { "))" } else { ")" });
    }
}

fn bind_key(sql: &mut SqlText, key: &CursorKey) {
    match key {
        CursorKey::Number(number) => sql.bind_number(*number),
        CursorKey::Text(text) => sql.bind(text),
    };
}
