//! The rows that searches read, made of each resource when it is written, and made anew for all when
//! the search parameters change.

use serde_json::Value;

use super::{
    Storage, StorageError, StoredResource, WriteTransaction, query::query,
    resources::read_resource, sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex};

/// Key of the row that says what they were made for.
const STATE: &str = "resources";
/// What one resource is searched by.
pub(super) type Indexed<'i> = (&'i str, &'i SearchIndex);

/// A value of a search row.
enum Cell<'c> {
    Text(&'c str),
    Number(i64),
}

/// A table that holds search rows.
pub(super) struct Table {
    name: &'static str,
    /// Its columns beside the address of the resource.
    columns: &'static str,
    /// What they hold for a resource, row by row.
    rows: for<'i> fn(&'i SearchIndex) -> Vec<Vec<Cell<'i>>>,
    /// Whether it holds the same rows for both.
    is_same: fn(&SearchIndex, &SearchIndex) -> bool,
}

/// All of them.
pub(super) const TABLES: [Table; 7] = {
    use Cell::{Number, Text};
    [
        Table {
            name: "search_token",
            columns: "parameter, system, code",
            rows: |index| {
                let tokens = index.tokens.iter();
                let cells = tokens.map(|(parameter, system, code)| {
                    vec![Text(parameter), Text(system), Text(code)]
                });
                cells.collect()
            },
            is_same: |one, other| one.tokens == other.tokens,
        },
        Table {
            name: "search_string",
            columns: "parameter, value, exact",
            rows: |index| {
                let strings = index.strings.iter();
                let cells = strings.map(|(parameter, value, exact)| {
                    vec![Text(parameter), Text(value), Text(exact)]
                });
                cells.collect()
            },
            is_same: |one, other| one.strings == other.strings,
        },
        Table {
            name: "search_reference",
            columns: "parameter, target_type, target_id",
            rows: |index| {
                let references = index.references.iter();
                let cells = references.map(|(parameter, target, id)| {
                    vec![Text(parameter), Text(target.as_str()), Text(id)]
                });
                cells.collect()
            },
            is_same: |one, other| one.references == other.references,
        },
        Table {
            name: "search_word",
            columns: "word",
            rows: |index| index.words.iter().map(|word| vec![Text(word)]).collect(),
            is_same: |one, other| one.words == other.words,
        },
        Table {
            name: "search_date",
            columns: "parameter, starts_at, ends_at",
            rows: |index| {
                let dates = index.dates.iter();
                let cells = dates.map(|(parameter, from, before)| {
                    vec![Text(parameter), Text(from), Text(before)]
                });
                cells.collect()
            },
            is_same: |one, other| one.dates == other.dates,
        },
        Table {
            name: "search_quantity",
            columns: "parameter, value, system, code",
            rows: |index| {
                let quantities = index.quantities.iter();
                let cells = quantities.map(|(parameter, value, system, code)| {
                    vec![Text(parameter), Number(*value), Text(system), Text(code)]
                });
                cells.collect()
            },
            is_same: |one, other| one.quantities == other.quantities,
        },
        Table {
            name: "search_position",
            columns: "latitude, longitude",
            rows: |index| {
                let position = index.position.iter();
                let cells =
                    position.map(|found| vec![Number(found.latitude), Number(found.longitude)]);
                cells.collect()
            },
            is_same: |one, other| one.position == other.position,
        },
    ]
};

impl Table {
    /// Whether it holds the same rows for both.
    pub(super) fn is_same(&self, one: &SearchIndex, other: &SearchIndex) -> bool {
        (self.is_same)(one, other)
    }

    /// The statement that deletes the rows of these resources, of `many` at the most.
    fn deletion(&self, kind: ResourceType, ids: &[&str], many: usize) -> SqlText {
        let mut sql = SqlText::of_values(ids.len(), many);
        // The type stands in the text: SQLite prepares the statement anew for each value bound that
        // decides whether an index over some types alone may serve.
        sql.push("delete from ")
            .push(self.name)
            .push(" where resource_type = '")
            .push(kind.as_str())
            .push("' and resource_id in (");
        sql.bind_list(ids.iter().copied()).push(")");
        sql
    }

    /// The statement that writes these rows, `many` at the most, each with the resource that it is of.
    fn insertion(
        &self,
        kind: ResourceType,
        rows: &[(&str, Vec<Cell<'_>>)],
        many: usize,
    ) -> SqlText {
        let mut sql = SqlText::of_values(rows.len(), many);
        sql.push("insert into ")
            .push(self.name)
            .push(" (resource_type, resource_id, ");
        sql.push(self.columns).push(") values ");
        for (rank, (id, cells)) in rows.iter().enumerate() {
            sql.push(if rank == 0 { "(" } else { ", (" });
            sql.bind_list([kind.as_str(), id]);
            for cell in cells {
                sql.push(", ");
                match cell {
                    Cell::Text(text) => sql.bind(*text),
                    Cell::Number(number) => sql.bind_number(*number),
                };
            }
            sql.push(")");
        }
        sql
    }
}

impl WriteTransaction {
    /// Deletes the search rows of these resources from a table.
    pub(super) async fn delete_rows(
        &mut self,
        table: &Table,
        kind: ResourceType,
        ids: &[&str],
    ) -> Result<(), StorageError> {
        let together = self.engine().rows_a_statement();
        for some in ids.chunks(together) {
            let deletion = table.deletion(kind, some, together);
            deletion.query().execute(&mut *self).await?;
        }
        Ok(())
    }

    /// Writes the search rows of these resources into a table, which has none of them.
    pub(super) async fn insert_rows(
        &mut self,
        table: &Table,
        kind: ResourceType,
        indexed: &[Indexed<'_>],
    ) -> Result<(), StorageError> {
        let together = self.engine().rows_a_statement();
        let rows = indexed.iter().flat_map(|(id, index)| {
            let rows = (table.rows)(index).into_iter();
            rows.map(move |cells| (*id, cells))
        });
        let rows: Vec<(&str, Vec<Cell<'_>>)> = rows.collect();
        for some in rows.chunks(together) {
            let insertion = table.insertion(kind, some, together);
            insertion.query().execute(&mut *self).await?;
        }
        Ok(())
    }

    /// Deletes all search rows of a resource.
    pub(super) async fn delete_all_rows(
        &mut self,
        kind: ResourceType,
        id: &str,
    ) -> Result<(), StorageError> {
        for table in &TABLES {
            self.delete_rows(table, kind, &[id]).await?;
        }
        Ok(())
    }

    /// Makes the search rows of these resources anew: id, resource.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn reindex_resources(
        &mut self,
        kind: ResourceType,
        resources: &[(&str, Value)],
    ) -> Result<(), StorageError> {
        if resources.is_empty() {
            return Ok(());
        }
        self.write_indexes().await?;
        let ids: Vec<&str> = resources.iter().map(|(id, _)| *id).collect();
        let indexes: Vec<SearchIndex> = resources
            .iter()
            .map(|(_, resource)| SearchIndex::of(kind, resource))
            .collect();
        let indexed: Vec<Indexed<'_>> = ids.iter().copied().zip(&indexes).collect();
        self.update_heads(kind, &indexed).await?;
        for table in &TABLES {
            self.delete_rows(table, kind, &ids).await?;
            self.insert_rows(table, kind, &indexed).await?;
        }
        self.note_changes(kind, &ids).await
    }

    /// Writes the columns of the resources themselves that searches read, where they are others.
    async fn update_heads(
        &mut self,
        kind: ResourceType,
        indexed: &[Indexed<'_>],
    ) -> Result<(), StorageError> {
        let mut sql = SqlText::new("with head (id, sort_name, is_public) as (values ");
        for (rank, (id, index)) in indexed.iter().enumerate() {
            sql.push(if rank == 0 { "(" } else { ", (" });
            sql.bind_list([*id, &index.sort_name]).push(", ");
            sql.bind_number(i64::from(index.is_public)).push(")");
        }
        sql.push(
            ") update resource set sort_name = head.sort_name, is_public = head.is_public \
             from head where resource.id = head.id and resource.resource_type = ",
        );
        sql.bind(kind.as_str()).push(
            " and (resource.sort_name <> head.sort_name or resource.is_public <> head.is_public)",
        );
        sql.query().execute(&mut *self).await?;
        Ok(())
    }

    /// Notes for which search parameters every row was made.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn note_index(&mut self, fingerprint: &str) -> Result<(), StorageError> {
        query(
            "insert into search_state (id, fingerprint) values ($1, $2) \
             on conflict (id) do update set fingerprint = excluded.fingerprint",
        )
        .bind(STATE)
        .bind(fingerprint)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// For which search parameters every row was made, when it is known.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_index_fingerprint(&self) -> Result<Option<String>, StorageError> {
        let row = query("select fingerprint from search_state where id = $1")
            .bind(STATE)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// The next resources of a type by id, whoever may see them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_resources_after(
        &self,
        kind: ResourceType,
        after: &str,
        limit: i64,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let rows = query(
            "select id, version, last_updated, json from resource \
             where resource_type = $1 and id > $2 order by id limit $3",
        )
        .bind(kind.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read_resource(kind, row)).collect()
    }
}
