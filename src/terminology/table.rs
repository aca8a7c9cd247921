//! Reader of the tables of `mappings/`: CSV with commented head lines `# key: value`.

/// One table: what its head says, and its rows.
pub(super) struct Table<'a> {
    file: &'a str,
    head: Vec<(&'a str, &'a str)>,
    columns: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

/// One row of a table, read by column name.
pub(super) struct Row<'t> {
    table: &'t Table<'t>,
    cells: &'t csv::StringRecord,
}

/// Why a table of `mappings/` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not a CSV table, or a row of another length than the first one.
    #[error("{file}: {source}")]
    Csv {
        /// Path below `mappings/`.
        file: String,
        /// What the reader met, with its line.
        #[source]
        source: csv::Error,
    },
    /// A column that this table must have is not there.
    #[error("{file}: column `{column}` is missing")]
    Column {
        /// Path below `mappings/`.
        file: String,
        /// Name of the column.
        column: &'static str,
    },
    /// A cell holds what its column does not allow.
    #[error("{file}, line {line}: `{value}` is not allowed in column `{column}`")]
    Value {
        /// Path below `mappings/`.
        file: String,
        /// Line in the file, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// A file that the terminology needs is not there.
    #[error("{0} is missing")]
    File(&'static str),
}

impl LoadError {
    /// Path of the file below `mappings/`.
    pub(super) fn file(&self) -> &str {
        match self {
            Self::Csv { file, .. } | Self::Column { file, .. } | Self::Value { file, .. } => file,
            Self::File(file) => file,
        }
    }

    /// Line in the file, from 1, when one is at fault.
    pub(super) fn line(&self) -> Option<u64> {
        match self {
            Self::Csv { source, .. } => source.position().map(csv::Position::line),
            Self::Value { line, .. } => Some(*line),
            Self::Column { .. } | Self::File(_) => None,
        }
    }
}

impl<'a> Table<'a> {
    /// Reads `text`, the content of `file`.
    ///
    /// # Errors
    /// [`LoadError::Csv`].
    pub(super) fn read(file: &'a str, text: &'a str) -> Result<Self, LoadError> {
        let fail = |source| LoadError::Csv {
            file: file.to_owned(),
            source,
        };
        let head = text
            .lines()
            .map_while(|line| line.strip_prefix('#'))
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key.trim(), value.trim()))
            .collect();
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let columns = reader.headers().map_err(fail)?.clone();
        let rows = reader.records().collect::<Result<_, _>>().map_err(fail)?;
        Ok(Self {
            file,
            head,
            columns,
            rows,
        })
    }

    /// What the head says under `key`, each time it says it.
    pub(super) fn head(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.head
            .iter()
            .filter(move |(found, _)| *found == key)
            .map(|(_, value)| *value)
    }

    /// The rows, in file order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    /// Place of a column that must exist.
    ///
    /// # Errors
    /// [`LoadError::Column`].
    fn place(&self, column: &'static str) -> Result<usize, LoadError> {
        self.columns
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| LoadError::Column {
                file: self.file.to_owned(),
                column,
            })
    }
}

impl<'t> Row<'t> {
    /// Line in the file, from 1.
    pub(super) fn line(&self) -> u64 {
        self.cells.position().map_or(0, csv::Position::line)
    }

    /// The cell of a column that the table must have; it may be empty.
    ///
    /// # Errors
    /// [`LoadError::Column`].
    pub(super) fn cell(&self, column: &'static str) -> Result<&'t str, LoadError> {
        Ok(self
            .cells
            .get(self.table.place(column)?)
            .unwrap_or_default())
    }

    /// The cell of a column that the table may lack.
    pub(super) fn optional(&self, column: &'static str) -> &'t str {
        self.cell(column).unwrap_or_default()
    }

    /// The cell of a column, read by `read`.
    ///
    /// # Errors
    /// [`LoadError::Column`], or [`LoadError::Value`] when `read` refuses the cell.
    pub(super) fn parsed<T>(
        &self,
        column: &'static str,
        read: impl Fn(&'t str) -> Option<T>,
    ) -> Result<T, LoadError> {
        let value = self.cell(column)?;
        read(value).ok_or_else(|| self.refuse(column))
    }

    /// The refusal of what stands in a column.
    pub(super) fn refuse(&self, column: &'static str) -> LoadError {
        LoadError::Value {
            file: self.table.file.to_owned(),
            line: self.line(),
            column,
            value: self.optional(column).to_owned(),
        }
    }

    /// A cell that may not be empty.
    ///
    /// # Errors
    /// [`LoadError::Column`] or [`LoadError::Value`].
    pub(super) fn filled(&self, column: &'static str) -> Result<String, LoadError> {
        self.parsed(column, |cell| (!cell.is_empty()).then(|| cell.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_lines_and_rows_are_told_apart() {
        let table = Table::read(
            "x.csv",
            "# title: Un titre\n# code system: a\n# code system: b\ncode,label\nA,\"b, c\"\n",
        )
        .expect("a table");
        assert_eq!(table.head("title").collect::<Vec<_>>(), ["Un titre"]);
        assert_eq!(table.head("code system").count(), 2);
        let row = table.rows().next().expect("a row");
        assert_eq!(row.cell("label").expect("a column"), "b, c");
    }

    #[test]
    fn a_mistake_names_its_file_line_and_column() {
        let table = Table::read("x.csv", "# t: u\ncode,label\nA,\n").expect("a table");
        let row = table.rows().next().expect("a row");
        assert_eq!(
            row.filled("label").expect_err("empty").to_string(),
            "x.csv, line 3: `` is not allowed in column `label`"
        );
        assert_eq!(
            row.cell("system").expect_err("absent").to_string(),
            "x.csv: column `system` is missing"
        );
        assert!(Table::read("y.csv", "a,b\n1\n").is_err());
    }
}
