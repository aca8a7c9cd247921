//! The rows that searches read, made of each resource when it is written, and made anew for all when
//! the search parameters change.

use serde_json::Value;

use super::{
    Engine, Storage, StorageError, StoredResource, WriteTransaction, query::query,
    resources::read_resource, sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex};

/// Key of the row that says what they were made for.
const STATE: &str = "resources";
/// The tables that hold them.
const TABLES: [&str; 7] = [
    "search_token",
    "search_string",
    "search_reference",
    "search_word",
    "search_date",
    "search_quantity",
    "search_position",
];

/// What one resource is searched by.
pub(super) type Indexed<'i> = (&'i str, &'i SearchIndex);

/// A search row: the resource that it is of, its values.
type Row<'r> = (&'r str, Vec<Cell<'r>>);

/// A value of a search row.
enum Cell<'c> {
    Text(&'c str),
    Number(i64),
}

impl WriteTransaction {
    /// Deletes the search rows of these resources.
    pub(super) async fn delete_indexes(
        &mut self,
        kind: ResourceType,
        ids: &[&str],
    ) -> Result<(), StorageError> {
        let together = self.engine().rows_a_statement();
        for some in ids.chunks(together) {
            for table in TABLES {
                let mut sql = SqlText::of_values(some.len(), together);
                sql.push("delete from ")
                    .push(table)
                    .push(" where resource_type = ");
                sql.bind(kind.as_str()).push(" and resource_id in (");
                sql.bind_list(some.iter().copied()).push(")");
                sql.query().execute(&mut *self).await?;
            }
        }
        Ok(())
    }

    /// Writes the search rows of these resources, which have none.
    pub(super) async fn insert_indexes(
        &mut self,
        kind: ResourceType,
        indexed: &[Indexed<'_>],
    ) -> Result<(), StorageError> {
        for statement in insertions(self.engine(), kind, indexed) {
            statement.query().execute(&mut *self).await?;
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
        self.delete_indexes(kind, &ids).await?;
        self.insert_indexes(kind, &indexed).await?;
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

/// The statements that write the search rows of these resources.
fn insertions(engine: Engine, kind: ResourceType, indexed: &[Indexed<'_>]) -> Vec<SqlText> {
    use Cell::{Number, Text};
    let mut statements = Vec::new();
    let mut insert = |table: &str, columns: &str, rows: Vec<Row<'_>>| {
        for chunk in rows.chunks(engine.rows_a_statement()) {
            statements.push(insertion(engine, kind, table, columns, chunk));
        }
    };
    let tokens = rows_of(indexed, |index| {
        let tokens = index.tokens.iter();
        tokens.map(|(parameter, system, code)| vec![Text(parameter), Text(system), Text(code)])
    });
    insert("search_token", "parameter, system, code", tokens);
    let strings = rows_of(indexed, |index| {
        let strings = index.strings.iter();
        strings.map(|(parameter, value, exact)| vec![Text(parameter), Text(value), Text(exact)])
    });
    insert("search_string", "parameter, value, exact", strings);
    let references = rows_of(indexed, |index| {
        let references = index.references.iter();
        references
            .map(|(parameter, target, id)| vec![Text(parameter), Text(target.as_str()), Text(id)])
    });
    let columns = "parameter, target_type, target_id";
    insert("search_reference", columns, references);
    let words = rows_of(indexed, |index| {
        index.words.iter().map(|word| vec![Text(word)])
    });
    insert("search_word", "word", words);
    let dates = rows_of(indexed, |index| {
        let dates = index.dates.iter();
        dates.map(|(parameter, from, before)| vec![Text(parameter), Text(from), Text(before)])
    });
    insert("search_date", "parameter, starts_at, ends_at", dates);
    let quantities = rows_of(indexed, |index| {
        let quantities = index.quantities.iter();
        quantities.map(|(parameter, value, system, code)| {
            vec![Text(parameter), Number(*value), Text(system), Text(code)]
        })
    });
    let columns = "parameter, value, system, code";
    insert("search_quantity", columns, quantities);
    let positions = rows_of(indexed, |index| {
        let position = index.position.iter();
        position.map(|found| vec![Number(found.latitude), Number(found.longitude)])
    });
    insert("search_position", "latitude, longitude", positions);
    statements
}

/// The rows that `cells` gives of each index, with the resource that they are of.
fn rows_of<'i, R>(indexed: &'i [Indexed<'i>], cells: impl Fn(&'i SearchIndex) -> R) -> Vec<Row<'i>>
where
    R: Iterator<Item = Vec<Cell<'i>>>,
{
    let rows = indexed
        .iter()
        .flat_map(|(id, index)| cells(index).map(move |cells| (*id, cells)));
    rows.collect()
}

/// The statement that writes these rows into a search table.
fn insertion(
    engine: Engine,
    kind: ResourceType,
    table: &str,
    columns: &str,
    rows: &[Row<'_>],
) -> SqlText {
    let mut sql = SqlText::of_values(rows.len(), engine.rows_a_statement());
    sql.push("insert into ")
        .push(table)
        .push(" (resource_type, resource_id, ");
    sql.push(columns).push(") values ");
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
